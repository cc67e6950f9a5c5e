"""Sending what was approved: one e-mail to each recipient, and one result for each.

A line of the delivery list is claimed in the database before its message leaves, so two
senders never take the same one, and a sender that dies leaves a mark. What happened to a
message whose connection broke after its words had gone out is not known; such a line is
"unclear" and waits for a person, because sending again might send twice. Posting to a
network stays a person's act (:func:`drafting.store.record_posting`).
"""

from __future__ import annotations

import smtplib
import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr

from sqlite_utils import Database

from access import settings
from access.actor import Actor
from cases import evidence
from cases import store as cases
from data import Home, now
from drafting import documents, store
from drafting.documents import Attachment
from drafting.errors import (
    CompromisedSender,
    MailNotSet,
    MailServerUnreachable,
    NoRecipients,
)
from drafting.store import Delivery, Release, Statement, Version

SMTP_SECONDS = 30
# Longer than any sender can hold one claim: four replies of SMTP_SECONDS and some air.
CLAIM_LASTS = timedelta(minutes=5)
PASSWORD_VARIABLE = "KRISENPULT_SMTP_PASSWORD"  # noqa: S105 (the name of a variable)
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
# With these, whoever attacked may read and write the firm's mail.
_MAILBOX_KINDS = frozenset({"email_fraud", "identity_theft", "cyber_attack"})


@dataclass(frozen=True)
class MailSettings:
    """How mail leaves the house. ``security``: starttls, tls or none."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: str = ""

    @classmethod
    def load(cls, db: Database, environment: Mapping[str, str]) -> MailSettings:
        """From the settings smtp_*; the password from the environment. Raises MailNotSet."""
        values = {
            key: (settings.get(db, f"smtp_{key}") or "").strip()
            for key in ("host", "port", "from", "user", "security")
        }
        for key in ("host", "from"):
            if not values[key]:
                raise MailNotSet(f"smtp_{key}")
        security = values["security"] or "starttls"
        if security not in _PORTS:
            raise MailNotSet("smtp_security")
        port = values["port"] or str(_PORTS[security])
        if not port.isdecimal():
            raise MailNotSet("smtp_port")
        return cls(
            host=values["host"],
            port=int(port),
            sender=values["from"],
            security=security,
            user=values["user"],
            password=environment.get(PASSWORD_VARIABLE, ""),
        )


@dataclass(frozen=True)
class Report:
    """How many lines of the delivery list are in which state after a run."""

    counts: Mapping[str, int]

    @property
    def done(self) -> bool:
        """Whether every recipient has the message."""
        return set(self.counts) <= {"sent"}


@dataclass(frozen=True)
class _Outcome:
    """How one message fared. ``broken``: the connection is of no more use."""

    state: str
    error: str = ""
    broken: bool = False


def release(
    db: Database, actor: Actor, statement_id: int, *, idempotency_key: str, at: datetime
) -> Release:
    """Release the approved content. Nothing leaves the house yet: see :func:`deliver`."""
    return store.add_release(db, actor, statement_id, idempotency_key=idempotency_key, at=at)


def deliver(
    db: Database,
    home: Home,
    actor: Actor,
    release_id: int,
    mail: MailSettings,
    clock: Callable[[], datetime] = now,
) -> Report:
    """Send to every recipient that is still queued; safe to call again, also side by side.

    Raises NoRecipients, CompromisedSender, MailServerUnreachable, or DocumentDiffers where
    the attachment does not hold the approved words.
    """
    store.mark_unclear(db, release_id, clock() - CLAIM_LASTS)
    lines = store.deliveries_of(db, release_id)
    if not lines:
        raise NoRecipients
    if all(each.state != "queued" for each in lines):
        return _report(db, release_id)
    released = store.release_by_id(db, release_id)
    statement = store.statement_by_id(db, released.statement_id)
    version = store.version_by_id(db, released.version_id)
    _refuse_compromised_sender(db, statement, mail)
    attachments = _attachments(db, home, actor, statement, version, released)
    with _session(mail) as session:
        while (line := store.claim_delivery(db, release_id, clock())) is not None:
            outcome = _send(session, mail, statement, version, released, line, attachments)
            store.settle_delivery(db, line.id, outcome.state, error=outcome.error, at=clock())
            if outcome.broken:
                break
    report = _report(db, release_id)
    store.note_delivery_run(db, actor, release_id, report.counts, clock())
    return report


def _report(db: Database, release_id: int) -> Report:
    return Report(Counter(each.state for each in store.deliveries_of(db, release_id)))


def _refuse_compromised_sender(db: Database, statement: Statement, mail: MailSettings) -> None:
    case = cases.case_by_id(db, statement.case_id)
    attacked = any(
        each.kind in _MAILBOX_KINDS for each in cases.incidents_of(db, statement.case_id)
    )
    firm_domain = cases.firm_by_id(db, case.firm_id).email.lower().rpartition("@")[2]
    sender_domain = parseaddr(mail.sender)[1].lower().rpartition("@")[2]
    if attacked and firm_domain and sender_domain == firm_domain:
        raise CompromisedSender(mail.sender)


def _attachments(
    db: Database,
    home: Home,
    actor: Actor,
    statement: Statement,
    version: Version,
    released: Release,
) -> list[Attachment]:
    """The text as DOCX, and the originals that were approved with it."""
    made = [
        Attachment(
            documents.file_name(statement.title, statement.id, version.version, "docx"),
            documents.DOCX_TYPE,
            documents.docx_bytes(
                version.text,
                title=statement.title,
                language=statement.language,
                made_at=released.at,
            ),
        )
    ]
    for each in store.attachments_of(db, statement.id):
        data = evidence.look(db, home, actor, each.id, action="sent")
        made.append(Attachment(each.file_name, each.media_type, data))
    return made


@contextmanager
def _session(mail: MailSettings) -> Iterator[smtplib.SMTP]:
    """A session with the mail server, signed in. Raises MailServerUnreachable."""
    session: smtplib.SMTP | None = None
    try:
        if mail.security == "tls":
            session = smtplib.SMTP_SSL(
                mail.host,
                mail.port,
                timeout=SMTP_SECONDS,
                context=ssl.create_default_context(),
            )
        else:
            session = smtplib.SMTP(mail.host, mail.port, timeout=SMTP_SECONDS)
        if mail.security == "starttls":
            session.starttls(context=ssl.create_default_context())
        if mail.user:
            session.login(mail.user, mail.password)
        session.ehlo_or_helo_if_needed()
    except (smtplib.SMTPException, OSError) as error:
        if session is not None:
            session.close()
        raise MailServerUnreachable(mail.host, _short(error)) from error
    try:
        yield session
    finally:
        _leave(session)


def _leave(session: smtplib.SMTP) -> None:
    try:
        session.quit()
    except (smtplib.SMTPException, OSError):
        # The messages are settled by now; a server that hangs up first changes nothing.
        session.close()


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _send(
    session: smtplib.SMTP,
    mail: MailSettings,
    statement: Statement,
    version: Version,
    released: Release,
    line: Delivery,
    attachments: list[Attachment],
) -> _Outcome:
    """Hand one message to the server, phase by phase, to know how far it got."""
    try:
        message = documents.checked_letter(
            documents.letter(
                version.text,
                title=statement.title,
                language=statement.language,
                sender=mail.sender,
                recipient=(line.name, line.email),
                message_id=line.message_id,
                at=released.at,
                attachments=attachments,
            ),
            version.text,
        )
    except ValueError as error:
        return _Outcome("refused", _short(error))
    try:
        answers = (
            session.mail(parseaddr(mail.sender)[1]),
            session.rcpt(line.email),
        )
        for code, reply in answers:
            if code not in (250, 251):
                session.rset()
                return _answered(code, reply)
    except (smtplib.SMTPException, OSError) as error:
        # Nothing of the text has gone out yet.
        return _Outcome("failed", _short(error), broken=True)
    try:
        code, reply = session.data(message.as_bytes())
    except smtplib.SMTPDataError as error:
        return _answered(error.smtp_code, error.smtp_error)
    except (smtplib.SMTPException, OSError) as error:
        return _Outcome("unclear", _short(error), broken=True)
    return _Outcome("sent") if code == 250 else _answered(code, reply)


def _answered(code: int, reply: bytes | str) -> _Outcome:
    """The server's refusal: for good (5xx), or for now (4xx)."""
    said = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    text = f"{code} {' '.join(said.split())}"[:200]
    return _Outcome("refused" if code >= 500 else "failed", text, broken=code == 421)


@dataclass(frozen=True)
class Download:
    """A file for the browser."""

    file_name: str
    media_type: str
    data: bytes


def file_name(db: Database, statement_id: int, ending: str, at: datetime) -> str:
    """The name of the file; while the content is not approved it says that it is a draft."""
    statement = store.statement_by_id(db, statement_id)
    version = store.newest_version(db, statement_id)
    name = documents.file_name(
        statement.title, statement.id, version.version if version else 0, ending
    )
    approved = store.approval_state(db, statement_id, at).standing == "approved"
    return name if approved else f"ENTWURF-{name}"


def download(db: Database, statement_id: int, ending: str, at: datetime) -> Download:
    """The newest text as txt, docx, pdf or eml. Raises DocumentDiffers.

    An e-mail file names a recipient only where there is exactly one.
    """
    statement = store.statement_by_id(db, statement_id)
    version = store.newest_version(db, statement_id)
    text = version.text if version else ""
    name = file_name(db, statement_id, ending, at)
    if ending == "docx":
        made = documents.docx_bytes(
            text, title=statement.title, language=statement.language, made_at=at
        )
        return Download(name, documents.DOCX_TYPE, made)
    if ending == "pdf":
        made = documents.pdf_bytes(
            text, title=statement.title, language=statement.language, made_at=at
        )
        return Download(name, "application/pdf", made)
    if ending == "eml":
        return Download(name, "message/rfc822", _draft_mail(db, statement, text, at))
    return Download(name, "text/plain", text.encode())


def _draft_mail(db: Database, statement: Statement, text: str, at: datetime) -> bytes:
    by_mail = [
        each for each in store.recipients_of(db, statement.id) if each.address_kind == "email"
    ]
    message = documents.letter(
        text,
        title=statement.title,
        language=statement.language,
        sender="",
        recipient=(by_mail[0].name, by_mail[0].email) if len(by_mail) == 1 else None,
        message_id=f"<kp-draft-{statement.id}-{int(at.timestamp())}@krisenpult.invalid>",
        at=at,
    )
    return documents.eml_bytes(documents.checked_letter(message, text))
