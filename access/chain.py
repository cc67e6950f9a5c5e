"""A part of the audit chain that leaves the house with a case file, and its check.

The entries of one case are not neighbours in the chain. Each carries the hash of the entry
before it, so that each can be re-computed by itself, and neighbours can be compared. The head
says how far the chain had grown when the part was taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from access.audit import ENTRY_FIELDS, FIRST_HASH, entry_hash


@dataclass(frozen=True)
class Head:
    """The newest entry of the whole chain; id 0 while it is empty."""

    id: int
    hash: str


@dataclass(frozen=True)
class Slice:
    """The entries of one case as they are stored, oldest first, and the head of the chain."""

    entries: tuple[dict[str, Any], ...]
    head: Head


def slice_of(db: Database, case_id: int) -> Slice:
    """The entries of a case with their hashes, and the head of the chain."""
    columns = ", ".join(("id", *ENTRY_FIELDS, "previous_hash", "hash"))
    rows = db.query(f"SELECT {columns} FROM audit_entry WHERE case_id = ? ORDER BY id", [case_id])
    return Slice(tuple(dict(row) for row in rows), head_of(db))


def head_of(db: Database) -> Head:
    """The newest entry of the chain."""
    row = db.execute("SELECT id, hash FROM audit_entry ORDER BY id DESC LIMIT 1").fetchone()
    return Head(row[0], row[1]) if row else Head(0, FIRST_HASH)


def problems_of(entries: Sequence[Mapping[str, Any]], head: Head) -> list[str]:
    """What is wrong with a slice, one English sentence each. Raises KeyError and TypeError
    where an entry lacks a field or has it in another shape."""
    problems: list[str] = []
    before: Mapping[str, Any] | None = None
    for entry in entries:
        number = entry["id"]
        if entry["hash"] != entry_hash(entry["previous_hash"], entry):
            problems.append(f"audit entry {number} was changed after it was written")
        if before is not None and number <= before["id"]:
            problems.append(f"audit entry {number} stands out of order")
        if (
            before is not None
            and number == before["id"] + 1
            and entry["previous_hash"] != before["hash"]
        ):
            problems.append(f"audit entry {number} does not follow the entry before it")
        before = entry
    if before is not None and (
        before["id"] > head.id or (before["id"] == head.id and before["hash"] != head.hash)
    ):
        problems.append("the head of the audit chain does not fit its last entry")
    return problems


def entry_with(db: Database, action: str, detail: str, value: str) -> dict[str, Any] | None:
    """The newest entry of this action whose detail has this value, or None."""
    rows = db.query(
        "SELECT id, at, actor_name, case_id, details FROM audit_entry WHERE action = :action"
        " AND json_extract(details, :path) = :value ORDER BY id DESC LIMIT 1",
        {"action": action, "path": f"$.{detail}", "value": value},
    )
    return next((dict(row) for row in rows), None)


def entries_of_action(
    db: Database, case_id: int, action: str, limit: int = 10
) -> list[dict[str, Any]]:
    """The newest entries of one action in a case, with their details as JSON text."""
    rows = db.query(
        "SELECT id, at, actor_name, details FROM audit_entry WHERE case_id = ? AND action = ?"
        " ORDER BY id DESC LIMIT ?",
        [case_id, action, limit],
    )
    return [dict(row) for row in rows]
