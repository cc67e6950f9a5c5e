"""The existence threat (NA-27), assessed along a structure: figures, evidence, who and when.

The contract names what endangers a firm's existence but no figure. The aid below weighs the
answers by the marks in ``data/reference/existence.toml`` and proposes a result; the person
decides, and says why where the result differs from the proposal. Whether that person may decide
at all is U-08.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from cases.coverage_text import label
from cases.errors import (
    AssessmentNeedsEvidence,
    DeviationNeedsReason,
    MissingField,
    UnreadableFigure,
)
from data import parse_utc, reference, utc_text
from data.i18n import N_, _

Answer = Literal["yes", "no", "unknown"]
Result = Literal["yes", "no", "open"]
ANSWERS: tuple[Answer, ...] = ("unknown", "yes", "no")
RESULTS: tuple[Result, ...] = ("open", "yes", "no")

_FIGURE = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,3})?")

ASSESSORS: dict[str, str] = {
    "consultant": N_("Berater:in am Desk"),
    "desk_lead": N_("Leitung des Desks"),
    "claims_department": N_("Schadenreferat"),
}
"""Who may have assessed: function → its name. Which of them counts is U-08."""


@dataclass(frozen=True)
class Item:
    """One answer: yes, no or unknown, with a figure and what it rests on."""

    name: str
    answer: Answer = "unknown"
    figure: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Assessment:
    """The whole assessment, with the result that the person took."""

    items: tuple[Item, ...]
    result: Result
    assessed_by: str
    function: str
    assessed_at: datetime
    reason: str = ""

    @property
    def proposal(self) -> Result:
        """What the aid proposes for these answers."""
        return propose(self.items)


def item_names() -> tuple[str, ...]:
    """The items in the order of the form."""
    return tuple(reference.load("existence")["items"])


def item_question(name: str) -> str:
    """What is asked."""
    return label(_entry(name))


def item_title(name: str) -> str:
    """The item in one or two words."""
    return label(_entry(name)["short"])


def item_unit(name: str) -> str:
    """The unit of the figure; empty where there is none."""
    return label(_entry(name)["unit"])


def _entry(name: str) -> dict[str, Any]:
    entry: dict[str, Any] = reference.load("existence")["items"][name]
    return entry


def figure_of(text: str) -> Decimal | None:
    """A figure as it was typed, "38" or "2,5"; None for an empty field.

    Raises UnreadableFigure for anything that is no figure of zero or more.
    """
    written = text.strip().removesuffix("%").strip()
    if not written:
        return None
    if _FIGURE.fullmatch(written) is None:
        raise UnreadableFigure(text.strip())
    return Decimal(written.replace(",", "."))


def propose(items: tuple[Item, ...]) -> Result:
    """What the aid proposes: yes, no or open.

    * Yes: one item that weighs alone, or two that weigh together, each answered yes and backed
      by evidence. An item weighs alone by its nature (licence, bank) or by reaching its mark.
    * No: every item is answered no.
    * Open: anything else; an unknown item never counts as no.
    """
    backed = [each for each in items if each.answer == "yes" and each.evidence.strip()]
    together: int = reference.load("existence")["weights_together"]
    if any(_weighs_alone(each) for each in backed) or len(backed) >= together:
        return "yes"
    answers = {each.name: each.answer for each in items}
    if all(answers.get(name) == "no" for name in item_names()):
        return "no"
    return "open"


def _weighs_alone(item: Item) -> bool:
    entry = _entry(item.name)
    if entry.get("alone"):
        return True
    figure = figure_of(item.figure)
    if figure is None or "mark" not in entry:
        return False
    mark = Decimal(entry["mark"])
    return figure <= mark if entry.get("most") else figure >= mark


def check(assessment: Assessment) -> None:
    """Refuse what cannot stand in the file.

    Raises MissingField without a name, UnreadableFigure, AssessmentNeedsEvidence for a yes that
    rests on nothing, DeviationNeedsReason where the result differs from the proposal.
    """
    if not assessment.assessed_by.strip():
        raise MissingField(_("Beurteilt von"))
    for item in assessment.items:
        figure_of(item.figure)
    if assessment.result == "yes" and not evidence_lines(assessment):
        raise AssessmentNeedsEvidence
    if assessment.result != assessment.proposal and not assessment.reason.strip():
        raise DeviationNeedsReason(result_word(assessment.proposal))


def evidence_lines(assessment: Assessment) -> tuple[str, ...]:
    """What the yes rests on, one line each: item, figure, evidence."""
    return tuple(
        _line(each) for each in assessment.items if each.answer == "yes" and each.evidence.strip()
    )


def _line(item: Item) -> str:
    figure = " ".join(word for word in (item.figure.strip(), item_unit(item.name)) if word)
    said = f"{item_title(item.name)}: {figure}" if item.figure.strip() else item_title(item.name)
    return f"{said} ({item.evidence.strip()})"


def result_word(result: str) -> str:
    """yes, no, open."""
    return {"yes": _("ja"), "no": _("nein"), "open": _("offen")}[result]


def assessor_word(function: str) -> str:
    """The function of the one who assessed."""
    return _(ASSESSORS[function])


def counts(function: str, settings: Mapping[str, str]) -> bool:
    """Whether a yes of this function counts (U-08).

    The claims department's always does; that of the head of the desk where U-08 says so.
    """
    if function == "claims_department":
        return True
    return function == "desk_lead" and settings.get("U-08") == "desk_lead"


def threat(assessed: str, function: str, settings: Mapping[str, str]) -> str:
    """What the coverage rules are told: a yes by somebody who may not decide it is still open.

    A no stands whoever wrote it down: it is what the firm itself says, or nobody's claim.
    """
    return "open" if assessed == "yes" and not counts(function, settings) else assessed


def to_json(assessment: Assessment) -> dict[str, Any]:
    """As it is kept with the coverage decision."""
    return {
        "items": [
            {
                "name": each.name,
                "answer": each.answer,
                "figure": each.figure.strip(),
                "evidence": each.evidence.strip(),
            }
            for each in assessment.items
        ],
        "result": assessment.result,
        "proposal": assessment.proposal,
        "assessed_by": assessment.assessed_by.strip(),
        "function": assessment.function,
        "assessed_at": utc_text(assessment.assessed_at),
        "reason": assessment.reason.strip(),
    }


def from_json(value: Mapping[str, Any]) -> Assessment | None:
    """What :func:`to_json` wrote; None for a decision without an assessment."""
    if not value:
        return None
    return Assessment(
        items=tuple(Item(**each) for each in value["items"]),
        result=value["result"],
        assessed_by=value["assessed_by"],
        function=value["function"],
        assessed_at=parse_utc(value["assessed_at"]),
        reason=value["reason"],
    )
