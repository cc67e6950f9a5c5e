"""The two pages of the room: hours of a case (Leistungen) and the cost review (Auswertung)."""

from __future__ import annotations

from budget.pages.hours import show as show_hours
from budget.pages.review import show as show_review

__all__ = ["show_hours", "show_review"]
