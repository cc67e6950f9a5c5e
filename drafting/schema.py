"""The tables of the room drafting."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from data.migrate import append_only

MIGRATIONS = Migrations("drafting")


@MIGRATIONS()
def m001_statements(db: Database) -> None:
    """Statements, versions, reviews, gates, approvals, releases, model calls."""
    _statements(db)
    _decisions(db)
    _releases(db)
    _model_calls(db)


def _statements(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE statement (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            kind TEXT NOT NULL CHECK (kind IN ('holding', 'release', 'reply', 'letter',
                'counterstatement', 'dsa_notice', 'qa')),
            channel TEXT NOT NULL CHECK (channel IN ('press', 'partner_letter', 'customer_letter',
                'employee_note', 'web', 'x', 'mastodon', 'bluesky', 'linkedin', 'facebook',
                'google_review', 'direct_message')),
            language TEXT NOT NULL CHECK (language IN ('de', 'en')),
            title TEXT NOT NULL CHECK (title <> ''),
            audience TEXT NOT NULL DEFAULT '',
            given TEXT NOT NULL DEFAULT '',
            state TEXT NOT NULL DEFAULT 'draft'
                CHECK (state IN ('draft', 'review', 'approved', 'released', 'withdrawn')),
            created_at TEXT NOT NULL,
            created_by TEXT NOT NULL,
            created_by_account INTEGER REFERENCES account(id),
            corrects_id INTEGER REFERENCES statement(id),
            idempotency_key TEXT UNIQUE
        ) STRICT
        """
    )
    db.execute("CREATE INDEX statement_case ON statement(case_id, id)")
    db.execute(
        """
        CREATE TABLE statement_version (
            id INTEGER PRIMARY KEY,
            statement_id INTEGER NOT NULL REFERENCES statement(id),
            version INTEGER NOT NULL CHECK (version >= 1),
            text TEXT NOT NULL CHECK (text <> ''),
            origin TEXT NOT NULL CHECK (origin IN ('template', 'model', 'person')),
            created_at TEXT NOT NULL,
            created_by TEXT NOT NULL,
            created_by_account INTEGER REFERENCES account(id),
            fact_refs TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(fact_refs)),
            content_hash TEXT NOT NULL CHECK (length(content_hash) = 64),
            idempotency_key TEXT UNIQUE,
            UNIQUE (statement_id, version)
        ) STRICT
        """
    )
    append_only(db, "statement_version")
    db.execute(
        """
        CREATE TABLE statement_recipient (
            id INTEGER PRIMARY KEY,
            statement_id INTEGER NOT NULL REFERENCES statement(id),
            name TEXT NOT NULL CHECK (name <> ''),
            email TEXT NOT NULL DEFAULT '',
            address_kind TEXT NOT NULL
                CHECK (address_kind IN ('email', 'post', 'platform', 'phone')),
            removed_at TEXT,
            CHECK (address_kind <> 'email' OR email <> '')
        ) STRICT
        """
    )
    db.execute(
        "CREATE UNIQUE INDEX statement_recipient_once"
        " ON statement_recipient(statement_id, email) WHERE removed_at IS NULL AND email <> ''"
    )
    db.execute(
        """
        CREATE TABLE statement_attachment (
            id INTEGER PRIMARY KEY,
            statement_id INTEGER NOT NULL REFERENCES statement(id),
            evidence_id INTEGER NOT NULL REFERENCES evidence(id),
            UNIQUE (statement_id, evidence_id)
        ) STRICT
        """
    )
    # What someone is typing: it may be overwritten, a version may not.
    db.execute(
        """
        CREATE TABLE working_copy (
            id INTEGER PRIMARY KEY,
            statement_id INTEGER NOT NULL REFERENCES statement(id),
            account_id INTEGER NOT NULL REFERENCES account(id),
            base_version INTEGER NOT NULL,
            text TEXT NOT NULL,
            saved_at TEXT NOT NULL,
            UNIQUE (statement_id, account_id)
        ) STRICT
        """
    )


def _decisions(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE statement_review (
            id INTEGER PRIMARY KEY,
            statement_id INTEGER NOT NULL REFERENCES statement(id),
            version_id INTEGER NOT NULL REFERENCES statement_version(id),
            content_hash TEXT NOT NULL,
            reviewer TEXT NOT NULL,
            reviewer_account INTEGER NOT NULL REFERENCES account(id),
            decision TEXT NOT NULL CHECK (decision IN ('accepted', 'sent_back')),
            comment TEXT NOT NULL DEFAULT '',
            at TEXT NOT NULL
        ) STRICT
        """
    )
    append_only(db, "statement_review")
    db.execute(
        """
        CREATE TABLE finding_override (
            id INTEGER PRIMARY KEY,
            version_id INTEGER NOT NULL REFERENCES statement_version(id),
            finding_kind TEXT NOT NULL,
            quote TEXT NOT NULL,
            reason TEXT NOT NULL CHECK (reason <> ''),
            by_name TEXT NOT NULL,
            by_account INTEGER REFERENCES account(id),
            at TEXT NOT NULL
        ) STRICT
        """
    )
    append_only(db, "finding_override")
    # Consent is given to words: it holds for every version with exactly this text.
    db.execute(
        """
        CREATE TABLE gate_consent (
            id INTEGER PRIMARY KEY,
            statement_id INTEGER NOT NULL REFERENCES statement(id),
            gate TEXT NOT NULL CHECK (gate IN ('insurer', 'lawyer')),
            text_hash TEXT NOT NULL CHECK (length(text_hash) = 64),
            given_by TEXT NOT NULL CHECK (given_by <> ''),
            method TEXT NOT NULL CHECK (method IN ('phone', 'email', 'letter', 'in_person')),
            given_at TEXT NOT NULL,
            note TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    append_only(db, "gate_consent")
    db.execute(
        """
        CREATE TABLE approval_request (
            id INTEGER PRIMARY KEY,
            statement_id INTEGER NOT NULL REFERENCES statement(id),
            version_id INTEGER NOT NULL REFERENCES statement_version(id),
            content_hash TEXT NOT NULL,
            link_id INTEGER NOT NULL UNIQUE REFERENCES one_time_link(id),
            person_id INTEGER NOT NULL REFERENCES person(id),
            requested_at TEXT NOT NULL,
            requested_by TEXT NOT NULL,
            expires_at TEXT NOT NULL,
            closed_at TEXT,
            call_wanted_at TEXT
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE approval (
            id INTEGER PRIMARY KEY,
            statement_id INTEGER NOT NULL REFERENCES statement(id),
            version_id INTEGER NOT NULL REFERENCES statement_version(id),
            request_id INTEGER UNIQUE REFERENCES approval_request(id),
            content_hash TEXT NOT NULL,
            approver_name TEXT NOT NULL,
            function TEXT NOT NULL,
            method TEXT NOT NULL CHECK (method IN ('link', 'phone')),
            decision TEXT NOT NULL CHECK (decision IN ('approved', 'rejected')),
            comment TEXT NOT NULL DEFAULT '',
            at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            call_back_number TEXT NOT NULL DEFAULT '',
            witness TEXT NOT NULL DEFAULT '',
            CHECK (method = 'link' OR (witness <> '' AND call_back_number <> ''))
        ) STRICT
        """
    )
    append_only(db, "approval")


def _releases(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE release (
            id INTEGER PRIMARY KEY,
            statement_id INTEGER NOT NULL UNIQUE REFERENCES statement(id),
            version_id INTEGER NOT NULL REFERENCES statement_version(id),
            content_hash TEXT NOT NULL,
            at TEXT NOT NULL,
            by_name TEXT NOT NULL,
            by_account INTEGER REFERENCES account(id),
            idempotency_key TEXT NOT NULL UNIQUE
        ) STRICT
        """
    )
    append_only(db, "release")
    db.execute(
        """
        CREATE TABLE release_delivery (
            id INTEGER PRIMARY KEY,
            release_id INTEGER NOT NULL REFERENCES release(id),
            recipient_id INTEGER NOT NULL REFERENCES statement_recipient(id),
            channel TEXT NOT NULL CHECK (channel IN ('email')),
            state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN
                ('queued', 'sending', 'sent', 'refused', 'failed', 'unclear')),
            message_id TEXT NOT NULL UNIQUE,
            tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
            last_error TEXT NOT NULL DEFAULT '',
            claimed_at TEXT,
            sent_at TEXT,
            UNIQUE (release_id, recipient_id),
            CHECK ((state = 'sent') = (sent_at IS NOT NULL))
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE release_posting (
            id INTEGER PRIMARY KEY,
            release_id INTEGER NOT NULL REFERENCES release(id),
            url TEXT NOT NULL,
            posted_at TEXT NOT NULL,
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            UNIQUE (release_id, url)
        ) STRICT
        """
    )
    append_only(db, "release_posting")


def _model_calls(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE model_call (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            at TEXT NOT NULL,
            by_name TEXT NOT NULL,
            model TEXT NOT NULL,
            prompt_tokens INTEGER NOT NULL DEFAULT 0,
            completion_tokens INTEGER NOT NULL DEFAULT 0,
            outcome TEXT NOT NULL
        ) STRICT
        """
    )
    append_only(db, "model_call")
