"""The way of a statement from draft to release: the bar, the next step, what lies behind."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta

import streamlit as st

from access import accounts
from cases import evidence
from cases import store as cases
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case, Person
from data import formats
from data.i18n import _
from data.times import read_entered
from drafting import release, store
from drafting.approval import Gate, Recipient
from drafting.findings import Examination
from drafting.pages import words
from drafting.store import ApprovalState, Release, Statement, Version

_LINK_HOURS = 4
_FILES = ("txt", "docx", "pdf", "eml")
_METHODS = ("phone", "email", "letter", "in_person")
_DONE, _NOW, _OPEN, _PROBLEM = "●", "◑", "○", "▲"


@dataclass(frozen=True)
class Stage:
    """One stage of the bar: its shape, its word, and who and when."""

    shape: str
    label: str
    detail: str


# The bar ----------------------------------------------------------------------------------


def bar(
    desk: Desk,
    statement: Statement,
    version: Version | None,
    state: ApprovalState,
    saved: Examination | None,
) -> None:
    """Entwurf · Vier Augen · Versicherer · Inhaber:in · ausgesandt, with names and times.

    ``saved`` is what the check says about the newest version.
    """
    stages = [
        _draft_stage(desk, version),
        _review_stage(desk, statement, state),
        _gate_stage(desk, statement, version, saved),
        _owner_stage(desk, state),
        _release_stage(desk, statement),
    ]
    body = "".join(
        f"<span>{parts.escape(each.shape)} "
        f"<b>{parts.escape(each.label)}</b> "
        f'<span class="kp-quiet">{parts.escape(each.detail)}</span></span>'
        for each in stages
    )
    label = parts.escape(_("Stand der Stellungnahme"))
    st.html(f'<div class="kp-stages" role="status" aria-label="{label}">{body}</div>')


def _draft_stage(desk: Desk, version: Version | None) -> Stage:
    if version is None:
        return Stage(_NOW, _("Entwurf"), _("noch kein Text"))
    return Stage(
        _DONE,
        _("Entwurf"),
        _("Version {number}, {name}, {at}").format(
            number=version.version,
            name=version.created_by,
            at=formats.short_moment(version.created_at, desk.now),
        ),
    )


def _review_stage(desk: Desk, statement: Statement, state: ApprovalState) -> Stage:
    label = _("Vier Augen")
    for each in store.reviews_of(desk.db, statement.id):
        if each.content_hash == state.content_hash and each.decision == "accepted":
            at = formats.short_moment(each.at, desk.now)
            return Stage(_DONE, label, f"{each.reviewer}, {at}")
    waiting = statement.state == "review"
    return Stage(_NOW if waiting else _OPEN, label, _("wartet") if waiting else _("offen"))


def _gate_stage(
    desk: Desk, statement: Statement, version: Version | None, saved: Examination | None
) -> Stage:
    label = _("Versicherer")
    consents = store.consents_of(desk.db, statement.id)
    if version is None or saved is None:
        return Stage(_OPEN, label, _("offen"))
    gates = store.open_gates(desk.db, statement, version, saved)
    if gates:
        return Stage(_PROBLEM, label, ", ".join(_gate_word(each) for each in gates))
    if consents:
        at = formats.short_moment(consents[0].given_at, desk.now)
        return Stage(_DONE, label, f"{consents[0].given_by}, {at}")
    return Stage(_DONE, label, _("nicht nötig"))


def _gate_word(gate: Gate) -> str:
    return {"insurer": _("Zustimmung fehlt"), "lawyer": _("anwaltliche Prüfung fehlt")}[gate]


def _owner_stage(desk: Desk, state: ApprovalState) -> Stage:
    label = _("Inhaber:in")
    if state.standing == "approved" and state.last is not None:
        at = formats.short_moment(state.last.at, desk.now)
        return Stage(_DONE, label, f"{state.last.approver_name}, {at}")
    shape = {"waiting": _NOW, "stale": _PROBLEM, "rejected": _PROBLEM}.get(state.standing, _OPEN)
    detail = words.standing(state.standing)
    if state.standing == "waiting" and state.request is not None:
        detail = _("wartet {since}").format(
            since=formats.since(state.request.requested_at, desk.now)
        )
        if state.request.call_wanted_at is not None:
            detail += ", " + _("bittet um Anruf")
    return Stage(shape, label, detail)


def _release_stage(desk: Desk, statement: Statement) -> Stage:
    label = _("ausgesandt")
    released = store.release_of(desk.db, statement.id)
    if released is None:
        return Stage(_OPEN, label, _("noch nicht"))
    at = formats.short_moment(released.at, desk.now)
    return Stage(_DONE, label, f"{released.by_name}, {at}")


# The next step ----------------------------------------------------------------------------


def actions(
    desk: Desk,
    case: Case,
    statement: Statement,
    version: Version | None,
    state: ApprovalState,
    saved: Examination | None,
) -> None:
    """What can be done now, and nothing else."""
    if not desk.may("statement.write") or version is None or saved is None:
        return
    _changes(state)
    if statement.state == "draft":
        _ask_for_review(desk, statement)
    elif statement.state == "review":
        _review(desk, statement, version, state)
        _gates(desk, statement, version, saved)
        _ask_owner(desk, case, statement)
        _by_phone(desk, case, statement)
    elif statement.state == "approved":
        _release(desk, statement, state)
    released = store.release_of(desk.db, statement.id)
    if released is not None:
        _deliveries(desk, statement, released)
        _postings(desk, released)
        _correct(desk, case, statement)


def _changes(state: ApprovalState) -> None:
    """Why an approval no longer holds, word by word."""
    if state.standing != "stale" and not state.reasons:
        return
    if state.last is None:
        return
    parts.section(
        _("Seit der Freigabe durch {name} geändert").format(name=state.last.approver_name)
    )
    for reason in state.reasons:
        parts.note(reason)
    tags = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
    if any(each.kind != "same" for each in state.changes):
        body = "".join(tags[each.kind].format(parts.escape(each.text)) for each in state.changes)
        st.html(f'<div class="kp-quote">{body}</div>')


def _ask_for_review(desk: Desk, statement: Statement) -> None:
    if st.button(
        _("Prüfung durch eine zweite Person anfragen"),
        key=f"ask_review_{statement.id}",
        type="primary",
    ):
        with parts.attempt():
            store.request_review(desk.db, desk.actor, statement.id)
        parts.flash(_("Die Prüfung ist angefragt."))
        st.rerun()


def _review(desk: Desk, statement: Statement, version: Version, state: ApprovalState) -> None:
    done = any(
        each.decision == "accepted" and each.content_hash == state.content_hash
        for each in store.reviews_of(desk.db, statement.id)
    )
    with st.expander(_("Vier-Augen-Prüfung"), expanded=not done):
        if version.created_by_account == desk.account.id:
            parts.note(_("Sie haben diese Version geschrieben; prüfen muss eine zweite Person."))
        with st.form(f"review_{statement.id}", border=False):
            comment = st.text_input(
                _("Was zu ändern ist (beim Zurückgeben)"), key=f"review_comment_{statement.id}"
            )
            with st.container(horizontal=True):
                accepted = st.form_submit_button(_("Text ist in Ordnung"))
                sent_back = st.form_submit_button(_("Zurückgeben"))
    if accepted or sent_back:
        with parts.attempt():
            store.review(
                desk.db, desk.actor, statement.id, accepted=accepted, comment=str(comment or "")
            )
        parts.flash(
            _("Die Prüfung ist festgehalten.") if accepted else _("Der Text ist zurückgegeben.")
        )
        st.rerun()


def _gates(desk: Desk, statement: Statement, version: Version, saved: Examination) -> None:
    for gate in store.open_gates(desk.db, statement, version, saved):
        _gate(desk, statement, gate)
    for number, finding in enumerate(store.open_blocks(desk.db, version, saved)):
        with st.form(f"override_{version.id}_{number}", border=False):
            parts.note(
                _("Sperrt: {finding} „{quote}“. {message}").format(
                    finding=words.finding(finding.kind),
                    quote=finding.quote,
                    message=finding.message,
                )
            )
            reason = st.text_input(
                _("Warum der Satz trotzdem so bleibt"), key=f"reason_{version.id}_{number}"
            )
            sent = st.form_submit_button(_("Begründet stehen lassen"))
        if sent:
            with parts.attempt():
                store.override_finding(
                    desk.db,
                    desk.actor,
                    statement.id,
                    finding_kind=finding.kind,
                    quote=finding.quote,
                    reason=str(reason or ""),
                )
            parts.flash(_("Die Begründung ist festgehalten."))
            st.rerun()


def _gate(desk: Desk, statement: Statement, gate: Gate) -> None:
    title = (
        _("Zustimmung des Versicherers (§ 154 VersVG)")
        if gate == "insurer"
        else _("Anwaltliche Prüfung")
    )
    parts.section(title)
    with st.form(f"gate_{gate}_{statement.id}", border=False):
        one, two, three = st.columns(3)
        with one:
            given_by = st.text_input(_("Wer zugestimmt hat"), key=f"gate_by_{gate}_{statement.id}")
        with two:
            method = st.selectbox(
                _("Wie"), _METHODS, format_func=_method, key=f"gate_how_{gate}_{statement.id}"
            )
        with three:
            at = st.text_input(
                _("Wann (TT.MM.JJJJ hh:mm, leer: jetzt)"), key=f"gate_at_{gate}_{statement.id}"
            )
        sent = st.form_submit_button(_("Festhalten"))
    if sent:
        with parts.attempt():
            store.record_consent(
                desk.db,
                desk.actor,
                statement.id,
                gate,
                given_by=str(given_by or ""),
                method=method,
                given_at=read_entered(at) if at and at.strip() else desk.now,
            )
        parts.flash(_("Die Zustimmung ist festgehalten; sie gilt für genau diesen Text."))
        st.rerun()


def _method(name: str) -> str:
    return {
        "phone": _("am Telefon"),
        "email": _("per E-Mail"),
        "letter": _("mit Brief"),
        "in_person": _("persönlich"),
    }[name]


def _approvers(desk: Desk, case: Case, channel: str) -> dict[int, Person]:
    return {
        each.id: each
        for each in cases.people_of(desk.db, case.firm_id, channel=channel)
        if each.may_approve
    }


def _person_label(person: Person) -> str:
    return f"{person.name}, {person.function}" if person.function else person.name


def _ask_owner(desk: Desk, case: Case, statement: Statement) -> None:
    parts.section(_("Freigabe durch die Inhaberin, den Inhaber"))
    people = _approvers(desk, case, statement.channel)
    if not people:
        parts.empty(_("Für diese Firma ist niemand eingetragen, der freigeben darf (NA-20)."))
        parts.link(desk, "case", _("Person eintragen"), case)
        return
    _show_link(statement)
    with st.form(f"ask_owner_{statement.id}", border=False):
        person = st.selectbox(
            _("Wer freigibt"),
            list(people),
            format_func=lambda key: _person_label(people[key]),
            key=f"owner_{statement.id}",
        )
        sent = st.form_submit_button(_("Link und PIN erzeugen"), type="primary")
    if sent:
        with parts.attempt():
            link = store.request_approval(
                desk.db,
                desk.actor,
                statement.id,
                person,
                expires_at=desk.now + timedelta(hours=_LINK_HOURS),
            )
        st.session_state[f"owner_link_{statement.id}"] = (
            f"{desk.base_url.rstrip('/')}/f/{link.token}",
            link.pin,
        )
        st.rerun()


def _show_link(statement: Statement) -> None:
    """Link and PIN, as long as this session is open; the database does not know them."""
    shown = st.session_state.get(f"owner_link_{statement.id}")
    if shown is None:
        return
    url, pin = shown
    parts.note(
        _(
            "Den Link schicken Sie, am besten nicht an ein Postfach des Betriebs; die PIN sagen "
            "Sie am Telefon. Beides gilt {hours} Stunden und steht nur jetzt hier."
        ).format(hours=_LINK_HOURS)
    )
    st.code(url, language=None)
    st.html(f'<p class="kp-pin">PIN {parts.escape(pin[:3])} {parts.escape(pin[3:])}</p>')


def _by_phone(desk: Desk, case: Case, statement: Statement) -> None:
    people = _approvers(desk, case, statement.channel)
    colleagues = {
        each.id: each
        for each in accounts.list_accounts(desk.db)
        if each.id != desk.account.id and each.role in ("consultant", "admin")
    }
    if not people:
        return
    with (
        st.expander(_("Freigabe am Telefon festhalten"), icon=":material/call:"),
        st.form(f"phone_{statement.id}", border=False),
    ):
        one, two = st.columns(2)
        with one:
            person = st.selectbox(
                _("Wer freigibt"),
                list(people),
                format_func=lambda key: _person_label(people[key]),
                key=f"phone_person_{statement.id}",
            )
            number = st.text_input(
                _("Rückrufnummer, unter der Sie die Person erreicht haben"),
                key=f"phone_number_{statement.id}",
            )
        with two:
            witness = st.selectbox(
                _("Zweite Person im Dienst, die mitgehört hat"),
                list(colleagues),
                format_func=lambda key: colleagues[key].name,
                index=None,
                placeholder=_("auswählen"),
                key=f"phone_witness_{statement.id}",
            )
            comment = st.text_input(_("Anmerkung"), key=f"phone_comment_{statement.id}")
        with st.container(horizontal=True):
            approved = st.form_submit_button(_("Freigabe festhalten"))
            rejected = st.form_submit_button(_("Ablehnung festhalten"))
    if approved or rejected:
        with parts.attempt():
            store.decide_by_phone(
                desk.db,
                desk.actor,
                statement.id,
                person,
                approved=approved,
                call_back_number=str(number or ""),
                witness_account=witness,
                comment=str(comment or ""),
                at=desk.now,
            )
        parts.flash(
            _("Die Freigabe ist festgehalten.")
            if approved
            else _("Die Ablehnung ist festgehalten.")
        )
        st.rerun()


def _release(desk: Desk, statement: Statement, state: ApprovalState) -> None:
    parts.section(_("Aussendung"))
    recipients = store.recipients_of(desk.db, statement.id)
    by_mail = sum(1 for each in recipients if each.address_kind == "email")
    parts.note(
        _("Kanal: {channel}. Im Verteiler: {number}, davon per E-Mail: {mail}.").format(
            channel=words.channel(statement.channel), number=len(recipients), mail=by_mail
        )
    )
    name = f"release_{statement.id}"
    if st.button(
        _("Aussendung beschließen"),
        key=name,
        type="primary",
        disabled=state.standing != "approved",
        icon=":material/send:",
    ):
        with parts.attempt():
            release.release(
                desk.db,
                desk.actor,
                statement.id,
                idempotency_key=parts.form_key(name),
                at=desk.now,
            )
        parts.form_done(name)
        parts.flash(_("Die Aussendung ist beschlossen; jetzt senden oder veröffentlichen."))
        st.rerun()


def _deliveries(desk: Desk, statement: Statement, released: Release) -> None:
    lines = store.deliveries_of(desk.db, released.id)
    if not lines:
        return
    parts.section(_("Versand"))
    parts.rows(
        [
            [
                words.delivery(each.state),
                f"{each.name} ({each.email})",
                formats.short_moment(each.sent_at, desk.now) if each.sent_at else each.last_error,
            ]
            for each in lines
        ],
        _("Versand"),
    )
    open_lines = sum(1 for each in lines if each.state in ("queued", "sending"))
    failed = sum(1 for each in lines if each.state == "failed")
    if open_lines and st.button(
        _("{number} E-Mails einzeln senden").format(number=open_lines),
        key=f"send_{statement.id}",
        type="primary",
    ):
        with parts.attempt():
            mail = release.MailSettings.load(desk.db, os.environ)
            report = release.deliver(desk.db, desk.home, desk.actor, released.id, mail)
        parts.flash(
            _("Gesendet: {sent} von {all}.").format(
                sent=report.counts.get("sent", 0), all=len(lines)
            )
        )
        st.rerun()
    if failed and st.button(
        _("{number} fehlgeschlagene wieder vormerken").format(number=failed),
        key=f"queue_again_{statement.id}",
    ):
        with parts.attempt():
            store.queue_again(desk.db, desk.actor, released.id)
        st.rerun()
    for each in lines:
        if each.state == "unclear":
            _settle_unclear(desk, each)


def _settle_unclear(desk: Desk, line: store.Delivery) -> None:
    parts.note(
        _(
            "Bei {name} ist die Verbindung nach dem Senden abgerissen. Bitte nachfragen, ob die "
            "Nachricht angekommen ist."
        ).format(name=line.name)
    )
    with st.container(horizontal=True):
        arrived = st.button(_("Ist angekommen"), key=f"arrived_{line.id}")
        again = st.button(_("Nicht angekommen, noch einmal senden"), key=f"again_{line.id}")
    if arrived or again:
        with parts.attempt():
            store.settle_unclear(desk.db, desk.actor, line.id, arrived=arrived, at=desk.now)
        st.rerun()


def _postings(desk: Desk, released: Release) -> None:
    parts.section(_("Veröffentlicht"))
    known = store.postings_of(desk.db, released.id)
    if not known:
        parts.empty(
            _("Hier steht, wo der Text veröffentlicht wurde. Veröffentlichen ist Handarbeit.")
        )
    parts.rows(
        [[formats.short_moment(each.posted_at, desk.now), each.url] for each in known],
        _("Veröffentlicht"),
    )
    with st.form(f"posting_{released.id}", border=False, clear_on_submit=False):
        url = st.text_input(_("Adresse des Beitrags"), key=f"posted_url_{released.id}")
        sent = st.form_submit_button(_("Veröffentlichung festhalten"))
    if sent:
        with parts.attempt():
            store.record_posting(desk.db, desk.actor, released.id, str(url or ""), desk.now)
        parts.flash(_("Die Veröffentlichung ist festgehalten."))
        st.rerun()


def _correct(desk: Desk, case: Case, statement: Statement) -> None:
    name = f"correct_{statement.id}"
    if st.button(_("Richtigstellung anlegen"), key=name):
        with parts.attempt():
            correction = store.begin_correction(
                desk.db, desk.actor, statement.id, idempotency_key=parts.form_key(name)
            )
        parts.form_done(name)
        parts.go(desk, "editor", case, stellungnahme=correction.id)


# What lies behind -------------------------------------------------------------------------


def details(desk: Desk, case: Case, statement: Statement, version: Version | None) -> None:
    """Files, recipients, attachments, versions, withdrawal: folded."""
    if version is not None:
        _files(desk, statement)
    if desk.may("statement.write") and statement.state not in ("released", "withdrawn"):
        _heading(desk, statement)
        _recipients(desk, case, statement)
        _attachments(desk, case, statement)
    _versions(desk, statement)
    if desk.may("statement.write") and statement.state not in ("released", "withdrawn"):
        _withdraw(desk, statement)


def _files(desk: Desk, statement: Statement) -> None:
    with (
        st.expander(_("Als Datei oder zum Kopieren"), icon=":material/download:"),
        st.container(horizontal=True),
    ):
        for ending in _FILES:
            made = release.file_name(desk.db, statement.id, ending, desk.now)
            st.download_button(
                ending.upper(),
                data=lambda ending=ending: (
                    release.download(  # type: ignore[misc]
                        desk.db, statement.id, ending, desk.now
                    ).data
                ),
                file_name=made,
                on_click="ignore",
                key=f"file_{ending}_{statement.id}",
            )


def _heading(desk: Desk, statement: Statement) -> None:
    with (
        st.expander(_("Titel und Zielgruppe")),
        st.form(f"heading_{statement.id}", border=False),
    ):
        title = st.text_input(
            _("Titel (Betreff der E-Mail)"), statement.title, key=f"title_{statement.id}"
        )
        audience = st.text_input(
            _("An wen sich der Text richtet"), statement.audience, key=f"audience_{statement.id}"
        )
        sent = st.form_submit_button(_("Ändern"))
    if sent:
        with parts.attempt():
            store.change_heading(
                desk.db,
                desk.actor,
                statement.id,
                title=str(title or ""),
                audience=str(audience or ""),
            )
        parts.flash(_("Titel und Zielgruppe sind gespeichert."))
        st.rerun()


def _recipients(desk: Desk, case: Case, statement: Statement) -> None:
    present = store.recipients_of(desk.db, statement.id)
    with st.expander(_("Verteiler ({number})").format(number=len(present))):
        parts.note(
            _(
                "Eine Zeile je Person: Name; E-Mail. Jede Person bekommt eine eigene Nachricht, "
                "niemand sieht die anderen."
            )
        )
        suggested = [
            f"{each.name}; {each.email}"
            for each in cases.contacts_of(desk.db, case.id)
            if each.email
        ]
        if suggested:
            parts.note(_("Kontakte des Falls: {list}").format(list=", ".join(suggested)))
        with st.form(f"recipients_{statement.id}", border=False):
            entered = st.text_area(
                _("Verteiler"),
                "\n".join(f"{each.name}; {each.email}" for each in present),
                key=f"recipients_text_{statement.id}",
            )
            sent = st.form_submit_button(_("Verteiler speichern"))
    if sent:
        with parts.attempt():
            saved = store.set_recipients(
                desk.db, desk.actor, statement.id, read_recipients(str(entered or ""))
            )
        parts.flash(_("Der Verteiler hat {number} Einträge.").format(number=len(saved)))
        st.rerun()


def read_recipients(entered: str) -> list[Recipient]:
    """The lines "name; e-mail" as a person typed them. Empty lines count for nothing."""
    recipients = []
    for line in entered.splitlines():
        if not line.strip():
            continue
        name, separator, email = line.rpartition(";")
        recipients.append(
            Recipient(name.strip(), email.strip())
            if separator
            else Recipient(line.strip(), line.strip())
        )
    return recipients


def _attachments(desk: Desk, case: Case, statement: Statement) -> None:
    known = {each.id: each for each in evidence.evidence_of(desk.db, case.id)}
    if not known:
        return
    with (
        st.expander(_("Beilagen")),
        st.form(f"attachments_{statement.id}", border=False),
    ):
        chosen = st.multiselect(
            _("Belege, die mitgehen"),
            list(known),
            [each.id for each in store.attachments_of(desk.db, statement.id)],
            format_func=lambda key: known[key].file_name,
            placeholder=_("keine"),
            key=f"attached_{statement.id}",
        )
        sent = st.form_submit_button(_("Beilagen speichern"))
    if sent:
        with parts.attempt():
            store.set_attachments(desk.db, desk.actor, statement.id, chosen)
        parts.flash(_("Die Beilagen sind gespeichert."))
        st.rerun()


def _versions(desk: Desk, statement: Statement) -> None:
    versions = store.versions_of(desk.db, statement.id)
    if not versions:
        return
    with st.expander(_("Versionen und Freigaben ({number})").format(number=len(versions))):
        parts.rows(
            [
                [
                    _("Version {number}").format(number=each.version),
                    f"{each.created_by}, {formats.short_moment(each.created_at, desk.now)}",
                    words.origin(each.origin),
                ]
                for each in versions
            ],
            _("Versionen"),
        )
        decided = store.approvals_of(desk.db, statement.id)
        parts.rows(
            [
                [
                    _("freigegeben") if each.decision == "approved" else _("abgelehnt"),
                    f"{each.approver_name}, {formats.moment(each.at)}",
                    _("am Telefon, gehört von {name}").format(name=each.witness)
                    if each.method == "phone"
                    else _("über den Link mit PIN"),
                    each.comment,
                ]
                for each in decided
            ],
            _("Freigaben"),
        )


def _withdraw(desk: Desk, statement: Statement) -> None:
    with (
        st.expander(_("Stellungnahme zurückziehen")),
        st.form(f"withdraw_{statement.id}", border=False),
    ):
        reason = st.text_input(_("Grund"), key=f"withdraw_reason_{statement.id}")
        sent = st.form_submit_button(_("Zurückziehen"))
    if sent:
        with parts.attempt():
            store.withdraw(desk.db, desk.actor, statement.id, reason=str(reason or ""))
        parts.flash(_("Die Stellungnahme ist zurückgezogen."))
        st.rerun()
