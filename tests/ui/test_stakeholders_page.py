"""The page Beteiligte, run in process as a signed-in person."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access import accounts
from access.actor import SYSTEM, Actor
from cases import store
from cases.stakeholders import OTHER, Entry
from cases.store import Case
from cases.store import stakeholders as stakeholder_store
from data import Home, now
from drafting import store as drafting_store
from tests.pages import open_page
from tests.pages import words as shown_words

HOSTILE = "<script>alert(1)</script> **fett** :red[rot] $x$"


def words(page: AppTest) -> str:
    """What the page says, as a person reads it."""
    return html.unescape(shown_words(page))


def fine(page: AppTest) -> AppTest:
    assert [each.value for each in page.exception] == []
    return page


def open_stakeholders(home: Home, actor: Actor, case: Case, language: str = "de") -> AppTest:
    return fine(
        open_page(
            home, actor, "ui.screens.stakeholders", query={"fall": case.number}, language=language
        )
    )


def key(case: Case, party: str) -> str:
    return f"{case.id}_{party}_"


def unfold(page: AppTest, case: Case, party: str) -> str:
    """Open the row of a group; returns the name of its form."""
    page.button(key=f"open_{key(case, party)}").click()
    fine(page.run())
    return f"stakeholder_{key(case, party)}"


def press(page: AppTest, name: str) -> AppTest:
    page.button(key=f"{name}_sent").click()
    return fine(page.run())


def entry_of(db: Database, case: Case, party: str) -> Entry:
    return stakeholder_store.history_of(db, case.id, party)[0]


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_group_is_listed_with_what_is_suggested(
    home: Home, consultant: Actor, case: Case, language: str
) -> None:
    page = open_stakeholders(home, consultant, case, language)
    if language == "de":
        said = words(page)
        assert "Bei 17 Gruppen noch offen" in said
        assert "Vorschlag: informieren. Intern zuerst" in said
        assert said.index("Mitarbeiterinnen und Mitarbeiter") < said.index(
            "Alle Kundinnen und Kunden"
        )


def test_a_yes_says_by_when_by_whom_and_with_which_text(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    statement = drafting_store.create_statement(
        db, consultant, case.id, kind="letter", channel="customer_letter", language="de",
        title="Warnschreiben",
    )  # fmt: skip
    page = open_stakeholders(home, consultant, case)
    name = unfold(page, case, "bank")
    page.button_group(key=f"{name}_inform").set_value("yes")
    press(page, name)
    assert "Bitte „Name, wer informiert“ ausfüllen" in page.error[0].value
    page.text_input(key=f"{name}_person").set_value("Anton Aigner")
    page.text_input(key=f"{name}_due").set_value("10.03.2026 12:00")
    page.selectbox(key=f"{name}_statement").set_value(statement.id)
    press(page, name)
    entry = entry_of(db, case, "bank")
    assert (entry.inform, entry.by_whom, entry.person, entry.statement_id) == (
        "yes",
        "firm",
        "Anton Aigner",
        statement.id,
    )
    assert "„Warnschreiben“" in words(page)
    assert "überfällig" in words(page)


def test_being_told_settles_the_row_and_keeps_what_was_decided(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    planned = Entry(
        "bank", "yes", due_at=now() + timedelta(hours=1), by_whom="firm", person="Aigner"
    )
    stakeholder_store.decide(db, consultant, case.id, planned)
    page = open_stakeholders(home, consultant, case)
    name = unfold(page, case, "bank")
    page.text_input(key=f"{name}_done").set_value("10.03.2026 11:00")
    press(page, name)
    assert "Womit wurde „Bank“ informiert?" in page.error[0].value
    page.text_input(key=f"{name}_text").set_value("am Telefon, Rückruf verlangt")
    press(page, name)
    assert entry_of(db, case, "bank").done_at is not None
    assert "1 informiert" in words(page)
    unfold(page, case, "bank")
    assert "am Telefon, Rückruf verlangt" in words(page)


def test_a_no_needs_its_reason(home: Home, db: Database, consultant: Actor, case: Case) -> None:
    page = open_stakeholders(home, consultant, case)
    name = unfold(page, case, "media")
    page.button_group(key=f"{name}_inform").set_value("no")
    press(page, name)
    assert "Bitte begründen, warum „Medien“ nicht informiert wird" in page.error[0].value
    page.text_input(key=f"{name}_reason").set_value("niemand fragt")
    press(page, name)
    assert entry_of(db, case, "media").reason == "niemand fragt"


def test_the_rest_is_decided_with_one_reason(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_stakeholders(home, consultant, case)
    name = f"rest_{case.id}"
    page.text_input(key=f"{name}_reason").set_value("nicht betroffen")
    press(page, name)
    entry = entry_of(db, case, "media")
    assert (entry.inform, entry.reason) == ("no", "nicht betroffen")
    assert entry_of(db, case, "neighbours").inform == "no"
    assert not stakeholder_store.history_of(db, case.id, "employees")


def test_a_group_of_its_own_stands_with_its_name(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_stakeholders(home, consultant, case)
    name = f"stakeholder_{case.id}_new"
    page.button_group(key=f"{name}_inform").set_value("no")
    page.text_input(key=f"{name}_reason").set_value("weiß es schon")
    press(page, name)
    assert "Name der Gruppe" in page.error[0].value
    page.text_input(key=f"{name}_name").set_value(HOSTILE)
    press(page, name)
    assert stakeholder_store.history_of(db, case.id, OTHER, HOSTILE)
    assert "<script>" not in shown_words(page)
    assert HOSTILE in words(page)


def test_a_time_that_cannot_be_read_gives_one_sentence(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_stakeholders(home, consultant, case)
    name = unfold(page, case, "bank")
    page.button_group(key=f"{name}_inform").set_value("yes")
    page.text_input(key=f"{name}_person").set_value("Aigner")
    page.text_input(key=f"{name}_due").set_value("bald")
    press(page, name)
    assert len(page.error) == 1
    assert page.text_input(key=f"{name}_person").value == "Aigner"
    assert stakeholder_store.entries_of(db, case.id) == []


def test_a_closed_case_and_a_reviewer_get_no_forms(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    reviewer = accounts.add_account(
        db, SYSTEM, email="p@versicherer.example", role="reviewer", name="Prüfer"
    ).actor
    assert not list(open_stakeholders(home, reviewer, case).button)
    store.close_case(db, consultant, case.id, "erledigt")
    assert not list(open_stakeholders(home, consultant, case).button)
