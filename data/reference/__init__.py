"""Reference data: TOML that a domain expert can edit without touching code."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

REFERENCE_DIR = Path(__file__).parent


@cache
def load(name: str) -> dict[str, Any]:
    """The parsed content of ``data/reference/<name>.toml``. Treat it as read-only."""
    with (REFERENCE_DIR / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)
