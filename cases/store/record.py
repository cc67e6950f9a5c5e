"""What only the case file reads: histories that no page shows as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from cases.store.handover import Handover, Note, handover_by_id
from data import parse_utc


@dataclass(frozen=True)
class FactVersion:
    """A fact of a case in one of its versions."""

    fact_id: int
    code: str
    version: int
    text: str
    status: str
    source: str
    evidence_id: int | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class HandedOver:
    """A handover of a case with its notes on this case, oldest first."""

    handover: Handover
    notes: tuple[Note, ...]


def fact_versions_of(db: Database, case_id: int) -> list[FactVersion]:
    """Every version of every fact of a case, by fact and version."""
    rows = db.query(
        "SELECT fact_id, code, version, text, status, source, evidence_id, recorded_at,"
        " recorded_by FROM fact_version JOIN fact ON fact.id = fact_version.fact_id"
        " WHERE fact.case_id = ? ORDER BY fact_id, version",
        [case_id],
    )
    return [FactVersion(**{**row, "recorded_at": parse_utc(row["recorded_at"])}) for row in rows]


def handovers_of(db: Database, case_id: int) -> list[HandedOver]:
    """The handovers that this case was part of, oldest first."""
    rows = db.query(
        "SELECT handover_id FROM handover_case WHERE case_id = :case"
        " UNION SELECT handover_id FROM handover_note WHERE case_id = :case"
        " ORDER BY handover_id",
        {"case": case_id},
    )
    return [
        HandedOver(handover_by_id(db, row["handover_id"]), _notes(db, row["handover_id"], case_id))
        for row in rows
    ]


def _notes(db: Database, handover_id: int, case_id: int) -> tuple[Note, ...]:
    rows = db.query(
        "SELECT id, case_id, situation, next_steps, owner_mood, written_at, written_by"
        " FROM handover_note WHERE handover_id = ? AND case_id = ? ORDER BY id",
        [handover_id, case_id],
    )
    return tuple(Note(**{**row, "written_at": parse_utc(row["written_at"])}) for row in rows)
