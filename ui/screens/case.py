"""Fall: one case at a glance, and the ways into its parts."""

from __future__ import annotations

import streamlit as st

from cases import store, words
from cases.desk import Desk
from cases.pages import contacts, facts, parts
from cases.store import Case, readiness, stakeholders
from data import formats
from data.i18n import _, ngettext
from data.times import local, read_entered
from drafting import store as drafting_store
from drafting.pages import words as statement_words
from ui import agenda, situation
from ui.screens.board import meter
from ui.situation import CaseLine

_STEPS_SHOWN = 6
_ENTRIES_SHOWN = 8


def show(desk: Desk) -> None:
    """What is next and what is known at the left, where the case stands at the right."""
    case = parts.choose_case(desk)
    if case is None:
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    line = situation.line_of(desk.db, case, desk.now)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _next(desk, line)
        facts.part(desk, case)
        _timeline(desk, case)
    with right:
        _standing(desk, line)
        _said(desk, case)
        contacts.part(desk, case)
    _state(desk, case)


def _next(desk: Desk, line: CaseLine) -> None:
    if line.case.state == "closed":
        return
    parts.section(_("Als Nächstes"))
    steps = agenda.steps(desk.db, line.case, desk.now, line.new_mentions)
    if not steps:
        parts.empty(_("Nichts steht an."))
    for number, step in enumerate(steps[:_STEPS_SHOWN], start=1):
        with st.container(horizontal=True, key=f"next_{number}", vertical_alignment="center"):
            st.html(f"<span>{number}. {parts.escape(step.text)}</span>")
            parts.link(desk, step.page, step.label, line.case)
    further = len(steps) - _STEPS_SHOWN
    if further > 0:
        parts.note(
            ngettext("und {count} weiterer Punkt", "und {count} weitere Punkte", further).format(
                count=further
            )
        )


def _standing(desk: Desk, line: CaseLine) -> None:
    """Coverage in one sentence, then a line for each part of the case."""
    case = line.case
    parts.section(_("Stand"))
    newest = next(iter(store.coverage_of(desk.db, case.id)), None)
    if newest is not None:
        parts.quote_block(str(newest.decision.get("explanation", "")))
    event = store.event_by_id(desk.db, case.insured_event_id)
    st.html(
        f'<p class="kp-note">{meter(line.budget)} '
        + parts.escape(
            _("{used} von {cap}, {event}").format(
                used=formats.money(line.budget.covered_cents),
                cap=formats.money(line.budget.cap_cents),
                event=event.number,
            )
        )
        + "</p>"
    )
    incidents = store.incidents_of(desk.db, case.id)
    parts.rows(
        [
            *(
                [
                    each.number,
                    _("{kind}; Ursache {cause}, Datenabfluss {loss}").format(
                        kind=words.incident_kind(each.kind),
                        cause=words.cause_status(each.cause_status),
                        loss=words.three(each.data_loss),
                    ),
                ]
                for each in incidents
            ),
            [_("Meldungen"), _mentions_line(line)],
            *([[_("Anruf von"), _caller(case)]] if _caller(case) else []),
            [_("Beteiligte"), stakeholders.counts_of(desk.db, case.id).text],
            [_("Vorsorge"), readiness.summary(desk.db, case.firm_id, desk.now)],
        ],
        _("Stand"),
    )
    if not incidents and case.limb != "B":
        parts.note(_("Noch kein IT-Notfall verknüpft; Zweig A braucht einen (NA-25)."))


def _caller(case: Case) -> str:
    return " · ".join(each for each in (case.caller_name, case.callback_number) if each)


def _mentions_line(line: CaseLine) -> str:
    new = ngettext("{count} neue", "{count} neue", line.new_mentions).format(
        count=line.new_mentions
    )
    return f"{new}, {formats.severity(line.severity)}"


def _said(desk: Desk, case: Case) -> None:
    parts.section(_("Stellungnahmen"))
    known = drafting_store.overview(desk.db, case.id, desk.now)
    if not known:
        parts.empty(_("Noch nichts. Die Erstmeldung entsteht unter Stellungnahmen."))
    parts.rows(
        [
            [
                statement_words.standing(each.standing),
                each.statement.title,
                statement_words.channel(each.statement.channel),
            ]
            for each in known[:5]
        ],
        _("Stellungnahmen"),
    )


def _timeline(desk: Desk, case: Case) -> None:
    parts.section(_("Zuletzt geschehen"))
    parts.rows(
        [
            [
                formats.short_moment(entry.happened_at, desk.now),
                entry.text,
                words.timeline_kind(entry.kind),
                entry.actor_name,
            ]
            for entry in store.timeline_of(desk.db, case.id, limit=_ENTRIES_SHOWN)
        ],
        _("Zuletzt geschehen"),
    )
    parts.link(desk, "timeline", _("ganze Zeitleiste"), case)
    if not desk.may("case.write"):
        return
    name = f"timeline_{case.id}"
    with st.expander(_("Eintrag hinzufügen")), st.form(name, border=False):
        happened = st.text_input(
            _("Ereignis um"),
            value=local(desk.now).strftime("%d.%m.%Y %H:%M"),
            key=f"timeline_at_{case.id}",
        )
        text = st.text_input(_("Was ist passiert"), key=f"timeline_text_{case.id}")
        if st.form_submit_button(_("Eintragen")):
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
            parts.clear(f"timeline_text_{case.id}")
            parts.flash(_("Eingetragen."))
            st.rerun()


def _state(desk: Desk, case: Case) -> None:
    if not desk.may("case.write") or case.state != "open":
        return
    with st.expander(_("Dienst und Abschluss")):
        if case.on_duty != desk.actor.name and st.button(
            _("Ich übernehme den Fall"), key=f"take_over_{case.id}"
        ):
            with parts.attempt():
                store.take_over(desk.db, desk.actor, case.id)
            st.rerun()
        parts.link(desk, "handover", _("Dienst geordnet übergeben"))
        parts.link(desk, "case_file", _("Fall abschließen: Abschlussbericht in der Akte"), case)
