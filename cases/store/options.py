"""Allegations against the firm (Vorwürfe), what is known of each, and which way was chosen.

All of it is append-only: the words of an allegation, each assessment, each decision. The newest
assessment holds; a decision is taken back by the next one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import options
from cases.clock import ClockInput, ClockKind, compute
from cases.errors import (
    CaseClosed,
    EvidenceFirst,
    EvidenceOfOtherCase,
    InFuture,
    LawyerFirst,
    MissingField,
    NoLawyerGate,
    OptionNotChosen,
    OptionReasonNeeded,
    PublicationDayNeeded,
    UnknownAttack,
)
from cases.options import OptionResult, Situation
from cases.store.cases import case_by_id
from cases.store.clocks import (
    clocks_of,
    first_moment,
    reopen_clock,
    restart_clock,
    settle_clock,
    start_from_rules,
)
from cases.store.rows import insert, moment
from cases.store.timeline import add_timeline_entry
from data import now, parse_utc, transaction, utc_text
from data.i18n import _
from data.times import local

Action = Literal["chosen", "declined", "lawyer_checked", "sent", "noted"]
# The clocks of two people's machines may differ by this much.
_CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass(frozen=True)
class NewAttack:
    """An allegation as it was found: its words, who wrote it, where. ``mention_id`` names the
    mention it was found as; ``answers`` is what is known at once."""

    wording: str
    author: str = ""
    place: str = ""
    url: str = ""
    mention_id: int | None = None
    answers: Situation = field(default_factory=Situation)
    evidence_id: int | None = None
    no_evidence_reason: str = ""
    notice_at: datetime | None = None


@dataclass(frozen=True)
class Attack:
    """An allegation with its newest assessment.

    ``evidence_id`` is the stored original (NA-44), ``no_evidence_reason`` why there is none.
    ``notice_at`` is when a substantiated notice of a comment on the own page arrived (UTC).
    """

    id: int
    case_id: int
    wording: str
    author: str
    place: str
    url: str
    mention_id: int | None
    recorded_at: datetime
    recorded_by: str
    answers: Situation
    evidence_id: int | None
    no_evidence_reason: str
    notice_at: datetime | None
    assessed_at: datetime
    assessed_by: str

    @property
    def secured(self) -> bool:
        """Whether the post is kept as evidence, or it is written down why not (NA-44)."""
        return self.evidence_id is not None or bool(self.no_evidence_reason)

    def results(self, at: datetime) -> list[OptionResult]:
        """The ways as they stand at ``at`` (UTC)."""
        return options.assess(replace(self.answers, today=local(at).date()))


@dataclass(frozen=True)
class Decision:
    """One entry on a way: chosen, declined, looked at by a lawyer, sent, or a note.

    ``person`` decided, or is the lawyer; ``assessed`` is how the way stood at that time.
    """

    id: int
    attack_id: int
    option: str
    action: Action
    text: str
    person: str
    happened_at: datetime
    assessed: Mapping[str, Any]
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class Standing:
    """What became of one way. ``lawyer`` is the check that holds for the present choice."""

    state: Literal["", "chosen", "declined", "sent"]
    decision: Decision | None
    lawyer: Decision | None
    history: tuple[Decision, ...]


def add_attack(
    db: Database,
    actor: Actor,
    case_id: int,
    new: NewAttack,
    *,
    idempotency_key: str | None = None,
) -> Attack:
    """Take an allegation into the case with what is known of it.

    The same ``idempotency_key`` and the same mention make one. A comment on the own page with
    the time of a substantiated notice starts its clock. Raises MissingField, CaseClosed,
    EvidenceOfOtherCase, InFuture.
    """
    if not new.wording.strip():
        raise MissingField(_("Wortlaut"))
    with transaction(db):
        known = _known(db, case_id, new.mention_id, idempotency_key)
        if known is not None:
            return attack_by_id(db, case_id, known)
        _refuse_closed(db, case_id)
        attack_id = insert(
            db,
            "attack",
            {
                "idempotency_key": idempotency_key,
                "case_id": case_id,
                "wording": new.wording.strip(),
                "author": new.author.strip(),
                "place": new.place.strip(),
                "url": new.url.strip(),
                "mention_id": new.mention_id,
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(db, actor, "attack.added", f"attack:{attack_id}", case_id=case_id)
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=now(),
            kind="mention",
            text=_("Vorwurf aufgenommen: {wording}").format(wording=new.wording.strip()),
            details={"attack_id": attack_id},
        )
        return assess_attack(
            db,
            actor,
            case_id,
            attack_id,
            new.answers,
            evidence_id=new.evidence_id,
            no_evidence_reason=new.no_evidence_reason,
            notice_at=new.notice_at,
        )


def _known(
    db: Database, case_id: int, mention_id: int | None, idempotency_key: str | None
) -> int | None:
    found = db.execute(
        "SELECT id FROM attack WHERE idempotency_key = ? OR (case_id = ? AND mention_id = ?)",
        [idempotency_key, case_id, mention_id],
    ).fetchone()
    return int(found[0]) if found else None


def assess_attack(
    db: Database,
    actor: Actor,
    case_id: int,
    attack_id: int,
    answers: Situation,
    *,
    evidence_id: int | None = None,
    no_evidence_reason: str = "",
    notice_at: datetime | None = None,
) -> Attack:
    """Keep what is known of an allegation by now; the assessments before stay.

    Raises UnknownAttack, EvidenceOfOtherCase, CaseClosed, InFuture (a notice or a publication
    to come).
    """
    if notice_at is not None and notice_at > now() + _CLOCKS_DIFFER:
        raise InFuture
    if answers.published_on is not None and answers.published_on > local(now()).date():
        raise InFuture
    with transaction(db):
        if not _belongs(db, "attack", attack_id, case_id):
            raise UnknownAttack(attack_id)
        _refuse_closed(db, case_id)
        if evidence_id is not None and not _belongs(db, "evidence", evidence_id, case_id):
            raise EvidenceOfOtherCase(evidence_id)
        insert(
            db,
            "attack_assessment",
            {
                "attack_id": attack_id,
                "answers": json.dumps(options.to_json(answers), sort_keys=True),
                "evidence_id": evidence_id,
                "no_evidence_reason": no_evidence_reason.strip(),
                "notice_at": utc_text(notice_at) if notice_at else None,
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "attack.assessed",
            f"attack:{attack_id}",
            case_id=case_id,
            details={"evidence_id": evidence_id, **options.to_json(answers)},
        )
        if answers.medium == "own_page" and notice_at is not None:
            given = ClockInput(ClockKind.OWN_PAGE, notice_at)
            start_from_rules(db, actor, case_id, given, _subject(attack_id))
        if answers.published_on is not None:
            _move_clock(db, actor, case_id, attack_id, answers.published_on)
    return attack_by_id(db, case_id, attack_id)


def _move_clock(db: Database, actor: Actor, case_id: int, attack_id: int, day: date) -> None:
    """A counterstatement that is chosen counts from the day of publication as it is known now."""
    deadline = compute(ClockInput(ClockKind.COUNTERSTATEMENT, day))
    for clock in clocks_of(db, case_id, open_only=True):
        mine = (clock.kind, clock.subject) == (deadline.kind.value, _subject(attack_id))
        if mine and clock.due_at != deadline.last_moment:
            restart_clock(
                db,
                actor,
                clock.id,
                started_at=first_moment(day),
                due_at=deadline.last_moment,
                reason=_("Tag der Veröffentlichung berichtigt"),
            )


def _refuse_closed(db: Database, case_id: int) -> None:
    case = case_by_id(db, case_id)
    if case.state == "closed":
        raise CaseClosed(case.number)


def _belongs(db: Database, table: str, row_id: int, case_id: int) -> bool:
    found = db.execute(f"SELECT 1 FROM {table} WHERE id = ? AND case_id = ?", [row_id, case_id])
    return found.fetchone() is not None


def _subject(attack_id: int) -> str:
    """What tells the clocks of one allegation from those of another."""
    return f"attack:{attack_id}"


_SELECT = (
    "SELECT attack.*, newest.answers, newest.evidence_id, newest.no_evidence_reason,"
    " newest.notice_at, newest.recorded_at AS assessed_at, newest.recorded_by AS assessed_by"
    " FROM attack JOIN attack_assessment AS newest ON newest.id ="
    " (SELECT max(id) FROM attack_assessment WHERE attack_id = attack.id)"
)


def _attack(row: Mapping[str, Any]) -> Attack:
    return Attack(
        id=row["id"],
        case_id=row["case_id"],
        wording=row["wording"],
        author=row["author"],
        place=row["place"],
        url=row["url"],
        mention_id=row["mention_id"],
        recorded_at=parse_utc(row["recorded_at"]),
        recorded_by=row["recorded_by"],
        answers=options.from_json(json.loads(row["answers"])),
        evidence_id=row["evidence_id"],
        no_evidence_reason=row["no_evidence_reason"],
        notice_at=moment(row["notice_at"]),
        assessed_at=parse_utc(row["assessed_at"]),
        assessed_by=row["assessed_by"],
    )


def attack_by_id(db: Database, case_id: int, attack_id: int) -> Attack:
    """The allegation of this case with this id. Raises UnknownAttack."""
    query = f"{_SELECT} WHERE attack.id = ? AND attack.case_id = ?"
    row = next(db.query(query, [attack_id, case_id]), None)
    if row is None:
        raise UnknownAttack(attack_id)
    return _attack(row)


def attacks_of(db: Database, case_id: int) -> list[Attack]:
    """The allegations of a case, the newest first."""
    rows = db.query(f"{_SELECT} WHERE attack.case_id = ? ORDER BY attack.id DESC", [case_id])
    return [_attack(row) for row in rows]


# --- deciding on a way ----------------------------------------------------------------------


def choose(
    db: Database,
    actor: Actor,
    case_id: int,
    attack_id: int,
    option_id: str,
    *,
    person: str,
    reason: str,
    idempotency_key: str | None = None,
) -> None:
    """Record that the firm takes this way: who decided, and why. Starts the clock of the way.

    Raises EvidenceFirst while the post is not secured (NA-44), PublicationDayNeeded for a
    counterstatement without its day, OptionReasonNeeded, MissingField, CaseClosed.
    """
    with transaction(db):
        attack = attack_by_id(db, case_id, attack_id)
        if not attack.secured:
            raise EvidenceFirst
        kind = options.option(option_id).clock
        if kind and attack.answers.published_on is None:
            raise PublicationDayNeeded
        if not _add(db, actor, attack, option_id, "chosen", reason, person, now(), idempotency_key):
            return
        if kind and attack.answers.published_on is not None:
            _start(db, actor, attack, ClockKind(kind), attack.answers.published_on, reason)


def decline(
    db: Database,
    actor: Actor,
    case_id: int,
    attack_id: int,
    option_id: str,
    *,
    person: str,
    reason: str,
    idempotency_key: str | None = None,
) -> None:
    """Record that the firm does not take this way, or takes it no longer: who, and why.

    Its running clock is declined with the reason. Raises OptionReasonNeeded, MissingField.
    """
    with transaction(db):
        attack = attack_by_id(db, case_id, attack_id)
        if not _add(
            db, actor, attack, option_id, "declined", reason, person, now(), idempotency_key
        ):
            return
        kind = options.option(option_id).clock
        for clock in clocks_of(db, case_id, open_only=True):
            if (clock.kind, clock.subject) == (kind, _subject(attack_id)):
                settle_clock(db, actor, clock.id, "declined", reason)


def lawyer_checked(
    db: Database,
    actor: Actor,
    case_id: int,
    attack_id: int,
    option_id: str,
    *,
    lawyer: str,
    checked_at: datetime,
    text: str = "",
    idempotency_key: str | None = None,
) -> None:
    """Record that a lawyer has looked at it: who and when (A to E). The insured pays (NA-43).

    Raises NoLawyerGate, OptionNotChosen, MissingField, InFuture.
    """
    with transaction(db):
        attack = attack_by_id(db, case_id, attack_id)
        way = options.option(option_id)
        if not way.lawyer:
            raise NoLawyerGate(way.title)
        if standing_of(db, attack_id)[option_id].state not in ("chosen", "sent"):
            raise OptionNotChosen(way.title)
        if not lawyer.strip():
            raise MissingField(_("Rechtsanwalt"))
        _add(
            db, actor, attack, option_id, "lawyer_checked", text, lawyer, checked_at,
            idempotency_key,
        )  # fmt: skip


def mark_sent(
    db: Database,
    actor: Actor,
    case_id: int,
    attack_id: int,
    option_id: str,
    *,
    person: str,
    sent_at: datetime,
    text: str,
    idempotency_key: str | None = None,
) -> None:
    """Record that it went out, in the firm's name: who signed, when, to whom and how.

    Raises OptionNotChosen, LawyerFirst (A to E, § 8 RAO), MissingField, InFuture.
    """
    with transaction(db):
        attack = attack_by_id(db, case_id, attack_id)
        way = options.option(option_id)
        standing = standing_of(db, attack_id)[option_id]
        if standing.state not in ("chosen", "sent"):
            raise OptionNotChosen(way.title)
        if way.lawyer and standing.lawyer is None:
            raise LawyerFirst(way.title)
        if not text.strip():
            raise MissingField(_("An wen und wie"))
        _add(db, actor, attack, option_id, "sent", text, person, sent_at, idempotency_key)


def note_progress(
    db: Database,
    actor: Actor,
    case_id: int,
    attack_id: int,
    option_id: str,
    *,
    text: str,
    happened_at: datetime,
    idempotency_key: str | None = None,
) -> None:
    """Record what came of it: receipt, decision, complaint. Raises OptionNotChosen, MissingField."""
    with transaction(db):
        attack = attack_by_id(db, case_id, attack_id)
        if standing_of(db, attack_id)[option_id].state not in ("chosen", "sent"):
            raise OptionNotChosen(options.option(option_id).title)
        if not text.strip():
            raise MissingField(_("Was geschehen ist"))
        _add(db, actor, attack, option_id, "noted", text, "", happened_at, idempotency_key)


def _add(
    db: Database,
    actor: Actor,
    attack: Attack,
    option_id: str,
    action: Action,
    text: str,
    person: str,
    happened_at: datetime,
    idempotency_key: str | None,
) -> bool:
    """Append one entry; False where the same form has written it already."""
    if action in ("chosen", "declined") and not text.strip():
        raise OptionReasonNeeded
    if action in ("chosen", "declined", "sent") and not person.strip():
        raise MissingField(_("Unterschrieben von") if action == "sent" else _("Entschieden von"))
    if happened_at > now() + _CLOCKS_DIFFER:
        raise InFuture
    _refuse_closed(db, attack.case_id)
    if idempotency_key is not None:
        known = db.execute(
            "SELECT 1 FROM option_decision WHERE idempotency_key = ?", [idempotency_key]
        ).fetchone()
        if known:
            return False
    result = next(each for each in attack.results(now()) if each.id == option_id)
    decision_id = insert(
        db,
        "option_decision",
        {
            "idempotency_key": idempotency_key,
            "attack_id": attack.id,
            "option": option_id,
            "action": action,
            "text": text.strip(),
            "person": person.strip(),
            "happened_at": utc_text(happened_at),
            "assessed": json.dumps(
                {"applies": result.applies, "reasons": [each.code for each in result.reasons]}
            ),
            "recorded_at": utc_text(now()),
            "recorded_by": actor.name,
        },
    )
    audit.record(
        db,
        actor,
        f"option.{action}",
        f"option_decision:{decision_id}",
        case_id=attack.case_id,
        details={"option": option_id, "attack_id": attack.id, "person": person.strip()},
    )
    add_timeline_entry(
        db,
        actor,
        attack.case_id,
        happened_at=happened_at,
        kind="status",
        text=_told(option_id, action, text.strip(), person.strip()),
        details={"attack_id": attack.id, "option": option_id},
    )
    return True


def _told(option_id: str, action: Action, text: str, person: str) -> str:
    """The line on the timeline."""
    title = f"{option_id} {options.option(option_id).title}"
    sentence = {
        "chosen": _("{option}: gewählt von {person}. Grund: {text}"),
        "declined": _("{option}: nicht gewählt, entschieden von {person}. Grund: {text}"),
        "lawyer_checked": _("{option}: Rechtsanwalt geprüft, {person}. {text}"),
        "sent": _("{option}: abgesandt, unterschrieben von {person}. {text}"),
        "noted": _("{option}: {text}"),
    }[action]
    return sentence.format(option=title, person=person, text=text).strip()


def _start(
    db: Database, actor: Actor, attack: Attack, kind: ClockKind, day: date, reason: str
) -> None:
    """The clock of the way; one that was declined with the choice runs again."""
    subject = _subject(attack.id)
    clock = start_from_rules(db, actor, attack.case_id, ClockInput(kind, day), subject)
    if clock.settled_as == "declined":
        reopen_clock(db, actor, clock.id, reason)


def decisions_of(db: Database, attack_id: int) -> list[Decision]:
    """Everything decided on an allegation, the oldest first."""
    rows = db.query("SELECT * FROM option_decision WHERE attack_id = ? ORDER BY id", [attack_id])
    return [
        Decision(
            id=row["id"],
            attack_id=row["attack_id"],
            option=row["option"],
            action=row["action"],
            text=row["text"],
            person=row["person"],
            happened_at=parse_utc(row["happened_at"]),
            assessed=json.loads(row["assessed"]),
            recorded_at=parse_utc(row["recorded_at"]),
            recorded_by=row["recorded_by"],
        )
        for row in rows
    ]


def standing_of(db: Database, attack_id: int) -> dict[str, Standing]:
    """What became of each way against an allegation."""
    decisions = decisions_of(db, attack_id)
    return {
        option_id: _standing([each for each in decisions if each.option == option_id])
        for option_id in options.OPTIONS
    }


def _standing(history: list[Decision]) -> Standing:
    state: Literal["", "chosen", "declined", "sent"] = ""
    decision: Decision | None = None
    lawyer: Decision | None = None
    for each in history:
        if each.action == "chosen" or each.action == "declined" or each.action == "sent":
            state, decision = each.action, each
        if each.action in ("chosen", "declined"):
            lawyer = None
        elif each.action == "lawyer_checked":
            lawyer = each
    return Standing(state, decision, lawyer, tuple(history))


def chosen_of(db: Database, case_id: int) -> list[tuple[Attack, str, Standing]]:
    """The ways that are taken in a case, for its overview: allegation, letter, how it stands."""
    return [
        (attack, option_id, standing)
        for attack in attacks_of(db, case_id)
        for option_id, standing in standing_of(db, attack.id).items()
        if standing.state in ("chosen", "sent")
    ]
