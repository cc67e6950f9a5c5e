"""Which duties to report apply in a case (Meldepflichten, EX-02), and from when.

Pure rules over what is known: the IT incidents, the answers about the firm and the event. A
duty applies, does not apply, or nobody can say yet; "unknown" about the data starts the GDPR
clock (EX-01b), "unknown" about the class of the firm is an open question and starts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cases import clock
from cases.clock import ClockKind
from cases.coverage_text import label
from data import reference
from data.i18n import _

Three = Literal["yes", "no", "unknown"]

PERSONAL_DATA_LOSS = "personal_data_loss"
# Kept beside a clock that was declined by what was known: it runs again when that has changed.
NO_DATA = "EX-01b"
NO_DUTY = "EX-02"
BY_RULE = (NO_DATA, NO_DUTY)

_NISG = (ClockKind.NIS2_EARLY, ClockKind.NIS2_REPORT, ClockKind.NIS2_FINAL)
_RKEG = (ClockKind.RKEG_FIRST, ClockKind.RKEG_FOLLOW)
_DORA = (
    ClockKind.DORA_INITIAL,
    ClockKind.DORA_LATEST,
    ClockKind.DORA_INTERIM,
    ClockKind.DORA_FINAL,
)


@dataclass(frozen=True)
class Happened:
    """One IT incident as far as a duty to report cares. ``data_loss``: yes, no, unknown."""

    id: int
    kind: str
    happened_at: datetime
    data_loss: str
    relation: str = "caused_by"


@dataclass(frozen=True)
class Answer:
    """What is known about an entity question; ``since`` is UTC, for those that ask for it."""

    answer: str
    reason: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Situation:
    """What the duties of a case follow from.

    ``coverage_says`` holds the clocks of the newest coverage decision; it speaks only for what
    the incidents leave open. ``called_at`` is the awareness where there is no incident.
    """

    called_at: datetime
    covered: bool
    happened: tuple[Happened, ...] = ()
    coverage_says: tuple[str, ...] = ()
    answers: Mapping[str, Answer] | None = None


@dataclass(frozen=True)
class Obligation:
    """One duty: whether it applies and why, from when (UTC), for which clock.

    ``subject`` as in CaseClock. ``automatic``: the clock starts without being asked for.
    ``asks`` are the entity questions whose answer is missing.
    """

    kind: ClockKind
    applies: Three
    reason: str
    start: datetime | None = None
    subject: str = ""
    automatic: bool = True
    asks: tuple[str, ...] = ()
    declined_as: str = ""


@dataclass(frozen=True)
class _Breach:
    """Incidents of one attack, seen as one event. ``subject`` is empty for the main one."""

    awareness: datetime
    subject: str
    kinds: tuple[str, ...]
    data_loss: Three
    at_risk: bool


def obligations(situation: Situation) -> list[Obligation]:
    """All duties, in the order of the data protection, NISG, RKEG, DORA, insurance."""
    answers = situation.answers or {}
    found: list[Obligation] = []
    for breach in _breaches(situation):
        found += _gdpr(breach, answers)
        found += _nisg(breach, answers)
        found += _rkeg(breach, answers)
        found += _dora(breach, answers)
    found.append(_insurer(situation))
    return found


def _breaches(situation: Situation) -> list[_Breach]:
    """One for the incidents of the attack, one for each that only happened at the same time."""
    main = [each for each in situation.happened if each.relation != "coincident"]
    apart = [each for each in situation.happened if each.relation == "coincident"]
    coverage_at_risk = ClockKind.GDPR_33.value in situation.coverage_says
    breaches = []
    if main or coverage_at_risk:
        breaches.append(_breach(main, situation.called_at, "", coverage_at_risk))
    breaches += [_breach([each], each.happened_at, f"incident:{each.id}", False) for each in apart]
    return breaches


def _breach(
    happened: Iterable[Happened], called_at: datetime, subject: str, told_at_risk: bool
) -> _Breach:
    each = list(happened)
    known = {one.data_loss for one in each}
    data_loss: Three = "unknown"
    if "yes" in known:
        data_loss = "yes"
    elif known == {"no"}:
        data_loss = "no"
    kinds = tuple(one.kind for one in each)
    taxonomy = reference.load("taxonomy")["kinds"]
    return _Breach(
        awareness=min((one.happened_at for one in each), default=called_at),
        subject=subject,
        kinds=kinds,
        data_loss=data_loss,
        at_risk=told_at_risk or any(taxonomy[kind]["data_at_risk"] for kind in kinds),
    )


def _gdpr(breach: _Breach, answers: Mapping[str, Answer]) -> list[Obligation]:
    lost = PERSONAL_DATA_LOSS in breach.kinds
    no_data = _("Es sind keine Daten betroffen (EX-01b: nein).")
    if breach.data_loss == "no":
        report = Obligation(
            ClockKind.GDPR_33, "no", no_data, subject=breach.subject, declined_as=NO_DATA
        )
        persons = Obligation(
            ClockKind.GDPR_34, "no", no_data, subject=breach.subject, declined_as=NO_DATA
        )
        return [report, persons]
    if lost or breach.data_loss == "yes":
        why = (
            _("Persönliche Daten sind verloren (NA-16): zu prüfen ab Kenntnis.")
            if lost
            else _("Daten sind entwendet (EX-01b: ja): zu prüfen ab Kenntnis.")
        )
        found = [
            Obligation(ClockKind.GDPR_33, "yes", why, breach.awareness, breach.subject),
            Obligation(ClockKind.GDPR_34, "yes", why, breach.awareness, breach.subject),
        ]
    elif breach.at_risk:
        found = [
            Obligation(
                ClockKind.GDPR_33,
                "yes",
                _(
                    "Ob Daten entwendet sind, ist unbekannt (EX-01b): die Prüfung läuft ab Kenntnis."
                ),
                breach.awareness,
                breach.subject,
            ),
            Obligation(
                ClockKind.GDPR_34,
                "unknown",
                _("Ob ein hohes Risiko für Personen besteht, ist noch offen."),
                breach.awareness,
                breach.subject,
            ),
        ]
    else:
        return [
            Obligation(
                ClockKind.GDPR_33,
                "unknown",
                _("Ob Daten betroffen sind, ist noch offen (EX-01b)."),
                breach.awareness,
                breach.subject,
            )
        ]
    return [*found, _processor(breach, answers)]


def _processor(breach: _Breach, answers: Mapping[str, Answer]) -> Obligation:
    return _by_answer(ClockKind.GDPR_PROCESSOR, "processor", breach, answers)


def _nisg(breach: _Breach, answers: Mapping[str, Answer]) -> list[Obligation]:
    found = []
    for kind in _NISG:
        if not clock.in_force(kind, breach.awareness):
            since = clock.entry_of(kind)["in_force"].strftime("%d.%m.%Y")
            early = _("Das NISG 2026 gilt erst ab {since}; die Kenntnis war davor.")
            found.append(_none(kind, early.format(since=since), breach))
            continue
        found.append(_by_answer(kind, "nisg_entity", breach, answers, "nisg_significant"))
    return found


def _rkeg(breach: _Breach, answers: Mapping[str, Answer]) -> list[Obligation]:
    return [_by_answer(kind, "rkeg_entity", breach, answers) for kind in _RKEG]


def _dora(breach: _Breach, answers: Mapping[str, Answer]) -> list[Obligation]:
    return [_by_answer(kind, "dora_entity", breach, answers, "dora_major") for kind in _DORA]


def _by_answer(
    kind: ClockKind,
    entity: str,
    breach: _Breach,
    answers: Mapping[str, Answer],
    event: str | None = None,
) -> Obligation:
    """A duty of those who answer ``entity`` with yes, unless ``event`` is answered with no.

    A clock from the classification needs its moment; all others run from the awareness.
    """
    unknown = Answer("unknown")
    who = answers.get(entity, unknown)
    what = answers.get(event, unknown) if event else Answer("yes")
    if who.answer == "no":
        return _none(kind, _because(entity, who), breach)
    if event and what.answer == "no":
        return _none(kind, _because(event, what), breach)
    if who.answer == "unknown":
        return Obligation(
            kind, "unknown", _asked(entity), breach.awareness, breach.subject, asks=(entity,)
        )
    if kind in _DORA and kind is not ClockKind.DORA_LATEST:
        if what.answer != "yes" or what.since is None:
            return Obligation(
                kind, "unknown", _asked("dora_major"), None, breach.subject, asks=("dora_major",)
            )
        return Obligation(kind, "yes", _because(entity, who), what.since, breach.subject)
    return Obligation(kind, "yes", _because(entity, who), breach.awareness, breach.subject)


def _none(kind: ClockKind, reason: str, breach: _Breach) -> Obligation:
    return Obligation(kind, "no", reason, subject=breach.subject, declined_as=NO_DUTY)


def _asked(question: str) -> str:
    words = label(reference.load("clocks")["entity_questions"][question]["question"])
    return _("Offen: {question}").format(question=words)


def _because(question: str, answer: Answer) -> str:
    words = label(reference.load("clocks")["entity_questions"][question]["question"])
    said = {"yes": _("ja"), "no": _("nein"), "unknown": _("unbekannt")}[answer.answer]
    return _("{question} {answer}: {reason}").format(
        question=words, answer=said, reason=answer.reason
    )


def _insurer(situation: Situation) -> Obligation:
    """The notice to the insurer: the desk offers its clock, because the call may have been it."""
    if not situation.covered:
        why = _("Kein Versicherungsfall nach der Deckungsentscheidung.")
        return Obligation(ClockKind.VERSVG_33, "no", why, automatic=False)
    why = _("Die Firma zeigt den Versicherungsfall unverzüglich an, jedem ihrer Versicherer.")
    return Obligation(ClockKind.VERSVG_33, "yes", why, situation.called_at, automatic=False)
