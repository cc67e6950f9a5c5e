"""What starts clocks, and what warns before they run out.

The rules are pure (:mod:`cases.clock`, :mod:`cases.obligations`), the SQL stands in
:mod:`cases.store.clocks`; here they meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlite_utils import Database

from access import audit
from access.actor import SYSTEM, Actor
from cases import clock as rules
from cases.clock import ClockInput, ClockKind
from cases.coverage_text import label
from cases.errors import EndBeforeStart, MissingField, NotInForce, StartInFuture
from cases.obligations import BY_RULE, Answer, Happened, Obligation, Situation, obligations
from cases.store import clocks as clock_store
from cases.store.cases import Case, case_by_id
from cases.store.clocks import CLOCKS_DIFFER, CaseClock, Escalation
from cases.store.coverage import coverage_of
from cases.store.rows import insert, moment
from cases.store.timeline import add_timeline_entry
from data import now, parse_utc, reference, transaction, utc_text
from data.i18n import N_, _
from data.times import local


def clock_title(kind: str) -> str:
    """What is due, in the words of the desk."""
    return label(rules.entry_of(kind)["title"])


def clock_short(kind: str) -> str:
    """What is due, in a word for the board."""
    return label(rules.entry_of(kind)["short"])


# --- starting ---------------------------------------------------------------------------


def start_at_opening(db: Database, actor: Actor, case: Case, statutory: Sequence[str]) -> None:
    """The clocks of a case that opens: the first statement, and what the law asks for.

    The target of the first statement runs from the opening. ``statutory`` are the clocks that
    the coverage decision names; they run from the moment the firm became aware.
    """
    with transaction(db):
        holding = ClockInput(ClockKind.HOLDING, case.opened_at)
        clock_store.start_from_rules(db, actor, case.id, holding)
        happened = situation_of(db, case).happened
        awareness = min((each.happened_at for each in happened), default=case.called_at)
        for kind in statutory:
            given = ClockInput(ClockKind(kind), awareness)
            clock_store.start_from_rules(db, actor, case.id, given)
        start_what_applies(db, actor, case.id)


def start_what_applies(db: Database, actor: Actor, case_id: int) -> list[CaseClock]:
    """Start the statutory clocks that apply as things stand; returns those that are new.

    Called after an incident or an answer has changed, as often as you like: a clock of the
    kind that runs, was done or was declined is left as it is. One that was declined by what
    was known (no data affected, no such entity) runs again as soon as that has changed.
    """
    started: list[CaseClock] = []
    with transaction(db):
        case = case_by_id(db, case_id)
        if case.state != "open":
            return []
        known = clock_store.clocks_of(db, case_id)
        for duty in obligations(situation_of(db, case)):
            if duty.applies != "yes" or not duty.automatic or duty.start is None:
                continue
            mine = [
                each
                for each in known
                if (each.kind, each.subject) == (duty.kind.value, duty.subject)
            ]
            if not mine:
                started.append(start_duty(db, actor, case_id, duty))
            for each in mine:
                if each.settled_as == "declined" and each.reference in BY_RULE:
                    clock_store.reopen_clock(db, actor, each.id, duty.reason)
    return started


def start_duty(db: Database, actor: Actor, case_id: int, duty: Obligation) -> CaseClock:
    """Start the clock of a duty that applies, from its own beginning. Raises MissingField."""
    if duty.start is None:
        raise MissingField(_("Beginn der Frist"))
    given = ClockInput(duty.kind, duty.start)
    return clock_store.start_from_rules(db, actor, case_id, given, duty.subject)


def situation_of(db: Database, case: Case) -> Situation:
    """What is known of a case that its duties follow from."""
    rows = db.execute(
        "SELECT it_incident.id, it_incident.kind, it_incident.happened_at, it_incident.data_loss,"
        " case_incident.relation FROM case_incident"
        " JOIN it_incident ON it_incident.id = case_incident.incident_id"
        " WHERE case_incident.case_id = ? ORDER BY it_incident.id",
        [case.id],
    ).fetchall()
    records = coverage_of(db, case.id)
    said = records[0].decision.get("clocks", ()) if records else ()
    return Situation(
        called_at=case.called_at,
        covered=case.coverage_result != "no",
        happened=tuple(Happened(row[0], row[1], parse_utc(row[2]), row[3], row[4]) for row in rows),
        coverage_says=tuple(str(each) for each in said),
        answers={
            name: Answer(each.answer, each.reason, each.since)
            for name, each in entity_answers(db, case.id).items()
        },
    )


def obligations_of(db: Database, case_id: int) -> list[Obligation]:
    """The duties to report of a case as things stand (EX-02)."""
    return obligations(situation_of(db, case_by_id(db, case_id)))


@dataclass(frozen=True)
class Proposal:
    """What the desk should decide about a running clock, and why. ``at``: the earlier start."""

    clock: CaseClock
    action: Literal["decline", "restart"]
    reason: str
    reference: str = ""
    at: datetime | None = None


def proposals_of(db: Database, case_id: int) -> list[Proposal]:
    """Running clocks that no longer fit what is known: to be declined, or to start earlier.

    Nothing is declined by itself; a person decides and is named.
    """
    running = clock_store.clocks_of(db, case_id, open_only=True)
    found = []
    for duty in obligations_of(db, case_id):
        for each in running:
            if (each.kind, each.subject) != (duty.kind.value, duty.subject):
                continue
            if duty.applies == "no":
                found.append(Proposal(each, "decline", duty.reason, duty.declined_as))
            elif duty.automatic and duty.start is not None and duty.start < each.started_at:
                why = _("Die Firma wusste früher davon, als die Frist annimmt.")
                found.append(Proposal(each, "restart", why, at=duty.start))
    return found


def accept(db: Database, actor: Actor, proposal: Proposal) -> None:
    """Do what a proposal says, in the name of the actor."""
    clock = proposal.clock
    if proposal.at is not None:
        restart(db, actor, clock.id, start=proposal.at, reason=proposal.reason)
        return
    clock_store.settle_clock(
        db, actor, clock.id, "declined", proposal.reason, reference=proposal.reference
    )


def start_by_hand(
    db: Database,
    actor: Actor,
    case_id: int,
    kind: ClockKind,
    *,
    start: datetime | date,
    due: datetime | None = None,
    reported_at: datetime | None = None,
    note: str = "",
) -> CaseClock:
    """Start a clock from its inputs: a UTC moment, or the day where its rule counts days.

    ``due`` is the end where somebody sets it, ``note`` is added to the title. Raises
    StartInFuture, EndBeforeStart, MissingField, NotInForce.
    """
    given = _checked(ClockInput(kind, start, reported_at, due))
    subject = f"note:{note.strip()}" if note.strip() else ""
    return clock_store.start_from_rules(db, actor, case_id, given, subject, note.strip())


def _checked(given: ClockInput) -> ClockInput:
    """The input of a clock, as a person may have typed it."""
    entry = rules.entry_of(given.kind)
    start = given.start
    if isinstance(start, datetime):
        if start > now() + CLOCKS_DIFFER:
            raise StartInFuture
        if given.due is None and "given" in entry:
            raise MissingField(_("Ende der Frist"))
        if not rules.in_force(given.kind, start):
            since = entry["in_force"].strftime("%d.%m.%Y")
            raise NotInForce(label(entry["title"]), since)
        if any(end is not None and end < start for end in (given.due, given.reported_at)):
            raise EndBeforeStart
    elif start > local(now()).date():
        raise StartInFuture
    return given


def restart(
    db: Database,
    actor: Actor,
    clock_id: int,
    *,
    start: datetime | date,
    due: datetime | None = None,
    reason: str,
) -> CaseClock:
    """Let a clock run from another start (the firm knew earlier, or later than was thought).

    Where somebody had set the end and ``due`` names no other, it keeps its length. Raises
    ReasonNeeded, AlreadySettled, StartInFuture, EndBeforeStart, NotInForce.
    """
    old = clock_store.clock_by_id(db, clock_id)
    kind = ClockKind(old.kind)
    if due is None and "given" in rules.entry_of(kind):
        due = old.due_at
    given = _checked(ClockInput(kind, start, due=due))
    deadline = rules.compute(given)
    started = start if isinstance(start, datetime) else clock_store.first_moment(start)
    return clock_store.restart_clock(
        db, actor, clock_id, started_at=started, due_at=deadline.last_moment, reason=reason
    )


# --- the class of the firm -------------------------------------------------------------


@dataclass(frozen=True)
class EntityAnswer:
    """What was answered about the class of the firm or of the event, by whom and why."""

    question: str
    answer: str
    reason: str
    since: datetime | None
    answered_at: datetime
    answered_by: str
    case_id: int


def entity_questions() -> tuple[str, ...]:
    """The questions, in their order."""
    return tuple(reference.load("clocks")["entity_questions"])


def entity_answers(db: Database, case_id: int) -> dict[str, EntityAnswer]:
    """The newest answer to each question. What the firm is holds in all its cases."""
    questions = reference.load("clocks")["entity_questions"]
    rows = db.execute(
        "SELECT entity_class.question, entity_class.answer, entity_class.reason,"
        " entity_class.since, entity_class.answered_at, entity_class.answered_by,"
        " entity_class.case_id FROM entity_class"
        " JOIN crisis_case AS theirs ON theirs.id = entity_class.case_id"
        " JOIN crisis_case AS ours ON ours.firm_id = theirs.firm_id"
        " WHERE ours.id = ? ORDER BY entity_class.id",
        [case_id],
    )
    newest: dict[str, EntityAnswer] = {}
    for row in rows:
        made = EntityAnswer(
            question=row[0],
            answer=row[1],
            reason=row[2],
            since=moment(row[3]),
            answered_at=parse_utc(row[4]),
            answered_by=row[5],
            case_id=row[6],
        )
        if made.case_id == case_id or questions[made.question]["level"] == "firm":
            newest[made.question] = made
    return newest


def answer_entity(
    db: Database,
    actor: Actor,
    case_id: int,
    question: str,
    answer: str,
    *,
    reason: str = "",
    since: datetime | None = None,
) -> list[CaseClock]:
    """Keep an answer with its reason, and start what follows from it; returns the new clocks.

    A yes and a no need a reason (EX-02), the classification its moment. Raises MissingField,
    StartInFuture.
    """
    if answer != "unknown" and not reason.strip():
        raise MissingField(_("Begründung"))
    entry = reference.load("clocks")["entity_questions"][question]
    if answer == "yes" and entry.get("since") and since is None:
        raise MissingField(_("Zeitpunkt der Einstufung"))
    if since is not None and since > now() + CLOCKS_DIFFER:
        raise StartInFuture
    with transaction(db):
        insert(
            db,
            "entity_class",
            {
                "case_id": case_id,
                "question": question,
                "answer": answer,
                "since": utc_text(since) if since else None,
                "reason": reason.strip(),
                "answered_at": utc_text(now()),
                "answered_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "entity_class.answered",
            f"crisis_case:{case_id}",
            case_id=case_id,
            details={"question": question, "answer": answer, "reason": reason.strip()},
        )
        said = {"yes": N_("ja"), "no": N_("nein"), "unknown": N_("unbekannt")}[answer]
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=now(),
            kind="status",
            text=f"{label(entry['question'])} {_(said)}. {reason.strip()}".strip(),
        )
        return start_what_applies(db, actor, case_id)


# --- warning ------------------------------------------------------------------------------


def owes_escalation(db: Database, at: datetime) -> bool:
    """Whether :func:`escalations_due` would raise anything; writes nothing."""
    return bool(_owed(db, at))


def escalations_due(db: Database, at: datetime) -> list[Escalation]:
    """Raise every warning that is due at ``at`` (UTC); returns those raised now.

    Each stage of a clock is raised once, with its line on the timeline. The caller delivers
    them in the same transaction, so that neither exists without the other.
    """
    if not _owed(db, at):
        return []
    with transaction(db):
        # Read again under the write lock: two watchers may have seen the same.
        return [
            clock_store.raise_escalation(db, SYSTEM, listed, stage, at)
            for listed, stage in _owed(db, at)
        ]


def _owed(db: Database, at: datetime) -> list[tuple[clock_store.ListedClock, rules.Stage]]:
    owed = []
    for listed, raised in clock_store.awaiting_escalation(db, at):
        stage = rules.stage_due(listed.clock.kind, listed.clock.due_at, raised, at)
        if stage is not None:
            owed.append((listed, stage))
    return owed
