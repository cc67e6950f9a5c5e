"""The clocks (Fristen) that run in a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.errors import ReasonNeeded
from cases.store.rows import moment
from cases.store.timeline import add_timeline_entry
from data import now, parse_utc, transaction, utc_text
from data.i18n import _


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
                "settled_at": moment(row["settled_at"]),
            }
        )
        for row in rows
    ]


def overdue_within(clocks: Iterable[CaseClock], at: datetime, span: timedelta) -> list[CaseClock]:
    """The open clocks that are due within ``span`` of ``at``, or past it."""
    return [clock for clock in clocks if clock.settled_at is None and clock.due_at <= at + span]
