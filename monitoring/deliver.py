"""Alerts out of the house: queued, tried again, one result for each route.

A message holds the number of the case, the word for its severity, how many mentions there
are, and the link to the desk. No text of a mention and no name: it may be read on the lock
screen of somebody else's phone.

An alert is queued in the transaction that raises it; sending happens outside any transaction.
A delivery is claimed before it is sent, so two watchers do not both send it. The warnings of
:mod:`monitoring.escalate` take the same way.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

import apprise
from sqlite_utils import Database

from access import audit, settings
from access.actor import Actor
from access.outbound import Gate, OutboundError
from data import formats, now, reference, transaction, utc_text
from data.i18n import _, ngettext
from monitoring import escalate
from monitoring.errors import BadRoute, MonitoringError, RouteExists, UnknownRoute

_FROM_ENVIRONMENT = "env:"
_CLAIM = timedelta(minutes=5)
_MENTIONS_PATH = "meldungen"

# Apprise writes the address it could not reach, credentials included, to its log.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class Route:
    """Where alerts go. ``shown`` is the address without what is secret in it."""

    id: int
    name: str
    shown: str
    min_severity: int
    enabled: bool


@dataclass(frozen=True)
class Sent:
    """What one round of delivery did."""

    sent: int
    waiting: int
    failed: int


@dataclass(frozen=True)
class Delivery:
    """One alert on one route."""

    id: int
    alert_id: int
    route_name: str
    state: str
    tries: int
    last_error: str | None


def add_route(db: Database, actor: Actor, name: str, url: str, min_severity: int = 0) -> Route:
    """Add a route. ``url`` is an Apprise URL, or "env:NAME" where it holds a secret.

    Raises BadRoute where Apprise does not know the address or its service is not allowed,
    RouteExists where the name is taken.
    """
    _opened(url)
    with transaction(db):
        if next(db.query("SELECT id FROM alert_route WHERE name = ?", [name]), None):
            raise RouteExists(name)
        cursor = db.execute(
            "INSERT INTO alert_route (name, url, min_severity) VALUES (?, ?, ?)",
            [name, url, min_severity],
        )
        route_id = int(cursor.lastrowid or 0)
        audit.record(
            db,
            actor,
            "alert_route.added",
            f"alert_route:{route_id}",
            details={"name": name, "min_severity": min_severity},
        )
    return next(route for route in list_routes(db) if route.id == route_id)


def set_route_enabled(db: Database, actor: Actor, route_id: int, enabled: bool) -> None:
    """Switch a route on or off. Raises UnknownRoute."""
    with transaction(db):
        changed = db.execute(
            "UPDATE alert_route SET enabled = ? WHERE id = ?", [int(enabled), route_id]
        )
        if changed.rowcount == 0:
            raise UnknownRoute(route_id)
        action = "alert_route.enabled" if enabled else "alert_route.disabled"
        audit.record(db, actor, action, f"alert_route:{route_id}")


def list_routes(db: Database) -> list[Route]:
    """All routes by name, without their secrets."""
    return [
        Route(
            id=row["id"],
            name=row["name"],
            shown=_without_secrets(row["url"]),
            min_severity=row["min_severity"],
            enabled=bool(row["enabled"]),
        )
        for row in db.query("SELECT * FROM alert_route ORDER BY name")
    ]


def _without_secrets(url: str) -> str:
    if url.startswith(_FROM_ENVIRONMENT):
        return url
    _load_services()
    service: Any = apprise.Apprise.instantiate(url, asset=_asset())
    return str(service.url(privacy=True)).split("?")[0] if service else url.split(":")[0] + ":…"


def _asset() -> apprise.AppriseAsset:
    return apprise.AppriseAsset(
        app_id="Krisenpult",
        app_desc="Krisenpult",
        app_url="",
        secure_logging=True,
        async_mode=False,
    )


@cache
def _load_services() -> None:
    """Apprise imports its plugins at first use, one of them an outdated standard module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        apprise.Apprise.instantiate("json://localhost", asset=_asset())


def _opened(url: str) -> apprise.Apprise:
    """The service of a route, ready to notify. Raises BadRoute."""
    target = url
    if url.startswith(_FROM_ENVIRONMENT):
        target = os.environ.get(url.removeprefix(_FROM_ENVIRONMENT), "")
    scheme = target.split("://")[0].lower()
    if "://" not in target or scheme not in reference.load("alerts")["delivery"]["schemes"]:
        raise BadRoute(scheme if "://" in target else "")
    _load_services()
    service = apprise.Apprise(asset=_asset())
    # add() answers False for an address it cannot read; it raises nothing.
    if not service.add(target):
        raise BadRoute(scheme)
    return service


def queue(db: Database, alert_id: int, severity: int, at: datetime) -> int:
    """Queue an alert on each route that takes its severity; inside the raising transaction."""
    cursor = db.execute(
        "INSERT INTO alert_delivery (alert_id, route, next_try_at)"
        " SELECT ?, id, ? FROM alert_route WHERE enabled = 1 AND min_severity <= ?",
        [alert_id, utc_text(at), severity],
    )
    return cursor.rowcount


def deliver_due(db: Database, at: datetime | None = None, gate: Gate | None = None) -> Sent:
    """Send what is queued and due; each route has its own result.

    ``gate`` decides which hosts may be reached; the default opens no internal network.
    """
    moment = at or now()
    checked = gate or Gate()
    results = [
        _send(db, queue, row, moment, checked)
        for queue in _QUEUES
        for row in _claim(db, queue, moment)
    ]
    return Sent(results.count("sent"), results.count("queued"), results.count("failed"))


@dataclass(frozen=True)
class _Queue:
    """A table of deliveries: what its rows are about, and the words for it."""

    table: str
    subject: str
    words: Callable[[Database, int, datetime], tuple[str, str]]


def _claim(db: Database, queue: _Queue, at: datetime) -> Sequence[dict[str, object]]:
    """Take the due deliveries for a while; a claim that nobody ends is due again afterwards."""
    with transaction(db):
        rows = list(
            db.query(
                f"SELECT d.id, d.{queue.subject} AS subject, d.tries, r.url, r.name"
                f" FROM {queue.table} AS d"
                " JOIN alert_route AS r ON r.id = d.route"
                " WHERE d.state = 'queued' AND d.next_try_at <= ? AND r.enabled = 1"
                " ORDER BY d.id LIMIT 50",
                [utc_text(at)],
            )
        )
        for row in rows:
            db.execute(
                f"UPDATE {queue.table} SET tries = tries + 1, next_try_at = ? WHERE id = ?",
                [utc_text(at + _CLAIM), row["id"]],
            )
    return rows


def _send(db: Database, queue: _Queue, row: dict[str, object], at: datetime, gate: Gate) -> str:
    title, body = queue.words(db, int(str(row["subject"])), at)
    error: str | None
    try:
        service = _opened(str(row["url"]))
        _check_hosts(service, gate)
        delivered = service.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
        error = None if delivered else _("Der Dienst hat die Nachricht nicht angenommen.")
    except (MonitoringError, OutboundError) as refusal:
        error = refusal.sentence()
    return _note_result(db, queue, int(str(row["id"])), int(str(row["tries"])) + 1, error, at)


def _check_hosts(service: apprise.Apprise, gate: Gate) -> None:
    """Each host that Apprise would connect to passes the gate of the house.

    Services with one fixed public address of their own have no host to check.
    """
    for target in service:
        host = getattr(target, "smtp_host", None) or getattr(target, "host", None)
        if host and getattr(target, "mode", "") != "cloud":
            gate.check(f"https://{host}/")


def _note_result(
    db: Database, queue: _Queue, delivery_id: int, tries: int, error: str | None, at: datetime
) -> str:
    waits: list[int] = reference.load("alerts")["delivery"]["retry_minutes"]
    if error is None:
        state, next_try, sent_at = "sent", None, utc_text(at)
    elif tries > len(waits):
        state, next_try, sent_at = "failed", None, None
    else:
        state, sent_at = "queued", None
        next_try = utc_text(at + timedelta(minutes=waits[tries - 1]))
    with transaction(db):
        db.execute(
            f"UPDATE {queue.table} SET state = ?, next_try_at = ?, last_error = ?, sent_at = ?"
            " WHERE id = ?",
            [state, next_try, error, sent_at, delivery_id],
        )
    return state


def message(db: Database, alert_id: int) -> tuple[str, str]:
    """Title and body of an alert: case number, severity word, count, link. Nothing else."""
    row = next(
        db.query(
            "SELECT c.number, a.severity, json_extract(a.details, '$.count') AS mentions"
            " FROM alert AS a JOIN crisis_case AS c ON c.id = a.case_id WHERE a.id = ?",
            [alert_id],
        )
    )
    word = formats.severity_word(formats.severity_level(row["severity"]))
    count = row["mentions"] or 1
    base = settings.base_url(db)
    link = f"{base}/{_MENTIONS_PATH}?{urlencode({'fall': row['number']})}"
    title = _("Krisenpult {number}: {word}").format(number=row["number"], word=word)
    body = ngettext(
        "Fall {number}: {word}, {n} Meldung. Zum Pult: {link}",
        "Fall {number}: {word}, {n} Meldungen. Zum Pult: {link}",
        count,
    ).format(number=row["number"], word=word, n=count, link=link)
    return title, body


def _alert_words(db: Database, alert_id: int, _at: datetime) -> tuple[str, str]:
    return message(db, alert_id)


_QUEUES = (
    _Queue("alert_delivery", "alert_id", _alert_words),
    _Queue("clock_delivery", "escalation_id", escalate.message),
)


def deliveries_of(db: Database, alert_id: int) -> list[Delivery]:
    """What became of an alert on each route."""
    rows = db.query(
        "SELECT d.*, r.name FROM alert_delivery AS d JOIN alert_route AS r ON r.id = d.route"
        " WHERE d.alert_id = ? ORDER BY r.name",
        [alert_id],
    )
    return [
        Delivery(
            id=row["id"],
            alert_id=row["alert_id"],
            route_name=row["name"],
            state=row["state"],
            tries=row["tries"],
            last_error=row["last_error"],
        )
        for row in rows
    ]
