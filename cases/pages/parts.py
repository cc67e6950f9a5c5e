"""The parts that every page is made of.

They stand on this floor because the pages of the rooms above use them, and a room knows
only the rooms below it.
"""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from cases import store
from cases.desk import Desk
from cases.errors import UnknownCase
from cases.store import Case
from data import KrisenpultError, formats
from data.i18n import _

_FLASH = "flash"
_SHOWN_ERROR = "shown_error"
_CLEARED = "cleared"
# Times, amounts, shares: nothing but figures and their signs.
_FIGURES = re.compile(r"[\d\s€%.,:–-]*\d[\d\s€%.,:–-]*")
_MARKDOWN_SIGNS = "\\`*_{}[]()<>#+-.!|~$:&"


def escape(text: str) -> str:
    """``text`` for ``st.html``: whatever came from outside is shown, never interpreted."""
    return html.escape(text, quote=True)


def plain(text: str) -> str:
    """``text`` for labels and ``st.markdown``: every sign of Markdown is taken literally."""
    return "".join(f"\\{sign}" if sign in _MARKDOWN_SIGNS else sign for sign in text)


def quote_block(text: str) -> None:
    """Show text from outside, inert, with its line breaks."""
    st.html(f'<div class="kp-quote">{escape(text)}</div>')


def header(title: str, state: str = "") -> None:
    """The one line at the top of a page: what this is, and its state."""
    tail = f'<span class="kp-state">{escape(state)}</span>' if state else ""
    st.html(f'<div class="kp-head"><h1>{escape(title)}</h1>{tail}</div>')
    show_flash()


def section(title: str) -> None:
    """The heading of a part of the page."""
    st.html(f'<h2 class="kp-section">{escape(title)}</h2>')


def empty(sentence: str) -> None:
    """An empty state: what will appear here. Put the step that makes it appear below it."""
    st.html(f'<p class="kp-empty">{escape(sentence)}</p>')


def note(sentence: str) -> None:
    """A quiet sentence beside the content."""
    st.html(f'<p class="kp-note">{escape(sentence)}</p>')


def rows(lines: list[list[str]], label: str) -> None:
    """Dense rows, three or four facts each; every cell is taken literally.

    The first cell names the row, the second is what it says and takes the room that is left.
    ``label`` names the list for a screen reader. No lines, no list.
    """
    if not lines:
        return
    columns = max(len(line) for line in lines)
    body = "".join("<li>" + "".join(_cell(text) for text in line) + "</li>" for line in lines)
    st.html(
        f'<div class="kp-list"><ul class="kp-rows kp-rows-{columns}"'
        f' aria-label="{escape(label)}">{body}</ul></div>'
    )


def _cell(text: str) -> str:
    figures = ' class="kp-figures"' if _FIGURES.fullmatch(text) else ""
    return f"<span{figures}>{escape(text)}</span>"


def flash(sentence: str, *, done: bool = True) -> None:
    """Say ``sentence`` at the top of the page after the next rerun; not ``done`` is a warning."""
    st.session_state[_FLASH] = ("success" if done else "warning", sentence)


def show_flash() -> None:
    """Show what :func:`flash` or a failed :func:`attempt` left, once; it stays in sight."""
    for key, value in st.session_state.pop(_CLEARED, {}).items():
        st.session_state[key] = value
    kind, sentence = st.session_state.pop(_FLASH, ("", ""))
    st.session_state[_SHOWN_ERROR] = sentence if kind == "error" else ""
    # Always there, even empty: what stands below keeps its place, and what is unfolded stays so.
    with st.container(key="flash"):
        if kind == "error":
            st.error(plain(sentence))
        elif kind == "warning":
            st.warning(plain(sentence))
        elif kind == "success":
            st.success(plain(sentence))


@contextmanager
def attempt() -> Iterator[None]:
    """Do one thing for the user; what it cannot do is said in one sentence on the page.

    The page runs again, so that everything below is there and keeps what was typed. What
    fails again at once, without a click, is said where it stands. Put ``st.rerun()`` after
    the block, never inside.
    """
    try:
        yield
    except KrisenpultError as error:
        sentence = error.sentence()
        if st.session_state.get(_SHOWN_ERROR) == sentence:
            st.stop()
        st.session_state[_FLASH] = ("error", sentence)
        st.rerun()


def form_key(name: str) -> str:
    """The idempotency key of a form: the same until :func:`form_done`, over every rerun."""
    key = f"idempotency:{name}"
    if key not in st.session_state:
        st.session_state[key] = secrets.token_hex(16)
    return str(st.session_state[key])


def form_done(name: str) -> None:
    """The form has done its work; its next use gets a new key."""
    st.session_state.pop(f"idempotency:{name}", None)


def clear(*keys: str, choices: Iterable[str] = ()) -> None:
    """Empty these fields for their next use; call it before ``st.rerun()``.

    ``choices`` are the keys of selectboxes that begin without a choice.

    A key that is only dropped stays as it was typed in the browser, and a second click would
    send it again. An empty text is sent to the browser; a selectbox takes it for its default.
    Not for fields with a text of their own to begin with.
    """
    texts = [key for key in keys if isinstance(st.session_state.pop(key, None), str)]
    for key in choices:
        st.session_state.pop(key, None)
    before = st.session_state.get(_CLEARED, {})
    st.session_state[_CLEARED] = {**before, **dict.fromkeys(texts, ""), **dict.fromkeys(choices)}


def link(desk: Desk, page: str, label: str, case: Case | None = None, **query: Any) -> None:
    """A link to another page of the desk, with the case in it."""
    parameters = {name: str(value) for name, value in query.items()}
    if case is not None:
        parameters["fall"] = case.number
    st.page_link(desk.pages[page], label=plain(label), query_params=parameters)


def go(desk: Desk, page: str, case: Case | None = None, **query: Any) -> None:
    """Open another page of the desk, with the case in its link."""
    parameters = {name: str(value) for name, value in query.items()}
    if case is not None:
        parameters["fall"] = case.number
    st.switch_page(desk.pages[page], query_params=parameters)


def case_line(desk: Desk, case: Case) -> str:
    """The state of a case in one line, for :func:`header`."""
    parts = [
        formats.coverage(case.coverage_result, case.limb),
        {"open": _("offen"), "closed": _("abgeschlossen"), "refused": _("abgelehnt")}[case.state],
        formats.since(case.called_at, desk.now),
    ]
    if case.on_duty:
        parts.append(_("im Dienst: {name}").format(name=case.on_duty))
    return " · ".join(parts)


def case_title(case: Case) -> str:
    """Number and public name."""
    return f"{case.number} · {case.public_name}"


def choose_case(desk: Desk) -> Case | None:
    """The case of the link, or a choice among the cases; None while nothing is chosen.

    A wrong number in the link is said in one sentence, and the choice is offered.
    """
    wrong = ""
    try:
        case = desk.case()
    except UnknownCase as error:
        wrong = error.sentence()
        case = None
    if case is not None:
        return case
    known = store.list_cases(desk.db)
    if not wrong and len(known) == 1:
        return known[0]
    header(_("Fall auswählen"))
    if wrong:
        st.warning(plain(wrong))
    if not known:
        empty(_("Noch kein Fall. Er beginnt mit dem Anruf der Firma."))
        if desk.may("case.write"):
            link(desk, "intake", _("Neuer Fall"))
        return None
    chosen = st.selectbox(
        _("Fall"),
        [each.number for each in known],
        format_func=lambda number: case_title(next(c for c in known if c.number == number)),
        index=None,
        placeholder=_("Fall auswählen"),
        key="chosen_case",
    )
    if chosen is not None:
        # In the link, so that the page can be reloaded and passed on.
        st.query_params["fall"] = chosen
        st.rerun()
    return None


def case_tabs(desk: Desk, case: Case) -> None:
    """The ways from one page of a case to its others."""
    with st.container(horizontal=True, key="case_tabs"):
        if desk.may("case.read"):
            link(desk, "case", _("Übersicht"), case)
            link(desk, "mentions", _("Meldungen"), case)
            link(desk, "statements", _("Stellungnahmen"), case)
        link(desk, "hours", _("Leistungen"), case)
    if not desk.may("case.read"):
        return
    with st.container(horizontal=True, key="case_tabs_more"):
        link(desk, "coverage", _("Deckung"), case)
        link(desk, "event", _("IT und Versicherungsfall"), case)
        link(desk, "firm", _("Firma und Polizze"), case)
        link(desk, "steps", _("Schritte"), case)
        link(desk, "stakeholders", _("Beteiligte"), case)
        link(desk, "options", _("Möglichkeiten"), case)
        link(desk, "clocks", _("Fristen"), case)
        link(desk, "timeline", _("Zeitleiste"), case)
        if desk.may("evidence.read"):
            link(desk, "evidence", _("Belege"), case)
        link(desk, "case_file", _("Akte"), case)
