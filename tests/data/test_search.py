from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.search import folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "MUELLER"),
        ("Straße", "STRASSE"),
        ("Café", "cafe"),
        ("Mu\u0308ller", "müller"),
        ("KP-2026-0001", "kp-2026-0001"),
    ],
    ids=["umlaut", "sharp s", "accent", "decomposed", "number"],
)
def test_two_ways_of_writing_are_the_same_word(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
