"""Coverage decisions as they were taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.store.rows import insert
from cases.store.timeline import add_timeline_entry
from data import parse_utc, utc_text
from data.i18n import _


@dataclass(frozen=True)
class CoverageRecord:
    """A coverage decision as it was taken: the answers and the result, both as JSON values.

    ``cause`` says why it was taken anew; the first one has none. ``given`` is when each answer
    was given and why (:mod:`cases.questions`), ``assessment`` the existence assessment it
    rests on (:mod:`cases.existence`), empty where there was none.
    """

    id: int
    decided_at: datetime
    decided_by: str
    answers: dict[str, Any]
    decision: dict[str, Any]
    cause: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    assessment: dict[str, Any] = field(default_factory=dict)


def record_coverage(
    db: Database,
    actor: Actor,
    case_id: int,
    answers: Mapping[str, Any],
    decision: Mapping[str, Any],
    decided_at: datetime,
    *,
    cause: str = "",
    given: Mapping[str, Any] | None = None,
    assessment: Mapping[str, Any] | None = None,
) -> None:
    """Write a decision down, inside an open transaction: row, audit entry, timeline entry."""
    insert(
        db,
        "coverage_decision",
        {
            "case_id": case_id,
            "decided_at": utc_text(decided_at),
            "decided_by": actor.name,
            "answers": _text(answers),
            "decision": _text(decision),
            "cause": cause,
            # In the order in which they were given.
            "given": json.dumps(dict(given or {}), ensure_ascii=False),
            "assessment": _text(assessment or {}),
        },
    )
    rules = ", ".join(rule["id"] for rule in decision.get("rules", []))
    audit.record(
        db,
        actor,
        "coverage.decided",
        f"crisis_case:{case_id}",
        case_id=case_id,
        details={
            "result": decision["result"],
            "limb": decision.get("limb"),
            "rules": rules,
            "cause": cause,
        },
    )
    said = str(decision.get("explanation", decision["result"]))
    add_timeline_entry(
        db,
        actor,
        case_id,
        happened_at=decided_at,
        kind="coverage",
        text=_("{cause}: {sentence}").format(cause=cause, sentence=said) if cause else said,
        details={"result": decision["result"], "rules": rules},
    )


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, sort_keys=True)


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
            cause=row["cause"],
            given=json.loads(row["given"]),
            assessment=json.loads(row["assessment"]),
        )
        for row in rows
    ]


def result_at(db: Database, case_id: int, at: datetime) -> str | None:
    """What the desk held about coverage at a moment: yes, no, clarify; None before the first.

    Work done while it was "clarify" is booked under reservation (unter Vorbehalt).
    """
    row = db.execute(
        "SELECT json_extract(decision, '$.result') FROM coverage_decision"
        " WHERE case_id = ? AND decided_at <= ? ORDER BY decided_at DESC, id DESC LIMIT 1",
        [case_id, utc_text(at)],
    ).fetchone()
    return str(row[0]) if row else None
