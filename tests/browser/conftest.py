"""The product as its users meet it: a served home, a local feed, a mailbox, a browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from access import accounts
from access.accounts import Account
from access.actor import SYSTEM
from data import Home
from tests.servers.feeds import FeedServer
from ui.schema import open_database

PASSWORD = "sehr-langes-passwort"
SCREENS = Path(__file__).parents[2] / "docs" / "screens"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Served:
    """A running product."""

    url: str
    home: Home
    accounts: dict[str, Account]
    log: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def serve(home: Home, folder: Path, *arguments: str) -> tuple[subprocess.Popen[bytes], str, Path]:
    """Start ``krisenpult serve`` on the home; returns the process, its URL and its log."""
    port = free_port()
    log = folder / "serve.log"
    environment = {
        **os.environ,
        "KRISENPULT_HOME": str(home.path),
        "KRISENPULT_ALLOW_NET": "127.0.0.1/32",
    }
    environment.pop("KRISENPULT_BASE_URL", None)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "serve", "--port", str(port), *arguments],
            cwd=Path(__file__).parents[2],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/health")
    except OSError:
        process.kill()
        process.wait()
        raise RuntimeError(log.read_text()) from None
    return process, url, log


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A product with one account a role, and nothing else in it."""
    folder = tmp_path_factory.mktemp("served")
    home = Home.at(folder / "home")
    db = open_database(home)
    people = {
        role: accounts.add_account(
            db, SYSTEM, email=f"{role}@krisenpult.example", role=role, name=name, password=PASSWORD
        )
        for role, name in (
            ("consultant", "Mag. Lang"),
            ("reviewer", "Kostenprüfung"),
            ("admin", "Administration"),
        )
    }
    people["colleague"] = accounts.add_account(
        db,
        SYSTEM,
        email="colleague@krisenpult.example",
        role="consultant",
        name="Berger",
        password=PASSWORD,
    )
    process, url, log = serve(home, folder)
    yield Served(url, home, people, log)
    stop(process)
    home.close()


@pytest.fixture(scope="module")
def feeds() -> Iterator[FeedServer]:
    with FeedServer() as server:
        yield server


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium where there is one, Playwright's own otherwise."""
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    started = playwright.chromium.launch(executable_path=found, args=_QUIET)
    yield started
    started.close()


def signed_in(browser: Browser, served: Served, role: str, size: dict[str, int]) -> BrowserContext:
    """A browser context with the session of this role's account."""
    token = accounts.open_session(served.home.db(), served.accounts[role].id)
    context = browser.new_context(viewport=size, locale="de-AT", timezone_id="Europe/Vienna")
    context.add_cookies([{"name": "krisenpult_session", "value": token, "url": served.url}])
    return context


def settle(page: Page) -> None:
    """Wait until Streamlit has finished its run and the page stands still."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_timeout(250)


def keep_screen(page: Page, name: str) -> None:
    """Keep the screenshot of a station under docs/screens/, where it is asked for."""
    if os.environ.get("KRISENPULT_KEEP_SCREENS"):
        SCREENS.mkdir(parents=True, exist_ok=True)
        size = page.viewport_size or DESKTOP
        # Streamlit scrolls inside its page: only a window as tall as the content shows it all.
        tall = page.evaluate(
            "() => Math.max(document.body.scrollHeight, ...[...document.querySelectorAll("
            "'[data-testid=stMain] > *')].map(each => each.scrollHeight))"
        )
        page.set_viewport_size({"width": size["width"], "height": min(max(tall, 480), 2200)})
        page.wait_for_timeout(400)
        page.screenshot(path=SCREENS / f"{name}.png", full_page=True)
        page.set_viewport_size(size)
