"""What can go wrong in the room access."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from data.errors import KrisenpultError
from data.i18n import N_


class AccessError(KrisenpultError):
    """An error of the room access."""


@dataclass(eq=False)
class WrongSignIn(AccessError):
    """E-mail or password do not fit. It does not say which of the two."""

    german: ClassVar[str] = N_("E-Mail oder Passwort stimmen nicht. Bitte noch einmal eingeben.")


@dataclass(eq=False)
class TooManyTries(AccessError):
    """Sign-in for this account is paused after repeated failures."""

    minutes: int
    german: ClassVar[str] = N_(
        "Zu viele Versuche. Bitte warten Sie noch {minutes} min und versuchen Sie es dann wieder."
    )


@dataclass(eq=False)
class WeakPassword(AccessError):
    """A password shorter than the least length."""

    least: int
    wrong_input: ClassVar[bool] = True
    german: ClassVar[str] = N_("Das Passwort ist zu kurz. Bitte mindestens {least} Zeichen wählen.")


@dataclass(eq=False)
class AccountExists(AccessError):
    """A second account for the same e-mail address."""

    email: str
    german: ClassVar[str] = N_("Für {email} gibt es bereits ein Konto.")


@dataclass(eq=False)
class BadEmail(AccessError):
    """A text that is no e-mail address."""

    email: str
    wrong_input: ClassVar[bool] = True
    german: ClassVar[str] = N_(
        "„{email}“ ist keine E-Mail-Adresse. Bitte in der Form name@firma.at."
    )


@dataclass(eq=False)
class UnknownRole(AccessError):
    """A role that does not exist."""

    role: str
    known: str
    wrong_input: ClassVar[bool] = True
    german: ClassVar[str] = N_("Die Rolle „{role}“ gibt es nicht. Möglich sind: {known}.")


@dataclass(eq=False)
class NotAllowed(AccessError):
    """The role of the actor does not cover what was asked for."""

    action: str
    german: ClassVar[str] = N_(
        "Dafür fehlt Ihnen die Berechtigung. Bitte wenden Sie sich an die Leitung des Diensts."
    )


@dataclass(eq=False)
class UnknownLink(AccessError):
    """A link that was never issued, or was changed on its way."""

    german: ClassVar[str] = N_(
        "Diesen Link gibt es nicht. Bitte öffnen Sie den Link aus der Nachricht noch einmal "
        "oder rufen Sie Ihre Beraterin, Ihren Berater an."
    )


@dataclass(eq=False)
class ExpiredLink(AccessError):
    """A link after its time."""

    german: ClassVar[str] = N_(
        "Dieser Link ist abgelaufen. Bitte lassen Sie sich telefonisch einen neuen schicken."
    )


@dataclass(eq=False)
class UsedLink(AccessError):
    """A link that has done its work or was withdrawn."""

    german: ClassVar[str] = N_(
        "Dieser Link wurde bereits verwendet oder zurückgezogen. "
        "Bitte rufen Sie Ihre Beraterin, Ihren Berater an, wenn Sie noch etwas ändern möchten."
    )


@dataclass(eq=False)
class LockedLink(AccessError):
    """A link after too many wrong PINs."""

    german: ClassVar[str] = N_(
        "Die PIN wurde zu oft falsch eingegeben, der Link ist gesperrt. "
        "Bitte lassen Sie sich telefonisch einen neuen geben."
    )


@dataclass(eq=False)
class WrongPin(AccessError):
    """A wrong PIN, with tries left."""

    tries_left: int
    german: ClassVar[str] = N_(
        "Die PIN stimmt nicht; Sie haben sie am Telefon bekommen. Versuche, die noch bleiben: {tries_left}."
    )
