"""IT incidents (IT-Notfälle) and their links to cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.errors import UnknownIncident
from cases.store.rows import insert, moment, next_number
from cases.store.timeline import add_timeline_entry
from data import now, parse_utc, transaction, utc_text
from data.i18n import _

RELATIONS = ("caused_by", "same_attack", "coincident")


@dataclass(frozen=True)
class Incident:
    """An IT incident (IT-Notfall)."""

    kind: str
    happened_at: datetime
    outage: str = "unknown"
    device: str = ""
    suspected: str = "unknown"
    cause_status: str = "open"
    data_loss: str = "unknown"
    opened_at: datetime | None = None
    resolved_at: datetime | None = None
    summary: str = ""
    number: str = ""
    firm_id: int = 0
    insured_event_id: int | None = None
    id: int = 0


def add_incident(
    db: Database,
    actor: Actor,
    firm_id: int,
    incident: Incident,
    insured_event_id: int | None = None,
) -> Incident:
    """Record an IT incident of the firm under an insured event."""
    opened = incident.opened_at or now()
    with transaction(db):
        incident_id = insert(
            db,
            "it_incident",
            {
                "number": next_number(db, "it_incident", "IT", opened),
                "firm_id": firm_id,
                "insured_event_id": insured_event_id,
                "kind": incident.kind,
                "outage": incident.outage,
                "device": incident.device,
                "suspected": incident.suspected,
                "cause_status": incident.cause_status,
                "data_loss": incident.data_loss,
                "happened_at": utc_text(incident.happened_at),
                "opened_at": utc_text(opened),
                "resolved_at": utc_text(incident.resolved_at) if incident.resolved_at else None,
                "summary": incident.summary,
            },
        )
        audit.record(db, actor, "it_incident.added", f"it_incident:{incident_id}")
    return incident_by_id(db, incident_id)


def _incident(row: Mapping[str, Any]) -> Incident:
    return Incident(
        **{
            **row,
            "happened_at": parse_utc(row["happened_at"]),
            "opened_at": parse_utc(row["opened_at"]),
            "resolved_at": moment(row["resolved_at"]),
        }
    )


def incident_by_id(db: Database, incident_id: int) -> Incident:
    """The IT incident with this id, which must exist."""
    return _incident(next(db.query("SELECT * FROM it_incident WHERE id = ?", [incident_id])))


def incident_by_number(db: Database, number: str) -> Incident:
    """The IT incident with this number. Raises UnknownIncident."""
    row = next(
        db.query("SELECT * FROM it_incident WHERE number = ?", [number.strip().upper()]), None
    )
    if row is None:
        raise UnknownIncident(number)
    return _incident(row)


def incidents_of(db: Database, case_id: int) -> list[Incident]:
    """The IT incidents linked to a case."""
    rows = db.query(
        "SELECT it_incident.* FROM it_incident JOIN case_incident"
        " ON case_incident.incident_id = it_incident.id WHERE case_id = ? ORDER BY it_incident.id",
        [case_id],
    )
    return [_incident(row) for row in rows]


def incidents_of_firm(db: Database, firm_id: int) -> list[Incident]:
    """All IT incidents of a firm, newest first."""
    rows = db.query("SELECT * FROM it_incident WHERE firm_id = ? ORDER BY id DESC", [firm_id])
    return [_incident(row) for row in rows]


def link_incident(
    db: Database, actor: Actor, case_id: int, incident_id: int, relation: str
) -> None:
    """Link a case to an IT incident; linking it again changes nothing."""
    with transaction(db):
        incident = incident_by_id(db, incident_id)
        known = db.execute(
            "SELECT 1 FROM case_incident WHERE case_id = ? AND incident_id = ?",
            [case_id, incident_id],
        ).fetchone()
        if known:
            return
        insert(
            db,
            "case_incident",
            {
                "case_id": case_id,
                "incident_id": incident_id,
                "relation": relation,
                "linked_at": utc_text(now()),
                "linked_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "case.incident_linked",
            f"crisis_case:{case_id}",
            case_id=case_id,
            details={"incident": incident.number, "relation": relation},
        )
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=incident.opened_at or now(),
            kind="incident",
            text=_("Mit {number} verknüpft").format(number=incident.number),
        )


def update_incident(
    db: Database,
    actor: Actor,
    incident_id: int,
    *,
    cause_status: str | None = None,
    data_loss: str | None = None,
    resolved_at: datetime | None = None,
) -> Incident:
    """What is known by now: the cause, the loss of data, the end of the outage."""
    changes: dict[str, str] = {}
    if cause_status is not None:
        changes["cause_status"] = cause_status
    if data_loss is not None:
        changes["data_loss"] = data_loss
    if resolved_at is not None:
        changes["resolved_at"] = utc_text(resolved_at)
    with transaction(db):
        for name, value in changes.items():
            db.execute(f"UPDATE it_incident SET {name} = ? WHERE id = ?", [value, incident_id])
        if changes:
            audit.record(
                db, actor, "it_incident.changed", f"it_incident:{incident_id}", details=changes
            )
    return incident_by_id(db, incident_id)
