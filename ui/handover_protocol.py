"""The handover protocol (Übergabeprotokoll) on paper: who took on what from whom, and when.

It shows what was acknowledged in the words and with the amounts of that moment, not what has
become of it since.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from sqlite_utils import Database

from cases.handover import KIND_NAMES, Acknowledgement
from cases.store import Case, case_by_id
from cases.store import handover as record
from cases.store.handover import Handover, Note
from data import formats
from data.i18n import _, current_language

_TEMPLATE = Path(__file__).with_name("handover_protocol.typ")


def file_name(handover: Handover) -> str:
    """What the file is called."""
    return f"Uebergabe_{handover.id}_{formats.day(handover.started_at)}.pdf"


def state_text(handover: Handover) -> str:
    """In which state the handover is, in a few words."""
    if handover.state == "open":
        return _("offen, noch nicht vollständig")
    at = formats.moment(handover.ended_at or handover.started_at)
    if handover.state == "completed":
        return _("abgeschlossen {at} durch {name}").format(at=at, name=handover.ended_by)
    return _("zurückgezogen {at} durch {name}. Grund: {reason}").format(
        at=at, name=handover.ended_by, reason=handover.end_reason
    )


def pdf(db: Database, handover_id: int, made_at: datetime) -> bytes:
    """The protocol as PDF. Only the fonts of the typesetter are used, never the system's."""
    handover = record.handover_by_id(db, handover_id)
    compiler = typst.Compiler(
        _TEMPLATE.read_bytes(),
        ignore_system_fonts=True,
        sys_inputs={"protocol": json.dumps(_document(db, handover, made_at), ensure_ascii=False)},
    )
    written = compiler.compile(format="pdf", timestamp=int(made_at.timestamp()))
    if not isinstance(written, bytes):
        raise TypeError("the typesetter gave no document")
    return written


def _document(db: Database, handover: Handover, made_at: datetime) -> dict[str, Any]:
    acknowledged = record.acknowledgements_of(db, handover.id)
    notes = record.notes_of(db, handover.id)
    cases = {case.id: case for case in record.cases_of_handover(db, handover)}
    # A case that was closed meanwhile is part of what was said and acknowledged.
    for case_id in [*notes, *(each.item.case_id for each in acknowledged)]:
        if case_id not in cases:
            cases[case_id] = case_by_id(db, case_id)
    return {
        "language": current_language(),
        "title": _("Übergabeprotokoll {number}").format(number=handover.id),
        "head": _head(handover, made_at),
        "columns": [_("Art"), _("Was"), _("Bestätigt")],
        "empty": _("Nichts bestätigt."),
        "cases": [
            _case(case, notes.get(case.id), [a for a in acknowledged if a.item.case_id == case.id])
            for case in cases.values()
        ],
    }


def _head(handover: Handover, made_at: datetime) -> list[list[str]]:
    rows = [
        [_("Von"), handover.leaving_name],
        [_("An"), handover.receiving_name],
        [_("Art"), kind_text(handover)],
        [_("Begonnen"), formats.moment(handover.started_at)],
        [_("Stand"), state_text(handover)],
        [_("Gedruckt"), formats.moment(made_at)],
    ]
    if handover.due_at is not None:
        rows.insert(4, [_("Dienstende"), formats.moment(handover.due_at)])
    return rows


def kind_text(handover: Handover) -> str:
    """Regular, or taken over in an emergency with its reason."""
    if handover.kind == "regular":
        return _("Übergabe")
    return _("Notübernahme ohne {name}. Grund: {reason}").format(
        name=handover.leaving_name, reason=handover.reason
    )


def _case(case: Case, note: Note | None, own: list[Acknowledgement]) -> dict[str, Any]:
    note_name = KIND_NAMES["note"]
    return {
        "title": f"{case.number} · {case.public_name}",
        "note": _note(note),
        "rows": [
            [
                _(KIND_NAMES[each.item.kind]),
                each.item.title,
                each.item.detail,
                f"{each.by}, {formats.moment(each.at)}",
            ]
            for each in own
            if each.item.kind != "note"
        ]
        + [
            [_(note_name), each.item.title, "", f"{each.by}, {formats.moment(each.at)}"]
            for each in own
            if each.item.kind == "note"
        ],
    }


def _note(note: Note | None) -> list[list[str]] | None:
    if note is None:
        return None
    rows = [
        [_("Lage"), note.situation],
        [_("Nächste Schritte"), note.next_steps],
    ]
    if note.owner_mood:
        rows.append([_("Stimmung der Inhaberin oder des Inhabers"), note.owner_mood])
    return rows
