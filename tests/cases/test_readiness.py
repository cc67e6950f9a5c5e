"""The readiness sheet: what is known, how old it is, and what it bears on."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import evidence, readiness, store
from cases.errors import DayInFuture, DocumentNeeded, MissingField
from cases.readiness import Answer, EmergencyPlan, Sheet
from cases.store import Case, Firm, Intake, firms
from cases.store import readiness as sheets
from cases.store.people import today
from data import Home

DAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
ONE = timedelta(days=1)


@pytest.fixture
def firm(db: Database, consultant: Actor) -> Firm:
    return firms.add_firm(db, consultant, Firm(name="Kfz Aigner"))


def sheet_with(*answers: Answer, plan: EmergencyPlan | None = None) -> Sheet:
    known = {each.item: each for each in answers}
    return Sheet(
        answers={item: known.get(item, Answer(item)) for item in readiness.ITEMS},
        plan=plan or EmergencyPlan(),
    )


# --- the rules --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checked", "stale"),
    [
        (None, False),
        (DAY, False),
        (date(2025, 3, 10), False),
        (date(2025, 3, 9), True),
        (date(2024, 2, 29), True),
    ],
)
def test_an_answer_is_stale_after_a_year(checked: date | None, stale: bool) -> None:
    assert readiness.is_stale(checked, DAY) is stale


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer("external_backup"), "unbekannt"),
        (Answer("external_backup", "no", DAY), "nein"),
        (Answer("external_backup", "yes", DAY), "vorhanden, Alter unbekannt"),
        (Answer("external_backup", "yes", DAY, DAY), "0 Tage alt"),
        (Answer("external_backup", "yes", DAY, DAY - ONE), "1 Tag alt"),
        (Answer("external_backup", "yes", DAY, DAY - 12 * ONE), "12 Tage alt"),
        (Answer("external_backup", "no", DAY, DAY - 12 * ONE), "nein"),
    ],
)
def test_the_age_of_the_external_backup_is_told_first(answer: Answer, words: str) -> None:
    assert readiness.backup_words(answer, DAY) == words
    line = readiness.summary(sheet_with(answer), DAY)
    assert line.startswith(f"Externe Datensicherung: {words} · ")


@pytest.mark.parametrize(
    ("answer", "words", "may_be_claimed"),
    [
        (Answer("training"), "unbekannt", False),
        (Answer("training", "no", DAY), "nein", False),
        (Answer("training", "yes", DAY, date(2025, 5, 4)), "ja 2025, ohne Beleg", False),
        (Answer("training", "yes", DAY, date(2025, 5, 4), document=7), "ja 2025, belegt", True),
        (Answer("training", "no", DAY, document=7), "nein", False),
    ],
)
def test_a_training_is_claimed_only_with_evidence(
    answer: Answer, words: str, may_be_claimed: bool
) -> None:
    sheet = sheet_with(answer)
    assert sheet.training_may_be_claimed is may_be_claimed
    assert f"Schulung: {words}" in readiness.summary(sheet, DAY)
    forbidden = any("CV-05" in sentence for sentence in readiness.responsibility(sheet))
    assert forbidden is not may_be_claimed


def test_the_sheet_bears_on_responsibility_and_never_on_coverage() -> None:
    missed = sheet_with(Answer("updates", "no", DAY), Answer("firewall", "no", DAY))
    said = readiness.responsibility(missed)
    assert "Aktuelle Sicherheitsupdates, Konfigurierte Firewall" in said[0]
    assert "CV-01" in said[0]
    assert said[-1] == "Auf die Deckung hat dieses Blatt keinen Einfluss (CV-01)."
    assert not any("Fehlt" in each for each in readiness.responsibility(sheet_with()))


@given(
    st.dictionaries(
        st.sampled_from(readiness.ITEMS), st.sampled_from(readiness.VALUES), max_size=7
    ),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_the_line_counts_what_is_unknown_as_unknown(values: dict[str, str], day: date) -> None:
    line = readiness.summary(
        sheet_with(*(Answer(item, value, day) for item, value in values.items())), day
    )
    known = [values.get(item, "unknown") for item in readiness.SECURITY_ITEMS]
    assert (
        f"{known.count('yes')} ja, {known.count('no')} nein, {known.count('unknown')} unbekannt"
        in line
    )


# --- what is recorded -------------------------------------------------------------------


def test_nothing_is_known_of_a_new_firm(db: Database, firm: Firm) -> None:
    sheet = sheets.sheet_of(db, firm.id)
    assert {each.value for each in sheet.answers.values()} == {"unknown"}
    assert (sheet.plan.value, sheet.oldest_check) == ("unknown", None)
    assert sheets.summary(db, firm.id, NOON) == (
        "Externe Datensicherung: unbekannt · Notfallplan: unbekannt · "
        "Sicherheitscheck: 0 ja, 0 nein, 5 unbekannt · Schulung: unbekannt"
    )


def test_the_newest_answer_counts_and_the_earlier_one_stays(
    db: Database, consultant: Actor, firm: Firm
) -> None:
    for value, day in (("no", DAY - 400 * ONE), ("yes", DAY)):
        sheets.record_answers(
            db,
            consultant,
            firm.id,
            [
                Answer("updates", value),
                Answer("external_backup", "yes", dated_on=date(2026, 2, 26)),
            ],
            checked_on=day,
            filled_in_by="Anton Aigner",
        )
    sheet = sheets.sheet_of(db, firm.id)
    assert sheet.answers["updates"].value == "yes"
    assert sheet.answers["updates"].filled_in_by == "Anton Aigner"
    assert len(sheets.filings_of(db, firm.id)) == 4
    assert sheets.summary(db, firm.id, NOON).startswith("Externe Datensicherung: 12 Tage alt · ")
    assert audit.entries(db)[0].details["answers"] == {"updates": "yes", "external_backup": "yes"}
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE readiness_answer SET value = 'no'")


def test_what_is_older_than_a_year_is_said(db: Database, consultant: Actor, firm: Firm) -> None:
    sheets.record_answers(
        db,
        consultant,
        firm.id,
        [Answer("backup", "yes")],
        checked_on=date(2025, 3, 9),
        filled_in_by="Anton Aigner",
    )
    assert "älter als ein Jahr (09.03.2025)" in sheets.summary(db, firm.id, NOON)


@pytest.mark.parametrize(
    ("answers", "checked_on", "by", "refusal"),
    [
        ([Answer("backup", "yes")], DAY, " ", MissingField),
        ([Answer("backup", "yes")], date(2999, 1, 1), "A", DayInFuture),
        ([Answer("external_backup", "yes", dated_on=date(2999, 1, 1))], DAY, "A", DayInFuture),
        (
            [Answer("updates", "yes"), Answer("training", "yes", document=99)],
            DAY,
            "A",
            DocumentNeeded,
        ),
    ],
    ids=["nobody filled it in", "not yet", "backup to come", "no such evidence"],
)
def test_a_sheet_that_cannot_be_is_refused_whole(
    db: Database,
    consultant: Actor,
    firm: Firm,
    answers: list[Answer],
    checked_on: date,
    by: str,
    refusal: type[Exception],
) -> None:
    with pytest.raises(refusal):
        sheets.record_answers(
            db, consultant, firm.id, answers, checked_on=checked_on, filled_in_by=by
        )
    assert sheets.filings_of(db, firm.id) == []


def test_a_training_with_evidence_may_be_claimed(
    db: Database, home: Home, consultant: Actor, garage_intake: Intake
) -> None:
    case: Case = store.open_case(db, consultant, replace(garage_intake, incident=None))
    kept = evidence.add(
        db, home, consultant, case.id, data=b"Liste", file_name="liste.txt", kind="file"
    )
    sheet = sheets.record_answers(
        db,
        consultant,
        case.firm_id,
        [Answer("training", "yes", dated_on=date(2026, 2, 1), document=kept.id)],
        checked_on=DAY,
        filled_in_by="Anton Aigner",
    )
    assert sheet.training_may_be_claimed


PLAN = EmergencyPlan(
    value="yes",
    contact="Eva Huber",
    contact_reach="+43 660 1",
    deputy="Anton Aigner",
    outside_it="yes",
    steps=("Netz trennen", "  ", "Assistance anrufen "),
    checked_on=DAY,
    filled_in_by="Anton Aigner",
)


def test_the_plan_keeps_the_order_of_its_steps(db: Database, consultant: Actor, firm: Firm) -> None:
    sheets.record_plan(db, consultant, firm.id, replace(PLAN, value="no", contact=""))
    plan = sheets.record_plan(db, consultant, firm.id, PLAN).plan
    assert plan.steps == ("Netz trennen", "Assistance anrufen")
    assert (plan.contact, plan.outside_it, plan.value) == ("Eva Huber", "yes", "yes")
    assert "Notfallplan: ja" in sheets.summary(db, firm.id, NOON)
    assert [each.what for each in sheets.filings_of(db, firm.id)] == ["emergency_plan"] * 2


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"checked_on": None}, MissingField),
        ({"filled_in_by": " "}, MissingField),
        ({"contact": " "}, MissingField),
        ({"checked_on": today() + ONE}, DayInFuture),
    ],
    ids=["no day", "nobody", "no contact", "not yet"],
)
def test_a_plan_that_says_too_little_is_refused(
    db: Database,
    consultant: Actor,
    firm: Firm,
    changes: dict[str, object],
    refusal: type[Exception],
) -> None:
    with pytest.raises(refusal):
        sheets.record_plan(db, consultant, firm.id, replace(PLAN, **changes))  # type: ignore[arg-type]
    assert sheets.filings_of(db, firm.id) == []
