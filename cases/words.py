"""The German words for the values that the tables of this room keep."""

from __future__ import annotations

from cases.coverage_text import label
from data import reference
from data.i18n import _


def incident_kind(kind: str) -> str:
    """The category of an IT incident, as the contract names it."""
    return _as_heading(label(reference.load("taxonomy")["kinds"][kind]))


def device(name: str) -> str:
    """The device that failed."""
    return label(reference.load("taxonomy")["devices"][name])


def _as_heading(words: str) -> str:
    return words[:1].upper() + words[1:]


def three(value: str) -> str:
    """yes, no, unknown."""
    return {"yes": _("ja"), "no": _("nein"), "unknown": _("unbekannt")}[value]


def fact_status(status: str) -> str:
    """The status of a fact."""
    return {
        "confirmed": _("bestätigt"),
        "unconfirmed": _("unbestätigt"),
        "disputed": _("bestritten"),
        "retracted": _("zurückgezogen"),
        "not_yet_known": _("noch nicht bekannt"),
    }[status]


def cause_status(status: str) -> str:
    """What is known about the cause."""
    return {"open": _("offen"), "established": _("gesichert"), "fixed": _("behoben")}[status]


def relation(kind: str) -> str:
    """How a case belongs to an IT incident."""
    return {
        "caused_by": _("ausgelöst durch"),
        "same_attack": _("derselbe Angriff"),
        "coincident": _("zeitgleich"),
    }[kind]


def contact_kind(kind: str) -> str:
    """What a contact is to the case."""
    return {
        "media": _("Medium"),
        "partner": _("Geschäftspartner"),
        "customer": _("Kundschaft"),
        "poster": _("Verfasser:in"),
        "authority": _("Behörde"),
        "staff": _("Belegschaft"),
    }[kind]


def timeline_kind(kind: str) -> str:
    """What a timeline entry is about."""
    return {
        "call": _("Anruf"),
        "coverage": _("Deckung"),
        "incident": _("IT-Notfall"),
        "mention": _("Meldung"),
        "alert": _("Alarm"),
        "press": _("Presse"),
        "evidence": _("Beleg"),
        "statement": _("Stellungnahme"),
        "approval": _("Freigabe"),
        "release": _("Aussendung"),
        "hours": _("Leistung"),
        "clock": _("Frist"),
        "handover": _("Übergabe"),
        "status": _("Status"),
        "note": _("Notiz"),
    }.get(kind, kind)
