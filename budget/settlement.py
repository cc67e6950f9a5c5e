"""From entries to the report: one line per payer, in the order of settlement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from budget import ledger, policy, report
from budget.consent import Consent, Overflow, consented
from budget.entry import KIND_NAMES, Correction, Entry
from budget.ledger import Cut, Part, Payer
from budget.report import Line, Report
from cases.store import Case, Firm, InsuredEvent

ROUNDING_WORDS = {
    "none": "nicht gerundet",
    "up": "aufgerundet auf {minutes} min",
    "down": "abgerundet auf {minutes} min",
    "nearest": "kaufmännisch gerundet auf {minutes} min",
}


# The file for the insurer is German whatever the interface speaks.
RESERVATION_WORDS: dict[str | None, str] = {
    None: report.UNDER_RESERVATION,
    "confirmed": "Vorbehalt aufgehoben",
    "insured": "Deckung verneint",
    "own_loss": "Deckung verneint",
}
_CORRECTION = "Korrektur zu „{text}“: {cause}"


def is_exported(entry: Entry) -> bool:
    """Whether an entry leaves the house. Internal work and what was taken back never do."""
    return entry.kind != "internal" and entry.reversed_because is None


def consents_by_entry(
    drawing: Iterable[Entry], consents: Sequence[Consent]
) -> dict[int, int | None]:
    """Which consent carries the overflow of each entry that has one; None where none does.

    ``drawing`` comes in the order of consumption.
    """
    overflows = [
        Overflow(each.id, each.started_at, each.overflow_cents)
        for each in drawing
        if each.overflow_cents
    ]
    return consented(overflows, consents)


def report_of(
    *,
    case: Case,
    firm: Firm,
    policy_number: str,
    event: InsuredEvent,
    entries: Sequence[Entry],
    drawing: Sequence[Entry],
    consents: Sequence[Consent],
    corrections: Sequence[Correction],
    number: int,
    exported_at: datetime,
    exported_by: str,
) -> Report:
    """The report of a case: ``entries`` are the case's, ``drawing`` those of its event.

    ``corrections`` are what changed of the case's exported lines. These lines stay as they
    left the house; a correction is a line of its own, and both together are what holds now.
    """
    exported = [each for each in entries if is_exported(each)]
    return Report(
        label=f"{case.number}-{number}",
        exported_at=exported_at,
        exported_by=exported_by,
        case_number=case.number,
        public_name=case.public_name,
        firm=firm.full_name,
        firm_address=f"{firm.street}, {firm.postcode} {firm.city}".strip(", "),
        policy_number=policy_number,
        event_number=event.number,
        claim_number=case.claim_number,
        cap_cents=event.cap_cents,
        basis=ledger.basis_named(event.cap_basis),
        rounding=", ".join(sorted({_rounding_text(each) for each in exported if each.ended_at})),
        lines=report.numbered(_lines(case, event, exported, drawing, consents, corrections)),
    )


def _rounding_text(entry: Entry) -> str:
    return ROUNDING_WORDS[entry.rounding_mode].format(minutes=entry.rounding_minutes)


def _lines(
    case: Case,
    event: InsuredEvent,
    exported: Sequence[Entry],
    drawing: Sequence[Entry],
    consents: Sequence[Consent],
    corrections: Sequence[Correction],
) -> list[Line]:
    """What was exported earlier stands before. The running sum is the event's, so it counts
    what other cases of it exported before."""
    carried = consents_by_entry(drawing, consents)
    others = [each for each in drawing if each.case_id != case.id and each.batch_id is not None]
    by_id = {each.id: each for each in exported}
    ordered: list[Entry | Correction] = [*exported, *others, *corrections]
    ordered.sort(key=lambda each: _settlement_order(each, by_id))
    lines: list[Line] = []
    covered_so_far = 0
    for each in ordered:
        if isinstance(each, Correction):
            shown = _correction_lines(by_id[each.entry_id], each, case)
        else:
            shown = _entry_lines(each, case, event, carried)
        for line in shown:
            covered_so_far += line.covered_cents
            lines.append(
                replace(
                    line,
                    covered_so_far_cents=covered_so_far,
                    left_cents=event.cap_cents - covered_so_far,
                )
            )
    own = {each.id for each in exported}
    return [line for line in lines if line.entry_id in own]


def _settlement_order(
    each: Entry | Correction, by_id: Mapping[int, Entry]
) -> tuple[bool, int, bool, datetime, int]:
    """Batch by batch, and in each the corrections of earlier lines first."""
    is_entry = isinstance(each, Entry)
    started_at = each.started_at if isinstance(each, Entry) else by_id[each.entry_id].started_at
    return each.batch_id is None, each.batch_id or 0, is_entry, started_at, each.id


def _entry_lines(
    entry: Entry, case: Case, event: InsuredEvent, carried: Mapping[int, int | None]
) -> list[Line]:
    """An entry of this case as it was exported, else as it is now; one line per payer."""
    own = entry.case_id == case.id and entry.exported is not None
    shown = _as_exported(entry) if own else entry
    event_number = entry.exported.event_number if own and entry.exported else event.number
    shares = _parts_of(shown)
    consent_id = carried.get(entry.id)
    return [
        replace(
            _report_line(shown, part, case.claim_number, event_number),
            split_group=f"L{entry.id}" if len(shares) > 1 else "",
            surcharge_cents=_surcharge_shares(shown, shares)[index],
            adjustment_cents=0 if index else -shown.cut_cents,
            consent=f"E{consent_id}" if part.overflow_cents and consent_id is not None else "",
        )
        for index, part in enumerate(shares)
    ]


def _as_exported(entry: Entry) -> Entry:
    """The entry as it left the house, less what the cost review has cut of it."""
    if entry.exported is None:
        return entry
    left = entry.exported
    return replace(
        entry,
        basis=left.basis,
        amount_cents=entry.worth.in_basis(left.basis),
        covered_cents=left.cut.covered_cents - entry.reviewed_cents,
        overflow_cents=left.cut.overflow_cents,
        cut_cents=entry.reviewed_cents,
        it_help="inside_cap" if left.terms.it_help_inside else "outside_cap",
        third_party="inside_cap" if left.terms.third_party_inside else "outside_cap",
        outcome=left.terms.borne_by,
    )


def _correction_lines(entry: Entry, correction: Correction, case: Case) -> list[Line]:
    """What a correction gives or takes, one line per payer: the amount of the work is told
    already, so these lines carry no time and no net amount."""
    done = correction.difference
    moved: tuple[tuple[Payer, int, int, int], ...] = (
        ("insurer", done.covered_cents, 0, done.covered_cents),
        ("owner", 0, done.overflow_cents, done.overflow_cents),
        ("insurer", 0, 0, done.insurer_cents),
        ("owner", 0, 0, done.owner_cents),
        ("none", 0, 0, done.nobody_cents),
    )
    worth = Part("none", 0, 0, 0, 0, 0, 0)
    line = replace(
        _report_line(entry, worth, case.claim_number, correction.event_number),
        split_group=f"L{entry.id}",
        text=_CORRECTION.format(text=entry.text, cause=correction.cause),
        rate_cents=None,
        surcharge_reason="",
        vat_cents=0,
        recorded_by=correction.recorded_by,
        recorded_at=correction.recorded_at,
    )
    return [
        replace(
            line,
            payer=payer,
            covered_cents=covered,
            overflow_cents=overflow,
            amount_cents=amount,
        )
        for payer, covered, overflow, amount in moved
        if amount
    ]


def _parts_of(entry: Entry) -> list[Part]:
    """The parts by payer; what the cost review cut comes off the covered part."""
    whole = Cut(entry.covered_cents + entry.cut_cents, entry.overflow_cents)
    found = ledger.parts(
        entry.kind, entry.worth, whole, entry.basis, entry.vat_basis_points, entry.terms
    )
    first = found[0]
    if entry.cut_cents:
        covered = first.covered_cents - entry.cut_cents
        found[0] = replace(first, covered_cents=covered, payer="insurer" if covered else "none")
    return found


def _surcharge_shares(entry: Entry, shares: Sequence[Part]) -> list[int]:
    if len(shares) == 1:
        return [entry.surcharge_cents]
    first = entry.surcharge_cents * shares[0].net_cents // entry.net_cents
    return [first, entry.surcharge_cents - first]


def _report_line(entry: Entry, part: Part, claim_number: str, event_number: str) -> Line:
    activity = policy.activities().get(entry.activity)
    return Line(
        number=0,
        claim_number=claim_number,
        event_number=event_number,
        entry_id=entry.id,
        split_group="",
        kind=entry.kind,
        started_at=entry.started_at,
        ended_at=entry.ended_at,
        recorded_seconds=part.recorded_seconds,
        billed_seconds=part.billed_seconds,
        person=entry.person,
        function=entry.function,
        task=activity.task if activity else "",
        utbms=activity.utbms if activity else "",
        activity=activity.name if activity else KIND_NAMES[entry.kind],
        text=entry.text,
        rate_cents=entry.rate_cents,
        surcharge_cents=0,
        surcharge_reason=entry.surcharge_reason,
        net_cents=part.net_cents,
        vat_percent=entry.vat_basis_points // 100,
        vat_cents=part.vat_cents,
        amount_cents=part.net_cents + (part.vat_cents if entry.basis == "gross" else 0),
        adjustment_cents=0,
        covered_cents=part.covered_cents,
        overflow_cents=part.overflow_cents,
        payer=part.payer,
        rule=entry.rule or "",
        covered_so_far_cents=0,
        left_cents=0,
        consent="",
        receipt=entry.receipt,
        reservation=_reservation(entry),
        recorded_by=entry.recorded_by,
        recorded_at=entry.recorded_at,
    )


def _reservation(entry: Entry) -> str:
    """What the cost review reads about work booked while coverage was being clarified."""
    if not entry.provisional:
        return ""
    return RESERVATION_WORDS[entry.outcome]
