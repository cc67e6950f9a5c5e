"""A visit on site, and its hours: who pays what is booked with the visit, or not at all.

The insurer's part is IT help on site (NA-24), the rest is paid by the firm. Neither draws on
the cap of the communication emergency, unless U-02 is decided that way.
"""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from access.actor import Actor
from budget import store as budget_store
from budget.entry import Cost
from budget.ledger import Kind
from cases.store import onsite
from cases.store.onsite import Visit
from data import transaction
from data.i18n import _


def complete_visit(
    db: Database,
    actor: Actor,
    visit_id: int,
    *,
    technician: str,
    arrived_at: datetime,
    worked_seconds: int,
    rate_cents: int,
    journey_cents: int,
) -> Visit:
    """Record a visit that took place, and book both payers' parts, in one transaction.

    Raises what :func:`cases.store.onsite.complete_visit` raises.
    """
    with transaction(db):
        visit = onsite.complete_visit(
            db,
            actor,
            visit_id,
            technician=technician,
            arrived_at=arrived_at,
            worked_seconds=worked_seconds,
            rate_cents=rate_cents,
            journey_cents=journey_cents,
        )
        if visit.split is None:
            raise ValueError("a visit that is done has its split")
        named = _("Einsatz vor Ort, {person}").format(person=technician.strip())
        _book(db, actor, visit, "it_onsite", visit.split.insurer_cents, arrived_at, named)
        _book(db, actor, visit, "insured_pays", visit.split.insured_cents, arrived_at, named)
    return visit


def _book(
    db: Database,
    actor: Actor,
    visit: Visit,
    kind: Kind,
    cents: int,
    arrived_at: datetime,
    text: str,
) -> None:
    if cents:
        budget_store.book_cost(
            db,
            actor,
            visit.case_id,
            Cost(
                at=arrived_at,
                cents=cents,
                text=text,
                kind=kind,
                idempotency_key=f"onsite_visit:{visit.id}:{kind}",
            ),
        )
