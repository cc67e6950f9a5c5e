"""The plain routes, asked over HTTP of the real application in a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlite_utils import Database

from access import accounts, audit, links
from access.accounts import Account
from access.actor import SYSTEM
from access.links import NewLink
from access.setup import PURPOSE
from cases import store as cases
from cases.store import Case, Intake
from data import Home, now
from drafting import store as drafting
from drafting.approval import Recipient
from monitoring import mentions
from ui import session
from ui.schema import open_database

ROOT = Path(__file__).parents[2]
PASSWORD = "ein langes Passwort"
OTHER_SITE = {"sec-fetch-site": "cross-site", "origin": "https://boese.example"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8")

    @property
    def cookie(self) -> str:
        """The session token that was set."""
        return SimpleCookie(self.headers["set-cookie"])[session.COOKIE].value


@dataclass(frozen=True)
class Desk:
    """The running application and its home."""

    port: int
    home: Home
    log: Path

    @property
    def db(self) -> Database:
        """This process's connection to the same home."""
        return self.home.db()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            given = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, given, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """One GET."""
        return self.ask("GET", path, None, headers)

    def post(
        self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One form, sent as a browser sends it."""
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(fields).encode(), {**kind, **(headers or {})})

    def sign_in(self, email: str, password: str = PASSWORD, **headers: str) -> Answer:
        """The sign-in form."""
        return self.post("/konto/anmelden", {"email": email, "password": password}, headers)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The application on a free port, with a home of its own."""
    folder = tmp_path_factory.mktemp("desk")
    home = Home.at(folder / "home")
    open_database(home)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "app:app", "--fd", str(listening.fileno())],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                pass_fds=[listening.fileno()],
                env={**os.environ, "KRISENPULT_HOME": str(home.path)},
            )
        running = Desk(port, home, folder / "log")
        try:
            _wait(running, process)
            yield running
        finally:
            process.terminate()
            process.wait(30)
            home.close()


def _wait(running: Desk, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, running.log.read_text()
        try:
            if running.get("/health").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(running.log.read_text())


@pytest.fixture
def account(desk: Desk, request: pytest.FixtureRequest) -> Account:
    """A consultant of this test's own, with a password."""
    name = re.sub(r"[^a-z0-9]", "-", request.node.name.lower())
    return accounts.add_account(
        desk.db, SYSTEM, email=f"{name}@krisenpult.example", role="consultant", password=PASSWORD
    )


@pytest.fixture
def open_case(desk: Desk, account: Account, garage_intake: Intake) -> Case:
    """A case of this test's own firm."""
    own = replace(garage_intake, firm=replace(garage_intake.firm, name=f"Kfz {account.id}"))
    return cases.open_case(desk.db, account.actor, own)


def signed_in(desk: Desk, token: str) -> bool:
    return accounts.account_of_session(desk.db, token) is not None


# --- every answer -----------------------------------------------------------------------


def test_health_says_ok(desk: Desk) -> None:
    answer = desk.get("/health")
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/", "/health", "/konto/anmelden", "/f/x", "/nowhere.js"])
def test_every_answer_carries_the_security_headers(desk: Desk, path: str) -> None:
    headers = desk.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/lage", "/konto/anmelden"])
def test_a_page_says_that_it_is_german(desk: Desk, path: str) -> None:
    asked = {"Accept": "text/html", "Accept-Encoding": "gzip"}
    answer = desk.ask("GET", path, None, asked)
    assert '<html lang="de"' in answer.text


@pytest.mark.parametrize("path", ["/konto/anmelden", "/konto/einrichten/x", "/f/x"])
def test_a_plain_page_is_kept_nowhere_and_runs_no_script(desk: Desk, path: str) -> None:
    answer = desk.get(path)
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "<script" not in answer.text


def test_a_route_takes_only_its_methods(desk: Desk) -> None:
    assert desk.ask("DELETE", "/konto/anmelden").status == 405
    assert desk.ask("PUT", "/f/x").status == 405


def test_no_program_drives_the_pages(desk: Desk) -> None:
    """Streamlit has such a door; it stays closed, sign-in or not."""
    answer = desk.ask(
        "POST", "/_stcore/agent/interact", b"{}", {"content-type": "application/json"}
    )
    assert 400 <= answer.status < 500


def test_a_form_that_is_too_large_is_refused(desk: Desk, account: Account) -> None:
    assert desk.sign_in(account.email, "x" * 100_000).status == 413
    many = {f"field{number}": "x" for number in range(100)}
    assert desk.post("/konto/anmelden", many).status == 400


# --- sign-in ----------------------------------------------------------------------------


def test_the_form_is_a_form(desk: Desk) -> None:
    answer = desk.get("/konto/anmelden")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for part in ('name="email"', 'autocomplete="username"', 'type="password"', 'lang="de"'):
        assert part in answer.text


def test_the_right_password_sets_a_cookie_that_no_script_reads(
    desk: Desk, account: Account
) -> None:
    answer = desk.sign_in(account.email)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    for flag in ("httponly", "samesite=lax", "path=/", "max-age=604800"):
        assert flag in cookie
    assert "secure" not in cookie
    assert signed_in(desk, answer.cookie)


def test_behind_tls_the_cookie_is_secure(desk: Desk, account: Account) -> None:
    answer = desk.sign_in(account.email, **{"x-forwarded-proto": "https"})
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_password_gets_its_sentence_and_keeps_the_address(
    desk: Desk, account: Account, known: bool
) -> None:
    email = account.email if known else 'nobody"><script>@krisenpult.example'
    answer = desk.sign_in(email, "falsch")
    assert answer.status == 401
    assert "E-Mail oder Passwort stimmen nicht." in answer.text
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text
    if known:
        assert f'value="{email}"' in answer.text


@pytest.mark.parametrize("fields", [{}, {"email": ""}, {"password": "x"}])
def test_half_a_form_is_a_wrong_password(desk: Desk, fields: dict[str, str]) -> None:
    assert desk.post("/konto/anmelden", fields).status == 401


def test_too_many_tries_pause_the_account(desk: Desk, account: Account) -> None:
    for _turn in range(5):
        desk.sign_in(account.email, "falsch")
    answer = desk.sign_in(account.email)
    assert answer.status == 401
    assert "Zu viele Versuche." in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://boese.example"},
    ],
    ids=["cross-site", "other-subdomain", "older-browser"],
)
def test_a_form_of_another_site_signs_nobody_in(
    desk: Desk, account: Account, headers: dict[str, str]
) -> None:
    answer = desk.sign_in(account.email, **headers)
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {}]
)
def test_our_own_form_is_taken(desk: Desk, account: Account, headers: dict[str, str]) -> None:
    assert desk.sign_in(account.email, **headers).status == 303


# --- sign-out ---------------------------------------------------------------------------


def test_signing_out_ends_the_session_on_the_server(desk: Desk, account: Account) -> None:
    token = desk.sign_in(account.email).cookie
    cookie = {"cookie": f"{session.COOKIE}={token}"}
    asked = desk.get("/konto/abmelden", **cookie)
    assert asked.status == 200
    assert signed_in(desk, token)
    refused = desk.post("/konto/abmelden", {}, {**cookie, **OTHER_SITE})
    assert refused.status == 403
    assert signed_in(desk, token)
    done = desk.post("/konto/abmelden", {}, cookie)
    assert (done.status, done.headers["location"]) == (303, "/konto/anmelden")
    assert not signed_in(desk, token)


def test_signing_out_without_a_session_is_no_error(desk: Desk) -> None:
    assert desk.post("/konto/abmelden", {}).status == 303


# --- set-up -----------------------------------------------------------------------------


@pytest.fixture
def setup(desk: Desk, account: Account) -> NewLink:
    """The one-time link of an account."""
    return links.create(
        desk.db,
        SYSTEM,
        PURPOSE,
        account.id,
        expires_at=now() + timedelta(hours=1),
        with_pin=False,
    )


def test_a_setup_link_sets_the_password_once(desk: Desk, account: Account, setup: NewLink) -> None:
    path = f"/konto/einrichten/{setup.token}"
    assert 'autocomplete="new-password"' in desk.get(path).text
    weak = desk.post(path, {"password": "kurz"})
    assert weak.status == 422
    assert "mindestens 12 Zeichen" in weak.text
    done = desk.post(path, {"password": "ein neues langes Passwort"})
    assert (done.status, done.headers["location"]) == (303, "/")
    assert signed_in(desk, done.cookie)
    assert desk.sign_in(account.email, "ein neues langes Passwort").status == 303
    for again in (desk.get(path), desk.post(path, {"password": "noch ein anderes Passwort"})):
        assert again.status == 410
        assert "bereits verwendet" in again.text
    assert desk.sign_in(account.email, "ein neues langes Passwort").status == 303


def test_of_two_who_set_a_password_at_once_one_wins(
    desk: Desk, account: Account, setup: NewLink
) -> None:
    answers: dict[str, Answer] = {}
    together = threading.Barrier(4)

    def choose(password: str) -> None:
        together.wait()
        answers[password] = desk.post(f"/konto/einrichten/{setup.token}", {"password": password})

    chosen = [f"Passwort Nummer {number}" for number in range(4)]
    choosers = [threading.Thread(target=choose, args=(password,)) for password in chosen]
    for each in choosers:
        each.start()
    for each in choosers:
        each.join()
    winners = [password for password in chosen if answers[password].status == 303]
    assert len(winners) == 1
    assert desk.sign_in(account.email, winners[0]).status == 303


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_a_setup_link_changes_nothing(desk: Desk, setup: NewLink, method: str) -> None:
    before = list(desk.db.iterdump())
    for _turn in range(20):
        assert desk.ask(method, f"/konto/einrichten/{setup.token}").status == 200
    assert list(desk.db.iterdump()) == before


def test_a_setup_form_of_another_site_is_refused(desk: Desk, setup: NewLink) -> None:
    path = f"/konto/einrichten/{setup.token}"
    assert desk.post(path, {"password": PASSWORD}, OTHER_SITE).status == 403
    assert links.look_up(desk.db, setup.token, PURPOSE)


def test_a_setup_link_that_was_never_issued(desk: Desk) -> None:
    answer = desk.get("/konto/einrichten/nowhere")
    assert answer.status == 410
    assert "Diesen Link gibt es nicht." in answer.text


def test_the_demo_link_opens_nothing_outside_the_demo(desk: Desk, setup: NewLink) -> None:
    assert desk.get(f"/konto/demo/{setup.token}").status == 410


# --- the owner's page -------------------------------------------------------------------


@pytest.fixture
def approval(desk: Desk, account: Account, open_case: Case) -> NewLink:
    """The link and the PIN of an owner who is asked for approval."""
    db, author = desk.db, account.actor
    colleague = accounts.add_account(
        db, SYSTEM, email=f"second-{account.email}", role="consultant"
    ).actor
    statement = drafting.create_statement(
        db,
        author,
        open_case.id,
        kind="reply",
        channel="customer_letter",
        language="de",
        title="Info",
    )
    drafting.set_recipients(db, author, statement.id, [Recipient("Kunde D", "d@example.at")])
    version = drafting.save_version(
        db, author, statement.id, "Wir prüfen Ihre Sorgen.", base_version=0
    )
    drafting.request_review(db, author, statement.id)
    drafting.review(db, colleague, statement.id, accepted=True)
    examined = drafting.examination_of(db, statement, version.text)
    for block in drafting.open_blocks(db, version, examined):
        drafting.override_finding(
            db, author, statement.id, finding_kind=block.kind, quote=block.quote, reason="geprüft"
        )
    owner = next(each for each in cases.people_of(db, open_case.firm_id) if each.may_approve)
    return drafting.request_approval(
        db, author, statement.id, owner.id, expires_at=now() + timedelta(hours=4)
    )


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_owners_page_a_hundred_times_changes_nothing(
    desk: Desk, approval: NewLink, method: str
) -> None:
    before = list(desk.db.iterdump())
    answers = {desk.ask(method, f"/f/{approval.token}").status for _turn in range(100)}
    assert answers == {200}
    assert list(desk.db.iterdump()) == before


def test_the_owners_page_shows_the_text_in_both_languages(desk: Desk, approval: NewLink) -> None:
    german = desk.get(f"/f/{approval.token}")
    assert "Wir prüfen Ihre Sorgen." in german.text
    assert approval.pin not in german.text
    assert '<html lang="de"' in german.text
    assert '<html lang="en"' in desk.get(f"/f/{approval.token}?sprache=en").text


def test_the_owners_decision_takes_the_pin_and_counts_once(desk: Desk, approval: NewLink) -> None:
    path = f"/f/{approval.token}"
    page = desk.get(path).text
    names = re.findall(r'name="(content_hash|decision)"[^>]*value="(\w+)"', page)
    form = {"pin": approval.pin, **dict(reversed(names))}
    assert set(form) == {"pin", "content_hash", "decision"}
    before = audit.verify(desk.db)[0]
    assert desk.post(path, form, OTHER_SITE).status == 403
    assert audit.verify(desk.db)[0] == before
    wrong = "000000" if approval.pin != "000000" else "111111"
    refused = desk.post(path, {**form, "pin": wrong})
    assert 400 <= refused.status < 500
    assert "noch bleiben: 4." in refused.text
    assert desk.post(path, form, {"origin": "null"}).status == 200
    assert 400 <= desk.post(path, form).status < 500
    entries, problems = audit.verify(desk.db)
    assert entries > before
    assert problems == []


# --- inbound mentions -------------------------------------------------------------------


@pytest.fixture
def bearer(desk: Desk, account: Account) -> dict[str, str]:
    """The headers of a monitoring service."""
    token = mentions.create_api_token(desk.db, account.actor, f"Dienst {account.id}")
    return {"authorization": f"Bearer {token}", "content-type": "application/json"}


def report(
    desk: Desk, headers: Mapping[str, str], document: object, key: str | None = "k-1"
) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    named = {"idempotency-key": key} if key is not None else {}
    return desk.ask("POST", "/api/mentions", body, {**headers, **named})


def test_a_mention_is_kept_once_for_its_key(
    desk: Desk, bearer: dict[str, str], open_case: Case
) -> None:
    document = {
        "case": open_case.number,
        "text": "Sauladen! \ud83d",
        "url": "https://social.example/1",
        "title": "Posting",
        "author": "B",
        "source": "Dienst",
        "published": "2026-03-10T10:05:00+01:00",
    }
    first = report(desk, bearer, document)
    assert first.status == 200, first.text
    [mention_id] = json.loads(first.body)["mentions"]
    assert json.loads(report(desk, bearer, document).body) == {"mentions": [mention_id]}
    [kept] = mentions.list_mentions(desk.db, open_case.id)
    assert (kept.id, kept.text) == (mention_id, "Sauladen! \N{REPLACEMENT CHARACTER}")
    other = report(desk, bearer, {"case": open_case.number, "text": "Zweites"}, "k-2")
    assert json.loads(other.body)["mentions"] != [mention_id]


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}],
    ids=["none", "wrong", "another-kind"],
)
def test_without_a_valid_token_nothing_is_kept(
    desk: Desk, open_case: Case, headers: dict[str, str]
) -> None:
    answer = report(desk, headers, {"case": open_case.number, "text": "x"})
    assert answer.status == 401
    assert json.loads(answer.body)["error"]
    assert mentions.list_mentions(desk.db, open_case.id) == []


def test_a_withdrawn_token_is_no_token(
    desk: Desk, bearer: dict[str, str], account: Account, open_case: Case
) -> None:
    token = next(
        each for each in mentions.list_api_tokens(desk.db) if each.name == f"Dienst {account.id}"
    )
    mentions.revoke_api_token(desk.db, account.actor, token.id)
    assert report(desk, bearer, {"case": open_case.number, "text": "x"}).status == 401


@pytest.mark.parametrize(
    ("document", "key"),
    [
        (b"", "k"),
        (b"{", "k"),
        (b"\xff\xfe", "k"),
        (b"[" * 50_000, "k"),
        ([], "k"),
        ({}, "k"),
        ({"text": 5}, "k"),
        ({"text": " "}, "k"),
        ({"text": "x", "published": "gestern"}, "k"),
        ({"text": "x", "case": "KP-1999-0001"}, "k"),
        ({"text": "x"}, None),
        ({"text": "x"}, " "),
        ({"text": "x"}, "k" * 300),
    ],
)
def test_what_is_no_mention_is_refused_with_a_sentence(
    desk: Desk, bearer: dict[str, str], document: object, key: str | None
) -> None:
    answer = report(desk, bearer, document, key)
    assert answer.status == 422
    assert json.loads(answer.body)["error"]


def test_a_message_that_is_too_large_is_refused(
    desk: Desk, bearer: dict[str, str], open_case: Case
) -> None:
    answer = report(desk, bearer, {"case": open_case.number, "text": "x" * 300_000})
    assert answer.status == 413
    assert mentions.list_mentions(desk.db, open_case.id) == []


def test_the_same_report_at_once_is_kept_once(
    desk: Desk, bearer: dict[str, str], open_case: Case
) -> None:
    answers: list[Answer] = []
    document = {"case": open_case.number, "text": "Sauladen!"}
    senders = [
        threading.Thread(target=lambda: answers.append(report(desk, bearer, document)))
        for _each in range(4)
    ]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    assert {each.status for each in answers} == {200}
    assert len({each.body for each in answers}) == 1
    assert len(mentions.list_mentions(desk.db, open_case.id)) == 1


# --- the log ----------------------------------------------------------------------------


def test_the_first_start_prints_a_setup_link(desk: Desk) -> None:
    found = re.search(r"/konto/einrichten/(\S+)", desk.log.read_text())
    assert found is not None
    assert links.look_up(desk.db, found[1], PURPOSE)


def test_nothing_was_a_surprise_to_the_server(desk: Desk, account: Account) -> None:
    desk.sign_in(account.email, "falsch")
    desk.post("/konto/anmelden", {})
    log = desk.log.read_text()
    assert "Traceback" not in log
    assert "missing ScriptRunContext" not in log
    assert PASSWORD not in log
