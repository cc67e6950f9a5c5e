"""The approved text as a document: DOCX, e-mail, PDF.

A document holds exactly the approved words. Each one is read back after it was made and
compared; one that differs is thrown away, because a library that swallows a sign would
otherwise publish something nobody approved.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

import docx
import typst
from docx.shared import Pt
from pypdf import PdfReader

from drafting.errors import DocumentDiffers

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FONT = "Arial"
# Typst writes the time into the file; a fixed one makes the same text the same bytes.
_PDF_SOURCE = """
#let given = json(bytes(sys.inputs.document))
#set document(title: given.title, date: datetime(year: given.year, month: given.month, day: given.day))
#set page(paper: "a4", margin: 25mm)
#set text(lang: given.language, size: 11pt, hyphenate: false, ligatures: false)
#set par(justify: false, leading: 0.7em, spacing: 0.7em)
#for line in given.lines [
  #if line == "" { v(0.6em) } else { par(text(line)) }
]
"""


@dataclass(frozen=True)
class Attachment:
    """A file that goes out with a letter."""

    file_name: str
    media_type: str
    data: bytes


def docx_bytes(text: str, *, title: str, language: str, made_at: datetime) -> bytes:
    """The text as DOCX, one paragraph a line. Raises DocumentDiffers."""
    document = docx.Document()
    style = document.styles["Normal"]
    style.font.name = _FONT
    style.font.size = Pt(11)
    style.paragraph_format.space_after = Pt(4)
    properties = document.core_properties
    properties.title = title
    properties.language = {"de": "de-AT", "en": "en-GB"}[language]
    properties.author = ""
    properties.comments = ""
    properties.created = properties.modified = made_at.astimezone(UTC).replace(tzinfo=None)
    try:
        for line in text.split("\n"):
            document.add_paragraph(line)
    except ValueError as error:
        # A control sign that XML cannot hold.
        raise DocumentDiffers("DOCX") from error
    buffer = io.BytesIO()
    document.save(buffer)
    made = buffer.getvalue()
    if docx_text(made) != text:
        raise DocumentDiffers("DOCX")
    return made


def docx_text(data: bytes) -> str:
    """The words of a DOCX as a reader of the file gets them."""
    return "\n".join(each.text for each in docx.Document(io.BytesIO(data)).paragraphs)


def pdf_bytes(text: str, *, title: str, language: str, made_at: datetime) -> bytes:
    """The text as PDF/A-2b on A4. Raises DocumentDiffers.

    The text goes in as data and is never read as markup. Line breaks of the layout do not
    count in the comparison, every word does.
    """
    given = {
        "title": title,
        "language": language,
        "year": made_at.year,
        "month": made_at.month,
        "day": made_at.day,
        "lines": text.split("\n"),
    }
    made: bytes = typst.compile(
        _PDF_SOURCE.encode(),
        format="pdf",
        pdf_standards="a-2b",
        sys_inputs={"document": json.dumps(given)},
    )
    if _words(pdf_text(made)) != _words(text):
        raise DocumentDiffers("PDF")
    return made


def pdf_text(data: bytes) -> str:
    """The words of a PDF as its reader extracts them."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def _words(text: str) -> str:
    return re.sub(r"[\s\u00ad\u200b]+", "", text)


def html_text(text: str, language: str) -> str:
    """The text as the HTML part of an e-mail: escaped, with its line breaks, nothing else."""
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8"></head>'
        '<body style="font-family:Arial,sans-serif;font-size:15px;line-height:1.5">'
        f'<div style="white-space:pre-wrap">{escape(text)}</div></body></html>'
    )


def letter(
    text: str,
    *,
    title: str,
    language: str,
    sender: str,
    recipient: tuple[str, str] | None,
    message_id: str,
    at: datetime,
    attachments: Sequence[Attachment] = (),
) -> EmailMessage:
    """One e-mail to one person: plain text, the same as HTML, attachments.

    ``recipient`` is (name, address). There is never more than one, and no copy: nobody sees
    who else was written to. A line break in a header raises ValueError.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = title
    if sender:
        message["From"] = sender
    if recipient is not None:
        name, address = recipient
        message["To"] = Address(name if name != address else "", addr_spec=address)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "no"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html_text(text, language), subtype="html", cte="quoted-printable")
    for each in attachments:
        main, _slash, sub = each.media_type.partition("/")
        message.add_attachment(
            each.data, maintype=main, subtype=sub or "octet-stream", filename=each.file_name
        )
    return message


def letter_text(message: EmailMessage) -> str:
    """The plain words of an e-mail, with ``\\n`` line ends and no line end after the last."""
    body = message.get_body(("plain",))
    content: str = body.get_content() if body is not None else ""
    return content.replace("\r\n", "\n").removesuffix("\n")


def checked_letter(message: EmailMessage, text: str) -> EmailMessage:
    """The same message, after its words were compared. Raises DocumentDiffers."""
    if letter_text(message) != text:
        raise DocumentDiffers("E-Mail")
    return message


def eml_bytes(message: EmailMessage) -> bytes:
    """The message as a file that mail programs open as a draft of one's own."""
    message["X-Unsent"] = "1"
    return message.as_bytes()


def file_name(title: str, number: int, version: int, ending: str) -> str:
    """A harmless file name from a title: "Stellungnahme-12-v3-Information.docx"."""
    words = re.sub(r"[^\w]+", "-", title).strip("-")[:60]
    return (
        "-".join(part for part in ("Stellungnahme", str(number), f"v{version}", words) if part)
        + f".{ending}"
    )
