"""Decisions on what the contracts leave open, per policy. Append-only: the newest one holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import open_points
from cases.errors import DecidedInFuture, MissingField
from cases.store.rows import insert
from data import now, parse_utc, transaction, utc_text
from data.i18n import _

# Another house's clock and ours may differ by this much.
_CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass(frozen=True)
class OpenPointDecision:
    """One decision: the value, who decided it in which function, when and why."""

    id: int
    policy_id: int
    point: str
    value: str
    decided_by: str
    decider_function: str
    decided_at: datetime
    reason: str
    recorded_by: str
    recorded_at: datetime


def settings_of(db: Database, policy_id: int) -> dict[str, str]:
    """What is decided for a policy: point → value. A point without a decision is absent."""
    rows = db.query(
        "SELECT point, value FROM open_point_decision WHERE id IN"
        " (SELECT max(id) FROM open_point_decision WHERE policy_id = ? GROUP BY point)"
        " ORDER BY point",
        [policy_id],
    )
    return {row["point"]: row["value"] for row in rows}


def decide(
    db: Database,
    actor: Actor,
    policy_id: int,
    point: str,
    value: str,
    *,
    decided_by: str,
    decider_function: str,
    decided_at: datetime,
    reason: str,
    idempotency_key: str | None = None,
) -> OpenPointDecision:
    """Write a decision down; what depends on it is :mod:`ui.contract_change`'s to recompute.

    The same ``idempotency_key`` writes once. Raises UnknownChoice, MissingField without name,
    function or reason, DecidedInFuture.
    """
    open_points.open_point(point).choice_label(value)
    for label, text in (
        (_("Entschieden von"), decided_by),
        (_("Funktion"), decider_function),
        (_("Begründung"), reason),
    ):
        if not text.strip():
            raise MissingField(label)
    if decided_at > now() + _CLOCKS_DIFFER:
        raise DecidedInFuture
    with transaction(db):
        if idempotency_key is not None:
            known = _decisions(db, "idempotency_key = ?", [idempotency_key])
            if known:
                return known[0]
        decision_id = insert(
            db,
            "open_point_decision",
            {
                "policy_id": policy_id,
                "point": point,
                "value": value,
                "decided_by": decided_by.strip(),
                "decider_function": decider_function.strip(),
                "decided_at": utc_text(decided_at),
                "reason": reason.strip(),
                "recorded_by": actor.name,
                "recorded_at": utc_text(now()),
                "idempotency_key": idempotency_key,
            },
        )
        audit.record(
            db,
            actor,
            "open_point.decided",
            f"policy:{policy_id}",
            details={
                "point": point,
                "value": value,
                "decided_by": decided_by.strip(),
                "decider_function": decider_function.strip(),
                "reason": reason.strip(),
            },
        )
    return _decisions(db, "id = ?", [decision_id])[0]


def history_of(db: Database, policy_id: int, point: str | None = None) -> list[OpenPointDecision]:
    """The decisions for a policy, newest first; those on one point where it is given."""
    if point is None:
        return _decisions(db, "policy_id = ?", [policy_id])
    return _decisions(db, "policy_id = ? AND point = ?", [policy_id, point])


def _decisions(db: Database, where: str, parameters: list[Any]) -> list[OpenPointDecision]:
    rows = db.query(f"SELECT * FROM open_point_decision WHERE {where} ORDER BY id DESC", parameters)
    return [_decision(row) for row in rows]


def _decision(row: Mapping[str, Any]) -> OpenPointDecision:
    values = {name: row[name] for name in OpenPointDecision.__dataclass_fields__}
    return OpenPointDecision(
        **{
            **values,
            "decided_at": parse_utc(row["decided_at"]),
            "recorded_at": parse_utc(row["recorded_at"]),
        }
    )
