"""IT-Notfall und Versicherungsfall: insured event, IT incidents, visits, tasks, costs."""

from __future__ import annotations

import streamlit as st

from cases import store
from cases.desk import Desk
from cases.pages import parts
from data.i18n import _
from ui.screens import (
    event_costs,
    event_incidents,
    event_money,
    event_restoration,
    event_tasks,
    event_visits,
)


def show(desk: Desk) -> None:
    """The cap and its cases first, then what happened, then help and what it costs."""
    case = parts.choose_case(desk)
    if case is None:
        _without_case(desk)
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    event_money.show(desk, case)
    event_incidents.show(desk, case)
    event_visits.show(desk, case)
    event_tasks.show(desk, case.firm_id, case)
    event_costs.show(desk, case)
    event_restoration.show(desk, case)


def _without_case(desk: Desk) -> None:
    """Appointments with specialists are organised without a claim, too (NA-37)."""
    firms = store.list_firms(desk.db)
    if not firms:
        return
    names = {each.id: each.full_name for each in firms}
    firm_id = st.selectbox(
        _("Firma, für die ohne Schadenfall etwas zu organisieren ist"),
        list(names),
        format_func=lambda each: names[each],
        index=None,
        placeholder=_("Firma auswählen"),
        key="tasks_firm",
    )
    if firm_id is not None:
        event_tasks.show(desk, firm_id, None)
