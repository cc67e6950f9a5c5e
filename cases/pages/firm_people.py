"""The people of a firm and who may approve, as a part of its page."""

from __future__ import annotations

import streamlit as st

from cases import authority, evidence, store
from cases.desk import Desk
from cases.entered import day_text, needed_day, read_day
from cases.errors import MissingField
from cases.pages import entering, parts
from cases.store import Case, firms
from cases.store.firms import Authority, Firm, Person
from cases.store.people import reachable_without_firm_it, today
from data import reference
from data.i18n import _


def part(desk: Desk, firm: Firm, case: Case | None) -> None:
    """Who is who, who approves and why, and the written authorities."""
    people = store.people_of(desk.db, firm.id)
    domains = firms.domains_of(desk.db, firm.id)
    if not people:
        parts.empty(_("Hier stehen die Personen der Firma, zuerst wer freigibt."))
    parts.rows(
        [
            [
                person.name,
                f"{person.function or '–'} · {person.reason}{_named(person)}",
                " · ".join(each for each in (person.phone, person.email) if each) or "–",
                _reach(person, domains),
            ]
            for person in people
        ],
        _("Personen und Freigabe"),
    )
    _authorities(desk, people)
    _unconfirmed(people)
    entering.rules("NA-20")
    if not desk.may("case.write"):
        return
    _add(desk, firm)
    if people:
        _change(desk, people)
        _grant(desk, firm, case, people)
        _revoke(desk, people)


def _named(person: Person) -> str:
    if person.named_approver and not person.may_approve:
        return _(", obwohl als freigebend genannt")
    return ""


def _reach(person: Person, domains: list[str]) -> str:
    return {
        "yes": _("ohne Firmen-IT erreichbar"),
        "no": _("nur über die Firmen-IT"),
        "unknown": _("ob ohne Firmen-IT erreichbar: unbekannt"),
    }[reachable_without_firm_it(person, domains)]


def _unconfirmed(people: list[Person]) -> None:
    """Functions whose weight the source text does not settle."""
    for person in people:
        remark = authority.known_function(person.function).unconfirmed
        if remark:
            parts.note(
                _("{function}: {remark} (unbestätigt)").format(
                    function=person.function, remark=remark
                )
            )


def _authorities(desk: Desk, people: list[Person]) -> None:
    names = {each.id: each.name for each in people}
    lines = [
        [
            names[person.id],
            _("Vollmacht von {name} vom {day}, {scope}").format(
                name=names[each.granted_by], day=day_text(each.granted_on), scope=_scope(each)
            ),
            _("Beleg B{number}").format(number=each.document),
            _until(each),
        ]
        for person in people
        for each in firms.authorities_of(desk.db, person.id)
    ]
    parts.rows(lines, _("Schriftliche Vollmachten"))


def _scope(each: Authority) -> str:
    if not each.channels:
        return _("für alle Texte")
    return _("nur für {channels}").format(
        channels=", ".join(channel_name(channel) for channel in each.channels)
    )


def channel_name(channel: str) -> str:
    """What a channel is called in the reference data."""
    return str(reference.load("channels")["channel"][channel]["label"])


def _until(each: Authority) -> str:
    if each.revoked_on is not None:
        return _("widerrufen {day}: {reason}").format(
            day=day_text(each.revoked_on), reason=each.revocation_reason
        )
    if each.valid_until is None:
        return _("unbefristet")
    if each.valid_until < today():
        return _("abgelaufen {day}").format(day=day_text(each.valid_until))
    return _("bis {day}").format(day=day_text(each.valid_until))


def _function_input(label: str, value: str, key: str) -> str:
    known = [each.german for each in authority.functions()]
    if value and value not in known:
        known.insert(0, value)
    return str(
        st.selectbox(
            label,
            known,
            index=known.index(value) if value else None,
            accept_new_options=True,
            key=key,
            placeholder=_("Funktion auswählen"),
            help=_("Frei gibt nur Geschäftsführung oder Inhaber:in (NA-20)."),
        )
        or ""
    )


def _contact_inputs(prefix: str, person: Person) -> dict[str, str]:
    one, two = st.columns(2)
    with one:
        phone = st.text_input(
            _("Telefon, unabhängig von der Firmen-IT"), value=person.phone, key=f"{prefix}phone"
        )
    with two:
        email = st.text_input(
            _("E-Mail, unabhängig von der Firmen-IT"), value=person.email, key=f"{prefix}email"
        )
    return {
        "phone": phone.strip(),
        "email": email.strip(),
        "outside_it": entering.three(
            entering.field_name("person", "outside_it"), person.outside_it, f"{prefix}outside"
        ),
        "authority": st.text_input(
            entering.field_name("person", "authority"),
            value=person.authority,
            key=f"{prefix}remark",
        ).strip(),
    }


def _add(desk: Desk, firm: Firm) -> None:
    prefix = f"person_new_{firm.id}_"
    with st.expander(_("Person aufnehmen")), st.form(prefix, border=False):
        name = st.text_input(_("Name"), key=f"{prefix}name")
        function = _function_input(_("Funktion"), "", f"{prefix}function")
        typed = _contact_inputs(prefix, Person(name=""))
        if st.form_submit_button(_("Aufnehmen")):
            with parts.attempt():
                added = firms.add_person(
                    desk.db,
                    desk.actor,
                    firm.id,
                    Person(name=name, function=function, **typed),  # type: ignore[arg-type]
                    idempotency_key=parts.form_key(prefix),
                )
            entering.emptied(prefix, "function")
            parts.flash(f"{added.name}: {added.reason}.")
            st.rerun()


def _change(desk: Desk, people: list[Person]) -> None:
    by_id = {each.id: each for each in people}
    with st.expander(_("Person ändern")):
        chosen = st.selectbox(
            _("Person"),
            list(by_id),
            format_func=lambda key: by_id[key].name,
            key=f"person_chosen_{people[0].firm_id}",
        )
        prefix = f"person_{chosen}_"
        form = entering.shown(prefix, by_id[chosen])
        with st.form(prefix, border=False):
            name = st.text_input(_("Name"), value=form.name, key=f"{prefix}name")
            function = _function_input(_("Funktion"), form.function, f"{prefix}function")
            since = st.text_input(
                _("Neue Funktion gilt ab (leer: heute)"),
                key=f"{prefix}since",
                placeholder="TT.MM.JJJJ",
            )
            typed = _contact_inputs(prefix, form)
            if st.form_submit_button(_("Speichern")):
                with parts.attempt():
                    typed |= {"name": name.strip(), "function": function.strip()}
                    fresh = firms.person_by_id(desk.db, chosen)
                    changed = firms.change_person(
                        desk.db,
                        desk.actor,
                        entering.changed(prefix, fresh, typed),
                        function_from=read_day(since),
                    )
                entering.done(prefix)
                parts.flash(f"{changed.name}: {changed.reason}.")
                st.rerun()


def _grant(desk: Desk, firm: Firm, case: Case | None, people: list[Person]) -> None:
    by_id = {each.id: each for each in people}
    kept = [
        each
        for known in store.cases_of_firm(desk.db, firm.id)
        for each in evidence.evidence_of(desk.db, known.id)
    ]
    documents = {each.id: f"B{each.id} · {each.file_name}" for each in kept}
    prefix = f"authority_{firm.id}_"
    with st.expander(_("Schriftliche Vollmacht aufnehmen")):
        if not documents:
            parts.note(
                _("Zuerst das Schriftstück im Fall als Beleg sichern; hier wird es ausgewählt.")
            )
            if case is not None and desk.may("evidence.write"):
                parts.link(desk, "evidence", _("Beleg sichern"), case)
            return
        with st.form(prefix, border=False):
            one, two = st.columns(2)
            with one:
                person = st.selectbox(
                    _("Bevollmächtigt wird"),
                    list(by_id),
                    format_func=lambda key: by_id[key].name,
                    index=None,
                    placeholder=_("auswählen"),
                    key=f"{prefix}person",
                )
                granter = st.selectbox(
                    _("Erteilt von (Geschäftsführung oder Inhaber:in)"),
                    list(by_id),
                    format_func=lambda key: f"{by_id[key].name}, {by_id[key].function or '–'}",
                    index=None,
                    placeholder=_("auswählen"),
                    key=f"{prefix}granter",
                )
                document = st.selectbox(
                    _("Schriftstück (Beleg)"),
                    list(documents),
                    format_func=lambda key: documents[key],
                    index=None,
                    placeholder=_("auswählen"),
                    key=f"{prefix}document",
                )
            with two:
                granted = st.text_input(
                    _("Erteilt am"), key=f"{prefix}granted", placeholder="TT.MM.JJJJ"
                )
                until = st.text_input(
                    _("Gilt bis (leer: unbefristet)"),
                    key=f"{prefix}until",
                    placeholder="TT.MM.JJJJ",
                )
                channels = st.multiselect(
                    _("Nur für diese Kanäle (leer: alle Texte)"),
                    placeholder=_("alle Texte"),
                    options=list(reference.load("channels")["channel"]),
                    format_func=channel_name,
                    key=f"{prefix}channels",
                )
            text = st.text_area(_("Wortlaut der Vollmacht"), key=f"{prefix}text")
            if st.form_submit_button(_("Vollmacht festhalten")):
                with parts.attempt():
                    firms.grant_authority(
                        desk.db,
                        desk.actor,
                        Authority(
                            person_id=_needed(person, _("Bevollmächtigt wird")),
                            granted_by=_needed(granter, _("Erteilt von")),
                            granted_on=needed_day(granted, _("Erteilt am")),
                            text=text,
                            document=_needed(document, _("Schriftstück (Beleg)")),
                            channels=tuple(channels),
                            valid_until=read_day(until),
                        ),
                        idempotency_key=parts.form_key(prefix),
                    )
                entering.done(prefix)
                parts.flash(_("Die Vollmacht ist festgehalten."))
                st.rerun()


def _needed(chosen: int | None, label: str) -> int:
    if chosen is None:
        raise MissingField(label)
    return chosen


def _revoke(desk: Desk, people: list[Person]) -> None:
    names = {each.id: each.name for each in people}
    open_ones = {
        each.id: each
        for person in people
        for each in firms.authorities_of(desk.db, person.id)
        if each.revoked_on is None
    }
    if not open_ones:
        return
    prefix = f"revoke_{people[0].firm_id}_"
    with st.expander(_("Vollmacht widerrufen")), st.form(prefix, border=False):
        chosen = st.selectbox(
            _("Vollmacht"),
            list(open_ones),
            format_func=lambda key: _("{name}, vom {day}").format(
                name=names[open_ones[key].person_id], day=day_text(open_ones[key].granted_on)
            ),
            key=f"{prefix}which",
        )
        day = st.text_input(_("Widerrufen am"), value=day_text(today()), key=f"{prefix}day")
        reason = st.text_input(_("Grund des Widerrufs"), key=f"{prefix}reason")
        if st.form_submit_button(_("Widerruf festhalten")):
            with parts.attempt():
                firms.revoke_authority(
                    desk.db,
                    desk.actor,
                    chosen,
                    revoked_on=needed_day(day, _("Widerrufen am")),
                    reason=reason,
                )
            entering.done(prefix)
            parts.flash(_("Der Widerruf ist festgehalten; ab diesem Tag gilt die Vollmacht nicht."))
            st.rerun()
