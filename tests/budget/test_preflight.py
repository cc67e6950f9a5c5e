"""What a reviewer would object to."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlite_utils import Database

from access.actor import Actor
from budget import preflight, store
from budget.entry import Cost, Work
from budget.worktime import WorkTime
from cases import store as cases_store
from cases.store import Case
from data.times import read_moment


def book(
    db: Database, actor: Actor, case: Case, start: str, hours: float, text: str, activity: str
) -> int:
    began = read_moment(start)
    work = WorkTime(began, began + timedelta(hours=hours))
    return store.book_work(db, actor, case.id, Work(work, 100, activity, text)).id


def kinds(db: Database, case: Case, closed_at: datetime | None = None) -> list[str]:
    drawing = store.entries_of_event(db, case.insured_event_id)
    found = preflight.findings(
        store.entries_of(db, case.id),
        called_at=case.called_at,
        closed_at=closed_at,
        consents=store.consents_by_entry(db, case.insured_event_id),
    )
    assert {each.entry_id for each in found} <= {each.id for each in drawing}
    return [each.kind for each in found]


@pytest.mark.parametrize(
    ("text", "hours", "expected"),
    [
        pytest.param("Besprechung", 0.25, ["vague"], id="one word"),
        pytest.param("div. Telefonat", 0.25, ["vague"], id="two words that say nothing"),
        pytest.param("Besprechung der Erstmeldung mit Inhaber", 0.25, [], id="with its object"),
        pytest.param("Erstmeldung entworfen", 2, [], id="plain"),
        pytest.param("Entwurf und Versand der Meldung", 1, ["block"], id="two activities"),
        pytest.param("Entwurf und Versand der Meldung", 0.25, [], id="too short to split"),
        pytest.param("Paddelverleih: Antwort an Kundin", 1, [], id="harmless words"),
        pytest.param("Monitoring über Nacht", 11, ["long_day"], id="a long day"),
    ],
)
def test_texts_and_days(
    db: Database, consultant: Actor, case: Case, text: str, hours: float, expected: list[str]
) -> None:
    book(db, consultant, case, "2026-03-10T10:20", hours, text, "writing")
    assert kinds(db, case) == expected


def test_two_people_in_one_call(
    db: Database, consultant: Actor, colleague: Actor, case: Case
) -> None:
    book(db, consultant, case, "2026-03-10T10:20", 1, "Anruf der Zeitung angenommen", "media")
    book(db, colleague, case, "2026-03-10T10:50", 1, "Anruf der Zeitung angenommen", "media")
    book(db, colleague, case, "2026-03-10T11:50", 1, "Erstmeldung entworfen", "writing")
    assert kinds(db, case) == ["together"]


def test_work_outside_the_case(db: Database, consultant: Actor, case: Case) -> None:
    book(db, consultant, case, "2026-03-10T09:24", 0.5, "Lage der Firma erhoben", "situation")
    book(db, consultant, case, "2026-03-12T10:00", 0.5, "Schlussbericht verfasst", "follow_up")
    assert kinds(db, case) == ["before_case"]
    assert kinds(db, case, read_moment("2026-03-12T09:00")) == ["before_case", "after_case"]


def test_over_the_cap_without_consent(db: Database, consultant: Actor, case: Case) -> None:
    paid = Cost(read_moment("2026-03-10T12:00"), 250100, "Aussendung über Verteiler", "R")
    store.book_cost(db, consultant, case.id, paid)
    assert kinds(db, case) == ["no_consent"]
    store.record_consent(
        db, consultant, case.id, kind="consent", ceiling_cents=100, text="ja", person="Aigner",
        channel="telephone", happened_at=read_moment("2026-03-10T11:00"),
    )  # fmt: skip
    assert kinds(db, case) == []


def test_internal_work_is_nobodys_business(db: Database, consultant: Actor, case: Case) -> None:
    began = read_moment("2026-03-10T09:00")
    work = Work(WorkTime(began, began), 100, "", "Besprechung", kind="internal")
    store.book_work(db, consultant, case.id, work)
    assert kinds(db, case) == []
    assert cases_store.timeline_of(db, case.id)
