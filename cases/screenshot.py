"""A picture of a whole page, taken by a headless Chromium that can reach nothing but the gate.

The browser runs what a stranger wrote. So it gets a throw-away profile, an environment
without secrets, a proxy that is the gate (:mod:`access.proxy`), no name server, no QUIC and
no WebRTC beside the proxy, a bounded time, and its process group is ended with the run. It
is driven over a pair of pipes: a debugging port would be a door for every other program on
the machine.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from access.outbound import Gate
from access.proxy import USER, GateProxy, ProxyLimits
from cases.errors import ScreenshotUnavailable
from data.i18n import _

BROWSER_VARIABLE: Final = "KRISENPULT_CAPTURE_BROWSER"
NO_SANDBOX_VARIABLE: Final = "KRISENPULT_CAPTURE_NO_SANDBOX"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTH: Final = 1280
HEIGHT: Final = 1024
TALLEST: Final = 16_000
_READ: Final = 1 << 16
# Not "document.body": an element with that name stands in its place.
_READ_WORDS: Final = (
    "[(Document.prototype.querySelector.call(document, 'body') || {innerText: ''}).innerText,"
    " location.href]"
)
_LARGEST_MESSAGE: Final = 120_000_000
_SWITCHES: Final = (
    "--headless=new",
    "--allow-browser-signin=false",
    "--remote-debugging-pipe",
    # Without "<-loopback>" Chromium goes to loopback addresses past the proxy.
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-gpu",
    "--disable-sync",
    "--disable-features=MediaRouter,OptimizationHints,Translate,WebUSB,WebBluetooth",
    "--dns-prefetch-disable",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--password-store=basic",
    "--use-mock-keychain",
    f"--window-size={WIDTH},{HEIGHT}",
)
# Where Chromium reports to by itself; no page needs them to be seen.
_OWN_SERVICES: Final = frozenset(
    {
        "accounts.google.com", "clients1.google.com", "clients2.google.com",
        "clientservices.googleapis.com", "content-autofill.googleapis.com",
        "edgedl.me.gvt1.com", "optimizationguide-pa.googleapis.com",
        "redirector.gvt1.com", "safebrowsing.googleapis.com",
        "safebrowsingohttpgateway.googleapis.com", "update.googleapis.com",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """The page as a person would have seen it.

    ``text`` is what the page shows after its scripts have run, ``refused`` the targets it
    asked for and did not get, ``whole`` False where it is taller than what was taken.
    """

    png: bytes
    text: str
    url: str
    browser: str
    refused: tuple[str, ...]
    whole: bool


@dataclass(frozen=True)
class Patience:
    """Seconds: for the page to load, for it to come to rest after that, for all of it."""

    load: float = 15.0
    rest: float = 1.5
    total: float = 30.0


def find_browser() -> Path:
    """The browser of this machine. Raises ScreenshotUnavailable where none may be used."""
    named = os.environ.get(BROWSER_VARIABLE)
    found = next(
        (path for name in ([named] if named else _NAMES) if (path := shutil.which(name))), None
    )
    if found is None:
        raise ScreenshotUnavailable(_("Auf diesem Rechner ist kein Chromium eingerichtet."))
    if os.geteuid() == 0 and not _without_sandbox():
        raise ScreenshotUnavailable(
            _(
                "Der Dienst läuft als root, dort hat Chromium keine Schutzhülle. Bitte unter einem "
                "eigenen Benutzer betreiben oder {name}=1 setzen."
            ).format(name=NO_SANDBOX_VARIABLE)
        )
    return Path(found)


def _without_sandbox() -> bool:
    return os.environ.get(NO_SANDBOX_VARIABLE) == "1"


def take(gate: Gate, url: str, patience: Patience | None = None) -> Picture:
    """A picture of the whole page at ``url``, reached through ``gate`` only.

    Raises ScreenshotUnavailable, with the reason as a sentence.
    """
    waits = patience or Patience()
    browser = find_browser()
    limits = ProxyLimits(total_seconds=waits.total + 5)
    with GateProxy(gate, limits, _OWN_SERVICES) as proxy, _running(browser, proxy.port) as pipe:
        session = _Session(pipe, time.monotonic() + waits.total, proxy.password)
        png, text, final, version, whole = _photograph(session, url, waits)
    return Picture(png, text, final, version, tuple(dict.fromkeys(proxy.refused)), whole)


def _photograph(session: _Session, url: str, waits: Patience) -> tuple[bytes, str, str, str, bool]:
    version = session.call("Browser.getVersion")["product"]
    session.call("Browser.setDownloadBehavior", {"behavior": "deny"})
    target = session.call("Target.createTarget", {"url": "about:blank"})["targetId"]
    attached = session.call("Target.attachToTarget", {"targetId": target, "flatten": True})
    session.id = attached["sessionId"]
    session.call("Fetch.enable", {"handleAuthRequests": True})
    session.call("Page.enable")
    session.call(
        "Emulation.setDeviceMetricsOverride",
        {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False},
    )
    session.forget_events()
    opened = session.call("Page.navigate", {"url": url})
    if opened.get("errorText"):
        raise ScreenshotUnavailable(
            _("Der Browser hat die Seite nicht bekommen ({reason}).").format(
                reason=opened["errorText"]
            )
        )
    session.wait_for("Page.loadEventFired", waits.load)
    session.idle(waits.rest)
    text, final = _words(session, str(opened["frameId"]))
    size = session.call("Page.getLayoutMetrics")["cssContentSize"]
    height = max(1, min(int(size["height"]), TALLEST))
    picture = session.call(
        "Page.captureScreenshot",
        {
            "format": "png",
            "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1},
        },
    )
    whole = int(size["height"]) <= TALLEST
    return base64.b64decode(picture["data"]), text, final or url, str(version), whole


def _words(session: _Session, frame: str) -> tuple[str, str]:
    """What the page shows as text, and its address in the end.

    Asked for in a world of its own: the page may have replaced every function of its own.
    """
    world = session.call("Page.createIsolatedWorld", {"frameId": frame})
    said = session.call(
        "Runtime.evaluate",
        {
            "expression": _READ_WORDS,
            "contextId": world["executionContextId"],
            "returnByValue": True,
        },
    )
    value = said["result"].get("value")
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return "", ""
    return value[0], value[1]


class _Session:
    """The browser's protocol over its pipes: one JSON message at a time, each ended by a NUL."""

    def __init__(self, pipe: _Pipe, ends_at: float, password: str) -> None:
        self.id = ""
        self._pipe = pipe
        self._ends_at = ends_at
        self._password = password
        self._sent = 0
        self._seen: set[str] = set()

    def call(self, method: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        """One command and its result."""
        number = self._send(method, parameters or {})
        while True:
            message = self._next(self._ends_at)
            if message is None:
                raise ScreenshotUnavailable(_("Die Seite ist nicht rechtzeitig fertig geworden."))
            if message.get("id") == number:
                if "error" in message:
                    raise ScreenshotUnavailable(
                        _("Der Browser meldet: {reason}").format(
                            reason=str(message["error"].get("message", ""))[:200]
                        )
                    )
                return dict(message["result"])
            self._react(message)

    def wait_for(self, event: str, seconds: float) -> None:
        """Wait for an event, for no longer than ``seconds``: a page may load for ever."""
        until = min(time.monotonic() + seconds, self._ends_at)
        while event not in self._seen:
            message = self._next(until)
            if message is None:
                return
            self._react(message)

    def forget_events(self) -> None:
        """What happened so far belongs to the empty page."""
        self._seen.clear()

    def idle(self, seconds: float) -> None:
        """Let the page go on for ``seconds``."""
        until = min(time.monotonic() + seconds, self._ends_at)
        while (message := self._next(until)) is not None:
            self._react(message)

    def _send(self, method: str, parameters: dict[str, Any], session: str | None = None) -> int:
        self._sent += 1
        message: dict[str, Any] = {"id": self._sent, "method": method, "params": parameters}
        if session or self.id:
            message["sessionId"] = session or self.id
        self._pipe.write(json.dumps(message).encode() + b"\x00", self._ends_at)
        return self._sent

    def _next(self, until: float) -> dict[str, Any] | None:
        raw = self._pipe.message(until)
        return None if raw is None else dict(json.loads(raw))

    def _react(self, message: dict[str, Any]) -> None:
        """What the browser asks in between."""
        event = str(message.get("method", ""))
        self._seen.add(event)
        parameters = message.get("params", {})
        if event == "Fetch.requestPaused":
            self._send("Fetch.continueRequest", {"requestId": parameters["requestId"]})
        elif event == "Fetch.authRequired":
            self._send(
                "Fetch.continueWithAuth",
                {
                    "requestId": parameters["requestId"],
                    "authChallengeResponse": self._credentials(parameters["authChallenge"]),
                },
            )
        elif event == "Page.javascriptDialogOpening":
            self._send("Page.handleJavaScriptDialog", {"accept": False})

    def _credentials(self, challenge: dict[str, Any]) -> dict[str, str]:
        """The proxy's password for the proxy, and nothing for a server that asks for one."""
        if challenge.get("source") != "Proxy":
            return {"response": "CancelAuth"}
        return {"response": "ProvideCredentials", "username": USER, "password": self._password}


class _Pipe:
    """Our ends of the browser's two pipes."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        self._received = bytearray()

    def message(self, until: float) -> bytes | None:
        """The next message, or None at ``until``. Raises ScreenshotUnavailable at the end."""
        start = 0
        while (end := self._received.find(b"\x00", start)) < 0:
            start = len(self._received)
            seconds = until - time.monotonic()
            if seconds <= 0 or not _ready(self._reading, select.POLLIN, seconds):
                return None
            piece = os.read(self._reading, _READ)
            if not piece or len(self._received) > _LARGEST_MESSAGE:
                raise _ended()
            self._received += piece
        message = bytes(self._received[:end])
        del self._received[: end + 1]
        return message

    def write(self, data: bytes, until: float) -> None:
        """Send ``data``. Raises ScreenshotUnavailable where nobody reads it any more."""
        rest = memoryview(data)
        while rest:
            seconds = until - time.monotonic()
            if seconds <= 0 or not _ready(self._writing, select.POLLOUT, seconds):
                raise _ended()
            try:
                rest = rest[os.write(self._writing, rest) :]
            except BrokenPipeError:
                raise _ended() from None


def _ready(handle: int, event: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(handle, event)
    return bool(poll.poll(int(seconds * 1000) + 1))


def _ended() -> ScreenshotUnavailable:
    return ScreenshotUnavailable(_("Der Browser hat sich beendet, bevor das Bild fertig war."))


@contextmanager
def _running(browser: Path, proxy_port: int) -> Iterator[_Pipe]:
    """The browser with a throw-away profile; ended with everything it started."""
    with tempfile.TemporaryDirectory(prefix="krisenpult-", ignore_cleanup_errors=True) as profile:
        to_browser, writing = _high_pipe()
        reading, from_browser = _high_pipe()
        arguments = [
            str(browser),
            *_SWITCHES,
            f"--proxy-server=http://127.0.0.1:{proxy_port}",
            f"--user-data-dir={profile}",
        ]
        if _without_sandbox():
            arguments.append("--no-sandbox")
        os.set_blocking(writing, False)
        try:
            # Not fork: other threads may hold locks just now. 3 and 4 are the browser's pipes.
            process = os.posix_spawn(
                browser,
                [*arguments, "about:blank"],
                _environment(profile),
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, to_browser, 3),
                    (os.POSIX_SPAWN_DUP2, from_browser, 4),
                ],
                setpgroup=0,
            )
        except OSError as error:
            for handle in (to_browser, from_browser, reading, writing):
                os.close(handle)
            raise ScreenshotUnavailable(
                _("Chromium lässt sich nicht starten ({reason}).").format(reason=error.strerror)
            ) from error
        os.close(to_browser)
        os.close(from_browser)
        try:
            yield _Pipe(reading, writing)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(reading)
            os.close(writing)


def _high_pipe() -> tuple[int, int]:
    """A pipe whose handles stand clear of 3 and 4."""
    ends = os.pipe()
    high = tuple(fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 10) for each in ends)
    for each in ends:
        os.close(each)
    return high[0], high[1]


def _environment(profile: str) -> dict[str, str]:
    """What the browser needs, and none of the service's secrets."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": profile,
        "TMPDIR": profile,
        "XDG_CONFIG_HOME": profile,
        "XDG_CACHE_HOME": profile,
        "LANG": "de_AT.UTF-8",
        "TZ": "Europe/Vienna",
    }
