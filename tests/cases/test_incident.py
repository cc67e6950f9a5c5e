"""What becomes known of an IT incident, what it touched, and who helped."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import incident as effects
from cases import store
from cases.errors import InFuture, MissingField, PermissionMissing, SystemKnown
from cases.store import Case, Incident, assistance, incidents
from cases.store.assistance import AffectedSystem
from data import now

THEN = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.fixture
def incident(db: Database, case: Case) -> Incident:
    return store.incidents_of(db, case.id)[0]


def texts(db: Database, case: Case) -> list[str]:
    return [each.text for each in store.timeline_of(db, case.id)]


def test_what_becomes_known_keeps_what_was_thought_before(
    db: Database, consultant: Actor, case: Case, incident: Incident
) -> None:
    changed = effects.change_incident(
        db, consultant, incident.id,
        {"cause_status": "established", "cause": "Phishing", "suspected": "no"}, "Befund der IT",
    )  # fmt: skip
    assert (changed.cause_status, changed.cause, changed.suspected) == (
        "established", "Phishing", "no",
    )  # fmt: skip
    effects.change_incident(db, consultant, incident.id, {"cause_status": "fixed"})
    history = [
        (each.field, each.before, each.after)
        for each in incidents.changes_of(db, incident.id)
        if each.field == "cause_status"
    ]
    assert history == [
        ("cause_status", "open", "established"), ("cause_status", "established", "fixed"),
    ]  # fmt: skip
    assert any("Stand der Ursache: offen → gesichert" in text for text in texts(db, case))
    [entry, *_rest] = [each for each in audit.entries(db) if each.action == "it_incident.changed"]
    assert entry.details == {"cause_status": {"before": "established", "after": "fixed"}}


def test_whether_data_was_taken_starts_the_clock(
    db: Database, consultant: Actor, case: Case, incident: Incident
) -> None:
    effects.change_incident(db, consultant, incident.id, {"data_loss": "no"})
    before = {each.kind for each in store.clocks_of(db, case.id, open_only=True)}
    effects.change_incident(
        db, consultant, incident.id, {"data_loss": "yes", "data_loss_extent": "Kundendatei"}
    )
    after = {each.kind for each in store.clocks_of(db, case.id, open_only=True)}
    assert "gdpr_33" in before | after
    assert store.incident_by_id(db, incident.id).data_loss_extent == "Kundendatei"


def test_an_incident_may_be_open_again(db: Database, consultant: Actor, incident: Incident) -> None:
    effects.change_incident(db, consultant, incident.id, {"resolved_at": THEN})
    again = effects.change_incident(db, consultant, incident.id, {"resolved_at": None})
    assert again.resolved_at is None
    [first, second] = incidents.changes_of(db, incident.id)
    assert (first.before, second.after) == ("", "")


def test_what_cannot_be_known(db: Database, consultant: Actor, incident: Incident) -> None:
    with pytest.raises(InFuture):
        effects.change_incident(
            db, consultant, incident.id, {"resolved_at": now() + timedelta(hours=1)}
        )
    with pytest.raises(MissingField):
        effects.change_incident(db, consultant, incident.id, {"kind": ""})
    assert incidents.changes_of(db, incident.id) == []


def test_a_further_incident_comes_under_the_event_of_the_case(
    db: Database, consultant: Actor, case: Case
) -> None:
    kept = effects.report_incident(
        db, consultant, case.id, Incident(kind="email_fraud", happened_at=THEN), "same_attack",
        "Gleiches Postfach",
    )  # fmt: skip
    assert kept.insured_event_id == case.insured_event_id
    assert {each.number for each in store.incidents_of(db, case.id)} == {
        "IT-2026-0001", kept.number,
    }  # fmt: skip


# Systems (WK-02, WK-03)


def system(control: str, origin: str) -> AffectedSystem:
    return AffectedSystem(0, 0, "x", control, origin, "")


@pytest.mark.parametrize(
    ("systems", "answer"),
    [
        pytest.param([], None, id="nothing known"),
        pytest.param([("sole", "yes")], True, id="our own"),
        pytest.param([("full", "yes"), ("foreign", "no")], True, id="fully controlled"),
        pytest.param([("foreign", "yes"), ("sole", "no")], False, id="foreign"),
        pytest.param([("foreign", "yes"), ("sole", "yes")], True, id="both"),
        pytest.param([("unknown", "yes")], None, id="whose is not known"),
        pytest.param([("sole", "unknown")], None, id="origin not known"),
        pytest.param([("sole", "no"), ("foreign", "unknown")], None, id="one not known"),
        pytest.param([("sole", "no"), ("foreign", "no")], False, id="none of them"),
    ],
)
def test_where_an_event_started(systems: list[tuple[str, str]], answer: bool | None) -> None:
    assert effects.origin_controlled([system(*each) for each in systems]) is answer


def test_several_systems_with_control_and_origin(
    db: Database, consultant: Actor, case: Case, incident: Incident
) -> None:
    own = assistance.add_system(
        db, consultant, incident.id, name="Büro-PC", control="sole", idempotency_key="a"
    )
    assert assistance.add_system(
        db, consultant, incident.id, name="Büro-PC", idempotency_key="a"
    ) == own  # fmt: skip
    assistance.add_system(db, consultant, incident.id, name="Webshop", control="foreign")
    with pytest.raises(SystemKnown):
        assistance.add_system(db, consultant, incident.id, name="büro-pc")
    with pytest.raises(MissingField):
        assistance.add_system(db, consultant, incident.id, name=" ")
    changed = assistance.change_system(
        db, consultant, own.id, control="full", origin="yes", note="Leasing"
    )
    assert (changed.control, changed.origin, changed.note) == ("full", "yes", "Leasing")
    count = len(texts(db, case))
    assistance.change_system(db, consultant, own.id, control="full", origin="yes", note="Leasing")
    assert len(texts(db, case)) == count
    assert effects.origin_controlled(assistance.systems_of(db, incident.id)) is True


def test_who_changed_which_system_is_logged_and_never_rewritten(
    db: Database, consultant: Actor, case: Case, incident: Incident
) -> None:
    own = assistance.add_system(db, consultant, incident.id, name="Büro-PC")
    assistance.log_system_change(
        db, consultant, own.id, happened_at=THEN, person="IT Muster", text="Konto gesperrt"
    )
    [logged] = assistance.system_changes_of(db, incident.id)
    assert (logged.system, logged.person, logged.happened_at) == ("Büro-PC", "IT Muster", THEN)
    assert any("IT Muster ändert Büro-PC: Konto gesperrt" in text for text in texts(db, case))
    with pytest.raises(MissingField):
        assistance.log_system_change(
            db, consultant, own.id, happened_at=THEN, person="", text="Konto"
        )
    with pytest.raises(InFuture):
        assistance.log_system_change(
            db, consultant, own.id, happened_at=now() + timedelta(days=1), person="A", text="B"
        )
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("DELETE FROM system_change")


# Help (CV-08) and remote access (NA-21)


def permit(db: Database, actor: Actor, incident: Incident, kind: str, at: datetime) -> None:
    assistance.record_permission(
        db, actor, incident.id, kind=kind, person="Aigner", scope="Büro-PC, heute", happened_at=at
    )


def help_at(db: Database, actor: Actor, incident: Incident, mode: str, at: datetime) -> None:
    assistance.record_help(
        db, actor, incident.id, mode=mode, started_at=at, minutes=30, person="IT Muster"
    )


def test_remote_access_only_while_it_is_permitted(
    db: Database, consultant: Actor, case: Case, incident: Incident
) -> None:
    with pytest.raises(PermissionMissing) as refusal:
        help_at(db, consultant, incident, "remote", THEN)
    assert "NA-21" in refusal.value.sentence()
    permit(db, consultant, incident, "granted", THEN)
    with pytest.raises(PermissionMissing):
        help_at(db, consultant, incident, "remote", THEN - timedelta(minutes=1))
    help_at(db, consultant, incident, "remote", THEN)
    permit(db, consultant, incident, "withdrawn", THEN + timedelta(hours=1))
    with pytest.raises(PermissionMissing):
        help_at(db, consultant, incident, "remote", THEN + timedelta(hours=2))
    help_at(db, consultant, incident, "remote", THEN + timedelta(minutes=30))
    assert [each.mode for each in assistance.help_of(db, incident.id)] == ["remote", "remote"]


def test_no_program_records_remote_access_without_a_permission(
    db: Database, incident: Incident
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="remote_only_with_permission"):
        db.execute(
            "INSERT INTO incident_help (incident_id, mode, started_at, minutes, person,"
            " recorded_at, recorded_by) VALUES (?, 'remote', 'x', 1, 'A', 'x', 'A')",
            [incident.id],
        )


@pytest.mark.parametrize("mode", ["phone", "onsite"])
def test_other_help_needs_no_permission(
    db: Database, consultant: Actor, case: Case, incident: Incident, mode: str
) -> None:
    help_at(db, consultant, incident, mode, THEN)
    assert any("Hilfe (" in text and "IT Muster" in text for text in texts(db, case))


def test_a_permission_names_person_and_scope(
    db: Database, consultant: Actor, incident: Incident
) -> None:
    for person, scope in (("", "alles"), ("Aigner", " ")):
        with pytest.raises(MissingField):
            assistance.record_permission(
                db, consultant, incident.id, kind="granted", person=person, scope=scope,
                happened_at=THEN,
            )  # fmt: skip
