"""Coverage decisions as they were taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.store.rows import insert
from cases.store.timeline import add_timeline_entry
from data import parse_utc, utc_text


@dataclass(frozen=True)
class CoverageRecord:
    """A coverage decision as it was taken: the answers and the result, both as JSON values."""

    id: int
    decided_at: datetime
    decided_by: str
    answers: dict[str, Any]
    decision: dict[str, Any]


def record_coverage(
    db: Database,
    actor: Actor,
    case_id: int,
    answers: Mapping[str, Any],
    decision: Mapping[str, Any],
    decided_at: datetime,
) -> None:
    """Write a decision down, inside an open transaction: row, audit entry, timeline entry."""
    insert(
        db,
        "coverage_decision",
        {
            "case_id": case_id,
            "decided_at": utc_text(decided_at),
            "decided_by": actor.name,
            "answers": json.dumps(dict(answers), ensure_ascii=False, sort_keys=True),
            "decision": json.dumps(dict(decision), ensure_ascii=False, sort_keys=True),
        },
    )
    rules = ", ".join(rule["id"] for rule in decision.get("rules", []))
    audit.record(
        db,
        actor,
        "coverage.decided",
        f"crisis_case:{case_id}",
        case_id=case_id,
        details={"result": decision["result"], "limb": decision.get("limb"), "rules": rules},
    )
    add_timeline_entry(
        db,
        actor,
        case_id,
        happened_at=decided_at,
        kind="coverage",
        text=str(decision.get("explanation", decision["result"])),
        details={"result": decision["result"], "rules": rules},
    )


def coverage_of(db: Database, case_id: int) -> list[CoverageRecord]:
    """The coverage decisions of a case, newest first."""
    rows = db.query("SELECT * FROM coverage_decision WHERE case_id = ? ORDER BY id DESC", [case_id])
    return [
        CoverageRecord(
            id=row["id"],
            decided_at=parse_utc(row["decided_at"]),
            decided_by=row["decided_by"],
            answers=json.loads(row["answers"]),
            decision=json.loads(row["decision"]),
        )
        for row in rows
    ]
