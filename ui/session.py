"""Who is at the page, in which language, on which home."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from access import accounts, settings
from access.accounts import Account
from access.actor import SYSTEM
from data import Home
from data.i18n import LANGUAGES, use_language_from
from ui.schema import open_database

COOKIE = "krisenpult_session"


@cache
def _home_at(path: str) -> Home:
    home = Home.at(path)
    open_database(home)
    return home


def home() -> Home:
    """The home of this process, migrated once."""
    return _home_at(str(Path(os.environ.get("KRISENPULT_HOME") or "var").resolve()))


def token() -> str | None:
    """The session token of the browser, or None.

    The cookie is frozen at the handshake of the page; whether it still holds is asked of
    the database on every rerun.
    """
    kept = st.session_state.get("session_token")
    return str(kept) if kept else st.context.cookies.get(COOKIE)


def current_account() -> Account | None:
    """The signed-in account, or None."""
    return accounts.account_of_session(home().db(), token())


def language() -> str:
    """The language of this browser session; German outside a page."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return "de"
    return str(st.session_state.get("language", "de"))


def restore_language(account: Account) -> None:
    """Take up the language the account chose last."""
    if "language" not in st.session_state:
        stored = settings.get(home().db(), f"language:{account.id}")
        st.session_state["language"] = stored if stored in LANGUAGES else "de"


def choose_language(account: Account, chosen: str) -> None:
    """Switch the language, for this session and the next ones."""
    st.session_state["language"] = chosen
    settings.put(home().db(), SYSTEM, f"language:{account.id}", chosen)


use_language_from(language)
