from typing import Literal

import pytest

from budget.money import line_cents
from budget.surcharge import Piece, Profile, fit, pieces, profiles, surcharge
from data.times import read_moment


def night_sunday(combine: Literal["max", "add"]) -> Profile:
    return Profile("test", "test", combine, profiles()["night_sunday"].bands)


@pytest.mark.parametrize(("combine", "euros"), [("max", 2720), ("add", 3296)])
def test_a_night_in_which_the_clock_is_changed(combine: Literal["max", "add"], euros: int) -> None:
    start = read_moment("2026-03-28T20:00")
    end = read_moment("2026-03-29T08:00")
    added = surcharge(start, end, 11 * 3600, 16000, night_sunday(combine))
    assert line_cents(11 * 3600, 16000) + added.cents == euros * 100


@pytest.mark.parametrize(
    ("start", "end", "percents"),
    [
        pytest.param("2026-05-13T09:00", "2026-05-13T12:00", [0], id="a working morning"),
        pytest.param("2026-05-13T17:00", "2026-05-13T19:00", [0, 50], id="into the evening"),
        pytest.param("2026-05-13T07:00", "2026-05-13T19:00", [50, 0, 50], id="over a whole day"),
        pytest.param("2026-05-16T09:00", "2026-05-16T12:00", [50], id="a Saturday"),
        pytest.param("2026-10-26T09:00", "2026-10-26T12:00", [50], id="the national holiday"),
        pytest.param("2026-08-14T17:00", "2026-08-15T01:00", [0, 50, 50], id="into Saturday"),
    ],
)
def test_weekdays_8_to_18(start: str, end: str, percents: list[int]) -> None:
    cut = pieces(read_moment(start), read_moment(end), profiles()["weekday_8_18"])
    assert [piece.percent for piece in cut] == percents


def test_the_pieces_of_the_long_night_are_as_long_as_the_night() -> None:
    start = read_moment("2026-10-24T20:00")
    end = read_moment("2026-10-25T08:00")
    cut = pieces(start, end, night_sunday("max"))
    assert sum(piece.seconds for piece in cut) == 13 * 3600


def test_saturday_rate_of_the_worked_scenarios() -> None:
    start = read_moment("2026-05-16T08:00")
    end = read_moment("2026-05-16T09:30")
    added = surcharge(start, end, 5400, 15000, profiles()["weekday_8_18"])
    assert line_cents(5400, 15000) + added.cents == line_cents(5400, 22500)
    assert added.reason == "Wochenende +50 % (1:30)"


def test_what_rounding_adds_belongs_to_the_end() -> None:
    assert fit([Piece(600, 0, ""), Piece(60, 50, "x")], 900) == [
        Piece(600, 0, ""),
        Piece(300, 50, "x"),
    ]


def test_a_break_comes_off_the_dearest_piece() -> None:
    assert fit([Piece(600, 50, "x"), Piece(600, 0, "")], 500) == [Piece(500, 0, "")]


def test_without_a_profile_nothing_is_added() -> None:
    start = read_moment("2026-05-16T08:00")
    end = read_moment("2026-05-16T09:00")
    assert surcharge(start, end, 3600, 15000, None).cents == 0
