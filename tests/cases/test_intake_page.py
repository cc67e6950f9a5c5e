"""Neuer Fall: a call at night becomes a case, one question at a time."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access.actor import Actor
from cases import questions, store
from cases.store import Case
from cases.store import open_points as decided
from data import Home, i18n, now, reference
from tests.pages import open_page
from tests.pages import words as shown_words


def words(page: AppTest) -> str:
    """What the page says, as a person reads it."""
    return html.unescape(shown_words(page))


def fine(page: AppTest) -> AppTest:
    assert [each.value for each in page.exception] == []
    return page


def open_intake(home: Home, actor: Actor, language: str = "de") -> AppTest:
    return fine(open_page(home, actor, "cases.pages.intake", language=language))


def say(page: AppTest, name: str, value: str, reason: str = "") -> None:
    """Answer the question that is on the page."""
    if reason:
        page.text_input(key=f"cover_{name}_reason").set_value(reason)
    fine(page.button(key=f"cover_{name}_{value}").click().run())


def say_kinds(page: AppTest, *kinds: str) -> None:
    page.button_group(key="cover_kinds_chosen").set_value(list(kinds))
    page.run()
    fine(page.button(key="cover_kinds_next").click().run())


def say_need(page: AppTest) -> None:
    """A sudden, unforeseeable need to communicate (NA-03)."""
    say(page, "communication_need", "yes")
    say(page, "sudden", "yes", "seit 9.12 Uhr")
    say(page, "unforeseeable", "yes", "noch nie vorgekommen")


def asked(page: AppTest) -> str:
    """The name of the question that is on the page, "" where none is."""
    for name in questions.TITLES:
        keys = (f"cover_{name}_yes", f"cover_{name}_unknown", f"cover_{name}_pc",
                f"cover_{name}_consultant", f"cover_{name}_open")  # fmt: skip
        if any(each.key in keys for each in page.button):
            return name
    if any(each.key == "cover_allegation_no" for each in page.button):
        return "media_allegation"
    if any(each.key == "cover_evidence_next" for each in page.button):
        return "existence_evidence"
    return ""


def fill_firm(page: AppTest, name: str) -> None:
    page.text_input(key="intake_caller").set_value("Anton Aigner")
    page.text_input(key="intake_callback").set_value("+43 660 1234567")
    page.text_input(key="intake_firm_name").set_value(name)
    page.text_input(key="intake_legal_form").set_value("e.U.")
    page.text_input(key="intake_city").set_value("4020 Linz")
    page.text_input(key="intake_person").set_value("Anton Aigner")
    page.text_input(key="intake_person_phone").set_value("+43 660 1234567")
    page.text_input(key="intake_policy").set_value("NA-2026-001")


def fill_garage(page: AppTest) -> None:
    """Scenario S1: hacked garage, a waiting customer posts abuse."""
    fill_firm(page, "Kfz Aigner")
    page.text_input(key="intake_called").set_value("10.03.2026 09:25")
    page.text_input(key="intake_happened").set_value("10.03.2026 09:12")
    page.text_input(key="intake_summary").set_value("Bildschirme schwarz")
    page.text_area(key="intake_note").set_value("Kunde B wartet und schimpft.")
    say_need(page)
    say_kinds(page, "cyber_attack")
    say(page, "outage", "yes")
    say(page, "device", "pc")
    page.button_group(key="cover_suspected").set_value("yes")
    fine(page.run())


def fill_inn(page: AppTest) -> None:
    """Scenario S6: the inn's cash register is dead, the bad reviews are true."""
    fill_firm(page, "Gasthaus Kirchenwirt")
    page.text_input(key="intake_called").set_value("15.08.2026 13:10")
    page.text_input(key="intake_happened").set_value("15.08.2026 12:05")
    say_need(page)
    say_kinds(page, "hardware_defect")
    say(page, "outage", "yes")
    say(page, "device", "cash_register")
    say(page, "runs_on", "own_device")
    say(page, "existence", "no")


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_garages_call_opens_a_covered_case(
    home: Home,
    db: Database,
    consultant: Actor,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
) -> None:
    # AppTest words the options of a choice outside the session that knows the language.
    monkeypatch.setattr(i18n, "_current_language", lambda: language)
    page = open_intake(home, consultant, language)
    fill_garage(page)
    assert asked(page) == "", "the result is certain, nothing more is asked"
    if language == "de":
        assert "● gedeckt A" in words(page)
        assert "Das Ergebnis steht fest" in words(page)
        assert "Erstmeldung" in words(page), "the clocks that will start"
        assert "DSGVO" in words(page)
    fine(page.button(key="open_case").click().run())
    [case] = store.list_cases(db)
    assert (case.number[:3], case.state, case.coverage_result, case.limb) == (
        "KP-",
        "open",
        "yes",
        "A",
    )
    assert (case.caller_name, case.callback_number) == ("Anton Aigner", "+43 660 1234567")
    assert "opened: case" in words(page)
    assert page.query_params["fall"] == case.number
    assert case.called_at == datetime(2026, 3, 10, 8, 25, tzinfo=UTC)
    [incident] = store.incidents_of(db, case.id)
    assert (incident.kind, incident.device, incident.summary) == (
        "cyber_attack",
        "pc",
        "Bildschirme schwarz",
    )
    assert incident.happened_at == datetime(2026, 3, 10, 8, 12, tzinfo=UTC)
    firm = store.firm_by_id(db, case.firm_id)
    assert (firm.full_name, firm.postcode, firm.city) == ("Kfz Aigner e.U.", "4020", "Linz")
    assert [each.may_approve for each in store.people_of(db, firm.id)] == [True]
    assert {"holding", "gdpr_33"} <= {each.kind for each in store.clocks_of(db, case.id)}
    said = " ".join(each.text for each in store.timeline_of(db, case.id))
    assert "Kunde B wartet und schimpft." in said
    assert "+43 660 1234567" in said


def test_each_answer_is_kept_with_its_time_and_its_reason(
    home: Home, db: Database, consultant: Actor
) -> None:
    page = open_intake(home, consultant)
    before = now() - timedelta(seconds=1)
    fill_garage(page)
    fine(page.button(key="open_case").click().run())
    [case] = store.list_cases(db)
    [record] = store.coverage_of(db, case.id)
    kept = questions.from_json(record.given)
    assert list(kept)[:4] == ["communication_need", "sudden", "unforeseeable", "kinds"]
    assert (kept["sudden"].one, kept["sudden"].reason) == ("yes", "seit 9.12 Uhr")
    assert kept["unforeseeable"].reason == "noch nie vorgekommen"
    assert all(before <= each.at <= now() for each in kept.values())
    assert [rule["id"] for rule in record.decision["rules"]] == [
        "NA-03", "NA-25", "NA-01", "NA-04"
    ]  # fmt: skip


def test_the_question_that_decides_comes_next_and_unknown_moves_on(
    home: Home, consultant: Actor
) -> None:
    page = open_intake(home, consultant)
    assert asked(page) == "communication_need"
    say(page, "communication_need", "unknown")
    assert asked(page) == "sudden"
    say(page, "sudden", "unknown")
    say(page, "unforeseeable", "yes", "noch nie vorgekommen")
    assert asked(page) == "kinds"
    fine(page.button(key="cover_kinds_unknown").click().run())
    assert asked(page) == "existence"
    say(page, "existence", "open")
    assert asked(page) == "media_allegation"
    fine(page.button(key="cover_allegation_unknown").click().run())
    assert asked(page) == ""
    assert "Alles gefragt" in words(page)
    assert "◑ in Klärung" in words(page)
    assert "unter Vorbehalt" in words(page)


def test_a_no_that_decides_ends_the_questions(home: Home, consultant: Actor) -> None:
    page = open_intake(home, consultant)
    say(page, "communication_need", "yes")
    say(page, "sudden", "no", "seit zwei Jahren bekannt")
    assert asked(page) == ""
    assert "○ nicht gedeckt" in words(page)
    assert "Vorhersehbar?" in words(page)


def test_yes_or_no_on_na_03_needs_its_reason_and_unknown_does_not(
    home: Home, consultant: Actor
) -> None:
    page = open_intake(home, consultant)
    say(page, "communication_need", "yes")
    fine(page.button(key="cover_sudden_yes").click().run())
    assert "woran sich das zeigt" in page.error[0].value
    assert asked(page) == "sudden"
    say(page, "sudden", "unknown")
    assert asked(page) == "unforeseeable"


def test_an_answer_is_changed_and_gets_a_new_time(home: Home, consultant: Actor) -> None:
    page = open_intake(home, consultant)
    say(page, "communication_need", "yes")
    say(page, "sudden", "no", "seit Wochen")
    assert "seit Wochen" in words(page)
    fine(page.button(key="cover_change_sudden").click().run())
    assert asked(page) == "sudden"
    assert page.text_input(key="cover_sudden_reason").value == "seit Wochen"
    fine(page.button(key="cover_keep").click().run())
    assert "○ nicht gedeckt" in words(page)
    fine(page.button(key="cover_change_sudden").click().run())
    say(page, "sudden", "yes", "seit heute früh")
    assert "seit heute früh" in words(page)
    assert asked(page) == "unforeseeable"


def test_the_inns_cash_register_is_refused_with_the_rule_in_its_words(
    home: Home, db: Database, consultant: Actor
) -> None:
    page = open_intake(home, consultant)
    fill_inn(page)
    said = words(page)
    assert "○ nicht gedeckt" in said
    assert reference.load("rules")["NA-01"]["quote"] in said
    assert "eigene Rechnung" in said
    assert asked(page) == ""
    assert page.button(key="open_case").label == "Absage festhalten"
    fine(page.button(key="open_case").click().run())
    [case] = store.list_cases(db)
    assert (case.state, case.coverage_result) == ("refused", "no")
    rules = [rule["id"] for rule in store.coverage_of(db, case.id)[0].decision["rules"]]
    assert rules == ["NA-01", "NA-27", "NA-26"]


def test_a_cash_register_is_not_refused_before_it_is_known_what_it_runs_on(
    home: Home, consultant: Actor
) -> None:
    page = open_intake(home, consultant)
    fill_inn(page)
    fine(page.button(key="cover_change_runs_on").click().run())
    say(page, "runs_on", "laptop")
    assert "○ nicht gedeckt" not in words(page)
    assert "◑ in Klärung" in words(page)


def test_a_yes_to_the_existence_threat_counts_from_the_claims_department(
    home: Home, consultant: Actor
) -> None:
    page = open_intake(home, consultant)
    say_need(page)
    fine(page.button(key="cover_kinds_none").click().run())
    say(page, "existence", "yes")
    assert asked(page) == "existence_by"
    say(page, "existence_by", "consultant")
    page.text_input(key="cover_medium").set_value("Tageszeitung, Seite 7")
    page.text_input(key="cover_allegation").set_value("verdorbene Ware")
    fine(page.button(key="cover_allegation_yes").click().run())
    assert asked(page) == ""
    assert "◑ in Klärung" in words(page)
    fine(page.button(key="cover_change_existence_by").click().run())
    say(page, "existence_by", "claims_department")
    assert asked(page) == "existence_evidence"
    page.text_area(key="cover_evidence").set_value("38 Stornos\nBank kündigt die Linie")
    fine(page.button(key="cover_evidence_next").click().run())
    assert "● gedeckt B" in words(page)


def test_an_empty_allegation_is_asked_for_and_nothing_is_lost(
    home: Home, consultant: Actor
) -> None:
    page = open_intake(home, consultant)
    say_need(page)
    fine(page.button(key="cover_kinds_none").click().run())
    say(page, "existence", "open")
    page.text_input(key="cover_medium").set_value("ORF")
    fine(page.button(key="cover_allegation_yes").click().run())
    assert "„Vorwurf in Medien“" in page.error[0].value
    assert page.text_input(key="cover_medium").value == "ORF"


def test_what_is_asked_for_says_who_pays(home: Home, consultant: Actor) -> None:
    page = open_intake(home, consultant)
    page.multiselect(key="cover_requested").set_value(
        ["advertising", "data_restoration", "specialist_appointment"]
    )
    fine(page.run())
    said = words(page)
    assert "CV-13" in said
    assert "zahlt die Firma" in said
    assert "allenfalls andere Polizze (WK-01)" in said
    assert "ohne Zusage: „je nach Verfügbarkeit und Möglichkeit“ (NA-36)" in said


def test_what_recurs_warns_that_it_may_be_foreseeable(home: Home, consultant: Actor) -> None:
    page = open_intake(home, consultant)
    page.button_group(key="cover_recurring").set_value("yes")
    fine(page.run())
    assert "Vorhersehbar?" in words(page)


@pytest.mark.parametrize("field", ["intake_called", "intake_happened"])
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("gestern um neun", "„gestern um neun“ ist keine Zeitangabe."),
        ("", "„“ ist keine Zeitangabe."),
        ("31.02.2026 10:00", "„31.02.2026 10:00“ ist keine Zeitangabe."),
        ("29.03.2026 02:30", "gibt es nicht"),
    ],
    ids=["words", "empty", "no-such-day", "skipped-hour"],
)
def test_a_time_that_cannot_be_read_gets_its_sentence_and_nothing_is_lost(
    home: Home, db: Database, consultant: Actor, field: str, typed: str, sentence: str
) -> None:
    page = open_intake(home, consultant)
    fill_garage(page)
    page.text_input(key=field).set_value(typed)
    fine(page.button(key="open_case").click().run())
    assert sentence in page.error[0].value.replace("\\", "")
    assert store.list_cases(db) == []
    assert page.text_input(key="intake_firm_name").value == "Kfz Aigner"
    assert page.text_area(key="intake_note").value == "Kunde B wartet und schimpft."
    assert "Cyber-Angriff" in words(page), "the answers are still there"
    page.text_input(key=field).set_value("10.03.2026 09:25")
    fine(page.button(key="open_case").click().run())
    assert len(store.list_cases(db)) == 1


@pytest.mark.parametrize(
    ("field", "label"),
    [("intake_firm_name", "Firmenname"), ("intake_policy", "Polizzennummer")],
)
def test_what_is_missing_is_asked_for_by_name(
    home: Home, db: Database, consultant: Actor, field: str, label: str
) -> None:
    page = open_intake(home, consultant)
    fill_garage(page)
    page.text_input(key=field).set_value("  ")
    fine(page.button(key="open_case").click().run())
    assert f"„{label}“" in page.error[0].value
    assert store.list_cases(db) == []
    assert store.list_firms(db) == []


@pytest.mark.parametrize("staff", [None, 0, 3])
def test_the_number_of_staff_is_a_number_or_unknown(
    home: Home, db: Database, consultant: Actor, staff: int | None
) -> None:
    page = open_intake(home, consultant)
    fill_firm(page, "Kfz Aigner")
    page.number_input(key="intake_staff").set_value(staff)
    fine(page.button(key="open_case").click().run())
    assert [each.staff_count for each in store.list_firms(db)] == [staff]


def test_the_form_sent_twice_opens_one_case(home: Home, db: Database, consultant: Actor) -> None:
    for _click in range(2):
        page = open_intake(home, consultant)
        page.session_state["idempotency:intake"] = "one form"
        fill_firm(page, "Kfz Aigner")
        fine(page.button(key="open_case").click().run())
        assert page.query_params["fall"] == "KP-2026-0001"
    assert len(store.list_cases(db)) == 1
    assert len(store.list_firms(db)) == 1


def test_a_known_firm_brings_its_people_and_its_policy(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = open_intake(home, consultant)
    fine(page.selectbox(key="intake_known_firm").set_value(case.firm_id).run())
    assert "Anton Aigner" in words(page)
    assert "NA-2026-001" in words(page)
    fine(page.button(key="open_case").click().run())
    newest, older = store.list_cases(db)
    assert newest.firm_id == older.firm_id
    assert len(store.list_firms(db)) == 1


def test_what_is_decided_for_the_policy_counts_at_the_next_call(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    policy_id = store.event_by_id(db, case.insured_event_id).policy_id
    decided.decide(
        db, consultant, policy_id, "U-05", "covered", decided_by="Dr. Adler",
        decider_function="Schadenreferat", decided_at=now(), reason="Netzwerk ist genannt.",
    )  # fmt: skip
    page = open_intake(home, consultant)
    say_need(page)
    say_kinds(page, "hardware_defect")
    say(page, "outage", "yes")
    say(page, "device", "router")
    assert "◑ in Klärung" in words(page), "a new firm has no decisions"
    fine(page.selectbox(key="intake_known_firm").set_value(case.firm_id).run())
    assert "● gedeckt A" in words(page)
