"""Clocks (Fristen): from when, how long, until when.

Lengths, rules and sources stand in ``data/reference/clocks.toml``. Hours are elapsed hours, so
they hold across a change of the clock. What is shown is the conservative reading: no first
hour left out, no end moved because it falls on a weekend.

The final report under NISG is due one month after the 72-hour report. Where that report's own
time is known (``reported_at``), the month runs from it; until then from its last moment.

Where the law says "at once" and names no end, the clock carries a target of the desk, marked
as a target and never as law. Duties without any end stand in the file as standing notes.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Literal

import holidays

from data import reference, times
from data.errors import InputError, UnreadableTime
from data.fields import Fields

DATE_LENGTH = len("2026-05-16")
SUNDAY = 6
OVERDUE_STAGE = 0

Nature = Literal["law", "target", "given"]
Audience = Literal["duty", "everybody"]


class ClockKind(StrEnum):
    """Which clock; entries in ``data/reference/clocks.toml``."""

    GDPR_33 = "gdpr_33"
    GDPR_34 = "gdpr_34"
    GDPR_PROCESSOR = "gdpr_processor"
    NIS2_EARLY = "nis2_early"
    NIS2_REPORT = "nis2_report"
    NIS2_FINAL = "nis2_final"
    RKEG_FIRST = "rkeg_first"
    RKEG_FOLLOW = "rkeg_follow"
    DORA_INITIAL = "dora_initial"
    DORA_LATEST = "dora_latest"
    DORA_INTERIM = "dora_interim"
    DORA_FINAL = "dora_final"
    VERSVG_33 = "versvg_33"
    PRESS = "press"
    OWN_PAGE = "own_page"
    COUNTERSTATEMENT = "counterstatement"
    COUNTERSTATEMENT_PUBLISHED = "counterstatement_published"
    COUNTERSTATEMENT_COURT = "counterstatement_court"
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
    """A clock to compute: from a UTC moment, or from a day where the law counts days.

    ``reported_at`` is when the report before was sent. ``due`` is an end that somebody has
    set: the journalist, or the desk where the law says "at once" only.
    """

    kind: ClockKind
    start: datetime | date
    reported_at: datetime | None = None
    due: datetime | None = None


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
    def last_moment(self) -> datetime:
        """The last moment (UTC, whole seconds) at which it is still in time."""
        if isinstance(self.due, datetime):
            return self.due
        return self.due_at - timedelta(seconds=1)

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


@dataclass(frozen=True)
class Stage:
    """A warning before a clock runs out: at so many minutes left, and to whom. 0: it has."""

    minutes: int
    audience: Audience


def entry_of(kind: str) -> dict[str, Any]:
    """What ``clocks.toml`` says about a kind."""
    entry: dict[str, Any] = reference.load("clocks")[kind]
    return entry


def nature(kind: str) -> Nature:
    """Whether the length is law, the desk's own target, or set by somebody else."""
    said: Nature = entry_of(kind)["nature"]
    return said


def counts_days(kind: str) -> bool:
    """Whether start and end are days."""
    return bool(entry_of(kind).get("from_day"))


def takes_due(kind: str) -> bool:
    """Whether somebody may set the end."""
    entry = entry_of(kind)
    return "given" in entry or "target_minutes" in entry


def in_force(kind: str, start: datetime) -> bool:
    """Whether the rule of the kind was in force at ``start`` (UTC), by Vienna's day."""
    since: date | None = entry_of(kind).get("in_force")
    return since is None or times.local(start).date() >= since


def stages(kind: str) -> tuple[Stage, ...]:
    """The warnings of a kind, the earliest first, being overdue the last.

    The first one goes to the person on duty, every later one to everybody.
    """
    minutes: Sequence[int] = (*entry_of(kind)["stages"], OVERDUE_STAGE)
    return tuple(
        Stage(each, "duty" if number == 0 else "everybody") for number, each in enumerate(minutes)
    )


def stage_due(kind: str, due_at: datetime, raised: Collection[int], now: datetime) -> Stage | None:
    """The warning that is to be given at ``now``, or None.

    Of several that are due at once (the desk was not running) only the most urgent one is
    given; one less urgent than a warning that was given is never given afterwards.
    """
    left = due_at - now
    reached = [
        stage
        for stage in stages(kind)
        if (
            left < timedelta(0)
            if stage.minutes == OVERDUE_STAGE
            else left <= timedelta(minutes=stage.minutes)
        )
    ]
    if not reached:
        return None
    urgent = reached[-1]
    if any(each <= urgent.minutes for each in raised):
        return None
    return urgent


def warn_from(kind: str, due_at: datetime) -> datetime:
    """When the first warning of a clock falls due."""
    return due_at - timedelta(minutes=stages(kind)[0].minutes)


def is_working_day(day: date) -> bool:
    """Whether ``day`` is a Werktag: Monday to Saturday, no public holiday of all Austria."""
    return day.weekday() != SUNDAY and day not in _public_holidays(day.year)


@cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("AT", years=year))


def add_working_days(day: date, count: int) -> date:
    """The ``count``-th Werktag after ``day``, which itself does not count."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


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
    entry = entry_of(given.kind)
    return Deadline(given.kind, given.start, _due(given, entry), entry["rule"], entry["source"])


def _due(given: ClockInput, entry: dict[str, Any]) -> datetime | date:
    start = given.start
    if not isinstance(start, datetime):
        return _last_day(start, entry)
    if given.due is not None:
        return given.due
    for unit in ("minutes", "target_minutes"):
        if unit in entry:
            return start + timedelta(minutes=entry[unit])
    if "hours" in entry:
        return start + timedelta(hours=entry["hours"])
    reported = given.reported_at or start + timedelta(hours=entry.get("after_hours", 0))
    return _months_after(reported, entry["months"])


def _last_day(start: date, entry: dict[str, Any]) -> date:
    if "working_days" in entry:
        return add_working_days(start, entry["working_days"])
    if "days" in entry:
        return start + timedelta(days=entry["days"])
    return add_months(start, entry["months"])


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
    soon = entry_of(clock.deadline.kind)["soon_minutes"]
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
    if counts_days(kind):
        return ClockInput(kind, _day(fields, kind, fold))
    start: datetime = fields.moment("start", fold=fold)
    due = _given_end(fields, kind, start)
    reported_at: datetime | None = None
    if kind is ClockKind.NIS2_FINAL:
        reported_at = fields.moment("reported_at", None)
        if reported_at is not None and reported_at < start:
            raise InputError("reported_at", "takes a time that is not before start")
    given = ClockInput(kind, start, reported_at, due)
    _refuse_beyond_calendar(given)
    return given


def _given_end(fields: Fields, kind: ClockKind, start: datetime) -> datetime | None:
    """The end that somebody has set. An enquiry has no other."""
    if not takes_due(kind):
        return None
    required = "given" in entry_of(kind)
    due: datetime | None = fields.moment("due") if required else fields.moment("due", None)
    if due is not None and due < start:
        raise InputError("due", "takes a time that is not before start")
    return due


def _day(fields: Fields, kind: ClockKind, fold: int) -> date:
    """A date, or a moment whose day in Vienna is meant: the day of publication, of arrival …"""
    takes = "takes a day such as 2026-05-16, or a time such as 2026-05-16T08:00"
    written = fields.text("start").strip()
    if len(written) > DATE_LENGTH:
        moment: datetime = fields.moment("start", fold=fold)
        day = times.local(moment).date()
    else:
        try:
            day = times.read_date(written)
        except UnreadableTime:
            raise InputError("start", takes) from None
    _refuse_beyond_calendar(ClockInput(kind, day))
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
