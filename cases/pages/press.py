"""The press enquiries on the page of the clocks: who asks what until when."""

from __future__ import annotations

import streamlit as st

from cases.desk import Desk
from cases.pages import parts
from cases.pages.typed import entered, read_end
from cases.store import Case
from cases.store import press as press_store
from cases.store.clocks import CaseClock
from cases.store.press import Enquiry, NewEnquiry
from data import formats
from data.i18n import _
from data.times import read_entered

_OPEN = "enquiry_open"


def channel_word(channel: str) -> str:
    """The way an enquiry came."""
    return {
        "phone": _("Telefon"),
        "email": _("E-Mail"),
        "social": _("soziales Netz"),
        "form": _("Formular"),
        "in_person": _("persönlich"),
    }[channel]


def enquiry_of(clock: CaseClock) -> int | None:
    """The enquiry whose deadline a clock is, or None."""
    kind, _colon, number = clock.subject.partition(":")
    return int(number) if kind == "enquiry" else None


def of_case(desk: Desk, case: Case) -> None:
    """The enquiries of a case: unanswered ones in sight, the others folded."""
    parts.section(_("Presseanfragen"))
    known = press_store.enquiries_of(desk.db, case.id)
    waiting = press_store.open_enquiries(desk.db, case.id)
    if not known:
        parts.empty(_("Noch keine Anfrage. Jede Anfrage mit Frist läuft oben als Uhr mit."))
    _warn_of_missed(desk, waiting)
    for each in waiting:
        _row(desk, each, with_case=False)
    if desk.may("case.write"):
        with st.expander(_("Anfrage aufnehmen")):
            _add(desk, case)
    settled = [each for each in known if each.settled_at is not None]
    if settled:
        title = _("Abgeschlossene Anfragen ({count})").format(count=len(settled))
        with st.expander(title, expanded=any(_is_open(each) for each in settled)):
            for each in settled:
                _row(desk, each, with_case=False)


def of_all(desk: Desk) -> None:
    """What was missed over all open cases, and the enquiries that no clock shows."""
    waiting = press_store.open_enquiries(desk.db)
    _warn_of_missed(desk, waiting)
    without_clock = [each for each in waiting if each.clock_id is None]
    if without_clock:
        parts.section(_("Presseanfragen ohne Frist"))
    for each in without_clock:
        _row(desk, each, with_case=True)


def _warn_of_missed(desk: Desk, waiting: list[Enquiry]) -> None:
    missed = [each for each in waiting if each.missed(desk.now)]
    if not missed:
        return
    media = ", ".join(each.medium for each in missed)
    st.warning(
        parts.plain(
            _(
                "Frist versäumt: {media}. Wer die angebotene Stellungnahme nicht abgibt, kann die "
                "Gegendarstellung verlieren (MedienG § 11 Abs. 1 Z 7). Bitte sofort anrufen."
            ).format(media=media)
        )
    )


def _is_open(enquiry: Enquiry) -> bool:
    return bool(st.session_state.get(_OPEN) == enquiry.id)


def _row(desk: Desk, enquiry: Enquiry, *, with_case: bool) -> None:
    cells = (_when(desk, enquiry), _who(enquiry, with_case), _asked(desk, enquiry))
    with st.container(
        horizontal=True, vertical_alignment="center", key=f"clock_row_enquiry_{enquiry.id}"
    ):
        body = "".join(f"<span>{cell}</span>" for cell in cells)
        st.html(f'<div class="kp-clock">{body}</div>')
        opened = _is_open(enquiry)
        if st.button(
            _("schließen") if opened else _("öffnen"),
            key=f"enquiry_{enquiry.id}",
            type="tertiary",
        ):
            st.session_state[_OPEN] = None if opened else enquiry.id
            st.rerun()
    if _is_open(enquiry):
        with st.container(key=f"clock_panel_enquiry_{enquiry.id}"):
            parts.quote_block(enquiry.questions)
            if enquiry.settled_at is not None:
                _how_settled(desk, enquiry)
            if desk.may("case.write"):
                edit(desk, enquiry.id, place="list")


def _when(desk: Desk, enquiry: Enquiry) -> str:
    if enquiry.settled_at is not None:
        word = _("beantwortet {at}") if enquiry.settled_as == "answered" else _("abgelehnt {at}")
        if enquiry.late:
            word = _("verspätet {at}")
        said = word.format(at=formats.short_moment(enquiry.settled_at, desk.now))
        return f'<span class="kp-done">{parts.escape(said)}</span>'
    if enquiry.deadline_at is None:
        since = formats.since(enquiry.received_at, desk.now)
        return parts.escape(_("ohne Frist, offen {since}").format(since=since))
    said = parts.escape(formats.due(enquiry.deadline_at, desk.now))
    return f'<span class="kp-critical">{said}</span>' if enquiry.missed(desk.now) else said


def _who(enquiry: Enquiry, with_case: bool) -> str:
    named = [enquiry.medium, enquiry.journalist, enquiry.reach_at]
    said = parts.escape(" · ".join(each for each in named if each))
    if not with_case:
        return said
    number = parts.escape(enquiry.case_number)
    return (
        f'{said} · <a href="?fall={number}" target="_self">{number}</a> '
        f"{parts.escape(enquiry.public_name)}"
    )


def _asked(desk: Desk, enquiry: Enquiry) -> str:
    return parts.escape(
        _("{channel}, {at}").format(
            channel=channel_word(enquiry.channel),
            at=formats.short_moment(enquiry.received_at, desk.now),
        )
    )


def _how_settled(desk: Desk, enquiry: Enquiry) -> None:
    said = enquiry.answer
    if enquiry.statement_id is not None:
        named = _("Stellungnahme {id}").format(id=enquiry.statement_id)
        said = f"{named} · {said}" if said else named
    if enquiry.settled_at is not None:
        parts.rows(
            [[formats.short_moment(enquiry.settled_at, desk.now), said, enquiry.settled_by or ""]],
            _("So wurde geantwortet"),
        )


def _add(desk: Desk, case: Case) -> None:
    name = f"enquiry:{case.id}"
    with st.form(f"enquiry_{case.id}", border=False):
        one, two = st.columns(2)
        with one:
            medium = st.text_input(_("Medium"), key=f"enquiry_medium_{case.id}")
            journalist = st.text_input(_("Name"), key=f"enquiry_name_{case.id}")
            reach_at = st.text_input(
                _("Erreichbar unter (Telefon oder E-Mail)"), key=f"enquiry_reach_{case.id}"
            )
        with two:
            received = st.text_input(
                _("Eingegangen (TT.MM.JJJJ hh:mm)"),
                value=entered(desk.now),
                key=f"enquiry_received_{case.id}",
            )
            deadline = st.text_input(
                _("Frist (TT.MM.JJJJ hh:mm); leer: keine genannt"),
                key=f"enquiry_deadline_{case.id}",
            )
            channel = st.selectbox(
                _("Weg"),
                press_store.CHANNELS,
                format_func=channel_word,
                key=f"enquiry_channel_{case.id}",
            )
        questions = st.text_area(_("Fragen"), key=f"enquiry_questions_{case.id}")
        if st.form_submit_button(_("Anfrage aufnehmen"), type="primary"):
            with parts.attempt():
                made = press_store.add_enquiry(
                    desk.db,
                    desk.actor,
                    case.id,
                    NewEnquiry(
                        medium=medium,
                        questions=questions,
                        channel=channel,
                        received_at=read_entered(received),
                        deadline_at=read_end(deadline),
                        journalist=journalist,
                        reach_at=reach_at,
                    ),
                    idempotency_key=parts.form_key(name),
                )
            parts.form_done(name)
            st.session_state.pop(f"enquiry_received_{case.id}", None)
            fields = ("medium", "name", "reach", "deadline", "questions")
            parts.clear(*(f"enquiry_{field}_{case.id}" for field in fields))
            parts.flash(_("Anfrage von {medium} ist aufgenommen.").format(medium=made.medium))
            st.rerun()


def edit(desk: Desk, enquiry_id: int, place: str = "clock") -> None:
    """Answer, decline, move the deadline; open again what was settled. ``place`` keys it."""
    enquiry = press_store.enquiry_by_id(desk.db, enquiry_id)
    key = f"{place}_{enquiry.id}"
    if enquiry.settled_at is not None:
        _reopen(desk, enquiry, key)
        return
    how = st.segmented_control(
        _("Was ist mit der Anfrage"),
        ("answered", "declined", "deadline"),
        format_func=_action_word,
        default="answered",
        key=f"enquiry_how_{key}",
        required=True,
    )
    if how == "answered":
        _answer(desk, enquiry, key)
    elif how == "declined":
        _decline(desk, enquiry, key)
    else:
        _move(desk, enquiry, key)


def _action_word(action: str) -> str:
    return {
        "answered": _("beantwortet"),
        "declined": _("bleibt unbeantwortet"),
        "deadline": _("andere Frist"),
    }[action]


def _finish(enquiry: Enquiry) -> None:
    st.session_state[_OPEN] = None
    parts.flash(_("Festgehalten: Anfrage von {medium}").format(medium=enquiry.medium))
    st.rerun()


def _answer(desk: Desk, enquiry: Enquiry, key: str) -> None:
    with st.form(f"enquiry_answer_{key}", border=False):
        at = st.text_input(
            _("Beantwortet am (TT.MM.JJJJ hh:mm)"),
            value=entered(desk.now),
            key=f"enquiry_answer_at_{key}",
        )
        said = st.text_area(_("Was wurde gesagt oder gesandt"), key=f"enquiry_answer_text_{key}")
        statement_id = st.number_input(
            _("Nummer der Stellungnahme, falls es eine gibt"),
            min_value=1,
            value=None,
            step=1,
            key=f"enquiry_statement_{key}",
        )
        if st.form_submit_button(_("Als beantwortet festhalten"), type="primary"):
            with parts.attempt():
                press_store.answer_enquiry(
                    desk.db,
                    desk.actor,
                    enquiry.id,
                    at=read_entered(at),
                    answer=said,
                    statement_id=int(statement_id) if statement_id is not None else None,
                )
            _finish(enquiry)


def _decline(desk: Desk, enquiry: Enquiry, key: str) -> None:
    parts.note(
        _(
            "Wer auf die Anfrage nicht antwortet, kann die Gegendarstellung verlieren "
            "(MedienG § 11 Abs. 1 Z 7). Der Verzicht braucht einen Grund."
        )
    )
    with st.form(f"enquiry_decline_{key}", border=False):
        reason = st.text_input(_("Warum nicht"), key=f"enquiry_decline_reason_{key}")
        if st.form_submit_button(_("Verzicht festhalten")):
            with parts.attempt():
                press_store.decline_enquiry(desk.db, desk.actor, enquiry.id, reason)
            _finish(enquiry)


def _move(desk: Desk, enquiry: Enquiry, key: str) -> None:
    with st.form(f"enquiry_move_{key}", border=False):
        deadline = st.text_input(
            _("Neue Frist (TT.MM.JJJJ hh:mm)"),
            value=entered(enquiry.deadline_at) if enquiry.deadline_at else "",
            key=f"enquiry_move_at_{key}",
        )
        reason = st.text_input(_("Warum"), key=f"enquiry_move_reason_{key}")
        if st.form_submit_button(_("Frist ändern")):
            with parts.attempt():
                press_store.change_deadline(
                    desk.db, desk.actor, enquiry.id, read_entered(deadline), reason
                )
            _finish(enquiry)


def _reopen(desk: Desk, enquiry: Enquiry, key: str) -> None:
    with st.form(f"enquiry_reopen_{key}", border=False):
        reason = st.text_input(_("Warum wieder öffnen"), key=f"enquiry_reopen_reason_{key}")
        if st.form_submit_button(_("Wieder öffnen")):
            with parts.attempt():
                press_store.reopen_enquiry(desk.db, desk.actor, enquiry.id, reason)
            _finish(enquiry)
