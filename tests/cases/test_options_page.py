"""The page Möglichkeiten, run in process as a signed-in person."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access import accounts
from access.actor import SYSTEM, Actor
from cases import evidence, store
from cases.options import Situation
from cases.store import Case
from cases.store import options as option_store
from cases.store.options import Attack, NewAttack
from data import Home, now
from data.times import local
from tests.pages import open_page
from tests.pages import words as shown_words

HOSTILE = "<script>alert(1)</script> **fett** :red[rot] $x$"


def words(page: AppTest) -> str:
    """What the page says, as a person reads it."""
    labels = [each.label.replace("\\", "") for each in page.expander]
    return html.unescape("\n".join([shown_words(page).replace("\\", ""), *labels]))


def fine(page: AppTest) -> AppTest:
    assert [each.value for each in page.exception] == []
    return page


def open_options(home: Home, actor: Actor, case: Case, language: str = "de") -> AppTest:
    return fine(
        open_page(
            home, actor, "cases.pages.options", query={"fall": case.number}, language=language
        )
    )


def press(page: AppTest, name: str) -> AppTest:
    """The button of this form."""
    page.button(key=f"{name}_sent").click()
    return fine(page.run())


@pytest.fixture
def article(db: Database, home: Home, consultant: Actor, case: Case) -> Attack:
    """A false article of yesterday, secured."""
    proof = evidence.add(db, home, consultant, case.id, data=b"a picture", file_name="artikel.png")
    answers = Situation(
        medium="print",
        claim="fact",
        truth="false",
        targets=frozenset({"firm"}),
        harm="yes",
        concerned="yes",
        comment="not_offered",
        position_carried="no",
        correction_ran="no",
        published_on=local(now()).date() - timedelta(days=1),
    )
    return option_store.add_attack(
        db,
        consultant,
        case.id,
        NewAttack("Alle Daten verloren", place="Zeitung", answers=answers, evidence_id=proof.id),
    )


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_begins_with_what_it_is_not_and_with_the_first_allegation(
    home: Home, consultant: Actor, case: Case, language: str
) -> None:
    page = open_options(home, consultant, case, language)
    expected = "Keine Rechtsberatung" if language == "de" else "No legal advice"
    assert expected in words(page)
    assert ("im Namen der Firma" if language == "de" else "firm's name") in words(page)


def test_an_allegation_is_taken_in_and_secured_first(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_options(home, consultant, case)
    name = f"new_attack_{case.id}"
    page.text_area(key=f"{name}_wording").set_value("Sauladen!")
    page.selectbox(key=f"{name}_medium").set_value("own_page")
    page.text_input(key=f"{name}_notice").set_value("gestern")
    press(page, name)
    assert len(page.error) == 1
    assert page.text_area(key=f"{name}_wording").value == "Sauladen!"
    page.text_input(key=f"{name}_notice").set_value("10.03.2026 10:05")
    press(page, name)
    [attack] = option_store.attacks_of(db, case.id)
    assert (attack.wording, attack.answers.medium) == ("Sauladen!", "own_page")
    assert [each.kind for each in store.clocks_of(db, case.id)].count("own_page") == 1
    assert "Zuerst sichern, dann reagieren" in words(page)
    assert "die Firma haftet als Medieninhaberin" in words(page)


def test_the_ways_are_sorted_and_say_why(
    home: Home, consultant: Actor, case: Case, article: Attack
) -> None:
    page = open_options(home, consultant, case)
    said = words(page)
    ways = [each.label.replace("\\", "") for each in page.expander if " · " in each.label]
    ways = [each for each in ways if each[0] in "●◔○"]
    assert ways[0].startswith("● A · Gegendarstellung")
    assert "bis" in ways[0]
    assert len(ways) == 10
    assert "Es steht in einem periodischen Medium." in said
    assert "Wahr, aber unvollständig kann unwahr sein" in said
    assert "kleinezeitung.at, unbestätigt" in said
    assert "Den Rechtsanwalt zahlt die Firma" in said
    assert "NA-43" in said


def test_an_answer_changes_the_ways(
    home: Home, db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    page = open_options(home, consultant, case)
    page.selectbox(key=f"assess_{article.id}_comment").set_value("unused")
    press(page, f"assess_{article.id}")
    assert option_store.attacks_of(db, case.id)[0].answers.comment == "unused"
    assert "○ A · Gegendarstellung" in words(page)
    assert "Die angebotene Stellungnahme wurde nicht genutzt (Z 7)." in words(page)


def test_choosing_starts_the_clock_and_waits_for_the_lawyer(
    home: Home, db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    page = open_options(home, consultant, case)
    name = f"choose_{article.id}_A"
    page.text_input(key=f"{name}_person").set_value("Anton Aigner")
    press(page, name)
    assert "Bitte einen Grund angeben" in page.error[0].value
    page.text_input(key=f"{name}_reason").set_value("Der Artikel ist falsch")
    press(page, name)
    assert [each.kind for each in store.clocks_of(db, case.id)].count("counterstatement") == 1
    assert "gewählt · Rechtsanwalt fehlt" in words(page)
    send = f"send_{article.id}_A"
    page.text_input(key=f"{send}_person").set_value("Anton Aigner")
    page.text_input(key=f"{send}_text").set_value("eingeschrieben")
    press(page, send)
    assert "Rechtsanwalt geprüft hat" in page.error[0].value
    lawyer = f"lawyer_{article.id}_A"
    page.text_input(key=f"{lawyer}_person").set_value("Dr. Rain")
    press(page, lawyer)
    page.text_input(key=f"{send}_person").set_value("Anton Aigner")
    page.text_input(key=f"{send}_text").set_value("eingeschrieben")
    press(page, send)
    assert option_store.standing_of(db, article.id)["A"].state == "sent"


def test_declining_is_kept_with_its_reason_and_progress_too(
    home: Home, db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    page = open_options(home, consultant, case)
    name = f"decline_{article.id}_H"
    page.text_input(key=f"{name}_person").set_value("Anton Aigner")
    page.text_input(key=f"{name}_reason").set_value("Gericht bleibt offen")
    press(page, name)
    assert option_store.standing_of(db, article.id)["H"].state == "declined"
    option_store.choose(
        db, consultant, case.id, article.id, "F", person="Aigner", reason="rechtswidrig"
    )
    page = open_options(home, consultant, case)
    progress = f"progress_{article.id}_F"
    page.text_input(key=f"{progress}_text").set_value("Eingang bestätigt")
    press(page, progress)
    assert "Eingang bestätigt" in words(page)


def test_the_press_council_warns_of_what_it_closes(
    home: Home, db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    option_store.choose(db, consultant, case.id, article.id, "A", person="Aigner", reason="falsch")
    page = open_options(home, consultant, case)
    assert "schließt die Gerichte in dieser Sache aus" in words(page)


def test_the_way_to_a_text_names_its_template(
    home: Home, consultant: Actor, case: Case, article: Attack
) -> None:
    page = open_options(home, consultant, case)
    queries = [each.proto.query_string for each in page.get("page_link")]
    assert any("vorlage=poster_request" in each for each in queries)


def test_a_wrong_link_is_said_and_several_allegations_can_be_chosen(
    home: Home, db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    option_store.add_attack(db, consultant, case.id, NewAttack("Noch ein Vorwurf"))
    page = fine(
        open_page(
            home,
            consultant,
            "cases.pages.options",
            query={"fall": case.number, "vorwurf": "99"},
        )
    )
    assert "Den Vorwurf 99 gibt es in diesem Fall nicht" in words(page)
    page.selectbox(key=f"attack_{case.id}").set_value(article.id)
    fine(page.run())
    assert "Alle Daten verloren" in words(page)


def test_text_from_outside_is_shown_and_never_interpreted(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    for _ in range(2):
        option_store.add_attack(
            db, consultant, case.id, NewAttack(HOSTILE, author=HOSTILE, place=HOSTILE)
        )
    page = open_options(home, consultant, case)
    assert "<script>" not in shown_words(page)
    assert HOSTILE in html.unescape(shown_words(page))


def test_a_closed_case_and_a_reviewer_get_no_forms(
    home: Home, db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    reviewer = accounts.add_account(
        db, SYSTEM, email="p@versicherer.example", role="reviewer", name="Prüfer"
    ).actor
    assert not list(open_options(home, reviewer, case).button)
    store.close_case(db, consultant, case.id, "erledigt")
    assert not list(open_options(home, consultant, case).button)
