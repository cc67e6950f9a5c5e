"""Wire copies, templates, updates and stories."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import InputError
from monitoring import cluster

WIRE = (
    "Unbekannte haben in der Nacht auf Dienstag die Computer der Tischlerei Moser in Linz "
    "verschlüsselt. Der Betrieb mit fünf Mitarbeitern steht still, wie die Polizei mitteilte. "
    "Die Täter fordern 20.000 Euro in Kryptowährung. Kundendaten dürften nach ersten "
    "Erkenntnissen nicht betroffen sein."
)
POLICE = (
    "Bislang unbekannte Täter brachen in der Nacht auf {day} in ein Firmengebäude in {place} ein. "
    "Die Täter zwängten ein Fenster auf und stahlen Bargeld in Höhe von {sum} Euro. "
    "Die Polizeiinspektion {place} ersucht um zweckdienliche Hinweise."
)
AT = datetime(2026, 4, 14, 8, 0, tzinfo=UTC)


def placed(*items: tuple[str, str] | tuple[str, str, timedelta]) -> list[tuple[Any, Any]]:
    """Story and copy_of of each (title, text); ids are 1, 2, 3 …"""
    made = [
        cluster.Item(
            number,
            item[0],
            item[1],
            f"outlet{number}",
            AT + (item[2] if len(item) > 2 else timedelta(minutes=number)),
        )
        for number, item in enumerate(items, start=1)
    ]
    return [(each.story, each.copy_of) for each in cluster.cluster(made)]


_COPIES = [
    ("same-text", WIRE),
    ("agency-mark", f"Linz (APA) - {WIRE}"),
    ("agency-end", f"{WIRE} (APA/red, 14.4.2026)"),
    ("cut", ". ".join(WIRE.split(". ")[:2]) + "."),
    ("teaser", WIRE[:150] + " ..."),
    ("longer", WIRE + " Die Wirtschaftskammer rät Betrieben, Sicherungen offline aufzubewahren."),
    ("lightly-edited", WIRE.replace("wie die Polizei mitteilte", "so die Polizei")),
    ("number-in-letters", WIRE.replace("fünf", "5")),
    ("number-written-otherwise", WIRE.replace("20.000", "20 000").replace("20 000", "20000")),
]


@pytest.mark.parametrize("text", [row[1] for row in _COPIES], ids=[row[0] for row in _COPIES])
def test_copy_of_an_agency_text(text: str) -> None:
    assert placed(("Tischlerei gehackt", WIRE), ("Linz: Betrieb lahmgelegt", text))[1] == (1, 1)


def test_a_copy_of_a_copy_names_the_first() -> None:
    found = placed(("a", WIRE), ("b", f"(APA) {WIRE}"), ("c", WIRE[:200]))
    assert found == [(1, None), (1, 1), (1, 1)]


def test_an_own_report_shares_the_story_only() -> None:
    own = (
        "In der Werkstatt von Johann Moser riecht es nach Zirbe, doch die Bildschirme sind schwarz. "
        "Nach dem Hackerangriff auf seine Tischlerei arbeitet der Linzer Meister mit Papier weiter."
    )
    assert placed(("Tischlerei gehackt", WIRE), ("Besuch beim Tischler", own))[1] == (1, None)


_OTHER_EVENTS = [
    ("another-town", {"day": "Montag", "place": "Steyr", "sum": "700"}),
    ("same-day-another-town", {"day": "Freitag", "place": "Steyr", "sum": "3.000"}),
    ("another-day", {"day": "Sonntag", "place": "Wels", "sum": "150"}),
]


@pytest.mark.parametrize(
    "slots", [row[1] for row in _OTHER_EVENTS], ids=[row[0] for row in _OTHER_EVENTS]
)
def test_a_template_with_other_slots_is_another_event(slots: dict[str, str]) -> None:
    first = POLICE.format(day="Freitag", place="Wels", sum="3.000")
    assert placed(("Einbruch", first), ("Einbruch", POLICE.format(**slots)))[1] == (2, None)


def test_a_changed_number_is_an_update_and_no_copy() -> None:
    update = WIRE.replace("20.000", "50.000")
    found = placed(("Tischlerei gehackt", WIRE), ("Update: Tischlerei", update), ("c", update))
    assert found == [(1, None), (1, None), (1, 2)]


def test_a_corrected_spelling_is_an_update() -> None:
    assert placed(("a", WIRE), ("a", WIRE.replace("Moser", "Mosser")))[1] == (1, None)


def test_a_new_headline_alone_stays_a_copy() -> None:
    assert placed(("Tischlerei gehackt", WIRE), ("Hacker in Linz", WIRE))[1] == (1, 1)


_SEPARATE = [
    ("other-topic", "Die Tischlerei Moser aus Linz hat den Handwerkspreis gewonnen."),
    ("other-firm", "Die Bäckerei Huber in Graz wurde Opfer eines Hackerangriffs."),
    ("nothing-shared", "Am Wochenende wird es in Oberösterreich sonnig."),
]


@pytest.mark.parametrize("text", [row[1] for row in _SEPARATE], ids=[row[0] for row in _SEPARATE])
def test_another_event_is_another_story(text: str) -> None:
    assert placed(("Tischlerei gehackt", WIRE), ("x", text))[1] == (2, None)


def test_the_same_event_a_month_later_is_another_story() -> None:
    own = "Die Tischlerei Moser in Linz wurde von Hackern angegriffen, Computer verschlüsselt."
    assert placed(("a", WIRE, timedelta()), ("b", own, timedelta(days=40)))[1] == (2, None)


def test_order_of_unrelated_items_does_not_matter() -> None:
    texts = [POLICE.format(day="Montag", place=place, sum=total) for place, total in
             (("Wels", "300"), ("Steyr", "7.000"), ("Traun", "45"), ("Enns", "1.200"))]  # fmt: skip
    random.Random(4).shuffle(texts)
    assert [story for story, _ in placed(*[("Einbruch", text) for text in texts])] == [1, 2, 3, 4]


text = st.lists(
    st.sampled_from(["Linz", "Moser", "Brand", "die", "20", "Täter", "(APA)", ".", "„", "Hacker"]),
    max_size=30,
).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(text, text), max_size=8))
def test_any_stream_is_placed_consistently(items: list[tuple[str, str]]) -> None:
    found = placed(*items)
    assert len(found) == len(items)
    for number, (story, copy_of) in enumerate(found, start=1):
        assert story <= number
        assert found[story - 1][0] == story
        if copy_of is not None:
            assert copy_of < number
            assert found[copy_of - 1] == (story, None)


def test_command_line_fields() -> None:
    line = {
        "id": "x",
        "title": "t",
        "text": WIRE,
        "source": "s",
        "published": "2026-04-14T08:00:00Z",
    }
    item = cluster.from_json(line)
    assert item.published == AT
    assert cluster.to_json(next(iter(cluster.cluster([item])))) == {
        "id": "x",
        "story": "x",
        "copy_of": None,
    }


@pytest.mark.parametrize(
    ("value", "field"), [({"title": "t"}, "id"), ({"id": 1, "published": "gestern"}, "published")]
)
def test_wrong_input_names_the_field(value: object, field: str) -> None:
    with pytest.raises(InputError) as refused:
        cluster.from_json(value)
    assert refused.value.field == field
