"""Help that is only organised: no amount, no promise, no case needed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from access.actor import Actor
from cases import store
from cases import tasks as rules
from cases.errors import MissingField, PromiseInTask, ReasonForChange, SettledVisit
from cases.store import Case, Firm, tasks

DUE = datetime(2026, 3, 12, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "promise"),
    [
        ("Ersatzgerät anfragen", ""),
        ("Ersatzgerät bis morgen garantiert", "garantiert"),
        ("Sie bekommen Sie bald Bescheid", "bekommen Sie"),
        ("Wir haben den Termin ZUGESAGT", "ZUGESAGT"),
        ("Termin auf jeden Fall am Montag", "auf jeden Fall"),
        ("Unverbindlich nachfragen", ""),
        ("Bildschirm   wird\ngeliefert", "wird geliefert"),
    ],
)
def test_a_task_promises_nothing(text: str, promise: str) -> None:
    assert rules.promise_in(text) == promise


def test_an_appointment_needs_no_case(db: Database, consultant: Actor) -> None:
    firm = store.add_firm(db, consultant, Firm(name="Ohne Schaden GmbH"))
    task = tasks.add_task(
        db, consultant, firm.id, kind="specialist", title="Termin mit Datenschutzfirma anfragen"
    )
    assert (task.case_id, task.state) == (None, "open")
    assert tasks.tasks_of_firm(db, firm.id) == [task]
    assert "NA-37" in rules.rules_of("specialist")
    assert tasks.settle_task(db, consultant, task.id, "done").state == "done"


def test_a_task_of_a_case_is_told_and_settled_once(
    db: Database, consultant: Actor, case: Case
) -> None:
    given = {"kind": "replacement", "title": "Ersatz-PC anfragen", "due_at": DUE}
    task = tasks.add_task(
        db,
        consultant,
        case.firm_id,
        case_id=case.id,
        idempotency_key="k",
        **given,  # type: ignore[arg-type]
    )
    assert task == tasks.add_task(
        db,
        consultant,
        case.firm_id,
        case_id=case.id,
        idempotency_key="k",
        **given,  # type: ignore[arg-type]
    )
    with pytest.raises(ReasonForChange):
        tasks.settle_task(db, consultant, task.id, "dropped")
    dropped = tasks.settle_task(db, consultant, task.id, "dropped", "Firma hat selbst eines")
    assert (dropped.state, dropped.reason) == ("dropped", "Firma hat selbst eines")
    with pytest.raises(SettledVisit):
        tasks.settle_task(db, consultant, task.id, "done")
    told = [each.text for each in store.timeline_of(db, case.id)]
    assert any("Entfällt: Ersatz-PC anfragen. Grund: Firma hat" in text for text in told)


def test_what_is_not_a_task(db: Database, consultant: Actor, case: Case) -> None:
    with pytest.raises(MissingField):
        tasks.add_task(db, consultant, case.firm_id, kind="replacement", title=" ")
    with pytest.raises(PromiseInTask) as refusal:
        tasks.add_task(
            db, consultant, case.firm_id, kind="replacement", title="PC", for_whom="ist zugesagt"
        )
    assert "NA-36" in refusal.value.sentence()
    assert tasks.tasks_of_firm(db, case.firm_id) == []
