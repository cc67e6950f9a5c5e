"""The parts a text must have: a holding statement its seven, a letter, a counterstatement, a
DSA notice theirs.

Rule ids: ``3.2`` (holding statement), ``3.4`` (letter to a poster), ``3.9`` (letter to partners
and customers), ``3.4-A`` (counterstatement, § 9 MedienG), ``3.4-F`` (notice, Art. 16 DSA),
``3.8`` (press release).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from data.i18n import N_
from drafting.atoms import DATE, DAY, EMAIL, PHONE, QUOTE, TIME, URL, WEEKDAY, Atom
from drafting.grounding import Issue, Trace
from drafting.sentences import Sentence
from drafting.words import lexicon

_CHANNEL = re.compile(
    r"\b(?:website|homepage|webseite|seite|facebook|instagram|linkedin|mastodon|x\b|newsletter|e-?mail|telefon\w*|an dieser stelle|hier|"
    r"auf diesem weg|aushang|post|kanal|kanäle|www\.|on this page|here|by e-?mail|by phone|channel)",
    re.IGNORECASE,
)
_PUBLIC_POST = frozenset(
    (
        "x",
        "mastodon",
        "bluesky",
        "linkedin",
        "facebook",
        "google_review",
        "web",
        "instagram",
        "threads",
    )
)
_PART_OF_DAY = re.compile(
    r"\b(?:(?:heute|morgen) (?:früh|vormittag|mittag|nachmittag|abend)|vormittags?|nachmittags?|abends?|mittags?|tomorrow|tonight|this (?:morning|afternoon|evening)|in (?:einer|zwei|drei|\d+) (?:stunden?|tagen?))\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:^|\n)\s*(?:sehr geehrte|liebe[rs]?\b|guten (?:tag|morgen|abend)|hallo|grüß|werte|geschätzte|servus|dear|hello|hi\b)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:freundlichen? grüßen?|beste[nr]? grüße|herzliche[nr]? grüße|liebe[nr]? grüße|grüßen|hochachtungsvoll|regards|sincerely|faithfully)",
    re.IGNORECASE,
)
_REQUEST_STOP = re.compile(
    r"\b(?:löschen|entfernen|unterlassen|richtigstellen|berichtigen|widerrufen|zurücknehmen|korrigieren|delete|remove|refrain|correct|withdraw)\b",
    re.IGNORECASE,
)
_POSTING = re.compile(
    r"\b(?:posting|post|beitrag|kommentar|bewertung|rezension|eintrag|nachricht|artikel|review|comment|entry)\w*\b|https?://",
    re.IGNORECASE,
)
_TITLE = re.compile(r"^\s*(?:gegendarstellung|counterstatement)\b", re.IGNORECASE)
_UNTRUE = re.compile(
    r"\b(?:unrichtig|unwahr|falsch|irreführend|unvollständig|untrue|incorrect|false|misleading)\b",
    re.IGNORECASE,
)
_TRUE_IS = re.compile(
    r"\b(?:richtig ist|wahr ist|tatsächlich|vielmehr|in wahrheit|in fact|the truth is|correct is)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"\b(?:artikel|bericht|beitrag|meldung|ausgabe|sendung|veröffentlicht\w*|erschienen\w*|article|report|published)\b",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"\b(?:behaupte\w*|heißt es|schreiben sie|berichte\w*|steht|verbreite\w*|wird ausgeführt|es wird|claims?|states?|reported)\b|[„“»\"]",
    re.IGNORECASE,
)
_LAW = re.compile(
    r"§|\bart(?:ikel|\.)\s?\d+|\b(?:abgb|stgb|uwg|urhg|mediengesetz|medieng|dsgvo|ecg|rechtswidrig\w*|gesetz\w*|illegal|unlawful|law)\b",
    re.IGNORECASE,
)
_GOOD_FAITH = re.compile(
    r"\b(?:gute[nm] glauben?|besten? wissen|nach bestem wissen|guten gewissens|wahrheitsgemäß|good faith|bona fide)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:name|firma|gmbh|kg|og|ag|inhaber\w*|geschäftsführer\w*|ltd|company|herr|frau)\b|\be\.\s?u\.|\b(?:mag|dr|ing)\.",
    re.IGNORECASE,
)


_MEASURES_HEADING = re.compile(
    r"^\s*(?:was wir (?:jetzt )?(?:tun|unternehmen)|unsere (?:maßnahmen|schritte)|"
    r"what we (?:are doing|do)|our (?:measures|steps))\s*:?\s*\n\s*\S",
    re.IGNORECASE | re.MULTILINE,
)


class _Text:
    """A text with what its blocks are recognised by."""

    def __init__(
        self,
        text: str,
        language: str,
        channel: str,
        sentences: Sequence[Sentence],
        traces: Sequence[Trace],
        atoms: Sequence[Atom],
    ) -> None:
        self.text = text
        self.channel = channel
        self.sentences = sentences
        self.traces = traces
        self.atoms = atoms
        self.lists = lexicon(language)

    def any(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(sentence.text) for sentence in self.sentences)

    def atom(self, *kinds: str) -> bool:
        return any(atom.kind in kinds for atom in self.atoms)

    def confirmed_fact(self) -> bool:
        """Whether a sentence says what happened, and a fact carries it."""
        return any(
            trace.facts and trace.supported and self._tells(sentence.text)
            for trace, sentence in zip(self.traces, self.sentences, strict=True)
        )

    def _tells(self, sentence: str) -> bool:
        """Whether a sentence says more than what is being done, asked for or announced."""
        lists = self.lists
        if any(
            pattern.search(sentence)
            for pattern in (lists.contact, lists.instruction, lists.next_update, lists.open_marks)
        ):
            return False
        return lists.action.search(sentence) is None or "," in sentence or " und " in sentence

    def tells_measures(self) -> bool:
        """Whether the text says what is being done, in its words or under that heading."""
        return self.any(self.lists.action) or _MEASURES_HEADING.search(self.text) is not None

    def next_update(self) -> tuple[bool, bool]:
        """Whether the next information has a time, and a channel."""
        timed = channel = False
        for sentence in self.sentences:
            if not self.lists.next_update.search(sentence.text):
                continue
            inside = [atom for atom in self.atoms if sentence.start <= atom.start < sentence.end]
            if any(
                atom.kind in (TIME, DATE, DAY, WEEKDAY) for atom in inside
            ) or _PART_OF_DAY.search(sentence.text):
                timed = True
                channel = channel or _CHANNEL.search(sentence.text) is not None
        return timed, channel or self.channel in _PUBLIC_POST

    def contact(self) -> bool:
        return self.atom(PHONE, EMAIL, URL) or (
            self.any(self.lists.contact) and self.channel in _PUBLIC_POST
        )


def _holding(view: _Text) -> Iterator[str]:
    if not view.confirmed_fact():
        yield N_("Es fehlt: ein bestätigter Fakt.")
    if not view.any(view.lists.concern):
        yield N_("Es fehlt: Anteilnahme für die Betroffenen (ohne Schuldeingeständnis).")
    if not view.tells_measures():
        yield N_("Es fehlt: was gerade getan wird.")
    if not view.any(view.lists.open_marks):
        yield N_("Es fehlt: was noch nicht bekannt ist.")
    if not view.any(view.lists.instruction):
        yield N_("Es fehlt: was die Empfänger tun sollen.")
    timed, channel = view.next_update()
    if not timed:
        yield N_("Es fehlt: wann die nächste Information kommt.")
    elif not channel:
        yield N_("Es fehlt: auf welchem Weg die nächste Information kommt.")
    if not view.contact():
        yield N_("Es fehlt: ein Kontakt.")


def _letter(view: _Text) -> Iterator[str]:
    if _GREETING.search(view.text) is None:
        yield N_("Es fehlt: die Anrede.")
    if view.channel == "direct_message":
        if _POSTING.search(view.text) is None and not view.atom(QUOTE):
            yield N_("Es fehlt: um welchen Beitrag es geht (Datum, Adresse oder kurzes Zitat).")
        if _REQUEST_STOP.search(view.text) is None:
            yield N_("Es fehlt: die Bitte, den Beitrag zu löschen oder richtigzustellen.")
        elif not view.atom(DATE, TIME, DAY, WEEKDAY):
            yield N_("Es fehlt: bis wann das geschehen soll.")
    else:
        if not view.confirmed_fact():
            yield N_("Es fehlt: was geschehen ist (bestätigter Fakt).")
        if not view.any(view.lists.instruction):
            yield N_("Es fehlt: worum die Empfänger gebeten werden.")
        if not view.tells_measures():
            yield N_("Es fehlt: was gerade getan wird.")
    if not view.contact() and not view.any(view.lists.contact):
        yield N_("Es fehlt: ein direkter Kontakt.")
    if view.channel != "direct_message" and _CLOSING.search(view.text) is None:
        yield N_("Es fehlt: der Gruß.")


def _counterstatement(view: _Text) -> Iterator[str]:
    if _TITLE.search(view.text) is None:
        yield N_("Es fehlt: der Titel „Gegendarstellung“.")
    if _ARTICLE.search(view.text) is None or not view.atom(DATE):
        yield N_("Es fehlt: der Artikel, auf den sich die Gegendarstellung bezieht, mit Datum.")
    if _STATED.search(view.text) is None:
        yield N_("Es fehlt: die beanstandete Behauptung.")
    if _UNTRUE.search(view.text) is None:
        yield N_("Es fehlt: dass die Behauptung unrichtig oder irreführend ist.")
    if _TRUE_IS.search(view.text) is None:
        yield N_("Es fehlt: was richtig ist.")
    if _NAMED.search(view.text) is None:
        yield N_("Es fehlt: der Name des Betroffenen.")


def _dsa_notice(view: _Text) -> Iterator[str]:
    if _LAW.search(view.text) is None:
        yield N_("Es fehlt: die Begründung samt Rechtsgrundlage.")
    if not re.search(r"https?://\S+/\S+|www\.\S+/\S+", view.text):
        yield N_("Es fehlt: die genaue Internetadresse des Inhalts.")
    if not view.atom(EMAIL) or _NAMED.search(view.text) is None:
        yield N_("Es fehlen: Name und E-Mail-Adresse des Meldenden.")
    if _GOOD_FAITH.search(view.text) is None:
        yield N_("Es fehlt: die Erklärung, nach bestem Wissen und in gutem Glauben zu melden.")


def _release(view: _Text) -> Iterator[str]:
    if view.channel == "press" and not view.atom(PHONE, EMAIL):
        yield N_("Es fehlt: der Rückfragekontakt am Ende.")


def _reply_or_qa(_view: _Text) -> Iterator[str]:
    yield from ()


_REQUIRED = {
    "holding": (_holding, "3.2"),
    "letter": (_letter, "3.9"),
    "counterstatement": (_counterstatement, "3.4-A"),
    "dsa_notice": (_dsa_notice, "3.4-F"),
    "release": (_release, "3.8"),
    "reply": (_reply_or_qa, ""),
    "qa": (_reply_or_qa, ""),
}
KINDS = tuple(_REQUIRED)


def missing_blocks(
    text: str,
    kind: str,
    channel: str,
    language: str,
    sentences: Sequence[Sentence],
    traces: Sequence[Trace],
    atoms: Sequence[Atom],
) -> Iterator[Issue]:
    """One issue for each part that a text of ``kind`` lacks, placed at the end of the text."""
    find, rule = _REQUIRED[kind]
    if kind == "letter" and channel == "direct_message":
        rule = "NA-46"
    for message in find(_Text(text, language, channel, sentences, traces, atoms)):
        yield Issue("missing_block", "warn", len(text), len(text), rule, message)
