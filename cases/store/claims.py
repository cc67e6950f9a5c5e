"""Reports to the insurer, how they were sent, and the claim numbers it gave (EX-08, EX-08b)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.claims import METHODS, RECIPIENT_KINDS, Method, RecipientKind, report_title, text_hash
from cases.errors import (
    FindingsNeedReason,
    InFuture,
    MissingField,
    ReasonForChange,
    ReportDraftOpen,
    ReportSettled,
    UnknownReport,
)
from cases.store.cases import case_by_id
from cases.store.rows import insert
from cases.store.timeline import add_timeline_entry
from data import InputError, now, parse_utc, transaction, utc_text
from data.i18n import _


@dataclass(frozen=True)
class ClaimNumber:
    """A claim number (Schadennummer) as the insurer gave it; the newest one holds."""

    number: str
    given_by: str
    given_at: datetime
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class Sending:
    """How a report was sent, as the desk says it. ``reference`` is the receipt, if there is one."""

    recipient_kind: RecipientKind
    recipient: str
    method: Method
    sent_at: datetime
    sent_by: str
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Dispatch:
    """A report that was sent: to whom, how, when, by whom, and its exact text with its hash.

    ``findings`` are what the check still said about the text, ``reason`` why it went out so.
    """

    recipient_kind: str
    recipient: str
    method: str
    sent_at: datetime
    sent_by: str
    text: str
    sha256: str
    reference: str
    findings: tuple[str, ...]
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class ClaimReport:
    """The first report (number 0) or an addition (1 and on); draft, sent or discarded."""

    id: int
    case_id: int
    number: int
    state: str
    subject: str
    body: str
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    dispatch: Dispatch | None = None

    @property
    def title(self) -> str:
        """Schadenmeldung, Nachmeldung 1, …"""
        return report_title(self.number)


# Claim numbers ---------------------------------------------------------------------------------


def record_claim_number(
    db: Database,
    actor: Actor,
    case_id: int,
    number: str,
    *,
    given_by: str,
    given_at: datetime,
    reason: str = "",
    idempotency_key: str | None = None,
) -> ClaimNumber:
    """Keep the number the insurer has given; the one before stays in the history.

    Another number than the one before needs a reason. Raises MissingField, ReasonForChange,
    InFuture.
    """
    number = " ".join(number.split())
    for label, value in ((_("Schadennummer"), number), (_("Wer sie vergeben hat"), given_by)):
        if not value.strip():
            raise MissingField(label)
    if given_at > now():
        raise InFuture
    with transaction(db):
        known = db.execute(
            "SELECT 1 FROM claim_number WHERE idempotency_key = ?", [idempotency_key]
        ).fetchone()
        given = claim_numbers_of(db, case_id)
        if known or (given and given[0].number == number):
            return given[0]
        before = case_by_id(db, case_id).claim_number
        if before not in ("", number) and not reason.strip():
            raise ReasonForChange
        insert(
            db,
            "claim_number",
            {
                "case_id": case_id,
                "number": number,
                "given_by": given_by.strip(),
                "given_at": utc_text(given_at),
                "reason": reason.strip(),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
                "idempotency_key": idempotency_key,
            },
        )
        db.execute("UPDATE crisis_case SET claim_number = ? WHERE id = ?", [number, case_id])
        audit.record(
            db,
            actor,
            "claim_number.recorded",
            f"crisis_case:{case_id}",
            case_id=case_id,
            details={"number": number, "before": before, "reason": reason.strip()},
        )
        said = _("Schadennummer {number}, vergeben von {name}").format(
            number=number, name=given_by.strip()
        )
        if before not in ("", number):
            said = _("{said} (bisher {before}: {reason})").format(
                said=said, before=before, reason=reason.strip()
            )
        add_timeline_entry(db, actor, case_id, happened_at=given_at, kind="status", text=said)
    return claim_numbers_of(db, case_id)[0]


def claim_numbers_of(db: Database, case_id: int) -> list[ClaimNumber]:
    """The claim numbers of a case, the one that holds first."""
    rows = db.query(
        "SELECT number, given_by, given_at, reason, recorded_at, recorded_by FROM claim_number"
        " WHERE case_id = ? ORDER BY id DESC",
        [case_id],
    )
    return [ClaimNumber(**_moments(row, "given_at", "recorded_at")) for row in rows]


def _moments(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {**row, **{name: parse_utc(row[name]) for name in names}}


# Reports ---------------------------------------------------------------------------------------


def begin_report(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    subject: str,
    body: str,
    idempotency_key: str | None = None,
) -> ClaimReport:
    """Begin the first report of a case, or its next addition; the numbers run on without a gap.

    Raises MissingField, or ReportDraftOpen while another one waits to be sent.
    """
    _require_text(subject, body)
    with transaction(db):
        known = db.execute(
            "SELECT id FROM claim_report WHERE idempotency_key = ?", [idempotency_key]
        ).fetchone()
        if known:
            return report_by_id(db, case_id, known[0])
        kept = [each for each in reports_of(db, case_id) if each.state != "discarded"]
        waiting = next((each for each in kept if each.state == "draft"), None)
        if waiting is not None:
            raise ReportDraftOpen(waiting.title)
        at = utc_text(now())
        report_id = insert(
            db,
            "claim_report",
            {
                "case_id": case_id,
                "number": len(kept),
                "state": "draft",
                "subject": subject.strip(),
                "body": body.strip(),
                "created_at": at,
                "created_by": actor.name,
                "changed_at": at,
                "changed_by": actor.name,
                "idempotency_key": idempotency_key,
            },
        )
        audit.record(
            db,
            actor,
            "claim_report.begun",
            f"claim_report:{report_id}",
            case_id=case_id,
            details={"number": len(kept)},
        )
    return report_by_id(db, case_id, report_id)


def _require_text(subject: str, body: str) -> None:
    for label, value in ((_("Betreff"), subject), (_("Text"), body)):
        if not value.strip():
            raise MissingField(label)


def _draft(db: Database, case_id: int, report_id: int) -> ClaimReport:
    report = report_by_id(db, case_id, report_id)
    if report.state != "draft":
        raise ReportSettled(report.title)
    return report


def change_report(
    db: Database, actor: Actor, case_id: int, report_id: int, *, subject: str, body: str
) -> ClaimReport:
    """Replace the words of a draft. Raises MissingField, UnknownReport, ReportSettled."""
    _require_text(subject, body)
    with transaction(db):
        before = _draft(db, case_id, report_id)
        if (before.subject, before.body) == (subject.strip(), body.strip()):
            return before
        db.execute(
            "UPDATE claim_report SET subject = ?, body = ?, changed_at = ?, changed_by = ?"
            " WHERE id = ?",
            [subject.strip(), body.strip(), utc_text(now()), actor.name, report_id],
        )
        audit.record(
            db,
            actor,
            "claim_report.changed",
            f"claim_report:{report_id}",
            case_id=case_id,
            details={"before_sha256": text_hash(before.body), "sha256": text_hash(body.strip())},
        )
    return report_by_id(db, case_id, report_id)


def discard_report(
    db: Database, actor: Actor, case_id: int, report_id: int, reason: str
) -> ClaimReport:
    """Give a draft up; it stays on record. Raises ReasonForChange, UnknownReport, ReportSettled."""
    if not reason.strip():
        raise ReasonForChange
    with transaction(db):
        _draft(db, case_id, report_id)
        db.execute("UPDATE claim_report SET state = 'discarded' WHERE id = ?", [report_id])
        audit.record(
            db,
            actor,
            "claim_report.discarded",
            f"claim_report:{report_id}",
            case_id=case_id,
            details={"reason": reason.strip()},
        )
    return report_by_id(db, case_id, report_id)


def record_sent(
    db: Database,
    actor: Actor,
    case_id: int,
    report_id: int,
    sending: Sending,
    *,
    text: str,
    findings: Sequence[str] = (),
) -> ClaimReport:
    """Keep that a draft was sent: to whom, how, when, by whom, and these exact words (EX-08).

    ``findings`` is what the check says about the text; with any, the sending needs its reason.
    Raises MissingField, InputError, InFuture, FindingsNeedReason, UnknownReport, ReportSettled.
    """
    for label, value in ((_("Empfänger"), sending.recipient), (_("Gesendet von"), sending.sent_by)):
        if not value.strip():
            raise MissingField(label)
    if sending.recipient_kind not in RECIPIENT_KINDS:
        raise InputError("recipient_kind", f"takes one of {', '.join(RECIPIENT_KINDS)}")
    if sending.method not in METHODS:
        raise InputError("method", f"takes one of {', '.join(METHODS)}")
    if sending.sent_at > now():
        raise InFuture
    if findings and not sending.reason.strip():
        raise FindingsNeedReason(len(findings))
    sha256 = text_hash(text)
    with transaction(db):
        report = _draft(db, case_id, report_id)
        insert(
            db,
            "claim_dispatch",
            {
                "report_id": report_id,
                "recipient_kind": sending.recipient_kind,
                "recipient": sending.recipient.strip(),
                "method": sending.method,
                "sent_at": utc_text(sending.sent_at),
                "sent_by": sending.sent_by.strip(),
                "text": text,
                "sha256": sha256,
                "reference": sending.reference.strip(),
                "findings": json.dumps(list(findings), ensure_ascii=False),
                "reason": sending.reason.strip(),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        db.execute("UPDATE claim_report SET state = 'sent' WHERE id = ?", [report_id])
        audit.record(
            db,
            actor,
            "claim_report.sent",
            f"claim_report:{report_id}",
            case_id=case_id,
            details={
                "number": report.number,
                "sha256": sha256,
                "recipient": sending.recipient.strip(),
                "method": sending.method,
            },
        )
        add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=sending.sent_at,
            kind="status",
            text=_("{title} gesendet an {recipient} durch {name}").format(
                title=report.title, recipient=sending.recipient.strip(), name=sending.sent_by
            ),
            details={"sha256": sha256},
        )
    return report_by_id(db, case_id, report_id)


def report_by_id(db: Database, case_id: int, report_id: int) -> ClaimReport:
    """The report with this id in this case. Raises UnknownReport."""
    for report in reports_of(db, case_id):
        if report.id == report_id:
            return report
    raise UnknownReport


def reports_of(db: Database, case_id: int) -> list[ClaimReport]:
    """All reports of a case in the order they were begun, discarded ones too."""
    rows = db.query(
        "SELECT id, case_id, number, state, subject, body, created_at, created_by, changed_at,"
        " changed_by FROM claim_report WHERE case_id = ? ORDER BY id",
        [case_id],
    )
    return [
        ClaimReport(
            **_moments(row, "created_at", "changed_at"), dispatch=_dispatch_of(db, row["id"])
        )
        for row in rows
    ]


def _dispatch_of(db: Database, report_id: int) -> Dispatch | None:
    rows = db.query(
        "SELECT recipient_kind, recipient, method, sent_at, sent_by, text, sha256, reference,"
        " findings, reason, recorded_at, recorded_by FROM claim_dispatch WHERE report_id = ?",
        [report_id],
    )
    for row in rows:
        told = _moments(row, "sent_at", "recorded_at")
        return Dispatch(**{**told, "findings": tuple(json.loads(row["findings"]))})
    return None
