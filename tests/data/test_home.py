"""The home: one folder, one connection for each thread."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from cases import store
from cases.store import Case
from data import Home, connect, transaction


def test_a_home_is_made_where_it_is_missing_and_is_private(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "a" / "b")
    assert home.evidence.is_dir()
    for folder in (home.path, home.evidence):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_home_that_exists_is_taken_as_it_is(tmp_path: Path) -> None:
    (Home.at(tmp_path / "home").evidence / "kept").write_text("x")
    assert (Home.at(tmp_path / "home").evidence / "kept").read_text() == "x"


def test_the_given_folder_goes_before_the_environment_and_that_before_var(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KRISENPULT_HOME", str(tmp_path / "from-environment"))
    assert Home.at(tmp_path / "given").path == tmp_path / "given"
    assert Home.at().path == tmp_path / "from-environment"
    monkeypatch.delenv("KRISENPULT_HOME")
    assert Home.at().path == tmp_path / "var"


def test_a_folder_that_cannot_be_made_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Home.at(tmp_path / "file" / "home")


def test_each_thread_has_its_own_connection_to_the_same_data(home: Home) -> None:
    with transaction(home.db()) as db:
        db.execute("CREATE TABLE seen (value TEXT) STRICT")
        db.execute("INSERT INTO seen VALUES ('here')")
    read: list[str] = []

    def look() -> None:
        read.append(home.db().execute("SELECT value FROM seen").fetchone()[0])
        home.close()

    other = threading.Thread(target=look)
    other.start()
    other.join()
    assert read == ["here"]
    assert home.db() is db


def test_a_closed_home_opens_again(home: Home) -> None:
    first = home.db()
    home.close()
    home.close()
    assert home.db() is not first
    assert home.db().execute("SELECT 1").fetchone()[0] == 1


def test_closing_does_not_fail_although_somebody_writes(home: Home, case: Case) -> None:
    db = home.db()
    store.timeline_of(db, case.id)
    db.execute("PRAGMA busy_timeout=0")
    writer = connect(home.database)
    with transaction(writer):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            db.execute("PRAGMA optimize")
        home.close()
    assert store.timeline_of(home.db(), case.id) != []
