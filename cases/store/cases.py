"""Cases (Fälle): opening, finding, closing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.errors import MissingField, UnknownCase
from cases.store.coverage import record_coverage
from cases.store.events import open_event
from cases.store.firms import Firm, Person, Policy, add_firm, add_person, people_of, policy_for
from cases.store.incidents import Incident, add_incident, link_incident
from cases.store.rows import insert, moment, next_number
from cases.store.timeline import add_timeline_entry
from data import now, parse_utc, transaction, utc_text
from data.i18n import _


@dataclass(frozen=True)
class Case:
    """A communication case (Fall) with the names the desk needs at once."""

    id: int
    number: str
    firm_id: int
    insured_event_id: int
    public_name: str
    state: str
    coverage_result: str
    limb: str | None
    claim_number: str
    crisis_mode: bool
    on_duty: str
    called_at: datetime
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Intake:
    """Everything that opens a case. ``firm`` with id 0 is new."""

    firm: Firm
    people: tuple[Person, ...]
    policy: Policy
    public_name: str
    event_title: str
    called_at: datetime
    opened_at: datetime
    answers: Mapping[str, Any]
    decision: Mapping[str, Any]
    incident: Incident | None = None
    insured_event_id: int | None = None
    note: str = ""
    idempotency_key: str | None = None


def open_case(db: Database, actor: Actor, intake: Intake) -> Case:
    """Open a case from its intake, all of it or nothing.

    A refused case is kept too, with its decision: it is what the caller was told. The same
    ``idempotency_key`` opens one case however often the form is sent.
    """
    if not intake.firm.name.strip():
        raise MissingField(_("Firmenname"))
    if not intake.public_name.strip():
        raise MissingField(_("Öffentlicher Name des Falls"))
    if not intake.policy.number.strip():
        raise MissingField(_("Polizzennummer"))
    with transaction(db):
        if intake.idempotency_key:
            known = db.execute(
                "SELECT id FROM crisis_case WHERE idempotency_key = ?", [intake.idempotency_key]
            ).fetchone()
            if known:
                return case_by_id(db, known[0])
        firm = intake.firm if intake.firm.id else add_firm(db, actor, intake.firm)
        known_people = {each.name for each in people_of(db, firm.id)}
        for person in intake.people:
            if person.name.strip() and person.name.strip() not in known_people:
                add_person(db, actor, firm.id, person)
        policy = policy_for(db, actor, firm.id, intake.policy)
        event_id = intake.insured_event_id or open_event(
            db,
            actor,
            policy,
            title=intake.event_title.strip() or intake.public_name.strip(),
            occurred_at=intake.incident.happened_at if intake.incident else intake.called_at,
            opened_at=intake.opened_at,
        )
        result = str(intake.decision["result"])
        case_id = insert(
            db,
            "crisis_case",
            {
                "number": next_number(db, "crisis_case", "KP", intake.opened_at),
                "firm_id": firm.id,
                "insured_event_id": event_id,
                "public_name": intake.public_name.strip(),
                "state": "refused" if result == "no" else "open",
                "coverage_result": result,
                "limb": intake.decision.get("limb"),
                "on_duty": actor.name,
                "called_at": utc_text(intake.called_at),
                "opened_at": utc_text(intake.opened_at),
                "idempotency_key": intake.idempotency_key,
            },
        )
        audit.record(db, actor, "case.opened", f"crisis_case:{case_id}", case_id=case_id)
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=intake.called_at,
            kind="call",
            text=intake.note.strip() or _("Anruf bei der Assistance-Zentrale"),
        )
        record_coverage(db, actor, case_id, intake.answers, intake.decision, intake.opened_at)
        if intake.incident is not None:
            incident = add_incident(db, actor, firm.id, intake.incident, event_id)
            link_incident(db, actor, case_id, incident.id, "caused_by")
    return case_by_id(db, case_id)


_CASE_COLUMNS = ", ".join(each.name for each in fields(Case))


def _case(row: Mapping[str, Any]) -> Case:
    return Case(
        **{
            **row,
            "crisis_mode": bool(row["crisis_mode"]),
            "called_at": parse_utc(row["called_at"]),
            "opened_at": parse_utc(row["opened_at"]),
            "closed_at": moment(row["closed_at"]),
        }
    )


def case_by_id(db: Database, case_id: int) -> Case:
    """The case with this id, which must exist."""
    query = f"SELECT {_CASE_COLUMNS} FROM crisis_case WHERE id = ?"
    return _case(next(db.query(query, [case_id])))


def case_by_number(db: Database, number: str) -> Case:
    """The case with this number. Raises UnknownCase."""
    query = f"SELECT {_CASE_COLUMNS} FROM crisis_case WHERE number = ?"
    row = next(db.query(query, [number.strip().upper()]), None)
    if row is None:
        raise UnknownCase(number)
    return _case(row)


def list_cases(db: Database, state: str | None = None, limit: int = 200) -> list[Case]:
    """Cases, newest first; only those in ``state`` where it is given."""
    where = "WHERE state = :state" if state else ""
    query = (
        f"SELECT {_CASE_COLUMNS} FROM crisis_case {where} ORDER BY opened_at DESC, id DESC"
        " LIMIT :limit"
    )
    return [_case(row) for row in db.query(query, {"state": state, "limit": limit})]


def cases_of_firm(db: Database, firm_id: int) -> list[Case]:
    """The cases of one firm, newest first."""
    query = f"SELECT {_CASE_COLUMNS} FROM crisis_case WHERE firm_id = ? ORDER BY id DESC"
    return [_case(row) for row in db.query(query, [firm_id])]


def close_case(db: Database, actor: Actor, case_id: int, note: str) -> Case:
    """Close a case; its sources are watched no longer. Raises MissingField without a note."""
    if not note.strip():
        raise MissingField(_("Abschlussnotiz"))
    with transaction(db):
        db.execute(
            "UPDATE crisis_case SET state = 'closed', closed_at = ? WHERE id = ?",
            [utc_text(now()), case_id],
        )
        audit.record(db, actor, "case.closed", f"crisis_case:{case_id}", case_id=case_id)
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=now(),
            kind="status",
            text=_("Fall abgeschlossen: {note}").format(note=note.strip()),
        )
    return case_by_id(db, case_id)


def take_over(db: Database, actor: Actor, case_id: int) -> None:
    """Put the actor on the case as the one on duty."""
    with transaction(db):
        db.execute("UPDATE crisis_case SET on_duty = ? WHERE id = ?", [actor.name, case_id])
        audit.record(db, actor, "case.taken_over", f"crisis_case:{case_id}", case_id=case_id)
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=now(),
            kind="status",
            text=_("{name} übernimmt den Fall").format(name=actor.name),
        )


def decide_coverage(
    db: Database,
    actor: Actor,
    case_id: int,
    answers: Mapping[str, Any],
    decision: Mapping[str, Any],
    decided_at: datetime | None = None,
) -> Case:
    """Record a new coverage decision; the one before stays. A refused case may open again."""
    with transaction(db):
        result = str(decision["result"])
        db.execute(
            "UPDATE crisis_case SET coverage_result = ?, limb = ?,"
            " state = CASE WHEN state = 'closed' THEN state WHEN ? = 'no' THEN 'refused'"
            " ELSE 'open' END WHERE id = ?",
            [result, decision.get("limb"), result, case_id],
        )
        record_coverage(db, actor, case_id, answers, decision, decided_at or now())
    return case_by_id(db, case_id)
