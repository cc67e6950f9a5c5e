"""The timeline: two times, filters, pages, corrections, and files to take along."""

from __future__ import annotations

import csv
import io
import sqlite3
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlite_utils import Database

from access.actor import Actor
from cases import store, timeline_export, words
from cases.errors import AlreadyCorrected, MissingField, UnknownEntry
from cases.store import Case
from cases.store import timeline as timeline_store
from cases.store.timeline import KINDS, TimelineFilter
from data import transaction, utc_text

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def tell(
    db: Database, actor: Actor, case: Case, text: str, hours: float = 0, **more: object
) -> int:
    return store.add_timeline_entry(
        db,
        actor,
        case.id,
        happened_at=NOON + timedelta(hours=hours),
        kind=str(more.pop("kind", "note")),
        text=text,
        **more,  # type: ignore[arg-type]
    )


def texts(db: Database, case: Case, **wanted: object) -> list[str]:
    filter_ = TimelineFilter(**wanted)  # type: ignore[arg-type]
    return [each.text for each in timeline_store.timeline_page(db, case.id, filter=filter_)]


def test_event_time_and_entry_time_are_two(db: Database, consultant: Actor, case: Case) -> None:
    with time_machine.travel(NOON + timedelta(hours=5), tick=False):
        tell(db, consultant, case, "Kunde B postet")
    entry = timeline_store.timeline_page(db, case.id)[0]
    assert (entry.happened_at, entry.recorded_at) == (NOON, NOON + timedelta(hours=5))


def test_the_order_is_that_of_the_events_newest_first(
    db: Database, consultant: Actor, case: Case
) -> None:
    for hours in (2, 1, 3):
        tell(db, consultant, case, f"nach {hours} h", hours)
    assert texts(db, case)[:3] == ["nach 3 h", "nach 2 h", "nach 1 h"]
    assert [each.text for each in store.timeline_of(db, case.id, limit=2)] == [
        "nach 3 h",
        "nach 2 h",
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param({"kinds": ("mention",)}, ["ÜBER uns: 100 % falsch"], id="kind"),
        pytest.param({"text": "über"}, ["ÜBER uns: 100 % falsch"], id="umlauts in any case"),
        pytest.param({"text": "100 %"}, ["ÜBER uns: 100 % falsch"], id="a sign of LIKE is a sign"),
        pytest.param({"text": "_"}, [], id="and so is the other"),
        pytest.param({"text": "STRASSE"}, ["Anruf aus der Straße"], id="sharp s"),
        pytest.param(
            {"since": NOON, "until": NOON + timedelta(hours=1)},
            ["Anruf aus der Straße"],
            id="period, its end left out",
        ),
        pytest.param({"actor": "Berger"}, ["Notiz der Kollegin"], id="who"),
        pytest.param({"actor": "Berger", "kinds": ("call",)}, [], id="all at once"),
    ],
)
def test_filters(
    db: Database,
    consultant: Actor,
    colleague: Actor,
    case: Case,
    wanted: dict[str, object],
    expected: list[str],
) -> None:
    tell(db, consultant, case, "Anruf aus der Straße", 0, kind="call")
    tell(db, consultant, case, "ÜBER uns: 100 % falsch", 1, kind="mention")
    tell(db, colleague, case, "Notiz der Kollegin", 2)
    assert texts(db, case, **wanted) == expected
    filter_ = TimelineFilter(**wanted)  # type: ignore[arg-type]
    assert timeline_store.count_timeline(db, case.id, filter_) == len(expected)


def test_a_correction_names_what_it_corrects_and_changes_nothing(
    db: Database, consultant: Actor, case: Case
) -> None:
    wrong = tell(db, consultant, case, "drei Postings gelöscht")
    right = tell(db, consultant, case, "zwei von drei Postings gelöscht", corrects_id=wrong)
    entries = {each.id: each for each in timeline_store.timeline_page(db, case.id)}
    assert (entries[wrong].text, entries[wrong].corrected_by_id) == (
        "drei Postings gelöscht",
        right,
    )
    assert (entries[right].corrects_id, entries[right].corrected_by_id) == (wrong, None)
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE timeline_entry SET text = 'anders' WHERE id = ?", [wrong])


def test_only_the_newest_of_its_own_case_is_corrected(
    db: Database, consultant: Actor, case: Case
) -> None:
    wrong = tell(db, consultant, case, "drei")
    right = tell(db, consultant, case, "zwei", corrects_id=wrong)
    with pytest.raises(AlreadyCorrected) as refusal:
        tell(db, consultant, case, "vier", corrects_id=wrong)
    assert refusal.value.number == right
    with pytest.raises(UnknownEntry):
        tell(db, consultant, case, "vier", corrects_id=9999)
    tell(db, consultant, case, "eins", corrects_id=right)


def test_the_form_sent_twice_makes_one_entry(db: Database, consultant: Actor, case: Case) -> None:
    first, second = (tell(db, consultant, case, "einmal", idempotency_key="k") for _ in range(2))
    assert first == second
    assert texts(db, case, text="einmal") == ["einmal"]


def test_an_entry_says_something(db: Database, consultant: Actor, case: Case) -> None:
    with pytest.raises(MissingField):
        tell(db, consultant, case, "  ")


def test_every_kind_has_a_word() -> None:
    assert all(words.timeline_kind(kind) != kind for kind in KINDS)


def test_ten_thousand_entries_are_paged_quickly(
    db: Database, consultant: Actor, case: Case
) -> None:
    with transaction(db):
        db.conn.executemany(
            "INSERT INTO timeline_entry (case_id, happened_at, recorded_at, actor_name, kind, text)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    case.id,
                    utc_text(NOON + timedelta(minutes=number)),
                    utc_text(NOON),
                    "Lang" if number % 3 else "Berger",
                    "note" if number % 5 else "mention",
                    f"Eintrag {number} über die Werkstätte",
                )
                for number in range(12_000)
            ],
        )
    wanted = TimelineFilter(text="ÜBER DIE", kinds=("note",))
    began = time.perf_counter()
    total = timeline_store.count_timeline(db, case.id, wanted)
    last = timeline_store.timeline_page(db, case.id, filter=wanted, offset=total - 3, limit=50)
    position = timeline_store.timeline_position(db, case.id, last[-1].id)
    took = time.perf_counter() - began
    assert (total, len(last)) == (9600, 3)
    assert last[-1].text == "Eintrag 1 über die Werkstätte"
    assert position == 11_998
    assert took < 1.0


def test_an_entry_of_another_case_has_no_place_here(db: Database, case: Case) -> None:
    with pytest.raises(UnknownEntry):
        timeline_store.timeline_position(db, case.id, 99_999)
    with pytest.raises(UnknownEntry):
        timeline_store.timeline_entry(db, case.id, 99_999)


# --- files --------------------------------------------------------------------------------


def test_the_table_holds_both_times_and_no_formula(
    db: Database, consultant: Actor, case: Case
) -> None:
    with time_machine.travel(NOON + timedelta(hours=5), tick=False):
        wrong = tell(db, consultant, case, '=HYPERLINK("http://evil.example")')
        tell(db, consultant, case, "harmlos; mit Strichpunkt\nund Zeile", corrects_id=wrong)
    entries = timeline_store.timeline_page(db, case.id)
    content = timeline_export.as_csv(entries).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))
    assert rows[0][1:3] == ["Ereignis", "Eingetragen"]
    by_id = {row[0]: row for row in rows[1:]}
    assert by_id[str(wrong)][1:3] == ["10.03.2026, 13:00", "10.03.2026, 18:00"]
    assert by_id[str(wrong)][5].startswith("'=")
    assert len(rows) == len(entries) + 1


def test_the_printed_page_stands_alone_and_is_inert(
    db: Database, consultant: Actor, case: Case
) -> None:
    wrong = tell(db, consultant, case, "<script>alert(1)</script>")
    right = tell(db, consultant, case, "zwei\nZeilen", corrects_id=wrong)
    page = timeline_export.as_html(case, timeline_store.timeline_page(db, case.id), NOON).decode()
    assert "<script" not in page
    assert "<s>&lt;script&gt;" in page
    assert f"berichtigt durch Eintrag {right}" in page
    assert "zwei<br>Zeilen" in page
    assert "http" not in page
    assert case.number in page
