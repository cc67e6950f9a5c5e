"""The handover between shifts (Übergabe): what must be acknowledged, and when it is complete.

A handover goes from one person to a named colleague. Whatever is open in a case is an item;
the one who receives acknowledges each by name, and what exactly was acknowledged is kept. An
item that has changed since needs a new acknowledgement. What nobody can take on by reading,
such as a running timer of the one who leaves, has to end before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from data import parse_utc, reference
from data.i18n import N_, _, ngettext

RULE_DUTY = "NA-19"
RULE_NAMED = "EX-07"

ItemKind = Literal[
    "note",
    "clock",
    "enquiry",
    "approval",
    "alert",
    "cap",
    "timer",
    "stakeholder",
    "task",
]
ITEM_KINDS: tuple[ItemKind, ...] = get_args(ItemKind)
KIND_NAMES = {
    "note": N_("Notiz"),
    "clock": N_("Frist"),
    "enquiry": N_("Presseanfrage"),
    "approval": N_("Freigabe"),
    "alert": N_("Alarm"),
    "cap": N_("Leistungsgrenze"),
    "timer": N_("laufende Zeit"),
    "stakeholder": N_("Beteiligte"),
    "task": N_("Aufgabe"),
}
Standing = Literal["open", "changed", "acknowledged", "must_end"]

_NAMED_AT_MOST = 6


@dataclass(frozen=True)
class Item:
    """One thing that is open in a case.

    ``title`` and ``detail`` are what people read; ``state`` (JSON values) is what must stay
    the same for an acknowledgement to hold. ``must_end`` cannot be acknowledged away.
    """

    case_id: int
    kind: ItemKind
    key: str
    title: str
    detail: str
    state: Mapping[str, Any]
    must_end: bool = False

    @property
    def identity(self) -> tuple[int, str, str]:
        """Which item it is, whatever has become of it."""
        return (self.case_id, self.kind, self.key)


@dataclass(frozen=True)
class Acknowledgement:
    """That a person took on an item, with the words and the state it had at that moment."""

    id: int
    item: Item
    at: datetime
    by: str


@dataclass(frozen=True)
class Line:
    """An item and how it stands. ``acknowledgement`` is the newest one, also where it is stale."""

    item: Item
    standing: Standing
    acknowledgement: Acknowledgement | None


@dataclass(frozen=True)
class Missing:
    """One reason why the handover is not complete. ``item`` is None for a note not written."""

    case_id: int
    text: str
    item: Item | None = None


def same(acknowledged: Item, present: Item) -> bool:
    """Whether an acknowledgement of the first still holds for the second.

    The rest of a cap may move by a little, because work goes on; everything else may not.
    """
    if acknowledged.kind == "cap":
        return _same_cap(acknowledged.state, present.state)
    return dict(acknowledged.state) == dict(present.state)


def _same_cap(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    limits = reference.load("duty")["handover"]
    fixed = ("cap_cents", "used_up", "must_stop", "consent_cents")
    if any(before[name] != after[name] for name in fixed):
        return False
    moved = max(abs(before[name] - after[name]) for name in ("rest_cents", "overflow_cents"))
    if moved > limits["rest_cents"]:
        return False
    one, two = before["reached_at"], after["reached_at"]
    if one is None or two is None:
        return bool(one == two)
    return abs(parse_utc(one) - parse_utc(two)) <= timedelta(minutes=limits["reached_minutes"])


def lines(items: Sequence[Item], acknowledged: Sequence[Acknowledgement]) -> list[Line]:
    """Each item with how it stands. ``acknowledged`` oldest first; the newest one counts."""
    newest = {each.item.identity: each for each in acknowledged}
    found = []
    for item in items:
        taken = newest.get(item.identity)
        found.append(Line(item, _standing(item, taken), taken))
    return found


def _standing(item: Item, taken: Acknowledgement | None) -> Standing:
    if item.must_end:
        return "must_end"
    if taken is None:
        return "open"
    return "acknowledged" if same(taken.item, item) else "changed"


def missing(
    shown: Sequence[Line], cases: Mapping[int, str], *, notes_needed: bool
) -> list[Missing]:
    """What stands against finishing. ``cases`` are the numbers of the cases by id.

    ``notes_needed``: each case needs a note of the one who leaves. An emergency takeover does
    without, because nobody is there to write one.
    """
    found = []
    if notes_needed:
        noted = {line.item.case_id for line in shown if line.item.kind == "note"}
        found += [
            Missing(case_id, _("{number}: Notiz ist nicht geschrieben").format(number=number))
            for case_id, number in cases.items()
            if case_id not in noted
        ]
    for line in shown:
        if line.standing == "acknowledged":
            continue
        text = _(_MISSING_TEXTS[line.standing]).format(
            number=cases[line.item.case_id],
            kind=_(KIND_NAMES[line.item.kind]),
            title=line.item.title,
        )
        found.append(Missing(line.item.case_id, text, line.item))
    return found


_MISSING_TEXTS = {
    "open": N_("{number}: {kind} „{title}“ ist nicht bestätigt"),
    "changed": N_("{number}: {kind} „{title}“ hat sich seit der Bestätigung geändert"),
    "must_end": N_("{number}: {kind} „{title}“ ist weder gestoppt noch weitergegeben"),
}


def missing_text(found: Sequence[Missing]) -> str:
    """What is missing in one line; of very many the first ones and how many follow."""
    text = "; ".join(each.text for each in found[:_NAMED_AT_MOST])
    more = len(found) - _NAMED_AT_MOST
    if more <= 0:
        return text
    rest = ngettext("und {count} weiterer Punkt", "und {count} weitere Punkte", more)
    return f"{text} {rest.format(count=more)}"


def is_overdue(due_at: datetime | None, at: datetime) -> bool:
    """Whether an open handover should have been finished: the shift it ends is over."""
    return due_at is not None and due_at <= at
