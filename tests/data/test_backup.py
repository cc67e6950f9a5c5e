"""A copy while everything runs, and the way back."""

from __future__ import annotations

import sqlite3
import stat
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from access import audit, settings
from access.actor import SYSTEM
from cases import evidence
from cases.store import Case
from data import Home
from data.backup import backup, restore
from data.errors import HomeNotEmpty, UnreadableBackup
from data.home import DATABASE_NAME
from ui.schema import open_database


def add_evidence(home: Home, case: Case, data: bytes) -> evidence.Evidence:
    return evidence.add(home.db(), home, SYSTEM, case.id, data=data, file_name="beleg.png")


@pytest.fixture
def copy(home: Home, case: Case, tmp_path: Path) -> Path:
    """A backup with two originals in it."""
    add_evidence(home, case, b"first original")
    add_evidence(home, case, b"second original")
    backup(home, tmp_path / "copy.zip")
    return tmp_path / "copy.zip"


def test_what_was_backed_up_comes_back_whole(
    home: Home, case: Case, copy: Path, tmp_path: Path
) -> None:
    again = Home.at(tmp_path / "again")
    assert restore(again, copy) == {"home": str(again.path), "evidence_files": 2}
    db = open_database(again)
    assert audit.verify(db) == audit.verify(home.db())
    assert evidence.verify(db, again) == (2, [])
    kept = evidence.evidence_of(db, case.id)
    assert [each.sha256 for each in kept] == [
        each.sha256 for each in evidence.evidence_of(home.db(), case.id)
    ]
    assert evidence.look(db, again, SYSTEM, kept[-1].id) == b"first original"
    again.close()


def test_the_report_says_what_the_copy_holds(home: Home, case: Case, tmp_path: Path) -> None:
    add_evidence(home, case, b"first original")
    target = tmp_path / "copy.zip"
    report = backup(home, target)
    assert report == {
        "file": str(target),
        "bytes": target.stat().st_size,
        "evidence_files": 1,
    }


def test_a_restored_original_is_read_only(copy: Path, tmp_path: Path) -> None:
    again = Home.at(tmp_path / "again")
    restore(again, copy)
    modes = {stat.S_IMODE(each.stat().st_mode) for each in again.evidence.glob("*/*")}
    assert modes == {0o400}


def test_a_home_that_holds_data_is_not_overwritten(home: Home, case: Case, copy: Path) -> None:
    settings.put(home.db(), SYSTEM, "kept", "yes")
    with pytest.raises(HomeNotEmpty) as refusal:
        restore(home, copy)
    assert str(home.path) in refusal.value.sentence("de")
    assert settings.get(home.db(), "kept") == "yes"


def test_a_copy_replaces_an_older_one_at_once(home: Home, copy: Path) -> None:
    older = copy.read_bytes()
    settings.put(home.db(), SYSTEM, "new", "yes")
    backup(home, copy)
    assert copy.read_bytes() != older
    assert sorted(each.name for each in copy.parent.iterdir()) == ["copy.zip", "home"]


def _no_zip(path: Path) -> None:
    path.write_bytes(b"this is no archive")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _without_database(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("readme.txt", "nothing")


def _with_no_database_inside(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr(DATABASE_NAME, b"no database" * 1000)


def _with_a_broken_stream(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for position in range(200, 1200):
        content[position] ^= 0x5A
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    "spoil",
    [_no_zip, _empty, _half, _without_database, _with_no_database_inside, _with_a_broken_stream],
)
def test_a_file_that_is_no_whole_backup_is_refused_and_leaves_the_home_empty(
    copy: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    whole = copy.read_bytes()
    spoil(copy)
    again = Home.at(tmp_path / "again")
    with pytest.raises(UnreadableBackup) as refusal:
        restore(again, copy)
    assert str(copy) in refusal.value.sentence("de")
    copy.write_bytes(whole)
    assert restore(again, copy)["evidence_files"] == 2


def test_an_original_that_was_damaged_before_comes_back_and_is_named(
    home: Home, case: Case, copy: Path, tmp_path: Path
) -> None:
    """The rest of the copy is worth having; the damage is the business of the verification."""
    with zipfile.ZipFile(copy) as zipped:
        files = {name: zipped.read(name) for name in zipped.namelist()}
    with zipfile.ZipFile(copy, "w") as zipped:
        for name, data in files.items():
            zipped.writestr(name, b"something else" if data == b"first original" else data)
    again = Home.at(tmp_path / "again")
    restore(again, copy)
    problems = evidence.verify(open_database(again), again)[1]
    assert [problem.split(":")[0] for problem in problems] == ["evidence 1 was changed"]
    again.close()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableBackup):
        restore(Home.at(tmp_path / "again"), tmp_path / "nowhere.zip")


def test_a_copy_brings_no_file_to_another_place(copy: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(copy, "a") as zipped:
        zipped.writestr("../outside.txt", "out")
        zipped.writestr("evidence/../../outside.txt", "out")
        zipped.writestr("evidence/notes.txt", "no original")
    again = Home.at(tmp_path / "deep" / "again")
    restore(again, copy)
    assert not list(tmp_path.rglob("outside.txt"))
    assert not list(again.path.rglob("notes.txt"))


def test_a_copy_made_while_somebody_writes_is_consistent(
    home: Home, case: Case, tmp_path: Path
) -> None:
    stop = threading.Event()
    written: list[bytes] = []

    def write() -> None:
        number = 0
        while not stop.is_set():
            data = f"original {number}".encode()
            add_evidence(home, case, data)
            written.append(data)
            number += 1
        home.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(4):
            target = tmp_path / f"copy-{number}.zip"
            backup(home, target)
    finally:
        stop.set()
        writer.join()
    assert len(written) > 4
    for number in range(4):
        again = Home.at(tmp_path / f"again-{number}")
        restore(again, tmp_path / f"copy-{number}.zip")
        db = open_database(again)
        entries, problems = audit.verify(db)
        assert problems == []
        assert entries > 0
        assert evidence.verify(db, again)[1] == []
        again.close()


def test_the_database_in_the_copy_is_one_plain_file(copy: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(copy) as zipped:
        zipped.extract(DATABASE_NAME, tmp_path)
    connection = sqlite3.connect(tmp_path / DATABASE_NAME)
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    connection.close()
