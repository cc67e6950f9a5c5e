"""``krisenpult allocate``: hours and costs against the caps of insured events, no database.

The stored ledger of :mod:`budget.store` decides with the same functions, so that both give
the same euros for the same input.

What the input leaves open is decided like this, and nowhere silently:
- Without ``rounding`` nothing is rounded; without ``order`` the cap is consumed in the order
  of service time (start in UTC, equal starts in the order given).
- ``fixed_cents`` is a net amount. It excludes ``rate_cents``.
- ``vat_percent`` is required where the basis is gross. With a net basis the cap does not
  depend on it; missing, the tax of the lines is 0.
- ``recorded_seconds`` is the time worked, the break taken off; ``billed_seconds`` rounds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from budget import ledger
from budget.errors import BreakTooLong, EndBeforeStart
from budget.ledger import Basis, Claim, Cut, Kind, Payer, Worth
from budget.money import basis_points, line_cents, vat_cents
from budget.rounding import MODES, NO_ROUNDING, Rounding
from budget.worktime import WorkTime
from data import InputError
from data.fields import Fields

Order = Literal["service_time", "given"]
ORDERS = ("service_time", "given")
MOST_CENTS = 10**12
MOST_SECONDS = 366 * 24 * 3600


@dataclass(frozen=True)
class Event:
    """An insured event with its cap. The tax is in hundredths of a percent."""

    id: str
    cap_cents: int
    basis: Basis
    vat_basis_points: int


@dataclass(frozen=True)
class Entry:
    """An hour or a cost: either ``work`` at ``rate_cents`` an hour or ``fixed_cents`` net.

    A fixed cost may carry the time it took; the time then costs nothing more.
    """

    id: str
    event: str
    kind: Kind
    start: datetime
    work: WorkTime | None = None
    rate_cents: int | None = None
    fixed_cents: int | None = None

    def worth(self, rounding: Rounding, vat_basis_points: int) -> Worth:
        """Seconds, net and tax of this entry; each amount is rounded half up once."""
        recorded = self.work.recorded_seconds if self.work else 0
        billed = rounding.billed_seconds(recorded)
        if self.fixed_cents is not None:
            net = self.fixed_cents
        else:
            net = line_cents(billed, self.rate_cents or 0)
        return Worth(net, vat_cents(net, vat_basis_points), recorded, billed)


@dataclass(frozen=True)
class Task:
    """What is to be allocated."""

    events: tuple[Event, ...]
    entries: tuple[Entry, ...]
    rounding: Rounding = NO_ROUNDING
    order: Order = "service_time"


@dataclass(frozen=True)
class Allocated:
    """One entry with its worth, its cut at the cap and its payer."""

    id: str
    worth: Worth
    cut: Cut
    payer: Payer
    rule: str | None


@dataclass(frozen=True)
class EventSum:
    """What an event has used. ``crossed`` names the entry that reached each level."""

    covered_cents: int
    overflow_cents: int
    remaining_cents: int
    crossed: dict[int, str]


@dataclass(frozen=True)
class Allocation:
    """The entries in the order given, and the sums by event."""

    entries: tuple[Allocated, ...]
    events: dict[str, EventSum]


def allocate(task: Task) -> Allocation:
    """Allocate every entry of the task. Rules: NA-33 (cap), NA-18 and NA-24 (outside it)."""
    events = {event.id: event for event in task.events}
    worths = {
        entry.id: entry.worth(task.rounding, events[entry.event].vat_basis_points)
        for entry in task.entries
    }
    by_event: dict[str, list[Entry]] = {event.id: [] for event in task.events}
    for entry in _in_order(task.entries, task.order):
        if entry.kind in ledger.DRAWING:
            by_event[entry.event].append(entry)
    cuts: dict[str, Cut] = {}
    sums: dict[str, EventSum] = {}
    for event in task.events:
        drawing = by_event[event.id]
        amounts = [worths[entry.id].in_basis(event.basis) for entry in drawing]
        done = ledger.distribute(event.cap_cents, [Claim(amount) for amount in amounts])
        ids = [entry.id for entry in drawing]
        cuts.update(zip(ids, done, strict=True))
        covered = sum(each.covered_cents for each in done)
        sums[event.id] = EventSum(
            covered_cents=covered,
            overflow_cents=sum(each.overflow_cents for each in done),
            remaining_cents=event.cap_cents - covered,
            crossed=ledger.crossed(event.cap_cents, zip(ids, amounts, strict=True)),
        )
    return Allocation(
        entries=tuple(
            Allocated(
                id=entry.id,
                worth=worths[entry.id],
                cut=cuts.get(entry.id, ledger.NOTHING),
                payer=ledger.payer_of(entry.kind, cuts.get(entry.id, ledger.NOTHING)),
                rule=ledger.RULE_OF_KIND[entry.kind],
            )
            for entry in task.entries
        ),
        events=sums,
    )


def _in_order(entries: Sequence[Entry], order: Order) -> list[Entry]:
    if order == "given":
        return list(entries)
    return sorted(entries, key=lambda entry: entry.start)


def from_json(value: object) -> Task:
    """The task from the command's JSON document. Raises InputError with the field's path."""
    fields = Fields(value)
    events = _unique([_event(each) for each in fields.objects("events")], "events")
    known = {event.id for event in events}
    entries = _unique([_entry(each, known) for each in fields.objects("entries")], "entries")
    return Task(
        events=tuple(events),
        entries=tuple(entries),
        rounding=_rounding(fields.object("rounding")),
        order=fields.choice("order", ORDERS, "service_time"),
    )


def _unique(things: list[Any], name: str) -> list[Any]:
    seen: set[str] = set()
    for index, thing in enumerate(things):
        if thing.id in seen:
            raise InputError(f"{name}[{index}].id", f"takes an id of its own; {thing.id} is used")
        seen.add(thing.id)
    return things


def _event(fields: Fields) -> Event:
    basis = fields.choice("basis", ledger.BASES)
    percent = fields.number("vat_percent") if basis == "gross" else fields.number("vat_percent", 0)
    try:
        points = basis_points(percent)
    except ValueError:
        raise InputError(
            fields.at("vat_percent"), "takes a percentage from 0 to 100 with at most two decimals"
        ) from None
    return Event(
        id=_id(fields),
        cap_cents=fields.integer("cap_cents", least=0, most=MOST_CENTS),
        basis=basis,
        vat_basis_points=points,
    )


def _id(fields: Fields) -> str:
    value: str = fields.text("id")
    if not value:
        raise InputError(fields.at("id"), "takes a text that is not empty")
    return value


def _rounding(fields: Fields | None) -> Rounding:
    if fields is None:
        return NO_ROUNDING
    mode = fields.choice("mode", MODES)
    if mode == "none":
        return NO_ROUNDING
    return Rounding(mode, fields.integer("minutes", least=1, most=24 * 60))


def _entry(fields: Fields, events: set[str]) -> Entry:
    event = fields.text("event")
    if event not in events:
        raise InputError(fields.at("event"), f"takes the id of one of the events; {event} is none")
    start = fields.moment("start", fold=_fold(fields, "start_fold"))
    fixed = fields.integer("fixed_cents", None, least=0, most=MOST_CENTS)
    rate = fields.integer("rate_cents", None, least=0, most=MOST_CENTS)
    work = _work(fields, start)
    if fixed is None and work is None:
        raise InputError(fields.at("end"), "is required unless fixed_cents is given")
    if fixed is None and rate is None:
        raise InputError(fields.at("rate_cents"), "is required unless fixed_cents is given")
    if fixed is not None and rate is not None:
        raise InputError(fields.at("fixed_cents"), "takes an amount only without rate_cents")
    return Entry(
        id=_id(fields),
        event=event,
        kind=fields.choice("kind", ledger.KINDS),
        start=start,
        work=work,
        rate_cents=rate,
        fixed_cents=fixed,
    )


def _fold(fields: Fields, name: str) -> int:
    fold: int = fields.integer(name, 0, least=0, most=1)
    return fold


def _work(fields: Fields, start: datetime) -> WorkTime | None:
    pause = fields.integer("break_seconds", 0, least=0, most=MOST_SECONDS)
    end = fields.moment("end", None, fold=_fold(fields, "end_fold"))
    if end is None:
        if pause:
            raise InputError(fields.at("break_seconds"), "takes a break only together with end")
        return None
    try:
        return WorkTime(start, end, pause)
    except EndBeforeStart:
        raise InputError(fields.at("end"), _takes_later_end(fields, start)) from None
    except BreakTooLong:
        raise InputError(
            fields.at("break_seconds"), "takes at most the seconds between start and end"
        ) from None


def _takes_later_end(fields: Fields, start: datetime) -> str:
    takes = "takes a time that is not before start"
    if fields.moment("end", fold=1) > start:
        return f"{takes}; this hour comes twice that night, end_fold 1 is its second one"
    return takes


def to_json(allocation: Allocation) -> dict[str, Any]:
    """The command's answer."""
    return {
        "entries": [
            {
                "id": entry.id,
                "recorded_seconds": entry.worth.recorded_seconds,
                "billed_seconds": entry.worth.billed_seconds,
                "net_cents": entry.worth.net_cents,
                "vat_cents": entry.worth.vat_cents,
                "covered_cents": entry.cut.covered_cents,
                "overflow_cents": entry.cut.overflow_cents,
                "payer": entry.payer,
                "rule": entry.rule,
            }
            for entry in allocation.entries
        ],
        "events": {
            event_id: {
                "covered_cents": event.covered_cents,
                "overflow_cents": event.overflow_cents,
                "remaining_cents": event.remaining_cents,
                "crossed": {str(level): entry for level, entry in event.crossed.items()},
            }
            for event_id, event in allocation.events.items()
        },
    }
