"""What the contracts leave open: the points, their decisions, what a decision changes."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import coverage, deciding, open_points, store
from cases.errors import CaseClosed, DecidedInFuture, MissingField, UnknownChoice
from cases.store import Case, Intake
from cases.store import open_points as decided
from cases.store.coverage import result_at
from data import now, reference

ROUTER: dict[str, Any] = {
    "it_events": [{"kind": "hardware_defect", "outage": True, "device": "router"}],
    "sudden": True,
    "unforeseeable": True,
    "communication_need": True,
    "existence_threat": {"assessed": "no", "evidence": []},
}
REGISTER: dict[str, Any] = {
    **ROUTER,
    "it_events": [
        {"kind": "hardware_defect", "outage": True, "device": "cash_register", "runs_on": "pc"}
    ],
}
NO_PRESS: dict[str, Any] = {
    **ROUTER,
    "it_events": [],
    "media_allegation": False,
    "existence_threat": {"assessed": "yes", "evidence": ["38 Stornos"]},
}
DESK_LEAD: dict[str, Any] = {
    **NO_PRESS,
    "media_allegation": {"medium": "ORF", "allegation": "verdorbene Ware"},
    "existence_threat": {"assessed": "yes", "evidence": ["38 Stornos"], "assessor": "desk_lead"},
}


def open_with(
    db: Database, actor: Actor, intake: Intake, answers: dict[str, Any], settings: dict[str, str]
) -> Case:
    decision = coverage.to_json(deciding.decide(answers, settings))
    return store.open_case(db, actor, replace(intake, answers=answers, decision=decision))


def policy_of(db: Database, case: Case) -> int:
    return store.event_by_id(db, case.insured_event_id).policy_id


def say(db: Database, actor: Actor, policy: int, point: str, value: str, **more: Any) -> None:
    told = {
        "decided_by": "Dr. Adler",
        "decider_function": "Schadenreferat",
        "decided_at": now(),
        "reason": "so vereinbart",
    } | more
    decided.decide(db, actor, policy, point, value, **told)


# --- the points -----------------------------------------------------------------------------------


def test_ten_points_each_with_its_question_its_reading_and_why() -> None:
    points = open_points.all_points()
    assert [each.id for each in points] == [f"U-{number:02d}" for number in range(1, 11)]
    for each in points:
        assert each.question.endswith("?")
        assert all((each.title, each.left_open, each.applied, each.why, each.depends))
        assert len(each.choices) == 2
        assert all(rule in reference.load("rules") for rule in each.rules)
        assert each.applied_value is None or each.choice_label(each.applied_value)


def test_the_values_are_those_the_rooms_agreed_on() -> None:
    assert {point: open_points.values(point) for point in open_points.POINTS} == {
        "U-01": ("detail_text", "short_text"),
        "U-02": ("outside_cap", "inside_cap"),
        "U-03": ("net", "gross"),
        "U-04": ("calendar_year", "policy_year"),
        "U-05": ("covered", "not_covered"),
        "U-06": ("inside_cap", "outside_cap"),
        "U-07": ("one_event", "several_events"),
        "U-08": ("claims_department", "desk_lead"),
        "U-09": ("agreed", "not_agreed"),
        "U-10": ("covered", "not_covered"),
    }
    for point, words in coverage.DECIDABLE.items():
        assert set(words) == set(open_points.values(point))


def test_while_undecided_a_value_applies_only_where_the_reading_is_one() -> None:
    assert open_points.applied_value("U-02", {}) == "outside_cap"
    assert open_points.applied_value("U-05", {}) is None
    assert open_points.applied_value("U-05", {"U-05": "covered"}) == "covered"


# --- decisions ------------------------------------------------------------------------------------


def test_a_point_without_a_decision_is_absent_and_the_newest_one_holds(
    db: Database, consultant: Actor, case: Case
) -> None:
    policy = policy_of(db, case)
    assert decided.settings_of(db, policy) == {}
    say(db, consultant, policy, "U-05", "covered")
    say(db, consultant, policy, "U-03", "gross")
    say(db, consultant, policy, "U-05", "not_covered", reason="Rückfrage beim Referat")
    assert decided.settings_of(db, policy) == {"U-03": "gross", "U-05": "not_covered"}
    newest, older = decided.history_of(db, policy, "U-05")
    assert (newest.value, newest.reason) == ("not_covered", "Rückfrage beim Referat")
    assert (older.value, older.decided_by) == ("covered", "Dr. Adler")
    assert newest.recorded_by == consultant.name
    assert [each.point for each in decided.history_of(db, policy)] == ["U-05", "U-03", "U-05"]
    entry = audit.entries(db)[0]
    assert (entry.action, entry.details["value"]) == ("open_point.decided", "not_covered")


def test_a_decision_is_of_one_policy(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    other = store.open_case(
        db,
        consultant,
        replace(garage_intake, policy=replace(garage_intake.policy, number="NA-2026-002")),
    )
    say(db, consultant, policy_of(db, case), "U-05", "covered")
    assert decided.settings_of(db, policy_of(db, other)) == {}


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"value": "perhaps"}, UnknownChoice),
        ({"decided_by": " "}, MissingField),
        ({"decider_function": ""}, MissingField),
        ({"reason": "  "}, MissingField),
        ({"decided_at": now() + timedelta(hours=1)}, DecidedInFuture),
    ],
)
def test_a_decision_says_who_when_and_why(
    db: Database, consultant: Actor, case: Case, more: dict[str, Any], error: type[Exception]
) -> None:
    told = {"value": "covered", **more}
    with pytest.raises(error):
        say(db, consultant, policy_of(db, case), "U-05", **told)
    assert decided.settings_of(db, policy_of(db, case)) == {}


def test_a_form_sent_twice_decides_once(db: Database, consultant: Actor, case: Case) -> None:
    for _click in range(2):
        say(db, consultant, policy_of(db, case), "U-05", "covered", idempotency_key="form-1")
    assert len(decided.history_of(db, policy_of(db, case))) == 1


def test_decisions_are_never_changed(db: Database, consultant: Actor, case: Case) -> None:
    say(db, consultant, policy_of(db, case), "U-05", "covered")
    for change in ("UPDATE open_point_decision SET value = 'x'", "DELETE FROM open_point_decision"):
        with pytest.raises(sqlite3.IntegrityError):
            db.conn.execute(change)


# --- coverage under decisions ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "point", "value", "result"),
    [
        (ROUTER, "U-05", "covered", "yes"),
        (ROUTER, "U-05", "not_covered", "no"),
        (REGISTER, "U-10", "covered", "yes"),
        (REGISTER, "U-10", "not_covered", "no"),
        (NO_PRESS, "U-01", "short_text", "yes"),
        (NO_PRESS, "U-01", "detail_text", "no"),
        (DESK_LEAD, "U-08", "desk_lead", "yes"),
        (DESK_LEAD, "U-08", "claims_department", "clarify"),
    ],
)
def test_the_same_answers_under_a_decision(
    db: Database,
    consultant: Actor,
    garage_intake: Intake,
    answers: dict[str, Any],
    point: str,
    value: str,
    result: str,
) -> None:
    case = open_with(db, consultant, garage_intake, answers, {})
    assert case.coverage_result == "clarify"
    assert case.under_reservation
    policy = policy_of(db, case)
    [change] = deciding.coverage_changes(db, policy, {}, {point: value})
    assert change.after.result == result
    after = deciding.apply_change(db, consultant, change, f"weil {point} entschieden wurde", now())
    assert after.coverage_result == result
    assert after.state == ("refused" if result == "no" else "open")
    newest, first = store.coverage_of(db, case.id)
    assert newest.answers == first.answers
    assert newest.cause == f"weil {point} entschieden wurde"
    told = [each.text for each in store.timeline_of(db, case.id) if each.kind == "coverage"]
    assert any(text.startswith(f"weil {point}") for text in told)


def test_settings_that_decide_nothing_here_change_nothing(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = open_with(db, consultant, garage_intake, ROUTER, {})
    everything = {"U-02": "inside_cap", "U-03": "gross", "U-10": "covered", "U-07": "one_event"}
    assert deciding.coverage_changes(db, policy_of(db, case), {}, everything) == []


def test_a_refused_case_opens_again_with_its_clocks_and_never_silently(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    before = {"U-05": "not_covered"}
    case = open_with(db, consultant, garage_intake, ROUTER, before)
    assert case.state == "refused"
    [change] = deciding.coverage_changes(db, policy_of(db, case), before, {"U-05": "covered"})
    after = deciding.apply_change(db, consultant, change, "weil U-05 entschieden wurde", now())
    assert (after.state, after.coverage_result, after.limb) == ("open", "yes", "A")
    assert "holding" in [each.kind for each in store.clocks_of(db, case.id)]
    said = [each.text for each in store.timeline_of(db, case.id)]
    assert "Der Fall ist wieder offen: weil U-05 entschieden wurde" in said
    actions = [each.action for each in audit.entries(db, case.id)]
    assert {"case.reopened", "coverage.decided"} <= set(actions)


def test_an_open_case_becomes_refused_and_says_so(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    before = {"U-05": "covered"}
    case = open_with(db, consultant, garage_intake, ROUTER, before)
    [change] = deciding.coverage_changes(db, policy_of(db, case), before, {"U-05": "not_covered"})
    after = deciding.apply_change(db, consultant, change, "weil U-05 entschieden wurde", now())
    assert (after.state, after.coverage_result, after.limb) == ("refused", "no", None)
    said = [each.text for each in store.timeline_of(db, case.id)]
    assert "Der Fall ist nun abgelehnt: weil U-05 entschieden wurde" in said
    assert "case.refused" in [each.action for each in audit.entries(db, case.id)]


def test_a_closed_case_is_left_alone(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = open_with(db, consultant, garage_intake, ROUTER, {})
    store.close_case(db, consultant, case.id, "Erledigt")
    assert deciding.coverage_changes(db, policy_of(db, case), {}, {"U-05": "covered"}) == []
    decision = deciding.decide(ROUTER, {"U-05": "covered"})
    with pytest.raises(CaseClosed, match="abgeschlossen"):
        deciding.decide_anew(db, consultant, case.id, ROUTER, decision, cause="Rückfrage", at=now())


def test_deciding_anew_needs_its_reason(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = open_with(db, consultant, garage_intake, ROUTER, {})
    with pytest.raises(MissingField):
        deciding.decide_anew(
            db, consultant, case.id, ROUTER, deciding.decide(ROUTER, {}), cause=" ", at=now()
        )


def test_what_was_held_at_a_moment_is_known_later(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = open_with(db, consultant, garage_intake, ROUTER, {})
    later = now()
    deciding.decide_anew(
        db,
        consultant,
        case.id,
        ROUTER,
        deciding.decide(ROUTER, {"U-05": "covered"}),
        cause="Auskunft des Schadenreferats",
        at=later,
    )
    assert result_at(db, case.id, case.opened_at - timedelta(seconds=1)) is None
    assert result_at(db, case.id, later - timedelta(seconds=1)) == "clarify"
    assert result_at(db, case.id, later) == "yes"
    assert not store.case_by_id(db, case.id).under_reservation
