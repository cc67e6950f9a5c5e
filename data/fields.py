"""Reading JSON that came from outside, field by field.

Every wrong value becomes an :class:`InputError` that names the field by its path and says
what it takes. Missing is unknown: a field that may be missing is read with a default, and
``null`` counts as missing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from data import times
from data.errors import InputError, NonexistentLocalTime, UnreadableTime

_REQUIRED: Any = object()
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def without_half_characters(value: Any) -> Any:
    """Parsed JSON with U+FFFD for each lone surrogate, which has no UTF-8.

    Systems that cut texts by UTF-16 units leave them behind where the cut meets an emoji.
    """
    if isinstance(value, str):
        return _HALF_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [without_half_characters(item) for item in value]
    if isinstance(value, dict):
        return {
            without_half_characters(name): without_half_characters(item)
            for name, item in value.items()
        }
    return value


class Fields:
    """One JSON object and where it stands in the input."""

    def __init__(self, value: object, path: str = "") -> None:
        """Takes the parsed JSON. Raises InputError where it is no object."""
        if not isinstance(value, dict):
            raise InputError(path or "input", "a JSON object")
        self._value: dict[str, Any] = value
        self.path = path

    def at(self, name: str) -> str:
        """The path of the field ``name``."""
        return f"{self.path}.{name}" if self.path else name

    def __contains__(self, name: str) -> bool:
        return self._value.get(name) is not None

    def _read(self, name: str, default: Any, takes: str) -> Any:
        value = self._value.get(name)
        if value is None:
            if default is _REQUIRED:
                raise InputError(self.at(name), f"is required; {takes}")
            return default
        return value

    def text(self, name: str, default: Any = _REQUIRED) -> Any:
        """A string."""
        value = self._read(name, default, "takes a text")
        if value is not default and not isinstance(value, str):
            raise InputError(self.at(name), "takes a text")
        return value

    def choice(self, name: str, choices: Sequence[str], default: Any = _REQUIRED) -> Any:
        """One of ``choices``."""
        takes = "takes one of " + ", ".join(choices)
        value = self._read(name, default, takes)
        if value is not default and value not in choices:
            raise InputError(self.at(name), takes)
        return value

    def integer(
        self, name: str, default: Any = _REQUIRED, least: int | None = None, most: int | None = None
    ) -> Any:
        """A whole number, within ``least`` and ``most`` where they are given."""
        takes = "takes a whole number"
        if least is not None:
            takes += f" of at least {least}"
        if most is not None:
            takes += f" and at most {most}" if least is not None else f" of at most {most}"
        value = self._read(name, default, takes)
        if value is default:
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            raise InputError(self.at(name), takes)
        if (least is not None and value < least) or (most is not None and value > most):
            raise InputError(self.at(name), takes)
        return value

    def number(self, name: str, default: Any = _REQUIRED) -> Any:
        """A number that is not an amount of money."""
        value = self._read(name, default, "takes a number")
        if value is default:
            return value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise InputError(self.at(name), "takes a number")
        # JSON has no infinity, but 1e999 is read as one.
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(self.at(name), "takes a number")
        return value

    def truth(self, name: str, default: Any = _REQUIRED) -> Any:
        """true or false."""
        value = self._read(name, default, "takes true or false")
        if value is not default and not isinstance(value, bool):
            raise InputError(self.at(name), "takes true or false")
        return value

    def moment(self, name: str, default: Any = _REQUIRED, fold: int = 0) -> datetime | Any:
        """A point in time, as UTC. Without an offset it is Vienna's wall clock."""
        takes = "takes a time such as 2026-05-16T08:00"
        value = self._read(name, default, takes)
        if value is default:
            return value
        if not isinstance(value, str):
            raise InputError(self.at(name), takes)
        try:
            return times.read_moment(value, fold)
        except UnreadableTime:
            raise InputError(self.at(name), takes) from None
        except NonexistentLocalTime:
            raise InputError(
                self.at(name), f"takes a local time that exists; {value} is skipped in Vienna"
            ) from None

    def texts(self, name: str, default: Any = _REQUIRED) -> Any:
        """A list of strings."""
        value = self._read(name, default, "takes a list of texts")
        if value is default:
            return value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise InputError(self.at(name), "takes a list of texts")
        return value

    def object(self, name: str) -> Fields | None:
        """A nested object, or None where it is missing."""
        value = self._value.get(name)
        return None if value is None else Fields(value, self.at(name))

    def objects(self, name: str, required: bool = True) -> Iterator[Fields]:
        """A list of nested objects."""
        value = self._read(name, _REQUIRED if required else [], "takes a list of objects")
        if not isinstance(value, list):
            raise InputError(self.at(name), "takes a list of objects")
        for index, item in enumerate(value):
            yield Fields(item, f"{self.at(name)}[{index}]")
