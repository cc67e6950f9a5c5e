"""Accounts and sign-in.

A password is stored as argon2id. A session is a random token that only the browser holds;
the database keeps its SHA-256, and every rerun of a page asks the database, so that signing
out ends the session everywhere at once.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlite_utils import Database

from access import audit
from access.actor import SYSTEM, Actor
from access.errors import (
    AccountExists,
    BadEmail,
    TooManyTries,
    UnknownRole,
    WeakPassword,
    WrongSignIn,
)
from access.roles import ROLES
from data import now, parse_utc, transaction, utc_text

PASSWORD_LEAST = 12
FAILURES_BEFORE_PAUSE = 5
PAUSE = timedelta(minutes=5)
SESSION_IDLE = timedelta(hours=12)
SESSION_LONGEST = timedelta(days=7)
_SEEN_STEP = timedelta(minutes=1)

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_hasher = PasswordHasher()
# Verified where the account is unknown, so that the answer takes as long as for a known one.
_DUMMY_HASH = _hasher.hash("no account has this password")


@dataclass(frozen=True)
class Account:
    """A person who can sign in."""

    id: int
    email: str
    name: str
    role: str
    has_password: bool
    firm_id: int | None

    @property
    def actor(self) -> Actor:
        """This account as the one who acts."""
        return Actor(kind="account", name=self.name, account_id=self.id, role=self.role)


def _account(row: dict[str, Any]) -> Account:
    return Account(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=row["role"],
        has_password=row["password_hash"] is not None,
        firm_id=row["firm_id"],
    )


def _check_password(password: str) -> None:
    if len(password) < PASSWORD_LEAST:
        raise WeakPassword(PASSWORD_LEAST)


def add_account(
    db: Database,
    actor: Actor,
    *,
    email: str,
    role: str,
    name: str | None = None,
    password: str | None = None,
    firm_id: int | None = None,
) -> Account:
    """Create an account; without a password it is opened by a one-time setup link.

    Raises BadEmail, UnknownRole, AccountExists or WeakPassword.
    """
    email = email.strip()
    if not _EMAIL.fullmatch(email):
        raise BadEmail(email)
    if role not in ROLES:
        raise UnknownRole(role, ", ".join(ROLES))
    if password is not None:
        _check_password(password)
    with transaction(db):
        if db.execute("SELECT 1 FROM account WHERE email = ?", [email]).fetchone():
            raise AccountExists(email)
        cursor = db.execute(
            "INSERT INTO account (email, name, role, password_hash, firm_id, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                email,
                name or email.split("@")[0],
                role,
                _hasher.hash(password) if password is not None else None,
                firm_id,
                utc_text(now()),
            ],
        )
        audit.record(
            db, actor, "account.added", f"account:{cursor.lastrowid}", details={"role": role}
        )
        return account_by_id(db, int(cursor.lastrowid or 0))


def account_by_id(db: Database, account_id: int) -> Account:
    """The account with this id, which must exist."""
    return _account(next(db.query("SELECT * FROM account WHERE id = ?", [account_id])))


def list_accounts(db: Database) -> list[Account]:
    """All accounts that are not disabled, by e-mail."""
    rows = db.query("SELECT * FROM account WHERE disabled_at IS NULL ORDER BY email")
    return [_account(row) for row in rows]


def assign_firm(db: Database, actor: Actor, account_id: int, firm_id: int) -> None:
    """Let an owner's account see this firm."""
    with transaction(db):
        db.execute("UPDATE account SET firm_id = ? WHERE id = ?", [firm_id, account_id])
        audit.record(
            db, actor, "account.firm_assigned", f"account:{account_id}", details={"firm": firm_id}
        )


def set_password(db: Database, actor: Actor, account_id: int, password: str) -> None:
    """Set the password and end every session of the account. Raises WeakPassword."""
    _check_password(password)
    with transaction(db):
        db.execute(
            "UPDATE account SET password_hash = ?, failures = 0, paused_until = NULL WHERE id = ?",
            [_hasher.hash(password), account_id],
        )
        db.execute(
            "UPDATE session SET ended_at = ? WHERE account_id = ? AND ended_at IS NULL",
            [utc_text(now()), account_id],
        )
        audit.record(db, actor, "account.password_set", f"account:{account_id}")


def sign_in(db: Database, email: str, password: str, at: datetime | None = None) -> str:
    """Check the password and open a session; returns the token for the cookie.

    Five failures in a row pause the account for five minutes. Raises WrongSignIn or
    TooManyTries.
    """
    at = at or now()
    row = next(
        db.query("SELECT * FROM account WHERE email = ? AND disabled_at IS NULL", [email.strip()]),
        None,
    )
    if row is not None and row["paused_until"] and parse_utc(row["paused_until"]) > at:
        left = parse_utc(row["paused_until"]) - at
        raise TooManyTries(max(1, round(left.total_seconds() / 60)))
    stored = row["password_hash"] if row is not None and row["password_hash"] else _DUMMY_HASH
    try:
        _hasher.verify(stored, password)
        fits = row is not None and row["password_hash"] is not None
    except VerifyMismatchError:
        fits = False
    if row is None:
        raise WrongSignIn
    if not fits:
        _count_failure(db, row["id"], at)
        raise WrongSignIn
    return open_session(db, row["id"], at)


def _count_failure(db: Database, account_id: int, at: datetime) -> None:
    with transaction(db):
        # Counted under the write lock: tries that come at once must not overwrite each other.
        failures = db.execute(
            "UPDATE account SET failures = failures + 1 WHERE id = ? RETURNING failures",
            [account_id],
        ).fetchone()[0]
        if failures >= FAILURES_BEFORE_PAUSE:
            db.execute(
                "UPDATE account SET failures = 0, paused_until = ? WHERE id = ?",
                [utc_text(at + PAUSE), account_id],
            )
        audit.record(db, SYSTEM, "account.sign_in_failed", f"account:{account_id}")


def open_session(db: Database, account_id: int, at: datetime | None = None) -> str:
    """A new session for the account; returns its token, which is stored nowhere."""
    at = at or now()
    token = secrets.token_urlsafe(32)
    with transaction(db):
        account = account_by_id(db, account_id)
        db.execute(
            "INSERT INTO session (token_sha256, account_id, created_at, last_seen_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?)",
            [
                _digest(token),
                account_id,
                utc_text(at),
                utc_text(at),
                utc_text(at + SESSION_LONGEST),
            ],
        )
        db.execute(
            "UPDATE account SET failures = 0, paused_until = NULL WHERE id = ?", [account_id]
        )
        audit.record(db, account.actor, "session.opened", f"account:{account_id}")
    return token


def account_of_session(
    db: Database, token: str | None, at: datetime | None = None
) -> Account | None:
    """The account behind a session token, or None where it is unknown, idle or ended."""
    if not token:
        return None
    at = at or now()
    row = next(
        db.query(
            "SELECT session.id AS session_id, session.last_seen_at, session.expires_at, account.*"
            " FROM session JOIN account ON account.id = session.account_id"
            " WHERE token_sha256 = ? AND ended_at IS NULL AND disabled_at IS NULL",
            [_digest(token)],
        ),
        None,
    )
    if row is None:
        return None
    last_seen = parse_utc(row["last_seen_at"])
    if at >= parse_utc(row["expires_at"]) or at - last_seen >= SESSION_IDLE:
        return None
    if at - last_seen >= _SEEN_STEP:
        with transaction(db):
            db.execute(
                "UPDATE session SET last_seen_at = ? WHERE id = ?",
                [utc_text(at), row["session_id"]],
            )
    return _account(row)


def sign_out(db: Database, token: str) -> None:
    """End the session of this token. An unknown token changes nothing."""
    with transaction(db):
        row = db.execute(
            "UPDATE session SET ended_at = ? WHERE token_sha256 = ? AND ended_at IS NULL"
            " RETURNING account_id",
            [utc_text(now()), _digest(token)],
        ).fetchone()
        if row:
            actor = account_by_id(db, row[0]).actor
            audit.record(db, actor, "session.ended", f"account:{row[0]}")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
