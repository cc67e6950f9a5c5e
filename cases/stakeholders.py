"""Who is told what by when (stakeholder matrix, Beteiligte, EX-07b).

The groups stand in ``data/reference/stakeholders.toml`` in the order in which they are told:
those inside before those outside, the own channels before the media (3.2). Which of them a
case suggests follows from its incidents; the decision is a person's, and "open" is no "no".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from cases.coverage_text import label
from cases.errors import DoneWithoutText, InFuture, MissingField, NoNeedsReason, UnknownStakeholder
from data import reference
from data.i18n import _, ngettext

Inform = Literal["yes", "no", "open"]
Advice = Literal["inform", "check"]
LineState = Literal["undecided", "not_informed", "due", "overdue", "done"]

OTHER = "other"
"""A group that the list does not hold; it has a name of its own."""
BY_WHOM = ("desk", "firm", "hotline")
# The clocks of two people's machines may differ by this much.
CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass(frozen=True)
class Party:
    """A group, in the language that applies. ``place`` is its rank in the order of telling."""

    id: str
    place: int
    side: str
    title: str
    hint: str
    by_whom: str
    within: timedelta


@dataclass(frozen=True)
class Situation:
    """What the suggestions follow from.

    ``data_loss`` and ``outage`` are yes, no, unknown, or none without an IT incident; the other
    words are yes, no or unknown.
    """

    kinds: frozenset[str] = frozenset()
    data_loss: str = "none"
    outage: str = "none"
    attack: str = "unknown"
    media: str = "no"
    poster: str = "no"
    nisg: str = "unknown"


@dataclass(frozen=True)
class Suggestion:
    """That a group should be told, or that it should be thought about, and why."""

    party: str
    advice: Advice
    reason: str
    rule: str


@dataclass(frozen=True)
class Entry:
    """One line of the record on a group; the newest one holds. Moments are UTC.

    ``person`` is who tells them, ``statement_id`` our text or None, ``text`` what is said
    otherwise, ``done_at`` when they were told.
    """

    party: str
    inform: Inform
    name: str = ""
    due_at: datetime | None = None
    by_whom: str = ""
    person: str = ""
    statement_id: int | None = None
    text: str = ""
    done_at: datetime | None = None
    reason: str = ""
    recorded_at: datetime | None = None
    recorded_by: str = ""


@dataclass(frozen=True)
class Line:
    """A row of the matrix: the group, what is suggested, what is decided."""

    party: Party
    suggestion: Suggestion | None
    entry: Entry | None
    state: LineState

    @property
    def title(self) -> str:
        """The name of the group, or the one somebody gave it."""
        return self.entry.name if self.entry and self.entry.name else self.party.title


@dataclass(frozen=True)
class Counts:
    """How many rows there are, are undecided, still to be told, overdue, and told."""

    rows: int
    undecided: int
    to_tell: int
    overdue: int
    told: int

    @property
    def text(self) -> str:
        """The counts in one sentence."""
        if self.undecided:
            said = ngettext(
                "bei {count} Gruppe noch offen", "bei {count} Gruppen noch offen", self.undecided
            ).format(count=self.undecided)
        else:
            said = _("über alle entschieden")
        parts = [said]
        if self.to_tell:
            parts.append(_("{count} zu informieren").format(count=self.to_tell))
        if self.overdue:
            parts.append(_("{count} überfällig").format(count=self.overdue))
        if self.told:
            parts.append(_("{count} informiert").format(count=self.told))
        return ", ".join(parts)


def parties() -> tuple[Party, ...]:
    """The groups in the order in which they are told."""
    return tuple(
        _party(place, entry) for place, entry in enumerate(reference.load("stakeholders")["party"])
    )


def party_by_id(party_id: str, name: str = "") -> Party:
    """The group with this id; one with a name of its own under "other".

    Raises UnknownStakeholder.
    """
    for each in parties():
        if each.id == party_id:
            return each
    if party_id == OTHER and name:
        return Party(OTHER, len(parties()), "external", name, "", "firm", timedelta(days=1))
    raise UnknownStakeholder(party_id)


def _party(place: int, entry: Mapping[str, Any]) -> Party:
    return Party(
        id=entry["id"],
        place=place,
        side=entry["side"],
        title=label(entry["title"]),
        hint=label(entry["hint"]) if "hint" in entry else "",
        by_whom=entry["by_whom"],
        within=timedelta(minutes=entry["within_minutes"]),
    )


def suggest(situation: Situation) -> dict[str, Suggestion]:
    """Which groups the case suggests, and why; per group the first rule that fits."""
    found = {}
    for entry in reference.load("stakeholders")["party"]:
        for each in entry["suggest"]:
            if _fits(each["when"], situation):
                found[entry["id"]] = Suggestion(
                    entry["id"], each["advice"], label(each["reason"]), each["rule"]
                )
                break
    return found


def _fits(conditions: Mapping[str, Sequence[str]], situation: Situation) -> bool:
    for name, values in conditions.items():
        if name == "kinds":
            if not situation.kinds & set(values):
                return False
        elif getattr(situation, name) not in values:
            return False
    return True


def matrix(entries: Iterable[Entry], situation: Situation, now: datetime) -> list[Line]:
    """Every group with what holds for it, in the order of telling; own names at the end.

    ``entries`` come oldest first; ``now`` is UTC.
    """
    newest = {(each.party, each.name): each for each in entries}
    suggestions = suggest(situation)
    lines = []
    for party in parties():
        entry = newest.pop((party.id, ""), None)
        lines.append(Line(party, suggestions.get(party.id), entry, line_state(entry, now)))
    for (party_id, name), entry in newest.items():
        lines.append(Line(party_by_id(party_id, name), None, entry, line_state(entry, now)))
    return lines


def line_state(entry: Entry | None, now: datetime) -> LineState:
    """Where a row stands at ``now`` (UTC). At its last minute it is not overdue yet."""
    if entry is None or entry.inform == "open":
        return "undecided"
    if entry.inform == "no":
        return "not_informed"
    if entry.done_at is not None:
        return "done"
    return "overdue" if entry.due_at is not None and entry.due_at < now else "due"


def count(lines: Sequence[Line]) -> Counts:
    """The matrix in figures, for the checklist."""
    states = [each.state for each in lines]
    return Counts(
        rows=len(states),
        undecided=states.count("undecided"),
        to_tell=states.count("due") + states.count("overdue"),
        overdue=states.count("overdue"),
        told=states.count("done"),
    )


def check(entry: Entry, now: datetime) -> None:
    """Refuse an entry that does not say what it must; ``now`` is UTC.

    A no needs its reason, a yes by when and by whom, being told with which words (EX-07b).
    Raises UnknownStakeholder, NoNeedsReason, MissingField, DoneWithoutText, InFuture.
    """
    if entry.party == OTHER and not entry.name.strip():
        raise MissingField(_("Name der Gruppe"))
    title = party_by_id(entry.party, entry.name.strip()).title
    if entry.inform == "no" and not entry.reason.strip():
        raise NoNeedsReason(title)
    if entry.inform == "yes":
        if entry.due_at is None:
            raise MissingField(_("Bis wann"))
        if entry.by_whom not in BY_WHOM:
            raise MissingField(_("Durch wen"))
        if not entry.person.strip():
            raise MissingField(_("Name, wer informiert"))
    if entry.done_at is None:
        return
    if entry.done_at > now + CLOCKS_DIFFER:
        raise InFuture
    if entry.statement_id is None and not entry.text.strip():
        raise DoneWithoutText(title)
