"""Alerts that leave the house, over a real SMTP server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlite_utils import Database

from access import settings
from access.actor import SYSTEM, Actor
from access.outbound import Gate
from cases.store import Case
from data import now
from monitoring import deliver, mentions
from monitoring.errors import BadRoute, RouteExists, UnknownRoute
from tests.servers.mail import Mailbox, mail_server

LOCAL = Gate(allow_net=("127.0.0.1/32",))
TEXT = "Kfz Aigner sind Betrüger, die haben meine Daten verkauft!"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


def route_to(mailbox: Mailbox) -> str:
    return f"mailto://127.0.0.1:{mailbox.port}/?from=pult@krisenpult.example&to=dienst@krisenpult.example&user=&pass="


def grave(db: Database, actor: Actor, case: Case) -> mentions.RaisedAlert:
    mentions.add_manual_mention(
        db, actor, case.id, text=TEXT, source_name="Facebook", author="Kunde B", idempotency_key="k"
    )
    return mentions.open_alerts(db, case.id)[0]


def test_a_mail_goes_out_with_nothing_but_number_word_count_and_link(
    db: Database, case: Case, consultant: Actor, mailbox: Mailbox
) -> None:
    settings.put(db, SYSTEM, "base_url", "https://pult.example")
    deliver.add_route(db, SYSTEM, "Dienst", route_to(mailbox))
    raised = grave(db, consultant, case)
    assert deliver.deliver_due(db, now(), LOCAL) == deliver.Sent(sent=1, waiting=0, failed=0)
    (subject,), (body,) = mailbox.subjects, mailbox.bodies
    assert case.number in subject
    assert "kritisch" in subject
    assert f"https://pult.example/meldungen?fall={case.number}" in body
    for secret in ("Aigner", "Betrüger", "Kunde B", "Facebook", "Daten"):
        assert secret not in subject + body
    (result,) = deliver.deliveries_of(db, raised.id)
    assert (result.state, result.tries, result.last_error) == ("sent", 1, None)


def test_nothing_is_sent_twice(
    db: Database, case: Case, consultant: Actor, mailbox: Mailbox
) -> None:
    deliver.add_route(db, SYSTEM, "Dienst", route_to(mailbox))
    grave(db, consultant, case)
    deliver.deliver_due(db, now(), LOCAL)
    deliver.deliver_due(db, now() + timedelta(hours=1), LOCAL)
    assert len(mailbox.subjects) == 1


def test_a_refusal_is_tried_again_later(
    db: Database, case: Case, consultant: Actor, mailbox: Mailbox
) -> None:
    deliver.add_route(db, SYSTEM, "Dienst", route_to(mailbox))
    raised = grave(db, consultant, case)
    mailbox.refuse = 1
    start = now()
    assert deliver.deliver_due(db, start, LOCAL).waiting == 1
    assert deliver.deliver_due(db, start + timedelta(seconds=30), LOCAL) == deliver.Sent(0, 0, 0)
    assert deliver.deliver_due(db, start + timedelta(minutes=2), LOCAL).sent == 1
    (result,) = deliver.deliveries_of(db, raised.id)
    assert (result.state, result.tries) == ("sent", 2)


def test_a_dead_route_ends_as_failed_with_its_reason(
    db: Database, case: Case, consultant: Actor, mailbox: Mailbox
) -> None:
    deliver.add_route(db, SYSTEM, "Dienst", route_to(mailbox))
    raised = grave(db, consultant, case)
    mailbox.refuse = 100
    moment = now()
    rounds = 0
    while deliver.deliver_due(db, moment, LOCAL).failed == 0:
        moment += timedelta(hours=3)
        rounds += 1
        assert rounds < 20
    (result,) = deliver.deliveries_of(db, raised.id)
    assert result.state == "failed"
    assert result.last_error == "Der Dienst hat die Nachricht nicht angenommen."


def test_each_route_has_its_own_result(
    db: Database, case: Case, consultant: Actor, mailbox: Mailbox
) -> None:
    deliver.add_route(db, SYSTEM, "Dienst", route_to(mailbox))
    deliver.add_route(
        db, SYSTEM, "Leitung", "mailto://127.0.0.1:1/?from=a@b.example&to=c@d.example"
    )
    deliver.add_route(db, SYSTEM, "Nur Katastrophen", route_to(mailbox), min_severity=100)
    raised = grave(db, consultant, case)
    assert deliver.deliver_due(db, now(), LOCAL) == deliver.Sent(sent=1, waiting=1, failed=0)
    assert [(each.route_name, each.state) for each in deliver.deliveries_of(db, raised.id)] == [
        ("Dienst", "sent"),
        ("Leitung", "queued"),
    ]


def test_an_internal_host_is_refused_without_the_operators_word(
    db: Database, case: Case, consultant: Actor, mailbox: Mailbox
) -> None:
    deliver.add_route(db, SYSTEM, "Dienst", route_to(mailbox))
    raised = grave(db, consultant, case)
    assert deliver.deliver_due(db, now()).waiting == 1
    assert mailbox.subjects == []
    assert "interne" in (deliver.deliveries_of(db, raised.id)[0].last_error or "")


def test_a_disabled_route_gets_nothing(
    db: Database, case: Case, consultant: Actor, mailbox: Mailbox
) -> None:
    route = deliver.add_route(db, SYSTEM, "Dienst", route_to(mailbox))
    deliver.set_route_enabled(db, SYSTEM, route.id, False)
    grave(db, consultant, case)
    assert deliver.deliver_due(db, now(), LOCAL) == deliver.Sent(0, 0, 0)


def test_secrets_of_a_route_are_neither_shown_nor_logged(
    db: Database,
    case: Case,
    consultant: Actor,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    address = "mailto://melder:Geheim1@127.0.0.1:1/?from=a@b.example&to=c@d.example"
    deliver.add_route(db, SYSTEM, "Dienst", address)
    raised = grave(db, consultant, case)
    deliver.deliver_due(db, now(), LOCAL)
    shown = [route.shown for route in deliver.list_routes(db)]
    errors = [each.last_error for each in deliver.deliveries_of(db, raised.id)]
    output = capfd.readouterr()
    for text in (*shown, *errors, caplog.text, output.out, output.err):
        assert "Geheim1" not in (text or "")


def test_a_secret_address_may_stand_in_the_environment(
    db: Database,
    case: Case,
    consultant: Actor,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KRISENPULT_ALERT_MAIL", route_to(mailbox))
    deliver.add_route(db, SYSTEM, "Dienst", "env:KRISENPULT_ALERT_MAIL")
    grave(db, consultant, case)
    assert deliver.deliver_due(db, now(), LOCAL).sent == 1


_BAD_ROUTES = [
    "",
    "kein Dienst",
    "syslog://",
    "file:///etc/passwd",
    "mailto://",
    "https://example.at",
    "env:KRISENPULT_NOT_SET",
]


@pytest.mark.parametrize("url", _BAD_ROUTES)
def test_an_address_nobody_can_send_to_is_refused(db: Database, url: str) -> None:
    with pytest.raises(BadRoute):
        deliver.add_route(db, SYSTEM, "Dienst", url)


def test_a_name_is_given_once(db: Database, mailbox: Mailbox) -> None:
    deliver.add_route(db, SYSTEM, "Dienst", route_to(mailbox))
    with pytest.raises(RouteExists):
        deliver.add_route(db, SYSTEM, "Dienst", route_to(mailbox))
    with pytest.raises(UnknownRoute):
        deliver.set_route_enabled(db, SYSTEM, 99, False)


def test_a_claim_of_a_watcher_that_died_is_taken_up_again(
    db: Database, case: Case, consultant: Actor, mailbox: Mailbox
) -> None:
    deliver.add_route(db, SYSTEM, "Dienst", route_to(mailbox))
    grave(db, consultant, case)
    start: datetime = now()
    db.execute("UPDATE alert_delivery SET next_try_at = ?, tries = 1", ["2099-01-01T00:00:00Z"])
    assert deliver.deliver_due(db, start, LOCAL).sent == 0
    db.execute("UPDATE alert_delivery SET next_try_at = ?", ["2026-01-01T00:00:00Z"])
    assert deliver.deliver_due(db, start, LOCAL).sent == 1
