"""Beteiligte: who is told what by when, by whom, with which text (EX-07b)."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cases import stakeholders
from cases.desk import Desk
from cases.pages import entering, parts
from cases.pages.typed import entered, read_end
from cases.stakeholders import BY_WHOM, OTHER, Entry, Line, Party
from cases.store import Case
from cases.store import stakeholders as stakeholder_store
from data import formats
from data.i18n import _
from drafting import store as drafting_store
from drafting.pages import words as statement_words
from drafting.store import Statement

_STYLE = Path(__file__).with_name("stakeholders.css")
_SHAPES = {"undecided": "○", "not_informed": "–", "due": "◔", "overdue": "◑", "done": "●"}
_OPEN = "stakeholder_open"


def show(desk: Desk) -> None:
    """Every group in the order of telling; the one that is opened has its form below its row."""
    case = parts.choose_case(desk)
    if case is None:
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    st.html(_STYLE)
    lines = stakeholder_store.matrix_of(desk.db, case.id)
    counts = stakeholders.count(lines)
    parts.section(_("Beteiligte"))
    parts.note(
        _("{counts}. Reihenfolge: intern vor extern, eigene Kanäle vor den Medien.").format(
            counts=counts.text[:1].upper() + counts.text[1:]
        )
    )
    statements = drafting_store.statements_of(desk.db, case.id)
    for line in lines:
        _row(desk, case, line, statements)
    if _may_write(desk, case):
        _rest(desk, case, lines)
        _other(desk, case, statements)
    entering.rules("EX-07", "EX-07b", "CV-03")


def _may_write(desk: Desk, case: Case) -> bool:
    return desk.may("case.write") and case.state != "closed"


# --- the rows -------------------------------------------------------------------------------


def _row(desk: Desk, case: Case, line: Line, statements: list[Statement]) -> None:
    key = f"{case.id}_{line.party.id}_{_slug(line)}"
    is_open = st.session_state.get(_OPEN) == key
    with st.container(key=f"stakeholder_row_{key}"):
        with st.container(horizontal=True, key=f"stakeholder_line_{key}", gap="small"):
            st.html(_row_html(desk, line, statements))
            if _may_write(desk, case):
                label = _("schließen") if is_open else _("ändern")
                if line.state == "undecided" and not is_open:
                    label = _("festlegen")
                if st.button(label, key=f"open_{key}", type="tertiary"):
                    st.session_state[_OPEN] = None if is_open else key
                    st.rerun()
        if is_open:
            _form(desk, case, line.party, line.entry, statements, f"stakeholder_{key}")
            _history(desk, case, line)


def _slug(line: Line) -> str:
    """A name of its own is text from outside: the key only has to tell the rows apart."""
    name = line.entry.name if line.entry is not None else ""
    return name.encode().hex() if name else ""


def _row_html(desk: Desk, line: Line, statements: list[Statement]) -> str:
    said = " · ".join(_decided(desk, line, statements))
    css = {"overdue": "kp-serious", "done": "kp-done"}.get(line.state, "")
    why = _suggested(line)
    return (
        f'<div class="kp-party"><span class="{css}">{_SHAPES[line.state]} '
        f"{parts.escape(_state_word(line.state))}</span>"
        f"<span>{parts.escape(line.title)}"
        + (f"<small>{parts.escape(why)}</small>" if why else "")
        + f"</span><span>{parts.escape(said)}</span></div>"
    )


def _suggested(line: Line) -> str:
    """What the case suggests for the group, with its reason and rule."""
    if line.suggestion is None:
        return ""
    words = {"inform": _("Vorschlag: informieren"), "check": _("Vorschlag: prüfen")}
    return f"{words[line.suggestion.advice]}. {line.suggestion.reason} ({line.suggestion.rule})"


def _state_word(state: str) -> str:
    return {
        "undecided": _("offen"),
        "not_informed": _("nein"),
        "due": _("zu informieren"),
        "overdue": _("überfällig"),
        "done": _("informiert"),
    }[state]


def _decided(desk: Desk, line: Line, statements: list[Statement]) -> list[str]:
    """What holds for the group: by when, by whom, with which text, or why not."""
    entry = line.entry
    if entry is None or entry.inform == "open":
        return []
    if entry.inform == "no":
        return [entry.reason]
    said = []
    if entry.done_at is not None:
        said.append(formats.short_moment(entry.done_at, desk.now))
    elif entry.due_at is not None:
        said.append(formats.due(entry.due_at, desk.now))
    said.append(f"{_by_whom(entry.by_whom)}: {entry.person}")
    named = next((each for each in statements if each.id == entry.statement_id), None)
    if named is not None:
        said.append(f"„{named.title}“")
    if entry.text:
        said.append(entry.text)
    return said


def _by_whom(by_whom: str) -> str:
    return {"desk": _("Pult"), "firm": _("Firma"), "hotline": _("Hotline")}[by_whom]


def _history(desk: Desk, case: Case, line: Line) -> None:
    name = line.entry.name if line.entry is not None else ""
    history = stakeholder_store.history_of(desk.db, case.id, line.party.id, name)
    if len(history) < 2:
        return
    words = {"yes": _("informieren"), "no": _("nicht informieren"), "open": _("offen")}
    parts.rows(
        [
            [
                formats.short_moment(each.recorded_at, desk.now) if each.recorded_at else "",
                " · ".join(
                    text
                    for text in (words[each.inform], each.person, each.text, each.reason)
                    if text
                ),
                each.recorded_by,
            ]
            for each in history
        ],
        _("Bisher"),
    )


# --- deciding -------------------------------------------------------------------------------


def _form(
    desk: Desk,
    case: Case,
    party: Party,
    entry: Entry | None,
    statements: list[Statement],
    name: str,
) -> None:
    """The decision on one group; what is filled in is a proposal, and nothing is sent."""
    if party.hint:
        parts.note(party.hint)
    present = entry if entry is not None else Entry(party.id, "open")
    titles = {each.id: _statement_line(each) for each in statements}
    with st.form(name, border=False, enter_to_submit=False):
        own_name = present.name
        if party.id == OTHER and entry is None:
            own_name = st.text_input(_("Name der Gruppe"), key=f"{name}_name")
        inform = st.segmented_control(
            _("Informieren?"),
            ("yes", "no", "open"),
            format_func=_inform_word,
            default=present.inform,
            key=f"{name}_inform",
            required=True,
        )
        one, two, three = st.columns(3)
        with one:
            due = st.text_input(
                _("Bis wann (TT.MM.JJJJ hh:mm)"),
                value=entered(present.due_at or desk.now + party.within),
                key=f"{name}_due",
            )
        with two:
            by_whom = st.selectbox(
                _("Durch wen"),
                BY_WHOM,
                index=BY_WHOM.index(present.by_whom or party.by_whom),
                format_func=_by_whom,
                key=f"{name}_by",
            )
        with three:
            person = st.text_input(
                _("Name, wer informiert"), value=present.person, key=f"{name}_person"
            )
        statement_id = st.selectbox(
            _("Mit welchem Text"),
            list(titles),
            index=list(titles).index(present.statement_id)
            if present.statement_id in titles
            else None,
            format_func=lambda number: titles[number],
            placeholder=_("keine Stellungnahme dieses Falls"),
            key=f"{name}_statement",
        )
        text = st.text_input(_("Oder: was gesagt wird"), value=present.text, key=f"{name}_text")
        four, five = st.columns(2)
        with four:
            done = st.text_input(
                _("Informiert am (TT.MM.JJJJ hh:mm)"),
                value=entered(present.done_at) if present.done_at else "",
                key=f"{name}_done",
            )
        with five:
            reason = st.text_input(
                _("Begründung, bei „nein“ nötig"), value=present.reason, key=f"{name}_reason"
            )
        sent = st.form_submit_button(_("Speichern"), type="primary", key=f"{name}_sent")
    parts.link(desk, "statements", _("Text dafür entwerfen"), case)
    if not sent:
        return
    with parts.attempt():
        stakeholder_store.decide(
            desk.db,
            desk.actor,
            case.id,
            Entry(
                party=party.id,
                inform=inform,
                name=own_name,
                due_at=read_end(due) if inform == "yes" else None,
                by_whom=by_whom if inform == "yes" else "",
                person=person if inform == "yes" else "",
                statement_id=statement_id if inform == "yes" else None,
                text=text if inform == "yes" else "",
                done_at=read_end(done) if inform == "yes" else None,
                reason=reason,
            ),
            idempotency_key=parts.form_key(name),
        )
    entering.done(name)
    st.session_state[_OPEN] = None
    parts.flash(_("Festgehalten: {party}").format(party=own_name.strip() or party.title))
    st.rerun()


def _inform_word(inform: str) -> str:
    return {"yes": _("ja"), "no": _("nein"), "open": _("offen")}[inform]


def _statement_line(statement: Statement) -> str:
    channel = statement_words.channel(statement.channel)
    return f"{statement.title} ({channel}, {statement_words.state(statement.state)})"


def _rest(desk: Desk, case: Case, lines: list[Line]) -> None:
    """One reason for all that nothing suggests: a "no" stays a decision with its reason."""
    rest = [each for each in lines if each.state == "undecided" and each.suggestion is None]
    if not rest:
        return
    name = f"rest_{case.id}"
    with (
        st.expander(_("Alle ohne Vorschlag auf „nein“ setzen ({count})").format(count=len(rest))),
        st.form(name, border=False, enter_to_submit=False),
    ):
        parts.note(", ".join(each.title for each in rest))
        reason = st.text_input(_("Begründung für alle"), key=f"{name}_reason")
        sent = st.form_submit_button(_("Auf „nein“ setzen"), key=f"{name}_sent")
    if not sent:
        return
    with parts.attempt():
        stakeholder_store.decline_rest(
            desk.db, desk.actor, case.id, reason, idempotency_key=parts.form_key(name)
        )
    entering.done(name)
    parts.flash(_("Entschieden. Jede Gruppe lässt sich einzeln wieder ändern."))
    st.rerun()


def _other(desk: Desk, case: Case, statements: list[Statement]) -> None:
    with st.expander(_("Weitere Gruppe"), icon=":material/add:"):
        party = stakeholders.party_by_id(OTHER, _("Weitere Gruppe"))
        _form(desk, case, party, None, statements, f"stakeholder_{case.id}_new")
