"""The page Firma und Polizze, as a person at the desk uses it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access.actor import Actor
from cases import evidence, store
from cases.entered import day_text
from cases.readiness import Answer
from cases.store import Case, Firm, Intake, Person, firms
from cases.store import readiness as sheets
from cases.store.firms import Authority, Profile
from cases.store.people import today
from data import Home
from tests.pages import open_page, words


@pytest.fixture
def open_one(db: Database, consultant: Actor, garage_intake: Intake) -> Case:
    return store.open_case(db, consultant, replace(garage_intake, incident=None))


def fine(page: AppTest) -> AppTest:
    assert not page.exception, page.exception[0].stack_trace
    return page


def opened(home: Home, actor: Actor, case: Case, language: str = "de") -> AppTest:
    return fine(
        open_page(home, actor, "cases.pages.firm", query={"fall": case.number}, language=language)
    )


def send(page: AppTest, label: str, form: str | None = None) -> AppTest:
    """Press the button with this label, in the form with this name where there are several."""
    [button] = [
        each for each in page.button if each.label == label and form in (None, each.proto.form_id)
    ]
    return fine(button.click().run())


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_shows_firm_people_contract_and_readiness(
    home: Home, consultant: Actor, open_one: Case, language: str
) -> None:
    said = words(opened(home, consultant, open_one, language))
    for text in ("Kfz Aigner e.U.", "Anton Aigner", "NA-2026-001", "FN 123456 a", "NA-20"):
        assert text in said


def test_a_firm_is_reached_without_a_case(home: Home, db: Database, consultant: Actor) -> None:
    firm = firms.add_firm(db, consultant, Firm(name="Ohne Fall <b>", legal_form="GmbH"))
    page = fine(open_page(home, consultant, "cases.pages.firm", query={"firma": str(firm.id)}))
    said = words(page)
    assert "Ohne Fall &lt;b&gt; GmbH" in said
    assert "<b>" not in said
    assert "Niemand darf für diese Firma freigeben" in said
    assert "Firmenbuchnummer" in said


def test_a_wrong_firm_in_the_link_is_said_and_the_choice_offered(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    page = fine(open_page(home, consultant, "cases.pages.firm", query={"firma": "77"}))
    assert "Diese Firma gibt es nicht" in page.warning[0].value
    fine(page.selectbox(key="chosen_firm").set_value(open_one.firm_id).run())
    assert "Kfz Aigner e.U." in words(page)


# --- master data ------------------------------------------------------------------------


def test_changed_master_data_is_stored_with_what_stood_there_before(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    page = opened(home, consultant, open_one)
    prefix = f"firm_{open_one.firm_id}_"
    page.text_input(key=f"{prefix}register_number").set_value("fn 654321B")
    page.text_input(key=f"{prefix}owner_name").set_value("Anton Aigner")
    page.selectbox(key=f"{prefix}input_tax").set_value("yes")
    send(page, "Speichern", prefix)
    firm = store.firm_by_id(db, open_one.firm_id)
    assert firm.register_number == "FN 654321 b"
    assert (firm.owner_name, firm.input_tax_deductible) == ("Anton Aigner", "yes")
    said = words(page)
    assert "alle Angaben vorhanden" in said
    assert "Firmenbuchnummer: FN 123456 a → FN 654321 b" in said


def test_what_a_colleague_changed_meanwhile_stays(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    page = opened(home, consultant, open_one)
    firm = store.firm_by_id(db, open_one.firm_id)
    store.change_firm(db, consultant, replace(firm, phone="+43 732 999"))
    prefix = f"firm_{firm.id}_"
    page.text_input(key=f"{prefix}city").set_value("Wels")
    send(page, "Speichern", prefix)
    changed = store.firm_by_id(db, firm.id)
    assert (changed.city, changed.phone) == ("Wels", "+43 732 999")


def test_a_blank_name_is_refused_and_nothing_is_lost(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    page = opened(home, consultant, open_one)
    prefix = f"firm_{open_one.firm_id}_"
    page.text_input(key=f"{prefix}name").set_value(" ")
    page.text_input(key=f"{prefix}city").set_value("Wels")
    send(page, "Speichern", prefix)
    assert "„Firmenname“" in page.error[0].value
    assert page.text_input(key=f"{prefix}city").value == "Wels"
    assert store.firm_by_id(db, open_one.firm_id).city == "Linz"


def test_profiles_and_domains_are_kept(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    page = opened(home, consultant, open_one)
    firm_id = open_one.firm_id
    page.selectbox(key=f"profile_{firm_id}_network").set_value("Facebook")
    page.text_input(key=f"profile_{firm_id}_handle").set_value("@kfz-aigner")
    send(page, "Auftritt aufnehmen")
    page.text_input(key=f"domain_{firm_id}_name").set_value("kfz-aigner.example")
    send(page, "Domain aufnehmen")
    [profile] = firms.profiles_of(db, firm_id)
    assert (profile.network, profile.handle) == ("Facebook", "@kfz-aigner")
    assert firms.domains_of(db, firm_id) == ["kfz-aigner.example"]
    fine(page.button(key=f"profile_gone_{profile.id}").click().run())
    fine(page.button(key=f"domain_gone_{firm_id}_kfz-aigner.example").click().run())
    assert firms.profiles_of(db, firm_id) == []
    assert firms.domains_of(db, firm_id) == []


# --- people -----------------------------------------------------------------------------


def test_a_person_approves_by_function(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    page = opened(home, consultant, open_one)
    prefix = f"person_new_{open_one.firm_id}_"
    for name, function in (("Eva Huber", "Sekretariat"), ("Karl Aigner", "Geschäftsführer:in")):
        page.text_input(key=f"{prefix}name").set_value(name)
        page.selectbox(key=f"{prefix}function").set_value(function)
        send(page, "Aufnehmen", prefix)
    people = {each.name: each.may_approve for each in store.people_of(db, open_one.firm_id)}
    assert people == {"Anton Aigner": True, "Karl Aigner": True, "Eva Huber": False}
    assert "die Funktion reicht ohne schriftliche Vollmacht nicht" in words(page)


def test_an_authority_is_recorded_with_its_paper_and_revoked(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    firm_id = open_one.firm_id
    [owner] = store.people_of(db, firm_id)
    eva = firms.add_person(db, consultant, firm_id, Person("Eva Huber", "Sekretariat"))
    page = opened(home, consultant, open_one)
    assert "Zuerst das Schriftstück im Fall als Beleg sichern" in words(page)
    kept = evidence.add(
        db, home, consultant, open_one.id, data=b"Vollmacht", file_name="v.txt", kind="file"
    )
    fine(page.run())
    prefix = f"authority_{firm_id}_"
    page.selectbox(key=f"{prefix}person").set_value(eva.id)
    page.selectbox(key=f"{prefix}granter").set_value(eva.id)
    page.selectbox(key=f"{prefix}document").set_value(kept.id)
    page.text_input(key=f"{prefix}granted").set_value(day_text(today()))
    page.text_area(key=f"{prefix}text").set_value("Frau Huber gibt Texte frei.")
    send(page, "Vollmacht festhalten")
    assert "Eva Huber war an diesem Tag weder" in page.error[0].value
    page.selectbox(key=f"{prefix}granter").set_value(owner.id)
    assert page.text_area(key=f"{prefix}text").value == "Frau Huber gibt Texte frei."
    send(page, "Vollmacht festhalten")
    assert firms.person_by_id(db, eva.id).may_approve
    assert "gibt frei mit schriftlicher Vollmacht" in words(page)
    page.text_input(key=f"revoke_{firm_id}_reason").set_value("nicht mehr im Büro")
    send(page, "Widerruf festhalten")
    assert not firms.person_by_id(db, eva.id).may_approve
    assert "nicht mehr im Büro" in words(page)


def test_a_function_that_ends_takes_the_approval_with_it(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    [owner] = store.people_of(db, open_one.firm_id)
    page = opened(home, consultant, open_one)
    prefix = f"person_{owner.id}_"
    page.selectbox(key=f"{prefix}function").set_value("ausgeschieden")
    send(page, "Speichern", prefix)
    assert firms.approvers_of(db, open_one.firm_id, today()) == []
    assert "Niemand darf für diese Firma freigeben" in words(page)


# --- contracts --------------------------------------------------------------------------


def test_a_contract_is_taken_in_from_its_template(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    page = opened(home, consultant, open_one)
    prefix = f"policy_new_{open_one.firm_id}_"
    page.selectbox(key=f"{prefix}template").set_value("cyber_exali")
    page.text_input(key=f"{prefix}number").set_value("C-77")
    page.text_input(key=f"{prefix}begins").set_value("15.03.2026")
    send(page, "Polizze aufnehmen")
    held = store.policies_of(db, open_one.firm_id)[1]
    assert (held.number, held.sum_known, held.notice_months) == ("C-77", False, 1)
    said = words(page)
    assert "info@markel.de, info@markel.at" in said
    assert "zwei verschiedene Adressen" in said
    assert "BaFin" in said
    assert "Deutscher Vertrag" in said
    assert "C-77: letzter Tag, an dem eine Kündigung" in said
    assert "Leistungen werden nie zusammengezogen" in said


def test_what_cannot_be_read_gets_its_sentence_and_nothing_is_lost(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    [policy] = store.policies_of(db, open_one.firm_id)
    prefix = f"policy_{policy.id}_"
    page = opened(home, consultant, open_one)
    page.text_input(key=f"{prefix}insurer").set_value("Wiener Muster AG")
    for field, typed, sentence in (
        ("begins_on", "irgendwann", "ist kein Datum"),
        ("deductible_cents", "viel", "ist kein Betrag"),
        ("main_expiry", "30.02.", "ist keine Hauptfälligkeit"),
        ("office_hours", "immer", "lässt sich nicht auswerten"),
        ("notice_months", "bald", "keine Zahl von Monaten"),
        ("number", " ", "„Polizzennummer“"),
    ):
        before = page.text_input(key=prefix + field).value
        page.text_input(key=prefix + field).set_value(typed)
        send(page, "Speichern", prefix)
        assert sentence in page.error[0].value
        page.text_input(key=prefix + field).set_value(before)
    assert page.text_input(key=f"{prefix}insurer").value == "Wiener Muster AG"
    assert store.policy_by_id(db, policy.id) == policy
    send(page, "Speichern", prefix)
    assert store.policy_by_id(db, policy.id).insurer == "Wiener Muster AG"


def test_the_emergency_number_stands_at_the_top(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    [policy] = store.policies_of(db, open_one.firm_id)
    page = opened(home, consultant, open_one)
    assert "nicht erfasst; bitte in Bedingungen" in words(page)
    prefix = f"policy_{policy.id}_"
    page.text_input(key=f"{prefix}emergency_number").set_value("+43 1 999 24")
    page.selectbox(key=f"{prefix}emergency_source").set_value("policy")
    page.text_input(key=f"{prefix}begins_on").set_value("1.3.2026")
    send(page, "Speichern", prefix)
    changed = store.policy_by_id(db, policy.id)
    assert (changed.emergency_number, changed.begins_on) == ("+43 1 999 24", date(2026, 3, 1))
    assert "gelesen in: Polizze" in words(page)


def test_a_higher_sum_leaves_the_open_event_as_it_is_and_says_so(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    [policy] = store.policies_of(db, open_one.firm_id)
    page = opened(home, consultant, open_one)
    prefix = f"sum_{policy.id}_"
    page.text_input(key=f"{prefix}amount").set_value("5.000,00")
    page.text_input(key=f"{prefix}since").set_value("1.1.2026")
    page.text_input(key=f"{prefix}reason").set_value("Nachtrag 1")
    send(page, "Summe festhalten")
    assert firms.cap_on(db, policy.id, date(2026, 3, 10)) == 500_000
    assert store.event_by_id(db, open_one.insured_event_id).cap_cents == 250_000
    said = words(page)
    assert "Eröffnet bleiben mit ihrer Grenze: VF" in said.replace("\\", "")
    assert "bleibt bei" in said


def test_a_benefit_needs_its_source(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    [policy] = store.policies_of(db, open_one.firm_id)
    page = opened(home, consultant, open_one)
    prefix = f"benefit_{policy.id}_"
    page.selectbox(key=f"{prefix}service").set_value("training")
    page.selectbox(key=f"{prefix}value").set_value("yes")
    send(page, "Leistung festhalten")
    assert "CV" in page.error[0].value
    page.text_input(key=f"{prefix}source").set_value("Polizze Seite 3")
    send(page, "Leistung festhalten")
    said = {each.service: each.value for each in firms.benefits_of(db, policy.id)}
    assert said["training"] == "yes"


def test_after_a_closed_case_the_special_termination_is_named(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    assert "Ob nach dem Schadenfall" not in words(opened(home, consultant, open_one))
    store.close_case(db, consultant, open_one.id, "Erledigt")
    assert "Ob nach dem Schadenfall" in words(opened(home, consultant, open_one))


# --- readiness --------------------------------------------------------------------------


def test_the_check_is_filled_in_and_the_backup_stands_first(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    page = opened(home, consultant, open_one)
    prefix = f"check_{open_one.firm_id}_"
    page.selectbox(key=f"{prefix}updates").set_value("no")
    page.selectbox(key=f"{prefix}external_backup").set_value("yes")
    page.text_input(key=f"{prefix}external_backup_day").set_value(
        day_text(today() - timedelta(days=12))
    )
    send(page, "Sicherheitscheck festhalten")
    assert "„Angaben von“" in page.error[0].value
    page.text_input(key=f"{prefix}by").set_value("Anton Aigner")
    send(page, "Sicherheitscheck festhalten")
    assert sheets.sheet_of(db, open_one.firm_id).answers["updates"].value == "no"
    said = words(page)
    assert "Externe Datensicherung: 12 Tage alt" in said
    assert "älter als eine Woche" in said
    assert "Fehlt: Aktuelle Sicherheitsupdates" in said
    assert "Auf die Deckung hat dieses Blatt keinen Einfluss (CV-01)." in said


def test_the_plan_is_filled_in(home: Home, db: Database, consultant: Actor, open_one: Case) -> None:
    page = opened(home, consultant, open_one)
    prefix = f"plan_{open_one.firm_id}_"
    page.selectbox(key=f"{prefix}value").set_value("yes")
    page.text_input(key=f"{prefix}by").set_value("Anton Aigner")
    page.text_area(key=f"{prefix}steps").set_value("Netz trennen\nAssistance anrufen")
    send(page, "Notfallplan festhalten")
    assert "„Ansprechperson für die Belegschaft“" in page.error[0].value
    page.text_input(key=f"{prefix}contact").set_value("Eva Huber")
    send(page, "Notfallplan festhalten")
    plan = sheets.sheet_of(db, open_one.firm_id).plan
    assert (plan.contact, plan.steps) == ("Eva Huber", ("Netz trennen", "Assistance anrufen"))
    assert "Notfallplan: ja" in words(page)


def test_an_old_sheet_says_so(home: Home, db: Database, consultant: Actor, open_one: Case) -> None:
    sheets.record_answers(
        db,
        consultant,
        open_one.firm_id,
        [Answer("firewall", "yes")],
        checked_on=today() - timedelta(days=400),
        filled_in_by="Anton Aigner",
    )
    page = opened(home, consultant, open_one)
    assert "Einzelne Angaben sind älter als ein Jahr" in " ".join(
        each.value for each in page.warning
    )


def test_words_from_outside_are_shown_and_not_interpreted(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    evil = "<script>alert(1)</script>"
    firms.add_profile(db, consultant, open_one.firm_id, Profile(evil, evil))
    firms.add_person(db, consultant, open_one.firm_id, Person(evil, evil))
    [policy] = store.policies_of(db, open_one.firm_id)
    firms.change_policy(db, consultant, replace(policy, insurer=evil, product=evil))
    said = words(opened(home, consultant, open_one))
    assert evil not in said
    assert "&lt;script&gt;" in said


def test_an_authority_of_the_past_is_shown_as_over(
    home: Home, db: Database, consultant: Actor, open_one: Case
) -> None:
    [owner] = store.people_of(db, open_one.firm_id)
    eva = firms.add_person(db, consultant, open_one.firm_id, Person("Eva Huber", "Sekretariat"))
    kept = evidence.add(
        db, home, consultant, open_one.id, data=b"V", file_name="v.txt", kind="file"
    )
    firms.grant_authority(
        db,
        consultant,
        Authority(
            eva.id, owner.id, today() - timedelta(days=9), "Text", kept.id,
            valid_until=today() - timedelta(days=1),
        ),
    )  # fmt: skip
    said = words(opened(home, consultant, open_one))
    assert "abgelaufen" in said
    assert "die Vollmacht gilt an diesem Tag nicht" in said
