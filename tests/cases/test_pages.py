"""The pages Neuer Fall, Fälle and Fall, run in process as a signed-in person."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access import accounts
from access.actor import SYSTEM, Actor
from cases import evidence, store
from cases.store import Case, Intake
from data import Home, i18n, reference
from tests.pages import open_page
from tests.pages import words as shown_words

HOSTILE = "<script>alert(1)</script> **fett** :red[rot] $x$"


def words(page: AppTest) -> str:
    """What the page says, as a person reads it."""
    return html.unescape(shown_words(page))


def fine(page: AppTest) -> AppTest:
    assert [each.value for each in page.exception] == []
    return page


@pytest.fixture
def reviewer(db: Database) -> Actor:
    """One who may look at the hours and at nothing else."""
    return accounts.add_account(
        db, SYSTEM, email="pruefung@versicherer.example", role="reviewer", name="Prüfer"
    ).actor


# --- Neuer Fall -------------------------------------------------------------------------


def open_intake(home: Home, actor: Actor, language: str = "de") -> AppTest:
    return fine(open_page(home, actor, "cases.pages.intake", language=language))


def fill_firm(page: AppTest, name: str) -> None:
    page.text_input(key="intake_firm_name").set_value(name)
    page.text_input(key="intake_legal_form").set_value("e.U.")
    page.text_input(key="intake_city").set_value("4020 Linz")
    page.text_input(key="intake_person").set_value("Anton Aigner")
    page.text_input(key="intake_person_phone").set_value("+43 660 1234567")
    page.text_input(key="intake_policy").set_value("NA-2026-001")


def fill_garage(page: AppTest) -> None:
    """Scenario S1: hacked garage, a waiting customer posts abuse."""
    fill_firm(page, "Kfz Aigner")
    page.text_input(key="intake_called").set_value("10.03.2026 09:25")
    page.text_input(key="intake_happened").set_value("10.03.2026 09:12")
    page.text_input(key="intake_summary").set_value("Bildschirme schwarz")
    page.text_area(key="intake_note").set_value("Kunde B wartet und schimpft.")
    page.multiselect(key="cover_kinds").set_value(["cyber_attack"])
    page.run()
    for key in ("cover_outage", "cover_suspected", "cover_need", "cover_sudden"):
        page.button_group(key=key).set_value("yes")
    page.button_group(key="cover_unforeseeable").set_value("yes")
    page.selectbox(key="cover_device").set_value("pc")
    fine(page.run())


def fill_inn(page: AppTest) -> None:
    """Scenario S6: the inn's cash register is dead, the bad reviews are true."""
    fill_firm(page, "Gasthaus Kirchenwirt")
    page.text_input(key="intake_called").set_value("15.08.2026 13:10")
    page.text_input(key="intake_happened").set_value("15.08.2026 12:05")
    page.multiselect(key="cover_kinds").set_value(["hardware_defect"])
    page.run()
    page.selectbox(key="cover_device").set_value("cash_register")
    page.run()
    page.selectbox(key="cover_runs_on").set_value("own_device")
    for key in ("cover_outage", "cover_need", "cover_sudden", "cover_unforeseeable"):
        page.button_group(key=key).set_value("yes")
    page.selectbox(key="cover_claim").set_value("true")
    page.button_group(key="cover_existence").set_value("no")
    fine(page.run())


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_garages_call_opens_a_covered_case(
    home: Home,
    db: Database,
    consultant: Actor,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
) -> None:
    # AppTest words the options of a choice outside the session that knows the language.
    monkeypatch.setattr(i18n, "_current_language", lambda: language)
    page = open_intake(home, consultant, language)
    fill_garage(page)
    if language == "de":
        assert "● gedeckt A" in words(page)
    fine(page.button(key="open_case").click().run())
    [case] = store.list_cases(db)
    assert (case.number[:3], case.state, case.coverage_result, case.limb) == (
        "KP-",
        "open",
        "yes",
        "A",
    )
    assert "opened: case" in words(page)
    assert page.query_params["fall"] == case.number
    assert case.called_at == datetime(2026, 3, 10, 8, 25, tzinfo=UTC)
    [incident] = store.incidents_of(db, case.id)
    assert (incident.kind, incident.device, incident.summary) == (
        "cyber_attack",
        "pc",
        "Bildschirme schwarz",
    )
    assert incident.happened_at == datetime(2026, 3, 10, 8, 12, tzinfo=UTC)
    firm = store.firm_by_id(db, case.firm_id)
    assert (firm.full_name, firm.postcode, firm.city) == ("Kfz Aigner e.U.", "4020", "Linz")
    assert [each.may_approve for each in store.people_of(db, firm.id)] == [True]
    assert {"holding", "gdpr_33"} == {each.kind for each in store.clocks_of(db, case.id)}
    assert "Kunde B wartet und schimpft." in [each.text for each in store.timeline_of(db, case.id)]


def test_the_inns_cash_register_is_refused_with_the_rule_in_its_words(
    home: Home, db: Database, consultant: Actor
) -> None:
    page = open_intake(home, consultant)
    fill_inn(page)
    said = words(page)
    assert "○ nicht gedeckt" in said
    assert "NA-01" in said
    assert reference.load("rules")["NA-01"]["quote"] in said
    assert page.button(key="open_case").label == "Absage festhalten"
    fine(page.button(key="open_case").click().run())
    [case] = store.list_cases(db)
    assert (case.state, case.coverage_result) == ("refused", "no")
    rules = [rule["id"] for rule in store.coverage_of(db, case.id)[0].decision["rules"]]
    assert "NA-01" in rules
    assert store.clocks_of(db, case.id) == []


def test_a_cash_register_on_a_laptop_is_not_refused(
    home: Home, db: Database, consultant: Actor
) -> None:
    page = open_intake(home, consultant)
    fill_inn(page)
    page.selectbox(key="cover_runs_on").set_value("laptop")
    fine(page.run())
    assert "○ nicht gedeckt" not in words(page)


@pytest.mark.parametrize("field", ["intake_called", "intake_happened"])
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("gestern um neun", "„gestern um neun“ ist keine Zeitangabe."),
        ("", "„“ ist keine Zeitangabe."),
        ("31.02.2026 10:00", "„31.02.2026 10:00“ ist keine Zeitangabe."),
        ("29.03.2026 02:30", "gibt es nicht"),
    ],
    ids=["words", "empty", "no-such-day", "skipped-hour"],
)
def test_a_time_that_cannot_be_read_gets_its_sentence_and_nothing_is_lost(
    home: Home, db: Database, consultant: Actor, field: str, typed: str, sentence: str
) -> None:
    page = open_intake(home, consultant)
    fill_garage(page)
    page.text_input(key=field).set_value(typed)
    fine(page.button(key="open_case").click().run())
    assert sentence in page.error[0].value.replace("\\", "")
    assert store.list_cases(db) == []
    assert page.text_input(key="intake_firm_name").value == "Kfz Aigner"
    assert page.text_area(key="intake_note").value == "Kunde B wartet und schimpft."
    assert page.multiselect(key="cover_kinds").value == ["cyber_attack"]
    page.text_input(key=field).set_value("10.03.2026 09:25")
    fine(page.button(key="open_case").click().run())
    assert len(store.list_cases(db)) == 1


@pytest.mark.parametrize(
    ("field", "label"),
    [("intake_firm_name", "Firmenname"), ("intake_policy", "Polizzennummer")],
)
def test_what_is_missing_is_asked_for_by_name(
    home: Home, db: Database, consultant: Actor, field: str, label: str
) -> None:
    page = open_intake(home, consultant)
    fill_garage(page)
    page.text_input(key=field).set_value("  ")
    fine(page.button(key="open_case").click().run())
    assert f"„{label}“" in page.error[0].value
    assert store.list_cases(db) == []
    assert store.list_firms(db) == []


@pytest.mark.parametrize("staff", [None, 0, 3])
def test_the_number_of_staff_is_a_number_or_unknown(
    home: Home, db: Database, consultant: Actor, staff: int | None
) -> None:
    page = open_intake(home, consultant)
    fill_garage(page)
    page.number_input(key="intake_staff").set_value(staff)
    fine(page.button(key="open_case").click().run())
    assert [each.staff_count for each in store.list_firms(db)] == [staff]


def test_the_form_sent_twice_opens_one_case(home: Home, db: Database, consultant: Actor) -> None:
    for _click in range(2):
        page = open_intake(home, consultant)
        page.session_state["idempotency:intake"] = "one form"
        fill_garage(page)
        fine(page.button(key="open_case").click().run())
        assert page.query_params["fall"] == "KP-2026-0001"
    assert len(store.list_cases(db)) == 1
    assert len(store.list_firms(db)) == 1


def test_a_known_firm_brings_its_people_and_its_policy(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_intake(home, consultant)
    fine(page.selectbox(key="intake_known_firm").set_value(case.firm_id).run())
    assert "Anton Aigner" in words(page)
    assert page.selectbox(key="intake_known_policy").value == "NA-2026-001"
    fine(page.button(key="open_case").click().run())
    newest, older = store.list_cases(db)
    assert newest.firm_id == older.firm_id
    assert len(store.list_firms(db)) == 1


# --- Fälle ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_list_is_empty_at_first(home: Home, consultant: Actor, language: str) -> None:
    page = fine(open_page(home, consultant, "cases.pages.cases", language=language))
    assert "kp-empty" in shown_words(page)


def test_the_list_shows_every_case_and_is_filtered_by_state(
    home: Home, db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    refused = replace(
        garage_intake, public_name="Gasthaus <b>", decision={"result": "no"}, incident=None
    )
    store.open_case(db, consultant, refused)
    page = fine(open_page(home, consultant, "cases.pages.cases"))
    assert "2 Fälle" in words(page)
    assert len(page.get("page_link")) == 2
    page.button_group(key="cases_state").set_value("refused")
    fine(page.run())
    [link] = page.get("page_link")
    assert "KP\\-2026\\-0002" in link.proto.label
    assert "nicht gedeckt · abgelehnt" in words(page)


def test_the_list_leads_to_the_intake(home: Home, consultant: Actor) -> None:
    page = fine(open_page(home, consultant, "cases.pages.cases"))
    fine(page.button(key="new_case").click().run())
    assert "opened: intake" in words(page)


# --- Fall -------------------------------------------------------------------------------


def open_case_page(home: Home, actor: Actor, case: Case, language: str = "de") -> AppTest:
    return fine(
        open_page(home, actor, "cases.pages.case", query={"fall": case.number}, language=language)
    )


def submit(page: AppTest, form: str) -> AppTest:
    button = next(each for each in page.button if each.proto.form_id == form)
    return fine(button.click().run())


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_case_shows_what_the_desk_knows(
    home: Home, consultant: Actor, case: Case, language: str
) -> None:
    page = open_case_page(home, consultant, case, language)
    said = words(page)
    for known in (
        "KP-2026-0001 · Kfz-Werkstätte Aigner",
        "VF-2026-0001",
        "IT-2026-0001",
        "Kfz Aigner e.U.",
        "Anton Aigner",
        "Ja, das ist ein Kommunikations-Notfall.",
        "„mit einem IT-Notfall besteht“",
    ):
        assert known in said
    assert "2.500,00" in said
    if language == "de":
        assert "gedeckt A · offen" in said


def test_a_wrong_number_in_the_link_says_so_and_offers_the_cases(
    home: Home, db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    store.open_case(db, consultant, garage_intake)
    page = fine(open_page(home, consultant, "cases.pages.case", query={"fall": "KP-<b>1"}))
    assert "gibt es nicht" in page.warning[0].value
    fine(page.selectbox(key="chosen_case").set_value(case.number).run())
    assert "KP-2026-0001 · Kfz-Werkstätte Aigner" in words(page)


def test_without_a_case_the_page_leads_to_the_first_one(home: Home, consultant: Actor) -> None:
    page = fine(open_page(home, consultant, "cases.pages.case"))
    assert "Noch kein Fall." in words(page)


def test_a_fact_is_taken_in_and_its_field_is_empty_again(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_case_page(home, consultant, case)
    page.text_input(key=f"fact_text_{case.id}").set_value("Um 9.12 Uhr fiel der PC aus.")
    page.selectbox(key=f"fact_status_{case.id}").set_value("confirmed")
    page.text_input(key=f"fact_source_{case.id}").set_value("Aigner, 9.25 Uhr")
    submit(page, f"fact_{case.id}")
    assert [(each.code, each.status) for each in store.facts_of(db, case.id)] == [
        ("F1", "confirmed")
    ]
    assert "F1 ist aufgenommen" in page.success[0].value.replace("\\", "")
    assert page.text_input(key=f"fact_text_{case.id}").value == ""


def test_a_confirmed_fact_without_a_source_is_asked_for_it_and_keeps_its_text(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_case_page(home, consultant, case)
    page.text_input(key=f"fact_text_{case.id}").set_value("Keine Daten sind weg.")
    page.selectbox(key=f"fact_status_{case.id}").set_value("confirmed")
    submit(page, f"fact_{case.id}")
    assert "Quelle" in page.error[0].value
    assert "Zeitleiste" in words(page), "what stands below the form is still there"
    assert store.facts_of(db, case.id) == []
    assert page.text_input(key=f"fact_text_{case.id}").value == "Keine Daten sind weg."


def test_a_facts_status_changes_in_a_new_version(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    fact = store.add_fact(db, consultant, case.id, text="Daten sind weg.")
    page = open_case_page(home, consultant, case)
    page.selectbox(key=f"change_fact_{case.id}").set_value(fact.id)
    page.selectbox(key=f"change_status_{case.id}").set_value("retracted")
    submit(page, f"change_{case.id}")
    changed = store.fact_by_id(db, fact.id)
    assert (changed.version, changed.status) == (2, "retracted")
    assert "F1 · zurückgezogen" in words(page)


def test_an_incident_of_the_firm_is_linked_by_its_number(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    other = store.add_incident(
        db,
        consultant,
        case.firm_id,
        store.Incident(kind="email_fraud", happened_at=case.called_at),
    )
    page = open_case_page(home, consultant, case)
    page.text_input(key=f"link_number_{case.id}").set_value("IT-2026-0099")
    submit(page, f"link_{case.id}")
    assert "gibt es nicht" in page.error[0].value
    page.text_input(key=f"link_number_{case.id}").set_value(other.number.lower())
    submit(page, f"link_{case.id}")
    assert other.number in [each.number for each in store.incidents_of(db, case.id)]


def test_what_becomes_known_of_the_incident_is_entered(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    [incident] = store.incidents_of(db, case.id)
    page = open_case_page(home, consultant, case)
    page.selectbox(key=f"loss_{incident.id}").set_value("no")
    page.text_input(key=f"resolved_{incident.id}").set_value("mittags")
    submit(page, f"incident_{incident.id}")
    assert "„mittags“" in page.error[0].value
    assert store.incident_by_id(db, incident.id) == incident
    page.text_input(key=f"resolved_{incident.id}").set_value("10.03.2026 11:40")
    submit(page, f"incident_{incident.id}")
    changed = store.incident_by_id(db, incident.id)
    assert changed.data_loss == "no"
    assert changed.resolved_at == datetime(2026, 3, 10, 10, 40, tzinfo=UTC)


def test_a_file_becomes_evidence(home: Home, db: Database, consultant: Actor, case: Case) -> None:
    page = open_case_page(home, consultant, case)
    assert page.button(key=f"evidence_keep_{case.id}").disabled
    page.file_uploader(key=f"evidence_{case.id}").set_value(
        ("posting.png", b"Sauladen!", "image/png")
    )
    page.text_input(key=f"evidence_url_{case.id}").set_value("https://social.example/1")
    fine(page.run())
    fine(page.button(key=f"evidence_keep_{case.id}").click().run())
    [kept] = evidence.evidence_of(db, case.id)
    assert (kept.file_name, kept.source_url) == ("posting.png", "https://social.example/1")
    assert kept.sha256 in page.success[0].value
    assert f"B{kept.id}" in words(page)


def test_a_clock_is_declined_only_with_a_reason(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    store.start_clock(
        db,
        consultant,
        case.id,
        kind="gdpr_33",
        title="Meldung an die Datenschutzbehörde",
        started_at=case.called_at,
        due_at=case.called_at,
    )
    [clock] = store.clocks_of(db, case.id)
    page = open_case_page(home, consultant, case)
    assert "überfällig seit" in words(page)
    page.button_group(key=f"clock_how_{clock.id}").set_value("declined")
    submit(page, f"clock_{clock.id}")
    assert "Grund" in page.error[0].value
    page.button_group(key=f"clock_how_{clock.id}").set_value("declined")
    page.text_input(key=f"clock_reason_{clock.id}").set_value("Keine personenbezogenen Daten")
    submit(page, f"clock_{clock.id}")
    [settled] = store.clocks_of(db, case.id)
    assert (settled.settled_as, settled.reason) == ("declined", "Keine personenbezogenen Daten")


def test_a_contact_and_a_note_are_taken_in(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_case_page(home, consultant, case)
    page.text_input(key=f"contact_name_{case.id}").set_value("Eva Huber")
    page.text_input(key=f"contact_org_{case.id}").set_value("Linzer Blatt")
    submit(page, f"contact_{case.id}")
    assert [each.name for each in store.contacts_of(db, case.id)] == ["Eva Huber"]
    page.text_input(key=f"timeline_at_{case.id}").set_value("10.03.2026 10:05")
    page.text_input(key=f"timeline_text_{case.id}").set_value("B postet Beschimpfungen.")
    submit(page, f"timeline_{case.id}")
    entry = next(each for each in store.timeline_of(db, case.id) if each.kind == "note")
    assert (entry.text, entry.happened_at) == (
        "B postet Beschimpfungen.",
        datetime(2026, 3, 10, 9, 5, tzinfo=UTC),
    )


def test_taking_over_and_closing(home: Home, db: Database, colleague: Actor, case: Case) -> None:
    page = open_case_page(home, colleague, case)
    fine(page.button(key=f"take_over_{case.id}").click().run())
    assert store.case_by_id(db, case.id).on_duty == "Berger"
    page.text_input(key=f"close_note_{case.id}").set_value("B hat gelöscht.")
    fine(page.button(key=f"close_{case.id}").click().run())
    assert store.case_by_id(db, case.id).state == "closed"
    assert "B hat gelöscht." in words(page)


def test_text_from_outside_is_shown_and_never_interpreted(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    hostile = replace(
        garage_intake,
        firm=replace(garage_intake.firm, name=HOSTILE, sector=HOSTILE),
        public_name=HOSTILE,
        event_title=HOSTILE,
        note=HOSTILE,
    )
    case = store.open_case(db, consultant, hostile)
    store.add_fact(db, consultant, case.id, text=HOSTILE, source=HOSTILE)
    evidence.add(db, home, consultant, case.id, data=b"x", file_name="<img src=x>.png")
    page = open_case_page(home, consultant, case)
    raw = shown_words(page)
    assert "<script>" not in raw
    assert "<img" not in raw
    assert HOSTILE in words(page)
    listed = fine(open_page(home, consultant, "cases.pages.cases"))
    assert "<script>" not in shown_words(listed)


def test_who_may_not_write_is_offered_nothing_to_write(
    home: Home, reviewer: Actor, case: Case
) -> None:
    page = open_case_page(home, reviewer, case)
    assert not list(page.button)
    assert not list(page.text_input)
