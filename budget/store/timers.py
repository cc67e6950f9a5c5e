"""Timers: the clock that runs for a person."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from budget.entry import Entry, Timer, Work
from budget.errors import NegativeAmount, TimerRuns, TimerStopped
from budget.store.booking import book_work
from budget.store.reading import running_timers, timer_of
from budget.store.rows import insert, person_key
from budget.worktime import WorkTime
from cases import store as cases_store
from data import transaction, utc_text


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
        timer_id = insert(
            db,
            "timer",
            {
                "case_id": case_id,
                "event_id": case.insured_event_id,
                "person_key": person_key(actor),
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
