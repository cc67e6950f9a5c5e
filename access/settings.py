"""Settings of the installation that are no secrets. Secrets come from the environment."""

from __future__ import annotations

import os

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from data import now, transaction, utc_text

DEFAULT_BASE_URL = "http://127.0.0.1:8501"


def get(db: Database, key: str) -> str | None:
    """The value of ``key``, or None where it was never set."""
    row = db.execute("SELECT value FROM setting WHERE key = ?", [key]).fetchone()
    return str(row[0]) if row else None


def base_url(db: Database) -> str:
    """Where people reach this installation, without a slash at the end."""
    stored = get(db, "base_url")
    return (stored or os.environ.get("KRISENPULT_BASE_URL") or DEFAULT_BASE_URL).rstrip("/")


def put(db: Database, actor: Actor, key: str, value: str) -> None:
    """Set ``key``, with its audit entry."""
    with transaction(db):
        before = get(db, key)
        if before == value:
            return
        db.execute(
            "INSERT INTO setting (key, value, changed_at, changed_by) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value,"
            " changed_at = excluded.changed_at, changed_by = excluded.changed_by",
            [key, value, utc_text(now()), actor.name],
        )
        audit.record(
            db, actor, "setting.changed", f"setting:{key}", details={"from": before, "to": value}
        )
