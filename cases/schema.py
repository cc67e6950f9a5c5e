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
    db.execute(
        """
        CREATE TABLE open_point_decision (
            id INTEGER PRIMARY KEY,
            policy_id INTEGER NOT NULL REFERENCES policy(id),
            point TEXT NOT NULL CHECK (point IN
                ('U-01', 'U-02', 'U-03', 'U-04', 'U-05', 'U-06', 'U-07', 'U-08', 'U-09', 'U-10')),
            value TEXT NOT NULL CHECK (value <> ''),
            decided_by TEXT NOT NULL CHECK (trim(decided_by) <> ''),
            decider_function TEXT NOT NULL CHECK (trim(decider_function) <> ''),
            decided_at TEXT NOT NULL,
            reason TEXT NOT NULL CHECK (trim(reason) <> ''),
            recorded_by TEXT NOT NULL,
            recorded_at TEXT NOT NULL,
            idempotency_key TEXT UNIQUE
        ) STRICT
        """
    )
    db.execute(
        "CREATE INDEX open_point_decision_policy ON open_point_decision(policy_id, point, id)"
    )
    append_only(db, "open_point_decision")
    db.execute("ALTER TABLE coverage_decision ADD COLUMN cause TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE coverage_decision ADD COLUMN given TEXT NOT NULL DEFAULT '{}'")
    db.execute("ALTER TABLE coverage_decision ADD COLUMN assessment TEXT NOT NULL DEFAULT '{}'")
    db.execute("ALTER TABLE crisis_case ADD COLUMN callback_number TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE crisis_case ADD COLUMN caller_name TEXT NOT NULL DEFAULT ''")


@MIGRATIONS()
def m003_contracts(db: Database) -> None:
    """Contracts as parameter sets, written authorities, readiness."""
    _firm_details(db)
    _people_and_authorities(db)
    _contract_parameters(db)
    _readiness(db)


def _firm_details(db: Database) -> None:
    db.execute("ALTER TABLE firm ADD COLUMN seat TEXT NOT NULL DEFAULT ''")
    db.execute(
        "ALTER TABLE firm ADD COLUMN registered TEXT NOT NULL DEFAULT 'unknown'"
        " CHECK (registered IN ('yes', 'no', 'unknown'))"
    )
    db.execute("ALTER TABLE firm ADD COLUMN owner_name TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE firm ADD COLUMN trade TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE firm ADD COLUMN trade_authority TEXT NOT NULL DEFAULT ''")
    db.execute(
        """
        CREATE TABLE social_profile (
            id INTEGER PRIMARY KEY,
            firm_id INTEGER NOT NULL REFERENCES firm(id),
            network TEXT NOT NULL CHECK (network <> ''),
            handle TEXT NOT NULL DEFAULT '',
            url TEXT NOT NULL DEFAULT '',
            removed_at TEXT,
            CHECK (handle <> '' OR url <> '')
        ) STRICT
        """
    )
    db.execute(
        "CREATE UNIQUE INDEX social_profile_once ON social_profile(firm_id, network, handle, url)"
        " WHERE removed_at IS NULL"
    )
    db.execute(
        """
        CREATE TABLE firm_domain (
            id INTEGER PRIMARY KEY,
            firm_id INTEGER NOT NULL REFERENCES firm(id),
            domain TEXT NOT NULL CHECK (domain <> '' AND domain = lower(domain)),
            removed_at TEXT
        ) STRICT
        """
    )
    db.execute(
        "CREATE UNIQUE INDEX firm_domain_once ON firm_domain(firm_id, domain)"
        " WHERE removed_at IS NULL"
    )
    db.execute(
        """
        CREATE TABLE master_change (
            id INTEGER PRIMARY KEY,
            subject TEXT NOT NULL CHECK (subject IN ('firm', 'person', 'policy')),
            subject_id INTEGER NOT NULL,
            field TEXT NOT NULL,
            before TEXT NOT NULL,
            after TEXT NOT NULL CHECK (after <> before),
            changed_at TEXT NOT NULL,
            changed_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX master_change_subject ON master_change(subject, subject_id, id)")
    append_only(db, "master_change")


def _people_and_authorities(db: Database) -> None:
    # Who may approve follows from function and authority on the day; a tick only says who was
    # named as the one who approves.
    db.execute("ALTER TABLE person RENAME COLUMN may_approve TO named_approver")
    db.execute(
        "ALTER TABLE person ADD COLUMN outside_it TEXT NOT NULL DEFAULT 'unknown'"
        " CHECK (outside_it IN ('yes', 'no', 'unknown'))"
    )
    db.execute("ALTER TABLE person ADD COLUMN idempotency_key TEXT")
    db.execute("CREATE UNIQUE INDEX person_once ON person(idempotency_key)")
    db.execute(
        """
        CREATE TABLE person_function (
            id INTEGER PRIMARY KEY,
            person_id INTEGER NOT NULL REFERENCES person(id),
            function TEXT NOT NULL,
            holds_from TEXT,
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        "INSERT INTO person_function (person_id, function, recorded_at, recorded_by)"
        " SELECT person.id, function, firm.created_at, '' FROM person"
        " JOIN firm ON firm.id = person.firm_id ORDER BY person.id"
    )
    db.execute("CREATE INDEX person_function_person ON person_function(person_id, holds_from)")
    append_only(db, "person_function")
    db.execute("ALTER TABLE person DROP COLUMN function")
    db.execute(
        """
        CREATE TABLE written_authority (
            id INTEGER PRIMARY KEY,
            person_id INTEGER NOT NULL REFERENCES person(id),
            granted_by INTEGER NOT NULL REFERENCES person(id) CHECK (granted_by <> person_id),
            granter_function TEXT NOT NULL CHECK (granter_function <> ''),
            granted_on TEXT NOT NULL,
            text TEXT NOT NULL CHECK (trim(text) <> ''),
            channels TEXT NOT NULL DEFAULT '[]',
            evidence_id INTEGER NOT NULL REFERENCES evidence(id),
            valid_until TEXT CHECK (valid_until >= granted_on),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            idempotency_key TEXT UNIQUE
        ) STRICT
        """
    )
    db.execute("CREATE INDEX written_authority_person ON written_authority(person_id)")
    append_only(db, "written_authority")
    db.execute(
        """
        CREATE TABLE authority_revocation (
            id INTEGER PRIMARY KEY,
            authority_id INTEGER NOT NULL UNIQUE REFERENCES written_authority(id),
            revoked_on TEXT NOT NULL,
            reason TEXT NOT NULL CHECK (trim(reason) <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    append_only(db, "authority_revocation")


def _contract_parameters(db: Database) -> None:
    texts = (
        "template", "insurer", "emergency_source", "office_number", "office_hours",
        "claim_contact", "claim_phone", "claim_email", "counsel_contact", "complaint_way",
    )  # fmt: skip
    for name in texts:
        db.execute(f"ALTER TABLE policy ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")
    for name in ("always_reachable", "renews"):
        db.execute(
            f"ALTER TABLE policy ADD COLUMN {name} TEXT NOT NULL DEFAULT 'unknown'"
            f" CHECK ({name} IN ('yes', 'no', 'unknown'))"
        )
    db.execute(
        "ALTER TABLE policy ADD COLUMN restoration_variant TEXT NOT NULL DEFAULT ''"
        " CHECK (restoration_variant IN ('', 'V1', 'V2', 'V3', 'V4'))"
    )
    db.execute(
        "ALTER TABLE policy ADD COLUMN main_expiry TEXT NOT NULL DEFAULT ''"
        " CHECK (main_expiry = '' OR main_expiry GLOB '[01][0-9]-[0-3][0-9]')"
    )
    for name in ("begins_on", "ends_on"):
        db.execute(f"ALTER TABLE policy ADD COLUMN {name} TEXT")
    db.execute(
        "ALTER TABLE policy ADD COLUMN sum_known INTEGER NOT NULL DEFAULT 1"
        " CHECK (sum_known IN (0, 1))"
    )
    db.execute("ALTER TABLE policy ADD COLUMN source TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE policy ADD COLUMN idempotency_key TEXT")
    db.execute("CREATE UNIQUE INDEX policy_once ON policy(idempotency_key)")
    db.execute(
        "UPDATE policy SET template = 'assistance', always_reachable = 'yes'"
        " WHERE product = 'Notfall-IT-Assistance'"
    )
    # Empty is unknown, never 0 and never without limit (WK-09).
    for name in (
        "deductible_cents", "reduced_deductible_cents", "hardware_sublimit_cents", "notice_months",
        "minimum_months",
    ):  # fmt: skip
        db.execute(f"ALTER TABLE policy ADD COLUMN {name} INTEGER CHECK ({name} >= 0)")
    db.execute(
        """
        CREATE TABLE policy_sum (
            id INTEGER PRIMARY KEY,
            policy_id INTEGER NOT NULL REFERENCES policy(id),
            cap_cents INTEGER NOT NULL CHECK (cap_cents >= 0),
            holds_from TEXT NOT NULL,
            reason TEXT NOT NULL CHECK (trim(reason) <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            idempotency_key TEXT UNIQUE
        ) STRICT
        """
    )
    db.execute("CREATE INDEX policy_sum_policy ON policy_sum(policy_id, holds_from, id)")
    append_only(db, "policy_sum")
    db.execute(
        """
        CREATE TABLE policy_benefit (
            id INTEGER PRIMARY KEY,
            policy_id INTEGER NOT NULL REFERENCES policy(id),
            service TEXT NOT NULL CHECK (service IN
                ('security_check', 'emergency_plan', 'training', 'emergency_number',
                 'restoration', 'legal', 'marketing')),
            value TEXT NOT NULL CHECK (value IN ('yes', 'no', 'unknown')),
            says TEXT NOT NULL DEFAULT '',
            quote TEXT NOT NULL DEFAULT '',
            source TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CHECK (value = 'unknown' OR trim(source) <> '')
        ) STRICT
        """
    )
    db.execute("CREATE INDEX policy_benefit_policy ON policy_benefit(policy_id, service, id)")
    append_only(db, "policy_benefit")


def _readiness(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE readiness_answer (
            id INTEGER PRIMARY KEY,
            firm_id INTEGER NOT NULL REFERENCES firm(id),
            item TEXT NOT NULL CHECK (item IN
                ('updates', 'virus_protection', 'encryption', 'firewall', 'backup',
                 'external_backup', 'training')),
            value TEXT NOT NULL CHECK (value IN ('yes', 'no', 'unknown')),
            checked_on TEXT NOT NULL,
            dated_on TEXT,
            note TEXT NOT NULL DEFAULT '',
            evidence_id INTEGER REFERENCES evidence(id),
            filled_in_by TEXT NOT NULL CHECK (trim(filled_in_by) <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX readiness_answer_firm ON readiness_answer(firm_id, item, id)")
    append_only(db, "readiness_answer")
    db.execute(
        """
        CREATE TABLE emergency_plan (
            id INTEGER PRIMARY KEY,
            firm_id INTEGER NOT NULL REFERENCES firm(id),
            value TEXT NOT NULL CHECK (value IN ('yes', 'no', 'unknown')),
            contact TEXT NOT NULL DEFAULT '',
            contact_reach TEXT NOT NULL DEFAULT '',
            deputy TEXT NOT NULL DEFAULT '',
            deputy_reach TEXT NOT NULL DEFAULT '',
            outside_it TEXT NOT NULL CHECK (outside_it IN ('yes', 'no', 'unknown')),
            steps TEXT NOT NULL DEFAULT '[]',
            checked_on TEXT NOT NULL,
            filled_in_by TEXT NOT NULL CHECK (trim(filled_in_by) <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX emergency_plan_firm ON emergency_plan(firm_id, id)")
    append_only(db, "emergency_plan")


@MIGRATIONS()
def m004_incidents(db: Database) -> None:
    """Affected systems, help, tasks, costs, on-site visits, moves between events."""
    _moves(db)
    _incident_details(db)
    _onsite_visits(db)
    _tasks_and_costs(db)


def _moves(db: Database) -> None:
    db.execute(
        "ALTER TABLE insured_event ADD COLUMN merged_into_id INTEGER REFERENCES insured_event(id)"
    )
    db.execute(
        """
        CREATE TABLE event_move (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            from_event_id INTEGER NOT NULL REFERENCES insured_event(id),
            to_event_id INTEGER NOT NULL REFERENCES insured_event(id),
            decision TEXT NOT NULL CHECK (decision IN ('one_event', 'several_events')),
            reason TEXT NOT NULL CHECK (trim(reason) <> ''),
            decided_by TEXT NOT NULL CHECK (trim(decided_by) <> ''),
            incidents TEXT NOT NULL DEFAULT '[]',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CHECK (from_event_id <> to_event_id)
        ) STRICT
        """
    )
    append_only(db, "event_move")
    db.execute("ALTER TABLE case_incident ADD COLUMN reason TEXT NOT NULL DEFAULT ''")
    db.execute(
        """
        CREATE TABLE incident_link_change (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            incident_id INTEGER NOT NULL REFERENCES it_incident(id),
            action TEXT NOT NULL CHECK (action IN ('linked', 'changed', 'unlinked')),
            relation TEXT NOT NULL CHECK (relation IN ('caused_by', 'same_attack', 'coincident')),
            reason TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CHECK (action = 'linked' OR trim(reason) <> '')
        ) STRICT
        """
    )
    db.execute(
        "INSERT INTO incident_link_change"
        " (case_id, incident_id, action, relation, recorded_at, recorded_by)"
        " SELECT case_id, incident_id, 'linked', relation, linked_at, linked_by FROM case_incident"
    )
    append_only(db, "incident_link_change")


def _incident_details(db: Database) -> None:
    db.execute("ALTER TABLE it_incident ADD COLUMN cause TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE it_incident ADD COLUMN data_loss_extent TEXT NOT NULL DEFAULT ''")
    db.execute(
        """
        CREATE TABLE incident_change (
            id INTEGER PRIMARY KEY,
            incident_id INTEGER NOT NULL REFERENCES it_incident(id),
            field TEXT NOT NULL CHECK (field <> ''),
            before TEXT NOT NULL,
            after TEXT NOT NULL,
            note TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX incident_change_incident ON incident_change(incident_id, id)")
    db.execute(
        """
        CREATE TABLE affected_system (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            incident_id INTEGER NOT NULL REFERENCES it_incident(id),
            name TEXT NOT NULL CHECK (trim(name) <> ''),
            control TEXT NOT NULL CHECK (control IN ('sole', 'full', 'foreign', 'unknown')),
            origin TEXT NOT NULL CHECK (origin IN ('yes', 'no', 'unknown')),
            note TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            UNIQUE (incident_id, name)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE system_change (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            incident_id INTEGER NOT NULL REFERENCES it_incident(id),
            system_id INTEGER NOT NULL REFERENCES affected_system(id),
            happened_at TEXT NOT NULL,
            person TEXT NOT NULL CHECK (trim(person) <> ''),
            text TEXT NOT NULL CHECK (trim(text) <> ''),
            corrects_id INTEGER REFERENCES system_change(id),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE remote_permission (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            incident_id INTEGER NOT NULL REFERENCES it_incident(id),
            kind TEXT NOT NULL CHECK (kind IN ('granted', 'withdrawn')),
            person TEXT NOT NULL CHECK (trim(person) <> ''),
            scope TEXT NOT NULL CHECK (trim(scope) <> ''),
            happened_at TEXT NOT NULL,
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE incident_help (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            incident_id INTEGER NOT NULL REFERENCES it_incident(id),
            mode TEXT NOT NULL CHECK (mode IN ('phone', 'remote', 'onsite')),
            started_at TEXT NOT NULL,
            minutes INTEGER NOT NULL CHECK (minutes >= 0),
            person TEXT NOT NULL CHECK (trim(person) <> ''),
            text TEXT NOT NULL DEFAULT '',
            permission_id INTEGER REFERENCES remote_permission(id),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CONSTRAINT remote_only_with_permission CHECK ((mode = 'remote') = (permission_id IS NOT NULL))
        ) STRICT
        """
    )
    for table in ("incident_change", "system_change", "remote_permission", "incident_help"):
        append_only(db, table)


def _onsite_visits(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE onsite_visit (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            policy_id INTEGER NOT NULL REFERENCES policy(id),
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            incident_id INTEGER REFERENCES it_incident(id),
            wished_by TEXT NOT NULL CHECK (trim(wished_by) <> ''),
            wished_at TEXT NOT NULL,
            wish_text TEXT NOT NULL DEFAULT '',
            state TEXT NOT NULL CHECK (state IN ('wished', 'done', 'dropped')),
            technician TEXT NOT NULL DEFAULT '',
            arrived_at TEXT,
            worked_seconds INTEGER CHECK (worked_seconds >= 0),
            rate_cents INTEGER CHECK (rate_cents >= 0),
            journey_cents INTEGER CHECK (journey_cents >= 0),
            split TEXT NOT NULL DEFAULT '{}',
            reason TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CHECK (state <> 'done' OR (arrived_at IS NOT NULL AND worked_seconds IS NOT NULL
                AND rate_cents IS NOT NULL AND journey_cents IS NOT NULL)),
            CHECK (state <> 'dropped' OR trim(reason) <> '')
        ) STRICT
        """
    )
    db.execute("CREATE INDEX onsite_visit_policy ON onsite_visit(policy_id, arrived_at)")
    db.execute(
        """
        CREATE TRIGGER onsite_visit_settled BEFORE UPDATE ON onsite_visit
        WHEN OLD.state <> 'wished'
        BEGIN SELECT RAISE(ABORT, 'a visit that is done or dropped stays as it is'); END
        """
    )


def _tasks_and_costs(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE brokered_task (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            firm_id INTEGER NOT NULL REFERENCES firm(id),
            case_id INTEGER REFERENCES crisis_case(id),
            kind TEXT NOT NULL CHECK (kind IN ('replacement', 'specialist')),
            title TEXT NOT NULL CHECK (trim(title) <> ''),
            for_whom TEXT NOT NULL DEFAULT '',
            due_at TEXT,
            state TEXT NOT NULL CHECK (state IN ('open', 'done', 'dropped')),
            reason TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CHECK (state <> 'dropped' OR trim(reason) <> '')
        ) STRICT
        """
    )
    db.execute("CREATE INDEX brokered_task_firm ON brokered_task(firm_id, state)")
    db.execute(
        """
        CREATE TABLE case_cost (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            kind TEXT NOT NULL CHECK (kind <> ''),
            text TEXT NOT NULL CHECK (trim(text) <> ''),
            cents INTEGER NOT NULL CHECK (cents >= 0),
            payer TEXT NOT NULL CHECK (payer IN ('insured', 'other_policy', 'nobody')),
            rule TEXT NOT NULL CHECK (rule <> ''),
            receipt TEXT NOT NULL DEFAULT '',
            happened_at TEXT NOT NULL,
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX case_cost_case ON case_cost(case_id, happened_at)")
    db.execute(
        """
        CREATE TABLE case_cost_withdrawal (
            cost_id INTEGER PRIMARY KEY REFERENCES case_cost(id),
            reason TEXT NOT NULL CHECK (trim(reason) <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE restoration_item (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            kind TEXT NOT NULL CHECK (kind <> ''),
            text TEXT NOT NULL CHECK (trim(text) <> ''),
            cents INTEGER NOT NULL CHECK (cents >= 0),
            answers TEXT NOT NULL DEFAULT '{}',
            removed_at TEXT,
            removed_because TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CHECK (removed_at IS NULL OR trim(removed_because) <> '')
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE restoration_run (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            variant TEXT NOT NULL CHECK (variant IN ('V1', 'V2', 'V3', 'V4')),
            claim TEXT NOT NULL,
            result TEXT NOT NULL,
            covered_cents INTEGER NOT NULL CHECK (covered_cents >= 0),
            note TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE wording_confirmation (
            run_id INTEGER PRIMARY KEY REFERENCES restoration_run(id),
            person TEXT NOT NULL CHECK (trim(person) <> ''),
            document TEXT NOT NULL CHECK (trim(document) <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    for table in (
        "case_cost",
        "case_cost_withdrawal",
        "restoration_run",
        "wording_confirmation",
    ):
        append_only(db, table)


@MIGRATIONS()
def m005_steps(db: Database) -> None:
    """The eight steps, the stakeholders, the options."""
    _steps(db)
    _stakeholders(db)
    _options(db)


def _steps(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE step_entry (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            step TEXT NOT NULL CHECK (step IN
                ('EX-00', 'EX-01', 'EX-02', 'EX-03', 'EX-04', 'EX-05', 'EX-06', 'EX-07', 'EX-08')),
            item TEXT NOT NULL DEFAULT '',
            action TEXT NOT NULL CHECK (action IN
                ('ticked', 'unticked', 'answered', 'skipped', 'resumed')),
            value TEXT NOT NULL DEFAULT '',
            text TEXT NOT NULL DEFAULT '',
            person TEXT NOT NULL DEFAULT '',
            happened_at TEXT NOT NULL,
            reason TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CHECK ((action IN ('skipped', 'resumed')) = (item = '')),
            CHECK ((action = 'answered') = (value <> '')),
            CHECK (action IN ('ticked', 'answered') OR trim(reason) <> ''),
            CONSTRAINT shutdown_only_with_expert CHECK
                (item <> 'EX-03.shutdown' OR action <> 'ticked' OR trim(person) <> '')
        ) STRICT
        """
    )
    db.execute("CREATE INDEX step_entry_case ON step_entry(case_id, id)")
    append_only(db, "step_entry")


def _stakeholders(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE stakeholder_entry (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            party TEXT NOT NULL CHECK (party <> ''),
            name TEXT NOT NULL DEFAULT '',
            inform TEXT NOT NULL CHECK (inform IN ('yes', 'no', 'open')),
            due_at TEXT,
            by_whom TEXT NOT NULL DEFAULT '' CHECK (by_whom IN ('', 'desk', 'firm', 'hotline')),
            person TEXT NOT NULL DEFAULT '',
            statement_id INTEGER,
            text TEXT NOT NULL DEFAULT '',
            done_at TEXT,
            reason TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            UNIQUE (idempotency_key, party, name),
            CONSTRAINT no_with_reason CHECK (inform <> 'no' OR trim(reason) <> ''),
            CONSTRAINT yes_with_time_and_person CHECK
                (inform <> 'yes' OR (due_at IS NOT NULL AND by_whom <> '' AND trim(person) <> '')),
            CHECK (done_at IS NULL OR inform = 'yes')
        ) STRICT
        """
    )
    db.execute("CREATE INDEX stakeholder_entry_case ON stakeholder_entry(case_id, party, name, id)")
    append_only(db, "stakeholder_entry")


def _options(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE attack (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            wording TEXT NOT NULL CHECK (trim(wording) <> ''),
            author TEXT NOT NULL DEFAULT '',
            place TEXT NOT NULL DEFAULT '',
            url TEXT NOT NULL DEFAULT '',
            mention_id INTEGER,
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX attack_case ON attack(case_id, id)")
    append_only(db, "attack")
    db.execute(
        """
        CREATE TABLE attack_assessment (
            id INTEGER PRIMARY KEY,
            attack_id INTEGER NOT NULL REFERENCES attack(id),
            answers TEXT NOT NULL,
            evidence_id INTEGER REFERENCES evidence(id),
            no_evidence_reason TEXT NOT NULL DEFAULT '',
            notice_at TEXT,
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX attack_assessment_attack ON attack_assessment(attack_id, id)")
    append_only(db, "attack_assessment")
    db.execute(
        """
        CREATE TABLE option_decision (
            id INTEGER PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            attack_id INTEGER NOT NULL REFERENCES attack(id),
            option TEXT NOT NULL
                CHECK (option IN ('A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J')),
            action TEXT NOT NULL CHECK (action IN
                ('chosen', 'declined', 'lawyer_checked', 'sent', 'noted')),
            text TEXT NOT NULL CHECK (trim(text) <> '' OR action = 'lawyer_checked'),
            person TEXT NOT NULL DEFAULT '',
            happened_at TEXT NOT NULL,
            assessed TEXT NOT NULL DEFAULT '{}',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CHECK (action <> 'lawyer_checked' OR (option < 'F' AND trim(person) <> '')),
            CHECK (action NOT IN ('chosen', 'declined', 'sent') OR trim(person) <> '')
        ) STRICT
        """
    )
    db.execute("CREATE INDEX option_decision_attack ON option_decision(attack_id, option, id)")
    append_only(db, "option_decision")
    # Options A to E go out only after a lawyer has looked at this choice (§ 8 RAO).
    db.execute(
        "CREATE TRIGGER option_sent_after_lawyer BEFORE INSERT ON option_decision"
        " WHEN NEW.action = 'sent' AND NEW.option < 'F' AND NOT EXISTS"
        " (SELECT 1 FROM option_decision AS checked WHERE checked.attack_id = NEW.attack_id"
        " AND checked.option = NEW.option AND checked.action = 'lawyer_checked' AND checked.id >"
        " (SELECT max(id) FROM option_decision AS chosen WHERE chosen.attack_id = NEW.attack_id"
        " AND chosen.option = NEW.option AND chosen.action = 'chosen'))"
        " BEGIN SELECT RAISE(ABORT, 'no lawyer has checked this'); END"
    )


@MIGRATIONS()
def m006_evidence(db: Database) -> None:
    """Captures, derivatives, timestamps, and who had access."""
    db.execute(
        """
        CREATE TABLE captured_page (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            url TEXT NOT NULL CHECK (url <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            UNIQUE (case_id, url)
        ) STRICT
        """
    )
    append_only(db, "captured_page")
    db.execute(
        """
        CREATE TABLE capture_check (
            id INTEGER PRIMARY KEY,
            page_id INTEGER NOT NULL REFERENCES captured_page(id),
            at TEXT NOT NULL,
            actor_name TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN
                ('captured', 'unchanged', 'changed', 'disappeared', 'not_fetched')),
            reason TEXT NOT NULL DEFAULT '' CHECK (state <> 'not_fetched' OR reason <> ''),
            status INTEGER,
            final_url TEXT NOT NULL DEFAULT '',
            text_sha256 TEXT NOT NULL DEFAULT '',
            screenshot TEXT NOT NULL DEFAULT '',
            idempotency_key TEXT UNIQUE
        ) STRICT
        """
    )
    db.execute("CREATE INDEX capture_check_page ON capture_check(page_id, id)")
    append_only(db, "capture_check")
    db.execute("ALTER TABLE evidence ADD COLUMN content_type TEXT NOT NULL DEFAULT ''")
    db.execute(
        "ALTER TABLE evidence ADD COLUMN original_id INTEGER REFERENCES evidence(id)"
        " CHECK ((original_id IS NULL) = (kind <> 'redacted'))"
    )
    db.execute("ALTER TABLE evidence ADD COLUMN check_id INTEGER REFERENCES capture_check(id)")
    db.execute("ALTER TABLE evidence ADD COLUMN idempotency_key TEXT")
    db.execute("CREATE UNIQUE INDEX evidence_idempotency ON evidence(idempotency_key)")
    db.execute("CREATE INDEX evidence_case ON evidence(case_id, id)")
    db.execute("CREATE INDEX evidence_check ON evidence(check_id)")
    db.execute("ALTER TABLE custody_entry ADD COLUMN reason TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE custody_entry ADD COLUMN recipient TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE INDEX custody_entry_evidence ON custody_entry(evidence_id, id)")
    db.execute(
        """
        CREATE TABLE redaction (
            id INTEGER PRIMARY KEY,
            evidence_id INTEGER NOT NULL UNIQUE REFERENCES evidence(id),
            original_id INTEGER NOT NULL REFERENCES evidence(id),
            areas TEXT NOT NULL,
            reason TEXT NOT NULL CHECK (trim(reason) <> ''),
            made_at TEXT NOT NULL,
            made_by TEXT NOT NULL,
            CHECK (evidence_id <> original_id)
        ) STRICT
        """
    )
    append_only(db, "redaction")
    db.execute(
        """
        CREATE TABLE timestamp_token (
            id INTEGER PRIMARY KEY,
            evidence_id INTEGER NOT NULL REFERENCES evidence(id),
            authority TEXT NOT NULL,
            nonce TEXT NOT NULL,
            response BLOB NOT NULL,
            root_pem TEXT NOT NULL,
            attested_at TEXT NOT NULL,
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX timestamp_token_evidence ON timestamp_token(evidence_id, id)")
    append_only(db, "timestamp_token")
    db.execute(
        """
        CREATE TABLE evidence_access (
            id INTEGER PRIMARY KEY,
            evidence_id INTEGER NOT NULL REFERENCES evidence(id),
            person TEXT NOT NULL CHECK (trim(person) <> ''),
            function TEXT NOT NULL DEFAULT '',
            had_access TEXT NOT NULL CHECK (had_access IN ('yes', 'no', 'unknown')),
            period TEXT NOT NULL DEFAULT '',
            source TEXT NOT NULL CHECK (trim(source) <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            idempotency_key TEXT UNIQUE
        ) STRICT
        """
    )
    append_only(db, "evidence_access")


@MIGRATIONS()
def m007_clocks(db: Database) -> None:
    """Clocks with their history, press enquiries, escalations, entity classes, corrections."""
    _clocks_that_can_start_again(db)
    db.execute(
        """
        CREATE TABLE clock_event (
            id INTEGER PRIMARY KEY,
            clock_id INTEGER NOT NULL REFERENCES case_clock(id),
            at TEXT NOT NULL,
            recorded_at TEXT NOT NULL,
            actor_name TEXT NOT NULL,
            action TEXT NOT NULL CHECK (action IN
                ('started', 'done', 'declined', 'reopened', 'superseded')),
            reason TEXT NOT NULL DEFAULT '',
            reference TEXT NOT NULL DEFAULT '',
            evidence_id INTEGER REFERENCES evidence(id),
            CHECK (reason <> '' OR action IN ('started', 'done'))
        ) STRICT
        """
    )
    db.execute("CREATE INDEX clock_event_clock ON clock_event(clock_id)")
    append_only(db, "clock_event")
    db.execute(
        """
        CREATE TABLE clock_escalation (
            id INTEGER PRIMARY KEY,
            clock_id INTEGER NOT NULL REFERENCES case_clock(id),
            stage INTEGER NOT NULL CHECK (stage >= 0),
            audience TEXT NOT NULL CHECK (audience IN ('duty', 'everybody')),
            raised_at TEXT NOT NULL,
            UNIQUE (clock_id, stage)
        ) STRICT
        """
    )
    append_only(db, "clock_escalation")
    db.execute(
        """
        CREATE TABLE entity_class (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            question TEXT NOT NULL,
            answer TEXT NOT NULL CHECK (answer IN ('yes', 'no', 'unknown')),
            since TEXT,
            reason TEXT NOT NULL,
            answered_at TEXT NOT NULL,
            answered_by TEXT NOT NULL,
            CHECK (answer = 'unknown' OR reason <> '')
        ) STRICT
        """
    )
    db.execute("CREATE INDEX entity_class_case ON entity_class(case_id, question)")
    append_only(db, "entity_class")
    db.execute(
        """
        CREATE TABLE press_enquiry (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            medium TEXT NOT NULL CHECK (medium <> ''),
            journalist TEXT NOT NULL DEFAULT '',
            contact_id INTEGER REFERENCES contact(id),
            reach_at TEXT NOT NULL DEFAULT '',
            questions TEXT NOT NULL CHECK (questions <> ''),
            channel TEXT NOT NULL
                CHECK (channel IN ('phone', 'email', 'social', 'form', 'in_person')),
            received_at TEXT NOT NULL,
            deadline_at TEXT,
            clock_id INTEGER REFERENCES case_clock(id),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            settled_at TEXT,
            settled_by TEXT,
            settled_as TEXT CHECK (settled_as IN ('answered', 'declined')),
            statement_id INTEGER,
            answer TEXT NOT NULL DEFAULT '',
            idempotency_key TEXT UNIQUE,
            CHECK ((settled_at IS NULL) = (settled_as IS NULL)),
            CHECK (settled_as IS NULL OR answer <> '' OR statement_id IS NOT NULL)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX press_enquiry_case ON press_enquiry(case_id, settled_at)")
    db.execute("ALTER TABLE timeline_entry ADD COLUMN idempotency_key TEXT")
    db.execute(
        "CREATE UNIQUE INDEX timeline_entry_key ON timeline_entry(idempotency_key)"
        " WHERE idempotency_key IS NOT NULL"
    )
    db.execute(
        "CREATE INDEX timeline_entry_corrects ON timeline_entry(corrects_id)"
        " WHERE corrects_id IS NOT NULL"
    )


def _clocks_that_can_start_again(db: Database) -> None:
    """The clocks anew: a start of the same minute may be another clock's, and one may follow one.

    SQLite changes no CHECK and no UNIQUE of a table that stands.
    """
    db.execute(
        """
        CREATE TABLE case_clock_anew (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            kind TEXT NOT NULL,
            subject TEXT NOT NULL DEFAULT '',
            title TEXT NOT NULL,
            started_at TEXT NOT NULL,
            due_at TEXT NOT NULL,
            warn_at TEXT NOT NULL,
            rule TEXT NOT NULL DEFAULT '',
            source TEXT NOT NULL DEFAULT '',
            settled_at TEXT,
            settled_by TEXT,
            settled_as TEXT CHECK (settled_as IN ('done', 'declined', 'superseded')),
            reason TEXT NOT NULL DEFAULT '',
            reference TEXT NOT NULL DEFAULT '',
            evidence_id INTEGER REFERENCES evidence(id),
            supersedes_id INTEGER REFERENCES case_clock(id),
            CHECK ((settled_at IS NULL) = (settled_as IS NULL)),
            CHECK (settled_as IS NULL OR settled_as = 'done' OR reason <> '')
        ) STRICT
        """
    )
    db.execute(
        "INSERT INTO case_clock_anew (id, case_id, kind, title, started_at, due_at, warn_at,"
        " rule, source, settled_at, settled_by, settled_as, reason)"
        " SELECT id, case_id, kind, title, started_at, due_at,"
        " strftime('%Y-%m-%dT%H:%M:%SZ', due_at, '-1 day'),"
        " rule, source, settled_at, settled_by, settled_as, reason FROM case_clock"
    )
    db.execute("DROP TABLE case_clock")
    db.execute("ALTER TABLE case_clock_anew RENAME TO case_clock")
    db.execute(
        "CREATE UNIQUE INDEX case_clock_once ON case_clock(case_id, kind, subject, started_at)"
        " WHERE settled_as IS NOT 'superseded'"
    )
    db.execute("CREATE INDEX case_clock_case ON case_clock(case_id, due_at)")
    db.execute("CREATE INDEX case_clock_open ON case_clock(warn_at) WHERE settled_at IS NULL")


@MIGRATIONS()
def m008_duty(db: Database) -> None:
    """Duty roster and handovers."""
    _roster(db)
    _handovers(db)


def _roster(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE shift_pattern (
            id INTEGER PRIMARY KEY,
            account_id INTEGER NOT NULL REFERENCES account(id),
            role TEXT NOT NULL CHECK (role IN ('desk', 'lead', 'on_call')),
            weekdays TEXT NOT NULL CHECK (weekdays <> '' AND weekdays NOT GLOB '*[^1-7]*'),
            begins TEXT NOT NULL CHECK (begins GLOB '[0-2][0-9]:[0-5][0-9]'),
            ends TEXT NOT NULL CHECK (ends GLOB '[0-2][0-9]:[0-5][0-9]'),
            first_day TEXT NOT NULL,
            last_day TEXT NOT NULL,
            every_weeks INTEGER NOT NULL CHECK (every_weeks BETWEEN 1 AND 8),
            holidays TEXT NOT NULL CHECK (holidays IN ('work', 'off')),
            note TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            idempotency_key TEXT UNIQUE,
            CHECK (first_day <= last_day)
        ) STRICT
        """
    )
    append_only(db, "shift_pattern")
    db.execute(
        """
        CREATE TABLE shift (
            id INTEGER PRIMARY KEY,
            account_id INTEGER NOT NULL REFERENCES account(id),
            role TEXT NOT NULL CHECK (role IN ('desk', 'lead', 'on_call')),
            starts_at TEXT NOT NULL,
            ends_at TEXT NOT NULL,
            note TEXT NOT NULL DEFAULT '',
            pattern_id INTEGER REFERENCES shift_pattern(id),
            replaces_id INTEGER REFERENCES shift(id),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            idempotency_key TEXT UNIQUE,
            CHECK (starts_at < ends_at)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX shift_time ON shift(ends_at, starts_at)")
    append_only(db, "shift")
    # What was planned stays; that it does not hold, or holds only up to a moment, is a new row.
    db.execute(
        """
        CREATE TABLE shift_change (
            id INTEGER PRIMARY KEY,
            shift_id INTEGER NOT NULL UNIQUE REFERENCES shift(id),
            kind TEXT NOT NULL CHECK (kind IN ('cancelled', 'sick', 'swapped')),
            from_at TEXT NOT NULL,
            reason TEXT NOT NULL CHECK (reason <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        ) STRICT
        """
    )
    append_only(db, "shift_change")


def _handovers(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE handover (
            id INTEGER PRIMARY KEY,
            leaving_account_id INTEGER NOT NULL REFERENCES account(id),
            leaving_name TEXT NOT NULL,
            receiving_account_id INTEGER NOT NULL REFERENCES account(id),
            receiving_name TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('regular', 'emergency')),
            scope TEXT NOT NULL CHECK (scope IN ('all', 'chosen')),
            reason TEXT NOT NULL DEFAULT '',
            due_at TEXT,
            started_at TEXT NOT NULL,
            started_by TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'completed', 'withdrawn')),
            ended_at TEXT,
            ended_by TEXT,
            end_reason TEXT NOT NULL DEFAULT '',
            idempotency_key TEXT UNIQUE,
            CHECK (leaving_account_id <> receiving_account_id),
            CHECK (kind = 'regular' OR reason <> ''),
            CHECK ((state = 'open') = (ended_at IS NULL)),
            CHECK (state <> 'withdrawn' OR end_reason <> '')
        ) STRICT
        """
    )
    db.execute(
        "CREATE UNIQUE INDEX handover_one_open ON handover(leaving_account_id) WHERE state = 'open'"
    )
    db.execute(
        "CREATE TRIGGER handover_ended BEFORE UPDATE ON handover WHEN OLD.state <> 'open'"
        " BEGIN SELECT RAISE(ABORT, 'an ended handover does not change'); END"
    )
    db.execute(
        "CREATE TRIGGER handover_no_delete BEFORE DELETE ON handover"
        " BEGIN SELECT RAISE(ABORT, 'a handover is kept'); END"
    )
    db.execute(
        """
        CREATE TABLE handover_case (
            id INTEGER PRIMARY KEY,
            handover_id INTEGER NOT NULL REFERENCES handover(id),
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            UNIQUE (handover_id, case_id)
        ) STRICT
        """
    )
    append_only(db, "handover_case")
    db.execute(
        """
        CREATE TABLE handover_note (
            id INTEGER PRIMARY KEY,
            handover_id INTEGER NOT NULL REFERENCES handover(id),
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            situation TEXT NOT NULL CHECK (situation <> ''),
            next_steps TEXT NOT NULL CHECK (next_steps <> ''),
            owner_mood TEXT NOT NULL DEFAULT '',
            written_at TEXT NOT NULL,
            written_by TEXT NOT NULL
        ) STRICT
        """
    )
    append_only(db, "handover_note")
    db.execute(
        """
        CREATE TABLE handover_acknowledgement (
            id INTEGER PRIMARY KEY,
            handover_id INTEGER NOT NULL REFERENCES handover(id),
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            kind TEXT NOT NULL CHECK (kind <> ''),
            item_key TEXT NOT NULL CHECK (item_key <> ''),
            title TEXT NOT NULL CHECK (title <> ''),
            detail TEXT NOT NULL DEFAULT '',
            state TEXT NOT NULL CHECK (json_valid(state)),
            acknowledged_at TEXT NOT NULL,
            acknowledged_by TEXT NOT NULL CHECK (acknowledged_by <> ''),
            account_id INTEGER NOT NULL REFERENCES account(id)
        ) STRICT
        """
    )
    append_only(db, "handover_acknowledgement")
    db.execute("CREATE INDEX handover_acknowledged ON handover_acknowledgement(handover_id, id)")
    db.execute(
        "CREATE TRIGGER handover_acknowledged_by_name BEFORE INSERT ON handover_acknowledgement"
        " WHEN NEW.account_id <>"
        " (SELECT receiving_account_id FROM handover WHERE id = NEW.handover_id)"
        " BEGIN SELECT RAISE(ABORT, 'only the one who receives acknowledges'); END"
    )


@MIGRATIONS()
def m009_claims(db: Database) -> None:
    """Claim reports, later additions, claim numbers, closing reports, how a case was closed."""
    _claims(db)
    _closing(db)


def _claims(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE claim_number (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            number TEXT NOT NULL CHECK (trim(number) <> ''),
            given_by TEXT NOT NULL CHECK (trim(given_by) <> ''),
            given_at TEXT NOT NULL,
            reason TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            idempotency_key TEXT UNIQUE
        ) STRICT
        """
    )
    db.execute("CREATE INDEX claim_number_case ON claim_number(case_id, id)")
    append_only(db, "claim_number")
    # Number 0 is the first report (Schadenmeldung), 1 and on are the additions (Nachmeldungen).
    db.execute(
        """
        CREATE TABLE claim_report (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            number INTEGER NOT NULL CHECK (number >= 0),
            state TEXT NOT NULL CHECK (state IN ('draft', 'sent', 'discarded')),
            subject TEXT NOT NULL CHECK (trim(subject) <> ''),
            body TEXT NOT NULL CHECK (trim(body) <> ''),
            created_at TEXT NOT NULL,
            created_by TEXT NOT NULL,
            changed_at TEXT NOT NULL,
            changed_by TEXT NOT NULL,
            idempotency_key TEXT UNIQUE
        ) STRICT
        """
    )
    db.execute(
        "CREATE UNIQUE INDEX claim_report_number ON claim_report(case_id, number)"
        " WHERE state <> 'discarded'"
    )
    # One draft at a time: so that the numbers have no gap, and nobody reports the same twice.
    db.execute(
        "CREATE UNIQUE INDEX claim_report_one_draft ON claim_report(case_id) WHERE state = 'draft'"
    )
    db.execute(
        "CREATE TRIGGER claim_report_settled BEFORE UPDATE ON claim_report"
        " WHEN OLD.state <> 'draft'"
        " BEGIN SELECT RAISE(ABORT, 'a report that was sent or discarded stays as it is'); END"
    )
    db.execute(
        "CREATE TRIGGER claim_report_no_delete BEFORE DELETE ON claim_report"
        " BEGIN SELECT RAISE(ABORT, 'a claim report is kept'); END"
    )
    db.execute(
        """
        CREATE TABLE claim_dispatch (
            id INTEGER PRIMARY KEY,
            report_id INTEGER NOT NULL UNIQUE REFERENCES claim_report(id),
            recipient_kind TEXT NOT NULL
                CHECK (recipient_kind IN ('insurer', 'claims_office', 'broker')),
            recipient TEXT NOT NULL CHECK (trim(recipient) <> ''),
            method TEXT NOT NULL
                CHECK (method IN ('email', 'portal', 'post', 'fax', 'phone', 'in_person')),
            sent_at TEXT NOT NULL,
            sent_by TEXT NOT NULL CHECK (trim(sent_by) <> ''),
            text TEXT NOT NULL CHECK (trim(text) <> ''),
            sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
            reference TEXT NOT NULL DEFAULT '',
            findings TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(findings)),
            reason TEXT NOT NULL DEFAULT '',
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            CHECK (findings = '[]' OR trim(reason) <> '')
        ) STRICT
        """
    )
    append_only(db, "claim_dispatch")


def _closing(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE closing_report (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            version INTEGER NOT NULL CHECK (version >= 1),
            went_well TEXT NOT NULL DEFAULT '',
            went_badly TEXT NOT NULL DEFAULT '',
            readiness TEXT NOT NULL DEFAULT '',
            figures TEXT NOT NULL CHECK (json_valid(figures)),
            written_at TEXT NOT NULL,
            written_by TEXT NOT NULL,
            idempotency_key TEXT UNIQUE,
            UNIQUE (case_id, version),
            CHECK (trim(went_well) <> '' OR trim(went_badly) <> '')
        ) STRICT
        """
    )
    append_only(db, "closing_report")
    db.execute(
        """
        CREATE TABLE closing_measure (
            id INTEGER PRIMARY KEY,
            report_id INTEGER NOT NULL REFERENCES closing_report(id),
            text TEXT NOT NULL CHECK (trim(text) <> ''),
            owner TEXT NOT NULL CHECK (trim(owner) <> ''),
            due_on TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX closing_measure_report ON closing_measure(report_id)")
    append_only(db, "closing_measure")
    db.execute(
        """
        CREATE TABLE case_closing (
            id INTEGER PRIMARY KEY,
            case_id INTEGER NOT NULL REFERENCES crisis_case(id),
            report_id INTEGER REFERENCES closing_report(id),
            without_report TEXT NOT NULL DEFAULT '',
            note TEXT NOT NULL CHECK (trim(note) <> ''),
            open_items TEXT NOT NULL CHECK (json_valid(open_items)),
            closed_at TEXT NOT NULL,
            closed_by TEXT NOT NULL,
            CHECK ((report_id IS NULL) = (trim(without_report) <> ''))
        ) STRICT
        """
    )
    db.execute("CREATE INDEX case_closing_case ON case_closing(case_id)")
    append_only(db, "case_closing")
