"""The root of the error tree.

Each room has one small tree of its own below :class:`KrisenpultError`. An error carries
typed attributes (its dataclass fields) and one German sentence that says what to do; the
sentence is a catalogue message, formatted with the attributes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from data.i18n import N_, _


class KrisenpultError(Exception):
    """What a user can be told in one sentence. Subclasses are dataclasses with ``german``.

    ``wrong_input`` says that what was given is wrong, not that the work failed: the command
    line tells the two apart by its exit code.
    """

    german: ClassVar[str] = N_("Das hat nicht funktioniert.")
    wrong_input: ClassVar[bool] = False

    def sentence(self, language: str | None = None) -> str:
        """The sentence for the user, in the language that applies or in ``language``."""
        return _(self.german, language).format(**vars(self))

    def __str__(self) -> str:
        return self.sentence()


class DataError(KrisenpultError):
    """An error of floor 0."""


@dataclass(eq=False)
class InputError(KrisenpultError):
    """A field of the input is missing or has a value that cannot be read.

    ``field`` is its path in the input ("entries[2].start"), ``takes`` says what it takes.
    """

    field: str
    takes: str
    wrong_input: ClassVar[bool] = True
    german: ClassVar[str] = N_("Feld „{field}“: {takes}")


@dataclass(eq=False)
class NonexistentLocalTime(DataError):
    """A local time in the hour that the clock jumps over in spring."""

    text: str
    german: ClassVar[str] = N_(
        "Die Ortszeit {text} gibt es nicht: in dieser Nacht springt die Uhr von 02:00 auf 03:00. "
        "Bitte eine Zeit davor oder danach angeben."
    )


@dataclass(eq=False)
class UnreadableTime(DataError):
    """A text that is no date with time."""

    text: str
    german: ClassVar[str] = N_(
        "„{text}“ ist keine Zeitangabe. Erwartet wird JJJJ-MM-TTThh:mm, zum Beispiel 2026-05-16T08:00."
    )


@dataclass(eq=False)
class UnreadableEntry(DataError):
    """A text typed by a person that is no date with time."""

    text: str
    german: ClassVar[str] = N_(
        "„{text}“ ist keine Zeitangabe. Bitte in der Form TT.MM.JJJJ hh:mm, zum Beispiel 10.03.2026 09:25."
    )


@dataclass(eq=False)
class HomeNotEmpty(DataError):
    """A restore was asked for into a home that already holds data."""

    path: str
    german: ClassVar[str] = N_(
        "In {path} liegen bereits Daten. Bitte in ein leeres Verzeichnis zurücksichern."
    )


@dataclass(eq=False)
class UnreadableBackup(DataError):
    """A file that is no backup of a Krisenpult home."""

    path: str
    reason: str
    wrong_input: ClassVar[bool] = True
    german: ClassVar[str] = N_("{path} ist keine lesbare Sicherung: {reason}")


@dataclass(eq=False)
class NewerSchema(DataError):
    """The home was written by a newer version of the product."""

    migration: str
    german: ClassVar[str] = N_(
        "Dieses Verzeichnis wurde von einer neueren Version geschrieben ({migration}). "
        "Bitte diese Version starten oder eine passende Sicherung zurückspielen."
    )
