"""Restoration costs: the clause matrix case by case, and its amounts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import restoration
from cases.restoration import Control, CostKind, Variant
from data import reference
from data.errors import InputError

LIMIT = 1_000_000
OWN = {"control": "sole"}
FOREIGN = {"control": "foreign"}
V = ("V1", "V2", "V3", "V4")


def claim(variant: str, *items: dict[str, Any], sublimit: int | None = LIMIT) -> dict[str, Any]:
    numbered = [{"id": f"P{i}", "cents": 10_000, **item} for i, item in enumerate(items)]
    document = {"variant": variant, "hardware_sublimit_cents": sublimit, "items": numbered}
    return restoration.to_json(restoration.settle(restoration.from_json(document)))


def results(kind: str, facts: dict[str, Any]) -> str:
    """What V1, V2, V3, V4 say, one after the other: y, n or c."""
    return "".join(claim(v, {"kind": kind, **facts})["items"][0]["result"][0] for v in V)


MATRIX: dict[str, tuple[str, dict[str, Any], str]] = {
    "cleaning, sole control": ("cleaning", OWN, "yyyy"),
    "cleaning, full control": ("cleaning", {"control": "full"}, "yyyy"),
    "cleaning, control not stated": ("cleaning", {}, "cccc"),
    "cleaning, control not stated, origin own": ("cleaning", {"origin_controlled": True}, "cccc"),
    "cleaning, foreign, origin own": ("cleaning", {**FOREIGN, "origin_controlled": True}, "yyyy"),
    "cleaning, foreign, origin elsewhere": (
        "cleaning",
        {**FOREIGN, "origin_controlled": False},
        "nnnn",
    ),
    "cleaning, foreign, origin not stated": ("cleaning", FOREIGN, "cccc"),
    "electronic data": ("data", {**OWN, "electronic": True}, "yyyy"),
    "paper data": ("data", {**OWN, "electronic": False}, "yynn"),
    "data, form not stated": ("data", OWN, "yycc"),
    "electronic data, foreign, origin elsewhere": (
        "data",
        {**FOREIGN, "origin_controlled": False, "electronic": True},
        "nnnn",
    ),
    "data, form not stated, origin elsewhere": (
        "data",
        {**FOREIGN, "origin_controlled": False},
        "nnnn",
    ),
    "paper data, control not stated": ("data", {"electronic": False}, "ccnn"),
    "electronic data, control not stated": ("data", {"electronic": True}, "cccc"),
    "electronic data, foreign, origin own": (
        "data",
        {**FOREIGN, "origin_controlled": True, "electronic": True},
        "yyyy",
    ),
    "software": ("software", OWN, "yyyy"),
    "software, foreign, origin elsewhere": (
        "software",
        {**FOREIGN, "origin_controlled": False},
        "nnnn",
    ),
    "software, control not stated": ("software", {}, "cccc"),
    "provisional": ("provisional", OWN, "cyyy"),
    "provisional, foreign, origin elsewhere": (
        "provisional",
        {**FOREIGN, "origin_controlled": False},
        "nnnn",
    ),
    "provisional, foreign, origin own": (
        "provisional",
        {**FOREIGN, "origin_controlled": True},
        "cyyy",
    ),
    "provisional, control not stated": ("provisional", {}, "cccc"),
    "crisis provider": ("crisis_provider", OWN, "cyyy"),
    "crisis provider, foreign, origin elsewhere": (
        "crisis_provider",
        {**FOREIGN, "origin_controlled": False},
        "nnnn",
    ),
    "internal extra cost": ("internal_extra", OWN, "cyyy"),
    "internal extra cost, foreign, origin own": (
        "internal_extra",
        {**FOREIGN, "origin_controlled": True},
        "cyyy",
    ),
    "private device": ("private_device", {}, "nyyy"),
    "private device, foreign": (
        "private_device",
        {**FOREIGN, "origin_controlled": False},
        "nyyy",
    ),
    "private device, own": ("private_device", OWN, "nyyy"),
    "production means": ("production_means", OWN, "nnnn"),
    "production means through the breach": (
        "production_means",
        {**OWN, "caused_by_network_breach": True},
        "nnnn",
    ),
    "hardware destroyed by the breach": (
        "hardware",
        {**OWN, "caused_by_network_breach": True, "cleaning_impossible_or_dearer": False},
        "yyyn",
    ),
    "hardware destroyed by the breach, control not stated": (
        "hardware",
        {"caused_by_network_breach": True, "cleaning_impossible_or_dearer": False},
        "yyyn",
    ),
    "hardware destroyed by the breach, foreign control, origin elsewhere": (
        "hardware",
        {
            **FOREIGN,
            "origin_controlled": False,
            "caused_by_network_breach": True,
            "cleaning_impossible_or_dearer": False,
        },
        "yyyn",
    ),
    "hardware, other cause, can be cleaned": (
        "hardware",
        {**OWN, "caused_by_network_breach": False, "cleaning_impossible_or_dearer": False},
        "nnnn",
    ),
    "hardware, other cause, cannot be cleaned": (
        "hardware",
        {**OWN, "caused_by_network_breach": False, "cleaning_impossible_or_dearer": True},
        "nyyy",
    ),
    "hardware destroyed by the breach, cannot be cleaned": (
        "hardware",
        {**OWN, "caused_by_network_breach": True, "cleaning_impossible_or_dearer": True},
        "yyyy",
    ),
    "hardware, other cause, foreign, origin elsewhere": (
        "hardware",
        {
            **FOREIGN,
            "origin_controlled": False,
            "caused_by_network_breach": False,
            "cleaning_impossible_or_dearer": True,
        },
        "nnnn",
    ),
    "hardware, cause not stated": ("hardware", OWN, "cccc"),
    "hardware, cause not stated, can be cleaned": (
        "hardware",
        {**OWN, "cleaning_impossible_or_dearer": False},
        "cccn",
    ),
    "hardware, cause not stated, cannot be cleaned": (
        "hardware",
        {**OWN, "cleaning_impossible_or_dearer": True},
        "cccy",
    ),
    "hardware, other cause, cleaning not stated": (
        "hardware",
        {**OWN, "caused_by_network_breach": False},
        "nccc",
    ),
}


@pytest.mark.parametrize("name", MATRIX)
def test_the_clause_matrix(name: str) -> None:
    kind, facts, expected = MATRIX[name]
    assert results(kind, facts) == expected


DAMAGED = {"kind": "hardware", "control": "sole", "caused_by_network_breach": True}
UNCLEANABLE = {
    "kind": "hardware",
    "control": "sole",
    "caused_by_network_breach": False,
    "cleaning_impossible_or_dearer": True,
}


@pytest.mark.parametrize("variant", ["V1", "V2", "V3"])
def test_hardware_items_share_one_limit_in_the_given_order(variant: str) -> None:
    answer = claim(variant, *[{**DAMAGED, "cents": 400} for _ in range(3)], sublimit=1_000)
    assert [item["cents"] for item in answer["items"]] == [400, 400, 200]
    assert [item["result"] for item in answer["items"]] == ["yes", "yes", "yes"]
    assert answer["covered_cents"] == 1_000
    assert answer["sublimit_left_cents"] == 0
    assert "Entschädigungsgrenze" in answer["items"][2]["reason"]


@pytest.mark.parametrize("variant", ["V1", "V2", "V3"])
def test_an_unknown_limit_blocks_and_is_never_zero_or_unlimited(variant: str) -> None:
    answer = claim(variant, DAMAGED, {"kind": "cleaning", **OWN}, sublimit=None)
    assert [item["result"] for item in answer["items"]] == ["clarify", "yes"]
    assert answer["items"][0]["rule"] == "WK-09"
    assert answer["covered_cents"] == 10_000
    assert answer["clarify_cents"] == 10_000


def test_a_limit_that_is_left_out_is_unknown() -> None:
    document = {"variant": "V1", "items": [{"id": "a", "cents": 5, **DAMAGED}]}
    answer = restoration.to_json(restoration.settle(restoration.from_json(document)))
    assert answer["items"][0]["result"] == "clarify"


def test_a_limit_of_zero_pays_nothing() -> None:
    answer = claim("V1", DAMAGED, sublimit=0)
    assert answer["covered_cents"] == 0
    assert answer["items"][0]["cents"] == 0


def test_new_hardware_instead_of_cleaning_stands_outside_the_limit() -> None:
    for variant in ("V2", "V3", "V4"):
        answer = claim(variant, UNCLEANABLE, sublimit=0)
        assert answer["covered_cents"] == 10_000
        assert answer["items"][0]["rule"] == "WK-13"
    assert claim("V2", UNCLEANABLE, sublimit=None)["covered_cents"] == 10_000


def test_no_comparison_of_costs_is_asked_for_a_system_that_is_not_covered() -> None:
    facts = {"kind": "hardware", "caused_by_network_breach": False, **FOREIGN}
    elsewhere = {**facts, "origin_controlled": False}
    own = {**facts, "origin_controlled": True}
    for variant in ("V2", "V3", "V4"):
        refused, still_open = claim(variant, elsewhere, own)["items"]
        assert (refused["result"], refused["rule"]) == ("no", "WK-03")
        assert (still_open["result"], still_open["rule"]) == ("clarify", "WK-13")


def test_destroyed_hardware_stays_under_the_limit_though_it_cannot_be_cleaned() -> None:
    both = {**DAMAGED, "cleaning_impossible_or_dearer": True}
    assert claim("V2", both, sublimit=3_000)["covered_cents"] == 3_000
    assert claim("V4", both, sublimit=3_000)["covered_cents"] == 10_000


def test_refused_and_open_items_pay_nothing_and_use_up_nothing() -> None:
    answer = claim(
        "V1",
        {**DAMAGED, "caused_by_network_breach": False},
        {**DAMAGED, "caused_by_network_breach": None},
        DAMAGED,
        sublimit=10_000,
    )
    assert [item["cents"] for item in answer["items"]] == [0, 0, 10_000]
    assert [item["claimed_cents"] for item in answer["items"]] == [10_000, 10_000, 10_000]


@pytest.mark.parametrize(
    ("variant", "kind", "facts", "rule"),
    [
        ("V1", "cleaning", OWN, "WK-04"),
        ("V1", "cleaning", {}, "WK-02"),
        ("V1", "cleaning", FOREIGN, "WK-03"),
        ("V1", "provisional", OWN, "WK-10"),
        ("V1", "private_device", OWN, "WK-11"),
        ("V2", "crisis_provider", OWN, "WK-12"),
        ("V3", "data", {**OWN, "electronic": False}, "WK-14"),
        ("V1", "hardware", {**OWN, "caused_by_network_breach": True}, "WK-06"),
        ("V1", "production_means", OWN, "WK-08"),
        ("V2", "software", OWN, "WK-05"),
    ],
)
def test_each_ruling_names_its_rule_and_says_why(
    variant: str, kind: str, facts: dict[str, Any], rule: str
) -> None:
    item = claim(variant, {"kind": kind, **facts})["items"][0]
    assert item["rule"] == rule
    assert rule in reference.load("rules")
    assert item["reason"].endswith(".")


def test_wordings_read_out_of_a_comparison_are_marked() -> None:
    assert [claim(variant)["wording_to_confirm"] for variant in V] == [False, True, True, True]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ("V1", "input"),
        ({"items": []}, "variant"),
        ({"variant": "V5", "items": []}, "variant"),
        ({"variant": "V1"}, "items"),
        ({"variant": "V1", "items": {}}, "items"),
        ({"variant": "V1", "items": [], "hardware_sublimit_cents": -1}, "hardware_sublimit_cents"),
        ({"variant": "V1", "items": [], "hardware_sublimit_cents": 1.5}, "hardware_sublimit_cents"),
        ({"variant": "V1", "items": [{"kind": "data", "cents": 1}]}, "items[0].id"),
        ({"variant": "V1", "items": [{"id": "a", "kind": "cake", "cents": 1}]}, "items[0].kind"),
        ({"variant": "V1", "items": [{"id": "a", "kind": "data"}]}, "items[0].cents"),
        ({"variant": "V1", "items": [{"id": "a", "kind": "data", "cents": -1}]}, "items[0].cents"),
        (
            {"variant": "V1", "items": [{"id": "a", "kind": "data", "cents": True}]},
            "items[0].cents",
        ),
        (
            {"variant": "V1", "items": [{"id": "a", "kind": "data", "cents": 1, "control": "my"}]},
            "items[0].control",
        ),
        (
            {"variant": "V1", "items": [{"id": "a", "kind": "data", "cents": 1, "electronic": 1}]},
            "items[0].electronic",
        ),
    ],
)
def test_wrong_input_is_refused_by_field(document: object, field: str) -> None:
    with pytest.raises(InputError) as refusal:
        restoration.from_json(document)
    assert refusal.value.field == field


# --- properties ---------------------------------------------------------------------------------

maybe = st.sampled_from([True, False, None])
items = st.builds(
    restoration.Item,
    id=st.just("P"),
    kind=st.sampled_from(CostKind),
    cents=st.integers(0, 500_000),
    control=st.sampled_from([*Control, None]),
    origin_controlled=maybe,
    caused_by_network_breach=maybe,
    electronic=maybe,
    cleaning_impossible_or_dearer=maybe,
)
claims = st.builds(
    restoration.Claim,
    variant=st.sampled_from(Variant),
    hardware_sublimit_cents=st.one_of(st.none(), st.integers(0, 800_000)),
    items=st.lists(items, max_size=8).map(tuple),
)


@settings(max_examples=300)
@given(claims)
def test_never_more_than_claimed_and_hardware_damage_never_above_its_limit(
    given_claim: restoration.Claim,
) -> None:
    settled = restoration.settle(given_claim)
    assert settled.covered_cents == sum(each.cents for each in settled.items)
    assert all(0 <= each.cents <= each.claimed_cents for each in settled.items)
    assert all(each.cents == 0 for each in settled.items if each.result != "yes")
    damage = sum(each.cents for each in settled.items if each.rule == "WK-06")
    assert damage <= (given_claim.hardware_sublimit_cents or 0)


@settings(max_examples=300)
@given(claims, st.integers(0, 500_000))
def test_a_higher_limit_never_pays_less(given_claim: restoration.Claim, more: int) -> None:
    limit = given_claim.hardware_sublimit_cents or 0
    paid = [
        restoration.settle(
            restoration.Claim(given_claim.variant, each, given_claim.items)
        ).covered_cents
        for each in (None, limit, limit + more)
    ]
    assert paid == sorted(paid)
