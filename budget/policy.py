"""The billing policy of the installation: rounding and surcharges, and the example rates.

The contracts name neither (open point U-09). The policy is therefore a recorded decision of
the installation, and each entry keeps the policy it was booked under.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from access import settings
from access.actor import Actor
from budget import surcharge
from budget.errors import UnknownSurcharges
from budget.rounding import MODES, NO_ROUNDING, Mode, Rounding
from budget.surcharge import Profile
from data import reference

_ROUNDING = "budget.rounding"
_SURCHARGES = "budget.surcharges"


@dataclass(frozen=True)
class Policy:
    """How hours are billed: the rounding, and the surcharges where there are any."""

    rounding: Rounding
    profile: Profile | None


@dataclass(frozen=True)
class Activity:
    """What can be booked (NA-30), with the codes of the export."""

    code: str
    name: str
    english: str
    task: str
    utbms: str


@dataclass(frozen=True)
class Rate:
    """An hourly rate in cents. ``agreed`` is false for an example rate of the reference data."""

    cents: int
    agreed: bool


def current(db: Database) -> Policy:
    """The policy that applies to what is booked now."""
    defaults: dict[str, Any] = reference.load("rates")["defaults"]
    stored = settings.get(db, _ROUNDING)
    mode, minutes = (
        stored.split(":")
        if stored
        else (defaults["rounding_mode"], str(defaults["rounding_minutes"]))
    )
    name = settings.get(db, _SURCHARGES) or defaults["surcharges"]
    return Policy(rounding=rounding(mode, int(minutes)), profile=surcharge.profiles().get(name))


def rounding(mode: str, minutes: int) -> Rounding:
    """The rounding that was stored as these two values."""
    known: Mode = next(each for each in MODES if each == mode)
    return NO_ROUNDING if known == "none" else Rounding(known, minutes)


def decide(db: Database, actor: Actor, rounding: Rounding, surcharges: str) -> None:
    """Change the policy for what is booked from now on; the audit chain keeps the decision.

    ``surcharges`` is the name of a profile or "none". Raises UnknownSurcharges.
    """
    known = [surcharge.NONE, *surcharge.profiles()]
    if surcharges not in known:
        raise UnknownSurcharges(surcharges, ", ".join(known))
    settings.put(db, actor, _ROUNDING, f"{rounding.mode}:{rounding.minutes}")
    settings.put(db, actor, _SURCHARGES, surcharges)


def activities() -> dict[str, Activity]:
    """The activities by code, in the order of the work."""
    return {each["code"]: Activity(**each) for each in reference.load("rates")["activities"]}


def functions() -> list[str]:
    """The functions that book on a case (NA-32)."""
    return [each["name"] for each in reference.load("rates")["functions"]]


def default_function() -> str:
    """The function that a form proposes."""
    name: str = reference.load("rates")["defaults"]["function"]
    return name


def notice_percent() -> int:
    """From which share of the cap on the owner is told what going on will cost."""
    percent: int = reference.load("rates")["defaults"]["notice_percent"]
    return percent


def example_rate(function: str) -> Rate | None:
    """The invented rate of the reference data for a function, or None."""
    for each in reference.load("rates")["functions"]:
        if each["name"] == function:
            return Rate(each["example_rate_cents"], agreed=False)
    return None
