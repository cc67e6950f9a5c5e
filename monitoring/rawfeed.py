"""What a reader found in a document, before anything is cleaned or judged."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class RawEntry:
    """One entry with its texts as they stand in the document."""

    id: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    published: str = ""
    updated: str = ""
    created: str = ""
    authors: list[str] = field(default_factory=list)
    base: str | None = None


@dataclass
class RawFeed:
    """A document's entries in their order.

    ``skipped`` counts entries beyond the reader's cap, ``unreadable`` those that are no
    entries at all. ``damage`` says where the document broke; empty for a sound one.
    ``trailing``: something foreign follows the feed.
    """

    title: str = ""
    link: str = ""
    entries: list[RawEntry] = field(default_factory=list)
    skipped: int = 0
    unreadable: int = 0
    damage: str = ""
    trailing: bool = False
