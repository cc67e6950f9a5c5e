"""The pages of the room, run in process as a signed-in consultant."""

from __future__ import annotations

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from access.actor import Actor
from cases import store as cases
from cases.store import Case
from data import Home
from drafting import store
from drafting.findings import Finding
from drafting.pages import words
from drafting.pages.steps import read_recipients
from drafting.store import Statement
from tests.pages import open_page
from tests.pages import words as said
from tests.servers.openai_api import model_server, sentences

TEXT = "Um 9.12 Uhr ist die Kundenverwaltung ausgefallen."


@pytest.fixture
def statement(db: Database, case: Case, consultant: Actor) -> Statement:
    cases.add_fact(
        db,
        consultant,
        case.id,
        text="Um 9.12 Uhr ist die Kundenverwaltung ausgefallen",
        status="confirmed",
        source="Herr Aigner",
    )
    made = store.create_statement(
        db,
        consultant,
        case.id,
        kind="reply",
        channel="web",
        language="de",
        title="Information <b>",
    )
    store.save_version(db, consultant, made.id, TEXT, base_version=0)
    return made


def _editor(home: Home, actor: Actor, statement: Statement, language: str = "de") -> AppTest:
    return open_page(
        home,
        actor,
        "drafting.pages.editor",
        query={"stellungnahme": str(statement.id)},
        language=language,
    )


def _list(home: Home, actor: Actor, case: Case, language: str = "de") -> AppTest:
    return open_page(
        home, actor, "drafting.pages.statements", query={"fall": case.number}, language=language
    )


def _button(page: AppTest, label: str) -> AppTest:
    return next(each for each in page.button if each.label == label).click().run()


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_list_and_the_editor_show_themselves(
    home: Home, consultant: Actor, case: Case, statement: Statement, language: str
) -> None:
    for page in (
        _list(home, consultant, case, language),
        _editor(home, consultant, statement, language),
    ):
        assert not page.exception
    assert TEXT in _editor(home, consultant, statement).text_area[0].value


def test_an_empty_list_offers_the_first_draft(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    page = _list(home, consultant, case)
    assert not page.exception
    _button(page, "Entwurf anlegen")
    (made,) = store.statements_of(db, case.id)
    newest = store.newest_version(db, made.id)
    assert newest is not None
    assert (newest.origin, made.kind, made.channel) == ("template", "holding", "web")
    assert "Kfz Aigner e.U. informiert" in newest.text


def test_saving_makes_a_version(
    home: Home, db: Database, consultant: Actor, statement: Statement
) -> None:
    page = _editor(home, consultant, statement)
    page.text_area[0].set_value(TEXT + " Wir prüfen das.").run()
    kept = store.working_copy_of(db, consultant, statement.id)
    assert kept is not None
    assert kept.text.endswith("Wir prüfen das.")
    _button(page, "Version speichern")
    assert not page.exception
    newest = store.newest_version(db, statement.id)
    assert newest is not None
    assert (newest.version, newest.text) == (2, TEXT + " Wir prüfen das.")
    assert "Version 2 ist gespeichert" in said(page)


def test_unsaved_text_is_back_after_a_reload(
    home: Home, db: Database, consultant: Actor, statement: Statement
) -> None:
    store.keep_working_copy(db, consultant, statement.id, "Halb fertig", 1)
    page = _editor(home, consultant, statement)
    assert page.text_area[0].value == "Halb fertig"
    assert "ist wieder da" in said(page)


def test_a_stale_editor_shows_both_texts_and_loses_neither(
    home: Home, db: Database, consultant: Actor, colleague: Actor, statement: Statement
) -> None:
    page = _editor(home, consultant, statement)
    page.text_area[0].set_value("Mein Text.").run()
    store.save_version(db, colleague, statement.id, "Text der Kollegin.", base_version=1)
    page.run()
    shown = said(page)
    assert "Mein Text." in shown
    assert "Text der Kollegin." in shown
    _button(page, "Mit meinem Text weiterarbeiten")
    _button(page, "Version speichern")
    assert [each.text for each in store.versions_of(db, statement.id)] == [
        "Mein Text.",
        "Text der Kollegin.",
        TEXT,
    ]


def test_review_by_a_second_person_then_link_and_pin(
    home: Home, db: Database, consultant: Actor, colleague: Actor, statement: Statement
) -> None:
    page = _editor(home, consultant, statement)
    _button(page, "Prüfung durch eine zweite Person anfragen")
    _button(page, "Text ist in Ordnung")
    assert "Vier Augen" in page.error[0].value
    second = _editor(home, colleague, statement)
    _button(second, "Text ist in Ordnung")
    assert not second.exception
    assert store.reviews_of(db, statement.id)[0].reviewer == "Berger"
    _button(second, "Link und PIN erzeugen")
    assert not second.exception
    assert "/f/" in second.code[0].value
    assert "PIN" in said(second)
    assert store.approval_state(db, statement.id).standing == "waiting"


def test_release_and_a_posting(
    home: Home, db: Database, consultant: Actor, colleague: Actor, statement: Statement, case: Case
) -> None:
    store.request_review(db, consultant, statement.id)
    store.review(db, colleague, statement.id, accepted=True)
    person = next(each for each in cases.people_of(db, case.firm_id) if each.may_approve)
    store.decide_by_phone(
        db,
        consultant,
        statement.id,
        person.id,
        approved=True,
        call_back_number="+43 660 1",
        witness_account=colleague.account_id,
    )
    page = _editor(home, consultant, statement)
    _button(page, "Aussendung beschließen")
    assert not page.exception
    released = store.release_of(db, statement.id)
    assert released is not None
    field = next(each for each in page.text_input if each.label == "Adresse des Beitrags")
    field.set_value("keine Adresse")
    _button(page, "Veröffentlichung festhalten")
    assert "ist keine Webadresse" in page.error[0].value
    field = next(each for each in page.text_input if each.label == "Adresse des Beitrags")
    field.set_value("https://kfz-aigner.example/aktuell")
    _button(page, "Veröffentlichung festhalten")
    assert len(store.postings_of(db, released.id)) == 1


def test_recipients_are_saved_and_bad_ones_named(
    home: Home, db: Database, consultant: Actor, statement: Statement
) -> None:
    page = _editor(home, consultant, statement)
    field = next(each for each in page.text_area if each.label == "Verteiler")
    field.set_value("Kunde D; d@example.at\nKunde E; keine")
    _button(page, "Verteiler speichern")
    assert "Kunde E" in page.error[0].value
    field = next(each for each in page.text_area if each.label == "Verteiler")
    field.set_value("Kunde D; d@example.at\n\ne@example.at")
    _button(page, "Verteiler speichern")
    assert [(each.name, each.email) for each in store.recipients_of(db, statement.id)] == [
        ("Kunde D", "d@example.at"),
        ("e@example.at", "e@example.at"),
    ]


def test_the_models_text_lands_in_the_field_and_is_marked_as_its(
    home: Home,
    db: Database,
    consultant: Actor,
    statement: Statement,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    suggested = "Unsere Kundenverwaltung ist um 9.12 Uhr ausgefallen."
    with model_server(content=sentences((suggested, ["F1"]))) as model:
        monkeypatch.setenv("OPENAI_BASE_URL", model.base_url)
        monkeypatch.setenv("KRISENPULT_ALLOW_NET", "127.0.0.0/8")
        page = _editor(home, consultant, statement)
        _button(page, "Entwurf holen")
        assert not page.exception
        assert page.text_area[0].value == suggested
        assert len(store.versions_of(db, statement.id)) == 1
        _button(page, "Version speichern")
        model.mode = "broken"
        _button(page, "Entwurf holen")
    newest = store.newest_version(db, statement.id)
    assert newest is not None
    assert (newest.version, newest.origin) == (2, "model")
    assert page.text_area[0].value == suggested
    assert "Der Entwurf kommt aus der Vorlage" in said(page)


def test_a_wrong_number_says_so(home: Home, consultant: Actor, case: Case) -> None:
    page = open_page(
        home,
        consultant,
        "drafting.pages.editor",
        query={"stellungnahme": "77", "fall": case.number},
    )
    assert not page.exception
    assert "gibt es nicht" in page.warning[0].value


def test_lines_of_the_distribution_list() -> None:
    assert [(each.name, each.email) for each in read_recipients("A; B; a@b.at\n \nc@d.at")] == [
        ("A; B", "a@b.at"),
        ("c@d.at", "c@d.at"),
    ]


def test_marks_escape_the_text_and_keep_every_sign() -> None:
    text = "Der <b>Lügner</b> & Co"
    found = [
        Finding("insult", "warn", 0, 12, text[:12], "", ""),
        Finding("insult", "block", 7, 13, text[7:13], "", ""),
    ]
    html = words.marked(text, found)
    assert "<b>" not in html
    assert "solid" in html
    assert "dashed" in html
    assert words.marked(text, []) == "Der &lt;b&gt;Lügner&lt;/b&gt; &amp; Co"
    assert words.marked("", found) == ""


def test_a_link_brings_its_template(home: Home, consultant: Actor, case: Case) -> None:
    page = open_page(
        home,
        consultant,
        "drafting.pages.statements",
        query={"fall": case.number, "vorlage": "poster_request"},
    )
    assert not page.exception
    assert page.selectbox(key=f"template_{case.id}").value == "poster_request"
