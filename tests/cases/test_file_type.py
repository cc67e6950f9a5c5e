"""What a file is by its content, and whether its name tells the truth."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

from cases import file_type


def picture(name: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (4, 3), (10, 20, 30)).save(written, name)
    return written.getvalue()


def archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as zipped:
        zipped.writestr("a.txt", "a")
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("GIF"), "image/gif"),
        (picture("WEBP"), "image/webp"),
        (picture("BMP"), "image/bmp"),
        (picture("TIFF"), "image/tiff"),
        (b"%PDF-1.7\n", "application/pdf"),
        (archive(), "application/zip"),
        (b"MZ\x90\x00\x03", "application/x-msdownload"),
        (b"\x7fELF\x02", "application/x-executable"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"<!DOCTYPE html><p>x", "text/html"),
        (b"\xef\xbb\xbf  <HTML>", "text/html"),
        ("Größe €".encode(), "text/plain"),
        ("Größe".encode("cp1252"), "text/plain"),
        ("Größe".encode("utf-16"), "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"RIFFxxxxNONE", "application/octet-stream"),
        (b"BM wieder da", "text/plain"),
        (b"", "text/plain"),
    ],
)
def test_the_content_says_what_it_is(data: bytes, found: str) -> None:
    assert file_type.of_content(data) == found


@pytest.mark.parametrize(
    ("name", "data", "fits"),
    [
        ("a.png", picture("PNG"), True),
        ("a.jpg", picture("PNG"), False),
        ("a.png", b"MZ\x90\x00", False),
        ("a.pdf", b"%PDF-1.4", True),
        ("rechnung.pdf", b"MZ\x90\x00", False),
        ("a.png", b"\x00\x01\x02", False),
        ("a.txt", "Grüß Gott".encode(), True),
        ("a.txt", picture("PNG"), False),
        ("a.csv", b"a;b", True),
        ("a.json", b"{}", True),
        ("a.eml", b"From: a@b.example\r\n", True),
        ("a.html", b"<html>", True),
        ("a.txt", b"<html>", True),
        ("a.docx", archive(), True),
        ("a.xlsx", archive(), True),
        ("a.zip", archive(), True),
        ("a.png", archive(), False),
        ("datei", b"MZ\x90\x00", True),
        ("server.log", b"12:00 los", True),
        ("clip.mov", b"\x00\x00\x00\x18ftypqt  ", True),
    ],
)
def test_a_name_and_its_content_are_compared(name: str, data: bytes, fits: bool) -> None:
    assert file_type.agree(file_type.of_name(name), file_type.of_content(data)) is fits


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Größe €".encode(), "", "Größe €"),
        ("Größe".encode("cp1252"), "", "Größe"),
        ("\ufeffGröße".encode(), "", "Größe"),
        ("Größe".encode("utf-16"), "", "Größe"),
        ("Größe".encode("iso-8859-15"), "iso-8859-15", "Größe"),
        ("Größe".encode(), "erfunden", "Größe"),
        (b"\x81\x8d", "", "\ufffd\ufffd"),
    ],
)
def test_text_is_read_in_its_own_encoding(data: bytes, charset: str, text: str) -> None:
    assert file_type.decoded(data, charset) == text
