"""Costs outside the cap, and computed restoration costs. Both are append-only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import costs, restoration
from cases.errors import MissingField, ReasonForChange, SettledVisit
from cases.restoration import Claim, Control, CostKind, Item, Variant
from cases.store.rows import insert
from cases.store.timeline import add_timeline_entry
from data import formats, now, parse_utc, transaction, utc_text
from data.i18n import _


@dataclass(frozen=True)
class CaseCost:
    """A cost outside the cap, with the payer and the rule that held when it was recorded."""

    id: int
    case_id: int
    kind: str
    text: str
    cents: int
    payer: str
    rule: str
    receipt: str
    happened_at: datetime
    recorded_by: str
    withdrawn_because: str | None


_COST_QUERY = """
SELECT case_cost.id, case_id, kind, text, cents, payer, rule, receipt, happened_at,
    case_cost.recorded_by, case_cost_withdrawal.reason AS withdrawn_because
FROM case_cost LEFT JOIN case_cost_withdrawal ON case_cost_withdrawal.cost_id = case_cost.id
"""


def _cost(row: Mapping[str, Any]) -> CaseCost:
    return CaseCost(**{**row, "happened_at": parse_utc(row["happened_at"])})


def costs_of(db: Database, case_id: int) -> list[CaseCost]:
    """The costs outside the cap of a case by time, those taken back too."""
    rows = db.query(
        f"{_COST_QUERY} WHERE case_id = ? ORDER BY happened_at, case_cost.id", [case_id]
    )
    return [_cost(row) for row in rows]


def cost_by_id(db: Database, cost_id: int) -> CaseCost:
    """The cost with this id, which must exist."""
    return _cost(next(db.query(f"{_COST_QUERY} WHERE case_cost.id = ?", [cost_id])))


def add_cost(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    kind: str,
    text: str,
    cents: int,
    happened_at: datetime,
    receipt: str = "",
    restoration_clause: bool = False,
    idempotency_key: str | None = None,
) -> CaseCost:
    """Note a cost that never draws on the cap; payer and rule follow from its kind.

    Raises MissingField without a text; ValueError for an amount below zero.
    """
    if not text.strip():
        raise MissingField(_("Wofür"))
    if cents < 0:
        raise ValueError("a cost is not negative")
    rule = costs.rule_on(kind, restoration_clause=restoration_clause)
    with transaction(db):
        if idempotency_key is not None:
            known = db.execute(
                "SELECT id FROM case_cost WHERE idempotency_key = ?", [idempotency_key]
            ).fetchone()
            if known:
                return cost_by_id(db, known[0])
        cost_id = insert(
            db,
            "case_cost",
            {
                "idempotency_key": idempotency_key,
                "case_id": case_id,
                "kind": kind,
                "text": text.strip(),
                "cents": cents,
                "payer": rule.payer,
                "rule": rule.rule,
                "receipt": receipt.strip(),
                "happened_at": utc_text(happened_at),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "cost.added",
            f"case_cost:{cost_id}",
            case_id=case_id,
            details={"kind": kind, "cents": cents, "payer": rule.payer, "rule": rule.rule},
        )
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=happened_at,
            kind="hours",
            text=_(
                "Kosten außerhalb der Leistungsgrenze: {kind}, {text}, {amount} ({rule})"
            ).format(
                kind=rule.name, text=text.strip(), amount=formats.money(cents), rule=rule.rule
            ),
            details={"cost_id": cost_id},
        )
    return cost_by_id(db, cost_id)


def withdraw_cost(db: Database, actor: Actor, cost_id: int, reason: str) -> None:
    """Take a cost back; it stays in the list. Raises ReasonForChange or SettledVisit."""
    if not reason.strip():
        raise ReasonForChange
    with transaction(db):
        cost = cost_by_id(db, cost_id)
        if cost.withdrawn_because is not None:
            raise SettledVisit
        insert(
            db,
            "case_cost_withdrawal",
            {
                "cost_id": cost_id,
                "reason": reason.strip(),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db, actor, "cost.withdrawn", f"case_cost:{cost_id}", case_id=cost.case_id,
            details={"reason": reason.strip()},
        )  # fmt: skip
        add_timeline_entry(
            db,
            actor,
            cost.case_id,
            happened_at=now(),
            kind="hours",
            text=_("Kosten zurückgenommen: {text}. Grund: {reason}").format(
                text=cost.text, reason=reason.strip()
            ),
            details={"cost_id": cost_id},
        )


# Restoration costs (another policy than the assistance product)


@dataclass(frozen=True)
class RestorationItem:
    """A restoration cost that was claimed, with what is known of it (None is unknown)."""

    id: int
    case_id: int
    text: str
    item: Item


@dataclass(frozen=True)
class RestorationRun:
    """A computation as it was saved: the claim, the answer, and who confirmed the wording."""

    id: int
    case_id: int
    variant: str
    claim: dict[str, Any]
    result: dict[str, Any]
    covered_cents: int
    note: str
    recorded_at: datetime
    recorded_by: str
    confirmed_by: str | None
    confirmed_in: str | None


_ANSWERS = (
    "control", "origin_controlled", "caused_by_network_breach", "electronic",
    "cleaning_impossible_or_dearer",
)  # fmt: skip


def items_of(db: Database, case_id: int) -> list[RestorationItem]:
    """The restoration costs of a case that are still claimed, in the order they came."""
    rows = db.query(
        "SELECT * FROM restoration_item WHERE case_id = ? AND removed_at IS NULL ORDER BY id",
        [case_id],
    )
    return [_item(row) for row in rows]


def _item(row: Mapping[str, Any]) -> RestorationItem:
    answers = json.loads(row["answers"])
    control = answers.pop("control", None)
    item = Item(
        id=str(row["id"]),
        kind=CostKind(row["kind"]),
        cents=row["cents"],
        control=Control(control) if control else None,
        **answers,
    )
    return RestorationItem(row["id"], row["case_id"], row["text"], item)


def add_item(
    db: Database,
    actor: Actor,
    case_id: int,
    item: Item,
    text: str,
    idempotency_key: str | None = None,
) -> None:
    """Note a restoration cost of a case; its id is the row's. Raises MissingField."""
    if not text.strip():
        raise MissingField(_("Wofür"))
    with transaction(db):
        if (
            idempotency_key is not None
            and db.execute(
                "SELECT 1 FROM restoration_item WHERE idempotency_key = ?", [idempotency_key]
            ).fetchone()
        ):
            return
        answers = {
            name: getattr(item, name) for name in _ANSWERS if getattr(item, name) is not None
        }
        item_id = insert(
            db,
            "restoration_item",
            {
                "idempotency_key": idempotency_key,
                "case_id": case_id,
                "kind": item.kind.value,
                "text": text.strip(),
                "cents": item.cents,
                "answers": json.dumps(answers, sort_keys=True),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db, actor, "restoration_item.added", f"restoration_item:{item_id}", case_id=case_id,
            details={"kind": item.kind.value, "cents": item.cents},
        )  # fmt: skip


def remove_item(db: Database, actor: Actor, item_id: int, reason: str) -> None:
    """Take a restoration cost out of the claim. Raises ReasonForChange."""
    if not reason.strip():
        raise ReasonForChange
    with transaction(db):
        row = db.execute(
            "UPDATE restoration_item SET removed_at = ?, removed_because = ?"
            " WHERE id = ? AND removed_at IS NULL RETURNING case_id",
            [utc_text(now()), reason.strip(), item_id],
        ).fetchone()
        if row is None:
            raise SettledVisit
        audit.record(
            db, actor, "restoration_item.removed", f"restoration_item:{item_id}", case_id=row[0],
            details={"reason": reason.strip()},
        )  # fmt: skip


def claim_of(
    db: Database, case_id: int, variant: Variant, hardware_sublimit_cents: int | None
) -> Claim:
    """The claim of a case as it stands."""
    items = tuple(each.item for each in items_of(db, case_id))
    return Claim(variant, hardware_sublimit_cents, items)


def save_run(
    db: Database,
    actor: Actor,
    case_id: int,
    claim: Claim,
    note: str = "",
    idempotency_key: str | None = None,
) -> RestorationRun:
    """Compute a claim and keep it with its inputs; saved runs are never changed.

    Raises MissingField for a claim without a single item.
    """
    if not claim.items:
        raise MissingField(_("Posten der Wiederherstellung"))
    with transaction(db):
        if idempotency_key is not None:
            known = _runs(db, "idempotency_key = ?", idempotency_key)
            if known:
                return known[0]
        result = restoration.settle(claim)
        run_id = insert(
            db,
            "restoration_run",
            {
                "idempotency_key": idempotency_key,
                "case_id": case_id,
                "variant": claim.variant.value,
                "claim": json.dumps(_claim_json(db, case_id, claim), ensure_ascii=False),
                "result": json.dumps(restoration.to_json(result), ensure_ascii=False),
                "covered_cents": result.covered_cents,
                "note": note.strip(),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "restoration.computed",
            f"restoration_run:{run_id}",
            case_id=case_id,
            details={"variant": claim.variant.value, "covered_cents": result.covered_cents},
        )
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=now(),
            kind="hours",
            text=_(
                "Wiederherstellungskosten nach {variant} berechnet: gedeckt {covered}, zu klären {open}"
            ).format(
                variant=claim.variant.value,
                covered=formats.money(result.covered_cents),
                open=formats.money(result.clarify_cents),
            ),
            details={"restoration_run": run_id},
        )
    return _runs(db, "restoration_run.id = ?", run_id)[0]


def _claim_json(db: Database, case_id: int, claim: Claim) -> dict[str, Any]:
    texts = {str(each.id): each.text for each in items_of(db, case_id)}
    return {
        "variant": claim.variant.value,
        "hardware_sublimit_cents": claim.hardware_sublimit_cents,
        "items": [
            {
                "id": item.id,
                "kind": item.kind.value,
                "cents": item.cents,
                "text": texts.get(item.id, ""),
                **{name: getattr(item, name) for name in _ANSWERS},
            }
            for item in claim.items
        ],
    }


def runs_of(db: Database, case_id: int) -> list[RestorationRun]:
    """The saved computations of a case, newest first."""
    return list(reversed(_runs(db, "case_id = ?", case_id)))


def _runs(db: Database, where: str, parameter: int | str) -> list[RestorationRun]:
    rows = db.query(
        "SELECT restoration_run.id, case_id, variant, claim, result, covered_cents, note,"
        " restoration_run.recorded_at, restoration_run.recorded_by,"
        " wording_confirmation.person AS confirmed_by,"
        " wording_confirmation.document AS confirmed_in"
        " FROM restoration_run LEFT JOIN wording_confirmation ON run_id = restoration_run.id"
        f" WHERE {where} ORDER BY restoration_run.id",
        [parameter],
    )
    return [
        RestorationRun(
            **{
                **row,
                "claim": json.loads(row["claim"]),
                "result": json.loads(row["result"]),
                "recorded_at": parse_utc(row["recorded_at"]),
            }
        )
        for row in rows
    ]


def confirm_wording(
    db: Database, actor: Actor, run_id: int, *, person: str, document: str
) -> RestorationRun:
    """Record who has compared the wording with the original contract, before anyone is paid.

    Raises MissingField or SettledVisit.
    """
    if not person.strip():
        raise MissingField(_("Wer hat verglichen"))
    if not document.strip():
        raise MissingField(_("Mit welchem Original"))
    with transaction(db):
        run = _runs(db, "restoration_run.id = ?", run_id)[0]
        if run.confirmed_by is not None:
            raise SettledVisit
        insert(
            db,
            "wording_confirmation",
            {
                "run_id": run_id,
                "person": person.strip(),
                "document": document.strip(),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db, actor, "restoration.wording_confirmed", f"restoration_run:{run_id}",
            case_id=run.case_id, details={"person": person.strip(), "document": document.strip()},
        )  # fmt: skip
        add_timeline_entry(
            db,
            actor,
            run.case_id,
            happened_at=now(),
            kind="hours",
            text=_("Wortlaut {variant} mit dem Original verglichen: {person}, {document}").format(
                variant=run.variant, person=person.strip(), document=document.strip()
            ),
            details={"restoration_run": run_id},
        )
    return replace(run, confirmed_by=person.strip(), confirmed_in=document.strip())
