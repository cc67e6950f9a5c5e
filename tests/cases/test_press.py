"""Press enquiries: kept, answered in time or not, and never lost from the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import store
from cases.errors import (
    AlreadySettled,
    EndBeforeStart,
    MissingField,
    ReasonNeeded,
    SettledInFuture,
    StartInFuture,
    UnknownEnquiry,
)
from cases.store import Case, press
from cases.store import clocks as clock_store
from cases.store.press import Enquiry, NewEnquiry

NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
PAPER = NewEnquiry(
    medium="Bezirksblatt",
    questions="Sind Kundendaten weg?",
    channel="phone",
    received_at=NOW - timedelta(hours=1),
    deadline_at=NOW + timedelta(hours=3),
    journalist="K. Huber",
    reach_at="+43 732 555",
)


@pytest.fixture(autouse=True)
def _at_noon() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def enquiry(db: Database, consultant: Actor, case: Case) -> Enquiry:
    return press.add_enquiry(db, consultant, case.id, PAPER)


def clock_of(db: Database, enquiry: Enquiry) -> clock_store.CaseClock:
    assert enquiry.clock_id is not None
    return clock_store.clock_by_id(db, enquiry.clock_id)


def test_an_enquiry_with_a_deadline_is_a_clock_a_contact_and_a_line_on_the_timeline(
    db: Database, consultant: Actor, case: Case, enquiry: Enquiry
) -> None:
    clock = clock_of(db, enquiry)
    assert (clock.kind, clock.started_at, clock.due_at) == (
        "press",
        PAPER.received_at,
        PAPER.deadline_at,
    )
    assert clock.title == "Presseanfrage beantworten: Bezirksblatt"
    [contact] = store.contacts_of(db, case.id)
    assert (contact.kind, contact.name, contact.organisation, contact.phone) == (
        "media",
        "K. Huber",
        "Bezirksblatt",
        "+43 732 555",
    )
    [entry] = [each for each in store.timeline_of(db, case.id) if each.kind == "press"]
    assert entry.happened_at == PAPER.received_at
    assert "Bezirksblatt" in entry.text
    assert press.open_enquiries(db, case.id) == [enquiry]


def test_the_form_sent_twice_keeps_one_enquiry(db: Database, consultant: Actor, case: Case) -> None:
    first, second = (
        press.add_enquiry(db, consultant, case.id, PAPER, idempotency_key="form-1")
        for _each in range(2)
    )
    assert first == second
    assert len(store.clocks_of(db, case.id)) == 1


def test_two_papers_that_ask_in_the_same_minute_are_two_clocks(
    db: Database, consultant: Actor, case: Case, enquiry: Enquiry
) -> None:
    other = press.add_enquiry(db, consultant, case.id, replace(PAPER, medium="Tagblatt"))
    assert other.clock_id != enquiry.clock_id
    assert len(store.contacts_of(db, case.id)) == 1 + 1 - (other.contact_id == enquiry.contact_id)


def test_without_a_deadline_it_stays_on_the_list_without_a_clock(
    db: Database, consultant: Actor, case: Case, enquiry: Enquiry
) -> None:
    later = press.add_enquiry(
        db, consultant, case.id, replace(PAPER, medium="Fachblatt", deadline_at=None)
    )
    assert later.clock_id is None
    assert [each.medium for each in press.open_enquiries(db)] == ["Bezirksblatt", "Fachblatt"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"medium": " "}, MissingField, id="no medium"),
        pytest.param({"questions": ""}, MissingField, id="no questions"),
        pytest.param(
            {"received_at": NOW + timedelta(hours=1)}, StartInFuture, id="not yet received"
        ),
        pytest.param(
            {"deadline_at": NOW - timedelta(hours=2)}, EndBeforeStart, id="deadline before it came"
        ),
    ],
)
def test_what_is_no_enquiry_is_refused(
    db: Database, consultant: Actor, case: Case, change: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        press.add_enquiry(db, consultant, case.id, replace(PAPER, **change))
    assert press.enquiries_of(db, case.id) == []
    assert store.clocks_of(db, case.id) == []


def test_an_answer_settles_its_clock_and_says_how_it_was_answered(
    db: Database, consultant: Actor, case: Case, enquiry: Enquiry
) -> None:
    at = NOW - timedelta(minutes=5)
    answered = press.answer_enquiry(
        db, consultant, enquiry.id, at=at, answer="Erstmeldung vorgelesen", statement_id=7
    )
    assert (answered.settled_as, answered.settled_at, answered.statement_id) == ("answered", at, 7)
    assert not answered.late
    clock = clock_of(db, enquiry)
    assert (clock.settled_as, clock.settled_at, clock.settled_by) == ("done", at, consultant.name)
    assert press.open_enquiries(db, case.id) == []
    actions = [each.action for each in audit.entries(db, case.id)]
    assert {"press_enquiry.added", "press_enquiry.answered", "clock.done"} <= set(actions)


def test_an_answer_after_the_deadline_is_late_and_until_then_it_is_missed(
    db: Database, consultant: Actor, enquiry: Enquiry
) -> None:
    late = NOW + timedelta(hours=4)
    assert not enquiry.missed(NOW)
    assert enquiry.missed(late)
    with time_machine.travel(late, tick=False):
        answered = press.answer_enquiry(db, consultant, enquiry.id, at=late, answer="Anruf")
    assert answered.late
    assert not answered.missed(late)
    assert clock_of(db, enquiry).late


def test_not_answering_needs_a_reason(
    db: Database, consultant: Actor, case: Case, enquiry: Enquiry
) -> None:
    with pytest.raises(ReasonNeeded):
        press.decline_enquiry(db, consultant, enquiry.id, " ")
    declined = press.decline_enquiry(db, consultant, enquiry.id, "Scherzanruf, Redaktion verneint")
    assert declined.settled_as == "declined"
    assert clock_of(db, enquiry).reason == "Scherzanruf, Redaktion verneint"


@pytest.mark.parametrize(
    ("act", "error"),
    [
        pytest.param(
            lambda db, who, number: press.answer_enquiry(db, who, number, at=NOW),
            MissingField,
            id="an answer without words",
        ),
        pytest.param(
            lambda db, who, number: press.answer_enquiry(
                db, who, number, at=NOW + timedelta(hours=1), answer="später"
            ),
            SettledInFuture,
            id="answered in an hour",
        ),
        pytest.param(
            lambda db, who, number: press.change_deadline(db, who, number, NOW, ""),
            ReasonNeeded,
            id="another deadline without a reason",
        ),
        pytest.param(
            lambda db, who, number: press.change_deadline(
                db, who, number, NOW - timedelta(days=1), "vertan"
            ),
            EndBeforeStart,
            id="a deadline before the enquiry",
        ),
        pytest.param(
            lambda db, who, number: press.decline_enquiry(db, who, number + 99, "egal"),
            UnknownEnquiry,
            id="no such enquiry",
        ),
    ],
)
def test_what_is_refused_leaves_the_enquiry_open(
    db: Database,
    consultant: Actor,
    case: Case,
    enquiry: Enquiry,
    act: Callable[[Database, Actor, int], object],
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        act(db, consultant, enquiry.id)
    assert press.open_enquiries(db, case.id) == [enquiry]


def test_a_longer_deadline_moves_the_clock_and_keeps_the_old_one_on_record(
    db: Database, consultant: Actor, enquiry: Enquiry
) -> None:
    later = NOW + timedelta(hours=8)
    moved = press.change_deadline(db, consultant, enquiry.id, later, "Redaktion gibt bis abends")
    assert moved.deadline_at == later
    assert clock_of(db, moved).due_at == later
    assert clock_of(db, enquiry).settled_as == "superseded"
    press.answer_enquiry(db, consultant, enquiry.id, at=NOW, answer="Anruf")
    with pytest.raises(AlreadySettled):
        press.change_deadline(db, consultant, enquiry.id, later, "noch einmal")


def test_a_deadline_that_comes_later_starts_the_clock(
    db: Database, consultant: Actor, case: Case
) -> None:
    made = press.add_enquiry(db, consultant, case.id, replace(PAPER, deadline_at=None))
    moved = press.change_deadline(db, consultant, made.id, NOW + timedelta(hours=1), "nachgereicht")
    assert clock_of(db, moved).due_at == NOW + timedelta(hours=1)


def test_settling_the_clock_settles_the_enquiry_and_opening_again_opens_both(
    db: Database, consultant: Actor, case: Case, enquiry: Enquiry
) -> None:
    store.settle_clock(db, consultant, clock_of(db, enquiry).id, "done", "telefonisch")
    assert press.open_enquiries(db, case.id) == []
    assert press.enquiry_by_id(db, enquiry.id).answer == "telefonisch"
    reopened = press.reopen_enquiry(db, consultant, enquiry.id, "Rückfrage kam")
    assert reopened.settled_at is None
    assert clock_of(db, enquiry).settled_at is None
    assert press.open_enquiries(db, case.id) == [reopened]


def test_what_is_settled_twice_stays_as_it_was_first(
    db: Database, consultant: Actor, colleague: Actor, enquiry: Enquiry
) -> None:
    first = press.answer_enquiry(db, consultant, enquiry.id, at=NOW, answer="Anruf")
    assert press.decline_enquiry(db, colleague, enquiry.id, "doch nicht") == first
