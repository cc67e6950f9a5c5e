"""The names the checks know: people, places, authorities, firms, number plates.

The lists are data (``data/reference/names.toml``); a word that is missing there is judged by
its shape and by whether the German lexicon knows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import simplemma

from data import reference
from drafting.wordlists import word_set

_SURNAME_SHAPE = re.compile(
    r"(?:ić|ovic|ević|evic|ski|cki|oğlu|oglu|inger|mayr|hofer|lechner|egger|gruber|huber|reiter|"
    r"steiner|leitner|berger|maier|meier|meyer|moser|brunner|bacher|hammer|müllner|ová|dottir|"
    r"escu|yan|idis|dze)$",
    re.IGNORECASE,
)
_FIRM_SHAPE = re.compile(
    r"(?:werkstatt|werkstätte|haus|hof|handel|bau|betrieb|erei|center|markt|club|klub|verein|"
    r"salon|studio|praxis|kanzlei|apotheke|technik|service|straße|strasse|gasse|platz|weg|allee|"
    r"ring|brücke|park|schule|spital|klinik|heim|bahn|preis|gesellschaft|gruppe|stiftung)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Names:
    """The lists of the reference file, as sets."""

    given: frozenset[str]
    ambiguous_given: frozenset[str]
    surnames: frozenset[str]
    ambiguous_surnames: frozenset[str]
    places: frozenset[str]
    long_places: tuple[str, ...]
    strong_cues: frozenset[str]
    titles: frozenset[str]
    functions: frozenset[str]
    weak_cues: frozenset[str]
    greetings: frozenset[str]
    firm_before: frozenset[str]
    firm_after: frozenset[str]
    plates: frozenset[str]


@cache
def names() -> Names:
    """The gazetteer, read once."""
    table: dict[str, Any] = reference.load("names")
    cue, lists = table["cue"], table["list"]
    return Names(
        given=word_set(lists["given"]),
        ambiguous_given=word_set(lists["ambiguous_given"]),
        surnames=word_set(lists["surnames"]),
        ambiguous_surnames=word_set(lists["ambiguous_surnames"]),
        places=word_set(lists["places"]),
        long_places=tuple(sorted(lists["places_of_several_words"], key=len, reverse=True)),
        strong_cues=word_set(cue["strong"]),
        titles=word_set(cue["titles"]),
        functions=word_set(cue["functions"]),
        weak_cues=word_set(cue["weak"]),
        greetings=word_set(cue["greeting"]),
        firm_before=word_set(table["firm"]["before"]),
        firm_after=word_set(table["firm"]["after"]),
        plates=word_set(table["plates"]["austria"]),
    )


@cache
def authorities() -> dict[str, tuple[str, ...]]:
    """Each authority or body with the words it is recognised by."""
    table: dict[str, list[str]] = reference.load("names")["authorities"]
    return {name: tuple(words) for name, words in table.items()}


@lru_cache(maxsize=20_000)
def in_lexicon(word: str) -> bool:
    """Whether the German lexicon knows ``word``. It also knows some common names."""
    return bool(simplemma.is_known(word, lang="de"))


def _base_forms(word: str) -> tuple[str, ...]:
    """``word`` and, where it may be a genitive, the word without its ending."""
    if len(word) > 4 and word.endswith("s") and not word.endswith("ss"):
        return (word, word[:-1])
    return (word,)


@lru_cache(maxsize=20_000)
def is_given_name(word: str) -> bool:
    """Whether ``word`` is a given name and no everyday word. Hyphenated names count."""
    given = names().given
    if any(form in given for form in _base_forms(word)):
        return True
    parts = word.split("-")
    known = given | names().ambiguous_given
    return len(parts) == 2 and all(part in known for part in parts)


def may_be_given_name(word: str) -> bool:
    """As :func:`is_given_name`, everyday words such as „Rosa“ included."""
    return is_given_name(word) or word in names().ambiguous_given


@lru_cache(maxsize=20_000)
def is_surname(word: str) -> bool:
    """Whether ``word`` is a surname and no everyday word, by list or by its shape."""
    lists = names()
    if any(form in lists.surnames for form in _base_forms(word)):
        return True
    parts = word.split("-")
    if len(parts) > 1:
        return (
            not _FIRM_SHAPE.search(word)
            and all(
                part in lists.surnames
                or part in lists.ambiguous_surnames
                or (part[:1].isupper() and len(part) > 2 and not in_lexicon(part))
                for part in parts
            )
            and any(part in lists.surnames for part in parts)
        )
    return bool(_SURNAME_SHAPE.search(word)) and len(word) > 5 and not in_lexicon(word)


def may_be_surname(word: str) -> bool:
    """As :func:`is_surname`, everyday words such as „Koch“ and unknown words included."""
    lists = names()
    if is_surname(word) or any(form in lists.ambiguous_surnames for form in _base_forms(word)):
        return True
    return not in_lexicon(word) and not _FIRM_SHAPE.search(word)


def is_place(word: str) -> bool:
    """Whether ``word`` is the name of a place, in one word."""
    return any(form in names().places for form in _base_forms(word))


def is_firm_word(word: str) -> bool:
    """Whether a name beside ``word`` names a firm or a street."""
    return (
        word in names().firm_before or word in names().firm_after or bool(_FIRM_SHAPE.search(word))
    )
