"""The duties to report of a case (EX-02), and the clocks that are started by hand."""

from __future__ import annotations

import streamlit as st

from cases import clock as rules
from cases import clocks, words
from cases.clock import ClockKind
from cases.clocks import EntityAnswer
from cases.coverage_text import label
from cases.desk import Desk
from cases.obligations import Obligation
from cases.pages import parts
from cases.pages.typed import entered, entered_day, read_end, read_start
from cases.store import Case
from cases.store import clocks as clock_store
from data import formats, reference
from data.i18n import _

_THREE = ("unknown", "yes", "no")
# What starts with the case or with an enquiry is not started here.
_NOT_BY_HAND = (ClockKind.PRESS, ClockKind.HOLDING)


def show(desk: Desk, case: Case) -> None:
    """Which duties apply and why; the answers about the firm; a clock started by hand."""
    parts.section(_("Meldepflichten"))
    duties = clocks.obligations_of(desk.db, case.id)
    asks = {question for each in duties for question in each.asks}
    open_words = (
        _("Noch zu klären: {questions}").format(
            questions=" ".join(
                _question(each) for each in clocks.entity_questions() if each in asks
            )
        )
        if asks
        else _("Alles geklärt, was Meldepflichten auslöst.")
    )
    parts.note(open_words)
    with st.expander(_("Was gilt und warum")):
        _duties(desk, case, duties)
    if not desk.may("case.write"):
        return
    with st.expander(_("Einordnung der Firma und des Vorfalls")):
        _classes(desk, case)
    with st.expander(_("Frist von Hand starten")):
        _by_hand(desk, case)


def _question(name: str) -> str:
    return label(reference.load("clocks")["entity_questions"][name]["question"])


def _duties(desk: Desk, case: Case, duties: list[Obligation]) -> None:
    known = {(each.kind, each.subject) for each in clock_store.clocks_of(desk.db, case.id)}
    waiting = [
        each
        for each in duties
        if each.applies == "yes" and (each.kind.value, each.subject) not in known
    ]
    # One row for the clocks that stand and fall together.
    grouped: dict[tuple[str, str], list[str]] = {}
    for each in duties:
        state = _applies_word(each, each in waiting)
        grouped.setdefault((each.reason, state), []).append(clocks.clock_short(each.kind))
    parts.rows(
        [[", ".join(names), reason, state] for (reason, state), names in grouped.items()],
        _("Was gilt und warum"),
    )
    quote = reference.load("rules")["EX-02"]["quote"]
    parts.note(f"EX-02 „{quote}“")
    if desk.may("case.write"):
        for each in waiting:
            _start_button(desk, case, each)


def _applies_word(duty: Obligation, waiting: bool) -> str:
    if waiting:
        return _("gilt, noch nicht gestartet")
    return {"yes": _("gilt"), "no": _("gilt nicht"), "unknown": _("offen")}[duty.applies]


def _start_button(desk: Desk, case: Case, duty: Obligation) -> None:
    words_on_it = _("Frist starten: {title}").format(title=clocks.clock_short(duty.kind))
    key = f"start_duty_{duty.kind}_{duty.subject}_{case.id}"
    if duty.start is None or not st.button(words_on_it, key=key):
        return
    with parts.attempt():
        made = clocks.start_duty(desk.db, desk.actor, case.id, duty)
    parts.flash(
        _("Frist läuft: {title}, bis {due}").format(
            title=made.title, due=formats.moment(made.due_at)
        )
    )
    st.rerun()


def _classes(desk: Desk, case: Case) -> None:
    answers = clocks.entity_answers(desk.db, case.id)
    parts.rows(
        [
            [words.three(each.answer), _question(name), each.reason, _by(each)]
            for name, each in answers.items()
        ],
        _("Einordnung der Firma und des Vorfalls"),
    )
    question = st.selectbox(
        _("Frage"), clocks.entity_questions(), format_func=_question, key=f"entity_{case.id}"
    )
    entry = reference.load("clocks")["entity_questions"][question]
    parts.note(label(entry["help"]))
    with st.form(f"entity_form_{case.id}", border=False):
        answer = st.segmented_control(
            _("Antwort"),
            _THREE,
            format_func=words.three,
            default="unknown",
            key=f"entity_answer_{case.id}_{question}",
            required=True,
        )
        since = ""
        if entry.get("since"):
            since = st.text_input(
                _("Eingestuft am (TT.MM.JJJJ hh:mm)"), key=f"entity_since_{case.id}_{question}"
            )
        reason = st.text_input(_("Begründung"), key=f"entity_reason_{case.id}_{question}")
        if st.form_submit_button(_("Antwort festhalten")):
            with parts.attempt():
                started = clocks.answer_entity(
                    desk.db,
                    desk.actor,
                    case.id,
                    question,
                    str(answer),
                    reason=reason,
                    since=read_end(since),
                )
            parts.flash(
                _("Festgehalten; neu laufen: {titles}").format(
                    titles=", ".join(each.title for each in started)
                )
                if started
                else _("Festgehalten.")
            )
            st.rerun()


def _by(answer: EntityAnswer) -> str:
    return _("{name}, {at}").format(name=answer.answered_by, at=formats.moment(answer.answered_at))


def _by_hand(desk: Desk, case: Case) -> None:
    kind = st.selectbox(
        _("Frist"),
        [each for each in ClockKind if each not in _NOT_BY_HAND],
        format_func=clocks.clock_title,
        key=f"hand_kind_{case.id}",
    )
    entry = rules.entry_of(kind)
    days = rules.counts_days(kind)
    parts.note(
        _("Beginnt mit: {starts}. {rule}; {source}").format(
            starts=label(entry["starts"]), rule=entry["rule"], source=entry["source"]
        )
    )
    with st.form(f"hand_form_{case.id}", border=False):
        start = st.text_input(
            _("Beginn (TT.MM.JJJJ)") if days else _("Beginn (TT.MM.JJJJ hh:mm)"),
            value=entered_day(desk.now) if days else entered(desk.now),
            key=f"hand_start_{case.id}_{kind}",
        )
        due = ""
        if rules.takes_due(kind):
            due = st.text_input(
                _("Ende (TT.MM.JJJJ hh:mm); leer: die übliche Zielzeit"),
                key=f"hand_due_{case.id}_{kind}",
            )
        note = st.text_input(
            _("Wozu, zum Beispiel das Medium oder die Fundstelle"),
            key=f"hand_note_{case.id}_{kind}",
        )
        if st.form_submit_button(_("Frist starten")):
            with parts.attempt():
                made = clocks.start_by_hand(
                    desk.db,
                    desk.actor,
                    case.id,
                    kind,
                    start=read_start(start, days),
                    due=read_end(due),
                    note=note,
                )
            parts.flash(
                _("Frist läuft: {title}, bis {due}").format(
                    title=made.title, due=formats.moment(made.due_at)
                )
            )
            st.rerun()
