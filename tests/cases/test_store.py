"""Cases and what they hold: opened whole or not at all, and nothing is ever written over."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import store
from cases.errors import MissingField, ReasonNeeded, UnknownCase, UnknownIncident
from cases.store import Case, Contact, Firm, Incident, Intake, Person, Policy
from data import Home, transaction

NOON = datetime(2026, 5, 16, 10, 0, tzinfo=UTC)
TABLES = (
    "firm", "person", "policy", "insured_event", "it_incident", "crisis_case", "case_incident",
    "coverage_decision", "timeline_entry", "audit_entry",
)  # fmt: skip


def counts(db: Database) -> dict[str, int]:
    return {
        table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in (*TABLES, "fact", "fact_version", "case_clock", "contact")
    }


def actions(db: Database, case_id: int) -> list[str]:
    return [entry.action for entry in reversed(audit.entries(db, case_id))]


# --- opening ----------------------------------------------------------------------------


def test_a_case_opens_with_everything_the_intake_knows(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = store.open_case(db, consultant, garage_intake)
    assert (case.number, case.state, case.coverage_result, case.limb) == (
        "KP-2026-0001",
        "open",
        "yes",
        "A",
    )
    assert case.on_duty == consultant.name
    firm = store.firm_by_id(db, case.firm_id)
    assert firm.full_name == "Kfz Aigner e.U."
    assert [each.name for each in store.people_of(db, firm.id)] == ["Anton Aigner"]
    event = store.event_by_id(db, case.insured_event_id)
    assert (event.number, event.cap_cents, event.cap_basis) == ("VF-2026-0001", 250_000, "net")
    assert garage_intake.incident is not None
    assert event.occurred_at == garage_intake.incident.happened_at
    assert [each.number for each in store.incidents_of(db, case.id)] == ["IT-2026-0001"]
    assert actions(db, case.id) == ["case.opened", "coverage.decided", "case.incident_linked"]


def test_the_timeline_tells_the_call_the_decision_and_the_link(db: Database, case: Case) -> None:
    entries = list(reversed(store.timeline_of(db, case.id)))
    assert [each.kind for each in entries] == ["call", "incident", "coverage"]
    assert entries[0].happened_at == case.called_at
    assert entries[2].text == "Ja, das ist ein Kommunikations-Notfall."
    assert all(each.recorded_at > each.happened_at for each in entries)


def test_the_decision_is_kept_as_it_was_taken(
    db: Database, case: Case, garage_intake: Intake
) -> None:
    [record] = store.coverage_of(db, case.id)
    assert record.answers == dict(garage_intake.answers)
    assert record.decision == dict(garage_intake.decision)
    assert record.decided_at == garage_intake.opened_at


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"public_name": "  "}, "Öffentlicher Name des Falls"),
        ({"policy": Policy(number=" ")}, "Polizzennummer"),
        ({"firm": Firm(name="  ")}, "Firmenname"),
        ({"incident": Incident(kind="x", happened_at=NOON, outage="vielleicht")}, None),
        ({"decision": {"result": "vielleicht"}}, None),
    ],
    ids=["no-public-name", "no-policy", "no-firm", "broken-incident", "broken-decision"],
)
def test_an_intake_that_fails_leaves_nothing_behind(
    db: Database,
    consultant: Actor,
    garage_intake: Intake,
    change: dict[str, object],
    label: str | None,
) -> None:
    before = counts(db)
    with pytest.raises((MissingField, sqlite3.IntegrityError)) as refusal:
        store.open_case(db, consultant, replace(garage_intake, **change))  # type: ignore[arg-type]
    if label is not None:
        assert isinstance(refusal.value, MissingField)
        assert f"„{label}“" in refusal.value.sentence("de")
    assert counts(db) == before


def test_the_same_form_sent_again_opens_no_second_case(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    form = replace(garage_intake, idempotency_key="form-1")
    first = store.open_case(db, consultant, form)
    before = counts(db)
    assert store.open_case(db, consultant, form) == first
    assert counts(db) == before
    other = store.open_case(db, consultant, replace(form, idempotency_key="form-2"))
    assert other.number == "KP-2026-0002"


def test_the_same_form_sent_twice_at_once_opens_one_case(
    home: Home, consultant: Actor, garage_intake: Intake
) -> None:
    form = replace(garage_intake, idempotency_key="form-1")
    together = threading.Barrier(3)
    numbers: list[str] = []

    def send() -> None:
        db = home.db()
        together.wait()
        numbers.append(store.open_case(db, consultant, form).number)
        home.close()

    senders = [threading.Thread(target=send) for _each in range(3)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    assert numbers == ["KP-2026-0001"] * 3
    assert counts(home.db())["crisis_case"] == 1


def test_cases_opened_at_once_get_numbers_of_their_own(
    home: Home, consultant: Actor, garage_intake: Intake
) -> None:
    numbers: list[str] = []

    def send() -> None:
        for _turn in range(4):
            numbers.append(store.open_case(home.db(), consultant, garage_intake).number)
        home.close()

    senders = [threading.Thread(target=send) for _each in range(3)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    assert sorted(numbers) == [f"KP-2026-{number:04d}" for number in range(1, 13)]


def test_a_refused_case_is_kept_with_what_the_caller_was_told(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    refused = replace(
        garage_intake,
        decision={"result": "no", "limb": None, "rules": [{"id": "NA-01"}], "explanation": "Nein."},
        incident=None,
    )
    case = store.open_case(db, consultant, refused)
    assert (case.state, case.coverage_result, case.limb) == ("refused", "no", None)
    assert store.coverage_of(db, case.id)[0].decision["explanation"] == "Nein."
    assert "Nein." in [each.text for each in store.timeline_of(db, case.id)]


def test_a_refused_case_opens_when_more_is_known_and_both_decisions_stay(
    db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = store.open_case(db, consultant, replace(garage_intake, decision={"result": "no"}))
    later = store.decide_coverage(
        db, consultant, case.id, {"claim": "false"}, {"result": "yes", "limb": "B"}
    )
    assert (later.state, later.coverage_result, later.limb) == ("open", "yes", "B")
    results = [each.decision["result"] for each in store.coverage_of(db, case.id)]
    assert results == ["yes", "no"]
    closed = store.close_case(db, consultant, case.id, "Erledigt")
    again = store.decide_coverage(db, consultant, closed.id, {}, {"result": "clarify"})
    assert again.state == "closed"


@pytest.mark.parametrize(
    ("opened", "number"),
    [
        ("2026-12-31T22:59:59", "KP-2026-0002"),
        ("2026-12-31T23:00:00", "KP-2027-0001"),
        ("2027-01-01T05:00:00", "KP-2027-0001"),
    ],
    ids=["new-years-eve", "midnight-in-vienna", "new-years-day"],
)
def test_numbers_start_again_with_the_viennese_year(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake, opened: str, number: str
) -> None:
    moment = datetime.fromisoformat(opened).replace(tzinfo=UTC)
    again = store.open_case(db, consultant, replace(garage_intake, opened_at=moment))
    assert again.number == number
    assert store.event_by_id(db, again.insured_event_id).number == number.replace("KP", "VF")


def test_numbers_go_on_beyond_four_digits(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    db.execute("UPDATE crisis_case SET number = 'KP-2026-9999'")
    assert store.open_case(db, consultant, garage_intake).number == "KP-2026-10000"
    assert store.open_case(db, consultant, garage_intake).number == "KP-2026-10001"


# --- the same firm, the same event ------------------------------------------------------


def test_a_second_case_of_a_known_firm_shares_people_and_policy(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    firm = store.firm_by_id(db, case.firm_id)
    partner = Person(name="Berta Aigner", may_approve=True)
    second = store.open_case(
        db, consultant, replace(garage_intake, firm=firm, people=(*garage_intake.people, partner))
    )
    assert second.firm_id == case.firm_id
    assert [each.name for each in store.people_of(db, firm.id)] == ["Anton Aigner", "Berta Aigner"]
    assert len(store.policies_of(db, firm.id)) == 1
    assert second.insured_event_id != case.insured_event_id


def test_two_cases_of_one_insured_event_share_its_cap(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    second = store.open_case(
        db,
        consultant,
        replace(
            garage_intake,
            firm=store.firm_by_id(db, case.firm_id),
            insured_event_id=case.insured_event_id,
        ),
    )
    assert second.insured_event_id == case.insured_event_id
    assert counts(db)["insured_event"] == 1


def test_an_incident_is_linked_once_and_leaves_a_trace(
    db: Database, consultant: Actor, case: Case
) -> None:
    incident = store.add_incident(
        db, consultant, case.firm_id, Incident(kind="email_fraud", happened_at=NOON)
    )
    for _turn in range(2):
        store.link_incident(db, consultant, case.id, incident.id, "same_attack")
    assert [each.number for each in store.incidents_of(db, case.id)] == [
        "IT-2026-0001",
        incident.number,
    ]
    assert actions(db, case.id).count("case.incident_linked") == 2
    texts = [each.text for each in store.timeline_of(db, case.id)]
    assert texts.count(f"Mit {incident.number} verknüpft") == 1


def test_one_incident_may_belong_to_two_cases(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    second = store.open_case(db, consultant, replace(garage_intake, incident=None))
    [incident] = store.incidents_of(db, case.id)
    store.link_incident(db, consultant, second.id, incident.id, "coincident")
    assert store.incidents_of(db, second.id) == [incident]


def test_what_becomes_known_of_an_incident_is_written_down(
    db: Database, consultant: Actor, case: Case
) -> None:
    [incident] = store.incidents_of(db, case.id)
    changed = store.update_incident(
        db, consultant, incident.id, cause_status="established", data_loss="no", resolved_at=NOON
    )
    assert (changed.cause_status, changed.data_loss, changed.resolved_at) == (
        "established",
        "no",
        NOON,
    )
    assert audit.entries(db)[0].details["data_loss"] == {"before": "unknown", "after": "no"}
    before = counts(db)
    assert store.update_incident(db, consultant, incident.id) == changed
    assert counts(db) == before


# --- finding ----------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["KP-2026-0001", "kp-2026-0001", "  KP-2026-0001 "])
def test_a_case_is_found_by_its_number(db: Database, case: Case, written: str) -> None:
    assert store.case_by_number(db, written) == case


@pytest.mark.parametrize("number", ["", "KP-2026-0002", "KP-2026-0001'--", "1"])
def test_a_number_that_does_not_exist_gets_its_sentence(
    db: Database, case: Case, number: str
) -> None:
    with pytest.raises(UnknownCase) as refusal:
        store.case_by_number(db, number)
    assert f"„{number}“" in refusal.value.sentence("de")


def test_an_incident_is_found_by_its_number(db: Database, case: Case) -> None:
    assert store.incident_by_number(db, " it-2026-0001") == store.incidents_of(db, case.id)[0]
    with pytest.raises(UnknownIncident):
        store.incident_by_number(db, "IT-2026-0009")


def test_cases_are_listed_newest_first_and_by_state(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    later = replace(garage_intake, opened_at=garage_intake.opened_at + timedelta(days=1))
    second = store.open_case(db, consultant, later)
    store.close_case(db, consultant, case.id, "Erledigt")
    assert [each.number for each in store.list_cases(db)] == [second.number, case.number]
    assert [each.number for each in store.list_cases(db, "open")] == [second.number]
    assert [each.number for each in store.list_cases(db, "closed")] == [case.number]
    assert len(store.list_cases(db, limit=1)) == 1


def test_closing_and_taking_over_are_written_down(
    db: Database, consultant: Actor, colleague: Actor, case: Case
) -> None:
    store.take_over(db, colleague, case.id)
    assert store.case_by_id(db, case.id).on_duty == "Berger"
    closed = store.close_case(db, colleague, case.id, "Erledigt")
    assert closed.state == "closed"
    assert closed.closed_at is not None
    assert [each.text for each in store.timeline_of(db, case.id)][:2] == [
        "Fall abgeschlossen: Erledigt",
        "Berger übernimmt den Fall",
    ]
    assert actions(db, case.id)[-2:] == ["case.taken_over", "case.closed"]


# --- master data ------------------------------------------------------------------------


def test_a_firm_changes_with_the_changes_in_the_audit(
    db: Database, consultant: Actor, case: Case
) -> None:
    firm = store.firm_by_id(db, case.firm_id)
    store.change_firm(db, consultant, replace(firm, phone="+43 732 999", city="Wels"))
    assert audit.entries(db)[0].details == {"phone": "+43 732 999", "city": "Wels"}
    before = counts(db)
    store.change_firm(db, consultant, store.firm_by_id(db, firm.id))
    assert counts(db) == before


@pytest.mark.parametrize(
    ("name", "legal_form", "full"),
    [
        ("Kfz Aigner", "e.U.", "Kfz Aigner e.U."),
        ("Moser e.U.", "e.U.", "Moser e.U."),
        ("A", "", "A"),
    ],
)
def test_the_legal_form_stands_once_in_the_full_name(name: str, legal_form: str, full: str) -> None:
    assert Firm(name=name, legal_form=legal_form).full_name == full


def test_names_may_not_be_blank(db: Database, consultant: Actor, case: Case) -> None:
    firm = store.firm_by_id(db, case.firm_id)
    with pytest.raises(MissingField):
        store.change_firm(db, consultant, replace(firm, name=" "))
    with pytest.raises(MissingField):
        store.add_person(db, consultant, case.firm_id, Person(name=" "))
    with pytest.raises(MissingField):
        store.add_contact(db, consultant, case.id, Contact(kind="media", name=" "))


def test_those_who_may_approve_come_first(db: Database, consultant: Actor, case: Case) -> None:
    store.add_person(db, consultant, case.firm_id, Person(name="Aushilfe"))
    store.add_person(db, consultant, case.firm_id, Person(name="Zeiler", may_approve=True))
    assert [each.name for each in store.people_of(db, case.firm_id)] == [
        "Anton Aigner",
        "Zeiler",
        "Aushilfe",
    ]


def test_the_same_contact_again_is_no_second_one(
    db: Database, consultant: Actor, case: Case
) -> None:
    contact = Contact(kind="media", name=" Eva Huber ", email="huber@zeitung.example")
    first = store.add_contact(db, consultant, case.id, contact)
    assert store.add_contact(db, consultant, case.id, contact) == first
    assert first.name == "Eva Huber"
    assert store.contacts_of(db, case.id) == [first]
    assert actions(db, case.id).count("contact.added") == 1


# --- facts ------------------------------------------------------------------------------


def test_facts_get_codes_in_order_and_new_versions(
    db: Database, consultant: Actor, case: Case
) -> None:
    first = store.add_fact(db, consultant, case.id, text=" Ein PC fiel aus. ")
    second = store.add_fact(
        db, consultant, case.id, text="Daten?", status="not_yet_known", source="Aigner"
    )
    assert (first.code, second.code, first.version) == ("F1", "F2", 1)
    changed = store.change_fact(
        db, consultant, first.id, status="confirmed", source="Aigner, 10.03."
    )
    assert (changed.version, changed.text, changed.status) == (2, "Ein PC fiel aus.", "confirmed")
    assert [each.version for each in store.facts_of(db, case.id)] == [2, 1]
    kept = db.execute(
        "SELECT status FROM fact_version WHERE fact_id = ? ORDER BY version", [first.id]
    )
    assert [row[0] for row in kept] == ["unconfirmed", "confirmed"]
    assert actions(db, case.id)[-3:] == ["fact.recorded"] * 3


def test_a_fact_is_confirmed_only_with_a_source(
    db: Database, consultant: Actor, case: Case
) -> None:
    with pytest.raises(MissingField) as refusal:
        store.add_fact(db, consultant, case.id, text="Keine Daten weg.", status="confirmed")
    assert "Quelle" in refusal.value.sentence("de")
    assert store.facts_of(db, case.id) == []
    fact = store.add_fact(db, consultant, case.id, text="Keine Daten weg.")
    with pytest.raises(MissingField):
        store.change_fact(db, consultant, fact.id, status="confirmed", source="  ")
    assert store.fact_by_id(db, fact.id) == fact


def test_a_fact_needs_a_sentence(db: Database, consultant: Actor, case: Case) -> None:
    with pytest.raises(MissingField):
        store.add_fact(db, consultant, case.id, text=" ")
    fact = store.add_fact(db, consultant, case.id, text="Ein PC fiel aus.")
    with pytest.raises(MissingField):
        store.change_fact(db, consultant, fact.id, text=" ")
    assert store.facts_of(db, case.id) == [fact]


def test_codes_of_facts_recorded_at_once_are_their_own(
    home: Home, consultant: Actor, case: Case
) -> None:
    def work() -> None:
        for number in range(5):
            store.add_fact(home.db(), consultant, case.id, text=f"Tatsache {number}")
        home.close()

    workers = [threading.Thread(target=work) for _each in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    codes = [each.code for each in store.facts_of(home.db(), case.id)]
    assert codes == [f"F{number}" for number in range(1, 16)]


# --- the timeline -----------------------------------------------------------------------


def test_the_timeline_is_by_event_time_and_a_correction_names_what_it_corrects(
    db: Database, consultant: Actor, case: Case
) -> None:
    late = store.add_timeline_entry(
        db, consultant, case.id, happened_at=NOON, kind="note", text=" B postet. "
    )
    early = store.add_timeline_entry(
        db,
        consultant,
        case.id,
        happened_at=NOON - timedelta(hours=1),
        kind="note",
        text="C postet.",
        details={"wo": "Seite"},
    )
    fixed = store.add_timeline_entry(
        db, consultant, case.id, happened_at=NOON, kind="note", text="B rief an.", corrects_id=late
    )
    newest = store.timeline_of(db, case.id)[:3]
    assert [each.id for each in newest] == [fixed, late, early]
    assert newest[0].corrects_id == late
    assert newest[1].text == "B postet."
    assert newest[2].details == {"wo": "Seite"}


def test_an_empty_entry_is_refused(db: Database, consultant: Actor, case: Case) -> None:
    with pytest.raises(MissingField):
        store.add_timeline_entry(db, consultant, case.id, happened_at=NOON, kind="note", text=" \n")


@pytest.mark.parametrize(
    "table", ["timeline_entry", "coverage_decision", "fact_version", "evidence", "custody_entry"]
)
def test_records_are_append_only(db: Database, consultant: Actor, case: Case, table: str) -> None:
    store.add_fact(db, consultant, case.id, text="Ein PC fiel aus.")
    with transaction(db):
        db.execute(
            "INSERT INTO evidence (case_id, kind, file_name, sha256, bytes, media_type,"
            " captured_at, recorded_at, recorded_by) VALUES (?, 'file', 'a', 'b', 1, 'c', '', '', '')",
            [case.id],
        )
        db.execute(
            "INSERT INTO custody_entry (evidence_id, at, actor_name, action)"
            " VALUES (1, '', '', 'received')"
        )
    for change in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with pytest.raises(sqlite3.IntegrityError, match=f"{table} is append-only"):
            db.execute(change)


# --- clocks -----------------------------------------------------------------------------


@pytest.fixture
def clock(db: Database, consultant: Actor, case: Case) -> store.CaseClock:
    """The report to the data protection authority."""
    store.start_clock(
        db,
        consultant,
        case.id,
        kind="gdpr_33",
        title="Meldung an die Datenschutzbehörde",
        started_at=NOON,
        due_at=NOON + timedelta(hours=72),
        rule="NA-16",
        source="Art. 33",
    )
    return store.clocks_of(db, case.id)[0]


def test_the_same_clock_starts_once(
    db: Database, consultant: Actor, case: Case, clock: store.CaseClock
) -> None:
    before = counts(db)
    store.start_clock(
        db,
        consultant,
        case.id,
        kind="gdpr_33",
        title="Noch einmal",
        started_at=NOON,
        due_at=NOON,
    )
    assert store.clocks_of(db, case.id) == [clock]
    assert counts(db) == before


def test_a_clock_is_settled_once_and_told_in_the_timeline(
    db: Database, consultant: Actor, colleague: Actor, case: Case, clock: store.CaseClock
) -> None:
    store.settle_clock(db, consultant, clock.id, "done")
    store.settle_clock(db, colleague, clock.id, "declined", "zu spät")
    [settled] = store.clocks_of(db, case.id)
    assert (settled.settled_as, settled.settled_by) == ("done", consultant.name)
    assert store.clocks_of(db, case.id, open_only=True) == []
    texts = [each.text for each in store.timeline_of(db, case.id) if each.kind == "clock"]
    assert sorted(texts) == [
        "Frist läuft: Meldung an die Datenschutzbehörde, bis 19.05.2026, 12:00",
        "Frist verspätet erledigt: Meldung an die Datenschutzbehörde, sie lief bis 19.05.2026, 12:00",
    ]


@pytest.mark.parametrize("reason", ["", "   "])
def test_declining_a_clock_needs_a_reason(
    db: Database, consultant: Actor, case: Case, clock: store.CaseClock, reason: str
) -> None:
    with pytest.raises(ReasonNeeded):
        store.settle_clock(db, consultant, clock.id, "declined", reason)
    assert store.clocks_of(db, case.id) == [clock]


def test_a_declined_clock_keeps_its_reason(
    db: Database, consultant: Actor, case: Case, clock: store.CaseClock
) -> None:
    store.settle_clock(db, consultant, clock.id, "declined", " Keine Daten betroffen {title} ")
    [declined] = store.clocks_of(db, case.id)
    assert (declined.settled_as, declined.reason) == ("declined", "Keine Daten betroffen {title}")
    newest = next(each for each in store.timeline_of(db, case.id) if each.kind == "clock")
    assert newest.text.endswith("Grund: Keine Daten betroffen {title}")


def test_the_clocks_of_all_open_cases_by_due_time(
    db: Database,
    consultant: Actor,
    case: Case,
    clock: store.CaseClock,
    garage_intake: Intake,
) -> None:
    second = store.open_case(db, consultant, garage_intake)
    store.start_clock(
        db,
        consultant,
        second.id,
        kind="holding",
        title="Erstmeldung",
        started_at=NOON,
        due_at=NOON + timedelta(hours=1),
    )
    assert [each.kind for each in store.clocks_of(db)] == ["holding", "gdpr_33"]
    soon = store.overdue_within(store.clocks_of(db), NOON, timedelta(hours=2))
    assert [each.kind for each in soon] == ["holding"]
    store.close_case(db, consultant, second.id, "Erledigt")
    assert [each.kind for each in store.clocks_of(db)] == ["gdpr_33"]


# --- the chain --------------------------------------------------------------------------


def test_everything_a_case_does_keeps_the_audit_chain_whole(
    db: Database, consultant: Actor, case: Case, clock: store.CaseClock
) -> None:
    fact = store.add_fact(db, consultant, case.id, text="Ein PC fiel aus.")
    store.change_fact(db, consultant, fact.id, status="disputed")
    store.settle_clock(db, consultant, clock.id, "done")
    store.close_case(db, consultant, case.id, "Erledigt")
    assert audit.verify(db)[1] == []


def test_a_case_is_not_closed_without_a_note(db: Database, consultant: Actor, case: Case) -> None:
    with pytest.raises(MissingField, match="Abschlussnotiz"):
        store.close_case(db, consultant, case.id, "  ")
    assert store.case_by_id(db, case.id).state == "open"
