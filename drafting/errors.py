"""What can go wrong in the room drafting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from data.errors import KrisenpultError
from data.i18n import N_


class DraftingError(KrisenpultError):
    """An error of the room drafting."""


@dataclass(eq=False)
class UnknownStatement(DraftingError):
    """A statement number that does not exist, for example from an old link."""

    statement_id: int
    german: ClassVar[str] = N_(
        "Die Stellungnahme {statement_id} gibt es nicht. Bitte wählen Sie sie in der Liste aus."
    )


@dataclass(eq=False)
class UnknownTemplate(DraftingError):
    """A template that is not in data/reference/templates.toml, or not in this language."""

    name: str
    language: str
    german: ClassVar[str] = N_(
        "Die Vorlage „{name}“ gibt es in der Sprache „{language}“ nicht. "
        "Bitte eine andere Vorlage wählen."
    )


@dataclass(eq=False)
class EmptyText(DraftingError):
    """A version without a word in it."""

    german: ClassVar[str] = N_("Der Text ist leer. Bitte schreiben oder eine Vorlage wählen.")


@dataclass(eq=False)
class NotPlainText(DraftingError):
    """A text with control characters or half characters that no reader would see."""

    position: int
    german: ClassVar[str] = N_(
        "Der Text enthält an Stelle {position} ein unsichtbares Steuerzeichen. "
        "Bitte die Stelle neu tippen."
    )


@dataclass(eq=False)
class StaleEditor(DraftingError):
    """Someone saved a newer version while this editor was open. Both texts are kept."""

    base_version: int
    newest_version: int
    saved_by: str
    mine: str
    theirs: str
    german: ClassVar[str] = N_(
        "{saved_by} hat inzwischen Version {newest_version} gespeichert. "
        "Ihr Text ist noch da: bitte beide vergleichen und dann speichern."
    )


@dataclass(eq=False)
class BadRecipient(DraftingError):
    """A recipient without a usable address."""

    name: str
    german: ClassVar[str] = N_(
        "„{name}“ hat keine gültige E-Mail-Adresse. Bitte in der Form name@firma.at angeben."
    )


@dataclass(eq=False)
class DoubleRecipient(DraftingError):
    """Two recipients with one address: each would get the text twice."""

    email: str
    german: ClassVar[str] = N_("{email} steht zweimal im Verteiler. Bitte eine Zeile entfernen.")


@dataclass(eq=False)
class ReasonMissing(DraftingError):
    """A decision that needs a reason or a name came without it."""

    label: str
    german: ClassVar[str] = N_("Bitte „{label}“ angeben; ohne das wird nichts festgehalten.")


class Refused(DraftingError):
    """A step in the life of a statement that is not allowed now."""


@dataclass(eq=False)
class WrongState(Refused):
    """The step does not start from this state."""

    step: str
    state: str
    german: ClassVar[str] = N_(
        "Der Schritt „{step}“ geht nicht, solange die Stellungnahme im Stand „{state}“ ist."
    )


@dataclass(eq=False)
class SecondPersonNeeded(Refused):
    """The author of the version wants to review it."""

    author: str
    german: ClassVar[str] = N_(
        "Vier Augen: {author} hat diese Version geschrieben und kann sie nicht selbst prüfen. "
        "Bitte eine zweite Beraterin, einen zweiten Berater bitten."
    )


@dataclass(eq=False)
class ReviewMissing(Refused):
    """No second account has accepted exactly this content."""

    german: ClassVar[str] = N_(
        "Diese Fassung hat noch keine zweite Person geprüft. Bitte zuerst die Vier-Augen-Prüfung machen."
    )


@dataclass(eq=False)
class BlockingFindings(Refused):
    """Findings of the level block that nobody has overridden with a reason."""

    count: int
    german: ClassVar[str] = N_(
        "Sperrende Befunde offen: {count}. Bitte den Text ändern oder jeden Befund begründet freigeben."
    )


@dataclass(eq=False)
class InsurerConsentMissing(Refused):
    """The text admits liability; the insurer has not consented to this text (§ 154 VersVG)."""

    german: ClassVar[str] = N_(
        "Der Text klingt nach einem Anerkenntnis. Bitte zuerst die Zustimmung des Versicherers "
        "einholen und hier festhalten (wer, wann, wie)."
    )


@dataclass(eq=False)
class LawyerCheckMissing(Refused):
    """A counterstatement that no lawyer has looked at."""

    german: ClassVar[str] = N_(
        "Diese Textgattung muss eine Rechtsanwältin, ein Rechtsanwalt gesehen haben. "
        "Bitte festhalten, wer den Text wann geprüft hat."
    )


@dataclass(eq=False)
class FactRetracted(Refused):
    """The text rests on a fact that was retracted."""

    codes: str
    german: ClassVar[str] = N_(
        "Der Text stützt sich auf zurückgezogene Fakten ({codes}). "
        "Bitte die Sätze ändern und als neue Version speichern."
    )


@dataclass(eq=False)
class ApprovalMissing(Refused):
    """Nobody who may do so has approved the statement."""

    german: ClassVar[str] = N_(
        "Die Freigabe der Inhaberin, des Inhabers fehlt. Bitte zuerst die Freigabe einholen."
    )


@dataclass(eq=False)
class ApprovalStale(Refused):
    """The approved content is not the present one."""

    german: ClassVar[str] = N_(
        "Die Freigabe ist veraltet: Text, Kanal, Verteiler oder Fakten haben sich seither geändert. "
        "Bitte die jetzige Fassung neu freigeben lassen."
    )


@dataclass(eq=False)
class MayNotApprove(Refused):
    """A person without the right to approve for the firm (rule NA-20)."""

    name: str
    german: ClassVar[str] = N_(
        "{name} darf nicht freigeben. Freigeben dürfen nur Geschäftsführung, Inhaber:in "
        "oder jemand mit schriftlicher Vollmacht (NA-20)."
    )


@dataclass(eq=False)
class WitnessNeeded(Refused):
    """A telephone approval whose witness is missing or is the same person."""

    german: ClassVar[str] = N_(
        "Eine telefonische Freigabe braucht eine zweite Person im Dienst, die mithört. "
        "Bitte diese Person auswählen."
    )


@dataclass(eq=False)
class TextChanged(Refused):
    """The text shown to the owner is no longer the present one."""

    german: ClassVar[str] = N_(
        "Der Text wurde inzwischen geändert. Bitte geben Sie nichts frei: "
        "Ihre Beraterin, Ihr Berater schickt Ihnen einen neuen Link."
    )


@dataclass(eq=False)
class UnknownDecision(DraftingError):
    """A form without a decision, or with one that does not exist."""

    german: ClassVar[str] = N_(
        "Es wurde keine Entscheidung übermittelt. Bitte auf „Freigeben“ oder „Ablehnen“ tippen."
    )


@dataclass(eq=False)
class AlreadyReleased(Refused):
    """A second release of a statement that is out."""

    german: ClassVar[str] = N_(
        "Diese Stellungnahme ist bereits ausgesandt. Für eine Korrektur bitte eine neue anlegen."
    )


@dataclass(eq=False)
class NoRecipients(Refused):
    """A release by e-mail to nobody."""

    german: ClassVar[str] = N_(
        "Der Verteiler ist leer. Bitte zuerst Empfängerinnen und Empfänger eintragen."
    )


@dataclass(eq=False)
class MailNotSet(DraftingError):
    """The settings for outgoing mail are missing."""

    setting: str
    german: ClassVar[str] = N_(
        "Für den Versand fehlt die Einstellung „{setting}“. Bitte in den Einstellungen ergänzen; "
        "bis dahin den Text als Datei herunterladen."
    )


@dataclass(eq=False)
class CompromisedSender(Refused):
    """The sender's mailbox belongs to the firm that was attacked."""

    sender: str
    german: ClassVar[str] = N_(
        "Der Absender {sender} gehört zum angegriffenen Betrieb. Eine Warnung darf nie aus einem "
        "gehackten Postfach kommen; bitte ein anderes Absenderkonto einstellen."
    )


@dataclass(eq=False)
class DocumentDiffers(DraftingError):
    """A document that does not hold exactly the approved text."""

    kind: str
    german: ClassVar[str] = N_(
        "Das Dokument ({kind}) gibt den freigegebenen Text nicht genau wieder und wurde verworfen. "
        "Bitte den Text als einfache Textdatei verwenden."
    )


@dataclass(eq=False)
class NotAnAddress(DraftingError):
    """A posting without a web address."""

    url: str
    german: ClassVar[str] = N_(
        "„{url}“ ist keine Webadresse. Bitte die Adresse des Beitrags einfügen (https://…)."
    )


@dataclass(eq=False)
class MailServerUnreachable(DraftingError):
    """No session with the mail server; no message has left."""

    host: str
    reason: str
    german: ClassVar[str] = N_(
        "Der Mailserver {host} nimmt gerade nichts an ({reason}). Es wurde nichts gesendet; "
        "der Verteiler bleibt vorgemerkt und kann noch einmal gesendet werden."
    )
