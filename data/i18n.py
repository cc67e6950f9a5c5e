"""The two languages of the product.

German (de-AT) is the source language: every message in the code is the German sentence a
user reads, and ``data/locale/en.po`` holds its English. A missing English sentence falls
back to the German one, and a test fails on it.

Which language applies is asked for each message, because one process serves many people
at once: the user interface plugs in a function that reads the session, the command line
keeps the default.
"""

from __future__ import annotations

import gettext as _stdlib_gettext
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("de", "en")
LOCALE_DIR = Path(__file__).parent / "locale"


def _default_language() -> str:
    return "de"


_current_language: Callable[[], str] = _default_language


def use_language_from(source: Callable[[], str]) -> None:
    """Take the language of each message from ``source()``, which returns "de" or "en"."""
    global _current_language
    _current_language = source


def current_language() -> str:
    """The language that applies right now, "de" or "en"."""
    language = _current_language()
    return language if language in LANGUAGES else "de"


@cache
def _catalogue(language: str) -> _stdlib_gettext.NullTranslations:
    path = LOCALE_DIR / f"{language}.po"
    if not path.exists():
        return _stdlib_gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return _stdlib_gettext.GNUTranslations(compiled)


def N_(message: str) -> str:  # noqa: N802 (the usual name of the marker)
    """Mark ``message`` for the catalogue without translating it here."""
    return message


def _(message: str, language: str | None = None) -> str:
    """``message`` in the language that applies, or in ``language``."""
    wanted = language or current_language()
    if wanted == "de" or not message:
        return message
    return _catalogue(wanted).gettext(message)


def ngettext(singular: str, plural: str, number: int, language: str | None = None) -> str:
    """The form of the message that fits ``number``, in the language that applies."""
    wanted = language or current_language()
    if wanted == "de":
        return singular if number == 1 else plural
    return _catalogue(wanted).ngettext(singular, plural, number)
