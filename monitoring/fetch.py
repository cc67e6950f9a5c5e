"""Getting one source: through the gate, past walls, into entries. Nothing is stored here."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from access.outbound import Answer, Gate, OutboundError
from data.times import now as present
from monitoring import health
from monitoring.errors import FeedError
from monitoring.parse import ParsedFeed, entry_json, parse_feed

_ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)
_MAX_VALIDATOR: Final = 500
# Where consent pages live, and what pages say that check whether a person is reading.
_WALL_HOSTS: Final = ("consent.", "validate.perfdrive.com")
_WALL_MARKS: Final = (
    b"just a moment...", b"cf-challenge", b"cf_chl_", b"/cdn-cgi/challenge-platform",
    b"attention required! | cloudflare", b"bevor sie fortfahren", b"before you continue",
    b"are you a robot", b"datadome",
)  # fmt: skip
# On an ordinary page this belongs to a form; beside a refusal it is the wall itself.
_REFUSAL_MARKS: Final = (*_WALL_MARKS, b"captcha", b"access denied")
_WALL_STATUSES: Final = frozenset({200, 202, 401, 403, 429, 503})
_WALL_BYTES: Final = 20_000
_MAX_AGE: Final = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})")


@dataclass(frozen=True)
class Fetched:
    """What became of one attempt.

    ``word`` is of the health vocabulary; ``feed`` is there where it is "ok". ``retry_after``
    and ``max_age`` are seconds the server asked for.
    """

    word: str
    status: int | None = None
    bytes: int = 0
    seconds: float = 0.0
    url: str = ""
    feed: ParsedFeed | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    retry_after: int | None = None
    max_age: int | None = None
    detail: str = ""


def fetch(
    gate: Gate,
    url: str,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    body_hash: str | None = None,
) -> Fetched:
    """Get ``url`` and read it as a feed; never raises for what the other side does.

    With the validators of the last success the request is conditional. A body whose hash is
    ``body_hash`` counts as not modified: servers err about their validators both ways.
    """
    began = time.monotonic()
    headers = {"accept": _ACCEPT}
    if etag:
        headers["if-none-match"] = etag
    if last_modified:
        headers["if-modified-since"] = last_modified
    try:
        answer = gate.fetch(url, headers)
    except OutboundError as error:
        reason = str(getattr(error, "reason", ""))
        return Fetched(error.word, seconds=time.monotonic() - began, url=url, detail=reason)
    conditional = bool(etag or last_modified)
    return _judged(answer, body_hash, conditional, began)


def _judged(answer: Answer, body_hash: str | None, conditional: bool, began: float) -> Fetched:
    """Which word an answer deserves, and its feed where it has one."""
    word = health.word_of_status(answer.status)
    feed: ParsedFeed | None = None
    detail = ""
    digest = hashlib.sha256(answer.body).hexdigest()
    if word == health.NOT_MODIFIED and not conditional:
        # Nobody asked whether it was modified: this says nothing about the source.
        word = "http_3xx"
    elif is_wall(answer):
        word = "blocked"
    elif word is None and digest == body_hash:
        word = health.NOT_MODIFIED
    elif word is None:
        try:
            feed = parse_feed(answer.body, answer.url, answer.headers.get("content-type"))
            word = health.OK
        except FeedError as error:
            word, detail = error.word, error.sentence("de")
    return Fetched(
        word=word,
        status=answer.status,
        bytes=len(answer.body),
        seconds=time.monotonic() - began,
        url=answer.url,
        feed=feed,
        etag=_validator(answer.headers, "etag"),
        last_modified=_validator(answer.headers, "last-modified"),
        body_hash=digest,
        retry_after=retry_after(answer.headers.get("retry-after"), present()),
        max_age=_max_age(answer.headers.get("cache-control", "")),
        detail=detail,
    )


def is_wall(answer: Answer) -> bool:
    """Whether a page for people came instead of the feed: a consent page or a bot check.

    Such a page must never be taken for the source's words.
    """
    if answer.headers.get("cf-mitigated", "").lower() == "challenge":
        return True
    host = urlsplit(answer.url).hostname or ""
    if host.startswith(_WALL_HOSTS):
        return True
    html = "html" in answer.headers.get("content-type", "").lower()
    if not html or answer.status not in _WALL_STATUSES:
        return False
    start = answer.body[:_WALL_BYTES].lower()
    if b"<rss" in start or b"<feed" in start or b"<rdf:rdf" in start:
        return False
    marks = _WALL_MARKS if answer.status < 300 else _REFUSAL_MARKS
    return any(mark in start for mark in marks)


def _validator(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name, "").strip()
    usable = value.isascii() and value.isprintable() and len(value) <= _MAX_VALIDATOR
    return value if value and usable else None


def _max_age(cache_control: str) -> int | None:
    found = _MAX_AGE.search(cache_control.lower())
    return int(found[1]) if found is not None else None


def retry_after(value: str | None, now: datetime) -> int | None:
    """Seconds that a Retry-After header asks to wait, from its number or its date."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return int(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0, int((moment - now).total_seconds()))


def fetch_once(url: str, allow_net: Sequence[str] = ()) -> dict[str, Any]:
    """The command's answer for one URL: the watcher's whole way, nothing stored.

    ``error`` is None or a word of the health vocabulary; it is no failure of the command.
    """
    with Gate(allow_net=allow_net) as gate:
        fetched = fetch(gate, url)
    feed = fetched.feed
    good = fetched.word == health.OK and feed is not None
    return {
        "ok": good,
        "error": None if good else fetched.word,
        "status": fetched.status,
        "bytes": fetched.bytes,
        "seconds": round(fetched.seconds, 3),
        "entries": [entry_json(entry) for entry in feed.entries] if feed is not None else [],
        "url": fetched.url,
        "title": feed.title if feed is not None else "",
        "problems": list(feed.problems) if feed is not None else [],
    }
