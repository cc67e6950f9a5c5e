import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.rounding import MODES, NO_ROUNDING, Mode, Rounding


@pytest.mark.parametrize(
    ("mode", "minutes", "recorded", "billed"),
    [
        pytest.param("up", 15, 1, 900, id="a second is a quarter"),
        pytest.param("up", 15, 900, 900, id="on the border stays"),
        pytest.param("up", 15, 901, 1800, id="begun is billed"),
        pytest.param("up", 30, 5400, 5400, id="half hours"),
        pytest.param("up", 6, 361, 720, id="tenths of an hour"),
        pytest.param("down", 15, 899, 0, id="down to nothing"),
        pytest.param("down", 15, 1799, 900, id="down"),
        pytest.param("nearest", 15, 449, 0, id="under the half"),
        pytest.param("nearest", 15, 450, 900, id="half of 15 min up"),
        pytest.param("nearest", 15, 1350, 1800, id="half of 30 min up"),
        pytest.param("nearest", 15, 2250, 2700, id="half of 45 min up"),
        pytest.param("nearest", 1, 30, 60, id="half a minute up"),
        pytest.param("none", 0, 1234, 1234, id="as recorded"),
        pytest.param("none", 15, 1234, 1234, id="none ignores the step"),
        pytest.param("up", 15, 0, 0, id="no time stays none"),
    ],
)
def test_rounding(mode: Mode, minutes: int, recorded: int, billed: int) -> None:
    assert Rounding(mode, minutes).billed_seconds(recorded) == billed


@pytest.mark.parametrize("minutes", [0, -15])
def test_a_step_is_positive(minutes: int) -> None:
    with pytest.raises(ValueError):
        Rounding("up", minutes)


@given(
    st.sampled_from([mode for mode in MODES if mode != "none"]),
    st.integers(1, 120),
    st.integers(0, 10**6),
)
def test_rounding_stays_within_one_step(mode: Mode, minutes: int, recorded: int) -> None:
    rounding = Rounding(mode, minutes)
    billed = rounding.billed_seconds(recorded)
    step = minutes * 60
    assert billed % step == 0
    assert abs(billed - recorded) < step
    assert rounding.billed_seconds(billed) == billed
    assert mode != "up" or billed >= recorded
    assert mode != "down" or billed <= recorded
    assert mode != "nearest" or abs(2 * (billed - recorded)) <= step


def test_no_rounding_is_the_identity() -> None:
    assert NO_ROUNDING.billed_seconds(4711) == 4711
