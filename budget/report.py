"""The activity report (Leistungsbericht) of a case: one line per entry and payer.

Columns follow what a cost review (Kostenprüfung) looks for. The internal note and internal
work never get in here. The file for the insurer is German whatever the interface speaks.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal

from budget.ledger import Basis, Payer
from budget.money import decimal_text, half_up
from budget.worktime import clock_text, hours_text
from data import parse_utc, utc_text
from data.times import local

Cell = Literal["text", "number", "money", "duration", "date"]

PAYER_NAMES: dict[str, str] = {
    "insurer": "Versicherer",
    "owner": "Firma",
    "none": "niemand",
}
UNDER_RESERVATION = "unter Vorbehalt"
BASIS_NAMES: dict[str, str] = {"net": "netto", "gross": "brutto"}

# A spreadsheet takes a text that starts like this for a formula.
_FORMULA_START = re.compile("[=+\\-@＝＋－＠\0]")


@dataclass(frozen=True)
class Line:
    """One payer's part of an entry. Money in cents; covered and overflow in the event's basis.

    Parts of one entry share ``split_group`` and keep its times and text; their money and
    their seconds add up to the entry's.
    """

    number: int
    claim_number: str
    event_number: str
    entry_id: int
    split_group: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    recorded_seconds: int
    billed_seconds: int
    person: str
    function: str
    task: str
    utbms: str
    activity: str
    text: str
    rate_cents: int | None
    surcharge_cents: int
    surcharge_reason: str
    net_cents: int
    vat_percent: int
    vat_cents: int
    amount_cents: int
    adjustment_cents: int
    covered_cents: int
    overflow_cents: int
    payer: Payer
    rule: str
    covered_so_far_cents: int
    left_cents: int
    consent: str
    receipt: str
    recorded_by: str
    recorded_at: datetime
    reservation: str = ""


@dataclass(frozen=True)
class Report:
    """The lines of a case at one export (``label``), with what identifies them."""

    label: str
    exported_at: datetime
    exported_by: str
    case_number: str
    public_name: str
    firm: str
    firm_address: str
    policy_number: str
    event_number: str
    claim_number: str
    cap_cents: int
    basis: Basis
    rounding: str
    lines: tuple[Line, ...]

    @cached_property
    def rows_sha256(self) -> str:
        """SHA-256 over the lines: that of the CSV file without its byte order mark."""
        return hashlib.sha256(csv_text(self).encode()).hexdigest()

    @property
    def claims_against(self) -> tuple[str, int, str]:
        """The cap that the lines draw on: event, amount and basis."""
        return self.event_number, self.cap_cents, self.basis

    @property
    def covered_cents(self) -> int:
        """What the insurer pays within the cap."""
        return sum(line.covered_cents for line in self.lines)

    @property
    def outside_cents(self) -> int:
        """What the insurer pays outside the cap (telephone and on-site help)."""
        return sum(_outside(line) for line in self.lines if line.payer == "insurer")

    @property
    def owner_cents(self) -> int:
        """What the firm pays: over the cap, or never insured."""
        return sum(
            line.overflow_cents + _outside(line) for line in self.lines if line.payer == "owner"
        )

    @property
    def nobody_cents(self) -> int:
        """What nobody pays: work under reservation whose case was refused."""
        return sum(_outside(line) for line in self.lines if line.payer == "none")

    @property
    def reserved_cents(self) -> int:
        """What the insurer pays only if coverage is affirmed."""
        return sum(
            line.covered_cents + _outside(line)
            for line in self.lines
            if line.payer == "insurer" and line.reservation == UNDER_RESERVATION
        )

    @property
    def net_cents(self) -> int:
        """All lines, net: the control total."""
        return sum(line.net_cents for line in self.lines)

    @property
    def totals(self) -> list[tuple[str, int]]:
        """The sums by payer and the control total, as they are printed."""
        reserved = [("Davon unter Vorbehalt, Deckung in Klärung", self.reserved_cents)]
        nobody = [("Zulasten des Hauses", self.nobody_cents)]
        return [
            ("Versicherer, innerhalb der Leistungsgrenze", self.covered_cents),
            ("Versicherer, außerhalb der Leistungsgrenze", self.outside_cents),
            *(reserved if self.reserved_cents else []),
            ("Firma", self.owner_cents),
            *(nobody if self.nobody_cents else []),
            ("Kürzungen der Kostenprüfung", sum(line.adjustment_cents for line in self.lines)),
            ("Kontrollsumme Betrag netto", self.net_cents),
        ]


def _outside(line: Line) -> int:
    """What counts of a line that does not draw on the cap."""
    if line.adjustment_cents:
        return 0
    return 0 if line.covered_cents or line.overflow_cents else line.amount_cents


@dataclass(frozen=True)
class Column:
    """A column of the export: its heading, what its cells are, and how a line fills it.

    ``value`` gives a text; cents for money; seconds for a duration; a number; a moment for
    a date. None is an empty cell.
    """

    heading: str
    cell: Cell
    value: Callable[[Line], Any]
    width: int = 12
    summed: bool = False


def _end_text(line: Line) -> str:
    return clock_text(line.ended_at) if line.ended_at else ""


def _worked(line: Line, seconds: int) -> int | None:
    return seconds if line.ended_at else None


def _minutes(line: Line) -> int | str | None:
    """Whole minutes as a number; a part of a split entry keeps two decimals."""
    if line.ended_at is None:
        return None
    if line.billed_seconds % 60 == 0:
        return line.billed_seconds // 60
    return decimal_text(half_up(line.billed_seconds * 100, 60))


COLUMNS: tuple[Column, ...] = (
    Column("Schadennummer", "text", attrgetter("claim_number"), 16),
    Column("Versicherungsfall", "text", attrgetter("event_number"), 16),
    Column("Lfd. Nr.", "number", attrgetter("number"), 8),
    Column("Split-Gruppe", "text", attrgetter("split_group"), 11),
    Column("Leistungsdatum", "date", attrgetter("started_at"), 13),
    Column("Beginn", "text", lambda line: clock_text(line.started_at), 8),
    Column("Ende", "text", _end_text, 8),
    Column("Erfasst (h)", "duration", lambda line: _worked(line, line.recorded_seconds)),
    Column("Verrechnet (h)", "duration", lambda line: _worked(line, line.billed_seconds)),
    Column("Verrechnet (Min.)", "number", _minutes),
    Column("Berater:in", "text", attrgetter("person"), 18),
    Column("Funktion", "text", attrgetter("function"), 18),
    Column("Code", "text", lambda line: f"{line.task} {line.utbms}".strip(), 10),
    Column("Tätigkeit", "text", attrgetter("activity"), 20),
    Column("Leistungsbeschreibung", "text", attrgetter("text"), 46),
    Column("Satz (€/h)", "money", attrgetter("rate_cents")),
    Column("davon Zuschlag", "money", attrgetter("surcharge_cents"), summed=True),
    Column("Zuschlagsgrund", "text", attrgetter("surcharge_reason"), 22),
    Column("Betrag netto", "money", attrgetter("net_cents"), summed=True),
    Column("USt-Satz (%)", "number", attrgetter("vat_percent"), 10),
    Column("USt", "money", attrgetter("vat_cents"), summed=True),
    Column("Anpassung", "money", attrgetter("adjustment_cents"), summed=True),
    Column("Gedeckt", "money", attrgetter("covered_cents"), summed=True),
    Column("Nicht gedeckt", "money", attrgetter("overflow_cents"), summed=True),
    Column("Zahler", "text", lambda line: PAYER_NAMES[line.payer], 12),
    Column("Klausel", "text", attrgetter("rule"), 9),
    Column("Gedeckt bisher", "money", attrgetter("covered_so_far_cents")),
    Column("Restdeckung", "money", attrgetter("left_cents")),
    Column("Vorbehalt", "text", attrgetter("reservation"), 16),
    Column("Einverständnis", "text", attrgetter("consent"), 14),
    Column("Belegnr.", "text", attrgetter("receipt"), 14),
    Column("Erfasst von", "text", attrgetter("recorded_by"), 18),
    Column("Erfasst am", "date", attrgetter("recorded_at"), 12),
)


def guarded(text: str) -> str:
    """A text for a CSV cell: one line, and never the start of a formula.

    Only texts that would be one get the apostrophe; "Paddel" and "-5,00" in a number column
    stay as they are.
    """
    flat = " ".join(text.split())
    return f"'{flat}" if _FORMULA_START.match(flat) else flat


def cell_text(column: Column, value: Any) -> str:
    """A value as a German spreadsheet reads it from CSV."""
    if value is None:
        return ""
    if column.cell == "money":
        return decimal_text(value)
    if column.cell == "duration":
        return hours_text(value)
    if column.cell == "date":
        return local(value).strftime("%d.%m.%Y")
    if column.cell == "number":
        return str(value)
    return guarded(value)


def csv_text(report: Report) -> str:
    """The lines as CSV for German Excel: semicolons, CRLF, decimal commas, one heading row."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([column.heading for column in COLUMNS])
    for line in report.lines:
        writer.writerow([cell_text(column, column.value(line)) for column in COLUMNS])
    return out.getvalue()


_MOMENTS = ("started_at", "ended_at", "recorded_at", "exported_at")


def to_text(report: Report) -> str:
    """The report as the database keeps it: JSON with sorted names."""
    return json.dumps(_plain(asdict(report)), ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return utc_text(value) if isinstance(value, datetime) else value


def from_text(text: str) -> Report:
    """The report that :func:`to_text` kept."""
    value = json.loads(text)
    lines = tuple(Line(**_with_moments(line)) for line in value.pop("lines"))
    return Report(**_with_moments(value), lines=lines)


def _with_moments(value: dict[str, Any]) -> dict[str, Any]:
    return {
        name: parse_utc(each) if name in _MOMENTS and each is not None else each
        for name, each in value.items()
    }


def numbered(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines with their running numbers, from 1."""
    return tuple(Line(**{**vars(line), "number": i}) for i, line in enumerate(lines, start=1))
