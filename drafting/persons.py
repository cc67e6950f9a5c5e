"""Finding the names of people in a German or English text.

A name stands behind a cue ("Herr", "Mag.", "Zeugin"), or begins with a given name, or is a
surname that is no everyday word. The name of a firm ("Tischlerei Moser", "Franz Huber GmbH"),
a street or a place is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from drafting import gazetteer
from drafting.wordlists import word_set

_WORD = r"[^\W\d_]+(?:[-'’][^\W\d_]+)*"
_PARTICLES = word_set("von van vom zu zur de del della di da dos ter ten al el bin ibn")
_LEGAL_FORM = re.compile(
    r"^(?:[ \u00a0]*(?:&|\+|und|u\.)[ \u00a0]*[A-ZÄÖÜ][\w.-]*|[ \u00a0]+[A-ZÄÖÜ][\w-]*){0,3}[ \u00a0]+"
    r"(?:GmbH|GesmbH|Ges\.\s?m\.\s?b\.\s?H\.|AG|KG|OG|OHG|KEG|e\.\s?U\.|e\.\s?K\.|SE|Ltd|Inc|LLC)"
)
_PARTNERS = re.compile(r"^[ \u00a0]*(?:&|\+|und|u\.)[ \u00a0]*(?:Co|Söhne|Sohn|Partner|Töchter)\b")
_MONTH_BEFORE = re.compile(
    r"(?:\d\.|\b(?:im|Im|Anfang|Ende|Mitte|seit|bis|Seit|Bis|den|of|in))[ \u00a0]+$"
)
_NOT_A_SURNAME = word_set(
    "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag Jänner Januar Februar März April "
    "Juni Juli September Oktober November Dezember Bescheid Geld Uhr Rechnung Rechnungen Kunde "
    "Kundin Kunden Herr Frau Sie Ihnen Ihr Ihre Ihren Die Der Das Den Dem Des Wir Uns Und Oder Am "
    "Im In Um Bitte Auf Aus Mit Nach Seit Vor Zu Von Bei Heute Gestern Morgen Telefon Tel E-Mail "
    "Mail Adresse Straße Gasse Platz Firma Tel Fax Mobil IBAN SVNR The He She It We They On At "
    "Wohnhaft Geboren Kontakt Rückfragen Er Es Ein Eine Einen Unser Unsere Danke Auftrag Termin"
)
_NOT_A_NAME = word_set(
    "Sie Ihnen Ihr Ihre Der Die Das Und Kollegen Kunden Damen Herren Nachbarn Gäste Team Alle Präsident"
)

_ABBREVIATION_END = re.compile(r"\. ?\d")
_ARTICLES = word_set(
    "der die das den dem des ein eine einen einem einer eines kein keine keinen unser unsere "
    "unseren ihr ihre ihren sein seine seinen dieser diese diesen jeder jede jeden the a an our"
)


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int
    joined: bool
    """Nothing but blanks stands between this token and the one before."""

    @property
    def capital(self) -> bool:
        return self.text[:1].isupper()


@cache
def _token_pattern() -> re.Pattern[str]:
    lists = gazetteer.names()
    dotted = sorted(
        (cue for cue in lists.titles | lists.strong_cues if not cue.isalpha()),
        key=len,
        reverse=True,
    )
    titles = "|".join(re.escape(cue) for cue in dotted)
    return re.compile(rf"(?<![\w])(?:{titles})(?!\w)|(?<!\w)[A-ZÄÖÜ]\.(?=\s+[A-ZÄÖÜ])|{_WORD}")


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    end = 0
    for match in _token_pattern().finditer(text):
        gap = text[end : match.start()]
        joined = bool(found) and bool(gap) and not gap.strip(" \u00a0\t")
        found.append(_Token(match[0], match.start(), match.end(), joined))
        end = match.end()
    return found


def _names_a_firm(text: str, tokens: list[_Token], first: int, after: int) -> bool:
    """Whether tokens ``first`` to ``after`` (exclusive) are part of a firm's or place's name."""
    start, end = tokens[first].start, tokens[after - 1].end
    tail = text[end : end + 80]
    if _LEGAL_FORM.match(tail) or _PARTNERS.match(tail) or tail[:2] in ("&", "-S", "-G", "-P"):
        return True
    if after < len(tokens) and tokens[after].joined:
        follower = tokens[after].text
        if follower in gazetteer.names().firm_after:
            return True
    if first and tokens[first].joined:
        before = tokens[first - 1].text
        if before in gazetteer.names().firm_before:
            return True
        if before[:1].isupper() and gazetteer.is_firm_word(before):
            return True
    return text[max(0, start - 2) : start] in ("& ", "+ ") or (
        text[max(0, start - 1) : start] in "@#/" and start > 0
    )


def _is_street(word: str) -> bool:
    last = word.rsplit("-", 1)[-1]
    return "-" in word and last in gazetteer.names().firm_after


class _Finder:
    """One run over one text."""

    def __init__(self, text: str, known: frozenset[str], met: frozenset[str]) -> None:
        """``known``: names of the case, found anywhere. ``met``: surnames that the text itself
        introduces, found again unless an article makes an everyday word of them."""
        self.text = text
        self.known = known
        self.met = met
        self.lists = gazetteer.names()
        self.tokens = _tokens(text)
        self.spans: list[tuple[int, int]] = []

    def _joined(self, index: int) -> bool:
        return index < len(self.tokens) and self.tokens[index].joined

    def _is_cue(self, word: str) -> bool:
        if word.isupper() and len(word) > 3:
            word = word.capitalize()
        return word in self.lists.strong_cues or word in self.lists.titles

    def _surname_end(self, index: int) -> int:
        """The index behind a surname with its particles that begins at ``index``, else 0."""
        at = index
        while self._joined(at) and (
            self.tokens[at].text in _PARTICLES
            or (at > index and self.tokens[at].text in ("der", "den", "dem"))
        ):
            at += 1
        if not self._joined(at):
            return 0
        word = self.tokens[at].text
        if not word[:1].isupper() or len(word) < 2 or word in _NOT_A_SURNAME or _is_street(word):
            return 0
        if word in self.lists.weak_cues or self._is_cue(word):
            return 0
        return at + 1

    def _after_cue(self, index: int, strict: bool) -> int:
        """The index behind a name that begins at ``index``, else 0.

        ``strict``: after a weak cue, where not every capitalised word is a name.
        """
        if not self._joined(index):
            return 0
        word = self.tokens[index].text
        if word in _PARTICLES and not strict:
            return self._surname_end(index)
        if not word[:1].isupper() or word in _NOT_A_NAME or len(word) < 2:
            return 0
        if word in _NOT_A_SURNAME and (strict or not gazetteer.may_be_surname(word)):
            return 0
        if gazetteer.may_be_given_name(word):
            return self._after_given(index) or index + 1
        if strict and not gazetteer.may_be_surname(word):
            return 0
        if _is_street(word):
            return 0
        behind = index + 1
        if self._joined(behind):
            follower = self.tokens[behind].text
            if (
                follower[:1].isupper()
                and gazetteer.may_be_surname(follower)
                and (not gazetteer.in_lexicon(word) or gazetteer.is_surname(follower))
                and follower not in _NOT_A_SURNAME
                and not self._is_cue(follower)
            ):
                return behind + 1
        return behind

    def _after_given(self, index: int) -> int:
        """The index behind the surname that follows the given names from ``index`` on, else 0."""
        at = index + 1
        while self._joined(at):
            word = self.tokens[at].text
            initial = len(word) == 2 and word.endswith(".")
            if not (initial or gazetteer.may_be_given_name(word)):
                break
            if not initial and not self._surname_end(at + 1):
                break
            at += 1
        return self._surname_end(at)

    def _cues(self, index: int) -> tuple[int, bool]:
        """The index behind the cues at ``index``, and whether one of them is a sure one."""
        at, strong = index, False
        while at < len(self.tokens) and (at == index or self._joined(at)):
            word = self.tokens[at].text
            if self._is_cue(word):
                strong = True
            elif not (strong and word in self.lists.functions):
                break
            at += 1
        return at, strong

    def _take(self, first: int, after: int) -> int:
        if not _names_a_firm(self.text, self.tokens, first, after):
            self.spans.append((self.tokens[first].start, self.tokens[after - 1].end))
        return after

    def _from_cue(self, index: int) -> int:
        behind, strong = self._cues(index)
        if strong:
            end = self._after_cue(behind, strict=False)
            return self._take_sure(behind, end) if end else behind
        word = self.tokens[index].text
        if word in self.lists.weak_cues:
            if self._joined(index + 1) and self._is_cue(self.tokens[index + 1].text):
                return index + 1
            end = self._after_cue(index + 1, strict=True)
            if end:
                return self._take_sure(index + 1, end)
        if word in self.lists.greetings and self._joined(index + 1):
            follower = self.tokens[index + 1].text
            if gazetteer.may_be_given_name(follower):
                return self._take_sure(index + 1, self._after_given(index + 1) or index + 2)
        return 0

    def _take_sure(self, first: int, after: int) -> int:
        tail = self.text[self.tokens[after - 1].end :][:80]
        if not _LEGAL_FORM.match(tail):
            self.spans.append((self.tokens[first].start, self.tokens[after - 1].end))
        return after

    def _bare(self, index: int) -> int:
        """A name without a cue that begins at ``index``: the index behind it, else 0."""
        token = self.tokens[index]
        word = token.text
        if not token.capital or len(word) < 2 or _is_street(word) or word in _NOT_A_NAME:
            return 0
        if word in self.known:
            return self._take_sure(index, index + 1)
        if word in self.met and not self._behind_article(index):
            return self._take(index, index + 1)
        if gazetteer.may_be_given_name(word):
            end = self._after_given(index)
            sure = gazetteer.is_given_name(word)
            if end and (sure or gazetteer.may_be_surname(self.tokens[end - 1].text)):
                surname = self.tokens[end - 1].text
                if not (gazetteer.is_place(surname) and self.tokens[end - 2].text == "Maria"):
                    return self._take(index, end)
                return end
            if sure and not gazetteer.in_lexicon(word.lower()):
                return self._lone(index)
            if sure and word not in self.lists.ambiguous_surnames:
                return self._lone(index)
            return 0
        if gazetteer.is_surname(word):
            if self._joined(index + 1) and gazetteer.is_given_name(self.tokens[index + 1].text):
                return self._take(index, index + 2)
            return self._lone(index)
        if (
            len(word) > 2
            and not gazetteer.in_lexicon(word)
            and "-" not in word
            and word[1:].islower()
            and self._joined(index + 1)
        ):
            follower = self.tokens[index + 1].text
            if (
                len(follower) > 2
                and follower[:1].isupper()
                and follower[1:2].islower()
                and not gazetteer.is_place(word)
                and not gazetteer.is_place(follower)
                and not gazetteer.is_firm_word(follower)
                and not gazetteer.is_firm_word(word)
                and gazetteer.is_surname(follower)
            ):
                return self._take(index, index + 2)
        return 0

    def _behind_article(self, index: int) -> bool:
        """Whether this is "der Koch" rather than "Koch": an everyday word behind an article."""
        return (
            self._joined(index)
            and self.tokens[index - 1].text.lower() in _ARTICLES
            and gazetteer.in_lexicon(self.tokens[index].text)
        )

    def _lone(self, index: int) -> int:
        """A single name: not where a firm, a street or a month is named, nor „max. 280“."""
        token = self.tokens[index]
        if _ABBREVIATION_END.match(self.text, token.end):
            return 0
        if _MONTH_BEFORE.search(self.text[: token.start][-12:]) and token.text in ("Mai", "August"):
            return 0
        follower = self.tokens[index + 1] if self._joined(index + 1) else None
        if (
            follower
            and follower.capital
            and (gazetteer.is_place(follower.text) or gazetteer.is_firm_word(follower.text))
        ):
            return 0
        return self._take(index, index + 1)

    def run(self) -> list[tuple[int, int]]:
        index = 0
        while index < len(self.tokens):
            behind = self._from_cue(index) or self._bare(index)
            index = behind if behind > index else index + 1
        return self.spans


def find_persons(text: str, people: Iterable[str] = ()) -> list[tuple[int, int]]:
    """Start and end of each person's name in ``text``, without titles, in order.

    ``people``: names known from the case. Each is found as it stands, by its surname, and with
    a genitive -s.
    """
    known: set[str] = set()
    for person in people:
        for part in re.findall(_WORD, person):
            if len(part) > 2 and part[:1].isupper() and part not in gazetteer.names().titles:
                known |= {part, part + "s"}
    everywhere = frozenset(known)
    found = _Finder(text, everywhere, frozenset()).run()
    met = _surnames(text, found)
    return _Finder(text, everywhere, met).run() if met else found


def _surnames(text: str, found: Iterable[tuple[int, int]]) -> frozenset[str]:
    """The surnames of these people as they may come again, also with a genitive -s."""
    names: set[str] = set()
    for start, end in found:
        surname = text[start:end].split()[-1]
        if len(surname) > 2:
            names |= {surname, surname + "s", surname.removesuffix("s")}
    return frozenset(names)
