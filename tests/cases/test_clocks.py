"""The clocks of a case: started by what applies, settled with proof, started anew, warned of."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import clocks, intake, store
from cases.clock import ClockKind
from cases.errors import (
    AlreadySettled,
    EndBeforeStart,
    EvidenceOfOtherCase,
    MissingField,
    NotInForce,
    NotSettled,
    ReasonNeeded,
    SettledInFuture,
    StartInFuture,
    UnknownClock,
)
from cases.schema import MIGRATIONS
from cases.store import Case, CaseClock, Incident, Intake
from cases.store import clocks as clock_store
from cases.store.clocks import ClockFilter
from data import connect
from data.migrate import migrate

NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
AWARE = datetime(2026, 11, 10, 8, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def attacked(db: Database, consultant: Actor, garage_intake: Intake) -> Case:
    """The garage, attacked today; whether data are gone nobody knows."""
    incident = Incident(kind="cyber_attack", happened_at=AWARE, opened_at=NOW, data_loss="unknown")
    return intake.open_case(
        db, consultant, replace(garage_intake, incident=incident, called_at=AWARE, opened_at=NOW)
    )


def running(db: Database, case: Case) -> dict[str, CaseClock]:
    return {each.kind: each for each in store.clocks_of(db, case.id, open_only=True)}


def learn(db: Database, case: Case, data_loss: str) -> None:
    """What developer work on the incident leaves in its row."""
    [incident] = store.incidents_of(db, case.id)
    db.execute("UPDATE it_incident SET data_loss = ? WHERE id = ?", [data_loss, incident.id])


# --- what applies -----------------------------------------------------------------------


def test_opening_starts_the_target_and_what_the_law_asks(db: Database, attacked: Case) -> None:
    found = running(db, attacked)
    assert set(found) == {"holding", "gdpr_33"}
    assert found["gdpr_33"].due_at == AWARE + timedelta(hours=72)
    assert found["holding"].due_at == attacked.opened_at + timedelta(hours=1)


def test_starting_what_applies_again_changes_nothing(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    before = store.clocks_of(db, attacked.id)
    assert clocks.start_what_applies(db, consultant, attacked.id) == []
    assert store.clocks_of(db, attacked.id) == before


def test_a_loss_of_data_starts_the_check_for_the_persons_too(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    learn(db, attacked, "yes")
    [started] = clocks.start_what_applies(db, consultant, attacked.id)
    assert (started.kind, started.started_at) == ("gdpr_34", AWARE)
    assert "Prüfauftrag" in started.title


def test_a_settled_clock_is_not_started_again(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    store.settle_clock(db, consultant, running(db, attacked)["gdpr_33"].id, "done")
    assert clocks.start_what_applies(db, consultant, attacked.id) == []


def test_no_data_proposes_to_decline_and_declines_nothing_itself(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    learn(db, attacked, "no")
    clocks.start_what_applies(db, consultant, attacked.id)
    assert "gdpr_33" in running(db, attacked)
    [proposal] = clocks.proposals_of(db, attacked.id)
    assert (proposal.clock.kind, proposal.action) == ("gdpr_33", "decline")
    assert "EX-01b" in proposal.reason
    clocks.accept(db, consultant, proposal)
    declined = store.clocks_of(db, attacked.id)[-1]
    assert (declined.settled_as, declined.reason) == ("declined", proposal.reason)
    assert clocks.proposals_of(db, attacked.id) == []


def test_a_clock_declined_for_no_data_runs_again_when_that_is_no_longer_known(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    learn(db, attacked, "no")
    [proposal] = clocks.proposals_of(db, attacked.id)
    clocks.accept(db, consultant, proposal)
    learn(db, attacked, "unknown")
    clocks.start_what_applies(db, consultant, attacked.id)
    assert running(db, attacked)["gdpr_33"].id == proposal.clock.id


def test_what_a_person_declined_with_an_own_reason_stays_declined(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    clock = running(db, attacked)["gdpr_33"]
    store.settle_clock(db, consultant, clock.id, "declined", "Kein Risiko, laut Anwältin")
    clocks.start_what_applies(db, consultant, attacked.id)
    assert "gdpr_33" not in running(db, attacked)


def test_an_earlier_awareness_is_proposed_and_supersedes_with_its_reason(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    earlier = AWARE - timedelta(hours=10)
    db.execute("UPDATE it_incident SET happened_at = '2026-11-09T22:12:00Z'")
    [proposal] = clocks.proposals_of(db, attacked.id)
    assert (proposal.action, proposal.at) == ("restart", earlier)
    old = proposal.clock
    clocks.accept(db, consultant, proposal)
    new = running(db, attacked)["gdpr_33"]
    assert (new.started_at, new.due_at) == (earlier, earlier + timedelta(hours=72))
    assert new.supersedes_id == old.id
    assert clock_store.clock_by_id(db, old.id).settled_as == "superseded"
    assert [each.id for each in store.clocks_of(db, attacked.id, superseded=True)] != [
        each.id for each in store.clocks_of(db, attacked.id)
    ]


@pytest.mark.parametrize("answer", ["yes", "no", "unknown"])
def test_the_class_of_the_firm_decides_about_nisg(
    db: Database, consultant: Actor, attacked: Case, answer: str
) -> None:
    clocks.answer_entity(db, consultant, attacked.id, "nisg_entity", answer, reason="laut Bescheid")
    nisg = {kind for kind in running(db, attacked) if kind.startswith("nis2")}
    assert nisg == ({"nis2_early", "nis2_report", "nis2_final"} if answer == "yes" else set())


def test_before_october_2026_nisg_does_not_start(
    db: Database, consultant: Actor, case: Case
) -> None:
    clocks.answer_entity(db, consultant, case.id, "nisg_entity", "yes", reason="60 Beschäftigte")
    assert not {kind for kind in running(db, case) if kind.startswith("nis2")}
    with pytest.raises(NotInForce) as refusal:
        clocks.start_by_hand(
            db, consultant, case.id, ClockKind.NIS2_EARLY, start=datetime(2026, 5, 1, tzinfo=UTC)
        )
    assert "01.10.2026" in refusal.value.sentence()


def test_what_the_firm_is_holds_in_its_next_case_what_the_event_is_does_not(
    db: Database, consultant: Actor, attacked: Case, garage_intake: Intake
) -> None:
    for question in ("rkeg_entity", "nisg_significant"):
        clocks.answer_entity(db, consultant, attacked.id, question, "yes", reason="Bescheid")
    firm = store.firm_by_id(db, attacked.firm_id)
    again = intake.open_case(db, consultant, replace(garage_intake, firm=firm, called_at=AWARE))
    assert set(clocks.entity_answers(db, again.id)) == {"rkeg_entity"}
    assert {"rkeg_first", "rkeg_follow"} <= set(running(db, again))


def test_the_newest_answer_counts_and_all_stay(
    db: Database, consultant: Actor, colleague: Actor, attacked: Case
) -> None:
    clocks.answer_entity(db, consultant, attacked.id, "dora_entity", "unknown")
    clocks.answer_entity(db, colleague, attacked.id, "dora_entity", "no", reason="Werkstätte")
    answer = clocks.entity_answers(db, attacked.id)["dora_entity"]
    assert (answer.answer, answer.answered_by) == ("no", colleague.name)
    assert db.execute("SELECT count(*) FROM entity_class").fetchone()[0] == 2
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("DELETE FROM entity_class")


@pytest.mark.parametrize(
    ("question", "answer", "error"),
    [
        ("rkeg_entity", "no", MissingField),
        ("rkeg_entity", "yes", MissingField),
        ("dora_major", "yes", MissingField),
    ],
)
def test_an_answer_needs_its_reason(
    db: Database,
    consultant: Actor,
    attacked: Case,
    question: str,
    answer: str,
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        clocks.answer_entity(db, consultant, attacked.id, question, answer)
    assert clocks.entity_answers(db, attacked.id) == {}


def test_the_classification_under_dora_needs_its_moment(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    clocks.answer_entity(db, consultant, attacked.id, "dora_entity", "yes", reason="Bank")
    with pytest.raises(MissingField):
        clocks.answer_entity(db, consultant, attacked.id, "dora_major", "yes", reason="Ausfall")
    at = NOW - timedelta(hours=1)
    clocks.answer_entity(
        db, consultant, attacked.id, "dora_major", "yes", reason="Ausfall", since=at
    )
    assert running(db, attacked)["dora_initial"].due_at == at + timedelta(hours=4)
    assert running(db, attacked)["dora_latest"].due_at == AWARE + timedelta(hours=24)


def test_a_refused_case_starts_nothing(db: Database, consultant: Actor, attacked: Case) -> None:
    db.execute("UPDATE crisis_case SET state = 'closed'")
    learn(db, attacked, "yes")
    assert clocks.start_what_applies(db, consultant, attacked.id) == []


# --- by hand ----------------------------------------------------------------------------


def test_a_counterstatement_by_hand_keeps_its_last_day_whole(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    made = clocks.start_by_hand(
        db,
        consultant,
        attacked.id,
        ClockKind.COUNTERSTATEMENT,
        start=date(2026, 11, 9),
        note="Bezirksblatt",
    )
    assert made.title == "Gegendarstellung muss eingelangt sein: Bezirksblatt"
    # the last second of 9 January in Vienna
    assert made.due_at == datetime(2027, 1, 9, 22, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "start", "due", "error"),
    [
        pytest.param(ClockKind.GDPR_33, NOW + timedelta(hours=1), None, StartInFuture, id="future"),
        pytest.param(
            ClockKind.COUNTERSTATEMENT, date(2026, 11, 11), None, StartInFuture, id="tomorrow"
        ),
        pytest.param(ClockKind.PRESS, NOW, None, MissingField, id="an enquiry without an end"),
        pytest.param(
            ClockKind.OWN_PAGE, NOW, NOW - timedelta(hours=1), EndBeforeStart, id="end before start"
        ),
    ],
)
def test_what_cannot_be_a_clock_is_refused(
    db: Database,
    consultant: Actor,
    attacked: Case,
    kind: ClockKind,
    start: datetime | date,
    due: datetime | None,
    error: type[Exception],
) -> None:
    before = store.clocks_of(db, attacked.id)
    with pytest.raises(error):
        clocks.start_by_hand(db, consultant, attacked.id, kind, start=start, due=due)
    assert store.clocks_of(db, attacked.id) == before


def test_two_papers_of_the_same_day_are_two_clocks_and_the_same_form_is_one(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    for note in ("Bezirksblatt", "Tagblatt", "Tagblatt"):
        clocks.start_by_hand(
            db,
            consultant,
            attacked.id,
            ClockKind.COUNTERSTATEMENT,
            start=date(2026, 11, 9),
            note=note,
        )
    kinds = [each.kind for each in store.clocks_of(db, attacked.id)]
    assert kinds.count("counterstatement") == 2


# --- settling ---------------------------------------------------------------------------


def test_done_keeps_who_when_and_the_proof(db: Database, consultant: Actor, attacked: Case) -> None:
    clock = running(db, attacked)["gdpr_33"]
    at = NOW - timedelta(minutes=30)
    store.settle_clock(db, consultant, clock.id, "done", at=at, reference="D124.1234")
    done = clock_store.clock_by_id(db, clock.id)
    assert (done.settled_at, done.settled_by, done.reference) == (at, consultant.name, "D124.1234")
    assert not done.late
    [_started, settled] = clock_store.history_of(db, clock.id)
    assert (settled.at, settled.recorded_at, settled.reference) == (at, NOW, "D124.1234")
    newest = store.timeline_of(db, attacked.id)
    assert any(each.happened_at == at and "erledigt" in each.text for each in newest)


def test_done_after_the_end_is_late(db: Database, consultant: Actor, attacked: Case) -> None:
    holding = running(db, attacked)["holding"]
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        store.settle_clock(db, consultant, holding.id, "done")
        assert clock_store.clock_by_id(db, holding.id).late
        [text] = [
            each.text for each in store.timeline_of(db, attacked.id) if "verspätet" in each.text
        ]
    assert "Erstmeldung" in text


@pytest.mark.parametrize(
    ("act", "error"),
    [
        pytest.param(
            lambda db, who, clock: store.settle_clock(db, who, clock.id, "declined", " "),
            ReasonNeeded,
            id="declined without a reason",
        ),
        pytest.param(
            lambda db, who, clock: store.settle_clock(
                db, who, clock.id, "done", at=NOW + timedelta(hours=1)
            ),
            SettledInFuture,
            id="done tomorrow",
        ),
        pytest.param(
            lambda db, who, clock: store.settle_clock(db, who, clock.id, "done", evidence_id=99),
            EvidenceOfOtherCase,
            id="proof of another case",
        ),
        pytest.param(
            lambda db, who, clock: clock_store.reopen_clock(db, who, clock.id, "doch offen"),
            NotSettled,
            id="opening what is open",
        ),
        pytest.param(
            lambda db, who, clock: clocks.restart(db, who, clock.id, start=AWARE, reason=""),
            ReasonNeeded,
            id="restart without a reason",
        ),
        pytest.param(
            lambda db, who, clock: clocks.restart(
                db, who, clock.id, start=NOW + timedelta(days=1), reason="Tippfehler"
            ),
            StartInFuture,
            id="restart from tomorrow",
        ),
        pytest.param(
            lambda db, who, clock: store.settle_clock(db, who, clock.id + 99, "done"),
            UnknownClock,
            id="no such clock",
        ),
    ],
)
def test_what_is_refused_changes_nothing(
    db: Database,
    consultant: Actor,
    attacked: Case,
    act: Callable[[Database, Actor, CaseClock], object],
    error: type[Exception],
) -> None:
    clock = running(db, attacked)["gdpr_33"]
    before = (store.clocks_of(db, attacked.id), len(audit.entries(db)))
    with pytest.raises(error):
        act(db, consultant, clock)
    assert (store.clocks_of(db, attacked.id), len(audit.entries(db))) == before


def test_opened_again_with_a_reason_and_all_of_it_on_record(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    clock = running(db, attacked)["gdpr_33"]
    store.settle_clock(db, consultant, clock.id, "declined", "Keine Personendaten")
    clock_store.reopen_clock(db, consultant, clock.id, "Kundendatei lag auf dem PC")
    assert running(db, attacked)["gdpr_33"] == clock
    actions = [each.action for each in clock_store.history_of(db, clock.id)]
    assert actions == ["started", "declined", "reopened"]
    texts = [each.text for each in store.timeline_of(db, attacked.id)]
    assert any("Kundendatei lag auf dem PC" in text for text in texts)
    actions = [each.action for each in audit.entries(db, attacked.id)]
    assert {"clock.declined", "clock.reopened"} <= set(actions)


def test_a_settled_clock_is_opened_before_it_starts_anew(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    clock = running(db, attacked)["gdpr_33"]
    store.settle_clock(db, consultant, clock.id, "done")
    with pytest.raises(AlreadySettled):
        clocks.restart(db, consultant, clock.id, start=AWARE, reason="früher bemerkt")


def test_the_history_goes_through_all_restarts(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    clock = running(db, attacked)["gdpr_33"]
    for hours in (1, 2):
        clock = clocks.restart(
            db, consultant, clock.id, start=AWARE - timedelta(hours=hours), reason=f"{hours} früher"
        )
    actions = [each.action for each in clock_store.history_of(db, clock.id)]
    assert actions == ["started", "superseded", "started", "superseded", "started"]
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE clock_event SET reason = ''")


# --- one thing leads to the next -----------------------------------------------------------


def test_the_final_report_counts_from_the_report_that_was_sent(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    clocks.answer_entity(db, consultant, attacked.id, "nisg_entity", "yes", reason="Bescheid")
    before = running(db, attacked)["nis2_final"]
    sent = NOW - timedelta(hours=1)
    store.settle_clock(db, consultant, running(db, attacked)["nis2_report"].id, "done", at=sent)
    after = running(db, attacked)["nis2_final"]
    assert after.due_at == datetime(2026, 12, 10, 11, 0, tzinfo=UTC)
    assert after.due_at < before.due_at
    assert after.supersedes_id == before.id


def test_the_first_dora_notification_settles_both_its_ends(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    clocks.answer_entity(db, consultant, attacked.id, "dora_entity", "yes", reason="Bank")
    clocks.answer_entity(
        db, consultant, attacked.id, "dora_major", "yes", reason="Ausfall", since=NOW
    )
    store.settle_clock(
        db, consultant, running(db, attacked)["dora_initial"].id, "done", reference="FMA-7"
    )
    found = {each.kind: each for each in store.clocks_of(db, attacked.id)}
    assert (found["dora_latest"].settled_as, found["dora_latest"].reference) == ("done", "FMA-7")
    assert found["dora_interim"].settled_as is None


def test_an_arrived_counterstatement_starts_the_mediums_clock_and_a_refusal_the_courts(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    first = clocks.start_by_hand(
        db,
        consultant,
        attacked.id,
        ClockKind.COUNTERSTATEMENT,
        start=date(2026, 11, 9),
        note="Bezirksblatt",
    )
    store.settle_clock(db, consultant, first.id, "done", reference="RSb 123")
    medium = running(db, attacked)["counterstatement_published"]
    # arrived on Tuesday the 10th: the fifth working day is Monday the 16th
    assert medium.due_at == datetime(2026, 11, 16, 22, 59, 59, tzinfo=UTC)
    assert medium.subject == first.subject
    store.settle_clock(db, consultant, medium.id, "declined", "Redaktion lehnt ab")
    court = running(db, attacked)["counterstatement_court"]
    assert court.due_at == datetime(2026, 12, 22, 22, 59, 59, tzinfo=UTC)


def test_a_published_counterstatement_needs_no_court(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    first = clocks.start_by_hand(
        db, consultant, attacked.id, ClockKind.COUNTERSTATEMENT, start=date(2026, 11, 9)
    )
    store.settle_clock(db, consultant, first.id, "done")
    store.settle_clock(
        db, consultant, running(db, attacked)["counterstatement_published"].id, "done"
    )
    assert "counterstatement_court" not in running(db, attacked)


# --- lists --------------------------------------------------------------------------------


def test_the_list_over_all_cases_by_due_time_and_its_filters(
    db: Database, consultant: Actor, attacked: Case, case: Case
) -> None:
    clocks.start_by_hand(db, consultant, case.id, ClockKind.OWN_PAGE, start=AWARE)
    listed = clock_store.list_clocks(db, ClockFilter(), NOW)
    assert [(each.clock.kind, each.case_number) for each in listed] == [
        ("own_page", case.number),
        ("holding", attacked.number),
        ("gdpr_33", attacked.number),
    ]
    assert [each.clock.kind for each in clock_store.list_clocks(db, ClockFilter(case.id), NOW)] == [
        "own_page"
    ]
    by_kind = ClockFilter(kinds=("holding", "gdpr_33"))
    assert clock_store.count_clocks(db, by_kind, NOW) == 2
    late = NOW + timedelta(hours=2)
    overdue = clock_store.list_clocks(db, ClockFilter(state="overdue"), late)
    assert [each.clock.kind for each in overdue] == ["own_page", "holding"]
    store.settle_clock(db, consultant, overdue[0].clock.id, "done")
    settled = clock_store.list_clocks(db, ClockFilter(state="settled"), NOW)
    assert [each.clock.kind for each in settled] == ["own_page"]


def test_pressing_is_what_has_reached_its_first_warning(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    assert clock_store.pressing(db, NOW) == []
    soon = NOW + timedelta(minutes=45)
    [found] = clock_store.pressing(db, soon)
    assert (found.clock.kind, found.case_number) == ("holding", attacked.number)
    late = NOW + timedelta(hours=60)
    assert [each.clock.kind for each in clock_store.pressing(db, late)] == ["holding", "gdpr_33"]
    assert len(clock_store.pressing(db, late, limit=1)) == 1
    db.execute("UPDATE crisis_case SET state = 'closed'")
    assert clock_store.pressing(db, late) == []


# --- warnings -----------------------------------------------------------------------------


def warned(db: Database, hours: float) -> list[tuple[str, int, str]]:
    at = NOW + timedelta(hours=hours)
    with time_machine.travel(at, tick=False):
        return [
            (each.listed.clock.kind, each.stage, each.audience)
            for each in clocks.escalations_due(db, at)
        ]


def test_warnings_come_stage_by_stage_each_once(db: Database, attacked: Case) -> None:
    assert warned(db, 0) == []
    assert warned(db, 0.75) == [("holding", 15, "duty")]
    assert warned(db, 0.76) == []
    assert warned(db, 0.95) == [("holding", 5, "everybody")]
    assert warned(db, 1.1) == [("holding", 0, "everybody")]
    # awareness was at 08:12, so 24 hours are left 44 h 12 after noon
    assert warned(db, 44.2) == [("gdpr_33", 1440, "duty")]
    assert warned(db, 67.3) == [("gdpr_33", 60, "everybody")]
    assert warned(db, 100) == [("gdpr_33", 0, "everybody")]
    assert warned(db, 200) == []


def test_a_warning_is_told_on_the_timeline_by_name(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    warned(db, 0.75)
    [text] = [each.text for each in store.timeline_of(db, attacked.id) if "läuft ab" in each.text]
    assert f"{consultant.name} im Dienst" in text
    assert "15" in text
    assert "clock.escalated" in [each.action for each in audit.entries(db, attacked.id)]


def test_a_settled_clock_and_a_closed_case_warn_nobody(
    db: Database, consultant: Actor, attacked: Case
) -> None:
    store.settle_clock(db, consultant, running(db, attacked)["holding"].id, "done")
    db.execute("UPDATE crisis_case SET state = 'closed'")
    assert warned(db, 100) == []


def test_a_restarted_clock_warns_anew(db: Database, consultant: Actor, attacked: Case) -> None:
    assert warned(db, 0.75) == [("holding", 15, "duty")]
    with time_machine.travel(NOW + timedelta(minutes=50), tick=False):
        holding = running(db, attacked)["holding"]
        clocks.restart(
            db, consultant, holding.id, start=NOW + timedelta(minutes=30), reason="später eröffnet"
        )
    assert warned(db, 0.9) == []
    assert warned(db, 1.3) == [("holding", 15, "duty")]


def test_the_database_itself_refuses_a_stage_twice(db: Database, attacked: Case) -> None:
    warned(db, 0.75)
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(
            "INSERT INTO clock_escalation (clock_id, stage, audience, raised_at)"
            " SELECT clock_id, stage, audience, raised_at FROM clock_escalation"
        )


# --- older homes --------------------------------------------------------------------------


def test_clocks_of_an_older_home_are_kept(tmp_path: Path) -> None:
    db = connect(tmp_path / "old.db")
    before = [each for each in MIGRATIONS._migrations if each.name < "m007"]
    from access.schema import MIGRATIONS as ACCESS

    migrate(db, [ACCESS])
    older = type(MIGRATIONS)("cases")
    older._migrations = before
    migrate(db, [older])
    db.execute("INSERT INTO firm (id, name, created_at) VALUES (1, 'A', '2026-01-01T00:00:00Z')")
    db.execute("PRAGMA foreign_keys=OFF")
    db.execute(
        "INSERT INTO case_clock (case_id, kind, title, started_at, due_at, settled_at, settled_by,"
        " settled_as, reason) VALUES (1, 'gdpr_33', 'Meldung', '2026-01-01T00:00:00Z',"
        " '2026-01-04T00:00:00Z', '2026-01-02T00:00:00Z', 'Lang', 'declined', 'keine Daten')"
    )
    migrate(db, [MIGRATIONS])
    [clock] = store.clocks_of(db, 1)
    assert (clock.settled_as, clock.reason, clock.warn_at) == (
        "declined",
        "keine Daten",
        datetime(2026, 1, 3, tzinfo=UTC),
    )
    db.close()
