"""Days, amounts and numbers as a person types them; empty is unknown."""

from __future__ import annotations

import re
from datetime import date

from cases.errors import MissingField, UnreadableDay, UnreadableMainExpiry, UnreadableSum
from data.formats import NBSP

_DAY = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_DAY_OF_YEAR = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?")
# A point groups three figures, a comma starts the cents: "2.5" is refused and not guessed.
_SUM = re.compile(
    r"(?:€\s?)?(?P<whole>\d{1,9}|\d{1,3}(?:\.\d{3}){1,2})(?:,(?P<cents>\d{1,2}|[-–]{1,2}))?(?:\s?€)?"
)
_FIRST_YEAR = 1900
_LAST_YEAR = 2200


def read_day(text: str) -> date | None:
    """A date such as "10.03.2026"; None where nothing was typed. Raises UnreadableDay."""
    typed = text.strip()
    if not typed:
        return None
    match = _DAY.fullmatch(typed)
    if match is None:
        raise UnreadableDay(typed)
    day, month, year = (int(group) for group in match.groups())
    try:
        read = date(year, month, day)
    except ValueError:
        raise UnreadableDay(typed) from None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise UnreadableDay(typed)
    return read


def needed_day(text: str, label: str) -> date:
    """A date that has to be there. Raises MissingField and UnreadableDay."""
    read = read_day(text)
    if read is None:
        raise MissingField(label)
    return read


def day_text(day: date | None) -> str:
    """A date as it is typed, "10.03.2026"; "" for None."""
    return day.strftime("%d.%m.%Y") if day else ""


def read_day_of_year(text: str) -> str:
    """ "1.1." as "01-01"; "" where nothing was typed. Raises UnreadableMainExpiry."""
    typed = text.strip()
    if not typed:
        return ""
    match = _DAY_OF_YEAR.fullmatch(typed)
    if match is None:
        raise UnreadableMainExpiry(typed)
    day, month = (int(group) for group in match.groups())
    try:
        # A leap year: 29 February is a day too.
        date(2000, month, day)
    except ValueError:
        raise UnreadableMainExpiry(typed) from None
    return f"{month:02d}-{day:02d}"


def day_of_year_text(main_expiry: str) -> str:
    """ "01-01" as it is typed, "01.01."."""
    if not main_expiry:
        return ""
    month, day = main_expiry.split("-")
    return f"{day}.{month}."


def read_sum(text: str) -> int | None:
    """Cents of "2.500,00" or "€ 2500"; None where nothing was typed. Raises UnreadableSum."""
    typed = text.replace(NBSP, " ").strip()
    if not typed:
        return None
    match = _SUM.fullmatch(typed)
    if match is None:
        raise UnreadableSum(typed)
    cents = match["cents"] or ""
    whole = int(match["whole"].replace(".", ""))
    return whole * 100 + (int(cents.ljust(2, "0")) if cents.isdigit() else 0)


def sum_text(cents: int | None) -> str:
    """An amount as it is typed, "2.500,00"; "" for None."""
    if cents is None:
        return ""
    whole, rest = divmod(cents, 100)
    return f"{whole:,}".replace(",", ".") + f",{rest:02d}"
