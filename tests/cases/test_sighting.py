"""There, gone, or not seen: what an answer says about a page."""

from __future__ import annotations

import pytest

from cases import sighting
from cases.page_text import PageText
from cases.sighting import Sighting

LONG = "Ein Bericht. " * 200


@pytest.mark.parametrize(
    ("status", "url", "title", "text", "seen"),
    [
        (200, "https://blatt.example/1", "Artikel", LONG, Sighting("there")),
        (200, "https://blatt.example/1", "", "Sauladen!", Sighting("there")),
        (404, "https://blatt.example/1", "", "", Sighting("gone", "http_404")),
        (410, "https://blatt.example/1", "", LONG, Sighting("gone", "http_410")),
        (451, "https://blatt.example/1", "", "", Sighting("hidden", "http_451")),
        (401, "https://blatt.example/1", "", "", Sighting("hidden", "login_wall")),
        (403, "https://blatt.example/1", "", "", Sighting("hidden", "bot_wall")),
        (429, "https://blatt.example/1", "", "", Sighting("hidden", "bot_wall")),
        (500, "https://blatt.example/1", "", LONG, Sighting("hidden", "server_error")),
        (503, "https://blatt.example/1", "Just a moment...", "", Sighting("hidden", "bot_wall")),
        (200, "https://www.facebook.com/x/posts/1", "Facebook", "Dieser Inhalt ist momentan nicht verfügbar",
         Sighting("gone", "platform")),
        (200, "https://facebook.com.evil.example/1", "", "Dieser Inhalt ist momentan nicht verfügbar",
         Sighting("there")),
        (200, "https://blatt.example/1", "", f"{LONG} Video nicht verfügbar {LONG}", Sighting("there")),
        (200, "https://www.youtube.com/watch", "", "Video nicht verfügbar", Sighting("gone", "platform")),
        (200, "https://www.youtube.com/watch", "", f"{LONG} Video nicht verfügbar", Sighting("there")),
        (200, "https://www.facebook.com/login/?next=x", "", LONG, Sighting("hidden", "login_wall")),
        (200, "https://www.linkedin.com/authwall?x", "", LONG, Sighting("hidden", "login_wall")),
        (200, "https://blatt.example/login", "", LONG, Sighting("there")),
        (200, "https://consent.google.com/m?continue=x", "", LONG, Sighting("hidden", "consent_wall")),
        (200, "https://blatt.example/1", "", "Zustimmen und weiterlesen oder Pur-Abo",
         Sighting("hidden", "consent_wall")),
        (200, "https://blatt.example/1", "Seite nicht gefunden", "", Sighting("gone", "platform")),
        (404, "https://blatt.example/1", "Just a moment...", "", Sighting("hidden", "bot_wall")),
        (200, "https://blatt.example/1", "", "VERIFY YOU ARE HUMAN", Sighting("hidden", "bot_wall")),
    ],
)  # fmt: skip
def test_an_answer_is_read(status: int, url: str, title: str, text: str, seen: Sighting) -> None:
    assert sighting.judge(status, url, PageText(title, text)) == seen


@pytest.mark.parametrize(
    ("shown", "digest", "known", "was_gone", "state"),
    [
        ("there", "a", "", False, "captured"),
        ("there", "a", "a", False, "unchanged"),
        ("there", "b", "a", False, "changed"),
        ("there", "a", "a", True, "captured"),
        ("gone", "", "a", False, "disappeared"),
        ("gone", "", "", False, "disappeared"),
        ("hidden", "", "a", False, "not_fetched"),
        ("hidden", "", "a", True, "not_fetched"),
    ],
)
def test_the_state_of_a_page_over_time(
    shown: sighting.Shown, digest: str, known: str, was_gone: bool, state: str
) -> None:
    assert sighting.state_of(shown, digest, known, was_gone) == state


def test_a_page_without_words_is_compared_by_its_bytes() -> None:
    empty = PageText("", "")
    assert sighting.text_digest(empty, b"a") != sighting.text_digest(empty, b"b")
    words = PageText("", "gleich")
    assert sighting.text_digest(words, b"a") == sighting.text_digest(words, b"b")
