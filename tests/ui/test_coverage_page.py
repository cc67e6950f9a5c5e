"""Deckung: the page that shows a decision and takes a new one."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import Any

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access import accounts
from access.actor import SYSTEM, Actor
from cases import coverage, deciding, existence, store
from cases.store import Case, Intake, tasks
from cases.store import open_points as decided
from data import Home, reference
from tests.pages import open_page
from tests.pages import words as shown_words

NEED: dict[str, Any] = {"sudden": True, "unforeseeable": True, "communication_need": True}
ROUTER: dict[str, Any] = {
    **NEED,
    "it_events": [{"kind": "hardware_defect", "outage": True, "device": "router"}],
    "existence_threat": {"assessed": "no", "evidence": []},
}
INN: dict[str, Any] = {
    **NEED,
    "it_events": [
        {
            "kind": "hardware_defect",
            "outage": True,
            "device": "cash_register",
            "runs_on": "own_device",
        }
    ],
    "claim": "true",
    "existence_threat": {"assessed": "no", "evidence": []},
}
PRESS: dict[str, Any] = {
    **NEED,
    "it_events": [],
    "media_allegation": {"medium": "ORF", "allegation": "<b>verdorbene Ware</b>"},
}


def words(page: AppTest) -> str:
    return html.unescape(shown_words(page))


def fine(page: AppTest) -> AppTest:
    assert [each.value for each in page.exception] == []
    return page


def opened(db: Database, actor: Actor, intake: Intake, answers: dict[str, Any]) -> Case:
    decision = coverage.to_json(deciding.decide(answers, {}))
    return store.open_case(db, actor, replace(intake, answers=answers, decision=decision))


def open_coverage(home: Home, actor: Actor, case: Case, language: str = "de") -> AppTest:
    query = {"fall": case.number}
    return fine(open_page(home, actor, "ui.screens.coverage", query=query, language=language))


def policy_of(db: Database, case: Case) -> int:
    return store.event_by_id(db, case.insured_event_id).policy_id


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    "answers", [ROUTER, INN, PRESS, {}], ids=["router", "inn", "press", "none"]
)
def test_the_page_stands_in_both_languages(
    home: Home,
    db: Database,
    consultant: Actor,
    garage_intake: Intake,
    answers: dict[str, Any],
    language: str,
) -> None:
    case = opened(db, consultant, garage_intake, answers)
    page = open_coverage(home, consultant, case, language)
    assert case.number in words(page)
    assert "<b>verdorbene" not in shown_words(page)


def test_a_refusal_names_rule_and_quote_and_what_stays_possible(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    page = open_coverage(home, consultant, opened(db, consultant, garage_intake, INN))
    said = words(page)
    rules = reference.load("rules")
    assert "○ nicht gedeckt" in said
    for rule in ("NA-01", "NA-27", "NA-37"):
        assert rule in said
        assert rules[rule]["quote"] in said
    assert "Medienbetreuung auf eigene Rechnung" in said
    links = [each.proto.label for each in page.get("page_link")]
    assert "Leistung als Selbstzahler buchen" in links
    assert "Aufgaben dieser Firma" in links


@pytest.mark.parametrize("answers", [ROUTER, INN], ids=["open", "refused"])
def test_an_appointment_is_organised_without_cover(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake, answers: dict[str, Any]
) -> None:
    case = opened(db, consultant, garage_intake, answers)
    page = open_coverage(home, consultant, case)
    press(page, f"appointment_{case.id}", "add")
    [task] = tasks.tasks_of_firm(db, case.firm_id)
    assert (task.case_id, task.state) == (case.id, "open")
    assert "spezialisten" in task.title
    page.text_input(key=f"appointment_{case.id}_title").set_value(" ")
    press(page, f"appointment_{case.id}", "add")
    assert "„Was zu organisieren ist“" in page.error[0].value


def test_an_open_decision_says_that_work_is_under_reservation(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    page = open_coverage(home, consultant, opened(db, consultant, garage_intake, ROUTER))
    said = words(page)
    assert "◑ in Klärung" in said
    assert "unter Vorbehalt" in said
    assert "betrifft diesen Fall" in said


def test_a_changed_answer_decides_anew_with_its_reason(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = opened(db, consultant, garage_intake, ROUTER)
    page = open_coverage(home, consultant, case)
    scope = f"coverage_{case.id}"
    fine(page.button(key=f"{scope}_change_device").click().run())
    fine(page.button(key=f"{scope}_device_pc").click().run())
    assert "Mit diesen Antworten: gedeckt A" in words(page)
    assert store.case_by_id(db, case.id).coverage_result == "clarify", "nothing is decided yet"
    send = next(each for each in page.button if each.proto.form_id == f"decide_{case.id}")
    fine(send.click().run())
    assert "„Begründung“" in page.error[0].value
    page.text_input(key=f"decide_reason_{case.id}").set_value("Es ist doch der PC")
    send = next(each for each in page.button if each.proto.form_id == f"decide_{case.id}")
    fine(send.click().run())
    newest, first = store.coverage_of(db, case.id)
    assert (newest.cause, newest.decision["result"]) == ("Es ist doch der PC", "yes")
    assert first.decision["result"] == "clarify"
    assert "Es ist doch der PC" in words(page)
    assert not [each for each in page.button if each.proto.form_id == f"decide_{case.id}"]


def test_changed_answers_can_be_dropped(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = opened(db, consultant, garage_intake, ROUTER)
    page = open_coverage(home, consultant, case)
    scope = f"coverage_{case.id}"
    fine(page.button(key=f"{scope}_change_device").click().run())
    fine(page.button(key=f"{scope}_device_pc").click().run())
    fine(page.button(key=f"decide_drop_{case.id}").click().run())
    assert "Mit diesen Antworten" not in words(page)
    assert len(store.coverage_of(db, case.id)) == 1


# --- the existence threat -------------------------------------------------------------------------


def assess(page: AppTest, case: Case, function: str, result: str = "yes") -> None:
    page.button_group(key=f"existence_answer_licence_{case.id}").set_value("yes")
    page.text_input(key=f"existence_evidence_licence_{case.id}").set_value("Bescheid vom 9.3.")
    page.button_group(key=f"existence_result_{case.id}").set_value(result)
    page.text_input(key=f"existence_by_{case.id}").set_value("Dr. Adler")
    page.selectbox(key=f"existence_function_{case.id}").set_value(function)
    fine(page.run())
    fine(page.button(key=f"existence_save_{case.id}").click().run())


def test_an_assessment_decides_limb_b_and_is_kept_with_the_decision(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = opened(db, consultant, garage_intake, PRESS)
    page = open_coverage(home, consultant, case)
    assess(page, case, "claims_department")
    after = store.case_by_id(db, case.id)
    assert (after.coverage_result, after.limb) == ("yes", "B")
    newest = store.coverage_of(db, case.id)[0]
    kept = existence.from_json(newest.assessment)
    assert kept is not None
    assert (kept.result, kept.proposal, kept.assessed_by) == ("yes", "yes", "Dr. Adler")
    assert newest.answers["existence_threat"]["evidence"] == [
        "Konzession gefährdet (Bescheid vom 9.3.)"
    ]
    said = words(page)
    assert "Bescheid vom 9.3." in said
    assert "Schadenreferat" in said


def test_a_yes_of_the_desk_waits_for_u_08_and_follows_its_decision(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = opened(db, consultant, garage_intake, PRESS)
    page = open_coverage(home, consultant, case)
    assess(page, case, "desk_lead")
    assert store.case_by_id(db, case.id).coverage_result == "clarify"
    assert "Dieses Ja zählt noch nicht" in words(page)
    decide(page, case, "U-08", "desk_lead")
    after = store.case_by_id(db, case.id)
    assert (after.coverage_result, after.limb) == ("yes", "B")
    assert "Dieses Ja zählt noch nicht" not in words(page)
    assert store.coverage_of(db, case.id)[0].assessment["function"] == "desk_lead"


def test_who_departs_from_the_aid_is_asked_why_and_loses_nothing(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = opened(db, consultant, garage_intake, PRESS)
    page = open_coverage(home, consultant, case)
    assess(page, case, "claims_department", result="no")
    assert "„ja“" in page.error[0].value
    assert len(store.coverage_of(db, case.id)) == 1
    assert page.text_input(key=f"existence_evidence_licence_{case.id}").value == "Bescheid vom 9.3."
    page.text_input(key=f"existence_figure_turnover_{case.id}").set_value("viele")
    page.button_group(key=f"existence_answer_turnover_{case.id}").set_value("yes")
    page.text_input(key=f"existence_evidence_turnover_{case.id}").set_value("BWA")
    fine(page.run())
    assert "ist keine Zahl" in page.error[0].value


# --- open points ----------------------------------------------------------------------------------


def fill_point(page: AppTest, case: Case, point: str, value: str | None, reason: str) -> str:
    name = f"point_{case.id}_{point}_0"
    chosen = page.selectbox(key=f"point_{case.id}")
    if str(chosen.value.id) != point:
        labels = [each for each in chosen.options if each.startswith(point)]
        fine(chosen.select(labels[0]).run())
    if value is not None:
        page.radio(key=f"{name}_value").set_value(value)
    page.text_input(key=f"{name}_by").set_value("Dr. Adler")
    page.text_input(key=f"{name}_reason").set_value(reason)
    return name


def press(page: AppTest, name: str, button: str) -> None:
    fine(page.button(key=f"{name}_{button}").click().run())


def decide(page: AppTest, case: Case, point: str, value: str) -> None:
    press(page, fill_point(page, case, point, value, "so vereinbart"), "decide")


def test_a_point_shows_what_it_is_and_what_a_decision_would_change(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = opened(db, consultant, garage_intake, ROUTER)
    page = open_coverage(home, consultant, case)
    said = words(page)
    for known in ("U-05", "Bis dahin gilt", "Weder gedeckt noch abgelehnt", "„technischen Defekt"):
        assert known in said
    name = fill_point(page, case, "U-05", "not_covered", "")
    press(page, name, "preview")
    assert "in Klärung → nicht gedeckt" in words(page)
    assert "wird abgelehnt" in words(page)
    assert store.case_by_id(db, case.id) == case
    assert decided.settings_of(db, policy_of(db, case)) == {}


def test_deciding_a_point_recomputes_at_once(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = opened(db, consultant, garage_intake, ROUTER)
    page = open_coverage(home, consultant, case)
    decide(page, case, "U-05", "covered")
    assert f"Neu gerechnet: {case.number}" in page.success[0].value.replace("\\", "")
    assert store.case_by_id(db, case.id).coverage_result == "yes"
    said = words(page)
    assert "● gedeckt A" in said
    assert "weil U-05 am" in said
    assert "entschieden: Ja, zählt wie ein PC" in said
    assert "eingetragen von Mag. Lang" in said
    assert page.text_input(key=f"point_{case.id}_U-05_1_by").value == "", "a new form"


def test_a_decision_without_reason_or_choice_is_asked_for_it(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = opened(db, consultant, garage_intake, ROUTER)
    page = open_coverage(home, consultant, case)
    name = fill_point(page, case, "U-05", None, "so vereinbart")
    press(page, name, "decide")
    assert "zuerst eine der Möglichkeiten" in page.error[0].value
    name = fill_point(page, case, "U-05", "covered", " ")
    press(page, name, "decide")
    assert "„Begründung“" in page.error[0].value
    assert page.text_input(key=f"{name}_by").value == "Dr. Adler"
    assert decided.settings_of(db, policy_of(db, case)) == {}


def test_a_closed_case_is_shown_and_not_decided(
    home: Home, db: Database, consultant: Actor, garage_intake: Intake
) -> None:
    case = opened(db, consultant, garage_intake, ROUTER)
    store.close_case(db, consultant, case.id, "Erledigt")
    page = open_coverage(home, consultant, case)
    assert "Verlauf der Entscheidungen" in words(page)
    assert not any(each.key and each.key.endswith("_decide") for each in page.button)


def test_who_may_not_read_cases_sees_nothing_of_it(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    reviewer = accounts.add_account(
        db, SYSTEM, email="pruefung@versicherer.example", role="reviewer", name="Prüfer"
    ).actor
    page = fine(open_page(home, reviewer, "registered", "coverage", query={"fall": case.number}))
    assert case.number not in words(page)
