"""Closing reports (Abschlussbericht) and how a case was closed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.errors import (
    AlreadyClosed,
    ClosingReportMissing,
    LessonsMissing,
    MeasureIncomplete,
    MissingField,
)
from cases.store.cases import Case, case_by_id, close_case
from cases.store.rows import insert
from cases.store.timeline import add_timeline_entry
from data import now, parse_utc, transaction, utc_text
from data.i18n import _


@dataclass(frozen=True)
class Measure:
    """What is to be done after a case, by whom, until when."""

    text: str
    owner: str
    due_on: date


@dataclass(frozen=True)
class Lessons:
    """What a person writes into a closing report."""

    went_well: str = ""
    went_badly: str = ""
    readiness: str = ""
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True)
class ClosingReport:
    """A closing report in one version; ``figures`` are the (name, value) computed that day."""

    id: int
    case_id: int
    version: int
    lessons: Lessons
    figures: tuple[tuple[str, str], ...]
    written_at: datetime
    written_by: str


@dataclass(frozen=True)
class OpenItem:
    """Something that was open when a case was closed, as it was acknowledged."""

    kind: str
    key: str
    text: str


@dataclass(frozen=True)
class Closing:
    """How a case was closed: with which report or why without, and what was still open."""

    case_id: int
    report_id: int | None
    without_report: str
    note: str
    open_items: tuple[OpenItem, ...]
    closed_at: datetime
    closed_by: str


def write_report(
    db: Database,
    actor: Actor,
    case_id: int,
    lessons: Lessons,
    figures: Sequence[tuple[str, str]],
    *,
    idempotency_key: str | None = None,
) -> ClosingReport:
    """Keep a closing report as the next version; the versions before stay.

    Raises LessonsMissing or MeasureIncomplete.
    """
    if not lessons.went_well.strip() and not lessons.went_badly.strip():
        raise LessonsMissing
    for measure in lessons.measures:
        if not measure.text.strip() or not measure.owner.strip():
            raise MeasureIncomplete(measure.text.strip())
    with transaction(db):
        known = db.execute(
            "SELECT version FROM closing_report WHERE idempotency_key = ?", [idempotency_key]
        ).fetchone()
        written = reports_of(db, case_id)
        if known:
            return next(each for each in written if each.version == known[0])
        version = len(written) + 1
        report_id = insert(
            db,
            "closing_report",
            {
                "case_id": case_id,
                "version": version,
                "went_well": lessons.went_well.strip(),
                "went_badly": lessons.went_badly.strip(),
                "readiness": lessons.readiness.strip(),
                "figures": json.dumps([list(each) for each in figures], ensure_ascii=False),
                "written_at": utc_text(now()),
                "written_by": actor.name,
                "idempotency_key": idempotency_key,
            },
        )
        for measure in lessons.measures:
            insert(
                db,
                "closing_measure",
                {
                    "report_id": report_id,
                    "text": measure.text.strip(),
                    "owner": measure.owner.strip(),
                    "due_on": measure.due_on.isoformat(),
                },
            )
        audit.record(
            db,
            actor,
            "closing_report.written",
            f"closing_report:{report_id}",
            case_id=case_id,
            details={"version": version, "measures": len(lessons.measures)},
        )
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=now(),
            kind="status",
            text=_("Abschlussbericht geschrieben, Fassung {version}").format(version=version),
        )
    return reports_of(db, case_id)[0]


def reports_of(db: Database, case_id: int) -> list[ClosingReport]:
    """The closing reports of a case, the newest version first."""
    rows = list(
        db.query("SELECT * FROM closing_report WHERE case_id = ? ORDER BY version DESC", [case_id])
    )
    return [_report(row, _measures_of(db, row["id"])) for row in rows]


def _report(row: Mapping[str, Any], measures: tuple[Measure, ...]) -> ClosingReport:
    return ClosingReport(
        id=row["id"],
        case_id=row["case_id"],
        version=row["version"],
        lessons=Lessons(row["went_well"], row["went_badly"], row["readiness"], measures),
        figures=tuple((name, value) for name, value in json.loads(row["figures"])),
        written_at=parse_utc(row["written_at"]),
        written_by=row["written_by"],
    )


def _measures_of(db: Database, report_id: int) -> tuple[Measure, ...]:
    rows = db.query(
        "SELECT text, owner, due_on FROM closing_measure WHERE report_id = ? ORDER BY id",
        [report_id],
    )
    return tuple(
        Measure(row["text"], row["owner"], date.fromisoformat(row["due_on"])) for row in rows
    )


def close_with_record(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    note: str,
    without_report: str = "",
    open_items: Sequence[OpenItem] = (),
) -> Case:
    """Close a case with its newest closing report, or with the reason why there is none.

    ``open_items`` is what the actor acknowledged as open. Raises MissingField, AlreadyClosed or
    ClosingReportMissing.
    """
    if not note.strip():
        raise MissingField(_("Abschlussnotiz"))
    with transaction(db):
        case = case_by_id(db, case_id)
        if case.state == "closed":
            raise AlreadyClosed(case.number)
        newest = next(iter(reports_of(db, case_id)), None)
        if newest is None and not without_report.strip():
            raise ClosingReportMissing
        insert(
            db,
            "case_closing",
            {
                "case_id": case_id,
                "report_id": newest.id if newest else None,
                "without_report": "" if newest else without_report.strip(),
                "note": note.strip(),
                "open_items": json.dumps([asdict(each) for each in open_items], ensure_ascii=False),
                "closed_at": utc_text(now()),
                "closed_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "case.closing_acknowledged",
            f"crisis_case:{case_id}",
            case_id=case_id,
            details={
                "report": newest.version if newest else None,
                "without_report": "" if newest else without_report.strip(),
                "open_items": [each.text for each in open_items],
            },
        )
        return close_case(db, actor, case_id, note)


def closing_of(db: Database, case_id: int) -> Closing | None:
    """How a case was closed, or None where it was not closed this way."""
    rows = db.query("SELECT * FROM case_closing WHERE case_id = ? ORDER BY id DESC", [case_id])
    for row in rows:
        return Closing(
            case_id=row["case_id"],
            report_id=row["report_id"],
            without_report=row["without_report"],
            note=row["note"],
            open_items=tuple(OpenItem(**each) for each in json.loads(row["open_items"])),
            closed_at=parse_utc(row["closed_at"]),
            closed_by=row["closed_by"],
        )
    return None
