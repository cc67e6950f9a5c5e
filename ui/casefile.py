"""The case file: everything the insurer or a lawyer needs, with a manifest of hashes.

A ZIP with a readable report (PDF), the data as JSON, the evidence, the released texts, the
hours as a spreadsheet, and ``manifest.json`` with the SHA-256 of every other file in it. The
same records at the same moment give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final, TypeVar

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from access.roles import require
from budget import export as budget_export
from cases import evidence, store
from cases.evidence import Piece
from cases.store import Case
from data import Home, now, transaction
from data.times import local, local_text
from drafting import documents
from drafting.errors import DocumentDiffers
from ui import casedata, casefile_check, dossier, report
from ui.casefile_check import MANIFEST, SUMS
from ui.dossier import Dossier, Level, StatementRecord

Result = TypeVar("Result")

CUSTODY_ACTION: Final = "exported with the case file"
_NAME_LENGTH: Final = 100
# What Windows refuses in a file name, and what a shell would read as more than a letter.
_UNSAFE: Final = re.compile(r'[\x00-\x1f<>:"/\\|?*\x7f]')

_README: Final = """\
Fallakte {number}
{public_name}

Fassung: {level}
Erstellt: {made_at} durch {made_by}

Inhalt
  report.pdf       der Bericht zum Lesen und Drucken
  *.json           dieselben Angaben für Programme (Zeiten mit Zeitzone, Beträge in Cent)
  evidence/        die Belege, wie sie eingegangen sind; B12 im Bericht ist evidence/B12-…
  timestamps/      Zeitstempel der Belege nach RFC 3161 samt Wurzelzertifikat, wo es welche gibt
  statements/      die ausgesandten Texte im genauen Wortlaut (TXT) und als Dokument (DOCX)
  claims/          die gesendeten Meldungen an den Versicherer im genauen Wortlaut
  hours.xlsx       die Leistungen als Tabelle
  manifest.json    SHA-256 und Größe jeder Datei dieser Akte
  SHA256SUMS       dieselben Prüfsummen für das Programm sha256sum

Prüfen
  1. Die Akte entpacken und in ihrem Ordner aufrufen:
         sha256sum -c SHA256SUMS
     Unter macOS:
         shasum -a 256 -c SHA256SUMS
  2. Oder mit Krisenpult, ohne Datenbank:
         krisenpult verify {file_name}
     Das prüft auch, ob die Belege zu ihrem Verzeichnis passen, ob die Freigaben zum Text
     gehören, ob die Summen der Leistungen stimmen und ob die Prüfkette hält.

Die Prüfsumme von manifest.json hält Krisenpult beim Erstellen in seiner Prüfkette fest. Wer die
ganze Akte samt Verzeichnis fälscht, fällt dort auf: Die Stelle, die sie erstellt hat, kann es
auf der Seite „Akte“ nachsehen.
"""


@dataclass(frozen=True)
class Written:
    """What was written: the hash of the manifest, the number of files, the bytes of the ZIP."""

    case_number: str
    level: Level
    manifest_sha256: str
    files: int
    bytes: int


def build(
    home: Home,
    actor: Actor,
    number: str,
    level: Level = "insurer",
    recipient: str = "",
    at: datetime | None = None,
) -> bytes:
    """The ZIP for the case with this number. Raises NotAllowed, UnknownCase or
    EvidenceDamaged.

    Taking the evidence out leaves a custody entry for each file, with the ``recipient``; the
    audit chain keeps the hash of the manifest.
    """
    packed = io.BytesIO()
    write(home, actor, number, packed, level=level, recipient=recipient, at=at)
    return packed.getvalue()


def write(
    home: Home,
    actor: Actor,
    number: str,
    target: BinaryIO,
    *,
    level: Level = "insurer",
    recipient: str = "",
    at: datetime | None = None,
) -> Written:
    """Write the ZIP to ``target``, one file after the other; see :func:`build`."""
    require(actor, "evidence.read")
    return in_german(
        home, lambda: _write(home, actor, number, target, level, recipient, at or now())
    )


def in_german(home: Home, work: Callable[[], Result]) -> Result:
    """Do ``work`` in German, whatever the page speaks: what goes to the insurer is German.

    The language is that of the page's thread, so the work is done in one that has no page.
    """

    def there() -> Result:
        try:
            return work()
        finally:
            home.close()

    with ThreadPoolExecutor(max_workers=1) as outside:
        return outside.submit(there).result()


def verify(packed: bytes) -> list[str]:
    """What is wrong with a case file, one English sentence each. Raises NoCaseFile."""
    return [each.text for each in casefile_check.check(io.BytesIO(packed)).problems]


def file_name(case_number: str, at: datetime, level: Level) -> str:
    """The name under which the file is saved."""
    tail = "" if level == "insurer" else "-vollstaendig"
    return f"Fallakte-{case_number}-{local(at):%Y%m%d-%H%M}{tail}.zip"


# Making it --------------------------------------------------------------------------------------


class _Pack:
    """A ZIP that remembers the hash and the size of everything that goes in."""

    def __init__(self, target: BinaryIO, at: datetime) -> None:
        self.hashes: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self._moment = local(at).timetuple()[:6]
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    def add(self, name: str, content: bytes) -> str:
        """Put one file in; returns its SHA-256."""
        entry = zipfile.ZipInfo(name, date_time=self._moment)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        self._zip.writestr(entry, content)
        self.hashes[name] = hashlib.sha256(content).hexdigest()
        self.sizes[name] = len(content)
        return self.hashes[name]

    def __enter__(self) -> _Pack:
        return self

    def __exit__(self, *_: object) -> None:
        """Write the directory of the ZIP."""
        self._zip.close()


def _write(
    home: Home,
    actor: Actor,
    number: str,
    target: BinaryIO,
    level: Level,
    recipient: str,
    at: datetime,
) -> Written:
    db = home.db()
    case = store.case_by_number(db, number)
    told = dossier.for_level(dossier.read(db, case, at, actor.name), level)
    start = target.tell()
    with _Pack(target, at) as pack:
        digest = _fill(pack, home, actor, told, recipient)
    written = Written(case.number, level, digest, len(pack.hashes), target.tell() - start)
    _record(db, actor, case, written, recipient)
    return written


def _fill(pack: _Pack, home: Home, actor: Actor, told: Dossier, recipient: str) -> str:
    """Put everything in, the manifest last; returns the hash of the manifest."""
    db = home.db()
    pack.add("README.txt", _readme(told).encode())
    pack.add("report.pdf", report.pdf(told))
    taken_out = {}
    for name, content, evidence_id in _evidence(db, home, actor, told, recipient):
        pack.add(name, content)
        if evidence_id is not None:
            taken_out[evidence_id] = name
    parts = casedata.documents(_with_custody(db, told))
    _name_files(parts["evidence.json"]["pieces"], taken_out)
    for name, value in parts.items():
        pack.add(name, casedata.text(value))
    for name, content in _texts(told):
        pack.add(name, content)
    if told.report.lines:
        pack.add("hours.xlsx", budget_export.render(told.report, "xlsx"))
    sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(pack.hashes.items()))
    pack.add(SUMS, sums.encode())
    return pack.add(MANIFEST, casedata.text(_manifest(told, pack)))


def _readme(told: Dossier) -> str:
    return _README.format(
        number=told.case.number,
        public_name=told.case.public_name,
        level=report.LEVEL_NAMES[told.level],
        made_at=f"{local(told.read_at):%d.%m.%Y, %H:%M}",
        made_by=told.made_by,
        file_name=file_name(told.case.number, told.read_at, told.level),
    )


def _manifest(told: Dossier, pack: _Pack) -> dict[str, Any]:
    return {
        "schema": casedata.SCHEMA,
        "case": told.case.number,
        "level": told.level,
        "made_at": local_text(told.read_at),
        "made_by": told.made_by,
        "audit_head": told.audit.head,
        "files": dict(sorted(pack.hashes.items())),
        "sizes": dict(sorted(pack.sizes.items())),
    }


def _record(db: Database, actor: Actor, case: Case, written: Written, recipient: str) -> None:
    with transaction(db):
        audit.record(
            db,
            actor,
            "case.exported",
            f"crisis_case:{case.id}",
            case_id=case.id,
            details={
                "level": written.level,
                "recipient": recipient.strip(),
                "manifest_sha256": written.manifest_sha256,
                "files": written.files,
                "bytes": written.bytes,
            },
        )


# Its parts --------------------------------------------------------------------------------------


def handed_out(told: Dossier) -> list[Piece]:
    """The evidence that goes into the file: for the insurer the redacted copy, where there is one,
    in the place of its original."""
    if told.level == "lawyer":
        return told.evidence.pieces
    replaced = {each.evidence.original_id for each in told.evidence.pieces}
    return [each for each in told.evidence.pieces if each.evidence.id not in replaced]


def _evidence(
    db: Database, home: Home, actor: Actor, told: Dossier, recipient: str
) -> Iterator[tuple[str, bytes, int | None]]:
    """Each file of the evidence by its name, with its timestamps behind it."""
    for piece in handed_out(told):
        kept = piece.evidence
        content = evidence.look(
            db,
            home,
            actor,
            kept.id,
            CUSTODY_ACTION,
            reason=f"Fallakte {told.case.number}, {report.LEVEL_NAMES[told.level]}",
            recipient=recipient.strip(),
        )
        yield f"evidence/B{kept.id}-{safe_name(kept.file_name)}", content, kept.id
        for stamp in piece.timestamps:
            base = f"timestamps/B{kept.id}-Z{stamp.id}"
            yield f"{base}.tsr", stamp.response, None
            yield f"{base}-root.pem", stamp.root_pem.encode(), None


def _with_custody(db: Database, told: Dossier) -> Dossier:
    """The dossier with the custody as it is now: this export stands in it."""
    return dossier.with_evidence(told, evidence.bundle_of(db, told.case.id))


def _name_files(pieces: list[dict[str, Any]], names: dict[int, str]) -> None:
    """Say of each piece which file of this case file it is; None where it is left out."""
    for piece in pieces:
        piece["file"] = names.get(piece["id"])


def _texts(told: Dossier) -> Iterator[tuple[str, bytes]]:
    for statement in told.statements:
        yield from _released(statement)
    for each in told.claim_reports:
        if each.dispatch is not None:
            yield f"claims/{each.number}-{safe_name(each.title)}.txt", each.dispatch.text.encode()


def _released(told: StatementRecord) -> Iterator[tuple[str, bytes]]:
    version, release = told.released_version, told.release
    if version is None or release is None:
        return
    title = told.statement.title

    def name(ending: str) -> str:
        made = documents.file_name(title, told.statement.id, version.version, ending)
        return f"statements/{made}"

    yield name("txt"), version.text.encode()
    try:
        made = documents.docx_bytes(
            version.text, title=title, language=told.statement.language, made_at=release.at
        )
    except DocumentDiffers:
        # The exact words stand in the TXT; a document with other words is no help.
        return
    yield name("docx"), made


def safe_name(file_name: str) -> str:
    """A name that every system takes and no program reads as a path."""
    composed = unicodedata.normalize("NFC", file_name)
    plain = "".join(sign if sign.isprintable() else "_" for sign in _UNSAFE.sub("_", composed))
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending) <= 10:
        plain = f"{stem[: _NAME_LENGTH - len(ending) - 1]}.{ending}"
    return plain[:_NAME_LENGTH].strip(". ") or "datei"
