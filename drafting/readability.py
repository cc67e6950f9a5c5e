"""How hard a text is to read.

German: Amstad's reading ease (180 - words a sentence - 58.5 x syllables a word) and the first
Wiener Sachtextformel. English: Flesch. Long sentences and passives are named, never forbidden.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drafting.sentences import Sentence

LONG = 20
"""More words than this in a sentence: a hint."""
TOO_LONG = 30
"""More words than this in a sentence: hard to follow."""

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_VOWELS_DE = re.compile(r"aa|ee|oo|äu|au|eu|ei|ai|ie|[aeiouyäöüéèáóí]", re.IGNORECASE)
_VOWELS_EN = re.compile(r"[aeiouy]+", re.IGNORECASE)
_PASSIVE_DE = re.compile(
    r"\b(?:werde[nt]?|wird|wurde[nt]?|worden|würde[nt]?)\b(?:[^,;.!?]*?)\b(?:\w*ge\w{2,}(?:t|en)|\w{3,}iert|(?:ver|be|er|ent|zer)\w{3,}(?:t|en))\b"
    r"|\b(?:\w*ge\w{2,}(?:t|en)|\w{3,}iert|(?:ver|be|er|ent|zer)\w{3,}(?:t|en)) (?:worden|werden|wird|wurde[nt]?)\b",
    re.IGNORECASE,
)
_PASSIVE_EN = re.compile(
    r"\b(?:am|is|are|was|were|be|been|being)\b (?:\w+ly )?\w+(?:ed|en|ght|lt|wn)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Readability:
    """Figures of one text. ``ease``: Amstad (German) or Flesch (English), 0 hard to 100 easy.

    ``wiener`` is the first Wiener Sachtextformel (school years, about 4 to 15), German only.
    ``long_sentences`` are (start, end, words) with more than LONG words. ``passive_share`` is
    the share of sentences with a passive, 0 to 1.
    """

    words: int
    sentences: int
    words_per_sentence: float
    ease: float | None
    wiener: float | None
    long_sentences: tuple[tuple[int, int, int], ...]
    passive_share: float


def syllables(word: str, language: str = "de") -> int:
    """The syllables of ``word`` by its groups of vowels; at least one."""
    if language == "de":
        return max(1, len(_VOWELS_DE.findall(word)))
    groups = len(_VOWELS_EN.findall(word))
    if word.lower().endswith("e") and not word.lower().endswith("le") and groups > 1:
        groups -= 1
    return max(1, groups)


def measure(sentences: Sequence[Sentence], language: str = "de") -> Readability:
    """The figures for a text that is split into ``sentences``."""
    counted = [(sentence, _WORD.findall(sentence.text)) for sentence in sentences]
    counted = [(sentence, words) for sentence, words in counted if words]
    if not counted:
        return Readability(0, 0, 0.0, None, None, (), 0.0)
    words = [word for _, found in counted for word in found]
    lengths = [syllables(word, language) for word in words]
    total = len(words)
    a_sentence = total / len(counted)
    a_word = sum(lengths) / total
    if language == "de":
        ease = 180 - a_sentence - 58.5 * a_word
        wiener: float | None = round(
            0.1935 * 100 * sum(count >= 3 for count in lengths) / total
            + 0.1672 * a_sentence
            + 0.1297 * 100 * sum(len(word) > 6 for word in words) / total
            - 0.0327 * 100 * sum(count == 1 for count in lengths) / total
            - 0.875,
            1,
        )
    else:
        ease = 206.835 - 1.015 * a_sentence - 84.6 * a_word
        wiener = None
    passive = _PASSIVE_DE if language == "de" else _PASSIVE_EN
    return Readability(
        words=total,
        sentences=len(counted),
        words_per_sentence=round(a_sentence, 1),
        ease=round(ease, 1),
        wiener=wiener,
        long_sentences=tuple(
            (sentence.start, sentence.end, len(found))
            for sentence, found in counted
            if len(found) > LONG
        ),
        passive_share=round(
            sum(bool(passive.search(sentence.text)) for sentence, _ in counted) / len(counted), 2
        ),
    )


def to_json(figures: Readability, language: str = "de") -> dict[str, Any]:
    """The figures as the command ``check`` shows them."""
    return {
        "words": figures.words,
        "sentences": figures.sentences,
        "words_per_sentence": figures.words_per_sentence,
        "amstad": figures.ease if language == "de" else None,
        "flesch": figures.ease if language == "en" else None,
        "wiener_sachtextformel_1": figures.wiener,
        "long_sentences": [
            {"start": start, "end": end, "words": words, "hard": words > TOO_LONG}
            for start, end, words in figures.long_sentences
        ],
        "passive_share": figures.passive_share,
    }
