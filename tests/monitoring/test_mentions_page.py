"""The page Meldungen, run in process as a signed-in person."""

from __future__ import annotations

import html

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access.actor import Actor
from cases import evidence
from cases.store import Case, options
from data import Home
from monitoring import mentions
from tests.pages import open_page, words

HOSTILE = "<script>alert(1)</script> Sauladen **fett** :red[rot]"


def opened(home: Home, actor: Actor, case: Case, language: str = "de") -> AppTest:
    page = open_page(
        home, actor, "monitoring.pages.mentions", query={"fall": case.number}, language=language
    )
    assert [each.value for each in page.exception] == []
    return page


def keep(db: Database, actor: Actor, case: Case, text: str) -> mentions.Mention:
    return mentions.add_manual_mention(
        db, actor, case.id, text=text, source_name="Facebook", idempotency_key=text
    )


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_empty_inbox_says_what_will_appear(
    home: Home, case: Case, consultant: Actor, language: str
) -> None:
    opened(home, consultant, case, language)


def test_text_from_outside_is_shown_and_never_interpreted(
    home: Home, db: Database, case: Case, consultant: Actor
) -> None:
    keep(db, consultant, case, HOSTILE)
    said = words(opened(home, consultant, case))
    assert "<script>" not in said
    assert "&lt;script&gt;" in said
    assert "Sauladen</mark>" in said


def test_capturing_keeps_the_mention_and_its_screenshot(
    home: Home, db: Database, case: Case, consultant: Actor
) -> None:
    page = opened(home, consultant, case)
    form = f"capture_{case.id}"
    page.text_area(key=f"{form}_text").set_value("Die haben meine Daten verloren!")
    page.text_input(key=f"{form}_source").set_value("Facebook")
    page.text_input(key=f"{form}_when").set_value("10.03.2026 10:05")
    page.file_uploader(key=f"{form}_image").set_value(
        ("post.png", b"bytes of a picture", "image/png")
    )
    next(each for each in page.button if each.label == "Erfassen").click()
    page.run()
    (mention,) = mentions.list_mentions(db, case.id)
    (kept,) = evidence.evidence_of(db, case.id)
    assert (mention.attack, mention.evidence_id) == (True, kept.id)
    assert kept.sha256 in html.unescape(words(page))


def test_a_mention_without_words_is_refused_in_one_sentence(
    home: Home, db: Database, case: Case, consultant: Actor
) -> None:
    page = opened(home, consultant, case)
    next(each for each in page.button if each.label == "Erfassen").click()
    page.run()
    assert "Wortlaut" in page.error[0].value
    assert mentions.count_mentions(db, case.id) == 0


def test_a_mention_is_put_into_its_place(
    home: Home, db: Database, case: Case, consultant: Actor
) -> None:
    mention = keep(db, consultant, case, "Sauladen!")
    page = opened(home, consultant, case)
    page.button_group(key=f"state_{mention.id}_new").set_value("attack").run()
    assert mentions.mention_by_id(db, mention.id).state == "attack"


def test_an_alert_is_taken_over(home: Home, db: Database, case: Case, consultant: Actor) -> None:
    keep(db, consultant, case, "Betrüger! Die haben meine Daten verkauft.")
    (alert,) = mentions.open_alerts(db, case.id)
    page = opened(home, consultant, case)
    page.button(key=f"acknowledge_{alert.id}").click().run()
    assert mentions.open_alerts(db, case.id) == []


def test_the_profile_is_saved_as_a_new_version(
    home: Home, db: Database, case: Case, consultant: Actor
) -> None:
    page = opened(home, consultant, case)
    page.text_area(key=f"profile_{case.id}_0_alias").set_value("Aigner Motors\n@aignermotors")
    next(each for each in page.button if each.label.startswith("Speichern")).click()
    page.run()
    profile = mentions.profile_of(db, case.id)
    assert profile.version == 1
    assert profile.names.aliases == ("Aigner Motors", "@aignermotors")


def test_many_mentions_are_paged(home: Home, db: Database, case: Case, consultant: Actor) -> None:
    for number in range(23):
        keep(db, consultant, case, f"Meldung Nummer {number} über den Termin am Montag")
    page = opened(home, consultant, case)
    page.toggle(key=f"mentions_folded_{case.id}").set_value(False).run()
    assert "1 bis 20 von 23" in words(page)
    page.button(key=f"mentions_turn_1_{case.id}").click().run()
    assert "21 bis 23 von 23" in words(page)


def test_a_mention_leads_to_the_ways_against_it_and_stays_one_allegation(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    mention = keep(db, consultant, case, "Sauladen!")
    for _again in range(2):
        page = opened(home, consultant, case)
        page.button(key=f"options_{mention.id}").click().run()
        assert not page.exception
        assert "opened: options" in words(page)
    [attack] = options.attacks_of(db, case.id)
    assert (attack.wording, attack.mention_id) == ("Sauladen!", mention.id)
