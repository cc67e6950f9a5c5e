"""A feed document as bytes becomes entries of plain text, with everything odd said.

Nothing is dropped silently: what is cut, skipped or unreadable appears in ``problems``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from data import utc_text
from data.i18n import N_, _
from data.times import now as present
from monitoring import dates, document, jsonfeed, recover, xmlfeed
from monitoring.errors import EmptyDocument, FeedError, NoFeed
from monitoring.plain import plain, visible, web_url
from monitoring.rawfeed import RawEntry, RawFeed

MAX_ENTRIES: Final = 2000
MAX_TITLE: Final = 1000
MAX_SUMMARY: Final = 5000
MAX_ID: Final = 1000
MAX_AUTHOR: Final = 200
# Raw text of this length is enough for a summary, however much markup is around it.
_MAX_RAW: Final = 40_000
_ROOTS: Final = re.compile(r"<(?:\w+:)?(?:rss|feed|rdf)\b", re.IGNORECASE)
_MAIL_AND_NAME: Final = re.compile(r"[^\s@()<>]+@[^\s@()<>]+\s*\(([^()]+)\)\s*")
_NAME_AND_MAIL: Final = re.compile(r"([^<>@]+?)\s*<[^<>\s]+@[^<>\s]+>\s*")


@dataclass(frozen=True)
class Entry:
    """One entry. Texts are plain; ``url`` is absolute http(s) or None; times are UTC."""

    id: str
    url: str | None
    title: str
    published: datetime | None
    authors: tuple[str, ...]
    summary: str


@dataclass(frozen=True)
class ParsedFeed:
    """A document's title, its entries in their order, and what was odd about it."""

    title: str
    entries: tuple[Entry, ...]
    problems: tuple[str, ...]


_KINDS: Final = {
    "date": N_("Datum nicht lesbar bei {count} von {total} Einträgen, zuerst „{sample}“."),
    "implausible": N_("Datum unmöglich bei {count} von {total} Einträgen, zuerst „{sample}“."),
    "url": N_("Adresse verworfen bei {count} von {total} Einträgen, zuerst „{sample}“."),
    "id": N_("Ohne Kennung waren {count} von {total} Einträgen, zuerst „{sample}“."),
    "repeated": N_(
        "Kennung mehrfach vergeben bei {count} von {total} Einträgen, zuerst „{sample}“."
    ),
    "cut": N_("Text gekürzt bei {count} von {total} Einträgen, zuerst „{sample}“."),
    "empty": N_("Ohne jeden Inhalt waren {count} von {total} Einträgen, sie wurden ausgelassen."),
}


@dataclass
class _Notes:
    """Counts what is odd, so that two thousand entries do not make two thousand sentences."""

    counts: dict[str, int] = field(default_factory=dict)
    samples: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, sample: str) -> None:
        """One more of ``kind``."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.samples.setdefault(kind, visible(sample[:400])[:60])

    def sentences(self, total: int) -> list[str]:
        """One sentence for each kind that occurred."""
        return [
            _(_KINDS[kind]).format(count=count, total=total, sample=self.samples[kind])
            for kind, count in self.counts.items()
        ]


def parse_feed(
    data: bytes,
    url: str | None = None,
    content_type: str | None = None,
    now: datetime | None = None,
) -> ParsedFeed:
    """The entries of a feed document.

    ``url`` is where it came from (relative links are resolved against it), ``content_type``
    the header it came with. ``now`` bounds the dates that are believed. Raises a
    :class:`FeedError`: NoFeed, EmptyDocument, UnsafeXml or TooLargeDocument.
    """
    if not data.strip(b"\0 \t\r\n"):
        raise EmptyDocument
    read = document.read(data, content_type)
    problems = list(read.problems)
    raw = _raw(read.text, url, problems)
    moment = now or present()
    notes = _Notes()
    total = len(raw.entries)
    entries = _cleaned(raw, url, moment, notes)
    skipped = raw.skipped + max(0, len(entries) - MAX_ENTRIES)
    if skipped:
        problems.append(
            _("Ausgelassen über der Grenze von {limit} Einträgen: {skipped}.").format(
                skipped=skipped, limit=MAX_ENTRIES
            )
        )
    if raw.unreadable:
        problems.append(_("Unlesbare Einträge: {count}.").format(count=raw.unreadable))
    entries = _newest(entries)
    problems += notes.sentences(total)
    return ParsedFeed(plain(raw.title[:_MAX_RAW])[:MAX_TITLE], tuple(entries), tuple(problems))


def _raw(text: str, url: str | None, problems: list[str]) -> RawFeed:
    """Find out what the document is, and read it."""
    stripped = text.lstrip()
    if not stripped:
        raise EmptyDocument
    if stripped[0] in "{[":
        return jsonfeed.read(stripped)
    body, foreign = document.without_prolog(text)
    if _ROOTS.search(body[:2000]) is None:
        raise NoFeed(_looks_like(body))
    if foreign:
        problems.append(_("Vor dem Feed stand fremder Text; er wurde übergangen."))
    raw = xmlfeed.read(body, url)
    if raw.trailing:
        problems.append(_("Nach dem Feed stand fremder Text; er wurde übergangen."))
    if not raw.damage:
        return raw
    mended = xmlfeed.read(document.repaired(body), url)
    if not mended.damage:
        problems.append(_("Ungültige Zeichenverweise im Dokument wurden berichtigt."))
        return mended
    return _recovered(body, url, mended, problems)


def _recovered(body: str, url: str | None, partial: RawFeed, problems: list[str]) -> RawFeed:
    """The more complete of what was read until the damage and what a lenient parser finds."""
    found = recover.read(body, url)
    lenient = RawFeed()
    if found is not None:
        entries = [RawEntry(**entry, base=url) for entry in found["entries"]]
        lenient = RawFeed(title=found["title"], link=found["link"], entries=entries)
    best = lenient if len(lenient.entries) >= len(partial.entries) else partial
    if not best.entries and not best.title.strip():
        raise NoFeed("XML")
    problems.append(
        _("Das Dokument ist beschädigt ({damage}). Lesbare Einträge: {count}.").format(
            damage=partial.damage, count=len(best.entries)
        )
    )
    return best


def _looks_like(body: str) -> str:
    start = body[:2000].lower()
    if "<html" in start or "<body" in start or "<head" in start:
        return "HTML"
    return "XML" if start.startswith("<") else _("Text oder Binärdaten")


def _cleaned(raw: RawFeed, url: str | None, now: datetime, notes: _Notes) -> list[Entry]:
    home = web_url(raw.link, url)
    entries = []
    seen: set[str] = set()
    for each in raw.entries:
        entry = _entry(each, each.base or url or home, now, notes)
        if entry is None:
            notes.add("empty", "")
            continue
        if entry.id in seen:
            notes.add("repeated", entry.id)
        seen.add(entry.id)
        entries.append(entry)
    return entries


def _entry(raw: RawEntry, base: str | None, now: datetime, notes: _Notes) -> Entry | None:
    """One entry, or None where it says nothing at all."""
    title = _text(raw.title, MAX_TITLE, notes)
    summary = _text(raw.summary, MAX_SUMMARY, notes) or _text(raw.content, MAX_SUMMARY, notes)
    given = visible(raw.id[:_MAX_RAW])
    url = _url(raw.link, given, base, notes)
    if not title and not summary and not given and url is None:
        return None
    authors = tuple(dict.fromkeys(filter(None, (_author(author) for author in raw.authors))))
    published = _published(raw, now, notes)
    return Entry(
        id=_id(given, url, (title, summary, raw.published), notes),
        url=url,
        title=title,
        published=published,
        authors=authors,
        summary=summary,
    )


def _text(raw: str, limit: int, notes: _Notes) -> str:
    text = plain(raw[:_MAX_RAW])
    if len(text) <= limit and len(raw) <= _MAX_RAW:
        return text
    notes.add("cut", text)
    if len(text) <= limit:
        return text
    return text[: limit - 1].rstrip() + "…"


def _url(link: str, given_id: str, base: str | None, notes: _Notes) -> str | None:
    """The entry's page: its link, else its identifier where that is a web address."""
    if link.strip():
        url = web_url(link, base)
        if url is not None:
            return url
        notes.add("url", link)
    return web_url(given_id)


def _id(given: str, url: str | None, content: tuple[str, ...], notes: _Notes) -> str:
    """The identifier: as given, else the address, else a hash of the content."""
    if given and len(given) <= MAX_ID:
        return given
    if not given and url is not None:
        return url
    if not given:
        notes.add("id", content[0] or content[1])
    digest = hashlib.sha256("\0".join((given, *content)).encode("utf-8", "replace")).hexdigest()
    return f"sha256:{digest}"


def _author(raw: str) -> str:
    """The name of an author; "mail (name)" and "name <mail>" are read as their name."""
    text = visible(raw[:_MAX_RAW])
    for form in (_MAIL_AND_NAME, _NAME_AND_MAIL):
        found = form.fullmatch(text[:1000])
        if found is not None:
            text = found[1]
    return plain(text)[:MAX_AUTHOR].strip()


def _published(raw: RawEntry, now: datetime, notes: _Notes) -> datetime | None:
    """Published, else updated, else created; what cannot be read or believed is noted."""
    for text in (raw.published, raw.updated, raw.created):
        if not text.strip():
            continue
        moment = dates.read(text[:1000])
        if moment is None:
            notes.add("date", text)
        elif not dates.plausible(moment, now):
            notes.add("implausible", text)
        else:
            return moment
    return None


def _newest(entries: list[Entry]) -> list[Entry]:
    """The newest entries up to the cap, in their order; undated ones count as new."""
    if len(entries) <= MAX_ENTRIES:
        return entries
    ranked = sorted(
        range(len(entries)),
        key=lambda index: (
            entries[index].published is not None,
            -(entries[index].published or _EPOCH).timestamp(),
            index,
        ),
    )
    return [entries[index] for index in sorted(ranked[:MAX_ENTRIES])]


_EPOCH: Final = dates.EARLIEST


def to_json(feed: ParsedFeed) -> dict[str, Any]:
    """The command's answer for one feed."""
    return {
        "title": feed.title,
        "entries": [entry_json(entry) for entry in feed.entries],
        "problems": list(feed.problems),
    }


def entry_json(entry: Entry) -> dict[str, Any]:
    """One entry of the command's answer."""
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "published": utc_text(entry.published) if entry.published is not None else None,
        "authors": list(entry.authors),
        "summary": entry.summary,
    }


def parse_line(value: object, base_dir: Path) -> dict[str, Any]:
    """One line of the batch: ``{"id", "file", "url"?, "headers"?}`` in, the feed out.

    The answer has ``id`` and ``ok``; where ``ok`` is false, ``error`` is a word of the health
    vocabulary (or "bad_line", "unreadable") and ``problems`` says why. It never raises.
    """
    line: Mapping[str, Any] = value if isinstance(value, dict) else {}
    answer: dict[str, Any] = {"id": line.get("id")}
    name, url, headers = line.get("file"), line.get("url"), line.get("headers")
    known = isinstance(name, str) and isinstance(url, (str, type(None)))
    if not known or not isinstance(headers, (dict, type(None))) or "id" not in line:
        reason = _("Die Zeile braucht „id“ und „file“, dazu wahlweise „url“ und „headers“.")
        return _failed(answer, "bad_line", reason)
    try:
        with (base_dir / str(name)).open("rb") as file:
            data = file.read(document.MAX_BYTES + 1)
    except (OSError, ValueError):
        reason = _("Die Datei „{name}“ ist nicht lesbar.").format(name=name)
        return _failed(answer, "unreadable", reason)
    types = [str(value) for key, value in (headers or {}).items() if key.lower() == "content-type"]
    try:
        feed = parse_feed(data, url, types[0] if types else None)
    except FeedError as error:
        return _failed(answer, error.word, error.sentence())
    return {**answer, "ok": True, **to_json(feed)}


def _failed(answer: dict[str, Any], word: str, reason: str) -> dict[str, Any]:
    return {**answer, "ok": False, "error": word, "title": "", "entries": [], "problems": [reason]}
