"""Zeitleiste: what happened when, and when it was written down (EX-04)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

import streamlit as st

from cases import store, timeline_export, words
from cases.desk import Desk
from cases.errors import UnknownEntry
from cases.pages import parts
from cases.pages.typed import entered, read_day
from cases.store import Case, TimelineEntry
from cases.store import timeline as timeline_store
from cases.store.timeline import EVERYTHING, KINDS, TimelineFilter
from data import formats
from data.i18n import _, ngettext
from data.times import from_local, read_entered

_STYLE = Path(__file__).with_name("clocks.css")
_PER_PAGE = 50
# Below this the time of the event and that of the entry are the same to a reader.
_APART = timedelta(minutes=5)
_MOST = 100_000


def show(desk: Desk) -> None:
    """The entries of a case, fifty at a time, to be searched, corrected and taken along."""
    case = parts.choose_case(desk)
    if case is None:
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    st.html(_STYLE)
    if desk.may("case.write"):
        with st.expander(_("Eintrag hinzufügen"), icon=":material/add:"):
            _add(desk, case)
    found = _asked_for(desk, case)
    wanted = _filter(desk, case)
    _first_page_of(case, wanted)
    total = timeline_store.count_timeline(desk.db, case.id, wanted)
    page = _page(case, total)
    entries = timeline_store.timeline_page(
        desk.db, case.id, filter=wanted, offset=(page - 1) * _PER_PAGE, limit=_PER_PAGE
    )
    _entries(desk, case, entries, found)
    _paging(case, total, page)
    if desk.may("case.write"):
        _correct(desk, case, entries)
    _take_along(desk, case, wanted)


def _asked_for(desk: Desk, case: Case) -> int | None:
    """The entry that the link names: its page is opened, without any filter."""
    written = st.query_params.get("eintrag")
    if written is None:
        return None
    number = int(written) if written.isdecimal() and len(written) < 18 else 0
    if st.session_state.get("timeline_found") == (case.id, number):
        return number
    try:
        before = timeline_store.timeline_position(desk.db, case.id, number)
    except UnknownEntry as error:
        st.warning(parts.plain(error.sentence()))
        return None
    st.session_state["timeline_found"] = (case.id, number)
    st.session_state[f"timeline_page_{case.id}"] = before // _PER_PAGE + 1
    st.session_state[f"timeline_filter_{case.id}"] = EVERYTHING
    for field in ("kinds", "actor", "text", "since", "until"):
        st.session_state.pop(f"timeline_{field}_{case.id}", None)
    return number


def _filter(desk: Desk, case: Case) -> TimelineFilter:
    known = timeline_store.timeline_kinds(desk.db, case.id)
    with st.container(horizontal=True, key="timeline_filter"):
        text = st.text_input(
            _("Suchen"),
            key=f"timeline_text_{case.id}",
            icon=":material/search:",
            width=260,
        )
        kinds = st.multiselect(
            _("Art"),
            [kind for kind in (*KINDS, *sorted(set(known) - set(KINDS))) if kind in known],
            format_func=lambda kind: f"{words.timeline_kind(kind)} ({known[kind]})",
            placeholder=_("alle Arten"),
            key=f"timeline_kinds_{case.id}",
            width=260,
        )
        actor = st.selectbox(
            _("Wer"),
            timeline_store.timeline_people(desk.db, case.id),
            index=None,
            placeholder=_("alle"),
            key=f"timeline_actor_{case.id}",
            width=200,
        )
        since = st.text_input(_("Von (TT.MM.JJJJ)"), key=f"timeline_since_{case.id}", width=150)
        until = st.text_input(_("Bis (TT.MM.JJJJ)"), key=f"timeline_until_{case.id}", width=150)
    with parts.attempt():
        return TimelineFilter(
            kinds=tuple(kinds),
            actor=actor or "",
            text=text,
            since=_midnight(since, 0) if since.strip() else None,
            until=_midnight(until, 1) if until.strip() else None,
        )


def _first_page_of(case: Case, wanted: TimelineFilter) -> None:
    """Another filter is read from its beginning."""
    key = f"timeline_filter_{case.id}"
    if st.session_state.get(key, EVERYTHING) != wanted:
        st.session_state[f"timeline_page_{case.id}"] = 1
    st.session_state[key] = wanted


def _midnight(day: str, later: int) -> datetime:
    """The beginning of a typed day, or of one so many days later."""
    return from_local(datetime.combine(read_day(day) + timedelta(days=later), time()))


def _page(case: Case, total: int) -> int:
    pages = max(1, -(-total // _PER_PAGE))
    return min(max(1, int(st.session_state.get(f"timeline_page_{case.id}", 1))), pages)


def _paging(case: Case, total: int, page: int) -> None:
    pages = max(1, -(-total // _PER_PAGE))
    count = ngettext("{count} Eintrag", "{count} Einträge", total).format(count=total)
    if pages == 1:
        parts.note(count)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="timeline_paging"):
        moves = (
            (_("jüngere"), page - 1, ":material/chevron_left:", page > 1),
            (_("ältere"), page + 1, ":material/chevron_right:", page < pages),
        )
        for label, target, icon, possible in moves:
            st.button(
                label,
                key=f"timeline_to_{icon}",
                icon=icon,
                disabled=not possible,
                type="tertiary",
                on_click=_turn,
                args=(case.id, target),
            )
        said = _("{count}, Seite {page} von {pages}")
        parts.note(said.format(count=count, page=page, pages=pages))


def _turn(case_id: int, page: int) -> None:
    st.session_state[f"timeline_page_{case_id}"] = page


def _entries(desk: Desk, case: Case, entries: list[TimelineEntry], found: int | None) -> None:
    if not entries:
        parts.empty(
            _(
                "Kein Eintrag passt. Hier steht alles, was im Fall geschieht, von selbst und "
                "von Hand."
            )
        )
        return
    body = "".join(_line(desk, case, entry, entry.id == found) for entry in entries)
    st.html(f'<ol class="kp-timeline" aria-label="{parts.escape(_("Zeitleiste"))}">{body}</ol>')


def _line(desk: Desk, case: Case, entry: TimelineEntry, found: bool) -> str:
    text = f"<p>{parts.escape(entry.text)}</p>"
    notes = []
    if entry.corrected_by_id is not None:
        text = f"<s>{text}</s>"
        notes.append(_link_to(case, entry.corrected_by_id, _("berichtigt durch Eintrag {number}")))
    if entry.corrects_id is not None:
        notes.append(_link_to(case, entry.corrects_id, _("berichtigt Eintrag {number}")))
    if abs(entry.recorded_at - entry.happened_at) > _APART:
        said = _("eingetragen {at}").format(at=formats.moment(entry.recorded_at))
        notes.append(parts.escape(said))
    small = f"<small>{' · '.join(notes)}</small>" if notes else ""
    when = formats.moment(entry.happened_at)
    day, _comma, clock = when.partition(", ")
    shown = formats.short_moment(entry.happened_at, desk.now)
    title = _("Eintrag {number}, {day} um {clock}").format(number=entry.id, day=day, clock=clock)
    marked = ' class="found"' if found else ""
    return (
        f'<li id="eintrag-{entry.id}"{marked}>'
        f'<time datetime="{entry.happened_at.isoformat()}" title="{parts.escape(title)}">'
        f"{parts.escape(_with_year(entry, desk, shown))}</time>"
        f"<span>{text}{small}</span>"
        f"<span>{parts.escape(words.timeline_kind(entry.kind))}</span>"
        f"<span>{parts.escape(entry.actor_name)}</span></li>"
    )


def _with_year(entry: TimelineEntry, desk: Desk, shown: str) -> str:
    """The short time, with the year where it is not this one."""
    when = formats.moment(entry.happened_at)
    return shown if when[6:10] == formats.day(desk.now)[6:10] else when.replace(", ", " ")


def _link_to(case: Case, number: int, sentence: str) -> str:
    said = parts.escape(sentence.format(number=number))
    target = f"?fall={parts.escape(case.number)}&amp;eintrag={number}"
    return f'<a href="{target}" target="_self">{said}</a>'


def _add(desk: Desk, case: Case) -> None:
    name = f"timeline:{case.id}"
    with st.form(f"timeline_add_{case.id}", border=False):
        happened = st.text_input(
            _("Ereignis um (TT.MM.JJJJ hh:mm)"),
            value=entered(desk.now),
            key=f"timeline_at_{case.id}",
        )
        text = st.text_area(_("Was ist passiert"), key=f"timeline_new_{case.id}", height=90)
        if st.form_submit_button(_("Eintragen"), type="primary"):
            with parts.attempt():
                store.add_timeline_entry(
                    desk.db,
                    desk.actor,
                    case.id,
                    happened_at=read_entered(happened),
                    kind="note",
                    text=text,
                    idempotency_key=parts.form_key(name),
                )
            parts.form_done(name)
            st.session_state.pop(f"timeline_at_{case.id}", None)
            parts.clear(f"timeline_new_{case.id}")
            parts.flash(_("Eingetragen."))
            st.rerun()


def _correct(desk: Desk, case: Case, entries: list[TimelineEntry]) -> None:
    """A correction is a new entry; the old one stays, struck."""
    possible = {each.id: each for each in entries if each.corrected_by_id is None}
    if not possible:
        return
    with st.expander(_("Eintrag berichtigen")):
        chosen = st.selectbox(
            _("Welcher Eintrag dieser Seite"),
            list(possible),
            format_func=lambda number: _chosen_words(possible[number]),
            index=None,
            placeholder=_("Eintrag auswählen"),
            key=f"timeline_correct_{case.id}",
        )
        if chosen is None:
            return
        old = possible[chosen]
        name = f"timeline_correction:{old.id}"
        with st.form(f"timeline_correct_form_{old.id}", border=False):
            happened = st.text_input(
                _("Ereignis um (TT.MM.JJJJ hh:mm)"),
                value=entered(old.happened_at),
                key=f"timeline_correct_at_{old.id}",
            )
            text = st.text_area(
                _("Was stimmt"), value=old.text, key=f"timeline_correct_text_{old.id}", height=90
            )
            if st.form_submit_button(_("Berichtigung eintragen")):
                with parts.attempt():
                    store.add_timeline_entry(
                        desk.db,
                        desk.actor,
                        case.id,
                        happened_at=read_entered(happened),
                        kind=old.kind,
                        text=text,
                        corrects_id=old.id,
                        idempotency_key=parts.form_key(name),
                    )
                parts.form_done(name)
                parts.flash(_("Berichtigt; der alte Eintrag bleibt durchgestrichen stehen."))
                st.rerun()


def _chosen_words(entry: TimelineEntry) -> str:
    short = entry.text if len(entry.text) <= 70 else entry.text[:69] + "…"
    return f"{formats.moment(entry.happened_at)} · {short}"


def _take_along(desk: Desk, case: Case, wanted: TimelineFilter) -> None:
    """The filtered entries, oldest first, as files; made when asked for."""
    home, at = desk.home, desk.now

    def oldest_first() -> list[TimelineEntry]:
        found = timeline_store.timeline_page(home.db(), case.id, filter=wanted, limit=_MOST)
        return found[::-1]

    with st.container(horizontal=True, key="timeline_files"):
        st.download_button(
            _("Druckansicht (HTML)"),
            data=lambda: timeline_export.as_html(case, oldest_first(), at),
            file_name=f"zeitleiste-{case.number}.html",
            mime="text/html",
            icon=":material/print:",
            key="timeline_html",
            on_click="ignore",
        )
        st.download_button(
            _("Tabelle (CSV)"),
            data=lambda: timeline_export.as_csv(oldest_first()),
            file_name=f"zeitleiste-{case.number}.csv",
            mime="text/csv",
            icon=":material/table:",
            key="timeline_csv",
            on_click="ignore",
        )
