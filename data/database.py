"""Opening the database and writing to it.

One connection belongs to one thread. A write runs in :func:`transaction`, which opens
``BEGIN IMMEDIATE``: ``sqlite_utils.Database.atomic()`` opens a deferred transaction, and
read-then-write under it loses with "database is locked" as soon as two people work.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from data import search

__all__ = ["BUSY_SECONDS", "Database", "connect", "in_transaction", "transaction"]

BUSY_SECONDS = 20
_WAL_RETRY_SECONDS = 0.01


def connect(path: Path | str) -> Database:
    """Open ``path`` with the product's settings. The connection is bound to this thread.

    WAL, ``synchronous=FULL``, foreign keys on, 20 s of patience for a lock. Transactions
    are opened by :func:`transaction` only (``isolation_level=None``).
    """
    connection = sqlite3.connect(str(path), timeout=BUSY_SECONDS, isolation_level=None)
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    connection.row_factory = sqlite3.Row
    search.register(connection)
    return Database(connection)


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # Of two that open a fresh file at once SQLite refuses one without waiting for the lock.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_WAL_RETRY_SECONDS)
        else:
            return


def in_transaction(db: Database) -> bool:
    """Whether this connection has a transaction open."""
    return bool(db.conn.in_transaction)


@contextmanager
def transaction(db: Database) -> Iterator[Database]:
    """All or nothing, with the write lock held from the first line.

    Re-entrant: inside an open transaction it is a savepoint, so that a function of one room
    can be called by a function of another. Never call ``st.*`` inside: Streamlit may stop
    the script between two lines.
    """
    if db.conn.in_transaction:
        with db.atomic():
            yield db
        return
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield db
        # Inside: a refused commit leaves the transaction open, and the next one would nest in it.
        db.conn.commit()
    except BaseException:
        db.conn.rollback()
        raise
