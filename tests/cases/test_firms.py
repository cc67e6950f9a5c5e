"""Firms and contracts: register data, history, sums by date, benefits."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from access import audit
from access.actor import SYSTEM, Actor
from cases import contract, entered, register, store
from cases.contract import Benefit
from cases.errors import (
    DatesCrossed,
    MissingField,
    NoClauseVariant,
    NotADomain,
    NumberTooLarge,
    PolicyNumberTaken,
    ProfileTwice,
    ReducedIsHigher,
    SourceNeeded,
    SumChangesByDate,
    SumUnknown,
    UnknownFirm,
    UnreadableDay,
    UnreadableMainExpiry,
    UnreadableOfficeHours,
    UnreadableSum,
)
from cases.register import RegisterData
from cases.schema import MIGRATIONS as CASES
from cases.store import Firm, Intake, Policy, firms
from cases.store.firms import Profile
from data import Home
from data.database import transaction
from ui.schema import open_database


@pytest.fixture
def firm(db: Database, consultant: Actor) -> Firm:
    return firms.add_firm(db, consultant, Firm(name="Kfz Aigner", legal_form="e.U.", city="Linz"))


@pytest.fixture
def policy(db: Database, consultant: Actor, firm: Firm) -> Policy:
    return firms.add_policy(db, consultant, firm.id, Policy(number="NA-1"))


# --- register data ----------------------------------------------------------------------

WHOLE = RegisterData(
    legal_form="GmbH", seat="Linz", register_number="FN 123456 a", register_court="LG Linz"
)


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        (WHOLE, []),
        (replace(WHOLE, seat="", city="Linz"), []),
        (replace(WHOLE, seat=""), ["Sitz"]),
        (replace(WHOLE, legal_form=""), ["Rechtsform"]),
        (replace(WHOLE, register_court=""), ["Firmenbuchgericht"]),
        (replace(WHOLE, register_number=""), ["Firmenbuchnummer"]),
        (replace(WHOLE, register_number="123"), ["Firmenbuchnummer in der Form FN 123456 a"]),
        (replace(WHOLE, legal_form="e.U.", owner_name="Anton Aigner"), []),
        (
            replace(WHOLE, legal_form="e.U."),
            ["Name der Inhaberin, des Inhabers, wenn er nicht in der Firma steht"],
        ),
        (RegisterData(), ["ob die Firma im Firmenbuch eingetragen ist"]),
        (
            RegisterData(registered="no"),
            ["Name der Inhaberin, des Inhabers", "Standort (Anschrift)", "Gewerbebehörde"],
        ),
        (
            RegisterData(
                registered="no", owner_name="Eva", street="Weg 1", city="Wels", trade_authority="BH"
            ),
            [],
        ),
    ],
    ids=[
        "whole", "town as seat", "no seat", "no legal form", "no court", "no number",
        "number of another shape", "sole trader", "sole trader without name", "nothing known",
        "unregistered", "unregistered and whole",
    ],
)  # fmt: skip
def test_what_is_missing_for_a_letter_is_said(data: RegisterData, missing: list[str]) -> None:
    assert [each.what for each in register.missing_for_letter(data)] == missing


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("FN 123456 a", "FN 123456 a"),
        ("fn123456A", "FN 123456 a"),
        ("123456 a", "FN 123456 a"),
        ("FN 1 b", "FN 1 b"),
        ("FN 1234567 a", None),
        ("FN 123456", None),
        ("HRB 233618", None),
        ("FN 123456 ab", None),
        ("", None),
    ],
)
def test_a_register_number_has_its_shape(typed: str, written: str | None) -> None:
    assert register.register_number(typed) == written


def test_a_number_is_kept_in_one_spelling_and_a_strange_one_as_it_is(
    db: Database, consultant: Actor, firm: Firm
) -> None:
    firms.change_firm(db, consultant, replace(firm, register_number=" fn 9999z "))
    assert firms.firm_by_id(db, firm.id).register_number == "FN 9999 z"
    firms.change_firm(db, consultant, replace(firm, register_number="HRB 233618"))
    assert firms.firm_by_id(db, firm.id).register_number == "HRB 233618"


def test_what_stood_there_before_can_be_read(db: Database, consultant: Actor, firm: Firm) -> None:
    firms.change_firm(db, consultant, replace(firm, city="Wels", staff_count=4))
    firms.change_firm(db, consultant, replace(firm, city="Steyr", staff_count=None))
    changes = firms.changes_of(db, "firm", firm.id)
    assert [(each.field, each.before, each.after, each.changed_by) for each in changes] == [
        ("staff_count", "4", "", "Mag. Lang"),
        ("city", "Wels", "Steyr", "Mag. Lang"),
        ("staff_count", "", "4", "Mag. Lang"),
        ("city", "Linz", "Wels", "Mag. Lang"),
    ]
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE master_change SET before = ''")
    assert audit.verify(db)[1] == []


@pytest.mark.parametrize("number", ["999", "abc", "", "-1", "1" * 40, "²"])
def test_a_link_to_no_firm_is_refused(db: Database, firm: Firm, number: str) -> None:
    with pytest.raises(UnknownFirm):
        firms.known_firm(db, number)
    assert firms.known_firm(db, str(firm.id)) == firm


def test_several_profiles_come_and_go(db: Database, consultant: Actor, firm: Firm) -> None:
    first = firms.add_profile(db, consultant, firm.id, Profile("Facebook", "@kfz"))
    firms.add_profile(db, consultant, firm.id, Profile("Facebook", "@kfz-jobs"))
    firms.add_profile(db, consultant, firm.id, Profile("Google", url="https://maps.example/kfz"))
    with pytest.raises(ProfileTwice):
        firms.add_profile(db, consultant, firm.id, Profile(" Facebook ", "@kfz "))
    firms.remove_profile(db, consultant, first.id)
    assert [each.handle for each in firms.profiles_of(db, firm.id)] == ["@kfz-jobs", ""]
    firms.add_profile(db, consultant, firm.id, Profile("Facebook", "@kfz"))
    firms.remove_profile(db, consultant, first.id)
    assert [each.action for each in audit.entries(db)][:2] == [
        "firm.profile_added",
        "firm.profile_removed",
    ]


@pytest.mark.parametrize("profile", [Profile(" ", "@kfz"), Profile("Facebook", " ")])
def test_a_profile_needs_network_and_name(
    db: Database, consultant: Actor, firm: Firm, profile: Profile
) -> None:
    with pytest.raises(MissingField):
        firms.add_profile(db, consultant, firm.id, profile)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("kfz-aigner.example", "kfz-aigner.example"),
        (" HTTPS://www.Kfz-Aigner.example/ ", "kfz-aigner.example"),
        ("müller.example", "müller.example"),
        ("shop.müller.co.at", "shop.müller.co.at"),
    ],
)
def test_a_domain_is_kept_bare(
    db: Database, consultant: Actor, firm: Firm, typed: str, kept: str
) -> None:
    assert firms.add_domain(db, consultant, firm.id, typed) == kept
    with pytest.raises(ProfileTwice):
        firms.add_domain(db, consultant, firm.id, kept)
    firms.remove_domain(db, consultant, firm.id, kept)
    assert firms.domains_of(db, firm.id) == []
    assert firms.add_domain(db, consultant, firm.id, kept) == kept


@pytest.mark.parametrize(
    "typed", ["", "kfz", "a.example/pfad", "a b.example", "-a.example", "<b>.at"]
)
def test_no_domain(db: Database, consultant: Actor, firm: Firm, typed: str) -> None:
    with pytest.raises(NotADomain):
        firms.add_domain(db, consultant, firm.id, typed)


# --- contracts --------------------------------------------------------------------------


def test_the_assistance_contract_takes_over_what_its_text_says(
    db: Database, policy: Policy
) -> None:
    assert (policy.template, policy.cap_cents, policy.always_reachable) == (
        "assistance",
        250_000,
        "yes",
    )
    assert (policy.notice_months, policy.renews, policy.begins_on) == (None, "unknown", None)
    said = {each.service: each for each in firms.benefits_of(db, policy.id)}
    assert said["restoration"].value == "no"
    assert said["restoration"].source == "NA-42"
    assert "Wiederherstellung von Daten" in said["restoration"].quote
    assert said["training"] == Benefit("training")


def test_four_contracts_of_one_firm_stay_four(
    db: Database, consultant: Actor, firm: Firm, policy: Policy
) -> None:
    for number, template in enumerate(("cyber_broker", "cyber_exali", "restoration")):
        firms.add_policy(db, consultant, firm.id, firms.draft_policy(template, f"C-{number}"))
    held = firms.policies_of(db, firm.id)
    assert [each.notice_months for each in held] == [None, None, 1, None]
    assert [each.sum_known for each in held] == [True, False, False, False]
    assert [
        [each.service for each in firms.benefits_of(db, one.id) if each.value == "yes"]
        for one in held
    ] == [["emergency_number"], [], ["emergency_number"], ["restoration"]]


def test_a_number_is_taken_once_and_a_form_counts_once(
    db: Database, consultant: Actor, firm: Firm, policy: Policy
) -> None:
    with pytest.raises(PolicyNumberTaken):
        firms.add_policy(db, consultant, firm.id, Policy(number=" NA-1 "))
    form = firms.draft_policy("cyber_exali", "C-1")
    first = firms.add_policy(db, consultant, firm.id, form, idempotency_key="k")
    assert firms.add_policy(db, consultant, firm.id, form, idempotency_key="k") == first
    with pytest.raises(PolicyNumberTaken):
        firms.change_policy(db, consultant, replace(first, number="NA-1"))


def test_a_change_of_a_contract_keeps_the_earlier_value(
    db: Database, consultant: Actor, policy: Policy
) -> None:
    changed = firms.change_policy(
        db,
        consultant,
        replace(
            policy,
            emergency_number="+43 1 999",
            emergency_source="conditions",
            begins_on=date(2026, 1, 1),
            main_expiry="01-01",
            hardware_sublimit_cents=None,
            deductible_cents=0,
        ),
    )
    assert changed.numbers.emergency_number == "+43 1 999"
    assert (changed.begins_on, changed.deductible_cents) == (date(2026, 1, 1), 0)
    assert changed.hardware_sublimit_cents is None
    fields = {each.field for each in firms.changes_of(db, "policy", policy.id)}
    assert fields == {
        "emergency_number", "emergency_source", "begins_on", "main_expiry", "deductible_cents",
    }  # fmt: skip
    before = audit.entries(db)[0]
    firms.change_policy(db, consultant, changed)
    assert audit.entries(db)[0] == before


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"number": " "}, MissingField),
        ({"main_expiry": "13-01"}, UnreadableMainExpiry),
        ({"main_expiry": "02-30"}, UnreadableMainExpiry),
        ({"office_hours": "immer"}, UnreadableOfficeHours),
        ({"begins_on": date(2026, 2, 1), "ends_on": date(2026, 1, 1)}, DatesCrossed),
        ({"restoration_variant": "V2"}, NoClauseVariant),
        ({"notice_months": 121}, NumberTooLarge),
        ({"minimum_months": 999}, NumberTooLarge),
        ({"deductible_cents": 1, "reduced_deductible_cents": 2}, ReducedIsHigher),
        ({"cap_cents": 300_000}, SumChangesByDate),
        ({"sum_known": False}, SumChangesByDate),
    ],
)
def test_what_a_contract_cannot_say_is_refused(
    db: Database,
    consultant: Actor,
    policy: Policy,
    changes: dict[str, object],
    refusal: type[Exception],
) -> None:
    with pytest.raises(refusal):
        firms.change_policy(db, consultant, replace(policy, **changes))  # type: ignore[arg-type]
    assert firms.policy_by_id(db, policy.id) == policy


def test_the_clause_variant_belongs_to_its_own_contract(
    db: Database, consultant: Actor, firm: Firm
) -> None:
    clause = firms.add_policy(
        db,
        consultant,
        firm.id,
        replace(firms.draft_policy("restoration", "W-1"), restoration_variant="V4"),
    )
    assert (clause.restoration_variant, clause.hardware_sublimit_cents) == ("V4", None)


# --- sums by date -----------------------------------------------------------------------


def test_the_sum_of_the_day_holds(db: Database, consultant: Actor, policy: Policy) -> None:
    firms.set_sum(
        db, consultant, policy.id, 400_000, holds_from=date(2026, 7, 1), reason="Nachtrag 1"
    )
    firms.set_sum(
        db, consultant, policy.id, 300_000, holds_from=date(2027, 1, 1), reason="Nachtrag 2"
    )
    firms.set_sum(
        db, consultant, policy.id, 350_000, holds_from=date(2026, 7, 1), reason="Berichtigung"
    )
    assert [
        firms.cap_on(db, policy.id, date.fromisoformat(day))
        for day in ("2026-06-30", "2026-07-01", "2026-12-31", "2027-01-01")
    ] == [250_000, 350_000, 350_000, 300_000]
    assert firms.policies_of(db, policy.firm_id, date(2026, 8, 1))[0].cap_cents == 350_000
    assert [each.cap_cents for each in firms.sums_of(db, policy.id)] == [
        300_000, 350_000, 400_000, 250_000,
    ]  # fmt: skip


def test_no_sum_is_assumed(db: Database, consultant: Actor, firm: Firm) -> None:
    cyber = firms.add_policy(db, consultant, firm.id, firms.draft_policy("cyber_exali", "C-1"))
    with pytest.raises(SumUnknown) as refusal:
        firms.cap_on(db, cyber.id, date(2026, 7, 1))
    assert "C-1" in refusal.value.sentence("de")
    firms.set_sum(
        db, consultant, cyber.id, 50_000_000, holds_from=date(2026, 7, 1), reason="Polizze"
    )
    assert firms.cap_on(db, cyber.id, date(2026, 7, 1)) == 50_000_000
    with pytest.raises(SumUnknown):
        firms.cap_on(db, cyber.id, date(2026, 6, 30))
    assert [each.cap_cents for each in firms.sums_of(db, cyber.id)] == [50_000_000]


def test_an_open_event_keeps_its_cap_and_that_is_told(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = store.open_case(db, consultant, replace(garage_intake, incident=None))
    event = store.event_by_id(db, case.insured_event_id)
    [kept] = firms.set_sum(
        db, consultant, event.policy_id, 500_000, holds_from=date(2026, 1, 1), reason="Nachtrag"
    )
    assert (kept.number, kept.cap_cents, kept.recorded_cents) == (event.number, 250_000, 500_000)
    assert kept.occurred_on == date(2026, 3, 10)
    assert store.event_by_id(db, event.id).cap_cents == 250_000
    firms.set_sum(
        db, consultant, event.policy_id, 250_000, holds_from=date(2026, 1, 1), reason="Irrtum"
    )
    assert firms.kept_sums(db, event.policy_id) == []


def test_the_day_of_the_loss_is_viennese(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    case = store.open_case(
        db, consultant, replace(garage_intake, incident=None, called_at=late, opened_at=late)
    )
    event = store.event_by_id(db, case.insured_event_id)
    [kept] = firms.set_sum(
        db, consultant, event.policy_id, 400_000, holds_from=date(2026, 7, 1), reason="Nachtrag"
    )
    assert kept.occurred_on == date(2026, 7, 1)


def test_a_sum_needs_its_reason_and_counts_once(
    db: Database, consultant: Actor, policy: Policy
) -> None:
    with pytest.raises(MissingField):
        firms.set_sum(db, consultant, policy.id, 1, holds_from=date(2026, 7, 1), reason=" ")
    for _click in range(2):
        firms.set_sum(
            db,
            consultant,
            policy.id,
            1,
            holds_from=date(2026, 7, 1),
            reason="Nachtrag",
            idempotency_key="k",
        )
    assert len(firms.sums_of(db, policy.id)) == 2
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("DELETE FROM policy_sum")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(
        st.tuples(
            st.dates(date(2026, 1, 1), date(2026, 12, 31)),
            st.integers(min_value=0, max_value=10**9),
        ),
        max_size=8,
    ),
    day=st.dates(date(2025, 12, 1), date(2027, 1, 31)),
)
def test_the_newest_entry_up_to_the_day_holds(
    db: Database, changes: list[tuple[date, int]], day: date
) -> None:
    with transaction(db):
        firm = firms.add_firm(db, SYSTEM, Firm(name="F"))
        policy = firms.add_policy(db, SYSTEM, firm.id, Policy(number="P"))
    expected = 250_000
    newest = date.min
    for since, cents in changes:
        firms.set_sum(db, SYSTEM, policy.id, cents, holds_from=since, reason="x")
        if newest <= since <= day:
            newest, expected = since, cents
    assert firms.cap_on(db, policy.id, day) == expected


# --- benefits ---------------------------------------------------------------------------


def test_a_benefit_is_unknown_until_its_source_is_named(
    db: Database, consultant: Actor, policy: Policy
) -> None:
    with pytest.raises(SourceNeeded):
        firms.set_benefit(db, consultant, policy.id, Benefit("training", "yes"))
    firms.set_benefit(
        db,
        consultant,
        policy.id,
        Benefit("training", "yes", "zwei Stunden im Jahr", "wird geschult", "Polizze Seite 3"),
    )
    said = {each.service: each for each in firms.benefits_of(db, policy.id)}
    assert (said["training"].value, said["training"].source) == ("yes", "Polizze Seite 3")
    firms.set_benefit(db, consultant, policy.id, Benefit("training"))
    assert firms.benefits_of(db, policy.id)[2].value == "unknown"
    assert [each.service for each in firms.benefits_of(db, policy.id)] == [
        each.key for each in contract.services()
    ]


# --- what people type -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("", None),
        ("2500", 250_000),
        ("2.500,00", 250_000),
        ("€ 2.500,–", 250_000),
        ("0", 0),
        ("1.234.567,8", 123_456_780),
        ("12 €", 1200),
    ],
)
def test_amounts_are_read_strictly(typed: str, cents: int | None) -> None:
    assert entered.read_sum(typed) == cents
    assert entered.read_sum(entered.sum_text(cents)) == cents


@pytest.mark.parametrize("typed", ["2.5", "1,234.50", "-5", "viel", "1.2345,00", "5,123"])
def test_amounts_are_not_guessed(typed: str) -> None:
    with pytest.raises(UnreadableSum):
        entered.read_sum(typed)


@given(st.integers(min_value=0, max_value=99_999_999_999))
def test_an_amount_shown_is_read_again(cents: int) -> None:
    assert entered.read_sum(entered.sum_text(cents)) == cents


@pytest.mark.parametrize("typed", ["31.02.2026", "2026-03-10", "morgen", "1.1.26", "01.01.1000"])
def test_days_are_not_guessed(typed: str) -> None:
    with pytest.raises(UnreadableDay):
        entered.read_day(typed)


@pytest.mark.parametrize(
    ("typed", "kept"), [("", ""), ("1.1.", "01-01"), ("01.01", "01-01"), ("29.02.", "02-29")]
)
def test_the_main_expiry_is_a_day_of_the_year(typed: str, kept: str) -> None:
    assert entered.read_day_of_year(typed) == kept
    assert entered.read_day_of_year(entered.day_of_year_text(kept)) == kept


# --- an older home ----------------------------------------------------------------------


def test_an_older_home_keeps_its_people_and_contracts(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    db = home.db()
    CASES.apply(db, stop_before="m003_contracts")
    with transaction(db):
        db.execute("INSERT INTO firm (name, created_at) VALUES ('F', '2026-01-01T00:00:00Z')")
        for name, function, ticked in (("A", "Inhaber", 1), ("B", "Sekretariat", 1), ("C", "", 0)):
            db.execute(
                "INSERT INTO person (firm_id, name, function, may_approve) VALUES (1, ?, ?, ?)",
                [name, function, ticked],
            )
        db.execute(
            "INSERT INTO policy (firm_id, number, product, cap_cents, cap_basis, vat_percent)"
            " VALUES (1, 'NA-1', 'Notfall-IT-Assistance', 250000, 'net', 20)"
        )
    open_database(home)
    assert [
        (each.name, each.function, each.may_approve, each.named_approver)
        for each in firms.people_of(db, 1)
    ] == [("A", "Inhaber", True, True), ("B", "Sekretariat", False, True), ("C", "", False, False)]
    [policy] = firms.policies_of(db, 1)
    assert (policy.cap_cents, policy.sum_known, policy.template) == (250_000, True, "assistance")
    assert firms.cap_on(db, policy.id, date(2020, 1, 1)) == 250_000
    assert [each.value for each in firms.benefits_of(db, policy.id)].count("unknown") == 4
    home.close()
