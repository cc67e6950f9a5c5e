"""One-time links and their PIN."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from access import audit, links
from access.actor import SYSTEM
from access.errors import AccessError, ExpiredLink, LockedLink, UnknownLink, UsedLink, WrongPin
from access.links import NewLink
from data import Home, in_transaction, transaction

NOON = datetime(2026, 5, 16, 10, 0, tzinfo=UTC)
END = NOON + timedelta(hours=24)
PURPOSE = "approval"


@pytest.fixture
def link(db: Database) -> NewLink:
    """A link with a PIN on subject 7 that ends after a day."""
    return links.create(db, SYSTEM, PURPOSE, 7, expires_at=END, case_id=3)


def wrong(pin: str) -> str:
    """A PIN that is not ``pin``."""
    return f"{(int(pin) + 1) % 1_000_000:06d}"


def test_a_new_link_leads_to_its_subject(db: Database, link: NewLink) -> None:
    found = links.look_up(db, link.token, PURPOSE, NOON)
    assert (found.id, found.subject_id, found.case_id) == (link.id, 7, 3)
    assert (found.expires_at, found.tries_left) == (END, 5)


def test_neither_token_nor_pin_is_kept_in_the_database(db: Database, link: NewLink) -> None:
    dump = "\n".join(db.conn.iterdump())
    assert link.token not in dump
    assert f"'{link.pin}'" not in dump


def test_tokens_are_long_and_pins_have_six_digits(db: Database) -> None:
    made = [links.create(db, SYSTEM, PURPOSE, 1, expires_at=END) for _each in range(5)]
    assert len({each.token for each in made}) == 5
    assert all(len(each.token) >= 43 for each in made)
    assert all(len(each.pin) == 6 and each.pin.isdecimal() for each in made)


def test_opening_a_link_a_hundred_times_changes_nothing(db: Database, link: NewLink) -> None:
    before = db.conn.total_changes
    for _turn in range(100):
        links.look_up(db, link.token, PURPOSE, NOON)
    assert db.conn.total_changes == before


@pytest.mark.parametrize(
    ("token", "purpose"),
    [("", PURPOSE), ("unknown", PURPOSE), (None, "account_setup")],
    ids=["empty", "unknown", "for-something-else"],
)
def test_a_link_that_was_not_issued_for_this_is_unknown(
    db: Database, link: NewLink, token: str | None, purpose: str
) -> None:
    with pytest.raises(UnknownLink):
        links.look_up(db, link.token if token is None else token, purpose, NOON)


def test_the_right_pin_uses_the_link_up(db: Database, link: NewLink) -> None:
    assert links.enter_pin(db, link.id, link.pin, NOON) is None
    with pytest.raises(UsedLink):
        links.look_up(db, link.token, PURPOSE, NOON)
    assert isinstance(links.enter_pin(db, link.id, link.pin, NOON), UsedLink)


def test_a_pin_read_in_two_groups_is_right(db: Database, link: NewLink) -> None:
    assert links.enter_pin(db, link.id, f" {link.pin[:3]} {link.pin[3:]} ", NOON) is None


def test_five_wrong_pins_lock_the_link_for_the_right_one_too(db: Database, link: NewLink) -> None:
    refusals = [links.enter_pin(db, link.id, wrong(link.pin), NOON) for _turn in range(5)]
    left = [each.tries_left for each in refusals if isinstance(each, WrongPin)]
    assert left == [4, 3, 2, 1]
    assert isinstance(refusals[-1], LockedLink)
    assert isinstance(links.enter_pin(db, link.id, link.pin, NOON), LockedLink)
    with pytest.raises(LockedLink):
        links.look_up(db, link.token, PURPOSE, NOON)


@pytest.mark.parametrize("pin", ["", " ", "12345", "1234567", "abcdef", "' OR 1=1 --", "١٢٣٤٥٦"])
def test_what_is_no_pin_costs_a_try(db: Database, link: NewLink, pin: str) -> None:
    assert isinstance(links.enter_pin(db, link.id, pin, NOON), WrongPin)
    assert links.look_up(db, link.token, PURPOSE, NOON).tries_left == 4


@pytest.mark.parametrize("left", [2, 1])
def test_a_wrong_pin_says_how_many_tries_are_left(left: int) -> None:
    assert f"noch bleiben: {left}." in WrongPin(left).sentence("de")


def test_a_wrong_pin_costs_its_try_although_the_callers_work_is_kept(
    db: Database, link: NewLink
) -> None:
    with transaction(db):
        refusal = links.enter_pin(db, link.id, wrong(link.pin), NOON)
        assert in_transaction(db)
    assert isinstance(refusal, WrongPin)
    assert links.look_up(db, link.token, PURPOSE, NOON).tries_left == 4
    newest = audit.entries(db)[0]
    assert (newest.action, newest.case_id) == ("link.wrong_pin", 3)


@pytest.mark.parametrize(
    ("at", "usable"),
    [(END - timedelta(seconds=1), True), (END, False)],
    ids=["last-second", "end"],
)
def test_a_link_ends_at_its_time(db: Database, link: NewLink, at: datetime, usable: bool) -> None:
    refusal = links.enter_pin(db, link.id, link.pin, at)
    if usable:
        assert refusal is None
        return
    assert isinstance(refusal, ExpiredLink)
    with pytest.raises(ExpiredLink):
        links.look_up(db, link.token, PURPOSE, at)


def test_a_withdrawn_link_opens_nothing(db: Database, link: NewLink) -> None:
    links.revoke(db, SYSTEM, link.id)
    with pytest.raises(UsedLink):
        links.look_up(db, link.token, PURPOSE, NOON)
    assert isinstance(links.enter_pin(db, link.id, link.pin, NOON), UsedLink)
    assert audit.entries(db)[0].action == "link.revoked"


def test_a_pin_for_an_unknown_link_is_refused(db: Database) -> None:
    assert isinstance(links.enter_pin(db, 404, "123456", NOON), UnknownLink)


def test_a_link_without_a_pin_takes_none_and_is_used_once(db: Database) -> None:
    link = links.create(db, SYSTEM, "account_setup", 1, expires_at=END, with_pin=False)
    assert link.pin == ""
    assert isinstance(links.enter_pin(db, link.id, "", NOON), UnknownLink)
    links.use(db, link.id, NOON)
    with pytest.raises(UsedLink):
        links.use(db, link.id, NOON)


def test_of_two_at_once_with_the_right_pin_one_wins(home: Home, link: NewLink) -> None:
    together = threading.Barrier(2)
    results: list[AccessError | None] = []

    def enter() -> None:
        db = home.db()
        together.wait()
        results.append(links.enter_pin(db, link.id, link.pin, NOON))
        home.close()

    both = [threading.Thread(target=enter) for _each in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(str(type(each).__name__) for each in results) == ["NoneType", "UsedLink"]


def test_many_at_once_get_five_tries_and_not_more(home: Home, link: NewLink) -> None:
    results: list[AccessError | None] = []

    def guess() -> None:
        results.append(links.enter_pin(home.db(), link.id, wrong(link.pin), NOON))
        home.close()

    guesses = [threading.Thread(target=guess) for _each in range(8)]
    for each in guesses:
        each.start()
    for each in guesses:
        each.join()
    assert sum(isinstance(each, WrongPin) for each in results) == 4
    assert sum(isinstance(each, LockedLink) for each in results) == 4
