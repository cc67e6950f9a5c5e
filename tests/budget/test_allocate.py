"""`krisenpult allocate`: the named cases, the properties, and the refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.allocate import Allocation, allocate, from_json, to_json
from data import InputError

NET = {"id": "E", "cap_cents": 250000, "basis": "net", "vat_percent": 20}
GROSS = {**NET, "basis": "gross"}


def hours(name: str, start: str, end: str, rate: int = 15000, **more: Any) -> dict[str, Any]:
    return {
        "id": name, "event": "E", "kind": "communication",
        "start": start, "end": end, "rate_cents": rate, **more,
    }  # fmt: skip


def cost(name: str, cents: int, start: str = "2026-05-18T15:30", **more: Any) -> dict[str, Any]:
    return {
        "id": name, "event": "E", "kind": "third_party", "start": start,
        "fixed_cents": cents, **more,
    }  # fmt: skip


def run(entries: list[dict[str, Any]], event: dict[str, Any] = NET, **more: Any) -> dict[str, Any]:
    document = {"events": [event], "entries": entries, **more}
    return to_json(allocate(from_json(json.loads(json.dumps(document)))))


def shares(answer: dict[str, Any]) -> list[tuple[int, int, str]]:
    return [
        (each["covered_cents"], each["overflow_cents"], each["payer"]) for each in answer["entries"]
    ]


MONDAY = "2026-05-18T"

CASES = [
    pytest.param(
        [hours("a", MONDAY + "08:00", MONDAY + "09:30")], NET, [(22500, 0, "insurer")],
        id="under the cap",
    ),
    pytest.param([cost("a", 250000)], NET, [(250000, 0, "insurer")], id="exactly at the cap"),
    pytest.param([cost("a", 250001)], NET, [(250000, 1, "split")], id="a cent over"),
    pytest.param([cost("a", 249999)], NET, [(249999, 0, "insurer")], id="a cent under"),
    pytest.param(
        [cost("a", 241300, MONDAY + "07:00"), hours("b", MONDAY + "08:00", MONDAY + "09:30", 16500)],
        NET, [(241300, 0, "insurer"), (8700, 16050, "split")], id="the crossing entry is split",
    ),
    pytest.param(
        [cost("a", 250000, MONDAY + "07:00"), cost("b", 100, MONDAY + "08:00")],
        NET, [(250000, 0, "insurer"), (0, 100, "owner")], id="after the cap",
    ),
    pytest.param(
        [cost("late", 200000, MONDAY + "12:00"), cost("early", 100000, MONDAY + "08:00")],
        NET, [(150000, 50000, "split"), (100000, 0, "insurer")], id="service time decides",
    ),
    pytest.param(
        [cost("a", 200000, MONDAY + "08:00"), cost("b", 100000, MONDAY + "08:00")],
        NET, [(200000, 0, "insurer"), (50000, 50000, "split")], id="equal starts in given order",
    ),
    pytest.param(
        [
            cost("b", 200000, "2026-10-25T02:30", start_fold=1),
            cost("a", 100000, "2026-10-25T02:30", start_fold=0),
        ],
        NET, [(150000, 50000, "split"), (100000, 0, "insurer")], id="the doubled hour in UTC order",
    ),
    pytest.param(
        [cost("b", 200000, "2026-05-18T08:00"), cost("a", 100000, "2026-05-18T07:00+01:00")],
        NET, [(200000, 0, "insurer"), (50000, 50000, "split")], id="offsets are instants",
    ),
    pytest.param([cost("a", 0)], NET, [(0, 0, "none")], id="a cost of nothing"),
    pytest.param(
        [cost("a", 250000, MONDAY + "07:00"), cost("b", 0, MONDAY + "08:00")],
        NET, [(250000, 0, "insurer"), (0, 0, "none")], id="nothing after the cap passes",
    ),
    pytest.param(
        [cost("a", 5000)], {**NET, "cap_cents": 0}, [(0, 5000, "owner")], id="a cap of zero"
    ),
    pytest.param([cost("a", 208333)], GROSS, [(250000, 0, "insurer")], id="the largest net"),
    pytest.param([cost("a", 208334)], GROSS, [(250000, 1, "split")], id="gross, a cent over"),
    pytest.param([cost("a", 208333)], NET, [(208333, 0, "insurer")], id="net counts without tax"),
    pytest.param(
        [cost("a", 1233), cost("b", 1233), cost("c", 1233)], GROSS,
        [(1480, 0, "insurer")] * 3, id="tax is rounded per line",
    ),
    pytest.param(
        [cost("a", 1000)], {"id": "E", "cap_cents": 250000, "basis": "net"},
        [(1000, 0, "insurer")], id="a net cap needs no tax rate",
    ),
    pytest.param([cost("a", 1000, kind="it_phone")], NET, [(0, 0, "insurer")], id="it_phone"),
    pytest.param([cost("a", 1000, kind="it_onsite")], NET, [(0, 0, "insurer")], id="it_onsite"),
    pytest.param([cost("a", 1000, kind="internal")], NET, [(0, 0, "none")], id="internal"),
    pytest.param([cost("a", 1000, kind="insured_pays")], NET, [(0, 0, "owner")], id="insured_pays"),
    pytest.param([cost("a", 1000, kind="excluded")], NET, [(0, 0, "owner")], id="excluded"),
    pytest.param(
        [cost("a", 900000, MONDAY + "06:00", kind="excluded"), cost("b", 250000)],
        NET, [(0, 0, "owner"), (250000, 0, "insurer")], id="what is excluded uses up nothing",
    ),
    pytest.param(
        [cost("a", 100000, kind="communication"), cost("b", 200000, kind="third_party")],
        NET, [(100000, 0, "insurer"), (150000, 50000, "split")], id="fees and costs share the cap",
    ),
    pytest.param([], NET, [], id="nothing yet"),
]  # fmt: skip


@pytest.mark.parametrize(("entries", "event", "expected"), CASES)
def test_shares(
    entries: list[dict[str, Any]], event: dict[str, Any], expected: list[tuple[int, int, str]]
) -> None:
    assert shares(run(entries, event)) == expected


SECONDS = [
    pytest.param("2026-03-29T01:30", 0, "2026-03-29T03:30", 0, 3600, id="spring gap"),
    pytest.param("2026-03-28T22:00", 0, "2026-03-29T06:00", 0, 25200, id="short night"),
    pytest.param("2026-03-29T01:49", 0, "2026-03-29T03:15", 0, 1560, id="26 minutes"),
    pytest.param("2026-10-25T01:30", 0, "2026-10-25T03:30", 0, 10800, id="doubled hour"),
    pytest.param("2026-10-24T22:00", 0, "2026-10-25T06:00", 0, 32400, id="long night"),
    pytest.param("2026-10-25T02:45", 0, "2026-10-25T02:15", 1, 1800, id="into the second hour"),
    pytest.param("2026-10-25T02:15", 0, "2026-10-25T02:45", 0, 1800, id="in one hour"),
    pytest.param("2026-10-25T02:15", 0, "2026-10-25T02:45", 1, 5400, id="from hour to hour"),
    pytest.param("2026-10-25T01:30:00Z", 0, "2026-10-25T03:30", 0, 3600, id="mixed offset"),
    pytest.param("2026-05-18T08:00:30", 0, "2026-05-18T08:01:00", 0, 30, id="seconds count"),
]


@pytest.mark.parametrize(("start", "start_fold", "end", "end_fold", "seconds"), SECONDS)
def test_recorded_seconds(
    start: str, start_fold: int, end: str, end_fold: int, seconds: int
) -> None:
    entry = hours("a", start, end, start_fold=start_fold, end_fold=end_fold)
    (line,) = run([entry])["entries"]
    assert (line["recorded_seconds"], line["billed_seconds"]) == (seconds, seconds)


ROUNDED = [
    pytest.param({"mode": "up", "minutes": 15}, 0, 5400, 22500, id="up to 1:30"),
    pytest.param({"mode": "down", "minutes": 15}, 0, 4500, 18750, id="down to 1:15"),
    pytest.param({"mode": "nearest", "minutes": 15}, 0, 4500, 18750, id="nearest 1:15"),
    pytest.param({"mode": "nearest", "minutes": 30}, 0, 5400, 22500, id="nearest half hour"),
    pytest.param({"mode": "none"}, 0, 4800, 20000, id="as it was"),
    pytest.param(None, 0, 4800, 20000, id="no policy given"),
    pytest.param({"mode": "up", "minutes": 15}, 1800, 3600, 15000, id="less half an hour's break"),
    pytest.param({"mode": "nearest", "minutes": 15}, 750, 4500, 18750, id="an exact half goes up"),
]


@pytest.mark.parametrize(("rounding", "pause", "billed", "net"), ROUNDED)
def test_billed_seconds(rounding: dict[str, Any] | None, pause: int, billed: int, net: int) -> None:
    entry = hours("a", MONDAY + "08:00", MONDAY + "09:20", break_seconds=pause)
    (line,) = run([entry], rounding=rounding)["entries"]
    assert line["recorded_seconds"] == 4800 - pause
    assert (line["billed_seconds"], line["net_cents"]) == (billed, net)
    assert line["vat_cents"] == net // 5


CROSSINGS = [
    pytest.param([124999], {}, id="a cent under the half"),
    pytest.param([125000], {"50": "0"}, id="exactly the half"),
    pytest.param([200000], {"50": "0", "80": "0"}, id="two at once"),
    pytest.param([100000, 100000, 49999, 1], {"50": "1", "80": "1", "100": "3"}, id="one by one"),
    pytest.param([300000], {"50": "0", "80": "0", "100": "0"}, id="over it at once"),
    pytest.param([250000, 0, 5000], {"50": "0", "80": "0", "100": "0"}, id="the first one counts"),
    pytest.param([0], {}, id="nothing crosses nothing"),
]


@pytest.mark.parametrize(("cents", "expected"), CROSSINGS)
def test_crossed_levels(cents: list[int], expected: dict[str, str]) -> None:
    answer = run([cost(str(i), each) for i, each in enumerate(cents)], order="given")
    assert answer["events"]["E"]["crossed"] == expected


def test_a_cap_of_zero_is_crossed_by_the_first_cent() -> None:
    answer = run([cost("a", 0), cost("b", 1)], {**NET, "cap_cents": 0}, order="given")
    assert answer["events"]["E"]["crossed"] == {"50": "b", "80": "b", "100": "b"}


def test_given_order_looks_at_no_clock() -> None:
    entries = [cost("late", 200000, MONDAY + "12:00"), cost("early", 100000, MONDAY + "08:00")]
    assert shares(run(entries, order="given")) == [
        (200000, 0, "insurer"),
        (50000, 50000, "split"),
    ]


def test_events_do_not_share_a_cap() -> None:
    document = {
        "events": [NET, {**NET, "id": "F", "cap_cents": 1000}, {**NET, "id": "unused"}],
        "entries": [cost("a", 3000), cost("b", 3000, event="F")],
    }
    answer = to_json(allocate(from_json(document)))
    assert shares(answer) == [(3000, 0, "insurer"), (1000, 2000, "split")]
    assert answer["events"]["F"]["remaining_cents"] == 0
    assert answer["events"]["unused"] == {
        "covered_cents": 0, "overflow_cents": 0, "remaining_cents": 250000, "crossed": {},
    }  # fmt: skip


KINDS = {"K": "communication", "INTERN": "internal", "VN": "insured_pays"}


@pytest.mark.parametrize("name", ["S1", "S4", "S6"])
def test_the_worked_scenarios(name: str) -> None:
    scenario = json.loads((Path(__file__).parent / "scenarios.json").read_text())[name]
    entries = [
        hours(each[0], each[1], each[2], each[3], kind=KINDS[each[4]])
        for each in scenario["entries"]
    ]
    event = {"id": "E", "cap_cents": 250000, "basis": "net", "vat_percent": 0}
    answer = run(entries, event, rounding={"mode": "up", "minutes": 15})
    assert answer["events"]["E"]["covered_cents"] == scenario["covered"]
    assert answer["events"]["E"]["overflow_cents"] == scenario["overflow"]
    assert answer["events"]["E"]["remaining_cents"] == scenario["remaining"]
    by_payer = {each["payer"]: each["net_cents"] for each in answer["entries"]}
    assert by_payer.get("owner", 0) == scenario.get("owner", 0)
    assert by_payer.get("none", 0) == scenario.get("internal", 0)


# What is refused, and which field it names


def broken(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "events": [dict(NET)],
        "entries": [hours("a", MONDAY + "08:00", MONDAY + "09:00")],
    }
    for path, value in changes.items():
        target: Any = document
        *way, last = path.split("__")
        for step in way:
            target = target[int(step) if step.isdigit() else step]
        if value is None:
            del target[last]
        else:
            target[last] = value
    return document


REFUSALS = [
    ({"events": None}, "events"),
    ({"entries": {}}, "entries"),
    ({"events__0__cap_cents": -1}, "events[0].cap_cents"),
    ({"events__0__cap_cents": 2500.5}, "events[0].cap_cents"),
    ({"events__0__cap_cents": "250000"}, "events[0].cap_cents"),
    ({"events__0__cap_cents": True}, "events[0].cap_cents"),
    ({"events__0__basis": None}, "events[0].basis"),
    ({"events__0__basis": "brutto"}, "events[0].basis"),
    ({"events__0__vat_percent": -1}, "events[0].vat_percent"),
    ({"events__0__vat_percent": 101}, "events[0].vat_percent"),
    ({"events__0__vat_percent": 19.999}, "events[0].vat_percent"),
    ({"events__0__id": ""}, "events[0].id"),
    ({"rounding": {"mode": "up"}}, "rounding.minutes"),
    ({"rounding": {"mode": "up", "minutes": 0}}, "rounding.minutes"),
    ({"rounding": {"mode": "sideways", "minutes": 15}}, "rounding.mode"),
    ({"rounding": 15}, "rounding"),
    ({"order": "random"}, "order"),
    ({"entries__0__id": None}, "entries[0].id"),
    ({"entries__0__event": "X"}, "entries[0].event"),
    ({"entries__0__event": None}, "entries[0].event"),
    ({"entries__0__kind": "advertising"}, "entries[0].kind"),
    ({"entries__0__kind": None}, "entries[0].kind"),
    ({"entries__0__start": None}, "entries[0].start"),
    ({"entries__0__start": "yesterday"}, "entries[0].start"),
    ({"entries__0__start": "2026-05-18"}, "entries[0].start"),
    ({"entries__0__start": "2026-03-29T02:30"}, "entries[0].start"),
    ({"entries__0__end": "2026-03-29T02:30"}, "entries[0].end"),
    ({"entries__0__end": "2026-05-18T07:59"}, "entries[0].end"),
    ({"entries__0__end": None}, "entries[0].end"),
    ({"entries__0__start_fold": 2}, "entries[0].start_fold"),
    ({"entries__0__end_fold": -1}, "entries[0].end_fold"),
    ({"entries__0__break_seconds": -1}, "entries[0].break_seconds"),
    ({"entries__0__break_seconds": 3601}, "entries[0].break_seconds"),
    ({"entries__0__rate_cents": -1}, "entries[0].rate_cents"),
    ({"entries__0__rate_cents": None}, "entries[0].rate_cents"),
    ({"entries__0__rate_cents": 150.0}, "entries[0].rate_cents"),
    ({"entries__0__fixed_cents": -1}, "entries[0].fixed_cents"),
    ({"entries__0__fixed_cents": 100}, "entries[0].fixed_cents"),
]


@pytest.mark.parametrize(
    ("changes", "field"),
    REFUSALS,
    ids=[f"{next(iter(c))}={n}" for n, (c, _) in enumerate(REFUSALS)],
)
def test_wrong_input_names_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as refusal:
        from_json(broken(**changes))
    assert refusal.value.field == field


def test_a_gross_cap_needs_its_tax_rate() -> None:
    with pytest.raises(InputError) as refusal:
        run([], {"id": "E", "cap_cents": 1, "basis": "gross"})
    assert refusal.value.field == "events[0].vat_percent"


def test_ids_are_used_once() -> None:
    with pytest.raises(InputError) as refusal:
        run([cost("a", 1), cost("a", 2)])
    assert refusal.value.field == "entries[1].id"
    with pytest.raises(InputError) as refusal:
        from_json({"events": [NET, NET], "entries": []})
    assert refusal.value.field == "events[1].id"


def test_a_break_without_an_end() -> None:
    with pytest.raises(InputError) as refusal:
        run([cost("a", 1, break_seconds=60)])
    assert refusal.value.field == "entries[0].break_seconds"


def test_an_end_in_the_first_of_two_hours_is_told_of_the_second() -> None:
    with pytest.raises(InputError) as refusal:
        run([hours("a", "2026-10-25T02:45", "2026-10-25T02:15")])
    assert refusal.value.field == "entries[0].end"
    assert "end_fold 1" in refusal.value.takes


@pytest.mark.parametrize("document", [None, [], "text", 5])
def test_a_document_that_is_no_object(document: object) -> None:
    with pytest.raises(InputError):
        from_json(document)


# What always holds

amounts = st.lists(
    st.tuples(st.integers(0, 120_000), st.integers(0, 10_000)), min_size=0, max_size=25
)
caps = st.integers(0, 300_000)
bases = st.sampled_from(["net", "gross"])


def allocation(cents: list[tuple[int, int]], cap: int, basis: str) -> Allocation:
    entries = [
        cost(
            str(number),
            each,
            f"2026-05-{1 + minute // 1440:02d}T{minute // 60 % 24:02d}:{minute % 60:02d}",
        )
        for number, (each, minute) in enumerate(cents)
    ]
    event = {"id": "E", "cap_cents": cap, "basis": basis, "vat_percent": 20}
    return allocate(from_json({"events": [event], "entries": entries}))


@given(amounts, caps, bases)
def test_nothing_is_lost_and_nothing_is_over_the_cap(
    cents: list[tuple[int, int]], cap: int, basis: str
) -> None:
    done = allocation(cents, cap, basis)
    total = 0
    for entry in done.entries:
        amount = entry.worth.net_cents + (entry.worth.vat_cents if basis == "gross" else 0)
        assert entry.cut.covered_cents + entry.cut.overflow_cents == amount
        assert min(entry.cut.covered_cents, entry.cut.overflow_cents) >= 0
        total += amount
    event = done.events["E"]
    assert event.covered_cents == min(cap, total)
    assert event.covered_cents + event.overflow_cents == total
    assert event.remaining_cents == cap - event.covered_cents >= 0
    assert len([entry for entry in done.entries if entry.payer == "split"]) <= 1


@given(amounts, caps, bases, st.randoms())
def test_the_sums_do_not_depend_on_the_order_of_input(
    cents: list[tuple[int, int]], cap: int, basis: str, chance: Any
) -> None:
    shuffled = list(cents)
    chance.shuffle(shuffled)
    one = allocation(cents, cap, basis).events["E"]
    other = allocation(shuffled, cap, basis).events["E"]
    assert (one.covered_cents, one.overflow_cents) == (other.covered_cents, other.overflow_cents)


@given(amounts, caps, st.integers(0, 100_000), bases)
def test_a_higher_cap_never_covers_less(
    cents: list[tuple[int, int]], cap: int, more: int, basis: str
) -> None:
    lower = allocation(cents, cap, basis)
    higher = allocation(cents, cap + more, basis)
    for before, after in zip(lower.entries, higher.entries, strict=True):
        assert after.cut.covered_cents >= before.cut.covered_cents
