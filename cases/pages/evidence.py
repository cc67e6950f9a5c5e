"""Belege: Evidence and its custody."""

from __future__ import annotations

from cases.desk import Desk
from cases.pages import parts
from data.i18n import _


def show(desk: Desk) -> None:
    """Evidence and its custody."""
    parts.header(_("Belege"))
    desk.case()
