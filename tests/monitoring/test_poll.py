"""A sweep over real sources on a local server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from access.actor import SYSTEM
from cases.store import Case
from data import Home, parse_utc, utc_text
from data import now as present
from monitoring import health, poll, store
from monitoring.fetch import Fetched
from monitoring.parse import parse_feed
from monitoring.sources import Listed
from monitoring.store import Poll, Source
from tests.servers.feeds import FeedServer, Item, rss, some_items

LOOPBACK = ["127.0.0.0/8"]
T0 = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def add(db: Database, url: str, name: str = "Blatt") -> Source:
    return store.add_source(db, SYSTEM, Listed(url=url, name=name))


def nobody_is_watched(_db: Database, _now: datetime) -> tuple[int, int]:
    return (0, 0)


def sweep(home: Home, **how: object) -> poll.PollReport:
    settings: dict[str, object] = {
        "everything": True, "allow_net": LOOPBACK, "on_entries": nobody_is_watched, **how,
    }  # fmt: skip
    return poll.poll(home, **settings)  # type: ignore[arg-type]


def due_again(db: Database) -> None:
    db.execute("UPDATE source SET next_poll_at = ?", [utc_text(present() - timedelta(hours=1))])


def test_a_sweep_reports_what_it_did(home: Home, db: Database, server: FeedServer) -> None:
    add(db, server.publish("a", rss(some_items(3))))
    add(db, server.publish("b", rss(some_items(2, first=50))))
    add(db, server.url("fehlt"))
    add(db, server.url("hostile/bomb"))
    report = sweep(home).to_json()
    assert report.pop("seconds") >= 0
    assert report == {
        "sources": 4, "fetched": 2, "not_modified": 0, "failed": 2,
        "entries_new": 5, "mentions_new": 0, "alerts_raised": 0,
    }  # fmt: skip
    words = {source.url.rsplit("/", 1)[-1]: source.health for source in store.list_sources(db)}
    assert words == {"a": "ok", "b": "ok", "fehlt": "http_404", "bomb": "unsafe_xml"}
    again = sweep(home)
    assert (again.not_modified, again.failed, again.entries_new) == (2, 2, 0)


def test_only_what_is_due_is_polled(home: Home, db: Database, server: FeedServer) -> None:
    add(db, server.publish("a", rss(some_items(1))))
    assert sweep(home, everything=False).sources == 1
    assert sweep(home, everything=False).sources == 0
    due_again(db)
    assert sweep(home, everything=False).sources == 1


def test_new_entries_are_stored_once_and_found_again(
    home: Home, db: Database, server: FeedServer
) -> None:
    source = add(db, server.publish("a", rss(some_items(3))))
    sweep(home)
    server.publish("a", rss([Item("Bäckerei Groß brennt", "https://x.example/9"), *some_items(3)]))
    assert sweep(home).entries_new == 1
    newest = store.recent_entries(db, source.id)[0]
    assert (newest.title, newest.url) == ("Bäckerei Groß brennt", "https://x.example/9")
    assert newest.published_at == datetime(2026, 10, 6, 8, tzinfo=UTC)
    for words in ("bäckerei", "BAECKEREI gross", "backerei"):
        assert [entry.id for entry in store.search_entries(db, words)] == [newest.id]
    assert store.search_entries(db, '"') == []


def test_a_changed_headline_is_the_same_entry(home: Home, db: Database, server: FeedServer) -> None:
    source = add(db, server.publish("a", rss([Item("Vorher", "https://x.example/1")])))
    sweep(home)
    (entry,) = store.unmatched_entries(db)
    store.mark_matched(db, [entry.id], present())
    assert store.unmatched_entries(db) == []
    server.publish("a", rss([Item("Nachher", "https://x.example/1")]))
    assert sweep(home).entries_new == 0
    assert [each.title for each in store.recent_entries(db, source.id)] == ["Nachher"]
    assert [each.id for each in store.unmatched_entries(db)] == [entry.id]
    assert store.search_entries(db, "vorher") == []


def test_one_identifier_for_every_entry_loses_none(
    home: Home, db: Database, server: FeedServer
) -> None:
    body = rss(some_items(5))
    for number in range(1, 6):
        body = body.replace(
            f"<guid>https://blatt.example/{number}</guid>".encode(), b"<guid>0</guid>"
        )
    add(db, server.publish("a", body))
    assert sweep(home).entries_new == 5
    server.publish("a", body + b" ")
    assert sweep(home).entries_new == 0


def test_a_feed_that_overflowed_is_noticed(home: Home, db: Database, server: FeedServer) -> None:
    source = add(db, server.publish("a", rss(some_items(5))))
    sweep(home)
    server.publish("a", rss(some_items(5, first=3)))
    sweep(home)
    assert store.gaps(db, T0) == []
    server.publish("a", rss(some_items(5, first=500)))
    sweep(home)
    (gap,) = store.gaps(db, T0)
    assert (gap.source_id, gap.entries_new) == (source.id, 5)
    server.publish("a", rss([]))
    sweep(home)
    assert len(store.gaps(db, T0)) == 1
    assert store.source_by_id(db, source.id).health == "ok"


def test_a_failure_is_not_healed_by_not_modified(
    home: Home, db: Database, server: FeedServer
) -> None:
    good = rss(some_items(2))
    source = add(db, server.publish("a", good))
    sweep(home)
    server.publish("a", b"<html>Wartung</html>", content_type="text/html")
    sweep(home)
    broken = store.source_by_id(db, source.id)
    assert (broken.health, broken.failures) == ("no_feed", 1)
    sweep(home)
    assert store.source_by_id(db, source.id).failures == 2
    assert "if-none-match" not in server.requests[-1].headers
    server.publish("a", good)
    sweep(home)
    healed = store.source_by_id(db, source.id)
    assert (healed.health, healed.failures, healed.last_error) == ("ok", 0, None)


def test_failures_wait_longer_each_time(home: Home, db: Database, server: FeedServer) -> None:
    source = add(db, server.url("fehlt"))
    pauses = []
    for _ in range(4):
        sweep(home)
        state = store.source_by_id(db, source.id)
        assert state.last_polled_at is not None
        pauses.append((state.next_poll_at - state.last_polled_at).total_seconds())
    assert pauses == sorted(pauses)
    assert pauses[3] > 4 * pauses[0]


def test_a_server_that_asks_for_patience_gets_it(
    home: Home, db: Database, server: FeedServer
) -> None:
    source = add(db, server.publish("a", b"", status=429, headers={"Retry-After": "7200"}))
    sweep(home)
    assert store.source_by_id(db, source.id).next_poll_at > present() + timedelta(seconds=7100)


def test_a_crisis_quickens_the_pace(
    home: Home, db: Database, server: FeedServer, case: Case
) -> None:
    source = add(db, server.publish("a", rss(some_items(1))))
    assert store.is_crisis(db)
    sweep(home)
    assert store.source_by_id(db, source.id).next_poll_at < present() + timedelta(seconds=300)


def test_no_more_than_two_at_a_time_for_one_host(home: Home, db: Database) -> None:
    with FeedServer(latency=0.05) as slow:
        for number in range(8):
            add(db, slow.publish(f"f{number}", rss(some_items(1, first=number))))
        sweep(home, concurrency=8)
        assert slow.most_at_once == poll.PER_HOST
        assert len(slow.requests) == 8


def test_hosts_do_not_wait_for_each_other(home: Home, db: Database) -> None:
    with FeedServer(host="127.0.0.1", latency=0.3) as one, FeedServer(host="127.0.0.2", latency=0.3) as two:  # fmt: skip
        for server in (one, two):
            for number in range(2):
                add(db, server.publish(f"f{number}", rss(some_items(1, first=number))))
        began = time.monotonic()
        assert sweep(home, concurrency=4).fetched == 4
        assert time.monotonic() - began < 1.1


def test_two_sweeps_at_once_share_the_sources(home: Home, db: Database) -> None:
    with FeedServer(latency=0.02) as server:
        for number in range(20):
            add(db, server.publish(f"f{number}", rss(some_items(1, first=number))))
        reports: list[poll.PollReport] = []

        def one() -> None:
            reports.append(sweep(home, everything=False))
            home.close()

        threads = [threading.Thread(target=one) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(report.sources for report in reports) == 20
        assert all(server.count(f"f{number}") == 1 for number in range(20))


def test_a_lease_ends_by_itself(db: Database) -> None:
    source = add(db, "https://a.example/")
    (taken,) = store.lease(db, "eins", [source.id], T0, everything=True)
    assert taken.id == source.id
    assert store.lease(db, "zwei", [source.id], T0, everything=True) == []
    later = T0 + store.LEASE
    assert len(store.lease(db, "zwei", [source.id], later, everything=True)) == 1
    store.release(db, "zwei")
    assert len(store.lease(db, "eins", [source.id], later, everything=True)) == 1


def test_a_stopped_sweep_gives_back_what_it_did_not_poll(
    home: Home, db: Database, server: FeedServer
) -> None:
    for number in range(4):
        add(db, server.url(f"hostile/silent?{number}"))
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    began = time.monotonic()
    report = sweep(home, stop=stop)
    timer.join()
    assert time.monotonic() - began < 5
    assert report.sources == 0
    free = db.execute("SELECT count(*) FROM source WHERE lease_owner IS NULL").fetchone()[0]
    assert free == 4


def test_stored_entries_meet_the_profiles_even_after_a_crash(
    home: Home, db: Database, server: FeedServer
) -> None:
    add(db, server.publish("a", rss(some_items(2))))

    def crash(db: Database, now: datetime) -> tuple[int, int]:
        raise RuntimeError("mitten im Abgleich")

    with pytest.raises(RuntimeError):
        sweep(home, on_entries=crash)
    seen: list[int] = []

    def take(db: Database, now: datetime) -> tuple[int, int]:
        entries = store.unmatched_entries(db)
        store.mark_matched(db, [entry.id for entry in entries], now)
        seen.append(len(entries))
        return len(entries), 1

    report = sweep(home, on_entries=take)
    assert (report.mentions_new, report.alerts_raised, seen) == (2, 1, [2])
    assert sweep(home, on_entries=take).mentions_new == 0


def test_a_mention_of_the_firm_becomes_a_mention_of_the_case(
    home: Home, db: Database, server: FeedServer, case: Case
) -> None:
    link = "https://blatt.example/aigner"
    title = "Kfz Aigner in Linz gehackt: Kundendaten im Netz"
    add(db, server.publish("a", rss([Item(title, link, summary=title), *some_items(3)])))
    report = poll.poll(home, everything=True, allow_net=LOOPBACK)
    assert report.mentions_new == 1
    server.publish("a", rss([Item(title + " (Update)", link, summary=title), *some_items(3)]))
    assert poll.poll(home, everything=True, allow_net=LOOPBACK).mentions_new == 0


def record(db: Database, source: Source, minute: int, word: str) -> None:
    at = T0 + timedelta(minutes=minute)
    feed = parse_feed(rss(some_items(1))) if word == health.OK else None
    state = store.source_by_id(db, source.id)
    store.record_poll(db, state, Poll(source.id, at, at, Fetched(word, feed=feed), at))


def test_the_desk_can_say_when_it_was_blind(db: Database) -> None:
    source = add(db, "https://a.example/", "ORF Wien")
    for minute, word in (
        (0, "ok"), (15, "ok"), (70, "timeout"), (90, "http_5xx"), (120, "timeout"), (280, "ok"),
        (295, "not_modified"), (310, "dns"),
    ):  # fmt: skip
        record(db, source, minute, word)
    now = T0 + timedelta(minutes=320)
    periods = store.blind_periods(db, T0, now=now)
    spans = [(p.start, p.end, p.word) for p in periods]
    assert spans == [
        (T0 + timedelta(minutes=70), T0 + timedelta(minutes=280), "timeout"),
        (T0 + timedelta(minutes=310), None, "dns"),
    ]
    assert periods[0].text().startswith("ORF Wien: blind von 22.11. 02:10 bis 05:40 (")
    inside = store.blind_periods(db, T0 + timedelta(minutes=100), now=now)
    assert inside[0].start == T0 + timedelta(minutes=100)
    assert store.blind_periods(db, T0, source_id=source.id + 1, now=now) == []


def test_a_desk_that_nobody_watched_from_was_blind_too(db: Database) -> None:
    source = add(db, "https://a.example/")
    record(db, source, 0, "ok")
    record(db, source, 240, "ok")
    (past, present_one) = store.blind_periods(db, T0, now=T0 + timedelta(minutes=600))
    assert (past.end, past.word) == (T0 + timedelta(minutes=240), "not_polled")
    assert present_one.end is None


def test_the_log_of_polls_is_append_only(db: Database) -> None:
    source = add(db, "https://a.example/")
    record(db, source, 0, "ok")
    with pytest.raises(Exception, match="append-only"):
        db.execute("UPDATE source_poll SET outcome = 'timeout'")


def test_health_keeps_the_time_since_when_it_is_so(db: Database) -> None:
    source = add(db, "https://a.example/")
    for minute, word in ((0, "ok"), (15, "not_modified"), (30, "timeout"), (45, "timeout")):
        record(db, source, minute, word)
    state = store.source_by_id(db, source.id)
    assert (state.health, state.health_since) == ("timeout", T0 + timedelta(minutes=30))
    assert state.last_ok_at == T0 + timedelta(minutes=15)


def test_only_an_excerpt_is_kept_unless_the_licence_allows_more(
    home: Home, db: Database, server: FeedServer
) -> None:
    body = rss([replace(some_items(1)[0], summary="Wort " * 900)])
    source = add(db, server.publish("a", body))
    sweep(home)
    assert len(store.recent_entries(db, source.id)[0].summary) <= store.EXCERPT


_KILLED = """
import sys
from data import Home
from monitoring import poll
poll.poll(Home.at(sys.argv[1]), everything=True, allow_net=["127.0.0.0/8"],
          on_entries=lambda db, now: (0, 0), beat=lambda: print("beat", flush=True))
"""


def test_kill_nine_in_a_sweep_leaves_whole_entries(home: Home, db: Database) -> None:
    with FeedServer(latency=0.05) as server:
        for number in range(30):
            add(db, server.publish(f"f{number}", rss(some_items(20, first=number * 100))))
        child = subprocess.Popen(
            [sys.executable, "-c", _KILLED, str(home.path)], stdout=subprocess.PIPE
        )
        while len(server.requests) < 10:
            time.sleep(0.01)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        assert child.stdout is not None
        child.stdout.close()
        counts = [
            row["n"] for row in db.query("SELECT count(*) AS n FROM entry GROUP BY source_id")
        ]
        assert set(counts) <= {20}
        assert len(counts) < 30
        polled = db.execute("SELECT count(*) FROM source_poll").fetchone()[0]
        assert polled == len(counts)
        db.execute("UPDATE source SET lease_until = ?", [utc_text(present() - timedelta(1))])
        report = sweep(home)
        assert report.sources == 30
        assert db.execute("SELECT count(*) FROM entry").fetchone()[0] == 600
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_times_are_stored_as_text_in_utc(home: Home, db: Database, server: FeedServer) -> None:
    add(db, server.publish("a", rss(some_items(1))))
    sweep(home)
    row = next(db.query("SELECT * FROM source_poll"))
    assert parse_utc(row["started_at"]) <= parse_utc(row["finished_at"])
