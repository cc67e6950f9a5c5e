"""What a mention says about the firm: the table of named sentences, and what holds for any text."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import InputError
from monitoring import language, score, words
from monitoring.match import FirmNames
from tests.monitoring.sentences import FIRMS, SENTENCES, Row


def names(firm: str) -> FirmNames:
    known = FIRMS[firm]
    return FirmNames(
        name=known["name"],
        aliases=tuple(known.get("aliases", ())),
        domains=tuple(known.get("domains", ())),
        people=tuple(known.get("people", ())),
    )


def scored(text: str, firm: str | None = None, **more: Any) -> score.Score:
    return score.score(score.Item("1", text, firm=names(firm) if firm else None, **more))


@pytest.mark.parametrize("row", SENTENCES, ids=[row.name for row in SENTENCES])
def test_named_sentence(row: Row) -> None:
    found = scored(row.text, row.firm)
    assert found.relevance is not None
    said = (found.relevance >= score.MEANT_FROM, found.attack, found.role)
    assert said == (row.meant, row.attack, row.role), found
    if row.meant:
        assert found.polarity == row.polarity, found
    if row.topic:
        assert row.topic in found.topics


def test_names_of_the_table_are_unique() -> None:
    assert Counter(row.name for row in SENTENCES).most_common(1)[0][1] == 1


# An order in severity that a consultant would agree with at once.
_RISING = [
    ("praise", "Bei Kfz Auer war immer alles super."),
    ("waiting", "Bei Kfz Auer 45 Minuten gewartet, nie wieder."),
    ("insult", "Kfz Auer ist ein Sauladen."),
    ("data", "Kfz Auer hat meine Daten verloren, sicher schon im Darknet."),
    ("fraud", "Kfz Auer sind Betrüger, Finger weg, die haben mich um 600 Euro geprellt."),
]


def test_severity_rises_from_praise_to_fraud() -> None:
    severities = [scored(text, "garage").severity for _, text in _RISING]
    assert severities == sorted(severities)
    assert severities[0] < 10
    assert severities[1] < 35
    assert severities[2] >= 50
    assert severities[3] >= 70


unit = st.floats(0, 1)
roles = st.sampled_from(["absent", "mentioned", "victim", "culprit"])


@given(unit, unit, unit, roles, unit)
def test_severity_is_monotone(
    relevance: float, attack: float, negative: float, role: str, more: float
) -> None:
    least = score.severity(relevance, attack, negative, ["service"], role)
    assert 0 <= least <= 100
    assert score.severity(max(relevance, more), attack, negative, ["service"], role) >= least
    assert score.severity(relevance, max(attack, more), negative, ["service"], role) >= least
    assert score.severity(relevance, attack, max(negative, more), ["service"], role) >= least
    assert score.severity(relevance, attack, negative, ["service", "safety"], role) >= least
    assert score.severity(relevance, attack, negative, ["service"], "culprit") >= least


pieces = st.sampled_from(
    [row.text for row in SENTENCES[::7]]
    + [
        "😀",
        "„",
        "“",
        "ﬁ",
        "İ",
        "\n",
        "-",
        "//",
        "Kfz Auer",
        "?",
        "a\u0308",
        "\u202e",
        "𝔎",
        "…",
        "",
    ]
)


@settings(deadline=None)
@given(st.lists(pieces | st.text(max_size=30), max_size=5).map(" ".join), st.text(max_size=20))
def test_any_text_is_scored_and_reasons_point_at_their_words(text: str, title: str) -> None:
    found = scored(text, "garage", title=title)
    assert abs(sum(found.polarity_scores.values()) - 1) < 1e-9
    assert found.polarity == max(
        found.polarity_scores, key=lambda each: found.polarity_scores[each]
    )
    assert 0 <= found.severity <= 100
    assert 0 <= found.attack_score <= 1
    for reason in found.reasons:
        if reason.start is None or reason.end is None:
            continue
        whole = title if reason.field == "title" else text
        assert whole[reason.start : reason.end] == reason.text


def test_without_a_firm_there_is_no_relevance_and_no_role() -> None:
    found = scored("Sauladen! Die kriegen nicht einmal einen PC eingeschaltet.")
    assert found.relevance is None
    assert found.role is None
    assert found.attack


def test_a_posting_on_the_page_of_the_firm_means_the_firm() -> None:
    found = scored("Ihr habt meine Daten verloren!", "garage", source="facebook.com/kfzauer")
    assert found.relevance is not None
    assert found.relevance >= 0.9
    assert found.role == "culprit"


def test_a_person_who_says_the_firm_is_meant_is_believed() -> None:
    item = score.Item("1", "So ein Sauladen, dort geh ich nie wieder hin.", firm=names("garage"))
    assert score.score(item, certain=True).relevance == 1.0


def test_a_reason_in_the_title_says_so() -> None:
    found = scored("Mehr dazu in Kürze.", "garage", title="Kfz Auer ist ein Sauladen")
    insult = next(reason for reason in found.reasons if reason.code == "insult")
    assert (insult.field, insult.text, insult.start) == ("title", "Sauladen", 17)


def test_claim_and_opinion_are_told_apart() -> None:
    claim = scored("Kfz Auer hat meine Daten verloren.", "garage")
    opinion = scored("Kfz Auer ist ein Sauladen.", "garage")
    assert "claim" in {reason.code for reason in claim.reasons}
    assert "opinion" in {reason.code for reason in opinion.reasons}


_HEAVY = [
    ("negators", "nicht nie kein " * 4000),
    ("pairs", "daten verloren " * 6000),
    ("names", "Kfz Auer ist ein Sauladen " * 3000),
    ("signs", "★☆:-)„“" * 5000),
    ("one-word", "x" * 200_000),
    ("no-sentence-end", "ich habe euch die daten der firma " * 3000),
    ("quotes", "„" * 20_000),
]


@pytest.mark.parametrize("text", [row[1] for row in _HEAVY], ids=[row[0] for row in _HEAVY])
def test_a_hostile_text_costs_no_more_than_a_long_one(text: str) -> None:
    start = time.process_time()
    scored(text, "garage")
    assert time.process_time() - start < 3


_LANGUAGES = [
    ("german", "Die Werkstatt hat mein Auto nicht repariert.", "de"),
    ("austrian", "De ham ma des Auto hinig gmacht", "de"),
    ("two-words", "Sauladen!", "de"),
    ("umlaut", "Unfähig", "de"),
    ("english", "The garage did not repair my car.", "en"),
    ("short-english", "total scam", "en"),
    ("italian", "Il servizio non è stato molto buono, mai più", "other"),
    ("croatian", "Nikad više, jako loše su radili", "other"),
    ("turkish", "Bu firma çok kötü ve pahalı", "other"),
    ("hungarian", "Nem volt jó, soha többet és drága", "other"),
    ("cyrillic", "Никогда больше", "other"),
    ("arabic", "خدمة سيئة", "other"),
    ("empty", "", "de"),
]


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in _LANGUAGES], ids=[row[0] for row in _LANGUAGES]
)
def test_language(text: str, expected: str) -> None:
    assert language.detect(text, words.read(text).words) == expected


_STARS = [
    ("one", "1 Stern, mehr ist nicht drin", "negative"),
    ("row", "★☆☆☆☆ Kirchenwirt", "negative"),
    ("five", "5 Sterne!", "positive"),
    ("five-row", "★★★★★", "positive"),
    ("hotel-class", "Das 4-Sterne-Hotel liegt am See", "neutral"),
    ("address", "Fotos: https://example.at/stern", "neutral"),
]


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in _STARS], ids=[row[0] for row in _STARS]
)
def test_stars(text: str, expected: str) -> None:
    assert scored(text).polarity == expected


_ENQUIRIES = [
    "Für einen Bericht bitten wir um Stellungnahme bis 17 Uhr. Redaktion Wirtschaft",
    "Presseanfrage: Wollen Sie zu den Vorwürfen Stellung nehmen?",
]


@pytest.mark.parametrize("text", _ENQUIRIES)
def test_an_enquiry_of_the_press_is_noticed(text: str) -> None:
    assert "press_enquiry" in {reason.code for reason in scored(text).reasons}


def test_every_reason_has_a_title() -> None:
    codes = {reason.code for row in SENTENCES for reason in scored(row.text, row.firm).reasons}
    assert codes <= set(score.REASON_TITLES)


def test_command_line_fields() -> None:
    line = {
        "id": 7,
        "text": "Kfz Auer ist ein Sauladen!",
        "source": "Forum",
        "firm": {"name": "Kfz Auer e.U.", "people": ["Karl Auer"]},
    }
    answer = score.to_json(score.score(score.from_json(line)))
    assert set(answer) == {
        "id", "language", "relevance", "polarity", "polarity_scores", "attack", "attack_score",
        "role", "topics", "severity", "reasons",
    }  # fmt: skip
    assert answer["id"] == 7
    assert answer["attack"] is True
    assert {"code": "name", "text": "Kfz Auer", "start": 0, "end": 8} in answer["reasons"]


_WRONG = [
    ("no-object", [], "input"),
    ("no-id", {"text": "x"}, "id"),
    ("no-text", {"id": "1"}, "text"),
    ("text-number", {"id": "1", "text": 3}, "text"),
    ("firm-text", {"id": "1", "text": "x", "firm": "Auer"}, "firm"),
    ("firm-without-name", {"id": "1", "text": "x", "firm": {}}, "firm.name"),
    ("aliases", {"id": "1", "text": "x", "firm": {"name": "A", "aliases": "B"}}, "firm.aliases"),
]


@pytest.mark.parametrize(
    ("value", "field"), [row[1:] for row in _WRONG], ids=[row[0] for row in _WRONG]
)
def test_wrong_input_names_the_field(value: object, field: str) -> None:
    with pytest.raises(InputError) as refused:
        score.from_json(value)
    assert refused.value.field == field
