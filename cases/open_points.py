"""What the contract texts leave open (U-01 to U-10), and what a decision on it means.

The words stand in ``data/reference/open_points.toml``. Decisions are kept per policy by
:mod:`cases.store.open_points`; a point without a decision is open, never a silent default: the
reading that applies meanwhile is named with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cases.coverage_text import label
from cases.errors import UnknownChoice
from data import reference

Effect = Literal["coverage", "money", "counter", "note"]
POINTS = ("U-01", "U-02", "U-03", "U-04", "U-05", "U-06", "U-07", "U-08", "U-09", "U-10")


@dataclass(frozen=True)
class Choice:
    """One of the values that a point can be decided to."""

    value: str
    label: str


@dataclass(frozen=True)
class OpenPoint:
    """An open point in the language that applies.

    ``applied`` is the reading while nothing is decided, ``applied_value`` its value where it is
    one of the choices, otherwise None.
    """

    id: str
    title: str
    question: str
    effect: Effect
    rules: tuple[str, ...]
    left_open: str
    applied: str
    applied_value: str | None
    why: str
    depends: str
    choices: tuple[Choice, ...]

    def choice_label(self, value: str) -> str:
        """The label of a value. Raises UnknownChoice."""
        for choice in self.choices:
            if choice.value == value:
                return choice.label
        raise UnknownChoice(self.id, ", ".join(choice.value for choice in self.choices))


def open_point(point: str) -> OpenPoint:
    """The point with this id, such as "U-05"."""
    entry: dict[str, Any] = reference.load("open_points")[point]
    return OpenPoint(
        id=point,
        title=label(entry["title"]),
        question=label(entry["question"]),
        effect=entry["effect"],
        rules=tuple(entry["rules"]),
        left_open=label(entry["left_open"]),
        applied=label(entry["applied"]),
        applied_value=entry.get("applied_value"),
        why=label(entry["why"]),
        depends=label(entry["depends"]),
        choices=tuple(Choice(each["value"], label(each)) for each in entry["choices"]),
    )


def all_points() -> list[OpenPoint]:
    """The ten points in their order."""
    return [open_point(point) for point in POINTS]


def values(point: str) -> tuple[str, ...]:
    """The values that ``point`` can be decided to."""
    return tuple(each["value"] for each in reference.load("open_points")[point]["choices"])


def applied_value(point: str, settings: Mapping[str, str]) -> str | None:
    """The value that applies: the decided one, else the reading meanwhile, where it is a value."""
    decided = settings.get(point)
    if decided is not None:
        return decided
    meanwhile: str | None = reference.load("open_points")[point].get("applied_value")
    return meanwhile


def cover_decisions(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings that the coverage rules read, as the ``decisions`` of ``krisenpult cover``."""
    return {point: value for point, value in settings.items() if _decides_coverage(point)}


def _decides_coverage(point: str) -> bool:
    return bool(reference.load("open_points")[point]["effect"] == "coverage")
