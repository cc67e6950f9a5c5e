"""Schritte: the hotline and the eight steps, in their order, with who does what and when."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cases import contract, evidence, steps, store
from cases.desk import Desk
from cases.pages import entering, parts
from cases.pages.typed import entered
from cases.steps import ItemState, StepState
from cases.store import Case
from cases.store import clocks as clock_store
from cases.store import stakeholders as stakeholder_store
from cases.store import steps as step_store
from data import formats
from data.i18n import _, ngettext
from data.times import read_entered

_STYLE = Path(__file__).with_name("steps.css")


def show(desk: Desk) -> None:
    """The step at work with what it asks for, then all nine with what was recorded."""
    case = parts.choose_case(desk)
    if case is None:
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    st.html(_STYLE)
    states = step_store.standing_of(desk.db, case.id)
    _no_restart(states)
    current = next((each for each in states if not each.passed), None)
    if current is None:
        parts.section(_("Schritte"))
        parts.note(steps.summary(states).text)
    else:
        _at_work(desk, case, current)
    _all(desk, case, states)


def _may_write(desk: Desk, case: Case) -> bool:
    return desk.may("case.write") and case.state != "closed"


def _no_restart(states: tuple[StepState, ...]) -> None:
    """EX-03: the warning stands on top until it is passed on, whatever step is at work."""
    if not steps.state_of(states, "EX-03.no_restart").settled and not states[3].passed:
        st.warning(
            _("Kein Neustart, nichts abschalten ohne Fachperson: Spuren gehen sonst verloren."),
            icon=":material/power_settings_new:",
        )


def _who(who: str) -> str:
    return {"hotline": _("Hotline"), "firm": _("Firma"), "desk": _("Pult")}[who]


# --- the step at work -----------------------------------------------------------------------


def _at_work(desk: Desk, case: Case, state: StepState) -> None:
    step = state.step
    heading = _("Schritt {number}: {title}").format(number=step.number, title=step.title)
    parts.section(step.title if step.number == 0 else heading)
    responsible = _("Zuständig: {who}").format(who=_who(step.who))
    parts.note(f"{responsible}. {step.hint}".strip())
    _beside(desk, case, state)
    _items(desk, case, state, at_work=True)
    entering.rules(*step.rules)
    if _may_write(desk, case):
        _skip(desk, case, state)


def _beside(desk: Desk, case: Case, state: StepState) -> None:
    """What the step at work needs to be seen: numbers, clocks, evidence, stakeholders."""
    show_it = {
        "EX-00": _numbers,
        "EX-01": _incidents,
        "EX-02": _clocks,
        "EX-05": _evidence,
        "EX-07": _stakeholders,
        "EX-08": _claim,
    }.get(state.step.id)
    if show_it is not None:
        show_it(desk, case)


def _numbers(desk: Desk, case: Case) -> None:
    """EX-00: the number of this contract, where it is printed, and when the office is open."""
    event = store.event_by_id(desk.db, case.insured_event_id)
    policy = store.policy_by_id(desk.db, event.policy_id)
    hotline = contract.hotline_at(policy.numbers, desk.now)
    lines = [
        [
            _("Notfallnummer"),
            hotline.emergency_number or _("bei dieser Polizze nicht erfasst"),
            _("rund um die Uhr") if policy.always_reachable == "yes" else "",
        ],
        [
            _("steht in"),
            _("Versicherungsbedingungen, Polizze, Schadenmeldeformular"),
            _("an drei Stellen"),
        ],
    ]
    if policy.office_number:
        open_now = hotline.office_number == policy.office_number
        said = _("jetzt erreichbar") if open_now else _("jetzt nicht: nur die Notfallnummer")
        lines.append(
            [_("Kundenbetreuung"), f"{policy.office_number} ({policy.office_hours})", said]
        )
    parts.rows(lines, _("Wen anrufen"))
    if not hotline.emergency_number:
        parts.link(desk, "firm", _("Notfallnummer bei der Polizze eintragen"), case)


def _incidents(desk: Desk, case: Case) -> None:
    incidents = store.incidents_of(desk.db, case.id)
    if incidents:
        numbers = ", ".join(each.number for each in incidents)
        parts.note(_("Die Antwort zu den Daten gilt auch für {numbers}.").format(numbers=numbers))
    else:
        parts.note(
            _("Kein IT-Notfall ist verknüpft; ohne einen bleiben die Antworten nur hier stehen.")
        )
        parts.link(desk, "event", _("IT-Notfall verknüpfen"), case)


def _clocks(desk: Desk, case: Case) -> None:
    running = [
        each
        for each in clock_store.clocks_of(desk.db, case.id, open_only=True)
        if each.kind not in ("holding", "press", "own_page", "counterstatement")
    ]
    parts.rows(
        [[formats.due(each.due_at, desk.now), each.title, each.rule] for each in running],
        _("Laufende Fristen"),
    )


def _evidence(desk: Desk, case: Case) -> None:
    kept = len(evidence.evidence_of(desk.db, case.id))
    said = ngettext("{count} Beleg im Fall", "{count} Belege im Fall", kept).format(count=kept)
    parts.link(desk, "evidence", said, case)


def _stakeholders(desk: Desk, case: Case) -> None:
    said = stakeholder_store.counts_of(desk.db, case.id).text
    parts.link(desk, "stakeholders", _("Beteiligte: {counts}").format(counts=said), case)


def _claim(desk: Desk, case: Case) -> None:
    if case.claim_number:
        parts.note(_("Schadennummer: {number}").format(number=case.claim_number))
    else:
        parts.note(_("Noch keine Schadennummer; Nachträge gehen auch ohne hinaus."))
    parts.link(desk, "case_file", _("Schadenmeldung und Nachträge in der Akte"), case)


# --- the points of a step -------------------------------------------------------------------


def _items(desk: Desk, case: Case, state: StepState, *, at_work: bool) -> None:
    """Each point with what holds for it; the first open one has its form unfolded."""
    workable = _may_write(desk, case) and state.waits_for is None and state.state != "skipped"
    first = next(
        (each for each in state.items if each.asked and each.item.required and not each.settled),
        None,
    )
    for each in state.items:
        if not each.asked and each.entry is None:
            continue
        unfolded = workable and at_work and each is first
        with st.container(key=f"step_row_{each.item.id}_{case.id}"):
            with st.container(
                horizontal=True, key=f"step_line_{each.item.id}_{case.id}", gap="small"
            ):
                _item_line(desk, case, each)
                if _may_write(desk, case) and not unfolded:
                    _beside_line(desk, case, each, workable=workable)
            if unfolded:
                _form(desk, case, each, primary=True)


def _beside_line(desk: Desk, case: Case, each: ItemState, *, workable: bool) -> None:
    """What can be done about a point that has no form unfolded."""
    if each.entry is not None:
        with st.popover(_("berichtigen"), type="tertiary"):
            if workable and each.asked and each.item.kind == "choice":
                _form(desk, case, each, primary=False)
            _take_back(desk, case, each)
    elif workable and each.asked:
        with st.popover(_("festhalten"), type="tertiary"):
            _form(desk, case, each, primary=False)


def _item_line(desk: Desk, case: Case, each: ItemState) -> None:
    item = each.item
    shape = "●" if each.settled and not each.still_open else "◔" if each.entry else "○"
    said = [parts.escape(item.choice_label(each.value))] if item.kind == "choice" else []
    if each.entry is not None:
        said += [parts.escape(text) for text in (each.entry.person, each.entry.text) if text]
        at = each.entry.happened_at if item.kind == "tick" else each.entry.recorded_at
        said.append(f"{formats.short_moment(at, desk.now)}, {parts.escape(each.entry.recorded_by)}")
    if item.evidence:
        kept = sum(each.kind in item.evidence for each in evidence.evidence_of(desk.db, case.id))
        said.append(
            ngettext("{count} Beleg im Fall", "{count} Belege im Fall", kept).format(count=kept)
        )
    if not item.required and each.entry is None:
        said.append(_("nur wenn es so ist"))
    st.html(
        f'<div class="kp-step"><span class="kp-shape">{shape}</span>'
        f"<span>{parts.escape(item.title)}"
        + (f"<small>{parts.escape(item.hint)}</small>" if item.hint else "")
        + f"</span><span>{' · '.join(text for text in said if text)}</span>"
        f"<span>{_who(item.who)}</span></div>"
    )


def _form(desk: Desk, case: Case, each: ItemState, *, primary: bool) -> None:
    item = each.item
    name = f"step_{case.id}_{item.id}"
    entry = each.entry
    with st.form(name, border=False, enter_to_submit=False):
        value = ""
        if item.kind == "choice":
            value = (
                st.segmented_control(
                    item.title,
                    [choice.value for choice in item.choices],
                    format_func=item.choice_label,
                    default=each.value or None,
                    key=f"{name}_value",
                    label_visibility="collapsed",
                )
                or ""
            )
        asks_time = item.kind == "tick" or item.time != _("Uhrzeit")
        person = time = text = reason = ""
        if item.text_on:
            text = st.text_input(item.text, value=_first_text(desk, case, each), key=f"{name}_text")
        one, two = st.columns(2)
        if item.person:
            with one:
                person = st.text_input(
                    item.person, value=entry.person if entry else "", key=f"{name}_person"
                )
        if asks_time:
            with two if item.person else one:
                time = st.text_input(item.time, value=entered(desk.now), key=f"{name}_time")
        if each.settled and item.kind == "choice":
            reason = st.text_input(_("Grund der Berichtigung"), key=f"{name}_reason")
        label = _("Abhaken") if item.kind == "tick" else _("Festhalten")
        sent = st.form_submit_button(
            label, type="primary" if primary else "secondary", key=f"{name}_sent"
        )
    if item.page:
        parts.link(desk, item.page, _page_link(item.page), case)
    if not sent:
        return
    with parts.attempt():
        happened_at = read_entered(time) if asks_time else desk.now
        key = parts.form_key(name)
        if item.kind == "tick":
            step_store.tick(
                desk.db,
                desk.actor,
                case.id,
                item.id,
                happened_at=happened_at,
                person=person,
                text=text,
                idempotency_key=key,
            )
        else:
            step_store.answer(
                desk.db,
                desk.actor,
                case.id,
                item.id,
                str(value),
                happened_at=happened_at,
                text=text,
                person=person,
                reason=reason,
                idempotency_key=key,
            )
    entering.done(name)
    parts.flash(_("Festgehalten: {title}").format(title=item.title))
    st.rerun()


def _first_text(desk: Desk, case: Case, each: ItemState) -> str:
    """What was said before; for the call the number of this contract."""
    if each.entry is not None:
        return each.entry.text
    if each.item.id == "EX-00.call":
        event = store.event_by_id(desk.db, case.insured_event_id)
        return store.policy_by_id(desk.db, event.policy_id).emergency_number
    return ""


def _page_link(page: str) -> str:
    return {
        "event": _("Systeme und Änderungen eintragen"),
        "clocks": _("Fristen und Meldepflichten"),
        "timeline": _("Zeitleiste"),
        "evidence": _("Belege und wer Zugriff hatte"),
        "stakeholders": _("Beteiligte"),
        "case_file": _("Nachmeldung in der Akte"),
    }[page]


def _take_back(desk: Desk, case: Case, each: ItemState) -> None:
    name = f"take_back_{case.id}_{each.item.id}"
    with st.form(name, border=False):
        reason = st.text_input(_("Warum es nicht gilt"), key=f"{name}_reason")
        sent = st.form_submit_button(_("Zurücknehmen"), key=f"{name}_sent")
    if not sent:
        return
    with parts.attempt():
        step_store.take_back(desk.db, desk.actor, case.id, each.item.id, reason, at=desk.now)
    entering.done(name)
    parts.flash(_("Zurückgenommen: {title}").format(title=each.item.title))
    st.rerun()


# --- skipping ---------------------------------------------------------------------------------


def _skip(desk: Desk, case: Case, state: StepState) -> None:
    name = f"skip_{case.id}_{state.step.id}"
    later = [each for each in steps.all_steps() if each.number >= state.step.number]
    titles = {each.id: f"{each.number} · {each.title}" for each in later}
    with st.expander(_("Schritt überspringen")), st.form(name, border=False):
        last = st.selectbox(
            _("Bis einschließlich"),
            list(titles),
            format_func=lambda step: titles[step],
            key=f"{name}_last",
        )
        reason = st.text_input(_("Warum"), key=f"{name}_reason")
        sent = st.form_submit_button(_("Überspringen"), key=f"{name}_sent")
    if not sent:
        return
    with parts.attempt():
        skipped = step_store.skip_through(desk.db, desk.actor, case.id, last, reason)
    entering.done(name)
    parts.flash(
        ngettext(
            "{count} Schritt übersprungen; er lässt sich wieder aufnehmen.",
            "{count} Schritte übersprungen; sie lassen sich wieder aufnehmen.",
            len(skipped),
        ).format(count=len(skipped))
    )
    st.rerun()


def _resume(desk: Desk, case: Case, state: StepState) -> None:
    name = f"resume_{case.id}_{state.step.id}"
    with st.form(name, border=False):
        reason = st.text_input(_("Warum doch"), key=f"{name}_reason")
        sent = st.form_submit_button(_("Wieder aufnehmen"), key=f"{name}_sent")
    if not sent:
        return
    with parts.attempt():
        step_store.resume(desk.db, desk.actor, case.id, state.step.id, reason)
    entering.done(name)
    parts.flash(_("Wieder aufgenommen: {title}").format(title=state.step.title))
    st.rerun()


# --- all steps ----------------------------------------------------------------------------------


def _all(desk: Desk, case: Case, states: tuple[StepState, ...]) -> None:
    parts.section(_("Alle Schritte"))
    for state in states:
        if state.state == "open":
            line = f"**{parts.plain(_line(desk, state))}**"
            st.markdown(line)
            continue
        with st.expander(parts.plain(_line(desk, state))):
            if state.step.hint:
                parts.note(state.step.hint)
            if state.state == "skipped" and state.closing is not None:
                parts.note(_("Grund: {reason}").format(reason=state.closing.reason))
                if _may_write(desk, case):
                    _resume(desk, case, state)
            _items(desk, case, state, at_work=False)


def _line(desk: Desk, state: StepState) -> str:
    """One step in a line: its number, what it is, where it stands, who does it."""
    words = {
        "open": _("jetzt an der Reihe"),
        "locked": _("danach"),
        "done": _("erledigt"),
        "skipped": _("übersprungen"),
    }
    said = words[state.state]
    if state.closing is not None:
        said += (
            f" {formats.short_moment(state.closing.recorded_at, desk.now)},"
            f" {state.closing.recorded_by}"
        )
    unknown = sum(each.still_open for each in state.items)
    if state.state == "done" and unknown:
        said += ", " + ngettext("{count} unbekannt", "{count} unbekannt", unknown).format(
            count=unknown
        )
    shape = {"open": "◔", "locked": "○", "done": "●", "skipped": "–"}[state.state]
    return f"{shape} {state.step.number} · {state.step.title} · {said} · {_who(state.step.who)}"
