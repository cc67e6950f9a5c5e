"""One-time links: they open a page; what the page does takes the PIN told by telephone.

The database keeps only the SHA-256 of the token and the argon2 hash of the PIN. A link has
five tries, an end and a single use; opening it changes nothing, because mail scanners open
links too, some of them with a whole browser.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlite_utils import Database

from access import audit
from access.actor import SYSTEM, Actor
from access.errors import AccessError, ExpiredLink, LockedLink, UnknownLink, UsedLink, WrongPin
from data import now, parse_utc, transaction, utc_text

TRIES = 5
PIN_DIGITS = 6
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@dataclass(frozen=True)
class NewLink:
    """A link just made. ``token`` and ``pin`` are shown once and stored nowhere."""

    id: int
    token: str
    pin: str


@dataclass(frozen=True)
class Link:
    """A link that may still be used."""

    id: int
    purpose: str
    subject_id: int
    case_id: int | None
    expires_at: datetime
    tries_left: int


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def create(
    db: Database,
    actor: Actor,
    purpose: str,
    subject_id: int,
    *,
    expires_at: datetime,
    case_id: int | None = None,
    with_pin: bool = True,
) -> NewLink:
    """Issue a link for ``purpose`` on ``subject_id``; ``pin`` is empty without a PIN."""
    token = secrets.token_urlsafe(32)
    pin = "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS)) if with_pin else ""
    pin_hash = _hasher.hash(pin) if with_pin else None
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO one_time_link (token_sha256, purpose, subject_id, case_id, pin_hash,"
            " tries_left, created_at, created_by, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                _digest(token),
                purpose,
                subject_id,
                case_id,
                pin_hash,
                TRIES,
                utc_text(now()),
                actor.name,
                utc_text(expires_at),
            ],
        )
        link_id = int(cursor.lastrowid or 0)
        audit.record(
            db,
            actor,
            "link.created",
            f"one_time_link:{link_id}",
            case_id=case_id,
            details={"purpose": purpose, "expires_at": utc_text(expires_at)},
        )
    return NewLink(id=link_id, token=token, pin=pin)


def _usable(row: dict[str, Any] | None, at: datetime) -> dict[str, Any]:
    if row is None:
        raise UnknownLink
    if row["used_at"] or row["revoked_at"]:
        raise UsedLink
    if at >= parse_utc(row["expires_at"]):
        raise ExpiredLink
    if row["tries_left"] == 0:
        raise LockedLink
    return row


def look_up(db: Database, token: str, purpose: str, at: datetime | None = None) -> Link:
    """The link behind ``token``; changes nothing.

    Raises UnknownLink, UsedLink, ExpiredLink or LockedLink.
    """
    row = next(
        db.query(
            "SELECT * FROM one_time_link WHERE token_sha256 = ? AND purpose = ?",
            [_digest(token), purpose],
        ),
        None,
    )
    usable = _usable(row, at or now())
    return Link(
        id=usable["id"],
        purpose=usable["purpose"],
        subject_id=usable["subject_id"],
        case_id=usable["case_id"],
        expires_at=parse_utc(usable["expires_at"]),
        tries_left=usable["tries_left"],
    )


def enter_pin(
    db: Database, link_id: int, pin: str, at: datetime | None = None
) -> AccessError | None:
    """Check the PIN; None means it was right, and the link is used up by that.

    A refusal is returned, not raised: so the caller can check the PIN and act on it in one
    transaction, and a wrong PIN still costs a try when that transaction commits. Returns
    WrongPin, LockedLink, UsedLink, ExpiredLink or UnknownLink.
    """
    at = at or now()
    with transaction(db):
        try:
            row = _usable(
                next(db.query("SELECT * FROM one_time_link WHERE id = ?", [link_id]), None), at
            )
        except AccessError as refusal:
            return refusal
        if row["pin_hash"] is None:
            return UnknownLink()
        try:
            _hasher.verify(row["pin_hash"], pin.replace(" ", ""))
        except VerifyMismatchError:
            left = row["tries_left"] - 1
            db.execute("UPDATE one_time_link SET tries_left = ? WHERE id = ?", [left, link_id])
            audit.record(
                db,
                SYSTEM,
                "link.wrong_pin",
                f"one_time_link:{link_id}",
                case_id=row["case_id"],
                details={"tries_left": left},
            )
            return WrongPin(left) if left else LockedLink()
        db.execute("UPDATE one_time_link SET used_at = ? WHERE id = ?", [utc_text(at), link_id])
    return None


def use(db: Database, link_id: int, at: datetime | None = None) -> None:
    """Use up a link that has no PIN. Raises UsedLink, ExpiredLink or LockedLink."""
    at = at or now()
    with transaction(db):
        _usable(next(db.query("SELECT * FROM one_time_link WHERE id = ?", [link_id]), None), at)
        db.execute("UPDATE one_time_link SET used_at = ? WHERE id = ?", [utc_text(at), link_id])


def revoke(db: Database, actor: Actor, link_id: int) -> None:
    """Withdraw a link; it opens nothing any more."""
    with transaction(db):
        db.execute(
            "UPDATE one_time_link SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            [utc_text(now()), link_id],
        )
        audit.record(db, actor, "link.revoked", f"one_time_link:{link_id}")
