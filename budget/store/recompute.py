"""Computing the ledger of an insured event anew.

Called when a decision on U-02, U-03, U-06 or U-08 changes the terms, when coverage is decided,
and when a case moves to another event (U-07). Lines that were not exported are cut anew.
Exported lines stay as they left the house: what has changed of them is a correction of its own.

An exported line keeps its cut as long as that still adds up to its amount, it draws on the cap
of this event, and the cap reaches for all exported lines. So computing anew twice changes
nothing the second time, and a decision corrects no line that it does not touch.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from budget import ledger
from budget.entry import Entry
from budget.ledger import Claim, Cut, Split
from budget.store.cap import IT_HELP_STANDARD, THIRD_PARTY_STANDARD, allocate, open_cap
from budget.store.provisional import decide_outcomes
from budget.store.reading import all_of_event, corrections_of_entry
from budget.store.rows import insert
from cases import store as cases_store
from cases.store import events as event_store
from cases.store.open_points import settings_of
from data import formats, transaction, utc_text
from data.i18n import _


@dataclass(frozen=True)
class _Change:
    """What a line gives back to or takes from the cap of an event."""

    entry: Entry
    event_id: int
    difference: Cut


def recompute_event(
    db: Database, actor: Actor, event_id: int, *, cause: str, now: datetime
) -> None:
    """Compute the ledger of an event anew under the decisions that hold now.

    ``cause`` is one sentence for the people of its cases and for the cost review. All of it is
    one transaction. Computing anew without a change writes nothing.
    """
    with transaction(db):
        open_cap(db, event_id)
        before = _sums(db, event_id)
        for case in event_store.cases_of_event(db, event_id):
            decide_outcomes(db, actor, case, now)
        _take_over_terms(db, actor, event_id, cause)
        _cut_all(db, event_id, now)
        corrected = _correct_exported(db, actor, event_id, cause, now)
        after = _sums(db, event_id)
        if before != after or corrected:
            _tell(db, actor, event_id, cause, before, after, corrected, now)


def follow_coverage(db: Database, actor: Actor, case_id: int, *, now: datetime) -> None:
    """Lift the reservation from the work of a case, or send it to its bearer, as was decided."""
    case = cases_store.case_by_id(db, case_id)
    recompute_event(
        db, actor, case.insured_event_id, cause=_("Die Deckung wurde entschieden."), now=now
    )


def _take_over_terms(db: Database, actor: Actor, event_id: int, cause: str) -> None:
    """The sum insured and the decisions on U-02, U-03 and U-06, onto the event and its cap."""
    event = event_store.take_over_terms(db, actor, event_id, cause)
    settings = settings_of(db, event.policy_id)
    db.execute(
        "UPDATE event_cap SET basis = ?, it_help = ?, third_party = ? WHERE event_id = ?",
        [
            event.cap_basis,
            settings.get("U-02", IT_HELP_STANDARD),
            settings.get("U-06", THIRD_PARTY_STANDARD),
            event_id,
        ],
    )


def _cut_all(db: Database, event_id: int, now: datetime) -> None:
    """Give every line of the event its cut, and take it from where it stood before.

    What gives back comes before what takes, so that no cap is passed on the way.
    """
    cap_cents = cases_store.event_by_id(db, event_id).cap_cents
    db.execute(
        "UPDATE event_cap SET cap_cents = max(cap_cents, ?) WHERE event_id = ?",
        [cap_cents, event_id],
    )
    entries = all_of_event(db, event_id)
    standing = _standing(db, event_id)
    targets = _targets(entries, cap_cents, event_id, standing)
    changes: list[_Change] = []
    for entry in entries:
        stands = standing.get(entry.id, {})
        for at_event in {event_id, *stands}:
            target = targets.get(entry.id, ledger.NOTHING) if at_event == event_id else Cut()
            held = stands.get(at_event, ledger.NOTHING)
            if target != held:
                difference = Cut(
                    target.covered_cents - held.covered_cents,
                    target.overflow_cents - held.overflow_cents,
                )
                changes.append(_Change(entry, at_event, difference))
    for change in sorted(changes, key=lambda each: each.difference.covered_cents):
        if change.entry.batch_id is not None:
            cause = "corrected"
        else:
            cause = (
                "moved" if len(standing.get(change.entry.id, {}).keys() - {event_id}) else "recut"
            )
        allocate(db, change.entry, change.difference, cause, now, change.event_id)
    db.execute("UPDATE event_cap SET cap_cents = ? WHERE event_id = ?", [cap_cents, event_id])


def _standing(db: Database, event_id: int) -> dict[int, dict[int, Cut]]:
    """By entry and event, what the lines of the event's cases hold of which cap."""
    rows = db.query(
        "SELECT allocation.entry_id, allocation.event_id, sum(allocation.covered_cents) AS covered,"
        " sum(allocation.overflow_cents) AS overflow FROM allocation"
        " JOIN service_entry ON service_entry.id = allocation.entry_id"
        " JOIN crisis_case ON crisis_case.id = service_entry.case_id"
        " WHERE crisis_case.insured_event_id = ? GROUP BY allocation.entry_id, allocation.event_id",
        [event_id],
    )
    found: dict[int, dict[int, Cut]] = {}
    for row in rows:
        if row["covered"] or row["overflow"]:
            cut = Cut(row["covered"], row["overflow"])
            found.setdefault(row["entry_id"], {})[row["event_id"]] = cut
    return found


def _targets(
    entries: list[Entry], cap_cents: int, event_id: int, standing: dict[int, dict[int, Cut]]
) -> dict[int, Cut]:
    """The cut each drawing line should have, by entry."""
    drawing = [each for each in entries if each.draws]
    claims = [
        Claim(each.owed_cents, each.cut if _keeps(each, event_id, standing) else None)
        for each in drawing
    ]
    cuts = ledger.redistribute(cap_cents, claims)
    return {entry.id: done for entry, done in zip(drawing, cuts, strict=True)}


def _keeps(entry: Entry, event_id: int, standing: dict[int, dict[int, Cut]]) -> bool:
    """Whether an exported line keeps its cut: it still adds up, and stands at this event."""
    elsewhere = standing.get(entry.id, {}).keys() - {event_id}
    return (
        entry.batch_id is not None and not elsewhere and entry.cut.amount_cents == entry.owed_cents
    )


def told(db: Database, entry: Entry) -> Split:
    """What the cost review has been told of an exported line so far, by who pays.

    As it was exported, with the corrections since, less what the review itself cut.
    """
    if entry.exported is None:
        raise ValueError("only an exported line was told to anybody")
    exported = entry.exported
    told_so_far = ledger.split_of(
        entry.kind, entry.worth.in_basis(exported.basis), exported.cut, exported.terms
    ).minus(Split(covered_cents=entry.reviewed_cents))
    for correction in corrections_of_entry(db, entry.id):
        told_so_far = told_so_far.plus(correction.difference)
    return told_so_far


def _correct_exported(db: Database, actor: Actor, event_id: int, cause: str, now: datetime) -> int:
    """Book what has changed of exported lines, each as a row of its own. Returns their number."""
    count = 0
    for entry in all_of_event(db, event_id):
        if entry.exported is None:
            continue
        difference = entry.split.minus(told(db, entry))
        if not any(difference.amounts):
            continue
        count += 1
        correction_id = insert(
            db,
            "correction",
            {
                "entry_id": entry.id,
                "event_id": event_id,
                "covered_cents": difference.covered_cents,
                "overflow_cents": difference.overflow_cents,
                "insurer_cents": difference.insurer_cents,
                "owner_cents": difference.owner_cents,
                "nobody_cents": difference.nobody_cents,
                "cause": cause,
                "recorded_at": utc_text(now),
                "recorded_by": actor.name,
            },
        )
        audit.record(
            db,
            actor,
            "entry.corrected",
            f"correction:{correction_id}",
            case_id=entry.case_id,
            details={"entry_id": entry.id, "amounts": list(difference.amounts), "cause": cause},
        )
    return count


def _sums(db: Database, event_id: int) -> Split:
    """All lines of an event by who pays."""
    total = Split()
    for entry in all_of_event(db, event_id):
        total = total.plus(entry.split)
    return total


def _tell(
    db: Database,
    actor: Actor,
    event_id: int,
    cause: str,
    before: Split,
    after: Split,
    corrected: int,
    now: datetime,
) -> None:
    audit.record(
        db,
        actor,
        "insured_event.recomputed",
        f"insured_event:{event_id}",
        details={
            "cause": cause,
            "before": list(before.amounts),
            "after": list(after.amounts),
            "corrections": corrected,
        },
    )
    text = _(
        "Leistungsgrenze neu berechnet: {cause} Gedeckt {covered}, darüber {overflow}."
    ).format(
        cause=cause,
        covered=formats.money(after.covered_cents),
        overflow=formats.money(after.overflow_cents),
    )
    if corrected:
        text += " " + _(
            "Abgerechnete Zeilen bleiben gesperrt, die Differenz ist als Korrektur gebucht."
        )
    for case in event_store.cases_of_event(db, event_id):
        cases_store.add_timeline_entry(
            db,
            actor,
            case.id,
            happened_at=now,
            kind="hours",
            text=text,
            details={"event_id": event_id, "corrections": corrected},
        )
