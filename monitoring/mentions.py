"""All SQL of mentions: profiles, mentions, stories, alerts, inbound tokens, and the pipeline.

An entry of a source becomes a mention of a case where it means the case's firm: matched,
scored, placed in a story, and counted for the alerts, all in one transaction for a batch of
entries.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from sqlite_utils import Database

from access import audit
from access.actor import SYSTEM, Actor
from cases import evidence, store
from cases.evidence import Evidence
from cases.store import Case
from data import Home, now, parse_utc, transaction, utc_text
from data.i18n import _
from monitoring import alert, cluster, deliver
from monitoring.cluster import Clusterer
from monitoring.errors import (
    EmptyMention,
    EmptyProfile,
    MissingSource,
    NobodyMeant,
    UnknownAlert,
    UnknownMention,
    UnknownState,
    UnknownToken,
)
from monitoring.match import FirmNames, Reason, WatchProfile, match, profile_for, reason_to_json
from monitoring.score import Item, Score, score
from monitoring.words import lexicon, read

STATES = ("new", "attack", "watching", "answered", "irrelevant")
KEPT_FROM = 0.35
"""The least relevance with which an entry becomes a mention of a case."""

_BATCH = 200
_REMEMBERED = timedelta(days=14)
_TOKEN_BYTES = 32
_MAIL_OF_EVERYBODY = frozenset(
    {"gmail.com", "gmx.at", "gmx.net", "gmx.de", "aon.at", "a1.net", "outlook.com", "hotmail.com",
     "outlook.at", "icloud.com", "yahoo.com", "yahoo.de", "chello.at", "live.at", "web.de", "me.com"}
)  # fmt: skip

State = Literal["new", "attack", "watching", "answered", "irrelevant"]


@dataclass(frozen=True)
class Profile:
    """What a case looks for. Version 0 was made from the firm's register data."""

    case_id: int
    version: int
    names: FirmNames
    updated_at: datetime | None
    updated_by: str


@dataclass(frozen=True)
class Mention:
    """A text about the firm of a case, with its scores."""

    id: int
    case_id: int
    entry_id: int | None
    story_id: int | None
    copy_of: int | None
    origin: str
    source_name: str
    reach_class: str | None
    url: str | None
    author: str | None
    title: str
    text: str
    language: str | None
    published_at: datetime | None
    first_seen_at: datetime
    relevance: float | None
    polarity: str | None
    attack_score: float | None
    attack: bool
    role: str | None
    topics: tuple[str, ...]
    severity: int
    reasons: tuple[Reason, ...]
    state: str
    state_by: str | None
    state_at: datetime | None
    evidence_id: int | None


@dataclass(frozen=True)
class Story:
    """A story of a case: how many texts tell it, and how many of those are copies."""

    id: int
    case_id: int
    title: str
    first_seen_at: datetime
    mentions: int
    copies: int


@dataclass(frozen=True)
class RaisedAlert:
    """An alert of a case, as it was raised."""

    id: int
    case_id: int
    case_number: str
    rule: str
    severity: int
    raised_at: datetime
    text: str
    mention_ids: tuple[int, ...]
    acknowledged_at: datetime | None
    acknowledged_by: str | None


@dataclass(frozen=True)
class Token:
    """A token of an inbound caller. The token itself is shown once and never stored."""

    id: int
    name: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class _Text:
    """A text that may become a mention."""

    origin: Literal["feed", "manual", "api"]
    source_name: str
    title: str
    text: str
    seen_at: datetime
    published_at: datetime | None = None
    reach_class: str | None = None
    url: str | None = None
    author: str | None = None
    entry_id: int | None = None
    evidence_id: int | None = None
    idempotency_key: str | None = None


# ---------------------------------------------------------------- profiles


def profile_of(db: Database, case_id: int) -> Profile:
    """The newest profile of a case, or the one its firm's register data gives."""
    row = next(
        db.query(
            "SELECT * FROM watch_profile WHERE case_id = ? ORDER BY version DESC LIMIT 1", [case_id]
        ),
        None,
    )
    if row is None:
        case = store.case_by_id(db, case_id)
        return Profile(case_id, 0, _names_from_register(db, case), None, "")
    stored = {kind: tuple(texts) for kind, texts in json.loads(row["names"])}
    names = FirmNames(
        name=(stored.get("name") or ("",))[0],
        aliases=stored.get("alias", ()),
        domains=stored.get("domain", ()),
        people=stored.get("person", ()),
        places=stored.get("place", ()),
        trade=" ".join(json.loads(row["terms"])),
        exclude=tuple(json.loads(row["exclude"])),
    )
    return Profile(case_id, row["version"], names, parse_utc(row["updated_at"]), row["updated_by"])


def _names_from_register(db: Database, case: Case) -> FirmNames:
    firm = store.firm_by_id(db, case.firm_id)
    domains = {_host(firm.website), firm.email.rpartition("@")[2].lower()}
    handle = urlsplit(firm.page_url).path.strip("/").split("/")[-1]
    aliases = [case.public_name] if case.public_name.casefold() != firm.full_name.casefold() else []
    return FirmNames(
        name=firm.full_name,
        aliases=(*aliases, *([f"@{handle}"] if handle else [])),
        domains=tuple(sorted(domains - _MAIL_OF_EVERYBODY - {""})),
        people=tuple(person.name for person in store.people_of(db, firm.id)),
        places=(firm.city,) if firm.city else (),
        trade=firm.sector,
    )


def _host(url: str) -> str:
    host = urlsplit(url if "://" in url else f"//{url}").hostname or ""
    return host.removeprefix("www.")


def save_profile(db: Database, actor: Actor, case_id: int, names: FirmNames) -> Profile:
    """Keep a new version of the profile. Raises EmptyProfile without a name."""
    clean = _clean_names(names)
    if not clean.name:
        raise EmptyProfile
    with transaction(db):
        before = profile_of(db, case_id)
        stored = [
            ("name", [clean.name]),
            ("alias", clean.aliases),
            ("domain", clean.domains),
            ("person", clean.people),
            ("place", clean.places),
        ]
        cursor = db.execute(
            "INSERT INTO watch_profile (case_id, version, names, terms, exclude, updated_at,"
            " updated_by) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                case_id,
                before.version + 1,
                _json(stored),
                _json([clean.trade] if clean.trade else []),
                _json(clean.exclude),
                utc_text(now()),
                actor.name,
            ],
        )
        audit.record(
            db,
            actor,
            "watch_profile.changed",
            f"watch_profile:{cursor.lastrowid}",
            case_id=case_id,
            details={"from": asdict(before.names), "to": asdict(clean)},
        )
    return profile_of(db, case_id)


def _clean_names(names: FirmNames) -> FirmNames:
    def clean(texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))

    return FirmNames(
        name=names.name.strip(),
        aliases=clean(names.aliases),
        domains=clean(names.domains),
        people=clean(names.people),
        places=clean(names.places),
        trade=names.trade.strip(),
        exclude=clean(names.exclude),
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------- the pipeline


class _Desk:
    """The open cases with their profiles, and what each remembers of its stories."""

    def __init__(self, db: Database, at: datetime, case_ids: Iterable[int] | None = None) -> None:
        self.db = db
        self.at = at
        chosen = (
            [case.id for case in store.list_cases(db, "open")] if case_ids is None else case_ids
        )
        self.profiles = {each: profile_for(profile_of(db, each).names) for each in chosen}
        self._stories: dict[int, Clusterer] = {}

    def keep(self, case_id: int, text: _Text, result: Score) -> int | None:
        """Insert a mention with its story; None where the case has this entry already."""
        mention_id = _insert_mention(self.db, case_id, text, result)
        if mention_id is not None:
            self._place(case_id, mention_id, text)
        return mention_id

    def _place(self, case_id: int, mention_id: int, text: _Text) -> None:
        clusterer = self._stories.get(case_id)
        if clusterer is None:
            clusterer = self._stories[case_id] = self._remembered(case_id, mention_id)
        placed = clusterer.add(
            cluster.Item(
                mention_id,
                text.title,
                text.text,
                text.source_name,
                text.published_at or text.seen_at,
            )
        )
        story_id = self._story(case_id, mention_id, placed.story, text)
        self.db.execute(
            "UPDATE mention SET story_id = ?, copy_of = ? WHERE id = ?",
            [story_id, placed.copy_of, mention_id],
        )

    def _remembered(self, case_id: int, before: int) -> Clusterer:
        clusterer = Clusterer()
        rows = self.db.query(
            "SELECT id, title, text, source_name, published_at, first_seen_at FROM mention"
            " WHERE case_id = ? AND id < ? AND first_seen_at >= ? ORDER BY id",
            [case_id, before, utc_text(self.at - _REMEMBERED)],
        )
        for row in rows:
            clusterer.add(
                cluster.Item(
                    row["id"],
                    row["title"],
                    row["text"],
                    row["source_name"],
                    parse_utc(row["published_at"] or row["first_seen_at"]),
                )
            )
        return clusterer

    def _story(self, case_id: int, mention_id: int, first_id: int, text: _Text) -> int:
        if first_id != mention_id:
            row = self.db.execute(
                "SELECT story_id FROM mention WHERE id = ?", [first_id]
            ).fetchone()
            if row is not None and row[0] is not None:
                return int(row[0])
        cursor = self.db.execute(
            "INSERT INTO story (case_id, title, first_seen_at, first_mention_id)"
            " VALUES (?, ?, ?, ?)",
            [case_id, text.title or text.text[:80], utc_text(text.seen_at), mention_id],
        )
        return int(cursor.lastrowid or 0)


def _insert_mention(db: Database, case_id: int, text: _Text, result: Score) -> int | None:
    values: dict[str, Any] = {
        "case_id": case_id,
        "entry_id": text.entry_id,
        "origin": text.origin,
        "source_name": text.source_name,
        "reach_class": text.reach_class,
        "url": text.url,
        "author": text.author,
        "title": text.title,
        "text": text.text,
        "language": result.language,
        "published_at": utc_text(text.published_at) if text.published_at else None,
        "first_seen_at": utc_text(text.seen_at),
        "relevance": result.relevance,
        "polarity": result.polarity,
        "attack_score": result.attack_score,
        "attack": int(result.attack),
        "role": result.role,
        "topics": _json(result.topics),
        "severity": result.severity,
        "reasons": _json([reason_to_json(reason) for reason in result.reasons]),
        "evidence_id": text.evidence_id,
        "idempotency_key": text.idempotency_key,
    }
    cursor = db.execute(
        f"INSERT INTO mention ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
        " ON CONFLICT DO NOTHING",
        list(values.values()),
    )
    return int(cursor.lastrowid or 0) if cursor.rowcount == 1 else None


def process_new_entries(db: Database, at: datetime) -> tuple[int, int]:
    """Match every entry that was not looked at yet; returns new mentions and raised alerts.

    Works in batches, one transaction each: entries become matched, mentions and alerts appear
    together or not at all. Several watchers may call it; one waits for the other.
    """
    mentions = alerts = 0
    while True:
        with transaction(db):
            rows = list(
                db.query(
                    "SELECT e.*, s.name AS source_name, s.reach_class, s.url AS source_url"
                    " FROM entry AS e JOIN source AS s ON s.id = e.source_id"
                    " WHERE e.matched_at IS NULL ORDER BY e.id LIMIT ?",
                    [_BATCH],
                )
            )
            if not rows:
                return mentions, alerts
            desk = _Desk(db, at)
            touched = _match_rows(desk, rows)
            db.conn.executemany(
                "UPDATE entry SET matched_at = ? WHERE id = ?",
                [(utc_text(at), row["id"]) for row in rows],
            )
            mentions += sum(touched.values())
            alerts += sum(_raise_alerts(db, case_id, at) for case_id in touched)


def _match_rows(desk: _Desk, rows: Iterable[Mapping[str, Any]]) -> dict[int, int]:
    """New mentions for each case."""
    touched: dict[int, int] = {}
    for row in rows:
        text = _text_of_entry(row)
        for case_id, result in _meant(desk.profiles, text):
            if desk.keep(case_id, text, result) is not None:
                touched[case_id] = touched.get(case_id, 0) + 1
    return touched


def _meant(profiles: Mapping[int, WatchProfile], text: _Text) -> Iterator[tuple[int, Score]]:
    """The cases whose firm the text names, with its score for each."""
    if not profiles:
        return
    whole = f"{text.title}\n{text.text}" if text.title else text.text
    tagged = lexicon().tag(read(whole))
    item = Item(None, text.text, text.title, text.source_name)
    for case_id, profile in profiles.items():
        found = match(profile, tagged)
        if found.named and found.relevance >= KEPT_FROM:
            yield case_id, score(item, profile)


def _text_of_entry(row: Mapping[str, Any]) -> _Text:
    authors = json.loads(row["authors"])
    return _Text(
        origin="feed",
        source_name=row["source_name"],
        title=row["title"],
        text=row["summary"],
        seen_at=parse_utc(row["first_seen_at"]),
        published_at=parse_utc(row["published_at"]) if row["published_at"] else None,
        reach_class=row["reach_class"],
        url=row["url"],
        author=authors[0] if authors else None,
        entry_id=row["id"],
    )


def rescan(db: Database, actor: Actor, case_id: int, days: int, at: datetime) -> int:
    """Match a case's profile on the entries of the last ``days``; returns the new mentions.

    For a case that was opened, or a profile that was changed, after the entries came in.
    """
    desk = _Desk(db, at, [case_id])
    found = 0
    last = 0
    while True:
        with transaction(db):
            rows = list(
                db.query(
                    "SELECT e.*, s.name AS source_name, s.reach_class, s.url AS source_url"
                    " FROM entry AS e JOIN source AS s ON s.id = e.source_id"
                    " WHERE e.id > ? AND e.first_seen_at >= ? ORDER BY e.id LIMIT ?",
                    [last, utc_text(at - timedelta(days=days)), _BATCH],
                )
            )
            if rows:
                last = rows[-1]["id"]
                found += sum(_match_rows(desk, rows).values())
                continue
            if found:
                _raise_alerts(db, case_id, at)
            audit.record(
                db,
                actor,
                "watch_profile.rescanned",
                f"crisis_case:{case_id}",
                case_id=case_id,
                details={"days": days, "mentions": found},
            )
            return found


# ---------------------------------------------------------------- mentions by hand and by API


def add_manual_mention(
    db: Database,
    actor: Actor,
    case_id: int,
    *,
    text: str,
    source_name: str,
    idempotency_key: str,
    title: str = "",
    url: str = "",
    author: str = "",
    published_at: datetime | None = None,
    reach_class: str | None = None,
    evidence_id: int | None = None,
) -> Mention:
    """Keep what a person saw: the firm is meant because they say so.

    The same key gives the same mention. Raises EmptyMention or MissingSource.
    """
    if not text.strip():
        raise EmptyMention
    if not source_name.strip():
        raise MissingSource
    at = now()
    with transaction(db):
        known = _by_key(db, idempotency_key)
        if known is not None:
            return known
        kept = _Text(
            origin="manual",
            source_name=source_name.strip(),
            title=title.strip(),
            text=text.strip(),
            seen_at=at,
            published_at=published_at,
            reach_class=reach_class,
            url=url.strip() or None,
            author=author.strip() or None,
            evidence_id=evidence_id,
            idempotency_key=idempotency_key,
        )
        mention = _keep_certain(db, case_id, kept, at)
        audit.record(
            db, actor, "mention.added", f"mention:{mention.id}", case_id=case_id,
            details={"source": mention.source_name, "evidence_id": evidence_id},
        )  # fmt: skip
        store.add_timeline_entry(
            db,
            actor,
            case_id,
            happened_at=published_at or at,
            kind="mention",
            text=_("Meldung erfasst: {source}").format(source=mention.source_name),
            details={"mention_id": mention.id},
        )
        _raise_alerts(db, case_id, at)
    return mention


def capture_mention(
    db: Database,
    home: Home,
    actor: Actor,
    case_id: int,
    *,
    image: bytes | None,
    file_name: str,
    text: str,
    source_name: str,
    idempotency_key: str,
    url: str = "",
    author: str = "",
    published_at: datetime | None = None,
) -> tuple[Mention, Evidence | None]:
    """A posting a person saw, with its screenshot as evidence; both are kept, or neither.

    The same key gives the same mention and takes no second evidence. Raises EmptyMention,
    MissingSource, EvidenceEmpty or EvidenceTooLarge.
    """
    with transaction(db):
        known = _by_key(db, idempotency_key)
        kept = None
        if known is None and image is not None:
            kept = evidence.add(
                db,
                home,
                actor,
                case_id,
                data=image,
                file_name=file_name,
                source_url=url,
                note=source_name,
            )
        mention = known or add_manual_mention(
            db,
            actor,
            case_id,
            text=text,
            source_name=source_name,
            url=url,
            author=author,
            published_at=published_at,
            evidence_id=kept.id if kept else None,
            idempotency_key=idempotency_key,
        )
        if mention.evidence_id is not None:
            kept = evidence.evidence_by_id(db, mention.evidence_id)
    return mention, kept


def _keep_certain(db: Database, case_id: int, kept: _Text, at: datetime) -> Mention:
    desk = _Desk(db, at, [case_id])
    item = Item(None, kept.text, kept.title, kept.source_name)
    result = score(item, desk.profiles[case_id], certain=True)
    mention_id = desk.keep(case_id, kept, result)
    if mention_id is None:
        raise RuntimeError("a key that was free a line before cannot be taken under the lock")
    return mention_by_id(db, mention_id)


def add_api_mention(
    db: Database,
    token_name: str,
    *,
    text: str,
    source_name: str,
    idempotency_key: str,
    case_number: str | None = None,
    title: str = "",
    url: str = "",
    author: str = "",
    published_at: datetime | None = None,
) -> list[Mention]:
    """Keep what another system reports (``POST /api/mentions``).

    With ``case_number`` it belongs to that case; without one, to every open case whose firm
    it names. The same key gives the same mentions. Raises EmptyMention, MissingSource,
    UnknownCase, or NobodyMeant.
    """
    if not (text.strip() or title.strip()):
        raise EmptyMention
    if not source_name.strip():
        raise MissingSource
    at = now()
    actor = Actor(kind="system", name=_("Schnittstelle {name}").format(name=token_name))
    kept: list[Mention] = []
    with transaction(db):
        given = [store.case_by_number(db, case_number).id] if case_number else None
        desk = _Desk(db, at, given)
        # The caller's key is its own: another caller may use the same word for another text.
        key = hashlib.sha256(f"{token_name}\n{idempotency_key}".encode()).hexdigest()
        plain = _Text(
            origin="api",
            source_name=source_name.strip(),
            title=title.strip(),
            text=text.strip(),
            seen_at=at,
            published_at=published_at,
            url=url.strip() or None,
            author=author.strip() or None,
        )
        known = _known_under(db, key)
        if known:
            return known
        for case_id, result in _results(desk, plain, certain=given is not None):
            its = _Text(**{**asdict(plain), "idempotency_key": f"api:{key}:{case_id}"})
            mention_id = desk.keep(case_id, its, result)
            if mention_id is None:
                continue
            kept.append(mention_by_id(db, mention_id))
            audit.record(
                db, actor, "mention.added", f"mention:{mention_id}", case_id=case_id,
                details={"source": plain.source_name, "token": token_name},
            )  # fmt: skip
            _raise_alerts(db, case_id, at)
    if not kept:
        raise NobodyMeant
    return kept


def _known_under(db: Database, key: str) -> list[Mention]:
    rows = db.query("SELECT * FROM mention WHERE idempotency_key GLOB ?", [f"api:{key}:*"])
    return [_mention(row) for row in rows]


def _results(desk: _Desk, text: _Text, certain: bool) -> Iterator[tuple[int, Score]]:
    if not certain:
        yield from _meant(desk.profiles, text)
        return
    item = Item(None, text.text, text.title, text.source_name)
    for case_id, profile in desk.profiles.items():
        yield case_id, score(item, profile, certain=True)


def _by_key(db: Database, key: str) -> Mention | None:
    row = next(db.query("SELECT * FROM mention WHERE idempotency_key = ?", [key]), None)
    return None if row is None else _mention(row)


# ---------------------------------------------------------------- reading and deciding


def mention_by_id(db: Database, mention_id: int) -> Mention:
    """One mention. Raises UnknownMention."""
    row = next(db.query("SELECT * FROM mention WHERE id = ?", [mention_id]), None)
    if row is None:
        raise UnknownMention(mention_id)
    return _mention(row)


def _mention(row: Mapping[str, Any]) -> Mention:
    def moment(name: str) -> datetime | None:
        return parse_utc(row[name]) if row[name] else None

    return Mention(
        id=row["id"],
        case_id=row["case_id"],
        entry_id=row["entry_id"],
        story_id=row["story_id"],
        copy_of=row["copy_of"],
        origin=row["origin"],
        source_name=row["source_name"],
        reach_class=row["reach_class"],
        url=row["url"],
        author=row["author"],
        title=row["title"],
        text=row["text"],
        language=row["language"],
        published_at=moment("published_at"),
        first_seen_at=parse_utc(row["first_seen_at"]),
        relevance=row["relevance"],
        polarity=row["polarity"],
        attack_score=row["attack_score"],
        attack=bool(row["attack"]),
        role=row["role"],
        topics=tuple(json.loads(row["topics"])),
        severity=row["severity"] or 0,
        reasons=tuple(Reason(**reason) for reason in json.loads(row["reasons"])),
        state=row["state"],
        state_by=row["state_by"],
        state_at=moment("state_at"),
        evidence_id=row["evidence_id"],
    )


_ORDERS = {
    "newest": "first_seen_at DESC, id DESC",
    "gravest": "severity DESC, first_seen_at DESC, id DESC",
}


def list_mentions(
    db: Database,
    case_id: int,
    *,
    states: Sequence[str] = (),
    min_severity: int = 0,
    copies: bool = True,
    order: Literal["newest", "gravest"] = "newest",
    limit: int = 50,
    offset: int = 0,
) -> list[Mention]:
    """One page of the mentions of a case; no ``states`` means all, ``copies`` False hides them."""
    where, values = _where(case_id, states, min_severity, copies)
    rows = db.query(
        f"SELECT * FROM mention WHERE {where} ORDER BY {_ORDERS[order]} LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )
    return [_mention(row) for row in rows]


def count_mentions(
    db: Database,
    case_id: int,
    *,
    states: Sequence[str] = (),
    min_severity: int = 0,
    copies: bool = True,
) -> int:
    """How many mentions :func:`list_mentions` would page through."""
    where, values = _where(case_id, states, min_severity, copies)
    return int(db.execute(f"SELECT count(*) FROM mention WHERE {where}", values).fetchone()[0])


def _where(
    case_id: int, states: Sequence[str], min_severity: int, copies: bool
) -> tuple[str, list[Any]]:
    for state in states:
        _check_state(state)
    where = "case_id = ? AND coalesce(severity, 0) >= ?"
    values: list[Any] = [case_id, min_severity]
    if states:
        where += f" AND state IN ({', '.join('?' * len(states))})"
        values += states
    if not copies:
        where += " AND copy_of IS NULL"
    return where, values


def stories_of(db: Database, case_id: int, limit: int = 50) -> list[Story]:
    """The stories of a case, the newest first, with the number of their mentions and copies."""
    rows = db.query(
        "SELECT s.*, count(m.id) AS mentions, count(m.copy_of) AS copies FROM story AS s"
        " LEFT JOIN mention AS m ON m.story_id = s.id WHERE s.case_id = ?"
        " GROUP BY s.id ORDER BY s.first_seen_at DESC, s.id DESC LIMIT ?",
        [case_id, limit],
    )
    return [
        Story(
            id=row["id"],
            case_id=row["case_id"],
            title=row["title"],
            first_seen_at=parse_utc(row["first_seen_at"]),
            mentions=row["mentions"],
            copies=row["copies"],
        )
        for row in rows
    ]


def _check_state(state: str) -> None:
    if state not in STATES:
        raise UnknownState(state)


def set_mention_state(db: Database, actor: Actor, mention_id: int, state: str) -> Mention:
    """Say what a mention is. Raises UnknownMention or UnknownState."""
    _check_state(state)
    with transaction(db):
        before = mention_by_id(db, mention_id)
        if before.state == state:
            return before
        db.execute(
            "UPDATE mention SET state = ?, state_by = ?, state_at = ? WHERE id = ?",
            [state, actor.name, utc_text(now()), mention_id],
        )
        audit.record(
            db,
            actor,
            "mention.state_changed",
            f"mention:{mention_id}",
            case_id=before.case_id,
            details={"from": before.state, "to": state},
        )
    return mention_by_id(db, mention_id)


# ---------------------------------------------------------------- alerts


def _raise_alerts(db: Database, case_id: int, at: datetime) -> int:
    """Decide over the case's mentions and keep what is news; inside the caller's transaction."""
    chosen = alert.rules()
    oldest = at - timedelta(days=max(rule.baseline_days for rule in chosen.each) + 1)
    rows = db.query(
        "SELECT * FROM mention WHERE case_id = ? AND first_seen_at >= ? AND state <> 'irrelevant'",
        [case_id, utc_text(oldest)],
    )
    raised = db.execute("SELECT dedupe_key FROM alert WHERE case_id = ?", [case_id]).fetchall()
    state = alert.State(
        tuple(_seen(_mention(row)) for row in rows), frozenset(row[0] for row in raised)
    )
    decided = alert.decide(state, chosen, at)
    for each in decided:
        _keep_alert(db, case_id, each, at)
    return len(decided)


def _seen(mention: Mention) -> alert.Seen:
    return alert.Seen(
        id=mention.id,
        at=mention.first_seen_at,
        voice=mention.author or mention.source_name
        if mention.origin != "feed"
        else mention.source_name,
        severity=mention.severity,
        story=mention.story_id,
        reach=mention.reach_class,
        is_copy=mention.copy_of is not None,
        is_enquiry=any(reason.code == "press_enquiry" for reason in mention.reasons),
        relevant=(mention.relevance or 0) >= KEPT_FROM,
    )


def _keep_alert(db: Database, case_id: int, raised: alert.Alert, at: datetime) -> None:
    cursor = db.execute(
        "INSERT INTO alert (case_id, rule, severity, raised_at, text, details, dedupe_key)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            case_id,
            raised.rule,
            raised.severity,
            utc_text(at),
            raised.text,
            _json(dict(raised.details)),
            raised.dedupe_key,
        ],
    )
    alert_id = int(cursor.lastrowid or 0)
    deliver.queue(db, alert_id, raised.severity, at)
    audit.record(
        db, SYSTEM, "alert.raised", f"alert:{alert_id}", case_id=case_id,
        details={"rule": raised.rule, "severity": raised.severity},
    )  # fmt: skip
    store.add_timeline_entry(
        db,
        SYSTEM,
        case_id,
        happened_at=at,
        kind="alert",
        text=raised.text,
        details={"alert_id": alert_id, "rule": raised.rule},
    )


def open_alerts(db: Database, case_id: int | None = None) -> list[RaisedAlert]:
    """Alerts nobody has acknowledged, the gravest first; of one case where it is given."""
    where = "AND a.case_id = :case" if case_id is not None else ""
    rows = db.query(
        "SELECT a.*, c.number FROM alert AS a JOIN crisis_case AS c ON c.id = a.case_id"
        f" WHERE a.acknowledged_at IS NULL {where}"
        " ORDER BY a.severity DESC, a.raised_at DESC, a.id DESC",
        {"case": case_id},
    )
    return [_raised(row) for row in rows]


def alerts_of(db: Database, case_id: int, limit: int = 50) -> list[RaisedAlert]:
    """All alerts of a case, the newest first."""
    rows = db.query(
        "SELECT a.*, c.number FROM alert AS a JOIN crisis_case AS c ON c.id = a.case_id"
        " WHERE a.case_id = ? ORDER BY a.raised_at DESC, a.id DESC LIMIT ?",
        [case_id, limit],
    )
    return [_raised(row) for row in rows]


def _raised(row: Mapping[str, Any]) -> RaisedAlert:
    return RaisedAlert(
        id=row["id"],
        case_id=row["case_id"],
        case_number=row["number"],
        rule=row["rule"],
        severity=row["severity"],
        raised_at=parse_utc(row["raised_at"]),
        text=row["text"],
        mention_ids=tuple(json.loads(row["details"]).get("mentions", ())),
        acknowledged_at=parse_utc(row["acknowledged_at"]) if row["acknowledged_at"] else None,
        acknowledged_by=row["acknowledged_by"],
    )


def acknowledge_alert(db: Database, actor: Actor, alert_id: int) -> RaisedAlert:
    """Somebody takes the alert. A second one changes nothing. Raises UnknownAlert."""
    with transaction(db):
        row = next(
            db.query(
                "SELECT a.*, c.number FROM alert AS a JOIN crisis_case AS c ON c.id = a.case_id"
                " WHERE a.id = ?",
                [alert_id],
            ),
            None,
        )
        if row is None:
            raise UnknownAlert(alert_id)
        if row["acknowledged_at"] is None:
            db.execute(
                "UPDATE alert SET acknowledged_at = ?, acknowledged_by = ? WHERE id = ?",
                [utc_text(now()), actor.name, alert_id],
            )
            audit.record(
                db, actor, "alert.acknowledged", f"alert:{alert_id}", case_id=row["case_id"]
            )
    return next(each for each in alerts_of(db, row["case_id"], 1000) if each.id == alert_id)


# ---------------------------------------------------------------- inbound tokens


def create_api_token(db: Database, actor: Actor, name: str) -> str:
    """A new token for an inbound caller; only its hash is kept, so it is shown once."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO api_token (name, token_sha256, created_at) VALUES (?, ?, ?)",
            [name, _token_hash(token), utc_text(now())],
        )
        audit.record(
            db, actor, "api_token.created", f"api_token:{cursor.lastrowid}", details={"name": name}
        )
    return token


def check_api_token(db: Database, token: str) -> str | None:
    """The name of the caller, or None where the token is unknown or was revoked."""
    row = db.execute(
        "SELECT name FROM api_token WHERE token_sha256 = ? AND revoked_at IS NULL",
        [_token_hash(token)],
    ).fetchone()
    return str(row[0]) if row else None


def revoke_api_token(db: Database, actor: Actor, token_id: int) -> None:
    """End a token. Raises UnknownToken."""
    with transaction(db):
        changed = db.execute(
            "UPDATE api_token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            [utc_text(now()), token_id],
        )
        if changed.rowcount == 0:
            raise UnknownToken(token_id)
        audit.record(db, actor, "api_token.revoked", f"api_token:{token_id}")


def list_api_tokens(db: Database) -> list[Token]:
    """All tokens, the newest first."""
    return [
        Token(
            id=row["id"],
            name=row["name"],
            created_at=parse_utc(row["created_at"]),
            revoked_at=parse_utc(row["revoked_at"]) if row["revoked_at"] else None,
        )
        for row in db.query("SELECT * FROM api_token ORDER BY id DESC")
    ]


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
