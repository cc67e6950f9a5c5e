"""Who may approve what a firm says, on a given day (NA-20).

The contract says "in agreement with the managing director or the owner of the firm". So it
follows from a person's function, or from a written authority that one of those has given;
a secretary does not approve, and neither does a tick in a form. Days are Viennese days.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from data import reference
from data.i18n import N_, _

RULE = "NA-20"

# "Inhaber:in", "Inhaber/in", "Inhaber*in", "Inhaber_in", "Inhaber(in)"; "eingetragene:r", "…/r".
_SEX_MARK = re.compile(r"\s*[:/*_]\s*(?:in|r)\b|\((?:in|r)\)")
_INNER_CAPITAL = re.compile(r"(?<=[a-zäöüß])In\b")
_BETWEEN = re.compile(r"\s*(?:[,;|+&/]|\bund\b|\bsowie\b|\band\b)\s*")


@dataclass(frozen=True)
class Function:
    """What a function means for approval. ``approves`` None: it is not in the list."""

    key: str
    german: str
    approves: bool | None
    unconfirmed: str = ""


@dataclass(frozen=True)
class FunctionSince:
    """A function and the day from which a person has had it; None is as long as known."""

    function: str
    holds_from: date | None = None


@dataclass(frozen=True)
class WrittenAuthority:
    """A written authority to approve, as far as the rule needs it.

    ``channels`` empty is every text. ``revoked_on`` is the first day without it.
    """

    granted_on: date
    granter_function: str
    channels: tuple[str, ...] = ()
    valid_until: date | None = None
    revoked_on: date | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether a person may approve, and the German sentence that says why."""

    may_approve: bool
    reason: str


UNKNOWN_FUNCTION = Function(key="", german="", approves=None)


def normalise(function: str) -> str:
    """A function without what spellings differ in: case, sharp s, forms for the sexes."""
    text = " ".join(function.split())
    text = _INNER_CAPITAL.sub("", text)
    text = _SEX_MARK.sub("", text)
    return text.casefold().strip()


@cache
def functions() -> tuple[Function, ...]:
    """The functions of the reference data, in their order."""
    return tuple(
        Function(
            key=key,
            german=value["german"],
            approves=value["approves"],
            unconfirmed=value.get("unconfirmed", ""),
        )
        for key, value in reference.load("functions")["function"].items()
    )


@cache
def _spellings() -> dict[str, Function]:
    by_key = {each.key: each for each in functions()}
    known: dict[str, Function] = {}
    for key, value in reference.load("functions")["function"].items():
        for word in value["words"]:
            for form in _forms(word):
                known[form] = by_key[key]
    return known


def _forms(word: str) -> set[str]:
    """One spelling of the list as people may write it."""
    male = word.replace(":in", "").replace(":r", "r").casefold()
    bare = word.replace(":in", "").replace(":r", "").casefold()
    female = word.replace(":in", "in").replace(":r", "").casefold()
    return {male, bare, female, normalise(word)}


def known_function(function: str) -> Function:
    """The function a text names; UNKNOWN_FUNCTION where the list does not have it.

    "Inhaber und Kfz-Meister" is an owner: of several the one that approves counts. A word
    that stands aside ("Assistentin der Geschäftsführung", "ehemaliger Inhaber") lets
    nothing in the text approve.
    """
    text = normalise(function)
    found = _spellings().get(text)
    if found is not None:
        return found
    parts = [_spellings().get(part) for part in _BETWEEN.split(text) if part]
    named = [part for part in parts if part is not None]
    if _stands_aside(text):
        return next((part for part in named if not part.approves), UNKNOWN_FUNCTION)
    approving = next((part for part in named if part.approves), None)
    return approving or next(iter(named), UNKNOWN_FUNCTION)


def _stands_aside(text: str) -> bool:
    words: list[str] = reference.load("functions")["standing_aside"]["words"]
    return any(re.search(rf"(?<!\w){re.escape(word.casefold())}", text) for word in words)


def function_on(history: Sequence[FunctionSince], day: date) -> str:
    """The function held on ``day``; "" where none is known for that day.

    Of two that begin on one day the later entry counts: it corrects the earlier one.
    """
    held = [each for each in history if each.holds_from is None or each.holds_from <= day]
    newest = ""
    newest_from = date.min
    for each in held:
        begins = each.holds_from or date.min
        if begins >= newest_from:
            newest, newest_from = each.function, begins
    return newest


def holds(authority: WrittenAuthority, day: date, channel: str | None = None) -> bool:
    """Whether a written authority covers a text for ``channel`` on ``day``.

    It must have been given by a managing director or owner. Without a channel every text is
    meant: an authority for some channels does not cover that.
    """
    if not known_function(authority.granter_function).approves:
        return False
    if day < authority.granted_on:
        return False
    if authority.valid_until is not None and day > authority.valid_until:
        return False
    if authority.revoked_on is not None and day >= authority.revoked_on:
        return False
    return not authority.channels or channel in authority.channels


def may_approve(
    function: str,
    authorities: Sequence[WrittenAuthority],
    day: date,
    channel: str | None = None,
) -> Verdict:
    """Whether a person with this function and these authorities approves on ``day`` (NA-20)."""
    known = known_function(function)
    if known.approves:
        return Verdict(True, _("gibt frei als {function}").format(function=function.strip()))
    if any(holds(each, day, channel) for each in authorities):
        return Verdict(True, _("gibt frei mit schriftlicher Vollmacht"))
    if any(holds(each, day, each.channels[0]) for each in authorities if each.channels):
        return Verdict(False, _("gibt nur einzelne Kanäle frei, laut Vollmacht"))
    if authorities:
        return Verdict(False, _("gibt nicht frei: die Vollmacht gilt an diesem Tag nicht"))
    return Verdict(False, _(_WITHOUT[known.approves]))


_WITHOUT = {
    False: N_("gibt nicht frei: die Funktion reicht ohne schriftliche Vollmacht nicht"),
    None: N_("gibt nicht frei: Funktion unbekannt, bitte klären"),
}
