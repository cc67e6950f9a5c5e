"""What the SQL of this room shares."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from access.actor import Actor
from data import parse_utc

MOMENTS = ("started_at", "ended_at", "recorded_at", "expires_at", "happened_at", "valid_until")


def from_row(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """These fields of a row, its moments read."""
    return {
        name: parse_utc(row[name]) if name in MOMENTS and row[name] else row[name] for name in names
    }


def insert(db: Database, table: str, values: Mapping[str, Any]) -> int:
    """Insert one row; returns its id."""
    cursor = db.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        list(values.values()),
    )
    return int(cursor.lastrowid or 0)


def person_key(actor: Actor) -> str:
    """What tells people apart who have the same name."""
    return f"account:{actor.account_id}" if actor.account_id is not None else actor.name


def known_id(db: Database, table: str, idempotency_key: str | None) -> int | None:
    """The id of the row that this form has made before, or None."""
    if idempotency_key is None:
        return None
    row = db.execute(
        f"SELECT id FROM {table} WHERE idempotency_key = ?", [idempotency_key]
    ).fetchone()
    return int(row[0]) if row else None


def sha256(text: str) -> str:
    """The hash of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
