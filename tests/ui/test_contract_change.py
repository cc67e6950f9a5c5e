"""A decision on an open point is carried through to coverage and money, at once or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from budget import store as budget_store
from budget.entry import Work
from budget.worktime import WorkTime
from cases import coverage, deciding, store
from cases.errors import MissingField, UnknownChoice
from cases.store import Case, Intake
from cases.store import open_points as decided
from data import now
from ui import contract_change
from ui.contract_change import Consequences

ROUTER: dict[str, Any] = {
    "it_events": [{"kind": "hardware_defect", "outage": True, "device": "router"}],
    "sudden": True,
    "unforeseeable": True,
    "communication_need": True,
    "existence_threat": {"assessed": "no", "evidence": []},
}
START = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)


@pytest.fixture
def router(db: Database, consultant: Actor, garage_intake: Intake) -> Case:
    """A defective router: in clarification, work is under reservation."""
    decision = coverage.to_json(deciding.decide(ROUTER, {}))
    return store.open_case(
        db, consultant, replace(garage_intake, answers=ROUTER, decision=decision)
    )


def policy_of(db: Database, case: Case) -> int:
    return store.event_by_id(db, case.insured_event_id).policy_id


def decide(
    db: Database, actor: Actor, case: Case, point: str, value: str, **more: Any
) -> Consequences:
    told = {
        "decided_by": "Dr. Adler",
        "decider_function": "Schadenreferat",
        "decided_at": now(),
        "reason": "so vereinbart",
        "now": now(),
    } | more
    return contract_change.decide(db, actor, policy_of(db, case), point, value, **told)


def book(db: Database, actor: Actor, case: Case, hours: int, kind: Any = "communication") -> None:
    """So many hours at 150,00."""
    budget_store.book_work(
        db,
        actor,
        case.id,
        Work(
            work=WorkTime(START, START + timedelta(hours=hours)),
            rate_cents=15_000,
            activity="Texterstellung",
            text="Arbeit",
            kind=kind,
        ),
    )


def texts(db: Database, case: Case) -> list[str]:
    return [each.text for each in store.timeline_of(db, case.id)]


def test_coverage_follows_and_names_its_cause(
    db: Database, consultant: Actor, router: Case
) -> None:
    done = decide(db, consultant, router, "U-05", "covered")
    [change] = done.coverage
    assert (change.case.number, change.before.result, change.after.result) == (
        router.number,
        "clarify",
        "yes",
    )
    assert store.case_by_id(db, router.id).coverage_result == "yes"
    newest = store.coverage_of(db, router.id)[0]
    assert newest.cause.startswith("weil U-05 am ")
    assert "von Dr. Adler (Schadenreferat) entschieden wurde" in newest.cause
    said = texts(db, router)
    assert any(text.startswith("U-05 ist entschieden (Dr. Adler") for text in said)
    assert any(text.startswith("weil U-05 am ") for text in said)


def test_changing_the_decision_refuses_and_opens_again(
    db: Database, consultant: Actor, router: Case
) -> None:
    decide(db, consultant, router, "U-05", "not_covered")
    assert store.case_by_id(db, router.id).state == "refused"
    decide(db, consultant, router, "U-05", "covered", reason="Rückfrage")
    case = store.case_by_id(db, router.id)
    assert (case.state, case.coverage_result) == ("open", "yes")
    assert len(store.coverage_of(db, router.id)) == 3
    actions = [each.action for each in audit.entries(db, router.id)]
    assert {"case.refused", "case.reopened"} <= set(actions)


def test_the_money_follows_u_03(db: Database, consultant: Actor, case: Case) -> None:
    book(db, consultant, case, 15)
    before = budget_store.event_state(db, case.insured_event_id, now())
    assert (before.covered_cents, before.overflow_cents) == (225_000, 0)
    [change] = decide(db, consultant, case, "U-03", "gross").money
    assert (change.before.overflow_cents, change.after.overflow_cents) == (0, 20_000)
    after = budget_store.event_state(db, case.insured_event_id, now())
    assert (after.basis, after.covered_cents, after.overflow_cents) == ("gross", 250_000, 20_000)


def test_the_money_follows_u_02(db: Database, consultant: Actor, case: Case) -> None:
    book(db, consultant, case, 2, "it_phone")
    assert budget_store.event_state(db, case.insured_event_id, now()).covered_cents == 0
    [change] = decide(db, consultant, case, "U-02", "inside_cap").money
    assert change.after.covered_cents == 30_000
    [back] = decide(db, consultant, case, "U-02", "outside_cap").money
    assert back.after.covered_cents == 0


@pytest.mark.parametrize(
    ("point", "value"), [("U-04", "policy_year"), ("U-07", "several_events"), ("U-09", "agreed")]
)
def test_the_others_leave_a_line_in_every_case_that_goes_on(
    db: Database,
    consultant: Actor,
    case: Case,
    garage_intake: Intake,
    point: str,
    value: str,
) -> None:
    same_firm = replace(
        garage_intake, firm=store.firm_by_id(db, case.firm_id), people=(), incident=None
    )
    other = store.open_case(db, consultant, same_firm)
    closed = store.open_case(db, consultant, same_firm)
    store.close_case(db, consultant, closed.id, "Erledigt")
    done = decide(db, consultant, case, point, value)
    assert (done.coverage, done.money) == ((), ())
    assert {each.number for each in done.noted} == {case.number, other.number}
    assert [each.number for each in done.untouched] == [closed.number]
    for each in (case, other):
        assert any(text.startswith(f"{point} ist entschieden") for text in texts(db, each))
    assert not any(text.startswith(point) for text in texts(db, closed))


def test_the_preview_shows_the_same_and_leaves_nothing(
    db: Database, consultant: Actor, router: Case
) -> None:
    book(db, consultant, router, 15)
    entries = len(audit.entries(db, limit=10_000))
    said = texts(db, router)
    policy = policy_of(db, router)
    shown = contract_change.preview(db, consultant, policy, "U-05", "covered", now())
    assert [each.case.number for each in shown.coverage] == [router.number]
    money = contract_change.preview(db, consultant, policy, "U-03", "gross", now()).money
    assert len(audit.entries(db, limit=10_000)) == entries
    assert texts(db, router) == said
    assert decided.settings_of(db, policy) == {}
    assert store.case_by_id(db, router.id) == router
    done = decide(db, consultant, router, "U-03", "gross").money
    assert [(each.before.covered_cents, each.after.covered_cents) for each in money] == [
        (each.before.covered_cents, each.after.covered_cents) for each in done
    ]


def test_a_form_sent_twice_changes_once(db: Database, consultant: Actor, router: Case) -> None:
    decide(db, consultant, router, "U-05", "covered", idempotency_key="form-1")
    again = decide(db, consultant, router, "U-05", "covered", idempotency_key="form-1")
    assert again == Consequences((), (), (), ())
    assert len(store.coverage_of(db, router.id)) == 2


@pytest.mark.parametrize(
    ("more", "error"),
    [({"reason": " "}, MissingField), ({"value": "vielleicht"}, UnknownChoice)],
)
def test_what_is_refused_changes_nothing(
    db: Database, consultant: Actor, router: Case, more: dict[str, str], error: type[Exception]
) -> None:
    told = {"value": "covered", **more}
    with pytest.raises(error):
        decide(db, consultant, router, "U-05", **told)
    assert decided.settings_of(db, policy_of(db, router)) == {}
    assert store.case_by_id(db, router.id) == router


def test_work_under_reservation_follows_the_decision(
    db: Database, consultant: Actor, router: Case
) -> None:
    book(db, consultant, router, 2)
    [entry] = budget_store.entries_of(db, router.id)
    assert entry.under_reservation
    decide(db, consultant, router, "U-05", "covered")
    [entry] = budget_store.entries_of(db, router.id)
    assert not entry.under_reservation
    assert entry.covered_cents == 30_000
