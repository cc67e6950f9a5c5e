"""The one gate for every outbound request of the house.

Feeds, pages, web hooks and model servers are reached through :class:`Gate` and through
nothing else: a second way out would be the one that forgets a check. The gate

* takes http and https only, without credentials in the address;
* resolves the name itself, checks the addresses and connects to a checked one, for each
  redirect anew. A check before the connection would look at another answer of the name
  server than the connection does;
* caps the body after decompression and ends the whole exchange at its deadline by shutting
  the socket. A read timeout never ends an answer that drips byte by byte;
* carries no cookies, verifies TLS, and says who is asking.
"""

from __future__ import annotations

import ipaddress
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, ClassVar, Final
from urllib.parse import urljoin

from sqlite_utils import Database
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import DecodeError, HTTPError, LocationParseError, SSLError
from urllib3.exceptions import TimeoutError as LibraryTimeout
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

from access import settings
from access.errors import AccessError
from data import InputError
from data.i18n import N_

IPv4Network = ipaddress.IPv4Network
IPv6Network = ipaddress.IPv6Network
Network = IPv4Network | IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PRODUCT: Final = "Krisenpult/0.1"
CONTACT_VARIABLE: Final = "KRISENPULT_CONTACT"
HOSTS_SETTING: Final = "outbound.allow_hosts"
NETWORKS_SETTING: Final = "outbound.allow_net"
CONTACT_SETTING: Final = "outbound.contact"
MAX_URL: Final = 2048
_READ_BYTES: Final = 65536
_IDLE_PER_HOST: Final = 2
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_PORTS: Final = {"http": 80, "https": 443}
# Headers that must not follow a redirect to another host.
_PRIVATE_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


class OutboundError(AccessError):
    """A request that was refused or failed. ``word`` is stable and machine-readable."""

    word: ClassVar[str] = "connection"


@dataclass(eq=False)
class BadUrl(OutboundError):
    """An address that is no plain http(s) URL."""

    url: str
    word: ClassVar[str] = "bad_url"
    german: ClassVar[str] = N_(
        "„{url}“ ist keine abrufbare Adresse. Bitte eine vollständige Adresse mit http:// oder "
        "https:// und ohne Zugangsdaten angeben."
    )


@dataclass(eq=False)
class RefusedAddress(OutboundError):
    """A host inside the house or in a special range, or an unusual port."""

    host: str
    word: ClassVar[str] = "refused_address"
    german: ClassVar[str] = N_(
        "„{host}“ führt zu einer internen oder gesperrten Adresse und wurde nicht abgerufen. "
        "Interne Netze müssen ausdrücklich freigegeben werden."
    )


@dataclass(eq=False)
class UnknownHost(OutboundError):
    """A name that no name server resolves."""

    host: str
    word: ClassVar[str] = "dns"
    german: ClassVar[str] = N_("Der Name „{host}“ ist nicht auffindbar. Bitte die Adresse prüfen.")


@dataclass(eq=False)
class ConnectionFailed(OutboundError):
    """No connection, or one that broke."""

    host: str
    reason: str
    word: ClassVar[str] = "connection"
    german: ClassVar[str] = N_("Keine Verbindung zu „{host}“. Bitte später noch einmal versuchen.")


@dataclass(eq=False)
class TlsFailed(OutboundError):
    """The other side could not prove who it is."""

    host: str
    reason: str
    word: ClassVar[str] = "tls"
    german: ClassVar[str] = N_(
        "Das Zertifikat von „{host}“ ist ungültig; es wurde nichts übertragen."
    )


@dataclass(eq=False)
class TimedOut(OutboundError):
    """The exchange did not end in time."""

    host: str
    seconds: float
    word: ClassVar[str] = "timeout"
    german: ClassVar[str] = N_("„{host}“ hat nicht rechtzeitig geantwortet.")


@dataclass(eq=False)
class TooLarge(OutboundError):
    """An answer beyond the cap, counted after decompression."""

    host: str
    limit: int
    word: ClassVar[str] = "too_large"
    german: ClassVar[str] = N_("Die Antwort von „{host}“ ist größer als erlaubt.")


@dataclass(eq=False)
class TooManyRedirects(OutboundError):
    """A chain of redirects that is too long or goes in circles."""

    url: str
    word: ClassVar[str] = "too_many_redirects"
    german: ClassVar[str] = N_("„{url}“ leitet im Kreis oder zu oft weiter.")


@dataclass(eq=False)
class BadAnswer(OutboundError):
    """An answer that is no HTTP or whose compression is damaged."""

    host: str
    reason: str
    word: ClassVar[str] = "bad_answer"
    german: ClassVar[str] = N_("Die Antwort von „{host}“ ist beschädigt.")


@dataclass(frozen=True)
class Limits:
    """What one exchange may cost, redirects included. Seconds and bytes."""

    body_bytes: int = 10_000_000
    connect_seconds: float = 8.0
    header_seconds: float = 12.0
    total_seconds: float = 25.0
    redirects: int = 5


@dataclass(frozen=True)
class Answer:
    """What came back. ``headers`` has lower-case names, ``body`` is decompressed."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


_REFUSED_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",
    )
)  # fmt: skip
# 168.63.129.16 is a cloud's metadata server on a public address.

_GLOBAL_V6: Final = IPv6Network("2000::/3")
_REFUSED_V6: Final = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20", "2620:4f:8000::/48")
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")
_ISATAP: Final = (0x00005EFE, 0x02005EFE)


def embedded_addresses(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address carries, in whichever way it carries them."""
    low = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    found: list[ipaddress.IPv4Address] = []
    if address.ipv4_mapped is not None:
        found.append(address.ipv4_mapped)
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address.teredo is not None:
        found.extend(address.teredo)
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 0xFFFF):
        found.append(low)
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        found.append(low)
    return found


def is_public(address: Address) -> bool:
    """Whether ``address`` is an ordinary address of the public internet.

    An IPv6 address that carries IPv4 addresses is judged by those too.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    carried = embedded_addresses(address)
    if not all(is_public(inner) for inner in carried):
        return False
    if address in _NAT64 or address.teredo is not None or address.ipv4_mapped is not None:
        return True
    return address in _GLOBAL_V6 and not any(address in network for network in _REFUSED_V6)


def read_network(text: str) -> Network:
    """A network such as ``10.1.0.0/16``; one address is a network of one.

    Raises InputError where ``text`` is neither.
    """
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise InputError("allow-net", "takes a network such as 10.1.0.0/16") from None


def _is_opened(address: Address, networks: Sequence[Network]) -> bool:
    """Whether ``address``, or the one IPv4 address mapped into it, is in an opened network."""
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain.version == network.version and plain in network for network in networks)


@dataclass(frozen=True)
class Target:
    """A URL taken apart once; the check and the connection use the same parts."""

    scheme: str
    host: str
    port: int
    path: str
    url: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        return (self.scheme, self.host, self.port)


def read_url(url: str) -> Target:
    """The parts of ``url``. Raises :class:`BadUrl` unless it is a plain http(s) URL."""
    shown = url[:200]
    if len(url) > MAX_URL or any(char <= " " or char in "\\\x7f" for char in url):
        raise BadUrl(shown)
    try:
        parts = parse_url(url)
    except LocationParseError:
        raise BadUrl(shown) from None
    scheme = (parts.scheme or "").lower()
    host = (parts.host or "").strip("[]").lower()
    if scheme not in _PORTS or not host or parts.auth is not None or "%" in host:
        raise BadUrl(shown)
    port = parts.port if parts.port is not None else _PORTS[scheme]
    if not 0 < port < 65536:
        raise BadUrl(shown)
    path = parts.path or "/"
    if parts.query is not None:
        path += f"?{parts.query}"
    return Target(scheme, host, port, path, parts._replace(fragment=None).url)


class _Exchange:
    """One request and its answer: the socket in use and the time it has."""

    def __init__(self, host: str, limits: Limits) -> None:
        self.host = host
        self.limits = limits
        self.started = time.monotonic()
        self.expired = False
        self._lifeline: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def remaining(self) -> float:
        """Seconds until the deadline; raises :class:`TimedOut` after it."""
        left = self.started + self.limits.total_seconds - time.monotonic()
        if left <= 0 or self.expired:
            raise TimedOut(self.host, self.limits.total_seconds)
        return left

    def arm(self, seconds: float) -> None:
        """Shut the socket in ``seconds``, or at the deadline where that comes first."""
        self.disarm()
        self._timer = threading.Timer(min(seconds, self.remaining()), self.expire)
        self._timer.daemon = True
        self._timer.start()

    def disarm(self) -> None:
        """Stop the clock."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def hold(self, lifeline: socket.socket) -> None:
        """Watch over the connection of ``lifeline`` from now on."""
        with self._lock:
            self._lifeline = lifeline
            if self.expired:
                _shut(lifeline)

    def let_go(self) -> None:
        """The connection is no longer this exchange's."""
        with self._lock:
            self._lifeline = None

    def expire(self) -> None:
        """End it now."""
        with self._lock:
            self.expired = True
            if self._lifeline is not None:
                _shut(self._lifeline)


def _shut(lifeline: socket.socket) -> None:
    """End the connection under whatever reads from it right now."""
    try:
        lifeline.shutdown(socket.SHUT_RDWR)
    except OSError:
        # Already closed by the other side: that is what was wanted.
        return


class _Lifeline:
    """A second handle on a connection's socket.

    TLS wraps the socket and detaches the first handle, a connection without keep-alive lets
    go of it before the body is read, and a reader may sit in it. This one stays valid until
    :meth:`drop` and ends the connection from outside.
    """

    lifeline: socket.socket | None = None

    def keep(self, sock: socket.socket) -> None:
        """Take a second handle on ``sock``."""
        self.drop()
        self.lifeline = sock.dup()

    def drop(self) -> None:
        """Close the second handle."""
        if self.lifeline is not None:
            self.lifeline.close()
            self.lifeline = None


class _PlainConnection(HTTPConnection, _Lifeline):
    """A connection that takes the gate's checked socket."""

    open_socket: Callable[[_Lifeline], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.open_socket(self)


class _TlsConnection(HTTPSConnection, _Lifeline):
    """The same over TLS; the name is verified, the address is the checked one."""

    open_socket: Callable[[_Lifeline], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.open_socket(self)


_Connection = _PlainConnection | _TlsConnection


def _discard(connection: _Connection) -> None:
    """Close the connection and its second handle."""
    connection.close()
    connection.drop()


def user_agent(contact: str | None = None) -> str:
    """Who is asking. ``contact`` (an address or a page) tells a webmaster whom to write to."""
    reachable = contact or os.environ.get(CONTACT_VARIABLE)
    return f"{PRODUCT} (feed reader; +{reachable})" if reachable else f"{PRODUCT} (feed reader)"


@dataclass
class Gate:
    """Sends requests for as long as it is open; threads may share it.

    ``allow_net``: networks opened for this run (then on every port); ``allow_hosts``: names
    the operator trusts wherever they point; ``contact``: see :func:`user_agent`.
    """

    allow_net: Sequence[str] = ()
    allow_hosts: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    contact: str | None = None

    def __post_init__(self) -> None:
        self._networks = tuple(read_network(text) for text in self.allow_net)
        self._hosts = frozenset(name.strip().lower() for name in self.allow_hosts)
        self._agent = user_agent(self.contact)
        self._idle: dict[tuple[str, str, int], list[_Connection]] = {}
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None
        self._running: set[_Exchange] = set()
        self._aborted = False

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that were kept for the next request."""
        with self._lock:
            kept = [connection for each in self._idle.values() for connection in each]
            self._idle.clear()
        for connection in kept:
            _discard(connection)

    def abort(self) -> None:
        """End what is under way and refuse what comes: each request raises TimedOut."""
        with self._lock:
            self._aborted = True
            running = list(self._running)
        for exchange in running:
            exchange.expire()

    def fetch(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        body: bytes | None = None,
        limits: Limits | None = None,
    ) -> Answer:
        """Send one request, follow its redirects (GET and HEAD only), return the answer.

        Every status is an answer. Raises an :class:`OutboundError` where there is none.
        """
        target = read_url(url)
        exchange = _Exchange(target.host, limits or self.limits)
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        with self._lock:
            self._running.add(exchange)
            exchange.expired = self._aborted
        try:
            return self._follow(url, target, exchange, method, sent, body)
        finally:
            with self._lock:
                self._running.discard(exchange)

    def _follow(
        self,
        url: str,
        target: Target,
        exchange: _Exchange,
        method: str,
        sent: dict[str, str],
        body: bytes | None,
    ) -> Answer:
        """The request and its redirects, each hop checked anew."""
        seen = {target.url}
        while True:
            status, received, content = self._exchange(target, exchange, method, sent, body)
            location = received.get("location")
            if status not in _REDIRECTS or not location or method not in ("GET", "HEAD"):
                seconds = time.monotonic() - exchange.started
                return Answer(target.url, status, received, content, seconds)
            following = read_url(urljoin(target.url, location.strip()))
            if following.url in seen or len(seen) > exchange.limits.redirects:
                raise TooManyRedirects(url[:200])
            seen.add(following.url)
            if following.origin != target.origin:
                sent = {name: value for name, value in sent.items() if name not in _PRIVATE_HEADERS}
            target = following
            exchange.host = target.host

    def check(self, url: str) -> Target:
        """Whether a request to ``url`` would leave the gate now, for senders that connect
        themselves; it does not bind what they connect to.

        Raises BadUrl, UnknownHost, RefusedAddress or TimedOut.
        """
        target = read_url(url)
        self.addresses(target.host, target.port, self.limits.connect_seconds)
        return target

    def _exchange(
        self,
        target: Target,
        exchange: _Exchange,
        method: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> tuple[int, dict[str, str], bytes]:
        """One request and its answer, without redirects.

        A kept connection may have been closed by the other side in this very moment; then
        the request goes once more over a new one, unless it carries a body.
        """
        kept = self._kept_connection(target, exchange)
        if kept is not None:
            try:
                return self._converse(kept, target, exchange, method, headers, body)
            except ConnectionFailed:
                if body is not None:
                    raise
        fresh = self._new_connection(target, exchange)
        return self._converse(fresh, target, exchange, method, headers, body)

    def _converse(
        self,
        connection: _Connection,
        target: Target,
        exchange: _Exchange,
        method: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> tuple[int, dict[str, str], bytes]:
        """One request and its answer over ``connection``."""
        keep = False
        response: BaseHTTPResponse | None = None
        try:
            exchange.arm(exchange.limits.header_seconds)
            response = self._send(connection, target, method, headers, body)
            exchange.arm(exchange.limits.total_seconds)
            received = {name.lower(): value for name, value in response.headers.items()}
            content = _read_body(response, exchange, target.host)
            keep = _may_keep(response, received)
            return response.status, received, content
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise self._explained(error, exchange, target.host) from error
        finally:
            exchange.disarm()
            exchange.let_go()
            if response is not None:
                response.close()
            if keep and not exchange.expired:
                self._put_back(target, connection)
            else:
                _discard(connection)

    def _send(
        self,
        connection: _Connection,
        target: Target,
        method: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> BaseHTTPResponse:
        said = {"accept-encoding": "gzip, deflate", "user-agent": self._agent, **headers}
        connection.request(
            method, target.path, body=body, headers=said, preload_content=False, decode_content=True
        )
        return connection.getresponse()

    def _explained(self, error: Exception, exchange: _Exchange, host: str) -> OutboundError:
        """The gate's word for what the libraries below raised."""
        reason = f"{type(error).__name__}: {error}"[:300]
        if exchange.expired or isinstance(error, (TimeoutError, LibraryTimeout)):
            return TimedOut(host, exchange.limits.total_seconds)
        if isinstance(error, DecodeError):
            return BadAnswer(host, reason)
        if isinstance(error, (ssl.SSLError, SSLError)):
            return TlsFailed(host, reason)
        if isinstance(error, (HTTPException, ValueError)) and not isinstance(error, OSError):
            return BadAnswer(host, reason)
        return ConnectionFailed(host, reason)

    def _kept_connection(self, target: Target, exchange: _Exchange) -> _Connection | None:
        """An open connection to the same origin from an earlier request."""
        with self._lock:
            kept = self._idle.get(target.origin, [])
            while kept:
                connection = kept.pop()
                if connection.is_connected and connection.lifeline is not None:
                    exchange.hold(connection.lifeline)
                    connection.timeout = exchange.remaining()
                    return connection
                _discard(connection)
        return None

    def _new_connection(self, target: Target, exchange: _Exchange) -> _Connection:
        """A connection that opens with the request, to a checked address."""
        timeout = exchange.remaining()
        new: _Connection
        if target.scheme == "https":
            new = _TlsConnection(
                target.host, target.port, timeout=timeout, ssl_context=self._tls_context()
            )
        else:
            new = _PlainConnection(target.host, target.port, timeout=timeout)
        new.open_socket = lambda connection: self._open(connection, target, exchange)
        return new

    def _put_back(self, target: Target, connection: _Connection) -> None:
        with self._lock:
            kept = self._idle.setdefault(target.origin, [])
            if len(kept) < _IDLE_PER_HOST:
                kept.append(connection)
                return
        _discard(connection)

    def _tls_context(self) -> ssl.SSLContext:
        with self._lock:
            if self._tls is None:
                self._tls = ssl.create_default_context()
            return self._tls

    def _open(self, connection: _Lifeline, target: Target, exchange: _Exchange) -> socket.socket:
        """A socket to a checked address of the target's host."""
        patience = min(exchange.limits.connect_seconds, exchange.remaining())
        failure: OSError | None = None
        for family, address in self.addresses(target.host, target.port, patience):
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.settimeout(min(exchange.limits.connect_seconds, exchange.remaining()))
            try:
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                sock.close()
                failure = error
                continue
            sock.settimeout(exchange.remaining())
            connection.keep(sock)
            if connection.lifeline is not None:
                exchange.hold(connection.lifeline)
            return sock
        raise failure or UnknownHost(target.host)

    def addresses(
        self, host: str, port: int, seconds: float
    ) -> list[tuple[socket.AddressFamily, Any]]:
        """The socket addresses of ``host`` that may be connected to.

        Raises UnknownHost where there is none at all, RefusedAddress where none may be used.
        """
        resolved = _resolve(host, port, seconds)
        if host in self._hosts:
            return resolved
        allowed = []
        for family, address in resolved:
            ip = ipaddress.ip_address(str(address[0]).partition("%")[0])
            usual = port in _PORTS.values() and is_public(ip)
            if usual or _is_opened(ip, self._networks):
                allowed.append((family, address))
        if not allowed:
            raise RefusedAddress(host)
        return allowed


def open_gate(db: Database, allow_net: Sequence[str] = (), limits: Limits | None = None) -> Gate:
    """A gate with what the operator of this installation has set.

    Settings: hosts and networks that are opened (separated by spaces or commas), and the
    contact that requests carry. ``allow_net`` comes on top for this run.
    """
    listed = {
        key: (settings.get(db, key) or "").replace(",", " ").split()
        for key in (HOSTS_SETTING, NETWORKS_SETTING)
    }
    return Gate(
        allow_net=[*allow_net, *listed[NETWORKS_SETTING]],
        allow_hosts=listed[HOSTS_SETTING],
        limits=limits or Limits(),
        contact=settings.get(db, CONTACT_SETTING),
    )


def _may_keep(response: BaseHTTPResponse, headers: Mapping[str, str]) -> bool:
    """Whether the connection may serve another request."""
    return response.version == 11 and "close" not in headers.get("connection", "").lower()


def _read_body(response: BaseHTTPResponse, exchange: _Exchange, host: str) -> bytes:
    """The decompressed body, up to the cap. Raises TooLarge or TimedOut."""
    limit = exchange.limits.body_bytes
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and len(announced) < 20 and int(announced) > limit:
        raise TooLarge(host, limit)
    pieces: list[bytes] = []
    size = 0
    while True:
        piece = response.read(_READ_BYTES, decode_content=True)
        if not piece:
            break
        size += len(piece)
        if size > limit:
            raise TooLarge(host, limit)
        pieces.append(piece)
    # A shut socket looks like the regular end of a body without an announced length.
    if exchange.expired:
        raise TimedOut(host, exchange.limits.total_seconds)
    return b"".join(pieces)


def _resolve(host: str, port: int, seconds: float) -> list[tuple[socket.AddressFamily, Any]]:
    """Ask the name server, for no longer than ``seconds``.

    The system's resolver knows no deadline, so it works in a thread of its own that is left
    behind when it takes too long.
    """
    answers: queue.SimpleQueue[list[tuple[socket.AddressFamily, Any]] | OSError | UnicodeError]
    answers = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answers.put(error)
            return
        answers.put([(family, address) for family, _, _, _, address in found])

    if _is_literal(host):
        ask()
    else:
        threading.Thread(target=ask, daemon=True, name="resolve").start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimedOut(host, seconds) from None
    if isinstance(answer, (OSError, UnicodeError)) or not answer:
        raise UnknownHost(host)
    return answer


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
