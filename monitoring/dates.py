"""Dates as feeds write them, read into UTC.

Three ways of writing occur: ISO 8601, RFC 822 and its relatives with names of months in
English or German (Austria: Jänner, Feber), and German numbers (06.10.2025 10:00). A date
without a zone is Vienna's clock. A zone that nobody knows makes the date unreadable: an
hour that is wrong unnoticed is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from data.times import VIENNA

MAX_TEXT: Final = 100
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
LATEST_AHEAD: Final = timedelta(days=366)

_MONTH_NAMES: Final = (
    ("jan", "januar", "january", "jänner", "jaenner", "jän", "jaen"),
    ("feb", "februar", "february", "feber"),
    ("mar", "märz", "maerz", "march", "mär", "maer", "mrz", "marz"),
    ("apr", "april"),
    ("mai", "may"),
    ("jun", "juni", "june"),
    ("jul", "juli", "july"),
    ("aug", "august"),
    ("sep", "sept", "september"),
    ("okt", "oct", "oktober", "october"),
    ("nov", "november"),
    ("dez", "dec", "dezember", "december"),
)
_MONTHS: Final = {name: index for index, names in enumerate(_MONTH_NAMES, 1) for name in names}

# Hours from UTC. American names as RFC 822 defines them; the European ones as they are used.
_ZONES: Final = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1,
    "mez": 1, "cet": 1, "met": 1, "mesz": 2, "cest": 2, "mest": 2,
    "eet": 2, "oez": 2, "eest": 3, "oesz": 3, "msk": 3,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
_VIENNA_NAMES: Final = frozenset({"europe/vienna", "europe/berlin", "europe/zurich"})
_NOISE: Final = frozenset(
    {
        "uhr", "um", "am", "den", "der", "at", "on", "the", "ab",
        "mo", "di", "mi", "do", "fr", "sa", "so",
        "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun",
        "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonnabend",
        "sonntag", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    }
)  # fmt: skip

_ISO: Final = re.compile(
    r"(?P<year>\d{4})(?P<dash>[-/]?)(?P<month>\d{2})(?P=dash)(?P<day>\d{2})"
    r"(?:[T\s]+(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d+)?)?)?"
    r"(?P<rest>.*)",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
_NUMBERS: Final = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})\b", re.ASCII)
_DAY_MONTH: Final = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th)?[.\s-]+([^\W\d_]{3,9})[.\s,-]+(\d{4}|\d{2})\b(?![:.]\d)"
)
_MONTH_DAY: Final = re.compile(r"\b([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?\b(?![:.]\d)")
_YEAR: Final = re.compile(r"(?<![\d:+-])(\d{4})(?![\d:])", re.ASCII)
_TIME: Final = re.compile(
    r"(?<![\d+-])(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*(a\.?m\.?\b|p\.?m\.?\b)?",
    re.ASCII,
)
_OFFSET: Final = re.compile(r"(?:\b(?:gmt|utc|ut))?\s*([+-])(\d{1,2}):?(\d{2})?(?!\d)", re.ASCII)
_WORD: Final = re.compile(r"[^\W\d_]+(?:/[^\W\d_]+)?")


@dataclass
class _Parts:
    """A date taken apart: numbers as written, and what stands around them."""

    year: int
    month: int
    day: int
    hour: int = 0
    minute: int = 0
    second: int = 0
    rest: str = ""


def read(text: str) -> datetime | None:
    """The moment that ``text`` names, as UTC in whole seconds, or None.

    Reads what is written; whether it can be true is :func:`plausible`'s question.
    """
    stripped = " ".join(text.split())
    if not stripped or len(stripped) > MAX_TEXT:
        return None
    parts = _iso(stripped) or _written(stripped.lower())
    if parts is None:
        return None
    zone = _zone(parts.rest.lower())
    if zone is None:
        return None
    return _moment(parts, zone)


def plausible(moment: datetime, now: datetime) -> bool:
    """Whether a feed of ``now`` can carry an entry of ``moment``.

    Clocks that start at 1970 and placeholders such as 2099 are none.
    """
    return EARLIEST <= moment <= now + LATEST_AHEAD


def _iso(text: str) -> _Parts | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    if not found["dash"] and found["hour"] is None and found["rest"]:
        return None
    number = {name: int(found[name] or 0) for name in ("hour", "minute", "second")}
    return _Parts(
        int(found["year"]), int(found["month"]), int(found["day"]), **number, rest=found["rest"]
    )


def _written(text: str) -> _Parts | None:
    """A date in numbers with dots, or with the name of a month."""
    return _german_numbers(text) or _day_month(text) or _month_day(text)


def _german_numbers(text: str) -> _Parts | None:
    found = _NUMBERS.search(text)
    if found is None:
        return None
    day, month, year = (int(number) for number in found.groups())
    return _with_time(_Parts(_full_year(year, found[3]), month, day), _without(text, found))


def _day_month(text: str) -> _Parts | None:
    found = _DAY_MONTH.search(text)
    if found is None or found[2] not in _MONTHS:
        return None
    year = _full_year(int(found[3]), found[3])
    return _with_time(_Parts(year, _MONTHS[found[2]], int(found[1])), _without(text, found))


def _month_day(text: str) -> _Parts | None:
    for found in _MONTH_DAY.finditer(text):
        if found[1] not in _MONTHS:
            continue
        rest = _without(text, found)
        year = _YEAR.search(rest)
        if year is None:
            return None
        parts = _Parts(int(year[1]), _MONTHS[found[1]], int(found[2]))
        return _with_time(parts, _without(rest, year))
    return None


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _full_year(year: int, written: str) -> int:
    """Two digits are the years from 1970 to 2069."""
    if len(written) == 4:
        return year
    return year + (2000 if year < 70 else 1900)


def _with_time(parts: _Parts, text: str) -> _Parts:
    """Add the time of day that ``text`` holds; the rest goes to the zone."""
    found = _TIME.search(text)
    if found is None:
        parts.rest = text
        return parts
    parts.hour = int(found[1])
    parts.minute = int(found[2])
    parts.second = int(found[3] or 0)
    half = (found[4] or "")[:1]
    # "14:00 am 6. Oktober" is German and no half of the day.
    if half and 1 <= parts.hour <= 12:
        parts.hour = parts.hour % 12 + (12 if half == "p" else 0)
    parts.rest = _without(text, found)
    return parts


def _zone(rest: str) -> tzinfo | None:
    """The zone that the rest of a date names: Vienna's without one, None for a strange one."""
    offset = _OFFSET.search(rest)
    if offset is not None:
        hours, minutes = int(offset[2]), int(offset[3] or 0)
        if hours > 14 or minutes > 59:
            return None
        sign = -1 if offset[1] == "-" else 1
        return timezone(sign * timedelta(hours=hours, minutes=minutes))
    zone: tzinfo = VIENNA
    for word in _WORD.findall(rest):
        if word in _ZONES:
            zone = timezone(timedelta(hours=_ZONES[word]))
        elif word not in _NOISE and word not in _VIENNA_NAMES:
            return None
    return None if re.search(r"\d", rest) else zone


def _moment(parts: _Parts, zone: tzinfo) -> datetime | None:
    """The moment, or None where the calendar or the clock does not have it.

    24:00 is the next midnight and a leap second the second before it. A local time that the
    change of the clock leaves out is read with the offset before it.
    """
    next_day = (parts.hour, parts.minute, parts.second) == (24, 0, 0)
    try:
        local = datetime(
            parts.year,
            parts.month,
            parts.day,
            0 if next_day else parts.hour,
            parts.minute,
            min(parts.second, 59) if parts.second <= 60 else parts.second,
            tzinfo=zone,
        )
        moment = local.astimezone(UTC)
        return moment + timedelta(days=1) if next_day else moment
    except (ValueError, OverflowError):
        return None
