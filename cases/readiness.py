"""How well a firm was prepared (CV-01 to CV-05), and what that does and does not mean.

It bears on how much responsibility the public will ascribe to the firm (SCCT), never on the
coverage: no answer here opens or closes a claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cases.contract import add_months
from data.i18n import _, ngettext

SECURITY_ITEMS = ("updates", "virus_protection", "encryption", "firewall", "backup")
ITEMS = (*SECURITY_ITEMS, "external_backup", "training")
RULES = {
    **dict.fromkeys(SECURITY_ITEMS, "CV-01"),
    "external_backup": "CV-02",
    "training": "CV-05",
}
VALUES = ("yes", "no", "unknown")
_STALE_AFTER_MONTHS = 12
# A rule of thumb of the desk: from here on the backup is told as old.
OLD_BACKUP_DAYS = 7


@dataclass(frozen=True)
class Answer:
    """One answer of the security check, as of ``checked_on``; None is never asked.

    ``dated_on`` is the day of the last external backup, or of the last training. ``document``
    is the number of the evidence for it, or None.
    """

    item: str
    value: str = "unknown"
    checked_on: date | None = None
    dated_on: date | None = None
    note: str = ""
    document: int | None = None
    filled_in_by: str = ""


@dataclass(frozen=True)
class EmergencyPlan:
    """The emergency plan (CV-03, CV-04): whom the staff turns to, and which steps follow.

    ``outside_it``: whether contact and plan can be reached without the firm's IT.
    """

    value: str = "unknown"
    contact: str = ""
    contact_reach: str = ""
    deputy: str = ""
    deputy_reach: str = ""
    outside_it: str = "unknown"
    steps: tuple[str, ...] = ()
    checked_on: date | None = None
    filled_in_by: str = ""


@dataclass(frozen=True)
class Sheet:
    """The readiness sheet of a firm: the newest answer for each item, and the plan."""

    answers: Mapping[str, Answer]
    plan: EmergencyPlan

    @property
    def oldest_check(self) -> date | None:
        """The day of the oldest answer that is given; None where nothing was asked."""
        days = [each.checked_on for each in self.answers.values() if each.checked_on]
        if self.plan.checked_on:
            days.append(self.plan.checked_on)
        return min(days, default=None)

    @property
    def training_may_be_claimed(self) -> bool:
        """Whether a statement may say that staff was trained: only with evidence (CV-05)."""
        training = self.answers["training"]
        return training.value == "yes" and training.document is not None


def is_stale(checked_on: date | None, day: date) -> bool:
    """Whether an answer is older than a year on ``day``; what was never asked is not stale."""
    return checked_on is not None and add_months(checked_on, _STALE_AFTER_MONTHS) < day


def is_sheet_stale(sheet: Sheet, day: date) -> bool:
    """Whether any answer of the sheet is older than a year."""
    return is_stale(sheet.oldest_check, day)


def backup_age(answer: Answer, day: date) -> int | None:
    """The age of the newest external backup in days (CV-02); None where it is not known."""
    if answer.value != "yes" or answer.dated_on is None:
        return None
    return max(0, (day - answer.dated_on).days)


def item_name(item: str) -> str:
    """What an item asks for."""
    return {
        "updates": _("Aktuelle Sicherheitsupdates"),
        "virus_protection": _("Virenschutz"),
        "encryption": _("Verschlüsselte Datenträger"),
        "firewall": _("Konfigurierte Firewall"),
        "backup": _("Datensicherung"),
        "external_backup": _("Externe Datensicherung"),
        "training": _("Schulung der Belegschaft"),
    }[item]


def _three(value: str) -> str:
    return {"yes": _("ja"), "no": _("nein"), "unknown": _("unbekannt")}[value]


def backup_words(answer: Answer, day: date) -> str:
    """The external backup in words: its age first (CV-02)."""
    age = backup_age(answer, day)
    if age is not None:
        return ngettext("{days} Tag alt", "{days} Tage alt", age).format(days=age)
    if answer.value == "yes":
        return _("vorhanden, Alter unbekannt")
    return _three(answer.value)


def training_words(answer: Answer) -> str:
    """The training in words; what has no evidence says so (CV-05)."""
    if answer.value != "yes":
        return _three(answer.value)
    year = f" {answer.dated_on.year}" if answer.dated_on else ""
    if answer.document is None:
        return _("ja{year}, ohne Beleg").format(year=year)
    return _("ja{year}, belegt").format(year=year)


def summary(sheet: Sheet, day: date) -> str:
    """The sheet in one line, the external backup first; what is stale says so."""
    values = [sheet.answers[item].value for item in SECURITY_ITEMS]
    parts = [
        _("Externe Datensicherung: {words}").format(
            words=backup_words(sheet.answers["external_backup"], day)
        ),
        _("Notfallplan: {words}").format(words=_three(sheet.plan.value)),
        _("Sicherheitscheck: {yes} ja, {no} nein, {unknown} unbekannt").format(
            yes=values.count("yes"), no=values.count("no"), unknown=values.count("unknown")
        ),
        _("Schulung: {words}").format(words=training_words(sheet.answers["training"])),
    ]
    if is_sheet_stale(sheet, day) and sheet.oldest_check:
        parts.append(
            _("Angaben zum Teil älter als ein Jahr ({day})").format(
                day=sheet.oldest_check.strftime("%d.%m.%Y")
            )
        )
    return " · ".join(parts)


def responsibility(sheet: Sheet) -> list[str]:
    """What the sheet means for the responsibility ascribed to the firm (CV-01), not for coverage."""
    missed = [
        item_name(item)
        for item in (*SECURITY_ITEMS, "external_backup")
        if sheet.answers[item].value == "no"
    ]
    said = []
    if missed:
        said.append(
            _(
                "Fehlt: {items}. Nach außen spricht das für mehr Verantwortung der Firma; wer sich "
                "als Opfer darstellt, muss mit Widerspruch rechnen (CV-01)."
            ).format(items=", ".join(missed))
        )
    if not sheet.training_may_be_claimed:
        said.append(
            _("Eine Schulung darf in keiner Stellungnahme behauptet werden: kein Beleg (CV-05).")
        )
    said.append(_("Auf die Deckung hat dieses Blatt keinen Einfluss (CV-01)."))
    return said
