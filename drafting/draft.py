"""A draft from a template: facts of the case in, a text and its trace out.

Only confirmed facts are told as facts. What is open stands under "not yet known"; what is
unconfirmed, disputed or retracted stands nowhere. The templates are Jinja files a domain
expert can edit (``data/reference/templates``); a value is put in as text and never run.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cases.store import Case, Fact, Firm, Incident, Person
from data import reference
from data.i18n import _
from data.times import local, read_entered
from drafting import channels
from drafting.errors import ReasonMissing, UnknownTemplate

# Signs that no text of a statement may hold (store.plain_text), so they can mark the trace.
_OPEN, _CLOSE, _END = "\ue000", "\ue001", "\ue002"
_MARKED = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}([^{_END}]*){_END}")
_SENTENCE_END = (".", "!", "?", "…", "“", "”")
_UPDATE_AFTER = timedelta(hours=4)

_MONTHS = {
    "de": ("Jänner", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
           "Oktober", "November", "Dezember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December"),
}  # fmt: skip


@dataclass(frozen=True)
class Template:
    """One template of ``templates.toml``."""

    name: str
    label: str
    kind: str
    channels: tuple[str, ...]
    languages: tuple[str, ...]
    title: dict[str, str]
    audience: str
    hint: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class FirmView:
    """What a text says about the firm. ``about`` is the boilerplate of a press release."""

    public_name: str
    full_name: str
    address_lines: tuple[str, ...]
    city: str
    register_line: str
    about: str


@dataclass(frozen=True)
class LedgerFact:
    """A fact as a template sees it."""

    code: str
    text: str


@dataclass(frozen=True)
class PostingView:
    """The posting a request is about: what is wrong in it, and until when to delete it."""

    on: date
    quote: str
    wrong: str
    until: date
    url: str = ""


@dataclass(frozen=True)
class Context:
    """Everything a template may use.

    ``unknowns`` is never empty. ``measures`` are the confirmed facts that tell what is being done; they are not repeated
    among ``confirmed``. ``contact`` and ``phone`` should not be on the attacked systems.
    """

    firm: FirmView
    confirmed: tuple[LedgerFact, ...]
    measures: tuple[LedgerFact, ...]
    unknowns: tuple[LedgerFact, ...]
    advice: tuple[str, ...]
    contact: str
    phone: str
    signature: str
    recipients: str
    today: datetime
    next_update: datetime
    update_channel: str
    title: str = ""
    posting: PostingView | None = None
    question: str = ""


@dataclass(frozen=True)
class Trace:
    """A stretch of the text and the facts it tells. Offsets count Unicode code points."""

    start: int
    end: int
    text: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """A text and which facts it rests on, by their codes ("F1").

    ``given`` is what a person entered for this text besides the facts.
    """

    text: str
    sentences: tuple[Trace, ...]
    given: str = ""

    @property
    def fact_codes(self) -> tuple[str, ...]:
        """Every fact the draft tells, once."""
        return tuple(dict.fromkeys(code for each in self.sentences for code in each.facts))


_JINJA = re.compile(r"\{[{%#].*?[}%#]\}")


@cache
def templates() -> dict[str, Template]:
    """Every template by name, in the order of the reference file."""
    table: dict[str, dict[str, Any]] = reference.load("templates")["template"]
    return {
        name: Template(
            name=name,
            label=row["label"],
            kind=row["kind"],
            channels=tuple(row["channels"]),
            languages=tuple(row["languages"]),
            title=row["title"],
            audience=row["audience"],
            hint=row["hint"],
            needs=tuple(row.get("needs", ())),
        )
        for name, row in table.items()
    }


@cache
def frame(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """The templates' own wording: lines that are fixed whole, and words of the other lines.

    An expert wrote them into the templates; they need no fact of a case.
    """
    lines: set[str] = set()
    words: set[str] = set()
    for path in sorted((reference.REFERENCE_DIR / "templates").glob(f"*.{language}.j2")):
        for line in path.read_text(encoding="utf-8").splitlines():
            fixed = _JINJA.sub(" ", line).strip()
            if not _JINJA.search(line):
                lines.add(fixed)
            words.update(re.findall(r"[\w.-]+", fixed))
    for advice in reference.load("templates")["advice"].values():
        lines.update(advice[language])
    return frozenset(lines - {""}), frozenset(words)


def template(name: str, language: str) -> Template:
    """The template ``name``. Raises UnknownTemplate, also where the language is missing."""
    found = templates().get(name)
    if found is None or language not in found.languages:
        raise UnknownTemplate(name, language)
    return found


def template_for(kind: str, channel: str, language: str) -> Template | None:
    """The first template that makes this kind of text for this channel on its own."""
    for each in templates().values():
        if (
            each.kind == kind
            and channel in each.channels
            and language in each.languages
            and not each.needs
        ):
            return each
    return None


def clean(value: str) -> str:
    """A value as one line of plain text: no control, no marks of ours, no hidden direction."""
    kept = "".join(
        " " if sign.isspace() else sign
        for sign in unicodedata.normalize("NFC", value)
        if sign.isspace() or unicodedata.category(sign) not in {"Cc", "Cf", "Co", "Cs", "Cn"}
    )
    return " ".join(kept.split(" ")).strip()


class _Marked(str):
    """Text with marks in it: it was cleaned before the marks were set."""

    __slots__ = ()


def _say(fact: LedgerFact) -> _Marked:
    """The fact as a sentence, marked with its code."""
    text = clean(fact.text)
    if not text.endswith(_SENTENCE_END):
        text += "."
    return _Marked(f"{_OPEN}{clean(fact.code)}{_CLOSE}{text}{_END}")


def _points(facts: Sequence[LedgerFact]) -> _Marked:
    """Open points in one line, each marked with its code."""
    return _Marked(
        "; ".join(
            f"{_OPEN}{clean(each.code)}{_CLOSE}{clean(each.text).rstrip('.')}{_END}"
            for each in facts
        )
    )


@cache
def _environment(language: str) -> ImmutableSandboxedEnvironment:
    # The output is plain text and is escaped where it is shown; escaping here would put
    # "&amp;" into the approved words.
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(reference.REFERENCE_DIR / "templates"),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    months = _MONTHS[language]

    def day_and_month(value: date | datetime) -> str:
        shown = local(value) if isinstance(value, datetime) else value
        separator = ". " if language == "de" else " "
        return f"{shown.day}{separator}{months[shown.month - 1]}"

    def day(value: date | datetime) -> str:
        shown = local(value) if isinstance(value, datetime) else value
        return f"{day_and_month(value)} {shown.year}"

    def clock(value: datetime) -> str:
        return local(value).strftime("%H.%M" if language == "de" else "%H:%M")

    environment.filters.update(day=day, day_and_month=day_and_month, clock=clock, say=_say)
    return environment


def _finalize(value: object) -> str:
    """Every value a template puts in: marked facts stay, other text becomes one clean line."""
    return value if isinstance(value, _Marked) else clean(str(value))


def draft_from_template(
    name: str, language: str, context: Context, channel: str | None = None
) -> Draft:
    """The draft of template ``name``. Raises UnknownTemplate.

    On a channel with a limit, facts are left out from the end until the text fits; what a
    person then reads is short, and the ledger beside it shows what was left out.
    """
    chosen = template(name, language)
    on = channel or chosen.channels[0]
    context = replace(context, title=context.title or chosen.title[language])
    while True:
        drafted = _render(name, language, context)
        if channels.count(drafted.text, on).fits or not context.confirmed:
            return drafted
        context = replace(context, confirmed=context.confirmed[:-1])


def _given(language: str, context: Context) -> str:
    """The dates and the posting a text was made with, as they stand in it."""
    filters = _environment(language).filters
    day, clock = filters["day"], filters["clock"]
    given = [day(context.today), f"{day(context.next_update)}, {clock(context.next_update)}"]
    if context.posting is not None:
        posting = context.posting
        given += [day(posting.on), day(posting.until), posting.url, posting.quote, posting.wrong]
    given.append(context.question)
    return "; ".join(clean(each) for each in given if each)


def _render(name: str, language: str, context: Context) -> Draft:
    rendered = (
        _environment(language)
        .get_template(f"{name}.{language}.j2")
        .render(
            **vars(context),
            open_points=_points(context.unknowns),
            short_unknown=_points(context.unknowns[:1]),
        )
    )
    return replace(_traced(_tidy(rendered)), given=_given(language, context))


def _tidy(text: str) -> str:
    """No space at line ends, no more than one empty line in a row, none at the ends."""
    lines = [line.strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _traced(marked: str) -> Draft:
    """Take the marks out of the text and remember where they stood."""
    pieces: list[str] = []
    sentences: list[Trace] = []
    length = 0
    position = 0
    for found in _MARKED.finditer(marked):
        before = marked[position : found.start()]
        pieces += [before, found[2]]
        length += len(before)
        codes = tuple(code for code in found[1].split(",") if code)
        sentences.append(Trace(length, length + len(found[2]), found[2], codes))
        length += len(found[2])
        position = found.end()
    pieces.append(marked[position:])
    return Draft("".join(pieces), tuple(sentences))


def required(value: str, label: str) -> str:
    """A field a template cannot do without. Raises ReasonMissing."""
    stripped = value.strip()
    if not stripped:
        raise ReasonMissing(label)
    return stripped


def read_posting(entered: Mapping[str, str]) -> PostingView:
    """The posting as a person typed it: on, until, quote, wrong, url.

    Raises ReasonMissing, UnreadableEntry or NonexistentLocalTime.
    """
    on = required(entered["on"], _("Beitrag vom"))
    until = required(entered["until"], _("Löschen bis"))
    return PostingView(
        on=local(read_entered(on)).date(),
        until=local(read_entered(until)).date(),
        quote=required(entered["quote"], _("Zitat")),
        wrong=required(entered["wrong"], _("Was daran nicht stimmt")),
        url=entered["url"].strip(),
    )


# The context of a case --------------------------------------------------------------------


def context_of(
    case: Case,
    firm: Firm,
    people: Sequence[Person],
    facts: Sequence[Fact],
    incidents: Sequence[Incident],
    *,
    language: str,
    now: datetime,
    measures: Iterable[str] = (),
    next_update: datetime | None = None,
    posting: PostingView | None = None,
    question: str = "",
) -> Context:
    """What the templates get to know about a case.

    ``measures`` are codes of facts that tell what is being done. Without ``next_update`` the
    next full hour four hours ahead is proposed.
    """
    known = [each for each in facts if each.status == "confirmed"]
    chosen = set(measures)
    speaker = next((each for each in people if each.may_approve), None)
    words = reference.load("templates")["words"]
    phone = firm.phone or (speaker.phone if speaker else "")
    return Context(
        firm=_firm_view(case, firm, language),
        confirmed=tuple(LedgerFact(f.code, f.text) for f in known if f.code not in chosen),
        measures=tuple(LedgerFact(f.code, f.text) for f in known if f.code in chosen),
        unknowns=_unknowns(facts, incidents, language),
        advice=_advice(incidents, language),
        contact=", ".join(
            part
            for part in (
                speaker.name if speaker else firm.full_name,
                speaker.function if speaker else "",
                phone,
            )
            if part
        ),
        phone=phone or firm.full_name,
        signature=", ".join(filter(None, (speaker.name, speaker.function))) if speaker else "",
        recipients=words["recipients"][language],
        today=now,
        next_update=next_update or _full_hour(now + _UPDATE_AFTER),
        update_channel=words["update_channel"][language],
        posting=posting,
        question=question,
    )


def _full_hour(moment: datetime) -> datetime:
    whole = moment.replace(minute=0, second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(hours=1)


def _firm_view(case: Case, firm: Firm, language: str) -> FirmView:
    """Name, address and the line that § 14 UGB asks for on letters of registered firms."""
    place = " ".join(part for part in (firm.postcode, firm.city) if part)
    register = [firm.full_name]
    if firm.legal_form and not firm.full_name.endswith(firm.legal_form):
        register.append(firm.legal_form)
    if firm.city:
        seat = "Sitz {}" if language == "de" else "based in {}"
        register.append(seat.format(firm.city))
    register += [part for part in (firm.register_number, firm.register_court) if part]
    about = ", ".join(part for part in (firm.full_name, firm.sector, firm.city) if part)
    return FirmView(
        public_name=case.public_name,
        full_name=firm.full_name,
        address_lines=tuple(part for part in (firm.street, place) if part),
        city=firm.city,
        register_line=", ".join(register),
        about=about,
    )


def _unknowns(
    facts: Sequence[Fact], incidents: Sequence[Incident], language: str
) -> tuple[LedgerFact, ...]:
    words = reference.load("templates")["unknown"]
    points = [LedgerFact(f.code, f.text) for f in facts if f.status == "not_yet_known"]
    named = " ".join(each.text for each in points).lower()
    data_open = not incidents or any(each.data_loss == "unknown" for each in incidents)
    cause_open = not incidents or any(each.cause_status == "open" for each in incidents)
    if data_open and "daten" not in named:
        points.append(LedgerFact("", words["data_loss"][language]))
    if cause_open and "ursache" not in named:
        points.append(LedgerFact("", words["cause"][language]))
    return tuple(points) or (LedgerFact("", words["other"][language]),)


def _advice(incidents: Sequence[Incident], language: str) -> tuple[str, ...]:
    table = reference.load("templates")["advice"]
    special = [
        sentence
        for kind in dict.fromkeys(each.kind for each in incidents)
        if kind in table
        for sentence in table[kind][language]
    ]
    return (*special, *table["other"][language])
