"""Lists of sources in and out, and the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from access.actor import Actor
from data import reference
from monitoring import errors, sources, store
from monitoring.sources import Listed

OPML = b"""<?xml version="1.0" encoding="iso-8859-1"?>
<opml version="1.0"><head><title>Liste</title></head><body>
  <outline text="Medien">
    <outline type="rss" text="B\xe4cker-Blatt" xmlUrl="HTTPS://Blatt.example:443/rss#oben" htmlUrl="x"/>
    <outline type="rss" title="Zweites &amp; Drittes" text="x" xmlUrl="https://zwei.example/rss?a=1&amp;b=2"/>
    <outline type="rss" text="kaputt" xmlUrl="javascript:alert(1)"/>
    <outline type="rss" text="ohne Adresse"/>
    <outline text="nur Ordner"/>
  </outline>
</body></opml>
"""


def test_opml_is_read_at_every_depth() -> None:
    found = sources.read_list(OPML)
    assert [(each.url, each.name) for each in found.found] == [
        ("https://blatt.example/rss", "Bäcker-Blatt"),
        ("https://zwei.example/rss?a=1&b=2", "Zweites & Drittes"),
    ]
    assert [each.line for each in found.refused] == [6, 7]


def test_a_plain_list_takes_one_address_a_line() -> None:
    text = (
        "\ufeff# Quellen\n\nhttps://a.example/rss\r\nhttps://b.example/rss  Das Blatt\n"
        "feed://c.example/rss\nfeed:http://d.example/rss\nftp://e.example/\nhttp://\n"
        "http://user:pw@f.example/\nhttp://127.0.0.1:8000/feed\n"
    )
    found = sources.read_list(text.encode())
    assert [each.url for each in found.found] == [
        "https://a.example/rss", "https://b.example/rss", "https://c.example/rss",
        "http://d.example/rss", "http://127.0.0.1:8000/feed",
    ]  # fmt: skip
    assert [each.name for each in found.found][:2] == ["a.example/rss", "Das Blatt"]
    assert [each.line for each in found.refused] == [7, 8, 9]
    assert all(each.why for each in found.refused)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", errors.NoSourceList),
        (b"<html><body/></html>", errors.NoSourceList),
        (b"<opml><body>", errors.NoSourceList),
        (
            b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml>&x;</opml>',
            errors.UnsafeXml,
        ),
        (b" " * 10_000_001, errors.TooLargeDocument),
    ],
)
def test_what_is_no_list(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        sources.read_list(data)


def test_an_import_says_what_it_did(db: Database, consultant: Actor) -> None:
    first = store.import_file(db, consultant, OPML)
    assert (first["added"], first["already_known"]) == (2, 0)
    assert [each["line"] for each in first["refused"]] == [6, 7]
    again = store.import_file(db, consultant, b"https://blatt.example/rss\nhttps://neu.example/\n"
                              b"https://NEU.example\n")  # fmt: skip
    assert (again["added"], again["already_known"], again["refused"]) == (1, 2, [])
    assert [source.name for source in store.list_sources(db)] == [
        "Bäcker-Blatt", "neu.example", "Zweites & Drittes",
    ]  # fmt: skip
    assert all(source.health == "unverified" for source in store.list_sources(db))


def test_what_goes_out_comes_in_again(db: Database, consultant: Actor) -> None:
    odd = Listed(url="https://a.example/?x=1&y=%22", name="\"A\" <&> 'B'", kind="agency")
    store.add_source(db, consultant, odd)
    listed = [source.listed() for source in store.list_sources(db)]
    (read,) = sources.read_list(sources.to_opml(listed)).found
    assert (read.url, read.name) == (odd.url, odd.name)


def test_a_source_is_added_once(db: Database, consultant: Actor) -> None:
    store.add_source(db, consultant, Listed(url="https://a.example/", name="A"))
    with pytest.raises(errors.SourceExists):
        store.add_source(db, consultant, Listed(url="https://a.example/", name="B"))


def test_a_source_is_changed_and_the_change_recorded(db: Database, consultant: Actor) -> None:
    source = store.add_source(db, consultant, Listed(url="https://a.example/", name="A"))
    changed = store.change_source(db, consultant, source.id, enabled=False, interval_seconds=300)
    assert (changed.enabled, changed.interval_seconds, changed.name) == (False, 300, "A")
    assert store.candidates(db, datetime(2100, 1, 1, tzinfo=UTC), everything=True) == []
    actions = [row["action"] for row in db.query("SELECT action FROM audit_entry ORDER BY id")]
    assert actions[-2:] == ["source.added", "source.changed"]
    with pytest.raises(errors.UnknownSource):
        store.change_source(db, consultant, 999, enabled=True)


@pytest.mark.parametrize("country", sources.COUNTRIES)
def test_the_catalogue_is_whole(country: str) -> None:
    listed = sources.catalogue(country)
    assert len({each.url for each in listed}) == len(listed) > 10
    for entry in reference.load(f"feeds_{country}")["feed"]:
        assert entry["kind"] in sources.KINDS
        assert entry["reach_class"] in ("A", "B", "C")
        assert entry["certainty"] in ("listed", "uncertain")
        assert entry["store"] == "title_link_excerpt"
        assert entry["licence"]
        assert "{" not in entry["url"]
