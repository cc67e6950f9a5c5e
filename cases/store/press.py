"""Press enquiries (Presseanfragen): who asks what until when, and what was answered.

An enquiry with a deadline is a clock of the kind "press". Who does not use the offered chance
to comment may lose the counterstatement (MedienG § 11 Abs. 1 Z 7), so an enquiry stays on the
list until it is answered, or declined with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import clock as rules
from cases.errors import (
    AlreadySettled,
    EndBeforeStart,
    MissingField,
    ReasonNeeded,
    SettledInFuture,
    StartInFuture,
    UnknownEnquiry,
)
from cases.store.clocks import (
    CLOCKS_DIFFER,
    CaseClock,
    reopen_clock,
    restart_clock,
    settle_clock,
    start_from_rules,
)
from cases.store.contacts import Contact, add_contact
from cases.store.rows import insert, moment
from cases.store.timeline import add_timeline_entry
from data import formats, now, parse_utc, transaction, utc_text
from data.i18n import _

CHANNELS = ("phone", "email", "social", "form", "in_person")


@dataclass(frozen=True)
class NewEnquiry:
    """What the journalist asks. ``deadline_at`` None: no deadline was named."""

    medium: str
    questions: str
    channel: str
    received_at: datetime
    deadline_at: datetime | None = None
    journalist: str = ""
    reach_at: str = ""


@dataclass(frozen=True)
class Enquiry:
    """A press enquiry of a case and what became of it. Moments are UTC."""

    id: int
    case_id: int
    case_number: str
    public_name: str
    medium: str
    journalist: str
    contact_id: int | None
    reach_at: str
    questions: str
    channel: str
    received_at: datetime
    deadline_at: datetime | None
    clock_id: int | None
    recorded_at: datetime
    recorded_by: str
    settled_at: datetime | None
    settled_by: str | None
    settled_as: str | None
    statement_id: int | None
    answer: str

    @property
    def late(self) -> bool:
        """Whether it was answered, but after the deadline."""
        return (
            self.settled_as == "answered"
            and self.deadline_at is not None
            and self.settled_at is not None
            and self.settled_at > self.deadline_at
        )

    def missed(self, at: datetime) -> bool:
        """Whether the deadline has passed at ``at`` without an answer (3.4 A, Z 7)."""
        return self.settled_at is None and self.deadline_at is not None and self.deadline_at < at


def add_enquiry(
    db: Database,
    actor: Actor,
    case_id: int,
    new: NewEnquiry,
    *,
    idempotency_key: str | None = None,
) -> Enquiry:
    """Keep an enquiry, its journalist as a contact, and its deadline as a clock.

    Raises MissingField, StartInFuture, EndBeforeStart.
    """
    _check(new)
    with transaction(db):
        if idempotency_key is not None:
            known = db.execute(
                "SELECT id FROM press_enquiry WHERE idempotency_key = ?", [idempotency_key]
            ).fetchone()
            if known:
                return enquiry_by_id(db, known[0])
        contact_id = _contact(db, actor, case_id, new)
        enquiry_id = insert(
            db,
            "press_enquiry",
            {
                "case_id": case_id,
                "medium": new.medium.strip(),
                "journalist": new.journalist.strip(),
                "contact_id": contact_id,
                "reach_at": new.reach_at.strip(),
                "questions": new.questions.strip(),
                "channel": new.channel,
                "received_at": utc_text(new.received_at),
                "deadline_at": utc_text(new.deadline_at) if new.deadline_at else None,
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
                "idempotency_key": idempotency_key,
            },
        )
        audit.record(
            db, actor, "press_enquiry.added", f"press_enquiry:{enquiry_id}", case_id=case_id
        )
        if new.deadline_at is None:
            sentence = _("Anfrage von {medium}, ohne Frist")
        else:
            sentence = _("Anfrage von {medium}, Frist {due}")
        _tell(db, actor, case_id, enquiry_id, new.received_at, sentence, new)
        if new.deadline_at is not None:
            _start(db, actor, enquiry_by_id(db, enquiry_id), new.deadline_at)
    return enquiry_by_id(db, enquiry_id)


def _check(new: NewEnquiry) -> None:
    if not new.medium.strip():
        raise MissingField(_("Medium"))
    if not new.questions.strip():
        raise MissingField(_("Fragen"))
    if new.received_at > now() + CLOCKS_DIFFER:
        raise StartInFuture
    if new.deadline_at is not None and new.deadline_at < new.received_at:
        raise EndBeforeStart


def _contact(db: Database, actor: Actor, case_id: int, new: NewEnquiry) -> int | None:
    """The journalist among the contacts of the case; one who is known stays as they are."""
    name = new.journalist.strip()
    if not name:
        return None
    known = db.execute(
        "SELECT id FROM contact WHERE case_id = ? AND kind = 'media' AND name = ?"
        " AND organisation IN ('', ?) ORDER BY id",
        [case_id, name, new.medium.strip()],
    ).fetchone()
    if known:
        return int(known[0])
    reach = new.reach_at.strip()
    made = add_contact(
        db,
        actor,
        case_id,
        Contact(
            kind="media",
            name=name,
            organisation=new.medium.strip(),
            email=reach if "@" in reach else "",
            phone="" if "@" in reach else reach,
        ),
    )
    return made.id


def _start(db: Database, actor: Actor, enquiry: Enquiry, deadline: datetime) -> CaseClock:
    clock = start_from_rules(
        db,
        actor,
        enquiry.case_id,
        rules.ClockInput(rules.ClockKind.PRESS, enquiry.received_at, due=deadline),
        subject=f"enquiry:{enquiry.id}",
        title_tail=enquiry.medium,
    )
    db.execute("UPDATE press_enquiry SET clock_id = ? WHERE id = ?", [clock.id, enquiry.id])
    return clock


def _tell(
    db: Database,
    actor: Actor,
    case_id: int,
    enquiry_id: int,
    at: datetime,
    sentence: str,
    about: NewEnquiry | Enquiry,
    reason: str = "",
) -> None:
    due = formats.moment(about.deadline_at) if about.deadline_at else ""
    add_timeline_entry(
        db,
        actor,
        case_id,
        happened_at=at,
        kind="press",
        text=sentence.format(medium=about.medium, due=due, reason=reason),
        details={"enquiry_id": enquiry_id},
    )


def answer_enquiry(
    db: Database,
    actor: Actor,
    enquiry_id: int,
    *,
    at: datetime,
    answer: str = "",
    statement_id: int | None = None,
) -> Enquiry:
    """Keep that and how an enquiry was answered; settles its clock. An answered one stays.

    ``answer`` says what was said or sent, ``statement_id`` names our statement where there is
    one. Raises MissingField without either, SettledInFuture, UnknownEnquiry.
    """
    if not answer.strip() and statement_id is None:
        raise MissingField(_("Antwort"))
    if at > now() + CLOCKS_DIFFER:
        raise SettledInFuture
    return _settle(db, actor, enquiry_id, "answered", at, answer.strip(), statement_id)


def decline_enquiry(db: Database, actor: Actor, enquiry_id: int, reason: str) -> Enquiry:
    """Keep that an enquiry is not answered, and why. Raises ReasonNeeded, UnknownEnquiry."""
    if not reason.strip():
        raise ReasonNeeded
    return _settle(db, actor, enquiry_id, "declined", now(), reason.strip(), None)


def _settle(
    db: Database,
    actor: Actor,
    enquiry_id: int,
    settled_as: str,
    at: datetime,
    said: str,
    statement_id: int | None,
) -> Enquiry:
    with transaction(db):
        enquiry = enquiry_by_id(db, enquiry_id)
        if enquiry.settled_at is not None:
            return enquiry
        db.execute(
            "UPDATE press_enquiry SET settled_at = ?, settled_by = ?, settled_as = ?,"
            " answer = ?, statement_id = ? WHERE id = ?",
            [utc_text(at), actor.name, settled_as, said, statement_id, enquiry_id],
        )
        audit.record(
            db,
            actor,
            f"press_enquiry.{settled_as}",
            f"press_enquiry:{enquiry_id}",
            case_id=enquiry.case_id,
            details={"answer": said, "statement_id": statement_id},
        )
        sentence = (
            _("Anfrage von {medium} beantwortet")
            if settled_as == "answered"
            else _("Anfrage von {medium} bleibt unbeantwortet. Grund: {reason}")
        )
        _tell(db, actor, enquiry.case_id, enquiry_id, at, sentence, enquiry, said)
        if enquiry.clock_id is not None:
            reference = _("Stellungnahme {id}").format(id=statement_id) if statement_id else ""
            settle_clock(
                db,
                actor,
                enquiry.clock_id,
                "done" if settled_as == "answered" else "declined",
                said,
                at=at,
                reference=reference,
            )
    return enquiry_by_id(db, enquiry_id)


def change_deadline(
    db: Database, actor: Actor, enquiry_id: int, deadline_at: datetime, reason: str
) -> Enquiry:
    """The newsroom has named another deadline; its clock runs anew, the old one stays on record.

    Raises ReasonNeeded, EndBeforeStart, AlreadySettled, UnknownEnquiry.
    """
    if not reason.strip():
        raise ReasonNeeded
    with transaction(db):
        enquiry = enquiry_by_id(db, enquiry_id)
        if enquiry.settled_at is not None:
            raise AlreadySettled(_("Anfrage von {medium}").format(medium=enquiry.medium))
        if deadline_at < enquiry.received_at:
            raise EndBeforeStart
        db.execute(
            "UPDATE press_enquiry SET deadline_at = ? WHERE id = ?",
            [utc_text(deadline_at), enquiry_id],
        )
        audit.record(
            db,
            actor,
            "press_enquiry.deadline_changed",
            f"press_enquiry:{enquiry_id}",
            case_id=enquiry.case_id,
            details={"deadline_at": utc_text(deadline_at), "reason": reason.strip()},
        )
        if enquiry.clock_id is None:
            _start(db, actor, enquiry, deadline_at)
        else:
            restart_clock(
                db,
                actor,
                enquiry.clock_id,
                started_at=enquiry.received_at,
                due_at=deadline_at,
                reason=reason,
            )
    return enquiry_by_id(db, enquiry_id)


def reopen_enquiry(db: Database, actor: Actor, enquiry_id: int, reason: str) -> Enquiry:
    """Take back that an enquiry was settled. Raises ReasonNeeded, UnknownEnquiry."""
    if not reason.strip():
        raise ReasonNeeded
    with transaction(db):
        enquiry = enquiry_by_id(db, enquiry_id)
        if enquiry.settled_at is None:
            return enquiry
        db.execute(
            "UPDATE press_enquiry SET settled_at = NULL, settled_by = NULL, settled_as = NULL,"
            " answer = '', statement_id = NULL WHERE id = ?",
            [enquiry_id],
        )
        audit.record(
            db,
            actor,
            "press_enquiry.reopened",
            f"press_enquiry:{enquiry_id}",
            case_id=enquiry.case_id,
            details={"reason": reason.strip()},
        )
        sentence = _("Anfrage von {medium} wieder offen. Grund: {reason}")
        _tell(db, actor, enquiry.case_id, enquiry_id, now(), sentence, enquiry, reason.strip())
        if enquiry.clock_id is not None:
            reopen_clock(db, actor, enquiry.clock_id, reason)
    return enquiry_by_id(db, enquiry_id)


_OWN = tuple(
    each.name for each in fields(Enquiry) if each.name not in ("case_number", "public_name")
)
_SELECT = (
    f"SELECT {', '.join(f'press_enquiry.{name}' for name in _OWN)},"
    " crisis_case.number AS case_number, crisis_case.public_name FROM press_enquiry"
    " JOIN crisis_case ON crisis_case.id = press_enquiry.case_id"
)
# What has a deadline comes first, the nearest on top.
_BY_DEADLINE = "ORDER BY deadline_at IS NULL, deadline_at, received_at, press_enquiry.id"


def _enquiry(row: Mapping[str, Any]) -> Enquiry:
    return Enquiry(
        **{
            **row,
            "received_at": parse_utc(row["received_at"]),
            "deadline_at": moment(row["deadline_at"]),
            "recorded_at": parse_utc(row["recorded_at"]),
            "settled_at": moment(row["settled_at"]),
        }
    )


def enquiry_by_id(db: Database, enquiry_id: int) -> Enquiry:
    """The enquiry with this id. Raises UnknownEnquiry."""
    row = next(db.query(f"{_SELECT} WHERE press_enquiry.id = ?", [enquiry_id]), None)
    if row is None:
        raise UnknownEnquiry(enquiry_id)
    return _enquiry(row)


def open_enquiries(db: Database, case_id: int | None = None) -> list[Enquiry]:
    """The enquiries nobody has settled, of one case or of all open cases, the nearest first."""
    where = "case_id = :case" if case_id is not None else "crisis_case.state = 'open'"
    rows = db.query(
        f"{_SELECT} WHERE settled_at IS NULL AND {where} {_BY_DEADLINE}", {"case": case_id}
    )
    return [_enquiry(row) for row in rows]


def enquiries_of(db: Database, case_id: int) -> list[Enquiry]:
    """All enquiries of a case, the newest first."""
    rows = db.query(
        f"{_SELECT} WHERE case_id = ? ORDER BY received_at DESC, press_enquiry.id DESC", [case_id]
    )
    return [_enquiry(row) for row in rows]
