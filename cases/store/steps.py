"""The record of the steps of a case (EX-00 to EX-08), and what an answer sets in motion.

The rules stand in :mod:`cases.steps`. What is recorded is only ever appended. The questions on
the firm and the event are kept with the clocks (:mod:`cases.clocks`), whichever page they were
answered on, and read from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import clocks, steps
from cases.clock import ClockInput, ClockKind
from cases.errors import CaseClosed
from cases.incident import change_incident
from cases.steps import Entry, Item, ItemState, Move, Step, StepState, Summary
from cases.store import clocks as clock_store
from cases.store.cases import case_by_id
from cases.store.incidents import incidents_of
from cases.store.rows import insert
from cases.store.stakeholders import undecided_of
from cases.store.timeline import add_timeline_entry
from data import now, parse_utc, transaction, utc_text
from data.i18n import _

DATA_QUESTION = "EX-01.data"


def entries_of(db: Database, case_id: int) -> list[Entry]:
    """Everything recorded on the steps of a case, the oldest first."""
    rows = db.query("SELECT * FROM step_entry WHERE case_id = ? ORDER BY id", [case_id])
    return sorted(
        [*_entity_entries(db, case_id), *(_entry(row) for row in rows)],
        key=lambda each: each.recorded_at,
    )


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        step=row["step"],
        item=row["item"],
        action=row["action"],
        happened_at=parse_utc(row["happened_at"]),
        recorded_at=parse_utc(row["recorded_at"]),
        recorded_by=row["recorded_by"],
        value=row["value"],
        text=row["text"],
        person=row["person"],
        reason=row["reason"],
    )


def _entity_entries(db: Database, case_id: int) -> list[Entry]:
    """The answers on the firm and the event, as entries of the points that ask for them."""
    answers = clocks.entity_answers(db, case_id)
    found = []
    for item in _entity_items():
        answer = answers.get(item.entity)
        if answer is not None:
            found.append(
                Entry(
                    step=item.step,
                    item=item.id,
                    action="answered",
                    happened_at=answer.since or answer.answered_at,
                    recorded_at=answer.answered_at,
                    recorded_by=answer.answered_by,
                    value=answer.answer,
                    text=answer.reason,
                )
            )
    return found


def _entity_items() -> list[Item]:
    return [item for step in steps.all_steps() for item in step.items if item.entity]


def standing_of(db: Database, case_id: int) -> tuple[StepState, ...]:
    """Where each step of the case stands."""
    return steps.standing(entries_of(db, case_id))


def summary(db: Database, case_id: int) -> Summary:
    """The steps of a case in short, for its overview: "Schritt 3 von 8: …; offen: …"."""
    return steps.summary(standing_of(db, case_id))


def tick(
    db: Database,
    actor: Actor,
    case_id: int,
    item_id: str,
    *,
    happened_at: datetime,
    person: str = "",
    text: str = "",
    reason: str = "",
    idempotency_key: str | None = None,
) -> None:
    """Record that a point is done. Raises what :func:`cases.steps.check` and record raise."""
    move = Move(_step_of(item_id), "ticked", happened_at, item_id, "", text, person, reason)
    record(db, actor, case_id, move, idempotency_key)


def answer(
    db: Database,
    actor: Actor,
    case_id: int,
    item_id: str,
    value: str,
    *,
    happened_at: datetime,
    text: str = "",
    person: str = "",
    reason: str = "",
    idempotency_key: str | None = None,
) -> None:
    """Record the answer to a point; replacing one that was known needs ``reason``.

    What follows from it happens in the same transaction: clocks start or are declined, the
    loss of data (EX-01b) is written to the IT incidents of the case.
    """
    move = Move(_step_of(item_id), "answered", happened_at, item_id, value, text, person, reason)
    record(db, actor, case_id, move, idempotency_key)


def take_back(
    db: Database, actor: Actor, case_id: int, item_id: str, reason: str, *, at: datetime
) -> None:
    """Record that a tick or an answer does not hold, and why; the entry itself stays."""
    record(
        db, actor, case_id, Move(_step_of(item_id), "unticked", at, item_id, reason=reason), None
    )


def skip(db: Database, actor: Actor, case_id: int, step_id: str, reason: str) -> None:
    """Record that a step is skipped, and why; the next one may be worked on."""
    record(db, actor, case_id, Move(step_id, "skipped", now(), reason=reason), None)


def skip_through(
    db: Database, actor: Actor, case_id: int, last_step_id: str, reason: str
) -> list[Step]:
    """Skip every step up to and with ``last_step_id`` that is not passed; returns them.

    For a case without an IT incident, where the technical steps do not apply. All or nothing.
    """
    skipped = []
    with transaction(db):
        last = steps.step_by_id(last_step_id).number
        for state in standing_of(db, case_id):
            if state.step.number <= last and not state.passed:
                skip(db, actor, case_id, state.step.id, reason)
                skipped.append(state.step)
    return skipped


def resume(db: Database, actor: Actor, case_id: int, step_id: str, reason: str) -> None:
    """Take up a skipped step again."""
    record(db, actor, case_id, Move(step_id, "resumed", now(), reason=reason), None)


def _step_of(item_id: str) -> str:
    return item_id.partition(".")[0]


def record(
    db: Database, actor: Actor, case_id: int, move: Move, idempotency_key: str | None = None
) -> None:
    """Append one entry where the order and the rules allow it (CV-04).

    The same ``idempotency_key`` records once. Raises CaseClosed and what
    :func:`cases.steps.check` raises.
    """
    with transaction(db):
        if idempotency_key is not None and _is_known(db, idempotency_key):
            return
        case = case_by_id(db, case_id)
        if case.state == "closed":
            raise CaseClosed(case.number)
        states = standing_of(db, case_id)
        steps.check(states, move, now(), undecided_stakeholders=undecided_of(db, case_id))
        if not move.item:
            _append(db, actor, case_id, move, idempotency_key)
            return
        before = steps.state_of(states, move.item)
        if before.item.entity:
            _answer_entity(db, actor, case_id, before.item, move)
            return
        _append(db, actor, case_id, move, idempotency_key)
        if before.item.kind == "choice":
            _set_in_motion(db, actor, case_id, before, move)


def _is_known(db: Database, idempotency_key: str) -> bool:
    found = db.execute("SELECT 1 FROM step_entry WHERE idempotency_key = ?", [idempotency_key])
    return found.fetchone() is not None


def _append(
    db: Database, actor: Actor, case_id: int, move: Move, idempotency_key: str | None
) -> None:
    entry_id = insert(
        db,
        "step_entry",
        {
            "idempotency_key": idempotency_key,
            "case_id": case_id,
            "step": move.step,
            "item": move.item,
            "action": move.action,
            "value": move.value,
            "text": move.text.strip(),
            "person": move.person.strip(),
            "happened_at": utc_text(move.happened_at),
            "reason": move.reason.strip(),
            "recorded_at": utc_text(now()),
            "recorded_by": actor.name,
        },
    )
    said = {"value": move.value, "text": move.text, "person": move.person, "reason": move.reason}
    audit.record(
        db,
        actor,
        f"step.{move.action}",
        f"step_entry:{entry_id}",
        case_id=case_id,
        details={
            "item": move.item or move.step,
            **{name: text.strip() for name, text in said.items() if text.strip()},
        },
    )
    add_timeline_entry(
        db,
        actor,
        case_id,
        happened_at=move.happened_at,
        kind="status",
        text=_told(move),
        details={"step": move.step, "item": move.item},
    )


def _told(move: Move) -> str:
    """The line on the timeline."""
    step = steps.step_by_id(move.step)
    item = steps.item_by_id(move.item) if move.item else None
    title = item.title if item is not None else step.title
    sentence = {
        "ticked": _("Schritt {number}: {title}"),
        "answered": _("Schritt {number}: {title} – {value}"),
        "unticked": _("Schritt {number} zurückgenommen: {title}"),
        "skipped": _("Schritt {number} übersprungen: {title}"),
        "resumed": _("Schritt {number} wieder aufgenommen: {title}"),
    }[move.action]
    value = item.choice_label(move.value) if item is not None else ""
    told = [sentence.format(number=step.number, title=title, value=value)]
    if move.person.strip():
        told.append(f"{item.person if item is not None else ''}: {move.person.strip()}")
    if move.text.strip():
        told.append(move.text.strip())
    if move.reason.strip():
        told.append(_("Grund: {reason}").format(reason=move.reason.strip()))
    return ". ".join(told)


def _answer_entity(db: Database, actor: Actor, case_id: int, item: Item, move: Move) -> None:
    """Keep it with the clocks; an answer that is taken back is unknown again."""
    value = move.value or "unknown"
    known = clocks.entity_answers(db, case_id).get(item.entity)
    reason = " · ".join(each.strip() for each in (move.text, move.reason) if each.strip())
    if known is not None and (known.answer, known.reason) == (value, reason):
        return
    clocks.answer_entity(
        db,
        actor,
        case_id,
        item.entity,
        value,
        reason=reason,
        since=move.happened_at if value == "yes" and steps.asks_since(item) else None,
    )


def _set_in_motion(db: Database, actor: Actor, case_id: int, before: ItemState, move: Move) -> None:
    """What follows from an answer; one that is taken back is unknown again."""
    value = move.value or "unknown"
    if before.item.id == DATA_QUESTION:
        _write_data_loss(db, actor, case_id, value, move)
    for kind in before.item.clocks:
        if value == "no":
            _decline(db, actor, case_id, kind, move.text)
        elif before.value == "no":
            _let_run(db, actor, case_id, kind, move.reason)
        if value == "yes":
            _start(db, actor, case_id, ClockKind(kind))


def _write_data_loss(db: Database, actor: Actor, case_id: int, value: str, move: Move) -> None:
    """EX-01b: what is known about the data holds in the IT incidents, and starts the checks."""
    note = move.reason or _("Schritt 1, vierte Frage (EX-01b)")
    for incident in incidents_of(db, case_id):
        changed = {"data_loss": value, "data_loss_extent": move.text.strip()}
        change_incident(db, actor, incident.id, changed, note)


def _start(db: Database, actor: Actor, case_id: int, kind: ClockKind) -> None:
    """A duty that applies: its clock runs from the awareness, unless it has run already."""
    if any(each.kind == kind.value for each in clock_store.clocks_of(db, case_id)):
        return
    case = case_by_id(db, case_id)
    happened = clocks.situation_of(db, case).happened
    awareness = min((each.happened_at for each in happened), default=case.called_at)
    clock_store.start_from_rules(db, actor, case_id, ClockInput(kind, awareness))


def _let_run(db: Database, actor: Actor, case_id: int, kind: str, reason: str) -> None:
    """The duty was answered no and is no longer: its declined clocks run again."""
    for each in clock_store.clocks_of(db, case_id):
        if each.kind == kind and each.settled_as == "declined":
            clock_store.reopen_clock(db, actor, each.id, reason)


def _decline(db: Database, actor: Actor, case_id: int, kind: str, reason: str) -> None:
    """A duty that does not apply: its running clocks are declined with the reason."""
    for each in clock_store.clocks_of(db, case_id, open_only=True):
        if each.kind == kind:
            clock_store.settle_clock(db, actor, each.id, "declined", reason)
