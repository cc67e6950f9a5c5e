"""What can go wrong in the room budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from data.errors import KrisenpultError
from data.i18n import N_


class BudgetError(KrisenpultError):
    """An error of the room budget."""


@dataclass(eq=False)
class UnreadableAmount(BudgetError):
    """A text that is no amount of money in Austrian spelling."""

    text: str
    german: ClassVar[str] = N_(
        "„{text}“ ist kein lesbarer Betrag. Bitte zum Beispiel 49,50 oder 2.500,- schreiben."
    )


@dataclass(eq=False)
class EndBeforeStart(BudgetError):
    """Work that ends before it starts."""

    start: str
    end: str
    german: ClassVar[str] = N_(
        "Das Ende ({end}) liegt vor dem Beginn ({start}). Bitte eine der beiden Zeiten berichtigen."
    )


@dataclass(eq=False)
class BreakTooLong(BudgetError):
    """A break that is longer than the work, or negative."""

    german: ClassVar[str] = N_(
        "Die Pause ist länger als die Arbeitszeit. Bitte Pause oder Zeiten berichtigen."
    )


@dataclass(eq=False)
class UnreadableBreak(BudgetError):
    """A break that is no whole number of minutes."""

    text: str
    german: ClassVar[str] = N_(
        "„{text}“ ist keine Pause. Bitte ganze Minuten angeben, zum Beispiel 30."
    )


@dataclass(eq=False)
class TextMissing(BudgetError):
    """An entry without a text that the payer can read."""

    german: ClassVar[str] = N_(
        "Bitte beschreiben, was getan wurde: die Kostenprüfung erkennt Leistungen ohne Text nicht an."
    )


@dataclass(eq=False)
class ReceiptMissing(BudgetError):
    """A third-party cost without the number of its receipt."""

    german: ClassVar[str] = N_("Bitte die Belegnummer angeben: Fremdkosten brauchen einen Beleg.")


@dataclass(eq=False)
class NegativeAmount(BudgetError):
    """An amount below zero."""

    german: ClassVar[str] = N_(
        "Ein Betrag unter null kann nicht gebucht werden. Bitte die Buchung stornieren, die zu hoch war."
    )


@dataclass(eq=False)
class TimerRuns(BudgetError):
    """A second timer for a person whose first one still runs."""

    person: str
    case_number: str
    german: ClassVar[str] = N_(
        "Für {person} läuft bereits eine Zeit (Fall {case_number}). Bitte diese zuerst stoppen."
    )


@dataclass(eq=False)
class TimerStopped(BudgetError):
    """A timer that was stopped or discarded before, for example in another window."""

    german: ClassVar[str] = N_("Diese Zeit läuft nicht mehr; sie wurde bereits gestoppt.")


@dataclass(eq=False)
class LockedEntry(BudgetError):
    """An entry that stands in an exported file."""

    batch: str
    german: ClassVar[str] = N_(
        "Diese Leistung ist mit {batch} abgerechnet und gesperrt. "
        "Eine Kürzung trägt die Kostenprüfung als Ergebnis ein."
    )


@dataclass(eq=False)
class ReversedEntry(BudgetError):
    """An entry that was already taken back."""

    german: ClassVar[str] = N_("Diese Leistung ist bereits storniert.")


@dataclass(eq=False)
class ReasonMissing(BudgetError):
    """Something that is only recorded with its reason."""

    german: ClassVar[str] = N_("Bitte einen Grund angeben; er steht später im Protokoll.")


@dataclass(eq=False)
class ReservationSettled(BudgetError):
    """A reservation that was released or settled before."""

    german: ClassVar[str] = N_("Diese Vormerkung ist bereits abgeschlossen.")


@dataclass(eq=False)
class NothingToExport(BudgetError):
    """An export of a case without a single entry."""

    case_number: str
    german: ClassVar[str] = N_(
        "Zum Fall {case_number} ist noch keine Leistung erfasst. Bitte zuerst eine Leistung eintragen."
    )


@dataclass(eq=False)
class UnknownFormat(BudgetError):
    """A file format that the export does not write."""

    name: str
    known: str
    german: ClassVar[str] = N_("Das Format „{name}“ gibt es nicht. Möglich sind: {known}.")


@dataclass(eq=False)
class UnknownSurcharges(BudgetError):
    """A name of surcharges that the reference data does not have."""

    name: str
    known: str
    german: ClassVar[str] = N_("Die Zuschläge „{name}“ gibt es nicht. Möglich sind: {known}.")


@dataclass(eq=False)
class NothingToReview(BudgetError):
    """A review of a line that was never exported, or was reviewed before."""

    german: ClassVar[str] = N_(
        "Ein Ergebnis der Kostenprüfung gehört zu einer abgerechneten Leistung und wird einmal eingetragen."
    )


@dataclass(eq=False)
class CutTooLarge(BudgetError):
    """A cut larger than what was covered."""

    german: ClassVar[str] = N_(
        "Die Kürzung ist höher als der gedeckte Betrag dieser Leistung. Bitte den Betrag prüfen."
    )


@dataclass(eq=False)
class CeilingMissing(BudgetError):
    """A consent without an amount."""

    german: ClassVar[str] = N_(
        "Bitte den Betrag angeben: ein Einverständnis gilt für eine Summe, nicht für Arbeit an sich."
    )
