"""Insured events: their cap, who moves where, and how cases belong to IT incidents."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import store
from cases.errors import (
    EventMerged,
    ForeignEvent,
    MissingField,
    NotLinked,
    ReasonForChange,
    SameEvent,
)
from cases.store import Case, Intake, Policy, events, firms, incidents, open_points
from cases.store.events import MoveDecision

NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)
MOVE = MoveDecision("one_event", "Derselbe Angriff", "Dr. Huber")


@pytest.fixture
def policy(db: Database, case: Case) -> Policy:
    return store.policy_by_id(db, store.event_by_id(db, case.insured_event_id).policy_id)


def second_event(db: Database, actor: Actor, policy: Policy, title: str = "Zweite Welle") -> int:
    return events.open_event(db, actor, policy, title=title, occurred_at=NOW, opened_at=NOW)


def in_transaction(db: Database) -> None:
    db.conn.execute("BEGIN IMMEDIATE")


@pytest.fixture
def second(db: Database, consultant: Actor, policy: Policy) -> int:
    in_transaction(db)
    event_id = second_event(db, consultant, policy)
    db.conn.commit()
    return event_id


def test_the_cap_is_the_sum_that_held_on_the_day_of_the_loss(
    db: Database, consultant: Actor, policy: Policy
) -> None:
    firms.set_sum(
        db, consultant, policy.id, cap_cents=500_000, holds_from=date(2026, 3, 11),
        reason="erhöht",
    )  # fmt: skip
    in_transaction(db)
    before = events.open_event(
        db, consultant, policy, title="vorher", opened_at=NOW,
        occurred_at=datetime(2026, 3, 10, 22, tzinfo=UTC),
    )  # fmt: skip
    after = events.open_event(
        db, consultant, policy, title="nachher", opened_at=NOW,
        occurred_at=datetime(2026, 3, 10, 23, tzinfo=UTC),
    )  # fmt: skip
    db.conn.commit()
    assert store.event_by_id(db, before).cap_cents == 250_000
    assert store.event_by_id(db, after).cap_cents == 500_000


def test_a_new_event_counts_as_was_decided(db: Database, consultant: Actor, policy: Policy) -> None:
    open_points.decide(
        db, consultant, policy.id, "U-03", "gross", decided_by="Huber",
        decider_function="Schadenreferat", decided_at=NOW, reason="Auskunft",
    )  # fmt: skip
    in_transaction(db)
    event_id = second_event(db, consultant, policy)
    db.conn.commit()
    assert store.event_by_id(db, event_id).cap_basis == "gross"


def test_a_move_is_told_in_all_cases_it_touches(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake, second: int
) -> None:
    firm = store.firm_by_id(db, case.firm_id)
    shared = {"firm": firm, "idempotency_key": None}
    stays = store.open_case(
        db, consultant, replace(garage_intake, insured_event_id=case.insured_event_id, **shared)
    )
    waits = store.open_case(
        db, consultant, replace(garage_intake, insured_event_id=second, **shared)
    )
    move = events.move_case(db, consultant, case.id, second, MOVE)
    assert store.case_by_id(db, case.id).insured_event_id == second
    assert [each.id for each in events.moves_of_event(db, second)] == [move.id]
    for each in (case, stays, waits):
        told = [entry.text for entry in store.timeline_of(db, each.id)]
        assert any(
            "verschoben (U-07), entschieden von Dr. Huber: Derselbe" in text for text in told
        )
    [entry] = [each for each in audit.entries(db) if each.action == "case.moved"]
    assert entry.details["reason"] == "Derselbe Angriff"
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("UPDATE event_move SET reason = 'anders'")


def test_it_incidents_move_along_only_where_they_are_chosen(
    db: Database, consultant: Actor, case: Case, second: int
) -> None:
    [incident] = store.incidents_of(db, case.id)
    events.move_case(db, consultant, case.id, second, MOVE)
    assert store.incident_by_id(db, incident.id).insured_event_id == case.insured_event_id
    events.move_case(db, consultant, case.id, case.insured_event_id, MOVE)
    move = events.move_case(
        db, consultant, case.id, second, replace(MOVE, incident_ids=(incident.id,))
    )
    assert move.incidents == (incident.number,)
    assert store.incident_by_id(db, incident.id).insured_event_id == second


@pytest.mark.parametrize("empty", ["reason", "decided_by"])
def test_a_move_needs_a_reason_and_a_name(
    db: Database, consultant: Actor, case: Case, second: int, empty: str
) -> None:
    with pytest.raises(MissingField):
        events.move_case(db, consultant, case.id, second, replace(MOVE, **{empty: " "}))
    assert store.case_by_id(db, case.id).insured_event_id == case.insured_event_id


def test_where_a_case_cannot_move(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake, second: int
) -> None:
    with pytest.raises(SameEvent):
        events.move_case(db, consultant, case.id, case.insured_event_id, MOVE)
    other = store.open_case(
        db, consultant, replace(garage_intake, policy=Policy(number="X-1"), idempotency_key=None)
    )
    with pytest.raises(ForeignEvent):
        events.move_case(db, consultant, case.id, other.insured_event_id, MOVE)
    events.mark_merged(db, consultant, second, case.insured_event_id)
    with pytest.raises(EventMerged) as refusal:
        events.move_case(db, consultant, case.id, second, MOVE)
    assert "aufgegangen" in refusal.value.sentence()


# Links


def test_a_link_is_changed_and_unlinked_with_its_reason(
    db: Database, consultant: Actor, case: Case
) -> None:
    [incident] = store.incidents_of(db, case.id)
    incidents.change_link(
        db, consultant, case.id, incident.id, "same_attack", "Gleiche Absender-IP"
    )
    [link] = incidents.links_of(db, case.id)
    assert (link.relation, link.reason) == ("same_attack", "Gleiche Absender-IP")
    incidents.unlink_incident(db, consultant, case.id, incident.id, "Anderer Mandant")
    assert store.incidents_of(db, case.id) == []
    history = incidents.link_history(db, case.id)
    assert [(each.action, each.relation) for each in history] == [
        ("linked", "caused_by"), ("changed", "same_attack"), ("unlinked", "same_attack"),
    ]  # fmt: skip
    store.link_incident(db, consultant, case.id, incident.id, "coincident")
    assert len(incidents.link_history(db, case.id)) == 4
    told = [each.text for each in store.timeline_of(db, case.id)]
    assert any("ausgelöst durch → derselbe Angriff" in text for text in told)


def test_a_link_is_not_changed_without_reason_or_link(
    db: Database, consultant: Actor, case: Case
) -> None:
    [incident] = store.incidents_of(db, case.id)
    with pytest.raises(ReasonForChange):
        incidents.change_link(db, consultant, case.id, incident.id, "coincident", "")
    with pytest.raises(ReasonForChange):
        incidents.unlink_incident(db, consultant, case.id, incident.id, " ")
    incidents.unlink_incident(db, consultant, case.id, incident.id, "Irrtum")
    for refused in (
        lambda: incidents.unlink_incident(db, consultant, case.id, incident.id, "noch einmal"),
        lambda: incidents.change_link(db, consultant, case.id, incident.id, "coincident", "x"),
    ):
        with pytest.raises(NotLinked):
            refused()
