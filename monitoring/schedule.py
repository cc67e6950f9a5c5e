"""When a source is polled next. Pure: the moment and the dice are handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

CRISIS_SECONDS: Final = 240
BACKOFF_CAP: Final = 4 * 3600
ASKED_CAP: Final = 24 * 3600
MAX_AGE_CAP: Final = 3600
CRISIS_MAX_AGE_CAP: Final = 900
JITTER: Final = 0.1
FULL_EVERY: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Outcome:
    """What the plan needs to know of a poll. Seconds, and failures in a row up to now."""

    failures: int
    retry_after: int | None = None
    max_age: int | None = None


def next_poll(
    now: datetime, interval: int, outcome: Outcome, *, crisis: bool, dice: float
) -> datetime:
    """The moment of the next poll.

    Failures in a row double the interval up to four hours and never end the polling: a
    source that stops silently is worse than one that is asked in vain. What the server asks
    for is respected, within a cap: ``Retry-After`` up to a day, ``max-age`` up to an hour.
    ``dice`` in 0..1 spreads sources that failed together by ten per cent either way.
    """
    base = min(interval, CRISIS_SECONDS) if crisis else interval
    seconds = float(base)
    if outcome.failures:
        doubled = base * 2 ** min(outcome.failures - 1, 16)
        seconds = min(max(doubled, base), max(BACKOFF_CAP, base))
    asked = min(outcome.retry_after or 0, ASKED_CAP)
    fresh = min(outcome.max_age or 0, CRISIS_MAX_AGE_CAP if crisis else MAX_AGE_CAP)
    spread = 1 - JITTER + 2 * JITTER * min(max(dice, 0.0), 1.0)
    return now + timedelta(seconds=max(seconds * spread, asked * (1 + JITTER * dice), fresh))


def may_be_conditional(now: datetime, failures: int, last_full: datetime | None) -> bool:
    """Whether to send the validators of the last success.

    Not after a failure: a "not modified" would then say nothing about the failure. And once
    a day the whole document is fetched, in case the server's validators are wrong.
    """
    return failures == 0 and last_full is not None and now - last_full < FULL_EVERY
