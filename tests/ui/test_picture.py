"""The picture of a case: lanes that carry their own words, on one time axis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ui import palette, picture
from ui.situation import Mark, Point

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
END = START + timedelta(hours=10)


def _texts(points: list[Point], marks: list[Mark]) -> list[str]:
    """Every text that stands in the picture, from the data of its layers."""
    drawn: dict[str, Any] = picture.chart(points, marks, START, END, palette.LIGHT).to_dict()
    rows = [row for data in drawn["datasets"].values() for row in data]
    return [str(row[name]) for row in rows for name in ("words", "sign") if name in row]


@pytest.mark.parametrize(
    ("points", "marks", "expected"),
    [
        pytest.param(
            [Point(START, "B", 2), Point(START + timedelta(hours=1), "B", 5)],
            [],
            ["regionale Medien: 7 Meldungen, höchstens 5 je Stunde"],
            id="one source class",
        ),
        pytest.param(
            [Point(START, "posting", 1)],
            [Mark(START, "alert", "Alarm"), Mark(END, "release", "Erstmeldung")],
            ["Beiträge: 1 Meldung", "▲ Alarme: 1", "■ ausgesandt, ● andere Schritte von uns",
             "▲", "■"],
            id="what happened against what we did",
        ),
        pytest.param([], [], [], id="nothing yet"),
    ],
)  # fmt: skip
def test_each_lane_says_what_it_shows(
    points: list[Point], marks: list[Mark], expected: list[str]
) -> None:
    assert sorted(_texts(points, marks)) == sorted(expected)


def test_the_colours_follow_the_theme() -> None:
    assert palette.of_theme("dark") == palette.DARK
    assert palette.of_theme("light") == palette.of_theme(None) == palette.LIGHT
