"""The proxy for the browser: the same rule as the gate, for every target, and limits."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Iterator

import pytest

from access.outbound import Gate
from access.proxy import USER, GateProxy, ProxyLimits
from tests.servers.pages import SITE_ADDRESS, SITE_NETWORK, Canary, Site


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as running:
        yield running


@pytest.fixture
def proxy() -> Iterator[GateProxy]:
    with GateProxy(Gate(allow_net=[SITE_NETWORK])) as running:
        yield running


def credentials(proxy: GateProxy, password: str | None = None) -> str:
    pair = f"{USER}:{password or proxy.password}".encode()
    return f"Proxy-Authorization: Basic {base64.b64encode(pair).decode()}\r\n"


def connect(proxy: GateProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=10)


def everything(sock: socket.socket) -> bytes:
    received = b""
    try:
        while piece := sock.recv(65536):
            received += piece
    except ConnectionResetError:
        return received
    return received


def ask(proxy: GateProxy, line: str, fields: str | None = None) -> bytes:
    """One request through the proxy; what came back until it hung up."""
    sent = credentials(proxy) if fields is None else fields
    with connect(proxy) as sock:
        sock.sendall(f"{line} HTTP/1.1\r\nHost: x\r\n{sent}\r\n".encode())
        return everything(sock)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_a_plain_request_reaches_its_server_without_what_is_between_browser_and_proxy(
    proxy: GateProxy, site: Site
) -> None:
    url = site.page("post", "<p>Grüß Gott</p>")
    answer = ask(proxy, f"GET {url}?a=1")
    assert status(answer) == 200
    assert "Grüß Gott".encode() in answer
    [request] = site.requests
    assert "proxy-authorization" not in request.headers
    assert request.headers["connection"] == "close"


def test_a_tunnel_carries_bytes_both_ways(proxy: GateProxy, site: Site) -> None:
    site.page("post", "durch den Tunnel")
    with connect(proxy) as sock:
        target = f"{SITE_ADDRESS}:{site.port}"
        sock.sendall(f"CONNECT {target} HTTP/1.1\r\n{credentials(proxy)}\r\n".encode())
        assert b" 200 " in sock.recv(1000)
        sock.sendall(b"GET /post HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"durch den Tunnel" in everything(sock)


@pytest.mark.parametrize("fields", ["", "Proxy-Authorization: Basic eDp5\r\n", "wrong password"])
def test_without_the_password_of_this_run_nothing_goes_out(
    proxy: GateProxy, site: Site, fields: str
) -> None:
    url = site.page("post", "x")
    sent = credentials(proxy, "other") if fields == "wrong password" else fields
    answer = ask(proxy, f"GET {url}", sent)
    assert status(answer) == 407
    assert b"Proxy-Authenticate: Basic" in answer
    assert site.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433"])
@pytest.mark.parametrize("way", ["plain", "tunnel"])
def test_inside_is_refused_however_it_is_written(
    proxy: GateProxy, canary: Canary, host: str, way: str
) -> None:
    target = f"{host}:{canary.port}"
    line = f"GET http://{target}/" if way == "plain" else f"CONNECT {target}"
    assert status(ask(proxy, line)) in (403, 502)
    assert canary.reached == []
    assert len(proxy.refused) == 1
    assert host in proxy.refused[0]


@pytest.mark.parametrize(
    "line",
    [
        "GET http://169.254.169.254/latest/meta-data/",
        "CONNECT 169.254.169.254:443",
        "CONNECT 10.0.0.1:443",
        "CONNECT 8.8.8.8:25",
        "GET file:///etc/passwd",
        "GET https://127.0.0.2/",
        "GET ftp://blatt.example/",
        "CONNECT user:secret@blatt.example:443",
        "CONNECT blatt.example:99999",
        "CONNECT ",
    ],
)
def test_special_ranges_odd_ports_and_odd_schemes_are_refused(proxy: GateProxy, line: str) -> None:
    assert status(ask(proxy, line)) in (400, 403)


@pytest.mark.parametrize("raw", [b"\r\n\r\n", b"GET\r\n\r\n", b"a b c d\r\n\r\n"])
def test_what_is_no_request_is_refused(proxy: GateProxy, raw: bytes) -> None:
    with connect(proxy) as sock:
        sock.sendall(raw)
        assert status(everything(sock)) == 400


def test_a_head_without_end_is_given_up(proxy: GateProxy) -> None:
    with connect(proxy) as sock:
        sock.sendall(b"GET http://x/ HTTP/1.1\r\n" + b"X: " + b"y" * 200_000)
        assert everything(sock) == b""


def test_a_silenced_name_is_not_connected_to_and_not_held_against_the_page(site: Site) -> None:
    site.page("post", "x")
    silenced = frozenset({SITE_ADDRESS})
    with GateProxy(Gate(allow_net=[SITE_NETWORK]), silenced=silenced) as proxy:
        assert status(ask(proxy, f"GET {site.url('post')}")) == 403
        assert proxy.refused == []
    assert site.requests == []


def test_a_server_that_is_not_there_is_said_to_be_missing(proxy: GateProxy, site: Site) -> None:
    with socket.create_server((SITE_ADDRESS, 0)) as free:
        port = free.getsockname()[1]
    assert status(ask(proxy, f"GET http://{SITE_ADDRESS}:{port}/")) == 502


def test_no_more_bytes_than_the_run_may_cost(site: Site) -> None:
    url = site.page("long", "x" * 400_000)
    limits = ProxyLimits(total_bytes=100_000)
    with GateProxy(Gate(allow_net=[SITE_NETWORK]), limits) as proxy:
        assert len(ask(proxy, f"GET {url}")) <= 100_000
        assert len(ask(proxy, f"GET {url}")) == 0


def test_no_longer_than_the_run_may_take(site: Site) -> None:
    limits = ProxyLimits(total_seconds=0.5)
    with GateProxy(Gate(allow_net=[SITE_NETWORK]), limits) as proxy:
        began = time.monotonic()
        answer = ask(proxy, f"GET {site.url('hostile/drip-body')}")
        assert time.monotonic() - began < 3
        assert b"</rss>" not in answer
        assert status(ask(proxy, f"GET {site.url('hostile/drip-body')}")) == 504


def test_no_more_connections_than_the_run_may_have(site: Site) -> None:
    url = site.page("post", "x")
    limits = ProxyLimits(connections=2)
    with GateProxy(Gate(allow_net=[SITE_NETWORK]), limits) as proxy:
        answers = [ask(proxy, f"GET {url}") for _each in range(3)]
    assert [bool(answer) for answer in answers] == [True, True, False]


def test_the_end_of_the_run_ends_every_connection(site: Site) -> None:
    site.page("post", "x")
    with GateProxy(Gate(allow_net=[SITE_NETWORK])) as proxy:
        sock = connect(proxy)
        target = f"{SITE_ADDRESS}:{site.port}"
        sock.sendall(f"CONNECT {target} HTTP/1.1\r\n{credentials(proxy)}\r\n".encode())
        assert b" 200 " in sock.recv(1000)
        port = proxy.port
    assert everything(sock) == b""
    sock.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_only_this_machine_can_reach_it(proxy: GateProxy) -> None:
    assert proxy._listener.getsockname()[0] == "127.0.0.1"
