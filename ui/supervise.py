"""The watcher as a supervised child of the process that serves the application.

The watcher fetches, parses and scores; in the application's process it would take the
interpreter lock from the people at the pages. A watcher that ends is started again, with
growing patience; one whose parent is gone ends by itself.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from data.i18n import _

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_STOP_SECONDS = 10.0
_LOOK_SECONDS = 1.0


class Supervisor:
    """Keeps one child process running until :meth:`stop`."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="supervisor", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process id of the child that runs now."""
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        """Start the child and watch over it from a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the child and wait for it."""
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.terminate()
            try:
                child.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._thread.join(_STOP_SECONDS)

    def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            self._child = subprocess.Popen(self._command)  # noqa: S603 (our own command)
            code = self._child.wait()
            if self._stopping.is_set():
                return
            print(
                _("Die Beobachtung ist ausgefallen ({code}) und startet neu.").format(code=code),
                file=sys.stderr,
                flush=True,
            )
            self._stopping.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def end_with(parent: int) -> None:
    """End this process as if told to, as soon as ``parent`` is no longer its parent."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=look, name="parent", daemon=True).start()


def watcher_command(allow_net: Sequence[str] = ()) -> list[str]:
    """The command line of the watcher as a child of this process."""
    command = [sys.executable, "-m", "cli", "watch", "--parent", str(os.getpid())]
    for network in allow_net:
        command += ["--allow-net", network]
    return command
