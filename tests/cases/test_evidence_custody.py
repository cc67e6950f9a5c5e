"""Who had a piece of evidence in hand: exports, access before it came, the sheet, the bundle."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader
from sqlite_utils import Database

from access import accounts, audit
from access.actor import SYSTEM, Actor
from cases import custody_sheet, evidence, evidence_words, store
from cases.errors import EvidenceEmpty, MissingField, UnknownEvidence
from cases.evidence import Arrival, Evidence
from cases.store import Case
from data import Home, InputError

AT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def posting(home: Home, db: Database, consultant: Actor, case: Case) -> Evidence:
    return evidence.add(db, home, consultant, case.id, data=b"Sauladen!", file_name="posting.txt")


def test_what_leaves_the_desk_is_written_down_with_recipient_and_reason(
    home: Home, db: Database, colleague: Actor, posting: Evidence
) -> None:
    data = evidence.hand_out(
        db, home, colleague, posting.id, recipient=" RA Dr. Holz ", reason="Klage nach § 1330"
    )
    assert data == b"Sauladen!"
    last = evidence.custody_of(db, posting.id)[-1]
    assert (last.actor_name, last.action, last.recipient, last.reason) == (
        "Berger", "exported", "RA Dr. Holz", "Klage nach § 1330",
    )  # fmt: skip
    newest = audit.entries(db)[0]
    assert (newest.action, newest.details["recipient"]) == ("evidence.exported", "RA Dr. Holz")


@pytest.mark.parametrize(("recipient", "reason"), [("", "x"), ("x", ""), (" ", "x")])
def test_nothing_leaves_without_recipient_and_reason(
    home: Home, db: Database, consultant: Actor, posting: Evidence, recipient: str, reason: str
) -> None:
    with pytest.raises(MissingField):
        evidence.hand_out(db, home, consultant, posting.id, recipient=recipient, reason=reason)
    assert [each.action for each in evidence.custody_of(db, posting.id)] == ["received"]


def test_a_name_that_lies_about_its_content_is_kept_and_said(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    kept = evidence.add(
        db, home, consultant, case.id, data=b"MZ\x90\x00\x03", file_name="rechnung.pdf",
        kind="email",
    )  # fmt: skip
    assert (kept.media_type, kept.content_type) == ("application/pdf", "application/x-msdownload")
    assert not kept.name_fits


def test_a_kind_that_does_not_exist_is_refused(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    with pytest.raises(InputError):
        evidence.add(db, home, consultant, case.id, data=b"x", file_name="a", kind="geheim")


@pytest.mark.parametrize("kind", evidence.KINDS)
def test_every_kind_has_its_word(kind: str) -> None:
    assert evidence_words.kind(kind)


def test_several_files_come_in_together_or_not_at_all(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    files = [
        Arrival(data=b"a", file_name="a.log", kind="log_file", idempotency_key="k:0"),
        Arrival(data=b"", file_name="b.log", kind="log_file", idempotency_key="k:1"),
    ]
    with pytest.raises(EvidenceEmpty):
        evidence.add_all(db, home, consultant, case.id, files)
    assert evidence.evidence_of(db, case.id) == []
    files[1] = Arrival(data=b"b", file_name="b.log", kind="log_file", idempotency_key="k:1")
    added = evidence.add_all(db, home, consultant, case.id, files)
    assert evidence.add_all(db, home, consultant, case.id, files) == added
    assert len(evidence.evidence_of(db, case.id)) == 2
    kinds = [each.kind for each in store.timeline_of(db, case.id)]
    assert kinds.count("evidence") == 2


def test_evidence_of_another_case_is_not_found(db: Database, case: Case, posting: Evidence) -> None:
    assert evidence.evidence_in_case(db, case.id, posting.id) == posting
    for case_id, number in ((case.id + 1, posting.id), (case.id, posting.id + 1)):
        with pytest.raises(UnknownEvidence):
            evidence.evidence_in_case(db, case_id, number)


def test_who_had_access_before_it_came_here_is_known_or_said_to_be_unknown(
    db: Database, consultant: Actor, posting: Evidence
) -> None:
    for had, person in (("yes", "Anton Aigner"), ("unknown", "Lehrling")):
        evidence.record_access(
            db, consultant, posting.id, person=person, had_access=had, function="Werkstatt",
            period="bis 09:00", source="Anton Aigner am Telefon", idempotency_key=person,
        )  # fmt: skip
    evidence.record_access(
        db, consultant, posting.id, person="Lehrling", had_access="unknown", source="x",
        idempotency_key="Lehrling",
    )  # fmt: skip
    known = evidence.access_of(db, posting.id)
    assert [(each.person, each.had_access) for each in known] == [
        ("Anton Aigner", "yes"), ("Lehrling", "unknown"),
    ]  # fmt: skip
    assert audit.entries(db)[0].action == "evidence.access_recorded"


@pytest.mark.parametrize(
    ("person", "had", "source", "error"),
    [
        ("", "yes", "x", MissingField),
        ("x", "yes", " ", MissingField),
        ("x", "maybe", "x", InputError),
    ],
)
def test_an_access_without_person_or_source_is_refused(
    db: Database,
    consultant: Actor,
    posting: Evidence,
    person: str,
    had: str,
    source: str,
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        evidence.record_access(
            db, consultant, posting.id, person=person, had_access=had, source=source
        )
    assert evidence.access_of(db, posting.id) == []


def test_only_roles_that_read_evidence_are_listed(
    db: Database, consultant: Actor, posting: Evidence
) -> None:
    accounts.add_account(
        db, SYSTEM, email="kp@krisenpult.example", role="reviewer", name="Kostenprüfung"
    )
    assert evidence.people_with_access(db) == ["Mag. Lang"]


def test_the_sheet_names_the_hash_the_chain_and_everybody_with_access(
    home: Home, db: Database, consultant: Actor, colleague: Actor, case: Case, posting: Evidence
) -> None:
    evidence.hand_out(db, home, colleague, posting.id, recipient="Polizei Linz", reason="Anzeige")
    evidence.record_access(
        db, consultant, posting.id, person="Anton Aigner", had_access="yes", source="Telefonat"
    )
    pdf = custody_sheet.make(db, home, consultant, case, posting.id, AT)
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    squeezed = "".join(text.split())
    for word in (
        posting.sha256, "posting.txt", "PolizeiLinz", "Anzeige", "AntonAigner", "Mag.Lang", "Berger",
        "herausgegeben", "KeineEinträge.",
    ):  # fmt: skip
        assert word in squeezed
    assert evidence.custody_of(db, posting.id)[-1].action == "custody sheet made"


def test_the_bundle_holds_everything_that_is_written_down(
    home: Home, db: Database, consultant: Actor, case: Case, posting: Evidence
) -> None:
    evidence.record_access(
        db, consultant, posting.id, person="Anton Aigner", had_access="yes", source="Telefonat"
    )
    second = evidence.add(db, home, consultant, case.id, data=b"zwei", file_name="b.txt")
    bundle = evidence.bundle_of(db, case.id)
    assert [piece.evidence for piece in bundle.pieces] == [posting, second]
    assert [entry.action for entry in bundle.pieces[0].custody] == ["received"]
    assert bundle.pieces[0].access[0].person == "Anton Aigner"
    assert bundle.pieces[0].redaction is None
    assert bundle.pieces[0].timestamps == []
    assert bundle.pages == []


@pytest.mark.parametrize("table", ["redaction", "timestamp_token", "evidence_access"])
def test_no_record_can_be_changed_afterwards(db: Database, table: str) -> None:
    triggers = {row["name"] for row in db.query("SELECT name FROM sqlite_master")}
    assert {f"{table}_no_update", f"{table}_no_delete"} <= triggers
