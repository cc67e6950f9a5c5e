"""What the intake asks next, and what was answered when.

One question at a time, in the order in which they decide, until the result is certain or
everything that still may decide was asked. "unknown" is an answer: it is kept with its time and
the next question comes. Nothing here is a rule; the rules say what they miss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases import coverage_text, deciding
from cases.coverage import Decision, Verdict
from cases.errors import AnswerReasonNeeded, MissingField
from cases.intake import Answers, document
from data import parse_utc, utc_text
from data.i18n import N_, _

UNKNOWN = ("unknown",)
NONE = ("none",)

_NAMES = {
    "it_events": "kinds",
    "kind": "kinds",
    "outage": "outage",
    "device": "device",
    "runs_on": "runs_on",
    "operating_system_failed": "operating_system_failed",
    "warning_letter_justified": "warning_letter_justified",
    "claim": "claim",
    "abusive": "abusive",
    "communication_need": "communication_need",
    "sudden": "sudden",
    "unforeseeable": "unforeseeable",
    "media_allegation": "media_allegation",
    "medium": "media_allegation",
    "allegation": "media_allegation",
    "existence_threat": "existence",
    "assessed": "existence",
    "evidence": "existence_evidence",
}
"""Last part of a missing field's path → the answer that fills it."""

WITH_REASON = ("sudden", "unforeseeable")
"""NA-03 asks for both, each with its reason and its time."""

SIDE = ("suspected", "data_loss", "recurring")
"""What decides no coverage but a clock, a status or a warning (NA-04, EX-01b, NA-28)."""

TITLES: dict[str, str] = {
    "kinds": N_("Vorfall"),
    "outage": N_("Systemausfall"),
    "device": N_("Gerät"),
    "runs_on": N_("Registrierkasse läuft auf"),
    "operating_system_failed": N_("Betriebssystem ausgefallen"),
    "warning_letter_justified": N_("Abmahnung berechtigt"),
    "claim": N_("Was behauptet wird, ist"),
    "abusive": N_("Beschimpfung, Mobbing"),
    "communication_need": N_("Muss sich äußern"),
    "sudden": N_("Plötzlich"),
    "unforeseeable": N_("Nicht vorhersehbar"),
    "media_allegation": N_("Vorwurf in Medien"),
    "existence": N_("Fortbestand massiv gefährdet"),
    "existence_evidence": N_("Belege dafür"),
    "existence_by": N_("Beurteilt durch"),
    "suspected": N_("Nur ein Verdacht"),
    "data_loss": N_("Daten abgeflossen"),
    "recurring": N_("Angekündigt oder wiederkehrend"),
    "requested": N_("Gewünschte Leistungen"),
}
"""The answers in a word or two, for the list of what was said."""

_ASSESSOR_QUESTION = (
    N_("Wer hat beurteilt, dass der Fortbestand massiv gefährdet ist?"),
    "NA-27",
)


@dataclass(frozen=True)
class Given:
    """One answer: its words, when it was given, and the reason where one is asked for.

    ``value`` is a tuple of words: ("yes",), ("unknown",), several kinds, ("none",), or medium
    and allegation.
    """

    value: tuple[str, ...]
    at: datetime
    reason: str = ""

    @property
    def one(self) -> str:
        """The single word; the first of several."""
        return self.value[0] if self.value else ""


@dataclass(frozen=True)
class Asked:
    """What to ask now: the answer's name, the question, the rule that needs it."""

    name: str
    question: str
    rule: str


GivenAnswers = Mapping[str, Given]


def answers_from(given: GivenAnswers) -> Answers:
    """The answers as the intake reads them; what was not asked or is unknown is unknown."""
    kinds = _known(given, "kinds")
    allegation = _known(given, "media_allegation")
    pair = allegation if len(allegation) == 2 else ("", "")
    existence = _word(given, "existence")
    return Answers(
        kinds=() if kinds == NONE else kinds,
        no_it_incident=kinds == NONE,
        outage=_three(given, "outage"),
        device=_word(given, "device"),
        runs_on=_word(given, "runs_on"),
        operating_system_failed=_three(given, "operating_system_failed"),
        suspected=_three(given, "suspected"),
        claim=_word(given, "claim"),
        abusive=_three(given, "abusive"),
        no_media_allegation=allegation == NONE,
        medium=pair[0],
        allegation=pair[1],
        existence=existence,
        existence_evidence=_known(given, "existence_evidence"),
        # Nobody named: what the desk wrote down is the desk's own view (U-08).
        existence_by=(_word(given, "existence_by") or "consultant") if existence else "",
        sudden=_three(given, "sudden"),
        unforeseeable=_three(given, "unforeseeable"),
        communication_need=_three(given, "communication_need"),
        warning_letter_justified=_three(given, "warning_letter_justified"),
        recurring=_three(given, "recurring"),
        data_loss=_three(given, "data_loss"),
        requested=_known(given, "requested"),
    )


def _known(given: GivenAnswers, name: str) -> tuple[str, ...]:
    answer = given.get(name)
    return () if answer is None or answer.value == UNKNOWN else answer.value


def _word(given: GivenAnswers, name: str) -> str:
    known = _known(given, name)
    return known[0] if known else ""


def _three(given: GivenAnswers, name: str) -> str:
    return _word(given, name) or "unknown"


def decide(given: GivenAnswers, settings: Mapping[str, str]) -> Decision:
    """The decision on the answers as they stand, under the policy's decided open points."""
    return deciding.decide(document(answers_from(given)), settings)


def pending(given: GivenAnswers, settings: Mapping[str, str]) -> list[Asked]:
    """The questions that still may decide and were not asked yet, in their order."""
    decision = decide(given, settings)
    asked = [
        Asked(_NAMES[each.field.rpartition(".")[2]], each.question, each.why)
        for each in decision.next_questions
    ]
    if _register_may_be_pc(given, settings, decision):
        asked.insert(0, _own_question("runs_on", *coverage_text.QUESTIONS["runs_on"]))
    if _assessor_decides(given, decision):
        asked.insert(0, _own_question("existence_by", *_ASSESSOR_QUESTION))
    unique: dict[str, Asked] = {}
    for each in asked:
        if not _answered(given, each.name):
            unique.setdefault(each.name, each)
    return list(unique.values())


def _answered(given: GivenAnswers, name: str) -> bool:
    """Whether it was asked; medium without allegation, or the other way round, is half of it."""
    return name in given and all(given[name].value)


def _own_question(name: str, question: str, rule: str) -> Asked:
    return Asked(name, _(question), rule)


def _register_may_be_pc(
    given: GivenAnswers, settings: Mapping[str, str], decision: Decision
) -> bool:
    """A cash register is not refused before somebody asked what it runs on (U-10)."""
    if "cash_register_hardware" not in decision.warnings or decision.result is Verdict.YES:
        return False
    on_pc = decide({**given, "runs_on": Given(("pc",), _any_moment(given))}, settings)
    return "A" in on_pc.possible_limbs and "A" not in decision.possible_limbs


def _any_moment(given: GivenAnswers) -> datetime:
    return next(iter(given.values())).at


def _assessor_decides(given: GivenAnswers, decision: Decision) -> bool:
    """A yes counts or not by who assessed it (U-08)."""
    return (
        decision.result is Verdict.CLARIFY
        and "B" in decision.possible_limbs
        and _word(given, "existence") == "yes"
    )


def answer(
    given: GivenAnswers, name: str, value: tuple[str, ...], at: datetime, reason: str = ""
) -> dict[str, Given]:
    """The answers with one more, or one changed; its time is ``at``.

    Raises AnswerReasonNeeded where NA-03 asks for the reason of a yes or no, and MissingField
    where an answer in words is empty.
    """
    if name in WITH_REASON and value != UNKNOWN and not reason.strip():
        raise AnswerReasonNeeded
    words = tuple(word.strip() for word in value)
    if not words or not all(words):
        raise MissingField(_(TITLES[name]))
    changed = dict(given)
    changed[name] = Given(words, at, reason.strip())
    return changed


def to_json(given: GivenAnswers) -> dict[str, Any]:
    """As they are kept with the decision."""
    return {
        name: {"value": list(each.value), "at": utc_text(each.at), "reason": each.reason}
        for name, each in given.items()
    }


def from_json(value: Mapping[str, Any]) -> dict[str, Given]:
    """What :func:`to_json` wrote."""
    return {
        name: Given(tuple(each["value"]), parse_utc(each["at"]), each["reason"])
        for name, each in value.items()
    }


def from_document(told: Mapping[str, Any], at: datetime) -> dict[str, Given]:
    """The answers of a decision that came without times, as given at ``at``."""
    given: dict[str, tuple[str, ...]] = {}
    events = told.get("it_events")
    if events is not None:
        kinds = tuple(dict.fromkeys(event["kind"] for event in events if event.get("kind")))
        given["kinds"] = kinds or (UNKNOWN if events else NONE)
        for name in ("outage", "device", "runs_on", "operating_system_failed", "suspected"):
            known = next((each[name] for each in events if each.get(name) is not None), None)
            given.update(_told(name, known))
    for name in (
        "claim", "abusive", "warning_letter_justified", "communication_need", "sudden",
        "unforeseeable", "recurring", "data_loss",
    ):  # fmt: skip
        given.update(_told(name, told.get(name)))
    allegation = told.get("media_allegation")
    if allegation is not None:
        given["media_allegation"] = (
            (allegation.get("medium") or "", allegation.get("allegation") or "")
            if allegation
            else NONE
        )
    threat = told.get("existence_threat") or {}
    given.update(_told("existence", threat.get("assessed")))
    given.update(_told("existence_by", threat.get("assessor")))
    for name, words in (
        ("existence_evidence", threat.get("evidence")), ("requested", told.get("requested"))
    ):  # fmt: skip
        if words:
            given[name] = tuple(words)
    return {name: Given(value, at) for name, value in given.items()}


def _told(name: str, value: bool | str | None) -> dict[str, tuple[str, ...]]:
    if value is None:
        return {}
    if isinstance(value, bool):
        return {name: ("yes" if value else "no",)}
    return {name: (value,)}


def with_assessment(
    given: GivenAnswers, result: str, lines: tuple[str, ...], by: str, at: datetime
) -> dict[str, Given]:
    """The answers with what a structured existence assessment found (NA-27)."""
    changed = dict(given)
    changed["existence"] = Given((result,), at)
    changed["existence_by"] = Given((by,), at)
    changed.pop("existence_evidence", None)
    if lines:
        changed["existence_evidence"] = Given(lines, at)
    return changed
