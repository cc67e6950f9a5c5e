"""Neuer Fall: the call, the firm, and whether the contract covers it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from cases import coverage, intake, store, words
from cases.desk import Desk
from cases.intake import Answers
from cases.pages import parts
from cases.store import Firm, Intake, Person, Policy
from data import formats
from data.i18n import _
from data.times import local, read_entered

_THREE = ("unknown", "yes", "no")
_REQUESTS = (
    "media_relations", "statement", "advertising", "lawyer", "hardware", "software",
    "data_restoration",
)  # fmt: skip


def show(desk: Desk) -> None:
    """The page: left what the caller says, right what follows from it."""
    parts.header(_("Neuer Fall"), _("Anruf aufnehmen, Deckung klären, eröffnen"))
    left, right = st.columns([3, 2], gap="large")
    with left:
        firm, person, policy = _firm(desk)
        call = _call(desk)
        answers = _coverage()
    decision = intake.decide(answers)
    with right:
        _decision(decision)
        reason = call.pop("note")
        label = _("Absage festhalten") if decision.result == "no" else _("Fall eröffnen")
        if st.button(label, type="primary", key="open_case", icon=":material/add_circle:"):
            _open(desk, firm, person, policy, call, reason, answers, decision)


def _firm(desk: Desk) -> tuple[Firm, Person, Policy]:
    parts.section(_("Firma"))
    firms = store.list_firms(desk.db)
    chosen: Firm | None = None
    if firms:
        by_id = {each.id: each for each in firms}
        firm_id = st.selectbox(
            _("Bekannte Firma"),
            [0, *by_id],
            format_func=lambda key: by_id[key].full_name if key else _("neue Firma"),
            key="intake_known_firm",
        )
        chosen = by_id.get(firm_id)
    if chosen is not None:
        return _known_firm(desk, chosen)
    one, two = st.columns(2)
    with one:
        name = st.text_input(_("Firmenname"), key="intake_firm_name")
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
    policy = _policy()
    postcode, _sep, place = city.strip().partition(" ")
    firm = Firm(
        name=name.strip(),
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
    return firm, person, policy


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


def _known_firm(desk: Desk, firm: Firm) -> tuple[Firm, Person, Policy]:
    people = store.people_of(desk.db, firm.id)
    approvers = [each for each in people if each.may_approve]
    policies = store.policies_of(desk.db, firm.id)
    parts.rows(
        [
            [_("Branche"), firm.sector or "–"],
            [_("Adresse"), f"{firm.street}, {firm.postcode} {firm.city}"],
            [_("Freigabe durch"), ", ".join(each.name for each in approvers) or "–"],
        ],
        _("Firma"),
    )
    if policies:
        number = st.selectbox(
            _("Polizze"), [each.number for each in policies], key="intake_known_policy"
        )
        policy = next(each for each in policies if each.number == number)
    else:
        policy = _policy()
    return firm, Person(name=""), policy


def _call(desk: Desk) -> dict[str, Any]:
    parts.section(_("Anruf"))
    one, two = st.columns(2)
    with one:
        called = st.text_input(
            _("Anruf um"),
            value=local(desk.now).strftime("%d.%m.%Y %H:%M"),
            key="intake_called",
            help="TT.MM.JJJJ hh:mm",
        )
        public_name = st.text_input(
            _("Öffentlicher Name des Falls"),
            key="intake_public_name",
            placeholder=_("so steht er auf der Lage und auf der Freigabeseite"),
        )
    with two:
        happened = st.text_input(
            _("Vorfall um"),
            value=local(desk.now).strftime("%d.%m.%Y %H:%M"),
            key="intake_happened",
            help="TT.MM.JJJJ hh:mm",
        )
        summary = st.text_input(_("Was ist passiert"), key="intake_summary")
    note = st.text_area(_("Was die Anruferin, der Anrufer sagt"), key="intake_note", height=80)
    return {
        "called": called,
        "happened": happened,
        "public_name": public_name,
        "summary": summary,
        "note": note,
    }


def _three(label: str, key: str, why: str = "") -> str:
    return str(
        st.segmented_control(
            label,
            _THREE,
            format_func=words.three,
            default="unknown",
            key=key,
            help=why or None,
            required=True,
        )
    )


def _coverage() -> Answers:
    parts.section(_("Deckung"))
    kinds = st.multiselect(
        _("IT-Notfall (auch Verdacht genügt, NA-04)"),
        [kind.value for kind in coverage.EventKind],
        format_func=words.incident_kind,
        placeholder=_("was zutrifft"),
        key="cover_kinds",
    )
    answers = Answers(kinds=tuple(kinds))
    if kinds:
        answers = _incident_questions(answers, kinds)
    else:
        none = st.checkbox(_("Es gab keinen IT-Notfall"), key="cover_none")
        answers = replace(answers, no_it_incident=none)
    one, two, three = st.columns(3)
    with one:
        need = _three(_("Muss die Firma sich äußern?"), "cover_need", "NA-03")
    with two:
        sudden = _three(_("Kam es plötzlich?"), "cover_sudden", "NA-03")
    with three:
        unforeseeable = _three(_("War es nicht vorhersehbar?"), "cover_unforeseeable", "NA-03")
    answers = replace(answers, communication_need=need, sudden=sudden, unforeseeable=unforeseeable)
    with st.expander(_("Vorwurf in den Medien, Bedrohung der Existenz (Zweig B)")):
        answers = _limb_b(answers)
    requested = st.multiselect(
        _("Gewünschte Leistungen"),
        _REQUESTS,
        format_func=_request_word,
        placeholder=_("was die Firma möchte"),
        key="cover_requested",
    )
    return replace(answers, requested=tuple(requested))


def _incident_questions(answers: Answers, kinds: list[str]) -> Answers:
    one, two, three = st.columns(3)
    with one:
        outage = _three(_("Systemausfall?"), "cover_outage", "NA-01")
        device = st.selectbox(
            _("Gerät"),
            ["", *(each.value for each in coverage.Device)],
            format_func=lambda name: words.device(name) if name else _("unbekannt"),
            key="cover_device",
        )
    with two:
        suspected = _three(_("Nur ein Verdacht?"), "cover_suspected", "NA-04")
        data_loss = _three(_("Sind Daten abgeflossen?"), "cover_data_loss", "EX-01b")
    letter = failed = "unknown"
    runs_on = ""
    with three:
        if "warning_letter" in kinds:
            letter = _three(_("Ist die Abmahnung berechtigt?"), "cover_letter", "NA-12")
        if device in ("phone", "machine", "other"):
            failed = _three(_("Fiel das Betriebssystem aus?"), "cover_system", "NA-02")
        if device == "cash_register":
            runs_on = st.selectbox(
                _("Die Registrierkasse läuft auf"),
                ["", "own_device", "pc", "laptop"],
                format_func=_register_word,
                key="cover_runs_on",
                help="U-10",
            )
    return replace(
        answers,
        outage=outage,
        device=device,
        suspected=suspected,
        data_loss=data_loss,
        warning_letter_justified=letter,
        operating_system_failed=failed,
        runs_on=runs_on,
    )


def _register_word(name: str) -> str:
    return {
        "": _("unbekannt"),
        "own_device": _("einem eigenen Gerät"),
        "pc": _("einem PC"),
        "laptop": _("einem Laptop"),
    }[name]


def _limb_b(answers: Answers) -> Answers:
    claim = st.selectbox(
        _("Was behauptet wird, ist"),
        ["", *(each.value for each in coverage.Claim)],
        format_func=lambda value: {
            "": _("unbekannt"),
            "false": _("unwahr"),
            "true": _("wahr"),
            "opinion": _("eine Meinung"),
            "unverified": _("ungeprüft"),
        }[value],
        key="cover_claim",
    )
    abusive = (
        _three(_("Ist die Meinung beschimpfend?"), "cover_abusive", "NA-11")
        if claim == "opinion"
        else "unknown"
    )
    nothing = st.checkbox(_("Es gibt keinen Vorwurf in Medien"), key="cover_no_allegation")
    medium = st.text_input(_("Medium, Fundstelle"), key="cover_medium", disabled=nothing)
    allegation = st.text_input(_("Vorwurf"), key="cover_allegation", disabled=nothing)
    existence = st.segmented_control(
        _("Ist der Fortbestand der Firma massiv gefährdet? (NA-27)"),
        ("", "open", "yes", "no"),
        format_func=_existence_word,
        default="",
        key="cover_existence",
        required=True,
    )
    evidence = st.text_area(
        _("Belege dafür, einer je Zeile (Stornos, Umsatz, Kündigungen)"),
        key="cover_evidence",
        height=80,
    )
    return replace(
        answers,
        claim=claim,
        abusive=abusive,
        no_media_allegation=nothing,
        medium=medium,
        allegation=allegation,
        existence=str(existence),
        existence_evidence=tuple(line.strip() for line in evidence.splitlines() if line.strip()),
    )


def _existence_word(value: str) -> str:
    return {
        "": _("nicht gefragt"),
        "open": _("noch offen (U-08)"),
        "yes": _("ja"),
        "no": _("nein"),
    }[value]


def _request_word(name: str) -> str:
    return {
        "media_relations": _("Medienbetreuung"),
        "statement": _("Stellungnahme schreiben"),
        "advertising": _("Werbung"),
        "lawyer": _("Anwältin, Anwalt"),
        "hardware": _("neue Geräte"),
        "software": _("neue Software"),
        "data_restoration": _("Daten wiederherstellen"),
    }[name]


def _decision(decision: coverage.Decision) -> None:
    parts.section(_("Entscheidung"))
    shown = coverage.to_json(decision)
    word = formats.coverage(shown["result"], shown["limb"])
    shape, level = {"yes": ("●", "done"), "clarify": ("◑", "watch"), "no": ("○", "critical")}[
        shown["result"]
    ]
    st.html(f'<p class="kp-verdict kp-{level}">{shape} {parts.escape(word)}</p>')
    parts.quote_block(shown["explanation"])
    if shown["rules"]:
        parts.rows(
            [[rule["id"], f"„{rule['quote']}“"] for rule in shown["rules"]], _("Regeln im Wortlaut")
        )
    if shown["next_questions"]:
        parts.section(_("Noch zu fragen, in dieser Reihenfolge"))
        parts.rows(
            [[each["why"], each["question"]] for each in shown["next_questions"]],
            _("Offene Fragen"),
        )
    if shown["excluded"]:
        parts.section(_("Nicht aus dieser Leistung"))
        parts.rows(
            [[each["rule"], each["label"], _payer(each["payer"])] for each in shown["excluded"]],
            _("Ausgeschlossen"),
        )
    if shown["result"] == "clarify":
        parts.note(_("Arbeit in der Klärung wird unter Vorbehalt gebucht (U-08)."))


def _payer(payer: str) -> str:
    return _("zahlt die Firma") if payer == "insured" else payer


def _open(
    desk: Desk,
    firm: Firm,
    person: Person,
    policy: Policy,
    call: dict[str, Any],
    note: str,
    answers: Answers,
    decision: coverage.Decision,
) -> None:
    with parts.attempt():
        happened = read_entered(call["happened"])
        case = intake.open_case(
            desk.db,
            desk.actor,
            Intake(
                firm=firm,
                people=(person,) if person.name else (),
                policy=policy,
                public_name=call["public_name"] or firm.full_name,
                event_title=call["summary"] or call["public_name"] or firm.full_name,
                called_at=read_entered(call["called"]),
                opened_at=desk.now,
                answers=intake.document(answers),
                decision=coverage.to_json(decision),
                incident=intake.incident_from(answers, happened, call["summary"]),
                note=note,
                idempotency_key=parts.form_key("intake"),
            ),
        )
    parts.form_done("intake")
    parts.flash(
        _("Fall {number} ist eröffnet.").format(number=case.number)
        if case.state == "open"
        else _("Die Absage ist als {number} festgehalten.").format(number=case.number)
    )
    parts.go(desk, "case", case)
