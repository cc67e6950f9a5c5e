"""All SQL of the room cases, but for the evidence (:mod:`cases.evidence`).

Functions take the database and the actor, open their own transaction, and return frozen
dataclasses. Each change leaves an audit entry; what people of the case should read later
leaves a timeline entry too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.errors import MissingField, ReasonNeeded, UnknownCase, UnknownIncident
from data import now, parse_utc, transaction, utc_text
from data.i18n import _
from data.times import local

FACT_STATUSES = ("confirmed", "unconfirmed", "disputed", "retracted", "not_yet_known")
RELATIONS = ("caused_by", "same_attack", "coincident")
CONTACT_KINDS = ("media", "partner", "customer", "poster", "authority", "staff")


@dataclass(frozen=True)
class Firm:
    """An insured firm with its register data (§ 14 UGB)."""

    name: str
    legal_form: str = ""
    register_number: str = ""
    register_court: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    page_url: str = ""
    sector: str = ""
    staff_count: int | None = None
    input_tax_deductible: str = "unknown"
    id: int = 0

    @property
    def full_name(self) -> str:
        """The name with its legal form, once."""
        if not self.legal_form or self.name.endswith(self.legal_form):
            return self.name
        return f"{self.name} {self.legal_form}"


@dataclass(frozen=True)
class Person:
    """A person of the firm. Only managing director or owner approves (NA-20), or one with a
    recorded written authority."""

    name: str
    function: str = ""
    email: str = ""
    phone: str = ""
    may_approve: bool = False
    authority: str = ""
    firm_id: int = 0
    id: int = 0


@dataclass(frozen=True)
class Policy:
    """A contract as a set of parameters. Cap in cents."""

    number: str
    product: str = "Notfall-IT-Assistance"
    cap_cents: int = 250_000
    cap_basis: str = "net"
    vat_percent: int = 20
    emergency_number: str = ""
    firm_id: int = 0
    id: int = 0


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
class TimelineEntry:
    """What happened when, and when it was written down."""

    id: int
    happened_at: datetime
    recorded_at: datetime
    actor_name: str
    kind: str
    text: str
    corrects_id: int | None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fact:
    """A fact of the case in its newest version."""

    id: int
    case_id: int
    code: str
    version: int
    text: str
    status: str
    source: str
    evidence_id: int | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class CaseClock:
    """A deadline that runs in a case."""

    id: int
    case_id: int
    kind: str
    title: str
    started_at: datetime
    due_at: datetime
    rule: str
    source: str
    settled_at: datetime | None
    settled_by: str | None
    settled_as: str | None
    reason: str


@dataclass(frozen=True)
class Contact:
    """Somebody outside the firm with whom the case has to do."""

    kind: str
    name: str
    organisation: str = ""
    function: str = ""
    email: str = ""
    phone: str = ""
    case_id: int = 0
    id: int = 0


@dataclass(frozen=True)
class CoverageRecord:
    """A coverage decision as it was taken: the answers and the result, both as JSON values."""

    id: int
    decided_at: datetime
    decided_by: str
    answers: dict[str, Any]
    decision: dict[str, Any]


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


def _moment(text: str | None) -> datetime | None:
    return parse_utc(text) if text else None


def _next_number(db: Database, table: str, prefix: str, at: datetime) -> str:
    start = f"{prefix}-{local(at).year}-"
    last = db.execute(
        f"SELECT max(CAST(substr(number, ?) AS INTEGER)) FROM {table} WHERE number LIKE ?",
        [len(start) + 1, start + "%"],
    ).fetchone()[0]
    return f"{start}{(last or 0) + 1:04d}"


def _insert(db: Database, table: str, values: Mapping[str, Any]) -> int:
    cursor = db.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        list(values.values()),
    )
    return int(cursor.lastrowid or 0)


_FIRM_FIELDS = tuple(each.name for each in fields(Firm) if each.name != "id")


def add_firm(db: Database, actor: Actor, firm: Firm) -> Firm:
    """Take a firm into the desk's master data. Raises MissingField without a name."""
    if not firm.name.strip():
        raise MissingField(_("Firmenname"))
    with transaction(db):
        values = {name: getattr(firm, name) for name in _FIRM_FIELDS}
        firm_id = _insert(db, "firm", {**values, "created_at": utc_text(now())})
        audit.record(db, actor, "firm.added", f"firm:{firm_id}")
    return firm_by_id(db, firm_id)


def change_firm(db: Database, actor: Actor, firm: Firm) -> Firm:
    """Replace the master data of ``firm.id``. Raises MissingField without a name."""
    if not firm.name.strip():
        raise MissingField(_("Firmenname"))
    with transaction(db):
        before = firm_by_id(db, firm.id)
        changed = {
            name: getattr(firm, name)
            for name in _FIRM_FIELDS
            if getattr(firm, name) != getattr(before, name)
        }
        for name, value in changed.items():
            db.execute(f"UPDATE firm SET {name} = ? WHERE id = ?", [value, firm.id])
        if changed:
            audit.record(db, actor, "firm.changed", f"firm:{firm.id}", details=changed)
    return firm_by_id(db, firm.id)


def firm_by_id(db: Database, firm_id: int) -> Firm:
    """The firm with this id, which must exist."""
    row = next(db.query("SELECT * FROM firm WHERE id = ?", [firm_id]))
    row.pop("created_at")
    return Firm(**row)


def list_firms(db: Database) -> list[Firm]:
    """All firms by name."""
    return [firm_by_id(db, row["id"]) for row in db.query("SELECT id FROM firm ORDER BY name")]


def add_person(db: Database, actor: Actor, firm_id: int, person: Person) -> Person:
    """Add a person of the firm. Raises MissingField without a name."""
    if not person.name.strip():
        raise MissingField(_("Name"))
    with transaction(db):
        person_id = _insert(
            db,
            "person",
            {
                "firm_id": firm_id,
                "name": person.name.strip(),
                "function": person.function,
                "email": person.email,
                "phone": person.phone,
                "may_approve": int(person.may_approve),
                "authority": person.authority,
            },
        )
        audit.record(db, actor, "person.added", f"person:{person_id}")
    return next(each for each in people_of(db, firm_id) if each.id == person_id)


def people_of(db: Database, firm_id: int) -> list[Person]:
    """The people of a firm, those who may approve first."""
    rows = db.query(
        "SELECT * FROM person WHERE firm_id = ? ORDER BY may_approve DESC, id", [firm_id]
    )
    return [Person(**{**row, "may_approve": bool(row["may_approve"])}) for row in rows]


def policies_of(db: Database, firm_id: int) -> list[Policy]:
    """The contracts of a firm."""
    rows = db.query("SELECT * FROM policy WHERE firm_id = ? ORDER BY id", [firm_id])
    return [Policy(**row) for row in rows]


def policy_by_id(db: Database, policy_id: int) -> Policy:
    """The contract with this id, which must exist."""
    return Policy(**next(db.query("SELECT * FROM policy WHERE id = ?", [policy_id])))


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
        policy = _policy_for(db, actor, firm.id, intake.policy)
        event_id = intake.insured_event_id or _open_event(db, actor, policy, intake)
        result = str(intake.decision["result"])
        case_id = _insert(
            db,
            "crisis_case",
            {
                "number": _next_number(db, "crisis_case", "KP", intake.opened_at),
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
        _record_coverage(db, actor, case_id, intake.answers, intake.decision, intake.opened_at)
        if intake.incident is not None:
            incident = add_incident(db, actor, firm.id, intake.incident, event_id)
            link_incident(db, actor, case_id, incident.id, "caused_by")
    return case_by_id(db, case_id)


def _policy_for(db: Database, actor: Actor, firm_id: int, policy: Policy) -> Policy:
    known = db.execute(
        "SELECT id FROM policy WHERE firm_id = ? AND number = ?", [firm_id, policy.number]
    ).fetchone()
    if known:
        return policy_by_id(db, known[0])
    policy_id = _insert(
        db,
        "policy",
        {
            "firm_id": firm_id,
            "number": policy.number,
            "product": policy.product,
            "cap_cents": policy.cap_cents,
            "cap_basis": policy.cap_basis,
            "vat_percent": policy.vat_percent,
            "emergency_number": policy.emergency_number,
        },
    )
    audit.record(db, actor, "policy.added", f"policy:{policy_id}")
    return policy_by_id(db, policy_id)


def _open_event(db: Database, actor: Actor, policy: Policy, intake: Intake) -> int:
    occurred = intake.incident.happened_at if intake.incident else intake.called_at
    event_id = _insert(
        db,
        "insured_event",
        {
            "number": _next_number(db, "insured_event", "VF", intake.opened_at),
            "policy_id": policy.id,
            "title": intake.event_title.strip() or intake.public_name.strip(),
            "occurred_at": utc_text(occurred),
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


def _record_coverage(
    db: Database,
    actor: Actor,
    case_id: int,
    answers: Mapping[str, Any],
    decision: Mapping[str, Any],
    decided_at: datetime,
) -> None:
    _insert(
        db,
        "coverage_decision",
        {
            "case_id": case_id,
            "decided_at": utc_text(decided_at),
            "decided_by": actor.name,
            "answers": json.dumps(dict(answers), ensure_ascii=False, sort_keys=True),
            "decision": json.dumps(dict(decision), ensure_ascii=False, sort_keys=True),
        },
    )
    rules = ", ".join(rule["id"] for rule in decision.get("rules", []))
    audit.record(
        db,
        actor,
        "coverage.decided",
        f"crisis_case:{case_id}",
        case_id=case_id,
        details={"result": decision["result"], "limb": decision.get("limb"), "rules": rules},
    )
    add_timeline_entry(
        db,
        actor,
        case_id,
        happened_at=decided_at,
        kind="coverage",
        text=str(decision.get("explanation", decision["result"])),
        details={"result": decision["result"], "rules": rules},
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
        _record_coverage(db, actor, case_id, answers, decision, decided_at or now())
    return case_by_id(db, case_id)


def coverage_of(db: Database, case_id: int) -> list[CoverageRecord]:
    """The coverage decisions of a case, newest first."""
    rows = db.query("SELECT * FROM coverage_decision WHERE case_id = ? ORDER BY id DESC", [case_id])
    return [
        CoverageRecord(
            id=row["id"],
            decided_at=parse_utc(row["decided_at"]),
            decided_by=row["decided_by"],
            answers=json.loads(row["answers"]),
            decision=json.loads(row["decision"]),
        )
        for row in rows
    ]


_CASE_COLUMNS = ", ".join(each.name for each in fields(Case))


def _case(row: Mapping[str, Any]) -> Case:
    return Case(
        **{
            **row,
            "crisis_mode": bool(row["crisis_mode"]),
            "called_at": parse_utc(row["called_at"]),
            "opened_at": parse_utc(row["opened_at"]),
            "closed_at": _moment(row["closed_at"]),
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
        incident_id = _insert(
            db,
            "it_incident",
            {
                "number": _next_number(db, "it_incident", "IT", opened),
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
            "resolved_at": _moment(row["resolved_at"]),
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
        _insert(
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


def add_timeline_entry(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    happened_at: datetime,
    kind: str,
    text: str,
    details: Mapping[str, Any] | None = None,
    corrects_id: int | None = None,
) -> int:
    """Append to the timeline (Zeitleiste); returns the id. A correction names what it corrects.

    Kinds: call, coverage, incident, mention, alert, evidence, statement, approval, release,
    hours, clock, status, note.
    """
    if not text.strip():
        raise MissingField(_("Text"))
    with transaction(db):
        return _insert(
            db,
            "timeline_entry",
            {
                "case_id": case_id,
                "happened_at": utc_text(happened_at),
                "recorded_at": utc_text(now()),
                "actor_name": actor.name,
                "kind": kind,
                "text": text.strip(),
                "corrects_id": corrects_id,
                "details": json.dumps(dict(details or {}), ensure_ascii=False, sort_keys=True),
            },
        )


def timeline_of(db: Database, case_id: int, limit: int = 500) -> list[TimelineEntry]:
    """The timeline of a case by event time, newest first."""
    rows = db.query(
        "SELECT * FROM timeline_entry WHERE case_id = ? ORDER BY happened_at DESC, id DESC LIMIT ?",
        [case_id, limit],
    )
    return [
        TimelineEntry(
            id=row["id"],
            happened_at=parse_utc(row["happened_at"]),
            recorded_at=parse_utc(row["recorded_at"]),
            actor_name=row["actor_name"],
            kind=row["kind"],
            text=row["text"],
            corrects_id=row["corrects_id"],
            details=json.loads(row["details"]),
        )
        for row in rows
    ]


def add_fact(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    text: str,
    status: str = "unconfirmed",
    source: str = "",
    evidence_id: int | None = None,
) -> Fact:
    """Put a fact into the ledger of the case as version 1. Raises MissingField without text."""
    with transaction(db):
        count = db.execute("SELECT count(*) FROM fact WHERE case_id = ?", [case_id]).fetchone()[0]
        fact_id = _insert(db, "fact", {"case_id": case_id, "code": f"F{count + 1}"})
        _add_fact_version(db, actor, case_id, fact_id, 1, text, status, source, evidence_id)
    return fact_by_id(db, fact_id)


def change_fact(
    db: Database,
    actor: Actor,
    fact_id: int,
    *,
    text: str | None = None,
    status: str | None = None,
    source: str | None = None,
) -> Fact:
    """A new version of a fact; the versions before stay. Confirming needs a source."""
    with transaction(db):
        before = fact_by_id(db, fact_id)
        new_source = before.source if source is None else source
        new_status = before.status if status is None else status
        _add_fact_version(
            db,
            actor,
            before.case_id,
            fact_id,
            before.version + 1,
            before.text if text is None else text,
            new_status,
            new_source,
            before.evidence_id,
        )
    return fact_by_id(db, fact_id)


def _add_fact_version(
    db: Database,
    actor: Actor,
    case_id: int,
    fact_id: int,
    version: int,
    text: str,
    status: str,
    source: str,
    evidence_id: int | None,
) -> None:
    if not text.strip():
        raise MissingField(_("Tatsache"))
    if status == "confirmed" and not source.strip():
        raise MissingField(_("Quelle der bestätigten Tatsache"))
    _insert(
        db,
        "fact_version",
        {
            "fact_id": fact_id,
            "version": version,
            "text": text.strip(),
            "status": status,
            "source": source.strip(),
            "evidence_id": evidence_id,
            "recorded_at": utc_text(now()),
            "recorded_by": actor.name,
        },
    )
    audit.record(
        db,
        actor,
        "fact.recorded",
        f"fact:{fact_id}",
        case_id=case_id,
        details={"version": version, "status": status},
    )


_FACT_QUERY = (
    "SELECT fact.id, fact.case_id, fact.code, version, text, status, source, evidence_id,"
    " recorded_at, recorded_by FROM fact JOIN fact_version ON fact_version.fact_id = fact.id"
    " WHERE version = (SELECT max(version) FROM fact_version AS newest"
    " WHERE newest.fact_id = fact.id)"
)


def _fact(row: Mapping[str, Any]) -> Fact:
    return Fact(**{**row, "recorded_at": parse_utc(row["recorded_at"])})


def fact_by_id(db: Database, fact_id: int) -> Fact:
    """The newest version of a fact, which must exist."""
    return _fact(next(db.query(f"{_FACT_QUERY} AND fact.id = ?", [fact_id])))


def facts_of(db: Database, case_id: int) -> list[Fact]:
    """The facts of a case in their newest versions, in the order they were recorded."""
    rows = db.query(f"{_FACT_QUERY} AND fact.case_id = ? ORDER BY fact.id", [case_id])
    return [_fact(row) for row in rows]


def start_clock(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    kind: str,
    title: str,
    started_at: datetime,
    due_at: datetime,
    rule: str = "",
    source: str = "",
) -> None:
    """Start a clock (Frist) of the case; the same clock started again changes nothing."""
    with transaction(db):
        cursor = db.execute(
            "INSERT OR IGNORE INTO case_clock"
            " (case_id, kind, title, started_at, due_at, rule, source)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [case_id, kind, title, utc_text(started_at), utc_text(due_at), rule, source],
        )
        if cursor.rowcount:
            audit.record(
                db,
                actor,
                "clock.started",
                f"case_clock:{cursor.lastrowid}",
                case_id=case_id,
                details={"kind": kind, "due_at": utc_text(due_at)},
            )


def settle_clock(
    db: Database, actor: Actor, clock_id: int, settled_as: str, reason: str = ""
) -> None:
    """Mark a clock done, or declined with its reason. Raises ReasonNeeded."""
    if settled_as == "declined" and not reason.strip():
        raise ReasonNeeded
    with transaction(db):
        row = db.execute(
            "UPDATE case_clock SET settled_at = ?, settled_by = ?, settled_as = ?, reason = ?"
            " WHERE id = ? AND settled_at IS NULL RETURNING case_id, title",
            [utc_text(now()), actor.name, settled_as, reason.strip(), clock_id],
        ).fetchone()
        if row is None:
            return
        audit.record(
            db,
            actor,
            f"clock.{settled_as}",
            f"case_clock:{clock_id}",
            case_id=row[0],
            details={"reason": reason.strip()},
        )
        text = (
            _("Frist erledigt: {title}")
            if settled_as == "done"
            else _("Frist abgelehnt: {title}. Grund: {reason}")
        )
        add_timeline_entry(
            db,
            actor,
            row[0],
            happened_at=now(),
            kind="clock",
            text=text.format(title=row[1], reason=reason.strip()),
        )


def clocks_of(db: Database, case_id: int | None = None, open_only: bool = False) -> list[CaseClock]:
    """Clocks by due time, of one case or of all open cases."""
    conditions = []
    if case_id is not None:
        conditions.append("case_id = :case")
    else:
        conditions.append("case_id IN (SELECT id FROM crisis_case WHERE state = 'open')")
    if open_only:
        conditions.append("settled_at IS NULL")
    rows = db.query(
        f"SELECT * FROM case_clock WHERE {' AND '.join(conditions)} ORDER BY due_at, id",
        {"case": case_id},
    )
    return [
        CaseClock(
            **{
                **row,
                "started_at": parse_utc(row["started_at"]),
                "due_at": parse_utc(row["due_at"]),
                "settled_at": _moment(row["settled_at"]),
            }
        )
        for row in rows
    ]


def overdue_within(clocks: Iterable[CaseClock], at: datetime, span: timedelta) -> list[CaseClock]:
    """The open clocks that are due within ``span`` of ``at``, or past it."""
    return [clock for clock in clocks if clock.settled_at is None and clock.due_at <= at + span]


def add_contact(db: Database, actor: Actor, case_id: int, contact: Contact) -> Contact:
    """Add a contact to the case; the same one again changes nothing."""
    if not contact.name.strip():
        raise MissingField(_("Name"))
    with transaction(db):
        cursor = db.execute(
            "INSERT OR IGNORE INTO contact"
            " (case_id, kind, name, organisation, function, email, phone)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                case_id,
                contact.kind,
                contact.name.strip(),
                contact.organisation,
                contact.function,
                contact.email.strip(),
                contact.phone,
            ],
        )
        if cursor.rowcount:
            audit.record(db, actor, "contact.added", f"contact:{cursor.lastrowid}", case_id=case_id)
    return next(
        each
        for each in contacts_of(db, case_id)
        if (each.kind, each.name, each.email)
        == (contact.kind, contact.name.strip(), contact.email.strip())
    )


def contacts_of(db: Database, case_id: int) -> list[Contact]:
    """The contacts of a case."""
    rows = db.query("SELECT * FROM contact WHERE case_id = ? ORDER BY kind, name", [case_id])
    return [Contact(**row) for row in rows]
