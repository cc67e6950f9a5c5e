"""The readiness sheet of a firm: every answer is kept, the newest counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import readiness
from cases.errors import DayInFuture, DocumentNeeded, MissingField
from cases.readiness import Answer, EmergencyPlan, Sheet
from cases.store.people import is_kept_for
from cases.store.rows import insert, stored_day
from data import now, parse_utc, transaction, utc_text
from data.i18n import _
from data.times import local


@dataclass(frozen=True)
class Filing:
    """That somebody filled in a part of the sheet."""

    what: str
    value: str
    checked_on: date
    filled_in_by: str
    recorded_at: datetime
    recorded_by: str


def sheet_of(db: Database, firm_id: int) -> Sheet:
    """The readiness sheet of a firm; what was never asked is unknown."""
    rows = db.query("SELECT * FROM readiness_answer WHERE firm_id = ? ORDER BY id", [firm_id])
    newest = {
        row["item"]: Answer(
            item=row["item"],
            value=row["value"],
            checked_on=date.fromisoformat(row["checked_on"]),
            dated_on=stored_day(row["dated_on"]),
            note=row["note"],
            document=row["evidence_id"],
            filled_in_by=row["filled_in_by"],
        )
        for row in rows
    }
    return Sheet(
        answers={item: newest.get(item, Answer(item)) for item in readiness.ITEMS},
        plan=_plan_of(db, firm_id),
    )


def _plan_of(db: Database, firm_id: int) -> EmergencyPlan:
    rows = db.query(
        "SELECT * FROM emergency_plan WHERE firm_id = ? ORDER BY id DESC LIMIT 1", [firm_id]
    )
    row = next(rows, None)
    if row is None:
        return EmergencyPlan()
    return EmergencyPlan(
        value=row["value"],
        contact=row["contact"],
        contact_reach=row["contact_reach"],
        deputy=row["deputy"],
        deputy_reach=row["deputy_reach"],
        outside_it=row["outside_it"],
        steps=tuple(json.loads(row["steps"])),
        checked_on=date.fromisoformat(row["checked_on"]),
        filled_in_by=row["filled_in_by"],
    )


def summary(db: Database, firm_id: int, now: datetime) -> str:
    """The sheet of a firm in one line, for the overview of a case."""
    return readiness.summary(sheet_of(db, firm_id), local(now).date())


def record_answers(
    db: Database,
    actor: Actor,
    firm_id: int,
    answers: Sequence[Answer],
    *,
    checked_on: date,
    filled_in_by: str,
) -> Sheet:
    """Record answers of the security check as of one day, all of them or none.

    An answer that says the same as before is recorded too: it is fresh again. Raises
    MissingField without who filled it in, DayInFuture, and DocumentNeeded where the evidence
    is not kept in a case of the firm.
    """
    if not filled_in_by.strip():
        raise MissingField(_("Angaben von"))
    _not_in_future(_("Stand vom"), checked_on)
    with transaction(db):
        for answer in answers:
            if answer.dated_on is not None:
                _not_in_future(readiness.item_name(answer.item), answer.dated_on)
            if answer.document is not None and not is_kept_for(db, firm_id, answer.document):
                raise DocumentNeeded
            insert(
                db,
                "readiness_answer",
                {
                    "firm_id": firm_id,
                    "item": answer.item,
                    "value": answer.value,
                    "checked_on": checked_on.isoformat(),
                    "dated_on": answer.dated_on.isoformat() if answer.dated_on else None,
                    "note": answer.note.strip(),
                    "evidence_id": answer.document,
                    "filled_in_by": filled_in_by.strip(),
                    "recorded_at": utc_text(now()),
                    "recorded_by": actor.name,
                },
            )
        audit.record(
            db,
            actor,
            "readiness.recorded",
            f"firm:{firm_id}",
            details={
                "answers": {each.item: each.value for each in answers},
                "checked_on": checked_on.isoformat(),
                "filled_in_by": filled_in_by.strip(),
            },
        )
    return sheet_of(db, firm_id)


def record_plan(db: Database, actor: Actor, firm_id: int, plan: EmergencyPlan) -> Sheet:
    """Record what is known of the emergency plan; earlier versions stay.

    Raises MissingField without the day, without who filled it in, or for a plan that exists
    but names nobody for the staff (CV-03), and DayInFuture.
    """
    if plan.checked_on is None:
        raise MissingField(_("Stand vom"))
    if not plan.filled_in_by.strip():
        raise MissingField(_("Angaben von"))
    if plan.value == "yes" and not plan.contact.strip():
        raise MissingField(_("Ansprechperson für die Belegschaft"))
    _not_in_future(_("Stand vom"), plan.checked_on)
    with transaction(db):
        plan_id = insert(
            db,
            "emergency_plan",
            {
                "firm_id": firm_id,
                "value": plan.value,
                "contact": plan.contact.strip(),
                "contact_reach": plan.contact_reach.strip(),
                "deputy": plan.deputy.strip(),
                "deputy_reach": plan.deputy_reach.strip(),
                "outside_it": plan.outside_it,
                "steps": json.dumps(
                    [each.strip() for each in plan.steps if each.strip()], ensure_ascii=False
                ),
                "checked_on": plan.checked_on.isoformat(),
                "filled_in_by": plan.filled_in_by.strip(),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "readiness.plan_recorded",
            f"firm:{firm_id}",
            details={"plan": plan_id, "value": plan.value},
        )
    return sheet_of(db, firm_id)


def filings_of(db: Database, firm_id: int, limit: int = 30) -> list[Filing]:
    """Who filled in what and when, newest first."""
    rows = db.query(
        "SELECT item AS what, value, checked_on, filled_in_by, recorded_at, recorded_by"
        " FROM readiness_answer WHERE firm_id = :firm"
        " UNION ALL SELECT 'emergency_plan', value, checked_on, filled_in_by, recorded_at,"
        " recorded_by FROM emergency_plan WHERE firm_id = :firm"
        " ORDER BY recorded_at DESC LIMIT :limit",
        {"firm": firm_id, "limit": limit},
    )
    return [
        Filing(
            **{
                **row,
                "checked_on": date.fromisoformat(row["checked_on"]),
                "recorded_at": parse_utc(row["recorded_at"]),
            }
        )
        for row in rows
    ]


def _not_in_future(label: str, day: date) -> None:
    if day > local(now()).date():
        raise DayInFuture(label)
