"""How figures are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import formats, i18n

NBSP = "\N{NO-BREAK SPACE}"
NOON = datetime(2026, 5, 16, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_current_language", lambda: "de")


@pytest.mark.parametrize(
    ("cents", "shown"),
    [
        (0, "€ 0,00"),
        (5, "€ 0,05"),
        (184_250, "€ 1.842,50"),
        (250_000, "€ 2.500,00"),
        (123_456_789, "€ 1.234.567,89"),
        (-705, "-€ 7,05"),
    ],
)
def test_money(cents: int, shown: str) -> None:
    assert formats.money(cents) == shown.replace(" ", NBSP)


@given(st.integers(-(10**15), 10**15))
def test_no_cent_is_lost_in_showing(cents: int) -> None:
    digits = "".join(sign for sign in formats.money(cents) if sign in "-0123456789")
    assert int(digits) == cents


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (0, "0 min"),
        (12, "12 min"),
        (59, "59 min"),
        (60, "1 h 00"),
        (845, "14 h 05"),
        (48 * 60 - 1, "47 h 59"),
        (48 * 60, "2 Tage"),
        (72 * 60, "3 Tage"),
    ],
)
def test_a_span(minutes: int, shown: str) -> None:
    assert formats.span(timedelta(minutes=minutes)).replace(NBSP, " ") == shown


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (-5, "seit 0 min"),
        (845, "seit 14 h 05"),
        (3 * 24 * 60, "seit 3 Tagen"),
    ],
)
def test_since(minutes: int, shown: str) -> None:
    said = formats.since(NOON - timedelta(minutes=minutes), NOON)
    assert said.replace(NBSP, " ") == shown


@pytest.mark.parametrize(
    ("due", "shown"),
    [
        (NOON + timedelta(minutes=75), "bis 13:15, noch 1 h 15"),
        (NOON + timedelta(days=1), "bis 17.05. 12:00, noch 24 h 00"),
        (NOON, "bis 12:00, noch 0 min"),
        (NOON - timedelta(minutes=20), "bis 11:40, überfällig seit 20 min"),
    ],
)
def test_a_deadline(due: datetime, shown: str) -> None:
    assert formats.due(due, NOON).replace(NBSP, " ") == shown


def test_dates_and_times_are_viennas() -> None:
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert formats.clock_time(late) == "00:30"
    assert formats.day(late) == "01.01.2027"
    assert formats.moment(late) == "01.01.2027, 00:30"
    assert formats.short_moment(late, late) == "00:30"
    assert formats.short_moment(late, NOON) == "01.01. 00:30"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (5400, "1:30"), (59, "0:00"), (36_060, "10:01")]
)
def test_hours(seconds: int, shown: str) -> None:
    assert formats.hours(seconds) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "○ ruhig"),
        (24, "○ ruhig"),
        (25, "◔ beobachten"),
        (50, "◑ ernst"),
        (74, "◑ ernst"),
        (75, "● kritisch"),
        (100, "● kritisch"),
    ],
)
def test_severity_has_a_shape_and_a_word(value: int, shown: str) -> None:
    assert formats.severity(value) == shown


@pytest.mark.parametrize(
    ("result", "limb", "shown"),
    [
        ("yes", "A", "gedeckt A"),
        ("yes", "B", "gedeckt B"),
        ("clarify", None, "in Klärung"),
        ("no", None, "nicht gedeckt"),
    ],
)
def test_coverage_in_two_words(result: str, limb: str | None, shown: str) -> None:
    assert formats.coverage(result, limb) == shown
