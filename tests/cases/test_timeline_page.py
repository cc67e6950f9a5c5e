"""The page of the timeline, run in process."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access.actor import Actor
from cases import store
from cases.store import Case
from data import Home, now, transaction
from data.times import local
from tests.pages import open_page, words


def page_of(home: Home, actor: Actor, case: Case, language: str = "de", **query: str) -> AppTest:
    return open_page(
        home,
        actor,
        "cases.pages.timeline",
        "show",
        {"fall": case.number, **query},
        language=language,
    )


def tell(db: Database, actor: Actor, case: Case, text: str, minutes: int = 0, **more: int) -> int:
    return store.add_timeline_entry(
        db,
        actor,
        case.id,
        happened_at=now() - timedelta(minutes=minutes),
        kind="note",
        text=text,
        **more,
    )


def send(page: AppTest, label: str) -> AppTest:
    [button] = [each for each in page.button if each.label == label]
    return button.click().run()


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_stands_in_both_languages(
    home: Home, consultant: Actor, case: Case, language: str
) -> None:
    page = page_of(home, consultant, case, language)
    assert not page.exception
    assert "IT-2026-0001" in words(page)


def test_both_times_where_they_differ(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    tell(db, consultant, case, "eben geschehen", minutes=1)
    soon = words(page_of(home, consultant, case)).split("eben geschehen")[1].split("</li>")[0]
    assert "eingetragen" not in soon
    tell(db, consultant, case, "früher geschehen", minutes=90)
    later = words(page_of(home, consultant, case)).split("früher geschehen")[1].split("</li>")[0]
    assert "eingetragen" in later


def test_an_entry_with_the_time_of_the_event(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = page_of(home, consultant, case)
    page.text_input(key=f"timeline_at_{case.id}").set_value("10.3.2026 9:12")
    page.text_area(key=f"timeline_new_{case.id}").set_value("Bildschirme <i>schwarz</i>")
    page = send(page, "Eintragen")
    assert not page.exception
    assert "&lt;i&gt;schwarz" in words(page)
    [entry] = [each for each in store.timeline_of(db, case.id) if each.kind == "note"]
    assert local(entry.happened_at).strftime("%H:%M") == "09:12"
    assert page.text_area(key=f"timeline_new_{case.id}").value == ""


def test_a_wrong_time_keeps_the_text(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = page_of(home, consultant, case)
    page.text_input(key=f"timeline_at_{case.id}").set_value("neulich")
    page.text_area(key=f"timeline_new_{case.id}").set_value("Anruf")
    page = send(page, "Eintragen")
    assert "neulich" in " ".join(str(each.value) for each in page.error)
    assert page.text_area(key=f"timeline_new_{case.id}").value == "Anruf"


def test_a_correction_strikes_the_old_entry_and_links_both(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    old = tell(db, consultant, case, "drei Postings gelöscht")
    page = page_of(home, consultant, case)
    page = page.selectbox(key=f"timeline_correct_{case.id}").set_value(old).run()
    page.text_area(key=f"timeline_correct_text_{old}").set_value("zwei Postings gelöscht")
    page = send(page, "Berichtigung eintragen")
    assert not page.exception
    [new] = [each for each in store.timeline_of(db, case.id) if each.corrects_id == old]
    said = words(page)
    assert "<s><p>drei Postings gelöscht</p></s>" in said
    assert f"eintrag={new.id}" in said
    assert f"eintrag={old}" in said


def test_search_and_kind_and_period(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    tell(db, consultant, case, "Übergabe an die Kollegin")
    page = page_of(home, consultant, case)
    page = page.text_input(key=f"timeline_text_{case.id}").set_value("übergabe").run()
    assert "Übergabe an die Kollegin" in words(page)
    assert "IT-2026-0001" not in words(page)
    page = page.text_input(key=f"timeline_text_{case.id}").set_value("").run()
    page = page.multiselect(key=f"timeline_kinds_{case.id}").set_value(["incident"]).run()
    assert "Übergabe an die Kollegin" not in words(page)
    page = page.multiselect(key=f"timeline_kinds_{case.id}").set_value([]).run()
    page = page.text_input(key=f"timeline_until_{case.id}").set_value("10.03.2026").run()
    assert "Übergabe an die Kollegin" not in words(page)
    assert "IT-2026-0001" in words(page)
    page = page.text_input(key=f"timeline_until_{case.id}").set_value("morgen").run()
    assert "morgen" in " ".join(str(each.value) for each in page.error)
    page = page.text_input(key=f"timeline_until_{case.id}").set_value("").run()
    assert "Übergabe an die Kollegin" in words(page)


def test_fifty_a_page_and_a_link_opens_the_page_of_its_entry(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    with transaction(db):
        ids = [tell(db, consultant, case, f"Nummer {number}.", number) for number in range(120)]
    page = page_of(home, consultant, case)
    assert words(page).count("<li id=") == 50
    assert "Nummer 0." in words(page)
    page = page.button(key="timeline_to_:material/chevron_right:").click().run()
    assert "Nummer 50." in words(page)
    assert "Nummer 0." not in words(page)
    linked = page_of(home, consultant, case, eintrag=str(ids[110]))
    assert "Nummer 110." in words(linked)
    assert f'<li id="eintrag-{ids[110]}" class="found">' in words(linked)
    page = linked.button(key="timeline_to_:material/chevron_left:").click().run()
    assert "Nummer 60." in words(page)


@pytest.mark.parametrize("number", ["99999", "abc", "-1", "²", "9" * 30])
def test_a_wrong_entry_in_the_link_is_said(
    home: Home, consultant: Actor, case: Case, number: str
) -> None:
    page = page_of(home, consultant, case, eintrag=number)
    assert not page.exception
    assert page.warning
    assert "IT-2026-0001" in words(page)


def test_a_period_that_cannot_be_read_is_said_once(
    home: Home, consultant: Actor, case: Case
) -> None:
    page = page_of(home, consultant, case)
    page = page.text_input(key=f"timeline_since_{case.id}").set_value("gestern").run()
    assert [each.value for each in page.error] == [
        "„gestern“ ist kein Datum\\. Bitte in der Form TT\\.MM\\.JJJJ, zum Beispiel 10\\.03\\.2026\\."
    ]
