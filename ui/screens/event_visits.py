"""Visits on site: the wish, the counter of the year, and who pays what."""

from __future__ import annotations

import streamlit as st

from cases import store
from cases.desk import Desk
from cases.onsite import Counter, Reading
from cases.pages import parts
from cases.store import Case, onsite
from cases.store.onsite import Visit
from data import formats
from data.i18n import _, ngettext
from data.times import local, read_entered
from ui import visits
from ui.screens import event_form

_RULES = ("NA-22", "NA-23", "NA-24")


def show(desk: Desk, case: Case) -> None:
    """What the year has seen so far, the visits of this case, and the wish for one."""
    parts.section(_("Einsatz vor Ort"))
    event = store.event_by_id(desk.db, case.insured_event_id)
    counter = onsite.counter_on(desk.db, event.policy_id, local(desk.now).date())
    parts.rows(
        [
            *[_reading_cells(each) for each in counter.readings],
            [_("Heute gilt"), _standing(counter), _decided(counter)],
        ],
        _("Zähler der Einsätze"),
    )
    _advice(desk, case, counter)
    of_case = [
        each
        for each in onsite.visits_of_policy(desk.db, event.policy_id)
        if each.case_id == case.id
    ]
    parts.rows([_visit_cells(desk, each) for each in of_case], _("Einsätze dieses Falls"))
    event_form.quotes(_RULES, _("Regeln für den Einsatz vor Ort"))
    if desk.may("case.write"):
        for visit in of_case:
            if visit.state == "wished":
                _complete(desk, visit)
                _drop(desk, visit)
        _wish(desk, case)


def _reading_cells(reading: Reading) -> list[str]:
    name = {
        "calendar_year": _("Kalenderjahr"),
        "policy_year": _("Versicherungsjahr"),
    }[reading.kind]
    if reading.period is None:
        told = _("Beginn der Polizze unbekannt")
        if reading.used is None:
            told += ", " + _("ein Einsatz im letzten Jahr")
        return [name, told, "NA-23"]
    first, last = reading.period
    count = reading.used or 0
    return [
        name,
        ngettext(
            "{count} Einsatz von {first} bis {last}",
            "{count} Einsätze von {first} bis {last}",
            count,
        ).format(count=count, first=f"{first:%d.%m.%Y}", last=f"{last:%d.%m.%Y}"),
        "NA-23",
    ]


def _standing(counter: Counter) -> str:
    if counter.free:
        return _("An- und Abreise und genau 1 Stunde zahlt der Versicherer, den Rest die Firma")
    return _("Die Firma zahlt den ganzen Einsatz")


def _decided(counter: Counter) -> str:
    return (
        _("U-04 entschieden") if counter.decided else _("U-04 offen, gezählt wird das Kalenderjahr")
    )


def _advice(desk: Desk, case: Case, counter: Counter) -> None:
    """Before a further visit the firm has to know that it pays, or may have to."""
    if counter.free and not counter.disputed:
        return
    if counter.disputed:
        sentence = _(
            "Nach dem Versicherungsjahr wäre der Einsatz verbraucht oder ist das nicht bekannt (U-04)."
            " Bitte der Firma sagen, dass sie den Einsatz vielleicht selbst zahlt."
        )
    elif counter.applied.used is None:
        sentence = _(
            "Ob der Einsatz dieses Jahres verbraucht ist, hängt am Beginn der Polizze. Bis er"
            " eingetragen ist: die Firma zahlt (NA-23)."
        )
    else:
        sentence = _("Der Einsatz dieses Jahres ist verbraucht: die Firma zahlt (NA-23).")
    st.warning(parts.plain(sentence))
    if not counter.decided:
        parts.link(desk, "coverage", _("U-04 entscheiden"), case)
    if counter.disputed or counter.applied.used is None:
        parts.link(desk, "firm", _("Beginn der Polizze eintragen"), case)


def _visit_cells(desk: Desk, visit: Visit) -> list[str]:
    wished = _("gewünscht von {person}, {at}").format(
        person=visit.wished_by, at=formats.short_moment(visit.wished_at, desk.now)
    )
    if visit.state == "wished":
        return [_("gewünscht"), visit.wish_text or wished, wished]
    if visit.state == "dropped" or visit.split is None or visit.arrived_at is None:
        return [_("entfällt"), visit.reason, wished]
    return [
        formats.moment(visit.arrived_at),
        _("{person}, {hours} h, An- und Abreise {journey}; {wished}").format(
            person=visit.technician,
            hours=formats.hours(visit.worked_seconds or 0),
            journey=formats.money(visit.journey_cents or 0),
            wished=wished,
        ),
        _("Versicherer {insurer}, Firma {insured}").format(
            insurer=formats.money(visit.split.insurer_cents),
            insured=formats.money(visit.split.insured_cents),
        ),
    ]


def _wish(desk: Desk, case: Case) -> None:
    key = f"wish_{case.id}"
    with (
        st.expander(_("Wunsch nach einem Einsatz festhalten (NA-22)")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        one, two = st.columns(2)
        with one:
            person = event_form.person_input(
                desk, case, _("Wer wünscht den Einsatz"), f"{key}_person"
            )
        with two:
            at = event_form.moment_input(desk, _("Wann gesagt (TT.MM.JJJJ hh:mm)"), f"{key}_at")
        text = st.text_input(_("Was gewünscht ist"), key=f"{key}_text")
        sent = st.form_submit_button(_("Wunsch festhalten"))
    if sent:
        with parts.attempt():
            linked = store.incidents_of(desk.db, case.id)
            onsite.wish_visit(
                desk.db,
                desk.actor,
                case.id,
                wished_by=person,
                wished_at=read_entered(at),
                text=text,
                incident_id=linked[0].id if len(linked) == 1 else None,
                idempotency_key=parts.form_key(key),
            )
        event_form.finish(
            key, ("at", "text"), _("Der Wunsch ist festgehalten."), choices=("person",)
        )


def _complete(desk: Desk, visit: Visit) -> None:
    key = f"visit_{visit.id}"
    title = _("Einsatz eintragen (gewünscht von {person})").format(
        person=parts.plain(visit.wished_by)
    )
    with st.expander(title), st.form(key, border=False, clear_on_submit=False):
        one, two, three = st.columns(3)
        with one:
            at = event_form.moment_input(desk, _("Ankunft (TT.MM.JJJJ hh:mm)"), f"{key}_at")
        technician = two.text_input(_("Wer war vor Ort"), key=f"{key}_technician")
        minutes = three.text_input(_("Arbeitszeit in Minuten"), key=f"{key}_minutes")
        four, five = st.columns(2)
        rate = four.text_input(_("Satz je Stunde netto (€)"), key=f"{key}_rate")
        journey = five.text_input(_("An- und Abreise netto (€)"), key=f"{key}_journey")
        sent = st.form_submit_button(_("Einsatz eintragen und aufteilen"))
    if sent:
        with parts.attempt():
            done = visits.complete_visit(
                desk.db,
                desk.actor,
                visit.id,
                technician=technician,
                arrived_at=read_entered(at),
                worked_seconds=event_form.read_minutes(minutes, _("Arbeitszeit in Minuten")) * 60,
                rate_cents=event_form.read_amount(rate, _("Satz je Stunde netto (€)")),
                journey_cents=event_form.read_amount(journey, _("An- und Abreise netto (€)")),
            )
        event_form.finish(
            key,
            ("at", "technician", "minutes", "rate", "journey"),
            _("Einsatz eingetragen: {split}.").format(split=_visit_cells(desk, done)[2]),
        )


def _drop(desk: Desk, visit: Visit) -> None:
    key = f"drop_visit_{visit.id}"
    title = _("Einsatz entfällt (gewünscht von {person})").format(
        person=parts.plain(visit.wished_by)
    )
    with st.expander(title), st.form(key, border=False, clear_on_submit=False):
        reason = st.text_input(_("Grund"), key=f"{key}_reason")
        sent = st.form_submit_button(_("Entfällt"))
    if sent:
        with parts.attempt():
            onsite.drop_visit(desk.db, desk.actor, visit.id, reason)
        event_form.finish(key, ("reason",), _("Der Einsatz entfällt."))
