"""Deadlines: lengths, changes of the clock, ends of months, and where a clock stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import clock
from cases.clock import Clock, ClockInput, ClockKind, ClockState
from data import reference
from data.errors import InputError


def ask(kind: str, start: str, **more: Any) -> dict[str, Any]:
    document = {"kind": kind, "start": start, **more}
    return clock.to_json(clock.compute(clock.from_json(document)))


@pytest.mark.parametrize(
    ("kind", "start", "due"),
    [
        pytest.param(*case, id=" ".join(case[:2]))
        for case in [
            ("gdpr_33", "2026-05-16T07:15", "2026-05-19T07:15:00+02:00"),
            ("gdpr_33", "2026-05-16T07:15:30", "2026-05-19T07:15:30+02:00"),
            ("gdpr_33", "2026-05-16T05:15Z", "2026-05-19T07:15:00+02:00"),
            ("gdpr_33", "2026-05-16T05:15:00+00:00", "2026-05-19T07:15:00+02:00"),
            # 72 elapsed hours across the change of the clock
            ("gdpr_33", "2026-03-27T12:00", "2026-03-30T13:00:00+02:00"),
            ("gdpr_33", "2026-10-24T12:00", "2026-10-27T11:00:00+01:00"),
            # Christmas moves nothing
            ("gdpr_33", "2026-12-24T18:00", "2026-12-27T18:00:00+01:00"),
            ("nis2_early", "2026-10-24T12:00", "2026-10-25T11:00:00+01:00"),
            ("nis2_early", "2026-10-06T09:30", "2026-10-07T09:30:00+02:00"),
            ("nis2_report", "2026-10-06T09:30", "2026-10-09T09:30:00+02:00"),
            # one month after the 72-hour report, on the same hour of the wall clock
            ("nis2_final", "2026-10-06T09:30", "2026-11-09T09:30:00+01:00"),
            ("nis2_final", "2027-01-28T10:00", "2027-02-28T10:00:00+01:00"),
            ("nis2_final", "2028-01-28T10:00", "2028-02-29T10:00:00+01:00"),
            # the month ends in the hour that spring leaves out
            ("nis2_final", "2027-02-25T02:30", "2027-03-28T03:30:00+02:00"),
            ("holding", "2026-03-10T10:20", "2026-03-10T11:20:00+01:00"),
            ("holding", "2026-03-29T01:30", "2026-03-29T03:30:00+02:00"),
            ("holding", "2026-12-31T23:30", "2027-01-01T00:30:00+01:00"),
            ("counterstatement", "2026-05-16", "2026-07-16"),
            ("counterstatement", "2026-05-16T23:59", "2026-07-16"),
            ("counterstatement", "2026-05-16T22:30Z", "2026-07-17"),
            ("counterstatement", "2026-12-31", "2027-02-28"),
            ("counterstatement", "2027-12-30", "2028-02-29"),
            ("counterstatement", "2026-07-31", "2026-09-30"),
            ("counterstatement", "2026-11-15", "2027-01-15"),
        ]
    ],
)
def test_due(kind: str, start: str, due: str) -> None:
    assert ask(kind, start)["due"] == due


def test_the_ambiguous_hour_in_autumn_is_the_first_one_unless_told() -> None:
    assert ask("holding", "2026-10-25T02:30")["due"] == "2026-10-25T02:30:00+01:00"
    assert ask("holding", "2026-10-25T02:30", start_fold=1)["due"] == "2026-10-25T03:30:00+01:00"


def test_the_final_report_runs_from_the_report_once_that_is_known() -> None:
    answer = ask("nis2_final", "2026-10-06T09:30", reported_at="2026-10-07T16:00")
    assert answer["due"] == "2026-11-07T16:00:00+01:00"


def test_the_answer_names_start_rule_and_source() -> None:
    answer = ask("gdpr_33", "2026-05-16T07:15")
    assert answer["start"] == "2026-05-16T07:15:00+02:00"
    assert "Art. 33" in answer["rule"]
    assert "72 Stunden" in answer["source"]
    assert ask("counterstatement", "2026-05-16T10:00")["start"] == "2026-05-16"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (None, "input"),
        ({"start": "2026-05-16T07:15"}, "kind"),
        ({"kind": "gdpr_34", "start": "2026-05-16T07:15"}, "kind"),
        ({"kind": "gdpr_33"}, "start"),
        ({"kind": "gdpr_33", "start": "2026-05-16"}, "start"),
        ({"kind": "gdpr_33", "start": 5}, "start"),
        ({"kind": "gdpr_33", "start": "yesterday"}, "start"),
        ({"kind": "gdpr_33", "start": "2026-03-29T02:30"}, "start"),
        ({"kind": "gdpr_33", "start": "9999-12-31T12:00"}, "start"),
        ({"kind": "counterstatement", "start": "2026-02-30"}, "start"),
        ({"kind": "counterstatement", "start": "9999-12-01"}, "start"),
        ({"kind": "counterstatement", "start": "2026-05-16T99:00"}, "start"),
        ({"kind": "gdpr_33", "start": "2026-05-16T07:15", "start_fold": 2}, "start_fold"),
        (
            {
                "kind": "nis2_final",
                "start": "2026-10-06T09:30",
                "reported_at": "2026-10-05T09:30",
            },
            "reported_at",
        ),
    ],
)
def test_wrong_input_is_refused_by_field(document: object, field: str) -> None:
    with pytest.raises(InputError) as refusal:
        clock.from_json(document)
    assert refusal.value.field == field


def test_every_kind_has_an_entry() -> None:
    assert set(reference.load("clocks")) == {kind.value for kind in ClockKind}


START = datetime(2026, 5, 16, 5, 15, tzinfo=UTC)
GDPR = clock.compute(ClockInput(ClockKind.GDPR_33, START))
PAPER = clock.compute(ClockInput(ClockKind.COUNTERSTATEMENT, date(2026, 5, 16)))


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (0, ClockState.RUNNING),
        (47, ClockState.RUNNING),
        (48, ClockState.DUE_SOON),
        (72, ClockState.DUE_SOON),
        (73, ClockState.OVERDUE),
    ],
)
def test_a_clock_runs_gets_urgent_and_is_missed(hours: int, expected: ClockState) -> None:
    assert clock.state(Clock(GDPR), START + timedelta(hours=hours)) is expected


def test_a_last_day_lasts_until_midnight_in_vienna() -> None:
    last_minute = datetime(2026, 7, 16, 21, 59, tzinfo=UTC)
    assert clock.state(Clock(PAPER), last_minute) is ClockState.DUE_SOON
    assert clock.remaining(Clock(PAPER), last_minute) == timedelta(minutes=1)
    assert clock.state(Clock(PAPER), last_minute + timedelta(minutes=1)) is ClockState.OVERDUE


def test_a_clock_that_is_settled_is_never_overdue() -> None:
    later = START + timedelta(days=30)
    done = Clock(GDPR, done_at=START + timedelta(hours=70))
    declined = Clock(GDPR, declined_at=START, declined_reason="Keine Personendaten betroffen.")
    assert clock.state(done, later) is ClockState.DONE
    assert clock.state(declined, later) is ClockState.DECLINED


def test_done_late_is_told_from_done_in_time() -> None:
    assert not clock.done_late(Clock(GDPR))
    assert not clock.done_late(Clock(GDPR, done_at=START + timedelta(hours=72)))
    assert clock.done_late(Clock(GDPR, done_at=START + timedelta(hours=72, seconds=1)))
    assert not clock.done_late(Clock(PAPER, done_at=datetime(2026, 7, 16, 21, 59, tzinfo=UTC)))
    assert clock.done_late(Clock(PAPER, done_at=datetime(2026, 7, 16, 22, 0, tzinfo=UTC)))


SINCE_2020 = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
UNTIL_2060 = int(datetime(2060, 1, 1, tzinfo=UTC).timestamp())
moments = st.integers(SINCE_2020, UNTIL_2060).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@given(moments)
def test_hours_are_elapsed_hours(start: datetime) -> None:
    for kind, hours in (
        (ClockKind.GDPR_33, 72),
        (ClockKind.NIS2_EARLY, 24),
        (ClockKind.HOLDING, 1),
    ):
        due = clock.compute(ClockInput(kind, start)).due
        assert isinstance(due, datetime)
        assert due - start == timedelta(hours=hours)


@given(moments, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_a_later_start_is_never_due_earlier(start: datetime, later: timedelta) -> None:
    for kind in ClockKind:
        day = kind is ClockKind.COUNTERSTATEMENT
        first, second = (
            clock.compute(ClockInput(kind, each.date() if day else each)).due_at
            for each in (start, start + later)
        )
        # the hour that autumn shows twice may fold a month's end back by that hour
        assert second >= first - timedelta(hours=1 if kind is ClockKind.NIS2_FINAL else 0)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2200, 1, 1)))
def test_two_months_keep_the_day_or_end_with_the_month(day: date) -> None:
    due = clock.add_months(day, 2)
    assert (due.year * 12 + due.month) - (day.year * 12 + day.month) == 2
    assert due.day == day.day or (due + timedelta(days=1)).day == 1
