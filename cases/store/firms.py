"""Firms, their people and their contracts."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.errors import MissingField
from cases.store.rows import insert
from data import now, transaction, utc_text
from data.i18n import _


@dataclass(frozen=True)
class Firm:
    """An insured firm with its register data (§ 14 UGB)."""

    name: str
    legal_form: str = ""
    register_number: str = ""
    register_court: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    page_url: str = ""
    sector: str = ""
    staff_count: int | None = None
    input_tax_deductible: str = "unknown"
    id: int = 0

    @property
    def full_name(self) -> str:
        """The name with its legal form, once."""
        if not self.legal_form or self.name.endswith(self.legal_form):
            return self.name
        return f"{self.name} {self.legal_form}"


@dataclass(frozen=True)
class Person:
    """A person of the firm. Only managing director or owner approves (NA-20), or one with a
    recorded written authority."""

    name: str
    function: str = ""
    email: str = ""
    phone: str = ""
    may_approve: bool = False
    authority: str = ""
    firm_id: int = 0
    id: int = 0


@dataclass(frozen=True)
class Policy:
    """A contract as a set of parameters. Cap in cents."""

    number: str
    product: str = "Notfall-IT-Assistance"
    cap_cents: int = 250_000
    cap_basis: str = "net"
    vat_percent: int = 20
    emergency_number: str = ""
    firm_id: int = 0
    id: int = 0


_FIRM_FIELDS = tuple(each.name for each in fields(Firm) if each.name != "id")


def add_firm(db: Database, actor: Actor, firm: Firm) -> Firm:
    """Take a firm into the desk's master data. Raises MissingField without a name."""
    if not firm.name.strip():
        raise MissingField(_("Firmenname"))
    with transaction(db):
        values = {name: getattr(firm, name) for name in _FIRM_FIELDS}
        firm_id = insert(db, "firm", {**values, "created_at": utc_text(now())})
        audit.record(db, actor, "firm.added", f"firm:{firm_id}")
    return firm_by_id(db, firm_id)


def change_firm(db: Database, actor: Actor, firm: Firm) -> Firm:
    """Replace the master data of ``firm.id``. Raises MissingField without a name."""
    if not firm.name.strip():
        raise MissingField(_("Firmenname"))
    with transaction(db):
        before = firm_by_id(db, firm.id)
        changed = {
            name: getattr(firm, name)
            for name in _FIRM_FIELDS
            if getattr(firm, name) != getattr(before, name)
        }
        for name, value in changed.items():
            db.execute(f"UPDATE firm SET {name} = ? WHERE id = ?", [value, firm.id])
        if changed:
            audit.record(db, actor, "firm.changed", f"firm:{firm.id}", details=changed)
    return firm_by_id(db, firm.id)


def firm_by_id(db: Database, firm_id: int) -> Firm:
    """The firm with this id, which must exist."""
    row = next(db.query("SELECT * FROM firm WHERE id = ?", [firm_id]))
    row.pop("created_at")
    return Firm(**row)


def list_firms(db: Database) -> list[Firm]:
    """All firms by name."""
    return [firm_by_id(db, row["id"]) for row in db.query("SELECT id FROM firm ORDER BY name")]


def add_person(db: Database, actor: Actor, firm_id: int, person: Person) -> Person:
    """Add a person of the firm. Raises MissingField without a name."""
    if not person.name.strip():
        raise MissingField(_("Name"))
    with transaction(db):
        person_id = insert(
            db,
            "person",
            {
                "firm_id": firm_id,
                "name": person.name.strip(),
                "function": person.function,
                "email": person.email,
                "phone": person.phone,
                "may_approve": int(person.may_approve),
                "authority": person.authority,
            },
        )
        audit.record(db, actor, "person.added", f"person:{person_id}")
    return next(each for each in people_of(db, firm_id) if each.id == person_id)


def people_of(db: Database, firm_id: int) -> list[Person]:
    """The people of a firm, those who may approve first."""
    rows = db.query(
        "SELECT * FROM person WHERE firm_id = ? ORDER BY may_approve DESC, id", [firm_id]
    )
    return [Person(**{**row, "may_approve": bool(row["may_approve"])}) for row in rows]


def policies_of(db: Database, firm_id: int) -> list[Policy]:
    """The contracts of a firm."""
    rows = db.query("SELECT * FROM policy WHERE firm_id = ? ORDER BY id", [firm_id])
    return [Policy(**row) for row in rows]


def policy_by_id(db: Database, policy_id: int) -> Policy:
    """The contract with this id, which must exist."""
    return Policy(**next(db.query("SELECT * FROM policy WHERE id = ?", [policy_id])))


def policy_for(db: Database, actor: Actor, firm_id: int, policy: Policy) -> Policy:
    """The firm's contract with this number; taken in where it is new."""
    known = db.execute(
        "SELECT id FROM policy WHERE firm_id = ? AND number = ?", [firm_id, policy.number]
    ).fetchone()
    if known:
        return policy_by_id(db, known[0])
    policy_id = insert(
        db,
        "policy",
        {
            "firm_id": firm_id,
            "number": policy.number,
            "product": policy.product,
            "cap_cents": policy.cap_cents,
            "cap_basis": policy.cap_basis,
            "vat_percent": policy.vat_percent,
            "emergency_number": policy.emergency_number,
        },
    )
    audit.record(db, actor, "policy.added", f"policy:{policy_id}")
    return policy_by_id(db, policy_id)
