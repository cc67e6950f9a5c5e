"""Finding a case among many."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlite_utils import Database

from access.actor import Actor
from cases import store
from cases.store import Firm, Intake, Policy, search


@pytest.fixture
def three(db: Database, consultant: Actor, garage_intake: Intake) -> list[str]:
    """The garage, a bakery in Mödling, and a refused dentist."""
    opened = [store.open_case(db, consultant, garage_intake)]
    for name, city, result in (("Bäckerei Öhler", "Mödling", "yes"), ("Dr. 100%", "Wels", "no")):
        intake = replace(
            garage_intake,
            firm=Firm(name=name, city=city),
            policy=Policy(number=name),
            public_name=name,
            decision={**garage_intake.decision, "result": result},
        )
        opened.append(store.open_case(db, consultant, intake))
    return [each.number for each in opened]


@pytest.mark.parametrize(
    ("text", "state", "expected"),
    [
        ("", None, [2, 1, 0]),
        ("BAECKEREI", None, [1]),
        ("modling", None, []),
        ("moedling", None, [1]),
        ("öhler mödling", None, [1]),
        ("aigner mödling", None, []),
        ("100%", None, [2]),
        ("%", None, [2]),
        ("_", None, []),
        ("", "refused", [2]),
        ("linz", "refused", []),
    ],
)
def test_every_word_has_to_occur(
    db: Database, three: list[str], text: str, state: str | None, expected: list[int]
) -> None:
    found = search.find_cases(db, text=text, state=state)
    assert [three.index(case.number) for case in found] == expected
    assert search.count_cases(db, text=text, state=state) == len(expected)


def test_a_page_at_a_time(db: Database, three: list[str]) -> None:
    pages = [search.find_cases(db, limit=2, offset=start)[0].number for start in (0, 2)]
    assert pages == [three[2], three[0]]
