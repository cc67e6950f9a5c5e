"""Fälle: all cases, newest first."""

from __future__ import annotations

import streamlit as st

from cases import store
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case
from data import formats
from data.i18n import _, ngettext

_STATES = ("open", "closed", "refused")


def show(desk: Desk) -> None:
    """The list, filtered by state."""
    known = store.list_cases(desk.db)
    parts.header(
        _("Fälle"),
        ngettext("{count} Fall", "{count} Fälle", len(known)).format(count=len(known)),
    )
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        state = st.segmented_control(
            _("Zustand"),
            _STATES,
            format_func=lambda value: {
                "open": _("offen"),
                "closed": _("abgeschlossen"),
                "refused": _("abgelehnt"),
            }[value],
            default=None,
            key="cases_state",
            label_visibility="collapsed",
        )
        if desk.may("case.write") and st.button(
            _("Neuer Fall"), type="primary", icon=":material/add_circle:", key="new_case"
        ):
            parts.go(desk, "intake")
    shown = [case for case in known if state is None or case.state == state]
    if not shown:
        parts.empty(_("Hier erscheint jeder Fall vom ersten Anruf an, auch jede Absage."))
    for case in shown:
        _row(desk, case)


def _row(desk: Desk, case: Case) -> None:
    with st.container(horizontal=True, key=f"case_row_{case.id}", vertical_alignment="center"):
        parts.link(desk, "case", parts.case_title(case), case)
        st.html(
            f'<span class="kp-state">{parts.escape(formats.moment(case.called_at))} · '
            f"{parts.escape(parts.case_line(desk, case))}</span>"
        )
