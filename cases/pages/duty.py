"""Dienst: The duty roster."""

from __future__ import annotations

from cases.desk import Desk
from cases.pages import parts
from data.i18n import _


def show(desk: Desk) -> None:
    """The duty roster."""
    parts.header(_("Dienst"))
    desk.case()
