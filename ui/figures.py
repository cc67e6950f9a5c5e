"""What a case comes to in figures: how fast, how often, how much.

Computed from the records alone, for the report and for the closing report. The sentences are
German whatever the interface speaks: both go to the insurer.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from budget import words as budget_words
from budget.settlement import is_exported
from cases import costs as cost_rules
from cases.store import CaseClock
from data import formats
from ui.dossier import Dossier, StatementRecord

FIRST_WORD_TARGET: Final = timedelta(minutes=60)
"""From the opening of the case to the first statement (domain rules 3.2)."""


@dataclass(frozen=True)
class ClockCount:
    """The clocks of a case by what became of them."""

    kept: int
    late: int
    declined: int
    open: int
    overdue: int


@dataclass(frozen=True)
class Activity:
    """The billed time and the net amount of one kind of work, without internal work."""

    name: str
    seconds: int
    net_cents: int


@dataclass(frozen=True)
class Figures:
    """One case in figures. Times are UTC, money in cents, time in seconds."""

    first_word_at: datetime | None
    first_word_after: timedelta | None
    released: int
    approvals: int
    clocks: ClockCount
    mentions: int
    copies: int
    stories: int
    attacks: int
    attacks_answered: int
    worst: int
    enquiries: int
    enquiries_answered: int
    enquiries_missed: int
    activities: tuple[Activity, ...]
    billed_seconds: int
    covered_cents: int
    overflow_cents: int
    cap_cents: int
    event_covered_cents: int
    costs: tuple[tuple[str, int], ...]
    information_cents: int


def of(dossier: Dossier) -> Figures:
    """The figures of a case as the dossier tells it."""
    releases = [each.release.at for each in dossier.statements if each.release]
    # The first word may have been said at the counter, before anything was released.
    said = [
        each.clock.settled_at
        for each in dossier.clocks
        if each.clock.kind == "holding" and each.clock.settled_as == "done"
    ]
    first = min([*releases, *(at for at in said if at is not None)], default=None)
    settled = ("answered", "irrelevant")
    attacks = [each for each in dossier.mentions if each.attack or each.state == "attack"]
    work = [each for each in dossier.entries if is_exported(each)]
    sums = cost_rules.sums(
        (each.kind, each.payer, each.cents)
        for each in dossier.costs
        if each.withdrawn_because is None
    )
    information = sums.pop("information", 0)
    return Figures(
        first_word_at=first,
        first_word_after=first - dossier.case.opened_at if first else None,
        released=len(releases),
        approvals=sum(len(each.approvals) for each in dossier.statements),
        clocks=_clocks([each.clock for each in dossier.clocks], dossier.read_at),
        mentions=len(dossier.mentions),
        copies=sum(1 for each in dossier.mentions if each.copy_of is not None),
        stories=len(dossier.stories),
        attacks=len(attacks),
        attacks_answered=sum(1 for each in attacks if each.state in settled),
        worst=max((each.severity for each in dossier.mentions), default=0),
        enquiries=len(dossier.enquiries),
        enquiries_answered=sum(1 for each in dossier.enquiries if each.settled_as == "answered"),
        enquiries_missed=sum(
            1 for each in dossier.enquiries if each.late or each.missed(dossier.read_at)
        ),
        activities=_activities(dossier),
        billed_seconds=sum(each.billed_seconds for each in work if each.ended_at is not None),
        covered_cents=dossier.report.covered_cents,
        overflow_cents=sum(line.overflow_cents for line in dossier.report.lines),
        cap_cents=dossier.budget.cap_cents,
        event_covered_cents=dossier.budget.covered_cents,
        costs=tuple(sorted((payer, cents) for payer, cents in sums.items() if cents)),
        information_cents=information,
    )


def _clocks(clocks: list[CaseClock], at: datetime) -> ClockCount:
    done = [each for each in clocks if each.settled_as == "done"]
    running = [each for each in clocks if each.settled_at is None]
    late = sum(1 for each in done if each.late)
    overdue = sum(1 for each in running if each.due_at < at)
    return ClockCount(
        kept=len(done) - late,
        late=late,
        declined=sum(1 for each in clocks if each.settled_as == "declined"),
        open=len(running),
        overdue=overdue,
    )


def _activities(dossier: Dossier) -> tuple[Activity, ...]:
    seconds: dict[str, int] = defaultdict(int)
    cents: dict[str, int] = defaultdict(int)
    for each in dossier.entries:
        if is_exported(each):
            name = (
                budget_words.activity(each.activity)
                if each.activity
                else budget_words.kind(each.kind)
            )
            seconds[name] += each.billed_seconds
            cents[name] += each.net_cents
    ordered = sorted(seconds, key=lambda name: (-seconds[name], name))
    return tuple(Activity(name, seconds[name], cents[name]) for name in ordered)


def first_word(figures: Figures) -> str:
    """How long the first statement took, against the target."""
    if figures.first_word_after is None:
        return "noch keine ausgesandt"
    kept = figures.first_word_after <= FIRST_WORD_TARGET
    word = "Ziel von 60 min eingehalten" if kept else "Ziel von 60 min verfehlt"
    return f"{_after(figures.first_word_after)}, {word}"


def _after(length: timedelta) -> str:
    days = length // timedelta(days=1)
    return f"nach {days} Tagen" if days >= 2 else f"nach {formats.span(length)}"


def counted(number: int, one: str, many: str) -> str:
    """A number with its word: "1 Meldung", "3 Meldungen"."""
    return f"{number} {one if number == 1 else many}"


def clocks(count: ClockCount) -> str:
    """What became of the clocks, in one line."""
    parts = [f"{count.kept} eingehalten"]
    if count.late:
        parts.append(f"{count.late} verspätet")
    if count.declined:
        parts.append(f"{count.declined} mit Begründung abgelehnt")
    if count.open:
        tail = f", davon {count.overdue} überfällig" if count.overdue else ""
        parts.append(f"{count.open} offen{tail}")
    return ", ".join(parts)


def cap(figures: Figures, basis: str) -> str:
    """How much of the cap of the insured event is used."""
    word = "brutto" if basis == "gross" else "netto"
    used = formats.money(figures.event_covered_cents)
    return f"{used} von {formats.money(figures.cap_cents)} {word}"


def rows(dossier: Dossier, figures: Figures) -> list[tuple[str, str]]:
    """The figures as (name, value), for the closing report."""
    found = [
        ("Erste Stellungnahme", first_word(figures)),
        ("Stellungnahmen ausgesandt", str(figures.released)),
        ("Fristen", clocks(figures.clocks)),
        (
            "Meldungen",
            f"{figures.mentions}, davon {counted(figures.copies, 'Agenturkopie', 'Agenturkopien')}",
        ),
        ("Angriffe", f"{figures.attacks}, davon {figures.attacks_answered} erledigt"),
        (
            "Presseanfragen",
            f"{figures.enquiries}, davon {figures.enquiries_answered} beantwortet",
        ),
        ("Verrechnete Zeit", f"{formats.hours(figures.billed_seconds)} Stunden"),
        ("Leistungsgrenze", cap(figures, dossier.budget.basis)),
        ("Über der Leistungsgrenze", formats.money(figures.overflow_cents)),
    ]
    found += [
        (
            f"Leistung: {each.name}",
            f"{formats.hours(each.seconds)} h, {formats.money(each.net_cents)}",
        )
        for each in figures.activities
    ]
    return found


def released_in_order(dossier: Dossier) -> list[StatementRecord]:
    """The statements that went out, the first one first."""
    out = [each for each in dossier.statements if each.release is not None]
    return sorted(out, key=lambda each: each.release.at if each.release else dossier.read_at)
