"""Times as people type them on the pages of clocks and timeline."""

from __future__ import annotations

from datetime import date, datetime

from cases.errors import UnreadableDay
from data.errors import UnreadableEntry
from data.times import local, read_entered


def entered(moment: datetime) -> str:
    """A moment as a form shows it: "10.03.2026 09:25"."""
    return local(moment).strftime("%d.%m.%Y %H:%M")


def entered_day(moment: datetime) -> str:
    """The Viennese day of a moment as a form shows it: "10.03.2026"."""
    return local(moment).strftime("%d.%m.%Y")


def read_day(text: str) -> date:
    """A day as it was typed. Raises UnreadableDay."""
    try:
        # Midnight exists on every day in Vienna.
        return local(read_entered(f"{text.strip()} 00:00")).date()
    except UnreadableEntry:
        raise UnreadableDay(text) from None


def read_start(text: str, days: bool) -> datetime | date:
    """The start of a clock: a day where its rule counts days, else a moment as UTC."""
    return read_day(text) if days else read_entered(text)


def read_end(text: str) -> datetime | None:
    """A moment as UTC, or None where nothing was typed."""
    return read_entered(text) if text.strip() else None
