"""The page "Akte": making and checking the file, reports to the insurer, closing the case."""

from __future__ import annotations

import io
import json
import zipfile

import pypdf
import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access import audit
from access.actor import Actor
from cases import evidence, store
from cases.store import Case, claims, closing
from data import Home
from tests.pages import open_page, words
from tests.ui import filled
from ui import casefile


def open_file(
    home: Home, actor: Actor, case: Case, part: str = "file", language: str = "de"
) -> AppTest:
    query = {"fall": case.number, "teil": part}
    return open_page(home, actor, "registered", "case_file", query=query, language=language)


def press(page: AppTest, label: str) -> AppTest:
    return next(each for each in page.button if each.label == label).click().run()


@pytest.fixture
def full(home: Home, db: Database, consultant: Actor, colleague: Actor, case: Case) -> Case:
    filled.fill(home, db, consultant, colleague, case)
    return case


@pytest.mark.parametrize("part", ["file", "insurer", "closing"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_shows_an_empty_and_a_full_case(
    home: Home,
    db: Database,
    consultant: Actor,
    colleague: Actor,
    case: Case,
    part: str,
    language: str,
) -> None:
    assert not open_file(home, consultant, case, part, language).exception
    filled.fill(home, db, consultant, colleague, case)
    page = open_file(home, consultant, case, part, language)
    assert not page.exception
    assert case.public_name in words(page)


def test_the_file_is_made_and_confirmed(
    home: Home, db: Database, consultant: Actor, full: Case
) -> None:
    page = open_file(home, consultant, full)
    assert "1 Datei," in words(page)
    page.text_input(key=f"case_file_for_{full.id}").set_value("Schadenreferat")
    page = press(page, "Fallakte erstellen")
    assert "liegt zum Herunterladen bereit" in page.success[0].value
    made = audit.entries(db, full.id)[0]
    assert made.action == "case.exported"
    assert made.details["level"] == "insurer"
    assert evidence.custody_of(db, 1)[-1].recipient == "Schadenreferat"
    said = words(page)
    assert "für den Versicherer, Schadenreferat" in said
    name, packed = page.session_state[f"case_file_made_{full.id}"]
    assert name.startswith(f"Fallakte-{full.number}-")
    assert casefile.verify(packed) == []
    assert len(page.get("download_button")) == 1


def test_the_file_is_german_whatever_the_page_speaks(
    home: Home, consultant: Actor, full: Case
) -> None:
    page = open_file(home, consultant, full, language="en")
    levels = page.radio(key=f"case_file_level_{full.id}")
    levels.set_value(levels.options[1])
    page = page.button(key=f"case_file_make_{full.id}").click().run()
    _name, packed = page.session_state[f"case_file_made_{full.id}"]
    with zipfile.ZipFile(io.BytesIO(packed)) as zipped:
        reader = pypdf.PdfReader(io.BytesIO(zipped.read("report.pdf")))
        text = "".join(each.extract_text() for each in reader.pages)
        assert json.loads(zipped.read("case.json"))["level"] == "lawyer"
    assert "bestätigt" in text
    assert "confirmed" not in text


def test_a_damaged_original_is_said_in_one_sentence(
    home: Home, db: Database, consultant: Actor, full: Case
) -> None:
    kept = evidence.evidence_of(db, full.id)[0]
    path = home.evidence / kept.sha256[:2] / kept.sha256
    path.chmod(0o600)
    path.write_bytes(b"other")
    page = press(open_file(home, consultant, full), "Fallakte erstellen")
    assert not page.exception
    assert len(page.error) == 1
    assert page.get("download_button") == []


def test_a_file_that_came_back_is_checked(home: Home, consultant: Actor, full: Case) -> None:
    page = press(open_file(home, consultant, full), "Fallakte erstellen")
    name, packed = page.session_state[f"case_file_made_{full.id}"]
    page = (
        page.file_uploader(key=f"case_file_check_{full.id}")
        .set_value((name, packed, "application/zip"))
        .run()
    )
    assert "ist unverändert" in page.success[-1].value
    assert "wurde hier am" in words(page)


def test_a_changed_file_and_no_file_are_said(home: Home, consultant: Actor, full: Case) -> None:
    made = casefile.build(home, consultant, full.number)
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content + b" " if name == "timeline.json" else content)
    page = open_file(home, consultant, full)
    uploader = page.file_uploader(key=f"case_file_check_{full.id}")
    page = uploader.set_value(("akte.zip", changed.getvalue(), "application/zip")).run()
    assert "1 Abweichung in der Akte" in page.error[0].value
    assert "„timeline.json“ wurde verändert." in words(page)
    uploader = page.file_uploader(key=f"case_file_check_{full.id}")
    page = uploader.set_value(("akte.zip", b"%PDF", "application/zip")).run()
    assert "keine lesbare Fallakte" in page.error[0].value


# The insurer --------------------------------------------------------------------------------


def test_the_first_report_goes_from_draft_to_sent(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_file(home, consultant, case, "insurer")
    form = f"claim_first_{case.id}"
    page.text_input(key=f"{form}_hours").set_value("6,5")
    page.text_input(key=f"{form}_reserve").set_value("2.000,00")
    page = press(page, "Schadenmeldung entwerfen")
    report = claims.reports_of(db, case.id)[0]
    assert "6:30 Stunden" in report.body
    assert "2.000,00" in report.body
    assert "hat nichts gefunden" in words(page)
    send = f"claim_send_{report.id}"
    page = press(page, "Genau diesen Text als gesendet festhalten")
    assert "„Empfänger“ ausfüllen" in page.error[0].value
    page.text_input(key=f"{send}_to").set_value("Schadenstelle").run()
    assert "An: Schadenstelle" in words(page)
    page.text_input(key=f"{send}_reference").set_value("Mail 12")
    page = press(page, "Genau diesen Text als gesendet festhalten")
    assert "als gesendet festgehalten" in page.success[0].value
    sent = claims.reports_of(db, case.id)[0]
    assert sent.dispatch is not None
    assert sent.dispatch.sent_by == "Mag. Lang"
    assert sent.dispatch.reference == "Mail 12"
    assert "An: Schadenstelle" in sent.dispatch.text


def test_an_addition_follows_with_the_claim_number(
    home: Home, db: Database, consultant: Actor, full: Case
) -> None:
    page = open_file(home, consultant, full, "insurer")
    form = f"claim_addition_{full.id}"
    page.text_input(key=f"{form}_subject").set_value("Rechnung eingelangt")
    page.text_area(key=f"{form}_body").set_value("Die Rechnung vom 12.03. liegt bei.")
    page = press(page, "Nachmeldung entwerfen")
    assert "Nachmeldung 1 zu Fall" in words(page)
    assert "Schadennummer: SCH-4711" in words(page)


def test_an_admission_is_shown_and_needs_a_reason(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    report = claims.begin_report(
        db, consultant, case.id, subject="Angriff", body="Wir übernehmen die volle Verantwortung."
    )
    page = open_file(home, consultant, case, "insurer")
    assert "Anerkenntnis" in words(page)
    send = f"claim_send_{report.id}"
    page.text_input(key=f"{send}_to").set_value("Schadenstelle").run()
    page = press(page, "Genau diesen Text als gesendet festhalten")
    assert "Befunde offen" in page.error[0].value
    page.text_area(key=f"claim_change_{report.id}_body").set_value("Wir prüfen das.")
    page = press(page, "Änderung behalten")
    assert "hat nichts gefunden" in words(page)
    page = press(page, "Genau diesen Text als gesendet festhalten")
    assert claims.report_by_id(db, case.id, report.id).state == "sent"


def test_a_draft_is_given_up_with_its_reason(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    report = claims.begin_report(db, consultant, case.id, subject="A", body="B")
    page = press(open_file(home, consultant, case, "insurer"), "Verwerfen")
    assert "Grund" in page.error[0].value
    page.text_input(key=f"claim_discard_{report.id}_reason").set_value("doppelt")
    page = press(page, "Verwerfen")
    assert claims.reports_of(db, case.id)[0].state == "discarded"


@pytest.mark.parametrize(
    ("hours", "reserve"),
    [("bald", ""), ("6:75", ""), ("", "viel")],
    ids=["words", "minutes", "no amount"],
)
def test_an_estimate_that_cannot_be_read_is_said(
    home: Home, db: Database, consultant: Actor, case: Case, hours: str, reserve: str
) -> None:
    page = open_file(home, consultant, case, "insurer")
    form = f"claim_first_{case.id}"
    page.text_input(key=f"{form}_hours").set_value(hours)
    page.text_input(key=f"{form}_reserve").set_value(reserve)
    page = press(page, "Schadenmeldung entwerfen")
    assert len(page.error) == 1
    assert page.text_input(key=f"{form}_hours").value == hours
    assert claims.reports_of(db, case.id) == []


def test_the_claim_number_is_entered(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_file(home, consultant, case, "insurer")
    form = f"claim_number_{case.id}"
    page.text_input(key=f"{form}_number").set_value("SCH-1")
    page = press(page, "Eintragen")
    assert "Wer sie vergeben hat" in page.error[0].value
    page.text_input(key=f"{form}_by").set_value("Frau Huber")
    page = press(page, "Eintragen")
    assert store.case_by_id(db, case.id).claim_number == "SCH-1"
    assert "vergeben von Frau Huber" in words(page)


# Closing ------------------------------------------------------------------------------------


def test_a_case_is_closed_with_report_and_open_items(
    home: Home, db: Database, consultant: Actor, full: Case
) -> None:
    page = open_file(home, consultant, full, "closing")
    form = f"closing_write_{full.id}"
    page.text_area(key=f"{form}_measures").set_value("Backup prüfen")
    page.text_area(key=f"{form}_well").set_value("Rasch freigegeben")
    page = press(page, "Bericht behalten")
    assert "Maßnahme; zuständig" in page.error[0].value
    page.text_area(key=f"{form}_measures").set_value("Backup prüfen; Aigner; 1.4.2027")
    page = press(page, "Bericht behalten")
    assert closing.reports_of(db, full.id)[0].lessons.measures[0].owner == "Aigner"
    assert "Rasch freigegeben" in words(page)
    close = f"closing_close_{full.id}"
    page.text_area(key=f"{close}_note").set_value("erledigt")
    page = press(page, "Fall abschließen")
    if page.checkbox:
        assert "nicht bestätigt" in page.error[0].value
        for each in page.checkbox:
            each.check()
        page = press(page, "Fall abschließen")
    assert store.case_by_id(db, full.id).state == "closed"
    kept = closing.closing_of(db, full.id)
    assert kept is not None
    assert kept.report_id is not None
    assert "Abgeschlossen" in words(page)


def test_without_a_report_the_reason_is_asked(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_file(home, consultant, case, "closing")
    close = f"closing_close_{case.id}"
    page.text_area(key=f"{close}_note").set_value("Fehlalarm")
    for each in page.checkbox:
        each.check()
    page = press(page, "Fall abschließen")
    assert "noch keinen Abschlussbericht" in page.error[0].value
    assert page.text_area(key=f"{close}_note").value == "Fehlalarm"
    page.text_input(key=f"{close}_without").set_value("kein Notfall")
    page = press(page, "Fall abschließen")
    assert store.case_by_id(db, case.id).state == "closed"


def test_the_lessons_of_both_sides_stand_beside(home: Home, consultant: Actor, case: Case) -> None:
    said = words(open_file(home, consultant, case, "closing"))
    for each in ("Sonderkündigung", "Beschwerdeweg", "EX-10", "EX-12", "Erste Stellungnahme"):
        assert each in said


def test_hostile_words_stay_words(home: Home, db: Database, consultant: Actor, case: Case) -> None:
    claims.begin_report(
        db, consultant, case.id, subject="<script>alert(1)</script>", body="**fett** [x](http://y)"
    )
    said = words(open_file(home, consultant, case, "insurer"))
    assert "<script>" not in said
    assert "&lt;script&gt;" in said
