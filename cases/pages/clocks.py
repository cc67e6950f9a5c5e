"""Fristen: Clocks and press enquiries."""

from __future__ import annotations

from cases.desk import Desk
from cases.pages import parts
from data.i18n import _


def show(desk: Desk) -> None:
    """Clocks and press enquiries."""
    parts.header(_("Fristen"))
    desk.case()
