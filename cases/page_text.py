"""The words of a web page, in the order in which they stand there, and what changed in them.

Nothing is left out as unimportant: extractors made for reading drop short paragraphs and
comments, and a comment of six words may be what the case is about. The parser of libxml2 is
used without a tree, because a page made to be hostile nests or opens elements without end,
and the work must stay linear in its length.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from lxml import etree  # type: ignore[import-untyped]

from cases import file_type

# Their content is code or hidden, not something a reader sees.
_SILENT: Final = frozenset(
    {"script", "style", "template", "noscript", "svg", "math", "iframe", "object", "head"}
)
_INLINE: Final = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn",
        "em", "font", "i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span",
        "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    }
)  # fmt: skip
_VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr", "embed"})
_CHARSET_HEADER: Final = re.compile(r"charset=[\"']?([A-Za-z0-9_.:-]+)")
_CHARSET_META: Final = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([A-Za-z0-9_.:-]+)", re.I)
_HEAD_BYTES: Final = 4096
_MOST_LINES: Final = 3000


@dataclass(frozen=True)
class PageText:
    """``title`` of the page and its visible ``text``, one block a line."""

    title: str
    text: str


class _Words:
    """Takes the parser's events; collects text block by block."""

    def __init__(self) -> None:
        self.title: list[str] = []
        self.lines: list[str] = []
        self._block: list[str] = []
        self._silent = 0
        self._in_title = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "title":
            self._in_title = True
        elif tag in _SILENT:
            self._silent += 1
        elif tag == "img" and not self._silent and attributes.get("alt", "").strip():
            self._block.append(f" [{attributes['alt']}] ")
        if tag not in _INLINE:
            self._end_block()

    def end(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag in _SILENT and self._silent:
            self._silent -= 1
        if tag not in _INLINE and tag not in _VOID:
            self._end_block()

    def data(self, text: str) -> None:
        if self._in_title:
            self.title.append(text)
        elif not self._silent:
            self._block.append(text)

    def comment(self, text: str) -> None:
        """Comments of the author are not seen by a reader."""

    def pi(self, target: str, data: str | None = None) -> None:
        """Nor are instructions to machines."""

    def close(self) -> _Words:
        self._end_block()
        return self

    def _end_block(self) -> None:
        line = " ".join("".join(self._block).split())
        if line:
            self.lines.append(line)
        self._block = []


def read(body: bytes, content_type: str) -> PageText:
    """The words of an HTML page or a text file; empty for anything else."""
    kind = content_type.partition(";")[0].strip().lower() or file_type.of_content(body)
    if kind in ("text/html", "application/xhtml+xml"):
        return _read_html(file_type.decoded(body, _charset(body, content_type)))
    if file_type.is_text(kind):
        text = file_type.decoded(body, _charset(b"", content_type))
        return PageText("", "\n".join(line.rstrip() for line in text.splitlines()).strip())
    return PageText("", "")


def _charset(body: bytes, content_type: str) -> str:
    named = _CHARSET_HEADER.search(content_type)
    if named:
        return named[1]
    meta = _CHARSET_META.search(body[:_HEAD_BYTES])
    return meta[1].decode("ascii") if meta else ""


def _read_html(text: str) -> PageText:
    # NUL and lone surrogates have no place in a document; the parser would stop at them.
    clean = text.replace("\x00", "").encode("utf-8", "replace")
    if not clean.strip():
        return PageText("", "")
    parser = etree.HTMLParser(
        target=_Words(), huge_tree=True, no_network=True, recover=True, encoding="utf-8"
    )
    parser.feed(clean)
    words = parser.close()
    return PageText(" ".join("".join(words.title).split()), "\n".join(words.lines))


@dataclass(frozen=True)
class Change:
    """One line that is there only ``before`` or only ``after``."""

    side: Literal["before", "after"]
    line: str


def differences(before: str, after: str) -> list[Change]:
    """The lines that went and the lines that came, in order."""
    old = before.splitlines()[:_MOST_LINES]
    new = after.splitlines()[:_MOST_LINES]
    changes: list[Change] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if kind != "equal":
            changes += [Change("before", line) for line in old[a:b]]
            changes += [Change("after", line) for line in new[c:d]]
    return changes
