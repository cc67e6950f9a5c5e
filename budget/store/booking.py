"""Booking hours and costs, taking them back, agreeing rates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from budget import ledger, policy, surcharge
from budget.entry import Cost, Entry, Work
from budget.errors import (
    LockedEntry,
    NegativeAmount,
    ReasonMissing,
    ReceiptMissing,
    ReversedEntry,
    TextMissing,
)
from budget.ledger import Cut, Kind, Worth
from budget.money import basis_points, line_cents, vat_cents
from budget.rounding import NO_ROUNDING, Rounding
from budget.store.cap import allocate, cut_anew, level_booked, open_cap
from budget.store.reading import entry_by_id
from budget.store.rows import insert, known_id
from budget.surcharge import Surcharge
from budget.worktime import hours_text
from cases import store as cases_store
from data import formats, transaction, utc_text
from data import now as present
from data.i18n import _


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
        rate_id = insert(
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
        known = known_id(db, "service_entry", work.idempotency_key)
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
        known = known_id(db, "service_entry", cost.idempotency_key)
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
    open_cap(db, event.id)
    points = basis_points(event.vat_percent)
    worth = Worth(values["net_cents"], vat_cents(values["net_cents"], points))
    now = present()
    entry_id = insert(
        db,
        "service_entry",
        {
            **values,
            "case_id": case_id,
            "event_id": event.id,
            "kind": kind,
            "vat_basis_points": points,
            "vat_cents": worth.vat_cents,
            "amount_cents": worth.in_basis(ledger.basis_named(event.cap_basis)),
            "provisional": int(case.coverage_result == "clarify" and kind in ledger.INSURED),
            "recorded_at": utc_text(now),
            "recorded_by": actor.name,
        },
    )
    before = level_booked(db, event.id)
    if entry_by_id(db, entry_id).draws:
        cut_anew(db, event.id, entry_id, now)
    reached = level_booked(db, event.id)
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
            "under_reservation": entry.under_reservation,
        },
    )
    _tell_booked(db, actor, entry, reached if reached > before else 0)
    return entry


def _tell_booked(db: Database, actor: Actor, entry: Entry, level: int) -> None:
    text = _("Leistung erfasst: {text}, {amount}").format(
        text=entry.text, amount=_amount_text(entry)
    )
    if entry.under_reservation:
        text += " · " + _("unter Vorbehalt, die Deckung ist in Klärung")
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
        insert(
            db,
            "entry_reversal",
            {
                "entry_id": entry_id,
                "reason": reason.strip(),
                "recorded_at": utc_text(now),
                "recorded_by": actor.name,
            },
        )
        if entry.draws:
            allocate(db, entry, Cut(-entry.covered_cents, -entry.overflow_cents), "reversed", now)
            cut_anew(db, entry.event_id, None, now)
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
