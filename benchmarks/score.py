"""How fast scoring and clustering are, and how often the rules agree with labelled texts.

    python -m benchmarks.score                         speed on invented texts
    python -m benchmarks.score --offence FILE          text, OFFENSE or OTHER, tab separated
    python -m benchmarks.score --polarity FILE         positive, neutral or negative, text

The official measure of the offence task is the harmonic mean of macro precision and macro
recall. Both corpora are general tweets, not mentions of firms: the figures are a check of
health, not of quality. Quality is held in the table of tests/monitoring/sentences.py.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from monitoring import cluster, score
from monitoring.match import FirmNames

FIRM = FirmNames(
    name="Tischlerei Moser e.U.", domains=("tischlerei-moser.at",), people=("Johann Moser",)
)
_OTHER = (
    "Der Gemeinderat von {place} hat am {day} das Budget für das kommende Jahr beschlossen. "
    "Für den Ausbau der Volksschule sind {sum} Euro vorgesehen, sagte der Bürgermeister."
)
_MEANT = (
    "Die Tischlerei Moser in {place} hat am {day} meine Daten verloren, {sum} Euro Schaden! "
    "So ein Sauladen, nie wieder, Finger weg."
)
_PLACES = ("Linz", "Wels", "Steyr", "Enns", "Traun", "Gmunden", "Ried", "Perg")
_DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag")


def texts(pattern: str, count: int) -> list[str]:
    return [
        pattern.format(place=_PLACES[n % 8], day=_DAYS[n % 5], sum=1000 + 7 * n)
        for n in range(count)
    ]


def per_second(work: Callable[[], object], count: int) -> float:
    start = time.process_time()
    work()
    return count / (time.process_time() - start)


def speed(count: int) -> None:
    for name, pattern in (("not meant", _OTHER), ("meant", _MEANT)):
        items = [score.Item(n, text, firm=FIRM) for n, text in enumerate(texts(pattern, count))]
        score.score(items[0])
        rate = per_second(lambda items=items: [score.score(each) for each in items], count)
        print(f"score, {name:10} {rate:9.0f} texts/s")
    stream = [
        cluster.Item(n, text[:40], text, f"outlet {n % 9}")
        for n, text in enumerate(texts(_OTHER, count // 2) + texts(_MEANT, count // 2))
    ]
    rate = per_second(lambda: list(cluster.cluster(stream)), len(stream))
    print(f"cluster           {rate:9.0f} items/s")


def rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]


def measures(pairs: Iterable[tuple[str, str]], classes: Sequence[str]) -> None:
    """Precision, recall and F of each class from (found, labelled), accuracy, official F."""
    counted = Counter(pairs)
    whole = sum(counted.values())
    right = sum(number for (found, labelled), number in counted.items() if found == labelled)
    precisions, recalls = [], []
    for name in classes:
        hit = counted[name, name]
        found = sum(number for (f, _), number in counted.items() if f == name)
        labelled = sum(number for (_, each), number in counted.items() if each == name)
        precision, recall = hit / max(found, 1), hit / max(labelled, 1)
        f_measure = 2 * precision * recall / max(precision + recall, 1e-9)
        precisions.append(precision)
        recalls.append(recall)
        print(f"  {name:10} P {precision:.3f}  R {recall:.3f}  F {f_measure:.3f}  n {labelled}")
    macro_p, macro_r = sum(precisions) / len(classes), sum(recalls) / len(classes)
    official = 2 * macro_p * macro_r / max(macro_p + macro_r, 1e-9)
    print(f"  accuracy {right / whole:.3f}   official F {official:.3f}")


def offence(path: Path) -> None:
    print("offence, attack against OTHER")
    measures(
        (
            ("OFFENSE" if score.score(score.Item(0, row[0])).attack else "OTHER", row[1])
            for row in rows(path)
        ),
        ("OFFENSE", "OTHER"),
    )


def polarity(path: Path) -> None:
    print("polarity")
    classes = ("negative", "neutral", "positive")
    measures(
        (
            (score.score(score.Item(0, row[1])).polarity, row[0])
            for row in rows(path)
            if row[0] in classes
        ),
        classes,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=4000, help="texts for the speed")
    parser.add_argument("--offence", type=Path, help="labelled file of the offence task")
    parser.add_argument("--polarity", type=Path, help="labelled file with polarity")
    chosen = parser.parse_args()
    speed(chosen.count)
    if chosen.offence:
        offence(chosen.offence)
    if chosen.polarity:
        polarity(chosen.polarity)


if __name__ == "__main__":
    main()
