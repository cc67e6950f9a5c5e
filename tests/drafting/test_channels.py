"""How long a text is on each channel."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import InputError
from drafting import channels
from drafting.channels import count, weighted_length

FAMILY = "👨‍👩‍👧‍👦"

WEIGHTED = {
    "plain": ("Wir prüfen das.", 15),
    "umlauts and german quotes count one": ("„äöüß“–’", 8),
    "euro, ellipsis, bullet, arrow count two": ("€…•→✓", 10),
    "combining accent is composed first": ("A\u0301B", 2),
    "hebrew presentation form falls apart": ("A\ufb2c", 4),
    "link with scheme": ("Hi http://test.co", 26),
    "long link": ("https://www.example.com/" + "a" * 200, 23),
    "bare domain": ("example.at", 23),
    "bare domain in a sentence": ("Mehr auf example.at.", 9 + 23 + 1),
    "several links": ("Test https://test.com test https://test.com test.com test", 86),
    "mail address is no link": ("info@firma.at", 13),
    "mail address with a dotted name is no link": ("max.muster@firma.at", 19),
    "unknown ending is no link": ("datei.xyzabc", 12),
    "version is no link": ("Version 10.2.1", 14),
    "label of 64 signs is no domain": ("a" * 64 + ".com", 68),
    "japanese host too long in punycode": (
        "あいうえおかきくけこ" * 12 + " http://" + "あいうえおかきくけこ" * 5 + "あいう.com",
        358,
    ),
    "japanese host that fits": (
        "あいうえおかきくけこ" * 12 + " http://" + "あいうえおかきくけこ" * 5 + "あい.com",
        264,
    ),
    "ascii domain behind japanese": ("こんにちはexample.at", 33),
    "cjk counts two": ("故人西辞", 8),
    "emoji": ("😷👾😡🔥💩", 10),
    "family is one emoji": (f"H🐱☺{FAMILY}", 7),
    "skin tone and profession": ("🙋🏽👨‍🎤", 4),
    "flags": ("🇦🇹🇩🇪", 4),
    "keycap": ("1️⃣", 2),
    "heart with emoji style": ("❤️", 2),
    "copyright sign is text": ("©", 1),
    "line break": ("a\nb", 3),
    "punctuation spaces": ("\u2000\u200a\u200d‐–—‗‘’“”„‟′‷", 15),
    "direction mark counts two": ("a\u200eb", 4),
}


@pytest.mark.parametrize(("text", "expected"), WEIGHTED.values(), ids=list(WEIGHTED))
def test_x_counts_weighted_signs(text: str, expected: int) -> None:
    assert weighted_length(text) == expected


CASES: dict[str, tuple[str, str, int, int | None, str, bool]] = {
    "x fits": ("x", "a" * 280, 280, 280, "weighted", True),
    "x too long by one": ("x", "a" * 281, 281, 280, "weighted", False),
    "mastodon link counts 23": ("mastodon", "Siehe https://example.org/" + "a" * 90, 29, 500, "characters", True),
    "mastodon remote mention": ("mastodon", "@anna@mastodon.social danke", 11, 500, "characters", True),
    "mastodon counts what one sees": ("mastodon", FAMILY, 1, 500, "characters", True),
    "bluesky counts graphemes": ("bluesky", FAMILY * 3, 3, 300, "graphemes", True),
    "bluesky too many bytes": ("bluesky", FAMILY * 150, 150, 300, "graphemes", False),
    "bluesky too many graphemes": ("bluesky", "a" * 301, 301, 300, "graphemes", False),
    "linkedin counts utf-16": ("linkedin", "😀" * 3, 6, 3000, "utf16_units", True),
    "facebook counts code points": ("facebook", "😀" * 3, 3, 63206, "characters", True),
    "google counts bytes": ("google_review", "ä" * 2048, 4096, 4096, "bytes", True),
    "google one umlaut too many": ("google_review", "ä" * 2049, 4098, 4096, "bytes", False),
    "press": ("press", "a" * 3001, 3001, 3000, "characters", False),
    "letter without limit": ("partner_letter", "a" * 90000, 90000, None, "characters", True),
    "direct message": ("direct_message", "Hallo", 5, None, "characters", True),
    "threads": ("threads", "a" * 501, 501, 500, "characters", False),
}  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "text", "number", "limit", "unit", "fits"), CASES.values(), ids=list(CASES)
)
def test_each_channel_counts_in_its_own_way(
    channel: str, text: str, number: int, limit: int | None, unit: str, fits: bool
) -> None:
    length = count(text, channel)
    assert (length.count, length.limit, length.unit, length.fits) == (number, limit, unit, fits)


def test_every_channel_of_the_contract_exists() -> None:
    wanted = (
        "press partner_letter customer_letter employee_note web x mastodon bluesky linkedin facebook "
        "google_review direct_message"
    )
    assert set(wanted.split()) <= set(channels.channels())


def test_a_line_keeps_its_id() -> None:
    line = {"id": 7, "text": "Hallo", "channel": "x"}
    assert channels.run(line) == {
        "id": 7,
        "count": 5,
        "limit": 280,
        "unit": "weighted",
        "fits": True,
    }


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"id": "1", "text": "a", "channel": "myspace"}, "channel"),
        ({"id": "1", "text": "a"}, "channel"),
        ({"id": "1", "channel": "x"}, "text"),
        ({"id": "1", "text": 5, "channel": "x"}, "text"),
        (["x"], "input"),
    ],
    ids=["unknown channel", "no channel", "no text", "text is a number", "no object"],
)
def test_wrong_input_names_its_field(line: Any, field: str) -> None:
    with pytest.raises(InputError) as refused:
        channels.run(line)
    assert refused.value.field == field


@given(st.text(max_size=80))
def test_any_text_can_be_counted_everywhere(text: str) -> None:
    for name in channels.channels():
        length = count(text, name)
        assert length.count >= 0
        assert length.fits or length.limit is not None


@given(st.text(alphabet="abcäöüß „“–€😀\n", max_size=60), st.text(alphabet="abc €", max_size=20))
def test_a_longer_text_never_counts_less_on_google(first: str, second: str) -> None:
    assert count(first + second, "google_review").count >= count(first, "google_review").count
