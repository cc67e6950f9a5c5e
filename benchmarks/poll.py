"""How much a sweep costs beyond the network.

    python -m benchmarks.poll [--sources 60] [--hosts 10] [--latency 0.05] [--concurrency 8]

Local servers answer after a pause, as distant ones do. The floor fetches the same documents
with the same number of threads and does nothing else; the second row adds parsing with
feedparser; the third is the product's sweep: gate, conditional requests, parsing, storing
with one durable transaction a source. The second sweep has one source in ten changed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime

import feedparser
import urllib3
from sqlite_utils import Database

from access.actor import SYSTEM
from data import Home
from monitoring import poll, store
from monitoring.sources import Listed
from tests.servers.feeds import FeedServer, rss, some_items
from ui.schema import open_database


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sources", type=int, default=60)
    parser.add_argument("--hosts", type=int, default=10)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before an answer")
    parser.add_argument("--concurrency", type=int, default=poll.CONCURRENCY)
    parser.add_argument("--entries", type=int, default=30, help="entries of each feed")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        servers = [
            stack.enter_context(FeedServer(f"127.0.0.{number + 1}", arguments.latency))
            for number in range(arguments.hosts)
        ]
        _measure(servers, arguments)


def _measure(servers: list[FeedServer], arguments: argparse.Namespace) -> None:
    urls = _publish(servers, arguments.sources, arguments.entries, changed_every=1, first=1)
    rows = [
        ("fetch only", _bare(urls, arguments.concurrency, _nothing)),
        ("fetch and feedparser", _bare(urls, arguments.concurrency, _feedparser)),
    ]
    with tempfile.TemporaryDirectory() as folder:
        home = Home.at(folder)
        db = open_database(home)
        for number, url in enumerate(urls):
            store.add_source(db, SYSTEM, Listed(url=url, name=f"Quelle {number}"))
        rows.append(("krisenpult poll, first", _ours(home, arguments.concurrency)))
        _publish(servers, arguments.sources, arguments.entries, changed_every=10, first=5)
        rows.append(("krisenpult poll, 10 % changed", _ours(home, arguments.concurrency)))
        home.close()
    rows.append(("fetch only, again", _bare(urls, arguments.concurrency, _nothing)))
    floor = rows[0][1]
    print(
        f"{arguments.sources} sources on {arguments.hosts} hosts, {arguments.entries} entries each,"
        f" {arguments.latency * 1000:.0f} ms latency, {arguments.concurrency} threads"
    )
    print(f"{'':32}{'seconds':>9}{'sources/s':>11}{'of floor':>10}")
    for name, seconds in rows:
        print(f"{name:32}{seconds:9.3f}{arguments.sources / seconds:11.1f}{seconds / floor:9.2f}x")


def _publish(
    servers: list[FeedServer], sources: int, entries: int, *, changed_every: int, first: int
) -> list[str]:
    """Put new documents behind every ``changed_every``-th source."""
    urls = []
    for number in range(sources):
        server = servers[number % len(servers)]
        name = f"feed-{number}"
        if number % changed_every == 0:
            items = some_items(entries, first=first, word=f"Meldung aus Quelle {number}: Nummer")
            server.publish(name, rss(items))
        urls.append(server.url(name))
    return urls


def _nothing(_body: bytes) -> None:
    """The floor does nothing with what it got."""


def _feedparser(body: bytes) -> None:
    feedparser.parse(body)


def _bare(urls: list[str], concurrency: int, use: Callable[[bytes], None]) -> float:
    began = time.perf_counter()
    with (
        urllib3.PoolManager(maxsize=concurrency) as pool,
        ThreadPoolExecutor(concurrency) as threads,
    ):
        for body in threads.map(lambda url: pool.request("GET", url).data, urls):
            use(body)
    return time.perf_counter() - began


def _ours(home: Home, concurrency: int) -> float:
    report = poll.poll(
        home,
        everything=True,
        concurrency=concurrency,
        allow_net=["127.0.0.0/8"],
        on_entries=_no_profiles,
    )
    if report.failed:
        raise SystemExit(f"{report.failed} sources failed")
    return report.seconds


def _no_profiles(_db: Database, _now: datetime) -> tuple[int, int]:
    """Scoring has a benchmark of its own."""
    return (0, 0)


if __name__ == "__main__":
    main()
