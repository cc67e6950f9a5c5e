"""People outside the firm with whom a case has to do."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.errors import MissingField
from data import transaction
from data.i18n import _

CONTACT_KINDS = ("media", "partner", "customer", "poster", "authority", "staff")


@dataclass(frozen=True)
class Contact:
    """Somebody outside the firm with whom the case has to do."""

    kind: str
    name: str
    organisation: str = ""
    function: str = ""
    email: str = ""
    phone: str = ""
    case_id: int = 0
    id: int = 0


def add_contact(db: Database, actor: Actor, case_id: int, contact: Contact) -> Contact:
    """Add a contact to the case; the same one again changes nothing."""
    if not contact.name.strip():
        raise MissingField(_("Name"))
    with transaction(db):
        cursor = db.execute(
            "INSERT OR IGNORE INTO contact"
            " (case_id, kind, name, organisation, function, email, phone)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                case_id,
                contact.kind,
                contact.name.strip(),
                contact.organisation,
                contact.function,
                contact.email.strip(),
                contact.phone,
            ],
        )
        if cursor.rowcount:
            audit.record(db, actor, "contact.added", f"contact:{cursor.lastrowid}", case_id=case_id)
    return next(
        each
        for each in contacts_of(db, case_id)
        if (each.kind, each.name, each.email)
        == (contact.kind, contact.name.strip(), contact.email.strip())
    )


def contacts_of(db: Database, case_id: int) -> list[Contact]:
    """The contacts of a case."""
    rows = db.query("SELECT * FROM contact WHERE case_id = ? ORDER BY kind, name", [case_id])
    return [Contact(**row) for row in rows]
