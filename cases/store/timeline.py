"""The timeline (Zeitleiste) of a case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access.actor import Actor
from cases.errors import MissingField
from cases.store.rows import insert
from data import now, parse_utc, transaction, utc_text
from data.i18n import _


@dataclass(frozen=True)
class TimelineEntry:
    """What happened when, and when it was written down."""

    id: int
    happened_at: datetime
    recorded_at: datetime
    actor_name: str
    kind: str
    text: str
    corrects_id: int | None
    details: dict[str, Any] = field(default_factory=dict)


def add_timeline_entry(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    happened_at: datetime,
    kind: str,
    text: str,
    details: Mapping[str, Any] | None = None,
    corrects_id: int | None = None,
) -> int:
    """Append to the timeline (Zeitleiste); returns the id. A correction names what it corrects.

    Kinds: call, coverage, incident, mention, alert, evidence, statement, approval, release,
    hours, clock, status, note.
    """
    if not text.strip():
        raise MissingField(_("Text"))
    with transaction(db):
        return insert(
            db,
            "timeline_entry",
            {
                "case_id": case_id,
                "happened_at": utc_text(happened_at),
                "recorded_at": utc_text(now()),
                "actor_name": actor.name,
                "kind": kind,
                "text": text.strip(),
                "corrects_id": corrects_id,
                "details": json.dumps(dict(details or {}), ensure_ascii=False, sort_keys=True),
            },
        )


def timeline_of(db: Database, case_id: int, limit: int = 500) -> list[TimelineEntry]:
    """The timeline of a case by event time, newest first."""
    rows = db.query(
        "SELECT * FROM timeline_entry WHERE case_id = ? ORDER BY happened_at DESC, id DESC LIMIT ?",
        [case_id, limit],
    )
    return [
        TimelineEntry(
            id=row["id"],
            happened_at=parse_utc(row["happened_at"]),
            recorded_at=parse_utc(row["recorded_at"]),
            actor_name=row["actor_name"],
            kind=row["kind"],
            text=row["text"],
            corrects_id=row["corrects_id"],
            details=json.loads(row["details"]),
        )
        for row in rows
    ]
