"""What most tests stand on: a temporary home with every table, and one open case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from access import accounts
from access.actor import SYSTEM, Actor
from cases import store
from cases.store import Case, Firm, Incident, Intake, Person, Policy
from data import Home
from ui.schema import open_database

CALLED = datetime(2026, 3, 10, 8, 25, tzinfo=UTC)
OPENED = datetime(2026, 3, 10, 9, 20, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A fresh home; its database is migrated."""
    fresh = Home.at(tmp_path / "home")
    open_database(fresh)
    yield fresh
    fresh.close()


@pytest.fixture
def db(home: Home) -> Database:
    """This thread's connection to the fresh home."""
    return home.db()


@pytest.fixture
def consultant(db: Database) -> Actor:
    """A signed-in consultant."""
    return accounts.add_account(
        db, SYSTEM, email="lang@krisenpult.example", role="consultant", name="Mag. Lang"
    ).actor


@pytest.fixture
def colleague(db: Database) -> Actor:
    """A second consultant, for four eyes."""
    return accounts.add_account(
        db, SYSTEM, email="berger@krisenpult.example", role="consultant", name="Berger"
    ).actor


@pytest.fixture
def garage_intake() -> Intake:
    """The garage of the source text: hacked, and a waiting customer posts abuse."""
    return Intake(
        firm=Firm(
            name="Kfz Aigner",
            legal_form="e.U.",
            register_number="FN 123456 a",
            register_court="Landesgericht Linz",
            street="Werkstraße 7",
            postcode="4020",
            city="Linz",
            email="office@kfz-aigner.example",
            phone="+43 732 123456",
            website="https://kfz-aigner.example",
            page_url="https://social.example/kfz-aigner",
            sector="Kfz-Werkstätte",
            staff_count=3,
        ),
        people=(
            Person(
                name="Anton Aigner",
                function="Inhaber",
                email="aigner@privat.example",
                phone="+43 660 1234567",
                may_approve=True,
            ),
        ),
        policy=Policy(number="NA-2026-001"),
        public_name="Kfz-Werkstätte Aigner",
        event_title="Cyber-Angriff auf die Werkstätte",
        called_at=CALLED,
        opened_at=OPENED,
        answers={"it_events": [{"kind": "cyber_attack", "outage": True, "device": "pc"}]},
        decision={
            "result": "yes",
            "limb": "A",
            "rules": [{"id": "NA-25", "quote": "mit einem IT-Notfall besteht"}],
            "explanation": "Ja, das ist ein Kommunikations-Notfall.",
        },
        incident=Incident(
            kind="cyber_attack",
            happened_at=datetime(2026, 3, 10, 8, 12, tzinfo=UTC),
            outage="yes",
            device="pc",
            suspected="yes",
            opened_at=CALLED,
            summary="Bildschirme schwarz, Kundenverwaltung tot",
        ),
    )


@pytest.fixture
def case(db: Database, consultant: Actor, garage_intake: Intake) -> Case:
    """The open garage case with its IT incident under one insured event of € 2.500 net."""
    return store.open_case(db, consultant, garage_intake)
