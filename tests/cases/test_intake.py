"""The intake: what was ticked becomes a decision, a case and its clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from access.actor import Actor
from cases import coverage, intake, store
from cases.errors import CallInFuture
from cases.intake import Answers
from cases.store import Intake
from data import now

GARAGE = Answers(
    kinds=("cyber_attack",),
    outage="yes",
    device="pc",
    suspected="yes",
    sudden="yes",
    unforeseeable="yes",
    communication_need="yes",
)
INN = Answers(
    kinds=("hardware_defect",),
    outage="yes",
    device="cash_register",
    runs_on="own_device",
    sudden="yes",
    unforeseeable="yes",
    communication_need="yes",
    claim="true",
    existence="no",
)


# --- the document -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param(Answers(), {}, id="nothing-asked-is-unknown"),
        pytest.param(Answers(no_it_incident=True), {"it_events": []}, id="asked-and-none"),
        pytest.param(
            GARAGE,
            {
                "it_events": [
                    {"kind": "cyber_attack", "outage": True, "suspected": True, "device": "pc"}
                ],
                "sudden": True,
                "unforeseeable": True,
                "communication_need": True,
            },
            id="garage",
        ),
        pytest.param(
            Answers(kinds=("malware", "email_fraud"), outage="no"),
            {
                "it_events": [
                    {"kind": "malware", "outage": False},
                    {"kind": "email_fraud", "outage": False},
                ]
            },
            id="two-kinds",
        ),
        pytest.param(
            Answers(medium=" Zeitung ", allegation="  ", claim="false"),
            {"media_allegation": {"medium": "Zeitung"}, "claim": "false"},
            id="half-an-allegation",
        ),
        pytest.param(
            Answers(existence="yes", existence_evidence=("12 Stornos", "  ")),
            {"existence_threat": {"assessed": "yes", "evidence": ["12 Stornos"]}},
            id="threat",
        ),
        pytest.param(
            Answers(existence="yes", existence_by="desk_lead"),
            {"existence_threat": {"assessed": "yes", "evidence": [], "assessor": "desk_lead"}},
            id="who-assessed-the-threat",
        ),
        pytest.param(
            Answers(sudden="no", data_loss="no", requested=("advertising",)),
            {"sudden": False, "data_loss": "no", "requested": ["advertising"]},
            id="no-is-not-unknown",
        ),
    ],
)
def test_the_answers_are_the_document_of_the_command(
    answers: Answers, expected: dict[str, Any]
) -> None:
    assert intake.document(answers) == expected
    coverage.from_json(intake.document(answers))


def test_every_kind_and_device_of_the_page_is_read_by_the_rules() -> None:
    for kind in coverage.EventKind:
        for device in ("", *(each.value for each in coverage.Device)):
            intake.decide(Answers(kinds=(kind.value,), device=device))


def test_the_garage_is_covered_under_limb_a() -> None:
    decision = intake.decide(GARAGE)
    assert (decision.result.value, decision.limb) == ("yes", "A")


def test_the_inns_cash_register_is_refused_with_its_rule() -> None:
    decision = intake.decide(INN)
    assert decision.result.value == "no"
    assert "NA-01" in decision.rules


def test_without_answers_nothing_is_decided() -> None:
    assert intake.decide(Answers()).result.value == "clarify"


# --- opening ----------------------------------------------------------------------------


def with_decision(garage_intake: Intake, answers: Answers) -> Intake:
    return replace(
        garage_intake,
        answers=intake.document(answers),
        decision=coverage.to_json(intake.decide(answers)),
    )


def test_the_first_statement_is_due_from_the_opening(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = intake.open_case(
        db, consultant, with_decision(garage_intake, replace(GARAGE, data_loss="no"))
    )
    [clock] = store.clocks_of(db, case.id)
    assert (clock.kind, clock.title, clock.started_at) == ("holding", "Erstmeldung", case.opened_at)
    assert clock.due_at > clock.started_at


def test_a_loss_of_data_starts_72_hours_from_the_moment_of_awareness(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = intake.open_case(
        db, consultant, with_decision(garage_intake, replace(GARAGE, data_loss="yes"))
    )
    clock = next(each for each in store.clocks_of(db, case.id) if each.kind == "gdpr_33")
    assert garage_intake.incident is not None
    assert clock.started_at == garage_intake.incident.happened_at
    assert clock.due_at - clock.started_at == timedelta(hours=72)


def test_without_an_incident_awareness_is_the_call(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    asked = with_decision(garage_intake, replace(GARAGE, data_loss="yes"))
    case = intake.open_case(db, consultant, replace(asked, incident=None))
    clock = next(each for each in store.clocks_of(db, case.id) if each.kind == "gdpr_33")
    assert clock.started_at == case.called_at


def test_a_refused_case_has_no_clocks(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = intake.open_case(db, consultant, with_decision(garage_intake, INN))
    assert case.state == "refused"
    assert store.clocks_of(db, case.id) == []


def test_a_case_under_clarification_is_worked_on(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = intake.open_case(db, consultant, with_decision(garage_intake, Answers()))
    assert (case.state, case.coverage_result) == ("open", "clarify")
    assert "holding" in [each.kind for each in store.clocks_of(db, case.id)]


def test_the_form_sent_again_starts_no_clock_again(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    form = replace(with_decision(garage_intake, GARAGE), idempotency_key="form-1")
    first = intake.open_case(db, consultant, form)
    clocks = store.clocks_of(db, first.id)
    store.settle_clock(db, consultant, clocks[0].id, "done")
    assert intake.open_case(db, consultant, form) == first
    assert len(store.clocks_of(db, first.id)) == len(clocks)


def test_every_clock_of_a_decision_has_a_title() -> None:
    for kind in coverage.EventKind:
        for loss in ("yes", "no", "unknown"):
            decision = intake.decide(Answers(kinds=(kind.value,), data_loss=loss))
            assert all(intake.clock_title(each) for each in decision.clocks)


def test_the_incident_is_what_was_ticked_first(garage_intake: Intake) -> None:
    incident = intake.incident_from(GARAGE, garage_intake.called_at, "Bildschirme schwarz")
    assert incident is not None
    assert (incident.kind, incident.outage, incident.device) == ("cyber_attack", "yes", "pc")
    assert intake.incident_from(Answers(no_it_incident=True), garage_intake.called_at, "") is None


def test_a_call_in_the_future_opens_no_case(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    late = replace(garage_intake, called_at=now() + timedelta(hours=1))
    with pytest.raises(CallInFuture, match="Bitte Datum und Uhrzeit"):
        intake.open_case(db, consultant, late)
    assert store.list_cases(db) == []
