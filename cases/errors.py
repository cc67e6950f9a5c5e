"""What can go wrong in the room cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from data.errors import KrisenpultError
from data.i18n import N_


class CasesError(KrisenpultError):
    """An error of the room cases."""


@dataclass(eq=False)
class UnknownCase(CasesError):
    """A case number that does not exist, for example from an old link."""

    number: str
    wrong_input: ClassVar[bool] = True
    german: ClassVar[str] = N_(
        "Den Fall „{number}“ gibt es nicht. Bitte wählen Sie den Fall in der Liste aus."
    )


@dataclass(eq=False)
class UnknownIncident(CasesError):
    """An IT incident number that does not exist."""

    number: str
    german: ClassVar[str] = N_("Den IT-Notfall „{number}“ gibt es nicht. Bitte die Nummer prüfen.")


@dataclass(eq=False)
class MissingField(CasesError):
    """A form without an answer it needs."""

    label: str
    german: ClassVar[str] = N_("Bitte „{label}“ ausfüllen; Ihre übrigen Angaben sind noch da.")


@dataclass(eq=False)
class CallInFuture(CasesError):
    """An intake whose call has not happened yet: a mistyped date would stop every clock."""

    german: ClassVar[str] = N_(
        "Der Anruf liegt in der Zukunft. Bitte Datum und Uhrzeit des Anrufs prüfen."
    )


@dataclass(eq=False)
class ReasonNeeded(CasesError):
    """A clock declined without a reason."""

    german: ClassVar[str] = N_(
        "Bitte einen Grund angeben: ohne Begründung lässt sich die Frist nicht ablehnen."
    )


@dataclass(eq=False)
class EvidenceTooLarge(CasesError):
    """A file over the limit."""

    megabytes: int
    german: ClassVar[str] = N_(
        "Die Datei ist zu groß. Möglich sind {megabytes} MB; bitte verkleinern oder teilen."
    )


@dataclass(eq=False)
class EvidenceEmpty(CasesError):
    """A file without content."""

    german: ClassVar[str] = N_("Die Datei ist leer. Bitte wählen Sie die Datei noch einmal aus.")


@dataclass(eq=False)
class EvidenceDamaged(CasesError):
    """A stored original whose hash is no longer the one it had on arrival."""

    number: int
    german: ClassVar[str] = N_(
        "Beleg {number} ist beschädigt: die Prüfsumme stimmt nicht mehr. "
        "Bitte die Sicherung einspielen und die Leitung verständigen."
    )
