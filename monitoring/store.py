"""All SQL of sources, entries, the log of polls, leases and watchers."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases.store import list_cases
from data import now as present
from data import parse_utc, transaction, utc_text
from monitoring import health
from monitoring.errors import SourceExists, UnknownSource
from monitoring.fetch import Fetched
from monitoring.health import BlindPeriod, Watching
from monitoring.parse import Entry, ParsedFeed
from monitoring.plain import folded
from monitoring.schedule import CRISIS_SECONDS
from monitoring.sources import Listed, Refused, SourceList, read_list

EXCERPT: Final = 2000
LEASE: Final = timedelta(minutes=5)
SILENCE: Final = timedelta(minutes=2)
# Without polls for this many intervals a source counts as unseen although it did not fail.
_UNPOLLED_INTERVALS: Final = 3
_LEAST_UNPOLLED: Final = timedelta(hours=1)
_MAX_PROBLEMS: Final = 20


@dataclass(frozen=True)
class Source:
    """A feed that is watched, with its state. ``health`` is of the health vocabulary."""

    id: int
    url: str
    name: str
    kind: str
    language: str
    region: str
    reach_class: str
    licence: str
    keeps: str
    certainty: str
    enabled: bool
    added_at: datetime
    interval_seconds: int
    next_poll_at: datetime
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    last_full_at: datetime | None
    failures: int
    health: str
    health_since: datetime
    last_ok_at: datetime | None
    last_polled_at: datetime | None
    last_error: str | None
    problems: tuple[str, ...]

    def listed(self) -> Listed:
        """The source as a list would have it."""
        return Listed(
            url=self.url,
            name=self.name,
            kind=self.kind,
            language=self.language,
            region=self.region,
            reach_class=self.reach_class,
            licence=self.licence,
            certainty=self.certainty,
        )


@dataclass(frozen=True)
class StoredEntry:
    """What a source said, as stored. Texts are plain."""

    id: int
    source_id: int
    source_name: str
    reach_class: str
    language: str
    url: str | None
    title: str
    summary: str
    authors: tuple[str, ...]
    published_at: datetime | None
    first_seen_at: datetime


@dataclass(frozen=True)
class ImportReport:
    """What an import of a list did."""

    added: int
    already_known: int
    refused: tuple[Refused, ...]

    def to_json(self) -> dict[str, Any]:
        """The command's answer."""
        return {
            "added": self.added,
            "already_known": self.already_known,
            "refused": [{"line": each.line, "why": each.why} for each in self.refused],
        }


@dataclass(frozen=True)
class Poll:
    """One finished attempt at a source, and when the next one shall be."""

    source_id: int
    started_at: datetime
    finished_at: datetime
    fetched: Fetched
    next_poll_at: datetime


@dataclass(frozen=True)
class Stored:
    """What storing a poll changed."""

    entries_new: int
    entries_changed: int
    gap_possible: bool


@dataclass(frozen=True)
class PollRecord:
    """One line of the log of polls."""

    source_id: int
    started_at: datetime
    outcome: str
    status: int | None
    bytes: int
    entries_new: int
    gap_possible: bool
    detail: str | None


_MOMENTS: Final = (
    "added_at", "next_poll_at", "last_full_at", "health_since", "last_ok_at", "last_polled_at",
)  # fmt: skip
_NOT_SHOWN: Final = ("lease_owner", "lease_until")


def _moment(text: str | None) -> datetime | None:
    return parse_utc(text) if text else None


def _source(row: Mapping[str, Any]) -> Source:
    values = {name: value for name, value in row.items() if name not in _NOT_SHOWN}
    values.update({name: _moment(row[name]) for name in _MOMENTS})
    values["enabled"] = bool(row["enabled"])
    values["problems"] = tuple(json.loads(row["problems"]))
    return Source(**values)


def add_source(
    db: Database, actor: Actor, listed: Listed, *, interval_seconds: int = 900
) -> Source:
    """Watch one more source, due at once. Raises SourceExists."""
    with transaction(db):
        known = db.execute("SELECT id FROM source WHERE url = ?", [listed.url]).fetchone()
        if known is not None:
            raise SourceExists(listed.url)
        source_id = _insert_source(db, listed, present(), interval_seconds)
        audit.record(db, actor, "source.added", f"source:{source_id}", details={"url": listed.url})
    return source_by_id(db, source_id)


def _insert_source(db: Database, listed: Listed, at: datetime, interval_seconds: int) -> int:
    cursor = db.execute(
        "INSERT INTO source (name, url, kind, language, region, reach_class, licence, certainty,"
        " added_at, next_poll_at, health_since, interval_seconds)"
        " VALUES (:name, :url, :kind, :language, :region, :reach_class, :licence, :certainty,"
        " :at, :at, :at, :interval)",
        {**vars(listed), "at": utc_text(at), "interval": interval_seconds},
    )
    return int(cursor.lastrowid or 0)


def import_sources(db: Database, actor: Actor, found: SourceList) -> ImportReport:
    """Add the sources of a list that are not yet known, all or none."""
    added = 0
    at = present()
    with transaction(db):
        for listed in found.found:
            known = db.execute("SELECT 1 FROM source WHERE url = ?", [listed.url]).fetchone()
            if known is None:
                _insert_source(db, listed, at, 900)
                added += 1
        if added:
            audit.record(db, actor, "source.imported", "source:*", details={"added": added})
    return ImportReport(added, len(found.found) - added, found.refused)


def import_file(db: Database, actor: Actor, data: bytes) -> dict[str, Any]:
    """The command's answer to ``sources import``: OPML or one address a line."""
    return import_sources(db, actor, read_list(data)).to_json()


def source_by_id(db: Database, source_id: int) -> Source:
    """The source with this id. Raises UnknownSource."""
    row = next(db.query("SELECT * FROM source WHERE id = ?", [source_id]), None)
    if row is None:
        raise UnknownSource(source_id)
    return _source(row)


def list_sources(db: Database, *, enabled_only: bool = False) -> list[Source]:
    """All sources by name."""
    where = "WHERE enabled = 1" if enabled_only else ""
    rows = db.query(f"SELECT * FROM source {where} ORDER BY name COLLATE NOCASE, id")
    return [_source(row) for row in rows]


def source_json(source: Source) -> dict[str, Any]:
    """One source of the command ``sources list``."""
    return {
        "id": source.id,
        "name": source.name,
        "url": source.url,
        "kind": source.kind,
        "language": source.language,
        "region": source.region,
        "reach_class": source.reach_class,
        "enabled": source.enabled,
        "health": source.health,
        "health_since": utc_text(source.health_since),
        "last_ok_at": utc_text(source.last_ok_at) if source.last_ok_at else None,
        "next_poll_at": utc_text(source.next_poll_at),
        "failures": source.failures,
        "problems": list(source.problems),
    }


def change_source(
    db: Database,
    actor: Actor,
    source_id: int,
    *,
    name: str | None = None,
    enabled: bool | None = None,
    interval_seconds: int | None = None,
    reach_class: str | None = None,
) -> Source:
    """Change what is given; the rest stays. Raises UnknownSource."""
    wanted = {
        "name": name,
        "enabled": None if enabled is None else int(enabled),
        "interval_seconds": interval_seconds,
        "reach_class": reach_class,
    }
    changes = {column: value for column, value in wanted.items() if value is not None}
    with transaction(db):
        source_by_id(db, source_id)
        for column, value in changes.items():
            db.execute(f"UPDATE source SET {column} = ? WHERE id = ?", [value, source_id])
        if changes:
            audit.record(db, actor, "source.changed", f"source:{source_id}", details=changes)
    return source_by_id(db, source_id)


def poll_soon(db: Database, actor: Actor, source_id: int | None = None) -> None:
    """Make one source, or all of them, due now. Raises UnknownSource."""
    with transaction(db):
        if source_id is not None:
            source_by_id(db, source_id)
        db.execute(
            "UPDATE source SET next_poll_at = :now WHERE next_poll_at > :now"
            " AND (:id IS NULL OR id = :id)",
            {"now": utc_text(present()), "id": source_id},
        )
        audit.record(db, actor, "source.poll_asked", f"source:{source_id or '*'}")


def entry_counts(db: Database) -> dict[int, int]:
    """How many entries each source has brought."""
    rows = db.execute("SELECT source_id, count(*) FROM entry GROUP BY source_id")
    return {int(source_id): int(count) for source_id, count in rows}


def candidates(db: Database, now: datetime, *, everything: bool) -> list[int]:
    """The enabled sources that are due, the most overdue first; all of them on request."""
    rows = db.execute(
        "SELECT id FROM source WHERE enabled = 1 AND (:all OR next_poll_at <= :now)"
        " ORDER BY next_poll_at, id",
        {"all": int(everything), "now": utc_text(now)},
    )
    return [int(row[0]) for row in rows]


def lease(
    db: Database, owner: str, ids: Sequence[int], now: datetime, *, everything: bool
) -> list[Source]:
    """Take those of ``ids`` that nobody else has, for five minutes.

    A source that another watcher has polled in the meantime is no longer due and is not
    taken, unless everything is wanted.
    """
    with transaction(db):
        rows = db.query(
            "UPDATE source SET lease_owner = :owner, lease_until = :until"
            " WHERE id IN (SELECT value FROM json_each(:ids)) AND enabled = 1"
            " AND (lease_until IS NULL OR lease_until <= :now OR lease_owner = :owner)"
            " AND (:all OR next_poll_at <= :now) RETURNING *",
            {
                "owner": owner,
                "until": utc_text(now + LEASE),
                "ids": json.dumps(list(ids)),
                "now": utc_text(now),
                "all": int(everything),
            },
        )
        taken = [_source(row) for row in rows]
    order = {source_id: place for place, source_id in enumerate(ids)}
    return sorted(taken, key=lambda source: order[source.id])


def release(db: Database, owner: str) -> None:
    """Give back what ``owner`` has taken and not polled."""
    with transaction(db):
        db.execute(
            "UPDATE source SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = ?",
            [owner],
        )


def record_poll(db: Database, source: Source, poll: Poll) -> Stored:
    """Store a poll whole or not at all: its entries, the source's state, the line of the log."""
    fetched = poll.fetched
    with transaction(db):
        stored = Stored(0, 0, False)
        if fetched.feed is not None:
            stored = _store_entries(db, source, fetched.feed, poll.finished_at)
        _update_source(db, source, poll)
        db.execute(
            "INSERT INTO source_poll (source_id, started_at, finished_at, outcome, reachable,"
            " status, bytes, entries_new, gap_possible, detail)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                source.id,
                utc_text(poll.started_at),
                utc_text(poll.finished_at),
                fetched.word,
                int(health.is_reachable(fetched.word)),
                fetched.status,
                fetched.bytes,
                stored.entries_new,
                int(stored.gap_possible),
                fetched.detail[:300] or None,
            ],
        )
    return stored


def _update_source(db: Database, source: Source, poll: Poll) -> None:
    fetched = poll.fetched
    reachable = health.is_reachable(fetched.word)
    at = utc_text(poll.finished_at)
    word = health.OK if reachable else fetched.word
    changes: dict[str, Any] = {
        "next_poll_at": utc_text(poll.next_poll_at),
        "last_polled_at": at,
        "failures": 0 if reachable else source.failures + 1,
        "health": word,
        "lease_owner": None,
        "lease_until": None,
    }
    if word != source.health:
        changes["health_since"] = at
    if reachable:
        changes["last_ok_at"] = at
        changes["last_error"] = None
        if fetched.status != 304:
            changes["last_full_at"] = at
            changes["etag"] = fetched.etag
            changes["last_modified"] = fetched.last_modified
            changes["body_hash"] = fetched.body_hash
    else:
        changes["last_error"] = fetched.detail[:300] or None
    if fetched.feed is not None:
        changes["problems"] = json.dumps(fetched.feed.problems[:_MAX_PROBLEMS], ensure_ascii=False)
    columns = ", ".join(f"{column} = :{column}" for column in changes)
    db.execute(f"UPDATE source SET {columns} WHERE id = :id", {**changes, "id": source.id})


def _store_entries(db: Database, source: Source, feed: ParsedFeed, now: datetime) -> Stored:
    """Insert what is new, update what was changed, and see whether the feed overflowed.

    An entry is known by its identifier, or by the same address with the same headline: some
    systems give a corrected article a new identifier. Where a feed shares nothing with what
    it said before, entries may have come and gone between two polls.
    """
    keyed = list(_with_keys(feed.entries, source))
    known = _known_entries(db, source.id, keyed)
    had_any = db.execute("SELECT 1 FROM entry WHERE source_id = ? LIMIT 1", [source.id]).fetchone()
    new = changed = met = 0
    for key, entry in keyed:
        row = known.by_key.get(key) or known.by_page.get((entry.url, entry.title))
        if row is None:
            _insert_entry(db, source.id, key, entry, now)
            new += 1
            continue
        met += 1
        if row["content_hash"] != _content_hash(entry):
            _update_entry(db, int(row["id"]), entry, now)
            changed += 1
    gap = had_any is not None and bool(keyed) and met == 0
    return Stored(new, changed, gap)


def _with_keys(entries: Sequence[Entry], source: Source) -> Iterator[tuple[str, Entry]]:
    """Each entry with a key of its own, cut to what may be kept of it.

    Some feeds give every entry the same identifier; then the key takes in the page and the
    headline, and only true repetitions fall together.
    """
    times = Counter(entry.id for entry in entries)
    seen: set[str] = set()
    for entry in entries:
        key = entry.id
        if times[entry.id] > 1:
            content = f"{entry.url}\0{entry.title}".encode("utf-8", "replace")
            key = f"{entry.id}#{hashlib.sha256(content).hexdigest()[:16]}"
        if key in seen:
            continue
        seen.add(key)
        if source.keeps == "title_link_excerpt" and len(entry.summary) > EXCERPT:
            entry = replace(entry, summary=entry.summary[: EXCERPT - 1].rstrip() + "…")
        yield key, entry


@dataclass(frozen=True)
class _Known:
    by_key: Mapping[str, Mapping[str, Any]]
    by_page: Mapping[tuple[str | None, str], Mapping[str, Any]]


def _known_entries(db: Database, source_id: int, keyed: Iterable[tuple[str, Entry]]) -> _Known:
    pairs = list(keyed)
    rows = list(
        db.query(
            "SELECT id, entry_key, url, title, content_hash FROM entry WHERE source_id = :source"
            " AND (entry_key IN (SELECT value FROM json_each(:keys))"
            " OR url IN (SELECT value FROM json_each(:urls)))",
            {
                "source": source_id,
                "keys": json.dumps([key for key, _entry in pairs]),
                "urls": json.dumps([entry.url for _key, entry in pairs if entry.url]),
            },
        )
    )
    return _Known(
        {row["entry_key"]: row for row in rows},
        {(row["url"], row["title"]): row for row in rows if row["url"]},
    )


def _content_hash(entry: Entry) -> str:
    content = "\0".join((entry.url or "", entry.title, entry.summary))
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()


def _entry_values(entry: Entry) -> dict[str, Any]:
    return {
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "folded": folded(f"{entry.title} {entry.summary}"),
        "authors": json.dumps(entry.authors, ensure_ascii=False),
        "published_at": utc_text(entry.published) if entry.published else None,
        "content_hash": _content_hash(entry),
    }


def _insert_entry(db: Database, source_id: int, key: str, entry: Entry, now: datetime) -> None:
    values = {
        **_entry_values(entry),
        "source_id": source_id,
        "entry_key": key,
        "first_seen_at": utc_text(now),
    }
    db.execute(
        f"INSERT INTO entry ({', '.join(values)}) VALUES (:{', :'.join(values)})",
        values,
    )


def _update_entry(db: Database, entry_id: int, entry: Entry, now: datetime) -> None:
    """A corrected article: its text is replaced and meets the watch profiles once more."""
    values = {**_entry_values(entry), "changed_at": utc_text(now), "matched_at": None}
    columns = ", ".join(f"{column} = :{column}" for column in values)
    db.execute(f"UPDATE entry SET {columns} WHERE id = :id", {**values, "id": entry_id})


def polls_of(db: Database, source_id: int, limit: int = 50) -> list[PollRecord]:
    """The newest polls of a source."""
    rows = db.query(
        "SELECT source_id, started_at, outcome, status, bytes, entries_new, gap_possible, detail"
        " FROM source_poll WHERE source_id = ? ORDER BY id DESC LIMIT ?",
        [source_id, limit],
    )
    return [
        PollRecord(
            **{
                **row,
                "started_at": parse_utc(row["started_at"]),
                "gap_possible": bool(row["gap_possible"]),
            }
        )
        for row in rows
    ]


def gaps(db: Database, since: datetime, source_id: int | None = None) -> list[PollRecord]:
    """The polls since ``since`` after which entries may be missing (Lücke möglich)."""
    rows = db.query(
        "SELECT source_id, started_at, outcome, status, bytes, entries_new, gap_possible, detail"
        " FROM source_poll WHERE gap_possible = 1 AND started_at >= :since"
        " AND (:source IS NULL OR source_id = :source) ORDER BY started_at",
        {"since": utc_text(since), "source": source_id},
    )
    return [
        PollRecord(**{**row, "started_at": parse_utc(row["started_at"]), "gap_possible": True})
        for row in rows
    ]


def blind_periods(
    db: Database, since: datetime, *, source_id: int | None = None, now: datetime | None = None
) -> list[BlindPeriod]:
    """The times since ``since`` in which enabled sources could not be seen, by their start.

    A period goes from the first failed poll to the start of the next good one. Where nobody
    polled for long, the period goes from the last poll to the next.
    """
    until = now or present()
    periods: list[BlindPeriod] = []
    for source in list_sources(db, enabled_only=True):
        if source_id in (None, source.id):
            periods += _blind_periods_of(db, source, since, until)
    return sorted(periods, key=lambda period: (period.start, period.source_name))


def _blind_periods_of(
    db: Database, source: Source, since: datetime, until: datetime
) -> list[BlindPeriod]:
    # One poll before the window tells in which state it began.
    rows = db.execute(
        "SELECT started_at, outcome, reachable FROM source_poll WHERE source_id = :id"
        " AND started_at >= coalesce((SELECT max(started_at) FROM source_poll"
        " WHERE source_id = :id AND started_at < :since), :since) ORDER BY id",
        {"id": source.id, "since": utc_text(since)},
    )
    polls = [(parse_utc(row[0]), str(row[1]), bool(row[2])) for row in rows]
    patience = max(source.interval_seconds * _UNPOLLED_INTERVALS, _LEAST_UNPOLLED.total_seconds())
    spans = list(_blind_spans(polls, until, timedelta(seconds=patience)))
    return [
        BlindPeriod(source.id, source.name, max(start, since), end, word)
        for start, end, word in spans
        if end is None or end > since
    ]


def _blind_spans(
    polls: Sequence[tuple[datetime, str, bool]], until: datetime, patience: timedelta
) -> Iterator[tuple[datetime, datetime | None, str]]:
    """The spans between polls in which nothing was seen, with the word for why."""
    began: datetime | None = None
    why = ""
    before: datetime | None = None
    for at, word, reachable in polls:
        if began is None and before is not None and at - before > patience:
            yield before, at, health.NOT_POLLED
        if reachable and began is not None:
            yield began, at, why
            began = None
        elif not reachable and began is None:
            began, why = at, word
        before = at
    if began is not None:
        yield began, None, why
    elif before is not None and until - before > patience:
        yield before, None, health.NOT_POLLED


_ENTRY: Final = (
    "SELECT entry.id, entry.source_id, source.name AS source_name, source.reach_class,"
    " source.language, entry.url, entry.title, entry.summary, entry.authors,"
    " entry.published_at, entry.first_seen_at FROM entry JOIN source ON source.id = entry.source_id"
)


def _stored_entry(row: Mapping[str, Any]) -> StoredEntry:
    values = dict(row)
    values["authors"] = tuple(json.loads(row["authors"]))
    values["published_at"] = _moment(row["published_at"])
    values["first_seen_at"] = parse_utc(row["first_seen_at"])
    return StoredEntry(**values)


def unmatched_entries(db: Database, limit: int = 500) -> list[StoredEntry]:
    """The oldest entries that have not met the watch profiles, new or changed ones."""
    rows = db.query(f"{_ENTRY} WHERE entry.matched_at IS NULL ORDER BY entry.id LIMIT ?", [limit])
    return [_stored_entry(row) for row in rows]


def mark_matched(db: Database, ids: Sequence[int], now: datetime) -> None:
    """Note that these entries have met the watch profiles."""
    with transaction(db):
        db.execute(
            "UPDATE entry SET matched_at = ? WHERE id IN (SELECT value FROM json_each(?))",
            [utc_text(now), json.dumps(list(ids))],
        )


def entry_by_id(db: Database, entry_id: int) -> StoredEntry:
    """The entry with this id, which must exist."""
    return _stored_entry(next(db.query(f"{_ENTRY} WHERE entry.id = ?", [entry_id])))


def search_entries(db: Database, words: str, limit: int = 50) -> list[StoredEntry]:
    """Entries that contain every one of ``words``, in any spelling of umlauts, newest first."""
    terms = [f'"{term}"' for term in folded(words).replace('"', " ").split()]
    if not terms:
        return []
    rows = db.query(
        f"{_ENTRY} JOIN entry_text ON entry_text.rowid = entry.id"
        " WHERE entry_text MATCH ? ORDER BY entry.first_seen_at DESC, entry.id DESC LIMIT ?",
        [" AND ".join(terms), limit],
    )
    return [_stored_entry(row) for row in rows]


def recent_entries(db: Database, source_id: int, limit: int = 10) -> list[StoredEntry]:
    """The newest entries of a source."""
    rows = db.query(
        f"{_ENTRY} WHERE entry.source_id = ? ORDER BY entry.id DESC LIMIT ?", [source_id, limit]
    )
    return [_stored_entry(row) for row in rows]


def is_crisis(db: Database) -> bool:
    """Whether an open case asks for the quick pace."""
    return any(case.crisis_mode for case in list_cases(db, state="open"))


def hurry(db: Database, now: datetime) -> None:
    """A crisis began: no source waits longer than the quick pace, failed ones included."""
    with transaction(db):
        db.execute(
            "UPDATE source SET next_poll_at = :soon WHERE next_poll_at > :soon",
            {"soon": utc_text(now + timedelta(seconds=CRISIS_SECONDS))},
        )


def beat(db: Database, owner: str, pid: int, now: datetime) -> None:
    """The watcher ``owner`` is alive; its first beat is its start."""
    with transaction(db):
        db.execute(
            "INSERT INTO watcher (owner, started_at, last_seen_at, pid)"
            " VALUES (:owner, :now, :now, :pid)"
            " ON CONFLICT (owner) DO UPDATE SET last_seen_at = excluded.last_seen_at",
            {"owner": owner, "now": utc_text(now), "pid": pid},
        )


def stop_watcher(db: Database, owner: str, now: datetime) -> None:
    """The watcher ``owner`` ends in an orderly way; watchers long gone are forgotten."""
    with transaction(db):
        db.execute(
            "UPDATE watcher SET last_seen_at = :now, stopped_at = :now WHERE owner = :owner",
            {"now": utc_text(now), "owner": owner},
        )
        db.execute(
            "DELETE FROM watcher WHERE last_seen_at < ?", [utc_text(now - timedelta(days=30))]
        )


def watching(db: Database, now: datetime) -> Watching:
    """Whether a watcher has been seen in the last two minutes, and since when it is so."""
    alive = utc_text(now - SILENCE)
    row = db.execute(
        "SELECT min(started_at) FROM watcher WHERE stopped_at IS NULL AND last_seen_at >= ?",
        [alive],
    ).fetchone()
    if row[0] is not None:
        return Watching(True, parse_utc(row[0]))
    last = db.execute("SELECT max(last_seen_at) FROM watcher").fetchone()[0]
    return Watching(False, _moment(last))
