"""All SQL of the room budget: entries, the cap ledger, timers, reservations, consents, exports.

A booking is one immediate transaction: the write lock is taken first, then what is used of
the cap is read, then the entry, its allocation, its audit entry and its line in the timeline
are written. Two people who book at once therefore never share the same rest of a cap.

The cap is consumed in the order of service time. A late entry with an earlier date cuts the
lines after it anew, by rows that correct; lines that were exported are never cut again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from budget import export, forecast, ledger, policy, report, settlement, surcharge
from budget.consent import Consent, ConsentKind, standing
from budget.entry import Batch as Batch
from budget.entry import CaseSums as CaseSums
from budget.entry import Cost as Cost
from budget.entry import Entry as Entry
from budget.entry import EventBudget as EventBudget
from budget.entry import Reservation as Reservation
from budget.entry import Timer as Timer
from budget.entry import Work as Work
from budget.errors import (
    CeilingMissing,
    CutTooLarge,
    LockedEntry,
    NegativeAmount,
    NothingToExport,
    NothingToReview,
    ReasonMissing,
    ReceiptMissing,
    ReservationSettled,
    ReversedEntry,
    TextMissing,
    TimerRuns,
    TimerStopped,
)
from budget.forecast import Running
from budget.ledger import Basis, Claim, Cut, Kind, Worth
from budget.money import basis_points, line_cents, vat_cents
from budget.policy import Rate
from budget.report import Report
from budget.rounding import NO_ROUNDING, Rounding
from budget.surcharge import Surcharge
from budget.worktime import WorkTime, hours_text
from cases import store as cases_store
from data import formats, parse_utc, transaction, utc_text
from data import now as present
from data.i18n import N_, _

Outcome = Literal["accepted", "cut", "rejected"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


# Reading


_ENTRY_QUERY = """
SELECT service_entry.*,
    coalesce((SELECT sum(covered_cents) FROM allocation
        WHERE allocation.entry_id = service_entry.id), 0) AS covered_cents,
    coalesce((SELECT sum(overflow_cents) FROM allocation
        WHERE allocation.entry_id = service_entry.id), 0) AS overflow_cents,
    coalesce(review.cut_cents, 0) AS cut_cents,
    entry_reversal.reason AS reversed_because,
    crisis_case.number || '-' || export_batch.number AS batch,
    export_batch.id AS batch_id
FROM service_entry
JOIN crisis_case ON crisis_case.id = service_entry.case_id
LEFT JOIN review ON review.entry_id = service_entry.id
LEFT JOIN entry_reversal ON entry_reversal.entry_id = service_entry.id
LEFT JOIN export_line ON export_line.entry_id = service_entry.id
LEFT JOIN export_batch ON export_batch.id = export_line.batch_id
"""
_ENTRY_FIELDS = tuple(each.name for each in fields(Entry))
_MOMENTS = ("started_at", "ended_at", "recorded_at", "expires_at", "happened_at", "valid_until")


def _from_row(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {
        name: parse_utc(row[name]) if name in _MOMENTS and row[name] else row[name]
        for name in names
    }


def _entries(db: Database, where: str, parameters: Sequence[Any]) -> list[Entry]:
    rows = db.query(
        f"{_ENTRY_QUERY} WHERE {where} ORDER BY service_entry.started_at, service_entry.id",
        list(parameters),
    )
    return [Entry(**_from_row(row, _ENTRY_FIELDS)) for row in rows]


def entry_by_id(db: Database, entry_id: int) -> Entry:
    """The entry with this id, which must exist."""
    return _entries(db, "service_entry.id = ?", [entry_id])[0]


def entries_of(db: Database, case_id: int) -> list[Entry]:
    """All entries of a case by service time, those taken back too."""
    return _entries(db, "service_entry.case_id = ?", [case_id])


def entries_of_event(db: Database, event_id: int) -> list[Entry]:
    """The entries of an event that draw on its cap and hold, in the order of consumption."""
    kinds = ", ".join(f"'{kind}'" for kind in sorted(ledger.DRAWING))
    return _entries(
        db,
        "service_entry.event_id = ? AND entry_reversal.entry_id IS NULL"
        f" AND service_entry.kind IN ({kinds})",
        [event_id],
    )


def running_timers(db: Database, event_id: int | None = None) -> list[Timer]:
    """The timers that run, of one event or of all."""
    names = [each.name for each in fields(Timer)]
    where = "AND event_id = :event" if event_id is not None else ""
    rows = db.query(
        f"SELECT {', '.join(names)} FROM timer WHERE stopped_at IS NULL {where} ORDER BY started_at",
        {"event": event_id},
    )
    return [Timer(**_from_row(row, names)) for row in rows]


def timer_of(db: Database, actor: Actor) -> Timer | None:
    """The running timer of a person, or None."""
    key = _person_key(actor)
    return next((each for each in running_timers(db) if each.person_key == key), None)


def reservations_of(db: Database, event_id: int, now: datetime) -> list[Reservation]:
    """The reservations of an event that hold at ``now``."""
    names = [each.name for each in fields(Reservation)]
    rows = db.query(
        f"SELECT {', '.join(names)} FROM reservation"
        " WHERE event_id = ? AND ended_at IS NULL AND expires_at > ? ORDER BY id",
        [event_id, utc_text(now)],
    )
    return [Reservation(**_from_row(row, names)) for row in rows]


def consents_of(db: Database, event_id: int) -> list[Consent]:
    """Notices and answers of the owner, oldest first."""
    names = [each.name for each in fields(Consent)]
    rows = db.query(
        f"SELECT {', '.join(names)} FROM consent WHERE event_id = ? ORDER BY happened_at, id",
        [event_id],
    )
    return [Consent(**_from_row(row, names)) for row in rows]


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
    sum(export_line.entry_id IS NULL AND service_entry.kind <> 'internal') AS open_count,
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
    basis: Basis = "gross" if event.cap_basis == "gross" else "net"
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


# Writing


def _insert(db: Database, table: str, values: Mapping[str, Any]) -> int:
    cursor = db.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        list(values.values()),
    )
    return int(cursor.lastrowid or 0)


def _person_key(actor: Actor) -> str:
    return f"account:{actor.account_id}" if actor.account_id is not None else actor.name


def _known(db: Database, table: str, idempotency_key: str | None) -> int | None:
    if idempotency_key is None:
        return None
    row = db.execute(
        f"SELECT id FROM {table} WHERE idempotency_key = ?", [idempotency_key]
    ).fetchone()
    return int(row[0]) if row else None


def agree_rate(
    db: Database,
    actor: Actor,
    *,
    function: str,
    rate_cents: int,
    valid_from: date,
    reason: str,
    person: str = "",
    valid_to: date | None = None,
) -> None:
    """Record an agreed rate; entries booked before keep theirs.

    Raises NegativeAmount or ReasonMissing.
    """
    if rate_cents < 0:
        raise NegativeAmount
    if not reason.strip():
        raise ReasonMissing
    with transaction(db):
        rate_id = _insert(
            db,
            "rate",
            {
                "function": function,
                "person": person,
                "rate_cents": rate_cents,
                "valid_from": valid_from.isoformat(),
                "valid_to": valid_to.isoformat() if valid_to else None,
                "reason": reason.strip(),
                "recorded_at": utc_text(present()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db, actor, "rate.agreed", f"rate:{rate_id}", details={"rate_cents": rate_cents}
        )


def book_work(db: Database, actor: Actor, case_id: int, work: Work) -> Entry:
    """Book hours on a case and allocate them at the cap of its event.

    The same ``idempotency_key`` books once and returns the first entry. Raises TextMissing,
    NegativeAmount, or ReceiptMissing for hours of a third party without one.
    """
    _check(work.kind, work.rate_cents, work.text, work.receipt)
    with transaction(db):
        known = _known(db, "service_entry", work.idempotency_key)
        if known is not None:
            return entry_by_id(db, known)
        rules = policy.current(db)
        billed = rules.rounding.billed_seconds(work.work.recorded_seconds)
        added = surcharge.surcharge(
            work.work.start, work.work.end, billed, work.rate_cents, rules.profile
        )
        return _book(
            db,
            actor,
            case_id,
            work.kind,
            {
                "idempotency_key": work.idempotency_key,
                "person": work.person or actor.name,
                "function": work.function,
                "activity": work.activity,
                "text": _one_line(work.text),
                "receipt": _one_line(work.receipt),
                "internal_note": work.internal_note.strip(),
                "started_at": utc_text(work.work.start),
                "ended_at": utc_text(work.work.end),
                "break_seconds": work.work.break_seconds,
                "recorded_seconds": work.work.recorded_seconds,
                "billed_seconds": billed,
                **_frozen(rules.rounding, added),
                "rate_cents": work.rate_cents,
                "net_cents": line_cents(billed, work.rate_cents) + added.cents,
            },
        )


def book_cost(db: Database, actor: Actor, case_id: int, cost: Cost) -> Entry:
    """Book a cost on a case and allocate it at the cap of its event.

    Raises TextMissing, NegativeAmount, or ReceiptMissing for third-party costs without one.
    """
    _check(cost.kind, cost.cents, cost.text, cost.receipt)
    with transaction(db):
        known = _known(db, "service_entry", cost.idempotency_key)
        if known is not None:
            return entry_by_id(db, known)
        return _book(
            db,
            actor,
            case_id,
            cost.kind,
            {
                "idempotency_key": cost.idempotency_key,
                "person": actor.name,
                "function": "",
                "activity": "",
                "text": _one_line(cost.text),
                "internal_note": cost.internal_note.strip(),
                "started_at": utc_text(cost.at),
                "break_seconds": 0,
                "recorded_seconds": 0,
                "billed_seconds": 0,
                **_frozen(NO_ROUNDING, Surcharge()),
                "fixed_cents": cost.cents,
                "receipt": _one_line(cost.receipt),
                "net_cents": cost.cents,
            },
        )


def _check(kind: Kind, cents: int, text: str, receipt: str) -> None:
    if not _one_line(text):
        raise TextMissing
    if cents < 0:
        raise NegativeAmount
    if kind == "third_party" and not _one_line(receipt):
        raise ReceiptMissing


def _one_line(text: str) -> str:
    """A text for the payer: one line, without control and direction signs."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def _frozen(rounding: Rounding, added: Surcharge) -> dict[str, Any]:
    return {
        "rounding_mode": rounding.mode,
        "rounding_minutes": rounding.minutes,
        "surcharge_cents": added.cents,
        "surcharge_reason": added.reason,
    }


def _book(db: Database, actor: Actor, case_id: int, kind: Kind, values: Mapping[str, Any]) -> Entry:
    case = cases_store.case_by_id(db, case_id)
    event = cases_store.event_by_id(db, case.insured_event_id)
    points = basis_points(event.vat_percent)
    worth = Worth(values["net_cents"], vat_cents(values["net_cents"], points))
    now = present()
    entry_id = _insert(
        db,
        "service_entry",
        {
            **values,
            "case_id": case_id,
            "event_id": event.id,
            "kind": kind,
            "vat_basis_points": points,
            "vat_cents": worth.vat_cents,
            "amount_cents": worth.in_basis("gross" if event.cap_basis == "gross" else "net"),
            "recorded_at": utc_text(now),
            "recorded_by": actor.name,
        },
    )
    if kind in ledger.DRAWING:
        before = _level_booked(db, event.id)
        _cut_anew(db, event.id, entry_id, now)
        reached = _level_booked(db, event.id)
    else:
        before = reached = 0
    entry = entry_by_id(db, entry_id)
    audit.record(
        db,
        actor,
        "entry.booked",
        f"service_entry:{entry_id}",
        case_id=case_id,
        details={
            "kind": kind,
            "amount_cents": entry.amount_cents,
            "covered_cents": entry.covered_cents,
            "overflow_cents": entry.overflow_cents,
        },
    )
    _tell_booked(db, actor, entry, reached if reached > before else 0)
    return entry


def _tell_booked(db: Database, actor: Actor, entry: Entry, level: int) -> None:
    text = _("Leistung erfasst: {text}, {amount}").format(
        text=entry.text, amount=_amount_text(entry)
    )
    if level:
        text += " · " + _("{level} % der Leistungsgrenze erreicht").format(level=level)
    cases_store.add_timeline_entry(
        db,
        actor,
        entry.case_id,
        happened_at=entry.ended_at or entry.started_at,
        kind="hours",
        text=text,
        details={"entry_id": entry.id},
    )


def _amount_text(entry: Entry) -> str:
    amount = formats.money(entry.net_cents)
    if entry.ended_at is None:
        return amount
    return f"{hours_text(entry.billed_seconds)}{formats.NBSP}h, {amount}"


def _level_booked(db: Database, event_id: int) -> int:
    row = db.execute(
        "SELECT cap_cents, covered_cents + overflow_cents FROM event_cap WHERE event_id = ?",
        [event_id],
    ).fetchone()
    return ledger.level_of(row[0], row[1]) if row else 0


def _cut_anew(db: Database, event_id: int, new_entry_id: int | None, now: datetime) -> None:
    """Cut every line of the event that is not locked, and write the differences.

    Rows that give back come before rows that take, so that the sum never passes the cap on
    the way: the CHECK on ``event_cap`` watches every single row.
    """
    cap_cents = _open_cap(db, event_id)
    drawing = entries_of_event(db, event_id)
    claims = [
        Claim(each.amount_cents, each.cut if each.batch_id is not None else None)
        for each in drawing
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
            _allocate(db, entry, Cut(covered, overflow), cause, now)


def _open_cap(db: Database, event_id: int) -> int:
    event = cases_store.event_by_id(db, event_id)
    db.execute(
        "INSERT OR IGNORE INTO event_cap (event_id, cap_cents, basis, vat_basis_points)"
        " VALUES (?, ?, ?, ?)",
        [event_id, event.cap_cents, event.cap_basis, basis_points(event.vat_percent)],
    )
    return int(
        db.execute("SELECT cap_cents FROM event_cap WHERE event_id = ?", [event_id]).fetchone()[0]
    )


def _allocate(db: Database, entry: Entry, change: Cut, cause: str, now: datetime) -> None:
    _insert(
        db,
        "allocation",
        {
            "entry_id": entry.id,
            "event_id": entry.event_id,
            "covered_cents": change.covered_cents,
            "overflow_cents": change.overflow_cents,
            "cause": cause,
            "rule": ledger.RULE_OF_KIND[entry.kind],
            "recorded_at": utc_text(now),
        },
    )


def reverse_entry(db: Database, actor: Actor, entry_id: int, reason: str) -> None:
    """Take an entry back; what it used of the cap is free again. It stays in the list.

    Raises ReasonMissing, LockedEntry or ReversedEntry.
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction(db):
        entry = entry_by_id(db, entry_id)
        if entry.batch is not None:
            raise LockedEntry(entry.batch)
        if entry.reversed_because is not None:
            raise ReversedEntry
        now = present()
        _insert(
            db,
            "entry_reversal",
            {
                "entry_id": entry_id,
                "reason": reason.strip(),
                "recorded_at": utc_text(now),
                "recorded_by": actor.name,
            },
        )
        if entry.kind in ledger.DRAWING:
            _allocate(db, entry, Cut(-entry.covered_cents, -entry.overflow_cents), "reversed", now)
            _cut_anew(db, entry.event_id, None, now)
        audit.record(
            db,
            actor,
            "entry.reversed",
            f"service_entry:{entry_id}",
            case_id=entry.case_id,
            details={"reason": reason.strip()},
        )
        cases_store.add_timeline_entry(
            db,
            actor,
            entry.case_id,
            happened_at=now,
            kind="hours",
            text=_("Leistung storniert: {text}. Grund: {reason}").format(
                text=entry.text, reason=reason.strip()
            ),
            details={"entry_id": entry_id},
        )


# Timers


def start_timer(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    activity: str,
    function: str,
    rate_cents: int,
    now: datetime,
) -> Timer:
    """Start the clock for the actor; it runs on over restarts. Raises TimerRuns."""
    if rate_cents < 0:
        raise NegativeAmount
    with transaction(db):
        runs = timer_of(db, actor)
        if runs is not None:
            raise TimerRuns(runs.person, cases_store.case_by_id(db, runs.case_id).number)
        case = cases_store.case_by_id(db, case_id)
        timer_id = _insert(
            db,
            "timer",
            {
                "case_id": case_id,
                "event_id": case.insured_event_id,
                "person_key": _person_key(actor),
                "person": actor.name,
                "function": function,
                "activity": activity,
                "rate_cents": rate_cents,
                "started_at": utc_text(now),
            },
        )
        audit.record(db, actor, "timer.started", f"timer:{timer_id}", case_id=case_id)
        return _running_timer(db, timer_id)


def _running_timer(db: Database, timer_id: int) -> Timer:
    found = next((each for each in running_timers(db) if each.id == timer_id), None)
    if found is None:
        raise TimerStopped
    return found


def stop_timer(
    db: Database,
    actor: Actor,
    timer_id: int,
    *,
    text: str,
    now: datetime,
    break_seconds: int = 0,
    internal_note: str = "",
) -> Entry:
    """Stop a timer and book its time, in one transaction.

    Raises TimerStopped, TextMissing, or BreakTooLong; the timer then runs on.
    """
    with transaction(db):
        timer = _running_timer(db, timer_id)
        entry = book_work(
            db,
            actor,
            timer.case_id,
            Work(
                work=WorkTime(timer.started_at, max(now, timer.started_at), break_seconds),
                rate_cents=timer.rate_cents,
                activity=timer.activity,
                text=text,
                function=timer.function,
                internal_note=internal_note,
                person=timer.person,
            ),
        )
        db.execute(
            "UPDATE timer SET stopped_at = ?, entry_id = ? WHERE id = ?",
            [utc_text(now), entry.id, timer_id],
        )
        audit.record(db, actor, "timer.stopped", f"timer:{timer_id}", case_id=timer.case_id)
    return entry


def discard_timer(db: Database, actor: Actor, timer_id: int, now: datetime) -> None:
    """Stop a timer without booking anything. Raises TimerStopped."""
    with transaction(db):
        timer = _running_timer(db, timer_id)
        db.execute("UPDATE timer SET stopped_at = ? WHERE id = ?", [utc_text(now), timer_id])
        audit.record(db, actor, "timer.discarded", f"timer:{timer_id}", case_id=timer.case_id)


# Reservations and consent


def reserve(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    text: str,
    cents: int,
    expires_at: datetime,
    idempotency_key: str | None = None,
) -> int:
    """Hold a part of the cap for something ordered; it draws until it ends or expires.

    Raises TextMissing or NegativeAmount. Returns the reservation's id.
    """
    if not text.strip():
        raise TextMissing
    if cents < 0:
        raise NegativeAmount
    with transaction(db):
        known = _known(db, "reservation", idempotency_key)
        if known is not None:
            return known
        case = cases_store.case_by_id(db, case_id)
        reservation_id = _insert(
            db,
            "reservation",
            {
                "idempotency_key": idempotency_key,
                "case_id": case_id,
                "event_id": case.insured_event_id,
                "text": text.strip(),
                "cents": cents,
                "expires_at": utc_text(expires_at),
                "recorded_at": utc_text(present()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "reservation.made",
            f"reservation:{reservation_id}",
            case_id=case_id,
            details={"cents": cents},
        )
    return reservation_id


def _end_reservation(
    db: Database, actor: Actor, reservation_id: int, ended_as: str, entry_id: int | None
) -> None:
    row = db.execute(
        "UPDATE reservation SET ended_at = ?, ended_as = ?, entry_id = ?"
        " WHERE id = ? AND ended_at IS NULL RETURNING case_id",
        [utc_text(present()), ended_as, entry_id, reservation_id],
    ).fetchone()
    if row is None:
        raise ReservationSettled
    audit.record(
        db, actor, f"reservation.{ended_as}", f"reservation:{reservation_id}", case_id=row[0]
    )


def release_reservation(db: Database, actor: Actor, reservation_id: int) -> None:
    """Give a reservation back. Raises ReservationSettled."""
    with transaction(db):
        _end_reservation(db, actor, reservation_id, "released", None)


def settle_reservation(db: Database, actor: Actor, reservation_id: int, cost: Cost) -> Entry:
    """Book the actual cost of a reservation and give back what it held, at once.

    Raises ReservationSettled and what :func:`book_cost` raises.
    """
    with transaction(db):
        row = db.execute(
            "SELECT case_id FROM reservation WHERE id = ? AND ended_at IS NULL", [reservation_id]
        ).fetchone()
        if row is None:
            raise ReservationSettled
        entry = book_cost(db, actor, row[0], cost)
        _end_reservation(db, actor, reservation_id, "settled", entry.id)
    return entry


def record_consent(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    kind: ConsentKind,
    text: str,
    person: str,
    channel: str,
    happened_at: datetime,
    ceiling_cents: int = 0,
    valid_until: datetime | None = None,
    idempotency_key: str | None = None,
) -> int:
    """Record that the owner was told of the cost over the cap, or what the owner answered.

    ``text`` is what was said or shown, ``ceiling_cents`` the overflow it reaches to, all in
    all. Raises TextMissing, or CeilingMissing for a consent without an amount. Returns the id.
    """
    if not text.strip() or not person.strip():
        raise TextMissing
    if kind == "consent" and ceiling_cents <= 0:
        raise CeilingMissing
    with transaction(db):
        known = _known(db, "consent", idempotency_key)
        if known is not None:
            return known
        case = cases_store.case_by_id(db, case_id)
        consent_id = _insert(
            db,
            "consent",
            {
                "idempotency_key": idempotency_key,
                "case_id": case_id,
                "event_id": case.insured_event_id,
                "kind": kind,
                "ceiling_cents": ceiling_cents,
                "text": text.strip(),
                "person": person.strip(),
                "channel": channel,
                "happened_at": utc_text(happened_at),
                "valid_until": utc_text(valid_until) if valid_until else None,
                "recorded_at": utc_text(present()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            f"consent.{kind}",
            f"consent:{consent_id}",
            case_id=case_id,
            details={"ceiling_cents": ceiling_cents, "channel": channel},
        )
        cases_store.add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=happened_at,
            kind="hours",
            text=_(_CONSENT_TEXTS[kind]).format(
                person=person.strip(), amount=formats.money(ceiling_cents)
            ),
            details={"consent_id": consent_id},
        )
    return consent_id


_CONSENT_TEXTS: dict[str, str] = {
    "notice": N_("Hinweis auf Kosten über der Leistungsgrenze an {person}"),
    "consent": N_("{person} ist mit Kosten bis {amount} über der Leistungsgrenze einverstanden"),
    "refusal": N_("{person} lehnt Kosten über der Leistungsgrenze ab"),
    "revocation": N_("{person} widerruft das Einverständnis für die Zukunft"),
}


# Export and review


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
    """Lock the lines of a case that are not locked yet, and give the report they stand in."""
    with transaction(db):
        case = cases_store.case_by_id(db, case_id)
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
            number=number,
            exported_at=now,
            exported_by=actor.name,
        )
        if last and last["rows_sha256"] == draft.rows_sha256:
            return report.from_text(last["document"])
        document = report.to_text(draft)
        batch_id = _insert(
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
                "document_sha256": _sha256(document),
            },
        )
        for entry in shown:
            if entry.batch_id is None:
                _insert(
                    db,
                    "export_line",
                    {
                        "entry_id": entry.id,
                        "batch_id": batch_id,
                        "covered_cents": entry.covered_cents,
                        "overflow_cents": entry.overflow_cents,
                    },
                )
        audit.record(
            db,
            actor,
            "hours.exported",
            f"export_batch:{batch_id}",
            case_id=case_id,
            details={"lines": len(draft.lines), "document_sha256": _sha256(document)},
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


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


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
        _insert(
            db,
            "review",
            {
                "entry_id": entry_id,
                "outcome": outcome,
                "cut_cents": taken,
                "reason": reason.strip(),
                "recorded_at": utc_text(now),
                "recorded_by": actor.name,
            },
        )
        if taken:
            _allocate(db, entry, Cut(-taken, 0), "reviewed", now)
            _cut_anew(db, entry.event_id, None, now)
        audit.record(
            db,
            actor,
            f"entry.{outcome}",
            f"service_entry:{entry_id}",
            case_id=entry.case_id,
            details={"cut_cents": taken, "reason": reason.strip()},
        )


# Verifying


def verify(db: Database) -> list[str]:
    """Re-compute every sum of the ledger; one English sentence for each thing that is wrong."""
    problems: list[str] = []
    for entry in _entries(db, "1 = 1", []):
        problems += [f"service entry {entry.id}: {what}" for what in _wrong_with(db, entry)]
    for row in db.query("SELECT * FROM event_cap ORDER BY event_id"):
        problems += [f"insured event {row['event_id']}: {what}" for what in _wrong_cap(db, row)]
    for row in db.query("SELECT * FROM export_batch ORDER BY id"):
        if _sha256(row["document"]) != row["document_sha256"]:
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
    parts = entry.covered_cents + entry.overflow_cents + entry.cut_cents
    counts = entry.kind in ledger.DRAWING and entry.reversed_because is None
    if parts != (entry.amount_cents if counts else 0):
        wrong.append("covered and overflow do not add up to its amount")
    booked = db.execute(
        "SELECT 1 FROM audit_entry WHERE action = 'entry.booked' AND subject = ?",
        [f"service_entry:{entry.id}"],
    ).fetchone()
    if not booked:
        wrong.append("the audit chain does not know it")
    locked = db.execute(
        "SELECT covered_cents, overflow_cents FROM export_line WHERE entry_id = ?", [entry.id]
    ).fetchone()
    if locked and tuple(locked) != (entry.covered_cents + entry.cut_cents, entry.overflow_cents):
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
    claims = [
        Claim(each.amount_cents, each.cut if each.batch_id is not None else None)
        for each in drawing
    ]
    locked = sum(claim.locked.covered_cents for claim in claims if claim.locked)
    if locked <= row["cap_cents"] and [each.cut for each in drawing] != ledger.distribute(
        row["cap_cents"], claims
    ):
        wrong.append("the cap was not consumed in the order of service time")
    return wrong
