"""Evidence (Beleg) and its custody (Beweiskette).

The SHA-256 is taken at arrival, before anything else happens to the file. The original lies
outside the database under its hash and is never written again; every look at it and every
export leaves an entry.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from access import accounts, audit, roles
from access.actor import Actor
from access.outbound import Gate
from cases import file_type, store, timestamp
from cases.errors import (
    EvidenceDamaged,
    EvidenceEmpty,
    EvidenceTooLarge,
    MissingField,
    TimestampRefused,
    UnknownEvidence,
)
from cases.store import captures
from cases.store.captures import CaptureCheck, CapturedPage
from data import Home, InputError, now, parse_utc, transaction, utc_text
from data.i18n import _

LARGEST_BYTES = 20 * 1024 * 1024
_NAME_LENGTH = 120

# What EX-05 names, what the web adds, and "file" for what came without a kind.
KINDS: Final = (
    "system_log", "log_file", "data_carrier", "notes", "screen_photo", "screenshot",
    "web_capture", "email", "letter", "other", "file", "redacted",
)  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """One stored file: an original, or a redacted copy that names its original.

    ``media_type`` is what the name claims, ``content_type`` what the first bytes show.
    ``check_id`` is the look at a web page that it belongs to.
    """

    id: int
    case_id: int
    kind: str
    file_name: str
    sha256: str
    bytes: int
    media_type: str
    source_url: str
    captured_at: datetime
    recorded_at: datetime
    recorded_by: str
    note: str
    content_type: str = ""
    original_id: int | None = None
    check_id: int | None = None

    @property
    def name_fits(self) -> bool:
        """Whether the name and the content claim the same kind of file."""
        return not self.content_type or file_type.agree(self.media_type, self.content_type)


@dataclass(frozen=True)
class CustodyEntry:
    """Who did what with an original, why, and for whom where it left the desk."""

    at: datetime
    actor_name: str
    action: str
    reason: str = ""
    recipient: str = ""


@dataclass(frozen=True)
class Arrival:
    """A file that is to be taken in; the fields are those of :class:`Evidence`."""

    data: bytes
    file_name: str
    kind: str
    source_url: str = ""
    captured_at: datetime | None = None
    note: str = ""
    original_id: int | None = None
    check_id: int | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Access:
    """What is known about somebody's access to a piece of evidence before it came here."""

    person: str
    function: str
    had_access: str
    period: str
    source: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class Redaction:
    """What was made unreadable in a copy, and why. ``areas`` is what was drawn or masked."""

    evidence_id: int
    original_id: int
    areas: list[Any]
    reason: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True)
class Timestamp:
    """A trusted timestamp of an original, as the authority answered."""

    id: int
    evidence_id: int
    authority: str
    nonce: int
    response: bytes
    root_pem: str
    attested_at: datetime
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class Piece:
    """One piece of evidence with everything that is written down about it."""

    evidence: Evidence
    custody: list[CustodyEntry]
    access: list[Access]
    redaction: Redaction | None
    timestamps: list[Timestamp]


@dataclass(frozen=True)
class Bundle:
    """All evidence of a case, oldest first, and the looks at its web pages."""

    pieces: list[Piece]
    pages: list[tuple[CapturedPage, list[CaptureCheck]]]


def _evidence(row: dict[str, Any]) -> Evidence:
    return Evidence(
        id=row["id"],
        case_id=row["case_id"],
        kind=row["kind"],
        file_name=row["file_name"],
        sha256=row["sha256"],
        bytes=row["bytes"],
        media_type=row["media_type"],
        source_url=row["source_url"],
        captured_at=parse_utc(row["captured_at"]),
        recorded_at=parse_utc(row["recorded_at"]),
        recorded_by=row["recorded_by"],
        note=row["note"],
        content_type=row["content_type"],
        original_id=row["original_id"],
        check_id=row["check_id"],
    )


def _path(home: Home, sha256: str) -> Path:
    return home.evidence / sha256[:2] / sha256


def _plain_name(file_name: str) -> str:
    """The last part of the name, printable and short: a name comes from outside."""
    last = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(sign for sign in last if sign.isprintable()).strip(". ")
    return printable[-_NAME_LENGTH:].lstrip(". ") or "datei"


def _keep_original(home: Home, sha256: str, data: bytes) -> None:
    target = _path(home, sha256)
    # A damaged original is replaced: what is taken in now must be whole.
    if _digest_of(target) == sha256:
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written beside its place and moved there whole: a crash leaves no half original.
    handle, temporary = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).chmod(0o400)
    Path(temporary).replace(target)


def add(
    db: Database,
    home: Home,
    actor: Actor,
    case_id: int,
    *,
    data: bytes,
    file_name: str,
    kind: str = "screenshot",
    source_url: str = "",
    captured_at: datetime | None = None,
    note: str = "",
    idempotency_key: str | None = None,
) -> Evidence:
    """Take in an original: hash, file, row, custody entry, timeline entry.

    The same ``idempotency_key`` gives the same evidence. Raises EvidenceEmpty,
    EvidenceTooLarge (20 MB), or InputError where ``kind`` is none of ``KINDS``.
    """
    arrival = Arrival(
        data=data,
        file_name=file_name,
        kind=kind,
        source_url=source_url,
        captured_at=captured_at,
        note=note,
        idempotency_key=idempotency_key,
    )
    return add_all(db, home, actor, case_id, [arrival])[0]


def add_all(
    db: Database, home: Home, actor: Actor, case_id: int, arrivals: Sequence[Arrival]
) -> list[Evidence]:
    """Take in several originals, all or none. Raises what :func:`add` raises."""
    added: list[Evidence] = []
    with transaction(db):
        for arrival in arrivals:
            known = _by_key(db, arrival.idempotency_key)
            added.append(known or take_in(db, home, actor, case_id, arrival))
            if known is None:
                _tell(db, actor, added[-1])
    return added


def _tell(db: Database, actor: Actor, added: Evidence) -> None:
    store.add_timeline_entry(
        db,
        actor,
        added.case_id,
        happened_at=added.captured_at,
        kind="evidence",
        text=_("Beleg gesichert: {name} (SHA-256 {start}…)").format(
            name=added.file_name, start=added.sha256[:12]
        ),
    )


def take_in(
    db: Database,
    home: Home,
    actor: Actor,
    case_id: int,
    arrival: Arrival,
    action: str = "received",
) -> Evidence:
    """Take in a file without a word on the timeline, as one of several that belong together.

    Raises what :func:`add` raises.
    """
    if arrival.kind not in KINDS:
        raise InputError("kind", f"takes one of {', '.join(KINDS)}")
    if not arrival.data:
        raise EvidenceEmpty
    if len(arrival.data) > LARGEST_BYTES:
        raise EvidenceTooLarge(LARGEST_BYTES // (1024 * 1024))
    sha256 = hashlib.sha256(arrival.data).hexdigest()
    name = _plain_name(arrival.file_name)
    _keep_original(home, sha256, arrival.data)
    recorded = now()
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO evidence (case_id, kind, file_name, sha256, bytes, media_type,"
            " content_type, source_url, captured_at, recorded_at, recorded_by, note, original_id,"
            " check_id, idempotency_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                case_id,
                arrival.kind,
                name,
                sha256,
                len(arrival.data),
                file_type.of_name(name),
                file_type.of_content(arrival.data),
                arrival.source_url,
                utc_text(arrival.captured_at or recorded),
                utc_text(recorded),
                actor.name,
                arrival.note,
                arrival.original_id,
                arrival.check_id,
                arrival.idempotency_key,
            ],
        )
        evidence_id = int(cursor.lastrowid or 0)
        _add_custody(db, actor, evidence_id, action)
        audit.record(
            db,
            actor,
            "evidence.added",
            f"evidence:{evidence_id}",
            case_id=case_id,
            details={"sha256": sha256, "bytes": len(arrival.data), "kind": arrival.kind},
        )
    return evidence_by_id(db, evidence_id)


def _by_key(db: Database, idempotency_key: str | None) -> Evidence | None:
    rows = db.query("SELECT * FROM evidence WHERE idempotency_key = ?", [idempotency_key])
    return next((_evidence(row) for row in rows), None)


def _add_custody(
    db: Database,
    actor: Actor,
    evidence_id: int,
    action: str,
    reason: str = "",
    recipient: str = "",
) -> None:
    db.execute(
        "INSERT INTO custody_entry (evidence_id, at, actor_name, action, reason, recipient)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [evidence_id, utc_text(now()), actor.name, action, reason, recipient],
    )


def evidence_by_id(db: Database, evidence_id: int) -> Evidence:
    """The evidence with this id, which must exist."""
    return _evidence(next(db.query("SELECT * FROM evidence WHERE id = ?", [evidence_id])))


def evidence_in_case(db: Database, case_id: int, evidence_id: int) -> Evidence:
    """The evidence with this id in this case. Raises UnknownEvidence."""
    rows = db.query("SELECT * FROM evidence WHERE id = ? AND case_id = ?", [evidence_id, case_id])
    found = next((_evidence(row) for row in rows), None)
    if found is None:
        raise UnknownEvidence(evidence_id)
    return found


def evidence_of(db: Database, case_id: int) -> list[Evidence]:
    """All evidence of a case, newest first."""
    rows = db.query("SELECT * FROM evidence WHERE case_id = ? ORDER BY id DESC", [case_id])
    return [_evidence(row) for row in rows]


def evidence_of_check(db: Database, check_id: int) -> list[Evidence]:
    """The files that one look at a web page brought, in the order they were kept."""
    rows = db.query("SELECT * FROM evidence WHERE check_id = ? ORDER BY id", [check_id])
    return [_evidence(row) for row in rows]


def custody_of(db: Database, evidence_id: int) -> list[CustodyEntry]:
    """The custody entries of one original, oldest first."""
    rows = db.query("SELECT * FROM custody_entry WHERE evidence_id = ? ORDER BY id", [evidence_id])
    return [
        CustodyEntry(
            at=parse_utc(row["at"]),
            actor_name=row["actor_name"],
            action=row["action"],
            reason=row["reason"],
            recipient=row["recipient"],
        )
        for row in rows
    ]


def look(
    db: Database,
    home: Home,
    actor: Actor,
    evidence_id: int,
    action: str = "viewed",
    *,
    reason: str = "",
    recipient: str = "",
) -> bytes:
    """The original's bytes, with a custody entry. Raises EvidenceDamaged."""
    data = read_whole(db, home, evidence_id)
    with transaction(db):
        _add_custody(db, actor, evidence_id, action, reason, recipient)
    return data


def read_whole(db: Database, home: Home, evidence_id: int) -> bytes:
    """The bytes as they arrived, for work of the desk itself: no person looks at them.

    Raises EvidenceDamaged.
    """
    evidence = evidence_by_id(db, evidence_id)
    path = _path(home, evidence.sha256)
    data = path.read_bytes() if path.exists() else b""
    # The bytes that are handed on are the ones that were hashed, not those of a second look.
    if hashlib.sha256(data).hexdigest() != evidence.sha256:
        raise EvidenceDamaged(evidence_id)
    return data


def hand_out(
    db: Database, home: Home, actor: Actor, evidence_id: int, *, reason: str, recipient: str
) -> bytes:
    """The bytes for somebody outside the desk, with who gets them and why.

    Raises MissingField or EvidenceDamaged.
    """
    for label, value in ((_("Empfänger"), recipient), (_("Grund"), reason)):
        if not value.strip():
            raise MissingField(label)
    evidence = evidence_by_id(db, evidence_id)
    with transaction(db):
        data = look(
            db,
            home,
            actor,
            evidence_id,
            "exported",
            reason=reason.strip(),
            recipient=recipient.strip(),
        )
        audit.record(
            db,
            actor,
            "evidence.exported",
            f"evidence:{evidence_id}",
            case_id=evidence.case_id,
            details={"recipient": recipient.strip(), "reason": reason.strip()},
        )
    return data


def add_redacted(
    db: Database,
    home: Home,
    actor: Actor,
    original_id: int,
    *,
    data: bytes,
    suffix: str,
    areas: list[Any],
    reason: str,
    idempotency_key: str | None = None,
) -> Evidence:
    """Keep a redacted copy beside its original. Raises MissingField and what :func:`add` raises.

    The copy has its own hash and its own custody; the original's custody says that it was made.
    """
    if not reason.strip():
        raise MissingField(_("Grund"))
    with transaction(db):
        known = _by_key(db, idempotency_key)
        if known is not None:
            return known
        original = evidence_by_id(db, original_id)
        copy = take_in(
            db,
            home,
            actor,
            original.case_id,
            Arrival(
                data=data,
                file_name=f"{Path(original.file_name).stem[:90]}-geschwaerzt{suffix}",
                kind="redacted",
                source_url=original.source_url,
                captured_at=original.captured_at,
                note=_("geschwärzte Kopie von B{number}").format(number=original_id),
                original_id=original_id,
                idempotency_key=idempotency_key,
            ),
            action="made",
        )
        db.execute(
            "INSERT INTO redaction (evidence_id, original_id, areas, reason, made_at, made_by)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                copy.id,
                original_id,
                json.dumps(areas, ensure_ascii=False),
                reason.strip(),
                utc_text(now()),
                actor.name,
            ],
        )
        _add_custody(db, actor, original_id, "redacted copy made", reason.strip())
        store.add_timeline_entry(
            db,
            actor,
            original.case_id,
            happened_at=copy.recorded_at,
            kind="evidence",
            text=_("Geschwärzte Kopie B{copy} von Beleg B{original}: {reason}").format(
                copy=copy.id, original=original_id, reason=reason.strip()
            ),
        )
    return copy


def redaction_of(db: Database, evidence_id: int) -> Redaction | None:
    """What was redacted in this copy, or None for an original."""
    for row in db.query("SELECT * FROM redaction WHERE evidence_id = ?", [evidence_id]):
        return Redaction(
            evidence_id=row["evidence_id"],
            original_id=row["original_id"],
            areas=json.loads(row["areas"]),
            reason=row["reason"],
            made_at=parse_utc(row["made_at"]),
            made_by=row["made_by"],
        )
    return None


def record_access(
    db: Database,
    actor: Actor,
    evidence_id: int,
    *,
    person: str,
    had_access: str,
    source: str,
    function: str = "",
    period: str = "",
    idempotency_key: str | None = None,
) -> None:
    """Write down who had, may have had or had no access before the evidence came here (EX-04b).

    ``had_access`` is yes, no or unknown; ``source`` says who told us. Raises MissingField or
    InputError.
    """
    for label, value in ((_("Person"), person), (_("Woher wir das wissen"), source)):
        if not value.strip():
            raise MissingField(label)
    if had_access not in ("yes", "no", "unknown"):
        raise InputError("had_access", "takes yes, no or unknown")
    evidence = evidence_by_id(db, evidence_id)
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO evidence_access (evidence_id, person, function, had_access, period,"
            " source, recorded_at, recorded_by, idempotency_key)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (idempotency_key) DO NOTHING",
            [
                evidence_id,
                person.strip(),
                function.strip(),
                had_access,
                period.strip(),
                source.strip(),
                utc_text(now()),
                actor.name,
                idempotency_key,
            ],
        )
        if cursor.rowcount:
            audit.record(
                db,
                actor,
                "evidence.access_recorded",
                f"evidence:{evidence_id}",
                case_id=evidence.case_id,
                details={"person": person.strip(), "had_access": had_access},
            )


def access_of(db: Database, evidence_id: int) -> list[Access]:
    """What is known about access before the evidence came here, oldest first."""
    rows = db.query(
        "SELECT * FROM evidence_access WHERE evidence_id = ? ORDER BY id", [evidence_id]
    )
    return [
        Access(
            person=row["person"],
            function=row["function"],
            had_access=row["had_access"],
            period=row["period"],
            source=row["source"],
            recorded_at=parse_utc(row["recorded_at"]),
            recorded_by=row["recorded_by"],
        )
        for row in rows
    ]


def people_with_access(db: Database) -> list[str]:
    """The accounts of this desk whose role lets them read evidence, by name."""
    return sorted(
        account.name
        for account in accounts.list_accounts(db)
        if roles.may(account.actor, "evidence.read")
    )


def stamp(db: Database, home: Home, gate: Gate, actor: Actor, evidence_id: int) -> Timestamp:
    """Have the authority of this installation stamp the hash of one file.

    Raises EvidenceDamaged, NoTimestampAuthority, TimestampRefused or an OutboundError.
    """
    data = read_whole(db, home, evidence_id)
    token = timestamp.obtain(gate, timestamp.configured(db), data)
    evidence = evidence_by_id(db, evidence_id)
    with transaction(db):
        db.execute(
            "INSERT INTO timestamp_token (evidence_id, authority, nonce, response, root_pem,"
            " attested_at, recorded_at, recorded_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                evidence_id,
                token.authority,
                str(token.nonce),
                token.response,
                token.root_pem,
                utc_text(token.attested_at),
                utc_text(now()),
                actor.name,
            ],
        )
        _add_custody(db, actor, evidence_id, "timestamped", recipient=token.authority)
        audit.record(
            db,
            actor,
            "evidence.timestamped",
            f"evidence:{evidence_id}",
            case_id=evidence.case_id,
            details={
                "authority": token.authority,
                "attested_at": utc_text(token.attested_at),
                "response_sha256": hashlib.sha256(token.response).hexdigest(),
                "root_sha256": hashlib.sha256(token.root_pem.encode()).hexdigest(),
            },
        )
    return timestamps_of(db, evidence_id)[-1]


def timestamps_of(db: Database, evidence_id: int) -> list[Timestamp]:
    """The trusted timestamps of one file, oldest first."""
    rows = db.query(
        "SELECT * FROM timestamp_token WHERE evidence_id = ? ORDER BY id", [evidence_id]
    )
    return [
        Timestamp(
            id=row["id"],
            evidence_id=row["evidence_id"],
            authority=row["authority"],
            nonce=int(row["nonce"]),
            response=row["response"],
            root_pem=row["root_pem"],
            attested_at=parse_utc(row["attested_at"]),
            recorded_at=parse_utc(row["recorded_at"]),
            recorded_by=row["recorded_by"],
        )
        for row in rows
    ]


def stamped_in(db: Database, case_id: int) -> set[int]:
    """The evidence of a case that has a trusted timestamp, by id."""
    rows = db.query(
        "SELECT DISTINCT evidence_id FROM timestamp_token"
        " WHERE evidence_id IN (SELECT id FROM evidence WHERE case_id = ?)",
        [case_id],
    )
    return {row["evidence_id"] for row in rows}


def timestamp_problem(evidence: Evidence, stamped: Timestamp) -> str | None:
    """What is wrong with a timestamp, or None: it is verified anew, by its stored bytes."""
    try:
        attested = timestamp.verify(
            stamped.response, bytes.fromhex(evidence.sha256), stamped.nonce, stamped.root_pem
        )
    except TimestampRefused as error:
        return f"evidence {evidence.id}: timestamp {stamped.id} does not verify ({error.word})"
    if utc_text(attested) != utc_text(stamped.attested_at):
        return f"evidence {evidence.id}: timestamp {stamped.id} attests another time"
    return None


def bundle_of(db: Database, case_id: int) -> Bundle:
    """Everything the case file needs to know about the evidence of a case."""
    return Bundle(
        pieces=[_piece(db, each) for each in reversed(evidence_of(db, case_id))],
        pages=[
            (page, captures.checks_of(db, page.id))
            for page in reversed(captures.pages_of(db, case_id))
        ],
    )


def _piece(db: Database, evidence: Evidence) -> Piece:
    return Piece(
        evidence=evidence,
        custody=custody_of(db, evidence.id),
        access=access_of(db, evidence.id),
        redaction=redaction_of(db, evidence.id),
        timestamps=timestamps_of(db, evidence.id),
    )


def _digest_of(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _problem(home: Home, evidence: Evidence) -> str | None:
    path = _path(home, evidence.sha256)
    digest = _digest_of(path)
    if digest is None:
        return f"evidence {evidence.id} is missing: {evidence.file_name}"
    if digest != evidence.sha256 or path.stat().st_size != evidence.bytes:
        return f"evidence {evidence.id} was changed: {evidence.file_name}"
    return None


def _vanished(db: Database) -> list[str]:
    """The audit chain knows every arrival: what it names has to be there, with the same hash."""
    rows = db.query(
        "SELECT subject, json_extract(audit_entry.details, '$.sha256') AS arrived, sha256"
        " FROM audit_entry LEFT JOIN evidence ON 'evidence:' || evidence.id = subject"
        " WHERE action = 'evidence.added' ORDER BY audit_entry.id"
    )
    return [
        f"{row['subject'].replace(':', ' ')} is not what arrived"
        for row in rows
        if row["sha256"] != row["arrived"]
    ]


def verify(db: Database, home: Home) -> tuple[int, list[str]]:
    """Re-hash every file and verify every timestamp; returns the number of files and what is
    wrong."""
    rows = [_evidence(row) for row in db.query("SELECT * FROM evidence ORDER BY id")]
    problems = [problem for each in rows if (problem := _problem(home, each))]
    problems += _vanished(db)
    stamped = {row["evidence_id"] for row in db.query("SELECT evidence_id FROM timestamp_token")}
    for each in rows:
        if each.id in stamped:
            found = [timestamp_problem(each, token) for token in timestamps_of(db, each.id)]
            problems += [problem for problem in found if problem]
    return len(rows), problems
