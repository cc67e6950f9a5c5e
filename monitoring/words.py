"""Reading a text: words with their places, and which of the lists and cues they belong to.

The lists are data (``data/reference/phrases.toml``). A word is looked up once and remembered,
so that a text costs one dictionary look-up per word; cues are only tried where their rarest
word occurs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import spacy

from data import reference

_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "æ": "ae", "’": "'", "`": "'", "´": "'"}
)
_SENTENCE_ENDS = frozenset({".", "!", "?", "…", "...", "..", ";", "!!", "!!!", "??", "?!", "!?"})
_INNER_HYPHEN = re.compile(r"[-–/_=+]")
_KEEP_WHOLE = re.compile(
    r"@|://|^www\.|^[\d.,:/–-]+$|\.(at|com|net|org|de|eu|info|shop|wien|tirol)\b"
)
_ALTERNATIVE = re.compile(r"<[^>]+>|[^|]+")
_ENDLESS_RUN = re.compile(r"\S{400}")
_SHORT_RUN = re.compile(r"\S{1,100}|\s+")
_REMEMBERED_WORDS = 200_000
_SHORT_GAP = 2
_LONG_GAP = 6
_TOGETHER = 10


def fold(text: str) -> str:
    """Lower case, umlauts and ß written out, other accents gone: "Müller" is "mueller"."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    written_out = lowered.translate(_UMLAUTS)
    if written_out.isascii():
        return written_out
    parts = unicodedata.normalize("NFKD", written_out)
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


@cache
def _tokenizer() -> Any:
    return spacy.blank("de").tokenizer


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as parallel lists: the folded words, their code point offsets, their sentence.

    ``ends_with`` gives for each sentence the sign that closes it ("" at the end of the text).
    """

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    sentences: list[int]
    ends_with: list[str]

    def raw(self, index: int) -> str:
        """The word as it stands in the text."""
        return self.text[self.starts[index] : self.ends[index]]


_folded: dict[str, str] = {}


def _fold_word(word: str) -> str:
    known = _folded.get(word)
    if known is None:
        if len(_folded) > _REMEMBERED_WORDS:
            _folded.clear()
        known = fold(word)
        if len(known) > 1:
            known = known.rstrip(".") or known
        _folded[word] = known
    return known


def read(text: str) -> Reading:
    """Split ``text`` into words. A hyphen and a slash split a word, except in addresses."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    sentences: list[int] = []
    ends_with: list[str] = []
    sentence = 0
    for raw, start in _tokens(text):
        if raw.isspace():
            if "\n" in raw and words and sentences[-1] == sentence:
                sentence += 1
                ends_with.append("\n")
            continue
        for piece, offset in _pieces(raw):
            words.append(_fold_word(piece))
            starts.append(start + offset)
            ends.append(start + offset + len(piece))
            sentences.append(sentence)
        if raw in _SENTENCE_ENDS and not text[start + len(raw) : start + len(raw) + 1].isalnum():
            sentence += 1
            ends_with.append(raw)
    ends_with.append("")
    return Reading(text, words, starts, ends, sentences, ends_with)


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """spaCy's tokens with their offsets.

    The tokenizer takes a sign off an unbroken run and looks at the rest again, which is
    quadratic: a run that no person writes is cut before.
    """
    if not _ENDLESS_RUN.search(text):
        for token in _tokenizer()(text):
            yield token.text, token.idx
        return
    for run in _SHORT_RUN.finditer(text):
        for token in _tokenizer()(run.group()):
            yield token.text, run.start() + token.idx


def _pieces(raw: str) -> Iterator[tuple[str, int]]:
    if raw.isalpha() or len(raw) == 1 or not _INNER_HYPHEN.search(raw) or _KEEP_WHOLE.search(raw):
        yield raw, 0
        return
    offset = 0
    for piece in _INNER_HYPHEN.split(raw):
        if piece:
            yield piece, offset
        offset += len(piece) + 1


@dataclass(frozen=True, slots=True)
class Cue:
    """What a pattern means once it is found. The words are those of ``phrases.toml``."""

    code: str
    kind: str
    attack: float
    polarity: float
    role: str | None
    topic: str | None
    own_negation: bool
    yields: bool
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    cue: Cue
    elements: tuple[int, ...]
    gaps: tuple[int, ...]
    unordered: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue at a place: the indexes of its words, ascending."""

    cue: Cue
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A reading with the places of each list name (str) and pattern element (int)."""

    reading: Reading
    places: Mapping[str | int, list[int]]

    def at(self, name: str) -> list[int]:
        """Where words of the list ``name`` stand."""
        return self.places.get(name, [])

    def near(self, name: str, first: int, last: int) -> bool:
        """Whether a word of the list stands between two indexes, both included."""
        return any(first <= place <= last for place in self.at(name))


class Lexicon:
    """The lists and cues of ``phrases.toml``, compiled."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Takes the parsed file. Raises ValueError where a pattern names an unknown list."""
        self.gravity: dict[str, float] = dict(data["gravity"])
        self._exact: dict[str, set[str | int]] = defaultdict(set)
        self._prefix: dict[str, set[str | int]] = defaultdict(set)
        self._suffix: dict[str, set[str | int]] = defaultdict(set)
        self._infix: dict[str, set[str | int]] = defaultdict(set)
        self._known: dict[str, tuple[str | int, ...]] = {}
        self._lists: dict[str, list[str]] = dict(data["words"])
        for name, words in self._lists.items():
            self._add(words, name)
        for group in ("polarity", "topics", "trades"):
            for name, words in data[group].items():
                self._add(words, f"{group}:{name}")
        self._elements: dict[str, int] = {}
        self._by_anchor: dict[int, list[_Pattern]] = defaultdict(list)
        for raw in data["cue"]:
            cue = _cue(raw)
            for pattern in raw["patterns"]:
                self._compile(cue, pattern)

    def _add(self, words: Iterable[str], tag: str | int) -> None:
        for word in words:
            bare = fold(word.strip("*"))
            if not bare or " " in bare:
                raise ValueError(f"a list holds single words: {word!r}")
            match (word.startswith("*"), word.endswith("*")):
                case (False, False):
                    self._exact[bare].add(tag)
                case (False, True):
                    self._prefix[bare].add(tag)
                case (True, False):
                    self._suffix[bare].add(tag)
                case _:
                    self._infix[bare].add(tag)

    def _element(self, written: str) -> int:
        known = self._elements.get(written)
        if known is not None:
            return known
        number = len(self._elements)
        self._elements[written] = number
        for alternative in _ALTERNATIVE.findall(written):
            if not alternative.startswith("<"):
                self._add([alternative], number)
                continue
            for name in alternative.strip("<>").split("|"):
                if name not in self._lists:
                    raise ValueError(f"unknown list in a pattern: {written}")
                self._add(self._lists[name], number)
        return number

    def _compile(self, cue: Cue, pattern: str) -> None:
        elements: list[int] = []
        gaps: list[int] = []
        gap = 0
        unordered = False
        written: list[str] = []
        for part in pattern.split():
            if part == "..":
                gap = _SHORT_GAP
            elif part == "...":
                gap = _LONG_GAP
            elif part == "&":
                unordered = True
            else:
                elements.append(self._element(part))
                written.append(part)
                gaps.append(gap)
                gap = 0
        anchor = elements[_rarest(written)]
        self._by_anchor[anchor].append(_Pattern(cue, tuple(elements), tuple(gaps), unordered))

    def tags(self, word: str) -> tuple[str | int, ...]:
        """The lists and pattern elements a folded word belongs to."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) > _REMEMBERED_WORDS:
                self._known.clear()
            known = self._known[word] = tuple(self._look_up(word))
        return known

    def _look_up(self, word: str) -> set[str | int]:
        found = set(self._exact.get(word, ()))
        for cut in range(2, len(word) + 1):
            found.update(self._prefix.get(word[:cut], ()))
        for cut in range(len(word) - 1):
            found.update(self._suffix.get(word[cut:], ()))
        for part, tags in self._infix.items():
            if part in word:
                found.update(tags)
        return found

    def tag(self, reading: Reading) -> Tagged:
        """Look every word up."""
        places: dict[str | int, list[int]] = {}
        for index, word in enumerate(reading.words):
            for tag in self.tags(word):
                places.setdefault(tag, []).append(index)
        return Tagged(reading, places)

    def cues(self, tagged: Tagged) -> list[Hit]:
        """All cues of the text, in the order of their first word; one per cue and place."""
        found: dict[tuple[str, int], Hit] = {}
        for tag in tagged.places:
            if not isinstance(tag, int):
                continue
            for pattern in self._by_anchor.get(tag, ()):
                for words in _find(pattern, tagged):
                    hit = Hit(pattern.cue, words)
                    key = (pattern.cue.code, words[-1])
                    known = found.get(key)
                    if known is None or _stronger(hit, known):
                        found[key] = hit
        return sorted(_widest(found.values()), key=lambda hit: hit.words)


def _widest(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Without the hits whose words are all part of another hit of the same code."""
    every = [(hit, frozenset(hit.words)) for hit in hits]
    for hit, words in every:
        if not any(words < others and other.cue.code == hit.cue.code for other, others in every):
            yield hit


def _stronger(new: Hit, old: Hit) -> bool:
    return (new.cue.attack, len(new.words), new.words) > (
        old.cue.attack,
        len(old.words),
        old.words,
    )


def _cue(raw: Mapping[str, Any]) -> Cue:
    return Cue(
        code=raw["code"],
        kind=raw.get("kind", ""),
        attack=raw.get("attack", 0.0),
        polarity=raw.get("polarity", 0.0),
        role=raw.get("role"),
        topic=raw.get("topic"),
        own_negation=raw.get("negation") == "own",
        yields=raw.get("yields", False),
        needs=tuple(raw.get("needs", ())),
    )


def _rarest(written: Sequence[str]) -> int:
    """The element to look for first: its shortest word is the longest, so it is rare."""
    lengths = [
        4 if each.startswith("<") else min(len(word) for word in each.split("|"))
        for each in written
    ]
    return max(range(len(lengths)), key=lengths.__getitem__)


def _find(pattern: _Pattern, tagged: Tagged) -> Iterator[tuple[int, ...]]:
    places = [tagged.places.get(element) for element in pattern.elements]
    if any(place is None for place in places):
        return
    lists = [place for place in places if place is not None]
    sentences = tagged.reading.sentences
    for first in lists[0]:
        words = (
            _together(first, lists, sentences)
            if pattern.unordered
            else _in_order(first, lists, pattern.gaps, sentences)
        )
        if words:
            yield words


def _in_order(
    first: int, lists: Sequence[list[int]], gaps: Sequence[int], sentences: Sequence[int]
) -> tuple[int, ...] | None:
    """The nearest chain of words that starts at ``first`` and keeps the gaps."""
    chains: list[tuple[int, ...]] = [(first,)]
    for places, gap in zip(lists[1:], gaps[1:], strict=True):
        chains = [
            (*chain, place)
            for chain in chains
            for place in places
            if chain[-1] < place <= chain[-1] + gap + 1 and sentences[place] == sentences[first]
        ]
        if not chains:
            return None
    return min(chains, key=lambda chain: chain[-1])


def _together(
    first: int, lists: Sequence[list[int]], sentences: Sequence[int]
) -> tuple[int, ...] | None:
    words = [first]
    for places in lists[1:]:
        near = [
            place
            for place in places
            if place not in words
            and abs(place - first) <= _TOGETHER
            and sentences[place] == sentences[first]
        ]
        if not near:
            return None
        words.append(min(near, key=lambda place: abs(place - first)))
    return tuple(sorted(words))


@cache
def lexicon() -> Lexicon:
    """The compiled lists."""
    return Lexicon(reference.load("phrases"))


def signs() -> Mapping[str, Sequence[str]]:
    """Emoji and emoticons that carry a judgement: "positive" and "negative"."""
    found: Mapping[str, Sequence[str]] = reference.load("phrases")["signs"]
    return found
