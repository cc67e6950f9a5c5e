"""Moving cases between insured events: the money of both follows, or nothing happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from budget import store as budget_store
from budget.entry import Cost
from cases import store
from cases.errors import MissingField
from cases.store import Case, Intake, events
from cases.store.events import Move
from ui import moving

NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)
START = datetime(2026, 3, 10, 8, tzinfo=UTC)


@pytest.fixture
def other(db: Database, consultant: Actor, case: Case, garage_intake: Intake) -> Case:
    firm = store.firm_by_id(db, case.firm_id)
    return store.open_case(db, consultant, replace(garage_intake, firm=firm, idempotency_key=None))


def book(db: Database, actor: Actor, case: Case, cents: int, hour: int = 0) -> None:
    at = START + timedelta(hours=hour)
    budget_store.book_cost(db, actor, case.id, Cost(at, cents, "Arbeit", kind="communication"))


def move(
    db: Database, actor: Actor, case: Case, to: int | None, reason: str = "Derselbe", **given: str
) -> Move:
    return moving.move_case(
        db, actor, case.id, to, decision="one_event", reason=reason, decided_by="Huber",
        now=NOW, title=given.get("title", ""), idempotency_key=given.get("key"),
    )  # fmt: skip


def money(db: Database, event_id: int) -> tuple[int, int]:
    state = budget_store.event_state(db, event_id, NOW)
    return state.covered_cents, state.overflow_cents


def test_one_event_has_one_cap(db: Database, consultant: Actor, case: Case, other: Case) -> None:
    book(db, consultant, case, 200000)
    book(db, consultant, other, 200000, 1)
    target = case.insured_event_id
    preview = moving.preview_move(db, consultant, other.id, target, NOW)
    assert preview.target_after.covered_cents == 250000
    assert preview.target_after.overflow_cents == 150000
    assert preview.source_after.covered_cents == 0
    assert money(db, other.insured_event_id) == (200000, 0)
    move(db, consultant, other, target)
    assert money(db, target) == (250000, 150000)
    assert money(db, other.insured_event_id) == (0, 0)
    assert budget_store.verify(db) == []


def test_a_preview_leaves_nothing(db: Database, consultant: Actor, case: Case) -> None:
    book(db, consultant, case, 200000)
    budget_store.settle_hours(db, consultant, case.id, NOW)
    before = [len(audit.entries(db)), *db.execute("SELECT count(*) FROM insured_event").fetchone()]
    preview = moving.preview_move(db, consultant, case.id, None, NOW)
    assert (preview.target_before, preview.target_after.covered_cents) == (None, 200000)
    assert preview.corrections == 0
    after = [len(audit.entries(db)), *db.execute("SELECT count(*) FROM insured_event").fetchone()]
    assert after == before


def test_a_refused_move_leaves_nothing(db: Database, consultant: Actor, case: Case) -> None:
    book(db, consultant, case, 200000)
    with pytest.raises(MissingField):
        move(db, consultant, case, None, reason=" ")
    assert money(db, case.insured_event_id) == (200000, 0)
    assert len(events.events_of_policy(db, 1)) == 1


def test_the_same_form_sent_twice_moves_once(db: Database, consultant: Actor, case: Case) -> None:
    first = move(db, consultant, case, None, title="Neu", key="form")
    assert move(db, consultant, case, None, title="Neu", key="form") == first
    assert [each.title for each in events.events_of_policy(db, 1)] == [
        "Neu", "Cyber-Angriff auf die Werkstätte",
    ]  # fmt: skip


def test_merging_brings_all_cases_and_incidents_under_one_cap(
    db: Database, consultant: Actor, case: Case, other: Case, garage_intake: Intake
) -> None:
    third = store.open_case(
        db,
        consultant,
        replace(
            garage_intake,
            firm=store.firm_by_id(db, case.firm_id),
            insured_event_id=other.insured_event_id,
            idempotency_key=None,
        ),
    )
    for number, each in enumerate((case, other, third)):
        book(db, consultant, each, 150000, number)
    budget_store.settle_hours(db, consultant, other.id, NOW)
    moves = moving.merge_events(
        db, consultant, other.insured_event_id, case.insured_event_id, reason="Ein Täter",
        decided_by="Huber", now=NOW,
    )  # fmt: skip
    assert len(moves) == 2
    assert money(db, case.insured_event_id) == (250000, 200000)
    assert money(db, other.insured_event_id) == (0, 0)
    emptied = store.event_by_id(db, other.insured_event_id)
    assert emptied.merged_into_id == case.insured_event_id
    assert {each.insured_event_id for each in store.incidents_of_firm(db, case.firm_id)} == {
        case.insured_event_id
    }
    assert budget_store.verify(db) == []


def test_an_exported_line_is_corrected_and_said_in_the_preview(
    db: Database, consultant: Actor, case: Case, other: Case
) -> None:
    book(db, consultant, case, 200000)
    book(db, consultant, other, 200000, 1)
    for each in (case, other):
        budget_store.settle_hours(db, consultant, each.id, NOW)
    preview = moving.preview_move(db, consultant, other.id, case.insured_event_id, NOW)
    assert preview.corrections == 1
    move(db, consultant, other, case.insured_event_id)
    [correction] = budget_store.corrections_of(db, other.id)
    assert correction.difference.amounts == (-150000, 150000, 0, 0, 0)
    assert "Verschoben von VF-2026-0002 zu VF-2026-0001 (U-07)." in correction.cause
