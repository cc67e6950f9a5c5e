"""Settings of the installation."""

from __future__ import annotations

from sqlite_utils import Database

from access import audit, settings
from access.actor import SYSTEM, Actor
from data import transaction


def test_a_setting_that_was_never_made_is_unknown(db: Database) -> None:
    assert settings.get(db, "base_url") is None


def test_a_setting_is_kept_and_changed(db: Database) -> None:
    settings.put(db, SYSTEM, "base_url", "https://a.example")
    settings.put(db, SYSTEM, "base_url", "https://b.example")
    settings.put(db, SYSTEM, "other", "")
    assert settings.get(db, "base_url") == "https://b.example"
    assert settings.get(db, "other") == ""


def test_the_audit_says_from_what_to_what_and_who(db: Database, consultant: Actor) -> None:
    settings.put(db, SYSTEM, "base_url", "https://a.example")
    settings.put(db, consultant, "base_url", "https://b.example")
    newest = audit.entries(db)[0]
    assert (newest.action, newest.subject) == ("setting.changed", "setting:base_url")
    assert newest.details == {"from": "https://a.example", "to": "https://b.example"}
    assert newest.actor_name == consultant.name


def test_the_same_value_again_is_no_change(db: Database) -> None:
    settings.put(db, SYSTEM, "base_url", "https://a.example")
    count, _problems = audit.verify(db)
    settings.put(db, SYSTEM, "base_url", "https://a.example")
    assert audit.verify(db)[0] == count


def test_a_setting_is_undone_with_its_transaction(db: Database) -> None:
    try:
        with transaction(db):
            settings.put(db, SYSTEM, "base_url", "https://a.example")
            raise LookupError
    except LookupError:
        assert settings.get(db, "base_url") is None
    assert audit.verify(db) == (0, [])
