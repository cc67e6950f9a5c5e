"""Coverage: is this a covered communication emergency (Kommunikations-Notfall)?

The answer has three values. It is built from findings, each of them yes, no or clarify, with
Kleene's logic: a missing fact is unknown, and unknown never becomes "no" by itself.

    covered = communication need, sudden and unforeseeable (NA-03)
              AND (limb A: connected with an IT emergency (NA-25)
                   OR limb B: existence-threatening crisis through allegations in media (NA-26))

Readings that the texts leave to us, and why:

* A cyber attack without an outage is no IT emergency by itself: the list without outage
  (NA-09 to NA-17) is closed. The warning "check_listed_kinds" asks for the kind it took.
* Data lost through malware needs no outage: it is an infection as well (NA-09).
* Malware and the other listed kinds count on any device; the cash register is left out of
  system outages only (NA-01).
* A network, router or server counts for an outage (NA-01); only the technical defect is
  limited to laptop and PC (NA-05), which is what U-05 asks.
* Any other device counts only where its operating system refuses (NA-02).
* Reputational damage (NA-11) through a true claim is none. An opinion counts where it insults
  or bullies (the text names Mobbing). An unverified claim may turn out either way.
* The short text covers any cause and always asks for an existence threat (NA-29). The detailed
  text decides; where the short text is wider, nothing is refused before U-01 is decided.
* The 72 hours of Art. 33 run whether or not anything is covered.

What the contract leaves open can be answered by a recorded decision (``decisions``).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Literal, TypeVar

from cases import coverage_text as text
from data import reference
from data.fields import Fields
from data.i18n import _

Value = TypeVar("Value")
Word = TypeVar("Word", bound=StrEnum)


class Verdict(StrEnum):
    """The three values."""

    YES = "yes"
    NO = "no"
    CLARIFY = "clarify"


class EventKind(StrEnum):
    """What happened; labels and rules stand in ``data/reference/taxonomy.toml``."""

    CYBER_ATTACK = "cyber_attack"
    HARDWARE_DEFECT = "hardware_defect"
    OPERATING_ERROR = "operating_error"
    MALWARE_DATA_LOSS = "malware_data_loss"
    MALWARE = "malware"
    CYBER_EXTORTION = "cyber_extortion"
    REPUTATIONAL_DAMAGE = "reputational_damage"
    WARNING_LETTER = "warning_letter"
    IDENTITY_THEFT = "identity_theft"
    EMAIL_FRAUD = "email_fraud"
    FAKE_WEBSITE = "fake_website"
    PERSONAL_DATA_LOSS = "personal_data_loss"
    DENIAL_OF_SERVICE = "denial_of_service"
    APPLICATION_FAILURE = "application_failure"
    POWER_FAILURE = "power_failure"
    PHYSICAL_DAMAGE = "physical_damage"
    OTHER = "other"


class Device(StrEnum):
    """What it happened to; classes stand in ``data/reference/taxonomy.toml``."""

    LAPTOP = "laptop"
    PC = "pc"
    NETWORK = "network"
    ROUTER = "router"
    SERVER = "server"
    CASH_REGISTER = "cash_register"
    PHONE = "phone"
    MACHINE = "machine"
    OTHER = "other"


class Claim(StrEnum):
    """What is known about the claim that is made about the firm."""

    FALSE = "false"
    TRUE = "true"
    OPINION = "opinion"
    UNVERIFIED = "unverified"


class Assessed(StrEnum):
    """Whether the continued existence of the firm is massively endangered (NA-27)."""

    YES = "yes"
    NO = "no"
    OPEN = "open"


RunsOn = Literal["laptop", "pc", "own_device"]
RUNS_ON: tuple[RunsOn, ...] = ("laptop", "pc", "own_device")
DataLoss = Literal["yes", "no", "unknown"]
DATA_LOSS: tuple[DataLoss, ...] = ("yes", "no", "unknown")
DECIDABLE: dict[str, tuple[str, str]] = {
    "U-01": ("short_text", "detail_text"),
    "U-05": ("covered", "not_covered"),
    "U-08": ("desk_lead", "claims_department"),
    "U-10": ("covered", "not_covered"),
}
"""The open points that a recorded decision answers here: the words for true and for false."""


@dataclass(frozen=True)
class ItEvent:
    """One IT event as the caller tells it. None is unknown.

    ``runs_on``: what a cash register runs on; while U-10 is undecided an unknown one is left
    out as NA-01 says, with a warning to ask. ``operating_system_failed``: whether the
    operating system itself refuses, asked for devices that NA-01 does not name.
    """

    kind: EventKind | None = None
    outage: bool | None = None
    device: Device | None = None
    suspected: bool | None = None
    runs_on: RunsOn | None = None
    operating_system_failed: bool | None = None


@dataclass(frozen=True)
class MediaAllegation:
    """Who says what: medium with place, and the allegation. None is unknown."""

    medium: str | None = None
    allegation: str | None = None


@dataclass(frozen=True)
class ExistenceThreat:
    """The assessment of the existence threat and what it rests on."""

    assessed: Assessed | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Situation:
    """What is known when the question is asked. None is unknown.

    ``it_events`` () means: there was none. ``media_allegation`` False means: there is none.
    ``abusive``: the postings insult or bully. ``recurring``: it has happened or been announced
    before (NA-28). ``data_loss``: whether data were taken (EX-01b). ``decisions``: recorded
    decisions on open points; True is what favours the insured, for U-08 that the head of the
    desk decides as well.
    """

    it_events: tuple[ItEvent, ...] | None = None
    claim: Claim | None = None
    media_allegation: MediaAllegation | Literal[False] | None = None
    existence_threat: ExistenceThreat | None = None
    sudden: bool | None = None
    unforeseeable: bool | None = None
    communication_need: bool | None = None
    warning_letter_justified: bool | None = None
    abusive: bool | None = None
    recurring: bool | None = None
    data_loss: DataLoss | None = None
    requested: tuple[str, ...] = ()
    decisions: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One condition and its value, with what it rests on and what it lacks.

    ``reasons`` of a refusal are (rule, clause) as they are read to the caller.
    """

    verdict: Verdict
    rules: tuple[str, ...] = ()
    open_points: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Requested:
    """Something asked for that is not drawn on the cap: the caller's word, rule, payer.

    ``condition`` is the rule under which it is organised, without a promise (NA-36);
    ``elsewhere`` the rule of another contract that may pay it. Both may be empty.
    """

    what: str
    rule: str
    payer: str
    label: str
    condition: str = ""
    elsewhere: str = ""


@dataclass(frozen=True)
class Question:
    """What to ask next: the field it fills, the question, the rule that needs the answer."""

    field: str
    question: str
    why: str


@dataclass(frozen=True)
class Decision:
    """The answer. ``rules`` are ids of the rule table, ``kinds`` the events that count.

    ``possible_limbs`` are the limbs that are met or may still be met; ``limited`` is what is
    paid within its own limit or only organised.
    """

    result: Verdict
    limb: Literal["A", "B"] | None
    possible_limbs: tuple[str, ...]
    kinds: tuple[EventKind, ...]
    rules: tuple[str, ...]
    open_points: tuple[str, ...]
    missing: tuple[str, ...]
    warnings: tuple[str, ...]
    excluded: tuple[Requested, ...]
    limited: tuple[Requested, ...]
    clocks: tuple[str, ...]
    next_questions: tuple[Question, ...]
    explanation: str


# --- findings ---------------------------------------------------------------------------------


def _unique(values: Iterable[Value]) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(values))


def _merged(verdict: Verdict, findings: Iterable[Finding]) -> Finding:
    chosen = tuple(findings)
    return Finding(
        verdict,
        _unique(rule for each in chosen for rule in each.rules),
        _unique(point for each in chosen for point in each.open_points),
        _unique(name for each in chosen for name in each.missing),
        _unique(reason for each in chosen for reason in each.reasons),
    )


def all_of(*findings: Finding) -> Finding:
    """No where one is no; else clarify where one is open; else yes."""
    refused = [each for each in findings if each.verdict is Verdict.NO]
    if refused:
        return _merged(Verdict.NO, refused)
    if any(each.verdict is Verdict.CLARIFY for each in findings):
        return _merged(Verdict.CLARIFY, findings)
    return _merged(Verdict.YES, findings)


def any_of(*findings: Finding) -> Finding:
    """Yes where one is yes; else clarify where one is open; else no."""
    for verdict in (Verdict.YES, Verdict.CLARIFY):
        chosen = [each for each in findings if each.verdict is verdict]
        if chosen:
            return _merged(verdict, chosen)
    return _merged(Verdict.NO, findings)


def _met(*rules: str) -> Finding:
    return Finding(Verdict.YES, rules)


def _refused(clause: str, rule: str, *more_rules: str) -> Finding:
    return Finding(Verdict.NO, (rule, *more_rules), reasons=((rule, clause),))


def _unknown(path: str, *rules: str) -> Finding:
    return Finding(Verdict.CLARIFY, rules, missing=(path,))


def _open(point: str, *rules: str) -> Finding:
    return Finding(Verdict.CLARIFY, rules, open_points=(point,))


def _known_true(value: bool | None, path: str, rule: str, refusal: str) -> Finding:
    if value is None:
        return _unknown(path, rule)
    return _met(rule) if value else _refused(refusal, rule)


def _decided(
    situation: Situation, point: str, refusal: str, rule: str, *more_rules: str
) -> Finding:
    """An open point of the contract: open until a decision on it is recorded."""
    decision = situation.decisions.get(point)
    if decision is None:
        return _open(point, rule, *more_rules)
    return _met(rule, *more_rules) if decision else _refused(refusal, rule, *more_rules)


# --- what both limbs need ---------------------------------------------------------------------


def _sudden_need(situation: Situation) -> Finding:
    """A sudden and unforeseeable need to communicate (NA-03): three separate answers."""
    return all_of(
        _known_true(
            situation.communication_need,
            "communication_need",
            "NA-03",
            _("derzeit kein Kommunikationsbedarf besteht"),
        ),
        _known_true(
            situation.sudden, "sudden", "NA-03", _("der Bedarf nicht plötzlich entstanden ist")
        ),
        _known_true(
            situation.unforeseeable,
            "unforeseeable",
            "NA-03",
            _("der Bedarf vorhersehbar war"),
        ),
    )


# --- limb A: an IT emergency --------------------------------------------------------------------


def it_emergency(situation: Situation) -> Finding:
    """Whether one of the events is an IT emergency (NA-01 to NA-17)."""
    if situation.it_events is None:
        return _unknown("it_events", "NA-25")
    if not situation.it_events:
        return _refused(_("kein IT-Notfall vorliegt"), "NA-25")
    return any_of(*_event_findings(situation))


def _event_findings(situation: Situation) -> list[Finding]:
    return [
        _event(event, f"it_events[{index}]", situation)
        for index, event in enumerate(situation.it_events or ())
    ]


def _event(event: ItEvent, path: str, situation: Situation) -> Finding:
    if event.kind is None:
        return _unknown(f"{path}.kind", "NA-25")
    if event.kind is EventKind.REPUTATIONAL_DAMAGE:
        return _reputational_damage(situation)
    if event.kind is EventKind.WARNING_LETTER:
        return _warning_letter(situation)
    entry = reference.load("taxonomy")["kinds"][event.kind]
    rules: list[str] = entry["rules"]
    if entry["group"] == "listed":
        return _met(*rules)
    if entry["group"] == "unlisted":
        clause = _("„{kind}“ nicht in der Liste der IT-Notfälle steht").format(
            kind=text.label(entry)
        )
        return _refused(clause, rules[0], *rules[1:])
    return all_of(_outage(event, path), _device(event, path, situation), _met(*rules))


def _outage(event: ItEvent, path: str) -> Finding:
    return _known_true(event.outage, f"{path}.outage", "NA-01", _("kein System ausgefallen ist"))


def _device(event: ItEvent, path: str, situation: Situation) -> Finding:
    """Whether the outage of this device counts, for this cause."""
    if event.device is None:
        return _unknown(f"{path}.device", "NA-01")
    defect = event.kind is EventKind.HARDWARE_DEFECT
    device = reference.load("taxonomy")["devices"][event.device]
    if device["class"] == "computer":
        return _met("NA-01")
    if device["class"] == "excluded":
        return _cash_register(event, path, situation)
    not_a_computer = _(
        "bei einem technischen Defekt nur Laptop und PC zählen, nicht aber: {device}"
    ).format(device=text.label(device))
    if device["class"] == "network":
        if not defect:
            return _met("NA-01")
        return _decided(situation, "U-05", not_a_computer, "NA-05", "NA-01")
    if defect:
        return _refused(not_a_computer, "NA-05", "NA-01")
    return _known_true(
        event.operating_system_failed,
        f"{path}.operating_system_failed",
        "NA-02",
        _("weder Laptop, PC oder Netzwerk noch ein Betriebssystem ausgefallen ist"),
    )


def _cash_register(event: ItEvent, path: str, situation: Situation) -> Finding:
    """Left out by NA-01; one that is a PC is U-10.

    Once U-10 is decided for the insured, what it runs on decides, and unknown is no "no".
    """
    refusal = _("Registrierkassen vom IT-Notfall ausgenommen sind")
    if event.runs_on is None and situation.decisions.get("U-10"):
        return _unknown(f"{path}.runs_on", "NA-01")
    if event.runs_on in ("laptop", "pc"):
        return _decided(situation, "U-10", refusal, "NA-01")
    return _refused(refusal, "NA-01")


def _reputational_damage(situation: Situation) -> Finding:
    """NA-11: itself an IT emergency, without a test of the existence threat."""
    if situation.claim is None or situation.claim is Claim.UNVERIFIED:
        return _unknown("claim", "NA-11")
    if situation.claim is Claim.TRUE:
        return _refused(_("berechtigte Kritik keine Rufschädigung ist"), "NA-11")
    if situation.claim is Claim.OPINION:
        return _known_true(
            situation.abusive,
            "abusive",
            "NA-11",
            _("eine bloße Meinung ohne Beschimpfung keine Rufschädigung ist"),
        )
    return _met("NA-11")


def _warning_letter(situation: Situation) -> Finding:
    """NA-12: only an unjustified one."""
    if situation.warning_letter_justified is None:
        return _unknown("warning_letter_justified", "NA-12")
    if situation.warning_letter_justified:
        return _refused(_("nur eine unberechtigte Abmahnung zählt"), "NA-12")
    return _met("NA-12")


# --- limb B: an existence-threatening crisis ----------------------------------------------------


def existence_crisis(situation: Situation) -> Finding:
    """An existence-threatening crisis through allegations in media of any kind (NA-26)."""
    return all_of(_existence_threat(situation), _media_allegation(situation), _met("NA-28"))


def _existence_threat(situation: Situation) -> Finding:
    threat = situation.existence_threat
    if threat is None:
        return _unknown("existence_threat", "NA-27")
    if threat.assessed is None:
        return _unknown("existence_threat.assessed", "NA-27")
    if threat.assessed is Assessed.OPEN:
        # Who decides is U-08; once that is settled, what is missing is their assessment.
        if "U-08" in situation.decisions:
            return _unknown("existence_threat.assessed", "NA-27")
        return _open("U-08", "NA-27")
    if threat.assessed is Assessed.NO:
        return _refused(
            _("der Fortbestand Ihres Betriebs nicht massiv gefährdet ist"), "NA-27", "NA-26"
        )
    if not threat.evidence:
        return _unknown("existence_threat.evidence", "NA-27")
    return _met("NA-27")


def _media_allegation(situation: Situation) -> Finding:
    """Medium and allegation. Without any, only the short text would help (U-01)."""
    allegation = situation.media_allegation
    if allegation is False:
        return _decided(situation, "U-01", _("es keine Vorwürfe in Medien gibt"), "NA-26", "NA-29")
    if allegation is None:
        if situation.decisions.get("U-01"):
            return _met("NA-26", "NA-29")
        return _unknown("media_allegation", "NA-26")
    return all_of(
        _met("NA-26") if allegation.medium else _unknown("media_allegation.medium", "NA-26"),
        _met("NA-26")
        if allegation.allegation
        else _unknown("media_allegation.allegation", "NA-26"),
    )


# --- the decision -------------------------------------------------------------------------------


def decide(situation: Situation) -> Decision:
    """The three-valued answer with its reasons. Never yes while a deciding fact is missing."""
    need = _sudden_need(situation)
    emergency = it_emergency(situation)
    limb_a = all_of(_met("NA-25"), emergency)
    limb_b = existence_crisis(situation)
    whole = all_of(need, any_of(limb_a, limb_b))
    limb = _limb(whole, limb_a)
    kinds = _counting_kinds(situation)
    excluded, limited = _requested(situation)
    short_text_differs = _short_text_differs(situation, whole, limb)
    if whole.verdict is Verdict.YES:
        explanation = _explain_yes(limb, kinds, excluded)
    elif whole.verdict is Verdict.NO:
        explanation = _explain_no(need, limb_a, limb_b)
    else:
        explanation = _explain_clarify(whole)
    return Decision(
        result=whole.verdict,
        limb=limb,
        possible_limbs=_possible_limbs(need, limb_a, limb_b),
        kinds=kinds,
        rules=_unique((*whole.rules, *(("NA-29",) if short_text_differs else ()))),
        open_points=_unique(
            (
                *whole.open_points,
                *(("U-01",) if short_text_differs else ()),
                *_points_of_requests(situation),
            )
        ),
        missing=whole.missing,
        warnings=_warnings(situation),
        excluded=excluded,
        limited=limited,
        clocks=_clocks(situation),
        next_questions=tuple(_question(path) for path in whole.missing),
        explanation=explanation,
    )


def questions(situation: Situation) -> tuple[Question, ...]:
    """What to ask next, in the order in which it decides; empty when the answer is certain."""
    return decide(situation).next_questions


def _question(path: str) -> Question:
    asked, why = text.QUESTIONS[path.rpartition(".")[2]]
    return Question(path, _(asked), why)


def _limb(whole: Finding, limb_a: Finding) -> Literal["A", "B"] | None:
    if whole.verdict is not Verdict.YES:
        return None
    return "A" if limb_a.verdict is Verdict.YES else "B"


def _possible_limbs(need: Finding, limb_a: Finding, limb_b: Finding) -> tuple[str, ...]:
    if need.verdict is Verdict.NO:
        return ()
    limbs = {"A": limb_a, "B": limb_b}
    return tuple(name for name, finding in limbs.items() if finding.verdict is not Verdict.NO)


def _counting_kinds(situation: Situation) -> tuple[EventKind, ...]:
    """The kinds that are IT emergencies; while none is, those that may still turn out to be."""
    pairs = list(zip(situation.it_events or (), _event_findings(situation), strict=True))
    for verdict in (Verdict.YES, Verdict.CLARIFY):
        kinds = _unique(
            event.kind
            for event, finding in pairs
            if event.kind is not None and finding.verdict is verdict
        )
        if kinds:
            return kinds
    return ()


def _short_text_differs(
    situation: Situation, whole: Finding, limb: Literal["A", "B"] | None
) -> bool:
    """U-01: the short text asks for an existence threat always, and for no allegation ever."""
    threat = situation.existence_threat
    if threat is None or "U-01" in situation.decisions:
        return False
    if limb == "A":
        return threat.assessed is Assessed.NO
    wider = (
        threat.assessed is Assessed.YES and bool(threat.evidence) and not situation.media_allegation
    )
    return wider and whole.verdict is Verdict.CLARIFY


# --- what is asked for --------------------------------------------------------------------------


def _benefit(word: str) -> dict[str, Any] | None:
    """The entry for a caller's word, found by its name or one of its other names."""
    return _benefits().get(_letters(word))


@cache
def _benefits() -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = reference.load("benefits")
    return {
        _letters(word): entry for name, entry in entries.items() for word in (name, *entry["also"])
    }


def _letters(word: str) -> str:
    """``word`` without case, blanks, hyphens and underscores: "Werbe-Maßnahmen" is one word."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def _requested(situation: Situation) -> tuple[tuple[Requested, ...], tuple[Requested, ...]]:
    """What is excluded, and what is paid within a limit of its own or only organised."""
    excluded: list[Requested] = []
    limited: list[Requested] = []
    for word in _unique(situation.requested):
        entry = _benefit(word)
        if entry is None or entry["cover"] == "benefit":
            continue
        payer = "insured" if entry["cover"] == "excluded" else "insurer"
        line = Requested(
            word,
            entry["rule"],
            payer,
            text.label(entry),
            entry.get("condition", ""),
            entry.get("elsewhere", ""),
        )
        (excluded if entry["cover"] == "excluded" else limited).append(line)
    return tuple(excluded), tuple(limited)


def _points_of_requests(situation: Situation) -> tuple[str, ...]:
    found = (_benefit(word) for word in situation.requested)
    return tuple(entry["open_point"] for entry in found if entry and "open_point" in entry)


# --- warnings and clocks ------------------------------------------------------------------------


def _warnings(situation: Situation) -> tuple[str, ...]:
    """Codes of :func:`cases.coverage_text.warning_text`."""
    events = situation.it_events or ()
    allegation_made = isinstance(situation.media_allegation, MediaAllegation)
    told_as_damage = any(event.kind is EventKind.REPUTATIONAL_DAMAGE for event in events)
    may_be_damage = situation.claim in (Claim.FALSE, Claim.OPINION, Claim.UNVERIFIED)
    said = {
        "foreseeable": situation.unforeseeable is False
        or situation.sudden is False
        or situation.recurring is True,
        "not_sudden": situation.sudden is False,
        "check_listed_kinds": any(
            event.kind is EventKind.CYBER_ATTACK and event.outage is False for event in events
        ),
        "cash_register_hardware": any(
            event.device is Device.CASH_REGISTER and event.runs_on is None for event in events
        ),
        "reputational_damage_possible": allegation_made and may_be_damage and not told_as_damage,
        "true_claim": situation.claim is Claim.TRUE,
        "replacement_at_own_cost": any(event.kind is EventKind.PHYSICAL_DAMAGE for event in events),
    }
    unknown = [word for word in situation.requested if _benefit(word) is None]
    return _unique(
        (
            *(code for code, applies in said.items() if applies),
            *(f"unknown_request:{word}" for word in unknown),
        )
    )


def _clocks(situation: Situation) -> tuple[str, ...]:
    """The statutory clocks to check. They run whether or not anything is covered.

    Art. 33 GDPR: personal data are lost, or may be and nobody can say yet (NA-16, EX-01b).
    """
    kinds = [event.kind for event in situation.it_events or () if event.kind is not None]
    at_risk = any(reference.load("taxonomy")["kinds"][kind]["data_at_risk"] for kind in kinds)
    if EventKind.PERSONAL_DATA_LOSS in kinds or situation.data_loss == "yes":
        return ("gdpr_33",)
    return ("gdpr_33",) if at_risk and situation.data_loss != "no" else ()


# --- the sentence to the caller -----------------------------------------------------------------


def _explain_yes(
    limb: Literal["A", "B"] | None, kinds: tuple[EventKind, ...], excluded: tuple[Requested, ...]
) -> str:
    unpaid = [line.label for line in excluded]
    if limb == "B":
        return text.explain_yes_b(unpaid)
    entries = reference.load("taxonomy")["kinds"]
    return text.explain_yes_a([text.label(entries[kind]) for kind in kinds], unpaid)


def _explain_no(need: Finding, limb_a: Finding, limb_b: Finding) -> str:
    """One reason for each limb, or those that refuse both at once."""
    it_help = limb_a.verdict is Verdict.YES
    if need.verdict is Verdict.NO:
        return text.explain_no(need.reasons, it_help)
    return text.explain_no(limb_a.reasons[:1] + limb_b.reasons[:1], it_help)


def _explain_clarify(whole: Finding) -> str:
    keys = [path.rpartition(".")[2] for path in whole.missing]
    clauses = [_(text.STILL_OPEN[key]) for key in (*keys, *whole.open_points)]
    return text.explain_clarify(_unique(clauses))


# --- JSON ---------------------------------------------------------------------------------------


def from_json(value: object) -> Situation:
    """The input of ``krisenpult cover``. Raises InputError with the field's path."""
    fields = Fields(value)
    return Situation(
        it_events=_read_events(fields),
        claim=_read_claim(fields, value),
        media_allegation=_read_allegation(fields, value),
        existence_threat=_read_threat(fields),
        sudden=fields.truth("sudden", None),
        unforeseeable=fields.truth("unforeseeable", None),
        communication_need=fields.truth("communication_need", None),
        warning_letter_justified=fields.truth("warning_letter_justified", None),
        abusive=fields.truth("abusive", None),
        recurring=fields.truth("recurring", None),
        data_loss=fields.choice("data_loss", DATA_LOSS, None),
        requested=tuple(fields.texts("requested", ())),
        decisions=_read_decisions(fields, value),
    )


def _enum(fields: Fields, name: str, words: type[Word]) -> Word | None:
    chosen = fields.choice(name, [word.value for word in words], None)
    return None if chosen is None else words(chosen)


def _read_claim(fields: Fields, value: object) -> Claim | None:
    """One of the words. The contract lists "null" among them: unknown, like a missing one."""
    if isinstance(value, dict) and value.get("claim") == "null":
        return None
    return _enum(fields, "claim", Claim)


def _read_events(fields: Fields) -> tuple[ItEvent, ...] | None:
    if "it_events" not in fields:
        return None
    return tuple(
        ItEvent(
            kind=_enum(event, "kind", EventKind),
            outage=event.truth("outage", None),
            device=_enum(event, "device", Device),
            suspected=event.truth("suspected", None),
            runs_on=event.choice("runs_on", RUNS_ON, None),
            operating_system_failed=event.truth("operating_system_failed", None),
        )
        for event in fields.objects("it_events")
    )


def _read_allegation(fields: Fields, value: object) -> MediaAllegation | Literal[False] | None:
    if isinstance(value, dict) and value.get("media_allegation") is False:
        return False
    allegation = fields.object("media_allegation")
    if allegation is None:
        return None
    return MediaAllegation(_filled(allegation, "medium"), _filled(allegation, "allegation"))


def _filled(fields: Fields, name: str) -> str | None:
    """A text; blank is unknown."""
    written: str | None = fields.text(name, None)
    return written.strip() or None if written else None


def _read_threat(fields: Fields) -> ExistenceThreat | None:
    threat = fields.object("existence_threat")
    if threat is None:
        return None
    evidence = tuple(line.strip() for line in threat.texts("evidence", ()))
    return ExistenceThreat(
        _enum(threat, "assessed", Assessed), tuple(line for line in evidence if line)
    )


def _read_decisions(fields: Fields, value: object) -> dict[str, bool]:
    decisions = fields.object("decisions")
    if decisions is None:
        return {}
    written: Mapping[str, object] = value["decisions"] if isinstance(value, dict) else {}
    answers = {point: _read_decision(decisions, point, written.get(point)) for point in DECIDABLE}
    return {point: answer for point, answer in answers.items() if answer is not None}


def _read_decision(decisions: Fields, point: str, written: object) -> bool | None:
    """true or false, or the value's own word as it is recorded with the policy."""
    if isinstance(written, str):
        yes, no = DECIDABLE[point]
        return bool(decisions.choice(point, (yes, no)) == yes)
    answer: bool | None = decisions.truth(point, None)
    return answer


def to_json(decision: Decision) -> dict[str, Any]:
    """The output of ``krisenpult cover``."""
    return {
        "result": decision.result.value,
        "limb": decision.limb,
        "possible_limbs": list(decision.possible_limbs),
        "kinds": [kind.value for kind in decision.kinds],
        "rules": [{"id": rule, "quote": text.quote(rule)} for rule in decision.rules],
        "open_points": list(decision.open_points),
        "missing": list(decision.missing),
        "warnings": list(decision.warnings),
        "excluded": [_line_json(line) for line in decision.excluded],
        "limited": [_line_json(line) for line in decision.limited],
        "clocks": list(decision.clocks),
        "next_questions": [
            {"field": each.field, "question": each.question, "why": each.why}
            for each in decision.next_questions
        ],
        "explanation": decision.explanation,
    }


def _line_json(line: Requested) -> dict[str, str]:
    told = {"what": line.what, "rule": line.rule, "payer": line.payer, "label": line.label}
    if line.condition:
        told["condition"] = line.condition
    if line.elsewhere:
        told["elsewhere"] = line.elsewhere
    return told
