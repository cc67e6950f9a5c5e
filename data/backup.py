"""A consistent copy of a home while everything runs, and the way back.

The copy is a ZIP: the database as SQLite's own online backup sees it at one moment, and the
evidence originals, which never change once they are there.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from data.errors import HomeNotEmpty, UnreadableBackup
from data.home import DATABASE_NAME, Home

_EVIDENCE = "evidence/"


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
    files = 0
    with tempfile.TemporaryDirectory(dir=home.path) as folder:
        try:
            with zipfile.ZipFile(source) as zipped:
                names = zipped.namelist()
                if DATABASE_NAME not in names:
                    raise UnreadableBackup(str(source), DATABASE_NAME)
                zipped.extract(DATABASE_NAME, folder)
                restored = Path(folder) / DATABASE_NAME
                _check_database(restored, source)
                for name in names:
                    digest = name.removeprefix(_EVIDENCE)
                    if name.startswith(_EVIDENCE) and digest.isalnum() and len(digest) == 64:
                        original = home.evidence / digest[:2] / digest
                        original.parent.mkdir(exist_ok=True, mode=0o700)
                        original.write_bytes(zipped.read(name))
                        original.chmod(0o400)
                        files += 1
        except (OSError, zipfile.BadZipFile) as error:
            raise UnreadableBackup(str(source), str(error)) from None
        restored.replace(home.database)
    return {"home": str(home.path), "evidence_files": files}


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
