from datetime import UTC, datetime, timedelta

import pytest

from budget.consent import Consent, ConsentKind, Overflow, consented, standing

NOON = datetime(2026, 5, 16, 12, tzinfo=UTC)


def answer(
    number: int, kind: ConsentKind, hour: int, ceiling: int = 0, until: int | None = None
) -> Consent:
    return Consent(
        number,
        kind,
        ceiling,
        NOON + timedelta(hours=hour),
        NOON + timedelta(hours=until) if until is not None else None,
    )


@pytest.mark.parametrize(
    ("records", "holds"),
    [
        pytest.param([], None, id="nobody asked"),
        pytest.param([answer(1, "notice", -1)], None, id="no answer is no consent"),
        pytest.param([answer(1, "consent", -1, 500)], 1, id="consent"),
        pytest.param([answer(1, "consent", 1, 500)], None, id="given later"),
        pytest.param([answer(1, "consent", -2, 500), answer(2, "refusal", -1)], None, id="refused"),
        pytest.param(
            [answer(1, "consent", -2, 500), answer(2, "revocation", -1)], None, id="revoked"
        ),
        pytest.param(
            [answer(1, "consent", -2, 500), answer(2, "revocation", 1)], 1, id="revoked later"
        ),
        pytest.param([answer(1, "consent", -2, 500, until=0)], None, id="ended this minute"),
        pytest.param([answer(1, "consent", -2, 500, until=1)], 1, id="still valid"),
        pytest.param(
            [answer(1, "consent", -3, 500), answer(2, "consent", -1, 900)], 2, id="raised"
        ),
        pytest.param([answer(1, "consent", -2, 500), answer(2, "notice", -1)], 1, id="told again"),
    ],
)
def test_the_consent_that_holds(records: list[Consent], holds: int | None) -> None:
    found = standing(records, NOON)
    assert (found.id if found else None) == holds


def test_consent_is_to_an_amount() -> None:
    records = [answer(7, "consent", -1, 30000)]
    overflows = [
        Overflow(1, NOON, 20000),
        Overflow(2, NOON, 20000),
        Overflow(3, NOON, 10000),
    ]
    assert consented(overflows, records) == {1: 7, 2: None, 3: 7}


def test_consent_carries_no_work_begun_before_it() -> None:
    records = [answer(7, "consent", 0, 30000)]
    early = Overflow(1, NOON - timedelta(hours=1), 100)
    assert consented([early, Overflow(2, NOON, 100)], records) == {1: None, 2: 7}
