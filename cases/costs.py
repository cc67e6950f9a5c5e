"""Costs that never draw on the cap: who pays each kind, and which rule says so.

NA-35 and NA-38 to NA-43, CV-13. What each kind means stands in ``data/reference/costs.toml``.
There is no way from here into the hours: a cost of this list cannot be booked into the cap.
Third-party fees of the work itself are hours (U-06).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cases.coverage_text import label, quote
from data import reference


@dataclass(frozen=True)
class CostRule:
    """What a kind of cost means: its payer and the rules with their words, deciding one first.

    ``information``: the amount is only kept as information, nobody is ever billed for it.
    """

    kind: str
    name: str
    payer: str
    rules: tuple[str, ...]
    information: bool
    hint: str

    @property
    def rule(self) -> str:
        """The rule that decides."""
        return self.rules[0]

    @property
    def quotes(self) -> tuple[tuple[str, str], ...]:
        """Each rule with its words."""
        return tuple((rule, quote(rule)) for rule in self.rules)


def kinds() -> tuple[str, ...]:
    """All kinds, in the order of the reference data."""
    return tuple(reference.load("costs"))


def rule_on(kind: str, *, restoration_clause: bool = False) -> CostRule:
    """What decides on a kind of cost.

    ``restoration_clause``: the contract has a clause on restoration costs, which is the only
    way in which somebody else than the firm may pay restoration. What another policy may pay
    stays with the firm as long as none is known.
    """
    entry: dict[str, Any] = reference.load("costs")[kind]
    elsewhere = bool(entry.get("clause")) and restoration_clause
    return CostRule(
        kind=kind,
        name=label(entry),
        payer="other_policy" if elsewhere else "insured",
        rules=tuple(entry["rules"]),
        information=bool(entry.get("information", False)),
        hint=label(entry["hint"]) if "hint" in entry else "",
    )


def sums(amounts: Iterable[tuple[str, str, int]]) -> dict[str, int]:
    """Sums by payer of (kind, payer, cents); what is only information has a sum of its own."""
    totals: dict[str, int] = {}
    for kind, payer, cents in amounts:
        name = "information" if rule_on(kind).information else payer
        totals[name] = totals.get(name, 0) + cents
    return totals
