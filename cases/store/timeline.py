"""The timeline (Zeitleiste) of a case.

When something happened and when it was written down are two columns. Nothing is ever changed:
a correction is a new entry that names the one it corrects (EX-04).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access.actor import Actor
from cases.errors import AlreadyCorrected, MissingField, UnknownEntry
from cases.store.rows import insert
from data import now, parse_utc, transaction, utc_text
from data.i18n import _

KINDS = (
    "call", "coverage", "incident", "mention", "alert", "press", "evidence", "statement",
    "approval", "release", "hours", "clock", "handover", "status", "note",
)  # fmt: skip


@dataclass(frozen=True)
class TimelineEntry:
    """What happened when, and when it was written down.

    ``corrects_id`` is the entry this one corrects, ``corrected_by_id`` the one that corrects it.
    """

    id: int
    happened_at: datetime
    recorded_at: datetime
    actor_name: str
    kind: str
    text: str
    corrects_id: int | None
    details: dict[str, Any] = field(default_factory=dict)
    corrected_by_id: int | None = None


@dataclass(frozen=True)
class TimelineFilter:
    """Which entries a page of the timeline holds. ``since`` and ``until`` are UTC event times;
    ``until`` is the first moment that is left out. ``text`` is found in any case of its letters."""

    kinds: tuple[str, ...] = ()
    actor: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = TimelineFilter()


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
    idempotency_key: str | None = None,
) -> int:
    """Append to the timeline (Zeitleiste); returns the id. A correction names what it corrects.

    Kinds: see ``KINDS``. The same ``idempotency_key`` makes one entry however often the form is
    sent. Raises MissingField, UnknownEntry, AlreadyCorrected.
    """
    if not text.strip():
        raise MissingField(_("Text"))
    with transaction(db):
        if idempotency_key is not None:
            known = db.execute(
                "SELECT id FROM timeline_entry WHERE idempotency_key = ?", [idempotency_key]
            ).fetchone()
            if known:
                return int(known[0])
        if corrects_id is not None:
            _check_correction(db, case_id, corrects_id)
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
                "idempotency_key": idempotency_key,
            },
        )


def _check_correction(db: Database, case_id: int, corrects_id: int) -> None:
    row = db.execute(
        "SELECT case_id, (SELECT max(newer.id) FROM timeline_entry AS newer"
        " WHERE newer.corrects_id = timeline_entry.id) FROM timeline_entry WHERE id = ?",
        [corrects_id],
    ).fetchone()
    if row is None or row[0] != case_id:
        raise UnknownEntry(corrects_id)
    if row[1] is not None:
        raise AlreadyCorrected(row[1])


_SELECT = (
    "SELECT entry.id, entry.happened_at, entry.recorded_at, entry.actor_name, entry.kind,"
    " entry.text, entry.corrects_id, entry.details, (SELECT max(newer.id)"
    " FROM timeline_entry AS newer WHERE newer.corrects_id = entry.id) AS corrected_by_id"
    " FROM timeline_entry AS entry"
)
_NEWEST_FIRST = "ORDER BY entry.happened_at DESC, entry.id DESC"


def _entry(row: Mapping[str, Any]) -> TimelineEntry:
    return TimelineEntry(
        **{
            **row,
            "happened_at": parse_utc(row["happened_at"]),
            "recorded_at": parse_utc(row["recorded_at"]),
            "details": json.loads(row["details"]),
        }
    )


def timeline_of(db: Database, case_id: int, limit: int = 500) -> list[TimelineEntry]:
    """The timeline of a case by event time, newest first."""
    return timeline_page(db, case_id, limit=limit)


def timeline_page(
    db: Database,
    case_id: int,
    *,
    filter: TimelineFilter = EVERYTHING,  # noqa: A002 (the word of the interface)
    offset: int = 0,
    limit: int = 50,
) -> list[TimelineEntry]:
    """One page of the timeline by event time, newest first."""
    where, values = _conditions(db, case_id, filter)
    rows = db.query(
        f"{_SELECT} WHERE {where} {_NEWEST_FIRST} LIMIT :limit OFFSET :offset",
        {**values, "limit": limit, "offset": offset},
    )
    return [_entry(row) for row in rows]


def count_timeline(
    db: Database,
    case_id: int,
    filter: TimelineFilter = EVERYTHING,  # noqa: A002 (the word of the interface)
) -> int:
    """How many entries the filter leaves."""
    where, values = _conditions(db, case_id, filter)
    counted = db.execute(f"SELECT count(*) FROM timeline_entry AS entry WHERE {where}", values)
    return int(counted.fetchone()[0])


def timeline_position(db: Database, case_id: int, entry_id: int) -> int:
    """How many entries stand before this one in the whole timeline. Raises UnknownEntry."""
    row = db.execute(
        "SELECT happened_at FROM timeline_entry WHERE id = ? AND case_id = ?", [entry_id, case_id]
    ).fetchone()
    if row is None:
        raise UnknownEntry(entry_id)
    counted = db.execute(
        "SELECT count(*) FROM timeline_entry WHERE case_id = :case AND (happened_at > :at"
        " OR (happened_at = :at AND id > :id))",
        {"case": case_id, "at": row[0], "id": entry_id},
    ).fetchone()
    return int(counted[0])


def timeline_entry(db: Database, case_id: int, entry_id: int) -> TimelineEntry:
    """One entry of the case. Raises UnknownEntry."""
    row = next(
        db.query(f"{_SELECT} WHERE entry.case_id = ? AND entry.id = ?", [case_id, entry_id]), None
    )
    if row is None:
        raise UnknownEntry(entry_id)
    return _entry(row)


def timeline_people(db: Database, case_id: int) -> list[str]:
    """Who has written in the timeline of a case, by name."""
    rows = db.execute(
        "SELECT DISTINCT actor_name FROM timeline_entry WHERE case_id = ? ORDER BY actor_name",
        [case_id],
    )
    return [row[0] for row in rows]


def timeline_kinds(db: Database, case_id: int) -> dict[str, int]:
    """How many entries of which kind a case has."""
    rows = db.execute(
        "SELECT kind, count(*) FROM timeline_entry WHERE case_id = ? GROUP BY kind", [case_id]
    )
    return {row[0]: row[1] for row in rows}


def _conditions(db: Database, case_id: int, wanted: TimelineFilter) -> tuple[str, dict[str, Any]]:
    conditions = ["entry.case_id = :case"]
    values: dict[str, Any] = {"case": case_id}
    if wanted.kinds:
        names = [f"kind{number}" for number in range(len(wanted.kinds))]
        conditions.append(f"entry.kind IN ({', '.join(':' + name for name in names)})")
        values.update(zip(names, wanted.kinds, strict=True))
    if wanted.actor:
        conditions.append("entry.actor_name = :actor")
        values["actor"] = wanted.actor
    if wanted.since is not None:
        conditions.append("entry.happened_at >= :since")
        values["since"] = utc_text(wanted.since)
    if wanted.until is not None:
        conditions.append("entry.happened_at < :until")
        values["until"] = utc_text(wanted.until)
    if wanted.text.strip():
        # SQLite's own lower() and LIKE know no umlauts.
        db.conn.create_function("folded", 1, str.casefold, deterministic=True)
        conditions.append("instr(folded(entry.text), :text) > 0")
        values["text"] = wanted.text.strip().casefold()
    return " AND ".join(conditions), values
