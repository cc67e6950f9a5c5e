"""The watcher is kept running, and ends with the product."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ui.supervise import Supervisor, watcher_command

_WAITS = "import sys, time\nopen(sys.argv[1], 'a').write('started\\n')\ntime.sleep(60)"


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def starts(log: Path) -> int:
    return log.read_text().count("started") if log.exists() else 0


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_child_is_started_again_and_stop_ends_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    supervisor = Supervisor([sys.executable, "-c", _WAITS, str(log)])
    supervisor.start()
    until(lambda: starts(log) == 1)
    first = supervisor.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    until(lambda: starts(log) == 2)
    second = supervisor.pid
    assert second is not None
    assert second != first
    supervisor.stop()
    assert not runs(second)
    assert "startet neu" in capfd.readouterr().err


def test_the_watcher_is_told_its_parent_and_the_opened_ranges() -> None:
    command = watcher_command(["127.0.0.1/32"])
    assert command[command.index("--parent") + 1] == str(os.getpid())
    assert command[command.index("--allow-net") + 1] == "127.0.0.1/32"
