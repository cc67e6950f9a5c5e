"""What the forms of the page "IT und Versicherungsfall" share."""

from __future__ import annotations

import re
from collections.abc import Iterable

import streamlit as st

from cases import store
from cases.coverage_text import quote
from cases.desk import Desk
from cases.errors import UnreadableNumber
from cases.pages import parts
from cases.store import Case
from data.times import local

_MINUTES = re.compile(r"\d{1,4}")


def moment_input(desk: Desk, label: str, key: str) -> str:
    """A moment as it is typed; proposed is the present one, once."""
    st.session_state.setdefault(key, f"{local(desk.now):%d.%m.%Y %H:%M}")
    return st.text_input(label, key=key)


def person_input(desk: Desk, case: Case, label: str, key: str) -> str:
    """Somebody of the firm, or any other name."""
    names = [each.name for each in store.people_of(desk.db, case.firm_id)]
    chosen = st.selectbox(
        label, names, index=None, accept_new_options=True, key=key, placeholder=""
    )
    return str(chosen or "")


def read_minutes(text: str) -> int:
    """Whole minutes as typed. Raises UnreadableNumber."""
    stripped = text.strip()
    if not _MINUTES.fullmatch(stripped):
        raise UnreadableNumber(stripped)
    return int(stripped)


def finish(key: str, names: Iterable[str], sentence: str) -> None:
    """The form has done its work: its fields are empty again, and the page says so."""
    parts.form_done(key)
    for name in names:
        st.session_state.pop(f"{key}_{name}", None)
    parts.flash(sentence)
    st.rerun()


def quotes(rules: Iterable[str], label: str) -> None:
    """Rules with their words, folded."""
    with st.expander(label):
        parts.rows([[rule, f"„{quote(rule)}“"] for rule in dict.fromkeys(rules)], label)
