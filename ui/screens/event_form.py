"""What the forms of the page "IT und Versicherungsfall" share."""

from __future__ import annotations

import re
from collections.abc import Iterable

import streamlit as st

from budget.money import parse_euro
from cases import store
from cases.coverage_text import quote
from cases.desk import Desk
from cases.errors import MissingField, UnreadableNumber
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


def needed(text: str, label: str) -> str:
    """What has to be typed; ``label`` is the field's. Raises MissingField."""
    if not text.strip():
        raise MissingField(label)
    return text


def read_minutes(text: str, label: str) -> int:
    """Whole minutes as typed into ``label``. Raises MissingField and UnreadableNumber."""
    stripped = needed(text, label).strip()
    if not _MINUTES.fullmatch(stripped):
        raise UnreadableNumber(stripped)
    return int(stripped)


def read_amount(text: str, label: str) -> int:
    """Cents as typed into ``label``. Raises MissingField and UnreadableAmount."""
    return parse_euro(needed(text, label))


def finish(key: str, names: Iterable[str], sentence: str, *, choices: Iterable[str] = ()) -> None:
    """The form has done its work: its fields are empty again, and the page says so.

    A moment ("at") is proposed anew; ``choices`` begin without a choice (:func:`person_input`).
    """
    parts.form_done(key)
    st.session_state.pop(f"{key}_at", None)
    parts.clear(
        *(f"{key}_{name}" for name in names if name != "at"),
        choices=[f"{key}_{name}" for name in choices],
    )
    parts.flash(sentence)
    st.rerun()


def quotes(rules: Iterable[str], label: str) -> None:
    """Rules with their words, folded."""
    with st.expander(label):
        parts.rows([[rule, f"„{quote(rule)}“"] for rule in dict.fromkeys(rules)], label)
