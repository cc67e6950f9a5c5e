"""Insured events (Versicherungsfälle)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.store.firms import Policy
from cases.store.rows import insert, next_number
from data import now, parse_utc, utc_text


@dataclass(frozen=True)
class InsuredEvent:
    """An insured event (Versicherungsfall): one cap, shared by the cases linked to it."""

    id: int
    number: str
    policy_id: int
    title: str
    occurred_at: datetime
    cap_cents: int
    cap_basis: str
    vat_percent: int


def open_event(
    db: Database,
    actor: Actor,
    policy: Policy,
    *,
    title: str,
    occurred_at: datetime,
    opened_at: datetime,
) -> int:
    """Open an insured event under a contract; its cap is the contract's. Returns the id."""
    event_id = insert(
        db,
        "insured_event",
        {
            "number": next_number(db, "insured_event", "VF", opened_at),
            "policy_id": policy.id,
            "title": title,
            "occurred_at": utc_text(occurred_at),
            "cap_cents": policy.cap_cents,
            "cap_basis": policy.cap_basis,
            "vat_percent": policy.vat_percent,
            "recorded_at": utc_text(now()),
        },
    )
    audit.record(
        db,
        actor,
        "insured_event.opened",
        f"insured_event:{event_id}",
        details={"cap_cents": policy.cap_cents, "cap_basis": policy.cap_basis},
    )
    return event_id


def event_by_id(db: Database, event_id: int) -> InsuredEvent:
    """The insured event with this id, which must exist."""
    row = next(db.query("SELECT * FROM insured_event WHERE id = ?", [event_id]))
    return InsuredEvent(
        id=row["id"],
        number=row["number"],
        policy_id=row["policy_id"],
        title=row["title"],
        occurred_at=parse_utc(row["occurred_at"]),
        cap_cents=row["cap_cents"],
        cap_basis=row["cap_basis"],
        vat_percent=row["vat_percent"],
    )
