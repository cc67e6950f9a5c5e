"""A gate that writes down what it went through: every hop, and what the TLS side showed."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from urllib3.response import BaseHTTPResponse

from access.outbound import Gate, Target, _Connection, _Exchange


@dataclass(frozen=True)
class Hop:
    """One answer on the way. ``tls`` is empty for plain http; names of headers are lower-case."""

    url: str
    status: int
    headers: Mapping[str, str]
    tls: Mapping[str, str]


@dataclass
class RecordingGate(Gate):
    """The one gate with a memory, for one exchange at a time; ``hops`` is in order."""

    hops: list[Hop] = field(default_factory=list)
    _shown: dict[str, str] = field(default_factory=dict)

    def _send(
        self,
        connection: _Connection,
        target: Target,
        method: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> BaseHTTPResponse:
        # A connection lets go of its socket with the answer; what TLS showed is read before.
        if connection.sock is None:
            connection.connect()
        self._shown = _tls(connection.sock)
        return super()._send(connection, target, method, headers, body)

    def _exchange(
        self,
        target: Target,
        exchange: _Exchange,
        method: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> tuple[int, dict[str, str], bytes]:
        status, received, content = super()._exchange(target, exchange, method, headers, body)
        self.hops.append(Hop(target.url, status, received, self._shown))
        return status, received, content


def recording(gate: Gate) -> RecordingGate:
    """A recording gate with the rules of ``gate``."""
    return RecordingGate(
        allow_net=gate.allow_net,
        allow_hosts=gate.allow_hosts,
        limits=gate.limits,
        contact=gate.contact,
    )


def _tls(sock: object) -> dict[str, str]:
    """Protocol, cipher and the certificate of the other side; empty without TLS."""
    if not isinstance(sock, ssl.SSLSocket):
        return {}
    cipher = sock.cipher()
    certificate: dict[str, Any] = dict(sock.getpeercert() or {})
    shown = {
        "version": sock.version() or "",
        "cipher": cipher[0] if cipher else "",
        "certificate_sha256": hashlib.sha256(sock.getpeercert(binary_form=True) or b"").hexdigest(),
        "valid_from": str(certificate.get("notBefore", "")),
        "valid_until": str(certificate.get("notAfter", "")),
        "serial": str(certificate.get("serialNumber", "")),
    }
    for side in ("subject", "issuer"):
        parts = [pair for group in certificate.get(side, ()) for pair in group]
        shown[side] = ", ".join(f"{name}={value}" for name, value in parts)
    return shown
