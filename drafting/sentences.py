"""Splitting a German or English text into sentences.

A full stop ends no sentence behind an abbreviation, an initial or the day of a date
("am 12. Jänner"). A blank line always ends one; a single line break does where the line is
complete in itself (a heading, a salutation, a list item).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drafting.wordlists import word_set

_ABBREVIATIONS = word_set(
    "z.b d.h u.a i.d.r u.u s.o s.u e.u e.k z.t bzw ca circa vgl evtl ggf inkl exkl zzgl abs art nr tel fax hr fr mag dr ing "
    "dipl prof univ doz dkfm bgm fa st str pl stg u.s.w lt gem sog insb bspw max min mio mrd tsd std mind geb gest jän feb "
    "mär apr aug sept okt nov dez mr mrs ms vs e.g i.e no approx dept co ltd inc jun sen med ca zt usf dzt pkt ziff hon "
    "mmag ddr kommr hofrat ra bmst ges m.b.h tgl jährl ehem vorm nachm"
)
_MAY_END = word_set("usw etc u.s.w gmbh")
_MONTHS = word_set(
    "jänner januar februar feber märz april mai juni juli august september oktober november dezember "
    "jän feb mär apr jun jul aug sept okt nov dez january february march may june july october december"
)
_STARTERS = word_set(
    "Wir Die Der Das Den Dem Des Ein Eine Einen Es Er Sie Ich Bitte In Im Am An Auf Aus Bei Mit Nach Seit Von Vor Zu Zum Zur Für "
    "Unser Unsere Unserer Ihr Ihre Derzeit Aktuell Bisher Wie Was Wer Wann Warum Ob Wenn Alle Keine Kein Auch Damit Danach Dann "
    "Diese Dieser Dieses Dort Hier Heute Gestern Morgen Ursache Betroffen Um Unter Über Jetzt Nun Zwei Drei Niemand Noch Nicht "
    "We The It They He She This That Our Please If At On For There No Not You As So All"
)
_ENDS = re.compile(r"[.!?…]+[\"”“»«’')\]]*(?=\s|$)")
_LAST_WORD = re.compile(r"([^\s(„“\"»]+)$")
_NEXT_WORD = re.compile(r"\s+[\"„“»(‚]*([^\W_]+)")
_LINE_BREAK = re.compile(r"[ \t]*\r?\n[ \t]*")


@dataclass(frozen=True)
class Sentence:
    """A sentence as code point offsets into the text, without the blanks around it."""

    start: int
    end: int
    text: str


def _is_end(text: str, mark: re.Match[str]) -> bool:
    """Whether the punctuation at ``mark`` ends a sentence."""
    following = _NEXT_WORD.match(text, mark.end())
    if not mark[0].startswith(".") or mark[0].startswith(".."):
        return following is None or not following[1][0].islower()
    next_word = following[1] if following else ""
    if not next_word:
        return True
    if next_word[0].islower():
        return False
    nearby = max(0, mark.start() - 30)
    before = _LAST_WORD.search(text[nearby : mark.start()])
    word = before[1] if before else ""
    plain = word.lower().rstrip(".")
    if plain in _MAY_END:
        return next_word in _STARTERS
    if plain in _ABBREVIATIONS:
        return False
    if re.fullmatch(r"[^\W\d_]", plain):
        ahead = text[nearby : nearby + (before.start() if before else 0)].rstrip()
        return next_word in _STARTERS and not ahead.endswith(".")
    if re.fullmatch(r"\d{1,2}", plain):
        return next_word.lower() not in _MONTHS and next_word in _STARTERS
    if re.fullmatch(r"\d{1,2}\.\d{1,2}", plain):
        return next_word in _STARTERS
    return not re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", plain) or next_word in _STARTERS


def _breaks_line(text: str, start: int, found: re.Match[str]) -> bool:
    """Whether a line break ends what stands before it."""
    if "\n" in text[found.end() : found.end() + 1] or found[0].count("\n") > 1:
        return True
    line_start = text.rfind("\n", start, found.start()) + 1 or start
    line = text[max(line_start, start) : found.start()].rstrip()
    after = text[found.end() : found.end() + 1]
    if not line or not after:
        return True
    if line[-1] in '.!?:,;“”»"':
        return True
    return len(line) <= 60 and not after.islower()


def split(text: str) -> list[Sentence]:
    """The sentences of ``text`` in order."""
    cuts: list[int] = []
    start = 0
    for mark in re.finditer(rf"(?P<stop>{_ENDS.pattern})|(?P<line>{_LINE_BREAK.pattern})", text):
        if mark["line"] is not None:
            if _breaks_line(text, start, mark):
                cuts.append(mark.start())
                start = mark.end()
        else:
            stop = _ENDS.match(text, mark.start())
            if stop is not None and _is_end(text, stop):
                cuts.append(stop.end())
                start = stop.end()
    sentences: list[Sentence] = []
    position = 0
    for cut in [*cuts, len(text)]:
        piece = text[position:cut]
        stripped = piece.strip()
        if stripped:
            begin = position + len(piece) - len(piece.lstrip())
            sentences.append(Sentence(begin, begin + len(stripped), stripped))
        position = cut
    return sentences
