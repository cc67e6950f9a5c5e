"""How long people wait: the first page after a start, and the answer to a click.

Serves the demonstration on a free port, opens it in headless Chromium and prints

- the seconds from the server's first line in the terminal to the first page with content;
- for each page the milliseconds from the click in the navigation to the finished page
  (median and worst of several clicks).
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
ROUNDS = 5
PAGES = ("Lage", "Fälle", "Meldungen", "Stellungnahmen", "Leistungen", "Quellen", "Auswertung")
MAIN = '[data-testid="stMain"]'
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def first_page(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("heading", name="Lage").wait_for(timeout=60_000)


def click(page: Page, name: str) -> float:
    """Milliseconds until the page under ``name`` shows other content and stands still."""
    # People look at a page before they leave it; a half-drawn one would end the measure early.
    page.wait_for_timeout(300)
    before = page.locator(MAIN).inner_text()
    started = time.perf_counter()
    page.get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_function(
        """([main, idle, before]) => document.querySelector(idle)
            && document.querySelector(main + " .kp-head h1")
            && document.querySelector(main).innerText !== before""",
        arg=[MAIN, IDLE, before],
        timeout=60_000,
        polling=5,
    )
    return (time.perf_counter() - started) * 1000


def leave(page: Page, name: str) -> None:
    """Go to another page than ``name``, unless that is where we are."""
    other, path = ("Fälle", "/faelle") if name != "Fälle" else ("Quellen", "/quellen")
    if not page.url.endswith(path):
        click(page, other)


def main() -> None:
    port = free_port()
    log = Path(tempfile.mkstemp(suffix=".log")[1])
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "cli", "demo", "--port", str(port)],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        while not (found := re.search(r"beratung\s+(http\S+)\s", log.read_text())):
            time.sleep(0.02)
        link = found[1]
        first_line = time.perf_counter()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
            while True:
                try:
                    first_page(page, link)
                    break
                except Exception as error:
                    if "ERR_CONNECTION_REFUSED" not in str(error):
                        raise
                    time.sleep(0.05)
            print(
                f"first line in the terminal to first page  {time.perf_counter() - first_line:6.2f} s"
            )
            page.wait_for_selector(IDLE)
            print(f"{'page':16} {'median ms':>10} {'worst ms':>10}")
            for name in PAGES:
                times = []
                for _round in range(ROUNDS):
                    leave(page, name)
                    times.append(click(page, name))
                print(f"{name:16} {statistics.median(times):10.0f} {max(times):10.0f}")
            browser.close()
    finally:
        server.terminate()
        server.wait(20)
        log.unlink()


if __name__ == "__main__":
    main()
