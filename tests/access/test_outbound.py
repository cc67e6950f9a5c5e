"""The gate: what it refuses, what it ends, what it carries."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from access import outbound, settings
from access.actor import Actor
from access.outbound import Gate, Limits
from data import InputError
from tests.servers.feeds import FeedServer, rss, some_items

LOOPBACK = "127.0.0.0/8"
QUICK = Limits(connect_seconds=1, header_seconds=0.6, total_seconds=1.2)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def gate() -> Iterator[Gate]:
    with Gate(allow_net=[LOOPBACK], limits=QUICK) as opened:
        yield opened


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192",
        "198.18.0.1", "224.0.0.1", "255.255.255.255", "168.63.129.16", "192.88.99.1",
        "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::8.8.8.8",
        "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808",
        "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "2001:db8::1",
        "2001:0:808:808:0:0:80ff:fffe", "2a00:1450:0:0:0:5efe:7f00:1", "100::1", "4000::1",
    ],
)  # fmt: skip
def test_special_addresses_are_not_public(text: str) -> None:
    assert not outbound.is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "194.232.104.3", "172.32.0.1", "100.128.0.1", "2a00:1450:4016::200e",
     "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"],
)  # fmt: skip
def test_ordinary_addresses_are_public(text: str) -> None:
    assert outbound.is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "url",
    [
        "", "rss.orf.at/news.xml", "ftp://blatt.example/f", "file:///etc/passwd", "gopher://x/",
        "javascript:alert(1)", "http://", "https:///x", "http://user:secret@blatt.example/",
        "http://user@blatt.example/", "http://blatt.example\\@intern/", "http://blatt.example/a b",
        "http://blatt.example:99999/", "http://[fe80::1%25eth0]/", "http://blatt.example/\r\nX: y",
        "http://blatt.example:0/", "https://blatt.example/" + "a" * 3000, "http://bl ätt.example/",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(gate: Gate, url: str) -> None:
    with pytest.raises(outbound.BadUrl) as caught:
        gate.fetch(url)
    assert caught.value.word == "bad_url"
    assert "Adresse" in str(caught.value)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "[::1]",
     "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "169.254.169.254", "LOCALHOST."],
)  # fmt: skip
def test_inside_is_refused_however_it_is_written(server: FeedServer, host: str) -> None:
    server.publish("feed", rss(some_items(1)))
    with Gate(limits=QUICK) as closed:
        for port in (server.port, 80):
            with pytest.raises((outbound.RefusedAddress, outbound.UnknownHost)):
                closed.fetch(f"http://{host}:{port}/feed")
    assert server.requests == []


def test_an_opened_network_lets_its_addresses_through_on_every_port(server: FeedServer) -> None:
    server.publish("feed", rss(some_items(1)))
    with Gate(allow_net=["127.0.0.1"]) as gate:
        assert gate.fetch(server.url("feed")).status == 200
    with Gate(allow_net=["10.0.0.0/8", "::/0"]) as other, pytest.raises(outbound.RefusedAddress):
        other.fetch(server.url("feed"))


def test_an_operators_host_is_let_through(server: FeedServer) -> None:
    server.publish("feed", rss(some_items(1)))
    url = server.url("feed").replace("127.0.0.1", "localhost")
    with Gate(allow_hosts=["LocalHost"]) as gate:
        assert gate.fetch(url).status == 200


def test_an_unusual_port_is_refused_outside_an_opened_network() -> None:
    with Gate(limits=QUICK) as gate, pytest.raises(outbound.RefusedAddress):
        gate.fetch("http://8.8.8.8:25/")


def test_a_bad_network_is_named() -> None:
    with pytest.raises(InputError) as caught:
        Gate(allow_net=["10.0.0"])
    assert caught.value.field == "allow-net"


def test_an_operator_opens_hosts_and_networks_for_good(
    db: Database, consultant: Actor, server: FeedServer
) -> None:
    url = server.publish("feed", b"x")
    with outbound.open_gate(db) as closed, pytest.raises(outbound.RefusedAddress):
        closed.fetch(url)
    settings.put(db, consultant, outbound.NETWORKS_SETTING, "10.0.0.0/8, 127.0.0.0/8")
    settings.put(db, consultant, outbound.HOSTS_SETTING, "localhost intranet.example")
    settings.put(db, consultant, outbound.CONTACT_SETTING, "mailto:dienst@assistance.example")
    with outbound.open_gate(db) as opened:
        assert opened.fetch(url).status == 200
        assert opened.fetch(url.replace("127.0.0.1", "localhost")).status == 200
    assert "dienst@assistance.example" in server.requests[0].headers["user-agent"]


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("hostile/gzip-bomb", "too_large"),
        ("hostile/endless", "too_large"),
        ("hostile/thirty-megabytes", "too_large"),
        ("hostile/announced-thirty-megabytes", "too_large"),
        ("hostile/damaged-gzip", "bad_answer"),
        ("hostile/no-http", "bad_answer"),
        ("hostile/truncated", "connection"),
        ("hostile/hang-up", "connection"),
        ("hostile/redirect-loop", "too_many_redirects"),
        ("hostile/redirect-far", "too_many_redirects"),
        ("hostile/redirect-inward", "refused_address"),
        ("hostile/redirect-file", "bad_url"),
        ("hostile/redirect-away?http://10.0.0.1/", "refused_address"),
        ("hostile/drip-body", "timeout"),
        ("hostile/drip-headers", "timeout"),
        ("hostile/silent", "timeout"),
    ],
)
def test_each_misbehaviour_has_its_word_and_ends(
    server: FeedServer, gate: Gate, path: str, word: str
) -> None:
    began = time.monotonic()
    with pytest.raises(outbound.OutboundError) as caught:
        gate.fetch(server.url(path))
    assert caught.value.word == word
    assert str(caught.value)
    assert time.monotonic() - began < 5


def test_a_closed_port_is_a_connection_failure(gate: Gate) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(outbound.ConnectionFailed):
            gate.fetch(f"http://127.0.0.1:{port}/")


def test_a_name_that_does_not_exist_is_a_dns_failure() -> None:
    with Gate(limits=Limits(connect_seconds=20)) as gate, pytest.raises(outbound.UnknownHost):
        gate.fetch("http://gibt-es-nicht.invalid/")


def test_every_status_is_an_answer(server: FeedServer, gate: Gate) -> None:
    server.publish("gone", b"weg", status=410)
    answer = gate.fetch(server.url("gone"))
    assert (answer.status, answer.body) == (410, b"weg")


def test_redirects_are_followed_without_credentials(server: FeedServer, gate: Gate) -> None:
    with FeedServer() as other:
        other.publish("feed", b"hier")
        url = server.url(f"hostile/redirect-away?{other.url('feed')}")
        answer = gate.fetch(url, {"Authorization": "Bearer geheim", "If-None-Match": '"x"'})
        assert answer.body == b"hier"
        assert answer.url == other.url("feed")
        assert "authorization" not in other.requests[0].headers
        assert other.requests[0].headers["if-none-match"] == '"x"'
    assert server.requests[0].headers["authorization"] == "Bearer geheim"


def test_a_request_says_who_asks_and_brings_no_cookies(server: FeedServer) -> None:
    server.publish("feed", b"x", headers={"Set-Cookie": "spur=1"})
    with Gate(allow_net=[LOOPBACK], contact="dienst@assistance.example") as gate:
        gate.fetch(server.url("feed"))
        gate.fetch(server.url("feed"))
    for request in server.requests:
        assert request.headers["user-agent"].startswith("Krisenpult/")
        assert "dienst@assistance.example" in request.headers["user-agent"]
        assert "cookie" not in request.headers


def test_a_post_is_sent_once_and_not_redirected(server: FeedServer, gate: Gate) -> None:
    answer = gate.fetch(server.url("hostile/redirect-loop"), method="POST", body=b"{}")
    assert answer.status == 302
    assert len(server.requests) == 1


def test_threads_share_a_gate(server: FeedServer) -> None:
    server.publish("feed", b"x" * 1000)
    sizes: list[int] = []
    with Gate(allow_net=[LOOPBACK]) as gate:

        def ask() -> None:
            sizes.extend(len(gate.fetch(server.url("feed")).body) for _ in range(5))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sizes == [1000] * 40


def test_a_connection_closed_meanwhile_is_opened_again(server: FeedServer, gate: Gate) -> None:
    bodies = [gate.fetch(server.url("hostile/close-unannounced")).body for _ in range(20)]
    assert bodies == [str(number).encode() for number in range(1, 21)]


@pytest.fixture
def tls_port(tmp_path: Path) -> Iterator[int]:
    """A TLS server whose certificate nobody has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = Path(__file__).parent / "self_signed.pem"
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(5)

    def serve() -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    yield int(listener.getsockname()[1])
    listener.close()
    thread.join()


def test_a_certificate_that_proves_nothing_is_refused(gate: Gate, tls_port: int) -> None:
    with pytest.raises(outbound.TlsFailed) as caught:
        gate.fetch(f"https://127.0.0.1:{tls_port}/")
    assert caught.value.word == "tls"


def test_plain_http_behind_https_is_a_tls_failure(server: FeedServer, gate: Gate) -> None:
    with pytest.raises(outbound.TlsFailed):
        gate.fetch(server.url("feed").replace("http://", "https://"))


def test_a_check_refuses_what_a_request_would(gate: Gate) -> None:
    assert gate.check("http://127.0.0.1:9/x").port == 9
    with Gate(limits=QUICK) as closed, pytest.raises(outbound.RefusedAddress):
        closed.check("http://169.254.169.254/latest/")
