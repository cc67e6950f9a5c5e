"""Fälle: all cases, newest first, found by a word."""

from __future__ import annotations

import streamlit as st

from cases.desk import Desk
from cases.pages import parts
from cases.store import Case, search
from data import formats
from data.i18n import _, ngettext

_STATES = ("open", "closed", "refused")
_PAGE_SIZE = 50


def show(desk: Desk) -> None:
    """The list, filtered by state and words, a page at a time."""
    every = search.count_cases(desk.db)
    parts.header(_("Fälle"), ngettext("{count} Fall", "{count} Fälle", every).format(count=every))
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        state = _state_filter()
        if desk.may("case.write") and st.button(
            _("Neuer Fall"), type="primary", icon=":material/add_circle:", key="new_case"
        ):
            parts.go(desk, "intake")
    text = st.text_input(
        _("Suchen: Nummer, Firma, Ort, Schadennummer"), key="cases_text", max_chars=200
    )
    found = search.count_cases(desk.db, text=text, state=state)
    if not every:
        parts.empty(_("Hier erscheint jeder Fall vom ersten Anruf an, auch jede Absage."))
        return
    if not found:
        parts.empty(_("Kein Fall passt. Weniger Wörter oder ein anderer Zustand finden mehr."))
        return
    if text or state:
        parts.note(ngettext("{count} gefunden", "{count} gefunden", found).format(count=found))
    page = _page(found)
    for case in search.find_cases(
        desk.db, text=text, state=state, limit=_PAGE_SIZE, offset=(page - 1) * _PAGE_SIZE
    ):
        _row(desk, case)


def _state_filter() -> str | None:
    chosen: str | None = st.segmented_control(
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
    return chosen


def _page(found: int) -> int:
    pages = -(-found // _PAGE_SIZE)
    if pages == 1:
        return 1
    return int(st.pagination(pages, key=f"cases_page_{pages}"))


def _row(desk: Desk, case: Case) -> None:
    with st.container(horizontal=True, key=f"case_row_{case.id}", vertical_alignment="center"):
        parts.link(desk, "case", parts.case_title(case), case)
        st.html(
            f'<span class="kp-state">{parts.escape(formats.moment(case.called_at))} · '
            f"{parts.escape(parts.case_line(desk, case))}</span>"
        )
