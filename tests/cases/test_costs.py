"""Costs outside the cap, and computed restoration costs."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from access.actor import Actor
from budget import store as budget_store
from cases import costs as rules
from cases import store
from cases.errors import MissingField, ReasonForChange, SettledVisit
from cases.restoration import Control, CostKind, Item, Variant
from cases.store import Case, costs
from data import reference

THEN = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "payer", "rule", "information"),
    [
        ("hardware", "insured", "NA-35", False),
        ("software", "insured", "NA-35", False),
        ("replacement_device", "insured", "NA-40", False),
        ("spare_part", "insured", "NA-40", False),
        ("new_software", "insured", "NA-41", False),
        ("restoration", "insured", "NA-42", False),
        ("misdirected_transfer", "insured", "NA-38", True),
        ("loss", "insured", "NA-39", True),
        ("lawyer", "insured", "NA-43", False),
        ("forensics", "insured", "NA-43", False),
        ("data_protection", "insured", "NA-43", False),
        ("technician", "insured", "NA-43", False),
        ("advertising", "insured", "CV-13", False),
    ],
)
def test_who_pays_which_kind(kind: str, payer: str, rule: str, information: bool) -> None:
    found = rules.rule_on(kind)
    assert (found.payer, found.rule, found.information) == (payer, rule, information)


def test_every_kind_is_told_with_its_words() -> None:
    known = reference.load("rules")
    for kind in rules.kinds():
        for name, words in rules.rule_on(kind).quotes:
            assert words == known[name]["quote"]


def test_a_clause_on_restoration_sends_only_restoration_elsewhere() -> None:
    elsewhere = [
        kind
        for kind in rules.kinds()
        if rules.rule_on(kind, restoration_clause=True).payer == "other_policy"
    ]
    assert elsewhere == ["restoration"]


def add(db: Database, actor: Actor, case: Case, kind: str, cents: int) -> costs.CaseCost:
    return costs.add_cost(
        db, actor, case.id, kind=kind, text="Bildschirm", cents=cents, happened_at=THEN
    )


def test_costs_stay_out_of_the_cap_and_are_summed_by_payer(
    db: Database, consultant: Actor, case: Case
) -> None:
    first = add(db, consultant, case, "replacement_device", 18900)
    add(db, consultant, case, "misdirected_transfer", 1840000)
    add(db, consultant, case, "lawyer", 50000)
    kept = costs.costs_of(db, case.id)
    assert rules.sums((each.kind, each.payer, each.cents) for each in kept) == {
        "insured": 68900, "information": 1840000,
    }  # fmt: skip
    assert budget_store.entries_of(db, case.id) == []
    costs.withdraw_cost(db, consultant, first.id, "doppelt")
    assert costs.costs_of(db, case.id)[0].withdrawn_because == "doppelt"
    with pytest.raises(SettledVisit):
        costs.withdraw_cost(db, consultant, first.id, "noch einmal")
    with pytest.raises(ReasonForChange):
        costs.withdraw_cost(db, consultant, kept[1].id, " ")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("UPDATE case_cost SET cents = 0")


def test_what_is_not_kept(db: Database, consultant: Actor, case: Case) -> None:
    with pytest.raises(MissingField):
        costs.add_cost(db, consultant, case.id, kind="lawyer", text=" ", cents=1, happened_at=THEN)
    with pytest.raises(ValueError, match="not negative"):
        add(db, consultant, case, "lawyer", -1)
    same = {"kind": "lawyer", "text": "Brief", "cents": 1, "happened_at": THEN}
    first = costs.add_cost(db, consultant, case.id, idempotency_key="k", **same)  # type: ignore[arg-type]
    assert costs.add_cost(db, consultant, case.id, idempotency_key="k", **same) == first  # type: ignore[arg-type]


# Restoration costs


@pytest.fixture
def claimed(db: Database, consultant: Actor, case: Case) -> Case:
    for item, text in (
        (Item("", CostKind.CLEANING, 50000, Control.SOLE), "Säuberung"),
        (Item("", CostKind.HARDWARE, 120000, Control.SOLE, None, True), "PC"),
    ):
        costs.add_item(db, consultant, case.id, item, text)
    return case


def test_a_computation_is_kept_with_its_inputs(
    db: Database, consultant: Actor, claimed: Case
) -> None:
    claim = costs.claim_of(db, claimed.id, Variant.V2, 100000)
    run = costs.save_run(db, consultant, claimed.id, claim, idempotency_key="k")
    assert run.covered_cents == 150000
    assert costs.save_run(db, consultant, claimed.id, claim, idempotency_key="k") == run
    [first, _second] = costs.items_of(db, claimed.id)
    costs.remove_item(db, consultant, first.id, "irrtümlich")
    assert [each.text for each in costs.items_of(db, claimed.id)] == ["PC"]
    [kept] = costs.runs_of(db, claimed.id)
    assert [each["text"] for each in kept.claim["items"]] == ["Säuberung", "PC"]
    assert kept.claim["items"][1]["caused_by_network_breach"] is True
    assert kept.result["wording_to_confirm"] is True
    assert budget_store.entries_of(db, claimed.id) == []
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("DELETE FROM restoration_run")


def test_without_the_limit_hardware_is_not_computed(
    db: Database, consultant: Actor, claimed: Case
) -> None:
    run = costs.save_run(
        db, consultant, claimed.id, costs.claim_of(db, claimed.id, Variant.V1, None)
    )
    assert run.covered_cents == 50000
    assert [each["rule"] for each in run.result["items"]] == ["WK-04", "WK-09"]


def test_the_wording_is_confirmed_once_by_somebody_with_the_original(
    db: Database, consultant: Actor, claimed: Case
) -> None:
    run = costs.save_run(
        db, consultant, claimed.id, costs.claim_of(db, claimed.id, Variant.V3, 100000)
    )
    for person, document in (("", "Bedingungen 2024"), ("Huber", " ")):
        with pytest.raises(MissingField):
            costs.confirm_wording(db, consultant, run.id, person=person, document=document)
    confirmed = costs.confirm_wording(
        db, consultant, run.id, person="Huber", document="Bedingungen 2024"
    )
    assert costs.runs_of(db, claimed.id) == [confirmed]
    with pytest.raises(SettledVisit):
        costs.confirm_wording(db, consultant, run.id, person="Huber", document="noch einmal")
    told = [each.text for each in store.timeline_of(db, claimed.id)]
    assert any("Wortlaut V3 mit dem Original verglichen: Huber" in text for text in told)


def test_nothing_claimed_is_nothing_computed(db: Database, consultant: Actor, case: Case) -> None:
    with pytest.raises(MissingField):
        costs.save_run(db, consultant, case.id, costs.claim_of(db, case.id, Variant.V1, 0))
    with pytest.raises(MissingField):
        costs.add_item(db, consultant, case.id, Item("", CostKind.DATA, 1), " ")
    costs.add_item(db, consultant, case.id, Item("", CostKind.DATA, 1), "x", "k")
    costs.add_item(db, consultant, case.id, Item("", CostKind.DATA, 1), "x", "k")
    [item] = costs.items_of(db, case.id)
    with pytest.raises(ReasonForChange):
        costs.remove_item(db, consultant, item.id, "")
    costs.remove_item(db, consultant, item.id, "weg")
    with pytest.raises(SettledVisit):
        costs.remove_item(db, consultant, item.id, "weg")
