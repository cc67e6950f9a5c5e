"""The handover as it joins the rooms: what is open in a case, read live from all of them.

The rules stand in :mod:`cases.handover`, the record in :mod:`cases.store.handover`. Here the
items are read, and given to both as a function, so that they are read once more inside the
transaction that finishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from access import accounts, audit
from access.actor import SYSTEM, Actor
from budget import store as budget_store
from budget import words as budget_words
from budget.entry import Entry, EventBudget, Timer
from budget.errors import TimerStopped
from cases import duty, store
from cases import handover as rules
from cases.duty import Shift
from cases.errors import NotOfThisHandover, NotTheReceiving
from cases.handover import Item, Line, Missing
from cases.store import Case, press, stakeholders, tasks
from cases.store import duty as roster
from cases.store import handover as record
from cases.store.handover import Handover
from data import formats, transaction, utc_text
from data.i18n import N_, _, ngettext
from drafting import store as drafting_store
from drafting.approval import Situation
from drafting.store import Statement
from ui import situation

# Whose shift ended longer ago has handed over, or somebody else has long taken the case.
_LATELY = timedelta(hours=24)
_SHOWN_ON_DUTY = 2
_ALL_ALERTS = 100_000


@dataclass(frozen=True)
class BoardLine:
    """One thing about duty the board should say. ``page`` is "handover" or "duty"."""

    text: str
    page: str
    late: bool
    handover_id: int | None = None


# What is open


def items_of(db: Database, handover: Handover, at: datetime) -> list[Item]:
    """Everything that is open in the cases of the handover, case by case."""
    cases = record.cases_of_handover(db, handover)
    notes = record.notes_of(db, handover.id)
    clocks = store.clocks_of(db, open_only=True)
    alerts = situation.open_alerts(db, _ALL_ALERTS)
    timers = budget_store.running_timers(db)
    budgets: dict[int, EventBudget] = {}
    found: list[Item] = []
    for case in cases:
        if case.insured_event_id not in budgets:
            budgets[case.insured_event_id] = budget_store.event_state(db, case.insured_event_id, at)
        if case.id in notes:
            found.append(_note(notes[case.id]))
        found += _deadlines(db, case, clocks)
        found += _approvals(db, case, at)
        found += [_alert(each) for each in alerts if each.case_id == case.id]
        found += _stakeholders(db, case, at)
        found += _tasks(db, case)
        found += _timers(db, handover, [each for each in timers if each.case_id == case.id])
        found.append(_cap(db, case, budgets[case.insured_event_id], at))
    return found


def note_text(note: record.Note) -> str:
    """The note as people read it, line by line."""
    said = [note.situation, _("Nächste Schritte:\n{steps}").format(steps=note.next_steps)]
    if note.owner_mood:
        said.append(_("Inhaber:in: {mood}").format(mood=note.owner_mood))
    return "\n".join(said)


def _note(note: record.Note) -> Item:
    return Item(
        note.case_id,
        "note",
        "note",
        _("von {name}, {at}").format(name=note.written_by, at=formats.moment(note.written_at)),
        note_text(note),
        {"note_id": note.id},
    )


def _deadlines(db: Database, case: Case, clocks: Sequence[store.CaseClock]) -> list[Item]:
    """The clocks and the press enquiries; the clock of an enquiry stands with the enquiry."""
    enquiries = press.open_enquiries(db, case.id)
    theirs = {each.clock_id for each in enquiries}
    own = [each for each in clocks if each.case_id == case.id and each.id not in theirs]
    return [*(_clock(each) for each in own), *(_enquiry(each) for each in enquiries)]


def _enquiry(enquiry: press.Enquiry) -> Item:
    due = enquiry.deadline_at
    asked = _("fragt: {questions}").format(questions=enquiry.questions)
    until = _("ohne Frist") if due is None else _("fällig {at}").format(at=formats.moment(due))
    who = ", ".join(name for name in (enquiry.medium, enquiry.journalist) if name)
    return Item(
        enquiry.case_id,
        "enquiry",
        str(enquiry.id),
        who,
        f"{until} · {asked}",
        {
            "due_at": utc_text(due) if due else None,
            "questions": enquiry.questions,
        },
    )


def _clock(clock: store.CaseClock) -> Item:
    return Item(
        clock.case_id,
        "clock",
        str(clock.id),
        clock.title,
        _("fällig {at}").format(at=formats.moment(clock.due_at)),
        {"due_at": utc_text(clock.due_at)},
    )


def _approvals(db: Database, case: Case, at: datetime) -> list[Item]:
    waiting = [
        each
        for each in drafting_store.statements_of(db, case.id)
        if each.state in ("review", "approved")
    ]
    return [_approval(db, case, each, at) for each in reversed(waiting)]


_STAGES = {
    "review": N_("wartet auf die zweite Person (vier Augen)"),
    "insurer": N_("wartet auf den Versicherer"),
    "lawyer": N_("wartet auf die Rechtsanwältin oder den Rechtsanwalt"),
    "owner": N_("wartet auf die Freigabe der Firma"),
    "request": N_("geprüft, die Firma ist noch nicht um Freigabe gebeten"),
    "stale": N_("die Freigabe gilt für eine frühere Fassung"),
    "release": N_("freigegeben, noch nicht ausgesandt"),
}


def _approval(db: Database, case: Case, statement: Statement, at: datetime) -> Item:
    stage = _stage(drafting_store.situation_of(db, SYSTEM, statement.id))
    state = drafting_store.approval_state(db, statement.id, at)
    detail = _(_STAGES[stage])
    if stage == "owner" and state.request is not None:
        person = next(
            each for each in store.people_of(db, case.firm_id) if each.id == state.request.person_id
        )
        detail = _("wartet bei {name}, der Link gilt bis {at}").format(
            name=person.name, at=formats.moment(state.request.expires_at)
        )
    return Item(
        case.id,
        "approval",
        f"statement:{statement.id}",
        statement.title,
        detail,
        {"stage": stage, "content": state.content_hash},
    )


def _stage(found: Situation) -> str:
    if not found.reviewed:
        return "review"
    if found.open_gates:
        return found.open_gates[0]
    return {"waiting": "owner", "approved": "release", "stale": "stale"}.get(
        found.standing, "request"
    )


def _alert(alert: situation.Alert) -> Item:
    return Item(
        alert.case_id,
        "alert",
        str(alert.id),
        _("{severity}, {at}").format(
            severity=formats.severity(alert.severity), at=formats.moment(alert.raised_at)
        ),
        alert.text,
        {"severity": alert.severity},
    )


def _stakeholders(db: Database, case: Case, at: datetime) -> list[Item]:
    """Who is still to be told, in time or late; what is undecided is no promise yet."""
    return [
        Item(
            case.id,
            "stakeholder",
            f"{line.party.id}:{line.entry.name}",
            line.title,
            " · ".join(
                each
                for each in (
                    _("fällig {at}").format(at=formats.moment(line.entry.due_at))
                    if line.entry.due_at
                    else _("ohne Frist"),
                    _("informiert wird durch {person}").format(person=line.entry.person)
                    if line.entry.person
                    else "",
                )
                if each
            ),
            {
                "due_at": utc_text(line.entry.due_at) if line.entry.due_at else None,
                "person": line.entry.person,
            },
        )
        for line in stakeholders.matrix_of(db, case.id, at)
        if line.state in ("due", "overdue") and line.entry is not None
    ]


def _tasks(db: Database, case: Case) -> list[Item]:
    """What is to be organised for the firm, in this case or outside of every case."""
    return [
        Item(
            case.id,
            "task",
            str(task.id),
            task.title,
            " · ".join(
                each
                for each in (
                    _("fällig {at}").format(at=formats.moment(task.due_at))
                    if task.due_at
                    else _("ohne Frist"),
                    _("für {name}").format(name=task.for_whom) if task.for_whom else "",
                )
                if each
            ),
            {"due_at": utc_text(task.due_at) if task.due_at else None},
        )
        for task in tasks.tasks_of_firm(db, case.firm_id)
        if task.state == "open" and task.case_id in (None, case.id)
    ]


def _timers(db: Database, handover: Handover, running: Sequence[Timer]) -> list[Item]:
    own = _timer_of(db, handover.leaving_account_id)
    receiving = _timer_of(db, handover.receiving_account_id)
    return [
        Item(
            each.case_id,
            "timer",
            str(each.id),
            _("{name}: {activity}").format(
                name=each.person, activity=budget_words.activity(each.activity)
            ),
            _("läuft seit {at}, {rate} je Stunde").format(
                at=formats.moment(each.started_at), rate=formats.money(each.rate_cents)
            ),
            {"started_at": utc_text(each.started_at)},
            must_end=own is not None and each.id == own.id,
        )
        for each in running
        if receiving is None or each.id != receiving.id
    ]


def _timer_of(db: Database, account_id: int) -> Timer | None:
    return budget_store.timer_of(db, accounts.account_by_id(db, account_id).actor)


def _cap(db: Database, case: Case, budget: EventBudget, at: datetime) -> Item:
    event = store.event_by_id(db, case.insured_event_id)
    rest = budget.remaining_cents - budget.reserved_cents
    used_up = budget.reached_at is not None and budget.reached_at <= at
    return Item(
        case.id,
        "cap",
        f"insured_event:{event.id}",
        _("Rest {rest} von {cap} {basis} ({number})").format(
            rest=formats.money(rest),
            cap=formats.money(budget.cap_cents),
            basis=_("brutto") if budget.basis == "gross" else _("netto"),
            number=event.number,
        ),
        " · ".join(_cap_details(budget, at)),
        {
            "cap_cents": budget.cap_cents,
            "rest_cents": rest,
            "overflow_cents": budget.overflow_cents,
            "used_up": used_up,
            "must_stop": budget.must_stop,
            "consent_cents": budget.consent.ceiling_cents if budget.consent else None,
            "reached_at": (
                utc_text(budget.reached_at)
                if budget.reached_at is not None and not used_up
                else None
            ),
        },
    )


def _cap_details(budget: EventBudget, at: datetime) -> list[str]:
    found = []
    if budget.reserved_cents:
        found.append(
            _("davon reserviert sind {amount}").format(amount=formats.money(budget.reserved_cents))
        )
    if budget.overflow_cents:
        found.append(_("darüber {amount}").format(amount=formats.money(budget.overflow_cents)))
    if budget.reached_at is None:
        found.append(_("keine Zeit läuft, die Grenze rückt nicht näher"))
    elif budget.reached_at <= at:
        found.append(_("die Grenze ist erreicht"))
    else:
        found.append(_("erreicht um {at}").format(at=formats.moment(budget.reached_at)))
    if budget.must_stop:
        found.append(_("ohne Einverständnis der Firma nicht weiterarbeiten"))
    elif budget.consent is not None:
        found.append(
            _("Einverständnis bis {amount} über der Grenze").format(
                amount=formats.money(budget.consent.ceiling_cents)
            )
        )
    return found


# What is done


def lines(db: Database, handover: Handover, at: datetime) -> list[Line]:
    """Each open item of the handover with how it stands."""
    return record.lines_of(db, handover, items_of(db, handover, at))


def missing(db: Database, handover: Handover, at: datetime) -> list[Missing]:
    """What stands against finishing the handover."""
    return record.missing_of(db, handover, items_of(db, handover, at))


def acknowledge(
    db: Database, actor: Actor, handover: Handover, shown: Sequence[Item], at: datetime
) -> int:
    """The receiving person takes on what was shown; see :func:`cases.store.handover.acknowledge`."""
    return record.acknowledge(db, actor, handover.id, shown, lambda: items_of(db, handover, at))


def finish(db: Database, actor: Actor, handover: Handover, at: datetime) -> Handover:
    """Close the handover; see :func:`cases.store.handover.finish_handover`."""
    return record.finish_handover(db, actor, handover.id, lambda: items_of(db, handover, at))


def stop_timer(
    db: Database, actor: Actor, handover: Handover, timer_id: int, *, text: str, at: datetime
) -> Entry:
    """Stop and book the leaving person's timer; either of the two may.

    Raises NotOfThisHandover, or TimerStopped and TextMissing of the room budget.
    """
    if actor.account_id not in (handover.leaving_account_id, handover.receiving_account_id):
        raise NotOfThisHandover(handover.leaving_name, handover.receiving_name)
    with transaction(db):
        own = _timer_of(db, handover.leaving_account_id)
        if own is None or own.id != timer_id:
            raise TimerStopped
        return budget_store.stop_timer(db, actor, timer_id, text=text, now=at)


def pass_timer_on(
    db: Database, actor: Actor, handover: Handover, timer_id: int, *, text: str, at: datetime
) -> Timer:
    """The leaving person's timer is booked, and the receiving person's goes on from there.

    Activity, function and rate stay. Both or none: raises NotTheReceiving and what
    :func:`stop_timer` raises, or TimerRuns of the room budget.
    """
    with transaction(db):
        if actor.account_id != handover.receiving_account_id:
            raise NotTheReceiving(handover.receiving_name)
        entry = stop_timer(db, actor, handover, timer_id, text=text, at=at)
        timer = budget_store.start_timer(
            db,
            actor,
            entry.case_id,
            activity=entry.activity,
            function=entry.function,
            rate_cents=entry.rate_cents or 0,
            now=at,
        )
        audit.record(
            db,
            actor,
            "handover.timer_passed_on",
            f"handover:{handover.id}",
            case_id=entry.case_id,
            details={"from": timer_id, "to": timer.id},
        )
    return timer


# What other pages say of it


def duty_line(db: Database, at: datetime) -> str:
    """Who is on duty, for the line at the top: "Dienst: M. bis 08:00"."""
    present = roster.on_duty_now(db, at)
    if not present:
        coming = roster.next_shift(db, at)
        if coming is None:
            return _("Dienst: niemand eingeteilt")
        return _("Dienst: niemand, ab {at} {name}").format(
            at=formats.short_moment(coming.start, at), name=coming.person
        )
    named = [_until(db, each, at) for each in present[:_SHOWN_ON_DUTY]]
    more = len(present) - len(named)
    tail = _(" und {count} mehr").format(count=more) if more else ""
    return _("Dienst: {names}").format(names=", ".join(named)) + tail


def _until(db: Database, shift: Shift, at: datetime) -> str:
    until = roster.there_until(db, shift)
    shown = (
        formats.clock_time(until)
        if until - at < timedelta(hours=24)
        else formats.short_moment(until, at)
    )
    name = _("{name} (Ruf)").format(name=shift.person) if shift.role == "on_call" else shift.person
    return _("{name} bis {at}").format(name=name, at=shown)


def board_lines(db: Database, at: datetime) -> list[BoardLine]:
    """What the board says of duty: late and open handovers, who left without one, gaps."""
    opened = record.open_handovers(db)
    found = [_open_line(each, at) for each in opened]
    found += _left_without(db, opened, at)
    gap = roster.coming_gap(db, at)
    if gap is not None:
        text = (
            duty.gap_text(gap)
            if roster.roster_is_kept(db)
            else _("Der Dienstplan ist leer: niemand ist eingeteilt (NA-19)")
        )
        found.append(BoardLine(text, "duty", late=gap.start <= at))
    return sorted(found, key=lambda each: not each.late)


def _open_line(handover: Handover, at: datetime) -> BoardLine:
    late = rules.is_overdue(handover.due_at, at)
    sentence = (
        _("Übergabe {leaving} an {receiving} überfällig seit {due}")
        if late
        else _("Übergabe {leaving} an {receiving} offen {since}")
    )
    return BoardLine(
        sentence.format(
            leaving=handover.leaving_name,
            receiving=handover.receiving_name,
            due=formats.short_moment(handover.due_at, at) if handover.due_at else "",
            since=formats.since(handover.started_at, at),
        ),
        "handover",
        late,
        handover.id,
    )


def _left_without(db: Database, opened: Sequence[Handover], at: datetime) -> list[BoardLine]:
    """People whose shift is over, who still have open cases and no handover of them open."""
    lately = roster.shifts_between(db, at - _LATELY, at)
    present = {each.account_id for each in lately if each.start <= at < each.end}
    handing = {each.leaving_account_id for each in opened}
    held: dict[str, int] = {}
    for case in store.list_cases(db, "open"):
        held[case.on_duty] = held.get(case.on_duty, 0) + 1
    ends: dict[int, Shift] = {}
    for shift in lately:
        gone = shift.account_id not in present and shift.account_id not in handing
        if gone and shift.person in held:
            last = ends.get(shift.account_id, shift)
            ends[shift.account_id] = max(last, shift, key=lambda each: each.end)
    return [
        BoardLine(
            ngettext(
                "{name} ist seit {at} nicht mehr im Dienst und führt noch {count} Fall",
                "{name} ist seit {at} nicht mehr im Dienst und führt noch {count} Fälle",
                held[shift.person],
            ).format(
                name=shift.person,
                at=formats.short_moment(shift.end, at),
                count=held[shift.person],
            ),
            "handover",
            late=True,
        )
        for shift in ends.values()
    ]
