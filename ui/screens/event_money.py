"""The insured event of a case: its cap, its cases, and moving between events."""

from __future__ import annotations

import streamlit as st

from budget import store as budget_store
from budget import words as budget_words
from budget.entry import EventBudget
from cases import store
from cases.coverage_text import label
from cases.desk import Desk
from cases.open_points import open_point
from cases.pages import parts
from cases.store import Case, events
from cases.store.events import Decision, InsuredEvent, Move
from cases.store.open_points import settings_of
from data import formats, reference
from data.i18n import N_, _, ngettext
from ui import moving
from ui.screens import event_form

_DECISIONS: dict[Decision, str] = {
    "one_event": N_("Ein Versicherungsfall"),
    "several_events": N_("Mehrere Versicherungsfälle"),
}
_MONEY_POINTS = ("U-02", "U-03", "U-06", "U-07", "U-08")


def show(desk: Desk, case: Case) -> None:
    """The cap in one line, the cases under it, what is decided, and how to move."""
    event = store.event_by_id(desk.db, case.insured_event_id)
    state = budget_store.event_state(desk.db, event.id, desk.now)
    parts.section(f"{event.number} · {event.title}")
    parts.rows(
        [
            [_("Leistungsgrenze"), budget_words.used_of_cap(state), *_over(state)],
            *[_case_cells(desk, each) for each in events.cases_of_event(desk.db, event.id)],
        ],
        _("Versicherungsfall und seine Fälle"),
    )
    _points(desk, case, event)
    _history(desk, event)
    if desk.may("case.write"):
        _move(desk, case, event)
        _merge(desk, event)


def _over(state: EventBudget) -> list[str]:
    return [" · ".join(budget_words.besides(state))]


def _case_cells(desk: Desk, case: events.EventCase) -> list[str]:
    entries = [
        each for each in budget_store.entries_of(desk.db, case.id) if each.reversed_because is None
    ]
    covered = sum(each.covered_cents for each in entries)
    overflow = sum(each.overflow_cents for each in entries)
    money = _("gedeckt {covered}").format(covered=formats.money(covered))
    if overflow:
        money += " · " + _("darüber {amount}").format(amount=formats.money(overflow))
    reserved = sum(each.under_reservation for each in entries)
    if reserved:
        money += " · " + ngettext(
            "{count} Leistung unter Vorbehalt", "{count} Leistungen unter Vorbehalt", reserved
        ).format(count=reserved)
    return [case.number, case.public_name, money]


def _points(desk: Desk, case: Case, event: InsuredEvent) -> None:
    """What is decided of the points that move money, and what applies while it is not."""
    settings = settings_of(desk.db, event.policy_id)
    with st.expander(_("Leistungsgrenze: Regel und offene Punkte")):
        rule = reference.load("rules")["NA-33"]
        parts.rows([["NA-33", f"„{rule['quote']}“"]], _("Regel der Leistungsgrenze"))
        parts.rows(
            [[name, *_point_cells(name, settings.get(name))] for name in _MONEY_POINTS],
            _("Offene Punkte"),
        )
        parts.link(desk, "coverage", _("Offene Punkte entscheiden"), case)


def _point_cells(name: str, value: str | None) -> list[str]:
    entry = reference.load("open_points")[name]
    if value is None:
        said, state = label(entry["applied"]), _("offen")
    else:
        said, state = open_point(name).choice_label(value), _("entschieden")
    return [f"{label(entry['title'])}: {said}", state]


def _history(desk: Desk, event: InsuredEvent) -> None:
    moves = events.moves_of_event(desk.db, event.id)
    if moves:
        with st.expander(_("Verschobene Fälle ({count})").format(count=len(moves))):
            parts.rows([_move_cells(desk, each) for each in moves], _("Verschobene Fälle"))


def _move_cells(desk: Desk, move: Move) -> list[str]:
    source = store.event_by_id(desk.db, move.from_event_id)
    target = store.event_by_id(desk.db, move.to_event_id)
    return [
        store.case_by_id(desk.db, move.case_id).number,
        _("{source} → {target}: {reason}").format(
            source=source.number, target=target.number, reason=move.reason
        ),
        _("entschieden von {person}").format(person=move.decided_by),
        formats.short_moment(move.recorded_at, desk.now),
    ]


def _targets(desk: Desk, event: InsuredEvent) -> dict[int, str]:
    """The other events of the contract that still stand, by id."""
    return {
        each.id: f"{each.number} · {each.title}"
        for each in events.events_of_policy(desk.db, event.policy_id)
        if each.id != event.id and each.merged_into_id is None
    }


def _move(desk: Desk, case: Case, event: InsuredEvent) -> None:
    key = f"move_{case.id}"
    names = {0: _("neuer Versicherungsfall"), **_targets(desk, event)}
    incidents = [
        each for each in store.incidents_of(desk.db, case.id) if each.insured_event_id == event.id
    ]
    with st.expander(_("Fall zu einem anderen Versicherungsfall verschieben")):
        point = reference.load("open_points")["U-07"]
        parts.note(f"U-07: {label(point['question'])} {label(point['applied'])}")
        with st.form(key, border=False, clear_on_submit=False):
            target = st.selectbox(
                _("Wohin"), list(names), format_func=lambda each: names[each], key=f"{key}_target"
            )
            title = st.text_input(_("Titel des neuen Versicherungsfalls"), key=f"{key}_title")
            decision = st.selectbox(
                _("Entscheidung (U-07)"),
                list(_DECISIONS),
                format_func=lambda each: _(_DECISIONS[each]),
                key=f"{key}_decision",
            )
            moving_along = st.multiselect(
                _("IT-Notfälle, die mitgehen"),
                [each.id for each in incidents],
                format_func=lambda each: next(i.number for i in incidents if i.id == each),
                key=f"{key}_incidents",
                placeholder=_("keiner"),
            )
            reason = st.text_input(_("Begründung"), key=f"{key}_reason")
            decided_by = st.text_input(_("Entschieden von (Name)"), key=f"{key}_decided_by")
            one, two = st.columns(2)
            looked = one.form_submit_button(_("Vorschau der Beträge"))
            sent = two.form_submit_button(_("Verschieben"))
        if looked:
            with parts.attempt():
                preview = moving.preview_move(
                    desk.db, desk.actor, case.id, target or None, desk.now
                )
            _preview(preview, event, names[target or 0])
    if sent:
        with parts.attempt():
            move = moving.move_case(
                desk.db,
                desk.actor,
                case.id,
                target or None,
                decision=decision,
                reason=reason,
                decided_by=decided_by,
                now=desk.now,
                title=title,
                incident_ids=tuple(moving_along),
                idempotency_key=parts.form_key(key),
            )
        event_form.finish(
            key,
            ("target", "title", "decision", "incidents", "reason", "decided_by"),
            _(
                "{number} gehört jetzt zu {target}; beide Leistungsgrenzen sind neu berechnet."
            ).format(
                number=case.number, target=store.event_by_id(desk.db, move.to_event_id).number
            ),
        )


def _preview(preview: moving.Preview, event: InsuredEvent, target: str) -> None:
    parts.rows(
        [
            [event.number, _change(preview.source_before, preview.source_after)],
            [target, _change(preview.target_before, preview.target_after)],
        ],
        _("Beträge vorher und nachher"),
    )
    if preview.corrections:
        parts.note(
            ngettext(
                "{count} abgerechnete Zeile bleibt gesperrt; die Differenz wird als Korrektur gebucht.",
                "{count} abgerechnete Zeilen bleiben gesperrt; die Differenzen werden als Korrekturen"
                " gebucht.",
                preview.corrections,
            ).format(count=preview.corrections)
        )


def _change(before: EventBudget | None, after: EventBudget | None) -> str:
    return _("vorher {before}, nachher {after}").format(before=_sums(before), after=_sums(after))


def _sums(state: EventBudget | None) -> str:
    if state is None:
        return _("noch nicht eröffnet")
    told = _("gedeckt {covered} von {cap}").format(
        covered=formats.money(state.covered_cents), cap=formats.money(state.cap_cents)
    )
    if state.overflow_cents:
        told += ", " + _("darüber {amount}").format(amount=formats.money(state.overflow_cents))
    return told


def _merge(desk: Desk, event: InsuredEvent) -> None:
    names = _targets(desk, event)
    if not names:
        return
    key = f"merge_{event.id}"
    with (
        st.expander(_("Diesen Versicherungsfall in einem anderen aufgehen lassen")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        parts.note(
            _(
                "Alle Fälle und IT-Notfälle gehen mit; danach gilt eine Leistungsgrenze für alle"
                " (NA-33, U-07)."
            )
        )
        target = st.selectbox(
            _("Aufgehen in"), list(names), format_func=lambda each: names[each], key=f"{key}_target"
        )
        reason = st.text_input(_("Begründung"), key=f"{key}_reason")
        decided_by = st.text_input(_("Entschieden von (Name)"), key=f"{key}_decided_by")
        sent = st.form_submit_button(_("Zusammenlegen"))
    if sent and target is not None:
        with parts.attempt():
            moving.merge_events(
                desk.db,
                desk.actor,
                event.id,
                target,
                reason=reason,
                decided_by=decided_by,
                now=desk.now,
            )
        event_form.finish(
            key,
            ("target", "reason", "decided_by"),
            _("{source} ist in {target} aufgegangen.").format(
                source=event.number, target=names[target]
            ),
        )
