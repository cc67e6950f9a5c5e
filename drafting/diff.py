"""What changed between two texts, word by word, for eyes that must decide quickly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

# A word with the space after it: a space of its own would be the most frequent piece, and
# comparing takes time by the square of how often pieces repeat.
_PIECE = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True)
class Piece:
    """A stretch of text that stayed, went or came."""

    kind: Literal["same", "gone", "new"]
    text: str


def compare(before: str, after: str) -> tuple[Piece, ...]:
    """The way from ``before`` to ``after`` in pieces.

    The pieces that are not new give ``before`` back exactly, those that are not gone give
    ``after``.
    """
    return tuple(_pieces(_PIECE.findall(before), _PIECE.findall(after)))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(old[old_start:old_end]))
            continue
        if old_end > old_start:
            yield Piece("gone", "".join(old[old_start:old_end]))
        if new_end > new_start:
            yield Piece("new", "".join(new[new_start:new_end]))
