"""How well a firm is prepared, as a part of its page."""

from __future__ import annotations

import streamlit as st

from cases import evidence, readiness, store, words
from cases.desk import Desk
from cases.entered import day_text, needed_day, read_day
from cases.pages import entering, parts
from cases.readiness import Answer, EmergencyPlan, Sheet
from cases.store import readiness as sheets
from cases.store.firms import Firm
from cases.store.people import today
from data import formats
from data.i18n import _

_DATED = ("external_backup", "training")


def part(desk: Desk, firm: Firm) -> None:
    """The external backup first, then the check, the plan, and what it all bears on."""
    sheet = sheets.sheet_of(desk.db, firm.id)
    day = today()
    backup = sheet.answers["external_backup"]
    parts.section(
        _("Externe Datensicherung: {words}").format(words=readiness.backup_words(backup, day))
    )
    age = readiness.backup_age(backup, day)
    if age is not None and age > readiness.OLD_BACKUP_DAYS:
        parts.note(
            _("Die externe Sicherung vom {day} ist älter als eine Woche (CV-02).").format(
                day=day_text(backup.dated_on)
            )
        )
    if readiness.is_sheet_stale(sheet, day):
        st.warning(
            _(
                "Einzelne Angaben sind älter als ein Jahr. Bitte mit der Firma durchgehen und neu festhalten."
            )
        )
    parts.rows([_row(sheet.answers[item]) for item in readiness.ITEMS], _("Sicherheitscheck"))
    _plan(sheet.plan)
    for sentence in readiness.responsibility(sheet):
        parts.note(sentence)
    entering.rules("CV-01", "CV-02", "CV-03", "CV-04", "CV-05")
    if desk.may("case.write"):
        _check_form(desk, firm, sheet)
        _plan_form(desk, firm, sheet.plan)
    _filings(desk, firm)


def _row(answer: Answer) -> list[str]:
    said = words.three(answer.value)
    if answer.item == "external_backup":
        said = readiness.backup_words(answer, today())
    elif answer.item == "training":
        said = readiness.training_words(answer)
    details = [answer.note]
    if answer.document is not None:
        details.append(_("Beleg B{number}").format(number=answer.document))
    return [
        readiness.item_name(answer.item),
        " · ".join([said, *(each for each in details if each)]),
        _standing(answer),
        readiness.RULES[answer.item],
    ]


def _standing(answer: Answer) -> str:
    if answer.checked_on is None:
        return _("nie gefragt")
    stale = _(", älter als ein Jahr") if readiness.is_stale(answer.checked_on, today()) else ""
    return _("Stand {day}, {name}{stale}").format(
        day=day_text(answer.checked_on), name=answer.filled_in_by, stale=stale
    )


def _plan(plan: EmergencyPlan) -> None:
    parts.section(_("Notfallplan: {value}").format(value=words.three(plan.value)))
    if plan.checked_on is None:
        parts.empty(
            _("Hier steht, an wen sich die Belegschaft wendet und was der Reihe nach folgt.")
        )
        return
    parts.rows(
        [
            [_("Ansprechperson"), _person(plan.contact, plan.contact_reach), "CV-03"],
            [_("Vertretung"), _person(plan.deputy, plan.deputy_reach), "CV-03"],
            [_("Ohne Firmen-IT erreichbar"), words.three(plan.outside_it), "CV-03"],
            *([f"{number}.", step, "CV-04"] for number, step in enumerate(plan.steps, 1)),
            [
                _("Stand"),
                _("{day}, Angaben von {name}").format(
                    day=day_text(plan.checked_on), name=plan.filled_in_by
                ),
                _("älter als ein Jahr") if readiness.is_stale(plan.checked_on, today()) else "",
            ],
        ],
        _("Notfallplan"),
    )


def _person(name: str, reach: str) -> str:
    return ", ".join(each for each in (name, reach) if each) or _("unbekannt")


def _documents(desk: Desk, firm: Firm) -> dict[int, str]:
    return {
        each.id: f"B{each.id} · {each.file_name}"
        for case in store.cases_of_firm(desk.db, firm.id)
        for each in evidence.evidence_of(desk.db, case.id)
    }


def _check_form(desk: Desk, firm: Firm, sheet: Sheet) -> None:
    prefix = f"check_{firm.id}_"
    documents = _documents(desk, firm)
    with st.expander(_("Sicherheitscheck festhalten")), st.form(prefix, border=False):
        checked, by = _who(prefix)
        answers = []
        dates = {}
        for item in readiness.ITEMS:
            known = sheet.answers[item]
            one, two, three = st.columns([2, 2, 3])
            with one:
                value = entering.three(
                    readiness.item_name(item), known.value, f"{prefix}{item}", readiness.RULES[item]
                )
            with two:
                dates[item] = _date_input(prefix, known)
            with three:
                note = st.text_input(_("Anmerkung"), value=known.note, key=f"{prefix}{item}_note")
            answers.append(Answer(item, value, note=note, document=known.document))
        document = st.selectbox(
            _("Beleg für die Schulung"),
            list(documents),
            index=list(documents).index(sheet.answers["training"].document)
            if sheet.answers["training"].document in documents
            else None,
            format_func=lambda key: documents[key],
            placeholder=_("auswählen"),
            key=f"{prefix}document",
            help=_("Ohne Beleg darf keine Stellungnahme eine Schulung behaupten (CV-05)."),
        )
        if st.form_submit_button(_("Sicherheitscheck festhalten")):
            with parts.attempt():
                sheets.record_answers(
                    desk.db,
                    desk.actor,
                    firm.id,
                    [_dated(each, dates[each.item], document) for each in answers],
                    checked_on=needed_day(checked, _("Stand vom")),
                    filled_in_by=by,
                )
            entering.done(prefix)
            parts.flash(_("Der Sicherheitscheck ist festgehalten."))
            st.rerun()


def _who(prefix: str) -> tuple[str, str]:
    one, two = st.columns(2)
    with one:
        checked = st.text_input(
            _("Stand vom"), value=day_text(today()), key=f"{prefix}on", placeholder="TT.MM.JJJJ"
        )
    with two:
        by = st.text_input(_("Angaben von (Person in der Firma)"), key=f"{prefix}by")
    return checked, by


def _date_input(prefix: str, known: Answer) -> str:
    if known.item not in _DATED:
        return ""
    label = _("Letzte Sicherung am") if known.item == "external_backup" else _("Geschult am")
    return st.text_input(
        label,
        value=day_text(known.dated_on),
        key=f"{prefix}{known.item}_day",
        placeholder="TT.MM.JJJJ",
    )


def _dated(answer: Answer, dated: str, document: int | None) -> Answer:
    return Answer(
        item=answer.item,
        value=answer.value,
        dated_on=read_day(dated),
        note=answer.note,
        document=document if answer.item == "training" else answer.document,
    )


def _plan_form(desk: Desk, firm: Firm, plan: EmergencyPlan) -> None:
    prefix = f"plan_{firm.id}_"
    with st.expander(_("Notfallplan festhalten")), st.form(prefix, border=False):
        checked, by = _who(prefix)
        value = entering.three(_("Notfallplan vorhanden"), plan.value, f"{prefix}value", "CV-03")
        one, two = st.columns(2)
        with one:
            contact = st.text_input(
                _("Ansprechperson für die Belegschaft"), value=plan.contact, key=f"{prefix}contact"
            )
            deputy = st.text_input(_("Vertretung"), value=plan.deputy, key=f"{prefix}deputy")
        with two:
            contact_reach = st.text_input(
                _("Erreichbar unter, außerhalb der Firmen-IT"),
                value=plan.contact_reach,
                key=f"{prefix}contact_reach",
            )
            deputy_reach = st.text_input(
                _("Vertretung erreichbar unter"),
                value=plan.deputy_reach,
                key=f"{prefix}deputy_reach",
            )
        outside = entering.three(
            _("Plan und Kontakte ohne Firmen-IT erreichbar"), plan.outside_it, f"{prefix}outside"
        )
        steps = st.text_area(
            _("Schritte in ihrer Reihenfolge, einer je Zeile"),
            value="\n".join(plan.steps),
            key=f"{prefix}steps",
            help="CV-04",
        )
        if st.form_submit_button(_("Notfallplan festhalten")):
            with parts.attempt():
                sheets.record_plan(
                    desk.db,
                    desk.actor,
                    firm.id,
                    EmergencyPlan(
                        value=value,
                        contact=contact,
                        contact_reach=contact_reach,
                        deputy=deputy,
                        deputy_reach=deputy_reach,
                        outside_it=outside,
                        steps=tuple(steps.splitlines()),
                        checked_on=needed_day(checked, _("Stand vom")),
                        filled_in_by=by,
                    ),
                )
            entering.done(prefix)
            parts.flash(_("Der Notfallplan ist festgehalten."))
            st.rerun()


def _filings(desk: Desk, firm: Firm) -> None:
    filings = sheets.filings_of(desk.db, firm.id)
    if not filings:
        return
    with st.expander(_("Wer hat wann ausgefüllt")):
        parts.rows(
            [
                [
                    formats.moment(each.recorded_at),
                    f"{_what(each.what)}: {words.three(each.value)}",
                    _("Angaben von {name}").format(name=each.filled_in_by),
                    each.recorded_by,
                ]
                for each in filings
            ],
            _("Wer hat wann ausgefüllt"),
        )


def _what(item: str) -> str:
    return _("Notfallplan") if item == "emergency_plan" else readiness.item_name(item)
