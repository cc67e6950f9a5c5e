"""Who is told what by when: suggestions, decisions with their reasons, what is overdue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import clocks, stakeholders, store
from cases.errors import (
    CaseClosed,
    DoneWithoutText,
    InFuture,
    MissingField,
    NoNeedsReason,
    UnknownStakeholder,
)
from cases.stakeholders import OTHER, Entry, Line, Situation
from cases.store import Case, Contact, Incident
from cases.store import options as option_store
from cases.store import stakeholders as stakeholder_store
from cases.store.options import NewAttack
from cases.store.press import NewEnquiry, add_enquiry
from data import now, reference

AT = datetime(2026, 4, 14, 8, 0, tzinfo=UTC)


def told(party: str = "bank", **more: object) -> Entry:
    """A complete yes."""
    base = Entry(
        party=party,
        inform="yes",
        due_at=AT + timedelta(minutes=30),
        by_whom="firm",
        person="Moser",
    )
    return replace(base, **more)  # type: ignore[arg-type]


# --- suggestions --------------------------------------------------------------------------------


SUGGESTED: list[tuple[str, Situation, dict[str, str | None]]] = [
    (
        "always: staff and insurer",
        Situation(),
        {"employees": "inform", "insurer": "inform", "media": None, "nisg": None, "dpa": None},
    ),
    (
        "S1 garage: hacked, abuse on the own page",
        Situation(
            kinds=frozenset({"cyber_attack"}), data_loss="unknown", outage="yes", poster="yes"
        ),
        {"dpa": "check", "own_page": "inform", "poster": "check", "police": "check",
         "it_service": "inform", "media": None},
    ),
    (
        "S4 joiner: false account number from a hacked mailbox",
        Situation(
            kinds=frozenset({"email_fraud", "identity_theft"}), data_loss="unknown", outage="no"
        ),
        {"bank": "inform", "customers_affected": "inform", "partners": "inform",
         "customers_all": "inform", "police": "check", "dpa": "check", "media": None},
    ),
    ("S6 inn: true reviews, no IT emergency", Situation(poster="yes"), {"own_page": "inform",
     "bank": None, "dpa": None, "police": None}),
    ("data taken", Situation(data_loss="yes"), {"dpa": "inform", "customers_affected": "inform"}),
    ("data not taken", Situation(data_loss="no"), {"dpa": None, "customers_affected": None}),
    ("no IT incident: no data question", Situation(), {"dpa": None}),
    ("attack established", Situation(attack="yes"), {"police": "inform"}),
    (
        "extortion",
        Situation(kinds=frozenset({"cyber_extortion"})),
        {"police": "inform", "bank": "check"},
    ),
    ("copied website", Situation(kinds=frozenset({"fake_website"})),
     {"watchlist": "inform", "customers_all": "inform", "platform": "check"}),
    ("warning letter", Situation(kinds=frozenset({"warning_letter"})), {"association": "inform"}),
    ("press asks", Situation(media="yes"), {"media": "inform", "neighbours": "check"}),
    ("essential entity", Situation(nisg="yes"), {"nisg": "inform"}),
    ("personal data lost", Situation(kinds=frozenset({"personal_data_loss"})), {"dpa": "inform"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("situation", "expected"),
    [pytest.param(situation, expected, id=name) for name, situation, expected in SUGGESTED],
)
def test_what_a_case_suggests(situation: Situation, expected: dict[str, str | None]) -> None:
    found = stakeholders.suggest(situation)
    assert {party: found[party].advice if party in found else None for party in expected} == (
        expected
    )
    assert all(each.reason and each.rule for each in found.values())


def test_those_inside_come_before_those_outside_and_own_channels_before_the_media() -> None:
    sides = {"internal": 0, "duty": 1, "external": 2, "own_channel": 2, "media": 3}
    ranks = [sides[each.side] for each in stakeholders.parties()]
    assert ranks == sorted(ranks)
    ids = [each.id for each in stakeholders.parties()]
    assert ids.index("own_page") < ids.index("media")


def test_every_condition_and_rule_of_the_data_exists() -> None:
    names = set(Situation.__dataclass_fields__)
    for entry in reference.load("stakeholders")["party"]:
        for each in entry["suggest"]:
            assert set(each["when"]) <= names
            assert each["rule"] in reference.load("rules")


# --- the rows ------------------------------------------------------------------------------------


ROWS: list[tuple[str, Entry | None, str]] = [
    ("nothing recorded", None, "undecided"),
    ("open is no no", Entry("bank", "open"), "undecided"),
    ("not informed", Entry("bank", "no", reason="keine Zahlungen"), "not_informed"),
    ("to be told", told(), "due"),
    ("at its minute", told(due_at=AT), "due"),
    ("overdue", told(due_at=AT - timedelta(seconds=1)), "overdue"),
    ("told in time", told(done_at=AT, text="am Telefon"), "done"),
    ("told late", told(due_at=AT - timedelta(hours=1), done_at=AT, text="am Telefon"), "done"),
]


@pytest.mark.parametrize(
    ("entry", "expected"), [pytest.param(entry, state, id=name) for name, entry, state in ROWS]
)
def test_where_a_row_stands(entry: Entry | None, expected: str) -> None:
    assert stakeholders.line_state(entry, AT) == expected


def test_the_matrix_in_figures() -> None:
    lines = stakeholders.matrix(
        [
            told("bank", due_at=AT - timedelta(hours=1)),
            told("employees"),
            told("insurer", done_at=AT, text="am Telefon"),
            Entry("media", "no", reason="fragen nicht"),
            told(OTHER, name="Bürgermeisterin"),
        ],
        Situation(),
        AT,
    )
    counts = stakeholders.count(lines)
    assert (counts.rows, counts.undecided) == (len(stakeholders.parties()) + 1, 13)
    assert (counts.to_tell, counts.overdue, counts.told) == (3, 1, 1)
    assert counts.text == "bei 13 Gruppen noch offen, 3 zu informieren, 1 überfällig, 1 informiert"
    assert lines[-1].title == "Bürgermeisterin"


REFUSED: list[tuple[str, Entry, type[Exception]]] = [
    ("a no without a reason", Entry("bank", "no"), NoNeedsReason),
    ("a yes without a time", told(due_at=None), MissingField),
    ("a yes without anybody", told(by_whom=""), MissingField),
    ("a yes without a name", told(person=" "), MissingField),
    ("told without words", told(done_at=AT), DoneWithoutText),
    ("told in the future", told(done_at=AT + timedelta(hours=1), text="x"), InFuture),
    ("a group that is not listed", Entry("martians", "no", reason="x"), UnknownStakeholder),
    ("another group without a name", Entry(OTHER, "no", reason="x"), MissingField),
]


@pytest.mark.parametrize(
    ("entry", "error"), [pytest.param(entry, error, id=name) for name, entry, error in REFUSED]
)
def test_what_is_refused(entry: Entry, error: type[Exception]) -> None:
    with pytest.raises(error) as refused:
        stakeholders.check(entry, AT)
    assert str(refused.value)


# --- the record -----------------------------------------------------------------------------------


def line(db: Database, case: Case, party: str) -> Line:
    return next(each for each in stakeholder_store.matrix_of(db, case.id) if each.party.id == party)


def test_a_decision_is_kept_with_its_history(db: Database, consultant: Actor, case: Case) -> None:
    first = told(due_at=now() + timedelta(minutes=30))
    stakeholder_store.decide(db, consultant, case.id, first)
    assert line(db, case, "bank").state == "due"
    assert audit.entries(db, case.id)[0].action == "stakeholder.decided"
    stakeholder_store.decide(
        db, consultant, case.id, replace(first, done_at=now(), text="Rückruf verlangt")
    )
    assert line(db, case, "bank").state == "done"
    history = stakeholder_store.history_of(db, case.id, "bank")
    assert [each.done_at is not None for each in history] == [True, False]
    assert history[0].recorded_by == "Mag. Lang"
    assert store.timeline_of(db, case.id)[0].text == "Bank: informiert durch Moser"


def test_the_same_decision_twice_is_one_entry(db: Database, consultant: Actor, case: Case) -> None:
    entry = Entry("media", "no", reason="niemand fragt")
    for _ in range(2):
        stakeholder_store.decide(db, consultant, case.id, entry)
    assert len(stakeholder_store.entries_of(db, case.id)) == 1


def test_the_same_form_twice_is_one_entry(db: Database, consultant: Actor, case: Case) -> None:
    for reason in ("niemand fragt", "niemand fragt danach"):
        stakeholder_store.decide(
            db, consultant, case.id, Entry("media", "no", reason=reason), idempotency_key="k"
        )
    assert len(stakeholder_store.entries_of(db, case.id)) == 1


def test_the_record_is_never_changed_and_a_no_without_reason_is_refused_by_the_table(
    db: Database, consultant: Actor, case: Case
) -> None:
    stakeholder_store.decide(db, consultant, case.id, Entry("media", "no", reason="x"))
    with pytest.raises(Exception, match="append-only"):
        db.execute("UPDATE stakeholder_entry SET reason = 'y'")
    with pytest.raises(Exception, match="no_with_reason"):
        db.execute(
            "INSERT INTO stakeholder_entry (case_id, party, inform, recorded_at, recorded_by)"
            " VALUES (?, 'bank', 'no', 'x', 'x')",
            [case.id],
        )


def test_what_nothing_suggests_is_declined_with_one_reason(
    db: Database, consultant: Actor, case: Case
) -> None:
    before = stakeholder_store.counts_of(db, case.id).undecided
    suggested = {
        each.party.id for each in stakeholder_store.matrix_of(db, case.id) if each.suggestion
    }
    declined = stakeholder_store.decline_rest(db, consultant, case.id, "nicht betroffen")
    assert declined == before - len(suggested)
    assert stakeholder_store.undecided_of(db, case.id) == len(suggested)


def test_the_rest_is_not_declined_without_a_reason(
    db: Database, consultant: Actor, case: Case
) -> None:
    with pytest.raises(NoNeedsReason):
        stakeholder_store.decline_rest(db, consultant, case.id, " ")
    assert stakeholder_store.entries_of(db, case.id) == []


def test_the_situation_follows_from_the_case(db: Database, consultant: Actor, case: Case) -> None:
    before = stakeholder_store.situation_of(db, case.id)
    assert (before.kinds, before.data_loss, before.outage) == (
        frozenset({"cyber_attack"}),
        "unknown",
        "yes",
    )
    assert (before.attack, before.media, before.poster, before.nisg) == (
        "unknown",
        "no",
        "no",
        "unknown",
    )
    store.add_contact(db, consultant, case.id, Contact(kind="poster", name="B"))
    add_enquiry(
        db, consultant, case.id, NewEnquiry("Regionalzeitung", "Stimmt das?", "email", now())
    )
    clocks.answer_entity(db, consultant, case.id, "nisg_entity", "yes", reason="Bescheid")
    store.update_incident(db, consultant, store.incidents_of(db, case.id)[0].id, data_loss="yes")
    after = stakeholder_store.situation_of(db, case.id)
    assert (after.data_loss, after.media, after.poster, after.nisg) == ("yes", "yes", "yes", "yes")


def test_an_allegation_tells_where_it_stands(db: Database, consultant: Actor, case: Case) -> None:
    answers = option_store.Situation(medium="review")
    option_store.add_attack(db, consultant, case.id, NewAttack("Daten verloren", answers=answers))
    found = stakeholder_store.situation_of(db, case.id)
    assert (found.poster, found.media) == ("yes", "no")


def test_several_incidents_count_with_the_gravest(
    db: Database, consultant: Actor, case: Case
) -> None:
    second = store.add_incident(
        db,
        consultant,
        case.firm_id,
        Incident(kind="email_fraud", happened_at=AT, data_loss="no", outage="no"),
        case.insured_event_id,
    )
    store.link_incident(db, consultant, case.id, second.id, "same_attack")
    found = stakeholder_store.situation_of(db, case.id)
    assert (found.data_loss, found.outage) == ("unknown", "yes")
    assert line(db, case, "bank").suggestion is not None


def test_a_closed_case_takes_no_more_decisions(db: Database, consultant: Actor, case: Case) -> None:
    store.close_case(db, consultant, case.id, "erledigt")
    with pytest.raises(CaseClosed):
        stakeholder_store.decide(db, consultant, case.id, Entry("media", "no", reason="x"))
