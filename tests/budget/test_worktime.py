from datetime import UTC, datetime

import pytest

from budget.errors import BreakTooLong, EndBeforeStart
from budget.worktime import (
    WorkTime,
    clock_text,
    comes_twice,
    from_local,
    hours_text,
    proposed_fold,
)
from data.errors import NonexistentLocalTime


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "start_fold", "end", "end_fold", "minutes"),
    [
        pytest.param("2026-05-16T08:00", 0, "2026-05-16T09:30", 0, 90, id="an ordinary day"),
        pytest.param("2026-03-29T01:30", 0, "2026-03-29T03:30", 0, 60, id="over the spring gap"),
        pytest.param("2026-03-28T22:00", 0, "2026-03-29T06:00", 0, 420, id="the short night"),
        pytest.param("2026-03-29T01:49", 0, "2026-03-29T03:15", 0, 26, id="26 minutes in spring"),
        pytest.param("2026-10-25T01:30", 0, "2026-10-25T03:30", 0, 180, id="over the doubled hour"),
        pytest.param("2026-10-24T22:00", 0, "2026-10-25T06:00", 0, 540, id="the long night"),
        pytest.param("2026-10-25T02:45", 0, "2026-10-25T02:15", 1, 30, id="into the second hour"),
        pytest.param("2026-10-25T02:15", 0, "2026-10-25T02:45", 0, 30, id="within the first hour"),
        pytest.param("2026-10-25T02:15", 0, "2026-10-25T02:45", 1, 90, id="first to second hour"),
        pytest.param("2026-10-25T02:15", 1, "2026-10-25T02:45", 1, 30, id="within the second hour"),
        pytest.param("2027-03-28T01:30", 0, "2027-03-28T03:30", 0, 60, id="the next spring"),
        pytest.param("2027-10-31T00:00", 0, "2027-11-01T00:00", 0, 1500, id="a day of 25 hours"),
    ],
)
def test_elapsed_time(start: str, start_fold: int, end: str, end_fold: int, minutes: int) -> None:
    work = from_local(at(start), at(end), start_fold=start_fold, end_fold=end_fold)
    assert work.recorded_seconds == minutes * 60


def test_a_break_comes_off() -> None:
    work = from_local(at("2026-05-16T08:00"), at("2026-05-16T12:00"), break_seconds=1800)
    assert work.elapsed_seconds == 4 * 3600
    assert work.recorded_seconds == 4 * 3600 - 1800


@pytest.mark.parametrize("local", ["2026-03-29T02:00", "2026-03-29T02:30", "2026-03-29T02:59"])
def test_an_hour_that_does_not_exist(local: str) -> None:
    with pytest.raises(NonexistentLocalTime) as refusal:
        from_local(at(local), at("2026-03-29T05:00"))
    assert "gibt es nicht" in refusal.value.sentence()


def test_an_end_before_the_start() -> None:
    with pytest.raises(EndBeforeStart) as refusal:
        from_local(at("2026-05-16T09:00"), at("2026-05-16T08:00"))
    assert refusal.value.sentence().startswith("Das Ende (16.05.2026 08:00) liegt vor dem Beginn")


@pytest.mark.parametrize("pause", [-1, 3601])
def test_a_break_that_cannot_be(pause: int) -> None:
    with pytest.raises(BreakTooLong):
        from_local(at("2026-05-16T08:00"), at("2026-05-16T09:00"), break_seconds=pause)


@pytest.mark.parametrize(
    ("start", "end", "fold"),
    [
        pytest.param("25.10.2026 02:45", "25.10.2026 02:15", 1, id="else it would end before"),
        pytest.param("25.10.2026 02:15", "25.10.2026 02:45", 0, id="the first hour will do"),
        pytest.param("16.05.2026 09:00", "16.05.2026 08:00", 0, id="an ordinary mistake stays one"),
        pytest.param("gestern", "25.10.2026 02:15", 0, id="no start to compare with"),
    ],
)
def test_which_of_two_hours_is_proposed(start: str, end: str, fold: int) -> None:
    assert proposed_fold(start, end) == fold


def test_a_typed_time_that_comes_twice() -> None:
    assert comes_twice("25.10.2026 02:15")
    assert not comes_twice("25.10.2026 03:00")
    assert not comes_twice("irgendwann")
    assert not comes_twice("29.03.2026 02:15")


def test_the_offset_is_printed_on_the_two_days_that_need_it() -> None:
    assert clock_text(datetime(2026, 10, 25, 0, 15, tzinfo=UTC)) == "02:15 +02:00"
    assert clock_text(datetime(2026, 10, 25, 1, 15, tzinfo=UTC)) == "02:15 +01:00"
    assert clock_text(datetime(2026, 10, 24, 6, 0, tzinfo=UTC)) == "08:00"


def test_hours_hide_no_seconds() -> None:
    assert hours_text(5400) == "1:30"
    assert hours_text(1898) == "0:31:38"
    assert hours_text(26 * 3600) == "26:00"


def test_an_entry_of_no_time_is_possible() -> None:
    moment = datetime(2026, 5, 16, 6, tzinfo=UTC)
    assert WorkTime(moment, moment).recorded_seconds == 0
