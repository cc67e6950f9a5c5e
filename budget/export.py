"""The files of the cost review: CSV, XLSX, PDF and LEDES 1998B.

Each is a function of the report alone, so that the same report gives the same bytes.
"""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
import xlsxwriter

from budget.errors import UnknownFormat
from budget.money import decimal_text, line_cents
from budget.report import BASIS_NAMES, COLUMNS, PAYER_NAMES, Column, Line, Report
from budget.report import csv_text as _csv_text
from budget.worktime import clock_text, hours_text
from data import formats
from data.times import local

_SECONDS_PER_DAY = 86_400
_MONEY_FORMAT = "#,##0.00 [$€-C07]"
_PDF_TEMPLATE = Path(__file__).parent / "report.typ"


def require_format(file_format: str) -> None:
    """Raises UnknownFormat where nobody writes ``file_format``."""
    if file_format not in FORMATS:
        raise UnknownFormat(file_format, ", ".join(FORMATS))


def render(report: Report, file_format: str) -> bytes:
    """The report as csv, xlsx, pdf or ledes. Raises UnknownFormat."""
    require_format(file_format)
    return FORMATS[file_format](report)


def csv_file(report: Report) -> bytes:
    """CSV for German Excel; the byte order mark is how Excel knows UTF-8."""
    return _csv_text(report).encode("utf-8-sig")


# XLSX


def xlsx_file(report: Report) -> bytes:
    """A workbook with the lines and their subtotals, and a sheet with the control totals."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties(
        {"title": f"Leistungsbericht {report.label}", "created": _naive(report.exported_at)}
    )
    _write_lines(book, report)
    _write_totals(book, report)
    book.close()
    return out.getvalue()


def _write_lines(book: Any, report: Report) -> None:
    sheet = book.add_worksheet("Leistungen")
    heading = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
    cell_formats = {
        "money": book.add_format({"num_format": _MONEY_FORMAT}),
        "duration": book.add_format({"num_format": "[h]:mm"}),
        "date": book.add_format({"num_format": "dd.mm.yyyy"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "number": None,
    }
    bold_money = book.add_format({"num_format": _MONEY_FORMAT, "bold": True, "top": 1})
    last_row = len(report.lines)
    for index, column in enumerate(COLUMNS):
        sheet.set_column(index, index, column.width)
        sheet.write_string(0, index, column.heading, heading)
        values = [column.value(line) for line in report.lines]
        for row, value in enumerate(values, start=1):
            _write_cell(sheet, row, index, column, value, cell_formats[column.cell])
        if column.summed:
            letter = xlsxwriter.utility.xl_col_to_name(index)
            sheet.write_formula(
                last_row + 1,
                index,
                f"=SUBTOTAL(109,{letter}2:{letter}{last_row + 1})",
                bold_money,
                sum(values) / 100,
            )
    sheet.write_string(last_row + 1, 0, "Summe der sichtbaren Zeilen", heading)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last_row, len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)


def _write_cell(
    sheet: Any, row: int, index: int, column: Column, value: Any, cell_format: Any
) -> None:
    """One cell. The division is the file format's own: a spreadsheet knows only doubles."""
    if value is None:
        return
    if column.cell == "money":
        sheet.write_number(row, index, value / 100, cell_format)
    elif column.cell == "duration":
        sheet.write_number(row, index, value / _SECONDS_PER_DAY, cell_format)
    elif column.cell == "date":
        day = local(value).replace(hour=0, minute=0, second=0, tzinfo=None)
        sheet.write_datetime(row, index, day, cell_format)
    elif column.cell == "number":
        number = float(value.replace(",", ".")) if isinstance(value, str) else value
        sheet.write_number(row, index, number, cell_format)
    else:
        sheet.write_string(row, index, value, cell_format)


def _write_totals(book: Any, report: Report) -> None:
    sheet = book.add_worksheet("Summen")
    money = book.add_format({"num_format": _MONEY_FORMAT})
    sheet.set_column(0, 0, 46)
    sheet.set_column(1, 1, 70)
    for row, (name, value) in enumerate(_identification(report)):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, value)
    row = len(_identification(report)) + 1
    for name, cents in report.totals:
        sheet.write_string(row, 0, name)
        sheet.write_number(row, 1, cents / 100, money)
        row += 1


def _identification(report: Report) -> list[tuple[str, str]]:
    return [
        ("Leistungsbericht", report.label),
        ("Stand", _moment_text(report.exported_at)),
        ("Fall", f"{report.case_number} · {report.public_name}"),
        ("Firma", f"{report.firm}, {report.firm_address}".strip(", ")),
        ("Polizze", report.policy_number),
        ("Versicherungsfall", report.event_number),
        ("Schadennummer", report.claim_number or "–"),
        (
            "Leistungsgrenze",
            f"{formats.money(report.cap_cents)} {BASIS_NAMES[report.basis]}",
        ),
        ("Zeitrundung", report.rounding or "–"),
        ("Zeilen", str(len(report.lines))),
        ("SHA-256 der Zeilen", report.rows_sha256),
    ]


def _moment_text(moment: datetime) -> str:
    return f"{local(moment):%d.%m.%Y}, {clock_text(moment)}"


def _naive(moment: datetime) -> datetime:
    return local(moment).replace(tzinfo=None)


# PDF


def pdf_file(report: Report) -> bytes:
    """The activity report on paper. Only the fonts of the library are used, never the system's."""
    document = {
        "label": report.label,
        "identification": _identification(report),
        "lines": [_pdf_line(line) for line in report.lines],
        "totals": [[name, formats.money(cents)] for name, cents in report.totals],
        "basis": BASIS_NAMES[report.basis],
    }
    compiler = typst.Compiler(
        _PDF_TEMPLATE.read_bytes(),
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(document, ensure_ascii=False)},
    )
    written = compiler.compile(format="pdf", timestamp=int(report.exported_at.timestamp()))
    if not isinstance(written, bytes):
        raise TypeError("the typesetter gave no document")
    return written


def _pdf_line(line: Line) -> list[str]:
    times = clock_text(line.started_at)
    if line.ended_at:
        times += f"–{clock_text(line.ended_at)}"
    description = f"{line.activity}: {line.text}"
    if line.reservation:
        description += f" [{line.reservation}]"
    if line.surcharge_reason:
        description += f" ({line.surcharge_reason})"
    if line.receipt:
        description += f" (Beleg {line.receipt})"
    return [
        f"{line.number}",
        f"{local(line.started_at):%d.%m.%Y}",
        times,
        hours_text(line.billed_seconds) if line.ended_at else "",
        line.person,
        description,
        formats.money(line.rate_cents) if line.rate_cents is not None else "",
        formats.money(line.net_cents),
        formats.money(line.covered_cents),
        formats.money(line.overflow_cents),
        PAYER_NAMES[line.payer],
    ]


# LEDES 1998B


_LEDES_FIELDS = (
    "INVOICE_DATE", "INVOICE_NUMBER", "CLIENT_ID", "LAW_FIRM_MATTER_ID", "INVOICE_TOTAL",
    "BILLING_START_DATE", "BILLING_END_DATE", "INVOICE_DESCRIPTION", "LINE_ITEM_NUMBER",
    "EXP/FEE/INV_ADJ_TYPE", "LINE_ITEM_NUMBER_OF_UNITS", "LINE_ITEM_ADJUSTMENT_AMOUNT",
    "LINE_ITEM_TOTAL", "LINE_ITEM_DATE", "LINE_ITEM_TASK_CODE", "LINE_ITEM_EXPENSE_CODE",
    "LINE_ITEM_ACTIVITY_CODE", "TIMEKEEPER_ID", "LINE_ITEM_DESCRIPTION", "LAW_FIRM_ID",
    "LINE_ITEM_UNIT_COST", "TIMEKEEPER_NAME", "TIMEKEEPER_CLASSIFICATION", "CLIENT_MATTER_ID",
)  # fmt: skip
_LEDES_END = "[]"
_LAW_FIRM_ID = "KRISENPULT"
_EXPENSE_CODE = "E124"
_ASCII = str.maketrans(
    {
        "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "€": "EUR",
        "„": '"', "“": '"', "”": '"', "‚": "'", "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...",
        "|": "/",
    }
)  # fmt: skip


def ledes_file(report: Report) -> bytes:
    """What the insurer is asked for, as LEDES 1998B (ASCII, 24 fields).

    LINE_ITEM_TOTAL is what the insurer pays of a line. Units by price differ from it where
    the line was cut at the cap or by the review, carries a surcharge, counts with its tax or
    does not end in whole hundredths of an hour; the adjustment holds the difference.
    """
    asked = [line for line in report.lines if line.payer == "insurer"]
    records = [_ledes_record(report, asked, number) for number in range(len(asked))]
    head = ["LEDES1998B[]", "|".join(_LEDES_FIELDS) + _LEDES_END]
    text = "".join(f"{line}\r\n" for line in [*head, *records])
    return text.encode("ascii")


def _ledes_record(report: Report, asked: list[Line], index: int) -> str:
    line = asked[index]
    days = [local(each.started_at) for each in asked]
    is_fee = line.rate_cents is not None
    # Hours to two decimals, as whole hundredths: 36 seconds each.
    hundredths = (2 * line.billed_seconds + 36) // 72 if is_fee else 100
    price = line.rate_cents if line.rate_cents is not None else line.net_cents
    total = _asked_cents(line)
    fields = (
        f"{local(report.exported_at):%Y%m%d}",
        report.label,
        report.policy_number,
        report.case_number,
        _number(sum(_asked_cents(each) for each in asked)),
        f"{min(days):%Y%m%d}",
        f"{max(days):%Y%m%d}",
        f"Leistungsbericht {report.case_number} {report.event_number}",
        str(index + 1),
        "F" if is_fee else "E",
        _number(hundredths),
        _number(total - line_cents(hundredths * 36, price)),
        _number(total),
        f"{local(line.started_at):%Y%m%d}",
        line.task,
        "" if is_fee else _EXPENSE_CODE,
        line.utbms if is_fee else "",
        _initials(line.person) if is_fee else "",
        line.text,
        _LAW_FIRM_ID,
        _number(price),
        line.person if is_fee else "",
        line.function if is_fee else "",
        report.claim_number or report.event_number,
    )
    return "|".join(_ascii(field) for field in fields) + _LEDES_END


def _asked_cents(line: Line) -> int:
    return line.covered_cents or line.amount_cents


def _number(hundredths: int) -> str:
    return decimal_text(hundredths).replace(",", ".")


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split()).upper()


def _ascii(text: str) -> str:
    """One ASCII line without the field's separator; what has no spelling becomes "?"."""
    spelled = " ".join(text.split()).translate(_ASCII).replace("[]", "")
    decomposed = unicodedata.normalize("NFKD", spelled)
    kept = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return kept.encode("ascii", "replace").decode("ascii")


FORMATS: dict[str, Callable[[Report], bytes]] = {
    "csv": csv_file,
    "xlsx": xlsx_file,
    "pdf": pdf_file,
    "ledes": ledes_file,
}
