"""Redacted copies: what is covered is gone from the file, and the original stays as it was."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from sqlite_utils import Database

from access.actor import Actor
from cases import evidence, redaction, store
from cases.errors import (
    MissingField,
    NotAnImage,
    NothingRedacted,
    NotRedactable,
    WordNotFound,
)
from cases.redaction import BAR, Area
from cases.store import Case
from data import Home

RED = (200, 10, 10)
MIDDLE = Area(250, 250, 750, 750)


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), **how: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, RED).save(written, kind, **how)  # type: ignore[arg-type]
    return written.getvalue()


def pixels(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def test_covered_pixels_are_black_and_the_others_as_they_were() -> None:
    copy = pixels(redaction.redact_image(picture(), [MIDDLE]))
    assert copy.size == (40, 20)
    black = [(x, y) for x in range(40) for y in range(20) if copy.getpixel((x, y)) == (0, 0, 0)]
    assert black == [(x, y) for x in range(10, 30) for y in range(5, 15)]
    assert copy.getpixel((9, 5)) == RED


@given(
    left=st.integers(0, 999),
    top=st.integers(0, 999),
    wide=st.integers(1, 1000),
    high=st.integers(1, 1000),
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
)
def test_an_area_always_covers_every_pixel_it_touches(
    left: int, top: int, wide: int, high: int, size: tuple[int, int]
) -> None:
    area = Area(left, top, min(1000, left + wide), min(1000, top + high))
    copy = pixels(redaction.redact_image(picture(size=size), [area]))
    for x in range(size[0]):
        for y in range(size[1]):
            inside = (
                x * 1000 < area.right * size[0]
                and (x + 1) * 1000 > area.left * size[0]
                and y * 1000 < area.bottom * size[1]
                and (y + 1) * 1000 > area.top * size[1]
            )
            if inside:
                assert copy.getpixel((x, y)) == (0, 0, 0)


def test_nothing_of_the_original_file_travels_along() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "GEHEIM: Kunde Huber")
    original = picture(pnginfo=text) + b"GEHEIM hinten angehaengt"
    assert original.count(b"GEHEIM") == 2
    assert b"GEHEIM" not in redaction.redact_image(original, [MIDDLE])
    exif = Image.Exif()
    exif[0x010E] = "GEHEIM"
    original = picture("JPEG", exif=exif)
    assert b"GEHEIM" in original
    copy = redaction.redact_image(original, [MIDDLE])
    assert b"GEHEIM" not in copy
    assert dict(Image.open(io.BytesIO(copy)).getexif()) == {}


def test_a_photo_on_its_side_is_redacted_as_a_person_sees_it() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    copy = pixels(redaction.redact_image(picture("JPEG", exif=exif), [Area(0, 0, 1000, 500)]))
    assert copy.size == (20, 40)
    assert copy.getpixel((10, 5)) == (0, 0, 0)
    assert copy.getpixel((10, 35)) != (0, 0, 0)


def test_what_was_transparent_is_shown_on_white() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (10, 10), (10, 20, 30, 0)).save(written, "PNG")
    copy = pixels(redaction.redact_image(written.getvalue(), [Area(0, 0, 500, 500)]))
    assert copy.getpixel((8, 8)) == (255, 255, 255)


@pytest.mark.parametrize(
    "areas",
    [[], [Area(500, 500, 500, 600)], [Area(600, 0, 500, 100)], [MIDDLE, Area(0, 0, 1001, 5)]],
)
def test_an_image_in_which_nothing_is_covered_is_no_redacted_copy(areas: list[Area]) -> None:
    with pytest.raises(NothingRedacted):
        redaction.redact_image(picture(), areas)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n kaputt", picture()[:60]])
def test_a_damaged_image_is_said_in_a_sentence(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        redaction.preview_image(data)


def test_a_preview_is_small_and_drawn_anew() -> None:
    shown = pixels(redaction.preview_image(picture(size=(3000, 2000)), [], MIDDLE))
    assert shown.size == (1400, 933)
    assert shown.getpixel((700, 466)) == RED
    assert shown.getpixel((352, 300)) != RED


@pytest.mark.parametrize(
    ("text", "passages", "masked"),
    [
        ("Kunde Huber ruft an.", ["Huber"], f"Kunde {BAR} ruft an."),
        ("HUBER und huber", ["Huber"], f"{BAR} und {BAR}"),
        ("Anna Huber, Huber", ["Huber", "Anna Huber"], f"{BAR}, {BAR}"),
        ("Anna\nHuber", ["Anna  Huber"], BAR),
        ("Größe 40", ["größe"], f"{BAR} 40"),
        ("cafe\u0301 zu", ["caf\u00e9"], f"{BAR} zu"),
        ("a.b (c) [d]", ["(c)"], f"a.b {BAR} [d]"),
        ("a1a2a", ["a1", " ", ""], f"{BAR}a2a"),
    ],
)
def test_a_text_loses_every_occurrence(text: str, passages: list[str], masked: str) -> None:
    assert redaction.redact_text(text, passages) == masked


@given(st.text(max_size=80), st.text(min_size=1, max_size=8))
def test_no_masked_passage_is_left(text: str, passage: str) -> None:
    try:
        masked = redaction.redact_text(f"{text} {passage} {text}", [passage])
    except (NothingRedacted, WordNotFound):
        return
    wanted = passage.strip()
    if BAR[0] not in wanted:
        assert wanted not in masked


def test_a_passage_that_does_not_occur_is_named() -> None:
    with pytest.raises(WordNotFound) as refusal:
        redaction.redact_text("Kunde Huber", ["Maier"])
    assert "Maier" in str(refusal.value)
    with pytest.raises(NothingRedacted):
        redaction.redact_text("Kunde Huber", [" "])


@pytest.mark.parametrize(
    ("name", "data", "way"),
    [
        ("a.png", picture(), "image"),
        ("a.txt", picture("JPEG"), "image"),
        ("a.txt", b"Text", "text"),
        ("server.log", b"Text", "text"),
        ("a.csv", b"a;b", "text"),
        ("a.eml", b"From: a@b.example\r\n\r\nSGFsbG8=", ""),
        ("a.html", b"<html>", ""),
        ("a.txt", b"<html>", ""),
        ("a.json", b"{}", ""),
        ("a.pdf", b"%PDF-1.7", ""),
        ("a.txt", b"%PDF-1.7", ""),
    ],
)
def test_only_what_says_everything_once_is_redacted(
    home: Home, db: Database, consultant: Actor, case: Case, name: str, data: bytes, way: str
) -> None:
    kept = evidence.add(db, home, consultant, case.id, data=data, file_name=name)
    assert redaction.way_of(kept.media_type, kept.content_type) == way
    if not way:
        with pytest.raises(NotRedactable):
            redaction.make_copy(db, home, consultant, kept.id, reason="Kundendaten", passages=["a"])


def test_a_copy_names_its_original_who_made_it_and_why(
    home: Home, db: Database, consultant: Actor, colleague: Actor, case: Case
) -> None:
    original = evidence.add(
        db, home, consultant, case.id, data=picture(), file_name="posting-b.png",
        source_url="https://social.example/1",
    )  # fmt: skip
    copy = redaction.make_copy(
        db, home, colleague, original.id, areas=[MIDDLE], reason="Name der Kundin"
    )
    assert (copy.kind, copy.original_id, copy.file_name) == (
        "redacted", original.id, "posting-b-geschwaerzt.png",
    )  # fmt: skip
    assert copy.sha256 != original.sha256
    assert copy.source_url == original.source_url
    made = evidence.redaction_of(db, copy.id)
    assert made is not None
    assert (made.made_by, made.reason) == ("Berger", "Name der Kundin")
    assert made.areas == [{"left": 250, "top": 250, "right": 750, "bottom": 750}]
    assert evidence.redaction_of(db, original.id) is None
    assert [each.action for each in evidence.custody_of(db, copy.id)] == ["made"]
    assert [each.action for each in evidence.custody_of(db, original.id)] == [
        "received", "redacted copy made",
    ]  # fmt: skip
    assert evidence.read_whole(db, home, original.id) == picture()
    assert any("Geschwärzte Kopie" in each.text for each in store.timeline_of(db, case.id))
    assert evidence.verify(db, home) == (2, [])


def test_the_record_of_a_masked_text_does_not_repeat_what_was_masked(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    kept = evidence.add(db, home, consultant, case.id, data=b"Huber und Huber", file_name="a.txt")
    copy = redaction.make_copy(
        db, home, consultant, kept.id, passages=["Huber"], reason="Name der Kundin"
    )
    made = evidence.redaction_of(db, copy.id)
    assert made is not None
    assert made.areas == [{"places": 2}]
    assert evidence.read_whole(db, home, copy.id).decode() == f"{BAR} und {BAR}"


def test_a_copy_needs_a_reason_and_a_form_sent_twice_makes_one(
    home: Home, db: Database, consultant: Actor, case: Case
) -> None:
    kept = evidence.add(db, home, consultant, case.id, data=picture(), file_name="a.png")
    with pytest.raises(MissingField):
        redaction.make_copy(db, home, consultant, kept.id, areas=[MIDDLE], reason=" ")
    first = redaction.make_copy(
        db, home, consultant, kept.id, areas=[MIDDLE], reason="x", idempotency_key="k"
    )
    again = redaction.make_copy(
        db, home, consultant, kept.id, areas=[MIDDLE], reason="x", idempotency_key="k"
    )
    assert again == first
    assert len(evidence.evidence_of(db, case.id)) == 2
