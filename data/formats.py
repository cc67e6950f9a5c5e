"""How figures are shown in German (de-AT): money, times, durations.

English text gets the same figures: dates and amounts are read by Austrians either way.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from data.i18n import _, ngettext
from data.times import local

NBSP = "\N{NO-BREAK SPACE}"

SEVERITY_LEVELS = ("calm", "watch", "serious", "critical")
_SEVERITY_FROM = (("critical", 75), ("serious", 50), ("watch", 25), ("calm", 0))
SEVERITY_SHAPES = {"calm": "○", "watch": "◔", "serious": "◑", "critical": "●"}


def money(cents: int) -> str:
    """Integer cents as "€ 1.842,50"."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    grouped = f"{whole:,}".replace(",", ".")
    return f"{sign}€{NBSP}{grouped},{rest:02d}"


def clock_time(moment: datetime) -> str:
    """The Viennese clock time, "07:15"."""
    return local(moment).strftime("%H:%M")


def day(moment: datetime) -> str:
    """The Viennese date, "22.11.2026"."""
    return local(moment).strftime("%d.%m.%Y")


def moment(value: datetime) -> str:
    """Date and clock time, "22.11.2026, 07:15"."""
    return local(value).strftime("%d.%m.%Y, %H:%M")


def short_moment(value: datetime, now: datetime) -> str:
    """The clock time alone today, otherwise with the day: "22.11. 07:15"."""
    shown = local(value)
    if shown.date() == local(now).date():
        return shown.strftime("%H:%M")
    return shown.strftime("%d.%m. %H:%M")


def span(length: timedelta) -> str:
    """A length of time: "12 min", "14 h 05", "3 Tage"."""
    minutes = max(0, int(length.total_seconds()) // 60)
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    if minutes < 48 * 60:
        return f"{minutes // 60}{NBSP}h{NBSP}{minutes % 60:02d}"
    days = minutes // (24 * 60)
    return ngettext("{days} Tag", "{days} Tage", days).format(days=days)


def since(start: datetime, now: datetime) -> str:
    """How long something has lasted: "seit 14 h 05"."""
    minutes = max(0, int((now - start).total_seconds()) // 60)
    if minutes >= 48 * 60:
        days = minutes // (24 * 60)
        return ngettext("seit {days} Tag", "seit {days} Tagen", days).format(days=days)
    return _("seit {span}").format(span=span(now - start))


def due(moment_due: datetime, now: datetime) -> str:
    """A deadline, clock time first: "bis 07:15, noch 14 h 20"."""
    at = short_moment(moment_due, now)
    if moment_due >= now:
        return _("bis {at}, noch {span}").format(at=at, span=span(moment_due - now))
    return _("bis {at}, überfällig {since}").format(at=at, since=since(moment_due, now))


def hours(seconds: int) -> str:
    """Seconds as h:mm, "1:30"."""
    minutes = seconds // 60
    return f"{minutes // 60}:{minutes % 60:02d}"


def severity_level(severity: int) -> str:
    """The level of a severity from 0 to 100: calm, watch, serious or critical."""
    return next(level for level, least in _SEVERITY_FROM if severity >= least)


def severity_word(level: str) -> str:
    """The word for a level; severity is never shown by colour alone."""
    return {
        "calm": _("ruhig"),
        "watch": _("beobachten"),
        "serious": _("ernst"),
        "critical": _("kritisch"),
    }[level]


def severity(value: int) -> str:
    """Shape and word for a severity from 0 to 100: "◑ ernst"."""
    level = severity_level(value)
    return f"{SEVERITY_SHAPES[level]} {severity_word(level)}"


def coverage(result: str, limb: str | None) -> str:
    """The coverage decision in two words: "gedeckt A", "in Klärung", "nicht gedeckt"."""
    if result == "yes":
        return _("gedeckt {limb}").format(limb=limb or "").strip()
    return _("in Klärung") if result == "clarify" else _("nicht gedeckt")
