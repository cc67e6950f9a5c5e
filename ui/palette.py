"""The colours of the charts; they hold on the light and on the dark background."""

from __future__ import annotations

OURS = "#2A8C9B"
ALERT = "#C8325A"
SERIES = ["#B4430F", "#B98A1E", "#7E8FA1", "#5E7FB0"]
