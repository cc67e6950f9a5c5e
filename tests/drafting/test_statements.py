"""The life of a statement in the database: versions, eyes, gates, approval."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from access.errors import NotAllowed
from cases import evidence
from cases import store as cases
from cases.store import Case, Contact
from data import Home
from drafting import draft, findings, store
from drafting.approval import Recipient
from drafting.check import Finding
from drafting.errors import (
    ApprovalStale,
    BadRecipient,
    BlockingFindings,
    DoubleRecipient,
    EmptyText,
    FactRetracted,
    InsurerConsentMissing,
    MayNotApprove,
    NotPlainText,
    ReasonMissing,
    ReviewMissing,
    SecondPersonNeeded,
    StaleEditor,
    UnknownStatement,
    WitnessNeeded,
    WrongState,
)
from drafting.store import Statement

NOW = datetime(2026, 3, 10, 10, 48, tzinfo=UTC)
TEXT = "Am 10. März 2026 um 9.12 Uhr ist die Kundenverwaltung ausgefallen. Wir prüfen das."


@dataclass(frozen=True)
class Desk:
    """A statement with one version, and those who work on it."""

    db: Database
    home: Home
    case: Case
    author: Actor
    second: Actor
    statement: Statement
    owner_id: int

    def save(self, text: str, base: int = 1) -> store.Version:
        return store.save_version(self.db, self.author, self.statement.id, text, base_version=base)

    def review(self) -> None:
        store.request_review(self.db, self.author, self.statement.id)
        store.review(self.db, self.second, self.statement.id, accepted=True)

    def approve(self) -> store.Approval:
        assert self.second.account_id is not None
        return store.decide_by_phone(
            self.db,
            self.author,
            self.statement.id,
            self.owner_id,
            approved=True,
            call_back_number="+43 660 1234567",
            witness_account=self.second.account_id,
            at=NOW,
        )

    def standing(self) -> str:
        return store.approval_state(self.db, self.statement.id).standing


@pytest.fixture
def desk(db: Database, home: Home, case: Case, consultant: Actor, colleague: Actor) -> Desk:
    cases.add_fact(
        db,
        consultant,
        case.id,
        text="Am 10. März 2026 um 9.12 Uhr ist die Kundenverwaltung ausgefallen",
        status="confirmed",
        source="Telefonat mit Herrn Aigner",
    )
    statement = store.create_statement(
        db, consultant, case.id, kind="reply", channel="web", language="de", title="Information"
    )
    store.save_version(db, consultant, statement.id, TEXT, base_version=0)
    owner = next(each for each in cases.people_of(db, case.firm_id) if each.may_approve)
    return Desk(db, home, case, consultant, colleague, statement, owner.id)


def test_a_statement_goes_from_draft_to_release(desk: Desk) -> None:
    assert desk.standing() == "none"
    desk.review()
    given = desk.approve()
    assert (given.approver_name, given.function, given.witness) == (
        "Anton Aigner",
        "Inhaber",
        "Berger",
    )
    assert desk.standing() == "approved"
    released = store.add_release(
        desk.db, desk.author, desk.statement.id, idempotency_key="k", at=NOW
    )
    assert released.content_hash == given.content_hash
    assert store.statement_by_id(desk.db, desk.statement.id).state == "released"
    texts = [each.text for each in cases.timeline_of(desk.db, desk.case.id)]
    assert "Freigegeben von Anton Aigner: Information, Version 1" in texts
    assert "Ausgesandt: Information, Version 1" in texts
    actions = {each.action for each in audit.entries(desk.db, desk.case.id)}
    assert {
        "statement.created",
        "statement.version_saved",
        "statement.review_requested",
        "statement.review_accepted",
        "statement.approved",
        "statement.released",
    } <= actions
    assert audit.verify(desk.db)[1] == []


def test_a_version_rests_on_the_facts_it_tells(desk: Desk) -> None:
    newest = store.newest_version(desk.db, desk.statement.id)
    assert newest is not None
    assert [(each.fact_id, each.version) for each in newest.facts] == [
        (cases.facts_of(desk.db, desk.case.id)[0].id, 1)
    ]


def test_any_later_text_makes_the_approval_stale(desk: Desk) -> None:
    desk.review()
    desk.approve()
    desk.save(TEXT.replace("das.", "das genau."))
    state = store.approval_state(desk.db, desk.statement.id)
    assert state.standing == "stale"
    assert state.last is not None
    assert state.last.approver_name == "Anton Aigner"
    assert "".join(each.text for each in state.changes if each.kind == "new") == "das genau."
    with pytest.raises(WrongState):
        store.add_release(desk.db, desk.author, desk.statement.id, idempotency_key="k", at=NOW)


def _change_recipients(desk: Desk) -> None:
    store.set_recipients(
        desk.db, desk.author, desk.statement.id, [Recipient("Kunde D", "d@example.at")]
    )


def _change_title(desk: Desk) -> None:
    store.change_heading(desk.db, desk.author, desk.statement.id, title="Anders", audience="")


def _change_attachments(desk: Desk) -> None:
    kept = evidence.add(desk.db, desk.home, desk.author, desk.case.id, data=b"x", file_name="a.png")
    store.set_attachments(desk.db, desk.author, desk.statement.id, [kept.id])


def _change_fact(desk: Desk) -> None:
    known = cases.facts_of(desk.db, desk.case.id)[0]
    cases.change_fact(desk.db, desk.author, known.id, text=known.text + ", auch die Kassa")


@pytest.mark.parametrize(
    "change", [_change_recipients, _change_title, _change_attachments, _change_fact]
)
def test_any_other_change_makes_the_approval_stale(desk: Desk, change: object) -> None:
    desk.review()
    desk.approve()
    assert callable(change)
    change(desk)
    state = store.approval_state(desk.db, desk.statement.id)
    assert state.standing == "stale"
    assert state.reasons
    with pytest.raises((WrongState, ApprovalStale)):
        store.add_release(desk.db, desk.author, desk.statement.id, idempotency_key="k", at=NOW)
    assert store.release_of(desk.db, desk.statement.id) is None


def test_a_retracted_fact_stops_the_release(desk: Desk) -> None:
    desk.review()
    desk.approve()
    known = cases.facts_of(desk.db, desk.case.id)[0]
    cases.change_fact(desk.db, desk.second, known.id, status="retracted")
    assert "F1" in store.approval_state(desk.db, desk.statement.id).reasons[0]
    with pytest.raises(FactRetracted) as refused:
        store.add_release(desk.db, desk.author, desk.statement.id, idempotency_key="k", at=NOW)
    assert "F1" in str(refused.value)


def test_the_author_does_not_review_alone(desk: Desk) -> None:
    store.request_review(desk.db, desk.author, desk.statement.id)
    with pytest.raises(SecondPersonNeeded):
        store.review(desk.db, desk.author, desk.statement.id, accepted=True)
    with pytest.raises(ReviewMissing):
        store.request_approval(
            desk.db,
            desk.author,
            desk.statement.id,
            desk.owner_id,
            expires_at=NOW + timedelta(hours=4),
        )


def test_a_review_holds_for_what_was_reviewed(desk: Desk) -> None:
    desk.review()
    desk.save(TEXT + " Danke.")
    store.request_review(desk.db, desk.author, desk.statement.id)
    with pytest.raises(ReviewMissing):
        desk.approve()


def test_sending_back_needs_a_comment(desk: Desk) -> None:
    store.request_review(desk.db, desk.author, desk.statement.id)
    with pytest.raises(ReasonMissing):
        store.review(desk.db, desk.second, desk.statement.id, accepted=False, comment=" ")
    store.review(desk.db, desk.second, desk.statement.id, accepted=False, comment="Uhrzeit prüfen")
    assert store.statement_by_id(desk.db, desk.statement.id).state == "draft"
    assert store.reviews_of(desk.db, desk.statement.id)[0].comment == "Uhrzeit prüfen"


def test_an_admission_waits_for_the_insurer(desk: Desk) -> None:
    desk.save(TEXT + " Den Schaden ersetzen wir selbstverständlich.")
    desk.review()
    with pytest.raises(InsurerConsentMissing):
        desk.approve()
    store.record_consent(
        desk.db,
        desk.second,
        desk.statement.id,
        "insurer",
        given_by="Fr. Novak, Schadenreferat",
        method="phone",
        given_at=NOW,
    )
    desk.approve()
    assert desk.standing() == "approved"


def test_the_insurer_consents_to_words_not_to_a_statement(desk: Desk) -> None:
    desk.save(TEXT + " Den Schaden ersetzen wir selbstverständlich.")
    store.record_consent(
        desk.db,
        desk.author,
        desk.statement.id,
        "insurer",
        given_by="Fr. Novak",
        method="email",
        given_at=NOW,
    )
    desk.save(TEXT + " Den Schaden ersetzen wir selbstverständlich und sofort.", base=2)
    desk.review()
    with pytest.raises(InsurerConsentMissing):
        desk.approve()


def test_a_blocking_finding_needs_a_reason_by_name(desk: Desk) -> None:
    version = desk.save("Es sind keine Daten betroffen.")
    desk.review()
    with pytest.raises(BlockingFindings):
        desk.approve()
    examination = store.examination_of(desk.db, desk.statement, version.text)
    blocks = store.open_blocks(desk.db, version, examination)
    with pytest.raises(ReasonMissing):
        store.override_finding(
            desk.db,
            desk.author,
            desk.statement.id,
            finding_kind=blocks[0].kind,
            quote=blocks[0].quote,
            reason="",
        )
    for each in blocks:
        store.override_finding(
            desk.db,
            desk.author,
            desk.statement.id,
            finding_kind=each.kind,
            quote=each.quote,
            reason="Forensik bestätigt das um 10:40",
        )
    desk.approve()
    assert store.overrides_of(desk.db, version.id)[0].by_name == "Mag. Lang"


def test_a_counterstatement_waits_for_a_lawyer(desk: Desk) -> None:
    statement = store.create_statement(
        desk.db,
        desk.author,
        desk.case.id,
        kind="counterstatement",
        channel="press",
        language="de",
        title="Gegendarstellung",
    )
    version = store.save_version(desk.db, desk.author, statement.id, TEXT, base_version=0)
    examination = store.examination_of(desk.db, statement, version.text)
    assert "lawyer" in store.open_gates(desk.db, statement, version, examination)
    store.record_consent(
        desk.db,
        desk.author,
        statement.id,
        "lawyer",
        given_by="Dr. Recht",
        method="email",
        given_at=NOW,
    )
    assert "lawyer" not in store.open_gates(desk.db, statement, version, examination)


def test_only_who_may_approve_is_asked(desk: Desk) -> None:
    desk.review()
    secretary = cases.add_person(
        desk.db, desk.author, desk.case.firm_id, cases.Person("Eva Huber", "Sekretariat")
    )
    with pytest.raises(MayNotApprove):
        store.request_approval(
            desk.db,
            desk.author,
            desk.statement.id,
            secretary.id,
            expires_at=NOW + timedelta(hours=4),
        )


@pytest.mark.parametrize("who", ["nobody", "the one who calls"])
def test_a_telephone_approval_has_a_second_listener(desk: Desk, who: str) -> None:
    desk.review()
    witness = None if who == "nobody" else desk.author.account_id
    with pytest.raises(WitnessNeeded):
        store.decide_by_phone(
            desk.db,
            desk.author,
            desk.statement.id,
            desk.owner_id,
            approved=True,
            call_back_number="+43 660 1",
            witness_account=witness,
        )


def test_a_rejection_brings_the_draft_back(desk: Desk) -> None:
    desk.review()
    store.decide_by_phone(
        desk.db,
        desk.author,
        desk.statement.id,
        desk.owner_id,
        approved=False,
        call_back_number="+43 660 1",
        witness_account=desk.second.account_id,
        comment="Bitte kürzer",
    )
    assert desk.standing() == "rejected"
    assert store.statement_by_id(desk.db, desk.statement.id).state == "draft"


def test_a_stale_editor_gets_both_texts(desk: Desk) -> None:
    store.save_version(
        desk.db, desk.second, desk.statement.id, "Text der Kollegin.", base_version=1
    )
    with pytest.raises(StaleEditor) as stale:
        desk.save("Mein Text.")
    assert (stale.value.mine, stale.value.theirs) == ("Mein Text.", "Text der Kollegin.")
    assert "Berger" in str(stale.value)
    assert desk.save("Mein Text.", base=2).version == 3


def test_a_form_sent_twice_saves_once(desk: Desk) -> None:
    for _time in range(2):
        saved = store.save_version(
            desk.db,
            desk.author,
            desk.statement.id,
            "Neuer Text.",
            base_version=1,
            idempotency_key="form-1",
        )
        assert saved.version == 2
        created = store.create_statement(
            desk.db,
            desk.author,
            desk.case.id,
            kind="reply",
            channel="web",
            language="de",
            title="Zwei",
            idempotency_key="form-2",
        )
    assert len(store.versions_of(desk.db, desk.statement.id)) == 2
    assert [each.id for each in store.statements_of(desk.db, desk.case.id)] == [
        created.id,
        desk.statement.id,
    ]


def test_the_same_text_is_no_new_version_and_keeps_the_approval(desk: Desk) -> None:
    desk.review()
    desk.approve()
    assert desk.save(TEXT + "  \r\n").version == 1
    assert desk.standing() == "approved"


def test_versions_cannot_be_changed(desk: Desk) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        desk.db.execute("UPDATE statement_version SET text = 'x'")


@pytest.mark.parametrize("text", ["", "  \n ", "\u00a0"])
def test_an_empty_text_is_refused(desk: Desk, text: str) -> None:
    with pytest.raises(EmptyText):
        desk.save(text)


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\u202e", "\ue000", "\ud800"])
def test_a_hidden_sign_is_refused(desk: Desk, sign: str) -> None:
    with pytest.raises(NotPlainText) as refused:
        desk.save(f"Text{sign}.")
    assert refused.value.position == 4


@pytest.mark.parametrize(
    ("recipients", "error"),
    [
        pytest.param([Recipient("D", "kein-at")], BadRecipient, id="no address"),
        pytest.param([Recipient("D", "a@b.at\r\nBcc: c@d.at")], BadRecipient, id="second header"),
        pytest.param([Recipient("D", "a@b.at, c@d.at")], BadRecipient, id="two in one"),
        pytest.param([Recipient("", "")], BadRecipient, id="nothing"),
        pytest.param(
            [Recipient("D", "a@b.at"), Recipient("E", "A@b.at")], DoubleRecipient, id="twice"
        ),
    ],
)
def test_a_bad_distribution_list_is_refused(
    desk: Desk, recipients: list[Recipient], error: type[Exception]
) -> None:
    with pytest.raises(error):
        store.set_recipients(desk.db, desk.author, desk.statement.id, recipients)
    assert store.recipients_of(desk.db, desk.statement.id) == []


def test_a_recipient_that_stays_keeps_its_line(desk: Desk) -> None:
    first = Recipient("Kunde D", "d@example.at")
    before = store.set_recipients(desk.db, desk.author, desk.statement.id, [first])
    after = store.set_recipients(
        desk.db, desk.author, desk.statement.id, [first, Recipient("Kunde E", "e@example.at")]
    )
    assert after[0] == before[0]
    assert len(after) == 2


def test_what_someone_types_survives(desk: Desk) -> None:
    store.keep_working_copy(desk.db, desk.author, desk.statement.id, "halb fert", 1)
    store.keep_working_copy(desk.db, desk.author, desk.statement.id, "halb fertig", 1)
    copy = store.working_copy_of(desk.db, desk.author, desk.statement.id)
    assert copy is not None
    assert copy.text == "halb fertig"
    assert store.working_copy_of(desk.db, desk.second, desk.statement.id) is None
    desk.save("fertig")
    assert store.working_copy_of(desk.db, desk.author, desk.statement.id) is None


def test_withdrawing_ends_the_link(desk: Desk) -> None:
    desk.review()
    store.request_approval(
        desk.db,
        desk.author,
        desk.statement.id,
        desk.owner_id,
        expires_at=NOW + timedelta(days=9999),
    )
    store.withdraw(desk.db, desk.author, desk.statement.id, reason="Beitrag wurde gelöscht")
    assert store.requests_of(desk.db, desk.statement.id)[0].closed_at is not None
    with pytest.raises(WrongState):
        desk.save("Doch noch ein Text.")


def test_a_third_party_is_known_to_the_check(desk: Desk) -> None:
    cases.add_contact(desk.db, desk.author, desk.case.id, Contact("poster", "Bernd Kogler"))
    text = "Herr Bernd Kogler hat sich über uns beschwert."
    kinds = {each.kind for each in store.examination_of(desk.db, desk.statement, text).findings}
    assert "personal_data" in kinds


def test_a_reviewer_of_costs_writes_nothing(desk: Desk) -> None:
    stranger = Actor("account", "Kostenprüfung", 99, "reviewer")
    with pytest.raises(NotAllowed):
        store.save_version(desk.db, stranger, desk.statement.id, "x", base_version=1)


def test_an_old_link_says_so(db: Database) -> None:
    with pytest.raises(UnknownStatement):
        store.statement_by_id(db, 999)


def test_the_list_shows_how_each_stands(desk: Desk) -> None:
    desk.review()
    desk.approve()
    line = store.overview(desk.db, desk.case.id)[0]
    assert (line.statement.id, line.standing, line.recipients) == (desk.statement.id, "approved", 0)
    assert line.version is not None


def test_a_correction_is_a_statement_of_its_own(desk: Desk) -> None:
    with pytest.raises(WrongState):
        store.begin_correction(desk.db, desk.author, desk.statement.id, idempotency_key="c")
    store.set_recipients(
        desk.db, desk.author, desk.statement.id, [Recipient("Kunde D", "d@example.at")]
    )
    desk.review()
    desk.approve()
    store.add_release(desk.db, desk.author, desk.statement.id, idempotency_key="k", at=NOW)
    for _time in range(2):
        correction = store.begin_correction(
            desk.db, desk.author, desk.statement.id, idempotency_key="c"
        )
    assert (correction.title, correction.corrects_id) == (
        "Richtigstellung: Information",
        desk.statement.id,
    )
    assert [each.email for each in store.recipients_of(desk.db, correction.id)] == ["d@example.at"]
    assert correction.state == "draft"
    assert len(store.versions_of(desk.db, correction.id)) == 1
    assert store.statement_by_id(desk.db, desk.statement.id).state == "released"


@pytest.mark.parametrize(
    ("name", "language"),
    [(name, language) for name, each in draft.templates().items() for language in each.languages],
)
def test_a_template_draft_may_go_on_without_overrides(desk: Desk, name: str, language: str) -> None:
    chosen = draft.template(name, language)
    facts = cases.facts_of(desk.db, desk.case.id)
    context = draft.context_of(
        desk.case,
        cases.firm_by_id(desk.db, desk.case.firm_id),
        cases.people_of(desk.db, desk.case.firm_id),
        facts,
        cases.incidents_of(desk.db, desk.case.id),
        language=language,
        now=NOW,
        posting=draft.PostingView(
            on=NOW.date(),
            quote="Die haben meine Daten verloren.",
            wrong="Es steht nicht fest, ob Daten betroffen sind.",
            until=NOW.date() + timedelta(days=2),
        ),
        question="Was ist passiert?",
    )
    channel = chosen.channels[0]
    statement = store.begin_from_template(
        desk.db,
        desk.author,
        desk.case.id,
        chosen,
        channel=channel,
        language=language,
        drafted=draft.draft_from_template(name, language, context, channel),
    )
    newest = store.newest_version(desk.db, statement.id)
    assert newest is not None
    assert newest.origin == "template"
    assert [each.fact_id for each in newest.facts] == [facts[0].id]
    examination = store.examination_of(desk.db, statement, newest.text)
    assert store.open_blocks(desk.db, newest, examination) == []
    assert store.open_gates(desk.db, statement, newest, examination) == ()


def test_the_firms_own_number_is_known_and_a_third_persons_name_is_not() -> None:
    text = "Kontakt: Anton Aigner, +43 732 123456\nHerr Gruber irrt."
    number = text.index("+43")
    name = text.index("Gruber")
    found = [
        Finding("personal_data", "warn", number, number + 14, "+43 732 123456", "…", "mask.phone"),
        Finding("personal_data", "block", name, name + 6, "Gruber", "…", "third_party"),
    ]
    left = findings.without_given(
        text, found, "Anton Aigner, +43 732 123456, „Gruber war da“", own="+43 732 123456"
    )
    assert [each.quote for each in left] == ["Gruber"]


def test_what_the_templates_bring_along_needs_no_fact() -> None:
    lines, words = draft.frame("de")
    assert "Was wir tun" in lines
    assert "informiert" in words
    assert not any("{" in line for line in lines)
