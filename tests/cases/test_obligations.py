"""Which duties to report apply, from when, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clock import ClockKind
from cases.obligations import Answer, Happened, Obligation, Situation, obligations

CALLED = datetime(2026, 11, 10, 8, 25, tzinfo=UTC)
AWARE = datetime(2026, 11, 10, 8, 12, tzinfo=UTC)
ATTACK = Happened(1, "cyber_attack", AWARE, "unknown")
GARAGE = Situation(called_at=CALLED, covered=True, happened=(ATTACK,))
YES = Answer("yes", "laut Bescheid")
NO = Answer("no", "nur 3 Beschäftigte")


def by_kind(situation: Situation) -> dict[str, Obligation]:
    return {each.kind.value: each for each in obligations(situation)}


def states(situation: Situation, *kinds: str) -> list[str]:
    found = by_kind(situation)
    return [found[kind].applies if kind in found else "absent" for kind in kinds]


def with_data(kind: str, data_loss: str) -> Situation:
    return replace(GARAGE, happened=(replace(ATTACK, kind=kind, data_loss=data_loss),))


@pytest.mark.parametrize(
    ("kind", "data_loss", "report", "persons"),
    [
        pytest.param("cyber_attack", "unknown", "yes", "unknown", id="unknown starts the check"),
        pytest.param("cyber_attack", "yes", "yes", "yes", id="data are gone"),
        pytest.param("cyber_attack", "no", "no", "no", id="no data concerned"),
        pytest.param("hardware_defect", "unknown", "unknown", "absent", id="nothing at risk"),
        pytest.param("hardware_defect", "yes", "yes", "yes", id="a defect, but data are gone"),
        pytest.param("personal_data_loss", "unknown", "yes", "yes", id="NA-16"),
        pytest.param("personal_data_loss", "no", "no", "no", id="NA-16, and then it was not"),
    ],
)
def test_the_data_decide_about_the_gdpr(
    kind: str, data_loss: str, report: str, persons: str
) -> None:
    assert states(with_data(kind, data_loss), "gdpr_33", "gdpr_34") == [report, persons]


def test_the_clock_runs_from_awareness_of_the_earliest_incident() -> None:
    later = replace(ATTACK, id=2, happened_at=AWARE + timedelta(hours=5), relation="same_attack")
    both = replace(GARAGE, happened=(later, ATTACK))
    assert by_kind(both)["gdpr_33"].start == AWARE
    assert [each.subject for each in obligations(both) if each.kind == "gdpr_33"] == [""]


def test_what_only_happened_at_the_same_time_is_a_breach_of_its_own() -> None:
    apart = replace(ATTACK, id=2, happened_at=AWARE + timedelta(hours=5), relation="coincident")
    found = obligations(replace(GARAGE, happened=(ATTACK, apart)))
    reports = [each for each in found if each.kind == "gdpr_33"]
    assert [(each.subject, each.start) for each in reports] == [
        ("", AWARE),
        ("incident:2", AWARE + timedelta(hours=5)),
    ]


def test_without_an_incident_the_coverage_decision_speaks_and_awareness_is_the_call() -> None:
    asked = Situation(called_at=CALLED, covered=True, coverage_says=("gdpr_33",))
    assert by_kind(asked)["gdpr_33"].start == CALLED
    assert "gdpr_33" not in by_kind(replace(asked, coverage_says=()))


NISG = ("nis2_early", "nis2_report", "nis2_final")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param({}, "unknown", id="nobody knows the class"),
        pytest.param({"nisg_entity": Answer("unknown")}, "unknown", id="asked and unknown"),
        pytest.param({"nisg_entity": NO}, "no", id="a small garage"),
        pytest.param({"nisg_entity": YES}, "yes", id="an important entity, significance unknown"),
        pytest.param({"nisg_entity": YES, "nisg_significant": YES}, "yes", id="significant"),
        pytest.param({"nisg_entity": YES, "nisg_significant": NO}, "no", id="not significant"),
    ],
)
def test_nisg_is_for_its_entities_only(answers: dict[str, Answer], expected: str) -> None:
    assert states(replace(GARAGE, answers=answers), *NISG) == [expected] * 3


def test_nisg_does_not_run_before_it_is_in_force() -> None:
    last_day = datetime(2026, 9, 30, 21, 59, tzinfo=UTC)
    early = replace(
        GARAGE, happened=(replace(ATTACK, happened_at=last_day),), answers={"nisg_entity": YES}
    )
    assert states(early, *NISG) == ["no"] * 3
    assert "01.10.2026" in by_kind(early)["nis2_early"].reason
    first_day = replace(
        early, happened=(replace(ATTACK, happened_at=last_day + timedelta(minutes=1)),)
    )
    assert states(first_day, *NISG) == ["yes"] * 3


def test_rkeg_is_for_critical_entities_only() -> None:
    kinds = ("rkeg_first", "rkeg_follow")
    assert states(GARAGE, *kinds) == ["unknown"] * 2
    assert states(replace(GARAGE, answers={"rkeg_entity": NO}), *kinds) == ["no"] * 2
    assert states(replace(GARAGE, answers={"rkeg_entity": YES}), *kinds) == ["yes"] * 2


def test_dora_runs_from_the_classification_and_its_last_call_from_awareness() -> None:
    classified = AWARE + timedelta(hours=6)
    bank = replace(GARAGE, answers={"dora_entity": YES})
    assert states(bank, "dora_initial", "dora_latest") == ["unknown", "yes"]
    assert by_kind(bank)["dora_latest"].start == AWARE
    major = replace(
        bank, answers={"dora_entity": YES, "dora_major": Answer("yes", "Ausfall", classified)}
    )
    found = by_kind(major)
    assert [found[kind].start for kind in ("dora_initial", "dora_interim", "dora_final")] == [
        classified
    ] * 3
    minor = replace(bank, answers={"dora_entity": YES, "dora_major": NO})
    assert states(minor, "dora_initial", "dora_latest", "dora_final") == ["no"] * 3


def test_a_processor_informs_its_controllers() -> None:
    assert states(replace(GARAGE, answers={"processor": YES}), "gdpr_processor") == ["yes"]
    assert states(replace(GARAGE, answers={"processor": NO}), "gdpr_processor") == ["no"]


def test_a_no_says_why() -> None:
    found = by_kind(replace(GARAGE, answers={"rkeg_entity": NO}))["rkeg_first"]
    assert "nein" in found.reason
    assert "nur 3 Beschäftigte" in found.reason


def test_the_notice_to_the_insurer_is_offered_and_never_starts_by_itself() -> None:
    notice = by_kind(GARAGE)["versvg_33"]
    assert (notice.applies, notice.automatic, notice.start) == ("yes", False, CALLED)
    assert by_kind(replace(GARAGE, covered=False))["versvg_33"].applies == "no"


QUESTIONS = ("nisg_entity", "nisg_significant", "rkeg_entity", "dora_entity", "processor")
answers = st.builds(Answer, st.sampled_from(["yes", "no", "unknown"]), st.just("Grund"))


@given(
    st.lists(
        st.builds(
            Happened,
            st.integers(1, 9),
            st.sampled_from(
                ["cyber_attack", "hardware_defect", "personal_data_loss", "denial_of_service"]
            ),
            st.just(AWARE),
            st.sampled_from(["yes", "no", "unknown"]),
            st.sampled_from(["caused_by", "same_attack", "coincident"]),
        ),
        max_size=4,
        unique_by=lambda each: each.id,
    ),
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(QUESTIONS, answers),
    ),
)
def test_unknown_is_never_taken_for_no(happened: list[Happened], known: dict[str, Answer]) -> None:
    for duty in obligations(Situation(CALLED, True, tuple(happened), answers=known)):
        assert duty.reason
        if duty.applies == "no" and duty.kind in (ClockKind.GDPR_33, ClockKind.GDPR_34):
            assert any(each.data_loss == "no" for each in happened)
        if duty.applies == "no" and duty.kind.startswith("nis2"):
            assert "no" in {known[name].answer for name in known if name.startswith("nisg")}
        if duty.applies == "yes":
            assert duty.start is not None
