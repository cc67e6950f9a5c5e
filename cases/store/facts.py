"""The facts of a case and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.errors import MissingField
from cases.store.rows import insert
from data import now, parse_utc, transaction, utc_text
from data.i18n import _

FACT_STATUSES = ("confirmed", "unconfirmed", "disputed", "retracted", "not_yet_known")


@dataclass(frozen=True)
class Fact:
    """A fact of the case in its newest version."""

    id: int
    case_id: int
    code: str
    version: int
    text: str
    status: str
    source: str
    evidence_id: int | None
    recorded_at: datetime
    recorded_by: str


def add_fact(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    text: str,
    status: str = "unconfirmed",
    source: str = "",
    evidence_id: int | None = None,
) -> Fact:
    """Put a fact into the ledger of the case as version 1. Raises MissingField without text."""
    with transaction(db):
        count = db.execute("SELECT count(*) FROM fact WHERE case_id = ?", [case_id]).fetchone()[0]
        fact_id = insert(db, "fact", {"case_id": case_id, "code": f"F{count + 1}"})
        _add_fact_version(db, actor, case_id, fact_id, 1, text, status, source, evidence_id)
    return fact_by_id(db, fact_id)


def change_fact(
    db: Database,
    actor: Actor,
    fact_id: int,
    *,
    text: str | None = None,
    status: str | None = None,
    source: str | None = None,
) -> Fact:
    """A new version of a fact; the versions before stay. Confirming needs a source."""
    with transaction(db):
        before = fact_by_id(db, fact_id)
        new_source = before.source if source is None else source
        new_status = before.status if status is None else status
        _add_fact_version(
            db,
            actor,
            before.case_id,
            fact_id,
            before.version + 1,
            before.text if text is None else text,
            new_status,
            new_source,
            before.evidence_id,
        )
    return fact_by_id(db, fact_id)


def _add_fact_version(
    db: Database,
    actor: Actor,
    case_id: int,
    fact_id: int,
    version: int,
    text: str,
    status: str,
    source: str,
    evidence_id: int | None,
) -> None:
    if not text.strip():
        raise MissingField(_("Tatsache"))
    if status == "confirmed" and not source.strip():
        raise MissingField(_("Quelle der bestätigten Tatsache"))
    insert(
        db,
        "fact_version",
        {
            "fact_id": fact_id,
            "version": version,
            "text": text.strip(),
            "status": status,
            "source": source.strip(),
            "evidence_id": evidence_id,
            "recorded_at": utc_text(now()),
            "recorded_by": actor.name,
        },
    )
    audit.record(
        db,
        actor,
        "fact.recorded",
        f"fact:{fact_id}",
        case_id=case_id,
        details={"version": version, "status": status},
    )


_FACT_QUERY = (
    "SELECT fact.id, fact.case_id, fact.code, version, text, status, source, evidence_id,"
    " recorded_at, recorded_by FROM fact JOIN fact_version ON fact_version.fact_id = fact.id"
    " WHERE version = (SELECT max(version) FROM fact_version AS newest"
    " WHERE newest.fact_id = fact.id)"
)


def _fact(row: Mapping[str, Any]) -> Fact:
    return Fact(**{**row, "recorded_at": parse_utc(row["recorded_at"])})


def fact_by_id(db: Database, fact_id: int) -> Fact:
    """The newest version of a fact, which must exist."""
    return _fact(next(db.query(f"{_FACT_QUERY} AND fact.id = ?", [fact_id])))


def facts_of(db: Database, case_id: int) -> list[Fact]:
    """The facts of a case in their newest versions, in the order they were recorded."""
    rows = db.query(f"{_FACT_QUERY} AND fact.case_id = ? ORDER BY fact.id", [case_id])
    return [_fact(row) for row in rows]
