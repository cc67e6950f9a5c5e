"""What an IT incident touched, who helped, who changed what, and who permitted remote access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import words
from cases.errors import InFuture, MissingField, PermissionMissing, SystemKnown
from cases.store.incidents import incident_by_id, tell_cases
from cases.store.rows import insert, made_by
from data import formats, now, parse_utc, transaction, utc_text
from data.i18n import N_, _

CONTROLS = ("unknown", "sole", "full", "foreign")
MODES = ("phone", "remote", "onsite")

CONTROL_NAMES = {
    "unknown": N_("unbekannt"),
    "sole": N_("alleinige Herrschaft"),
    "full": N_("volle Kontrolle"),
    "foreign": N_("fremdes System"),
}
MODE_NAMES = {
    "phone": N_("Telefon"),
    "remote": N_("Fernwartung"),
    "onsite": N_("vor Ort"),
}


@dataclass(frozen=True)
class AffectedSystem:
    """A system that an incident touched: whose it is (WK-02), whether it all began there (WK-03)."""

    id: int
    incident_id: int
    name: str
    control: str
    origin: str
    note: str


@dataclass(frozen=True)
class SystemChange:
    """Who changed which system when, and how (EX-04c)."""

    id: int
    system: str
    happened_at: datetime
    person: str
    text: str
    corrects_id: int | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class Permission:
    """A permission for remote access, or its withdrawal: who, when, for what (NA-21)."""

    id: int
    incident_id: int
    kind: str
    person: str
    scope: str
    happened_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class Help:
    """Help that was given: how (CV-08), when, for how long, by whom."""

    id: int
    incident_id: int
    mode: str
    started_at: datetime
    minutes: int
    person: str
    text: str
    permission_id: int | None
    recorded_by: str


def _require(label: str, text: str) -> str:
    if not text.strip():
        raise MissingField(label)
    return text.strip()


def _past(moment: datetime) -> str:
    if moment > now():
        raise InFuture
    return utc_text(moment)


# Systems


def systems_of(db: Database, incident_id: int) -> list[AffectedSystem]:
    """The systems of an incident, as they were recorded."""
    rows = db.query(
        "SELECT id, incident_id, name, control, origin, note FROM affected_system"
        " WHERE incident_id = ? ORDER BY id",
        [incident_id],
    )
    return [AffectedSystem(**row) for row in rows]


def add_system(
    db: Database,
    actor: Actor,
    incident_id: int,
    *,
    name: str,
    control: str = "unknown",
    origin: str = "unknown",
    note: str = "",
    idempotency_key: str | None = None,
) -> AffectedSystem:
    """Record a system that an incident touched. Raises MissingField or SystemKnown."""
    named = _require(_("System"), name)
    with transaction(db):
        known = made_by(db, "affected_system", idempotency_key)
        if known is not None:
            return _system(db, known)
        if any(each.name.lower() == named.lower() for each in systems_of(db, incident_id)):
            raise SystemKnown(named)
        incident = incident_by_id(db, incident_id)
        system_id = insert(
            db,
            "affected_system",
            {
                "idempotency_key": idempotency_key,
                "incident_id": incident_id,
                "name": named,
                "control": control,
                "origin": origin,
                "note": note.strip(),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "affected_system.added",
            f"affected_system:{system_id}",
            details={"name": named, "control": control, "origin": origin},
        )
        tell_cases(
            db,
            actor,
            incident,
            _("{number}: betroffen ist {system} ({control})").format(
                number=incident.number, system=named, control=_(CONTROL_NAMES[control])
            ),
        )
    return _system(db, system_id)


def _system(db: Database, system_id: int) -> AffectedSystem:
    row = next(
        db.query(
            "SELECT id, incident_id, name, control, origin, note FROM affected_system WHERE id = ?",
            [system_id],
        )
    )
    return AffectedSystem(**row)


def change_system(
    db: Database, actor: Actor, system_id: int, *, control: str, origin: str, note: str
) -> AffectedSystem:
    """Say anew whose a system is and whether it all began there; only a change is written."""
    with transaction(db):
        before = _system(db, system_id)
        after = {"control": control, "origin": origin, "note": note.strip()}
        changed = {
            name: {"before": getattr(before, name), "after": value}
            for name, value in after.items()
            if getattr(before, name) != value
        }
        if not changed:
            return before
        db.execute(
            "UPDATE affected_system SET control = ?, origin = ?, note = ? WHERE id = ?",
            [control, origin, note.strip(), system_id],
        )
        audit.record(
            db,
            actor,
            "affected_system.changed",
            f"affected_system:{system_id}",
            details=changed,
        )
        incident = incident_by_id(db, before.incident_id)
        tell_cases(
            db,
            actor,
            incident,
            _("{number}: {system} ist {control}, Ursprung {origin}").format(
                number=incident.number,
                system=before.name,
                control=_(CONTROL_NAMES[control]),
                origin=words.three(origin),
            ),
        )
    return _system(db, system_id)


# Who changed what (EX-04c)


def system_changes_of(db: Database, incident_id: int) -> list[SystemChange]:
    """The log of changes to the systems of an incident, by the time they happened."""
    rows = db.query(
        "SELECT system_change.id, affected_system.name AS system, happened_at, person, text,"
        " corrects_id, system_change.recorded_at, system_change.recorded_by FROM system_change"
        " JOIN affected_system ON affected_system.id = system_id"
        " WHERE system_change.incident_id = ? ORDER BY happened_at, system_change.id",
        [incident_id],
    )
    return [
        SystemChange(
            **{
                **row,
                "happened_at": parse_utc(row["happened_at"]),
                "recorded_at": parse_utc(row["recorded_at"]),
            }
        )
        for row in rows
    ]


def log_system_change(
    db: Database,
    actor: Actor,
    system_id: int,
    *,
    happened_at: datetime,
    person: str,
    text: str,
    corrects_id: int | None = None,
    idempotency_key: str | None = None,
) -> None:
    """Write down who changed a system when and how. Raises MissingField or InFuture."""
    who = _require(_("Wer"), person)
    what = _require(_("Welche Änderung"), text)
    at = _past(happened_at)
    with transaction(db):
        if made_by(db, "system_change", idempotency_key) is not None:
            return
        system = _system(db, system_id)
        change_id = insert(
            db,
            "system_change",
            {
                "idempotency_key": idempotency_key,
                "incident_id": system.incident_id,
                "system_id": system_id,
                "happened_at": at,
                "person": who,
                "text": what,
                "corrects_id": corrects_id,
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(db, actor, "system_change.logged", f"system_change:{change_id}")
        incident = incident_by_id(db, system.incident_id)
        tell_cases(
            db,
            actor,
            incident,
            _("{number}: {person} ändert {system}: {text}").format(
                number=incident.number, person=who, system=system.name, text=what
            ),
            happened_at,
        )


# Remote access (NA-21)


def permissions_of(db: Database, incident_id: int) -> list[Permission]:
    """Permissions for remote access and their withdrawals, by the time they happened."""
    rows = db.query(
        "SELECT id, incident_id, kind, person, scope, happened_at, recorded_by"
        " FROM remote_permission WHERE incident_id = ? ORDER BY happened_at, id",
        [incident_id],
    )
    return [Permission(**{**row, "happened_at": parse_utc(row["happened_at"])}) for row in rows]


def permission_at(db: Database, incident_id: int, moment: datetime) -> Permission | None:
    """The permission for remote access that holds at a moment, or None."""
    before = [each for each in permissions_of(db, incident_id) if each.happened_at <= moment]
    return before[-1] if before and before[-1].kind == "granted" else None


def record_permission(
    db: Database,
    actor: Actor,
    incident_id: int,
    *,
    kind: str,
    person: str,
    scope: str,
    happened_at: datetime,
    idempotency_key: str | None = None,
) -> None:
    """Write down who permitted remote access, for what, or withdrew it (NA-21).

    Raises MissingField or InFuture.
    """
    who = _require(_("Wer hat es erlaubt"), person)
    what = _require(_("Umfang"), scope)
    at = _past(happened_at)
    with transaction(db):
        if made_by(db, "remote_permission", idempotency_key) is not None:
            return
        permission_id = insert(
            db,
            "remote_permission",
            {
                "idempotency_key": idempotency_key,
                "incident_id": incident_id,
                "kind": kind,
                "person": who,
                "scope": what,
                "happened_at": at,
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            f"remote_permission.{kind}",
            f"remote_permission:{permission_id}",
            details={"person": who, "scope": what},
        )
        incident = incident_by_id(db, incident_id)
        told = {
            "granted": _("{number}: {person} erlaubt den Fernzugriff, Umfang: {scope} (NA-21)"),
            "withdrawn": _("{number}: {person} widerruft den Fernzugriff: {scope} (NA-21)"),
        }[kind]
        tell_cases(
            db,
            actor,
            incident,
            told.format(number=incident.number, person=who, scope=what),
            happened_at,
        )


# Help (CV-08)


def help_of(db: Database, incident_id: int) -> list[Help]:
    """The help that was given in an incident, by time."""
    rows = db.query(
        "SELECT id, incident_id, mode, started_at, minutes, person, text, permission_id,"
        " recorded_by FROM incident_help WHERE incident_id = ? ORDER BY started_at, id",
        [incident_id],
    )
    return [_help(row) for row in rows]


def _help(row: Mapping[str, Any]) -> Help:
    return Help(**{**row, "started_at": parse_utc(row["started_at"])})


def record_help(
    db: Database,
    actor: Actor,
    incident_id: int,
    *,
    mode: str,
    started_at: datetime,
    minutes: int,
    person: str,
    text: str = "",
    idempotency_key: str | None = None,
) -> None:
    """Write down help that was given. Remote access needs a permission that held then (NA-21).

    Raises MissingField, InFuture or PermissionMissing.
    """
    who = _require(_("Wer hat geholfen"), person)
    at = _past(started_at)
    with transaction(db):
        if made_by(db, "incident_help", idempotency_key) is not None:
            return
        permission = permission_at(db, incident_id, started_at) if mode == "remote" else None
        if mode == "remote" and permission is None:
            raise PermissionMissing
        help_id = insert(
            db,
            "incident_help",
            {
                "idempotency_key": idempotency_key,
                "incident_id": incident_id,
                "mode": mode,
                "started_at": at,
                "minutes": minutes,
                "person": who,
                "text": text.strip(),
                "permission_id": permission.id if permission else None,
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "incident_help.recorded",
            f"incident_help:{help_id}",
            details={"mode": mode, "minutes": minutes},
        )
        incident = incident_by_id(db, incident_id)
        sentence = _("{number}: Hilfe ({mode}) durch {person}, {minutes}{space}min").format(
            number=incident.number,
            mode=_(MODE_NAMES[mode]),
            person=who,
            minutes=minutes,
            space=formats.NBSP,
        )
        tell_cases(
            db,
            actor,
            incident,
            f"{sentence}: {text.strip()}" if text.strip() else sentence,
            started_at,
        )
