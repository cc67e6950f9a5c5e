"""Two languages: German in the code, English in the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from data import KrisenpultError, i18n
from data.errors import HomeNotEmpty
from data.i18n import _, ngettext


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undoes what a test plugs in."""
    monkeypatch.setattr(i18n, "_current_language", i18n._current_language)


@dataclass(eq=False)
class _Refusal(KrisenpultError):
    """An error with an attribute from outside."""

    name: str
    german: ClassVar[str] = "„{name}“ geht nicht."


def test_german_is_what_stands_in_the_code() -> None:
    assert _("Das hat nicht funktioniert.", "de") == "Das hat nicht funktioniert."


def test_a_sentence_without_a_translation_stays_german() -> None:
    assert _("Diesen Satz kennt kein Katalog.", "en") == "Diesen Satz kennt kein Katalog."


def test_the_empty_text_is_not_the_head_of_the_catalogue() -> None:
    assert _("", "en") == ""


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0 Fälle"), (1, "1 Fall"), (2, "2 Fälle"), (11, "11 Fälle")]
)
def test_the_german_plural_follows_the_number(number: int, shown: str) -> None:
    form = ngettext("{count} Fall", "{count} Fälle", number, "de")
    assert form.format(count=number) == shown


def test_the_language_is_asked_for_each_message() -> None:
    chosen = ["de"]
    i18n.use_language_from(lambda: chosen[0])
    assert i18n.current_language() == "de"
    chosen[0] = "en"
    assert i18n.current_language() == "en"


@pytest.mark.parametrize("unknown", ["fr", "", "EN"])
def test_an_unknown_language_is_german(unknown: str) -> None:
    i18n.use_language_from(lambda: unknown)
    assert i18n.current_language() == "de"


def test_an_error_says_its_sentence_with_its_attributes() -> None:
    error = _Refusal("100 %{x}")
    assert error.sentence("de") == "„100 %{x}“ geht nicht."
    assert str(error) == error.sentence()


def test_an_error_speaks_the_language_that_applies() -> None:
    error = HomeNotEmpty("/srv/krisenpult")
    for language in i18n.LANGUAGES:
        assert "/srv/krisenpult" in error.sentence(language)
