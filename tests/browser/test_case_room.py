"""One case from the open question to the file that goes to the insurer, as people do it.

A baker whose router died: the contract leaves open whether that counts (U-05). The question
is decided, what was said about the firm is captured from a page, the press is on the phone,
the shift ends, and the case file is checked on a machine that knows nothing of the case.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from access import settings
from access.actor import SYSTEM, Actor
from budget import store as budget_store
from budget.entry import Work
from budget.worktime import WorkTime
from cases import coverage, evidence, store
from cases.store import Case, Firm, Incident, Intake, Person, Policy
from cases.store import handover as handovers
from data import now
from data.times import local
from tests.browser.conftest import DESKTOP, Served, keep_screen, settle, signed_in
from tests.browser.test_journey import button, choose, fill, go, unfold, until
from tests.servers.pages import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ANSWERS = {
    "it_events": [{"kind": "hardware_defect", "outage": True, "device": "router"}],
    "communication_need": True,
    "sudden": True,
    "unforeseeable": True,
}
POSTING = "Die Bäckerei Öhler hat seit gestern zu und verliert unsere Bestellungen."


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as started:
        yield started


def open_bakery(served: Served) -> Case:
    """The call as the night shift took it down, half an hour ago, with one entry booked."""
    actor = served.accounts["consultant"].actor
    called = now() - timedelta(minutes=30)
    case = store.open_case(
        served.home.db(),
        actor,
        Intake(
            firm=Firm(name="Bäckerei Öhler", legal_form="e.U.", city="Mödling", sector="Bäckerei"),
            people=(Person(name="Ida Öhler", function="Inhaberin", may_approve=True),),
            policy=Policy(number="NIA-2026-20001"),
            public_name="Bäckerei Öhler",
            event_title="Router defekt",
            called_at=called,
            opened_at=called,
            answers=ANSWERS,
            decision=coverage.to_json(coverage.decide(coverage.from_json(ANSWERS))),
            incident=Incident(
                kind="hardware_defect", happened_at=called, outage="yes", device="router"
            ),
        ),
    )
    book(served, actor, case)
    return case


def book(served: Served, actor: Actor, case: Case) -> None:
    budget_store.book_work(
        served.home.db(),
        actor,
        case.id,
        Work(
            work=WorkTime(now() - timedelta(minutes=30), now() - timedelta(minutes=15)),
            rate_cents=15_000,
            activity="situation",
            text="Lagebild",
        ),
    )


def test_from_the_open_question_to_the_insurers_file(
    browser: Browser, served: Served, site: Site, tmp_path: Path
) -> None:
    case = open_bakery(served)
    assert case.coverage_result == "clarify"
    desk = signed_in(browser, served, "consultant", DESKTOP)
    page = desk.new_page()
    decide_the_open_point(page, served, case)
    capture(page, served, case, site)
    press(page, served, case)
    move(page, served, case)
    hand_over(page, browser, served, case)
    case_file(page, served, case, tmp_path)
    desk.close()


def typed(page: Page, field: str, text: str, *, of: str) -> None:
    """Type into the field whose key ends so, in the form of this name."""
    box = page.locator(f'[class*="{of}"][class*="{field}"] input').first
    box.fill(text)
    box.press("Tab")
    settle(page)


def decide_the_open_point(page: Page, served: Served, case: Case) -> None:
    go(page, served, f"deckung?fall={case.number}")
    expect(page.get_by_text("in Klärung").first).to_be_visible()
    unfold(page, "Offenen Punkt ansehen und entscheiden")
    page.locator('[class*="U-05"][class*="_value"] label').filter(
        has_text="zählt wie ein PC"
    ).first.click()
    settle(page)
    typed(page, "_by", "Dr. Wimmer", of="U-05")
    typed(page, "_reason", "Ohne Router ist das Netz ausgefallen.", of="U-05")
    button(page, "Folgen zeigen")
    expect(page.get_by_text(case.number).first).to_be_visible()
    assert store.case_by_id(served.home.db(), case.id).coverage_result == "clarify"
    button(page, "Entscheidung festhalten")
    expect(page.get_by_text("gedeckt A").first).to_be_visible()
    decided = store.case_by_id(served.home.db(), case.id)
    assert (decided.coverage_result, decided.limb) == ("yes", "A")
    keep_screen(page, "10-deckung")


def capture(page: Page, served: Served, case: Case, site: Site) -> None:
    settings.put(served.home.db(), SYSTEM, "outbound.allow_net", "127.0.0.2/32")
    url = site.page("posting", f"<p>{POSTING}</p>", title="Forum Mödling")
    go(page, served, f"belege?fall={case.number}")
    page.get_by_text("Webseite", exact=True).first.click()
    settle(page)
    fill(page, "Adresse des Beitrags oder der Seite", url)
    button(page, "Seite sichern")
    db = served.home.db()
    until(lambda: bool(evidence.evidence_of(db, case.id)))
    kept = {each.file_name for each in evidence.evidence_of(db, case.id)}
    assert {"page.html", "headers.json", "text.txt", "capture.json"} <= kept
    keep_screen(page, "11-belege")


def press(page: Page, served: Served, case: Case) -> None:
    go(page, served, f"fristen?fall={case.number}")
    unfold(page, "Anfrage aufnehmen")
    fill(page, "Medium", "Bezirksblatt")
    fill(page, "Name", "Eva Huber")
    due = local(now() + timedelta(hours=2)).strftime("%d.%m.%Y %H:%M")
    fill(page, "Frist (TT.MM.JJJJ hh:mm); leer: keine genannt", due)
    fill(page, "Fragen", "Wann sperrt die Bäckerei wieder auf?")
    page.get_by_role("button", name="Anfrage aufnehmen", exact=True).last.click()
    settle(page)
    expect(page.get_by_text("Bezirksblatt").first).to_be_visible()
    keep_screen(page, "12-fristen")
    go(page, served, "fristen")
    expect(page.get_by_text(case.number).first).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("button", name="Als Kalenderdatei (.ics)").click()
    assert "BEGIN:VCALENDAR" in Path(started.value.path()).read_text(encoding="utf-8")


def move(page: Page, served: Served, case: Case) -> None:
    """The defect turns out to have nothing to do with a second wave: an event of its own."""
    db = served.home.db()
    before = case.insured_event_id
    go(page, served, f"versicherungsfall?fall={case.number}")
    unfold(page, "Fall zu einem anderen Versicherungsfall verschieben")
    fill(page, "Titel des neuen Versicherungsfalls", "Zweiter Defekt")
    form = page.get_by_test_id("stForm").filter(
        has=page.get_by_label("Titel des neuen Versicherungsfalls")
    )
    form.get_by_label("Begründung").fill("Andere Ursache")
    form.get_by_label("Entschieden von (Name)").fill("Dr. Wimmer")
    button(page, "Vorschau der Beträge")
    assert store.case_by_id(db, case.id).insured_event_id == before
    button(page, "Verschieben")
    until(lambda: store.case_by_id(db, case.id).insured_event_id != before)
    moved = store.case_by_id(db, case.id)
    assert budget_store.event_state(db, before, now()).covered_cents == 0
    assert budget_store.event_state(db, moved.insured_event_id, now()).covered_cents > 0
    keep_screen(page, "13-versicherungsfall")


def hand_over(page: Page, browser: Browser, served: Served, case: Case) -> None:
    """Berger takes over only when every point is ticked by name."""
    db = served.home.db()
    go(page, served, "uebergabe")
    choose(page, page.locator('[class*="_receiving"]').first, "Berger")
    button(page, "Übergabe beginnen")
    fill(page, "Lage in zwei, drei Sätzen", "Router getauscht, Forum schimpft.")
    fill(page, "Nächste drei Schritte", "Bezirksblatt antworten")
    button(page, "Notiz speichern")
    [opened] = handovers.open_handovers(db)
    night = signed_in(browser, served, "colleague", DESKTOP)
    other = night.new_page()
    go(other, served, f"uebergabe?uebergabe={opened.id}")
    expect(other.get_by_text("Router getauscht, Forum schimpft.")).to_be_visible()
    other.get_by_role("button", name="Übergabe abschließen").click()
    expect(other.get_by_text("Die Übergabe ist noch nicht vollständig.")).to_be_visible()
    assert handovers.open_handovers(db) != []
    for box in other.get_by_role("checkbox").all():
        box.check(force=True)
    keep_screen(other, "14-uebergabe")
    button(other, "Angehakte bestätigen als Berger")
    finish = other.get_by_role("button", name="Übergabe abschließen")
    expect(finish).to_be_enabled()
    finish.click()
    settle(other)
    until(lambda: handovers.open_handovers(db) == [])
    assert store.case_by_id(db, case.id).on_duty == "Berger"
    night.close()


def case_file(page: Page, served: Served, case: Case, tmp_path: Path) -> None:
    """What leaves the house is whole, and a changed byte is found, on a machine without a home."""
    go(page, served, f"akte?fall={case.number}")
    keep_screen(page, "15-akte")
    button(page, "Fallakte erstellen")
    with page.expect_download() as started:
        page.get_by_role("button", name="herunterladen").first.click()
    packed = tmp_path / "akte.zip"
    started.value.save_as(packed)
    assert verified(packed, tmp_path)["ok"]
    content = bytearray(packed.read_bytes())
    content[len(content) // 3] ^= 1
    packed.write_bytes(content)
    assert not verified(packed, tmp_path).get("ok")


def verified(packed: Path, folder: Path) -> dict[str, object]:
    finished = subprocess.run(
        [sys.executable, "-m", "cli", "verify", packed, "--home", folder / "fresh"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert "Traceback" not in finished.stderr
    found: dict[str, object] = json.loads(finished.stdout) if finished.stdout else {}
    return found
