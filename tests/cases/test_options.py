"""The ways against an attack (A to J): when each applies, and what is decided on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from cases import evidence, options, store
from cases.errors import (
    CaseClosed,
    EvidenceFirst,
    EvidenceOfOtherCase,
    InFuture,
    LawyerFirst,
    MissingField,
    NoLawyerGate,
    OptionNotChosen,
    OptionReasonNeeded,
    PublicationDayNeeded,
    UnknownAttack,
)
from cases.options import OptionResult, Situation
from cases.store import Case, CaseClock
from cases.store import options as option_store
from cases.store.options import Attack, NewAttack
from data import Home, InputError, now, reference
from data.times import local

TODAY = date(2026, 6, 10)

# An article that meets every condition of a counterstatement.
ARTICLE = Situation(
    medium="print",
    claim="fact",
    truth="false",
    targets=frozenset({"firm"}),
    harm="yes",
    insult="no",
    visible="yes",
    dignity="no",
    picture="none",
    author_known="yes",
    knowingly="no",
    competitor="no",
    concerned="yes",
    comment="not_offered",
    position_carried="no",
    correction_ran="no",
    council="yes",
    published_on=date(2026, 5, 20),
    today=TODAY,
)
# A post in a network: untrue, harmful, by somebody whose name is known.
POST = replace(ARTICLE, medium="social_post", council="unknown", published_on=None)
# "Sauladen": an opinion that insults, on the own page.
ABUSE = replace(POST, medium="own_page", claim="opinion", truth="unknown", insult="yes")
LETTER = Situation(medium="demand_letter", today=TODAY)
COPY = Situation(medium="fake_website", today=TODAY)


def but(base: Situation, **changed: object) -> Situation:
    return replace(base, **changed)  # type: ignore[arg-type]


CASES: list[tuple[str, Situation, str, str, str]] = [
    # A counterstatement
    ("A: false fact in a newspaper", ARTICLE, "A", "yes", "periodic_medium"),
    ("A: in a broadcast", but(ARTICLE, medium="broadcast"), "A", "yes", "periodic_medium"),
    ("A: on a medium's website", but(ARTICLE, medium="website"), "A", "yes", "in_time"),
    ("A: in a newsletter", but(ARTICLE, medium="newsletter"), "A", "yes", "is_fact"),
    ("A: opinion", but(ARTICLE, claim="opinion"), "A", "no", "not_fact"),
    ("A: fact and opinion mixed", but(ARTICLE, claim="mixed"), "A", "yes", "fact_part"),
    ("A: fact or opinion is open", but(ARTICLE, claim="unknown"), "A", "open", "ask_claim"),
    ("A: true", but(ARTICLE, truth="true"), "A", "no", "is_true"),
    ("A: not checked, void if untrue in part", but(ARTICLE, truth="unknown"), "A", "open",
     "ask_truth"),
    ("A: misleadingly incomplete is enough", but(ARTICLE, truth="incomplete"), "A", "yes",
     "is_incomplete"),
    ("A: chance to comment not used", but(ARTICLE, comment="unused"), "A", "no",
     "comment_unused"),
    ("A: chance to comment used", but(ARTICLE, comment="used"), "A", "yes", "comment_used"),
    ("A: whether asked is open", but(ARTICLE, comment="unknown"), "A", "open", "ask_comment"),
    ("A: article carries our position", but(ARTICLE, position_carried="yes"), "A", "no",
     "position_carried"),
    ("A: correction ran", but(ARTICLE, correction_ran="yes"), "A", "no", "correction_ran"),
    ("A: merely generally affected", but(ARTICLE, concerned="no"), "A", "no",
     "only_generally_concerned"),
    ("A: last day", but(ARTICLE, today=date(2026, 7, 20)), "A", "yes", "in_time"),
    ("A: a day too late", but(ARTICLE, today=date(2026, 7, 21)), "A", "no", "too_late"),
    ("A: day of publication open", but(ARTICLE, published_on=None), "A", "open", "ask_day"),
    ("A: review platform is no periodic medium", but(ARTICLE, medium="review"), "A", "no",
     "no_periodic_medium"),
    ("A: own page", but(ARTICLE, medium="own_page"), "A", "no", "own_medium"),
    ("A: an account may be run as a medium", but(ARTICLE, medium="social_post"), "A", "open",
     "account_may_be_medium"),
    ("A: warning letter", LETTER, "A", "no", "not_published"),
    ("A: a no outweighs what is open", but(ARTICLE, claim="opinion", truth="unknown"), "A", "no",
     "not_fact"),
    # B § 1330 ABGB
    ("B: false fact that endangers credit", POST, "B", "yes", "harms"),
    ("B: a firm's review", but(POST, medium="review"), "B", "yes", "is_false"),
    ("B: opinion on true facts", but(POST, claim="opinion", truth="true"), "B", "no", "not_fact"),
    ("B: insult alone is enough", ABUSE, "B", "yes", "insults"),
    ("B: true fact", but(POST, truth="true"), "B", "no", "is_true"),
    ("B: true but incomplete can be untrue", but(POST, truth="incomplete"), "B", "open",
     "incomplete_may_be_untrue"),
    ("B: not checked yet", but(POST, truth="unknown"), "B", "open", "ask_truth"),
    ("B: no danger for credit", but(POST, harm="no"), "B", "no", "harmless"),
    ("B: one star without text is opinion",
     but(POST, medium="review", rating_only="yes", claim="fact"), "B", "no", "stars_are_opinion"),
    ("B: S6 true wait for the bill",
     but(POST, medium="review", truth="true"), "B", "no", "is_true"),
    ("B: a letter to the firm is no publication", LETTER, "B", "no", "not_published"),
    # C §§ 111, 115, 152 StGB
    ("C: § 152 protects the firm", but(POST, knowingly="yes"), "C", "yes", "firm_is_hit"),
    ("C: § 152 asks for knowledge", POST, "C", "no", "not_knowingly"),
    ("C: knowledge open", but(POST, knowingly="unknown"), "C", "open", "ask_knowingly"),
    ("C: §§ 111, 115 protect people only", ABUSE, "C", "no", "only_people"),
    ("C: owner insulted before others", but(ABUSE, targets=frozenset({"person"})), "C", "yes",
     "a_person_is_hit"),
    ("C: insult nobody else can see",
     but(ABUSE, medium="social_post", visible="no", targets=frozenset({"person"})), "C", "no",
     "not_seen"),
    ("C: author not known", but(POST, knowingly="yes", author_known="no"), "C", "no",
     "author_unknown"),
    ("C: author still open", but(POST, knowingly="yes", author_known="unknown"), "C", "open",
     "ask_author"),
    ("C: who is hit is open", but(ABUSE, targets=frozenset()), "C", "open", "ask_targets"),
    # D § 7 UWG
    ("D: competitor", but(POST, competitor="yes"), "D", "yes", "is_competitor"),
    ("D: not provably true is enough", but(POST, competitor="yes", truth="unknown"), "D", "yes",
     "burden_on_speaker"),
    ("D: not against customers", POST, "D", "no", "no_competitor"),
    ("D: true", but(POST, competitor="yes", truth="true"), "D", "no", "is_true"),
    ("D: competitor's opinion", but(POST, competitor="yes", claim="opinion"), "D", "no",
     "not_fact"),
    ("D: whether a competitor is open", but(POST, competitor="unknown"), "D", "open",
     "ask_competitor"),
    # E § 549 ZPO
    ("E: not for the firm's own reputation", but(POST, dignity="yes"), "E", "no", "only_people"),
    ("E: not for Sauladen", ABUSE, "E", "no", "dignity_intact"),
    ("E: owner's dignity", but(POST, dignity="yes", targets=frozenset({"person"})), "E", "yes",
     "a_person_is_hit"),
    ("E: staff because of the work: employer too",
     but(POST, dignity="yes", targets=frozenset({"staff"})), "E", "yes", "employer_too"),
    ("E: printed paper is not electronic",
     but(ARTICLE, dignity="yes", targets=frozenset({"person"})), "E", "no", "not_electronic"),
    ("E: dignity open", but(POST, dignity="unknown", targets=frozenset({"person"})), "E", "open",
     "ask_dignity"),
    # F DSA Art. 16
    ("F: false fact in a post", POST, "F", "yes", "illegal_content"),
    ("F: unpleasant is not illegal", but(POST, truth="true"), "F", "no", "only_unpleasant"),
    ("F: copied website", COPY, "F", "yes", "copied_site"),
    ("F: editorial content", ARTICLE, "F", "no", "editorial"),
    ("F: not checked", but(POST, truth="unknown"), "F", "open", "ask_illegal"),
    # G § 78 UrhG
    ("G: picture of a person", but(POST, picture="person", interests="yes"), "G", "yes",
     "picture_of_person"),
    ("G: picture of the premises", but(POST, picture="premises"), "G", "no",
     "picture_of_premises"),
    ("G: interests open", but(POST, picture="person"), "G", "open", "ask_interests"),
    ("G: no picture", POST, "G", "no", "no_picture"),
    # H press council
    ("H: member paper did not ask", ARTICLE, "H", "yes", "ethics_breach"),
    ("H: no member", but(ARTICLE, council="no"), "H", "no", "no_council_member"),
    ("H: a post", POST, "H", "no", "no_print_medium"),
    ("H: membership open", but(ARTICLE, council="unknown"), "H", "open", "ask_council"),
    ("H: broadcast", but(ARTICLE, medium="broadcast"), "H", "no", "no_print_medium"),
    # I copied website, J warning letter
    ("I: copied website", COPY, "I", "yes", "copied_site"),
    ("I: an article", ARTICLE, "I", "no", "no_copied_site"),
    ("I: where it stands is open", Situation(), "I", "open", "ask_medium"),
    ("J: unjustified demand", but(LETTER, letter_justified="no"), "J", "yes",
     "demand_unjustified"),
    ("J: justified demand", but(LETTER, letter_justified="yes"), "J", "no", "demand_justified"),
    ("J: check before signing", LETTER, "J", "open", "ask_demand"),
    ("J: a post is no demand", POST, "J", "no", "no_demand"),
]  # fmt: skip


def result(situation: Situation, option_id: str) -> OptionResult:
    return next(each for each in options.assess(situation) if each.id == option_id)


@pytest.mark.parametrize(
    ("situation", "option_id", "applies", "code"),
    [pytest.param(*rest, id=name) for name, *rest in CASES],
)
def test_whether_a_way_applies_and_why(
    situation: Situation, option_id: str, applies: str, code: str
) -> None:
    found = result(situation, option_id)
    assert found.applies == applies
    assert code in [each.code for each in found.reasons]


def test_the_counterstatement_names_its_last_day() -> None:
    assert result(ARTICLE, "A").due == date(2026, 7, 20)
    assert result(ARTICLE, "B").due is None
    end_of_year = but(ARTICLE, published_on=date(2025, 12, 31), today=date(2026, 2, 28))
    assert result(end_of_year, "A").due == date(2026, 2, 28)


def test_what_applies_comes_first_and_the_documented_rank_decides_among_equals() -> None:
    assert [each.id for each in options.assess(but(POST, competitor="yes", knowingly="yes"))][
        :4
    ] == ["F", "B", "D", "C"]
    assert options.assess(LETTER)[0].id == "J"
    assert options.assess(COPY)[0].id == "I"
    ids = [each.id for each in options.assess(ARTICLE)]
    assert ids.index("A") < ids.index("B") < ids.index("H")


def test_nothing_known_rules_nothing_out() -> None:
    assert {each.applies for each in options.assess(Situation())} == {"open"}


def test_open_names_the_questions_that_would_decide() -> None:
    assert result(but(ARTICLE, comment="unknown", truth="unknown"), "A").missing == (
        "truth",
        "comment",
    )


def test_the_press_council_and_the_courts_exclude_each_other() -> None:
    assert list(options.conflicts("H", {"A"}))
    assert list(options.conflicts("B", {"H"}))
    assert not list(options.conflicts("H", {"F"}))
    assert not list(options.conflicts("F", {"H"}))


def test_every_reason_has_its_words_and_every_word_is_used() -> None:
    known = set(reference.load("options")["reasons"])
    source = (reference.REFERENCE_DIR.parent.parent / "cases" / "options.py").read_text()
    assert {each for each in known if f'"{each}"' not in source} == set()
    for _, situation, option_id, _, _ in CASES:
        for each in result(situation, option_id).reasons:
            assert each.text


def test_a_to_e_go_to_a_lawyer_and_every_way_says_where_it_is_from() -> None:
    ways = [options.option(each) for each in options.OPTIONS]
    assert [each.id for each in ways if each.lawyer] == ["A", "B", "C", "D", "E"]
    templates = set(reference.load("templates")["template"])
    for way in ways:
        assert way.source
        assert way.needs
        assert way.traps
        assert all(each.source for each in way.traps)
        assert not way.template or way.template in templates


def test_what_was_written_from_memory_is_marked() -> None:
    unconfirmed = {
        way.id
        for way in map(options.option, options.OPTIONS)
        if any(not each.confirmed for each in way.traps)
    }
    assert unconfirmed == {"B", "F", "H"}


VALUES = {
    each.id: st.sampled_from([value for value, _ in each.values])
    for each in options.questions()
    if not each.many
}
ANY = st.builds(
    Situation,
    **VALUES,
    targets=st.frozensets(st.sampled_from(["firm", "person", "staff"])),
    published_on=st.none() | st.dates(date(2025, 1, 1), date(2026, 12, 31)),
)


@given(ANY)
def test_a_situation_is_read_back_as_it_was_kept(situation: Situation) -> None:
    assert options.from_json(options.to_json(situation)) == situation


@given(ANY)
def test_answering_what_is_missing_never_leaves_a_way_without_a_reason(
    situation: Situation,
) -> None:
    for each in options.assess(situation):
        assert each.reasons
        assert (each.applies == "open") == any(one.verdict == "missing" for one in each.reasons)


def test_a_value_that_is_none_is_named() -> None:
    with pytest.raises(InputError, match="truth"):
        options.from_json({"truth": "perhaps"})
    with pytest.raises(InputError, match="published_on"):
        options.from_json({"published_on": "gestern"})


# --- the record ---------------------------------------------------------------------------------


@pytest.fixture
def proof(db: Database, home: Home, consultant: Actor, case: Case) -> int:
    """The post, secured."""
    return evidence.add(
        db, home, consultant, case.id, data=b"a picture", file_name="posting.png"
    ).id


@pytest.fixture
def article(db: Database, consultant: Actor, case: Case, proof: int) -> Attack:
    """A false article of yesterday, secured."""
    yesterday = local(now()).date() - timedelta(days=1)
    return option_store.add_attack(
        db,
        consultant,
        case.id,
        NewAttack(
            "Die Werkstätte hat alle Kundendaten verloren.",
            author="Redaktion",
            place="Regionalzeitung",
            url="https://zeitung.example/artikel",
            answers=but(ARTICLE, published_on=yesterday, today=None),
            evidence_id=proof,
        ),
    )


def choose(db: Database, actor: Actor, attack: Attack, option_id: str, **more: str) -> None:
    option_store.choose(
        db,
        actor,
        attack.case_id,
        attack.id,
        option_id,
        person=more.pop("person", "Anton Aigner"),
        reason=more.pop("reason", "Der Artikel ist falsch"),
        **more,  # type: ignore[arg-type]
    )


def counterstatements(db: Database, case: Case) -> list[CaseClock]:
    return [each for each in store.clocks_of(db, case.id) if each.kind == "counterstatement"]


def test_an_allegation_is_kept_with_what_is_known(
    db: Database, consultant: Actor, case: Case, article: Attack, proof: int
) -> None:
    [kept] = option_store.attacks_of(db, case.id)
    assert kept == article
    assert (kept.evidence_id, kept.secured, kept.answers.medium) == (proof, True, "print")
    assert "Vorwurf aufgenommen" in store.timeline_of(db, case.id)[0].text
    option_store.assess_attack(
        db, consultant, case.id, article.id, but(article.answers, truth="unknown")
    )
    [changed] = option_store.attacks_of(db, case.id)
    assert changed.answers.truth == "unknown"
    assert db.execute("SELECT count(*) FROM attack_assessment").fetchone()[0] == 2


def test_the_same_mention_is_one_allegation(db: Database, consultant: Actor, case: Case) -> None:
    ids = {
        option_store.add_attack(db, consultant, case.id, NewAttack("Sauladen!", mention_id=7)).id
        for _ in range(2)
    }
    assert len(ids) == 1


def test_no_reaction_before_the_post_is_secured(
    db: Database, consultant: Actor, case: Case
) -> None:
    made = option_store.add_attack(db, consultant, case.id, NewAttack("Sauladen!", answers=ABUSE))
    with pytest.raises(EvidenceFirst):
        choose(db, consultant, made, "B")
    option_store.assess_attack(
        db, consultant, case.id, made.id, ABUSE, no_evidence_reason="schon gelöscht, Zeuge Koller"
    )
    choose(db, consultant, made, "B")
    assert option_store.standing_of(db, made.id)["B"].state == "chosen"


def test_choosing_the_counterstatement_starts_its_two_months(
    db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    choose(db, consultant, article, "A")
    [clock] = counterstatements(db, case)
    assert clock.subject == f"attack:{article.id}"
    assert article.answers.published_on is not None
    due = options.due_day(article.answers.published_on)
    assert local(clock.due_at).date() == due
    newest = option_store.standing_of(db, article.id)["A"]
    assert newest.decision is not None
    assert newest.decision.assessed["applies"] == "yes"
    assert audit.entries(db, case.id)[0].action in ("option.chosen", "clock.started")
    assert [each[1] for each in option_store.chosen_of(db, case.id)] == ["A"]


def test_a_corrected_day_of_publication_moves_the_clock(
    db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    choose(db, consultant, article, "A")
    assert article.answers.published_on is not None
    earlier = article.answers.published_on - timedelta(days=10)
    option_store.assess_attack(
        db,
        consultant,
        case.id,
        article.id,
        but(article.answers, published_on=earlier),
        evidence_id=article.evidence_id,
    )
    [clock] = counterstatements(db, case)
    assert local(clock.due_at).date() == options.due_day(earlier)


def test_declining_keeps_the_reason_and_stops_the_clock_and_choosing_again_lets_it_run(
    db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    choose(db, consultant, article, "A")
    option_store.decline(
        db,
        consultant,
        case.id,
        article.id,
        "A",
        person="Anton Aigner",
        reason="Zeitung hat berichtigt",
    )
    [clock] = counterstatements(db, case)
    assert (clock.settled_as, clock.reason) == ("declined", "Zeitung hat berichtigt")
    choose(db, consultant, article, "A", reason="Berichtigung war unvollständig")
    [clock] = counterstatements(db, case)
    assert clock.settled_at is None
    actions = [each.action for each in option_store.standing_of(db, article.id)["A"].history]
    assert actions == ["chosen", "declined", "chosen"]


def test_a_counterstatement_needs_its_day(
    db: Database, consultant: Actor, case: Case, proof: int
) -> None:
    undated = but(ARTICLE, published_on=None)
    made = option_store.add_attack(
        db, consultant, case.id, NewAttack("falsch", answers=undated, evidence_id=proof)
    )
    with pytest.raises(PublicationDayNeeded):
        choose(db, consultant, made, "A")
    assert option_store.decisions_of(db, made.id) == []


def test_a_to_e_go_out_only_after_the_lawyer(
    db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    def send() -> None:
        option_store.mark_sent(
            db,
            consultant,
            case.id,
            article.id,
            "A",
            person="Anton Aigner",
            sent_at=now(),
            text="eingeschrieben an die Redaktion",
        )

    with pytest.raises(OptionNotChosen):
        send()
    choose(db, consultant, article, "A")
    with pytest.raises(LawyerFirst):
        send()
    checked = now() - timedelta(minutes=5)
    option_store.lawyer_checked(
        db, consultant, case.id, article.id, "A", lawyer="Dr. Rain", checked_at=checked
    )
    send()
    standing = option_store.standing_of(db, article.id)["A"]
    assert standing.state == "sent"
    assert standing.lawyer is not None
    assert (standing.lawyer.person, standing.lawyer.happened_at) == ("Dr. Rain", checked)


def test_the_table_refuses_what_no_lawyer_has_seen(
    db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    choose(db, consultant, article, "A")
    with pytest.raises(Exception, match="no lawyer has checked this"):
        db.execute(
            "INSERT INTO option_decision (attack_id, option, action, text, person, happened_at,"
            " recorded_at, recorded_by) VALUES (?, 'A', 'sent', 'x', 'x', 'x', 'x', 'x')",
            [article.id],
        )
    with pytest.raises(Exception, match="append-only"):
        db.execute("UPDATE option_decision SET text = 'y'")


def test_a_check_from_before_a_new_choice_does_not_hold(
    db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    choose(db, consultant, article, "B")
    option_store.lawyer_checked(
        db, consultant, case.id, article.id, "B", lawyer="Dr. Rain", checked_at=now()
    )
    option_store.decline(
        db, consultant, case.id, article.id, "B", person="Aigner", reason="zuerst reden"
    )
    choose(db, consultant, article, "B")
    assert option_store.standing_of(db, article.id)["B"].lawyer is None


def test_the_platforms_answers_are_kept_one_by_one(
    db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    with pytest.raises(OptionNotChosen):
        option_store.note_progress(
            db, consultant, case.id, article.id, "F", text="Eingang", happened_at=now()
        )
    choose(db, consultant, article, "F")
    for text in ("Eingang bestätigt", "abgelehnt", "Beschwerde erhoben"):
        option_store.note_progress(
            db, consultant, case.id, article.id, "F", text=text, happened_at=now()
        )
    history = option_store.standing_of(db, article.id)["F"].history
    assert [each.text for each in history[1:]] == [
        "Eingang bestätigt",
        "abgelehnt",
        "Beschwerde erhoben",
    ]
    with pytest.raises(NoLawyerGate):
        option_store.lawyer_checked(
            db, consultant, case.id, article.id, "F", lawyer="Dr. Rain", checked_at=now()
        )


def test_a_notice_of_a_comment_on_the_own_page_starts_its_clock(
    db: Database, consultant: Actor, case: Case
) -> None:
    noticed = now() - timedelta(hours=1)
    made = option_store.add_attack(
        db, consultant, case.id, NewAttack("Sauladen!", answers=ABUSE, notice_at=noticed)
    )
    [clock] = [each for each in store.clocks_of(db, case.id) if each.kind == "own_page"]
    assert (clock.started_at, clock.subject) == (noticed, f"attack:{made.id}")


def test_what_is_refused(db: Database, consultant: Actor, case: Case, article: Attack) -> None:
    with pytest.raises(MissingField):
        option_store.add_attack(db, consultant, case.id, NewAttack(" "))
    with pytest.raises(OptionReasonNeeded):
        choose(db, consultant, article, "B", reason=" ")
    with pytest.raises(MissingField):
        choose(db, consultant, article, "B", person="")
    with pytest.raises(UnknownAttack):
        option_store.attack_by_id(db, case.id, 99)
    with pytest.raises(EvidenceOfOtherCase):
        option_store.assess_attack(
            db, consultant, case.id, article.id, article.answers, evidence_id=99
        )
    with pytest.raises(InFuture):
        option_store.assess_attack(
            db,
            consultant,
            case.id,
            article.id,
            but(article.answers, published_on=date(2999, 1, 1)),
        )
    choose(db, consultant, article, "B")
    with pytest.raises(InFuture):
        option_store.lawyer_checked(
            db,
            consultant,
            case.id,
            article.id,
            "B",
            lawyer="Dr. Rain",
            checked_at=datetime(2999, 1, 1, tzinfo=now().tzinfo),
        )


def test_the_same_form_sent_twice_decides_once(
    db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    for _ in range(2):
        choose(db, consultant, article, "F", idempotency_key="einmal")
    assert len(option_store.decisions_of(db, article.id)) == 1


def test_a_closed_case_takes_no_more_decisions(
    db: Database, consultant: Actor, case: Case, article: Attack
) -> None:
    store.close_case(db, consultant, case.id, "erledigt")
    with pytest.raises(CaseClosed):
        choose(db, consultant, article, "F")
    with pytest.raises(CaseClosed):
        option_store.add_attack(db, consultant, case.id, NewAttack("noch einer"))
    with pytest.raises(CaseClosed):
        option_store.assess_attack(db, consultant, case.id, article.id, article.answers)
