"""What is to be done next in a case, joined from all rooms, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from cases import coverage, store
from cases.steps import LAST_STEP, Summary
from cases.store import Case
from cases.store import steps as steps_store
from data import formats
from data.i18n import _, ngettext
from ui import situation


@dataclass(frozen=True)
class Step:
    """One thing to do: what, on which page, what the link says."""

    text: str
    page: str
    label: str


def steps(db: Database, case: Case, at: datetime, new_mentions: int) -> list[Step]:
    """What waits for a decision, then what has a deadline, then what is only open.

    What the owner holds up comes first: nothing leaves the house before it.
    """
    return [
        *_waiting(db, case, at),
        *_deadlines(db, case, at),
        *_to_see(new_mentions),
        *_still_open(db, case),
    ]


def _waiting(db: Database, case: Case, at: datetime) -> list[Step]:
    return [
        Step(
            _("Freigabe „{title}“ wartet bei {name} {since}").format(
                title=waiting.text, name=waiting.kind, since=formats.since(waiting.at, at)
            ),
            "statements",
            _("öffnen"),
        )
        for waiting in situation.waiting_approvals(db, case.id, at)
    ]


def _deadlines(db: Database, case: Case, at: datetime) -> list[Step]:
    return [
        Step(f"{clock.title}, {formats.due(clock.due_at, at)}", "clocks", _("öffnen"))
        for clock in store.clocks_of(db, case.id, open_only=True)
    ]


def _to_see(new_mentions: int) -> list[Step]:
    if not new_mentions:
        return []
    text = ngettext("{count} Meldung sichten", "{count} Meldungen sichten", new_mentions)
    return [Step(text.format(count=new_mentions), "mentions", _("sichten"))]


def _still_open(db: Database, case: Case) -> list[Step]:
    found = []
    passed = steps_store.summary(db, case.id)
    if passed.number is not None:
        found.append(Step(_at_work(passed), "steps", _("abarbeiten")))
    if case.coverage_result == "clarify":
        found.append(Step(_open_question(db, case), "coverage", _("klären")))
    if not any(person.may_approve for person in store.people_of(db, case.firm_id)):
        found.append(
            Step(_("Niemand der Firma darf freigeben (NA-20)"), "firm", _("Person nennen"))
        )
    return found


def _at_work(passed: Summary) -> str:
    """The step at work; more than one open point is counted, the page of the steps names them."""
    count = len(passed.open_points)
    if not passed.number or count < 2:
        return passed.text
    return _("Schritt {number} von {last}: {title}; {count} Punkte offen").format(
        number=passed.number, last=LAST_STEP, title=passed.title, count=count
    )


def _open_question(db: Database, case: Case) -> str:
    newest = next(iter(store.coverage_of(db, case.id)), None)
    asked = coverage.questions(coverage.from_json(newest.answers)) if newest else ()
    if not asked:
        return _("Deckung ist zu klären")
    return _("Deckung klären: {question}").format(question=asked[0].question)
