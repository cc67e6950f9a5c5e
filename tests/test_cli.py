"""The command line: names, fields and exit codes that others rely on; never a traceback."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

import cli
from access import accounts
from access.actor import Actor
from budget import store as budget
from budget.entry import Cost
from cases import evidence
from cases.store import Case
from data import Home, reference
from tests.servers.feeds import FeedServer

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Result:
    """What one call left behind."""

    code: int
    out: bytes
    err: bytes

    @property
    def value(self) -> Any:
        """The one JSON document on standard output."""
        assert self.code in (cli.DONE, cli.FAILED), self.err.decode()
        return json.loads(self.out.decode("utf-8"), parse_constant=_refuse)

    @property
    def lines(self) -> list[Any]:
        """The JSON Lines on standard output."""
        assert self.code == cli.DONE, self.err.decode()
        return [json.loads(line, parse_constant=_refuse) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """The one line on standard error of a call that was refused."""
        text = self.err.decode("utf-8")
        assert text.endswith("\n")
        assert len(text.splitlines()) == 1, text
        assert "Traceback" not in text
        return text.strip()


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def run(*arguments: str, given: object = b"") -> Result:
    """One call in this process. ``given`` is bytes, text, or a value to be sent as JSON."""
    if isinstance(given, bytes):
        data = given
    elif isinstance(given, str):
        data = given.encode()
    else:
        data = json.dumps(given).encode()
    stdin = io.TextIOWrapper(io.BytesIO(data))
    # ASCII, as in a container without a locale: the command must choose UTF-8 by itself.
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    stderr = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with patch.multiple(sys, stdin=stdin, stdout=stdout, stderr=stderr):
        try:
            code = cli.main(list(arguments))
        except SystemExit as end:
            code = int(end.code or 0)
    stdout.flush()
    stderr.flush()
    out, err = stdout.detach(), stderr.detach()
    assert isinstance(out, io.BytesIO)
    assert isinstance(err, io.BytesIO)
    return Result(code, out.getvalue(), err.getvalue())


def run_lines(command: str, *values: object) -> Result:
    return run(*command.split(), given="\n".join(json.dumps(value) for value in values))


@pytest.fixture
def place(home: Home) -> Iterator[list[str]]:
    """The arguments that name the fresh home."""
    before = os.environ.get("KRISENPULT_HOME")
    yield ["--home", str(home.path)]
    if before is None:
        os.environ.pop("KRISENPULT_HOME", None)
    else:
        os.environ["KRISENPULT_HOME"] = before


# --- documents that are right -----------------------------------------------------------

COVER = {
    "it_events": [{"kind": "cyber_attack", "outage": True, "device": "pc", "suspected": True}],
    "claim": "opinion",
    "media_allegation": {"medium": "Zeitung", "allegation": "Sauladen"},
    "existence_threat": {"assessed": "open", "evidence": ["12 Stornos"]},
    "sudden": True,
    "unforeseeable": True,
    "communication_need": True,
    "warning_letter_justified": None,
    "requested": ["media_relations", "advertising"],
}
ALLOCATE = {
    "events": [{"id": "E1", "cap_cents": 250000, "basis": "net", "vat_percent": 20}],
    "rounding": {"mode": "up", "minutes": 15},
    "order": "service_time",
    "entries": [
        {
            "id": "S2-1",
            "event": "E1",
            "start": "2026-05-16T08:00",
            "end": "2026-05-16T09:30",
            "start_fold": 0,
            "end_fold": 0,
            "break_seconds": 0,
            "rate_cents": 22500,
            "kind": "communication",
        },
        {
            "id": "S2-7",
            "event": "E1",
            "start": "2026-05-18T15:30",
            "fixed_cents": 32000,
            "kind": "third_party",
        },
    ],
}
RESTORE = {
    "variant": "V1",
    "hardware_sublimit_cents": None,
    "items": [
        {
            "id": "1",
            "kind": "data",
            "cents": 120000,
            "control": "sole",
            "origin_controlled": True,
            "caused_by_network_breach": True,
            "electronic": True,
            "cleaning_impossible_or_dearer": False,
        }
    ],
}
CHECK = {
    "text": "Um 9.12 Uhr ist die Kundenverwaltung ausgefallen. Keine Daten sind betroffen.",
    "channel": "facebook",
    "language": "de",
    "kind": "holding",
    "facts": [
        {"id": "F1", "text": "Um 9.12 Uhr fiel die Kundenverwaltung aus", "status": "confirmed"}
    ],
    "case": {"data_loss": "unknown", "cause": "open", "third_parties": ["Bernd B."]},
}
CLOCK = {"kind": "gdpr_33", "start": "2026-05-16T07:15"}
SCORE = {
    "id": "1",
    "text": "Sauladen! Die kriegen nicht einmal einen PC eingeschaltet.",
    "title": "Kfz Aigner",
    "source": "social.example",
    "firm": {
        "name": "Kfz Aigner",
        "aliases": ["Aigner Kfz"],
        "domains": ["kfz-aigner.example"],
        "people": ["Anton Aigner"],
    },
}
CLUSTER = {
    "id": "1",
    "title": "Werkstatt in Linz gehackt",
    "text": "Eine Werkstatt in Linz ist nach einem Cyber-Angriff offline, berichtet die Agentur.",
    "source": "zeitung.example",
    "published": "2026-03-10T10:00:00Z",
}
COUNT = {"id": "1", "text": "Wir sind für Sie da. 👍 https://kfz-aigner.example", "channel": "x"}

DOCUMENTS: dict[str, dict[str, Any]] = {
    "cover": COVER,
    "allocate": ALLOCATE,
    "restore-costs": RESTORE,
    "check": CHECK,
    "clock": CLOCK,
}
LINES: dict[str, dict[str, Any]] = {"score": SCORE, "cluster": CLUSTER, "count": COUNT}


# --- the pure commands: names and fields ------------------------------------------------


def test_cover_answers_with_its_fields() -> None:
    value = run("cover", given=COVER).value
    assert set(value) >= {
        "result", "limb", "kinds", "rules", "open_points", "missing", "warnings", "excluded",
        "clocks", "explanation",
    }  # fmt: skip
    assert (value["result"], value["limb"], value["kinds"]) == ("yes", "A", ["cyber_attack"])
    quotes = reference.load("rules")
    assert value["rules"]
    assert all(rule["quote"] == quotes[rule["id"]]["quote"] for rule in value["rules"])
    assert {"what": "advertising", "rule": "CV-13", "payer": "insured"}.items() <= value[
        "excluded"
    ][0].items()


def test_cover_of_nothing_is_unknown_and_not_no() -> None:
    value = run("cover", given={}).value
    assert value["result"] == "clarify"
    assert "sudden" in value["missing"]


def test_allocate_answers_with_its_fields() -> None:
    value = run("allocate", given=ALLOCATE).value
    first, second = value["entries"]
    assert first.items() >= {
        "id": "S2-1",
        "recorded_seconds": 5400,
        "billed_seconds": 5400,
        "net_cents": 33750,
        "covered_cents": 33750,
        "overflow_cents": 0,
        "payer": "insurer",
    }.items()  # fmt: skip
    assert "vat_cents" in first
    assert second["covered_cents"] == 32000
    assert value["events"]["E1"].items() >= {
        "covered_cents": 65750,
        "overflow_cents": 0,
        "remaining_cents": 184250,
    }.items()  # fmt: skip
    assert value["events"]["E1"]["crossed"] == {}


def test_allocate_says_which_entry_crossed_what_and_who_pays_the_rest() -> None:
    entries = [
        {"id": f"{number}", "event": "E1", "start": f"2026-05-{number:02d}T08:00",
         "fixed_cents": 70000, "kind": "communication"}
        for number in range(1, 6)
    ]  # fmt: skip
    value = run("allocate", given={**ALLOCATE, "entries": entries}).value
    assert [each["payer"] for each in value["entries"]] == [
        "insurer", "insurer", "insurer", "split", "owner",
    ]  # fmt: skip
    assert value["events"]["E1"] == {
        **value["events"]["E1"],
        "covered_cents": 250000,
        "overflow_cents": 100000,
        "remaining_cents": 0,
        "crossed": {"50": "2", "80": "3", "100": "4"},
    }


def hours(prefix: str, *times: tuple[str, str, int, str]) -> list[dict[str, Any]]:
    return [
        {"id": f"{prefix}-{number}", "event": "E1", "start": start, "end": end,
         "rate_cents": rate, "kind": kind}
        for number, (start, end, rate, kind) in enumerate(times, start=1)
    ]  # fmt: skip


SCENARIOS = {
    "S1": (
        hours(
            "S1",
            ("2026-03-10T10:20", "2026-03-10T10:50", 15000, "communication"),
            ("2026-03-10T10:50", "2026-03-10T11:35", 15000, "communication"),
            ("2026-03-10T11:35", "2026-03-10T11:50", 15000, "communication"),
            ("2026-03-10T12:30", "2026-03-10T13:15", 15000, "communication"),
            ("2026-03-10T16:00", "2026-03-10T16:30", 15000, "communication"),
        ),
        (41250, 0, 208750),
        {"insurer": 41250},
    ),
    "S4": (
        hours(
            "S4",
            ("2026-04-14T09:30", "2026-04-14T10:15", 15000, "communication"),
            ("2026-04-14T10:15", "2026-04-14T11:45", 15000, "communication"),
            ("2026-04-14T13:00", "2026-04-14T14:00", 15000, "communication"),
            ("2026-04-15T09:00", "2026-04-15T09:30", 15000, "communication"),
        ),
        (56250, 0, 193750),
        {"insurer": 56250},
    ),
    "S6": (
        hours(
            "S6",
            ("2026-08-15T13:10", "2026-08-15T13:25", 22500, "internal"),
            ("2026-08-17T09:00", "2026-08-17T09:30", 15000, "insured_pays"),
        ),
        (0, 0, 250000),
        {"none": 5625, "owner": 7500},
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_worked_scenarios_come_out_to_the_cent(name: str) -> None:
    entries, (covered, overflow, remaining), payers = SCENARIOS[name]
    event = {"id": "E1", "cap_cents": 250000, "basis": "net", "vat_percent": 0}
    value = run("allocate", given={"events": [event], "entries": entries}).value
    assert value["events"]["E1"].items() >= {
        "covered_cents": covered,
        "overflow_cents": overflow,
        "remaining_cents": remaining,
    }.items()  # fmt: skip
    paid: dict[str, int] = {}
    for each in value["entries"]:
        paid[each["payer"]] = paid.get(each["payer"], 0) + each["net_cents"]
    assert paid == payers


@pytest.mark.parametrize(
    ("document", "result", "limb", "rule"),
    [
        pytest.param(COVER, "yes", "A", "NA-25", id="S1-garage"),
        pytest.param(
            {**COVER, "it_events": [{"kind": "email_fraud"}, {"kind": "identity_theft"}]},
            "yes",
            "A",
            "NA-25",
            id="S4-carpenter",
        ),
        pytest.param(
            {
                "it_events": [
                    {"kind": "hardware_defect", "outage": True, "device": "cash_register",
                     "runs_on": "own_device"}
                ],
                "claim": "true",
                "existence_threat": {"assessed": "no", "evidence": []},
                "sudden": True,
                "unforeseeable": True,
                "communication_need": True,
            },
            "no",
            None,
            "NA-01",
            id="S6-inn",
        ),
    ],
)  # fmt: skip
def test_the_worked_scenarios_are_decided(
    document: dict[str, Any], result: str, limb: str | None, rule: str
) -> None:
    value = run("cover", given=document).value
    assert (value["result"], value["limb"]) == (result, limb)
    assert rule in [each["id"] for each in value["rules"]]
    assert value["explanation"].endswith((".", "?"))


def test_restore_costs_answers_with_its_fields() -> None:
    value = run("restore-costs", given=RESTORE).value
    assert set(value) >= {"items", "covered_cents"}
    assert set(value["items"][0]) >= {"id", "result", "cents", "reason", "rule"}
    assert value["items"][0]["result"] in ("yes", "no", "clarify")


def test_check_answers_with_its_fields() -> None:
    value = run("check", given=CHECK).value
    assert set(value) >= {"length", "readability", "sentences", "findings"}
    assert set(value["length"]) >= {"count", "limit", "unit", "fits"}
    for sentence in value["sentences"]:
        assert set(sentence) >= {"start", "end", "facts", "supported"}
    blocking = [each for each in value["findings"] if each["severity"] == "block"]
    assert blocking
    for finding in value["findings"]:
        assert set(finding) >= {
            "kind", "severity", "start", "end", "quote", "message", "rule",
        }  # fmt: skip
        if finding["end"]:
            assert CHECK["text"][finding["start"] : finding["end"]] == finding["quote"]  # type: ignore[index]


def test_mask_takes_plain_text_and_gives_placeholders() -> None:
    text = "Bitte 0660 1234567 anrufen oder an anton.aigner@privat.example schreiben. 👍"
    value = run("mask", given=text).value
    assert set(value) >= {"masked", "spans"}
    assert "1234567" not in value["masked"]
    assert "anton.aigner" not in value["masked"]
    kinds = {span["kind"] for span in value["spans"]}
    assert kinds >= {"phone", "email"}
    for span in value["spans"]:
        assert set(span) >= {"start", "end", "kind", "placeholder"}


def test_mask_of_nothing_is_nothing() -> None:
    assert run("mask", given=b"").value == {"masked": "", "spans": []}


def test_count_answers_line_by_line() -> None:
    result = run_lines("count", COUNT, {**COUNT, "id": "2", "channel": "bluesky"})
    assert [each["id"] for each in result.lines] == ["1", "2"]
    for each in result.lines:
        assert set(each) >= {"id", "count", "limit", "unit", "fits"}
        assert each["fits"] is (each["count"] <= each["limit"])


@pytest.mark.parametrize(
    ("kind", "start", "due"),
    [
        ("gdpr_33", "2026-05-16T07:15", "2026-05-19T07:15:00+02:00"),
        ("gdpr_33", "2026-03-28T12:00", "2026-03-31T13:00:00+02:00"),
        ("nis2_early", "2026-10-24T12:00", "2026-10-25T11:00:00+01:00"),
        ("nis2_report", "2026-05-16T07:15Z", "2026-05-19T09:15:00+02:00"),
    ],
)
def test_clock_counts_hours_that_pass(kind: str, start: str, due: str) -> None:
    value = run("clock", given={"kind": kind, "start": start}).value
    assert value["due"] == due
    assert set(value) >= {"due", "start", "rule", "source"}


def test_score_answers_line_by_line_in_the_same_order() -> None:
    bare = {"id": "2", "text": "Bei mir war immer alles super."}
    first, second = run_lines("score", SCORE, bare).lines
    for each in (first, second):
        assert set(each) >= {
            "id", "language", "relevance", "polarity", "polarity_scores", "attack",
            "attack_score", "role", "topics", "severity", "reasons",
        }  # fmt: skip
        assert each["polarity"] in ("negative", "neutral", "positive")
        assert 0 <= each["severity"] <= 100
    assert (first["id"], second["id"]) == ("1", "2")
    assert 0 <= first["relevance"] <= 1
    assert (second["relevance"], second["role"]) == (None, None)


def test_cluster_names_a_copy_and_a_story() -> None:
    copy = {**CLUSTER, "id": "2", "source": "blatt.example"}
    other = {**CLUSTER, "id": "3", "title": "Wetter", "text": "Morgen scheint in Wien die Sonne."}
    lines = run_lines("cluster", CLUSTER, copy, other).lines
    assert [each["copy_of"] for each in lines] == [None, "1", None]
    assert lines[0]["story"] == lines[1]["story"] != lines[2]["story"]


RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Blatt &amp; Co</title>
<item><title>Werkstatt &lt;b&gt;gehackt&lt;/b&gt;</title><link>https://blatt.example/1</link>
<guid>a1</guid><pubDate>Tue, 06 Oct 2026 10:00:00 +0200</pubDate>
<description>&lt;p&gt;Kurz\u202e.&lt;/p&gt;</description></item></channel></rss>"""


def test_feed_parse_gives_plain_text_and_utc() -> None:
    value = run("feed", "parse", "--url", "https://blatt.example/feed", given=RSS).value
    assert set(value) >= {"title", "entries", "problems"}
    assert value["title"] == "Blatt & Co"
    [entry] = value["entries"]
    assert set(entry) >= {"id", "url", "title", "published", "authors", "summary"}
    assert entry["title"] == "Werkstatt gehackt"
    assert entry["published"] == "2026-10-06T08:00:00Z"
    assert entry["summary"] == "Kurz."


@pytest.mark.parametrize("document", [b"", b"no feed", b"\xff\xfe\x00", b"<html></html>", b"{}"])
def test_what_is_no_feed_is_refused(document: bytes) -> None:
    result = run("feed", "parse", given=document)
    assert result.code == cli.WRONG_INPUT
    assert result.out == b""
    assert result.complaint


def test_feed_parse_of_many_files_answers_for_each(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_text(RSS)
    (tmp_path / "bad.xml").write_text("no feed")
    result = run_lines(
        "feed parse --jsonl",
        {"id": "good", "file": str(tmp_path / "good.xml")},
        {"id": "bad", "file": str(tmp_path / "bad.xml")},
        {"id": "gone", "file": str(tmp_path / "gone.xml")},
        {"id": "again", "file": str(tmp_path / "good.xml"), "url": "https://blatt.example/"},
    )
    assert [(each["id"], each["ok"]) for each in result.lines] == [
        ("good", True),
        ("bad", False),
        ("gone", False),
        ("again", True),
    ]


# --- broken input -----------------------------------------------------------------------

BROKEN = {
    "nothing": b"",
    "blank": b" \n",
    "no-json": b"{",
    "two-documents": b"{} {}",
    "not-utf-8": b'{"text": "\xff"}',
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "a-list": b"[]",
    "a-text": b'"text"',
    "null": b"null",
    "a-number": b"5",
    "not-a-number": b'{"a": NaN}',
    "deep": b"[" * 100_000,
    "long-number": b"9" * 10_000,
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("command", DOCUMENTS)
def test_input_that_cannot_be_read_is_refused_in_one_line(command: str, case: str) -> None:
    result = run(command, given=BROKEN[case])
    assert result.code == cli.WRONG_INPUT
    assert result.out == b""
    assert result.complaint.startswith("input")


@pytest.mark.parametrize("case", [name for name in BROKEN if name not in ("nothing", "blank")])
@pytest.mark.parametrize("command", LINES)
def test_a_line_that_cannot_be_read_is_named(command: str, case: str) -> None:
    good = json.dumps(LINES[command]).encode()
    result = run(command, given=good + b"\n" + BROKEN[case] + b"\n")
    assert result.code == cli.WRONG_INPUT
    assert result.complaint.startswith("line 2")
    assert len(result.out.splitlines()) == 1


@pytest.mark.parametrize("command", LINES)
def test_no_line_is_no_answer_and_no_error(command: str) -> None:
    assert run(command, given=b"\n \n") == Result(cli.DONE, b"", b"")


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        ("cover", {"claim": "maybe"}, "claim"),
        ("cover", {"sudden": "yes"}, "sudden"),
        ("cover", {"it_events": [{"kind": "alien"}]}, "it_events[0].kind"),
        ("cover", {"requested": "advertising"}, "requested"),
        ("allocate", {"events": None}, "events"),
        ("allocate", {"rounding": {"mode": "sideways"}}, "rounding.mode"),
        (
            "allocate",
            {"entries": [{**ALLOCATE["entries"][0], "start": "2026-03-29T02:30"}]},  # type: ignore[index]
            "entries[0].start",
        ),
        (
            "allocate",
            {"entries": [{**ALLOCATE["entries"][0], "rate_cents": 150.5}]},  # type: ignore[index]
            "entries[0].rate_cents",
        ),
        (
            "allocate",
            {"entries": [{**ALLOCATE["entries"][0], "event": "E9"}]},  # type: ignore[index]
            "entries[0].event",
        ),
        ("restore-costs", {"variant": "V9"}, "variant"),
        ("restore-costs", {"items": [{"id": "1", "kind": "data", "cents": -1}]}, "items[0].cents"),
        ("check", {"channel": "fax"}, "channel"),
        ("check", {"facts": [{"id": "F1", "text": "x", "status": "sure"}]}, "facts[0].status"),
        ("clock", {"kind": "egg"}, "kind"),
        ("clock", {"start": "2026-05-16"}, "start"),
        ("clock", {"start": None}, "start"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(
    command: str, change: dict[str, Any], field: str
) -> None:
    result = run(command, given={**DOCUMENTS[command], **change})
    assert result.code == cli.WRONG_INPUT
    assert result.complaint.startswith(f"{field}: ")
    assert result.out == b""


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        ("count", {"channel": "fax"}, "channel"),
        ("count", {"text": 5}, "text"),
        ("score", {"text": None}, "text"),
        ("score", {"firm": {"name": 5}}, "firm.name"),
        ("cluster", {"title": ["x"]}, "title"),
    ],
)
def test_a_wrong_field_of_a_line_is_named(command: str, change: dict[str, Any], field: str) -> None:
    result = run_lines(command, {**LINES[command], **change})
    assert result.code == cli.WRONG_INPUT
    assert result.complaint.startswith(f"line 1: {field}: ")


@pytest.mark.parametrize("command", [*DOCUMENTS, *LINES])
def test_half_a_character_is_no_reason_to_fail(command: str) -> None:
    """Other systems cut texts in the middle of an emoji."""
    document = {**DOCUMENTS, **LINES}[command]
    sent = json.dumps(document).replace('"id": "1"', '"id": "1\\ud83d"')
    sent = sent.replace('"text": "', '"text": "\\ud83d ')
    result = run(command, given=sent)
    assert result.code == cli.DONE, result.err
    result.out.decode("utf-8")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
    | st.sampled_from(["2026-05-16T08:00", "2026-03-29T02:30", "", "yes", 10**30, -1, 1e300]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every field in a document."""
    if isinstance(value, dict):
        inner: Any = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        return
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: object) -> Any:
    """A copy of ``value`` with ``new`` at ``path``."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(copy[path[0]], path[1:], new)
    return copy


def spoiled(document: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Anything at all, or the right document with one field that is anything."""
    one = st.builds(
        lambda path, new: put(document, path, new),
        st.sampled_from(list(places(document))),
        ANY_JSON,
    )
    return one | one | ANY_JSON


def assert_answered_or_refused(result: Result) -> None:
    assert result.code in (cli.DONE, cli.WRONG_INPUT), result.err.decode()
    if result.code == cli.DONE:
        assert result.err == b""
        for line in result.out.splitlines():
            json.loads(line, parse_constant=_refuse)
    else:
        assert result.complaint


@pytest.mark.parametrize("command", DOCUMENTS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_document_is_answered_or_refused(command: str, data: st.DataObject) -> None:
    assert_answered_or_refused(run(command, given=data.draw(spoiled(DOCUMENTS[command]))))


@pytest.mark.parametrize("command", LINES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_line_is_answered_or_refused(command: str, data: st.DataObject) -> None:
    lines = data.draw(st.lists(spoiled(LINES[command]), min_size=1, max_size=3))
    assert_answered_or_refused(run_lines(command, *lines))


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_masked(text: str) -> None:
    assert_answered_or_refused(run("mask", given=text.encode("utf-8")))


@settings(max_examples=60, deadline=None)
@given(document=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode()))
def test_any_bytes_are_a_feed_or_refused(document: bytes) -> None:
    assert_answered_or_refused(run("feed", "parse", given=document))


@pytest.mark.parametrize("data", [b"\xff", b"Gr\xfc\xdfe"])
def test_a_text_that_is_not_utf8_is_refused(data: bytes) -> None:
    result = run("mask", given=data)
    assert (result.code, result.complaint) == (cli.WRONG_INPUT, "input: takes UTF-8 text")


# --- the call itself --------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["cover", "--no-such-option"],
        ["feed"],
        ["users", "add"],
        ["serve", "--port", "eighty"],
        ["serve", "--port", "70000"],
        ["serve", "--port", "-1"],
        ["poll", "--concurrency", "0"],
        ["poll", "--concurrency", "many"],
        ["export", "hours", "--case", "KP-1", "--format", "doc", "--out", "x"],
        ["cover", "two\nlines", "\x1b[31m", "\udcff"],
    ],
)
def test_a_wrong_call_is_one_line(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.code == cli.WRONG_INPUT
    assert result.out == b""
    assert "\x1b" not in result.complaint


@pytest.mark.parametrize("arguments", [["--help"], ["cover", "--help"], ["users", "add", "--help"]])
def test_help_is_no_error(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.code == cli.DONE
    assert b"usage: krisenpult" in result.out


def test_the_installed_command_speaks_utf8_without_a_locale() -> None:
    """As a process, as a cron job starts it."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "krisenpult"), "mask"],
        input="Größe: anton@privat.example".encode(),
        capture_output=True,
        check=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONUTF8": "0"},
    )
    assert "Größe" in json.loads(done.stdout.decode("utf-8"))["masked"]
    assert done.stderr == b""


def test_a_reader_that_has_gone_is_no_traceback(tmp_path: Path) -> None:
    lines = (json.dumps({**COUNT, "id": str(number)}) for number in range(5_000))
    (tmp_path / "lines").write_text("\n".join(lines))
    with (tmp_path / "lines").open("rb") as given:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "count"],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        with process.stderr as stderr:
            assert stderr.read() == b""
        assert process.wait(30) == cli.FAILED


# --- commands on a home -----------------------------------------------------------------


def test_users_are_added_with_a_link_and_listed(place: list[str], db: Database) -> None:
    added = run("users", "add", "lang@krisenpult.example", "--role", "consultant", *place).value
    assert (added["email"], added["role"]) == ("lang@krisenpult.example", "consultant")
    assert "/konto/einrichten/" in added["setup_link"]
    [listed] = run("users", "list", *place).value
    assert listed.items() >= {"email": "lang@krisenpult.example", "role": "consultant"}.items()
    assert [each.email for each in accounts.list_accounts(db)] == ["lang@krisenpult.example"]


@pytest.mark.parametrize(
    ("email", "role", "code", "says"),
    [
        ("lang", "consultant", cli.WRONG_INPUT, "„lang“"),
        ("lang@firma.at", "chief", cli.WRONG_INPUT, "consultant, owner, reviewer, admin"),
        ("taken@firma.at", "admin", cli.FAILED, "gibt es bereits"),
    ],
)
def test_a_user_that_cannot_be_added_is_refused(
    place: list[str], email: str, role: str, code: int, says: str
) -> None:
    run("users", "add", "taken@firma.at", "--role", "admin", *place)
    result = run("users", "add", email, "--role", role, *place)
    assert result.code == code
    assert says in result.complaint
    assert result.out == b""


def test_the_home_may_be_named_before_the_command_too(place: list[str]) -> None:
    assert run(*place, "users", "list").value == run("users", "list", *place).value


def test_a_backup_is_verified_and_restored(
    home: Home, place: list[str], db: Database, consultant: Actor, case: Case, tmp_path: Path
) -> None:
    evidence.add(db, home, consultant, case.id, data=b"original", file_name="a.png")
    copy = tmp_path / "copy.zip"
    assert run("backup", str(copy), *place).value["bytes"] == copy.stat().st_size
    again = ["--home", str(tmp_path / "again")]
    assert run("restore", str(copy), *again).value["evidence_files"] == 1
    assert run("verify", *again).value == run("verify", *place).value
    refused = run("restore", str(copy), *again)
    assert refused.code == cli.FAILED
    assert "bereits Daten" in refused.complaint


@pytest.mark.parametrize("content", [b"", b"no archive", None], ids=["empty", "text", "missing"])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "copy.zip"
    if content is not None:
        file.write_bytes(content)
    result = run("restore", str(file), "--home", str(tmp_path / "again"))
    assert result.code == cli.WRONG_INPUT
    assert "copy.zip" in result.complaint


def test_verify_of_a_whole_home(place: list[str], case: Case) -> None:
    result = run("verify", *place)
    assert result.code == cli.DONE
    assert result.value.items() >= {"ok": True, "evidence_files": 0, "problems": []}.items()
    assert result.value["audit_entries"] > 0


def _change_audit(home: Home) -> None:
    home.db().execute("DROP TRIGGER audit_entry_no_update")
    home.db().execute("UPDATE audit_entry SET actor_name = 'Niemand' WHERE id = 2")


def _remove_audit(home: Home) -> None:
    home.db().execute("DROP TRIGGER audit_entry_no_delete")
    home.db().execute("DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)")


def _change_original(home: Home) -> None:
    [file] = home.evidence.glob("*/*")
    file.chmod(0o600)
    file.write_bytes(b"something else")


@pytest.mark.parametrize("damage", [_change_audit, _remove_audit, _change_original])
def test_verify_names_what_was_changed_and_fails(
    home: Home,
    place: list[str],
    consultant: Actor,
    case: Case,
    damage: Callable[[Home], None],
) -> None:
    evidence.add(home.db(), home, consultant, case.id, data=b"original", file_name="a.png")
    damage(home)
    result = run("verify", *place)
    assert result.code == cli.FAILED
    assert result.value["ok"] is False
    assert len(result.value["problems"]) >= 1


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "pdf", "ledes"])
def test_the_hours_of_a_case_are_exported(
    db: Database,
    place: list[str],
    consultant: Actor,
    case: Case,
    tmp_path: Path,
    file_format: str,
) -> None:
    cost = Cost(case.called_at, 15000, text="Aussendung über Verteiler", receipt="R-1")
    budget.book_cost(db, consultant, case.id, cost)
    out = tmp_path / f"hours.{file_format}"
    result = run(
        "export", "hours", "--case", case.number, "--format", file_format, "--out", str(out), *place
    )
    assert result.value["bytes"] == out.stat().st_size > 0


def test_the_case_file_holds_a_manifest_of_what_it_holds(
    home: Home, place: list[str], db: Database, consultant: Actor, case: Case, tmp_path: Path
) -> None:
    evidence.add(db, home, consultant, case.id, data=b"original", file_name="a.png")
    out = tmp_path / "case.zip"
    assert run("export", "case", "--case", case.number, "--out", str(out), *place).code == cli.DONE
    with zipfile.ZipFile(out) as zipped:
        manifest = json.loads(zipped.read("manifest.json"))
        held = {name: zipped.read(name) for name in zipped.namelist() if name != "manifest.json"}
    assert manifest["files"] == {
        name: hashlib.sha256(content).hexdigest() for name, content in held.items()
    }
    assert b"original" in held.values()
    assert "exported" in evidence.custody_of(db, 1)[-1].action


@pytest.mark.parametrize("what", ["hours", "case"])
def test_an_unknown_case_is_refused_and_no_file_is_written(
    place: list[str], tmp_path: Path, what: str
) -> None:
    out = tmp_path / "out"
    extra = ["--format", "csv"] if what == "hours" else []
    result = run("export", what, "--case", "KP-2026-0404", "--out", str(out), *extra, *place)
    assert result.code == cli.WRONG_INPUT
    assert "KP-2026-0404" in result.complaint
    assert not out.exists()


def test_a_path_that_cannot_be_written_is_one_line(
    place: list[str], case: Case, tmp_path: Path
) -> None:
    out = tmp_path / "no" / "such" / "folder" / "x.zip"
    result = run("export", "case", "--case", case.number, "--out", str(out), *place)
    assert result.code == cli.WRONG_INPUT
    assert result.complaint.startswith("--out: ")


def test_a_home_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("users", "list", "--home", str(tmp_path / "file" / "home"))
    assert result.code == cli.FAILED
    assert result.complaint


def test_a_newer_home_is_left_alone(home: Home, place: list[str]) -> None:
    home.db().execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('cases', 'm999_future', '2030-01-01')"
    )
    result = run("users", "list", *place)
    assert result.code == cli.FAILED
    assert "neueren Version" in result.complaint


def test_a_home_whose_database_is_none_is_one_line(tmp_path: Path) -> None:
    Home.at(tmp_path / "broken").database.write_bytes(b"this is no database" * 100)
    result = run("users", "list", "--home", str(tmp_path / "broken"))
    assert result.code == cli.FAILED
    assert result.complaint


def test_sources_are_imported_once_and_listed(place: list[str], tmp_path: Path) -> None:
    file = tmp_path / "sources.txt"
    file.write_text(
        "https://blatt.example/feed\nhttps://zeitung.example/rss\n\nnot a url\n"
        "https://blatt.example/feed\n"
    )
    report = run("sources", "import", str(file), *place).value
    assert (report["added"], report["already_known"]) == (2, 1)
    [refused] = report["refused"]
    assert set(refused) == {"line", "why"}
    assert refused["line"] == 4
    assert len(run("sources", "list", *place).value) == 2
    again = run("sources", "import", str(file), *place).value
    assert (again["added"], again["already_known"]) == (0, 3)


def test_a_missing_list_of_sources_is_one_line(place: list[str], tmp_path: Path) -> None:
    result = run("sources", "import", str(tmp_path / "gone.opml"), *place)
    assert result.code == cli.WRONG_INPUT
    assert "gone.opml" in result.complaint


POLL_FIELDS = {
    "sources", "fetched", "not_modified", "failed", "entries_new", "mentions_new",
    "alerts_raised", "seconds",
}  # fmt: skip


def test_a_sweep_over_nothing(place: list[str]) -> None:
    report = run("poll", "--all", *place).value
    assert set(report) >= POLL_FIELDS
    assert {report[name] for name in POLL_FIELDS - {"seconds"}} == {0}


def test_a_sweep_over_a_feed(place: list[str], tmp_path: Path) -> None:
    with FeedServer() as server:
        url = server.publish("feed.xml", RSS.encode())
        (tmp_path / "sources.txt").write_text(f"{url}\n")
        run("sources", "import", str(tmp_path / "sources.txt"), *place)
        closed = run("poll", "--all", *place).value
        first = run("poll", "--all", "--allow-net", "127.0.0.0/8", *place).value
    assert (closed["sources"], closed["failed"]) == (1, 1)
    assert (first["fetched"], first["failed"], first["entries_new"]) == (1, 0, 1)


def test_one_url_is_fetched_and_nothing_is_stored() -> None:
    with FeedServer() as server:
        url = server.publish("feed.xml", RSS.encode())
        fetched = run("feed", "fetch", url, "--allow-net", "127.0.0.0/8").value
        closed = run("feed", "fetch", url).value
    assert fetched.items() >= {"ok": True, "error": None, "status": 200}.items()
    assert set(fetched) >= {"bytes", "seconds", "entries"}
    assert [each["title"] for each in fetched["entries"]] == ["Werkstatt gehackt"]
    assert closed["ok"] is False
    assert closed["error"]


@pytest.mark.parametrize("net", ["everything", "127.0.0.1/99", ""])
def test_a_range_that_is_none_is_refused(net: str, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("feed", "fetch", "http://127.0.0.1:9/", "--allow-net", net)
    assert result.code == cli.WRONG_INPUT
    assert "takes a network such as 10.1.0.0/16" in result.complaint
    monkeypatch.setenv("KRISENPULT_ALLOW_NET", f"10.1.0.0/16,{net or 'nothing'}")
    result = run("feed", "fetch", "http://127.0.0.1:9/")
    assert result.code == cli.WRONG_INPUT
    assert result.complaint.startswith("KRISENPULT_ALLOW_NET: takes a network")


# --- what keeps running -----------------------------------------------------------------


@dataclass(frozen=True)
class Running:
    """A command that serves until it is told to stop."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def until(self, true: Callable[[], bool], seconds: float = 90) -> None:
        """Wait for something that must become true while the command runs."""
        deadline = time.monotonic() + seconds
        while not true():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def healthy(self) -> bool:
        """Whether /health answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def start(folder: Path, command: str, *arguments: str) -> Running:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = folder / command
    place.mkdir()
    listens = [] if command == "watch" else ["--port", str(port)]
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", command, *listens, *arguments],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env={**os.environ, "TMPDIR": str(place)},
        )
    return Running(process, port, place / "log")


@pytest.mark.slow
def test_what_keeps_running_ends_in_order_when_told(home: Home, tmp_path: Path) -> None:
    place = ("--home", str(home.path))
    served, watch = start(tmp_path, "serve", *place), start(tmp_path, "watch", *place)
    demo = start(tmp_path, "demo")
    everything = (served, watch, demo)
    try:
        served.until(lambda: len(_watchers(home)) == 2)
        served.until(served.healthy)
        demo.until(demo.healthy)
        assert "/konto/einrichten/" in served.log.read_text()
        assert "/konto/demo/" in demo.log.read_text()
        assert list(demo.log.parent.glob("krisenpult-demo-*"))
        for each in everything:
            each.process.terminate()
        assert [each.process.wait(30) for each in everything] == [cli.DONE] * 3
    finally:
        for each in everything:
            each.process.kill()
            each.process.wait()
    assert not [pid for pid in _watchers(home) if _runs(pid)]
    assert not list(demo.log.parent.glob("krisenpult-demo-*"))
    for each in everything:
        assert "Traceback" not in each.log.read_text()


def _watchers(home: Home) -> list[int]:
    return [row["pid"] for row in home.db().query("SELECT pid FROM watcher")]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_closed_standard_input_is_said_in_one_line() -> None:
    finished = subprocess.run(
        f"{sys.executable} -m cli cover <&-",
        shell=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 2
    assert finished.stderr.count("\n") == 1
    assert "Traceback" not in finished.stderr
