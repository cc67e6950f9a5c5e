"""The case file: made whole, readable, and found out when it is not what it was."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
from sqlite_utils import Database

from access import accounts
from access.actor import SYSTEM, Actor
from access.errors import NotAllowed
from access.outbound import Gate
from budget import store as budget_store
from budget.entry import Cost
from cases import evidence, store, timestamp
from cases.errors import NoCaseFile, UnknownCase
from cases.store import Case, Intake
from data import Home, InputError, now, transaction
from tests.servers.tsa import Keys, TimestampServer
from tests.ui import filled
from tests.ui.filled import CALL_BACK, INTERNAL, JOURNALIST, ORIGINAL, RECIPIENT
from ui import casefile, casefile_check, dossier, operations, paper, report
from ui.schema import open_database

NUMBER = "KP-2026-0001"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Actor]]:
    """A home with a case that has something of everything, stamped by an authority."""
    home = Home.at(tmp_path_factory.mktemp("filled") / "home")
    open_database(home)
    db = home.db()
    actor = _account(db, "lang", "Mag. Lang")
    case = store.open_case(db, actor, _intake())
    filled.fill(home, db, actor, _account(db, "berger", "Berger"), case)
    with TimestampServer(Keys()) as server, Gate(allow_net=["127.0.0.1"]) as gate:
        timestamp.configure(db, actor, server.url, server.root_pem)
        evidence.stamp(db, home, gate, actor, evidence.evidence_of(db, case.id)[0].id)
    yield home, actor
    home.close()


def _account(db: Database, name: str, shown: str) -> Actor:
    return accounts.add_account(
        db, SYSTEM, email=f"{name}@krisenpult.example", role="consultant", name=shown
    ).actor


def _intake() -> Intake:
    called = datetime(2026, 3, 10, 8, 25, tzinfo=UTC)
    return Intake(
        firm=store.Firm(name="Kfz Aigner", legal_form="e.U.", street="Werkstraße 7",
                        postcode="4020", city="Linz"),
        people=(store.Person(name="Anton Aigner", function="Inhaber",
                             phone="+43 660 1234567"),),
        policy=store.Policy(number="NA-2026-001"),
        public_name="Kfz-Werkstätte Aigner",
        event_title="Cyber-Angriff auf die Werkstätte",
        called_at=called,
        opened_at=called + timedelta(minutes=55),
        answers={"it_events": [{"kind": "cyber_attack", "outage": True, "device": "pc"}]},
        decision={
            "result": "yes",
            "limb": "A",
            "rules": [{"id": "NA-25", "quote": "mit einem IT-Notfall besteht"}],
            "explanation": "Ja, das ist ein Kommunikations-Notfall.",
        },
        incident=store.Incident(kind="cyber_attack", happened_at=called, outage="yes",
                                device="pc", suspected="yes", opened_at=called,
                                summary="Bildschirme schwarz"),
        callback_number=CALL_BACK,
    )  # fmt: skip


@pytest.fixture(scope="module")
def packed(desk: tuple[Home, Actor]) -> dict[str, bytes]:
    """The file of the case in both versions."""
    home, actor = desk
    return {
        "insurer": casefile.build(home, actor, NUMBER, "insurer"),
        "lawyer": casefile.build(home, actor, NUMBER, "lawyer", recipient="RA Dr. Recht"),
    }


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def _pack(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in parts.items():
            zipped.writestr(name, content)
    return made.getvalue()


def _rehash(parts: dict[str, bytes]) -> dict[str, bytes]:
    """The same file with a manifest that fits it again, as a forger would write it."""
    manifest = json.loads(parts["manifest.json"])
    hashes = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in parts.items()
        if name not in ("manifest.json", "SHA256SUMS")
    }
    sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(hashes.items())).encode()
    hashes["SHA256SUMS"] = hashlib.sha256(sums).hexdigest()
    manifest["files"] = hashes
    manifest["sizes"] = {}
    made = {**parts, "SHA256SUMS": sums}
    return {**made, "manifest.json": json.dumps(manifest).encode()}


def _pdf_text(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "\n".join(page.extract_text() for page in pages)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b\u00ad-]+", "", text)


# Whole --------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["insurer", "lawyer"])
def test_a_case_file_opened_and_verified_on_a_fresh_home(
    packed: dict[str, bytes], tmp_path: Path, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "akte.zip"
    out.write_bytes(packed[level])
    monkeypatch.setenv("KRISENPULT_HOME", str(tmp_path / "nowhere"))
    checked = operations.verify_case_file(out)
    assert checked["ok"]
    assert checked["problems"] == []
    assert (checked["case"], checked["level"]) == (NUMBER, level)
    assert checked["files"] == len(_parts(packed[level])) - 1
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("level", ["insurer", "lawyer"])
def test_the_sums_are_what_sha256sum_accepts(
    packed: dict[str, bytes], tmp_path: Path, level: str
) -> None:
    with zipfile.ZipFile(io.BytesIO(packed[level])) as zipped:
        zipped.extractall(tmp_path)
    listed = [line.split("  ", 1) for line in (tmp_path / "SHA256SUMS").read_text().splitlines()]
    assert {name for _digest, name in listed} == set(_parts(packed[level])) - {
        "SHA256SUMS", "manifest.json",
    }  # fmt: skip
    tool = shutil.which("sha256sum")
    if tool is not None:
        done = subprocess.run(
            [tool, "-c", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path, capture_output=True
        )
        assert done.returncode == 0, done.stdout
    for digest, name in listed:
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest


def test_the_manifest_says_what_and_by_whom(packed: dict[str, bytes]) -> None:
    parts = _parts(packed["lawyer"])
    manifest = json.loads(parts["manifest.json"])
    assert manifest["schema"] == 1
    assert (manifest["case"], manifest["made_by"], manifest["level"]) == (
        NUMBER, "Mag. Lang", "lawyer",
    )  # fmt: skip
    assert manifest["audit_head"] == json.loads(parts["audit.json"])["head"]
    assert manifest["sizes"] == {
        name: len(content) for name, content in parts.items() if name != "manifest.json"
    }


def test_originals_timestamps_and_released_words_are_in_it(packed: dict[str, bytes]) -> None:
    parts = _parts(packed["insurer"])
    assert parts["evidence/B1-beitrag.txt"] == ORIGINAL
    assert parts["timestamps/B1-Z1.tsr"]
    assert b"BEGIN CERTIFICATE" in parts["timestamps/B1-Z1-root.pem"]
    assert parts["statements/Stellungnahme-1-v1-Wichtige-Information.txt"].decode() == (
        filled.STATEMENT
    )
    assert parts["statements/Stellungnahme-1-v1-Wichtige-Information.docx"].startswith(b"PK")
    assert b"SCH-4711" in parts["claims/0-Schadenmeldung.txt"]
    assert parts["hours.xlsx"].startswith(b"PK")
    assert "sha256sum -c SHA256SUMS" in parts["README.txt"].decode()


def test_taking_it_out_stands_in_the_custody_and_in_the_chain(desk: tuple[Home, Actor]) -> None:
    home, actor = desk
    db = home.db()
    made = casefile.build(home, actor, NUMBER, "lawyer", recipient="RA Dr. Recht")
    newest = evidence.custody_of(db, 1)[-1]
    assert newest.action == "exported with the case file"
    assert newest.recipient == "RA Dr. Recht"
    assert "vollständig" in newest.reason
    piece = json.loads(_parts(made)["evidence.json"])["pieces"][0]
    assert piece["custody"][-1]["recipient"] == "RA Dr. Recht"
    digest = hashlib.sha256(_parts(made)["manifest.json"]).hexdigest()
    entry = db.execute(
        "SELECT details FROM audit_entry WHERE action = 'case.exported' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert json.loads(entry[0])["manifest_sha256"] == digest


def test_looking_at_the_hours_settles_nothing(desk: tuple[Home, Actor]) -> None:
    home, actor = desk
    db = home.db()
    casefile.build(home, actor, NUMBER)
    case = store.case_by_number(db, NUMBER)
    assert budget_store.batches_of(db, case.id) == []
    assert all(each.batch_id is None for each in budget_store.entries_of(db, case.id))


def test_a_settled_state_keeps_its_label(
    home: Home, db: Database, consultant: Actor, colleague: Actor, case: Case
) -> None:
    filled.fill(home, db, consultant, colleague, case)
    settled = budget_store.settle_hours(db, consultant, case.id, now())
    made = _parts(casefile.build(home, consultant, case.number))
    assert json.loads(made["hours.json"])["report"]["label"] == settled.label


def test_an_unknown_case_leaves_no_file(home: Home, consultant: Actor, tmp_path: Path) -> None:
    out = tmp_path / "akte.zip"
    with pytest.raises(UnknownCase):
        operations.export_case(home, consultant, "KP-2026-0404", out)
    assert list(tmp_path.glob("*.zip")) == []


def test_the_file_is_written_whole_or_not_at_all(
    home: Home, consultant: Actor, case: Case, tmp_path: Path
) -> None:
    kept = evidence.add(home.db(), home, consultant, case.id, data=b"original", file_name="a.png")
    out = tmp_path / "akte.zip"
    told = operations.export_case(home, consultant, case.number, out, "lawyer")
    assert told["bytes"] == out.stat().st_size
    assert operations.verify_case_file(out)["manifest_sha256"] == told["manifest_sha256"]
    damaged = home.evidence / kept.sha256[:2] / kept.sha256
    damaged.chmod(0o600)
    damaged.write_bytes(b"other")
    out.unlink()
    with pytest.raises(evidence.EvidenceDamaged):
        operations.export_case(home, consultant, case.number, out)
    assert list(tmp_path.glob("*")) == [tmp_path / "home"]


def test_only_who_may_read_evidence_takes_it_out(home: Home, db: Database, case: Case) -> None:
    reviewer = accounts.add_account(
        db, SYSTEM, email="pruefung@krisenpult.example", role="reviewer", name="Prüfung"
    ).actor
    with pytest.raises(NotAllowed):
        casefile.build(home, reviewer, case.number)


def test_a_place_that_cannot_be_written_says_so(
    home: Home, consultant: Actor, case: Case, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="writable"):
        operations.export_case(home, consultant, case.number, tmp_path / "no" / "akte.zip")


# What who gets ------------------------------------------------------------------------------


def test_the_insurer_gets_no_contact_data_and_nothing_internal(packed: dict[str, bytes]) -> None:
    parts = _parts(packed["insurer"])
    readable = b"\n".join(
        content for name, content in parts.items() if name.endswith((".json", ".csv"))
    ).decode()
    readable += _pdf_text(parts["report.pdf"])
    for held_back in (RECIPIENT, JOURNALIST, CALL_BACK, INTERNAL, "neugier@", "b@example.at",
                      "+43 732 555 123", "Lagebild internal", "besorgt", "Kundin B"):  # fmt: skip
        assert held_back not in readable, held_back
    assert "Nichtenthalten" not in readable
    assert "interne Einträge" in _pdf_text(parts["report.pdf"])
    assert json.loads(parts["statements.json"])[0]["recipient_count"] == 1


def test_a_lawyer_gets_everything(packed: dict[str, bytes]) -> None:
    parts = _parts(packed["lawyer"])
    text = "\n".join(content.decode() for name, content in parts.items() if name.endswith(".json"))
    for held in (RECIPIENT, JOURNALIST, CALL_BACK, INTERNAL, "b@example.at", "besorgt"):
        assert held in text, held
    shown = _squeezed(_pdf_text(parts["report.pdf"]))
    assert _squeezed(JOURNALIST) in shown
    assert _squeezed(INTERNAL) in shown


def test_of_a_redacted_piece_the_insurer_gets_the_copy(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    original = evidence.add(
        db, home, consultant, case.id, data=b"Kunde B, b@example.at", file_name="a.txt"
    )
    evidence.add_redacted(
        db, home, consultant, original.id, data=b"[geschwaerzt]", suffix=".txt", areas=[],
        reason="Name des Kunden",
    )  # fmt: skip
    insurer = _parts(casefile.build(home, consultant, case.number))
    lawyer = _parts(casefile.build(home, consultant, case.number, "lawyer"))
    assert b"Kunde B, b@example.at" not in insurer.values()
    assert b"[geschwaerzt]" in insurer.values()
    assert b"Kunde B, b@example.at" in lawyer.values()
    assert casefile.verify(_pack(insurer)) == []
    listed = json.loads(insurer["evidence.json"])["pieces"]
    assert listed[0]["file"] is None
    assert listed[0]["sha256"] == original.sha256


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Anruf von b@example.at", "Anruf von [E-Mail-Adresse]"),
        ("Rückruf +43 660 1234567 bitte", "Rückruf [Telefonnummer] bitte"),
        ("auf AT61 1904 3002 3457 3201", "auf [Kontonummer]"),
        ("KP-2026-0001 am 10.03.2026 um 09:25", "KP-2026-0001 am 10.03.2026 um 09:25"),
        ("Summe € 1.842,50", "Summe € 1.842,50"),
    ],
    ids=["mail", "phone", "account", "number and date", "money"],
)
def test_contact_data_in_a_sentence_is_covered(text: str, shown: str) -> None:
    assert dossier.masked(text) == shown


# Names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("beitrag.png", "beitrag.png"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("trailing. . ", "trailing"),
        ("a\u202egnp.exe", "a_gnp.exe"),
        ("u\u0308ber.txt", "über.txt"),
        ("x" * 300 + ".jpeg", "x" * 95 + ".jpeg"),
        ("...", "datei"),
        ("a\nb\x00.txt", "a_b_.txt"),
    ],
    ids=["plain", "windows", "dots", "bidi", "composed", "long", "nothing left", "control"],
)
def test_names_are_taken_by_every_system(name: str, safe: str) -> None:
    assert casefile.safe_name(name) == safe


def test_two_files_of_one_name_stay_two(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    for content in (b"one", b"two"):
        evidence.add(db, home, consultant, case.id, data=content, file_name="CON")
    names = list(_parts(casefile.build(home, consultant, case.number)))
    assert {"evidence/B1-CON", "evidence/B2-CON"} <= set(names)
    assert len({name.casefold() for name in names}) == len(names)


# The report ---------------------------------------------------------------------------------


def test_the_report_is_readable_from_the_first_page_on(packed: dict[str, bytes]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(_parts(packed["insurer"])["report.pdf"]))
    pages = [page.extract_text() for page in reader.pages]
    for said in ("Kfz-Werkstätte Aigner", NUMBER, "Kfz Aigner e.U.", "NA-2026-001", "SCH-4711",
                 "Gedeckt, Zweig A", "Cyber-Angriff auf die Werkstätte", "Mag. Lang"):  # fmt: skip
        assert _squeezed(said) in _squeezed(pages[0]), said
    assert "Inhalt" in pages[1]
    assert "Zusammenfassung" in pages[2]
    for said in ("Was geschehen ist", "Was wir getan haben", "Was es gekostet hat",
                 "Was offen ist"):  # fmt: skip
        assert said in pages[2]
    for number, page in enumerate(pages, start=1):
        assert f"Seite {number} von {len(pages)}" in page
        assert number == 1 or "Stand " in page
    whole = "\n".join(pages)
    for section in ("Deckung", "Zeitleiste", "Beweiskette", "Fristen", "Leistungen und Kosten",
                    "Meldungen an den Versicherer", "Abschluss", "Nachprüfen"):  # fmt: skip
        assert section in whole
    assert "Berichtigung von Nr." in whole
    assert "erfasst" in whole
    assert _squeezed("Mag. Schaden") in _squeezed(whole)
    assert _squeezed(hashlib.sha256(ORIGINAL).hexdigest()) in _squeezed(whole)


def test_the_same_case_at_the_same_moment_is_the_same_paper(desk: tuple[Home, Actor]) -> None:
    home, _actor = desk
    at = now()
    case = store.case_by_number(home.db(), NUMBER)
    told = dossier.read(home.db(), case, at, "Mag. Lang")
    assert report.pdf(told) == report.pdf(told)


HOSTILE = (
    '#read("/etc/passwd")', "*fett* _kursiv_ `code`", "$x^2$ #panic()", "<label> @ref \\ \\u{41}",
    "// Kommentar /* */", "= Überschrift", "#{ sys.inputs }", "[ ] ( ) #import \"x\"",
)  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_text_is_set_as_text(
    home: Home, db: Database, consultant: Actor, case: Case, words: str
) -> None:
    store.add_timeline_entry(
        db, consultant, case.id, happened_at=now(), kind="mention", text=f"Anfang {words} Ende"
    )
    evidence.add(db, home, consultant, case.id, data=b"x", file_name="a.txt", note=words)
    told = dossier.read(db, case, now(), words)
    text = _squeezed(_pdf_text(report.pdf(told)))
    assert _squeezed(f"Anfang {words} Ende") in text
    assert "root:" not in text


def test_signs_the_fonts_do_not_have_stand_as_their_number() -> None:
    assert paper.printable("Ärger 😀") == "Ärger ‹U+1F600›"
    assert paper.printable("a\u202eb\u200dc\ufe0f") == "abc"
    assert paper.printable("○ ◔ ◑ ● € „ “ – …") == "○ ◔ ◑ ● € „ “ – …"
    assert paper.printable("Žižek Ελλ Київ") == "Žižek Ελλ Київ"


def test_what_is_copied_from_the_paper_is_what_stands_there(packed: dict[str, bytes]) -> None:
    text = _pdf_text(_parts(packed["lawyer"])["report.pdf"])
    assert "\u200b" not in text
    assert "75,00" in text
    assert "SHA-256 des Textes " + hashlib.sha256(filled.STATEMENT.encode()).hexdigest() in text


@pytest.mark.parametrize(
    "word", ["Schadenregulierungsstelle", "Geschäftspartner-Verständigung,", "kurz", "10:20–10:50"]
)
def test_words_are_left_to_their_syllables(word: str) -> None:
    assert paper.words(word)["text"] == word


def test_long_runs_can_break() -> None:
    url = "https://social.example/kfz?" + "x" * 200
    broken = paper.breakable(url)
    assert broken.replace("\u200b", "") == url
    assert max(len(run) for run in broken.split("\u200b")) <= 20


def test_a_long_timeline_is_cut_and_says_so(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    told = dossier.read(db, case, now(), "Mag. Lang")
    one = told.timeline[0]
    many = tuple(replace(one, id=number) for number in range(1, report.LONGEST_TIMELINE + 11))
    text = _squeezed(_pdf_text(report.pdf(replace(told, timeline=many))))
    assert _squeezed("Weitere 10 Einträge stehen in timeline.json") in text


def test_an_empty_refused_case_has_a_report_too(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    refused = replace(
        garage_intake,
        incident=None,
        decision={"result": "no", "limb": None, "rules": [], "explanation": "Nein."},
    )
    case = store.open_case(db, consultant, refused)
    for level in ("insurer", "lawyer"):
        made = casefile.build(home, consultant, case.number, level)  # type: ignore[arg-type]
        assert casefile.verify(made) == []
        text = _pdf_text(_parts(made)["report.pdf"])
        assert "Nicht gedeckt" in text
        assert "Mit diesem Fall ist kein IT-Notfall verknüpft." in text


# Found out ----------------------------------------------------------------------------------

Change = Callable[[dict[str, bytes]], dict[str, bytes]]


def _changed(name: str, swap: Callable[[bytes], bytes]) -> Change:
    return lambda parts: {**parts, name: swap(parts[name])}


def _edit(name: str, change: Callable[[Any], None]) -> Change:
    """Change a JSON part and write the manifest anew, as somebody who knows how would."""

    def made(parts: dict[str, bytes]) -> dict[str, bytes]:
        value = json.loads(parts[name])
        change(value)
        return _rehash({**parts, name: json.dumps(value, ensure_ascii=False).encode()})

    return made


def _manifest_without(name: str) -> Change:
    def made(parts: dict[str, bytes]) -> dict[str, bytes]:
        manifest = json.loads(parts["manifest.json"])
        del manifest["files"][name]
        return {**parts, "manifest.json": json.dumps(manifest).encode()}

    return made


def _set(path: list[Any], value: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return change


CHANGES: dict[str, tuple[Change, str]] = {
    "a byte in the PDF": (
        _changed("report.pdf", lambda content: content[:-1] + b"X"),
        "report.pdf was changed",
    ),
    "a byte in the evidence": (
        _changed("evidence/B1-beitrag.txt", lambda content: content + b"!"),
        "evidence/B1-beitrag.txt was changed",
    ),
    "evidence with the manifest": (
        lambda parts: _rehash({**parts, "evidence/B1-beitrag.txt": b"Lob"}),
        "evidence B1 does not have the hash of evidence.json",
    ),
    "evidence with all lists": (
        lambda parts: _edit(
            "evidence.json", _set(["pieces", 0, "sha256"], hashlib.sha256(b"Lob").hexdigest())
        )({**parts, "evidence/B1-beitrag.txt": b"Lob"}),
        "the timestamp of evidence B1 does not verify",
    ),
    "evidence taken out": (
        lambda parts: _rehash(
            {name: each for name, each in parts.items() if name != "evidence/B1-beitrag.txt"}
        ),
        "evidence B1 is listed in evidence.json and not in the file",
    ),
    "evidence put in": (
        lambda parts: _rehash({**parts, "evidence/B9-neu.txt": b"neu"}),
        "evidence/B9-neu.txt is not listed in evidence.json",
    ),
    "a time on a timestamp": (
        _edit("evidence.json", _set(
            ["pieces", 0, "timestamps", 0, "attested_at"], "2026-01-01T00:00:00+01:00")),
        "the timestamp of evidence B1 does not verify",
    ),
    "a manifest entry removed": (
        _manifest_without("timeline.json"), "timeline.json is not in the manifest",
    ),
    "a file added": (
        lambda parts: {**parts, "extra.txt": b"x"}, "extra.txt is not in the manifest",
    ),
    "a file removed": (
        lambda parts: {name: each for name, each in parts.items() if name != "clocks.json"},
        "clocks.json is missing",
    ),
    "a part removed with its entry": (
        lambda parts: _rehash({n: each for n, each in parts.items() if n != "audit.json"}),
        "audit.json is missing",
    ),
    "hours with the manifest": (
        _edit("hours.json", _set(["report", "lines", 0, "covered_cents"], 1)),
        "hours.json: covered_cents does not come out of the rows",
    ),
    "a line of the hours removed": (
        _edit("hours.json", lambda value: value["report"]["lines"].pop()),
        "hours.json: lines does not come out of the rows",
    ),
    "a booking with the manifest": (
        _edit("hours.json", _set(["entries", 0, "net_cents"], 1)),
        "hours.json: entries_net_cents does not come out of the rows",
    ),
    "a description of the hours": (
        _edit("hours.json", _set(["report", "lines", 0, "text"], "anderes")),
        "hours.json: its rows do not have the hash it names",
    ),
    "the words of a statement": (
        _edit("statements.json", _set([0, "versions", 0, "text"], "Wir haften.")),
        "the text of „Wichtige Information“ v1 does not have its hash",
    ),
    "the words of a claim report": (
        _edit("claims.json", _set(["reports", 0, "dispatch", "text"], "anderes")),
        "the text of Schadenmeldung does not have its hash",
    ),
    "a released hash": (
        _edit("statements.json", _set([0, "release", "content_hash"], "0" * 64)),
        "the approval of „Wichtige Information“ does not belong to its content",
    ),
    "the case number": (
        _edit("case.json", _set(["case", "number"], "KP-2026-0002")),
        "case.json disagrees with the manifest: Fallnummer",
    ),
    "the head of the chain": (
        _edit("audit.json", _set(["head", "hash"], "f" * 64)),
        "audit.json disagrees with the manifest: Ende der Prüfkette",
    ),
    "a part that is no JSON": (
        lambda parts: _rehash({**parts, "hours.json": b"{"}), "hours.json cannot be read",
    ),
    "a part of another shape": (
        lambda parts: _rehash({**parts, "statements.json": b'[{"title": 3}]'}),
        "statements.json cannot be read",
    ),
    "the list of sums": (
        _changed("SHA256SUMS", lambda content: content.replace(b"a", b"b", 1)),
        "SHA256SUMS was changed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("level", ["insurer", "lawyer"])
def test_a_manipulation_is_found(
    packed: dict[str, bytes], tmp_path: Path, change: str, level: str
) -> None:
    make, problem = CHANGES[change]
    out = tmp_path / "akte.zip"
    out.write_bytes(_pack(make(_parts(packed[level]))))
    told = operations.verify_case_file(out)
    assert not told["ok"]
    assert any(each.startswith(problem) for each in told["problems"]), told["problems"]


CHAIN: dict[str, tuple[Change, str]] = {
    "a detail": (
        _edit("audit.json", _set(["entries", 0, "details"], '{"x": 1}')),
        "was changed after it was written",
    ),
    "a name": (
        _edit("audit.json", _set(["entries", 1, "actor_name"], "Niemand")),
        "was changed after it was written",
    ),
    "the order": (
        _edit("audit.json", lambda value: value["entries"].reverse()), "stands out of order",
    ),
    "a field missing": (
        _edit("audit.json", lambda value: value["entries"][0].pop("hash")), "cannot be read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHAIN)
def test_a_forged_chain_is_found(packed: dict[str, bytes], change: str) -> None:
    make, problem = CHAIN[change]
    found = casefile.verify(_pack(make(_parts(packed["lawyer"]))))
    assert any(problem in each for each in found), found


def test_an_approval_of_other_words_is_found(packed: dict[str, bytes]) -> None:
    def forge(value: Any) -> None:
        text = "Wir haften."
        value[0]["versions"][0]["text"] = text
        value[0]["versions"][0]["text_sha256"] = hashlib.sha256(text.encode()).hexdigest()

    parts = _edit("statements.json", forge)(_parts(packed["lawyer"]))
    assert casefile.verify(_pack(parts)) == [
        "the approval of „Wichtige Information“ v1 does not belong to its content",
        "the approval of „Wichtige Information“ v1 does not belong to its content",
    ]


# Hostile files ------------------------------------------------------------------------------


def _zip_with(name: str, content: bytes = b"x", mode: int = 0o644) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        entry = zipfile.ZipInfo("placeholder")
        # The name is taken as it stands, whatever this system would make of it.
        entry.filename = name
        entry.external_attr = mode << 16
        zipped.writestr(entry, content)
        zipped.writestr("manifest.json", "{}")
    return made.getvalue()


def _twice() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        zipped.writestr("a.txt", "1")
        zipped.writestr("A.TXT", "2")
        zipped.writestr("manifest.json", "{}")
    return made.getvalue()


def _bomb() -> bytes:
    """A directory that promises more than the disk of most machines holds."""
    content = bytearray(_zip_with("zeros.bin"))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    return bytes(content)


def _many() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        for number in range(casefile_check.MOST_FILES + 1):
            zipped.writestr(f"{number}", b"")
    return made.getvalue()


HOSTILE_FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "no ZIP": (lambda: b"%PDF-1.7", "kein ZIP"),
    "empty": (lambda: b"", "kein ZIP"),
    "a way out": (lambda: _zip_with("../../etc/passwd"), "hinaus"),
    "a way out inside": (lambda: _zip_with("a/../../b"), "hinaus"),
    "an absolute name": (lambda: _zip_with("/etc/passwd"), "hinaus"),
    "a Windows name": (lambda: _zip_with("C:\\x.txt"), "hinaus"),
    "a backslash": (lambda: _zip_with("a\\..\\b.txt"), "hinaus"),
    "a folder": (lambda: _zip_with("folder/", b""), "hinaus"),
    "a turned name": (lambda: _zip_with("a\u202eb.txt"), "hinaus"),
    "a link": (lambda: _zip_with("a.txt", b"/etc/passwd", stat.S_IFLNK | 0o777), "Verweis"),
    "one name twice": (_twice, "zweimal"),
    "a bomb": (_bomb, "größer als"),
    "very many files": (_many, "mehr als"),
    "no manifest": (lambda: _pack({"report.pdf": b"x"}), "manifest.json"),
    "a manifest that is none": (lambda: _pack({"manifest.json": b"[]"}), "nicht lesbar"),
    "a manifest that is deep": (
        lambda: _pack({"manifest.json": b"[" * 200_000 + b"]" * 200_000}), "nicht lesbar",
    ),
    "a newer one": (
        lambda: _pack({"manifest.json": b'{"schema": 99, "case": "x", "files": {}}'}), "neueren",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE_FILES)
def test_a_hostile_file_is_refused_in_one_sentence(tmp_path: Path, kind: str) -> None:
    make, said = HOSTILE_FILES[kind]
    out = tmp_path / "akte.zip"
    out.write_bytes(make())
    with pytest.raises(NoCaseFile, match=said) as refused:
        operations.verify_case_file(out)
    assert refused.value.wrong_input
    assert "\n" not in refused.value.sentence()
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_that_lies_about_its_size_does_not_fill_the_memory(
    packed: dict[str, bytes], tmp_path: Path
) -> None:
    content = bytearray(_pack(_parts(packed["insurer"])))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (7).to_bytes(4, "little")
    out = tmp_path / "akte.zip"
    out.write_bytes(bytes(content))
    assert not operations.verify_case_file(out)["ok"]


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="readable"):
        operations.verify_case_file(tmp_path / "nicht-da.zip")


def test_the_sums_of_reviewed_and_corrected_hours_come_out(
    home: Home, db: Database, consultant: Actor, colleague: Actor, case: Case
) -> None:
    filled.fill(home, db, consultant, colleague, case)
    budget_store.settle_hours(db, consultant, case.id, now())
    first = budget_store.entries_of(db, case.id)[0]
    budget_store.review_entry(
        db, consultant, first.id, outcome="cut", reason="zu lang", cut_cents=1_000
    )
    with transaction(db):
        budget_store.recompute_event(
            db, consultant, case.insured_event_id, cause="geprüft", now=now()
        )
    assert casefile.verify(casefile.build(home, consultant, case.number)) == []
    late = budget_store.book_cost(
        db, consultant, case.id, Cost(at=now(), cents=5_000, text="Nachtrag", receipt="R-2")
    )
    assert casefile.verify(casefile.build(home, consultant, case.number)) == []
    budget_store.reverse_entry(db, consultant, late.id, "doppelt")
    assert casefile.verify(casefile.build(home, consultant, case.number, "lawyer")) == []
