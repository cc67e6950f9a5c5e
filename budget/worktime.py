"""Working time: from the wall clock in Vienna to elapsed seconds.

Seconds are subtracted in UTC only. The doubled hour in autumn needs a ``fold`` (0: the first,
summer time; 1: the second, winter time); the hour that spring leaves out is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from budget.errors import BreakTooLong, EndBeforeStart, UnreadableBreak
from data import times
from data.errors import DataError

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class WorkTime:
    """Work from ``start`` to ``end`` (UTC) less a break.

    Raises :class:`EndBeforeStart`, and :class:`BreakTooLong` where the break is negative or
    longer than the time between.
    """

    start: datetime
    end: datetime
    break_seconds: int = 0

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise EndBeforeStart(_clock(self.start), _clock(self.end))
        if not 0 <= self.break_seconds <= self.elapsed_seconds:
            raise BreakTooLong

    @property
    def elapsed_seconds(self) -> int:
        """Seconds between start and end, the break included."""
        return (self.end.astimezone(UTC) - self.start.astimezone(UTC)) // _SECOND

    @property
    def recorded_seconds(self) -> int:
        """Seconds worked: elapsed less the break. This is what rounding starts from."""
        return self.elapsed_seconds - self.break_seconds


def from_local(
    start: datetime,
    end: datetime,
    *,
    start_fold: int = 0,
    end_fold: int = 0,
    break_seconds: int = 0,
) -> WorkTime:
    """Working time from two naive wall-clock times in Vienna.

    Raises NonexistentLocalTime, :class:`EndBeforeStart` or :class:`BreakTooLong`.
    """
    return WorkTime(
        times.from_local(start, start_fold),
        times.from_local(end, end_fold),
        break_seconds,
    )


def read_break(entered: str) -> int:
    """Seconds of a break typed in whole minutes; empty is none. Raises UnreadableBreak."""
    text = entered.strip()
    if not text:
        return 0
    if not text.isdecimal():
        raise UnreadableBreak(entered)
    return int(text) * 60


def comes_twice(entered: str) -> bool:
    """Whether a typed time ("25.10.2026 02:15") stands for two moments."""
    try:
        return times.read_entered(entered, 0) != times.read_entered(entered, 1)
    except DataError:
        return False


def proposed_fold(start: str, end: str, start_fold: int = 0) -> int:
    """Which of the two moments of a doubled end is proposed: 0 or 1. Both are typed times.

    An end that would lie before the start in the first hour can only be meant in the second.
    """
    try:
        began = times.read_entered(start, start_fold)
        first, second = (times.read_entered(end, fold) for fold in (0, 1))
    except DataError:
        return 0
    return 1 if first < began <= second else 0


def changes_clock(moment: datetime) -> bool:
    """Whether the clock is changed on the Viennese day of ``moment``.

    On such a day a printed time carries its offset, else the reader could not check it.
    """
    day = times.local(moment).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return day.utcoffset() != (day + timedelta(days=1)).utcoffset()


def clock_text(moment: datetime) -> str:
    """``08:00``, and with its offset (``02:15 +01:00``) on a day the clock is changed."""
    local = times.local(moment)
    if not changes_clock(moment):
        return local.strftime("%H:%M")
    offset = local.strftime("%z")
    return f"{local:%H:%M} {offset[:3]}:{offset[3:]}"


def hours_text(seconds: int) -> str:
    """``1:30`` for 5400 seconds; seconds that fill no minute are shown as ``1:30:05``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}" + (f":{rest:02d}" if rest else "")


def _clock(moment: datetime) -> str:
    return f"{times.local(moment):%d.%m.%Y} {clock_text(moment)}"
