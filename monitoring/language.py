"""Which language a text is in: German, English, or another one.

Function words decide, because even ten words of German hold three of them. A text too short
for any falls back on letters that only German writes, and then on German: the desk is Austrian.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

from data import reference
from monitoring.words import fold

Language = Literal["de", "en", "other"]

_GERMAN_LETTERS = frozenset("äöüÄÖÜß")
_GERMAN_PARTS = ("sch", "ung", "cht", "tz", "eit", "ck", "pf", "zw")
_FOREIGN_LETTERS = frozenset("čćšžđłńśźżąęěřůøåãõñçğışţțáíóúýèàùìîêâôű")
_OWN_MARGIN = 1.2


@cache
def _words() -> dict[str, dict[str, float]]:
    """For each function word the languages it speaks for; shared words count less."""
    lists: dict[str, list[str]] = reference.load("phrases")["language"]
    weights: dict[str, dict[str, float]] = {}
    for language, words in lists.items():
        for word in words:
            weights.setdefault(fold(word), {})[language] = 1.0
    for shared in weights.values():
        if len(shared) > 1:
            for language in shared:
                shared[language] = 0.4
    return weights


def detect(text: str, words: Sequence[str]) -> Language:
    """The language of ``text``, whose folded words are ``words``."""
    if _other_script(text):
        return "other"
    points = {"de": 0.0, "en": 0.0, "other": 0.0}
    known = _words()
    for word in words:
        for language, weight in known.get(word, {}).items():
            points[language] += weight
    points["de"] += 0.7 * sum(sign in _GERMAN_LETTERS for sign in text)
    points["other"] += 1.0 * sum(sign in _FOREIGN_LETTERS for sign in text.lower())
    if max(points.values()) == 0.0:
        return _guess_from_letters(words)
    if points["other"] > _OWN_MARGIN * max(points["de"], points["en"]):
        return "other"
    return "en" if points["en"] > points["de"] else "de"


def _other_script(text: str) -> bool:
    letters = [sign for sign in text if sign.isalpha()]
    foreign = sum(ord(sign) > 0x24F and not 0x1E00 <= ord(sign) <= 0x1EFF for sign in letters)
    return foreign * 2 > len(letters) > 0


def _guess_from_letters(words: Sequence[str]) -> Language:
    german = sum(part in word for word in words for part in _GERMAN_PARTS)
    english = sum(part in word for word in words for part in ("th", "wh", "tion", "ly", "oo", "ee"))
    return "en" if english > german else "de"
