"""The demonstration: three worked cases on a throw-away home, and a feed that goes on.

A small fourth case waits for the decision on an open point, and a duty roster says who is
there; both are only for show and no part of the example data.

Everything goes through the functions the pages use, so what a newcomer sees was made the
way a consultant makes it. The cases keep their sequence and their clock times; each is
moved by whole days, so that the desk is not months behind the clock on the wall.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from access import accounts, links, settings
from access.accounts import Account
from access.actor import SYSTEM, Actor
from budget import store as budget_store
from budget.entry import Work
from budget.worktime import WorkTime
from cases import coverage, evidence, intake, questions, store
from cases.store import Case, Contact, Firm, Incident, Intake, Person, Policy
from data import Home, now, reference, transaction
from data.i18n import _
from data.times import local
from drafting import draft, owner
from drafting import store as drafting_store
from drafting.approval import Recipient
from monitoring import mentions
from monitoring import store as monitoring_store
from monitoring.mentions import Mention
from monitoring.sources import Listed
from ui import demo_room
from ui.demo_feed import DemoFeed
from ui.schema import open_database
from ui.web import DEMO_PURPOSE

_PASSWORD = "nur-zur-vorfuehrung"  # noqa: S105 (of accounts that exist in the demonstration only)
_ACCOUNTS = (
    ("beratung", "lang@krisenpult.example", "Mag. Lang", "consultant"),
    ("kollegin", "berger@krisenpult.example", "Berger", "consultant"),
    ("springer", "wagner@krisenpult.example", "Wagner", "consultant"),
    ("pruefung", "pruefung@krisenpult.example", "Kostenprüfung", "reviewer"),
    ("inhaber", "aigner@krisenpult.example", "Anton Aigner", "owner"),
    ("admin", "admin@krisenpult.example", "Administration", "admin"),
)
# Four eyes need a second person; the example data bring theirs along, without a password.
_EXAMPLE_COLLEAGUE = "berger@beispiel.example"
_PARTNERS = 46
_LINKS_LAST = timedelta(days=7)
# How long it takes to ask a question of the intake and to hear the answer.
_ONE_ANSWER = timedelta(seconds=35)


@dataclass(frozen=True)
class Demonstration:
    """A home that is ready to be served, and what the terminal should say."""

    home: Home
    greeting: list[str]
    allow_net: list[str]


@contextmanager
def prepared(base_url: str) -> Iterator[Demonstration]:
    """A throw-away home with the cases; it is gone when the block ends."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="krisenpult-demo-"))
        feed = stack.enter_context(DemoFeed(reference.load("demo")["feed"]))
        home = Home.at(Path(folder) / "home")
        db = open_database(home)
        people = load(home, now())
        settings.put(db, SYSTEM, "base_url", base_url)
        for name, url in feed.addresses():
            monitoring_store.add_source(
                db,
                SYSTEM,
                Listed(url=url, name=name, kind="news", reach_class="B"),
                interval_seconds=60,
            )
        greeting = [_("Vorführung mit drei Fällen und einem in Klärung. Anmelden mit einem Klick:")]
        for key, account in people.items():
            link = links.create(
                db,
                SYSTEM,
                DEMO_PURPOSE,
                account.id,
                expires_at=now() + _LINKS_LAST,
                with_pin=False,
            )
            greeting.append(f"  {key:9} {base_url}/konto/demo/{link.token}")
        greeting.append(_("oder mit Passwort „{password}“.").format(password=_PASSWORD))
        yield Demonstration(home, greeting, ["127.0.0.1/32"])
        home.close()


def load(home: Home, at: datetime) -> dict[str, Account]:
    """Put the accounts, the cases and the roster into an empty home; returns the accounts."""
    db = home.db()
    with transaction(db):
        people = {
            key: accounts.add_account(
                db, SYSTEM, email=email, role=role, name=name, password=_PASSWORD
            )
            for key, email, name, role in _ACCOUNTS
        }
        consultant, colleague = people["beratung"].actor, people["kollegin"].actor
        garage = load_cases(home, consultant, colleague, at)
        accounts.assign_firm(db, SYSTEM, people["inhaber"].id, garage.firm_id)
        told = reference.load("demo")["N1"]
        _Scenario(home, told, consultant, colleague, _days_back(told, at, 5), at).play()
        demo_room.plan_duty(db, people, at)
        demo_room.hand_over(db, people, garage, at)
    return people


def load_examples(home: Home, actor: Actor, at: datetime) -> None:
    """The three cases on a home that is already in use, all of them or none."""
    with transaction(home.db()):
        colleague = accounts.add_account(
            home.db(), actor, email=_EXAMPLE_COLLEAGUE, role="consultant", name="Berger (Beispiel)"
        )
        load_cases(home, actor, colleague.actor, at)


def load_cases(home: Home, consultant: Actor, colleague: Actor, at: datetime) -> Case:
    """The three cases, as one consultant and a colleague for four eyes worked on them.

    Returns the first one, the garage.
    """
    demo = reference.load("demo")

    def scenario(name: str, shift: timedelta) -> _Scenario:
        return _Scenario(home, demo[name], consultant, colleague, shift, at)

    garage = _garage(scenario("S1", _days_back(demo["S1"], at, 0)))
    _joinery(scenario("S4", _days_back(demo["S4"], at, 2)))
    scenario("S6", _weeks_back(demo["S6"], at)).play()
    return garage


def _last_moment(scenario: Mapping[str, Any]) -> datetime:
    return max(datetime.fromisoformat(work["end"]) for work in scenario["work"])


def _days_back(scenario: Mapping[str, Any], at: datetime, least: int) -> timedelta:
    """How far to move: the case ends ``least`` days before ``at`` or earlier that day."""
    wall = local(at).replace(tzinfo=None)
    last = _last_moment(scenario)
    days = (wall.date() - last.date()).days - least
    if (last + timedelta(days=days)) > wall:
        days -= 1
    return timedelta(days=days)


def _weeks_back(scenario: Mapping[str, Any], at: datetime) -> timedelta:
    """As :func:`_days_back`, but the weekday stays: the case begins on a day off."""
    days = _days_back(scenario, at, 4).days
    return timedelta(days=days - days % 7)


@dataclass(frozen=True)
class _Scenario(demo_room.Stage):
    """One worked case, moved by whole days."""

    def play(self) -> Case:
        """Intake, timeline, facts, mentions and hours; statements follow per case."""
        with transaction(self.db):
            case = self._open()
            for entry in self.told["timeline"]:
                self._note(case, entry)
            for fact in self.told.get("facts", ()):
                store.add_fact(
                    self.db,
                    self.consultant,
                    case.id,
                    text=self._moved(fact["text"]),
                    status=fact["status"],
                    source=fact["source"],
                )
        mentioned = [self._mention(case, told) for told in self.told.get("mentions", ())]
        for work in self.told["work"]:
            self._book(case, work)
        demo_room.fill(self, case, mentioned)
        return case

    def _note(self, case: Case, entry: Mapping[str, Any]) -> None:
        """A line of the timeline, and the one it corrects where that was wrong at first."""
        corrected = None
        for name in ("wrong", "text"):
            if name in entry:
                corrected = store.add_timeline_entry(
                    self.db,
                    self.consultant,
                    case.id,
                    happened_at=self.at(entry["at"]),
                    kind="note",
                    text=entry[name],
                    corrects_id=corrected,
                )

    def _moved(self, text: str) -> str:
        """A date inside a sentence moves with the case."""
        called = datetime.fromisoformat(self.told["called"]).date()
        moved = called + self.shift
        return text.replace(_spoken(called), _spoken(moved))

    def _open(self) -> Case:
        told = self.told
        incident = told["incident"]
        kinds = [incident["kind"], *incident.get("also", ())]
        events = [
            {
                "kind": kind,
                **{name: incident[name] for name in ("device", "runs_on") if incident.get(name)},
                "outage": incident["outage"] == "yes",
                "suspected": incident["suspected"] == "yes",
            }
            for kind in kinds
        ]
        answers: dict[str, Any] = {"it_events": events, **told["answers"]}
        existence = answers.pop("existence", None)
        if existence:
            answers["existence_threat"] = {"assessed": existence, "evidence": []}
            answers["media_allegation"] = False
        decision = coverage.decide(coverage.from_json(answers))
        return intake.open_case(
            self.db,
            self.consultant,
            Intake(
                firm=Firm(**told["firm"]),
                people=(Person(**told["person"], may_approve=True),),
                policy=Policy(number=told["policy"]),
                public_name=told["public_name"],
                event_title=told["event_title"],
                called_at=self.at(told["called"]),
                opened_at=self.at(told["opened"]),
                answers=answers,
                decision=coverage.to_json(decision),
                given=questions.to_json(self._given(answers)),
                incident=Incident(
                    kind=incident["kind"],
                    happened_at=self.at(incident["happened"]),
                    outage=incident["outage"],
                    device=incident["device"],
                    suspected=incident["suspected"],
                    opened_at=self.at(incident["opened"]),
                    resolved_at=self.at(incident["resolved"]) if "resolved" in incident else None,
                    summary=incident["summary"],
                ),
                note=told["note"],
            ),
        )

    def _given(self, answers: Mapping[str, Any]) -> dict[str, questions.Given]:
        """The answers as they were given on the telephone, one after the other."""
        reasons = self.told.get("given", {})
        begin = self.at(self.told["called"])
        given = questions.from_document(answers, begin)
        return {
            name: replace(each, at=begin + place * _ONE_ANSWER, reason=reasons.get(name, ""))
            for place, (name, each) in enumerate(given.items(), start=1)
        }

    def _mention(self, case: Case, told: Mapping[str, Any]) -> Mention:
        evidence_id = None
        if told.get("screenshot"):
            evidence_id = evidence.add(
                self.db,
                self.home,
                self.consultant,
                case.id,
                data=_screenshot(told["author"], told["text"]),
                file_name=told["screenshot"],
                source_url=told["url"],
                captured_at=self.at(told["at"]),
            ).id
        return mentions.add_manual_mention(
            self.db,
            self.consultant,
            case.id,
            text=told["text"],
            url=told["url"],
            author=told["author"],
            source_name=_("eigene Seite"),
            published_at=self.at(told["at"]),
            evidence_id=evidence_id,
            idempotency_key=f"demo:{case.number}:{told['at']}",
        )

    def _book(self, case: Case, told: Mapping[str, Any]) -> None:
        budget_store.book_work(
            self.db,
            self.consultant,
            case.id,
            Work(
                work=WorkTime(self.at(told["start"]), self.at(told["end"])),
                rate_cents=told["rate"],
                activity=told["activity"],
                text=told["text"],
                kind=told.get("kind", "communication"),
                person=told.get("person", ""),
            ),
        )

    def measures(self, case: Case) -> list[str]:
        """The codes of the facts that say what is being done."""
        marked = {self._moved(f["text"]) for f in self.told["facts"] if f.get("measure")}
        return [fact.code for fact in store.facts_of(self.db, case.id) if fact.text in marked]

    def write(
        self,
        case: Case,
        template: str,
        channel: str,
        recipients: tuple[Recipient, ...] = (),
        posting: draft.PostingView | None = None,
    ) -> int:
        """A statement from its template, seen by a second consultant; returns its id."""
        chosen = draft.templates()[template]
        context = draft.context_of(
            case,
            store.firm_by_id(self.db, case.firm_id),
            store.people_of(self.db, case.firm_id),
            store.facts_of(self.db, case.id),
            store.incidents_of(self.db, case.id),
            language="de",
            now=now(),
            measures=self.measures(case),
            posting=posting,
        )
        written = draft.draft_from_template(template, "de", context, channel)
        statement = drafting_store.begin_from_template(
            self.db,
            self.consultant,
            case.id,
            chosen,
            channel=channel,
            language="de",
            drafted=written,
        )
        if recipients:
            drafting_store.set_recipients(self.db, self.consultant, statement.id, recipients)
        drafting_store.request_review(self.db, self.consultant, statement.id)
        drafting_store.review(self.db, self.colleague, statement.id, accepted=True)
        return statement.id

    def approve(self, case: Case, statement_id: int) -> None:
        """The owner approves through the link, as on the phone."""
        person = next(p for p in store.people_of(self.db, case.firm_id) if p.may_approve)
        link = drafting_store.request_approval(
            self.db, self.consultant, statement_id, person.id, expires_at=now() + timedelta(hours=4)
        )
        digest = drafting_store.present_hash(self.db, statement_id)
        owner.handle_decision(
            self.db,
            link.token,
            {"decision": "approve", "pin": link.pin, "content_hash": digest or ""},
            "de",
            now(),
        )


_MONTHS = (
    "Jänner", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
    "Oktober", "November", "Dezember",
)  # fmt: skip


def _spoken(day: date) -> str:
    return f"{day.day}. {_MONTHS[day.month - 1]}"


def _garage(scenario: _Scenario) -> Case:
    case = scenario.play()
    store.add_contact(
        scenario.db, scenario.consultant, case.id, Contact(kind="poster", name="Kunde B")
    )
    page = scenario.write(case, "holding", "facebook")
    scenario.approve(case, page)
    drafting_store.add_release(
        scenario.db, scenario.consultant, page, idempotency_key=f"demo:{page}", at=now()
    )
    told = scenario.told["mentions"][0]
    posted = local(scenario.at(told["at"]))
    scenario.write(
        case,
        "poster_request",
        "direct_message",
        posting=draft.PostingView(
            on=posted.date(),
            quote=told["text"],
            wrong=_("Unsere Computer waren nach einem Angriff von außen ausgefallen."),
            until=posted.date() + timedelta(days=2),
            url=told["url"],
        ),
    )
    return case


def _joinery(scenario: _Scenario) -> None:
    case = scenario.play()
    scenario.write(
        case,
        "letter",
        "customer_letter",
        tuple(
            Recipient(f"Kundschaft {number}", f"kundschaft{number}@kunde.example")
            for number in range(1, _PARTNERS + 1)
        ),
    )


def _screenshot(author: str, text: str) -> bytes:
    """A picture of a posting, as it would have been photographed from the screen."""
    picture = Image.new("RGB", (640, 200), "#FFFFFF")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((24, 24, 72, 72), fill="#C7CCD3")
    pen.text((88, 30), author, fill="#1E2430", font_size=18)
    middle = text.rfind(" ", 0, len(text) // 2 + 12)
    pen.text((24, 96), text[:middle], fill="#1E2430", font_size=18)
    pen.text((24, 126), text[middle + 1 :], fill="#1E2430", font_size=18)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
