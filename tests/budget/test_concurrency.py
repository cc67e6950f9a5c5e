"""Many at once, and a process killed in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from budget import store
from budget.entry import Cost
from budget.errors import TimerRuns
from cases.store import Case
from data import Home

ROOT = Path(__file__).parents[2]
START = datetime(2026, 3, 10, 8, tzinfo=UTC)


def test_eight_people_never_book_a_cent_over_the_cap(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    def book(worker: int) -> None:
        own = home.db()
        for number in range(20):
            at = START + timedelta(minutes=20 * worker + number)
            store.book_cost(
                own, consultant, case.id, Cost(at, 4950, "Verteiler", f"{worker}-{number}")
            )
        home.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(book, range(8)))
    state = store.event_state(db, case.insured_event_id, START)
    assert state.covered_cents == 250000
    assert state.overflow_cents == 160 * 4950 - 250000
    assert store.verify(db) == []
    assert audit.verify(db)[1] == []


def test_one_timer_per_person_in_two_windows(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    def start(_: int) -> bool:
        own = home.db()
        try:
            store.start_timer(
                own, consultant, case.id, activity="media", function="", rate_cents=1, now=START
            )
        except TimerRuns:
            return False
        finally:
            home.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(start, range(4))) == 1
    assert len(store.running_timers(db)) == 1


BOOK_FOR_EVER = """
import sys
from datetime import UTC, datetime
from access.actor import SYSTEM
from budget import store
from budget.entry import Cost
from data import Home

db = Home.at(sys.argv[1]).db()
number = 0
while True:
    number += 1
    at = datetime(2026, 3, 10, 8, number % 60, tzinfo=UTC)
    store.book_cost(db, SYSTEM, int(sys.argv[2]), Cost(at, 4950, "Verteiler", f"R{number}"))
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", [0.0, 0.013, 0.029])
def test_a_killed_process_leaves_no_half_entry(
    home: Home, db: Database, case: Case, after: float
) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-c", BOOK_FOR_EVER, str(home.path), str(case.id)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert worker.stdout is not None
    confirmed = [int(worker.stdout.readline()) for _ in range(10)][-1]
    time.sleep(after)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    confirmed += len(worker.stdout.read().splitlines())
    worker.stdout.close()
    assert store.verify(db) == []
    assert audit.verify(db)[1] == []
    booked = store.entries_of(db, case.id)
    assert confirmed <= len(booked) <= confirmed + 1
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
