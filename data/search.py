"""How words are compared where people search: without case, umlauts written either way."""

from __future__ import annotations

import sqlite3
import unicodedata

_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def folded(text: str) -> str:
    """``text`` for comparing: "Müller & Söhne" and "MUELLER & SOEHNE" are the same."""
    plain = unicodedata.normalize("NFC", text).casefold().translate(_WRITTEN_OUT)
    return "".join(
        sign for sign in unicodedata.normalize("NFD", plain) if not unicodedata.combining(sign)
    )


def register(connection: sqlite3.Connection) -> None:
    """Make :func:`folded` known to SQL as ``folded(text)``."""
    connection.create_function("folded", 1, folded, deterministic=True)
