"""A case with something of everything in it, so that nothing of the case file is empty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlite_utils import Database

from access.actor import Actor
from budget import store as budget_store
from budget.entry import Cost, Work
from budget.worktime import WorkTime
from cases import evidence, store
from cases.claims import full_text
from cases.store import (
    Case,
    Contact,
    assistance,
    claims,
    costs,
    handover,
    open_points,
    options,
    press,
    tasks,
)
from cases.store.claims import Sending
from cases.store.options import NewAttack
from cases.store.press import NewEnquiry
from data import Home, now
from drafting import store as drafting_store
from drafting.approval import Recipient
from monitoring import mentions
from ui.claiming import head_of

RECIPIENT = "kundin-b@example.at"
JOURNALIST = "Mag. Neugier"
CALL_BACK = "+43 660 7654321"
INTERNAL = "Kunde B wirkt betrunken"
STATEMENT = "Wir prüfen das.\nKontakt: Anton Aigner, +43 660 1234567"
ORIGINAL = b"Sauladen! Kunde B"


def fill(home: Home, db: Database, actor: Actor, colleague: Actor, case: Case) -> None:
    """Put hours, statements, evidence, clocks, enquiries and the rest into ``case``."""
    kept = evidence.add(
        db, home, actor, case.id, data=ORIGINAL, file_name="beitrag.txt", kind="screenshot",
        source_url="https://social.example/1?" + "x" * 200,
    )  # fmt: skip
    _talk(db, actor, colleague, case)
    release_statement(db, actor, colleague, case)
    _hours(db, actor, case)
    _outside(db, actor, case, kept.id)
    _insurer(db, actor, case)
    _inside(db, actor, colleague, case)


def _talk(db: Database, actor: Actor, colleague: Actor, case: Case) -> None:
    first = store.add_fact(db, actor, case.id, text="Am 10. März ist die Kasse ausgefallen.")
    store.change_fact(db, actor, first.id, status="confirmed", source="Herr Aigner")
    old = store.add_timeline_entry(
        db, actor, case.id, happened_at=now() - timedelta(hours=3), kind="mention",
        text="B postet auf der Seite",
    )  # fmt: skip
    store.add_timeline_entry(
        db, colleague, case.id, happened_at=now() - timedelta(hours=3), kind="mention",
        text="B postet drei Beiträge, erreichbar unter b@example.at", corrects_id=old,
    )  # fmt: skip
    store.add_timeline_entry(db, actor, case.id, happened_at=now(), kind="note", text=INTERNAL)
    store.add_contact(
        db, actor, case.id, Contact(kind="media", name=JOURNALIST, email="neugier@zeitung.example")
    )
    mentions.add_manual_mention(
        db, actor, case.id, text="Sauladen! Die kriegen nicht einmal einen PC eingeschaltet.",
        source_name="eigene Seite", idempotency_key="m1", author="Kunde B",
        url="https://social.example/1",
    )  # fmt: skip


def release_statement(db: Database, actor: Actor, colleague: Actor, case: Case) -> int:
    """A letter with one recipient, checked, approved by telephone and released."""
    statement = drafting_store.create_statement(
        db, actor, case.id, kind="letter", channel="customer_letter", language="de",
        title="Wichtige Information",
    )  # fmt: skip
    drafting_store.set_recipients(db, actor, statement.id, [Recipient("Kundin B", RECIPIENT)])
    version = drafting_store.save_version(db, actor, statement.id, STATEMENT, base_version=0)
    drafting_store.request_review(db, actor, statement.id)
    drafting_store.review(db, colleague, statement.id, accepted=True)
    found = drafting_store.examination_of(db, statement, version.text)
    for each in drafting_store.open_blocks(db, version, found):
        drafting_store.override_finding(
            db, actor, statement.id, finding_kind=each.kind, quote=each.quote, reason="geprüft"
        )
    person = next(each for each in store.people_of(db, case.firm_id) if each.may_approve)
    drafting_store.decide_by_phone(
        db, actor, statement.id, person.id, approved=True, call_back_number=CALL_BACK,
        witness_account=colleague.account_id,
    )  # fmt: skip
    drafting_store.add_release(
        db, actor, statement.id, idempotency_key=f"r{statement.id}", at=now()
    )
    return statement.id


def _hours(db: Database, actor: Actor, case: Case) -> None:
    start = datetime(2026, 3, 10, 9, 20, tzinfo=UTC)
    for minutes, kind, note in ((30, "communication", INTERNAL), (20, "internal", "")):
        budget_store.book_work(
            db, actor, case.id,
            Work(
                work=WorkTime(start, start + timedelta(minutes=minutes)), rate_cents=15_000,
                activity="situation", text=f"Lagebild {kind}", kind=kind, internal_note=note,
            ),
        )  # fmt: skip
    budget_store.book_cost(
        db, actor, case.id, Cost(at=start, cents=9_000, text="Aussendung", receipt="R-1")
    )
    costs.add_cost(
        db,
        actor,
        case.id,
        kind="misdirected_transfer",
        text="Fehlüberweisung",
        cents=1_840_000,
        happened_at=start,
    )


def _outside(db: Database, actor: Actor, case: Case, evidence_id: int) -> None:
    enquiry = press.add_enquiry(
        db, actor, case.id,
        NewEnquiry(
            medium="Regionalzeitung", questions="Sind Daten weg? Rückruf +43 732 555 123",
            channel="phone", received_at=now() - timedelta(hours=1),
            deadline_at=now() + timedelta(hours=4), journalist=JOURNALIST,
        ),
    )  # fmt: skip
    press.answer_enquiry(
        db, actor, enquiry.id, at=now(), answer="Am Telefon gesagt, was feststeht."
    )
    options.add_attack(
        db, actor, case.id,
        NewAttack(wording="Die haben meine Daten verloren.", author="Kunde B",
                  place="eigene Seite", evidence_id=evidence_id),
    )  # fmt: skip
    incident = store.incidents_of(db, case.id)[0]
    assistance.add_system(db, actor, incident.id, name="Kassen-PC", control="sole", origin="yes")
    tasks.add_task(
        db, actor, case.firm_id, kind="specialist", title="Termin Datenschutz", case_id=case.id
    )


def _insurer(db: Database, actor: Actor, case: Case) -> None:
    claims.record_claim_number(
        db, actor, case.id, "SCH-4711", given_by="Frau Huber", given_at=now()
    )
    report = claims.begin_report(db, actor, case.id, subject="Cyber-Angriff", body="Was geschah.")
    text = full_text(head_of(db, case), 0, report.subject, report.body, "Schadenstelle")
    claims.record_sent(
        db, actor, case.id, report.id,
        Sending("claims_office", "Schadenstelle", "email", now(), actor.name),
        text=text,
    )  # fmt: skip
    event = store.event_by_id(db, case.insured_event_id)
    open_points.decide(
        db, actor, event.policy_id, "U-07", "one_event", decided_by="Mag. Schaden",
        decider_function="Schadenreferat", decided_at=now(), reason="ein Angriff",
    )  # fmt: skip


def _inside(db: Database, actor: Actor, colleague: Actor, case: Case) -> None:
    assert colleague.account_id is not None
    begun = handover.begin_handover(
        db, actor, receiving_account=colleague.account_id, case_ids=[case.id]
    )
    handover.write_note(
        db,
        actor,
        begun.id,
        case.id,
        situation="Ruhig",
        next_steps="B anrufen",
        owner_mood="besorgt",
    )
