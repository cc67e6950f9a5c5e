"""From entries to the report: one line per payer, in the order of settlement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from budget import ledger, policy, report
from budget.consent import Consent, Overflow, consented
from budget.entry import KIND_NAMES, Entry
from budget.ledger import Basis, Cut, Part
from budget.report import Line, Report
from cases.store import Case, Firm, InsuredEvent

ROUNDING_WORDS = {
    "none": "nicht gerundet",
    "up": "aufgerundet auf {minutes} min",
    "down": "abgerundet auf {minutes} min",
    "nearest": "kaufmännisch gerundet auf {minutes} min",
}


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
    number: int,
    exported_at: datetime,
    exported_by: str,
) -> Report:
    """The report of a case: ``entries`` are the case's, ``drawing`` those of its event."""
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
        basis="gross" if event.cap_basis == "gross" else "net",
        rounding=", ".join(sorted({_rounding_text(each) for each in exported if each.ended_at})),
        lines=report.numbered(_lines(case, event, exported, drawing, consents)),
    )


def _rounding_text(entry: Entry) -> str:
    return ROUNDING_WORDS[entry.rounding_mode].format(minutes=entry.rounding_minutes)


def _lines(
    case: Case,
    event: InsuredEvent,
    exported: Sequence[Entry],
    drawing: Sequence[Entry],
    consents: Sequence[Consent],
) -> list[Line]:
    """What was exported earlier stands before. The running sum is the event's, so it counts
    what other cases of it exported before."""
    carried = consents_by_entry(drawing, consents)
    others = [each for each in drawing if each.case_id != case.id and each.batch_id is not None]
    ordered = sorted([*exported, *others], key=_settlement_order)
    lines: list[Line] = []
    covered_so_far = 0
    for entry in ordered:
        shares = _parts_of(entry)
        for index, part in enumerate(shares):
            covered_so_far += part.covered_cents
            if entry.case_id == case.id:
                line = _report_line(entry, part, case.claim_number, event.number)
                consent_id = carried.get(entry.id) if part.overflow_cents else None
                lines.append(
                    replace(
                        line,
                        split_group=f"L{entry.id}" if len(shares) > 1 else "",
                        surcharge_cents=_surcharge_shares(entry, shares)[index],
                        adjustment_cents=0 if index else -entry.cut_cents,
                        covered_so_far_cents=covered_so_far,
                        left_cents=event.cap_cents - covered_so_far,
                        consent=f"E{consent_id}" if consent_id is not None else "",
                    )
                )
    return lines


def _settlement_order(entry: Entry) -> tuple[bool, int, datetime, int]:
    return entry.batch_id is None, entry.batch_id or 0, entry.started_at, entry.id


def _parts_of(entry: Entry) -> list[Part]:
    """The parts by payer; what the cost review cut comes off the covered part."""
    whole = Cut(entry.covered_cents + entry.cut_cents, entry.overflow_cents)
    basis: Basis = "net" if entry.amount_cents == entry.net_cents else "gross"
    found = ledger.parts(entry.kind, entry.worth, whole, basis, entry.vat_basis_points)
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
    counts_net = entry.amount_cents == entry.net_cents
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
        amount_cents=part.net_cents if counts_net else part.net_cents + part.vat_cents,
        adjustment_cents=0,
        covered_cents=part.covered_cents,
        overflow_cents=part.overflow_cents,
        payer=part.payer,
        rule=ledger.RULE_OF_KIND[entry.kind] or "",
        covered_so_far_cents=0,
        left_cents=0,
        consent="",
        receipt=entry.receipt,
        recorded_by=entry.recorded_by,
        recorded_at=entry.recorded_at,
    )
