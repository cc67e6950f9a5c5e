"""Re-computing every sum of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlite_utils import Database

from budget import ledger, policy
from budget.entry import Entry
from budget.ledger import Claim
from budget.money import line_cents, vat_cents
from budget.store.reading import entries_of_event, entries_where
from budget.store.recompute import told
from budget.store.rows import sha256
from cases import store as cases_store


def verify(db: Database) -> list[str]:
    """Re-compute every sum of the ledger; one English sentence for each thing that is wrong."""
    problems: list[str] = []
    for entry in entries_where(db, "1 = 1", []):
        problems += [f"service entry {entry.id}: {what}" for what in _wrong_with(db, entry)]
    for row in db.query("SELECT * FROM event_cap ORDER BY event_id"):
        problems += [f"insured event {row['event_id']}: {what}" for what in _wrong_cap(db, row)]
    for row in db.query("SELECT * FROM export_batch ORDER BY id"):
        if sha256(row["document"]) != row["document_sha256"]:
            problems.append(f"export batch {row['id']}: it was changed after its export")
    return problems


def _wrong_with(db: Database, entry: Entry) -> list[str]:
    wrong: list[str] = []
    if entry.rate_cents is not None:
        rounding = policy.rounding(entry.rounding_mode, entry.rounding_minutes)
        if entry.billed_seconds != rounding.billed_seconds(entry.recorded_seconds):
            wrong.append("the billed time is not the recorded time under its policy")
        expected = line_cents(entry.billed_seconds, entry.rate_cents) + entry.surcharge_cents
        if entry.net_cents != expected:
            wrong.append("the amount is not time by rate")
    if entry.vat_cents != vat_cents(entry.net_cents, entry.vat_basis_points):
        wrong.append("the tax is not that of its rate")
    if entry.ended_at is not None:
        elapsed = (entry.ended_at - entry.started_at) // timedelta(seconds=1)
        if entry.recorded_seconds != elapsed - entry.break_seconds:
            wrong.append("the recorded time is not that between its begin and its end")
    counts = entry.draws and entry.reversed_because is None
    if entry.cut.amount_cents != (entry.owed_cents if counts else 0):
        wrong.append("covered and overflow do not add up to its amount")
    booked = db.execute(
        "SELECT 1 FROM audit_entry WHERE action = 'entry.booked' AND subject = ?",
        [f"service_entry:{entry.id}"],
    ).fetchone()
    if not booked:
        wrong.append("the audit chain does not know it")
    if entry.exported is not None and told(db, entry) != entry.split:
        wrong.append("it was changed after its export")
    return wrong


def _wrong_cap(db: Database, row: Mapping[str, Any]) -> list[str]:
    wrong: list[str] = []
    drawing = entries_of_event(db, row["event_id"])
    covered = sum(each.covered_cents for each in drawing)
    if covered != row["covered_cents"]:
        wrong.append("the covered sum is not that of its entries")
    if sum(each.overflow_cents for each in drawing) != row["overflow_cents"]:
        wrong.append("the overflow is not that of its entries")
    if covered > row["cap_cents"]:
        wrong.append("more is covered than the cap")
    event = cases_store.event_by_id(db, row["event_id"])
    if (event.cap_cents, event.cap_basis) != (row["cap_cents"], row["basis"]):
        wrong.append("the ledger's cap is not that of the event")
    claims = [
        Claim(each.owed_cents, each.cut if each.batch_id is not None else None) for each in drawing
    ]
    locked = sum(claim.locked.covered_cents for claim in claims if claim.locked)
    if locked <= row["cap_cents"] and [each.cut for each in drawing] != ledger.distribute(
        row["cap_cents"], claims
    ):
        wrong.append("the cap was not consumed in the order of service time")
    return wrong
