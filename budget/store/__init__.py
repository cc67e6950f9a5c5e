"""All SQL of the room budget: entries, the cap ledger, timers, reservations, consents, exports.

A booking is one immediate transaction: the write lock is taken first, then what is used of
the cap is read, then the entry, its allocation, its audit entry and its line in the timeline
are written. Two people who book at once therefore never share the same rest of a cap.

The cap is consumed in the order of service time. A late entry with an earlier date cuts the
lines after it anew, by rows that correct. Exported lines keep their cut; only computing the
event anew corrects them, by rows of their own (:mod:`budget.store.recompute`).
"""

from budget.entry import (
    Batch,
    CaseSums,
    Correction,
    Cost,
    Entry,
    EventBudget,
    Reservation,
    Timer,
    Work,
)
from budget.store.booking import agree_rate, book_cost, book_work, reverse_entry
from budget.store.exports import OUTCOMES, Outcome, export_hours, review_entry, settle_hours
from budget.store.reading import (
    all_of_event,
    batches_of,
    consents_by_entry,
    consents_of,
    corrections_of,
    entries_of,
    entries_of_event,
    entry_by_id,
    event_state,
    last_report,
    rate_for,
    reservations_of,
    running_timers,
    sums_by_case,
    timer_of,
)
from budget.store.recompute import follow_coverage, recompute_event
from budget.store.reservations import (
    record_consent,
    release_reservation,
    reserve,
    settle_reservation,
)
from budget.store.timers import discard_timer, start_timer, stop_timer
from budget.store.verify import verify

__all__ = [
    "OUTCOMES",
    "Batch",
    "CaseSums",
    "Correction",
    "Cost",
    "Entry",
    "EventBudget",
    "Outcome",
    "Reservation",
    "Timer",
    "Work",
    "agree_rate",
    "all_of_event",
    "batches_of",
    "book_cost",
    "book_work",
    "consents_by_entry",
    "consents_of",
    "corrections_of",
    "discard_timer",
    "entries_of",
    "entries_of_event",
    "entry_by_id",
    "event_state",
    "export_hours",
    "follow_coverage",
    "last_report",
    "rate_for",
    "recompute_event",
    "record_consent",
    "release_reservation",
    "reservations_of",
    "reserve",
    "reverse_entry",
    "review_entry",
    "running_timers",
    "settle_hours",
    "settle_reservation",
    "start_timer",
    "stop_timer",
    "sums_by_case",
    "timer_of",
    "verify",
]
