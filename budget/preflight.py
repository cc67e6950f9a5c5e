"""What the cost review would object to, found before the export leaves the house.

Findings only warn: whether a line goes out as it is, is for the consultant to decide.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from budget.entry import Entry
from budget.settlement import is_exported
from data import reference
from data.i18n import N_
from data.times import local

FindingKind = Literal[
    "vague", "block", "long_day", "together", "before_case", "after_case", "no_consent"
]

MESSAGES: dict[FindingKind, str] = {
    "vague": N_("Der Text sagt nicht, was womit getan wurde."),
    "block": N_("Mehrere Tätigkeiten in einer Leistung; bitte einzeln erfassen."),
    "long_day": N_("Mehr als {hours} Stunden an einem Tag."),
    "together": N_("Zwei Personen zur selben Zeit bei derselben Tätigkeit."),
    "before_case": N_("Die Arbeit begann vor dem Anruf der Firma."),
    "after_case": N_("Die Arbeit begann nach dem Abschluss des Falls."),
    "no_consent": N_("Über der Leistungsgrenze ohne Einverständnis der Firma."),
}


@dataclass(frozen=True)
class Finding:
    """One objection to one entry."""

    entry_id: int
    kind: FindingKind


def day_hours() -> int:
    """From how many hours a day on a reviewer asks."""
    hours: int = _rules()["day_hours"]
    return hours


def findings(
    entries: Sequence[Entry],
    *,
    called_at: datetime,
    closed_at: datetime | None,
    consents: Mapping[int, int | None],
) -> list[Finding]:
    """Everything a reviewer would object to in the entries of a case, in their order.

    ``consents`` names the consent that carries each overflow, None where none does.
    """
    billed = [each for each in entries if is_exported(each)]
    late = _long_days(billed) | _together(billed)
    found: list[Finding] = []
    for entry in billed:
        kinds = _of_text(entry)
        if entry.started_at < called_at:
            kinds.append("before_case")
        if closed_at is not None and entry.started_at > closed_at:
            kinds.append("after_case")
        if entry.id in consents and consents[entry.id] is None:
            kinds.append("no_consent")
        found += [Finding(entry.id, kind) for kind in kinds]
        found += sorted(
            (each for each in late if each.entry_id == entry.id), key=lambda each: each.kind
        )
    return found


def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = reference.load("rates")["preflight"]
    return rules


def _of_text(entry: Entry) -> list[FindingKind]:
    rules = _rules()
    words = re.findall(r"\w+", entry.text.lower())
    kinds: list[FindingKind] = []
    if len(words) <= 2 and any(word in rules["vague"] for word in words):
        kinds.append("vague")
    is_long = entry.billed_seconds > rules["block_minutes"] * 60
    if is_long and any(sign in entry.text for sign in rules["joined"]):
        kinds.append("block")
    return kinds


def _long_days(entries: Sequence[Entry]) -> set[Finding]:
    worked: dict[tuple[str, date], list[Entry]] = defaultdict(list)
    for entry in entries:
        worked[entry.person, local(entry.started_at).date()].append(entry)
    return {
        Finding(day[-1].id, "long_day")
        for day in worked.values()
        if sum(each.billed_seconds for each in day) > day_hours() * 3600
    }


def _together(entries: Sequence[Entry]) -> set[Finding]:
    found: set[Finding] = set()
    for index, first in enumerate(entries):
        for second in entries[index + 1 :]:
            if _overlap(first, second):
                found.add(Finding(second.id, "together"))
    return found


def _overlap(first: Entry, second: Entry) -> bool:
    if first.ended_at is None or second.ended_at is None:
        return False
    return (
        first.person != second.person
        and first.activity == second.activity
        and first.started_at < second.ended_at
        and second.started_at < first.ended_at
    )
