"""What becomes known of an IT incident, and what follows from it.

Coverage does not depend on whether it is a suspicion or confirmed (NA-04). What a statement may
say of the cause follows its status (CV-09); whether data was taken decides on the duty to
report (EX-01b): unknown is an answer, and it starts the clock as a yes does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from access.actor import Actor
from cases import clocks
from cases.store import incidents
from cases.store.assistance import AffectedSystem
from cases.store.incidents import Incident
from data import reference, transaction

# Sole or full control: the insured rules over the system (WK-02).
CONTROLLED = frozenset({"sole", "full"})


def change_incident(
    db: Database, actor: Actor, incident_id: int, values: Mapping[str, Any], note: str = ""
) -> Incident:
    """Keep what has become known, and start the clocks that apply from now on.

    ``values`` are fields of :data:`cases.store.incidents.FIELD_NAMES`. Both in one transaction.
    Raises MissingField or InFuture.
    """
    with transaction(db):
        changed = incidents.record_changes(db, actor, incident_id, values, note)
        for case_id in incidents.cases_of_incident(db, incident_id):
            clocks.start_what_applies(db, actor, case_id)
    return changed


def link(
    db: Database, actor: Actor, case_id: int, incident_id: int, relation: str, reason: str = ""
) -> None:
    """Link a case to an incident, and start the clocks that this brings along."""
    with transaction(db):
        incidents.link_incident(db, actor, case_id, incident_id, relation, reason)
        clocks.start_what_applies(db, actor, case_id)


def report_incident(
    db: Database, actor: Actor, case_id: int, incident: Incident, relation: str, reason: str
) -> Incident:
    """Record a further incident of the firm of a case, under its event, and link it."""
    with transaction(db):
        row = next(
            db.query("SELECT firm_id, insured_event_id FROM crisis_case WHERE id = ?", [case_id])
        )
        kept = incidents.add_incident(db, actor, row["firm_id"], incident, row["insured_event_id"])
        link(db, actor, case_id, kept.id, relation, reason)
    return kept


def group_of(kind: str) -> str:
    """Where the contract names a kind: "outage" (only with a system outage, NA-01, NA-02),
    "listed" (without one, NA-09 to NA-17) or "unlisted"."""
    return str(reference.load("taxonomy")["kinds"][kind]["group"])


def rules_of(kind: str) -> tuple[str, ...]:
    """The rules that name a kind."""
    return tuple(reference.load("taxonomy")["kinds"][kind]["rules"])


def kinds() -> tuple[str, ...]:
    """All kinds, in the order of the taxonomy."""
    return tuple(reference.load("taxonomy")["kinds"])


def devices() -> tuple[str, ...]:
    """All devices, in the order of the taxonomy."""
    return tuple(reference.load("taxonomy")["devices"])


def origin_controlled(systems: Iterable[AffectedSystem]) -> bool | None:
    """Whether the event started in a part that the insured controls (WK-03). None: not known.

    Yes as soon as one controlled system is its origin. No only where a foreign one is, or where
    every system is known not to be.
    """
    known = list(systems)
    if any(each.origin == "yes" and each.control in CONTROLLED for each in known):
        return True
    if any(each.origin == "yes" and each.control == "unknown" for each in known):
        return None
    if any(each.origin == "yes" for each in known):
        return False
    return False if known and all(each.origin == "no" for each in known) else None
