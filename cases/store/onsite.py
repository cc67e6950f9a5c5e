"""Visits on site: the wish, the visit, and the counter of the contract's year."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import onsite
from cases.contract import period_of
from cases.errors import InFuture, MissingField, ReasonForChange, SettledVisit
from cases.onsite import Counter, VisitSplit, YearKind
from cases.store.events import event_by_id
from cases.store.firms import policy_by_id
from cases.store.open_points import settings_of
from cases.store.rows import insert
from cases.store.timeline import add_timeline_entry
from data import formats, now, parse_utc, transaction, utc_text
from data.i18n import _
from data.times import local


@dataclass(frozen=True)
class Visit:
    """A visit on site: wished, done with its split, or dropped with its reason."""

    id: int
    policy_id: int
    case_id: int
    incident_id: int | None
    wished_by: str
    wished_at: datetime
    wish_text: str
    state: str
    technician: str
    arrived_at: datetime | None
    worked_seconds: int | None
    rate_cents: int | None
    journey_cents: int | None
    split: VisitSplit | None
    reason: str


def _visit(row: Mapping[str, Any]) -> Visit:
    kept = json.loads(row["split"])
    return Visit(
        id=row["id"],
        policy_id=row["policy_id"],
        case_id=row["case_id"],
        incident_id=row["incident_id"],
        wished_by=row["wished_by"],
        wished_at=parse_utc(row["wished_at"]),
        wish_text=row["wish_text"],
        state=row["state"],
        technician=row["technician"],
        arrived_at=parse_utc(row["arrived_at"]) if row["arrived_at"] else None,
        worked_seconds=row["worked_seconds"],
        rate_cents=row["rate_cents"],
        journey_cents=row["journey_cents"],
        split=VisitSplit(**kept) if kept else None,
        reason=row["reason"],
    )


def visit_by_id(db: Database, visit_id: int) -> Visit:
    """The visit with this id, which must exist."""
    return _visit(next(db.query("SELECT * FROM onsite_visit WHERE id = ?", [visit_id])))


def visits_of_policy(db: Database, policy_id: int) -> list[Visit]:
    """The visits under a contract, in all of its cases, oldest first."""
    rows = db.query(
        "SELECT * FROM onsite_visit WHERE policy_id = ? ORDER BY coalesce(arrived_at, wished_at), id",
        [policy_id],
    )
    return [_visit(row) for row in rows]


def counter_on(db: Database, policy_id: int, day: date, *, without: int | None = None) -> Counter:
    """How many visits the contract's year of ``day`` has seen (NA-23), as U-04 is decided.

    ``without`` leaves one visit out, so that a visit does not count against itself. Visits that
    the insured paid for count too: the first visit of the year is the covered one.
    """
    contract = policy_by_id(db, policy_id)
    days = [
        local(each.arrived_at).date()
        for each in visits_of_policy(db, policy_id)
        if each.state == "done" and each.arrived_at is not None and each.id != without
    ]

    def period(at: date, kind: YearKind) -> tuple[date, date] | None:
        return period_of(contract.begins_on, at, kind, main_expiry=contract.main_expiry)

    return onsite.count(settings_of(db, policy_id).get("U-04"), days, day, period)


def wish_visit(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    wished_by: str,
    wished_at: datetime,
    text: str = "",
    incident_id: int | None = None,
    idempotency_key: str | None = None,
) -> Visit:
    """Record that the insured wishes a visit (NA-22). Raises MissingField or InFuture."""
    if not wished_by.strip():
        raise MissingField(_("Wer wünscht den Einsatz"))
    if wished_at > now():
        raise InFuture
    with transaction(db):
        if idempotency_key is not None:
            known = db.execute(
                "SELECT id FROM onsite_visit WHERE idempotency_key = ?", [idempotency_key]
            ).fetchone()
            if known:
                return visit_by_id(db, known[0])
        event_id = db.execute(
            "SELECT insured_event_id FROM crisis_case WHERE id = ?", [case_id]
        ).fetchone()[0]
        visit_id = insert(
            db,
            "onsite_visit",
            {
                "idempotency_key": idempotency_key,
                "policy_id": event_by_id(db, event_id).policy_id,
                "case_id": case_id,
                "incident_id": incident_id,
                "wished_by": wished_by.strip(),
                "wished_at": utc_text(wished_at),
                "wish_text": text.strip(),
                "state": "wished",
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db, actor, "onsite_visit.wished", f"onsite_visit:{visit_id}", case_id=case_id,
            details={"wished_by": wished_by.strip()},
        )  # fmt: skip
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=wished_at,
            kind="incident",
            text=_("{person} wünscht einen Einsatz vor Ort (NA-22)").format(
                person=wished_by.strip()
            ),
            details={"visit_id": visit_id},
        )
    return visit_by_id(db, visit_id)


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
    """Record a visit that took place, with the split by payer as the counter stands.

    Raises MissingField, InFuture or SettledVisit. What has to be booked is the caller's
    (:mod:`ui.visits`), in the same transaction.
    """
    if not technician.strip():
        raise MissingField(_("Wer war vor Ort"))
    if arrived_at > now():
        raise InFuture
    with transaction(db):
        visit = visit_by_id(db, visit_id)
        if visit.state != "wished":
            raise SettledVisit
        counter = counter_on(db, visit.policy_id, local(arrived_at).date(), without=visit_id)
        parts = onsite.split(worked_seconds, rate_cents, journey_cents, covered=counter.free)
        db.execute(
            "UPDATE onsite_visit SET state = 'done', technician = ?, arrived_at = ?,"
            " worked_seconds = ?, rate_cents = ?, journey_cents = ?, split = ? WHERE id = ?",
            [
                technician.strip(),
                utc_text(arrived_at),
                worked_seconds,
                rate_cents,
                journey_cents,
                json.dumps(asdict(parts), sort_keys=True),
                visit_id,
            ],
        )
        audit.record(
            db,
            actor,
            "onsite_visit.done",
            f"onsite_visit:{visit_id}",
            case_id=visit.case_id,
            details={
                "insurer_cents": parts.insurer_cents,
                "insured_cents": parts.insured_cents,
                "counted": {each.kind: each.used for each in counter.readings},
            },
        )
        add_timeline_entry(
            db,
            actor,
            visit.case_id,
            happened_at=arrived_at,
            kind="incident",
            text=_(
                "Einsatz vor Ort durch {person}: Versicherer {insurer}, Firma {insured} (NA-23, NA-24)"
            ).format(
                person=technician.strip(),
                insurer=formats.money(parts.insurer_cents),
                insured=formats.money(parts.insured_cents),
            ),
            details={"visit_id": visit_id},
        )
    return visit_by_id(db, visit_id)


def drop_visit(db: Database, actor: Actor, visit_id: int, reason: str) -> Visit:
    """Record that a wished visit does not take place. Raises ReasonForChange or SettledVisit."""
    if not reason.strip():
        raise ReasonForChange
    with transaction(db):
        visit = visit_by_id(db, visit_id)
        if visit.state != "wished":
            raise SettledVisit
        db.execute(
            "UPDATE onsite_visit SET state = 'dropped', reason = ? WHERE id = ?",
            [reason.strip(), visit_id],
        )
        audit.record(
            db, actor, "onsite_visit.dropped", f"onsite_visit:{visit_id}", case_id=visit.case_id,
            details={"reason": reason.strip()},
        )  # fmt: skip
        add_timeline_entry(
            db,
            actor,
            visit.case_id,
            happened_at=now(),
            kind="incident",
            text=_("Einsatz vor Ort entfällt. Grund: {reason}").format(reason=reason.strip()),
            details={"visit_id": visit_id},
        )
    return visit_by_id(db, visit_id)
