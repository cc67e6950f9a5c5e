"""The life of a statement as rules: what is approved, by whom, and which step may follow.

An approval holds for one content: text, title, channel, language, recipients, attachments,
and the facts in the versions the text rests on. :func:`content_hash` makes one number of
them; any change makes another number, and the approval is stale without anyone marking it.

The steps are data (:data:`STEPS`): from which states a step starts, where it leads, and
which conditions it has. A condition that is not met is an error that says what to do.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from data.errors import KrisenpultError
from data.i18n import N_, _
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

State = Literal["draft", "review", "approved", "released", "withdrawn"]
Standing = Literal["none", "waiting", "approved", "stale", "rejected"]
Gate = Literal["insurer", "lawyer"]

# What the people at the desk call a state, a standing and a step.
STATE_WORDS: Mapping[str, str] = {
    "draft": N_("Entwurf"),
    "review": N_("in Prüfung"),
    "approved": N_("freigegeben"),
    "released": N_("ausgesandt"),
    "withdrawn": N_("zurückgezogen"),
}
STANDING_WORDS: Mapping[str, str] = {
    "none": N_("noch nicht angefragt"),
    "waiting": N_("Freigabe wartet"),
    "approved": N_("freigegeben"),
    "stale": N_("Freigabe veraltet"),
    "rejected": N_("abgelehnt"),
}
STEP_WORDS: Mapping[str, str] = {
    "save": N_("speichern"),
    "request_review": N_("Prüfung anfragen"),
    "accept": N_("Prüfung abschließen"),
    "send_back": N_("zurückgeben"),
    "request_approval": N_("Freigabe anfragen"),
    "approve": N_("freigeben"),
    "reject": N_("ablehnen"),
    "release": N_("aussenden"),
    "withdraw": N_("zurückziehen"),
}


@dataclass(frozen=True)
class Recipient:
    """One who gets the text. ``address_kind``: email, post, platform or phone."""

    name: str
    email: str = ""
    address_kind: str = "email"


@dataclass(frozen=True, order=True)
class FactRef:
    """A fact in the version a text rests on."""

    fact_id: int
    version: int


@dataclass(frozen=True)
class Content:
    """Everything an approval is bound to. ``attachments`` are SHA-256 in hexadecimal."""

    text: str
    title: str
    channel: str
    language: str
    audience: str
    recipients: tuple[Recipient, ...]
    attachments: tuple[str, ...]
    facts: tuple[FactRef, ...]


def content_hash(content: Content) -> str:
    """SHA-256 over the canonical JSON of the content, in hexadecimal.

    Text is compared in NFC, so that two spellings of one umlaut are one text; a no-break
    space instead of a space is another text. The order of recipients, attachments and facts
    does not matter.
    """
    canonical = {
        "text": _nfc(content.text),
        "title": _nfc(content.title),
        "channel": content.channel,
        "language": content.language,
        "audience": _nfc(content.audience),
        "recipients": sorted(
            [each.address_kind, _nfc(each.name), each.email] for each in content.recipients
        ),
        "attachments": sorted(content.attachments),
        "facts": sorted([each.fact_id, each.version] for each in content.facts),
    }
    return _sha256(json.dumps(canonical, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def text_hash(text: str) -> str:
    """SHA-256 of the words alone: what the insurer or a lawyer has consented to."""
    return _sha256(_nfc(text))


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Decision:
    """What an owner decided about one content."""

    content_hash: str
    approved: bool
    approver_name: str
    at: datetime


@dataclass(frozen=True)
class Request:
    """A link the owner has. ``open`` until it is decided, replaced or withdrawn."""

    content_hash: str
    expires_at: datetime
    open: bool


def standing(
    current_hash: str | None,
    decisions: Sequence[Decision],
    requests: Sequence[Request],
    now: datetime,
) -> Standing:
    """How the present content stands with the owner. ``decisions`` oldest first.

    The newest decision about exactly this content counts. An approval of anything else is
    stale, and stays visible as that; it never covers what was written later.
    """
    if current_hash is None:
        return "none"
    waiting = any(
        each.open and each.content_hash == current_hash and now < each.expires_at
        for each in requests
    )
    if waiting:
        return "waiting"
    for decision in reversed(decisions):
        if decision.content_hash == current_hash:
            return "approved" if decision.approved else "rejected"
    return "stale" if any(decision.approved for decision in decisions) else "none"


@dataclass(frozen=True)
class Situation:
    """What the conditions of a step look at."""

    state: State
    actor_account: int | None
    author_account: int | None
    author_name: str
    reviewed: bool
    open_blocks: int
    open_gates: tuple[Gate, ...]
    retracted_facts: tuple[str, ...]
    standing: Standing


Condition = Callable[[Situation], KrisenpultError | None]


def _second_person(situation: Situation) -> KrisenpultError | None:
    # An account that nobody signed in to is no second person either.
    if situation.actor_account is None or situation.actor_account == situation.author_account:
        return SecondPersonNeeded(situation.author_name)
    return None


def _reviewed(situation: Situation) -> KrisenpultError | None:
    return None if situation.reviewed else ReviewMissing()


def _no_open_blocks(situation: Situation) -> KrisenpultError | None:
    return BlockingFindings(situation.open_blocks) if situation.open_blocks else None


def _gates_passed(situation: Situation) -> KrisenpultError | None:
    if "insurer" in situation.open_gates:
        return InsurerConsentMissing()
    if "lawyer" in situation.open_gates:
        return LawyerCheckMissing()
    return None


def _facts_stand(situation: Situation) -> KrisenpultError | None:
    if situation.retracted_facts:
        return FactRetracted(", ".join(situation.retracted_facts))
    return None


def _owner_approved(situation: Situation) -> KrisenpultError | None:
    if situation.standing == "approved":
        return None
    return ApprovalStale() if situation.standing == "stale" else ApprovalMissing()


@dataclass(frozen=True)
class Step:
    """One step: the states it starts from, the state it leads to, its conditions in order."""

    starts: tuple[State, ...]
    leads_to: State
    conditions: tuple[Condition, ...] = ()


_READY = (_facts_stand, _reviewed, _gates_passed, _no_open_blocks)

STEPS: Mapping[str, Step] = {
    "save": Step(("draft", "review", "approved"), "draft"),
    "request_review": Step(("draft",), "review", (_facts_stand,)),
    "accept": Step(("review",), "review", (_second_person,)),
    "send_back": Step(("review",), "draft"),
    "request_approval": Step(("review",), "review", _READY),
    "approve": Step(("review",), "approved", _READY),
    "reject": Step(("review",), "draft"),
    "release": Step(("approved",), "released", (_facts_stand, _owner_approved, *_READY)),
    "withdraw": Step(("draft", "review", "approved"), "withdrawn"),
}


def refusal(step: str, situation: Situation) -> KrisenpultError | None:
    """Why the step is not allowed now, or None. Says the first thing that is missing."""
    rule = STEPS[step]
    if situation.state not in rule.starts:
        return WrongState(_(STEP_WORDS[step]), _(STATE_WORDS[situation.state]))
    for condition in rule.conditions:
        problem = condition(situation)
        if problem is not None:
            return problem
    return None


def take(step: str, situation: Situation) -> State:
    """The state after the step. Raises what :func:`refusal` returns."""
    problem = refusal(step, situation)
    if problem is not None:
        raise problem
    return STEPS[step].leads_to


def facts_from_json(value: str) -> tuple[FactRef, ...]:
    """The fact references as a version stores them."""
    stored: list[dict[str, Any]] = json.loads(value)
    return tuple(FactRef(each["fact_id"], each["version"]) for each in stored)


def facts_to_json(facts: Sequence[FactRef]) -> str:
    """The stored form of the fact references, in a fixed order."""
    return json.dumps(
        [{"fact_id": each.fact_id, "version": each.version} for each in sorted(set(facts))]
    )
