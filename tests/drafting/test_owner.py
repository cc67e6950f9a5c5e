"""The owner's page: opening it changes nothing, deciding takes the PIN and the shown text."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlite_utils import Database

from access.actor import Actor
from access.links import NewLink
from cases import store as cases
from cases.store import Case
from data import Home, now
from drafting import owner, store
from drafting.approval import Recipient

HOSTILE = "Wir prüfen <script>alert(1)</script> & „Ihre“ Sorgen.\n\nZweiter Absatz  mit Abstand."


@dataclass(frozen=True)
class Asked:
    """A statement whose owner was asked."""

    db: Database
    home: Home
    case: Case
    author: Actor
    statement_id: int
    link: NewLink

    def page(self, language: str = "de") -> owner.OwnerResult:
        return owner.render_page(self.db, self.link.token, language, now())

    def hash(self) -> str:
        found = re.search(r'name="content_hash" value="([0-9a-f]{64})"', self.page().html)
        assert found is not None
        return found[1]

    def send(self, decision: str, pin: str | None = None, **fields: str) -> owner.OwnerResult:
        form = {
            "decision": decision,
            "pin": self.link.pin if pin is None else pin,
            "content_hash": fields.pop("content_hash", "") or self.hash(),
            **fields,
        }
        return owner.handle_decision(self.db, self.link.token, form, "de", now())

    def wrong_pin(self) -> str:
        return "000000" if self.link.pin != "000000" else "111111"

    def standing(self) -> str:
        return store.approval_state(self.db, self.statement_id).standing


@pytest.fixture
def asked(db: Database, home: Home, case: Case, consultant: Actor, colleague: Actor) -> Asked:
    statement = store.create_statement(
        db,
        consultant,
        case.id,
        kind="reply",
        channel="customer_letter",
        language="de",
        title="Information <b>wichtig</b>",
    )
    store.set_recipients(db, consultant, statement.id, [Recipient("Kunde <D>", "d@example.at")])
    version = store.save_version(db, consultant, statement.id, HOSTILE, base_version=0)
    store.request_review(db, consultant, statement.id)
    store.review(db, colleague, statement.id, accepted=True)
    examination = store.examination_of(db, statement, version.text)
    for each in store.open_blocks(db, version, examination):
        store.override_finding(
            db,
            consultant,
            statement.id,
            finding_kind=each.kind,
            quote=each.quote,
            reason="geprüft",
        )
    person = next(each for each in cases.people_of(db, case.firm_id) if each.may_approve)
    link = store.request_approval(
        db, consultant, statement.id, person.id, expires_at=now() + timedelta(hours=4)
    )
    return Asked(db, home, case, consultant, statement.id, link)


class _Text(HTMLParser):
    """Collects tags, and the text inside class "text"."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.shown = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if ("class", "text") in attrs and not self.shown:
            self._inside = True

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.shown += data


def test_the_page_shows_the_exact_text_and_nothing_foreign(asked: Asked) -> None:
    status, html = asked.page()
    parsed = _Text()
    parsed.feed(html)
    assert status == 200
    assert parsed.shown == HOSTILE
    assert not {"script", "img", "link", "iframe", "b"} & set(parsed.tags)
    assert "https://" not in html
    assert "url(" not in html
    assert asked.link.pin not in html
    assert "Kunde &lt;D&gt; (d@example.at)" in html
    assert "Kfz-Werkstätte Aigner" in html
    assert len(html.encode()) < 30_000
    assert '<html lang="de">' in html


def test_english_on_request(asked: Asked) -> None:
    html = asked.page("en").html
    assert '<html lang="en">' in html
    assert 'lang="de">Wir prüfen' in html


def test_opening_a_hundred_times_changes_nothing(asked: Asked) -> None:
    before = list(asked.db.iterdump())
    for _time in range(100):
        assert asked.page().status == 200
    assert list(asked.db.iterdump()) == before


def test_the_right_pin_approves_exactly_this_text(asked: Asked) -> None:
    shown = asked.hash()
    status, html = asked.send("approve")
    assert status == 200
    assert "freigegeben" in html
    assert asked.standing() == "approved"
    given = store.approvals_of(asked.db, asked.statement_id)[0]
    assert (given.content_hash, given.method, given.approver_name) == (
        shown,
        "link",
        "Anton Aigner",
    )
    assert asked.page().status == 410


def test_a_rejection_keeps_the_remark(asked: Asked) -> None:
    asked.send("reject", comment="Bitte <kürzer>")
    given = store.approvals_of(asked.db, asked.statement_id)[0]
    assert (given.decision, given.comment) == ("rejected", "Bitte <kürzer>")
    assert store.statement_by_id(asked.db, asked.statement_id).state == "draft"


def test_a_wrong_pin_costs_a_try_and_keeps_the_remark(asked: Asked) -> None:
    status, html = asked.send("reject", asked.wrong_pin(), comment="Mein Text </textarea>")
    assert status == 403
    assert "4" in html
    assert "Mein Text &lt;/textarea&gt;" in html
    assert asked.standing() == "waiting"


def test_five_wrong_pins_lock_the_link(asked: Asked) -> None:
    statuses = [asked.send("approve", asked.wrong_pin()).status for _time in range(4)]
    assert statuses == [403] * 4
    shown = asked.hash()
    assert asked.send("approve", asked.wrong_pin(), content_hash=shown).status == 403
    assert asked.send("approve", content_hash=shown).status == 410
    assert store.approvals_of(asked.db, asked.statement_id) == []


def test_a_call_needs_no_pin_and_decides_nothing(asked: Asked) -> None:
    for _time in range(2):
        assert asked.send("call", "").status == 200
    assert asked.standing() == "waiting"
    wishes = [
        each for each in cases.timeline_of(asked.db, asked.case.id) if "Anruf zu" in each.text
    ]
    assert len(wishes) == 1


def test_a_text_changed_meanwhile_is_not_approved(asked: Asked) -> None:
    shown = asked.hash()
    store.save_version(asked.db, asked.author, asked.statement_id, "Anderer Text.", base_version=1)
    status, html = asked.send("approve", content_hash=shown)
    assert status == 409
    assert "inzwischen geändert" in html
    assert asked.page().status == 409
    assert store.approvals_of(asked.db, asked.statement_id) == []


def test_the_hash_of_another_text_is_not_enough(asked: Asked) -> None:
    assert asked.send("approve", content_hash="0" * 64).status == 409
    assert asked.standing() == "waiting"


@pytest.mark.parametrize("decision", ["", "ja", "approve "])
def test_a_form_without_a_decision_decides_nothing(asked: Asked, decision: str) -> None:
    assert asked.send(decision).status == 422
    assert asked.standing() == "waiting"


def test_an_unknown_and_an_expired_link_say_so(asked: Asked) -> None:
    assert owner.render_page(asked.db, "x" * 43, "de", now()).status == 404
    late = now() + timedelta(hours=5)
    assert owner.render_page(asked.db, asked.link.token, "de", late).status == 410


def test_a_new_link_ends_the_old_one(asked: Asked) -> None:
    request = store.requests_of(asked.db, asked.statement_id)[0]
    store.request_approval(
        asked.db,
        asked.author,
        asked.statement_id,
        request.person_id,
        expires_at=now() + timedelta(hours=4),
    )
    assert asked.page().status == 410


def test_two_phones_decide_once(asked: Asked) -> None:
    shown = asked.hash()
    results: list[int] = []

    def decide() -> None:
        db = asked.home.db()
        form = {"decision": "approve", "pin": asked.link.pin, "content_hash": shown}
        results.append(owner.handle_decision(db, asked.link.token, form, "de", now()).status)
        asked.home.close()

    threads = [threading.Thread(target=decide) for _number in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert results.count(200) == 1
    assert len(store.approvals_of(asked.db, asked.statement_id)) == 1


def test_the_page_shows_what_changed_since_the_last_approval(
    asked: Asked, colleague: Actor
) -> None:
    asked.send("approve")
    changed = HOSTILE.replace("Zweiter", "Neuer")
    version = store.save_version(
        asked.db, asked.author, asked.statement_id, changed, base_version=1
    )
    store.request_review(asked.db, asked.author, asked.statement_id)
    store.review(asked.db, colleague, asked.statement_id, accepted=True)
    statement = store.statement_by_id(asked.db, asked.statement_id)
    examination = store.examination_of(asked.db, statement, version.text)
    for each in store.open_blocks(asked.db, version, examination):
        store.override_finding(
            asked.db,
            asked.author,
            statement.id,
            finding_kind=each.kind,
            quote=each.quote,
            reason="geprüft",
        )
    person_id = store.requests_of(asked.db, asked.statement_id)[0].person_id
    link = store.request_approval(
        asked.db,
        asked.author,
        asked.statement_id,
        person_id,
        expires_at=now() + timedelta(hours=4),
    )
    html = owner.render_page(asked.db, link.token, "de", now()).html
    assert "<del>Zweiter </del><ins>Neuer </ins>" in html
