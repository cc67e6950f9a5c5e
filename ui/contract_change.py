"""A decision on an open point of a contract, carried through to everything that rests on it.

It joins rooms: the decision and the coverage stand in the room cases, the money in the room
budget. All of it is one transaction; the preview does the same and takes it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access.actor import Actor
from budget import store as budget_store
from budget.entry import EventBudget
from cases import deciding, open_points, store
from cases.coverage import Decision
from cases.deciding import CoverageChange
from cases.store import Case
from cases.store import open_points as decided
from cases.store.cases import cases_of_policy
from cases.store.events import event_by_id
from cases.store.open_points import OpenPointDecision
from data import formats, transaction
from data.i18n import _


@dataclass(frozen=True)
class MoneyChange:
    """The cap of one insured event before and after, in cents of its own basis."""

    event_id: int
    event_number: str
    before: EventBudget
    after: EventBudget

    @property
    def differs(self) -> bool:
        """Whether covered, overflow or the cap itself come out otherwise."""
        return _sums(self.before) != _sums(self.after)


@dataclass(frozen=True)
class Consequences:
    """What a decision changes: coverage, money, and the cases that are told of it.

    ``untouched`` are the closed cases of the policy: they stay as they were closed.
    """

    coverage: tuple[CoverageChange, ...]
    money: tuple[MoneyChange, ...]
    noted: tuple[Case, ...]
    untouched: tuple[Case, ...]


class _TakeBack(Exception):
    """Leaves the preview's transaction, so that nothing of it stays."""


def decide(
    db: Database,
    actor: Actor,
    policy_id: int,
    point: str,
    value: str,
    *,
    decided_by: str,
    decider_function: str,
    decided_at: datetime,
    reason: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> Consequences:
    """Record the decision and recompute at once what depends on it, all of it or nothing.

    Sent again with the same ``idempotency_key`` it changes nothing. Raises what
    :func:`cases.store.open_points.decide` raises.
    """
    with transaction(db):
        before = decided.settings_of(db, policy_id)
        known = {each.id for each in decided.history_of(db, policy_id)}
        decision = decided.decide(
            db,
            actor,
            policy_id,
            point,
            value,
            decided_by=decided_by,
            decider_function=decider_function,
            decided_at=decided_at,
            reason=reason,
            idempotency_key=idempotency_key,
        )
        if decision.id in known:
            return Consequences((), (), (), ())
        return _carry_through(db, actor, decision, before, now)


def preview(
    db: Database, actor: Actor, policy_id: int, point: str, value: str, now: datetime
) -> Consequences:
    """What deciding ``point`` to ``value`` would change. Nothing of it stays."""
    try:
        with transaction(db):
            shown = decide(
                db,
                actor,
                policy_id,
                point,
                value,
                decided_by=actor.name,
                decider_function=actor.name,
                decided_at=now,
                reason=point,
                now=now,
            )
            raise _TakeBack
    except _TakeBack:
        return shown


def decide_coverage(
    db: Database,
    actor: Actor,
    case_id: int,
    answers: Mapping[str, Any],
    decision: Decision,
    *,
    cause: str,
    now: datetime,
    given: Mapping[str, Any],
    assessment: Mapping[str, Any],
) -> Case:
    """Decide the coverage of one case anew; the work under reservation follows.

    Raises what :func:`cases.deciding.decide_anew` raises.
    """
    with transaction(db):
        case = deciding.decide_anew(
            db,
            actor,
            case_id,
            answers,
            decision,
            cause=cause,
            at=now,
            given=given,
            assessment=assessment,
        )
        budget_store.follow_coverage(db, actor, case_id, now=now)
    return case


def cause_of(decision: OpenPointDecision) -> str:
    """The cause that rows and timelines name."""
    point = open_points.open_point(decision.point)
    return _("weil {point} am {at} von {name} ({function}) entschieden wurde: {value}").format(
        point=decision.point,
        at=formats.moment(decision.decided_at),
        name=decision.decided_by,
        function=decision.decider_function,
        value=point.choice_label(decision.value),
    )


def _carry_through(
    db: Database,
    actor: Actor,
    decision: OpenPointDecision,
    before: dict[str, str],
    now: datetime,
) -> Consequences:
    cases = cases_of_policy(db, decision.policy_id)
    going_on = [each for each in cases if each.state != "closed"]
    cause = cause_of(decision)
    for case in going_on:
        store.add_timeline_entry(
            db, actor, case.id, happened_at=now, kind="status", text=_note(decision)
        )
    after = decided.settings_of(db, decision.policy_id)
    changes = deciding.coverage_changes(db, decision.policy_id, before, after)
    for change in changes:
        deciding.apply_change(db, actor, change, cause, now)
    # Coverage bears on the money too: work under reservation finds who pays it.
    effect = open_points.open_point(decision.point).effect
    concerned = cases if effect in ("money", "coverage") else []
    events = {each.insured_event_id for each in concerned}
    return Consequences(
        coverage=tuple(changes),
        money=tuple(_recompute(db, actor, events, cause, now)),
        noted=tuple(going_on),
        untouched=tuple(each for each in cases if each.state == "closed"),
    )


def _note(decision: OpenPointDecision) -> str:
    """The line in the timeline of each case that goes on."""
    point = open_points.open_point(decision.point)
    return _("{point} ist entschieden ({name}, {function}): {question} {value}").format(
        point=decision.point,
        name=decision.decided_by,
        function=decision.decider_function,
        question=point.question,
        value=point.choice_label(decision.value),
    )


def _recompute(
    db: Database, actor: Actor, events: Iterable[int], cause: str, now: datetime
) -> Iterable[MoneyChange]:
    """The ledger of each event anew; only what comes out otherwise is told."""
    for event_id in sorted(events):
        before = budget_store.event_state(db, event_id, now)
        budget_store.recompute_event(db, actor, event_id, cause=cause, now=now)
        after = budget_store.event_state(db, event_id, now)
        change = MoneyChange(event_id, event_by_id(db, event_id).number, before, after)
        if change.differs:
            yield change


def _sums(state: EventBudget) -> tuple[str, int, int, int]:
    return (state.basis, state.cap_cents, state.covered_cents, state.overflow_cents)
