"""Finding cases among many."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

from cases.store.cases import CASE_COLUMNS, Case, case_from_row
from data.search import folded

_SEARCHED = (
    "crisis_case.number || ' ' || crisis_case.public_name || ' ' || crisis_case.claim_number"
    " || ' ' || firm.name || ' ' || firm.city"
)
_FROM = " FROM crisis_case JOIN firm ON firm.id = crisis_case.firm_id"
_NUMBERED = ", ".join(f"crisis_case.{name}" for name in CASE_COLUMNS)


def _condition(text: str, state: str | None) -> tuple[str, dict[str, Any]]:
    conditions = []
    parameters: dict[str, Any] = {}
    if state is not None:
        conditions.append("crisis_case.state = :state")
        parameters["state"] = state
    for index, word in enumerate(text.split()):
        # instr and not LIKE: what is typed is a word, never a pattern.
        conditions.append(f"instr(folded({_SEARCHED}), :word{index})")
        parameters[f"word{index}"] = folded(word)
    return (" WHERE " + " AND ".join(conditions) if conditions else ""), parameters


def find_cases(
    db: Database, *, text: str = "", state: str | None = None, limit: int = 50, offset: int = 0
) -> list[Case]:
    """Cases, newest first, whose number, names, place or claim number hold every word."""
    where, parameters = _condition(text, state)
    rows = db.query(
        f"SELECT {_NUMBERED}{_FROM}{where}"
        " ORDER BY crisis_case.opened_at DESC, crisis_case.id DESC LIMIT :limit OFFSET :offset",
        {**parameters, "limit": limit, "offset": offset},
    )
    return [case_from_row(row) for row in rows]


def count_cases(db: Database, *, text: str = "", state: str | None = None) -> int:
    """How many cases :func:`find_cases` would find without its limit."""
    where, parameters = _condition(text, state)
    return int(db.execute(f"SELECT count(*){_FROM}{where}", parameters).fetchone()[0])
