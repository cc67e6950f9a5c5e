"""Warnings before a clock runs out: over a real SMTP server, once each, whatever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from access import settings
from access.actor import SYSTEM, Actor
from access.outbound import Gate
from cases import store
from cases.store import Case
from cases.store import clocks as clock_store
from cases.store.clocks import CaseClock
from data import Home, now, transaction
from monitoring import deliver, escalate
from tests.servers.mail import Mailbox, mail_server

LOCAL = Gate(allow_net=("127.0.0.1/32",))
START = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
DUE = START + timedelta(hours=72)

_ESCALATE = """
import sys
from data import Home
from data.times import parse_utc
from monitoring import escalate
home = Home.at(sys.argv[1])
for moment in sys.argv[2:]:
    escalate.escalate(home.db(), parse_utc(moment))
print("done", flush=True)
"""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


def route_to(mailbox: Mailbox, name: str = "dienst") -> str:
    return (
        f"mailto://127.0.0.1:{mailbox.port}/?from=pult@krisenpult.example"
        f"&to={name}@krisenpult.example&user=&pass="
    )


@pytest.fixture
def report(db: Database, consultant: Actor, case: Case) -> CaseClock:
    return start(db, consultant, case)


def start(db: Database, actor: Actor, case: Case, subject: str = "") -> CaseClock:
    return store.start_clock(
        db,
        actor,
        case.id,
        kind="gdpr_33",
        title="Meldung an die Datenschutzbehörde (Kfz Aigner)",
        started_at=START,
        due_at=DUE,
        subject=subject,
    )


def states(db: Database, clock: CaseClock) -> list[tuple[str, str]]:
    return [(each.route_name, each.state) for each in escalate.deliveries_of(db, clock.id)]


def test_a_warning_goes_out_with_number_kind_time_and_link_and_nothing_else(
    db: Database, case: Case, report: CaseClock, mailbox: Mailbox
) -> None:
    settings.put(db, SYSTEM, "base_url", "https://pult.example")
    deliver.add_route(db, SYSTEM, "Telefon", route_to(mailbox))
    at = DUE - timedelta(hours=24)
    assert escalate.escalate(db, at) == 1
    assert deliver.deliver_due(db, at, LOCAL) == deliver.Sent(sent=1, waiting=0, failed=0)
    (subject,), (body,) = mailbox.subjects, mailbox.bodies
    assert case.number in subject
    assert "DSGVO-Meldung" in subject
    assert "noch 24" in body
    assert f"https://pult.example/fristen?fall={case.number}" in body
    for secret in ("Aigner", "Lang", "Werkstätte"):
        assert secret not in subject + body
    assert states(db, report) == [("Telefon", "sent")]


def test_each_stage_is_sent_once(db: Database, report: CaseClock, mailbox: Mailbox) -> None:
    deliver.add_route(db, SYSTEM, "Telefon", route_to(mailbox))
    for minutes in (1440, 1439, 360, 359, 60, 30, 0, -1, -600):
        at = DUE - timedelta(minutes=minutes)
        escalate.escalate(db, at)
        deliver.deliver_due(db, at, LOCAL)
    assert len(mailbox.subjects) == 4
    assert "läuft ab" in mailbox.subjects[0]
    assert "überfällig" in mailbox.subjects[3]


def test_first_the_one_on_duty_then_everybody(
    db: Database, case: Case, report: CaseClock, mailbox: Mailbox
) -> None:
    # A route of one's own is loud whatever it asks of alerts.
    deliver.add_route(db, SYSTEM, case.on_duty, route_to(mailbox, "lang"), min_severity=90)
    deliver.add_route(db, SYSTEM, "Leitung", route_to(mailbox, "leitung"))
    escalate.escalate(db, DUE - timedelta(hours=24))
    assert states(db, report) == [(case.on_duty, "queued")]
    escalate.escalate(db, DUE - timedelta(hours=6))
    assert states(db, report) == [(case.on_duty, "queued"), ("Leitung", "queued")]


def test_without_a_route_of_their_own_everybody_is_told_at_once(
    db: Database, report: CaseClock, mailbox: Mailbox
) -> None:
    for name in ("Telefon", "Leitung"):
        deliver.add_route(db, SYSTEM, name, route_to(mailbox))
    escalate.escalate(db, DUE - timedelta(hours=24))
    assert states(db, report) == [("Telefon", "queued"), ("Leitung", "queued")]


def test_a_refusal_is_tried_again_later(db: Database, report: CaseClock, mailbox: Mailbox) -> None:
    deliver.add_route(db, SYSTEM, "Telefon", route_to(mailbox))
    mailbox.refuse = 1
    at = DUE - timedelta(hours=24)
    escalate.escalate(db, at)
    assert deliver.deliver_due(db, at, LOCAL).waiting == 1
    assert deliver.deliver_due(db, at + timedelta(minutes=2), LOCAL).sent == 1


def test_what_is_settled_before_it_is_sent_is_dropped(
    db: Database, consultant: Actor, report: CaseClock, mailbox: Mailbox
) -> None:
    deliver.add_route(db, SYSTEM, "Telefon", route_to(mailbox))
    at = DUE - timedelta(hours=24)
    escalate.escalate(db, at)
    store.settle_clock(db, consultant, report.id, "declined", "keine Daten betroffen")
    assert escalate.escalate(db, at) == 0
    assert deliver.deliver_due(db, at, LOCAL).sent == 0
    assert states(db, report) == [("Telefon", "dropped")]


def test_what_fails_between_raising_and_queueing_leaves_nothing(
    db: Database, case: Case, report: CaseClock
) -> None:
    at = DUE - timedelta(hours=24)

    def broken() -> None:
        with transaction(db):
            escalate.escalate(db, at)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert clock_store.escalations_of(db, report.id) == []
    assert escalate.escalate(db, at) == 1


def test_kill_9_neither_loses_nor_doubles(
    home: Home, db: Database, consultant: Actor, case: Case, mailbox: Mailbox
) -> None:
    deliver.add_route(db, SYSTEM, "Telefon", route_to(mailbox))
    with transaction(db):
        for number in range(40):
            start(db, consultant, case, subject=f"note:{number}")
    moments = [
        (DUE - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for minutes in (1440, 360, 60, -1)
    ]
    command = [sys.executable, "-c", _ESCALATE, str(home.path), *moments]
    for wait in (0.35, 0.5, 0.65, 0.8):
        killed = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(wait)
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
    assert subprocess.run(command, capture_output=True, timeout=60, check=True).stderr == b""
    once = "SELECT count(*), count(DISTINCT clock_id || '/' || stage) FROM clock_escalation"
    raised, distinct = db.execute(once).fetchone()
    assert raised == distinct
    last = db.execute("SELECT count(*) FROM clock_escalation WHERE stage = 0").fetchone()[0]
    assert last == 40
    told = db.execute(
        "SELECT count(*) FROM timeline_entry WHERE json_extract(details, '$.stage') IS NOT NULL"
    ).fetchone()[0]
    queued = db.execute("SELECT count(*) FROM clock_delivery").fetchone()[0]
    assert told == queued == raised


def test_the_watcher_warns_in_its_round(
    home: Home, db: Database, consultant: Actor, case: Case, mailbox: Mailbox
) -> None:
    deliver.add_route(db, SYSTEM, "Telefon", route_to(mailbox))
    clock = store.start_clock(
        db,
        consultant,
        case.id,
        kind="holding",
        title="Erstmeldung",
        started_at=now() - timedelta(minutes=50),
        due_at=now() + timedelta(minutes=10),
    )
    watch = (
        "import sys\nfrom data import Home\nfrom monitoring import watch\n"
        "watch.watch(Home.at(sys.argv[1]), allow_net=['127.0.0.0/8'])"
    )
    process = subprocess.Popen([sys.executable, "-c", watch, str(home.path)])
    try:
        deadline = time.monotonic() + 30
        while not mailbox.subjects:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)
    assert "Erstmeldung" in mailbox.subjects[0]
    assert clock_store.escalations_of(db, clock.id)[0][:2] == (15, "duty")
    assert len(mailbox.subjects) == 1
