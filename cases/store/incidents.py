"""IT incidents (IT-Notfälle) and their links to cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import words
from cases.errors import InFuture, MissingField, NotLinked, ReasonForChange, UnknownIncident
from cases.store.rows import insert, moment, next_number
from cases.store.timeline import add_timeline_entry
from data import formats, now, parse_utc, transaction, utc_text
from data.i18n import N_, _

RELATIONS = ("caused_by", "same_attack", "coincident")


# What may be corrected or learned later, with its name for people.
FIELD_NAMES = {
    "kind": N_("Art"),
    "outage": N_("Systemausfall"),
    "device": N_("Gerät"),
    "suspected": N_("Nur Verdacht"),
    "cause_status": N_("Stand der Ursache"),
    "cause": N_("Ursache"),
    "data_loss": N_("Datenabfluss"),
    "data_loss_extent": N_("Umfang des Datenabflusses"),
    "happened_at": N_("Zeitpunkt"),
    "resolved_at": N_("gelöst"),
    "summary": N_("Was geschehen ist"),
}


@dataclass(frozen=True)
class Incident:
    """An IT incident (IT-Notfall).

    ``suspected`` is yes while it is only a suspicion; coverage does not depend on it (NA-04).
    ``cause`` is what is known of the cause, ``cause_status`` how sure that is (CV-09).
    ``data_loss_extent`` answers how much was taken (EX-01b).
    """

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
    cause: str = ""
    data_loss_extent: str = ""
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
                "cause": incident.cause,
                "data_loss_extent": incident.data_loss_extent,
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


def incidents_of_event(db: Database, event_id: int) -> list[Incident]:
    """The IT incidents under an insured event."""
    rows = db.query("SELECT * FROM it_incident WHERE insured_event_id = ? ORDER BY id", [event_id])
    return [_incident(row) for row in rows]


# Links between a case and an incident


@dataclass(frozen=True)
class Link:
    """How a case belongs to an IT incident, and why."""

    case_id: int
    incident_id: int
    relation: str
    reason: str
    linked_at: datetime
    linked_by: str


@dataclass(frozen=True)
class LinkChange:
    """One step in the history of a link: linked, changed or unlinked."""

    incident: str
    action: str
    relation: str
    reason: str
    recorded_at: datetime
    recorded_by: str


def links_of(db: Database, case_id: int) -> list[Link]:
    """The links of a case, oldest first."""
    rows = db.query(
        "SELECT case_id, incident_id, relation, reason, linked_at, linked_by FROM case_incident"
        " WHERE case_id = ? ORDER BY id",
        [case_id],
    )
    return [Link(**{**row, "linked_at": parse_utc(row["linked_at"])}) for row in rows]


def link_history(db: Database, case_id: int) -> list[LinkChange]:
    """What was linked to a case, changed and unlinked, oldest first."""
    rows = db.query(
        "SELECT it_incident.number AS incident, action, relation, reason,"
        " incident_link_change.recorded_at, incident_link_change.recorded_by"
        " FROM incident_link_change JOIN it_incident ON it_incident.id = incident_id"
        " WHERE case_id = ? ORDER BY incident_link_change.id",
        [case_id],
    )
    return [LinkChange(**{**row, "recorded_at": parse_utc(row["recorded_at"])}) for row in rows]


def link_incident(
    db: Database, actor: Actor, case_id: int, incident_id: int, relation: str, reason: str = ""
) -> None:
    """Link a case to an IT incident; linking it again changes nothing."""
    with transaction(db):
        incident = incident_by_id(db, incident_id)
        if _link(db, case_id, incident_id) is not None:
            return
        insert(
            db,
            "case_incident",
            {
                "case_id": case_id,
                "incident_id": incident_id,
                "relation": relation,
                "reason": reason.strip(),
                "linked_at": utc_text(now()),
                "linked_by": actor.name,
            },
        )
        _keep_link_change(db, actor, case_id, incident, "linked", relation, reason)
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=incident.opened_at or now(),
            kind="incident",
            text=_("Mit {number} verknüpft").format(number=incident.number),
        )


def change_link(
    db: Database, actor: Actor, case_id: int, incident_id: int, relation: str, reason: str
) -> None:
    """Say anew how a case belongs to an incident. Raises ReasonForChange or NotLinked."""
    if not reason.strip():
        raise ReasonForChange
    with transaction(db):
        incident = incident_by_id(db, incident_id)
        before = _link(db, case_id, incident_id)
        if before is None:
            raise NotLinked
        db.execute(
            "UPDATE case_incident SET relation = ?, reason = ?"
            " WHERE case_id = ? AND incident_id = ?",
            [relation, reason.strip(), case_id, incident_id],
        )
        _keep_link_change(db, actor, case_id, incident, "changed", relation, reason, before)
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=now(),
            kind="incident",
            text=_("{number}: Zusammenhang {before} → {after}. Grund: {reason}").format(
                number=incident.number,
                before=words.relation(before),
                after=words.relation(relation),
                reason=reason.strip(),
            ),
        )


def unlink_incident(
    db: Database, actor: Actor, case_id: int, incident_id: int, reason: str
) -> None:
    """Take a link back; its history stays. Raises ReasonForChange or NotLinked."""
    if not reason.strip():
        raise ReasonForChange
    with transaction(db):
        incident = incident_by_id(db, incident_id)
        relation = _link(db, case_id, incident_id)
        if relation is None:
            raise NotLinked
        db.execute(
            "DELETE FROM case_incident WHERE case_id = ? AND incident_id = ?",
            [case_id, incident_id],
        )
        _keep_link_change(db, actor, case_id, incident, "unlinked", relation, reason, relation)
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=now(),
            kind="incident",
            text=_("Verknüpfung mit {number} aufgehoben. Grund: {reason}").format(
                number=incident.number, reason=reason.strip()
            ),
        )


def _link(db: Database, case_id: int, incident_id: int) -> str | None:
    row = db.execute(
        "SELECT relation FROM case_incident WHERE case_id = ? AND incident_id = ?",
        [case_id, incident_id],
    ).fetchone()
    return str(row[0]) if row else None


def _keep_link_change(
    db: Database,
    actor: Actor,
    case_id: int,
    incident: Incident,
    action: str,
    relation: str,
    reason: str,
    before: str | None = None,
) -> None:
    insert(
        db,
        "incident_link_change",
        {
            "case_id": case_id,
            "incident_id": incident.id,
            "action": action,
            "relation": relation,
            "reason": reason.strip(),
            "recorded_at": utc_text(now()),
            "recorded_by": actor.name,
        },
    )
    details = {"incident": incident.number, "relation": relation, "reason": reason.strip()}
    audit.record(
        db,
        actor,
        f"case.incident_{action}",
        f"crisis_case:{case_id}",
        case_id=case_id,
        details=details if before is None else {**details, "before": before},
    )


# What is learned of an incident


@dataclass(frozen=True)
class Change:
    """One field of an incident that was changed; the values as they are stored."""

    field: str
    before: str
    after: str
    note: str
    recorded_at: datetime
    recorded_by: str


def changes_of(db: Database, incident_id: int) -> list[Change]:
    """What was changed of an incident, oldest first (CV-09: the history of its cause)."""
    rows = db.query(
        "SELECT field, before, after, note, recorded_at, recorded_by FROM incident_change"
        " WHERE incident_id = ? ORDER BY id",
        [incident_id],
    )
    return [Change(**{**row, "recorded_at": parse_utc(row["recorded_at"])}) for row in rows]


def record_changes(
    db: Database, actor: Actor, incident_id: int, values: Mapping[str, Any], note: str = ""
) -> Incident:
    """Keep what has become known; only what differs is written, with the value before.

    ``values`` are fields of :data:`FIELD_NAMES`; moments are aware, a moment may be None. Each
    linked case reads it in its timeline. Raises MissingField for an incident without its kind,
    InFuture for a moment to come.
    """
    with transaction(db):
        incident = incident_by_id(db, incident_id)
        changed = {
            name: (_stored(getattr(incident, name)), _stored(value))
            for name, value in values.items()
            if _stored(getattr(incident, name)) != _stored(value)
        }
        _check_changes(incident, values)
        for name, (before, after) in changed.items():
            if name not in FIELD_NAMES:
                raise KeyError(name)
            db.execute(
                f"UPDATE it_incident SET {name} = ? WHERE id = ?",
                [after if after or name != "resolved_at" else None, incident_id],
            )
            insert(
                db,
                "incident_change",
                {
                    "incident_id": incident_id,
                    "field": name,
                    "before": before,
                    "after": after,
                    "note": note.strip(),
                    "recorded_at": utc_text(now()),
                    "recorded_by": actor.name,
                },
            )
        if changed:
            audit.record(
                db,
                actor,
                "it_incident.changed",
                f"it_incident:{incident_id}",
                details={
                    name: {"before": before, "after": after}
                    for name, (before, after) in changed.items()
                },
            )
            tell_cases(db, actor, incident, _sentence(incident, changed, note))
    return incident_by_id(db, incident_id)


def _check_changes(incident: Incident, values: Mapping[str, Any]) -> None:
    if not values.get("kind", incident.kind):
        raise MissingField(_("Art"))
    for name in ("happened_at", "resolved_at"):
        at = values.get(name)
        if at is not None and at > now():
            raise InFuture


def _stored(value: Any) -> str:
    if value is None:
        return ""
    return utc_text(value) if isinstance(value, datetime) else str(value).strip()


def _sentence(incident: Incident, changed: Mapping[str, tuple[str, str]], note: str) -> str:
    told = ", ".join(
        _("{field}: {before} → {after}").format(
            field=_(FIELD_NAMES[name]),
            before=shown_value(name, before),
            after=shown_value(name, after),
        )
        for name, (before, after) in changed.items()
    )
    sentence = f"{incident.number}: {told}"
    return f"{sentence}. {note.strip()}" if note.strip() else sentence


def shown_value(name: str, value: str) -> str:
    """A stored value of an incident as people read it."""
    if not value:
        return _("leer")
    if name == "kind":
        return words.incident_kind(value)
    if name == "device":
        return words.device(value)
    if name == "cause_status":
        return words.cause_status(value)
    if name in ("outage", "suspected", "data_loss"):
        return words.three(value)
    if name in ("happened_at", "resolved_at"):
        return formats.moment(parse_utc(value))
    return value


def tell_cases(
    db: Database,
    actor: Actor,
    incident: Incident,
    text: str,
    happened_at: datetime | None = None,
) -> None:
    """One timeline entry in each case that the incident is linked to."""
    rows = db.query(
        "SELECT case_id FROM case_incident WHERE incident_id = ? ORDER BY case_id", [incident.id]
    )
    for row in rows:
        add_timeline_entry(
            db,
            actor,
            row["case_id"],
            happened_at=happened_at or now(),
            kind="incident",
            text=text,
            details={"incident": incident.number},
        )


def cases_of_incident(db: Database, incident_id: int) -> list[int]:
    """The ids of the cases that an incident is linked to."""
    rows = db.query(
        "SELECT case_id FROM case_incident WHERE incident_id = ? ORDER BY case_id", [incident_id]
    )
    return [row["case_id"] for row in rows]


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
    given = {"cause_status": cause_status, "data_loss": data_loss, "resolved_at": resolved_at}
    return record_changes(
        db,
        actor,
        incident_id,
        {name: value for name, value in given.items() if value is not None},
    )
