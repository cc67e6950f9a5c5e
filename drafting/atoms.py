"""The exact statements in a text: quotes, addresses, dates, times, amounts, numbers, references.

Each is found once, longest kind first, and brought to one value, so that „1,5 Mio.“ and
„1.500.000“, „9.12 Uhr“ and „09:12“, „zweiundvierzig“ and „42“ are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from drafting.mask import phone_numbers
from drafting.wordlists import word_list

QUOTE, URL, EMAIL, PHONE, DATE, WEEKDAY, TIME, ID, MONEY, PERCENT, NUMBER, VAGUE, DAY = (
    "quote",
    "url",
    "email",
    "phone",
    "date",
    "weekday",
    "time",
    "id",
    "money",
    "percent",
    "number",
    "vague",
    "day",
)

MIN_QUOTED_WORDS = 4
"""A shorter piece in quotation marks is a name or an expression, no statement of somebody."""


@dataclass(frozen=True)
class Day:
    """A date as far as it is given."""

    year: int | None
    month: int | None
    day: int | None

    def fits(self, other: Day) -> bool:
        """Whether both may be the same date: no part that both give differs."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(a is None or b is None or a == b for a, b in pairs) and (
            (self.month is not None and other.month is not None)
            or (self.year is not None and other.year is not None)
        )

    def as_date(self) -> date | None:
        """The calendar date, where it is complete and exists."""
        if self.year is None or self.month is None or self.day is None:
            return None
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None


@dataclass(frozen=True)
class Atom:
    """One exact statement. ``value`` is comparable within its ``kind``; ``unit`` is a currency."""

    kind: str
    value: str | Decimal | int | Day
    start: int
    end: int
    text: str
    unit: str = ""


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jänner januar jän jan january",
            "februar feber feb february",
            "märz mär march",
            "april apr",
            "mai may",
            "juni jun june",
            "juli jul july",
            "august aug",
            "september sept sep",
            "oktober okt october oct",
            "november nov",
            "dezember dez december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")(?!\w)\.?"
_LONG_MONTH = (
    "(?:" + "|".join(sorted((m for m in _MONTHS if len(m) > 3), key=len, reverse=True)) + r")(?!\w)"
)
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "montag monday",
            "dienstag tuesday",
            "mittwoch wednesday",
            "donnerstag thursday",
            "freitag friday",
            "samstag saturday sonnabend",
            "sonntag sunday",
        )
    )
    for name in names.split()
}
_RELATIVE_DAYS = {
    "heute": 0, "gestern": -1, "vorgestern": -2, "übermorgen": 2, "today": 0, "yesterday": -1, "tomorrow": 1,
}  # fmt: skip
_QUOTES = re.compile(r"„([^“”\"]+)[“”\"]|“([^”]+)”|»([^«]+)«|«([^»]+)»|\"([^\"]+)\"")
_EMAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[^\W\d_]{2,}")
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>„“”\"]+|(?<![\w@.-])(?:[a-z0-9äöü](?:[a-z0-9äöü-]*[a-z0-9äöü])?\.)+(?:at|de|com|org|net|eu|ch|shop|info|wien|tirol|online|io|app|example|gv|ac|co|biz|store)(?![\w-])(?:/[^\s<>„“”\"]*)?",
    re.IGNORECASE,
)
_NUM = r"\d{1,3}(?:[.\u00a0\u202f ']\d{3})+(?:,\d+)?(?!\d)|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:[.,]\d+)?"
_SCALE = r"(?:Tsd\.?|Tausend|tausend|thousand|Mio\.?|Millionen|Million|million|Mrd\.?|Milliarden|Milliarde|billion|bn|k(?!\w))"
_CURRENCY = r"(?:€|EUR|Euros?|US-Dollar|USD|\$|Dollar|dollars?|CHF|Franken|Cent|£|GBP)"
_AMOUNT = rf"(?P<n>{_NUM})(?:,[-–—]+)?(?:[ \u00a0]?(?P<s>{_SCALE}))?"
_MONEY = re.compile(
    rf"(?<![\w.,])(?P<c1>{_CURRENCY})[ \u00a0]?{_AMOUNT}(?!\w)|(?<![\w.,]){_AMOUNT.replace('P<n>', 'P<n2>').replace('P<s>', 'P<s2>')}[ \u00a0]?(?P<c2>{_CURRENCY})(?!\w)"
)
_PERCENT = re.compile(
    rf"(?<![\w.,])({_NUM})[ \u00a0]?(%|Prozentpunkte|Prozent|percent|per cent|pct)(?!\w)",
    re.IGNORECASE,
)
_NUMBER = re.compile(rf"(?<![\w.,/-])({_NUM})(?:[ \u00a0]?({_SCALE}))?(?![\w])")
_TIME_RANGE = re.compile(
    r"(?<![\d.,])(\d{1,2})(?:[.:](\d{2}))?(?: Uhr)?\s?(?:bis|und|–|-)\s?(\d{1,2})(?:[.:](\d{2}))? ?(?:Uhr|h\b)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?<![\d.,:])(?:(\d{1,2})[.:](\d{2})(?::\d{2})?(?: ?Uhr| ?h\b)|(\d{1,2}) ?(?:Uhr|h)(?: (\d{2})(?!\d|\.))?(?!\w)|([01]?\d|2[0-3]):([0-5]\d)(?!\d)(?! ?[ap]\.?m))",
    re.IGNORECASE,
)
_TIME_EN = re.compile(r"(?<![\d.,:])(\d{1,2})(?:[.:](\d{2}))? ?([ap])\.?m\b\.?", re.IGNORECASE)
_TIME_RANGE_EN = re.compile(
    r"(?<![\d.,:])(\d{1,2})(?:[.:](\d{2}))?\s?(?:to|until|and|–|-)\s?(\d{1,2})(?:[.:](\d{2}))? ?([ap])\.?m\b\.?",
    re.IGNORECASE,
)
_DATE_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_DATE_NUMERIC = re.compile(
    r"(?<![\d.,])(\d{1,2})\.[ \u00a0]?(\d{1,2})\.(?:[ \u00a0]?(\d{4}|\d{2})(?!\d|[.:]\d))?(?! ?Uhr|\d)"
)
_DATE_LONG = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:\.|st|nd|rd|th)?[ \u00a0]?(?:of )?({_MONTH})(?:,?[ \u00a0](\d{{4}})(?!\d))?",
    re.IGNORECASE,
)
_DATE_RANGE = re.compile(
    rf"(?<!\d)(\d{{1,2}})\.?\s?(?:und|bis(?: zum)?|–|-|/|and|to)\s?(\d{{1,2}})\.?[ \u00a0]({_MONTH})(?:,?[ \u00a0](\d{{4}})(?!\d))?",
    re.IGNORECASE,
)
_DATE_US = re.compile(
    rf"\b({_LONG_MONTH})[ \u00a0](\d{{1,2}})(?:st|nd|rd|th)?(?:,[ \u00a0]?(\d{{4}}))?(?!\d)",
    re.IGNORECASE,
)
_MONTH_ONLY = re.compile(rf"\b({_LONG_MONTH})(?:[ \u00a0](\d{{4}}))?(?!\w)", re.IGNORECASE)
_YEAR = re.compile(r"(?<![\w.,/-])((?:19|20)\d{2})(?![\w]|[.,]\d|[ \u00a0]?(?:€|EUR|Euro|Stück|%))")
_ID = re.compile(
    r"§§?\s?\d+[a-z]?(?:\s?Abs\.?\s?\d+)?|\bArt\.?\s?\d+\b|"
    r"(?<![\w/])(?=[\w/-]*\d)(?=[\w/-]*[A-Za-zÄÖÜ])[A-Za-z0-9ÄÖÜäöüß]+(?:[-/][A-Za-z0-9ÄÖÜäöüß]+)*(?![\w/-])|(?<![\w.,/-])\d+(?:[/-]\d+)+(?![\w/-])"
)
_NOT_AN_ID = re.compile(
    r"^(?:\d+(?:er|ers|fach|mal|-mal|st|nd|rd|th|h|g|kg|km|m|l|cm|mm|kW|GB|MB|TB|jährig\w*|-jährig\w*|-köpfig\w*|-stündig\w*|tägig\w*|-tägig\w*|-Stunden\w*|x)|24/7)$",
    re.IGNORECASE,
)
_LEADING_NUMBER = re.compile(
    r"^\d+(?=(?:-jährig|-köpfig|-stündig|-tägig|jährig|-mal|mal|fach|er|-Stunden|x|km|kg|h|m|l)\w*$)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

_PLAIN_MARKS = {ord("’"): "'", ord("‚"): "'", ord("‘"): "'", ord("–"): "-", ord("—"): "-"}
_ONES_DE = {
    "ein": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9,
}  # fmt: skip
_TEENS_DE = {
    "zehn": 10, "elf": 11, "zwölf": 12, "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15, "sechzehn": 16,
    "siebzehn": 17, "achtzehn": 18, "neunzehn": 19,
}  # fmt: skip
_TENS_DE = {
    "zwanzig": 20, "dreißig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60, "siebzig": 70, "achtzig": 80, "neunzig": 90,
}  # fmt: skip
_ONES_EN = word_list(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TENS_EN = word_list("twenty thirty forty fifty sixty seventy eighty ninety")


@cache
def _number_words(language: str) -> dict[str, int]:
    """Number words and their values; one (ein, one) is an article more often than a number."""
    if language == "en":
        table = {word: number for number, word in enumerate(_ONES_EN, start=2)}
        ones = dict(zip(_ONES_EN[:8], range(2, 10), strict=True)) | {"one": 1}
        for position, ten in enumerate(_TENS_EN, start=2):
            table[ten] = position * 10
            table |= {f"{ten}-{one}": position * 10 + value for one, value in ones.items()}
        return table | {"hundred": 100, "twice": 2, "dozen": 12, "half": 50}
    below = {**{k: v for k, v in _ONES_DE.items() if v > 1}, **_TEENS_DE, **_TENS_DE}
    for ten, tens in _TENS_DE.items():
        below |= {f"{one}und{ten}": tens + value for one, value in _ONES_DE.items()}
    table = dict(below)
    for one, value in [("", 1), *_ONES_DE.items()]:
        table[f"{one}hundert"] = value * 100
        table |= {f"{one}hundert{rest}": value * 100 + number for rest, number in below.items()}
    for one, value in [("", 1), *_ONES_DE.items(), *below.items()]:
        table[f"{one}tausend"] = value * 1000
    table |= {f"{word}mal": value for word, value in below.items()}
    return table | {"dutzend": 12, "eineinhalb": 15, "anderthalb": 15, "doppelt": 2}


def _decimal(text: str, language: str) -> Decimal | None:
    """The value of a written number; thousands and decimals as the language writes them."""
    plain = re.sub(r"[\s\u00a0\u202f']", "", text)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", plain) and language == "de":
        plain = plain.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain) and (
        language == "en" or plain.count(",") > 1
    ):
        plain = plain.replace(",", "")
    elif plain.count(".") > 1:
        plain = plain.replace(".", "")
    else:
        plain = plain.replace(",", ".")
    try:
        return Decimal(plain).normalize()
    except InvalidOperation:
        return None


def _scaled(value: Decimal, scale: str | None) -> Decimal:
    if not scale:
        return value
    lower = scale.lower()
    if lower.startswith(("tsd", "tausend", "thousand", "k")):
        return (value * 1000).normalize()
    if lower.startswith(("mio", "million")):
        return (value * 1_000_000).normalize()
    return (value * 1_000_000_000).normalize()


def _currency(sign: str) -> str:
    lower = sign.lower()
    if lower in ("$", "usd") or "dollar" in lower:
        return "USD"
    if lower in ("chf", "franken"):
        return "CHF"
    if lower in ("£", "gbp"):
        return "GBP"
    return "EUR"


def _month(name: str) -> int:
    return _MONTHS[name.lower().rstrip(".")]


def _year(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)


class _Reader:
    """Takes atoms out of one text, longest kind first."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.language = language
        self.rest = text
        self.atoms: list[Atom] = []

    def _take(
        self, kind: str, value: str | Decimal | int | Day, start: int, end: int, unit: str = ""
    ) -> None:
        self.atoms.append(Atom(kind, value, start, end, self.text[start:end], unit))
        self._hide(start, end)

    def _hide(self, start: int, end: int) -> None:
        self.rest = self.rest[:start] + "\x00" * (end - start) + self.rest[end:]

    def _found(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        yield from list(pattern.finditer(self.rest))

    def _quotes(self) -> None:
        for match in self._found(_QUOTES):
            inner = next(group for group in match.groups() if group is not None)
            if len(inner.split()) >= MIN_QUOTED_WORDS:
                self._take(QUOTE, normal_quote(inner), *match.span())

    def _addresses(self) -> None:
        for match in self._found(_EMAIL):
            self._take(EMAIL, match[0].lower().rstrip("."), *match.span())
        for match in self._found(_URL):
            plain = match[0].rstrip(".,;:!?)")
            value = re.sub(r"^(?:https?://)?(?:www\.)?", "", plain.lower()).rstrip("/")
            self._take(URL, value, match.start(), match.start() + len(plain))
        for start, end in list(phone_numbers(self.rest)):
            digits = re.sub(r"\D", "", self.rest[start:end].replace("(0)", ""))
            self._take(PHONE, re.sub(r"^(?:0043|43|0)", "", digits), start, end)

    def _dates(self) -> None:
        for match in self._found(_DATE_ISO):
            self._take(DATE, Day(int(match[1]), int(match[2]), int(match[3])), *match.span())
        for match in self._found(_DATE_RANGE):
            month, year = _month(match[3]), _year(match[4])
            self._take(DATE, Day(year, month, int(match[1])), match.start(1), match.end(1) + 1)
            self._take(DATE, Day(year, month, int(match[2])), match.start(2), match.end())
        for match in self._found(_DATE_LONG):
            self._take(DATE, Day(_year(match[3]), _month(match[2]), int(match[1])), *match.span())
        for match in self._found(_DATE_US):
            self._take(DATE, Day(_year(match[3]), _month(match[1]), int(match[2])), *match.span())
        for match in self._found(_DATE_NUMERIC):
            day, month = int(match[1]), int(match[2])
            if 1 <= day <= 31 and 1 <= month <= 12:
                self._take(DATE, Day(_year(match[3]), month, day), *match.span())
        for match in self._found(_MONTH_ONLY):
            if match[1][0].isupper() and not (match[1] == "May" and match.start() == 0):
                self._take(DATE, Day(_year(match[2]), _month(match[1]), None), *match.span())
        for match in self._found(_YEAR):
            self._take(DATE, Day(int(match[1]), None, None), *match.span())

    def _clock(self) -> None:
        def minutes(hour: str, minute: str | None) -> int:
            return int(hour) * 60 + int(minute or 0)

        def minutes_en(hour: str, minute: str | None, half: str) -> int:
            return (int(hour) % 12 + (12 if half.lower() == "p" else 0)) * 60 + int(minute or 0)

        for match in self._found(_TIME_RANGE):
            self._take(
                TIME,
                minutes(match[1], match[2]),
                match.start(1),
                match.end(2) if match[2] else match.end(1),
            )
            self._take(TIME, minutes(match[3], match[4]), match.start(3), match.end())
        for match in self._found(_TIME_RANGE_EN):
            end = match.end(2) if match[2] else match.end(1)
            self._take(TIME, minutes_en(match[1], match[2], match[5]), match.start(1), end)
            self._take(TIME, minutes_en(match[3], match[4], match[5]), match.start(3), match.end())
        for match in self._found(_TIME_EN):
            self._take(TIME, minutes_en(match[1], match[2], match[3]), *match.span())
        for match in self._found(_TIME):
            hour = match[1] or match[3] or match[5]
            minute = match[2] or match[4] or match[6]
            if int(hour) <= 24:
                self._take(TIME, minutes(hour, minute), *match.span())

    def _amounts(self) -> None:
        for match in self._found(_MONEY):
            number, scale = match["n"] or match["n2"], match["s"] or match["s2"]
            sign = match["c1"] or match["c2"]
            value = _decimal(number, self.language)
            if value is not None:
                if sign.lower() == "cent":
                    value = (value / 100).normalize()
                self._take(MONEY, _scaled(value, scale), *match.span(), unit=_currency(sign))
        for match in self._found(_PERCENT):
            value = _decimal(match[1], self.language)
            if value is not None:
                unit = "points" if match[2].lower() == "prozentpunkte" else ""
                self._take(PERCENT, value, *match.span(), unit=unit)

    def _references(self) -> None:
        for match in self._found(_ID):
            if "\x00" in match[0]:
                continue
            number = _LEADING_NUMBER.match(match[0])
            if number:
                start = match.start()
                self._take(NUMBER, Decimal(number[0]), start, start + len(number[0]))
            elif match[0] == "24/7":
                self._hide(*match.span())
            elif not _NOT_AN_ID.match(match[0]):
                self._take(ID, re.sub(r"\s", "", match[0]).upper(), *match.span())

    def _numbers(self) -> None:
        for match in self._found(_NUMBER):
            if (
                match.start() in (0, self.rest.rfind("\n", 0, match.start()) + 1)
                and self.rest[match.end() :][:2] == ". "
            ):
                continue
            value = _decimal(match[1], self.language)
            if value is not None:
                self._take(NUMBER, _scaled(value, match[2]), *match.span())

    def _words(self) -> None:
        table = _number_words(self.language)
        for match in self._found(_WORD):
            lower = match[0].lower()
            if lower in _WEEKDAYS:
                self._take(WEEKDAY, _WEEKDAYS[lower], *match.span())
            elif lower in _RELATIVE_DAYS:
                self._take(DAY, _RELATIVE_DAYS[lower], *match.span())
            elif lower in table and not (match[0] == "Acht" and match.start() > 0):
                value = Decimal(table[lower])
                if lower in ("eineinhalb", "anderthalb"):
                    value = Decimal("1.5")
                self._take(NUMBER, value.normalize(), *match.span())

    def read(self) -> list[Atom]:
        self._quotes()
        self._addresses()
        self._dates()
        self._clock()
        self._amounts()
        self._references()
        self._numbers()
        self._words()
        return sorted(self.atoms, key=lambda atom: atom.start)


def normal_quote(words: str) -> str:
    """The words of a quote without what typography may change: blanks, end punctuation, marks."""
    plain = re.sub(r"[\s\u00a0]+", " ", words).strip(" .,!?…")
    return plain.translate(_PLAIN_MARKS).casefold()


def read_atoms(text: str, language: str) -> list[Atom]:
    """The exact statements of ``text`` in order, without overlaps."""
    return _Reader(text, language).read()
