"""A real HTTP server with feeds, friendly and hostile, on 127.0.0.1.

``with FeedServer() as server:`` starts it on a free port. ``publish`` puts a document under
a name; every answer carries ETag and Last-Modified and honours them. ``/hostile/<name>``
misbehaves in the ways listed in :data:`HOSTILE`. ``server.requests`` keeps what was asked.
"""

from __future__ import annotations

import hashlib
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Item:
    """One entry of a feed made here."""

    title: str
    link: str
    published: str = "Tue, 06 Oct 2026 10:00:00 +0200"
    summary: str = ""


def rss(items: Sequence[Item], title: str = "Testblatt") -> bytes:
    """An RSS 2.0 document."""
    entries = "".join(
        f"<item><title>{escape(item.title)}</title><link>{escape(item.link)}</link>"
        f"<guid>{escape(item.link)}</guid><pubDate>{item.published}</pubDate>"
        f"<description>{escape(item.summary)}</description></item>"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{escape(title)}</title>{entries}</channel></rss>"
    ).encode()


def some_items(count: int, first: int = 1, word: str = "Meldung") -> list[Item]:
    """``count`` entries with consecutive numbers, the newest first."""
    numbers = range(first + count - 1, first - 1, -1)
    return [
        Item(f"{word} {number}", f"https://blatt.example/{number}", summary=f"Text {number}")
        for number in numbers
    ]


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
    b'<rss version="2.0"><channel><title>&d;</title></channel></rss>'
)


@dataclass
class Document:
    """What is served under a name."""

    body: bytes
    content_type: str = "application/rss+xml; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    validators: bool = True
    modified: float = field(default_factory=time.time)

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(frozen=True)
class Request:
    """What a client asked for."""

    path: str
    headers: Mapping[str, str]
    client: str


class FeedServer:
    """The server; use it as a context manager."""

    def __init__(self, host: str = "127.0.0.1", latency: float = 0.0, port: int = 0) -> None:
        self.documents: dict[str, Document] = {}
        self.requests: list[Request] = []
        self.latency = latency
        self.busy: Counter[str] = Counter()
        self.most_at_once = 0
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"feeds": self})
        self._server = _Server((host, port), handler)
        self.host = host
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> FeedServer:
        # Made before anybody waits for it.
        _packed_spaces()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path: str) -> str:
        """The address of ``path``."""
        return f"http://{self.host}:{self.port}/{path.lstrip('/')}"

    def publish(self, name: str, body: bytes, **how: Any) -> str:
        """Serve ``body`` under ``name`` from now on; returns its address."""
        self.documents[name] = Document(body, **how)
        return self.url(name)

    def count(self, name: str) -> int:
        """How often ``name`` was asked for."""
        return sum(request.path.lstrip("/") == name for request in self.requests)

    def note(self, request: Request, change: int) -> None:
        """A request began (+1) or ended (-1)."""
        with self._lock:
            if change > 0:
                self.requests.append(request)
            self.busy[request.client] += change
            self.most_at_once = max(self.most_at_once, sum(self.busy.values()))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    feeds: FeedServer
    protocol_version = "HTTP/1.1"
    # One write per answer: the headers wait for the body.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Keep the test output clean."""

    def do_GET(self) -> None:
        path, _, _ = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(path, headers, self.client_address[0])
        self.feeds.note(request, +1)
        try:
            if self.feeds.latency:
                time.sleep(self.feeds.latency)
            with suppress(BrokenPipeError, ConnectionResetError):
                if path.startswith("/hostile/"):
                    HOSTILE[path.removeprefix("/hostile/")](self)
                else:
                    self._serve(self.feeds.documents.get(path.lstrip("/")))
                self.wfile.flush()
        finally:
            self.feeds.note(request, -1)

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", "0"))
        self.rfile.read(size)
        self.do_GET()

    def _serve(self, document: Document | None) -> None:
        if document is None:
            self.answer(404, b"not here")
            return
        headers = dict(document.headers)
        if document.validators:
            headers["ETag"] = document.etag
            headers["Last-Modified"] = formatdate(document.modified, usegmt=True)
            if self.headers.get("If-None-Match") == document.etag:
                self.answer(304, b"", headers)
                return
        headers["Content-Type"] = document.content_type
        self.answer(document.status, document.body, headers)

    def answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """A whole answer with its length."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def pieces(self, chunks: Iterator[bytes], headers: Mapping[str, str] | None = None) -> None:
        """An answer without a length, written piece by piece, until the client hangs up."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Connection", "close")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(chunk)
            self.wfile.flush()
            if self.feeds.stopping.is_set():
                return


@cache
def _packed_spaces() -> bytes:
    """100 MB of spaces in 100 KB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(b" " * 1_000_000) for _ in range(100)) + packer.flush()


def _gzip_bomb(handler: _Handler) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/xml"}
    handler.answer(200, _packed_spaces(), headers)


def _damaged_gzip(handler: _Handler) -> None:
    handler.answer(200, b"\x1f\x8b\x08\x00 this is no gzip", {"Content-Encoding": "gzip"})


def _endless(handler: _Handler) -> None:
    def forever() -> Iterator[bytes]:
        yield b'<?xml version="1.0"?><rss version="2.0"><channel>'
        while True:
            yield b"<item><title>noch eine</title></item>" * 500

    handler.pieces(forever())


def _slowly(data: bytes, handler: _Handler) -> Iterator[bytes]:
    for byte in data:
        if handler.feeds.stopping.wait(0.1):
            return
        yield bytes([byte])


def _drip_body(handler: _Handler) -> None:
    handler.pieces(_slowly(rss(some_items(20)), handler))


def _drip_headers(handler: _Handler) -> None:
    handler.close_connection = True
    head = b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 5000 + b"\r\n\r\n"
    for byte in _slowly(head, handler):
        handler.wfile.write(byte)
        handler.wfile.flush()


def _silent(handler: _Handler) -> None:
    handler.close_connection = True
    handler.feeds.stopping.wait(30)


def _redirect_loop(handler: _Handler) -> None:
    handler.answer(302, b"", {"Location": "/hostile/redirect-loop"})


def _redirect_far(handler: _Handler) -> None:
    _, _, step = handler.path.partition("?")
    handler.answer(302, b"", {"Location": f"/hostile/redirect-far?{int(step or 0) + 1}"})


def _redirect_inward(handler: _Handler) -> None:
    handler.answer(302, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})


def _redirect_file(handler: _Handler) -> None:
    handler.answer(301, b"", {"Location": "file:///etc/passwd"})


def _redirect_away(handler: _Handler) -> None:
    """To another origin: the address of the target is the query."""
    _, _, target = handler.path.partition("?")
    handler.answer(307, b"", {"Location": target})


def _wrong_charset(handler: _Handler) -> None:
    body = rss([Item("Bäckerei größer", "https://blatt.example/1")])
    handler.answer(200, body, {"Content-Type": "text/xml; charset=iso-8859-1"})


def _nuls(handler: _Handler) -> None:
    body = rss([Item("Titel", "https://blatt.example/1")]).replace(b"Titel", b"Ti\x00tel")
    handler.answer(200, body, {"Content-Type": "text/xml"})


def _bomb(handler: _Handler) -> None:
    handler.answer(200, BOMB, {"Content-Type": "text/xml"})


def _thirty_megabytes(handler: _Handler) -> None:
    handler.pieces(iter([b"<rss><channel>"] + [b"<item>" + b"x" * 99_990 + b"</item>"] * 300))


def _announced_thirty_megabytes(handler: _Handler) -> None:
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Length", "30000000")
    handler.end_headers()


def _truncated(handler: _Handler) -> None:
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b"<rss>")


def _no_http(handler: _Handler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"220 mail.example ESMTP\r\n")


def _hang_up(handler: _Handler) -> None:
    handler.close_connection = True


def _close_unannounced(handler: _Handler) -> None:
    """A whole answer that promises to keep the connection, which is then closed."""
    handler.answer(200, str(len(handler.feeds.requests)).encode())
    handler.close_connection = True


def _empty(handler: _Handler) -> None:
    handler.answer(200, b"", {"Content-Type": "text/xml"})


def _consent_wall(handler: _Handler) -> None:
    page = b"<!doctype html><html><head><title>Just a moment...</title></head><body></body></html>"
    handler.answer(403, page, {"Content-Type": "text/html", "cf-mitigated": "challenge"})


HOSTILE: dict[str, Callable[[_Handler], None]] = {
    "announced-thirty-megabytes": _announced_thirty_megabytes,
    "bomb": _bomb,
    "close-unannounced": _close_unannounced,
    "consent-wall": _consent_wall,
    "damaged-gzip": _damaged_gzip,
    "drip-body": _drip_body,
    "drip-headers": _drip_headers,
    "empty": _empty,
    "endless": _endless,
    "gzip-bomb": _gzip_bomb,
    "hang-up": _hang_up,
    "no-http": _no_http,
    "nuls": _nuls,
    "redirect-away": _redirect_away,
    "redirect-far": _redirect_far,
    "redirect-file": _redirect_file,
    "redirect-inward": _redirect_inward,
    "redirect-loop": _redirect_loop,
    "silent": _silent,
    "thirty-megabytes": _thirty_megabytes,
    "truncated": _truncated,
    "wrong-charset": _wrong_charset,
}
