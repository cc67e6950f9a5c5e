"""Reading JSON from outside: what is wrong is named by its path."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import InputError
from data.fields import Fields

Reader = Callable[[Fields], Any]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip

READERS: dict[str, Reader] = {
    "text": lambda fields: fields.text("field"),
    "choice": lambda fields: fields.choice("field", ["a", "b"]),
    "integer": lambda fields: fields.integer("field", least=0, most=10),
    "number": lambda fields: fields.number("field"),
    "truth": lambda fields: fields.truth("field"),
    "moment": lambda fields: fields.moment("field"),
    "texts": lambda fields: fields.texts("field"),
    "object": lambda fields: fields.object("field"),
    "objects": lambda fields: list(fields.objects("field")),
}


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        ("text", "Größe", "Größe"),
        ("text", "", ""),
        ("choice", "b", "b"),
        ("integer", 0, 0),
        ("integer", 10, 10),
        ("number", 1.5, 1.5),
        ("number", 2, 2),
        ("truth", False, False),
        ("moment", "2026-05-16T08:00", datetime(2026, 5, 16, 6, tzinfo=UTC)),
        ("texts", [], []),
        ("texts", ["a"], ["a"]),
    ],
)
def test_a_right_value_is_read(reader: str, value: object, expected: object) -> None:
    assert READERS[reader](Fields({"field": value})) == expected


@pytest.mark.parametrize(
    ("reader", "value", "takes"),
    [
        ("text", 5, "takes a text"),
        ("choice", "c", "takes one of a, b"),
        ("choice", ["a"], "takes one of a, b"),
        ("integer", "5", "takes a whole number of at least 0 and at most 10"),
        ("integer", 5.0, "takes a whole number"),
        ("integer", True, "takes a whole number"),
        ("integer", -1, "at least 0"),
        ("integer", 11, "at most 10"),
        ("number", "5", "takes a number"),
        ("number", False, "takes a number"),
        ("number", math.inf, "takes a number"),
        ("truth", "yes", "takes true or false"),
        ("truth", 1, "takes true or false"),
        ("moment", "2026-05-16", "takes a time such as 2026-05-16T08:00"),
        ("moment", 1779000000, "takes a time such as"),
        ("moment", "2026-03-29T02:30", "is skipped in Vienna"),
        ("texts", "a", "takes a list of texts"),
        ("texts", ["a", 1], "takes a list of texts"),
        ("object", [], "a JSON object"),
        ("objects", {}, "takes a list of objects"),
    ],
)
def test_a_wrong_value_is_refused_with_what_the_field_takes(
    reader: str, value: object, takes: str
) -> None:
    with pytest.raises(InputError) as refusal:
        READERS[reader](Fields({"field": value}))
    assert refusal.value.field == "field"
    assert takes in refusal.value.takes


@pytest.mark.parametrize("document", [{}, {"field": None}], ids=["missing", "null"])
@pytest.mark.parametrize("reader", [name for name in READERS if name != "object"])
def test_a_missing_required_field_is_named(reader: str, document: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refusal:
        READERS[reader](Fields(document))
    assert refusal.value.field == "field"
    assert "required" in refusal.value.takes


@pytest.mark.parametrize("document", [{}, {"field": None}], ids=["missing", "null"])
def test_missing_is_unknown_where_a_field_may_be_missing(document: dict[str, Any]) -> None:
    fields = Fields(document)
    assert fields.text("field", None) is None
    assert fields.choice("field", ["a"], None) is None
    assert fields.integer("field", None, least=0) is None
    assert fields.number("field", None) is None
    assert fields.truth("field", None) is None
    assert fields.moment("field", None) is None
    assert fields.texts("field", ()) == ()
    assert fields.object("field") is None
    assert list(fields.objects("field", required=False)) == []
    assert "field" not in fields


def test_a_nested_field_is_named_by_its_path() -> None:
    document = {"entries": [{"start": "2026-05-16T08:00"}, {"pay": {"start": 5}}]}
    second = list(Fields(document).objects("entries"))[1]
    pay = second.object("pay")
    assert pay is not None
    with pytest.raises(InputError) as refusal:
        pay.moment("start")
    assert refusal.value.field == "entries[1].pay.start"
    assert "„entries[1].pay.start“" in refusal.value.sentence("de")


@pytest.mark.parametrize("value", [None, [], "text", 5, True])
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(InputError) as refusal:
        Fields(value)
    assert refusal.value.field == "input"


def test_the_fold_picks_one_of_the_two_hours_of_autumn() -> None:
    fields = Fields({"start": "2026-10-25T02:30"})
    assert fields.moment("start", fold=1).hour - fields.moment("start").hour == 1


@given(JSON, st.sampled_from(sorted(READERS)))
def test_any_json_is_read_or_refused_by_name(value: object, reader: str) -> None:
    named = "field"
    try:
        READERS[reader](Fields({"field": value}))
    except InputError as error:
        named = error.field
    assert named.startswith("field")
