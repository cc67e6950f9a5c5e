"""The demonstration shows what the pages of a case can show, at times that make sense."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from access import accounts
from access.accounts import Account
from access.actor import SYSTEM
from access.errors import AccessError
from budget import store as budget_store
from cases import coverage, deciding, evidence, store
from cases.store import (
    Case,
    assistance,
    claims,
    costs,
    duty,
    firms,
    handover,
    onsite,
    open_points,
    options,
    press,
    readiness,
    stakeholders,
    steps,
    tasks,
)
from data import Home, transaction, utc_text
from tests.pages import open_page
from ui import demo, operations, situation
from ui.schema import open_database

NOON = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
NUMBERS = {
    "S1": "Kfz-Werkstätte Aigner",
    "S4": "Tischlerei Moser",
    "S6": "Gasthaus Kirchenwirt",
    "N1": "Blumen Lindner",
}
PAGES = (
    "case", "coverage", "firm", "event", "steps", "stakeholders", "options", "clocks",
    "timeline", "evidence", "case_file", "hours", "statements",
)  # fmt: skip


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, dict[str, Account]]]:
    """The demonstration, loaded once."""
    home = Home.at(tmp_path_factory.mktemp("shown") / "home")
    open_database(home)
    people = demo.load(home, NOON)
    yield home, people
    home.close()


def case_of(home: Home, name: str) -> Case:
    return next(c for c in store.list_cases(home.db()) if c.public_name == NUMBERS[name])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", list(NUMBERS))
def test_every_page_of_every_case_opens(
    shown: tuple[Home, dict[str, Account]], name: str, page: str
) -> None:
    home, people = shown
    case = case_of(home, name)
    opened = open_page(
        home, people["beratung"].actor, "registered", page, query={"fall": case.number}
    )
    assert not opened.exception
    assert not opened.error


def test_the_three_worked_cases_come_first_on_the_board(
    shown: tuple[Home, dict[str, Account]],
) -> None:
    home, _people = shown
    lines = situation.lines(home.db(), NOON)
    assert [line.case.public_name for line in lines] == [
        NUMBERS[name] for name in ("S1", "S4", "N1")
    ]


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(datetime(2026, 11, 9, 5, 20, tzinfo=UTC), id="Monday before work"),
        pytest.param(datetime(2026, 11, 11, 11, 20, tzinfo=UTC), id="Wednesday noon"),
        pytest.param(datetime(2026, 11, 13, 16, 20, tzinfo=UTC), id="Friday before the weekend"),
        pytest.param(datetime(2026, 11, 14, 6, 20, tzinfo=UTC), id="Saturday morning"),
        pytest.param(datetime(2026, 11, 15, 22, 20, tzinfo=UTC), id="Sunday night"),
        pytest.param(datetime(2026, 10, 24, 22, 20, tzinfo=UTC), id="before the long night"),
    ],
)
def test_the_roster_has_one_gap_in_two_days_whenever_it_is_loaded(home: Home, at: datetime) -> None:
    people = demo.load(home, at)
    db = home.db()
    assert duty.on_duty_now(db, at)
    gaps = duty.gaps_between(db, at, at + timedelta(days=14))
    assert len(gaps) == 1
    coming = duty.coming_gap(db, at)
    assert coming is not None
    assert coming.start == gaps[0].start
    assert not duty.warnings_between(db, at, at + timedelta(days=14))
    kinds = {each.kind for each in duty.changes_between(db, at, at + timedelta(days=14))}
    assert kinds == {"cancelled", "sick"}
    assert {each.leaving_name for each in handover.open_handovers(db)} == {people["beratung"].name}


def test_nothing_of_a_case_lies_in_the_future(shown: tuple[Home, dict[str, Account]]) -> None:
    home, _people = shown
    for case in store.list_cases(home.db()):
        for entry in store.timeline_of(home.db(), case.id):
            assert entry.happened_at <= max(NOON, entry.recorded_at), entry.text
        for piece in evidence.evidence_of(home.db(), case.id):
            assert piece.captured_at <= NOON


def test_the_garage_shows_contracts_people_and_readiness(
    shown: tuple[Home, dict[str, Account]],
) -> None:
    home, _people = shown
    db, case = home.db(), case_of(home, "S1")
    firm = store.firm_by_id(db, case.firm_id)
    assert (firm.owner_name, firm.input_tax_deductible) == ("Anton Aigner", "yes")
    assert firms.profiles_of(db, firm.id)
    assert firms.domains_of(db, firm.id)
    first, second = store.policies_of(db, firm.id)
    assert first.emergency_number
    assert first.begins_on
    assert (second.template, second.cap_cents) == ("cyber_exali", 25_000_000)
    by_channel = {
        channel: [each.name for each in firms.approvers_of(db, firm.id, NOON.date(), channel)]
        for channel in ("facebook", "customer_letter")
    }
    assert by_channel == {
        "facebook": ["Anton Aigner", "Petra Hauser"],
        "customer_letter": ["Anton Aigner"],
    }
    sheet = readiness.sheet_of(db, firm.id)
    assert sheet.answers["updates"].value == "no"
    assert sheet.answers["external_backup"].dated_on == NOON.date() - timedelta(days=12)
    assert len(sheet.plan.steps) == 3


def test_the_first_word_of_the_garage_was_in_time(
    shown: tuple[Home, dict[str, Account]],
) -> None:
    home, _people = shown
    clocks = store.clocks_of(home.db(), case_of(home, "S1").id)
    assert not [clock.title for clock in clocks if clock.late]
    settled = {(clock.kind, clock.settled_as) for clock in clocks}
    assert settled == {
        ("holding", "done"),
        ("gdpr_33", None),
        ("own_page", "done"),
        ("counterstatement", None),
        ("press", "done"),
        ("press", None),
    }


def test_the_press_waits_answered_and_declined(shown: tuple[Home, dict[str, Account]]) -> None:
    home, _people = shown
    enquiries = press.enquiries_of(home.db(), case_of(home, "S1").id)
    assert sorted(each.settled_as or "open" for each in enquiries) == [
        "answered",
        "declined",
        "open",
    ]
    waiting = next(each for each in enquiries if each.settled_as is None)
    assert waiting.deadline_at == NOON + timedelta(minutes=40)
    assert not any(each.late for each in enquiries)


def test_evidence_is_copied_and_handed_out(shown: tuple[Home, dict[str, Account]]) -> None:
    home, _people = shown
    db, case = home.db(), case_of(home, "S1")
    pieces = {each.file_name: each for each in evidence.evidence_of(db, case.id)}
    original = pieces["beitrag-b-1.png"]
    copy = pieces["beitrag-b-1-geschwaerzt.png"]
    assert copy.original_id == original.id
    assert copy.sha256 != original.sha256
    out = [each for each in evidence.custody_of(db, original.id) if each.action == "exported"]
    assert [each.recipient for each in out] == ["RA Dr. Elisabeth Nowak, Linz"]
    assert len(evidence.access_of(db, original.id)) == 2
    assert {each.kind for each in evidence.evidence_of(db, case_of(home, "S4").id)} >= {
        "email",
        "log_file",
    }


def test_help_and_costs_leave_the_cap_alone(shown: tuple[Home, dict[str, Account]]) -> None:
    home, _people = shown
    db = home.db()
    amounts = {
        name: {each.kind: each.cents for each in costs.costs_of(db, case_of(home, name).id)}
        for name in NUMBERS
    }
    assert amounts == {
        "S1": {"replacement_device": 18_900},
        "S4": {"misdirected_transfer": 1_840_000, "new_software": 12_000},
        "S6": {"technician": 26_000},
        "N1": {},
    }
    garage = case_of(home, "S1")
    incident = store.incidents_of(db, garage.id)[0]
    assert [each.minutes for each in assistance.help_of(db, incident.id)] == [90]
    assert assistance.permissions_of(db, incident.id)
    assert len(assistance.systems_of(db, incident.id)) == 2
    phone = [each for each in budget_store.entries_of(db, garage.id) if each.kind == "it_phone"]
    assert [each.covered_cents for each in phone] == [0]
    policy = store.policies_of(db, garage.firm_id)[0]
    assert [each.state for each in onsite.visits_of_policy(db, policy.id)] == ["wished"]
    assert tasks.tasks_of_firm(db, garage.firm_id)


def test_steps_groups_and_allegations_stand_where_they_should(
    shown: tuple[Home, dict[str, Account]],
) -> None:
    home, _people = shown
    db = home.db()
    assert steps.summary(db, case_of(home, "S1").id).number == 2
    counts = stakeholders.counts_of(db, case_of(home, "S4").id, NOON)
    assert (counts.told, counts.overdue) == (2, 1)
    assert [each[1] for each in options.chosen_of(db, case_of(home, "S1").id)] == ["B"]
    review = options.attacks_of(db, case_of(home, "S6").id)[0]
    ways = {each.id: each.applies for each in review.results(NOON)}
    assert {ways[letter] for letter in "ABF"} == {"no"}


def test_the_insurer_has_the_first_report_and_a_further_one_waits(
    shown: tuple[Home, dict[str, Account]],
) -> None:
    home, _people = shown
    case = case_of(home, "S1")
    states = [each.state for each in claims.reports_of(home.db(), case.id)]
    assert states == ["sent", "draft"]
    assert case.claim_number
    assert "412,50" in claims.reports_of(home.db(), case.id)[0].body


@pytest.mark.parametrize(
    ("value", "result"),
    [pytest.param("covered", "yes", id="as a PC"), pytest.param("not_covered", "no", id="not")],
)
def test_the_case_in_clarification_hangs_on_one_open_point(
    shown: tuple[Home, dict[str, Account]], value: str, result: str
) -> None:
    home, _people = shown
    db, case = home.db(), case_of(home, "N1")
    assert case.under_reservation
    assert [each.provisional for each in budget_store.entries_of(db, case.id)] == [True]
    assert not store.clocks_of(db, case.id, open_only=True)
    policy = store.policies_of(db, case.firm_id)[0]
    settings = open_points.settings_of(db, policy.id)
    changes = deciding.coverage_changes(db, policy.id, settings, {**settings, "U-05": value})
    assert [coverage.to_json(each.after)["result"] for each in changes] == [result]


def test_answers_carry_their_times_and_reasons(shown: tuple[Home, dict[str, Account]]) -> None:
    home, _people = shown
    for name in NUMBERS:
        case = case_of(home, name)
        given = store.coverage_of(home.db(), case.id)[0].given
        assert given["sudden"]["reason"]
        times = [each["at"] for each in given.values()]
        assert times == sorted(set(times))
        assert utc_text(case.called_at) < times[0]
        assert times[-1] <= utc_text(case.opened_at)


def test_the_examples_hold_three_cases_and_no_roster(home: Home) -> None:
    admin = accounts.add_account(
        home.db(), SYSTEM, email="admin@krisenpult.example", role="admin", name="Admin"
    ).actor
    demo.load_examples(home, admin, NOON)
    db = home.db()
    assert {case.public_name for case in store.list_cases(db)} == {
        NUMBERS[name] for name in ("S1", "S4", "S6")
    }
    assert not duty.roster_is_kept(db)
    assert not handover.open_handovers(db)
    assert operations.verify(home)["ok"]
    before = db["audit_entry"].count
    with pytest.raises(AccessError):
        demo.load_examples(home, admin, NOON)
    assert db["audit_entry"].count == before


def test_the_examples_come_all_or_not_at_all(home: Home) -> None:
    admin = accounts.add_account(
        home.db(), SYSTEM, email="admin@krisenpult.example", role="admin", name="Admin"
    ).actor

    def interrupted() -> None:
        with transaction(home.db()):
            demo.load_examples(home, admin, NOON)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not store.list_cases(home.db())
    demo.load_examples(home, admin, NOON)
    assert len(store.list_cases(home.db())) == 3
