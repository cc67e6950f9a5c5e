"""Booking against one cap from many threads: ours against a plain check-then-insert.

Eight threads book 49.50 each against a cap of 2,500.00. ``ours`` is ``budget.store.book_cost``
with everything it writes (entry, allocation, audit chain, timeline). The other two are the
usual way, read the sum and insert what still fits, in a table of one column: with the deferred
``BEGIN`` that sqlite-utils' ``atomic()`` opens, and without a transaction.

    python -m benchmarks.booking [threads [bookings per thread]]
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from access.actor import SYSTEM
from budget import store
from budget.entry import Cost
from cases import store as cases_store
from cases.store import Firm, Intake, Policy
from data import Home
from ui.schema import open_database

CAP_CENTS = 250_000
AMOUNT_CENTS = 4_950
START = datetime(2026, 3, 10, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Result:
    """What one way of booking did."""

    name: str
    covered_cents: int
    errors: int
    bookings: int
    seconds: float


def in_threads(threads: int, work: Callable[[int], int]) -> tuple[int, float]:
    """Run ``work(thread)`` in all threads at once; the errors they count, and the time."""
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        errors = sum(pool.map(work, range(threads)))
    return errors, time.perf_counter() - began


def ours(folder: Path, threads: int, each: int) -> Result:
    home = Home.at(folder / "home")
    db = open_database(home)
    case = cases_store.open_case(
        db,
        SYSTEM,
        Intake(
            firm=Firm(name="Kfz Aigner"),
            people=(),
            policy=Policy(number="P-1", cap_cents=CAP_CENTS),
            public_name="Kfz-Werkstätte",
            event_title="Angriff",
            called_at=START,
            opened_at=START,
            answers={},
            decision={"result": "yes", "limb": "A"},
        ),
    )

    def work(thread: int) -> int:
        own = home.db()
        errors = 0
        for number in range(each):
            at = START + timedelta(minutes=thread * each + number)
            try:
                store.book_cost(own, SYSTEM, case.id, Cost(at, AMOUNT_CENTS, "Test", "R"))
            except sqlite3.OperationalError:
                errors += 1
        home.close()
        return errors

    errors, seconds = in_threads(threads, work)
    state = store.event_state(db, case.insured_event_id, START)
    problems = store.verify(db)
    home.close()
    if problems:
        raise SystemExit("\n".join(problems))
    return Result("ours: BEGIN IMMEDIATE", state.covered_cents, errors, threads * each, seconds)


def check_then_insert(name: str, begin: str | None) -> Callable[[Path, int, int], Result]:
    """The usual way: read the sum, insert what still fits."""

    def run(folder: Path, threads: int, each: int) -> Result:
        path = folder / "plain.db"

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(path, timeout=20, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            return connection

        setup = connect()
        setup.execute("CREATE TABLE booking (cents INTEGER NOT NULL) STRICT")

        def book(connection: sqlite3.Connection) -> None:
            query = "SELECT coalesce(sum(cents), 0) FROM booking"
            used = connection.execute(query).fetchone()[0]
            covered = min(AMOUNT_CENTS, max(0, CAP_CENTS - used))
            connection.execute("INSERT INTO booking VALUES (?)", [covered])

        def work(_: int) -> int:
            connection = connect()
            errors = 0
            for _number in range(each):
                try:
                    if begin:
                        connection.execute(begin)
                    book(connection)
                    if begin:
                        connection.execute("COMMIT")
                except sqlite3.OperationalError:
                    errors += 1
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
            connection.close()
            return errors

        errors, seconds = in_threads(threads, work)
        covered = setup.execute("SELECT sum(cents) FROM booking").fetchone()[0]
        setup.close()
        return Result(name, covered, errors, threads * each, seconds)

    return run


WAYS: tuple[Callable[[Path, int, int], Result], ...] = (
    ours,
    check_then_insert("check-then-insert, BEGIN", "BEGIN"),
    check_then_insert("check-then-insert, no transaction", None),
)


def main() -> None:
    arguments = argparse.ArgumentParser(description="Booking against one cap from many threads")
    arguments.add_argument("threads", type=int, nargs="?", default=8)
    arguments.add_argument("each", type=int, nargs="?", default=20)
    given = arguments.parse_args()
    threads, each = given.threads, given.each
    print(
        f"{threads} threads, {each} bookings of {AMOUNT_CENTS / 100:.2f} each, cap {CAP_CENTS / 100:.2f}"
    )
    print(f"{'':36}{'covered':>10}{'over cap':>10}{'errors':>8}{'bookings/s':>12}")
    for way in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            done = way(Path(folder), threads, each)
        print(
            f"{done.name:36}{done.covered_cents / 100:>10.2f}"
            f"{max(0, done.covered_cents - CAP_CENTS) / 100:>10.2f}{done.errors:>8}"
            f"{(done.bookings - done.errors) / done.seconds:>12.0f}"
        )


if __name__ == "__main__":
    main()
