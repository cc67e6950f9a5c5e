"""Deckung: Coverage of a case."""

from __future__ import annotations

from cases.desk import Desk
from cases.pages import parts
from data.i18n import _


def show(desk: Desk) -> None:
    """Coverage of a case."""
    parts.header(_("Deckung"))
    desk.case()
