"""Who may do what: what is not listed is refused."""

from __future__ import annotations

import pytest

from access import roles
from access.actor import SYSTEM, Actor
from access.errors import NotAllowed


def actor(role: str | None, kind: str = "account") -> Actor:
    return Actor(kind=kind, name="Test", account_id=1, role=role)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("role", "action", "allowed"),
    [
        ("consultant", "case.write", True),
        ("consultant", "statement.write", True),
        ("consultant", "hours.export", True),
        ("consultant", "account.write", False),
        ("consultant", "setting.read", False),
        ("reviewer", "hours.read", True),
        ("reviewer", "hours.export", True),
        ("reviewer", "hours.write", False),
        ("reviewer", "case.read", False),
        ("reviewer", "statement.read", False),
        ("owner", "own_firm.read", True),
        ("owner", "case.read", False),
        ("owner", "hours.read", False),
        ("admin", "account.write", True),
        ("admin", "setting.write", True),
        ("admin", "case.write", True),
    ],
)
def test_a_role_covers_its_work(role: str, action: str, allowed: bool) -> None:
    assert roles.may(actor(role), action) is allowed


@pytest.mark.parametrize("role", [*roles.ROLES, "chief", "", None])
def test_an_unknown_action_is_refused_to_everybody(role: str | None) -> None:
    assert not roles.may(actor(role), "case.burn")


@pytest.mark.parametrize("role", ["chief", "", None])
def test_without_a_known_role_nothing_is_allowed(role: str | None) -> None:
    assert not roles.may(actor(role), "case.read")


def test_an_owners_link_opens_no_page_of_the_desk() -> None:
    assert not roles.may(actor(None, "owner_link"), "case.read")


def test_the_system_may_do_its_work() -> None:
    assert roles.may(SYSTEM, "mention.write")


def test_a_refusal_says_whom_to_ask_and_keeps_the_action() -> None:
    with pytest.raises(NotAllowed) as refusal:
        roles.require(actor("reviewer"), "case.write")
    assert refusal.value.action == "case.write"
    assert "Leitung" in refusal.value.sentence("de")
    roles.require(actor("consultant"), "case.write")
