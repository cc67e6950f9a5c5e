"""What follows from a contract's terms: insurance years, deadlines, whom to call.

The four source texts are four contracts. Each policy stands alone with its own parameters;
what a product's template says comes from ``data/reference/products.toml``, and nothing of
one contract is ever read into another.

Days are Viennese calendar days. An insurance year runs from its first to its last day, both
counted in; a contract ends with the end of its last day.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from data import reference
from data.i18n import _
from data.times import local

YearKind = Literal["calendar_year", "policy_year"]
# EX-00b: where a contract of the source text prints its emergency number.
NUMBER_PLACES = ("conditions", "policy", "claim_form")
CLAUSE_VARIANTS = ("V1", "V2", "V3", "V4")

_ONE_DAY = timedelta(days=1)
_MONTHS_OF_A_YEAR = 12
_WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
_OFFICE_HOURS = re.compile(
    r"(?P<first>Mo|Di|Mi|Do|Fr|Sa|So)(?:\s*[-–]\s*(?P<last>Mo|Di|Mi|Do|Fr|Sa|So))?\s+"
    r"(?P<opens>\d{1,2}:\d{2})\s*(?:Uhr)?\s*[-–]\s*(?P<closes>\d{1,2}:\d{2})(?:\s*Uhr)?"
)


@dataclass(frozen=True)
class Terms:
    """What a contract says about its time; None and "" are unknown.

    ``main_expiry`` (Hauptfälligkeit) is "MM-DD", the day on which a new insurance year
    begins where it is not the day of the beginning. ``minimum_months`` is the least
    duration (EX-11), ``notice_months`` the notice to the end of the year (EX-09),
    ``ends_on`` the last day of a contract that was terminated.
    """

    begins_on: date | None = None
    main_expiry: str = ""
    ends_on: date | None = None
    renews: str = "unknown"
    notice_months: int | None = None
    minimum_months: int | None = None


@dataclass(frozen=True)
class ContractDates:
    """The dates of a contract as of one day. None is unknown or not to come any more.

    ``period`` holds the day; ``notice_by`` is the last day on which a notice must have
    arrived to end the contract with ``notice_ends``; ``first_end`` is the earliest regular
    last day (EX-11).
    """

    period: tuple[date, date] | None
    next_period_on: date | None
    notice_by: date | None
    notice_ends: date | None
    first_end: date | None


def add_months(day: date, months: int) -> date:
    """``day`` moved by whole months; a day the month does not have becomes its last day."""
    index = day.year * _MONTHS_OF_A_YEAR + day.month - 1 + months
    year, month = divmod(index, _MONTHS_OF_A_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _anniversary(year: int, month: int, day: int) -> date:
    """The day a year begins; a year that began on 29 February is over after 28 February."""
    if (month, day) == (2, 29) and not calendar.isleap(year):
        return date(year, 3, 1)
    return date(year, month, day)


def _expiry(terms: Terms) -> tuple[int, int] | None:
    if terms.main_expiry:
        month, day = terms.main_expiry.split("-")
        return int(month), int(day)
    if terms.begins_on is not None:
        return terms.begins_on.month, terms.begins_on.day
    return None


def insurance_year(terms: Terms, day: date) -> tuple[date, date] | None:
    """First and last day of the insurance year that holds ``day``.

    With a main expiry of its own the first year is the rest up to it. None where the
    beginning is unknown, ``day`` lies before it, or the contract has ended. A contract that
    ends inside a year ends that year with it.
    """
    begins, expiry = terms.begins_on, _expiry(terms)
    if begins is None or expiry is None or day < begins:
        return None
    if terms.ends_on is not None and day > terms.ends_on:
        return None
    starts = _anniversary(day.year, *expiry)
    if starts > day:
        starts = _anniversary(day.year - 1, *expiry)
        following = _anniversary(day.year, *expiry)
    else:
        following = _anniversary(day.year + 1, *expiry)
    last = following - _ONE_DAY
    if terms.ends_on is not None:
        last = min(last, terms.ends_on)
    return max(starts, begins), last


def period_of(
    begins_on: date | None, day: date, kind: YearKind, *, main_expiry: str = ""
) -> tuple[date, date] | None:
    """First and last day of the year holding ``day``, by the calendar or by the policy (U-04).

    None where policy years are asked for and the beginning is unknown or still to come.
    ``main_expiry`` ("MM-DD") is the day on which policy years begin where it is another one.
    """
    if kind == "calendar_year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    return insurance_year(Terms(begins_on=begins_on, main_expiry=main_expiry), day)


def first_end(terms: Terms) -> date | None:
    """The earliest regular last day of the contract (EX-11); None where a term is unknown.

    The contract ends with an insurance year, and not before its least duration is over: with
    a main expiry of 1 January that is the rest of the year and twelve months.
    """
    expiry = _expiry(terms)
    if terms.begins_on is None or terms.minimum_months is None or expiry is None:
        return None
    least = add_months(terms.begins_on, terms.minimum_months)
    if terms.begins_on.day > least.day:
        least += _ONE_DAY
    following = _anniversary(least.year, *expiry)
    if following < least:
        following = _anniversary(least.year + 1, *expiry)
    return following - _ONE_DAY


def notice_by(period_end: date, months: int) -> date:
    """The last day on which a notice must arrive so that ``months`` are kept to ``period_end``.

    EX-09: the latest day from which the months end on the period's last day or before. It
    does not move for weekends: who relies on it lets the notice arrive earlier.
    """
    last_of_month = calendar.monthrange(period_end.year, period_end.month)[1]
    day = add_months(period_end, -months)
    if period_end.day == last_of_month:
        day = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day


def dates_of(terms: Terms, day: date) -> ContractDates:
    """The dates of the contract as of ``day``: year, next year, next deadline for a notice.

    A deadline that has passed in this year gives the one of the next. A contract that is
    terminated, or does not renew itself, has no further deadline.
    """
    earliest = first_end(terms)
    period = insurance_year(terms, day)
    if period is None and terms.begins_on is not None and day < terms.begins_on:
        period = insurance_year(terms, terms.begins_on)
    if period is None:
        return ContractDates(None, None, None, None, earliest)
    if terms.ends_on is not None:
        following = period[1] + _ONE_DAY if period[1] < terms.ends_on else None
        return ContractDates(period, following, None, None, earliest)
    if terms.renews == "no":
        return ContractDates(period, None, None, None, earliest)
    deadline = _next_notice(terms, day, period, earliest)
    return ContractDates(
        period=period,
        next_period_on=period[1] + _ONE_DAY,
        notice_by=deadline[0] if deadline else None,
        notice_ends=deadline[1] if deadline else None,
        first_end=earliest,
    )


def _next_notice(
    terms: Terms, day: date, period: tuple[date, date], earliest: date | None
) -> tuple[date, date] | None:
    if terms.notice_months is None:
        return None
    end = period[1]
    while (earliest is not None and end < earliest) or notice_by(end, terms.notice_months) < day:
        following = insurance_year(terms, end + _ONE_DAY)
        if following is None:
            return None
        end = following[1]
    return notice_by(end, terms.notice_months), end


def expiry_is_foreseen(terms: Terms) -> bool:
    """Whether the main expiry is one the source text knows: the anniversary or 1 January (EX-11)."""
    if not terms.main_expiry or terms.begins_on is None:
        return True
    return terms.main_expiry in ("01-01", terms.begins_on.strftime("%m-%d"))


# Whom to call --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Numbers:
    """The telephone numbers of a contract. ``office_hours`` is written "Mo-Fr 09:00-18:00"."""

    emergency_number: str = ""
    office_number: str = ""
    office_hours: str = ""


@dataclass(frozen=True)
class Hotline:
    """What may be offered at one moment: the emergency number always comes first.

    ``office_number`` is "" outside the office hours, and where they are not known.
    """

    emergency_number: str
    office_number: str


@dataclass(frozen=True)
class OfficeHours:
    """Days of the week (0 is Monday), and from when until before when on each."""

    first_day: int
    last_day: int
    opens: time
    closes: time


def read_office_hours(text: str) -> OfficeHours | None:
    """ "Mo-Fr 09:00 Uhr - 18:00 Uhr" as hours; None where it cannot be read."""
    match = _OFFICE_HOURS.fullmatch(text.strip())
    if match is None:
        return None
    first = _WEEKDAYS.index(match["first"])
    last = _WEEKDAYS.index(match["last"] or match["first"])
    try:
        opens = time.fromisoformat(match["opens"].zfill(5))
        closes = time.fromisoformat(match["closes"].zfill(5))
    except ValueError:
        return None
    if last < first or closes <= opens:
        return None
    return OfficeHours(first, last, opens, closes)


def hotline_at(numbers: Numbers, moment: datetime) -> Hotline:
    """Which numbers may be offered at ``moment`` (EX-00a, EX-00d).

    Outside the office hours only the emergency number is offered; hours that are unknown or
    cannot be read count as outside.
    """
    hours = read_office_hours(numbers.office_hours)
    wall = local(moment)
    is_open = (
        hours is not None
        and hours.first_day <= wall.weekday() <= hours.last_day
        and hours.opens <= wall.time() < hours.closes
    )
    return Hotline(
        emergency_number=numbers.emergency_number,
        office_number=numbers.office_number if is_open else "",
    )


# Products ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Service:
    """One of the seven services of a cyber insurance (CV-01 to CV-13)."""

    key: str
    german: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Benefit:
    """What a contract says about one of the seven services: yes, no or unknown (CV-14)."""

    service: str
    value: str = "unknown"
    says: str = ""
    quote: str = ""
    source: str = ""


@dataclass(frozen=True)
class ProductContact:
    """Somebody the product's text names. ``flag`` says why the address is not to be trusted."""

    role: str
    name: str
    phone: str = ""
    emails: tuple[str, ...] = ()
    address: str = ""
    hours: str = ""
    flag: str = ""

    @property
    def may_be_mailed(self) -> bool:
        """Whether a message may be addressed to it without a person choosing the address."""
        return len(self.emails) == 1 and not self.flag


@dataclass(frozen=True)
class Product:
    """A template for a contract, from one source text."""

    key: str
    title: str
    source: str
    country: str
    insurer: str
    supervisor: str
    note: str
    clause_variants: bool
    sum_per_event: bool
    defaults: Mapping[str, Any]
    benefits: tuple[Benefit, ...]
    contacts: tuple[ProductContact, ...]
    complaint: tuple[str, ...]
    special_termination: str
    special_termination_rule: str
    unconfirmed: tuple[str, ...]


def services() -> tuple[Service, ...]:
    """The seven services, in their order."""
    return tuple(
        Service(key=key, german=value["german"], rules=tuple(value["rules"]))
        for key, value in reference.load("products")["services"].items()
    )


def products() -> dict[str, Product]:
    """The templates by key, in the order of the file."""
    return {
        key: _product(key, value) for key, value in reference.load("products")["product"].items()
    }


def _product(key: str, value: Mapping[str, Any]) -> Product:
    said = {each["service"]: each for each in value.get("benefits", ())}
    return Product(
        key=key,
        title=value["title"],
        source=value["source"],
        country=value["country"],
        insurer=value.get("insurer", ""),
        supervisor=value.get("supervisor", ""),
        note=value.get("note", ""),
        clause_variants=value.get("clause_variants", False),
        sum_per_event=value.get("sum_per_event", False),
        defaults=value.get("defaults", {}),
        benefits=tuple(_benefit(service.key, said.get(service.key, {})) for service in services()),
        contacts=tuple(_contact(each) for each in value.get("contacts", ())),
        complaint=tuple(value.get("complaint", ())),
        special_termination=value.get("special_termination", ""),
        special_termination_rule=value.get("special_termination_rule", ""),
        unconfirmed=tuple(value.get("unconfirmed", ())),
    )


def _benefit(service: str, said: Mapping[str, Any]) -> Benefit:
    rule = said.get("rule", "")
    return Benefit(
        service=service,
        value=said.get("value", "unknown"),
        says=said.get("says", ""),
        quote=said.get("quote") or (reference.load("rules")[rule]["quote"] if rule else ""),
        source=rule or said.get("source", ""),
    )


def _contact(value: Mapping[str, Any]) -> ProductContact:
    return ProductContact(
        role=value["role"],
        name=value["name"],
        phone=value.get("phone", ""),
        emails=tuple(value.get("emails", ())),
        address=value.get("address", ""),
        hours=value.get("hours", ""),
        flag=value.get("flag", ""),
    )


def may_be_mailed(template: str, address: str) -> bool:
    """Whether a message may go to ``address`` of a contract on its own.

    Not where the product's text contradicts itself about it: a person chooses then.
    """
    product = products().get(template)
    if not address.strip():
        return False
    if product is None:
        return True
    wanted = address.strip().casefold()
    return not any(
        wanted in (each.casefold() for each in contact.emails) and not contact.may_be_mailed
        for contact in product.contacts
    )


def deductible_cents(
    full_cents: int | None, reduced_cents: int | None, training_evidenced: bool
) -> int | None:
    """The deductible that holds (CV-06); None is unknown, and never 0.

    The reduced one needs a training that was held and has evidence.
    """
    if training_evidenced and reduced_cents is not None:
        return reduced_cents
    return full_cents


def special_termination(template: str) -> str:
    """The sentence for a closing report after a loss (EX-10), in the reader's language."""
    product = products().get(template)
    if product is not None and product.special_termination == "both_sides":
        return _(
            "Nach Eintritt des Schadenfalls und seiner Abwicklung können beide Seiten außerordentlich "
            "kündigen (EX-10). Bitte prüfen lassen, bevor jemand davon Gebrauch macht."
        )
    return _(
        "Ob nach dem Schadenfall außerordentlich gekündigt werden kann, sagt die Quelle dieses "
        "Vertrags nicht. Bitte in den Bedingungen nachsehen und prüfen lassen."
    )
