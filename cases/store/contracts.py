"""Contracts (Polizzen) as sets of parameters; their sums by date, their benefits.

A policy follows at most one template, and nothing of one contract is read into another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import contract
from cases.contract import Benefit, Numbers, Terms
from cases.errors import (
    DatesCrossed,
    MissingField,
    NoClauseVariant,
    NumberTooLarge,
    PolicyNumberTaken,
    ReducedIsHigher,
    SourceNeeded,
    SumChangesByDate,
    SumUnknown,
    UnreadableMainExpiry,
    UnreadableOfficeHours,
)
from cases.store.history import record_changes, stored
from cases.store.rows import insert, stored_day
from data import now, parse_utc, transaction, utc_text
from data.i18n import _
from data.times import local

_MOST_MONTHS = 120


@dataclass(frozen=True)
class Policy:
    """A contract as a set of parameters. Amounts in cents; None and "" are unknown.

    ``cap_cents`` is the sum insured that holds on the day the contract was read for; where
    ``sum_known`` is False no sum is known and it is 0. ``template`` is a key of
    ``products.toml``. ``main_expiry`` is "MM-DD". ``emergency_source`` says where the number
    was read: conditions, policy or claim_form (EX-00b). ``source`` is where the parameters
    come from, such as the number of the certificate.
    """

    number: str
    product: str = "Notfall-IT-Assistance"
    cap_cents: int = 250_000
    cap_basis: str = "net"
    vat_percent: int = 20
    emergency_number: str = ""
    firm_id: int = 0
    id: int = 0
    template: str = ""
    insurer: str = ""
    emergency_source: str = ""
    office_number: str = ""
    office_hours: str = ""
    always_reachable: str = "unknown"
    claim_contact: str = ""
    claim_phone: str = ""
    claim_email: str = ""
    counsel_contact: str = ""
    complaint_way: str = ""
    deductible_cents: int | None = None
    reduced_deductible_cents: int | None = None
    restoration_variant: str = ""
    hardware_sublimit_cents: int | None = None
    begins_on: date | None = None
    main_expiry: str = ""
    ends_on: date | None = None
    renews: str = "unknown"
    notice_months: int | None = None
    minimum_months: int | None = None
    sum_known: bool = True
    source: str = ""

    @property
    def terms(self) -> Terms:
        """What the contract says about its time."""
        return Terms(
            begins_on=self.begins_on,
            main_expiry=self.main_expiry,
            ends_on=self.ends_on,
            renews=self.renews,
            notice_months=self.notice_months,
            minimum_months=self.minimum_months,
        )

    @property
    def numbers(self) -> Numbers:
        """Its telephone numbers, for :func:`cases.contract.hotline_at`."""
        return Numbers(self.emergency_number, self.office_number, self.office_hours)


@dataclass(frozen=True)
class SumSince:
    """A sum insured and the day from which it holds; None is since the beginning."""

    cap_cents: int
    holds_from: date | None
    reason: str
    recorded_at: datetime | None = None
    recorded_by: str = ""


@dataclass(frozen=True)
class KeptSum:
    """An insured event whose cap is not the sum that is recorded for its day by now."""

    event_id: int
    number: str
    occurred_on: date
    cap_cents: int
    recorded_cents: int


_COLUMNS = tuple(each.name for each in fields(Policy) if each.name not in ("id", "firm_id"))
# The sum changes by date only, the template is what the contract is.
_CHANGEABLE = tuple(name for name in _COLUMNS if name not in ("cap_cents", "sum_known", "template"))


def draft_policy(
    template: str, number: str, *, cap_cents: int | None = None, begins_on: date | None = None
) -> Policy:
    """A new contract with what the template says; everything else is unknown.

    Without ``cap_cents`` the template's sum counts; where it has none, no sum is known.
    """
    product = contract.products()[template]
    known = dict(product.defaults)
    said = known.pop("cap_cents", None)
    held = cap_cents if cap_cents is not None else said
    return Policy(
        number=number,
        product=product.title,
        template=template,
        cap_cents=held or 0,
        sum_known=held is not None,
        begins_on=begins_on,
        **known,
    )


def add_policy(
    db: Database,
    actor: Actor,
    firm_id: int,
    policy: Policy,
    *,
    idempotency_key: str | None = None,
) -> Policy:
    """Take a contract in; what its template says and the contract leaves open is filled in.

    Raises MissingField without a number, PolicyNumberTaken, and what :func:`change_policy`
    refuses.
    """
    with transaction(db):
        known = db.execute(
            "SELECT id FROM policy WHERE idempotency_key = ?", [idempotency_key]
        ).fetchone()
        if known:
            return policy_by_id(db, known[0])
        policy = _with_template(policy)
        _check(policy)
        if _with_number(db, firm_id, policy.number) is not None:
            raise PolicyNumberTaken(policy.number.strip())
        values = {name: stored(getattr(policy, name)) for name in _COLUMNS}
        policy_id = insert(
            db,
            "policy",
            {
                **values,
                "number": policy.number.strip(),
                "firm_id": firm_id,
                "idempotency_key": idempotency_key,
            },
        )
        audit.record(
            db,
            actor,
            "policy.added",
            f"policy:{policy_id}",
            details={name: value for name, value in values.items() if value not in (None, "")},
        )
    return policy_by_id(db, policy_id)


def policy_for(db: Database, actor: Actor, firm_id: int, policy: Policy) -> Policy:
    """The firm's contract with this number; taken in where it is new."""
    known = _with_number(db, firm_id, policy.number)
    return policy_by_id(db, known) if known else add_policy(db, actor, firm_id, policy)


def _with_template(policy: Policy) -> Policy:
    """The contract with its template named, and unknown parameters as the template says."""
    template = policy.template or next(
        (key for key, product in contract.products().items() if product.title == policy.product), ""
    )
    if not template:
        return policy
    product = contract.products()[template]
    said = {
        name: value
        for name, value in product.defaults.items()
        if name != "cap_cents" and getattr(policy, name) in (None, "", "unknown")
    }
    return replace(policy, template=template, **said)


def _with_number(db: Database, firm_id: int, number: str) -> int | None:
    row = db.execute(
        "SELECT id FROM policy WHERE firm_id = ? AND number = ?", [firm_id, number.strip()]
    ).fetchone()
    return int(row[0]) if row else None


def change_policy(db: Database, actor: Actor, policy: Policy) -> Policy:
    """Replace the parameters of ``policy.id``; the earlier values stay in the history.

    An insured event keeps the cap it was opened with. Raises SumChangesByDate where the sum
    differs: that is :func:`set_sum`. Raises MissingField, PolicyNumberTaken, DatesCrossed,
    UnreadableMainExpiry, UnreadableOfficeHours, NoClauseVariant, NumberTooLarge and
    ReducedIsHigher.
    """
    _check(policy)
    with transaction(db):
        before = policy_by_id(db, policy.id)
        if (policy.cap_cents, policy.sum_known) != (before.cap_cents, before.sum_known):
            raise SumChangesByDate
        policy = replace(policy, number=policy.number.strip())
        taken = _with_number(db, before.firm_id, policy.number)
        if taken is not None and taken != policy.id:
            raise PolicyNumberTaken(policy.number)
        changed = record_changes(
            db,
            actor,
            "policy",
            policy.id,
            {name: getattr(before, name) for name in _CHANGEABLE},
            {name: getattr(policy, name) for name in _CHANGEABLE},
        )
        for name, value in changed.items():
            db.execute(f"UPDATE policy SET {name} = ? WHERE id = ?", [value, policy.id])
    return policy_by_id(db, policy.id)


def _check(policy: Policy) -> None:
    if not policy.number.strip():
        raise MissingField(_("Polizzennummer"))
    if policy.main_expiry and not _is_day_of_year(policy.main_expiry):
        raise UnreadableMainExpiry(policy.main_expiry)
    if policy.office_hours and contract.read_office_hours(policy.office_hours) is None:
        raise UnreadableOfficeHours(policy.office_hours)
    if policy.begins_on and policy.ends_on and policy.ends_on < policy.begins_on:
        raise DatesCrossed(_("Beginn"), _("Ende"))
    product = contract.products().get(policy.template)
    if policy.restoration_variant and product is not None and not product.clause_variants:
        raise NoClauseVariant(product.title)
    for months, label in (
        (policy.notice_months, _("Kündigungsfrist in Monaten")),
        (policy.minimum_months, _("Mindestlaufzeit in Monaten")),
    ):
        if months is not None and months > _MOST_MONTHS:
            raise NumberTooLarge(label, _MOST_MONTHS)
    full, reduced = policy.deductible_cents, policy.reduced_deductible_cents
    if full is not None and reduced is not None and reduced > full:
        raise ReducedIsHigher


def _is_day_of_year(text: str) -> bool:
    try:
        # A leap year: 29 February is a day too.
        date.fromisoformat(f"2000-{text}")
    except ValueError:
        return False
    return True


def policies_of(db: Database, firm_id: int, day: date | None = None) -> list[Policy]:
    """The contracts of a firm, with the sums that hold on ``day`` (today)."""
    rows = db.query("SELECT id FROM policy WHERE firm_id = ? ORDER BY id", [firm_id])
    return [policy_by_id(db, row["id"], day) for row in list(rows)]


def policy_by_id(db: Database, policy_id: int, day: date | None = None) -> Policy:
    """The contract with this id, which must exist, with the sum that holds on ``day`` (today)."""
    row = next(db.query("SELECT * FROM policy WHERE id = ?", [policy_id]))
    held = _sum_on(db, row, day or local(now()).date())
    return Policy(
        **{name: row[name] for name in ("id", "firm_id", *_COLUMNS)}
        | {
            "begins_on": stored_day(row["begins_on"]),
            "ends_on": stored_day(row["ends_on"]),
            "cap_cents": held or 0,
            "sum_known": held is not None,
        }
    )


# Sums by date (EX-13) --------------------------------------------------------------------------


def cap_on(db: Database, policy_id: int, day: date) -> int:
    """The sum insured in cents that holds on ``day``, the Viennese day of the loss (EX-13).

    Raises SumUnknown where no sum is known for that day: nothing is assumed.
    """
    row = next(db.query("SELECT * FROM policy WHERE id = ?", [policy_id]))
    held = _sum_on(db, row, day)
    if held is None:
        raise SumUnknown(row["number"])
    return held


def _sum_on(db: Database, row: Mapping[str, Any], day: date) -> int | None:
    newest = db.execute(
        "SELECT cap_cents FROM policy_sum WHERE policy_id = ? AND holds_from <= ?"
        " ORDER BY holds_from DESC, id DESC LIMIT 1",
        [row["id"], day.isoformat()],
    ).fetchone()
    if newest is not None:
        return int(newest[0])
    return int(row["cap_cents"]) if row["sum_known"] else None


def set_sum(
    db: Database,
    actor: Actor,
    policy_id: int,
    cap_cents: int,
    *,
    holds_from: date,
    reason: str,
    idempotency_key: str | None = None,
) -> list[KeptSum]:
    """Record a sum insured from a day on (EX-13). Days before keep theirs.

    Insured events keep the cap they were opened with; those for whose day another sum is
    recorded by now are returned, to be told. Raises MissingField without a reason.
    """
    if not reason.strip():
        raise MissingField(_("Grund der Änderung"))
    with transaction(db):
        known = db.execute(
            "SELECT 1 FROM policy_sum WHERE idempotency_key = ?", [idempotency_key]
        ).fetchone()
        if known is None:
            insert(
                db,
                "policy_sum",
                {
                    "policy_id": policy_id,
                    "cap_cents": cap_cents,
                    "holds_from": holds_from.isoformat(),
                    "reason": reason.strip(),
                    "recorded_at": utc_text(now()),
                    "recorded_by": actor.name,
                    "idempotency_key": idempotency_key,
                },
            )
            audit.record(
                db,
                actor,
                "policy.sum_set",
                f"policy:{policy_id}",
                details={
                    "cap_cents": cap_cents,
                    "holds_from": holds_from.isoformat(),
                    "reason": reason.strip(),
                },
            )
        return kept_sums(db, policy_id)


def sums_of(db: Database, policy_id: int) -> list[SumSince]:
    """The sums of a contract, the newest first; the one of the beginning is last."""
    rows = db.query(
        "SELECT * FROM policy_sum WHERE policy_id = ? ORDER BY holds_from DESC, id DESC",
        [policy_id],
    )
    later = [
        SumSince(
            cap_cents=row["cap_cents"],
            holds_from=stored_day(row["holds_from"]),
            reason=row["reason"],
            recorded_at=parse_utc(row["recorded_at"]),
            recorded_by=row["recorded_by"],
        )
        for row in rows
    ]
    first = next(db.query("SELECT cap_cents, sum_known FROM policy WHERE id = ?", [policy_id]))
    if first["sum_known"]:
        later.append(SumSince(first["cap_cents"], None, ""))
    return later


def kept_sums(db: Database, policy_id: int) -> list[KeptSum]:
    """Insured events of a contract whose cap is not the sum recorded for their day."""
    rows = db.query(
        "SELECT id, number, occurred_at, cap_cents FROM insured_event WHERE policy_id = ?"
        " ORDER BY id",
        [policy_id],
    )
    policy = next(db.query("SELECT * FROM policy WHERE id = ?", [policy_id]))
    kept = []
    for row in list(rows):
        day = local(parse_utc(row["occurred_at"])).date()
        recorded = _sum_on(db, policy, day)
        if recorded is not None and recorded != row["cap_cents"]:
            kept.append(KeptSum(row["id"], row["number"], day, row["cap_cents"], recorded))
    return kept


# Benefits (CV-14) ------------------------------------------------------------------------------


def benefits_of(db: Database, policy_id: int) -> list[Benefit]:
    """What the contract says about each of the seven services.

    What was recorded for this contract counts, then what its template says with its quote;
    everything else is unknown.
    """
    template = db.execute("SELECT template FROM policy WHERE id = ?", [policy_id]).fetchone()[0]
    product = contract.products().get(template)
    said = {each.service: each for each in (product.benefits if product else ())}
    rows = db.query(
        "SELECT service, value, says, quote, source FROM policy_benefit WHERE policy_id = ?"
        " ORDER BY id",
        [policy_id],
    )
    said |= {row["service"]: Benefit(**row) for row in rows}
    return [said.get(each.key, Benefit(each.key)) for each in contract.services()]


def set_benefit(db: Database, actor: Actor, policy_id: int, benefit: Benefit) -> None:
    """Record what the contract says about a service. Raises SourceNeeded for a bare yes or no."""
    if benefit.value != "unknown" and not benefit.source.strip():
        raise SourceNeeded
    with transaction(db):
        insert(
            db,
            "policy_benefit",
            {
                "policy_id": policy_id,
                "service": benefit.service,
                "value": benefit.value,
                "says": benefit.says.strip(),
                "quote": benefit.quote.strip(),
                "source": benefit.source.strip(),
                "recorded_at": utc_text(now()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "policy.benefit_set",
            f"policy:{policy_id}",
            details={
                "service": benefit.service,
                "value": benefit.value,
                "source": benefit.source.strip(),
            },
        )
