"""When to wake somebody up.

A pure decision over the mentions of a case. The rules are data (``alerts.toml``): absolute
ones first, then a Poisson tail over a floor rate, because a small firm's normal is silence.
An alert rises on news only: its key holds what it is about, and a key that was raised once is
never raised again. A rule that counts speaks again when the count has doubled, or in a new
episode.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from data import formats, reference
from data.i18n import _, ngettext

RuleKind = Literal["grave", "reach", "enquiry", "voices", "poisson"]


_LEAST_PERCENT = 0.01


@dataclass(frozen=True)
class Rule:
    """One rule of ``alerts.toml``; a field that its kind does not use keeps its default."""

    id: str
    kind: RuleKind
    least_severity: int = 0
    reach: tuple[str, ...] = ()
    count: int = 3
    window_minutes: int = 60
    least_count: int = 3
    floor_per_hour: float = 0.2
    baseline_days: int = 14
    chance: float = 0.002


@dataclass(frozen=True)
class Rules:
    """All rules, in the order of the file."""

    each: tuple[Rule, ...]
    episode_gap: timedelta


@dataclass(frozen=True)
class Seen:
    """A mention as far as an alert cares. ``voice`` is the outlet, or the author of a post."""

    id: int
    at: datetime
    voice: str
    severity: int
    story: int | None = None
    reach: str | None = None
    is_copy: bool = False
    is_enquiry: bool = False
    relevant: bool = True


@dataclass(frozen=True)
class State:
    """The mentions of a case, and the keys of the alerts it has had."""

    mentions: tuple[Seen, ...]
    raised: Collection[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Alert:
    """An alert to raise: which rule, how severe, why in two sentences, and its key."""

    rule: str
    severity: int
    text: str
    dedupe_key: str
    details: Mapping[str, Any]


@cache
def rules() -> Rules:
    """The rules of ``alerts.toml``."""
    data = reference.load("alerts")
    each = tuple(Rule(**{**raw, "reach": tuple(raw.get("reach", ()))}) for raw in data["rule"])
    return Rules(each, timedelta(hours=data["episode_gap_hours"]))


def decide(state: State, chosen: Rules, now: datetime) -> list[Alert]:
    """The alerts that are news at ``now``, in the order of the rules."""
    mentions = tuple(
        sorted((each for each in state.mentions if each.relevant and each.at <= now), key=_by_time)
    )
    alerts: list[Alert] = []
    raised = set(state.raised)
    for rule in chosen.each:
        for alert in _KINDS[rule.kind](rule, mentions, chosen, now):
            if alert.dedupe_key not in raised:
                raised.add(alert.dedupe_key)
                alerts.append(alert)
    return alerts


def _by_time(seen: Seen) -> tuple[datetime, int]:
    return seen.at, seen.id


def _grave(rule: Rule, mentions: Sequence[Seen], _rules: Rules, _now: datetime) -> list[Alert]:
    """One alert for each story and level of severity that a mention reaches."""
    alerts = []
    for seen in mentions:
        if seen.is_copy or seen.severity < rule.least_severity:
            continue
        level = formats.severity_level(seen.severity)
        alerts.append(
            Alert(
                rule.id,
                seen.severity,
                _(
                    "Eine einzelne Meldung von {voice} ist als {level} eingestuft "
                    "({severity} von 100). Eine Meldung dieser Schwere wird sofort gemeldet, "
                    "ohne auf weitere zu warten."
                ).format(
                    voice=seen.voice, level=formats.severity_word(level), severity=seen.severity
                ),
                f"{rule.id}:{_about(seen)}:{level}",
                {"mentions": [seen.id], "count": 1},
            )
        )
    return alerts


def _reach(rule: Rule, mentions: Sequence[Seen], _rules: Rules, _now: datetime) -> list[Alert]:
    """One alert for each story that a medium of the class takes up. A copy counts: it is read."""
    return [
        Alert(
            rule.id,
            max(seen.severity, 50),
            _(
                "{voice} berichtet; das Medium hat Reichweite der Klasse {reach}. "
                "Ab dieser Reichweite genügt eine Meldung, die nicht harmlos ist."
            ).format(voice=seen.voice, reach=seen.reach),
            f"{rule.id}:{_about(seen)}",
            {"mentions": [seen.id], "count": 1},
        )
        for seen in mentions
        if seen.reach in rule.reach and seen.severity >= rule.least_severity
    ]


def _enquiry(rule: Rule, mentions: Sequence[Seen], _rules: Rules, _now: datetime) -> list[Alert]:
    """One alert for each enquiry."""
    return [
        Alert(
            rule.id,
            max(seen.severity, 60),
            _(
                "Eine Anfrage um Stellungnahme ist eingegangen ({voice}). "
                "Wer die Frist der Redaktion versäumt, kann das Recht auf Gegendarstellung verlieren."
            ).format(voice=seen.voice),
            f"{rule.id}:mention:{seen.id}",
            {"mentions": [seen.id], "count": 1},
        )
        for seen in mentions
        if seen.is_enquiry
    ]


def _voices(rule: Rule, mentions: Sequence[Seen], chosen: Rules, now: datetime) -> list[Alert]:
    """So many voices that do not copy each other, within the window."""
    window = timedelta(minutes=rule.window_minutes)
    inside = [
        seen
        for seen in mentions
        if now - window < seen.at and not seen.is_copy and seen.severity >= rule.least_severity
    ]
    voices = {seen.voice.casefold() for seen in inside}
    if len(voices) < rule.count:
        return []
    step = _doublings(len(voices), rule.count)
    copies = sum(seen.is_copy for seen in mentions if now - window < seen.at)
    text = _(
        "{count} voneinander unabhängige Quellen haben sich in {hours} geäußert. "
        "Übernahmen derselben Agenturmeldung zählen dabei nicht mit ({copies})."
    ).format(
        count=len(voices),
        hours=formats.span(window),
        copies=ngettext("{n} Übernahme", "{n} Übernahmen", copies).format(n=copies),
    )
    return [
        Alert(
            rule.id,
            max(*(seen.severity for seen in inside), 60),
            text,
            f"{rule.id}:{_episode(mentions, chosen.episode_gap)}:{step}",
            {"mentions": [seen.id for seen in inside], "count": len(voices)},
        )
    ]


def _poisson(rule: Rule, mentions: Sequence[Seen], chosen: Rules, now: datetime) -> list[Alert]:
    """More mentions in the window than chance explains at the usual rate."""
    window = timedelta(minutes=rule.window_minutes)
    start = now - window
    inside = [seen for seen in mentions if seen.at > start]
    if len(inside) < rule.least_count:
        return []
    since = start - timedelta(days=rule.baseline_days)
    before = sum(since < seen.at <= start for seen in mentions)
    rate = max(rule.floor_per_hour, before / (rule.baseline_days * 24))
    expected = rate * rule.window_minutes / 60
    chance = poisson_tail(len(inside), expected)
    if chance > rule.chance:
        return []
    step = _doublings(len(inside), rule.least_count)
    text = _(
        "{count} Meldungen in {hours}, üblich sind {expected}. "
        "Dass das Zufall ist, hat eine Wahrscheinlichkeit von {chance} %."
    ).format(
        count=len(inside),
        hours=formats.span(window),
        expected=_decimal(expected),
        chance=_percent(chance),
    )
    return [
        Alert(
            rule.id,
            max(*(seen.severity for seen in inside), 40),
            text,
            f"{rule.id}:{_episode(mentions, chosen.episode_gap)}:{step}",
            {"mentions": [seen.id for seen in inside], "count": len(inside)},
        )
    ]


def poisson_tail(count: int, expected: float) -> float:
    """P(X >= count) for a Poisson with the mean ``expected``."""
    below = sum(
        math.exp(k * math.log(expected) - expected - math.lgamma(k + 1)) for k in range(count)
    )
    return max(0.0, 1.0 - below)


def _percent(chance: float) -> str:
    """A chance in percent; what would be rounded to nothing is said as an upper limit."""
    shown = _decimal(chance * 100, 2)
    return shown if chance * 100 >= _LEAST_PERCENT else _("unter {limit}").format(limit="0,01")


def _decimal(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


def _about(seen: Seen) -> str:
    """The story, so that one affair raises one alert; a mention without one stands alone."""
    return f"story:{seen.story}" if seen.story is not None else f"mention:{seen.id}"


def _doublings(count: int, least: int) -> int:
    """0 at the least count, 1 at twice as many, 2 at four times as many …"""
    return int(math.log2(count / least))


def _episode(mentions: Sequence[Seen], gap: timedelta) -> int:
    """The id of the mention with which the present run without a long silence began."""
    first = mentions[-1]
    for seen in reversed(mentions[:-1]):
        if first.at - seen.at > gap:
            break
        first = seen
    return first.id


_Decide = Callable[[Rule, Sequence[Seen], Rules, datetime], list[Alert]]
_KINDS: Mapping[RuleKind, _Decide] = {
    "grave": _grave,
    "reach": _reach,
    "enquiry": _enquiry,
    "voices": _voices,
    "poisson": _poisson,
}
