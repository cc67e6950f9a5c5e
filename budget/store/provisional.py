"""Work under reservation (unter Vorbehalt): booked while coverage was being clarified.

The mark is frozen when the work is booked. A decision lifts it or sends the work to who bears
it, by a row of its own; the newest row counts, because coverage may be decided anew.

U-08 leaves open who pays the work before a refusal. The reading: where the claims department
decides, the desk worked for the firm until it had, and the firm pays. Where the desk's own lead
decides, or where nothing is agreed, nobody can be billed: it is the desk's own loss.
"""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from budget.store.reading import entries_of
from budget.store.rows import insert
from cases import store as cases_store
from cases.store.events import EventCase
from cases.store.open_points import settings_of
from data import utc_text
from data.i18n import _


def outcome_of(coverage_result: str, who_decides: str | None) -> str:
    """What becomes of work under reservation: open, confirmed, insured or own_loss (U-08)."""
    if coverage_result == "no":
        return "insured" if who_decides == "claims_department" else "own_loss"
    return "confirmed" if coverage_result == "yes" else "open"


def decide_outcomes(db: Database, actor: Actor, case: EventCase, now: datetime) -> None:
    """Let the decision on the coverage of a case reach its work under reservation.

    Belongs into the transaction that computes the event of the case anew.
    """
    event = cases_store.event_by_id(db, case.insured_event_id)
    outcome = outcome_of(case.coverage_result, settings_of(db, event.policy_id).get("U-08"))
    reached = [
        each
        for each in entries_of(db, case.id)
        if each.provisional
        and each.reversed_because is None
        and (each.outcome or "open") != outcome
    ]
    if not reached:
        return
    cause = _sentence(outcome)
    for entry in reached:
        insert(
            db,
            "provisional_outcome",
            {
                "entry_id": entry.id,
                "outcome": outcome,
                "cause": cause,
                "recorded_at": utc_text(now),
                "recorded_by": actor.name,
            },
        )
    audit.record(
        db,
        actor,
        f"reservation_of_coverage.{outcome}",
        f"crisis_case:{case.id}",
        case_id=case.id,
        details={"entries": [each.id for each in reached]},
    )
    cases_store.add_timeline_entry(
        db,
        actor,
        case.id,
        happened_at=now,
        kind="hours",
        text=cause,
        details={"entries": [each.id for each in reached]},
    )


def _sentence(outcome: str) -> str:
    return {
        "confirmed": _("Die Deckung ist bejaht: der Vorbehalt auf den Leistungen ist aufgehoben."),
        "open": _("Die Deckung ist wieder in Klärung: die Leistungen stehen unter Vorbehalt."),
        "insured": _(
            "Die Deckung ist verneint: Leistungen unter Vorbehalt zahlt die Firma (U-08)."
        ),
        "own_loss": _(
            "Die Deckung ist verneint: Leistungen unter Vorbehalt gehen zulasten des Hauses (U-08)."
        ),
    }[outcome]
