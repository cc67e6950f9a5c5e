"""Opening the database, and that a write is all or nothing."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database

from data import connect, in_transaction, transaction


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one counter at 0."""
    database = connect(tmp_path / "counter.db")
    database.execute("CREATE TABLE counter (value INTEGER NOT NULL) STRICT")
    database.execute("INSERT INTO counter VALUES (0)")
    database.close()
    return tmp_path / "counter.db"


def value_of(db: Database) -> int:
    return int(db.execute("SELECT value FROM counter").fetchone()[0])


def add_one(db: Database) -> None:
    """Read, then write: the way in which an update is lost without the lock."""
    with transaction(db):
        before = value_of(db)
        db.execute("UPDATE counter SET value = ?", [before + 1])


def add_one_then_fail(db: Database, error: BaseException) -> None:
    with transaction(db):
        add_one(db)
        assert value_of(db) > 0
        raise error


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [
        pytest.param("journal_mode", "wal", id="readers-do-not-wait-for-a-writer"),
        pytest.param("synchronous", 2, id="a-commit-survives-a-power-failure"),
        pytest.param("foreign_keys", 1, id="foreign-keys-hold"),
        pytest.param("busy_timeout", 20_000, id="a-lock-is-waited-for"),
    ],
)
def test_a_connection_has_the_settings_of_the_product(
    path: Path, pragma: str, expected: object
) -> None:
    assert connect(path).execute(f"PRAGMA {pragma}").fetchone()[0] == expected


def test_many_may_open_a_fresh_file_at_once(tmp_path: Path) -> None:
    opened: list[str] = []

    def open_it(fresh: Path, together: threading.Barrier) -> None:
        together.wait()
        db = connect(fresh)
        opened.append(db.execute("PRAGMA journal_mode").fetchone()[0])
        db.close()

    for number in range(20):
        together = threading.Barrier(4)
        fresh = tmp_path / f"{number}.db"
        openers = [threading.Thread(target=open_it, args=(fresh, together)) for _each in range(4)]
        for opener in openers:
            opener.start()
        for opener in openers:
            opener.join()
    assert opened == ["wal"] * 80


def test_what_a_transaction_wrote_is_there_for_others_after_it(path: Path) -> None:
    writer, reader = connect(path), connect(path)
    with transaction(writer):
        writer.execute("UPDATE counter SET value = 7")
        assert value_of(reader) == 0
        assert in_transaction(writer)
    assert value_of(reader) == 7
    assert not in_transaction(writer)


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()], ids=["error", "ctrl-c"])
def test_an_error_undoes_all_of_it_also_what_is_nested(path: Path, error: BaseException) -> None:
    db = connect(path)
    with pytest.raises(type(error)):
        add_one_then_fail(db, error)
    assert value_of(db) == 0
    assert not in_transaction(db)


def test_a_failed_inner_transaction_leaves_the_outer_one_whole(path: Path) -> None:
    db = connect(path)
    with transaction(db):
        add_one(db)
        with pytest.raises(ValueError, match="inner"):
            add_one_then_fail(db, ValueError("inner"))
        add_one(db)
    assert value_of(db) == 2


def test_a_commit_that_is_refused_leaves_no_transaction_open(path: Path) -> None:
    db = connect(path)
    db.execute(
        "CREATE TABLE child (parent INTEGER REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)"
    )
    db.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    with pytest.raises(sqlite3.IntegrityError), transaction(db):
        db.execute("INSERT INTO child VALUES (99)")
    assert not in_transaction(db)
    add_one(db)
    assert value_of(connect(path)) == 1


def test_read_then_write_from_many_threads_loses_nothing(path: Path) -> None:
    threads, times = 6, 10

    def work() -> None:
        db = connect(path)
        for _turn in range(times):
            add_one(db)
        db.close()

    workers = [threading.Thread(target=work) for _each in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert value_of(connect(path)) == threads * times


def test_a_connection_belongs_to_its_thread(path: Path) -> None:
    db = connect(path)
    refused: list[BaseException] = []

    def use() -> None:
        try:
            value_of(db)
        except sqlite3.ProgrammingError as error:
            refused.append(error)

    other = threading.Thread(target=use)
    other.start()
    other.join()
    assert len(refused) == 1
