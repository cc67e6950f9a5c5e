"""IT-Notfall und Versicherungsfall: IT incidents, insured event, on-site visits, costs."""

from __future__ import annotations

from cases.desk import Desk
from cases.pages import parts
from data.i18n import _


def show(desk: Desk) -> None:
    """IT incidents, insured event, on-site visits, costs."""
    parts.header(_("IT-Notfall und Versicherungsfall"))
    desk.case()
