"""Zeitleiste: The timeline."""

from __future__ import annotations

from cases.desk import Desk
from cases.pages import parts
from data.i18n import _


def show(desk: Desk) -> None:
    """The timeline."""
    parts.header(_("Zeitleiste"))
    desk.case()
