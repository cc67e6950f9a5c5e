"""When an alert rises, and when it must not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring import alert
from monitoring.alert import Seen, State

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def seen(number: int, minutes_ago: int = 5, severity: int = 30, **more: object) -> Seen:
    plain = Seen(
        id=number,
        at=NOW - timedelta(minutes=minutes_ago),
        voice=f"outlet {number}",
        severity=severity,
        story=1,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def raised(*mentions: Seen, before: frozenset[str] = frozenset()) -> list[alert.Alert]:
    return alert.decide(State(mentions, before), alert.rules(), NOW)


def rules_of(alerts: list[alert.Alert]) -> list[str]:
    return [each.rule for each in alerts]


_CASES: list[tuple[str, tuple[Seen, ...], list[str]]] = [
    ("silence", (), []),
    ("one-harmless", (seen(1),), []),
    ("one-grave", (seen(1, severity=80),), ["grave_mention"]),
    ("grave-copy", (seen(1, severity=80, is_copy=True),), []),
    ("grave-namesake", (seen(1, severity=80, relevant=False),), []),
    ("class-a", (seen(1, reach="A"),), ["wide_reach"]),
    ("class-a-harmless", (seen(1, reach="A", severity=5),), []),
    ("class-b", (seen(1, reach="B"),), []),
    ("enquiry", (seen(1, severity=0, is_enquiry=True),), ["press_enquiry"]),
    ("two-voices", (seen(1), seen(2, 90)), []),
    ("three-voices", (seen(1, 10), seen(2, 70), seen(3, 170)), ["independent_voices"]),
    ("three-voices-too-far-apart", (seen(1, 10), seen(2, 90), seen(3, 200)), []),
    (
        "one-voice-three-times",
        (seen(1, 10), seen(2, 70, voice="outlet 1"), seen(3, 100, voice="Outlet 1")),
        [],
    ),
    ("copies-are-no-voices", tuple(seen(n, 65 + n, is_copy=n > 1) for n in range(1, 6)), []),
    (
        "three-in-an-hour",
        tuple(seen(n, severity=10, voice="forum") for n in range(1, 4)),
        ["unusual_volume"],
    ),
    ("not-yet-happened", (seen(1, -10, severity=90),), []),
]


@pytest.mark.parametrize(
    ("mentions", "expected"), [row[1:] for row in _CASES], ids=[row[0] for row in _CASES]
)
def test_rules(mentions: tuple[Seen, ...], expected: list[str]) -> None:
    assert rules_of(raised(*mentions)) == expected


def test_the_same_affair_raises_once() -> None:
    first = raised(seen(1, severity=80))
    keys = frozenset(each.dedupe_key for each in first)
    assert raised(seen(1, severity=80), seen(2, severity=82), before=keys) == []


def test_another_story_raises_again() -> None:
    keys = frozenset(each.dedupe_key for each in raised(seen(1, severity=80)))
    again = raised(seen(1, severity=80), seen(2, severity=80, story=2), before=keys)
    assert rules_of(again) == ["grave_mention"]


def test_twice_as_many_voices_raise_again() -> None:
    three = tuple(seen(n, 60 + n) for n in range(1, 4))
    keys = frozenset(each.dedupe_key for each in raised(*three))
    four = (*three, seen(4, 61))
    assert raised(*four, before=keys) == []
    six = (*four, seen(5, 62), seen(6, 63))
    assert rules_of(raised(*six, before=keys)) == ["independent_voices"]


def test_a_new_episode_raises_again() -> None:
    old = tuple(replace(seen(n), at=NOW - timedelta(days=3, minutes=n)) for n in range(1, 4))
    keys = frozenset(
        each.dedupe_key for each in alert.decide(State(old), alert.rules(), NOW - timedelta(days=3))
    )
    assert keys
    new = tuple(seen(n, 60 + n) for n in range(4, 7))
    assert rules_of(raised(*old, *new, before=keys)) == ["independent_voices"]


def test_a_busy_baseline_raises_no_volume_alert() -> None:
    usual = [seen(n, 120 + 12 * n, severity=10, voice="forum") for n in range(1, 1600)]
    now = [seen(5000 + n, severity=10, voice="forum") for n in range(4)]
    assert raised(*usual, *now) == []


def test_the_text_has_two_german_sentences_and_names_the_reason() -> None:
    (found,) = raised(seen(1, 10), seen(2, 70), seen(3, 170))
    assert found.text.count(". ") == 1
    assert found.text.startswith("3 voneinander unabhängige Quellen")
    assert found.details == {"mentions": [3, 2, 1], "count": 3}


def test_poisson_tail_of_the_example() -> None:
    assert alert.poisson_tail(3, 0.2) == pytest.approx(0.0011, abs=0.0001)


@given(st.integers(0, 60), st.floats(0.01, 50))
def test_poisson_tail_falls_with_the_count(count: int, expected: float) -> None:
    here, above = alert.poisson_tail(count, expected), alert.poisson_tail(count + 1, expected)
    assert 0 <= above <= here <= 1


def test_a_chance_too_small_to_show_is_a_limit_and_not_zero() -> None:
    crowd = tuple(seen(n, severity=10, voice="forum") for n in range(1, 11))
    [found] = [each for each in raised(*crowd) if each.rule == "unusual_volume"]
    assert "Wahrscheinlichkeit von unter 0,01 %" in found.text
