"""Firma und Polizze: Firm, contract, people, readiness."""

from __future__ import annotations

from cases.desk import Desk
from cases.pages import parts
from data.i18n import _


def show(desk: Desk) -> None:
    """Firm, contract, people, readiness."""
    parts.header(_("Firma und Polizze"))
    desk.case()
