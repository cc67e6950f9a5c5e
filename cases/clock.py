"""Clocks (Fristen): from when, how long, until when.

Lengths, rules and sources stand in ``data/reference/clocks.toml``. Hours are elapsed hours, so
they hold across a change of the clock. What is shown is the conservative reading: no first
hour left out, no end moved because it falls on a weekend.

The final report under NISG is due one month after the 72-hour report. Where that report's own
time is known (``reported_at``), the month runs from it; until then from its last moment.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from data import reference, times
from data.errors import InputError, UnreadableTime
from data.fields import Fields

DATE_LENGTH = len("2026-05-16")


class ClockKind(StrEnum):
    """Which clock; entries in ``data/reference/clocks.toml``."""

    GDPR_33 = "gdpr_33"
    NIS2_EARLY = "nis2_early"
    NIS2_REPORT = "nis2_report"
    NIS2_FINAL = "nis2_final"
    COUNTERSTATEMENT = "counterstatement"
    HOLDING = "holding"


class ClockState(StrEnum):
    """Where a clock stands. Declined: somebody has written down why it does not apply."""

    RUNNING = "running"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    DONE = "done"
    DECLINED = "declined"


@dataclass(frozen=True)
class ClockInput:
    """A clock to compute: a UTC moment, or for the counterstatement the day of publication."""

    kind: ClockKind
    start: datetime | date
    reported_at: datetime | None = None


@dataclass(frozen=True)
class Deadline:
    """A computed clock. ``start`` and ``due`` are UTC moments, or both are days.

    A day as ``due`` is the last day on which it must have arrived.
    """

    kind: ClockKind
    start: datetime | date
    due: datetime | date
    rule: str
    source: str

    @property
    def due_at(self) -> datetime:
        """The first moment (UTC) at which it is too late; for a day, midnight in Vienna after it."""
        if isinstance(self.due, datetime):
            return self.due
        return times.from_local(datetime.combine(self.due + timedelta(days=1), time()))


@dataclass(frozen=True)
class Clock:
    """A clock of a case: its deadline and what became of it. Moments are UTC."""

    deadline: Deadline
    done_at: datetime | None = None
    declined_at: datetime | None = None
    declined_reason: str = ""


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the month's last day where there is none."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _months_after(moment: datetime, months: int) -> datetime:
    """Calendar months on Vienna's wall clock. A time that spring leaves out moves on an hour."""
    local = times.local(moment)
    later = datetime.combine(add_months(local.date(), months), local.time(), times.VIENNA)
    return later.astimezone(UTC)


def compute(given: ClockInput) -> Deadline:
    """The deadline by the rule of its kind. Sources: domain rules 3.2 and 3.3."""
    entry = reference.load("clocks")[given.kind]
    return Deadline(given.kind, given.start, _due(given, entry), entry["rule"], entry["source"])


def _due(given: ClockInput, entry: dict[str, Any]) -> datetime | date:
    start = given.start
    if not isinstance(start, datetime):
        return add_months(start, entry["months"])
    if "minutes" in entry:
        return start + timedelta(minutes=entry["minutes"])
    if "hours" in entry:
        return start + timedelta(hours=entry["hours"])
    reported = given.reported_at or start + timedelta(hours=entry["after_hours"])
    return _months_after(reported, entry["months"])


def remaining(clock: Clock, now: datetime) -> timedelta:
    """How long is left at ``now`` (UTC); negative when overdue."""
    return clock.deadline.due_at - now


def state(clock: Clock, now: datetime) -> ClockState:
    """Where ``clock`` stands at ``now``. Due soon: within ``soon_minutes`` of its entry.

    A moment's clock is met up to and including the moment itself.
    """
    if clock.declined_at is not None:
        return ClockState.DECLINED
    if clock.done_at is not None:
        return ClockState.DONE
    left = remaining(clock, now)
    exclusive = not isinstance(clock.deadline.due, datetime)
    if left < timedelta(0) or (exclusive and not left):
        return ClockState.OVERDUE
    soon = reference.load("clocks")[clock.deadline.kind]["soon_minutes"]
    return ClockState.DUE_SOON if left <= timedelta(minutes=soon) else ClockState.RUNNING


def done_late(clock: Clock) -> bool:
    """Whether it was done, but after its deadline."""
    if clock.done_at is None:
        return False
    if isinstance(clock.deadline.due, datetime):
        return clock.done_at > clock.deadline.due
    return clock.done_at >= clock.deadline.due_at


def from_json(value: object) -> ClockInput:
    """The input of ``krisenpult clock``. Raises InputError with the field's path."""
    fields = Fields(value)
    kind = ClockKind(fields.choice("kind", [each.value for each in ClockKind]))
    fold = fields.integer("start_fold", 0, least=0, most=1)
    if kind is ClockKind.COUNTERSTATEMENT:
        return ClockInput(kind, _publication_day(fields, fold))
    start: datetime = fields.moment("start", fold=fold)
    reported_at: datetime | None = None
    if kind is ClockKind.NIS2_FINAL:
        reported_at = fields.moment("reported_at", None)
        if reported_at is not None and reported_at < start:
            raise InputError("reported_at", "takes a time that is not before start")
    given = ClockInput(kind, start, reported_at)
    _refuse_beyond_calendar(given)
    return given


def _publication_day(fields: Fields, fold: int) -> date:
    """A date, or a moment whose day in Vienna is the day of publication."""
    takes = "takes the day of publication such as 2026-05-16, or a time such as 2026-05-16T08:00"
    written = fields.text("start").strip()
    if len(written) > DATE_LENGTH:
        moment: datetime = fields.moment("start", fold=fold)
        day = times.local(moment).date()
    else:
        try:
            day = times.read_date(written)
        except UnreadableTime:
            raise InputError("start", takes) from None
    _refuse_beyond_calendar(ClockInput(ClockKind.COUNTERSTATEMENT, day))
    return day


def _refuse_beyond_calendar(given: ClockInput) -> None:
    try:
        compute(given)
    except (OverflowError, ValueError):
        raise InputError("start", "takes a time whose deadline the calendar still holds") from None


def to_json(deadline: Deadline) -> dict[str, Any]:
    """The output of ``krisenpult clock``: Vienna's time with its offset, or days."""
    return {
        "kind": deadline.kind.value,
        "due": _shown(deadline.due),
        "start": _shown(deadline.start),
        "rule": deadline.rule,
        "source": deadline.source,
    }


def _shown(when: datetime | date) -> str:
    return times.local_text(when) if isinstance(when, datetime) else when.isoformat()
