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


@dataclass(eq=False)
class ShiftEndsBeforeStart(CasesError):
    """A shift without a length."""

    german: ClassVar[str] = N_(
        "Der Dienst endet nicht nach seinem Beginn. Bitte Datum und Uhrzeit beider Zeiten prüfen."
    )


@dataclass(eq=False)
class ShiftTooLong(CasesError):
    """A shift over many days: a mistyped date, which would hide every gap."""

    days: int
    german: ClassVar[str] = N_(
        "Ein Dienst dauert höchstens {days} Tage. Bitte das Datum des Endes prüfen "
        "oder einen Wochenplan anlegen."
    )


@dataclass(eq=False)
class PeriodEndsBeforeStart(CasesError):
    """A week plan whose last day lies before its first."""

    german: ClassVar[str] = N_(
        "Der letzte Tag liegt vor dem ersten. Bitte den Zeitraum des Wochenplans prüfen."
    )


@dataclass(eq=False)
class PatternTooLong(CasesError):
    """A week plan over more days than anybody can plan."""

    days: int
    german: ClassVar[str] = N_(
        "Ein Wochenplan reicht über höchstens {days} Tage. Bitte einen kürzeren Zeitraum wählen."
    )


@dataclass(eq=False)
class PatternEmpty(CasesError):
    """A week plan from which no shift follows."""

    german: ClassVar[str] = N_(
        "Aus diesem Wochenplan folgt kein Dienst. Bitte Wochentage und Zeitraum prüfen."
    )


@dataclass(eq=False)
class NotOnRoster(CasesError):
    """A person without an account that may do duty."""

    german: ClassVar[str] = N_(
        "Diese Person kann keinen Dienst übernehmen. Bitte ein Konto der Beratung auswählen."
    )


@dataclass(eq=False)
class ShiftGone(CasesError):
    """A shift that is unknown, or that somebody has cancelled or swapped meanwhile."""

    german: ClassVar[str] = N_(
        "Dieser Dienst gilt nicht mehr. Bitte den Dienstplan neu ansehen und noch einmal wählen."
    )


@dataclass(eq=False)
class ShiftOver(CasesError):
    """A change of a shift that has ended: what was done stays as it was."""

    german: ClassVar[str] = N_(
        "Dieser Dienst ist vorbei und bleibt, wie er war. Ändern lassen sich nur laufende "
        "und künftige Dienste."
    )


@dataclass(eq=False)
class SwapWithSelf(CasesError):
    """A swap that leaves the shift with the same person."""

    german: ClassVar[str] = N_(
        "Der Dienst ist schon bei dieser Person. Bitte eine andere Person auswählen."
    )


@dataclass(eq=False)
class HandoverOpen(CasesError):
    """A second handover of the same person."""

    leaving: str
    receiving: str
    german: ClassVar[str] = N_(
        "Eine Übergabe von {leaving} an {receiving} ist schon offen. Bitte sie fortsetzen "
        "oder mit Grund zurückziehen."
    )


@dataclass(eq=False)
class HandoverToSelf(CasesError):
    """A handover to the person who leaves."""

    german: ClassVar[str] = N_(
        "Niemand übergibt an sich selbst. Bitte eine andere Person auswählen."
    )


@dataclass(eq=False)
class NothingToHandOver(CasesError):
    """A handover without an open case."""

    german: ClassVar[str] = N_("Es gibt keinen offenen Fall zu übergeben.")


@dataclass(eq=False)
class UnknownHandover(CasesError):
    """A handover that does not exist, for example from an old link."""

    german: ClassVar[str] = N_("Diese Übergabe gibt es nicht. Bitte wählen Sie sie in der Liste.")


@dataclass(eq=False)
class HandoverEnded(CasesError):
    """A step in a handover that is completed or withdrawn."""

    german: ClassVar[str] = N_(
        "Diese Übergabe ist schon abgeschlossen oder zurückgezogen. Bitte eine neue beginnen."
    )


@dataclass(eq=False)
class NotTheLeaving(CasesError):
    """A note by somebody else than the one who leaves."""

    leaving: str
    german: ClassVar[str] = N_("Das schreibt {leaving}, von dort kommt die Übergabe.")


@dataclass(eq=False)
class NotTheReceiving(CasesError):
    """An acknowledgement by somebody else than the one who receives."""

    receiving: str
    german: ClassVar[str] = N_(
        "Bestätigen und abschließen kann nur {receiving}. Bitte diese Person, sich anzumelden."
    )


@dataclass(eq=False)
class NotOfThisHandover(CasesError):
    """A step by somebody who neither leaves nor receives."""

    leaving: str
    receiving: str
    german: ClassVar[str] = N_(
        "Das können in dieser Übergabe nur {leaving} und {receiving}. Ist niemand von beiden "
        "erreichbar, beginnen Sie bitte eine Notübernahme."
    )


@dataclass(eq=False)
class NotInThisHandover(CasesError):
    """A case that is not part of the handover."""

    german: ClassVar[str] = N_("Dieser Fall gehört nicht zu dieser Übergabe.")


@dataclass(eq=False)
class ItemsChanged(CasesError):
    """What was to be acknowledged is not what stands there now."""

    items: str
    german: ClassVar[str] = N_(
        "Inzwischen geändert, bitte neu ansehen und bestätigen: {items}. Alles andere ist bestätigt."
    )


@dataclass(eq=False)
class HandoverIncomplete(CasesError):
    """A handover that cannot be finished; ``items`` says what is missing."""

    items: str
    german: ClassVar[str] = N_("Die Übergabe ist noch nicht vollständig. Es fehlt: {items}.")


@dataclass(eq=False)
class UnknownChoice(CasesError):
    """A value that an open point cannot be decided to."""

    point: str
    choices: str
    german: ClassVar[str] = N_("{point} nimmt nur: {choices}. Bitte eines davon wählen.")


@dataclass(eq=False)
class DecidedInFuture(CasesError):
    """A decision dated after now."""

    german: ClassVar[str] = N_(
        "Die Entscheidung liegt in der Zukunft. Bitte Datum und Uhrzeit prüfen."
    )


@dataclass(eq=False)
class AnswerReasonNeeded(CasesError):
    """An answer on NA-03 without what shows it."""

    german: ClassVar[str] = N_(
        "Bitte in einem Satz festhalten, woran sich das zeigt (NA-03 verlangt den Grund)."
    )


@dataclass(eq=False)
class UnreadableFigure(CasesError):
    """A figure of the existence assessment that is none."""

    text: str
    german: ClassVar[str] = N_(
        "„{text}“ ist keine Zahl. Bitte nur die Zahl eintragen, etwa 38 oder 2,5."
    )


@dataclass(eq=False)
class AssessmentNeedsEvidence(CasesError):
    """An existence threat answered yes that rests on nothing."""

    german: ClassVar[str] = N_(
        "Ein Ja braucht mindestens einen Punkt mit Ja und einem Beleg (NA-27). "
        "Bitte den Beleg eintragen oder „offen“ wählen."
    )


@dataclass(eq=False)
class DeviationNeedsReason(CasesError):
    """A result that differs from what the aid proposes, without a reason."""

    proposal: str
    german: ClassVar[str] = N_(
        "Die Hilfe schlägt „{proposal}“ vor. Bitte begründen, warum Sie anders entscheiden."
    )


@dataclass(eq=False)
class CaseClosed(CasesError):
    """A coverage decision on a case that is closed."""

    number: str
    german: ClassVar[str] = N_(
        "{number} ist abgeschlossen; über die Deckung wird hier nicht mehr entschieden."
    )


@dataclass(eq=False)
class UnknownEvidence(CasesError):
    """An evidence number that this case does not have."""

    number: int
    german: ClassVar[str] = N_("Einen Beleg {number} gibt es in diesem Fall nicht.")


@dataclass(eq=False)
class NotAnImage(CasesError):
    """A file that cannot be opened as an image, for a preview or a redaction."""

    german: ClassVar[str] = N_(
        "Die Datei lässt sich nicht als Bild öffnen. Das Original ist davon nicht berührt."
    )


@dataclass(eq=False)
class NotRedactable(CasesError):
    """A kind of file that the desk does not redact."""

    media_type: str
    german: ClassVar[str] = N_(
        "Dateien der Art {media_type} werden hier nicht geschwärzt. Bitte die Stelle als Bild "
        "aufnehmen und das Bild schwärzen."
    )


@dataclass(eq=False)
class NothingRedacted(CasesError):
    """A redacted copy in which nothing is redacted."""

    german: ClassVar[str] = N_(
        "In dieser Kopie ist nichts geschwärzt. Bitte mindestens eine Stelle angeben."
    )


@dataclass(eq=False)
class WordNotFound(CasesError):
    """A passage to mask that does not occur in the text."""

    word: str
    german: ClassVar[str] = N_(
        "„{word}“ kommt im Text nicht vor. Bitte die Stelle so schreiben, wie sie dort steht."
    )


@dataclass(eq=False)
class ScreenshotUnavailable(CasesError):
    """The browser that takes the picture of a page is missing or may not run."""

    reason: str
    german: ClassVar[str] = N_("Kein Bild der Seite: {reason}")


@dataclass(eq=False)
class NoTimestampAuthority(CasesError):
    """A timestamp is asked for, and no authority is set up."""

    german: ClassVar[str] = N_(
        "Es ist keine Zeitstempelstelle eingerichtet. Bitte Adresse und Wurzelzertifikat eintragen."
    )


@dataclass(eq=False)
class BadRootCertificate(CasesError):
    """A text that is no certificate in PEM form."""

    german: ClassVar[str] = N_(
        "Das ist kein Zertifikat im Format PEM. Es beginnt mit -----BEGIN CERTIFICATE-----."
    )


@dataclass(eq=False)
class TimestampRefused(CasesError):
    """An answer of a timestamp authority that does not prove anything. ``word`` is stable."""

    word: str
    reason: str
    german: ClassVar[str] = N_(
        "Der Zeitstempel wurde nicht übernommen: {reason} Der Beleg selbst ist unverändert."
    )


@dataclass(eq=False)
class UnknownClock(CasesError):
    """A clock that does not exist, for example from an old link."""

    number: int
    wrong_input: ClassVar[bool] = True
    german: ClassVar[str] = N_(
        "Die Frist {number} gibt es nicht. Bitte wählen Sie die Frist in der Liste aus."
    )


@dataclass(eq=False)
class AlreadySettled(CasesError):
    """A clock or an enquiry that somebody has settled in the meantime."""

    title: str
    german: ClassVar[str] = N_(
        "„{title}“ ist schon abgeschlossen. Bitte zuerst mit Begründung wieder öffnen."
    )


@dataclass(eq=False)
class NotSettled(CasesError):
    """Opening again what is open."""

    title: str
    german: ClassVar[str] = N_("„{title}“ ist offen und braucht nicht wieder geöffnet zu werden.")


@dataclass(eq=False)
class SettledInFuture(CasesError):
    """Something done at a time that has not come yet."""

    german: ClassVar[str] = N_(
        "Der Zeitpunkt liegt in der Zukunft. Bitte angeben, wann es wirklich erledigt war."
    )


@dataclass(eq=False)
class StartInFuture(CasesError):
    """A clock that would start at a time that has not come yet."""

    german: ClassVar[str] = N_(
        "Der Beginn liegt in der Zukunft. Bitte Datum und Uhrzeit des Beginns prüfen."
    )


@dataclass(eq=False)
class EndBeforeStart(CasesError):
    """An end that somebody has set before the beginning."""

    german: ClassVar[str] = N_("Das Ende liegt vor dem Beginn. Bitte beide Zeiten prüfen.")


@dataclass(eq=False)
class EvidenceOfOtherCase(CasesError):
    """Evidence that is not kept in this case."""

    number: int
    wrong_input: ClassVar[bool] = True
    german: ClassVar[str] = N_(
        "Den Beleg B{number} gibt es in diesem Fall nicht. Bitte die Nummer prüfen."
    )


@dataclass(eq=False)
class NotInForce(CasesError):
    """A clock of a law that did not apply yet at the start."""

    title: str
    since: str
    german: ClassVar[str] = N_(
        "„{title}“ gilt erst ab {since}; davor läuft keine Frist. Bitte den Beginn prüfen."
    )


@dataclass(eq=False)
class UnknownEnquiry(CasesError):
    """A press enquiry that does not exist."""

    number: int
    wrong_input: ClassVar[bool] = True
    german: ClassVar[str] = N_(
        "Die Presseanfrage {number} gibt es nicht. Bitte wählen Sie die Anfrage in der Liste aus."
    )


@dataclass(eq=False)
class UnknownEntry(CasesError):
    """A correction of a timeline entry that is not in this case."""

    number: int
    wrong_input: ClassVar[bool] = True
    german: ClassVar[str] = N_(
        "Den Eintrag {number} gibt es in dieser Zeitleiste nicht. Bitte die Liste neu laden."
    )


@dataclass(eq=False)
class AlreadyCorrected(CasesError):
    """A second correction of the same entry: the newer one is the one to correct."""

    number: int
    german: ClassVar[str] = N_(
        "Der Eintrag ist schon berichtigt. Bitte die Berichtigung (Eintrag {number}) berichtigen."
    )


@dataclass(eq=False)
class UnreadableDay(CasesError):
    """A text typed by a person that is no date."""

    text: str
    german: ClassVar[str] = N_(
        "„{text}“ ist kein Datum. Bitte in der Form TT.MM.JJJJ, zum Beispiel 10.03.2026."
    )


@dataclass(eq=False)
class UnreadableSum(CasesError):
    """A text typed by a person that is no amount in euros."""

    text: str
    german: ClassVar[str] = N_(
        "„{text}“ ist kein Betrag. Bitte in Euro eingeben, zum Beispiel 2.500,00."
    )


@dataclass(eq=False)
class UnknownFirm(CasesError):
    """A firm that does not exist, for example from an old link."""

    german: ClassVar[str] = N_(
        "Diese Firma gibt es nicht. Bitte wählen Sie die Firma in der Liste aus."
    )


@dataclass(eq=False)
class ProfileTwice(CasesError):
    """A social profile or a domain that the firm already has."""

    name: str
    german: ClassVar[str] = N_("„{name}“ ist bei dieser Firma schon eingetragen.")


@dataclass(eq=False)
class NotADomain(CasesError):
    """A text that is no domain name."""

    text: str
    german: ClassVar[str] = N_(
        "„{text}“ ist keine Domain. Bitte ohne Pfad eingeben, zum Beispiel kfz-aigner.example."
    )


@dataclass(eq=False)
class GranterMayNot(CasesError):
    """A written authority given by somebody who is neither managing director nor owner (NA-20)."""

    name: str
    german: ClassVar[str] = N_(
        "{name} war an diesem Tag weder Geschäftsführer:in noch Inhaber:in und kann keine Vollmacht "
        "geben (NA-20). Bitte die Funktion klären oder eine andere Person wählen."
    )


@dataclass(eq=False)
class DocumentNeeded(CasesError):
    """A written authority without its document among the evidence of the firm's cases."""

    german: ClassVar[str] = N_(
        "Bitte zuerst das Schriftstück der Vollmacht im Fall als Beleg sichern und dann hier auswählen."
    )


@dataclass(eq=False)
class DatesCrossed(CasesError):
    """Two dates in the wrong order."""

    first: str
    second: str
    german: ClassVar[str] = N_("„{second}“ liegt vor „{first}“. Bitte beide Angaben prüfen.")


@dataclass(eq=False)
class DayInFuture(CasesError):
    """A day that has not come yet, where only what has happened is recorded."""

    label: str
    german: ClassVar[str] = N_("„{label}“ liegt in der Zukunft. Bitte das Datum prüfen.")


@dataclass(eq=False)
class AlreadyRevoked(CasesError):
    """A written authority that was revoked before."""

    german: ClassVar[str] = N_(
        "Diese Vollmacht ist schon widerrufen. Bitte die Seite neu laden und den Stand ansehen."
    )


@dataclass(eq=False)
class PolicyNumberTaken(CasesError):
    """A second contract of one firm with the same number."""

    number: str
    german: ClassVar[str] = N_(
        "Die Polizze {number} gibt es bei dieser Firma schon. Bitte die Nummer prüfen oder dort ändern."
    )


@dataclass(eq=False)
class UnreadableMainExpiry(CasesError):
    """A main expiry that is no day of a year."""

    text: str
    german: ClassVar[str] = N_(
        "„{text}“ ist keine Hauptfälligkeit. Bitte Tag und Monat eingeben, zum Beispiel 01.01."
    )


@dataclass(eq=False)
class UnreadableOfficeHours(CasesError):
    """Office hours in a form that cannot be evaluated."""

    text: str
    german: ClassVar[str] = N_(
        "„{text}“ lässt sich nicht auswerten. Bitte in der Form Mo-Fr 09:00-18:00 eingeben."
    )


@dataclass(eq=False)
class NoClauseVariant(CasesError):
    """A clause variant in a contract whose text has none; contracts are never merged."""

    product: str
    german: ClassVar[str] = N_(
        "„{product}“ enthält keine Klauselvariante zu Wiederherstellungskosten. "
        "Bitte die Cyber-Polizze als eigene Polizze anlegen."
    )


@dataclass(eq=False)
class NumberTooLarge(CasesError):
    """A number in a contract beyond what it can mean."""

    label: str
    most: int
    german: ClassVar[str] = N_("„{label}“ kann höchstens {most} sein. Bitte die Angabe prüfen.")


@dataclass(eq=False)
class ReducedIsHigher(CasesError):
    """A deductible that training would raise."""

    german: ClassVar[str] = N_(
        "Der Selbstbehalt nach Schulung ist höher als der ohne. Bitte beide Beträge prüfen."
    )


@dataclass(eq=False)
class SumChangesByDate(CasesError):
    """A sum insured changed without the day from which it holds (EX-13)."""

    german: ClassVar[str] = N_(
        "Die Versicherungssumme ändert sich nur mit Datum und Grund. "
        "Bitte „Versicherungssumme ändern“ verwenden."
    )


@dataclass(eq=False)
class SumUnknown(CasesError):
    """A contract whose sum insured is not known for a day: no amount is assumed."""

    number: str
    german: ClassVar[str] = N_(
        "Für die Polizze {number} ist an diesem Tag keine Versicherungssumme bekannt. "
        "Bitte die Summe aus der Polizze nachtragen."
    )


@dataclass(eq=False)
class SourceNeeded(CasesError):
    """A yes or no about a benefit without saying where that stands (CV-14)."""

    german: ClassVar[str] = N_(
        "Bitte angeben, wo das im Vertrag steht; ohne Fundstelle bleibt die Leistung unbekannt (CV-14)."
    )


@dataclass(eq=False)
class SameEvent(CasesError):
    """A move of a case to the insured event it belongs to already."""

    number: str
    german: ClassVar[str] = N_(
        "Der Fall gehört bereits zu {number}. Bitte einen anderen Versicherungsfall wählen."
    )


@dataclass(eq=False)
class ForeignEvent(CasesError):
    """A move of a case to an insured event of another contract."""

    number: str
    german: ClassVar[str] = N_(
        "{number} gehört zu einer anderen Polizze. Bitte einen Versicherungsfall derselben Polizze "
        "wählen oder einen neuen eröffnen."
    )


@dataclass(eq=False)
class EventMerged(CasesError):
    """A move of a case to an event that was merged into another."""

    number: str
    german: ClassVar[str] = N_(
        "{number} ist in einem anderen Versicherungsfall aufgegangen. Bitte diesen wählen."
    )


@dataclass(eq=False)
class ReasonForChange(CasesError):
    """A change of a link, a task or a visit without its reason."""

    german: ClassVar[str] = N_("Bitte einen Grund angeben; er steht später im Verlauf.")


@dataclass(eq=False)
class PermissionMissing(CasesError):
    """Remote access without a recorded permission (NA-21)."""

    german: ClassVar[str] = N_(
        "Für diesen Zeitpunkt ist keine Erlaubnis zum Fernzugriff festgehalten (NA-21). "
        "Bitte zuerst eintragen, wer sie wann in welchem Umfang gegeben hat."
    )


@dataclass(eq=False)
class UnreadableNumber(CasesError):
    """A text that is no whole number of minutes."""

    text: str
    german: ClassVar[str] = N_(
        "„{text}“ ist keine Dauer. Bitte ganze Minuten angeben, zum Beispiel 90."
    )


@dataclass(eq=False)
class SettledVisit(CasesError):
    """A visit or task that was done or dropped before."""

    german: ClassVar[str] = N_("Das ist bereits abgeschlossen; bitte die Seite neu laden.")


@dataclass(eq=False)
class PromiseInTask(CasesError):
    """A task that promises a replacement or an appointment (NA-36)."""

    words: str
    german: ClassVar[str] = N_(
        "„{words}“ ist eine Zusage; organisiert wird „je nach Verfügbarkeit und Möglichkeit“ (NA-36)."
        " Bitte ohne Zusage schreiben, zum Beispiel „Ersatzgerät anfragen“."
    )


@dataclass(eq=False)
class SystemKnown(CasesError):
    """A second system of the same name in one IT incident."""

    name: str
    german: ClassVar[str] = N_(
        "„{name}“ ist bei diesem IT-Notfall schon eingetragen. Bitte dort ändern oder anders nennen."
    )


@dataclass(eq=False)
class NotLinked(CasesError):
    """A link between a case and an IT incident that is not there."""

    german: ClassVar[str] = N_("Diese Verknüpfung gibt es nicht mehr. Bitte die Seite neu laden.")


@dataclass(eq=False)
class InFuture(CasesError):
    """Something that is said to have happened and lies in the future."""

    german: ClassVar[str] = N_(
        "Dieser Zeitpunkt liegt in der Zukunft. Bitte Datum und Uhrzeit prüfen."
    )


@dataclass(eq=False)
class StepLocked(CasesError):
    """Work on a step before the earlier ones are complete (CV-04)."""

    title: str
    earlier: str
    german: ClassVar[str] = N_(
        "„{title}“ ist noch nicht an der Reihe. Bitte zuerst „{earlier}“ abschließen oder mit "
        "Begründung überspringen."
    )


@dataclass(eq=False)
class StepSkipped(CasesError):
    """Work on a step that was skipped."""

    title: str
    german: ClassVar[str] = N_(
        "„{title}“ ist übersprungen. Bitte den Schritt zuerst mit Begründung wieder aufnehmen."
    )


@dataclass(eq=False)
class StepAlreadyDone(CasesError):
    """Skipping a step that is complete."""

    title: str
    german: ClassVar[str] = N_("„{title}“ ist schon erledigt und wird nicht übersprungen.")


@dataclass(eq=False)
class AlreadySkipped(CasesError):
    """Skipping a step twice."""

    title: str
    german: ClassVar[str] = N_("„{title}“ ist schon übersprungen. Bitte die Seite neu laden.")


@dataclass(eq=False)
class NothingToTakeBack(CasesError):
    """Taking back a tick, an answer or a skip that does not hold."""

    title: str
    german: ClassVar[str] = N_(
        "Bei „{title}“ gibt es nichts zurückzunehmen. Bitte die Seite neu laden."
    )


@dataclass(eq=False)
class NotAsked(CasesError):
    """An answer to a question that follows from another answer, which is not given."""

    title: str
    german: ClassVar[str] = N_(
        "„{title}“ ist hier nicht gefragt. Bitte zuerst die Frage darüber beantworten."
    )


@dataclass(eq=False)
class ExpertNeeded(CasesError):
    """A system shut down without the name of the expert who cleared it (EX-03b)."""

    german: ClassVar[str] = N_(
        "Abgeschaltet wird nur nach Rücksprache mit einer Fachperson. Bitte ihren Namen und die "
        "Uhrzeit der Freigabe eintragen."
    )


@dataclass(eq=False)
class CorrectionNeedsReason(CasesError):
    """A correction or a resumption without its reason."""

    title: str
    german: ClassVar[str] = N_(
        "Bitte begründen, warum sich „{title}“ ändert; die frühere Angabe bleibt stehen."
    )


@dataclass(eq=False)
class SkipNeedsReason(CasesError):
    """A step skipped without its reason."""

    title: str
    german: ClassVar[str] = N_("Bitte begründen, warum „{title}“ übersprungen wird.")


@dataclass(eq=False)
class StakeholdersUndecided(CasesError):
    """The tick that all stakeholders are decided on, while some are not (EX-07b)."""

    count: int
    german: ClassVar[str] = N_(
        "Noch nicht entschieden bei {count} Gruppen. Bitte unter „Beteiligte“ für jede festlegen, "
        "ob sie informiert wird."
    )


@dataclass(eq=False)
class UnknownStakeholder(CasesError):
    """A group that is not on the list."""

    name: str
    german: ClassVar[str] = N_("Die Gruppe „{name}“ gibt es nicht. Bitte eine der Liste wählen.")


@dataclass(eq=False)
class NoNeedsReason(CasesError):
    """A group that is not to be informed, without the reason (EX-07b)."""

    name: str
    german: ClassVar[str] = N_(
        "Bitte begründen, warum „{name}“ nicht informiert wird (EX-07b verlangt den Grund)."
    )


@dataclass(eq=False)
class DoneWithoutText(CasesError):
    """Somebody informed without saying with which words (EX-07b)."""

    name: str
    german: ClassVar[str] = N_(
        "Womit wurde „{name}“ informiert? Bitte die Stellungnahme wählen oder kurz beschreiben, "
        "was gesagt wurde."
    )


@dataclass(eq=False)
class UnknownAttack(CasesError):
    """An allegation that this case does not have."""

    number: int
    wrong_input: ClassVar[bool] = True
    german: ClassVar[str] = N_(
        "Den Vorwurf {number} gibt es in diesem Fall nicht. Bitte wählen Sie ihn in der Liste aus."
    )


@dataclass(eq=False)
class EvidenceFirst(CasesError):
    """A reaction to a post that is not secured (NA-44)."""

    german: ClassVar[str] = N_(
        "Zuerst den Beitrag als Beleg sichern (NA-44) und hier den Beleg wählen, oder begründen, "
        "warum es keinen gibt."
    )


@dataclass(eq=False)
class OptionReasonNeeded(CasesError):
    """A choice for or against an option without its reason."""

    german: ClassVar[str] = N_("Bitte einen Grund angeben; er bleibt mit der Entscheidung stehen.")


@dataclass(eq=False)
class OptionNotChosen(CasesError):
    """A further step in an option that nobody has chosen."""

    title: str
    german: ClassVar[str] = N_(
        "„{title}“ ist nicht gewählt. Bitte zuerst mit Begründung dafür entscheiden."
    )


@dataclass(eq=False)
class LawyerFirst(CasesError):
    """An option from A to E that goes out before a lawyer has looked at it."""

    title: str
    german: ClassVar[str] = N_(
        "„{title}“ geht erst hinaus, wenn ein Rechtsanwalt geprüft hat. Bitte eintragen, wer und "
        "wann."
    )


@dataclass(eq=False)
class NoLawyerGate(CasesError):
    """A lawyer's check recorded for an option that has no such gate."""

    title: str
    german: ClassVar[str] = N_("„{title}“ braucht keine Prüfung durch einen Rechtsanwalt.")


@dataclass(eq=False)
class PublicationDayNeeded(CasesError):
    """A counterstatement chosen without the day of publication, from which its time runs."""

    german: ClassVar[str] = N_(
        "Bitte beim Vorwurf den Tag der Veröffentlichung eintragen: Ab dann laufen die zwei Monate."
    )


@dataclass(eq=False)
class UnreadableMonths(CasesError):
    """A text typed by a person that is no number of months."""

    label: str
    text: str
    german: ClassVar[str] = N_(
        "„{label}“: „{text}“ ist keine Zahl von Monaten. Bitte eine ganze Zahl eingeben, etwa 1."
    )


@dataclass(eq=False)
class ReportDraftOpen(CasesError):
    """A new report begun while a draft to the insurer waits: the numbers would get a gap."""

    title: str
    german: ClassVar[str] = N_(
        "„{title}“ ist noch ein Entwurf. Bitte zuerst als gesendet festhalten oder verwerfen."
    )


@dataclass(eq=False)
class UnknownReport(CasesError):
    """A report to the insurer that this case does not have, for example from an old page."""

    german: ClassVar[str] = N_(
        "Diese Meldung gibt es in diesem Fall nicht. Bitte die Seite neu laden."
    )


@dataclass(eq=False)
class ReportSettled(CasesError):
    """A report that was sent or discarded is changed no more."""

    title: str
    german: ClassVar[str] = N_(
        "„{title}“ ist kein Entwurf mehr. Neues kommt in eine eigene Nachmeldung."
    )


@dataclass(eq=False)
class ReportTextChanged(CasesError):
    """The text has changed since the page showed it, such as by a new claim number."""

    german: ClassVar[str] = N_(
        "Der Text hat sich geändert, seit er hier stand. Bitte lesen Sie ihn noch einmal und "
        "halten Sie dann fest, was gesendet wurde."
    )


@dataclass(eq=False)
class FindingsNeedReason(CasesError):
    """A report with findings (3.5) recorded as sent without a word why."""

    count: int
    german: ClassVar[str] = N_(
        "Zum Text stehen {count} Befunde offen. Bitte begründen, warum er so gesendet wurde, oder "
        "den Entwurf ändern."
    )


@dataclass(eq=False)
class LessonsMissing(CasesError):
    """A closing report that says neither what went well nor what did not."""

    german: ClassVar[str] = N_(
        "Bitte mindestens einen Satz schreiben: was gut ging oder was nicht."
    )


@dataclass(eq=False)
class MeasureIncomplete(CasesError):
    """A measure of a closing report without somebody who does it, or without a date."""

    text: str
    german: ClassVar[str] = N_(
        "Maßnahme „{text}“: bitte in der Form „Maßnahme; zuständig; TT.MM.JJJJ“ schreiben."
    )


@dataclass(eq=False)
class ClosingReportMissing(CasesError):
    """A case closed without a closing report and without the reason."""

    german: ClassVar[str] = N_(
        "Es gibt noch keinen Abschlussbericht. Bitte schreiben oder begründen, warum keiner nötig ist."
    )


@dataclass(eq=False)
class OpenItemsLeft(CasesError):
    """A case closed while something is open that nobody has acknowledged."""

    items: str
    german: ClassVar[str] = N_(
        "Beim Schließen noch offen und nicht bestätigt: {items}. Bitte erledigen oder jeden Punkt "
        "bestätigen."
    )


@dataclass(eq=False)
class AlreadyClosed(CasesError):
    """A case that is closed already, by somebody else in the meantime."""

    number: str
    german: ClassVar[str] = N_("Der Fall {number} ist bereits abgeschlossen.")


@dataclass(eq=False)
class NoCaseFile(CasesError):
    """A file that cannot be checked: it is no case file, or a hostile one."""

    reason: str
    wrong_input: ClassVar[bool] = True
    german: ClassVar[str] = N_("Das ist keine lesbare Fallakte: {reason}")


@dataclass(eq=False)
class ShiftKnown(CasesError):
    """A shift, or a whole week plan, that stands in the roster already."""

    german: ClassVar[str] = N_("Dieser Dienst steht schon im Plan. Es ist nichts einzutragen.")
