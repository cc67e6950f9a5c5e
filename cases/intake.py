"""The intake: from what the consultant ticked to the situation the coverage rules read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from access.actor import Actor
from cases import clocks, coverage, store
from cases.clocks import clock_short as clock_short
from cases.clocks import clock_title as clock_title
from cases.errors import CallInFuture
from cases.store import Case, Incident, Intake
from data import now, transaction

# A caller's clock and ours may differ by this much.
_CLOCKS_DIFFER = timedelta(minutes=10)
ANSWERS = {"yes": True, "no": False, "unknown": None}
_THREE_VALUED = (
    "sudden", "unforeseeable", "communication_need", "warning_letter_justified", "abusive",
    "recurring",
)  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """What the intake page asks about coverage. "unknown" and "" are unknown.

    ``existence_by`` is the function of the one who assessed the existence threat (U-08).
    """

    kinds: tuple[str, ...] = ()
    no_it_incident: bool = False
    outage: str = "unknown"
    device: str = ""
    runs_on: str = ""
    operating_system_failed: str = "unknown"
    suspected: str = "unknown"
    claim: str = ""
    abusive: str = "unknown"
    no_media_allegation: bool = False
    medium: str = ""
    allegation: str = ""
    existence: str = ""
    existence_evidence: tuple[str, ...] = ()
    existence_by: str = ""
    sudden: str = "unknown"
    unforeseeable: str = "unknown"
    communication_need: str = "unknown"
    warning_letter_justified: str = "unknown"
    recurring: str = "unknown"
    data_loss: str = "unknown"
    requested: tuple[str, ...] = field(default_factory=tuple)


def document(answers: Answers) -> dict[str, Any]:
    """The answers as the JSON document of ``krisenpult cover``; unknown fields are left out."""
    value: dict[str, Any] = {}
    if answers.kinds:
        value["it_events"] = [_event(kind, answers) for kind in answers.kinds]
    elif answers.no_it_incident:
        value["it_events"] = []
    if answers.claim:
        value["claim"] = answers.claim
    if answers.no_media_allegation:
        value["media_allegation"] = False
    elif answers.medium.strip() or answers.allegation.strip():
        value["media_allegation"] = _without_blanks(
            {"medium": answers.medium.strip(), "allegation": answers.allegation.strip()}
        )
    if answers.existence:
        value["existence_threat"] = {
            "assessed": answers.existence,
            "evidence": [each for each in answers.existence_evidence if each.strip()],
        }
        if answers.existence_by:
            value["existence_threat"]["assessor"] = answers.existence_by
    for name in _THREE_VALUED:
        known = ANSWERS[getattr(answers, name)]
        if known is not None:
            value[name] = known
    if answers.data_loss != "unknown":
        value["data_loss"] = answers.data_loss
    if answers.requested:
        value["requested"] = list(answers.requested)
    return value


def _without_blanks(value: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in value.items() if text}


def _event(kind: str, answers: Answers) -> dict[str, Any]:
    event: dict[str, Any] = {"kind": kind}
    for name in ("outage", "suspected", "operating_system_failed"):
        known = ANSWERS[getattr(answers, name)]
        if known is not None:
            event[name] = known
    if answers.device:
        event["device"] = answers.device
    if answers.runs_on:
        event["runs_on"] = answers.runs_on
    return event


def decide(answers: Answers) -> coverage.Decision:
    """The coverage decision on the answers as they stand."""
    return coverage.decide(coverage.from_json(document(answers)))


def open_case(db: Database, actor: Actor, intake: Intake) -> Case:
    """Open the case and start its clocks, all of it or nothing.

    The target of the first statement runs from the opening, the statutory clocks of the
    coverage decision from the moment the firm became aware. Raises CallInFuture.
    """
    if intake.called_at > now() + _CLOCKS_DIFFER:
        raise CallInFuture
    intake = replace(intake, incident=_as_answered(intake))
    with transaction(db):
        known = bool(
            intake.idempotency_key
            and db.execute(
                "SELECT 1 FROM crisis_case WHERE idempotency_key = ?", [intake.idempotency_key]
            ).fetchone()
        )
        case = store.open_case(db, actor, intake)
        if case.state == "open" and not known:
            clocks.start_at_opening(db, actor, case, intake.decision.get("clocks", ()))
    return case


def _as_answered(intake: Intake) -> Incident | None:
    """The incident with what the intake's answers say about the loss of data."""
    said = intake.answers.get("data_loss")
    if intake.incident is None or said is None or intake.incident.data_loss != "unknown":
        return intake.incident
    return replace(intake.incident, data_loss=said)


def incident_from(answers: Answers, happened_at: datetime, summary: str) -> Incident | None:
    """The IT incident that the answers describe, or None where there was none."""
    if not answers.kinds:
        return None
    return Incident(
        kind=answers.kinds[0],
        happened_at=happened_at,
        outage=answers.outage,
        device=answers.device,
        suspected=answers.suspected,
        data_loss=answers.data_loss,
        opened_at=now(),
        summary=summary,
    )
