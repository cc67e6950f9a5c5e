"""Firms: register data, profiles, domains. Their people and contracts stand beside.

People and written authorities are in :mod:`cases.store.people`, contracts in
:mod:`cases.store.contracts`, earlier values in :mod:`cases.store.history`; the names other
rooms use are here too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import register
from cases.errors import MissingField, NotADomain, ProfileTwice, UnknownFirm
from cases.register import RegisterData
from cases.store.contracts import (
    KeptSum,
    Policy,
    SumSince,
    add_policy,
    benefits_of,
    cap_on,
    change_policy,
    draft_policy,
    kept_sums,
    policies_of,
    policy_by_id,
    policy_for,
    set_benefit,
    set_sum,
    sums_of,
)
from cases.store.history import Change, changes_of, record_changes
from cases.store.people import (
    Authority,
    Person,
    add_person,
    approvers_of,
    authorities_of,
    change_person,
    grant_authority,
    may_approve_on,
    people_of,
    person_by_id,
    revoke_authority,
)
from cases.store.rows import insert
from data import now, transaction, utc_text
from data.i18n import _

__all__ = [
    "Authority",
    "Change",
    "Firm",
    "KeptSum",
    "Person",
    "Policy",
    "Profile",
    "SumSince",
    "add_domain",
    "add_firm",
    "add_person",
    "add_policy",
    "add_profile",
    "approvers_of",
    "authorities_of",
    "benefits_of",
    "cap_on",
    "change_firm",
    "change_person",
    "change_policy",
    "changes_of",
    "domains_of",
    "draft_policy",
    "firm_by_id",
    "grant_authority",
    "kept_sums",
    "known_firm",
    "list_firms",
    "may_approve_on",
    "people_of",
    "person_by_id",
    "policies_of",
    "policy_by_id",
    "policy_for",
    "profiles_of",
    "remove_domain",
    "remove_profile",
    "revoke_authority",
    "set_benefit",
    "set_sum",
    "sums_of",
]

_DOMAIN = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9äöüß](?:[a-z0-9äöüß-]{0,61}[a-z0-9äöüß])?\.)+[a-z]{2,63}"
)
_BEFORE_DOMAIN = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)


@dataclass(frozen=True)
class Firm:
    """An insured firm with its register data (§ 14 UGB, GewO).

    ``seat`` is the seat in the register where it is not the ``city`` of the address,
    ``owner_name`` the name behind a sole trader's firm, ``page_url`` the page on which
    customers meet the firm. ``registered`` and ``input_tax_deductible`` are yes, no or
    unknown.
    """

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
    seat: str = ""
    registered: str = "unknown"
    owner_name: str = ""
    trade: str = ""
    trade_authority: str = ""

    @property
    def full_name(self) -> str:
        """The name with its legal form, once."""
        if not self.legal_form or self.name.endswith(self.legal_form):
            return self.name
        return f"{self.name} {self.legal_form}"

    @property
    def register_data(self) -> RegisterData:
        """What :func:`cases.register.missing_for_letter` reads."""
        return RegisterData(
            legal_form=self.legal_form,
            seat=self.seat,
            street=self.street,
            city=self.city,
            register_number=self.register_number,
            register_court=self.register_court,
            registered=self.registered,
            owner_name=self.owner_name,
            trade_authority=self.trade_authority,
        )


@dataclass(frozen=True)
class Profile:
    """A page of the firm in a social network."""

    network: str
    handle: str = ""
    url: str = ""
    firm_id: int = 0
    id: int = 0


_FIRM_FIELDS = tuple(each.name for each in fields(Firm) if each.name != "id")


def add_firm(db: Database, actor: Actor, firm: Firm) -> Firm:
    """Take a firm into the desk's master data. Raises MissingField without a name."""
    if not firm.name.strip():
        raise MissingField(_("Firmenname"))
    with transaction(db):
        values = {name: getattr(firm, name) for name in _FIRM_FIELDS}
        values["register_number"] = _written(firm.register_number)
        firm_id = insert(db, "firm", {**values, "created_at": utc_text(now())})
        audit.record(
            db,
            actor,
            "firm.added",
            f"firm:{firm_id}",
            details={name: value for name, value in values.items() if value not in (None, "")},
        )
    return firm_by_id(db, firm_id)


def _written(number: str) -> str:
    """A register number in its one spelling; what has another shape stays as it is."""
    return register.register_number(number) or number.strip()


def change_firm(db: Database, actor: Actor, firm: Firm) -> Firm:
    """Replace the master data of ``firm.id``; the earlier values stay in the history.

    Raises MissingField without a name.
    """
    if not firm.name.strip():
        raise MissingField(_("Firmenname"))
    with transaction(db):
        before = firm_by_id(db, firm.id)
        after = {name: getattr(firm, name) for name in _FIRM_FIELDS}
        after["register_number"] = _written(firm.register_number)
        changed = record_changes(
            db,
            actor,
            "firm",
            firm.id,
            {name: getattr(before, name) for name in _FIRM_FIELDS},
            after,
        )
        for name, value in changed.items():
            db.execute(f"UPDATE firm SET {name} = ? WHERE id = ?", [value, firm.id])
    return firm_by_id(db, firm.id)


def firm_by_id(db: Database, firm_id: int) -> Firm:
    """The firm with this id, which must exist."""
    return _firm(next(db.query("SELECT * FROM firm WHERE id = ?", [firm_id])))


def known_firm(db: Database, firm_id: str) -> Firm:
    """The firm whose id a link names. Raises UnknownFirm."""
    if not firm_id.isdecimal() or len(firm_id) > 12:
        raise UnknownFirm
    row = next(db.query("SELECT * FROM firm WHERE id = ?", [int(firm_id)]), None)
    if row is None:
        raise UnknownFirm
    return _firm(row)


def _firm(row: Mapping[str, object]) -> Firm:
    return Firm(**{name: row[name] for name in ("id", *_FIRM_FIELDS)})  # type: ignore[arg-type]


def list_firms(db: Database) -> list[Firm]:
    """All firms by name."""
    return [_firm(row) for row in db.query("SELECT * FROM firm ORDER BY name")]


# Profiles and domains --------------------------------------------------------------------------


def add_profile(db: Database, actor: Actor, firm_id: int, profile: Profile) -> Profile:
    """Add a page in a social network. Raises MissingField and ProfileTwice."""
    network, handle, url = profile.network.strip(), profile.handle.strip(), profile.url.strip()
    if not network:
        raise MissingField(_("Netzwerk"))
    if not (handle or url):
        raise MissingField(_("Name oder Adresse der Seite"))
    with transaction(db):
        known = db.execute(
            "SELECT 1 FROM social_profile WHERE firm_id = ? AND network = ? AND handle = ?"
            " AND url = ? AND removed_at IS NULL",
            [firm_id, network, handle, url],
        ).fetchone()
        if known:
            raise ProfileTwice(handle or url)
        profile_id = insert(
            db,
            "social_profile",
            {"firm_id": firm_id, "network": network, "handle": handle, "url": url},
        )
        audit.record(
            db,
            actor,
            "firm.profile_added",
            f"firm:{firm_id}",
            details={"network": network, "handle": handle, "url": url},
        )
    return Profile(network, handle, url, firm_id, profile_id)


def remove_profile(db: Database, actor: Actor, profile_id: int) -> None:
    """Take a page out of use; it stays in the records."""
    with transaction(db):
        _remove(db, actor, "social_profile", profile_id, "firm.profile_removed")


def profiles_of(db: Database, firm_id: int) -> list[Profile]:
    """The pages of a firm in social networks that are in use."""
    rows = db.query(
        "SELECT network, handle, url, firm_id, id FROM social_profile"
        " WHERE firm_id = ? AND removed_at IS NULL ORDER BY network, id",
        [firm_id],
    )
    return [Profile(**row) for row in rows]


def add_domain(db: Database, actor: Actor, firm_id: int, domain: str) -> str:
    """Add a domain of the firm. Raises NotADomain and ProfileTwice."""
    name = _BEFORE_DOMAIN.sub("", domain.strip()).rstrip("/").lower()
    if not _DOMAIN.fullmatch(name):
        raise NotADomain(domain.strip())
    with transaction(db):
        if name in domains_of(db, firm_id):
            raise ProfileTwice(name)
        insert(db, "firm_domain", {"firm_id": firm_id, "domain": name})
        audit.record(db, actor, "firm.domain_added", f"firm:{firm_id}", details={"domain": name})
    return name


def remove_domain(db: Database, actor: Actor, firm_id: int, domain: str) -> None:
    """Take a domain out of use; it stays in the records."""
    with transaction(db):
        row = db.execute(
            "SELECT id FROM firm_domain WHERE firm_id = ? AND domain = ? AND removed_at IS NULL",
            [firm_id, domain],
        ).fetchone()
        if row is not None:
            _remove(db, actor, "firm_domain", row[0], "firm.domain_removed")


def _remove(db: Database, actor: Actor, table: str, row_id: int, action: str) -> None:
    row = next(db.query(f"SELECT * FROM {table} WHERE id = ? AND removed_at IS NULL", [row_id]), {})
    if not row:
        return
    db.execute(f"UPDATE {table} SET removed_at = ? WHERE id = ?", [utc_text(now()), row_id])
    audit.record(
        db,
        actor,
        action,
        f"firm:{row['firm_id']}",
        details={
            name: value
            for name, value in row.items()
            if name in ("network", "handle", "url", "domain")
        },
    )


def domains_of(db: Database, firm_id: int) -> list[str]:
    """The domains of a firm that are in use."""
    rows = db.query(
        "SELECT domain FROM firm_domain WHERE firm_id = ? AND removed_at IS NULL ORDER BY domain",
        [firm_id],
    )
    return [row["domain"] for row in rows]
