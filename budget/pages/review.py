"""Auswertung: what the cases cost, the export to the cost review, and its answers."""

from __future__ import annotations

from functools import partial

import streamlit as st

from budget import export, preflight, store, words
from budget.entry import CaseSums, Entry
from budget.money import parse_euro
from budget.report import Report
from cases import store as cases_store
from cases.desk import Desk
from cases.errors import UnknownCase
from cases.pages import parts
from cases.store import Case
from data import formats
from data.i18n import _, ngettext

_MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "ledes": "text/plain",
}
_ENDINGS = {"csv": "csv", "xlsx": "xlsx", "pdf": "pdf", "ledes": "txt"}


def show(desk: Desk) -> None:
    """The cases with their sums; below them the chosen case's export and review."""
    sums = store.sums_by_case(desk.db)
    parts.header(_("Auswertung"), _summary(sums))
    if not sums:
        parts.empty(_("Noch keine Leistungen. Sie entstehen auf der Seite Leistungen eines Falls."))
        return
    parts.rows([_cells(each) for each in sums], _("Fälle mit Leistungen"))
    case = _chosen(desk, sums)
    if case is None:
        return
    parts.section(parts.case_title(case))
    _settle(desk, case)
    _downloads(desk, case)
    _answers(desk, case)


def _summary(sums: list[CaseSums]) -> str:
    count = len(sums)
    return ngettext("{count} Fall", "{count} Fälle", count).format(count=count) + (
        " · "
        + _("gedeckt {covered}, darüber {overflow}").format(
            covered=formats.money(sum(each.covered_cents for each in sums)),
            overflow=formats.money(sum(each.overflow_cents for each in sums)),
        )
    )


def _cells(sums: CaseSums) -> list[str]:
    waiting = ngettext("{count} Zeile offen", "{count} Zeilen offen", sums.open_count).format(
        count=sums.open_count
    )
    return [
        sums.number,
        sums.public_name,
        _("gedeckt {amount}").format(amount=formats.money(sums.covered_cents)),
        _("darüber {amount}").format(amount=formats.money(sums.overflow_cents)),
        waiting if sums.open_count else _("abgerechnet"),
    ]


def _chosen(desk: Desk, sums: list[CaseSums]) -> Case | None:
    try:
        linked = desk.case()
    except UnknownCase as error:
        st.warning(parts.plain(error.sentence()))
        linked = None
    numbers = [each.number for each in sums]
    names = {each.number: f"{each.number} · {each.public_name}" for each in sums}
    index = numbers.index(linked.number) if linked and linked.number in numbers else 0
    number = st.selectbox(
        _("Fall"), numbers, index=index, format_func=lambda each: names[each], key="review_case"
    )
    return cases_store.case_by_number(desk.db, number) if number else None


def _settle(desk: Desk, case: Case) -> None:
    waiting = [
        each
        for each in store.entries_of(desk.db, case.id)
        if each.batch is None and each.reversed_because is None and each.kind != "internal"
    ]
    entries = {each.id: each for each in store.entries_of(desk.db, case.id)}
    corrections = [each for each in store.corrections_of(desk.db, case.id) if each.batch_id is None]
    if not waiting and not corrections:
        parts.note(_("Alle Leistungen dieses Falls sind abgerechnet und gesperrt."))
        return
    parts.rows([words.entry_cells(each) for each in waiting], _("Noch nicht abgerechnet"))
    parts.rows(
        [words.correction_cells(each, entries[each.entry_id]) for each in corrections],
        _("Korrekturen abgerechneter Leistungen"),
    )
    _objections(desk, case, waiting)
    parts.note(
        _("Die Abrechnung sperrt diese Zeilen: danach ändert sie nur noch die Kostenprüfung.")
    )
    count = len(waiting) + len(corrections)
    label = ngettext("{count} Zeile abrechnen", "{count} Zeilen abrechnen", count).format(
        count=count
    )
    if st.button(label, type="primary", icon=":material/lock:", key=f"settle_{case.id}"):
        with parts.attempt():
            report = store.settle_hours(desk.db, desk.actor, case.id, desk.now)
        parts.flash(_("Abgerechnet: {label}").format(label=report.label))
        st.rerun()


def _objections(desk: Desk, case: Case, waiting: list[Entry]) -> None:
    """What the cost review would object to in the lines that still can be changed."""
    open_ids = {each.id: each for each in waiting}
    found = [
        each
        for each in preflight.findings(
            store.entries_of(desk.db, case.id),
            called_at=case.called_at,
            closed_at=case.closed_at,
            consents=store.consents_by_entry(desk.db, case.insured_event_id),
        )
        if each.entry_id in open_ids
    ]
    if not found:
        return
    count = ngettext(
        "{count} Einwand, den die Kostenprüfung erheben könnte",
        "{count} Einwände, die die Kostenprüfung erheben könnte",
        len(found),
    )
    parts.section(count.format(count=len(found)))
    parts.rows(
        [
            [words.entry_time(open_ids[each.entry_id]), open_ids[each.entry_id].text,
             words.objection(each.kind)]
            for each in found
        ],
        _("Einwände"),
    )  # fmt: skip


def _downloads(desk: Desk, case: Case) -> None:
    report = store.last_report(desk.db, case.id)
    if report is None:
        return
    parts.note(
        _("{label} vom {at}, Prüfsumme {hash}").format(
            label=report.label,
            at=formats.moment(report.exported_at),
            hash=report.rows_sha256[:16],
        )
    )
    parts.rows(
        [[name, formats.money(cents)] for name, cents in report.totals], _("Summen je Zahler")
    )
    with st.container(horizontal=True, key=f"downloads_{case.id}"):
        for file_format in export.FORMATS:
            _download(report, file_format)


def _download(report: Report, file_format: str) -> None:
    st.download_button(
        file_format.upper(),
        partial(export.render, report, file_format),
        file_name=f"Leistungsbericht_{report.label}.{_ENDINGS[file_format]}",
        mime=_MEDIA_TYPES[file_format],
        icon=":material/download:",
        on_click="ignore",
        key=f"download_{report.label}_{file_format}",
    )


def _answers(desk: Desk, case: Case) -> None:
    exported = [each for each in store.entries_of(desk.db, case.id) if each.batch]
    if not exported or not desk.may("hours.export"):
        return
    key = f"answer_{case.id}"
    with st.expander(_("Ergebnis der Kostenprüfung eintragen")), st.form(key, border=False):
        entry = st.selectbox(
            _("Leistung"), exported, format_func=words.entry_line, key=f"{key}_entry"
        )
        one, two = st.columns(2)
        outcome = one.selectbox(
            _("Ergebnis"), store.OUTCOMES, format_func=words.outcome, key=f"{key}_outcome"
        )
        amount = two.text_input(_("Kürzung um (€, nur bei gekürzt)"), key=f"{key}_amount")
        reason = st.text_input(_("Begründung der Kostenprüfung"), key=f"{key}_reason")
        sent = st.form_submit_button(_("Eintragen"))
    if sent and entry is not None:
        _record(desk, entry, outcome, amount, reason)


def _record(desk: Desk, entry: Entry, outcome: store.Outcome, amount: str, reason: str) -> None:
    with parts.attempt():
        store.review_entry(
            desk.db,
            desk.actor,
            entry.id,
            outcome=outcome,
            reason=reason,
            cut_cents=parse_euro(amount) if amount.strip() else 0,
        )
    parts.flash(
        _("Eingetragen: {line}, {outcome}").format(
            line=words.entry_line(entry), outcome=words.outcome(outcome)
        )
    )
    st.rerun()
