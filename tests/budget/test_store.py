"""Bookings, the cap ledger, timers, reservations, consent: over a real database."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from access.actor import Actor
from budget import allocate, policy, store
from budget.entry import Cost, Entry, Work
from budget.errors import (
    BudgetError,
    CeilingMissing,
    CutTooLarge,
    LockedEntry,
    NegativeAmount,
    NothingToReview,
    ReasonMissing,
    ReceiptMissing,
    ReservationSettled,
    ReversedEntry,
    TextMissing,
    TimerRuns,
    TimerStopped,
    UnknownSurcharges,
)
from budget.rounding import Rounding
from budget.worktime import WorkTime
from cases import store as cases_store
from cases.store import Case, Intake
from data import Home, transaction
from data.times import read_moment

NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)


def hours(start: str, end: str, rate_cents: int = 15000, **more: Any) -> Work:
    given: dict[str, Any] = {"activity": "writing", "text": "Erstmeldung entworfen", **more}
    return Work(WorkTime(read_moment(start), read_moment(end)), rate_cents, **given)


def cost(cents: int, at: str = "2026-03-10T12:00", **more: Any) -> Cost:
    given: dict[str, Any] = {"text": "Aussendung über Verteiler", "receipt": "R-1", **more}
    return Cost(read_moment(at), cents, **given)


def shares(entries: list[Entry]) -> list[tuple[int, int]]:
    return [(each.covered_cents, each.overflow_cents) for each in entries]


def book(db: Database, actor: Actor, case: Case, booking: Work | Cost) -> Entry:
    if isinstance(booking, Work):
        return store.book_work(db, actor, case.id, booking)
    return store.book_cost(db, actor, case.id, booking)


def test_the_garage_costs_412_euros_50(db: Database, consultant: Actor, case: Case) -> None:
    for start, end in [
        ("10:20", "10:50"), ("10:50", "11:35"), ("11:35", "11:50"), ("12:30", "13:15"),
        ("16:00", "16:30"),
    ]:  # fmt: skip
        work = hours(f"2026-03-10T{start}", f"2026-03-10T{end}")
        store.book_work(db, consultant, case.id, work)
    state = store.event_state(db, case.insured_event_id, NOW)
    assert (state.covered_cents, state.overflow_cents, state.remaining_cents) == (41250, 0, 208750)
    assert state.crossed == {}
    assert state.level == 0
    assert store.verify(db) == []


def test_the_crossing_entry_is_split_and_told(db: Database, consultant: Actor, case: Case) -> None:
    store.book_cost(db, consultant, case.id, cost(241300, "2026-03-10T07:00"))
    entry = store.book_work(
        db, consultant, case.id, hours("2026-03-10T08:00", "2026-03-10T09:30", 16500)
    )
    assert (entry.covered_cents, entry.overflow_cents, entry.payer) == (8700, 16050, "split")
    newest = cases_store.timeline_of(db, case.id)
    told = [each.text for each in newest if "100 % der Leistungsgrenze erreicht" in each.text]
    assert len(told) == 1
    state = store.event_state(db, case.insured_event_id, NOW)
    assert state.crossed == {50: entry.id - 1, 80: entry.id - 1, 100: entry.id}
    assert state.must_stop


def test_a_late_entry_with_an_earlier_date_cuts_anew(
    db: Database, consultant: Actor, case: Case
) -> None:
    late = store.book_cost(db, consultant, case.id, cost(200000, "2026-03-10T12:00"))
    early = store.book_cost(db, consultant, case.id, cost(100000, "2026-03-10T08:00"))
    assert shares([early]) == [(100000, 0)]
    assert shares([store.entry_by_id(db, late.id)]) == [(150000, 50000)]
    rows = list(db.query("SELECT entry_id, covered_cents, cause FROM allocation ORDER BY seq"))
    assert [(row["entry_id"], row["covered_cents"], row["cause"]) for row in rows] == [
        (late.id, 200000, "booked"),
        (late.id, -50000, "recut"),
        (early.id, 100000, "booked"),
    ]
    assert store.verify(db) == []


def test_two_cases_of_one_event_share_its_cap(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    second = cases_store.open_case(
        db, consultant, replace(garage_intake, insured_event_id=case.insured_event_id)
    )
    store.book_cost(db, consultant, case.id, cost(200000, "2026-03-10T12:00"))
    entry = store.book_cost(db, consultant, second.id, cost(100000, "2026-03-10T13:00"))
    assert shares([entry]) == [(50000, 50000)]


def test_a_gross_cap_counts_the_tax(db: Database, consultant: Actor, garage_intake: Intake) -> None:
    policy_of_case = replace(garage_intake.policy, cap_basis="gross")
    gross = cases_store.open_case(
        db, consultant, replace(garage_intake, policy=policy_of_case, idempotency_key="gross")
    )
    entry = store.book_cost(db, consultant, gross.id, cost(208334))
    assert (entry.vat_cents, entry.covered_cents, entry.overflow_cents) == (41667, 250000, 1)
    assert store.verify(db) == []


@pytest.mark.parametrize(
    ("kind", "payer"),
    [
        ("it_phone", "insurer"), ("it_onsite", "insurer"), ("internal", "none"),
        ("insured_pays", "owner"), ("excluded", "owner"),
    ],
)  # fmt: skip
def test_other_pots_leave_the_cap_alone(
    db: Database, consultant: Actor, case: Case, kind: Any, payer: str
) -> None:
    entry = store.book_work(
        db, consultant, case.id, hours("2026-03-10T08:00", "2026-03-10T09:00", kind=kind)
    )
    assert entry.payer == payer
    state = store.event_state(db, case.insured_event_id, NOW)
    assert (state.covered_cents, state.overflow_cents) == (0, 0)


def test_the_same_form_sent_twice_books_once(db: Database, consultant: Actor, case: Case) -> None:
    work = hours("2026-03-10T08:00", "2026-03-10T09:00", idempotency_key="form-1")
    first = store.book_work(db, consultant, case.id, work)
    assert store.book_work(db, consultant, case.id, work) == first
    paid = cost(100, idempotency_key="form-2")
    assert (
        store.book_cost(db, consultant, case.id, paid).id
        == store.book_cost(db, consultant, case.id, paid).id
    )
    assert len(store.entries_of(db, case.id)) == 2


@pytest.mark.parametrize(
    ("booking", "refusal"),
    [
        pytest.param(
            hours("2026-03-10T08:00", "2026-03-10T09:00", text=" "), TextMissing, id="text"
        ),
        pytest.param(hours("2026-03-10T08:00", "2026-03-10T09:00", -1), NegativeAmount, id="rate"),
        pytest.param(
            hours("2026-03-10T08:00", "2026-03-10T09:00", kind="third_party"),
            ReceiptMissing,
            id="hours of a third party",
        ),
        pytest.param(cost(100, text="\u202e\x00"), TextMissing, id="signs nobody sees"),
        pytest.param(cost(100, receipt=""), ReceiptMissing, id="receipt"),
        pytest.param(cost(-100), NegativeAmount, id="negative cost"),
        pytest.param(cost(100, text=""), TextMissing, id="cost without text"),
    ],
)
def test_what_is_not_booked(
    db: Database, consultant: Actor, case: Case, booking: Work | Cost, refusal: type[BudgetError]
) -> None:
    with pytest.raises(refusal) as refused:
        book(db, consultant, case, booking)
    assert "Bitte" in refused.value.sentence() or "nicht gebucht" in refused.value.sentence()
    assert store.entries_of(db, case.id) == []


def test_a_reversed_entry_gives_its_cover_to_the_next(
    db: Database, consultant: Actor, case: Case
) -> None:
    first = store.book_cost(db, consultant, case.id, cost(200000, "2026-03-10T08:00"))
    second = store.book_cost(db, consultant, case.id, cost(100000, "2026-03-10T09:00"))
    store.reverse_entry(db, consultant, first.id, "doppelt erfasst")
    assert shares([store.entry_by_id(db, second.id)]) == [(100000, 0)]
    assert shares([store.entry_by_id(db, first.id)]) == [(0, 0)]
    assert store.entry_by_id(db, first.id).reversed_because == "doppelt erfasst"
    with pytest.raises(ReversedEntry):
        store.reverse_entry(db, consultant, first.id, "noch einmal")
    with pytest.raises(ReasonMissing):
        store.reverse_entry(db, consultant, second.id, "")
    assert store.verify(db) == []


def test_rounding_is_frozen_on_the_entry(db: Database, consultant: Actor, case: Case) -> None:
    before = store.book_work(db, consultant, case.id, hours("2026-03-10T08:00", "2026-03-10T08:01"))
    policy.decide(db, consultant, Rounding("nearest", 6), "weekday_8_18")
    after = store.book_work(db, consultant, case.id, hours("2026-03-10T19:00", "2026-03-10T19:10"))
    assert (before.billed_seconds, before.net_cents) == (900, 3750)
    assert (after.billed_seconds, after.surcharge_cents, after.net_cents) == (720, 1500, 4500)
    assert after.surcharge_reason == "nach 18 Uhr +50 % (0:12)"
    assert store.verify(db) == []
    with pytest.raises(UnknownSurcharges):
        policy.decide(db, consultant, Rounding("up", 15), "moon")


def test_an_agreed_rate_comes_before_the_example(db: Database, consultant: Actor) -> None:
    def rate(day: date, person: str = "Lang") -> tuple[int, bool]:
        found = store.rate_for(db, "PR-Berater:in", person, day)
        assert found is not None
        return found.cents, found.agreed

    assert rate(date(2026, 3, 1)) == (15000, False)
    store.agree_rate(
        db, consultant, function="PR-Berater:in", rate_cents=16000,
        valid_from=date(2026, 3, 1), reason="Rahmenvertrag",
    )  # fmt: skip
    store.agree_rate(
        db, consultant, function="PR-Berater:in", person="Lang", rate_cents=17000,
        valid_from=date(2026, 4, 1), valid_to=date(2026, 4, 30), reason="Vertretung",
    )  # fmt: skip
    assert rate(date(2026, 2, 28)) == (15000, False)
    assert rate(date(2026, 3, 1)) == (16000, True)
    assert rate(date(2026, 4, 30)) == (17000, True)
    assert rate(date(2026, 4, 30), "Berger") == (16000, True)
    assert rate(date(2026, 5, 1)) == (16000, True)
    assert store.rate_for(db, "Gärtner:in", "Lang", date(2026, 5, 1)) is None
    with pytest.raises(ReasonMissing):
        store.agree_rate(
            db, consultant, function="x", rate_cents=1, valid_from=date(2026, 1, 1), reason=""
        )


# Timers


def start(db: Database, actor: Actor, case: Case, at: datetime = NOW) -> int:
    return store.start_timer(
        db, actor, case.id, activity="media", function="PR-Berater:in", rate_cents=15000, now=at
    ).id


def test_a_timer_survives_and_books_once(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    timer_id = start(db, consultant, case)
    home.close()
    db = home.db()
    running = store.timer_of(db, consultant)
    assert running is not None
    assert (running.id, running.started_at) == (timer_id, NOW)
    entry = store.stop_timer(
        db, consultant, timer_id, text="Rückfragen beantwortet", now=NOW + timedelta(minutes=50),
        break_seconds=600,
    )  # fmt: skip
    assert (entry.recorded_seconds, entry.billed_seconds) == (2400, 2700)
    assert store.timer_of(db, consultant) is None
    with pytest.raises(TimerStopped):
        store.stop_timer(db, consultant, timer_id, text="noch einmal", now=NOW)
    assert len(store.entries_of(db, case.id)) == 1


def test_one_timer_per_person(
    db: Database, consultant: Actor, colleague: Actor, case: Case
) -> None:
    start(db, consultant, case)
    start(db, colleague, case)
    with pytest.raises(TimerRuns) as refusal:
        start(db, consultant, case)
    assert case.number in refusal.value.sentence()


def test_a_timer_without_a_text_runs_on(db: Database, consultant: Actor, case: Case) -> None:
    timer_id = start(db, consultant, case)
    with pytest.raises(TextMissing):
        store.stop_timer(db, consultant, timer_id, text="", now=NOW + timedelta(hours=1))
    assert store.timer_of(db, consultant) is not None
    store.discard_timer(db, consultant, timer_id, NOW + timedelta(hours=1))
    assert store.timer_of(db, consultant) is None
    assert store.entries_of(db, case.id) == []


# Warnings


def test_levels_look_ahead_at_running_and_reserved(
    db: Database, consultant: Actor, colleague: Actor, case: Case
) -> None:
    event = case.insured_event_id
    store.book_cost(db, consultant, case.id, cost(100000))
    assert store.event_state(db, event, NOW).level == 0
    held = store.reserve(
        db, consultant, case.id, text="Inserat", cents=50000, expires_at=NOW + timedelta(hours=8)
    )
    state = store.event_state(db, event, NOW)
    assert (state.level, state.reserved_cents) == (50, 50000)
    start(db, consultant, case)
    start(db, colleague, case)
    state = store.event_state(db, event, NOW + timedelta(hours=2))
    assert (state.running_cents, state.level, state.notice_due) == (60000, 80, True)
    assert state.reached_at == NOW + timedelta(hours=3, minutes=20)
    assert store.event_state(db, event, NOW + timedelta(hours=9)).reserved_cents == 0
    store.release_reservation(db, consultant, held)
    assert store.event_state(db, event, NOW).reserved_cents == 0
    with pytest.raises(ReservationSettled):
        store.release_reservation(db, consultant, held)


def test_a_reservation_is_settled_by_what_it_cost(
    db: Database, consultant: Actor, case: Case
) -> None:
    held = store.reserve(
        db, consultant, case.id, text="Inserat", cents=50000, expires_at=NOW + timedelta(hours=8)
    )
    entry = store.settle_reservation(db, consultant, held, cost(32000))
    state = store.event_state(db, case.insured_event_id, NOW)
    assert (entry.covered_cents, state.reserved_cents) == (32000, 0)
    with pytest.raises(ReservationSettled):
        store.settle_reservation(db, consultant, held, cost(32000))
    assert len(store.entries_of(db, case.id)) == 1


# Consent


def test_consent_to_an_amount_lets_work_go_on(db: Database, consultant: Actor, case: Case) -> None:
    event = case.insured_event_id
    store.book_cost(db, consultant, case.id, cost(240000, "2026-03-10T08:00"))
    state = store.event_state(db, event, NOW)
    assert (state.notice_due, state.must_stop) == (True, False)
    record = {"text": "Ab jetzt € 150 je Stunde", "person": "Anton Aigner", "channel": "telephone"}
    with pytest.raises(CeilingMissing):
        store.record_consent(db, consultant, case.id, kind="consent", happened_at=NOW, **record)
    store.record_consent(
        db,
        consultant,
        case.id,
        kind="notice",
        happened_at=read_moment("2026-03-10T08:30"),
        **record,
    )
    assert not store.event_state(db, event, NOW).notice_due
    consent_id = store.record_consent(
        db, consultant, case.id, kind="consent", ceiling_cents=20000,
        happened_at=read_moment("2026-03-10T08:40"), idempotency_key="yes", **record,
    )  # fmt: skip
    store.book_cost(db, consultant, case.id, cost(25000, "2026-03-10T09:00"))
    state = store.event_state(db, event, NOW)
    assert state.consent is not None
    assert (state.consent.id, state.unconsented_cents, state.must_stop) == (consent_id, 0, False)
    store.book_cost(db, consultant, case.id, cost(9000, "2026-03-10T10:00"))
    state = store.event_state(db, event, NOW)
    assert (state.unconsented_cents, state.must_stop) == (9000, True)


# Export locks, the review answers


def test_exported_lines_are_never_cut_again(db: Database, consultant: Actor, case: Case) -> None:
    late = store.book_cost(db, consultant, case.id, cost(200000, "2026-03-10T12:00"))
    store.settle_hours(db, consultant, case.id, NOW)
    early = store.book_cost(db, consultant, case.id, cost(100000, "2026-03-10T08:00"))
    assert shares([store.entry_by_id(db, late.id), early]) == [(200000, 0), (50000, 50000)]
    with pytest.raises(LockedEntry) as refusal:
        store.reverse_entry(db, consultant, late.id, "Irrtum")
    assert f"{case.number}-1" in refusal.value.sentence()
    assert store.verify(db) == []


def test_a_cut_by_the_review_frees_the_cap_for_what_is_open(
    db: Database, consultant: Actor, case: Case
) -> None:
    billed = store.book_cost(db, consultant, case.id, cost(250000, "2026-03-10T08:00"))
    store.settle_hours(db, consultant, case.id, NOW)
    waiting = store.book_cost(db, consultant, case.id, cost(10000, "2026-03-11T08:00"))
    assert shares([waiting]) == [(0, 10000)]
    with pytest.raises(CutTooLarge):
        store.review_entry(
            db, consultant, billed.id, outcome="cut", cut_cents=250001, reason="zu viel"
        )
    store.review_entry(
        db, consultant, billed.id, outcome="cut", cut_cents=6000, reason="Sekretariat"
    )
    assert shares([store.entry_by_id(db, waiting.id)]) == [(6000, 4000)]
    cut = store.entry_by_id(db, billed.id)
    assert (cut.covered_cents, cut.cut_cents) == (244000, 6000)
    with pytest.raises(NothingToReview):
        store.review_entry(db, consultant, billed.id, outcome="accepted")
    with pytest.raises(NothingToReview):
        store.review_entry(db, consultant, waiting.id, outcome="accepted")
    assert store.verify(db) == []


def test_a_rejected_line_is_paid_by_nobody(db: Database, consultant: Actor, case: Case) -> None:
    entry = store.book_cost(db, consultant, case.id, cost(5000))
    store.settle_hours(db, consultant, case.id, NOW)
    store.review_entry(db, consultant, entry.id, outcome="rejected", reason="kein Beleg")
    done = store.entry_by_id(db, entry.id)
    assert (done.covered_cents, done.cut_cents, done.payer) == (0, 5000, "none")


# The last lines of defence


def test_no_program_can_cover_a_cent_over_the_cap(
    db: Database, consultant: Actor, case: Case
) -> None:
    entry = store.book_cost(db, consultant, case.id, cost(250000))
    with pytest.raises(sqlite3.IntegrityError, match="never_over_the_cap"):
        db.execute(
            "INSERT INTO allocation (entry_id, event_id, covered_cents, overflow_cents, cause,"
            " rule, recorded_at) VALUES (?, ?, 1, 0, 'booked', 'NA-33', '2026-03-10T12:00:00Z')",
            [entry.id, case.insured_event_id],
        )


@pytest.mark.parametrize("table", ["service_entry", "allocation", "consent", "export_line"])
def test_records_are_append_only(db: Database, consultant: Actor, case: Case, table: str) -> None:
    store.book_cost(db, consultant, case.id, cost(100))
    store.record_consent(
        db, consultant, case.id, kind="notice", text="x", person="A", channel="letter",
        happened_at=NOW,
    )  # fmt: skip
    store.settle_hours(db, consultant, case.id, NOW)
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = rowid + 1"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE service_entry SET net_cents = 1, amount_cents = 1", "not time by rate"),
        ("UPDATE service_entry SET billed_seconds = 60", "not the recorded time"),
        ("UPDATE service_entry SET vat_cents = 1", "tax"),
        ("DELETE FROM allocation", "do not add up"),
        ("UPDATE event_cap SET covered_cents = 0", "covered sum"),
        ("UPDATE export_batch SET document = '{}'", "changed after its export"),
        ("UPDATE export_line SET covered_cents = 0", "changed after its export"),
    ],
)
def test_verify_finds_what_somebody_changed(
    db: Database, consultant: Actor, case: Case, statement: str, sentence: str
) -> None:
    store.book_work(db, consultant, case.id, hours("2026-03-10T08:00", "2026-03-10T09:00"))
    store.settle_hours(db, consultant, case.id, NOW)
    assert store.verify(db) == []
    for row in list(db.query("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
        db.execute(f"DROP TRIGGER {row['name']}")
    db.execute(statement)
    assert any(sentence in problem for problem in store.verify(db))


def test_a_booking_that_fails_leaves_nothing(db: Database, consultant: Actor, case: Case) -> None:
    def fail_after_booking() -> None:
        with transaction(db):
            store.book_cost(db, consultant, case.id, cost(100))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_booking()
    assert store.entries_of(db, case.id) == []
    assert store.verify(db) == []


# The stored ledger and the pure command agree

bookings = st.lists(
    st.tuples(
        st.integers(0, 2000),
        st.integers(0, 400),
        st.integers(0, 30000),
        st.sampled_from(["communication", "internal", "it_phone"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bookings=bookings, basis=st.sampled_from(["net", "gross"]))
def test_the_ledger_and_the_command_give_the_same_euros(
    db: Database, consultant: Actor, garage_intake: Intake, bookings: list[Any], basis: str
) -> None:
    cover = replace(garage_intake.policy, number=f"P-{basis}", cap_basis=basis, cap_cents=100000)
    case = cases_store.open_case(db, consultant, replace(garage_intake, policy=cover))
    document: dict[str, Any] = {
        "events": [{"id": "E", "cap_cents": 100000, "basis": basis, "vat_percent": 20}],
        "rounding": {"mode": "up", "minutes": 15},
        "entries": [],
    }
    first = datetime(2026, 3, 10, tzinfo=UTC)
    for number, (offset, length, rate, kind) in enumerate(bookings):
        begin = first + timedelta(minutes=offset)
        end = begin + timedelta(minutes=length)
        document["entries"].append(
            {
                "id": str(number), "event": "E", "kind": kind, "rate_cents": rate,
                "start": begin.isoformat(), "end": end.isoformat(),
            }
        )  # fmt: skip
        work = Work(WorkTime(begin, end), rate, "writing", "Text", kind=kind)
        store.book_work(db, consultant, case.id, work)
    answer = allocate.to_json(
        allocate.allocate(allocate.from_json(json.loads(json.dumps(document))))
    )
    stored = sorted(store.entries_of(db, case.id), key=lambda entry: entry.id)
    for said, entry in zip(answer["entries"], stored, strict=True):
        assert said["net_cents"] == entry.net_cents
        assert said["vat_cents"] == entry.vat_cents
        assert said["billed_seconds"] == entry.billed_seconds
        assert said["covered_cents"] == entry.covered_cents
        assert said["overflow_cents"] == entry.overflow_cents
        assert said["payer"] == entry.payer
    state = store.event_state(db, case.insured_event_id, NOW)
    sums = answer["events"]["E"]
    assert sums["covered_cents"] == state.covered_cents
    assert sums["remaining_cents"] == state.remaining_cents
    ids = {str(number): entry.id for number, entry in enumerate(stored)}
    assert {int(level): ids[said] for level, said in sums["crossed"].items()} == state.crossed
    assert store.verify(db) == []
