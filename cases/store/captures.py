"""Pages of the web that are kept as evidence, and every look at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from data import now, parse_utc, transaction, utc_text


@dataclass(frozen=True)
class CapturedPage:
    """An address of a case that is looked at over time."""

    id: int
    case_id: int
    url: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class CaptureCheck:
    """One look. ``state`` is one of cases.sighting.STATES, ``reason`` says why it is not there.

    ``screenshot`` is "" where a picture was taken, else the sentence why there is none.
    """

    id: int
    page_id: int
    at: datetime
    actor_name: str
    state: str
    reason: str
    status: int | None
    final_url: str
    text_sha256: str
    screenshot: str


@dataclass(frozen=True)
class Look:
    """A look to be written down; the fields are those of :class:`CaptureCheck`."""

    at: datetime
    state: str
    reason: str = ""
    status: int | None = None
    final_url: str = ""
    text_sha256: str = ""
    screenshot: str = ""


def _page(row: dict[str, Any]) -> CapturedPage:
    return CapturedPage(
        id=row["id"],
        case_id=row["case_id"],
        url=row["url"],
        recorded_at=parse_utc(row["recorded_at"]),
        recorded_by=row["recorded_by"],
    )


def _check(row: dict[str, Any]) -> CaptureCheck:
    return CaptureCheck(
        id=row["id"],
        page_id=row["page_id"],
        at=parse_utc(row["at"]),
        actor_name=row["actor_name"],
        state=row["state"],
        reason=row["reason"],
        status=row["status"],
        final_url=row["final_url"],
        text_sha256=row["text_sha256"],
        screenshot=row["screenshot"],
    )


def page_at(db: Database, actor: Actor, case_id: int, url: str) -> CapturedPage:
    """The page at ``url`` in this case, made where it is new."""
    with transaction(db):
        db.execute(
            "INSERT INTO captured_page (case_id, url, recorded_at, recorded_by)"
            " VALUES (?, ?, ?, ?) ON CONFLICT (case_id, url) DO NOTHING",
            [case_id, url, utc_text(now()), actor.name],
        )
        row = next(
            db.query("SELECT * FROM captured_page WHERE case_id = ? AND url = ?", [case_id, url])
        )
    return _page(row)


def page_by_id(db: Database, page_id: int) -> CapturedPage:
    """The page with this id, which must exist."""
    return _page(next(db.query("SELECT * FROM captured_page WHERE id = ?", [page_id])))


def pages_of(db: Database, case_id: int) -> list[CapturedPage]:
    """The pages of a case, newest first."""
    rows = db.query("SELECT * FROM captured_page WHERE case_id = ? ORDER BY id DESC", [case_id])
    return [_page(row) for row in rows]


def checks_of(db: Database, page_id: int) -> list[CaptureCheck]:
    """All looks at a page, oldest first."""
    rows = db.query("SELECT * FROM capture_check WHERE page_id = ? ORDER BY id", [page_id])
    return [_check(row) for row in rows]


def check_by_id(db: Database, check_id: int) -> CaptureCheck:
    """The look with this id, which must exist."""
    return _check(next(db.query("SELECT * FROM capture_check WHERE id = ?", [check_id])))


def check_by_key(db: Database, idempotency_key: str | None) -> CaptureCheck | None:
    """The look that was written down under this key, if there is one."""
    rows = db.query("SELECT * FROM capture_check WHERE idempotency_key = ?", [idempotency_key])
    return next((_check(row) for row in rows), None)


def add_check(
    db: Database,
    actor: Actor,
    page: CapturedPage,
    look: Look,
    idempotency_key: str | None = None,
) -> CaptureCheck:
    """Write down one look, with its audit entry."""
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO capture_check (page_id, at, actor_name, state, reason, status, final_url,"
            " text_sha256, screenshot, idempotency_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                page.id,
                utc_text(look.at),
                actor.name,
                look.state,
                look.reason,
                look.status,
                look.final_url,
                look.text_sha256,
                look.screenshot,
                idempotency_key,
            ],
        )
        check_id = int(cursor.lastrowid or 0)
        audit.record(
            db,
            actor,
            "capture.checked",
            f"capture_check:{check_id}",
            case_id=page.case_id,
            details={"url": page.url, "state": look.state, "reason": look.reason},
        )
    return check_by_id(db, check_id)
