"""Sending over a real mail server: each recipient once, alone, with a result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from access import settings
from access.actor import SYSTEM, Actor
from access.errors import NotAllowed
from cases import store as cases
from cases.store import Case
from data import Home
from drafting import documents, release, store
from drafting.approval import Recipient
from drafting.errors import (
    AlreadyReleased,
    CompromisedSender,
    MailNotSet,
    MailServerUnreachable,
    NoRecipients,
    NotAnAddress,
)
from drafting.release import MailSettings
from tests.servers.smtp import Mailbox, mail_server

NOW = datetime(2026, 4, 14, 9, 40, tzinfo=UTC)
TEXT = "Wir prüfen das.\n\n. Zeile mit Punkt am Anfang\nMit freundlichen Grüßen"

Prepare = Callable[[int], store.Release]


def _mail(mailbox: Mailbox, sender: str = "Krisenpult <presse@desk.example>") -> MailSettings:
    return MailSettings(mailbox.host, mailbox.port, sender, security="none")


@pytest.fixture
def prepare(db: Database, case: Case, consultant: Actor, colleague: Actor) -> Prepare:
    """Makes an approved and released letter to so many recipients."""

    def make(number: int) -> store.Release:
        statement = store.create_statement(
            db,
            consultant,
            case.id,
            kind="letter",
            channel="customer_letter",
            language="de",
            title="Wichtige Information",
        )
        store.set_recipients(
            db,
            consultant,
            statement.id,
            [Recipient(f"Kundin {n}", f"k{n}@example.at") for n in range(number)],
        )
        version = store.save_version(db, consultant, statement.id, TEXT, base_version=0)
        store.request_review(db, consultant, statement.id)
        store.review(db, colleague, statement.id, accepted=True)
        for each in store.open_blocks(
            db, version, store.examination_of(db, statement, version.text)
        ):
            store.override_finding(
                db,
                consultant,
                statement.id,
                finding_kind=each.kind,
                quote=each.quote,
                reason="geprüft",
            )
        person = next(each for each in cases.people_of(db, case.firm_id) if each.may_approve)
        store.decide_by_phone(
            db,
            consultant,
            statement.id,
            person.id,
            approved=True,
            call_back_number="+43 660 1234567",
            witness_account=colleague.account_id,
        )
        return release.release(
            db, consultant, statement.id, idempotency_key=f"form-{statement.id}", at=NOW
        )

    return make


def test_46_customers_get_one_letter_each(
    db: Database, home: Home, consultant: Actor, case: Case, prepare: Prepare
) -> None:
    released = prepare(46)
    with mail_server() as mailbox:
        report = release.deliver(db, home, consultant, released.id, _mail(mailbox))
        again = release.deliver(db, home, consultant, released.id, _mail(mailbox))
    assert report.done
    assert again.counts == report.counts == {"sent": 46}
    assert len(mailbox.letters) == 46
    for number in range(46):
        (letter,) = mailbox.got(f"k{number}@example.at")
        assert letter.recipients == [f"k{number}@example.at"]
        assert letter.sender == "presse@desk.example"
        assert letter.message["Cc"] is None
        assert letter.message["Bcc"] is None
        whole = letter.message.as_string()
        assert not any(f"k{other}@" in whole for other in range(46) if other != number)
        assert documents.letter_text(letter.message) == TEXT
        (attached,) = letter.message.iter_attachments()
        assert documents.docx_text(attached.get_content()) == TEXT
    ids = {each.message["Message-ID"] for each in mailbox.letters}
    assert ids == {each.message_id for each in store.deliveries_of(db, released.id)}
    assert "46 angekommen" in cases.timeline_of(db, case.id)[0].text


def test_one_refused_address_does_not_stop_the_others(
    db: Database, home: Home, consultant: Actor, prepare: Prepare
) -> None:
    released = prepare(5)
    with mail_server(
        refuse=frozenset({"k1@example.at"}), later=frozenset({"k3@example.at"})
    ) as mailbox:
        report = release.deliver(db, home, consultant, released.id, _mail(mailbox))
        states = {each.email: each for each in store.deliveries_of(db, released.id)}
        assert report.counts == {"sent": 3, "refused": 1, "failed": 1}
        assert "550 no such mailbox" in states["k1@example.at"].last_error
        assert store.queue_again(db, consultant, released.id) == 1
        mailbox.later = frozenset()
        release.deliver(db, home, consultant, released.id, _mail(mailbox))
    assert sorted(each.state for each in store.deliveries_of(db, released.id)) == [
        "refused",
        *["sent"] * 4,
    ]
    assert len(mailbox.letters) == 4


def test_two_senders_send_each_letter_once(
    db: Database, home: Home, consultant: Actor, prepare: Prepare
) -> None:
    released = prepare(12)
    with mail_server() as mailbox:

        def send() -> None:
            release.deliver(home.db(), home, consultant, released.id, _mail(mailbox))
            home.close()

        threads = [threading.Thread(target=send) for _number in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert len(mailbox.letters) == 12
    assert all(each.state == "sent" for each in store.deliveries_of(db, released.id))


def test_a_line_dropped_after_the_words_is_unclear_and_never_sent_again_silently(
    db: Database, home: Home, consultant: Actor, prepare: Prepare
) -> None:
    released = prepare(3)
    with mail_server(hang_up_on="k1@example.at") as mailbox:
        first = release.deliver(db, home, consultant, released.id, _mail(mailbox))
        assert first.counts == {"sent": 1, "unclear": 1, "queued": 1}
        release.deliver(db, home, consultant, released.id, _mail(mailbox))
        assert len(mailbox.got("k1@example.at")) == 1
        unclear = next(
            each for each in store.deliveries_of(db, released.id) if each.state == "unclear"
        )
        store.settle_unclear(db, consultant, unclear.id, arrived=True, at=NOW)
    assert {each.state for each in store.deliveries_of(db, released.id)} == {"sent"}
    assert len(mailbox.letters) == 3


def test_a_sender_that_died_leaves_an_unclear_line(
    db: Database, home: Home, consultant: Actor, prepare: Prepare
) -> None:
    released = prepare(2)
    claimed = store.claim_delivery(db, released.id, NOW)
    assert claimed is not None
    with mail_server() as mailbox:
        soon = release.deliver(db, home, consultant, released.id, _mail(mailbox), clock=lambda: NOW)
        later = release.deliver(
            db,
            home,
            consultant,
            released.id,
            _mail(mailbox),
            clock=lambda: NOW + timedelta(minutes=6),
        )
        assert soon.counts == {"sending": 1, "sent": 1}
        assert later.counts == {"unclear": 1, "sent": 1}
        assert mailbox.got(claimed.email) == []
        store.settle_unclear(db, consultant, claimed.id, arrived=False)
        release.deliver(db, home, consultant, released.id, _mail(mailbox))
        (letter,) = mailbox.got(claimed.email)
    assert letter.message["Message-ID"] == claimed.message_id


def test_no_mail_server_leaves_everything_queued(
    db: Database, home: Home, consultant: Actor, prepare: Prepare
) -> None:
    released = prepare(2)
    with mail_server() as mailbox:
        gone = _mail(mailbox)
    with pytest.raises(MailServerUnreachable):
        release.deliver(db, home, consultant, released.id, gone)
    assert {each.state for each in store.deliveries_of(db, released.id)} == {"queued"}


def test_a_warning_never_leaves_from_the_attacked_firm(
    db: Database, home: Home, consultant: Actor, prepare: Prepare
) -> None:
    released = prepare(1)
    with mail_server() as mailbox, pytest.raises(CompromisedSender):
        release.deliver(
            db,
            home,
            consultant,
            released.id,
            _mail(mailbox, "Aigner <office@kfz-aigner.example>"),
        )
    assert mailbox.letters == []


def test_nobody_to_send_to_says_so(
    db: Database, home: Home, consultant: Actor, prepare: Prepare
) -> None:
    released = prepare(0)
    with pytest.raises(NoRecipients):
        release.deliver(db, home, consultant, released.id, MailSettings("127.0.0.1", 9, "a@b.at"))


def test_two_releases_at_once_are_one(
    db: Database, home: Home, consultant: Actor, case: Case, prepare: Prepare
) -> None:
    released = prepare(1)
    same = release.release(
        db,
        consultant,
        released.statement_id,
        idempotency_key=f"form-{released.statement_id}",
        at=NOW,
    )
    assert same == released
    with pytest.raises(AlreadyReleased):
        release.release(db, consultant, released.statement_id, idempotency_key="other", at=NOW)


def test_settings_come_from_the_installation(db: Database) -> None:
    with pytest.raises(MailNotSet) as missing:
        MailSettings.load(db, {})
    assert missing.value.setting == "smtp_host"
    for key, value in (
        ("smtp_host", "mail.desk.example"),
        ("smtp_from", "presse@desk.example"),
        ("smtp_security", "tls"),
    ):
        settings.put(db, SYSTEM, key, value)
    loaded = MailSettings.load(db, {release.PASSWORD_VARIABLE: "geheim"})
    assert (loaded.port, loaded.password) == (465, "geheim")
    settings.put(db, SYSTEM, "smtp_port", "fünf")
    with pytest.raises(MailNotSet):
        MailSettings.load(db, {})


def test_posting_is_a_persons_act_and_is_recorded_once(
    db: Database, consultant: Actor, case: Case, prepare: Prepare
) -> None:
    released = prepare(0)
    for _time in range(2):
        store.record_posting(db, consultant, released.id, "https://social.example/p/9", NOW)
    assert [each.url for each in store.postings_of(db, released.id)] == [
        "https://social.example/p/9"
    ]
    with pytest.raises(NotAnAddress):
        store.record_posting(db, consultant, released.id, "javascript:alert(1)", NOW)
    with pytest.raises(NotAllowed):
        store.record_posting(
            db, Actor("owner_link", "Aigner", None, "owner"), released.id, "https://x.at", NOW
        )


@pytest.mark.parametrize("ending", ["txt", "docx", "pdf", "eml"])
def test_the_text_as_a_file(
    db: Database, prepare: Prepare, consultant: Actor, case: Case, ending: str
) -> None:
    released = prepare(1)
    made = release.download(db, released.statement_id, ending, NOW)
    assert made.file_name.startswith("Stellungnahme-")
    assert made.file_name.endswith(f".{ending}")
    assert made.data
    draft = store.create_statement(
        db, consultant, case.id, kind="qa", channel="press", language="de", title="Entwurf"
    )
    store.save_version(db, consultant, draft.id, "Text.", base_version=0)
    assert release.download(db, draft.id, ending, NOW).file_name.startswith("ENTWURF-")
