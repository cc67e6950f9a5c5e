"""What can go wrong in the room monitoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from data.errors import KrisenpultError
from data.i18n import N_


class MonitoringError(KrisenpultError):
    """An error of the room monitoring."""


class FeedError(MonitoringError):
    """A document that cannot be read as a feed. ``word`` is of the health vocabulary."""

    word: ClassVar[str] = "no_feed"


@dataclass(eq=False)
class NoFeed(FeedError):
    """A document that is something else; ``found`` says what it looks like."""

    found: str
    word: ClassVar[str] = "no_feed"
    german: ClassVar[str] = N_(
        "Das Dokument ist kein Feed ({found}). Erwartet wird RSS, RDF, Atom oder JSON Feed."
    )


@dataclass(eq=False)
class EmptyDocument(FeedError):
    """A document without any content."""

    word: ClassVar[str] = "empty"
    german: ClassVar[str] = N_(
        "Das Dokument ist leer. Erwartet wird RSS, RDF, Atom oder JSON Feed."
    )


@dataclass(eq=False)
class UnsafeXml(FeedError):
    """A document type definition with declarations of its own, as entity bombs have it."""

    word: ClassVar[str] = "unsafe_xml"
    german: ClassVar[str] = N_(
        "Das Dokument bringt eigene XML-Deklarationen (DTD) mit und wird aus Sicherheitsgründen "
        "nicht gelesen."
    )


@dataclass(eq=False)
class NoSourceList(MonitoringError):
    """A file that is neither OPML nor a list of addresses."""

    wrong_input: ClassVar[bool] = True
    reason: str
    german: ClassVar[str] = N_(
        "Die Datei ist keine Quellenliste ({reason}). Erwartet wird OPML oder eine Adresse je Zeile."
    )


@dataclass(eq=False)
class UnknownSource(MonitoringError):
    """A source that does not exist."""

    source_id: int
    german: ClassVar[str] = N_("Die Quelle {source_id} gibt es nicht.")


@dataclass(eq=False)
class SourceExists(MonitoringError):
    """A second source with the same address."""

    url: str
    german: ClassVar[str] = N_("Die Quelle {url} wird bereits beobachtet.")


@dataclass(eq=False)
class TooLargeDocument(FeedError):
    """A document beyond the cap, in megabytes."""

    megabytes: int
    word: ClassVar[str] = "too_large"
    german: ClassVar[str] = N_("Das Dokument ist größer als {megabytes} MB und wird nicht gelesen.")
