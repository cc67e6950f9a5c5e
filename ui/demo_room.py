"""What the demonstration shows of the room cases: contracts, evidence, clocks, duty.

A case of ``data/reference/demo.toml`` holds what its pages show in sections that are named
after what takes it in. Each function here reads its section and calls that store, at the
case's own times where the store keeps one; what a store dates itself was done just now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from email.utils import format_datetime
from typing import Any

from sqlite_utils import Database

from access.accounts import Account
from access.actor import Actor
from cases import clocks, evidence, options, redaction, store
from cases.clock import ClockKind
from cases.duty import Pattern, Shift
from cases.evidence import Evidence
from cases.readiness import Answer, EmergencyPlan
from cases.redaction import Area
from cases.stakeholders import Entry
from cases.store import (
    Case,
    Incident,
    Person,
    assistance,
    claims,
    costs,
    duty,
    firms,
    handover,
    onsite,
    press,
    readiness,
    stakeholders,
    steps,
    tasks,
)
from cases.store import clocks as clock_store
from cases.store import options as attacks
from cases.store.claims import Sending
from cases.store.firms import Authority, Profile
from cases.store.options import NewAttack
from cases.store.press import NewEnquiry
from data import Home, reference
from data.times import from_local, local
from monitoring.mentions import Mention
from ui import claiming

_WEEKDAYS = frozenset({1, 2, 3, 4, 5})
_WEEKEND = frozenset({6, 7})
_MORNING, _EVENING = time(8), time(18)
# Five whole weeks, from the Monday of last week: longer than the duty page looks ahead.
_PLANNED = timedelta(weeks=5, days=-1)
_NIGHT = timedelta(hours=8)


@dataclass(frozen=True)
class Stage:
    """A case of the demonstration, moved by whole days, and who works on it.

    ``now`` is the moment at which the demonstration begins: what is still to come counts from
    there.
    """

    home: Home
    told: Mapping[str, Any]
    consultant: Actor
    colleague: Actor
    shift: timedelta
    now: datetime

    @property
    def db(self) -> Database:
        """The database of the home."""
        return self.home.db()

    @property
    def called(self) -> datetime:
        """The wall clock of the first call, moved."""
        return datetime.fromisoformat(self.told["called"]) + self.shift

    def at(self, wall_clock: str) -> datetime:
        """A time of the scenario, moved."""
        return from_local(datetime.fromisoformat(wall_clock) + self.shift)

    def rows(self, section: str) -> Sequence[Mapping[str, Any]]:
        """The entries of a section; none where the case has none."""
        found: Sequence[Mapping[str, Any]] = self.told.get(section, ())
        return found


def fill(stage: Stage, case: Case, mentions: Sequence[Mention]) -> None:
    """Everything of a case that its pages show beside calling, facts, mentions and hours."""
    _firm(stage, case)
    _contracts(stage, case)
    kept = _evidence(stage, case)
    _people(stage, case, kept)
    _readiness(stage, case)
    for incident in store.incidents_of(stage.db, case.id)[:1]:
        _assistance(stage, incident)
        _visit(stage, case, incident)
    _costs(stage, case)
    _clocks(stage, case)
    _steps(stage, case)
    _stakeholders(stage, case)
    _attacks(stage, case, mentions, kept)
    _custody(stage, kept)
    _claim(stage, case)
    _press(stage, case)


# --- firm and contracts ------------------------------------------------------------------------


def _firm(stage: Stage, case: Case) -> None:
    told = stage.told.get("register")
    if told is None:
        return
    firm = store.firm_by_id(stage.db, case.firm_id)
    learned = replace(
        firm, owner_name=told["owner_name"], input_tax_deductible=told["input_tax_deductible"]
    )
    store.change_firm(stage.db, stage.consultant, learned)
    for profile in told["profiles"]:
        firms.add_profile(stage.db, stage.consultant, firm.id, Profile(**profile))
    for domain in told["domains"]:
        firms.add_domain(stage.db, stage.consultant, firm.id, domain)


def _contracts(stage: Stage, case: Case) -> None:
    learned = stage.told.get("contract")
    if learned is not None:
        policy = store.policies_of(stage.db, case.firm_id)[0]
        firms.change_policy(stage.db, stage.consultant, replace(policy, **learned))
    told = dict(stage.told.get("second_contract", {}))
    if not told:
        return
    cents, reason = told.pop("sum_cents"), told.pop("sum_reason")
    begins = told.pop("begins_on")
    draft = firms.draft_policy(told.pop("template"), told.pop("number"), begins_on=begins)
    other = firms.add_policy(stage.db, stage.consultant, case.firm_id, replace(draft, **told))
    firms.set_sum(stage.db, stage.consultant, other.id, cents, holds_from=begins, reason=reason)


def _people(stage: Stage, case: Case, kept: Mapping[str, Evidence]) -> None:
    for person in stage.rows("people"):
        firms.add_person(stage.db, stage.consultant, case.firm_id, Person(**person))
    told = stage.told.get("authority")
    if told is None:
        return
    by_name = {each.name: each.id for each in store.people_of(stage.db, case.firm_id)}
    firms.grant_authority(
        stage.db,
        stage.consultant,
        Authority(
            person_id=by_name[told["person"]],
            granted_by=by_name[told["granted_by"]],
            granted_on=stage.called.date() - timedelta(days=told["days_ago"]),
            text=told["text"],
            document=kept[told["document"]].id,
            channels=tuple(told["channels"]),
        ),
    )


def _readiness(stage: Stage, case: Case) -> None:
    told = stage.told.get("readiness")
    if told is None:
        return
    checked = stage.called.date() - timedelta(days=told["days_ago"])
    answers = []
    for row in told["answers"]:
        given = dict(row)
        ago = given.pop("dated_days_ago", None)
        dated = local(stage.now).date() - timedelta(days=ago) if ago is not None else None
        answers.append(Answer(**given, dated_on=dated))
    by = told["filled_in_by"]
    readiness.record_answers(
        stage.db, stage.consultant, case.firm_id, answers, checked_on=checked, filled_in_by=by
    )
    plan = stage.told.get("plan")
    if plan is None:
        return
    written = EmergencyPlan(
        **{**plan, "steps": tuple(plan["steps"])}, value="yes", checked_on=checked, filled_in_by=by
    )
    readiness.record_plan(stage.db, stage.consultant, case.firm_id, written)


# --- evidence ----------------------------------------------------------------------------------


def _evidence(stage: Stage, case: Case) -> dict[str, Evidence]:
    """Takes the files of the case in; returns all of its evidence by file name."""
    words = {
        "day": f"{stage.called:%Y-%m-%d}",
        "mail_day": format_datetime(stage.called).rpartition(" ")[0][: -len(" 00:00:00")],
    }
    for told in stage.rows("evidence"):
        evidence.add(
            stage.db,
            stage.home,
            stage.consultant,
            case.id,
            data=told["text"].format(**words).encode(),
            file_name=told["file"],
            kind=told["kind"],
            captured_at=stage.at(told["at"]),
            note=told["note"],
        )
    return {each.file_name: each for each in evidence.evidence_of(stage.db, case.id)}


def _custody(stage: Stage, kept: Mapping[str, Evidence]) -> None:
    """Who had access before, the copy that may be shown, and who was given the original."""
    for told in stage.rows("access"):
        row = dict(told)
        original = kept[row.pop("file")]
        evidence.record_access(stage.db, stage.consultant, original.id, **row)
    for told in stage.rows("copies"):
        redaction.make_copy(
            stage.db,
            stage.home,
            stage.consultant,
            kept[told["file"]].id,
            areas=[Area(**each) for each in told["areas"]],
            reason=told["reason"],
        )
    for told in stage.rows("handed_out"):
        evidence.hand_out(
            stage.db,
            stage.home,
            stage.consultant,
            kept[told["file"]].id,
            recipient=told["recipient"],
            reason=told["reason"],
        )


# --- the incident and what it costs ------------------------------------------------------------


def _assistance(stage: Stage, incident: Incident) -> None:
    db, actor = stage.db, stage.consultant
    systems = {
        told["name"]: assistance.add_system(db, actor, incident.id, **told)
        for told in stage.rows("systems")
    }
    permission = stage.told.get("permission")
    if permission is not None:
        assistance.record_permission(
            db,
            actor,
            incident.id,
            kind="granted",
            person=permission["person"],
            scope=permission["scope"],
            happened_at=stage.at(permission["at"]),
        )
    for told in stage.rows("help"):
        assistance.record_help(
            db,
            actor,
            incident.id,
            mode=told["mode"],
            started_at=stage.at(told["at"]),
            minutes=told["minutes"],
            person=told["person"],
            text=told["text"],
        )
    for told in stage.rows("changes"):
        assistance.log_system_change(
            db,
            actor,
            systems[told["system"]].id,
            happened_at=stage.at(told["at"]),
            person=told["person"],
            text=told["text"],
        )


def _visit(stage: Stage, case: Case, incident: Incident) -> None:
    told = stage.told.get("visit")
    if told is not None:
        onsite.wish_visit(
            stage.db,
            stage.consultant,
            case.id,
            wished_by=told["wished_by"],
            wished_at=stage.at(told["at"]),
            text=told["text"],
            incident_id=incident.id,
        )


def _costs(stage: Stage, case: Case) -> None:
    for told in stage.rows("costs"):
        costs.add_cost(
            stage.db,
            stage.consultant,
            case.id,
            kind=told["kind"],
            text=told["text"],
            cents=told["cents"],
            happened_at=stage.at(told["at"]),
            receipt=told.get("receipt", ""),
        )
    for told in stage.rows("tasks"):
        tasks.add_task(
            stage.db,
            stage.consultant,
            case.firm_id,
            kind=told["kind"],
            title=told["title"],
            for_whom=told["for_whom"],
            due_at=_end_of_work(stage.now, told["due_in_days"]),
            case_id=case.id,
        )


def _end_of_work(at: datetime, days: int) -> datetime:
    """The evening so many days after a moment, as people set it for one another."""
    return from_local(datetime.combine(local(at).date() + timedelta(days=days), _EVENING))


# --- clocks and press --------------------------------------------------------------------------


def _clocks(stage: Stage, case: Case) -> None:
    db, actor = stage.db, stage.consultant
    first_word = stage.told.get("holding")
    if first_word is not None:
        for clock in store.clocks_of(db, case.id, open_only=True):
            if clock.kind == ClockKind.HOLDING:
                _settle(stage, clock.id, first_word["at"], first_word["reference"])
    for told in stage.rows("clocks"):
        kind, start = ClockKind(told["kind"]), stage.at(told["at"])
        counts_days = kind == ClockKind.COUNTERSTATEMENT
        begun = clocks.start_by_hand(
            db,
            actor,
            case.id,
            kind,
            start=local(start).date() if counts_days else start,
            note=told["note"],
        )
        if "done_at" in told:
            _settle(stage, begun.id, told["done_at"], told["reference"])
    entity = stage.told.get("entity")
    if entity is not None:
        clocks.answer_entity(
            db, actor, case.id, entity["question"], entity["answer"], reason=entity["reason"]
        )


def _settle(stage: Stage, clock_id: int, at: str, proof: str) -> None:
    clock_store.settle_clock(
        stage.db, stage.consultant, clock_id, "done", at=stage.at(at), reference=proof
    )


def _press(stage: Stage, case: Case) -> None:
    db, actor = stage.db, stage.consultant
    for told in stage.rows("enquiries"):
        asked, deadline = _times_of(stage, told)
        enquiry = press.add_enquiry(
            db,
            actor,
            case.id,
            NewEnquiry(
                medium=told["medium"],
                journalist=told.get("journalist", ""),
                reach_at=told["reach_at"],
                channel=told["channel"],
                questions=told["questions"],
                received_at=asked,
                deadline_at=deadline,
            ),
        )
        if "answer" in told:
            answered = stage.at(told["answered_at"])
            press.answer_enquiry(db, actor, enquiry.id, at=answered, answer=told["answer"])
        if "declined" in told:
            press.decline_enquiry(db, actor, enquiry.id, told["declined"])


def _times_of(stage: Stage, told: Mapping[str, Any]) -> tuple[datetime, datetime | None]:
    """When an enquiry came and until when it wants its answer."""
    if "minutes_ago" in told:
        asked = stage.now - timedelta(minutes=told["minutes_ago"])
        return asked, stage.now + timedelta(minutes=told["due_in_minutes"])
    deadline = told.get("deadline_at")
    return stage.at(told["asked_at"]), stage.at(deadline) if deadline else None


# --- steps, groups, allegations ----------------------------------------------------------------


def _steps(stage: Stage, case: Case) -> None:
    for told in stage.rows("steps"):
        said = {name: told[name] for name in ("text", "person") if name in told}
        at = stage.at(told["at"])
        if "value" in told:
            steps.answer(
                stage.db,
                stage.consultant,
                case.id,
                told["item"],
                told["value"],
                happened_at=at,
                **said,
            )
        else:
            steps.tick(stage.db, stage.consultant, case.id, told["item"], happened_at=at, **said)


def _stakeholders(stage: Stage, case: Case) -> None:
    for told in stage.rows("stakeholders"):
        row = dict(told)
        for name in ("due_at", "done_at"):
            if name in row:
                row[name] = stage.at(row[name])
        stakeholders.decide(stage.db, stage.consultant, case.id, Entry(**row))


def _attacks(
    stage: Stage, case: Case, mentions: Sequence[Mention], kept: Mapping[str, Evidence]
) -> None:
    for told in stage.rows("attacks"):
        mention = mentions[told["mention"]]
        found = attacks.add_attack(
            stage.db,
            stage.consultant,
            case.id,
            NewAttack(
                wording=mention.text,
                author=mention.author,
                place=told["place"],
                url=mention.url,
                mention_id=mention.id,
                answers=options.from_json(told["answers"]),
                evidence_id=kept[told["evidence"]].id if "evidence" in told else None,
                no_evidence_reason=told.get("no_evidence_reason", ""),
            ),
        )
        chosen = told.get("choose")
        if chosen is not None:
            attacks.choose(
                stage.db,
                stage.consultant,
                case.id,
                found.id,
                chosen["option"],
                person=chosen["person"],
                reason=chosen["reason"],
            )


# --- the report to the insurer -----------------------------------------------------------------


def _claim(stage: Stage, case: Case) -> None:
    told = stage.told.get("claim")
    if told is None:
        return
    db, actor, sent_at = stage.db, stage.consultant, stage.at(told["sent_at"])
    first = claims.begin_report(db, actor, case.id, subject=told["subject"], body=told["body"])
    composed = claiming.compose(db, case, first, told["recipient"])
    sending = Sending(
        recipient_kind=told["recipient_kind"],
        recipient=told["recipient"],
        method=told["method"],
        sent_at=sent_at,
        sent_by=actor.name,
        reference=told["reference"],
    )
    claiming.record_sent(db, actor, case, first.id, sending, shown_sha256=composed.sha256)
    claims.record_claim_number(
        db, actor, case.id, told["number"], given_by=told["given_by"], given_at=sent_at
    )
    claims.begin_report(
        db, actor, case.id, subject=told["further_subject"], body=told["further_body"]
    )


# --- duty and handover -------------------------------------------------------------------------


def plan_duty(db: Database, people: Mapping[str, Account], at: datetime) -> None:
    """The week plan around ``at``: one gap that is still to be filled, one shift swapped."""
    lang, berger, wagner = people["beratung"], people["kollegin"], people["springer"]
    first = local(at).date() - timedelta(days=local(at).weekday() + 7)

    def pattern(who: Account, weekdays: frozenset[int], begins: time, ends: time) -> Pattern:
        return Pattern(
            account_id=who.id,
            role="desk" if who is lang else "on_call",
            weekdays=weekdays,
            begins=begins,
            ends=ends,
            first_day=first,
            last_day=first + _PLANNED,
        )

    duty.add_pattern(db, lang.actor, pattern(lang, _WEEKDAYS, _MORNING, _EVENING))
    duty.add_pattern(db, lang.actor, pattern(berger, _WEEKDAYS, _EVENING, _MORNING))
    duty.add_pattern(db, lang.actor, pattern(berger, _WEEKEND, _MORNING, _MORNING))
    missed = _next_of(db, berger, at + timedelta(hours=1))
    said = reference.load("demo")["duty"]
    duty.cancel_shift(db, lang.actor, missed.id, reason=said["missed"], at=at)
    duty.add_shift(
        db,
        lang.actor,
        account_id=wagner.id,
        role="on_call",
        start=missed.start,
        end=missed.end - _NIGHT,
        note=said["covered"],
    )
    duty.swap(
        db,
        lang.actor,
        _next_of(db, lang, at + timedelta(days=1)).id,
        to_account=wagner.id,
        kind="sick",
        reason=said["sick"],
        at=at,
    )


def _next_of(db: Database, who: Account, after: datetime) -> Shift:
    """The first shift of a person that begins after a moment."""
    coming = duty.shifts_between(db, after, after + timedelta(days=5))
    return next(each for each in coming if each.account_id == who.id and each.start > after)


def hand_over(db: Database, people: Mapping[str, Account], case: Case, at: datetime) -> None:
    """A handover that has just begun, with the note on one case."""
    lang, berger = people["beratung"], people["kollegin"]
    running = [each for each in duty.on_duty_now(db, at) if each.account_id == lang.id]
    begun = handover.begin_handover(
        db,
        lang.actor,
        receiving_account=berger.id,
        due_at=running[0].end if running else None,
    )
    handover.write_note(db, lang.actor, begun.id, case.id, **reference.load("demo")["duty"]["note"])
