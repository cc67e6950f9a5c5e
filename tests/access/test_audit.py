"""The audit chain: whoever changes the past by hand is found out."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from access import audit
from access.actor import SYSTEM, Actor
from data import Home, transaction

LANG = Actor(kind="account", name="Mag. Lang", account_id=1, role="consultant")


def record(db: Database, action: str, case_id: int | None = None, **details: object) -> None:
    with transaction(db):
        audit.record(db, LANG, action, "thing:1", case_id=case_id, details=details)


@pytest.fixture
def chain(db: Database) -> Database:
    """Five entries."""
    for number in range(1, 6):
        record(db, f"thing.step_{number}", case_id=1 + number % 2, name="Größe €")
    return db


def tamper(home: Home, statement: str) -> None:
    """What somebody with the file and plain SQLite can do."""
    connection = sqlite3.connect(home.database)
    connection.execute("DROP TRIGGER audit_entry_no_update")
    connection.execute("DROP TRIGGER audit_entry_no_delete")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_an_untouched_chain_is_whole(chain: Database) -> None:
    assert audit.verify(chain) == (5, [])


def test_an_empty_chain_is_whole(db: Database) -> None:
    assert audit.verify(db) == (0, [])


def test_an_entry_says_who_did_what_when(chain: Database) -> None:
    newest = audit.entries(chain)[0]
    assert (newest.actor_name, newest.action, newest.subject) == (
        "Mag. Lang",
        "thing.step_5",
        "thing:1",
    )
    assert newest.details == {"name": "Größe €"}


def test_the_entries_of_one_case_newest_first(chain: Database) -> None:
    assert [each.action for each in audit.entries(chain, case_id=2)] == [
        "thing.step_5",
        "thing.step_3",
        "thing.step_1",
    ]
    assert len(audit.entries(chain, limit=2)) == 2


def test_an_entry_outside_a_transaction_is_a_defect(db: Database) -> None:
    with pytest.raises(RuntimeError):
        audit.record(db, SYSTEM, "thing.done", "thing:1")


def test_an_entry_is_undone_with_what_it_reports(chain: Database) -> None:
    def fail() -> None:
        with transaction(chain):
            audit.record(chain, SYSTEM, "thing.done", "thing:1")
            raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        fail()
    assert audit.verify(chain) == (5, [])
    record(chain, "thing.next")
    assert audit.verify(chain) == (6, [])


@pytest.mark.parametrize(
    "change", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"]
)
def test_the_table_refuses_to_change_the_past(chain: Database, change: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        chain.execute(change)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "'2020-01-01T00:00:00Z'"),
        ("actor_kind", "'system'"),
        ("actor_name", "'Berger'"),
        ("account_id", "2"),
        ("account_id", "NULL"),
        ("action", "'thing.undone'"),
        ("subject", "'thing:2'"),
        ("case_id", "NULL"),
        ("details", "'{}'"),
        ("previous_hash", "hash"),
        ("hash", "'0'"),
    ],
)
@pytest.mark.parametrize("entry", [1, 3, 5])
def test_a_changed_entry_is_named(
    home: Home, chain: Database, entry: int, column: str, value: str
) -> None:
    tamper(home, f"UPDATE audit_entry SET {column} = {value} WHERE id = {entry}")
    count, problems = audit.verify(chain)
    assert count == 5
    assert any(f"audit entry {entry} " in problem for problem in problems)


@pytest.mark.parametrize(
    ("statement", "left", "named"),
    [
        pytest.param("DELETE FROM audit_entry WHERE id = 1", 4, "1", id="first"),
        pytest.param("DELETE FROM audit_entry WHERE id = 3", 4, "3", id="middle"),
        pytest.param("DELETE FROM audit_entry WHERE id = 5", 4, "5", id="last"),
        pytest.param("DELETE FROM audit_entry WHERE id IN (2, 3)", 3, "2", id="two"),
        pytest.param("DELETE FROM audit_entry", 0, "1", id="all"),
    ],
)
def test_a_removed_entry_is_named(
    home: Home, chain: Database, statement: str, left: int, named: str
) -> None:
    tamper(home, statement)
    count, problems = audit.verify(chain)
    assert count == left
    assert any(f"audit entry {named} is missing" in problem for problem in problems)


_COPY = (
    "INSERT INTO audit_entry (id, at, actor_kind, actor_name, action, subject, details,"
    " previous_hash, hash) SELECT {id}, at, actor_kind, actor_name, action, subject, details,"
    " {previous}, 'forged' FROM audit_entry WHERE id = 2"
)


@pytest.mark.parametrize(
    ("entry", "previous"),
    [(6, "hash"), (6, "(SELECT hash FROM audit_entry WHERE id = 5)"), (0, "hash"), (99, "hash")],
    ids=["at-the-end", "with-the-right-predecessor", "at-the-start", "far-away"],
)
def test_an_inserted_entry_is_named(home: Home, chain: Database, entry: int, previous: str) -> None:
    tamper(home, _COPY.format(id=entry, previous=previous))
    count, problems = audit.verify(chain)
    assert count == 6
    assert any(f"audit entry {entry} " in problem for problem in problems)


def test_two_entries_that_changed_places_are_named(home: Home, chain: Database) -> None:
    tamper(
        home, "UPDATE audit_entry SET id = CASE id WHEN 2 THEN -3 ELSE -2 END WHERE id IN (2, 3)"
    )
    connection = sqlite3.connect(home.database)
    connection.execute("UPDATE audit_entry SET id = -id WHERE id < 0")
    connection.commit()
    connection.close()
    assert any("does not follow" in problem for problem in audit.verify(chain)[1])


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    details=st.dictionaries(
        st.text(max_size=5),
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=10)
        | st.floats(allow_nan=False),
        max_size=3,
    ),
    name=st.text(max_size=10),
)
def test_whatever_an_entry_holds_it_verifies(
    db: Database, details: dict[str, object], name: str
) -> None:
    with transaction(db):
        audit.record(db, Actor(kind="account", name=name), "thing.done", "thing:1", details=details)
    assert audit.verify(db)[1] == []
    assert audit.entries(db, limit=1)[0].details == details
