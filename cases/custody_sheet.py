"""The custody sheet (Beweisblatt): one piece of evidence on paper, for whoever must be shown
who had it in hand (EX-04b)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typst
from sqlite_utils import Database

from access.actor import Actor
from cases import evidence, evidence_words
from cases.evidence import Evidence
from cases.store import Case
from data import Home, formats
from data.i18n import _

_TEMPLATE: Final = (Path(__file__).parent / "custody_sheet.typ").read_text()


def make(
    db: Database, home: Home, actor: Actor, case: Case, evidence_id: int, at: datetime
) -> bytes:
    """The sheet as PDF, with a custody entry. Raises UnknownEvidence or EvidenceDamaged."""
    kept = evidence.evidence_in_case(db, case.id, evidence_id)
    # A sheet vouches for the file: it is made only where the file is still what it was.
    evidence.look(db, home, actor, kept.id, "custody sheet made")
    sheet = {
        "title": _("Beweisblatt B{number} zu {case}").format(number=kept.id, case=case.number),
        "facts": _facts(db, case, kept, at),
        "parts": [_custody(db, kept), _before(db, kept), _here(db), _timestamps(db, kept)],
    }
    return bytes(
        typst.compile(
            _TEMPLATE.encode(), sys_inputs={"sheet": json.dumps(sheet, ensure_ascii=False)}
        )
    )


def _facts(db: Database, case: Case, kept: Evidence, at: datetime) -> list[list[str]]:
    facts = [
        [_("Fall"), f"{case.number} · {case.public_name}"],
        [_("Datei"), kept.file_name],
        [_("Art"), evidence_words.kind(kept.kind)],
        [_("SHA-256"), kept.sha256],
        [_("Größe"), _("{count} Byte").format(count=kept.bytes)],
        [_("Fundstelle"), kept.source_url or "–"],
        [_("Aufgenommen"), formats.moment(kept.captured_at)],
        [_("Eingegangen"), f"{formats.moment(kept.recorded_at)}, {kept.recorded_by}"],
        [_("Prüfsumme geprüft"), formats.moment(at)],
    ]
    if not kept.name_fits:
        facts.append(
            [
                _("Name und Inhalt"),
                _("Der Name sagt {claimed}, der Inhalt ist {found}.").format(
                    claimed=kept.media_type, found=kept.content_type
                ),
            ]
        )
    redaction = evidence.redaction_of(db, kept.id)
    if redaction is not None:
        facts.append(
            [
                _("Geschwärzte Kopie"),
                _("von B{number}, durch {name}: {reason}").format(
                    number=redaction.original_id, name=redaction.made_by, reason=redaction.reason
                ),
            ]
        )
    return facts


def _part(title: str, columns: int, rows: list[list[str]]) -> dict[str, Any]:
    return {"title": title, "columns": columns, "rows": rows, "empty": _("Keine Einträge.")}


def _custody(db: Database, kept: Evidence) -> dict[str, Any]:
    rows = [
        [
            formats.moment(entry.at),
            entry.actor_name,
            evidence_words.action(entry.action),
            " · ".join(part for part in (entry.recipient, entry.reason) if part),
        ]
        for entry in evidence.custody_of(db, kept.id)
    ]
    return _part(_("Beweiskette"), 4, rows)


def _before(db: Database, kept: Evidence) -> dict[str, Any]:
    rows = [
        [
            evidence_words.had_access(each.had_access),
            " · ".join(part for part in (each.person, each.function) if part),
            each.period,
            each.source,
        ]
        for each in evidence.access_of(db, kept.id)
    ]
    return _part(_("Zugriff, bevor der Beleg hier war (EX-04b)"), 4, rows)


def _here(db: Database) -> dict[str, Any]:
    rows = [[name, _("Konto dieses Dienstes")] for name in evidence.people_with_access(db)]
    return _part(_("Konten, die Belege hier öffnen können"), 2, rows)


def _timestamps(db: Database, kept: Evidence) -> dict[str, Any]:
    rows = [
        [
            formats.moment(each.attested_at),
            each.authority,
            _("geprüft, stimmt")
            if evidence.timestamp_problem(kept, each) is None
            else _("stimmt nicht"),
        ]
        for each in evidence.timestamps_of(db, kept.id)
    ]
    return _part(_("Zeitstempel (RFC 3161)"), 3, rows)
