"""Every rule that decides coverage is applied, cited and shown by a named case."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import coverage
from cases.coverage import Device, EventKind
from data import reference

Document = dict[str, Any]

NEED = {"sudden": True, "unforeseeable": True, "communication_need": True}
SAFE = {"assessed": "no", "evidence": []}
THREAT = {"assessed": "yes", "evidence": ["38 Stornos"]}
PRESS = {"medium": "ORF", "allegation": "verdorbene Ware"}


def ask(document: Document) -> Document:
    return coverage.to_json(coverage.decide(coverage.from_json(document)))


def event(kind: str, **facts: Any) -> Document:
    return {**NEED, "it_events": [{"kind": kind, **facts}]}


def down(kind: str, device: str, **facts: Any) -> Document:
    return event(kind, outage=True, device=device, **facts)


# --- the rules that decide, one case each that would come out otherwise without it ---------------

# rule: (case by name, the facts, the result, the limb)
DECIDES: dict[str, tuple[str, Document, str, str | None]] = {
    "NA-01": (
        "the inn's cash register",
        {**down("hardware_defect", "cash_register"), "existence_threat": SAFE},
        "no",
        None,
    ),
    "NA-02": (
        "the till software alone",
        {**down("application_failure", "pc"), "existence_threat": SAFE},
        "no",
        None,
    ),
    "NA-03": ("announced for weeks", {**event("malware"), "unforeseeable": False}, "no", None),
    "NA-04": ("the garage: only suspected", down("cyber_attack", "pc", suspected=True), "yes", "A"),
    "NA-05": ("a dead laptop", down("hardware_defect", "laptop"), "yes", "A"),
    "NA-06": ("deleted by mistake", down("operating_error", "pc"), "yes", "A"),
    "NA-07": ("order data eaten by a worm", down("malware_data_loss", "pc"), "yes", "A"),
    "NA-08": ("a logic bomb", down("malware_data_loss", "server"), "yes", "A"),
    "NA-09": ("a trojan, all runs", event("malware", outage=False), "yes", "A"),
    "NA-10": ("a ransom note", event("cyber_extortion"), "yes", "A"),
    "NA-11": (
        "a false claim in a forum",
        {**event("reputational_damage"), "claim": "false", "existence_threat": SAFE},
        "yes",
        "A",
    ),
    "NA-12": (
        "a letter for fonts",
        {**event("warning_letter"), "warning_letter_justified": False},
        "yes",
        "A",
    ),
    "NA-13": ("orders in our name", event("identity_theft"), "yes", "A"),
    "NA-14": ("the joinery's IBAN", event("email_fraud"), "yes", "A"),
    "NA-15": ("a copied shop", event("fake_website"), "yes", "A"),
    "NA-16": ("spyware on the reception", event("personal_data_loss"), "yes", "A"),
    "NA-17": ("the web shop under load", event("denial_of_service"), "yes", "A"),
    "NA-25": (
        "nothing with IT",
        {**NEED, "it_events": [], "existence_threat": SAFE},
        "no",
        None,
    ),
    "NA-26": (
        "the press, and the firm at stake",
        {**NEED, "it_events": [], "existence_threat": THREAT, "media_allegation": PRESS},
        "yes",
        "B",
    ),
    "NA-27": (
        "the press, and the firm safe",
        {**NEED, "it_events": [], "existence_threat": SAFE, "media_allegation": PRESS},
        "no",
        None,
    ),
    "NA-28": (
        "the press over night",
        {**NEED, "it_events": [], "existence_threat": THREAT, "media_allegation": PRESS},
        "yes",
        "B",
    ),
    "NA-29": (
        "at stake without any allegation",
        {**NEED, "it_events": [], "existence_threat": THREAT, "media_allegation": False},
        "clarify",
        None,
    ),
}  # fmt: skip

# What the others of NA-01 to NA-46 and CV-13 are about, and where they are applied.
PAID = {
    "NA-18": "it_phone",
    "NA-24": "it_onsite",
    "NA-34": "replacement_help",
    "NA-35": "hardware",
    "NA-37": "specialist_appointment",
    "NA-38": "losses",
    "NA-39": "payments",
    "NA-40": "replacement_device",
    "NA-41": "software",
    "NA-42": "data_restoration",
    "NA-43": "lawyer",
    "CV-13": "advertising",
}
"""Rule → what is asked for: cited for it as excluded, limited or only organised."""

BENEFITS = {
    "NA-30": "media_relations",
    "NA-31": "statement",
    "NA-45": "social_media",
    "NA-46": "request_to_poster",
}
"""Rule → what is drawn on the cap."""

ELSEWHERE = {
    "NA-19": "the roster and the surcharges",
    "NA-20": "approvals",
    "NA-21": "remote access to the incident",
    "NA-22": "the expert on site",
    "NA-23": "the counter of visits",
    "NA-32": "who books hours",
    "NA-33": "the cap ledger",
    "NA-36": "the condition of what is organised",
    "NA-44": "the link of case and incident",
}


@pytest.mark.parametrize("rule", DECIDES)
def test_each_rule_that_decides_is_cited_by_its_case(rule: str) -> None:
    name, facts, result, limb = DECIDES[rule]
    answer = ask(facts)
    assert (answer["result"], answer["limb"]) == (result, limb), name
    cited = {each["id"]: each["quote"] for each in answer["rules"]}
    assert cited[rule] == reference.load("rules")[rule]["quote"]


def test_every_rule_of_the_contract_has_its_place() -> None:
    rules = {rule for rule in reference.load("rules") if rule.startswith("NA-")} | {"CV-13"}
    assert set(DECIDES) | set(PAID) | set(BENEFITS) | set(ELSEWHERE) == rules
    assert sum(map(len, (DECIDES, PAID, BENEFITS, ELSEWHERE))) == len(rules)


@pytest.mark.parametrize("rule", PAID)
def test_what_is_not_drawn_on_the_cap_names_its_rule(rule: str) -> None:
    answer = ask({**event("malware"), "requested": [PAID[rule]]})
    [line] = answer["excluded"] + answer["limited"]
    assert line["rule"] == rule
    assert (line in answer["excluded"]) == (line["payer"] == "insured")


@pytest.mark.parametrize("rule", BENEFITS)
def test_what_is_drawn_on_the_cap_is_neither_excluded_nor_limited(rule: str) -> None:
    assert reference.load("benefits")[BENEFITS[rule]]["rule"] == rule
    answer = ask({**event("malware"), "requested": [BENEFITS[rule]]})
    assert answer["excluded"] == answer["limited"] == []


def test_what_is_organised_is_promised_to_nobody() -> None:
    answer = ask({**event("malware"), "requested": ["specialist_appointment", "replacement_help"]})
    assert [line["condition"] for line in answer["limited"]] == ["NA-36", "NA-36"]


def test_restoration_points_to_the_contract_that_may_pay_it() -> None:
    [line] = ask({**event("malware"), "requested": ["data_restoration"]})["excluded"]
    assert (line["rule"], line["elsewhere"]) == ("NA-42", "WK-01")


def test_an_appointment_needs_no_cover() -> None:
    refused = {**event("power_failure"), "existence_threat": SAFE}
    answer = ask({**refused, "requested": ["specialist_appointment"]})
    assert answer["result"] == "no"
    assert [line["rule"] for line in answer["limited"]] == ["NA-37"]
    assert "NA-37" in answer["explanation"]
    assert "je nach Verfügbarkeit und Möglichkeit" in answer["explanation"]


@pytest.mark.parametrize("facts", [{"recurring": True}, {"unforeseeable": False}])
def test_what_recurs_or_was_announced_warns(facts: Document) -> None:
    assert "foreseeable" in ask({**event("malware"), **facts})["warnings"]


# --- the worked scenarios, word for word ----------------------------------------------------------


def test_the_garage_s1() -> None:
    answer = ask(
        {
            **down("cyber_attack", "pc", suspected=True),
            "requested": ["social_media", "request_to_poster", "it_phone", "replacement_device"],
        }
    )
    assert (answer["result"], answer["limb"]) == ("yes", "A")
    assert [rule["id"] for rule in answer["rules"]] == ["NA-03", "NA-25", "NA-01", "NA-04"]
    assert [line["rule"] for line in answer["excluded"]] == ["NA-40"]
    assert [line["rule"] for line in answer["limited"]] == ["NA-18"]
    assert answer["open_points"] == ["U-02"]
    assert answer["clocks"] == ["gdpr_33"]


def test_the_joinery_s4() -> None:
    answer = ask(
        {
            **NEED,
            "it_events": [{"kind": "email_fraud"}, {"kind": "identity_theft"}],
            "requested": ["partner_letter", "wrong_transfer", "subscription"],
        }
    )
    assert (answer["result"], answer["limb"]) == ("yes", "A")
    assert [rule["id"] for rule in answer["rules"]] == ["NA-03", "NA-25", "NA-14", "NA-13"]
    assert [line["rule"] for line in answer["excluded"]] == ["NA-38", "NA-41"]
    assert answer["clocks"] == ["gdpr_33"]


def test_the_inn_s6() -> None:
    answer = ask(
        {
            **down("hardware_defect", "cash_register"),
            "claim": "true",
            "media_allegation": {"medium": "Google", "allegation": "45 Minuten gewartet"},
            "existence_threat": SAFE,
            "requested": ["cash_register_technician"],
        }
    )
    assert (answer["result"], answer["limb"]) == ("no", None)
    assert [rule["id"] for rule in answer["rules"]] == ["NA-01", "NA-27", "NA-26"]
    assert [line["rule"] for line in answer["excluded"]] == ["NA-43"]
    assert set(answer["warnings"]) == {"cash_register_hardware", "true_claim"}
    for rule in ("NA-01", "NA-27"):
        assert f"{rule}: „{reference.load('rules')[rule]['quote']}“" in answer["explanation"]


def test_the_inns_register_on_a_laptop_is_not_refused_by_itself() -> None:
    answer = ask(
        {
            **down("hardware_defect", "cash_register", runs_on="laptop"),
            "existence_threat": SAFE,
        }
    )
    assert (answer["result"], answer["open_points"]) == ("clarify", ["U-10"])


# --- recorded decisions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "point", "words"),
    [
        pytest.param(
            down("hardware_defect", "router"), "U-05", ("covered", "not_covered"), id="U-05"
        ),
        pytest.param(
            down("hardware_defect", "cash_register", runs_on="pc"),
            "U-10",
            ("covered", "not_covered"),
            id="U-10",
        ),
        pytest.param(
            {**NEED, "it_events": [], "media_allegation": False, "existence_threat": THREAT},
            "U-01",
            ("short_text", "detail_text"),
            id="U-01",
        ),
    ],
)
def test_a_decision_is_told_as_truth_or_in_its_own_word(
    facts: Document, point: str, words: tuple[str, str]
) -> None:
    told = {"existence_threat": SAFE, **facts}
    assert ask(told)["result"] == "clarify"
    for truth, word, result in ((True, words[0], "yes"), (False, words[1], "no")):
        said = ask({**told, "decisions": {point: truth}})
        assert said["result"] == result
        assert ask({**told, "decisions": {point: word}}) == said


@pytest.mark.parametrize("value", [True, False, "desk_lead", "claims_department"])
def test_who_decides_the_threat_is_settled_then_only_the_assessment_is_missing(
    value: bool | str,
) -> None:
    told = {
        **NEED,
        "it_events": [],
        "media_allegation": PRESS,
        "existence_threat": {"assessed": "open", "evidence": []},
    }
    assert (ask(told)["open_points"], ask(told)["missing"]) == (["U-08"], [])
    settled = ask({**told, "decisions": {"U-08": value}})
    assert settled["result"] == "clarify"
    assert (settled["open_points"], settled["missing"]) == ([], ["existence_threat.assessed"])


def test_once_registers_on_pcs_count_unknown_is_no_longer_no() -> None:
    told = {**down("hardware_defect", "cash_register"), "existence_threat": SAFE}
    assert ask(told)["result"] == "no"
    asked = ask({**told, "decisions": {"U-10": True}})
    assert (asked["result"], asked["missing"]) == ("clarify", ["it_events[0].runs_on"])


# --- properties -----------------------------------------------------------------------------------

truths = st.sampled_from([True, False])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "claim": st.sampled_from(["false", "true", "opinion", "unverified"]),
    "media_allegation": st.sampled_from([False, PRESS]),
    "existence_threat": st.sampled_from([SAFE, THREAT, {"assessed": "open", "evidence": []}]),
    "sudden": truths,
    "unforeseeable": truths,
    "communication_need": truths,
    "warning_letter_justified": truths,
    "abusive": truths,
}
EVENT_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from([each.value for each in EventKind]),
    "outage": truths,
    "device": st.sampled_from([each.value for each in Device]),
    "suspected": truths,
    "operating_system_failed": truths,
    "runs_on": st.sampled_from(["laptop", "pc", "own_device"]),
}
full = st.fixed_dictionaries(
    {
        **FIELDS,
        "it_events": st.lists(st.fixed_dictionaries(EVENT_FIELDS), max_size=2),
        "decisions": st.fixed_dictionaries({}, optional=dict.fromkeys(coverage.DECIDABLE, truths)),
    }
)


def paths(document: Document) -> list[tuple[str, ...]]:
    """Every field that can be unknown: the plain ones, the list, and those of each event."""
    plain: list[tuple[str, ...]] = [(name,) for name in (*FIELDS, "it_events")]
    return plain + [
        ("it_events", str(index), name)
        for index, each in enumerate(document["it_events"])
        for name in each
    ]


def without(document: Document, gone: set[tuple[str, ...]]) -> Document:
    less = copy.deepcopy(document)
    for path in sorted(gone, key=len, reverse=True):
        if len(path) == 1:
            less.pop(path[0])
        else:
            less["it_events"][int(path[1])].pop(path[2])
    return less


def filled(data: st.DataObject, document: Document) -> Document:
    """The document with every unknown answered somehow."""
    whole = copy.deepcopy(document)
    for name, strategy in FIELDS.items():
        if name not in whole:
            whole[name] = data.draw(strategy)
    if "it_events" not in whole:
        whole["it_events"] = data.draw(st.lists(st.fixed_dictionaries(EVENT_FIELDS), max_size=2))
    for each in whole["it_events"]:
        for name, strategy in EVENT_FIELDS.items():
            if name not in each:
                each[name] = data.draw(strategy)
    return whole


@settings(max_examples=400)
@given(full, st.data())
def test_a_yes_holds_for_every_way_of_answering_what_is_unknown(
    document: Document, data: st.DataObject
) -> None:
    gone = data.draw(st.sets(st.sampled_from(paths(document))))
    less = without(document, gone)
    if ask(less)["result"] == "yes":
        assert ask(filled(data, less))["result"] == "yes", json.dumps(less)


@settings(max_examples=400)
@given(full, st.data())
def test_learning_more_never_turns_yes_into_no_or_no_into_yes(
    document: Document, data: st.DataObject
) -> None:
    gone = data.draw(st.sets(st.sampled_from(paths(document))))
    before = ask(without(document, gone))["result"]
    after = ask(document)["result"]
    assert {before, after} != {"yes", "no"}
    if before == "yes":
        assert after == "yes"


@settings(max_examples=200)
@given(full)
def test_never_yes_while_a_field_that_decides_is_missing(document: Document) -> None:
    """Without any one field the answer is the same, or open; never yes where it was not."""
    whole = ask(document)["result"]
    for path in paths(document):
        less = ask(without(document, {path}))
        assert less["result"] == whole or less["result"] == "clarify" or path[-1] == "runs_on"
        if less["result"] == "clarify":
            assert less["missing"] or less["open_points"]
