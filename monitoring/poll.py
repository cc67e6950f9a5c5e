"""One sweep over the sources: fetched side by side, stored one transaction each.

Threads fetch and parse; the thread that called writes. A source is leased before it is
fetched, so that any number of watchers share a home, and never more than two requests run
against one host. What was stored then meets the watch profiles.
"""

from __future__ import annotations

import os
import random
import secrets
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from sqlite_utils import Database

from access.outbound import Gate, open_gate
from data import Home
from data import now as present
from monitoring import fetch, health, mentions, schedule, store
from monitoring.fetch import Fetched
from monitoring.store import Poll, Source

CONCURRENCY: Final = 8
PER_HOST: Final = 2
# New entries wait no longer than this for the watch profiles while a sweep goes on.
_MATCH_SECONDS: Final = 2.0
_WAIT_SECONDS: Final = 0.5

OnEntries = Callable[[Database, datetime], tuple[int, int]]


@dataclass
class PollReport:
    """What a sweep did. ``sources`` is the sum of fetched, not modified and failed."""

    sources: int = 0
    fetched: int = 0
    not_modified: int = 0
    failed: int = 0
    entries_new: int = 0
    mentions_new: int = 0
    alerts_raised: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The command's answer."""
        return {**vars(self), "seconds": round(self.seconds, 3)}


def new_owner() -> str:
    """A name under which this process takes leases."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def poll(
    home: Home,
    *,
    everything: bool = False,
    concurrency: int = CONCURRENCY,
    allow_net: Sequence[str] = (),
    on_entries: OnEntries = mentions.process_new_entries,
    owner: str | None = None,
    stop: threading.Event | None = None,
    beat: Callable[[], None] | None = None,
) -> PollReport:
    """Poll the sources that are due, or all of them, and let new entries meet the profiles.

    ``concurrency`` threads fetch; ``allow_net`` opens networks for this run; ``on_entries``
    returns how many mentions and alerts it made; ``stop`` ends the sweep early, and what was
    not polled is given back; ``beat`` is called at least every second.
    """
    db = home.db()
    with open_gate(db, allow_net) as gate:
        sweep = _Sweep(
            db=db,
            gate=gate,
            owner=owner or new_owner(),
            everything=everything,
            concurrency=max(1, concurrency),
            on_entries=on_entries,
            stop=stop or threading.Event(),
            beat=beat or _no_beat,
        )
        return sweep.run()


def _no_beat() -> None:
    """Nobody asks whether this sweep is alive."""


@dataclass
class _Sweep:
    """The state of one sweep; everything but the fetching happens in one thread."""

    db: Database
    gate: Gate
    owner: str
    everything: bool
    concurrency: int
    on_entries: OnEntries
    stop: threading.Event
    beat: Callable[[], None]
    report: PollReport = field(default_factory=PollReport)
    waiting: deque[int] = field(default_factory=deque)
    leased: list[Source] = field(default_factory=list)
    busy: Counter[str] = field(default_factory=Counter)
    running: dict[Future[tuple[datetime, Fetched]], Source] = field(default_factory=dict)
    unmatched: bool = False
    matched_at: float = 0.0

    def run(self) -> PollReport:
        """The sweep from its first lease to its last entry."""
        began = time.monotonic()
        self.matched_at = began
        self.crisis = store.is_crisis(self.db)
        self.waiting.extend(store.candidates(self.db, present(), everything=self.everything))
        # Entries of an earlier run that ended before they met the profiles come first.
        self.unmatched = bool(store.unmatched_entries(self.db, limit=1))
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="fetch") as threads:
            try:
                while self._start(threads):
                    self._collect()
            finally:
                if self.running:
                    self.gate.abort()
        store.release(self.db, self.owner)
        self._match()
        self.report.seconds = time.monotonic() - began
        return self.report

    def _start(self, threads: ThreadPoolExecutor) -> bool:
        """Start what may start; whether the sweep goes on."""
        if self.stop.is_set():
            return False
        if self.waiting and len(self.leased) < self.concurrency:
            self._lease()
        for source in list(self.leased):
            host = _host(source)
            if len(self.running) >= self.concurrency:
                break
            if self.busy[host] < PER_HOST:
                self.leased.remove(source)
                self.busy[host] += 1
                self.running[threads.submit(self._fetch, source)] = source
        return bool(self.running or self.leased or self.waiting)

    def _lease(self) -> None:
        """Take the next sources; few at a time, so that other watchers find some too."""
        size = min(len(self.waiting), 2 * self.concurrency)
        ids = [self.waiting.popleft() for _ in range(size)]
        self.leased += store.lease(self.db, self.owner, ids, present(), everything=self.everything)

    def _fetch(self, source: Source) -> tuple[datetime, Fetched]:
        """In a thread: one source from its address to its entries."""
        started = present()
        conditional = schedule.may_be_conditional(started, source.failures, source.last_full_at)
        fetched = fetch.fetch(
            self.gate,
            source.url,
            etag=source.etag if conditional else None,
            last_modified=source.last_modified if conditional else None,
            body_hash=source.body_hash,
        )
        return started, fetched

    def _collect(self) -> None:
        """Store what has come; wait a little where nothing has."""
        self.beat()
        finished, _going_on = wait(self.running, _WAIT_SECONDS, FIRST_COMPLETED)
        for future in finished:
            source = self.running.pop(future)
            self.busy[_host(source)] -= 1
            started, fetched = future.result()
            self._record(source, started, fetched)
        if self.unmatched and time.monotonic() - self.matched_at > _MATCH_SECONDS:
            self._match()

    def _record(self, source: Source, started: datetime, fetched: Fetched) -> None:
        finished = present()
        failed = not health.is_reachable(fetched.word)
        outcome = schedule.Outcome(
            failures=source.failures + 1 if failed else 0,
            retry_after=fetched.retry_after if failed else None,
            max_age=None if failed else fetched.max_age,
        )
        following = schedule.next_poll(
            finished,
            source.interval_seconds,
            outcome,
            crisis=self.crisis,
            dice=random.random(),  # noqa: S311 (spreads polls, protects nothing)
        )
        stored = store.record_poll(
            self.db, source, Poll(source.id, started, finished, fetched, following)
        )
        self.report.sources += 1
        self.report.failed += failed
        self.report.not_modified += fetched.word == health.NOT_MODIFIED
        self.report.fetched += fetched.word == health.OK
        self.report.entries_new += stored.entries_new
        self.unmatched = self.unmatched or stored.entries_new + stored.entries_changed > 0

    def _match(self) -> None:
        """Let the stored entries meet the watch profiles of the open cases."""
        if self.unmatched:
            mentions_new, alerts_raised = self.on_entries(self.db, present())
            self.report.mentions_new += mentions_new
            self.report.alerts_raised += alerts_raised
            self.unmatched = False
        self.matched_at = time.monotonic()


def _host(source: Source) -> str:
    return urlsplit(source.url).hostname or ""
