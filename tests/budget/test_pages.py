"""The pages Leistungen and Auswertung, run in process."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access import accounts
from access.actor import SYSTEM, Actor
from budget import policy, store
from budget.entry import Cost, Work
from budget.worktime import WorkTime
from cases import store as cases_store
from cases.store import Case, Intake
from data import Home, now
from data.times import read_moment
from tests.pages import open_page, words


@pytest.fixture
def reviewer(db: Database) -> Actor:
    return accounts.add_account(
        db, SYSTEM, email="pruefung@versicherer.example", role="reviewer", name="Prüfung"
    ).actor


def hours_page(home: Home, actor: Actor, case: Case, language: str = "de") -> AppTest:
    return open_page(
        home, actor, "budget.page", "show_hours", {"fall": case.number}, language=language
    )


def review_page(home: Home, actor: Actor, case: Case, language: str = "de") -> AppTest:
    return open_page(
        home, actor, "budget.page", "show_review", {"fall": case.number}, language=language
    )


def book(db: Database, actor: Actor, case: Case, cents: int = 184250) -> None:
    paid = Cost(read_moment("2026-03-10T12:00"), cents, "Verteiler <b>fett</b>", "RE-1")
    store.book_cost(db, actor, case.id, paid)


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_empty_case_says_what_will_be_here(
    home: Home, consultant: Actor, case: Case, language: str
) -> None:
    page = hours_page(home, consultant, case, language)
    assert not page.exception
    assert "€\u00a00,00" in words(page)
    assert "€\u00a02.500,00" in words(page)


def test_the_cap_is_one_line_of_money(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    book(db, consultant, case)
    said = words(hours_page(home, consultant, case)).replace("\u00a0", " ")
    assert "€ 1.842,50 von € 2.500,00 netto, noch € 657,50" in said
    assert "&lt;b&gt;fett" in said
    assert "<b>fett" not in said


def test_the_timer_is_started_and_stopped_from_the_page(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = hours_page(home, consultant, case)
    page.button(key=f"start_{case.id}").click().run()
    assert not page.exception
    timer = store.timer_of(db, consultant)
    assert timer is not None
    assert timer.rate_cents == 15000
    page.text_input(key=f"timer_text_{timer.id}").set_value("Rückfrage der Zeitung").run()
    page.button(key=f"stop_{timer.id}").click().run()
    assert not page.exception
    assert [entry.text for entry in store.entries_of(db, case.id)] == ["Rückfrage der Zeitung"]
    assert store.timer_of(db, consultant) is None
    assert "Erfasst" in words(page)


def test_a_timer_without_a_text_says_what_is_missing(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    timer = store.start_timer(
        db, consultant, case.id, activity="media", function="", rate_cents=15000, now=now()
    )
    page = hours_page(home, consultant, case)
    page.button(key=f"stop_{timer.id}").click().run()
    assert [error.value for error in page.error] != []
    assert store.timer_of(db, consultant) is not None


def test_running_work_shows_when_the_cap_is_reached(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    book(db, consultant, case)
    store.start_timer(
        db, consultant, case.id, activity="media", function="", rate_cents=15000,
        now=now() - timedelta(minutes=10),
    )  # fmt: skip
    said = words(hours_page(home, consultant, case))
    assert "Läuft die Arbeit weiter, ist die Leistungsgrenze um" in said


def type_work(page: AppTest, case: Case, start: str, end: str, text: str, rate: str) -> None:
    key = f"work_{case.id}"
    page.text_input(key=f"{key}_start").set_value(start)
    page.text_input(key=f"{key}_end").set_value(end)
    page.text_input(key=f"{key}_text").set_value(text)
    page.text_input(key=f"{key}_rate_PR-Berater:in").set_value(rate)
    next(button for button in page.button if button.label == "Erfassen").click().run()


def test_hours_are_entered_by_hand_once(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = hours_page(home, consultant, case)
    type_work(page, case, "10.3.2026 10:20", "10.3.2026 10:50", "Lagebild", "150,00")
    assert not page.exception
    (entry,) = store.entries_of(db, case.id)
    assert (entry.net_cents, entry.payer, entry.function) == (7500, "insurer", "PR-Berater:in")
    page.run()
    assert len(store.entries_of(db, case.id)) == 1


@pytest.mark.parametrize(
    ("start", "end", "rate", "sentence"),
    [
        pytest.param("10.3.2026 10:20", "10.3.2026 9:50", "150", "vor dem Beginn", id="order"),
        pytest.param("29.3.2026 2:30", "29.3.2026 5:00", "150", "gibt es nicht", id="spring gap"),
        pytest.param("gestern", "10.3.2026 9:50", "150", "gestern", id="no time"),
        pytest.param("10.3.2026 9:20", "10.3.2026 9:50", "2.5", "Betrag", id="rate"),
    ],
)
def test_what_was_typed_wrong_is_said_and_kept(
    home: Home, db: Database, consultant: Actor, case: Case,
    start: str, end: str, rate: str, sentence: str,
) -> None:  # fmt: skip
    page = hours_page(home, consultant, case)
    type_work(page, case, start, end, "Lagebild", rate)
    assert sentence in " ".join(str(error.value) for error in page.error).replace("\\", "")
    assert page.text_input(key=f"work_{case.id}_text").value == "Lagebild"
    assert store.entries_of(db, case.id) == []


def test_the_doubled_hour_is_asked_for(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = hours_page(home, consultant, case)
    type_work(page, case, "25.10.2026 2:45", "25.10.2026 2:15", "Nachtdienst", "150")
    assert store.entries_of(db, case.id) == []
    assert "zweimal" in words(page)
    assert [radio.label for radio in page.radio] == ["Beginn in", "Ende in"]
    assert str(page.radio[1].value).startswith("Winterzeit")
    next(button for button in page.button if button.label == "Erfassen").click().run()
    (entry,) = store.entries_of(db, case.id)
    assert entry.recorded_seconds == 1800


def test_the_review_sees_no_internal_work(
    home: Home, db: Database, consultant: Actor, reviewer: Actor, case: Case
) -> None:
    moment = datetime(2026, 3, 10, 9, tzinfo=UTC)
    work = WorkTime(moment, moment + timedelta(hours=1))
    store.book_work(
        db, consultant, case.id,
        Work(work, 15000, "situation", "Erstannahme", kind="internal", internal_note="Notiz"),
    )  # fmt: skip
    store.book_work(
        db, consultant, case.id, Work(work, 15000, "writing", "Text", internal_note="geheim")
    )
    for page in (hours_page(home, reviewer, case), review_page(home, reviewer, case)):
        assert not page.exception
        assert "Erstannahme" not in words(page)
        assert "geheim" not in words(page)


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_review_of_nothing(home: Home, consultant: Actor, case: Case, language: str) -> None:
    assert not review_page(home, consultant, case, language).exception


def test_the_export_locks_and_offers_four_files(
    home: Home, db: Database, reviewer: Actor, consultant: Actor, case: Case
) -> None:
    book(db, consultant, case)
    page = review_page(home, reviewer, case)
    assert "Einwand" not in words(page)
    page.button(key=f"settle_{case.id}").click().run()
    assert not page.exception
    assert [entry.batch for entry in store.entries_of(db, case.id)] == [f"{case.number}-1"]
    labels = [each.proto.label for each in page.get("download_button")]
    assert labels == ["CSV", "XLSX", "PDF", "LEDES"]
    page.selectbox(key=f"answer_{case.id}_outcome").set_value("cut")
    page.text_input(key=f"answer_{case.id}_amount").set_value("42,50")
    page.text_input(key=f"answer_{case.id}_reason").set_value("Sekretariat")
    next(button for button in page.button if button.label == "Eintragen").click().run()
    assert not page.exception
    assert store.entries_of(db, case.id)[0].cut_cents == 4250


def test_objections_are_said_before_the_export(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    moment = datetime(2026, 3, 10, 10, tzinfo=UTC)
    work = WorkTime(moment, moment + timedelta(minutes=15))
    store.book_work(db, consultant, case.id, Work(work, 15000, "media", "Besprechung"))
    said = words(review_page(home, consultant, case))
    assert "1 Einwand" in said
    assert "sagt nicht, was womit getan wurde" in said


def test_consent_and_reservation_from_the_page(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = hours_page(home, consultant, case)
    page.text_input(key=f"reserve_{case.id}_text").set_value("Inserat")
    page.text_input(key=f"reserve_{case.id}_amount").set_value("2.000,-")
    next(button for button in page.button if button.label == "Vormerken").click().run()
    assert not page.exception
    (held,) = store.reservations_of(db, case.insured_event_id, now())
    assert held.cents == 200000
    assert "verplant" in " ".join(str(warning.value) for warning in page.warning)
    page.selectbox(key=f"consent_{case.id}_kind").set_value("consent")
    page.text_input(key=f"consent_{case.id}_amount").set_value("500")
    page.text_area(key=f"consent_{case.id}_text").set_value("Ja, bis € 500.")
    next(button for button in page.button if button.label == "Festhalten").click().run()
    assert not page.exception
    (given,) = store.consents_of(db, case.insured_event_id)
    assert (given.kind, given.ceiling_cents, given.person) == ("consent", 50000, "Anton Aigner")
    page.button(key=f"release_{held.id}").click().run()
    assert store.reservations_of(db, case.insured_event_id, now()) == []


def test_an_entry_is_taken_back_with_its_reason(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    book(db, consultant, case)
    page = hours_page(home, consultant, case)
    page.text_input(key=f"reverse_{case.id}_reason").set_value("doppelt")
    next(button for button in page.button if button.label == "Stornieren").click().run()
    assert not page.exception
    assert store.entries_of(db, case.id)[0].reversed_because == "doppelt"


def test_only_the_administration_changes_the_rounding(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = hours_page(home, consultant, case)
    assert next(each for each in page.button if each.label == "Ab jetzt so").disabled
    admin = accounts.add_account(
        db, SYSTEM, email="admin@krisenpult.example", role="admin", name="Admin"
    ).actor
    page = hours_page(home, admin, case)
    page.selectbox(key="policy_mode").set_value("nearest")
    page.selectbox(key="policy_minutes").set_value(6)
    next(button for button in page.button if button.label == "Ab jetzt so").click().run()
    assert not page.exception
    assert policy.current(db).rounding.minutes == 6


def test_a_cost_is_entered_with_its_receipt(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    key = f"cost_{case.id}"
    page = hours_page(home, consultant, case)
    page.text_input(key=f"{key}_at").set_value("10.3.2026 12:00")
    page.text_input(key=f"{key}_amount").set_value("2.600,-")
    page.text_input(key=f"{key}_text").set_value("Aussendung")
    send = next(each for each in page.button if each.proto.form_id == key)
    send.click().run()
    assert "Belegnummer" in " ".join(str(error.value) for error in page.error)
    page.text_input(key=f"{key}_receipt").set_value("RE-5")
    next(each for each in page.button if each.proto.form_id == key).click().run()
    assert not page.exception
    (entry,) = store.entries_of(db, case.id)
    assert (entry.covered_cents, entry.overflow_cents, entry.receipt) == (250000, 10000, "RE-5")
    assert "nicht weiterarbeiten" in " ".join(str(error.value) for error in page.error)


def test_a_timer_in_another_case_is_named(
    home: Home, db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    other = cases_store.open_case(db, consultant, replace(garage_intake, public_name="Bäckerei"))
    store.start_timer(
        db, consultant, other.id, activity="media", function="", rate_cents=1, now=now()
    )
    page = hours_page(home, consultant, case)
    assert not page.exception
    assert f"Ihre Zeit läuft im Fall {other.number}" in words(page)


def test_a_timer_is_discarded(home: Home, db: Database, consultant: Actor, case: Case) -> None:
    timer = store.start_timer(
        db, consultant, case.id, activity="media", function="", rate_cents=1, now=now()
    )
    page = hours_page(home, consultant, case)
    page.button(key=f"discard_{timer.id}").click().run()
    assert store.timer_of(db, consultant) is None
    assert store.entries_of(db, case.id) == []


def test_corrections_and_reservations_are_shown_and_settled(
    home: Home, db: Database, consultant: Actor, reviewer: Actor, case: Case
) -> None:
    decision = {"result": "clarify", "limb": None, "rules": [], "explanation": "offen"}
    cases_store.decide_coverage(db, consultant, case.id, {}, decision)
    book(db, consultant, case)
    store.settle_hours(db, consultant, case.id, now())
    assert "unter Vorbehalt" in words(hours_page(home, consultant, case))
    cases_store.decide_coverage(db, consultant, case.id, {}, {**decision, "result": "no"})
    store.follow_coverage(db, consultant, case.id, now=now())
    page = hours_page(home, consultant, case)
    assert not page.exception
    said = words(page).replace("\u00a0", " ").replace("\u2060", "")
    assert "zulasten des Hauses +€ 1.842,50" in said
    assert "Die Deckung wurde entschieden." in said
    page = review_page(home, reviewer, case)
    [settle] = [each for each in page.button if each.label == "1 Zeile abrechnen"]
    settle.click().run()
    assert not page.exception
    assert [each.batch_id for each in store.corrections_of(db, case.id)] == [2]
    assert "Alle Leistungen dieses Falls sind abgerechnet" in words(page)
