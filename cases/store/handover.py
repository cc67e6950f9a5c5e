"""Handovers (Übergaben): from whom to whom, with which notes, and what was acknowledged.

What is open in a case stands in several rooms. So whoever acknowledges or finishes hands in a
function that reads the items; it is called inside the transaction that decides, and nothing
can come between reading and deciding.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlite_utils import Database

from access import audit
from access.accounts import Account
from access.actor import Actor
from cases import handover as rules
from cases.errors import (
    HandoverEnded,
    HandoverIncomplete,
    HandoverOpen,
    HandoverToSelf,
    ItemsChanged,
    MissingField,
    NothingToHandOver,
    NotInThisHandover,
    NotOfThisHandover,
    NotOnRoster,
    NotTheLeaving,
    NotTheReceiving,
    UnknownHandover,
)
from cases.handover import Acknowledgement, Item, Line, Missing
from cases.store.cases import Case, case_by_id, list_cases, take_over
from cases.store.duty import people_for_duty
from cases.store.rows import insert, moment
from cases.store.timeline import add_timeline_entry
from data import now, parse_utc, transaction, utc_text
from data.i18n import _, ngettext

Kind = Literal["regular", "emergency"]
State = Literal["open", "completed", "withdrawn"]
ReadItems = Callable[[], Sequence[Item]]

_ALL_CASES = 100_000


@dataclass(frozen=True)
class Handover:
    """A handover. ``due_at`` is the end of the shift it closes; None where there was none."""

    id: int
    leaving_account_id: int
    leaving_name: str
    receiving_account_id: int
    receiving_name: str
    kind: Kind
    scope: Literal["all", "chosen"]
    reason: str
    due_at: datetime | None
    started_at: datetime
    started_by: str
    state: State
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str


@dataclass(frozen=True)
class Note:
    """What the one who leaves says about a case."""

    id: int
    case_id: int
    situation: str
    next_steps: str
    owner_mood: str
    written_at: datetime
    written_by: str


# Reading


_COLUMNS = ", ".join(Handover.__dataclass_fields__)


def _handover(row: Mapping[str, Any]) -> Handover:
    return Handover(
        **{
            **row,
            "due_at": moment(row["due_at"]),
            "started_at": parse_utc(row["started_at"]),
            "ended_at": moment(row["ended_at"]),
        }
    )


def handover_by_id(db: Database, handover_id: int) -> Handover:
    """The handover with this id. Raises UnknownHandover."""
    row = next(db.query(f"SELECT {_COLUMNS} FROM handover WHERE id = ?", [handover_id]), None)
    if row is None:
        raise UnknownHandover
    return _handover(row)


def open_handovers(db: Database) -> list[Handover]:
    """The handovers that are neither completed nor withdrawn, oldest first."""
    rows = db.query(f"SELECT {_COLUMNS} FROM handover WHERE state = 'open' ORDER BY id")
    return [_handover(row) for row in rows]


def last_handovers(db: Database, limit: int = 20) -> list[Handover]:
    """The handovers that ended, newest first."""
    rows = db.query(
        f"SELECT {_COLUMNS} FROM handover WHERE state <> 'open' ORDER BY ended_at DESC, id DESC"
        " LIMIT ?",
        [limit],
    )
    return [_handover(row) for row in rows]


def cases_of_handover(db: Database, handover: Handover) -> list[Case]:
    """The cases it is about: while open those that are open now, else those handed over.

    A handover of all cases takes in a case that was opened after it began.
    """
    if handover.state == "open" and handover.scope == "all":
        return list_cases(db, "open", limit=_ALL_CASES)
    rows = db.query(
        "SELECT case_id FROM handover_case WHERE handover_id = ? ORDER BY case_id DESC",
        [handover.id],
    )
    chosen = [case_by_id(db, row["case_id"]) for row in rows]
    if handover.state == "open":
        return [each for each in chosen if each.state == "open"]
    return chosen


def notes_of(db: Database, handover_id: int) -> dict[int, Note]:
    """The newest note by case id."""
    rows = db.query("SELECT * FROM handover_note WHERE handover_id = ? ORDER BY id", [handover_id])
    return {
        row["case_id"]: Note(
            id=row["id"],
            case_id=row["case_id"],
            situation=row["situation"],
            next_steps=row["next_steps"],
            owner_mood=row["owner_mood"],
            written_at=parse_utc(row["written_at"]),
            written_by=row["written_by"],
        )
        for row in rows
    }


def acknowledgements_of(db: Database, handover_id: int) -> list[Acknowledgement]:
    """Everything that was acknowledged, oldest first; renewed ones stand there twice."""
    rows = db.query(
        "SELECT * FROM handover_acknowledgement WHERE handover_id = ? ORDER BY id", [handover_id]
    )
    return [
        Acknowledgement(
            id=row["id"],
            item=Item(
                case_id=row["case_id"],
                kind=row["kind"],
                key=row["item_key"],
                title=row["title"],
                detail=row["detail"],
                state=json.loads(row["state"]),
            ),
            at=parse_utc(row["acknowledged_at"]),
            by=row["acknowledged_by"],
        )
        for row in rows
    ]


def lines_of(db: Database, handover: Handover, items: Sequence[Item]) -> list[Line]:
    """Each item with how it stands in this handover."""
    return rules.lines(items, acknowledgements_of(db, handover.id))


def missing_of(db: Database, handover: Handover, items: Sequence[Item]) -> list[Missing]:
    """What stands against finishing this handover."""
    numbers = {case.id: case.number for case in cases_of_handover(db, handover)}
    return rules.missing(
        lines_of(db, handover, items), numbers, notes_needed=handover.kind == "regular"
    )


# Writing


def begin_handover(
    db: Database,
    actor: Actor,
    *,
    receiving_account: int,
    case_ids: Sequence[int] | None = None,
    due_at: datetime | None = None,
    idempotency_key: str | None = None,
) -> Handover:
    """The actor, who leaves, begins to hand over to a colleague; without ``case_ids`` all cases.

    Raises HandoverOpen, HandoverToSelf, NotOnRoster or NothingToHandOver.
    """
    with transaction(db):
        leaving = _person(db, actor.account_id)
        receiving = _person(db, receiving_account)
        return _begin(
            db, actor, leaving, receiving, "regular", "", case_ids, due_at, idempotency_key
        )


def take_over_in_emergency(
    db: Database,
    actor: Actor,
    *,
    leaving_account: int,
    reason: str,
    case_ids: Sequence[int] | None = None,
    due_at: datetime | None = None,
    idempotency_key: str | None = None,
) -> Handover:
    """The actor takes over from somebody who is not there (Notübernahme), with the reason.

    An open handover of that person is withdrawn for it. The acknowledgements are the same.
    Raises MissingField without a reason, HandoverToSelf, NotOnRoster or NothingToHandOver.
    """
    if not reason.strip():
        raise MissingField(_("Grund der Notübernahme"))
    with transaction(db):
        receiving = _person(db, actor.account_id)
        leaving = _person(db, leaving_account)
        known = _known(db, idempotency_key)
        if known is not None:
            return known
        before = _open_of(db, leaving.id)
        if before is not None and leaving.id != receiving.id:
            replaced = _("Notübernahme durch {name}: {reason}").format(
                name=receiving.name, reason=reason.strip()
            )
            _end(db, actor, before, "withdrawn", replaced)
        return _begin(
            db,
            actor,
            leaving,
            receiving,
            "emergency",
            reason.strip(),
            case_ids,
            due_at,
            idempotency_key,
        )


def _begin(
    db: Database,
    actor: Actor,
    leaving: Account,
    receiving: Account,
    kind: Kind,
    reason: str,
    case_ids: Sequence[int] | None,
    due_at: datetime | None,
    idempotency_key: str | None,
) -> Handover:
    known = _known(db, idempotency_key)
    if known is not None:
        return known
    if leaving.id == receiving.id:
        raise HandoverToSelf
    before = _open_of(db, leaving.id)
    if before is not None:
        raise HandoverOpen(before.leaving_name, before.receiving_name)
    open_ids = {case.id for case in list_cases(db, "open", limit=_ALL_CASES)}
    chosen = sorted(open_ids if case_ids is None else open_ids & set(case_ids))
    if not chosen:
        raise NothingToHandOver
    handover_id = insert(
        db,
        "handover",
        {
            "leaving_account_id": leaving.id,
            "leaving_name": leaving.name,
            "receiving_account_id": receiving.id,
            "receiving_name": receiving.name,
            "kind": kind,
            "scope": "all" if case_ids is None else "chosen",
            "reason": reason,
            "due_at": utc_text(due_at) if due_at else None,
            "started_at": utc_text(now()),
            "started_by": actor.name,
            "idempotency_key": idempotency_key,
        },
    )
    if case_ids is not None:
        _keep_cases(db, handover_id, chosen)
    for case_id in chosen:
        audit.record(
            db,
            actor,
            "handover.begun",
            f"handover:{handover_id}",
            case_id=case_id,
            details={
                "from": leaving.name,
                "to": receiving.name,
                "kind": kind,
                **({"reason": reason} if reason else {}),
            },
        )
    return handover_by_id(db, handover_id)


def write_note(
    db: Database,
    actor: Actor,
    handover_id: int,
    case_id: int,
    *,
    situation: str,
    next_steps: str,
    owner_mood: str = "",
) -> None:
    """The note on a case; a new one stands for the one before and is acknowledged anew.

    The one who leaves writes it; in an emergency takeover the one who receives may, from what
    is known. Raises MissingField, HandoverEnded, NotTheLeaving or NotInThisHandover.
    """
    for label, value in (
        (_("Lage"), situation),
        (_("Nächste Schritte"), next_steps),
    ):
        if not value.strip():
            raise MissingField(label)
    with transaction(db):
        handover = _still_open(db, handover_id)
        writers = {handover.leaving_account_id}
        if handover.kind == "emergency":
            writers.add(handover.receiving_account_id)
        if actor.account_id not in writers:
            raise NotTheLeaving(handover.leaving_name)
        if all(case.id != case_id for case in cases_of_handover(db, handover)):
            raise NotInThisHandover
        note = {
            "situation": situation.strip(),
            "next_steps": next_steps.strip(),
            "owner_mood": owner_mood.strip(),
        }
        before = notes_of(db, handover_id).get(case_id)
        if before is not None and all(getattr(before, name) == note[name] for name in note):
            return
        note_id = insert(
            db,
            "handover_note",
            {
                "handover_id": handover_id,
                "case_id": case_id,
                **note,
                "written_at": utc_text(now()),
                "written_by": actor.name,
            },
        )
        audit.record(db, actor, "handover.noted", f"handover_note:{note_id}", case_id=case_id)


def acknowledge(
    db: Database,
    actor: Actor,
    handover_id: int,
    shown: Sequence[Item],
    read_items: ReadItems,
) -> int:
    """The receiving person takes on the items as they were ``shown``; returns how many.

    An item that is settled by now needs nothing. One that has changed is not acknowledged,
    the others are, and then ItemsChanged is raised. Raises HandoverEnded or NotTheReceiving.
    """
    changed: list[str] = []
    taken = 0
    with transaction(db):
        handover = _still_open(db, handover_id)
        _check_receiving(handover, actor)
        standing = {each.item.identity: each for each in lines_of(db, handover, read_items())}
        for item in shown:
            line = standing.get(item.identity)
            if line is None or line.standing in ("acknowledged", "must_end"):
                continue
            if not rules.same(item, line.item):
                changed.append(item.title)
                continue
            _keep_acknowledgement(db, actor, handover_id, item)
            taken += 1
    if changed:
        raise ItemsChanged("; ".join(changed))
    return taken


def _keep_acknowledgement(db: Database, actor: Actor, handover_id: int, item: Item) -> None:
    acknowledgement_id = insert(
        db,
        "handover_acknowledgement",
        {
            "handover_id": handover_id,
            "case_id": item.case_id,
            "kind": item.kind,
            "item_key": item.key,
            "title": item.title,
            "detail": item.detail,
            "state": json.dumps(dict(item.state), ensure_ascii=False, sort_keys=True),
            "acknowledged_at": utc_text(now()),
            "acknowledged_by": actor.name,
            "account_id": actor.account_id,
        },
    )
    audit.record(
        db,
        actor,
        "handover.acknowledged",
        f"handover_acknowledgement:{acknowledgement_id}",
        case_id=item.case_id,
        details={"kind": item.kind, "key": item.key, "state": dict(item.state)},
    )


def finish_handover(
    db: Database, actor: Actor, handover_id: int, read_items: ReadItems
) -> Handover:
    """The receiving person closes the handover and is on duty in every case of it.

    The items are read once more inside this transaction. Raises HandoverIncomplete naming
    what is missing, HandoverEnded or NotTheReceiving.
    """
    with transaction(db):
        handover = _still_open(db, handover_id)
        _check_receiving(handover, actor)
        missing = missing_of(db, handover, read_items())
        if missing:
            raise HandoverIncomplete(rules.missing_text(missing))
        cases = cases_of_handover(db, handover)
        if handover.scope == "all":
            _keep_cases(db, handover_id, [case.id for case in cases])
        acknowledged = acknowledgements_of(db, handover_id)
        for case in cases:
            own = {each.item.identity for each in acknowledged if each.item.case_id == case.id}
            _pass_on(db, actor, handover, case, len(own))
        return _end(db, actor, handover, "completed", "")


def _pass_on(db: Database, actor: Actor, handover: Handover, case: Case, count: int) -> None:
    if case.on_duty != actor.name:
        take_over(db, actor, case.id)
    sentence = (
        ngettext(
            "Übergabe von {leaving} an {receiving}, {count} Punkt bestätigt",
            "Übergabe von {leaving} an {receiving}, {count} Punkte bestätigt",
            count,
        )
        if handover.kind == "regular"
        else ngettext(
            "Notübernahme von {leaving} durch {receiving}, {count} Punkt bestätigt. Grund: {reason}",
            "Notübernahme von {leaving} durch {receiving}, {count} Punkte bestätigt. "
            "Grund: {reason}",
            count,
        )
    )
    add_timeline_entry(
        db,
        actor,
        case.id,
        happened_at=now(),
        kind="status",
        text=sentence.format(
            leaving=handover.leaving_name,
            receiving=handover.receiving_name,
            count=count,
            reason=handover.reason,
        ),
        details={"handover_id": handover.id},
    )


def withdraw_handover(db: Database, actor: Actor, handover_id: int, reason: str) -> Handover:
    """Give an interrupted handover up; what was acknowledged stays on record.

    Raises MissingField without a reason, HandoverEnded or NotOfThisHandover.
    """
    if not reason.strip():
        raise MissingField(_("Grund"))
    with transaction(db):
        handover = _still_open(db, handover_id)
        both = (handover.leaving_account_id, handover.receiving_account_id)
        if actor.account_id not in both:
            raise NotOfThisHandover(handover.leaving_name, handover.receiving_name)
        return _end(db, actor, handover, "withdrawn", reason.strip())


def _end(db: Database, actor: Actor, handover: Handover, state: State, reason: str) -> Handover:
    cases = cases_of_handover(db, handover)
    db.execute(
        "UPDATE handover SET state = ?, ended_at = ?, ended_by = ?, end_reason = ? WHERE id = ?",
        [state, utc_text(now()), actor.name, reason, handover.id],
    )
    for case in cases:
        audit.record(
            db,
            actor,
            f"handover.{state}",
            f"handover:{handover.id}",
            case_id=case.id,
            details={"from": handover.leaving_name, "to": handover.receiving_name}
            | ({"reason": reason} if reason else {}),
        )
    return handover_by_id(db, handover.id)


def _keep_cases(db: Database, handover_id: int, case_ids: Sequence[int]) -> None:
    for case_id in case_ids:
        insert(db, "handover_case", {"handover_id": handover_id, "case_id": case_id})


def _known(db: Database, idempotency_key: str | None) -> Handover | None:
    if idempotency_key is None:
        return None
    row = db.execute(
        "SELECT id FROM handover WHERE idempotency_key = ?", [idempotency_key]
    ).fetchone()
    return handover_by_id(db, row[0]) if row else None


def _open_of(db: Database, account_id: int) -> Handover | None:
    return next(
        (each for each in open_handovers(db) if each.leaving_account_id == account_id), None
    )


def _still_open(db: Database, handover_id: int) -> Handover:
    handover = handover_by_id(db, handover_id)
    if handover.state != "open":
        raise HandoverEnded
    return handover


def _check_receiving(handover: Handover, actor: Actor) -> None:
    if actor.account_id != handover.receiving_account_id:
        raise NotTheReceiving(handover.receiving_name)


def _person(db: Database, account_id: int | None) -> Account:
    found = next((each for each in people_for_duty(db) if each.id == account_id), None)
    if found is None:
        raise NotOnRoster
    return found
