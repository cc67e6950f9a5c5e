"""Checking a case file: the hashes, and that what is inside fits together.

It needs no database. The file comes from outside, so its names and sizes are looked at before
anything is read, and nothing of it is ever written to the disk.
"""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final

from access import chain
from cases import timestamp
from cases.claims import text_hash as claim_hash
from cases.errors import BadRootCertificate, NoCaseFile, TimestampRefused
from data.i18n import N_, _
from drafting import approval as approval_rules
from ui import casedata

MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"

MOST_FILES: Final = 20_000
MOST_BYTES: Final = 3 * 1024**3
_LARGEST_DOCUMENT: Final = 256 * 1024**2
_CHUNK: Final = 1024 * 1024
_STORED: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1
# What unpacking raises on a damaged file.
_DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError,
)  # fmt: skip
# What reading a part raises whose fields are missing or of another shape.
_UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)

# The word for each kind of problem: English for programs, German for people.
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "changed": ("{name} was changed", N_("„{name}“ wurde verändert.")),
    "missing": ("{name} is missing", N_("„{name}“ fehlt.")),
    "added": ("{name} is not in the manifest", N_("„{name}“ steht nicht im Verzeichnis.")),
    "size": ("{name} has another size than the manifest says",
             N_("„{name}“ ist anders groß, als das Verzeichnis sagt.")),
    "sums": ("SHA256SUMS does not agree with the manifest: {name}",
             N_("SHA256SUMS und Verzeichnis widersprechen einander: „{name}“.")),
    "unreadable": ("{name} cannot be read: {detail}",
                   N_("„{name}“ lässt sich nicht lesen ({detail}).")),
    "evidence": ("evidence {detail} does not have the hash of evidence.json",
                 N_("Beleg {detail} hat nicht die Prüfsumme aus evidence.json.")),
    "no_evidence": ("evidence {detail} is listed in evidence.json and not in the file",
                    N_("Beleg {detail} steht in evidence.json und fehlt in der Akte.")),
    "unlisted_evidence": ("{name} is not listed in evidence.json",
                          N_("„{name}“ steht nicht in evidence.json.")),
    "timestamp": ("the timestamp of evidence {detail} does not verify",
                  N_("Der Zeitstempel von Beleg {detail} hält der Prüfung nicht stand.")),
    "text": ("the text of {detail} does not have its hash",
             N_("Der Text von {detail} hat nicht seine Prüfsumme.")),
    "approval": ("the approval of {detail} does not belong to its content",
                 N_("Die Freigabe von {detail} gehört nicht zu diesem Inhalt.")),
    "hours": ("hours.json: {detail} does not come out of the rows",
              N_("Leistungen: {detail} ergibt sich nicht aus den Zeilen.")),
    "hours_hash": ("hours.json: its rows do not have the hash it names",
                   N_("Leistungen: Die Zeilen haben nicht die Prüfsumme, die bei ihnen steht.")),
    "hours_bookings": ("hours.json: the bookings do not add up to the lines",
                       N_("Leistungen: Die Buchungen ergeben nicht die Summe der Zeilen.")),
    "audit": ("{detail}", N_("Prüfkette: {detail}")),
    "disagree": ("{name} disagrees with the manifest: {detail}",
                 N_("„{name}“ widerspricht dem Verzeichnis ({detail}).")),
}  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: which kind, in which file, and what exactly."""

    kind: str
    name: str = ""
    detail: str = ""

    @property
    def text(self) -> str:
        """One English sentence, for programs."""
        return _WORDS[self.kind][0].format(name=self.name, detail=self.detail)

    @property
    def sentence(self) -> str:
        """One sentence in the reader's language."""
        return _(_WORDS[self.kind][1]).format(name=self.name, detail=self.detail)


@dataclass(frozen=True)
class Checked:
    """A case file that could be read: what it says of itself, and what is wrong with it."""

    case_number: str
    level: str
    made_at: str
    made_by: str
    manifest_sha256: str
    files: int
    problems: tuple[Problem, ...]


def check(file: BinaryIO) -> Checked:
    """Check a case file. Raises NoCaseFile where it is none, or a hostile one."""
    try:
        opened = zipfile.ZipFile(file)
    except _DAMAGED as error:
        raise NoCaseFile(
            _("Die Datei ist kein ZIP ({detail}).").format(detail=_short(error))
        ) from error
    with opened as zipped:
        _refuse_hostile(zipped)
        return _check(zipped)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__


# Before anything is read -------------------------------------------------------------------------


def _refuse_hostile(zipped: zipfile.ZipFile) -> None:
    entries = zipped.infolist()
    if len(entries) > MOST_FILES:
        raise NoCaseFile(_("Sie enthält mehr als {most} Dateien.").format(most=MOST_FILES))
    if sum(each.file_size for each in entries) > MOST_BYTES:
        raise NoCaseFile(
            _("Entpackt wäre sie größer als {most} GB.").format(most=MOST_BYTES // 1024**3)
        )
    seen: set[str] = set()
    for each in entries:
        if not _is_plain_name(each.orig_filename):
            raise NoCaseFile(
                _("Der Dateiname „{name}“ führt aus der Akte hinaus.").format(
                    name=_printable(each.orig_filename)
                )
            )
        if each.filename.casefold() in seen:
            raise NoCaseFile(
                _("„{name}“ kommt zweimal vor.").format(name=_printable(each.filename))
            )
        seen.add(each.filename.casefold())
        if each.flag_bits & _ENCRYPTED or each.compress_type not in _STORED:
            raise NoCaseFile(
                _("„{name}“ ist verschlüsselt oder ungewöhnlich gepackt.").format(
                    name=_printable(each.filename)
                )
            )
        if stat.S_ISLNK(each.external_attr >> 16):
            raise NoCaseFile(
                _("„{name}“ ist ein Verweis und keine Datei.").format(
                    name=_printable(each.filename)
                )
            )


def _is_plain_name(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and not name.startswith("/")
        and not name.endswith("/")
        and ".." not in parts
        and not any(sign in name for sign in "\\:\0")
        and name.isprintable()
    )


def _printable(name: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in name)[:80]


# The manifest ------------------------------------------------------------------------------------


def _check(zipped: zipfile.ZipFile) -> Checked:
    if MANIFEST not in zipped.namelist():
        raise NoCaseFile(_("Ihr fehlt das Verzeichnis manifest.json."))
    raw = _whole(zipped, MANIFEST)
    try:
        manifest = _document(raw)
        files, sizes = dict(manifest["files"]), dict(manifest.get("sizes", {}))
        schema, said = manifest["schema"], str(manifest["case"])
        well_formed = isinstance(schema, int) and all(
            isinstance(name, str) and isinstance(digest, str) for name, digest in files.items()
        )
    except _UNREADABLE as error:
        raise NoCaseFile(_("Ihr Verzeichnis manifest.json ist nicht lesbar.")) from error
    if not well_formed:
        raise NoCaseFile(_("Ihr Verzeichnis manifest.json ist nicht lesbar."))
    if schema > casedata.SCHEMA:
        raise NoCaseFile(
            _("Sie stammt aus einer neueren Fassung ({schema}); bitte diese verwenden.").format(
                schema=schema
            )
        )
    hashes: dict[str, str] = {}
    problems = list(_differences(zipped, files, sizes, hashes))
    problems += _sums(zipped, files)
    problems += _inside(zipped, manifest, hashes)
    return Checked(
        case_number=said,
        level=str(manifest.get("level", "")),
        made_at=str(manifest.get("made_at", "")),
        made_by=str(manifest.get("made_by", "")),
        manifest_sha256=hashlib.sha256(raw).hexdigest(),
        files=len(files),
        problems=tuple(problems),
    )


def _document(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _whole(zipped: zipfile.ZipFile, name: str) -> bytes:
    """A part that is read as a whole. Raises NoCaseFile where it is too large or damaged."""
    if zipped.getinfo(name).file_size > _LARGEST_DOCUMENT:
        raise NoCaseFile(_("„{name}“ ist zu groß.").format(name=name))
    try:
        return zipped.read(name)
    except _DAMAGED as error:
        raise NoCaseFile(
            _("„{name}“ lässt sich nicht entpacken ({detail}).").format(
                name=name, detail=_short(error)
            )
        ) from error


def _digest(zipped: zipfile.ZipFile, name: str) -> str | None:
    """The SHA-256 of one file, piece by piece; None where it cannot be unpacked."""
    digest = hashlib.sha256()
    try:
        with zipped.open(name) as part:
            while chunk := part.read(_CHUNK):
                digest.update(chunk)
    except _DAMAGED:
        return None
    return digest.hexdigest()


def _differences(
    zipped: zipfile.ZipFile,
    files: Mapping[str, str],
    sizes: Mapping[str, Any],
    hashes: dict[str, str],
) -> Iterator[Problem]:
    """What differs from the manifest; ``hashes`` gets the real ones."""
    held = set(zipped.namelist()) - {MANIFEST}
    for name in sorted({*files, *held} - {MANIFEST}):
        if name not in held:
            yield Problem("missing", name)
            continue
        digest = _digest(zipped, name)
        if digest is None:
            yield Problem("unreadable", name, _("beschädigt gepackt"))
            continue
        hashes[name] = digest
        if name not in files:
            yield Problem("added", name)
        elif digest != files[name]:
            yield Problem("changed", name)
        elif name in sizes and sizes[name] != zipped.getinfo(name).file_size:
            yield Problem("size", name)


def _sums(zipped: zipfile.ZipFile, files: Mapping[str, str]) -> Iterator[Problem]:
    if SUMS not in zipped.namelist():
        yield Problem("missing", SUMS)
        return
    listed = {}
    for line in _whole(zipped, SUMS).decode(errors="replace").splitlines():
        digest, _gap, name = line.partition("  ")
        listed[name] = digest
    wanted = {name: digest for name, digest in files.items() if name != SUMS}
    for name in sorted({*listed, *wanted}):
        if listed.get(name) != wanted.get(name):
            yield Problem("sums", name)


# What is inside ----------------------------------------------------------------------------------


def _inside(
    zipped: zipfile.ZipFile, manifest: Mapping[str, Any], hashes: Mapping[str, str]
) -> Iterator[Problem]:
    checks: dict[str, Callable[[Any], Iterator[Problem]]] = {
        "case.json": lambda value: _case(value, manifest),
        "evidence.json": lambda value: _evidence(value, zipped, hashes),
        "statements.json": _statements,
        "hours.json": _hours,
        "claims.json": _claims,
        "audit.json": lambda value: _audit(value, manifest),
    }
    for name, look in checks.items():
        if name not in zipped.namelist():
            if name not in manifest["files"]:
                yield Problem("missing", name)
            continue
        try:
            yield from list(look(_document(_whole(zipped, name))))
        except _UNREADABLE as error:
            yield Problem("unreadable", name, _short(error))


def _case(value: Any, manifest: Mapping[str, Any]) -> Iterator[Problem]:
    if value["case"]["number"] != manifest["case"]:
        yield Problem("disagree", "case.json", _("Fallnummer"))
    if value["level"] != manifest.get("level"):
        yield Problem("disagree", "case.json", _("Fassung"))


def _evidence(value: Any, zipped: zipfile.ZipFile, hashes: Mapping[str, str]) -> Iterator[Problem]:
    listed = set()
    for piece in value["pieces"]:
        name, label = piece["file"], f"B{piece['id']}"
        if name is None:
            continue
        listed.add(name)
        if name not in hashes:
            yield Problem("no_evidence", name, label)
            continue
        if hashes[name] != piece["sha256"]:
            yield Problem("evidence", name, label)
        for stamp in piece["timestamps"]:
            if not _stamp_holds(piece, stamp, zipped):
                yield Problem("timestamp", name, label)
    for name in sorted(hashes):
        if name.startswith("evidence/") and name not in listed:
            yield Problem("unlisted_evidence", name)


def _stamp_holds(piece: Any, stamp: Any, zipped: zipfile.ZipFile) -> bool:
    base = f"timestamps/B{piece['id']}-Z{stamp['id']}"
    if f"{base}.tsr" not in zipped.namelist() or f"{base}-root.pem" not in zipped.namelist():
        return False
    try:
        attested = timestamp.verify(
            _whole(zipped, f"{base}.tsr"),
            bytes.fromhex(piece["sha256"]),
            int(stamp["nonce"]),
            _whole(zipped, f"{base}-root.pem").decode(errors="replace"),
        )
    except (TimestampRefused, BadRootCertificate):
        return False
    return bool(casedata.moment_text(attested) == stamp["attested_at"])


def _statements(value: Any) -> Iterator[Problem]:
    for statement in value:
        title = str(statement["title"])
        texts = {}
        for version in statement["versions"]:
            texts[version["version"]] = version["text"]
            if approval_rules.text_hash(version["text"]) != version["text_sha256"]:
                yield Problem("text", "statements.json", f"„{title}“ v{version['version']}")
        for bound in statement["bound"]:
            if bound["content"] is None:
                continue
            content = casedata.content_of(bound["content"])
            label = f"„{title}“ v{bound['version']}"
            if approval_rules.content_hash(content) != bound[
                "content_hash"
            ] or content.text != texts.get(bound["version"]):
                yield Problem("approval", "statements.json", label)
        decided = {each["content_hash"] for each in statement["approvals"]}
        release = statement["release"]
        if release is not None and release["content_hash"] not in decided:
            yield Problem("approval", "statements.json", f"„{title}“")


def _hours(value: Any) -> Iterator[Problem]:
    if casedata.rows_sha256_of(value) != value["rows_sha256"]:
        yield Problem("hours_hash", "hours.json")
    computed = casedata.totals_of(value)
    for name, amount in computed.items():
        if value["totals"].get(name) != amount:
            yield Problem("hours", "hours.json", name)
    if computed["entries_net_cents"] != computed["lines_net_cents"]:
        yield Problem("hours_bookings", "hours.json")


def _claims(value: Any) -> Iterator[Problem]:
    for each in value["reports"]:
        sent = each["dispatch"]
        if sent is not None and claim_hash(sent["text"]) != sent["sha256"]:
            yield Problem("text", "claims.json", str(each["title"]))


def _audit(value: Any, manifest: Mapping[str, Any]) -> Iterator[Problem]:
    head = chain.Head(value["head"]["id"], value["head"]["hash"])
    if manifest.get("audit_head") != value["head"]:
        yield Problem("disagree", "audit.json", _("Ende der Prüfkette"))
    for found in chain.problems_of(value["entries"], head):
        yield Problem("audit", "audit.json", found)
