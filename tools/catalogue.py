"""The English catalogue: bring it up to date with the code, or check that it is complete.

``python -m tools.catalogue`` adds what is new (untranslated) and drops what is gone;
``python -m tools.catalogue --check`` prints what is missing and fails on it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from data import reference

ROOT = Path(__file__).parent.parent
ROOMS = ("access", "budget", "cases", "data", "drafting", "monitoring", "ui")
CATALOGUE = ROOT / "data" / "locale" / "en.po"
_KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}


def extracted() -> Catalog:
    """Every message that stands in the code."""
    catalogue = Catalog(project="Krisenpult", charset="utf-8")
    for room in ROOMS:
        found = extract_from_dir(
            str(ROOT / room), method_map=[("**.py", "python")], keywords=_KEYWORDS
        )
        for file_name, _line, message, _comments, _context in found:
            catalogue.add(message, locations=[(f"{room}/{file_name}", 0)])
    for name, keys in _SHOWN.items():
        for message in _reference_messages(reference.load(name), keys):
            catalogue.add(message, locations=[(f"data/reference/{name}.toml", 0)])
    return catalogue


# Words that stand in the reference data and are shown on screen.
_SHOWN = {
    "templates": ("label", "hint"),
    "channels": ("label",),
}


def _reference_messages(value: object, keys: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in keys and isinstance(inner, str):
            yield inner
        yield from _reference_messages(inner, keys)


def stored() -> Catalog:
    """The English catalogue as it is."""
    if not CATALOGUE.exists():
        return Catalog(locale="en", project="Krisenpult", charset="utf-8")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def missing(english: Catalog, code: Catalog) -> list[str]:
    """The messages of the code that have no English yet."""
    lacking = []
    for message in code:
        if not message.id:
            continue
        known = english.get(message.id if isinstance(message.id, str) else message.id[0])
        texts = known.string if known else ""
        whole = all(texts) if isinstance(texts, tuple) else bool(texts)
        if not whole or (known and known.fuzzy):
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking


def update(english: Catalog, code: Catalog) -> None:
    """Write the catalogue: what the code says, with the English that is known."""
    # The catalogue changes when a message does, not because a day has passed.
    code.creation_date = english.creation_date
    english.update(code, no_fuzzy_matching=True)
    english.obsolete.clear()
    CATALOGUE.parent.mkdir(exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, english, width=100, no_location=True, omit_header=False, sort_output=True)


def main() -> int:
    """Run the command; returns its exit code."""
    english, code = stored(), extracted()
    if "--check" not in sys.argv[1:]:
        update(english, code)
        print(f"{len(missing(english, code))} messages without English")
        return 0
    lacking = missing(english, code)
    for message in lacking:
        print(f"no English for: {message}", file=sys.stderr)
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
