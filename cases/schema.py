"""The tables of the room cases."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from data.migrate import append_only

MIGRATIONS = Migrations("cases")


@MIGRATIONS()
def m001_cases(db: Database) -> None:
    """Firms, policies, insured events, cases, IT incidents, facts, timeline, evidence."""
    _firms(db)
    _events_and_cases(db)
    _what_a_case_holds(db)


def _firms(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE firm (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL CHECK (name <> ''),
            legal_form TEXT NOT NULL DEFAULT '',
            register_number TEXT NOT NULL DEFAULT '',
            register_court TEXT NOT NULL DEFAULT '',
            street TEXT NOT NULL DEFAULT '',
            postcode TEXT NOT NULL DEFAULT '',
            city TEXT NOT NULL DEFAULT '',
            email TEXT NOT NULL DEFAULT '',
            phone TEXT NOT NULL DEFAULT '',
            website TEXT NOT NULL DEFAULT '',
            page_url TEXT NOT NULL DEFAULT '',
            sector TEXT NOT NULL DEFAULT '',
            staff_count INTEGER,
            input_tax_deductible TEXT NOT NULL DEFAULT 'unknown'
                CHECK (input_tax_deductible IN ('yes', 'no', 'unknown')),
            created_at TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE person (
            id INTEGER PRIMARY KEY,
            firm_id INTEGER NOT NULL REFERENCES firm(id),
            name TEXT NOT NULL CHECK (name <> ''),
            function TEXT NOT NULL DEFAULT '',
            email TEXT NOT NULL DEFAULT '',
            phone TEXT NOT NULL DEFAULT '',
            may_approve INTEGER NOT NULL DEFAULT 0 CHECK (may_approve IN (0, 1)),
            authority TEXT NOT NULL DEFAULT ''
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE policy (
            id INTEGER PRIMARY KEY,
            firm_id INTEGER NOT NULL REFERENCES firm(id),
            number TEXT NOT NULL,
            product TEXT NOT NULL,
            cap_cents INTEGER NOT NULL CHECK (cap_cents >= 0),
            cap_basis TEXT NOT NULL CHECK (cap_basis IN ('net', 'gross')),
            vat_percent INTEGER NOT NULL CHECK (vat_percent BETWEEN 0 AND 100),
            emergency_number TEXT NOT NULL DEFAULT '',
            UNIQUE (firm_id, number)
        ) STRICT
        """
    )


def _events_and_cases(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE insured_event (
            id INTEGER PRIMARY KEY,
            number TEXT NOT NULL UNIQUE,
            policy_id INTEGER NOT NULL REFERENCES policy(id),
            title TEXT NOT NULL,
            occurred_at TEXT NOT NULL,
            cap_cents INTEGER NOT NULL CHECK (cap_cents >= 0),
            cap_basis TEXT NOT NULL CHECK (cap_basis IN ('net', 'gross')),
            vat_percent INTEGER NOT NULL CHECK (vat_percent BETWEEN 0 AND 100),
            recorded_at TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE it_incident (
            id INTEGER PRIMARY KEY,
            number TEXT NOT NULL UNIQUE,
            firm_id INTEGER NOT NULL REFERENCES firm(id),
            insured_event_id INTEGER REFERENCES insured_event(id),
            kind TEXT NOT NULL,
            outage TEXT NOT NULL CHECK (outage IN ('yes', 'no', 'unknown')),
            device TEXT NOT NULL DEFAULT '',
            suspected TEXT NOT NULL CHECK (suspected IN ('yes', 'no', 'unknown')),
            cause_status TEXT NOT NULL CHECK (cause_status IN ('open', 'established', 'fixed')),
            data_loss TEXT NOT NULL CHECK (data_loss IN ('yes', 'no', 'unknown')),
            happened_at TEXT NOT NULL,
            opened_at TEXT NOT NULL,
            resolved_at TEXT,
            summary TEXT NOT NULL DEFAULT ''
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE crisis_case (
            id INTEGER PRIMARY KEY,
            number TEXT NOT NULL UNIQUE,
            firm_id INTEGER NOT NULL REFERENCES firm(id),
            insured_event_id INTEGER NOT NULL REFERENCES insured_event(id),
            public_name TEXT NOT NULL CHECK (public_name <> ''),
            state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'refused')),
            coverage_result TEXT NOT NULL CHECK (coverage_result IN ('yes', 'no', 'clarify')),
            limb TEXT CHECK (limb IN ('A', 'B')),
            claim_number TEXT NOT NULL DEFAULT '',
            crisis_mode INTEGER NOT NULL DEFAULT 1 CHECK (crisis_mode IN (0, 1)),
            on_duty TEXT NOT NULL DEFAULT '',
            called_at TEXT NOT NULL,
            opened_at TEXT NOT NULL,
            closed_at TEXT,
            idempotency_key TEXT UNIQUE
        ) STRICT
        """
    )
    db.execute("CREATE INDEX crisis_case_state ON crisis_case(state, opened_at)")
    db.execute(
        """
        CREATE TABLE case_incident (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            incident_id INTEGER NOT NULL REFERENCES it_incident(id),
            relation TEXT NOT NULL CHECK (relation IN ('caused_by', 'same_attack', 'coincident')),
            linked_at TEXT NOT NULL,
            linked_by TEXT NOT NULL,
            UNIQUE (case_id, incident_id)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE coverage_decision (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            decided_at TEXT NOT NULL,
            decided_by TEXT NOT NULL,
            answers TEXT NOT NULL,
            decision TEXT NOT NULL
        ) STRICT
        """
    )
    append_only(db, "coverage_decision")


def _what_a_case_holds(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE timeline_entry (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            happened_at TEXT NOT NULL,
            recorded_at TEXT NOT NULL,
            actor_name TEXT NOT NULL,
            kind TEXT NOT NULL,
            text TEXT NOT NULL,
            corrects_id INTEGER REFERENCES timeline_entry(id),
            details TEXT NOT NULL DEFAULT '{}'
        ) STRICT
        """
    )
    db.execute("CREATE INDEX timeline_entry_case ON timeline_entry(case_id, happened_at)")
    append_only(db, "timeline_entry")
    db.execute(
        """
        CREATE TABLE fact (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            code TEXT NOT NULL,
            UNIQUE (case_id, code)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE fact_version (
            id INTEGER PRIMARY KEY,
            fact_id INTEGER NOT NULL REFERENCES fact(id),
            version INTEGER NOT NULL CHECK (version >= 1),
            text TEXT NOT NULL CHECK (text <> ''),
            status TEXT NOT NULL CHECK (status IN
                ('confirmed', 'unconfirmed', 'disputed', 'retracted', 'not_yet_known')),
            source TEXT NOT NULL DEFAULT '',
            evidence_id INTEGER REFERENCES evidence(id),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            UNIQUE (fact_id, version)
        ) STRICT
        """
    )
    append_only(db, "fact_version")
    db.execute(
        """
        CREATE TABLE evidence (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            kind TEXT NOT NULL,
            file_name TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            media_type TEXT NOT NULL,
            source_url TEXT NOT NULL DEFAULT '',
            captured_at TEXT NOT NULL,
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            note TEXT NOT NULL DEFAULT ''
        ) STRICT
        """
    )
    append_only(db, "evidence")
    db.execute(
        """
        CREATE TABLE custody_entry (
            id INTEGER PRIMARY KEY,
            evidence_id INTEGER NOT NULL REFERENCES evidence(id),
            at TEXT NOT NULL,
            actor_name TEXT NOT NULL,
            action TEXT NOT NULL
        ) STRICT
        """
    )
    append_only(db, "custody_entry")
    db.execute(
        """
        CREATE TABLE case_clock (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            kind TEXT NOT NULL,
            title TEXT NOT NULL,
            started_at TEXT NOT NULL,
            due_at TEXT NOT NULL,
            rule TEXT NOT NULL DEFAULT '',
            source TEXT NOT NULL DEFAULT '',
            settled_at TEXT,
            settled_by TEXT,
            settled_as TEXT CHECK (settled_as IN ('done', 'declined')),
            reason TEXT NOT NULL DEFAULT '',
            CHECK (settled_as IS NULL OR settled_as = 'done' OR reason <> ''),
            UNIQUE (case_id, kind, started_at)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE contact (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            kind TEXT NOT NULL
                CHECK (kind IN ('media', 'partner', 'customer', 'poster', 'authority', 'staff')),
            name TEXT NOT NULL CHECK (name <> ''),
            organisation TEXT NOT NULL DEFAULT '',
            function TEXT NOT NULL DEFAULT '',
            email TEXT NOT NULL DEFAULT '',
            phone TEXT NOT NULL DEFAULT '',
            UNIQUE (case_id, kind, name, email)
        ) STRICT
        """
    )


@MIGRATIONS()
def m002_open_points(db: Database) -> None:
    """Decisions on what the contracts leave open (U-01 to U-10)."""


@MIGRATIONS()
def m003_contracts(db: Database) -> None:
    """Contracts as parameter sets, written authorities, readiness."""


@MIGRATIONS()
def m004_incidents(db: Database) -> None:
    """Affected systems, help, tasks, costs, on-site visits, moves between events."""


@MIGRATIONS()
def m005_steps(db: Database) -> None:
    """The eight steps, the stakeholders, the options."""


@MIGRATIONS()
def m006_evidence(db: Database) -> None:
    """Captures, derivatives, timestamps."""


@MIGRATIONS()
def m007_clocks(db: Database) -> None:
    """Press enquiries, escalations."""


@MIGRATIONS()
def m008_duty(db: Database) -> None:
    """Duty roster and handovers."""


@MIGRATIONS()
def m009_claims(db: Database) -> None:
    """Claim reports and later additions."""
