"""Visits on site: what of a visit the insurer pays (NA-22 to NA-24).

Only on a recorded wish of the insured (NA-22). Once a year the journey there and back and
exactly one hour of work are covered (NA-23, NA-24); the rest of that visit and every further
visit of the year are paid by the insured. None of it draws on the cap of the communication
emergency, unless U-02 is decided that way: the ledger looks after that.

"Once a year" is open (U-04): the calendar year or the policy year. While it is undecided the
calendar year is applied, because it can be told without knowing more; both readings are
counted, and where the stricter one would not cover the visit, the page warns. Where the policy
year counts and its beginning is not known, a visit within the year before leaves it open
whether the covered one is used up; it then is not covered until somebody enters the beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

YearKind = Literal["calendar_year", "policy_year"]
YEAR_KINDS: tuple[YearKind, ...] = ("calendar_year", "policy_year")
APPLIED: YearKind = "calendar_year"
COVERED_SECONDS = 3600
_LONGEST_YEAR = timedelta(days=366)

PeriodOf = Callable[[date, YearKind], tuple[date, date] | None]


@dataclass(frozen=True)
class Reading:
    """How many visits one reading of "once a year" counts before a day.

    ``period`` is first and last day of the year, None where it cannot be told; ``used`` then
    is None too.
    """

    kind: YearKind
    period: tuple[date, date] | None
    used: int | None

    @property
    def free(self) -> bool | None:
        """Whether the covered visit of the year is still free. None: it cannot be told."""
        return None if self.used is None else self.used == 0


@dataclass(frozen=True)
class Counter:
    """The readings of "once a year"; ``applied`` is the one that decides who pays."""

    decided: bool
    applied: Reading
    readings: tuple[Reading, ...]

    @property
    def free(self) -> bool:
        """Whether the insurer's part of a visit on that day is still free."""
        return self.applied.free is True

    @property
    def disputed(self) -> bool:
        """Whether a visit is covered as it is counted now, and under a stricter reading is not."""
        return self.free and any(each.free is not True for each in self.readings)


@dataclass(frozen=True)
class VisitSplit:
    """Who pays what of a visit, net cents: journey and work, by insurer and insured."""

    journey_insurer_cents: int
    journey_insured_cents: int
    work_insurer_seconds: int
    work_insured_seconds: int
    work_insurer_cents: int
    work_insured_cents: int

    @property
    def insurer_cents(self) -> int:
        """What the insurer pays."""
        return self.journey_insurer_cents + self.work_insurer_cents

    @property
    def insured_cents(self) -> int:
        """What the insured pays."""
        return self.journey_insured_cents + self.work_insured_cents


def count(decided: str | None, days: Sequence[date], day: date, period_of: PeriodOf) -> Counter:
    """Count the visits of a contract in the year of ``day``; ``days`` are those done before."""
    kinds = tuple(each for each in YEAR_KINDS if decided in (None, each))
    readings = {kind: _reading(kind, days, day, period_of(day, kind)) for kind in kinds}
    applied = readings[APPLIED] if decided is None else next(iter(readings.values()))
    return Counter(decided is not None, applied, tuple(readings.values()))


def _reading(
    kind: YearKind, days: Sequence[date], day: date, period: tuple[date, date] | None
) -> Reading:
    if period is not None:
        return Reading(kind, period, sum(period[0] <= each <= period[1] for each in days))
    lately = any(abs(each - day) < _LONGEST_YEAR for each in days)
    return Reading(kind, None, None if lately else 0)


def split(worked_seconds: int, rate_cents: int, journey_cents: int, *, covered: bool) -> VisitSplit:
    """Split a visit: the covered one of the year up to one hour and the journey (NA-24).

    The work is rounded half up once, as a whole; the insured pays what is left of it.
    """
    if min(worked_seconds, rate_cents, journey_cents) < 0:
        raise ValueError("neither time nor money of a visit can be negative")
    whole = _cents(worked_seconds, rate_cents)
    insurer_seconds = min(worked_seconds, COVERED_SECONDS) if covered else 0
    insurer = min(whole, _cents(insurer_seconds, rate_cents))
    return VisitSplit(
        journey_insurer_cents=journey_cents if covered else 0,
        journey_insured_cents=0 if covered else journey_cents,
        work_insurer_seconds=insurer_seconds,
        work_insured_seconds=worked_seconds - insurer_seconds,
        work_insurer_cents=insurer,
        work_insured_cents=whole - insurer,
    )


def _cents(seconds: int, rate_cents: int) -> int:
    """``seconds`` at ``rate_cents`` an hour, half up."""
    return (2 * seconds * rate_cents + 3600) // 7200
