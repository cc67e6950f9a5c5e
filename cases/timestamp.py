"""Trusted timestamps (qualifizierter oder vertrauenswürdiger Zeitstempel), RFC 3161.

Somebody outside the house signs that this SHA-256 existed at this time. The hash leaves the
house, the evidence does not. An answer counts only where everything in it fits: status,
hash, nonce, signature, the chain up to the configured root at the time it names, the purpose
timeStamping, and a time that agrees with our own clock.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from sqlite_utils import Database

from access import settings
from access.actor import Actor
from access.outbound import Gate, Limits, read_url
from cases.errors import BadRootCertificate, NoTimestampAuthority, TimestampRefused
from data import now
from data.i18n import _

AUTHORITY_SETTING: Final = "timestamp_authority"
ROOT_SETTING: Final = "timestamp_root"
TOLERANCE: Final = timedelta(minutes=5)
_SHA256: Final = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_QUERY: Final = "application/timestamp-query"
_REPLY: Final = "application/timestamp-reply"
_LIMITS: Final = Limits(body_bytes=200_000, total_seconds=15.0, redirects=0)
_GRANTED: Final = 0
_ONE_CERTIFICATE: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)


@dataclass(frozen=True)
class Authority:
    """Who is asked, and the root certificates (PEM) that its signature must lead to."""

    url: str
    root_pem: str


@dataclass(frozen=True)
class Token:
    """A verified answer: its bytes as they came, and the time it attests (UTC)."""

    authority: str
    nonce: int
    response: bytes
    root_pem: str
    attested_at: datetime


def configured(db: Database) -> Authority | None:
    """The authority of this installation, or None where it has none."""
    url = settings.get(db, AUTHORITY_SETTING)
    root = settings.get(db, ROOT_SETTING)
    return Authority(url, root) if url and root else None


def configure(db: Database, actor: Actor, url: str, root_pem: str) -> None:
    """Set the authority. Raises BadUrl or BadRootCertificate; an empty address switches it off."""
    if url.strip():
        read_url(url.strip())
        read_roots(root_pem)
    settings.put(db, actor, AUTHORITY_SETTING, url.strip())
    settings.put(db, actor, ROOT_SETTING, root_pem.strip())


def read_roots(pem: str) -> Sequence[x509.Certificate]:
    """The certificates in ``pem``, at least one. Raises BadRootCertificate."""
    blocks = _ONE_CERTIFICATE.findall(pem)
    try:
        roots = [x509.load_pem_x509_certificate(each.encode()) for each in blocks]
    except ValueError:
        raise BadRootCertificate from None
    if not roots:
        raise BadRootCertificate
    return roots


def obtain(gate: Gate, authority: Authority | None, data: bytes) -> Token:
    """Have the SHA-256 of ``data`` stamped.

    Raises NoTimestampAuthority, TimestampRefused, or an OutboundError of the gate.
    """
    if authority is None:
        raise NoTimestampAuthority
    request = (
        TimestampRequestBuilder()
        .data(data)
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    nonce = request.nonce
    if nonce is None:
        raise TimestampRefused("nonce", _("Die Anfrage trägt keine Zufallszahl."))
    before = now()
    answer = gate.fetch(
        authority.url,
        {"content-type": _QUERY, "accept": _REPLY},
        method="POST",
        body=request.as_bytes(),
        limits=_LIMITS,
    )
    if answer.status != 200:
        raise TimestampRefused(
            "http", _("Die Stelle antwortet mit HTTP {status}.").format(status=answer.status)
        )
    digest = request.message_imprint.message
    attested = verify(answer.body, digest, nonce, authority.root_pem)
    if not before - TOLERANCE <= attested <= now() + TOLERANCE:
        raise TimestampRefused(
            "time", _("Die bestätigte Zeit weicht um mehr als fünf Minuten von unserer ab.")
        )
    return Token(authority.url, nonce, answer.body, authority.root_pem, attested)


def verify(response: bytes, sha256: bytes, nonce: int, root_pem: str) -> datetime:
    """The time (UTC) that ``response`` attests for ``sha256``. Raises TimestampRefused."""
    roots = read_roots(root_pem)
    decoded = _decoded(response)
    imprint = decoded.tst_info.message_imprint
    if imprint.hash_algorithm != _SHA256 or imprint.message != sha256:
        raise TimestampRefused("imprint", _("Er gilt einer anderen Prüfsumme."))
    if decoded.tst_info.nonce != nonce:
        raise TimestampRefused("nonce", _("Er beantwortet eine andere Anfrage."))
    builder = VerifierBuilder(nonce=nonce, roots=list(roots))
    try:
        builder.build().verify(decoded, sha256)
    except (VerificationError, ValueError) as error:
        raise TimestampRefused(
            "signature",
            _(
                "Die Unterschrift führt nicht zum eingerichteten Wurzelzertifikat, oder ihr "
                "Zertifikat gilt nicht für Zeitstempel."
            ),
        ) from error
    return decoded.tst_info.gen_time.astimezone(UTC)


def _decoded(response: bytes) -> TimeStampResponse:
    """The answer taken apart, with a token in it. Raises TimestampRefused."""
    try:
        decoded = decode_timestamp_response(response)
        status = decoded.status
        if status == _GRANTED:
            # Read here, because a damaged token shows only when it is read.
            decoded.tst_info.message_imprint  # noqa: B018
    except ValueError as error:
        raise TimestampRefused(
            "unreadable", _("Die Antwort ist keine Zeitstempel-Antwort.")
        ) from error
    if status != _GRANTED:
        said = "; ".join(decoded.status_string)[:120]
        raise TimestampRefused(
            "status", _("Die Stelle hat abgelehnt ({detail}).").format(detail=said or status)
        )
    return decoded
