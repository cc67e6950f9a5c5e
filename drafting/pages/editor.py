"""Stellungnahme: facts, text, findings and the way of one text to its release."""

from __future__ import annotations

import os

import streamlit as st

from cases import store as cases
from cases import words as case_words
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case, Fact
from data import formats
from data.i18n import _
from drafting import draft, llm, store
from drafting.channels import channel
from drafting.draft import LedgerFact
from drafting.errors import UnknownStatement
from drafting.findings import Examination, Finding
from drafting.llm import ModelSettings, Task
from drafting.pages import steps, words
from drafting.store import Statement, Version

_TEXT_HEIGHT = 420
# A model is told only these; the rest has no place in a text.
_TOLD = "confirmed"


def show(desk: Desk) -> None:
    """One statement, named by ``stellungnahme`` in the link."""
    statement = _from_link(desk)
    if statement is None:
        return
    case = cases.case_by_id(desk.db, statement.case_id)
    version = store.newest_version(desk.db, statement.id)
    state = store.approval_state(desk.db, statement.id, desk.now)
    line = [
        parts.case_title(case),
        words.channel(statement.channel),
        words.language(statement.language),
        words.state(statement.state),
    ]
    if statement.state not in ("released", "withdrawn") and state.standing != "none":
        standing = words.standing(state.standing)
        line += [standing] if standing != line[-1] else []
    parts.header(statement.title, " · ".join(line))
    parts.case_tabs(desk, case)
    editable = desk.may("statement.write") and statement.state not in ("released", "withdrawn")
    if editable:
        _take_up(desk, statement, version)
        _stale(desk, statement, version)
    text = _text(statement, version) if editable else (version.text if version else "")
    examination = store.examination_of(desk.db, statement, text) if text.strip() else None
    left, middle, right = st.columns([3, 5, 4], gap="medium")
    with left:
        _facts(desk, case, examination)
    with middle:
        if editable:
            _edit(desk, statement, version)
        if examination:
            _marked(text, examination)
    with right:
        _findings(text, examination)
    saved = examination
    if version is not None and version.text != text:
        saved = store.examination_of(desk.db, statement, version.text)
    steps.bar(desk, statement, version, state, saved)
    steps.actions(desk, case, statement, version, state, saved)
    if editable:
        _from_model(desk, case, statement, version)
    steps.details(desk, case, statement, version)


def _from_link(desk: Desk) -> Statement | None:
    """The statement of the link; a wrong number is said in one sentence."""
    number = st.query_params.get("stellungnahme", "")
    try:
        return store.statement_by_id(desk.db, int(number) if number.isdecimal() else 0)
    except UnknownStatement as error:
        parts.header(_("Stellungnahme"))
        st.warning(parts.plain(error.sentence()))
        parts.link(desk, "statements", _("Zur Liste der Stellungnahmen"))
        return None


# What is being typed ----------------------------------------------------------------------


def _text_key(statement: Statement) -> str:
    return f"statement_text_{statement.id}"


def _base_key(statement: Statement) -> str:
    return f"statement_base_{statement.id}"


def _text(statement: Statement, version: Version | None) -> str:
    return str(st.session_state.get(_text_key(statement), version.text if version else ""))


def _take_up(desk: Desk, statement: Statement, version: Version | None) -> None:
    """Fill the text field: from what this account typed last, else from the newest version."""
    if _text_key(statement) in st.session_state:
        return
    copy = store.working_copy_of(desk.db, desk.actor, statement.id)
    if copy is not None and (version is None or copy.text != version.text):
        st.session_state[_text_key(statement)] = copy.text
        st.session_state[_base_key(statement)] = copy.base_version
        st.session_state[f"statement_restored_{statement.id}"] = formats.short_moment(
            copy.saved_at, desk.now
        )
        return
    _load(statement, version)


def _load(statement: Statement, version: Version | None) -> None:
    st.session_state[_text_key(statement)] = version.text if version else ""
    st.session_state[_base_key(statement)] = version.version if version else 0
    st.session_state.pop(f"statement_restored_{statement.id}", None)


def _stale(desk: Desk, statement: Statement, version: Version | None) -> None:
    """Somebody saved meanwhile: show both texts, and let the person choose."""
    base = int(st.session_state[_base_key(statement)])
    if version is None or base == version.version:
        return
    mine = str(st.session_state[_text_key(statement)])
    before = next(
        (each for each in store.versions_of(desk.db, statement.id) if each.version == base), None
    )
    if mine == version.text or (before is not None and mine == before.text):
        _load(statement, version)
        return
    st.warning(
        parts.plain(
            _(
                "{name} hat inzwischen Version {number} gespeichert. Ihr Text ist noch da; "
                "bitte beide vergleichen."
            ).format(name=version.created_by, number=version.version)
        )
    )
    one, two = st.columns(2)
    with one:
        parts.section(_("Ihr Text"))
        parts.quote_block(mine)
        if st.button(_("Mit meinem Text weiterarbeiten"), key=f"keep_mine_{statement.id}"):
            st.session_state[_base_key(statement)] = version.version
            store.keep_working_copy(desk.db, desk.actor, statement.id, mine, version.version)
            st.rerun()
    with two:
        parts.section(_("Version {number}").format(number=version.version))
        parts.quote_block(version.text)
        if st.button(_("Diese Version übernehmen"), key=f"take_theirs_{statement.id}"):
            store.drop_working_copy(desk.db, desk.actor, statement.id)
            _load(statement, version)
            st.rerun()


def _edit(desk: Desk, statement: Statement, version: Version | None) -> None:
    restored = st.session_state.get(f"statement_restored_{statement.id}")
    if restored:
        parts.note(_("Ihr nicht gespeicherter Text von {at} ist wieder da.").format(at=restored))
    st.text_area(
        _("Text"),
        key=_text_key(statement),
        height=_TEXT_HEIGHT,
        on_change=_keep_typed,
        args=(desk, statement),
    )
    changed = version is None or _text(statement, version) != version.text
    sent = st.button(
        _("Version speichern"),
        key=f"save_{statement.id}",
        type="primary" if changed else "secondary",
        icon=":material/save:",
    )
    if not sent:
        return
    name = f"save_{statement.id}"
    with parts.attempt():
        saved = store.save_version(
            desk.db,
            desk.actor,
            statement.id,
            _text(statement, version),
            origin=_origin(statement, version),
            base_version=int(st.session_state[_base_key(statement)]),
            idempotency_key=parts.form_key(name),
        )
    parts.form_done(name)
    parts.flash(
        _("Version {number} ist gespeichert, {at}.").format(
            number=saved.version, at=formats.clock_time(desk.now)
        )
    )
    _forget_typed(statement)
    st.rerun()


def _origin(statement: Statement, version: Version | None) -> str:
    """A suggestion of the model that nobody touched is the model's text."""
    suggested = st.session_state.get(f"model_text_{statement.id}")
    return "model" if _text(statement, version) == suggested else "person"


def _keep_typed(desk: Desk, statement: Statement) -> None:
    store.keep_working_copy(
        desk.db,
        desk.actor,
        statement.id,
        str(st.session_state[_text_key(statement)]),
        int(st.session_state[_base_key(statement)]),
    )


def _forget_typed(statement: Statement) -> None:
    """The next run fills the field from the database."""
    for key in (_text_key(statement), _base_key(statement)):
        st.session_state.pop(key, None)
    st.session_state.pop(f"statement_restored_{statement.id}", None)


# Facts, findings, preview -----------------------------------------------------------------


def _facts(desk: Desk, case: Case, examination: Examination | None) -> None:
    parts.section(_("Tatsachen"))
    facts = cases.facts_of(desk.db, case.id)
    if not facts:
        parts.empty(_("Noch keine Tatsachen. Ein Text stützt sich nur auf bestätigte."))
        parts.link(desk, "case", _("Tatsache aufnehmen"), case)
        return
    used = set(examination.fact_codes) if examination else set()
    order = ("confirmed", "not_yet_known", "unconfirmed", "disputed", "retracted")
    parts.rows(
        [
            [_fact_heading(each, used), each.text, each.source]
            for status in order
            for each in facts
            if each.status == status
        ],
        _("Tatsachen"),
    )


def _fact_heading(fact: Fact, used: set[str]) -> str:
    heading = f"{fact.code} · {case_words.fact_status(fact.status)}"
    return " · ".join([heading, _("im Text")]) if fact.code in used else heading


def _marked(text: str, examination: Examination) -> None:
    if not examination.findings:
        return
    parts.section(_("Text mit Befunden"))
    st.html(f'<div class="kp-quote">{words.marked(text, examination.findings)}</div>')


def _findings(text: str, examination: Examination | None) -> None:
    parts.section(_("Befunde"))
    if examination is None:
        parts.empty(_("Hier stehen Länge und Befunde, sobald ein Text da ist."))
        return
    limit = examination.length.limit
    length = (
        _("{count} von {limit} Zeichen auf diesem Kanal").format(
            count=examination.length.count, limit=limit
        )
        if limit
        else _("{count} Zeichen").format(count=examination.length.count)
    )
    if not examination.length.fits:
        length += " · " + _("zu lang")
    parts.note(length)
    if not examination.findings:
        parts.note(_("Keine Befunde."))
    parts.rows([_finding(each) for each in examination.findings], _("Befunde"))
    with st.expander(_("Vorschau")):
        parts.quote_block(text)


def _finding(each: Finding) -> list[str]:
    quote = each.quote if each.quote.startswith("„") or not each.quote else f"„{each.quote}“"
    return [f"{words.severity(each.severity)} · {words.finding(each.kind)}", quote, each.message]


# The language model -----------------------------------------------------------------------


def _from_model(desk: Desk, case: Case, statement: Statement, version: Version | None) -> None:
    """Ask the model for another draft. It lands in the text field, never in a version."""
    settings = ModelSettings.from_environment(os.environ)
    if settings is None:
        return
    with st.expander(_("Entwurf vom Sprachmodell")):
        parts.note(
            _(
                "An das Modell gehen nur die bestätigten Tatsachen, Namen und Nummern unkenntlich "
                "gemacht. Der Vorschlag ersetzt den Text im Feld; gespeichert wird er erst von Ihnen."
            )
        )
        post = st.text_area(
            _("Beitrag, auf den geantwortet wird (bleibt im Haus; ans Modell geht nur das Thema)"),
            key=f"model_post_{statement.id}",
        )
        send_post = st.checkbox(
            _("Den Beitrag selbst mitschicken"), key=f"model_send_post_{statement.id}"
        )
        task = _task(desk, case, statement, str(post or ""), send_post)
        if st.toggle(_("Zeigen, was genau hinausgeht"), key=f"model_show_{statement.id}"):
            parts.quote_block(llm.build_prompt(task, canary="…", marker="^…^").user)
        st.button(
            _("Entwurf holen"),
            key=f"ask_model_{statement.id}",
            on_click=_ask_model,
            args=(desk, case, statement, version, settings, task),
        )
    for flag in st.session_state.pop(f"model_flags_{statement.id}", ()):
        parts.note(flag)


def _task(desk: Desk, case: Case, statement: Statement, post: str, send_post: bool) -> Task:
    context = _context(desk, case, statement)
    facts = cases.facts_of(desk.db, case.id)
    return Task(
        kind=statement.kind,
        channel=statement.channel,
        language=statement.language,
        limit=channel(statement.channel).limit,
        facts=tuple(LedgerFact(each.code, each.text) for each in facts if each.status == _TOLD),
        unknowns=tuple(each.text for each in context.unknowns),
        advice=context.advice,
        contact=context.contact,
        next_update=formats.moment(context.next_update),
        summary=llm.summarise_post(post) if post.strip() else None,
        post=post if post.strip() and send_post else None,
        people=(
            *(each.name for each in cases.people_of(desk.db, case.firm_id)),
            *(each.name for each in cases.contacts_of(desk.db, case.id)),
        ),
    )


def _context(desk: Desk, case: Case, statement: Statement) -> draft.Context:
    return draft.context_of(
        case,
        cases.firm_by_id(desk.db, case.firm_id),
        cases.people_of(desk.db, case.firm_id),
        cases.facts_of(desk.db, case.id),
        cases.incidents_of(desk.db, case.id),
        language=statement.language,
        now=desk.now,
    )


def _ask_model(
    desk: Desk,
    case: Case,
    statement: Statement,
    version: Version | None,
    settings: ModelSettings,
    task: Task,
) -> None:
    """Before the page runs again, because a filled field takes a new text only then."""
    present = _text(statement, version)
    template = draft.template_for(statement.kind, statement.channel, statement.language)
    fallback = (
        draft.draft_from_template(
            template.name, statement.language, _context(desk, case, statement), statement.channel
        )
        if template and not present.strip()
        else draft.Draft(present, ())
    )
    result = llm.draft_with_model(desk.db, desk.actor, case.id, settings, task, fallback)
    st.session_state[_text_key(statement)] = result.draft.text
    st.session_state[f"model_flags_{statement.id}"] = result.flags
    if result.notice:
        parts.flash(result.notice)
        return
    st.session_state[f"model_text_{statement.id}"] = result.draft.text
    _keep_typed(desk, statement)
    parts.flash(_("Der Vorschlag des Sprachmodells steht im Textfeld. Bitte Satz für Satz prüfen."))
