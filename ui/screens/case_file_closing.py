"""Akte: the closing report, and closing the case with what is still open."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from cases import contract, readiness, store
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case
from cases.store import closing as record
from cases.store import readiness as sheets
from cases.store.closing import Closing, ClosingReport, Lessons
from data import formats
from data.i18n import _
from data.times import local
from ui import closing
from ui.screens import event_form

_RULES: Final = ("EX-10", "EX-12")


def show(desk: Desk, case: Case) -> None:
    """What was learned, the figures, and the end of the case."""
    reports = record.reports_of(desk.db, case.id)
    done = record.closing_of(desk.db, case.id)
    writes = desk.may("case.write")
    left, right = st.columns([3, 2], gap="large")
    with left:
        if done is not None:
            _closed(done)
        if reports:
            _report(desk, case, reports[0])
        elif not writes:
            parts.empty(_("Noch kein Abschlussbericht."))
        if writes:
            _write(desk, case, reports)
            if case.state != "closed":
                _close(desk, case, reports)
    with right:
        parts.section(_("Zahlen, Stand jetzt"))
        parts.rows(
            [list(each) for each in closing.figures_of(desk.home, case, desk.now)],
            _("Zahlen, Stand jetzt"),
        )
        _afterwards(desk, case)


def _closed(done: Closing) -> None:
    parts.section(_("Abgeschlossen"))
    rows = [
        [_("Wann, durch wen"), f"{formats.moment(done.closed_at)}, {done.closed_by}"],
        [_("Abschlussnotiz"), done.note],
    ]
    if done.without_report:
        rows.append([_("Ohne Abschlussbericht, weil"), done.without_report])
    rows += [[_("Offen, bestätigt"), each.text] for each in done.open_items]
    parts.rows(rows, _("Abgeschlossen"))


# The report ------------------------------------------------------------------------------------


def _report(desk: Desk, case: Case, written: ClosingReport) -> None:
    parts.section(_("Abschlussbericht, Fassung {version}").format(version=written.version))
    parts.note(
        _("{at}, {name}").format(at=formats.moment(written.written_at), name=written.written_by)
    )
    lessons = written.lessons
    parts.rows(
        [
            [title, said]
            for title, said in (
                (_("Was gut ging"), lessons.went_well),
                (_("Was nicht gut ging"), lessons.went_badly),
                (_("Vorsorge der Firma"), lessons.readiness),
            )
            if said
        ],
        _("Abschlussbericht"),
    )
    parts.rows(
        [[each.text, each.owner, f"{each.due_on:%d.%m.%Y}"] for each in lessons.measures],
        _("Maßnahmen"),
    )
    st.download_button(
        _("Abschlussbericht als PDF"),
        partial(closing.pdf, desk.home, case, written, desk.now),
        file_name=f"Abschlussbericht-{case.number}-v{written.version}.pdf",
        mime="application/pdf",
        icon=":material/download:",
        key=f"closing_pdf_{written.id}",
        on_click="ignore",
    )


def _write(desk: Desk, case: Case, reports: list[ClosingReport]) -> None:
    before = reports[0].lessons if reports else Lessons()
    form = f"closing_write_{case.id}"
    label = _("Neue Fassung schreiben") if reports else _("Abschlussbericht schreiben")
    with st.expander(label, expanded=not reports), st.form(form, border=False):
        well = st.text_area(_("Was gut ging"), before.went_well, key=f"{form}_well")
        badly = st.text_area(_("Was nicht gut ging"), before.went_badly, key=f"{form}_badly")
        advice = st.text_area(
            _("Vorschläge zur Vorsorge der Firma"), before.readiness, key=f"{form}_readiness"
        )
        measures = st.text_area(
            _("Maßnahmen, je Zeile: Maßnahme; zuständig; TT.MM.JJJJ"),
            "\n".join(
                f"{each.text}; {each.owner}; {each.due_on:%d.%m.%Y}" for each in before.measures
            ),
            key=f"{form}_measures",
        )
        parts.note(
            _("Die Zahlen daneben werden mit dem Stand von jetzt in den Bericht geschrieben.")
        )
        sent = st.form_submit_button(_("Bericht behalten"), type="primary")
    if not sent:
        return
    with parts.attempt():
        closing.write_report(
            desk.home,
            desk.actor,
            case,
            Lessons(well, badly, advice, closing.measures_from(measures)),
            desk.now,
            idempotency_key=parts.form_key(form),
        )
    parts.form_done(form)
    parts.flash(_("Der Abschlussbericht ist geschrieben."))
    st.rerun()


def _afterwards(desk: Desk, case: Case) -> None:
    parts.section(_("Für den Bericht und danach"))
    event = store.event_by_id(desk.db, case.insured_event_id)
    policy = store.policy_by_id(desk.db, event.policy_id)
    sheet = sheets.sheet_of(desk.db, case.firm_id)
    product = contract.products().get(policy.template)
    way = policy.complaint_way or (" ".join(product.complaint) if product else "")
    parts.rows(
        [
            [_("Vorsorge"), readiness.summary(sheet, local(desk.now).date())],
            *[[_("Dazu"), said] for said in readiness.responsibility(sheet)],
            [_("Sonderkündigung"), contract.special_termination(policy.template)],
            [
                _("Beschwerdeweg"),
                way or _("Der Vertrag nennt hier keinen; bitte beim Versicherer erfragen."),
            ],
        ],
        _("Für den Bericht und danach"),
    )
    event_form.quotes(_RULES, _("Regeln im Wortlaut"))


# Closing the case --------------------------------------------------------------------------------


def _close(desk: Desk, case: Case, reports: list[ClosingReport]) -> None:
    form = f"closing_close_{case.id}"
    items = closing.open_items(desk.db, case)
    with st.expander(_("Fall abschließen")):
        if items:
            parts.note(
                _(
                    "Noch offen. Erledigen Sie es, oder bestätigen Sie jeden Punkt; er bleibt so im Fall stehen."
                )
            )
        acknowledged = [
            each.key
            for each in items
            if st.checkbox(parts.plain(each.text), key=f"{form}_{each.key}")
        ]
        without = ""
        if not reports:
            without = st.text_input(
                _("Warum es keinen Abschlussbericht braucht"), key=f"{form}_without"
            )
        note = st.text_area(_("Abschlussnotiz"), key=f"{form}_note")
        if st.button(_("Fall abschließen"), key=f"{form}_now"):
            with parts.attempt():
                closing.close(
                    desk.db,
                    desk.actor,
                    case.id,
                    note=note,
                    without_report=without,
                    acknowledged=acknowledged,
                )
            parts.flash(_("{number} ist abgeschlossen.").format(number=case.number))
            st.rerun()
