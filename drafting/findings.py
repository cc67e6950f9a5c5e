"""What the check says about a text of a case: the case's facts go in, findings come out."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from cases import store as cases
from cases.store import Firm, Incident, Person
from drafting import draft
from drafting.channels import Length
from drafting.check import Case, Draft, Finding, check
from drafting.grounding import STATUSES, Fact, Trace

# Contacts whose names have no place in a public text.
_THIRD_PARTIES = frozenset({"partner", "customer", "poster"})
# The rule of a finding about what a sentence says, not about one value in it.
_WHOLE_SENTENCE = frozenset({"grounding.unconfirmed", "grounding.addition"})

__all__ = ["Examination", "Finding", "checked_case", "examine", "master_data", "without_given"]


@dataclass(frozen=True)
class Examination:
    """Everything the check found in one text."""

    findings: tuple[Finding, ...]
    sentences: tuple[Trace, ...]
    length: Length

    @property
    def fact_codes(self) -> tuple[str, ...]:
        """Every fact the text tells, once."""
        return tuple(dict.fromkeys(code for each in self.sentences for code in each.facts))


def examine(
    db: Database,
    case_id: int,
    text: str,
    *,
    kind: str,
    channel: str,
    language: str,
    given: str = "",
) -> Examination:
    """Check ``text`` as a statement of this case on this channel.

    What stands in the firm's master data, or in ``given`` (what a person entered for this
    text: dates, the posting it answers), needs no fact.
    """
    case = cases.case_by_id(db, case_id)
    known = master_data(cases.firm_by_id(db, case.firm_id), cases.people_of(db, case.firm_id))
    report = check(
        Draft(
            text=text,
            channel=channel,
            language=language,
            kind=kind,
            facts=tuple(
                Fact(each.code, each.text, each.status)
                for each in cases.facts_of(db, case_id)
                if each.status in STATUSES
            ),
            case=checked_case(
                cases.incidents_of(db, case_id),
                tuple(
                    each.name
                    for each in cases.contacts_of(db, case_id)
                    if each.kind in _THIRD_PARTIES
                ),
            ),
        )
    )
    lines, frame_words = draft.frame(language)
    findings = without_given(
        text,
        [each for each in report.findings if not _in_frame(text, each, lines)],
        f"{case.public_name}, {known}, {given}",
        frame_words,
        known,
    )
    return Examination(findings, report.sentences, report.length)


def master_data(firm: Firm, people: Sequence[Person]) -> str:
    """What the desk knows of the firm and of those who speak for it, in one line."""
    speakers = [f"{each.name} {each.function} {each.phone}" for each in people if each.may_approve]
    parts = (
        firm.full_name,
        firm.legal_form,
        firm.sector,
        firm.street,
        f"{firm.postcode} {firm.city}",
        f"Sitz {firm.city}, based in {firm.city}",
        firm.register_number,
        firm.register_court,
        firm.phone,
        firm.email,
        firm.website,
        firm.page_url,
        *speakers,
    )
    return ", ".join(part for part in parts if part.strip())


# A number this long (a telephone, a register number) is not met by chance.
_TELLING_DIGITS = 6


def _line_of(text: str, finding: Finding) -> str:
    start = text.rfind("\n", 0, finding.start) + 1
    end = text.find("\n", finding.end)
    return text[start : end if end >= 0 else len(text)]


def _in_frame(text: str, finding: Finding, lines: Container[str]) -> bool:
    """Whether it is about a line that the templates bring along."""
    return finding.kind == "unsupported" and _line_of(text, finding).strip() in lines


def without_given(
    text: str,
    findings: Sequence[Finding],
    given: str,
    frame_words: Container[str] = (),
    own: str = "",
) -> tuple[Finding, ...]:
    """The findings that remain when what is given counts as known.

    Only a value (a date, a name, a number) can be settled so, and an unconfirmed sentence
    where its line is made of nothing but given words and ``frame_words``: a letterhead states
    nothing. A short number counts as given only beside the word it stands beside there: a
    house number 7 does not make seven customers known. Personal data are settled only by
    ``own``, the firm's own data: a name in the posting that is answered stays a third person's.
    """
    plain = " ".join(given.split())
    return tuple(each for each in findings if not _is_settled(text, each, plain, frame_words, own))


def _is_settled(
    text: str, finding: Finding, given: str, frame_words: Container[str], own: str
) -> bool:
    if finding.rule in _WHOLE_SENTENCE and finding.quote.strip() == _line_of(text, finding).strip():
        words = re.findall(r"[\w.-]+", _line_of(text, finding))
        return all(word in frame_words or _stands_in(word.strip(".-"), given) for word in words)
    if finding.kind == "personal_data":
        parts = [part.strip(" .,") for part in finding.quote.splitlines()]
        return all(_stands_in(part, own) for part in parts if part)
    if finding.kind in ("unsupported", "unconfirmed_as_fact"):
        return _is_given(text, finding, given)
    return False


def _is_given(text: str, finding: Finding, given: str) -> bool:
    quote = " ".join(finding.quote.split())
    if not quote:
        return False
    digits = sum(sign.isdigit() for sign in quote)
    if digits >= _TELLING_DIGITS or any(sign.isalpha() for sign in quote):
        return _stands_in(quote.strip('„“"»« '), given)
    before = text[: finding.start].split()[-1:]
    after = text[finding.end :].split()[:1]
    return any(
        _stands_in(pair.strip(",.;:()"), given)
        for pair in (f"{''.join(before)} {quote}", f"{quote} {''.join(after)}")
        if len(pair.split()) > 1
    )


def _stands_in(words: str, given: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", given) is not None


def checked_case(incidents: Sequence[Incident], third_parties: tuple[str, ...] = ()) -> Case:
    """What the incidents of a case together allow a text to say about data and cause.

    The most careful answer wins: one open cause keeps the cause open, and data loss is "no"
    only where every incident says so.
    """
    losses = {each.data_loss for each in incidents}
    causes = {each.cause_status for each in incidents}
    data_loss = "no" if losses == {"no"} else "unknown"
    if "yes" in losses:
        data_loss = "yes"
    cause = "open"
    if causes and "open" not in causes:
        cause = "fixed" if causes == {"fixed"} else "established"
    return Case(data_loss, cause, third_parties)
