"""Reports to the insurer: the first one (Schadenmeldung) and additions (Nachmeldung).

A report is composed from the case, read and changed by a person, sent on the desk's own way
and then recorded with its exact text. Nothing leaves from here. The head is composed anew until
the text is recorded, so that a claim number (Schadennummer) stands in it as soon as the insurer
has given one (EX-08b). The text is German whatever the interface speaks.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from data import formats

RecipientKind = Literal["insurer", "claims_office", "broker"]
Method = Literal["email", "portal", "post", "fax", "phone", "in_person"]

RECIPIENT_KINDS: Final[tuple[RecipientKind, ...]] = ("insurer", "claims_office", "broker")
METHODS: Final[tuple[Method, ...]] = ("email", "portal", "post", "fax", "phone", "in_person")

_UNKNOWN: Final = "noch nicht bekannt"
_CLOSING_LINE: Final = (
    "Diese Meldung gibt den derzeitigen Stand wieder und wird ergänzt. Sie enthält kein "
    "Anerkenntnis gegenüber Dritten; ohne Ihre Zustimmung wird keines abgegeben."
)


@dataclass(frozen=True)
class Head:
    """What stands above every report. An empty text is not known."""

    case_number: str
    firm: str
    policy_number: str
    event_number: str
    claim_number: str = ""
    insurer: str = ""


@dataclass(frozen=True)
class ReportedClock:
    """A deadline as the report names it."""

    title: str
    due_at: datetime
    state: str


@dataclass(frozen=True)
class Happening:
    """What the first report says, as it is known. Money in cents, time in seconds.

    ``expected_seconds`` and ``reserve_cents`` are the desk's estimate; None is not estimated.
    ``rules`` are (rule id, quote).
    """

    what: str
    occurred_at: datetime
    called_at: datetime
    public_name: str
    coverage: str
    rules: tuple[tuple[str, str], ...]
    incidents: tuple[str, ...]
    measures: tuple[str, ...]
    booked_seconds: int
    covered_cents: int
    overflow_cents: int
    cap_cents: int
    basis: str
    evidence: tuple[str, ...]
    clocks: tuple[ReportedClock, ...]
    expected_seconds: int | None = None
    reserve_cents: int | None = None


def report_title(number: int) -> str:
    """What a report is called: number 0 is the first report, 1 and on are additions."""
    return "Schadenmeldung" if number == 0 else f"Nachmeldung {number}"


def first_body(told: Happening) -> str:
    """The first report as the case knows it; a person reads and changes it before it is sent."""
    parts = [
        _part("Was geschehen ist", [told.what, *told.incidents]),
        _part(
            "Wann",
            [
                f"Eintritt: {formats.moment(told.occurred_at)}",
                f"Anruf bei der Assistance-Zentrale: {formats.moment(told.called_at)}",
            ],
        ),
        _part("Deckung aus Sicht des Dienstes", [told.coverage, *_quoted(told.rules)]),
        _part("Maßnahmen bisher", _listed(told.measures, "Noch keine.")),
        _part("Aufwand und Rücklage", _effort(told)),
        _part("Belege", _listed(told.evidence, "Noch keine gesichert.")),
        _part("Fristen", _listed((_clock_line(each) for each in told.clocks), "Keine offen.")),
    ]
    return "\n\n".join(parts)


def _part(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, *lines])


def _listed(lines: Iterable[str], nothing: str) -> list[str]:
    return [f"– {line}" for line in lines] or [nothing]


def _quoted(rules: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{rule}: „{quote}“" for rule, quote in rules]


def _clock_line(clock: ReportedClock) -> str:
    return f"{clock.title}: bis {formats.moment(clock.due_at)} ({clock.state})"


def _effort(told: Happening) -> list[str]:
    expected = (
        f"{formats.hours(told.expected_seconds)} Stunden"
        if told.expected_seconds is not None
        else _UNKNOWN
    )
    reserve = formats.money(told.reserve_cents) if told.reserve_cents is not None else _UNKNOWN
    lines = [
        f"Bisher gebucht: {formats.hours(told.booked_seconds)} Stunden, davon innerhalb der "
        f"Leistungsgrenze {formats.money(told.covered_cents)} von "
        f"{formats.money(told.cap_cents)} {told.basis}",
        f"Voraussichtlicher Aufwand insgesamt: {expected}",
        f"Vorgeschlagene Rücklage: {reserve}",
    ]
    if told.overflow_cents:
        lines.insert(1, f"Darüber: {formats.money(told.overflow_cents)}")
    return lines


def full_text(head: Head, number: int, subject: str, body: str, recipient: str = "") -> str:
    """The whole report as it is sent: head, body, the closing line. ``recipient`` as typed."""
    claim = head.claim_number or "noch nicht vergeben"
    lines = [
        f"{report_title(number)} zu Fall {head.case_number}",
        "",
        *([f"An: {recipient}"] if recipient else []),
        *([f"Versicherer: {head.insurer}"] if head.insurer else []),
        f"Versicherungsnehmer: {head.firm}",
        f"Polizze: {head.policy_number}",
        f"Schadennummer: {claim}",
        f"Versicherungsfall: {head.event_number}",
        f"Betreff: {subject}",
        "",
        body.strip(),
        "",
        _CLOSING_LINE,
    ]
    return "\n".join(lines)


def text_hash(text: str) -> str:
    """SHA-256 of the exact text in NFC, in hexadecimal."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()
