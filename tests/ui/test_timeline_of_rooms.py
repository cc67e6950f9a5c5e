"""S1 through all rooms: whatever happens in a case leaves its line on the timeline."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlite_utils import Database

from access.actor import Actor
from budget import store as budget_store
from budget.entry import Work
from budget.worktime import WorkTime
from cases import evidence, intake, store
from cases import store as cases_store
from cases.store import Case, Intake, press
from cases.store import handover as handovers
from cases.store.press import NewEnquiry
from data import Home, now
from drafting import release
from drafting import store as drafting_store
from drafting.approval import Recipient
from monitoring import mentions
from ui import handover as handover_desk

TEXT = "Wir prüfen den Vorfall und melden uns um 18:00 Uhr wieder auf dieser Seite."


def statement_goes_out(db: Database, case: Case, consultant: Actor, colleague: Actor) -> None:
    statement = drafting_store.create_statement(
        db,
        consultant,
        case.id,
        kind="holding",
        channel="customer_letter",
        language="de",
        title="Erstmeldung",
    )
    drafting_store.set_recipients(
        db, consultant, statement.id, [Recipient("Kundin", "kundin@example.at")]
    )
    version = drafting_store.save_version(db, consultant, statement.id, TEXT, base_version=0)
    drafting_store.request_review(db, consultant, statement.id)
    drafting_store.review(db, colleague, statement.id, accepted=True)
    examination = drafting_store.examination_of(db, statement, version.text)
    for each in drafting_store.open_blocks(db, version, examination):
        drafting_store.override_finding(
            db,
            consultant,
            statement.id,
            finding_kind=each.kind,
            quote=each.quote,
            reason="geprüft",
        )
    person = next(each for each in cases_store.people_of(db, case.firm_id) if each.may_approve)
    drafting_store.decide_by_phone(
        db,
        consultant,
        statement.id,
        person.id,
        approved=True,
        call_back_number="+43 660 1234567",
        witness_account=colleague.account_id,
    )
    release.release(db, consultant, statement.id, idempotency_key="form-1", at=now())


def handed_over(db: Database, case: Case, leaving: Actor, receiving: Actor) -> None:
    assert receiving.account_id is not None
    begun = handovers.begin_handover(db, leaving, receiving_account=receiving.account_id)
    handovers.write_note(
        db, leaving, begun.id, case.id, situation="Postings gelöscht", next_steps="beobachten"
    )
    items = handover_desk.items_of(db, begun, now())
    handover_desk.acknowledge(db, receiving, begun, items, now())
    handover_desk.finish(db, receiving, begun, now())


@pytest.fixture
def walked(
    db: Database, home: Home, consultant: Actor, colleague: Actor, garage_intake: Intake
) -> Case:
    case = intake.open_case(db, consultant, garage_intake)
    mentions.add_manual_mention(
        db,
        consultant,
        case.id,
        text="Kfz Aigner sind Betrüger, die haben meine Daten verkauft!",
        source_name="eigene Seite",
        author="Kunde B",
        idempotency_key="m",
    )
    evidence.add(db, home, consultant, case.id, data=b"bild", file_name="posting.png")
    press.add_enquiry(
        db,
        consultant,
        case.id,
        NewEnquiry("Bezirksblatt", "Daten weg?", "phone", now(), now() + timedelta(hours=2)),
    )
    statement_goes_out(db, case, consultant, colleague)
    started = now() - timedelta(hours=2)
    budget_store.book_work(
        db,
        consultant,
        case.id,
        Work(WorkTime(started, started + timedelta(minutes=30)), 15000, "writing", "Darstellung"),
    )
    handed_over(db, case, consultant, colleague)
    store.close_case(db, colleague, case.id, "zwei von drei Postings gelöscht")
    return case


def test_everything_that_happens_leaves_its_line(db: Database, walked: Case) -> None:
    entries = store.timeline_of(db, walked.id)
    assert {
        "call",
        "coverage",
        "incident",
        "mention",
        "alert",
        "evidence",
        "press",
        "clock",
        "approval",
        "release",
        "hours",
        "status",
    } <= {each.kind for each in entries}
    assert any("handover_id" in each.details for each in entries)


def test_each_line_says_when_it_was_written_and_by_whom(db: Database, walked: Case) -> None:
    for each in store.timeline_of(db, walked.id):
        assert each.actor_name
        assert each.text
        assert each.recorded_at >= each.happened_at or each.happened_at <= now() + timedelta(days=1)


def test_the_release_of_the_first_statement_settles_its_clock(db: Database, walked: Case) -> None:
    [holding] = [each for each in store.clocks_of(db, walked.id) if each.kind == "holding"]
    assert holding.settled_as == "done"
