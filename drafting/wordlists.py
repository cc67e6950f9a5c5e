"""Lists of words as they are written in data and code: separated by blanks."""

from __future__ import annotations


def word_set(value: str) -> frozenset[str]:
    """The words of ``value`` as a set."""
    return frozenset(value.split())


def word_list(value: str) -> list[str]:
    """The words of ``value`` in their order."""
    return value.split()
