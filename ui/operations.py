"""Commands that join several rooms: verifying, exporting the hours and the file of a case."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from access import audit
from access.actor import Actor
from budget import store as budget_store
from cases import evidence, store
from data import Home, InputError, now
from ui import casefile, casefile_check
from ui.dossier import Level


def verify(home: Home) -> dict[str, Any]:
    """Re-compute the audit chain, the evidence hashes and the ledger sums.

    Returns {"ok", "audit_entries", "evidence_files", "problems"}; it writes nothing.
    """
    db = home.db()
    entries, chain = audit.verify(db)
    files, originals = evidence.verify(db, home)
    integrity = db.execute("PRAGMA integrity_check").fetchone()[0]
    damage = [] if integrity == "ok" else [f"database: {integrity}"]
    damage += [
        f"database: a row of {row[0]} names a row of {row[2]} that is gone"
        for row in db.execute("PRAGMA foreign_key_check")
    ]
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


def export_case(
    home: Home, actor: Actor, number: str, out: Path, level: Level = "insurer"
) -> dict[str, Any]:
    """Write the case file of the case with this number to ``out``; returns what was written.

    It is written beside its place and moved there whole, so that a failure leaves no half file.
    Raises UnknownCase, EvidenceDamaged, or InputError where ``out`` cannot be written.
    """
    store.case_by_number(home.db(), number)
    if out.is_dir():
        raise InputError("--out", f"takes the name of a file, not a folder ({out})")
    try:
        handle, temporary = tempfile.mkstemp(dir=out.parent, prefix=".krisenpult-")
    except OSError as error:
        raise InputError("--out", f"takes a writable path ({error.strerror}: {out})") from None
    try:
        with os.fdopen(handle, "wb") as target:
            written = casefile.write(home, actor, number, target, level=level)
        Path(temporary).replace(out)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return {
        "case": written.case_number,
        "out": str(out),
        "bytes": written.bytes,
        "level": written.level,
        "manifest_sha256": written.manifest_sha256,
    }


def verify_case_file(path: str | Path) -> dict[str, Any]:
    """Check a case file from outside, without a database; nothing of it is unpacked.

    Returns {"ok", "case", "level", "made_at", "made_by", "files", "manifest_sha256",
    "problems"}. Raises InputError where the file cannot be read, NoCaseFile where it is no case
    file or a hostile one.
    """
    try:
        with Path(path).open("rb") as file:
            checked = casefile_check.check(file)
    except OSError as error:
        raise InputError("FILE", f"takes a readable file ({error.strerror}: {path})") from None
    return {
        "ok": not checked.problems,
        "case": checked.case_number,
        "level": checked.level,
        "made_at": checked.made_at,
        "made_by": checked.made_by,
        "files": checked.files,
        "manifest_sha256": checked.manifest_sha256,
        "problems": [each.text for each in checked.problems],
    }
