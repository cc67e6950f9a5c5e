"""The page Dienst, run in process as a signed-in person."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access import accounts
from access.actor import SYSTEM, Actor
from cases.store import duty as roster
from data import Home
from data.times import read_moment
from tests.pages import open_page
from tests.pages import words as shown_words

# A Tuesday, 12:00 in Vienna.
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon() -> object:
    with time_machine.travel(NOON, tick=True) as travelled:
        yield travelled


def words(page: AppTest) -> str:
    return html.unescape(shown_words(page)).replace("\u00a0", " ").replace("\\", "")


def open_duty(home: Home, actor: Actor, language: str = "de", **query: str) -> AppTest:
    page = open_page(home, actor, "registered", "duty", query, language)
    assert [each.value for each in page.exception] == []
    return page


def account(actor: Actor) -> int:
    assert actor.account_id is not None
    return actor.account_id


def plan(db: Database, actor: Actor, begin: str, end: str, role: roster.Role = "desk") -> int:
    return roster.add_shift(
        db,
        actor,
        account_id=account(actor),
        role=role,
        start=read_moment(f"2026-11-{begin}"),
        end=read_moment(f"2026-11-{end}"),
    ).id


def send(page: AppTest, label: str) -> AppTest:
    next(each for each in page.button if each.label == label).click().run()
    assert [each.value for each in page.exception] == []
    return page


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_empty_roster_says_what_was_promised(
    home: Home, consultant: Actor, language: str
) -> None:
    said = words(open_duty(home, consultant, language))
    assert "NA-19" in said
    assert "rund um die Uhr – 365 Tage" in said


def test_gaps_stand_first_and_say_how_near_they_are(
    home: Home, db: Database, consultant: Actor, colleague: Actor
) -> None:
    plan(db, consultant, "24T08:00", "24T18:00")
    plan(db, colleague, "24T20:00", "30T08:00", "on_call")
    said = words(open_duty(home, consultant))
    assert "Mag. Lang bis 18:00" in said
    assert "● kritisch" in said
    assert said.index("ohne Dienst: Di 24.11. 18:00–20:00") < said.index("Jetzt und danach")
    assert "Nur Rufbereitschaft" in said
    assert "danach, Di 24.11. 20:00–Mo 30.11. 08:00" in said


def test_the_fortnight_shows_people_by_days_with_holidays(
    home: Home, db: Database, consultant: Actor, colleague: Actor
) -> None:
    plan(db, consultant, "24T18:00", "25T08:00")
    plan(db, colleague, "25T08:30", "25T18:00", "lead")
    page = open_duty(home, consultant)
    said = words(page)
    assert "<span>18–08</span>" in said
    assert "<span>Ltg 08:30–18</span>" in said
    assert "Dienstplan Mo 23.11. bis 06.12.2026" in said
    page.button(key="roster_later").click().run()
    assert "Dienstplan Mo 07.12. bis 20.12.2026" in words(page)
    assert "Mariä Empfängnis" in words(page)


def test_a_broken_date_in_the_link_shows_this_week(home: Home, consultant: Actor) -> None:
    assert "Dienstplan Mo 23.11." in words(open_duty(home, consultant, ab="gestern"))


def test_a_shift_is_planned_from_the_page(
    home: Home, db: Database, consultant: Actor, colleague: Actor
) -> None:
    page = open_duty(home, consultant)
    page.selectbox(key="shift_person").set_value(account(colleague))
    page.text_input(key="shift_begins").set_value("24.11.2026 18:00")
    page.text_input(key="shift_ends").set_value("25.11.2026 08:00")
    send(page, "Eintragen")
    assert "Eingetragen: Berger, Di 24.11. 18:00–Mi 25.11. 08:00." in words(page)
    assert "Berger ist länger als 12 h am Stück im Dienst" in words(page)
    (planned,) = roster.shifts_between(db, NOON, NOON + timedelta(days=1))
    assert (planned.person, planned.length) == ("Berger", timedelta(hours=14))


@pytest.mark.parametrize(
    ("begins", "ends", "sentence"),
    [
        pytest.param("morgen", "25.11.2026 08:00", "ist keine Zeitangabe", id="no time"),
        pytest.param(
            "25.11.2026 18:00", "25.11.2026 08:00", "endet nicht nach seinem Beginn", id="backward"
        ),
        pytest.param("28.03.2027 02:30", "28.03.2027 08:00", "gibt es nicht", id="missing hour"),
    ],
)
def test_bad_input_gives_one_sentence_and_keeps_what_was_typed(
    home: Home, db: Database, consultant: Actor, begins: str, ends: str, sentence: str
) -> None:
    page = open_duty(home, consultant)
    page.text_input(key="shift_begins").set_value(begins)
    page.text_input(key="shift_ends").set_value(ends)
    send(page, "Eintragen")
    assert sentence in words(page)
    assert page.text_input(key="shift_begins").value == begins
    assert not roster.roster_is_kept(db)


def test_the_doubled_hour_is_asked_for(home: Home, db: Database, consultant: Actor) -> None:
    page = open_duty(home, consultant)
    page.text_input(key="shift_begins").set_value("31.10.2027 02:30")
    page.text_input(key="shift_ends").set_value("31.10.2027 08:00")
    send(page, "Eintragen")
    assert "zweimal" in words(page)
    assert not roster.roster_is_kept(db)
    page.radio(key="shift_fold_begins").set_value("Winterzeit (zweite Stunde)")
    send(page, "Eintragen")
    start = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    (planned,) = roster.shifts_between(db, start, start + timedelta(days=1))
    assert planned.start == start


def test_a_week_plan_names_its_holidays(home: Home, db: Database, consultant: Actor) -> None:
    page = open_duty(home, consultant)
    send(page, "Anlegen")
    assert "20 Dienste für Mag. Lang eingetragen." in words(page)
    assert "Darunter Feiertage: Di 08.12. Mariä Empfängnis" in words(page)
    start = read_moment("2026-11-30T00:00")
    assert len(roster.shifts_between(db, start, start + timedelta(days=28))) == 20


def test_a_sick_call_opens_a_gap_and_says_so(home: Home, db: Database, consultant: Actor) -> None:
    plan(db, consultant, "24T08:00", "24T18:00")
    page = open_duty(home, consultant)
    send(page, "Festhalten")
    assert "Bitte „Grund“ ausfüllen" in words(page)
    page.text_input(key="cancel_reason").set_value("Fieber <b>39</b>")
    send(page, "Festhalten")
    said = words(page)
    assert "Der Dienst ist abgesagt." in said
    assert roster.on_duty_now(db, NOON + timedelta(minutes=1)) == []
    assert "krank, Fieber" in said


def test_a_swap_from_the_page(
    home: Home, db: Database, consultant: Actor, colleague: Actor
) -> None:
    mine = plan(db, consultant, "25T08:00", "25T18:00")
    plan(db, colleague, "26T08:00", "26T18:00")
    page = open_duty(home, consultant)
    page.selectbox(key="swap_shift").set_value(mine)
    page.selectbox(key="swap_to").set_value(account(colleague))
    page.text_input(key="swap_reason").set_value("Arzttermin")
    send(page, "Tauschen")
    assert "Berger übernimmt Mi 25.11. 08:00–18:00." in words(page)
    window = (read_moment("2026-11-25T08:00"), read_moment("2026-11-25T18:00"))
    assert [each.person for each in roster.shifts_between(db, *window)] == ["Berger"]


def test_the_handover_is_one_click_away(home: Home, consultant: Actor) -> None:
    page = open_duty(home, consultant)
    page.button(key="duty_handover").click().run()
    assert "opened: handover" in words(page)


def test_a_reviewer_has_no_roster(home: Home, db: Database) -> None:
    reviewer = accounts.add_account(
        db, SYSTEM, email="pruefung@haus.example", role="reviewer", name="Prüfung"
    ).actor
    assert "gehört nicht zu Ihrer Rolle" in words(open_duty(home, reviewer))
