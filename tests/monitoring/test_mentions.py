"""From an entry to a mention, a story and an alert; mentions by hand and by interface."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from access import audit
from access.actor import SYSTEM, Actor
from cases import evidence, store
from cases.errors import UnknownCase
from cases.store import Case
from data import Home, now, utc_text
from monitoring import mentions
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
from monitoring.match import FirmNames

AT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
WIRE = (
    "Unbekannte haben in der Nacht auf Dienstag die Computer der Kfz-Werkstätte Aigner in Linz "
    "verschlüsselt. Der Betrieb mit drei Mitarbeitern steht still, teilte die Polizei mit."
)


def add_source(db: Database, name: str, reach: str = "C") -> int:
    cursor = db.execute(
        "INSERT INTO source (name, url, reach_class, added_at, next_poll_at, health_since)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [name, f"https://{name}.example/rss", reach, *[utc_text(AT)] * 3],
    )
    return int(cursor.lastrowid or 0)


def add_entry(db: Database, source: int, title: str, text: str, at: datetime = AT) -> int:
    cursor = db.execute(
        "INSERT INTO entry (source_id, entry_key, url, title, summary, published_at,"
        " first_seen_at, content_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [source, title, f"https://x.example/{title}", title, text, *[utc_text(at)] * 2, title],
    )
    return int(cursor.lastrowid or 0)


def by_hand(db: Database, actor: Actor, case: Case, text: str, **more: Any) -> mentions.Mention:
    given = {"source_name": "Facebook", "idempotency_key": text, **more}
    return mentions.add_manual_mention(db, actor, case.id, text=text, **given)


def test_entries_that_mean_the_firm_become_mentions(db: Database, case: Case) -> None:
    paper, other = add_source(db, "Tagblatt", "B"), add_source(db, "Bezirksblatt")
    add_entry(db, paper, "Werkstätte gehackt", WIRE)
    add_entry(db, other, "Kfz Aigner lahmgelegt", f"(APA) {WIRE}")
    add_entry(db, other, "Wetter", "Am Wochenende wird es sonnig.")
    add_entry(db, other, "Skirennen", "Rennläufer Aigner gewinnt in Kitzbühel.")
    assert mentions.process_new_entries(db, AT)[0] == 2
    second, first = mentions.list_mentions(db, case.id)
    assert (first.role, first.attack, first.reach_class) == ("victim", False, "B")
    assert second.copy_of == first.id
    assert second.story_id == first.story_id
    (story,) = mentions.stories_of(db, case.id)
    assert (story.mentions, story.copies) == (2, 1)


def test_entries_are_looked_at_once(db: Database, case: Case) -> None:
    add_entry(db, add_source(db, "Tagblatt"), "Werkstätte gehackt", WIRE)
    assert mentions.process_new_entries(db, AT) == (1, 0)
    assert mentions.process_new_entries(db, AT) == (0, 0)
    assert db.execute("SELECT count(*) FROM entry WHERE matched_at IS NULL").fetchone()[0] == 0


def test_a_grave_entry_raises_an_alert_with_its_timeline_entry(db: Database, case: Case) -> None:
    source = add_source(db, "Forum")
    add_entry(db, source, "Warnung", "Kfz Aigner sind Betrüger und haben meine Daten verkauft!")
    assert mentions.process_new_entries(db, AT) == (1, 1)
    (raised,) = mentions.open_alerts(db, case.id)
    assert raised.rule == "grave_mention"
    assert raised.case_number == case.number
    assert "alert" in {entry.kind for entry in store.timeline_of(db, case.id)}
    assert "alert.raised" in {entry.action for entry in audit.entries(db, case.id)}


def test_a_later_batch_joins_the_story(db: Database, case: Case) -> None:
    source = add_source(db, "Tagblatt")
    add_entry(db, source, "Werkstätte gehackt", WIRE)
    mentions.process_new_entries(db, AT)
    add_entry(db, source, "Copy", WIRE, AT + timedelta(hours=1))
    mentions.process_new_entries(db, AT + timedelta(hours=1))
    second, first = mentions.list_mentions(db, case.id)
    assert (second.story_id, second.copy_of) == (first.story_id, first.id)


def test_a_closed_case_gets_no_mentions(db: Database, case: Case, consultant: Actor) -> None:
    store.close_case(db, consultant, case.id, "Erledigt")
    add_entry(db, add_source(db, "Tagblatt"), "Werkstätte gehackt", WIRE)
    assert mentions.process_new_entries(db, AT) == (0, 0)


def test_the_profile_comes_from_the_register(db: Database, case: Case) -> None:
    profile = mentions.profile_of(db, case.id)
    assert profile.version == 0
    assert profile.names.name == "Kfz Aigner e.U."
    assert "kfz-aigner.example" in profile.names.domains
    assert profile.names.people == ("Anton Aigner",)
    assert profile.names.places == ("Linz",)
    assert "@kfz-aigner" in profile.names.aliases


def test_a_saved_profile_is_a_new_version(db: Database, case: Case, consultant: Actor) -> None:
    names = FirmNames(name="Kfz Aigner e.U.", aliases=(" Aigner Motors ", ""), exclude=("Ski",))
    saved = mentions.save_profile(db, consultant, case.id, names)
    assert (saved.version, saved.names.aliases, saved.names.exclude) == (
        1,
        ("Aigner Motors",),
        ("Ski",),
    )
    assert mentions.save_profile(db, consultant, case.id, names).version == 2
    with pytest.raises(EmptyProfile):
        mentions.save_profile(db, consultant, case.id, FirmNames(name=" "))


def test_a_new_name_is_looked_for_in_what_came_in_before(
    db: Database, case: Case, consultant: Actor
) -> None:
    source = add_source(db, "Tagblatt")
    add_entry(db, source, "Alt", "Aigner Motors ist ein Sauladen!", AT - timedelta(days=9))
    add_entry(db, source, "Neu", "Aigner Motors ist ein Sauladen!!", AT - timedelta(days=1))
    mentions.process_new_entries(db, AT)
    names = FirmNames(name="Kfz Aigner e.U.", aliases=("Aigner Motors",))
    mentions.save_profile(db, consultant, case.id, names)
    before = mentions.count_mentions(db, case.id)
    found = mentions.rescan(db, consultant, case.id, 5, AT)
    assert mentions.count_mentions(db, case.id) == before + found
    assert mentions.rescan(db, consultant, case.id, 5, AT) == 0
    assert "Neu" in {mention.title for mention in mentions.list_mentions(db, case.id)}


def test_a_mention_by_hand_keeps_its_evidence(
    db: Database, home: Home, case: Case, consultant: Actor
) -> None:
    kept = evidence.add(db, home, consultant, case.id, data=b"png", file_name="post.png")
    mention = by_hand(
        db,
        consultant,
        case,
        "Sauladen!",
        author="Kunde B",
        evidence_id=kept.id,
        url="https://x.example",
    )
    assert (mention.relevance, mention.attack, mention.evidence_id) == (1.0, True, kept.id)
    assert mention.origin == "manual"
    assert "mention" in {entry.kind for entry in store.timeline_of(db, case.id)}


def test_a_form_sent_twice_gives_one_mention(db: Database, case: Case, consultant: Actor) -> None:
    first = by_hand(db, consultant, case, "Sauladen!")
    assert by_hand(db, consultant, case, "Sauladen!") == first
    assert mentions.count_mentions(db, case.id) == 1


def test_a_mention_by_hand_needs_words_and_a_place(
    db: Database, case: Case, consultant: Actor
) -> None:
    with pytest.raises(EmptyMention):
        by_hand(db, consultant, case, "  ")
    with pytest.raises(MissingSource):
        by_hand(db, consultant, case, "Sauladen!", source_name=" ")


def test_three_customers_raise_an_alert_together(
    db: Database, case: Case, consultant: Actor
) -> None:
    for number in range(3):
        by_hand(
            db,
            consultant,
            case,
            f"Seit {number + 2} Stunden gewartet, unfreundlich und schlecht.",
            author=f"Gast {number}",
        )
    assert "independent_voices" in {each.rule for each in mentions.open_alerts(db, case.id)}


def test_states(db: Database, case: Case, consultant: Actor) -> None:
    mention = by_hand(db, consultant, case, "Sauladen!")
    changed = mentions.set_mention_state(db, consultant, mention.id, "attack")
    assert (changed.state, changed.state_by) == ("attack", consultant.name)
    assert mentions.set_mention_state(db, consultant, mention.id, "attack") == changed
    assert mentions.count_mentions(db, case.id, states=["attack"]) == 1
    assert mentions.count_mentions(db, case.id, states=["new"]) == 0
    with pytest.raises(UnknownState):
        mentions.set_mention_state(db, consultant, mention.id, "weg")
    with pytest.raises(UnknownMention):
        mentions.set_mention_state(db, consultant, 999, "attack")


def test_the_list_is_paged_and_ordered(db: Database, case: Case, consultant: Actor) -> None:
    for number in range(5):
        by_hand(db, consultant, case, f"Termin Nummer {number} am Montag.")
    by_hand(db, consultant, case, "Betrüger! Die haben meine Daten verkauft.")
    newest = mentions.list_mentions(db, case.id, limit=4)
    rest = mentions.list_mentions(db, case.id, limit=4, offset=4)
    ids = [mention.id for mention in newest + rest]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 6
    assert mentions.list_mentions(db, case.id, order="gravest", limit=1)[0].id == ids[0]
    assert mentions.count_mentions(db, case.id, min_severity=50) == 1


def test_an_alert_is_acknowledged_once(
    db: Database, case: Case, consultant: Actor, colleague: Actor
) -> None:
    by_hand(db, consultant, case, "Betrüger! Die haben meine Daten verkauft.")
    (raised,) = mentions.open_alerts(db)
    mentions.acknowledge_alert(db, consultant, raised.id)
    again = mentions.acknowledge_alert(db, colleague, raised.id)
    assert again.acknowledged_by == consultant.name
    assert mentions.open_alerts(db) == []
    with pytest.raises(UnknownAlert):
        mentions.acknowledge_alert(db, consultant, 999)


def report(db: Database, text: str, **more: Any) -> list[mentions.Mention]:
    given = {"source_name": "Partner", "idempotency_key": text, **more}
    return mentions.add_api_mention(db, "partner", text=text, **given)


def test_an_inbound_mention_finds_its_case(db: Database, case: Case) -> None:
    (mention,) = report(db, "Kfz Aigner ist ein Sauladen.")
    assert (mention.case_id, mention.origin, mention.attack) == (case.id, "api", True)
    assert report(db, "Kfz Aigner ist ein Sauladen.") == [mention]


def test_two_callers_may_use_the_same_key(db: Database, case: Case) -> None:
    report(db, "Kfz Aigner ist ein Sauladen.", idempotency_key="1")
    mentions.add_api_mention(
        db, "other", text="Kfz Aigner ist toll.", source_name="x", idempotency_key="1"
    )
    assert mentions.count_mentions(db, case.id) == 2


def test_an_inbound_mention_with_a_case_number_needs_no_name(db: Database, case: Case) -> None:
    (mention,) = report(db, "Sauladen!", case_number=case.number)
    assert mention.relevance == 1.0


def test_an_inbound_mention_of_nobody_is_refused(db: Database, case: Case) -> None:
    with pytest.raises(NobodyMeant):
        report(db, "Heute scheint die Sonne.")
    with pytest.raises(UnknownCase):
        report(db, "Sauladen!", case_number="KP-0000-0000")
    with pytest.raises(EmptyMention):
        report(db, " ")
    assert mentions.count_mentions(db, case.id) == 0


def test_tokens_are_stored_as_hashes_and_can_be_revoked(db: Database) -> None:
    token = mentions.create_api_token(db, SYSTEM, "partner")
    assert mentions.check_api_token(db, token) == "partner"
    assert mentions.check_api_token(db, token + "x") is None
    stored = db.execute("SELECT token_sha256 FROM api_token").fetchone()[0]
    assert token not in stored
    (known,) = mentions.list_api_tokens(db)
    mentions.revoke_api_token(db, SYSTEM, known.id)
    assert mentions.check_api_token(db, token) is None
    with pytest.raises(UnknownToken):
        mentions.revoke_api_token(db, SYSTEM, known.id)


def test_what_is_refused_leaves_nothing_behind(db: Database, case: Case) -> None:
    entries = len(audit.entries(db))
    with pytest.raises(NobodyMeant):
        report(db, "Heute scheint die Sonne.")
    assert len(audit.entries(db)) == entries
    assert now() >= AT
