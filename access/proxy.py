"""A small forwarding proxy that lets a browser out through the gate, and only through it.

A browser resolves names, follows redirects and runs what a page brings along, so no check
of an address beforehand binds it. It gets this proxy instead: a listener on the loopback
address, on a free port, for one run, with a password of its own. Every target, of plain
requests and of tunnels alike, is resolved, checked and connected to by the gate's own rule;
the browser never asks a name server. Bytes, time and connections are limited for the run.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import selectors
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from access.outbound import (
    BadUrl,
    ConnectionFailed,
    Gate,
    OutboundError,
    RefusedAddress,
    Target,
    TimedOut,
    read_url,
)

USER: Final = "capture"
_PIECE: Final = 65536
_LARGEST_HEAD: Final = 64 * 1024
_END_OF_HEAD: Final = b"\r\n\r\n"
# Between browser and proxy only; they do not travel on.
_HOP_BY_HOP: Final = frozenset(
    {"connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "upgrade"}
)
_WORDS: Final = {
    400: "Bad Request", 403: "Forbidden", 407: "Proxy Authentication Required",
    502: "Bad Gateway", 504: "Gateway Timeout",
}  # fmt: skip


@dataclass(frozen=True)
class ProxyLimits:
    """What one run may cost. Bytes count in both directions."""

    total_bytes: int = 80_000_000
    total_seconds: float = 40.0
    head_seconds: float = 10.0
    connections_at_once: int = 48
    connections: int = 1000


@dataclass
class GateProxy:
    """The proxy; use it as a context manager.

    ``silenced`` are names that are never connected to, ``refused`` the other targets that it
    turned away.
    """

    gate: Gate
    limits: ProxyLimits = field(default_factory=ProxyLimits)
    silenced: frozenset[str] = frozenset()
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.password = secrets.token_urlsafe(24)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._expected = b"Basic " + base64.b64encode(f"{USER}:{self.password}".encode())
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._bytes_left = self.limits.total_bytes
        self._served = 0
        self._closing = False

    def __enter__(self) -> GateProxy:
        self._ends_at = time.monotonic() + self.limits.total_seconds
        self._start(threading.Thread(target=self._accept, name="proxy", daemon=True))
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closing = True
            opened = list(self._open)
        _end(self._listener)
        for each in opened:
            _shut(each)
        for thread in list(self._threads):
            thread.join(self.limits.total_seconds)

    def _start(self, thread: threading.Thread) -> None:
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                # The listener was closed: the run is over.
                return
            if not self._admit(client):
                _end(client)
                continue
            self._threads = [each for each in self._threads if each.is_alive()]
            self._start(threading.Thread(target=self._serve, args=(client,), daemon=True))

    def _admit(self, client: socket.socket) -> bool:
        """Whether this run may have one more connection."""
        with self._lock:
            self._served += 1
            # Each connection of the browser has one to a server beside it.
            busy = len(self._open) >= 2 * self.limits.connections_at_once
            if self._closing or busy or self._served > self.limits.connections:
                return False
            self._open.add(client)
            return True

    def _serve(self, client: socket.socket) -> None:
        """One connection of the browser: one request or one tunnel."""
        try:
            client.settimeout(self.limits.head_seconds)
            self._converse(client)
        except OSError:
            # Either side hung up, or the run is over.
            return
        finally:
            self._forget(client)

    def _converse(self, client: socket.socket) -> None:
        head, rest = _read_head(client)
        request_line, *fields = head.split(b"\r\n")
        words = request_line.split(b" ")
        if len(words) != 3:
            _answer(client, 400)
            return
        method, address, _version = words
        if not hmac.compare_digest(_field(fields, b"proxy-authorization"), self._expected):
            _answer(client, 407, b'Proxy-Authenticate: Basic realm="capture"\r\n')
            return
        tunnel = method == b"CONNECT"
        try:
            target = _target(address, tunnel)
            if target.host in self.silenced:
                _answer(client, 403)
                return
            server = self._connect(target)
        except OutboundError as error:
            self._turn_away(client, address, error)
            return
        try:
            if tunnel:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                first = rest
            else:
                first = _onward(method, target, fields) + rest
            server.sendall(first)
            self._relay(client, server)
        finally:
            self._forget(server)

    def _turn_away(self, client: socket.socket, address: bytes, error: OutboundError) -> None:
        with self._lock:
            self.refused.append(address.decode("latin-1")[:200])
        if isinstance(error, (RefusedAddress, BadUrl)):
            _answer(client, 403)
        else:
            _answer(client, 504 if isinstance(error, TimedOut) else 502)

    def _connect(self, target: Target) -> socket.socket:
        """A socket to an address that the gate's rule has checked just now."""
        patience = min(self.gate.limits.connect_seconds, self._seconds_left(target.host))
        failure = "no address"
        # The gate's own rule: the address that was checked is the one that is connected to.
        for family, address in self.gate.addresses(target.host, target.port, patience):
            server = socket.socket(family, socket.SOCK_STREAM)
            server.settimeout(min(patience, self._seconds_left(target.host)))
            try:
                server.connect(address)
            except OSError as error:
                failure = str(error)
                server.close()
                continue
            with self._lock:
                closing = self._closing
                self._open.add(server)
            if closing:
                self._forget(server)
                break
            return server
        raise ConnectionFailed(target.host, failure)

    def _seconds_left(self, host: str) -> float:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimedOut(host, self.limits.total_seconds)
        return left

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        """Carry bytes both ways until a side ends, or the run has used up what it has."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(client, selectors.EVENT_READ, (client, server))
            waiting.register(server, selectors.EVENT_READ, (server, client))
            while (seconds := self._ends_at - time.monotonic()) > 0:
                for ready, _events in waiting.select(seconds):
                    side, other = ready.data
                    piece = side.recv(_PIECE)
                    if not piece or not self._may_carry(len(piece)):
                        return
                    other.sendall(piece)

    def _may_carry(self, size: int) -> bool:
        with self._lock:
            self._bytes_left -= size
            return self._bytes_left >= 0 and not self._closing

    def _forget(self, sock: socket.socket) -> None:
        with self._lock:
            self._open.discard(sock)
        _end(sock)


def _read_head(client: socket.socket) -> tuple[bytes, bytes]:
    """The head of a request, and what of its body came along. Raises OSError."""
    received = b""
    while _END_OF_HEAD not in received:
        piece = client.recv(_PIECE)
        if not piece or len(received) > _LARGEST_HEAD:
            raise OSError("no request")
        received += piece
    head, _separator, rest = received.partition(_END_OF_HEAD)
    return head, rest


def _field(fields: Sequence[bytes], name: bytes) -> bytes:
    for each in fields:
        found, _colon, value = each.partition(b":")
        if found.strip().lower() == name:
            return value.strip()
    return b""


def _target(address: bytes, tunnel: bool) -> Target:
    """Where a request wants to go. Raises :class:`BadUrl`."""
    text = address.decode("latin-1")
    target = read_url(f"https://{text}/" if tunnel else text)
    if not tunnel and target.scheme != "http":
        raise BadUrl(text[:200])
    return target


def _onward(method: bytes, target: Target, fields: Sequence[bytes]) -> bytes:
    """The request as the server gets it: its own path, one request a connection."""
    kept = [
        each
        for each in fields
        if each.partition(b":")[0].strip().lower().decode("latin-1") not in _HOP_BY_HOP
    ]
    line = method + b" " + target.path.encode("latin-1") + b" HTTP/1.1"
    return b"\r\n".join([line, *kept, b"Connection: close"]) + _END_OF_HEAD


def _answer(client: socket.socket, status: int, fields: bytes = b"") -> None:
    line = f"HTTP/1.1 {status} {_WORDS[status]}\r\n".encode()
    client.sendall(line + fields + b"Content-Length: 0\r\nConnection: close\r\n\r\n")


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        # Closed already: that is what was wanted.
        return


def _end(sock: socket.socket) -> None:
    _shut(sock)
    sock.close()
