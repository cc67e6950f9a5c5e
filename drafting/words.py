"""Words and what stands behind them: stems, synonyms, opposites, marks of doubt and of denial.

The lists are data (``data/reference/grounding.toml``). Lemmas come from simplemma; a light
stemmer folds what it leaves apart (gender forms, umlauts, endings, parts of compounds).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

import simplemma

from data import reference

_TOKEN = re.compile(r"[^\W\d_]+(?:[-'’:*_][^\W\d_]+)*")
_GENDER = re.compile(r"(?:[:*_/]-?in(?:nen)?|Innen)$")
_ENDINGS_DE = (
    "ierungen", "ierung", "ieren", "iert", "ungen", "ung", "heiten", "heit", "keiten", "keit",
    "lich", "isch", "igen", "ig", "ionen", "ion", "innen", "in", "ern", "em", "en", "er", "es",
    "et", "e", "n", "s", "t",
)  # fmt: skip
_ENDINGS_EN = (
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ies",
    "ied",
    "ed",
    "es",
    "ly",
    "s",
    "e",
    "y",
)
_FOLD = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "é": "e", "’": "'"})


@dataclass(frozen=True)
class Word:
    """One word of a text. ``weight`` says how much it tells: a noun 2, another word 1."""

    text: str
    start: int
    end: int
    stem: str
    content: bool
    noun: bool
    free: bool

    @property
    def weight(self) -> float:
        """How much the word tells; an everyday word tells little."""
        return 0.4 if self.free else self.full_weight

    @property
    def full_weight(self) -> float:
        """The weight without regard to how everyday the word is."""
        return 2.0 if self.noun else 1.0


@dataclass(frozen=True)
class Lexicon:
    """The lists of one language."""

    language: str
    stop: frozenset[str]
    negators: frozenset[str]
    hedges: re.Pattern[str]
    weak_hedges: re.Pattern[str]
    open_marks: re.Pattern[str]
    causes: re.Pattern[str]
    absolutes: re.Pattern[str]
    approximately: re.Pattern[str]
    at_least: re.Pattern[str]
    at_most: re.Pattern[str]
    vague: frozenset[str]
    small_vague: frozenset[str]
    opposites: dict[str, frozenset[str]]
    groups: dict[str, frozenset[int]]
    free: frozenset[str]
    document: frozenset[str]
    advice: frozenset[str]
    concern: re.Pattern[str]
    thanks: re.Pattern[str]
    salutation: re.Pattern[str]
    action: re.Pattern[str]
    instruction: re.Pattern[str]
    next_update: re.Pattern[str]
    contact: re.Pattern[str]


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """The stem of ``word``: the same for its forms, its gender forms and near derivations."""
    plain = _GENDER.sub("", word)
    lemma = simplemma.lemmatize(plain, lang=language).lower().translate(_FOLD)
    for ending in _ENDINGS_DE if language == "de" else _ENDINGS_EN:
        if lemma.endswith(ending) and len(lemma) - len(ending) >= 4:
            return lemma[: -len(ending)]
    return lemma


def _phrases(lines: str) -> re.Pattern[str]:
    joined = "|".join(
        re.escape(line.strip()) for line in lines.strip().splitlines() if line.strip()
    )
    return re.compile(rf"\b(?:{joined})\b", re.IGNORECASE)


def _patterns(lines: str) -> re.Pattern[str]:
    joined = "|".join(line.strip() for line in lines.strip().splitlines() if line.strip())
    return re.compile(joined, re.IGNORECASE)


def _before_number(alternatives: str) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:{alternatives})[ \u00a0]+(?:(?:die|den|der|das|the|a|an|EUR|€|Euro)[ \u00a0]+)?$",
        re.IGNORECASE,
    )


def _groups(lines: str, language: str) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, line in enumerate(lines.strip().splitlines()):
        for word in line.split():
            for form in (word, word.capitalize()):
                found.setdefault(stem(form, language), set()).add(number)
    return {key: frozenset(numbers) for key, numbers in found.items()}


def _opposites(lines: str, language: str, stop: frozenset[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in lines.strip().splitlines():
        left, right = line.rsplit(" ", 1)
        if left in stop or right in stop or " " in left:
            continue
        a, b = stem(left, language), stem(right, language)
        found.setdefault(a, set()).add(b)
        found.setdefault(b, set()).add(a)
    return {key: frozenset(values) for key, values in found.items()}


@cache
def lexicon(language: str) -> Lexicon:
    """The lists of ``language`` ("de" or "en"), compiled once."""
    table: dict[str, str] = reference.load("grounding")[language]
    stop = frozenset(word.lower() for word in table["stop"].split())
    return Lexicon(
        language=language,
        stop=stop,
        negators=frozenset(table["negators"].split()),
        hedges=_phrases(table["hedges"]),
        weak_hedges=re.compile(rf"\b(?:{'|'.join(table['weak_hedges'].split())})\b", re.IGNORECASE),
        open_marks=_patterns(table["open_marks"]),
        causes=_patterns(table["causes"]),
        absolutes=_patterns(table["absolutes"]),
        approximately=_before_number(table["approximately"]),
        at_least=_before_number(table["at_least"]),
        at_most=_before_number(table["at_most"]),
        vague=frozenset(table["vague"].split()),
        small_vague=frozenset(table["small_vague"].split()),
        opposites=_opposites(table["antonyms"], language, stop),
        groups=_groups(table["synonyms"], language),
        free=frozenset(stem(word, language) for word in table["free"].split()),
        document=frozenset(stem(word, language) for word in table["document"].split()),
        advice=frozenset(stem(word, language) for word in table["advice"].split()),
        concern=_patterns(table["concern"]),
        thanks=_patterns(table["thanks"]),
        salutation=_patterns(table["salutation"]),
        action=_patterns(table["action"]),
        instruction=_patterns(table["instruction"]),
        next_update=_patterns(table["next_update"]),
        contact=_patterns(table["contact"]),
    )


def words(text: str, offset: int, language: str) -> list[Word]:
    """The words of ``text``; ``offset`` is added to their positions."""
    lists = lexicon(language)
    found: list[Word] = []
    first = True
    for match in _TOKEN.finditer(text):
        plain = match[0]
        lower = plain.lower()
        root = stem(plain, language)
        content = lower not in lists.stop and len(lower) > 1
        capital = plain[:1].isupper()
        noun = content and (
            (language == "de" and capital and (not first or _is_noun_at_start(plain)))
            or (language == "en" and len(lower) > 3)
        )
        found.append(
            Word(
                text=plain,
                start=offset + match.start(),
                end=offset + match.end(),
                stem=root,
                content=content,
                noun=noun,
                free=root in lists.free,
            )
        )
        first = False
    return found


@lru_cache(maxsize=20_000)
def _is_noun_at_start(word: str) -> bool:
    """Whether a capitalised first word of a sentence is a noun and no participle or verb."""
    lower = word.lower()
    if lower.endswith(("ung", "heit", "keit", "schaft", "tion", "nis", "chen", "ment")):
        return True
    return not simplemma.is_known(lower, lang="de")


@lru_cache(maxsize=200_000)
def related(first: str, second: str, language: str) -> bool:
    """Whether two stems may stand for the same thing: equal, synonyms, parts of a compound.

    „Cyber-Angriff“ and „Cyberangriff“ are one word.
    """
    if first == second or _alike(first, second, language):
        return True
    if "-" not in first + second:
        return False
    joined = first.replace("-", ""), second.replace("-", "")
    return joined[0] == joined[1] or _alike(*joined, language)


def _alike(first: str, second: str, language: str) -> bool:
    groups = lexicon(language).groups
    if groups.get(first, frozenset()) & groups.get(second, frozenset()):
        return True
    short, long = sorted((first, second), key=len)
    if len(short) < 4:
        return False
    if opposed(first, second, language) or long == "un" + short:
        return False
    if language == "de":
        if long.endswith(short) and len(long) >= len(short) + 3:
            return True
        if long.startswith(short) and (len(short) >= 5 or len(long) >= 8):
            return True
    shared = 0
    for a, b in zip(short, long, strict=False):
        if a != b:
            break
        shared += 1
    return shared >= 5 and shared >= 0.75 * len(short) and len(long) - len(short) <= 4


@lru_cache(maxsize=50_000)
def opposed(first: str, second: str, language: str) -> bool:
    """Whether two stems mean the opposite of each other."""
    opposites = lexicon(language).opposites
    return second in opposites.get(first, ()) or (
        language == "de"
        and len(first) > 4
        and len(second) > 4
        and (first == "un" + second or second == "un" + first)
    )
