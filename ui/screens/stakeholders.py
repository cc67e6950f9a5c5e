"""Beteiligte: Who is told what by when."""

from __future__ import annotations

from cases.desk import Desk
from cases.pages import parts
from data.i18n import _


def show(desk: Desk) -> None:
    """Who is told what by when."""
    parts.header(_("Beteiligte"))
    desk.case()
