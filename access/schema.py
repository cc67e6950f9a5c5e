"""The tables of the room access."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from data.migrate import append_only

MIGRATIONS = Migrations("access")


@MIGRATIONS()
def m001_accounts(db: Database) -> None:
    """Accounts, sessions, one-time links, settings and the audit chain."""
    db.execute(
        """
        CREATE TABLE account (
            id INTEGER PRIMARY KEY,
            email TEXT NOT NULL UNIQUE COLLATE NOCASE,
            name TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('consultant', 'owner', 'reviewer', 'admin')),
            password_hash TEXT,
            firm_id INTEGER,
            created_at TEXT NOT NULL,
            disabled_at TEXT,
            failures INTEGER NOT NULL DEFAULT 0,
            paused_until TEXT
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE session (
            id INTEGER PRIMARY KEY,
            token_sha256 TEXT NOT NULL UNIQUE,
            account_id INTEGER NOT NULL REFERENCES account(id),
            created_at TEXT NOT NULL,
            last_seen_at TEXT NOT NULL,
            expires_at TEXT NOT NULL,
            ended_at TEXT
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE one_time_link (
            id INTEGER PRIMARY KEY,
            token_sha256 TEXT NOT NULL UNIQUE,
            purpose TEXT NOT NULL,
            subject_id INTEGER NOT NULL,
            case_id INTEGER,
            pin_hash TEXT,
            tries_left INTEGER NOT NULL CHECK (tries_left >= 0),
            created_at TEXT NOT NULL,
            created_by TEXT NOT NULL,
            expires_at TEXT NOT NULL,
            used_at TEXT,
            revoked_at TEXT
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE setting (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL,
            changed_at TEXT NOT NULL,
            changed_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE audit_entry (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            actor_kind TEXT NOT NULL,
            actor_name TEXT NOT NULL,
            account_id INTEGER,
            action TEXT NOT NULL,
            subject TEXT NOT NULL,
            case_id INTEGER,
            details TEXT NOT NULL,
            previous_hash TEXT NOT NULL,
            hash TEXT NOT NULL UNIQUE
        ) STRICT
        """
    )
    db.execute("CREATE INDEX audit_entry_case ON audit_entry(case_id, id)")
    append_only(db, "audit_entry")
