"""What the forms on master data share: three-valued choices, and changing only what was changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from cases import words
from cases.entered import day_of_year_text, day_text
from cases.pages import parts
from data import formats, reference
from data.i18n import _

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record = TypeVar("Record", bound=DataclassInstance)

THREE = ("unknown", "yes", "no")


def three(label: str, value: str, key: str, rule: str = "") -> str:
    """A choice of yes, no or unknown; unknown stands first."""
    return str(
        st.selectbox(
            label,
            THREE,
            index=THREE.index(value),
            format_func=words.three,
            key=key,
            help=rule or None,
        )
    )


def shown(prefix: str, record: Record) -> Record:
    """The record as the form ``prefix`` first showed it, for :func:`changed`."""
    first: Record = st.session_state.setdefault(f"{prefix}:shown", record)
    return first


def changed(prefix: str, fresh: Record, typed: dict[str, Any]) -> Record:
    """``fresh`` with what the person changed in the form ``prefix``.

    What a colleague has changed since the form was shown stays, unless it was changed here.
    """
    first = st.session_state.get(f"{prefix}:shown", fresh)
    return replace(
        fresh, **{name: value for name, value in typed.items() if value != getattr(first, name)}
    )


def done(prefix: str) -> None:
    """The form ``prefix`` was sent: its fields show what is stored now."""
    for key in [each for each in st.session_state if str(each).startswith(prefix)]:
        del st.session_state[key]
    parts.form_done(prefix)


def emptied(prefix: str, *choices: str) -> None:
    """The form ``prefix``, whose fields begin empty, was sent: they are empty again.

    ``choices`` are its selectboxes that begin without a choice.
    """
    chosen = [f"{prefix}{name}" for name in choices]
    fields = {str(key) for key in st.session_state if str(key).startswith(prefix)}
    parts.clear(*fields.difference(chosen), choices=chosen)
    parts.form_done(prefix)


def field_name(subject: str, field: str) -> str:
    """What a field of the master data is called in the forms."""
    common = {"name": _("Name"), "email": _("E-Mail"), "phone": _("Telefon")}
    firm = {
        "legal_form": _("Rechtsform"),
        "seat": _("Sitz"),
        "registered": _("Im Firmenbuch eingetragen"),
        "register_number": _("Firmenbuchnummer"),
        "register_court": _("Firmenbuchgericht"),
        "owner_name": _("Name der Inhaberin, des Inhabers"),
        "trade": _("Gewerbe"),
        "trade_authority": _("Gewerbebehörde"),
        "street": _("Straße und Nummer"),
        "postcode": _("Postleitzahl"),
        "city": _("Ort"),
        "website": _("Website"),
        "page_url": _("Seite für Kundinnen und Kunden"),
        "sector": _("Branche"),
        "staff_count": _("Mitarbeitende"),
        "input_tax_deductible": _("Vorsteuerabzug"),
    }
    person = {
        "function": _("Funktion"),
        "outside_it": _("Ohne Firmen-IT erreichbar"),
        "authority": _("Vermerk zur Vertretung"),
    }
    policy = {
        "number": _("Polizzennummer"),
        "product": _("Produkt"),
        "insurer": _("Versicherer"),
        "source": _("Fundstelle der Angaben"),
        "cap_basis": _("Grenze gilt"),
        "vat_percent": _("Umsatzsteuer in Prozent"),
        "emergency_number": _("Notfallnummer"),
        "emergency_source": _("Nummer gelesen in"),
        "always_reachable": _("Rund um die Uhr erreichbar"),
        "office_number": _("Kundenbetreuung"),
        "office_hours": _("Zeiten der Kundenbetreuung"),
        "claim_contact": _("Schadenmeldung an"),
        "claim_phone": _("Schadenmeldung: Telefon"),
        "claim_email": _("Schadenmeldung: E-Mail"),
        "counsel_contact": _("Vermittelte Kanzlei"),
        "complaint_way": _("Beschwerdeweg"),
        "deductible_cents": _("Selbstbehalt"),
        "reduced_deductible_cents": _("Selbstbehalt nach Schulung"),
        "restoration_variant": _("Klauselvariante"),
        "hardware_sublimit_cents": _("Entschädigungsgrenze Hardware"),
        "begins_on": _("Beginn"),
        "main_expiry": _("Hauptfälligkeit"),
        "ends_on": _("Ende"),
        "renews": _("Verlängert sich von selbst"),
        "notice_months": _("Kündigungsfrist in Monaten"),
        "minimum_months": _("Mindestlaufzeit in Monaten"),
    }
    return {**common, **{"firm": firm, "person": person, "policy": policy}[subject]}[field]


def value_text(field: str, value: str) -> str:
    """A value of the history as the forms show it."""
    if not value:
        return "–"
    if field.endswith("_cents"):
        return formats.money(int(value))
    if field in ("begins_on", "ends_on"):
        return day_text(date.fromisoformat(value))
    if field == "main_expiry":
        return day_of_year_text(value)
    if field == "emergency_source":
        return place(value)
    if field == "cap_basis":
        return basis(value)
    return words.three(value) if value in THREE else value


def place(where: str) -> str:
    """Where a contract prints its emergency number (EX-00b)."""
    return {
        "": _("nicht angegeben"),
        "conditions": _("Bedingungen"),
        "policy": _("Polizze"),
        "claim_form": _("Schadenmeldeformular"),
    }[where]


def basis(value: str) -> str:
    """Whether a limit holds net or gross of the tax."""
    return _("netto") if value == "net" else _("brutto")


def rules(*ids: str) -> None:
    """The rules in their own words, folded."""
    table = reference.load("rules")
    with st.expander(_("Regeln im Wortlaut")):
        parts.rows([[each, f"„{table[each]['quote']}“"] for each in ids], _("Regeln im Wortlaut"))
