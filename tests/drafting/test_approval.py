"""What an approval is bound to, and which steps the life of a statement allows."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drafting.approval import (
    STEPS,
    Content,
    Decision,
    FactRef,
    Recipient,
    Request,
    Situation,
    content_hash,
    refusal,
    standing,
    take,
)
from drafting.diff import compare
from drafting.errors import (
    ApprovalMissing,
    ApprovalStale,
    BlockingFindings,
    FactRetracted,
    InsurerConsentMissing,
    LawyerCheckMissing,
    ReviewMissing,
    SecondPersonNeeded,
    WrongState,
)

NOW = datetime(2026, 3, 10, 10, 48, tzinfo=UTC)
CONTENT = Content(
    text="Wir prüfen den Vorfall.",
    title="Information",
    channel="web",
    language="de",
    audience="alle",
    recipients=(Recipient("Kunde D", "d@example.at"), Recipient("Kunde E", "e@example.at")),
    attachments=("a" * 64, "b" * 64),
    facts=(FactRef(1, 1), FactRef(2, 3)),
)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"text": "Wir prüfen den\u00a0Vorfall."}, id="no-break space"),
        pytest.param({"text": "Wir prüfen den Vorfall"}, id="full stop"),
        pytest.param({"title": "Informationen"}, id="title"),
        pytest.param({"channel": "facebook"}, id="channel"),
        pytest.param({"language": "en"}, id="language"),
        pytest.param({"audience": "niemand"}, id="audience"),
        pytest.param({"recipients": CONTENT.recipients[:1]}, id="recipient gone"),
        pytest.param(
            {"recipients": (Recipient("Kunde D", "d@other.at"), CONTENT.recipients[1])},
            id="address",
        ),
        pytest.param({"attachments": ("a" * 64,)}, id="attachment"),
        pytest.param({"facts": (FactRef(1, 2), FactRef(2, 3))}, id="fact version"),
        pytest.param({"facts": (FactRef(1, 1),)}, id="fact gone"),
    ],
)
def test_any_change_is_another_content(change: dict[str, object]) -> None:
    assert content_hash(replace(CONTENT, **change)) != content_hash(CONTENT)  # type: ignore[arg-type]


def test_order_and_spelling_of_umlauts_do_not_matter() -> None:
    same = replace(
        CONTENT,
        text=unicodedata.normalize("NFD", CONTENT.text),
        recipients=CONTENT.recipients[::-1],
        attachments=CONTENT.attachments[::-1],
        facts=CONTENT.facts[::-1],
    )
    assert content_hash(same) == content_hash(CONTENT)


@settings(deadline=None)
@given(st.text(), st.text())
def test_two_texts_share_a_hash_only_where_they_are_one(first: str, second: str) -> None:
    def normal(text: str) -> str:
        return unicodedata.normalize("NFC", text)

    equal = content_hash(replace(CONTENT, text=first)) == content_hash(
        replace(CONTENT, text=second)
    )
    assert equal == (normal(first) == normal(second))


def _decision(digest: str, approved: bool = True) -> Decision:
    return Decision(digest, approved, "Anton Aigner", NOW)


LATER = NOW + timedelta(hours=4)


@pytest.mark.parametrize(
    ("decisions", "requests", "expected"),
    [
        pytest.param([], [], "none", id="nothing asked"),
        pytest.param([], [Request("now", LATER, True)], "waiting", id="asked"),
        pytest.param([], [Request("now", NOW, True)], "none", id="link expired"),
        pytest.param([], [Request("now", LATER, False)], "none", id="link withdrawn"),
        pytest.param([], [Request("before", LATER, True)], "none", id="asked about another text"),
        pytest.param([_decision("now")], [], "approved", id="approved"),
        pytest.param([_decision("before")], [], "stale", id="approved, then changed"),
        pytest.param(
            [_decision("before")], [Request("now", LATER, True)], "waiting", id="asked again"
        ),
        pytest.param([_decision("now", False)], [], "rejected", id="rejected"),
        pytest.param([_decision("before", False)], [], "none", id="rejected, then changed"),
        pytest.param(
            [_decision("now"), _decision("now", False)], [], "rejected", id="newest counts"
        ),
        pytest.param(
            [_decision("now"), _decision("other")], [], "approved", id="approved text came back"
        ),
    ],
)
def test_how_a_content_stands(
    decisions: list[Decision], requests: list[Request], expected: str
) -> None:
    assert standing("now", decisions, requests, NOW) == expected


READY = Situation(
    state="review",
    actor_account=2,
    author_account=1,
    author_name="Mag. Lang",
    reviewed=True,
    open_blocks=0,
    open_gates=(),
    retracted_facts=(),
    standing="none",
)
APPROVED = replace(READY, state="approved", standing="approved")


@pytest.mark.parametrize(
    ("step", "situation", "error"),
    [
        pytest.param("release", READY, WrongState, id="release before approval"),
        pytest.param("approve", replace(READY, state="draft"), WrongState, id="approve a draft"),
        pytest.param("save", replace(READY, state="released"), WrongState, id="change what is out"),
        pytest.param("release", replace(READY, state="released"), WrongState, id="release twice"),
        pytest.param("withdraw", replace(READY, state="released"), WrongState, id="call back"),
        pytest.param(
            "accept", replace(READY, actor_account=1), SecondPersonNeeded, id="own review"
        ),
        pytest.param(
            "accept", replace(READY, actor_account=None), SecondPersonNeeded, id="nobody's review"
        ),
        pytest.param(
            "request_approval", replace(READY, reviewed=False), ReviewMissing, id="no review"
        ),
        pytest.param(
            "request_approval", replace(READY, open_blocks=1), BlockingFindings, id="block open"
        ),
        pytest.param(
            "request_approval",
            replace(READY, open_gates=("insurer",)),
            InsurerConsentMissing,
            id="no insurer",
        ),
        pytest.param(
            "approve",
            replace(READY, open_gates=("lawyer",)),
            LawyerCheckMissing,
            id="no lawyer",
        ),
        pytest.param(
            "approve", replace(READY, retracted_facts=("F3",)), FactRetracted, id="fact gone"
        ),
        pytest.param("release", replace(APPROVED, standing="stale"), ApprovalStale, id="stale"),
        pytest.param("release", replace(APPROVED, standing="none"), ApprovalMissing, id="unasked"),
        pytest.param(
            "release", replace(APPROVED, standing="waiting"), ApprovalMissing, id="still waiting"
        ),
        pytest.param(
            "release",
            replace(APPROVED, retracted_facts=("F1",)),
            FactRetracted,
            id="fact gone late",
        ),
        pytest.param(
            "release", replace(APPROVED, open_blocks=2), BlockingFindings, id="new finding"
        ),
    ],
)
def test_a_step_is_refused_with_its_reason(
    step: str, situation: Situation, error: type[Exception]
) -> None:
    problem = refusal(step, situation)
    assert isinstance(problem, error)
    assert str(problem).endswith((".", ")."))
    with pytest.raises(error):
        take(step, situation)


@pytest.mark.parametrize(
    ("step", "situation", "after"),
    [
        pytest.param("request_review", replace(READY, state="draft"), "review", id="ask"),
        pytest.param("accept", READY, "review", id="second pair of eyes"),
        pytest.param("send_back", replace(READY, actor_account=1), "draft", id="send back"),
        pytest.param("approve", READY, "approved", id="approve"),
        pytest.param("reject", READY, "draft", id="reject"),
        pytest.param("release", APPROVED, "released", id="release"),
        pytest.param("release", replace(APPROVED, actor_account=1), "released", id="by author"),
        pytest.param("save", APPROVED, "draft", id="change after approval"),
        pytest.param("withdraw", APPROVED, "withdrawn", id="withdraw"),
    ],
)
def test_a_step_leads_on(step: str, situation: Situation, after: str) -> None:
    assert take(step, situation) == after


def test_nothing_leaves_the_last_states() -> None:
    for state in ("released", "withdrawn"):
        assert not [name for name, step in STEPS.items() if state in step.starts]


@settings(deadline=None)
@given(st.text(alphabet="ab \n", max_size=40), st.text(alphabet="ab \n", max_size=40))
def test_a_comparison_gives_both_texts_back(before: str, after: str) -> None:
    pieces = compare(before, after)
    assert "".join(each.text for each in pieces if each.kind != "new") == before
    assert "".join(each.text for each in pieces if each.kind != "gone") == after
