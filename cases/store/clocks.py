"""The clocks (Fristen) that run in a case, and what became of them.

A clock is never deleted. It is done with its proof, declined with its reason, opened again
with a reason, or superseded by one that starts at another time. Each of these is an entry in
``clock_event``, in the audit chain and on the timeline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import clock as rules
from cases.coverage_text import label
from cases.errors import (
    AlreadySettled,
    EvidenceOfOtherCase,
    NotSettled,
    ReasonNeeded,
    SettledInFuture,
    UnknownClock,
)
from cases.store.rows import insert, moment
from cases.store.timeline import add_timeline_entry
from data import formats, now, parse_utc, transaction, utc_text
from data.i18n import N_, _
from data.times import VIENNA, local

# The clocks of two people's machines may differ by this much.
CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass(frozen=True)
class CaseClock:
    """A deadline that runs in a case.

    ``subject`` tells clocks of one kind apart ("enquiry:3", "incident:7", mostly empty).
    ``settled_at`` is when it was done, which may be before it was written down. A last day is
    kept as its last second in Vienna.
    """

    id: int
    case_id: int
    kind: str
    subject: str
    title: str
    started_at: datetime
    due_at: datetime
    warn_at: datetime
    rule: str
    source: str
    settled_at: datetime | None
    settled_by: str | None
    settled_as: str | None
    reason: str
    reference: str
    evidence_id: int | None
    supersedes_id: int | None

    @property
    def late(self) -> bool:
        """Whether it was done, but after its end."""
        return (
            self.settled_as == "done"
            and self.settled_at is not None
            and self.settled_at > self.due_at
        )


@dataclass(frozen=True)
class ClockEvent:
    """One entry in the history of a clock: what was done when, and when it was written down."""

    id: int
    clock_id: int
    at: datetime
    recorded_at: datetime
    actor_name: str
    action: str
    reason: str
    reference: str
    evidence_id: int | None


@dataclass(frozen=True)
class ListedClock:
    """A clock with its case, for a list over all cases."""

    clock: CaseClock
    case_number: str
    public_name: str
    on_duty: str


@dataclass(frozen=True)
class ClockFilter:
    """Which clocks a list holds. ``state``: open, overdue, settled or all."""

    case_id: int | None = None
    kinds: tuple[str, ...] = ()
    state: str = "open"


@dataclass(frozen=True)
class Escalation:
    """A warning that a clock runs out (``stage`` minutes left), or has (0)."""

    id: int
    listed: ListedClock
    stage: int
    audience: str
    raised_at: datetime


_COLUMNS = ", ".join(f"case_clock.{each.name}" for each in fields(CaseClock))
_CASE_COLUMNS = "crisis_case.number AS case_number, crisis_case.public_name, crisis_case.on_duty"
_OPEN_CASES = "crisis_case.state = 'open'"


def _clock(row: Mapping[str, Any]) -> CaseClock:
    return CaseClock(
        **{
            **{each.name: row[each.name] for each in fields(CaseClock)},
            "started_at": parse_utc(row["started_at"]),
            "due_at": parse_utc(row["due_at"]),
            "warn_at": parse_utc(row["warn_at"]),
            "settled_at": moment(row["settled_at"]),
        }
    )


def _listed(row: Mapping[str, Any]) -> ListedClock:
    return ListedClock(_clock(row), row["case_number"], row["public_name"], row["on_duty"])


def _record(
    db: Database,
    actor: Actor,
    clock: CaseClock,
    action: str,
    at: datetime,
    *,
    reason: str = "",
    reference: str = "",
    evidence_id: int | None = None,
) -> None:
    """The entry in the history and in the audit chain; inside an open transaction."""
    insert(
        db,
        "clock_event",
        {
            "clock_id": clock.id,
            "at": utc_text(at),
            "recorded_at": utc_text(now()),
            "actor_name": actor.name,
            "action": action,
            "reason": reason,
            "reference": reference,
            "evidence_id": evidence_id,
        },
    )
    details = {
        "kind": clock.kind,
        "due_at": utc_text(clock.due_at),
        "reason": reason,
        "reference": reference,
        "evidence_id": evidence_id,
    }
    audit.record(
        db,
        actor,
        f"clock.{action}",
        f"case_clock:{clock.id}",
        case_id=clock.case_id,
        details={name: value for name, value in details.items() if value not in ("", None)},
    )


def start_clock(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    kind: str,
    title: str,
    started_at: datetime,
    due_at: datetime,
    rule: str = "",
    source: str = "",
    subject: str = "",
    supersedes_id: int | None = None,
    reason: str = "",
) -> CaseClock:
    """Start a clock (Frist) of the case; the same clock started again changes nothing."""
    with transaction(db):
        known = db.execute(
            "SELECT id FROM case_clock WHERE case_id = ? AND kind = ? AND subject = ?"
            " AND started_at = ? AND settled_as IS NOT 'superseded'",
            [case_id, kind, subject, utc_text(started_at)],
        ).fetchone()
        if known:
            return clock_by_id(db, known[0])
        clock_id = insert(
            db,
            "case_clock",
            {
                "case_id": case_id,
                "kind": kind,
                "subject": subject,
                "title": title,
                "started_at": utc_text(started_at),
                "due_at": utc_text(due_at),
                "warn_at": utc_text(rules.warn_from(kind, due_at)),
                "rule": rule,
                "source": source,
                "supersedes_id": supersedes_id,
            },
        )
        clock = clock_by_id(db, clock_id)
        _record(db, actor, clock, "started", started_at, reason=reason)
        if supersedes_id is None:
            _tell(db, actor, clock, N_("Frist läuft: {title}, bis {due}"), now())
    return clock


def _tell(
    db: Database,
    actor: Actor,
    clock: CaseClock,
    sentence: str,
    at: datetime,
    reason: str = "",
) -> None:
    """The line on the timeline. ``sentence`` is marked with N_ where it stands."""
    add_timeline_entry(
        db,
        actor,
        clock.case_id,
        happened_at=at,
        kind="clock",
        text=_(sentence).format(title=clock.title, due=formats.moment(clock.due_at), reason=reason),
        details={"clock_id": clock.id},
    )


def settle_clock(
    db: Database,
    actor: Actor,
    clock_id: int,
    settled_as: str,
    reason: str = "",
    *,
    at: datetime | None = None,
    reference: str = "",
    evidence_id: int | None = None,
) -> None:
    """Mark a clock done at ``at``, or declined with its reason; a settled one stays as it is.

    ``reference`` is what proves it (a confirmation number), ``evidence_id`` the stored proof.
    What follows from it starts by itself: the end of the next report is counted from this one,
    an enquiry is answered with its clock. Raises ReasonNeeded, SettledInFuture, UnknownClock,
    EvidenceOfOtherCase.
    """
    if settled_as == "declined" and not reason.strip():
        raise ReasonNeeded
    done_at = at or now()
    if done_at > now() + CLOCKS_DIFFER:
        raise SettledInFuture
    with transaction(db):
        clock = clock_by_id(db, clock_id)
        if clock.settled_at is not None:
            return
        _check_evidence(db, clock, evidence_id)
        db.execute(
            "UPDATE case_clock SET settled_at = ?, settled_by = ?, settled_as = ?, reason = ?,"
            " reference = ?, evidence_id = ? WHERE id = ?",
            [
                utc_text(done_at),
                actor.name,
                settled_as,
                reason.strip(),
                reference.strip(),
                evidence_id,
                clock_id,
            ],
        )
        _record(
            db,
            actor,
            clock,
            settled_as,
            done_at,
            reason=reason.strip(),
            reference=reference.strip(),
            evidence_id=evidence_id,
        )
        settled = clock_by_id(db, clock_id)
        if settled_as == "declined":
            sentence = N_("Frist abgelehnt: {title}. Grund: {reason}")
        elif settled.late:
            sentence = N_("Frist verspätet erledigt: {title}, sie lief bis {due}")
        else:
            sentence = N_("Frist erledigt: {title}")
        _tell(db, actor, settled, sentence, done_at, reason.strip())
        _settle_enquiry(db, actor, settled)
        _start_what_follows(db, actor, settled)


def _check_evidence(db: Database, clock: CaseClock, evidence_id: int | None) -> None:
    if evidence_id is None:
        return
    row = db.execute("SELECT case_id FROM evidence WHERE id = ?", [evidence_id]).fetchone()
    if row is None or row[0] != clock.case_id:
        raise EvidenceOfOtherCase(evidence_id)


def _settle_enquiry(db: Database, actor: Actor, clock: CaseClock) -> None:
    """A press clock that is settled by itself settles its enquiry too: no list says otherwise."""
    said = clock.reason or clock.reference or _("ohne weitere Angabe festgehalten")
    db.execute(
        "UPDATE press_enquiry SET settled_at = ?, settled_by = ?, settled_as = ?, answer = ?"
        " WHERE clock_id = ? AND settled_at IS NULL",
        [
            utc_text(clock.settled_at or now()),
            actor.name,
            "answered" if clock.settled_as == "done" else "declined",
            said,
            clock.id,
        ],
    )


def _start_what_follows(db: Database, actor: Actor, clock: CaseClock) -> None:
    """The clocks whose start or end is this one's settlement."""
    at = clock.settled_at or now()
    if clock.settled_as == "done":
        for other in _open_of_case(db, clock.case_id):
            entry = rules.entry_of(other.kind)
            if entry.get("after") == clock.kind and other.subject == clock.subject:
                _count_from_report(db, actor, other, at)
            if entry.get("same_as") == clock.kind and other.subject == clock.subject:
                settle_clock(
                    db,
                    actor,
                    other.id,
                    "done",
                    at=at,
                    reference=clock.reference,
                    evidence_id=clock.evidence_id,
                )
    for kind in rules.ClockKind:
        follows: Mapping[str, str] = rules.entry_of(kind).get("follows", {})
        if follows.get("kind") == clock.kind and follows.get("settled_as") == clock.settled_as:
            # What has not happened by its last day is known at the end of that day.
            day = min(local(at).date(), local(clock.due_at).date())
            start = day if clock.settled_as == "declined" else local(at).date()
            start_from_rules(db, actor, clock.case_id, rules.ClockInput(kind, start), clock.subject)


def _count_from_report(db: Database, actor: Actor, clock: CaseClock, reported: datetime) -> None:
    """The end of a later report, counted from the earlier one's own time."""
    kind = rules.ClockKind(clock.kind)
    deadline = rules.compute(rules.ClockInput(kind, clock.started_at, reported_at=reported))
    if deadline.last_moment == clock.due_at:
        return
    restart_clock(
        db,
        actor,
        clock.id,
        started_at=clock.started_at,
        due_at=deadline.last_moment,
        reason=_("Die Meldung davor ist am {at} abgegangen; der Monat läuft ab dann.").format(
            at=formats.moment(reported)
        ),
    )


def start_from_rules(
    db: Database,
    actor: Actor,
    case_id: int,
    given: rules.ClockInput,
    subject: str = "",
    title_tail: str = "",
) -> CaseClock:
    """Start a clock as its rule computes it. A last day is kept as its last second."""
    deadline = rules.compute(given)
    started = given.start if isinstance(given.start, datetime) else first_moment(given.start)
    title = label(rules.entry_of(given.kind)["title"])
    return start_clock(
        db,
        actor,
        case_id,
        kind=given.kind.value,
        title=f"{title}: {title_tail}" if title_tail else title,
        started_at=started,
        due_at=deadline.last_moment,
        rule=deadline.rule,
        source=deadline.source,
        subject=subject,
    )


def first_moment(day: date) -> datetime:
    """The first moment of a day in Vienna. Midnight always exists there, and once."""
    return datetime(day.year, day.month, day.day, tzinfo=VIENNA).astimezone(UTC)


def reopen_clock(db: Database, actor: Actor, clock_id: int, reason: str) -> None:
    """Take back that a clock was done or declined. Raises ReasonNeeded, NotSettled."""
    if not reason.strip():
        raise ReasonNeeded
    with transaction(db):
        clock = clock_by_id(db, clock_id)
        if clock.settled_as not in ("done", "declined"):
            raise NotSettled(clock.title)
        db.execute(
            "UPDATE case_clock SET settled_at = NULL, settled_by = NULL, settled_as = NULL,"
            " reason = '', reference = '', evidence_id = NULL WHERE id = ?",
            [clock_id],
        )
        db.execute(
            "UPDATE press_enquiry SET settled_at = NULL, settled_by = NULL, settled_as = NULL,"
            " answer = '', statement_id = NULL WHERE clock_id = ?",
            [clock_id],
        )
        _record(db, actor, clock, "reopened", now(), reason=reason.strip())
        sentence = N_("Frist läuft wieder: {title}, bis {due}. Grund: {reason}")
        _tell(db, actor, clock, sentence, now(), reason.strip())


def restart_clock(
    db: Database,
    actor: Actor,
    clock_id: int,
    *,
    started_at: datetime,
    due_at: datetime,
    reason: str,
) -> CaseClock:
    """Let a clock run from another time; the old one stays, superseded, with the reason.

    Raises ReasonNeeded, AlreadySettled.
    """
    if not reason.strip():
        raise ReasonNeeded
    with transaction(db):
        old = clock_by_id(db, clock_id)
        if old.settled_at is not None:
            raise AlreadySettled(old.title)
        db.execute(
            "UPDATE case_clock SET settled_at = ?, settled_by = ?, settled_as = 'superseded',"
            " reason = ? WHERE id = ?",
            [utc_text(now()), actor.name, reason.strip(), clock_id],
        )
        _record(db, actor, old, "superseded", now(), reason=reason.strip())
        made = start_clock(
            db,
            actor,
            old.case_id,
            kind=old.kind,
            title=old.title,
            started_at=started_at,
            due_at=due_at,
            rule=old.rule,
            source=old.source,
            subject=old.subject,
            supersedes_id=old.id,
            reason=reason.strip(),
        )
        db.execute("UPDATE press_enquiry SET clock_id = ? WHERE clock_id = ?", [made.id, old.id])
        sentence = N_("Frist neu gestellt: {title}, bis {due}. Grund: {reason}")
        _tell(db, actor, made, sentence, now(), reason.strip())
    return made


def clock_by_id(db: Database, clock_id: int) -> CaseClock:
    """The clock with this id. Raises UnknownClock."""
    row = next(db.query(f"SELECT {_COLUMNS} FROM case_clock WHERE id = ?", [clock_id]), None)
    if row is None:
        raise UnknownClock(clock_id)
    return _clock(row)


def clocks_of(
    db: Database,
    case_id: int | None = None,
    open_only: bool = False,
    superseded: bool = False,
) -> list[CaseClock]:
    """Clocks by due time, of one case or of all open cases; superseded ones only if asked."""
    conditions = []
    if case_id is not None:
        conditions.append("case_id = :case")
    else:
        conditions.append("case_id IN (SELECT id FROM crisis_case WHERE state = 'open')")
    if open_only:
        conditions.append("settled_at IS NULL")
    if not superseded:
        conditions.append("settled_as IS NOT 'superseded'")
    rows = db.query(
        f"SELECT {_COLUMNS} FROM case_clock WHERE {' AND '.join(conditions)} ORDER BY due_at, id",
        {"case": case_id},
    )
    return [_clock(row) for row in rows]


def _open_of_case(db: Database, case_id: int) -> list[CaseClock]:
    return clocks_of(db, case_id, open_only=True)


def history_of(db: Database, clock_id: int) -> list[ClockEvent]:
    """What became of a clock and of those it superseded, oldest first."""
    rows = db.query(
        "WITH RECURSIVE line(id) AS (VALUES (:clock) UNION"
        " SELECT supersedes_id FROM case_clock JOIN line USING (id)"
        " WHERE supersedes_id IS NOT NULL)"
        " SELECT * FROM clock_event WHERE clock_id IN (SELECT id FROM line) ORDER BY id",
        {"clock": clock_id},
    )
    return [
        ClockEvent(
            **{
                **row,
                "at": parse_utc(row["at"]),
                "recorded_at": parse_utc(row["recorded_at"]),
            }
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Changes:
    """How a clock has changed since it first ran. ``root_id`` stays the same over restarts."""

    root_id: int
    count: int
    last_at: datetime | None


def changes_of(db: Database, clock_ids: Sequence[int]) -> dict[int, Changes]:
    """For each clock how often it or the ones it superseded have changed, and when last."""
    marks = ", ".join("?" * len(clock_ids))
    rows = db.execute(
        "WITH RECURSIVE line(clock_id, id) AS ("
        f" SELECT id, id FROM case_clock WHERE id IN ({marks}) UNION"
        " SELECT line.clock_id, case_clock.supersedes_id FROM line"
        " JOIN case_clock ON case_clock.id = line.id WHERE supersedes_id IS NOT NULL)"
        " SELECT line.clock_id, min(line.id), count(clock_event.id), max(recorded_at) FROM line"
        " LEFT JOIN clock_event ON clock_event.clock_id = line.id GROUP BY line.clock_id",
        list(clock_ids),
    )
    return {
        row[0]: Changes(root_id=row[1], count=max(0, row[2] - 1), last_at=moment(row[3]))
        for row in rows
    }


def list_clocks(
    db: Database, wanted: ClockFilter, at: datetime, limit: int = 200
) -> list[ListedClock]:
    """Clocks with their cases, by due time; settled ones the newest first.

    Without a case only those of open cases, unless settled ones are asked for.
    """
    conditions, values = _conditions(wanted, at)
    order = (
        "settled_at DESC, case_clock.id DESC"
        if wanted.state == "settled"
        else "due_at, case_clock.id"
    )
    rows = db.query(
        f"SELECT {_COLUMNS}, {_CASE_COLUMNS} FROM case_clock"
        " JOIN crisis_case ON crisis_case.id = case_clock.case_id"
        f" WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT :limit",
        {**values, "limit": limit},
    )
    return [_listed(row) for row in rows]


def count_clocks(db: Database, wanted: ClockFilter, at: datetime) -> int:
    """How many clocks :func:`list_clocks` would give without its limit."""
    conditions, values = _conditions(wanted, at)
    counted = db.execute(
        "SELECT count(*) FROM case_clock"
        " JOIN crisis_case ON crisis_case.id = case_clock.case_id"
        f" WHERE {' AND '.join(conditions)}",
        values,
    ).fetchone()
    return int(counted[0])


def _conditions(wanted: ClockFilter, at: datetime) -> tuple[list[str], dict[str, Any]]:
    conditions = ["settled_as IS NOT 'superseded'"]
    values: dict[str, Any] = {"now": utc_text(at)}
    if wanted.case_id is not None:
        conditions.append("case_id = :case")
        values["case"] = wanted.case_id
    elif wanted.state in ("open", "overdue"):
        conditions.append(_OPEN_CASES)
    if wanted.kinds:
        names = [f"kind{number}" for number in range(len(wanted.kinds))]
        conditions.append(f"kind IN ({', '.join(':' + name for name in names)})")
        values.update(zip(names, wanted.kinds, strict=True))
    by_state = {
        "open": "settled_at IS NULL",
        "overdue": "settled_at IS NULL AND due_at < :now",
        "settled": "settled_at IS NOT NULL",
        "all": "1",
    }
    conditions.append(by_state[wanted.state])
    return conditions, values


def pressing(db: Database, at: datetime, limit: int = 20) -> list[ListedClock]:
    """The clocks of open cases that have reached their first warning, the nearest end first."""
    rows = db.query(
        f"SELECT {_COLUMNS}, {_CASE_COLUMNS} FROM case_clock"
        " JOIN crisis_case ON crisis_case.id = case_clock.case_id"
        f" WHERE settled_at IS NULL AND warn_at <= ? AND {_OPEN_CASES}"
        " ORDER BY due_at, case_clock.id LIMIT ?",
        [utc_text(at), limit],
    )
    return [_listed(row) for row in rows]


def awaiting_escalation(db: Database, at: datetime) -> list[tuple[ListedClock, frozenset[int]]]:
    """Open clocks that may owe a warning, with the stages that were raised already."""
    rows = db.query(
        f"SELECT {_COLUMNS}, {_CASE_COLUMNS}, (SELECT group_concat(stage) FROM clock_escalation"
        " WHERE clock_id = case_clock.id) AS stages FROM case_clock"
        " JOIN crisis_case ON crisis_case.id = case_clock.case_id"
        f" WHERE settled_at IS NULL AND warn_at <= ? AND {_OPEN_CASES}"
        " AND NOT EXISTS (SELECT 1 FROM clock_escalation"
        " WHERE clock_id = case_clock.id AND stage = ?) ORDER BY due_at, case_clock.id",
        [utc_text(at), rules.OVERDUE_STAGE],
    )
    return [
        (_listed(row), frozenset(int(each) for each in (row["stages"] or "").split(",") if each))
        for row in rows
    ]


def raise_escalation(
    db: Database, actor: Actor, listed: ListedClock, stage: rules.Stage, at: datetime
) -> Escalation:
    """Keep that a warning was given, and tell it on the timeline."""
    with transaction(db):
        escalation_id = insert(
            db,
            "clock_escalation",
            {
                "clock_id": listed.clock.id,
                "stage": stage.minutes,
                "audience": stage.audience,
                "raised_at": utc_text(at),
            },
        )
        clock = listed.clock
        audit.record(
            db,
            actor,
            "clock.escalated",
            f"case_clock:{clock.id}",
            case_id=clock.case_id,
            details={"stage": stage.minutes, "audience": stage.audience},
        )
        add_timeline_entry(
            db,
            actor,
            clock.case_id,
            happened_at=at,
            kind="clock",
            text=_warning(listed, stage, at),
            details={"clock_id": clock.id, "stage": stage.minutes},
        )
    return Escalation(escalation_id, listed, stage.minutes, stage.audience, at)


def _warning(listed: ListedClock, stage: rules.Stage, at: datetime) -> str:
    told = (
        _("{name} im Dienst").format(name=listed.on_duty)
        if stage.audience == "duty" and listed.on_duty
        else _("alle")
    )
    sentence = (
        _("Frist überfällig: {title}, sie lief bis {due}. Erinnert wird: {told}.")
        if stage.minutes == rules.OVERDUE_STAGE
        else _("Frist läuft ab: {title}, bis {due}, noch {left}. Erinnert wird: {told}.")
    )
    return sentence.format(
        title=listed.clock.title,
        due=formats.moment(listed.clock.due_at),
        left=formats.span(listed.clock.due_at - at),
        told=told,
    )


def escalations_of(db: Database, clock_id: int) -> list[tuple[int, str, datetime]]:
    """The warnings that were given for a clock: minutes left, to whom, when."""
    rows = db.execute(
        "SELECT stage, audience, raised_at FROM clock_escalation WHERE clock_id = ? ORDER BY id",
        [clock_id],
    )
    return [(row[0], row[1], parse_utc(row[2])) for row in rows]


def overdue_within(clocks: Iterable[CaseClock], at: datetime, span: timedelta) -> list[CaseClock]:
    """The open clocks that are due within ``span`` of ``at``, or past it."""
    return [clock for clock in clocks if clock.settled_at is None and clock.due_at <= at + span]
