"""Commands that join several rooms: verifying a home, exporting the hours of a case."""

from __future__ import annotations

from typing import Any

from access import audit
from access.actor import Actor
from budget import store as budget_store
from cases import evidence, store
from data import Home, now


def verify(home: Home) -> dict[str, Any]:
    """Re-compute the audit chain, the evidence hashes and the ledger sums.

    Returns {"ok", "audit_entries", "evidence_files", "problems"}; it writes nothing.
    """
    db = home.db()
    entries, chain = audit.verify(db)
    files, originals = evidence.verify(db, home)
    integrity = db.execute("PRAGMA integrity_check").fetchone()[0]
    damage = [] if integrity == "ok" else [f"database: {integrity}"]
    problems = [*damage, *chain, *originals, *budget_store.verify(db)]
    return {
        "ok": not problems,
        "audit_entries": entries,
        "evidence_files": files,
        "problems": problems,
    }


def export_hours(home: Home, actor: Actor, number: str, file_format: str) -> bytes:
    """The cost review's file of the case with this number. Raises UnknownCase."""
    db = home.db()
    case = store.case_by_number(db, number)
    return budget_store.export_hours(db, actor, case.id, file_format, now())
