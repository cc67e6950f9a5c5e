"""All SQL of the room drafting.

Functions take the database and the actor, open their own transaction and return frozen
dataclasses. Each step in the life of a statement asks :mod:`drafting.approval` whether it is
allowed now, leaves an audit entry, and a timeline entry where people of the case should read
it later.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import accounts, audit, links
from access.actor import Actor
from access.roles import require
from cases import evidence
from cases import store as cases
from cases.store import Fact, Person
from data import now, parse_utc, transaction, utc_text
from data.i18n import _
from drafting import approval
from drafting.approval import (
    Content,
    Decision,
    FactRef,
    Gate,
    Recipient,
    Request,
    Situation,
    Standing,
    State,
)
from drafting.diff import Piece, compare
from drafting.draft import Draft, Template
from drafting.errors import (
    AlreadyReleased,
    ApprovalMissing,
    BadRecipient,
    DoubleRecipient,
    EmptyText,
    MayNotApprove,
    NotAnAddress,
    NotPlainText,
    ReasonMissing,
    StaleEditor,
    TextChanged,
    UnknownStatement,
    WitnessNeeded,
    WrongState,
)
from drafting.findings import Examination, Finding, examine

LINK_PURPOSE = "approval"

# Plain addresses only: one with other signs would not pass every mail server on its way.
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_WEB = re.compile(r"https?://[^\s/]+\S*")
# Signs that turn the reading direction: what is shown would not be what is said.
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Statement:
    """A statement (Stellungnahme) of a case, without its text.

    ``given`` is what a person entered for this text besides the facts: dates, a posting it
    answers. ``corrects_id`` names the released statement it puts right (Korrekturaussendung).
    """

    id: int
    case_id: int
    kind: str
    channel: str
    language: str
    title: str
    audience: str
    given: str
    state: State
    created_at: datetime
    created_by: str
    corrects_id: int | None


@dataclass(frozen=True)
class Version:
    """One saved text. ``content_hash`` is the hash of the content as it was when saved."""

    id: int
    statement_id: int
    version: int
    text: str
    origin: str
    created_at: datetime
    created_by: str
    created_by_account: int | None
    facts: tuple[FactRef, ...]
    content_hash: str


@dataclass(frozen=True)
class StoredRecipient:
    """A line of the distribution list (Verteiler)."""

    id: int
    name: str
    email: str
    address_kind: str


@dataclass(frozen=True)
class WorkingCopy:
    """What one account was typing when it last paused."""

    base_version: int
    text: str
    saved_at: datetime


@dataclass(frozen=True)
class Review:
    """A second consultant's word on one content."""

    version_id: int
    content_hash: str
    reviewer: str
    decision: str
    comment: str
    at: datetime


@dataclass(frozen=True)
class Override:
    """A blocking finding that a person let pass, with the reason."""

    version_id: int
    finding_kind: str
    quote: str
    reason: str
    by_name: str
    at: datetime


@dataclass(frozen=True)
class GateConsent:
    """Consent of the insurer or of a lawyer to exactly these words."""

    gate: Gate
    text_hash: str
    given_by: str
    method: str
    given_at: datetime
    note: str
    recorded_by: str


@dataclass(frozen=True)
class ApprovalRequest:
    """A link the owner has for one content."""

    id: int
    statement_id: int
    version_id: int
    content_hash: str
    link_id: int
    person_id: int
    requested_at: datetime
    requested_by: str
    expires_at: datetime
    closed_at: datetime | None
    call_wanted_at: datetime | None


@dataclass(frozen=True)
class Approval:
    """What an owner decided about one content, and how it reached the desk."""

    id: int
    version_id: int
    content_hash: str
    approver_name: str
    function: str
    method: str
    decision: str
    comment: str
    at: datetime
    recorded_by: str
    call_back_number: str
    witness: str


@dataclass(frozen=True)
class ApprovalState:
    """How the present content stands with the owner.

    ``approved_version`` is the version approved last, also where that is stale by now, and
    ``changes`` lead from its text to the present one; ``reasons`` say what else changed.
    """

    standing: Standing
    content_hash: str | None
    last: Approval | None
    approved_version: Version | None
    changes: tuple[Piece, ...]
    reasons: tuple[str, ...]
    request: ApprovalRequest | None


@dataclass(frozen=True)
class Release:
    """A statement that went out."""

    id: int
    statement_id: int
    version_id: int
    content_hash: str
    at: datetime
    by_name: str


@dataclass(frozen=True)
class Delivery:
    """How far the text got with one recipient."""

    id: int
    release_id: int
    recipient_id: int
    name: str
    email: str
    state: str
    message_id: str
    tries: int
    last_error: str
    sent_at: datetime | None


@dataclass(frozen=True)
class Posting:
    """A person put the text on a network, and this is where."""

    url: str
    posted_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class Overview:
    """A line in the list of statements."""

    statement: Statement
    version: Version | None
    standing: Standing
    recipients: int


def _moment(text: str | None) -> datetime | None:
    return parse_utc(text) if text else None


def _insert(db: Database, table: str, values: Mapping[str, Any]) -> int:
    cursor = db.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        list(values.values()),
    )
    return int(cursor.lastrowid or 0)


def _required(label: str, value: str) -> str:
    stripped = value.strip()
    if not stripped:
        raise ReasonMissing(label)
    return stripped


# Statements and what belongs to them ------------------------------------------------------

_STATEMENT_COLUMNS = ", ".join(each.name for each in fields(Statement))


def _statement(row: Mapping[str, Any]) -> Statement:
    return Statement(**{**row, "created_at": parse_utc(row["created_at"])})


def create_statement(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    kind: str,
    channel: str,
    language: str,
    title: str,
    audience: str = "",
    given: str = "",
    corrects_id: int | None = None,
    idempotency_key: str | None = None,
) -> Statement:
    """Begin a statement in a case. The same key begins it once. Raises ReasonMissing."""
    require(actor, "statement.write")
    title = _required(_("Titel"), title)
    with transaction(db):
        if idempotency_key:
            known = db.execute(
                "SELECT id FROM statement WHERE idempotency_key = ?", [idempotency_key]
            ).fetchone()
            if known:
                return statement_by_id(db, known[0])
        statement_id = _insert(
            db,
            "statement",
            {
                "case_id": case_id,
                "kind": kind,
                "channel": channel,
                "language": language,
                "title": title,
                "audience": audience.strip(),
                "given": given,
                "created_at": utc_text(now()),
                "created_by": actor.name,
                "created_by_account": actor.account_id,
                "corrects_id": corrects_id,
                "idempotency_key": idempotency_key,
            },
        )
        audit.record(
            db,
            actor,
            "statement.created",
            f"statement:{statement_id}",
            case_id=case_id,
            details={"kind": kind, "channel": channel, "language": language},
        )
    return statement_by_id(db, statement_id)


def begin_from_template(
    db: Database,
    actor: Actor,
    case_id: int,
    template: Template,
    *,
    channel: str,
    language: str,
    drafted: Draft,
    idempotency_key: str | None = None,
) -> Statement:
    """Begin a statement with the draft of a template as its first version."""
    with transaction(db):
        statement = create_statement(
            db,
            actor,
            case_id,
            kind=template.kind,
            channel=channel,
            language=language,
            title=template.title[language],
            audience=template.audience,
            given=drafted.given,
            idempotency_key=idempotency_key,
        )
        if newest_version(db, statement.id) is None:
            save_version(
                db,
                actor,
                statement.id,
                drafted.text,
                origin="template",
                base_version=0,
                facts=facts_by_code(db, case_id, drafted.fact_codes),
            )
    return statement


def begin_correction(
    db: Database, actor: Actor, statement_id: int, *, idempotency_key: str
) -> Statement:
    """Begin the correction of a statement that is out: same channel, same recipients.

    What is out stays as it is; a change of meaning is a text of its own with a way of its
    own. Raises WrongState while the statement is not released.
    """
    with transaction(db):
        before = statement_by_id(db, statement_id)
        newest = newest_version(db, statement_id)
        if before.state != "released" or newest is None:
            raise WrongState(_("Richtigstellung"), _(approval.STATE_WORDS[before.state]))
        prefix = {"de": "Richtigstellung: ", "en": "Correction: "}[before.language]
        correction = create_statement(
            db,
            actor,
            before.case_id,
            kind=before.kind,
            channel=before.channel,
            language=before.language,
            title=prefix + before.title.removeprefix(prefix),
            audience=before.audience,
            given=before.given,
            corrects_id=statement_id,
            idempotency_key=idempotency_key,
        )
        if newest_version(db, correction.id) is None:
            set_recipients(
                db,
                actor,
                correction.id,
                [
                    Recipient(each.name, each.email, each.address_kind)
                    for each in recipients_of(db, statement_id)
                ],
            )
            save_version(db, actor, correction.id, newest.text, base_version=0)
    return correction


def facts_by_code(db: Database, case_id: int, codes: Iterable[str]) -> tuple[FactRef, ...]:
    """The facts with these codes ("F1") in their present versions."""
    wanted = set(codes)
    return tuple(
        FactRef(each.id, each.version)
        for each in cases.facts_of(db, case_id)
        if each.code in wanted
    )


def statement_by_id(db: Database, statement_id: int) -> Statement:
    """The statement with this id. Raises UnknownStatement."""
    query = f"SELECT {_STATEMENT_COLUMNS} FROM statement WHERE id = ?"
    row = next(db.query(query, [statement_id]), None)
    if row is None:
        raise UnknownStatement(statement_id)
    return _statement(row)


def statements_of(db: Database, case_id: int) -> list[Statement]:
    """The statements of a case, newest first."""
    query = f"SELECT {_STATEMENT_COLUMNS} FROM statement WHERE case_id = ? ORDER BY id DESC"
    return [_statement(row) for row in db.query(query, [case_id])]


def overview(db: Database, case_id: int, at: datetime | None = None) -> list[Overview]:
    """The statements of a case with their newest version and how they stand, newest first."""
    return [
        Overview(
            statement=each,
            version=newest_version(db, each.id),
            standing=approval_state(db, each.id, at).standing,
            recipients=len(recipients_of(db, each.id)),
        )
        for each in statements_of(db, case_id)
    ]


def change_heading(
    db: Database, actor: Actor, statement_id: int, *, title: str, audience: str
) -> Statement:
    """Change title and audience. An approval of the old ones becomes stale."""
    require(actor, "statement.write")
    title = _required(_("Titel"), title)
    with transaction(db):
        before = statement_by_id(db, statement_id)
        if (before.title, before.audience) == (title, audience.strip()):
            return before
        _take(db, actor, statement_id, "save")
        db.execute(
            "UPDATE statement SET title = ?, audience = ? WHERE id = ?",
            [title, audience.strip(), statement_id],
        )
        _record(db, actor, "statement.heading_changed", before, {"title": title})
    return statement_by_id(db, statement_id)


def recipients_of(db: Database, statement_id: int) -> list[StoredRecipient]:
    """The distribution list in the order it was entered."""
    rows = db.query(
        "SELECT id, name, email, address_kind FROM statement_recipient"
        " WHERE statement_id = ? AND removed_at IS NULL ORDER BY id",
        [statement_id],
    )
    return [StoredRecipient(**row) for row in rows]


def set_recipients(
    db: Database, actor: Actor, statement_id: int, recipients: Sequence[Recipient]
) -> list[StoredRecipient]:
    """Replace the distribution list. Raises BadRecipient or DoubleRecipient.

    A line that stays keeps its id. An approval of the old list becomes stale.
    """
    require(actor, "statement.write")
    wanted = [_usable(each) for each in recipients]
    addresses = [each.email.lower() for each in wanted if each.email]
    for address in addresses:
        if addresses.count(address) > 1:
            raise DoubleRecipient(address)
    with transaction(db):
        statement = statement_by_id(db, statement_id)
        present = {
            Recipient(each.name, each.email, each.address_kind): each.id
            for each in recipients_of(db, statement_id)
        }
        gone = [each for each in present if each not in wanted]
        new = [each for each in wanted if each not in present]
        if not gone and not new:
            return recipients_of(db, statement_id)
        _take(db, actor, statement_id, "save")
        for each in gone:
            db.execute(
                "UPDATE statement_recipient SET removed_at = ? WHERE id = ?",
                [utc_text(now()), present[each]],
            )
        for each in new:
            _insert(
                db,
                "statement_recipient",
                {
                    "statement_id": statement_id,
                    "name": each.name,
                    "email": each.email,
                    "address_kind": each.address_kind,
                },
            )
        _record(db, actor, "statement.recipients_changed", statement, {"recipients": len(wanted)})
    return recipients_of(db, statement_id)


def _usable(recipient: Recipient) -> Recipient:
    name = " ".join(recipient.name.split()) or recipient.email.strip()
    email = recipient.email.strip()
    if not name or (recipient.address_kind == "email" and not _EMAIL.fullmatch(email)):
        raise BadRecipient(name or email)
    return Recipient(name, email, recipient.address_kind)


def attachments_of(db: Database, statement_id: int) -> list[evidence.Evidence]:
    """The originals that go out with the statement."""
    rows = db.query(
        "SELECT evidence_id FROM statement_attachment WHERE statement_id = ? ORDER BY id",
        [statement_id],
    )
    return [evidence.evidence_by_id(db, row["evidence_id"]) for row in rows]


def set_attachments(
    db: Database, actor: Actor, statement_id: int, evidence_ids: Iterable[int]
) -> None:
    """Replace the attachments. An approval of the old ones becomes stale."""
    require(actor, "statement.write")
    wanted = sorted(set(evidence_ids))
    with transaction(db):
        statement = statement_by_id(db, statement_id)
        if wanted == sorted(each.id for each in attachments_of(db, statement_id)):
            return
        _take(db, actor, statement_id, "save")
        db.execute("DELETE FROM statement_attachment WHERE statement_id = ?", [statement_id])
        for evidence_id in wanted:
            _insert(
                db,
                "statement_attachment",
                {"statement_id": statement_id, "evidence_id": evidence_id},
            )
        _record(db, actor, "statement.attachments_changed", statement, {"evidence": wanted})


# Versions ---------------------------------------------------------------------------------


def _version(row: Mapping[str, Any]) -> Version:
    return Version(
        id=row["id"],
        statement_id=row["statement_id"],
        version=row["version"],
        text=row["text"],
        origin=row["origin"],
        created_at=parse_utc(row["created_at"]),
        created_by=row["created_by"],
        created_by_account=row["created_by_account"],
        facts=approval.facts_from_json(row["fact_refs"]),
        content_hash=row["content_hash"],
    )


def versions_of(db: Database, statement_id: int) -> list[Version]:
    """All versions, newest first."""
    rows = db.query(
        "SELECT * FROM statement_version WHERE statement_id = ? ORDER BY version DESC",
        [statement_id],
    )
    return [_version(row) for row in rows]


def newest_version(db: Database, statement_id: int) -> Version | None:
    """The version saved last, or None."""
    return next(iter(versions_of(db, statement_id)), None)


def version_by_id(db: Database, version_id: int) -> Version:
    """The version with this id, which must exist."""
    return _version(next(db.query("SELECT * FROM statement_version WHERE id = ?", [version_id])))


def plain_text(text: str) -> str:
    """The text as it is kept: NFC, ``\\n`` line ends, no space at the ends of lines.

    Raises EmptyText, or NotPlainText where a control sign hides in it.
    """
    unified = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    for position, sign in enumerate(unified):
        control = unicodedata.category(sign) in {"Cc", "Cs", "Co", "Cn"} and sign not in "\n\t"
        if control or sign in _DIRECTION:
            raise NotPlainText(position)
    stripped = "\n".join(line.rstrip(" \t") for line in unified.split("\n")).strip("\n")
    if not stripped.strip():
        raise EmptyText
    return stripped


def save_version(
    db: Database,
    actor: Actor,
    statement_id: int,
    text: str,
    *,
    origin: str = "person",
    base_version: int,
    facts: Iterable[FactRef] | None = None,
    idempotency_key: str | None = None,
) -> Version:
    """Save a text as the next version; the state is a draft again.

    ``base_version`` is the version the editor started from (0: none); where a newer one
    exists, StaleEditor carries both texts and nothing is saved. Without ``facts`` they are
    found in the text. The same text on the same content is no new version. Raises EmptyText,
    NotPlainText or WrongState.
    """
    require(actor, "statement.write")
    clean = plain_text(text)
    with transaction(db):
        if idempotency_key:
            known = db.execute(
                "SELECT id FROM statement_version WHERE idempotency_key = ?", [idempotency_key]
            ).fetchone()
            if known:
                return version_by_id(db, known[0])
        statement = statement_by_id(db, statement_id)
        newest = newest_version(db, statement_id)
        newest_number = newest.version if newest else 0
        if newest is not None and newest_number != base_version:
            if newest.text == clean:
                return newest
            raise StaleEditor(base_version, newest_number, newest.created_by, text, newest.text)
        refs = tuple(facts) if facts is not None else _facts_in(db, statement, clean, newest)
        content = _content(db, statement, clean, _at_present(db, refs))
        digest = approval.content_hash(content)
        if newest is not None and newest.text == clean and newest.content_hash == digest:
            return newest
        _take(db, actor, statement_id, "save")
        version_id = _insert(
            db,
            "statement_version",
            {
                "statement_id": statement_id,
                "version": newest_number + 1,
                "text": clean,
                "origin": origin,
                "created_at": utc_text(now()),
                "created_by": actor.name,
                "created_by_account": actor.account_id,
                "fact_refs": approval.facts_to_json(content.facts),
                "content_hash": digest,
                "idempotency_key": idempotency_key,
            },
        )
        drop_working_copy(db, actor, statement_id)
        _record(
            db,
            actor,
            "statement.version_saved",
            statement,
            {"version": newest_number + 1, "origin": origin, "content_hash": digest},
        )
    return version_by_id(db, version_id)


def _facts_in(
    db: Database, statement: Statement, text: str, newest: Version | None
) -> tuple[FactRef, ...]:
    """The facts a text rests on: those found in it, and those its predecessor rested on.

    Keeping too many makes an approval stale once too often; a fact that was retracted and no
    longer found in the text is let go.
    """
    facts = {each.id: each for each in cases.facts_of(db, statement.case_id)}
    found = set(examination_of(db, statement, text).fact_codes)
    kept = {each.fact_id for each in newest.facts} if newest else set()
    return tuple(
        FactRef(each.id, each.version)
        for each in facts.values()
        if each.code in found or (each.id in kept and each.status != "retracted")
    )


def examination_of(db: Database, statement: Statement, text: str) -> Examination:
    """What the check says about ``text`` as this statement."""
    return examine(
        db,
        statement.case_id,
        text,
        kind=statement.kind,
        channel=statement.channel,
        language=statement.language,
        given=f"{statement.title}, {statement.given}",
    )


def _at_present(db: Database, refs: Iterable[FactRef]) -> tuple[FactRef, ...]:
    ids = sorted({each.fact_id for each in refs})
    return tuple(FactRef(each, cases.fact_by_id(db, each).version) for each in ids)


def _content(db: Database, statement: Statement, text: str, facts: tuple[FactRef, ...]) -> Content:
    return Content(
        text=text,
        title=statement.title,
        channel=statement.channel,
        language=statement.language,
        audience=statement.audience,
        recipients=tuple(
            Recipient(each.name, each.email, each.address_kind)
            for each in recipients_of(db, statement.id)
        ),
        attachments=tuple(each.sha256 for each in attachments_of(db, statement.id)),
        facts=facts,
    )


def present_hash(db: Database, statement_id: int) -> str | None:
    """The hash of the content as it is now: newest text, newest versions of its facts."""
    newest = newest_version(db, statement_id)
    if newest is None:
        return None
    statement = statement_by_id(db, statement_id)
    facts = _at_present(db, newest.facts)
    return approval.content_hash(_content(db, statement, newest.text, facts))


def keep_working_copy(
    db: Database, actor: Actor, statement_id: int, text: str, base_version: int
) -> None:
    """Keep what this account is typing, so that no reload loses it."""
    if actor.account_id is None:
        return
    with transaction(db):
        db.execute(
            "INSERT INTO working_copy (statement_id, account_id, base_version, text, saved_at)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (statement_id, account_id) DO UPDATE SET"
            " base_version = excluded.base_version, text = excluded.text,"
            " saved_at = excluded.saved_at",
            [statement_id, actor.account_id, base_version, text, utc_text(now())],
        )


def working_copy_of(db: Database, actor: Actor, statement_id: int) -> WorkingCopy | None:
    """What this account was typing and has not saved as a version."""
    row = next(
        db.query(
            "SELECT base_version, text, saved_at FROM working_copy"
            " WHERE statement_id = ? AND account_id = ?",
            [statement_id, actor.account_id],
        ),
        None,
    )
    if row is None:
        return None
    return WorkingCopy(row["base_version"], row["text"], parse_utc(row["saved_at"]))


def drop_working_copy(db: Database, actor: Actor, statement_id: int) -> None:
    """Forget the working copy, because it was saved or thrown away."""
    with transaction(db):
        db.execute(
            "DELETE FROM working_copy WHERE statement_id = ? AND account_id = ?",
            [statement_id, actor.account_id],
        )


# The steps --------------------------------------------------------------------------------


def _record(
    db: Database,
    actor: Actor,
    action: str,
    statement: Statement,
    details: Mapping[str, Any] | None = None,
) -> None:
    audit.record(
        db,
        actor,
        action,
        f"statement:{statement.id}",
        case_id=statement.case_id,
        details=details,
    )


def _tell(
    db: Database, actor: Actor, statement: Statement, kind: str, text: str, at: datetime
) -> None:
    cases.add_timeline_entry(
        db,
        actor,
        statement.case_id,
        happened_at=at,
        kind=kind,
        text=text,
        details={"statement": statement.id},
    )


def situation_of(db: Database, actor: Actor, statement_id: int) -> Situation:
    """What the rules of :mod:`drafting.approval` look at, read from the database."""
    statement = statement_by_id(db, statement_id)
    newest = newest_version(db, statement_id)
    if newest is None:
        return Situation(
            state=statement.state,
            actor_account=actor.account_id,
            author_account=None,
            author_name=statement.created_by,
            reviewed=False,
            open_blocks=0,
            open_gates=(),
            retracted_facts=(),
            standing="none",
        )
    digest = present_hash(db, statement_id)
    examination = examination_of(db, statement, newest.text)
    return Situation(
        state=statement.state,
        actor_account=actor.account_id,
        author_account=newest.created_by_account,
        author_name=newest.created_by,
        reviewed=any(
            each.decision == "accepted" and each.content_hash == digest
            for each in reviews_of(db, statement_id)
        ),
        open_blocks=len(open_blocks(db, newest, examination)),
        open_gates=open_gates(db, statement, newest, examination),
        retracted_facts=tuple(
            fact.code
            for fact in (cases.fact_by_id(db, each.fact_id) for each in newest.facts)
            if fact.status == "retracted"
        ),
        standing=approval_state(db, statement_id).standing,
    )


def open_blocks(db: Database, version: Version, examination: Examination) -> list[Finding]:
    """The blocking findings nobody has let pass. An admission of liability is a gate instead."""
    passed = {(each.finding_kind, each.quote) for each in overrides_of(db, version.id)}
    return [
        each
        for each in examination.findings
        if each.severity == "block"
        and each.kind != "liability"
        and (each.kind, each.quote) not in passed
    ]


def open_gates(
    db: Database, statement: Statement, version: Version, examination: Examination
) -> tuple[Gate, ...]:
    """The consents the text needs and does not have (§ 154 VersVG; lawyer for A to E)."""
    needed: list[Gate] = []
    if any(each.kind == "liability" and each.severity == "block" for each in examination.findings):
        needed.append("insurer")
    if statement.kind == "counterstatement":
        needed.append("lawyer")
    words = approval.text_hash(version.text)
    given = {each.gate for each in consents_of(db, statement.id) if each.text_hash == words}
    return tuple(gate for gate in needed if gate not in given)


def _take(db: Database, actor: Actor, statement_id: int, step: str) -> State:
    after = approval.take(step, situation_of(db, actor, statement_id))
    db.execute("UPDATE statement SET state = ? WHERE id = ?", [after, statement_id])
    return after


def request_review(db: Database, actor: Actor, statement_id: int) -> Statement:
    """Ask for a second pair of eyes. Raises WrongState, EmptyText or FactRetracted."""
    require(actor, "statement.write")
    with transaction(db):
        statement = statement_by_id(db, statement_id)
        newest = newest_version(db, statement_id)
        if newest is None:
            raise EmptyText
        _take(db, actor, statement_id, "request_review")
        _record(db, actor, "statement.review_requested", statement, {"version": newest.version})
    return statement_by_id(db, statement_id)


def review(
    db: Database, actor: Actor, statement_id: int, *, accepted: bool, comment: str = ""
) -> Statement:
    """A consultant's word on the present content (Vier-Augen-Prinzip).

    Accepting needs an account other than the author's; sending back needs a comment. Raises
    SecondPersonNeeded, WrongState or ReasonMissing.
    """
    require(actor, "statement.write")
    if not accepted:
        comment = _required(_("Was zu ändern ist"), comment)
    with transaction(db):
        statement = statement_by_id(db, statement_id)
        newest = newest_version(db, statement_id)
        if newest is None:
            raise EmptyText
        _take(db, actor, statement_id, "accept" if accepted else "send_back")
        decision = "accepted" if accepted else "sent_back"
        _insert(
            db,
            "statement_review",
            {
                "statement_id": statement_id,
                "version_id": newest.id,
                "content_hash": present_hash(db, statement_id),
                "reviewer": actor.name,
                "reviewer_account": actor.account_id,
                "decision": decision,
                "comment": comment.strip(),
                "at": utc_text(now()),
            },
        )
        _record(db, actor, f"statement.review_{decision}", statement, {"version": newest.version})
        text = (
            _("Vier-Augen-Prüfung bestanden: {title}, Version {version}")
            if accepted
            else _("Vier-Augen-Prüfung zurückgegeben: {title}, Version {version}")
        )
        _tell(
            db,
            actor,
            statement,
            "statement",
            text.format(title=statement.title, version=newest.version),
            now(),
        )
    return statement_by_id(db, statement_id)


def reviews_of(db: Database, statement_id: int) -> list[Review]:
    """The reviews of a statement, newest first."""
    rows = db.query(
        "SELECT version_id, content_hash, reviewer, decision, comment, at FROM statement_review"
        " WHERE statement_id = ? ORDER BY id DESC",
        [statement_id],
    )
    return [Review(**{**row, "at": parse_utc(row["at"])}) for row in rows]


def override_finding(
    db: Database, actor: Actor, statement_id: int, *, finding_kind: str, quote: str, reason: str
) -> None:
    """Let one blocking finding of the newest version pass, with a reason by name."""
    require(actor, "statement.write")
    reason = _required(_("Grund"), reason)
    with transaction(db):
        statement = statement_by_id(db, statement_id)
        newest = newest_version(db, statement_id)
        if newest is None:
            raise EmptyText
        _insert(
            db,
            "finding_override",
            {
                "version_id": newest.id,
                "finding_kind": finding_kind,
                "quote": quote,
                "reason": reason,
                "by_name": actor.name,
                "by_account": actor.account_id,
                "at": utc_text(now()),
            },
        )
        _record(
            db,
            actor,
            "statement.finding_overridden",
            statement,
            {"version": newest.version, "finding": finding_kind, "reason": reason},
        )


def overrides_of(db: Database, version_id: int) -> list[Override]:
    """The findings let pass in one version."""
    rows = db.query(
        "SELECT version_id, finding_kind, quote, reason, by_name, at FROM finding_override"
        " WHERE version_id = ? ORDER BY id",
        [version_id],
    )
    return [Override(**{**row, "at": parse_utc(row["at"])}) for row in rows]


def record_consent(
    db: Database,
    actor: Actor,
    statement_id: int,
    gate: Gate,
    *,
    given_by: str,
    method: str,
    given_at: datetime,
    note: str = "",
) -> None:
    """Record that the insurer or a lawyer consented to the present words: who, when, how."""
    require(actor, "statement.write")
    given_by = _required(_("Wer zugestimmt hat"), given_by)
    with transaction(db):
        statement = statement_by_id(db, statement_id)
        newest = newest_version(db, statement_id)
        if newest is None:
            raise EmptyText
        _insert(
            db,
            "gate_consent",
            {
                "statement_id": statement_id,
                "gate": gate,
                "text_hash": approval.text_hash(newest.text),
                "given_by": given_by,
                "method": method,
                "given_at": utc_text(given_at),
                "note": note.strip(),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        _record(
            db,
            actor,
            f"statement.{gate}_consented",
            statement,
            {"version": newest.version, "given_by": given_by, "method": method},
        )
        text = (
            _("Versicherer stimmt dem Text zu: {who} ({title}, Version {version})")
            if gate == "insurer"
            else _("Anwaltlich geprüft: {who} ({title}, Version {version})")
        )
        _tell(
            db,
            actor,
            statement,
            "approval",
            text.format(who=given_by, title=statement.title, version=newest.version),
            given_at,
        )


def consents_of(db: Database, statement_id: int) -> list[GateConsent]:
    """The consents of insurer and lawyer, newest first."""
    rows = db.query(
        "SELECT gate, text_hash, given_by, method, given_at, note, recorded_by FROM gate_consent"
        " WHERE statement_id = ? ORDER BY id DESC",
        [statement_id],
    )
    return [GateConsent(**{**row, "given_at": parse_utc(row["given_at"])}) for row in rows]


def withdraw(db: Database, actor: Actor, statement_id: int, *, reason: str) -> Statement:
    """Give a statement up before it went out. Its links open nothing any more."""
    require(actor, "statement.write")
    reason = _required(_("Grund"), reason)
    with transaction(db):
        statement = statement_by_id(db, statement_id)
        _take(db, actor, statement_id, "withdraw")
        _close_requests(db, actor, statement_id)
        _record(db, actor, "statement.withdrawn", statement, {"reason": reason})
        _tell(
            db,
            actor,
            statement,
            "statement",
            _("Stellungnahme zurückgezogen: {title}. Grund: {reason}").format(
                title=statement.title, reason=reason
            ),
            now(),
        )
    return statement_by_id(db, statement_id)


# The owner --------------------------------------------------------------------------------


def _may_approve(db: Database, statement: Statement, person_id: int) -> Person:
    firm_id = cases.case_by_id(db, statement.case_id).firm_id
    for person in cases.people_of(db, firm_id, channel=statement.channel):
        if person.id == person_id and person.may_approve:
            return person
        if person.id == person_id:
            raise MayNotApprove(person.name)
    raise MayNotApprove(_("Diese Person"))


def request_approval(
    db: Database, actor: Actor, statement_id: int, person_id: int, *, expires_at: datetime
) -> links.NewLink:
    """A link for the owner to the present content; older links of this statement end.

    The token belongs into the message, the PIN is told by telephone. Raises MayNotApprove,
    WrongState, ReviewMissing, BlockingFindings, InsurerConsentMissing, LawyerCheckMissing or
    FactRetracted.
    """
    require(actor, "statement.write")
    with transaction(db):
        statement = statement_by_id(db, statement_id)
        person = _may_approve(db, statement, person_id)
        newest = newest_version(db, statement_id)
        if newest is None:
            raise EmptyText
        _take(db, actor, statement_id, "request_approval")
        _close_requests(db, actor, statement_id)
        link = links.create(
            db,
            actor,
            LINK_PURPOSE,
            statement_id,
            expires_at=expires_at,
            case_id=statement.case_id,
        )
        digest = present_hash(db, statement_id)
        _insert(
            db,
            "approval_request",
            {
                "statement_id": statement_id,
                "version_id": newest.id,
                "content_hash": digest,
                "link_id": link.id,
                "person_id": person_id,
                "requested_at": utc_text(now()),
                "requested_by": actor.name,
                "expires_at": utc_text(expires_at),
            },
        )
        _record(
            db,
            actor,
            "statement.approval_requested",
            statement,
            {"version": newest.version, "person": person.name, "content_hash": digest},
        )
        _tell(
            db,
            actor,
            statement,
            "approval",
            _("Freigabe angefragt bei {name}: {title}, Version {version}").format(
                name=person.name, title=statement.title, version=newest.version
            ),
            now(),
        )
    return link


def _close_requests(db: Database, actor: Actor, statement_id: int) -> None:
    for each in requests_of(db, statement_id):
        if each.closed_at is None:
            links.revoke(db, actor, each.link_id)
            _close_request(db, each.id)


def _close_request(db: Database, request_id: int) -> None:
    db.execute(
        "UPDATE approval_request SET closed_at = ? WHERE id = ? AND closed_at IS NULL",
        [utc_text(now()), request_id],
    )


def _request(row: Mapping[str, Any]) -> ApprovalRequest:
    return ApprovalRequest(
        **{
            **row,
            "requested_at": parse_utc(row["requested_at"]),
            "expires_at": parse_utc(row["expires_at"]),
            "closed_at": _moment(row["closed_at"]),
            "call_wanted_at": _moment(row["call_wanted_at"]),
        }
    )


def requests_of(db: Database, statement_id: int) -> list[ApprovalRequest]:
    """The approval requests of a statement, newest first."""
    rows = db.query(
        "SELECT * FROM approval_request WHERE statement_id = ? ORDER BY id DESC", [statement_id]
    )
    return [_request(row) for row in rows]


def request_of_link(db: Database, link_id: int) -> ApprovalRequest:
    """The request behind a link, which must exist."""
    return _request(next(db.query("SELECT * FROM approval_request WHERE link_id = ?", [link_id])))


def want_call(db: Database, actor: Actor, request: ApprovalRequest, at: datetime) -> None:
    """The owner asks to be called. Asking again changes nothing."""
    with transaction(db):
        changed = db.execute(
            "UPDATE approval_request SET call_wanted_at = ?"
            " WHERE id = ? AND call_wanted_at IS NULL RETURNING id",
            [utc_text(at), request.id],
        ).fetchone()
        if changed is None:
            return
        statement = statement_by_id(db, request.statement_id)
        _record(db, actor, "statement.call_wanted", statement)
        _tell(
            db,
            actor,
            statement,
            "approval",
            _("{name} bittet um Anruf zu: {title}").format(name=actor.name, title=statement.title),
            at,
        )


def decide_by_link(
    db: Database,
    actor: Actor,
    request: ApprovalRequest,
    *,
    approved: bool,
    shown_hash: str,
    comment: str,
    at: datetime,
) -> Approval:
    """Record the owner's decision about the content that was shown.

    The caller has checked the PIN in the same transaction. Raises TextChanged where what was
    shown is not the present content, and what the step itself refuses.
    """
    with transaction(db):
        if not (shown_hash == request.content_hash == present_hash(db, request.statement_id)):
            raise TextChanged
        person = _may_approve(db, statement_by_id(db, request.statement_id), request.person_id)
        _close_request(db, request.id)
        return _add_approval(
            db,
            actor,
            request.statement_id,
            {
                "request_id": request.id,
                "approver_name": person.name,
                "function": person.function,
                "method": "link",
                "decision": "approved" if approved else "rejected",
                "comment": comment.strip(),
                "at": utc_text(at),
            },
        )


def decide_by_phone(
    db: Database,
    actor: Actor,
    statement_id: int,
    person_id: int,
    *,
    approved: bool,
    call_back_number: str,
    witness_account: int | None,
    comment: str = "",
    at: datetime | None = None,
) -> Approval:
    """Record what the owner said on the telephone, with the second consultant who listened.

    The number is the one that was called back. Raises WitnessNeeded, MayNotApprove,
    ReasonMissing and what the step itself refuses.
    """
    require(actor, "statement.write")
    call_back_number = _required(_("Rückrufnummer"), call_back_number)
    if witness_account is None or witness_account == actor.account_id:
        raise WitnessNeeded
    witness = accounts.account_by_id(db, witness_account)
    if witness.role not in ("consultant", "admin"):
        raise WitnessNeeded
    with transaction(db):
        person = _may_approve(db, statement_by_id(db, statement_id), person_id)
        given = _add_approval(
            db,
            actor,
            statement_id,
            {
                "approver_name": person.name,
                "function": person.function,
                "method": "phone",
                "decision": "approved" if approved else "rejected",
                "comment": comment.strip(),
                "at": utc_text(at or now()),
                "call_back_number": call_back_number,
                "witness": witness.name,
            },
        )
        _close_requests(db, actor, statement_id)
    return given


def _add_approval(
    db: Database, actor: Actor, statement_id: int, values: Mapping[str, Any]
) -> Approval:
    statement = statement_by_id(db, statement_id)
    newest = newest_version(db, statement_id)
    if newest is None:
        raise EmptyText
    approved = values["decision"] == "approved"
    _take(db, actor, statement_id, "approve" if approved else "reject")
    digest = present_hash(db, statement_id)
    approval_id = _insert(
        db,
        "approval",
        {
            **values,
            "statement_id": statement_id,
            "version_id": newest.id,
            "content_hash": digest,
            "recorded_by": actor.name,
        },
    )
    _record(
        db,
        actor,
        f"statement.{values['decision']}",
        statement,
        {"version": newest.version, "content_hash": digest, "method": values["method"]},
    )
    text = (
        _("Freigegeben von {name}: {title}, Version {version}")
        if approved
        else _("Abgelehnt von {name}: {title}, Version {version}")
    )
    _tell(
        db,
        actor,
        statement,
        "approval",
        text.format(name=values["approver_name"], title=statement.title, version=newest.version),
        parse_utc(values["at"]),
    )
    return next(each for each in approvals_of(db, statement_id) if each.id == approval_id)


def approvals_of(db: Database, statement_id: int) -> list[Approval]:
    """The owner's decisions about a statement, newest first."""
    columns = ", ".join(each.name for each in fields(Approval))
    rows = db.query(
        f"SELECT {columns} FROM approval WHERE statement_id = ? ORDER BY id DESC", [statement_id]
    )
    return [Approval(**{**row, "at": parse_utc(row["at"])}) for row in rows]


def approval_state(db: Database, statement_id: int, at: datetime | None = None) -> ApprovalState:
    """How the present content stands with the owner, and what changed since the last approval."""
    decisions = approvals_of(db, statement_id)
    requests = requests_of(db, statement_id)
    digest = present_hash(db, statement_id)
    newest = newest_version(db, statement_id)
    last = next((each for each in decisions if each.decision == "approved"), None)
    approved_version = version_by_id(db, last.version_id) if last else None
    differs = last is not None and last.content_hash != digest
    return ApprovalState(
        standing=approval.standing(
            digest,
            [
                Decision(
                    each.content_hash, each.decision == "approved", each.approver_name, each.at
                )
                for each in reversed(decisions)
            ],
            [
                Request(each.content_hash, each.expires_at, each.closed_at is None)
                for each in requests
            ],
            at or now(),
        ),
        content_hash=digest,
        last=last,
        approved_version=approved_version,
        changes=(
            compare(approved_version.text, newest.text)
            if approved_version and newest and differs
            else ()
        ),
        reasons=_reasons(db, approved_version, newest) if differs else (),
        request=next((each for each in requests if each.closed_at is None), None),
    )


def _reasons(db: Database, approved: Version | None, newest: Version | None) -> tuple[str, ...]:
    """What differs from the approved content, in words."""
    if approved is None or newest is None:
        return ()
    reasons: list[str] = []
    if approved.text != newest.text:
        reasons.append(_("Der Text wurde geändert."))
    for ref in approved.facts:
        fact: Fact = cases.fact_by_id(db, ref.fact_id)
        if fact.status == "retracted":
            reasons.append(_("Faktum {code} wurde zurückgezogen.").format(code=fact.code))
        elif fact.version != ref.version:
            reasons.append(_("Faktum {code} wurde geändert.").format(code=fact.code))
    return tuple(reasons) or (_("Titel, Verteiler oder Beilagen wurden geändert."),)


# Release ----------------------------------------------------------------------------------


def add_release(
    db: Database, actor: Actor, statement_id: int, *, idempotency_key: str, at: datetime
) -> Release:
    """Release the approved content: once, whoever asks first.

    The hash is computed again and compared with the approved one. Each recipient with an
    e-mail address gets a line in the delivery list; sending is :mod:`drafting.release`. The
    same key returns the release it made. Raises AlreadyReleased and what the step refuses.
    """
    require(actor, "statement.write")
    with transaction(db):
        known = db.execute(
            "SELECT id FROM release WHERE idempotency_key = ?", [idempotency_key]
        ).fetchone()
        if known:
            return release_by_id(db, known[0])
        if release_of(db, statement_id) is not None:
            raise AlreadyReleased
        statement = statement_by_id(db, statement_id)
        newest = newest_version(db, statement_id)
        if newest is None:
            raise ApprovalMissing
        _take(db, actor, statement_id, "release")
        digest = present_hash(db, statement_id)
        release_id = _insert(
            db,
            "release",
            {
                "statement_id": statement_id,
                "version_id": newest.id,
                "content_hash": digest,
                "at": utc_text(at),
                "by_name": actor.name,
                "by_account": actor.account_id,
                "idempotency_key": idempotency_key,
            },
        )
        for recipient in recipients_of(db, statement_id):
            if recipient.address_kind == "email":
                _queue(db, release_id, recipient, str(digest))
        _record(
            db,
            actor,
            "statement.released",
            statement,
            {"version": newest.version, "content_hash": digest},
        )
        _tell(
            db,
            actor,
            statement,
            "release",
            _("Ausgesandt: {title}, Version {version}").format(
                title=statement.title, version=newest.version
            ),
            at,
        )
        if statement.kind == "holding":
            _first_word_is_out(db, actor, statement.case_id, at)
    return release_by_id(db, release_id)


def _first_word_is_out(db: Database, actor: Actor, case_id: int, at: datetime) -> None:
    """A holding statement that went out ``at`` settles the clock that asked for it."""
    for clock in cases.clocks_of(db, case_id, open_only=True):
        if clock.kind == "holding":
            cases.settle_clock(db, actor, clock.id, "done", at=at)


def _queue(db: Database, release_id: int, recipient: StoredRecipient, digest: str) -> None:
    # The identifier follows from release and recipient: a message sent again after a crash
    # carries the same one, so that mail systems can tell it is the same letter.
    _insert(
        db,
        "release_delivery",
        {
            "release_id": release_id,
            "recipient_id": recipient.id,
            "channel": "email",
            "message_id": f"<kp-{release_id}-{recipient.id}-{digest[:16]}@krisenpult.invalid>",
        },
    )


def _release(row: Mapping[str, Any]) -> Release:
    return Release(**{**row, "at": parse_utc(row["at"])})


_RELEASE_COLUMNS = ", ".join(each.name for each in fields(Release))


def release_by_id(db: Database, release_id: int) -> Release:
    """The release with this id, which must exist."""
    query = f"SELECT {_RELEASE_COLUMNS} FROM release WHERE id = ?"
    return _release(next(db.query(query, [release_id])))


def release_of(db: Database, statement_id: int) -> Release | None:
    """The release of a statement, or None while it is not out."""
    query = f"SELECT {_RELEASE_COLUMNS} FROM release WHERE statement_id = ?"
    row = next(db.query(query, [statement_id]), None)
    return _release(row) if row else None


_DELIVERY_QUERY = (
    "SELECT delivery.id, delivery.release_id, delivery.recipient_id, recipient.name,"
    " recipient.email, delivery.state, delivery.message_id, delivery.tries,"
    " delivery.last_error, delivery.sent_at FROM release_delivery AS delivery"
    " JOIN statement_recipient AS recipient ON recipient.id = delivery.recipient_id"
)


def _delivery(row: Mapping[str, Any]) -> Delivery:
    return Delivery(**{**row, "sent_at": _moment(row["sent_at"])})


def deliveries_of(db: Database, release_id: int) -> list[Delivery]:
    """The delivery list of a release in the order of the distribution list."""
    rows = db.query(
        f"{_DELIVERY_QUERY} WHERE delivery.release_id = ? ORDER BY delivery.id", [release_id]
    )
    return [_delivery(row) for row in rows]


def claim_delivery(db: Database, release_id: int, at: datetime) -> Delivery | None:
    """Take the next queued line for sending, so that nobody else takes it; None: all taken."""
    with transaction(db):
        row = db.execute(
            "UPDATE release_delivery SET state = 'sending', claimed_at = ?, tries = tries + 1"
            " WHERE id = (SELECT id FROM release_delivery"
            " WHERE release_id = ? AND state = 'queued' ORDER BY id LIMIT 1) RETURNING id",
            [utc_text(at), release_id],
        ).fetchone()
        if row is None:
            return None
        return _delivery(next(db.query(f"{_DELIVERY_QUERY} WHERE delivery.id = ?", [row[0]])))


def settle_delivery(
    db: Database, delivery_id: int, state: str, *, error: str = "", at: datetime | None = None
) -> None:
    """Write down how sending one claimed line ended: sent, refused, failed or unclear."""
    with transaction(db):
        db.execute(
            "UPDATE release_delivery SET state = ?, last_error = ?, sent_at = ?"
            " WHERE id = ? AND state = 'sending'",
            [
                state,
                error,
                utc_text(at or now()) if state == "sent" else None,
                delivery_id,
            ],
        )


def mark_unclear(db: Database, release_id: int, claimed_before: datetime) -> int:
    """Lines claimed long ago whose sender died: nobody knows whether they arrived."""
    with transaction(db):
        cursor = db.execute(
            "UPDATE release_delivery SET state = 'unclear'"
            " WHERE release_id = ? AND state = 'sending' AND claimed_at < ?",
            [release_id, utc_text(claimed_before)],
        )
        return int(cursor.rowcount)


def settle_unclear(
    db: Database, actor: Actor, delivery_id: int, *, arrived: bool, at: datetime | None = None
) -> None:
    """A person found out whether an unclear line arrived; if not, it is queued again."""
    require(actor, "statement.write")
    moment = at or now()
    with transaction(db):
        row = db.execute(
            "UPDATE release_delivery SET state = ?, sent_at = ?"
            " WHERE id = ? AND state = 'unclear' RETURNING release_id",
            [
                "sent" if arrived else "queued",
                utc_text(moment) if arrived else None,
                delivery_id,
            ],
        ).fetchone()
        if row is None:
            return
        statement = statement_by_id(db, release_by_id(db, row[0]).statement_id)
        _record(
            db,
            actor,
            "release.delivery_settled",
            statement,
            {"delivery": delivery_id, "arrived": arrived},
        )


def queue_again(db: Database, actor: Actor, release_id: int) -> int:
    """Queue the lines that failed before the message left; returns how many."""
    require(actor, "statement.write")
    with transaction(db):
        cursor = db.execute(
            "UPDATE release_delivery SET state = 'queued'"
            " WHERE release_id = ? AND state = 'failed'",
            [release_id],
        )
        count = int(cursor.rowcount)
        if count:
            statement = statement_by_id(db, release_by_id(db, release_id).statement_id)
            _record(db, actor, "release.queued_again", statement, {"lines": count})
    return count


def note_delivery_run(
    db: Database, actor: Actor, release_id: int, counts: Mapping[str, int], at: datetime
) -> None:
    """Leave the result of one sending run in the audit and on the timeline."""
    with transaction(db):
        statement = statement_by_id(db, release_by_id(db, release_id).statement_id)
        _record(db, actor, "release.delivered", statement, dict(counts))
        _tell(
            db,
            actor,
            statement,
            "release",
            _("Versand von {title}: {sent} angekommen, {open} offen").format(
                title=statement.title,
                sent=counts.get("sent", 0),
                open=sum(number for state, number in counts.items() if state != "sent"),
            ),
            at,
        )


def record_posting(db: Database, actor: Actor, release_id: int, url: str, at: datetime) -> Posting:
    """Record that a person put the released text on a network. Raises NotAnAddress."""
    require(actor, "statement.write")
    url = url.strip()
    if not _WEB.fullmatch(url):
        raise NotAnAddress(url)
    with transaction(db):
        known = [each for each in postings_of(db, release_id) if each.url == url]
        if known:
            return known[0]
        _insert(
            db,
            "release_posting",
            {
                "release_id": release_id,
                "url": url,
                "posted_at": utc_text(at),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        statement = statement_by_id(db, release_by_id(db, release_id).statement_id)
        _record(db, actor, "release.posted", statement, {"url": url})
        _tell(
            db,
            actor,
            statement,
            "release",
            _("Veröffentlicht: {title} ({url})").format(title=statement.title, url=url),
            at,
        )
    return next(each for each in postings_of(db, release_id) if each.url == url)


def postings_of(db: Database, release_id: int) -> list[Posting]:
    """Where people put the released text, oldest first."""
    rows = db.query(
        "SELECT url, posted_at, recorded_by FROM release_posting WHERE release_id = ? ORDER BY id",
        [release_id],
    )
    return [Posting(row["url"], parse_utc(row["posted_at"]), row["recorded_by"]) for row in rows]


def record_model_call(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    model: str,
    prompt_tokens: int,
    completion_tokens: int,
    outcome: str,
) -> None:
    """Keep that a language model was asked, and what came of it. No text is kept here."""
    with transaction(db):
        call_id = _insert(
            db,
            "model_call",
            {
                "case_id": case_id,
                "at": utc_text(now()),
                "by_name": actor.name,
                "model": model,
                "prompt_tokens": prompt_tokens,
                "completion_tokens": completion_tokens,
                "outcome": outcome,
            },
        )
        audit.record(
            db,
            actor,
            "model.asked",
            f"model_call:{call_id}",
            case_id=case_id,
            details={"model": model, "outcome": outcome},
        )
