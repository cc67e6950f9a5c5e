"""Reading RSS 0.9x to 2.0, RDF and Atom in one pass.

Built directly on expat: the time is linear in the length of the document whatever stands in
it, which holds for no general feed library (one element with 100 000 attributes keeps
feedparser busy for 25 seconds, and its regular expressions hold the interpreter's lock). It
is also what makes a sweep cheap. Documents that are not well-formed go on to
:mod:`monitoring.recover`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin
from xml.parsers import expat

from monitoring.errors import NoFeed, UnsafeXml
from monitoring.rawfeed import RawEntry, RawFeed

MAX_ENTRIES: Final = 20_000
MAX_FIELD: Final = 100_000
_MAX_NAMESPACES: Final = 200
_MAX_DEPTH: Final = 500
_MAX_AUTHORS: Final = 50

_FAMILIES: Final = {
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://backend.userland.com/rss2": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
}
# A prefix that was never declared is read as what it usually stands for.
_USUAL_PREFIXES: Final = frozenset(_FAMILIES.values())

_TITLE: Final = (":title", "atom:title", "dc:title", "media:title")
_ID: Final = (":guid", "atom:id", "rdf:about", "dc:identifier", ":id")
_SUMMARY: Final = (
    ":description", "atom:summary", ":summary", "dc:description", "dcterms:abstract",
    "itunes:summary", "media:description",
)  # fmt: skip
_CONTENT: Final = ("content:encoded", "atom:content", "xhtml:body", ":content", ":fullitem")
_PUBLISHED: Final = (":pubdate", "atom:published", "atom:issued", "dcterms:issued", ":published")
_UPDATED: Final = (
    "atom:updated",
    "atom:modified",
    "dc:date",
    "dcterms:modified",
    ":updated",
    ":date",
)
_CREATED: Final = ("atom:created", "dcterms:created", "dc:created", ":created")
_AUTHOR: Final = frozenset({":author", "atom:author", "dc:creator", "itunes:author"})
_LINKS: Final = frozenset({":link", "atom:link"})
_TAKEN: Final = frozenset(
    (*_TITLE, *_ID, *_SUMMARY, *_CONTENT, *_PUBLISHED, *_UPDATED, *_CREATED, *_AUTHOR, *_LINKS)
)
_SILENT: Final = frozenset({"script", "style"})
_INLINE: Final = frozenset(
    {"a", "b", "em", "i", "span", "strong", "sub", "sup", "u", "small", "wbr"}
)


def read(text: str, url: str | None) -> RawFeed:
    """The entries of an XML document that starts at its root element.

    Where the document breaks off or is not well-formed, what was read until there is
    returned with ``damage``. Raises :class:`NoFeed` for another kind of document and
    :class:`UnsafeXml` for declarations inside it.
    """
    reader = _Reader(url)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.buffer_size = 65536
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        if reader.depth > 0 or not reader.is_feed:
            reader.feed.damage = f"{expat.ErrorString(error.code)}, {error.lineno}:{error.offset}"
        reader.feed.trailing = not reader.feed.damage
    if not reader.is_feed and not reader.feed.damage:
        raise NoFeed("XML")
    reader.close()
    return reader.feed


class _Reader:
    """The state while expat walks through a document."""

    def __init__(self, url: str | None) -> None:
        self.feed = RawFeed()
        self.is_feed = False
        self.depth = 0
        self._url = url
        self._namespaces: dict[str, str] = {}
        self._scopes: list[tuple[int, dict[str, str]]] = []
        self._bases: list[tuple[int, str | None]] = [(0, url)]
        self._channel_depth = 0
        self._entry_depth = 0
        self._fields: dict[str, str] = {}
        self._authors: list[str] = []
        self._link = ""
        self._link_rank = 0
        self._base: str | None = None
        self._capturing = ""
        self._capture_depth = 0
        self._pieces: list[str] = []
        self._size = 0
        self._silent_depth = 0
        self._name_depth = 0

    def refuse(self, *_: object) -> None:
        """A declaration where none belongs."""
        raise UnsafeXml

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element opens."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            return
        if attributes:
            self._note_scope(attributes)
        family, local = self._family(name)
        if self.depth == 1:
            self._open_root(family, local)
        elif self._capturing:
            self._open_inside(local)
        elif self._entry_depth:
            if self.depth == self._entry_depth + 1:
                self._open_field(f"{family}:{local}", attributes)
        elif local in ("item", "entry") and family in ("", "atom"):
            self._open_entry(attributes)
        elif local == "channel" and family in ("", "atom", "rdf"):
            self.is_feed = True
            self._channel_depth = self.depth
        elif self._channel_depth and self.depth == self._channel_depth + 1:
            self._open_channel_field(f"{family}:{local}", attributes)

    def end(self, name: str) -> None:
        """An element closes."""
        depth = self.depth
        self.depth -= 1
        if depth > _MAX_DEPTH:
            return
        if self._capturing:
            self._close_inside(depth, name)
        elif depth == self._entry_depth:
            self._close_entry()
        elif depth == self._channel_depth:
            self._channel_depth = 0
        while self._scopes and self._scopes[-1][0] == depth:
            self._namespaces = self._scopes.pop()[1]
        if self._bases[-1][0] == depth:
            self._bases.pop()

    def text(self, data: str) -> None:
        """Character data."""
        if not self._capturing or self._silent_depth:
            return
        if self._capturing in _AUTHOR and self.depth > self._capture_depth and not self._name_depth:
            return
        if self._size >= MAX_FIELD:
            return
        # Cut far above what an entry shows; the reader of the entry says that it was cut.
        self._pieces.append(data[: MAX_FIELD - self._size])
        self._size += len(data)

    def close(self) -> None:
        """The document ended; an entry that was open is kept as far as it came."""
        if self._capturing:
            self._finish_capture()
        if self._entry_depth:
            self._close_entry()

    def _note_scope(self, attributes: Mapping[str, str]) -> None:
        """Take note of namespaces and of xml:base."""
        base = attributes.get("xml:base")
        if base is not None:
            self._bases.append((self.depth, _joined(self._bases[-1][1], base)))
        declared = {
            name[6:]: value for name, value in attributes.items() if name.startswith("xmlns")
        }
        if declared and len(declared) + len(self._namespaces) <= _MAX_NAMESPACES:
            self._scopes.append((self.depth, self._namespaces))
            self._namespaces = {**self._namespaces, **declared}

    def _family(self, name: str) -> tuple[str, str]:
        """The family of vocabulary and the bare name of an element, lower case."""
        prefix, _, local = name.rpartition(":")
        uri = self._namespaces.get(prefix)
        if uri is None:
            family = prefix.lower() if prefix.lower() in _USUAL_PREFIXES else "?"
            return (family if prefix else "", local.lower())
        return (_FAMILIES.get(uri.strip().lower(), "?" if prefix else ""), local.lower())

    def _open_root(self, family: str, local: str) -> None:
        if local == "rss" and family in ("", "atom"):
            self.is_feed = True
        elif local == "feed" and family in ("", "atom"):
            self.is_feed = True
            self._channel_depth = self.depth
        elif local == "rdf" and family == "rdf":
            # RDF carries much that is no feed; a channel or an item shows that this is one.
            return
        else:
            raise NoFeed("HTML" if local == "html" else f"XML: {local[:40]}")

    def _open_entry(self, attributes: Mapping[str, str]) -> None:
        self.is_feed = True
        self._entry_depth = self.depth
        self._fields = {}
        self._authors = []
        self._link = ""
        self._link_rank = 0
        self._base = self._bases[-1][1]
        about = attributes.get("rdf:about") or attributes.get("about")
        if about:
            self._fields["rdf:about"] = about

    def _open_field(self, key: str, attributes: Mapping[str, str]) -> None:
        if key not in _TAKEN:
            return
        if key in _LINKS and attributes.get("href"):
            self._take_link(attributes)
            return
        self._begin_capture(key)

    def _open_channel_field(self, key: str, attributes: Mapping[str, str]) -> None:
        if key in (":title", "atom:title") and not self.feed.title:
            self._begin_capture("channel title")
        elif key in _LINKS and not self.feed.link:
            if attributes.get("href") and attributes.get("rel", "alternate") == "alternate":
                self.feed.link = _joined(self._bases[-1][1], attributes["href"]) or ""
            elif not attributes.get("href"):
                self._begin_capture("channel link")

    def _take_link(self, attributes: Mapping[str, str]) -> None:
        """Of several links the page of the entry wins: alternate, HTML before other types."""
        relation = attributes.get("rel", "alternate").lower()
        if relation not in ("alternate", "http://www.iana.org/assignments/relation/alternate"):
            return
        rank = 2 if "html" in attributes.get("type", "text/html").lower() else 1
        if rank > self._link_rank:
            self._link_rank = rank
            self._link = _joined(self._bases[-1][1], attributes["href"]) or attributes["href"]

    def _begin_capture(self, key: str) -> None:
        self._capturing = key
        self._capture_depth = self.depth
        self._pieces = []
        self._size = 0
        self._silent_depth = 0
        self._name_depth = 0

    def _open_inside(self, local: str) -> None:
        """Markup inside a text: it separates words unless it is inline."""
        if local in _SILENT and not self._silent_depth:
            self._silent_depth = self.depth
        if self._capturing in _AUTHOR:
            if local == "name":
                self._name_depth = self.depth
                self._pieces = []
        elif local not in _INLINE:
            self._pieces.append(" ")

    def _close_inside(self, depth: int, name: str) -> None:
        if depth == self._capture_depth:
            self._finish_capture()
            return
        if depth == self._silent_depth:
            self._silent_depth = 0
        if depth == self._name_depth:
            # What follows the name of an author is mail address and page.
            self._name_depth = 0
            self._silent_depth = self._capture_depth
        elif self._capturing not in _AUTHOR and name.rpartition(":")[2].lower() not in _INLINE:
            self._pieces.append(" ")

    def _finish_capture(self) -> None:
        key, value = self._capturing, "".join(self._pieces)
        self._capturing = ""
        if key == "channel title":
            self.feed.title = value
        elif key == "channel link":
            self.feed.link = value.strip()
        elif key in _AUTHOR:
            if len(self._authors) < _MAX_AUTHORS:
                self._authors.append(value)
        elif key in _LINKS:
            if self._link_rank < 2 and value.strip():
                self._link_rank = 2
                self._link = value
        elif not self._fields.get(key, "").strip():
            self._fields[key] = value

    def _close_entry(self) -> None:
        self._entry_depth = 0
        if len(self.feed.entries) >= MAX_ENTRIES:
            self.feed.skipped += 1
            return
        self.feed.entries.append(
            RawEntry(
                id=self._first(_ID),
                link=self._link,
                title=self._first(_TITLE),
                summary=self._first(_SUMMARY),
                content=self._first(_CONTENT),
                published=self._first(_PUBLISHED),
                updated=self._first(_UPDATED),
                created=self._first(_CREATED),
                authors=self._authors,
                base=self._base,
            )
        )

    def _first(self, keys: tuple[str, ...]) -> str:
        """The first of the fields that says anything."""
        return next((self._fields[key] for key in keys if self._fields.get(key, "").strip()), "")


def _joined(base: str | None, url: str) -> str | None:
    """``url`` against ``base``, or ``base`` where it cannot be joined."""
    try:
        return urljoin(base, url.strip()) if base else url.strip()
    except ValueError:
        return base
