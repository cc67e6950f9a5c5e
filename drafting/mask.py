"""Personal data out of a text before it leaves the house, and back in afterwards.

Rules, no model: checksums where a number has one (IBAN, social insurance, cards), the telephone
library, the shapes of addresses and number plates, cues and name lists for people. Each value
gets a stable placeholder such as ``[PERSON_1]``; the same value gets the same one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import phonenumbers
from stdnum import iban, luhn
from stdnum.at import vnr

from data import reference
from drafting import gazetteer
from drafting.persons import find_persons
from drafting.wordlists import word_set

KINDS = (
    "person",
    "email",
    "phone",
    "iban",
    "svnr",
    "uid",
    "plate",
    "address",
    "card",
    "url_token",
    "birth_date",
)


@dataclass(frozen=True)
class Span:
    """One piece of personal data: code point offsets into the original text."""

    start: int
    end: int
    kind: str
    placeholder: str


@dataclass(frozen=True)
class Masked:
    """A text with placeholders, and what each of them stands for."""

    original: str
    masked: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Unmasked:
    """A text with the original values put back in.

    ``lost``: placeholders that were sent and did not come back. ``unknown``: placeholders in
    the answer that were never sent. The text may only be used where both are empty.
    """

    text: str
    lost: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every placeholder came back, and no other."""
        return not self.lost and not self.unknown


_Found = tuple[int, int]

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+%'-]+@(?:[\w-]+\.)+[^\W\d_]{2,}", re.UNICODE)
_AUTHORITY_MAIL = re.compile(r"@(?:[\w-]+\.)*gv\.at$", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"„“”]+", re.IGNORECASE)
_TELLING_KEYS = (
    "token|access_token|auth|auth_token|key|apikey|api_key|sig|signature|session|sessionid|sid|"
    "code|otp|pwd|password|passwort|secret|reset|invite|jwt|ticket|hash"
)
_URL_SECRET = re.compile(rf"[?&#;](?:{_TELLING_KEYS})=([^&#\s<>\"„“”]{{4,}})", re.IGNORECASE)
_URL_PARAMETER = re.compile(r"[?&#;][\w-]+=([\w%.~+-]{12,})")
_URL_SEGMENT = re.compile(r"/([\w%.~-]{16,})(?=[/?#]|$)")

_IBAN = re.compile(
    r"(?<![0-9A-Za-z])[A-Za-z]{2}[ \u00a0]?\d{2}(?:[ \u00a0\u202f-]?[0-9A-Za-z]){11,30}"
)
_IBAN_LENGTHS = {
    "AT": 20, "DE": 22, "CH": 21, "LI": 21, "IT": 27, "FR": 27, "HU": 28, "CZ": 24, "SK": 24,
    "SI": 19, "HR": 21, "PL": 28, "RO": 24, "BG": 22, "RS": 22, "BA": 20, "TR": 26, "LT": 20,
    "LV": 21, "EE": 20, "GB": 22, "IE": 22, "NL": 18, "BE": 16, "ES": 24, "LU": 20, "PT": 25,
    "DK": 18, "SE": 24, "NO": 15, "FI": 18, "GR": 27, "CY": 28, "MT": 31, "ME": 22, "MK": 19,
    "AL": 28, "XK": 20, "UA": 29, "MC": 27, "SM": 27, "VA": 22, "AD": 24, "IS": 26,
}  # fmt: skip
_IBAN_CUE = re.compile(r"IBAN[^\w]{0,4}(?:lautet|ist|:)?\s*$", re.IGNORECASE)

_CARD = re.compile(r"(?<![\w.,/-])[2-6]\d{3}(?:[ \u00a0-]?\d){9,15}(?![\w])")
_SVNR = re.compile(r"(?<![\w.,/+-])[1-9]\d{3}[ \u00a0/.-]?\d{2}[ .]?\d{2}[ .]?\d{2}(?![\w]|[,.]\d)")
_UID = re.compile(
    r"(?<!\w)(?:ATU[ \u00a0]?\d{4}[ \u00a0]?\d{4}|(?:DE[ \u00a0]?\d{9}))(?!\w)", re.IGNORECASE
)
_UID_CUE = re.compile(r"(?:UID|USt|VAT|Umsatzsteuer)[\w.\s:-]{0,24}$", re.IGNORECASE)

_PHONE = re.compile(
    r"(?<![\w+])(?<!\d[.,/-])(?:\(\+?\d[\d \u00a0]{1,6}\)|\+|0)(?:[ \u00a0./()–-]{0,3}\d)+(?!\w)"
)
_DATE_SHAPE = re.compile(r"^\d{1,2}\.\s?\d{1,2}\.(?:\s?\d{2,4})?(?:\D|$)|^\d{4}-\d{2}-\d{2}")
_AMOUNT_SHAPE = re.compile(r"^0[.,]\d{1,4}$")

_PLATE_AT = re.compile(
    r"(?<![\w-])([A-ZÖ]{1,2})(-| - |[ \u00a0])(\d{1,5}[ \u00a0]?[A-Z]{1,3}|[A-Z]{2,6}[ \u00a0]?\d{1,3})(?![\w-])"
)
_PLATE_DE = re.compile(r"(?<![\w-])([A-ZÄÖÜ]{1,3})-([A-Z]{1,2})[ \u00a0-]?(\d{1,4})[HE]?(?![\w-])")
_PLATE_CUE = re.compile(
    r"(?:Kennzeichen|Kfz|KFZ|Auto|Wagen|Pkw|PKW|Lkw|LKW|Fahrzeug|Nummerntafel|plate|car)\W{0,3}(?:\w+\W{1,3}){0,2}$"
)
_NOT_A_PLATE = word_set("DIN ISO EN IT VF KP NA EX CV WK USB IP TV PC OTS EU UK US")

_MONTHS = (
    "Jänner|Januar|Jän|Jan|Februar|Feber|Feb|März|Mär|April|Apr|Mai|Juni|Juli|August|Aug|"
    "September|Sept|Oktober|Okt|November|Nov|Dezember|Dez|"
    "January|February|March|May|June|July|October|December"
)
_BIRTH = re.compile(
    r"(?:\bgeb\b\.?|\bgeboren(?:e[rnms]?)?\b|\bGeb\.?\s?-?\s?Dat(?:um|\.)|\bGeburtsdatum\b|\bGeburtstag\b|\bborn\b|"
    r"\bdate of birth\b|\bDOB\b|(?<!\w)\*)"
    r"(?:\s+(?:ist|lautet|war|is|was))?[\s:,(]*(?:in\s+[A-ZÄÖÜ][\w. -]{2,25}?\s+)?(?:am|on|den|the)?\s*"
    r"(?:der\s|dem\s)?"
    rf"(\d{{1,2}}\.\s?\d{{1,2}}\.\s?(?:\d{{4}}|\d{{2}})|\d{{1,2}}\.?\s(?:{_MONTHS})\.?,?\s\d{{4}}|"
    rf"(?:{_MONTHS})\s\d{{1,2}},?\s\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[/-]\d{{1,2}}[/-]\d{{4}})",
    re.IGNORECASE,
)

_HOUSE = (
    r"\d{1,4}\s?[a-zA-Z]?(?![\w])(?:\s?[-–]\s?\d{1,4}[a-z]?(?!\w))?(?:\s?/\s?(?:Stiege|Stg\.?|Top|Tür|Haus|Obj\.?)?\s?\d{1,4}[a-z]?(?!\w)){0,3}"
    r"(?:,?\s?(?:Stiege|Stg\.?|Top|Tür|Haus|Objekt|Stock)\s?\d{1,4}[a-z]?(?!\w)){0,3}"
)
_NAME_PART = r"[A-ZÄÖÜ][\wäöüß.'’-]*"
_PLACE = (
    r"(?:(?:Bad|Sankt|St\.|Maria|Wiener|Deutsch|Klein|Groß|Markt|Neu|Alt|Ober|Unter|Hohe|Heiligen|Burg|Hall|Schloss)\s)?"
    r"[A-ZÄÖÜ][\wäöüß-]+(?:/[A-ZÄÖÜ][\w.]+)?"
    r"(?:\s(?:am|an der|im|in der|in|ob der|bei|unter|auf der|vor der|vorm|a\.\s?d\.|an dem|am Fuße der)"
    r"\s(?:(?:[A-ZÄÖÜ][\w]+en|[A-ZÄÖÜ][\w]+er)\s)?[A-ZÄÖÜ][\wäöüß-]+)?"
)
_POSTCODE = r"(?:(?:A|AT|D|DE|CH)\s?[-–]\s?)?\d{4,5}"
_STRONG_STREET = (
    r"(?:straße|strasse|str\.|gasse|g\.|platz|weg|allee|zeile|promenade|gürtel|lände|chaussee|pfad|steig|"
    r"Straße|Strasse|Str\.|Gasse|Platz|Weg|Allee|Zeile|Promenade|Gürtel|Lände|Ring|Kai|Steig|ring|kai|street|Street|Road|Avenue)"
)
_STREET_NAME = (
    rf"(?:(?:{_NAME_PART}\s){{0,3}}?(?:[A-ZÄÖÜ][\wäöüß.'’-]*{_STRONG_STREET}|{_NAME_PART}\s{_STRONG_STREET})"
    r"|(?:Am|An der|An den|Im|In der|Auf der|Unter den|Unterm|Hinter der|Zum|Zur|Beim)\s"
    rf"(?:{_NAME_PART})(?:\s{_NAME_PART})?)"
)
_ADDRESS_FULL = re.compile(
    rf"(?<![\w-])(?:{_STREET_NAME}|(?:{_NAME_PART}\s){{0,2}}{_NAME_PART})\s{{1,2}}{_HOUSE}"
    rf"\s*(?:,|\n|\s[–-]\s|/|;|\sin)?\s*{_POSTCODE}\s{_PLACE}"
)
_ADDRESS_STREET = re.compile(
    rf"(?<![\w-])(?:{_NAME_PART}\s){{0,2}}?(?:[A-ZÄÖÜ][\wäöüß.'’-]*{_STRONG_STREET}|{_NAME_PART}\s{_STRONG_STREET})"
    rf"\s{{1,2}}{_HOUSE}"
)
_NOT_BEHIND_A_HOUSE = re.compile(
    r"^\s?(?:Uhr|Stunden?|Minuten|Tage|Personen|Prozent|%|Euro|€|Unfälle|Fahrzeuge|km|Meter|m\b|[.,]\d)|^\s[A-ZÄÖÜ][a-zäöüß]{2,}(?:en|e|er)\b"
)
_BEFORE_A_STREET = word_set(
    "Der Die Das Den Dem In Im An Am Auf Aus Bei Mit Von Vom Zu Zur Zum Er Sie Es Wir Ich Ihre Ihr Unsere Unser Adresse Anschrift Wohnhaft Wohnort Wohnadresse "
    "Kunde Kundin Herr Frau Familie Firma Lieferung Lieferadresse Zustellung Standort Haus Wohnung Bitte Nach Sitz Büro Filiale Werkstatt The Meine Seine Treffpunkt "
    "Postanschrift Rechnungsadresse Patient Patientin Zeuge Zeugin Kontakt Dort Hier Wohnt Meldeadresse Hauptwohnsitz"
)
_PLACEHOLDER = re.compile(r"\[(" + "|".join(kind.upper() for kind in KINDS) + r")_(\d+)\]")


def _emails(text: str) -> Iterator[_Found]:
    for match in _EMAIL.finditer(text):
        if not _AUTHORITY_MAIL.search(match[0]):
            yield match.span()


def _looks_random(value: str) -> bool:
    """Whether ``value`` is a made-up sign string and no readable words."""
    digits = sum(sign.isdigit() for sign in value)
    letters = sum(sign.isalpha() for sign in value)
    if digits < 2 or (letters < 2 and digits < 16):
        return False
    if re.search(r"[a-z][A-Z]", value) and re.search(r"[A-Za-z]\d[A-Za-z]", value):
        return True
    longest_word = max((len(word) for word in re.findall(r"[a-zäöü]+", value)), default=0)
    words = [word for word in re.split(r"[-_.]", value) if word]
    readable = sum(1 for word in words if word.isalpha() and len(word) > 2)
    return readable < 2 and longest_word < 10


def _url_tokens(text: str) -> Iterator[_Found]:
    for url in _URL.finditer(text):
        address = url[0].rstrip(".,;:!?)]}'")
        seen: set[_Found] = set()
        for pattern, sure in ((_URL_SECRET, True), (_URL_PARAMETER, False), (_URL_SEGMENT, False)):
            for match in pattern.finditer(address):
                span = (url.start() + match.start(1), url.start() + match.end(1))
                if span not in seen and (sure or _looks_random(match[1])):
                    seen.add(span)
                    yield span


def _prefix_end(text: str, start: int, end: int, signs: int) -> int:
    """Where the first ``signs`` letters and digits of ``text[start:end]`` end, else 0."""
    seen = 0
    for index in range(start, end):
        seen += text[index].isalnum()
        if seen == signs:
            behind = text[index + 1 : index + 2]
            return 0 if behind.isalnum() else index + 1
    return 0


def _ibans(text: str) -> Iterator[_Found]:
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2].upper())
        if length is None:
            continue
        end = _prefix_end(text, match.start(), match.end(), length)
        if not end:
            continue
        compact = "".join(sign for sign in text[match.start() : end] if sign.isalnum()).upper()
        named = _IBAN_CUE.search(text[: match.start()][-14:]) is not None
        if named or iban.is_valid(compact, check_country=False):
            yield match.start(), end


def _cards(text: str) -> Iterator[_Found]:
    for match in _CARD.finditer(text):
        digits = "".join(sign for sign in match[0] if sign.isdigit())
        if 13 <= len(digits) <= 19 and luhn.is_valid(digits) and len(set(digits)) > 1:
            yield match.span()


def _social_numbers(text: str) -> Iterator[_Found]:
    for match in _SVNR.finditer(text):
        if vnr.is_valid("".join(sign for sign in match[0] if sign.isdigit())):
            yield match.span()


def _tax_ids(text: str) -> Iterator[_Found]:
    for match in _UID.finditer(text):
        if match[0][:3].upper() == "ATU" or _UID_CUE.search(text[: match.start()][-40:]):
            yield match.span()


@cache
def _public_prefixes() -> tuple[str, ...]:
    return tuple(reference.load("names")["public_lines"]["prefixes"])


@cache
def _public_cue() -> re.Pattern[str]:
    words = reference.load("names")["public_lines"]["words"].split()
    bodies = [
        word for row in gazetteer.authorities().values() for word in row if word[:1].isupper()
    ]
    joined = "|".join(re.escape(word) for word in [*words, *bodies])
    return re.compile(
        rf"(?<!\w)(?:{joined})\w{{0,3}}[^\w\n]{{0,4}}(?:\w+[ :,]{{1,2}}){{0,3}}[^\w\n]{{0,4}}$"
    )


def _is_public_line(text: str, start: int, number: str) -> bool:
    """Whether a number is a service line or belongs to an authority."""
    plain = re.sub(r"[^\d+]", "", number.replace("(0)", ""))
    if plain.startswith(_public_prefixes()):
        return True
    return _public_cue().search(text[max(0, start - 60) : start]) is not None


def phone_numbers(text: str) -> Iterator[_Found]:
    """Telephone numbers that begin with + or 0; dates, amounts and references are none."""
    for match in _PHONE.finditer(text):
        found = match[0]
        digits = sum(sign.isdigit() for sign in found)
        if not 7 <= digits <= 17 or _DATE_SHAPE.match(found) or _AMOUNT_SHAPE.match(found):
            continue
        if re.fullmatch(r"0\d?[.:]\d{2}(?:\s?[–-]\s?\d{1,2}[.:]\d{2})?", found):
            continue
        plain = found.replace("(0)", "")
        try:
            number = phonenumbers.parse(plain, "AT")
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            yield match.span()


def _private_phones(text: str) -> Iterator[_Found]:
    for start, end in phone_numbers(text):
        if not _is_public_line(text, start, text[start:end]):
            yield start, end


def _plates(text: str) -> Iterator[_Found]:
    districts = gazetteer.names().plates
    for match in _PLATE_AT.finditer(text):
        code, joint, rest = match[1], match[2], match[3]
        cue = _PLATE_CUE.search(text[: match.start()][-40:]) is not None
        if code not in districts or code in _NOT_A_PLATE:
            continue
        digits = sum(sign.isdigit() for sign in rest)
        plain = rest[0].isdigit() and digits >= (2 if joint.strip() else 3)
        wish = rest[0].isalpha() and bool(joint.strip()) and len(rest) >= 4
        if plain or wish or cue:
            yield match.span()
    for match in _PLATE_DE.finditer(text):
        if match[1] not in _NOT_A_PLATE:
            yield match.span()


def _birth_dates(text: str) -> Iterator[_Found]:
    for match in _BIRTH.finditer(text):
        yield match.span(1)


def _trim_before_street(text: str, start: int, end: int) -> int:
    """Moves ``start`` behind words that only happen to stand before the street's name."""
    while True:
        word = re.match(r"([\w.]+)[\s:,]+(?=[A-ZÄÖÜ])", text[start:end])
        if word is None or word[1] not in _BEFORE_A_STREET:
            return start
        if word[1] in ("Am", "Im", "An", "Auf", "In", "Zum", "Zur") and not re.search(
            _STRONG_STREET, text[start + word.end() : end]
        ):
            return start
        start += word.end()


def _belongs_to_authority(text: str, start: int) -> bool:
    before = _EMAIL.sub("", text[max(0, start - 90) : start])
    return _public_cue().search(before) is not None


def _addresses(text: str) -> Iterator[_Found]:
    ends: list[_Found] = []
    for match in _ADDRESS_FULL.finditer(text):
        start = _trim_before_street(text, match.start(), match.end())
        ends.append((start, match.end()))
    for match in _ADDRESS_STREET.finditer(text):
        if any(
            start <= match.start() < end or match.start() <= start < match.end()
            for start, end in ends
        ):
            continue
        if _NOT_BEHIND_A_HOUSE.match(text[match.end() : match.end() + 24]):
            continue
        ends.append((_trim_before_street(text, match.start(), match.end()), match.end()))
    for start, end in sorted(ends):
        if not _belongs_to_authority(text, start):
            yield start, end


_FINDERS = (
    ("url_token", _url_tokens),
    ("email", _emails),
    ("iban", _ibans),
    ("card", _cards),
    ("uid", _tax_ids),
    ("birth_date", _birth_dates),
    ("svnr", _social_numbers),
    ("phone", _private_phones),
    ("plate", _plates),
    ("address", _addresses),
)


def find(text: str, people: Iterable[str] = ()) -> list[tuple[int, int, str]]:
    """Personal data in ``text`` as (start, end, kind), in order, without overlaps.

    ``people``: names from the case file that are hidden wherever they stand.
    """
    taken: list[tuple[int, int, str]] = []

    def free(start: int, end: int) -> bool:
        return all(end <= other[0] or start >= other[1] for other in taken)

    links = [match.span() for match in _URL.finditer(text)]
    for kind, finder in _FINDERS:
        for start, end in finder(text):
            inside_link = any(a <= start < b for a, b in links)
            if free(start, end) and (kind == "url_token" or not inside_link):
                taken.append((start, end, kind))
    for start, end in find_persons(text, people):
        if free(start, end) and not any(a <= start < b for a, b in links):
            taken.append((start, end, "person"))
    return sorted(taken)


def _same_value(kind: str, value: str) -> str:
    """What makes two values the same: signs only for numbers, the plain name for people."""
    if kind == "person":
        plain = " ".join(value.replace("’", "'").split())
        if len(plain) > 4 and plain.endswith("s") and not plain.endswith("ss"):
            base = plain[:-1]
            last = base.rsplit(" ", 1)[-1]
            if gazetteer.is_surname(last) or last in gazetteer.names().ambiguous_surnames:
                return base
            if last in gazetteer.names().given:
                return base
        return plain
    if kind in ("email", "url_token"):
        return value if kind == "url_token" else value.lower()
    if kind == "address":
        return " ".join(value.split())
    return "".join(sign for sign in value if sign.isalnum() or sign == "+").upper()


def _identities(text: str, found: Sequence[tuple[int, int, str]]) -> list[str]:
    """The identity of each find; a surname alone is the one person who bears it here."""
    keys = [_same_value(kind, text[start:end]) for start, end, kind in found]
    full = {
        key
        for key, (_, _, kind) in zip(keys, found, strict=True)
        if kind == "person" and " " in key
    }
    result = []
    for key, (_, _, kind) in zip(keys, found, strict=True):
        if kind == "person" and " " not in key:
            stem = key[:-1] if key.endswith("s") else key
            bearers = {name for name in full if name.rsplit(" ", 1)[-1] in (key, stem)}
            if len(bearers) == 1:
                result.append(next(iter(bearers)))
                continue
            plain = {other for other in keys if other == stem}
            if plain and stem != key:
                result.append(stem)
                continue
        result.append(key)
    return result


def mask(text: str, people: Iterable[str] = ()) -> Masked:
    """``text`` with a placeholder for each piece of personal data.

    Placeholders are numbered by kind in the order of the text; numbers that already stand in
    the text are skipped, so that nothing in it can pose as a placeholder.
    """
    found = find(text, people)
    reserved = {match[0] for match in _PLACEHOLDER.finditer(text)}
    counters: dict[str, int] = {}
    given: dict[tuple[str, str], str] = {}
    spans: list[Span] = []
    for (start, end, kind), key in zip(found, _identities(text, found), strict=True):
        placeholder = given.get((kind, key))
        while placeholder is None:
            counters[kind] = counters.get(kind, 0) + 1
            candidate = f"[{kind.upper()}_{counters[kind]}]"
            if candidate not in reserved:
                placeholder = candidate
        given[kind, key] = placeholder
        spans.append(Span(start, end, kind, placeholder))
    parts: list[str] = []
    position = 0
    for span in spans:
        parts += [text[position : span.start], span.placeholder]
        position = span.end
    parts.append(text[position:])
    return Masked(text, "".join(parts), tuple(spans))


def unmask(text: str, masked: Masked) -> Unmasked:
    """Puts the values back into ``text``, which came from ``masked.masked``.

    The n-th occurrence of a placeholder gets the form that stood n-th in the original
    („Huber“, „Hubers“), a further one the first form.
    """
    forms: dict[str, list[str]] = {}
    for span in masked.spans:
        forms.setdefault(span.placeholder, []).append(masked.original[span.start : span.end])
    used: dict[str, int] = {}
    own = {match[0] for match in _PLACEHOLDER.finditer(masked.original)}
    unknown: list[str] = []

    def value(match: re.Match[str]) -> str:
        name = match[0]
        if name not in forms:
            if name not in own:
                unknown.append(name)
            return name
        index = used.get(name, 0)
        used[name] = index + 1
        return forms[name][index] if index < len(forms[name]) else forms[name][0]

    restored = _PLACEHOLDER.sub(value, text)
    damaged = re.findall(
        r"\[?\b(?:" + "|".join(kind.upper() for kind in KINDS) + r")[_ -]?\d+\b\]?", restored
    )
    unknown += [sign for sign in damaged if sign not in own and sign not in unknown]
    lost = tuple(name for name in forms if name not in used)
    return Unmasked(restored, lost, tuple(unknown))


def to_json(masked: Masked) -> dict[str, Any]:
    """The output of the command ``mask``."""
    return {
        "masked": masked.masked,
        "spans": [
            {
                "start": span.start,
                "end": span.end,
                "kind": span.kind,
                "placeholder": span.placeholder,
            }
            for span in masked.spans
        ],
    }
