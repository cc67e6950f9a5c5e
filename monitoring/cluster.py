"""Wire copies and stories: which items are the same text, which tell the same event.

A stream is read in order; each item is compared with those before it.

**Copy** (Agenturübernahme): the three-word shingles of the shorter text lie in the longer one
(containment, not similarity, so that teasers and cut copies are found). ``copy_of`` is the
first item of the chain. Agency marks (APA, dpa, OTS) are taken off before, and lower the
threshold where both sides carry one.

**Template**: police and press offices fill the same sentences with other places, names and
numbers. Where the two texts are aligned word by word and a slot holds one name here and
another there, they are two events, however much text they share.

**Update**: the same text with another number in a slot ("drei Verletzte", later "vier"), or
with a name spelt right. It is the same story, and it is *not* a copy: a number that changes is
news, and a consultant must see it. The same text under a new headline stays a copy.

**Story**: own reports on the same event share a name, a topic and a time window. Its id is
that of its first item.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import Enum
from functools import cache, lru_cache
from typing import Any

import simplemma

from data import reference
from data.fields import Fields
from monitoring.score import identity
from monitoring.words import Reading, fold, lexicon, read

_SHINGLE = 3
_LEAST_SHINGLES = 4
_COPY_FROM = 0.6
_AGENCY_COPY_FROM = 0.4
_ALIGN_FROM = 0.3
_LONGEST_ALIGNED = 400
_LONGEST_TEXT = 8_000
_LONGEST_TITLE = 400
_SLOT = 12
_MANY_NUMBERS = 3
_COPY_WINDOW = timedelta(days=14)
_STORY_WINDOW = timedelta(days=4)
_DAILY = timedelta(hours=18)
_STORY_FROM = 3.9
_POSTINGS = 300
_CANDIDATES = 6
_STEM = 7
_BODY_WORDS = 8
_LEAD = 90

_UNKNOWN_NAME = 1.9
_KNOWN_NAME = 1.1
_NOUN = 0.9
_OTHER_WORD = 0.35
_NUMBER = 0.8
_TOPIC = 0.9

_AGENCY = re.compile(
    r"^\s*(?:[\w./, -]{0,40}?)\(?\s*\b(?:APA|dpa|OTS\d*|AFP|Reuters|ots|apa|afp|red|SID|AP)\b"
    r"(?:[/,\s-]+(?:APA|dpa|OTS|AFP|Reuters|ots|apa|afp|red|SID|AP|aktuell|science))*\s*\)?\s*[-–—:.]*\s*",
)
_AGENCY_ANYWHERE = re.compile(r"\b(?:APA|dpa|OTS|AFP|Reuters)\b|\((?:apa|ots|dpa|red)[^)]{0,20}\)")
_AGENCY_END = re.compile(
    r"\s*[(\[]?\s*(?:Quelle:\s*)?(?:APA|dpa|OTS|AFP|Reuters)[\w/,. -]{0,30}[)\]]?\s*\.?\s*$"
)
_DATES = frozenset(
    {"montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "jaenner",
     "januar", "februar", "feber", "maerz", "april", "mai", "juni", "juli", "august", "september",
     "oktober", "november", "dezember"}
)  # fmt: skip
_NUMBER_WORDS = {
    "ein": "1", "eine": "1", "einen": "1", "einem": "1", "einer": "1", "zwei": "2", "drei": "3",
    "vier": "4", "fuenf": "5", "sechs": "6", "sieben": "7", "acht": "8", "neun": "9",
    "zehn": "10", "elf": "11", "zwoelf": "12",
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One item of the stream."""

    id: Any
    title: str
    text: str
    source: str
    published: datetime | None = None


@dataclass(frozen=True)
class Clustered:
    """Where an item belongs: its story, and the item it copies, or None."""

    id: Any
    story: Any
    copy_of: Any | None


class _Relation(Enum):
    COPY = "copy"
    UPDATE = "update"
    OTHER_EVENT = "other event"


@dataclass(frozen=True, slots=True)
class _Seen:
    """An item that was read, with what is compared."""

    item: Item
    words: tuple[str, ...]
    shown: tuple[str, ...]
    core: frozenset[int]
    whole: frozenset[int]
    features: dict[str, float]
    names: frozenset[str]
    places: frozenset[str]
    topics: frozenset[str]
    agency: bool


class Clusterer:
    """Reads items in order and remembers what it needs of them.

    Of a shingle the first 300 places count, of a word the newest 300: what more texts than
    that share is a template or an everyday word, and tells nothing.
    """

    def __init__(self) -> None:
        self._seen: list[_Seen] = []
        self._story: list[Any] = []
        self._root: list[int] = []
        self._by_shingle: dict[int, list[int]] = defaultdict(list)
        self._by_feature: dict[str, deque[int]] = defaultdict(lambda: deque(maxlen=_POSTINGS))
        self._spread: Counter[str] = Counter()

    def add(self, item: Item) -> Clustered:
        """Place one item among those before it."""
        new = _prepare(item)
        copied, related, other = self._same_text(new)
        if copied is not None:
            root = self._root[copied]
            return self._keep(new, self._story[copied], root)
        if related is None:
            related = self._same_event(new, other)
        story = item.id if related is None else self._story[related]
        return self._keep(new, story, None)

    def _keep(self, new: _Seen, story: Any, root: int | None) -> Clustered:
        index = len(self._seen)
        self._seen.append(new)
        self._story.append(story)
        self._root.append(index if root is None else root)
        for shingle in new.whole:
            places = self._by_shingle[shingle]
            if len(places) < _POSTINGS:
                places.append(index)
        if root is not None:
            # A copy adds nothing to what tells the story, and must not make its words common.
            return Clustered(new.item.id, story, self._seen[root].item.id)
        for feature in new.features:
            self._by_feature[feature].append(index)
            self._spread[feature] += 1
        return Clustered(new.item.id, story, None)

    def _same_text(self, new: _Seen) -> tuple[int | None, int | None, set[int]]:
        """The item copied, the item updated, and those of another event in the same words."""
        shared: Counter[int] = Counter()
        for shingle in new.whole:
            shared.update(self._by_shingle.get(shingle, ()))
        best: tuple[float, int, _Relation] | None = None
        other: set[int] = set()
        for index, count in shared.most_common(_CANDIDATES * 2):
            old = self._seen[index]
            if count < _LEAST_SHINGLES or not _within(new, old, _COPY_WINDOW):
                continue
            contained = _containment(new, old)
            if contained < _ALIGN_FROM:
                continue
            relation = _relation(new, old)
            threshold = _AGENCY_COPY_FROM if new.agency and old.agency else _COPY_FROM
            if relation is _Relation.OTHER_EVENT:
                other.add(index)
                continue
            alike = count / len(new.whole | old.whole)
            if contained >= threshold and (best is None or (alike, -index) > (best[0], -best[1])):
                best = (alike, index, relation)
                if new.words == old.words:
                    break
        if best is None:
            return None, None, other
        # The nearest text decides: an update of the first version may well contain a teaser
        # of it, and a copy of the update is no copy of the first version.
        _, index, relation = best
        if relation is _Relation.UPDATE:
            return None, index, other
        return index, None, other

    def _same_event(self, new: _Seen, other: set[int]) -> int | None:
        """The most alike item that tells the same event, or None."""
        points: dict[int, float] = defaultdict(float)
        count = len(self._seen) + 20
        for feature, weight in new.features.items():
            places = self._by_feature.get(feature)
            if not places:
                continue
            rarity = math.log(count / (self._spread[feature] + 1)) / math.log(count / 2)
            for index in places:
                points[index] += weight * rarity
        best: tuple[float, int] | None = None
        for index, value in sorted(points.items(), key=lambda each: -each[1])[:_CANDIDATES]:
            old = self._seen[index]
            if index in other or not _within(new, old, _STORY_WINDOW):
                continue
            total = value + _TOPIC * len(new.topics & old.topics)
            if (
                total >= _STORY_FROM
                and _tells_the_same(new, old)
                and (best is None or total > best[0])
            ):
                best = (total, index)
        return None if best is None else best[1]


def _within(new: _Seen, old: _Seen, window: timedelta) -> bool:
    if new.item.published is None or old.item.published is None:
        return True
    return abs(new.item.published - old.item.published) <= window


def _tells_the_same(new: _Seen, old: _Seen) -> bool:
    """A shared name and a shared topic; other places only where two rare names agree."""
    names = new.names & old.names
    own = names - new.places - old.places
    topic = bool(new.topics & old.topics) or len(_shared_topic_words(new, old)) >= 2
    if not names or not topic:
        return False
    if new.places and old.places and not new.places & old.places:
        return len(own) >= 2
    shared = _shared_topic_words(new, old)
    if own or len(shared) >= 3:
        return True
    return bool(shared) and (_share_a_number(new, old) or (len(names) >= 2 and len(shared) >= 2))


def _share_a_number(new: _Seen, old: _Seen) -> bool:
    return any(each.startswith("#") for each in new.features.keys() & old.features.keys())


def _shared_topic_words(new: _Seen, old: _Seen) -> set[str]:
    shared = new.features.keys() & old.features.keys()
    return {word for word in shared if word not in new.names and new.features[word] >= _NOUN}


# ---------------------------------------------------------------- what is compared


def _prepare(item: Item) -> _Seen:
    body = _without_agency(item.text[:_LONGEST_TEXT])
    reading = read(body)
    title = read(item.title[:_LONGEST_TITLE])
    body_words = _plain(reading)[:_LONGEST_ALIGNED]
    title_words = _plain(title)
    core = body_words if len(body_words) >= _BODY_WORDS else [*title_words, *body_words]
    features, names, places, topics = _features(((title, None), (reading, _LEAD)))
    return _Seen(
        item=item,
        words=tuple(word for word, _ in core[:_LONGEST_ALIGNED]),
        shown=tuple(raw for _, raw in core[:_LONGEST_ALIGNED]),
        core=_shingles([word for word, _ in core]),
        whole=_shingles([word for word, _ in title_words])
        | _shingles([word for word, _ in body_words]),
        features=features,
        names=names,
        places=places,
        topics=topics,
        agency=bool(_AGENCY_ANYWHERE.search(item.text) or "ots" in item.source.lower()),
    )


def _without_agency(text: str) -> str:
    return _AGENCY_END.sub("", _AGENCY.sub("", text, count=1))


def _plain(reading: Reading) -> list[tuple[str, str]]:
    """Words without punctuation, numbers in one form, each with how it is written."""
    plain: list[tuple[str, str]] = []
    for index, word in enumerate(reading.words):
        if not word[0].isalnum():
            continue
        if word[0].isdigit():
            word = re.sub(r"(?<=\d)[.,:](?=\d)", "", word)
        plain.append((word, reading.raw(index)))
    return plain


def _shingles(words: Sequence[str]) -> frozenset[int]:
    return frozenset(map(hash, zip(words, words[1:], words[2:], strict=False)))


def _containment(one: _Seen, other: _Seen) -> float:
    """The share of the shorter text that lies in the longer."""
    shorter, longer = (one, other) if len(one.core) <= len(other.core) else (other, one)
    if len(shorter.core) < _LEAST_SHINGLES:
        return 0.0
    inside = len(shorter.core & (longer.whole | longer.core))
    return inside / len(shorter.core)


def _relation(one: _Seen, other: _Seen) -> _Relation:
    """Align the two word by word and look at the slots that differ."""
    if one.words == other.words:
        return _Relation.COPY
    names = numbers = dates = 0
    spelt = False
    matcher = SequenceMatcher(None, one.words, other.words, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "replace" or max(b - a, d - c) > _SLOT:
            continue
        here, there = one.words[a:b], other.words[c:d]
        if _differ(_numbers(here), _numbers(there)):
            numbers += 1
        if _differ(_DATES.intersection(here), _DATES.intersection(there)):
            dates += 1
        own = _slot_names(one, a, b)
        others = _slot_names(other, c, d)
        if _differ(own, others):
            if _same_but_for_spelling(own, others):
                spelt = True
            else:
                names += 1
    if names or dates:
        return _Relation.OTHER_EVENT
    if numbers >= _MANY_NUMBERS and not _within(one, other, _DAILY):
        return _Relation.OTHER_EVENT
    return _Relation.UPDATE if numbers or spelt else _Relation.COPY


def _differ(one: Iterable[str], other: Iterable[str]) -> bool:
    """Both hold something, and nothing of it is shared."""
    left, right = set(one), set(other)
    return bool(left and right and not left & right)


def _numbers(words: Sequence[str]) -> set[str]:
    found = {_NUMBER_WORDS[word] for word in words if word in _NUMBER_WORDS}
    return found | {re.sub(r"\D", "", word) for word in words if word[0].isdigit()}


def _slot_names(seen: _Seen, start: int, end: int) -> set[str]:
    return {
        seen.words[index]
        for index in range(start, end)
        if seen.shown[index][0].isupper() and _is_name(seen.words[index], seen.shown[index])
    }


def _same_but_for_spelling(one: set[str], other: set[str]) -> bool:
    return all(any(_alike(left, right) for right in other) for left in one)


def _alike(one: str, other: str) -> bool:
    return one[:1] == other[:1] and SequenceMatcher(None, one, other).ratio() >= 0.75


@lru_cache(maxsize=65536)
def _is_name(word: str, raw: str) -> bool:
    """A word of the dictionary is no name, unless people or places bear it."""
    if _name_stem(word) in _places() or word in _people():
        return True
    if word in _DATES or len(word) < 3 or word[0].isdigit():
        return False
    lemma = raw if not raw.isupper() else raw.capitalize()
    return not (
        simplemma.is_known(lemma, lang="de") or simplemma.is_known(lemma.lower(), lang="de")
    ) and not _is_compound(word)


def _is_compound(word: str) -> bool:
    """Compounds are missing in any dictionary: a topic word inside tells one."""
    return any(
        isinstance(tag, str) and tag.startswith(("topics:", "trades:", "polarity:"))
        for tag in lexicon().tags(word)
    ) or word.endswith(("ungen", "ung", "heit", "keit", "schaft", "erinnen", "leute", "stelle"))


@cache
def _places() -> frozenset[str]:
    return frozenset(fold(word) for word in reference.load("phrases")["names"]["places"])


@cache
def _people() -> frozenset[str]:
    names = reference.load("phrases")["names"]
    return frozenset(fold(word) for word in (*names["common_surnames"], *names["first_names"]))


def _name_stem(word: str) -> str:
    """ "Linzer" is Linz, "Mosers" is Moser."""
    if word.endswith("er") and word[:-2] in _places():
        return word[:-2]
    if word.endswith("s") and len(word) > 4 and word not in _places():
        return word[:-1]
    return word


_EVENT_LISTS = ("attack_noun", "victim_verb", "perpetrator")


def _features(
    readings: Iterable[tuple[Reading, int | None]],
) -> tuple[dict[str, float], frozenset[str], frozenset[str], frozenset[str]]:
    """Weighted words, names, places and topics of the title and the beginning of the text.

    An event is told in the lead; what follows is background that other stories share.
    """
    features: dict[str, float] = {}
    names: set[str] = set()
    places: set[str] = set()
    topics: set[str] = set()
    for reading, most in readings:
        for index, word in enumerate(reading.words[:most]):
            if word[0].isdigit() and len(word) > 1:
                features["#" + re.sub(r"\D", "", word)] = _NUMBER
            if len(word) < 4 or not word[0].isalpha() or word in _function_words():
                continue
            raw = reading.raw(index)
            for tag in lexicon().tags(word):
                if isinstance(tag, str) and tag.startswith("topics:"):
                    topics.add(tag)
                elif tag in _EVENT_LISTS:
                    topics.add("attacked")
            if raw[0].isupper() and _is_name(word, raw):
                stem = _name_stem(word)
                names.add(stem)
                known = stem in _places() or stem in _people()
                if stem in _places():
                    places.add(stem)
                features[stem] = _KNOWN_NAME if known else _UNKNOWN_NAME
            elif raw[0].isupper():
                features.setdefault(word[:_STEM], _NOUN)
            elif len(word) >= 6:
                features.setdefault(word[:_STEM], _OTHER_WORD)
    return features, frozenset(names), frozenset(places), frozenset(topics)


@cache
def _function_words() -> frozenset[str]:
    language = reference.load("phrases")["language"]
    return frozenset(fold(word) for word in (*language["de"], *language["en"]))


def cluster(items: Iterable[Item]) -> Iterator[Clustered]:
    """Place the items of a stream, one after the other."""
    clusterer = Clusterer()
    for item in items:
        yield clusterer.add(item)


# ---------------------------------------------------------------- the command line


def from_json(value: object) -> Item:
    """One line of ``krisenpult cluster``. Raises InputError naming the field."""
    fields = Fields(value)
    return Item(
        id=identity(value, fields),
        title=fields.text("title", ""),
        text=fields.text("text", ""),
        source=fields.text("source", ""),
        published=fields.moment("published", None),
    )


def to_json(result: Clustered) -> dict[str, Any]:
    """The answer to one line, with the field names of the contract."""
    return {"id": result.id, "story": result.story, "copy_of": result.copy_of}
