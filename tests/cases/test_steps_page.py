"""The page Schritte, run in process as a signed-in person."""

from __future__ import annotations

import html

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access import accounts
from access.actor import SYSTEM, Actor
from cases import store
from cases.store import Case
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


def open_steps(home: Home, actor: Actor, case: Case, language: str = "de") -> AppTest:
    return fine(
        open_page(home, actor, "cases.pages.steps", query={"fall": case.number}, language=language)
    )


def press(page: AppTest, key: str) -> AppTest:
    """The button of this form."""
    page.button(key=f"{key}_sent").click()
    return fine(page.run())


def name(case: Case, item: str, field: str = "") -> str:
    return f"step_{case.id}_{item}" + (f"_{field}" if field else "")


def call(page: AppTest, case: Case) -> AppTest:
    page.text_input(key=name(case, "EX-00.call", "person")).set_value("Anton Aigner")
    page.text_input(key=name(case, "EX-00.call", "text")).set_value("0800 123 456")
    return press(page, name(case, "EX-00.call"))


def choose(page: AppTest, case: Case, item: str, value: str, text: str = "") -> AppTest:
    page.button_group(key=name(case, item, "value")).set_value(value)
    if text:
        page.text_input(key=name(case, item, "text")).set_value(text)
    return press(page, name(case, item))


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_hotline_comes_first(home: Home, consultant: Actor, case: Case, language: str) -> None:
    page = open_steps(home, consultant, case, language)
    if language == "de":
        said = words(page)
        assert "Notfall-Hotline anrufen" in said
        assert "Versicherungsbedingungen, Polizze, Schadenmeldeformular" in said
        assert "Kein Neustart" in said
        assert "1 · Ruhe bewahren" in "".join(each.label for each in page.expander)


def test_the_call_is_confirmed_with_its_time_and_the_next_step_follows(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_steps(home, consultant, case)
    page.text_input(key=name(case, "EX-00.call", "time")).set_value("10.03.2026 09:25")
    call(page, case)
    [entry] = step_store.entries_of(db, case.id)
    assert (entry.person, entry.text, entry.happened_at.hour) == (
        "Anton Aigner",
        "0800 123 456",
        8,
    )
    assert "Schritt 1: Ruhe bewahren" in words(page)
    assert "Die Hotline ist angerufen" in page.success[0].value


def test_bad_input_gives_one_sentence_and_loses_nothing(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_steps(home, consultant, case)
    page.text_input(key=name(case, "EX-00.call", "text")).set_value("0800 123 456")
    press(page, name(case, "EX-00.call"))
    assert "Bitte „Angerufen hat“ ausfüllen" in page.error[0].value
    assert page.text_input(key=name(case, "EX-00.call", "text")).value == "0800 123 456"
    page.text_input(key=name(case, "EX-00.call", "person")).set_value("Aigner")
    page.text_input(key=name(case, "EX-00.call", "time")).set_value("halb zehn")
    press(page, name(case, "EX-00.call"))
    assert len(page.error) == 1
    assert step_store.entries_of(db, case.id) == []


def test_the_assessment_asks_the_four_questions_and_data_starts_the_gdpr_clock(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = call(open_steps(home, consultant, case), case)
    choose(page, case, "EX-01.result", "attack", "Erpresserschreiben")
    for item in ("EX-01.origin", "EX-01.way", "EX-01.systems"):
        choose(page, case, item, "unknown")
    choose(page, case, "EX-01.data", "yes", "Kundenkartei, 46 Namen")
    [incident] = store.incidents_of(db, case.id)
    assert (incident.data_loss, incident.data_loss_extent) == ("yes", "Kundenkartei, 46 Namen")
    assert "gdpr_33" in {each.kind for each in store.clocks_of(db, case.id)}
    said = words(page)
    assert "Schritt 2: Meldepflichten prüfen" in said
    assert "Wer gemeint ist, steht bei jeder Frage" in said
    assert "DSGVO Art. 33 Abs. 1" in said


def test_a_duty_answered_no_needs_its_reason(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    step_store.skip_through(db, consultant, case.id, "EX-01", "Test")
    page = open_steps(home, consultant, case)
    choose(page, case, "EX-02.gdpr_33", "no")
    assert "Bitte „Begründung“ ausfüllen" in page.error[0].value
    choose(page, case, "EX-02.gdpr_33", "no", "kein Personenbezug")
    found = [each.text for each in step_store.entries_of(db, case.id) if each.item]
    assert found == ["kein Personenbezug"]


def test_a_shutdown_asks_for_the_expert(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    step_store.skip_through(db, consultant, case.id, "EX-02", "Test")
    page = open_steps(home, consultant, case)
    page.text_input(key=name(case, "EX-03.shutdown", "text")).set_value("Server")
    press(page, name(case, "EX-03.shutdown"))
    assert "Rücksprache mit einer Fachperson" in page.error[0].value
    page.text_input(key=name(case, "EX-03.shutdown", "person")).set_value("DI Huber")
    press(page, name(case, "EX-03.shutdown"))
    [entry] = [each for each in step_store.entries_of(db, case.id) if each.item]
    assert (entry.item, entry.person) == ("EX-03.shutdown", "DI Huber")


def test_a_tick_is_taken_back_with_its_reason(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = call(open_steps(home, consultant, case), case)
    press(page, f"take_back_{case.id}_EX-00.call")
    assert "Bitte begründen" in page.error[0].value
    page.text_input(key=f"take_back_{case.id}_EX-00.call_reason").set_value("falsche Nummer")
    press(page, f"take_back_{case.id}_EX-00.call")
    assert [each.action for each in step_store.entries_of(db, case.id)] == ["ticked", "unticked"]
    assert "Notfall-Hotline anrufen" in words(page)


def test_steps_are_skipped_with_one_reason_and_taken_up_again(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_steps(home, consultant, case)
    page.selectbox(key=f"skip_{case.id}_EX-00_last").set_value("EX-06")
    page.text_input(key=f"skip_{case.id}_EX-00_reason").set_value("kein IT-Notfall")
    press(page, f"skip_{case.id}_EX-00")
    assert step_store.summary(db, case.id).number == 7
    assert "7 Schritte übersprungen" in words(page)
    page.text_input(key=f"resume_{case.id}_EX-00_reason").set_value("doch einer")
    press(page, f"resume_{case.id}_EX-00")
    assert step_store.summary(db, case.id).number == 0


def test_the_matrix_blocks_until_everybody_is_decided(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    step_store.skip_through(db, consultant, case.id, "EX-06", "Test")
    page = open_steps(home, consultant, case)
    page.text_input(key=name(case, "EX-07.need_to_know", "text")).set_value("Büro, zwei Personen")
    press(page, name(case, "EX-07.need_to_know"))
    press(page, name(case, "EX-07.matrix"))
    assert "Noch nicht entschieden bei" in page.error[0].value


def test_text_from_outside_is_shown_and_never_interpreted(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    step_store.tick(
        db, consultant, case.id, "EX-00.call", happened_at=now(), person=HOSTILE, text=HOSTILE
    )
    page = open_steps(home, consultant, case)
    assert "<script>" not in shown_words(page)
    assert HOSTILE in words(page)


def test_a_closed_case_and_a_reviewer_get_no_forms(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    reviewer = accounts.add_account(
        db, SYSTEM, email="p@versicherer.example", role="reviewer", name="Prüfer"
    ).actor
    assert not list(open_steps(home, reviewer, case).button)
    store.close_case(db, consultant, case.id, "erledigt")
    assert not list(open_steps(home, consultant, case).button)
