"""The watcher as a process: alive, stopped in good order, restarted."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlite_utils import Database

from access.actor import SYSTEM
from cases.store import Case
from data import Home
from data import now as present
from monitoring import store
from monitoring.schedule import CRISIS_SECONDS
from monitoring.sources import Listed
from monitoring.watch import Watcher
from tests.servers.feeds import FeedServer, rss, some_items

_WATCH = """
import sys
from data import Home
from monitoring import watch
watch.watch(Home.at(sys.argv[1]), allow_net=["127.0.0.0/8"])
"""


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_a_watcher_polls_what_is_due_and_stops_on_sigterm(
    home: Home, db: Database, server: FeedServer
) -> None:
    store.add_source(db, SYSTEM, Listed(url=server.publish("a", rss(some_items(3))), name="A"))
    store.add_source(db, SYSTEM, Listed(url=server.url("hostile/silent"), name="B"))
    process = subprocess.Popen(
        [sys.executable, "-c", _WATCH, str(home.path)], stderr=subprocess.PIPE
    )
    until(
        lambda: len(store.unmatched_entries(db)) == 3 or bool(store.list_sources(db)[0].last_ok_at)
    )
    assert store.watching(db, present()).running
    assert "läuft seit" in store.watching(db, present()).text()
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, complaints = process.communicate(timeout=10)
    assert process.returncode == 0
    assert complaints == b""
    assert time.monotonic() - began < 8
    stopped = store.watching(db, present())
    assert not stopped.running
    assert "steht still seit" in stopped.text()
    assert (
        db.execute("SELECT count(*) FROM source WHERE lease_owner IS NOT NULL").fetchone()[0] == 0
    )


def test_a_watcher_that_vanished_is_noticed(db: Database) -> None:
    assert not store.watching(db, present()).running
    assert store.watching(db, present()).since is None
    store.beat(db, "weg", 1, present() - timedelta(minutes=10))
    status = store.watching(db, present())
    assert not status.running
    store.beat(db, "da", 2, present())
    assert store.watching(db, present()).running


def test_a_crisis_hurries_sources_that_had_been_given_time(
    home: Home, db: Database, server: FeedServer, case: Case
) -> None:
    source = store.add_source(
        db, SYSTEM, Listed(url=server.publish("a", rss(some_items(1))), name="A")
    )
    db.execute("UPDATE source SET next_poll_at = '2099-01-01T00:00:00Z', failures = 5")
    stop = threading.Event()

    def one() -> None:
        Watcher(home, stop=stop, allow_net=["127.0.0.0/8"], tick=0.05).run()
        home.close()

    thread = threading.Thread(target=one)
    thread.start()
    soon = present() + timedelta(seconds=CRISIS_SECONDS + 5)
    until(lambda: store.source_by_id(db, source.id).next_poll_at < soon)
    stop.set()
    thread.join()
