"""The handover: complete only when everything open is acknowledged by name, item by item."""

from __future__ import annotations

import io
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pypdf import PdfReader
from sqlite_utils import Database

from access import accounts, audit
from access.actor import SYSTEM, Actor
from budget import store as budget_store
from budget.entry import Cost, Timer
from budget.errors import TextMissing, TimerRuns
from cases import store
from cases.errors import (
    HandoverEnded,
    HandoverIncomplete,
    HandoverOpen,
    HandoverToSelf,
    ItemsChanged,
    MissingField,
    NothingToHandOver,
    NotInThisHandover,
    NotOfThisHandover,
    NotOnRoster,
    NotTheLeaving,
    NotTheReceiving,
    UnknownHandover,
)
from cases.handover import ITEM_KINDS, Item
from cases.stakeholders import BY_WHOM, Entry
from cases.store import Case, Intake, press, stakeholders, tasks
from cases.store import duty as roster
from cases.store import handover as record
from cases.store.handover import Handover
from cases.store.press import NewEnquiry
from data import Home, KrisenpultError, transaction
from drafting import store as drafting_store
from monitoring import mentions
from ui import handover, handover_protocol

# 17:40 in Vienna on the day of the case.
NOW = datetime(2026, 3, 10, 16, 40, tzinfo=UTC)
DUE = NOW + timedelta(hours=14)


@pytest.fixture(autouse=True)
def before_six() -> object:
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


def account(actor: Actor) -> int:
    assert actor.account_id is not None
    return actor.account_id


@dataclass
class Shift:
    """A handover of the garage from Mag. Lang to Berger."""

    home: Home
    db: Database
    case: Case
    leaving: Actor
    receiving: Actor
    handover: Handover

    def items(self) -> list[Item]:
        return handover.items_of(self.db, self.handover, NOW)

    def one(self, kind: str) -> Item:
        (found,) = [each for each in self.items() if each.kind == kind]
        return found

    def acknowledge(self, *kinds: str) -> int:
        """All items, or those of the kinds."""
        chosen = [each for each in self.items() if not kinds or each.kind in kinds]
        return handover.acknowledge(self.db, self.receiving, self.handover, chosen, NOW)

    def note(self, situation: str = "B hat ein Posting gelöscht.") -> None:
        record.write_note(
            self.db,
            self.leaving,
            self.handover.id,
            self.case.id,
            situation=situation,
            next_steps="Antwort der Zeitung abwarten",
            owner_mood="müde, will zurückgerufen werden",
        )

    def ready(self) -> None:
        self.note()
        self.acknowledge()

    def finish(self, actor: Actor | None = None) -> Handover:
        return handover.finish(self.db, actor or self.receiving, self.handover, NOW)

    def standing(self, kind: str) -> list[str]:
        shown = handover.lines(self.db, self.handover, NOW)
        return [line.standing for line in shown if line.item.kind == kind]


@pytest.fixture
def shift(home: Home, db: Database, case: Case, consultant: Actor, colleague: Actor) -> Shift:
    begun = record.begin_handover(db, consultant, receiving_account=account(colleague))
    return Shift(home, db, case, consultant, colleague, begun)


def start_clock(shift: Shift, due_at: datetime = DUE) -> None:
    store.start_clock(
        shift.db,
        shift.leaving,
        shift.case.id,
        kind="holding",
        title="Erstmeldung",
        started_at=NOW - timedelta(hours=1),
        due_at=due_at,
    )


def ask(shift: Shift, deadline: datetime | None = DUE) -> press.Enquiry:
    return press.add_enquiry(
        shift.db,
        shift.leaving,
        shift.case.id,
        NewEnquiry(
            medium="Regionalzeitung",
            questions="Sind Daten weg?",
            channel="phone",
            received_at=NOW - timedelta(minutes=10),
            deadline_at=deadline,
            journalist="Frau Huber",
        ),
    )


def write(shift: Shift, title: str = "Information") -> int:
    statement = drafting_store.create_statement(
        shift.db,
        shift.leaving,
        shift.case.id,
        kind="reply",
        channel="web",
        language="de",
        title=title,
    )
    drafting_store.save_version(
        shift.db, shift.leaving, statement.id, "Wir prüfen das.", base_version=0
    )
    drafting_store.request_review(shift.db, shift.leaving, statement.id)
    return statement.id


def tell_partners(shift: Shift, due_at: datetime = DUE) -> None:
    stakeholders.decide(
        shift.db,
        shift.leaving,
        shift.case.id,
        Entry("partners", "yes", due_at=due_at, by_whom=BY_WHOM[0], person="Mag. Lang"),
    )


def organise(shift: Shift, due_at: datetime | None = DUE) -> tasks.Task:
    return tasks.add_task(
        shift.db,
        shift.leaving,
        shift.case.firm_id,
        kind="replacement",
        title="Leihgerät für die Kassa",
        due_at=due_at,
    )


def raise_alert(shift: Shift) -> int:
    with transaction(shift.db):
        cursor = shift.db.execute(
            "INSERT INTO alert (case_id, rule, severity, raised_at, text, dedupe_key)"
            " VALUES (?, 'single', 87, '2026-03-10T16:30:00Z', 'Eine Meldung ist kritisch.', 'a')",
            [shift.case.id],
        )
    return int(cursor.lastrowid or 0)


def run_timer(shift: Shift, actor: Actor) -> Timer:
    return budget_store.start_timer(
        shift.db,
        actor,
        shift.case.id,
        activity="writing",
        function="PR-Berater:in",
        rate_cents=15000,
        now=NOW - timedelta(minutes=30),
    )


def book(shift: Shift, cents: int) -> None:
    budget_store.book_cost(
        shift.db, shift.leaving, shift.case.id, Cost(NOW, cents, "Verteiler", "RE-1")
    )


def third_person(db: Database) -> Actor:
    return accounts.add_account(
        db, SYSTEM, email="maier@krisenpult.example", role="consultant", name="Maier"
    ).actor


# --- What is handed over ----------------------------------------------------------------


def test_everything_open_in_the_case_is_an_item(shift: Shift) -> None:
    start_clock(shift)
    ask(shift)
    write(shift)
    raise_alert(shift)
    run_timer(shift, third_person(shift.db))
    tell_partners(shift, NOW - timedelta(hours=1))
    organise(shift)
    book(shift, 184250)
    shift.note()
    by_kind = {each.kind: each for each in shift.items()}
    assert set(by_kind) == set(ITEM_KINDS)
    assert by_kind["stakeholder"].detail.startswith("fällig 10.03.2026, 16:40")
    assert by_kind["task"].title == "Leihgerät für die Kassa"
    assert by_kind["clock"].title == "Erstmeldung"
    assert by_kind["clock"].detail == "fällig 11.03.2026, 07:40"
    assert by_kind["enquiry"].title == "Regionalzeitung, Frau Huber"
    assert "Sind Daten weg?" in by_kind["enquiry"].detail
    assert by_kind["approval"].detail == "wartet auf die zweite Person (vier Augen)"
    assert by_kind["alert"].detail == "Eine Meldung ist kritisch."
    assert (
        by_kind["cap"].title.replace("\u00a0", " ").startswith("Rest € 657,50 von € 2.500,00 netto")
    )
    # € 657.50 less half an hour that ran, at € 150 an hour.
    assert "erreicht um 10.03.2026, 21:33" in by_kind["cap"].detail
    assert "will zurückgerufen werden" in by_kind["note"].detail


def test_the_way_of_an_approval_is_named_at_every_stage(shift: Shift) -> None:
    statement_id = write(shift)
    assert shift.one("approval").state["stage"] == "review"
    drafting_store.review(shift.db, shift.receiving, statement_id, accepted=True)
    assert shift.one("approval").state["stage"] == "request"
    owner = next(each for each in store.people_of(shift.db, shift.case.firm_id))
    drafting_store.request_approval(
        shift.db, shift.leaving, statement_id, owner.id, expires_at=NOW + timedelta(hours=4)
    )
    waiting = shift.one("approval")
    assert waiting.state["stage"] == "owner"
    assert waiting.detail == "wartet bei Anton Aigner, der Link gilt bis 10.03.2026, 21:40"


def test_what_the_insurer_has_to_release_is_named(shift: Shift) -> None:
    statement = drafting_store.create_statement(
        shift.db,
        shift.leaving,
        shift.case.id,
        kind="reply",
        channel="web",
        language="de",
        title="Zusage",
    )
    drafting_store.save_version(
        shift.db,
        shift.leaving,
        statement.id,
        "Den Schaden ersetzen wir selbstverständlich.",
        base_version=0,
    )
    drafting_store.request_review(shift.db, shift.leaving, statement.id)
    drafting_store.review(shift.db, shift.receiving, statement.id, accepted=True)
    assert shift.one("approval").state["stage"] == "insurer"


def test_a_quiet_case_still_hands_over_the_rest_of_its_cap(shift: Shift) -> None:
    assert [each.kind for each in shift.items()] == ["cap"]


# --- Finishing --------------------------------------------------------------------------


def test_a_complete_handover_puts_the_colleague_on_duty(shift: Shift) -> None:
    start_clock(shift)
    ask(shift)
    shift.ready()
    done = shift.finish()
    assert (done.state, done.ended_by) == ("completed", "Berger")
    assert store.case_by_id(shift.db, shift.case.id).on_duty == "Berger"
    texts = [entry.text for entry in store.timeline_of(shift.db, shift.case.id)]
    assert "Übergabe von Mag. Lang an Berger, 4 Punkte bestätigt" in texts
    assert "Berger übernimmt den Fall" in texts
    actions = [entry.action for entry in audit.entries(shift.db, shift.case.id)]
    assert actions.count("handover.acknowledged") == 4
    assert "handover.completed" in actions
    assert audit.verify(shift.db)[1] == []
    assert [case.id for case in record.cases_of_handover(shift.db, done)] == [shift.case.id]
    with pytest.raises(HandoverEnded):
        shift.finish()


ONE_MISSING: list[tuple[str, Callable[[Shift], object], str]] = [
    ("clock", start_clock, "Frist „Erstmeldung“ ist nicht bestätigt"),
    ("enquiry", ask, "Presseanfrage „Regionalzeitung, Frau Huber“ ist nicht bestätigt"),
    ("enquiry_without_deadline", lambda shift: ask(shift, None), "Presseanfrage"),
    ("approval", write, "Freigabe „Information“ ist nicht bestätigt"),
    ("alert", raise_alert, "Alarm „● kritisch, 10.03.2026, 17:30“ ist nicht bestätigt"),
    (
        "timer_of_the_leaving",
        lambda shift: run_timer(shift, shift.leaving),
        "laufende Zeit „Mag. Lang: Texterstellung“ ist weder gestoppt noch weitergegeben",
    ),
    (
        "timer_of_a_third",
        lambda shift: run_timer(shift, third_person(shift.db)),
        "laufende Zeit „Maier: Texterstellung“ ist nicht bestätigt",
    ),
    ("stakeholder", tell_partners, "ist nicht bestätigt"),
    ("task", organise, "Aufgabe „Leihgerät für die Kassa“ ist nicht bestätigt"),
    (
        "rest_of_the_cap",
        lambda shift: book(shift, 184250),
        "hat sich seit der Bestätigung geändert",
    ),
    (
        "new_note",
        lambda shift: shift.note("Doch nicht gelöscht."),
        "Notiz „von Mag. Lang, 10.03.2026, 17:40“ hat sich seit der Bestätigung geändert",
    ),
]


@pytest.mark.parametrize(
    ("happens", "named"),
    [pytest.param(happens, named, id=name) for name, happens, named in ONE_MISSING],
)
def test_finishing_is_refused_and_names_what_is_missing(
    shift: Shift, happens: Callable[[Shift], object], named: str
) -> None:
    shift.ready()
    happens(shift)
    with pytest.raises(HandoverIncomplete) as refused:
        shift.finish()
    assert shift.case.number in refused.value.items
    assert named in refused.value.items
    assert record.handover_by_id(shift.db, shift.handover.id).state == "open"
    assert store.case_by_id(shift.db, shift.case.id).on_duty == "Mag. Lang"


def test_without_a_note_nothing_is_finished(shift: Shift) -> None:
    shift.acknowledge()
    with pytest.raises(HandoverIncomplete, match="Notiz ist nicht geschrieben"):
        shift.finish()
    shift.note()
    with pytest.raises(HandoverIncomplete, match="Notiz „von"):
        shift.finish()
    shift.acknowledge()
    assert shift.finish().state == "completed"


def test_every_reason_is_named_at_once(shift: Shift) -> None:
    start_clock(shift)
    ask(shift)
    with pytest.raises(HandoverIncomplete) as refused:
        shift.finish()
    for word in ("Notiz", "Frist", "Presseanfrage", "Leistungsgrenze"):
        assert word in refused.value.items


# --- What changes after it was acknowledged ---------------------------------------------


def nothing(shift: Shift) -> None:
    """Only what the case brings along."""


def consent(shift: Shift) -> None:
    budget_store.record_consent(
        shift.db,
        shift.leaving,
        shift.case.id,
        kind="consent",
        text="bis € 500 darüber",
        person="Anton Aigner",
        channel="telephone",
        happened_at=NOW,
        ceiling_cents=50000,
    )


def change_due(shift: Shift) -> None:
    enquiry = press.open_enquiries(shift.db, shift.case.id)[0]
    press.change_deadline(shift.db, shift.leaving, enquiry.id, DUE + timedelta(hours=1), "Anruf")


def pass_review(shift: Shift) -> None:
    statement = drafting_store.statements_of(shift.db, shift.case.id)[0]
    drafting_store.review(shift.db, shift.receiving, statement.id, accepted=True)


@pytest.mark.parametrize(
    ("before", "then", "kind", "expected"),
    [
        pytest.param(ask, change_due, "enquiry", "changed", id="another deadline"),
        pytest.param(
            tell_partners,
            lambda shift: tell_partners(shift, DUE + timedelta(hours=2)),
            "stakeholder",
            "changed",
            id="told later",
        ),
        pytest.param(write, pass_review, "approval", "changed", id="another stage"),
        pytest.param(
            nothing,
            lambda shift: book(shift, 2500),
            "cap",
            "acknowledged",
            id="a little work within the threshold",
        ),
        pytest.param(
            nothing,
            lambda shift: book(shift, 2501),
            "cap",
            "changed",
            id="more work than the threshold",
        ),
        pytest.param(
            nothing,
            lambda shift: run_timer(shift, shift.receiving),
            "cap",
            "changed",
            id="the cap has got an hour at which it is reached",
        ),
        pytest.param(
            lambda shift: book(shift, 249900),
            lambda shift: book(shift, 100),
            "cap",
            "changed",
            id="at the cap without consent",
        ),
        pytest.param(nothing, consent, "cap", "changed", id="the owner has consented"),
    ],
)
def test_a_changed_item_needs_a_new_acknowledgement(
    shift: Shift,
    before: Callable[[Shift], object],
    then: Callable[[Shift], object],
    kind: str,
    expected: str,
) -> None:
    before(shift)
    shift.ready()
    assert shift.standing(kind) == ["acknowledged"]
    then(shift)
    assert shift.standing(kind) == [expected]
    if expected == "changed":
        shift.acknowledge(kind)
        assert shift.standing(kind) == ["acknowledged"]
        kept = [
            each.item.state
            for each in record.acknowledgements_of(shift.db, shift.handover.id)
            if each.item.kind == kind
        ]
        assert len(kept) == 2
        assert kept[0] != kept[1]


def test_what_is_settled_meanwhile_needs_nothing(shift: Shift) -> None:
    start_clock(shift)
    alert_id = raise_alert(shift)
    shift.ready()
    (clock,) = store.clocks_of(shift.db, shift.case.id)
    store.settle_clock(shift.db, shift.leaving, clock.id, "done")
    mentions.acknowledge_alert(shift.db, shift.leaving, alert_id)
    assert shift.finish().state == "completed"


def test_what_was_shown_is_what_is_acknowledged(shift: Shift) -> None:
    start_clock(shift)
    shift.note()
    shown = shift.items()
    book(shift, 184250)
    with pytest.raises(ItemsChanged, match="Rest"):
        handover.acknowledge(shift.db, shift.receiving, shift.handover, shown, NOW)
    assert shift.standing("clock") == ["acknowledged"]
    assert shift.standing("cap") == ["open"]


def test_an_invented_item_is_not_acknowledged(shift: Shift) -> None:
    invented = replace(shift.one("cap"), key="insured_event:99")
    assert handover.acknowledge(shift.db, shift.receiving, shift.handover, [invented], NOW) == 0
    assert record.acknowledgements_of(shift.db, shift.handover.id) == []


def test_a_double_click_acknowledges_once(shift: Shift) -> None:
    assert shift.acknowledge() == 1
    assert shift.acknowledge() == 0
    (kept,) = record.acknowledgements_of(shift.db, shift.handover.id)
    assert (kept.by, kept.at, kept.item.state["rest_cents"]) == ("Berger", NOW, 250000)


# --- Two at once ------------------------------------------------------------------------


def test_a_clock_started_between_acknowledging_and_finishing_blocks(shift: Shift) -> None:
    """The finish waits for the writer, then reads, and sees the clock that came first."""
    shift.ready()
    outcome: list[object] = []

    def finish_elsewhere() -> None:
        mine = shift.home.db()
        try:
            outcome.append(handover.finish(mine, shift.receiving, shift.handover, NOW))
        except HandoverIncomplete as error:
            outcome.append(error)
        finally:
            shift.home.close()

    with transaction(shift.db):
        other = threading.Thread(target=finish_elsewhere)
        other.start()
        start_clock(shift)
        other.join(timeout=0.3)
        assert outcome == []
    other.join(timeout=20)
    (refused,) = outcome
    assert isinstance(refused, HandoverIncomplete)
    assert "Erstmeldung" in refused.items


def test_the_items_are_read_inside_the_finishing_transaction(shift: Shift) -> None:
    shift.ready()
    inside: list[bool] = []

    def read() -> list[Item]:
        inside.append(bool(shift.db.conn.in_transaction))
        return shift.items()

    record.finish_handover(shift.db, shift.receiving, shift.handover.id, read)
    assert inside == [True]


# --- Timers -----------------------------------------------------------------------------


def test_a_timer_goes_on_under_the_other_name(shift: Shift) -> None:
    timer = run_timer(shift, shift.leaving)
    shift.ready()
    assert shift.standing("timer") == ["must_end"]
    new = handover.pass_timer_on(
        shift.db, shift.receiving, shift.handover, timer.id, text="Antwort entworfen", at=NOW
    )
    assert (new.person, new.rate_cents, new.activity) == ("Berger", 15000, "writing")
    (entry,) = budget_store.entries_of(shift.db, shift.case.id)
    assert (entry.person, entry.recorded_seconds) == ("Mag. Lang", 1800)
    assert shift.standing("timer") == []
    shift.acknowledge()
    assert shift.finish().state == "completed"


def test_a_timer_is_passed_on_whole_or_not_at_all(shift: Shift) -> None:
    timer = run_timer(shift, shift.leaving)
    run_timer(shift, shift.receiving)
    with pytest.raises(TimerRuns):
        handover.pass_timer_on(
            shift.db, shift.receiving, shift.handover, timer.id, text="Entwurf", at=NOW
        )
    with pytest.raises(TextMissing):
        handover.stop_timer(shift.db, shift.leaving, shift.handover, timer.id, text=" ", at=NOW)
    with pytest.raises(NotOfThisHandover):
        handover.stop_timer(
            shift.db, third_person(shift.db), shift.handover, timer.id, text="Entwurf", at=NOW
        )
    assert budget_store.entries_of(shift.db, shift.case.id) == []
    assert shift.standing("timer") == ["must_end"]
    handover.stop_timer(shift.db, shift.leaving, shift.handover, timer.id, text="Entwurf", at=NOW)
    assert shift.standing("timer") == []


# --- Who may what -----------------------------------------------------------------------


def test_only_the_named_colleague_acknowledges_and_finishes(shift: Shift) -> None:
    shift.note()
    for somebody in (shift.leaving, third_person(shift.db)):
        with pytest.raises(NotTheReceiving, match="Berger"):
            handover.acknowledge(shift.db, somebody, shift.handover, shift.items(), NOW)
        with pytest.raises(NotTheReceiving):
            shift.finish(somebody)
    with pytest.raises(NotTheLeaving, match="Lang"):
        record.write_note(
            shift.db,
            shift.receiving,
            shift.handover.id,
            shift.case.id,
            situation="x",
            next_steps="y",
        )


def test_the_table_itself_refuses_another_name(shift: Shift) -> None:
    shift.acknowledge()
    row = "handover_id, case_id, kind, item_key, title, state, acknowledged_at, acknowledged_by"
    with pytest.raises(sqlite3.IntegrityError, match="only the one who receives"):
        shift.db.execute(
            f"INSERT INTO handover_acknowledgement ({row}, account_id)"
            f" SELECT {row}, ? FROM handover_acknowledgement",
            [account(shift.leaving)],
        )
    for statement in (
        "UPDATE handover_acknowledgement SET title = 'x'",
        "DELETE FROM handover_acknowledgement",
        "DELETE FROM handover",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            shift.db.execute(statement)


@pytest.mark.parametrize(
    ("situation", "steps"),
    [pytest.param(" ", "x", id="situation"), pytest.param("x", "", id="steps")],
)
def test_an_empty_note_is_no_note(shift: Shift, situation: str, steps: str) -> None:
    with pytest.raises(MissingField):
        record.write_note(
            shift.db,
            shift.leaving,
            shift.handover.id,
            shift.case.id,
            situation=situation,
            next_steps=steps,
        )


def test_the_same_note_again_changes_nothing(shift: Shift) -> None:
    shift.ready()
    shift.note()
    assert shift.standing("note") == ["acknowledged"]


# --- Beginning, interrupting, emergencies -----------------------------------------------


def test_one_open_handover_for_each_leaving_person(shift: Shift) -> None:
    maier = third_person(shift.db)
    with pytest.raises(HandoverOpen, match="Lang an Berger"):
        record.begin_handover(shift.db, shift.leaving, receiving_account=account(maier))
    record.begin_handover(shift.db, shift.receiving, receiving_account=account(maier))
    assert len(record.open_handovers(shift.db)) == 2
    with pytest.raises(sqlite3.IntegrityError):
        shift.db.execute(
            "INSERT INTO handover (leaving_account_id, leaving_name, receiving_account_id,"
            " receiving_name, kind, scope, started_at, started_by) SELECT leaving_account_id,"
            " leaving_name, receiving_account_id, receiving_name, kind, scope, started_at,"
            " started_by FROM handover WHERE id = ?",
            [shift.handover.id],
        )


def test_it_is_begun_once_however_often_the_form_is_sent(
    db: Database, case: Case, consultant: Actor, colleague: Actor
) -> None:
    begun = {
        record.begin_handover(
            db, consultant, receiving_account=account(colleague), idempotency_key="form"
        ).id
        for _ in range(2)
    }
    assert len(begun) == 1


def test_who_cannot_hand_over_or_receive(db: Database, consultant: Actor, colleague: Actor) -> None:
    reviewer = accounts.add_account(db, SYSTEM, email="pruefung@haus.example", role="reviewer")
    with pytest.raises(NothingToHandOver):
        record.begin_handover(db, consultant, receiving_account=account(colleague))
    with pytest.raises(HandoverToSelf):
        record.begin_handover(db, consultant, receiving_account=account(consultant))
    with pytest.raises(NotOnRoster):
        record.begin_handover(db, consultant, receiving_account=reviewer.id)
    with pytest.raises(NotOnRoster):
        record.begin_handover(db, SYSTEM, receiving_account=account(colleague))
    with pytest.raises(UnknownHandover):
        record.handover_by_id(db, 7)


def second_case(shift: Shift, intake: Intake) -> Case:
    return store.open_case(
        shift.db,
        shift.leaving,
        replace(
            intake,
            firm=replace(intake.firm, name="Tischlerei Moser"),
            policy=replace(intake.policy, number="NA-2026-002"),
            public_name="Tischlerei Moser",
            incident=None,
        ),
    )


def test_a_case_opened_meanwhile_belongs_to_a_handover_of_all(
    shift: Shift, garage_intake: Intake
) -> None:
    shift.ready()
    other = second_case(shift, garage_intake)
    with pytest.raises(HandoverIncomplete, match=other.number):
        shift.finish()


def test_only_the_chosen_cases_are_handed_over(shift: Shift, garage_intake: Intake) -> None:
    record.withdraw_handover(shift.db, shift.leaving, shift.handover.id, "anders aufgeteilt")
    other = second_case(shift, garage_intake)
    shift.handover = record.begin_handover(
        shift.db,
        shift.leaving,
        receiving_account=account(shift.receiving),
        case_ids=[shift.case.id],
    )
    with pytest.raises(NotInThisHandover):
        record.write_note(
            shift.db, shift.leaving, shift.handover.id, other.id, situation="x", next_steps="y"
        )
    shift.ready()
    shift.finish()
    assert store.case_by_id(shift.db, shift.case.id).on_duty == "Berger"
    assert store.case_by_id(shift.db, other.id).on_duty == "Mag. Lang"


def test_a_case_closed_meanwhile_holds_nothing_up(shift: Shift, garage_intake: Intake) -> None:
    other = second_case(shift, garage_intake)
    shift.ready()
    store.close_case(shift.db, shift.leaving, other.id, "erledigt")
    assert shift.finish().state == "completed"
    assert store.case_by_id(shift.db, other.id).on_duty == "Mag. Lang"


def test_an_interrupted_handover_goes_on_or_is_withdrawn_with_a_reason(shift: Shift) -> None:
    shift.ready()
    again = record.open_handovers(shift.db)[0]
    assert again.id == shift.handover.id
    assert shift.standing("cap") == ["acknowledged"]
    with pytest.raises(MissingField):
        record.withdraw_handover(shift.db, shift.leaving, again.id, " ")
    with pytest.raises(NotOfThisHandover):
        record.withdraw_handover(shift.db, third_person(shift.db), again.id, "aufgeräumt")
    gone = record.withdraw_handover(shift.db, shift.receiving, again.id, "bleibe doch bis 20 Uhr")
    assert (gone.state, gone.end_reason) == ("withdrawn", "bleibe doch bis 20 Uhr")
    assert store.case_by_id(shift.db, shift.case.id).on_duty == "Mag. Lang"
    assert len(record.acknowledgements_of(shift.db, gone.id)) == 2


def test_an_emergency_takeover_needs_a_reason_and_the_same_acknowledgements(
    shift: Shift,
) -> None:
    start_clock(shift)
    maier = third_person(shift.db)
    with pytest.raises(MissingField):
        record.take_over_in_emergency(
            shift.db, maier, leaving_account=account(shift.leaving), reason=" "
        )
    taken = record.take_over_in_emergency(
        shift.db, maier, leaving_account=account(shift.leaving), reason="Unfall am Heimweg"
    )
    before = record.handover_by_id(shift.db, shift.handover.id)
    assert before.state == "withdrawn"
    assert before.end_reason == "Notübernahme durch Maier: Unfall am Heimweg"
    with pytest.raises(HandoverIncomplete, match="Erstmeldung"):
        handover.finish(shift.db, maier, taken, NOW)
    shown = handover.items_of(shift.db, taken, NOW)
    handover.acknowledge(shift.db, maier, taken, shown, NOW)
    handover.finish(shift.db, maier, taken, NOW)
    assert store.case_by_id(shift.db, shift.case.id).on_duty == "Maier"
    texts = [entry.text for entry in store.timeline_of(shift.db, shift.case.id)]
    assert (
        "Notübernahme von Mag. Lang durch Maier, 2 Punkte bestätigt. Grund: Unfall am Heimweg"
        in texts
    )


def test_in_an_emergency_the_receiving_person_may_write_down_what_is_known(shift: Shift) -> None:
    maier = third_person(shift.db)
    taken = record.take_over_in_emergency(
        shift.db, maier, leaving_account=account(shift.leaving), reason="nicht erreichbar"
    )
    record.write_note(
        shift.db, maier, taken.id, shift.case.id, situation="laut Akte ruhig", next_steps="anrufen"
    )
    kinds = [each.kind for each in handover.items_of(shift.db, taken, NOW)]
    assert kinds == ["note", "cap"]


def test_a_person_cannot_take_over_from_themself(shift: Shift) -> None:
    with pytest.raises(HandoverToSelf):
        record.take_over_in_emergency(
            shift.db, shift.leaving, leaving_account=account(shift.leaving), reason="Versehen"
        )
    assert record.handover_by_id(shift.db, shift.handover.id).state == "open"


# --- What other pages say ---------------------------------------------------------------


def plan(
    db: Database, actor: Actor, start: datetime, hours: int, role: roster.Role = "desk"
) -> None:
    roster.add_shift(
        db,
        actor,
        account_id=account(actor),
        role=role,
        start=start,
        end=start + timedelta(hours=hours),
    )


def test_the_line_at_the_top(db: Database, consultant: Actor, colleague: Actor) -> None:
    assert handover.duty_line(db, NOW) == "Dienst: niemand eingeteilt"
    start = NOW - timedelta(hours=8, minutes=40)
    plan(db, consultant, start, 10)
    assert handover.duty_line(db, NOW) == "Dienst: Mag. Lang bis 19:00"
    plan(db, colleague, start + timedelta(hours=12), 11)
    assert handover.duty_line(db, start + timedelta(hours=11)) == (
        "Dienst: niemand, ab 21:00 Berger"
    )
    assert handover.duty_line(db, start + timedelta(hours=13)) == "Dienst: Berger bis 08:00"
    plan(db, consultant, start + timedelta(hours=12), 11, "on_call")
    assert handover.duty_line(db, start + timedelta(hours=13)) == (
        "Dienst: Berger bis 08:00, Mag. Lang (Ruf) bis 08:00"
    )


def texts(db: Database, at: datetime) -> list[str]:
    return [each.text for each in handover.board_lines(db, at)]


def test_the_board_says_a_handover_is_open_and_when_it_is_late(
    db: Database, case: Case, consultant: Actor, colleague: Actor
) -> None:
    plan(db, consultant, NOW - timedelta(hours=9), 10)
    plan(db, colleague, NOW + timedelta(hours=1), 60)
    assert texts(db, NOW) == []
    ends = NOW + timedelta(hours=1)
    begun = record.begin_handover(db, consultant, receiving_account=account(colleague), due_at=ends)
    (line,) = handover.board_lines(db, NOW + timedelta(minutes=20))
    assert (line.handover_id, line.late) == (begun.id, False)
    assert line.text == "Übergabe Mag. Lang an Berger offen seit 20\u00a0min"
    (line,) = handover.board_lines(db, ends + timedelta(minutes=5))
    assert line.late
    assert line.text == "Übergabe Mag. Lang an Berger überfällig seit 18:40"


def test_the_board_says_who_left_without_a_handover(
    db: Database, case: Case, consultant: Actor, colleague: Actor
) -> None:
    plan(db, consultant, NOW - timedelta(hours=9), 10)
    plan(db, colleague, NOW + timedelta(hours=1), 60)
    after = NOW + timedelta(hours=2)
    assert texts(db, after) == [
        "Mag. Lang ist seit 18:40 nicht mehr im Dienst und führt noch 1 Fall"
    ]


def test_the_board_says_a_coming_gap(db: Database, consultant: Actor) -> None:
    assert texts(db, NOW) == ["Der Dienstplan ist leer: niemand ist eingeteilt (NA-19)"]
    plan(db, consultant, NOW - timedelta(hours=1), 5)
    (line,) = handover.board_lines(db, NOW)
    assert line.text.startswith("ohne Dienst: Di 10.03. 21:40–")
    assert not line.late


# --- The protocol -----------------------------------------------------------------------


def printed(shift: Shift) -> str:
    data = handover_protocol.pdf(shift.db, shift.handover.id, NOW)
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_protocol_shows_what_was_acknowledged_by_whom(shift: Shift) -> None:
    ask(shift)
    shift.ready()
    shift.finish()
    book(shift, 100000)
    said = printed(shift)
    assert "Mag. Lang" in said
    assert "abgeschlossen 10.03.2026, 17:40 durch Berger" in said
    assert "Regionalzeitung, Frau Huber" in said
    assert "Rest € 2.500,00 von € 2.500,00 netto" in said.replace("\u00a0", " ")
    assert "B hat ein Posting gelöscht." in said
    assert "Berger, 10.03.2026, 17:40" in said


def test_the_protocol_takes_hostile_text_as_text(shift: Shift) -> None:
    shift.note('#eval("1") *fett* <script> $x$ @all')
    said = printed(shift)
    assert '#eval("1") *fett* <script> $x$ @all' in said.replace("“", '"').replace("„", '"')
    assert "offen, noch nicht vollständig" in said


def test_the_protocol_names_an_emergency(shift: Shift) -> None:
    maier = third_person(shift.db)
    shift.handover = record.take_over_in_emergency(
        shift.db, maier, leaving_account=account(shift.leaving), reason="Unfall am Heimweg"
    )
    assert "Notübernahme ohne Mag. Lang. Grund: Unfall am Heimweg" in printed(shift)


@pytest.mark.parametrize(
    "error",
    [HandoverOpen("A", "B"), HandoverIncomplete("x"), NotOfThisHandover("A", "B")],
    ids=lambda error: type(error).__name__,
)
def test_every_refusal_is_a_sentence(error: KrisenpultError) -> None:
    assert error.sentence().endswith(".")
