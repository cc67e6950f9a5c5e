"""The health vocabulary: what became of a poll, as a stable word and as a German sentence.

The words are the contract's: they stand in the database, in the command's ``error`` and in
other people's scripts. The sentences are for the desk and say what to do, where something
can be done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from data.i18n import N_, _
from data.times import local

OK: Final = "ok"
NOT_MODIFIED: Final = "not_modified"
UNVERIFIED: Final = "unverified"
NOT_POLLED: Final = "not_polled"

_SENTENCES: Final = {
    OK: N_("Erreichbar."),
    NOT_MODIFIED: N_("Erreichbar, seit dem letzten Abruf unverändert."),
    UNVERIFIED: N_("Noch nie abgerufen."),
    NOT_POLLED: N_("Nicht abgerufen, die Beobachtung lief nicht."),
    "timeout": N_("Keine Antwort innerhalb der Frist."),
    "dns": N_("Der Name des Servers ist nicht auffindbar. Bitte die Adresse prüfen."),
    "refused_address": N_(
        "Die Adresse führt in ein internes Netz und wird nicht abgerufen. "
        "Soll sie doch gelesen werden, muss das Netz freigegeben werden."
    ),
    "connection": N_("Die Verbindung kam nicht zustande oder riss ab."),
    "tls": N_("Das Zertifikat des Servers ist ungültig."),
    "bad_answer": N_("Die Antwort des Servers ist beschädigt."),
    "bad_url": N_("Die Adresse ist keine abrufbare Web-Adresse. Bitte berichtigen."),
    "http_3xx": N_("Der Server leitet weiter, ohne ein Ziel zu nennen."),
    "http_401": N_("Der Server verlangt eine Anmeldung (401)."),
    "http_403": N_("Der Server verweigert den Zugriff (403)."),
    "http_404": N_("Unter dieser Adresse liegt nichts mehr (404). Bitte eine neue suchen."),
    "http_410": N_("Das Angebot wurde eingestellt (410). Bitte die Quelle ersetzen."),
    "http_429": N_("Der Server bittet um weniger Abrufe (429); es wird langsamer abgerufen."),
    "http_4xx": N_("Der Server lehnt die Anfrage ab."),
    "http_5xx": N_("Der Server ist gestört."),
    "too_large": N_("Die Antwort ist größer als erlaubt."),
    "too_many_redirects": N_("Der Server leitet im Kreis oder zu oft weiter."),
    "no_feed": N_("Unter dieser Adresse liegt kein Feed."),
    "unsafe_xml": N_("Das Dokument bringt gefährliche XML-Deklarationen mit und wurde abgelehnt."),
    "empty": N_("Die Antwort ist leer."),
    "blocked": N_("Statt des Feeds kam eine Zustimmungs- oder Prüfseite für Menschen."),
}
_EXACT: Final = frozenset({401, 403, 404, 410, 429})
WORDS: Final = frozenset(_SENTENCES)


def sentence(word: str, language: str | None = None) -> str:
    """The sentence for ``word``; raises KeyError for a word that is not of the vocabulary."""
    return _(_SENTENCES[word], language)


def is_reachable(word: str) -> bool:
    """Whether a poll with this outcome has seen what the source says."""
    return word in (OK, NOT_MODIFIED)


def word_of_status(status: int) -> str | None:
    """The word for an HTTP status, or None where its body is to be read."""
    if 200 <= status < 300:
        return None
    if status == 304:
        return NOT_MODIFIED
    if status in _EXACT:
        return f"http_{status}"
    if status >= 500:
        return "http_5xx"
    return "http_4xx" if status >= 400 else "http_3xx"


@dataclass(frozen=True)
class BlindPeriod:
    """A time in which a source could not be seen. ``end`` is None while it lasts."""

    source_id: int
    source_name: str
    start: datetime
    end: datetime | None
    word: str

    def text(self) -> str:
        """ "ORF Wien: blind von 02:10 bis 05:40 (Keine Antwort innerhalb der Frist.)"."""
        start = local(self.start).strftime("%d.%m. %H:%M")
        if self.end is None:
            return _("{name}: blind seit {start} ({why})").format(
                name=self.source_name, start=start, why=sentence(self.word)
            )
        same_day = local(self.start).date() == local(self.end).date()
        end = local(self.end).strftime("%H:%M" if same_day else "%d.%m. %H:%M")
        return _("{name}: blind von {start} bis {end} ({why})").format(
            name=self.source_name, start=start, end=end, why=sentence(self.word)
        )


@dataclass(frozen=True)
class Watching:
    """Whether anybody watches: ``since`` when it has been so, None where it never was."""

    running: bool
    since: datetime | None

    def text(self) -> str:
        """The line for the board."""
        if self.since is None:
            return _("Beobachtung wurde noch nie gestartet.")
        clock = local(self.since).strftime("%d.%m. %H:%M")
        if self.running:
            return _("Beobachtung läuft seit {clock}.").format(clock=clock)
        return _("Beobachtung steht still seit {clock}.").format(clock=clock)
