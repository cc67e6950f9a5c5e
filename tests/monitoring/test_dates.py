"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import utc_text
from monitoring import dates

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-06T08:00:00Z", "2026-10-06T08:00:00Z"),
        ("2026-10-06T10:00:00+02:00", "2026-10-06T08:00:00Z"),
        ("2026-10-06T10:00:00.123+0200", "2026-10-06T08:00:00Z"),
        ("2026-10-06 10:00", "2026-10-06T08:00:00Z"),
        ("2026/10/06 10:00:00", "2026-10-06T08:00:00Z"),
        ("20261006T100000Z", "2026-10-06T10:00:00Z"),
        ("2026-01-06T24:00:00Z", "2026-01-07T00:00:00Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2026-01-06", "2026-01-05T23:00:00Z"),
        ("Tue, 06 Oct 2026 10:00:00 +0200", "2026-10-06T08:00:00Z"),
        ("Tue, 6 Oct 2026 10:00:00 GMT", "2026-10-06T10:00:00Z"),
        ("Tue, 06 Oct 2026 10:00 CEST", "2026-10-06T08:00:00Z"),
        ("Tue, 06 Oct 2026 10:00 MESZ", "2026-10-06T08:00:00Z"),
        ("Mon, 05 Jan 2026 10:00 MEZ", "2026-01-05T09:00:00Z"),
        ("Mon, 05 Jan 2026 10:00:00 CET", "2026-01-05T09:00:00Z"),
        ("Tue, 06 Oct 2026 10:00:00 GMT+0200", "2026-10-06T08:00:00Z"),
        ("Tue, 06 Oct 2026 10:00:00 +0200 (CEST)", "2026-10-06T08:00:00Z"),
        ("Tue, 06 Oct 2026 10:00:00 EDT", "2026-10-06T14:00:00Z"),
        ("Mo, 06 Okt 2025 10:00", "2025-10-06T08:00:00Z"),
        ("Do, 29 Mär 2018 12:00:00 +0200", "2018-03-29T10:00:00Z"),
        ("6. Jänner 2025", "2025-01-05T23:00:00Z"),
        ("6. Jänner 2025, 10:00 Uhr", "2025-01-06T09:00:00Z"),
        ("1. Feber 2026 7:30", "2026-02-01T06:30:00Z"),
        ("Montag, 6. Oktober 2025 um 10.00 Uhr", "2025-10-06T08:00:00Z"),
        ("06.10.2025 10:00", "2025-10-06T08:00:00Z"),
        ("6.10.25, 9:05", "2025-10-06T07:05:00Z"),
        ("06.12.1998 12:00", "1998-12-06T11:00:00Z"),
        ("Mon Oct  6 10:00:00 2025", "2025-10-06T08:00:00Z"),
        ("Mon Oct  6 10:00:00 CEST 2025", "2025-10-06T08:00:00Z"),
        ("October 6, 2025 12:15 PM EST", "2025-10-06T17:15:00Z"),
        ("6. Oktober 2025 14:00 am Montag", "2025-10-06T12:00:00Z"),
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        ("25. Oktober 2026 02:30 MEZ", "2026-10-25T01:30:00Z"),
        ("  2026-10-06T08:00:00Z\n", "2026-10-06T08:00:00Z"),
    ],
)
def test_reads(text: str, expected: str) -> None:
    moment = dates.read(text)
    assert moment is not None
    assert utc_text(moment) == expected


@pytest.mark.parametrize(
    "text",
    ["", "heute", "vor 2 Stunden", "31.02.2025 10:00", "Tue, 06 Oct 2026 10:00:00 XYZ",
     "2026-13-01T00:00:00Z", "2026-10-06T25:00:00Z", "10/06/2025 10:00", "2026-10",
     "Tue, 06 Oct 2026 10:00:00 +9900", "1759737600", "6. Oktobert 2025", "x" * 5000,
     "２０２６-10-06T08:00:00Z"],
)  # fmt: skip
def test_gives_up_on(text: str) -> None:
    assert dates.read(text) is None


@pytest.mark.parametrize(
    ("moment", "believed"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), False),
        (datetime(1904, 1, 1, tzinfo=UTC), False),
        (datetime(2099, 1, 1, tzinfo=UTC), False),
        (datetime(1999, 1, 1, tzinfo=UTC), True),
        (NOW + timedelta(days=1), True),
        (NOW + timedelta(days=800), False),
    ],
)
def test_believes(moment: datetime, believed: bool) -> None:
    assert dates.plausible(moment, NOW) is believed


@given(st.integers(min_value=31_536_000, max_value=3_100_000_000))
def test_every_moment_survives_both_standard_forms(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert dates.read(moment.isoformat()) == moment
    assert dates.read(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    dates.read(text)
