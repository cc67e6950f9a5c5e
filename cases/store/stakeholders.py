"""The record of who is told what by when (Beteiligte, EX-07b). Append-only per group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import clocks, stakeholders
from cases.errors import CaseClosed
from cases.stakeholders import OTHER, Counts, Entry, Line, Situation
from cases.store.cases import case_by_id
from cases.store.incidents import Incident, incidents_of
from cases.store.press import enquiries_of
from cases.store.rows import insert, moment
from cases.store.timeline import add_timeline_entry
from data import formats, now, parse_utc, transaction, utc_text
from data.i18n import _


def entries_of(db: Database, case_id: int) -> list[Entry]:
    """Everything recorded on the groups of a case, the oldest first."""
    rows = db.query("SELECT * FROM stakeholder_entry WHERE case_id = ? ORDER BY id", [case_id])
    return [_entry(row) for row in rows]


def history_of(db: Database, case_id: int, party: str, name: str = "") -> list[Entry]:
    """What was recorded on one group, the newest first."""
    found = [each for each in entries_of(db, case_id) if (each.party, each.name) == (party, name)]
    return found[::-1]


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        party=row["party"],
        inform=row["inform"],
        name=row["name"],
        due_at=moment(row["due_at"]),
        by_whom=row["by_whom"],
        person=row["person"],
        statement_id=row["statement_id"],
        text=row["text"],
        done_at=moment(row["done_at"]),
        reason=row["reason"],
        recorded_at=parse_utc(row["recorded_at"]),
        recorded_by=row["recorded_by"],
    )


def situation_of(db: Database, case_id: int) -> Situation:
    """What the suggestions for a case follow from."""
    incidents = incidents_of(db, case_id)
    return Situation(
        kinds=frozenset(each.kind for each in incidents),
        data_loss=_gravest(incidents, "data_loss"),
        outage=_gravest(incidents, "outage"),
        attack=_attack(db, case_id),
        media=_media(db, case_id),
        poster=_poster(db, case_id),
        nisg=_nisg(db, case_id),
    )


def _gravest(incidents: Iterable[Incident], name: str) -> str:
    values = {getattr(each, name) for each in incidents}
    return next((each for each in ("yes", "unknown", "no") if each in values), "none")


def _attack(db: Database, case_id: int) -> str:
    """The result of step 1 as it holds (EX-01); nothing recorded is unknown."""
    row = db.execute(
        "SELECT action, value FROM step_entry WHERE case_id = ? AND item = 'EX-01.result'"
        " ORDER BY id DESC LIMIT 1",
        [case_id],
    ).fetchone()
    if row is None or row[0] != "answered":
        return "unknown" if incidents_of(db, case_id) else "no"
    return {"attack": "yes", "defect": "no"}.get(row[1], "unknown")


def _media(db: Database, case_id: int) -> str:
    """Whether the media ask or report: an enquiry, an allegation in a medium, limb B."""
    if case_by_id(db, case_id).limb == "B" or enquiries_of(db, case_id):
        return "yes"
    found = db.execute(
        "SELECT 1 FROM attack JOIN attack_assessment ON attack_assessment.id ="
        " (SELECT max(id) FROM attack_assessment AS newest WHERE newest.attack_id = attack.id)"
        " WHERE case_id = ? AND json_extract(answers, '$.medium') IN"
        " ('print', 'broadcast', 'website', 'newsletter')",
        [case_id],
    ).fetchone()
    return "yes" if found else "no"


def _poster(db: Database, case_id: int) -> str:
    """Whether somebody has posted against the firm: a contact, or an allegation in the net."""
    found = db.execute(
        "SELECT 1 FROM contact WHERE case_id = :case AND kind = 'poster' UNION ALL"
        " SELECT 1 FROM attack JOIN attack_assessment ON attack_assessment.id ="
        " (SELECT max(id) FROM attack_assessment AS newest WHERE newest.attack_id = attack.id)"
        " WHERE case_id = :case AND json_extract(answers, '$.medium') IN"
        " ('social_post', 'review', 'own_page')",
        {"case": case_id},
    ).fetchone()
    return "yes" if found else "no"


def _nisg(db: Database, case_id: int) -> str:
    answered = clocks.entity_answers(db, case_id).get("nisg_entity")
    return answered.answer if answered is not None else "unknown"


def matrix_of(db: Database, case_id: int, at: datetime | None = None) -> list[Line]:
    """Every group of the case with suggestion and decision, in the order of telling."""
    return stakeholders.matrix(
        entries_of(db, case_id), situation_of(db, case_id), at if at is not None else now()
    )


def counts_of(db: Database, case_id: int, at: datetime | None = None) -> Counts:
    """The matrix of a case in figures, for the checklist and the overview."""
    return stakeholders.count(matrix_of(db, case_id, at))


def undecided_of(db: Database, case_id: int) -> int:
    """How many groups nobody has decided on (EX-07b)."""
    return counts_of(db, case_id).undecided


def decide(
    db: Database,
    actor: Actor,
    case_id: int,
    entry: Entry,
    *,
    idempotency_key: str | None = None,
) -> None:
    """Append what is decided on a group, or what became of it. The newest entry holds.

    The same ``idempotency_key`` writes once; so does the same entry twice. Raises CaseClosed
    and what :func:`cases.stakeholders.check` raises.
    """
    entry = _trimmed(entry)
    stakeholders.check(entry, now())
    with transaction(db):
        case = case_by_id(db, case_id)
        if case.state == "closed":
            raise CaseClosed(case.number)
        if idempotency_key is not None and _is_known(db, idempotency_key, entry):
            return
        history = history_of(db, case_id, entry.party, entry.name)
        if history and replace(history[0], recorded_at=None, recorded_by="") == entry:
            return
        _append(db, actor, case_id, entry, idempotency_key)


def _trimmed(entry: Entry) -> Entry:
    return replace(
        entry,
        name=entry.name.strip(),
        person=entry.person.strip(),
        text=entry.text.strip(),
        reason=entry.reason.strip(),
        recorded_at=None,
        recorded_by="",
    )


def _is_known(db: Database, idempotency_key: str, entry: Entry) -> bool:
    found = db.execute(
        "SELECT 1 FROM stakeholder_entry WHERE idempotency_key = ? AND party = ? AND name = ?",
        [idempotency_key, entry.party, entry.name],
    )
    return found.fetchone() is not None


def _append(
    db: Database, actor: Actor, case_id: int, entry: Entry, idempotency_key: str | None
) -> None:
    entry_id = insert(
        db,
        "stakeholder_entry",
        {
            "idempotency_key": idempotency_key,
            "case_id": case_id,
            "party": entry.party,
            "name": entry.name,
            "inform": entry.inform,
            "due_at": utc_text(entry.due_at) if entry.due_at else None,
            "by_whom": entry.by_whom,
            "person": entry.person,
            "statement_id": entry.statement_id,
            "text": entry.text,
            "done_at": utc_text(entry.done_at) if entry.done_at else None,
            "reason": entry.reason,
            "recorded_at": utc_text(now()),
            "recorded_by": actor.name,
        },
    )
    audit.record(
        db,
        actor,
        "stakeholder.decided",
        f"stakeholder_entry:{entry_id}",
        case_id=case_id,
        details={"party": entry.name or entry.party, "inform": entry.inform},
    )
    add_timeline_entry(
        db,
        actor,
        case_id,
        happened_at=entry.done_at or now(),
        kind="status",
        text=_told(entry),
        details={"party": entry.party, "statement_id": entry.statement_id},
    )


def _told(entry: Entry) -> str:
    """The line on the timeline."""
    title = stakeholders.party_by_id(entry.party, entry.name).title
    if entry.inform == "open":
        return _("{party}: wieder offen, ob informiert wird").format(party=title)
    if entry.inform == "no":
        sentence = _("{party}: wird nicht informiert. Grund: {reason}")
        return sentence.format(party=title, reason=entry.reason)
    if entry.done_at is not None:
        return _("{party}: informiert durch {person}").format(party=title, person=entry.person)
    due = formats.moment(entry.due_at) if entry.due_at else ""
    sentence = _("{party}: zu informieren bis {due} durch {person}")
    return sentence.format(party=title, due=due, person=entry.person)


def decline_rest(
    db: Database,
    actor: Actor,
    case_id: int,
    reason: str,
    *,
    idempotency_key: str | None = None,
) -> int:
    """Decide "no" for every group that is undecided and that nothing suggests; returns how many.

    One reason for all of them. Raises NoNeedsReason, CaseClosed.
    """
    with transaction(db):
        rest = [
            each
            for each in matrix_of(db, case_id)
            if each.state == "undecided" and each.suggestion is None and each.party.id != OTHER
        ]
        for each in rest:
            entry = Entry(each.party.id, "no", reason=reason)
            decide(db, actor, case_id, entry, idempotency_key=idempotency_key)
    return len(rest)
