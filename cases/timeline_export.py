"""The timeline as one printable HTML file, and as CSV."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable
from datetime import datetime

from cases import words
from cases.store import Case
from cases.store.timeline import TimelineEntry
from data import formats
from data.i18n import _, current_language

# A spreadsheet takes a cell that begins like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_STYLE = """
body { font: 11pt/1.4 system-ui, sans-serif; color: #1E2430; margin: 18mm; }
h1 { font-size: 16pt; margin: 0 0 2mm; } p { margin: 0 0 5mm; color: #5A6270; }
table { border-collapse: collapse; width: 100%; } thead { display: table-header-group; }
th, td { text-align: left; vertical-align: top; padding: 1.5mm 4mm 1.5mm 0; border-bottom: 1px solid #DDD8CC; }
th { font-size: 9pt; color: #5A6270; } td { overflow-wrap: anywhere; }
td:nth-child(-n+2) { white-space: nowrap; font-variant-numeric: tabular-nums; }
tr { break-inside: avoid; } s { color: #5A6270; } small { display: block; color: #5A6270; }
@media print { body { margin: 0; } }
"""


def _headings() -> list[str]:
    return [
        _("Nummer"),
        _("Ereignis"),
        _("Eingetragen"),
        _("Art"),
        _("Wer"),
        _("Text"),
        _("Berichtigt Eintrag"),
        _("Berichtigt durch Eintrag"),
    ]


def as_csv(entries: Iterable[TimelineEntry]) -> bytes:
    """The entries as CSV for a spreadsheet: semicolons, UTF-8 with its mark, Vienna's time."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(_headings())
    for entry in entries:
        writer.writerow(
            [
                entry.id,
                formats.moment(entry.happened_at),
                formats.moment(entry.recorded_at),
                words.timeline_kind(entry.kind),
                _inert(entry.actor_name),
                _inert(entry.text),
                entry.corrects_id or "",
                entry.corrected_by_id or "",
            ]
        )
    return out.getvalue().encode("utf-8-sig")


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_html(case: Case, entries: Iterable[TimelineEntry], at: datetime) -> bytes:
    """One file that needs nothing else, to be printed; the order is that of ``entries``."""
    title = _("Zeitleiste {number} · {name}").format(number=case.number, name=case.public_name)
    made = _("Stand {at}. Ereigniszeit und Eintragungszeit in Wiener Zeit.").format(
        at=formats.moment(at)
    )
    headings = "".join(
        f"<th scope=col>{html.escape(each)}</th>"
        for each in (_("Ereignis"), _("Eingetragen"), _("Was"), _("Art"), _("Wer"))
    )
    body = "".join(_row(entry) for entry in entries)
    page = (
        f'<!doctype html>\n<html lang="{current_language()}"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{html.escape(title)}</h1><p>{html.escape(made)}</p>\n"
        f"<table><thead><tr>{headings}</tr></thead><tbody>\n{body}</tbody></table></body></html>\n"
    )
    return page.encode()


def _row(entry: TimelineEntry) -> str:
    text = html.escape(entry.text).replace("\n", "<br>")
    notes = []
    if entry.corrected_by_id is not None:
        text = f"<s>{text}</s>"
        notes.append(_("berichtigt durch Eintrag {number}").format(number=entry.corrected_by_id))
    if entry.corrects_id is not None:
        notes.append(_("berichtigt Eintrag {number}").format(number=entry.corrects_id))
    small = "".join(f"<small>{html.escape(each)}</small>" for each in notes)
    cells = [
        html.escape(formats.moment(entry.happened_at)),
        html.escape(formats.moment(entry.recorded_at)),
        f"{text}<small>{html.escape(_('Eintrag {number}').format(number=entry.id))}</small>{small}",
        html.escape(words.timeline_kind(entry.kind)),
        html.escape(entry.actor_name),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"
