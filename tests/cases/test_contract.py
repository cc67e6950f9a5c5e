"""Insurance years, deadlines, sums and numbers of a contract."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import contract
from cases.contract import Numbers, Terms, add_months, notice_by, period_of
from data import reference
from data.times import read_entered

DAY = timedelta(days=1)
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31))
months = st.integers(min_value=0, max_value=12)
expiries = st.sampled_from(["", "01-01", "02-28", "02-29", "04-01", "07-31", "12-31"])


# --- years ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "day", "first", "last"),
    [
        ("2026-03-15", "2026-03-15", "2026-03-15", "2027-03-14"),
        ("2026-03-15", "2027-03-14", "2026-03-15", "2027-03-14"),
        ("2026-03-15", "2027-03-15", "2027-03-15", "2028-03-14"),
        ("2026-01-01", "2026-12-31", "2026-01-01", "2026-12-31"),
        ("2024-02-29", "2025-02-28", "2024-02-29", "2025-02-28"),
        ("2024-02-29", "2025-03-01", "2025-03-01", "2026-02-28"),
        ("2024-02-29", "2028-02-28", "2027-03-01", "2028-02-28"),
        ("2024-02-29", "2028-02-29", "2028-02-29", "2029-02-28"),
        ("2026-12-31", "2027-06-01", "2026-12-31", "2027-12-30"),
        ("2025-03-01", "2028-02-29", "2027-03-01", "2028-02-29"),
    ],
)
def test_a_policy_year_runs_from_the_day_of_the_beginning(
    begins: str, day: str, first: str, last: str
) -> None:
    found = period_of(date.fromisoformat(begins), date.fromisoformat(day), "policy_year")
    assert found == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("begins", [None, date(2026, 3, 15)], ids=["unknown", "known"])
def test_a_calendar_year_needs_no_beginning(begins: date | None) -> None:
    found = period_of(begins, date(2026, 3, 10), "calendar_year")
    assert found == (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("begins", "day"),
    [(None, date(2026, 3, 10)), (date(2026, 3, 15), date(2026, 3, 14))],
    ids=["beginning unknown", "before the beginning"],
)
def test_no_policy_year_is_invented(begins: date | None, day: date) -> None:
    assert period_of(begins, day, "policy_year") is None


def test_the_first_year_is_the_rest_up_to_the_main_expiry() -> None:
    terms = Terms(begins_on=date(2026, 3, 15), main_expiry="01-01")
    rest = contract.insurance_year(terms, date(2026, 12, 31))
    assert rest == (date(2026, 3, 15), date(2026, 12, 31))
    whole = contract.insurance_year(terms, date(2027, 1, 1))
    assert whole == (date(2027, 1, 1), date(2027, 12, 31))


def test_a_contract_that_ends_ends_its_year() -> None:
    terms = Terms(begins_on=date(2026, 3, 15), ends_on=date(2026, 9, 30))
    assert contract.insurance_year(terms, date(2026, 9, 30)) == (
        date(2026, 3, 15),
        date(2026, 9, 30),
    )
    assert contract.insurance_year(terms, date(2026, 10, 1)) is None


@given(begins=days, day=days, expiry=expiries)
def test_years_tile_without_gap_and_hold_their_day(begins: date, day: date, expiry: str) -> None:
    terms = Terms(begins_on=begins, main_expiry=expiry)
    found = contract.insurance_year(terms, day)
    if day < begins:
        assert found is None
        return
    assert found is not None
    first, last = found
    assert begins <= first <= day <= last
    assert (last - first).days < 366
    following = contract.insurance_year(terms, last + DAY)
    assert following is not None
    assert following[0] == last + DAY
    assert contract.insurance_year(terms, first) == contract.insurance_year(terms, last) == found
    if first > begins:
        before = contract.insurance_year(terms, first - DAY)
        assert before is not None
        assert before[1] == first - DAY


# --- least duration and notice ----------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "expiry", "end"),
    [
        ("2026-03-15", "", "2027-03-14"),
        ("2026-03-15", "01-01", "2027-12-31"),
        ("2026-01-01", "01-01", "2026-12-31"),
        ("2026-01-02", "01-01", "2027-12-31"),
        ("2026-12-31", "01-01", "2027-12-31"),
        ("2024-02-29", "", "2025-02-28"),
    ],
    ids=[
        "a year", "rest of the year and twelve months", "begins on the main expiry",
        "begins the day after it", "begins the day before it", "leap day",
    ],
)  # fmt: skip
def test_the_least_duration_of_a_year(begins: str, expiry: str, end: str) -> None:
    terms = Terms(begins_on=date.fromisoformat(begins), main_expiry=expiry, minimum_months=12)
    assert contract.first_end(terms) == date.fromisoformat(end)


def test_without_a_least_duration_no_first_end_is_named() -> None:
    assert contract.first_end(Terms(begins_on=date(2026, 3, 15))) is None
    assert contract.first_end(Terms(minimum_months=12)) is None


@given(begins=days, expiry=expiries)
def test_the_first_end_keeps_the_year_and_closes_a_period(begins: date, expiry: str) -> None:
    terms = Terms(begins_on=begins, main_expiry=expiry, minimum_months=12)
    end = contract.first_end(terms)
    assert end is not None
    assert add_months(begins, 12) <= end + DAY
    assert end - begins < timedelta(days=2 * 366)
    year = contract.insurance_year(terms, end)
    assert year is not None
    assert year[1] == end


@pytest.mark.parametrize(
    ("end", "latest"),
    [
        ("2026-12-31", "2026-11-30"),
        ("2027-03-14", "2027-02-14"),
        ("2027-02-28", "2027-01-31"),
        ("2028-02-29", "2028-01-31"),
        ("2028-02-28", "2028-01-28"),
        ("2027-03-30", "2027-02-28"),
        ("2027-03-31", "2027-02-28"),
        ("2027-04-30", "2027-03-31"),
    ],
)
def test_the_notice_must_arrive_a_month_before_the_end(end: str, latest: str) -> None:
    assert notice_by(date.fromisoformat(end), 1) == date.fromisoformat(latest)


@given(end=days, count=months)
def test_the_last_day_keeps_the_months_and_the_next_day_does_not(end: date, count: int) -> None:
    latest = notice_by(end, count)
    assert add_months(latest, count) <= end
    assert add_months(latest + DAY, count) > end


@given(begins=days, day=days, expiry=expiries, count=st.integers(min_value=1, max_value=6))
def test_a_deadline_ahead_ends_a_period_that_may_end(
    begins: date, day: date, expiry: str, count: int
) -> None:
    terms = Terms(
        begins_on=begins, main_expiry=expiry, notice_months=count, minimum_months=12, renews="yes"
    )
    dates = contract.dates_of(terms, day)
    assert dates.notice_by is not None
    assert dates.notice_ends is not None
    assert dates.first_end is not None
    assert dates.notice_by >= day
    assert dates.notice_ends >= dates.first_end
    assert add_months(dates.notice_by, count) <= dates.notice_ends
    year = contract.insurance_year(terms, dates.notice_ends)
    assert year is not None
    assert year[1] == dates.notice_ends


@pytest.mark.parametrize(
    ("terms", "notice"),
    [
        (Terms(begins_on=date(2026, 3, 15), notice_months=1), date(2027, 2, 14)),
        (Terms(begins_on=date(2026, 3, 15)), None),
        (Terms(notice_months=1), None),
        (
            Terms(begins_on=date(2026, 3, 15), notice_months=1, ends_on=date(2027, 3, 14)),
            None,
        ),
        (Terms(begins_on=date(2026, 3, 15), notice_months=1, renews="no"), None),
        (Terms(begins_on=date(2027, 3, 15), notice_months=1), date(2028, 2, 14)),
    ],
    ids=["runs", "notice unknown", "beginning unknown", "terminated", "no renewal", "to come"],
)
def test_the_next_deadline_is_named_only_where_it_is_known(
    terms: Terms, notice: date | None
) -> None:
    assert contract.dates_of(terms, date(2026, 11, 22)).notice_by == notice


def test_a_deadline_that_has_passed_gives_the_one_of_the_next_year() -> None:
    terms = Terms(begins_on=date(2025, 3, 15), notice_months=1)
    assert contract.dates_of(terms, date(2026, 2, 14)).notice_by == date(2026, 2, 14)
    assert contract.dates_of(terms, date(2026, 2, 15)).notice_by == date(2027, 2, 14)


@pytest.mark.parametrize(
    ("begins", "expiry", "foreseen"),
    [
        ("2026-03-15", "", True),
        ("2026-03-15", "01-01", True),
        ("2026-03-15", "03-15", True),
        ("2026-03-15", "04-01", False),
    ],
)
def test_an_unusual_main_expiry_is_noticed(begins: str, expiry: str, foreseen: bool) -> None:
    terms = Terms(begins_on=date.fromisoformat(begins), main_expiry=expiry)
    assert contract.expiry_is_foreseen(terms) is foreseen


# --- numbers ----------------------------------------------------------------------------

NUMBERS = Numbers("+49 89 1", "+49 821 2", "Mo-Fr 09:00 Uhr - 18:00 Uhr")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("20.11.2026 08:59", False),
        ("20.11.2026 09:00", True),
        ("20.11.2026 17:59", True),
        ("20.11.2026 18:00", False),
        ("21.11.2026 10:00", False),
        ("22.11.2026 10:00", False),
        ("23.11.2026 09:00", True),
        ("03.07.2026 09:00", True),
        ("03.07.2026 08:59", False),
    ],
)
def test_outside_office_hours_only_the_emergency_number_is_offered(
    moment: str, is_open: bool
) -> None:
    offered = contract.hotline_at(NUMBERS, read_entered(moment))
    assert offered.emergency_number == "+49 89 1"
    assert offered.office_number == ("+49 821 2" if is_open else "")


@pytest.mark.parametrize(
    "hours", ["", "werktags", "Mo-Fr 18:00-09:00", "Fr-Mo 09:00-18:00", "Mo 25:00-26:00"]
)
def test_hours_that_cannot_be_read_offer_no_office(hours: str) -> None:
    numbers = Numbers("+49 89 1", "+49 821 2", hours)
    offered = contract.hotline_at(numbers, read_entered("23.11.2026 10:00"))
    assert offered.office_number == ""
    assert contract.read_office_hours(hours) is None


# --- templates --------------------------------------------------------------------------


def test_the_four_source_texts_are_four_templates() -> None:
    templates = contract.products()
    assert [each.source for each in templates.values()] == ["000", "002", "003", "004"]
    assert templates["assistance"].defaults["cap_cents"] == 250_000
    others = [each for key, each in templates.items() if key != "assistance"]
    assert all("cap_cents" not in each.defaults for each in others)
    assert [key for key, each in templates.items() if each.clause_variants] == ["restoration"]


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("assistance", {"emergency_number": "yes", "restoration": "no", "legal": "no"}),
        ("cyber_broker", {}),
        ("cyber_exali", {"emergency_number": "yes"}),
        ("restoration", {"restoration": "yes"}),
    ],
)
def test_a_template_says_only_what_its_own_text_says(template: str, said: dict[str, str]) -> None:
    benefits = contract.products()[template].benefits
    assert len(benefits) == 7
    assert {each.service: each.value for each in benefits if each.value != "unknown"} == said
    for each in benefits:
        if each.value != "unknown":
            assert each.quote
            assert (
                reference.load("rules")[each.source]["source"]
                == contract.products()[template].source
            )


def test_a_default_is_a_parameter_of_the_contract() -> None:
    exali = contract.products()["cyber_exali"]
    assert (exali.defaults["notice_months"], exali.defaults["minimum_months"]) == (1, 12)
    assert contract.read_office_hours(exali.defaults["office_hours"]) is not None
    assert [step.split()[0] for step in exali.complaint] == ["Zuerst", "dann", "dann"]
    assert "BaFin" in exali.complaint[-1]


def test_an_address_the_source_contradicts_is_not_written_to() -> None:
    [insurer] = [each for each in contract.products()["cyber_exali"].contacts if each.flag]
    assert insurer.emails == ("info@markel.de", "info@markel.at")
    assert not insurer.may_be_mailed


@pytest.mark.parametrize(
    ("template", "address", "allowed"),
    [
        ("cyber_exali", "schaden@exali.at", True),
        ("cyber_exali", "info@markel.de", False),
        ("cyber_exali", " INFO@MARKEL.AT ", False),
        ("cyber_exali", "", False),
        ("assistance", "schaden@versicherung.example", True),
        ("", "schaden@versicherung.example", True),
        ("", " ", False),
    ],
)
def test_who_may_be_mailed(template: str, address: str, allowed: bool) -> None:
    assert contract.may_be_mailed(template, address) is allowed


@pytest.mark.parametrize(
    ("full", "reduced", "trained", "held"),
    [
        (100_000, 50_000, True, 50_000),
        (100_000, 50_000, False, 100_000),
        (100_000, None, True, 100_000),
        (None, None, True, None),
        (None, 50_000, False, None),
        (0, None, False, 0),
    ],
)
def test_the_deductible_is_reduced_by_a_training_with_evidence(
    full: int | None, reduced: int | None, trained: bool, held: int | None
) -> None:
    assert contract.deductible_cents(full, reduced, trained) == held


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("cyber_exali", "beide Seiten"),
        ("assistance", "sagt die Quelle dieses Vertrags nicht"),
        ("", "sagt die Quelle"),
    ],
)
def test_the_note_on_special_termination_goes_with_the_contract(template: str, says: str) -> None:
    assert says in contract.special_termination(template)
