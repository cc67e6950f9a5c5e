"""Plain text out of what feeds carry: no markup, no entities, no invisible characters.

The work is linear in the length of the text. A full HTML parser is not: some thousand nested
elements or attributes hold it for seconds, and an entry may come from anyone.
"""

from __future__ import annotations

import html
import re
import unicodedata
from html.entities import html5
from typing import Final
from urllib.parse import urljoin, urlsplit

MAX_URL: Final = 2048
_PASSES: Final = 6

_TAG_OPENS: Final = re.compile(r"<(?:[a-zA-Z/]|!|\?)")
_TAG: Final = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*+)(?:[^>"']|"[^"]*"|'[^']*')*+>""")
_NAME: Final = re.compile(r"</?([a-zA-Z][^\s/>]*+)")
# Their content is not text. Everything up to the closing tag is dropped.
_SILENT: Final = frozenset({"script", "style", "iframe", "object", "template", "svg", "math"})
# Words on two sides of these belong apart; on two sides of all others they belong together.
_INLINE: Final = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em",
        "font", "i", "ins", "kbd", "mark", "nobr", "q", "s", "samp", "small", "span", "strike",
        "strong", "sub", "sup", "tt", "u", "var", "wbr",
    }
)  # fmt: skip
_ENTITY: Final = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31})(?:;|(?![a-zA-Z0-9=;]))"
)
_ESCAPED_AMPERSANDS: Final = re.compile(r"&(?:(?:amp|AMP|#38|#0*38|#[xX]0*26);)+")
_LOOKS_LIKE_MARKUP: Final = re.compile(r"<[a-zA-Z/!?]|&[a-zA-Z#]")

# Control characters, bidirectional controls, soft hyphens and what else nobody sees but a
# search does. The joiner U+200D stays: emoji need it.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Control characters that are meant as the characters Windows has in their places.
_WINDOWS: Final = {
    code: bytes([code]).decode("cp1252", "replace").replace("\ufffd", "")
    for code in range(0x80, 0xA0)
}
# "https://" alone joins to the base itself.
_BARE_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:/*")
_MISREAD: Final = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]")
_HIGH_RUN: Final = re.compile("[\u0080-\u00ff\u0152-\u2122]+")


def plain(text: str) -> str:
    """``text`` as plain text on one line.

    Markup goes, also where it was escaped, and escaped more than once; entities become
    characters; invisible characters go; white space is folded.
    """
    if "<" in text or "&" in text:
        text = _without_markup(text)
    return visible(text)


def visible(text: str) -> str:
    """``text`` without control, bidirectional and other invisible characters, folded."""
    if not text.isascii():
        text = _SURROGATE.sub("\ufffd", repaired(text)).translate(_WINDOWS)
        text = unicodedata.normalize("NFC", text)
    text = _INVISIBLE.sub(_gap, text)
    return " ".join(text.split())


def _gap(found: re.Match[str]) -> str:
    """The end of a line in old control characters stays a gap between words."""
    return " " if found[0] in "\x0b\x0c\x1c\x1d\x1e\x1f" else ""


def repaired(text: str) -> str:
    """``text`` with UTF-8 that was read as Latin-1 put right ("BÃ¤ckerei"), else unchanged."""
    if _MISREAD.search(text) is None:
        return text
    return _HIGH_RUN.sub(_read_again, text)


def _read_again(found: re.Match[str]) -> str:
    """A run of letters beyond ASCII, read as the UTF-8 that its bytes may be."""
    codes = bytearray()
    for letter in found[0]:
        code = ord(letter)
        try:
            codes += bytes([code]) if code < 256 else letter.encode("cp1252")
        except UnicodeEncodeError:
            return found[0]
    try:
        return codes.decode("utf-8")
    except UnicodeDecodeError:
        return found[0]


def _without_markup(text: str) -> str:
    """Strip tags and decode entities until neither is left.

    Each pass undoes one layer of escaping; escaped ampersands are folded first, so that six
    passes undo any depth. What still looks like markup then is no text worth keeping.
    """
    for _ in range(_PASSES):
        before = text
        if "<" in text:
            text = _without_tags(text.replace("<![CDATA[", "").replace("]]>", ""))
        if "&" in text:
            text = _ENTITY.sub(_decoded, _ESCAPED_AMPERSANDS.sub("&", text))
        if text == before:
            return text
    return _LOOKS_LIKE_MARKUP.sub(" ", text)


def _decoded(found: re.Match[str]) -> str:
    entity = found[0]
    if entity[1] != "#" and entity[1:] not in html5:
        return entity
    return html.unescape(entity)


def _without_tags(text: str) -> str:
    """``text`` without tags, comments and silent elements, in one walk from left to right."""
    last = text.rfind(">")
    kept: list[str] = []
    position = 0
    quotes_close = True
    while True:
        opened = _TAG_OPENS.search(text, position)
        if opened is None or opened.start() > last:
            kept.append(text[position:])
            return "".join(kept)
        start = opened.start()
        kept.append(text[position:start])
        tag = _TAG.match(text, start) if quotes_close else None
        if tag is None and text[start + 1] not in "!?":
            # A quote that never closes would be looked for again and again: only once.
            quotes_close = quotes_close and _NAME.match(text, start) is None
        end = tag.end() if tag is not None else _end_without_quotes(text, start)
        name = _NAME.match(text, start)
        element = name[1].lower() if name is not None else ""
        if element not in _INLINE:
            kept.append(" ")
        if element in _SILENT and text[start + 1] != "/":
            end = _end_of_silent(text, end, element)
        position = end


def _end_without_quotes(text: str, start: int) -> int:
    """The end of a comment, of a declaration, or of a tag with a broken quote."""
    if text.startswith("<!--", start):
        end = text.find("-->", start + 4)
        return end + 3 if end >= 0 else len(text)
    return text.find(">", start) + 1


def _end_of_silent(text: str, start: int, element: str) -> int:
    """Behind the closing tag of a silent element, or the end where it never closes."""
    closing = re.compile(f"</{re.escape(element)}", re.IGNORECASE).search(text, start)
    if closing is None:
        return len(text)
    end = text.find(">", closing.end())
    return end + 1 if end >= 0 else len(text)


def web_url(text: str, base: str | None = None) -> str | None:
    """``text`` as an absolute http(s) URL, resolved against ``base``; None where it is none.

    White space and control characters are taken out, as browsers do, before the scheme is
    looked at.
    """
    cleaned = _SURROGATE.sub("", _INVISIBLE.sub("", text)).strip().replace("&amp;", "&")
    cleaned = re.sub(r"[\t\r\n]", "", cleaned).replace(" ", "%20").replace("\\", "/")
    if not cleaned or len(cleaned) > MAX_URL or _BARE_SCHEME.fullmatch(cleaned):
        return None
    try:
        joined = urljoin(base, cleaned) if base else cleaned
        if joined.startswith("//"):
            joined = f"https:{joined}"
        parts = urlsplit(joined)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or len(joined) > MAX_URL:
        return None
    return joined


_FOLDS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue", "ẞ": "ss"}
)


def folded(text: str) -> str:
    """``text`` for searching: lower case, ä as ae, ß as ss, other accents gone."""
    spelled = unicodedata.normalize("NFC", text).translate(_FOLDS)
    if not spelled.isascii():
        bare = unicodedata.normalize("NFD", spelled)
        spelled = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return spelled.casefold()
