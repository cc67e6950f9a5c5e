"""The page Quellen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlite_utils import Database

from access.actor import SYSTEM, Actor
from data import Home
from data import now as present
from monitoring import health, store
from monitoring.fetch import Fetched
from monitoring.parse import parse_feed
from monitoring.sources import Listed
from monitoring.store import Poll
from tests.pages import open_page, words
from tests.servers.feeds import Item, rss

PAGE = "monitoring.pages.sources"


def add(db: Database, name: str, word: str | None = None) -> int:
    source = store.add_source(db, SYSTEM, Listed(url=f"https://{len(name)}.example/", name=name))
    if word is not None:
        feed = None
        if word == health.OK:
            feed = parse_feed(rss([Item("<script>Titel</script> Größe", "https://x.example/")]))
        at = present() - timedelta(minutes=10)
        store.record_poll(db, source, Poll(source.id, at, at, Fetched(word, feed=feed), present()))
    return source.id


@pytest.mark.parametrize("language", ["de", "en"])
def test_it_shows_what_is_watched(
    home: Home, db: Database, consultant: Actor, language: str
) -> None:
    add(db, "Gutes Blatt", "ok")
    add(db, "<b>Böses</b> Blatt", "timeout")
    page = open_page(home, consultant, PAGE, language=language)
    assert not page.exception
    said = words(page)
    assert "Gutes Blatt" in said
    assert "&lt;b&gt;Böses&lt;/b&gt; Blatt" in said
    if language == "de":
        assert "Keine Antwort innerhalb der Frist." in said
        assert "1 gestört" in said
        assert "Beobachtung wurde noch nie gestartet" in said


def test_an_empty_desk_says_how_to_begin(home: Home, db: Database, consultant: Actor) -> None:
    page = open_page(home, consultant, PAGE)
    assert "Beginnen Sie mit dem Katalog" in words(page)
    page.button(key="catalogue_at").click().run()
    assert not page.exception
    assert len(store.list_sources(db)) > 50
    assert "übernommen" in words(page)


def test_a_source_is_added(home: Home, db: Database, consultant: Actor) -> None:
    page = open_page(home, consultant, PAGE)
    page.text_input(key="add_source_url").set_value("blatt.example/rss")
    next(button for button in page.button if button.label == "Hinzufügen").click().run()
    assert not page.exception
    assert [source.url for source in store.list_sources(db)] == ["https://blatt.example/rss"]
    assert "wird ab jetzt beobachtet" in words(page).replace("\\", "")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("", "„Adresse des Feeds“ ausfüllen"), ("javascript:alert(1)", "keine abrufbare Adresse"),
     ("https://8.example/", "wird bereits beobachtet")],
)  # fmt: skip
def test_a_bad_address_is_explained(
    home: Home, db: Database, consultant: Actor, typed: str, sentence: str
) -> None:
    add(db, "Bekannte")
    page = open_page(home, consultant, PAGE)
    page.text_input(key="add_source_url").set_value(typed)
    next(button for button in page.button if button.label == "Hinzufügen").click().run()
    assert not page.exception
    assert sentence in words(page)
    assert len(store.list_sources(db)) == 1


def test_a_source_is_changed_and_polled_again(home: Home, db: Database, consultant: Actor) -> None:
    source_id = add(db, "Blatt", "ok")
    db.execute("UPDATE source SET next_poll_at = '2099-01-01T00:00:00Z'")
    page = open_page(home, consultant, PAGE)
    page.selectbox(key="one_source").set_value(source_id).run()
    page.checkbox(key=f"on_{source_id}").uncheck()
    page.selectbox(key=f"reach_{source_id}").set_value("A")
    next(button for button in page.button if button.label == "Speichern").click().run()
    changed = store.source_by_id(db, source_id)
    assert (changed.enabled, changed.reach_class) == (False, "A")
    page.button(key="poll_all").click().run()
    assert store.source_by_id(db, source_id).next_poll_at <= present()
    assert not page.exception
