"""The tables of the room monitoring.

Three groups: what is watched (``source``, ``source_poll``, ``entry``), what concerns a case
(``watch_profile``, ``story``, ``mention``), and who is told (``alert`` and its routes). An
entry is what a source said, once for the whole house; a mention is that entry seen from one
case.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from data.migrate import append_only

MIGRATIONS = Migrations("monitoring")


@MIGRATIONS()
def m001_sources(db: Database) -> None:
    """Sources, the log of their polls, their entries, and who is watching.

    ``entry.matched_at`` is empty while an entry waits for the watch profiles, and becomes
    empty again when a headline is changed: an entry can come by more than once.
    """
    db.execute(
        """
        CREATE TABLE source (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            url TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL DEFAULT 'other' CHECK (kind IN (
                'news', 'agency', 'authority', 'consumer', 'trade', 'social', 'search', 'other'
            )),
            language TEXT NOT NULL DEFAULT 'de',
            region TEXT NOT NULL DEFAULT '',
            reach_class TEXT NOT NULL DEFAULT 'C' CHECK (reach_class IN ('A', 'B', 'C')),
            licence TEXT NOT NULL DEFAULT '',
            keeps TEXT NOT NULL DEFAULT 'title_link_excerpt'
                CHECK (keeps IN ('title_link_excerpt', 'full_text')),
            certainty TEXT NOT NULL DEFAULT 'given'
                CHECK (certainty IN ('given', 'listed', 'uncertain')),
            enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
            added_at TEXT NOT NULL,
            interval_seconds INTEGER NOT NULL DEFAULT 900 CHECK (interval_seconds >= 60),
            next_poll_at TEXT NOT NULL,
            etag TEXT,
            last_modified TEXT,
            body_hash TEXT,
            last_full_at TEXT,
            failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
            health TEXT NOT NULL DEFAULT 'unverified',
            health_since TEXT NOT NULL,
            last_ok_at TEXT,
            last_polled_at TEXT,
            last_error TEXT,
            problems TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(problems)),
            lease_owner TEXT,
            lease_until TEXT
        ) STRICT
        """
    )
    db.execute("CREATE INDEX source_due ON source(next_poll_at) WHERE enabled = 1")
    db.execute(
        """
        CREATE TABLE source_poll (
            id INTEGER PRIMARY KEY,
            source_id INTEGER NOT NULL REFERENCES source(id),
            started_at TEXT NOT NULL,
            finished_at TEXT NOT NULL,
            outcome TEXT NOT NULL,
            reachable INTEGER NOT NULL CHECK (reachable IN (0, 1)),
            status INTEGER,
            bytes INTEGER NOT NULL DEFAULT 0,
            entries_new INTEGER NOT NULL DEFAULT 0,
            gap_possible INTEGER NOT NULL DEFAULT 0 CHECK (gap_possible IN (0, 1)),
            detail TEXT
        ) STRICT
        """
    )
    db.execute("CREATE INDEX source_poll_source ON source_poll(source_id, started_at)")
    append_only(db, "source_poll")
    db.execute(
        """
        CREATE TABLE entry (
            id INTEGER PRIMARY KEY,
            source_id INTEGER NOT NULL REFERENCES source(id),
            entry_key TEXT NOT NULL,
            url TEXT,
            title TEXT NOT NULL,
            summary TEXT NOT NULL DEFAULT '',
            folded TEXT NOT NULL DEFAULT '',
            authors TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(authors)),
            published_at TEXT,
            first_seen_at TEXT NOT NULL,
            changed_at TEXT,
            content_hash TEXT NOT NULL,
            matched_at TEXT,
            UNIQUE (source_id, entry_key)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX entry_url ON entry(source_id, url)")
    db.execute("CREATE INDEX entry_seen ON entry(first_seen_at)")
    db.execute("CREATE INDEX entry_unmatched ON entry(id) WHERE matched_at IS NULL")
    db.execute(
        """
        CREATE VIRTUAL TABLE entry_text USING fts5(
            title, summary, folded,
            content='entry', content_rowid='id',
            tokenize='unicode61 remove_diacritics 2'
        )
        """
    )
    _index_entries(db)
    db.execute(
        """
        CREATE TABLE watcher (
            owner TEXT PRIMARY KEY,
            started_at TEXT NOT NULL,
            last_seen_at TEXT NOT NULL,
            stopped_at TEXT,
            pid INTEGER NOT NULL
        ) STRICT
        """
    )


def _index_entries(db: Database) -> None:
    """Triggers that keep the search index in step with ``entry``."""
    put = (
        "INSERT INTO entry_text (rowid, title, summary, folded)"
        " VALUES (new.id, new.title, new.summary, new.folded);"
    )
    take = (
        "INSERT INTO entry_text (entry_text, rowid, title, summary, folded)"
        " VALUES ('delete', old.id, old.title, old.summary, old.folded);"
    )
    texts = "title, summary, folded"
    db.execute(f"CREATE TRIGGER entry_indexed AFTER INSERT ON entry BEGIN {put} END")
    db.execute(f"CREATE TRIGGER entry_unindexed AFTER DELETE ON entry BEGIN {take} END")
    db.execute(
        f"CREATE TRIGGER entry_reindexed AFTER UPDATE OF {texts} ON entry BEGIN {take} {put} END"
    )


@MIGRATIONS()
def m002_mentions(db: Database) -> None:
    """What a case looks for, and what was found: profiles, stories, mentions."""
    db.execute(
        """
        CREATE TABLE watch_profile (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            version INTEGER NOT NULL CHECK (version >= 1),
            names TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(names)),
            terms TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(terms)),
            exclude TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(exclude)),
            updated_at TEXT NOT NULL,
            updated_by TEXT NOT NULL,
            UNIQUE (case_id, version)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE story (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            title TEXT NOT NULL,
            first_seen_at TEXT NOT NULL,
            first_mention_id INTEGER REFERENCES mention(id)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX story_case ON story(case_id, first_seen_at)")
    db.execute(
        """
        CREATE TABLE mention (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            entry_id INTEGER REFERENCES entry(id),
            story_id INTEGER REFERENCES story(id),
            copy_of INTEGER REFERENCES mention(id),
            origin TEXT NOT NULL CHECK (origin IN ('feed', 'manual', 'api')),
            source_name TEXT NOT NULL,
            reach_class TEXT CHECK (reach_class IN ('A', 'B', 'C')),
            url TEXT,
            author TEXT,
            title TEXT NOT NULL DEFAULT '',
            text TEXT NOT NULL DEFAULT '',
            language TEXT,
            published_at TEXT,
            first_seen_at TEXT NOT NULL,
            relevance REAL CHECK (relevance BETWEEN 0 AND 1),
            polarity TEXT CHECK (polarity IN ('negative', 'neutral', 'positive')),
            attack_score REAL CHECK (attack_score BETWEEN 0 AND 1),
            attack INTEGER CHECK (attack IN (0, 1)),
            role TEXT CHECK (role IN ('culprit', 'victim', 'mentioned', 'absent')),
            topics TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(topics)),
            severity INTEGER CHECK (severity BETWEEN 0 AND 100),
            reasons TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(reasons)),
            state TEXT NOT NULL DEFAULT 'new'
                CHECK (state IN ('new', 'attack', 'irrelevant', 'answered', 'watching')),
            state_by TEXT,
            state_at TEXT,
            idempotency_key TEXT UNIQUE,
            evidence_id INTEGER REFERENCES evidence(id),
            UNIQUE (case_id, entry_id)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX mention_case ON mention(case_id, first_seen_at)")
    db.execute("CREATE INDEX mention_story ON mention(story_id)")
    db.execute("CREATE INDEX mention_entry ON mention(entry_id)")


@MIGRATIONS()
def m003_alerts(db: Database) -> None:
    """Alerts, the routes they take and each try to deliver one; tokens of inbound callers."""
    db.execute(
        """
        CREATE TABLE alert (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            rule TEXT NOT NULL,
            severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 100),
            raised_at TEXT NOT NULL,
            text TEXT NOT NULL,
            details TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details)),
            acknowledged_at TEXT,
            acknowledged_by TEXT,
            dedupe_key TEXT NOT NULL,
            UNIQUE (case_id, dedupe_key)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX alert_case ON alert(case_id, raised_at)")
    db.execute("CREATE INDEX alert_open ON alert(raised_at) WHERE acknowledged_at IS NULL")
    db.execute(
        """
        CREATE TABLE alert_route (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            url TEXT NOT NULL,
            min_severity INTEGER NOT NULL DEFAULT 0 CHECK (min_severity BETWEEN 0 AND 100),
            enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1))
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE alert_delivery (
            id INTEGER PRIMARY KEY,
            alert_id INTEGER NOT NULL REFERENCES alert(id),
            route INTEGER NOT NULL REFERENCES alert_route(id),
            state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed')),
            tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
            next_try_at TEXT,
            last_error TEXT,
            sent_at TEXT,
            UNIQUE (alert_id, route)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX alert_delivery_due ON alert_delivery(state, next_try_at)")
    db.execute(
        """
        CREATE TABLE api_token (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            token_sha256 TEXT NOT NULL UNIQUE,
            created_at TEXT NOT NULL,
            revoked_at TEXT
        ) STRICT
        """
    )


@MIGRATIONS()
def m004_clock_deliveries(db: Database) -> None:
    """Each try to deliver a warning that a clock runs out."""
    db.execute(
        """
        CREATE TABLE clock_delivery (
            id INTEGER PRIMARY KEY,
            escalation_id INTEGER NOT NULL REFERENCES clock_escalation(id),
            route INTEGER NOT NULL REFERENCES alert_route(id),
            state TEXT NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'sent', 'failed', 'dropped')),
            tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
            next_try_at TEXT,
            last_error TEXT,
            sent_at TEXT,
            UNIQUE (escalation_id, route)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX clock_delivery_due ON clock_delivery(state, next_try_at)")


@MIGRATIONS()
def m005_board(db: Database) -> None:
    """What the board asks of ten thousand cases at once: the unsettled mentions of two days."""
    db.execute(
        "CREATE INDEX mention_unsettled ON mention(first_seen_at, case_id, severity)"
        " WHERE state IN ('new', 'attack', 'watching')"
    )
