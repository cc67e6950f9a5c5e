"""Keeping a page of the web, looking again, and never mistaking a wall for the page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from access.outbound import BadUrl, Gate
from cases import capture, evidence, screenshot, store
from cases.errors import MissingField
from cases.page_text import Change
from cases.store import Case, captures
from cases.store.captures import CaptureCheck
from data import Home
from tests.servers.pages import SITE_NETWORK, Canary, Site

POST = "<h1>Kunde B</h1><p>Sauladen! Die kriegen nicht einmal einen PC eingeschaltet.</p>"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


class Keeper:
    """One consultant who keeps pages of one case, without a browser."""

    def __init__(self, home: Home, actor: Actor, case: Case) -> None:
        self.home = home
        self.db: Database = home.db()
        self.actor = actor
        self.case = case

    def keep(self, url: str, **how: Any) -> CaptureCheck:
        with Gate(allow_net=[SITE_NETWORK]) as gate:
            how.setdefault("with_picture", False)
            return capture.capture(self.db, self.home, gate, self.actor, self.case.id, url, **how)

    def again(self, check: CaptureCheck, **how: Any) -> CaptureCheck:
        with Gate(allow_net=[SITE_NETWORK]) as gate:
            how.setdefault("with_picture", False)
            return capture.check_again(self.db, self.home, gate, self.actor, check.page_id, **how)

    def files(self, check: CaptureCheck) -> dict[str, bytes]:
        return {
            each.file_name: evidence.read_whole(self.db, self.home, each.id)
            for each in evidence.evidence_of_check(self.db, check.id)
        }

    def timeline(self) -> list[str]:
        return [
            each.text
            for each in store.timeline_of(self.db, self.case.id)
            if each.kind == "evidence"
        ]


@pytest.fixture
def keeper(home: Home, consultant: Actor, case: Case) -> Keeper:
    return Keeper(home, consultant, case)


def test_a_page_is_kept_as_served_with_headers_words_and_a_manifest(
    keeper: Keeper, site: Site
) -> None:
    url = site.page("post", POST, title="Beitrag von B")
    check = keeper.keep(url)
    assert (check.state, check.status, check.reason) == ("captured", 200, "")
    files = keeper.files(check)
    assert sorted(files) == ["capture.json", "headers.json", "page.html", "text.txt"]
    assert files["page.html"] == site.documents["post"].body
    assert files["text.txt"].decode().splitlines() == [
        "Kunde B",
        "Sauladen! Die kriegen nicht einmal einen PC eingeschaltet.",
    ]
    [hop] = json.loads(files["headers.json"])
    assert hop["headers"]["content-type"] == "text/html; charset=utf-8"
    manifest = json.loads(files["capture.json"])
    assert manifest["url"] == manifest["final_url"] == url
    assert (manifest["captured_by"], manifest["title"]) == ("Mag. Lang", "Beitrag von B")
    assert manifest["files"] == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name != "capture.json"
    }
    assert manifest["screenshot"]["taken"] is False
    kept = evidence.evidence_of_check(keeper.db, check.id)
    assert {each.kind for each in kept} == {"web_capture"}
    assert {each.source_url for each in kept} == {url}
    assert [evidence.custody_of(keeper.db, each.id)[0].action for each in kept] == ["received"] * 4
    assert keeper.timeline() == [f"Webseite gesichert: {url}"]
    assert audit.verify(keeper.db)[1] == []


def test_the_server_is_asked_for_the_page_uncompressed(keeper: Keeper, site: Site) -> None:
    keeper.keep(site.page("post", POST))
    assert site.requests[0].headers["accept-encoding"] == "identity"


def test_cookies_of_the_server_are_not_kept(keeper: Keeper, site: Site) -> None:
    url = site.publish(
        "post", POST.encode(), content_type="text/html", headers={"Set-Cookie": "a=geheim"}
    )
    assert b"geheim" not in keeper.files(keeper.keep(url))["headers.json"]


def test_the_way_through_redirects_is_kept(keeper: Keeper, site: Site) -> None:
    end = site.page("ende", POST)
    middle = site.redirect("mitte", end, 301)
    url = site.redirect("kurz", "/mitte")
    check = keeper.keep(url)
    assert check.final_url == end
    manifest = json.loads(keeper.files(check)["capture.json"])
    assert [(each["url"], each["status"]) for each in manifest["redirects"]] == [
        (url, 302),
        (middle, 301),
        (end, 200),
    ]


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://169.254.169.254/latest",
     "http://[::1]:{port}/", "http://10.0.0.1/"],
)  # fmt: skip
def test_a_redirect_into_the_house_is_refused(keeper: Keeper, site: Site, target: str) -> None:
    with Canary() as canary:
        check = keeper.keep(site.redirect("post", target.format(port=canary.port)))
        assert canary.reached == []
    assert (check.state, check.reason) == ("not_fetched", "refused_address")
    assert keeper.files(check) == {}
    assert "internes Netz" in keeper.timeline()[0]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:alert(1)", "ftp://x/"])
def test_a_redirect_out_of_the_web_is_refused(keeper: Keeper, site: Site, target: str) -> None:
    check = keeper.keep(site.redirect("post", target))
    assert (check.state, check.reason) == ("not_fetched", "bad_redirect")


@pytest.mark.parametrize("url", ["", "  ", "kfz-aigner.example", "file:///etc/passwd"])
def test_what_is_no_address_is_refused_and_leaves_nothing(keeper: Keeper, url: str) -> None:
    with pytest.raises((MissingField, BadUrl)):
        keeper.keep(url)
    assert captures.pages_of(keeper.db, keeper.case.id) == []


def test_the_states_of_a_page_over_time(keeper: Keeper, site: Site) -> None:
    url = site.page("post", POST)
    first = keeper.keep(url)
    same = keeper.again(first)
    site.page("post", POST.replace("Sauladen!", "Guter Laden!"))
    changed = keeper.again(first)
    site.page("post", "<h1>Just a moment...</h1>", title="Just a moment...", status=503)
    hidden = keeper.again(first)
    site.page("post", "weg", status=410)
    gone = keeper.again(first)
    site.page("post", POST)
    back = keeper.again(first)
    checks = captures.checks_of(keeper.db, first.page_id)
    assert checks == [first, same, changed, hidden, gone, back]
    assert [(each.state, each.reason) for each in checks] == [
        ("captured", ""),
        ("unchanged", ""),
        ("changed", ""),
        ("not_fetched", "bot_wall"),
        ("disappeared", "http_410"),
        ("captured", ""),
    ]
    assert all(each.at is not None for each in checks)
    # Kept are what is new and what the server says about its being gone; never a wall.
    assert [bool(keeper.files(each)) for each in checks] == [True, False, True, False, True, True]
    assert capture.changes_of(keeper.db, keeper.home, changed) == [
        Change("before", "Sauladen! Die kriegen nicht einmal einen PC eingeschaltet."),
        Change("after", "Guter Laden! Die kriegen nicht einmal einen PC eingeschaltet."),
    ]


def test_a_change_after_an_unchanged_look_is_shown_against_the_words_that_were_kept(
    keeper: Keeper, site: Site
) -> None:
    first = keeper.keep(site.page("post", "<p>eins"))
    keeper.again(first)
    site.page("post", "<p>zwei")
    changed = keeper.again(first)
    site.page("post", "<p>drei")
    last = keeper.again(first)
    assert capture.changes_of(keeper.db, keeper.home, changed) == [
        Change("before", "eins"),
        Change("after", "zwei"),
    ]
    assert capture.changes_of(keeper.db, keeper.home, last) == [
        Change("before", "zwei"),
        Change("after", "drei"),
    ]


def test_keeping_a_page_again_keeps_it_although_nothing_changed(keeper: Keeper, site: Site) -> None:
    url = site.page("post", POST)
    first = keeper.keep(url)
    second = keeper.keep(url)
    assert (second.state, second.page_id) == ("unchanged", first.page_id)
    assert len(keeper.files(second)) == 4


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("hostile/endless", "too_large"),
        ("hostile/damaged-gzip", "bad_answer"),
        ("kreis", "too_many_redirects"),
    ],
)
def test_a_server_that_misbehaves_is_a_look_without_a_page(
    keeper: Keeper, site: Site, path: str, reason: str
) -> None:
    site.redirect("kreis", "/kreis")
    check = keeper.keep(site.url(path))
    assert (check.state, check.reason) == ("not_fetched", reason)
    assert capture.reason_words(check)


def test_a_name_that_nobody_knows_is_not_fetched(keeper: Keeper) -> None:
    check = keeper.keep("http://gibt-es-nicht.invalid/post")
    assert (check.state, check.reason) == ("not_fetched", "dns")


def test_a_file_of_another_kind_is_kept_as_it_is(keeper: Keeper, site: Site) -> None:
    url = site.publish("a.pdf", b"%PDF-1.7 ...", content_type="application/pdf")
    check = keeper.keep(url, with_picture=True)
    assert keeper.files(check)["page.pdf"] == b"%PDF-1.7 ..."
    site.publish("a.pdf", b"%PDF-1.7 neu", content_type="application/pdf")
    assert keeper.again(check).state == "changed"


def test_the_same_form_sent_twice_is_one_look(keeper: Keeper, site: Site) -> None:
    url = site.page("post", POST)
    first = keeper.keep(url, idempotency_key="k")
    assert keeper.keep(url, idempotency_key="k") == first
    assert len(site.requests) == 1
    again = keeper.again(first, idempotency_key="l")
    assert keeper.again(first, idempotency_key="l") == again


def test_without_a_browser_the_rest_is_kept_and_it_says_so(
    keeper: Keeper, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(screenshot.BROWSER_VARIABLE, "gibt-es-nicht")
    check = keeper.keep(site.page("post", POST), with_picture=True)
    assert check.state == "captured"
    assert "kein Chromium" in check.screenshot
    assert "page.html" in keeper.files(check)
    manifest = json.loads(keeper.files(check)["capture.json"])
    assert manifest["screenshot"] == {"taken": False, "reason": check.screenshot}


def test_looks_cannot_be_changed_afterwards(keeper: Keeper, site: Site) -> None:
    keeper.keep(site.page("post", POST))
    for table in ("capture_check", "captured_page"):
        with pytest.raises(Exception, match="append-only"):
            keeper.db.execute(f"DELETE FROM {table}")
