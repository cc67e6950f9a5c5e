"""The corpus of sentences: reading it and counting what the check finds in it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from drafting.grounding import Fact, check_text

CORPUS = Path(__file__).with_name("corpus.toml")

EXACT = frozenset(
    [
        "number",
        "number_word",
        "money",
        "percent",
        "date",
        "weekday",
        "time",
        "id",
        "phone",
        "email",
        "quote",
        "unit",
    ]
)
NAMED = frozenset(
    [
        "name",
        "place",
        "actor",
        "negation",
        "hedge",
        "bound",
        "antonym",
        "indicative",
        "unconfirmed",
        "cause",
        "swap",
        "vague",
    ]
)
ADDED = frozenset(["addition", "object", "absolute"])


@dataclass(frozen=True)
class Sample:
    """One sentence with its ledger. ``edit`` is None for a faithful sentence."""

    half: str
    case: str
    language: str
    text: str
    edit: str | None
    facts: tuple[Fact, ...]
    cause: str | None


@dataclass
class Tally:
    """What was found: per kind of edit (all, block, block or warn), and false alarms."""

    edits: dict[str, list[int]] = field(default_factory=dict)
    faithful: int = 0
    false_block: int = 0
    false_any: int = 0

    def recall(self, kinds: frozenset[str], blocking: bool = False) -> float:
        """The share of edits of these kinds that were found."""
        rows = [counts for kind, counts in self.edits.items() if kind in kinds]
        return sum(row[1 if blocking else 2] for row in rows) / max(1, sum(row[0] for row in rows))


def samples(half: str | None = None) -> Iterator[Sample]:
    """Every sentence of the corpus, or of one half."""
    with CORPUS.open("rb") as file:
        cases = tomllib.load(file)["case"]
    for case in cases:
        if half is not None and case["half"] != half:
            continue
        facts = tuple(Fact(code, text, status) for code, status, text in case["facts"])
        rows = [(None, text) for text in case["faithful"]] + [tuple(row) for row in case["edits"]]
        for edit, text in rows:
            yield Sample(
                case["half"], case["id"], case["language"], text, edit, facts, case.get("cause")
            )


def tally(half: str | None = None) -> Tally:
    """Run the check over one half, or all."""
    result = Tally()
    for sample in samples(half):
        issues = check_text(sample.text, sample.language, sample.facts, sample.cause).issues
        levels = {issue.severity for issue in issues}
        found = bool(levels & {"block", "warn"})
        if sample.edit is None:
            result.faithful += 1
            result.false_block += "block" in levels
            result.false_any += found
        else:
            counts = result.edits.setdefault(sample.edit, [0, 0, 0])
            counts[0] += 1
            counts[1] += "block" in levels
            counts[2] += found
    return result
