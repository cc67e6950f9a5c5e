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


@dataclass(eq=False)
class UnknownMention(MonitoringError):
    """A mention that does not exist."""

    mention_id: int
    german: ClassVar[str] = N_("Die Meldung {mention_id} gibt es nicht. Bitte die Liste neu laden.")


@dataclass(eq=False)
class UnknownState(MonitoringError):
    """A state that a mention cannot have."""

    state: str
    german: ClassVar[str] = N_(
        "„{state}“ ist kein Status einer Meldung. Bitte einen der Liste wählen."
    )


@dataclass(eq=False)
class EmptyMention(MonitoringError):
    """A mention without any words."""

    german: ClassVar[str] = N_("Bitte den Wortlaut der Meldung eingeben.")


@dataclass(eq=False)
class MissingSource(MonitoringError):
    """A mention that does not say where it stood."""

    german: ClassVar[str] = N_("Bitte angeben, wo die Meldung steht, zum Beispiel „Facebook“.")


@dataclass(eq=False)
class NobodyMeant(MonitoringError):
    """An inbound mention that names no firm of an open case."""

    german: ClassVar[str] = N_(
        "Die Meldung nennt keine Firma eines offenen Falls. Bitte die Fallnummer mitgeben."
    )


@dataclass(eq=False)
class EmptyProfile(MonitoringError):
    """A watch profile without a name."""

    german: ClassVar[str] = N_("Bitte mindestens den Namen der Firma angeben.")


@dataclass(eq=False)
class UnknownAlert(MonitoringError):
    """An alert that does not exist."""

    alert_id: int
    german: ClassVar[str] = N_("Den Alarm {alert_id} gibt es nicht. Bitte die Seite neu laden.")


@dataclass(eq=False)
class UnknownToken(MonitoringError):
    """A token of an inbound caller that does not exist."""

    token_id: int
    german: ClassVar[str] = N_("Den Zugangsschlüssel {token_id} gibt es nicht.")


@dataclass(eq=False)
class BadRoute(MonitoringError):
    """An address that alerts cannot be sent to."""

    service: str
    german: ClassVar[str] = N_(
        "An diese Adresse kann kein Alarm gehen (Dienst „{service}“). Bitte eine Apprise-Adresse wie "
        "mailtos://… oder ntfys://… angeben."
    )


@dataclass(eq=False)
class RouteExists(MonitoringError):
    """A second route of the same name."""

    name: str
    german: ClassVar[str] = N_("Einen Alarmweg „{name}“ gibt es bereits. Bitte anders benennen.")


@dataclass(eq=False)
class UnknownRoute(MonitoringError):
    """A route that does not exist."""

    route_id: int
    german: ClassVar[str] = N_("Den Alarmweg {route_id} gibt es nicht.")
