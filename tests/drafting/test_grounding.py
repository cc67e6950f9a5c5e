"""Does a text say what the facts say?"""

from __future__ import annotations

import pytest

from drafting.atoms import read_atoms
from drafting.grounding import Fact, Issue, check_text
from tests.drafting.corpus import ADDED, EXACT, NAMED, tally

LEDGER = (
    Fact("F1", "Am 10. März 2026 um 09:12 Uhr ist in der Werkstätte Aigner in Wels die Kundenverwaltung ausgefallen.", "confirmed"),
    Fact("F2", "Rund 46 Kundinnen und Kunden warten auf ihre Rechnung.", "confirmed"),
    Fact("F3", "Es besteht der Verdacht auf einen Cyber-Angriff.", "unconfirmed"),
    Fact("F4", "Josef Aigner: „Wir schreiben die Rechnungen wieder mit der Hand.“", "confirmed"),
    Fact("F5", "Nach derzeitigem Kenntnisstand ist die Buchhaltung nicht betroffen.", "confirmed"),
)  # fmt: skip


def issues(
    text: str, language: str = "de", facts: tuple[Fact, ...] = LEDGER, **more: str
) -> list[Issue]:
    return list(check_text(text, language, facts, **more).issues)


def serious(text: str, **more: str) -> list[tuple[str, str]]:
    return [(issue.kind, issue.rule) for issue in issues(text, **more) if issue.severity == "block"]


@pytest.mark.parametrize("half", ["tune", "held", "fresh"])
def test_planted_edits_are_found_and_faithful_sentences_left_alone(half: str) -> None:
    result = tally(half)
    assert result.recall(EXACT) >= 0.98
    assert result.recall(NAMED) >= 0.90
    assert result.recall(ADDED) >= 0.85
    assert result.recall(EXACT | NAMED, blocking=True) >= 0.9
    assert result.false_block / result.faithful <= 0.03
    assert result.false_any / result.faithful <= 0.15


CASES: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "faithful": ("Seit 10. März, 9.12 Uhr, ist unsere Kundenverwaltung ausgefallen.", []),
    "other time": ("Um 10.12 Uhr ist unsere Kundenverwaltung ausgefallen.", [("contradicts_fact", "grounding.time")]),
    "hedge of a number dropped": ("46 Kundinnen und Kunden warten auf ihre Rechnung.", [("contradicts_fact", "grounding.hedge")]),
    "hedge of a fact dropped": ("Die Buchhaltung ist nicht betroffen.", [("contradicts_fact", "grounding.hedge")]),
    "hedge kept in other words": ("Nach jetzigem Stand ist die Buchhaltung nicht betroffen.", []),
    "denial dropped": ("Nach derzeitigem Kenntnisstand ist die Buchhaltung betroffen.", [("contradicts_fact", "grounding.negation")]),
    "suspicion as a fact": ("Wir wurden Opfer eines Cyber-Angriffs.", [("unconfirmed_as_fact", "grounding.unconfirmed")]),
    "suspicion marked": ("Ob es ein Cyber-Angriff war, wissen wir noch nicht.", []),
    "quote changed": ("„Wir schreiben die Rechnungen jetzt mit der Hand“, sagt Josef Aigner.", [("unsupported", "grounding.quote")]),
    "quote by somebody else": ("„Wir schreiben die Rechnungen wieder mit der Hand“, sagt Anna Gruber.",
                               [("contradicts_fact", "grounding.quote"), ("unsupported", "grounding.name")]),
    "quote word for word": ("„Wir schreiben die Rechnungen wieder mit der Hand“, sagt Josef Aigner.", []),
    "authority nobody mentioned": ("Wir haben die Polizei verständigt.", [("unsupported", "grounding.actor")]),
    "advice to go to the police": ("Bitte wenden Sie sich an die Polizei.", []),
    "suspicion in another word": ("Wir wurden gehackt!", [("unconfirmed_as_fact", "grounding.unconfirmed")]),
    "suspicion without its hyphen": ("Es war ein Cyberangriff.", [("unconfirmed_as_fact", "grounding.unconfirmed")]),
    "other number of everyday things": ("Rund 64 Kundinnen und Kunden warten.", [("contradicts_fact", "grounding.number")]),
    "place": ("In Linz ist die Kundenverwaltung ausgefallen.", [("unsupported", "grounding.place")]),
    "cause": ("Die Kundenverwaltung ist wegen eines defekten Servers ausgefallen.", [("unknown_as_fact", "CV-09")]),
    "cause left open": ("Die Ursache kennen wir noch nicht.", []),
    "concern": ("Wir bedauern die Unannehmlichkeiten, die Ihnen durch den Ausfall entstehen.", []),
    "next information": ("Wir informieren Sie heute um 15 Uhr wieder.", []),
    "greeting": ("Mit freundlichen Grüßen", []),
    "wrong weekday": ("Am Mittwoch, 10. März 2026, ist die Kundenverwaltung ausgefallen.", [("contradicts_fact", "grounding.weekday")]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=list(CASES))
def test_a_sentence_is_held_against_the_facts(text: str, expected: list[tuple[str, str]]) -> None:
    assert serious(text) == expected


def test_an_established_cause_without_a_fact_is_unsupported() -> None:
    text = "Die Kundenverwaltung ist wegen eines defekten Servers ausgefallen."
    assert serious(text, cause="established") == [("unsupported", "CV-09")]


def test_a_sentence_names_the_facts_it_rests_on() -> None:
    text = "Unsere Kundenverwaltung ist am 10. März ausgefallen. Rund 46 Kunden warten auf ihre Rechnung. Danke für Ihre Geduld."
    traces = check_text(text, "de", LEDGER).traces
    assert [trace.facts for trace in traces] == [("F1",), ("F2",), ()]
    assert all(trace.supported for trace in traces)
    assert text[traces[1].start : traces[1].end].startswith("Rund 46")


def test_a_retracted_fact_no_longer_carries_its_sentence() -> None:
    text = "Rund 46 Kundinnen und Kunden warten auf ihre Rechnung."
    ledger = tuple(
        Fact(fact.id, fact.text, "retracted" if fact.id == "F2" else fact.status) for fact in LEDGER
    )
    assert serious(text) == []
    result = check_text(text, "de", ledger)
    assert not result.traces[0].supported
    assert any(issue.severity == "block" for issue in result.issues)


def test_every_fact_supports_its_own_words() -> None:
    for fact in LEDGER:
        if fact.status == "confirmed":
            assert serious(fact.text) == [], fact.text


def test_an_english_text_over_a_german_ledger_is_compared_by_its_figures() -> None:
    good = "On 10 March at 9:12 am our customer records became unavailable in Wels. About 46 customers are waiting."
    bad = "On 11 March our customer records became unavailable in Linz."
    assert serious(good, language="en") == []
    assert [rule for _, rule in serious(bad, language="en")] == [
        "grounding.date",
        "grounding.place",
    ]


def test_a_letter_may_quote_its_reader_and_name_the_law() -> None:
    text = "Sie schreiben: „Die haben alle meine Daten verloren.“ Das ist nach § 1330 ABGB zu beurteilen."
    levels = {issue.severity for issue in issues(text, kind="letter")}
    assert "block" not in levels
    assert any(
        issue.rule == "grounding.quote" and issue.severity == "block" for issue in issues(text)
    )


ATOMS = {
    "numbers in words": ("zweiundvierzig Personen", "de", [("number", "42")]),
    "decimal with scale": ("1,5 Mio. Euro", "de", [("money", "1500000")]),
    "same amount in figures": ("€ 1.500.000,–", "de", [("money", "1500000")]),
    "austrian january": ("am 5. Jänner 2026", "de", [("date", "2026-1-5")]),
    "iso date": ("2026-01-05", "de", [("date", "2026-1-5")]),
    "range of hours": ("von 10 bis 16.45 Uhr", "de", [("time", "600"), ("time", "1005")]),
    "range of days": ("zwischen 2. und 5. Februar", "de", [("date", "None-2-2"), ("date", "None-2-5")]),
    "english time": ("at 2:15 pm", "en", [("time", "855")]),
    "english thousands": ("3,150 users", "en", [("number", "3150")]),
    "reference": ("Charge L2605 und Zahl B6/1182/2026", "de", [("id", "L2605"), ("id", "B6/1182/2026")]),
    "paragraph": ("nach § 33", "de", [("id", "§33")]),
    "percent": ("etwa 60 Prozent", "de", [("percent", "60")]),
    "phone": ("unter +43 6227 4410", "de", [("phone", "62274410")]),
    "age": ("ein 50-jähriger Mann", "de", [("number", "50")]),
    "round the clock": ("24/7 erreichbar", "de", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "language", "expected"), ATOMS.values(), ids=list(ATOMS))
def test_exact_statements_have_one_value(
    text: str, language: str, expected: list[tuple[str, str]]
) -> None:
    found = []
    for atom in read_atoms(text, language):
        value = atom.value
        shown = f"{value.year}-{value.month}-{value.day}" if hasattr(value, "month") else str(value)
        if atom.kind in ("money", "number", "percent"):
            shown = f"{value:f}"
        found.append((atom.kind, shown))
    assert found == expected


def test_everybody_is_more_than_a_counted_number() -> None:
    facts = (Fact("F1", "46 Kundinnen und Kunden wurden gewarnt.", "confirmed"),)
    found = issues("Wir haben alle Kundinnen und Kunden gewarnt.", facts=facts)
    assert [(issue.severity, issue.rule) for issue in found] == [("warn", "grounding.vague")]
