"""Akte: the reports to the insurer, and the claim number it gave."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

import streamlit as st

from cases import entered, store
from cases.claims import METHODS, RECIPIENT_KINDS, Method, RecipientKind
from cases.desk import Desk
from cases.errors import UnreadableNumber
from cases.pages import parts
from cases.store import Case, claims
from cases.store.claims import ClaimReport, Sending
from data import formats
from data.i18n import _
from data.times import local, read_entered
from ui import claiming
from ui.claiming import Composed
from ui.screens import event_form

_RULES: Final = ("EX-08", "EX-08b")
_HOURS: Final = re.compile(r"(\d{1,4})(?:[:](\d{2})|[,.](\d{1,2}))?")


def show(desk: Desk, case: Case) -> None:
    """The claim number, the reports in their order, the draft that waits, or a new one."""
    reports = claims.reports_of(desk.db, case.id)
    writes = desk.may("case.write")
    draft = next((each for each in reports if each.state == "draft"), None)
    left, right = st.columns([3, 2], gap="large")
    with left:
        if draft is not None:
            _draft(desk, case, draft, writes)
        elif writes:
            _begin(desk, case, reports)
        _list(case, reports)
    with right:
        _number(desk, case, writes)
        event_form.quotes(_RULES, _("Regeln für Meldungen an den Versicherer"))


# The list --------------------------------------------------------------------------------------


def _list(case: Case, reports: list[ClaimReport]) -> None:
    parts.section(_("Gesendet und verworfen"))
    done = [each for each in reports if each.state != "draft"]
    if not done:
        parts.empty(_("Hier steht jede Meldung mit Empfänger, Zeit und genauem Wortlaut."))
        return
    for each in reversed(done):
        parts.rows([_cells(each)], each.title)
        if each.dispatch is not None:
            _words(case, each)


def _cells(report: ClaimReport) -> list[str]:
    sent = report.dispatch
    if sent is None:
        return [report.title, report.subject, _("verworfen"), formats.moment(report.changed_at)]
    return [
        report.title,
        report.subject,
        _("an {recipient}, {method}").format(
            recipient=sent.recipient, method=_method_name(sent.method)
        ),
        formats.moment(sent.sent_at),
    ]


def _words(case: Case, report: ClaimReport) -> None:
    sent = report.dispatch
    if sent is None:
        return
    with st.expander(_("Wortlaut von {title}").format(title=report.title)):
        parts.quote_block(sent.text)
        facts = [
            [_("Gesendet"), f"{formats.moment(sent.sent_at)}, {sent.sent_by}"],
            [_("An"), f"{sent.recipient} ({_kind_name(sent.recipient_kind)})"],
            [_("SHA-256"), sent.sha256],
        ]
        if sent.reference:
            facts.append([_("Bestätigung"), sent.reference])
        if sent.findings:
            facts.append([_("Trotz Befund gesendet, weil"), sent.reason])
        parts.rows(facts, report.title)
        _downloads(case, report, sent.text)


def _downloads(case: Case, report: ClaimReport, text: str) -> None:
    name = f"{report.title.replace(' ', '-')}-{case.number}"
    with st.container(horizontal=True, key=f"claim_downloads_{report.id}"):
        st.download_button(
            _("Text"),
            text,
            file_name=f"{name}.txt",
            mime="text/plain",
            icon=":material/download:",
            key=f"claim_text_{report.id}",
            on_click="ignore",
        )
        st.download_button(
            _("PDF"),
            partial(claiming.pdf, text, report.title, case, report.changed_at),
            file_name=f"{name}.pdf",
            mime="application/pdf",
            icon=":material/download:",
            key=f"claim_pdf_{report.id}",
            on_click="ignore",
        )


def _kind_name(kind: str) -> str:
    return {
        "insurer": _("Versicherer"),
        "claims_office": _("Schadenregulierungsstelle"),
        "broker": _("Vermittler"),
    }[kind]


def _method_name(method: str) -> str:
    return {
        "email": _("E-Mail"),
        "portal": _("Portal"),
        "post": _("Post"),
        "fax": _("Fax"),
        "phone": _("Telefon"),
        "in_person": _("persönlich"),
    }[method]


# Beginning -------------------------------------------------------------------------------------


def _begin(desk: Desk, case: Case, reports: list[ClaimReport]) -> None:
    if any(each.state == "sent" for each in reports):
        _begin_addition(desk, case)
    else:
        _begin_first(desk, case)


def _begin_first(desk: Desk, case: Case) -> None:
    parts.section(_("Schadenmeldung entwerfen"))
    parts.note(
        _(
            "Der Entwurf wird aus dem Fall zusammengestellt: was, wann, Deckung, Maßnahmen, "
            "Aufwand, Belege, Fristen. Sie lesen und ändern ihn, senden ihn auf Ihrem Weg und "
            "halten dann fest, was gesendet wurde."
        )
    )
    form = f"claim_first_{case.id}"
    with st.form(form, border=False):
        left, right = st.columns(2)
        hours = left.text_input(
            _("Voraussichtliche Stunden insgesamt"),
            placeholder=_("zum Beispiel 6:30, leer: noch nicht bekannt"),
            key=f"{form}_hours",
        )
        reserve = right.text_input(
            _("Rücklage in Euro"),
            placeholder=_("zum Beispiel 2.000,00, leer: noch nicht bekannt"),
            key=f"{form}_reserve",
        )
        sent = st.form_submit_button(_("Schadenmeldung entwerfen"), type="primary")
    if not sent:
        return
    with parts.attempt():
        body = claiming.first_body(
            desk.home,
            case,
            desk.now,
            expected_seconds=read_hours(hours),
            reserve_cents=entered.read_sum(reserve),
        )
        event = store.event_by_id(desk.db, case.insured_event_id)
        claims.begin_report(
            desk.db,
            desk.actor,
            case.id,
            subject=event.title,
            body=body,
            idempotency_key=parts.form_key(form),
        )
    parts.form_done(form)
    parts.flash(_("Die Schadenmeldung ist entworfen; bitte lesen und ändern."))
    st.rerun()


def read_hours(text: str) -> int | None:
    """Hours as they were typed, "6:30" or "6,5", in seconds; None where nothing was typed.

    Raises UnreadableNumber.
    """
    stripped = text.strip()
    if not stripped:
        return None
    found = _HOURS.fullmatch(stripped)
    if found is None or int(found[2] or 0) > 59:
        raise UnreadableNumber(stripped)
    part = int(found[2] or 0) * 60 if found[2] else int((found[3] or "0").ljust(2, "0")) * 36
    return int(found[1]) * 3600 + part


def _begin_addition(desk: Desk, case: Case) -> None:
    parts.section(_("Nachmeldung entwerfen"))
    form = f"claim_addition_{case.id}"
    with st.form(form, border=False):
        subject = st.text_input(_("Was neu ist, in einem Satz"), key=f"{form}_subject")
        body = st.text_area(_("Nachmeldung"), height=160, key=f"{form}_body")
        sent = st.form_submit_button(_("Nachmeldung entwerfen"), type="primary")
    if not sent:
        return
    with parts.attempt():
        begun = claims.begin_report(
            desk.db,
            desk.actor,
            case.id,
            subject=subject,
            body=body,
            idempotency_key=parts.form_key(form),
        )
    _forget(form, ("subject", "body"))
    parts.form_done(form)
    parts.flash(_("{title} ist entworfen.").format(title=begun.title))
    st.rerun()


def _forget(form: str, names: tuple[str, ...]) -> None:
    parts.clear(*(f"{form}_{name}" for name in names))


# The draft that waits ----------------------------------------------------------------------------


def _draft(desk: Desk, case: Case, report: ClaimReport, writes: bool) -> None:
    parts.section(_("{title}, Entwurf").format(title=report.title))
    recipient = st.session_state.get(f"claim_send_{report.id}_to", "")
    composed = claiming.compose(desk.db, case, report, str(recipient or ""))
    parts.quote_block(composed.text)
    _findings(composed)
    _downloads(case, report, composed.text)
    if not writes:
        return
    _send(desk, case, report, composed)
    _change(desk, case, report)
    _discard(desk, case, report)


def _findings(composed: Composed) -> None:
    if not composed.findings:
        parts.note(_("Die Prüfung auf Anerkenntnis und Zusagen (3.5) hat nichts gefunden."))
        return
    parts.section(_("Befunde zum Text (3.5)"))
    parts.rows(
        [[f"„{each.quote}“", each.message, each.rule] for each in composed.findings],
        _("Befunde zum Text"),
    )


def _change(desk: Desk, case: Case, report: ClaimReport) -> None:
    form = f"claim_change_{report.id}"
    with st.expander(_("Entwurf ändern")), st.form(form, border=False):
        subject = st.text_input(_("Betreff"), report.subject, key=f"{form}_subject")
        body = st.text_area(_("Text"), report.body, height=420, key=f"{form}_body")
        if st.form_submit_button(_("Änderung behalten")):
            with parts.attempt():
                claims.change_report(
                    desk.db, desk.actor, case.id, report.id, subject=subject, body=body
                )
            parts.flash(_("Der Entwurf ist geändert."))
            st.rerun()


def _send(desk: Desk, case: Case, report: ClaimReport, composed: Composed) -> None:
    form = f"claim_send_{report.id}"
    event = store.event_by_id(desk.db, case.insured_event_id)
    policy = store.policy_by_id(desk.db, event.policy_id)
    with st.expander(_("Als gesendet festhalten")):
        parts.note(
            _("Krisenpult sendet nichts. Senden Sie auf Ihrem Weg und halten Sie es hier fest.")
        )
        recipient = st.text_input(
            _("Empfänger"),
            key=f"{form}_to",
            placeholder=policy.claim_contact or policy.insurer or "",
        )
        left, right = st.columns(2)
        kind: RecipientKind = left.selectbox(
            _("Wer das ist (EX-08)"), RECIPIENT_KINDS, format_func=_kind_name, key=f"{form}_kind"
        )
        method: Method = right.selectbox(
            _("Weg"), METHODS, format_func=_method_name, key=f"{form}_method"
        )
        moment = left.text_input(
            _("Gesendet am"), f"{local(desk.now):%d.%m.%Y %H:%M}", key=f"{form}_at"
        )
        person = right.text_input(_("Gesendet von"), desk.actor.name, key=f"{form}_by")
        reference = left.text_input(_("Bestätigung oder Aktenzeichen"), key=f"{form}_reference")
        reason = ""
        if composed.findings:
            reason = st.text_input(
                _("Warum der Text trotz der Befunde so gesendet wurde"), key=f"{form}_reason"
            )
        if st.button(_("Genau diesen Text als gesendet festhalten"), key=f"{form}_keep"):
            with parts.attempt():
                claiming.record_sent(
                    desk.db,
                    desk.actor,
                    case,
                    report.id,
                    Sending(
                        recipient_kind=kind,
                        recipient=recipient,
                        method=method,
                        sent_at=read_entered(moment),
                        sent_by=person,
                        reference=reference,
                        reason=reason,
                    ),
                    shown_sha256=composed.sha256,
                )
            parts.flash(_("{title} ist als gesendet festgehalten.").format(title=report.title))
            st.rerun()


def _discard(desk: Desk, case: Case, report: ClaimReport) -> None:
    form = f"claim_discard_{report.id}"
    with st.expander(_("Entwurf verwerfen")), st.form(form, border=False):
        reason = st.text_input(_("Warum er verworfen wird"), key=f"{form}_reason")
        if st.form_submit_button(_("Verwerfen")):
            with parts.attempt():
                claims.discard_report(desk.db, desk.actor, case.id, report.id, reason)
            parts.flash(_("Der Entwurf ist verworfen."))
            st.rerun()


# The claim number ------------------------------------------------------------------------------


def _number(desk: Desk, case: Case, writes: bool) -> None:
    parts.section(_("Schadennummer"))
    given = claims.claim_numbers_of(desk.db, case.id)
    if not given:
        parts.empty(
            _("Noch keine. Sobald sie eingetragen ist, steht sie in jeder Meldung (EX-08b).")
        )
    parts.rows(
        [
            [
                each.number,
                _("vergeben von {name}").format(name=each.given_by)
                + (f", {each.reason}" if each.reason else ""),
                formats.day(each.given_at),
            ]
            for each in given
        ],
        _("Schadennummern"),
    )
    if writes:
        _enter_number(desk, case, bool(given))


def _enter_number(desk: Desk, case: Case, known: bool) -> None:
    form = f"claim_number_{case.id}"
    label = _("Andere Schadennummer eintragen") if known else _("Schadennummer eintragen")
    with st.expander(label), st.form(form, border=False):
        number = st.text_input(_("Schadennummer"), key=f"{form}_number")
        by = st.text_input(_("Vergeben von (Name, Stelle)"), key=f"{form}_by")
        at = st.text_input(_("Vergeben am"), f"{local(desk.now):%d.%m.%Y %H:%M}", key=f"{form}_at")
        reason = st.text_input(_("Warum sie sich ändert"), key=f"{form}_reason") if known else ""
        if st.form_submit_button(_("Eintragen")):
            with parts.attempt():
                claims.record_claim_number(
                    desk.db,
                    desk.actor,
                    case.id,
                    number,
                    given_by=by,
                    given_at=read_entered(at),
                    reason=reason,
                    idempotency_key=parts.form_key(form),
                )
            parts.form_done(form)
            _forget(form, ("number", "by", "reason"))
            parts.flash(_("Die Schadennummer ist eingetragen."))
            st.rerun()
