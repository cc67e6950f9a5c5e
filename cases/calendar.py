"""The clocks as a calendar file (iCalendar, RFC 5545).

An entry holds the number of the case and the word for the clock, nothing else: calendars are
shared and shown on lock screens. Its UID stays the same over restarts, and its SEQUENCE grows
with each change, so that a calendar which reads the file again moves the entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from icalendar import Alarm, Calendar, Event, Timezone
from sqlite_utils import Database

from cases import clock as rules
from cases.clocks import clock_short
from cases.store.clocks import Changes, ClockFilter, ListedClock, changes_of, list_clocks
from data.times import VIENNA, is_ambiguous, local

MEDIA_TYPE = "text/calendar"
_PRODUCT = "-//Krisenpult//Fristen//DE"
_MOST = 2000
# Written out: the library's own takes the change in spring for an hour later than it is.
_VIENNA = """\
BEGIN:VTIMEZONE
TZID:Europe/Vienna
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
END:STANDARD
END:VTIMEZONE
"""


def calendar_file(db: Database, at: datetime, case_id: int | None = None) -> bytes:
    """The clocks of one case, or those of all open cases, as the content of an .ics file.

    A case's file also takes back what was settled; the file over all holds what runs.
    """
    state = "open" if case_id is None else "all"
    listed = list_clocks(db, ClockFilter(case_id=case_id, state=state), at, limit=_MOST)
    return build(listed, changes_of(db, [each.clock.id for each in listed]), at)


def build(listed: Sequence[ListedClock], changes: Mapping[int, Changes], at: datetime) -> bytes:
    """The file with an entry for each clock. ``at`` (UTC) is when the file is made."""
    made = Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add_component(Timezone.from_ical(_VIENNA.replace("\n", "\r\n")))
    for each in listed:
        made.add_component(_event(each, changes[each.clock.id], at))
    content: bytes = made.to_ical()
    return content


def _event(listed: ListedClock, change: Changes, at: datetime) -> Event:
    clock = listed.clock
    words = f"{listed.case_number} · {clock_short(clock.kind)}"
    event = Event()
    event.add("uid", f"{listed.case_number.lower()}-frist-{change.root_id}@krisenpult.invalid")
    event.add("sequence", change.count)
    event.add("dtstamp", at)
    event.add("last-modified", change.last_at or clock.started_at)
    event.add("dtstart", _start(clock.kind, clock.due_at))
    event.add("summary", words)
    event.add("status", "CONFIRMED" if clock.settled_at is None else "CANCELLED")
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    if clock.settled_at is None:
        for stage in rules.stages(clock.kind):
            if stage.minutes != rules.OVERDUE_STAGE:
                event.add_component(_alarm(words, stage.minutes))
    return event


def _start(kind: str, due_at: datetime) -> datetime | date:
    """The last moment on Vienna's clock; a last day as a day.

    The second of the two hours in autumn is written in UTC: a local time names the first one.
    """
    shown = local(due_at)
    if rules.counts_days(kind):
        return shown.date()
    if shown.fold and is_ambiguous(shown.replace(tzinfo=None)):
        return due_at.astimezone(UTC)
    return shown.replace(tzinfo=VIENNA)


def _alarm(words: str, minutes: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", timedelta(minutes=-minutes))
    return alarm
