"""The page Übergabe, run in process: once as the one who leaves, once as the one who receives."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access import accounts
from access.actor import SYSTEM, Actor
from budget import store as budget_store
from budget.entry import Cost
from cases import store
from cases.store import Case
from cases.store import duty as roster
from cases.store import handover as record
from data import Home, now
from tests.pages import open_page
from tests.pages import words as shown_words

HOSTILE = "<script>alert(1)</script> **fett** $x$"


def words(page: AppTest) -> str:
    said = html.unescape(shown_words(page))
    return said.replace("\u00a0", " ").replace("\\", "")


def fine(page: AppTest) -> AppTest:
    assert [each.value for each in page.exception] == []
    return page


def open_handover(home: Home, actor: Actor, language: str = "de", **query: str) -> AppTest:
    return fine(open_page(home, actor, "registered", "handover", query, language))


def send(page: AppTest, label: str) -> AppTest:
    next(each for each in page.button if each.label == label).click().run()
    return fine(page)


def account(actor: Actor) -> int:
    assert actor.account_id is not None
    return actor.account_id


def boxes(page: AppTest) -> dict[str, str]:
    """The items that can be ticked, by the kind their label begins with."""
    return {each.label.split("**")[1]: str(each.key) for each in page.checkbox}


@pytest.mark.parametrize("language", ["de", "en"])
def test_without_a_case_there_is_nothing_to_hand_over(
    home: Home, consultant: Actor, colleague: Actor, language: str
) -> None:
    page = open_handover(home, consultant, language)
    if language == "de":
        assert "nichts zu übergeben" in words(page)
    assert "nach dem Need-to-Know-Prinzip" in words(page)


def test_alone_nobody_can_take_over(home: Home, case: Case, consultant: Actor) -> None:
    assert "niemanden zum Übergeben" in words(open_handover(home, consultant))


def test_a_handover_from_beginning_to_end(
    home: Home, db: Database, case: Case, consultant: Actor, colleague: Actor
) -> None:
    start = now() - timedelta(hours=9)
    roster.add_shift(
        db,
        consultant,
        account_id=account(consultant),
        role="desk",
        start=start,
        end=start + timedelta(hours=10),
    )
    store.start_clock(
        db,
        consultant,
        case.id,
        kind="holding",
        title="Erstmeldung",
        started_at=now(),
        due_at=now() + timedelta(hours=3),
    )

    leaving = open_handover(home, consultant)
    assert "Ihr Dienst endet" in words(leaving)
    send(leaving, "Übergabe beginnen")
    assert "von Mag. Lang an Berger" in words(leaving)
    (begun,) = record.open_handovers(db)
    assert (begun.scope, begun.due_at) == ("all", start + timedelta(hours=10))
    key = f"note_{begun.id}_{case.id}"
    leaving.text_area(key=f"{key}_situation").set_value(HOSTILE)
    send(leaving, "Notiz speichern")
    assert "Bitte „Nächste Schritte“ ausfüllen" in words(leaving)
    assert leaving.text_area(key=f"{key}_situation").value == HOSTILE
    leaving.text_area(key=f"{key}_steps").set_value("1 Zeitung anrufen")
    send(leaving, "Notiz speichern")
    assert record.notes_of(db, begun.id)[case.id].situation == HOSTILE
    assert "Erstmeldung" in words(leaving)
    assert "noch nicht bestätigt" in words(leaving)
    assert not leaving.checkbox

    receiving = open_handover(home, colleague)
    assert "&lt;script&gt;" in shown_words(receiving)
    assert "<script>" not in shown_words(receiving)
    assert set(boxes(receiving)) == {"Notiz", "Frist", "Leistungsgrenze"}
    send(receiving, "Übergabe abschließen")
    assert "Frist „Erstmeldung“ ist nicht bestätigt" in words(receiving)
    send(receiving, "Angehakte bestätigen als Berger")
    assert "Bitte haken Sie an" in words(receiving)
    for kind in ("Notiz", "Frist"):
        receiving.checkbox(key=boxes(receiving)[kind]).check()
    send(receiving, "Angehakte bestätigen als Berger")
    assert "2 Punkte bestätigt als Berger" in words(receiving)
    assert "2 von 3 Punkten bestätigt" in words(receiving)
    assert set(boxes(receiving)) == {"Leistungsgrenze"}
    receiving.checkbox(key=boxes(receiving)["Leistungsgrenze"]).check()
    send(receiving, "Angehakte bestätigen als Berger")
    assert "Es fehlt nichts mehr" in words(receiving)
    send(receiving, "Übergabe abschließen")
    assert "Übernommen" in words(receiving)
    assert "abgeschlossen" in words(receiving)
    assert store.case_by_id(db, case.id).on_duty == "Berger"
    assert record.handover_by_id(db, begun.id).state == "completed"


def test_an_item_that_changed_on_the_way_is_shown_anew(
    home: Home, db: Database, case: Case, consultant: Actor, colleague: Actor
) -> None:
    begun = record.begin_handover(db, consultant, receiving_account=account(colleague))
    page = open_handover(home, colleague)
    budget_store.book_cost(db, consultant, case.id, Cost(now(), 184250, "Verteiler", "RE-1"))
    page.checkbox(key=boxes(page)["Leistungsgrenze"]).check()
    send(page, "Angehakte bestätigen als Berger")
    assert "Inzwischen geändert" in words(page)
    assert "Rest € 657,50" in words(page)
    assert record.acknowledgements_of(db, begun.id) == []
    page.checkbox(key=boxes(page)["Leistungsgrenze"]).check()
    send(page, "Angehakte bestätigen als Berger")
    (kept,) = record.acknowledgements_of(db, begun.id)
    assert kept.item.state["rest_cents"] == 65750
    budget_store.book_cost(db, consultant, case.id, Cost(now(), 10000, "Porto", "RE-2"))
    again = words(page.run())
    assert "bestätigt war: Rest € 657,50" in again
    assert "Rest € 557,50" in again


def test_the_leaving_persons_timer_goes_on_under_the_other_name(
    home: Home, db: Database, case: Case, consultant: Actor, colleague: Actor
) -> None:
    timer = budget_store.start_timer(
        db,
        consultant,
        case.id,
        activity="writing",
        function="PR-Berater:in",
        rate_cents=15000,
        now=now() - timedelta(minutes=20),
    )
    begun = record.begin_handover(db, consultant, receiving_account=account(colleague))
    page = open_handover(home, colleague)
    key = f"timer_{begun.id}_{timer.id}"
    page.text_input(key=f"{key}_text").set_value("Antwort entworfen")
    send(page, "Erfassen und bei mir weiter")
    running = budget_store.timer_of(db, colleague)
    assert running is not None
    assert budget_store.timer_of(db, consultant) is None
    assert [each.person for each in budget_store.entries_of(db, case.id)] == ["Mag. Lang"]


def test_an_emergency_takeover_from_the_page(
    home: Home, db: Database, case: Case, consultant: Actor, colleague: Actor
) -> None:
    page = open_handover(home, colleague)
    send(page, "Notübernahme beginnen")
    assert "Bitte „Grund der Notübernahme“ ausfüllen" in words(page)
    page.text_input(key="emergency_reason").set_value("Unfall am Heimweg")
    send(page, "Notübernahme beginnen")
    (begun,) = record.open_handovers(db)
    assert (begun.kind, begun.reason) == ("emergency", "Unfall am Heimweg")
    assert "Notübernahme ohne Mag. Lang. Grund: Unfall am Heimweg" in words(page)
    page.checkbox(key=boxes(page)["Leistungsgrenze"]).check()
    send(page, "Angehakte bestätigen als Berger")
    send(page, "Übergabe abschließen")
    assert store.case_by_id(db, case.id).on_duty == "Berger"


def test_a_late_handover_says_so_and_can_be_withdrawn(
    home: Home, db: Database, case: Case, consultant: Actor, colleague: Actor
) -> None:
    begun = record.begin_handover(
        db,
        consultant,
        receiving_account=account(colleague),
        due_at=now() - timedelta(minutes=5),
    )
    page = open_handover(home, consultant)
    assert "Überfällig: der Dienst von Mag. Lang war um" in words(page)
    page.text_input(key=f"withdraw_{begun.id}_reason").set_value("bleibe noch")
    send(page, "Zurückziehen")
    assert record.handover_by_id(db, begun.id).state == "withdrawn"
    assert "Grund: bleibe noch" in words(page)


def test_a_third_person_sees_it_and_can_only_take_over_in_an_emergency(
    home: Home, db: Database, case: Case, consultant: Actor, colleague: Actor
) -> None:
    begun = record.begin_handover(db, consultant, receiving_account=account(colleague))
    maier = accounts.add_account(
        db, SYSTEM, email="maier@krisenpult.example", role="consultant", name="Maier"
    ).actor
    first = open_handover(home, maier)
    assert "Offene Übergaben" in words(first)
    page = open_handover(home, maier, uebergabe=str(begun.id))
    assert not page.checkbox
    labels = [each.label for each in page.button]
    assert "Übergabe abschließen" not in labels
    assert "Zurückziehen" not in labels


@pytest.mark.parametrize("link", ["99", "neu", "alt", ""])
def test_an_old_link_leads_to_the_list(
    home: Home, case: Case, consultant: Actor, colleague: Actor, link: str
) -> None:
    said = words(open_handover(home, consultant, uebergabe=link))
    assert "Meine Fälle übergeben" in said
    assert ("gibt es nicht" in said) == (link == "99")


def test_what_somebody_else_on_duty_leads_stays_with_them(
    home: Home, db: Database, case: Case, consultant: Actor, colleague: Actor
) -> None:
    store.take_over(db, colleague, case.id)
    roster.add_shift(
        db,
        consultant,
        account_id=account(colleague),
        role="desk",
        start=now() - timedelta(hours=1),
        end=now() + timedelta(hours=1),
    )
    page = open_handover(home, consultant)
    assert page.multiselect(key="begin_cases").value == []
    send(page, "Übergabe beginnen")
    assert "keinen offenen Fall zu übergeben" in words(page)
