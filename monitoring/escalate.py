"""Warnings that a clock runs out, over the routes of the alerts.

The first warning goes to the person on duty of the case: to the routes that carry their name.
Where there is none it goes to everybody, like every later warning; nobody is told by chance.
A message holds the number of the case, which clock it is, the time and the link to the desk.
No firm, no medium, no name.

A warning, its line on the timeline and its deliveries are written in one transaction: a
watcher that is killed has told all of it or nothing, and the next one goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from sqlite_utils import Database

from access import settings
from cases import clock, clocks
from cases.store.clocks import Escalation
from data import formats, parse_utc, reference, transaction, utc_text
from data.i18n import _

_CLOCKS_PATH = "fristen"


@dataclass(frozen=True)
class ClockDelivery:
    """One warning on one route."""

    escalation_id: int
    route_name: str
    state: str
    tries: int
    last_error: str | None


def escalate(db: Database, at: datetime) -> int:
    """Raise the warnings that are due and queue their deliveries; returns how many were raised.

    What is still queued for a clock that has been settled meanwhile is dropped.
    """
    _drop_settled(db)
    # Without a transaction nothing is written, and mostly nothing is due.
    if not clocks.owes_escalation(db, at):
        return 0
    with transaction(db):
        raised = clocks.escalations_due(db, at)
        for each in raised:
            _queue(db, each, at)
    return len(raised)


def _drop_settled(db: Database) -> None:
    waiting = (
        "SELECT clock_delivery.id FROM clock_delivery"
        " JOIN clock_escalation ON clock_escalation.id = clock_delivery.escalation_id"
        " JOIN case_clock ON case_clock.id = clock_escalation.clock_id"
        " WHERE clock_delivery.state = 'queued' AND case_clock.settled_at IS NOT NULL"
    )
    if db.execute(waiting).fetchone() is None:
        return
    with transaction(db):
        db.execute(f"UPDATE clock_delivery SET state = 'dropped' WHERE id IN ({waiting})")


def _queue(db: Database, escalation: Escalation, at: datetime) -> None:
    loudness: dict[str, int] = reference.load("clocks")["escalation"]
    routes = db.execute(
        "SELECT id, name, min_severity FROM alert_route WHERE enabled = 1 ORDER BY id"
    ).fetchall()
    chosen = [route[0] for route in routes if route[2] <= loudness[escalation.audience]]
    on_duty = escalation.listed.on_duty.casefold()
    if escalation.audience == "duty" and on_duty:
        # A route of one's own takes the warning whatever severity it asks of alerts.
        own = [route[0] for route in routes if route[1].strip().casefold() == on_duty]
        chosen = own or chosen
    for route_id in chosen:
        db.execute(
            "INSERT INTO clock_delivery (escalation_id, route, next_try_at) VALUES (?, ?, ?)",
            [escalation.id, route_id, utc_text(at)],
        )


def message(db: Database, escalation_id: int, at: datetime) -> tuple[str, str]:
    """Title and body of a warning as they stand at ``at``."""
    row = db.execute(
        "SELECT crisis_case.number, case_clock.kind, case_clock.due_at, clock_escalation.stage"
        " FROM clock_escalation JOIN case_clock ON case_clock.id = clock_escalation.clock_id"
        " JOIN crisis_case ON crisis_case.id = case_clock.case_id WHERE clock_escalation.id = ?",
        [escalation_id],
    ).fetchone()
    number, kind, due_at = row[0], row[1], parse_utc(row[2])
    short = clocks.clock_short(kind)
    if row[3] == clock.OVERDUE_STAGE:
        title = _("Krisenpult {number}: {clock} überfällig")
    else:
        title = _("Krisenpult {number}: {clock} läuft ab")
    link = f"{settings.base_url(db)}/{_CLOCKS_PATH}?{urlencode({'fall': number})}"
    body = _("Fall {number}: {clock} {due}. Zum Pult: {link}").format(
        number=number, clock=short, due=formats.due(due_at, at), link=link
    )
    return title.format(number=number, clock=short), body


def deliveries_of(db: Database, clock_id: int) -> list[ClockDelivery]:
    """What became of the warnings of a clock on each route, in their order."""
    rows = db.execute(
        "SELECT clock_delivery.escalation_id, alert_route.name, clock_delivery.state,"
        " clock_delivery.tries, clock_delivery.last_error FROM clock_delivery"
        " JOIN clock_escalation ON clock_escalation.id = clock_delivery.escalation_id"
        " JOIN alert_route ON alert_route.id = clock_delivery.route"
        " WHERE clock_escalation.clock_id = ? ORDER BY clock_delivery.id",
        [clock_id],
    )
    return [ClockDelivery(row[0], row[1], row[2], row[3], row[4]) for row in rows]
