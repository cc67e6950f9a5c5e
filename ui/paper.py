"""Setting a document on paper (PDF, A4).

The document is plain data: sections with parts such as texts, facts, tables and quotes. Every
word goes in as JSON and is set as text, so that nothing in it is read as markup. Only the fonts
that come with the typesetter are used, so that a page looks the same on every machine.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typst

Cell = str | dict[str, str]
Part = dict[str, Any]

_TEMPLATE: Final = Path(__file__).parent / "report.typ"
_ZERO_WIDTH_SPACE: Final = "\u200b"
_LONG_RUN: Final = re.compile(r"\S{19,}")
# Letters and hyphens alone are a word, which the typesetter parts by its syllables.
_LONG_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*[^\w\s]{0,3}")
_LONGEST_WORD: Final = 60
_BREAK_AFTER: Final = frozenset("/._-?&=:,;@#%+~")
_RUN: Final = 16
# What the fonts of the typesetter can show: Latin, Greek, Cyrillic, punctuation, arrows, shapes.
_SHOWN: Final = (
    (0x20, 0x7E), (0xA0, 0x52F), (0x1E00, 0x1FFF), (0x2010, 0x2027), (0x202F, 0x205E),
    (0x2070, 0x209C), (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2150, 0x218B), (0x2190, 0x21FF),
    (0x2200, 0x22FF), (0x2500, 0x25FF), (0x2713, 0x2718), (0xFB00, 0xFB06),
)  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A chapter: its title and what stands in it."""

    title: str
    parts: Sequence[Part]
    break_before: bool = False


@dataclass(frozen=True)
class Cover:
    """The first page of a report. ``rows`` are (name, value)."""

    title: str
    number: str
    verdict_label: str
    verdict: str
    verdict_text: str
    rows: Sequence[tuple[str, str]]
    remarks: Sequence[str] = ()


@dataclass(frozen=True)
class Document:
    """A document on paper; without a ``cover`` it begins with its title."""

    kind: str
    title: str
    running: str
    date: str
    footer: str
    sections: Sequence[Section]
    cover: Cover | None = None
    contents_title: str = "Inhalt"
    made_at: datetime | None = None


def pdf(document: Document) -> bytes:
    """The document as PDF. The same document at the same time gives the same bytes."""
    compiler = typst.Compiler(
        _TEMPLATE.read_bytes(),
        ignore_system_fonts=True,
        sys_inputs={"document": json.dumps(_plain(document), ensure_ascii=False)},
    )
    stamp = int(document.made_at.timestamp()) if document.made_at else None
    written = compiler.compile(format="pdf", timestamp=stamp)
    if not isinstance(written, bytes):
        raise TypeError("the typesetter gave no document")
    return written


def _plain(document: Document) -> dict[str, Any]:
    cover = document.cover
    return {
        "kind": _set(document.kind),
        "title": _set(document.title),
        "running": _set(document.running),
        "date": document.date,
        "footer": _set(document.footer),
        "contents-title": document.contents_title,
        "cover": {}
        if cover is None
        else {
            "title": _set(cover.title),
            "number": _set(cover.number),
            "verdict-label": cover.verdict_label,
            "verdict": _set(cover.verdict),
            "verdict-text": _set(cover.verdict_text),
            "rows": [[name, _set(value)] for name, value in cover.rows],
            "remarks": [_set(each) for each in cover.remarks],
        },
        "sections": [
            {
                "title": _set(each.title),
                "break-before": each.break_before,
                "parts": list(each.parts),
            }
            for each in document.sections
        ],
    }


# Parts ------------------------------------------------------------------------------------------


def words(text: str) -> Part:
    """A paragraph."""
    return {"type": "text", "text": _set(text)}


def note(text: str) -> Part:
    """A paragraph that stands back."""
    return {"type": "note", "text": _set(text)}


def items(lines: Iterable[str]) -> Part:
    """A list with dashes."""
    return {"type": "list", "items": [_set(line) for line in lines]}


def facts(rows: Iterable[tuple[str, Cell]]) -> Part:
    """Names and values below each other; what has no value is left out."""
    return {
        "type": "facts",
        "rows": [[name, _cell(value)] for name, value in rows if value not in ("", None)],
    }


def table(
    heads: Sequence[str],
    widths: Sequence[int],
    rows: Iterable[Sequence[Cell]],
    *,
    right: Sequence[int] = (),
    total: Sequence[str] = (),
) -> Part:
    """A table that breaks over pages with its head repeated. A width of 0 takes what is left,
    the others are millimetres; ``right`` are the columns of figures."""
    return {
        "type": "table",
        "heads": list(heads),
        "widths": list(widths),
        "right": list(right),
        "rows": [[_cell(cell) for cell in row] for row in rows],
        "total": list(total),
    }


def quote(text: str, by: str = "") -> Part:
    """Words of somebody, line by line, with who said them."""
    return {"type": "quote", "lines": [_set(line) for line in text.split("\n")], "by": _set(by)}


def lines(text: str) -> Part:
    """A text line by line, as it was written."""
    return {"type": "lines", "lines": [_set(line) for line in text.split("\n")]}


def space() -> Part:
    """A little room."""
    return {"type": "space"}


def tiles(figures: Sequence[tuple[str, str]]) -> Part:
    """The few figures to be seen first: (value, what it is)."""
    return {"type": "tiles", "items": [[_set(value), name] for value, name in figures]}


def sub(title: str, *, listed: bool = True) -> Part:
    """A heading inside a chapter; ``listed`` ones stand in the table of contents."""
    return {"type": "sub", "title": _set(title), "listed": listed}


def minor(title: str) -> Part:
    """A small heading."""
    return {"type": "minor", "title": _set(title)}


def mono(text: str) -> Cell:
    """A cell of signs to be compared, such as a hash."""
    return {"text": text, "style": "mono"}


def grey(text: str) -> Cell:
    """A cell that stands back."""
    return {"text": text, "style": "grey"}


def two(text: str, below: str) -> Cell:
    """A cell of two lines, the second one standing back."""
    return {"text": text, "below": below, "style": "two"}


def struck(text: str) -> Cell:
    """A cell that no longer holds."""
    return {"text": text, "style": "struck"}


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return _set(cell)
    return {name: value if name == "style" else _set(value) for name, value in cell.items()}


# Words that can be set ---------------------------------------------------------------------------


def _set(text: str) -> str:
    """``text`` in signs that the fonts have, with places to break in what has none."""
    return _LONG_RUN.sub(lambda run: breakable(run.group()), printable(text))


def printable(text: str) -> str:
    """``text`` without steering signs; what the fonts do not have stands as its number."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(_sign(sign) for sign in composed)


def _sign(sign: str) -> str:
    if sign in "\n\t\r":
        return " "
    category = unicodedata.category(sign)
    if category in ("Cc", "Cf", "Cs", "Zl", "Zp") or "\ufe00" <= sign <= "\ufe0f":
        return ""
    number = ord(sign)
    if any(first <= number <= last for first, last in _SHOWN):
        return sign
    return f"‹U+{number:04X}›"


def breakable(run: str) -> str:
    """A run of signs without a space, such as an address or a hash, with places to break it."""
    if len(run) <= _LONGEST_WORD and _LONG_WORD.fullmatch(run):
        return run
    pieces = []
    since = 0
    for sign in run:
        pieces.append(sign)
        since += 1
        if since >= _RUN or (sign in _BREAK_AFTER and since > 3):
            pieces.append(_ZERO_WIDTH_SPACE)
            since = 0
    return "".join(pieces)
