"""The IT incidents of a case: what is known, what they touched, who helped, how they belong."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cases import incident as effects
from cases import store, words
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case, Incident, assistance, incidents
from cases.store.assistance import AffectedSystem
from data import formats
from data.i18n import N_, _
from data.times import local, read_entered
from ui.screens import event_form

_THREE = ("unknown", "yes", "no")
_CAUSES = ("open", "established", "fixed")
_ACTIONS = {
    "linked": N_("verknüpft"),
    "changed": N_("geändert"),
    "unlinked": N_("aufgehoben"),
}


def show(desk: Desk, case: Case) -> None:
    """Each linked incident with its details, then how to report and link further ones."""
    parts.section(_("IT-Notfälle"))
    links = {each.incident_id: each for each in incidents.links_of(desk.db, case.id)}
    linked = store.incidents_of(desk.db, case.id)
    if not linked:
        parts.empty(_("Noch kein IT-Notfall verknüpft; Zweig A braucht einen (NA-25)."))
    for each in linked:
        _incident(desk, case, each, links[each.id])
    _link_history(desk, case)
    if desk.may("case.write"):
        _report(desk, case)
        _link(desk, case, set(links))


def _incident(desk: Desk, case: Case, incident: Incident, link: incidents.Link) -> None:
    systems = assistance.systems_of(desk.db, incident.id)
    given = assistance.help_of(desk.db, incident.id)
    parts.rows(
        [
            [incident.number, _what(incident), words.relation(link.relation)],
            [_("Ursache"), _cause(incident), _ended(desk, incident)],
            [_("Datenabfluss"), _data_loss(incident), "EX-01b"],
            *[_system_cells(each) for each in systems],
            *[_help_cells(desk, each) for each in given],
        ],
        incident.number,
    )
    if desk.may("case.write"):
        _change(desk, incident)
        _systems(desk, incident, systems)
        _remote(desk, case, incident)
        _give_help(desk, incident)
    _system_log(desk, incident, systems)
    if desk.may("case.write"):
        _relation(desk, case, incident, link)
    _changes(desk, incident)


def _what(incident: Incident) -> str:
    told = [words.incident_kind(incident.kind)]
    told.append(_("Verdacht") if incident.suspected == "yes" else _suspicion(incident))
    if effects.group_of(incident.kind) == "outage" or incident.outage != "unknown":
        told.append(_("Systemausfall {answer}").format(answer=words.three(incident.outage)))
    if incident.device:
        told.append(words.device(incident.device))
    if incident.summary:
        told.append(incident.summary)
    return " · ".join(told)


def _suspicion(incident: Incident) -> str:
    return _("bestätigt") if incident.suspected == "no" else _("Verdacht oder bestätigt: unbekannt")


def _cause(incident: Incident) -> str:
    status = words.cause_status(incident.cause_status)
    return f"{status}: {incident.cause}" if incident.cause else status


def _data_loss(incident: Incident) -> str:
    answer = words.three(incident.data_loss)
    return f"{answer}: {incident.data_loss_extent}" if incident.data_loss_extent else answer


def _ended(desk: Desk, incident: Incident) -> str:
    if incident.resolved_at is not None:
        return _("gelöst {at}").format(at=formats.short_moment(incident.resolved_at, desk.now))
    return _("läuft {since}").format(since=formats.since(incident.happened_at, desk.now))


def _system_cells(system: AffectedSystem) -> list[str]:
    origin = _("Ursprung: {answer}").format(answer=words.three(system.origin))
    what = f"{system.name} · {system.note}" if system.note else system.name
    return [_("System"), what, f"{_(assistance.CONTROL_NAMES[system.control])} · {origin}"]


def _help_cells(desk: Desk, given: assistance.Help) -> list[str]:
    told = f"{_(assistance.MODE_NAMES[given.mode])} · {given.person}"
    return [
        _("Hilfe"),
        f"{told} · {given.text}" if given.text else told,
        _("{at}, {minutes} min").format(
            at=formats.short_moment(given.started_at, desk.now), minutes=given.minutes
        ),
    ]


# What becomes known


def _change(desk: Desk, incident: Incident) -> None:
    # A form of its own for each state: what somebody else has written is never set back.
    key = f"incident_{incident.id}_{len(incidents.changes_of(desk.db, incident.id))}"
    with (
        st.expander(_("{number}: was bekannt ist").format(number=incident.number)),
        st.form(key, border=False, clear_on_submit=False),
    ):
        values = _incident_fields(key, incident)
        resolved = st.text_input(
            _("Gelöst am (TT.MM.JJJJ hh:mm, leer: läuft noch)"),
            f"{local(incident.resolved_at):%d.%m.%Y %H:%M}" if incident.resolved_at else "",
            key=f"{key}_resolved",
        )
        note = st.text_input(_("Anmerkung (woher wir das wissen)"), key=f"{key}_note")
        parts.note(
            _(
                "Verdacht genügt: die Deckung hängt nicht davon ab, ob etwas bestätigt ist (NA-04)."
                " Der Stand der Ursache bestimmt, was ein Text dazu sagen darf (CV-09)."
            )
        )
        sent = st.form_submit_button(_("Festhalten"))
    if sent:
        with parts.attempt():
            values["resolved_at"] = read_entered(resolved) if resolved.strip() else None
            effects.change_incident(desk.db, desk.actor, incident.id, values, note)
        event_form.finish(
            key,
            ("note",),
            _("{number} ist auf dem neuen Stand; der frühere bleibt im Verlauf.").format(
                number=incident.number
            ),
        )


def _incident_fields(key: str, incident: Incident | None) -> dict[str, Any]:
    """The fields that a new incident and a known one share, as they are chosen."""
    one, two = st.columns(2)
    with one:
        kind = _choice(_("Art"), effects.kinds(), key, "kind", incident, words.incident_kind)
        outage = _choice(
            _("Systemausfall (NA-01, NA-02)"), _THREE, key, "outage", incident, words.three
        )
        device = _choice(
            _("Gerät"), ("", *effects.devices()), key, "device", incident, _device_name
        )
        suspected = _choice(
            _("Nur Verdacht (NA-04)"), _THREE, key, "suspected", incident, words.three
        )
    with two:
        status = _choice(
            _("Stand der Ursache (CV-09)"), _CAUSES, key, "cause_status", incident,
            words.cause_status,
        )  # fmt: skip
        cause = _text(_("Ursache, soweit bekannt"), key, "cause", incident)
        loss = _choice(
            _("Wurden Daten entwendet (EX-01b)"), _THREE, key, "data_loss", incident, words.three
        )
        extent = _text(_("In welchem Umfang"), key, "data_loss_extent", incident)
    summary = _text(_("Was geschehen ist, ein Satz"), key, "summary", incident)
    return {
        "kind": kind,
        "outage": outage,
        "device": device,
        "suspected": suspected,
        "cause_status": status,
        "cause": cause,
        "data_loss": loss,
        "data_loss_extent": extent,
        "summary": summary,
    }


def _choice(
    label: str,
    options: tuple[str, ...],
    key: str,
    name: str,
    incident: Incident | None,
    shown: Any,
) -> str:
    current = getattr(incident, name) if incident else options[0]
    return str(
        st.selectbox(
            label,
            options,
            index=options.index(current) if current in options else 0,
            format_func=shown,
            key=f"{key}_{name}",
        )
    )


def _device_name(name: str) -> str:
    return words.device(name) if name else _("keines genannt")


def _text(label: str, key: str, name: str, incident: Incident | None) -> str:
    return st.text_input(label, getattr(incident, name) if incident else "", key=f"{key}_{name}")


def _changes(desk: Desk, incident: Incident) -> None:
    known = incidents.changes_of(desk.db, incident.id)
    if not known:
        return
    with st.expander(_("{number}: Verlauf").format(number=incident.number)):
        parts.rows(
            [
                [
                    formats.short_moment(each.recorded_at, desk.now),
                    _("{field}: {before} → {after}").format(
                        field=_(incidents.FIELD_NAMES[each.field]),
                        before=incidents.shown_value(each.field, each.before),
                        after=incidents.shown_value(each.field, each.after),
                    ),
                    each.note,
                    each.recorded_by,
                ]
                for each in reversed(known)
            ],
            _("Verlauf"),
        )


# Systems


def _systems(desk: Desk, incident: Incident, systems: list[AffectedSystem]) -> None:
    with st.expander(_("{number}: betroffene Systeme").format(number=incident.number)):
        origin = effects.origin_controlled(systems)
        answer = words.three({True: "yes", False: "no", None: "unknown"}[origin])
        parts.note(
            _(
                "Ging das Ereignis vom eigenen, beherrschten Teil aus? {answer} (WK-02, WK-03)"
            ).format(answer=answer)
        )
        for system in systems:
            _change_system(desk, system)
        _add_system(desk, incident)


def _change_system(desk: Desk, system: AffectedSystem) -> None:
    key = f"system_{system.id}_{system.control}_{system.origin}"
    with st.form(key, border=False, clear_on_submit=False):
        parts.note(system.name)
        control, origin, note = _system_fields(key, system)
        sent = st.form_submit_button(_("{system} ändern").format(system=parts.plain(system.name)))
    if sent:
        with parts.attempt():
            assistance.change_system(
                desk.db, desk.actor, system.id, control=control, origin=origin, note=note
            )
        event_form.finish(key, (), _("{system} ist geändert.").format(system=system.name))


def _add_system(desk: Desk, incident: Incident) -> None:
    key = f"new_system_{incident.id}"
    with st.form(key, border=False, clear_on_submit=False):
        name = st.text_input(_("Weiteres System"), key=f"{key}_name")
        control, origin, note = _system_fields(key, None)
        sent = st.form_submit_button(_("System eintragen"))
    if sent:
        with parts.attempt():
            system = assistance.add_system(
                desk.db,
                desk.actor,
                incident.id,
                name=name,
                control=control,
                origin=origin,
                note=note,
                idempotency_key=parts.form_key(key),
            )
        event_form.finish(
            key,
            ("name", "control", "origin", "note"),
            _("{system} ist eingetragen.").format(system=system.name),
        )


def _system_fields(key: str, system: AffectedSystem | None) -> tuple[str, str, str]:
    one, two, three = st.columns(3)
    control = one.selectbox(
        _("Wer herrscht darüber (WK-02)"),
        assistance.CONTROLS,
        index=assistance.CONTROLS.index(system.control) if system else 0,
        format_func=lambda each: _(assistance.CONTROL_NAMES[each]),
        key=f"{key}_control",
    )
    origin = two.selectbox(
        _("Ging es hier los (WK-03)"),
        _THREE,
        index=_THREE.index(system.origin) if system else 0,
        format_func=words.three,
        key=f"{key}_origin",
    )
    note = three.text_input(_("Anmerkung"), system.note if system else "", key=f"{key}_note")
    return control, origin, note


def _system_log(desk: Desk, incident: Incident, systems: list[AffectedSystem]) -> None:
    known = assistance.system_changes_of(desk.db, incident.id)
    if not known and not (systems and desk.may("case.write")):
        return
    with st.expander(_("{number}: wer hat was geändert (EX-04c)").format(number=incident.number)):
        parts.rows(
            [
                [
                    formats.moment(each.happened_at),
                    f"{each.system}: {each.text}",
                    each.person,
                    _("erfasst {at}").format(at=formats.short_moment(each.recorded_at, desk.now)),
                ]
                for each in known
            ],
            _("Änderungen an den Systemen"),
        )
        if systems and desk.may("case.write"):
            _log_change(desk, incident, systems)


def _log_change(desk: Desk, incident: Incident, systems: list[AffectedSystem]) -> None:
    key = f"log_{incident.id}"
    names = {each.id: each.name for each in systems}
    with st.form(key, border=False, clear_on_submit=False):
        one, two, three = st.columns(3)
        with one:
            system_id = st.selectbox(
                _("System"), list(names), format_func=lambda each: names[each], key=f"{key}_system"
            )
        with two:
            at = event_form.moment_input(desk, _("Wann (TT.MM.JJJJ hh:mm)"), f"{key}_at")
        person = three.text_input(_("Wer"), key=f"{key}_person")
        text = st.text_input(_("Welche Änderung"), key=f"{key}_text")
        sent = st.form_submit_button(_("Änderung eintragen"))
    if sent and system_id is not None:
        with parts.attempt():
            assistance.log_system_change(
                desk.db,
                desk.actor,
                system_id,
                happened_at=read_entered(at),
                person=person,
                text=text,
                idempotency_key=parts.form_key(key),
            )
        event_form.finish(key, ("at", "person", "text"), _("Die Änderung ist eingetragen."))


# Help and remote access


def _remote(desk: Desk, case: Case, incident: Incident) -> None:
    known = assistance.permissions_of(desk.db, incident.id)
    key = f"remote_{incident.id}"
    with st.expander(_("{number}: Fernzugriff erlauben (NA-21)").format(number=incident.number)):
        parts.rows(
            [
                [
                    formats.moment(each.happened_at),
                    each.scope,
                    each.person,
                    _("erlaubt") if each.kind == "granted" else _("widerrufen"),
                ]
                for each in known
            ],
            _("Erlaubnis zum Fernzugriff"),
        )
        with st.form(key, border=False, clear_on_submit=False):
            one, two = st.columns(2)
            with one:
                person = event_form.person_input(
                    desk, case, _("Wer hat es gesagt"), f"{key}_person"
                )
            with two:
                at = event_form.moment_input(desk, _("Wann (TT.MM.JJJJ hh:mm)"), f"{key}_at")
            scope = st.text_input(_("Umfang (welche Systeme, wie lange)"), key=f"{key}_scope")
            three, four = st.columns(2)
            granted = three.form_submit_button(_("Erlaubnis festhalten"))
            withdrawn = four.form_submit_button(_("Widerruf festhalten"))
    if granted or withdrawn:
        with parts.attempt():
            assistance.record_permission(
                desk.db,
                desk.actor,
                incident.id,
                kind="granted" if granted else "withdrawn",
                person=person,
                scope=scope,
                happened_at=read_entered(at),
                idempotency_key=parts.form_key(key),
            )
        event_form.finish(
            key,
            ("at", "scope"),
            _("Die Erlaubnis ist festgehalten.")
            if granted
            else _("Der Widerruf ist festgehalten."),
            choices=("person",),
        )


def _give_help(desk: Desk, incident: Incident) -> None:
    key = f"help_{incident.id}"
    with (
        st.expander(_("{number}: Hilfe eintragen (CV-08)").format(number=incident.number)),
        st.form(key, border=False, clear_on_submit=False),
    ):
        one, two, three = st.columns(3)
        mode = one.selectbox(
            _("Wie geholfen wurde"),
            assistance.MODES,
            format_func=lambda each: _(assistance.MODE_NAMES[each]),
            key=f"{key}_mode",
        )
        with two:
            at = event_form.moment_input(desk, _("Beginn (TT.MM.JJJJ hh:mm)"), f"{key}_at")
        minutes = three.text_input(_("Dauer in Minuten"), key=f"{key}_minutes")
        four, five = st.columns(2)
        person = four.text_input(_("Wer hat geholfen"), key=f"{key}_person")
        text = five.text_input(_("Was wurde getan"), key=f"{key}_text")
        parts.note(
            _(
                "Fernzugriff nur mit festgehaltener Erlaubnis (NA-21). Stunden werden getrennt gebucht."
            )
        )
        sent = st.form_submit_button(_("Hilfe eintragen"))
    if sent:
        with parts.attempt():
            assistance.record_help(
                desk.db,
                desk.actor,
                incident.id,
                mode=mode,
                started_at=read_entered(at),
                minutes=event_form.read_minutes(minutes, _("Dauer in Minuten")),
                person=person,
                text=text,
                idempotency_key=parts.form_key(key),
            )
        event_form.finish(
            key, ("mode", "at", "minutes", "person", "text"), _("Die Hilfe ist eingetragen.")
        )


# How a case belongs to an incident


def _relation(desk: Desk, case: Case, incident: Incident, link: incidents.Link) -> None:
    key = f"relation_{case.id}_{incident.id}"
    with (
        st.expander(_("{number}: Zusammenhang mit dem Fall").format(number=incident.number)),
        st.form(key, border=False, clear_on_submit=False),
    ):
        relation = st.selectbox(
            _("Zusammenhang"),
            store.RELATIONS,
            index=store.RELATIONS.index(link.relation),
            format_func=words.relation,
            key=f"{key}_relation",
        )
        reason = st.text_input(_("Grund"), key=f"{key}_reason", placeholder=link.reason)
        one, two = st.columns(2)
        changed = one.form_submit_button(_("Zusammenhang ändern"))
        unlinked = two.form_submit_button(_("Verknüpfung aufheben"))
    if changed:
        with parts.attempt():
            incidents.change_link(desk.db, desk.actor, case.id, incident.id, relation, reason)
        event_form.finish(key, ("reason",), _("Der Zusammenhang ist geändert."))
    if unlinked:
        with parts.attempt():
            incidents.unlink_incident(desk.db, desk.actor, case.id, incident.id, reason)
        event_form.finish(
            key, ("reason",), _("Die Verknüpfung ist aufgehoben; ihr Verlauf bleibt.")
        )


def _link_history(desk: Desk, case: Case) -> None:
    known = incidents.link_history(desk.db, case.id)
    if len(known) < 2:
        return
    with st.expander(_("Verlauf der Verknüpfungen")):
        parts.rows(
            [
                [
                    each.incident,
                    f"{_(_ACTIONS[each.action])}: {words.relation(each.relation)}",
                    each.reason,
                    f"{formats.short_moment(each.recorded_at, desk.now)} · {each.recorded_by}",
                ]
                for each in reversed(known)
            ],
            _("Verlauf der Verknüpfungen"),
        )


def _report(desk: Desk, case: Case) -> None:
    key = f"report_{case.id}"
    with (
        st.expander(_("Weiteren IT-Notfall eröffnen")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        at = event_form.moment_input(desk, _("Wann es geschah (TT.MM.JJJJ hh:mm)"), f"{key}_at")
        values = _incident_fields(key, None)
        relation = st.selectbox(
            _("Zusammenhang"), store.RELATIONS, format_func=words.relation, key=f"{key}_relation"
        )
        reason = st.text_input(_("Grund des Zusammenhangs"), key=f"{key}_reason")
        sent = st.form_submit_button(_("IT-Notfall eröffnen"))
    if sent:
        with parts.attempt():
            event_form.needed(values["summary"], _("Was geschehen ist, ein Satz"))
            kept = effects.report_incident(
                desk.db,
                desk.actor,
                case.id,
                Incident(happened_at=read_entered(at), opened_at=desk.now, **values),
                relation,
                reason,
            )
        event_form.finish(
            key,
            ("at", "relation", "reason", *values),
            _("{number} ist eröffnet und verknüpft.").format(number=kept.number),
        )


def _link(desk: Desk, case: Case, known: set[int]) -> None:
    others = {
        each.id: f"{each.number} · {words.incident_kind(each.kind)}"
        for each in store.incidents_of_firm(desk.db, case.firm_id)
        if each.id not in known
    }
    if not others:
        return
    key = f"link_{case.id}"
    with (
        st.expander(_("Bestehenden IT-Notfall verknüpfen")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        incident_id = st.selectbox(
            _("IT-Notfall der Firma"),
            list(others),
            format_func=lambda each: others[each],
            key=f"{key}_incident",
        )
        relation = st.selectbox(
            _("Zusammenhang"), store.RELATIONS, format_func=words.relation, key=f"{key}_relation"
        )
        reason = st.text_input(_("Grund"), key=f"{key}_reason")
        sent = st.form_submit_button(_("Verknüpfen"))
    if sent and incident_id is not None:
        with parts.attempt():
            effects.link(desk.db, desk.actor, case.id, incident_id, relation, reason)
        event_form.finish(
            key,
            ("incident", "relation", "reason"),
            _("{number} ist verknüpft.").format(number=others[incident_id]),
        )
