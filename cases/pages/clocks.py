"""Fristen: every clock that runs, over all cases or in one, and the press enquiries."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import streamlit as st

from cases import calendar, clocks, evidence, store
from cases import clock as rules
from cases.coverage_text import label
from cases.desk import Desk
from cases.errors import UnknownCase
from cases.pages import parts, press, reporting
from cases.pages.typed import entered, entered_day, read_end, read_start
from cases.store import Case
from cases.store import clocks as clock_store
from cases.store.clocks import CaseClock, ClockFilter, ListedClock
from data import formats, reference
from data.i18n import _, ngettext
from data.times import read_entered

_STYLE = Path(__file__).with_name("clocks.css")
_OPEN = "clock_open"
_SHOWN = 25


def show(desk: Desk) -> None:
    """Without a case one list over all cases; with one its clocks, enquiries and duties."""
    wrong = ""
    try:
        case = desk.case()
    except UnknownCase as error:
        wrong = error.sentence()
        case = None
    if case is None:
        _all_cases(desk, wrong)
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    st.html(_STYLE)
    _proposals(desk, case)
    _running(desk, case)
    press.of_case(desk, case)
    reporting.show(desk, case)
    _settled(desk, case)
    _download(desk, case)


# --- over all cases ---------------------------------------------------------------------


def _all_cases(desk: Desk, wrong: str) -> None:
    overdue = clock_store.count_clocks(desk.db, ClockFilter(state="overdue"), desk.now)
    running = clock_store.count_clocks(desk.db, ClockFilter(), desk.now)
    state = ngettext("{count} Frist läuft", "{count} Fristen laufen", running).format(count=running)
    if overdue:
        state += " · " + _("{count} überfällig").format(count=overdue)
    parts.header(_("Fristen"), state)
    st.html(_STYLE)
    if wrong:
        st.warning(parts.plain(wrong))
    wanted = _filter(desk)
    listed = clock_store.list_clocks(desk.db, wanted, desk.now, limit=_shown())
    if not listed:
        parts.empty(_("Keine Frist läuft. Sie beginnen mit der Eröffnung eines Falls."))
    for each in listed:
        _row(desk, each, with_case=True)
    _more(clock_store.count_clocks(desk.db, wanted, desk.now))
    press.of_all(desk)
    _download(desk, None)


def _filter(desk: Desk) -> ClockFilter:
    known = store.list_cases(desk.db, "open")
    titles = {each.id: parts.case_title(each) for each in known}
    one, two, three = st.columns([3, 3, 2])
    with one:
        case_id = st.selectbox(
            _("Fall"),
            list(titles),
            format_func=lambda chosen: titles[chosen],
            index=None,
            placeholder=_("alle offenen Fälle"),
            key="clocks_case",
        )
    with two:
        kinds = st.multiselect(
            _("Art"),
            [kind.value for kind in rules.ClockKind],
            format_func=clocks.clock_short,
            placeholder=_("alle Arten"),
            key="clocks_kinds",
        )
    with three:
        state = st.segmented_control(
            _("Stand"),
            ("open", "overdue", "settled"),
            format_func=_state_word,
            default="open",
            key="clocks_state",
            required=True,
        )
    return ClockFilter(case_id, tuple(kinds), str(state))


def _state_word(state: str) -> str:
    return {"open": _("offen"), "overdue": _("überfällig"), "settled": _("abgeschlossen")}[state]


def _shown() -> int:
    return int(st.session_state.get("clocks_shown", _SHOWN))


def _more(total: int) -> None:
    if total <= _shown():
        return
    if st.button(_("{count} weitere anzeigen").format(count=total - _shown()), key="clocks_more"):
        st.session_state["clocks_shown"] = _shown() + _SHOWN
        st.rerun()


# --- one case ---------------------------------------------------------------------------


def _proposals(desk: Desk, case: Case) -> None:
    """What no longer fits what is known. A person decides; nothing is declined by itself."""
    for number, proposal in enumerate(clocks.proposals_of(desk.db, case.id)):
        if proposal.action == "decline":
            sentence = _("{title}: {reason} Vorschlag: ablehnen.")
            button = _("Mit diesem Grund ablehnen")
        else:
            sentence = _("{title}: {reason} Vorschlag: ab {at} rechnen.")
            button = _("Ab diesem Zeitpunkt rechnen")
        at = formats.moment(proposal.at) if proposal.at else ""
        with st.container(horizontal=True, key=f"clock_row_proposal_{number}"):
            said = sentence.format(title=proposal.clock.title, reason=proposal.reason, at=at)
            st.html(f"<span>{parts.escape(said)}</span>")
            if desk.may("case.write") and st.button(
                button, key=f"proposal_{proposal.action}_{proposal.clock.id}"
            ):
                with parts.attempt():
                    clocks.accept(desk.db, desk.actor, proposal)
                parts.flash(_("Festgehalten: {title}").format(title=proposal.clock.title))
                st.rerun()


def _running(desk: Desk, case: Case) -> None:
    parts.section(_("Es läuft"))
    listed = clock_store.list_clocks(desk.db, ClockFilter(case.id), desk.now)
    if not listed:
        parts.empty(_("Keine Frist läuft."))
    for each in listed:
        _row(desk, each, with_case=False)
    for entry in reference.load("clocks")["standing"].values():
        parts.note(
            _("Ohne Ende: {title} ({who}; {rule}; {source})").format(
                title=label(entry["title"]),
                who=label(entry["who"]),
                rule=entry["rule"],
                source=entry["source"],
            )
        )


def _settled(desk: Desk, case: Case) -> None:
    listed = clock_store.list_clocks(desk.db, ClockFilter(case.id, state="settled"), desk.now)
    if not listed:
        return
    title = _("Abgeschlossene Fristen ({count})").format(count=len(listed))
    with st.expander(title, expanded=any(_is_open(each.clock) for each in listed)):
        for each in listed:
            _row(desk, each, with_case=False)


def _download(desk: Desk, case: Case | None) -> None:
    name = f"fristen-{case.number}.ics" if case else "fristen.ics"
    home, case_id, at = desk.home, case.id if case else None, desk.now
    st.download_button(
        _("Als Kalenderdatei (.ics)"),
        # Made when asked for, in the thread that serves it.
        data=lambda: calendar.calendar_file(home.db(), at, case_id),
        file_name=name,
        mime=calendar.MEDIA_TYPE,
        icon=":material/calendar_month:",
        key="clocks_calendar",
        on_click="ignore",
    )


# --- one clock --------------------------------------------------------------------------


def _is_open(clock: CaseClock) -> bool:
    return bool(st.session_state.get(_OPEN) == clock.id)


def _row(desk: Desk, listed: ListedClock, *, with_case: bool) -> None:
    clock = listed.clock
    cells = [_when(clock, desk.now), _what(listed, with_case), parts.escape(_nature(clock))]
    with st.container(horizontal=True, vertical_alignment="center", key=f"clock_row_{clock.id}"):
        body = "".join(f"<span>{cell}</span>" for cell in cells)
        st.html(f'<div class="kp-clock">{body}</div>')
        opened = _is_open(clock)
        if st.button(
            _("schließen") if opened else _("öffnen"), key=f"clock_{clock.id}", type="tertiary"
        ):
            st.session_state[_OPEN] = None if opened else clock.id
            st.rerun()
    if _is_open(clock):
        with st.container(key=f"clock_panel_{clock.id}"):
            _panel(desk, clock)


def _when(clock: CaseClock, at: datetime) -> str:
    """The clock time first, the remaining time second; what has passed is the loud one."""
    if clock.settled_at is not None:
        done = formats.short_moment(clock.settled_at, at)
        if clock.settled_as == "declined":
            return parts.escape(_("abgelehnt {at}").format(at=done))
        if clock.late:
            words = _("verspätet {at}").format(at=done)
            return f'<span class="kp-serious">{parts.escape(words)}</span>'
        return f'<span class="kp-done">{parts.escape(_("erledigt {at}").format(at=done))}</span>'
    words = parts.escape(formats.due(clock.due_at, at))
    if clock.due_at < at:
        return f'<span class="kp-critical">{words}</span>'
    return f'<span class="kp-serious">{words}</span>' if clock.warn_at <= at else words


def _what(listed: ListedClock, with_case: bool) -> str:
    title = parts.escape(listed.clock.title)
    if not with_case:
        return title
    number = parts.escape(listed.case_number)
    return (
        f'{title} · <a href="?fall={number}" target="_self">{number}</a> '
        f"{parts.escape(listed.public_name)}"
    )


def _nature(clock: CaseClock) -> str:
    """The rule, and whether it is law at all."""
    words = {"law": "", "target": _("Zielzeit, kein Gesetz"), "given": _("von außen gesetzt")}
    said = [clock.rule, words[rules.nature(clock.kind)]]
    if not rules.entry_of(clock.kind)["confirmed"]:
        said.append(_("unbestätigt"))
    return " · ".join(each for each in said if each)


def _panel(desk: Desk, clock: CaseClock) -> None:
    """What the clock is about, its history, and what can be done with it."""
    enquiry_id = press.enquiry_of(clock)
    if desk.may("case.write"):
        if enquiry_id is not None:
            press.edit(desk, enquiry_id)
        else:
            _actions(desk, clock)
    with st.expander(_("So ist gerechnet")):
        _explanation(clock)
    with st.expander(_("Verlauf")):
        _history(desk, clock)


def _explanation(clock: CaseClock) -> None:
    entry = rules.entry_of(clock.kind)
    quotes = reference.load("rules")
    lines = [
        [_("Beginn"), f"{formats.moment(clock.started_at)} · {label(entry['starts'])}"],
        [_("Ende"), _end(clock)],
        [_("Wer handelt"), label(entry["who"])],
        [_("Was sie beendet"), label(entry["stops"])],
        [_("Regel"), clock.rule],
        [_("Quelle"), clock.source],
        *([rule, f"„{quotes[rule]['quote']}“"] for rule in entry["rules"]),
    ]
    if "formal" in entry:
        lines.append([_("Förmliche Berechnung"), label(entry["formal"])])
    parts.rows(lines, clock.title)
    parts.note(
        _(
            "Gezeigt wird immer die vorsichtige Lesart, das frühere Ende. Keine Rechtsberatung: "
            "im Zweifel die Rechtsvertretung der Firma fragen."
        )
    )


def _end(clock: CaseClock) -> str:
    end = formats.moment(clock.due_at)
    said = {
        "law": _("{end}, vorsichtige Lesart des Gesetzes"),
        "target": _("{end}, Zielzeit des Pults: das Gesetz nennt kein festes Ende"),
        "given": _("{end}, von außen gesetzt"),
    }[rules.nature(clock.kind)]
    return said.format(end=end)


def _history(desk: Desk, clock: CaseClock) -> None:
    names = {
        "started": _("gestartet"),
        "done": _("erledigt"),
        "declined": _("abgelehnt"),
        "reopened": _("wieder geöffnet"),
        "superseded": _("neu gestellt"),
    }
    lines = []
    for each in clock_store.history_of(desk.db, clock.id):
        proof = [each.reason, each.reference]
        if each.evidence_id is not None:
            proof.append(_("Beleg B{number}").format(number=each.evidence_id))
        said = " · ".join([names[each.action], *(word for word in proof if word)])
        recorded = _("eingetragen {at}").format(at=formats.moment(each.recorded_at))
        lines.append([formats.moment(each.at), said, each.actor_name, recorded])
    for stage, audience, raised_at in clock_store.escalations_of(desk.db, clock.id):
        told = _("an den Dienst") if audience == "duty" else _("an alle")
        what = (
            _("erinnert: überfällig, {told}").format(told=told)
            if stage == rules.OVERDUE_STAGE
            else _("erinnert, {told}").format(told=told)
        )
        lines.append([formats.moment(raised_at), what, "Krisenpult", ""])
    parts.rows(lines, _("Verlauf"))


def _actions(desk: Desk, clock: CaseClock) -> None:
    if clock.settled_at is not None:
        _reopen(desk, clock)
        return
    how = st.segmented_control(
        _("Was ist mit der Frist"),
        ("done", "declined", "restart"),
        format_func=_action_word,
        default="done",
        key=f"clock_how_{clock.id}",
        required=True,
    )
    if how == "done":
        _done(desk, clock)
    elif how == "declined":
        _decline(desk, clock)
    else:
        _restart(desk, clock)


def _action_word(action: str) -> str:
    return {
        "done": _("erledigt"),
        "declined": _("abgelehnt"),
        "restart": _("anderer Beginn"),
    }[action]


def _finish(clock: CaseClock) -> None:
    st.session_state[_OPEN] = None
    parts.flash(_("Festgehalten: {title}").format(title=clock.title))
    st.rerun()


def _done(desk: Desk, clock: CaseClock) -> None:
    kept = {each.id: each.file_name for each in evidence.evidence_of(desk.db, clock.case_id)}
    with st.form(f"clock_done_{clock.id}", border=False):
        at = st.text_input(
            _("Erledigt am (TT.MM.JJJJ hh:mm)"),
            value=entered(desk.now),
            key=f"clock_done_at_{clock.id}",
        )
        reference_text = st.text_input(
            _("Nachweis, zum Beispiel die Aktenzahl der Bestätigung"),
            key=f"clock_reference_{clock.id}",
        )
        evidence_id = st.selectbox(
            _("Beleg"),
            list(kept),
            format_func=lambda number: f"B{number} · {kept[number]}",
            index=None,
            placeholder=_("ohne Beleg"),
            key=f"clock_evidence_{clock.id}",
        )
        note = st.text_input(_("Anmerkung"), key=f"clock_note_{clock.id}")
        if st.form_submit_button(_("Als erledigt festhalten"), type="primary"):
            with parts.attempt():
                store.settle_clock(
                    desk.db,
                    desk.actor,
                    clock.id,
                    "done",
                    note,
                    at=read_entered(at),
                    reference=reference_text,
                    evidence_id=evidence_id,
                )
            _finish(clock)


def _decline(desk: Desk, clock: CaseClock) -> None:
    with st.form(f"clock_decline_{clock.id}", border=False):
        reason = st.text_input(
            _("Warum gilt sie hier nicht"), key=f"clock_decline_reason_{clock.id}"
        )
        if st.form_submit_button(_("Mit Begründung ablehnen")):
            with parts.attempt():
                store.settle_clock(desk.db, desk.actor, clock.id, "declined", reason)
            _finish(clock)


def _restart(desk: Desk, clock: CaseClock) -> None:
    days = rules.counts_days(clock.kind)
    with st.form(f"clock_restart_{clock.id}", border=False):
        start = st.text_input(
            _("Beginn (TT.MM.JJJJ)") if days else _("Beginn (TT.MM.JJJJ hh:mm)"),
            value=entered_day(clock.started_at) if days else entered(clock.started_at),
            key=f"clock_restart_at_{clock.id}",
        )
        due = ""
        if rules.takes_due(clock.kind):
            due = st.text_input(
                _("Ende (TT.MM.JJJJ hh:mm); leer: die übliche Zielzeit"),
                key=f"clock_restart_due_{clock.id}",
            )
        reason = st.text_input(_("Warum"), key=f"clock_restart_reason_{clock.id}")
        if st.form_submit_button(_("Neu rechnen")):
            with parts.attempt():
                clocks.restart(
                    desk.db,
                    desk.actor,
                    clock.id,
                    start=read_start(start, days),
                    due=read_end(due),
                    reason=reason,
                )
            _finish(clock)


def _reopen(desk: Desk, clock: CaseClock) -> None:
    with st.form(f"clock_reopen_{clock.id}", border=False):
        reason = st.text_input(_("Warum wieder öffnen"), key=f"clock_reopen_reason_{clock.id}")
        if st.form_submit_button(_("Wieder öffnen")):
            with parts.attempt():
                clock_store.reopen_clock(desk.db, desk.actor, clock.id, reason)
            _finish(clock)
