"""Feed documents, sound and otherwise."""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring import errors, parse
from monitoring.parse import Entry, ParsedFeed, parse_feed
from monitoring.plain import folded, plain, web_url

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def read(document: str | bytes, url: str | None = None, kind: str | None = None) -> ParsedFeed:
    data = document if isinstance(document, bytes) else document.encode()
    return parse_feed(data, url, kind, NOW)


def rss(item: str) -> str:
    return (
        '<rss version="2.0"><channel><title>Blatt</title><link>https://blatt.example/</link>'
        f"<item>{item}</item></channel></rss>"
    )


def only(document: str | bytes, url: str | None = None, kind: str | None = None) -> Entry:
    (entry,) = read(document, url, kind).entries
    return entry


def text_of(title: str) -> str:
    return only(rss(f"<title>{title}</title><guid>1</guid>")).title


def test_rss_two() -> None:
    feed = read(
        rss(
            "<title>Erste &amp; Zweite</title><link>https://blatt.example/1</link>"
            "<guid isPermaLink='false'>abc</guid><pubDate>Tue, 06 Oct 2026 10:00:00 +0200</pubDate>"
            "<author>m@blatt.example (Max Muster)</author><description>&lt;p&gt;Hallo &lt;b&gt;"
            "Welt&lt;/b&gt;&lt;/p&gt;&lt;p&gt;zwei&lt;/p&gt;</description>"
        )
    )
    assert parse.to_json(feed) == {
        "title": "Blatt",
        "entries": [
            {
                "id": "abc",
                "url": "https://blatt.example/1",
                "title": "Erste & Zweite",
                "published": "2026-10-06T08:00:00Z",
                "authors": ["Max Muster"],
                "summary": "Hallo Welt zwei",
            }
        ],
        "problems": [],
    }


def test_rdf_with_the_date_and_the_page_where_orf_has_them() -> None:
    entry = only(
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="https://orf.example/"><title>news</title></channel>'
        '<item rdf:about="https://orf.example/stories/1/"><title>Eins</title>'
        "<dc:date>2026-10-06T10:00:00+02:00</dc:date></item></rdf:RDF>"
    )
    assert entry.url == entry.id == "https://orf.example/stories/1/"
    assert entry.published == datetime(2026, 10, 6, 8, tzinfo=UTC)


def test_atom_with_bases_several_links_and_xhtml() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://blatt.example/b/">'
        "<title type='html'>A &lt;i&gt;Blatt&lt;/i&gt;</title><author><name>Haus</name></author>"
        "<entry><id>tag:1</id><title type='html'>&lt;i&gt;kursiv&lt;/i&gt; &amp;amp; gut</title>"
        "<link rel='self' href='/self'/><link rel='enclosure' href='/ton.mp3'/>"
        "<link rel='alternate' type='application/pdf' href='eins.pdf'/><link href='eins'/>"
        "<author><name>Eva</name><email>e@x.example</email></author><author><name>Max</name></author>"
        "<published>2026-10-06T08:00:00Z</published><updated>2026-10-07T08:00:00Z</updated>"
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Hallo</p><p>Welt "
        "<b>f</b>ett</p><script>nein()</script></div></content>"
        "<source><title>fremd</title><id>fremd</id></source></entry>"
        "<entry xml:base='c/'><title>zwei</title><link href='d'/>"
        "<updated>2026-10-08T08:00:00Z</updated><summary>kurz</summary></entry></feed>"
    )
    first, second = feed.entries
    assert feed.title == "A Blatt"
    assert first == Entry(
        "tag:1", "https://blatt.example/b/eins", "kursiv & gut",
        datetime(2026, 10, 6, 8, tzinfo=UTC), ("Eva", "Max"), "Hallo Welt fett",
    )  # fmt: skip
    assert second.url == second.id == "https://blatt.example/b/c/d"
    assert second.published == datetime(2026, 10, 8, 8, tzinfo=UTC)


def test_json_feed() -> None:
    feed = read(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "J",
                "items": [
                    {
                        "id": 7,
                        "url": "/1",
                        "content_html": "<p>h\ud800</p>",
                        "date_published": "2026-10-06T10:00:00+02:00",
                        "authors": [{"name": "Eva"}, "wer"],
                    },
                    "kein Eintrag",
                ],
            }
        ),
        "https://blatt.example/feed.json",
    )
    (entry,) = feed.entries
    assert (entry.id, entry.url, entry.authors) == ("7", "https://blatt.example/1", ("Eva",))
    assert entry.summary == "h\ufffd"
    assert any("Unlesbare" in problem for problem in feed.problems)


@pytest.mark.parametrize("version", ["0.91", "0.92", "2.0"])
def test_every_age_of_rss_with_an_outer_doctype(version: str) -> None:
    doctype = (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
        ' "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    )
    body = rss("<title>K&ouml;nig &nbsp;&amp; Co</title><guid>1</guid>").replace("2.0", version)
    assert only(f'<?xml version="1.0"?>\n{doctype}{body}').title == "König & Co"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("&lt;b&gt;fett&lt;/b&gt;", "fett"),
        ("&amp;lt;b&amp;gt;fett&amp;lt;/b&amp;gt;", "fett"),
        ("AT&amp;amp;amp;amp;T", "AT&T"),
        ("3 &lt; 5 &amp; 7 &gt; 2", "3 < 5 & 7 > 2"),
        ("<![CDATA[<p>a</p><p>b</p>]]>", "a b"),
        ("<![CDATA[Wort<br/>trennung, <em>Wort</em>teil]]>", "Wort trennung, Wortteil"),
        ("<![CDATA[<script>alert('<b>')</script>rest]]>", "rest"),
        ("<![CDATA[<img src=x onerror=alert(1)>]]>", ""),
        ("<![CDATA[a<!-- b > c -->d]]>", "a d"),
        ('<![CDATA[<a title="x > y">link</a>]]>', "link"),
        ("Q&amp;A und R&amp;D", "Q&A und R&D"),
        ("&amp;nbsp;x&amp;#8211;y&amp;#x202e;", "x–y"),
        ("a\u202eb\u200bc\u00add\u2066e", "abcde"),
        ("zwei\n\t  Zeilen\u2028ende", "zwei Zeilen ende"),
        ("BÃ¤ckerei GroÃŸ", "Bäckerei Groß"),
        ("&#150; Strich", "– Strich"),
        ("&#xE0041;Tag", "Tag"),
        ("Familie 👨\u200d👩\u200d👧", "Familie 👨\u200d👩\u200d👧"),
        ("<b>in</b>line", "inline"),
        ("offen &lt;y ohne Ende", "offen <y ohne Ende"),
    ],
)
def test_titles_are_plain_text(title: str, expected: str) -> None:
    assert text_of(title) == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://blatt.example/a", "https://blatt.example/a"),
        ("/a?x=1&amp;y=2", "https://blatt.example/a?x=1&y=2"),
        ("//cdn.example/a", "https://cdn.example/a"),
        (" https://blatt.example/a b\n", "https://blatt.example/a%20b"),
        ("javascript:alert(1)", None),
        ("java\tscript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("http://[kaputt", None),
        ("https://blatt.example/" + "a" * 3000, None),
    ],
)
def test_only_web_addresses_are_kept(link: str, expected: str | None) -> None:
    feed = read(
        rss(f"<title>t</title><link>{link}</link><guid>1</guid>"), "https://blatt.example/f"
    )
    assert feed.entries[0].url == expected
    assert any("Adresse" in problem for problem in feed.problems) is (expected is None)


def test_relative_links_without_an_address_follow_the_channel() -> None:
    assert only(rss("<title>t</title><link>/a</link>")).url == "https://blatt.example/a"


def test_what_identifies_an_entry() -> None:
    assert only(rss("<title>t</title><guid>https://blatt.example/9</guid>")).url is not None
    assert only(rss("<title>t</title><link>https://x.example/1</link>")).id == "https://x.example/1"
    hashed = only(rss("<title>t</title>"))
    assert hashed.id.startswith("sha256:")
    assert hashed == only(rss("<title>t</title>"))
    assert hashed.id != only(rss("<title>u</title>")).id


def test_dates_fall_back_and_say_why() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>'
        "<entry><id>1</id><published>Unfug</published><updated>2026-10-06T08:00:00Z</updated></entry>"
        "<entry><id>2</id><updated>1970-01-01T00:00:00Z</updated></entry>"
        "<entry><id>3</id><published>2099-01-01T00:00:00Z</published></entry></feed>"
    )
    assert [entry.published is not None for entry in feed.entries] == [True, False, False]
    assert any("nicht lesbar bei 1 von 3" in problem for problem in feed.problems)
    assert any("unmöglich bei 2 von 3" in problem for problem in feed.problems)


UMLAUTS = rss("<title>Größe – Bäckerei</title><guid>1</guid>")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (UMLAUTS.encode(), None),
        (b"\xef\xbb\xbf" + UMLAUTS.encode(), None),
        (("\ufeff" + UMLAUTS).encode("utf-16-le"), "text/xml"),
        (("\ufeff" + UMLAUTS).encode("utf-16-be"), "text/xml; charset=utf-8"),
        (('<?xml version="1.0" encoding="utf-16"?>' + UMLAUTS).encode("utf-16-be"), None),
        (('<?xml version="1.0" encoding="windows-1252"?>' + UMLAUTS).encode("cp1252"), None),
        (('<?xml version="1.0" encoding="utf-8"?>' + UMLAUTS).encode("cp1252"), None),
        (UMLAUTS.encode("cp1252"), "text/xml; charset=utf-8"),
        (UMLAUTS.encode(), "text/xml; charset=iso-8859-1"),
        (('<?xml version="1.0" encoding="iso-8859-1"?>' + UMLAUTS).encode(), None),
        (('<?xml version="1.0" encoding="unicode_escape"?>' + UMLAUTS).encode(), None),
        (UMLAUTS.replace("ö", "ö\0").encode(), None),
        (gzip.compress(UMLAUTS.encode()), "application/x-gzip"),
        (b"\n\n Warning: headers already sent\n" + UMLAUTS.encode(), None),
        ((UMLAUTS + "<script>x</script>").encode(), None),
    ],
    ids=["utf8", "bom", "utf16le", "utf16be", "utf16-no-bom", "cp1252", "cp1252-as-utf8-xml",
         "cp1252-as-utf8-http", "utf8-as-latin1-http", "utf8-as-latin1-xml", "no-charset", "nul",
         "gzip", "text-before", "text-after"],
)  # fmt: skip
def test_every_charset_is_read_right(data: bytes, kind: str | None) -> None:
    assert only(data, kind=kind).title == "Größe – Bäckerei"


def test_other_charsets_follow_their_declaration() -> None:
    cyrillic = rss("<title>Привет</title><guid>1</guid>")
    declared = f'<?xml version="1.0" encoding="windows-1251"?>{cyrillic}'
    assert only(declared.encode("cp1251")).title == "Привет"


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (b"", errors.EmptyDocument),
        (b" \n\0", errors.EmptyDocument),
        (b"<!DOCTYPE html><html><head><title>x</title></head></html>", errors.NoFeed),
        (b"<html><body><rss></rss></body></html>", errors.NoFeed),
        (b"Guten Tag", errors.NoFeed),
        (bytes(range(256)) * 50, errors.NoFeed),
        (b'{"a": 1}', errors.NoFeed),
        (b'{"version": "https://jsonfeed.org/version/1"}', errors.NoFeed),
        (b"[" * 200_000, errors.NoFeed),
        (b'<?xml version="1.0"?><opml version="2.0"/>', errors.NoFeed),
        (
            b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><x/></r:RDF>',
            errors.NoFeed,
        ),
        (b'<!DOCTYPE rss [<!ENTITY a "b">]><rss version="2.0"/>', errors.UnsafeXml),
        (b'<?xml version="1.0"?><!-- c --><!DOCTYPE rss SYSTEM "x" [\n]><rss/>', errors.UnsafeXml),
        ('\ufeff<!DOCTYPE rss [<!ENTITY a "b">]><rss/>'.encode("utf-16-le"), errors.UnsafeXml),
        (b'<!ENTITY a SYSTEM "file:///etc/passwd"><rss/>', errors.UnsafeXml),
        (b'<!DOCTYPE rss "' + b"a" * 100, errors.UnsafeXml),
        (b"<rss>" + b" " * 10_000_001, errors.TooLargeDocument),
        (gzip.compress(b"<rss>" + b" " * 50_000_000), errors.TooLargeDocument),
    ],
)
def test_what_is_no_feed(document: bytes, error: type[errors.FeedError]) -> None:
    with pytest.raises(error) as caught:
        read(document)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "document",
    ['<rss version="2.0"><channel><title>leer</title></channel></rss>', '<rss version="2.0"/>',
     '<feed xmlns="http://www.w3.org/2005/Atom"/>'],
)  # fmt: skip
def test_an_empty_feed_is_no_error(document: str) -> None:
    assert read(document).entries == ()


@pytest.mark.parametrize(
    ("document", "titles"),
    [
        (rss("<title>A & B</title><link>http://x.example/?a=1&b=2</link>"), ["A & B"]),
        (rss("<title>&uuml;ber &nbsp;uns &bogus;</title>"), ["über uns &bogus;"]),
        (rss("<title>x</title><media:thumbnail url='u'/><dc:creator>Max</dc:creator>"), ["x"]),
        (rss("<title>x</title><description>y <b>z</i></description>"), ["x"]),
        (rss("<title>eins</title></item><item><title>zwei</title><descr")[:-23], ["eins", "zwei"]),
        (rss("<title>a</title></item></channel><item><title>b</title>"), ["a", "b"]),
        (rss("<title>x&#0;&#x1F;y</title>"), ["xy"]),
    ],
    ids=["ampersand", "entities", "prefix", "nesting", "cut-off", "closed-early", "references"],
)
def test_damaged_documents_give_what_is_readable(document: str, titles: list[str]) -> None:
    feed = read(document)
    assert [entry.title for entry in feed.entries] == titles


def test_a_damaged_document_is_said_to_be_damaged() -> None:
    problems = read(rss("<title>x</title><description>y <b>z</i></description>")).problems
    assert any("beschädigt" in problem for problem in problems)


def test_repeated_identifiers_and_empty_entries_are_said() -> None:
    feed = read(
        "<rss><channel><item><guid>1</guid><title>a</title></item>"
        "<item><guid>1</guid><title>b</title></item><item/></channel></rss>"
    )
    assert [entry.title for entry in feed.entries] == ["a", "b"]
    assert len(feed.problems) == 2


def test_long_texts_are_cut_and_said() -> None:
    feed = read(rss(f"<title>{'a' * 5000}</title><description>{'b' * 50_000}</description>"))
    assert len(feed.entries[0].title) == parse.MAX_TITLE
    assert len(feed.entries[0].summary) == parse.MAX_SUMMARY
    assert any("gekürzt" in problem for problem in feed.problems)


def test_too_many_entries_keep_the_newest_and_are_said() -> None:
    items = "".join(
        f"<item><guid>{number}</guid><title>{number}</title>"
        f"<pubDate>{2000 + number // 1000}-01-{1 + number % 28:02d}T00:00:00Z</pubDate></item>"
        for number in range(5000)
    )
    feed = read(f"<rss><channel>{items}</channel></rss>")
    assert len(feed.entries) == parse.MAX_ENTRIES
    assert feed.entries[-1].title == "4999"
    assert any("3000" in problem for problem in feed.problems)


HOSTILE = {
    "attributes": rss("<title>x</title><g " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"),
    "categories": rss("<title>x</title>" + "<category>c</category>" * 200_000),
    "author": rss("<title>x</title><author>" + "a" * 2_000_000 + "</author>"),
    "depth": rss("<title>x</title><description>" + "<b>" * 100_000 + "</b>" * 100_000 + "</description>"),
    "namespaces": rss("<title>x</title>" + "".join(f'<a xmlns:n{n}="u{n}">' for n in range(30_000)) + "</a>" * 30_000),
    "items": "<rss><channel>" + "<item><title>x</title></item>" * 100_000 + "</channel></rss>",
    "escaped divs": rss("<title>x</title><description>" + "&lt;div&gt;" * 500_000 + "</description>"),
    "escaped attributes": rss("<title>x</title><description>&lt;a " + "b=1 " * 500_000 + "&gt;</description>"),
    "many markups": "<rss><channel>" + ("<item><title>x</title><description>" + "&lt;div&gt;" * 1000 + "</description></item>") * 400 + "</channel></rss>",
    "quotes": rss("<title>x</title><description>" + "&lt;a &quot;" * 300_000 + "</description>"),
    "comments": rss("<title>x</title><description>" + "&lt;!--" * 300_000 + "</description>"),
    "json": json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"id": "1"}] * 200_000}),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_documents_cost_little(name: str) -> None:
    began = time.process_time()
    feed = read(HOSTILE[name])
    assert feed.entries
    assert time.process_time() - began < 5


def test_a_hostile_damaged_document_is_ended_from_outside() -> None:
    broken = rss("<title>x</title><author>" + "a" * 3_000_000 + "</author></i>")
    began = time.process_time()
    feed = read(broken)
    assert [entry.title for entry in feed.entries] == ["x"]
    assert time.process_time() - began < 3


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_plain_text_is_plain(text: str) -> None:
    result = plain(text)
    assert not any(ord(char) < 32 or 0x202A <= ord(char) <= 0x202E for char in result)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["<b>", "</b>", "&amp;", "&lt;", "&gt;", "lt;", "a", "<", ">", '"', "<!--", "-->", " "]), max_size=40))  # fmt: skip
def test_no_markup_survives(parts: list[str]) -> None:
    result = plain("".join(parts))
    assert "<b>" not in result
    assert "</b>" not in result
    assert "&amp;" not in result
    assert "&lt;" not in result


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=200))
def test_any_link_is_a_web_address_or_nothing(link: str) -> None:
    url = web_url(link, "https://blatt.example/")
    assert url is None or url.lower().startswith(("http://", "https://"))


def test_folding_meets_every_spelling() -> None:
    assert folded("BÄCKEREI Großmann Café") == "baeckerei grossmann cafe"


def test_batch_lines_never_raise(tmp_path: Path) -> None:
    (tmp_path / "gut.xml").write_text(rss("<title>t</title><link>/a</link><guid>1</guid>"))
    (tmp_path / "latin.xml").write_bytes(UMLAUTS.encode("cp1252"))
    (tmp_path / "bombe.xml").write_bytes(b'<!DOCTYPE rss [<!ENTITY a "b">]><rss/>')
    lines: list[object] = [
        {"id": "1", "file": "gut.xml", "url": "https://anders.example/f"},
        {"id": "2", "file": "latin.xml", "headers": {"Content-Type": "text/xml; charset=utf-8"}},
        {"id": "3", "file": "bombe.xml"},
        {"id": "4", "file": "fehlt.xml"},
        {"id": "5"},
        {"id": "6", "file": "a\0b"},
        {"id": "7", "file": "gut.xml", "headers": 3},
        17,
    ]
    answers = [parse.parse_line(line, tmp_path) for line in lines]
    assert [answer["ok"] for answer in answers] == [True, True] + [False] * 6
    assert answers[0]["entries"][0]["url"] == "https://anders.example/a"
    assert answers[1]["entries"][0]["title"] == "Größe – Bäckerei"
    assert [answer.get("error") for answer in answers[2:]] == [
        "unsafe_xml", "unreadable", "bad_line", "unreadable", "bad_line", "bad_line",
    ]  # fmt: skip
    assert all(answer["problems"] for answer in answers[2:])
    json.dumps(answers)
