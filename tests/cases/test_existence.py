"""The existence threat: an aid that proposes, and a person who decides."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cases import existence
from cases.errors import (
    AssessmentNeedsEvidence,
    DeviationNeedsReason,
    MissingField,
    UnreadableFigure,
)
from cases.existence import Assessment, Item

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
ALL_NO = tuple(Item(name, "no") for name in existence.item_names())


def assessment(*items: Item, result: str = "yes", **more: str) -> Assessment:
    told = {"assessed_by": "Dr. Adler", "function": "claims_department", "reason": ""} | more
    assert result in ("yes", "no", "open")
    return Assessment(items, result, assessed_at=AT, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("items", "proposal"),
    [
        pytest.param((), "open", id="nothing-asked"),
        pytest.param(ALL_NO, "no", id="all-no"),
        pytest.param(ALL_NO[1:], "open", id="one-unknown-is-no-no"),
        pytest.param((Item("licence", "yes", "", "Bescheid"),), "yes", id="licence-alone"),
        pytest.param((Item("licence", "yes"),), "open", id="licence-without-evidence"),
        pytest.param((Item("notice_bank", "yes", "", "Brief"),), "yes", id="bank-alone"),
        pytest.param((Item("liquidity", "yes", "4", "Konto"),), "yes", id="four-weeks"),
        pytest.param((Item("liquidity", "yes", "5", "Konto"),), "open", id="five-weeks"),
        pytest.param((Item("cancellations", "yes", "50", "Liste"),), "yes", id="half-cancelled"),
        pytest.param((Item("cancellations", "yes", "49,9", "Liste"),), "open", id="just-below"),
        pytest.param((Item("turnover", "yes", "", "BWA"),), "open", id="no-figure"),
        pytest.param(
            (Item("turnover", "yes", "10", "BWA"), Item("notice_staff", "yes", "1", "Brief")),
            "yes",
            id="two-together",
        ),
        pytest.param(
            (Item("turnover", "yes", "10", "BWA"), Item("notice_staff", "yes", "1", " ")),
            "open",
            id="two-of-which-one-is-backed",
        ),
    ],
)
def test_the_aid(items: tuple[Item, ...], proposal: str) -> None:
    assert existence.propose(items) == proposal


@pytest.mark.parametrize(
    ("typed", "figure"), [("", None), (" 38 ", 38), ("2,5", "2.5"), ("38 %", 38), ("0", 0)]
)
def test_figures_as_they_are_typed(typed: str, figure: int | str | None) -> None:
    assert existence.figure_of(typed) == (None if figure is None else Decimal(figure))


@pytest.mark.parametrize("typed", ["viele", "-3", "1e999999999", "NaN", "3/4"])
def test_what_is_no_figure_is_refused(typed: str) -> None:
    with pytest.raises(UnreadableFigure) as refusal:
        existence.propose((Item("turnover", "yes", typed, "BWA"),))
    assert typed in refusal.value.sentence()


def test_a_yes_needs_evidence_and_a_name() -> None:
    with pytest.raises(AssessmentNeedsEvidence):
        existence.check(assessment(Item("licence", "yes"), reason="dringend"))
    backed = Item("licence", "yes", "", "Bescheid vom 9.3.")
    with pytest.raises(MissingField):
        existence.check(assessment(backed, assessed_by=" "))
    existence.check(assessment(backed))


def test_who_decides_otherwise_than_the_aid_says_why() -> None:
    weak = Item("turnover", "yes", "10", "BWA März")
    with pytest.raises(DeviationNeedsReason, match="offen"):
        existence.check(assessment(weak))
    existence.check(assessment(weak, reason="Saisonbetrieb, der März trägt das Jahr."))
    with pytest.raises(DeviationNeedsReason):
        existence.check(assessment(weak, result="no"))


def test_the_evidence_reads_item_figure_and_source() -> None:
    told = assessment(
        Item("cancellations", "yes", "38", "Liste vom 9.3."),
        Item("licence", "no", "", "Auskunft BH"),
        Item("notice_bank", "yes", "", "Brief"),
    )
    assert existence.evidence_lines(told) == (
        "Stornierte Aufträge: 38 % der offenen Aufträge (Liste vom 9.3.)",
        "Kündigung durch die Bank (Brief)",
    )


@pytest.mark.parametrize(
    ("function", "settled", "told"),
    [
        ("consultant", {}, "open"),
        ("consultant", {"U-08": "desk_lead"}, "open"),
        ("desk_lead", {}, "open"),
        ("desk_lead", {"U-08": "claims_department"}, "open"),
        ("desk_lead", {"U-08": "desk_lead"}, "yes"),
        ("claims_department", {}, "yes"),
        ("claims_department", {"U-08": "claims_department"}, "yes"),
        ("claims_department", {"U-08": "desk_lead"}, "yes"),
    ],
)
def test_whose_yes_counts_is_u_08(function: str, settled: dict[str, str], told: str) -> None:
    assert existence.threat("yes", function, settled) == told
    assert existence.threat("no", function, settled) == "no"
    assert existence.threat("open", function, settled) == "open"


def test_what_is_kept_is_read_back() -> None:
    told = assessment(Item("cancellations", "yes", "38", "Liste"), reason="eindeutig")
    assert existence.from_json(existence.to_json(told)) == told
    assert existence.from_json({}) is None


def test_every_item_has_its_words() -> None:
    for name in existence.item_names():
        assert existence.item_question(name).endswith("?")
        assert existence.item_title(name)
