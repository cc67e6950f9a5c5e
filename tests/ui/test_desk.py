"""The board, the administration and the owner's page, on the worked cases."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest
from sqlite_utils import Database

from access import accounts
from access.accounts import Account
from access.actor import SYSTEM, Actor
from access.roles import may
from budget import store as budget_store
from budget.entry import Work
from budget.worktime import WorkTime
from cases import evidence, store
from cases.store import Case
from data import Home
from tests.pages import open_page, words
from ui import casefile, demo, operations
from ui import main as ui_main
from ui.main import PAGES
from ui.schema import open_database

NOON = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, dict[str, Account]]]:
    """The three worked cases, loaded once."""
    home = Home.at(tmp_path_factory.mktemp("worked") / "home")
    open_database(home)
    people = demo.load(home, NOON)
    yield home, people
    home.close()


@pytest.mark.parametrize(
    ("name", "covered", "overflow", "remaining"),
    [
        pytest.param("Kfz-Werkstätte Aigner", 41_250, 0, 208_750, id="S1"),
        pytest.param("Tischlerei Moser", 56_250, 0, 193_750, id="S4"),
        pytest.param("Gasthaus Kirchenwirt", 0, 0, 250_000, id="S6"),
    ],
)
def test_the_worked_cases_use_the_cap_as_stated(
    worked: tuple[Home, dict[str, Account]],
    name: str,
    covered: int,
    overflow: int,
    remaining: int,
) -> None:
    home, _people = worked
    case = next(case for case in store.list_cases(home.db()) if case.public_name == name)
    state = budget_store.event_state(home.db(), case.insured_event_id, NOON)
    assert (state.covered_cents, state.overflow_cents, state.remaining_cents) == (
        covered,
        overflow,
        remaining,
    )


def test_the_released_first_statement_settles_its_clock(
    worked: tuple[Home, dict[str, Account]],
) -> None:
    home, _people = worked
    settled = {
        case.public_name: clock.settled_as
        for case in store.list_cases(home.db(), "open")
        for clock in store.clocks_of(home.db(), case.id)
        if clock.kind == "holding"
    }
    assert settled == {
        "Kfz-Werkstätte Aigner": "done",
        "Tischlerei Moser": None,
        "Blumen Lindner": "done",
    }


def test_the_refused_case_bills_the_firm_and_keeps_the_house_to_itself(
    worked: tuple[Home, dict[str, Account]],
) -> None:
    home, _people = worked
    case = store.list_cases(home.db(), "refused")[0]
    entries = {entry.kind: entry for entry in budget_store.entries_of(home.db(), case.id)}
    assert entries["insured_pays"].net_cents == 7_500
    assert entries["insured_pays"].payer == "owner"
    assert entries["internal"].net_cents == 5_625
    assert entries["internal"].payer == "none"
    decision = store.coverage_of(home.db(), case.id)[0].decision
    assert decision["rules"][0]["id"] == "NA-01"
    assert "ausgenommen Registrierkassen" in decision["rules"][0]["quote"]


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_board_shows_the_open_cases_and_their_next_steps(
    worked: tuple[Home, dict[str, Account]], language: str
) -> None:
    home, people = worked
    page = open_page(home, people["beratung"].actor, "ui.screens.board", language=language)
    assert not page.exception
    said = words(page)
    assert "Kfz-Werkstätte Aigner" in said
    assert "16\N{NO-BREAK SPACE}%" in said
    assert ("gedeckt A" if language == "de" else "covered") in said
    assert "Gasthaus Kirchenwirt" not in said


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param("Kfz-Werkstätte Aigner", "€ 412,50 von € 2.500,00", id="S1"),
        pytest.param("Tischlerei Moser", "€ 562,50 von € 2.500,00", id="S4"),
        pytest.param("Gasthaus Kirchenwirt", "€ 0,00 von € 2.500,00", id="S6"),
    ],
)
def test_the_hours_page_shows_the_stated_euros(
    worked: tuple[Home, dict[str, Account]], name: str, line: str
) -> None:
    home, people = worked
    case = next(case for case in store.list_cases(home.db()) if case.public_name == name)
    page = open_page(
        home, people["beratung"].actor, "registered", "hours", query={"fall": case.number}
    )
    assert not page.exception
    assert line in words(page).replace("\N{NO-BREAK SPACE}", " ")


def test_an_alert_is_acknowledged_on_the_board(home: Home, db: object) -> None:
    people = demo.load(home, NOON)
    page = open_page(home, people["beratung"].actor, "ui.screens.board")
    first = next(button for button in page.button if (button.key or "").startswith("acknowledge_"))
    open_before = _open_alerts(home)
    first.click().run()
    assert not page.exception
    assert _open_alerts(home) == open_before - 1


def _open_alerts(home: Home) -> int:
    query = "SELECT count(*) FROM alert WHERE acknowledged_at IS NULL"
    return int(home.db().execute(query).fetchone()[0])


def test_a_wrong_case_number_in_a_link_is_said_and_the_board_still_works(
    worked: tuple[Home, dict[str, Account]],
) -> None:
    home, people = worked
    page = open_page(
        home, people["beratung"].actor, "ui.screens.board", query={"fall": "KP-1999-0001"}
    )
    assert not page.exception
    assert "Den Fall „KP\\-1999\\-0001“ gibt es nicht" in words(page)


def test_an_empty_desk_offers_the_example_data_to_the_administration(home: Home) -> None:
    admin = accounts.add_account(
        home.db(), SYSTEM, email="admin@krisenpult.example", role="admin", name="Admin"
    ).actor
    page = open_page(home, admin, "ui.screens.board")
    assert "Kein offener Fall" in words(page)
    page.button(key="load_examples").click().run(timeout=60)
    assert not page.exception
    assert not page.error
    names = [case.public_name for case in store.list_cases(home.db(), "open")]
    assert names == ["Kfz-Werkstätte Aigner", "Tischlerei Moser"]
    states = {row["state"] for row in home.db().query("SELECT state FROM statement")}
    assert "released" in states
    assert operations.verify(home)["ok"]


def test_no_folder_beside_the_script_is_taken_for_pages_of_streamlit() -> None:
    """With one, the first deep link after a start would end at "Page not found"."""
    assert not (Path(ui_main.__file__).parent / "pages").exists()


def test_the_owner_sees_the_own_firm_only(worked: tuple[Home, dict[str, Account]]) -> None:
    home, people = worked
    said = words(open_page(home, people["inhaber"].actor, "ui.screens.own_firm"))
    assert "Kfz-Werkstätte Aigner" in said
    assert "Tischlerei" not in said
    assert "informiert" in said


def test_an_account_is_added_with_its_setup_link(home: Home) -> None:
    admin = accounts.add_account(
        home.db(), SYSTEM, email="admin@krisenpult.example", role="admin", name="Admin"
    ).actor
    page = open_page(home, admin, "ui.screens.admin")
    page.text_input(key="new_account_email").set_value("kein-at")
    page.button[_index(page, "Anlegen")].click().run()
    assert "ist keine E\\-Mail\\-Adresse" in words(page)
    page.text_input(key="new_account_email").set_value("neu@krisenpult.example")
    page.button[_index(page, "Anlegen")].click().run()
    assert not page.exception
    assert "/konto/einrichten/" in page.code[0].value
    emails = [account.email for account in accounts.list_accounts(home.db())]
    assert "neu@krisenpult.example" in emails


def _index(page: object, label: str) -> int:
    return next(i for i, button in enumerate(page.button) if button.label == label)  # type: ignore[attr-defined]


def test_the_check_names_what_is_damaged(home: Home) -> None:
    demo.load(home, NOON)
    report = operations.verify(home)
    assert report["ok"], report["problems"]
    assert report["evidence_files"] == sum(1 for _path in home.evidence.glob("*/*"))
    first = evidence.evidence_by_id(home.db(), 1)
    original = next(home.evidence.glob(f"*/{first.sha256}"))
    original.chmod(0o600)
    original.write_bytes(b"something else")
    plain = sqlite3.connect(home.database)
    plain.execute("DROP TRIGGER audit_entry_no_update")
    plain.execute("UPDATE audit_entry SET actor_name = 'Nobody' WHERE id = 3")
    plain.commit()
    plain.close()
    report = operations.verify(home)
    assert not report["ok"]
    assert any("audit entry 3 was changed" in problem for problem in report["problems"])
    assert any("evidence 1 was changed" in problem for problem in report["problems"])


def test_the_case_file_is_whole_and_keeps_the_house_to_itself(home: Home, tmp_path: Path) -> None:
    people = demo.load(home, NOON)
    db = home.db()
    case = next(case for case in store.list_cases(db) if case.public_name.startswith("Kfz"))
    packed = casefile.build(home, people["beratung"].actor, case.number)
    with zipfile.ZipFile(io.BytesIO(packed)) as zipped:
        manifest = json.loads(zipped.read("manifest.json"))
        assert set(manifest["files"]) == set(zipped.namelist()) - {"manifest.json"}
        assert casefile.verify(packed) == []
        kept = {each.sha256: each for each in evidence.evidence_of(db, case.id)}
        inside = [
            kept[digest]
            for name, digest in manifest["files"].items()
            if name.startswith("evidence/")
        ]
        redacted = {each.original_id for each in kept.values()}
        assert {each.id for each in inside} == {each.id for each in kept.values()} - redacted
        report = pypdf.PdfReader(io.BytesIO(zipped.read("report.pdf")))
        text = "".join(page.extract_text() for page in report.pages)
        assert "Kfz-Werkstätte Aigner" in text
        assert "€\N{NO-BREAK SPACE}112,50" in text or "112,50" in text
    plain = next(each for each in inside if each.original_id is None)
    custody = [entry.action for entry in evidence.custody_of(db, plain.id)]
    assert custody == ["received", "exported with the case file"]


def test_the_case_file_of_a_refused_case_holds_no_internal_work(home: Home) -> None:
    people = demo.load(home, NOON)
    case = store.list_cases(home.db(), "refused")[0]
    packed = casefile.build(home, people["beratung"].actor, case.number)
    with zipfile.ZipFile(io.BytesIO(packed)) as zipped:
        kinds = {entry["kind"] for entry in json.loads(zipped.read("hours.json"))["entries"]}
    assert kinds == {"insured_pays"}


def test_a_changed_case_file_is_found_out(home: Home) -> None:
    people = demo.load(home, NOON)
    case = store.list_cases(home.db(), "open")[0]
    packed = casefile.build(home, people["beratung"].actor, case.number)
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as before,
        zipfile.ZipFile(changed, "w") as after,
    ):
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content + b" " if name == "timeline.json" else content)
    assert casefile.verify(changed.getvalue()) == ["timeline.json was changed"]


ROLES = {
    "beratung": {"lage", "faelle", "meldungen", "stellungnahmen", "fristen", "leistungen",
                 "dienst", "quellen", "auswertung"},
    "pruefung": {"leistungen", "auswertung"},
    "inhaber": {"meine-firma"},
    "admin": {"lage", "faelle", "meldungen", "stellungnahmen", "fristen", "leistungen", "dienst",
              "quellen", "auswertung", "verwaltung"},
}  # fmt: skip


@pytest.mark.parametrize("who", list(ROLES))
def test_each_role_finds_its_pages_and_no_others(
    worked: tuple[Home, dict[str, Account]], who: str
) -> None:
    home, people = worked
    actor: Actor = people[who].actor
    shown = {page.path for page in PAGES if page.visible and may(actor, page.action)}
    assert shown == ROLES[who]
    for page in PAGES:
        opened = open_page(home, actor, "registered", page.name)
        assert not opened.exception, page.name
        denied = "gehört nicht zu Ihrer Rolle" in words(opened)
        assert denied == (not may(actor, page.action)), page.name


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (
            "UPDATE event_cap SET cap_cents = cap_cents + 100",
            "the ledger's cap is not that of the event",
        ),
        (
            "DROP TRIGGER evidence_no_delete; PRAGMA foreign_keys = OFF;"
            " DELETE FROM evidence WHERE id = (SELECT min(id) FROM evidence)",
            "is not what arrived",
        ),
        (
            "DROP TRIGGER evidence_no_update; UPDATE evidence SET bytes = bytes + 1",
            "was changed",
        ),
    ],
    ids=["the cap of the ledger", "a vanished original", "the size of an original"],
)
def test_the_check_finds_what_was_changed_beside_the_desk(
    home: Home, db: Database, consultant: Actor, case: Case, damage: str, problem: str
) -> None:
    evidence.add(db, home, consultant, case.id, data=b"Sauladen", file_name="beitrag.txt")
    at = case.opened_at
    budget_store.book_work(
        db,
        consultant,
        case.id,
        Work(WorkTime(at, at + timedelta(hours=1)), 15_000, "situation", "Lagebild"),
    )
    db.conn.executescript(damage)
    found = operations.verify(home)
    assert not found["ok"]
    assert any(problem in each for each in found["problems"])
