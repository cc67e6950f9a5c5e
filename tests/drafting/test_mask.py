"""What mask hides, what it leaves alone, and what comes back."""

from __future__ import annotations

import random
import re

import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban as iban_rules
from stdnum.at import vnr

from drafting.mask import find, mask, to_json, unmask

PEOPLE = [
    "Herr {person} hat heute um 9.15 Uhr angerufen und sich beschwert.",
    "Wir haben gestern mit Frau {surname} telefoniert.",
    "{person} schreibt, dass die Rechnung doppelt verschickt wurde.",
    "Sehr geehrter Herr {surname}, wir melden uns zu Ihrem Schreiben.",
    "Sehr geehrte Frau {title} {surname}!",
    "Zeuge {person} stand zur Tatzeit vor dem Lokal.",
    "Die Patientin {person} wurde um 11 Uhr entlassen.",
    "Der Kunde {surname} will sein Geld zurück.",
    "Mit freundlichen Grüßen\n{person}",
    "Ansprechpartner: {title} {person}, erreichbar bis 17 Uhr.",
    "Das Fahrzeug von {person} steht noch in der Werkstatt.",
    "Laut {person} war der Server bereits am Montag ausgefallen.",
    "Herrn {surname}s Auftrag ist seit Dienstag offen.",
    "Auf Facebook schreibt {person}: „Nie wieder!“",
    "Die Beschwerde kam von Frau {double}.",
    "Unsere Mitarbeiterin {double_full} ist auf Urlaub.",
    "Bitte geben Sie {person} und {person2} Bescheid.",
    "Geschäftsführer {title} {person} war nicht erreichbar.",
    "Ist {person} schon informiert?",
    "Hallo {given}, kannst du bitte zurückrufen?",
]
THINGS = [
    ("email", "Bitte schreiben Sie an {value}, wir antworten noch heute."),
    ("email", "Die Nachricht kam von <{value}>."),
    ("phone", "Rückruf erbeten unter {value}."),
    ("phone", "Sie erreicht uns am Handy ({value}) ab 14 Uhr."),
    ("phone", "Tel.: {value}, Ordnungszahl 12 vom 12.03.2026"),
    ("iban", "Das Geld ging auf das Konto {value} bei einer fremden Bank."),
    ("iban", "IBAN: {value}, Verwendungszweck Rechnung 2026-118"),
    ("svnr", "Sozialversicherungsnummer {value}, versichert seit 2019."),
    ("svnr", "SVNR: {value}"),
    ("uid", "Die Firma führt die UID {value}."),
    ("plate", "Das Auto mit dem Kennzeichen {value} wurde beschädigt."),
    ("plate", "Vor dem Geschäft parkte {value} quer."),
    ("birth_date", "Der Betroffene, geboren am {value}, hat Anzeige erstattet."),
    ("birth_date", "geb. {value}, wohnhaft im Bezirk"),
    ("birth_date", "Geburtsdatum: {value}"),
    ("address", "Die Ware geht an {value}."),
    ("address", "Sie wohnt seit drei Jahren in {value}, sagt sie."),
    ("card", "Abgebucht wurde von der Karte {value}."),
    ("url_token", "Der Link https://portal.example.at/reset?token={value} ist abgelaufen."),
    ("url_token", "Siehe https://files.example.at/d/{value}/rechnung.pdf"),
]
TITLES = ["Mag.", "Dr.", "Ing.", "DI", "Mag.a", "Dr.in", "Dipl.-Ing.", "Prof.", "MMag."]
CLEAN = [
    "Wir nehmen den Vorfall ernst und prüfen ihn gründlich.",
    "Der Ausfall begann am 10. März 2026 um 9.12 Uhr.",
    "Am 01.02.2026 wurden 46 Kundinnen und Kunden informiert.",
    "Die Rechnung über 18.400,00 Euro trägt die Nummer VF-2026-0001.",
    "Die Tischlerei Moser hat das Postfach gesperrt.",
    "Die Gruber GmbH liefert wieder.",
    "Franz Huber GmbH & Co KG ist von der Störung nicht betroffen.",
    "Das Autohaus Wimmer bleibt geschlossen.",
    "Bitte rufen Sie die Hotline 0800 123 456 an.",
    "Den Notruf erreichen Sie unter 133.",
    "Die Datenschutzbehörde (dsb@dsb.gv.at, Barichgasse 40-42, 1030 Wien) ist verständigt.",
    "Die Polizei ermittelt, Auskunft unter Polizei 059 133.",
    "Im August und im Mai haben wir geschlossen.",
    "Wir haben den Kunden Rechnungen geschickt.",
    "Der Vorfall betrifft Linz, Wels und Steyr.",
    "Die Straße war 12 Stunden gesperrt.",
    "Auf dem Hauptplatz standen 20 Personen.",
    "Der Server fiel um 07.55 Uhr aus und lief ab 11:40 wieder.",
    "Von 01.03. bis 05.03.2026 gelten geänderte Zeiten.",
    "Die Fläche beträgt 0,75 Hektar, der Anteil 0.5 Prozent.",
    "Unsere Öffnungszeiten: Montag bis Freitag 08:00-18:00 Uhr.",
    "Nach § 33 VersVG ist unverzüglich zu melden.",
    "Die Verordnung (EU) 2016/679 gilt seit 2018.",
    "Siehe https://www.example.at/aktuelles/stellungnahme-zum-ausfall-2026",
    "Mehr auf example.at/status.",
    "Es gilt ISO 27001 und DIN 5008.",
    "Das Angebot DIN-A4 kostet 12,50 Euro.",
    "Die Version 10.2.1 wurde am 3. April eingespielt.",
    "Wir ersuchen Sie, Zahlungen bis 20. April zurückzuhalten.",
    "Die Bäckerei Steiner hat wieder geöffnet.",
    "Frau und Kinder sind wohlauf.",
    "Sehr geehrte Damen und Herren, wir informieren Sie über den Stand.",
    "Liebe Kundinnen und Kunden, wir sind wieder erreichbar.",
    "Der Herr des Hauses war nicht da.",
    "Die Aktenzahl lautet 4 Cg 123/26k.",
    "Der Fall KP-2026-0001 wurde um 10.20 Uhr eröffnet.",
    "Rund 1.500.000 Datensätze und 1,5 Mio. Euro stehen im Raum.",
    "Das Spital der Barmherzigen Schwestern hilft aus.",
    "Am Graben wurde gebaut, am Ring staute es sich.",
    "Der Kurs fiel von 100,25 auf 98,70 Punkte.",
    "Die Kärntner Straße ist gesperrt.",
    "Mariahilfer Straße und Gürtel sind frei befahrbar.",
    "Die Seriennummer 4711-0815-2222 steht am Gerät.",
    "Die Kfz-Werkstätte Berger arbeitet wieder normal.",
    "Gasthaus Kirchenwirt, Familienbetrieb seit 1987.",
    "Unser Team arbeitet rund um die Uhr, 365 Tage im Jahr.",
    "Hotel Maria Theresia hat neue Buchungsdaten.",
    "Das Sturmtief Anna zieht ab.",
]


def _iban(rng: random.Random) -> str:
    account = "".join(str(rng.randrange(10)) for _ in range(16))
    value = "AT" + iban_rules.calc_check_digits("AT00" + account) + account
    style = rng.randrange(3)
    if style == 0:
        return " ".join(value[i : i + 4] for i in range(0, 20, 4))
    return value if style == 1 else value.lower()


def _svnr(rng: random.Random) -> str:
    while True:
        day = f"{rng.randrange(1, 29):02}{rng.randrange(1, 13):02}{rng.randrange(40, 99)}"
        serial = f"{rng.randrange(100, 1000)}"
        try:
            number = serial + vnr.calc_check_digit(serial + "0" + day) + day
        except (ValueError, KeyError):
            continue
        if vnr.is_valid(number):
            return number if rng.random() < 0.4 else f"{number[:4]} {number[4:]}"


def _card(rng: random.Random) -> str:
    digits = [4] + [rng.randrange(10) for _ in range(14)]
    total = sum(sum(divmod(d * 2, 10)) if i % 2 == 0 else d for i, d in enumerate(digits))
    digits.append(-total % 10)
    text = "".join(map(str, digits))
    return " ".join(text[i : i + 4] for i in range(0, 16, 4)) if rng.random() < 0.6 else text


def _value(kind: str, fake: Faker, rng: random.Random) -> str:
    letters = "ABCDEFGHKLMNPRSTUVWXZ"
    if kind == "email":
        return fake.email()
    if kind == "phone":
        return fake.phone_number()
    if kind == "iban":
        return _iban(rng)
    if kind == "svnr":
        return _svnr(rng)
    if kind == "uid":
        return f"ATU{rng.randrange(10**7, 10**8)}"
    if kind == "plate":
        code = rng.choice(["L", "W", "G", "GM", "KI", "FK", "UU", "WL", "S", "I"])
        return rng.choice(
            [
                f"{code}-{rng.randrange(100, 999)}{rng.choice(letters)}{rng.choice(letters)}",
                f"{code} {rng.randrange(10000, 99999)} {rng.choice(letters)}",
                f"{code}-{rng.randrange(10, 999)} {rng.choice(letters)}{rng.choice(letters)}",
                f"M-{rng.choice(letters)}{rng.choice(letters)} {rng.randrange(100, 9999)}",
            ]
        )
    if kind == "birth_date":
        born = fake.date_of_birth()
        month = ["Jänner", "Februar", "März", "April", "Mai", "Juni", "Juli", "August"][
            born.month % 8
        ]
        return rng.choice(
            [
                f"{born:%d.%m.%Y}",
                f"{born.day}.{born.month}.{born.year}",
                f"{born.day}. {month} {born.year}",
                f"{born:%Y-%m-%d}",
            ]
        )
    if kind == "address":
        street = f"{fake.street_name()} {fake.building_number()}"
        town = rng.choice(
            [
                "4020 Linz",
                "1070 Wien",
                "5020 Salzburg",
                "A-8010 Graz",
                "4820 Bad Ischl",
                "2700 Wiener Neustadt",
                "3400 Klosterneuburg",
                "9500 Villach",
                "80333 München",
            ]
        )
        return (
            rng.choice([f"{street}, {town}", f"{street} in {town}"])
            if rng.random() < 0.8
            else street
        )
    if kind == "card":
        return _card(rng)
    alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(rng.choice(alphabet) for _ in range(28)) + "7x4"


def _sentences(count: int) -> list[tuple[str, list[tuple[int, int, str]]]]:
    """Generated sentences with the spans that must be found."""
    Faker.seed(20260310)
    fake = Faker("de_AT")
    rng = random.Random(20260310)
    made = []
    for index in range(count):
        if index % 2:
            kind, template = rng.choice(THINGS)
            parts = {"value": _value(kind, fake, rng)}
            kinds = {"value": kind}
        else:
            template = rng.choice(PEOPLE)
            given, surname = fake.first_name(), fake.last_name()
            double = f"{fake.last_name()}-{fake.last_name()}"
            parts = {
                "person": f"{given} {surname}",
                "person2": f"{fake.first_name()} {fake.last_name()}",
                "surname": surname,
                "given": given,
                "double": double,
                "double_full": f"{fake.first_name()} {double}",
                "title": rng.choice(TITLES),
            }
            kinds = dict.fromkeys(parts, "person") | {"title": ""}
        text, gold = "", []
        for piece in re.split(r"(\{\w+\})", template):
            name = piece[1:-1]
            if piece.startswith("{"):
                value = parts[name]
                if kinds[name]:
                    gold.append((len(text), len(text) + len(value), kinds[name]))
                text += value
            else:
                text += piece
        made.append((text, gold))
    return made


def _covered(span: tuple[int, int, str], found: list[tuple[int, int, str]]) -> bool:
    return any(
        start <= span[0] and span[1] <= end and kind == span[2] for start, end, kind in found
    )


def test_generated_sentences_lose_their_personal_data() -> None:
    total = missed = false = spans = 0
    examples = []
    for text, gold in _sentences(1600):
        found = find(text)
        spans += len(found)
        for span in gold:
            total += 1
            if not _covered(span, found):
                missed += 1
                examples.append(("missed", text, text[span[0] : span[1]], found))
        for start, end, kind in found:
            if not any(start < g[1] and g[0] < end for g in gold):
                false += 1
                examples.append(("false", text, text[start:end], kind))
    assert total >= 1_600
    assert missed / total <= 0.01, examples[:40]
    assert false / spans <= 0.01, examples[:40]


@pytest.mark.parametrize("sentence", CLEAN, ids=range(len(CLEAN)))
def test_statement_sentences_stay_as_they_are(sentence: str) -> None:
    assert mask(sentence).masked == sentence


KINDS = {
    "spaced iban": ("Konto AT61 1904 3002 3457 3201 bitte", "iban", "AT61 1904 3002 3457 3201"),
    "lower case iban": ("Konto at611904300234573201.", "iban", "at611904300234573201"),
    "german iban": ("DE89 3704 0044 0532 0130 00", "iban", "DE89 3704 0044 0532 0130 00"),
    "wrong checksum without cue": ("Nummer AT61 1904 3002 3457 3202", None, ""),
    "social number with blank": ("SVNR 1237 010180", "svnr", "1237 010180"),
    "social number with wrong check digit": ("Zahl 1238 010180", None, ""),
    "uid": ("UID ATU12345678", "uid", "ATU12345678"),
    "card": ("Karte 4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
    "no card without luhn": ("Seriennummer 4111 1111 1111 1112", None, ""),
    "phone in brackets": ("Tel. (0732) 123456", "phone", "(0732) 123456"),
    "phone with country code": ("Ruf +43 (0)664 / 123 45 67 an", "phone", "+43 (0)664 / 123 45 67"),
    "german phone": ("Ruf 0049 821 809946-0 an", "phone", "0049 821 809946-0"),
    "service line": ("Ruf +43 800 123 456 an", None, ""),
    "plate": ("mit L-123AB unterwegs", "plate", "L-123AB"),
    "plate with blanks": ("Kennzeichen W 12345 X", "plate", "W 12345 X"),
    "german plate": ("Auto M-AB 1234", "plate", "M-AB 1234"),
    "case number is no plate": ("Fall KP-2026-0001", None, ""),
    "birth date": ("geboren am 3. Mai 1971 in Wels", "birth_date", "3. Mai 1971"),
    "birth date with place first": ("geboren in Linz am 03.05.1971", "birth_date", "03.05.1971"),
    "plain date": ("am 03.05.2026 in Wels", None, ""),
    "address": ("wohnt Linzer Straße 12/3/7, 4020 Linz", "address", "Linzer Straße 12/3/7, 4020 Linz"),
    "address with long place": ("An der Lände 3, 5280 Braunau am Inn", "address", "An der Lände 3, 5280 Braunau am Inn"),
    "address without town": ("in der Mozartgasse 8a wohnhaft", "address", "Mozartgasse 8a"),
    "village": ("Untergaisbach 5, 4224 Wartberg", "address", "Untergaisbach 5, 4224 Wartberg"),
    "token": ("https://x.at/?token=abcDEF123456&a=1", "url_token", "abcDEF123456"),
    "long path": ("https://x.at/s/9f8a7b6c5d4e3f2a1b0c/y", "url_token", "9f8a7b6c5d4e3f2a1b0c"),
    "readable path": ("https://x.at/aktuelles/stellungnahme-zum-ausfall", None, ""),
    "surname behind a cue": ("Wir danken Herrn Huber.", "person", "Huber"),
    "genitive": ("Frau Mosers Auftrag", "person", "Mosers"),
    "titles stay": ("Dipl.-Ing. Eva Koch ist da", "person", "Eva Koch"),
    "weekday as a name": ("Sehr geehrter Herr Freitag!", "person", "Freitag"),
    "firm": ("die Huber & Söhne GmbH", None, ""),
    "firm with a given name": ("bei Anna Huber e.U. gekauft", None, ""),
    "street named after somebody": ("am Julius-Raab-Platz", None, ""),
    "unknown name behind a title": ("Mag. Xhemajli ruft an", "person", "Xhemajli"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "value"), KINDS.values(), ids=list(KINDS))
def test_each_kind_is_found_as_a_whole(text: str, kind: str | None, value: str) -> None:
    found = [(each, text[start:end]) for start, end, each in find(text)]
    assert found == ([(kind, value)] if kind else [])


def test_the_same_person_keeps_the_same_placeholder() -> None:
    text = "Anna Huber rief an. Frau Huber war verärgert. Hubers Auto steht da. Herr Moser auch."
    assert mask(text).masked == (
        "[PERSON_1] rief an. Frau [PERSON_1] war verärgert. [PERSON_1] Auto steht da. Herr [PERSON_2] auch."
    )


def test_names_of_the_case_are_hidden_without_a_cue() -> None:
    text = "Das war Wolf, sagt Wolfs Nachbar."
    assert (
        mask(text, people=["Peter Wolf"]).masked == "Das war [PERSON_1], sagt [PERSON_1] Nachbar."
    )


def test_what_looks_like_a_placeholder_is_not_reused() -> None:
    masked = mask("Er schrieb [PERSON_1] an Herrn Huber.")
    assert masked.masked == "Er schrieb [PERSON_1] an Herrn [PERSON_2]."
    assert unmask(masked.masked, masked).text == masked.original


def test_values_come_back_in_an_answer() -> None:
    masked = mask("Frau Huber (anna@huber.at) wartet. Hubers Auftrag ist offen.")
    answer = unmask("Liebe Frau [PERSON_1], wir schreiben an [EMAIL_1].", masked)
    assert answer.text == "Liebe Frau Huber, wir schreiben an anna@huber.at."
    assert answer.complete


@pytest.mark.parametrize(
    ("answer", "lost", "unknown"),
    [
        ("Sehr geehrte Frau!", ("[PERSON_1]",), ()),
        ("Frau [PERSON_1] und Herr [PERSON_2]", (), ("[PERSON_2]",)),
        ("Frau [PERSON 1]", ("[PERSON_1]",), ("[PERSON 1]",)),
        ("Frau PERSON_1", ("[PERSON_1]",), ("PERSON_1",)),
    ],
    ids=["lost", "invented", "changed", "without brackets"],
)
def test_a_lost_or_changed_placeholder_is_reported(
    answer: str, lost: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    back = unmask(answer, mask("Frau Huber wartet."))
    assert (back.lost, back.unknown) == (lost, unknown)
    assert not back.complete


@given(
    st.lists(
        st.sampled_from(
            [*CLEAN, "Herr Huber, geb. 3.5.1971, IBAN AT611904300234573201", "[PERSON_1] Ä😀"]
        ),
        max_size=4,
    )
)
def test_masking_can_always_be_undone(parts: list[str]) -> None:
    text = " ".join(parts)
    masked = mask(text)
    assert unmask(masked.masked, masked).text == text
    for span in masked.spans:
        assert 0 <= span.start < span.end <= len(text)
    assert [span["kind"] for span in to_json(masked)["spans"]] == [
        span.kind for span in masked.spans
    ]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "Herr Berger ist verärgert. Bergers Auto steht noch da, Berger wartet.",
            "Herr [PERSON_1] ist verärgert. [PERSON_1] Auto steht noch da, [PERSON_1] wartet.",
        ),
        (
            "Herr Koch droht. Der Koch der Kantine hat gekündigt. Koch schreibt wieder.",
            "Herr [PERSON_1] droht. Der Koch der Kantine hat gekündigt. [PERSON_1] schreibt wieder.",
        ),
        (
            "Herr Moser bleibt. Die Tischlerei Moser e.U. ist offen.",
            "Herr [PERSON_1] bleibt. Die Tischlerei Moser e.U. ist offen.",
        ),
        ("HERR MAYR RUFT AN", "HERR [PERSON_1] RUFT AN"),
        ("Max. 280 Zeichen", "Max. 280 Zeichen"),
    ],
    ids=["again and genitive", "everyday word", "firm of that name", "shouted", "abbreviation"],
)
def test_a_name_once_told_is_known_in_the_rest(text: str, masked: str) -> None:
    assert mask(text).masked == masked
