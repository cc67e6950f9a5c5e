"""The page of the insured event and the IT incidents: every form reaches the database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access.actor import Actor
from budget import store as budget_store
from budget.entry import Cost
from cases import store
from cases.store import Case, assistance, incidents, onsite, tasks
from cases.store import costs as cost_store
from data import Home
from tests.pages import open_page, words


def opened(home: Home, actor: Actor, case: Case | None, language: str = "de") -> AppTest:
    query = {"fall": case.number} if case is not None else {}
    return open_page(home, actor, "ui.screens.event", query=query, language=language)


def fill(page: AppTest, key: str, **values: Any) -> None:
    for name, value in values.items():
        for kind in (page.text_input, page.selectbox, page.multiselect, page.checkbox):
            found = [each for each in kind if each.key == f"{key}_{name}"]
            if found:
                found[0].set_value(value)
                break
        else:
            raise AssertionError(f"no field {key}_{name}")


def press(page: AppTest, label: str) -> AppTest:
    [button] = [each for each in page.button if each.label == label]
    return button.click().run()


def said(page: AppTest) -> str:
    assert not page.exception
    return words(page).replace("\\", "")


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_shows_event_incident_and_what_is_open(
    home: Home, consultant: Actor, case: Case, language: str
) -> None:
    page = opened(home, consultant, case, language)
    assert "VF-2026-0001" in said(page)
    assert "IT-2026-0001" in said(page)
    assert "NA-33" in said(page)


def test_a_reader_sees_no_form(home: Home, db: Database, case: Case) -> None:
    from access import accounts
    from access.actor import SYSTEM

    reviewer = accounts.add_account(
        db, SYSTEM, email="r@krisenpult.example", role="reviewer", name="R"
    ).actor
    page = opened(home, reviewer, case)
    assert not page.exception
    assert [each.label for each in page.button] == []


def test_without_a_case_an_appointment_is_still_organised(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    other = store.add_firm(db, consultant, store.Firm(name="Ohne Schaden GmbH"))
    page = open_page(home, consultant, "ui.screens.event", query={"fall": "KP-1999-0001"})
    fill(page, "tasks", firm=other.id)
    page.run()
    fill(page, f"task_{other.id}", kind="specialist", title="Termin anfragen")
    press(page, "Aufgabe anlegen")
    [task] = tasks.tasks_of_firm(db, other.id)
    assert (task.case_id, task.title) == (None, "Termin anfragen")
    assert "Die Aufgabe ist angelegt." in said(page)


def test_what_becomes_known_is_written_down(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = opened(home, consultant, case)
    fill(
        page, "incident_1_0", cause_status="established", cause="Phishing", data_loss="yes",
        data_loss_extent="Kundendatei", suspected="no", note="Befund",
    )  # fmt: skip
    press(page, "Festhalten")
    [incident] = store.incidents_of(db, case.id)
    assert (incident.cause, incident.data_loss_extent) == ("Phishing", "Kundendatei")
    assert "Stand der Ursache: offen → gesichert" in said(page)
    assert {each.kind for each in store.clocks_of(db, case.id)} >= {"gdpr_33"}


def test_systems_permission_help_and_log_from_the_page(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = opened(home, consultant, case)
    fill(page, "new_system_1", name="Büro-PC", control="sole", origin="yes")
    press(page, "System eintragen")
    assert "Ging das Ereignis vom eigenen, beherrschten Teil aus? ja" in said(page)
    fill(page, "help_1", mode="remote", minutes="45", person="IT Muster", text="Säuberung")
    press(page, "Hilfe eintragen")
    assert "keine Erlaubnis zum Fernzugriff" in said(page)
    assert [each.value for each in page.text_input if each.key == "help_1_text"] == ["Säuberung"]
    fill(page, "remote_1", person="Anton Aigner", scope="Büro-PC, heute")
    press(page, "Erlaubnis festhalten")
    press(page, "Hilfe eintragen")
    assert [each.mode for each in assistance.help_of(db, 1)] == ["remote"]
    fill(page, "log_1", person="IT Muster", text="Kennwort geändert")
    press(page, "Änderung eintragen")
    assert "Büro-PC: Kennwort geändert" in said(page)
    fill(page, "system_1_sole_yes", control="foreign", origin="no")
    press(page, "Büro\\-PC ändern")
    assert assistance.systems_of(db, 1)[0].control == "foreign"
    fill(page, "help_1", minutes="eine Stunde", person="IT Muster")
    press(page, "Hilfe eintragen")
    assert "ist keine Dauer" in said(page)
    fill(page, "help_1", minutes="")
    press(page, "Hilfe eintragen")
    assert "Bitte „Dauer in Minuten“ ausfüllen" in said(page)


def test_relation_unlink_and_a_further_incident(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = opened(home, consultant, case)
    press(page, "Zusammenhang ändern")
    assert "Bitte einen Grund angeben" in said(page)
    fill(page, "relation_1_1", relation="same_attack", reason="Gleiche Absender")
    press(page, "Zusammenhang ändern")
    assert incidents.links_of(db, case.id)[0].relation == "same_attack"
    press(page, "IT-Notfall eröffnen")
    assert "Bitte „Was geschehen ist, ein Satz“ ausfüllen" in said(page)
    assert len(store.incidents_of(db, case.id)) == 1
    fill(page, "report_1", kind="email_fraud", summary="Falsche IBAN", relation="same_attack")
    press(page, "IT-Notfall eröffnen")
    assert "IT-2026-0002 ist eröffnet und verknüpft." in said(page)
    fill(page, "relation_1_2", reason="Irrtum")
    page = [each for each in page.button if each.label == "Verknüpfung aufheben"][1].click().run()
    assert [each.number for each in store.incidents_of(db, case.id)] == ["IT-2026-0001"]
    assert "Verlauf der Verknüpfungen" in [each.label for each in page.expander]
    fill(page, "link_1", incident=2, relation="coincident", reason="doch")
    press(page, "Verknüpfen")
    assert len(store.incidents_of(db, case.id)) == 2


def test_a_visit_from_wish_to_split(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = opened(home, consultant, case)
    fill(page, "wish_1", person="Anton Aigner", text="PC tauschen")
    press(page, "Wunsch festhalten")
    fill(page, "visit_1", technician="T. Muster", minutes="90", rate="120,00", journey="80,00")
    press(page, "Einsatz eintragen und aufteilen")
    assert "Versicherer € 200,00, Firma € 60,00" in said(page).replace("\xa0", " ")
    assert "die Firma zahlt (NA-23)" in said(page)
    kinds = [each.kind for each in budget_store.entries_of(db, case.id)]
    assert kinds == ["it_onsite", "insured_pays"]
    fill(page, "wish_1", person="Anton Aigner")
    press(page, "Wunsch festhalten")
    fill(page, "drop_visit_2", reason="Am Telefon gelöst")
    page = next(each for each in page.button if each.label == "Entfällt").click().run()
    assert onsite.visit_by_id(db, 2).state == "dropped"


def test_a_task_and_its_promise(home: Home, db: Database, consultant: Actor, case: Case) -> None:
    page = opened(home, consultant, case)
    fill(page, "task_1", kind="replacement", title="Gerät ist zugesagt", due="24.03.2027 09:00")
    press(page, "Aufgabe anlegen")
    assert "NA-36" in said(page)
    assert tasks.tasks_of_firm(db, case.firm_id) == []
    fill(page, "task_1", title="Gerät anfragen", for_whom="Büro")
    press(page, "Aufgabe anlegen")
    fill(page, "settle_task_1", reason="selbst gekauft")
    press(page, "Entfällt")
    [task] = tasks.tasks_of_firm(db, case.firm_id)
    assert (task.state, task.case_id) == ("dropped", case.id)


def test_costs_with_payer_rule_and_words(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = opened(home, consultant, case)
    fill(page, "outside_cost_1", kind="misdirected_transfer")
    page.run()
    assert "Zahler: nur Information (NA-38)" in said(page)
    fill(page, "outside_cost_1", amount="18400", text="Falsche IBAN")
    press(page, "Eintragen")
    fill(page, "outside_cost_1", kind="replacement_device")
    page.run()
    press(page, "Eintragen")
    assert "Bitte „Betrag (€)“ ausfüllen" in said(page)
    fill(page, "outside_cost_1", amount="viel", text="Bildschirm")
    press(page, "Eintragen")
    assert "kein lesbarer Betrag" in said(page)
    fill(page, "outside_cost_1", amount="189,00")
    press(page, "Eintragen")
    assert [each.rule for each in cost_store.costs_of(db, case.id)] == ["NA-38", "NA-40"]
    amount = page.text_input(key="outside_cost_1_amount")
    # The empty text is sent to the browser, which would keep what was typed there.
    assert (amount.value, amount.proto.set_value) == ("", True)
    fill(page, "withdraw_1", reason="doppelt")
    press(page, "Zurücknehmen")
    assert "zurückgenommen: doppelt" in said(page)


def test_restoration_costs_from_item_to_confirmed_wording(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    budget_store.book_cost(
        db, consultant, case.id, Cost(datetime(2026, 3, 10, 9, tzinfo=UTC), 100, "x", "R-1")
    )
    page = opened(home, consultant, case)
    fill(page, "item_1", kind="hardware", amount="1.200", text="PC", control="sole", caused="yes")
    press(page, "Posten eintragen")
    assert "Die Polizze nennt keine Variante" in said(page)
    fill(page, "item_1", kind="crisis_provider", amount="900", text="Agentur", control="sole")
    press(page, "Posten eintragen")
    fill(page, "restoration_1", variant="V2")
    page.run()
    assert "Entschädigungsgrenze für Hardware fehlt" in said(page)
    assert "nie zweimal abrechnen" in said(page)
    fill(page, "restoration_1", limit="1.000")
    press(page, "Berechnung speichern")
    [run] = cost_store.runs_of(db, case.id)
    assert run.covered_cents == 190000
    press(page, "Vergleich festhalten")
    assert "Bitte" in said(page)
    fill(page, "confirm_1", person="Huber", document="Bedingungen 2024")
    press(page, "Vergleich festhalten")
    assert cost_store.runs_of(db, case.id)[0].confirmed_by == "Huber"
    fill(page, "remove_1", reason="doppelt")
    press(page, "Streichen")
    assert [each.text for each in cost_store.items_of(db, case.id)] == ["Agentur"]


def test_a_case_moves_with_its_preview(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    budget_store.book_cost(
        db, consultant, case.id, Cost(datetime(2026, 3, 10, 9, tzinfo=UTC), 260000, "x", "R-1")
    )
    page = opened(home, consultant, case)
    press(page, "Vorschau der Beträge")
    told = said(page).replace("\xa0", " ")
    assert "nachher gedeckt € 0,00 von € 2.500,00" in told
    assert "vorher noch nicht eröffnet, nachher gedeckt € 2.500,00" in told
    assert store.case_by_id(db, case.id).insured_event_id == case.insured_event_id
    press(page, "Verschieben")
    assert "Begründung" in said(page)
    fill(page, "move_1", decision="several_events", reason="Anderer Täter", decided_by="Huber")
    fill(page, "move_1", title="Zweite Welle", incidents=[1])
    press(page, "Verschieben")
    moved = store.case_by_id(db, case.id)
    assert store.event_by_id(db, moved.insured_event_id).title == "Zweite Welle"
    assert store.incident_by_id(db, 1).insured_event_id == moved.insured_event_id
    fill(page, f"merge_{moved.insured_event_id}", reason="Doch derselbe", decided_by="Huber")
    press(page, "Zusammenlegen")
    assert store.case_by_id(db, case.id).insured_event_id == case.insured_event_id
    assert "ist in VF" in said(page)
    assert budget_store.verify(db) == []
