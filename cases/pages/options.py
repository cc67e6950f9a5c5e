"""Möglichkeiten: Options against an attack."""

from __future__ import annotations

from cases.desk import Desk
from cases.pages import parts
from data.i18n import _


def show(desk: Desk) -> None:
    """Options against an attack."""
    parts.header(_("Möglichkeiten"))
    desk.case()
