"""Help that is only organised: a replacement (NA-34), an appointment with specialists (NA-37).

These tasks have no amount: what they bring about is paid by the firm (NA-35, NA-43). And they
promise nothing: it is arranged "je nach Verfügbarkeit und Möglichkeit" (NA-36).
"""

from __future__ import annotations

import re
from typing import Any

from cases.coverage_text import label
from data import reference


def kinds() -> tuple[str, ...]:
    """All kinds, in the order of the reference data."""
    return tuple(reference.load("tasks")["kinds"])


def kind_name(kind: str) -> str:
    """What is organised."""
    return label(_entry(kind))


def rules_of(kind: str) -> tuple[str, ...]:
    """The rules behind a kind."""
    return tuple(_entry(kind)["rules"])


def hint_of(kind: str) -> str:
    """What the firm should know of it."""
    return label(_entry(kind)["hint"])


def _entry(kind: str) -> dict[str, Any]:
    entry: dict[str, Any] = reference.load("tasks")["kinds"][kind]
    return entry


def promise_in(text: str) -> str:
    """The first words of ``text`` that promise something (NA-36), or ""."""
    flat = " ".join(text.split())
    for beginning in reference.load("tasks")["promises"]:
        found = re.search(rf"(?<!\w){re.escape(beginning)}\w*", flat, re.IGNORECASE)
        if found:
            return found.group()
    return ""
