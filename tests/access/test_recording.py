"""The gate with a memory: every hop, and what TLS showed."""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from access import outbound
from access.outbound import Gate
from access.recording import recording
from tests.servers.pages import SITE_NETWORK, Site


class _Greeting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hallo")

    def log_message(self, *_: object) -> None:
        """Keep the test output clean."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and its certificate for localhost, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "localhost.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + signed.public_bytes(Encoding.PEM)
    )
    return file


@pytest.fixture
def secure_url(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = HTTPServer(("127.0.0.1", 0), _Greeting)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"https://localhost:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_hop_is_kept_in_order() -> None:
    recorder = recording(Gate(allow_net=[SITE_NETWORK]))
    with Site() as site, recorder:
        end = site.page("ende", "<p>x")
        start = site.redirect("anfang", end)
        recorder.fetch(start)
        kept = recorder.hops
        assert [(hop.url, hop.status, hop.headers.get("location")) for hop in kept] == [
            (start, 302, end), (end, 200, None),
        ]  # fmt: skip
        assert {str(hop.tls) for hop in kept} == {"{}"}


def test_what_tls_showed_is_kept(secure_url: str, certificate: Path) -> None:
    recorder = recording(Gate(allow_net=["127.0.0.1"], allow_hosts=["localhost"]))
    recorder._tls = ssl.create_default_context(cafile=str(certificate))
    with recorder:
        assert recorder.fetch(secure_url).body == b"hallo"
    [hop] = recorder.hops
    shown = x509.load_pem_x509_certificate(
        certificate.read_bytes().split(b"PRIVATE KEY-----\n")[-1]
    )
    digest = hashlib.sha256(shown.public_bytes(Encoding.DER)).hexdigest()
    assert hop.tls["certificate_sha256"] == digest
    assert hop.tls["version"].startswith("TLSv1")
    assert (hop.tls["subject"], hop.tls["serial"]) == ("commonName=localhost", f"{4711:X}")


def test_a_recording_gate_keeps_the_rules_of_its_gate(secure_url: str) -> None:
    with recording(Gate()) as recorder, pytest.raises(outbound.RefusedAddress):
        recorder.fetch(secure_url)
    trusted = recording(Gate(allow_net=["127.0.0.1"], allow_hosts=["localhost"]))
    with trusted, pytest.raises(outbound.TlsFailed):
        trusted.fetch(secure_url)
    assert trusted.hops == []
