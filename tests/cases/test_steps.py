"""The hotline and the eight steps: their order, what they need, what an answer sets in motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import clock, clocks, evidence, steps, store
from cases.clock import ClockKind
from cases.errors import (
    AlreadySkipped,
    CaseClosed,
    CorrectionNeedsReason,
    ExpertNeeded,
    InFuture,
    MissingField,
    NotAsked,
    NothingToTakeBack,
    SkipNeedsReason,
    StakeholdersUndecided,
    StepAlreadyDone,
    StepLocked,
    StepSkipped,
)
from cases.stakeholders import Entry as StakeholderEntry
from cases.steps import Entry, Move, StepState, Who
from cases.store import Case, Intake
from cases.store import stakeholders as stakeholder_store
from cases.store import steps as step_store
from data import now, reference

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
ORDER = ["EX-00", "EX-01", "EX-02", "EX-03", "EX-04", "EX-05", "EX-06", "EX-07", "EX-08"]
TEXT = "so steht es im Protokoll"


def entry(item: str, value: str = "", action: str | None = None, minute: int = 0) -> Entry:
    """One line of the record: an answer with a value, otherwise a tick."""
    at = AT + timedelta(minutes=minute)
    made = action or ("answered" if value else "ticked")
    step, _, word = item.partition(".")
    return Entry(
        step=step,
        item=item if word else "",
        action=made,
        happened_at=at,
        recorded_at=at,
        recorded_by="Mag. Lang",
        value=value,
        text="",
    )


COMPLETE: dict[str, list[Entry]] = {
    "EX-00": [entry("EX-00.call")],
    "EX-01": [
        entry("EX-01.result", "attack"),
        entry("EX-01.origin", "unknown"),
        entry("EX-01.way", "unknown"),
        entry("EX-01.systems", "yes"),
        entry("EX-01.data", "unknown"),
    ],
    "EX-02": [
        entry("EX-02.gdpr_33", "unknown"),
        entry("EX-02.gdpr_34", "no"),
        entry("EX-02.processor", "no"),
        entry("EX-02.nisg_entity", "no"),
        entry("EX-02.rkeg_entity", "no"),
        entry("EX-02.dora_entity", "no"),
        entry("EX-02.trade", "no"),
    ],
    "EX-03": [entry("EX-03.no_restart")],
    "EX-04": [
        entry("EX-04.timeline"),
        entry("EX-04.access", "yes"),
        entry("EX-04.changes", "no"),
    ],
    "EX-05": [
        entry(f"EX-05.{kind}", "yes")
        for kind in ("system_log", "log_file", "data_carrier", "notes", "screen_photo", "web")
    ],
    "EX-06": [entry("EX-06.check", "yes"), entry("EX-06.ended")],
    "EX-07": [entry("EX-07.need_to_know"), entry("EX-07.matrix")],
    "EX-08": [entry("EX-08.additions", "no")],
}


def through(last: str) -> list[Entry]:
    """What completes every step up to and with ``last``."""
    return [each for step in ORDER[: ORDER.index(last) + 1] for each in COMPLETE[step]]


def states(entries: Sequence[Entry]) -> dict[str, StepState]:
    return {each.step.id: each for each in steps.standing(entries)}


# --- the data ---------------------------------------------------------------------------------


def test_the_hotline_comes_first_and_the_eight_steps_follow_in_their_order() -> None:
    assert [(each.id, each.number) for each in steps.all_steps()] == list(
        zip(ORDER, range(9), strict=True)
    )


def test_every_rule_clock_and_question_that_a_step_names_exists() -> None:
    rules = reference.load("rules")
    for step in steps.all_steps():
        assert step.who in get_args(Who)
        assert set(step.rules) <= set(rules)
        for item in step.items:
            assert item.id.startswith(step.id + ".")
            assert set(item.rules) <= set(rules)
            assert {*item.settled_by, *item.open_values} <= {each.value for each in item.choices}
            assert set(item.evidence) <= set(evidence.KINDS)
            for kind in item.clocks:
                clock.entry_of(kind)
            if item.entity:
                assert item.entity in reference.load("clocks")["entity_questions"]


def test_technical_measures_are_the_hotlines_and_never_the_desks() -> None:
    technical = {"EX-01", "EX-03", "EX-05", "EX-06"}
    assert {
        each.id: each.who for each in steps.all_steps() if each.id in technical
    } == dict.fromkeys(technical, "hotline")


def test_the_five_kinds_of_evidence_and_the_web_page_are_asked_for() -> None:
    assert [each.title for each in steps.step_by_id("EX-05").items] == [
        "System-Protokolle",
        "Logfiles",
        "Datenträger",
        "Notizen",
        "Fotos von Bildschirmen",
        "Bild der Webseite oder des Beitrags",
    ]


def test_the_reporting_duties_of_ex_02_are_all_asked() -> None:
    asked = {each.id.partition(".")[2] for each in steps.step_by_id("EX-02").items}
    assert asked == {
        "gdpr_33", "gdpr_34", "processor", "nisg_entity", "nisg_significant", "rkeg_entity",
        "dora_entity", "dora_major", "trade",
    }  # fmt: skip


# --- where a case stands ------------------------------------------------------------------------


STANDINGS: list[tuple[str, list[Entry], dict[str, str]]] = [
    ("nothing recorded", [], {"EX-00": "open", "EX-01": "locked", "EX-08": "locked"}),
    ("hotline called", through("EX-00"), {"EX-00": "done", "EX-01": "open", "EX-02": "locked"}),
    (
        "result alone is not enough for an attack",
        [*through("EX-00"), entry("EX-01.result", "attack")],
        {"EX-01": "open", "EX-02": "locked"},
    ),
    (
        "a defect asks no four questions",
        [*through("EX-00"), entry("EX-01.result", "defect")],
        {"EX-01": "done", "EX-02": "open"},
    ),
    ("unknown is an answer", through("EX-01"), {"EX-01": "done", "EX-02": "open"}),
    ("three duties answered no are done", through("EX-02"), {"EX-02": "done", "EX-03": "open"}),
    (
        "an entity asks whether the incident is significant",
        [*through("EX-02"), entry("EX-02.nisg_entity", "yes")],
        {"EX-02": "open", "EX-03": "locked"},
    ),
    (
        "a shutdown is not required",
        through("EX-03"),
        {"EX-03": "done", "EX-04": "open"},
    ),
    (
        "evidence still open keeps the step open",
        [*through("EX-05"), entry("EX-05.data_carrier", "unknown")],
        {"EX-05": "open", "EX-06": "locked"},
    ),
    (
        "access to end is not ended yet",
        [*through("EX-05"), entry("EX-06.check", "yes")],
        {"EX-06": "open"},
    ),
    (
        "nothing to contain",
        [*through("EX-05"), entry("EX-06.check", "no")],
        {"EX-06": "done", "EX-07": "open"},
    ),
    ("all of it", through("EX-08"), dict.fromkeys(ORDER, "done")),
    (
        "skipped lets the next one be worked on",
        [entry("EX-00", action="skipped")],
        {"EX-00": "skipped", "EX-01": "open"},
    ),
    (
        "a skip that is taken back locks again",
        [entry("EX-00", action="skipped"), entry("EX-00", action="resumed", minute=1)],
        {"EX-00": "open", "EX-01": "locked"},
    ),
    (
        "a tick that is taken back opens the step again",
        [*through("EX-03"), entry("EX-03.no_restart", action="unticked", minute=1)],
        {"EX-03": "open", "EX-04": "locked"},
    ),
    (
        "what is done stays done while an earlier step is open again",
        [*through("EX-03"), entry("EX-00.call", action="unticked", minute=1)],
        {"EX-00": "open", "EX-01": "done", "EX-03": "done", "EX-04": "locked"},
    ),
]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [pytest.param(entries, expected, id=name) for name, entries, expected in STANDINGS],
)
def test_where_the_steps_stand(entries: list[Entry], expected: dict[str, str]) -> None:
    found = states(entries)
    assert {step: found[step].state for step in expected} == expected


@given(
    st.lists(
        st.sampled_from([each for step in ORDER for each in COMPLETE[step]])
        | st.sampled_from([entry(step, action="skipped") for step in ORDER])
        | st.sampled_from([entry(step, action="resumed") for step in ORDER]),
        max_size=30,
    )
)
def test_no_step_can_be_worked_on_while_an_earlier_one_is_open(entries: list[Entry]) -> None:
    found = steps.standing(entries)
    for number, state in enumerate(found):
        if state.state == "open":
            assert all(each.passed for each in found[:number])
    assert sum(each.state == "open" for each in found) <= 1


# --- what may be recorded -----------------------------------------------------------------------


def move(item: str, value: str = "", **more: str) -> Move:
    step, _, word = item.partition(".")
    action = more.pop("action", "answered" if value else "ticked")
    return Move(step, action, AT, item if word else "", value, **more)  # type: ignore[arg-type]


REFUSED: list[tuple[str, list[Entry], Move, type[Exception]]] = [
    ("a later step before the hotline", [], move("EX-01.result", "attack", text=TEXT), StepLocked),
    ("containment before the evidence", through("EX-04"), move("EX-06.check", "no"), StepLocked),
    (
        "work on a skipped step",
        [entry("EX-00", action="skipped")],
        move("EX-00.call", person="Aigner", text="0800"),
        StepSkipped,
    ),
    ("the call without a name", [], move("EX-00.call", text="0800 1"), MissingField),
    ("the call without the number", [], move("EX-00.call", person="Aigner"), MissingField),
    (
        "a shutdown without the expert",
        through("EX-02"),
        move("EX-03.shutdown", text="Server"),
        ExpertNeeded,
    ),
    (
        "a shutdown without the system",
        through("EX-02"),
        move("EX-03.shutdown", person="DI Huber"),
        MissingField,
    ),
    (
        "a duty answered no without a reason",
        through("EX-01"),
        move("EX-02.gdpr_33", "no"),
        MissingField,
    ),
    (
        "the four questions before the result",
        through("EX-00"),
        move("EX-01.data", "unknown"),
        NotAsked,
    ),
    ("a value that is none", through("EX-00"), move("EX-01.result", "perhaps"), MissingField),
    (
        "a known answer changed without a reason",
        [*through("EX-00"), entry("EX-01.result", "attack")],
        move("EX-01.result", "defect", text=TEXT),
        CorrectionNeedsReason,
    ),
    (
        "taking back without a reason",
        through("EX-00"),
        move("EX-00.call", action="unticked"),
        CorrectionNeedsReason,
    ),
    (
        "taking back what is not there",
        [],
        move("EX-00.call", action="unticked", reason="Irrtum"),
        NothingToTakeBack,
    ),
    ("skipping without a reason", [], move("EX-00", action="skipped"), SkipNeedsReason),
    (
        "skipping a later step first",
        [],
        move("EX-03", action="skipped", reason="kein IT-Notfall"),
        StepLocked,
    ),
    (
        "skipping what is done",
        through("EX-00"),
        move("EX-00", action="skipped", reason="doch nicht"),
        StepAlreadyDone,
    ),
    (
        "skipping twice",
        [entry("EX-00", action="skipped")],
        move("EX-00", action="skipped", reason="noch einmal"),
        AlreadySkipped,
    ),
    (
        "resuming what is not skipped",
        [],
        move("EX-00", action="resumed", reason="weiter"),
        NothingToTakeBack,
    ),
]


@pytest.mark.parametrize(
    ("entries", "wanted", "error"),
    [pytest.param(entries, wanted, error, id=name) for name, entries, wanted, error in REFUSED],
)
def test_what_is_refused(entries: list[Entry], wanted: Move, error: type[Exception]) -> None:
    with pytest.raises(error) as refused:
        steps.check(steps.standing(entries), wanted, AT)
    assert str(refused.value)


def test_nothing_is_done_in_the_future() -> None:
    wanted = replace(move("EX-00.call", person="A", text="1"), happened_at=AT)
    with pytest.raises(InFuture):
        steps.check(steps.standing([]), wanted, AT - timedelta(hours=1))


def test_the_matrix_is_ticked_only_when_all_are_decided() -> None:
    found = steps.standing([*through("EX-06"), entry("EX-07.need_to_know")])
    with pytest.raises(StakeholdersUndecided):
        steps.check(found, move("EX-07.matrix"), AT, undecided_stakeholders=2)
    steps.check(found, move("EX-07.matrix"), AT, undecided_stakeholders=0)


def test_what_was_unknown_is_completed_without_a_reason() -> None:
    found = steps.standing([*through("EX-00"), *COMPLETE["EX-01"]])
    steps.check(found, move("EX-01.data", "yes", text="Kundenkartei"), AT)


def test_a_correction_is_possible_on_a_step_that_waits() -> None:
    entries = [*through("EX-03"), entry("EX-00.call", action="unticked", minute=1)]
    wanted = move("EX-03.no_restart", action="unticked", reason="falsche Person")
    steps.check(steps.standing(entries), wanted, AT)


# --- in short -----------------------------------------------------------------------------------


def test_the_summary_names_the_step_at_work_and_what_is_open() -> None:
    said = steps.summary(steps.standing([*through("EX-02")]))
    assert said.number == 3
    assert said.passed == 2
    assert said.text == (
        "Schritt 3 von 8: Nur mit Bedacht in die Systeme eingreifen; offen: "
        "Die Firma ist gewarnt: kein Neustart, nichts löschen"
    )
    assert said.unknowns[-1].startswith("Ist der Datenschutzbehörde")


def test_the_summary_begins_with_the_hotline_and_ends_with_all_eight() -> None:
    assert steps.summary(steps.standing([])).text == (
        "Vor den acht Schritten: Notfall-Hotline anrufen"
    )
    last = steps.summary(steps.standing(through("EX-08")))
    assert (last.number, last.passed) == (None, 8)
    assert last.text.startswith("Alle acht Schritte sind gegangen, 4 Antworten")


# --- the record ---------------------------------------------------------------------------------


def call(db: Database, actor: Actor, case: Case, key: str | None = None) -> None:
    step_store.tick(
        db,
        actor,
        case.id,
        "EX-00.call",
        happened_at=now(),
        person="Anton Aigner",
        text="0800 123 456",
        idempotency_key=key,
    )


def answer(db: Database, actor: Actor, case: Case, item: str, value: str, text: str = "") -> None:
    step_store.answer(db, actor, case.id, item, value, happened_at=now(), text=text)


def to_step_two(db: Database, actor: Actor, case: Case, data: str = "unknown") -> None:
    call(db, actor, case)
    answer(db, actor, case, "EX-01.result", "attack", "Erpresserschreiben am Bildschirm")
    for item in ("EX-01.origin", "EX-01.way"):
        answer(db, actor, case, item, "unknown")
    answer(db, actor, case, "EX-01.systems", "yes", "Kundenverwaltung")
    answer(db, actor, case, "EX-01.data", data, "Kundenkartei" if data != "unknown" else "")


def test_a_step_is_recorded_with_its_time_in_audit_and_timeline(
    db: Database, consultant: Actor, case: Case
) -> None:
    call(db, consultant, case)
    [done] = [each for each in step_store.standing_of(db, case.id) if each.state == "done"]
    assert done.closing is not None
    assert (done.closing.person, done.closing.recorded_by) == ("Anton Aigner", "Mag. Lang")
    assert store.timeline_of(db, case.id)[0].text == (
        "Schritt 0: Die Hotline ist angerufen. Angerufen hat: Anton Aigner. 0800 123 456"
    )
    assert audit.entries(db, case.id)[0].action == "step.ticked"


def test_the_same_form_sent_twice_is_one_entry(db: Database, consultant: Actor, case: Case) -> None:
    for _ in range(2):
        call(db, consultant, case, key="einmal")
    assert len(step_store.entries_of(db, case.id)) == 1


def test_the_order_holds_in_the_store(db: Database, consultant: Actor, case: Case) -> None:
    with pytest.raises(StepLocked):
        answer(db, consultant, case, "EX-01.result", "defect", "Netzteil")
    assert step_store.entries_of(db, case.id) == []


def test_what_is_recorded_is_never_changed(db: Database, consultant: Actor, case: Case) -> None:
    call(db, consultant, case)
    for statement in ("UPDATE step_entry SET person = 'X'", "DELETE FROM step_entry"):
        with pytest.raises(Exception, match="append-only"):
            db.execute(statement)


def test_a_shutdown_without_an_expert_is_refused_by_the_table_too(
    db: Database, consultant: Actor, case: Case
) -> None:
    with pytest.raises(Exception, match="shutdown_only_with_expert"):
        db.execute(
            "INSERT INTO step_entry (case_id, step, item, action, happened_at, recorded_at,"
            " recorded_by) VALUES (?, 'EX-03', 'EX-03.shutdown', 'ticked', 'x', 'x', 'x')",
            [case.id],
        )


def test_taking_back_keeps_the_entry_and_opens_the_step(
    db: Database, consultant: Actor, case: Case
) -> None:
    call(db, consultant, case)
    step_store.take_back(db, consultant, case.id, "EX-00.call", "falsche Nummer", at=now())
    assert [each.action for each in step_store.entries_of(db, case.id)] == ["ticked", "unticked"]
    assert step_store.standing_of(db, case.id)[0].state == "open"
    assert "Grund: falsche Nummer" in store.timeline_of(db, case.id)[0].text


@pytest.mark.parametrize("known", ["yes", "no", "unknown"])
def test_the_answer_on_the_data_holds_in_the_it_incident(
    db: Database, consultant: Actor, case: Case, known: str
) -> None:
    to_step_two(db, consultant, case, known)
    [incident] = store.incidents_of(db, case.id)
    assert incident.data_loss == known
    assert incident.data_loss_extent == ("Kundenkartei" if known != "unknown" else "")


@pytest.mark.parametrize(("known", "runs"), [("yes", True), ("unknown", True), ("no", False)])
def test_data_taken_or_unknown_starts_the_gdpr_clock(
    db: Database, consultant: Actor, case: Case, known: str, runs: bool
) -> None:
    to_step_two(db, consultant, case, known)
    kinds = {each.kind for each in store.clocks_of(db, case.id)}
    assert ("gdpr_33" in kinds) is runs


def test_a_duty_answered_no_declines_its_clock_with_the_reason_and_yes_lets_it_run_again(
    db: Database, consultant: Actor, case: Case
) -> None:
    to_step_two(db, consultant, case)
    answer(db, consultant, case, "EX-02.gdpr_33", "no", "nur Maschinendaten, kein Personenbezug")
    [declined] = [each for each in store.clocks_of(db, case.id) if each.kind == "gdpr_33"]
    assert (declined.settled_as, declined.reason) == (
        "declined",
        "nur Maschinendaten, kein Personenbezug",
    )
    step_store.answer(
        db,
        consultant,
        case.id,
        "EX-02.gdpr_33",
        "yes",
        happened_at=now(),
        reason="Kundenkartei war doch dabei",
    )
    [running] = [each for each in store.clocks_of(db, case.id) if each.kind == "gdpr_33"]
    assert running.settled_at is None
    assert running.due_at == declined.due_at


def test_an_answer_that_is_taken_back_is_unknown_again(
    db: Database, consultant: Actor, case: Case
) -> None:
    to_step_two(db, consultant, case, "no")
    answer(db, consultant, case, "EX-02.gdpr_34", "yes")
    answer(db, consultant, case, "EX-02.processor", "no", "nur eigene Daten")
    step_store.take_back(db, consultant, case.id, "EX-02.processor", "doch fraglich", at=now())
    assert clocks.entity_answers(db, case.id)["processor"].answer == "unknown"
    step_store.take_back(db, consultant, case.id, "EX-01.data", "zu früh gesagt", at=now())
    [incident] = store.incidents_of(db, case.id)
    assert incident.data_loss == "unknown"
    assert "gdpr_33" in {each.kind for each in store.clocks_of(db, case.id, open_only=True)}


def test_a_no_that_is_taken_back_lets_the_clock_run_again(
    db: Database, consultant: Actor, case: Case
) -> None:
    to_step_two(db, consultant, case)
    answer(db, consultant, case, "EX-02.gdpr_33", "no", "kein Personenbezug")
    step_store.take_back(db, consultant, case.id, "EX-02.gdpr_33", "ungeprüft", at=now())
    [running] = [each for each in store.clocks_of(db, case.id) if each.kind == "gdpr_33"]
    assert running.settled_at is None


def test_a_duty_answered_yes_starts_its_clock_from_the_awareness(
    db: Database, consultant: Actor, case: Case
) -> None:
    to_step_two(db, consultant, case, "no")
    answer(db, consultant, case, "EX-02.gdpr_34", "yes")
    [started] = [each for each in store.clocks_of(db, case.id) if each.kind == "gdpr_34"]
    [incident] = store.incidents_of(db, case.id)
    assert started.started_at == incident.happened_at
    assert started.settled_at is None


def test_an_answer_on_the_firm_is_one_answer_on_both_pages(
    db: Database, consultant: Actor, case: Case
) -> None:
    to_step_two(db, consultant, case)
    clocks.answer_entity(db, consultant, case.id, "rkeg_entity", "no", reason="kein Bescheid")
    states_now = step_store.standing_of(db, case.id)
    assert steps.state_of(states_now, "EX-02.rkeg_entity").value == "no"
    answer(db, consultant, case, "EX-02.processor", "yes", "Lohnverrechnung für drei Firmen")
    assert clocks.entity_answers(db, case.id)["processor"].answer == "yes"
    kinds = {each.kind for each in store.clocks_of(db, case.id)}
    assert ClockKind.GDPR_PROCESSOR.value in kinds


def test_a_major_incident_counts_from_its_classification(
    db: Database, consultant: Actor, case: Case
) -> None:
    to_step_two(db, consultant, case)
    answer(db, consultant, case, "EX-02.dora_entity", "yes", "Zahlungsinstitut")
    classified = now() - timedelta(hours=1)
    step_store.answer(
        db,
        consultant,
        case.id,
        "EX-02.dora_major",
        "yes",
        happened_at=classified,
        text="Ausfall über zwei Stunden",
    )
    [initial] = [each for each in store.clocks_of(db, case.id) if each.kind == "dora_initial"]
    assert initial.due_at == classified + timedelta(hours=4)


def test_a_case_without_it_skips_the_technical_steps_with_one_reason(
    db: Database, consultant: Actor, case: Case
) -> None:
    skipped = step_store.skip_through(db, consultant, case.id, "EX-06", "kein IT-Notfall")
    assert [each.id for each in skipped] == ORDER[:7]
    assert step_store.summary(db, case.id).number == 7
    with pytest.raises(StepSkipped):
        call(db, consultant, case)
    step_store.resume(db, consultant, case.id, "EX-00", "doch ein IT-Notfall")
    call(db, consultant, case)
    assert step_store.standing_of(db, case.id)[0].state == "done"


def test_the_matrix_blocks_step_seven_until_everybody_is_decided(
    db: Database, consultant: Actor, case: Case
) -> None:
    step_store.skip_through(db, consultant, case.id, "EX-06", "kein IT-Notfall")
    with pytest.raises(StakeholdersUndecided):
        step_store.tick(db, consultant, case.id, "EX-07.matrix", happened_at=now())
    for line in stakeholder_store.matrix_of(db, case.id):
        stakeholder_store.decide(
            db,
            consultant,
            case.id,
            StakeholderEntry(line.party.id, "no", reason="weiß nichts davon"),
        )
    step_store.tick(db, consultant, case.id, "EX-07.matrix", happened_at=now())
    assert steps.state_of(step_store.standing_of(db, case.id), "EX-07.matrix").settled


def test_a_closed_case_takes_no_more_steps(
    db: Database, consultant: Actor, case: Case, garage_intake: Intake
) -> None:
    store.close_case(db, consultant, case.id, "erledigt")
    with pytest.raises(CaseClosed):
        call(db, consultant, case)
