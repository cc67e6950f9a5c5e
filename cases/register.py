"""What a letter of a firm must show: § 14 UGB, and the trade law for firms not registered.

Registered firms name firm, legal form, seat, register number and register court on letters,
e-mails and order forms; others their name and what the trade law asks for (3.6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.i18n import N_, _

# The sources name the duty; which legal forms are entered in the register is common knowledge.
_REGISTERED_FORMS = frozenset(
    {"e.u.", "gmbh", "ges.m.b.h.", "gesmbh", "og", "kg", "gmbh & co kg", "ag", "flexkapg",
     "fk", "flexco", "se", "e.gen.", "egen"}
)  # fmt: skip
_SOLE_TRADER_FORMS = frozenset({"e.u."})
_NUMBER = re.compile(r"(?:FN\s*)?(\d{1,6})\s*([A-Za-z])", re.IGNORECASE)


@dataclass(frozen=True)
class RegisterData:
    """What the rule reads of a firm. ``registered`` is yes, no or unknown."""

    legal_form: str = ""
    seat: str = ""
    street: str = ""
    city: str = ""
    register_number: str = ""
    register_court: str = ""
    registered: str = "unknown"
    owner_name: str = ""
    trade_authority: str = ""


@dataclass(frozen=True)
class Missing:
    """One thing a letter lacks: what, and the rule that asks for it."""

    what: str
    rule: str


REGISTERED_RULE = "§ 14 UGB"
TRADE_RULE = N_("GewO (unbestätigt)")
OWNER_NAME_RULE = N_("§ 14 UGB (unbestätigt)")


def register_number(text: str) -> str | None:
    """ "fn 123456A" as "FN 123456 a"; None where it has not the shape of such a number.

    Up to six figures and a check letter. The shape is checked, not the letter itself: how it
    follows from the figures is not published.
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    return f"FN {match[1]} {match[2].lower()}"


def is_registered(firm: RegisterData) -> str:
    """Whether the firm stands in the register: yes, no or unknown.

    What was answered counts; without an answer a register number or a legal form that only
    registered firms have says yes.
    """
    if firm.registered != "unknown":
        return firm.registered
    if firm.register_number.strip() or firm.legal_form.strip().casefold() in _REGISTERED_FORMS:
        return "yes"
    return "unknown"


def missing_for_letter(firm: RegisterData) -> list[Missing]:
    """What is missing before a letter of this firm may go out; empty where nothing is."""
    registered = is_registered(firm)
    if registered == "unknown":
        return [Missing(_("ob die Firma im Firmenbuch eingetragen ist"), REGISTERED_RULE)]
    if registered == "no":
        wanted = (
            (firm.owner_name, _("Name der Inhaberin, des Inhabers")),
            (firm.street and firm.city, _("Standort (Anschrift)")),
            (firm.trade_authority, _("Gewerbebehörde")),
        )
        return [Missing(what, _(TRADE_RULE)) for value, what in wanted if not value.strip()]
    missing = [Missing(what, REGISTERED_RULE) for what in _missing_of_registered(firm)]
    sole = firm.legal_form.strip().casefold() in _SOLE_TRADER_FORMS
    if sole and not firm.owner_name.strip():
        missing.append(
            Missing(
                _("Name der Inhaberin, des Inhabers, wenn er nicht in der Firma steht"),
                _(OWNER_NAME_RULE),
            )
        )
    return missing


def _missing_of_registered(firm: RegisterData) -> list[str]:
    missing = []
    if not firm.legal_form.strip():
        missing.append(_("Rechtsform"))
    if not (firm.seat.strip() or firm.city.strip()):
        missing.append(_("Sitz"))
    if not firm.register_number.strip():
        missing.append(_("Firmenbuchnummer"))
    elif register_number(firm.register_number) is None:
        missing.append(_("Firmenbuchnummer in der Form FN 123456 a"))
    if not firm.register_court.strip():
        missing.append(_("Firmenbuchgericht"))
    return missing
