"""The people of a case, as a part of its page."""

from __future__ import annotations

import streamlit as st

from cases import store, words
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case, Contact
from data.i18n import _


def part(desk: Desk, case: Case) -> None:
    """The firm, who approves for it, and everybody else the case has to do with."""
    parts.section(_("Firma und Kontakte"))
    firm = store.firm_by_id(desk.db, case.firm_id)
    people = store.people_of(desk.db, case.firm_id)
    contacts = store.contacts_of(desk.db, case.id)
    parts.rows(
        [
            [firm.full_name, firm.sector, f"{firm.postcode} {firm.city}".strip(), firm.phone],
            *(
                [
                    person.name,
                    person.function,
                    person.phone,
                    _("gibt frei") if person.may_approve else person.reason,
                ]
                for person in people
            ),
            *(
                [
                    contact.name,
                    words.contact_kind(contact.kind),
                    contact.organisation,
                    contact.email,
                ]
                for contact in contacts
            ),
        ],
        _("Firma und Kontakte"),
    )
    if not desk.may("case.write"):
        return
    with st.expander(_("Kontakt aufnehmen")), st.form(f"contact_{case.id}", border=False):
        kind = st.selectbox(
            _("Art"),
            store.CONTACT_KINDS,
            format_func=words.contact_kind,
            key=f"contact_kind_{case.id}",
        )
        name = st.text_input(_("Name"), key=f"contact_name_{case.id}")
        organisation = st.text_input(_("Organisation"), key=f"contact_org_{case.id}")
        email = st.text_input(_("E-Mail"), key=f"contact_email_{case.id}")
        if st.form_submit_button(_("Aufnehmen")):
            with parts.attempt():
                added = store.add_contact(
                    desk.db,
                    desk.actor,
                    case.id,
                    Contact(kind=kind, name=name, organisation=organisation, email=email),
                )
            parts.clear(*(f"contact_{field}_{case.id}" for field in ("name", "org", "email")))
            parts.flash(_("{name} ist aufgenommen.").format(name=added.name))
            st.rerun()
