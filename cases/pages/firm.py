"""Firma und Polizze: the firm, its people, its contracts, how well it is prepared."""

from __future__ import annotations

import streamlit as st

from cases import register, store
from cases.desk import Desk
from cases.entered import day_text
from cases.errors import UnknownFirm
from cases.pages import firm_people, firm_policies, firm_readiness, firm_register, parts
from cases.pages.entering import field_name, value_text
from cases.store import Case, firms, readiness
from cases.store.firms import Firm
from cases.store.people import today
from data import formats
from data.i18n import _


def show(desk: Desk) -> None:
    """The firm of the case in the link, or the firm that the link names itself."""
    firm, case = _chosen(desk)
    if firm is None:
        return
    if case is not None:
        parts.header(parts.case_title(case), parts.case_line(desk, case))
        parts.case_tabs(desk, case)
        parts.section(firm.full_name)
    else:
        parts.header(firm.full_name, firm.sector)
    _at_a_glance(desk, firm)
    titles = [
        _("Polizzen"),
        _("Personen und Freigabe"),
        _("Vorsorge"),
        _("Stammdaten"),
        _("Termine"),
        _("Verlauf"),
    ]
    policies, people, prepared, master, dates, history = st.tabs(titles)
    with policies:
        firm_policies.part(desk, firm)
    with people:
        firm_people.part(desk, firm, case)
    with prepared:
        firm_readiness.part(desk, firm)
    with master:
        firm_register.part(desk, firm)
    with dates:
        firm_policies.calendar(desk, firm)
    with history:
        _history(desk, firm)


def _chosen(desk: Desk) -> tuple[Firm | None, Case | None]:
    wanted = st.query_params.get("firma")
    if wanted and desk.case_number is None:
        try:
            return firms.known_firm(desk.db, wanted), None
        except UnknownFirm as error:
            parts.header(_("Firma und Polizze"))
            st.warning(parts.plain(error.sentence()))
            _choose_firm(desk)
            return None, None
    case = parts.choose_case(desk)
    if case is None:
        _choose_firm(desk)
        return None, None
    return store.firm_by_id(desk.db, case.firm_id), case


def _choose_firm(desk: Desk) -> None:
    known = {each.id: each for each in store.list_firms(desk.db)}
    if not known:
        return
    chosen = st.selectbox(
        _("Firma"),
        list(known),
        format_func=lambda key: known[key].full_name,
        index=None,
        placeholder=_("Firma auswählen"),
        key="chosen_firm",
    )
    if chosen is not None:
        st.query_params.pop("fall", None)
        st.query_params["firma"] = str(chosen)
        st.rerun()


def _at_a_glance(desk: Desk, firm: Firm) -> None:
    """What somebody has to know before the next step, in a few lines."""
    people = store.people_of(desk.db, firm.id)
    approvers = [each for each in people if each.may_approve]
    missing = register.missing_for_letter(firm.register_data)
    policies = store.policies_of(desk.db, firm.id)
    if not approvers:
        st.warning(
            _(
                "Niemand darf für diese Firma freigeben (NA-20). Bitte Funktion oder schriftliche "
                "Vollmacht klären."
            )
        )
    lines = [
        [
            _("Freigabe durch"),
            ", ".join(f"{each.name} ({each.function})" for each in approvers) or "–",
            "NA-20",
        ],
        [
            _("Für einen Brief"),
            _("es fehlt: {what}").format(what=", ".join(each.what for each in missing))
            if missing
            else _("alle Angaben vorhanden"),
            missing[0].rule if missing else register.REGISTERED_RULE,
        ],
        *(firm_policies.call_line(each, desk.now) for each in policies),
        [_("Vorsorge"), readiness.summary(desk.db, firm.id, desk.now), "CV-01"],
    ]
    upcoming = [each for each in firm_policies.entries(desk, firm) if each.day >= today()]
    if upcoming:
        lines.append(
            [_("Nächster Termin"), upcoming[0].what, day_text(upcoming[0].day), upcoming[0].rule]
        )
    parts.rows(lines, _("Auf einen Blick"))


def _history(desk: Desk, firm: Firm) -> None:
    """Which field was changed when, by whom, and what stood there before."""
    names = {("firm", firm.id): firm.full_name}
    names |= {("person", each.id): each.name for each in store.people_of(desk.db, firm.id)}
    names |= {("policy", each.id): each.number for each in store.policies_of(desk.db, firm.id)}
    changes = [
        change
        for subject, subject_id in names
        for change in firms.changes_of(desk.db, subject, subject_id)
    ]
    if not changes:
        parts.empty(_("Hier steht, was an Firma, Personen und Polizzen geändert wurde."))
    changes.sort(key=lambda each: each.changed_at, reverse=True)
    parts.rows(
        [
            [
                formats.moment(each.changed_at),
                _("{field}: {before} → {after}").format(
                    field=field_name(each.subject, each.field),
                    before=value_text(each.field, each.before),
                    after=value_text(each.field, each.after),
                ),
                names[each.subject, each.subject_id],
                each.changed_by,
            ]
            for each in changes
        ],
        _("Verlauf"),
    )
