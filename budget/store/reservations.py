"""Reservations (Vormerkungen) and what the owner was told and answered."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from budget.consent import ConsentKind
from budget.entry import Cost, Entry
from budget.errors import CeilingMissing, NegativeAmount, ReservationSettled, TextMissing
from budget.store.booking import book_cost
from budget.store.rows import insert, known_id
from cases import store as cases_store
from data import formats, transaction, utc_text
from data import now as present
from data.i18n import N_, _


def reserve(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    text: str,
    cents: int,
    expires_at: datetime,
    idempotency_key: str | None = None,
) -> int:
    """Hold a part of the cap for something ordered; it draws until it ends or expires.

    Raises TextMissing or NegativeAmount. Returns the reservation's id.
    """
    if not text.strip():
        raise TextMissing
    if cents < 0:
        raise NegativeAmount
    with transaction(db):
        known = known_id(db, "reservation", idempotency_key)
        if known is not None:
            return known
        case = cases_store.case_by_id(db, case_id)
        reservation_id = insert(
            db,
            "reservation",
            {
                "idempotency_key": idempotency_key,
                "case_id": case_id,
                "event_id": case.insured_event_id,
                "text": text.strip(),
                "cents": cents,
                "expires_at": utc_text(expires_at),
                "recorded_at": utc_text(present()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "reservation.made",
            f"reservation:{reservation_id}",
            case_id=case_id,
            details={"cents": cents},
        )
    return reservation_id


def _end_reservation(
    db: Database, actor: Actor, reservation_id: int, ended_as: str, entry_id: int | None
) -> None:
    row = db.execute(
        "UPDATE reservation SET ended_at = ?, ended_as = ?, entry_id = ?"
        " WHERE id = ? AND ended_at IS NULL RETURNING case_id",
        [utc_text(present()), ended_as, entry_id, reservation_id],
    ).fetchone()
    if row is None:
        raise ReservationSettled
    audit.record(
        db, actor, f"reservation.{ended_as}", f"reservation:{reservation_id}", case_id=row[0]
    )


def release_reservation(db: Database, actor: Actor, reservation_id: int) -> None:
    """Give a reservation back. Raises ReservationSettled."""
    with transaction(db):
        _end_reservation(db, actor, reservation_id, "released", None)


def settle_reservation(db: Database, actor: Actor, reservation_id: int, cost: Cost) -> Entry:
    """Book the actual cost of a reservation and give back what it held, at once.

    Raises ReservationSettled and what :func:`book_cost` raises.
    """
    with transaction(db):
        row = db.execute(
            "SELECT case_id FROM reservation WHERE id = ? AND ended_at IS NULL", [reservation_id]
        ).fetchone()
        if row is None:
            raise ReservationSettled
        entry = book_cost(db, actor, row[0], cost)
        _end_reservation(db, actor, reservation_id, "settled", entry.id)
    return entry


def record_consent(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    kind: ConsentKind,
    text: str,
    person: str,
    channel: str,
    happened_at: datetime,
    ceiling_cents: int = 0,
    valid_until: datetime | None = None,
    idempotency_key: str | None = None,
) -> int:
    """Record that the owner was told of the cost over the cap, or what the owner answered.

    ``text`` is what was said or shown, ``ceiling_cents`` the overflow it reaches to, all in
    all. Raises TextMissing, or CeilingMissing for a consent without an amount. Returns the id.
    """
    if not text.strip() or not person.strip():
        raise TextMissing
    if kind == "consent" and ceiling_cents <= 0:
        raise CeilingMissing
    with transaction(db):
        known = known_id(db, "consent", idempotency_key)
        if known is not None:
            return known
        case = cases_store.case_by_id(db, case_id)
        consent_id = insert(
            db,
            "consent",
            {
                "idempotency_key": idempotency_key,
                "case_id": case_id,
                "event_id": case.insured_event_id,
                "kind": kind,
                "ceiling_cents": ceiling_cents,
                "text": text.strip(),
                "person": person.strip(),
                "channel": channel,
                "happened_at": utc_text(happened_at),
                "valid_until": utc_text(valid_until) if valid_until else None,
                "recorded_at": utc_text(present()),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            f"consent.{kind}",
            f"consent:{consent_id}",
            case_id=case_id,
            details={"ceiling_cents": ceiling_cents, "channel": channel},
        )
        cases_store.add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=happened_at,
            kind="hours",
            text=_(_CONSENT_TEXTS[kind]).format(
                person=person.strip(), amount=formats.money(ceiling_cents)
            ),
            details={"consent_id": consent_id},
        )
    return consent_id


_CONSENT_TEXTS: dict[str, str] = {
    "notice": N_("Hinweis auf Kosten über der Leistungsgrenze an {person}"),
    "consent": N_("{person} ist mit Kosten bis {amount} über der Leistungsgrenze einverstanden"),
    "refusal": N_("{person} lehnt Kosten über der Leistungsgrenze ab"),
    "revocation": N_("{person} widerruft das Einverständnis für die Zukunft"),
}
