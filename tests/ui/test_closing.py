"""Composing reports to the insurer, the figures of a case, and closing it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, timedelta

import pypdf
import pytest
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import store
from cases.errors import MeasureIncomplete, OpenItemsLeft, ReportTextChanged
from cases.store import Case, claims, press
from cases.store import closing as record
from cases.store.claims import ClaimReport, Sending
from cases.store.closing import Lessons, Measure
from cases.store.press import NewEnquiry
from data import Home, now
from drafting import store as drafting_store
from tests.ui import filled
from ui import claiming, closing, dossier, figures

LESSONS = Lessons("Rasch freigegeben", "Kasse nicht gesichert", "Datensicherung extern")


def _pdf_text(content: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(content))
    return re.sub(r"[\s\u200b]+", " ", " ".join(page.extract_text() for page in reader.pages))


def _begin(home: Home, actor: Actor, case: Case, body: str = "") -> ClaimReport:
    body = body or claiming.first_body(home, case, now(), expected_seconds=3600)
    return claims.begin_report(home.db(), actor, case.id, subject="Angriff", body=body)


def _sending(actor: Actor) -> Sending:
    return Sending("insurer", "Schadenstelle", "email", now(), actor.name)


# Reports to the insurer -------------------------------------------------------------------------


def test_the_first_report_is_composed_from_the_case(
    home: Home, db: Database, consultant: Actor, colleague: Actor, case: Case
) -> None:
    filled.fill(home, db, consultant, colleague, case)
    body = claiming.first_body(home, case, now(), reserve_cents=200_000)
    for said in (
        "Cyber-Angriff auf die Werkstätte", "IT-2026-0001, Cyber-Angriff", "NA-25",
        "Ausgesandt: Wichtige Information", "B1 beitrag.txt (SHA-256", "0:30 Stunden",
        "Vorgeschlagene Rücklage", "Keine offen.",
    ):  # fmt: skip
        assert said in body, said
    assert filled.INTERNAL not in body
    assert claiming.findings_of(body) == ()


def test_the_claim_number_stands_in_a_draft_as_soon_as_it_is_known(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    report = _begin(home, consultant, case)
    assert "Schadennummer: noch nicht vergeben" in claiming.compose(db, case, report).text
    claims.record_claim_number(
        db, consultant, case.id, "SCH-4711", given_by="Huber", given_at=now()
    )
    assert "Schadennummer: SCH-4711" in claiming.compose(db, case, report).text


def test_words_that_changed_since_they_were_shown_are_not_recorded(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    report = _begin(home, consultant, case)
    shown = claiming.compose(db, case, report, "Schadenstelle")
    claims.record_claim_number(
        db, consultant, case.id, "SCH-4711", given_by="Huber", given_at=now()
    )
    with pytest.raises(ReportTextChanged):
        claiming.record_sent(
            db, consultant, case, report.id, _sending(consultant), shown_sha256=shown.sha256
        )
    fresh = claiming.compose(db, case, report, "Schadenstelle")
    sent = claiming.record_sent(
        db, consultant, case, report.id, _sending(consultant), shown_sha256=fresh.sha256
    )
    assert sent.dispatch is not None
    assert sent.dispatch.text == fresh.text
    assert "SCH-4711" in sent.dispatch.text


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("Wir übernehmen die volle Verantwortung.", {"liability"}),
        ("Wir ersetzen den Schaden.", {"liability"}),
        ("Der Mitarbeiter hat den Angriff verschuldet.", {"blame"}),
        ("Die Versicherung wurde am 10.03. verständigt, Rücklage € 2.000,00.", set()),
        ("Wir haben keine Haftung anerkannt.", {"liability"}),
        ("Die Bildschirme sind schwarz.", set()),
    ],
    ids=["responsibility", "compensation", "blame", "insurance", "denied", "fact"],
)
def test_admissions_are_found_and_the_insurance_may_be_named(words: str, kinds: set[str]) -> None:
    found = claiming.findings_of(words)
    assert {each.kind for each in found} == kinds
    if "keine Haftung" in words:
        assert all(each.severity != "block" for each in found)


def test_a_report_on_paper_holds_its_words(case: Case) -> None:
    text = 'Schadenmeldung\n\nBetreff: #read("/etc/passwd") *x*\nSchadennummer: SCH-4711'
    shown = _pdf_text(claiming.pdf(text, "Schadenmeldung", case, now()))
    assert 'Betreff:#read("/etc/passwd")*x*' in shown.replace(" ", "")
    assert "Schadennummer: SCH-4711" in shown
    assert "Seite 1 von 1" in shown


# Figures ----------------------------------------------------------------------------------------


def test_the_figures_come_from_the_records(
    home: Home, db: Database, consultant: Actor, colleague: Actor, case: Case
) -> None:
    filled.fill(home, db, consultant, colleague, case)
    counted = figures.of(dossier.read(db, case, now(), "Mag. Lang"))
    assert counted.released == 1
    assert counted.first_word_after is not None
    assert counted.first_word_after > figures.FIRST_WORD_TARGET
    assert "verfehlt" in figures.first_word(counted)
    assert (counted.enquiries, counted.enquiries_answered) == (1, 1)
    assert counted.billed_seconds == 1800
    assert counted.covered_cents == 7_500 + 9_000
    assert counted.costs == ()
    assert counted.information_cents == 1_840_000
    rows = dict(closing.figures_of(home, case, now()))
    assert rows["Stellungnahmen ausgesandt"] == "1"
    assert rows["Leistung: Lagebild/Lösungswege"].startswith("0:30 h")
    assert (
        rows["Leistungsgrenze"].replace("\N{NO-BREAK SPACE}", " ")
        == "€ 165,00 von € 2.500,00 netto"
    )


def test_a_case_without_anything_has_figures_too(home: Home, case: Case) -> None:
    rows = dict(closing.figures_of(home, case, now()))
    assert rows["Erste Stellungnahme"] == "noch keine ausgesandt"
    assert rows["Presseanfragen"] == "0, davon 0 beantwortet"


def test_a_first_statement_within_the_hour_keeps_the_target(db: Database, case: Case) -> None:
    counted = figures.of(dossier.read(db, case, now(), ""))
    quick = replace(counted, first_word_after=timedelta(minutes=60))
    assert "eingehalten" in figures.first_word(quick)
    late = replace(counted, first_word_after=timedelta(minutes=61))
    assert "verfehlt" in figures.first_word(late)


# Measures ---------------------------------------------------------------------------------------


def test_measures_are_read_line_by_line() -> None:
    assert closing.measures_from(
        "Backup; prüfen; Aigner; 1.4.2026\n\nSchulung; Lang; 01.05.2026"
    ) == (
        Measure("Backup; prüfen", "Aigner", date(2026, 4, 1)),
        Measure("Schulung", "Lang", date(2026, 5, 1)),
    )
    assert closing.measures_from("  ") == ()


@pytest.mark.parametrize(
    "line", ["Schulung", "Schulung; Lang", "Schulung; Lang; bald", "; Lang; 01.05.2026",
             "Schulung; Lang; 31.02.2026"],
)  # fmt: skip
def test_a_measure_without_person_or_day_is_refused(line: str) -> None:
    with pytest.raises(MeasureIncomplete):
        closing.measures_from(line)


# Closing ----------------------------------------------------------------------------------------


def _open_things(db: Database, actor: Actor, case: Case) -> None:
    press.add_enquiry(
        db, actor, case.id,
        NewEnquiry(medium="Zeitung", questions="Was ist los?", channel="phone",
                   received_at=now(), deadline_at=now() + timedelta(hours=2)),
    )  # fmt: skip


def test_everything_open_must_be_acknowledged(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    _open_things(db, consultant, case)
    items = closing.open_items(db, case)
    assert {each.kind for each in items} >= {"clock", "enquiry"}
    with pytest.raises(OpenItemsLeft, match="Zeitung"):
        closing.close(
            db, consultant, case.id, note="fertig", without_report="Fehlalarm",
            acknowledged=[each.key for each in items if each.kind != "enquiry"],
        )  # fmt: skip
    closing.close(
        db, consultant, case.id, note="fertig", without_report="Fehlalarm",
        acknowledged=[each.key for each in items],
    )  # fmt: skip
    kept = record.closing_of(db, case.id)
    assert kept is not None
    assert [each.text for each in kept.open_items] == [each.text for each in items]
    told = next(
        each for each in audit.entries(db, case.id) if each.action == "case.closing_acknowledged"
    )
    assert told.details["open_items"] == [each.text for each in items]
    assert store.case_by_id(db, case.id).state == "closed"


def test_what_became_open_in_the_meantime_stops_the_closing(
    db: Database, consultant: Actor, case: Case
) -> None:
    acknowledged = [each.key for each in closing.open_items(db, case)]
    _open_things(db, consultant, case)
    with pytest.raises(OpenItemsLeft):
        closing.close(
            db, consultant, case.id, note="fertig", without_report="x", acknowledged=acknowledged
        )
    assert store.case_by_id(db, case.id).state == "open"


def test_a_draft_to_the_insurer_and_a_waiting_text_are_open(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    _begin(home, consultant, case, "Text")
    drafting_store.create_statement(
        db, consultant, case.id, kind="holding", channel="web", language="de", title="Erstmeldung"
    )
    kinds = [each.kind for each in closing.open_items(db, case)]
    assert "claim" in kinds
    assert "statement" in kinds


def test_the_closing_report_on_paper(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    written = closing.write_report(home, consultant, case, LESSONS, now(), idempotency_key="k")
    again = closing.write_report(home, consultant, case, LESSONS, now(), idempotency_key="k")
    assert again.id == written.id
    text = _pdf_text(closing.pdf(home, case, written, now()))
    for said in ("Abschlussbericht", "Rasch freigegeben", "Kasse nicht gesichert",
                 "Datensicherung extern", "EX-10", "EX-12", "Beschwerdeweg",
                 "Erste Stellungnahme"):  # fmt: skip
        assert said in text, said
