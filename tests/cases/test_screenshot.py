"""The picture of a page: whole, after its scripts, and reached through the gate only."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image
from sqlite_utils import Database

from access.actor import Actor
from access.outbound import Gate
from cases import capture, evidence, screenshot
from cases.errors import ScreenshotUnavailable
from cases.screenshot import Patience
from cases.store import Case
from data import Home
from tests.servers.pages import SITE_NETWORK, Canary, Site

QUICK = Patience(load=3.0, rest=0.6, total=15.0)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.fixture
def gate() -> Gate:
    return Gate(allow_net=[SITE_NETWORK])


@pytest.fixture
def _browser_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """These pages are ours; Chromium has no sandbox where the tests run as root."""
    if os.geteuid() == 0:
        monkeypatch.setenv(screenshot.NO_SANDBOX_VARIABLE, "1")


def browsers() -> set[str]:
    """The running processes with a profile of ours."""
    found = set()
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                line = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if b"--user-data-dir=" in line and b"/krisenpult-" in line:
                found.add(process.name)
    return found


@pytest.mark.browser
@pytest.mark.usefixtures("_browser_allowed")
def test_the_whole_page_is_taken_as_it_is_after_its_scripts(site: Site, gate: Gate) -> None:
    url = site.page(
        "post",
        "<style>body{margin:0}div{height:3000px;background:rgb(10,20,200)}</style><p id=a>vorher"
        "<div></div><script>alert(1);document.getElementById('a').textContent='Größe nachher'"
        "</script>",
    )
    before = browsers()
    picture = screenshot.take(gate, url, QUICK)
    image = Image.open(io.BytesIO(picture.png)).convert("RGB")
    assert image.width == screenshot.WIDTH
    assert image.height > 3000
    assert image.getpixel((600, 2500)) == (10, 20, 200)
    assert picture.text.strip() == "Größe nachher"
    assert (picture.url, picture.whole, picture.refused) == (url, True, ())
    assert "Chrome" in picture.browser
    assert browsers() <= before


@pytest.mark.browser
@pytest.mark.usefixtures("_browser_allowed")
def test_a_page_that_tries_to_reach_the_house_reaches_nothing(site: Site, gate: Gate) -> None:
    with Canary() as canary:
        inside = f"127.0.0.1:{canary.port}"
        url = site.page(
            "post",
            f"""<p>harmlos</p><img src="http://{inside}/img"><link rel=preconnect
            href="http://{inside}"><link rel=dns-prefetch href="//{inside}">
            <iframe src="http://{inside}/frame"></iframe><iframe src="file:///etc/passwd"></iframe>
            <script>
            const never = () => 0;
            for (const host of ['{inside}', 'localhost:{canary.port}', '[::1]:{canary.port}',
                                '169.254.169.254', '0.0.0.0:{canary.port}'])
              fetch('http://' + host + '/fetch', {{mode: 'no-cors'}}).catch(never);
            try {{ new WebSocket('ws://{inside}/ws'); }} catch (e) {{ never(); }}
            try {{ new EventSource('http://{inside}/events'); }} catch (e) {{ never(); }}
            navigator.sendBeacon('http://{inside}/beacon', 'x');
            try {{ new WebTransport('https://{inside}/').ready.catch(never); }}
            catch (e) {{ never(); }}
            const peer = new RTCPeerConnection(
                {{iceServers: [{{urls: 'stun:{inside}'}},
                 {{urls: 'turn:{inside}?transport=tcp', username: 'a', credential: 'b'}}]}});
            peer.createDataChannel('x');
            peer.createOffer().then(offer => peer.setLocalDescription(offer)).catch(never);
            new Worker(URL.createObjectURL(new Blob(
                ["fetch('http://{inside}/worker', {{mode: 'no-cors'}}).catch(() => 0)"])));
            window.open('http://{inside}/popup');
            </script>""",
        )
        picture = screenshot.take(gate, url, Patience(load=4.0, rest=2.5, total=20.0))
        assert canary.reached == []
    assert "harmlos" in picture.text
    assert any("169.254.169.254" in each for each in picture.refused)
    assert any(inside in each for each in picture.refused)


@pytest.mark.browser
@pytest.mark.usefixtures("_browser_allowed")
@pytest.mark.parametrize("way", ["header", "script"])
def test_a_browser_is_not_led_into_the_house(site: Site, gate: Gate, way: str) -> None:
    with Canary() as canary:
        inside = f"http://127.0.0.1:{canary.port}/"
        if way == "header":
            url = site.redirect("post", inside)
        else:
            url = site.page("post", f"<p>x<script>location = '{inside}'</script>")
        # No picture, or one of the proxy's refusal: either way nothing was reached.
        with suppress(ScreenshotUnavailable):
            screenshot.take(gate, url, QUICK)
        assert canary.reached == []


@pytest.mark.browser
@pytest.mark.usefixtures("_browser_allowed")
def test_a_page_cannot_lie_about_its_words(site: Site, gate: Gate) -> None:
    url = site.page(
        "post",
        "<p>wirklich zu sehen</p><img name=body alt=x><img name=querySelector alt=y><script>"
        "JSON.stringify = () => '7'; Document.prototype.querySelector = () => ({innerText: 3});"
        "Object.defineProperty(HTMLElement.prototype, 'innerText', {get: () => 'gelogen'});"
        "</script>",
    )
    picture = screenshot.take(gate, url, QUICK)
    assert picture.text.strip() == "wirklich zu sehen"
    assert picture.url == url


@pytest.mark.browser
@pytest.mark.usefixtures("_browser_allowed")
def test_a_page_that_never_comes_to_an_end_is_given_up_with_everything_it_started(
    site: Site, gate: Gate
) -> None:
    url = site.page("post", "<p>x<script>while (true) {}</script>")
    before = browsers()
    began = time.monotonic()
    with pytest.raises(ScreenshotUnavailable) as refusal:
        screenshot.take(gate, url, Patience(load=1.0, rest=0.2, total=4.0))
    assert time.monotonic() - began < 12
    assert "rechtzeitig" in refusal.value.reason
    assert browsers() <= before


@pytest.mark.browser
@pytest.mark.usefixtures("_browser_allowed")
def test_a_capture_holds_the_picture_and_the_words_that_scripts_wrote(
    home: Home, db: Database, consultant: Actor, case: Case, site: Site, gate: Gate
) -> None:
    url = site.page(
        "post", "<script>document.body.append('Sauladen! ' + (40 + 2))</script>", title="Beitrag"
    )
    check = capture.capture(db, home, gate, consultant, case.id, url)
    files = {each.file_name: each for each in evidence.evidence_of_check(db, check.id)}
    assert sorted(files) == [
        "capture.json", "headers.json", "page.html", "screenshot.png", "text.txt",
    ]  # fmt: skip
    assert files["screenshot.png"].content_type == "image/png"
    assert evidence.read_whole(db, home, files["text.txt"].id) == b"Sauladen! 42"
    manifest = json.loads(evidence.read_whole(db, home, files["capture.json"].id))
    assert manifest["screenshot"]["taken"] is True
    assert manifest["files"]["screenshot.png"] == files["screenshot.png"].sha256
    assert check.screenshot == ""


def test_as_root_there_is_no_picture_unless_it_is_allowed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o700)
    monkeypatch.setenv(screenshot.BROWSER_VARIABLE, str(browser))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv(screenshot.NO_SANDBOX_VARIABLE, raising=False)
    with pytest.raises(ScreenshotUnavailable) as refusal:
        screenshot.find_browser()
    assert "root" in refusal.value.reason
    monkeypatch.setenv(screenshot.NO_SANDBOX_VARIABLE, "1")
    assert screenshot.find_browser() == browser
    monkeypatch.delenv(screenshot.NO_SANDBOX_VARIABLE)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert screenshot.find_browser() == browser


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\nprintf 'kein JSON' >&4\n"])
def test_a_browser_that_ends_at_once_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gate: Gate, script: str
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(script)
    browser.chmod(0o700)
    monkeypatch.setenv(screenshot.BROWSER_VARIABLE, str(browser))
    monkeypatch.setenv(screenshot.NO_SANDBOX_VARIABLE, "1")
    with pytest.raises(ScreenshotUnavailable) as refusal:
        screenshot.take(gate, "http://127.0.0.2/", QUICK)
    assert "beendet" in refusal.value.reason


def test_the_browser_gets_none_of_the_services_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gate: Gate
) -> None:
    told = tmp_path / "told"
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\nenv > {told}\n")
    browser.chmod(0o700)
    monkeypatch.setenv("OPENAI_API_KEY", "sehr geheim")
    monkeypatch.setenv(screenshot.BROWSER_VARIABLE, str(browser))
    monkeypatch.setenv(screenshot.NO_SANDBOX_VARIABLE, "1")
    with pytest.raises(ScreenshotUnavailable):
        screenshot.take(gate, "http://127.0.0.2/", QUICK)
    assert "geheim" not in told.read_text()
