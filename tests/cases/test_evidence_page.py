"""The page "Belege": taking in, looking, redacting, handing out, watching pages of the web."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access import accounts, outbound, settings
from access.actor import SYSTEM, Actor
from cases import evidence, screenshot, timestamp
from cases.evidence import Evidence
from cases.store import Case, captures
from data import Home
from tests.pages import open_page, words
from tests.servers.pages import SITE_NETWORK, Site
from tests.servers.tsa import Keys, TimestampServer

POST = "<p>Sauladen! <b>Kunde B</b></p>"


@pytest.fixture
def site(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site the gate lets through; no browser, which has its own tests."""
    monkeypatch.setenv(screenshot.BROWSER_VARIABLE, "gibt-es-nicht")
    settings.put(db, SYSTEM, outbound.NETWORKS_SETTING, SITE_NETWORK)
    with Site() as running:
        yield running


@pytest.fixture
def admin(db: Database) -> Actor:
    return accounts.add_account(
        db, SYSTEM, email="admin@krisenpult.example", role="admin", name="Administration"
    ).actor


@pytest.fixture
def posting(home: Home, db: Database, consultant: Actor, case: Case) -> Evidence:
    return evidence.add(
        db, home, consultant, case.id, data=b"Sauladen! Kunde B", file_name="<b>x</b>.txt",
        source_url="https://social.example/1",
    )  # fmt: skip


def open_evidence(
    home: Home, actor: Actor, case: Case, kept: Evidence | None = None, language: str = "de"
) -> AppTest:
    query = {"fall": case.number}
    if kept is not None:
        query["beleg"] = f"B{kept.id}"
    return open_page(home, actor, "cases.pages.evidence", query=query, language=language)


def button(page: AppTest, label: str) -> AppTest:
    return next(each for each in page.button if each.label == label).click().run()


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_opens_for_a_case_without_evidence(
    home: Home, consultant: Actor, case: Case, language: str
) -> None:
    page = open_evidence(home, consultant, case, language=language)
    assert not page.exception
    if language == "de":
        assert "Zuerst sichern, dann reagieren" in words(page)
        assert "Noch kein Beleg" in words(page)
        assert "NA-44" in words(page)


def test_nothing_chosen_is_said_in_a_sentence(home: Home, consultant: Actor, case: Case) -> None:
    page = button(open_evidence(home, consultant, case), "Sichern")
    assert "Dateien" in page.error[0].value


def test_files_come_in_with_their_kind(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_evidence(home, consultant, case)
    page.file_uploader[0].set_value(
        [("system.log", b"12:00 los", "text/plain"), ("b.png", b"MZ\x90", "image/png")]
    ).run()
    page.selectbox(key=f"evidence_kind_{case.id}").set_value("log_file")
    page.text_input(key=f"evidence_taken_{case.id}").set_value("10.03.2026 10:05")
    page.text_input(key=f"evidence_note_{case.id}").set_value("vom Server")
    page = button(page, "Sichern")
    assert not page.exception
    kept = evidence.evidence_of(db, case.id)
    assert sorted((each.file_name, each.kind, each.note) for each in kept) == [
        ("b.png", "log_file", "vom Server"), ("system.log", "log_file", "vom Server"),
    ]  # fmt: skip
    assert {each.captured_at.hour for each in kept} == {9}
    assert "2 Dateien gesichert" in page.success[0].value
    assert "passen nicht zusammen" in page.success[0].value


def test_a_time_that_cannot_be_read_loses_nothing(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_evidence(home, consultant, case)
    page.file_uploader[0].set_value([("a.log", b"x", "text/plain")]).run()
    page.text_input(key=f"evidence_taken_{case.id}").set_value("gestern")
    page.text_input(key=f"evidence_note_{case.id}").set_value("vom Server")
    page = button(page, "Sichern")
    assert page.error
    assert page.text_input(key=f"evidence_note_{case.id}").value == "vom Server"
    assert evidence.evidence_of(db, case.id) == []


def test_text_from_the_clipboard_is_kept(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_evidence(home, consultant, case)
    page.segmented_control(key=f"evidence_way_{case.id}").set_value("clipboard").run()
    page.chat_input[0].set_value("Sauladen!").run()
    [kept] = evidence.evidence_of(db, case.id)
    assert (kept.kind, kept.file_name) == ("notes", "zwischenablage.txt")
    assert evidence.read_whole(db, home, kept.id) == b"Sauladen!"


def test_a_name_from_outside_is_shown_and_never_interpreted(
    home: Home, consultant: Actor, case: Case, posting: Evidence
) -> None:
    page = open_evidence(home, consultant, case, posting)
    assert "&lt;b&gt;x&lt;" in words(page) or "b&gt;.txt" in words(page)
    assert "<b>" not in words(page)


def test_looking_shows_the_text_inert_and_leaves_one_custody_entry(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    hostile = b"<script>alert(1)</script><img src=x>"
    kept = evidence.add(db, home, consultant, case.id, data=hostile, file_name="a.txt")
    page = open_evidence(home, consultant, case, kept)
    assert "alert" not in words(page)
    page = button(page, "Ansehen")
    assert "&lt;script&gt;alert(1)" in words(page)
    assert "<script>" not in words(page)
    page.run()
    actions = [each.action for each in evidence.custody_of(db, kept.id)]
    assert actions == ["received", "viewed"]


def test_a_text_is_redacted_on_the_page(
    home: Home, db: Database, consultant: Actor, case: Case, posting: Evidence
) -> None:
    page = button(open_evidence(home, consultant, case, posting), "Ansehen")
    page.toggle(key=f"evidence_redacting_{posting.id}").set_value(True).run()
    page.text_area(key=f"evidence_passages_{posting.id}").set_value("Kunde B")
    page.text_input(key=f"evidence_redact_why_{posting.id}").set_value("Name der Kundschaft")
    page = button(page, "Geschwärzte Kopie sichern")
    assert not page.exception
    copy = evidence.evidence_of(db, case.id)[0]
    assert evidence.read_whole(db, home, copy.id).decode() == "Sauladen! █████"
    assert f"B{copy.id}" in page.success[0].value
    assert page.selectbox(key=f"evidence_chosen_{case.id}").value == copy.id


def test_an_image_is_redacted_on_the_page(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    written = io.BytesIO()
    Image.new("RGB", (100, 100), (200, 10, 10)).save(written, "PNG")
    kept = evidence.add(db, home, consultant, case.id, data=written.getvalue(), file_name="a.png")
    page = button(open_evidence(home, consultant, case, kept), "Ansehen")
    page.toggle(key=f"evidence_redacting_{kept.id}").set_value(True).run()
    page = button(page, "Geschwärzte Kopie sichern")
    assert page.error
    page.slider(key=f"evidence_across_{kept.id}").set_value((0.0, 50.0))
    page.slider(key=f"evidence_down_{kept.id}").set_value((0.0, 100.0)).run()
    page = button(page, "Stelle schwärzen")
    page.text_input(key=f"evidence_redact_why_{kept.id}").set_value("Name der Kundschaft")
    page = button(page, "Geschwärzte Kopie sichern")
    assert not page.exception
    copy = evidence.evidence_of(db, case.id)[0]
    image = Image.open(io.BytesIO(evidence.read_whole(db, home, copy.id)))
    assert [image.getpixel((x, 50)) for x in (0, 49, 50)] == [(0, 0, 0), (0, 0, 0), (200, 10, 10)]


def test_an_original_is_handed_out_with_recipient_and_reason(
    home: Home, db: Database, consultant: Actor, case: Case, posting: Evidence
) -> None:
    page = open_evidence(home, consultant, case, posting)
    page = button(page, "Bereitstellen")
    assert "Empfänger" in page.error[0].value
    page.text_input(key=f"evidence_recipient_{posting.id}").set_value("Polizei Linz")
    page.text_input(key=f"evidence_reason_{posting.id}").set_value("Anzeige")
    page = button(page, "Bereitstellen")
    assert not page.exception
    assert [each.recipient for each in evidence.custody_of(db, posting.id)] == ["", "Polizei Linz"]
    assert page.get("download_button")


def test_who_had_access_is_written_down(
    home: Home, db: Database, consultant: Actor, case: Case, posting: Evidence
) -> None:
    page = open_evidence(home, consultant, case, posting)
    name = f"evidence_access_{posting.id}"
    page.text_input(key=f"{name}_person").set_value("Anton Aigner")
    page.text_input(key=f"{name}_source").set_value("Telefonat")
    page = next(b for b in page.button if b.label == "Festhalten").click().run()
    [known] = evidence.access_of(db, posting.id)
    assert (known.person, known.had_access) == ("Anton Aigner", "unknown")
    assert "Anton Aigner" in words(page)


def test_the_sheet_is_made_and_the_chain_says_so(
    home: Home, db: Database, consultant: Actor, case: Case, posting: Evidence
) -> None:
    page = button(open_evidence(home, consultant, case, posting), "Beweisblatt anfertigen")
    assert not page.exception
    assert "Beweisblatt angefertigt" in words(page)
    assert page.get("download_button")


def test_a_page_is_kept_and_looked_at_again(
    home: Home, db: Database, consultant: Actor, case: Case, site: Site
) -> None:
    url = site.page("post", POST, title="<i>Beitrag</i>")
    page = open_evidence(home, consultant, case)
    page.segmented_control(key=f"evidence_way_{case.id}").set_value("web").run()
    assert "kein Chromium" in words(page)
    page.text_input(key=f"evidence_capture_url_{case.id}").set_value(url)
    page = button(page, "Seite sichern")
    assert not page.exception
    assert "gesichert" in page.success[0].value
    site.page("post", POST.replace("Sauladen", "Guter Laden"))
    page = button(page, "Noch einmal prüfen")
    assert "geändert" in page.success[0].value
    assert "Guter Laden! Kunde B" in words(page)
    site.page("post", "weg", status=404)
    page = button(page, "Noch einmal prüfen")
    assert "verschwunden \\(HTTP 404\\)" in page.warning[0].value
    [kept] = captures.pages_of(db, case.id)
    assert [each.state for each in captures.checks_of(db, kept.id)] == [
        "captured", "changed", "disappeared",
    ]  # fmt: skip


def test_a_wrong_address_is_said_in_a_sentence(
    home: Home, db: Database, consultant: Actor, case: Case, site: Site
) -> None:
    page = open_evidence(home, consultant, case)
    page.segmented_control(key=f"evidence_way_{case.id}").set_value("web").run()
    page.text_input(key=f"evidence_capture_url_{case.id}").set_value("kfz-aigner.example")
    page = button(page, "Seite sichern")
    assert "keine abrufbare Adresse" in page.error[0].value
    assert page.text_input(key=f"evidence_capture_url_{case.id}").value == "kfz-aigner.example"
    assert captures.pages_of(db, case.id) == []


def test_a_timestamp_is_obtained_on_the_page(
    home: Home, db: Database, admin: Actor, case: Case, posting: Evidence
) -> None:
    settings.put(db, SYSTEM, outbound.NETWORKS_SETTING, "127.0.0.1")
    with TimestampServer(Keys()) as server:
        page = open_evidence(home, admin, case, posting)
        assert "Keine Zeitstempelstelle" in words(page)
        page.text_input(key="timestamp_authority_url").set_value(server.url)
        page.text_area(key="timestamp_authority_root").set_value("kein Zertifikat")
        page = button(page, "Speichern")
        assert "Zertifikat im Format PEM" in page.error[0].value.replace("\\", "")
        page.text_area(key="timestamp_authority_root").set_value(server.root_pem)
        page = button(page, "Speichern")
        assert timestamp.configured(db) is not None
        page = button(page, "Zeitstempel einholen")
        assert not page.exception
        assert "geprüft, stimmt" in words(page)
        server.behave = "garbage"
        page = button(page, "Zeitstempel einholen")
        assert "keine Zeitstempel" in page.error[0].value.replace("\\", "")
    assert len(evidence.timestamps_of(db, posting.id)) == 1


def test_only_an_admin_sets_the_authority(home: Home, consultant: Actor, case: Case) -> None:
    page = open_evidence(home, consultant, case)
    assert "timestamp_authority_url" not in {each.key for each in page.text_input}


def test_a_damaged_original_is_said_in_a_sentence(
    home: Home, consultant: Actor, case: Case, posting: Evidence
) -> None:
    [file] = home.evidence.glob("*/*")
    file.chmod(0o600)
    file.write_bytes(b"anders")
    page = button(open_evidence(home, consultant, case, posting), "Ansehen")
    assert "beschädigt" in page.error[0].value
