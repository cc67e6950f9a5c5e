"""Closing a case: the figures and the words of its closing report, and what is still open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from access.actor import Actor
from budget import store as budget_store
from budget import words as budget_words
from cases import entered, store
from cases.errors import MeasureIncomplete, OpenItemsLeft, UnreadableDay
from cases.store import Case, claims, press
from cases.store import closing as record
from cases.store.closing import ClosingReport, Lessons, Measure, OpenItem
from data import Home, formats, transaction
from data.i18n import _
from drafting import store as drafting_store
from drafting.approval import STATE_WORDS
from monitoring import mentions
from ui import dossier, figures, paper, report
from ui.casefile import in_german
from ui.paper import Document, Section

_PENDING: Final = ("draft", "review", "approved")


def open_items(db: Database, case: Case) -> list[OpenItem]:
    """What is still open in a case: each is to be acknowledged by whoever closes it."""
    found = [
        OpenItem(
            "clock",
            f"clock:{each.id}:{each.due_at:%Y%m%d%H%M}",
            _("Frist „{title}“, bis {at}").format(title=each.title, at=formats.moment(each.due_at)),
        )
        for each in store.clocks_of(db, case.id, open_only=True)
    ]
    found += [
        OpenItem(
            "statement",
            f"statement:{each.id}:{each.state}",
            _("Stellungnahme „{title}“, {state}").format(
                title=each.title, state=_(STATE_WORDS[each.state])
            ),
        )
        for each in reversed(drafting_store.statements_of(db, case.id))
        if each.state in _PENDING
    ]
    found += [
        OpenItem(
            "enquiry",
            f"enquiry:{each.id}",
            _("Presseanfrage {medium}: {questions}").format(
                medium=each.medium, questions=" ".join(each.questions.split())[:120]
            ),
        )
        for each in press.open_enquiries(db, case.id)
    ]
    found += [
        OpenItem(
            "timer",
            f"timer:{each.id}",
            _("Laufende Zeit von {name}: {activity}").format(
                name=each.person, activity=budget_words.activity(each.activity)
            ),
        )
        for each in budget_store.running_timers(db, case.insured_event_id)
        if each.case_id == case.id
    ]
    found += [
        OpenItem("alert", f"alert:{each.id}", _("Alarm: {text}").format(text=each.text))
        for each in mentions.open_alerts(db, case.id)
    ]
    found += [
        OpenItem(
            "claim",
            f"claim_report:{each.id}",
            _("{title} ist noch ein Entwurf").format(title=each.title),
        )
        for each in claims.reports_of(db, case.id)
        if each.state == "draft"
    ]
    if case.coverage_result == "clarify":
        found.append(OpenItem("coverage", "coverage:clarify", _("Die Deckung ist in Klärung")))
    return found


def close(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    note: str,
    without_report: str = "",
    acknowledged: Collection[str] = (),
) -> Case:
    """Close a case. Everything open must stand in ``acknowledged`` by its key.

    What has become open or has changed since it was shown is not acknowledged. Raises
    OpenItemsLeft, ClosingReportMissing, AlreadyClosed or MissingField.
    """
    with transaction(db):
        items = open_items(db, store.case_by_id(db, case_id))
        left = [each.text for each in items if each.key not in acknowledged]
        if left:
            raise OpenItemsLeft("; ".join(left))
        return record.close_with_record(
            db, actor, case_id, note=note, without_report=without_report, open_items=items
        )


def measures_from(text: str) -> tuple[Measure, ...]:
    """Measures as they were typed, one a line: what; who; by when. Raises MeasureIncomplete."""
    return tuple(_measure(line.strip()) for line in text.splitlines() if line.strip())


def _measure(line: str) -> Measure:
    parts = [each.strip() for each in line.rsplit(";", 2)]
    if len(parts) != 3 or not all(parts):
        raise MeasureIncomplete(line)
    try:
        due_on = entered.read_day(parts[2])
    except UnreadableDay:
        raise MeasureIncomplete(line) from None
    if due_on is None:
        raise MeasureIncomplete(line)
    return Measure(parts[0], parts[1], due_on)


def write_report(
    home: Home,
    actor: Actor,
    case: Case,
    lessons: Lessons,
    at: datetime,
    *,
    idempotency_key: str | None = None,
) -> ClosingReport:
    """Write the next version of the closing report, with the figures of this moment."""
    counted = figures_of(home, case, at)
    return record.write_report(
        home.db(), actor, case.id, lessons, counted, idempotency_key=idempotency_key
    )


def figures_of(home: Home, case: Case, at: datetime) -> list[tuple[str, str]]:
    """The figures of a case as (name, value), in German."""

    def counted() -> list[tuple[str, str]]:
        told = dossier.read(home.db(), case, at, "")
        return figures.rows(told, figures.of(told))

    return in_german(home, counted)


def pdf(home: Home, case: Case, written: ClosingReport, at: datetime) -> bytes:
    """A closing report on paper, with what both sides should know afterwards."""
    return in_german(home, lambda: _pdf(home.db(), case, written, at))


def _pdf(db: Database, case: Case, written: ClosingReport, at: datetime) -> bytes:
    told = dossier.read(db, case, at, written.written_by)
    title = f"Abschlussbericht {case.number}"
    return paper.pdf(
        Document(
            kind="ABSCHLUSSBERICHT",
            title=f"{case.public_name}",
            running=title,
            date=formats.day(written.written_at),
            footer=title,
            sections=[
                Section(
                    "",
                    [
                        paper.facts(
                            [
                                ("Fall", case.number),
                                ("Firma", told.firm.full_name),
                                ("Polizze", told.policy.number),
                                ("Schadennummer", case.claim_number or "noch nicht vergeben"),
                            ]
                        ),
                        *report.closing_parts(written),
                        *report.after_the_case(told),
                    ],
                )
            ],
            made_at=written.written_at,
        )
    )
