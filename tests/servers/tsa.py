"""A timestamp authority on 127.0.0.1 that speaks RFC 3161 over HTTP, honest and otherwise.

``with TimestampServer() as server:`` starts it. ``server.root_pem`` is what a client must
trust. ``server.behave`` names what it does wrong, see :data:`BEHAVIOURS`.
"""

from __future__ import annotations

import hashlib
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BEHAVIOURS = (
    "honest", "wrong_nonce", "no_nonce", "wrong_imprint", "sha1_imprint", "expired_certificate",
    "foreign_certificate", "no_purpose", "purpose_not_critical", "damaged_signature",
    "no_certificate", "rejection", "garbage", "empty", "http_error", "old_time", "silent",
)  # fmt: skip
_DAY = timedelta(days=1)


class Party:
    """A key with its certificate."""

    def __init__(
        self,
        name: str,
        issuer: Party | None = None,
        *,
        begins: timedelta = -10 * _DAY,
        ends: timedelta = 3650 * _DAY,
        purpose: bool = True,
        critical: bool = True,
    ) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins)
            .not_valid_after(now + ends)
            .add_extension(
                x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True
            )
        )
        if issuer is not None and purpose:
            builder = builder.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=critical
            )
        self.certificate = builder.sign((issuer or self).key, hashes.SHA256())

    @property
    def pem(self) -> str:
        """The certificate as text."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        """The certificate as bytes."""
        return self.certificate.public_bytes(Encoding.DER)


class Keys:
    """The parties of a test run; making keys takes a moment, so they are made once."""

    def __init__(self) -> None:
        self.root = Party("Zeitstempel Wurzel")
        self.other_root = Party("Fremde Wurzel")
        self.honest = Party("Zeitstempelstelle", self.root)
        self.expired = Party("Abgelaufen", self.root, begins=-20 * _DAY, ends=-10 * _DAY)
        self.foreign = Party("Fremd", self.other_root)
        self.no_purpose = Party("Ohne Zweck", self.root, purpose=False)
        self.not_critical = Party("Zweck nebenbei", self.root, critical=False)


class TimestampServer:
    """The authority; use it as a context manager."""

    def __init__(self, keys: Keys, behave: str = "honest") -> None:
        self.keys = keys
        self.behave = behave
        self.requests: list[bytes] = []
        self.stopping = threading.Event()
        handler = type("Handler", (_Handler,), {"authority": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/tsa"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> TimestampServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def root_pem(self) -> str:
        """The certificate that clients of this authority trust."""
        return self.keys.root.pem

    def answer(self, raw: bytes) -> bytes:
        """The answer to one request, with the fault that is set."""
        self.requests.append(raw)
        request = tsp.TimeStampReq.load(raw)
        if self.behave == "garbage":
            return b"\x30\x82\x01\x00<html>kein Zeitstempel</html>"
        if self.behave == "empty":
            return b""
        if self.behave == "rejection":
            refusal = tsp.PKIStatusInfo({"status": "rejection", "status_string": ["badAlg"]}).dump()
            return b"\x30" + bytes([len(refusal)]) + bytes(refusal)
        party = {
            "expired_certificate": self.keys.expired,
            "foreign_certificate": self.keys.foreign,
            "no_purpose": self.keys.no_purpose,
            "purpose_not_critical": self.keys.not_critical,
        }.get(self.behave, self.keys.honest)
        token = _token(self._info(request), party, self.behave)
        response = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})
        return bytes(response.dump())

    def _info(self, request: Any) -> Any:
        imprint = request["message_imprint"]
        if self.behave == "wrong_imprint":
            imprint = _imprint("sha256", hashlib.sha256(b"something else").digest())
        if self.behave == "sha1_imprint":
            imprint = _imprint("sha1", imprint["hashed_message"].native)
        when = datetime.now(UTC).replace(microsecond=0)
        fields: dict[str, Any] = {
            "version": "v1",
            "policy": "1.3.6.1.4.1.99999.1",
            "message_imprint": imprint,
            "serial_number": len(self.requests),
            "gen_time": core.GeneralizedTime(when - _DAY if self.behave == "old_time" else when),
            "nonce": request["nonce"].native + (self.behave == "wrong_nonce"),
        }
        if self.behave == "no_nonce":
            del fields["nonce"]
        return tsp.TSTInfo(fields)


def _imprint(algorithm: str, digest: bytes) -> Any:
    return tsp.MessageImprint(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": algorithm}),
            "hashed_message": digest,
        }
    )


def _token(info: Any, party: Party, behave: str) -> Any:
    """The signed token, a CMS SignedData over ``info``."""
    certificate = asn1_x509.Certificate.load(party.der)
    content = info.dump()
    signing = tsp.SigningCertificateV2(
        {"certs": [{"cert_hash": hashlib.sha256(party.der).digest()}]}
    )
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
            cms.CMSAttribute(
                {"type": "message_digest", "values": [hashlib.sha256(content).digest()]}
            ),
            cms.CMSAttribute({"type": "signing_certificate_v2", "values": [signing]}),
        ]
    )
    signature = party.key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256())
    if behave == "damaged_signature":
        signature = bytes([signature[0] ^ 1]) + signature[1:]
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {
                            "issuer": certificate.issuer,
                            "serial_number": certificate.serial_number,
                        }
                    )
                }
            ),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
            "signature": signature,
        }
    )
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": core.ParsableOctetString(content),
            },
            "certificates": [] if behave == "no_certificate" else [certificate],
            "signer_infos": [signer],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": signed})


class _Handler(BaseHTTPRequestHandler):
    authority: TimestampServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Keep the test output clean."""

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.authority.behave == "silent":
            self.authority.stopping.wait(30)
            self.close_connection = True
            return
        right = self.headers.get("Content-Type") == "application/timestamp-query"
        status = 200 if right and self.authority.behave != "http_error" else 500
        body = self.authority.answer(raw)
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
