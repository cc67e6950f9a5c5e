"""Where a sentence ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drafting.sentences import split

CASES: dict[str, tuple[str, list[str]]] = {
    "date": (
        "Am 12. März 2026 fiel der Server aus. Wir prüfen das.",
        ["Am 12. März 2026 fiel der Server aus.", "Wir prüfen das."],
    ),
    "titles": ("Dr. Huber und Mag. Moser kamen.", ["Dr. Huber und Mag. Moser kamen."]),
    "abbreviations": ("Das gilt z. B. für uns, d. h. alle. Bitte warten.", ["Das gilt z. B. für uns, d. h. alle.", "Bitte warten."]),
    "range of days": ("Zwischen 2. und 5. Februar. Danach nicht.", ["Zwischen 2. und 5. Februar.", "Danach nicht."]),
    "time": ("Um 14.10 Uhr war Schluss. Wir gingen.", ["Um 14.10 Uhr war Schluss.", "Wir gingen."]),
    "number at the end": ("Es kamen 12. Wir gingen.", ["Es kamen 12.", "Wir gingen."]),
    "year at the end": ("Das war 2026. Die Firma blieb.", ["Das war 2026.", "Die Firma blieb."]),
    "initial": ("Kunde B. hat gepostet.", ["Kunde B. hat gepostet."]),
    "firm": ("Die Moser e.U. hat reagiert. Gut so.", ["Die Moser e.U. hat reagiert.", "Gut so."]),
    "quote": ("„Wir arbeiten weiter.“ Das sagt er.", ["„Wir arbeiten weiter.“", "Das sagt er."]),
    "question in a quote": ("„Gut?“, fragt sie. Ja!", ["„Gut?“, fragt sie.", "Ja!"]),
    "salutation": (
        "Sehr geehrte Frau Moser,\n\nam 3. Juni war es so.\nMit freundlichen Grüßen\nAnna Huber",
        ["Sehr geehrte Frau Moser,", "am 3. Juni war es so.", "Mit freundlichen Grüßen", "Anna Huber"],
    ),
    "saint": ("Er wohnt in St. Pölten. Nr. 5 auch.", ["Er wohnt in St. Pölten.", "Nr. 5 auch."]),
    "wrapped line": (
        "Dieser Satz ist so lang, dass er im Brief über eine ganze Zeile hinaus\ngeht und weiterläuft.",
        ["Dieser Satz ist so lang, dass er im Brief über eine ganze Zeile hinaus\ngeht und weiterläuft."],
    ),
    "ellipsis": ("Na ja… Wir sehen.", ["Na ja…", "Wir sehen."]),
    "short sentences": ("Danke. Bis bald.", ["Danke.", "Bis bald."]),
    "english": ("Mr. Smith left at 5 p.m. today. We stayed.", ["Mr. Smith left at 5 p.m. today.", "We stayed."]),
    "empty": ("  \n ", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=list(CASES))
def test_sentences_end_where_a_reader_sees_it(text: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in split(text)] == expected


@given(st.text(alphabet="aB1. \n!?„“,äC", max_size=80))
def test_sentences_are_pieces_of_the_text_in_order(text: str) -> None:
    position = 0
    for sentence in split(text):
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.start >= position
        position = sentence.end
    kept = "".join(sentence.text for sentence in split(text))
    assert "".join(kept.split()) == "".join(text.split())
