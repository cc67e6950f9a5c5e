"""Lists of sources: OPML and plain lists in, OPML out, and the catalogue of the house.

A list comes from anywhere, so its XML is refused with declarations of its own, like a feed's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from access.outbound import BadUrl, read_url
from data import reference
from data.i18n import _
from monitoring import document
from monitoring.errors import NoSourceList, TooLargeDocument, UnsafeXml
from monitoring.plain import visible

KINDS: Final = (
    "news", "agency", "authority", "consumer", "trade", "social", "search", "other",
)  # fmt: skip
COUNTRIES: Final = ("at", "de")
MAX_SOURCES: Final = 5000
MAX_NAME: Final = 200


@dataclass(frozen=True)
class Listed:
    """A source as a list or the catalogue has it."""

    url: str
    name: str
    kind: str = "other"
    language: str = "de"
    region: str = ""
    reach_class: str = "C"
    licence: str = ""
    certainty: str = "given"


@dataclass(frozen=True)
class Refused:
    """A line of a list that is no source, and why not."""

    line: int
    why: str


@dataclass(frozen=True)
class SourceList:
    """What a list holds, in its order."""

    found: tuple[Listed, ...]
    refused: tuple[Refused, ...]


def source_url(text: str) -> str:
    """The address of a feed in one spelling, so that it is known again.

    ``feed:`` addresses are web addresses; scheme and host are lower case; the default port
    and the fragment go. Raises :class:`access.outbound.BadUrl`.
    """
    url = text.strip()
    if url[:5].lower() == "feed:":
        rest = url[5:]
        url = f"https:{rest}" if rest.startswith("//") else rest
    target = read_url(url)
    parts = urlsplit(target.url)
    usual = {"http": 80, "https": 443}[target.scheme] == target.port
    host = f"[{target.host}]" if ":" in target.host else target.host
    authority = host if usual else f"{host}:{target.port}"
    return urlunsplit((target.scheme, authority, parts.path or "/", parts.query, ""))


def read_list(data: bytes) -> SourceList:
    """The sources of a file: OPML, or one address a line.

    In a plain list, a name may follow the address; empty lines and lines that start with #
    are passed over. Raises NoSourceList, UnsafeXml or TooLargeDocument.
    """
    if len(data) > document.MAX_BYTES:
        raise TooLargeDocument(document.MAX_BYTES // 1_000_000)
    text = document.read(data, None).text
    if not text.strip():
        raise NoSourceList(_("leer"))
    return _read_opml(text) if text.lstrip().startswith("<") else _read_lines(text)


def _read_lines(text: str) -> SourceList:
    collected = _Collected()
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        url, _space, name = stripped.partition(" " if " " in stripped else "\t")
        collected.take(number, url, Listed(url="", name=name))
    return collected.finished()


def _read_opml(text: str) -> SourceList:
    # Line numbers shall be those of the file, so the prolog is checked but stays.
    document.without_prolog(text)
    body = text.lstrip()
    above = text[: len(text) - len(body)].count("\n")
    collected = _Collected()
    parser = expat.ParserCreate("utf-8")
    roots: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if not roots:
            roots.append(name.lower())
        if name.lower() != "outline":
            return
        named = {key.lower(): value for key, value in attributes.items()}
        url = named.get("xmlurl")
        if url is None and named.get("type", "").lower() in ("rss", "atom", "feed"):
            url = named.get("url", "")
        if url is not None:
            title = named.get("title") or named.get("text", "")
            language = named.get("language", "")[:2].lower()
            listed = Listed(url="", name=title, language=language or "de")
            collected.take(parser.CurrentLineNumber + above, url, listed)

    def refuse(*_arguments: object) -> None:
        raise UnsafeXml

    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse
    # The parser was told UTF-8, which the text is by now, whatever its declaration says.
    try:
        parser.Parse(document.repaired(body).encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise NoSourceList(f"{expat.ErrorString(error.code)}, {error.lineno}") from None
    if roots != ["opml"]:
        raise NoSourceList(f"XML: {roots[0][:40]}")
    return collected.finished()


class _Collected:
    """The sources of a list while it is read."""

    def __init__(self) -> None:
        self._found: list[Listed] = []
        self._refused: list[Refused] = []

    def take(self, line: int, url: str, listed: Listed) -> None:
        """One candidate of the list."""
        try:
            address = source_url(url)
        except BadUrl as error:
            self._refused.append(Refused(line, error.sentence()))
            return
        if len(self._found) >= MAX_SOURCES:
            why = _("Mehr als {limit} Quellen werden nicht auf einmal übernommen.")
            self._refused.append(Refused(line, why.format(limit=MAX_SOURCES)))
            return
        name = visible(listed.name)[:MAX_NAME] or default_name(address)
        self._found.append(replace(listed, url=address, name=name))

    def finished(self) -> SourceList:
        """The list."""
        return SourceList(tuple(self._found), tuple(self._refused))


def default_name(url: str) -> str:
    """A name for a source that came without one: its host and path."""
    parts = urlsplit(url)
    return f"{(parts.hostname or '').removeprefix('www.')}{parts.path.rstrip('/')}"[:MAX_NAME]


def catalogue(country: str) -> list[Listed]:
    """The known feeds of "at" or "de". They count as unverified until they were fetched."""
    entries: list[dict[str, Any]] = reference.load(f"feeds_{country}")["feed"]
    return [
        Listed(
            url=source_url(entry["url"]),
            name=entry["name"],
            kind=entry["kind"],
            language=entry.get("language", "de"),
            region=entry.get("region", ""),
            reach_class=entry["reach_class"],
            licence=entry["licence"],
            certainty=entry.get("certainty", "listed"),
        )
        for entry in entries
    ]


def to_opml(sources: Iterable[Listed]) -> bytes:
    """The sources as OPML 2.0, for any other reader."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<opml version="2.0">',
        "<head><title>Krisenpult</title></head>",
        "<body>",
    ]
    lines += [
        f"<outline type={quoteattr('rss')} text={quoteattr(source.name)}"
        f" xmlUrl={quoteattr(source.url)} language={quoteattr(source.language)}"
        f" category={quoteattr(source.kind)}/>"
        for source in sources
    ]
    lines += ["</body>", "</opml>", ""]
    return "\n".join(lines).encode()
