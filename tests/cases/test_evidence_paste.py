"""A picture pasted with the keyboard becomes evidence, under the policy the product is served with."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from access import accounts
from access.actor import Actor
from cases import evidence
from cases.store import Case
from data import Home
from tests.browser import conftest as product

_TO_CLIPBOARD = """async encoded => {
  const bytes = Uint8Array.from(atob(encoded), sign => sign.charCodeAt(0));
  const picture = new Blob([bytes], {type: 'image/png'});
  await navigator.clipboard.write([new ClipboardItem({'image/png': picture})]);
}"""


@pytest.fixture
def page(home: Home, consultant: Actor, tmp_path: Path) -> Iterator[Page]:
    """A signed-in consultant's page, which may use the clipboard."""
    assert consultant.account_id is not None
    token = accounts.open_session(home.db(), consultant.account_id)
    process, url, _log = product.serve(home, tmp_path)
    try:
        with sync_playwright() as playwright:
            browser = _browser(playwright)
            context = browser.new_context(
                base_url=url, viewport={"width": 1440, "height": 900}, locale="de-AT"
            )
            context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
            context.add_cookies([{"name": "krisenpult_session", "value": token, "url": url}])
            yield context.new_page()
            browser.close()
    finally:
        product.stop(process)


def _browser(playwright: product.Playwright) -> Browser:
    found = next((path for name in product._BROWSERS if (path := product.shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=found, args=product._QUIET)


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (60, 30), (200, 40, 90)).save(written, "PNG")
    return written.getvalue()


@pytest.mark.browser
def test_a_picture_pasted_with_the_keyboard_becomes_evidence(
    page: Page, home: Home, case: Case
) -> None:
    page.goto(f"/belege?fall={case.number}")
    product.settle(page)
    page.get_by_text("Zwischenablage", exact=True).click()
    product.settle(page)
    page.evaluate(_TO_CLIPBOARD, base64.b64encode(picture()).decode())
    page.get_by_placeholder("Hier einfügen").click()
    page.keyboard.press("Control+V")
    page.get_by_text("image.png").wait_for()
    page.keyboard.type("Posting von B")
    # The picture is on its way to the server until then.
    page.get_by_test_id("stChatInputSubmitButton").click()
    page.get_by_text("Gesichert als B").wait_for()
    [kept] = evidence.evidence_of(home.db(), case.id)
    assert (kept.note, kept.content_type, kept.kind) == ("Posting von B", "image/png", "screenshot")
    shown = Image.open(io.BytesIO(evidence.read_whole(home.db(), home, kept.id))).convert("RGB")
    assert (shown.size, shown.getpixel((5, 5))) == ((60, 30), (200, 40, 90))
