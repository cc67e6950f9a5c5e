"""Akte: the case file, the reports to the insurer, and the end of the case."""

from __future__ import annotations

import json
from typing import Final

import streamlit as st

from access import chain
from budget import store as budget_store
from cases import evidence, store
from cases.desk import Desk
from cases.errors import CasesError
from cases.pages import parts
from cases.store import Case, claims, press, timeline
from data import formats, parse_utc
from data.i18n import _, ngettext
from drafting import store as drafting_store
from monitoring import mentions
from ui import casefile, casefile_check
from ui.casefile_check import Checked
from ui.dossier import LEVELS, Level
from ui.screens import case_file_claims, case_file_closing

_LARGEST_SHOWN: Final = 50
_PART: Final = "teil"


def show(desk: Desk) -> None:
    """One of three parts: the file itself, the insurer, the end of the case."""
    case = parts.choose_case(desk)
    if case is None:
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    part = _part(case)
    if part == "insurer":
        case_file_claims.show(desk, case)
    elif part == "closing":
        case_file_closing.show(desk, case)
    else:
        _file(desk, case)


def _part(case: Case) -> str:
    names = {
        "file": _("Fallakte"),
        "insurer": _("An den Versicherer"),
        "closing": _("Abschluss"),
    }
    asked = st.query_params.get(_PART, "file")
    chosen = st.segmented_control(
        _("Teil der Akte"),
        tuple(names),
        format_func=names.__getitem__,
        default=asked if asked in names else "file",
        key=f"case_file_part_{case.id}",
        label_visibility="collapsed",
        required=True,
    )
    return str(chosen)


# The file itself -------------------------------------------------------------------------------


def _file(desk: Desk, case: Case) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        _make(desk, case)
        _last(desk, case)
    with right:
        _contents(desk, case)
    _check_uploaded(desk, case)


def _level_name(level: str) -> str:
    return {
        "insurer": _("für den Versicherer"),
        "lawyer": _("vollständig, für die Rechtsvertretung"),
    }[level]


def _level_says(level: Level) -> str:
    if level == "insurer":
        return _(
            "Ohne interne Notizen, interne Arbeit, Übergaben und Kontaktdaten Dritter. Von einem "
            "geschwärzten Beleg kommt die Kopie hinein, nicht das Original."
        )
    return _("Alles, was festgehalten ist, auch Empfänger, Kontakte und interne Notizen.")


def _make(desk: Desk, case: Case) -> None:
    parts.section(_("Akte erstellen"))
    if not desk.may("evidence.read"):
        parts.note(_("Die Akte erstellt, wer Belege lesen darf."))
        return
    level: Level = st.radio(
        _("Fassung"), LEVELS, format_func=_level_name, key=f"case_file_level_{case.id}"
    )
    parts.note(_level_says(level))
    recipient = st.text_input(
        _("Für wen (steht in der Beweiskette)"), key=f"case_file_for_{case.id}"
    )
    made_key = f"case_file_made_{case.id}"
    if st.button(_("Fallakte erstellen"), type="primary", key=f"case_file_make_{case.id}"):
        with parts.attempt(), st.spinner(_("Die Akte wird zusammengestellt.")):
            at = desk.now
            packed = casefile.build(
                desk.home, desk.actor, case.number, level, recipient=recipient, at=at
            )
            st.session_state[made_key] = (casefile.file_name(case.number, at, level), packed)
        parts.flash(_("Die Akte ist erstellt und liegt zum Herunterladen bereit."))
        st.rerun()
    if made_key in st.session_state:
        name, packed = st.session_state[made_key]
        st.download_button(
            _("{name} herunterladen ({size})").format(name=name, size=_size(len(packed))),
            packed,
            file_name=name,
            mime="application/zip",
            icon=":material/download:",
            key=f"case_file_download_{case.id}",
            on_click="ignore",
        )


def _size(count: int) -> str:
    if count < 1024 * 1024:
        return f"{max(1, round(count / 1024))}{formats.NBSP}kB"
    return f"{count / 1024 / 1024:.1f}{formats.NBSP}MB".replace(".", ",")


def _last(desk: Desk, case: Case) -> None:
    parts.section(_("Zuletzt herausgegeben"))
    found = chain.entries_of_action(desk.db, case.id, "case.exported")
    if not found:
        parts.empty(_("Noch keine. Jede Ausgabe steht dann hier und in der Beweiskette."))
        return
    parts.rows([_exported_cells(each) for each in found], _("Zuletzt herausgegeben"))


def _exported_cells(entry: dict[str, str]) -> list[str]:
    details = json.loads(entry["details"])
    level = details.get("level")
    to = details.get("recipient", "")
    digest = details.get("manifest_sha256", "")
    return [
        formats.moment(parse_utc(entry["at"])),
        ", ".join(word for word in (_level_name(level) if level else "", to) if word) or "–",
        _("durch {name}").format(name=entry["actor_name"]),
        _("Verzeichnis {start}…").format(start=digest[:12]) if digest else "",
    ]


def _contents(desk: Desk, case: Case) -> None:
    parts.section(_("Was darin ist"))
    db = desk.db
    kept = evidence.evidence_of(db, case.id)
    statements = drafting_store.statements_of(db, case.id)
    released = sum(1 for each in statements if each.state == "released")
    entries = budget_store.entries_of(db, case.id)
    reports = claims.reports_of(db, case.id)
    parts.rows(
        [
            [_("Bericht (PDF)"), _("Zusammenfassung, alle Teile, Seiten zum Drucken")],
            [
                _("Belege"),
                ngettext("{count} Datei, {size}", "{count} Dateien, {size}", len(kept)).format(
                    count=len(kept), size=_size(sum(each.bytes for each in kept))
                )
                if kept
                else _("keine"),
            ],
            [
                _("Stellungnahmen"),
                _("{count}, davon {released} ausgesandt").format(
                    count=len(statements), released=released
                ),
            ],
            [_("Zeitleiste"), _entries(timeline.count_timeline(db, case.id))],
            [_("Meldungen"), _entries(mentions.count_mentions(db, case.id))],
            [_("Fristen"), _entries(len(store.clocks_of(db, case.id)))],
            [_("Presseanfragen"), _entries(len(press.enquiries_of(db, case.id)))],
            [_("Leistungen"), _entries(len(entries))],
            [
                _("An den Versicherer"),
                _entries(sum(1 for each in reports if each.state == "sent")),
            ],
            [_("Verzeichnis"), _("Prüfsumme (SHA-256) jeder Datei, Ende der Prüfkette")],
        ],
        _("Was in der Akte ist"),
    )


def _entries(count: int) -> str:
    return ngettext("{count} Eintrag", "{count} Einträge", count).format(count=count)


# Checking one that came back ---------------------------------------------------------------------


def _check_uploaded(desk: Desk, case: Case) -> None:
    with st.expander(_("Eine Fallakte nachprüfen")):
        parts.note(
            _(
                "Geprüft werden jede Datei gegen das Verzeichnis und ob Belege, Freigaben, Summen "
                "und Prüfkette zusammenpassen. Nichts davon wird gespeichert."
            )
        )
        file = st.file_uploader(_("Fallakte (ZIP)"), type="zip", key=f"case_file_check_{case.id}")
        if file is None:
            return
        try:
            checked = casefile_check.check(file)
        except CasesError as error:
            st.error(parts.plain(error.sentence()))
            return
        _show_checked(desk, checked)


def _show_checked(desk: Desk, checked: Checked) -> None:
    if checked.problems:
        st.error(
            parts.plain(
                ngettext(
                    "{count} Abweichung in der Akte {number}.",
                    "{count} Abweichungen in der Akte {number}.",
                    len(checked.problems),
                ).format(count=len(checked.problems), number=checked.case_number)
            )
        )
        parts.rows(
            [[each.sentence] for each in checked.problems[:_LARGEST_SHOWN]], _("Abweichungen")
        )
    else:
        st.success(
            parts.plain(
                _("Die Akte {number} ist unverändert: {count} Dateien geprüft.").format(
                    number=checked.case_number, count=checked.files
                )
            )
        )
    parts.note(_origin(desk, checked))


def _origin(desk: Desk, checked: Checked) -> str:
    """Whether this house has made exactly this file: its chain knows the manifest."""
    entry = chain.entry_with(desk.db, "case.exported", "manifest_sha256", checked.manifest_sha256)
    if entry is None:
        return _(
            "In der Prüfkette dieses Hauses steht keine Ausgabe mit diesem Verzeichnis: Die Akte "
            "stammt von anderswo, oder ihr Verzeichnis wurde neu geschrieben."
        )
    return _("Dieses Verzeichnis wurde hier am {at} durch {name} erstellt.").format(
        at=formats.moment(parse_utc(entry["at"])), name=entry["actor_name"]
    )
