"""The owner's consent to what goes over the cap.

Consent is to an amount, given before the work goes on; consent to more work alone does not
bind anybody to pay (§ 1170a ABGB). No answer is no consent. A notice is a record of its own:
that the owner was told is not that the owner agreed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

ConsentKind = Literal["notice", "consent", "refusal", "revocation"]
KINDS: tuple[ConsentKind, ...] = get_args(ConsentKind)
CHANNELS = ("telephone", "in_person", "letter", "email")


def kind_named(name: str) -> ConsentKind:
    """The kind with this name, which must be one."""
    return next(kind for kind in KINDS if kind == name)


@dataclass(frozen=True)
class Consent:
    """What the owner was told or answered. The ceiling is the overflow in cents, all in all."""

    id: int
    kind: ConsentKind
    ceiling_cents: int
    happened_at: datetime
    valid_until: datetime | None = None
    text: str = ""
    person: str = ""
    channel: str = ""


@dataclass(frozen=True)
class Overflow:
    """The part of an entry over the cap, and when its work began."""

    entry_id: int
    started_at: datetime
    cents: int


def standing(records: Iterable[Consent], at: datetime) -> Consent | None:
    """The consent that holds at a moment: the last answer, unless it refuses or has ended."""
    answers = [
        each
        for each in sorted(records, key=lambda record: (record.happened_at, record.id))
        if each.kind != "notice" and each.happened_at <= at
    ]
    if not answers or answers[-1].kind != "consent":
        return None
    last = answers[-1]
    return None if last.valid_until is not None and at >= last.valid_until else last


def consented(overflows: Sequence[Overflow], records: Sequence[Consent]) -> dict[int, int | None]:
    """Which consent carries each overflow, by entry id; None where none does.

    ``overflows`` come in the order of consumption. An overflow is carried by the consent
    that held when the work began, as long as all carried so far stays within its ceiling.
    """
    carried = 0
    found: dict[int, int | None] = {}
    for overflow in overflows:
        holds = standing(records, overflow.started_at)
        if holds is not None and carried + overflow.cents <= holds.ceiling_cents:
            carried += overflow.cents
            found[overflow.entry_id] = holds.id
        else:
            found[overflow.entry_id] = None
    return found
