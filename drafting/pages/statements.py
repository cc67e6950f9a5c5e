"""Stellungnahmen: what the case says, how each text stands, and the way to a new one."""

from __future__ import annotations

import streamlit as st

from cases import store as cases
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case
from data import formats
from data.i18n import _
from data.times import read_entered
from drafting import draft, store
from drafting.draft import Template
from drafting.pages import words
from drafting.store import Overview


def show(desk: Desk) -> None:
    """The list of the case, and a form that begins a statement from a template."""
    case = parts.choose_case(desk)
    if case is None:
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    lines = store.overview(desk.db, case.id, desk.now)
    parts.section(_("Stellungnahmen"))
    if not lines:
        parts.empty(
            _(
                "Hier stehen die Texte des Falls. Der erste ist meist die Darstellung auf eigener Seite."
            )
        )
    for line in lines:
        _line(desk, case, line)
    if desk.may("statement.write"):
        _new(desk, case, first=not lines)


def _line(desk: Desk, case: Case, line: Overview) -> None:
    statement = line.statement
    with st.container(
        horizontal=True,
        key=f"statement_row_{statement.id}",
        vertical_alignment="center",
        gap="medium",
    ):
        parts.link(desk, "editor", statement.title, case, stellungnahme=statement.id)
        facts = [words.channel(statement.channel), _state(line)]
        if line.version:
            facts.append(
                _("Version {number} von {name}, {at}").format(
                    number=line.version.version,
                    name=line.version.created_by,
                    at=formats.short_moment(line.version.created_at, desk.now),
                )
            )
        if line.recipients:
            facts.append(_("{number} im Verteiler").format(number=line.recipients))
        parts.note(" · ".join(facts))


def _state(line: Overview) -> str:
    """The state; where the owner's word says more, that too."""
    state = words.state(line.statement.state)
    if line.statement.state in ("released", "withdrawn") or line.standing == "none":
        return state
    standing = words.standing(line.standing)
    return state if standing == state else f"{state}, {standing}"


def _new(desk: Desk, case: Case, *, first: bool) -> None:
    name = f"new_statement_{case.id}"
    known = draft.templates()
    asked = st.query_params.get("vorlage", "")
    opened = first or asked in known
    with st.expander(_("Neue Stellungnahme"), expanded=opened, icon=":material/add:"):
        chosen = st.selectbox(
            _("Vorlage"),
            list(known),
            index=list(known).index(asked) if asked in known else 0,
            format_func=lambda key: _(known[key].label),
            key=f"template_{case.id}",
        )
        template = known[chosen]
        parts.note(_(template.hint))
        with st.form(name, border=False):
            one, two = st.columns(2)
            with one:
                channel = st.selectbox(
                    _("Kanal"),
                    template.channels,
                    format_func=words.channel,
                    key=f"channel_{case.id}_{chosen}",
                )
            with two:
                language = st.selectbox(
                    _("Sprache"),
                    template.languages,
                    format_func=words.language,
                    key=f"language_{case.id}_{chosen}",
                )
            measures, next_update = _content(desk, case)
            posting, question = _needs(case, template)
            sent = st.form_submit_button(_("Entwurf anlegen"), type="primary")
    if not sent:
        return
    with parts.attempt():
        context = draft.context_of(
            case,
            cases.firm_by_id(desk.db, case.firm_id),
            cases.people_of(desk.db, case.firm_id),
            cases.facts_of(desk.db, case.id),
            cases.incidents_of(desk.db, case.id),
            language=language,
            now=desk.now,
            measures=measures,
            next_update=read_entered(next_update) if next_update.strip() else None,
            posting=draft.read_posting(posting) if posting else None,
            question=draft.required(question, _("Die Frage der Redaktion"))
            if "question" in template.needs
            else "",
        )
        statement = store.begin_from_template(
            desk.db,
            desk.actor,
            case.id,
            template,
            channel=channel,
            language=language,
            drafted=draft.draft_from_template(template.name, language, context, channel),
            idempotency_key=parts.form_key(name),
        )
    parts.form_done(name)
    parts.flash(_("Der Entwurf ist angelegt. Bitte Satz für Satz lesen, bevor er weitergeht."))
    parts.go(desk, "editor", case, stellungnahme=statement.id)


def _content(desk: Desk, case: Case) -> tuple[list[str], str]:
    """Which facts tell what is being done, and when the next information comes."""
    confirmed = {
        each.code: each.text
        for each in cases.facts_of(desk.db, case.id)
        if each.status == "confirmed"
    }
    measures = st.multiselect(
        _("Bestätigte Tatsachen, die sagen, was die Firma tut"),
        list(confirmed),
        format_func=lambda code: f"{code} · {confirmed[code]}",
        placeholder=_("keine ausgewählt"),
        key=f"measures_{case.id}",
    )
    next_update = st.text_input(
        _("Nächste Information (TT.MM.JJJJ hh:mm, leer: in etwa vier Stunden)"),
        key=f"next_update_{case.id}",
    )
    return measures, next_update


def _needs(case: Case, template: Template) -> tuple[dict[str, str], str]:
    """What a person fills in for this template: the posting, or the question."""
    posting: dict[str, str] = {}
    question = ""
    if "posting" in template.needs:
        one, two = st.columns(2)
        with one:
            posting["on"] = st.text_input(
                _("Beitrag vom (TT.MM.JJJJ hh:mm)"), key=f"posting_on_{case.id}"
            )
        with two:
            posting["until"] = st.text_input(
                _("Löschen bis (TT.MM.JJJJ hh:mm)"), key=f"posting_until_{case.id}"
            )
        posting["url"] = st.text_input(_("Adresse des Beitrags"), key=f"posting_url_{case.id}")
        posting["quote"] = st.text_input(
            _("Kurzes Zitat aus dem Beitrag"), key=f"posting_quote_{case.id}"
        )
        posting["wrong"] = st.text_input(
            _("Was daran nicht stimmt, ein Satz"), key=f"posting_wrong_{case.id}"
        )
    if "question" in template.needs:
        question = st.text_input(_("Die Frage der Redaktion"), key=f"question_{case.id}")
    return posting, question
