"""Who may approve: by function or by written authority, never by a tick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import authority, evidence, store
from cases.authority import FunctionSince, WrittenAuthority
from cases.errors import (
    AlreadyRevoked,
    DatesCrossed,
    DayInFuture,
    DocumentNeeded,
    GranterMayNot,
    MissingField,
)
from cases.store import Case, Firm, Intake, Person, Policy, firms
from cases.store.firms import Authority
from cases.store.people import reachable_without_firm_it, today
from data import Home

GIVEN = date(2026, 3, 10)
DAY = timedelta(days=1)


# --- the rule ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "approves"),
    [
        ("Inhaber", True),
        ("Inhaberin", True),
        ("Inhaber:in", True),
        ("InhaberIn", True),
        ("Inhaber/in", True),
        ("Inhaber*in", True),
        ("  INHABERIN ", True),
        ("Geschäftsführer", True),
        ("Geschäftsführerin", True),
        ("handelsrechtlicher Geschäftsführer", True),
        ("handelsrechtliche Geschäftsführerin", True),
        ("handels- und gewerberechtlicher Geschäftsführer", True),
        ("geschäftsführende Gesellschafterin", True),
        ("Einzelunternehmerin", True),
        ("Inhaber und Kfz-Meister", True),
        ("Gründer, Geschäftsführer", True),
        ("Geschäftsführer / Gesellschafter", True),
        ("Owner", True),
        ("Komplementärin", True),
        ("gewerberechtlicher Geschäftsführer", False),
        ("gewerberechtliche Geschäftsführerin", False),
        ("Prokurist", False),
        ("Prokuristin", False),
        ("Sekretariat", False),
        ("Sekretärin", False),
        ("Gesellschafter", False),
        ("Filialleiterin", False),
        ("ausgeschieden", False),
        ("Sekretärin, Geschäftsführung", False),
        ("", None),
        ("Chefin", None),
        ("Assistentin der Geschäftsführung", None),
        ("ehemaliger Inhaber", None),
        ("Inhaber a.D.", None),
        ("designierte Geschäftsführerin", None),
        ("Ehefrau, Inhaberin", None),
        ("stv. Geschäftsführer", None),
        ("nicht Inhaber", None),
    ],
)
def test_the_function_carries_the_approval(function: str, approves: bool | None) -> None:
    assert authority.known_function(function).approves is approves
    assert authority.may_approve(function, (), GIVEN).may_approve is bool(approves)


@pytest.mark.parametrize("listed", authority.functions(), ids=lambda each: each.key)
def test_a_function_from_the_list_means_what_the_list_says(listed: authority.Function) -> None:
    assert authority.known_function(listed.german) == listed


@given(st.text(max_size=40))
def test_nothing_unlisted_approves(text: str) -> None:
    known = authority.known_function(text)
    if known.approves:
        assert authority.functions()
        assert known in authority.functions()
    else:
        assert not authority.may_approve(text, (), GIVEN).may_approve


WRITTEN = WrittenAuthority(granted_on=GIVEN, granter_function="Inhaberin")


@pytest.mark.parametrize(
    ("written", "day", "channel", "allowed"),
    [
        (WRITTEN, GIVEN, None, True),
        (WRITTEN, GIVEN - DAY, None, False),
        (replace(WRITTEN, valid_until=GIVEN), GIVEN, None, True),
        (replace(WRITTEN, valid_until=GIVEN), GIVEN + DAY, None, False),
        (replace(WRITTEN, revoked_on=GIVEN + DAY), GIVEN, None, True),
        (replace(WRITTEN, revoked_on=GIVEN + DAY), GIVEN + DAY, None, False),
        (replace(WRITTEN, channels=("facebook",)), GIVEN, "facebook", True),
        (replace(WRITTEN, channels=("facebook",)), GIVEN, "press", False),
        (replace(WRITTEN, channels=("facebook",)), GIVEN, None, False),
        (replace(WRITTEN, granter_function="Prokurist"), GIVEN, None, False),
        (replace(WRITTEN, granter_function=""), GIVEN, None, False),
    ],
    ids=[
        "from its day", "not before", "on its last day", "not after", "before the revocation",
        "not on its day", "for its channel", "for no other", "not for every text",
        "not from a procurator", "not from nobody",
    ],
)  # fmt: skip
def test_a_written_authority_holds_on_its_days_and_channels(
    written: WrittenAuthority, day: date, channel: str | None, allowed: bool
) -> None:
    assert authority.may_approve("Sekretariat", [written], day, channel).may_approve is allowed


@pytest.mark.parametrize(
    ("day", "function"),
    [
        (date(2026, 1, 1), "Prokurist"),
        (date(2026, 2, 28), "Prokurist"),
        (date(2026, 3, 1), "Geschäftsführer"),
        (date(2026, 12, 1), "ausgeschieden"),
    ],
)
def test_the_function_of_the_day_counts(day: date, function: str) -> None:
    history = [
        FunctionSince("Prokurist"),
        FunctionSince("Geschäftsführerin", date(2026, 3, 1)),
        FunctionSince("Geschäftsführer", date(2026, 3, 1)),
        FunctionSince("ausgeschieden", date(2026, 12, 1)),
    ]
    assert authority.function_on(history, day) == function


def test_no_function_is_known_before_the_first() -> None:
    assert authority.function_on([FunctionSince("Inhaber", GIVEN)], GIVEN - DAY) == ""


# --- people of a firm -------------------------------------------------------------------


@pytest.fixture
def firm_case(db: Database, consultant: Actor, garage_intake: Intake) -> Case:
    return store.open_case(db, consultant, replace(garage_intake, incident=None))


@pytest.fixture
def secretary(db: Database, consultant: Actor, firm_case: Case) -> Person:
    return firms.add_person(
        db, consultant, firm_case.firm_id, Person("Eva Huber", "Sekretariat", may_approve=True)
    )


@pytest.fixture
def owner(db: Database, firm_case: Case) -> Person:
    [found] = firms.approvers_of(db, firm_case.firm_id, today())
    return found


@pytest.fixture
def paper(db: Database, home: Home, consultant: Actor, firm_case: Case) -> int:
    kept = evidence.add(
        db,
        home,
        consultant,
        firm_case.id,
        data=b"Vollmacht",
        file_name="vollmacht.txt",
        kind="file",
    )
    return kept.id


@pytest.fixture
def grant(
    db: Database, consultant: Actor, owner: Person, secretary: Person, paper: int
) -> Callable[..., Authority]:
    def give(**changes: object) -> Authority:
        given = Authority(
            person_id=secretary.id,
            granted_by=owner.id,
            granted_on=today(),
            text="Frau Huber gibt Texte frei.",
            document=paper,
        )
        return firms.grant_authority(db, consultant, replace(given, **changes))  # type: ignore[arg-type]

    return give


def test_a_tick_does_not_let_the_secretary_approve(db: Database, secretary: Person) -> None:
    assert not secretary.may_approve
    assert secretary.named_approver
    assert "Funktion reicht" in secretary.reason
    assert [each.name for each in firms.people_of(db, secretary.firm_id)] == [
        "Anton Aigner",
        "Eva Huber",
    ]


def test_the_owner_named_at_intake_may_approve(owner: Person) -> None:
    assert (owner.name, owner.function, owner.may_approve) == ("Anton Aigner", "Inhaber", True)


def test_a_written_authority_lets_the_secretary_approve_until_it_is_revoked(
    db: Database, consultant: Actor, secretary: Person, grant: Callable[..., Authority]
) -> None:
    given = grant()
    assert given.granter_function == "Inhaber"
    assert firms.person_by_id(db, secretary.id).may_approve
    assert firms.may_approve_on(db, secretary.id, today()).may_approve
    assert not firms.may_approve_on(db, secretary.id, today() - DAY).may_approve
    revoked = firms.revoke_authority(
        db, consultant, given.id, revoked_on=today(), reason="Vertrauen verloren"
    )
    assert (revoked.revoked_on, revoked.revocation_reason) == (today(), "Vertrauen verloren")
    assert not firms.person_by_id(db, secretary.id).may_approve
    assert [each.action for each in audit.entries(db)][:2] == [
        "authority.revoked",
        "authority.granted",
    ]
    with pytest.raises(AlreadyRevoked):
        firms.revoke_authority(db, consultant, given.id, revoked_on=today(), reason="noch einmal")


def test_an_authority_for_one_channel_is_none_for_the_others(
    db: Database, secretary: Person, grant: Callable[..., Authority]
) -> None:
    grant(channels=("facebook",))
    assert not firms.person_by_id(db, secretary.id).may_approve
    names = [each.name for each in firms.approvers_of(db, secretary.firm_id, today(), "facebook")]
    assert names == ["Anton Aigner", "Eva Huber"]
    assert len(firms.approvers_of(db, secretary.firm_id, today(), "press")) == 1


def test_nobody_gives_an_authority_that_is_not_theirs(
    db: Database, consultant: Actor, secretary: Person, grant: Callable[..., Authority]
) -> None:
    grant()
    clerk = firms.add_person(db, consultant, secretary.firm_id, Person("Karl", "Prokurist"))
    with pytest.raises(GranterMayNot):
        grant(person_id=clerk.id, granted_by=secretary.id)
    with pytest.raises(GranterMayNot):
        grant(granted_by=clerk.id)
    with pytest.raises(GranterMayNot):
        grant(granted_by=secretary.id)


def test_who_became_managing_director_later_could_not_give_it_before(
    db: Database, consultant: Actor, secretary: Person, grant: Callable[..., Authority]
) -> None:
    late = firms.add_person(db, consultant, secretary.firm_id, Person("Karl", "Prokurist"))
    since = today() - 10 * DAY
    changed = firms.change_person(
        db, consultant, replace(late, function="Geschäftsführer:in"), function_from=since
    )
    assert changed.may_approve
    with pytest.raises(GranterMayNot):
        grant(granted_by=late.id, granted_on=since - DAY)
    assert grant(granted_by=late.id, granted_on=since).granter_function == "Geschäftsführer:in"
    assert not firms.may_approve_on(db, late.id, since - DAY).may_approve


def test_an_owner_who_has_left_approves_no_more(
    db: Database, consultant: Actor, owner: Person
) -> None:
    firms.change_person(db, consultant, replace(owner, function="ausgeschieden"))
    assert firms.approvers_of(db, owner.firm_id, today()) == []
    [before] = firms.approvers_of(db, owner.firm_id, today() - DAY)
    assert before.name == "Anton Aigner"
    [change] = firms.changes_of(db, "person", owner.id)
    assert (change.field, change.before, change.after) == ("function", "Inhaber", "ausgeschieden")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"text": " "}, MissingField),
        ({"granted_on": date(2999, 1, 1)}, DayInFuture),
        ({"valid_until": date(2000, 1, 1)}, DatesCrossed),
        ({"document": 999}, DocumentNeeded),
    ],
    ids=["no wording", "in the future", "over before it began", "no document"],
)
def test_an_authority_that_is_not_whole_is_refused(
    db: Database,
    grant: Callable[..., Authority],
    changes: dict[str, object],
    refusal: type[Exception],
) -> None:
    with pytest.raises(refusal):
        grant(**changes)
    assert db.execute("SELECT count(*) FROM written_authority").fetchone()[0] == 0


def test_a_document_of_another_firm_is_none(
    db: Database,
    home: Home,
    consultant: Actor,
    garage_intake: Intake,
    grant: Callable[..., Authority],
) -> None:
    other = store.open_case(
        db,
        consultant,
        replace(
            garage_intake, incident=None, firm=Firm(name="Andere"), policy=Policy(number="X-1")
        ),
    )
    paper = evidence.add(
        db, home, consultant, other.id, data=b"Fremd", file_name="fremd.txt", kind="file"
    )
    with pytest.raises(DocumentNeeded):
        grant(document=paper.id)


def test_a_revocation_needs_its_reason_and_a_day_that_fits(
    db: Database, consultant: Actor, grant: Callable[..., Authority]
) -> None:
    given = grant()
    with pytest.raises(MissingField):
        firms.revoke_authority(db, consultant, given.id, revoked_on=today(), reason=" ")
    with pytest.raises(DatesCrossed):
        firms.revoke_authority(db, consultant, given.id, revoked_on=today() - DAY, reason="x")
    with pytest.raises(DayInFuture):
        firms.revoke_authority(db, consultant, given.id, revoked_on=today() + DAY, reason="x")


def test_a_form_sent_twice_makes_one_authority_and_one_person(
    db: Database, consultant: Actor, owner: Person, secretary: Person, paper: int
) -> None:
    given = Authority(secretary.id, owner.id, today(), "Frau Huber gibt frei.", paper)
    first = firms.grant_authority(db, consultant, given, idempotency_key="a")
    assert firms.grant_authority(db, consultant, given, idempotency_key="a") == first
    person = Person("Karl", "Prokurist")
    one = firms.add_person(db, consultant, owner.firm_id, person, idempotency_key="p")
    assert firms.add_person(db, consultant, owner.firm_id, person, idempotency_key="p") == one


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (Person("A", email="a@firma.example"), "no"),
        (Person("A", email="a@mail.firma.example"), "no"),
        (Person("A", email="a@firma.example", phone="+43 660 1"), "unknown"),
        (Person("A", email="a@privat.example", outside_it="yes"), "yes"),
        (Person("A", email="a@andere-firma.example"), "unknown"),
        (Person("A"), "unknown"),
    ],
)
def test_an_address_in_the_firms_domain_is_not_outside_its_it(person: Person, said: str) -> None:
    assert reachable_without_firm_it(person, ["firma.example"]) == said
