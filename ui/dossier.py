"""Everything the records hold about one case, read from all rooms at one moment.

The case file, its report on paper and the closing report are made from it. For the insurer it
is cut down to what the insurer needs to know (:func:`for_insurer`); a lawyer gets all of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from sqlite_utils import Database

from access import chain
from budget import settlement
from budget import store as budget_store
from budget.entry import Entry, EventBudget
from budget.report import Report
from cases import evidence, store
from cases.evidence import Bundle
from cases.readiness import Sheet
from cases.stakeholders import Line as StakeholderLine
from cases.steps import StepState
from cases.store import (
    Case,
    CaseClock,
    Contact,
    CoverageRecord,
    Firm,
    Incident,
    InsuredEvent,
    Person,
    Policy,
    TimelineEntry,
    assistance,
    claims,
    closing,
    costs,
    events,
    incidents,
    onsite,
    open_points,
    options,
    people,
    press,
    readiness,
    record,
    stakeholders,
    steps,
    tasks,
)
from cases.store import clocks as clock_store
from cases.store.assistance import AffectedSystem, Help, Permission, SystemChange
from cases.store.claims import ClaimNumber, ClaimReport
from cases.store.clocks import ClockEvent
from cases.store.closing import Closing, ClosingReport
from cases.store.costs import CaseCost, RestorationRun
from cases.store.incidents import Link
from cases.store.onsite import Visit
from cases.store.open_points import OpenPointDecision
from cases.store.options import Attack
from cases.store.people import Authority
from cases.store.press import Enquiry
from cases.store.record import FactVersion, HandedOver
from cases.store.tasks import Task
from data.times import local
from drafting import approval as approval_rules
from drafting import mask
from drafting import store as drafting_store
from drafting.approval import Content, FactRef, Recipient
from drafting.store import (
    Approval,
    Delivery,
    GateConsent,
    Override,
    Posting,
    Release,
    Review,
    Statement,
    StoredRecipient,
    Version,
)
from monitoring import mentions
from monitoring.mentions import Mention, RaisedAlert, Story

Level = Literal["insurer", "lawyer"]
LEVELS: Final[tuple[Level, ...]] = ("insurer", "lawyer")

# Notes are the desk's own, a handover is how it organises itself, and of the hours the entries
# say what was booked internally too: the hours themselves stand in the report.
_INTERNAL_KINDS: Final = frozenset({"note", "handover", "hours"})
_EVERYTHING: Final = 1_000_000
_MAY_BE_PERSONAL: Final = re.compile(r"@|\+\d|\b0\d{2,}|\b[A-Z]{2}\d{2}[ \d]{8,}|\d{4}[ /]?\d{4,}")
_MASK_WORDS: Final = {
    "email": "[E-Mail-Adresse]",
    "phone": "[Telefonnummer]",
    "iban": "[Kontonummer]",
    "svnr": "[Versicherungsnummer]",
    "card": "[Kartennummer]",
    "birth_date": "[Geburtsdatum]",
}


@dataclass(frozen=True)
class IncidentRecord:
    """An IT incident of the case with all that is written down about it."""

    incident: Incident
    link: Link
    changes: tuple[incidents.Change, ...]
    systems: tuple[AffectedSystem, ...]
    system_changes: tuple[SystemChange, ...]
    permissions: tuple[Permission, ...]
    help: tuple[Help, ...]


@dataclass(frozen=True)
class Bound:
    """An approval, or a release, with the content it is bound to where it can be told.

    ``content`` is None where the content cannot be put together any more: an approval that has
    become stale, or one whose recipients are left out of this file.
    """

    version: int
    content_hash: str
    content: Content | None


@dataclass(frozen=True)
class StatementRecord:
    """A statement with its versions, its way to the release, and what became of it."""

    statement: Statement
    versions: tuple[Version, ...]
    recipients: tuple[StoredRecipient, ...]
    recipient_count: int
    attachments: tuple[str, ...]
    reviews: tuple[Review, ...]
    overrides: tuple[Override, ...]
    consents: tuple[GateConsent, ...]
    approvals: tuple[Approval, ...]
    bound: tuple[Bound, ...]
    release: Release | None
    released_version: Version | None
    deliveries: tuple[Delivery, ...]
    delivery_counts: tuple[tuple[str, int], ...]
    postings: tuple[Posting, ...]

    def version_number(self, version_id: int) -> int:
        """The number of the version with this id."""
        return next(each.version for each in self.versions if each.id == version_id)


@dataclass(frozen=True)
class AttackRecord:
    """An allegation against the firm, and what was decided against it, oldest first."""

    attack: Attack
    decisions: tuple[options.Decision, ...]


@dataclass(frozen=True)
class ClockRecord:
    """A clock with its history."""

    clock: CaseClock
    history: tuple[ClockEvent, ...]


@dataclass(frozen=True)
class Dossier:
    """One case, read at ``read_at`` for ``level``. ``left_out`` is what the level holds back."""

    level: Level
    read_at: datetime
    made_by: str
    case: Case
    firm: Firm
    policy: Policy
    event: InsuredEvent
    moves: tuple[events.Move, ...]
    people: tuple[Person, ...]
    authorities: tuple[Authority, ...]
    contacts: tuple[Contact, ...]
    readiness: Sheet
    coverage: tuple[CoverageRecord, ...]
    settings: dict[str, str]
    decisions: tuple[OpenPointDecision, ...]
    incidents: tuple[IncidentRecord, ...]
    facts: tuple[FactVersion, ...]
    timeline: tuple[TimelineEntry, ...]
    mentions: tuple[Mention, ...]
    stories: tuple[Story, ...]
    alerts: tuple[RaisedAlert, ...]
    statements: tuple[StatementRecord, ...]
    evidence: Bundle
    clocks: tuple[ClockRecord, ...]
    enquiries: tuple[Enquiry, ...]
    handovers: tuple[HandedOver, ...]
    steps: tuple[StepState, ...]
    stakeholders: tuple[StakeholderLine, ...]
    attacks: tuple[AttackRecord, ...]
    entries: tuple[Entry, ...]
    report: Report
    budget: EventBudget
    costs: tuple[CaseCost, ...]
    restoration: tuple[RestorationRun, ...]
    visits: tuple[Visit, ...]
    tasks: tuple[Task, ...]
    claim_numbers: tuple[ClaimNumber, ...]
    claim_reports: tuple[ClaimReport, ...]
    closing_reports: tuple[ClosingReport, ...]
    closing: Closing | None
    audit: chain.Slice
    left_out: tuple[str, ...] = ()


@contextmanager
def one_moment(db: Database) -> Iterator[None]:
    """Read all of it as it stood at one moment, without keeping anybody from writing."""
    if db.conn.in_transaction:
        yield
        return
    db.conn.execute("BEGIN")
    try:
        yield
    finally:
        db.conn.rollback()


def read(db: Database, case: Case, at: datetime, made_by: str) -> Dossier:
    """Everything about a case, as it stands at one moment."""
    with one_moment(db):
        return _read(db, case, at, made_by)


def _read(db: Database, case: Case, at: datetime, made_by: str) -> Dossier:
    event = store.event_by_id(db, case.insured_event_id)
    policy = store.policy_by_id(db, event.policy_id, local(event.occurred_at).date())
    team = store.people_of(db, case.firm_id)
    facts = record.fact_versions_of(db, case.id)
    return Dossier(
        level="lawyer",
        read_at=at,
        made_by=made_by,
        case=case,
        firm=store.firm_by_id(db, case.firm_id),
        policy=policy,
        event=event,
        moves=tuple(
            each for each in events.moves_of_event(db, event.id) if each.case_id == case.id
        ),
        people=tuple(team),
        authorities=tuple(
            granted for each in team for granted in people.authorities_of(db, each.id)
        ),
        contacts=tuple(store.contacts_of(db, case.id)),
        readiness=readiness.sheet_of(db, case.firm_id),
        coverage=tuple(store.coverage_of(db, case.id)),
        settings=open_points.settings_of(db, policy.id),
        decisions=tuple(open_points.history_of(db, policy.id)),
        incidents=tuple(_incidents(db, case)),
        facts=tuple(facts),
        timeline=tuple(reversed(store.timeline_of(db, case.id, limit=_EVERYTHING))),
        mentions=tuple(mentions.list_mentions(db, case.id, limit=_EVERYTHING)),
        stories=tuple(mentions.stories_of(db, case.id, limit=_EVERYTHING)),
        alerts=tuple(mentions.alerts_of(db, case.id, limit=_EVERYTHING)),
        statements=tuple(
            _statement(db, each, facts)
            for each in reversed(drafting_store.statements_of(db, case.id))
        ),
        evidence=evidence.bundle_of(db, case.id),
        clocks=tuple(
            ClockRecord(each, tuple(clock_store.history_of(db, each.id)))
            for each in store.clocks_of(db, case.id)
        ),
        enquiries=tuple(reversed(press.enquiries_of(db, case.id))),
        handovers=tuple(record.handovers_of(db, case.id)),
        steps=steps.standing_of(db, case.id),
        stakeholders=tuple(stakeholders.matrix_of(db, case.id, at)),
        attacks=tuple(
            AttackRecord(each, tuple(options.decisions_of(db, each.id)))
            for each in reversed(options.attacks_of(db, case.id))
        ),
        entries=tuple(budget_store.entries_of(db, case.id)),
        report=report_of(db, case, at, made_by),
        budget=budget_store.event_state(db, event.id, at),
        costs=tuple(costs.costs_of(db, case.id)),
        restoration=tuple(costs.runs_of(db, case.id)),
        visits=tuple(
            each for each in onsite.visits_of_policy(db, policy.id) if each.case_id == case.id
        ),
        tasks=tuple(
            each for each in tasks.tasks_of_firm(db, case.firm_id) if each.case_id == case.id
        ),
        claim_numbers=tuple(claims.claim_numbers_of(db, case.id)),
        claim_reports=tuple(claims.reports_of(db, case.id)),
        closing_reports=tuple(closing.reports_of(db, case.id)),
        closing=closing.closing_of(db, case.id),
        audit=chain.slice_of(db, case.id),
    )


def _incidents(db: Database, case: Case) -> Iterator[IncidentRecord]:
    for link in incidents.links_of(db, case.id):
        number = link.incident_id
        yield IncidentRecord(
            incident=store.incident_by_id(db, number),
            link=link,
            changes=tuple(incidents.changes_of(db, number)),
            systems=tuple(assistance.systems_of(db, number)),
            system_changes=tuple(assistance.system_changes_of(db, number)),
            permissions=tuple(assistance.permissions_of(db, number)),
            help=tuple(assistance.help_of(db, number)),
        )


def report_of(db: Database, case: Case, at: datetime, made_by: str) -> Report:
    """The hours as the payer sees them now. Nothing is settled or locked by looking at it.

    Where the newest export still holds, it is that one; else a state of the day.
    """
    event = store.event_by_id(db, case.insured_event_id)
    present = settlement.report_of(
        case=case,
        firm=store.firm_by_id(db, case.firm_id),
        policy_number=store.policy_by_id(db, event.policy_id).number,
        event=event,
        entries=budget_store.entries_of(db, case.id),
        drawing=budget_store.entries_of_event(db, event.id),
        consents=budget_store.consents_of(db, event.id),
        corrections=budget_store.corrections_of(db, case.id),
        number=0,
        exported_at=at,
        exported_by=made_by,
    )
    last = budget_store.last_report(db, case.id)
    if last is not None and last.rows_sha256 == present.rows_sha256:
        return last
    return replace(present, label=f"{case.number}, Stand {local(at):%d.%m.%Y %H:%M}")


# Statements ------------------------------------------------------------------------------------


def _statement(db: Database, statement: Statement, facts: list[FactVersion]) -> StatementRecord:
    versions = drafting_store.versions_of(db, statement.id)
    by_id = {each.id: each for each in versions}
    recipients = tuple(drafting_store.recipients_of(db, statement.id))
    attachments = tuple(each.sha256 for each in drafting_store.attachments_of(db, statement.id))
    approvals = drafting_store.approvals_of(db, statement.id)
    release = drafting_store.release_of(db, statement.id)
    decided = [(each.version_id, each.content_hash, each.at) for each in approvals]
    if release is not None:
        decided.append((release.version_id, release.content_hash, release.at))
    deliveries = tuple(drafting_store.deliveries_of(db, release.id)) if release else ()
    return StatementRecord(
        statement=statement,
        versions=tuple(sorted(versions, key=lambda each: each.version)),
        recipients=recipients,
        recipient_count=len(recipients),
        attachments=attachments,
        reviews=tuple(drafting_store.reviews_of(db, statement.id)),
        overrides=tuple(
            found for each in versions for found in drafting_store.overrides_of(db, each.id)
        ),
        consents=tuple(drafting_store.consents_of(db, statement.id)),
        approvals=tuple(approvals),
        bound=tuple(
            Bound(
                by_id[version_id].version,
                digest,
                _content_with(
                    digest, statement, by_id[version_id], recipients, attachments, facts, at
                ),
            )
            for version_id, digest, at in decided
        ),
        release=release,
        released_version=by_id[release.version_id] if release else None,
        deliveries=deliveries,
        delivery_counts=tuple(sorted(Counter(each.state for each in deliveries).items())),
        postings=tuple(drafting_store.postings_of(db, release.id)) if release else (),
    )


def _content_with(
    digest: str,
    statement: Statement,
    version: Version,
    recipients: tuple[StoredRecipient, ...],
    attachments: tuple[str, ...],
    facts: list[FactVersion],
    at: datetime,
) -> Content | None:
    """The content with this hash, put together as it stood at ``at``; None where it differs."""
    newest = {each.fact_id: each.version for each in facts if each.recorded_at <= at}
    content = Content(
        text=version.text,
        title=statement.title,
        channel=statement.channel,
        language=statement.language,
        audience=statement.audience,
        recipients=tuple(
            Recipient(each.name, each.email, each.address_kind) for each in recipients
        ),
        attachments=attachments,
        facts=tuple(
            FactRef(each.fact_id, newest.get(each.fact_id, each.version)) for each in version.facts
        ),
    )
    return content if approval_rules.content_hash(content) == digest else None


# What leaves the house --------------------------------------------------------------------------


def for_level(dossier: Dossier, level: Level) -> Dossier:
    """The dossier for one reader: a lawyer gets everything, the insurer what it needs to know."""
    return for_insurer(dossier) if level == "insurer" else dossier


def for_insurer(dossier: Dossier) -> Dossier:
    """Without internal notes, internal work, and the contact data of third parties.

    Names and figures that the insurer decides on stay; so do the exact words that were released.
    """
    hidden = [each for each in dossier.timeline if each.kind in _INTERNAL_KINDS]
    internal = [each for each in dossier.entries if not settlement.is_exported(each)]
    return replace(
        dossier,
        level="insurer",
        case=replace(dossier.case, callback_number=""),
        people=tuple(replace(each, email="", phone="") for each in dossier.people),
        contacts=(),
        timeline=tuple(
            replace(each, text=masked(each.text), details={})
            for each in dossier.timeline
            if each.kind not in _INTERNAL_KINDS
        ),
        mentions=tuple(
            replace(each, author=None, title=masked(each.title), text=masked(each.text))
            for each in dossier.mentions
        ),
        stories=tuple(replace(each, title=masked(each.title)) for each in dossier.stories),
        alerts=tuple(replace(each, text=masked(each.text)) for each in dossier.alerts),
        statements=tuple(_statement_for_insurer(each) for each in dossier.statements),
        enquiries=tuple(
            replace(each, journalist="", reach_at="", questions=masked(each.questions))
            for each in dossier.enquiries
        ),
        handovers=(),
        attacks=tuple(
            replace(each, attack=replace(each.attack, author="")) for each in dossier.attacks
        ),
        entries=tuple(
            replace(each, internal_note="")
            for each in dossier.entries
            if settlement.is_exported(each)
        ),
        audit=replace(dossier.audit, entries=()),
        left_out=tuple(_left_out(dossier, len(hidden), len(internal))),
    )


def _statement_for_insurer(told: StatementRecord) -> StatementRecord:
    return replace(
        told,
        recipients=(),
        deliveries=(),
        approvals=tuple(replace(each, call_back_number="") for each in told.approvals),
        bound=tuple(replace(each, content=None) for each in told.bound),
    )


def _left_out(dossier: Dossier, hidden: int, internal: int) -> Iterator[str]:
    if hidden:
        noun = "interner Eintrag" if hidden == 1 else "interne Einträge"
        yield f"{hidden} {noun} der Zeitleiste (Notizen, Übergaben, Buchungen)"
    if internal:
        noun = "Buchung" if internal == 1 else "Buchungen"
        yield f"{internal} {noun} interner oder zurückgenommener Arbeit"
    if dossier.handovers:
        yield "die Übergaben zwischen Diensten"
    if dossier.contacts:
        yield "die Kontakte außerhalb der Firma"
    if any(each.recipients for each in dossier.statements):
        yield "Namen und Adressen der Empfänger von Aussendungen"
    if any(each.author for each in dossier.mentions) or any(
        each.attack.author for each in dossier.attacks
    ):
        yield "Namen der Verfasser von Meldungen"
    redacted = sum(1 for each in dossier.evidence.pieces if each.evidence.original_id is not None)
    if redacted:
        yield "Originale, von denen es eine geschwärzte Kopie gibt"
    yield "Inhalt der Einträge der Prüfkette"


def masked(text: str) -> str:
    """``text`` without e-mail addresses, telephone and account numbers, and the like."""
    if not _MAY_BE_PERSONAL.search(text):
        return text
    found = {(start, end): kind for start, end, kind in mask.find(text) if kind in _MASK_WORDS}
    # Of telephone numbers all: beside the word "Zentrale" even a private one counts as a hotline.
    for start, end in mask.phone_numbers(text):
        if all(end <= first or last <= start for first, last in found):
            found[start, end] = "phone"
    shown = text
    for (start, end), kind in sorted(found.items(), reverse=True):
        shown = shown[:start] + _MASK_WORDS[kind] + shown[end:]
    return shown


def with_evidence(dossier: Dossier, bundle: Bundle) -> Dossier:
    """The dossier with the evidence as it stands a moment later."""
    return replace(dossier, evidence=bundle)
