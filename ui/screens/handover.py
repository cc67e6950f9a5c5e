"""Übergabe: Handover between shifts."""

from __future__ import annotations

from cases.desk import Desk
from cases.pages import parts
from data.i18n import _


def show(desk: Desk) -> None:
    """Handover between shifts."""
    parts.header(_("Übergabe"))
    desk.case()
