"""Is it a covered communication emergency: the rule table, case by case, and its logic."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import coverage, coverage_text
from cases.coverage import Device, EventKind
from data import i18n, reference
from data.errors import InputError

Document = dict[str, Any]

THREAT = {"assessed": "yes", "evidence": ["38 Stornos in zwei Tagen"]}
NO_THREAT = {"assessed": "no", "evidence": []}
OPEN_THREAT = {"assessed": "open", "evidence": []}
PRESS = {"medium": "Tageszeitung, Seite 7", "allegation": "Verkauf verdorbener Ware"}


def ask(**facts: Any) -> Document:
    """A sudden, unforeseeable need to communicate, with these facts about it."""
    document = {"sudden": True, "unforeseeable": True, "communication_need": True, **facts}
    return coverage.to_json(coverage.decide(coverage.from_json(document)))


def event(kind: str, **facts: Any) -> Document:
    return {"it_events": [{"kind": kind, **facts}]}


def outage(kind: str, device: str, **facts: Any) -> Document:
    return event(kind, outage=True, device=device, **facts)


def rule_ids(answer: Document) -> list[str]:
    return [rule["id"] for rule in answer["rules"]]


# name: (facts, result, limb, rules among those cited)
TABLE: dict[str, tuple[Document, str, str | None, set[str]]] = {
    "garage S1: suspected attack, PCs dead": (
        outage("cyber_attack", "pc", suspected=True),
        "yes",
        "A",
        {"NA-01", "NA-03", "NA-04", "NA-25"},
    ),
    "joinery S4: wrong IBAN from a hacked mailbox": (
        {"it_events": [{"kind": "email_fraud"}, {"kind": "identity_theft"}]},
        "yes",
        "A",
        {"NA-13", "NA-14"},
    ),
    "inn S6: cash register dead, true reviews": (
        {
            **outage("hardware_defect", "cash_register"),
            "claim": "true",
            "media_allegation": {"medium": "Google", "allegation": "45 Minuten gewartet"},
            "existence_threat": NO_THREAT,
        },
        "no",
        None,
        {"NA-01", "NA-27"},
    ),
    "inn S6 told as reputational damage": (
        {
            "it_events": [
                {"kind": "hardware_defect", "outage": True, "device": "cash_register"},
                {"kind": "reputational_damage"},
            ],
            "claim": "true",
            "existence_threat": NO_THREAT,
        },
        "no",
        None,
        {"NA-01", "NA-11", "NA-27"},
    ),
    "attack confirmed": (outage("cyber_attack", "pc", suspected=False), "yes", "A", {"NA-04"}),
    "attack, suspicion not stated": (outage("cyber_attack", "laptop"), "yes", "A", {"NA-04"}),
    "attack on the network": (outage("cyber_attack", "network"), "yes", "A", {"NA-01"}),
    "attack on the router": (outage("cyber_attack", "router"), "yes", "A", {"NA-01"}),
    "attack on the server": (outage("cyber_attack", "server"), "yes", "A", {"NA-01"}),
    "attack on the cash register": (
        {**outage("cyber_attack", "cash_register"), "existence_threat": NO_THREAT},
        "no",
        None,
        {"NA-01"},
    ),
    "attack on a phone": (outage("cyber_attack", "phone"), "clarify", None, {"NA-02"}),
    "attack on a phone, its system refuses": (
        outage("cyber_attack", "phone", operating_system_failed=True),
        "yes",
        "A",
        {"NA-02", "NA-04"},
    ),
    "attack on a machine, its system runs": (
        {
            **outage("cyber_attack", "machine", operating_system_failed=False),
            "existence_threat": NO_THREAT,
        },
        "no",
        None,
        {"NA-02"},
    ),
    "attack without outage": (
        {**event("cyber_attack", outage=False), "existence_threat": NO_THREAT},
        "no",
        None,
        {"NA-01"},
    ),
    "attack, outage not stated": (event("cyber_attack", device="pc"), "clarify", None, {"NA-01"}),
    "attack, device not stated": (event("cyber_attack", outage=True), "clarify", None, {"NA-01"}),
    "defective laptop": (outage("hardware_defect", "laptop"), "yes", "A", {"NA-01", "NA-05"}),
    "defective pc": (outage("hardware_defect", "pc"), "yes", "A", {"NA-05"}),
    "defective network": (outage("hardware_defect", "network"), "clarify", None, {"NA-05"}),
    "defective router": (outage("hardware_defect", "router"), "clarify", None, {"NA-05"}),
    "defective server": (outage("hardware_defect", "server"), "clarify", None, {"NA-05"}),
    "defective router, decided for the insured": (
        {**outage("hardware_defect", "router"), "decisions": {"U-05": True}},
        "yes",
        "A",
        {"NA-05"},
    ),
    "defective router, decided against": (
        {
            **outage("hardware_defect", "router"),
            "decisions": {"U-05": False},
            "existence_threat": NO_THREAT,
        },
        "no",
        None,
        {"NA-05"},
    ),
    "defective router without outage": (
        {
            **event("hardware_defect", outage=False, device="router"),
            "existence_threat": NO_THREAT,
        },
        "no",
        None,
        {"NA-01"},
    ),
    "defective phone": (
        {**outage("hardware_defect", "phone"), "existence_threat": NO_THREAT},
        "no",
        None,
        {"NA-05"},
    ),
    "defective machine": (
        {**outage("hardware_defect", "machine"), "existence_threat": NO_THREAT},
        "no",
        None,
        {"NA-05"},
    ),
    "defective laptop that still runs": (
        {
            **event("hardware_defect", outage=False, device="laptop"),
            "existence_threat": NO_THREAT,
        },
        "no",
        None,
        {"NA-01"},
    ),
    "cash register on a laptop": (
        {
            **outage("hardware_defect", "cash_register", runs_on="laptop"),
            "existence_threat": NO_THREAT,
        },
        "clarify",
        None,
        {"NA-01"},
    ),
    "cash register on a PC, decided for the insured": (
        {**outage("hardware_defect", "cash_register", runs_on="pc"), "decisions": {"U-10": True}},
        "yes",
        "A",
        {"NA-01", "NA-05"},
    ),
    "cash register of its own kind": (
        {
            **outage("hardware_defect", "cash_register", runs_on="own_device"),
            "existence_threat": NO_THREAT,
        },
        "no",
        None,
        {"NA-01"},
    ),
    "operating error, pc down": (outage("operating_error", "pc"), "yes", "A", {"NA-06"}),
    "operating error, router down": (outage("operating_error", "router"), "yes", "A", {"NA-06"}),
    "operating error, all runs": (
        {**event("operating_error", outage=False), "existence_threat": NO_THREAT},
        "no",
        None,
        {"NA-01"},
    ),
    "data loss through malware, system down": (
        outage("malware_data_loss", "pc"),
        "yes",
        "A",
        {"NA-07", "NA-08"},
    ),
    "data loss through malware, all runs": (
        event("malware_data_loss", outage=False),
        "yes",
        "A",
        {"NA-09"},
    ),
    "malware": (event("malware"), "yes", "A", {"NA-09"}),
    "malware on the cash register": (
        event("malware", device="cash_register", outage=False),
        "yes",
        "A",
        {"NA-09"},
    ),
    "extortion": (event("cyber_extortion"), "yes", "A", {"NA-10"}),
    "identity theft": (event("identity_theft"), "yes", "A", {"NA-13"}),
    "e-mail fraud": (event("email_fraud", outage=False), "yes", "A", {"NA-14"}),
    "fake website": (event("fake_website"), "yes", "A", {"NA-15"}),
    "personal data lost": (event("personal_data_loss"), "yes", "A", {"NA-16"}),
    "denial of service": (event("denial_of_service"), "yes", "A", {"NA-17"}),
    "false claim online": (
        {**event("reputational_damage"), "claim": "false"},
        "yes",
        "A",
        {"NA-11"},
    ),
    "false claim, existence safe": (
        {**event("reputational_damage"), "claim": "false", "existence_threat": NO_THREAT},
        "yes",
        "A",
        {"NA-11", "NA-29"},
    ),
    "insults": (
        {**event("reputational_damage"), "claim": "opinion", "abusive": True},
        "yes",
        "A",
        {"NA-11"},
    ),
    "bare opinion": (
        {
            **event("reputational_damage"),
            "claim": "opinion",
            "abusive": False,
            "existence_threat": NO_THREAT,
        },
        "no",
        None,
        {"NA-11"},
    ),
    "opinion, insults not stated": (
        {**event("reputational_damage"), "claim": "opinion"},
        "clarify",
        None,
        {"NA-11"},
    ),
    "unverified claim": (
        {**event("reputational_damage"), "claim": "unverified"},
        "clarify",
        None,
        {"NA-11"},
    ),
    "claim not stated": (event("reputational_damage"), "clarify", None, {"NA-11"}),
    "unjustified warning letter": (
        {**event("warning_letter"), "warning_letter_justified": False},
        "yes",
        "A",
        {"NA-12"},
    ),
    "justified warning letter": (
        {
            **event("warning_letter"),
            "warning_letter_justified": True,
            "existence_threat": NO_THREAT,
        },
        "no",
        None,
        {"NA-12"},
    ),
    "warning letter not checked": (
        {**event("warning_letter"), "warning_letter_justified": None},
        "clarify",
        None,
        {"NA-12"},
    ),
    "application down": (
        {**outage("application_failure", "pc"), "existence_threat": NO_THREAT},
        "no",
        None,
        {"NA-02"},
    ),
    "power cut": (
        {**outage("power_failure", "pc"), "existence_threat": NO_THREAT},
        "no",
        None,
        {"NA-05"},
    ),
    "water over the laptop": (
        {**outage("physical_damage", "laptop"), "existence_threat": NO_THREAT},
        "no",
        None,
        {"NA-05", "NA-35"},
    ),
    "something else": ({**event("other"), "existence_threat": NO_THREAT}, "no", None, {"NA-25"}),
    "power cut and malware": (
        {"it_events": [{"kind": "power_failure"}, {"kind": "malware"}]},
        "yes",
        "A",
        {"NA-09"},
    ),
    "press, existence threatened": (
        {"it_events": [], "media_allegation": PRESS, "existence_threat": THREAT},
        "yes",
        "B",
        {"NA-26", "NA-27", "NA-28"},
    ),
    "press, true allegation, existence threatened": (
        {
            "it_events": [],
            "claim": "true",
            "media_allegation": PRESS,
            "existence_threat": THREAT,
        },
        "yes",
        "B",
        {"NA-26"},
    ),
    "press, IT events unknown, existence threatened": (
        {"media_allegation": PRESS, "existence_threat": THREAT},
        "yes",
        "B",
        {"NA-26"},
    ),
    "press, existence safe": (
        {"it_events": [], "media_allegation": PRESS, "existence_threat": NO_THREAT},
        "no",
        None,
        {"NA-27"},
    ),
    "press, threat open": (
        {"it_events": [], "media_allegation": PRESS, "existence_threat": OPEN_THREAT},
        "clarify",
        None,
        {"NA-27"},
    ),
    "press, threat without evidence": (
        {
            "it_events": [],
            "media_allegation": PRESS,
            "existence_threat": {"assessed": "yes", "evidence": []},
        },
        "clarify",
        None,
        {"NA-27"},
    ),
    "press, blank evidence": (
        {
            "it_events": [],
            "media_allegation": PRESS,
            "existence_threat": {"assessed": "yes", "evidence": ["  "]},
        },
        "clarify",
        None,
        {"NA-27"},
    ),
    "press without medium": (
        {
            "it_events": [],
            "media_allegation": {"allegation": "Betrug"},
            "existence_threat": THREAT,
        },
        "clarify",
        None,
        {"NA-26"},
    ),
    "press without allegation": (
        {"it_events": [], "media_allegation": {"medium": "ORF"}, "existence_threat": THREAT},
        "clarify",
        None,
        {"NA-26"},
    ),
    "existence threatened, no allegation in media": (
        {"it_events": [], "media_allegation": False, "existence_threat": THREAT},
        "clarify",
        None,
        {"NA-29"},
    ),
    "existence threatened, short text decided to apply": (
        {
            "it_events": [],
            "media_allegation": False,
            "existence_threat": THREAT,
            "decisions": {"U-01": True},
        },
        "yes",
        "B",
        {"NA-29"},
    ),
    "existence threatened, detailed text decided to apply": (
        {
            "it_events": [],
            "media_allegation": False,
            "existence_threat": THREAT,
            "decisions": {"U-01": False},
        },
        "no",
        None,
        {"NA-26"},
    ),
    "both limbs": (
        {**event("malware"), "media_allegation": PRESS, "existence_threat": THREAT},
        "yes",
        "A",
        {"NA-09"},
    ),
    "router open, crisis certain": (
        {
            **outage("hardware_defect", "router"),
            "media_allegation": PRESS,
            "existence_threat": THREAT,
        },
        "yes",
        "B",
        {"NA-26"},
    ),
    "not sudden": ({**event("malware"), "sudden": False}, "no", None, {"NA-03"}),
    "foreseeable": ({**event("malware"), "unforeseeable": False}, "no", None, {"NA-03"}),
    "nobody to inform": ({**event("malware"), "communication_need": False}, "no", None, {"NA-03"}),
    "not sudden and nothing else known": ({"sudden": False}, "no", None, {"NA-03"}),
    "foreseeable crisis in the press": (
        {
            "it_events": [],
            "media_allegation": PRESS,
            "existence_threat": THREAT,
            "unforeseeable": False,
        },
        "no",
        None,
        {"NA-03"},
    ),
    "sudden not stated": ({**event("malware"), "sudden": None}, "clarify", None, {"NA-03"}),
    "unforeseeable not stated": (
        {**event("malware"), "unforeseeable": None},
        "clarify",
        None,
        {"NA-03"},
    ),
    "need not stated": (
        {**event("malware"), "communication_need": None},
        "clarify",
        None,
        {"NA-03"},
    ),
    "kind not stated": ({"it_events": [{"outage": True}]}, "clarify", None, {"NA-25"}),
    "no IT event, threat not stated": ({"it_events": []}, "clarify", None, {"NA-27"}),
    "IT events not stated, existence safe": (
        {"existence_threat": NO_THREAT},
        "clarify",
        None,
        {"NA-25"},
    ),
    "nothing stated": (
        {"sudden": None, "unforeseeable": None, "communication_need": None},
        "clarify",
        None,
        set(),
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_rule_table(name: str) -> None:
    facts, result, limb, rules = TABLE[name]
    answer = ask(**facts)
    assert (answer["result"], answer["limb"]) == (result, limb)
    assert rules <= set(rule_ids(answer))
    if result == "clarify":
        assert answer["missing"] or answer["open_points"]
    else:
        assert answer["missing"] == []
        assert answer["next_questions"] == []


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({**event("malware"), "sudden": None}, ["sudden"]),
        ({**event("malware"), "sudden": None, "unforeseeable": None}, ["sudden", "unforeseeable"]),
        (
            {**event("cyber_attack"), "existence_threat": NO_THREAT},
            ["it_events[0].outage", "it_events[0].device"],
        ),
        (
            {**event("hardware_defect", outage=True), "existence_threat": NO_THREAT},
            ["it_events[0].device"],
        ),
        (
            {**event("warning_letter"), "existence_threat": NO_THREAT},
            ["warning_letter_justified"],
        ),
        ({**event("reputational_damage"), "existence_threat": NO_THREAT}, ["claim"]),
        ({"it_events": [], "existence_threat": THREAT}, ["media_allegation"]),
        (
            {"it_events": [], "existence_threat": THREAT, "media_allegation": {}},
            ["media_allegation.medium", "media_allegation.allegation"],
        ),
        (
            {"it_events": [], "media_allegation": PRESS, "existence_threat": {"assessed": "yes"}},
            ["existence_threat.evidence"],
        ),
        (
            {"it_events": [], "media_allegation": PRESS, "existence_threat": {"evidence": ["x"]}},
            ["existence_threat.assessed"],
        ),
        ({"it_events": [], "media_allegation": PRESS}, ["existence_threat"]),
    ],
)
def test_missing_names_exactly_what_still_decides(facts: Document, missing: list[str]) -> None:
    answer = ask(**facts)
    assert answer["missing"] == missing
    assert [question["field"] for question in answer["next_questions"]] == missing
    assert all(question["question"].endswith("?") for question in answer["next_questions"])


@pytest.mark.parametrize(
    ("facts", "points"),
    [
        ({**outage("hardware_defect", "router"), "existence_threat": NO_THREAT}, ["U-05"]),
        (
            {
                **outage("hardware_defect", "cash_register", runs_on="pc"),
                "existence_threat": NO_THREAT,
            },
            ["U-10"],
        ),
        ({"it_events": [], "media_allegation": PRESS, "existence_threat": OPEN_THREAT}, ["U-08"]),
        ({"it_events": [], "media_allegation": False, "existence_threat": THREAT}, ["U-01"]),
        ({"it_events": [], "existence_threat": THREAT}, ["U-01"]),
        ({**event("malware"), "existence_threat": NO_THREAT}, ["U-01"]),
        ({**event("malware"), "existence_threat": NO_THREAT, "decisions": {"U-01": False}}, []),
        (event("malware"), []),
        ({**outage("hardware_defect", "router"), "sudden": False}, []),
        ({**event("malware"), "requested": ["distribution"]}, ["U-06"]),
    ],
)
def test_open_points_of_the_contract_are_named_where_they_matter(
    facts: Document, points: list[str]
) -> None:
    assert ask(**facts)["open_points"] == points


def test_a_refusal_names_rule_and_quote_and_what_is_still_possible() -> None:
    answer = ask(**outage("hardware_defect", "cash_register"), existence_threat=NO_THREAT)
    assert answer["rules"][0] == {
        "id": "NA-01",
        "quote": reference.load("rules")["NA-01"]["quote"],
    }
    for part in ("NA-01", answer["rules"][0]["quote"], "eigene Rechnung", "NA-37"):
        assert part in answer["explanation"]


def test_without_a_need_to_communicate_the_help_by_phone_stays() -> None:
    assert "NA-18" in ask(**event("malware"), communication_need=False)["explanation"]


def test_an_open_answer_is_given_under_reservation_and_counts_what_it_does_not_read_out() -> None:
    answer = ask(sudden=None, unforeseeable=None, communication_need=None)
    assert "unter Vorbehalt" in answer["explanation"]
    assert "3 weitere Punkte" in answer["explanation"]


def test_a_covered_case_says_what_is_not_paid() -> None:
    answer = ask(**event("email_fraud"), requested=["media_relations", "advertising", "lawyer"])
    assert answer["excluded"] == [
        {"what": "advertising", "rule": "CV-13", "payer": "insured", "label": "Werbung"},
        {"what": "lawyer", "rule": "NA-43", "payer": "insured", "label": "Anwaltskosten"},
    ]
    assert "Werbung" in answer["explanation"]


@pytest.mark.parametrize(
    ("word", "rule"),
    [
        ("advertising", "CV-13"),
        ("Marketing campaign", "CV-13"),
        ("lawyer", "NA-43"),
        ("forensics", "NA-43"),
        ("data-protection specialist", "NA-43"),
        ("hardware", "NA-35"),
        ("replacement_device", "NA-40"),
        ("spare parts", "NA-40"),
        ("software", "NA-41"),
        ("data_restoration", "NA-42"),
        ("losses", "NA-38"),
        ("transfer", "NA-38"),
        ("ransom", "NA-39"),
        ("lost_revenue", "NA-39"),
    ],
)
def test_what_is_never_paid(word: str, rule: str) -> None:
    for situation in (event("malware"), {**event("malware"), "sudden": False}):
        excluded = ask(**situation, requested=[word])["excluded"]
        assert [(line["what"], line["rule"], line["payer"]) for line in excluded] == [
            (word, rule, "insured")
        ]


def test_help_on_site_has_a_limit_of_its_own() -> None:
    answer = ask(**event("malware"), requested=["it_onsite", "specialist_appointment"])
    assert answer["excluded"] == []
    assert [line["rule"] for line in answer["limited"]] == ["NA-24", "NA-37"]
    assert answer["open_points"] == ["U-04"]


def test_an_unknown_wish_is_passed_on_with_a_warning() -> None:
    answer = ask(**event("malware"), requested=["fireworks", "media_relations"])
    assert answer["result"] == "yes"
    assert answer["excluded"] == []
    assert answer["warnings"] == ["unknown_request:fireworks"]
    assert "fireworks" in coverage_text.warning_text(answer["warnings"][0])


def test_a_request_is_known_by_its_german_name_too() -> None:
    answer = ask(**event("email_fraud"), requested=["Werbung", "Medienbetreuung", "Lösegeld"])
    assert [(each["what"], each["rule"]) for each in answer["excluded"]] == [
        ("Werbung", "CV-13"),
        ("Lösegeld", "NA-39"),
    ]
    assert answer["warnings"] == []


@pytest.mark.parametrize(
    "word", ["Werbemaßnahmen", "WERBEMASSNAHMEN", "Werbe-Maßnahmen", "Werbe Maßnahmen"]
)
def test_a_request_is_known_in_any_spelling(word: str) -> None:
    [line] = ask(**event("malware"), requested=[word])["excluded"]
    assert (line["what"], line["rule"], line["payer"]) == (word, "CV-13", "insured")


def test_umlauts_of_two_characters_are_the_same_word() -> None:
    [line] = ask(**event("malware"), requested=["Lo\u0308segeld"])["excluded"]
    assert line["rule"] == "NA-39"


def test_a_claim_called_null_is_unknown() -> None:
    facts = {**event("reputational_damage"), "existence_threat": NO_THREAT}
    for claim in (None, "null"):
        answer = ask(**facts, claim=claim)
        assert (answer["result"], answer["missing"]) == ("clarify", ["claim"])


@pytest.mark.parametrize(
    ("facts", "warnings"),
    [
        ({"unforeseeable": False}, ["foreseeable"]),
        ({"sudden": False}, ["foreseeable", "not_sudden"]),
        ({"recurring": True, **event("malware")}, ["foreseeable"]),
        (event("cyber_attack", outage=False), ["check_listed_kinds"]),
        (outage("hardware_defect", "cash_register"), ["cash_register_hardware"]),
        ({"claim": "true"}, ["true_claim"]),
        (
            {"it_events": [], "claim": "false", "media_allegation": PRESS},
            ["reputational_damage_possible"],
        ),
        (outage("physical_damage", "pc"), ["replacement_at_own_cost"]),
        (event("malware"), []),
    ],
)
def test_warnings(facts: Document, warnings: list[str]) -> None:
    found = ask(**facts)["warnings"]
    assert found == warnings
    assert all(coverage_text.warning_text(code) for code in found)


@pytest.mark.parametrize(
    ("facts", "clocks"),
    [
        (event("personal_data_loss"), ["gdpr_33"]),
        ({**event("personal_data_loss"), "data_loss": "no"}, ["gdpr_33"]),
        (outage("cyber_attack", "pc"), ["gdpr_33"]),
        ({**outage("cyber_attack", "pc"), "data_loss": "unknown"}, ["gdpr_33"]),
        ({**outage("cyber_attack", "pc"), "data_loss": "no"}, []),
        ({**event("cyber_attack", outage=False), "existence_threat": NO_THREAT}, ["gdpr_33"]),
        (event("malware_data_loss"), ["gdpr_33"]),
        ({**event("reputational_damage"), "claim": "false"}, []),
        (outage("hardware_defect", "pc"), []),
        ({**outage("hardware_defect", "pc"), "data_loss": "yes"}, ["gdpr_33"]),
    ],
)
def test_the_statutory_clock_runs_whether_or_not_it_is_covered(
    facts: Document, clocks: list[str]
) -> None:
    assert ask(**facts)["clocks"] == clocks


def test_kinds_are_those_that_count() -> None:
    both = {"it_events": [{"kind": "power_failure"}, {"kind": "malware"}, {"kind": "malware"}]}
    assert ask(**both)["kinds"] == ["malware"]
    assert ask(**outage("hardware_defect", "cash_register"))["kinds"] == []
    assert ask(**outage("hardware_defect", "router"))["kinds"] == ["hardware_defect"]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], "input"),
        ({"it_events": {}}, "it_events"),
        ({"it_events": ["malware"]}, "it_events[0]"),
        ({"it_events": [{"kind": "malware"}, {"kind": "meteor"}]}, "it_events[1].kind"),
        ({"it_events": [{"kind": "malware", "device": "toaster"}]}, "it_events[0].device"),
        ({"it_events": [{"kind": "malware", "outage": "yes"}]}, "it_events[0].outage"),
        ({"claim": "maybe"}, "claim"),
        ({"claim": True}, "claim"),
        ({"sudden": 1}, "sudden"),
        ({"media_allegation": "ORF"}, "media_allegation"),
        ({"media_allegation": {"medium": 5}}, "media_allegation.medium"),
        ({"existence_threat": {"assessed": "perhaps"}}, "existence_threat.assessed"),
        ({"existence_threat": {"evidence": "yes"}}, "existence_threat.evidence"),
        ({"requested": "advertising"}, "requested"),
        ({"warning_letter_justified": "no"}, "warning_letter_justified"),
        ({"decisions": {"U-05": "yes"}}, "decisions.U-05"),
    ],
)
def test_wrong_input_is_refused_by_field(document: object, field: str) -> None:
    with pytest.raises(InputError) as refusal:
        coverage.from_json(document)
    assert refusal.value.field == field


def test_an_unknown_kind_is_told_what_it_takes() -> None:
    with pytest.raises(InputError) as refusal:
        coverage.from_json({"it_events": [{"kind": "meteor"}]})
    assert "cyber_attack" in refusal.value.takes


def test_the_reference_data_know_every_word_and_every_rule() -> None:
    taxonomy = reference.load("taxonomy")
    rules = reference.load("rules")
    assert set(taxonomy["kinds"]) == {kind.value for kind in EventKind}
    assert set(taxonomy["devices"]) == {device.value for device in Device}
    assert all(rule in rules for kind in taxonomy["kinds"].values() for rule in kind["rules"])
    benefits = reference.load("benefits")
    assert all(entry["rule"] in rules for entry in benefits.values())
    words = [word for name, entry in benefits.items() for word in (name, *entry["also"])]
    assert len(words) == len(set(words))


def test_labels_follow_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = reference.load("taxonomy")["kinds"]["malware"]
    assert coverage_text.label(entry) == "Befall von Schad-Software"
    monkeypatch.setattr(i18n, "_current_language", lambda: "en")
    assert coverage_text.label(entry) == "malware infection"


# --- properties ---------------------------------------------------------------------------------

truths = st.sampled_from([True, False])
events = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from([kind.value for kind in EventKind]),
        "outage": truths,
        "device": st.sampled_from([device.value for device in Device]),
        "suspected": truths,
        "operating_system_failed": truths,
    },
)
situations = st.fixed_dictionaries(
    {},
    optional={
        "it_events": st.lists(events, max_size=3),
        "claim": st.sampled_from(["false", "true", "opinion", "unverified"]),
        "media_allegation": st.one_of(
            st.just(False),
            st.fixed_dictionaries(
                {}, optional={"medium": st.just("ORF"), "allegation": st.just("x")}
            ),
        ),
        "existence_threat": st.fixed_dictionaries(
            {},
            optional={
                "assessed": st.sampled_from(["yes", "no", "open"]),
                "evidence": st.just(["Stornos"]),
            },
        ),
        "sudden": truths,
        "unforeseeable": truths,
        "communication_need": truths,
        "warning_letter_justified": truths,
        "abusive": truths,
        "decisions": st.fixed_dictionaries({}, optional={"U-01": truths, "U-05": truths}),
    },
)


def answer_of(document: Document) -> Document:
    return coverage.to_json(coverage.decide(coverage.from_json(document)))


def _forget(draw: st.DrawFn, value: object) -> object:
    """``value`` with some of its fields forgotten; lists keep their length."""
    if isinstance(value, dict):
        return {key: _forget(draw, each) for key, each in value.items() if draw(truths)}
    if isinstance(value, list):
        return [_forget(draw, each) for each in value]
    return value


@st.composite
def known_and_forgotten(draw: st.DrawFn) -> tuple[Document, Document]:
    document = draw(situations)
    less = _forget(draw, copy.deepcopy(document))
    assert isinstance(less, dict)
    return document, less


@settings(max_examples=600)
@given(known_and_forgotten())
def test_what_is_certain_stays_so_when_more_becomes_known(pair: tuple[Document, Document]) -> None:
    more, less = pair
    before = answer_of(less)
    if before["result"] != "clarify":
        assert answer_of(more)["result"] == before["result"]


@settings(max_examples=300)
@given(situations)
def test_never_yes_while_something_that_decides_is_missing(document: Document) -> None:
    answer = answer_of(document)
    if answer["result"] == "clarify":
        assert answer["missing"] or answer["open_points"]
    else:
        assert answer["missing"] == []
    if answer["result"] == "yes":
        assert answer["limb"] in ("A", "B")
        assert all(document.get(name) for name in ("sudden", "unforeseeable", "communication_need"))
        for name in ("sudden", "unforeseeable", "communication_need"):
            without = {key: value for key, value in document.items() if key != name}
            assert answer_of(without)["result"] == "clarify"
            assert answer_of(without)["missing"] == [name]
    else:
        assert answer["limb"] is None


@settings(max_examples=300)
@given(situations)
def test_every_answer_can_be_read_out_and_cites_known_rules(document: Document) -> None:
    answer = answer_of(document)
    assert answer["rules"]
    assert answer["explanation"].endswith(".")
    assert "{" not in answer["explanation"]
    assert all(rule["quote"] for rule in answer["rules"])
