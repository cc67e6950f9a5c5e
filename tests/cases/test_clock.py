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
            ("counterstatement", "2027-12-31", "2028-02-29"),
            # the two nights in which the clock changes, and the leap day
            ("gdpr_33", "2026-10-22T03:30", "2026-10-25T02:30:00+01:00"),
            ("gdpr_33", "2026-10-25T03:30", "2026-10-28T03:30:00+01:00"),
            ("gdpr_33", "2026-03-26T02:30", "2026-03-29T03:30:00+02:00"),
            ("gdpr_33", "2026-03-29T01:59", "2026-04-01T02:59:00+02:00"),
            ("gdpr_33", "2028-02-28T12:00", "2028-03-02T12:00:00+01:00"),
            ("gdpr_33", "2027-02-27T12:00", "2027-03-02T12:00:00+01:00"),
            ("rkeg_first", "2026-03-28T12:00", "2026-03-29T13:00:00+02:00"),
            ("rkeg_follow", "2026-01-31T12:00", "2026-02-28T12:00:00+01:00"),
            ("rkeg_follow", "2028-01-31T12:00", "2028-02-29T12:00:00+01:00"),
            ("dora_initial", "2026-10-25T00:30", "2026-10-25T03:30:00+01:00"),
            ("dora_latest", "2026-05-16T07:15", "2026-05-17T07:15:00+02:00"),
            ("dora_interim", "2026-05-16T07:15", "2026-05-19T07:15:00+02:00"),
            ("dora_final", "2026-08-31T07:15", "2026-09-30T07:15:00+02:00"),
            # at once: the desk's own target
            ("gdpr_34", "2026-05-16T07:15", "2026-05-17T07:15:00+02:00"),
            ("gdpr_processor", "2026-05-16T07:15", "2026-05-16T09:15:00+02:00"),
            ("own_page", "2026-05-16T07:15", "2026-05-16T11:15:00+02:00"),
            ("versvg_33", "2026-05-16T07:15", "2026-05-17T07:15:00+02:00"),
            # Monday to Saturday: a Saturday counts, a Sunday and a public holiday do not
            ("counterstatement_published", "2026-05-18", "2026-05-23"),
            ("counterstatement_published", "2026-05-15", "2026-05-21"),
            ("counterstatement_published", "2026-12-23", "2026-12-31"),
            ("counterstatement_published", "2026-04-30", "2026-05-07"),
            ("counterstatement_published", "2026-10-24", "2026-10-31"),
            ("counterstatement_court", "2026-05-16", "2026-06-27"),
            ("counterstatement_court", "2028-01-20", "2028-03-02"),
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


def test_a_press_deadline_is_what_the_journalist_said() -> None:
    answer = ask("press", "2026-05-16T07:15", due="2026-05-16T17:00")
    assert answer["due"] == "2026-05-16T17:00:00+02:00"


def test_where_the_law_says_at_once_the_desk_may_set_its_target() -> None:
    answer = ask("gdpr_34", "2026-05-16T07:15", due="2026-05-16T12:00")
    assert answer["due"] == "2026-05-16T12:00:00+02:00"


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
        ({"kind": "gdpr_99", "start": "2026-05-16T07:15"}, "kind"),
        ({"kind": "standing", "start": "2026-05-16T07:15"}, "kind"),
        ({"kind": "press", "start": "2026-05-16T07:15"}, "due"),
        ({"kind": "press", "start": "2026-05-16T07:15", "due": "2026-05-16T07:00"}, "due"),
        ({"kind": "own_page", "start": "2026-05-16T07:15", "due": "bald"}, "due"),
        ({"kind": "counterstatement_court", "start": "morgen"}, "start"),
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


OTHER_TABLES = {"standing", "entity_questions", "escalation"}
LENGTHS = ("minutes", "hours", "days", "working_days", "target_minutes", "given", "months")


def test_every_kind_has_an_entry() -> None:
    assert set(reference.load("clocks")) - OTHER_TABLES == {kind.value for kind in ClockKind}


@pytest.mark.parametrize("kind", list(ClockKind))
def test_every_entry_says_what_a_consultant_asks(kind: ClockKind) -> None:
    entry = clock.entry_of(kind)
    assert sum(length in entry for length in LENGTHS) == 1
    for name in ("title", "short", "starts", "who", "stops"):
        assert entry[name]["german"]
        assert entry[name]["english"]
    assert entry["rule"]
    assert entry["source"]
    assert isinstance(entry["confirmed"], bool)
    assert entry["nature"] in ("law", "target", "given")
    assert list(entry["stages"]) == sorted(set(entry["stages"]), reverse=True)
    assert all(rule in reference.load("rules") for rule in entry["rules"])


def test_what_has_no_end_in_law_is_never_called_law() -> None:
    for kind in ClockKind:
        if "target_minutes" in clock.entry_of(kind):
            assert clock.nature(kind) == "target"
    assert clock.nature(ClockKind.HOLDING) == "target"
    assert clock.nature(ClockKind.GDPR_33) == "law"
    assert clock.nature(ClockKind.PRESS) == "given"


def test_what_is_unconfirmed_says_so() -> None:
    unconfirmed = {kind for kind in ClockKind if not clock.entry_of(kind)["confirmed"]}
    assert {kind for kind in ClockKind if kind.startswith("dora")} <= unconfirmed
    assert ClockKind.GDPR_33 not in unconfirmed


@pytest.mark.parametrize(
    ("day", "working"),
    [
        pytest.param(date(2026, 5, 16), True, id="Saturday"),
        pytest.param(date(2026, 5, 17), False, id="Sunday"),
        pytest.param(date(2026, 5, 14), False, id="Christi Himmelfahrt"),
        pytest.param(date(2026, 6, 4), False, id="Fronleichnam"),
        pytest.param(date(2026, 12, 8), False, id="Mariä Empfängnis"),
        pytest.param(date(2026, 12, 24), True, id="Heiliger Abend"),
        pytest.param(date(2026, 12, 26), False, id="Stefanitag, a Saturday"),
        pytest.param(date(2026, 4, 3), True, id="Karfreitag"),
        pytest.param(date(2026, 4, 6), False, id="Ostermontag"),
    ],
)
def test_working_days_of_austria(day: date, working: bool) -> None:
    assert clock.is_working_day(day) is working


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param(datetime(2026, 9, 30, 21, 59, tzinfo=UTC), False, id="last minute before"),
        pytest.param(datetime(2026, 9, 30, 22, 0, tzinfo=UTC), True, id="midnight in Vienna"),
    ],
)
def test_nisg_is_in_force_from_the_first_of_october(start: datetime, expected: bool) -> None:
    assert clock.in_force("nis2_early", start) is expected
    assert clock.in_force("gdpr_33", start)


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


# --- warnings ---------------------------------------------------------------------------


def minutes_left(count: float) -> datetime:
    due = GDPR.due
    assert isinstance(due, datetime)
    return due - timedelta(minutes=count)


@pytest.mark.parametrize(
    ("left", "raised", "expected"),
    [
        pytest.param(1441, (), None, id="before the first"),
        pytest.param(1440, (), (1440, "duty"), id="24 hours left, to the one on duty"),
        pytest.param(1000, (1440,), None, id="given already"),
        pytest.param(360, (1440,), (360, "everybody"), id="6 hours left, to everybody"),
        pytest.param(60, (1440, 360), (60, "everybody"), id="1 hour left"),
        pytest.param(0, (1440, 360, 60), None, id="the last moment is still in time"),
        pytest.param(-0.1, (1440, 360, 60), (0, "everybody"), id="overdue"),
        pytest.param(-500, (0,), None, id="overdue was said"),
        pytest.param(30, (), (60, "everybody"), id="after a standstill only the most urgent"),
        pytest.param(1000, (60,), None, id="nothing less urgent afterwards"),
    ],
)
def test_the_warning_that_is_due(
    left: float, raised: tuple[int, ...], expected: tuple[int, str] | None
) -> None:
    due = GDPR.due
    assert isinstance(due, datetime)
    stage = clock.stage_due("gdpr_33", due, raised, minutes_left(left))
    assert (stage and (stage.minutes, stage.audience)) == expected


@pytest.mark.parametrize(
    ("kind", "minutes"),
    [("gdpr_33", [1440, 360, 60, 0]), ("holding", [15, 5, 0]), ("press", [60, 15, 0])],
)
def test_the_stages_are_data(kind: str, minutes: list[int]) -> None:
    assert [stage.minutes for stage in clock.stages(kind)] == minutes


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


def started(kind: ClockKind, start: datetime) -> ClockInput:
    due = start + timedelta(hours=5) if kind is ClockKind.PRESS else None
    return ClockInput(kind, start.date() if clock.counts_days(kind) else start, due=due)


@given(moments, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_a_later_start_is_never_due_earlier(start: datetime, later: timedelta) -> None:
    for kind in ClockKind:
        first, second = (
            clock.compute(started(kind, each)).due_at for each in (start, start + later)
        )
        # the hour that autumn shows twice may fold a month's end back by that hour
        months = "months" in clock.entry_of(kind) and not clock.counts_days(kind)
        assert second >= first - timedelta(hours=1 if months else 0)


@given(moments)
def test_the_last_moment_is_in_time_and_the_next_second_is_not(start: datetime) -> None:
    for kind in ClockKind:
        deadline = clock.compute(started(kind, start))
        last = deadline.last_moment
        assert clock.state(Clock(deadline), last) is not ClockState.OVERDUE
        assert clock.state(Clock(deadline), last + timedelta(seconds=1)) is ClockState.OVERDUE
        assert not clock.done_late(Clock(deadline, done_at=last))
        assert clock.done_late(Clock(deadline, done_at=last + timedelta(seconds=1)))


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 1, 1)), st.integers(1, 12))
def test_working_days_are_counted_one_by_one(day: date, count: int) -> None:
    end = clock.add_working_days(day, count)
    between = [day + timedelta(days=each) for each in range(1, (end - day).days + 1)]
    assert sum(clock.is_working_day(each) for each in between) == count
    assert clock.is_working_day(end)


@given(st.lists(st.integers(-2000, 2000), min_size=1, max_size=30))
def test_however_the_watcher_looks_each_stage_is_given_once(offsets: list[int]) -> None:
    due = GDPR.due
    assert isinstance(due, datetime)
    raised: list[int] = []
    for minutes in sorted(offsets):
        stage = clock.stage_due("gdpr_33", due, raised, due + timedelta(minutes=minutes))
        if stage is not None:
            raised.append(stage.minutes)
    assert raised == sorted(set(raised), reverse=True)
    assert (max(offsets) > 0) == (0 in raised)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2200, 1, 1)))
def test_two_months_keep_the_day_or_end_with_the_month(day: date) -> None:
    due = clock.add_months(day, 2)
    assert (due.year * 12 + due.month) - (day.year * 12 + day.month) == 2
    assert due.day == day.day or (due + timedelta(days=1)).day == 1
