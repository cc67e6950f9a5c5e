"""Redacted copies (geschwärzte Kopien): what is covered is gone, not hidden.

An image is opened, its covered pixels are replaced, and the pixels alone are written into a
new file: no metadata, no thumbnail, no layer of the original travels along. In a text every
occurrence of a passage is replaced by bars of one length, so that not even its length shows.
PDF, e-mail and HTML are not redacted here: they carry their content more than once, and a
copy that looks clean and is not would be worse than none.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from PIL import Image, ImageDraw, ImageOps
from sqlite_utils import Database

from access.actor import Actor
from cases import evidence, file_type
from cases.errors import NotAnImage, NothingRedacted, NotRedactable, WordNotFound
from cases.evidence import Evidence
from data import Home

BAR: Final = "█████"
_BLACK: Final = (0, 0, 0)
_MARK: Final = (155, 18, 55)
_MOST_PIXELS: Final = 80_000_000
_PREVIEW: Final = (1400, 5000)
# Text that says everything once, in the clear.
_PLAIN_NAMES: Final = (file_type.UNKNOWN, file_type.TEXT, "text/csv", "text/markdown")


@dataclass(frozen=True)
class Area:
    """A rectangle in thousandths of the width and the height, from the upper left corner."""

    left: int
    top: int
    right: int
    bottom: int

    def box(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """The pixels it covers, rounded outwards: no edge of a letter stays."""
        width, height = size
        return (
            self.left * width // 1000,
            self.top * height // 1000,
            min(width, -(-self.right * width // 1000)) - 1,
            min(height, -(-self.bottom * height // 1000)) - 1,
        )

    @property
    def covers(self) -> bool:
        """Whether it is a rectangle inside the image at all."""
        return 0 <= self.left < self.right <= 1000 and 0 <= self.top < self.bottom <= 1000


def way_of(media_type: str, content_type: str) -> str:
    """How a file is redacted: "image", "text", or "" where the desk does not do it."""
    if file_type.is_image(content_type):
        return "image"
    if content_type == file_type.TEXT and media_type in _PLAIN_NAMES:
        return "text"
    return ""


def require_way(media_type: str, content_type: str) -> str:
    """:func:`way_of`; raises NotRedactable instead of answering ""."""
    way = way_of(media_type, content_type)
    if not way:
        raise NotRedactable(media_type if content_type == file_type.TEXT else content_type)
    return way


def open_image(data: bytes) -> Image.Image:
    """The image as a person sees it, in RGB. Raises NotAnImage."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            width, height = opened.size
            if width * height > _MOST_PIXELS:
                raise NotAnImage
            turned = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NotAnImage from error
    # What was transparent is shown on white, as a viewer shows it.
    ground = Image.new("RGB", turned.size, (255, 255, 255))
    ground.paste(turned, mask=turned.getchannel("A"))
    return ground


def redact_image(data: bytes, areas: Sequence[Area]) -> bytes:
    """The image as PNG with ``areas`` in black. Raises NotAnImage or NothingRedacted."""
    image = open_image(data)
    if not areas or not all(area.covers for area in areas):
        raise NothingRedacted
    draw = ImageDraw.Draw(image)
    for area in areas:
        draw.rectangle(area.box(image.size), fill=_BLACK)
    return _png(image)


def preview_image(data: bytes, areas: Sequence[Area] = (), proposed: Area | None = None) -> bytes:
    """A small PNG for the page: drawn anew, so nothing of the file but its pixels is shown.

    ``areas`` are black, ``proposed`` has a red frame. Raises NotAnImage.
    """
    image = open_image(data)
    image.thumbnail(_PREVIEW)
    draw = ImageDraw.Draw(image)
    for area in areas:
        draw.rectangle(area.box(image.size), fill=_BLACK)
    if proposed is not None and proposed.covers:
        draw.rectangle(proposed.box(image.size), outline=_MARK, width=4)
    return _png(image)


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def redact_text(text: str, passages: Sequence[str]) -> str:
    """``text`` with every occurrence of every passage masked, in any case of its letters.

    Raises NothingRedacted, or WordNotFound where a passage does not occur.
    """
    wanted = [unicodedata.normalize("NFC", each.strip()) for each in passages if each.strip()]
    if not wanted:
        raise NothingRedacted
    masked = unicodedata.normalize("NFC", text)
    # The long ones first: a name must not lose its middle to a shorter passage.
    for passage in sorted(wanted, key=len, reverse=True):
        pattern = re.compile(r"\s+".join(map(re.escape, passage.split())), re.IGNORECASE)
        if not pattern.search(unicodedata.normalize("NFC", text)):
            raise WordNotFound(passage)
        masked = pattern.sub(BAR, masked)
    return masked


def make_copy(
    db: Database,
    home: Home,
    actor: Actor,
    evidence_id: int,
    *,
    reason: str,
    areas: Sequence[Area] = (),
    passages: Sequence[str] = (),
    idempotency_key: str | None = None,
) -> Evidence:
    """Keep a redacted copy of an image (``areas``) or a text (``passages``).

    Of a text only the number of places is written down: the record may leave the house.
    Raises MissingField, EvidenceDamaged, and what the redaction of its kind raises.
    """
    original = evidence.evidence_by_id(db, evidence_id)
    way = require_way(original.media_type, original.content_type)
    data = evidence.read_whole(db, home, evidence_id)
    drawn: list[Any]
    if way == "image":
        copy, suffix = redact_image(data, areas), ".png"
        drawn = [asdict(area) for area in areas]
    else:
        text = redact_text(file_type.decoded(data), passages)
        copy, suffix = text.encode(), ".txt"
        drawn = [{"places": text.count(BAR)}]
    return evidence.add_redacted(
        db,
        home,
        actor,
        evidence_id,
        data=copy,
        suffix=suffix,
        areas=drawn,
        reason=reason,
        idempotency_key=idempotency_key,
    )
