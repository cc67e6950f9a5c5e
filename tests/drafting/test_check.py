"""The check as a whole: what the command takes and gives, and the phrases that need a decision."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from data import InputError
from drafting.check import FINDING_KINDS, check, from_json, to_json


def run(text: str, **more: Any) -> dict[str, Any]:
    document = {"text": text, "channel": "web", **more}
    return to_json(check(from_json(document)))


def found(text: str, **more: Any) -> list[tuple[str, str]]:
    return [
        (finding["kind"], finding["severity"])
        for finding in run(text, **more)["findings"]
        if not finding["rule"].startswith("grounding.") and finding["kind"] != "missing_block"
    ]


BLOCKED = {
    "liability": [
        "Wir übernehmen die volle Verantwortung.",
        "Wir übernehmen selbstverständlich die Haftung.",
        "Den Schaden ersetzen wir selbstverständlich.",
        "Der entstandene Schaden wird Ihnen ersetzt.",
        "Wir erstatten Ihnen den Betrag.",
        "Für Ihren Schaden kommen wir auf.",
        "Alle Kosten werden von uns übernommen.",
        "Das war unser Fehler.",
        "Uns ist ein schwerer Fehler unterlaufen.",
        "Die Schuld liegt bei uns.",
        "Das war grob fahrlässig.",
        "Wir hätten das verhindern müssen.",
        "Wir haben es verabsäumt, die Updates einzuspielen.",
        "Selbstverständlich entschädigen wir alle Betroffenen.",
        "Wir stehen für den Schaden ein.",
        "Für den Ausfall sind wir verantwortlich.",
        "Ihr Geld erhalten Sie natürlich zurück.",
        "Wir zahlen Ihnen den Betrag von 18.400 Euro zurück.",
        "Die 18.400 Euro bekommen Sie von uns ersetzt.",
        "Das hätte nicht passieren dürfen.",
        "Wir erkennen Ihre Forderung an.",
        "Wir gleichen den Verlust aus.",
        "Wir nehmen die Schuld auf uns.",
        "Die Tischlerei Moser ersetzt den Schaden.",
        "Der Schaden wird von uns zur Gänze übernommen.",
        "Wir haben unsere Pflichten verletzt.",
        "Wir waren nachlässig.",
        "Wir erklären uns bereit, 5.000 Euro zu zahlen.",
    ],
    "unknown_as_fact": [
        "Es sind keine Daten betroffen.",
        "Ihre Daten sind sicher.",
        "Kundendaten wurden nicht gestohlen.",
        "Daten sind zu keinem Zeitpunkt abgeflossen.",
        "Es kam zu keinem Datenverlust.",
        "Ein Datenabfluss kann ausgeschlossen werden.",
        "Um Ihre Daten müssen Sie sich keine Sorgen machen.",
        "Nach derzeitigem Kenntnisstand sind keine Kundendaten betroffen.",
        "Ihre Kundendaten wurden gestohlen.",
        "Niemand hatte Zugriff auf Ihre Daten.",
        "Die Kundendatei ist unversehrt.",
        "Es bestand nie eine Gefahr für Ihre Daten.",
    ],
    "ransom": [
        "Wir zahlen kein Lösegeld.",
        "Wir verhandeln nicht mit den Tätern.",
        "Wir stehen mit den Angreifern in Kontakt.",
    ],
    "insurance": [
        "Unsere Versicherung zahlt den Schaden.",
        "Wir sind gegen Cyberangriffe versichert.",
    ],
    "perpetrator": [
        "Russische Hacker haben uns angegriffen.",
        "Dahinter steckt ein ehemaliger Mitarbeiter.",
        "Die Gruppe LockBit ist dafür verantwortlich.",
        "Der Angriff kam aus Russland.",
    ],
    "promise": [
        "Bis morgen läuft alles wieder.",
        "In 24 Stunden ist die Störung behoben.",
        "Wir sind ab Montag wieder erreichbar.",
        "So etwas wird nie wieder vorkommen.",
        "Bis Freitag werden alle Systeme laufen.",
    ],
    "blame": [
        "Schuld daran ist unser IT-Dienstleister.",
        "Der Fehler lag bei unserem Lieferanten.",
        "Der Kunde ist selbst schuld.",
        "Das ist eine böswillige Kampagne gegen uns.",
        "Unser IT-Dienstleister hat geschlampt.",
        "Eine Mitarbeiterin hat den Fehler gemacht.",
        "Hätten Sie aufgepasst, wäre nichts passiert.",
        "Der Kunde hat selbst auf den Link geklickt.",
    ],
}
BLOCKED_EN = {
    "liability": ["We take full responsibility for the breach.", "We will compensate all customers.", "It was our mistake.", "You will get your money back.", "We should have warned you earlier.", "This should never have happened."],
    "unknown_as_fact": ["No customer data was stolen.", "Your data is safe.", "We can rule out a data leak."],
    "ransom": ["We will not pay the ransom."],
    "insurance": ["Our insurer will cover the damage."],
    "promise": ["Everything will be back online by tomorrow."],
}  # fmt: skip
ROWS = [(kind, text, "de") for kind, texts in BLOCKED.items() for text in texts] + [
    (kind, text, "en") for kind, texts in BLOCKED_EN.items() for text in texts
]


@pytest.mark.parametrize(("kind", "text", "language"), ROWS, ids=[row[1] for row in ROWS])
def test_dangerous_phrases_block(kind: str, text: str, language: str) -> None:
    assert (kind, "block") in found(text, language=language)


HARMLESS = [
    "Wir bedauern die Unannehmlichkeiten.",
    "Wir nehmen das ernst.",
    "Wir prüfen.",
    "Wir haben Anzeige erstattet.",
    "Wir ersetzen den defekten Server.",
    "Wir kommen auf Sie zu.",
    "Wir informieren Sie um 14 Uhr wieder.",
    "Ob Daten betroffen sind, wird derzeit geprüft.",
    "Wir können noch nicht sagen, ob Daten abgeflossen sind.",
    "Es ist nicht auszuschließen, dass Daten betroffen sind.",
    "Bitte geben Sie keine Kartendaten weiter.",
    "Wir versichern Ihnen, dass wir alles prüfen.",
    "Bitte wenden Sie sich an Ihre Versicherung.",
    "Die Störung wurde um 11.40 Uhr behoben.",
    "Seit 14 Uhr sind wir wieder erreichbar.",
    "Wir wissen noch nicht, wer hinter dem Angriff steckt.",
    "Wir arbeiten mit Hochdruck daran, die Systeme wiederherzustellen.",
    "Rechnungen können derzeit nicht gedruckt werden.",
    "Zur Ursache können wir derzeit nichts sagen.",
    "Zur Schadenshöhe machen wir keine Angaben.",
    "Derzeit haben wir keinen Zugriff auf unsere Kundendaten.",
    "Bitte fordern Sie den Betrag bei Ihrer Bank zurück.",
    "Sie erhalten Ihr Gerät am Montag zurück.",
    "Wir stehen für Rückfragen gerne zur Verfügung.",
    "Wir stehen mit der Behörde in Kontakt.",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_careful_sentences_pass(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Wir haben keine Haftung anerkannt.",
        "Ob wir haften, wird geprüft.",
        "Der Kunde fordert, dass wir den Schaden ersetzen.",
        "In der Nachricht steht: „Ihr kommt für den Schaden auf, das war euer und unser Fehler.“",
    ],
    ids=["denied", "open", "demanded", "quoted"],
)
def test_denied_or_quoted_admissions_are_shown_lower(text: str) -> None:
    assert ("liability", "info") in found(text)
    assert ("liability", "block") not in found(text)


@pytest.mark.parametrize(
    ("data_loss", "text", "expected"),
    [
        ("unknown", "Es sind keine Daten betroffen.", [("unknown_as_fact", "block")]),
        ("yes", "Es sind keine Daten betroffen.", [("contradicts_fact", "block")]),
        ("no", "Es sind keine Daten betroffen.", []),
        ("no", "Kundendaten wurden gestohlen.", [("contradicts_fact", "block")]),
        ("yes", "Kundendaten wurden gestohlen.", []),
        (
            "unknown",
            "Es gibt keine Hinweise auf einen Datenabfluss.",
            [("unknown_as_fact", "warn")],
        ),
    ],
)
def test_claims_about_data_follow_the_case(
    data_loss: str, text: str, expected: list[tuple[str, str]]
) -> None:
    assert found(text, case={"data_loss": data_loss}) == expected


def test_a_sentence_that_claims_the_unknown_is_not_supported() -> None:
    result = run("Danke für Ihre Geduld. Ihre Daten sind sicher.")
    assert [sentence["supported"] for sentence in result["sentences"]] == [True, False]


def test_a_promise_is_not_supported() -> None:
    assert [each["supported"] for each in run("Morgen läuft alles wieder.")["sentences"]] == [False]


def test_the_particulars_of_the_firm_are_no_claim() -> None:
    text = "Tischlerei Moser e.U., Freistadt, FN 123456a, Landesgericht Linz\n\nWir prüfen das."
    assert run(text, channel="partner_letter")["findings"] == []


def test_a_missing_case_is_an_unknown_case() -> None:
    assert found("Ihre Daten sind sicher.") == [("unknown_as_fact", "block")]


def test_calling_somebody_a_liar_warns() -> None:
    assert found("B ist ein Lügner.") == [("insult", "warn")]
    assert ("insult", "warn") in found("Solche Idioten braucht niemand.")


@pytest.mark.parametrize(
    "text",
    ["Herr Berger hat gepostet.", "Bergers Auto steht noch da.", "Karl Berger wartet."],
    ids=["surname", "genitive", "full name"],
)
def test_names_of_third_parties_block(text: str) -> None:
    assert ("personal_data", "block") in found(text, case={"third_parties": ["Karl Berger"]})


def test_a_single_letter_as_third_party_is_no_abbreviation() -> None:
    assert found("Das gilt z. B. für uns.", case={"third_parties": ["B"]}) == []
    assert ("personal_data", "block") in found(
        "Kunde B hat gepostet.", case={"third_parties": ["B"]}
    )


def test_the_firms_own_contact_is_no_personal_data() -> None:
    facts = [
        {
            "id": "F1",
            "text": "Die Werkstätte ist unter 07242 123456 erreichbar.",
            "status": "confirmed",
        }
    ]
    assert found("Sie erreichen uns unter 07242 123456.", facts=facts) == []
    assert found("Rufen Sie Karl unter 0664 1234567 an, er ist schuldlos.", facts=facts) == [
        ("personal_data", "warn")
    ]


def test_customer_details_in_public_warn() -> None:
    assert ("personal_data", "warn") in found(
        "Ihr Golf ist fertig, der Auftrag Nr. 4711 bezahlt.", channel="facebook"
    )


HOLDING = (
    "Seit 9.12 Uhr ist unsere Kundenverwaltung ausgefallen. Wir bedauern die Unannehmlichkeiten. "
    "Ein Techniker arbeitet daran. Was die Ursache ist, wissen wir noch nicht. "
    "Bitte bringen Sie Ihre Unterlagen mit. Wir informieren Sie um 15 Uhr auf dieser Seite wieder. "
    "Sie erreichen uns unter 07242 123456."
)
HOLDING_FACTS = [
    {
        "id": "F1",
        "text": "Um 09:12 Uhr ist die Kundenverwaltung ausgefallen.",
        "status": "confirmed",
    },
    {"id": "F2", "text": "Ein Techniker arbeitet an der Kundenverwaltung.", "status": "confirmed"},
    {"id": "F3", "text": "Telefon 07242 123456", "status": "confirmed"},
]


def missing(text: str, **more: Any) -> list[str]:
    findings = run(text, **more)["findings"]
    return [finding["message"] for finding in findings if finding["kind"] == "missing_block"]


def test_a_complete_holding_statement_has_nothing_to_decide() -> None:
    result = run(HOLDING, kind="holding", channel="facebook", facts=HOLDING_FACTS)
    assert result["findings"] == []
    assert all(sentence["supported"] for sentence in result["sentences"])


@pytest.mark.parametrize("dropped", range(7))
def test_each_dropped_block_of_a_holding_statement_is_named(dropped: int) -> None:
    parts = HOLDING.split(". ")
    cut = ". ".join(part for index, part in enumerate(parts) if index != dropped)
    assert missing(cut, kind="holding", channel="facebook", facts=HOLDING_FACTS)


def test_an_empty_holding_statement_lacks_all_seven_blocks() -> None:
    assert len(missing("Hallo.", kind="holding", channel="customer_letter")) == 7


LETTER = (
    "Sehr geehrter Herr Huber!\n\nSie haben am 10. März auf unserer Facebook-Seite geschrieben: "
    "„Die haben meine Daten verloren.“ Das ist so nicht richtig. "
    "Bitte löschen Sie den Beitrag bis 12. März. Gerne sprechen wir mit Ihnen: 07242 123456."
)


def test_a_letter_to_a_poster_has_its_parts() -> None:
    assert missing(LETTER, kind="letter", channel="direct_message") == []
    without = LETTER.replace(" bis 12. März", "").replace("am 10. März ", "")
    assert len(missing(without, kind="letter", channel="direct_message")) == 1


def test_a_counterstatement_and_a_notice_have_their_parts() -> None:
    counter = (
        "Gegendarstellung\nSie schreiben in Ihrem Artikel vom 10. März 2026: „Die Werkstätte hat Daten verloren.“ "
        "Diese Behauptung ist unrichtig. Richtig ist, dass die Kundenverwaltung ausgefallen ist.\nAigner e.U."
    )
    assert missing(counter, kind="counterstatement", channel="press") == []
    assert len(missing("Das stimmt nicht.", kind="counterstatement", channel="press")) >= 4
    notice = (
        "Der Beitrag https://example.com/posts/123 ist nach § 1330 ABGB rechtswidrig. Firma Aigner e.U., "
        "office@aigner.example. Diese Meldung erfolgt nach bestem Wissen und in gutem Glauben."
    )
    assert missing(notice, kind="dsa_notice") == []
    assert len(missing("Bitte löschen.", kind="dsa_notice")) == 4


def test_denying_and_apologising_do_not_mix() -> None:
    text = "Die Vorwürfe sind falsch. Wir bitten dafür um Entschuldigung."
    assert ("mixed_strategy", "warn") in found(text)
    assert found("Die Vorwürfe sind falsch.") == []


def test_a_text_that_is_too_long_blocks() -> None:
    assert ("length", "block") in found("a" * 300, channel="x")
    assert ("length", "warn") in found("Wort " * 700, channel="press")
    assert run("a" * 300, channel="x")["length"] == {
        "count": 300,
        "limit": 280,
        "unit": "weighted",
        "fits": False,
    }


def test_offsets_count_code_points_and_quotes_are_the_text() -> None:
    text = "😀 Wir übernehmen die volle Verantwortung. 👨‍👩‍👧 Ihre Daten sind sicher."
    result = run(text)
    assert result["findings"]
    for finding in result["findings"]:
        assert finding["quote"] == text[finding["start"] : finding["end"]]
        assert finding["kind"] in FINDING_KINDS
        assert finding["severity"] in ("block", "warn", "info")
        assert finding["rule"]
        assert "{" not in finding["message"]
    assert json.loads(json.dumps(result)) == result


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"channel": "web"}, "text"),
        ({"text": "a"}, "channel"),
        ({"text": "a", "channel": "fax"}, "channel"),
        ({"text": "a", "channel": "web", "language": "fr"}, "language"),
        ({"text": "a", "channel": "web", "kind": "poem"}, "kind"),
        ({"text": "a", "channel": "web", "facts": [{"id": "F1"}]}, "facts[0].text"),
        ({"text": "a", "channel": "web", "facts": [{"id": "F1", "text": "b", "status": "sure"}]}, "facts[0].status"),
        ({"text": "a", "channel": "web", "facts": [{"id": "F1", "text": "b"}, {"id": "F1", "text": "c"}]}, "facts[1].id"),
        ({"text": "a", "channel": "web", "case": {"data_loss": "maybe"}}, "case.data_loss"),
        ({"text": "a", "channel": "web", "case": {"third_parties": "B"}}, "case.third_parties"),
        ("text", "input"),
    ],
)  # fmt: skip
def test_wrong_input_names_its_field(document: Any, field: str) -> None:
    with pytest.raises(InputError) as refused:
        from_json(document)
    assert refused.value.field == field


def test_a_very_long_text_costs_no_more_than_its_length() -> None:
    line = "Herr Berger hat um 7.15 Uhr angerufen. Den Schaden ersetzen wir selbstverständlich. "
    started = time.monotonic()
    check(from_json({"text": line * 4000, "channel": "web"}))
    assert time.monotonic() - started < 30


def test_three_thousand_signs_are_checked_quickly() -> None:
    text = ((HOLDING + "\n\n") * 9)[:3000]
    draft = from_json({"text": text, "channel": "press", "kind": "holding", "facts": HOLDING_FACTS})
    check(draft)
    started = time.process_time()
    check(draft)
    assert time.process_time() - started < 0.2
