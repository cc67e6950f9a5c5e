"""The duty roster (Dienstplan): who is there when, and when nobody is.

NA-19 promises help around the clock on 365 days. A gap is therefore computed and shown, never
left to be noticed. Overlaps are allowed; a person in two places, a shift that is too long and
a rest that is too short are warnings, because works agreements may allow them.

All moments are UTC. Patterns are entered in wall-clock times and expanded day by day, so a
night in which the clock is changed is as long as it is. A pattern's time in the hour that is
left out in spring means the moment at which the clock goes on; in the doubled hour it means
the first of the two. Two patterns that meet therefore meet in these nights too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import groupby, pairwise
from typing import Any, Literal, get_args

import holidays

from cases.errors import (
    PatternEmpty,
    PatternTooLong,
    PeriodEndsBeforeStart,
    ShiftEndsBeforeStart,
    ShiftTooLong,
)
from data import reference, times
from data.errors import DataError, NonexistentLocalTime
from data.i18n import N_, _, current_language

RULE = "NA-19"

Role = Literal["desk", "lead", "on_call"]
ROLES: tuple[Role, ...] = get_args(Role)
ROLE_NAMES = {"desk": N_("Pult"), "lead": N_("Leitung"), "on_call": N_("Rufbereitschaft")}

Holidays = Literal["work", "off"]
WarningKind = Literal["double_booked", "too_long", "short_rest"]

WEEKDAYS = (N_("Mo"), N_("Di"), N_("Mi"), N_("Do"), N_("Fr"), N_("Sa"), N_("So"))
_AFTER_THE_JUMP = time(3)


@dataclass(frozen=True)
class Shift:
    """One duty of one person as it holds: ``end`` is earlier where it was cut short."""

    id: int
    account_id: int
    person: str
    role: Role
    start: datetime
    end: datetime
    note: str = ""
    pattern_id: int | None = None
    replaces_id: int | None = None

    @property
    def length(self) -> timedelta:
        """How long it lasts, in elapsed time."""
        return self.end - self.start


@dataclass(frozen=True)
class Gap:
    """A time without anybody on duty."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long nobody is there."""
        return self.end - self.start


@dataclass(frozen=True)
class Limit:
    """A limit of working time with where it stands."""

    hours: int
    rule: str
    source: str
    confirmed: bool


@dataclass(frozen=True)
class RosterWarning:
    """What is doubtful about the shifts of one person, from ``start`` to ``end``.

    ``too_long`` names the stretch, ``short_rest`` the rest, ``double_booked`` the overlap.
    """

    kind: WarningKind
    account_id: int
    person: str
    start: datetime
    end: datetime
    rule: str

    @property
    def length(self) -> timedelta:
        """How long the stretch, the rest or the overlap is."""
        return self.end - self.start


@dataclass(frozen=True)
class Pattern:
    """A line of the week plan: who, which weekdays (ISO 1 to 7), from when to when.

    ``ends`` at or before ``begins`` is on the next day. ``every_weeks`` counts from the week
    of ``first_day``. With ``holidays`` "off" a shift that begins on a public holiday falls out.
    """

    account_id: int
    role: Role
    weekdays: frozenset[int]
    begins: time
    ends: time
    first_day: date
    last_day: date
    every_weeks: int = 1
    holidays: Holidays = "work"
    note: str = ""


def limit(name: Literal["longest", "rest"]) -> Limit:
    """The limit from ``data/reference/duty.toml``."""
    return Limit(**reference.load("duty")["limits"][name])


def watch_span() -> timedelta:
    """How far ahead a gap is reported."""
    return timedelta(hours=_reference()["watch_hours"])


def _reference() -> dict[str, Any]:
    return reference.load("duty")


# Who is there


def counts(shift: Shift) -> bool:
    """Whether the shift counts as somebody being there (NA-19)."""
    return shift.role in _reference()["covering_roles"]


def on_duty(shifts: Iterable[Shift], at: datetime) -> list[Shift]:
    """The shifts that hold at ``at``: the desk first, then who stays longest."""
    found = [each for each in shifts if each.start <= at < each.end]
    return sorted(found, key=lambda each: (ROLES.index(each.role), -each.end.timestamp(), each.id))


def next_after(shifts: Iterable[Shift], at: datetime) -> Shift | None:
    """The next shift to begin, or None."""
    coming = [each for each in shifts if each.start > at]
    return min(coming, key=lambda each: (each.start, ROLES.index(each.role), each.id), default=None)


def there_until(shifts: Iterable[Shift], shift: Shift) -> datetime:
    """Until when the person of ``shift`` stays: over shifts of theirs that follow at once."""
    until = shift.end
    own = [each for each in shifts if each.account_id == shift.account_id]
    for each in sorted(own, key=lambda each: each.start):
        if each.start <= until < each.end:
            until = each.end
    return until


def covered(shifts: Iterable[Shift], start: datetime, end: datetime) -> list[Gap]:
    """The times in the window in which somebody is there, joined and in order."""
    inside = sorted((max(each.start, start), min(each.end, end)) for each in shifts if counts(each))
    joined: list[Gap] = []
    for begins, ends in inside:
        if begins >= ends:
            continue
        if joined and begins <= joined[-1].end:
            joined[-1] = Gap(joined[-1].start, max(joined[-1].end, ends))
        else:
            joined.append(Gap(begins, ends))
    return joined


def gaps(shifts: Iterable[Shift], start: datetime, end: datetime) -> list[Gap]:
    """The times in the window in which nobody is there (NA-19), in order."""
    if start >= end:
        return []
    there = covered(shifts, start, end)
    begins = [start, *(each.end for each in there)]
    ends = [*(each.start for each in there), end]
    return [Gap(one, two) for one, two in zip(begins, ends, strict=True) if one < two]


def only_on_call(shifts: Sequence[Shift], start: datetime, end: datetime) -> list[Gap]:
    """The times in the window in which nobody but on-call duty is there."""
    present = [each for each in shifts if each.role != "on_call"]
    nobody = gaps(shifts, start, end)
    found: list[Gap] = []
    for gap in gaps(present, start, end):
        cuts = sorted(
            {gap.start, gap.end}
            | {
                moment
                for each in nobody
                for moment in (each.start, each.end)
                if gap.start < moment < gap.end
            }
        )
        found += [
            Gap(one, two)
            for one, two in pairwise(cuts)
            if not any(each.start <= one and two <= each.end for each in nobody)
        ]
    return found


# What is doubtful


def warnings(shifts: Iterable[Shift]) -> list[RosterWarning]:
    """Double booking, shifts over 12 h (§ 9 AZG) and rests under 11 h (§ 12 AZG), by time.

    Shifts of one person that touch are one stretch of work. On-call duty is no working time:
    it can be double booked, but it is neither too long nor a broken rest.
    """
    by_person = sorted(shifts, key=lambda each: (each.account_id, each.start, each.id))
    found: list[RosterWarning] = []
    for _account, group in groupby(by_person, key=lambda each: each.account_id):
        own = list(group)
        found += _double_bookings(own)
        found += _against_the_clock([each for each in own if _is_work(each)])
    return sorted(found, key=lambda each: (each.start, each.account_id, each.kind))


def _is_work(shift: Shift) -> bool:
    return shift.role in _reference()["working_roles"]


def _double_bookings(own: Sequence[Shift]) -> list[RosterWarning]:
    found: list[RosterWarning] = []
    longest = own[0]
    for each in own[1:]:
        if each.start < longest.end:
            found.append(
                RosterWarning(
                    "double_booked",
                    each.account_id,
                    each.person,
                    each.start,
                    min(each.end, longest.end),
                    RULE,
                )
            )
        longest = max(longest, each, key=lambda one: one.end)
    return found


def _against_the_clock(own: Sequence[Shift]) -> list[RosterWarning]:
    longest, rest = limit("longest"), limit("rest")
    stretches = _stretches(own)
    found = [
        RosterWarning("too_long", one.account_id, one.person, one.start, one.end, longest.rule)
        for one in stretches
        if one.length > timedelta(hours=longest.hours)
    ]
    found += [
        RosterWarning("short_rest", one.account_id, one.person, one.end, two.start, rest.rule)
        for one, two in pairwise(stretches)
        if two.start - one.end < timedelta(hours=rest.hours)
    ]
    return found


def _stretches(own: Sequence[Shift]) -> list[Shift]:
    """Shifts of one person in order, those that touch or overlap made one."""
    joined: list[Shift] = []
    for each in own:
        if joined and each.start <= joined[-1].end:
            last = joined[-1]
            joined[-1] = Shift(
                last.id,
                last.account_id,
                last.person,
                last.role,
                last.start,
                max(last.end, each.end),
            )
        else:
            joined.append(each)
    return joined


# What is entered


def read_shift(
    begins: str, ends: str, begins_fold: int = 0, ends_fold: int = 0
) -> tuple[datetime, datetime]:
    """Two typed wall-clock times ("24.11.2026 18:00") as UTC.

    A fold of 1 picks the second of the two hours in autumn. Raises UnreadableEntry,
    NonexistentLocalTime, ShiftEndsBeforeStart or ShiftTooLong.
    """
    start = times.read_entered(begins, begins_fold)
    end = times.read_entered(ends, ends_fold)
    check_span(start, end)
    return start, end


def check_span(start: datetime, end: datetime) -> None:
    """Raises ShiftEndsBeforeStart, or ShiftTooLong where the date must be mistyped."""
    days = _reference()["longest_shift_days"]
    if start >= end:
        raise ShiftEndsBeforeStart
    if end - start > timedelta(days=days):
        raise ShiftTooLong(days)


def comes_twice(entered: str) -> bool:
    """Whether a typed time stands for two moments, in the night the clock is put back."""
    try:
        return times.read_entered(entered, 0) != times.read_entered(entered, 1)
    except DataError:
        return False


def holiday_name(day: date, language: str | None = None) -> str:
    """The public holiday (gesetzlicher Feiertag in Österreich) on ``day``, or an empty text."""
    chosen = "en_US" if (language or current_language()) == "en" else "de"
    return _holidays(day.year, chosen).get(day, "")


@cache
def _holidays(year: int, language: str) -> dict[date, str]:
    found = holidays.country_holidays("AT", years=year, language=language)
    return {day: str(name) for day, name in found.items()}


def expand(pattern: Pattern) -> list[tuple[datetime, datetime]]:
    """Begin and end (UTC) of each shift of the pattern, in order.

    Raises PeriodEndsBeforeStart, PatternTooLong, or PatternEmpty where no day fits.
    """
    days = (pattern.last_day - pattern.first_day).days
    longest = _reference()["longest_pattern_days"]
    if days < 0:
        raise PeriodEndsBeforeStart
    if days >= longest:
        raise PatternTooLong(longest)
    found = []
    for number in range(days + 1):
        day = pattern.first_day + timedelta(days=number)
        if not _falls_on(pattern, day):
            continue
        last = day if pattern.ends > pattern.begins else day + timedelta(days=1)
        start, end = _moment(day, pattern.begins), _moment(last, pattern.ends)
        if start < end:
            found.append((start, end))
    if not found:
        raise PatternEmpty
    return found


def _falls_on(pattern: Pattern, day: date) -> bool:
    if day.isoweekday() not in pattern.weekdays:
        return False
    if pattern.holidays == "off" and holiday_name(day):
        return False
    weeks = (_monday(day) - _monday(pattern.first_day)).days // 7
    return weeks % pattern.every_weeks == 0


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _moment(day: date, wall: time) -> datetime:
    try:
        return times.from_local(datetime.combine(day, wall))
    except NonexistentLocalTime:
        return times.from_local(datetime.combine(day, _AFTER_THE_JUMP))


# How it is said


def span_text(start: datetime, end: datetime) -> str:
    """ "Di 24.11. 02:00–06:00"; with both days where the end lies on another one."""
    first, last = times.local(start), times.local(end)
    if first.date() == last.date():
        return f"{day_text(first.date())} {wall_text(start)}–{wall_text(end)}"
    return f"{day_text(first.date())} {wall_text(start)}–{day_text(last.date())} {wall_text(end)}"


def day_text(day: date) -> str:
    """ "Di 24.11." """
    return f"{_(WEEKDAYS[day.weekday()])} {day:%d.%m.}"


def wall_text(moment: datetime) -> str:
    """The clock time; in the doubled hour with the word for which of the two it is."""
    shown = times.local(moment)
    text = f"{shown:%H:%M}"
    if not times.is_ambiguous(shown.replace(tzinfo=None, fold=0)):
        return text
    return f"{text} {_('Winterzeit') if shown.fold else _('Sommerzeit')}"


def gap_text(gap: Gap) -> str:
    """ "ohne Dienst: Di 24.11. 02:00–06:00"."""
    return _("ohne Dienst: {span}").format(span=span_text(gap.start, gap.end))


def warning_text(warning: RosterWarning) -> str:
    """One sentence for a warning, with its rule."""
    text = {
        "double_booked": _("{person} ist doppelt eingeteilt: {span}."),
        "too_long": _("{person} ist länger als {longest} h am Stück im Dienst: {span}."),
        "short_rest": _("{person} hat weniger als {rest} h Ruhezeit: {span}."),
    }[warning.kind]
    return text.format(
        person=warning.person,
        span=span_text(warning.start, warning.end),
        longest=limit("longest").hours,
        rest=limit("rest").hours,
    )


_ROLE_MARKS = {"desk": "", "lead": N_("Ltg "), "on_call": N_("Ruf ")}


def day_cells(shifts: Iterable[Shift], days: Sequence[date]) -> dict[tuple[int, date], list[str]]:
    """What the week table says, by person (account) and day.

    A shift up to a day long stands on the day it begins ("18–08"), a longer one on each of
    its days ("ab 18", "ganztags", "bis 08").
    """
    found: dict[tuple[int, date], list[str]] = {}
    for shift in sorted(shifts, key=lambda each: each.start):
        mark = _(_ROLE_MARKS[shift.role]) if _ROLE_MARKS[shift.role] else ""
        for day, text in _cells_of(shift):
            if day in days:
                found.setdefault((shift.account_id, day), []).append(mark + text)
    return found


def _cells_of(shift: Shift) -> list[tuple[date, str]]:
    first, last = times.local(shift.start).date(), times.local(shift.end).date()
    if shift.length <= timedelta(hours=25) and (last - first).days <= 1:
        return [(first, hours_text(shift.start, shift.end))]
    between = [first + timedelta(days=number) for number in range(1, (last - first).days)]
    cells = [(first, _("ab {at}").format(at=_hour(shift.start)))]
    cells += [(day, _("ganztags")) for day in between]
    if times.local(shift.end).time() != time():
        cells.append((last, _("bis {at}").format(at=_hour(shift.end))))
    return cells


def hours_text(start: datetime, end: datetime) -> str:
    """Two clock times as short as they can be: "18–08", "02:30–06", "14–24"."""
    ends = "24" if times.local(end).time() == time() else _hour(end)
    return f"{_hour(start)}–{ends}"


def _hour(moment: datetime) -> str:
    shown = times.local(moment)
    return f"{shown:%H}" if shown.minute == 0 else f"{shown:%H:%M}"


def uncovered_by_day(shifts: Sequence[Shift], days: Sequence[date]) -> dict[date, list[Gap]]:
    """The gaps of each day of the table that has any."""
    found = {}
    for day in days:
        start = _moment(day, time())
        end = _moment(day + timedelta(days=1), time())
        open_times = gaps(shifts, start, end)
        if open_times:
            found[day] = open_times
    return found
