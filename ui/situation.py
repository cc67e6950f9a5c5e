"""The situation (Lage): what joins the rooms into one picture of the open cases.

Read-only. The order of the cases is made by one query over all of them and only the first
ones are looked at closer, so that the board costs the same with three cases and with ten
thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from budget import store as budget_store
from budget.entry import EventBudget
from cases import store
from cases.store import Case, CaseClock
from data import parse_utc, utc_text
from data.times import local

_SEVERITY_WINDOW = timedelta(hours=48)


@dataclass(frozen=True)
class CaseLine:
    """One open case on the board. ``severity`` is the worst unsettled mention of two days."""

    case: Case
    severity: int
    next_clock: CaseClock | None
    budget: EventBudget
    new_mentions: int
    open_alerts: int


@dataclass(frozen=True)
class Due:
    """The next deadline of the whole desk: which clock, when, of which case."""

    kind: str
    due_at: datetime
    case_number: str


@dataclass(frozen=True)
class Counts:
    """The whole desk in three figures."""

    open_cases: int
    open_alerts: int
    next_due: Due | None


@dataclass(frozen=True)
class Alert:
    """An alert nobody has acknowledged yet."""

    id: int
    case_id: int
    case_number: str
    severity: int
    raised_at: datetime
    text: str


@dataclass(frozen=True)
class Point:
    """How many mentions of one reach class came in an hour (Viennese wall clock)."""

    hour: datetime
    source_class: str
    count: int


@dataclass(frozen=True)
class Mark:
    """What happened beside the mentions: an alert, a statement of ours, an action."""

    at: datetime
    kind: str
    text: str


@dataclass(frozen=True)
class Story:
    """A story with its spread. ``outlets`` are independent, ``copies`` are wire copies."""

    title: str
    outlets: int
    copies: int
    severity: int
    first_seen_at: datetime
    first_source: str


@dataclass(frozen=True)
class Tone:
    """Mentions of a case by what they do."""

    attacking: int
    asking: int
    neutral: int
    positive: int
    open_attacks: int


_LINES_QUERY = """
WITH seen AS (
    SELECT case_id, max(severity) AS worst FROM mention
    WHERE state IN ('new', 'attack', 'watching') AND first_seen_at >= :since GROUP BY case_id
), alarmed AS (
    SELECT case_id, count(*) AS open_alerts FROM alert
    WHERE acknowledged_at IS NULL GROUP BY case_id
), due AS (
    SELECT case_id, min(due_at) AS due_at FROM case_clock
    WHERE settled_at IS NULL GROUP BY case_id
)
SELECT crisis_case.id AS case_id,
    coalesce(seen.worst, 0) AS severity, coalesce(alarmed.open_alerts, 0) AS open_alerts
FROM crisis_case
LEFT JOIN seen ON seen.case_id = crisis_case.id
LEFT JOIN alarmed ON alarmed.case_id = crisis_case.id
LEFT JOIN due ON due.case_id = crisis_case.id
WHERE crisis_case.state = 'open'
ORDER BY open_alerts DESC, severity DESC, due.due_at IS NULL, due.due_at, crisis_case.id DESC
LIMIT :limit
"""


def lines(db: Database, at: datetime, limit: int = 8) -> list[CaseLine]:
    """The most urgent open cases: alerts, then severity, then the next deadline.

    The order is made in SQL over all of them; only those shown cost more than a row.
    """
    rows = db.query(_LINES_QUERY, {"since": utc_text(at - _SEVERITY_WINDOW), "limit": limit})
    return [_line(db, row, at) for row in rows]


def _line(db: Database, row: Mapping[str, Any], at: datetime) -> CaseLine:
    case = store.case_by_id(db, row["case_id"])
    new = db.execute(
        "SELECT count(*) FROM mention WHERE case_id = ? AND state = 'new'", [case.id]
    ).fetchone()
    return CaseLine(
        case=case,
        severity=row["severity"],
        next_clock=next(iter(store.clocks_of(db, case.id, open_only=True)), None),
        budget=budget_store.event_state(db, case.insured_event_id, at),
        new_mentions=int(new[0]),
        open_alerts=row["open_alerts"],
    )


def line_of(db: Database, case: Case, at: datetime) -> CaseLine:
    """One case as a line of the board, wherever it stands in the order."""
    rows = db.query(
        "SELECT :case AS case_id,"
        " coalesce((SELECT max(severity) FROM mention WHERE case_id = :case"
        " AND state NOT IN ('irrelevant', 'answered') AND first_seen_at >= :since), 0) AS severity,"
        " (SELECT count(*) FROM alert WHERE case_id = :case AND acknowledged_at IS NULL)"
        " AS open_alerts",
        {"case": case.id, "since": utc_text(at - _SEVERITY_WINDOW)},
    )
    return _line(db, next(rows), at)


def counts(db: Database) -> Counts:
    """How much is open over all cases, and what is due first."""
    row = next(
        db.query(
            "SELECT (SELECT count(*) FROM crisis_case WHERE state = 'open') AS cases,"
            " (SELECT count(*) FROM alert WHERE acknowledged_at IS NULL) AS alerts"
        )
    )
    first = next(
        db.query(
            "SELECT kind, due_at, number FROM case_clock"
            " JOIN crisis_case ON crisis_case.id = case_clock.case_id"
            " WHERE settled_at IS NULL AND crisis_case.state = 'open' ORDER BY due_at LIMIT 1"
        ),
        None,
    )
    due = Due(first["kind"], parse_utc(first["due_at"]), first["number"]) if first else None
    return Counts(row["cases"], row["alerts"], due)


def open_alerts(db: Database, limit: int = 10) -> list[Alert]:
    """The alerts nobody has acknowledged, the worst and newest first."""
    rows = db.query(
        "SELECT alert.id, alert.case_id, crisis_case.number AS case_number, severity, raised_at,"
        " text FROM alert JOIN crisis_case ON crisis_case.id = alert.case_id"
        " WHERE acknowledged_at IS NULL ORDER BY severity DESC, raised_at DESC LIMIT ?",
        [limit],
    )
    return [Alert(**{**row, "raised_at": parse_utc(row["raised_at"])}) for row in rows]


def volume(db: Database, case_id: int, since: datetime) -> list[Point]:
    """Mentions an hour and reach class since ``since``."""
    rows = db.query(
        "SELECT strftime('%Y-%m-%dT%H:00:00Z', coalesce(published_at, first_seen_at)) AS hour,"
        " CASE WHEN origin = 'manual' THEN 'posting' ELSE coalesce(reach_class, 'C') END AS class,"
        " count(*) AS count FROM mention WHERE case_id = ? AND state <> 'irrelevant'"
        " AND coalesce(published_at, first_seen_at) >= ? GROUP BY 1, 2 ORDER BY 1",
        [case_id, utc_text(since)],
    )
    return [Point(parse_utc(row["hour"]), row["class"], row["count"]) for row in rows]


def marks(db: Database, case_id: int, since: datetime) -> list[Mark]:
    """Alerts, releases and what else was done since ``since``, by time."""
    rows = db.query(
        "SELECT happened_at, kind, text FROM timeline_entry WHERE case_id = ? AND happened_at >= ?"
        " AND kind IN ('alert', 'release', 'approval', 'statement', 'hours', 'call')"
        " ORDER BY happened_at",
        [case_id, utc_text(since)],
    )
    return [Mark(parse_utc(row["happened_at"]), row["kind"], row["text"]) for row in rows]


def first_mention_at(db: Database, case_id: int) -> datetime | None:
    """When the first mention of the case was published, or seen."""
    row: Any = db.execute(
        "SELECT min(coalesce(published_at, first_seen_at)) FROM mention WHERE case_id = ?",
        [case_id],
    ).fetchone()
    return parse_utc(row[0]) if row[0] else None


def stories(db: Database, case_id: int, limit: int = 8) -> list[Story]:
    """The stories of a case, wire copies folded, the gravest first."""
    rows = db.query(
        "SELECT story.title, story.first_seen_at,"
        " count(DISTINCT CASE WHEN copy_of IS NULL THEN source_name END) AS outlets,"
        " sum(copy_of IS NOT NULL) AS copies, max(severity) AS severity,"
        " min(CASE WHEN mention.id = story.first_mention_id THEN source_name END) AS first_source"
        " FROM mention JOIN story ON story.id = mention.story_id"
        " WHERE mention.case_id = ? AND state <> 'irrelevant'"
        " GROUP BY story.id ORDER BY severity DESC, story.first_seen_at DESC LIMIT ?",
        [case_id, limit],
    )
    return [
        Story(
            title=row["title"],
            outlets=row["outlets"],
            copies=row["copies"] or 0,
            severity=row["severity"] or 0,
            first_seen_at=parse_utc(row["first_seen_at"]),
            first_source=row["first_source"] or "",
        )
        for row in rows
    ]


def tone(db: Database, case_id: int) -> Tone:
    """How the mentions of a case sound, and how many attacks are open."""
    row = next(
        db.query(
            "SELECT sum(attack = 1) AS attacking,"
            " sum(attack = 0 AND reasons LIKE '%\"question\"%') AS asking,"
            " sum(attack = 0 AND polarity = 'positive') AS positive, count(*) AS whole,"
            " sum(attack = 1 AND state IN ('new', 'attack', 'watching')) AS open_attacks"
            " FROM mention WHERE case_id = ? AND state <> 'irrelevant'",
            [case_id],
        )
    )
    known = {name: row[name] or 0 for name in row}
    return Tone(
        attacking=known["attacking"],
        asking=known["asking"],
        positive=known["positive"],
        neutral=max(0, known["whole"] - known["attacking"] - known["asking"] - known["positive"]),
        open_attacks=known["open_attacks"],
    )


def said(db: Database, case_id: int) -> list[Mark]:
    """What the firm has said in this case, newest first."""
    rows = db.query(
        "SELECT release.at, statement.channel, statement.title FROM release"
        " JOIN statement ON statement.id = release.statement_id"
        " WHERE statement.case_id = ? ORDER BY release.at DESC",
        [case_id],
    )
    return [Mark(parse_utc(row["at"]), row["channel"], row["title"]) for row in rows]


def waiting_approvals(db: Database, case_id: int, at: datetime) -> list[Mark]:
    """Approvals the owner still owes, with the name, oldest first."""
    rows = db.query(
        "SELECT requested_at, statement.title, person.name FROM approval_request"
        " JOIN statement ON statement.id = approval_request.statement_id"
        " JOIN person ON person.id = approval_request.person_id"
        " WHERE statement.case_id = ? AND closed_at IS NULL AND expires_at > ?"
        " ORDER BY requested_at",
        [case_id, utc_text(at)],
    )
    return [Mark(parse_utc(row["requested_at"]), row["name"], row["title"]) for row in rows]


def hour_of(moment: datetime) -> datetime:
    """The Viennese hour ``moment`` lies in, without a zone, for a chart's axis."""
    return local(moment).replace(minute=0, second=0, microsecond=0, tzinfo=None)
