"""The people of a firm, their functions, and the written authorities to approve."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import authority
from cases.authority import FunctionSince, Verdict, WrittenAuthority
from cases.errors import (
    AlreadyRevoked,
    DatesCrossed,
    DayInFuture,
    DocumentNeeded,
    GranterMayNot,
    MissingField,
)
from cases.store.history import record_changes
from cases.store.rows import insert, stored_day
from data import now, transaction, utc_text
from data.i18n import _
from data.times import local

_CHANGEABLE = ("name", "email", "phone", "outside_it", "authority")


@dataclass(frozen=True)
class Person:
    """A person of the firm.

    ``may_approve`` follows from function and written authority on the day the person was
    read for (NA-20), and ``reason`` says so. Given to :func:`add_person` it only says that
    the firm named this person as the one who approves (``named_approver``). ``outside_it``:
    whether phone and e-mail work without the firm's own IT. ``authority`` is a remark.
    """

    name: str
    function: str = ""
    email: str = ""
    phone: str = ""
    may_approve: bool = False
    authority: str = ""
    firm_id: int = 0
    id: int = 0
    outside_it: str = "unknown"
    named_approver: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Authority:
    """A recorded written authority to approve.

    ``channels`` empty is every text; ``document`` is the number of the evidence that holds
    the paper. ``revoked_on`` is the first day without it.
    """

    person_id: int
    granted_by: int
    granted_on: date
    text: str
    document: int
    channels: tuple[str, ...] = ()
    valid_until: date | None = None
    granter_function: str = ""
    revoked_on: date | None = None
    revocation_reason: str = ""
    recorded_by: str = ""
    id: int = 0


def today() -> date:
    """The Viennese day it is now."""
    return local(now()).date()


def add_person(
    db: Database,
    actor: Actor,
    firm_id: int,
    person: Person,
    *,
    idempotency_key: str | None = None,
) -> Person:
    """Add a person of the firm. Raises MissingField without a name.

    Whether the person may approve follows from the function, whatever ``may_approve`` says;
    who was named without a function that carries it is marked as named.
    """
    if not person.name.strip():
        raise MissingField(_("Name"))
    with transaction(db):
        known = _by_key(db, "person", idempotency_key)
        if known:
            return person_by_id(db, known)
        named = person.may_approve or person.named_approver
        values = {
            "name": person.name.strip(),
            "email": person.email,
            "phone": person.phone,
            "named_approver": int(named),
            "outside_it": person.outside_it,
            "authority": person.authority,
        }
        person_id = insert(
            db, "person", {"firm_id": firm_id, **values, "idempotency_key": idempotency_key}
        )
        _add_function(db, actor, person_id, person.function, None)
        audit.record(
            db,
            actor,
            "person.added",
            f"person:{person_id}",
            details={**values, "function": person.function},
        )
    return person_by_id(db, person_id)


def change_person(
    db: Database, actor: Actor, person: Person, *, function_from: date | None = None
) -> Person:
    """Replace what is known of ``person.id``; the earlier values stay in the history.

    A new function holds from ``function_from``, today where it is not given; the earlier one
    still holds for days before. Raises MissingField without a name.
    """
    if not person.name.strip():
        raise MissingField(_("Name"))
    with transaction(db):
        before = person_by_id(db, person.id)
        fields = (*_CHANGEABLE, "function")
        changed = record_changes(
            db,
            actor,
            "person",
            person.id,
            {name: getattr(before, name) for name in fields},
            {name: getattr(person, name).strip() for name in fields},
        )
        for name in _CHANGEABLE:
            if name in changed:
                db.execute(f"UPDATE person SET {name} = ? WHERE id = ?", [changed[name], person.id])
        if "function" in changed:
            _add_function(db, actor, person.id, changed["function"], function_from or today())
    return person_by_id(db, person.id)


def _add_function(
    db: Database, actor: Actor, person_id: int, function: str, holds_from: date | None
) -> None:
    insert(
        db,
        "person_function",
        {
            "person_id": person_id,
            "function": function.strip(),
            "holds_from": holds_from.isoformat() if holds_from else None,
            "recorded_at": utc_text(now()),
            "recorded_by": actor.name,
        },
    )


def functions_of(db: Database, person_id: int) -> list[FunctionSince]:
    """The functions of a person as they were recorded, oldest entry first."""
    rows = db.query(
        "SELECT function, holds_from FROM person_function WHERE person_id = ? ORDER BY id",
        [person_id],
    )
    return [FunctionSince(row["function"], stored_day(row["holds_from"])) for row in rows]


def people_of(
    db: Database, firm_id: int, day: date | None = None, channel: str | None = None
) -> list[Person]:
    """The people of a firm as of ``day`` (today), those who may approve first.

    Without a ``channel`` those may approve who may approve every text.
    """
    rows = db.query("SELECT id FROM person WHERE firm_id = ? ORDER BY id", [firm_id])
    people = [person_by_id(db, row["id"], day, channel) for row in list(rows)]
    return sorted(people, key=lambda each: (not each.may_approve, not each.named_approver, each.id))


def person_by_id(
    db: Database, person_id: int, day: date | None = None, channel: str | None = None
) -> Person:
    """The person with this id, which must exist, as of ``day`` (today)."""
    on = day or today()
    row = next(db.query("SELECT * FROM person WHERE id = ?", [person_id]))
    function = authority.function_on(functions_of(db, person_id), on)
    verdict = authority.may_approve(
        function, [_rule_part(each) for each in authorities_of(db, person_id)], on, channel
    )
    return Person(
        id=row["id"],
        firm_id=row["firm_id"],
        name=row["name"],
        function=function,
        email=row["email"],
        phone=row["phone"],
        outside_it=row["outside_it"],
        authority=row["authority"],
        named_approver=bool(row["named_approver"]),
        may_approve=verdict.may_approve,
        reason=verdict.reason,
    )


def approvers_of(db: Database, firm_id: int, day: date, channel: str | None = None) -> list[Person]:
    """Who may approve a text of this firm on ``day`` (NA-20): by function or by authority."""
    return [each for each in people_of(db, firm_id, day, channel) if each.may_approve]


def may_approve_on(db: Database, person_id: int, day: date, channel: str | None = None) -> Verdict:
    """Whether one person may approve on ``day``, and why."""
    person = person_by_id(db, person_id, day, channel)
    return Verdict(person.may_approve, person.reason)


# Written authorities ---------------------------------------------------------------------------


def grant_authority(
    db: Database, actor: Actor, granted: Authority, *, idempotency_key: str | None = None
) -> Authority:
    """Record a written authority with the evidence that holds its paper.

    Raises GranterMayNot where the one who gave it was neither managing director nor owner on
    that day, DocumentNeeded, MissingField without its wording, DayInFuture and DatesCrossed.
    """
    if not granted.text.strip():
        raise MissingField(_("Wortlaut der Vollmacht"))
    if granted.granted_on > today():
        raise DayInFuture(_("Erteilt am"))
    if granted.valid_until is not None and granted.valid_until < granted.granted_on:
        raise DatesCrossed(_("Erteilt am"), _("Gilt bis"))
    with transaction(db):
        known = _by_key(db, "written_authority", idempotency_key)
        if known:
            return authority_by_id(db, known)
        person = person_by_id(db, granted.person_id)
        function = _granter_function(db, person, granted)
        if not is_kept_for(db, person.firm_id, granted.document):
            raise DocumentNeeded
        authority_id = insert(
            db,
            "written_authority",
            {
                "person_id": person.id,
                "granted_by": granted.granted_by,
                "granter_function": function,
                "granted_on": granted.granted_on.isoformat(),
                "text": granted.text.strip(),
                "channels": json.dumps(sorted(granted.channels)),
                "evidence_id": granted.document,
                "valid_until": granted.valid_until.isoformat() if granted.valid_until else None,
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
                "idempotency_key": idempotency_key,
            },
        )
        audit.record(
            db,
            actor,
            "authority.granted",
            f"written_authority:{authority_id}",
            details={
                "person": person.name,
                "granted_by": granted.granted_by,
                "granted_on": granted.granted_on.isoformat(),
                "channels": sorted(granted.channels),
                "evidence": granted.document,
            },
        )
    return authority_by_id(db, authority_id)


def _granter_function(db: Database, person: Person, granted: Authority) -> str:
    """The function that carried the grant on its day. Authority is not passed on (NA-20)."""
    granter = person_by_id(db, granted.granted_by, granted.granted_on)
    own = granter.firm_id == person.firm_id and granter.id != person.id
    if not own or not authority.known_function(granter.function).approves:
        raise GranterMayNot(granter.name)
    return granter.function


def is_kept_for(db: Database, firm_id: int, evidence_id: int) -> bool:
    """Whether this evidence belongs to a case of the firm."""
    row = db.execute(
        "SELECT 1 FROM evidence JOIN crisis_case ON crisis_case.id = evidence.case_id"
        " WHERE evidence.id = ? AND crisis_case.firm_id = ?",
        [evidence_id, firm_id],
    ).fetchone()
    return row is not None


def revoke_authority(
    db: Database, actor: Actor, authority_id: int, *, revoked_on: date, reason: str
) -> Authority:
    """Record that an authority was revoked; it no longer holds on ``revoked_on``.

    Raises MissingField without a reason, DatesCrossed, DayInFuture and AlreadyRevoked.
    """
    if not reason.strip():
        raise MissingField(_("Grund des Widerrufs"))
    if revoked_on > today():
        raise DayInFuture(_("Widerrufen am"))
    with transaction(db):
        known = authority_by_id(db, authority_id)
        if known.revoked_on is not None:
            raise AlreadyRevoked
        if revoked_on < known.granted_on:
            raise DatesCrossed(_("Erteilt am"), _("Widerrufen am"))
        insert(
            db,
            "authority_revocation",
            {
                "authority_id": authority_id,
                "revoked_on": revoked_on.isoformat(),
                "reason": reason.strip(),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "authority.revoked",
            f"written_authority:{authority_id}",
            details={"revoked_on": revoked_on.isoformat(), "reason": reason.strip()},
        )
    return authority_by_id(db, authority_id)


_AUTHORITIES = (
    "SELECT written_authority.*, revoked_on, reason FROM written_authority"
    " LEFT JOIN authority_revocation ON authority_id = written_authority.id"
)


def authorities_of(db: Database, person_id: int) -> list[Authority]:
    """The written authorities of a person, revoked ones too, oldest first."""
    rows = db.query(
        f"{_AUTHORITIES} WHERE person_id = ? ORDER BY written_authority.id", [person_id]
    )
    return [_authority(row) for row in rows]


def authority_by_id(db: Database, authority_id: int) -> Authority:
    """The authority with this id, which must exist."""
    rows = db.query(f"{_AUTHORITIES} WHERE written_authority.id = ?", [authority_id])
    return _authority(next(rows))


def _authority(row: dict[str, str]) -> Authority:
    return Authority(
        id=int(row["id"]),
        person_id=int(row["person_id"]),
        granted_by=int(row["granted_by"]),
        granter_function=row["granter_function"],
        granted_on=date.fromisoformat(row["granted_on"]),
        text=row["text"],
        channels=tuple(json.loads(row["channels"])),
        document=int(row["evidence_id"]),
        valid_until=stored_day(row["valid_until"]),
        revoked_on=stored_day(row["revoked_on"]),
        revocation_reason=row["reason"] or "",
        recorded_by=row["recorded_by"],
    )


def _rule_part(known: Authority) -> WrittenAuthority:
    return WrittenAuthority(
        granted_on=known.granted_on,
        granter_function=known.granter_function,
        channels=known.channels,
        valid_until=known.valid_until,
        revoked_on=known.revoked_on,
    )


def _by_key(db: Database, table: str, key: str | None) -> int | None:
    if key is None:
        return None
    row = db.execute(f"SELECT id FROM {table} WHERE idempotency_key = ?", [key]).fetchone()
    return int(row[0]) if row else None


def reachable_without_firm_it(person: Person, domains: Sequence[str]) -> str:
    """Whether a person can be reached without the firm's IT: yes, no or unknown.

    An e-mail address under one of the firm's own domains, and no phone beside it, says no.
    """
    host = person.email.rpartition("@")[2].casefold()
    inside = any(host == each or host.endswith(f".{each}") for each in domains if host)
    if inside and not person.phone.strip():
        return "no"
    return person.outside_it
