"""When the cap will be reached: from running timers, not from a burn rate of days.

A cap of two working days is used up in one night; what counts is who works right now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from budget.ledger import Basis
from budget.money import HUNDRED_PERCENT

_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class Running:
    """Work that goes on: since when, at which hourly rate (net cents)."""

    started_at: datetime
    rate_cents: int


def reached_at(
    left_cents: int,
    running: Sequence[Running],
    now: datetime,
    basis: Basis,
    vat_basis_points: int,
) -> datetime | None:
    """The moment at which the running work uses up ``left_cents``, or None without any.

    ``left_cents`` is the cap less booked and reserved. ``now`` where it is used up already.
    """
    weight = HUNDRED_PERCENT + (vat_basis_points if basis == "gross" else 0)
    hourly = sum(each.rate_cents for each in running) * weight
    if hourly == 0:
        return None
    so_far = sum(
        each.rate_cents * weight * max(0, (now - each.started_at) // timedelta(seconds=1))
        for each in running
    )
    left = left_cents * HUNDRED_PERCENT * _SECONDS_PER_HOUR - so_far
    return now + timedelta(seconds=max(0, left) // hourly)
