"""Scoring one mention: what it says about the firm, and how grave that is.

Rules over words and cues (``data/reference/phrases.toml``), no model: every figure can be
traced to words of the text, which is what the reasons do. Sarcasm is out of reach. Of a text
the first 20,000 characters are read.

How a text is judged:

1. The cues of the text are found. A cue is weakened where it is negated ("kein Betrüger"),
   reported ("als Sauladen beschimpft"), asked ("Stimmt es, dass …?"), denied ("weist die
   Vorwürfe zurück"), answered by counter-speech, or aimed at somebody else.
2. Where something was done *to* the firm ("wurde gehackt", "Betrüger geben sich als … aus"),
   cues that could also name the culprit yield, unless a customer speaks of what was done to
   them.
3. ``attack_score`` = 1 − Π (1 − weight of each cue), over the strongest three; it is an
   attack from 0.5 on and where the firm is meant.
4. Polarity is the sum of the words and cues with their negations, squashed, as a softmax
   over three classes.
5. Severity, 0 to 100, rises with each of its parts::

       severity = 100 · (1 − (1 − r)²) · (0.45·a + 0.20·n + 0.35·g·k)

   r relevance (1 without a firm), a attack_score, n the negative share of the polarity,
   g the gravity of the gravest topic (0.3 where no topic is found), k the share of the role:
   culprit 1, victim 0.9, mentioned 0.25, absent 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any, Literal

from data import InputError
from data.fields import Fields
from data.i18n import N_
from monitoring import language, words
from monitoring.language import Language
from monitoring.match import (
    FirmNames,
    Match,
    Reason,
    WatchProfile,
    match,
    names_from_json,
    profile_for,
    reason_to_json,
)
from monitoring.words import Hit, Reading, Tagged, lexicon

Polarity = Literal["negative", "neutral", "positive"]
Role = Literal["culprit", "victim", "mentioned", "absent"]

ATTACK_FROM = 0.5
MEANT_FROM = 0.4

_NEGATED = 0.0
_QUOTED = 0.3
_QUESTIONED = 0.3
_DENIED = 0.15
_COUNTERED_HERE = 0.12
_COUNTERED_ELSEWHERE = 0.45
_OTHER_TARGET = 0.1
_BESIDE_A_VICTIM = 0.2
_DIRECTED_WITHOUT_NAME = 0.5
_ON_OWN_PAGE = 0.9
_NEUTRAL_BIAS = 1.3
_STEEPNESS = 1.6
_LONG_TEXT_SENTENCES = 4
_ROLE_SHARE = {"culprit": 1.0, "victim": 0.9, "mentioned": 0.25, "absent": 0.0}
_NO_TOPIC = 0.3
_COMMENT_WORDS = 16
_LONGEST_TEXT = 20_000
_WARNED_OF = 6
_EXCLAMATION_WORDS = 4
_WORD_VALUE = {"very_positive": 2.0, "positive": 1.1, "negative": -1.1, "very_negative": -2.2}
_SIGN_VALUE = 1.4
_AGAINST = frozenset(
    {"insult", "contempt", "fraud_claim", "accusation", "allegation", "boycott_call", "threat",
     "threat_of_violence"}
)  # fmt: skip
_CLAIMS = frozenset({"fraud_claim", "accusation", "allegation"})

REASON_TITLES = {
    "name": N_("Firmenname"),
    "name_part": N_("Namensteil"),
    "person": N_("Person der Firma"),
    "domain": N_("Internetadresse"),
    "handle": N_("Kontoname"),
    "compound": N_("Zusammensetzung mit dem Namen"),
    "misspelling": N_("Name mit Tippfehler"),
    "context_trade": N_("Wort der Branche"),
    "context_place": N_("Ort der Firma"),
    "first_name": N_("Vorname"),
    "legal_form": N_("Rechtsform"),
    "firm_word": N_("„Firma“ vor dem Namen"),
    "other_bearer": N_("spricht für einen Namensvetter"),
    "other_place": N_("anderer Ort"),
    "addressed": N_("spricht die Firma an, ohne sie zu nennen"),
    "own_page": N_("steht auf der Seite der Firma"),
    "insult": N_("Beschimpfung"),
    "contempt": N_("Herabsetzung"),
    "fraud_claim": N_("Betrugsvorwurf"),
    "accusation": N_("Vorwurf"),
    "allegation": N_("gemeldeter Vorwurf"),
    "boycott_call": N_("Boykottaufruf oder Warnung"),
    "threat": N_("Drohung"),
    "threat_of_violence": N_("Gewaltdrohung"),
    "complaint": N_("Beschwerde"),
    "victim": N_("der Firma angetan"),
    "praise": N_("Lob"),
    "counter_speech": N_("Gegenrede"),
    "denial": N_("Bestreiten oder Entlastung"),
    "claim": N_("Tatsachenbehauptung"),
    "opinion": N_("Wertung"),
    "press_enquiry": N_("Anfrage um Stellungnahme"),
    "question": N_("Frage"),
    "negated": N_("verneint"),
    "quoted": N_("wiedergegeben, nicht selbst gesagt"),
    "other_target": N_("gegen jemand anderen"),
    "stars": N_("Sterne"),
}


@dataclass(frozen=True)
class Item:
    """One text to score. ``source`` is where it stood ("facebook.com/kfzauer")."""

    id: Any
    text: str
    title: str = ""
    source: str = ""
    firm: FirmNames | None = None


@dataclass(frozen=True)
class Score:
    """What :func:`score` found. The fields are those of the command line."""

    id: Any
    language: Language
    relevance: float | None
    polarity: Polarity
    polarity_scores: dict[str, float]
    attack: bool
    attack_score: float
    role: Role | None
    topics: tuple[str, ...]
    severity: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A cue with the share of its weight that is left, and why it was weakened."""

    hit: Hit
    share: float
    weakened: str | None = None

    @property
    def code(self) -> str:
        return self.hit.cue.code

    @property
    def attack(self) -> float:
        return self.hit.cue.attack * self.share


@dataclass(frozen=True)
class _Text:
    """A text on the table: its words, its cues, where the firm stands in it."""

    tagged: Tagged
    hits: tuple[Hit, ...]
    match: Match | None
    quotes: tuple[tuple[int, int], ...]

    @property
    def reading(self) -> Reading:
        return self.tagged.reading

    def sentence(self, hit: Hit) -> int:
        return self.reading.sentences[hit.words[0]]


def score(item: Item, profile: WatchProfile | None = None, certain: bool = False) -> Score:
    """Judge one text. ``profile`` overrides the names of ``item.firm``.

    ``certain``: a person says that the firm is meant, so the relevance is 1.
    """
    if profile is None and item.firm is not None:
        profile = profile_for(item.firm)
    whole = (f"{item.title}\n{item.text}" if item.title else item.text)[:_LONGEST_TEXT]
    reading = words.read(whole)
    tagged = lexicon().tag(reading)
    found = match(profile, tagged) if profile is not None else None
    text = _Text(tagged, tuple(lexicon().cues(tagged)), found, _quotes(whole))
    own_page = profile is not None and match(profile, item.source).relevance >= MEANT_FROM
    relevance, why = (1.0, []) if certain else _relevance(text, own_page)
    meant = relevance is None or relevance >= MEANT_FROM
    judged = _judge(text)
    victim = [each for each in judged if each.code == "victim" and each.share > 0]
    against = [each for each in judged if each.code in _AGAINST]
    attack_score = _together(each.attack for each in judged)
    if relevance is not None and not meant:
        attack_score = round(attack_score * 0.3, 3)
    attack = attack_score >= ATTACK_FROM
    role = _role(relevance, attack, against, victim)
    scores = _polarity(text, judged, role)
    polarity: Polarity = max(_POLARITIES, key=lambda each: scores[each])
    topics = _topics(text, judged)
    reasons = [*(found.reasons if found else ()), *why, *_reasons(text, judged)]
    return Score(
        id=item.id,
        language=language.detect(whole, reading.words),
        relevance=relevance,
        polarity=polarity,
        polarity_scores=scores,
        attack=attack,
        attack_score=attack_score,
        role=role,
        topics=topics,
        severity=severity(relevance, attack_score, scores["negative"], topics, role),
        reasons=tuple(_placed(reason, item) for reason in dict.fromkeys(reasons)),
    )


def warm() -> None:
    """Load the tokenizer, the lists and the dictionary now, instead of at the first text."""
    score(Item(None, "Die Firma Beispiel grüßt.", firm=FirmNames("Beispiel Sonnenschein GmbH")))


_POLARITIES: tuple[Polarity, ...] = ("negative", "neutral", "positive")


def severity(
    relevance: float | None,
    attack_score: float,
    negative: float,
    topics: Sequence[str],
    role: str | None,
) -> int:
    """The formula of the module's docstring. Rises with each argument, 0 to 100."""
    sure = 1.0 if relevance is None else 1 - (1 - relevance) ** 2
    assumed = "culprit" if attack_score >= ATTACK_FROM else "mentioned"
    share = _ROLE_SHARE[role or assumed]
    gravity = lexicon().gravity
    gravest = max((gravity[topic] for topic in topics), default=_NO_TOPIC)
    return round(100 * sure * (0.45 * attack_score + 0.20 * negative + 0.35 * gravest * share))


# ---------------------------------------------------------------- is the firm meant?


def _relevance(text: _Text, own_page: bool) -> tuple[float | None, list[Reason]]:
    if text.match is None:
        return None, []
    relevance = text.match.relevance
    if relevance >= MEANT_FROM or (text.match.named and not own_page):
        return relevance, []
    judges = [hit for hit in text.hits if hit.cue.code in _AGAINST or hit.cue.polarity]
    if _names_another(text):
        return relevance, []
    if own_page and (judges or _addressing(text) is not None):
        return _ON_OWN_PAGE, [Reason("own_page", "")]
    place = _addressing(text) if judges else None
    if place is None:
        place = _fragment(text, judges)
    if place is not None:
        reason = Reason("addressed", *_span(text.reading, [place]))
        return max(relevance, _DIRECTED_WITHOUT_NAME), [reason]
    return relevance, []


def _addressing(text: _Text) -> int | None:
    """The word that speaks to a firm or of "them" without a name, or None."""
    second = text.tagged.at("second_person")
    if second:
        return second[0]
    reading = text.reading
    for place in text.tagged.at("they_have"):
        if place and reading.words[place - 1] in ("die", "de", "they") and _starts(text, place - 1):
            return place - 1
    for place in text.tagged.at("this_place"):
        if place and reading.words[place - 1] in (
            "dieser",
            "dieser",
            "der",
            "diese",
            "this",
            "dem",
            "den",
            "so",
        ):
            return place
    return None


def _starts(text: _Text, place: int) -> bool:
    """Whether a sentence, or a part of one behind a comma, starts with this word."""
    reading = text.reading
    before = place - 1
    return (
        before < 0
        or reading.sentences[before] != reading.sentences[place]
        or not reading.words[before].isalnum()
    )


def _fragment(text: _Text, judges: Sequence[Hit]) -> int | None:
    """The judging word of a comment that names nothing: "Sauladen!", "nie wieder"; or None.

    Either the sentence around a cue is no more than an exclamation, or the writer speaks of
    themselves and no other thing is named.
    """
    reading = text.reading
    if len(reading.words) > _COMMENT_WORDS or text.tagged.at("perpetrator"):
        return None
    for hit in judges:
        sentence = text.sentence(hit)
        if reading.sentences.count(sentence) <= _EXCLAMATION_WORDS:
            return hit.words[0]
        if hit.cue.code in ("complaint", "praise") and len(hit.words) > 1:
            return hit.words[0]
    nouns = sum(reading.raw(i)[0].isupper() for i in range(1, len(reading.words)))
    judging = [place for name in _WORD_VALUE for place in text.tagged.at(f"polarity:{name}")]
    if text.tagged.at("first_person") and not nouns and (judges or judging):
        return judges[0].words[0] if judges else judging[0]
    return None


def _names_another(text: _Text) -> bool:
    """Whether a trade with a name beside it, or a handle, says that somebody else is meant."""
    reading = text.reading
    for tag, places in text.tagged.places.items():
        if not (isinstance(tag, str) and tag.startswith("trades:")):
            continue
        for place in places:
            after = place + 1
            if (
                after < len(reading.words)
                and reading.raw(place)[0].isupper()
                and reading.raw(after)[0].isupper()
                and reading.sentences[after] == reading.sentences[place]
            ):
                return True
    return bool(text.match and any(each.code == "other_bearer" for each in text.match.reasons))


# ---------------------------------------------------------------- cues and what weakens them


_QUOTE = re.compile(
    r"„([^“”\"]{1,400})[“”\"]|“([^”]{1,400})”|\"([^\"]{1,400})\"|»([^«]{1,400})«|«([^»]{1,400})»|‚([^‘’]{1,400})[‘’]"
)


def _quotes(text: str) -> tuple[tuple[int, int], ...]:
    """Spans in quotation marks, unless the marks hold the whole text."""
    spans = [found.span() for found in _QUOTE.finditer(text)]
    if len(spans) == 1 and spans[0][1] - spans[0][0] >= len(text.strip()) - 1:
        return ()
    return tuple(spans)


def _judge(text: _Text) -> list[_Judged]:
    countered = {text.sentence(hit) for hit in text.hits if hit.cue.code == "counter_speech"}
    denied = {text.sentence(hit) for hit in text.hits if hit.cue.code == "denial"}
    victims = _victim_sentences(text)
    judged: list[_Judged] = []
    for hit in text.hits:
        share, weakened = 1.0, None
        sentence = text.sentence(hit)
        if not _has_what_it_needs(text, hit) or not _firm_near(text, sentence):
            share = 0.0
        elif hit.cue.code == "victim":
            share = 1.0 if sentence in victims else 0.0
        elif hit.cue.code in _AGAINST or hit.cue.code == "complaint":
            share, weakened = _weaken(text, hit, victims, countered, denied)
        elif not hit.cue.own_negation and _negated(text, hit):
            share, weakened = 0.0, "negated"
        judged.append(_Judged(hit, share, weakened))
    return judged


def _weaken(
    text: _Text,
    hit: Hit,
    victims: set[int],
    countered: set[int],
    denied: set[int],
) -> tuple[float, str | None]:
    """The share of a cue against the firm that is left, and the reason."""
    sentence = text.sentence(hit)
    code = hit.cue.code
    if not hit.cue.own_negation and _negated(text, hit):
        return _NEGATED, "negated"
    if hit.cue.yields and sentence in victims:
        return 0.0, None
    if hit.cue.yields and _done_by_the_writer(text, hit):
        return 0.0, None
    if code in ("allegation", "boycott_call") and text.tagged.near(
        "perpetrator", hit.words[-1] + 1, hit.words[-1] + 3
    ):
        return 0.0, None
    if code == "boycott_call" and hit.cue.yields and _warns_of_another(text, hit):
        return 0.0, None
    if code == "accusation" and len(hit.words) == 1 and _only_reports(text, hit):
        return 0.0, None
    share, why = 1.0, None
    if code == "contempt" and sentence in victims:
        return _BESIDE_A_VICTIM, None
    if _aimed_elsewhere(text, hit):
        return _OTHER_TARGET, "other_target"
    if code == "complaint":
        return (0.0, None) if sentence in denied else (share, why)
    if sentence in countered:
        share, why = _COUNTERED_HERE, "quoted"
    elif countered:
        share = _COUNTERED_ELSEWHERE
    if _is_reported(text, hit):
        share, why = min(share, _QUOTED), "quoted"
    if code in _CLAIMS and sentence in denied:
        share, why = min(share, _DENIED), "negated"
    if code in _CLAIMS and _is_question(text, sentence):
        share, why = min(share, _QUESTIONED), "question"
    return share, why


def _has_what_it_needs(text: _Text, hit: Hit) -> bool:
    if not hit.cue.needs:
        return True
    sentence = text.sentence(hit)
    sentences = text.reading.sentences
    return any(
        sentences[place] == sentence for name in hit.cue.needs for place in text.tagged.at(name)
    )


def _firm_near(text: _Text, sentence: int) -> bool:
    """In a long text a cue counts only near a sentence that names the firm."""
    if text.match is None or not text.match.words:
        return True
    sentences = text.reading.sentences
    if sentences[-1] < _LONG_TEXT_SENTENCES:
        return True
    return any(abs(sentences[place] - sentence) <= 1 for place in text.match.words)


def _clause_start(text: _Text, place: int, reach: int) -> int:
    """The first word of the clause before ``place``, at most ``reach`` words back."""
    reading = text.reading
    first = place
    while first > 0 and place - first < reach:
        before = first - 1
        if reading.sentences[before] != reading.sentences[place]:
            break
        if reading.words[before] in (",", ":", "aber", "sondern", "but", "und", "–", "-", "(", ")"):
            break
        first = before
    return first


def _negated(text: _Text, hit: Hit) -> bool:
    """A negator before the cue in its clause, or right behind a verb, that is no part of it."""
    reading = text.reading
    last = hit.words[-1]
    start = _clause_start(text, hit.words[0], 4)
    for place in text.tagged.at("negator"):
        if place in hit.words:
            continue
        if start <= place < last and not _empty_negation(reading, place):
            return True
        if hit.cue.code == "accusation" and last < place <= last + 2:
            between = reading.words[last + 1 : place]
            same = reading.sentences[place] == reading.sentences[last]
            if (
                same
                and not {",", "und", "and"} & set(between)
                and not _empty_negation(reading, place)
            ):
                return True
    return False


def _empty_negation(reading: Reading, place: int) -> bool:
    """ "nicht nur", "nicht einmal", "kein Wort": negators that deny nothing said here."""
    after = reading.words[place + 1] if place + 1 < len(reading.words) else ""
    return after in (
        "nur",
        "einmal",
        "amoi",
        "mal",
        "wort",
        "only",
        "wunder",
        "genug",
        "zuletzt",
        "umsonst",
    )


_PASSIVE = frozenset({"wurde", "wurden", "wird", "werden", "worden", "bin", "was", "were", "been"})
_I_HAVE = frozenset({"habe", "hab", "hob", "hatte", "have", "haben"})


def _done_by_the_writer(text: _Text, hit: Hit) -> bool:
    """ "Ich habe meine Daten verloren": the writer is the one who did it."""
    reading = text.reading
    start = _clause_start(text, hit.words[0], 8)
    clause = reading.words[start : hit.words[-1] + 2]
    if _PASSIVE.intersection(clause):
        return False
    for one, two in pairwise(clause):
        if {one, two} & {"ich", "i"} and {one, two} & _I_HAVE:
            return True
        if "wir" in (one, two) and {one, two} & {"haben", "hatten", "have"}:
            return True
    return False


def _is_reported(text: _Text, hit: Hit) -> bool:
    """In quotation marks, or "als … beschimpft", beside a word of reporting; not one's own."""
    reading = text.reading
    start, end = reading.starts[hit.words[0]], reading.ends[hit.words[-1]]
    inside = any(first <= start and end <= last for first, last in text.quotes)
    sentence = text.sentence(hit)
    reports = [
        place
        for place in text.tagged.at("reporting")
        if abs(reading.sentences[place] - sentence) <= 1 and place not in hit.words
    ]
    if inside and reports:
        return True
    before = reading.words[max(0, hit.words[0] - 3) : hit.words[0]]
    told = [place for place in reports if 0 < place - hit.words[-1] <= 4]
    first_person = any(
        reading.sentences[place] == sentence for place in text.tagged.at("first_person")
    )
    return "als" in before and bool(told) and not first_person


def _warns_of_another(text: _Text, hit: Hit) -> bool:
    """ "Die Polizei warnt vor Glatteis": no warning of the firm, which is named elsewhere."""
    last = hit.words[-1]
    if text.match is None or not text.match.words:
        return not text.tagged.at("first_person")
    return not any(0 < abs(place - last) <= _WARNED_OF for place in text.match.words)


def _only_reports(text: _Text, hit: Hit) -> bool:
    """ "als Sauladen beschimpft": the verb tells what somebody said, it accuses nobody."""
    if hit.words[0] not in text.tagged.at("reporting"):
        return False
    before = text.reading.words[max(0, hit.words[0] - 6) : hit.words[0]]
    return "als" in before or bool(text.quotes)


def _is_question(text: _Text, sentence: int) -> bool:
    """A question that asks; "wann macht da endlich wer was?" does not."""
    reading = text.reading
    if reading.ends_with[sentence] not in ("?", "??", "?!"):
        return False
    if any(
        word == "endlich" and reading.sentences[place] == sentence
        for place, word in enumerate(reading.words)
    ):
        return False
    return any(
        text.reading.sentences[place] == sentence for place in text.tagged.at("question_word")
    )


_OWN_PEOPLE = frozenset({"mein", "meine", "unser", "unsere", "my"})
_OTHERS = frozenset(
    {"nachbar", "nachbarin", "ex", "freund", "freundin", "bruder", "schwester", "vater", "mutter",
     "regierung", "politiker", "politik", "partei", "minister", "fpoe", "oevp", "spoe", "mann",
     "frau", "kunde", "kunden", "gaeste", "autofahrer", "neighbour", "neighbor", "boyfriend"}
)  # fmt: skip


def _aimed_elsewhere(text: _Text, hit: Hit) -> bool:
    """The insult is for a neighbour or a government, and the firm stands elsewhere."""
    if hit.cue.code not in ("insult", "contempt", "threat_of_violence", "fraud_claim"):
        return False
    reading = text.reading
    sentence = text.sentence(hit)
    firm_here = text.match is not None and any(
        reading.sentences[place] == sentence for place in text.match.words
    )
    if firm_here:
        return False
    for place in range(max(0, hit.words[0] - 6), hit.words[0]):
        if reading.sentences[place] != sentence or reading.words[place] not in _OTHERS:
            continue
        owned = place and reading.words[place - 1] in _OWN_PEOPLE
        if owned or reading.words[place] not in ("mann", "frau", "kunde", "kunden", "gaeste"):
            return text.match is not None
    return False


_TO_CUSTOMERS = frozenset(
    {"mich", "mir", "mein", "meine", "meinen", "meiner", "meinem", "my", "me", "mi", "ma"}
)


def _victim_sentences(text: _Text) -> set[int]:
    """Sentences that tell what was done to the firm.

    A customer who tells what happened to *them* ("wurde ich betrogen", "meine Daten") makes
    no victim of the firm; "wir wurden gehackt" is the firm speaking.
    """
    reading = text.reading
    found: set[int] = set()
    for hit in text.hits:
        if hit.cue.code != "victim":
            continue
        sentence = text.sentence(hit)
        customer = any(
            reading.words[place] in _TO_CUSTOMERS or reading.words[place] in ("ich", "i")
            for place in text.tagged.at("first_person")
            if reading.sentences[place] == sentence
        )
        if not customer and not _negated(text, hit):
            found.add(sentence)
    return found


def _together(weights: Iterable[float]) -> float:
    """1 − Π (1 − w) over the three strongest."""
    left = 1.0
    for weight in sorted(weights, reverse=True)[:3]:
        left *= 1 - weight
    return round(1 - left, 3)


def _role(
    relevance: float | None,
    attack: bool,
    against: Sequence[_Judged],
    victim: Sequence[_Judged],
) -> Role | None:
    if relevance is None:
        return None
    if relevance < MEANT_FROM:
        return "absent"
    accused = any(each.hit.cue.role == "culprit" and each.share >= 0.5 for each in against)
    if attack or accused:
        return "culprit"
    return "victim" if victim else "mentioned"


# ---------------------------------------------------------------- polarity


def _polarity(text: _Text, judged: Sequence[_Judged], role: Role | None) -> dict[str, float]:
    """Softmax over the three classes; sums to 1."""
    reading = text.reading
    used: set[int] = set()
    total = 0.0
    weight = _sentence_weights(text)
    for each in judged:
        if not each.hit.cue.polarity:
            continue
        used.update(each.hit.words)
        told = 0.6 if each.weakened in ("quoted", "question") else 1.0
        if each.hit.cue.polarity > 0 and _is_question(text, text.sentence(each.hit)):
            told = 0.2
        total += each.hit.cue.polarity * each.share * told * weight(text.sentence(each.hit))
        if each.weakened == "negated" and each.code in ("insult", "fraud_claim", "contempt"):
            total += 0.6
    defended = any(each.code == "counter_speech" for each in judged)
    denied = {text.sentence(each.hit) for each in judged if each.code == "denial"}
    reported = any(each.weakened in ("quoted", "question") for each in judged)
    for name, value in _WORD_VALUE.items():
        for place in text.tagged.at(f"polarity:{name}"):
            if place in used:
                continue
            amount = _word_value(text, place, value)
            if _is_question(text, reading.sentences[place]):
                amount *= 0.3
            if amount < 0 and (defended or role == "victim"):
                amount *= 0.2
            elif amount < 0 and reading.sentences[place] in denied:
                amount *= 0.3
            elif amount < 0 and reported:
                amount *= 0.5
            total += amount * weight(reading.sentences[place])
    total += _signs_value(reading.text)
    stars = _stars(reading.text)
    if stars:
        total += stars[0]
    squashed = 4 * math.tanh(total / 4)
    logits = {
        "negative": -_STEEPNESS * squashed,
        "neutral": _NEUTRAL_BIAS,
        "positive": _STEEPNESS * squashed,
    }
    return _softmax(logits)


def _softmax(logits: dict[str, float]) -> dict[str, float]:
    """Four digits each, and exactly 1 together."""
    highest = max(logits.values())
    powers = {name: math.exp(value - highest) for name, value in logits.items()}
    whole = sum(powers.values())
    negative = round(powers["negative"] / whole, 4)
    positive = round(powers["positive"] / whole, 4)
    return {
        "negative": negative,
        "neutral": round(1 - negative - positive, 4),
        "positive": positive,
    }


def _sentence_weights(text: _Text) -> Any:
    """In a long text the sentences around the firm's name carry the judgement."""
    near = {
        text.reading.sentences[place] + step
        for place in (text.match.words if text.match else ())
        for step in (-1, 0, 1)
    }
    if not near or text.reading.sentences[-1] < _LONG_TEXT_SENTENCES:
        return lambda _sentence: 1.0
    return lambda sentence: 1.0 if sentence in near else 0.35


def _word_value(text: _Text, place: int, value: float) -> float:
    start = _clause_start(text, place, 4)
    if any(
        start <= other < place
        for other in text.tagged.at("negator")
        if not _empty_negation(text.reading, other)
    ):
        return -0.8 * value if value > 0 else -0.6 * value
    if text.tagged.near("intensifier", max(start, place - 2), place - 1):
        value *= 1.35
    if text.tagged.near("diminisher", max(start, place - 2), place - 1):
        value *= 0.9
    return value * _contrast(text, place)


def _contrast(text: _Text, place: int) -> float:
    """What follows "aber" counts more than what precedes it."""
    sentence = text.reading.sentences[place]
    turns = [
        turn
        for turn in text.tagged.at("contrast")
        if text.reading.sentences[turn] == sentence
        and text.reading.words[turn] in ("aber", "but", "jedoch", "allerdings", "however")
    ]
    if not turns:
        return 1.0
    return 1.4 if place > turns[0] else 0.6


_LOOKS_LIKE_TEXT = re.compile(r"[/A-Za-z]")


@cache
def _sign_pattern() -> re.Pattern[str]:
    every = sorted((sign for group in words.signs().values() for sign in group), key=len)[::-1]
    plain = [re.escape(sign) for sign in every if not _LOOKS_LIKE_TEXT.search(sign)]
    # "://" in an address is no unhappy face, and "D:" ends many a word.
    apart = [re.escape(sign) for sign in every if _LOOKS_LIKE_TEXT.search(sign)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(apart)})(?![/\w])|{'|'.join(plain)}")


def _signs_value(text: str) -> float:
    positive = set(words.signs()["positive"])
    total = sum(
        _SIGN_VALUE if found in positive else -_SIGN_VALUE
        for found in set(_sign_pattern().findall(text))
    )
    return max(-3.0, min(3.0, total))


_STAR_ROW = re.compile(r"(★+)(☆*)")
_STAR_WORD = re.compile(
    r"\b(\d|ein|einen|einem|null|kein|zwei|drei|vier|fünf|one|two|three|four|five|zero)[\s-]*"
    r"(?:von\s*5\s*|/\s*5\s*|out of (?:5|five)\s*)?(?:sterne?n?|stars?)\b|\b(\d)\s*★|\b(\d)\s*/\s*5\b",
    re.IGNORECASE,
)
_STAR_COUNT = {
    "null": 0, "kein": 0, "zero": 0, "ein": 1, "einen": 1, "einem": 1, "one": 1, "zwei": 2, "two": 2,
    "drei": 3, "three": 3, "vier": 4, "four": 4, "fünf": 5, "five": 5,
}  # fmt: skip
_STAR_VALUE = {0: -3.0, 1: -2.6, 2: -1.8, 3: -0.3, 4: 1.6, 5: 2.6}
_HOTEL_STARS = re.compile(
    r"\b[2-5][\s-]*(?:stern|sterne|star)[\s-]*(?:superior|s\b|hotel|haus|betrieb|hotels)",
    re.IGNORECASE,
)


def _stars(text: str) -> tuple[float, int, int] | None:
    """The value of a star rating and where it stands, or None. "4-Sterne-Hotel" is none."""
    found = _STAR_WORD.search(text)
    if found and not _HOTEL_STARS.match(text, found.start()):
        written = next(group for group in found.groups() if group)
        count = int(written) if written.isdigit() else _STAR_COUNT[written.lower()]
        if count in _STAR_VALUE:
            return _STAR_VALUE[count], found.start(), found.end()
    row = _STAR_ROW.search(text)
    if row and 1 <= len(row.group(1)) <= 5 and (row.group(2) or len(row.group(1)) != 1):
        return _STAR_VALUE[len(row.group(1))], row.start(), row.end()
    return None


# ---------------------------------------------------------------- topics and reasons


def _topics(text: _Text, judged: Sequence[_Judged]) -> tuple[str, ...]:
    """Topics by their words and by the cues that were found, the gravest first."""
    gravity = lexicon().gravity
    found = {topic for topic in gravity if text.tagged.at(f"topics:{topic}")}
    found |= {
        each.hit.cue.topic
        for each in judged
        if each.hit.cue.topic and (each.share > 0 or each.weakened)
    }
    if any(each.code == "threat_of_violence" and each.share > 0 for each in judged):
        found.add("safety")
    return tuple(sorted(found, key=lambda topic: (-gravity[topic], topic)))


def _span(reading: Reading, places: Sequence[int]) -> tuple[str, int, int]:
    start, end = reading.starts[places[0]], reading.ends[places[-1]]
    return reading.text[start:end], start, end


def _reasons(text: _Text, judged: Sequence[_Judged]) -> list[Reason]:
    reasons: list[Reason] = []
    for each in judged:
        span = _span(text.reading, each.hit.words)
        if each.share > 0:
            reasons.append(Reason(each.code, *span))
            if each.hit.cue.kind in ("claim", "opinion") and each.code in _AGAINST:
                reasons.append(Reason(each.hit.cue.kind, *span))
        if each.weakened:
            reasons.append(Reason(each.weakened, *span))
    stars = _stars(text.reading.text)
    if stars:
        _, start, end = stars
        reasons.append(Reason("stars", text.reading.text[start:end], start, end))
    for sentence, end_sign in enumerate(text.reading.ends_with):
        if end_sign.startswith("?") and _is_question(text, sentence):
            places = [i for i, each in enumerate(text.reading.sentences) if each == sentence]
            reasons.append(Reason("question", *_span(text.reading, places)))
    return reasons


def _placed(reason: Reason, item: Item) -> Reason:
    """Offsets into the title or the text, where both were read as one."""
    if not item.title or reason.start is None or reason.end is None:
        return reason
    before = len(item.title) + 1
    if reason.start >= before:
        return replace(reason, start=reason.start - before, end=reason.end - before)
    if reason.end > len(item.title):
        return Reason(reason.code, reason.text)
    return replace(reason, field="title")


# ---------------------------------------------------------------- the command line


def from_json(value: object) -> Item:
    """One line of ``krisenpult score``. Raises InputError naming the field."""
    fields = Fields(value)
    firm = fields.object("firm")
    return Item(
        id=identity(value, fields),
        text=fields.text("text"),
        title=fields.text("title", ""),
        source=fields.text("source", ""),
        firm=names_from_json(firm) if firm is not None else None,
    )


def identity(value: object, fields: Fields) -> Any:
    """The ``id`` of a line, given back as it came: a text or a whole number."""
    found = value.get("id") if isinstance(value, dict) else None
    if isinstance(found, bool) or not isinstance(found, (str, int)):
        raise InputError(fields.at("id"), "takes a text or a whole number")
    return found


def to_json(result: Score) -> dict[str, Any]:
    """The answer to one line, with the field names of the contract."""
    return {
        "id": result.id,
        "language": result.language,
        "relevance": result.relevance,
        "polarity": result.polarity,
        "polarity_scores": result.polarity_scores,
        "attack": result.attack,
        "attack_score": result.attack_score,
        "role": result.role,
        "topics": list(result.topics),
        "severity": result.severity,
        "reasons": [reason_to_json(reason) for reason in result.reasons],
    }
