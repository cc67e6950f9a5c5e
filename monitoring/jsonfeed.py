"""Reading JSON Feed (versions 1 and 1.1)."""

from __future__ import annotations

import json
from typing import Any

from monitoring.errors import NoFeed
from monitoring.rawfeed import RawEntry, RawFeed
from monitoring.xmlfeed import MAX_ENTRIES, MAX_FIELD

_VERSION = "jsonfeed.org/version/"


def read(text: str) -> RawFeed:
    """The entries of a JSON Feed. Raises :class:`NoFeed` for other JSON."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise NoFeed("JSON") from None
    if not isinstance(document, dict) or _VERSION not in str(document.get("version", ""))[:200]:
        raise NoFeed("JSON")
    items = document.get("items")
    if not isinstance(items, list):
        raise NoFeed("JSON")
    feed = RawFeed(title=_text(document, "title"), link=_text(document, "home_page_url"))
    feed.skipped = max(0, len(items) - MAX_ENTRIES)
    for item in items[:MAX_ENTRIES]:
        if isinstance(item, dict):
            feed.entries.append(_entry(item))
        else:
            feed.unreadable += 1
    return feed


def _entry(item: dict[str, Any]) -> RawEntry:
    return RawEntry(
        id=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url"),
        title=_text(item, "title"),
        summary=_text(item, "summary"),
        content=_text(item, "content_text") or _text(item, "content_html"),
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        authors=_authors(item),
    )


def _authors(item: dict[str, Any]) -> list[str]:
    """Version 1.1 has a list of authors, version 1 has one."""
    listed = item.get("authors")
    given = listed if isinstance(listed, list) else [item.get("author")]
    return [_text(author, "name") for author in given[:50] if isinstance(author, dict)]


def _text(holder: dict[str, Any], key: str) -> str:
    """A text, or a number as identifiers sometimes are one; all else counts as missing."""
    value = holder.get(key)
    if isinstance(value, str):
        return value[:MAX_FIELD]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return ""
