"""Akte: The case file and the reports."""

from __future__ import annotations

from cases.desk import Desk
from cases.pages import parts
from data.i18n import _


def show(desk: Desk) -> None:
    """The case file and the reports."""
    parts.header(_("Akte"))
    desk.case()
