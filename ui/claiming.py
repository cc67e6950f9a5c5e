"""Composing a report to the insurer from the case, checking its words, recording that it went.

The composing joins rooms (hours, evidence, clocks), the check is the one every text of a case
goes through (3.5: no admission without the insurer). Nothing is sent from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from access.actor import Actor
from budget import store as budget_store
from budget.settlement import is_exported
from cases import claims, store, words
from cases.claims import Happening, Head, ReportedClock
from cases.errors import ReportTextChanged
from cases.evidence import evidence_of
from cases.store import Case
from cases.store import claims as record
from cases.store.claims import ClaimReport, Sending
from data import Home, formats, transaction
from drafting import check
from drafting.check import Finding
from ui import paper
from ui.casefile import in_german
from ui.paper import Document, Section

# What a report to the insurer must not say of itself; that there is an insurance it may.
_LOOKED_FOR: Final = frozenset({"liability", "promise", "blame", "insult", "perpetrator"})
_MEASURE_KINDS: Final = frozenset({"release", "approval", "incident", "press", "evidence"})
_MOST_MEASURES: Final = 15


@dataclass(frozen=True)
class Composed:
    """A report as it would be sent now: its words, their hash, and what the check says."""

    text: str
    sha256: str
    findings: tuple[Finding, ...]


def head_of(db: Database, case: Case) -> Head:
    """What stands above a report of this case; the claim number as it is now (EX-08b)."""
    event = store.event_by_id(db, case.insured_event_id)
    policy = store.policy_by_id(db, event.policy_id)
    return Head(
        case_number=case.number,
        firm=store.firm_by_id(db, case.firm_id).full_name,
        policy_number=policy.number,
        event_number=event.number,
        claim_number=store.case_by_id(db, case.id).claim_number,
        insurer=policy.insurer,
    )


def first_body(
    home: Home,
    case: Case,
    at: datetime,
    *,
    expected_seconds: int | None = None,
    reserve_cents: int | None = None,
) -> str:
    """The words of the first report as the case knows them, to be read and changed."""
    return in_german(
        home,
        lambda: claims.first_body(_happening(home.db(), case, at, expected_seconds, reserve_cents)),
    )


def _happening(
    db: Database,
    case: Case,
    at: datetime,
    expected_seconds: int | None,
    reserve_cents: int | None,
) -> Happening:
    event = store.event_by_id(db, case.insured_event_id)
    budget = budget_store.event_state(db, event.id, at)
    decision = next((each.decision for each in store.coverage_of(db, case.id)), {})
    entries = [each for each in budget_store.entries_of(db, case.id) if is_exported(each)]
    return Happening(
        what=event.title,
        occurred_at=event.occurred_at,
        called_at=case.called_at,
        public_name=case.public_name,
        coverage=str(decision.get("explanation", "Noch nicht entschieden.")),
        rules=tuple((each["id"], each["quote"]) for each in decision.get("rules", [])),
        incidents=tuple(
            f"{each.number}, {words.incident_kind(each.kind)} am "
            f"{formats.moment(each.happened_at)}" + (f": {each.summary}" if each.summary else "")
            for each in store.incidents_of(db, case.id)
        ),
        measures=tuple(_measures(db, case)),
        booked_seconds=sum(each.billed_seconds for each in entries),
        covered_cents=budget.covered_cents,
        overflow_cents=budget.overflow_cents,
        cap_cents=budget.cap_cents,
        basis="brutto" if budget.basis == "gross" else "netto",
        evidence=tuple(
            f"B{each.id} {each.file_name} (SHA-256 {each.sha256})"
            for each in reversed(evidence_of(db, case.id))
            if each.original_id is None
        ),
        clocks=tuple(
            ReportedClock(each.title, each.due_at, "überfällig" if each.due_at < at else "offen")
            for each in store.clocks_of(db, case.id, open_only=True)
        ),
        expected_seconds=expected_seconds,
        reserve_cents=reserve_cents,
    )


def _measures(db: Database, case: Case) -> list[str]:
    """What was done so far, from the timeline; the desk strikes out what is too much."""
    told = [
        f"{formats.moment(each.happened_at)}: {each.text}"
        for each in reversed(store.timeline_of(db, case.id, limit=1000))
        if each.kind in _MEASURE_KINDS and each.corrected_by_id is None
    ]
    return told[-_MOST_MEASURES:]


def compose(db: Database, case: Case, report: ClaimReport, recipient: str = "") -> Composed:
    """A draft as it would be sent now, with what the check says about it."""
    text = claims.full_text(
        head_of(db, case), report.number, report.subject, report.body, recipient.strip()
    )
    return Composed(text, claims.text_hash(text), findings_of(f"{report.subject}\n{report.body}"))


def findings_of(text: str) -> tuple[Finding, ...]:
    """What stands against saying this to the insurer: admissions, promises, blame (3.5)."""
    checked = check.check(check.Draft(text=text, channel="partner_letter", language="de"))
    return tuple(each for each in checked.findings if each.kind in _LOOKED_FOR)


def record_sent(
    db: Database,
    actor: Actor,
    case: Case,
    report_id: int,
    sending: Sending,
    *,
    shown_sha256: str,
) -> ClaimReport:
    """Keep that a draft was sent, with the words that were shown.

    Raises ReportTextChanged where they are others by now, and what
    :func:`cases.store.claims.record_sent` raises.
    """
    with transaction(db):
        report = record.report_by_id(db, case.id, report_id)
        composed = compose(db, case, report, sending.recipient)
        if composed.sha256 != shown_sha256:
            raise ReportTextChanged
        return record.record_sent(
            db,
            actor,
            case.id,
            report_id,
            sending,
            text=composed.text,
            findings=[f"{each.quote}: {each.message}" for each in composed.findings],
        )


def pdf(text: str, title: str, case: Case, at: datetime) -> bytes:
    """The report on paper, word for word."""
    return paper.pdf(
        Document(
            kind="AN DEN VERSICHERER",
            title=title,
            running=f"{title} · Fall {case.number}",
            date=formats.day(at),
            footer=f"{case.number} · SHA-256 des Textes {claims.text_hash(text)[:16]}…",
            sections=[Section("", [paper.lines(text)])],
            made_at=at,
        )
    )
