"""What an answer says about the page that was asked for.

There, gone, or not seen: the three must not be mixed up. "Gone" is said only where the server
or the platform itself says so; a wall in front of a page says nothing about the page, and
what stands on the wall is not kept as if it were the page.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from cases.page_text import PageText
from data import reference

STATES: Final = ("captured", "unchanged", "changed", "disappeared", "not_fetched")
Shown = Literal["there", "gone", "hidden"]
_FIRST_ERROR: Final = 400
_FIRST_SERVER_ERROR: Final = 500


@dataclass(frozen=True)
class Sighting:
    """What one answer shows. ``reason`` is a word such as http_404, platform, login_wall."""

    shown: Shown
    reason: str = ""


def judge(status: int, final_url: str, page: PageText) -> Sighting:
    """Read an answer by its status, the address it ended at, and its words."""
    marks = reference.load("captures")
    host = (urlsplit(final_url).hostname or "").lower()
    said = f"{page.title}\n{page.text}".casefold()
    short = len(page.text) <= marks["short_text"]
    for wall in marks["wall"]:
        if _fits(wall, host, final_url, said if short else ""):
            return Sighting("hidden", wall["reason"])
    if status in marks["statuses"]["gone"]:
        return Sighting("gone", f"http_{status}")
    for reason in ("login_wall", "bot_wall"):
        if status in marks["statuses"][reason]:
            return Sighting("hidden", reason)
    if status >= _FIRST_SERVER_ERROR:
        return Sighting("hidden", "server_error")
    if status >= _FIRST_ERROR:
        return Sighting("hidden", f"http_{status}")
    if short and any(_fits(gone, host, "", said) for gone in marks["gone"]):
        return Sighting("gone", "platform")
    return Sighting("there")


def _fits(mark: dict[str, Any], host: str, url: str, said: str) -> bool:
    """Whether a mark's host fits, and one of its addresses or words where it names any."""
    hosts = mark.get("hosts", [])
    if hosts and not any(host == each or host.endswith(f".{each}") for each in hosts):
        return False
    if "url" not in mark and "text" not in mark:
        return True
    path = urlsplit(url).path
    return any(part in path for part in mark.get("url", [])) or any(
        words in said for words in mark.get("text", [])
    )


def text_digest(page: PageText, body: bytes) -> str:
    """What two looks at a page are compared by: its words, or its bytes where it has none."""
    return hashlib.sha256(page.text.encode() if page.text else body).hexdigest()


def state_of(shown: Shown, digest: str, known_digest: str, was_gone: bool) -> str:
    """The state of a page after one more look.

    ``known_digest`` is that of the newest look at which it was there ("" where there was
    none). A page that comes back is captured anew.
    """
    if shown == "gone":
        return "disappeared"
    if shown == "hidden":
        return "not_fetched"
    if not known_digest or was_gone:
        return "captured"
    return "unchanged" if digest == known_digest else "changed"
