"""Surcharges (Zuschläge) for night, weekend and holiday, cut at the borders of the bands.

Bands are local time in Vienna, so that a night in which the clock is changed is as long as
it was. A surcharge is always computed from the base rate, never from a surcharged one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, Literal

import holidays

from budget.money import half_up, line_cents
from budget.worktime import hours_text
from data import reference
from data.times import VIENNA, local

_DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = "holiday"
NONE = "none"
# The clock is changed between these two; both sides of the change are borders.
_CHANGE_MINUTES = (120, 180)


@dataclass(frozen=True)
class Band:
    """A part of the day on some days: minutes since midnight, the surcharge in percent."""

    days: frozenset[str]
    from_minute: int
    to_minute: int
    percent: int
    reason: str


@dataclass(frozen=True)
class Profile:
    """Bands, and whether the highest one holds or all that apply add up."""

    name: str
    title: str
    combine: Literal["max", "add"]
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Piece:
    """Seconds at one surcharge."""

    seconds: int
    percent: int
    reason: str


@dataclass(frozen=True)
class Surcharge:
    """What the surcharges add to a line, and why."""

    cents: int = 0
    reason: str = ""


def profiles() -> dict[str, Profile]:
    """The profiles of ``data/reference/rates.toml`` by name."""
    known: dict[str, Any] = reference.load("rates")["surcharges"]
    return {name: profile_from(name, value) for name, value in known.items()}


def profile_from(name: str, value: Mapping[str, Any]) -> Profile:
    """A profile from its table in the reference data."""
    return Profile(
        name=name,
        title=value["title"],
        combine=value["combine"],
        bands=tuple(
            Band(
                days=frozenset(band["days"]),
                from_minute=_minute(band["from"]),
                to_minute=_minute(band["to"]),
                percent=band["percent"],
                reason=band["reason"],
            )
            for band in value["bands"]
        ),
    )


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def pieces(start: datetime, end: datetime, profile: Profile) -> list[Piece]:
    """The time from ``start`` to ``end`` (UTC), cut where the surcharge changes."""
    borders = [start, *_borders_between(start, end, profile), end]
    cut: list[Piece] = []
    for began, ended in pairwise(borders):
        percent, reason = _surcharge_at(began, profile)
        seconds = (ended - began) // timedelta(seconds=1)
        if cut and (cut[-1].percent, cut[-1].reason) == (percent, reason):
            cut[-1] = Piece(cut[-1].seconds + seconds, percent, reason)
        else:
            cut.append(Piece(seconds, percent, reason))
    return cut


def _borders_between(start: datetime, end: datetime, profile: Profile) -> list[datetime]:
    minutes = {0, *_CHANGE_MINUTES}
    for band in profile.bands:
        minutes |= {band.from_minute, band.to_minute}
    found: set[datetime] = set()
    day = local(start).date()
    while day <= local(end).date():
        midnight = datetime(day.year, day.month, day.day, tzinfo=VIENNA)
        for minute in minutes:
            wall = midnight + timedelta(minutes=minute)
            found |= {wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
        day += timedelta(days=1)
    return sorted(moment for moment in found if start < moment < end)


def _surcharge_at(moment: datetime, profile: Profile) -> tuple[int, str]:
    wall = local(moment)
    kinds = {_DAY_NAMES[wall.weekday()]}
    if wall.date() in _holidays(wall.year):
        kinds.add(HOLIDAY)
    minute = wall.hour * 60 + wall.minute
    applying = [
        band
        for band in profile.bands
        if band.days & kinds and band.from_minute <= minute < band.to_minute
    ]
    if not applying:
        return 0, ""
    if profile.combine == "add":
        reasons = dict.fromkeys(band.reason for band in applying)
        return sum(band.percent for band in applying), " + ".join(reasons)
    highest = max(applying, key=lambda band: band.percent)
    return highest.percent, highest.reason


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("AT", years=year))


def fit(cut: Iterable[Piece], billed_seconds: int) -> list[Piece]:
    """The pieces brought to the billed seconds.

    What rounding adds belongs to the end of the work. What a break or rounding takes away
    comes off the dearest piece first: where the break lay is not recorded, so the doubt
    goes in favour of the payer.
    """
    fitted = list(cut)
    missing = billed_seconds - sum(piece.seconds for piece in fitted)
    if missing > 0:
        last = fitted[-1]
        fitted[-1] = Piece(last.seconds + missing, last.percent, last.reason)
    order = sorted(range(len(fitted)), key=lambda index: -fitted[index].percent)
    for index in order:
        if missing >= 0:
            break
        piece = fitted[index]
        taken = min(piece.seconds, -missing)
        fitted[index] = Piece(piece.seconds - taken, piece.percent, piece.reason)
        missing += taken
    return [piece for piece in fitted if piece.seconds]


def surcharge(
    start: datetime, end: datetime, billed_seconds: int, rate_cents: int, profile: Profile | None
) -> Surcharge:
    """What the profile adds to a line of ``billed_seconds``; the line is rounded once."""
    if profile is None or end == start:
        return Surcharge()
    fitted = fit(pieces(start, end, profile), billed_seconds)
    percent_seconds = sum(piece.seconds * (100 + piece.percent) for piece in fitted)
    net = half_up(percent_seconds * rate_cents, 100 * 3600)
    reasons = [
        f"{piece.reason} +{piece.percent} % ({hours_text(piece.seconds)})"
        for piece in fitted
        if piece.percent
    ]
    return Surcharge(net - line_cents(billed_seconds, rate_cents), "; ".join(reasons))
