"""Übergabe: handing the open cases over to the colleague who comes, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import streamlit as st

from cases import handover as rules
from cases import store
from cases.desk import Desk
from cases.errors import UnknownHandover
from cases.handover import Item, Line
from cases.pages import parts
from cases.store import Case
from cases.store import duty as roster
from cases.store import handover as record
from cases.store.handover import Handover, Note
from data import formats, parse_utc, reference
from data.i18n import _, ngettext
from ui import handover, handover_protocol

_QUERY = "uebergabe"
_STYLE = Path(__file__).with_name("handover.css")


def show(desk: Desk) -> None:
    """The handover of the link, else one of mine that is open, else a new one."""
    st.html(_STYLE)
    chosen = _chosen(desk)
    if chosen is None:
        _start(desk)
    elif chosen.state == "open":
        _open(desk, chosen)
    else:
        _ended(desk, chosen)


def _chosen(desk: Desk) -> Handover | None:
    asked = st.query_params.get(_QUERY, "")
    if asked == "neu":
        return None
    if asked.isdecimal():
        try:
            return record.handover_by_id(desk.db, int(asked))
        except UnknownHandover as error:
            st.warning(parts.plain(error.sentence()))
    mine = [each for each in record.open_handovers(desk.db) if _concerns(desk, each)]
    return mine[0] if mine else None


def _concerns(desk: Desk, each: Handover) -> bool:
    return desk.account.id in (each.leaving_account_id, each.receiving_account_id)


# Beginning


def _start(desk: Desk) -> None:
    parts.header(_("Übergabe"), handover.duty_line(desk.db, desk.now))
    _list_open(desk)
    cases = store.list_cases(desk.db, "open", limit=1000)
    if not cases:
        parts.empty(_("Kein offener Fall, also nichts zu übergeben."))
        parts.link(desk, "duty", _("Zum Dienstplan"))
    elif desk.may("duty.write"):
        people = {
            each.id: each.name
            for each in roster.people_for_duty(desk.db)
            if each.id != desk.account.id
        }
        if people:
            _begin_form(desk, people, cases)
            _emergency_form(desk, people, cases)
        else:
            parts.empty(
                _(
                    "Außer Ihnen hat niemand ein Konto der Beratung; es gibt niemanden zum Übergeben."
                )
            )
    _list_last(desk)
    _rules()


def _list_open(desk: Desk) -> None:
    opened = record.open_handovers(desk.db)
    if not opened:
        return
    parts.section(_("Offene Übergaben"))
    for each in opened:
        with st.container(horizontal=True, vertical_alignment="center", key=f"open_{each.id}"):
            st.html(f"<span>{parts.escape(_way(desk, each))}</span>")
            parts.link(desk, "handover", _("fortsetzen"), uebergabe=each.id)


def _way(desk: Desk, each: Handover) -> str:
    said = [
        _("von {leaving} an {receiving}").format(
            leaving=each.leaving_name, receiving=each.receiving_name
        )
    ]
    if each.kind == "emergency":
        said.append(_("Notübernahme"))
    if each.state != "open":
        said.append(handover_protocol.state_text(each))
        return " · ".join(said)
    said.append(_("offen {since}").format(since=formats.since(each.started_at, desk.now)))
    if each.due_at is not None:
        said.append(_("Dienstende {due}").format(due=formats.due(each.due_at, desk.now)))
    return " · ".join(said)


def _begin_form(desk: Desk, people: dict[int, str], cases: list[Case]) -> None:
    parts.section(_("Meine Fälle übergeben"))
    key = "begin"
    ends = _end_of_shift(desk)
    coming = roster.next_shift(desk.db, desk.now)
    present = [each.account_id for each in roster.on_duty_now(desk.db, desk.now)]
    likely = [*([coming.account_id] if coming else []), *present]
    order = sorted(people, key=lambda each: likely.index(each) if each in likely else len(likely))
    with st.form(key, border=False, clear_on_submit=False):
        receiving = st.selectbox(
            _("an"), order, format_func=people.__getitem__, key=f"{key}_receiving"
        )
        case_ids = _choose_cases(desk, key, cases)
        parts.note(
            _("Ihr Dienst endet {at}; bis dahin soll die Übergabe abgeschlossen sein.").format(
                at=formats.short_moment(ends, desk.now)
            )
            if ends
            else _("Für Sie ist jetzt kein Dienst eingetragen, daher ohne Zeitpunkt.")
        )
        sent = st.form_submit_button(_("Übergabe beginnen"), type="primary")
    if not sent:
        return
    with parts.attempt():
        begun = record.begin_handover(
            desk.db,
            desk.actor,
            receiving_account=receiving,
            case_ids=_scope(case_ids, cases),
            due_at=ends,
            idempotency_key=parts.form_key(key),
        )
    _begun(key, begun)


def _begun(key: str, begun: Handover) -> None:
    parts.form_done(key)
    st.query_params[_QUERY] = str(begun.id)
    parts.flash(
        _("Die Übergabe an {name} ist offen. Bitte jetzt die Notizen schreiben.").format(
            name=begun.receiving_name
        )
        if begun.kind == "regular"
        else _("Die Notübernahme ist offen. Bitte jeden Punkt ansehen und bestätigen.")
    )
    st.rerun()


def _end_of_shift(desk: Desk) -> datetime | None:
    own = [
        each for each in roster.on_duty_now(desk.db, desk.now) if each.account_id == desk.account.id
    ]
    return roster.there_until(desk.db, own[0]) if own else None


def _choose_cases(desk: Desk, key: str, cases: list[Case]) -> list[int]:
    """The cases to hand over; those that somebody else on duty leads are left with them."""
    by_id = {case.id: case for case in cases}
    others = {
        each.person
        for each in roster.on_duty_now(desk.db, desk.now)
        if each.account_id != desk.account.id
    }
    return list(
        st.multiselect(
            _("Fälle"),
            list(by_id),
            default=[case.id for case in cases if case.on_duty not in others],
            format_func=lambda each: _case_label(by_id[each]),
            key=f"{key}_cases",
            placeholder=_("Fälle auswählen"),
        )
    )


def _case_label(case: Case) -> str:
    title = parts.case_title(case)
    return f"{title} ({case.on_duty})" if case.on_duty else title


def _scope(case_ids: list[int], cases: list[Case]) -> list[int] | None:
    """None for all: then a case that is opened meanwhile is handed over too."""
    return None if len(case_ids) == len(cases) else case_ids


def _emergency_form(desk: Desk, people: dict[int, str], cases: list[Case]) -> None:
    key = "emergency"
    with (
        st.expander(_("Notübernahme: jemand ist ausgefallen oder nicht erreichbar")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        leaving = st.selectbox(
            _("Ich übernehme von"), list(people), format_func=people.__getitem__, key=f"{key}_from"
        )
        by_id = {case.id: case for case in cases}
        case_ids = st.multiselect(
            _("Fälle"),
            list(by_id),
            default=list(by_id),
            format_func=lambda each: _case_label(by_id[each]),
            key=f"{key}_cases",
            placeholder=_("Fälle auswählen"),
        )
        reason = st.text_input(_("Grund der Notübernahme"), key=f"{key}_reason")
        parts.note(
            _("Sie wird als Notübernahme festgehalten; zu bestätigen ist dasselbe wie sonst.")
        )
        sent = st.form_submit_button(_("Notübernahme beginnen"))
    if not sent:
        return
    with parts.attempt():
        begun = record.take_over_in_emergency(
            desk.db,
            desk.actor,
            leaving_account=leaving,
            reason=reason,
            case_ids=_scope(case_ids, cases),
            due_at=None,
            idempotency_key=parts.form_key(key),
        )
    _begun(key, begun)


def _list_last(desk: Desk) -> None:
    ended = record.last_handovers(desk.db)
    if not ended:
        return
    with st.expander(_("Frühere Übergaben")):
        for each in ended:
            with st.container(horizontal=True, vertical_alignment="center", key=f"last_{each.id}"):
                st.html(f"<span>{parts.escape(_way(desk, each))}</span>")
                parts.link(desk, "handover", _("ansehen"), uebergabe=each.id)


def _rules() -> None:
    quotes = reference.load("rules")
    with st.expander(_("Regeln im Wortlaut")):
        parts.rows(
            [[each, f"„{quotes[each]['quote']}“"] for each in (rules.RULE_DUTY, rules.RULE_NAMED)],
            _("Regeln im Wortlaut"),
        )


# An open handover


def _open(desk: Desk, opened: Handover) -> None:
    lines = handover.lines(desk.db, opened, desk.now)
    cases = record.cases_of_handover(desk.db, opened)
    notes = record.notes_of(desk.db, opened.id)
    _head(desk, opened)
    late = opened.due_at is not None and rules.is_overdue(opened.due_at, desk.now)
    if late and opened.due_at is not None:
        st.warning(
            parts.plain(
                _("Überfällig: der Dienst von {name} war um {at} zu Ende.").format(
                    name=opened.leaving_name, at=formats.clock_time(opened.due_at)
                )
            ),
            icon=":material/schedule:",
        )
    _progress(desk, opened)
    for case in cases:
        own = [line for line in lines if line.item.case_id == case.id]
        _case(desk, opened, case, own, notes.get(case.id))
    _withdraw_form(desk, opened)
    _rules()


def _head(desk: Desk, opened: Handover) -> None:
    receives = desk.account.id == opened.receiving_account_id
    one, two = st.columns([3, 2])
    with one:
        title = _("Übergabe") if opened.kind == "regular" else _("Notübernahme")
        parts.header(title, _way(desk, opened))
    with two, st.container(horizontal=True, horizontal_alignment="right"):
        if receives and st.button(
            _("Übergabe abschließen"),
            type="primary",
            icon=":material/check:",
            key=f"finish_{opened.id}",
        ):
            with parts.attempt():
                handover.finish(desk.db, desk.actor, opened, desk.now)
            parts.flash(_("Übernommen: Sie sind in allen Fällen dieser Übergabe im Dienst."))
            st.query_params[_QUERY] = str(opened.id)
            st.rerun()
        _download(desk, opened)
    if opened.kind == "emergency":
        parts.note(handover_protocol.kind_text(opened))


def _download(desk: Desk, opened: Handover) -> None:
    st.download_button(
        _("Protokoll"),
        partial(handover_protocol.pdf, desk.db, opened.id, desk.now),
        file_name=handover_protocol.file_name(opened),
        mime="application/pdf",
        icon=":material/download:",
        on_click="ignore",
        key=f"protocol_{opened.id}",
    )


def _progress(desk: Desk, opened: Handover) -> None:
    """How much is done and what is missing; it keeps itself up to date for both people."""

    @st.fragment(run_every="10s")
    def live() -> None:
        lines = handover.lines(desk.db, opened, desk.now)
        missing = handover.missing(desk.db, opened, desk.now)
        done = sum(line.standing == "acknowledged" for line in lines)
        said = _("{done} von {all} Punkten bestätigt").format(done=done, all=done + len(missing))
        if not missing:
            parts.note(
                _("{said}. Es fehlt nichts mehr, {name} kann abschließen.").format(
                    said=said, name=opened.receiving_name
                )
            )
            return
        short = ngettext("{count} Punkt fehlt", "{count} Punkte fehlen", len(missing))
        parts.note(f"{said} · {short.format(count=len(missing))}")
        with st.expander(_("Was noch fehlt"), key=f"missing_{opened.id}"):
            parts.rows([[each.text] for each in missing], _("Was noch fehlt"))

    live()


def _case(
    desk: Desk, opened: Handover, case: Case, lines: Sequence[Line], note: Note | None
) -> None:
    parts.section(parts.case_title(case))
    with st.container(horizontal=True, key=f"handover_case_{case.id}"):
        parts.note(parts.case_line(desk, case))
        parts.link(desk, "case", _("zum Fall"), case)
    writers = {opened.leaving_account_id}
    if opened.kind == "emergency":
        writers.add(opened.receiving_account_id)
    if desk.account.id in writers:
        _note_form(desk, opened, case, note)
    if note is not None:
        parts.quote_block(handover.note_text(note))
    elif desk.account.id not in writers:
        parts.empty(
            _("{name} hat zu diesem Fall noch keine Notiz geschrieben.").format(
                name=opened.leaving_name
            )
        )
    receives = desk.account.id == opened.receiving_account_id
    _taken(desk, [line for line in lines if line.standing == "acknowledged"])
    for line in lines:
        if line.standing == "must_end":
            _timer_form(desk, opened, line.item)
    waiting = [line for line in lines if line.standing in ("open", "changed")]
    if receives:
        _acknowledge_form(desk, opened, case, waiting)
    else:
        _waiting(desk, waiting)


def _note_form(desk: Desk, opened: Handover, case: Case, note: Note | None) -> None:
    key = f"note_{opened.id}_{case.id}"
    title = _("Notiz ändern") if note else _("Notiz schreiben")
    with (
        st.expander(title, expanded=note is None and opened.kind == "regular", key=f"{key}_fold"),
        st.form(key, border=False, clear_on_submit=False),
    ):
        situation = st.text_area(
            _("Lage in zwei, drei Sätzen"),
            note.situation if note else "",
            height=80,
            key=f"{key}_situation",
        )
        steps = st.text_area(
            _("Nächste drei Schritte"),
            note.next_steps if note else "",
            height=80,
            key=f"{key}_steps",
        )
        mood = st.text_input(
            _("Wie geht es Inhaberin oder Inhaber, was ist zu beachten?"),
            note.owner_mood if note else "",
            key=f"{key}_mood",
        )
        sent = st.form_submit_button(_("Notiz speichern"))
    if sent:
        with parts.attempt():
            record.write_note(
                desk.db,
                desk.actor,
                opened.id,
                case.id,
                situation=situation,
                next_steps=steps,
                owner_mood=mood,
            )
        parts.flash(_("Die Notiz zu {number} ist gespeichert.").format(number=case.number))
        st.rerun()


def _taken(desk: Desk, lines: Sequence[Line]) -> None:
    parts.rows(
        [
            [
                _(rules.KIND_NAMES[line.item.kind]),
                _said(desk, line.item),
                _("✓ {name}, {at}").format(
                    name=line.acknowledgement.by,
                    at=formats.short_moment(line.acknowledgement.at, desk.now),
                ),
            ]
            for line in lines
            if line.acknowledgement is not None
        ],
        _("Bestätigt"),
    )


def _waiting(desk: Desk, lines: Sequence[Line]) -> None:
    words = {"open": _("noch nicht bestätigt"), "changed": _("geändert, neu zu bestätigen")}
    parts.rows(
        [
            [
                _(rules.KIND_NAMES[line.item.kind]),
                _said(desk, line.item),
                words[line.standing],
            ]
            for line in lines
        ],
        _("Noch nicht bestätigt"),
    )


def _said(desk: Desk, item: Item) -> str:
    """The item in one line; a note stands above in full."""
    if item.kind == "note":
        return item.title
    return " · ".join(each for each in (item.title, item.detail, _left(desk, item)) if each)


def _left(desk: Desk, item: Item) -> str:
    """How long there is; when it is due stands in the item's own words."""
    stored = item.state.get("due_at")
    if not stored:
        return ""
    due = parse_utc(stored)
    if due < desk.now:
        return _("überfällig {since}").format(since=formats.since(due, desk.now))
    return _("noch {span}").format(span=formats.span(due - desk.now))


def _acknowledge_form(desk: Desk, opened: Handover, case: Case, waiting: Sequence[Line]) -> None:
    """Each item with a box of its own; what is ticked is acknowledged as it was shown."""
    key = f"acknowledge_{opened.id}_{case.id}"
    shown: dict[str, Item] = st.session_state.get(f"{key}_shown", {})
    present = {_box(key, line.item): line.item for line in waiting}
    st.session_state[f"{key}_shown"] = present
    if not waiting:
        return
    with st.form(key, border=False, clear_on_submit=False):
        for line in waiting:
            _item_box(desk, line, _box(key, line.item))
        sent = st.form_submit_button(
            _("Angehakte bestätigen als {name}").format(name=parts.plain(desk.account.name))
        )
    if not sent:
        return
    ticked = [item for box, item in shown.items() if st.session_state.get(box)]
    if not ticked:
        st.warning(_("Bitte haken Sie an, was Sie gesehen haben und übernehmen."))
        return
    with parts.attempt():
        taken = handover.acknowledge(desk.db, desk.actor, opened, ticked, desk.now)
    said = ngettext("{count} Punkt bestätigt", "{count} Punkte bestätigt", taken)
    parts.flash(
        _("{number}: {said} als {name}.").format(
            number=case.number, said=said.format(count=taken), name=desk.account.name
        )
    )
    st.rerun()


def _box(key: str, item: Item) -> str:
    return f"{key}_{item.kind}_{item.key}"


def _item_box(desk: Desk, line: Line, key: str) -> None:
    item = line.item
    kind = _(rules.KIND_NAMES[item.kind])
    label = f"**{parts.plain(kind)}** {parts.plain(_said(desk, item))}"
    st.checkbox(label, key=key, width="stretch")
    if line.standing == "changed" and line.acknowledgement is not None:
        before = line.acknowledgement.item
        parts.note(
            _("bestätigt war: {before}").format(
                before=" · ".join(each for each in (before.title, before.detail) if each)
            )
        )


def _timer_form(desk: Desk, opened: Handover, item: Item) -> None:
    """The leaving person's timer: it is stopped, or goes on under the other name."""
    key = f"timer_{opened.id}_{item.key}"
    name = rules.KIND_NAMES["timer"]
    parts.rows([[_(name), f"{item.title} · {item.detail}"]], item.title)
    leaves = desk.account.id == opened.leaving_account_id
    receives = desk.account.id == opened.receiving_account_id
    if not leaves and not receives:
        return
    with st.form(key, border=False, clear_on_submit=False):
        text = st.text_input(_("Was wurde getan? (liest die Kostenprüfung)"), key=f"{key}_text")
        with st.container(horizontal=True, key=f"{key}_ways"):
            stop = st.form_submit_button(
                _("Stoppen und erfassen"), icon=":material/stop:", key=f"{key}_stop"
            )
            go_on = receives and st.form_submit_button(
                _("Erfassen und bei mir weiter"),
                icon=":material/swap_horiz:",
                key=f"{key}_pass",
            )
    if stop:
        with parts.attempt():
            handover.stop_timer(desk.db, desk.actor, opened, int(item.key), text=text, at=desk.now)
        parts.flash(_("Die Zeit von {name} ist erfasst.").format(name=opened.leaving_name))
        st.rerun()
    if go_on:
        with parts.attempt():
            handover.pass_timer_on(
                desk.db, desk.actor, opened, int(item.key), text=text, at=desk.now
            )
        parts.flash(_("Die Zeit läuft unter Ihrem Namen weiter."))
        st.rerun()


def _withdraw_form(desk: Desk, opened: Handover) -> None:
    if not _concerns(desk, opened):
        parts.note(
            _("Zurückziehen können diese Übergabe nur {leaving} und {receiving}.").format(
                leaving=opened.leaving_name, receiving=opened.receiving_name
            )
        )
        parts.link(desk, "handover", _("Notübernahme beginnen"), uebergabe="neu")
        return
    key = f"withdraw_{opened.id}"
    with (
        st.expander(_("Übergabe zurückziehen")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        reason = st.text_input(_("Grund"), key=f"{key}_reason")
        sent = st.form_submit_button(_("Zurückziehen"))
    if sent:
        with parts.attempt():
            record.withdraw_handover(desk.db, desk.actor, opened.id, reason)
        parts.flash(_("Die Übergabe ist zurückgezogen; was bestätigt war, bleibt festgehalten."))
        st.rerun()


# A handover that has ended


def _ended(desk: Desk, ended: Handover) -> None:
    one, two = st.columns([3, 2])
    with one:
        title = _("Übergabe") if ended.kind == "regular" else _("Notübernahme")
        parts.header(title, _way(desk, ended))
    with two, st.container(horizontal=True, horizontal_alignment="right"):
        _download(desk, ended)
    if ended.kind == "emergency":
        parts.note(handover_protocol.kind_text(ended))
    acknowledged = record.acknowledgements_of(desk.db, ended.id)
    shown = {case.id: case for case in record.cases_of_handover(desk.db, ended)}
    for each in acknowledged:
        if each.item.case_id not in shown:
            shown[each.item.case_id] = store.case_by_id(desk.db, each.item.case_id)
    for case in shown.values():
        parts.section(parts.case_title(case))
        own = [each for each in acknowledged if each.item.case_id == case.id]
        if not own:
            parts.empty(_("Nichts bestätigt."))
        parts.rows(
            [
                [
                    _(rules.KIND_NAMES[each.item.kind]),
                    " · ".join(part for part in (each.item.title, each.item.detail) if part),
                    _("✓ {name}, {at}").format(name=each.by, at=formats.moment(each.at)),
                ]
                for each in own
            ],
            parts.case_title(case),
        )
    parts.link(desk, "handover", _("Neue Übergabe"), uebergabe="neu")
