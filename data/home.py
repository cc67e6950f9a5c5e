"""The home: the folder that holds the database, the evidence files and the settings."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlite_utils import Database

from data.database import connect

DEFAULT_HOME = "var"
DATABASE_NAME = "krisenpult.db"


@dataclass(frozen=True)
class Home:
    """One installation's data. Threads share the home; each has its own connection."""

    path: Path
    _local: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    @classmethod
    def at(cls, path: str | Path | None = None) -> Home:
        """The home at ``path``, else at KRISENPULT_HOME, else ``var/`` in the working folder.

        Creates the folder (mode 700) where it is missing.
        """
        chosen = Path(path or os.environ.get("KRISENPULT_HOME") or DEFAULT_HOME).resolve()
        home = cls(chosen)
        chosen.mkdir(parents=True, exist_ok=True, mode=0o700)
        home.evidence.mkdir(exist_ok=True, mode=0o700)
        return home

    @property
    def database(self) -> Path:
        """The database file."""
        return self.path / DATABASE_NAME

    @property
    def evidence(self) -> Path:
        """The folder of the evidence originals."""
        return self.path / "evidence"

    def db(self) -> Database:
        """This thread's connection. The schema must have been brought up to date before."""
        opened: Database | None = getattr(self._local, "db", None)
        if opened is None:
            opened = connect(self.database)
            self._local.db = opened
        return opened

    def close(self) -> None:
        """Close this thread's connection, after letting SQLite refresh its statistics."""
        opened: Database | None = getattr(self._local, "db", None)
        if opened is not None:
            # Whoever is writing right now goes first; the statistics can wait for the next close.
            with suppress(sqlite3.OperationalError):
                opened.execute("PRAGMA optimize")
            opened.close()
            self._local.db = None
