"""Evidence: hashed on arrival, kept as it came, and every look at it is written down."""

from __future__ import annotations

import hashlib
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import evidence, store
from cases.errors import EvidenceDamaged, EvidenceEmpty, EvidenceTooLarge
from cases.evidence import Evidence
from cases.store import Case
from data import Home

POSTING = b"Sauladen! Die kriegen nicht einmal einen PC eingeschaltet."
CAPTURED = datetime(2026, 3, 10, 9, 5, tzinfo=UTC)


def original(home: Home, sha256: str) -> Path:
    return home.evidence / sha256[:2] / sha256


@pytest.fixture
def posting(home: Home, db: Database, consultant: Actor, case: Case) -> Evidence:
    """B's posting as a screenshot."""
    return evidence.add(
        db,
        home,
        consultant,
        case.id,
        data=POSTING,
        file_name="posting-b.png",
        source_url="https://social.example/kfz-aigner/1",
        captured_at=CAPTURED,
        note="auf der eigenen Seite",
    )


def test_an_original_is_kept_with_its_hash_and_its_story(
    home: Home, db: Database, consultant: Actor, case: Case, posting: Evidence
) -> None:
    digest = hashlib.sha256(POSTING).hexdigest()
    assert (posting.sha256, posting.bytes, posting.media_type) == (
        digest,
        len(POSTING),
        "image/png",
    )
    assert (posting.captured_at, posting.recorded_by) == (CAPTURED, consultant.name)
    assert posting.recorded_at > posting.captured_at
    assert original(home, digest).read_bytes() == POSTING
    assert [each.action for each in evidence.custody_of(db, posting.id)] == ["received"]
    entry = next(each for each in store.timeline_of(db, case.id) if each.kind == "evidence")
    assert entry.happened_at == CAPTURED
    assert digest[:12] in entry.text
    newest = audit.entries(db)[0]
    assert (newest.action, newest.details["sha256"]) == ("evidence.added", digest)


def test_the_file_of_an_original_can_only_be_read(home: Home, posting: Evidence) -> None:
    assert stat.S_IMODE(original(home, posting.sha256).stat().st_mode) == 0o400


def test_every_look_leaves_a_custody_entry(
    home: Home, db: Database, consultant: Actor, colleague: Actor, posting: Evidence
) -> None:
    assert evidence.look(db, home, consultant, posting.id) == POSTING
    assert evidence.look(db, home, colleague, posting.id, "exported") == POSTING
    kept = [(each.actor_name, each.action) for each in evidence.custody_of(db, posting.id)]
    assert kept == [("Mag. Lang", "received"), ("Mag. Lang", "viewed"), ("Berger", "exported")]


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_original_is_not_shown_and_named_by_the_verification(
    home: Home, db: Database, consultant: Actor, posting: Evidence, damage: str
) -> None:
    file = original(home, posting.sha256)
    file.chmod(0o600)
    if damage == "changed":
        file.write_bytes(POSTING + b".")
    else:
        file.unlink()
    with pytest.raises(EvidenceDamaged) as refusal:
        evidence.look(db, home, consultant, posting.id)
    assert f"Beleg {posting.id}" in refusal.value.sentence("de")
    assert [each.action for each in evidence.custody_of(db, posting.id)] == ["received"]
    assert evidence.verify(db, home) == (
        1,
        [f"evidence {posting.id} was {damage}: posting-b.png"]
        if damage == "changed"
        else [f"evidence {posting.id} is missing: posting-b.png"],
    )


def test_whole_originals_verify(home: Home, db: Database, posting: Evidence) -> None:
    assert evidence.verify(db, home) == (1, [])


def test_the_same_file_twice_is_one_original_and_two_pieces_of_evidence(
    home: Home, db: Database, consultant: Actor, case: Case, posting: Evidence
) -> None:
    again = evidence.add(db, home, consultant, case.id, data=POSTING, file_name="kopie.png")
    assert again.id != posting.id
    assert again.sha256 == posting.sha256
    assert len(list(home.evidence.glob("*/*"))) == 1
    assert [each.id for each in evidence.evidence_of(db, case.id)] == [again.id, posting.id]


def test_taking_the_file_in_again_repairs_a_damaged_original(
    home: Home, db: Database, consultant: Actor, case: Case, posting: Evidence
) -> None:
    file = original(home, posting.sha256)
    file.chmod(0o600)
    file.write_bytes(b"damaged")
    evidence.add(db, home, consultant, case.id, data=POSTING, file_name="noch-einmal.png")
    assert evidence.verify(db, home) == (2, [])


def test_an_empty_file_is_refused(home: Home, db: Database, consultant: Actor, case: Case) -> None:
    with pytest.raises(EvidenceEmpty):
        evidence.add(db, home, consultant, case.id, data=b"", file_name="leer.png")
    assert list(home.evidence.iterdir()) == []


def test_twenty_megabytes_are_the_limit(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    most = b"x" * evidence.LARGEST_BYTES
    with pytest.raises(EvidenceTooLarge) as refusal:
        evidence.add(db, home, consultant, case.id, data=most + b"x", file_name="gross.mp4")
    assert "20 MB" in refusal.value.sentence("de")
    assert list(home.evidence.iterdir()) == []
    assert evidence.add(
        db, home, consultant, case.id, data=most, file_name="gross.mp4"
    ).bytes == len(most)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("posting.png", "posting.png"),
        ("Größe & Umlaut ß.pdf", "Größe & Umlaut ß.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Aigner\\bild.jpg", "bild.jpg"),
        ("/absolut/bild.jpg", "bild.jpg"),
        ("rechnung\u202egnp.exe", "rechnunggnp.exe"),
        ("zeile\r\neins\x00.txt", "zeileeins.txt"),
        ("...", "datei"),
        ("", "datei"),
        ("ordner/", "datei"),
        ("x" * 300 + ".png", "x" * 116 + ".png"),
        ("=HYPERLINK(1).csv", "=HYPERLINK(1).csv"),
    ],
)
def test_a_file_name_from_outside_is_one_short_printable_name(
    home: Home, db: Database, consultant: Actor, case: Case, sent: str, kept: str
) -> None:
    added = evidence.add(db, home, consultant, case.id, data=b"x", file_name=sent)
    assert added.file_name == kept


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.text(max_size=200))
def test_any_file_name_becomes_a_usable_one(
    home: Home, db: Database, consultant: Actor, case: Case, name: str
) -> None:
    kept = evidence.add(db, home, consultant, case.id, data=b"x", file_name=name).file_name
    assert 0 < len(kept) <= 120
    assert kept.isprintable()
    assert not set("/\\") & set(kept)
    assert kept.strip(". ") == kept


def test_the_original_arrives_whole_although_many_bring_it_at_once(
    home: Home, consultant: Actor, case: Case
) -> None:
    data = b"the same screenshot" * 10_000

    def bring() -> None:
        evidence.add(home.db(), home, consultant, case.id, data=data, file_name="a.png")
        home.close()

    bringers = [threading.Thread(target=bring) for _each in range(6)]
    for each in bringers:
        each.start()
    for each in bringers:
        each.join()
    assert evidence.verify(home.db(), home) == (6, [])
    assert len(list(home.evidence.glob("*/*"))) == 1
    assert audit.verify(home.db())[1] == []
