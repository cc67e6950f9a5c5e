"""The duty roster (Dienstplan): shifts, week plans, and what became of them.

A shift is never changed. That it was cancelled, that somebody fell ill or swapped is a row of
its own with its reason, from a moment on; whoever steps in gets a new shift. So the roster
shows both what holds and what had been planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlite_utils import Database

from access import accounts, audit, roles
from access.accounts import Account
from access.actor import Actor
from cases import duty
from cases.duty import Gap, Pattern, Role, RosterWarning, Shift
from cases.errors import (
    MissingField,
    NotOnRoster,
    ShiftGone,
    ShiftKnown,
    ShiftOver,
    SwapWithSelf,
)
from cases.store.rows import insert, made_by
from data import now, parse_utc, transaction, utc_text
from data.i18n import _

ChangeKind = Literal["cancelled", "sick", "swapped"]

# Far enough around a window to see the rest before and after its shifts.
_AROUND = timedelta(days=3)
# Further ahead nobody asks for the next shift.
_AHEAD = timedelta(days=60)


@dataclass(frozen=True)
class Change:
    """Why a planned shift does not hold, or holds only until ``from_at``."""

    shift: Shift
    kind: ChangeKind
    from_at: datetime
    reason: str
    recorded_at: datetime
    recorded_by: str
    instead: str


# Reading


_QUERY = """
SELECT shift.*, account.name AS person, shift_change.from_at, shift_change.kind AS change_kind,
    shift_change.reason AS change_reason, shift_change.recorded_at AS changed_at,
    shift_change.recorded_by AS changed_by,
    coalesce((SELECT group_concat(other.name, ', ') FROM shift AS new
        JOIN account AS other ON other.id = new.account_id
        WHERE new.replaces_id = shift.id AND new.account_id <> shift.account_id), '') AS instead
FROM shift
JOIN account ON account.id = shift.account_id
LEFT JOIN shift_change ON shift_change.shift_id = shift.id
"""
# An account that was disabled can no longer sign in: its shifts are gaps.
_HOLDS = "account.disabled_at IS NULL AND coalesce(min(ends_at, from_at), ends_at)"


def _planned(row: Mapping[str, Any]) -> Shift:
    return Shift(
        id=row["id"],
        account_id=row["account_id"],
        person=row["person"],
        role=row["role"],
        start=parse_utc(row["starts_at"]),
        end=parse_utc(row["ends_at"]),
        note=row["note"],
        pattern_id=row["pattern_id"],
        replaces_id=row["replaces_id"],
    )


def _holding(row: Mapping[str, Any]) -> Shift:
    planned = _planned(row)
    if row["from_at"] is None:
        return planned
    return replace(planned, end=min(planned.end, parse_utc(row["from_at"])))


def shifts_between(db: Database, start: datetime, end: datetime) -> list[Shift]:
    """The shifts that hold at some time in the window, by begin, as they hold."""
    rows = db.query(
        f"{_QUERY} WHERE ends_at > :start AND starts_at < :end"
        f" AND {_HOLDS} > max(:start, starts_at) ORDER BY starts_at, shift.id",
        {"start": utc_text(start), "end": utc_text(end)},
    )
    return [_holding(row) for row in rows]


def changes_between(db: Database, start: datetime, end: datetime) -> list[Change]:
    """What was planned in the window and does not hold, newest change first."""
    rows = db.query(
        f"{_QUERY} WHERE ends_at > :start AND starts_at < :end AND from_at IS NOT NULL"
        " ORDER BY shift_change.id DESC",
        {"start": utc_text(start), "end": utc_text(end)},
    )
    return [
        Change(
            shift=_planned(row),
            kind=row["change_kind"],
            from_at=parse_utc(row["from_at"]),
            reason=row["change_reason"],
            recorded_at=parse_utc(row["changed_at"]),
            recorded_by=row["changed_by"],
            instead=row["instead"],
        )
        for row in rows
    ]


def shift_by_id(db: Database, shift_id: int) -> Shift:
    """The shift as it holds. Raises ShiftGone where it is unknown or was changed."""
    row = next(db.query(f"{_QUERY} WHERE shift.id = ?", [shift_id]), None)
    if row is None or row["from_at"] is not None:
        raise ShiftGone
    return _planned(row)


def gaps_between(db: Database, start: datetime, end: datetime) -> list[Gap]:
    """The times in the window in which nobody is on duty (NA-19)."""
    return duty.gaps(shifts_between(db, start, end), start, end)


def coming_gap(db: Database, at: datetime) -> Gap | None:
    """The first gap of the next 48 hours, one that runs right now first; else None."""
    return next(iter(gaps_between(db, at, at + duty.watch_span())), None)


def on_duty_now(db: Database, at: datetime) -> list[Shift]:
    """Who is on duty at ``at``: the desk first, then lead, then on call."""
    return duty.on_duty(shifts_between(db, at, at + timedelta(seconds=1)), at)


def there_until(db: Database, shift: Shift) -> datetime:
    """Until when the person of ``shift`` stays, over shifts that follow at once."""
    return duty.there_until(shifts_between(db, shift.start, shift.end + _AHEAD), shift)


def next_shift(db: Database, at: datetime) -> Shift | None:
    """The next shift to begin after ``at``, or None."""
    return duty.next_after(shifts_between(db, at, at + _AHEAD), at)


def warnings_between(db: Database, start: datetime, end: datetime) -> list[RosterWarning]:
    """What is doubtful in the window: double bookings, long shifts, short rests."""
    found = duty.warnings(shifts_between(db, start - _AROUND, end + _AROUND))
    return [each for each in found if each.start < end and each.end > start]


def roster_is_kept(db: Database) -> bool:
    """Whether anybody has ever planned a shift: an empty roster is no gap to be alarmed of."""
    return db.execute("SELECT 1 FROM shift LIMIT 1").fetchone() is not None


def people_for_duty(db: Database) -> list[Account]:
    """The accounts that may do duty, by name."""
    able = [each for each in accounts.list_accounts(db) if roles.may(each.actor, "duty.write")]
    return sorted(able, key=lambda each: (each.name, each.id))


# Writing


def add_shift(
    db: Database,
    actor: Actor,
    *,
    account_id: int,
    role: Role,
    start: datetime,
    end: datetime,
    note: str = "",
    idempotency_key: str | None = None,
) -> Shift:
    """Plan one shift. Overlaps are allowed; :func:`warnings_between` says what is doubtful.

    The same ``idempotency_key`` plans once. Raises ShiftEndsBeforeStart, ShiftTooLong,
    NotOnRoster, or ShiftKnown where the very same shift is planned already.
    """
    duty.check_span(start, end)
    with transaction(db):
        known = made_by(db, "shift", idempotency_key)
        if known is not None:
            return _by_id(db, known)
        _check_person(db, account_id)
        if _is_planned(db, account_id, role, start, end):
            raise ShiftKnown
        shift = _insert_shift(
            db,
            actor,
            {
                "account_id": account_id,
                "role": role,
                "starts_at": utc_text(start),
                "ends_at": utc_text(end),
                "note": note.strip(),
                "idempotency_key": idempotency_key,
            },
        )
        audit.record(db, actor, "shift.added", f"shift:{shift.id}", details=_told(shift))
    return shift


def add_pattern(
    db: Database, actor: Actor, pattern: Pattern, idempotency_key: str | None = None
) -> list[Shift]:
    """Plan the shifts of a week plan, all of them or none; returns them.

    A shift that is planned already is not planned twice. The same ``idempotency_key`` plans
    once. Raises PeriodEndsBeforeStart, PatternTooLong, PatternEmpty, NotOnRoster, or ShiftKnown
    where nothing of the plan is new.
    """
    spans = duty.expand(pattern)
    with transaction(db):
        known = made_by(db, "shift_pattern", idempotency_key)
        if known is not None:
            rows = db.query(f"{_QUERY} WHERE pattern_id = ? ORDER BY starts_at", [known])
            return [_planned(row) for row in rows]
        _check_person(db, pattern.account_id)
        spans = [
            each for each in spans if not _is_planned(db, pattern.account_id, pattern.role, *each)
        ]
        if not spans:
            raise ShiftKnown
        pattern_id = insert(
            db,
            "shift_pattern",
            {
                "account_id": pattern.account_id,
                "role": pattern.role,
                "weekdays": "".join(str(day) for day in sorted(pattern.weekdays)),
                "begins": f"{pattern.begins:%H:%M}",
                "ends": f"{pattern.ends:%H:%M}",
                "first_day": pattern.first_day.isoformat(),
                "last_day": pattern.last_day.isoformat(),
                "every_weeks": pattern.every_weeks,
                "holidays": pattern.holidays,
                "note": pattern.note.strip(),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
                "idempotency_key": idempotency_key,
            },
        )
        shifts = [
            _insert_shift(
                db,
                actor,
                {
                    "account_id": pattern.account_id,
                    "role": pattern.role,
                    "starts_at": utc_text(start),
                    "ends_at": utc_text(end),
                    "note": pattern.note.strip(),
                    "pattern_id": pattern_id,
                },
            )
            for start, end in spans
        ]
        audit.record(
            db,
            actor,
            "shift_pattern.added",
            f"shift_pattern:{pattern_id}",
            details={"shifts": len(shifts), "first": shifts[0].id, "last": shifts[-1].id},
        )
    return shifts


def cancel_shift(
    db: Database,
    actor: Actor,
    shift_id: int,
    *,
    reason: str,
    kind: Literal["cancelled", "sick"] = "cancelled",
    at: datetime | None = None,
) -> None:
    """Take a shift off the roster; one that runs ends now. Nobody steps in by that.

    Raises MissingField without a reason, ShiftGone or ShiftOver.
    """
    with transaction(db):
        _end_shift(db, actor, shift_by_id(db, shift_id), kind, reason, at or now())


def swap(
    db: Database,
    actor: Actor,
    shift_id: int,
    *,
    to_account: int,
    reason: str,
    kind: Literal["swapped", "sick"] = "swapped",
    in_return: int | None = None,
    at: datetime | None = None,
) -> list[Shift]:
    """Give a shift, or the rest of one that runs, to a colleague; returns the new shifts.

    With ``in_return`` a shift of the colleague goes the other way, both or none. Raises
    MissingField without a reason, ShiftGone, ShiftOver, SwapWithSelf or NotOnRoster.
    """
    at = at or now()
    with transaction(db):
        given = shift_by_id(db, shift_id)
        _check_person(db, to_account)
        if given.account_id == to_account:
            raise SwapWithSelf
        moves = [(given, to_account)]
        if in_return is not None:
            returned = shift_by_id(db, in_return)
            if returned.account_id != to_account:
                raise ShiftGone
            moves.append((returned, given.account_id))
        new = []
        for shift, account_id in moves:
            _end_shift(db, actor, shift, kind, reason, at)
            new.append(
                _insert_shift(
                    db,
                    actor,
                    {
                        "account_id": account_id,
                        "role": shift.role,
                        "starts_at": utc_text(max(shift.start, at)),
                        "ends_at": utc_text(shift.end),
                        "note": shift.note,
                        "pattern_id": shift.pattern_id,
                        "replaces_id": shift.id,
                    },
                )
            )
            audit.record(db, actor, "shift.added", f"shift:{new[-1].id}", details=_told(new[-1]))
    return new


def _end_shift(
    db: Database, actor: Actor, shift: Shift, kind: ChangeKind, reason: str, at: datetime
) -> None:
    if not reason.strip():
        raise MissingField(_("Grund"))
    if shift.end <= at:
        raise ShiftOver
    insert(
        db,
        "shift_change",
        {
            "shift_id": shift.id,
            "kind": kind,
            "from_at": utc_text(max(shift.start, at)),
            "reason": reason.strip(),
            "recorded_at": utc_text(now()),
            "recorded_by": actor.name,
        },
    )
    audit.record(
        db,
        actor,
        f"shift.{kind}",
        f"shift:{shift.id}",
        details={**_told(shift), "reason": reason.strip()},
    )


def _told(shift: Shift) -> dict[str, Any]:
    return {
        "account": shift.account_id,
        "role": shift.role,
        "start": utc_text(shift.start),
        "end": utc_text(shift.end),
    }


def _check_person(db: Database, account_id: int) -> None:
    if all(each.id != account_id for each in people_for_duty(db)):
        raise NotOnRoster


def _is_planned(db: Database, account_id: int, role: Role, start: datetime, end: datetime) -> bool:
    """Whether this very shift stands in the roster, unchanged."""
    row = db.execute(
        "SELECT 1 FROM shift LEFT JOIN shift_change ON shift_change.shift_id = shift.id"
        " WHERE account_id = ? AND role = ? AND starts_at = ? AND ends_at = ?"
        " AND shift_change.shift_id IS NULL",
        [account_id, role, utc_text(start), utc_text(end)],
    ).fetchone()
    return row is not None


def _insert_shift(db: Database, actor: Actor, values: Mapping[str, Any]) -> Shift:
    shift_id = insert(
        db,
        "shift",
        {**values, "recorded_at": utc_text(now()), "recorded_by": actor.name},
    )
    return _by_id(db, shift_id)


def _by_id(db: Database, shift_id: int) -> Shift:
    return _planned(next(db.query(f"{_QUERY} WHERE shift.id = ?", [shift_id])))
