"""Settling and exporting the hours of a case, and what the cost review answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from budget import export, report, settlement
from budget.entry import Entry
from budget.errors import (
    CutTooLarge,
    NegativeAmount,
    NothingToExport,
    NothingToReview,
    ReasonMissing,
)
from budget.ledger import Cut
from budget.report import Report
from budget.store.cap import allocate, cut_anew
from budget.store.reading import (
    consents_of,
    corrections_of,
    entries_of,
    entries_of_event,
    entry_by_id,
)
from budget.store.recompute import recompute_event
from budget.store.rows import insert, sha256
from cases import store as cases_store
from data import now as present
from data import transaction, utc_text
from data.i18n import _

Outcome = Literal["accepted", "cut", "rejected"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def export_hours(
    db: Database, actor: Actor, case_id: int, file_format: str, now: datetime
) -> bytes:
    """The cost review's file of a case: csv, xlsx, pdf or ledes. Locks the lines it holds.

    A state of the hours is exported once; asking for it again, in whatever format, gives the
    same batch, and the same bytes. Raises NothingToExport or UnknownFormat.
    """
    export.require_format(file_format)
    return export.render(settle_hours(db, actor, case_id, now), file_format)


def settle_hours(db: Database, actor: Actor, case_id: int, now: datetime) -> Report:
    """Lock the lines of a case that are not locked yet, and give the report they stand in.

    What leaves the house is computed under the decisions that hold at that moment.
    """
    with transaction(db):
        case = cases_store.case_by_id(db, case_id)
        recompute_event(
            db,
            actor,
            case.insured_event_id,
            cause=_("Vor der Abrechnung nach den geltenden Entscheidungen."),
            now=now,
        )
        shown = [each for each in entries_of(db, case_id) if settlement.is_exported(each)]
        if not shown:
            raise NothingToExport(case.number)
        last = db.execute(
            "SELECT id, number, rows_sha256, document FROM export_batch"
            " WHERE case_id = ? ORDER BY number DESC LIMIT 1",
            [case_id],
        ).fetchone()
        number = last["number"] + 1 if last else 1
        event = cases_store.event_by_id(db, case.insured_event_id)
        draft = settlement.report_of(
            case=case,
            firm=cases_store.firm_by_id(db, case.firm_id),
            policy_number=cases_store.policy_by_id(db, event.policy_id).number,
            event=event,
            entries=entries_of(db, case_id),
            drawing=entries_of_event(db, event.id),
            consents=consents_of(db, event.id),
            corrections=corrections_of(db, case_id),
            number=number,
            exported_at=now,
            exported_by=actor.name,
        )
        if last and last["rows_sha256"] == draft.rows_sha256:
            before = report.from_text(last["document"])
            if before.claims_against == draft.claims_against:
                return before
        document = report.to_text(draft)
        batch_id = insert(
            db,
            "export_batch",
            {
                "case_id": case_id,
                "number": number,
                "exported_at": utc_text(now),
                "exported_by": actor.name,
                "line_count": len(draft.lines),
                "rows_sha256": draft.rows_sha256,
                "document": document,
                "document_sha256": sha256(document),
            },
        )
        for entry in shown:
            if entry.batch_id is None:
                _lock(db, entry, batch_id)
        for correction in corrections_of(db, case_id):
            if correction.batch_id is None:
                insert(
                    db,
                    "correction_export",
                    {"correction_id": correction.id, "batch_id": batch_id},
                )
        audit.record(
            db,
            actor,
            "hours.exported",
            f"export_batch:{batch_id}",
            case_id=case_id,
            details={"lines": len(draft.lines), "document_sha256": sha256(document)},
        )
        cases_store.add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=now,
            kind="hours",
            text=_("Leistungen abgerechnet: {label}").format(label=f"{case.number}-{number}"),
            details={"batch_id": batch_id},
        )
    return draft


def _lock(db: Database, entry: Entry, batch_id: int) -> None:
    """A line that leaves the house, with the terms under which it was cut."""
    insert(
        db,
        "export_line",
        {
            "entry_id": entry.id,
            "batch_id": batch_id,
            "covered_cents": entry.covered_cents,
            "overflow_cents": entry.overflow_cents,
            "basis": entry.basis,
            "it_help": entry.it_help,
            "third_party": entry.third_party,
            "outcome": entry.outcome or "",
            "event_id": entry.event_id,
        },
    )


def review_entry(
    db: Database,
    actor: Actor,
    entry_id: int,
    *,
    outcome: Outcome,
    reason: str = "",
    cut_cents: int = 0,
) -> None:
    """Record what the cost review answered to an exported line.

    A cut frees the cap, for lines that were not exported yet; the cut money is paid by
    nobody. ``rejected`` cuts all that is covered. Raises NothingToReview, ReasonMissing,
    NegativeAmount or CutTooLarge.
    """
    if outcome != "accepted" and not reason.strip():
        raise ReasonMissing
    if cut_cents < 0:
        raise NegativeAmount
    with transaction(db):
        entry = entry_by_id(db, entry_id)
        reviewed = db.execute("SELECT 1 FROM review WHERE entry_id = ?", [entry_id]).fetchone()
        if entry.batch_id is None or reviewed:
            raise NothingToReview
        taken = {"accepted": 0, "cut": cut_cents, "rejected": entry.covered_cents}[outcome]
        if taken > entry.covered_cents:
            raise CutTooLarge
        now = present()
        insert(
            db,
            "review",
            {
                "entry_id": entry_id,
                "outcome": outcome,
                "cut_cents": taken,
                "basis": entry.basis,
                "reason": reason.strip(),
                "recorded_at": utc_text(now),
                "recorded_by": actor.name,
            },
        )
        if taken:
            allocate(db, entry, Cut(-taken, 0), "reviewed", now)
            cut_anew(db, entry.event_id, None, now)
        audit.record(
            db,
            actor,
            f"entry.{outcome}",
            f"service_entry:{entry_id}",
            case_id=entry.case_id,
            details={"cut_cents": taken, "reason": reason.strip()},
        )
