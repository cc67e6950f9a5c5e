"""The English catalogue: complete, and true to the German sentences of the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message

from data.i18n import _, ngettext
from tools.catalogue import extracted, missing, stored

SAME_IN_BOTH = frozenset(
    {
        "Administration",
        "Bluesky",
        "Facebook",
        "Instagram",
        "Krisenpult {number}: {word}",
        "Domain",
        "Domains",
        "Fax",
        "HTTP {status}",
        "Hotline",
        "PDF",
        "Portal",
        "Post",
        "SHA-256",
        "Software",
        "System",
        "{at}, {minutes} min",
        "Laptop",
        "LinkedIn",
        "Mastodon",
        "Name",
        "Organisation",
        "PC",
        "Person",
        "Router",
        "Server",
        "Status",
        "Text",
        "Threads",
        "Version {number}",
        "Version {number}, {name}, {at}",
        "Website",
        "X",
    }
)
"""German sentences whose English is the very same text."""
_BRACES = re.compile(r"\{[^}]*\}")


@pytest.fixture(scope="module")
def english() -> Catalog:
    """The catalogue as it is stored."""
    return stored()


@pytest.fixture(scope="module")
def code() -> Catalog:
    """The messages as they stand in the code."""
    return extracted()


def _messages(catalogue: Catalog) -> Iterator[Message]:
    """Every message without the head of the catalogue."""
    return (message for message in catalogue if message.id)


def _pairs(catalogue: Catalog) -> Iterator[tuple[str, str]]:
    """(German, English) for each sentence that has an English text.

    A plural gives one pair for each of its forms.
    """
    for message in _messages(catalogue):
        german, texts = message.id, message.string
        if isinstance(german, str):
            german, texts = (german,), (str(texts),)
        assert isinstance(texts, tuple), f"one text for a plural: {german}"
        yield from (pair for pair in zip(german, texts, strict=True) if pair[1])


def _placeholders(sentence: str) -> set[tuple[str, str | None, str | None]]:
    """(name, format, conversion) of each placeholder of ``sentence``."""
    return {
        (name, layout, conversion)
        for _literal, name, layout, conversion in Formatter().parse(sentence)
        if name is not None
    }


def _edges(sentence: str) -> tuple[str, str]:
    """The white space before and behind ``sentence``."""
    bare = sentence.strip()
    before, _bare, behind = sentence.partition(bare)
    return before, behind


def test_every_message_of_the_code_has_an_english_text(english: Catalog, code: Catalog) -> None:
    assert missing(english, code) == []


def test_nothing_is_left_that_the_code_no_longer_says(english: Catalog, code: Catalog) -> None:
    assert list(english.obsolete) == []
    said = {message.id for message in _messages(code)}
    assert [message.id for message in _messages(english) if message.id not in said] == []


def test_no_text_is_only_a_guess(english: Catalog) -> None:
    assert [message.id for message in _messages(english) if message.fuzzy] == []


def test_every_placeholder_is_kept_and_none_is_added(english: Catalog) -> None:
    changed = [
        (german, text)
        for german, text in _pairs(english)
        if _placeholders(german) != _placeholders(text)
    ]
    assert changed == []


def test_space_around_a_sentence_part_is_kept(english: Catalog) -> None:
    changed = [(german, text) for german, text in _pairs(english) if _edges(german) != _edges(text)]
    assert changed == []


def test_no_german_is_left_standing(english: Catalog) -> None:
    same = {german for german, text in _pairs(english) if german == text}
    with_words = {each for each in same if re.search(r"[^\W\d_]{3}", _BRACES.sub("", each))}
    assert with_words - SAME_IN_BOTH == set()


def test_quotation_marks_are_english(english: Catalog) -> None:
    assert [text for _german, text in _pairs(english) if "„" in text] == []


@pytest.mark.parametrize(
    ("german", "shown"),
    [
        ("Lage", "Situation"),
        ("Fälle", "Cases"),
        ("Meldungen", "Mentions"),
        ("Stellungnahmen", "Statements"),
        ("Leistungen", "Hours"),
        ("Quellen", "Sources"),
        ("Verwaltung", "Administration"),
    ],
)
def test_the_pages_have_their_english_names(german: str, shown: str) -> None:
    assert _(german, "en") == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0 cases"), (1, "1 case"), (2, "2 cases"), (11, "11 cases")]
)
def test_the_english_plural_follows_the_number(number: int, shown: str) -> None:
    form = ngettext("{count} Fall", "{count} Fälle", number, "en")
    assert form.format(count=number) == shown
