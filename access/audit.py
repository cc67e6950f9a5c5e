"""The audit chain: append-only, each entry bound to the one before by its hash.

An entry is written in the same transaction as what it reports, so neither can exist
without the other. Removing, changing or inserting a row breaks the chain from there on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from access.actor import Actor
from data import in_transaction, now, utc_text

FIRST_HASH = "0" * 64
ENTRY_FIELDS = (
    "at", "actor_kind", "actor_name", "account_id", "action", "subject", "case_id", "details",
)  # fmt: skip


@dataclass(frozen=True)
class AuditEntry:
    """One entry: who did what to which subject, when, with details as JSON."""

    id: int
    at: str
    actor_name: str
    action: str
    subject: str
    case_id: int | None
    details: dict[str, Any]


def entry_hash(previous: str, entry: Mapping[str, Any]) -> str:
    """The link of the chain: SHA-256 over the hash before and the entry's fields."""
    content = json.dumps(
        [previous, *(entry[field] for field in ENTRY_FIELDS)],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(content.encode()).hexdigest()


def record(
    db: Database,
    actor: Actor,
    action: str,
    subject: str,
    *,
    case_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Append one entry. Must be called inside the transaction of what it reports.

    ``action`` is "<thing>.<participle>" ("statement.approved"), ``subject`` "<table>:<id>".
    Raises RuntimeError outside a transaction: that would be a defect of the caller.
    """
    if not in_transaction(db):
        raise RuntimeError("an audit entry belongs into the transaction of what it reports")
    last = db.execute("SELECT hash FROM audit_entry ORDER BY id DESC LIMIT 1").fetchone()
    previous = last[0] if last else FIRST_HASH
    entry = {
        "at": utc_text(now()),
        "actor_kind": actor.kind,
        "actor_name": actor.name,
        "account_id": actor.account_id,
        "action": action,
        "subject": subject,
        "case_id": case_id,
        "details": json.dumps(dict(details or {}), ensure_ascii=False, sort_keys=True),
    }
    db.execute(
        f"INSERT INTO audit_entry ({', '.join(ENTRY_FIELDS)}, previous_hash, hash)"
        f" VALUES ({', '.join('?' * (len(ENTRY_FIELDS) + 2))})",
        [*(entry[field] for field in ENTRY_FIELDS), previous, entry_hash(previous, entry)],
    )


def entries(db: Database, case_id: int | None = None, limit: int = 200) -> list[AuditEntry]:
    """The newest entries, of one case where it is given."""
    where = "WHERE case_id = :case" if case_id is not None else ""
    rows = db.query(
        f"SELECT * FROM audit_entry {where} ORDER BY id DESC LIMIT :limit",
        {"case": case_id, "limit": limit},
    )
    return [
        AuditEntry(
            id=row["id"],
            at=row["at"],
            actor_name=row["actor_name"],
            action=row["action"],
            subject=row["subject"],
            case_id=row["case_id"],
            details=json.loads(row["details"]),
        )
        for row in rows
    ]


def verify(db: Database) -> tuple[int, list[str]]:
    """Re-compute the chain; returns the number of entries and what is wrong with it."""
    problems: list[str] = []
    previous = FIRST_HASH
    count = 0
    expected = 1
    for row in db.query("SELECT * FROM audit_entry ORDER BY id"):
        count += 1
        if row["id"] > expected:
            problems.append(f"audit entry {expected} is missing before {row['id']}")
        expected = row["id"] + 1
        if row["previous_hash"] != previous:
            problems.append(f"audit entry {row['id']} does not follow the entry before it")
        if row["hash"] != entry_hash(row["previous_hash"], row):
            problems.append(f"audit entry {row['id']} was changed after it was written")
        previous = row["hash"]
    # The chain alone does not see that its end is gone; SQLite's own count of the ids does.
    last = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit_entry'").fetchone()
    if last and last[0] >= expected:
        problems.append(f"audit entry {expected} is missing at the end of the chain")
    return count, problems
