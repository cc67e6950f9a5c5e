"""Bringing a home to this version, also when several processes start at once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from data import Home, connect, transaction
from data.errors import NewerSchema
from data.migrate import append_only, migrate
from ui import schema

ROOT = Path(__file__).parents[2]


def notes_set(*tables: str) -> Migrations:
    """A set with one migration per table name."""
    migrations = Migrations("notes")
    for table in tables:

        def create(db: Database, table: str = table) -> None:
            db.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, text TEXT) STRICT")

        migrations(name=f"m_{table}")(create)
    return migrations


def tables(db: Database) -> set[str]:
    return {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_only_what_is_pending_is_applied_and_named(tmp_path: Path) -> None:
    db = connect(tmp_path / "notes.db")
    assert migrate(db, [notes_set("first")]) == ["notes.m_first"]
    assert migrate(db, [notes_set("first", "second")]) == ["notes.m_second"]
    assert migrate(db, [notes_set("first", "second")]) == []
    assert {"first", "second"} <= tables(db)


def test_a_newer_home_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    db = connect(tmp_path / "notes.db")
    migrate(db, [notes_set("first", "second")])
    before = tables(db)
    with pytest.raises(NewerSchema) as refusal:
        migrate(db, [Migrations("others"), notes_set("first")])
    assert refusal.value.migration == "notes.m_second"
    assert "neueren Version" in refusal.value.sentence("de")
    assert tables(db) == before


def test_a_migration_that_fails_leaves_nothing_of_the_whole_step(tmp_path: Path) -> None:
    db = connect(tmp_path / "notes.db")
    broken = notes_set("first")

    @broken(name="m_broken")
    def fail(db: Database) -> None:
        db.execute("CREATE TABLE half (id INTEGER PRIMARY KEY)")
        db.execute("this is no SQL")

    with pytest.raises(sqlite3.OperationalError):
        migrate(db, [broken])
    assert not {"first", "half"} & tables(db)
    assert migrate(db, [notes_set("first")]) == ["notes.m_first"]


def test_an_append_only_table_takes_rows_and_gives_none_back(tmp_path: Path) -> None:
    db = connect(tmp_path / "notes.db")
    migrate(db, [notes_set("entry")])
    append_only(db, "entry")
    with transaction(db):
        db.execute("INSERT INTO entry (text) VALUES ('one')")
    for change in ("UPDATE entry SET text = 'two'", "DELETE FROM entry"):
        with pytest.raises(sqlite3.IntegrityError, match="entry is append-only"):
            db.execute(change)
    assert [row["text"] for row in db.query("SELECT text FROM entry")] == ["one"]


def test_the_whole_schema_is_strict(home: Home) -> None:
    db = home.db()
    loose = [
        row["name"]
        for row in db.query("SELECT * FROM pragma_table_list WHERE schema = 'main'")
        if not row["strict"]
        and row["type"] == "table"
        and not row["name"].startswith(("sqlite_", "_sqlite_"))
    ]
    assert loose == []


def test_every_foreign_key_of_the_schema_points_somewhere(home: Home) -> None:
    db = home.db()
    known = tables(db)
    wrong = [
        (table, key["table"])
        for table in known
        for key in db.query(f"SELECT * FROM pragma_foreign_key_list('{table}')")
        if key["table"] not in known
    ]
    assert wrong == []
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []


_RACER = """
import sys
from data import Home
from ui.schema import open_database
sys.stdin.readline()
db = open_database(Home.at(sys.argv[1]))
print(db.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0])
"""


def test_three_processes_race_on_a_fresh_home(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _RACER, str(tmp_path / "fresh")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        for _each in range(3)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    results = [racer.communicate(timeout=60) for racer in racers]
    assert [error for _out, error in results] == ["", "", ""]
    all_of_them = sum(len(each._migrations) for each in schema.SETS)
    assert [int(out) for out, _error in results] == [all_of_them] * 3
