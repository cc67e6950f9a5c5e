"""Trusted timestamps: what a real answer proves, and every way in which one does not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from access import audit
from access import settings as stored
from access.actor import Actor
from access.outbound import BadUrl, Gate, Limits, OutboundError, TimedOut
from cases import evidence, timestamp
from cases.errors import BadRootCertificate, NoTimestampAuthority, TimestampRefused
from cases.evidence import Evidence
from cases.store import Case
from cases.timestamp import Authority
from data import Home, now
from tests.servers.tsa import BEHAVIOURS, Keys, TimestampServer

POSTING = b"Sauladen!"


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys()


@pytest.fixture
def server(keys: Keys) -> Iterator[TimestampServer]:
    with TimestampServer(keys) as running:
        yield running


@pytest.fixture
def gate() -> Iterator[Gate]:
    with Gate(allow_net=["127.0.0.1"]) as opened:
        yield opened


@pytest.fixture
def posting(home: Home, db: Database, consultant: Actor, case: Case) -> Evidence:
    return evidence.add(db, home, consultant, case.id, data=POSTING, file_name="a.txt")


def test_an_honest_authority_attests_the_hash_and_only_the_hash_leaves(
    server: TimestampServer, gate: Gate
) -> None:
    before = now()
    token = timestamp.obtain(gate, Authority(server.url, server.root_pem), POSTING)
    assert before <= token.attested_at <= now()
    assert POSTING not in server.requests[0]


@pytest.mark.parametrize(
    ("behave", "word"),
    [
        ("wrong_nonce", "nonce"),
        ("no_nonce", "nonce"),
        ("wrong_imprint", "imprint"),
        ("sha1_imprint", "imprint"),
        ("expired_certificate", "signature"),
        ("foreign_certificate", "signature"),
        ("no_purpose", "signature"),
        ("purpose_not_critical", "signature"),
        ("damaged_signature", "signature"),
        ("no_certificate", "signature"),
        ("rejection", "status"),
        ("garbage", "unreadable"),
        ("empty", "unreadable"),
        ("http_error", "http"),
        ("old_time", "time"),
    ],
)
def test_an_answer_that_proves_nothing_is_refused(
    server: TimestampServer, gate: Gate, behave: str, word: str
) -> None:
    assert behave in BEHAVIOURS
    server.behave = behave
    with pytest.raises(TimestampRefused) as refusal:
        timestamp.obtain(gate, Authority(server.url, server.root_pem), POSTING)
    assert refusal.value.word == word
    assert "nicht übernommen" in str(refusal.value)


def test_an_authority_that_says_nothing_is_given_up(
    server: TimestampServer, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.behave = "silent"
    monkeypatch.setattr(timestamp, "_LIMITS", Limits(header_seconds=0.4, total_seconds=0.5))
    with pytest.raises(TimedOut):
        timestamp.obtain(gate, Authority(server.url, server.root_pem), POSTING)


def test_an_authority_inside_the_house_is_not_asked(server: TimestampServer) -> None:
    with Gate() as closed, pytest.raises(OutboundError):
        timestamp.obtain(closed, Authority(server.url, server.root_pem), POSTING)
    assert server.requests == []


def test_without_an_authority_it_says_so(gate: Gate) -> None:
    with pytest.raises(NoTimestampAuthority):
        timestamp.obtain(gate, None, POSTING)


def test_a_stamp_is_kept_with_its_evidence_and_verified_again_at_any_time(
    home: Home,
    db: Database,
    consultant: Actor,
    posting: Evidence,
    server: TimestampServer,
    gate: Gate,
) -> None:
    timestamp.configure(db, consultant, server.url, server.root_pem)
    stamped = evidence.stamp(db, home, gate, consultant, posting.id)
    assert evidence.timestamps_of(db, posting.id) == [stamped]
    assert evidence.stamped_in(db, posting.case_id) == {posting.id}
    assert evidence.timestamp_problem(posting, stamped) is None
    assert evidence.verify(db, home) == (1, [])
    last = evidence.custody_of(db, posting.id)[-1]
    assert (last.action, last.recipient) == ("timestamped", server.url)
    assert audit.entries(db)[0].action == "evidence.timestamped"


def test_a_stamp_that_does_not_fit_its_evidence_is_named(
    home: Home,
    db: Database,
    consultant: Actor,
    posting: Evidence,
    server: TimestampServer,
    gate: Gate,
) -> None:
    timestamp.configure(db, consultant, server.url, server.root_pem)
    stamped = evidence.stamp(db, home, gate, consultant, posting.id)
    other = replace(posting, sha256="0" * 64)
    assert "does not verify (imprint)" in (evidence.timestamp_problem(other, stamped) or "")
    later = replace(stamped, attested_at=stamped.attested_at.replace(year=2020))
    assert "attests another time" in (evidence.timestamp_problem(posting, later) or "")


def test_verification_reports_a_token_that_was_exchanged_behind_the_desks_back(
    home: Home,
    db: Database,
    consultant: Actor,
    posting: Evidence,
    server: TimestampServer,
    gate: Gate,
) -> None:
    timestamp.configure(db, consultant, server.url, server.root_pem)
    stamped = evidence.stamp(db, home, gate, consultant, posting.id)
    db.execute("DROP TRIGGER timestamp_token_no_update")
    db.execute("UPDATE timestamp_token SET response = ?", [stamped.response[:-1] + b"\x00"])
    [problem] = evidence.verify(db, home)[1]
    assert problem.startswith(f"evidence {posting.id}: timestamp {stamped.id} does not verify")


def test_a_changed_authority_leaves_old_stamps_valid(
    home: Home,
    db: Database,
    consultant: Actor,
    posting: Evidence,
    server: TimestampServer,
    gate: Gate,
) -> None:
    timestamp.configure(db, consultant, server.url, server.root_pem)
    evidence.stamp(db, home, gate, consultant, posting.id)
    timestamp.configure(db, consultant, "https://andere.example/", server.keys.other_root.pem)
    assert evidence.verify(db, home) == (1, [])


@pytest.mark.parametrize(
    "pem", ["", "kein Zertifikat", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_a_root_that_is_no_certificate_is_refused(
    db: Database, consultant: Actor, pem: str
) -> None:
    with pytest.raises(BadRootCertificate):
        timestamp.configure(db, consultant, "https://stelle.example/", pem)
    assert timestamp.configured(db) is None


def test_an_authority_needs_a_web_address(db: Database, consultant: Actor, keys: Keys) -> None:
    with pytest.raises(BadUrl):
        timestamp.configure(db, consultant, "stelle.example", keys.root.pem)


def test_an_empty_address_switches_it_off(db: Database, consultant: Actor, keys: Keys) -> None:
    timestamp.configure(db, consultant, "https://stelle.example/", keys.root.pem)
    assert timestamp.configured(db) == Authority("https://stelle.example/", keys.root.pem.strip())
    timestamp.configure(db, consultant, " ", "")
    assert timestamp.configured(db) is None
    assert stored.get(db, timestamp.AUTHORITY_SETTING) == ""


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 10_000), flip=st.integers(1, 255), cut=st.integers(0, 40))
def test_no_damaged_answer_passes_or_crashes(keys: Keys, place: int, flip: int, cut: int) -> None:
    digest, nonce, honest = _answer(keys)
    position = place % len(honest)
    damaged = bytearray(honest)
    damaged[position] ^= flip
    raw = bytes(damaged[: len(damaged) - cut])
    try:
        attested = timestamp.verify(raw, digest, nonce, keys.root.pem)
    except TimestampRefused:
        return
    # A byte that nothing depends on may differ; what is attested may not.
    assert attested == timestamp.verify(honest, digest, nonce, keys.root.pem)


_ANSWERS: dict[int, tuple[bytes, int, bytes]] = {}


def _answer(keys: Keys) -> tuple[bytes, int, bytes]:
    if id(keys) not in _ANSWERS:
        with TimestampServer(keys) as server, Gate(allow_net=["127.0.0.1"]) as gate:
            token = timestamp.obtain(gate, Authority(server.url, server.root_pem), POSTING)
        _ANSWERS[id(keys)] = (hashlib.sha256(POSTING).digest(), token.nonce, token.response)
    return _ANSWERS[id(keys)]
