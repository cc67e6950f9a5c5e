"""A document holds exactly the approved words."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drafting import documents
from drafting.documents import DOCX_TYPE, Attachment
from drafting.errors import DocumentDiffers

AT = datetime(2026, 3, 10, 10, 48, tzinfo=UTC)
HARD = (
    "Brand & Folgen <x> „Ä“\n\n"
    'Zweite\tZeile mit 12\u00a0% {{ 7*7 }} {% raw %} #read("/etc/passwd") *fett* _x_ $y$ @ref\n'
    "• 18.400 € – office@example.at https://example.at/a_b?c=d&e\n"
    ". eine Zeile, die mit einem Punkt beginnt\n"
    "  und eine mit Abstand"
)


def test_docx_holds_the_text() -> None:
    made = documents.docx_bytes(HARD, title="Ä <&>", language="de", made_at=AT)
    assert documents.docx_text(made) == HARD
    assert docx.Document(io.BytesIO(made)).core_properties.title == "Ä <&>"


_LINE = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn"), include_characters="\t"),
    max_size=30,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(_LINE, min_size=1, max_size=4).map("\n".join))
def test_docx_holds_any_plain_text(text: str) -> None:
    made = documents.docx_bytes(text, title="T", language="en", made_at=AT)
    assert documents.docx_text(made) == text


def test_a_sign_that_a_docx_cannot_hold_stops_it() -> None:
    with pytest.raises(DocumentDiffers):
        documents.docx_bytes("a\x07b", title="T", language="de", made_at=AT)


def test_pdf_holds_the_text_and_is_the_same_twice() -> None:
    first = documents.pdf_bytes(HARD, title="T", language="de", made_at=AT)
    assert first == documents.pdf_bytes(HARD, title="T", language="de", made_at=AT)
    assert "#read(" in documents.pdf_text(first)


def _letter(text: str = HARD, title: str = "Wichtig: prüfen Sie") -> documents.EmailMessage:
    return documents.letter(
        text,
        title=title,
        language="de",
        sender="Krisenpult <presse@desk.example>",
        recipient=("Müller, Eva", "eva@example.at"),
        message_id="<kp-1@krisenpult.invalid>",
        at=AT,
        attachments=[Attachment("text.docx", DOCX_TYPE, b"PK")],
    )


def test_a_letter_holds_the_text_for_one_person() -> None:
    message = message_from_bytes(_letter().as_bytes(), policy=default)
    assert isinstance(message, documents.EmailMessage)
    assert documents.letter_text(message) == HARD
    assert message["To"].addresses[0].addr_spec == "eva@example.at"
    assert message["To"].addresses[0].display_name == "Müller, Eva"
    assert len(message["To"].addresses) == 1
    assert message["Cc"] is None
    assert message["Bcc"] is None
    html = message.get_body(("html",))
    assert html is not None
    assert "&lt;x&gt;" in html.get_content()
    assert [each.get_filename() for each in message.iter_attachments()] == ["text.docx"]


@pytest.mark.parametrize("title", ["a\r\nBcc: x@evil.example", "a\nb", "a\rb"])
def test_a_title_cannot_add_a_header(title: str) -> None:
    with pytest.raises(ValueError):
        _letter(title=title)


def test_an_eml_opens_as_a_draft() -> None:
    message = message_from_bytes(documents.eml_bytes(_letter()), policy=default)
    assert message["X-Unsent"] == "1"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Wichtig: prüfen!", "Stellungnahme-3-v2-Wichtig-prüfen.txt"),
        ("../../etc/passwd", "Stellungnahme-3-v2-etc-passwd.txt"),
        ("…", "Stellungnahme-3-v2.txt"),
    ],
)
def test_a_file_name_is_harmless(title: str, name: str) -> None:
    assert documents.file_name(title, 3, 2, "txt") == name
