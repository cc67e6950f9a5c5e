"""A text before anyone approves it: length, readability, facts, phrases, personal data, blocks.

Rule ids of the findings:

- ``grounding.quote|number|money|percent|date|weekday|time|day|id|phone|email|url|vague|unit|
  swap|name|place|actor|unconfirmed|negation|hedge|absolute|addition|language``: the text against the facts
- ``CV-09``: a cause that is not established · ``EX-01b``: data lost or not while unknown
- ``3.5``: admission of liability (§ 154 VersVG) · ``3.2``: perpetrator, promise, blame
- ``NA-10``: ransom and insurance · ``§ 1330 ABGB``: insult
- ``personal.third_party|customer|contact|number``: personal data
- ``3.10``: length · ``3.2|3.8|3.9|3.4-A|3.4-F|NA-46``: a missing block · ``SCCT-c``: mixed strategy

Severity: ``block`` must be decided before release, ``warn`` is ticked off, ``info`` is shown.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from data.errors import InputError
from data.fields import Fields
from data.i18n import N_, _
from drafting import blocks, channels, phrases, readability
from drafting.atoms import EMAIL, PHONE, read_atoms
from drafting.channels import Length
from drafting.grounding import CONFIRMED, STATUSES, Fact, Issue, Trace, check_text
from drafting.mask import find as find_personal_data
from drafting.readability import Readability
from drafting.sentences import Sentence
from drafting.words import lexicon

LANGUAGES = ("de", "en")
KINDS = blocks.KINDS
FINDING_KINDS = (
    "unsupported",
    "contradicts_fact",
    "unconfirmed_as_fact",
    "liability",
    "unknown_as_fact",
    "perpetrator",
    "ransom",
    "insurance",
    "promise",
    "blame",
    "insult",
    "personal_data",
    "length",
    "missing_block",
    "mixed_strategy",
)
_ANY_QUOTE = re.compile(r"„[^“”\"]+[“”\"]|“[^”]+”|»[^«]+«|«[^»]+»|\"[^\"]+\"|‚[^‘’]+[‘’]")
_PUBLIC = frozenset(
    (
        "press",
        "web",
        "x",
        "mastodon",
        "bluesky",
        "linkedin",
        "facebook",
        "google_review",
        "instagram",
        "threads",
        "linkedin_comment",
    )
)
_CUSTOMER = re.compile(
    r"\b(?:(?i:zeug(?:e|en|in)|kund(?:e|en|in)|patient(?:en|in)?|klient(?:en|in)?|mandant(?:en|in)?|mieter(?:in)?|gast|anrainer(?:in)?|customer|patient|witness|client|tenant|guest))\s+$"
)
_CUSTOMER_WORD = 40
"""No word before a name, with its blanks, is longer than this."""
_CUSTOMER_DATA = re.compile(
    r"\b(?:auftrags?(?:nummer)?|rechnung(?:snummer)?|kundennummer|fahrzeug|auto|wagen|kennzeichen|reparatur|termin|diagnose|befund|behandlung|bestellung|buchung|vertrag|konto|kontostand)\w*"
    r"\s(?:(?:nr\.?|nummer)\s?\d+|(?:von|des|der)\s(?:kunden|kundin|herrn|frau|patienten|patientin|gastes|posters|verfassers|verfasserin)\b)"
    r"|\b(?:ihr|ihre|ihren|ihrem|ihres|sein|seine|seinen)\s(?:vw|audi|bmw|golf|polo|skoda|opel|ford|mercedes|toyota|renault|seat|fahrzeug|auto|wagen|auftrag|befund|diagnose|mahnung|schulden|kontostand)\b",
    re.IGNORECASE,
)
_CLAIM_KINDS = frozenset(
    ("unsupported", "contradicts_fact", "unconfirmed_as_fact", "unknown_as_fact")
)
_SERIOUS_NUMBERS = frozenset(("svnr", "card", "birth_date", "url_token"))


@dataclass(frozen=True)
class Case:
    """What the case knows. Missing is unknown.

    ``data_loss``: "yes", "no", "unknown". ``cause``: "open", "established", "fixed" or None.
    """

    data_loss: str = "unknown"
    cause: str | None = None
    third_parties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A text to check, with the channel it is meant for and the facts it may rest on."""

    text: str
    channel: str
    language: str = "de"
    kind: str | None = None
    facts: tuple[Fact, ...] = ()
    case: Case = Case()


@dataclass(frozen=True)
class Finding:
    """One thing to decide. Offsets count code points; ``quote`` is the text between them."""

    kind: str
    severity: str
    start: int
    end: int
    quote: str
    message: str
    rule: str


@dataclass(frozen=True)
class Report:
    """Everything the check says about one text."""

    length: Length
    readability: Readability
    language: str
    sentences: tuple[Trace, ...]
    findings: tuple[Finding, ...]

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that must be decided before release."""
        return tuple(finding for finding in self.findings if finding.severity == "block")


def _length_issue(text: str, name: str, length: Length) -> Iterator[Issue]:
    on = channels.channel(name)
    if length.fits:
        return
    severity = "warn" if on.soft else "block"
    over_bytes = length.bytes_limit is not None and (length.byte_count or 0) > length.bytes_limit
    yield Issue(
        "length", severity, 0, len(text), "3.10",
        N_("Der Text ist für {channel} zu lang: {count} statt höchstens {limit}."),
        {
            "channel": _(on.label),
            "count": str(length.byte_count if over_bytes else length.count),
            "limit": str(length.bytes_limit if over_bytes else length.limit),
        },
    )  # fmt: skip


def _third_parties(text: str, names: Sequence[str]) -> Iterator[Issue]:
    message = N_("„{value}“ darf im Text nicht vorkommen (Name eines Dritten).")
    for name in names:
        plain = " ".join(name.split())
        if not plain:
            continue
        forms = [plain]
        parts = [part for part in plain.split() if part[:1].isupper() and not part.endswith(".")]
        if len(parts) > 1 and len(parts[-1]) > 3:
            forms.append(parts[-1])
        joined = "|".join(re.escape(form) for form in forms)
        for match in re.finditer(
            rf"(?<![\w])(?<!z\. )(?<!z\.)(?:{joined})(?:s|es|'|’)?(?![\w])", text
        ):
            yield Issue(
                "personal_data", "block", match.start(), match.end(), "personal.third_party",
                message, {"value": match[0]},
            )  # fmt: skip


def _personal_data(draft: Draft, sentences: Sequence[Sentence]) -> Iterator[Issue]:
    yield from _third_parties(draft.text, draft.case.third_parties)
    lists = lexicon(draft.language)
    ledger = " ".join(fact.text for fact in draft.facts if fact.status == CONFIRMED)
    squeezed = re.sub(r"[\s/().–-]", "", ledger).casefold()
    known = {
        str(atom.value)
        for atom in read_atoms(ledger, draft.language)
        if atom.kind in (PHONE, EMAIL)
    }
    contacts = [
        s for s in sentences if lists.contact.search(s.text) or lists.salutation.search(s.text)
    ]
    for start, end, kind in find_personal_data(draft.text):
        value = draft.text[start:end]
        in_contact = any(s.start <= start < s.end for s in contacts)
        if kind == "person":
            if _CUSTOMER.search(draft.text[max(0, start - _CUSTOMER_WORD) : start]):
                yield Issue(
                    "personal_data", "warn", start, end, "personal.customer",
                    N_("„{value}“: Namen von Kunden und Zeugen gehören nicht in den Text."), {"value": value},
                )  # fmt: skip
            continue
        in_ledger = (
            re.sub(r"[\s/().–-]", "", value).casefold() in squeezed or value.lower() in known
        )
        if kind in ("email", "phone", "address", "uid"):
            if in_contact or in_ledger or kind == "uid":
                continue
            yield Issue(
                "personal_data", "info" if kind == "address" else "warn", start, end, "personal.contact",
                N_("„{value}“ ist in den Fakten kein Kontakt des Betriebs."), {"value": value},
            )  # fmt: skip
        elif kind in _SERIOUS_NUMBERS or not in_ledger:
            yield Issue(
                "personal_data", "block" if kind in _SERIOUS_NUMBERS or kind == "iban" else "warn",
                start, end, "personal.number",
                N_("„{value}“ ist ein personenbezogenes Kennzeichen und gehört nicht in den Text."), {"value": value},
            )  # fmt: skip
    if draft.channel in _PUBLIC:
        for match in _CUSTOMER_DATA.finditer(draft.text):
            yield Issue(
                "personal_data", "warn", match.start(), match.end(), "personal.customer",
                N_("„{value}“: Angaben zu einem Kunden gehören nicht in einen öffentlichen Text."), {"value": match[0]},
            )  # fmt: skip


def _as_findings(text: str, issues: Sequence[Issue]) -> tuple[Finding, ...]:
    """Findings in the order of the text, each place and kind once, with its gravest severity."""
    order = {"block": 0, "warn": 1, "info": 2}
    kept: dict[tuple[str, int, int, str], Issue] = {}
    for issue in sorted(issues, key=lambda issue: order[issue.severity]):
        message = issue.message if issue.kind == "missing_block" else issue.rule
        kept.setdefault((issue.kind, issue.start, issue.end, message), issue)
    found = sorted(kept.values(), key=lambda issue: (issue.start, issue.end, order[issue.severity]))
    return tuple(
        Finding(
            kind=issue.kind,
            severity=issue.severity,
            start=issue.start,
            end=issue.end,
            quote=text[issue.start : issue.end],
            message=_(issue.message).format(**issue.values),
            rule=issue.rule,
        )
        for issue in found
    )


def _unsupported_places(issues: Sequence[Issue]) -> list[int]:
    """Where something is claimed that nobody knows yet, in order."""
    return sorted(
        issue.start
        for issue in issues
        if (issue.kind in _CLAIM_KINDS and issue.severity != "info")
        or (issue.kind in ("promise", "perpetrator") and issue.severity == "block")
    )


def _with_claims(trace: Trace, places: Sequence[int]) -> Trace:
    """A sentence that claims what nobody knows yet is not supported."""
    first = bisect_left(places, trace.start)
    claimed = first < len(places) and places[first] < trace.end
    return replace(trace, supported=trace.supported and not claimed)


def check(draft: Draft) -> Report:
    """Everything that is to be said about ``draft`` before it is approved."""
    text, language = draft.text, draft.language
    quotes = [match.span() for match in _ANY_QUOTE.finditer(text)]
    grounded = check_text(text, language, draft.facts, draft.case.cause, draft.kind)
    sentences, atoms = grounded.sentences, grounded.atoms
    length = channels.count(text, draft.channel)
    issues: list[Issue] = list(grounded.issues)
    issues += phrases.find_phrases(text, sentences, quotes, language)
    issues += phrases.data_claims(sentences, quotes, language, draft.case.data_loss, draft.facts)
    by_fact = [bool(trace.facts) and trace.supported for trace in grounded.traces]
    issues += phrases.resolution_promises(sentences, quotes, language, by_fact)
    issues += phrases.mixed_strategy(text, quotes)
    issues += _personal_data(draft, sentences)
    issues += _length_issue(text, draft.channel, length)
    if draft.kind is not None:
        issues += blocks.missing_blocks(
            text, draft.kind, draft.channel, language, sentences, grounded.traces, atoms
        )
    places = _unsupported_places(issues)
    return Report(
        length=length,
        readability=readability.measure(sentences, language),
        language=language,
        sentences=tuple(_with_claims(trace, places) for trace in grounded.traces),
        findings=_as_findings(text, issues),
    )


def _case(fields: Fields | None) -> Case:
    if fields is None:
        return Case()
    return Case(
        data_loss=fields.choice("data_loss", ("yes", "no", "unknown"), "unknown"),
        cause=fields.choice("cause", ("open", "established", "fixed"), None),
        third_parties=tuple(fields.texts("third_parties", [])),
    )


def from_json(value: object) -> Draft:
    """The input of the command ``check``. Raises InputError naming the field."""
    fields = Fields(value)
    text = fields.text("text")
    facts: list[Fact] = []
    for row in fields.objects("facts", required=False):
        fact = Fact(row.text("id"), row.text("text"), row.choice("status", STATUSES, "unconfirmed"))
        if any(fact.id == other.id for other in facts):
            raise InputError(row.at("id"), "takes an id that no other fact has")
        facts.append(fact)
    return Draft(
        text=text,
        channel=fields.choice("channel", list(channels.channels())),
        language=fields.choice("language", LANGUAGES, "de"),
        kind=fields.choice("kind", KINDS, None),
        facts=tuple(facts),
        case=_case(fields.object("case")),
    )


def to_json(report: Report) -> dict[str, Any]:
    """The output of the command ``check``."""
    return {
        "length": channels.length_json(report.length),
        "readability": readability.to_json(report.readability, report.language),
        "sentences": [
            {
                "start": trace.start,
                "end": trace.end,
                "facts": list(trace.facts),
                "supported": trace.supported,
            }
            for trace in report.sentences
        ],
        "findings": [
            {
                "kind": finding.kind,
                "severity": finding.severity,
                "start": finding.start,
                "end": finding.end,
                "quote": finding.quote,
                "message": finding.message,
                "rule": finding.rule,
            }
            for finding in report.findings
        ],
    }
