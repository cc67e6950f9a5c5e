"""Reading documents that are not well-formed, in a process of their own.

feedparser finds entries in documents that no XML parser takes. What it costs depends on what
stands in the document, and some of it cannot be interrupted from inside the interpreter. So
it runs in a child with a limit on processor time and memory, gets the capped text only, and
its answer is JSON. Run as a script this module is that child.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

CPU_SECONDS: Final = 5
WALL_SECONDS: Final = 15
MEMORY_BYTES: Final = 1_000_000_000
_MAX_FIELD: Final = 100_000


def read(text: str, url: str | None) -> dict[str, Any] | None:
    """What the child found: ``{"title", "link", "entries": [{…}]}``, or None where it gave up."""
    question = json.dumps({"text": text, "url": url})
    try:
        child = subprocess.run(  # noqa: S603 (this interpreter, this file)
            [sys.executable, "-I", str(Path(__file__))],
            input=question.encode("ascii"),
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired:
        return None
    if child.returncode != 0:
        return None
    answer = json.loads(child.stdout)
    return answer if isinstance(answer, dict) else None


def _recovered(text: str, url: str | None) -> dict[str, Any]:
    """The child's work: only bytes reach the parser, with its own cleaning switched off."""
    import feedparser

    headers = {"content-type": "application/xml; charset=utf-8"}
    if url is not None:
        headers["content-location"] = url
    document = feedparser.parse(
        text.encode("utf-8", "replace"),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return {
        "title": _field(document["feed"], "title"),
        "link": _field(document["feed"], "link"),
        "entries": [_entry(entry) for entry in document["entries"][:20_000]],
    }


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "link", "title", "summary", "published", "updated", "created")
    found: dict[str, Any] = {name: _field(entry, name) for name in names}
    contents = dict.get(entry, "content") or [{}]
    found["content"] = _field(contents[0], "value")
    authors = dict.get(entry, "authors") or []
    found["authors"] = [
        _field(author, "name") or _field(author, "email") for author in authors[:50]
    ]
    return found


def _field(holder: dict[str, Any], name: str) -> str:
    """A text of the parser's own kind of dictionary, without its aliases."""
    value = dict.get(holder, name)
    return value[:_MAX_FIELD] if isinstance(value, str) else ""


def _child() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    question = json.load(sys.stdin)
    json.dump(_recovered(question["text"], question["url"]), sys.stdout)


if __name__ == "__main__":
    _child()
