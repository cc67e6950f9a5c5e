"""Computing an event anew: decisions, moves and refused coverage reach the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from access.actor import Actor
from budget import ledger, store
from budget.entry import Cost, Work
from budget.ledger import Claim, Cut
from budget.worktime import WorkTime
from cases import store as cases_store
from cases.store import Case, Intake, open_points
from data.times import read_moment
from ui import moving

NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)


def decide(db: Database, actor: Actor, case: Case, point: str, value: str) -> None:
    """A decision on an open point of the case's contract, and what follows from it."""
    event = cases_store.event_by_id(db, case.insured_event_id)
    open_points.decide(
        db, actor, event.policy_id, point, value, decided_by="Dr. Huber",
        decider_function="Schadenreferat", decided_at=NOW, reason="Auskunft vom 10.03.",
    )  # fmt: skip
    store.recompute_event(db, actor, event.id, cause=f"{point} ist entschieden.", now=NOW)


def cost(cents: int, at: str, kind: Any = "communication") -> Cost:
    return Cost(read_moment(at), cents, "Arbeit am Fall", receipt="R-1", kind=kind)


def sums(db: Database, event_id: int) -> tuple[int, int, int, int, int]:
    total = ledger.Split()
    for entry in store.all_of_event(db, event_id):
        total = total.plus(entry.split)
    return total.amounts


def second_case(db: Database, actor: Actor, case: Case, intake: Intake) -> Case:
    """A second case of the same firm and contract under an event of its own."""
    firm = cases_store.firm_by_id(db, case.firm_id)
    again = replace(intake, firm=firm, idempotency_key=None)
    return cases_store.open_case(db, actor, again)


# Locked lines that are over a cap


@pytest.mark.parametrize(
    ("cap", "claims", "cuts"),
    [
        pytest.param(100, [(60, None), (60, None)], [(60, 0), (40, 20)], id="nothing locked"),
        pytest.param(
            100, [(60, (60, 0)), (60, (60, 0))], [(60, 0), (40, 20)], id="the later one gives"
        ),
        pytest.param(
            100, [(60, None), (60, (60, 0))], [(40, 20), (60, 0)], id="locked comes first"
        ),
        pytest.param(
            100, [(50, (20, 30)), (60, None)], [(20, 30), (60, 0)], id="an overflow stays one"
        ),
        pytest.param(0, [(60, (60, 0))], [(0, 60)], id="no cap at all"),
    ],
)
def test_locked_lines_keep_their_cut_as_far_as_the_cap_goes(
    cap: int,
    claims: list[tuple[int, tuple[int, int] | None]],
    cuts: list[tuple[int, int]],
) -> None:
    given = [Claim(amount, Cut(*locked) if locked else None) for amount, locked in claims]
    assert ledger.redistribute(cap, given) == [Cut(*each) for each in cuts]


# Decisions


def test_it_help_moves_into_the_cap_and_out_again(
    db: Database, consultant: Actor, case: Case
) -> None:
    store.book_cost(db, consultant, case.id, cost(240000, "2026-03-10T08:00"))
    phone = store.book_cost(
        db, consultant, case.id, cost(22500, "2026-03-10T07:00", kind="it_phone")
    )
    assert sums(db, case.insured_event_id) == (240000, 0, 22500, 0, 0)
    decide(db, consultant, case, "U-02", "inside_cap")
    assert sums(db, case.insured_event_id) == (250000, 12500, 0, 0, 0)
    inside = store.entry_by_id(db, phone.id)
    assert (inside.payer, inside.rule, inside.covered_cents) == ("insurer", "NA-33", 22500)
    told = [each.text for each in cases_store.timeline_of(db, case.id)]
    assert any("neu berechnet: U-02 ist entschieden." in text for text in told)
    decide(db, consultant, case, "U-02", "outside_cap")
    assert sums(db, case.insured_event_id) == (240000, 0, 22500, 0, 0)
    assert store.verify(db) == []


def test_a_gross_cap_is_reached_earlier(db: Database, consultant: Actor, case: Case) -> None:
    store.book_cost(db, consultant, case.id, cost(220000, "2026-03-10T08:00"))
    decide(db, consultant, case, "U-03", "gross")
    assert sums(db, case.insured_event_id) == (250000, 14000, 0, 0, 0)
    assert cases_store.event_by_id(db, case.insured_event_id).cap_basis == "gross"
    later = store.book_cost(db, consultant, case.id, cost(10000, "2026-03-10T09:00"))
    assert (later.amount_cents, later.overflow_cents) == (12000, 12000)
    decide(db, consultant, case, "U-03", "net")
    assert sums(db, case.insured_event_id) == (230000, 0, 0, 0, 0)
    assert store.verify(db) == []


def test_fees_of_others_outside_the_cap_are_paid_by_the_firm(
    db: Database, consultant: Actor, case: Case
) -> None:
    fee = store.book_cost(
        db, consultant, case.id, cost(32000, "2026-03-10T08:00", kind="third_party")
    )
    decide(db, consultant, case, "U-06", "outside_cap")
    outside = store.entry_by_id(db, fee.id)
    assert (outside.payer, outside.rule) == ("owner", "U-06")
    assert sums(db, case.insured_event_id) == (0, 0, 0, 32000, 0)
    later = store.book_cost(
        db, consultant, case.id, cost(100, "2026-03-10T09:00", kind="third_party")
    )
    assert (later.covered_cents, later.payer) == (0, "owner")
    assert store.verify(db) == []


def test_the_decision_before_the_first_booking_counts(
    db: Database, consultant: Actor, case: Case
) -> None:
    decide(db, consultant, case, "U-02", "inside_cap")
    entry = store.book_cost(
        db, consultant, case.id, cost(260000, "2026-03-10T08:00", kind="it_onsite")
    )
    assert (entry.covered_cents, entry.overflow_cents) == (250000, 10000)


def test_computing_anew_without_a_change_writes_nothing(
    db: Database, consultant: Actor, case: Case
) -> None:
    late = store.book_cost(db, consultant, case.id, cost(260000, "2026-03-10T12:00"))
    store.settle_hours(db, consultant, case.id, NOW)
    store.book_cost(db, consultant, case.id, cost(5000, "2026-03-10T08:00"))
    store.review_entry(db, consultant, late.id, outcome="cut", reason="Takt", cut_cents=3000)
    before = list(db.query("SELECT count(*) AS n FROM audit_entry"))
    assert sums(db, case.insured_event_id) == (250000, 12000, 0, 0, 0)
    store.recompute_event(db, consultant, case.insured_event_id, cause="Noch einmal.", now=NOW)
    assert list(db.query("SELECT count(*) AS n FROM audit_entry")) == before
    assert store.corrections_of(db, case.id) == []


# Exported lines


def test_an_exported_line_stays_and_its_difference_is_a_row(
    db: Database, consultant: Actor, case: Case
) -> None:
    phone = store.book_cost(
        db, consultant, case.id, cost(22500, "2026-03-10T07:00", kind="it_phone")
    )
    store.book_cost(db, consultant, case.id, cost(240000, "2026-03-10T08:00"))
    first = store.settle_hours(db, consultant, case.id, NOW)
    decide(db, consultant, case, "U-02", "inside_cap")
    [correction] = store.corrections_of(db, case.id)
    assert correction.entry_id == phone.id
    assert correction.difference.amounts == (10000, 12500, -22500, 0, 0)
    second = store.settle_hours(db, consultant, case.id, NOW + timedelta(hours=1))
    assert [replace(line, number=0) for line in second.lines[:2]] == [
        replace(line, number=0) for line in first.lines
    ]
    corrections = second.lines[2:]
    assert {line.split_group for line in corrections} == {f"L{phone.id}"}
    assert all("U-02 ist entschieden" in line.text for line in corrections)
    assert (second.covered_cents, second.outside_cents, second.owner_cents) == (250000, 0, 12500)
    assert second.net_cents == first.net_cents
    assert second.lines[-1].left_cents == 0
    assert store.settle_hours(db, consultant, case.id, NOW + timedelta(hours=2)) == second
    assert store.verify(db) == []


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "pdf", "ledes"])
def test_every_file_tells_a_correction(
    db: Database, consultant: Actor, case: Case, file_format: str
) -> None:
    store.book_cost(db, consultant, case.id, cost(22500, "2026-03-10T07:00", kind="it_phone"))
    store.book_cost(db, consultant, case.id, cost(240000, "2026-03-10T08:00"))
    store.settle_hours(db, consultant, case.id, NOW)
    decide(db, consultant, case, "U-02", "inside_cap")
    written = store.export_hours(db, consultant, case.id, file_format, NOW)
    if file_format == "csv":
        assert "-225,00" not in written.decode("utf-8-sig").splitlines()[1]
        assert "Korrektur zu" in written.decode("utf-8-sig")
    if file_format == "ledes":
        records = [line.split("|") for line in written.decode("ascii").splitlines()[2:]]
        assert sum(round(float(each[12]) * 100) for each in records) == 250000
        assert {each[4] for each in records} == {"2500.00"}
    assert written


def test_a_changed_basis_carries_the_cut_of_the_review_along(
    db: Database, consultant: Actor, case: Case
) -> None:
    entry = store.book_cost(db, consultant, case.id, cost(100000, "2026-03-10T08:00"))
    store.settle_hours(db, consultant, case.id, NOW)
    store.review_entry(db, consultant, entry.id, outcome="cut", reason="Takt", cut_cents=10000)
    decide(db, consultant, case, "U-03", "gross")
    after = store.entry_by_id(db, entry.id)
    assert (after.amount_cents, after.cut_cents, after.covered_cents) == (120000, 12000, 108000)
    second = store.settle_hours(db, consultant, case.id, NOW + timedelta(hours=1))
    assert second.covered_cents == 108000
    assert store.verify(db) == []
    decide(db, consultant, case, "U-03", "net")
    assert sums(db, case.insured_event_id) == (90000, 0, 0, 0, 0)
    assert store.verify(db) == []


def test_a_line_cut_to_nothing_is_still_nothing_under_another_basis(
    db: Database, consultant: Actor, case: Case
) -> None:
    entry = store.book_cost(db, consultant, case.id, cost(33333, "2026-03-10T08:00"))
    store.settle_hours(db, consultant, case.id, NOW)
    store.review_entry(db, consultant, entry.id, outcome="rejected", reason="nicht gedeckt")
    for basis in ("gross", "net", "gross"):
        decide(db, consultant, case, "U-03", basis)
        assert sums(db, case.insured_event_id) == (0, 0, 0, 0, 0)
    assert store.verify(db) == []


# Moving between events


def moved(
    db: Database, actor: Actor, case: Case, event_id: int | None, now: datetime = NOW
) -> None:
    moving.move_case(
        db, actor, case.id, event_id, decision="one_event", reason="Derselbe Angriff",
        decided_by="Dr. Huber", now=now,
    )  # fmt: skip


def test_two_waves_of_one_attack_share_one_cap(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    other = second_case(db, consultant, case, garage_intake)
    store.book_cost(db, consultant, case.id, cost(200000, "2026-03-10T08:00"))
    store.book_cost(db, consultant, other.id, cost(200000, "2026-03-10T07:00"))
    store.settle_hours(db, consultant, other.id, NOW)
    moved(db, consultant, other, case.insured_event_id)
    assert sums(db, case.insured_event_id) == (250000, 150000, 0, 0, 0)
    assert sums(db, other.insured_event_id) == (0, 0, 0, 0, 0)
    assert store.event_state(db, other.insured_event_id, NOW).covered_cents == 0
    assert store.verify(db) == []
    report = store.settle_hours(db, consultant, other.id, NOW + timedelta(hours=1))
    assert report.event_number == cases_store.event_by_id(db, case.insured_event_id).number
    assert report.lines[0].event_number != report.event_number


def test_lines_exported_in_both_events_are_corrected_where_the_cap_ends(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    other = second_case(db, consultant, case, garage_intake)
    store.book_cost(db, consultant, case.id, cost(200000, "2026-03-10T08:00"))
    store.book_cost(db, consultant, other.id, cost(200000, "2026-03-10T09:00"))
    store.settle_hours(db, consultant, case.id, NOW)
    store.settle_hours(db, consultant, other.id, NOW)
    moved(db, consultant, other, case.insured_event_id)
    assert sums(db, case.insured_event_id) == (250000, 150000, 0, 0, 0)
    assert store.corrections_of(db, case.id) == []
    [correction] = store.corrections_of(db, other.id)
    assert correction.difference.amounts == (-150000, 150000, 0, 0, 0)
    moved(db, consultant, other, None)
    again = cases_store.case_by_id(db, other.id)
    assert sums(db, again.insured_event_id) == (200000, 0, 0, 0, 0)
    assert sums(db, case.insured_event_id) == (200000, 0, 0, 0, 0)
    assert store.verify(db) == []


def test_what_runs_is_reserved_and_agreed_goes_with_the_case(
    db: Database, consultant: Actor, case: Case
) -> None:
    store.start_timer(
        db, consultant, case.id, activity="media", function="PR", rate_cents=15000, now=NOW
    )
    store.reserve(
        db, consultant, case.id, text="Inserat", cents=5000, expires_at=NOW + timedelta(days=1)
    )
    store.record_consent(
        db, consultant, case.id, kind="consent", text="ja", person="Aigner", channel="letter",
        happened_at=NOW, ceiling_cents=10000,
    )  # fmt: skip
    moved(db, consultant, case, None)
    after = cases_store.case_by_id(db, case.id)
    state = store.event_state(db, after.insured_event_id, NOW + timedelta(hours=1))
    assert (state.running_cents, state.reserved_cents) == (15000, 5000)
    assert state.consent is not None
    left = store.event_state(db, case.insured_event_id, NOW + timedelta(hours=1))
    assert (left.running_cents, left.reserved_cents, left.consent) == (0, 0, None)


# Under reservation


@pytest.fixture
def unclear(db: Database, consultant: Actor, case: Case) -> Case:
    """A case whose coverage is being clarified, with covered work and some of the firm's own."""
    cover(db, consultant, case, "clarify")
    for kind in ("communication", "third_party", "it_phone", "internal", "insured_pays"):
        store.book_cost(db, consultant, case.id, cost(10000, "2026-03-10T08:00", kind=kind))
    return cases_store.case_by_id(db, case.id)


def cover(db: Database, actor: Actor, case: Case, result: str) -> None:
    decision = {"result": result, "limb": None, "rules": [], "explanation": f"Deckung: {result}"}
    cases_store.decide_coverage(db, actor, case.id, {}, decision)
    store.follow_coverage(db, actor, case.id, now=NOW)


def test_work_while_coverage_is_unclear_is_marked(
    db: Database, consultant: Actor, unclear: Case
) -> None:
    marked = {each.kind: each.under_reservation for each in store.entries_of(db, unclear.id)}
    assert marked == {
        "communication": True, "third_party": True, "it_phone": True, "internal": False,
        "insured_pays": False,
    }  # fmt: skip
    report = store.settle_hours(db, consultant, unclear.id, NOW)
    assert {line.kind: line.reservation for line in report.lines} == {
        "communication": "unter Vorbehalt", "third_party": "unter Vorbehalt",
        "it_phone": "unter Vorbehalt", "insured_pays": "",
    }  # fmt: skip
    assert report.reserved_cents == 30000
    assert ("Davon unter Vorbehalt, Deckung in Klärung", 30000) in report.totals


def test_a_yes_lifts_the_reservation_by_a_row(
    db: Database, consultant: Actor, unclear: Case
) -> None:
    before = sums(db, unclear.insured_event_id)
    cover(db, consultant, unclear, "yes")
    entries = store.entries_of(db, unclear.id)
    assert not any(each.under_reservation for each in entries)
    assert [each.outcome for each in entries if each.provisional] == ["confirmed"] * 3
    assert sums(db, unclear.insured_event_id) == before
    told = [each.text for each in cases_store.timeline_of(db, unclear.id)]
    assert any("Vorbehalt auf den Leistungen ist aufgehoben" in text for text in told)
    fresh = store.book_cost(db, consultant, unclear.id, cost(100, "2026-03-10T10:00"))
    assert not fresh.provisional


@pytest.mark.parametrize(
    ("decided", "expected"),
    [
        pytest.param(None, (0, 0, 0, 10000, 40000), id="nothing decided: nobody can be billed"),
        pytest.param("claims_department", (0, 0, 0, 40000, 10000), id="the firm pays"),
        pytest.param("desk_lead", (0, 0, 0, 10000, 40000), id="the desk's own loss"),
    ],
)
def test_a_no_sends_the_work_to_its_bearer(
    db: Database,
    consultant: Actor,
    unclear: Case,
    decided: str | None,
    expected: tuple[int, ...],
) -> None:
    if decided:
        decide(db, consultant, unclear, "U-08", decided)
    store.settle_hours(db, consultant, unclear.id, NOW)
    cover(db, consultant, unclear, "no")
    assert sums(db, unclear.insured_event_id) == expected
    assert {each.rule for each in store.entries_of(db, unclear.id) if each.provisional} == {"U-08"}
    assert len(store.corrections_of(db, unclear.id)) == 3
    report = store.settle_hours(db, consultant, unclear.id, NOW + timedelta(hours=1))
    assert (report.covered_cents, report.outside_cents) == (0, 0)
    assert (report.owner_cents, report.nobody_cents) == (expected[3], expected[4] - 10000)
    assert store.verify(db) == []
    cover(db, consultant, unclear, "clarify")
    assert sums(db, unclear.insured_event_id) == (20000, 0, 10000, 10000, 10000)
    assert store.verify(db) == []


def test_what_leaves_the_house_follows_the_coverage_even_if_nobody_asked(
    db: Database, consultant: Actor, unclear: Case
) -> None:
    decision = {"result": "no", "limb": None, "rules": [], "explanation": "nein"}
    cases_store.decide_coverage(db, consultant, unclear.id, {}, decision)
    report = store.settle_hours(db, consultant, unclear.id, NOW)
    assert (report.covered_cents, report.outside_cents) == (0, 0)


# Any order of things


_STEPS = (
    "book", "work", "reverse", "export", "review", "move", "U-02", "U-03", "U-06", "U-08", "cover",
)  # fmt: skip


def steps() -> st.SearchStrategy[list[tuple[str, int, int]]]:
    step = st.tuples(
        st.sampled_from(_STEPS),
        st.integers(0, 150000),
        st.integers(0, 1000),
    )
    return st.lists(step, min_size=3, max_size=18)


_VALUES = {
    "U-02": ("inside_cap", "outside_cap"),
    "U-03": ("gross", "net"),
    "U-06": ("outside_cap", "inside_cap"),
    "U-08": ("claims_department", "desk_lead"),
}
_KINDS = ("communication", "third_party", "it_phone", "it_onsite", "internal", "insured_pays")


def _work(db: Database, actor: Actor, case: Case, cents: int, number: int) -> None:
    begin = datetime(2026, 3, 10, tzinfo=UTC) + timedelta(minutes=number)
    work = Work(
        WorkTime(begin, begin + timedelta(minutes=number % 300)), cents, "writing", "Text",
        kind=_KINDS[number % len(_KINDS)] if number % 2 else "it_phone", receipt="R-1",
    )  # fmt: skip
    store.book_work(db, actor, case.id, work)


def _book(db: Database, actor: Actor, case: Case, cents: int, number: int) -> None:
    at = datetime(2026, 3, 10, tzinfo=UTC) + timedelta(minutes=number)
    kind: Any = _KINDS[number % len(_KINDS)]
    store.book_cost(db, actor, case.id, Cost(at, cents, "Text", receipt="R-1", kind=kind))


def _reverse(db: Database, actor: Actor, case: Case, cents: int, number: int) -> None:
    free = [
        each
        for each in store.entries_of(db, case.id)
        if each.batch is None and each.reversed_because is None
    ]
    if free:
        store.reverse_entry(db, actor, free[number % len(free)].id, "irrtümlich")


def _export(db: Database, actor: Actor, case: Case, cents: int, number: int) -> None:
    if any(
        each.kind != "internal" and each.reversed_because is None
        for each in store.entries_of(db, case.id)
    ):
        report = store.settle_hours(db, actor, case.id, NOW)
        entries = [each for each in store.entries_of(db, case.id) if each.batch]
        now_by_payer = ledger.Split()
        for each in entries:
            now_by_payer = now_by_payer.plus(each.split)
        assert report.covered_cents == now_by_payer.covered_cents
        assert report.outside_cents == now_by_payer.insurer_cents
        assert report.owner_cents == now_by_payer.overflow_cents + now_by_payer.owner_cents
        assert report.nobody_cents == now_by_payer.nobody_cents


def _review(db: Database, actor: Actor, case: Case, cents: int, number: int) -> None:
    reviewed = {row["entry_id"] for row in db.query("SELECT entry_id FROM review")}
    open_lines = [
        each for each in store.entries_of(db, case.id) if each.batch and each.id not in reviewed
    ]
    if open_lines:
        entry = open_lines[number % len(open_lines)]
        store.review_entry(
            db, actor, entry.id, outcome="cut", reason="Takt",
            cut_cents=min(entry.covered_cents, cents),
        )  # fmt: skip


_DO: dict[str, Callable[[Database, Actor, Case, int, int], None]] = {
    "book": _book, "work": _work, "reverse": _reverse, "export": _export, "review": _review,
}  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps())
def test_the_ledger_holds_after_any_sequence(
    db: Database, consultant: Actor, garage_intake: Intake, steps: list[tuple[str, int, int]]
) -> None:
    number = db.execute("SELECT count(*) FROM policy").fetchone()[0]
    contract = replace(garage_intake.policy, number=f"P-{number}")
    first = cases_store.open_case(db, consultant, replace(garage_intake, policy=contract))
    again = replace(garage_intake, policy=contract, firm=cases_store.firm_by_id(db, first.firm_id))
    known = [first, cases_store.open_case(db, consultant, again)]
    for what, cents, pick in steps:
        case = cases_store.case_by_id(db, known[pick % 2].id)
        if what in _DO:
            _DO[what](db, consultant, case, cents, pick)
        elif what == "move":
            ids = {each.insured_event_id for each in current(db, known)}
            _move_within(db, consultant, case, ids, pick)
        elif what == "cover":
            cover(db, consultant, case, ("yes", "no", "clarify")[pick % 3])
        else:
            decide(db, consultant, case, what, _VALUES[what][pick % 2])
    for case in current(db, known):
        event = cases_store.event_by_id(db, case.insured_event_id)
        store.recompute_event(db, consultant, event.id, cause="Zum Schluss.", now=NOW)
        covered, overflow, *_rest = sums(db, event.id)
        state = store.event_state(db, event.id, NOW)
        assert 0 <= covered <= event.cap_cents
        assert (state.covered_cents, state.overflow_cents) == (covered, overflow)
        total = sum(each.owed_cents for each in store.all_of_event(db, event.id))
        assert sum(sums(db, event.id)) == total
    assert store.verify(db) == []


def current(db: Database, known: list[Case]) -> list[Case]:
    return [cases_store.case_by_id(db, each.id) for each in known]


def _move_within(db: Database, actor: Actor, case: Case, ids: set[int], pick: int) -> None:
    others = sorted(ids - {case.insured_event_id})
    moved(db, actor, case, others[0] if others and pick % 3 else None)


def test_a_thousand_entries_take_less_than_a_second(
    db: Database, consultant: Actor, case: Case
) -> None:
    entry = store.book_cost(db, consultant, case.id, cost(300, "2026-03-10T08:00"))
    row = next(db.query("SELECT * FROM service_entry WHERE id = ?", [entry.id]))
    columns = [name for name in row if name not in ("id", "idempotency_key")]
    db.execute(
        f"INSERT INTO service_entry ({', '.join(columns)}) SELECT {', '.join(columns)}"
        " FROM service_entry, (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 999) SELECT i FROM n)"
    )
    started = time.perf_counter()
    store.recompute_event(db, consultant, case.insured_event_id, cause="Viele Zeilen.", now=NOW)
    assert sums(db, case.insured_event_id) == (250000, 50000, 0, 0, 0)
    decide(db, consultant, case, "U-03", "gross")
    assert time.perf_counter() - started < 2
