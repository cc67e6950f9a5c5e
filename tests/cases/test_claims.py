"""Reports to the insurer, claim numbers, closing reports: what is kept, and what is refused."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import claims, store
from cases.claims import Happening, Head, ReportedClock
from cases.errors import (
    AlreadyClosed,
    CasesError,
    ClosingReportMissing,
    FindingsNeedReason,
    InFuture,
    LessonsMissing,
    MeasureIncomplete,
    MissingField,
    ReasonForChange,
    ReportDraftOpen,
    ReportSettled,
    UnknownReport,
)
from cases.store import Case, closing
from cases.store import claims as record
from cases.store.claims import ClaimReport, Sending
from cases.store.closing import Lessons, Measure, OpenItem
from data import InputError, now

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
HEAD = Head("KP-2026-0001", "Kfz Aigner e.U.", "NA-2026-001", "VF-2026-0001")
HAPPENING = Happening(
    what="Cyber-Angriff auf die Werkstätte",
    occurred_at=AT,
    called_at=AT,
    public_name="Kfz-Werkstätte Aigner",
    coverage="Ja, Zweig A.",
    rules=(("NA-25", "mit einem IT-Notfall besteht"),),
    incidents=("IT-2026-0001, Cyber-Angriff",),
    measures=("10.03.2026, 11:48: Text freigegeben",),
    booked_seconds=9_900,
    covered_cents=41_250,
    overflow_cents=0,
    cap_cents=250_000,
    basis="netto",
    evidence=("B1 beitrag.png",),
    clocks=(ReportedClock("Erstmeldung", AT, "offen"),),
)


def sending(**changes: object) -> Sending:
    return replace(
        Sending("insurer", "Schadenstelle", "email", now(), "Mag. Lang"),
        **changes,  # type: ignore[arg-type]
    )


@pytest.fixture
def begin(db: Database, consultant: Actor, case: Case) -> Callable[[str], ClaimReport]:
    def make(subject: str = "Cyber-Angriff") -> ClaimReport:
        return record.begin_report(db, consultant, case.id, subject=subject, body="Was geschah.")

    return make


def send(db: Database, actor: Actor, report: ClaimReport, text: str = "Text") -> ClaimReport:
    return record.record_sent(db, actor, report.case_id, report.id, sending(), text=text)


# The words ----------------------------------------------------------------------------------


def test_the_first_report_says_who_when_what_and_how_much() -> None:
    body = claims.first_body(HAPPENING)
    for said in (
        "Cyber-Angriff auf die Werkstätte", "10.03.2026, 10:00", "NA-25: „mit einem IT-Notfall",
        "2:45 Stunden", "B1 beitrag.png", "Erstmeldung: bis 10.03.2026, 10:00 (offen)",
        "Voraussichtlicher Aufwand insgesamt: noch nicht bekannt",
        "Vorgeschlagene Rücklage: noch nicht bekannt",
    ):  # fmt: skip
        assert said in body.replace("\N{NO-BREAK SPACE}", " "), said
    assert "Darüber" not in body


def test_what_is_estimated_and_over_the_cap_is_said() -> None:
    told = replace(HAPPENING, overflow_cents=5_000, expected_seconds=23_400, reserve_cents=200_000)
    body = claims.first_body(told).replace("\N{NO-BREAK SPACE}", " ")
    assert "Darüber: € 50,00" in body
    assert "6:30 Stunden" in body
    assert "Vorgeschlagene Rücklage: € 2.000,00" in body


def test_nothing_yet_is_said_as_that() -> None:
    bare = replace(HAPPENING, measures=(), evidence=(), clocks=(), rules=(), incidents=())
    body = claims.first_body(bare)
    assert "Noch keine." in body
    assert "Noch keine gesichert." in body
    assert "Keine offen." in body


@pytest.mark.parametrize(
    ("number", "title"), [(0, "Schadenmeldung"), (1, "Nachmeldung 1"), (12, "Nachmeldung 12")]
)
def test_reports_are_numbered(number: int, title: str) -> None:
    assert claims.report_title(number) == title
    assert claims.full_text(HEAD, number, "Betreff", "Text").startswith(f"{title} zu Fall KP-")


def test_the_claim_number_stands_in_the_head_once_it_is_known() -> None:
    before = claims.full_text(HEAD, 1, "Betreff", "Text", "Schadenstelle")
    after = claims.full_text(replace(HEAD, claim_number="SCH-4711"), 1, "Betreff", "Text")
    assert "Schadennummer: noch nicht vergeben" in before
    assert "An: Schadenstelle" in before
    assert "Schadennummer: SCH-4711" in after
    assert "kein Anerkenntnis" in re.sub(r"\s+", " ", after)


def test_two_spellings_of_one_umlaut_have_one_hash() -> None:
    assert claims.text_hash("für") == claims.text_hash("fu\u0308r")
    assert claims.text_hash("für") != claims.text_hash("fur")


# Reports ------------------------------------------------------------------------------------


def test_the_first_report_then_additions_without_a_gap(
    db: Database, consultant: Actor, case: Case, begin: Callable[[str], ClaimReport]
) -> None:
    first = begin("Angriff")
    assert (first.number, first.title, first.state) == (0, "Schadenmeldung", "draft")
    with pytest.raises(ReportDraftOpen, match="Schadenmeldung"):
        begin("zu früh")
    send(db, consultant, first)
    dropped = begin("Irrtum")
    record.discard_report(db, consultant, case.id, dropped.id, "doppelt")
    second = begin("Neue Rechnung")
    send(db, consultant, second)
    third = begin("Noch etwas")
    assert [each.title for each in record.reports_of(db, case.id)] == [
        "Schadenmeldung", "Nachmeldung 1", "Nachmeldung 1", "Nachmeldung 2",
    ]  # fmt: skip
    assert third.number == 2
    assert record.reports_of(db, case.id)[1].state == "discarded"


def test_a_report_is_begun_once_however_often_the_form_is_sent(
    db: Database, consultant: Actor, case: Case
) -> None:
    made = [
        record.begin_report(
            db, consultant, case.id, subject="Angriff", body="Text", idempotency_key="k"
        ).id
        for _each in range(2)
    ]
    assert made[0] == made[1]
    assert len(record.reports_of(db, case.id)) == 1


def test_what_was_sent_is_kept_word_for_word(
    db: Database, consultant: Actor, case: Case, begin: Callable[[str], ClaimReport]
) -> None:
    text = "Schadenmeldung\n\nBetreff: Ärger – € 5\n"
    sent = record.record_sent(
        db, consultant, case.id, begin("A").id,
        sending(recipient=" Schadenstelle ", reference="Mail 12", method="portal"), text=text,
    )  # fmt: skip
    assert sent.state == "sent"
    assert sent.dispatch is not None
    assert sent.dispatch.text == text
    assert sent.dispatch.sha256 == claims.text_hash(text)
    assert (sent.dispatch.recipient, sent.dispatch.method) == ("Schadenstelle", "portal")
    newest = audit.entries(db, case.id)[0]
    assert newest.action == "claim_report.sent"
    assert newest.details["sha256"] == sent.dispatch.sha256
    said = store.timeline_of(db, case.id)[0]
    assert "Schadenmeldung gesendet an Schadenstelle" in said.text


def test_a_sent_report_does_not_change(
    db: Database, consultant: Actor, case: Case, begin: Callable[[str], ClaimReport]
) -> None:
    report = send(db, consultant, begin("A"))
    with pytest.raises(ReportSettled, match="Nachmeldung"):
        record.change_report(db, consultant, case.id, report.id, subject="B", body="C")
    with pytest.raises(ReportSettled):
        record.discard_report(db, consultant, case.id, report.id, "weg")
    with pytest.raises(ReportSettled):
        send(db, consultant, report)
    for statement in (
        "UPDATE claim_report SET body = 'x'", "DELETE FROM claim_report",
        "UPDATE claim_dispatch SET text = 'x'", "DELETE FROM claim_dispatch",
    ):  # fmt: skip
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(statement)


def test_a_draft_changes_and_its_changes_are_on_record(
    db: Database, consultant: Actor, case: Case, begin: Callable[[str], ClaimReport]
) -> None:
    report = begin("A")
    changed = record.change_report(db, consultant, case.id, report.id, subject=" B ", body="neu")
    assert (changed.subject, changed.body) == ("B", "neu")
    count = len(audit.entries(db, case.id))
    record.change_report(db, consultant, case.id, report.id, subject="B", body="neu")
    assert len(audit.entries(db, case.id)) == count


REFUSED: dict[str, tuple[dict[str, object], type[Exception]]] = {
    "nobody": ({"recipient": "  "}, MissingField),
    "by nobody": ({"sent_by": ""}, MissingField),
    "tomorrow": ({"sent_at": now() + timedelta(days=1)}, InFuture),
    "another way": ({"method": "pigeon"}, InputError),
    "another body": ({"recipient_kind": "press"}, InputError),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_sending_that_cannot_be_is_refused(
    db: Database,
    consultant: Actor,
    case: Case,
    begin: Callable[[str], ClaimReport],
    what: str,
) -> None:
    changes, error = REFUSED[what]
    report = begin("A")
    with pytest.raises(error):
        record.record_sent(db, consultant, case.id, report.id, sending(**changes), text="Text")
    assert record.report_by_id(db, case.id, report.id).state == "draft"


def test_findings_need_a_reason(
    db: Database, consultant: Actor, case: Case, begin: Callable[[str], ClaimReport]
) -> None:
    report = begin("A")
    with pytest.raises(FindingsNeedReason, match="1 Befunde"):
        record.record_sent(
            db, consultant, case.id, report.id, sending(), text="Wir haften.", findings=["Haftung"]
        )
    sent = record.record_sent(
        db, consultant, case.id, report.id, sending(reason="wörtliches Zitat des Kunden"),
        text="Wir haften.", findings=["Haftung"],
    )  # fmt: skip
    assert sent.dispatch is not None
    assert sent.dispatch.findings == ("Haftung",)


def test_a_report_of_another_case_is_not_found(
    db: Database, consultant: Actor, case: Case, begin: Callable[[str], ClaimReport]
) -> None:
    report = begin("A")
    with pytest.raises(UnknownReport):
        record.report_by_id(db, case.id + 1, report.id)


@pytest.mark.parametrize(("subject", "body"), [("", "Text"), ("A", "  ")])
def test_a_report_needs_words(
    db: Database, consultant: Actor, case: Case, subject: str, body: str
) -> None:
    with pytest.raises(MissingField):
        record.begin_report(db, consultant, case.id, subject=subject, body=body)


# Claim numbers ------------------------------------------------------------------------------


def test_a_claim_number_is_kept_with_its_history(
    db: Database, consultant: Actor, case: Case
) -> None:
    record.record_claim_number(db, consultant, case.id, " SCH 1 ", given_by="Huber", given_at=AT)
    with pytest.raises(ReasonForChange):
        record.record_claim_number(db, consultant, case.id, "SCH 2", given_by="Huber", given_at=AT)
    record.record_claim_number(
        db, consultant, case.id, "SCH 2", given_by="Huber", given_at=AT, reason="Tippfehler"
    )
    assert [each.number for each in record.claim_numbers_of(db, case.id)] == ["SCH 2", "SCH 1"]
    assert store.case_by_id(db, case.id).claim_number == "SCH 2"
    assert "bisher SCH 1: Tippfehler" in "".join(
        each.text for each in store.timeline_of(db, case.id)
    )
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("DELETE FROM claim_number")


def test_the_same_number_again_changes_nothing(db: Database, consultant: Actor, case: Case) -> None:
    for _each in range(2):
        record.record_claim_number(
            db, consultant, case.id, "SCH 1", given_by="Huber", given_at=AT, idempotency_key="k"
        )
    record.record_claim_number(db, consultant, case.id, "SCH 1", given_by="Mayr", given_at=AT)
    assert len(record.claim_numbers_of(db, case.id)) == 1


@pytest.mark.parametrize(
    ("number", "by", "at", "error"),
    [
        (" ", "Huber", AT, MissingField),
        ("SCH 1", "", AT, MissingField),
        ("SCH 1", "Huber", now() + timedelta(days=1), InFuture),
    ],
    ids=["no number", "by nobody", "tomorrow"],
)
def test_a_number_that_cannot_be_is_refused(
    db: Database,
    consultant: Actor,
    case: Case,
    number: str,
    by: str,
    at: datetime,
    error: type[CasesError],
) -> None:
    with pytest.raises(error):
        record.record_claim_number(db, consultant, case.id, number, given_by=by, given_at=at)


# Closing reports ------------------------------------------------------------------------------

MEASURE = Measure("Datensicherung prüfen", "Herr Aigner", date(2026, 4, 1))
LESSONS = Lessons("schnell", "Kasse zu spät gesehen", "Notfallplan", (MEASURE,))


def test_a_closing_report_has_versions(db: Database, consultant: Actor, case: Case) -> None:
    closing.write_report(db, consultant, case.id, LESSONS, [("Fristen", "3 eingehalten")])
    second = closing.write_report(
        db, consultant, case.id, replace(LESSONS, went_well="sehr schnell", measures=()), []
    )
    assert second.version == 2
    newest, first = closing.reports_of(db, case.id)
    assert newest.lessons.went_well == "sehr schnell"
    assert first.lessons.measures == (MEASURE,)
    assert first.figures == (("Fristen", "3 eingehalten"),)
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE closing_report SET went_well = 'x'")


def test_the_same_form_writes_one_version(db: Database, consultant: Actor, case: Case) -> None:
    for _each in range(2):
        closing.write_report(db, consultant, case.id, LESSONS, [], idempotency_key="k")
    assert [each.version for each in closing.reports_of(db, case.id)] == [1]


@pytest.mark.parametrize(
    ("lessons", "error"),
    [
        (Lessons(" ", ""), LessonsMissing),
        (replace(LESSONS, measures=(Measure("", "x", date(2026, 4, 1)),)), MeasureIncomplete),
        (replace(LESSONS, measures=(Measure("x", " ", date(2026, 4, 1)),)), MeasureIncomplete),
    ],
    ids=["nothing", "no words", "nobody"],
)
def test_an_incomplete_report_is_refused(
    db: Database, consultant: Actor, case: Case, lessons: Lessons, error: type[CasesError]
) -> None:
    with pytest.raises(error):
        closing.write_report(db, consultant, case.id, lessons, [])
    assert closing.reports_of(db, case.id) == []


def test_a_case_is_closed_with_its_report_and_what_was_open(
    db: Database, consultant: Actor, case: Case
) -> None:
    written = closing.write_report(db, consultant, case.id, LESSONS, [])
    item = OpenItem("clock", "clock:1", "Frist „Erstmeldung“")
    closed = closing.close_with_record(db, consultant, case.id, note="erledigt", open_items=[item])
    assert closed.state == "closed"
    kept = closing.closing_of(db, case.id)
    assert kept is not None
    assert (kept.report_id, kept.without_report) == (written.id, "")
    assert kept.open_items == (item,)
    assert (kept.note, kept.closed_by) == ("erledigt", "Mag. Lang")
    with pytest.raises(AlreadyClosed, match=case.number):
        closing.close_with_record(db, consultant, case.id, note="noch einmal")


def test_without_a_report_a_reason_is_needed(db: Database, consultant: Actor, case: Case) -> None:
    with pytest.raises(ClosingReportMissing):
        closing.close_with_record(db, consultant, case.id, note="erledigt")
    with pytest.raises(MissingField):
        closing.close_with_record(db, consultant, case.id, note=" ", without_report="Fehlalarm")
    closing.close_with_record(db, consultant, case.id, note="erledigt", without_report="Fehlalarm")
    kept = closing.closing_of(db, case.id)
    assert kept is not None
    assert (kept.report_id, kept.without_report) == (None, "Fehlalarm")


def test_a_case_that_was_never_closed_has_no_closing(db: Database, case: Case) -> None:
    assert closing.closing_of(db, case.id) is None
