"""Is the firm meant? Names of small Austrian firms in running text.

"Tischlerei Moser e.U." is written "die Moser-Tischlerei", "beim Moser", "@tischlereimoser",
"Tischlerei Mosers Werkstatt" or "Tischlerei Mosser", and there are hundreds of people called
Moser. So the answer is a probability: how clear the name itself is, raised by what stands
around it (trade word, place, first name, legal form), lowered by what speaks for somebody
else (another trade, another first name, an office). The parts of the answer are its reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import simplemma

from data import reference
from data.fields import Fields
from monitoring.words import Reading, Tagged, fold, lexicon, read

# How sure a name alone makes it, before anything around it is looked at.
_FULL_NAME = 0.95
_DISTINCTIVE = 0.85
_COMMON = 0.25
_ORDINARY_WORD = 0.2
_HOUSE_NAME = 0.5
_ADDRESS = 0.97
_HANDLE = 0.92
_TRADE_AND_COMMON = 0.88
_GENERIC_FULL = 0.75
_MISSPELT = 0.85  # factor
_OTHER_BEARER = 0.1

_CONTEXT_FAR = 0.25
_CONTEXT_NEAR = 0.4
_PLACE = 0.3
_FIRST_NAME = 0.45
_LEGAL_FORM = 0.4
_TITLE = 0.15
_CAPITAL_INSIDE = 0.35
_CUSTOMER_TALK = 0.15
_ACTS = 0.2
_WITHOUT_ARTICLE = 0.25
_OTHER_PLACE = 0.5  # factor

_NEAR = 4
_LEAST_MISSPELT_LENGTH = 7
_LEAST_COMPOUND_LENGTH = 6
_LEAST_TRADE_STEM = 5
_POSSESSIVE = ("'s", "'", "s", "es")
_FOLLOWS_A_NAME = frozenset({"von", "vom", "van", "de"})
_BEFORE_A_NAME = frozenset({"bei", "gegen", "at", "from"})
_ACTING = frozenset({"hat", "gibt", "macht", "will", "verlangt", "hatte"})
# "im Winter", "ein Koch": the word is used as a word.
_USED_AS_A_WORD = frozenset(
    {
        "im",
        "ein",
        "eine",
        "einen",
        "einem",
        "einer",
        "jeder",
        "jede",
        "jedes",
        "jeden",
        "kein",
        "keine",
    }
)


@dataclass(frozen=True)
class FirmNames:
    """What the register and the consultant know of a firm's names.

    ``places`` and ``trade`` (a sector in words) are context, ``exclude`` are words that tell
    a namesake ("fussball").
    """

    name: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    trade: str = ""
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code and the words it points at (``start`` and ``end`` are code points).

    ``field`` is "text" or "title"; without a place ``start`` and ``end`` are None.
    """

    code: str
    text: str
    start: int | None = None
    end: int | None = None
    field: str = "text"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to write the name: folded words, and how sure they alone make it."""

    words: tuple[str, ...]
    base: float
    code: str
    ordinary: bool = False
    person: bool = False


@dataclass(frozen=True)
class WatchProfile:
    """A firm's names, prepared for matching. Made by :func:`build_profile`."""

    names: FirmNames
    variants: tuple[Variant, ...]
    handles: frozenset[str]
    domains: tuple[str, ...]
    first_names: frozenset[str]
    trades: frozenset[str]
    places: frozenset[str]
    exclude: frozenset[str]
    misspelt: tuple[str, ...]
    anchors: dict[str, tuple[Variant, ...]] = field(repr=False)
    compounds: tuple[str, ...] = ()
    describing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """How probable it is that the firm is meant, and where (indexes of words)."""

    relevance: float
    words: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    reasons: tuple[Reason, ...]

    @property
    def named(self) -> bool:
        """Whether a name, a handle or an address was found at all."""
        return bool(self.spans)


NOT_MEANT = Match(0.0, (), (), ())


@cache
def _names() -> dict[str, frozenset[str]]:
    lists: dict[str, list[str]] = reference.load("phrases")["names"]
    return {name: frozenset(fold(word) for word in words) for name, words in lists.items()}


@cache
def _legal_form() -> re.Pattern[str]:
    forms = sorted(reference.load("phrases")["names"]["legal_forms"], key=len, reverse=True)
    written = "|".join(re.escape(fold(form)).replace(r"\ ", r"\s*") for form in forms)
    return re.compile(rf"[\s,]+(?:{written})\.?(?=\s*$|\s*,)")


_FORM_WORDS = frozenset(
    {
        "gmbh",
        "gesmbh",
        "ges.m.b.h",
        "ges.m.b",
        "kg",
        "og",
        "ag",
        "e.u",
        "keg",
        "mbh",
        "flexco",
        "ohg",
    }
)


def strip_legal_form(name: str) -> str:
    """The folded name without its legal form: "Huber & Co KG" becomes "huber"."""
    rest = fold(name).strip()
    while True:
        shorter = _legal_form().sub("", rest).strip(" ,.&")
        if shorter == rest or not shorter:
            return rest
        rest = shorter


def _words_of(name: str) -> tuple[str, ...]:
    words = read(name).words
    return tuple(word for word in words if word[0].isalnum() or word[0] == "@")


def _trades_of(word: str) -> set[str]:
    return {
        tag.removeprefix("trades:")
        for tag in lexicon().tags(word)
        if isinstance(tag, str) and tag.startswith("trades:")
    }


@lru_cache(maxsize=4096)
def _is_ordinary(word: str) -> bool:
    """Whether the folded word is one that people use without meaning a firm."""
    unfolded = {word, word.replace("ss", "ß")}
    for digraph, umlaut in (("ae", "ä"), ("oe", "ö"), ("ue", "ü")):
        unfolded |= {each.replace(digraph, umlaut) for each in unfolded}
    return any(simplemma.is_known(each, lang="de") for each in unfolded)


def _names_a_trade(word: str) -> bool:
    """Whether a word of a firm's name tells the trade; "Holzinger" begins with wood by chance."""
    return bool(_trades_of(word)) and (
        word in _trade_words() or _is_ordinary(word) or any(map(word.startswith, _trade_stems()))
    )


@cache
def _trade_words() -> frozenset[str]:
    lists: dict[str, list[str]] = reference.load("phrases")["trades"]
    return frozenset(fold(word.rstrip("*")) for words in lists.values() for word in words)


@cache
def _trade_stems() -> tuple[str, ...]:
    return tuple(word for word in _trade_words() if len(word) >= _LEAST_TRADE_STEM)


def _clarity(words: Sequence[str]) -> float:
    """How clear the words of a name are once trade, place and filler words are gone."""
    names = _names()
    if len(words) == 1:
        word = words[0]
        if word in names["common_surnames"] or word in names["first_names"] or len(word) < 4:
            return _COMMON
        if word in names["house_names"] and not _is_ordinary(word):
            return _HOUSE_NAME
        return _ORDINARY_WORD if _is_ordinary(word) else _DISTINCTIVE
    plain = all(
        word in names["common_surnames"]
        or word in names["first_names"]
        or word in names["house_names"]
        or _is_ordinary(word)
        for word in words
    )
    return _GENERIC_FULL if plain else _FULL_NAME


def _describing(core: tuple[str, ...]) -> tuple[str, ...]:
    """The words that say what the firm does, not who it is ("Malermeister", "Blumen").

    Trade words, and other words of the dictionary before a word that is none.
    """
    names = _names()
    trade = tuple(word for word in core if _names_a_trade(word))
    bearing = [word for word in core if word not in trade and word not in names["places"]]
    own = [
        word
        for word in bearing
        if word in names["common_surnames"]
        or word in names["house_names"]
        or not _is_ordinary(word)
    ]
    if not own or bearing[0] in own:
        return trade
    leading = bearing[: bearing.index(own[0])]
    return tuple(
        word
        for word in core
        if word in trade or (word in leading and word not in names["first_names"])
    )


def _written_unlike_a_word(name: str, word: str) -> bool:
    """Whether the name is written with a capital or digit inside ("MuskelKraft")."""
    for raw in re.split(r"[\s-]+", name):
        if fold(raw) == word and re.search(r"[a-zäöüß][A-ZÄÖÜ0-9]", raw):
            return True
    return False


def _variants_of(name: str) -> Iterator[Variant]:
    names = _names()
    words = _words_of(strip_legal_form(name))
    if not words:
        return
    if words[0].startswith("@"):
        return
    fillers = names["generic"]
    core = tuple(word for word in words if word not in fillers) or words
    trade = _describing(core)
    places = tuple(word for word in core if word in names["places"])
    rest = tuple(word for word in core if word not in trade and word not in places)
    sure = _FULL_NAME if len(core) > 1 else _clarity(core)
    yield Variant(words, sure, "name", ordinary=sure < _COMMON)
    if core != words:
        yield Variant(core, sure, "name", ordinary=sure < _COMMON)
    if not rest:
        return
    clarity = _clarity(rest)
    if len(rest) == 1 and _written_unlike_a_word(name, rest[0]):
        clarity = _DISTINCTIVE
    ordinary = clarity == _ORDINARY_WORD
    if trade or places:
        yield Variant(rest, clarity, "name_part", ordinary=ordinary)
    for word in trade:
        sure = _GENERIC_FULL if places and clarity < _DISTINCTIVE else _TRADE_AND_COMMON
        yield Variant((word, *rest), max(sure, clarity), "name")
        yield Variant((*rest, word), max(sure, clarity), "name")
        yield Variant((word + "".join(rest),), max(sure, clarity), "name")
        yield Variant(("".join(rest) + word,), max(sure, clarity), "name")
    for place in places:
        yield Variant((*rest, place), _FULL_NAME, "name")
    if len(rest) > 1 and rest[0] not in names["first_names"]:
        lead = _clarity(rest[:1])
        if lead == _DISTINCTIVE:
            yield Variant(rest[:1], lead - 0.05, "name_part")


def _person_variants(person: str) -> Iterator[Variant]:
    names = _names()
    words = tuple(word for word in _words_of(person) if word not in names["titles"])
    if not words:
        return
    common = words[-1] in names["common_surnames"] or _is_ordinary(words[-1])
    if len(words) > 1:
        sure = 0.6 if common and words[0] in names["first_names"] else 0.85
        yield Variant(words, sure, "person", person=True)
        yield Variant((words[-1], *words[:-1]), sure, "person", person=True)
    sure = 0.15 if common else 0.4
    yield Variant(words[-1:], sure, "person", ordinary=common, person=True)


def build_profile(names: FirmNames) -> WatchProfile:
    """Prepare a firm's names for matching."""
    variants: dict[tuple[str, ...], Variant] = {}
    written = [names.name, *(alias for alias in names.aliases if not alias.startswith("@"))]
    candidates = [variant for name in written for variant in _variants_of(name)]
    candidates += [variant for person in names.people for variant in _person_variants(person)]
    for variant in candidates:
        known = variants.get(variant.words)
        if known is None or variant.base > known.base:
            variants[variant.words] = variant
    firm_words = [word for name in written for word in _words_of(strip_legal_form(name))]
    distinctive = _distinctive(variants.values())
    handles = {_compact(strip_legal_form(name)) for name in written}
    handles |= {_compact(fold(alias)) for alias in names.aliases if alias.startswith("@")}
    domains = tuple(_bare_domain(domain) for domain in names.domains if domain.strip())
    handles |= {_compact(domain.split(".")[0]) for domain in domains}
    anchors: dict[str, list[Variant]] = {}
    for variant in sorted(variants.values(), key=lambda each: (-each.base, -len(each.words))):
        anchors.setdefault(variant.words[0], []).append(variant)
    trade_words = [*firm_words, *_words_of(names.trade)]
    known_names = _names()
    people = [word for person in names.people for word in _words_of(person)]
    return WatchProfile(
        names=names,
        variants=tuple(variants.values()),
        handles=frozenset(handle for handle in handles if len(handle) >= 5),
        domains=domains,
        first_names=frozenset(word for word in people if word in known_names["first_names"])
        | frozenset(_words_of(person)[0] for person in names.people if len(_words_of(person)) > 1),
        trades=frozenset(trade for word in trade_words for trade in _trades_of(word)),
        places=frozenset(fold(place) for place in names.places)
        | frozenset(word for word in firm_words if word in known_names["places"]),
        exclude=frozenset(fold(word) for word in names.exclude),
        misspelt=tuple(word for word in distinctive if len(word) >= _LEAST_MISSPELT_LENGTH),
        anchors={first: tuple(group) for first, group in anchors.items()},
        describing=frozenset(
            word
            for name in written
            for word in _describing(_words_of(strip_legal_form(name)))
            if len(word) > 3
        ),
        compounds=tuple(word for word in distinctive if len(word) >= _LEAST_COMPOUND_LENGTH),
    )


def _distinctive(variants: Iterable[Variant]) -> list[str]:
    """Words that name the firm by themselves."""
    singles = {
        variant.words[0]
        for variant in variants
        if len(variant.words) == 1 and variant.base >= _DISTINCTIVE - 0.05 and not variant.person
    }
    return sorted(singles)


def _compact(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name)


def _bare_domain(domain: str) -> str:
    bare = domain.strip().lower()
    bare = re.sub(r"^[a-z]+://", "", bare).split("/")[0]
    return bare.removeprefix("www.").rsplit("@", 1)[-1]


@dataclass(frozen=True, slots=True)
class _Found:
    words: tuple[int, ...]
    base: float
    code: str
    ordinary: bool = False
    person: bool = False


def match(profile: WatchProfile, text: str | Tagged) -> Match:
    """How probable it is that ``text`` means the firm of ``profile``."""
    tagged = lexicon().tag(read(text)) if isinstance(text, str) else text
    found = list(_find(profile, tagged.reading))
    if not found:
        return NOT_MEANT
    if any(word in profile.exclude for word in tagged.reading.words):
        found = [_Found(each.words, each.base * 0.1, each.code) for each in found]
    best = 0.0
    words: set[int] = set()
    reasons: list[Reason] = []
    for each in found:
        sure, around = _with_context(profile, each, tagged)
        words.update(each.words)
        reasons.append(_reason(each.code, tagged.reading, each.words))
        reasons += around
        best = max(best, sure)
    strong = len({each.words for each in found}) > 1
    relevance = min(0.99, best + 0.03 * strong if best > 0.5 else best)
    places = sorted(words)
    spans = tuple((tagged.reading.starts[i], tagged.reading.ends[i]) for i in places)
    return Match(round(relevance, 3), tuple(places), spans, _unique(reasons))


def _unique(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reasons))


def _reason(code: str, reading: Reading, words: Sequence[int]) -> Reason:
    start, end = reading.starts[words[0]], reading.ends[words[-1]]
    return Reason(code, reading.text[start:end], start, end)


def _find(profile: WatchProfile, reading: Reading) -> Iterator[_Found]:
    taken: set[int] = set()
    words = reading.words
    for index, word in enumerate(words):
        for stem in _stems(word, profile.anchors):
            for variant in profile.anchors[stem]:
                places = _stands_at(variant.words, reading, index)
                if places and not taken.issuperset(places):
                    taken.update(places)
                    yield _Found(
                        places, variant.base, variant.code, variant.ordinary, variant.person
                    )
                    break
        if word[0] in "@#" or "." in word or "/" in word or "@" in word:
            found = _address(profile, word, index)
            if found:
                taken.add(index)
                yield found
        elif index not in taken:
            found = _one_word(profile, reading, index)
            if found:
                taken.update(found.words)
                yield found


def _stems(word: str, anchors: dict[str, tuple[Variant, ...]]) -> Iterator[str]:
    """The word itself and without the endings of a genitive, as far as they begin a name."""
    if word in anchors:
        yield word
    for ending in _POSSESSIVE:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            if stem in anchors:
                yield stem


def _stands_at(name: tuple[str, ...], reading: Reading, index: int) -> tuple[int, ...] | None:
    """The indexes of ``name`` from ``index`` on; fillers may stand between, endings differ."""
    words = reading.words
    places = [index]
    place = index
    for wanted in name[1:]:
        place += 1
        while place < len(words) and words[place] in _BETWEEN and words[place] != wanted:
            place += 1
        if place >= len(words) or place - places[-1] > 3 or not _same(reading, index, place):
            return None
        word = words[place]
        if word != wanted and not (word.startswith(wanted) and word[len(wanted) :] in _POSSESSIVE):
            return None
        places.append(place)
    return tuple(places)


_BETWEEN = frozenset(
    {"-", "&", "+", "und", "in", "am", "zum", "zur", "der", "dr", "mag", "ing", "'", '"', "„", "“"}
)


def _address(profile: WatchProfile, word: str, index: int) -> _Found | None:
    for domain in profile.domains:
        at = word.find(domain)
        if at >= 0 and (at == 0 or not (word[at - 1].isalnum() or word[at - 1] == "-")):
            return _Found((index,), _ADDRESS, "domain")
    if _compact(word) in profile.handles:
        return _Found((index,), _HANDLE, "handle")
    tail = re.search(
        r"(?:facebook|instagram|twitter|x|tiktok|linkedin|bsky|mastodon)\.[a-z.]+/@?([\w.-]+)", word
    )
    if tail and _compact(tail.group(1)) in profile.handles:
        return _Found((index,), _HANDLE, "handle")
    return None


def _one_word(profile: WatchProfile, reading: Reading, index: int) -> _Found | None:
    """A handle after "#", a compound with the name, or the name with one wrong letter."""
    word = reading.words[index]
    if len(word) < _LEAST_COMPOUND_LENGTH:
        return None
    if word in profile.handles:
        return _Found((index,), _HANDLE, "handle")
    for name in profile.compounds:
        if word.startswith(name) and len(word) > len(name) + 2:
            return _Found((index,), 0.7, "compound")
    for name in profile.misspelt:
        if _within_one(word, name):
            return _Found((index,), _DISTINCTIVE * _MISSPELT, "misspelling")
    return _misspelt_full_name(profile, reading, index)


def _misspelt_full_name(profile: WatchProfile, reading: Reading, index: int) -> _Found | None:
    """A surname with one wrong letter right beside the firm's own trade word."""
    words = reading.words
    for variant in profile.variants:
        if len(variant.words) != 2 or variant.person or variant.base < _GENERIC_FULL:
            continue
        for own, beside in ((0, 1), (1, 0)):
            name, anchor = variant.words[own], variant.words[beside]
            at = index + beside - own
            if (
                0 <= at < len(words)
                and _same(reading, index, at)
                and words[at] == anchor
                and len(name) >= 5
                and _within_one(words[index], name)
            ):
                return _Found(tuple(sorted((index, at))), variant.base * _MISSPELT, "misspelling")
    return None


def _within_one(word: str, name: str) -> bool:
    """Whether one letter added, lost, changed or two swapped turn one into the other."""
    if abs(len(word) - len(name)) > 1 or word == name:
        return False
    if word[:2] != name[:2] and word[-2:] != name[-2:]:
        return False
    head = 0
    shortest = min(len(word), len(name))
    while head < shortest and word[head] == name[head]:
        head += 1
    tail = 0
    while tail < shortest - head and word[-1 - tail] == name[-1 - tail]:
        tail += 1
    left, right = len(word) - head - tail, len(name) - head - tail
    if max(left, right) <= 1:
        return True
    return left == right == 2 and word[head : head + 2] == name[head : head + 2][::-1]


def _with_context(
    profile: WatchProfile, found: _Found, tagged: Tagged
) -> tuple[float, list[Reason]]:
    """The name's own clarity with what stands around it for and against the firm."""
    first, last = found.words[0], found.words[-1]
    reading = tagged.reading
    names = _names()
    before = reading.words[first - 1] if first and _same(reading, first - 1, first) else ""
    sure = found.base
    reasons: list[Reason] = []
    if found.code in ("domain", "handle"):
        return sure, reasons
    if found.ordinary and not _written_as_name(reading, first, last):
        return 0.02, reasons
    if _half_a_name(reading, first, last):
        return _OTHER_BEARER, reasons
    other = _other_bearer(profile, found, tagged, before)
    if other is not None:
        return min(sure, _OTHER_BEARER), [_reason("other_bearer", reading, [other])]
    elsewhere = _other_place(profile, found, reading)
    if elsewhere is not None:
        return sure * _OTHER_PLACE, [_reason("other_place", reading, [elsewhere])]
    if found.base >= _TRADE_AND_COMMON:
        return sure, reasons
    for code, gain, place in _support(profile, found, tagged):
        sure += gain
        reasons.append(_reason(code, reading, [place]))
    if before in names["titles"]:
        sure += _TITLE
    if found.ordinary and _capital_inside(reading, first):
        sure += _CAPITAL_INSIDE
    if found.ordinary and last + 1 < len(reading.words) and reading.words[last + 1] in _ACTING:
        sure += _ACTS
    if found.ordinary and before in _BEFORE_A_NAME:
        sure += _WITHOUT_ARTICLE
    if tagged.at("first_person") or tagged.at("second_person"):
        sure += _CUSTOMER_TALK
    return min(sure, 0.93), reasons


def _same(reading: Reading, one: int, other: int) -> bool:
    return reading.sentences[one] == reading.sentences[other]


def _written_as_name(reading: Reading, first: int, last: int) -> bool:
    """Capitals, or a text without any: there they prove nothing."""
    if all(reading.raw(place)[0].isupper() for place in {first, last}):
        return True
    return reading.text.islower() and first != last


def _half_a_name(reading: Reading, first: int, last: int) -> bool:
    """ "dass Müller weiß": a name that starts with a capital does not end without one."""
    return reading.raw(first)[0].isupper() and reading.raw(last)[0].islower()


def _capital_inside(reading: Reading, first: int) -> bool:
    """A capital inside a sentence on a word that has none of its own (an adjective)."""
    if first == 0 or not _same(reading, first - 1, first) or not reading.words[first - 1].isalnum():
        return False
    lemma = simplemma.lemmatize(reading.raw(first).lower(), lang="de")
    return bool(lemma) and lemma[0].islower()


def _support(
    profile: WatchProfile, found: _Found, tagged: Tagged
) -> Iterator[tuple[str, float, int]]:
    first, last = found.words[0], found.words[-1]
    reading = tagged.reading
    names = _names()
    trade_places = [
        place
        for trade in profile.trades
        for place in tagged.at(f"trades:{trade}")
        if place not in found.words
    ]
    trade_places += [
        place
        for place, word in enumerate(reading.words)
        if word in profile.describing and place not in found.words
    ]
    if trade_places:
        nearest = min(trade_places, key=lambda place: min(abs(place - first), abs(place - last)))
        gap = min(abs(nearest - first), abs(nearest - last))
        yield "context_trade", _CONTEXT_NEAR if gap <= _NEAR else _CONTEXT_FAR, nearest
    for place, word in enumerate(reading.words):
        if word in profile.places and place not in found.words:
            yield "context_place", _PLACE, place
            break
    if first and reading.words[first - 1] in profile.first_names:
        yield "first_name", _FIRST_NAME, first - 1
    if last + 1 < len(reading.words) and reading.words[last + 1] in _FORM_WORDS:
        yield "legal_form", _LEGAL_FORM, last + 1
    if first and reading.words[first - 1] in names["firm_word"]:
        yield "firm_word", _LEGAL_FORM, first - 1


def _other_bearer(profile: WatchProfile, found: _Found, tagged: Tagged, before: str) -> int | None:
    """The word that tells that somebody else of this name is meant, or None."""
    first, last = found.words[0], found.words[-1]
    words = tagged.reading.words
    names = _names()
    weak = found.base < _GENERIC_FULL
    if first and before:
        if weak and before in _USED_AS_A_WORD:
            return first - 1
        if before in names["other_titles"] and (weak or found.person):
            return first - 1
        is_first_name = before in names["first_names"] and before not in profile.first_names
        if weak and is_first_name and not found.person:
            return first - 1
        trades = _trades_of(before)
        if weak and trades and not trades & profile.trades and profile.trades:
            return first - 1
    if weak and last + 1 < len(words) and _same(tagged.reading, last, last + 1):
        after = words[last + 1]
        raw = tagged.reading.raw(last + 1)
        trades = _trades_of(after)
        if raw[0].isupper() and trades and not trades & profile.trades and profile.trades:
            return last + 1
        if after in _FOLLOWS_A_NAME:
            return last + 1
    return None


def _other_place(profile: WatchProfile, found: _Found, reading: Reading) -> int | None:
    """Another place right behind the name ("Tischlerei Moser in Graz"), or None.

    Asked only of firms whose own place is known, and of names that others bear too.
    """
    if not profile.places or found.base in (_DISTINCTIVE, _ADDRESS):
        return None
    last = found.words[-1]
    for place in range(last + 1, min(last + 4, len(reading.words))):
        word = reading.words[place]
        if word in profile.places:
            return None
        if word in _names()["places"] and reading.words[place - 1] in ("in", "aus", "bei"):
            return place
    return None


def names_from_json(fields: Fields) -> FirmNames:
    """The ``firm`` object of the command line: name, aliases, domains, people."""
    return FirmNames(
        name=fields.text("name"),
        aliases=tuple(fields.texts("aliases", [])),
        domains=tuple(fields.texts("domains", [])),
        people=tuple(fields.texts("people", [])),
    )


@lru_cache(maxsize=512)
def profile_for(names: FirmNames) -> WatchProfile:
    """:func:`build_profile`, remembered: a stream names the same firm again and again."""
    return build_profile(names)


def reason_to_json(reason: Reason) -> dict[str, Any]:
    """``{"code", "text", "start"?, "end"?, "field"?}``; ``field`` only for the title."""
    shown: dict[str, Any] = {"code": reason.code, "text": reason.text}
    if reason.start is not None:
        shown |= {"start": reason.start, "end": reason.end}
    if reason.field != "text":
        shown["field"] = reason.field
    return shown
