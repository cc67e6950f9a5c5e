"""The duty roster: gaps, warnings, week plans, swaps, and the nights the clock is changed."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from access import accounts, audit
from access.actor import SYSTEM, Actor
from cases import duty
from cases.duty import Gap, Pattern, Shift
from cases.errors import (
    MissingField,
    NotOnRoster,
    PatternEmpty,
    PatternTooLong,
    PeriodEndsBeforeStart,
    ShiftEndsBeforeStart,
    ShiftGone,
    ShiftKnown,
    ShiftOver,
    ShiftTooLong,
    SwapWithSelf,
)
from cases.store import duty as roster
from data import KrisenpultError
from data.errors import NonexistentLocalTime
from data.times import read_moment

EVERY_DAY = frozenset(range(1, 8))
WEEKDAYS = frozenset(range(1, 6))
BASE = datetime(2026, 11, 23, tzinfo=UTC)


def at(text: str) -> datetime:
    """A moment in November 2026 from Vienna's wall clock: "24. 18:00"."""
    day, clock = text.split()
    return read_moment(f"2026-11-{day.rstrip('.')}T{clock}")


def shift(begin: str, end: str, person: str = "Lang", role: duty.Role = "desk") -> Shift:
    number = {"Lang": 1, "Berger": 2, "Maier": 3}[person]
    return Shift(0, number, person, role, at(begin), at(end))


def spans(found: list[Gap]) -> list[str]:
    return [duty.span_text(each.start, each.end) for each in found]


# --- Gaps (NA-19) -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        pytest.param([], ["Mo 23.11. 00:00–Mi 25.11. 00:00"], id="nobody"),
        pytest.param([shift("22. 00:00", "26. 00:00")], [], id="all the time"),
        pytest.param(
            [shift("22. 22:00", "24. 02:00"), shift("24. 06:00", "25. 08:00", "Berger")],
            ["Di 24.11. 02:00–06:00"],
            id="the small hours",
        ),
        pytest.param(
            [shift("23. 00:00", "24. 08:00"), shift("24. 08:00", "25. 00:00", "Berger")],
            [],
            id="one follows the other at once",
        ),
        pytest.param(
            [shift("23. 00:00", "24. 12:00"), shift("23. 06:00", "23. 20:00", "Berger")],
            ["Di 24.11. 12:00–Mi 25.11. 00:00"],
            id="an overlap ends nothing",
        ),
        pytest.param(
            [shift("23. 00:00", "25. 00:00", "Maier", "on_call")], [], id="on call is there"
        ),
    ],
)
def test_gaps_of_two_days(shifts: list[Shift], expected: list[str]) -> None:
    assert spans(duty.gaps(shifts, at("23. 00:00"), at("25. 00:00"))) == expected


def test_a_gap_is_said_with_its_day() -> None:
    assert (
        duty.gap_text(Gap(at("24. 02:00"), at("24. 06:00"))) == "ohne Dienst: Di 24.11. 02:00–06:00"
    )


def test_time_with_on_call_alone_is_named() -> None:
    shifts = [
        shift("23. 00:00", "24. 00:00"),
        shift("23. 20:00", "24. 10:00", "Berger", "on_call"),
    ]
    found = duty.only_on_call(shifts, at("23. 00:00"), at("25. 00:00"))
    assert spans(found) == ["Di 24.11. 00:00–10:00"]


minutes = st.integers(min_value=-600, max_value=3000)
some_shifts = st.lists(
    st.builds(
        lambda start, length, person: Shift(
            0,
            person,
            str(person),
            "desk",
            BASE + timedelta(minutes=start),
            BASE + timedelta(minutes=start + length),
        ),
        minutes,
        st.integers(min_value=1, max_value=900),
        st.integers(min_value=1, max_value=3),
    ),
    max_size=8,
)


@given(some_shifts, minutes, minutes)
def test_gaps_and_shifts_tile_the_window_exactly(shifts: list[Shift], one: int, two: int) -> None:
    start, end = (BASE + timedelta(minutes=each) for each in sorted((one, two)))
    free = duty.gaps(shifts, start, end)
    tiles = sorted([*free, *duty.covered(shifts, start, end)], key=lambda each: each.start)
    if start == end:
        assert tiles == []
        return
    assert tiles[0].start == start
    assert tiles[-1].end == end
    assert all(one.end == two.start for one, two in pairwise(tiles))
    assert all(each.start < each.end for each in tiles)
    assert not any(each.start < gap.end and gap.start < each.end for gap in free for each in shifts)


@given(some_shifts)
def test_somebody_is_on_duty_exactly_outside_the_gaps(shifts: list[Shift]) -> None:
    end = BASE + timedelta(hours=48)
    free = duty.gaps(shifts, BASE, end)
    for quarter in range(0, 48 * 60, 15):
        moment = BASE + timedelta(minutes=quarter)
        nobody = any(gap.start <= moment < gap.end for gap in free)
        assert nobody == (not duty.on_duty(shifts, moment))


# --- Warnings ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        pytest.param([shift("23. 08:00", "23. 20:00")], [], id="twelve hours are allowed"),
        pytest.param(
            [shift("23. 08:00", "23. 20:15")],
            [("too_long", "§ 9 AZG", "Mo 23.11. 08:00–20:15")],
            id="more than twelve",
        ),
        pytest.param(
            [shift("23. 08:00", "23. 16:00"), shift("23. 16:00", "23. 22:00", role="lead")],
            [("too_long", "§ 9 AZG", "Mo 23.11. 08:00–22:00")],
            id="two shifts at once are one stretch",
        ),
        pytest.param(
            [shift("23. 08:00", "23. 18:00"), shift("24. 05:00", "24. 12:00")],
            [],
            id="eleven hours of rest",
        ),
        pytest.param(
            [shift("23. 08:00", "23. 18:00"), shift("24. 04:45", "24. 12:00")],
            [("short_rest", "§ 12 AZG", "Mo 23.11. 18:00–Di 24.11. 04:45")],
            id="less rest",
        ),
        pytest.param(
            [shift("23. 08:00", "23. 18:00"), shift("23. 20:00", "23. 23:00", "Berger")],
            [],
            id="the rest of one is not that of the other",
        ),
        pytest.param(
            [shift("23. 08:00", "23. 12:00"), shift("23. 10:00", "23. 14:00", role="lead")],
            [("double_booked", "NA-19", "Mo 23.11. 10:00–12:00")],
            id="in two places",
        ),
        pytest.param(
            [shift("23. 18:00", "24. 08:00", role="on_call"), shift("24. 08:00", "24. 16:00")],
            [],
            id="on call is no working time",
        ),
        pytest.param(
            [shift("23. 18:00", "25. 08:00", role="on_call"), shift("24. 08:00", "24. 16:00")],
            [("double_booked", "NA-19", "Di 24.11. 08:00–16:00")],
            id="on call and at the desk",
        ),
    ],
)
def test_warnings(shifts: list[Shift], expected: list[tuple[str, str, str]]) -> None:
    found = duty.warnings(shifts)
    assert [
        (each.kind, each.rule, duty.span_text(each.start, each.end)) for each in found
    ] == expected


def test_the_night_of_25_hours_counts_as_it_is() -> None:
    night = Shift(
        0, 1, "Lang", "desk", read_moment("2026-10-24T19:00"), read_moment("2026-10-25T07:00")
    )
    assert night.length == timedelta(hours=13)
    assert [each.kind for each in duty.warnings([night])] == ["too_long"]


def test_the_limits_say_that_nobody_has_confirmed_them() -> None:
    assert not duty.limit("longest").confirmed
    assert not duty.limit("rest").confirmed
    assert "elf Stunden" in duty.limit("rest").source


# --- Entering ---------------------------------------------------------------------------


def test_typed_times_are_viennese() -> None:
    assert duty.read_shift("24.11.2026 18:00", "25.11.2026 08:00") == (
        datetime(2026, 11, 24, 17, tzinfo=UTC),
        datetime(2026, 11, 25, 7, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("fold", "hour"), [pytest.param(0, 0, id="first"), pytest.param(1, 1, id="second")]
)
def test_the_doubled_hour_needs_a_choice(fold: int, hour: int) -> None:
    assert duty.comes_twice("25.10.2026 02:30")
    assert not duty.comes_twice("25.10.2026 03:30")
    start, end = duty.read_shift("25.10.2026 02:30", "25.10.2026 08:00", begins_fold=fold)
    assert start == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    assert duty.wall_text(start) == f"02:30 {'Winterzeit' if fold else 'Sommerzeit'}"
    assert duty.wall_text(end) == "08:00"


@pytest.mark.parametrize(
    ("begins", "ends", "error"),
    [
        pytest.param("29.03.2026 02:30", "29.03.2026 08:00", NonexistentLocalTime, id="missing"),
        pytest.param("24.11.2026 08:00", "24.11.2026 08:00", ShiftEndsBeforeStart, id="empty"),
        pytest.param("24.11.2026 18:00", "24.11.2026 08:00", ShiftEndsBeforeStart, id="backward"),
        pytest.param("24.11.2026 18:00", "25.11.2027 08:00", ShiftTooLong, id="wrong year"),
    ],
)
def test_what_cannot_be_a_shift(begins: str, ends: str, error: type[KrisenpultError]) -> None:
    with pytest.raises(error):
        duty.read_shift(begins, ends)


# --- Week plans -------------------------------------------------------------------------


def days(first: date, last: date) -> Pattern:
    return Pattern(1, "desk", WEEKDAYS, time(8), time(18), first, last)


def test_weekdays_over_a_week() -> None:
    found = duty.expand(days(date(2026, 11, 23), date(2026, 11, 29)))
    assert [duty.span_text(*each) for each in found] == [
        "Mo 23.11. 08:00–18:00",
        "Di 24.11. 08:00–18:00",
        "Mi 25.11. 08:00–18:00",
        "Do 26.11. 08:00–18:00",
        "Fr 27.11. 08:00–18:00",
    ]


def test_nights_end_on_the_next_day() -> None:
    night = Pattern(2, "desk", EVERY_DAY, time(18), time(8), date(2026, 11, 30), date(2026, 12, 1))
    assert [duty.span_text(*each) for each in duty.expand(night)] == [
        "Mo 30.11. 18:00–Di 01.12. 08:00",
        "Di 01.12. 18:00–Mi 02.12. 08:00",
    ]


def test_every_other_week() -> None:
    found = duty.expand(
        Pattern(
            1,
            "desk",
            frozenset({1, 7}),
            time(8),
            time(18),
            date(2026, 11, 25),
            date(2026, 12, 20),
            every_weeks=2,
        )
    )
    assert [f"{each[0]:%d.%m.}" for each in found] == ["29.11.", "07.12.", "13.12."]


def test_holidays_fall_out_where_the_plan_says_so() -> None:
    holiday = date(2026, 12, 8)
    assert duty.holiday_name(holiday) == "Mariä Empfängnis"
    assert duty.holiday_name(holiday, "en") == "Immaculate Conception"
    assert duty.holiday_name(date(2026, 12, 9)) == ""
    working = days(holiday, holiday)
    assert len(duty.expand(working)) == 1
    off = Pattern(1, "desk", WEEKDAYS, time(8), time(18), holiday, holiday, holidays="off")
    with pytest.raises(PatternEmpty):
        duty.expand(off)


@pytest.mark.parametrize(
    ("pattern", "error"),
    [
        pytest.param(days(date(2026, 11, 24), date(2026, 11, 23)), PeriodEndsBeforeStart, id="end"),
        pytest.param(days(date(2026, 11, 28), date(2026, 11, 29)), PatternEmpty, id="weekend"),
        pytest.param(days(date(2026, 11, 1), date(2028, 11, 1)), PatternTooLong, id="two years"),
    ],
)
def test_what_is_no_week_plan(pattern: Pattern, error: type[KrisenpultError]) -> None:
    with pytest.raises(error):
        duty.expand(pattern)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(date(2026, 3, 28), 13, id="spring"),
        pytest.param(date(2026, 10, 24), 15, id="autumn"),
        pytest.param(date(2026, 11, 24), 14, id="plain"),
    ],
)
def test_a_planned_night_is_as_long_as_the_clock_makes_it(day: date, hours: int) -> None:
    ((start, end),) = duty.expand(Pattern(1, "desk", EVERY_DAY, time(18), time(8), day, day))
    assert end - start == timedelta(hours=hours)


walls = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))


@given(st.sampled_from([date(2026, 3, 25), date(2026, 10, 21), date(2026, 11, 20)]), walls, walls)
def test_two_plans_that_meet_leave_no_gap_in_any_night(first: date, one: time, two: time) -> None:
    last = first + timedelta(days=9)
    plans = [Pattern(1, "desk", EVERY_DAY, one, two, first, last)]
    if one != two:
        plans.append(Pattern(2, "desk", EVERY_DAY, two, one, first, last))
    shifts = [
        Shift(0, plan.account_id, "", "desk", start, end)
        for plan in plans
        for start, end in duty.expand(plan)
    ]
    begin = max(min(each.start for each in shifts), duty.expand(plans[0])[0][0])
    end = max(each.end for each in shifts if each.account_id == 1)
    assert duty.gaps(shifts, begin, end) == []
    together = sum((each.length for each in shifts), timedelta())
    whole = max(each.end for each in shifts) - min(each.start for each in shifts)
    assert together == whole


# --- The store --------------------------------------------------------------------------


def account(actor: Actor) -> int:
    assert actor.account_id is not None
    return actor.account_id


def plan(
    db: Database, actor: Actor, begin: str, end: str, role: duty.Role = "desk", **more: str
) -> Shift:
    return roster.add_shift(
        db, actor, account_id=account(actor), role=role, start=at(begin), end=at(end), **more
    )


def test_who_is_on_duty_and_who_is_next(db: Database, consultant: Actor, colleague: Actor) -> None:
    plan(db, consultant, "24. 08:00", "24. 18:00")
    plan(db, consultant, "24. 18:00", "24. 20:00", "lead")
    plan(db, colleague, "24. 20:00", "25. 08:00")
    present = roster.on_duty_now(db, at("24. 12:00"))
    assert [each.person for each in present] == ["Mag. Lang"]
    assert roster.there_until(db, present[0]) == at("24. 20:00")
    coming = roster.next_shift(db, at("24. 19:00"))
    assert coming is not None
    assert coming.person == "Berger"
    assert roster.on_duty_now(db, at("25. 08:00")) == []
    assert roster.next_shift(db, at("25. 08:00")) is None


def test_the_desk_comes_before_on_call(db: Database, consultant: Actor, colleague: Actor) -> None:
    plan(db, consultant, "24. 00:00", "25. 00:00", "on_call")
    plan(db, colleague, "24. 08:00", "24. 18:00")
    assert [each.person for each in roster.on_duty_now(db, at("24. 12:00"))] == [
        "Berger",
        "Mag. Lang",
    ]


def test_a_gap_of_the_next_two_days_is_found(
    db: Database, consultant: Actor, colleague: Actor
) -> None:
    plan(db, consultant, "23. 08:00", "24. 02:00")
    plan(db, colleague, "24. 06:00", "28. 08:00", "on_call")
    assert roster.coming_gap(db, at("23. 12:00")) == Gap(at("24. 02:00"), at("24. 06:00"))
    assert roster.coming_gap(db, at("24. 03:00")) == Gap(at("24. 03:00"), at("24. 06:00"))
    assert roster.coming_gap(db, at("24. 06:00")) is None


def test_a_shift_is_planned_once_however_often_it_is_sent(db: Database, consultant: Actor) -> None:
    one = plan(db, consultant, "24. 08:00", "24. 18:00", idempotency_key="form")
    two = plan(db, consultant, "24. 08:00", "24. 18:00", idempotency_key="form")
    assert one == two
    assert len(roster.shifts_between(db, at("24. 00:00"), at("25. 00:00"))) == 1


def test_a_week_plan_becomes_shifts_once(db: Database, consultant: Actor) -> None:
    week = Pattern(
        account(consultant),
        "desk",
        WEEKDAYS,
        time(8),
        time(18),
        date(2026, 11, 23),
        date(2026, 12, 6),
    )
    first = roster.add_pattern(db, consultant, week, "form")
    assert len(first) == 10
    assert roster.add_pattern(db, consultant, week, "form") == first
    assert len(roster.shifts_between(db, at("23. 00:00"), at("30. 00:00"))) == 5


def test_only_those_who_may_do_duty_stand_on_the_roster(db: Database, consultant: Actor) -> None:
    reviewer = accounts.add_account(db, SYSTEM, email="pruefung@haus.example", role="reviewer")
    assert [each.name for each in roster.people_for_duty(db)] == ["Mag. Lang"]
    with pytest.raises(NotOnRoster):
        roster.add_shift(
            db,
            consultant,
            account_id=reviewer.id,
            role="desk",
            start=at("24. 08:00"),
            end=at("24. 18:00"),
        )


def test_a_cancelled_shift_is_a_gap_and_stays_on_record(db: Database, consultant: Actor) -> None:
    planned = plan(db, consultant, "24. 08:00", "24. 18:00")
    roster.cancel_shift(db, consultant, planned.id, reason="Fortbildung", at=at("23. 08:00"))
    window = (at("24. 08:00"), at("24. 18:00"))
    assert roster.gaps_between(db, *window) == [Gap(*window)]
    (change,) = roster.changes_between(db, *window)
    assert (change.kind, change.reason, change.shift.end) == (
        "cancelled",
        "Fortbildung",
        planned.end,
    )
    assert "shift.cancelled" in [each.action for each in audit.entries(db)]
    with pytest.raises(ShiftGone):
        roster.cancel_shift(db, consultant, planned.id, reason="noch einmal")


def test_a_sick_call_cuts_the_shift_that_runs(
    db: Database, consultant: Actor, colleague: Actor
) -> None:
    planned = plan(db, consultant, "24. 08:00", "24. 18:00")
    (new,) = roster.swap(
        db,
        consultant,
        planned.id,
        to_account=account(colleague),
        reason="Fieber",
        kind="sick",
        at=at("24. 11:30"),
    )
    assert (new.start, new.end, new.replaces_id) == (at("24. 11:30"), at("24. 18:00"), planned.id)
    held = roster.shifts_between(db, at("24. 00:00"), at("25. 00:00"))
    assert [(each.person, each.start, each.end) for each in held] == [
        ("Mag. Lang", at("24. 08:00"), at("24. 11:30")),
        ("Berger", at("24. 11:30"), at("24. 18:00")),
    ]
    assert roster.gaps_between(db, at("24. 08:00"), at("24. 18:00")) == []
    assert roster.changes_between(db, at("24. 00:00"), at("25. 00:00"))[0].instead == "Berger"


def test_two_swap_their_shifts_both_or_none(
    db: Database, consultant: Actor, colleague: Actor
) -> None:
    mine = plan(db, consultant, "24. 08:00", "24. 18:00")
    yours = plan(db, colleague, "25. 08:00", "25. 18:00")
    before = at("23. 08:00")
    with pytest.raises(ShiftGone):
        roster.swap(
            db,
            consultant,
            mine.id,
            to_account=account(colleague),
            reason="Tausch",
            in_return=mine.id,
            at=before,
        )
    roster.swap(
        db,
        consultant,
        mine.id,
        to_account=account(colleague),
        reason="Tausch",
        in_return=yours.id,
        at=before,
    )
    held = roster.shifts_between(db, at("24. 00:00"), at("26. 00:00"))
    assert [(each.person, each.start) for each in held] == [
        ("Berger", at("24. 08:00")),
        ("Mag. Lang", at("25. 08:00")),
    ]


@pytest.mark.parametrize(
    ("reason", "when", "to_self", "error"),
    [
        pytest.param("  ", "24. 07:00", False, MissingField, id="no reason"),
        pytest.param("Tausch", "24. 18:00", False, ShiftOver, id="over"),
        pytest.param("Tausch", "24. 07:00", True, SwapWithSelf, id="with oneself"),
    ],
)
def test_a_swap_that_is_refused_changes_nothing(
    db: Database,
    consultant: Actor,
    colleague: Actor,
    reason: str,
    when: str,
    to_self: bool,
    error: type[KrisenpultError],
) -> None:
    planned = plan(db, consultant, "24. 08:00", "24. 18:00")
    to = consultant if to_self else colleague
    with pytest.raises(error):
        roster.swap(db, consultant, planned.id, to_account=account(to), reason=reason, at=at(when))
    assert roster.shift_by_id(db, planned.id) == planned


def test_what_was_planned_cannot_be_changed_in_the_table(db: Database, consultant: Actor) -> None:
    planned = plan(db, consultant, "24. 08:00", "24. 18:00")
    for statement in ("UPDATE shift SET note = 'x'", "DELETE FROM shift"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)
    assert roster.shift_by_id(db, planned.id) == planned


def test_a_disabled_account_is_nobody(db: Database, consultant: Actor, colleague: Actor) -> None:
    plan(db, colleague, "24. 08:00", "24. 18:00")
    assert len(roster.on_duty_now(db, at("24. 12:00"))) == 1
    db.execute(
        "UPDATE account SET disabled_at = '2026-11-20T00:00:00Z' WHERE id = ?",
        [account(colleague)],
    )
    assert roster.on_duty_now(db, at("24. 12:00")) == []
    assert roster.coming_gap(db, at("24. 12:00")) is not None


def test_warnings_see_the_rest_before_the_window(db: Database, consultant: Actor) -> None:
    plan(db, consultant, "23. 12:00", "23. 23:00")
    plan(db, consultant, "24. 06:00", "24. 12:00")
    (found,) = roster.warnings_between(db, at("24. 00:00"), at("25. 00:00"))
    assert duty.warning_text(found) == (
        "Mag. Lang hat weniger als 11 h Ruhezeit: Mo 23.11. 23:00–Di 24.11. 06:00."
    )


def test_the_very_same_shift_is_planned_once(db: Database, consultant: Actor) -> None:
    first = plan(db, consultant, "23. 08:00", "23. 18:00")
    with pytest.raises(ShiftKnown):
        plan(db, consultant, "23. 08:00", "23. 18:00")
    week = Pattern(
        account(consultant),
        "desk",
        WEEKDAYS,
        time(8),
        time(18),
        date(2026, 11, 23),
        date(2026, 11, 27),
    )
    assert len(roster.add_pattern(db, consultant, week)) == 4, "Monday stands already"
    with pytest.raises(ShiftKnown):
        roster.add_pattern(db, consultant, week)
    roster.cancel_shift(db, consultant, first.id, reason="Urlaub", at=at("22. 08:00"))
    assert plan(db, consultant, "23. 08:00", "23. 18:00").id != first.id
