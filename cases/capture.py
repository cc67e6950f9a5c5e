"""Keeping a page of the web as evidence, and looking at it again.

Everything goes through the outbound gate: the page itself, each redirect, and the browser
that takes the picture. A capture is one group of originals: the bytes as served, the headers
of every hop, the words, the picture, and a manifest that names their hashes. A page that is
gone and a page that could not be seen are two different things, and both are written down
with their time; what stands on a wall in front of a page is never kept as the page.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlite_utils import Database

from access.actor import Actor
from access.outbound import PRODUCT, Answer, BadUrl, Gate, Limits, OutboundError, read_url
from access.recording import Hop, RecordingGate, recording
from cases import evidence, page_text, screenshot, sighting, store
from cases.errors import MissingField, ScreenshotUnavailable
from cases.evidence import Arrival
from cases.page_text import Change, PageText
from cases.screenshot import Picture
from cases.store import captures
from cases.store.captures import CaptureCheck, CapturedPage, Look
from data import Home, now, transaction, utc_text
from data.i18n import _

LIMITS: Final = Limits(body_bytes=15_000_000, total_seconds=30.0, redirects=8)
MANIFEST: Final = "capture.json"
_SHOWN_URL: Final = 120
_ASK: Final = {
    # Uncompressed, so that what is kept is what was sent.
    "accept-encoding": "identity",
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-language": "de-AT,de;q=0.9,en;q=0.5",
}
# Kept apart from the headers: they are ours for this visit and prove nothing.
_NOT_KEPT: Final = frozenset({"set-cookie", "set-cookie2"})


@dataclass(frozen=True)
class _Seen:
    """What one look brought, before it is written down."""

    at: datetime
    answer: Answer | None
    hops: tuple[Hop, ...]
    words: PageText
    shown: sighting.Sighting
    picture: Picture | None
    no_picture: str


def capture(
    db: Database,
    home: Home,
    gate: Gate,
    actor: Actor,
    case_id: int,
    url: str,
    *,
    with_picture: bool = True,
    idempotency_key: str | None = None,
) -> CaptureCheck:
    """Fetch ``url`` and keep it as a group of originals.

    Raises MissingField or BadUrl; whatever else goes wrong with the page is the result of the
    look. The same ``idempotency_key`` gives the same look.
    """
    if not url.strip():
        raise MissingField(_("Adresse"))
    address = read_url(url.strip()).url
    known = captures.check_by_key(db, idempotency_key)
    if known is not None:
        return known
    seen = _look(gate, address, with_picture)
    with transaction(db):
        page = captures.page_at(db, actor, case_id, address)
        return _write_down(db, home, actor, page, seen, True, idempotency_key)


def check_again(
    db: Database,
    home: Home,
    gate: Gate,
    actor: Actor,
    page_id: int,
    *,
    with_picture: bool = True,
    idempotency_key: str | None = None,
) -> CaptureCheck:
    """Look at a captured page again; its originals are kept anew where something changed."""
    known = captures.check_by_key(db, idempotency_key)
    if known is not None:
        return known
    page = captures.page_by_id(db, page_id)
    seen = _look(gate, page.url, with_picture)
    with transaction(db):
        return _write_down(db, home, actor, page, seen, False, idempotency_key)


def _look(gate: Gate, url: str, with_picture: bool) -> _Seen:
    """Fetch, read, judge, and take the picture. Nothing is written."""
    at = now()
    recorder = recording(gate)
    with recorder:
        try:
            answer = recorder.fetch(url, _ASK, limits=LIMITS)
        except BadUrl:
            return _not_seen(at, recorder, "bad_redirect")
        except OutboundError as error:
            return _not_seen(at, recorder, error.word)
    words = page_text.read(answer.body, answer.headers.get("content-type", ""))
    shown = sighting.judge(answer.status, answer.url, words)
    picture: Picture | None = None
    no_picture = ""
    if shown.shown != "hidden" and with_picture and _is_page(answer):
        try:
            picture = screenshot.take(gate, url)
        except ScreenshotUnavailable as error:
            no_picture = error.reason
    if picture is not None and len(picture.png) > evidence.LARGEST_BYTES:
        picture = None
        no_picture = _("Das Bild der Seite ist zu groß.")
    if picture is not None and not words.text:
        # A page that its own scripts write: the words are those that it shows in the end.
        words = PageText(words.title, _lines(picture.text))
        shown = sighting.judge(answer.status, picture.url, words)
    return _Seen(at, answer, tuple(recorder.hops), words, shown, picture, no_picture)


def _not_seen(at: datetime, recorder: RecordingGate, reason: str) -> _Seen:
    hidden = sighting.Sighting("hidden", reason)
    return _Seen(at, None, tuple(recorder.hops), PageText("", ""), hidden, None, "")


def _is_page(answer: Answer) -> bool:
    kind = answer.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
    return kind in ("text/html", "application/xhtml+xml")


def _lines(text: str) -> str:
    return "\n".join(line for each in text.splitlines() if (line := " ".join(each.split())))


def _write_down(
    db: Database,
    home: Home,
    actor: Actor,
    page: CapturedPage,
    seen: _Seen,
    keep_unchanged: bool,
    idempotency_key: str | None,
) -> CaptureCheck:
    """The look, its originals where there is something to keep, and a word on the timeline."""
    written = captures.check_by_key(db, idempotency_key)
    if written is not None:
        # Sent twice: the other look was first.
        return written
    body = seen.answer.body if seen.answer else b""
    digest = sighting.text_digest(seen.words, body) if seen.shown.shown == "there" else ""
    before = captures.checks_of(db, page.id)
    known = next((each.text_sha256 for each in reversed(before) if each.text_sha256), "")
    decided = [each for each in before if each.state != "not_fetched"]
    was_gone = bool(decided) and decided[-1].state == "disappeared"
    state = sighting.state_of(seen.shown.shown, digest, known, was_gone)
    look = Look(
        at=seen.at,
        state=state,
        reason=seen.shown.reason,
        status=seen.answer.status if seen.answer else None,
        final_url=seen.answer.url if seen.answer else "",
        text_sha256=digest,
        screenshot=seen.no_picture,
    )
    check = captures.add_check(db, actor, page, look, idempotency_key)
    if state in ("captured", "changed", "disappeared") or (state == "unchanged" and keep_unchanged):
        _keep(db, home, actor, page, check, seen)
    store.add_timeline_entry(
        db,
        actor,
        page.case_id,
        happened_at=seen.at,
        kind="evidence",
        text=f"{state_sentence(check)}: {_shown(page.url)}",
    )
    return check


def _keep(
    db: Database, home: Home, actor: Actor, page: CapturedPage, check: CaptureCheck, seen: _Seen
) -> None:
    """The originals of one look, and the manifest that names their hashes."""
    if seen.answer is None:
        return
    files = _files(seen.answer, seen)
    manifest = {
        "url": page.url,
        "final_url": seen.answer.url,
        "captured_at": utc_text(seen.at),
        "captured_by": actor.name,
        "software": PRODUCT,
        "state": check.state,
        "reason": check.reason,
        "status": seen.answer.status,
        "title": seen.words.title,
        "redirects": [
            {"url": hop.url, "status": hop.status, "location": hop.headers.get("location", "")}
            for hop in seen.hops
        ],
        "tls": dict(seen.hops[-1].tls) if seen.hops else {},
        "screenshot": _picture_facts(seen),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    files[MANIFEST] = _json(manifest)
    for name, data in files.items():
        evidence.take_in(
            db,
            home,
            actor,
            page.case_id,
            Arrival(
                data=data,
                file_name=name,
                kind="web_capture",
                source_url=page.url,
                captured_at=seen.at,
                note=seen.words.title[:200],
                check_id=check.id,
            ),
        )


def _files(answer: Answer, seen: _Seen) -> dict[str, bytes]:
    """The files of a capture by name; what has no content is left out."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    extension = ".html" if _is_page(answer) else mimetypes.guess_extension(kind) or ".bin"
    hops = [
        {
            "url": hop.url,
            "status": hop.status,
            "headers": {k: v for k, v in hop.headers.items() if k not in _NOT_KEPT},
            "tls": dict(hop.tls),
        }
        for hop in seen.hops
    ]
    files = {
        f"page{extension}": answer.body,
        "headers.json": _json(hops),
        "text.txt": seen.words.text.encode(),
    }
    if seen.picture is not None:
        files["screenshot.png"] = seen.picture.png
    return {name: data for name, data in files.items() if data}


def _picture_facts(seen: _Seen) -> dict[str, Any]:
    if seen.picture is None:
        return {"taken": False, "reason": seen.no_picture}
    facts = asdict(seen.picture)
    del facts["png"], facts["text"]
    return {"taken": True, **facts}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def text_of(db: Database, home: Home, check: CaptureCheck) -> str:
    """The words that a look found, or "" where it kept none. Raises EvidenceDamaged."""
    for each in evidence.evidence_of_check(db, check.id):
        if each.file_name == "text.txt":
            return evidence.read_whole(db, home, each.id).decode()
    return ""


def changes_of(db: Database, home: Home, check: CaptureCheck) -> list[Change]:
    """What a "changed" look found different from the one before it."""
    earlier = [
        each
        for each in captures.checks_of(db, check.page_id)
        if each.id < check.id and each.text_sha256 and each.text_sha256 != check.text_sha256
    ]
    # An unchanged look keeps no files of its own; the words stand with an older one.
    before = next((text for each in reversed(earlier) if (text := text_of(db, home, each))), "")
    return page_text.differences(before, text_of(db, home, check))


def state_word(state: str) -> str:
    """The state of a page in a word."""
    return {
        "captured": _("gesichert"),
        "unchanged": _("unverändert"),
        "changed": _("geändert"),
        "disappeared": _("verschwunden"),
        "not_fetched": _("nicht abrufbar"),
    }[state]


def reason_words(check: CaptureCheck) -> str:
    """Why a page is gone or was not seen, in words; "" where it is there."""
    named = {
        "": "",
        "platform": _("die Plattform zeigt: nicht verfügbar"),
        "login_wall": _("die Seite verlangt eine Anmeldung"),
        "consent_wall": _("die Seite verlangt eine Zustimmung"),
        "bot_wall": _("die Seite lässt automatische Abrufe nicht zu"),
        "server_error": _("der Server meldet einen Fehler"),
        "refused_address": _("die Adresse führt in ein internes Netz und wurde nicht abgerufen"),
        "bad_redirect": _("die Weiterleitung führt nicht zu einer Webadresse"),
        "dns": _("der Name ist nicht auffindbar"),
        "connection": _("keine Verbindung"),
        "tls": _("das Zertifikat ist ungültig"),
        "timeout": _("keine Antwort in der Zeit"),
        "too_large": _("die Seite ist zu groß"),
        "too_many_redirects": _("die Seite leitet im Kreis weiter"),
        "bad_answer": _("die Antwort ist beschädigt"),
    }
    if check.reason in named:
        return named[check.reason]
    return _("HTTP {status}").format(status=check.reason.removeprefix("http_"))


def state_sentence(check: CaptureCheck) -> str:
    """One look in a few words, for the timeline and the page."""
    reason = reason_words(check)
    tail = f" ({reason})" if reason else ""
    return _("Webseite {state}{reason}").format(state=state_word(check.state), reason=tail)


def _shown(url: str) -> str:
    return url if len(url) <= _SHOWN_URL else f"{url[:_SHOWN_URL]}…"
