"""The colours of the charts, for the light and for the dark background."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """What is shown: mentions, alerts, what we did; and the words and lines around them."""

    mentions: str
    alerts: str
    ours: str
    words: str
    lines: str


LIGHT = Palette("#5B6B7B", "#9B1237", "#0B5E6B", "#5A6270", "#DDD8CC")
DARK = Palette("#8FA1B3", "#FF6B8A", "#6CC7D3", "#A7B0BC", "#343C47")


def of_theme(name: str | None) -> Palette:
    """The colours for a theme as Streamlit names it; light where it is not known yet."""
    return DARK if name == "dark" else LIGHT
