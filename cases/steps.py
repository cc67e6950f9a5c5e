"""The hotline and the eight steps of an incident (EX-00 to EX-08), in their order.

Where a case stands follows from its entries, which are only ever appended: a tick, an answer,
a tick taken back, a step skipped or taken up again. A later step can be worked on only when
the earlier ones are complete or skipped with a reason (CV-04). Taking back is always possible:
it corrects a record, it is no work on the step.

What the steps ask stands in ``data/reference/steps.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from cases.coverage_text import label
from cases.errors import (
    AlreadySkipped,
    CorrectionNeedsReason,
    ExpertNeeded,
    InFuture,
    MissingField,
    NotAsked,
    NothingToTakeBack,
    SkipNeedsReason,
    StakeholdersUndecided,
    StepAlreadyDone,
    StepLocked,
    StepSkipped,
)
from data import reference
from data.i18n import _, ngettext

Who = Literal["hotline", "firm", "desk"]
Kind = Literal["tick", "choice"]
Action = Literal["ticked", "unticked", "answered", "skipped", "resumed"]
State = Literal["open", "locked", "done", "skipped"]

TICKED = "ticked"
LAST_STEP = 8
# The clocks of two people's machines may differ by this much.
CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass(frozen=True)
class Choice:
    """One of the values that an item takes."""

    value: str
    label: str


@dataclass(frozen=True)
class Item:
    """One point of a step, in the language that applies.

    ``person`` and ``time`` are the labels of what is asked for, "" where it is not;
    ``text_on`` are the values that need a text. ``only_if`` is an item and the values under
    which this one is asked. ``entity`` is the question of ``clocks.toml`` it answers.
    """

    id: str
    step: str
    kind: Kind
    who: Who
    required: bool
    rules: tuple[str, ...]
    title: str
    hint: str
    choices: tuple[Choice, ...]
    settled_by: tuple[str, ...]
    open_values: tuple[str, ...]
    text: str
    text_on: tuple[str, ...]
    person: str
    person_needed: bool
    time: str
    only_if: tuple[str, tuple[str, ...]] | None
    entity: str
    clocks: tuple[str, ...]
    guard: str
    evidence: tuple[str, ...]
    page: str

    def choice_label(self, value: str) -> str:
        """What the user reads for a value; "" for none."""
        return next((each.label for each in self.choices if each.value == value), "")


@dataclass(frozen=True)
class Step:
    """One step with its points, in the language that applies. The hotline's number is 0."""

    id: str
    number: int
    who: Who
    rules: tuple[str, ...]
    title: str
    hint: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Entry:
    """One line of the record. ``item`` is "" for the whole step. Moments are UTC."""

    step: str
    item: str
    action: Action
    happened_at: datetime
    recorded_at: datetime
    recorded_by: str
    value: str = ""
    text: str = ""
    person: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Move:
    """What somebody wants to record: ticking, answering, taking back, skipping, resuming."""

    step: str
    action: Action
    happened_at: datetime
    item: str = ""
    value: str = ""
    text: str = ""
    person: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ItemState:
    """Where a point stands. ``entry`` is the one that holds, None where nothing does.

    ``settled``: the step can be complete with it. ``still_open``: it stays on the list of what
    is open (an answer "unknown" settles a question and leaves it open).
    """

    item: Item
    entry: Entry | None
    asked: bool
    settled: bool
    still_open: bool

    @property
    def value(self) -> str:
        """The value that holds: that of a choice, "ticked" for a tick, "" for nothing."""
        if self.entry is None:
            return ""
        return TICKED if self.item.kind == "tick" else self.entry.value


@dataclass(frozen=True)
class StepState:
    """Where a step stands.

    ``closing`` is the entry that completed or skipped it. ``waits_for`` is the earlier step
    that keeps it locked.
    """

    step: Step
    state: State
    items: tuple[ItemState, ...]
    closing: Entry | None = None
    waits_for: Step | None = None

    @property
    def passed(self) -> bool:
        """Whether the next step may be worked on."""
        return self.state in ("done", "skipped")


@dataclass(frozen=True)
class Summary:
    """A case's steps in short. ``number`` is the step at work, None when all are passed.

    ``open_points`` are the titles of what the step at work still needs, ``unknowns`` those of
    answers in passed steps that are unknown. ``text`` says it in one sentence.
    """

    number: int | None
    title: str
    passed: int
    open_points: tuple[str, ...]
    unknowns: tuple[str, ...]
    text: str


# --- the data -------------------------------------------------------------------------------


def all_steps() -> tuple[Step, ...]:
    """The hotline and the eight steps."""
    return tuple(
        _step(number, entry) for number, entry in enumerate(reference.load("steps")["step"])
    )


def step_by_id(step_id: str) -> Step:
    """The step such as "EX-03"."""
    return next(each for each in all_steps() if each.id == step_id)


def item_by_id(item_id: str) -> Item:
    """The point such as "EX-03.shutdown"."""
    step = step_by_id(item_id.partition(".")[0])
    return next(each for each in step.items if each.id == item_id)


def _step(number: int, entry: Mapping[str, Any]) -> Step:
    return Step(
        id=entry["id"],
        number=number,
        who=entry["who"],
        rules=tuple(entry["rules"]),
        title=label(entry["title"]),
        hint=label(entry["hint"]) if "hint" in entry else "",
        items=tuple(_item(entry["id"], each) for each in entry["item"]),
    )


def _item(step: str, entry: Mapping[str, Any]) -> Item:
    lists = reference.load("steps")["values"]
    named = lists[entry.get("values", "three")] if entry["kind"] == "choice" else {}
    choices = tuple(Choice(each["value"], label(each)) for each in named.get("choices", ()))
    text = entry.get("text") or named.get("text")
    asked = _entity(entry)
    condition = entry.get("only_if")
    return Item(
        id=entry["id"],
        step=step,
        kind=entry["kind"],
        who=entry["who"],
        required=not entry.get("optional", False),
        rules=tuple(entry["rules"]),
        title=label(entry["title"]) if "title" in entry else label(asked["question"]),
        hint=label(entry["hint"]) if "hint" in entry else label(asked["help"]) if asked else "",
        choices=choices,
        settled_by=tuple(entry.get("settled_by", [each.value for each in choices])),
        open_values=tuple(entry.get("open_values", ())),
        text=label(text) if text else _("Anmerkung"),
        text_on=tuple(entry.get("text_on", ())),
        person=label(entry["person"]) if "person" in entry else "",
        person_needed=entry.get("person_needed", False),
        time=label(entry["time"]) if "time" in entry else _("Uhrzeit"),
        only_if=(condition["item"], tuple(condition["values"])) if condition else None,
        entity=entry.get("entity", ""),
        clocks=tuple(entry.get("clocks", ())),
        guard=entry.get("guard", ""),
        evidence=tuple(entry.get("evidence", ())),
        page=entry.get("page", ""),
    )


def _entity(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The question of ``clocks.toml`` that a point asks; empty where it asks its own."""
    if "entity" not in entry:
        return {}
    asked: Mapping[str, Any] = reference.load("clocks")["entity_questions"][entry["entity"]]
    return asked


def asks_since(item: Item) -> bool:
    """Whether a yes needs the moment from which it holds (the classification under DORA)."""
    return bool(reference.load("clocks")["entity_questions"][item.entity].get("since"))


# --- where a case stands --------------------------------------------------------------------


def standing(entries: Sequence[Entry]) -> tuple[StepState, ...]:
    """Where each step stands after ``entries``, the oldest first."""
    newest = _newest(entries)
    states: list[StepState] = []
    waits_for: Step | None = None
    for step in all_steps():
        state = _standing_of(step, newest, waits_for)
        states.append(state)
        if waits_for is None and not state.passed:
            waits_for = step
    return tuple(states)


def _newest(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Per point the entry that holds; per step, under its id, the newest skip or resumption."""
    return {each.item or each.step: each for each in entries}


def _standing_of(step: Step, newest: Mapping[str, Entry], waits_for: Step | None) -> StepState:
    items = tuple(_item_standing(item, newest) for item in step.items)
    whole = newest.get(step.id)
    if whole is not None and whole.action == "skipped":
        return StepState(step, "skipped", items, whole, waits_for)
    if all(each.settled for each in items if each.asked and each.item.required):
        done = [each.entry for each in items if each.asked and each.entry is not None]
        closing = max(done, key=lambda each: each.recorded_at, default=None)
        return StepState(step, "done", items, closing, waits_for)
    return StepState(step, "open" if waits_for is None else "locked", items, None, waits_for)


def _item_standing(item: Item, newest: Mapping[str, Entry]) -> ItemState:
    entry = newest.get(item.id)
    holds = entry if entry is not None and entry.action != "unticked" else None
    value = holds.value if holds is not None else ""
    asked = _is_asked(item, newest)
    settled = holds is not None and (item.kind == "tick" or value in item.settled_by)
    return ItemState(
        item=item,
        entry=holds,
        asked=asked,
        settled=settled,
        still_open=asked and item.required and (not settled or value in item.open_values),
    )


def _is_asked(item: Item, newest: Mapping[str, Entry]) -> bool:
    if item.only_if is None:
        return True
    other, values = item.only_if
    entry = newest.get(other)
    return entry is not None and entry.action != "unticked" and entry.value in values


def state_of(states: Sequence[StepState], item_id: str) -> ItemState:
    """Where one point stands."""
    return next(each for state in states for each in state.items if each.item.id == item_id)


# --- what may be recorded next --------------------------------------------------------------


def check(
    states: Sequence[StepState], move: Move, now: datetime, *, undecided_stakeholders: int = 0
) -> None:
    """Refuse what the order or a rule does not allow; returns quietly what may be recorded.

    ``now`` is UTC. Raises InFuture, StepLocked, StepSkipped, StepAlreadyDone,
    AlreadySkipped, NothingToTakeBack, NotAsked, ExpertNeeded, MissingField,
    CorrectionNeedsReason, SkipNeedsReason, StakeholdersUndecided.
    """
    if move.happened_at > now + CLOCKS_DIFFER:
        raise InFuture
    state = next(each for each in states if each.step.id == move.step)
    if move.action in ("skipped", "resumed"):
        _check_whole_step(state, move)
        return
    item = state_of(states, move.item)
    if move.action == "unticked":
        _check_taking_back(item, move)
        return
    if state.waits_for is not None:
        raise StepLocked(state.step.title, state.waits_for.title)
    if state.state == "skipped":
        raise StepSkipped(state.step.title)
    if not item.asked:
        raise NotAsked(item.item.title)
    _check_content(item, move)
    if item.item.guard == "stakeholders" and undecided_stakeholders:
        raise StakeholdersUndecided(undecided_stakeholders)


def _check_whole_step(state: StepState, move: Move) -> None:
    if not move.reason.strip():
        if move.action == "skipped":
            raise SkipNeedsReason(state.step.title)
        raise CorrectionNeedsReason(state.step.title)
    if move.action == "resumed":
        if state.state != "skipped":
            raise NothingToTakeBack(state.step.title)
        return
    if state.state == "skipped":
        raise AlreadySkipped(state.step.title)
    if state.state == "done":
        raise StepAlreadyDone(state.step.title)
    if state.waits_for is not None:
        raise StepLocked(state.step.title, state.waits_for.title)


def _check_taking_back(item: ItemState, move: Move) -> None:
    if item.entry is None:
        raise NothingToTakeBack(item.item.title)
    if not move.reason.strip():
        raise CorrectionNeedsReason(item.item.title)


def _check_content(state: ItemState, move: Move) -> None:
    item = state.item
    value = TICKED if item.kind == "tick" else move.value
    if item.kind == "choice" and not item.choice_label(value):
        raise MissingField(item.title)
    if item.person_needed and not move.person.strip():
        # EX-03b: who allowed it is not one field among others.
        raise ExpertNeeded if item.id == "EX-03.shutdown" else MissingField(item.person)
    if value in item.text_on and not move.text.strip():
        raise MissingField(item.text)
    if _is_correction(state, move, value) and not move.reason.strip():
        raise CorrectionNeedsReason(item.title)


def _is_correction(state: ItemState, move: Move, value: str) -> bool:
    """Whether the move replaces what was known; what was open is completed, not corrected."""
    if state.entry is None or state.value in state.item.open_values or not state.settled:
        return False
    before = (state.value, state.entry.text, state.entry.person)
    return before != (value, move.text.strip(), move.person.strip())


# --- in short -------------------------------------------------------------------------------


def summary(states: Sequence[StepState]) -> Summary:
    """The steps of a case in short, for its overview."""
    current = next((each for each in states if not each.passed), None)
    unknowns = tuple(
        item.item.title
        for state in states
        if state.state == "done"
        for item in state.items
        if item.still_open
    )
    passed = sum(each.passed for each in states if each.step.number)
    if current is None:
        text = _("Alle acht Schritte sind gegangen.")
        if unknowns:
            text = ngettext(
                "Alle acht Schritte sind gegangen, {count} Antwort ist noch unbekannt.",
                "Alle acht Schritte sind gegangen, {count} Antworten sind noch unbekannt.",
                len(unknowns),
            ).format(count=len(unknowns))
        return Summary(None, "", passed, (), unknowns, text)
    step = current.step
    points = tuple(
        each.item.title
        for each in current.items
        if each.asked and each.item.required and not each.settled
    )
    if step.number == 0:
        text = _("Vor den acht Schritten: {title}").format(title=step.title)
    else:
        text = _("Schritt {number} von {last}: {title}; offen: {points}").format(
            number=step.number, last=LAST_STEP, title=step.title, points=" · ".join(points)
        )
    return Summary(step.number, step.title, passed, points, unknowns, text)
