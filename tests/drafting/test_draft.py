"""A draft from a template tells confirmed facts, and where each sentence comes from."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.store import Case, Fact, Firm, Incident, Person
from data import reference
from drafting import channels, check, grounding
from drafting.draft import (
    Context,
    PostingView,
    context_of,
    draft_from_template,
    template,
    templates,
)
from drafting.errors import UnknownTemplate
from drafting.findings import checked_case, master_data, without_given

NOW = datetime(2026, 3, 10, 10, 5, tzinfo=UTC)
FIRM = Firm(
    name="Kfz Aigner",
    legal_form="e.U.",
    register_number="FN 123456 a",
    register_court="Landesgericht Linz",
    street="Werkstraße 7",
    postcode="4020",
    city="Linz",
    phone="+43 732 123456",
    sector="Kfz-Werkstätte",
)
OWNER = Person("Anton Aigner", "Inhaber", "aigner@privat.example", may_approve=True)
CASE = Case(
    1, "KP-2026-0001", 1, 1, "Kfz-Werkstätte Aigner", "open", "yes", "A", "", True, "", NOW, NOW,
    None,
)  # fmt: skip
POSTING = PostingView(
    on=date(2026, 3, 10),
    quote="Die haben meine Daten verloren.",
    wrong="Es steht nicht fest, ob Daten betroffen sind.",
    until=date(2026, 3, 12),
    url="https://social.example/p/1",
)


def fact(number: int, text: str, status: str = "confirmed") -> Fact:
    return Fact(number, 1, f"F{number}", 1, text, status, "IT", None, NOW, "Lang")


OUTAGE = fact(1, "Am 10. März 2026 um 9.12 Uhr ist die Kundenverwaltung ausgefallen")
EXPERT = fact(2, "Ein IT-Fachbetrieb untersucht die Geräte")
RUMOUR = fact(3, "Ein Mitarbeiter hat einen Anhang geöffnet", "unconfirmed")
DISPUTED = fact(4, "Kundin Huber wartete drei Stunden", "disputed")
GONE = fact(5, "Alle Rechner sind zerstört", "retracted")
OPEN = fact(6, "ob die Datensicherung vollständig ist", "not_yet_known")
LEDGER = (OUTAGE, EXPERT, RUMOUR, DISPUTED, GONE, OPEN)


def context(
    facts: tuple[Fact, ...] = LEDGER, language: str = "de", incidents: tuple[Incident, ...] = ()
) -> Context:
    return context_of(
        CASE,
        FIRM,
        [OWNER],
        facts,
        incidents or (Incident("cyber_attack", NOW),),
        language=language,
        now=NOW,
        measures=["F2"],
        posting=POSTING,
        question="Was ist bei Ihnen passiert?",
    )


EVERY = [
    pytest.param(name, language, id=f"{name}.{language}")
    for name, each in templates().items()
    for language in each.languages
]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_only_what_is_confirmed_is_told(name: str, language: str) -> None:
    drafted = draft_from_template(name, language, context(language=language))
    for hidden in (RUMOUR, DISPUTED, GONE):
        assert hidden.text not in drafted.text
        assert hidden.code not in drafted.fact_codes
    assert OUTAGE.text + "." in drafted.text
    assert "F1" in drafted.fact_codes


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_the_trace_points_at_its_sentences(name: str, language: str) -> None:
    drafted = draft_from_template(name, language, context(language=language))
    for each in drafted.sentences:
        assert drafted.text[each.start : each.end] == each.text
    told = {code: each.text for each in drafted.sentences for code in each.facts}
    assert told["F1"] == OUTAGE.text + "."


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_value_is_never_run(name: str, language: str) -> None:
    hostile = fact(
        1, "Der Laden {{ 7*7 }} {% for x in y %} ist \ue000F9\ue001zu\ue002\nheute\u202e"
    )
    drafted = draft_from_template(name, language, context((hostile,), language))
    assert "Der Laden {{ 7*7 }} {% for x in y %} ist F9zu heute." in drafted.text
    assert "F9" not in drafted.fact_codes


def test_the_seven_blocks_of_a_first_statement() -> None:
    text = draft_from_template("holding", "de", context()).text
    blocks = [
        "Kundenverwaltung ausgefallen",
        "bedauern die Unannehmlichkeiten",
        "Fachbetrieb untersucht",
        "Noch nicht bekannt",
        "Bitte wenden Sie sich",
        "am 10. März 2026 um 16.00 Uhr",
        "Kontakt: Anton Aigner, Inhaber, +43 732 123456",
    ]
    positions = [text.index(block) for block in blocks]
    assert positions == sorted(positions)


def test_a_letter_carries_the_register_data() -> None:
    text = draft_from_template("letter", "de", context()).text
    assert text.endswith("Kfz Aigner e.U., Sitz Linz, FN 123456 a, Landesgericht Linz")
    assert "Betreff" not in text
    assert text.index("Werkstraße 7") < text.index("Linz, 10. März 2026")


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_fraud_letter_asks_to_call_back(language: str) -> None:
    text = draft_from_template(
        "letter", language, context(language=language, incidents=(Incident("email_fraud", NOW),))
    ).text
    assert reference.load("templates")["advice"]["email_fraud"][language][1] in text


def test_january_is_austrian() -> None:
    january = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    given_context = context_of(CASE, FIRM, [OWNER], (), (), language="de", now=january)
    assert "5. Jänner 2026" in draft_from_template("letter", "de", given_context).text


def test_a_request_names_the_posting_and_threatens_nothing_more() -> None:
    text = draft_from_template("poster_request", "de", context()).text
    assert "10. März 2026" in text
    assert "„Die haben meine Daten verloren.“" in text
    assert "bis 12. März 2026" in text
    assert "behalten wir uns rechtliche Schritte vor" in text
    assert "Anwalt" not in text


@pytest.mark.parametrize("channel", ["x", "bluesky", "mastodon"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_a_short_statement_fits_its_channel(channel: str, language: str) -> None:
    many = tuple(fact(number, OUTAGE.text + f" ({number})") for number in range(1, 9))
    drafted = draft_from_template("holding_short", language, context(many, language), channel)
    assert channels.count(drafted.text, channel).fits
    assert "+43 732 123456" in drafted.text


@pytest.mark.parametrize(
    ("name", "language"), [("nothing", "de"), ("press_release", "en"), ("holding", "fr")]
)
def test_an_unknown_template_is_refused(name: str, language: str) -> None:
    with pytest.raises(UnknownTemplate):
        template(name, language)


def _blocking(
    name: str, language: str, facts: tuple[Fact, ...], incidents: tuple[Incident, ...]
) -> list[str]:
    chosen = template(name, language)
    drafted = draft_from_template(name, language, context(facts, language, incidents))
    report = check.check(
        check.Draft(
            text=drafted.text,
            channel=chosen.channels[0],
            language=language,
            kind=chosen.kind,
            facts=tuple(
                grounding.Fact(each.code, each.text, each.status)
                for each in facts
                if each.status in grounding.STATUSES
            ),
            case=checked_case(incidents),
        )
    )
    title = chosen.title[language]
    given = f"{CASE.public_name}, {master_data(FIRM, [OWNER])}, {title}, {drafted.given}"
    return [
        f"{each.kind} {each.rule} „{each.quote}“ {each.message}"
        for each in without_given(drafted.text, report.findings, given)
        if each.severity == "block"
    ]


INCIDENT = (Incident("cyber_attack", NOW),)


@pytest.mark.parametrize(("name", "language"), EVERY)
@pytest.mark.parametrize("facts", [LEDGER, ()], ids=["ledger", "no facts"])
def test_a_template_draft_has_no_blocking_finding(
    name: str, language: str, facts: tuple[Fact, ...]
) -> None:
    assert _blocking(name, language, facts, INCIDENT) == []


_SUBJECTS = {
    "de": ("Die Kundenverwaltung", "Der Server im Büro", "Das Postfach der Werkstätte"),
    "en": ("The customer database", "The office server", "The workshop mailbox"),
}
_EVENTS = {
    "de": (
        "ist am {day}. März 2026 um {hour}.{minute:02d} Uhr ausgefallen",
        "war am {day}. März 2026 für rund {hour} Stunden nicht erreichbar",
        "ist seit {day}. März 2026 gesperrt",
        "wurde am {day}. März 2026 vom Netz genommen",
    ),
    "en": (
        "failed on {day} March 2026 at {hour}:{minute:02d}",
        "could not be reached for about {hour} hours on {day} March 2026",
        "has been locked since {day} March 2026",
        "was taken off the network on {day} March 2026",
    ),
}


def _ledgers(language: str) -> st.SearchStrategy[tuple[Fact, ...]]:
    texts = st.builds(
        lambda subject, event, day, hour, minute: (
            f"{subject} {event.format(day=day, hour=hour, minute=minute)}"
        ),
        st.sampled_from(_SUBJECTS[language]),
        st.sampled_from(_EVENTS[language]),
        st.integers(2, 28),
        st.integers(2, 22),
        st.integers(0, 59),
    )
    statuses = st.sampled_from(["confirmed", "unconfirmed", "disputed", "retracted"])
    return st.lists(st.tuples(texts, statuses), max_size=4, unique_by=lambda pair: pair[0]).map(
        lambda pairs: tuple(fact(i, *pair) for i, pair in enumerate(pairs, start=1))
    )


_INCIDENTS = st.builds(
    lambda kind, loss, cause: (Incident(kind, NOW, data_loss=loss, cause_status=cause),),
    st.sampled_from(["cyber_attack", "email_fraud", "identity_theft", "fake_website"]),
    st.sampled_from(["yes", "no", "unknown"]),
    st.sampled_from(["open", "established", "fixed"]),
)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from([each.values for each in EVERY]), _INCIDENTS)
def test_a_template_draft_of_any_ledger_has_no_blocking_finding(
    data: st.DataObject, which: tuple[str, str], incidents: tuple[Incident, ...]
) -> None:
    name, language = which
    facts = data.draw(_ledgers(language))
    assert _blocking(name, language, facts, incidents) == []


@pytest.mark.parametrize(
    ("text", "quote", "stays"),
    [
        pytest.param("Sie finden uns in der Werkstraße 7.", "7", False, id="house number"),
        pytest.param("Betroffen sind 7 Kunden.", "7", True, id="the same number elsewhere"),
        pytest.param("Es spricht Anton Aigner.", "Anton Aigner", False, id="owner"),
        pytest.param("Es spricht Anton Aig.", "Anton Aig", True, id="half a name"),
        pytest.param("Es spricht Eva Huber.", "Eva Huber", True, id="somebody else"),
    ],
)
def test_master_data_needs_no_fact(text: str, quote: str, stays: bool) -> None:
    start = text.index(quote)
    finding = check.Finding("unsupported", "block", start, start + len(quote), quote, "", "")
    left = without_given(text, [finding], master_data(FIRM, [OWNER]))
    assert left == ((finding,) if stays else ())
