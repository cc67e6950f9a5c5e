"""The page of the clocks, run in process."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access import roles
from access.actor import Actor
from cases import clocks, store
from cases.clock import ClockKind
from cases.store import Case, CaseClock, press
from cases.store import clocks as clock_store
from cases.store.press import NewEnquiry
from data import Home, now
from data.times import local
from tests.pages import open_page, words


@pytest.fixture
def report(db: Database, consultant: Actor, case: Case) -> CaseClock:
    return clocks.start_by_hand(
        db, consultant, case.id, ClockKind.GDPR_33, start=now() - timedelta(hours=1)
    )


def page_of(home: Home, actor: Actor, case: Case | None, language: str = "de") -> AppTest:
    query = {"fall": case.number} if case else {}
    return open_page(home, actor, "cases.pages.clocks", "show", query, language=language)


def opened(page: AppTest, clock: CaseClock) -> AppTest:
    return page.button(key=f"clock_{clock.id}").click().run()


def send(page: AppTest, label: str) -> AppTest:
    [button] = [each for each in page.button if each.label == label]
    return button.click().run()


def errors(page: AppTest) -> str:
    return " ".join(str(each.value) for each in page.error)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("with_case", [True, False])
def test_the_page_stands_in_both_languages(
    home: Home, consultant: Actor, case: Case, report: CaseClock, language: str, with_case: bool
) -> None:
    page = page_of(home, consultant, case if with_case else None, language)
    assert not page.exception
    assert "DSGVO Art. 33 Abs. 1" in words(page)


def test_without_anything_it_says_what_will_be_here(home: Home, consultant: Actor) -> None:
    page = page_of(home, consultant, None)
    assert not page.exception
    assert "Keine Frist läuft" in words(page)


def test_a_wrong_number_is_said_and_the_list_is_there(
    home: Home, consultant: Actor, case: Case, report: CaseClock
) -> None:
    page = open_page(home, consultant, "cases.pages.clocks", "show", {"fall": "KP-9999-0001"})
    assert not page.exception
    assert "KP-9999-0001" in words(page).replace("\\", "")
    assert case.number in words(page)


def test_the_time_stands_first_and_the_rest_second(
    home: Home, consultant: Actor, case: Case, report: CaseClock
) -> None:
    due = local(report.due_at).strftime("%d.%m. %H:%M")
    assert f"bis {due}, noch" in words(page_of(home, consultant, case))


def test_the_explanation_is_conservative_and_names_its_source(
    home: Home, consultant: Actor, case: Case, report: CaseClock
) -> None:
    said = words(opened(page_of(home, consultant, case), report))
    assert "vorsichtige Lesart" in said
    assert "dsb.gv.at" in said
    assert "1182/71" in said
    assert "EX-01b" in said


def test_a_target_is_marked_as_no_law(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    made = clocks.start_by_hand(
        db, consultant, case.id, ClockKind.OWN_PAGE, start=now() - timedelta(minutes=5)
    )
    page = page_of(home, consultant, case)
    assert "Zielzeit, kein Gesetz" in words(page)
    assert "nennt kein festes Ende" in words(opened(page, made))


def test_done_with_its_proof(
    home: Home, db: Database, consultant: Actor, case: Case, report: CaseClock
) -> None:
    page = opened(page_of(home, consultant, case), report)
    page.text_input(key=f"clock_reference_{report.id}").set_value("D124.1")
    page = send(page, "Als erledigt festhalten")
    assert not page.exception
    settled = clock_store.clock_by_id(db, report.id)
    assert (settled.settled_as, settled.reference) == ("done", "D124.1")
    assert "Festgehalten" in words(page)


def test_a_time_that_cannot_be_read_loses_nothing(
    home: Home, db: Database, consultant: Actor, case: Case, report: CaseClock
) -> None:
    page = opened(page_of(home, consultant, case), report)
    page.text_input(key=f"clock_done_at_{report.id}").set_value("gestern")
    page.text_input(key=f"clock_reference_{report.id}").set_value("D124.1")
    page = send(page, "Als erledigt festhalten")
    assert "gestern" in errors(page)
    assert page.text_input(key=f"clock_reference_{report.id}").value == "D124.1"
    assert clock_store.clock_by_id(db, report.id).settled_at is None


def test_declined_only_with_a_reason_and_opened_again_with_one(
    home: Home, db: Database, consultant: Actor, case: Case, report: CaseClock
) -> None:
    page = opened(page_of(home, consultant, case), report)
    page = page.segmented_control(key=f"clock_how_{report.id}").set_value("declined").run()
    page = send(page, "Mit Begründung ablehnen")
    assert "Grund" in errors(page)
    page.text_input(key=f"clock_decline_reason_{report.id}").set_value("kein Risiko")
    page = send(page, "Mit Begründung ablehnen")
    assert clock_store.clock_by_id(db, report.id).settled_as == "declined"
    page = opened(page, report)
    page.text_input(key=f"clock_reopen_reason_{report.id}").set_value("doch eines")
    page = send(page, "Wieder öffnen")
    assert not page.exception
    assert clock_store.clock_by_id(db, report.id).settled_at is None


def test_another_start_supersedes_the_clock(
    home: Home, db: Database, consultant: Actor, case: Case, report: CaseClock
) -> None:
    page = opened(page_of(home, consultant, case), report)
    page = page.segmented_control(key=f"clock_how_{report.id}").set_value("restart").run()
    earlier = report.started_at - timedelta(hours=5)
    page.text_input(key=f"clock_restart_at_{report.id}").set_value(
        local(earlier).strftime("%d.%m.%Y %H:%M")
    )
    page.text_input(key=f"clock_restart_reason_{report.id}").set_value("früher bemerkt")
    page = send(page, "Neu rechnen")
    assert not page.exception
    [clock] = store.clocks_of(db, case.id)
    assert clock.supersedes_id == report.id
    assert clock.started_at == earlier.replace(second=0)


def test_a_clock_by_hand(home: Home, db: Database, consultant: Actor, case: Case) -> None:
    page = page_of(home, consultant, case)
    page = page.selectbox(key=f"hand_kind_{case.id}").set_value(ClockKind.COUNTERSTATEMENT).run()
    day = local(now()).date() - timedelta(days=3)
    key = f"{case.id}_{ClockKind.COUNTERSTATEMENT}"
    page.text_input(key=f"hand_start_{key}").set_value("31.02.2026")
    page.text_input(key=f"hand_note_{key}").set_value("Bezirksblatt")
    page = send(page, "Frist starten")
    assert "31.02.2026" in errors(page).replace("\\", "")
    page.text_input(key=f"hand_start_{key}").set_value(day.strftime("%d.%m.%Y"))
    page = send(page, "Frist starten")
    assert not page.exception
    [clock] = store.clocks_of(db, case.id)
    assert clock.title.endswith("Bezirksblatt")
    assert local(clock.started_at).date() == day


def test_an_enquiry_is_taken_in_answered_and_then_folded(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = page_of(home, consultant, case)
    soon = local(now() + timedelta(hours=3)).strftime("%d.%m.%Y %H:%M")
    page.text_input(key=f"enquiry_medium_{case.id}").set_value("<b>Bezirksblatt</b>")
    page.text_input(key=f"enquiry_deadline_{case.id}").set_value(soon)
    page.text_area(key=f"enquiry_questions_{case.id}").set_value("Daten weg?")
    page = send(page, "Anfrage aufnehmen")
    assert not page.exception
    [enquiry] = press.open_enquiries(db, case.id)
    assert "<b>Bezirksblatt" not in words(page)
    assert page.text_input(key=f"enquiry_medium_{case.id}").value == ""
    page = page.button(key=f"enquiry_{enquiry.id}").click().run()
    page.text_area(key=f"enquiry_answer_text_list_{enquiry.id}").set_value("vorgelesen")
    page = send(page, "Als beantwortet festhalten")
    assert not page.exception
    answered = press.enquiry_by_id(db, enquiry.id)
    assert (answered.settled_as, answered.answer) == ("answered", "vorgelesen")
    assert [each.settled_as for each in store.clocks_of(db, case.id)] == ["done"]


def test_an_enquiry_without_questions_keeps_what_was_typed(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = page_of(home, consultant, case)
    page.text_input(key=f"enquiry_medium_{case.id}").set_value("Bezirksblatt")
    page = send(page, "Anfrage aufnehmen")
    assert "Fragen" in errors(page)
    assert page.text_input(key=f"enquiry_medium_{case.id}").value == "Bezirksblatt"
    assert press.enquiries_of(db, case.id) == []


def test_a_missed_enquiry_says_what_it_may_cost(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    asked = now() - timedelta(hours=3)
    press.add_enquiry(
        db,
        consultant,
        case.id,
        NewEnquiry("Radio", "O-Ton?", "email", asked, asked + timedelta(hours=1)),
    )
    for chosen in (case, None):
        said = words(page_of(home, consultant, chosen)).replace("\\", "")
        assert "Gegendarstellung verlieren" in said
        assert "Radio" in said


@pytest.mark.parametrize("place", ["clock", "list"])
def test_another_deadline_from_either_place(
    home: Home, db: Database, consultant: Actor, case: Case, place: str
) -> None:
    made = press.add_enquiry(
        db,
        consultant,
        case.id,
        NewEnquiry("Radio", "O-Ton?", "email", now(), now() + timedelta(hours=1)),
    )
    button = f"enquiry_{made.id}" if place == "list" else f"clock_{made.clock_id}"
    page = page_of(home, consultant, case).button(key=button).click().run()
    key = f"{place}_{made.id}"
    page = page.segmented_control(key=f"enquiry_how_{key}").set_value("deadline").run()
    later = now() + timedelta(hours=5)
    page.text_input(key=f"enquiry_move_at_{key}").set_value(local(later).strftime("%d.%m.%Y %H:%M"))
    page.text_input(key=f"enquiry_move_reason_{key}").set_value("Redaktion wartet")
    page = send(page, "Frist ändern")
    assert not page.exception
    deadline = press.enquiry_by_id(db, made.id).deadline_at
    assert deadline == later.replace(second=0)


def test_the_class_of_the_firm_is_answered_with_a_reason(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = page_of(home, consultant, case)
    assert "wesentliche oder wichtige Einrichtung" in words(page) or "NISG" in words(page)
    page = page.selectbox(key=f"entity_{case.id}").set_value("rkeg_entity").run()
    key = f"{case.id}_rkeg_entity"
    page.segmented_control(key=f"entity_answer_{key}").set_value("no")
    page = send(page, "Antwort festhalten")
    assert "Begründung" in errors(page)
    page.text_input(key=f"entity_reason_{key}").set_value("kein Bescheid")
    page = send(page, "Antwort festhalten")
    assert not page.exception
    assert clocks.entity_answers(db, case.id)["rkeg_entity"].reason == "kein Bescheid"


def test_a_proposal_is_taken_by_a_person(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    clocks.start_what_applies(db, consultant, case.id)
    [clock] = store.clocks_of(db, case.id)
    db.execute("UPDATE it_incident SET data_loss = 'no'")
    page = page_of(home, consultant, case)
    assert "EX-01b" in words(page)
    page = page.button(key=f"proposal_decline_{clock.id}").click().run()
    assert not page.exception
    assert clock_store.clock_by_id(db, clock.id).settled_as == "declined"


def test_the_notice_to_the_insurer_is_one_click(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = page_of(home, consultant, case)
    page = page.button(key=f"start_duty_versvg_33__{case.id}").click().run()
    assert not page.exception
    assert [each.kind for each in store.clocks_of(db, case.id)] == ["versvg_33"]


def test_the_list_over_all_cases_filters(
    home: Home, db: Database, consultant: Actor, case: Case, report: CaseClock
) -> None:
    clocks.start_by_hand(
        db,
        consultant,
        case.id,
        ClockKind.COUNTERSTATEMENT,
        start=date(2026, 11, 1),
        note="Tagblatt",
    )
    page = page_of(home, consultant, None)
    assert "Tagblatt" in words(page)
    page = page.multiselect(key="clocks_kinds").set_value(["gdpr_33"]).run()
    assert "Tagblatt" not in words(page)
    page = page.segmented_control(key="clocks_state").set_value("settled").run()
    assert "Keine Frist läuft" in words(page)


def test_who_may_not_write_sees_no_form(
    home: Home,
    db: Database,
    case: Case,
    report: CaseClock,
    consultant: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(roles._ALLOWED, "consultant", frozenset({"case.read"}))
    page = opened(page_of(home, consultant, case), report)
    assert not page.exception
    assert "So ist gerechnet" in [each.label for each in page.expander]
    assert not page.text_area
    assert not [each for each in page.button if each.label == "Als erledigt festhalten"]
