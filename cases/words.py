"""The German words for the values that the tables of this room keep."""

from __future__ import annotations

from data.i18n import _


def incident_kind(kind: str) -> str:
    """The category of an IT incident, as the contract names it."""
    return {
        "cyber_attack": _("Cyber-Angriff"),
        "hardware_defect": _("Technischer Defekt"),
        "operating_error": _("Bedienfehler"),
        "malware_data_loss": _("Datenverlust durch Schad-Software"),
        "malware": _("Befall von Schad-Software"),
        "cyber_extortion": _("Cyber-Erpressung"),
        "reputational_damage": _("Rufschädigung im Netz"),
        "warning_letter": _("Abmahnung"),
        "identity_theft": _("Identitätsdiebstahl"),
        "email_fraud": _("E-Mail-Betrug"),
        "fake_website": _("Gefälschte Website"),
        "personal_data_loss": _("Verlust persönlicher Daten"),
        "denial_of_service": _("Denial of Service"),
        "application_failure": _("Ausfall einer Fachanwendung"),
        "power_failure": _("Stromausfall"),
        "physical_damage": _("Äußere Beschädigung"),
        "other": _("Anderes"),
    }[kind]


def device(name: str) -> str:
    """The device that failed."""
    return {
        "laptop": _("Laptop"),
        "pc": _("PC"),
        "network": _("Netzwerk"),
        "router": _("Router"),
        "server": _("Server"),
        "cash_register": _("Registrierkasse"),
        "phone": _("Telefon"),
        "machine": _("Maschine"),
        "other": _("anderes Gerät"),
    }[name]


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
        "evidence": _("Beleg"),
        "statement": _("Stellungnahme"),
        "approval": _("Freigabe"),
        "release": _("Aussendung"),
        "hours": _("Leistung"),
        "clock": _("Frist"),
        "status": _("Status"),
        "note": _("Notiz"),
    }.get(kind, kind)
