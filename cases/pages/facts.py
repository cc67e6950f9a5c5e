"""The facts of a case, as a part of its page."""

from __future__ import annotations

import streamlit as st

from cases import store, words
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case
from data.i18n import _


def part(desk: Desk, case: Case) -> None:
    """What is known, with status and source, and the forms that change it."""
    parts.section(_("Tatsachen"))
    facts = store.facts_of(desk.db, case.id)
    if not facts:
        parts.empty(
            _(
                "Hier stehen die Tatsachen des Falls; Stellungnahmen stützen sich nur auf bestätigte."
            )
        )
    parts.rows(
        [
            [f"{fact.code} · {words.fact_status(fact.status)}", fact.text, fact.source]
            for fact in facts
        ],
        _("Tatsachen"),
    )
    if not desk.may("case.write"):
        return
    with (
        st.expander(_("Tatsache aufnehmen"), expanded=not facts),
        st.form(f"fact_{case.id}", border=False, clear_on_submit=False),
    ):
        text = st.text_input(_("Tatsache, ein Satz"), key=f"fact_text_{case.id}")
        one, two = st.columns(2)
        with one:
            status = st.selectbox(
                _("Stand"),
                [each for each in store.FACT_STATUSES if each != "retracted"],
                format_func=words.fact_status,
                key=f"fact_status_{case.id}",
            )
        with two:
            source = st.text_input(_("Quelle (wer, wann)"), key=f"fact_source_{case.id}")
        sent = st.form_submit_button(_("Aufnehmen"))
    if sent:
        with parts.attempt():
            fact = store.add_fact(
                desk.db, desk.actor, case.id, text=text, status=status, source=source
            )
        parts.flash(_("{code} ist aufgenommen.").format(code=fact.code))
        parts.clear(f"fact_text_{case.id}", f"fact_source_{case.id}")
        st.rerun()
    if facts:
        _change_fact(desk, case, facts)


def _change_fact(desk: Desk, case: Case, facts: list[store.Fact]) -> None:
    with st.expander(_("Stand einer Tatsache ändern")), st.form(f"change_{case.id}", border=False):
        by_id = {fact.id: fact for fact in facts}
        fact_id = st.selectbox(
            _("Tatsache"),
            list(by_id),
            format_func=lambda key: f"{by_id[key].code} {by_id[key].text}",
            key=f"change_fact_{case.id}",
        )
        status = st.selectbox(
            _("Neuer Stand"),
            store.FACT_STATUSES,
            format_func=words.fact_status,
            key=f"change_status_{case.id}",
        )
        source = st.text_input(_("Quelle (wer, wann)"), key=f"change_source_{case.id}")
        if st.form_submit_button(_("Ändern")):
            with parts.attempt():
                store.change_fact(
                    desk.db, desk.actor, fact_id, status=status, source=source or None
                )
            parts.flash(_("Der Stand ist geändert; die frühere Fassung bleibt erhalten."))
            st.rerun()
