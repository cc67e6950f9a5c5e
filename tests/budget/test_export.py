"""The files of the cost review, read back by other programs."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlite_utils import Database

from access.actor import Actor
from budget import report, store
from budget.entry import Cost, Work
from budget.errors import NothingToExport, UnknownFormat
from budget.report import guarded
from budget.worktime import WorkTime
from cases.store import Case
from data.times import read_moment

NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)


def hours(start: str, end: str, **more: Any) -> Work:
    given: dict[str, Any] = {
        "activity": "writing", "text": "Erstmeldung", "function": "PR-Berater:in", **more
    }  # fmt: skip
    return Work(WorkTime(read_moment(start), read_moment(end)), 15000, **given)


@pytest.fixture
def booked(db: Database, consultant: Actor, case: Case) -> Case:
    """Hours, a cost that crosses the cap, IT help, internal work and a text that is a formula."""
    for work in (
        hours("2026-03-10T10:20", "2026-03-10T10:50", internal_note="Kunde schwierig"),
        hours(
            "2026-03-10T10:50", "2026-03-10T11:35", text="=HYPERLINK(1) verborgen;\nzweite Zeile"
        ),
        hours("2026-03-29T01:30", "2026-03-29T03:30", text="Nacht | Monitoring – „Ärger“"),
        hours("2026-03-10T09:30", "2026-03-10T10:00", kind="it_phone", text="Neustart"),
        hours("2026-03-10T09:25", "2026-03-10T09:30", kind="internal", text="Erstannahme geheim"),
    ):
        store.book_work(db, consultant, case.id, work)
    paid = Cost(read_moment("2026-03-10T12:00"), 240000, "Verteiler", "RE-77")
    store.book_cost(db, consultant, case.id, paid)
    return case


def rows(data: bytes) -> list[dict[str, str]]:
    text = data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_csv_as_german_excel_reads_it(db: Database, consultant: Actor, booked: Case) -> None:
    data = store.export_hours(db, consultant, booked.id, "csv", NOW)
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    lines = rows(data)
    assert [line["Lfd. Nr."] for line in lines] == ["1", "2", "3", "4", "5", "6"]
    assert [line["Leistungsbeschreibung"] for line in lines] == [
        "Neustart", "Erstmeldung", "'=HYPERLINK(1) verborgen; zweite Zeile", "Verteiler",
        "Verteiler", "Nacht | Monitoring – „Ärger“",
    ]  # fmt: skip
    assert lines[1]["Betrag netto"] == "75,00"
    assert lines[1]["Leistungsdatum"] == "10.03.2026"
    assert (lines[1]["Beginn"], lines[1]["Ende"]) == ("10:20", "10:50")
    assert (lines[5]["Beginn"], lines[5]["Ende"]) == ("01:30 +01:00", "03:30 +02:00")
    assert lines[5]["Verrechnet (h)"] == "1:00"
    assert "geheim" not in data.decode()
    assert "schwierig" not in data.decode()


def test_a_split_entry_is_two_lines_that_add_up(
    db: Database, consultant: Actor, booked: Case
) -> None:
    lines = rows(store.export_hours(db, consultant, booked.id, "csv", NOW))
    parts = [line for line in lines if line["Split-Gruppe"]]
    assert [(line["Gedeckt"], line["Nicht gedeckt"], line["Zahler"]) for line in parts] == [
        ("2312,50", "0,00", "Versicherer"),
        ("0,00", "87,50", "Firma"),
    ]
    assert {line["Belegnr."] for line in parts} == {"RE-77"}
    assert [line["Betrag netto"] for line in parts] == ["2312,50", "87,50"]
    assert [line["Restdeckung"] for line in lines][-3:] == ["0,00", "0,00", "0,00"]


def test_the_split_hour_keeps_its_seconds(db: Database, consultant: Actor, case: Case) -> None:
    paid = Cost(read_moment("2026-03-10T07:00"), 241300, "Verteiler", "R")
    store.book_cost(db, consultant, case.id, paid)
    work = WorkTime(read_moment("2026-03-10T08:00"), read_moment("2026-03-10T09:30"))
    store.book_work(db, consultant, case.id, Work(work, 16500, "media", "Anfragen"))
    done = store.settle_hours(db, consultant, case.id, NOW)
    assert [(line.billed_seconds, line.net_cents) for line in done.lines[1:]] == [
        (1898, 8700),
        (3502, 16050),
    ]


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "pdf", "ledes"])
def test_the_same_state_gives_the_same_bytes(
    db: Database, consultant: Actor, booked: Case, file_format: str
) -> None:
    first = store.export_hours(db, consultant, booked.id, file_format, NOW)
    later = store.export_hours(db, consultant, booked.id, file_format, NOW + timedelta(days=3))
    assert first == later
    assert len(store.batches_of(db, booked.id)) == 1


def test_a_new_entry_makes_a_new_batch_that_keeps_the_old_lines(
    db: Database, consultant: Actor, booked: Case
) -> None:
    before = rows(store.export_hours(db, consultant, booked.id, "csv", NOW))
    store.book_work(
        db, consultant, booked.id, hours("2026-03-10T08:00", "2026-03-10T08:30", text="Nachtrag")
    )
    after = rows(store.export_hours(db, consultant, booked.id, "csv", NOW))
    assert after[:-1] == before
    assert after[-1]["Leistungsbeschreibung"] == "Nachtrag"
    assert after[-1]["Zahler"] == "Firma"
    labels = [batch.label for batch in store.batches_of(db, booked.id)]
    assert labels == [f"{booked.number}-1", f"{booked.number}-2"]


def test_the_printed_hash_is_that_of_the_csv(db: Database, consultant: Actor, booked: Case) -> None:
    data = store.export_hours(db, consultant, booked.id, "csv", NOW)
    done = store.settle_hours(db, consultant, booked.id, NOW)
    assert done.rows_sha256 == hashlib.sha256(data.removeprefix(b"\xef\xbb\xbf")).hexdigest()
    assert done.rows_sha256 == store.batches_of(db, booked.id)[0].rows_sha256


def test_xlsx_holds_numbers_dates_and_durations(
    db: Database, consultant: Actor, booked: Case
) -> None:
    book = load_workbook(io.BytesIO(store.export_hours(db, consultant, booked.id, "xlsx", NOW)))
    sheet = book["Leistungen"]
    headings = [cell.value for cell in sheet[1]]
    column = {name: index + 1 for index, name in enumerate(headings)}

    def cell(row: int, name: str) -> Any:
        return sheet.cell(row, column[name])

    assert headings == [each.heading for each in report.COLUMNS]
    assert cell(3, "Betrag netto").value == 75
    assert cell(3, "Betrag netto").number_format == "#,##0.00 [$€-C07]"
    assert cell(3, "Verrechnet (h)").value == timedelta(minutes=30)
    assert cell(3, "Verrechnet (h)").number_format == "[h]:mm"
    assert cell(3, "Leistungsdatum").value == datetime.fromisoformat("2026-03-10T00:00")
    assert cell(4, "Leistungsbeschreibung").value.startswith("=HYPERLINK")
    assert cell(4, "Leistungsbeschreibung").data_type == "s"
    assert cell(8, "Gedeckt").data_type == "f"
    assert cell(8, "Gedeckt").value.startswith("=SUBTOTAL(109,")
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:AG7"
    values = load_workbook(
        io.BytesIO(store.export_hours(db, consultant, booked.id, "xlsx", NOW)), data_only=True
    )
    assert values["Leistungen"].cell(8, column["Gedeckt"]).value == 2500
    totals = {row[0].value: row[1].value for row in values["Summen"].iter_rows(max_col=2)}
    assert totals["Versicherer, innerhalb der Leistungsgrenze"] == 2500
    assert totals["Versicherer, außerhalb der Leistungsgrenze"] == 75
    assert totals["Firma"] == 237.5
    assert totals["Zeilen"] == "6"
    assert totals["Kontrollsumme Betrag netto"] == 2812.5
    assert len(totals["SHA-256 der Zeilen"]) == 64


def test_pdf_says_who_pays_what(db: Database, consultant: Actor, booked: Case) -> None:
    data = store.export_hours(db, consultant, booked.id, "pdf", NOW)
    said = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    said = said.replace("\u00a0", " ")
    for expected in (
        f"Leistungsbericht {booked.number}-1", "€ 2.312,50", "Versicherer", "Firma", "€ 237,50",
        "Texterstellung", "„Ärger“", "SHA-256",
    ):  # fmt: skip
        assert expected in said
    assert "geheim" not in said


def test_pdf_repeats_its_heading_over_pages(db: Database, consultant: Actor, case: Case) -> None:
    for number in range(60):
        at = datetime(2026, 3, 10, 8, number, tzinfo=UTC)
        store.book_cost(db, consultant, case.id, Cost(at, 100, "Verteiler", f"R{number}"))
    data = store.export_hours(db, consultant, case.id, "pdf", NOW)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    assert len(pages) >= 2
    assert all("Berater:in" in page for page in pages[:2])


def test_ledes_asks_the_insurer_for_its_part(db: Database, consultant: Actor, booked: Case) -> None:
    data = store.export_hours(db, consultant, booked.id, "ledes", NOW)
    text = data.decode("ascii")
    head, names, *records = text.splitlines()
    assert head == "LEDES1998B[]"
    fields = names.removesuffix("[]").split("|")
    assert len(fields) == 24
    lines = [dict(zip(fields, each.removesuffix("[]").split("|"), strict=True)) for each in records]
    assert all(each.endswith("[]") for each in records)
    assert {line["INVOICE_TOTAL"] for line in lines} == {"2575.00"}
    assert all(len(line["INVOICE_NUMBER"]) <= 20 for line in lines)
    for line in lines:
        units, price = float(line["LINE_ITEM_NUMBER_OF_UNITS"]), float(line["LINE_ITEM_UNIT_COST"])
        adjusted = round(units * price + float(line["LINE_ITEM_ADJUSTMENT_AMOUNT"]), 2)
        assert adjusted == float(line["LINE_ITEM_TOTAL"])
    fee, paid = lines[1], lines[3]
    assert (fee["EXP/FEE/INV_ADJ_TYPE"], fee["LINE_ITEM_ACTIVITY_CODE"]) == ("F", "A103")
    assert (paid["EXP/FEE/INV_ADJ_TYPE"], paid["LINE_ITEM_EXPENSE_CODE"]) == ("E", "E124")
    assert fee["LINE_ITEM_DATE"] == "20260310"


def test_ledes_spells_german_in_ascii(db: Database, consultant: Actor, case: Case) -> None:
    store.book_work(
        db, consultant, case.id,
        hours("2026-03-10T10:20", "2026-03-10T10:50", text="Größe | „Ärger“ – naïve\nŁ[]"),
    )  # fmt: skip
    text = store.export_hours(db, consultant, case.id, "ledes", NOW).decode("ascii")
    assert '|Groesse / "Aerger" - naive ?|' in text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("+43 1 234", "'+43 1 234"), ("-5,00", "'-5,00"), ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"), (" =1", "'=1"), ("＝1", "'＝1"), ("\r\n@x", "'@x"), ("\0x", "'\0x"),
        ("Paddel hidden verboten", "Paddel hidden verboten"), ("a=b", "a=b"), ("", ""),
        ("5-7 Anrufe", "5-7 Anrufe"),
    ],
)  # fmt: skip
def test_only_what_would_be_a_formula_is_marked(text: str, cell: str) -> None:
    assert guarded(text) == cell


def test_a_consent_is_named_at_its_line(db: Database, consultant: Actor, case: Case) -> None:
    consent_id = store.record_consent(
        db, consultant, case.id, kind="consent", ceiling_cents=50000, text="bis € 500",
        person="Anton Aigner", channel="telephone", happened_at=read_moment("2026-03-10T08:00"),
    )  # fmt: skip
    paid = Cost(read_moment("2026-03-10T12:00"), 260000, "Verteiler", "R")
    store.book_cost(db, consultant, case.id, paid)
    lines = rows(store.export_hours(db, consultant, case.id, "csv", NOW))
    assert [line["Einverständnis"] for line in lines] == ["", f"E{consent_id}"]


def test_a_cut_stands_in_the_next_report(db: Database, consultant: Actor, case: Case) -> None:
    entry = store.book_cost(
        db, consultant, case.id, Cost(read_moment("2026-03-10T12:00"), 5000, "Verteiler", "R")
    )
    store.settle_hours(db, consultant, case.id, NOW)
    store.review_entry(db, consultant, entry.id, outcome="cut", cut_cents=2000, reason="zu viel")
    (line,) = rows(store.export_hours(db, consultant, case.id, "csv", NOW))
    assert (line["Betrag netto"], line["Anpassung"], line["Gedeckt"]) == (
        "50,00",
        "-20,00",
        "30,00",
    )
    ledes = store.export_hours(db, consultant, case.id, "ledes", NOW).decode()
    assert "|1.00|-20.00|30.00|" in ledes


def test_nothing_to_export(db: Database, consultant: Actor, case: Case) -> None:
    with pytest.raises(NothingToExport):
        store.export_hours(db, consultant, case.id, "csv", NOW)
    with pytest.raises(UnknownFormat) as refusal:
        store.export_hours(db, consultant, case.id, "doc", NOW)
    assert "csv, xlsx, pdf, ledes" in refusal.value.sentence()


def test_a_report_is_read_back_as_it_was_kept(
    db: Database, consultant: Actor, booked: Case
) -> None:
    done = store.settle_hours(db, consultant, booked.id, NOW)
    assert report.from_text(report.to_text(done)) == done
