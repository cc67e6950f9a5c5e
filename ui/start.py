"""Starting the application: warming, the first account, what the terminal says."""

from __future__ import annotations

import logging
import secrets

import streamlit as st

from access import accounts, settings, setup
from access.actor import SYSTEM
from cases import store
from cases.pages import parts
from data.i18n import _
from ui import session

FIRST_ADMIN = "admin@krisenpult.local"

_log = logging.getLogger("krisenpult")


def warm() -> None:
    """Import and load now what the first click would otherwise wait for."""
    import altair  # noqa: F401
    import pandas as pd  # noqa: F401

    import ui.main  # noqa: F401
    from drafting import check
    from monitoring import score

    check.check(check.from_json({"text": "Wir prüfen das.", "channel": "web", "kind": "reply"}))
    score.score(score.from_json({"id": "warm", "text": "Die Firma wurde gehackt."}))
    session.home()


def greeting() -> list[str]:
    """What the terminal says at the start: where the desk is, and how to sign in."""
    db = session.home().db()
    lines = [f"Krisenpult: {settings.base_url(db)}"]
    known = accounts.list_accounts(db)
    if not any(account.has_password for account in known):
        admin = next((account for account in known if account.role == "admin"), None)
        if admin is None:
            admin = accounts.add_account(
                db, SYSTEM, email=FIRST_ADMIN, role="admin", name="Administration"
            )
        lines += [
            _("Noch kein Konto ist eingerichtet. Dieser Link gilt einmal und zwei Tage lang:"),
            f"  {setup.link(db, admin.id)}",
            _("Danach melden Sie sich mit {email} und Ihrem Passwort an.").format(
                email=admin.email
            ),
        ]
        if not store.list_cases(db, limit=1):
            lines.append(
                _("Beispieldaten bietet die Seite Lage nach dem ersten Anmelden an;")
                + " "
                + _("oder sehen Sie sich mit „make demo“ drei fertige Fälle an.")
            )
    else:
        lines.append(_("Anmelden: {url}").format(url=f"{settings.base_url(db)}/konto/anmelden"))
    return lines


def say_script_error(error: BaseException) -> bool:
    """Tell the user in one sentence, with a number to look up in the log."""
    number = secrets.token_hex(4)
    _log.error("page error %s", number, exc_info=error)
    st.error(
        parts.plain(
            _(
                "Diese Seite konnte nicht angezeigt werden. Gespeichertes ist nicht verloren; "
                "bitte neu laden. Kennung für die Technik: {number}"
            ).format(number=number)
        )
    )
    return True
