"""Moving a case to another insured event, merging two events, and what that does to the money.

Whether waves of one attack are one insured event or several is an open point of the contract
(U-07). Who decides is named, and the hours follow in the same transaction: the case, its IT
incidents by choice, and the ledgers of both events (NA-33: one cap per event).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from access.actor import Actor
from budget import store as budget_store
from budget.entry import EventBudget
from cases import store as cases_store
from cases.store import events
from cases.store.events import Decision, Move, MoveDecision
from data import transaction
from data.i18n import _


@dataclass(frozen=True)
class Preview:
    """The money of both events before and after; the target before a new event is None."""

    source_before: EventBudget
    target_before: EventBudget | None
    source_after: EventBudget
    target_after: EventBudget
    corrections: int


class _Rehearsed(Exception):
    """Ends a rehearsal, so that nothing of it stays."""


def move_case(
    db: Database,
    actor: Actor,
    case_id: int,
    to_event_id: int | None,
    *,
    decision: Decision,
    reason: str,
    decided_by: str,
    now: datetime,
    title: str = "",
    incident_ids: tuple[int, ...] = (),
    idempotency_key: str | None = None,
) -> Move:
    """Move a case, and compute both events anew; all of it or nothing.

    Without ``to_event_id`` a new event of the same contract is opened, called ``title``. The
    same ``idempotency_key`` moves once. Raises MissingField, SameEvent, ForeignEvent,
    EventMerged.
    """
    with transaction(db):
        known = events.move_by_key(db, idempotency_key)
        if known is not None:
            return known
        target_id = (
            to_event_id if to_event_id is not None else _open(db, actor, case_id, title, now)
        )
        move = events.move_case(
            db,
            actor,
            case_id,
            target_id,
            MoveDecision(decision, reason, decided_by, incident_ids, idempotency_key),
        )
        _recompute_both(db, actor, move, now)
    return move


def merge_events(
    db: Database,
    actor: Actor,
    from_event_id: int,
    into_event_id: int,
    *,
    reason: str,
    decided_by: str,
    now: datetime,
) -> list[Move]:
    """Move all cases of one event into another, with their IT incidents; it stays, emptied.

    Raises what :func:`move_case` raises.
    """
    with transaction(db):
        moves = [
            events.move_case(
                db,
                actor,
                case.id,
                into_event_id,
                MoveDecision(
                    "one_event",
                    reason,
                    decided_by,
                    tuple(each.id for each in cases_store.incidents_of(db, case.id)),
                ),
            )
            for case in events.cases_of_event(db, from_event_id)
        ]
        events.mark_merged(db, actor, from_event_id, into_event_id)
        for move in moves[:1]:
            _recompute_both(db, actor, move, now)
    return moves


def preview_move(
    db: Database, actor: Actor, case_id: int, to_event_id: int | None, now: datetime
) -> Preview:
    """What moving a case would do to the money of both events: it is done and undone."""
    found: list[Preview] = []
    try:
        with transaction(db):
            case = cases_store.case_by_id(db, case_id)
            source_before = budget_store.event_state(db, case.insured_event_id, now)
            target_before = (
                budget_store.event_state(db, to_event_id, now) if to_event_id is not None else None
            )
            corrected = _corrections(db)
            move = move_case(
                db,
                actor,
                case_id,
                to_event_id,
                decision="one_event",
                reason=_("Vorschau"),
                decided_by=actor.name,
                now=now,
            )
            found.append(
                Preview(
                    source_before,
                    target_before,
                    budget_store.event_state(db, move.from_event_id, now),
                    budget_store.event_state(db, move.to_event_id, now),
                    _corrections(db) - corrected,
                )
            )
            raise _Rehearsed
    except _Rehearsed:
        return found[0]


def _open(db: Database, actor: Actor, case_id: int, title: str, now: datetime) -> int:
    """A new insured event for a case, under the contract of the one it belongs to."""
    case = cases_store.case_by_id(db, case_id)
    event = cases_store.event_by_id(db, case.insured_event_id)
    happened = [each.happened_at for each in cases_store.incidents_of(db, case_id)]
    return events.open_event(
        db,
        actor,
        cases_store.policy_by_id(db, event.policy_id),
        title=title.strip() or case.public_name,
        occurred_at=min(happened, default=case.called_at),
        opened_at=now,
    )


def _recompute_both(db: Database, actor: Actor, move: Move, now: datetime) -> None:
    """The event that takes first: it frees what its new lines held of the other cap."""
    source = cases_store.event_by_id(db, move.from_event_id)
    target = cases_store.event_by_id(db, move.to_event_id)
    cause = _("Verschoben von {source} zu {target} (U-07).").format(
        source=source.number, target=target.number
    )
    budget_store.recompute_event(db, actor, target.id, cause=cause, now=now)
    budget_store.recompute_event(db, actor, source.id, cause=cause, now=now)


def _corrections(db: Database) -> int:
    return int(db.execute("SELECT count(*) FROM correction").fetchone()[0])
