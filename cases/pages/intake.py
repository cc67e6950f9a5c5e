"""Neuer Fall: the call, the questions that decide, and what follows from the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cases import clock, coverage, intake, questions, store
from cases.coverage import Decision
from cases.desk import Desk
from cases.pages import asking, parts
from cases.store import Firm, Intake, Person, Policy
from cases.store.open_points import settings_of
from data import formats
from data.errors import NonexistentLocalTime, UnreadableEntry
from data.i18n import _
from data.times import local, read_entered

_SCOPE = "cover"


@dataclass(frozen=True)
class _Call:
    """What stands first: who calls, for whom, when, and where to call back."""

    firm: Firm | None
    firm_name: str
    caller: str
    callback: str
    called: str


def show(desk: Desk) -> None:
    """The page: left what the caller says, right what follows from it."""
    if "intake_called" not in st.session_state:
        # A fresh visit: answers of a call that was left behind belong to nobody.
        asking.forget(_SCOPE)
    parts.header(_("Neuer Fall"), _("Anruf aufnehmen, Deckung klären, eröffnen"))
    left, right = st.columns([3, 2], gap="large")
    with left:
        call = _call(desk)
        policy_known = _known_policy(desk, call.firm)
        settings = settings_of(desk.db, policy_known.id) if policy_known else {}
        told = _told(desk)
        parts.section(_("Deckung"))
        asking.ask(desk, _SCOPE, settings)
        asking.side(_SCOPE)
    decision = questions.decide(asking.given(_SCOPE), settings)
    with right:
        _decision(desk, call, told, decision)
        # Beside the decision, although it needs what is typed below.
        action = st.container()
    below, _beside = st.columns([3, 2], gap="large")
    with below:
        firm, person, policy = _firm(desk, call, policy_known)
    label = _("Absage festhalten") if decision.result == "no" else _("Fall eröffnen")
    with action:
        sent = st.button(label, type="primary", key="open_case", icon=":material/add_circle:")
    if sent:
        _open(desk, firm, person, policy, call, told, decision)


def _call(desk: Desk) -> _Call:
    """Name, firm, time of the call, number to call back: the first four things, in this order."""
    parts.section(_("Anruf"))
    firms = {each.id: each for each in store.list_firms(desk.db)}
    slots = _two_a_row()
    with next(slots):
        caller = st.text_input(_("Wer ruft an"), key="intake_caller")
    chosen: Firm | None = None
    if firms:
        with next(slots):
            firm_id = st.selectbox(
                _("Bekannte Firma"),
                [0, *firms],
                format_func=lambda key: firms[key].full_name if key else _("neue Firma"),
                key="intake_known_firm",
            )
        chosen = firms.get(firm_id)
    firm_name = ""
    if chosen is None:
        with next(slots):
            firm_name = st.text_input(_("Firmenname"), key="intake_firm_name")
    with next(slots):
        called = st.text_input(
            _("Anruf um"),
            value=local(desk.now).strftime("%d.%m.%Y %H:%M"),
            key="intake_called",
            help="TT.MM.JJJJ hh:mm",
        )
    with next(slots):
        callback = st.text_input(
            _("Rückrufnummer"),
            key="intake_callback",
            help=_("Unabhängig von der Firmen-IT, falls die Verbindung abreißt."),
        )
    return _Call(chosen, firm_name.strip(), caller, callback, called)


def _two_a_row() -> Iterator[DeltaGenerator]:
    """Places side by side, two a row; on a phone they stand in this order, one below the other."""
    while True:
        yield from st.columns(2)


def _told(desk: Desk) -> dict[str, str]:
    """What the caller says, in words, and since when."""
    note = st.text_area(_("Was die Anruferin, der Anrufer sagt"), key="intake_note", height=80)
    one, two = st.columns(2)
    with one:
        happened = st.text_input(
            _("Vorfall um"),
            value=local(desk.now).strftime("%d.%m.%Y %H:%M"),
            key="intake_happened",
            help="TT.MM.JJJJ hh:mm",
        )
    with two:
        summary = st.text_input(_("Was ist passiert"), key="intake_summary")
    public_name = st.text_input(
        _("Öffentlicher Name des Falls"),
        key="intake_public_name",
        placeholder=_("so steht er auf der Lage und auf der Freigabeseite"),
    )
    return {"note": note, "happened": happened, "summary": summary, "public_name": public_name}


def _known_policy(desk: Desk, firm: Firm | None) -> Policy | None:
    """The policy of a known firm: what is decided for it counts for the questions."""
    policies = store.policies_of(desk.db, firm.id) if firm else []
    if not policies:
        return None
    if len(policies) == 1:
        return policies[0]
    number = st.selectbox(
        _("Polizze"), [each.number for each in policies], key="intake_known_policy"
    )
    return next(each for each in policies if each.number == number)


def _firm(desk: Desk, call: _Call, policy: Policy | None) -> tuple[Firm, Person, Policy]:
    parts.section(_("Firma und Polizze"))
    if call.firm is not None:
        return _known_firm(desk, call.firm, policy)
    one, two = st.columns(2)
    with one:
        sector = st.text_input(_("Branche"), key="intake_sector")
        street = st.text_input(_("Straße und Nummer"), key="intake_street")
        page_url = st.text_input(_("Eigene Seite im Netz (Adresse)"), key="intake_page_url")
    with two:
        legal_form = st.text_input(
            _("Rechtsform"), key="intake_legal_form", placeholder="e.U., GmbH, OG"
        )
        city = st.text_input(_("Postleitzahl und Ort"), key="intake_city")
        email = st.text_input(
            _("E-Mail der Firma"), key="intake_email", help=_("Kann im Angriff mitgelesen werden.")
        )
        website = st.text_input(_("Website"), key="intake_website")
    with st.expander(_("Firmenbuch (§ 14 UGB) und Größe")):
        register_number = st.text_input(_("Firmenbuchnummer"), key="intake_fn")
        register_court = st.text_input(_("Firmenbuchgericht"), key="intake_court")
        staff = st.number_input(
            _("Beschäftigte"),
            min_value=0,
            max_value=1_000_000,
            value=None,
            step=1,
            key="intake_staff",
        )
        phone = st.text_input(_("Telefon der Firma"), key="intake_firm_phone")
    parts.section(_("Wer freigibt: Geschäftsführung oder Inhaber:in (NA-20)"))
    one, two = st.columns(2)
    with one:
        person_name = st.text_input(_("Name"), key="intake_person")
        person_phone = st.text_input(
            _("Telefon, unabhängig von der Firmen-IT"), key="intake_person_phone"
        )
    with two:
        function = st.text_input(_("Funktion"), key="intake_function", value=_("Inhaber:in"))
        person_email = st.text_input(
            _("E-Mail, unabhängig von der Firmen-IT"), key="intake_person_email"
        )
    new_policy = _policy()
    postcode, _sep, place = city.strip().partition(" ")
    firm = Firm(
        name=call.firm_name,
        legal_form=legal_form.strip(),
        register_number=register_number.strip(),
        register_court=register_court.strip(),
        street=street.strip(),
        postcode=postcode if postcode.isdigit() else "",
        city=place if postcode.isdigit() else city.strip(),
        email=email.strip(),
        phone=phone.strip(),
        website=website.strip(),
        page_url=page_url.strip(),
        sector=sector.strip(),
        staff_count=staff,
    )
    person = Person(
        name=person_name.strip(),
        function=function.strip(),
        email=person_email.strip(),
        phone=person_phone.strip(),
        may_approve=True,
    )
    return firm, person, new_policy


def _policy() -> Policy:
    parts.section(_("Polizze"))
    one, two, three = st.columns(3)
    with one:
        number = st.text_input(_("Polizzennummer"), key="intake_policy")
    with two:
        basis = st.selectbox(
            _("Leistungsgrenze € 2.500,00 gilt"),
            ("net", "gross"),
            format_func=lambda value: _("netto") if value == "net" else _("brutto (inkl. USt)"),
            key="intake_basis",
            help=_("Offener Punkt U-03: steht im Vertrag, nicht in der Software."),
        )
    with three:
        vat = st.selectbox(
            _("Umsatzsteuer"),
            (20, 0),
            format_func=lambda percent: f"{percent} %",
            key="intake_vat",
        )
    return Policy(number=number.strip(), cap_basis=basis, vat_percent=vat)


def _known_firm(desk: Desk, firm: Firm, policy: Policy | None) -> tuple[Firm, Person, Policy]:
    people = store.people_of(desk.db, firm.id)
    approvers = [each for each in people if each.may_approve]
    parts.rows(
        [
            [_("Branche"), firm.sector or "–"],
            [_("Adresse"), f"{firm.street}, {firm.postcode} {firm.city}"],
            [_("Freigabe durch"), ", ".join(each.name for each in approvers) or "–"],
            [_("Polizze"), policy.number if policy else "–"],
        ],
        _("Firma"),
    )
    return firm, Person(name=""), policy or _policy()


def _decision(desk: Desk, call: _Call, told: Mapping[str, str], decision: Decision) -> None:
    parts.section(_("Entscheidung"))
    shown = coverage.to_json(decision)
    asking.show_verdict(shown["result"], shown["limb"], shown["explanation"])
    if shown["result"] == "clarify":
        parts.note(_("Arbeit in der Klärung wird unter Vorbehalt gebucht (U-08)."))
    asking.show_rules(shown["rules"])
    asking.show_around(decision)
    if decision.result != "no":
        parts.section(_("Fristen, die mit dem Fall beginnen"))
        parts.rows(_clock_rows(desk, call, told, decision), _("Fristen"))


def _clock_rows(
    desk: Desk, call: _Call, told: Mapping[str, str], decision: Decision
) -> list[list[str]]:
    """The first statement from the opening, what the law sets from when the firm knew."""
    aware = _readable(told["happened"] if decision.kinds else call.called) or desk.now
    starts = [("holding", desk.now), *((kind, aware) for kind in decision.clocks)]
    lines = []
    for kind, start in starts:
        deadline = clock.compute(clock.ClockInput(kind=clock.ClockKind(kind), start=start))
        lines.append([intake.clock_title(kind), formats.due(deadline.due_at, desk.now)])
    return lines


def _readable(typed: str) -> datetime | None:
    """A time while it is being typed; what cannot be read yet is none."""
    try:
        return read_entered(typed)
    except (UnreadableEntry, NonexistentLocalTime):
        return None


def _open(
    desk: Desk,
    firm: Firm,
    person: Person,
    policy: Policy,
    call: _Call,
    told: Mapping[str, str],
    decision: Decision,
) -> None:
    given = asking.given(_SCOPE)
    answers = questions.answers_from(given)
    with parts.attempt():
        happened = read_entered(told["happened"])
        case = intake.open_case(
            desk.db,
            desk.actor,
            Intake(
                firm=firm,
                people=(person,) if person.name else (),
                policy=policy,
                public_name=told["public_name"] or firm.full_name,
                event_title=told["summary"] or told["public_name"] or firm.full_name,
                called_at=read_entered(call.called),
                opened_at=desk.now,
                answers=intake.document(answers),
                decision=coverage.to_json(decision),
                incident=intake.incident_from(answers, happened, told["summary"]),
                note=told["note"],
                idempotency_key=parts.form_key("intake"),
                caller_name=call.caller,
                callback_number=call.callback,
                given=questions.to_json(given),
            ),
        )
    parts.form_done("intake")
    asking.forget(_SCOPE)
    parts.flash(
        _("Fall {number} ist eröffnet.").format(number=case.number)
        if case.state == "open"
        else _("Die Absage ist als {number} festgehalten.").format(number=case.number)
    )
    parts.go(desk, "case", case)
