"""The master data of a firm, as a part of its page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cases import register, store, words
from cases.desk import Desk
from cases.pages import entering, parts
from cases.store import firms
from cases.store.firms import Firm, Profile
from data.i18n import _

NETWORKS = (
    "Facebook", "Instagram", "LinkedIn", "X", "Mastodon", "Bluesky", "Threads", "TikTok",
    "YouTube", "Google", "WhatsApp",
)  # fmt: skip
_MISSING = "–"


def part(desk: Desk, firm: Firm) -> None:
    """Register data, address, contacts, pages; what is missing for a letter."""
    _register(firm)
    _contacts(desk, firm)
    if desk.may("case.write"):
        _edit(desk, firm)
        _presence(desk, firm)


def _register(firm: Firm) -> None:
    missing = register.missing_for_letter(firm.register_data)
    registered = register.is_registered(firm.register_data)
    lines = [
        [_("Firma"), firm.full_name],
        [_("Im Firmenbuch eingetragen"), words.three(registered)],
        [_("Sitz"), firm.seat or firm.city or _MISSING],
        [
            _("Firmenbuch"),
            ", ".join(each for each in (firm.register_number, firm.register_court) if each)
            or _MISSING,
        ],
    ]
    if firm.owner_name:
        lines.append([_("Name der Inhaberin, des Inhabers"), firm.owner_name])
    if firm.trade or firm.trade_authority:
        lines.append(
            [_("Gewerbe"), ", ".join(each for each in (firm.trade, firm.trade_authority) if each)]
        )
    parts.rows(lines, _("Registerdaten"))
    if missing:
        parts.note(
            _("Für einen Brief fehlt: {what}.").format(
                what="; ".join(f"{each.what} ({each.rule})" for each in missing)
            )
        )
    else:
        parts.note(
            _("Für einen Brief ist alles da ({rule}).").format(rule=register.REGISTERED_RULE)
        )


def _contacts(desk: Desk, firm: Firm) -> None:
    address = f"{firm.street}, {firm.postcode} {firm.city}".strip(" ,")
    profiles = firms.profiles_of(desk.db, firm.id)
    domains = firms.domains_of(desk.db, firm.id)
    parts.rows(
        [
            [_("Anschrift"), address or _MISSING],
            [_("Telefon"), firm.phone or _MISSING],
            [_("E-Mail"), firm.email or _MISSING],
            [_("Website"), firm.website or _MISSING],
            [_("Seite für Kundinnen und Kunden"), firm.page_url or _MISSING],
            *([each.network, " ".join((each.handle, each.url)).strip()] for each in profiles),
            [_("Domains"), ", ".join(domains) or _MISSING],
            [_("Branche"), firm.sector or _MISSING],
            [
                _("Mitarbeitende"),
                _("unbekannt") if firm.staff_count is None else str(firm.staff_count),
            ],
            [_("Vorsteuerabzug"), words.three(firm.input_tax_deductible)],
        ],
        _("Anschrift und Kontakte"),
    )


def _edit(desk: Desk, firm: Firm) -> None:
    prefix = f"firm_{firm.id}_"
    form = entering.shown(prefix, firm)
    with st.expander(_("Stammdaten ändern")), st.form(prefix, border=False):
        typed = _typed(form, prefix)
        if st.form_submit_button(_("Speichern"), type="primary"):
            with parts.attempt():
                typed["name"] = typed["name"].strip()
                fresh = store.firm_by_id(desk.db, firm.id)
                store.change_firm(desk.db, desk.actor, entering.changed(prefix, fresh, typed))
            entering.done(prefix)
            parts.flash(_("Die Stammdaten sind gespeichert; die früheren stehen im Verlauf."))
            st.rerun()


def _typed(form: Firm, prefix: str) -> dict[str, Any]:
    def text(column: str, hint: str = "") -> str:
        typed = st.text_input(
            entering.field_name("firm", column),
            value=str(getattr(form, column)),
            key=f"{prefix}{column}",
            placeholder=hint,
        )
        return typed.strip()

    one, two, three = st.columns(3)
    typed: dict[str, Any] = {}
    with one:
        typed["name"] = text("name")
        typed["legal_form"] = text("legal_form", "e.U., GmbH, OG")
        typed["seat"] = text("seat", form.city)
        typed["registered"] = entering.three(
            entering.field_name("firm", "registered"), form.registered, f"{prefix}registered"
        )
        typed["register_number"] = text("register_number", "FN 123456 a")
        typed["register_court"] = text("register_court", "Landesgericht Linz")
    with two:
        typed["owner_name"] = text("owner_name")
        typed["trade"] = text("trade")
        typed["trade_authority"] = text("trade_authority", "Bezirkshauptmannschaft")
        typed["street"] = text("street")
        typed["postcode"] = text("postcode")
        typed["city"] = text("city")
    with three:
        typed["email"] = text("email")
        typed["phone"] = text("phone")
        typed["website"] = text("website")
        typed["page_url"] = text("page_url")
        typed["sector"] = text("sector")
        typed["input_tax_deductible"] = entering.three(
            entering.field_name("firm", "input_tax_deductible"),
            form.input_tax_deductible,
            f"{prefix}input_tax",
        )
        typed["staff_count"] = st.number_input(
            entering.field_name("firm", "staff_count"),
            min_value=0,
            value=form.staff_count,
            step=1,
            key=f"{prefix}staff",
        )
    return typed


def _presence(desk: Desk, firm: Firm) -> None:
    with st.expander(_("Auftritte im Netz und Domains")):
        one, two = st.columns(2)
        with one:
            _add_profile(desk, firm)
        with two:
            _add_domain(desk, firm)
        _remove(desk, firm)


def _add_profile(desk: Desk, firm: Firm) -> None:
    prefix = f"profile_{firm.id}_"
    with st.form(prefix, border=False):
        network = st.selectbox(
            _("Netzwerk"),
            NETWORKS,
            accept_new_options=True,
            index=None,
            placeholder=_("auswählen"),
            key=f"{prefix}network",
        )
        handle = st.text_input(
            _("Name der Seite"), key=f"{prefix}handle", placeholder="@kfz-aigner"
        )
        url = st.text_input(_("Adresse der Seite"), key=f"{prefix}url", placeholder="https://")
        if st.form_submit_button(_("Auftritt aufnehmen")):
            with parts.attempt():
                added = firms.add_profile(
                    desk.db, desk.actor, firm.id, Profile(network or "", handle, url)
                )
            entering.emptied(prefix, "network")
            parts.flash(
                _("{name} ist aufgenommen.").format(
                    name=f"{added.network} {added.handle or added.url}"
                )
            )
            st.rerun()


def _add_domain(desk: Desk, firm: Firm) -> None:
    prefix = f"domain_{firm.id}_"
    with st.form(prefix, border=False):
        domain = st.text_input(_("Domain"), key=f"{prefix}name", placeholder="kfz-aigner.example")
        if st.form_submit_button(_("Domain aufnehmen")):
            with parts.attempt():
                name = firms.add_domain(desk.db, desk.actor, firm.id, domain)
            entering.emptied(prefix)
            parts.flash(_("{name} ist aufgenommen.").format(name=name))
            st.rerun()


def _remove(desk: Desk, firm: Firm) -> None:
    profiles = {each.id: each for each in firms.profiles_of(desk.db, firm.id)}
    domains = firms.domains_of(desk.db, firm.id)
    for number, each in profiles.items():
        label = _("{name} entfernen").format(name=f"{each.network} {each.handle or each.url}")
        if st.button(parts.plain(label), key=f"profile_gone_{number}", type="tertiary"):
            with parts.attempt():
                firms.remove_profile(desk.db, desk.actor, number)
            parts.flash(_("Der Auftritt ist entfernt; er bleibt in den Aufzeichnungen."))
            st.rerun()
    for name in domains:
        label = _("{name} entfernen").format(name=name)
        if st.button(parts.plain(label), key=f"domain_gone_{firm.id}_{name}", type="tertiary"):
            with parts.attempt():
                firms.remove_domain(desk.db, desk.actor, firm.id, name)
            parts.flash(_("Die Domain ist entfernt; sie bleibt in den Aufzeichnungen."))
            st.rerun()
