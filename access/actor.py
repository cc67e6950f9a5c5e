"""Who does something: an account, an owner with a one-time link, or the system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["account", "owner_link", "system"]


@dataclass(frozen=True)
class Actor:
    """The one to whom an audit entry is ascribed. ``name`` is what people read there."""

    kind: Kind
    name: str
    account_id: int | None = None
    role: str | None = None


SYSTEM = Actor(kind="system", name="Krisenpult")
