"""Time: stored as UTC, shown as Europe/Vienna, subtracted in UTC only.

Python subtracts two aware datetimes that share one ``ZoneInfo`` by their wall clocks, which
is an hour wrong across a change of the clock. So every moment in this product is UTC as
soon as it is read, and local only while it is shown.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from data.errors import NonexistentLocalTime, UnreadableEntry, UnreadableTime

VIENNA = ZoneInfo("Europe/Vienna")

# The stored text has four digits for the year, and Vienna's clock must not leave the calendar.
_FIRST_YEAR = 1001
_LAST_YEAR = 9998

_HAS_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


def now() -> datetime:
    """The present moment, UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def utc_text(moment: datetime) -> str:
    """``moment`` as it is stored: ``2026-05-16T06:00:00Z``. Refuses a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a moment without an offset cannot be stored")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_utc(text: str) -> datetime:
    """The stored text of :func:`utc_text` as an aware datetime."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def from_local(naive: datetime, fold: int = 0) -> datetime:
    """A Viennese wall-clock time as UTC.

    ``fold`` 1 picks the second of the two hours in autumn. Raises
    :class:`NonexistentLocalTime` in the hour that spring leaves out.
    """
    local = naive.replace(tzinfo=VIENNA, fold=fold)
    moment = local.astimezone(UTC)
    if moment.astimezone(VIENNA).replace(tzinfo=None) != naive.replace(tzinfo=None):
        raise NonexistentLocalTime(naive.strftime("%Y-%m-%dT%H:%M"))
    return moment


def is_ambiguous(naive: datetime) -> bool:
    """Whether the Viennese wall clock shows ``naive`` twice."""
    first = naive.replace(tzinfo=VIENNA, fold=0).utcoffset()
    second = naive.replace(tzinfo=VIENNA, fold=1).utcoffset()
    if first is None or second is None:
        return False
    return first > second


def read_moment(text: str, fold: int = 0) -> datetime:
    """A moment from outside as UTC.

    With an offset ("Z", "+02:00") it is taken as it is, without one it is Vienna's wall
    clock. Raises :class:`UnreadableTime` or :class:`NonexistentLocalTime`.
    """
    stripped = text.strip()
    try:
        read = datetime.fromisoformat(stripped)
    except ValueError:
        raise UnreadableTime(text) from None
    if len(stripped) <= 10 or not _FIRST_YEAR <= read.year <= _LAST_YEAR:
        raise UnreadableTime(text)
    if read.tzinfo is not None:
        return read.astimezone(UTC)
    if _HAS_OFFSET.search(stripped):
        raise UnreadableTime(text)
    return from_local(read, fold)


def read_date(text: str) -> date:
    """A date (``2026-05-16``) from outside. Raises :class:`UnreadableTime`."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UnreadableTime(text) from None


def local(moment: datetime) -> datetime:
    """``moment`` on Vienna's clock, to be shown."""
    return moment.astimezone(VIENNA)


def local_text(moment: datetime) -> str:
    """``moment`` with Vienna's offset: ``2026-05-19T07:15:00+02:00``."""
    return local(moment).isoformat(timespec="seconds")


_ENTERED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})[,\s]+(\d{1,2})[:.](\d{2})(?:\s*Uhr)?")


def read_entered(text: str, fold: int = 0) -> datetime:
    """What a person typed as date and time ("10.3.2026 9:25"), as UTC.

    Raises :class:`UnreadableEntry` or :class:`NonexistentLocalTime`.
    """
    match = _ENTERED.fullmatch(text.strip())
    if match is None:
        raise UnreadableEntry(text)
    day, month, year, hour, minute = (int(group) for group in match.groups())
    try:
        naive = datetime(year, month, day, hour, minute)  # noqa: DTZ001 (made aware below)
    except ValueError:
        raise UnreadableEntry(text) from None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise UnreadableEntry(text)
    return from_local(naive, fold)
