"""The tables of the room budget.

Entries, allocations, reversals, consents, reviews and exports are append-only. What an entry
is allocated is the sum of its allocation rows; what an event has used is the sum of all of
them, kept by a trigger in ``event_cap``, whose CHECK is the last line of defence: no program
that writes into this database can cover a cent over the cap.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from data.migrate import append_only

MIGRATIONS = Migrations("budget")


@MIGRATIONS()
def m001_budget(db: Database) -> None:
    """Rates, entries, the cap ledger, timers, reservations, consents, exports, reviews."""
    _entries(db)
    _ledger(db)
    _running_and_reserved(db)
    _consent(db)
    _exports(db)
    _guards(db)


@MIGRATIONS()
def m002_recomputing(db: Database) -> None:
    """The terms of a cap, corrections of exported lines, work under reservation."""
    _terms(db)
    _causes_of_allocations(db)
    _under_reservation(db)
    _as_exported(db)
    _corrections(db)


def _entries(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE rate (
            id INTEGER PRIMARY KEY,
            function TEXT NOT NULL CHECK (function <> ''),
            person TEXT NOT NULL DEFAULT '',
            rate_cents INTEGER NOT NULL CHECK (rate_cents >= 0),
            valid_from TEXT NOT NULL,
            valid_to TEXT CHECK (valid_to >= valid_from),
            reason TEXT NOT NULL CHECK (reason <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE service_entry (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            event_id INTEGER NOT NULL REFERENCES insured_event(id),
            kind TEXT NOT NULL CHECK (kind IN ('communication', 'third_party', 'it_phone',
                'it_onsite', 'internal', 'insured_pays', 'excluded')),
            person TEXT NOT NULL CHECK (person <> ''),
            function TEXT NOT NULL,
            activity TEXT NOT NULL,
            text TEXT NOT NULL CHECK (text <> ''),
            internal_note TEXT NOT NULL DEFAULT '',
            started_at TEXT NOT NULL,
            ended_at TEXT,
            break_seconds INTEGER NOT NULL CHECK (break_seconds >= 0),
            recorded_seconds INTEGER NOT NULL CHECK (recorded_seconds >= 0),
            billed_seconds INTEGER NOT NULL CHECK (billed_seconds >= 0),
            rounding_mode TEXT NOT NULL
                CHECK (rounding_mode IN ('none', 'up', 'down', 'nearest')),
            rounding_minutes INTEGER NOT NULL CHECK (rounding_minutes >= 0),
            rate_cents INTEGER CHECK (rate_cents >= 0),
            surcharge_cents INTEGER NOT NULL CHECK (surcharge_cents >= 0),
            surcharge_reason TEXT NOT NULL,
            fixed_cents INTEGER CHECK (fixed_cents >= 0),
            receipt TEXT NOT NULL DEFAULT '',
            net_cents INTEGER NOT NULL CHECK (net_cents >= 0),
            vat_basis_points INTEGER NOT NULL CHECK (vat_basis_points BETWEEN 0 AND 10000),
            vat_cents INTEGER NOT NULL CHECK (vat_cents >= 0),
            amount_cents INTEGER NOT NULL CHECK (amount_cents IN (net_cents, net_cents + vat_cents)),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CHECK (ended_at IS NULL OR ended_at >= started_at),
            CHECK ((rate_cents IS NULL) <> (fixed_cents IS NULL)),
            CHECK (rate_cents IS NULL OR ended_at IS NOT NULL),
            CHECK (kind <> 'third_party' OR receipt <> '')
        ) STRICT
        """
    )
    db.execute("CREATE INDEX service_entry_case ON service_entry(case_id, started_at)")
    db.execute("CREATE INDEX service_entry_event ON service_entry(event_id, started_at, id)")
    db.execute(
        """
        CREATE TABLE entry_reversal (
            entry_id INTEGER PRIMARY KEY REFERENCES service_entry(id),
            reason TEXT NOT NULL CHECK (reason <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    for table in ("rate", "service_entry", "entry_reversal"):
        append_only(db, table)


def _ledger(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE event_cap (
            event_id INTEGER PRIMARY KEY REFERENCES insured_event(id),
            cap_cents INTEGER NOT NULL CHECK (cap_cents >= 0),
            basis TEXT NOT NULL CHECK (basis IN ('net', 'gross')),
            vat_basis_points INTEGER NOT NULL CHECK (vat_basis_points BETWEEN 0 AND 10000),
            covered_cents INTEGER NOT NULL DEFAULT 0,
            overflow_cents INTEGER NOT NULL DEFAULT 0 CHECK (overflow_cents >= 0),
            CONSTRAINT never_over_the_cap CHECK (covered_cents BETWEEN 0 AND cap_cents)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE allocation (
            seq INTEGER PRIMARY KEY,
            entry_id INTEGER NOT NULL REFERENCES service_entry(id),
            event_id INTEGER NOT NULL REFERENCES event_cap(event_id),
            covered_cents INTEGER NOT NULL,
            overflow_cents INTEGER NOT NULL,
            cause TEXT NOT NULL CHECK (cause IN ('booked', 'recut', 'reversed', 'reviewed')),
            rule TEXT NOT NULL,
            recorded_at TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX allocation_entry ON allocation(entry_id)")
    append_only(db, "allocation")
    db.execute(
        """
        CREATE TRIGGER allocation_counts AFTER INSERT ON allocation BEGIN
            UPDATE event_cap SET
                covered_cents = covered_cents + NEW.covered_cents,
                overflow_cents = overflow_cents + NEW.overflow_cents
            WHERE event_id = NEW.event_id;
        END
        """
    )
    db.execute(
        """
        CREATE TABLE review (
            id INTEGER PRIMARY KEY,
            entry_id INTEGER NOT NULL UNIQUE REFERENCES service_entry(id),
            outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'cut', 'rejected')),
            cut_cents INTEGER NOT NULL CHECK (cut_cents >= 0),
            reason TEXT NOT NULL,
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CHECK (outcome = 'accepted' OR reason <> '')
        ) STRICT
        """
    )
    append_only(db, "review")


def _running_and_reserved(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE timer (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            event_id INTEGER NOT NULL REFERENCES insured_event(id),
            person_key TEXT NOT NULL,
            person TEXT NOT NULL,
            function TEXT NOT NULL,
            activity TEXT NOT NULL,
            rate_cents INTEGER NOT NULL CHECK (rate_cents >= 0),
            started_at TEXT NOT NULL,
            stopped_at TEXT,
            entry_id INTEGER REFERENCES service_entry(id),
            CHECK (entry_id IS NULL OR stopped_at IS NOT NULL)
        ) STRICT
        """
    )
    db.execute(
        "CREATE UNIQUE INDEX timer_one_per_person ON timer(person_key) WHERE stopped_at IS NULL"
    )
    db.execute(
        """
        CREATE TABLE reservation (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            event_id INTEGER NOT NULL REFERENCES insured_event(id),
            text TEXT NOT NULL CHECK (text <> ''),
            cents INTEGER NOT NULL CHECK (cents >= 0),
            expires_at TEXT NOT NULL,
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            ended_at TEXT,
            ended_as TEXT CHECK (ended_as IN ('released', 'settled')),
            entry_id INTEGER REFERENCES service_entry(id),
            CHECK ((ended_at IS NULL) = (ended_as IS NULL))
        ) STRICT
        """
    )


def _consent(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE consent (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            event_id INTEGER NOT NULL REFERENCES insured_event(id),
            kind TEXT NOT NULL CHECK (kind IN ('notice', 'consent', 'refusal', 'revocation')),
            ceiling_cents INTEGER NOT NULL CHECK (ceiling_cents >= 0),
            text TEXT NOT NULL CHECK (text <> ''),
            person TEXT NOT NULL CHECK (person <> ''),
            channel TEXT NOT NULL CHECK (channel <> ''),
            happened_at TEXT NOT NULL,
            valid_until TEXT,
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CHECK (kind <> 'consent' OR ceiling_cents > 0)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX consent_event ON consent(event_id, happened_at)")
    append_only(db, "consent")


def _exports(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE export_batch (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            number INTEGER NOT NULL CHECK (number >= 1),
            exported_at TEXT NOT NULL,
            exported_by TEXT NOT NULL,
            line_count INTEGER NOT NULL CHECK (line_count >= 0),
            rows_sha256 TEXT NOT NULL,
            document TEXT NOT NULL,
            document_sha256 TEXT NOT NULL,
            UNIQUE (case_id, number)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE export_line (
            entry_id INTEGER PRIMARY KEY REFERENCES service_entry(id),
            batch_id INTEGER NOT NULL REFERENCES export_batch(id),
            covered_cents INTEGER NOT NULL,
            overflow_cents INTEGER NOT NULL
        ) STRICT
        """
    )
    for table in ("export_batch", "export_line"):
        append_only(db, table)


def _guards(db: Database) -> None:
    db.execute(
        """
        CREATE TRIGGER allocation_of_exported BEFORE INSERT ON allocation
        WHEN NEW.cause <> 'reviewed'
            AND EXISTS (SELECT 1 FROM export_line WHERE entry_id = NEW.entry_id)
        BEGIN SELECT RAISE(ABORT, 'an exported line is never cut again'); END
        """
    )
    db.execute(
        """
        CREATE TRIGGER reversal_of_exported BEFORE INSERT ON entry_reversal
        WHEN EXISTS (SELECT 1 FROM export_line WHERE entry_id = NEW.entry_id)
        BEGIN SELECT RAISE(ABORT, 'an exported line is never reversed'); END
        """
    )


def _terms(db: Database) -> None:
    for column, standard in (("it_help", "outside_cap"), ("third_party", "inside_cap")):
        db.execute(
            f"ALTER TABLE event_cap ADD COLUMN {column} TEXT NOT NULL DEFAULT '{standard}'"
            f" CHECK ({column} IN ('inside_cap', 'outside_cap'))"
        )


def _causes_of_allocations(db: Database) -> None:
    """The table again, because SQLite cannot change a CHECK."""
    db.execute(
        """
        CREATE TABLE allocation_again (
            seq INTEGER PRIMARY KEY,
            entry_id INTEGER NOT NULL REFERENCES service_entry(id),
            event_id INTEGER NOT NULL REFERENCES event_cap(event_id),
            covered_cents INTEGER NOT NULL,
            overflow_cents INTEGER NOT NULL,
            cause TEXT NOT NULL CHECK (cause IN
                ('booked', 'recut', 'reversed', 'reviewed', 'moved', 'corrected')),
            rule TEXT NOT NULL,
            recorded_at TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("INSERT INTO allocation_again SELECT * FROM allocation")
    db.execute("DROP TABLE allocation")
    db.execute("ALTER TABLE allocation_again RENAME TO allocation")
    db.execute("CREATE INDEX allocation_entry ON allocation(entry_id)")
    append_only(db, "allocation")
    db.execute(
        """
        CREATE TRIGGER allocation_counts AFTER INSERT ON allocation BEGIN
            UPDATE event_cap SET
                covered_cents = covered_cents + NEW.covered_cents,
                overflow_cents = overflow_cents + NEW.overflow_cents
            WHERE event_id = NEW.event_id;
        END
        """
    )
    db.execute(
        """
        CREATE TRIGGER allocation_of_exported BEFORE INSERT ON allocation
        WHEN NEW.cause NOT IN ('reviewed', 'corrected')
            AND EXISTS (SELECT 1 FROM export_line WHERE entry_id = NEW.entry_id)
        BEGIN SELECT RAISE(ABORT, 'an exported line is only corrected'); END
        """
    )


def _under_reservation(db: Database) -> None:
    db.execute(
        "ALTER TABLE service_entry ADD COLUMN provisional INTEGER NOT NULL DEFAULT 0"
        " CHECK (provisional IN (0, 1))"
    )
    db.execute(
        """
        CREATE TABLE provisional_outcome (
            id INTEGER PRIMARY KEY,
            entry_id INTEGER NOT NULL REFERENCES service_entry(id),
            outcome TEXT NOT NULL CHECK (outcome IN ('open', 'confirmed', 'insured', 'own_loss')),
            cause TEXT NOT NULL CHECK (cause <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX provisional_outcome_entry ON provisional_outcome(entry_id, id)")
    append_only(db, "provisional_outcome")


def _as_exported(db: Database) -> None:
    """What a line left the house with; the lines exported before counted under the standard."""
    for column in (
        "basis TEXT NOT NULL DEFAULT 'net' CHECK (basis IN ('net', 'gross'))",
        "it_help TEXT NOT NULL DEFAULT 'outside_cap'",
        "third_party TEXT NOT NULL DEFAULT 'inside_cap'",
        "outcome TEXT NOT NULL DEFAULT ''",
        "event_id INTEGER REFERENCES insured_event(id)",
    ):
        db.execute(f"ALTER TABLE export_line ADD COLUMN {column}")
    db.execute(
        "ALTER TABLE review ADD COLUMN basis TEXT NOT NULL DEFAULT 'net'"
        " CHECK (basis IN ('net', 'gross'))"
    )
    basis = (
        "SELECT insured_event.cap_basis FROM service_entry"
        " JOIN insured_event ON insured_event.id = service_entry.event_id"
        " WHERE service_entry.id = {table}.entry_id"
    )
    event = "SELECT event_id FROM service_entry WHERE service_entry.id = export_line.entry_id"
    for table, values in (
        ("export_line", f"basis = ({basis.format(table='export_line')}), event_id = ({event})"),
        ("review", f"basis = ({basis.format(table='review')})"),
    ):
        db.execute(f"DROP TRIGGER {table}_no_update")
        db.execute(f"UPDATE {table} SET {values}")
        db.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _corrections(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE correction (
            id INTEGER PRIMARY KEY,
            entry_id INTEGER NOT NULL REFERENCES export_line(entry_id),
            event_id INTEGER NOT NULL REFERENCES insured_event(id),
            covered_cents INTEGER NOT NULL,
            overflow_cents INTEGER NOT NULL,
            insurer_cents INTEGER NOT NULL,
            owner_cents INTEGER NOT NULL,
            nobody_cents INTEGER NOT NULL,
            cause TEXT NOT NULL CHECK (cause <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX correction_entry ON correction(entry_id, id)")
    db.execute(
        """
        CREATE TABLE correction_export (
            correction_id INTEGER PRIMARY KEY REFERENCES correction(id),
            batch_id INTEGER NOT NULL REFERENCES export_batch(id)
        ) STRICT
        """
    )
    for table in ("correction", "correction_export"):
        append_only(db, table)
