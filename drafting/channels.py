"""How long a text is on a channel, counted as the platform counts.

The channels and their figures are data (``data/reference/channels.toml``). What a platform
does with links, emoji and umlauts decides whether a post fits: on X „ä“ counts one and „€“
two, Google counts the bytes of a review reply, Bluesky counts what a reader sees as one sign.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex

from data import reference
from data.errors import InputError
from data.fields import Fields

_INVALID = "\ufffe\ufeff\uffff"
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NOT_IN_A_NAME = (
    r"\s\p{Zs}\u0085\u00a0\u180e\u2028\u2029\u200b-\u200d"
    r"!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u2027\u2030-\u205e\u20a0-\u20cf\u3000-\u303f" + _INVALID
)
_NAME_SIGN = rf"[^{_NOT_IN_A_NAME}{_DIRECTION}]"
_LABEL = rf"(?:{_NAME_SIGN}(?:[-_]|{_NAME_SIGN})*)?{_NAME_SIGN}"
_LAST_LABEL = rf"(?:{_NAME_SIGN}(?:-|{_NAME_SIGN})*)?{_NAME_SIGN}"
_PATH_SIGN = r"[\p{L}\p{M}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_PATH_END = r"[\p{L}\p{M}0-9+\-_=#/]"
_BALANCED = rf"\({_PATH_SIGN}+(?:\({_PATH_SIGN}+\){_PATH_SIGN}*)?\)"
_PATH = rf"(?:(?:{_PATH_SIGN}*(?:{_BALANCED}{_PATH_SIGN}*)*{_PATH_END})|(?:@{_PATH_SIGN}+/))"
_QUERY = r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]"

_EMOJI = regex.compile(
    r"""
    \p{RI}\p{RI}
    | [0-9#*]\ufe0f?\u20e3
    | (?!\p{RI}) (?: [\u00a9\u00ae\u2122\u265f]\ufe0f
                   | (?![\u00a9\u00ae\u2122\u265f0-9#*]) [\p{Emoji_Presentation}\p{Extended_Pictographic}] )
      (?!\ufe0e) (?: \ufe0f | \p{Emoji_Modifier} )?
      (?: [\U000e0020-\U000e007e]+\U000e007f )?
      (?: \u200d \p{Extended_Pictographic} (?: \ufe0f | \p{Emoji_Modifier} )? )*
    """,
    regex.VERBOSE,
)
_MASTODON_LINK = regex.compile(
    r"(?<![\p{L}\p{N}@$#_])https?://[^\s<>„“”\"]+[^\s<>„“”\".,;:!?)\]']", regex.I
)
_MASTODON_MENTION = regex.compile(
    r"(?<![=/\w])@([a-z0-9_]+(?:[a-z0-9_.-]*[a-z0-9_]+)?)@[\w.-]+\w", regex.I
)


@dataclass(frozen=True)
class Channel:
    """What one channel allows. ``limit`` None: as long as one likes."""

    name: str
    label: str
    unit: str
    limit: int | None = None
    soft: bool = False
    url: int | None = None
    bytes_limit: int | None = None


@dataclass(frozen=True)
class Length:
    """How long a text is on a channel.

    ``fits`` also respects a second limit in bytes, where the channel has one.
    """

    count: int
    limit: int | None
    unit: str
    fits: bool
    byte_count: int | None = None
    bytes_limit: int | None = None


@cache
def channels() -> dict[str, Channel]:
    """Every channel by its name, in the order of the reference file."""
    table: dict[str, dict[str, Any]] = reference.load("channels")["channel"]
    return {
        name: Channel(
            name=name,
            label=row["label"],
            unit=row["unit"],
            limit=row.get("limit"),
            soft=row.get("soft", False),
            url=row.get("url"),
            bytes_limit=row.get("bytes_limit"),
        )
        for name, row in table.items()
    }


def channel(name: str) -> Channel:
    """The channel ``name``. Raises InputError naming those that exist."""
    known = channels()
    if name not in known:
        raise InputError("channel", "takes one of " + ", ".join(known))
    return known[name]


@cache
def _link_pattern() -> regex.Pattern[str]:
    names = reference.load("channels")["domains"]["top_level"].split()
    top = "|".join(regex.escape(name) for name in sorted(names, key=len, reverse=True))
    end = rf"(?:{top}|xn--[-0-9a-z]+)(?=[^0-9a-z@+\-]|$)"
    return regex.compile(
        rf"(?<before>[^a-z0-9@＠$#＃{_INVALID}]|[{_DIRECTION}]|^)"
        rf"(?<url>(?<scheme>https?://)?"
        rf"(?<domain>(?:{_LABEL}\.)*{_LAST_LABEL}\.{end})"
        rf"(?::[0-9]+)?(?:/{_PATH}?)*(?:{_QUERY})?)",
        regex.I,
    )


def _is_domain(domain: str) -> bool:
    """Whether every label is at most 63 signs long in its encoded form."""
    for label in domain.split("."):
        encoded = label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
        if len(encoded) > 63:
            return False
    return True


def links(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each link in ``text`` as X sees it, bare domains included."""
    position = 0
    pattern = _link_pattern()
    while (found := pattern.search(text, position)) is not None:
        start, end = found.span("url")
        position = end
        domain = found["domain"]
        if not _is_domain(domain):
            continue
        if found["scheme"] is None:
            if found["before"] in ("-", "_", ".", "/"):
                continue
            if not domain.isascii():
                tail = regex.search(r"[a-z0-9][a-z0-9.-]*$", domain, regex.I)
                if tail is None or "." not in tail[0]:
                    continue
                start = end - len(found["url"]) + tail.start()
        yield start, end


def _code_point_weight(sign: str) -> int:
    code = ord(sign)
    light = (
        code <= 0x10FF
        or 0x2000 <= code <= 0x200D
        or 0x2010 <= code <= 0x201F
        or 0x2032 <= code <= 0x2037
    )
    return 1 if light else 2


def _weighted_without_links(text: str) -> int:
    total = 0
    position = 0
    for emoji in _EMOJI.finditer(text):
        total += sum(_code_point_weight(sign) for sign in text[position : emoji.start()]) + 2
        position = emoji.end()
    return total + sum(_code_point_weight(sign) for sign in text[position:])


def weighted_length(text: str, link_length: int = 23) -> int:
    """X's weighted length: NFC, light signs 1, others 2, an emoji 2, a link ``link_length``."""
    normal = unicodedata.normalize("NFC", text)
    total = 0
    position = 0
    for start, end in links(normal):
        total += _weighted_without_links(normal[position:start]) + link_length
        position = end
    return total + _weighted_without_links(normal[position:])


def graphemes(text: str) -> int:
    """What a reader sees as signs: extended grapheme clusters."""
    return len(regex.findall(r"\X", text))


def _mastodon_length(text: str, link_length: int) -> int:
    shortened = _MASTODON_LINK.sub("x" * link_length, text)
    return graphemes(_MASTODON_MENTION.sub(r"@\1", shortened))


def _count(text: str, on: Channel) -> int:
    if on.unit == "weighted":
        return weighted_length(text, on.url or 23)
    if on.name == "mastodon":
        return _mastodon_length(text, on.url or 23)
    if on.unit == "graphemes":
        return graphemes(text)
    if on.unit == "utf16_units":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    if on.unit == "bytes":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text)


def count(text: str, channel_name: str) -> Length:
    """How long ``text`` is on the channel, and whether it fits. Raises InputError."""
    on = channel(channel_name)
    number = _count(text, on)
    fits = on.limit is None or number <= on.limit
    if on.bytes_limit is None:
        return Length(number, on.limit, on.unit, fits)
    size = len(text.encode("utf-8", "surrogatepass"))
    return Length(number, on.limit, on.unit, fits and size <= on.bytes_limit, size, on.bytes_limit)


@dataclass(frozen=True)
class Request:
    """One line of the command ``count``."""

    id: Any
    text: str
    channel: str


def from_json(value: object) -> Request:
    """One input line ``{"id", "text", "channel"}``. Raises InputError."""
    fields = Fields(value)
    name = fields.choice("channel", list(channels()))
    identity = value.get("id") if isinstance(value, dict) else None
    return Request(identity, fields.text("text"), name)


def to_json(identity: object, length: Length) -> dict[str, Any]:
    """One output line. A channel with a second limit adds ``bytes`` and ``bytes_limit``."""
    result: dict[str, Any] = {"id": identity, **length_json(length)}
    return result


def length_json(length: Length) -> dict[str, Any]:
    """``{"count", "limit", "unit", "fits"}`` and, where a limit in bytes exists, that too."""
    result: dict[str, Any] = {
        "count": length.count,
        "limit": length.limit,
        "unit": length.unit,
        "fits": length.fits,
    }
    if length.bytes_limit is not None:
        result["bytes"] = length.byte_count
        result["bytes_limit"] = length.bytes_limit
    return result


def run(line: object) -> dict[str, Any]:
    """The command ``count`` for one parsed line."""
    request = from_json(line)
    return to_json(request.id, count(request.text, request.channel))
