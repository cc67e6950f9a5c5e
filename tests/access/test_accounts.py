"""Accounts, sign-in and sessions."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from access import accounts, audit
from access.accounts import Account
from access.actor import SYSTEM
from access.errors import (
    AccountExists,
    BadEmail,
    TooManyTries,
    UnknownRole,
    WeakPassword,
    WrongSignIn,
)
from data import Home

PASSWORD = "ein langes Passwort"
NOON = datetime(2026, 5, 16, 10, 0, tzinfo=UTC)


@pytest.fixture
def account(db: Database) -> Account:
    """A consultant with a password."""
    return accounts.add_account(
        db, SYSTEM, email="lang@krisenpult.example", role="consultant", password=PASSWORD
    )


def fail(db: Database, times: int, at: datetime = NOON) -> None:
    for _turn in range(times):
        with pytest.raises(WrongSignIn):
            accounts.sign_in(db, "lang@krisenpult.example", "falsch", at)


# --- accounts ---------------------------------------------------------------------------


def test_an_account_is_added_with_its_audit_entry(db: Database) -> None:
    added = accounts.add_account(db, SYSTEM, email=" berger@firma.at ", role="reviewer")
    assert (added.email, added.name, added.role) == ("berger@firma.at", "berger", "reviewer")
    assert not added.has_password
    newest = audit.entries(db)[0]
    assert (newest.action, newest.subject) == ("account.added", f"account:{added.id}")


@pytest.mark.parametrize(
    "email", ["", "name", "name@firma", "na me@firma.at", "@firma.at", "a@b@firma.at", "a@firma."]
)
def test_what_is_no_email_address_is_refused(db: Database, email: str) -> None:
    with pytest.raises(BadEmail):
        accounts.add_account(db, SYSTEM, email=email, role="admin")


def test_a_role_that_does_not_exist_is_refused_with_those_that_do(db: Database) -> None:
    with pytest.raises(UnknownRole) as refusal:
        accounts.add_account(db, SYSTEM, email="a@firma.at", role="chief")
    assert "consultant, owner, reviewer, admin" in refusal.value.sentence("de")


@pytest.mark.parametrize("email", ["lang@krisenpult.example", "LANG@Krisenpult.example"])
def test_one_address_has_one_account_whatever_its_case(
    db: Database, account: Account, email: str
) -> None:
    with pytest.raises(AccountExists):
        accounts.add_account(db, SYSTEM, email=email, role="admin")
    assert accounts.list_accounts(db) == [account]


def test_the_least_length_of_a_password(db: Database, account: Account) -> None:
    with pytest.raises(WeakPassword):
        accounts.set_password(db, account.actor, account.id, "x" * 11)
    accounts.set_password(db, account.actor, account.id, "x" * 12)
    assert accounts.sign_in(db, account.email, "x" * 12)


def test_a_refused_account_leaves_nothing(db: Database) -> None:
    with pytest.raises(WeakPassword):
        accounts.add_account(db, SYSTEM, email="a@firma.at", role="admin", password="kurz")
    assert accounts.list_accounts(db) == []
    assert audit.entries(db) == []


def test_neither_password_nor_token_is_kept_in_the_database(db: Database, account: Account) -> None:
    token = accounts.sign_in(db, account.email, PASSWORD)
    dump = "\n".join(db.conn.iterdump())
    assert PASSWORD not in dump
    assert token not in dump
    assert "$argon2id$" in dump


# --- sign-in ----------------------------------------------------------------------------


def test_the_right_password_opens_a_session(db: Database, account: Account) -> None:
    token = accounts.sign_in(db, " LANG@krisenpult.example ", PASSWORD, NOON)
    assert accounts.account_of_session(db, token, NOON) == account
    assert audit.entries(db)[0].action == "session.opened"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        pytest.param("lang@krisenpult.example", "falsch", id="wrong-password"),
        pytest.param("lang@krisenpult.example", "", id="no-password"),
        pytest.param("lang@krisenpult.example", PASSWORD + " ", id="nearly"),
        pytest.param("niemand@krisenpult.example", PASSWORD, id="unknown-account"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_wrong_sign_in_does_not_say_what_was_wrong(
    db: Database, account: Account, email: str, password: str
) -> None:
    with pytest.raises(WrongSignIn) as refusal:
        accounts.sign_in(db, email, password, NOON)
    assert refusal.value.sentence("de") == (
        "E-Mail oder Passwort stimmen nicht. Bitte noch einmal eingeben."
    )


def test_an_account_without_a_password_cannot_sign_in(db: Database) -> None:
    accounts.add_account(db, SYSTEM, email="neu@firma.at", role="consultant")
    with pytest.raises(WrongSignIn):
        accounts.sign_in(db, "neu@firma.at", "")


def test_a_disabled_account_can_neither_sign_in_nor_stay(db: Database, account: Account) -> None:
    token = accounts.sign_in(db, account.email, PASSWORD, NOON)
    db.execute("UPDATE account SET disabled_at = '2026-05-16T10:00:00Z'")
    assert accounts.account_of_session(db, token, NOON) is None
    with pytest.raises(WrongSignIn):
        accounts.sign_in(db, account.email, PASSWORD, NOON)
    assert accounts.list_accounts(db) == []


def test_five_failures_pause_the_account_for_five_minutes(db: Database, account: Account) -> None:
    fail(db, 5)
    with pytest.raises(TooManyTries) as refusal:
        accounts.sign_in(db, account.email, PASSWORD, NOON + timedelta(minutes=1))
    assert refusal.value.minutes == 4
    after = NOON + timedelta(minutes=5)
    assert accounts.sign_in(db, account.email, PASSWORD, after)


def test_after_the_pause_five_new_tries_pause_again(db: Database, account: Account) -> None:
    fail(db, 5)
    later = NOON + timedelta(minutes=5)
    fail(db, 5, later)
    with pytest.raises(TooManyTries):
        accounts.sign_in(db, account.email, PASSWORD, later)


def test_a_right_password_takes_the_failures_back(db: Database, account: Account) -> None:
    fail(db, 4)
    accounts.sign_in(db, account.email, PASSWORD, NOON)
    fail(db, 4)
    assert accounts.sign_in(db, account.email, PASSWORD, NOON)


def test_failures_are_counted_also_when_they_come_at_once(home: Home, account: Account) -> None:
    def guess() -> None:
        with pytest.raises((WrongSignIn, TooManyTries)):
            accounts.sign_in(home.db(), account.email, "falsch", NOON)
        home.close()

    guesses = [threading.Thread(target=guess) for _each in range(5)]
    for each in guesses:
        each.start()
    for each in guesses:
        each.join()
    with pytest.raises(TooManyTries):
        accounts.sign_in(home.db(), account.email, PASSWORD, NOON)


def test_each_failure_leaves_an_audit_entry(db: Database, account: Account) -> None:
    fail(db, 3)
    assert [each.action for each in audit.entries(db)[:3]] == ["account.sign_in_failed"] * 3


# --- sessions ---------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "no-such-token"])
def test_an_unknown_token_is_nobody(db: Database, account: Account, token: str | None) -> None:
    assert accounts.account_of_session(db, token) is None


@pytest.mark.parametrize(
    ("idle", "signed_in"),
    [
        (timedelta(0), True),
        (timedelta(hours=11, minutes=59, seconds=59), True),
        (timedelta(hours=12), False),
        (timedelta(days=3), False),
    ],
)
def test_a_session_ends_when_it_is_idle(
    db: Database, account: Account, idle: timedelta, signed_in: bool
) -> None:
    token = accounts.open_session(db, account.id, NOON)
    assert (accounts.account_of_session(db, token, NOON + idle) is not None) is signed_in


def test_work_keeps_a_session_open_but_not_beyond_seven_days(
    db: Database, account: Account
) -> None:
    token = accounts.open_session(db, account.id, NOON)
    step = timedelta(hours=11)
    at = NOON
    while at + step < NOON + timedelta(days=7):
        at += step
        assert accounts.account_of_session(db, token, at) == account
    assert accounts.account_of_session(db, token, NOON + timedelta(days=7)) is None


def test_a_session_that_was_idle_too_long_does_not_wake_up_again(
    db: Database, account: Account
) -> None:
    token = accounts.open_session(db, account.id, NOON)
    late = NOON + timedelta(hours=13)
    assert accounts.account_of_session(db, token, late) is None
    assert accounts.account_of_session(db, token, late + timedelta(minutes=1)) is None


def test_looking_at_a_page_many_times_in_a_minute_writes_nothing(
    db: Database, account: Account
) -> None:
    token = accounts.open_session(db, account.id, NOON)
    before = db.conn.total_changes
    for second in range(50):
        accounts.account_of_session(db, token, NOON + timedelta(seconds=second))
    assert db.conn.total_changes == before


def test_signing_out_ends_the_session_for_every_connection(
    home: Home, db: Database, account: Account
) -> None:
    token = accounts.open_session(db, account.id)
    seen: list[Account | None] = []

    def look() -> None:
        seen.append(accounts.account_of_session(home.db(), token))
        home.close()

    for end in (False, True):
        if end:
            accounts.sign_out(db, token)
        other = threading.Thread(target=look)
        other.start()
        other.join()
    assert seen == [account, None]
    assert audit.entries(db)[0].action == "session.ended"


def test_signing_out_leaves_other_sessions_and_happens_once(db: Database, account: Account) -> None:
    phone = accounts.open_session(db, account.id)
    desk = accounts.open_session(db, account.id)
    accounts.sign_out(db, phone)
    accounts.sign_out(db, phone)
    accounts.sign_out(db, "no-such-token")
    assert accounts.account_of_session(db, desk) == account
    assert [each.action for each in audit.entries(db)].count("session.ended") == 1


def test_a_new_password_ends_every_session_and_the_pause(db: Database, account: Account) -> None:
    token = accounts.open_session(db, account.id, NOON)
    fail(db, 5)
    accounts.set_password(db, account.actor, account.id, "ein ganz neues Passwort")
    assert accounts.account_of_session(db, token, NOON) is None
    with pytest.raises(WrongSignIn):
        accounts.sign_in(db, account.email, PASSWORD, NOON)
    assert accounts.sign_in(db, account.email, "ein ganz neues Passwort", NOON)


def test_the_table_itself_refuses_a_role_that_does_not_exist(db: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(
            "INSERT INTO account (email, name, role, created_at) VALUES ('a@b.at', 'a', 'god', '')"
        )
