"""Fall: everything the desk knows about one case."""

from __future__ import annotations

import streamlit as st

from cases import evidence, store, words
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case, Contact, Incident
from data import formats
from data.i18n import _
from data.times import local, read_entered


def show(desk: Desk) -> None:
    """Left the facts and the IT incident, right clocks, people and coverage, below the timeline."""
    case = parts.choose_case(desk)
    if case is None:
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _facts(desk, case)
        _incidents(desk, case)
        _evidence(desk, case)
    with right:
        _clocks(desk, case)
        _people(desk, case)
        _coverage(desk, case)
    _timeline(desk, case)
    _state(desk, case)


def _facts(desk: Desk, case: Case) -> None:
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
        for name in ("text", "source"):
            st.session_state.pop(f"fact_{name}_{case.id}", None)
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


def _incidents(desk: Desk, case: Case) -> None:
    parts.section(_("IT-Notfall und Versicherungsfall"))
    event = store.event_by_id(desk.db, case.insured_event_id)
    linked = store.incidents_of(desk.db, case.id)
    parts.rows(
        [
            [
                event.number,
                event.title,
                _("bis {cap} {basis}").format(
                    cap=formats.money(event.cap_cents),
                    basis=_("netto") if event.cap_basis == "net" else _("brutto"),
                ),
            ],
            *(_incident_row(desk, incident) for incident in linked),
        ],
        _("IT-Notfall und Versicherungsfall"),
    )
    if not linked:
        parts.empty(_("Noch kein IT-Notfall verknüpft; Zweig A braucht einen (NA-25)."))
    if desk.may("case.write"):
        _link_incident(desk, case, linked)
        for incident in linked:
            _change_incident(desk, incident)


def _incident_row(desk: Desk, incident: Incident) -> list[str]:
    state = (
        _("gelöst {at}").format(at=formats.short_moment(incident.resolved_at, desk.now))
        if incident.resolved_at
        else _("läuft {since}").format(since=formats.since(incident.happened_at, desk.now))
    )
    return [
        incident.number,
        words.incident_kind(incident.kind),
        _("Ursache {cause}, Datenabfluss {loss}").format(
            cause=words.cause_status(incident.cause_status), loss=words.three(incident.data_loss)
        ),
        state,
    ]


def _link_incident(desk: Desk, case: Case, linked: list[Incident]) -> None:
    known = {each.id for each in linked}
    others = [
        each for each in store.incidents_of_firm(desk.db, case.firm_id) if each.id not in known
    ]
    with st.expander(_("IT-Notfall verknüpfen")), st.form(f"link_{case.id}", border=False):
        number = st.text_input(
            _("Nummer des IT-Notfalls"),
            key=f"link_number_{case.id}",
            placeholder=", ".join(each.number for each in others) or "IT-2026-0001",
        )
        relation = st.selectbox(
            _("Zusammenhang"),
            store.RELATIONS,
            format_func=words.relation,
            key=f"link_relation_{case.id}",
        )
        if st.form_submit_button(_("Verknüpfen")):
            with parts.attempt():
                incident = store.incident_by_number(desk.db, number)
                store.link_incident(desk.db, desk.actor, case.id, incident.id, relation)
            parts.flash(_("{number} ist verknüpft.").format(number=incident.number))
            st.rerun()


def _change_incident(desk: Desk, incident: Incident) -> None:
    title = _("Stand von {number} ändern").format(number=incident.number)
    with st.expander(title), st.form(f"incident_{incident.id}", border=False):
        cause = st.selectbox(
            _("Ursache"),
            ("open", "established", "fixed"),
            index=("open", "established", "fixed").index(incident.cause_status),
            format_func=words.cause_status,
            key=f"cause_{incident.id}",
        )
        loss = st.selectbox(
            _("Sind Daten abgeflossen? (EX-01b)"),
            ("unknown", "yes", "no"),
            index=("unknown", "yes", "no").index(incident.data_loss),
            format_func=words.three,
            key=f"loss_{incident.id}",
        )
        resolved = st.text_input(
            _("Gelöst um"),
            value=local(incident.resolved_at).strftime("%d.%m.%Y %H:%M")
            if incident.resolved_at
            else "",
            key=f"resolved_{incident.id}",
            placeholder="TT.MM.JJJJ hh:mm",
        )
        if st.form_submit_button(_("Ändern")):
            with parts.attempt():
                store.update_incident(
                    desk.db,
                    desk.actor,
                    incident.id,
                    cause_status=cause,
                    data_loss=loss,
                    resolved_at=read_entered(resolved) if resolved.strip() else None,
                )
            parts.flash(_("Der IT-Notfall ist auf dem neuen Stand."))
            st.rerun()


def _evidence(desk: Desk, case: Case) -> None:
    parts.section(_("Belege"))
    kept = evidence.evidence_of(desk.db, case.id)
    if not kept:
        parts.empty(_("Belege entstehen mit der Erfassung einer Meldung oder hier von Hand."))
    parts.rows(
        [
            [
                f"B{each.id}",
                each.file_name,
                f"SHA-256 {each.sha256[:16]}…",
                _("eingegangen {at}").format(at=formats.moment(each.recorded_at)),
            ]
            for each in kept
        ],
        _("Belege"),
    )
    if not desk.may("evidence.write"):
        return
    with st.expander(_("Beleg aufnehmen")):
        uploaded = st.file_uploader(_("Datei"), key=f"evidence_{case.id}")
        url = st.text_input(_("Fundstelle (Adresse)"), key=f"evidence_url_{case.id}")
        keep = st.button(_("Sichern"), key=f"evidence_keep_{case.id}", disabled=uploaded is None)
        if keep and uploaded is not None:
            with parts.attempt():
                added = evidence.add(
                    desk.db,
                    desk.home,
                    desk.actor,
                    case.id,
                    data=uploaded.getvalue(),
                    file_name=uploaded.name,
                    kind="file",
                    source_url=url.strip(),
                )
            parts.flash(_("Gesichert, SHA-256 {hash}").format(hash=added.sha256))
            st.rerun()
    if kept:
        with st.expander(_("Beweiskette")):
            for each in kept:
                parts.rows(
                    [
                        [f"B{each.id}", formats.moment(entry.at), entry.actor_name, entry.action]
                        for entry in evidence.custody_of(desk.db, each.id)
                    ],
                    _("Beweiskette"),
                )


def _clocks(desk: Desk, case: Case) -> None:
    parts.section(_("Fristen"))
    clocks = store.clocks_of(desk.db, case.id)
    if not clocks:
        parts.empty(_("Keine Frist läuft."))
    for clock in clocks:
        if clock.settled_at is not None:
            word = _("erledigt") if clock.settled_as == "done" else _("abgelehnt")
            parts.rows(
                [[f"{word} {formats.short_moment(clock.settled_at, desk.now)}", clock.title]],
                clock.title,
            )
            continue
        parts.rows([[formats.due(clock.due_at, desk.now), clock.title, clock.rule]], clock.title)
        if desk.may("case.write"):
            _settle(desk, clock)


def _settle(desk: Desk, clock: store.CaseClock) -> None:
    with st.expander(_("Erledigen oder ablehnen")), st.form(f"clock_{clock.id}", border=False):
        how = st.segmented_control(
            _("Frist"),
            ("done", "declined"),
            format_func=lambda value: _("erledigt") if value == "done" else _("abgelehnt"),
            default="done",
            key=f"clock_how_{clock.id}",
            required=True,
        )
        reason = st.text_input(_("Grund"), key=f"clock_reason_{clock.id}")
        if st.form_submit_button(_("Festhalten")):
            with parts.attempt():
                store.settle_clock(desk.db, desk.actor, clock.id, str(how), reason)
            parts.flash(_("Festgehalten: {title}").format(title=clock.title))
            st.rerun()


def _people(desk: Desk, case: Case) -> None:
    parts.section(_("Firma und Kontakte"))
    firm = store.firm_by_id(desk.db, case.firm_id)
    people = store.people_of(desk.db, case.firm_id)
    contacts = store.contacts_of(desk.db, case.id)
    parts.rows(
        [
            [firm.full_name, firm.sector, f"{firm.postcode} {firm.city}".strip(), firm.phone],
            *(
                [
                    person.name,
                    person.function,
                    person.phone,
                    _("gibt frei") if person.may_approve else "",
                ]
                for person in people
            ),
            *(
                [
                    contact.name,
                    words.contact_kind(contact.kind),
                    contact.organisation,
                    contact.email,
                ]
                for contact in contacts
            ),
        ],
        _("Firma und Kontakte"),
    )
    if not desk.may("case.write"):
        return
    with st.expander(_("Kontakt aufnehmen")), st.form(f"contact_{case.id}", border=False):
        kind = st.selectbox(
            _("Art"),
            store.CONTACT_KINDS,
            format_func=words.contact_kind,
            key=f"contact_kind_{case.id}",
        )
        name = st.text_input(_("Name"), key=f"contact_name_{case.id}")
        organisation = st.text_input(_("Organisation"), key=f"contact_org_{case.id}")
        email = st.text_input(_("E-Mail"), key=f"contact_email_{case.id}")
        if st.form_submit_button(_("Aufnehmen")):
            with parts.attempt():
                added = store.add_contact(
                    desk.db,
                    desk.actor,
                    case.id,
                    Contact(kind=kind, name=name, organisation=organisation, email=email),
                )
            parts.flash(_("{name} ist aufgenommen.").format(name=added.name))
            st.rerun()


def _coverage(desk: Desk, case: Case) -> None:
    parts.section(_("Deckung"))
    records = store.coverage_of(desk.db, case.id)
    if not records:
        return
    newest = records[0]
    parts.quote_block(newest.decision.get("explanation", ""))
    parts.rows(
        [[rule["id"], f"„{rule['quote']}“"] for rule in newest.decision.get("rules", [])],
        _("Regeln im Wortlaut"),
    )
    parts.note(
        _("entschieden {at} durch {name}").format(
            at=formats.moment(newest.decided_at), name=newest.decided_by
        )
    )


def _timeline(desk: Desk, case: Case) -> None:
    parts.section(_("Zeitleiste"))
    parts.rows(
        [
            [
                formats.short_moment(entry.happened_at, desk.now),
                entry.text,
                words.timeline_kind(entry.kind),
                entry.actor_name,
            ]
            for entry in store.timeline_of(desk.db, case.id)
        ],
        _("Zeitleiste"),
    )
    if not desk.may("case.write"):
        return
    with st.expander(_("Eintrag hinzufügen")), st.form(f"timeline_{case.id}", border=False):
        happened = st.text_input(
            _("Ereignis um"),
            value=local(desk.now).strftime("%d.%m.%Y %H:%M"),
            key=f"timeline_at_{case.id}",
        )
        text = st.text_input(_("Was ist passiert"), key=f"timeline_text_{case.id}")
        if st.form_submit_button(_("Eintragen")):
            with parts.attempt():
                store.add_timeline_entry(
                    desk.db,
                    desk.actor,
                    case.id,
                    happened_at=read_entered(happened),
                    kind="note",
                    text=text,
                )
            parts.flash(_("Eingetragen."))
            st.rerun()


def _state(desk: Desk, case: Case) -> None:
    if not desk.may("case.write") or case.state != "open":
        return
    with st.expander(_("Dienst und Abschluss")):
        if case.on_duty != desk.actor.name and st.button(
            _("Ich übernehme den Fall"), key=f"take_over_{case.id}"
        ):
            with parts.attempt():
                store.take_over(desk.db, desk.actor, case.id)
            st.rerun()
        parts.note(_("Ein abgeschlossener Fall lässt sich hier nicht wieder öffnen."))
        note = st.text_input(_("Abschlussnotiz"), key=f"close_note_{case.id}")
        if st.button(_("Fall abschließen"), key=f"close_{case.id}"):
            with parts.attempt():
                store.close_case(desk.db, desk.actor, case.id, note)
            parts.flash(_("Der Fall ist abgeschlossen; seine Quellen werden nicht mehr gesichtet."))
            st.rerun()
