"""Evidence (Beleg) and its custody (Beweiskette).

The SHA-256 is taken at arrival, before anything else happens to the file. The original lies
outside the database under its hash and is never written again; every look at it and every
export leaves an entry.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import store
from cases.errors import EvidenceDamaged, EvidenceEmpty, EvidenceTooLarge
from data import Home, now, parse_utc, transaction, utc_text
from data.i18n import _

LARGEST_BYTES = 20 * 1024 * 1024
_NAME_LENGTH = 120


@dataclass(frozen=True)
class Evidence:
    """One stored original."""

    id: int
    case_id: int
    kind: str
    file_name: str
    sha256: str
    bytes: int
    media_type: str
    source_url: str
    captured_at: datetime
    recorded_at: datetime
    recorded_by: str
    note: str


@dataclass(frozen=True)
class CustodyEntry:
    """Who did what with an original."""

    at: datetime
    actor_name: str
    action: str


def _evidence(row: dict[str, Any]) -> Evidence:
    return Evidence(
        id=row["id"],
        case_id=row["case_id"],
        kind=row["kind"],
        file_name=row["file_name"],
        sha256=row["sha256"],
        bytes=row["bytes"],
        media_type=row["media_type"],
        source_url=row["source_url"],
        captured_at=parse_utc(row["captured_at"]),
        recorded_at=parse_utc(row["recorded_at"]),
        recorded_by=row["recorded_by"],
        note=row["note"],
    )


def _path(home: Home, sha256: str) -> Path:
    return home.evidence / sha256[:2] / sha256


def _plain_name(file_name: str) -> str:
    """The last part of the name, printable and short: a name comes from outside."""
    last = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(sign for sign in last if sign.isprintable()).strip(". ")
    return printable[-_NAME_LENGTH:].lstrip(". ") or "datei"


def _keep_original(home: Home, sha256: str, data: bytes) -> None:
    target = _path(home, sha256)
    # A damaged original is replaced: what is taken in now must be whole.
    if _digest_of(target) == sha256:
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written beside its place and moved there whole: a crash leaves no half original.
    handle, temporary = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).chmod(0o400)
    Path(temporary).replace(target)


def add(
    db: Database,
    home: Home,
    actor: Actor,
    case_id: int,
    *,
    data: bytes,
    file_name: str,
    kind: str = "screenshot",
    source_url: str = "",
    captured_at: datetime | None = None,
    note: str = "",
) -> Evidence:
    """Take in an original: hash, file, row, custody entry, timeline entry.

    Raises EvidenceEmpty or EvidenceTooLarge (20 MB).
    """
    if not data:
        raise EvidenceEmpty
    if len(data) > LARGEST_BYTES:
        raise EvidenceTooLarge(LARGEST_BYTES // (1024 * 1024))
    sha256 = hashlib.sha256(data).hexdigest()
    name = _plain_name(file_name)
    _keep_original(home, sha256, data)
    recorded = now()
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO evidence (case_id, kind, file_name, sha256, bytes, media_type,"
            " source_url, captured_at, recorded_at, recorded_by, note)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                case_id,
                kind,
                name,
                sha256,
                len(data),
                mimetypes.guess_type(name)[0] or "application/octet-stream",
                source_url,
                utc_text(captured_at or recorded),
                utc_text(recorded),
                actor.name,
                note,
            ],
        )
        evidence_id = int(cursor.lastrowid or 0)
        _add_custody(db, actor, evidence_id, "received")
        audit.record(
            db,
            actor,
            "evidence.added",
            f"evidence:{evidence_id}",
            case_id=case_id,
            details={"sha256": sha256, "bytes": len(data)},
        )
        store.add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=captured_at or recorded,
            kind="evidence",
            text=_("Beleg gesichert: {name} (SHA-256 {start}…)").format(
                name=name, start=sha256[:12]
            ),
        )
    return evidence_by_id(db, evidence_id)


def _add_custody(db: Database, actor: Actor, evidence_id: int, action: str) -> None:
    db.execute(
        "INSERT INTO custody_entry (evidence_id, at, actor_name, action) VALUES (?, ?, ?, ?)",
        [evidence_id, utc_text(now()), actor.name, action],
    )


def evidence_by_id(db: Database, evidence_id: int) -> Evidence:
    """The evidence with this id, which must exist."""
    return _evidence(next(db.query("SELECT * FROM evidence WHERE id = ?", [evidence_id])))


def evidence_of(db: Database, case_id: int) -> list[Evidence]:
    """All evidence of a case, newest first."""
    rows = db.query("SELECT * FROM evidence WHERE case_id = ? ORDER BY id DESC", [case_id])
    return [_evidence(row) for row in rows]


def custody_of(db: Database, evidence_id: int) -> list[CustodyEntry]:
    """The custody entries of one original, oldest first."""
    rows = db.query("SELECT * FROM custody_entry WHERE evidence_id = ? ORDER BY id", [evidence_id])
    return [CustodyEntry(parse_utc(row["at"]), row["actor_name"], row["action"]) for row in rows]


def look(db: Database, home: Home, actor: Actor, evidence_id: int, action: str = "viewed") -> bytes:
    """The original's bytes, with a custody entry. Raises EvidenceDamaged."""
    evidence = evidence_by_id(db, evidence_id)
    problem = _problem(home, evidence)
    if problem:
        raise EvidenceDamaged(evidence_id)
    with transaction(db):
        _add_custody(db, actor, evidence_id, action)
    return _path(home, evidence.sha256).read_bytes()


def _digest_of(path: Path) -> str | None:
    if not path.exists():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _problem(home: Home, evidence: Evidence) -> str | None:
    digest = _digest_of(_path(home, evidence.sha256))
    if digest is None:
        return f"evidence {evidence.id} is missing: {evidence.file_name}"
    if digest != evidence.sha256:
        return f"evidence {evidence.id} was changed: {evidence.file_name}"
    return None


def verify(db: Database, home: Home) -> tuple[int, list[str]]:
    """Re-hash every original; returns their number and what is wrong with them."""
    rows = [_evidence(row) for row in db.query("SELECT * FROM evidence ORDER BY id")]
    problems = [problem for each in rows if (problem := _problem(home, each))]
    return len(rows), problems
