"""The calendar file: read back by another reader of the format."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from icalendar import Calendar
from sqlite_utils import Database

from access.actor import Actor
from cases import calendar, clocks, store
from cases.clock import ClockKind
from cases.store import Case, CaseClock, press
from cases.store import clocks as clock_store
from cases.store.clocks import Changes, ListedClock
from cases.store.press import NewEnquiry

NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def report(db: Database, consultant: Actor, case: Case) -> CaseClock:
    return clocks.start_by_hand(db, consultant, case.id, ClockKind.GDPR_33, start=NOW)


def events(content: bytes) -> list[dict[str, object]]:
    read = Calendar.from_ical(content)
    return [
        {
            "uid": str(each["uid"]),
            "summary": str(each["summary"]),
            "start": each["dtstart"].dt,
            "sequence": int(each["sequence"]),
            "status": str(each["status"]),
            "alarms": [alarm["trigger"].dt for alarm in each.walk("VALARM")],
        }
        for each in read.walk("VEVENT")
    ]


def test_an_entry_has_number_kind_end_and_alarms(
    db: Database, case: Case, report: CaseClock
) -> None:
    content = calendar.calendar_file(db, NOW, case.id)
    [event] = events(content)
    assert event["summary"] == f"{case.number} · DSGVO-Meldung"
    assert event["start"] == report.due_at
    assert event["alarms"] == [timedelta(minutes=-minutes) for minutes in (1440, 360, 60)]
    assert (event["sequence"], event["status"]) == (0, "CONFIRMED")
    text = content.decode()
    assert "DTSTART;TZID=Europe/Vienna:20261113T130000" in text
    assert text.count("BEGIN:VTIMEZONE") == 1
    assert "\r\n" in text


def test_nothing_confidential_is_in_the_file(
    db: Database, consultant: Actor, case: Case, report: CaseClock
) -> None:
    press.add_enquiry(
        db,
        consultant,
        case.id,
        NewEnquiry("Bezirksblatt", "Daten weg?", "phone", NOW, NOW, "K. Huber"),
    )
    clocks.start_by_hand(
        db,
        consultant,
        case.id,
        ClockKind.COUNTERSTATEMENT,
        start=date(2026, 11, 9),
        note="Tagblatt",
    )
    text = calendar.calendar_file(db, NOW).decode().replace("\r\n ", "")
    for secret in ("Aigner", "Bezirksblatt", "Huber", "Daten", "Tagblatt", consultant.name):
        assert secret not in text
    assert text.count("BEGIN:VEVENT") == 3


def test_a_restart_moves_the_same_entry(
    db: Database, consultant: Actor, case: Case, report: CaseClock
) -> None:
    [before] = events(calendar.calendar_file(db, NOW, case.id))
    clocks.restart(
        db, consultant, report.id, start=NOW - timedelta(hours=5), reason="früher bemerkt"
    )
    [after] = events(calendar.calendar_file(db, NOW, case.id))
    assert after["uid"] == before["uid"]
    assert int(str(after["sequence"])) > int(str(before["sequence"]))
    assert after["start"] == NOW + timedelta(hours=67)


def test_a_settled_clock_is_taken_back_in_the_file_of_its_case(
    db: Database, consultant: Actor, case: Case, report: CaseClock
) -> None:
    store.settle_clock(db, consultant, report.id, "done")
    [event] = events(calendar.calendar_file(db, NOW, case.id))
    assert (event["status"], event["sequence"], event["alarms"]) == ("CANCELLED", 1, [])
    assert events(calendar.calendar_file(db, NOW)) == []
    clock_store.reopen_clock(db, consultant, report.id, "doch nicht gemeldet")
    [again] = events(calendar.calendar_file(db, NOW, case.id))
    assert (again["status"], again["sequence"]) == ("CONFIRMED", 2)


def test_a_last_day_is_a_whole_day(db: Database, consultant: Actor, case: Case) -> None:
    clocks.start_by_hand(
        db, consultant, case.id, ClockKind.COUNTERSTATEMENT, start=date(2026, 11, 9)
    )
    [event] = events(calendar.calendar_file(db, NOW, case.id))
    assert event["start"] == date(2027, 1, 9)


def test_the_second_of_the_two_hours_in_autumn_keeps_its_moment(case: Case) -> None:
    for hour in (0, 1):
        due = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        clock = CaseClock(
            id=1,
            case_id=case.id,
            kind="press",
            subject="",
            title="Presseanfrage",
            started_at=due - timedelta(hours=5),
            due_at=due,
            warn_at=due,
            rule="",
            source="",
            settled_at=None,
            settled_by=None,
            settled_as=None,
            reason="",
            reference="",
            evidence_id=None,
            supersedes_id=None,
        )
        listed = ListedClock(clock, case.number, case.public_name, "")
        [event] = events(calendar.build([listed], {1: Changes(1, 0, None)}, NOW))
        # A moment in the doubled hour equals none of another zone, so both are brought to UTC.
        start = event["start"]
        assert isinstance(start, datetime)
        assert start.astimezone(UTC) == due


@pytest.mark.parametrize(
    ("local_time", "offset"),
    [
        ("2026-03-29T01:59", 1),
        ("2026-03-29T03:00", 2),
        ("2026-07-01T12:00", 2),
        ("2026-10-25T03:00", 1),
        ("2030-12-24T18:00", 1),
    ],
)
def test_the_file_itself_says_when_vienna_changes_its_clock(
    db: Database, case: Case, local_time: str, offset: int
) -> None:
    read = Calendar.from_ical(calendar.calendar_file(db, NOW, case.id))
    [zone] = read.walk("VTIMEZONE")
    moment = datetime.fromisoformat(local_time)
    assert zone.to_tz().utcoffset(moment) == timedelta(hours=offset)


def test_no_clock_makes_an_empty_calendar(db: Database, case: Case) -> None:
    assert events(calendar.calendar_file(db, NOW, case.id)) == []
