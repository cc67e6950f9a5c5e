import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.errors import UnreadableAmount
from budget.money import (
    basis_points,
    decimal_text,
    half_up,
    line_cents,
    net_of_gross,
    parse_euro,
    vat_cents,
)

seconds = st.integers(0, 10**7)
rates = st.integers(0, 10**6)


@pytest.mark.parametrize(
    ("worked", "rate", "cents"),
    [
        pytest.param(5400, 15000, 22500, id="an hour and a half"),
        pytest.param(0, 15000, 0, id="no time"),
        pytest.param(3600, 0, 0, id="no rate"),
        pytest.param(36, 11475, 115, id="114.75 cents go up"),
        pytest.param(12, 150, 1, id="an exact half goes up"),
        pytest.param(11, 150, 0, id="less than a half goes down"),
        pytest.param(2772, 4800, 3696, id="0.77 h at 48.00"),
    ],
)
def test_a_line_is_time_by_rate(worked: int, rate: int, cents: int) -> None:
    assert line_cents(worked, rate) == cents


@given(seconds, seconds, rates)
def test_more_time_never_costs_less(a: int, b: int, rate: int) -> None:
    assert line_cents(min(a, b), rate) <= line_cents(max(a, b), rate)


@given(seconds, rates)
def test_a_line_is_within_half_a_cent(worked: int, rate: int) -> None:
    error = line_cents(worked, rate) * 3600 - worked * rate
    assert -1800 < error <= 1800


def test_merging_lines_changes_money_so_lines_stay_lines() -> None:
    twelve_short_lines = [300] * 12
    assert sum(line_cents(each, 11475) for each in twelve_short_lines) == 11472
    assert line_cents(sum(twelve_short_lines), 11475) == 11475


@pytest.mark.parametrize("numerator", [-1, -100])
def test_a_negative_amount_is_refused(numerator: int) -> None:
    with pytest.raises(ValueError):
        half_up(numerator, 2)


@pytest.mark.parametrize(
    ("percent", "points"), [(20, 2000), (5.5, 550), (0, 0), (100, 10000), ("12.25", 1225)]
)
def test_a_percentage_in_hundredths(percent: int | float | str, points: int) -> None:
    assert basis_points(percent) == points


@pytest.mark.parametrize("percent", [-1, 100.01, 12.345, "x", float("nan"), float("inf")])
def test_no_percentage(percent: float | str) -> None:
    with pytest.raises(ValueError):
        basis_points(percent)


def test_the_largest_net_under_a_gross_cap() -> None:
    assert 208333 + vat_cents(208333, 2000) == 250000
    assert 208334 + vat_cents(208334, 2000) == 250001
    assert net_of_gross(250000, 2000) == 208333


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        pytest.param("2500", 250000, id="plain"),
        pytest.param("2.500", 250000, id="a point groups"),
        pytest.param("2.500,-", 250000, id="as the source text spells it"),
        pytest.param("2.500,–", 250000, id="with a dash"),
        pytest.param("2.500,--", 250000, id="with two hyphens"),
        pytest.param("€ 1.842,50", 184250, id="with the sign"),
        pytest.param("€\u00a01.842,50", 184250, id="with a no-break space"),
        pytest.param("1842,5 €", 184250, id="one decimal"),
        pytest.param("EUR 49,50", 4950, id="with the code"),
        pytest.param(" 0,05 ", 5, id="five cents"),
        pytest.param("1.234.567,89", 123456789, id="millions"),
        pytest.param("0", 0, id="zero"),
    ],
)
def test_amounts_people_write(text: str, cents: int) -> None:
    assert parse_euro(text) == cents


@pytest.mark.parametrize(
    "text",
    ["", "2.5", "2.50", "1,234.50", "12.34,50", "1.2345", "2,505", "-5", "=5", "5 000", "1e3",
     "zehn", "€", ",50", "49.50"],
)  # fmt: skip
def test_amounts_nobody_should_guess(text: str) -> None:
    with pytest.raises(UnreadableAmount) as refusal:
        parse_euro(text)
    assert f"„{text}“ ist kein lesbarer Betrag" in refusal.value.sentence()


@given(st.integers(0, 10**12))
def test_what_is_written_is_read_back(cents: int) -> None:
    assert parse_euro(decimal_text(cents)) == cents


def test_a_negative_number_in_a_cell() -> None:
    assert decimal_text(-500) == "-5,00"
    assert decimal_text(-5) == "-0,05"
