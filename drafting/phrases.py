"""Phrases that must not leave the house without a decision, and claims nobody can make yet.

The patterns are data (``data/reference/liability.toml``): admissions, ransom, insurance,
perpetrators, promises, blame, insults. A phrase that is denied, quoted, reported as somebody's
demand or left open is shown at a lower level instead of blocking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex

from data import reference
from data.i18n import N_
from drafting.grounding import CONFIRMED, Fact, Issue
from drafting.sentences import Sentence
from drafting.words import Lexicon, lexicon

MESSAGES = {
    "accept": N_(
        "Die Haftung wird anerkannt. Vor der Aussendung muss der Versicherer zustimmen (§ 154 VersVG)."
    ),
    "responsibility": N_(
        "Das liest sich als Anerkenntnis: Verantwortung wird übernommen. Vor der Aussendung muss der Versicherer zustimmen."
    ),
    "compensation": N_(
        "Ersatz oder Erstattung wird zugesagt. Vor der Aussendung muss der Versicherer zustimmen."
    ),
    "costs": N_(
        "Die Übernahme von Kosten oder Schäden wird zugesagt. Vor der Aussendung muss der Versicherer zustimmen."
    ),
    "own_fault": N_(
        "Ein eigener Fehler oder ein Verschulden wird eingeräumt. Vor der Aussendung muss der Versicherer zustimmen."
    ),
    "breach": N_(
        "Das räumt eine Pflichtverletzung oder einen Anspruch ein. Vor der Aussendung muss der Versicherer zustimmen."
    ),
    "goodwill": N_(
        "Kulanz und Gutscheine können als Anerkenntnis gelesen werden: bitte mit dem Versicherer abstimmen."
    ),
    "admission": N_(
        "Das liest sich als Anerkenntnis der Haftung. Vor der Aussendung muss der Versicherer zustimmen."
    ),
    "ransom": N_(
        "Zu Lösegeld, Erpressung und Verhandlungen sagt der Text nichts, auch nichts Verneinendes."
    ),
    "insurance": N_("Ob es eine Versicherung gibt und was sie leistet, gehört nicht in den Text."),
    "perpetrator": N_(
        "Der Text nennt oder umschreibt einen Täter. Die Zuordnung ist Sache der Behörden."
    ),
    "promise": N_("Das ist eine Zusage, die der Betrieb vielleicht nicht halten kann."),
    "blame": N_("Der Text gibt jemandem die Schuld. In der Krise bleibt er bei den Tatsachen."),
    "insult": N_("Herabsetzend: das kann gegen den Betrieb selbst gewendet werden (§ 1330 ABGB)."),
}

_REPORTED = regex.compile(
    r"\b(?:verlang\w*|forder\w*|behaupt\w*|mein(?:t|en)|wirft uns vor|werfen uns vor|glaub(?:t|en)|vorwurf|demands?|claims?|accus\w+|alleg\w+)\b[^.!?]{0,40}(?:,|dass|that)?[^.!?]{0,60}$",
    regex.IGNORECASE,
)
_CONDITION = regex.compile(
    r"\b(?:falls|wenn|sofern|sollte[n]?|if|should|unless)\b", regex.IGNORECASE
)
_EVIDENCE = regex.compile(
    r"\b(?:hinweis\w*|anzeichen|anhaltspunkt\w*|indication\w*|evidence|sign\w*)\b", regex.IGNORECASE
)
_GIVING = regex.compile(
    r"\b(?:geben|senden|schicken|teilen|übermitteln|nennen|leiten|verraten|geben|halten) sie\b|\b(?:do not|never|don't) (?:send|give|share|enter|disclose)\b",
    regex.IGNORECASE,
)
_CLAUSE_END = regex.compile(r"[,;:–—]")
_KEEP_WITHOUT = ("ohne", "without")


@dataclass(frozen=True)
class _Phrase:
    kind: str
    rule: str
    severity: str
    lower: bool
    needs: tuple[str, ...]
    pattern: regex.Pattern[str]
    unless: regex.Pattern[str] | None
    message: str


@dataclass(frozen=True)
class _Claims:
    """Compiled patterns for claims about data and for resolution times."""

    thing: str
    loss: str
    negative: regex.Pattern[str]
    positive: regex.Pattern[str]
    event: regex.Pattern[str]
    safe: regex.Pattern[str]
    done: regex.Pattern[str]
    when: regex.Pattern[str]
    past: regex.Pattern[str]
    future: regex.Pattern[str]
    hedged: regex.Pattern[str]
    deny: regex.Pattern[str]
    diminish: regex.Pattern[str]
    rebuild: regex.Pattern[str]


@cache
def _phrases() -> tuple[_Phrase, ...]:
    rows: list[dict[str, Any]] = reference.load("liability")["phrase"]
    return tuple(
        _Phrase(
            kind=row["kind"],
            rule=row["rule"],
            severity=row["severity"],
            lower=row["lower"],
            needs=tuple(row["needs"]),
            pattern=regex.compile(row["pattern"], regex.IGNORECASE),
            unless=regex.compile(row["unless"], regex.IGNORECASE) if "unless" in row else None,
            message=MESSAGES[row["message"]],
        )
        for row in rows
    )


@cache
def _claims() -> _Claims:
    table = reference.load("liability")
    data, resolution, strategy = table["data_claim"], table["resolution"], table["strategy"]
    thing = f"(?:{data['thing']}|{data['thing_en']})"
    loss = f"(?:{data['loss']}|{data['loss_en']})"

    def either(gap: str) -> regex.Pattern[str]:
        return regex.compile(
            rf"\b{thing}\b{gap}\b{loss}\b|\b{loss}\b{gap}\b{thing}\b", regex.IGNORECASE
        )

    def one(value: str) -> regex.Pattern[str]:
        return regex.compile(value, regex.IGNORECASE)

    return _Claims(
        thing=thing,
        loss=loss,
        negative=either(r"[^!?;]{0,80}"),
        positive=either(r"[^!?;,:]{0,60}"),
        event=one(rf"\b{data['event']}\b"),
        safe=one(data["safe"]),
        done=one(resolution["done"]),
        when=one(resolution["when"]),
        past=one(resolution["past"]),
        future=one(resolution["future"]),
        hedged=one(resolution["hedged"]),
        deny=one(strategy["deny"]),
        diminish=one(strategy["diminish"]),
        rebuild=one(strategy["rebuild"]),
    )


def _clause(text: str, start: int, end: int) -> str:
    """The part of a sentence between commas that holds ``start`` to ``end``."""
    first = max((mark.end() for mark in _CLAUSE_END.finditer(text, 0, start)), default=0)
    after = _CLAUSE_END.search(text, end)
    return text[first : after.start() if after else len(text)]


def _denied(text: str, lists: Lexicon) -> bool:
    cleaned = regex.sub(r"\bnicht (?:nur|zuletzt)\b|\bnot only\b", "", text, flags=regex.IGNORECASE)
    found = regex.findall(r"[^\W\d_]+(?:['’]t)?", cleaned.lower())
    return any(word in lists.negators and word not in _KEEP_WITHOUT for word in found)


def _quoted(quotes: Sequence[tuple[int, int]], start: int) -> bool:
    return any(a <= start < b for a, b in quotes)


def find_phrases(
    text: str, sentences: Sequence[Sentence], quotes: Sequence[tuple[int, int]], language: str
) -> Iterator[Issue]:
    """Issues for every listed phrase in ``text``; ``quotes`` are the spans in quotation marks."""
    lists = lexicon(language)
    lower = text.lower()
    for phrase in _phrases():
        if not any(piece in lower for piece in phrase.needs):
            continue
        for sentence in sentences:
            if phrase.unless is not None and phrase.unless.search(sentence.text):
                continue
            for match in phrase.pattern.finditer(sentence.text):
                start, end = sentence.start + match.start(), sentence.start + match.end()
                severity = phrase.severity
                if _quoted(quotes, start) or (
                    phrase.lower
                    and (
                        _denied(_clause(sentence.text, match.start(), match.end()), lists)
                        or lists.open_marks.search(sentence.text)
                        or _REPORTED.search(sentence.text[: match.start()])
                    )
                ):
                    severity = "info"
                yield Issue(phrase.kind, severity, start, end, phrase.rule, phrase.message)


def _data_claim(sentence: str, lists: Lexicon) -> tuple[str, int, int] | None:
    """What a sentence claims about data: ("no" | "no evidence" | "yes", start, end) or None."""
    patterns = _claims()
    if lists.open_marks.search(sentence) or _CONDITION.search(sentence) or _GIVING.search(sentence):
        return None
    safe = patterns.safe.search(sentence)
    if safe is not None:
        denied = regex.search(
            r"\b(?:nicht|not) (?:mehr )?(?:sicher|geschützt|safe|secure)\b",
            safe[0],
            regex.IGNORECASE,
        )
        return ("yes" if denied else "no", *safe.span())
    event = patterns.event.search(sentence)
    claim = patterns.negative.search(sentence) or event
    if claim is None:
        return None
    start, end = claim.span()
    clause_start = max(
        (
            m.end()
            for m in regex.finditer(r"[;:–]|,(?= (?:aber|sondern|doch|but)\b)", sentence[:start])
        ),
        default=0,
    )
    around = sentence[clause_start:end] + regex.split(r"[;:,–]", sentence[end:])[0]
    excluded = regex.search(
        r"\b(?:ausgeschlossen|ausschließen|auszuschließen|ruled? out|excluded?)\b",
        around,
        regex.IGNORECASE,
    )
    if (
        excluded
        or _denied(around, lists)
        or regex.search(r"\b(?:ohne|without)\b", around, regex.IGNORECASE)
    ):
        evidence = _EVIDENCE.search(around)
        first = start
        negator = regex.search(
            r"\b(?:kein\w*|nicht|nie|niemals|zu keine\w+|ohne|weder|no|not|none|never|without)\b",
            around,
            regex.IGNORECASE,
        )
        if negator is not None:
            first = min(start, clause_start + negator.start())
        return ("no evidence" if evidence else "no", first, end)
    plain = patterns.positive.search(sentence)
    if plain is not None and not lists.hedges.search(sentence):
        return ("yes", *plain.span())
    return None


def data_claims(
    sentences: Sequence[Sentence],
    quotes: Sequence[tuple[int, int]],
    language: str,
    data_loss: str,
    facts: Sequence[Fact],
) -> Iterator[Issue]:
    """Claims that data are (not) lost, against what the case knows: "yes", "no", "unknown"."""
    lists = lexicon(language)
    confirmed = [fact.text for fact in facts if fact.status == CONFIRMED]
    known = {claim[0] for text in confirmed for claim in [_data_claim(text, lists)] if claim}
    evidence = any(_EVIDENCE.search(text) for text in confirmed)
    for sentence in sentences:
        found = _data_claim(sentence.text, lists)
        if found is None:
            continue
        claim, start, end = found[0], sentence.start + found[1], sentence.start + found[2]
        quoted = _quoted(quotes, start)
        if claim == "no evidence":
            if evidence or data_loss == "no":
                continue
            yield Issue(
                "unknown_as_fact", "info" if quoted else "warn", start, end, "EX-01b",
                N_("Kein bestätigter Fakt sagt, dass es keine Hinweise auf einen Datenabfluss gibt."),
            )  # fmt: skip
        elif claim == "no" and data_loss == "unknown":
            yield Issue(
                "unknown_as_fact", "info" if quoted else "block", start, end, "EX-01b",
                N_("Ob Daten betroffen sind, ist im Fall noch unbekannt. Das darf nicht verneint werden."),
            )  # fmt: skip
        elif claim == "no" and data_loss == "yes" and "no" not in known:
            yield Issue(
                "contradicts_fact", "info" if quoted else "block", start, end, "EX-01b",
                N_("Im Fall ist festgehalten, dass Daten betroffen sind."),
            )  # fmt: skip
        elif claim == "yes" and data_loss == "unknown" and "yes" not in known:
            yield Issue(
                "unknown_as_fact", "info" if quoted else "block", start, end, "EX-01b",
                N_("Ob Daten betroffen sind, ist im Fall noch unbekannt. Das darf nicht behauptet werden."),
            )  # fmt: skip
        elif claim == "yes" and data_loss == "no":
            yield Issue(
                "contradicts_fact", "info" if quoted else "block", start, end, "EX-01b",
                N_("Im Fall ist festgehalten, dass keine Daten betroffen sind."),
            )  # fmt: skip


def resolution_promises(
    sentences: Sequence[Sentence],
    quotes: Sequence[tuple[int, int]],
    language: str,
    supported: Sequence[bool],
) -> Iterator[Issue]:
    """Promises that something works again by some time. ``supported``: by a fact, per sentence."""
    lists = lexicon(language)
    patterns = _claims()
    message = N_(
        "Ein Zeitpunkt für die Lösung wird zugesagt. Genannt wird nur, wann die nächste Information kommt."
    )
    for sentence, by_fact in zip(sentences, supported, strict=True):
        done, when = patterns.done.search(sentence.text), patterns.when.search(sentence.text)
        if done is None or when is None or sentence.text.rstrip().endswith("?"):
            continue
        clause = _clause(sentence.text, done.start(), done.end())
        scope = clause if patterns.when.search(clause) else sentence.text
        if patterns.past.search(scope) and not patterns.future.search(
            regex.sub(r"\bwerden\b", "", scope, flags=regex.IGNORECASE)
        ):
            continue
        if lists.open_marks.search(scope) or _denied(scope, lists) or _CONDITION.search(scope):
            continue
        start = sentence.start + min(done.start(), when.start())
        end = sentence.start + max(done.end(), when.end())
        severity = "warn" if by_fact or patterns.hedged.search(sentence.text) else "block"
        if _quoted(quotes, start):
            severity = "info"
        yield Issue("promise", severity, start, end, "3.2", message)


def mixed_strategy(text: str, quotes: Sequence[tuple[int, int]]) -> Iterator[Issue]:
    """Denying beside diminishing or apologising in one text (SCCT, rule c)."""
    patterns = _claims()
    denials = [m for m in patterns.deny.finditer(text) if not _quoted(quotes, m.start())]
    others = [
        m
        for pattern in (patterns.rebuild, patterns.diminish)
        for m in pattern.finditer(text)
        if not _quoted(quotes, m.start())
    ]
    others = [
        m for m in others if not any(m.start() < d.end() and d.start() < m.end() for d in denials)
    ]
    if denials and others:
        first = min(others, key=lambda match: match.start())
        yield Issue(
            "mixed_strategy", "warn", first.start(), first.end(), "SCCT-c",
            N_("Der Text bestreitet („{value}“) und entschuldigt oder verharmlost zugleich. Bitte bei einer Linie bleiben."),
            {"value": denials[0][0]},
        )  # fmt: skip
