"""Deciding coverage under one policy: the answers, read with what is decided for it.

The rules (:mod:`cases.coverage`) know one situation and nothing of a policy. Here the answers
meet the decisions on open points, and a changed decision is carried through to the cases.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access.actor import Actor
from cases import clocks, coverage, existence, open_points, store
from cases.clock import ClockInput, ClockKind
from cases.coverage import Decision
from cases.errors import CaseClosed, MissingField
from cases.store import Case
from cases.store.cases import cases_of_policy
from cases.store.clocks import start_from_rules
from cases.store.coverage import CoverageRecord
from data import transaction
from data.i18n import _


@dataclass(frozen=True)
class CoverageChange:
    """One case whose coverage comes out otherwise, with the same answers."""

    case: Case
    record: CoverageRecord
    before: Decision
    after: Decision


def under(document: Mapping[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
    """The answers as ``krisenpult cover`` reads them under a policy.

    ``settings`` are its decided open points. An existence threat that somebody assessed who may
    not decide it is told as open (U-08); without a word on who assessed it, it stands as told.
    """
    told = copy.deepcopy(dict(document))
    decisions = {**(told.get("decisions") or {}), **open_points.cover_decisions(settings)}
    if decisions:
        told["decisions"] = decisions
    threat = told.get("existence_threat") or {}
    if "assessor" in threat:
        threat["assessed"] = existence.threat(threat["assessed"], threat["assessor"], settings)
    return told


def decide(document: Mapping[str, Any], settings: Mapping[str, str]) -> Decision:
    """The coverage decision on these answers under a policy's decided open points."""
    return coverage.decide(coverage.from_json(under(document, settings)))


def coverage_changes(
    db: Database, policy_id: int, before: Mapping[str, str], after: Mapping[str, str]
) -> list[CoverageChange]:
    """The cases of a policy, not closed, that come out otherwise under ``after``.

    Each is decided twice on the answers it was last decided on, so that nothing counts as a
    change but what the settings change.
    """
    changes = []
    for case in cases_of_policy(db, policy_id):
        records = store.coverage_of(db, case.id)
        if case.state == "closed" or not records:
            continue
        one, two = decide(records[0].answers, before), decide(records[0].answers, after)
        if one != two:
            changes.append(CoverageChange(case, records[0], one, two))
    return changes


def apply_change(
    db: Database, actor: Actor, change: CoverageChange, cause: str, at: datetime
) -> Case:
    """Record the new decision of a case with the same answers and its cause."""
    return decide_anew(
        db,
        actor,
        change.case.id,
        change.record.answers,
        change.after,
        cause=cause,
        at=at,
        given=change.record.given,
        assessment=change.record.assessment,
    )


def decide_anew(
    db: Database,
    actor: Actor,
    case_id: int,
    answers: Mapping[str, Any],
    decision: Decision,
    *,
    cause: str,
    at: datetime,
    given: Mapping[str, Any] | None = None,
    assessment: Mapping[str, Any] | None = None,
) -> Case:
    """Record a new coverage decision of a case with its cause; the ones before stay.

    A refused case may open again, then its clocks start; an open one may become refused. Both
    are said in the timeline. Raises CaseClosed, and MissingField without a cause.
    """
    if not cause.strip():
        raise MissingField(_("Begründung"))
    with transaction(db):
        before = store.case_by_id(db, case_id)
        if before.state == "closed":
            raise CaseClosed(before.number)
        case = store.decide_coverage(
            db,
            actor,
            case_id,
            answers,
            coverage.to_json(decision),
            at,
            cause=cause.strip(),
            given=given,
            assessment=assessment,
        )
        if before.state == "refused" and case.state == "open":
            start_from_rules(db, actor, case.id, ClockInput(ClockKind.HOLDING, at))
        clocks.start_what_applies(db, actor, case.id)
    return case
