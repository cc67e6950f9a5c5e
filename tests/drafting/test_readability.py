"""Figures that say how hard a text is."""

from __future__ import annotations

import pytest

from drafting.readability import measure, syllables, to_json
from drafting.sentences import split

SYLLABLES = {
    "aber": 2, "oder": 2, "über": 2, "Idee": 2, "Werkstatt": 2, "Bildschirme": 3, "Leute": 2, "Bäume": 2,
    "Unannehmlichkeiten": 6, "Haus": 1, "wir": 1, "Kunde": 2, "Information": 5, "und": 1,
}  # fmt: skip


@pytest.mark.parametrize(("word", "expected"), SYLLABLES.items(), ids=list(SYLLABLES))
def test_syllables_are_counted_by_vowels(word: str, expected: int) -> None:
    assert syllables(word) == expected


def test_amstad_follows_its_formula() -> None:
    text = "Wir prüfen das. Der Kunde wartet."
    figures = measure(split(text))
    words, sentences, counted = 6, 2, 1 + 2 + 1 + 1 + 2 + 2
    assert figures.ease == pytest.approx(180 - words / sentences - 58.5 * counted / words, abs=0.05)


def test_wiener_sachtextformel_follows_its_formula() -> None:
    text = "Die Kundenverwaltung ist heute nicht erreichbar."
    figures = measure(split(text))
    long_words, three, one = 2 / 6, 2 / 6, 3 / 6
    expected = (
        0.1935 * 100 * three + 0.1672 * 6 + 0.1297 * 100 * long_words - 0.0327 * 100 * one - 0.875
    )
    assert figures.wiener == pytest.approx(expected, abs=0.06)


def test_long_sentences_are_named_with_their_place() -> None:
    long = " ".join(["Wort"] * 31) + "."
    figures = measure(split("Kurz. " + long))
    assert figures.long_sentences == ((6, 6 + len(long), 31),)
    assert to_json(figures)["long_sentences"][0]["hard"] is True


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("Der Server wurde abgeschaltet. Wir prüfen das.", 0.5),
        ("Wir werden Sie informieren.", 0.0),
        ("Die Kunden sind informiert worden.", 1.0),
    ],
    ids=["one of two", "future is no passive", "perfect"],
)
def test_passives_are_a_share(text: str, share: float) -> None:
    assert measure(split(text)).passive_share == share


def test_english_has_flesch_and_no_german_figures() -> None:
    shown = to_json(measure(split("We are checking this. Please wait."), "en"), "en")
    assert shown["flesch"] is not None
    assert shown["amstad"] is None
    assert shown["wiener_sachtextformel_1"] is None


def test_an_empty_text_has_no_figures() -> None:
    assert to_json(measure([]))["amstad"] is None
