"""From the bytes of a document to its text, and the refusal of dangerous XML.

Servers and documents err about their charset in both directions. Bytes that are valid UTF-8
are UTF-8, whatever a header says; other bytes follow the declaration where there is a usable
one, and else Windows-1252, the charset of German text that is not UTF-8.
"""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass
from html.entities import html5
from typing import Final

from data.i18n import _
from monitoring.errors import TooLargeDocument, UnsafeXml

MAX_BYTES: Final = 10_000_000
_GZIP: Final = b"\x1f\x8b\x08"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE_STARTS: Final = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"), (b"{\0", "utf-16-le"))
# Python knows codecs that are no charsets (punycode, unicode_escape, utf-7); a document must
# not choose one of them.
_CHARSETS: Final = re.compile(
    r"(?:iso-?8859-?\d{1,2}|latin-?\d|windows-?125\d|cp-?125\d|cp-?(?:437|850|852)|us-ascii|ascii"
    r"|koi8-[ru]|mac-?roman|shift[_-]jis|euc-(?:jp|kr)|gb2312|gbk|gb18030|big5|utf-?16(?:[bl]e)?)"
)
_DECLARED: Final = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{1,40})[\"']"
)
_HEADER: Final = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FEED_STARTS: Final = re.compile(r"<(?:\?xml|rss|rdf:RDF|feed|!DOCTYPE|!--)\b", re.IGNORECASE)
_PREAMBLE: Final = 4000


@dataclass(frozen=True)
class Document:
    """A document as text; ``problems`` says what was odd about its bytes."""

    text: str
    problems: tuple[str, ...] = ()


def read(data: bytes, content_type: str | None) -> Document:
    """The text of ``data``. Raises :class:`TooLargeDocument` beyond ten megabytes."""
    data = _unpacked(data)
    if len(data) > MAX_BYTES:
        raise TooLargeDocument(MAX_BYTES // 1_000_000)
    text, problems = _decoded(data, content_type)
    cleaned = _ILLEGAL.sub("", text.removeprefix("\ufeff"))
    if len(cleaned) < len(text) - 1:
        problems.append(_("Unzulässige Steuerzeichen wurden entfernt."))
    return Document(cleaned, tuple(problems))


def _unpacked(data: bytes) -> bytes:
    """A document that lies gzipped on its server, unpacked up to the cap."""
    if not data.startswith(_GZIP):
        return data
    try:
        return zlib.decompressobj(31).decompress(data, MAX_BYTES + 1)
    except zlib.error:
        return data


def _decoded(data: bytes, content_type: str | None) -> tuple[str, list[str]]:
    wide = _wide_charset(data)
    if wide is not None:
        return data.decode(wide, "replace"), []
    declared = _declared(data, content_type)
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(body, declared)
    if declared not in (None, "utf-8", "utf8", "us-ascii", "ascii") and not body.isascii():
        return text, [_misdeclared(declared, "utf-8")]
    return text, []


def _wide_charset(data: bytes) -> str | None:
    """UTF-16 or UTF-32, by the mark at the start or by the zeros of the first character."""
    for mark, charset in _BOMS:
        if data.startswith(mark) and charset != "utf-8":
            return charset
    start = data[:4]
    return next((charset for begin, charset in _WIDE_STARTS if start.startswith(begin)), None)


def _declared(data: bytes, content_type: str | None) -> str | None:
    """The charset that the header, or else the document, says it has; lower case."""
    header = _HEADER.search(content_type or "")
    if header is not None:
        return header[1].lower()
    prolog = _DECLARED.search(data[:1000])
    return prolog[1].decode("ascii").lower() if prolog is not None else None


def _not_utf8(data: bytes, declared: str | None) -> tuple[str, list[str]]:
    usable = declared is not None and _CHARSETS.fullmatch(declared) is not None
    if declared is not None and usable and declared not in _WESTERN:
        try:
            return data.decode(declared), []
        except (LookupError, UnicodeDecodeError):
            usable = False
    # Mostly UTF-8 with some stray bytes, or no UTF-8 at all: each bad byte is read alone.
    text = data.decode("utf-8", _RESCUE)
    return text, [] if usable else [_misdeclared(declared, "windows-1252")]


_WESTERN: Final = frozenset(
    {"iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252", "us-ascii", "ascii"}
)
_RESCUE: Final = "krisenpult-rescue"


def _rescue(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as Windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", "replace"), error.end


codecs.register_error(_RESCUE, _rescue)


def _misdeclared(declared: str | None, used: str) -> str:
    if declared is None:
        return _("Ohne gültige Angabe des Zeichensatzes als {used} gelesen.").format(used=used)
    return _("Zeichensatz falsch angegeben ({declared}), als {used} gelesen.").format(
        declared=declared, used=used
    )


def without_prolog(text: str) -> tuple[str, bool]:
    """An XML document from its root element on, and whether foreign text stood before it.

    Raises :class:`UnsafeXml` where the document type has declarations of its own: they are
    what entity bombs and file inclusions are made of, and no feed needs them.
    """
    text = text.lstrip()
    foreign = False
    if not text.startswith("<"):
        start = _FEED_STARTS.search(text[:_PREAMBLE])
        if start is None:
            return text, True
        text = text[start.start() :]
        foreign = True
    position = 0
    while True:
        position = _skip_space(text, position)
        if text.startswith("<?", position):
            position = _behind(text, "?>", position)
        elif text.startswith("<!--", position):
            position = _behind(text, "-->", position)
        elif text[position : position + 9].upper() == "<!DOCTYPE":
            position = _behind_doctype(text, position + 9)
        elif text[position : position + 8].upper() in ("<!ENTITY", "<!ATTLIS", "<!ELEMEN"):
            raise UnsafeXml
        else:
            return text[position:], foreign


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _behind(text: str, end: str, position: int) -> int:
    found = text.find(end, position)
    return found + len(end) if found >= 0 else len(text)


_DOCTYPE_END: Final = re.compile(r"""(?:"[^"]*"|'[^']*'|[^"'\[>])*+""")


def _behind_doctype(text: str, position: int) -> int:
    found = _DOCTYPE_END.match(text, position)
    end = found.end() if found is not None else position
    if text.startswith(">", end):
        return end + 1
    # An internal subset, a quote that never closes, or the end of the document.
    raise UnsafeXml


_NAMED: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_REFERENCE: Final = re.compile(
    r"&(?:#([0-9]{1,7});|#[xX]([0-9a-fA-F]{1,6});|([a-zA-Z][a-zA-Z0-9]{1,31});)?"
)


def repaired(text: str) -> str:
    """XML text with the references put right that break a parser: entities of HTML become
    characters, stray ampersands are escaped, references to forbidden characters go."""
    return _REFERENCE.sub(_reference, text)


def _reference(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        allowed = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF
        return found[0] if allowed and code not in (0xFFFE, 0xFFFF) else ""
    if name in _NAMED:
        return found[0]
    character = html5.get(f"{name};") if name else None
    return character if character is not None else f"&amp;{found[0][1:]}"
