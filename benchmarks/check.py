"""How well and how fast the check works, on the corpus of sentences.

Run: ``python -m benchmarks.check``
"""

from __future__ import annotations

import time

from drafting.check import check, from_json
from tests.drafting.corpus import ADDED, EXACT, NAMED, samples, tally

GROUPS = (
    ("exact (numbers, dates, money, percent, ids, quotes, phones)", EXACT, 0.98),
    ("names, places, actors, negation, hedges, causes", NAMED, 0.90),
    ("additions, objects, absolutes", ADDED, 0.85),
)


def show(half: str) -> None:
    """Print the figures of one half of the corpus."""
    result = tally(half)
    total = sum(counts[0] for counts in result.edits.values())
    print(
        f"{half}: {result.faithful} faithful sentences, {total} edits of {len(result.edits)} kinds"
    )
    for label, kinds, target in GROUPS:
        print(
            f"  {result.recall(kinds):6.1%} found ({result.recall(kinds, blocking=True):6.1%} blocking, target {target:.0%})  {label}"
        )
    print(f"  {result.false_block / result.faithful:6.1%} false alarms, blocking (target 3%)")
    print(
        f"  {result.false_any / result.faithful:6.1%} false alarms, blocking or warning (target 15%)"
    )
    weak = {kind: counts for kind, counts in sorted(result.edits.items()) if counts[2] < counts[0]}
    print(f"  not always found (all, block, block or warn): {weak}")


def speed(length: int = 3000, rounds: int = 20) -> float:
    """CPU milliseconds a text of ``length`` signs takes."""
    first = next(samples())
    text = " ".join(
        sample.text for sample in samples() if sample.edit is None and sample.language == "de"
    )
    facts = [{"id": fact.id, "text": fact.text, "status": fact.status} for fact in first.facts]
    draft = from_json(
        {"text": text[:length], "channel": "press", "kind": "release", "facts": facts}
    )
    check(draft)
    started = time.process_time()
    for _ in range(rounds):
        check(draft)
    return (time.process_time() - started) / rounds * 1000


def main() -> None:
    """Print everything."""
    for half in ("tune", "held", "fresh"):
        show(half)
    print(f"{speed():.1f} ms for 3,000 characters")


if __name__ == "__main__":
    main()
