"""Does a text say what the facts say? Sentence by sentence, without a model.

The exact statements of a sentence (numbers, dates, names, quotes ...) must stand in a confirmed
fact that speaks of the same thing; what the fact denies, doubts or limits, the sentence must
deny, doubt or limit too; what no fact knows is named. A sentence that only shows concern, asks
for something or says what is still open claims nothing and is left in peace.

Rule ids of the findings: ``grounding.<what>``, for example ``grounding.number``,
``grounding.negation``, ``grounding.hedge``; causes carry ``CV-09``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from itertools import pairwise

import simplemma

from data.i18n import N_
from drafting import gazetteer, words
from drafting.atoms import (
    DATE,
    DAY,
    EMAIL,
    ID,
    MONEY,
    NUMBER,
    PERCENT,
    PHONE,
    QUOTE,
    TIME,
    URL,
    WEEKDAY,
    Atom,
    Day,
    read_atoms,
)
from drafting.persons import find_persons
from drafting.sentences import Sentence, split
from drafting.wordlists import word_set
from drafting.words import Lexicon, Word, lexicon, opposed, related

CONFIRMED = "confirmed"
ADDRESSED_KINDS = ("letter", "reply", "counterstatement", "dsa_notice")
"""Kinds of text that speak to somebody about what he wrote: they quote him, name the law and
set a date."""
STATUSES = ("confirmed", "unconfirmed", "disputed", "retracted", "not_yet_known")

_EXCEPTIONS_FROM_DENIAL = re.compile(
    r"\bnicht (?:nur|zuletzt|weniger als|mehr als|selten|zuletzt)\b|\bnot (?:only|least|more than|less than)\b|\bohne weiteres\b|\bno (?:more|fewer|less) than\b",
    re.IGNORECASE,
)
_VERB_HINT = re.compile(
    r"\b(?:ist|sind|war|waren|wurde|wurden|hat|haben|hatte|hatten|wird|werden|kann|können|konnte|konnten|soll|sollen|muss|müssen|darf|bleibt|bleiben|gibt|gab|steht|liegt|"
    r"is|are|was|were|has|have|had|will|can|could|did|does|do|went|said|says)\b|\b(?:nicht|not)\W*$"
    r"|\b(?!nicht\b|seit\b|mit\b|damit\b|bereits\b|derzeit\b|heute\b|samt\b|sonst\b|erst\b|dort\b|jetzt\b|not\b|but\b|about\b|erneut\b|zuletzt\b|insgesamt\b)[a-zäöüß]{3,}(?:t|te|ten|ierte|ierten)\b",
)
_CLAUSE_BREAK = re.compile(
    r"[;:–—]|,(?!\d)|\s(?:und|aber|sondern|jedoch|doch|sowie|and|but|while)\s"
)
_COORDINATION = re.compile(r"^\s(?:und|sowie|and)\s$")
_AUXILIARY = re.compile(
    r"\b(?:ist|sind|war|waren|wurde|wurden|hat|haben|hatte|hatten|wird|werden|kann|können|konnte|konnten|is|are|was|were|has|have|had|will|can)\b"
)
_DATELINE = re.compile(
    r"^[A-ZÄÖÜ][\w. -]{2,25}(?: \(OTS\))?(?:, ?(?:am )?\d{1,2}\.| ?\(OTS\)| [-–] )"
)
_FIRST_PERSON = re.compile(
    r"\b(?:wir|ich|unsere?|we|i|our)\b|\bleid\b|^\W*(?:danke?|vielen dank|herzlichen dank|thank|sorry)\b",
    re.IGNORECASE,
)
_CLOSES = re.compile(
    r"^\s*(?:(?:rückfragen?|kontakt|presserückfragen|presse-?kontakt|rückfragehinweis|press contact|contact|medienkontakt)\b[^.!?]{0,30}:?\s*$"
    r"|.{0,25}\b(?:grüßen?|hochachtungsvoll|regards|sincerely|faithfully)\b[^.!?]{0,10}$)",
    re.IGNORECASE,
)
_IMPRINT = re.compile(
    r"\bFN:? ?\d{4,6} ?[a-z]\b|\bFirmenbuch(?:nummer|gericht)\b|\bUID(?:-Nr\.|-Nummer)?:? ?ATU?\d"
    r"|^\W*(?:Impressum|Medieninhaber|Offenlegung)\b"
)
"""The firm's particulars that letters carry (§ 14 UGB, § 24 MedienG): nothing of the case."""
_PARTICLES = word_set(
    "an auf ab aus ein vor zu zurück weiter mit nach um her hin los frei bei durch zusammen fest teil statt heim weg dazu"
)


_EVERY = word_set("alle allen aller sämtliche sämtlichen sämtlicher all every")
"""Words for the whole where the facts count a number."""
_BODY = re.compile(
    r"(?:behörde|ministerium|kammer|universität|direktion|inspektorat|anstalt|inspektion|aufsicht|gericht|amt|kommission)$"
    r"|^(?:authority|university|chamber|ministry|agency|commission|regulator)$",
    re.IGNORECASE,
)
_MODIFIERS = word_set(
    "kund kunden mitarbeit gast gaste haupt gesamt teil firm betrieb eigen sach such zusatz sonder einzel grund neben pflicht gegen mehr mittel dienst"
)
"""Parts of compounds that add nothing to what the rest says."""


@dataclass(frozen=True)
class Fact:
    """One entry of the fact ledger, as the check sees it."""

    id: str
    text: str
    status: str


@dataclass(frozen=True)
class Issue:
    """What is wrong at one place of the text. ``message`` has ``{value}`` filled in already."""

    kind: str
    severity: str
    start: int
    end: int
    rule: str
    message: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Trace:
    """Which facts a sentence rests on, and whether everything in it is supported."""

    start: int
    end: int
    facts: tuple[str, ...]
    supported: bool


@dataclass(frozen=True)
class Result:
    """The traces and issues of a whole text."""

    traces: tuple[Trace, ...]
    issues: tuple[Issue, ...]
    sentences: tuple[Sentence, ...]
    atoms: tuple[Atom, ...]


@dataclass(frozen=True)
class Clause:
    """A part of a sentence with a statement of its own."""

    text: str
    start: int
    words: tuple[Word, ...]
    atoms: tuple[Atom, ...]
    negative: bool
    hedged: bool
    sentence: int

    @property
    def content(self) -> list[Word]:
        """The words that carry meaning."""
        return [word for word in self.words if word.content]


@dataclass(frozen=True)
class Source:
    """A fact, read."""

    fact: Fact
    clauses: tuple[Clause, ...]
    stems: frozenset[str]
    atoms: tuple[Atom, ...]
    lower: str
    hedged: bool
    causes: bool
    language: str

    @property
    def confirmed(self) -> bool:
        """Whether the fact is confirmed."""
        return self.fact.status == CONFIRMED


def _pieces(text: str) -> list[tuple[int, int]]:
    """Start and end of the clauses of a sentence; lists of things stay together."""
    cuts = [0]
    for match in _CLAUSE_BREAK.finditer(text):
        if match[0].strip() in ("und", "and", "sowie") and not (
            _AUXILIARY.search(text[cuts[-1] : match.start()])
            and _AUXILIARY.search(text[match.end() :])
        ):
            continue
        cuts.append(match.end())
    cuts.append(len(text))
    pieces = list(pairwise(cuts))
    merged: list[tuple[int, int]] = []
    pending: int | None = None
    for start, end in pieces:
        if pending is not None:
            start, pending = pending, None
        if not _VERB_HINT.search(text[start:end]):
            if end < len(text):
                pending = start
                continue
            if merged:
                merged[-1] = (merged[-1][0], end)
                continue
        merged.append((start, end))
    if pending is not None:
        if merged:
            merged[-1] = (merged[-1][0], len(text))
        else:
            merged.append((pending, len(text)))
    return merged


def _denies(found: Sequence[Word], text: str, lists: Lexicon) -> bool:
    """Whether a clause is negative: an odd number of negations."""
    cleaned = _EXCEPTIONS_FROM_DENIAL.sub("", text)
    count = sum(
        1
        for word in re.findall(r"[^\W\d_]+(?:['’]t)?", cleaned.lower())
        if word.replace("’", "'") in lists.negators
    )
    count += sum(
        1
        for word in found
        if lists.language == "de" and word.content and word.stem in _NEGATIVE_ADJECTIVES
    )
    return count % 2 == 1


_NEGATIVE_ADJECTIVES = frozenset(
    ("unerreichbar", "unverletz", "unverander", "unbeschadig", "uneingeschrank")
)


def _is_hedged(text: str, negative: bool, lists: Lexicon) -> bool:
    if lists.hedges.search(text) or lists.open_marks.search(text):
        return True
    return negative and lists.weak_hedges.search(text) is not None


def _hide(text: str, atoms: Iterable[Atom], offset: int) -> str:
    """``text`` with its exact statements blanked out, so that they are no words."""
    for atom in atoms:
        a, b = max(0, atom.start - offset), max(0, atom.end - offset)
        text = text[:a] + " " * (min(b, len(text)) - a) + text[b:]
    return text


def _clauses(sentence: Sentence, atoms: Sequence[Atom], number: int, language: str) -> list[Clause]:
    lists = lexicon(language)
    own = [atom for atom in atoms if atom.start < sentence.end and sentence.start < atom.end]
    visible = _hide(sentence.text, own, sentence.start)
    whole = words.words(visible, sentence.start, language)
    result: list[Clause] = []
    for start, end in _pieces(visible):
        text = sentence.text[start:end]
        shown = visible[start:end]
        first, last = sentence.start + start, sentence.start + end
        found = _joined_verb(tuple(word for word in whole if first <= word.start < last), language)
        inside = tuple(atom for atom in own if first <= atom.start < last)
        negative = _denies(found, shown, lists)
        result.append(
            Clause(text, first, found, inside, negative, _is_hedged(shown, negative, lists), number)
        )
    return result


def _joined_verb(found: tuple[Word, ...], language: str) -> tuple[Word, ...]:
    """A separated German verb („nehmen ... an“) gets the stem of the whole verb."""
    if language != "de" or len(found) < 2 or found[-1].text not in _PARTICLES:
        return found
    for index, word in enumerate(found[:-1]):
        if word.content and word.text[0].islower():
            lemma = simplemma.lemmatize(word.text, lang="de")
            joined = found[-1].text + lemma
            if lemma.endswith("n") and simplemma.is_known(joined, lang="de"):
                root = words.stem(joined, language)
                whole = replace(word, stem=root, free=root in lexicon(language).free)
                return (*found[:index], whole, *found[index + 1 :])
    return found


@lru_cache(maxsize=512)
def read_fact(fact: Fact, language: str) -> Source:
    """A fact with its clauses, stems and exact statements."""
    atoms = tuple(read_atoms(fact.text, language))
    clauses: list[Clause] = []
    for number, sentence in enumerate(split(fact.text)):
        clauses += _clauses(sentence, atoms, number, language)
    lists = lexicon(language)
    visible = _hide(fact.text, [atom for atom in atoms if atom.kind == QUOTE], 0)
    stems = {word.stem for clause in clauses for word in clause.words if word.content}
    for atom in atoms:
        if atom.kind == QUOTE:
            stems |= {word.stem for word in words.words(atom.text, 0, language) if word.content}
    return Source(
        fact=fact,
        clauses=tuple(clauses),
        stems=frozenset(stems),
        atoms=atoms,
        lower=fact.text.casefold(),
        hedged=any(clause.hedged for clause in clauses),
        causes=lists.causes.search(visible) is not None,
        language=language,
    )


def _language_of(text: str, default: str) -> str:
    """The language a ledger is written in, by its function words."""
    found = re.findall(r"[^\W\d_]+", text.lower())
    counts = {name: sum(word in lexicon(name).stop for word in found) for name in ("de", "en")}
    if counts["de"] == counts["en"]:
        return default
    return max(counts, key=lambda name: counts[name])


_EXONYMS = {
    "Vienna": "Wien", "Munich": "München", "Cologne": "Köln", "Prague": "Prag", "Rome": "Rom", "Milan": "Mailand",
    "Lower": "Niederösterreich", "Upper": "Oberösterreich", "Styria": "Steiermark", "Tyrol": "Tirol", "Carinthia": "Kärnten",
}  # fmt: skip


def same_value(atom: Atom, other: Atom) -> bool:
    """Whether two exact statements of one kind say the same."""
    if atom.kind != other.kind:
        return False
    if isinstance(atom.value, Day) and isinstance(other.value, Day):
        return atom.value.fits(other.value)
    if atom.kind == QUOTE:
        return str(atom.value) in str(other.value)
    if atom.kind == PHONE:
        a, b = str(atom.value), str(other.value)
        return a == b or (len(a) >= 7 and len(b) >= 7 and (a.endswith(b) or b.endswith(a)))
    return atom.value == other.value and atom.unit == other.unit


@cache
def _unit_stems(language: str) -> frozenset[str]:
    units = (
        "Sekunde Minute Stunde Tag Woche Monat Jahr Liter Kilometer Meter Kubikmeter Tonne Kilogramm Gramm Zentimeter Quadratmeter Hektar Hektoliter Milliliter"
        if language == "de"
        else "second minute hour day week month year litre liter kilometre meter metre tonne ton kilogram gram mile gallon"
    )
    return frozenset(words.stem(unit, language) for unit in units.split())


class _Checker:
    """One run over one text."""

    def __init__(
        self, text: str, language: str, facts: Sequence[Fact], cause: str | None, kind: str | None
    ) -> None:
        self.text = text
        self.language = language
        self.lists = lexicon(language)
        self.cause = cause
        self.addressed = kind in ADDRESSED_KINDS
        ledger = _language_of(" ".join(fact.text for fact in facts), language)
        self.foreign = ledger != language
        self.sources = [read_fact(fact, ledger) for fact in facts]
        self.confirmed = [source for source in self.sources if source.confirmed]
        self.open = [source for source in self.sources if not source.confirmed]
        self.atoms = read_atoms(text, language)
        self.sentences = split(text)
        self.known = frozenset().union(*(source.stems for source in self.confirmed))
        self.known_lower = " ".join(source.lower for source in self.confirmed)
        self.open_lower = " ".join(source.lower for source in self.open)
        self.known_names = self._name_parts(self.confirmed)
        self.persons = find_persons(text)
        self._atom_starts = [atom.start for atom in self.atoms]
        self._longest_atom = max((atom.end - atom.start for atom in self.atoms), default=0)
        self._person_starts = [start for start, _ in self.persons]
        self.issues: list[Issue] = []
        self.traces: list[Trace] = []
        self._memory: dict[str, bool] = {}
        self._said_foreign = False

    # -- what the facts know ------------------------------------------------------------------

    def _name_parts(self, sources: Iterable[Source]) -> frozenset[str]:
        parts: set[str] = set()
        for source in sources:
            for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", source.fact.text):
                parts |= {word, word + "s", word.removesuffix("s")}
        return frozenset(parts)

    def _matches(self, root: str, stems: frozenset[str]) -> bool:
        if root in stems:
            return True
        return any(related(root, other, self.language) for other in stems)

    def _known(self, root: str) -> bool:
        """Whether the confirmed facts know ``root``: nothing in it goes beyond them."""
        if root not in self._memory:
            self._memory[root] = any(self._covers(root, other) for other in self.known)
        return self._memory[root]

    def _covers(self, root: str, other: str) -> bool:
        """Whether ``other`` says all that ``root`` says: „Daten“ does not cover „Bankdaten“."""
        if not related(root, other, self.language):
            return False
        if self.language != "de" or len(root) < len(other) + 4 or self.lists.groups.get(root):
            return True
        if root.endswith(other):
            rest = re.sub(r"(?:s|en|n|es|e)?-?$", "", root[: -len(other)])
        elif root.startswith(other):
            rest = re.sub(r"^-?(?:s|en|n|es|e)?", "", root[len(other) :])
        else:
            return True
        return (
            len(rest) < 4
            or rest in self.lists.free
            or rest in _MODIFIERS
            or any(related(rest, each, self.language) for each in self.known if each != other)
        )

    def _overlap(
        self, found: Sequence[Word], stems: frozenset[str], full: bool = False
    ) -> tuple[float, int]:
        """Weight and number of the words of ``found`` that ``stems`` know.

        ``full``: everyday words weigh as much as others.
        """
        weight, count = 0.0, 0
        seen: set[str] = set()
        for word in found:
            if word.content and word.stem not in seen and self._matches(word.stem, stems):
                seen.add(word.stem)
                weight += word.full_weight if full else word.weight
                count += 1
        return weight, count

    def _clause_stems(self, clause: Clause) -> frozenset[str]:
        return frozenset(word.stem for word in clause.words if word.content)

    # -- the run ------------------------------------------------------------------------------

    def run(self) -> Result:
        signature = False
        for number, sentence in enumerate(self.sentences):
            before = len(self.issues)
            clauses = _clauses(sentence, self._atoms_near(sentence), number, self.language)
            view = _SentenceView(
                sentence, clauses, self.lists, self._persons_in(sentence), signature
            )
            signature = view.signature
            self._quotes(view)
            self._values(view)
            self._vague(view)
            self._names(view)
            if not view.imprint:
                self._places(view)
                self._actors(view)
            if not view.claims_nothing:
                if not self.foreign:
                    self._unconfirmed(view)
                    self._polarity(view)
                self._causes(view)
                self._absolutes(view)
            if self.foreign:
                self._uncompared(view)
            else:
                self._novelty(view)
            issues = self.issues[before:]
            serious = any(issue.severity != "info" for issue in issues)
            self.traces.append(
                Trace(sentence.start, sentence.end, self._rests_on(view), not serious)
            )
        return Result(
            tuple(self.traces), tuple(self._distinct()), tuple(self.sentences), tuple(self.atoms)
        )

    def _atoms_near(self, sentence: Sentence) -> list[Atom]:
        """All atoms that touch ``sentence``, and perhaps some that end before it."""
        first = bisect_left(self._atom_starts, sentence.start - self._longest_atom)
        return self.atoms[first : bisect_left(self._atom_starts, sentence.end)]

    def _persons_in(self, sentence: Sentence) -> list[tuple[int, int]]:
        first = bisect_left(self._person_starts, sentence.start)
        return self.persons[first : bisect_left(self._person_starts, sentence.end)]

    def _distinct(self) -> list[Issue]:
        seen: set[tuple[str, int, int]] = set()
        result = []
        for issue in sorted(self.issues, key=lambda issue: (issue.start, issue.end)):
            key = (issue.rule, issue.start, issue.end)
            if key not in seen:
                seen.add(key)
                result.append(issue)
        return result

    def _add(
        self, kind: str, severity: str, start: int, end: int, rule: str, message: str, **values: str
    ) -> None:
        self.issues.append(
            Issue(
                kind,
                severity,
                start,
                end,
                f"grounding.{rule}" if "-" not in rule else rule,
                message,
                values,
            )
        )

    def _rests_on(self, view: _SentenceView) -> tuple[str, ...]:
        """The facts a sentence rests on, the strongest first."""
        scored: list[tuple[float, str]] = []
        for source in self.sources:
            if not source.confirmed and not view.hedged and not view.open:
                continue
            weight, count = self._overlap(view.words, source.stems)
            hits = sum(
                1 for atom in view.atoms if any(same_value(atom, other) for other in source.atoms)
            )
            if (count >= 2 and weight >= 2) or (hits and count) or (weight >= 2 and view.short):
                scored.append((weight + 1.5 * hits, source.fact.id))
        if not scored:
            return ()
        best = max(score for score, _ in scored)
        kept = sorted((s for s in scored if s[0] >= 0.55 * best), key=lambda pair: -pair[0])
        return tuple(fact_id for _, fact_id in kept[:4])

    # -- exact statements -----------------------------------------------------------------------

    def _quotes(self, view: _SentenceView) -> None:
        for atom in view.atoms:
            if atom.kind != QUOTE:
                continue
            holders = [
                source
                for source in self.confirmed
                if any(other.kind == QUOTE and same_value(atom, other) for other in source.atoms)
            ]
            if not holders:
                self._add(
                    "unsupported", "warn" if self.addressed else "block", atom.start, atom.end, "quote",
                    N_("Dieses Zitat steht in keinem bestätigten Fakt genau so."),
                )  # fmt: skip
                continue
            speakers = [self.text[a:b] for a, b in view.persons]
            for speaker in speakers:
                parts = re.findall(r"[^\W\d_]+", speaker)
                if not any(self._has_name(source.fact.text, parts) for source in holders):
                    self._add(
                        "contradicts_fact", "block", atom.start, atom.end, "quote",
                        N_("Das Zitat stammt nach den Fakten von jemand anderem als {value}."), value=speaker,
                    )  # fmt: skip

    @staticmethod
    def _has_name(text: str, parts: Sequence[str]) -> bool:
        return any(re.search(rf"\b{re.escape(part)}", text) for part in parts if len(part) > 2)

    def _values(self, view: _SentenceView) -> None:
        for clause in view.clauses:
            for atom in clause.atoms:
                if atom.kind == QUOTE:
                    continue
                if atom.kind == DAY:
                    self._relative_day(view, atom)
                    continue
                if atom.kind == WEEKDAY:
                    self._weekday(view, clause, atom)
                    continue
                self._value(view, clause, atom)

    def _holders(self, atom: Atom, sources: Iterable[Source]) -> list[tuple[Source, Atom]]:
        found = []
        for source in sources:
            for other in source.atoms:
                if same_value(atom, other):
                    found.append((source, other))
        return found

    def _value(self, view: _SentenceView, clause: Clause, atom: Atom) -> None:
        holders = self._holders(atom, self.confirmed)
        if not holders:
            self._missing_value(view, clause, atom)
            return
        if atom.kind in (ID, URL, EMAIL, PHONE):
            return
        self._context(view, clause, atom, holders)

    def _missing_value(self, view: _SentenceView, clause: Clause, atom: Atom) -> None:
        others = [
            other for source in self.confirmed for other in source.atoms if other.kind == atom.kind
        ]
        if atom.kind in (DATE, TIME) and view.next_update and not self._update_facts():
            return
        if view.instruction and atom.kind in (NUMBER, PERCENT, TIME, DATE) and not others:
            return
        if view.imprint and atom.kind in (ID, NUMBER) and not others:
            return
        if _DATELINE.match(view.text) and atom.kind == DATE and atom.start - view.start < 30:
            return
        if (
            atom.kind == ID
            and str(atom.value).startswith(("§", "ART"))
            and not any(str(other.value).startswith(("§", "ART")) for other in others)
        ):
            if not self.addressed:
                self._add(
                    "unsupported", "warn", atom.start, atom.end, atom.kind,
                    N_("„{value}“ steht in keinem bestätigten Fakt."), value=atom.text,
                )  # fmt: skip
            return
        if self._holders(atom, self.open):
            if not (view.hedged or view.open):
                self._add(
                    "unconfirmed_as_fact", "block", atom.start, atom.end, atom.kind,
                    N_("„{value}“ steht nur in einem unbestätigten Fakt."), value=atom.text,
                )  # fmt: skip
            return
        if self._is_rounded(atom, others):
            return
        severity = "block"
        if atom.kind in (PHONE, EMAIL, URL) and not others:
            severity = "warn"
        nearest = self._overlap(clause.words, frozenset().union(*(
            source.stems for source in self.confirmed if any(o.kind == atom.kind for o in source.atoms)
        )))  # fmt: skip
        if view.instruction and atom.kind in (DATE, TIME, NUMBER) and nearest[0] < 2:
            return
        if self.addressed and atom.kind in (URL, DATE) and nearest[0] < 2:
            severity = "warn"
        if others and (nearest[0] >= 2 or self._told_otherwise(clause, atom)):
            self._add(
                "contradicts_fact", severity, atom.start, atom.end, atom.kind,
                N_("„{value}“ stimmt mit keinem bestätigten Fakt überein."), value=atom.text,
            )  # fmt: skip
        else:
            self._add(
                "unsupported", severity, atom.start, atom.end, atom.kind,
                N_("„{value}“ steht in keinem bestätigten Fakt."), value=atom.text,
            )  # fmt: skip

    def _told_otherwise(self, clause: Clause, atom: Atom) -> bool:
        """Whether a confirmed fact says the same of the same thing, with another value."""
        return any(
            other.kind == atom.kind
            and self._overlap(clause.words, self._clause_stems(home), full=True)[1] >= 2
            for source in self.confirmed
            for home in source.clauses
            for other in home.atoms
        )

    def _update_facts(self) -> bool:
        """Whether a confirmed fact itself says when the next information comes."""
        return any(self.lists.next_update.search(source.lower) and any(a.kind in (TIME, DATE) for a in source.atoms)
                   and re.search(r"nächste|weitere|next|wieder", source.lower) for source in self.confirmed)  # fmt: skip

    def _is_rounded(self, atom: Atom, others: Sequence[Atom]) -> bool:
        if atom.kind not in (NUMBER, MONEY, PERCENT) or self._limit(atom) != "about":
            return False
        return any(
            isinstance(atom.value, Decimal)
            and isinstance(other.value, Decimal)
            and other.value != 0
            and abs(atom.value - other.value) <= abs(other.value) * Decimal("0.05")
            for other in others
        )

    def _limit(self, atom: Atom, source: Source | None = None) -> str:
        """What stands before a value: "about", "least", "most" or "" (exact)."""
        text = self.text if source is None else source.fact.text
        lists = self.lists if source is None else lexicon(source.language)
        before = text[max(0, atom.start - 40) : atom.start]
        if lists.at_most.search(before):
            return "most"
        if lists.at_least.search(before):
            return "least"
        if lists.approximately.search(before):
            return "about"
        return ""

    def _head(self, atom: Atom, found: Sequence[Word]) -> list[str]:
        """The stems that the value counts: the next content words behind it."""
        behind = [
            word
            for word in found
            if word.start >= atom.end and (word.content or word.stem in _unit_stems(self.language))
        ]
        return [word.stem for word in behind[:3]]

    def _context(
        self,
        view: _SentenceView,
        clause: Clause,
        atom: Atom,
        holders: Sequence[tuple[Source, Atom]],
    ) -> None:
        """The value stands in a fact: does that fact speak of the same thing?"""
        if self.foreign:
            self._limits(atom, holders[0][1], holders[0][0])
            return
        best: tuple[float, int, Source, Atom, Clause] | None = None
        for source, other in holders:
            home = next(
                (c for c in source.clauses if other in c.atoms),
                source.clauses[0] if source.clauses else None,
            )
            if home is None:
                continue
            near = self._overlap(clause.words, self._clause_stems(home))
            wide = self._overlap(clause.words, source.stems)
            other_hits = sum(
                1
                for mine in clause.atoms
                if mine is not atom and any(same_value(mine, o) for o in source.atoms)
            )
            score = max(near[0], 0.9 * wide[0]) + other_hits
            if best is None or score > best[0]:
                best = (score, wide[1] + other_hits, source, other, home)
        if best is None:
            return
        score, count, source, other, home = best
        rival = self._rival(clause, atom, score)
        if rival is not None:
            self._add(
                "contradicts_fact", "block", atom.start, atom.end, "swap",
                N_("„{value}“ gehört nach den Fakten zu etwas anderem ({fact})."), value=atom.text, fact=rival,
            )  # fmt: skip
            return
        if atom.kind in (NUMBER, MONEY, PERCENT):
            self._unit(clause, atom, other, home)
        sentence_count = self._overlap(view.words, source.stems)[1]
        if count == 0 and sentence_count == 0 and view.content and atom.kind != DATE:
            self._add(
                "unsupported", "warn", atom.start, atom.end, atom.kind,
                N_("„{value}“ steht in den Fakten in einem anderen Zusammenhang."), value=atom.text,
            )  # fmt: skip
        self._limits(atom, other, source)

    def _rival(self, clause: Clause, atom: Atom, score: float) -> str | None:
        """The fact that says the same thing with another value of this kind, if one fits better."""
        if atom.kind not in (NUMBER, MONEY, PERCENT, TIME, DATE):
            return None
        heads = self._head(atom, clause.words)
        for source in self.confirmed:
            for home in source.clauses:
                values = [other for other in home.atoms if other.kind == atom.kind]
                if not values or any(same_value(atom, other) for other in values):
                    continue
                if any(
                    same_value(mine, other)
                    for mine in clause.atoms
                    if mine.kind == atom.kind
                    for other in values
                ):
                    continue
                near = self._overlap(clause.words, self._clause_stems(home))
                hits = sum(
                    1 for mine in clause.atoms if any(same_value(mine, o) for o in home.atoms)
                )
                strength = near[0]
                if not any(same_value(atom, other) for other in source.atoms):
                    strength = max(strength, 0.9 * self._overlap(clause.words, source.stems)[0])
                if strength + hits >= score + 1.0 and near[1] >= 1:
                    return source.fact.id
                if atom.kind == NUMBER and heads:
                    for other in values:
                        theirs = self._head(other, home.words)
                        if theirs and theirs[0] == heads[0] and near[0] > score + 0.5:
                            return source.fact.id
        return None

    def _unit(self, clause: Clause, atom: Atom, other: Atom, home: Clause) -> None:
        units = _unit_stems(self.language)
        mine = [head for head in self._head(atom, clause.words) if head in units][:1]
        theirs = [head for head in self._head(other, home.words) if head in units][:1]
        if mine and theirs and mine != theirs:
            self._add(
                "contradicts_fact", "block", atom.start, atom.end, "unit",
                N_("„{value}“: die Einheit ist in den Fakten eine andere."), value=atom.text,
            )  # fmt: skip

    def _limits(self, atom: Atom, other: Atom, source: Source) -> None:
        """„rund“, „mindestens“, „bis zu“ of the fact must stay."""
        mine, theirs = self._limit(atom), self._limit(other, source)
        if mine == theirs or (not theirs and mine == "about"):
            return
        if any(self._limit(o, s) == mine for s, o in self._holders(atom, self.confirmed)):
            return
        if atom.kind in (DATE, TIME) and not (theirs and mine):
            return
        severity = "warn" if not theirs or ("about" in (mine, theirs) and mine) else "block"
        message = (
            N_("„{value}“: die Einschränkung aus dem Fakt (rund, mindestens, höchstens) fehlt.")
            if not mine
            else N_("„{value}“: der Fakt schränkt anders ein.")
        )
        self._add(
            "contradicts_fact", severity, atom.start, atom.end, "hedge", message, value=atom.text
        )

    def _weekday(self, view: _SentenceView, clause: Clause, atom: Atom) -> None:
        dates = [a for a in view.atoms if a.kind == DATE and 0 <= a.start - atom.end <= 8]
        for given in dates:
            full = self._completed(given)
            if full is None:
                continue
            if full.weekday() != atom.value:
                self._add(
                    "contradicts_fact", "block", atom.start, atom.end, "weekday",
                    N_("Der Wochentag „{value}“ passt nicht zum Datum."), value=atom.text,
                )  # fmt: skip
            return
        if view.next_update or view.instruction:
            return
        holders: list[tuple[Source, Clause]] = []
        rivals: list[tuple[Source, Clause]] = []
        for source in self.confirmed:
            for home in source.clauses:
                days = {other.value for other in home.atoms if other.kind == WEEKDAY}
                for other in home.atoms:
                    full = self._completed(other) if other.kind == DATE else None
                    if full is not None:
                        days.add(full.weekday())
                if atom.value in days:
                    holders.append((source, home))
                elif days:
                    rivals.append((source, home))
        if not holders:
            severity = "block" if rivals else "warn"
            self._add(
                "contradicts_fact" if rivals else "unsupported", severity, atom.start, atom.end, "weekday",
                N_("Der Wochentag „{value}“ stimmt mit keinem bestätigten Fakt überein."), value=atom.text,
            )  # fmt: skip
            return
        own = max(self._overlap(clause.words, self._clause_stems(home))[0] for _, home in holders)
        other_best = max(
            (self._overlap(clause.words, self._clause_stems(home))[0] for _, home in rivals),
            default=0.0,
        )
        if other_best >= own + 1.0:
            self._add(
                "contradicts_fact", "block", atom.start, atom.end, "weekday",
                N_("Der Wochentag „{value}“ gehört nach den Fakten zu etwas anderem."), value=atom.text,
            )  # fmt: skip

    def _completed(self, atom: Atom) -> date | None:
        """The calendar date of an atom, its year taken from the facts where it is missing."""
        if not isinstance(atom.value, Day):
            return None
        full = atom.value.as_date()
        if full is not None:
            return full
        for source in self.confirmed:
            for other in source.atoms:
                if (
                    isinstance(other.value, Day)
                    and other.value.year
                    and (other.value.month is None or atom.value.fits(other.value))
                ):
                    return Day(other.value.year, atom.value.month, atom.value.day).as_date()
        years = {
            other.value.year
            for source in self.confirmed
            for other in source.atoms
            if isinstance(other.value, Day) and other.value.year
        }
        if len(years) == 1:
            return Day(years.pop(), atom.value.month, atom.value.day).as_date()
        return None

    def _relative_day(self, view: _SentenceView, atom: Atom) -> None:
        if view.next_update or view.instruction:
            return
        theirs = {
            other.value for source in self.confirmed for other in source.atoms if other.kind == DAY
        }
        if theirs and atom.value not in theirs and atom.value != 0:
            self._add(
                "contradicts_fact", "block", atom.start, atom.end, "day",
                N_("„{value}“: die Fakten nennen einen anderen Tag."), value=atom.text,
            )  # fmt: skip

    def _vague(self, view: _SentenceView) -> None:
        for word in view.words:
            lower = word.text.lower()
            if lower in self.lists.vague:
                if (
                    not re.search(rf"\b{re.escape(lower)}", self.known_lower)
                    and not view.claims_nothing
                ):
                    self._add(
                        "unsupported", "block", word.start, word.end, "vague",
                        N_("„{value}“: diese Menge steht in keinem bestätigten Fakt."), value=word.text,
                    )  # fmt: skip
            elif lower in _EVERY:
                if not view.claims_nothing and self._counted(word, view):
                    self._add(
                        "unsupported", "warn", word.start, word.end, "vague",
                        N_("„{value}“: diese Menge steht in keinem bestätigten Fakt."), value=word.text,
                    )  # fmt: skip
            elif (
                lower in self.lists.small_vague
                and lower[:4] not in ("manc",)
                and not view.claims_nothing
            ):
                root = lower[:5]
                if root not in self.known_lower and (
                    lower.startswith(("wenig", "einiges", "few")) or self._counted(word, view)
                ):
                    severity = "block" if lower.startswith(("wenig", "few", "einiges")) else "warn"
                    self._add(
                        "unsupported", severity, word.start, word.end, "vague",
                        N_("„{value}“: diese Menge steht in keinem bestätigten Fakt."), value=word.text,
                    )  # fmt: skip

    def _counted(self, word: Word, view: _SentenceView) -> bool:
        """Whether a fact gives an exact number for what ``word`` leaves vague."""
        behind = [other.stem for other in view.words if other.start > word.end and other.content][
            :1
        ]
        for source in self.confirmed:
            for clause in source.clauses:
                for atom in clause.atoms:
                    if atom.kind == NUMBER and isinstance(atom.value, Decimal) and atom.value > 1:
                        heads = self._head(atom, clause.words)
                        if behind and heads and related(behind[0], heads[0], self.language):
                            return True
        return False

    # -- names, places, bodies --------------------------------------------------------------------

    def _names(self, view: _SentenceView) -> None:
        for start, end in view.persons:
            if view.in_quote(start):
                continue
            name = self.text[start:end]
            parts = [
                part
                for part in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", name)
                if len(part) > 1 and part[0].isupper()
            ]
            missing = [
                part
                for part in parts
                if part not in self.known_names and part.removesuffix("s") not in self.known_names
            ]
            if not missing:
                continue
            if all(part in self._name_parts(self.open) for part in missing):
                if not (view.hedged or view.open):
                    self._add(
                        "unconfirmed_as_fact", "block", start, end, "name",
                        N_("„{value}“ steht nur in einem unbestätigten Fakt."), value=name,
                    )  # fmt: skip
                continue
            severity = "block"
            if view.salutation and not view.signature:
                severity = "info"
            elif view.contact and not self._known_otherwise(parts):
                severity = "warn" if self._any_person() else "info"
            self._add(
                "unsupported", severity, start, end, "name",
                N_("Der Name „{value}“ steht in keinem bestätigten Fakt."), value=name,
            )  # fmt: skip

    def _known_otherwise(self, parts: Sequence[str]) -> bool:
        """Whether a fact names somebody of the same surname with another given name."""
        for source in self.confirmed:
            for start, end in find_persons(source.fact.text):
                theirs = source.fact.text[start:end].split()
                if len(theirs) > 1 and any(part in theirs for part in parts):
                    return True
        return False

    def _any_person(self) -> bool:
        return any(find_persons(source.fact.text) for source in self.confirmed)

    def _places(self, view: _SentenceView) -> None:
        for match in re.finditer(r"[^\W\d_]+(?:-[^\W\d_]+)*", view.text):
            word, at = match[0], view.start + match.start()
            if (
                not word[0].isupper()
                or not gazetteer.is_place(word)
                or view.in_quote(at)
                or view.in_atom(at)
            ):
                continue
            if any(start <= at < end for start, end in view.persons) or word in self.known_names:
                continue
            if self.foreign and _EXONYMS.get(word) in self.known_names:
                continue
            if (
                word.removesuffix("s") in self.known_names
                or view.salutation
                or (_DATELINE.match(view.text) and match.start() < 3)
            ):
                continue
            only_open = re.search(rf"\b{re.escape(word.lower())}", self.open_lower) is not None
            if only_open and (view.hedged or view.open):
                continue
            self._add(
                "unconfirmed_as_fact" if only_open else "unsupported", "block", at, at + len(word), "place",
                N_("Der Ort „{value}“ steht in keinem bestätigten Fakt."), value=word,
            )  # fmt: skip

    def _actors(self, view: _SentenceView) -> None:
        if view.instruction and not _AUXILIARY.search(view.text):
            return
        for name, pattern in _actor_patterns():
            match = pattern.search(view.text)
            if (
                match is None
                or view.in_quote(view.start + match.start())
                or view.in_atom(view.start + match.start())
            ):
                continue
            if view.instruction and not re.search(
                r"\bwir haben\b|\bwe have\b", view.text, re.IGNORECASE
            ):
                continue
            start, end = view.start + match.start(), view.start + match.end()
            if any(pattern.search(source.fact.text) for source in self.confirmed):
                continue
            if any(pattern.search(source.fact.text) for source in self.open):
                if not (view.hedged or view.open):
                    self._add(
                        "unconfirmed_as_fact", "block", start, end, "actor",
                        N_("„{value}“ kommt nur in einem unbestätigten Fakt vor."), value=match[0],
                    )  # fmt: skip
                continue
            severity = "warn" if view.open and not name else "block"
            self._add(
                "unsupported", severity, start, end, "actor",
                N_("„{value}“ kommt in keinem bestätigten Fakt vor."), value=match[0],
            )  # fmt: skip

    # -- what is denied, doubted, added -----------------------------------------------------------

    def _unconfirmed(self, view: _SentenceView) -> None:
        if view.hedged or view.open:
            return
        for clause in view.clauses:
            content = [word for word in clause.content if not word.free]
            if not content:
                continue
            only_open = [
                word
                for word in content
                if not self._known(word.stem)
                and any(self._matches(word.stem, source.stems) for source in self.open)
            ]
            if not only_open:
                if self._fits_open_better(clause):
                    self._add(
                        "unconfirmed_as_fact", "block", view.start, view.end, "unconfirmed",
                        N_("Das ist nach den Fakten nicht bestätigt. Bitte offen lassen oder als unbestätigt kennzeichnen."),
                    )  # fmt: skip
                    return
                continue
            best = max(
                (self._overlap(content, source.stems) for source in self.open),
                key=lambda pair: pair[0],
            )
            telling = (
                any(word.noun for word in only_open)
                or len(only_open) >= 2
                or best[1] >= 2
                or only_open == content
            )
            if telling:
                first, last = only_open[0], only_open[-1]
                self._add(
                    "unconfirmed_as_fact", "block", first.start, last.end, "unconfirmed",
                    N_("Das ist nach den Fakten nicht bestätigt. Bitte offen lassen oder als unbestätigt kennzeichnen."),
                )  # fmt: skip
                return

    def _fits_open_better(self, clause: Clause) -> bool:
        """Whether an unconfirmed fact says the whole clause, and no confirmed one nearly as much."""
        content = clause.content
        total = sum(word.full_weight for word in {word.stem: word for word in content}.values())
        if total < 3 or len(content) < 2:
            return False

        def best(sources: Iterable[Source]) -> float:
            return max(
                (
                    self._overlap(content, self._clause_stems(home), full=True)[0]
                    for source in sources
                    for home in source.clauses
                ),
                default=0.0,
            )

        mine = best(self.open)
        return mine >= 0.85 * total and best(self.confirmed) < 0.7 * mine

    def _aligned(self, clause: Clause) -> list[tuple[float, Source, Clause]]:
        """The clauses of confirmed facts that say the same thing as ``clause``, best first."""
        content = clause.content
        total = sum(word.full_weight for word in {word.stem: word for word in content}.values())
        if not total:
            return []
        found: list[tuple[float, Source, Clause]] = []
        opposite_of = {
            word.stem: other
            for word in content
            for other in self.known
            if opposed(word.stem, other, self.language)
        }
        for source in self.confirmed:
            for home in source.clauses:
                stems = self._clause_stems(home)
                weight, count = self._overlap(content, stems, full=True)
                for word in content:
                    if word.stem in opposite_of and any(
                        opposed(word.stem, s, self.language) for s in stems
                    ):
                        weight += word.full_weight
                        count += 1
                hits = sum(
                    1
                    for atom in clause.atoms
                    if any(same_value(atom, other) for other in home.atoms)
                )
                general = home.negative and weight >= 0.99 * sum(
                    word.full_weight for word in {word.stem: word for word in home.content}.values()
                )
                if ((count >= 2 or weight >= 0.99 * total) and weight >= 0.45 * total) or (
                    general and count
                ):
                    found.append((weight + 1.5 * hits, source, home))
        found.sort(key=lambda item: -item[0])
        return [item for item in found if item[0] >= found[0][0] * 0.7]

    def _polarity(self, view: _SentenceView) -> None:
        if view.open:
            return
        for clause in view.clauses:
            aligned = self._aligned(clause)
            if not aligned:
                continue
            if self._contradiction(clause, aligned):
                self._add(
                    "contradicts_fact", "block", view.start, view.end, "negation",
                    N_("Der Fakt {fact} sagt das Gegenteil."), fact=aligned[0][1].fact.id,
                )  # fmt: skip
                return
            near = [item for item in aligned if item[0] >= aligned[0][0] - 0.5]
            if not view.hedged and all(home.hedged for _, _, home in near):
                self._add(
                    "contradicts_fact", "block", view.start, view.end, "hedge",
                    N_("Der Fakt {fact} gilt nur mit Vorbehalt; im Text fehlt er."), fact=aligned[0][1].fact.id,
                )  # fmt: skip
                return

    def _contradiction(
        self, clause: Clause, aligned: Sequence[tuple[float, Source, Clause]]
    ) -> bool:
        """Whether every clause that says the same thing says it the other way round."""
        for _, _, home in aligned:
            turned = clause.negative != home.negative
            stems = self._clause_stems(home)
            for word in clause.content:
                if word.stem in stems:
                    continue
                if any(opposed(word.stem, other, self.language) for other in stems):
                    turned = not turned
                    break
            if not turned:
                return False
        return True

    def _causes(self, view: _SentenceView) -> None:
        match = self.lists.causes.search(view.shown)
        if match is None or view.open:
            return
        start, end = view.start + match.start(), view.start + match.end()
        content = [word for word in view.words if word.content and not word.free]
        for source in self.confirmed:
            if source.causes and all(
                self._matches(word.stem, source.stems) for word in content if word.noun
            ):
                if self.cause == "open" and self._overlap(content, source.stems)[1]:
                    self._add(
                        "unknown_as_fact", "warn", start, end, "CV-09",
                        N_("Die Ursache ist im Fall noch offen: bitte den Status der Ursache klären."),
                    )  # fmt: skip
                return
        if view.hedged and any(source.causes or source.hedged for source in self.open):
            return
        novel = [word for word in content if not self._known(word.stem)]
        if not novel and any(source.causes for source in self.confirmed):
            return
        established = self.cause in ("established", "fixed")
        self._add(
            "unsupported" if established else "unknown_as_fact",
            "block" if novel else "warn",
            start, end, "CV-09",
            N_("Eine Ursache wird behauptet, die kein bestätigter Fakt nennt."),
        )  # fmt: skip

    def _absolutes(self, view: _SentenceView) -> None:
        for match in self.lists.absolutes.finditer(view.shown):
            if match[0].lower() not in self.known_lower:
                self._add(
                    "unsupported", "warn", view.start + match.start(), view.start + match.end(), "absolute",
                    N_("„{value}“ lässt keinen Zweifel zu; die Fakten tragen das nicht."), value=match[0],
                )  # fmt: skip

    def _novelty(self, view: _SentenceView) -> None:
        novel: list[Word] = []
        for word in view.words:
            if not word.content or word.free or view.in_quote(word.start) or len(word.text) < 3:
                continue
            if self._known(word.stem):
                continue
            if self.addressed and word.stem in self.lists.document:
                continue
            if (view.hedged or view.open) and any(
                self._matches(word.stem, s.stems) for s in self.open
            ):
                continue
            if word.text in self.known_names or gazetteer.is_place(word.text):
                continue
            if any(start <= word.start < end for start, end in view.persons):
                continue
            if self._opposes_known(word):
                continue
            novel.append(word)
        for word in novel:
            if word.noun and _BODY.search(word.text) and not (view.claims_nothing or view.imprint):
                self._add(
                    "unsupported", "block", word.start, word.end, "actor",
                    N_("„{value}“ kommt in keinem bestätigten Fakt vor."), value=word.text,
                )  # fmt: skip
        if not novel:
            return
        nouns = [word for word in novel if word.noun]
        weight = sum(word.weight for word in novel)
        known = [
            word for word in view.words if word.content and not word.free and self._known(word.stem)
        ]
        if view.salutation or view.signature or view.imprint:
            return
        if view.instruction:
            nouns = [word for word in nouns if word.stem not in self.lists.advice]
            if not nouns or (known and len(nouns) < 2):
                return
        elif view.claims_nothing or view.open or view.contact:
            if weight < 4.0 or len(nouns) < 2:
                return
        elif view.hedged and not nouns:
            return
        serious = bool(nouns) or len(novel) >= 2 or not known or not self._told_by_one(known)
        first, last = novel[0], novel[-1]
        listed = ", ".join(dict.fromkeys(word.text for word in novel))
        if not known and len(novel) >= 2:
            self._add(
                "unsupported", "warn", view.start, view.end, "addition",
                N_("Kein bestätigter Fakt trägt diesen Satz ({value})."), value=listed,
            )  # fmt: skip
        else:
            self._add(
                "unsupported", "warn" if serious else "info", first.start, last.end, "addition",
                N_("Neu gegenüber den Fakten: {value}."), value=listed,
            )  # fmt: skip

    def _uncompared(self, view: _SentenceView) -> None:
        """Once a text: a statement in another language than the ledger, without a figure to go by."""
        if self._said_foreign or view.claims_nothing or view.open or not view.content:
            return
        if any(self._holders(atom, self.confirmed) for atom in view.atoms):
            return
        self._said_foreign = True
        self._add(
            "unsupported", "warn", view.start, view.end, "language",
            N_("Die Fakten sind in einer anderen Sprache: bitte diesen und alle weiteren Sätze von Hand vergleichen."),
        )  # fmt: skip

    def _told_by_one(self, known: Sequence[Word]) -> bool:
        """Whether a single fact knows at least two of these words or one telling pair."""
        return (
            any(
                self._overlap(known, source.stems)[1] >= min(2, len(known))
                for source in self.confirmed
            )
            and len(known) > 1
        )

    def _opposes_known(self, word: Word) -> bool:
        return any(opposed(word.stem, other, self.language) for other in self.known)


class _SentenceView:
    """A sentence of the text with what its shape tells."""

    def __init__(
        self,
        sentence: Sentence,
        clauses: Sequence[Clause],
        lists: Lexicon,
        persons: Sequence[tuple[int, int]] = (),
        signature: bool = False,
    ) -> None:
        """``persons``: the names of people in it. ``signature``: a closing or a contact heading
        stood before; what follows is a block."""
        self.persons = persons
        self.start, self.end, self.text = sentence.start, sentence.end, sentence.text
        self.clauses = clauses
        self.words = [word for clause in clauses for word in clause.words]
        self.atoms = [atom for clause in clauses for atom in clause.atoms]
        self.shown = _hide(
            sentence.text, [a for a in self.atoms if a.kind == QUOTE], sentence.start
        )
        shown = self.shown
        self.content = [word for word in self.words if word.content and not word.free]
        self.short = len(self.content) <= 2
        self.open = lists.open_marks.search(shown) is not None
        self.hedged = any(clause.hedged for clause in clauses)
        self.salutation = lists.salutation.search(shown) is not None
        short = len(shown.split()) <= 8 and not shown.rstrip().endswith((".", "!", "?"))
        self.signature = (signature and short) or _CLOSES.search(shown) is not None
        self.imprint = _IMPRINT.search(shown) is not None
        self.contact = lists.contact.search(shown) is not None or self.signature
        self.instruction = lists.instruction.search(shown) is not None
        self.next_update = lists.next_update.search(shown) is not None
        self.concern = _FIRST_PERSON.search(shown) is not None and (
            lists.concern.search(shown) is not None or lists.thanks.search(shown) is not None
        )
        self.claims_nothing = (
            self.salutation
            or self.instruction
            or ((self.concern or self.contact or self.next_update) and not self.atoms_claim)
        )

    @property
    def atoms_claim(self) -> bool:
        """Whether a sentence of concern also carries figures, and so claims something."""
        return any(atom.kind in (MONEY, PERCENT, NUMBER, QUOTE) for atom in self.atoms)

    def in_quote(self, position: int) -> bool:
        return any(atom.kind == QUOTE and atom.start <= position < atom.end for atom in self.atoms)

    def in_atom(self, position: int) -> bool:
        return any(atom.start <= position < atom.end for atom in self.atoms)


@cache
def _actor_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    patterns = []
    for name, bodies in gazetteer.authorities().items():
        alternatives = []
        for body in bodies:
            flag = "(?i:" if len(body) > 4 else "(?:"
            alternatives.append(f"{flag}{re.escape(body)}(?:e[nrs]?|n|s|innen|in)?)")
        patterns.append((name, re.compile(rf"(?<![\w-])(?:{'|'.join(alternatives)})(?![\w-])")))
    return tuple(patterns)


def check_text(
    text: str,
    language: str,
    facts: Sequence[Fact],
    cause: str | None = None,
    kind: str | None = None,
) -> Result:
    """Traces and issues of ``text`` against ``facts``.

    ``language`` "de" or "en"; ``cause`` what the case says of the cause ("open",
    "established", "fixed"), None where it says nothing; ``kind`` the kind of text. A ledger in
    the other language is compared by its exact statements, names and bodies only.
    """
    return _Checker(text, language, facts, cause, kind).run()
