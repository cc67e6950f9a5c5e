"""A consistent copy of a home while everything runs, and the way back.

The copy is a ZIP: the database as SQLite's own online backup sees it at one moment, and the
evidence originals, which never change once they are there.
"""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

from data.errors import HomeNotEmpty, UnreadableBackup
from data.home import DATABASE_NAME, Home

_EVIDENCE = "evidence/"
_ORIGINAL = re.compile(_EVIDENCE + "[0-9a-f]{64}")
# What the standard library raises for a broken, cut off or encrypted archive.
_UNREADABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def backup(home: Home, target: Path) -> dict[str, Any]:
    """Write the copy to ``target``; returns {"file", "bytes", "evidence_files"}.

    ``target`` appears whole or not at all.
    """
    files = 0
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy = Path(folder) / DATABASE_NAME
        into = sqlite3.connect(copy)
        # The evidence is listed after the database was copied: every original that the copy
        # names lies on disk by then, because it is written before its row.
        home.db().conn.backup(into)
        into.execute("PRAGMA journal_mode=DELETE")
        into.close()
        archive = Path(folder) / "backup.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.write(copy, DATABASE_NAME)
            for original in sorted(home.evidence.glob("*/*")):
                if len(original.name) == 64:
                    zipped.write(original, _EVIDENCE + original.name)
                    files += 1
        os.replace(archive, target)  # noqa: PTH105 (says what it does: atomically)
    return {"file": str(target), "bytes": target.stat().st_size, "evidence_files": files}


def restore(home: Home, source: Path) -> dict[str, Any]:
    """Bring a copy back into an empty home; returns {"home", "evidence_files"}.

    Raises HomeNotEmpty where the home holds data, UnreadableBackup where the file is none.
    """
    if home.database.exists() or any(home.evidence.iterdir()):
        raise HomeNotEmpty(str(home.path))
    # Everything is unpacked and read first: a copy that breaks off leaves the home empty.
    with tempfile.TemporaryDirectory(dir=home.path) as folder:
        unpacked = Path(folder)
        try:
            originals = _unpack(source, unpacked)
        except _UNREADABLE as error:
            raise UnreadableBackup(str(source), str(error)) from None
        _check_database(unpacked / DATABASE_NAME, source)
        for original in originals:
            place = home.evidence / original.name[:2] / original.name
            place.parent.mkdir(exist_ok=True, mode=0o700)
            original.replace(place)
        (unpacked / DATABASE_NAME).replace(home.database)
    return {"home": str(home.path), "evidence_files": len(originals)}


def _unpack(source: Path, folder: Path) -> list[Path]:
    """The database and the originals of the copy into ``folder``; returns the originals."""
    originals: list[Path] = []
    with zipfile.ZipFile(source) as zipped:
        names = zipped.namelist()
        if DATABASE_NAME not in names:
            raise UnreadableBackup(str(source), DATABASE_NAME)
        zipped.extract(DATABASE_NAME, folder)
        for name in names:
            if _ORIGINAL.fullmatch(name):
                original = folder / name.removeprefix(_EVIDENCE)
                original.write_bytes(zipped.read(name))
                original.chmod(0o400)
                originals.append(original)
    return originals


def _check_database(path: Path, source: Path) -> None:
    connection = sqlite3.connect(path)
    try:
        answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise UnreadableBackup(str(source), str(error)) from None
    finally:
        connection.close()
    if answer != "ok":
        raise UnreadableBackup(str(source), answer)
