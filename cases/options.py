"""Which ways are open against an attack (Möglichkeiten A to J, domain rules 3.4).

A decision aid and no legal advice: each way applies, does not apply, or nobody can say yet,
with the reasons and with what would decide it. Words, sources and traps stand in
``data/reference/options.toml``.

A counterstatement · B § 1330 ABGB · C private prosecution · D § 7 UWG · E § 549 ZPO ·
F notice to the platform · G picture of a person · H press council · I copied website ·
J unjustified warning letter
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal

from cases.clock import ClockInput, ClockKind, compute
from cases.coverage_text import label
from data import reference, times
from data.errors import InputError, UnreadableTime
from data.fields import Fields
from data.i18n import _

Applies = Literal["yes", "no", "open"]
Verdict = Literal["met", "failed", "missing"]

OPTIONS = ("A", "B", "C", "D", "E", "F", "G", "H", "I", "J")
PERIODIC = ("print", "broadcast", "website", "newsletter")
ELECTRONIC = ("website", "newsletter", "social_post", "review", "own_page", "fake_website")
HOSTED = ("social_post", "review", "own_page", "fake_website")
PEOPLE = frozenset({"person", "staff"})


@dataclass(frozen=True)
class Situation:
    """What is known about one allegation. "unknown" is a value; nothing is "no" by default.

    The values of each field are listed in ``options.toml``; ``targets`` holds firm, person,
    staff, and nothing while it is unknown. ``today`` and ``published_on`` are Viennese days.
    """

    medium: str = "unknown"
    claim: str = "unknown"
    rating_only: str = "unknown"
    truth: str = "unknown"
    targets: frozenset[str] = frozenset()
    harm: str = "unknown"
    insult: str = "unknown"
    visible: str = "unknown"
    dignity: str = "unknown"
    picture: str = "unknown"
    interests: str = "unknown"
    author_known: str = "unknown"
    knowingly: str = "unknown"
    competitor: str = "unknown"
    concerned: str = "unknown"
    comment: str = "unknown"
    position_carried: str = "unknown"
    correction_ran: str = "unknown"
    council: str = "unknown"
    letter_justified: str = "unknown"
    published_on: date | None = None
    today: date | None = None


@dataclass(frozen=True)
class Reason:
    """One finding: its code in ``options.toml``, how it turned out, the question behind it."""

    code: str
    verdict: Verdict
    field: str = ""

    @property
    def text(self) -> str:
        """The sentence in the language that applies."""
        return label(reference.load("options")["reasons"][self.code])


@dataclass(frozen=True)
class OptionResult:
    """How one way stands. ``reasons`` are those that decided; ``due`` is the last day of A."""

    id: str
    applies: Applies
    reasons: tuple[Reason, ...]
    due: date | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The questions that would decide it."""
        return tuple(dict.fromkeys(each.field for each in self.reasons if each.field))


@dataclass(frozen=True)
class Trap:
    """What goes wrong with a way, and where that is from."""

    text: str
    source: str
    confirmed: bool


@dataclass(frozen=True)
class Option:
    """A way, in the language that applies. ``clock`` is the kind that choosing it starts."""

    id: str
    rank: int
    lawyer: bool
    court: bool
    title: str
    when: str
    who: str
    needs: tuple[str, ...]
    traps: tuple[Trap, ...]
    ladder: tuple[str, ...]
    ladder_rule: str
    clock: str
    text_kind: str
    template: str
    source: str


@dataclass(frozen=True)
class Question:
    """What is asked about an allegation. ``values`` are (value, label) in their order."""

    id: str
    question: str
    help: str
    values: tuple[tuple[str, str], ...]
    many: bool


# --- the data -------------------------------------------------------------------------------


def option(option_id: str) -> Option:
    """The way with this letter."""
    entry = next(each for each in reference.load("options")["option"] if each["id"] == option_id)
    return Option(
        id=entry["id"],
        rank=entry["rank"],
        lawyer=entry["lawyer"],
        court=entry["court"],
        title=label(entry["title"]),
        when=label(entry["when"]),
        who=label(entry["who"]),
        needs=tuple(label(each) for each in entry["needs"]),
        traps=tuple(
            Trap(label(each), each["source"], each.get("confirmed", True))
            for each in entry["traps"]
        ),
        ladder=tuple(label(each) for each in entry.get("ladder", ())),
        ladder_rule=entry.get("ladder_rule", ""),
        clock=entry.get("clock", ""),
        text_kind=entry.get("text_kind", ""),
        template=entry.get("template", ""),
        source=entry["source"],
    )


def legal(name: str) -> str:
    """One of the sentences that are always shown: no_advice, own_name, evidence_first …"""
    entry = reference.load("options")["legal"][name]
    return entry if isinstance(entry, str) else label(entry)


def questions() -> tuple[Question, ...]:
    """What is asked about an allegation, in the order of asking."""
    return tuple(_question(entry) for entry in reference.load("options")["fields"])


def _question(entry: Mapping[str, Any]) -> Question:
    values = tuple((each["value"], label(each)) for each in entry.get("values", ()))
    return Question(
        id=entry["id"],
        question=label(entry["question"]),
        help=label(entry["help"]) if "help" in entry else "",
        values=values or (("yes", _("ja")), ("no", _("nein")), ("unknown", _("unbekannt"))),
        many=entry.get("many", False),
    )


def relevant(situation: Situation) -> tuple[Question, ...]:
    """The questions that still matter for where it stands: what the medium rules out is left."""
    left_out: set[str] = set()
    if situation.medium in ("demand_letter", "fake_website"):
        left_out |= {each.name for each in fields(Situation)} - {"medium", "letter_justified"}
        if situation.medium == "fake_website":
            left_out -= {"competitor", "truth", "claim", "harm"}
    if situation.medium != "demand_letter":
        left_out.add("letter_justified")
    if situation.medium not in (*PERIODIC, "social_post", "unknown"):
        left_out |= {"concerned", "comment", "position_carried", "correction_ran"}
    if situation.medium not in ("print", "website", "unknown"):
        left_out.add("council")
    if situation.medium != "review":
        left_out.add("rating_only")
    if situation.picture != "person":
        left_out.add("interests")
    return tuple(each for each in questions() if each.id not in left_out)


# --- three values ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcome:
    applies: Applies
    reasons: tuple[Reason, ...]


def _met(code: str) -> _Outcome:
    return _Outcome("yes", (Reason(code, "met"),))


def _failed(code: str) -> _Outcome:
    return _Outcome("no", (Reason(code, "failed"),))


def _missing(code: str, field: str) -> _Outcome:
    return _Outcome("open", (Reason(code, "missing", field),))


def _all(*parts: _Outcome) -> _Outcome:
    """No as soon as one is no; open while one is open. What did not decide is left out."""
    for wanted in ("no", "open"):
        deciding = [each for each in parts if each.applies == wanted]
        if deciding:
            return _Outcome(deciding[0].applies, _merged(deciding))
    return _Outcome("yes", _merged(parts))


def _any(*parts: _Outcome) -> _Outcome:
    """Yes as soon as one is yes; open while one is open."""
    for wanted in ("yes", "open"):
        deciding = [each for each in parts if each.applies == wanted]
        if deciding:
            return _Outcome(deciding[0].applies, _merged(deciding))
    return _Outcome("no", _merged(parts))


def _merged(parts: Collection[_Outcome]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reason for each in parts for reason in each.reasons))


def _three(value: str, met: str, failed: str, missing: str, field: str) -> _Outcome:
    if value == "yes":
        return _met(met)
    return _failed(failed) if value == "no" else _missing(missing, field)


# --- what several ways ask --------------------------------------------------------------------


def _fact(situation: Situation) -> _Outcome:
    """A claim of fact; stars without text are opinion."""
    if situation.rating_only == "yes":
        return _failed("stars_are_opinion")
    return {
        "fact": _met("is_fact"),
        "mixed": _met("fact_part"),
        "opinion": _failed("not_fact"),
    }.get(situation.claim) or _missing("ask_claim", "claim")


def _harm(situation: Situation) -> _Outcome:
    return _three(situation.harm, "harms", "harmless", "ask_harm", "harm")


def _untrue(situation: Situation) -> _Outcome:
    """Provably false; true but incomplete can be untrue and is weighed (OGH 6 Ob 143/21s)."""
    if situation.truth == "incomplete":
        return _missing("incomplete_may_be_untrue", "truth")
    return {"false": _met("is_false"), "true": _failed("is_true")}.get(situation.truth) or _missing(
        "ask_truth", "truth"
    )


def _insult(situation: Situation) -> _Outcome:
    return _three(situation.insult, "insults", "no_insult", "ask_insult", "insult")


def _visible(situation: Situation) -> _Outcome:
    if situation.medium in (*PERIODIC, "review", "own_page"):
        return _met("seen_by_others")
    return _three(situation.visible, "seen_by_others", "not_seen", "ask_visible", "visible")


def _person(situation: Situation) -> _Outcome:
    """Whether a person is hit; where it is staff because of the work, the firm may act, too."""
    if "staff" in situation.targets:
        return _met("employer_too")
    if "person" in situation.targets:
        return _met("a_person_is_hit")
    return _failed("only_people") if situation.targets else _missing("ask_targets", "targets")


def _claims_something(situation: Situation) -> _Outcome:
    """A published statement about somebody: neither a letter to the firm nor a copied site."""
    if situation.medium == "demand_letter":
        return _failed("not_published")
    if situation.medium == "fake_website":
        return _failed("says_nothing")
    return _Outcome("yes", ())


# --- the ways ---------------------------------------------------------------------------------


def _counterstatement(situation: Situation) -> _Outcome:
    return _all(
        _claims_something(situation),
        _periodic(situation),
        _fact(situation),
        _wrong_or_incomplete(situation),
        _three(
            situation.concerned, "directly_concerned", "only_generally_concerned",
            "ask_concerned", "concerned",
        ),
        _commented(situation),
        _three(
            _opposite(situation.position_carried), "position_missing", "position_carried",
            "ask_position", "position_carried",
        ),
        _three(
            _opposite(situation.correction_ran), "no_correction", "correction_ran",
            "ask_correction", "correction_ran",
        ),
        _in_time(situation),
    )  # fmt: skip


def _opposite(value: str) -> str:
    return {"yes": "no", "no": "yes"}.get(value, value)


def _periodic(situation: Situation) -> _Outcome:
    if situation.medium in PERIODIC:
        return _met("periodic_medium")
    if situation.medium == "own_page":
        return _failed("own_medium")
    if situation.medium == "social_post":
        return _missing("account_may_be_medium", "medium")
    if situation.medium == "unknown":
        return _missing("ask_medium", "medium")
    return _failed("no_periodic_medium")


def _wrong_or_incomplete(situation: Situation) -> _Outcome:
    """A counterstatement may also say that the claim is misleadingly incomplete (§ 9)."""
    if situation.truth == "incomplete":
        return _met("is_incomplete")
    return _untrue(situation)


def _commented(situation: Situation) -> _Outcome:
    return {
        "not_offered": _met("comment_not_offered"),
        "used": _met("comment_used"),
        "unused": _failed("comment_unused"),
    }.get(situation.comment) or _missing("ask_comment", "comment")


def _in_time(situation: Situation) -> _Outcome:
    due = due_day(situation.published_on)
    if due is None or situation.today is None:
        return _missing("ask_day", "published_on")
    return _met("in_time") if situation.today <= due else _failed("too_late")


def due_day(published_on: date | None) -> date | None:
    """The last day on which a counterstatement must have arrived (§ 11 Abs. 1 Z 10 MedienG)."""
    if published_on is None:
        return None
    due = compute(ClockInput(ClockKind.COUNTERSTATEMENT, published_on)).due
    return due if isinstance(due, date) else None


def _civil_claim(situation: Situation) -> _Outcome:
    """§ 1330 ABGB: an untrue fact that endangers credit (2), or an insult (1)."""
    return _all(
        _claims_something(situation),
        _any(
            _all(_fact(situation), _untrue(situation), _harm(situation)),
            _all(_insult(situation)),
        ),
    )


def _prosecution(situation: Situation) -> _Outcome:
    """§ 152 protects firms, too; §§ 111 and 115 only people."""
    return _all(
        _claims_something(situation),
        _any(_against_credit(situation), _against_honour(situation)),
        _three(
            situation.author_known, "author_known", "author_unknown", "ask_author", "author_known"
        ),
    )


def _against_credit(situation: Situation) -> _Outcome:
    if not situation.targets:
        hit = _missing("ask_targets", "targets")
    else:
        hit = _met("firm_is_hit") if "firm" in situation.targets else _failed("firm_not_hit")
    knowing = _three(
        situation.knowingly, "known_to_be_false", "not_knowingly", "ask_knowingly", "knowingly"
    )
    return _all(hit, _fact(situation), _untrue(situation), _harm(situation), knowing)


def _against_honour(situation: Situation) -> _Outcome:
    return _all(_person(situation), _insult(situation), _visible(situation))


def _unfair_competition(situation: Situation) -> _Outcome:
    """§ 7 UWG: not provably true is enough, the burden is the speaker's."""
    truth = _failed("is_true") if situation.truth == "true" else _met("burden_on_speaker")
    letter = situation.medium == "demand_letter"
    return _all(
        _failed("not_published") if letter else _Outcome("yes", ()),
        _three(
            situation.competitor, "is_competitor", "no_competitor", "ask_competitor", "competitor"
        ),
        _fact(situation),
        truth,
        _harm(situation),
    )


def _hate(situation: Situation) -> _Outcome:
    """§ 549 ZPO: the human dignity of a person, in electronic communication."""
    if situation.medium in ELECTRONIC:
        where = _met("electronic")
    elif situation.medium == "unknown":
        where = _missing("ask_medium", "medium")
    else:
        where = _failed("not_electronic")
    dignity = _three(
        situation.dignity, "dignity_injured", "dignity_intact", "ask_dignity", "dignity"
    )
    return _all(_claims_something(situation), where, _person(situation), dignity)


def _platform(situation: Situation) -> _Outcome:
    """DSA Art. 16: illegal content on a hosting service; unpleasant is not illegal."""
    if situation.medium in HOSTED:
        where = _met("on_platform")
    elif situation.medium == "unknown":
        where = _missing("ask_medium", "medium")
    else:
        where = _failed("editorial" if situation.medium in PERIODIC else "no_platform")
    return _all(where, _illegal(situation))


def _illegal(situation: Situation) -> _Outcome:
    if situation.medium == "fake_website":
        return _met("copied_site")
    grounds = _any(
        _all(_fact(situation), _untrue(situation), _harm(situation)),
        _all(_insult(situation), _visible(situation)),
        _all(_person(situation), _dignity(situation)),
        _portrait(situation),
    )
    if grounds.applies == "yes":
        return _Outcome("yes", (Reason("illegal_content", "met"), *grounds.reasons))
    if grounds.applies == "no":
        return _failed("only_unpleasant")
    return _Outcome("open", (Reason("ask_illegal", "missing"), *grounds.reasons))


def _dignity(situation: Situation) -> _Outcome:
    return _three(situation.dignity, "dignity_injured", "dignity_intact", "ask_dignity", "dignity")


def _portrait(situation: Situation) -> _Outcome:
    """§ 78 UrhG: the picture of a person, never that of premises."""
    if situation.medium in ("demand_letter", "fake_website"):
        return _claims_something(situation)
    if situation.picture == "premises":
        return _failed("picture_of_premises")
    if situation.picture == "none":
        return _failed("no_picture")
    if situation.picture != "person":
        return _missing("ask_picture", "picture")
    interests = _three(
        situation.interests, "interests_violated", "interests_intact", "ask_interests", "interests"
    )
    return _all(_met("picture_of_person"), interests)


def _press_council(situation: Situation) -> _Outcome:
    if situation.medium in ("print", "website"):
        where = _met("print_medium")
    elif situation.medium == "unknown":
        where = _missing("ask_medium", "medium")
    else:
        where = _failed("no_print_medium")
    member = _three(
        situation.council, "council_member", "no_council_member", "ask_council", "council"
    )
    concerned = _three(
        situation.concerned, "directly_concerned", "only_generally_concerned",
        "ask_concerned", "concerned",
    )  # fmt: skip
    return _all(where, member, concerned, _ethics(situation))


def _ethics(situation: Situation) -> _Outcome:
    """What makes a breach of the code near: a wrong fact, no question before, a picture."""
    asked = {
        "not_offered": _met("comment_not_offered"),
        "used": _failed("comment_used"),
        "unused": _failed("comment_unused"),
    }.get(situation.comment) or _missing("ask_comment", "comment")
    grounds = _any(
        _all(_fact(situation), _wrong_or_incomplete(situation)),
        asked,
        _all(_person(situation), _dignity(situation)),
        _portrait(situation),
    )
    if grounds.applies == "yes":
        return _Outcome("yes", (Reason("ethics_breach", "met"), *grounds.reasons))
    if grounds.applies == "no":
        return _failed("no_ethics_breach")
    return _Outcome("open", (Reason("ask_ethics", "missing"), *grounds.reasons))


def _copied_site(situation: Situation) -> _Outcome:
    if situation.medium == "unknown":
        return _missing("ask_medium", "medium")
    is_copied = situation.medium == "fake_website"
    return _met("copied_site") if is_copied else _failed("no_copied_site")


def _warning_letter(situation: Situation) -> _Outcome:
    if situation.medium == "unknown":
        return _missing("ask_medium", "medium")
    if situation.medium != "demand_letter":
        return _failed("no_demand")
    return _three(
        _opposite(situation.letter_justified), "demand_unjustified", "demand_justified",
        "ask_demand", "letter_justified",
    )  # fmt: skip


_RULES = {
    "A": _counterstatement,
    "B": _civil_claim,
    "C": _prosecution,
    "D": _unfair_competition,
    "E": _hate,
    "F": _platform,
    "G": _portrait,
    "H": _press_council,
    "I": _copied_site,
    "J": _warning_letter,
}
_ORDER: tuple[Applies, ...] = ("yes", "open", "no")


def assess(situation: Situation) -> list[OptionResult]:
    """Each way with its result: what applies first, then what is open, then the rest.

    Among those that apply alike the rank of ``options.toml`` decides: what works fastest and
    costs and risks least comes first.
    """
    results = [_result(option_id, situation) for option_id in OPTIONS]
    ranks = {each["id"]: each["rank"] for each in reference.load("options")["option"]}
    return sorted(results, key=lambda each: (_ORDER.index(each.applies), ranks[each.id]))


def _result(option_id: str, situation: Situation) -> OptionResult:
    outcome = _RULES[option_id](situation)
    due = due_day(situation.published_on) if option_id == "A" else None
    return OptionResult(option_id, outcome.applies, outcome.reasons, due)


def conflicts(option_id: str, chosen: Collection[str]) -> Iterator[str]:
    """What a choice would close, in words: the press council and the courts exclude each other."""
    courts = {each["id"] for each in reference.load("options")["option"] if each["court"]}
    if option_id == "H" and courts & set(chosen):
        yield Reason("courts_are_waived", "failed").text
    if option_id in courts and "H" in chosen:
        yield Reason("council_is_chosen", "failed").text


# --- from and to plain values -----------------------------------------------------------------


def from_json(value: object) -> Situation:
    """A situation as it is kept; missing fields are unknown. Raises InputError with the path."""
    given = Fields(value)
    words: dict[str, str] = {}
    targets: frozenset[str] = frozenset()
    for entry in reference.load("options")["fields"]:
        allowed = [each["value"] for each in entry.get("values", ())] or ["yes", "no", "unknown"]
        if entry.get("many"):
            targets = frozenset(given.texts("targets", ())) & set(allowed)
        else:
            words[entry["id"]] = given.choice(entry["id"], allowed, "unknown")
    return Situation(
        **words,
        targets=targets,
        published_on=_day(given, "published_on"),
        today=_day(given, "today"),
    )


def _day(given: Fields, name: str) -> date | None:
    text = given.text(name, None)
    if not text:
        return None
    try:
        return times.read_date(text)
    except UnreadableTime:
        raise InputError(given.at(name), "takes a day such as 2026-05-16") from None


def to_json(situation: Situation) -> dict[str, Any]:
    """A situation as it is kept, without ``today``."""
    kept = {each.name: getattr(situation, each.name) for each in fields(Situation)}
    kept.pop("today")
    kept["targets"] = sorted(situation.targets)
    kept["published_on"] = situation.published_on.isoformat() if situation.published_on else None
    return kept
