"""Insured events (Versicherungsfälle), and which case belongs to which."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.errors import EventMerged, ForeignEvent, MissingField, SameEvent, SumUnknown
from cases.store.firms import Policy, cap_on, policy_by_id
from cases.store.open_points import settings_of
from cases.store.rows import insert, next_number
from cases.store.timeline import add_timeline_entry
from data import now, parse_utc, transaction, utc_text
from data.i18n import _
from data.times import local

Decision = Literal["one_event", "several_events"]
DECISIONS: tuple[Decision, ...] = ("one_event", "several_events")


@dataclass(frozen=True)
class InsuredEvent:
    """An insured event (Versicherungsfall): one cap, shared by the cases linked to it (NA-33).

    ``merged_into_id`` names the event that took over all of its cases.
    """

    id: int
    number: str
    policy_id: int
    title: str
    occurred_at: datetime
    cap_cents: int
    cap_basis: str
    vat_percent: int
    merged_into_id: int | None = None


@dataclass(frozen=True)
class EventCase:
    """A case of an insured event, in short."""

    id: int
    number: str
    public_name: str
    state: str
    coverage_result: str
    firm_id: int
    insured_event_id: int


@dataclass(frozen=True)
class MoveDecision:
    """Why a case moves to another event (U-07): what was decided, by whom and why.

    ``incident_ids`` are the IT incidents that move along.
    """

    decision: Decision
    reason: str
    decided_by: str
    incident_ids: tuple[int, ...] = ()
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Move:
    """A case that has moved."""

    id: int
    case_id: int
    from_event_id: int
    to_event_id: int
    decision: str
    reason: str
    decided_by: str
    incidents: tuple[str, ...]
    recorded_at: datetime
    recorded_by: str


def open_event(
    db: Database,
    actor: Actor,
    policy: Policy,
    *,
    title: str,
    occurred_at: datetime,
    opened_at: datetime,
) -> int:
    """Open an insured event under a contract; returns the id.

    Its cap is the sum insured on the day of the loss (EX-13). Where no sum is known for that
    day the cap is 0 until one is: nothing is covered by assumption. Computing the event anew
    takes over the sum. The cap counts net or gross as was decided (U-03), else as the contract
    says.
    """
    cap_cents = _sum_insured(db, policy.id, occurred_at)
    basis = settings_of(db, policy.id).get("U-03", policy.cap_basis)
    event_id = insert(
        db,
        "insured_event",
        {
            "number": next_number(db, "insured_event", "VF", opened_at),
            "policy_id": policy.id,
            "title": title,
            "occurred_at": utc_text(occurred_at),
            "cap_cents": cap_cents or 0,
            "cap_basis": basis,
            "vat_percent": policy.vat_percent,
            "recorded_at": utc_text(now()),
        },
    )
    audit.record(
        db,
        actor,
        "insured_event.opened",
        f"insured_event:{event_id}",
        details={"cap_cents": cap_cents, "cap_basis": basis},
    )
    return event_id


def _sum_insured(db: Database, policy_id: int, occurred_at: datetime) -> int | None:
    """The sum insured on the day of the loss, or None where none is known for it."""
    try:
        return cap_on(db, policy_id, local(occurred_at).date())
    except SumUnknown:
        return None


def event_by_id(db: Database, event_id: int) -> InsuredEvent:
    """The insured event with this id, which must exist."""
    return _event(next(db.query("SELECT * FROM insured_event WHERE id = ?", [event_id])))


def _event(row: Mapping[str, Any]) -> InsuredEvent:
    return InsuredEvent(
        id=row["id"],
        number=row["number"],
        policy_id=row["policy_id"],
        title=row["title"],
        occurred_at=parse_utc(row["occurred_at"]),
        cap_cents=row["cap_cents"],
        cap_basis=row["cap_basis"],
        vat_percent=row["vat_percent"],
        merged_into_id=row["merged_into_id"],
    )


def events_of_policy(db: Database, policy_id: int) -> list[InsuredEvent]:
    """The insured events of a contract, newest first."""
    rows = db.query("SELECT * FROM insured_event WHERE policy_id = ? ORDER BY id DESC", [policy_id])
    return [_event(row) for row in rows]


def cases_of_event(db: Database, event_id: int) -> list[EventCase]:
    """The cases of an insured event, oldest first."""
    rows = db.query(
        "SELECT id, number, public_name, state, coverage_result, firm_id, insured_event_id"
        " FROM crisis_case WHERE insured_event_id = ? ORDER BY id",
        [event_id],
    )
    return [EventCase(**row) for row in rows]


def take_over_terms(db: Database, actor: Actor, event_id: int, cause: str) -> InsuredEvent:
    """Let the cap follow the contract: its sum on the day of the loss (EX-13), net or gross
    (U-03). Inside an open transaction; what changes is in the audit chain."""
    event = event_by_id(db, event_id)
    contract = policy_by_id(db, event.policy_id)
    held = _sum_insured(db, event.policy_id, event.occurred_at)
    after = replace(
        event,
        cap_cents=event.cap_cents if held is None else held,
        cap_basis=settings_of(db, event.policy_id).get("U-03", contract.cap_basis),
    )
    if after == event:
        return event
    db.execute(
        "UPDATE insured_event SET cap_cents = ?, cap_basis = ? WHERE id = ?",
        [after.cap_cents, after.cap_basis, event_id],
    )
    audit.record(
        db,
        actor,
        "insured_event.terms_changed",
        f"insured_event:{event_id}",
        details={
            "before": {"cap_cents": event.cap_cents, "basis": event.cap_basis},
            "after": {"cap_cents": after.cap_cents, "basis": after.cap_basis},
            "cause": cause,
        },
    )
    return after


def move_case(
    db: Database, actor: Actor, case_id: int, to_event_id: int, move: MoveDecision
) -> Move:
    """Give a case another insured event of the same contract; its IT incidents by choice.

    What was booked follows the case: the caller computes both events anew in the same
    transaction (:func:`ui.moving.move_case`). Raises MissingField, SameEvent, ForeignEvent or
    EventMerged.
    """
    for label, text in ((_("Begründung"), move.reason), (_("Entschieden von"), move.decided_by)):
        if not text.strip():
            raise MissingField(label)
    with transaction(db):
        case = next(
            db.query(
                "SELECT number, insured_event_id FROM crisis_case WHERE id = ?",
                [case_id],
            )
        )
        source = event_by_id(db, case["insured_event_id"])
        target = event_by_id(db, to_event_id)
        _check_target(source, target)
        incidents = _move_incidents(db, case_id, source.id, target.id, move.incident_ids)
        move_id = insert(
            db,
            "event_move",
            {
                "idempotency_key": move.idempotency_key,
                "case_id": case_id,
                "from_event_id": source.id,
                "to_event_id": target.id,
                "decision": move.decision,
                "reason": move.reason.strip(),
                "decided_by": move.decided_by.strip(),
                "incidents": json.dumps(incidents),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "case.moved",
            f"crisis_case:{case_id}",
            case_id=case_id,
            details={
                "from": source.number,
                "to": target.number,
                "decision": move.decision,
                "reason": move.reason.strip(),
                "decided_by": move.decided_by.strip(),
                "incidents": incidents,
            },
        )
        text = _(
            "{number} von {source} zu {target} verschoben (U-07), entschieden von {person}: {reason}"
        ).format(
            number=case["number"],
            source=source.number,
            target=target.number,
            person=move.decided_by.strip(),
            reason=move.reason.strip(),
        )
        touched = [*cases_of_event(db, source.id), *cases_of_event(db, target.id)]
        db.execute("UPDATE crisis_case SET insured_event_id = ? WHERE id = ?", [target.id, case_id])
        for each in touched:
            add_timeline_entry(
                db,
                actor,
                each.id,
                happened_at=now(),
                kind="status",
                text=text,
                details={"event_move": move_id},
            )
    return _moves(db, "event_move.id = ?", move_id)[0]


def _check_target(source: InsuredEvent, target: InsuredEvent) -> None:
    if target.id == source.id:
        raise SameEvent(source.number)
    if target.policy_id != source.policy_id:
        raise ForeignEvent(target.number)
    if target.merged_into_id is not None:
        raise EventMerged(target.number)


def _move_incidents(
    db: Database, case_id: int, from_id: int, to_id: int, incident_ids: tuple[int, ...]
) -> list[str]:
    """Take the chosen incidents of the case along; returns their numbers."""
    moved = []
    for incident_id in incident_ids:
        row = db.execute(
            "UPDATE it_incident SET insured_event_id = ? WHERE id = ? AND insured_event_id = ?"
            " AND id IN (SELECT incident_id FROM case_incident WHERE case_id = ?)"
            " RETURNING number",
            [to_id, incident_id, from_id, case_id],
        ).fetchone()
        if row is not None:
            moved.append(str(row[0]))
    return moved


def mark_merged(db: Database, actor: Actor, event_id: int, into_id: int) -> None:
    """An event without cases that another took over; nothing moves into it any more."""
    with transaction(db):
        db.execute("UPDATE insured_event SET merged_into_id = ? WHERE id = ?", [into_id, event_id])
        db.execute(
            "UPDATE it_incident SET insured_event_id = ? WHERE insured_event_id = ?",
            [into_id, event_id],
        )
        audit.record(
            db,
            actor,
            "insured_event.merged",
            f"insured_event:{event_id}",
            details={"into": event_by_id(db, into_id).number},
        )


def move_by_key(db: Database, idempotency_key: str | None) -> Move | None:
    """The move that this form has made before, or None."""
    if idempotency_key is None:
        return None
    return next(iter(_moves(db, "idempotency_key = ?", idempotency_key)), None)


def moves_of_event(db: Database, event_id: int) -> list[Move]:
    """The cases that came to an event or left it, oldest first."""
    return _moves(db, "? IN (from_event_id, to_event_id)", event_id)


def _moves(db: Database, where: str, parameter: int | str) -> list[Move]:
    rows = db.query(f"SELECT * FROM event_move WHERE {where} ORDER BY id", [parameter])
    return [
        Move(
            id=row["id"],
            case_id=row["case_id"],
            from_event_id=row["from_event_id"],
            to_event_id=row["to_event_id"],
            decision=row["decision"],
            reason=row["reason"],
            decided_by=row["decided_by"],
            incidents=tuple(json.loads(row["incidents"])),
            recorded_at=parse_utc(row["recorded_at"]),
            recorded_by=row["recorded_by"],
        )
        for row in rows
    ]
