"""What a file really is, by its first bytes.

A name is a claim of whoever sent the file. Where name and content disagree, the file is
kept all the same: a disguised file may be the very thing to prove.
"""

from __future__ import annotations

import mimetypes
from typing import Final

UNKNOWN: Final = "application/octet-stream"
TEXT: Final = "text/plain"

_HEAD: Final = 4096
# Offset and bytes of a signature, and what it means.
_SIGNATURES: Final = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"MZ", "application/x-msdownload"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (0, b"ElfFile\x00", "application/x-ms-evtx"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftyp", "video/mp4"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/x-wav", b"AVI ": "video/x-msvideo"}
_HTML: Final = (b"<!doctype html", b"<html", b"<head", b"<body")
# Zip and OLE are containers: an office document is what its name says, in such a container.
_CONTAINED: Final = {
    "application/zip": ("application/vnd.openxmlformats", "application/vnd.oasis", "application/zip",
                        "application/x-zip-compressed", "application/epub+zip"),
    "application/x-ole-storage": ("application/msword", "application/vnd.ms-"),
    "video/mp4": ("video/", "audio/", "image/heic", "image/heif"),
    "video/webm": ("video/", "audio/"),
    "audio/ogg": ("audio/", "video/"),
}  # fmt: skip
# Formats that are text and carry no signature of their own.
_WRITTEN: Final = (
    "text/", "message/", "application/json", "application/xml", "application/javascript",
    "application/x-sh", "application/sql", "application/x-pem-file", "image/svg+xml",
)  # fmt: skip


def of_name(file_name: str) -> str:
    """The media type that the name claims."""
    return mimetypes.guess_type(file_name)[0] or UNKNOWN


def of_content(data: bytes) -> str:
    """The media type that the first bytes show; text/plain for readable text, else unknown."""
    for offset, signature, media_type in _SIGNATURES:
        if data.startswith(signature, offset):
            return media_type
    if data.startswith(b"RIFF"):
        return _RIFF.get(data[8:12], UNKNOWN)
    if data.startswith(b"BM") and len(data) > 26 and data[6:10] == b"\x00\x00\x00\x00":
        return "image/bmp"
    if not _is_text(data[:_HEAD]):
        return UNKNOWN
    if data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML):
        return "text/html"
    return TEXT


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    return b"\x00" not in head and controls == 0


def agree(claimed: str, found: str) -> bool:
    """Whether a name's media type and the one of the content fit each other.

    A name that claims nothing cannot lie; content without a signature can be anything but a
    format that always has one.
    """
    if UNKNOWN in (claimed, found):
        return claimed == UNKNOWN or claimed not in {each[2] for each in _SIGNATURES}
    if claimed == found:
        return True
    if found in (TEXT, "text/html"):
        return claimed.startswith(_WRITTEN) or claimed.endswith(("+xml", "+json"))
    return claimed.startswith(_CONTAINED.get(found, ()))


def is_image(media_type: str) -> bool:
    """Whether the desk can show and redact it as an image."""
    return media_type in (
        "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff",
    )  # fmt: skip


def is_text(media_type: str) -> bool:
    """Whether it can be read as text."""
    return media_type.startswith(_WRITTEN)


def decoded(data: bytes, charset: str = "") -> str:
    """The file as text: UTF-8 or UTF-16 where it says so, what ``charset`` names, else cp1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    for name in (charset, "utf-8-sig"):
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("cp1252", "replace")
