"""Visits on site: one covered hour and one journey a year (NA-22 to NA-24, U-04)."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from access.actor import Actor
from budget import store as budget_store
from cases import onsite as rules
from cases import store
from cases.contract import period_of
from cases.errors import InFuture, MissingField, ReasonForChange, SettledVisit
from cases.onsite import YearKind
from cases.store import Case, onsite, open_points
from cases.store.onsite import Visit
from data import now
from ui import visits

THEN = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "covered", "insurer", "insured"),
    [
        pytest.param(3600, True, 20000, 0, id="exactly the hour"),
        pytest.param(5400, True, 20000, 6000, id="an hour and a half"),
        pytest.param(1800, True, 14000, 0, id="less than an hour"),
        pytest.param(0, True, 8000, 0, id="only the journey"),
        pytest.param(5400, False, 0, 26000, id="the second of the year"),
    ],
)
def test_who_pays_what_of_a_visit(seconds: int, covered: bool, insurer: int, insured: int) -> None:
    parts = rules.split(seconds, 12000, 8000, covered=covered)
    assert (parts.insurer_cents, parts.insured_cents) == (insurer, insured)


@given(
    seconds=st.integers(0, 100_000),
    rate=st.integers(0, 100_000),
    journey=st.integers(0, 1_000_000),
    covered=st.booleans(),
)
def test_both_parts_make_the_whole(seconds: int, rate: int, journey: int, covered: bool) -> None:
    parts = rules.split(seconds, rate, journey, covered=covered)
    whole = (2 * seconds * rate + 3600) // 7200
    assert parts.work_insurer_cents + parts.work_insured_cents == whole
    assert parts.journey_insurer_cents + parts.journey_insured_cents == journey
    assert parts.work_insurer_seconds + parts.work_insured_seconds == seconds
    assert 0 <= parts.work_insurer_seconds <= (3600 if covered else 0)
    assert parts.work_insurer_cents <= (rate if covered else 0)


def test_neither_time_nor_money_is_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        rules.split(-1, 1, 1, covered=True)


def year(begins: date | None) -> rules.PeriodOf:
    def period(day: date, kind: YearKind) -> tuple[date, date] | None:
        return period_of(begins, day, kind)

    return period


@pytest.mark.parametrize(
    ("decided", "begins", "before", "free", "disputed"),
    [
        pytest.param(None, date(2025, 7, 1), [], True, False, id="the first of all"),
        pytest.param(None, date(2025, 7, 1), ["2026-01-05"], False, False, id="used in both"),
        pytest.param(
            None, date(2025, 7, 1), ["2025-11-05"], True, True, id="policy year would be stricter"
        ),
        pytest.param(None, None, [], True, False, id="nothing known, nothing used"),
        pytest.param(None, None, ["2025-11-05"], True, True, id="begin not known"),
        pytest.param("policy_year", None, ["2025-11-05"], False, False, id="cannot be told"),
        pytest.param("policy_year", None, ["2024-11-05"], True, False, id="long ago"),
        pytest.param("policy_year", date(2025, 7, 1), ["2025-11-05"], False, False, id="decided"),
        pytest.param("policy_year", date(2025, 2, 1), ["2026-01-31"], True, False, id="new year"),
        pytest.param(
            "calendar_year", date(2025, 7, 1), ["2025-11-05"], True, False, id="decided, calendar"
        ),
        pytest.param("calendar_year", None, ["2026-12-24"], False, False, id="later in the year"),
    ],
)
def test_once_a_year(
    decided: str | None, begins: date | None, before: list[str], free: bool, disputed: bool
) -> None:
    days = [date.fromisoformat(each) for each in before]
    counter = rules.count(decided, days, date(2026, 3, 10), year(begins))
    assert (counter.free, counter.disputed) == (free, disputed)
    assert len(counter.readings) == (2 if decided is None else 1)


# Over a real database


def wish(db: Database, actor: Actor, case: Case, **given: object) -> Visit:
    values = {"wished_by": "Anton Aigner", "wished_at": THEN, **given}
    return onsite.wish_visit(db, actor, case.id, **values)  # type: ignore[arg-type]


def done(db: Database, actor: Actor, visit: Visit, at: datetime = THEN) -> Visit:
    return visits.complete_visit(
        db, actor, visit.id, technician="T. Muster", arrived_at=at, worked_seconds=5400,
        rate_cents=12000, journey_cents=8000,
    )  # fmt: skip


def test_the_first_visit_of_the_year_and_the_second(
    db: Database, consultant: Actor, case: Case
) -> None:
    first = done(db, consultant, wish(db, consultant, case))
    second = done(db, consultant, wish(db, consultant, case), THEN + timedelta(days=1))
    assert first.split is not None
    assert second.split is not None
    assert (first.split.insurer_cents, first.split.insured_cents) == (20000, 6000)
    assert (second.split.insurer_cents, second.split.insured_cents) == (0, 26000)
    booked = [(each.kind, each.net_cents) for each in budget_store.entries_of(db, case.id)]
    assert booked == [("it_onsite", 20000), ("insured_pays", 6000), ("insured_pays", 26000)]
    state = budget_store.event_state(db, case.insured_event_id, now())
    assert (state.covered_cents, state.overflow_cents) == (0, 0)
    assert budget_store.verify(db) == []
    told = [each.text for each in store.timeline_of(db, case.id)]
    assert any("wünscht einen Einsatz vor Ort (NA-22)" in text for text in told)


def test_a_visit_that_failed_to_book_did_not_take_place(
    db: Database, consultant: Actor, case: Case
) -> None:
    visit = wish(db, consultant, case)
    db.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON service_entry BEGIN SELECT RAISE(ABORT, 'x'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        done(db, consultant, visit)
    assert onsite.visit_by_id(db, visit.id).state == "wished"


def test_only_on_a_recorded_wish(db: Database, consultant: Actor, case: Case) -> None:
    with pytest.raises(MissingField):
        wish(db, consultant, case, wished_by=" ")
    with pytest.raises(InFuture):
        wish(db, consultant, case, wished_at=now() + timedelta(hours=1))
    assert wish(db, consultant, case, idempotency_key="k") == wish(
        db, consultant, case, idempotency_key="k"
    )
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(
            "INSERT INTO onsite_visit (policy_id, case_id, wished_by, wished_at, state,"
            " recorded_at, recorded_by) VALUES (1, 1, ' ', 'x', 'wished', 'x', 'x')"
        )


def test_a_visit_is_settled_once(db: Database, consultant: Actor, case: Case) -> None:
    visit = wish(db, consultant, case)
    with pytest.raises(ReasonForChange):
        onsite.drop_visit(db, consultant, visit.id, "")
    assert onsite.drop_visit(db, consultant, visit.id, "Am Telefon gelöst").state == "dropped"
    with pytest.raises(SettledVisit):
        done(db, consultant, visit)
    with pytest.raises(SettledVisit):
        onsite.drop_visit(db, consultant, visit.id, "noch einmal")
    assert done(db, consultant, wish(db, consultant, case)).split is not None
    with pytest.raises(sqlite3.IntegrityError, match="stays as it is"):
        db.execute("UPDATE onsite_visit SET journey_cents = 0")


def test_u_04_is_read_from_the_decision(db: Database, consultant: Actor, case: Case) -> None:
    policy_id = store.event_by_id(db, case.insured_event_id).policy_id
    undecided = onsite.counter_on(db, policy_id, date(2026, 3, 10))
    assert (undecided.decided, len(undecided.readings)) == (False, 2)
    open_points.decide(
        db, consultant, policy_id, "U-04", "policy_year", decided_by="Huber",
        decider_function="Schadenreferat", decided_at=THEN, reason="Auskunft",
    )  # fmt: skip
    decided = onsite.counter_on(db, policy_id, date(2026, 3, 10))
    assert [each.kind for each in decided.readings] == ["policy_year"]
