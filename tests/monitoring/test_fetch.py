"""One source: gate, answer, feed, and the word for what became of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from access.outbound import Gate, Limits
from monitoring import fetch, health, schedule
from tests.servers.feeds import FeedServer, rss, some_items

LOOPBACK = "127.0.0.0/8"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAGE = b"<!doctype html><html><head><title>Blatt</title></head><body>captcha</body></html>"


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def gate() -> Iterator[Gate]:
    limits = Limits(connect_seconds=1, header_seconds=0.5, total_seconds=1)
    with Gate(allow_net=[LOOPBACK], limits=limits) as opened:
        yield opened


def test_the_whole_way_of_one_address(server: FeedServer) -> None:
    url = server.publish("feed", rss(some_items(3)))
    answer = fetch.fetch_once(url, [LOOPBACK])
    assert answer["ok"] is True
    assert answer["error"] is None
    assert answer["status"] == 200
    assert answer["bytes"] == len(server.documents["feed"].body)
    assert [entry["title"] for entry in answer["entries"]] == [
        "Meldung 3",
        "Meldung 2",
        "Meldung 1",
    ]
    assert 0 <= answer["seconds"] < 5


def test_inside_is_refused_without_an_opened_network(server: FeedServer) -> None:
    answer = fetch.fetch_once(server.publish("feed", rss(some_items(1))))
    assert (answer["ok"], answer["error"], answer["status"]) == (False, "refused_address", None)
    assert answer["entries"] == []
    assert server.requests == []


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("hostile/gzip-bomb", "too_large"),
        ("hostile/endless", "too_large"),
        ("hostile/thirty-megabytes", "too_large"),
        ("hostile/drip-body", "timeout"),
        ("hostile/drip-headers", "timeout"),
        ("hostile/redirect-loop", "too_many_redirects"),
        ("hostile/redirect-inward", "refused_address"),
        ("hostile/hang-up", "connection"),
        ("hostile/damaged-gzip", "bad_answer"),
        ("hostile/bomb", "unsafe_xml"),
        ("hostile/empty", "empty"),
        ("hostile/consent-wall", "blocked"),
        ("hostile/wrong-charset", "ok"),
        ("hostile/nuls", "ok"),
        ("missing", "http_404"),
    ],
)
def test_each_way_to_fail_has_its_word(
    server: FeedServer, gate: Gate, path: str, word: str
) -> None:
    assert fetch.fetch(gate, server.url(path)).word == word


@pytest.mark.parametrize(
    ("status", "word"),
    [(401, "http_401"), (403, "http_403"), (404, "http_404"), (410, "http_410"),
     (418, "http_4xx"), (429, "http_429"), (500, "http_5xx"), (503, "http_5xx"),
     (300, "http_3xx"), (200, "no_feed")],
)  # fmt: skip
def test_each_status_has_its_word(server: FeedServer, gate: Gate, status: int, word: str) -> None:
    url = server.publish("x", b"<html>weg</html>", status=status, content_type="text/html")
    fetched = fetch.fetch(gate, url)
    assert (fetched.word, fetched.status) == (word, status)
    assert health.sentence(fetched.word)


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (200, PAGE, "no_feed"),
        (403, PAGE, "blocked"),
        (200, b"<html><title>Just a moment...</title></html>", "blocked"),
        (200, b"<html>Bevor Sie fortfahren</html>", "blocked"),
        (404, b"<html>Are you a robot</html>", "http_404"),
    ],
)
def test_walls_are_told_from_pages(
    server: FeedServer, gate: Gate, status: int, body: bytes, word: str
) -> None:
    url = server.publish("x", body, status=status, content_type="text/html")
    assert fetch.fetch(gate, url).word == word


def test_a_feed_that_writes_about_walls_is_a_feed(server: FeedServer, gate: Gate) -> None:
    body = rss(some_items(1, word="Just a moment... Are you a robot"))
    assert fetch.fetch(gate, server.publish("x", body, content_type="text/html")).word == "ok"


def test_the_second_request_is_conditional(server: FeedServer, gate: Gate) -> None:
    url = server.publish("feed", rss(some_items(2)))
    first = fetch.fetch(gate, url)
    second = fetch.fetch(gate, url, etag=first.etag, last_modified=first.last_modified)
    assert (second.word, second.status, second.bytes) == ("not_modified", 304, 0)
    assert server.requests[1].headers["if-none-match"] == first.etag
    assert server.requests[1].headers["if-modified-since"] == first.last_modified


def test_the_same_body_is_not_read_again(server: FeedServer, gate: Gate) -> None:
    url = server.publish("feed", rss(some_items(2)), validators=False)
    first = fetch.fetch(gate, url)
    second = fetch.fetch(gate, url, body_hash=first.body_hash)
    assert (second.word, second.status, second.feed) == ("not_modified", 200, None)


def test_a_304_that_nobody_asked_for_is_no_good_news(server: FeedServer, gate: Gate) -> None:
    url = server.publish("feed", b"", status=304, validators=False)
    assert fetch.fetch(gate, url).word == "http_3xx"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), (" 5 ", 5), ("Sun, 22 Nov 2026 12:10:00 GMT", 600), ("bald", None), (None, None),
     ("Sun, 22 Nov 2026 11:00:00 GMT", 0), ("-5", None), ("9" * 40, 999_999_999)],
)  # fmt: skip
def test_retry_after(value: str | None, seconds: int | None) -> None:
    assert fetch.retry_after(value, NOW) == seconds


def after(
    seconds: int, failures: int, *, crisis: bool = False, dice: float = 0.5, **asked: int
) -> float:
    outcome = schedule.Outcome(failures=failures, **asked)
    return (
        schedule.next_poll(NOW, seconds, outcome, crisis=crisis, dice=dice) - NOW
    ).total_seconds()


def test_failures_double_the_pause_and_never_end_it() -> None:
    pauses = [after(900, failures) for failures in range(9)]
    assert pauses[:5] == [900, 900, 1800, 3600, 7200]
    assert pauses[8] == schedule.BACKOFF_CAP
    assert after(900, 10_000) == schedule.BACKOFF_CAP


def test_what_a_server_asks_for_is_respected_within_a_cap() -> None:
    assert after(900, 1, retry_after=7200) >= 7200
    assert after(900, 1, retry_after=10**9) < 2 * 24 * 3600
    assert after(900, 0, max_age=1800) == 1800
    assert after(900, 0, max_age=10**9) == 3600
    assert after(900, 0, crisis=True) == schedule.CRISIS_SECONDS
    assert after(900, 0, crisis=True, max_age=10**9) == 900


def test_sources_that_failed_together_part() -> None:
    assert after(900, 3, dice=0) < after(900, 3, dice=1)
    assert after(900, 3, dice=1) <= 3600 * 1.1 + 1


def test_validators_are_sent_while_all_is_well() -> None:
    assert schedule.may_be_conditional(NOW, 0, NOW - timedelta(hours=1))
    assert not schedule.may_be_conditional(NOW, 1, NOW - timedelta(hours=1))
    assert not schedule.may_be_conditional(NOW, 0, NOW - timedelta(hours=25))
    assert not schedule.may_be_conditional(NOW, 0, None)


def test_every_word_has_its_sentence() -> None:
    for word in health.WORDS:
        assert health.sentence(word).endswith(".")


def test_an_aborted_gate_ends_what_is_under_way(server: FeedServer) -> None:
    import threading

    with Gate(allow_net=[LOOPBACK]) as gate:
        words: list[str] = []
        thread = threading.Thread(
            target=lambda: words.append(fetch.fetch(gate, server.url("hostile/silent")).word)
        )
        began = time.monotonic()
        thread.start()
        while not server.requests:
            time.sleep(0.01)
        gate.abort()
        thread.join()
        assert words == ["timeout"]
        assert fetch.fetch(gate, server.url("x")).word == "timeout"
        assert time.monotonic() - began < 5
