"""What a page gets to work with: the database, the person, the case of the link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import roles
from access.accounts import Account
from access.actor import Actor
from cases import store
from cases.store import Case
from data import Home, now


@dataclass(frozen=True)
class Desk:
    """One person at one page.

    ``pages`` holds Streamlit's page handles by name (board, cases, case, intake, mentions,
    sources, statements, editor, hours, review, admin), for links from page to page.
    ``case_number`` is what the link names; it may be wrong, :meth:`case` says so.
    """

    home: Home
    account: Account
    pages: Mapping[str, Any]
    case_number: str | None
    base_url: str

    @property
    def db(self) -> Database:
        """This thread's connection; a fragment may run in another thread than its page."""
        return self.home.db()

    @property
    def actor(self) -> Actor:
        """The signed-in account as the one who acts."""
        return self.account.actor

    @property
    def now(self) -> datetime:
        """The present moment, UTC."""
        return now()

    def may(self, action: str) -> bool:
        """Whether the account may do ``action``."""
        return roles.may(self.actor, action)

    def case(self) -> Case | None:
        """The case of the link, or None where the link names none. Raises UnknownCase."""
        return store.case_by_number(self.db, self.case_number) if self.case_number else None
