"""The watcher: polls what is due, delivers alerts, warns before clocks run out, is alive.

Any number of watchers may run on one home; leases keep them from polling a source twice. A
watcher that is killed leaves whole entries only, its leases end by themselves, and the next
sweep takes up what it had stored and not yet matched.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import Final

from access.outbound import open_gate
from data import Home
from data import now as present
from monitoring import deliver, escalate, store
from monitoring.poll import CONCURRENCY, new_owner, poll

TICK_SECONDS: Final = 5.0
_BEAT_SECONDS: Final = 5.0


class Watcher:
    """One watcher on one home. :meth:`run` returns after ``stop`` was set."""

    def __init__(
        self,
        home: Home,
        *,
        stop: threading.Event | None = None,
        concurrency: int = CONCURRENCY,
        allow_net: Sequence[str] = (),
        tick: float = TICK_SECONDS,
    ) -> None:
        self.stop = stop or threading.Event()
        self.owner = new_owner()
        self._home = home
        self._concurrency = concurrency
        self._allow_net = tuple(allow_net)
        self._tick = tick
        self._beaten_at = -_BEAT_SECONDS
        self._crisis = False

    def run(self) -> None:
        """Watch until told to stop."""
        while not self.stop.is_set():
            try:
                self._round()
            except sqlite3.OperationalError as error:
                # A locked database or a full disk passes; the next round tries again.
                print(f"watch: {error}", file=sys.stderr, flush=True)
            self.stop.wait(self._tick)
        store.stop_watcher(self._home.db(), self.owner, present())

    def _round(self) -> None:
        self._beat()
        db = self._home.db()
        crisis = store.is_crisis(db)
        if crisis and not self._crisis:
            store.hurry(db, present())
        self._crisis = crisis
        # Before the poll, which may take long: a clock does not wait for a slow source.
        self._tell()
        poll(
            self._home,
            concurrency=self._concurrency,
            allow_net=self._allow_net,
            owner=self.owner,
            stop=self.stop,
            beat=self._beat,
        )
        self._tell()

    def _tell(self) -> None:
        """Warn where a clock runs out, and deliver what is queued."""
        db = self._home.db()
        escalate.escalate(db, present())
        with open_gate(db, self._allow_net) as gate:
            deliver.deliver_due(db, present(), gate)

    def _beat(self) -> None:
        """Say that this watcher is alive, every few seconds."""
        if time.monotonic() - self._beaten_at < _BEAT_SECONDS:
            return
        store.beat(self._home.db(), self.owner, os.getpid(), present())
        self._beaten_at = time.monotonic()


def watch(home: Home, *, concurrency: int = CONCURRENCY, allow_net: Sequence[str] = ()) -> None:
    """Watch in this process until SIGTERM or SIGINT; must be called in the main thread."""
    watcher = Watcher(home, concurrency=concurrency, allow_net=allow_net)

    def end(_number: int, _frame: FrameType | None) -> None:
        watcher.stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        watcher.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
