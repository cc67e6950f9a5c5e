"""Cutting the lines of an insured event at its cap, and writing what that changes."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from budget import ledger
from budget.entry import Entry
from budget.ledger import Claim, Cut
from budget.money import basis_points
from budget.store.reading import entries_of_event
from budget.store.rows import insert
from cases import store as cases_store
from cases.store.open_points import settings_of
from data import utc_text

# The readings that apply while nothing is decided: IT help has a limit of its own (U-02), and
# there are no media relations without distribution (U-06).
IT_HELP_STANDARD = "outside_cap"
THIRD_PARTY_STANDARD = "inside_cap"


def level_booked(db: Database, event_id: int) -> int:
    """The highest level that the booked lines of an event reach: 0, 50, 80 or 100."""
    row = db.execute(
        "SELECT cap_cents, covered_cents + overflow_cents FROM event_cap WHERE event_id = ?",
        [event_id],
    ).fetchone()
    return ledger.level_of(row[0], row[1]) if row else 0


def cut_anew(db: Database, event_id: int, new_entry_id: int | None, now: datetime) -> None:
    """Cut every line of the event that is not locked, and write the differences.

    Rows that give back come before rows that take, so that the sum never passes the cap on
    the way: the CHECK on ``event_cap`` watches every single row.
    """
    cap_cents = open_cap(db, event_id)
    drawing = entries_of_event(db, event_id)
    claims = [
        Claim(each.owed_cents, each.cut if each.batch_id is not None else None) for each in drawing
    ]
    changes = [
        (
            done.covered_cents - entry.covered_cents,
            done.overflow_cents - entry.overflow_cents,
            entry,
        )
        for entry, done in zip(drawing, ledger.distribute(cap_cents, claims), strict=True)
    ]
    for covered, overflow, entry in sorted(changes, key=lambda change: change[0]):
        if covered or overflow or entry.id == new_entry_id:
            cause = "booked" if entry.id == new_entry_id else "recut"
            allocate(db, entry, Cut(covered, overflow), cause, now)


def open_cap(db: Database, event_id: int) -> int:
    """The cap of an event in cents; its ledger is opened with the first line that asks for it."""
    event = cases_store.event_by_id(db, event_id)
    settings = settings_of(db, event.policy_id)
    db.execute(
        "INSERT OR IGNORE INTO event_cap"
        " (event_id, cap_cents, basis, vat_basis_points, it_help, third_party)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            event_id,
            event.cap_cents,
            event.cap_basis,
            basis_points(event.vat_percent),
            settings.get("U-02", IT_HELP_STANDARD),
            settings.get("U-06", THIRD_PARTY_STANDARD),
        ],
    )
    return int(
        db.execute("SELECT cap_cents FROM event_cap WHERE event_id = ?", [event_id]).fetchone()[0]
    )


def allocate(
    db: Database,
    entry: Entry,
    change: Cut,
    cause: str,
    now: datetime,
    event_id: int | None = None,
) -> None:
    """Write what changes of the cut of a line, at its event or at the one it leaves."""
    insert(
        db,
        "allocation",
        {
            "entry_id": entry.id,
            "event_id": entry.event_id if event_id is None else event_id,
            "covered_cents": change.covered_cents,
            "overflow_cents": change.overflow_cents,
            "cause": cause,
            "rule": entry.rule or "",
            "recorded_at": utc_text(now),
        },
    )
