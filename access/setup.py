"""Setting up an account: a one-time link by which its person chooses the password."""

from __future__ import annotations

from datetime import timedelta

from sqlite_utils import Database

from access import links, settings
from access.actor import SYSTEM
from data import now

PURPOSE = "account_setup"
_LASTS = timedelta(days=2)


def link(db: Database, account_id: int) -> str:
    """The address of a new set-up page for the account; it holds once, for two days."""
    made = links.create(db, SYSTEM, PURPOSE, account_id, expires_at=now() + _LASTS, with_pin=False)
    return f"{settings.base_url(db)}/konto/einrichten/{made.token}"
