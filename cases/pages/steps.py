"""Schritte: The eight steps and the four questions."""

from __future__ import annotations

from cases.desk import Desk
from cases.pages import parts
from data.i18n import _


def show(desk: Desk) -> None:
    """The eight steps and the four questions."""
    parts.header(_("Schritte"))
    desk.case()
