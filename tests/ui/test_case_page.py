"""The pages Fälle and Fall, run in process as a signed-in person."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access import accounts
from access.actor import SYSTEM, Actor
from cases import store
from cases.store import Case, Intake
from cases.store import steps as step_store
from data import Home, now
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
        open_page(home, actor, "ui.screens.case", query={"fall": case.number}, language=language)
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
    ):
        assert known in said
    assert "2.500,00" in said
    if language == "de":
        assert "gedeckt A · offen" in said


def test_a_wrong_number_in_the_link_says_so_and_offers_the_cases(
    home: Home, db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    store.open_case(db, consultant, garage_intake)
    page = fine(open_page(home, consultant, "ui.screens.case", query={"fall": "KP-<b>1"}))
    assert "gibt es nicht" in page.warning[0].value
    fine(page.selectbox(key="chosen_case").set_value(case.number).run())
    assert "KP-2026-0001 · Kfz-Werkstätte Aigner" in words(page)


def test_without_a_case_the_page_leads_to_the_first_one(home: Home, consultant: Actor) -> None:
    page = fine(open_page(home, consultant, "ui.screens.case"))
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
    assert "Zuletzt geschehen" in words(page), "what stands below the form is still there"
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
    page = open_case_page(home, consultant, case)
    raw = shown_words(page)
    assert "<script>" not in raw
    assert HOSTILE in words(page)
    listed = fine(open_page(home, consultant, "cases.pages.cases"))
    assert "<script>" not in shown_words(listed)


def test_who_may_not_write_is_offered_nothing_to_write(
    home: Home, reviewer: Actor, case: Case
) -> None:
    page = open_case_page(home, reviewer, case)
    assert not list(page.button)
    assert not list(page.text_input)


def test_the_list_is_searched_by_a_word_and_paged(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    for index in range(53):
        name = "Tischlerei Moser" if index == 5 else f"Betrieb {index}"
        store.open_case(db, consultant, replace(garage_intake, public_name=name))
    page = fine(open_page(home, consultant, "cases.pages.cases"))
    assert len(page.get("page_link")) == 50
    fine(page.text_input(key="cases_text").set_value("moser TISCHLEREI").run())
    [found] = page.get("page_link")
    assert "Tischlerei Moser" in found.proto.label
    fine(page.text_input(key="cases_text").set_value("gibt es nicht").run())
    assert "Kein Fall passt." in words(page)


def test_taking_over_the_case(home: Home, db: Database, colleague: Actor, case: Case) -> None:
    page = open_case_page(home, colleague, case)
    fine(page.button(key=f"take_over_{case.id}").click().run())
    assert store.case_by_id(db, case.id).on_duty == "Berger"


def test_many_open_points_of_a_step_are_counted_and_not_listed(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    step_store.skip_through(db, consultant, case.id, "EX-01", "Firma ist selbst so weit")
    said = words(open_case_page(home, consultant, case))
    assert re.search(r"Schritt 2 von 8: Meldepflichten prüfen; \d+ Punkte offen", said)
    assert "offen: Ist der Datenschutzbehörde" not in said


def test_an_entry_of_the_case_page_leaves_an_empty_field(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_case_page(home, consultant, case)
    page.text_input(key=f"timeline_text_{case.id}").set_value("Rückruf vereinbart")
    page = fine(next(each for each in page.button if each.label == "Eintragen").click().run())
    field = page.text_input(key=f"timeline_text_{case.id}")
    # The empty text is sent to the browser, which would keep what was typed there.
    assert (field.value, field.proto.set_value) == ("", True)
    texts = [each.text for each in store.timeline_of(db, case.id)]
    assert texts.count("Rückruf vereinbart") == 1


def test_what_comes_next_names_the_deadline_and_the_open_question(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    unclear = replace(
        garage_intake,
        people=(),
        answers={"it_events": [{"kind": "cyber_attack", "outage": True}]},
        decision={"result": "clarify", "limb": None, "rules": [], "explanation": "Zu klären."},
    )
    case = store.open_case(db, consultant, unclear)
    store.start_clock(
        db,
        consultant,
        case.id,
        kind="gdpr_33",
        title="Meldung an die Datenschutzbehörde",
        started_at=now(),
        due_at=now() + timedelta(hours=3),
    )
    said = words(open_case_page(home, consultant, case))
    assert "1. Meldung an die Datenschutzbehörde, bis" in said
    assert "Deckung klären:" in said
    assert "Niemand der Firma darf freigeben (NA-20)" in said
