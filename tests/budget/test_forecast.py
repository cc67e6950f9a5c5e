from datetime import UTC, datetime, timedelta

import pytest

from budget.forecast import Running, reached_at
from budget.ledger import Basis

NOW = datetime(2026, 5, 16, 8, tzinfo=UTC)


def test_three_consultants_use_up_300_euros_in_40_minutes() -> None:
    running = [Running(NOW, 18000), Running(NOW, 14000), Running(NOW, 12000)]
    assert reached_at(30000, running, NOW, "net", 2000) == NOW + timedelta(minutes=40, seconds=54)


@pytest.mark.parametrize(
    ("left", "started", "rate", "basis", "expected"),
    [
        pytest.param(15000, 0, 15000, "net", 3600, id="one hour left"),
        pytest.param(15000, 1800, 15000, "net", 1800, id="half of it has run"),
        pytest.param(18000, 0, 15000, "gross", 3600, id="tax counts under a gross cap"),
        pytest.param(0, 0, 15000, "net", 0, id="nothing left"),
        pytest.param(15000, 7200, 15000, "net", 0, id="over it already"),
    ],
)
def test_when_the_cap_is_reached(
    left: int, started: int, rate: int, basis: Basis, expected: int
) -> None:
    running = [Running(NOW - timedelta(seconds=started), rate)]
    assert reached_at(left, running, NOW, basis, 2000) == NOW + timedelta(seconds=expected)


@pytest.mark.parametrize("running", [[], [Running(NOW, 0)]])
def test_nobody_works(running: list[Running]) -> None:
    assert reached_at(15000, running, NOW, "net", 2000) is None
