"""Ten thousand open cases with two hundred timeline entries each: does a page still come at once?

Fills a home (about two million timeline entries, with clocks, mentions, alerts and hours),
serves it, and measures in headless Chromium how long a click takes until the page stands, on
this home and, in the same run, on one with three cases.

    python -m benchmarks.cases [CASES] [ENTRIES]
"""

from __future__ import annotations

import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from sqlite_utils import Database

from access import accounts
from access.actor import SYSTEM
from cases import store
from cases.store import Case, Firm, Incident, Intake, Person, Policy
from data import Home, now, transaction, utc_text
from ui import session
from ui.schema import open_database

ROOT = Path(__file__).parent.parent
ROUNDS = 7
TARGET_MS = 300
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
MAIN = '[data-testid="stMain"]'
# The page, where the click is made, the link that is clicked.
PAGES = (
    ("board", "/quellen", "Lage"),
    ("cases", "/quellen", "Fälle"),
    ("case", "/faelle", "{number} · {name}"),
    ("timeline", "/fall?fall={number}", "Zeitleiste"),
    ("clocks", "/quellen", "Fristen"),
)


def intake(index: int, at: datetime) -> Intake:
    return Intake(
        firm=Firm(name=f"Betrieb {index}", city="Linz", sector="Handwerk"),
        people=(Person(name=f"Inhaber {index}", function="Inhaber:in", may_approve=True),),
        policy=Policy(number=f"P-{index}"),
        public_name=f"Betrieb {index}",
        event_title="Cyber-Angriff",
        called_at=at,
        opened_at=at,
        answers={"it_events": [{"kind": "cyber_attack", "outage": True, "device": "pc"}]},
        decision={
            "result": "yes",
            "limb": "A",
            "rules": [],
            "explanation": "Ja, das ist ein Kommunikations-Notfall.",
        },
        incident=Incident(kind="cyber_attack", happened_at=at, outage="yes", device="pc"),
    )


def fill(home: Home, cases: int, entries: int) -> list[Case]:
    """Cases through the store, what fills them in one go: it is the reading that is measured."""
    db = home.db()
    begin = now() - timedelta(days=30)
    made = []
    with transaction(db):
        for index in range(cases):
            made.append(
                store.open_case(db, SYSTEM, intake(index, begin + timedelta(minutes=index)))
            )
    with transaction(db):
        for case in made:
            fill_case(db, case, entries)
    db.execute("ANALYZE")
    return made


def fill_case(db: Database, case: Case, entries: int) -> None:
    opened = case.opened_at
    db.conn.executemany(
        "INSERT INTO timeline_entry (case_id, happened_at, recorded_at, actor_name, kind, text)"
        " VALUES (?, ?, ?, 'Mag. Lang', ?, ?)",
        [
            (
                case.id,
                utc_text(opened + timedelta(minutes=each)),
                utc_text(opened + timedelta(minutes=each + each % 3)),
                ("note", "statement", "hours", "alert")[each % 4],
                f"Eintrag {each}: was um diese Zeit geschah und wer es gemeldet hat",
            )
            for each in range(entries)
        ],
    )
    for kind, title, hours in (
        ("gdpr_33", "Meldung an die Datenschutzbehörde", 20 + case.id % 40),
        ("holding", "Erstmeldung", 1 + case.id % 7),
    ):
        store.start_clock(
            db,
            SYSTEM,
            case.id,
            kind=kind,
            title=title,
            started_at=opened,
            due_at=now() + timedelta(hours=hours),
        )
    db.conn.executemany(
        "INSERT INTO mention (case_id, origin, source_name, title, text, published_at, first_seen_at,"
        " severity, state, reasons) VALUES (?, 'manual', 'Seite', ?, ?, ?, ?, ?, ?, '[]')",
        [
            (
                case.id,
                "Saftladen",
                "Die haben meine Daten verloren. " * 6,
                utc_text(now() - timedelta(hours=each)),
                utc_text(now() - timedelta(hours=each)),
                (case.id * 7 + each * 13) % 100,
                ("new", "answered", "irrelevant")[each % 3],
            )
            for each in range(10)
        ],
    )
    if case.id % 50 == 0:
        db.execute(
            "INSERT INTO alert (case_id, rule, severity, raised_at, text, dedupe_key)"
            " VALUES (?, 'severity', ?, ?, 'Angriff mit großer Reichweite', 'bench')",
            [case.id, 60 + case.id % 40, utc_text(now())],
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clicks(page: Page, address: str, link: str) -> list[float]:
    """Milliseconds from a click on ``link`` at ``address`` to the finished page."""
    times = []
    for _round in range(ROUNDS):
        page.goto(address)
        page.wait_for_selector(f"{IDLE} .kp-head h1")
        page.wait_for_timeout(500)
        before = page.locator(MAIN).inner_text()
        target = page.get_by_role("link", name=link, exact=True).first
        started = time.perf_counter()
        target.click()
        page.wait_for_function(
            """([main, idle, before]) => document.querySelector(idle)
                && document.querySelector(main + " .kp-head h1")
                && document.querySelector(main).innerText !== before""",
            arg=[MAIN, IDLE, before],
            timeout=60_000,
            polling=5,
        )
        times.append((time.perf_counter() - started) * 1000)
    return times


def measure(home: Home, case: Case) -> dict[str, list[float]]:
    account = accounts.add_account(
        home.db(), SYSTEM, email="bench@krisenpult.example", role="consultant", name="Mag. Lang"
    )
    token = accounts.open_session(home.db(), account.id)
    port = free_port()
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "cli",
            "serve",
            "--no-watch",
            "--home",
            home.path,
            "--port",
            str(port),
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(port)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
            context.add_cookies([{"name": session.COOKIE, "value": token, "url": base}])
            page = context.new_page()
            page.goto(f"{base}/quellen")
            page.wait_for_selector(f"{IDLE} .kp-head h1", timeout=60_000)
            taken = {
                name: clicks(
                    page,
                    base + start.format(number=case.number),
                    link.format(number=case.number, name=case.public_name),
                )
                for name, start, link in PAGES
            }
            browser.close()
    finally:
        server.terminate()
        server.wait(20)
    return taken


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the server does not answer")


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    entries = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    taken: dict[int, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in (3, cases):
            home = Home.at(Path(folder) / str(size))
            open_database(home)
            started = time.perf_counter()
            made = fill(home, size, entries)
            filled = time.perf_counter() - started
            print(
                f"{size} cases, {size * entries} timeline entries, filled in {filled:.0f} s,"
                f" {(home.path / 'krisenpult.db').stat().st_size / 1e6:.0f} MB",
                file=sys.stderr,
            )
            taken[size] = measure(home, made[-1])
            home.close()
    print(f"{'page':10} {'3 cases':>10} {'':>8} {f'{cases} cases':>14}")
    print(f"{'':10} {'median ms':>10} {'worst':>8} {'median ms':>14} {'worst':>8} {'':>10}")
    for name, _start, _link in PAGES:
        few, many = taken[3][name], taken[cases][name]
        verdict = "ok" if statistics.median(many) < TARGET_MS else f"over {TARGET_MS}"
        print(
            f"{name:10} {statistics.median(few):10.0f} {max(few):8.0f}"
            f" {statistics.median(many):14.0f} {max(many):8.0f} {verdict:>10}"
        )
    print(json.dumps({str(size): by_page for size, by_page in taken.items()}), file=sys.stderr)


if __name__ == "__main__":
    main()
