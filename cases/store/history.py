"""What stood in the master data before: one row for each field that was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.store.rows import insert
from data import now, parse_utc, utc_text


@dataclass(frozen=True)
class Change:
    """One field of a firm, a person or a contract, before and after."""

    subject: str
    subject_id: int
    field: str
    before: str
    after: str
    changed_at: datetime
    changed_by: str


def stored(value: Any) -> Any:
    """A value as it is stored: days as text, truth as 0 and 1."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def record_changes(
    db: Database,
    actor: Actor,
    subject: str,
    subject_id: int,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> dict[str, Any]:
    """Write down the fields of ``after`` that differ, inside an open transaction.

    Each gets a row with what stood there before; the audit entry holds the new values.
    Returns the changed fields with their new values as they are stored.
    """
    changed = {name: stored(value) for name, value in after.items() if value != before[name]}
    for name, value in changed.items():
        insert(
            db,
            "master_change",
            {
                "subject": subject,
                "subject_id": subject_id,
                "field": name,
                "before": _text(stored(before[name])),
                "after": _text(value),
                "changed_at": utc_text(now()),
                "changed_by": actor.name,
            },
        )
    if changed:
        audit.record(db, actor, f"{subject}.changed", f"{subject}:{subject_id}", details=changed)
    return changed


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def changes_of(db: Database, subject: str, subject_id: int) -> list[Change]:
    """What was changed about a firm, a person or a contract, newest first."""
    rows = db.query(
        "SELECT subject, subject_id, field, before, after, changed_at, changed_by"
        " FROM master_change WHERE subject = ? AND subject_id = ? ORDER BY id DESC",
        [subject, subject_id],
    )
    return [Change(**{**row, "changed_at": parse_utc(row["changed_at"])}) for row in rows]
