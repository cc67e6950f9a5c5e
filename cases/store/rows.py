"""What the SQL of this room shares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from data import parse_utc
from data.times import local


def moment(text: str | None) -> datetime | None:
    """A stored moment, or None."""
    return parse_utc(text) if text else None


def stored_day(text: str | None) -> date | None:
    """A stored day, or None."""
    return date.fromisoformat(text) if text else None


def next_number(db: Database, table: str, prefix: str, at: datetime) -> str:
    """The next number of the year such as KP-2026-0001; inside an open transaction."""
    start = f"{prefix}-{local(at).year}-"
    last = db.execute(
        f"SELECT max(CAST(substr(number, ?) AS INTEGER)) FROM {table} WHERE number LIKE ?",
        [len(start) + 1, start + "%"],
    ).fetchone()[0]
    return f"{start}{(last or 0) + 1:04d}"


def insert(db: Database, table: str, values: Mapping[str, Any]) -> int:
    """Insert one row; returns its id."""
    cursor = db.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        list(values.values()),
    )
    return int(cursor.lastrowid or 0)


def made_by(db: Database, table: str, idempotency_key: str | None) -> int | None:
    """The id of the row that this key made, or None: a form sent again makes nothing new."""
    if idempotency_key is None:
        return None
    row = db.execute(
        f"SELECT id FROM {table} WHERE idempotency_key = ?", [idempotency_key]
    ).fetchone()
    return int(row[0]) if row else None
