"""Reading: entries, timers, reservations, consents, exports, and the state of a cap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlite_utils import Database

from access.actor import Actor
from budget import forecast, ledger, policy, report, settlement
from budget.consent import Consent, standing
from budget.entry import (
    Batch,
    CaseSums,
    Correction,
    Entry,
    EventBudget,
    Exported,
    Reservation,
    Timer,
)
from budget.forecast import Running
from budget.ledger import Basis, Cut, Split, Worth, basis_named, terms_from
from budget.money import basis_points, line_cents, net_of_gross, vat_cents
from budget.policy import Rate
from budget.report import Report
from budget.store.rows import from_row, person_key
from cases import store as cases_store
from data import parse_utc, utc_text

_ENTRY_QUERY = """
SELECT service_entry.*,
    crisis_case.insured_event_id AS current_event_id,
    coalesce((SELECT sum(covered_cents) FROM allocation
        WHERE allocation.entry_id = service_entry.id), 0) AS covered_cents,
    coalesce((SELECT sum(overflow_cents) FROM allocation
        WHERE allocation.entry_id = service_entry.id), 0) AS overflow_cents,
    coalesce(review.cut_cents, 0) AS reviewed_cents,
    review.basis AS reviewed_basis,
    entry_reversal.reason AS reversed_because,
    crisis_case.number || '-' || export_batch.number AS batch,
    export_batch.id AS batch_id,
    coalesce(event_cap.basis, insured_event.cap_basis) AS basis,
    coalesce(event_cap.it_help, 'outside_cap') AS it_help,
    coalesce(event_cap.third_party, 'inside_cap') AS third_party,
    (SELECT nullif(outcome, 'open') FROM provisional_outcome
        WHERE provisional_outcome.entry_id = service_entry.id ORDER BY id DESC LIMIT 1) AS outcome,
    export_line.covered_cents AS exported_covered,
    export_line.overflow_cents AS exported_overflow,
    export_line.basis AS exported_basis,
    export_line.it_help AS exported_it_help,
    export_line.third_party AS exported_third_party,
    export_line.outcome AS exported_outcome,
    exported_event.number AS exported_event
FROM service_entry
JOIN crisis_case ON crisis_case.id = service_entry.case_id
JOIN insured_event ON insured_event.id = crisis_case.insured_event_id
LEFT JOIN event_cap ON event_cap.event_id = crisis_case.insured_event_id
LEFT JOIN review ON review.entry_id = service_entry.id
LEFT JOIN entry_reversal ON entry_reversal.entry_id = service_entry.id
LEFT JOIN export_line ON export_line.entry_id = service_entry.id
LEFT JOIN export_batch ON export_batch.id = export_line.batch_id
LEFT JOIN insured_event AS exported_event ON exported_event.id = export_line.event_id
"""
_STORED_FIELDS = tuple(
    each.name
    for each in fields(Entry)
    if each.name not in ("event_id", "amount_cents", "cut_cents", "provisional", "exported")
)


def entries_where(db: Database, where: str, parameters: Sequence[Any]) -> list[Entry]:
    """The entries that meet a condition, by service time."""
    rows = db.query(
        f"{_ENTRY_QUERY} WHERE {where} ORDER BY service_entry.started_at, service_entry.id",
        list(parameters),
    )
    return [_entry(row) for row in rows]


def _entry(row: Mapping[str, Any]) -> Entry:
    basis = basis_named(row["basis"])
    return Entry(
        **from_row(row, _STORED_FIELDS),
        event_id=row["current_event_id"],
        amount_cents=Worth(row["net_cents"], row["vat_cents"]).in_basis(basis),
        cut_cents=_in_basis(row, basis),
        provisional=bool(row["provisional"]),
        exported=_exported(row) if row["batch_id"] is not None else None,
    )


def _in_basis(row: Mapping[str, Any], basis: Basis) -> int:
    """What the cost review cut, in a basis that may have changed since."""
    cents: int = row["reviewed_cents"]
    if not cents or row["reviewed_basis"] == basis:
        return cents
    points: int = row["vat_basis_points"]
    return cents + vat_cents(cents, points) if basis == "gross" else net_of_gross(cents, points)


def _exported(row: Mapping[str, Any]) -> Exported:
    return Exported(
        event_number=row["exported_event"],
        cut=Cut(row["exported_covered"], row["exported_overflow"]),
        basis=basis_named(row["exported_basis"]),
        terms=terms_from(
            row["exported_it_help"], row["exported_third_party"], row["exported_outcome"]
        ),
    )


def entry_by_id(db: Database, entry_id: int) -> Entry:
    """The entry with this id, which must exist."""
    return entries_where(db, "service_entry.id = ?", [entry_id])[0]


def entries_of(db: Database, case_id: int) -> list[Entry]:
    """All entries of a case by service time, those taken back too."""
    return entries_where(db, "service_entry.case_id = ?", [case_id])


def all_of_event(db: Database, event_id: int) -> list[Entry]:
    """All entries of the cases of an event that hold, by service time."""
    return entries_where(
        db, "crisis_case.insured_event_id = ? AND entry_reversal.entry_id IS NULL", [event_id]
    )


def entries_of_event(db: Database, event_id: int) -> list[Entry]:
    """The entries of an event that draw on its cap and hold, in the order of consumption."""
    return [each for each in all_of_event(db, event_id) if each.draws]


_CORRECTION_QUERY = """
SELECT correction.*, insured_event.number AS event_number, correction_export.batch_id
FROM correction
JOIN insured_event ON insured_event.id = correction.event_id
JOIN service_entry ON service_entry.id = correction.entry_id
LEFT JOIN correction_export ON correction_export.correction_id = correction.id
"""


def corrections_of(db: Database, case_id: int) -> list[Correction]:
    """What changed of the exported lines of a case after their export, oldest first."""
    return _corrections(db, "service_entry.case_id = ?", case_id)


def corrections_of_entry(db: Database, entry_id: int) -> list[Correction]:
    """What changed of an exported line after its export, oldest first."""
    return _corrections(db, "correction.entry_id = ?", entry_id)


def _corrections(db: Database, where: str, parameter: int) -> list[Correction]:
    rows = db.query(f"{_CORRECTION_QUERY} WHERE {where} ORDER BY correction.id", [parameter])
    return [
        Correction(
            id=row["id"],
            entry_id=row["entry_id"],
            event_number=row["event_number"],
            difference=Split(
                row["covered_cents"],
                row["overflow_cents"],
                row["insurer_cents"],
                row["owner_cents"],
                row["nobody_cents"],
            ),
            cause=row["cause"],
            recorded_at=parse_utc(row["recorded_at"]),
            recorded_by=row["recorded_by"],
            batch_id=row["batch_id"],
        )
        for row in rows
    ]


# What belongs to a case belongs to the event the case belongs to now.
_OF_EVENT = "case_id IN (SELECT id FROM crisis_case WHERE insured_event_id = :event)"


def running_timers(db: Database, event_id: int | None = None) -> list[Timer]:
    """The timers that run, of one event or of all."""
    names = [each.name for each in fields(Timer)]
    where = f"AND {_OF_EVENT}" if event_id is not None else ""
    rows = db.query(
        f"SELECT {', '.join(names)} FROM timer WHERE stopped_at IS NULL {where} ORDER BY started_at",
        {"event": event_id},
    )
    return [Timer(**from_row(row, names)) for row in rows]


def timer_of(db: Database, actor: Actor) -> Timer | None:
    """The running timer of a person, or None."""
    key = person_key(actor)
    return next((each for each in running_timers(db) if each.person_key == key), None)


def reservations_of(db: Database, event_id: int, now: datetime) -> list[Reservation]:
    """The reservations of an event that hold at ``now``."""
    names = [each.name for each in fields(Reservation)]
    rows = db.query(
        f"SELECT {', '.join(names)} FROM reservation"
        f" WHERE {_OF_EVENT} AND ended_at IS NULL AND expires_at > :now ORDER BY id",
        {"event": event_id, "now": utc_text(now)},
    )
    return [Reservation(**from_row(row, names)) for row in rows]


def consents_of(db: Database, event_id: int) -> list[Consent]:
    """Notices and answers of the owner, oldest first."""
    names = [each.name for each in fields(Consent)]
    rows = db.query(
        f"SELECT {', '.join(names)} FROM consent WHERE {_OF_EVENT} ORDER BY happened_at, id",
        {"event": event_id},
    )
    return [Consent(**from_row(row, names)) for row in rows]


def batches_of(db: Database, case_id: int) -> list[Batch]:
    """The exports of a case, oldest first."""
    rows = db.query(
        "SELECT export_batch.*, crisis_case.number || '-' || export_batch.number AS label"
        " FROM export_batch JOIN crisis_case ON crisis_case.id = export_batch.case_id"
        " WHERE case_id = ? ORDER BY export_batch.number",
        [case_id],
    )
    return [
        Batch(
            id=row["id"],
            label=row["label"],
            exported_at=parse_utc(row["exported_at"]),
            exported_by=row["exported_by"],
            line_count=row["line_count"],
            rows_sha256=row["rows_sha256"],
        )
        for row in rows
    ]


def last_report(db: Database, case_id: int) -> Report | None:
    """The report of the newest export of a case, or None before the first."""
    row = db.execute(
        "SELECT document FROM export_batch WHERE case_id = ? ORDER BY number DESC LIMIT 1",
        [case_id],
    ).fetchone()
    return report.from_text(row[0]) if row else None


_SUMS_QUERY = """
SELECT crisis_case.id AS case_id, crisis_case.number, crisis_case.public_name, crisis_case.state,
    count(*) AS entry_count,
    sum(export_line.entry_id IS NULL AND service_entry.kind <> 'internal')
        + (SELECT count(*) FROM correction
            JOIN service_entry AS corrected ON corrected.id = correction.entry_id
            WHERE corrected.case_id = crisis_case.id AND correction.id NOT IN
                (SELECT correction_id FROM correction_export)) AS open_count,
    sum(service_entry.net_cents) AS net_cents,
    sum(coalesce((SELECT sum(covered_cents) FROM allocation
        WHERE allocation.entry_id = service_entry.id), 0)) AS covered_cents,
    sum(coalesce((SELECT sum(overflow_cents) FROM allocation
        WHERE allocation.entry_id = service_entry.id), 0)) AS overflow_cents
FROM service_entry
JOIN crisis_case ON crisis_case.id = service_entry.case_id
LEFT JOIN entry_reversal ON entry_reversal.entry_id = service_entry.id
LEFT JOIN export_line ON export_line.entry_id = service_entry.id
WHERE entry_reversal.entry_id IS NULL
GROUP BY crisis_case.id ORDER BY crisis_case.opened_at DESC, crisis_case.id DESC
"""


def sums_by_case(db: Database) -> list[CaseSums]:
    """What each case with hours adds up to, newest case first."""
    return [CaseSums(**row) for row in db.query(_SUMS_QUERY)]


def event_state(db: Database, event_id: int, now: datetime) -> EventBudget:
    """The cap of an event with everything that draws on it, at ``now``."""
    event = cases_store.event_by_id(db, event_id)
    points = basis_points(event.vat_percent)
    basis = basis_named(event.cap_basis)
    drawing = entries_of_event(db, event_id)
    running = [
        Running(timer.started_at, timer.rate_cents) for timer in running_timers(db, event_id)
    ]
    reserved = sum(each.cents for each in reservations_of(db, event_id, now))
    booked = sum(each.cut.amount_cents for each in drawing)
    consents = consents_of(db, event_id)
    carried = settlement.consents_by_entry(drawing, consents)
    return EventBudget(
        event_id=event_id,
        cap_cents=event.cap_cents,
        basis=basis,
        vat_basis_points=points,
        covered_cents=sum(each.covered_cents for each in drawing),
        overflow_cents=sum(each.overflow_cents for each in drawing),
        reserved_cents=reserved,
        running_cents=sum(_running_cents(each, now, basis, points) for each in running),
        crossed=ledger.crossed(
            event.cap_cents, [(each.id, each.cut.amount_cents) for each in drawing]
        ),
        reached_at=forecast.reached_at(
            event.cap_cents - booked - reserved, running, now, basis, points
        ),
        consent=standing(consents, now),
        unconsented_cents=sum(
            each.overflow_cents for each in drawing if carried.get(each.id, 0) is None
        ),
        noticed=bool(consents),
    )


def _running_cents(running: Running, now: datetime, basis: Basis, points: int) -> int:
    seconds = max(0, (now - running.started_at) // timedelta(seconds=1))
    net = line_cents(seconds, running.rate_cents)
    return Worth(net, vat_cents(net, points)).in_basis(basis)


def consents_by_entry(db: Database, event_id: int) -> dict[int, int | None]:
    """Which consent carries the overflow of each entry of an event; None where none does."""
    return settlement.consents_by_entry(entries_of_event(db, event_id), consents_of(db, event_id))


def rate_for(db: Database, function: str, person: str, day: date) -> Rate | None:
    """The rate of a person, else of the function, on a day; else the example rate, else None.

    Of several rates that hold on the day the one agreed last applies.
    """
    row = db.execute(
        "SELECT rate_cents FROM rate WHERE function = ? AND person IN (?, '')"
        " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)"
        " ORDER BY person <> '' DESC, valid_from DESC, id DESC LIMIT 1",
        [function, person, day.isoformat(), day.isoformat()],
    ).fetchone()
    return Rate(row[0], agreed=True) if row else policy.example_rate(function)
