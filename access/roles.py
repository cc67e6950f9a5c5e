"""Who may do what. One function decides; every page, route and command asks it."""

from __future__ import annotations

from access.actor import Actor
from access.errors import NotAllowed

ROLES = ("consultant", "owner", "reviewer", "admin")

_CONSULTANT = frozenset(
    {
        "case.read", "case.write", "mention.read", "mention.write", "statement.read",
        "statement.write", "hours.read", "hours.write", "hours.export", "source.read",
        "source.write", "evidence.read", "evidence.write", "duty.read", "duty.write",
    }
)  # fmt: skip

_ALLOWED: dict[str, frozenset[str]] = {
    "consultant": _CONSULTANT,
    "reviewer": frozenset({"hours.read", "hours.export"}),
    "owner": frozenset({"own_firm.read"}),
    "admin": _CONSULTANT | {"account.read", "account.write", "setting.read", "setting.write"},
}


def may(actor: Actor, action: str) -> bool:
    """Whether ``actor`` may do ``action``. What is not listed is refused."""
    if actor.kind == "system":
        return True
    return action in _ALLOWED.get(actor.role or "", frozenset())


def require(actor: Actor, action: str) -> None:
    """Raises :class:`NotAllowed` unless ``actor`` may do ``action``."""
    if not may(actor, action):
        raise NotAllowed(action)
