"""Time: UTC inside, Vienna's clock outside, also in the two odd nights of the year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import now, parse_utc, times, utc_text
from data.errors import NonexistentLocalTime, UnreadableEntry, UnreadableTime

WHOLE_SECONDS = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 (hypothesis takes naive bounds)
    max_value=datetime(2199, 12, 31),  # noqa: DTZ001
).map(lambda naive: naive.replace(microsecond=0, tzinfo=UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "fold", "expected"),
    [
        pytest.param("2026-01-15T08:00", 0, "2026-01-15T07:00", id="winter"),
        pytest.param("2026-05-16T08:00", 0, "2026-05-16T06:00", id="summer"),
        pytest.param("2026-05-16T08:00", 1, "2026-05-16T06:00", id="fold-without-a-second-hour"),
        pytest.param("2026-05-16 08:00:30", 0, "2026-05-16T06:00:30", id="space-and-seconds"),
        pytest.param(" 2026-05-16T08:00 ", 0, "2026-05-16T06:00", id="blanks-around-it"),
        pytest.param("2026-03-29T01:59", 0, "2026-03-29T00:59", id="spring-last-minute-before"),
        pytest.param("2026-03-29T03:00", 0, "2026-03-29T01:00", id="spring-first-minute-after"),
        pytest.param("2026-10-25T01:59", 0, "2026-10-24T23:59", id="autumn-before"),
        pytest.param("2026-10-25T02:30", 0, "2026-10-25T00:30", id="autumn-first-of-two"),
        pytest.param("2026-10-25T02:30", 1, "2026-10-25T01:30", id="autumn-second-of-two"),
        pytest.param("2026-10-25T03:00", 0, "2026-10-25T02:00", id="autumn-after"),
        pytest.param("2026-05-16T08:00Z", 0, "2026-05-16T08:00", id="utc"),
        pytest.param("2026-05-16T08:00-05:00", 0, "2026-05-16T13:00", id="another-offset"),
        pytest.param("2026-03-29T02:30+01:00", 0, "2026-03-29T01:30", id="offset-skips-no-hour"),
        pytest.param("2026-10-25T02:30+02:00", 1, "2026-10-25T00:30", id="offset-beats-fold"),
    ],
)
def test_a_moment_from_outside_is_read_as_utc(text: str, fold: int, expected: str) -> None:
    assert times.read_moment(text, fold) == utc(expected)


@pytest.mark.parametrize("minute", ["02:00", "02:01", "02:30", "02:59"])
@pytest.mark.parametrize("day", ["2025-03-30", "2026-03-29", "2027-03-28"])
def test_the_hour_that_spring_leaves_out_is_refused(day: str, minute: str) -> None:
    with pytest.raises(NonexistentLocalTime) as refusal:
        times.read_moment(f"{day}T{minute}")
    assert f"{day}T{minute}" in refusal.value.sentence("de")


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "gestern", "2026-05-16", "2026-13-01T08:00", "2026-05-16T25:00",
        "2026-05-16T08:00+25:00", "16.05.2026 08:00", "2026-05-16T08:00 Uhr", "2026-02-29T08:00",
        "0001-01-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00",
        "9999-12-31T23:59:59Z", "0999-12-31T00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(UnreadableTime):
        times.read_moment(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.03.2026 09:25", "2026-03-10T08:25"),
        ("10.3.2026 9:25", "2026-03-10T08:25"),
        ("10.03.2026, 09:25", "2026-03-10T08:25"),
        ("10.03.2026 09.25 Uhr", "2026-03-10T08:25"),
        ("  16.5.2026   8:00 ", "2026-05-16T06:00"),
    ],
)
def test_what_a_person_types_is_read(text: str, expected: str) -> None:
    assert times.read_entered(text) == utc(expected)


@pytest.mark.parametrize(
    "text",
    [
        "", "heute", "10.03.26 09:25", "10.03.2026", "09:25", "32.01.2026 10:00",
        "10.03.2026 24:00", "2026-03-10 09:25", "10.03.2026 09:25 10.03.2026 09:25",
        "01.01.0001 00:00", "31.12.9999 23:59",
    ],
)  # fmt: skip
def test_what_a_person_types_wrong_gets_its_sentence(text: str) -> None:
    with pytest.raises(UnreadableEntry) as refusal:
        times.read_entered(text)
    assert "TT.MM.JJJJ hh:mm" in refusal.value.sentence("de")


def test_a_typed_time_in_the_skipped_hour_is_refused() -> None:
    with pytest.raises(NonexistentLocalTime):
        times.read_entered("29.03.2026 02:30")


@pytest.mark.parametrize(
    ("text", "twice"),
    [
        ("2026-10-25T01:59", False),
        ("2026-10-25T02:00", True),
        ("2026-10-25T02:59", True),
        ("2026-10-25T03:00", False),
        ("2026-03-29T02:30", False),
        ("2026-07-01T02:30", False),
    ],
)
def test_the_doubled_hour_of_autumn_is_known(text: str, twice: bool) -> None:
    assert times.is_ambiguous(datetime.fromisoformat(text)) is twice


def test_a_duration_across_the_change_of_the_clock_is_what_has_passed() -> None:
    night = times.read_moment("2026-10-25T03:30") - times.read_moment("2026-10-25T01:30")
    assert night == timedelta(hours=3)
    spring = times.read_moment("2026-03-29T03:30") - times.read_moment("2026-03-29T01:30")
    assert spring == timedelta(hours=1)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-05-16T05:15", "2026-05-16T07:15:00+02:00"),
        ("2026-12-31T23:30", "2027-01-01T00:30:00+01:00"),
        ("2026-10-25T00:30", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T01:30", "2026-10-25T02:30:00+01:00"),
    ],
)
def test_a_moment_is_shown_on_viennas_clock(moment: str, shown: str) -> None:
    assert times.local_text(utc(moment)) == shown


@given(WHOLE_SECONDS)
def test_what_is_stored_comes_back(moment: datetime) -> None:
    assert parse_utc(utc_text(moment)) == moment
    assert len(utc_text(moment)) == len("2026-05-16T06:00:00Z")


@given(WHOLE_SECONDS, st.integers(-14 * 60, 14 * 60))
def test_a_moment_means_the_same_with_any_offset(moment: datetime, minutes: int) -> None:
    from datetime import timezone

    shifted = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert times.read_moment(shifted.isoformat()) == moment


@given(WHOLE_SECONDS)
def test_viennas_clock_and_its_fold_lead_back_to_the_moment(moment: datetime) -> None:
    shown = times.local(moment)
    assert times.from_local(shown.replace(tzinfo=None), shown.fold) == moment


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_is_refused(text: str) -> None:
    for read in (times.read_moment, times.read_entered):
        try:
            moment = read(text)
        except (UnreadableTime, UnreadableEntry, NonexistentLocalTime):
            continue
        assert parse_utc(utc_text(moment)) == moment.replace(microsecond=0)


def test_a_moment_without_an_offset_cannot_be_stored() -> None:
    with pytest.raises(ValueError, match="offset"):
        utc_text(datetime(2026, 5, 16, 8, 0))  # noqa: DTZ001 (that is the point)


def test_now_is_utc_in_whole_seconds() -> None:
    assert now().tzinfo is UTC
    assert now().microsecond == 0


@pytest.mark.parametrize("text", ["2026-05-16", " 2026-05-16 "])
def test_a_date_is_read(text: str) -> None:
    assert times.read_date(text).isoformat() == "2026-05-16"


@pytest.mark.parametrize("text", ["", "2026-5-16", "16.05.2026", "2026-02-30", "2026-05-16T08:00"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(UnreadableTime):
        times.read_date(text)
