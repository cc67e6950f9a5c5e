"""Cases (Fälle): opening, finding, closing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
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
    caller_name: str = ""
    callback_number: str = ""

    @property
    def under_reservation(self) -> bool:
        """Work goes on while coverage is being clarified, under reservation (unter Vorbehalt)."""
        return self.state == "open" and self.coverage_result == "clarify"


@dataclass(frozen=True)
class Intake:
    """Everything that opens a case. ``firm`` with id 0 is new.

    ``given`` is when each answer was given and why (:mod:`cases.questions`).
    """

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
    caller_name: str = ""
    callback_number: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


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
                "caller_name": intake.caller_name.strip(),
                "callback_number": intake.callback_number.strip(),
            },
        )
        audit.record(db, actor, "case.opened", f"crisis_case:{case_id}", case_id=case_id)
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=intake.called_at,
            kind="call",
            text=_call_text(intake),
        )
        record_coverage(
            db,
            actor,
            case_id,
            intake.answers,
            intake.decision,
            intake.opened_at,
            given=intake.given,
        )
        if intake.incident is not None:
            incident = add_incident(db, actor, firm.id, intake.incident, event_id)
            link_incident(db, actor, case_id, incident.id, "caused_by")
    return case_by_id(db, case_id)


def _call_text(intake: Intake) -> str:
    """What the caller said, and where to call back."""
    said = intake.note.strip() or _("Anruf bei der Assistance-Zentrale")
    back = " ".join(
        word for word in (intake.caller_name.strip(), intake.callback_number.strip()) if word
    )
    return _("{said} (Rückruf: {back})").format(said=said, back=back) if back else said


CASE_COLUMNS = tuple(each.name for each in fields(Case))
_CASE_COLUMNS = ", ".join(CASE_COLUMNS)


def case_from_row(row: Mapping[str, Any]) -> Case:
    """A row of the table as a case."""
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
    return case_from_row(next(db.query(query, [case_id])))


def case_by_number(db: Database, number: str) -> Case:
    """The case with this number. Raises UnknownCase."""
    query = f"SELECT {_CASE_COLUMNS} FROM crisis_case WHERE number = ?"
    row = next(db.query(query, [number.strip().upper()]), None)
    if row is None:
        raise UnknownCase(number)
    return case_from_row(row)


def list_cases(db: Database, state: str | None = None, limit: int = 200) -> list[Case]:
    """Cases, newest first; only those in ``state`` where it is given."""
    where = "WHERE state = :state" if state else ""
    query = (
        f"SELECT {_CASE_COLUMNS} FROM crisis_case {where} ORDER BY opened_at DESC, id DESC"
        " LIMIT :limit"
    )
    return [case_from_row(row) for row in db.query(query, {"state": state, "limit": limit})]


def cases_of_firm(db: Database, firm_id: int) -> list[Case]:
    """The cases of one firm, newest first."""
    query = f"SELECT {_CASE_COLUMNS} FROM crisis_case WHERE firm_id = ? ORDER BY id DESC"
    return [case_from_row(row) for row in db.query(query, [firm_id])]


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


def cases_of_policy(db: Database, policy_id: int) -> list[Case]:
    """The cases under one contract, oldest first."""
    columns = ", ".join(f"crisis_case.{name}" for name in CASE_COLUMNS)
    query = (
        f"SELECT {columns} FROM crisis_case"
        " JOIN insured_event ON insured_event.id = crisis_case.insured_event_id"
        " WHERE insured_event.policy_id = ? ORDER BY crisis_case.id"
    )
    return [case_from_row(row) for row in db.query(query, [policy_id])]


def decide_coverage(
    db: Database,
    actor: Actor,
    case_id: int,
    answers: Mapping[str, Any],
    decision: Mapping[str, Any],
    decided_at: datetime | None = None,
    *,
    cause: str = "",
    given: Mapping[str, Any] | None = None,
    assessment: Mapping[str, Any] | None = None,
) -> Case:
    """Record a new coverage decision; the one before stays.

    A refused case may open again and an open one become refused, never silently: the timeline
    and the audit chain say it, with the ``cause``. A closed case stays closed.
    """
    with transaction(db):
        at = decided_at or now()
        before = case_by_id(db, case_id)
        result = str(decision["result"])
        state = before.state
        if state != "closed":
            state = "refused" if result == "no" else "open"
        db.execute(
            "UPDATE crisis_case SET coverage_result = ?, limb = ?, state = ? WHERE id = ?",
            [result, decision.get("limb"), state, case_id],
        )
        record_coverage(
            db,
            actor,
            case_id,
            answers,
            decision,
            at,
            cause=cause,
            given=given,
            assessment=assessment,
        )
        if state != before.state:
            _record_turn(db, actor, case_id, state, cause, at)
    return case_by_id(db, case_id)


def _record_turn(
    db: Database, actor: Actor, case_id: int, state: str, cause: str, at: datetime
) -> None:
    """A case that opened again, or was refused after all."""
    opened = state == "open"
    action = "case.reopened" if opened else "case.refused"
    audit.record(
        db, actor, action, f"crisis_case:{case_id}", case_id=case_id, details={"cause": cause}
    )
    said = _("Der Fall ist wieder offen") if opened else _("Der Fall ist nun abgelehnt")
    add_timeline_entry(
        db,
        actor,
        case_id,
        happened_at=at,
        kind="status",
        text=_("{said}: {cause}").format(said=said, cause=cause) if cause else said,
    )
