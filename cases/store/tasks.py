"""Tasks of organising help, with a case or without one (NA-37)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.errors import MissingField, PromiseInTask, ReasonForChange, SettledVisit
from cases.store.rows import insert, moment
from cases.store.timeline import add_timeline_entry
from cases.tasks import kind_name, promise_in
from data import now, parse_utc, transaction, utc_text
from data.i18n import _

STATES = ("open", "done", "dropped")


@dataclass(frozen=True)
class Task:
    """Something to be organised for a firm; ``case_id`` None is outside of every case."""

    id: int
    firm_id: int
    case_id: int | None
    kind: str
    title: str
    for_whom: str
    due_at: datetime | None
    state: str
    reason: str
    recorded_at: datetime
    recorded_by: str


def _task(row: Mapping[str, Any]) -> Task:
    values = {name: value for name, value in row.items() if name != "idempotency_key"}
    return Task(
        **{
            **values,
            "due_at": moment(row["due_at"]),
            "recorded_at": parse_utc(row["recorded_at"]),
        }
    )


def task_by_id(db: Database, task_id: int) -> Task:
    """The task with this id, which must exist."""
    return _task(next(db.query("SELECT * FROM brokered_task WHERE id = ?", [task_id])))


def tasks_of_firm(db: Database, firm_id: int) -> list[Task]:
    """The tasks for a firm, in all cases and outside of them; open ones first."""
    rows = db.query(
        "SELECT * FROM brokered_task WHERE firm_id = ?"
        " ORDER BY state <> 'open', due_at IS NULL, due_at, id",
        [firm_id],
    )
    return [_task(row) for row in rows]


def add_task(
    db: Database,
    actor: Actor,
    firm_id: int,
    *,
    kind: str,
    title: str,
    for_whom: str = "",
    due_at: datetime | None = None,
    case_id: int | None = None,
    idempotency_key: str | None = None,
) -> Task:
    """Note something to be organised. No case and no coverage decision is needed (NA-37).

    Raises MissingField without a title, PromiseInTask where it promises something (NA-36).
    """
    if not title.strip():
        raise MissingField(_("Was zu organisieren ist"))
    promise = promise_in(f"{title} {for_whom}")
    if promise:
        raise PromiseInTask(promise)
    with transaction(db):
        if idempotency_key is not None:
            known = db.execute(
                "SELECT id FROM brokered_task WHERE idempotency_key = ?", [idempotency_key]
            ).fetchone()
            if known:
                return task_by_id(db, known[0])
        task_id = insert(
            db,
            "brokered_task",
            {
                "idempotency_key": idempotency_key,
                "firm_id": firm_id,
                "case_id": case_id,
                "kind": kind,
                "title": title.strip(),
                "for_whom": for_whom.strip(),
                "due_at": utc_text(due_at) if due_at else None,
                "state": "open",
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db, actor, "task.added", f"brokered_task:{task_id}", case_id=case_id,
            details={"kind": kind},
        )  # fmt: skip
        if case_id is not None:
            add_timeline_entry(
                db,
                actor,
                case_id,
                happened_at=now(),
                kind="status",
                text=_("{kind}: {title}").format(kind=kind_name(kind), title=title.strip()),
                details={"task_id": task_id},
            )
    return task_by_id(db, task_id)


def settle_task(db: Database, actor: Actor, task_id: int, state: str, reason: str = "") -> Task:
    """Mark a task done, or dropped with its reason. Raises ReasonForChange or SettledVisit."""
    if state == "dropped" and not reason.strip():
        raise ReasonForChange
    with transaction(db):
        task = task_by_id(db, task_id)
        if task.state != "open":
            raise SettledVisit
        db.execute(
            "UPDATE brokered_task SET state = ?, reason = ? WHERE id = ?",
            [state, reason.strip(), task_id],
        )
        audit.record(
            db, actor, f"task.{state}", f"brokered_task:{task_id}", case_id=task.case_id,
            details={"reason": reason.strip()},
        )  # fmt: skip
        if task.case_id is not None:
            told = {
                "done": _("Erledigt: {title}"),
                "dropped": _("Entfällt: {title}. Grund: {reason}"),
            }[state]
            add_timeline_entry(
                db,
                actor,
                task.case_id,
                happened_at=now(),
                kind="status",
                text=told.format(title=task.title, reason=reason.strip()),
                details={"task_id": task_id},
            )
    return task_by_id(db, task_id)
