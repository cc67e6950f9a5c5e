"""The small local feeds of the demonstration: every few seconds they hold one item more."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from xml.sax.saxutils import escape

_SECONDS_PER_ITEM = 20
_AT_START = 2
_NAMES = ("Linzer Tagblatt", "Salzburger Bote")


class DemoFeed:
    """Two RSS feeds on a loopback port; a context manager that stops its server."""

    def __init__(self, items: Sequence[Mapping[str, str]]) -> None:
        self._items = items
        self._started = datetime.now(UTC)
        feed = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index = 1 if self.path.startswith("/1/") else 0
                body = feed.document(index).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing: the terminal belongs to the greeting."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def addresses(self) -> list[tuple[str, str]]:
        """Name and URL of each feed."""
        port = self._server.server_address[1]
        return [
            (name, f"http://127.0.0.1:{port}/{index}/rss.xml") for index, name in enumerate(_NAMES)
        ]

    def document(self, index: int) -> str:
        """The feed as it stands now. The two take turns, and both carry the wire copies."""
        passed = (datetime.now(UTC) - self._started).total_seconds()
        shown = min(len(self._items), _AT_START + int(passed // _SECONDS_PER_ITEM))
        titles = [item["title"] for item in self._items]
        entries = "".join(
            self._entry(number, item)
            for number, item in enumerate(self._items[:shown])
            if number % len(_NAMES) == index or titles.count(item["title"]) > 1
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>{escape(_NAMES[index])}</title><link>http://127.0.0.1/</link>"
            f"<description>Vorführung</description>{entries}</channel></rss>"
        )

    def _entry(self, number: int, item: Mapping[str, str]) -> str:
        published = self._started.timestamp() + max(0, number - _AT_START + 1) * _SECONDS_PER_ITEM
        stamp = format_datetime(datetime.fromtimestamp(published, UTC), usegmt=True)
        link = f"http://127.0.0.1/artikel/{number}"
        return (
            f"<item><title>{escape(item['title'])}</title><link>{link}</link>"
            f'<guid isPermaLink="false">artikel-{number}</guid><pubDate>{stamp}</pubDate>'
            f"<description>{escape(item['text'])}</description></item>"
        )
