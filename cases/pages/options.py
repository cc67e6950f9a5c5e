"""Möglichkeiten: what can be done against an allegation, with its reasons, traps and clocks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from cases import evidence, options
from cases.coverage_text import label
from cases.desk import Desk
from cases.entered import day_text, read_day
from cases.errors import UnknownAttack
from cases.options import Option, OptionResult, Question, Situation
from cases.pages import entering, parts
from cases.pages.typed import entered, read_end
from cases.store import Case
from cases.store import options as option_store
from cases.store.options import Attack, Decision, NewAttack, Standing
from data import formats, reference
from data.i18n import _
from data.times import read_entered

_SHAPES = {"yes": "●", "open": "◔", "no": "○"}


def show(desk: Desk) -> None:
    """The allegations of the case, what is known of the chosen one, and the ways against it."""
    case = parts.choose_case(desk)
    if case is None:
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    parts.section(_("Möglichkeiten"))
    _legal()
    attacks = option_store.attacks_of(desk.db, case.id)
    attack = _chosen_attack(case, attacks)
    if attack is not None:
        _evidence_first(desk, case, attack)
        _known(desk, case, attack)
        _ways(desk, case, attack)
    if _may_write(desk, case):
        _add(desk, case, first=not attacks)


def _legal() -> None:
    """What is always in sight: no legal advice, and in whose name letters go out (§ 8 RAO)."""
    source = options.legal("own_name_source")
    parts.quote_block(f"{options.legal('no_advice')} {options.legal('own_name')} ({source})")


def _may_write(desk: Desk, case: Case) -> bool:
    return desk.may("case.write") and case.state != "closed"


# --- which allegation -----------------------------------------------------------------------


def _chosen_attack(case: Case, attacks: list[Attack]) -> Attack | None:
    """The allegation of the link, else the newest; a choice where there are several."""
    if not attacks:
        parts.empty(
            _(
                "Hier steht, was gegen einen Vorwurf möglich ist. Nehmen Sie zuerst auf, was "
                "gesagt oder geschrieben wurde."
            )
        )
        return None
    by_id = {each.id: each for each in attacks}
    named = st.query_params.get("vorwurf", "")
    wanted = int(named) if named.isdecimal() else attacks[0].id
    if wanted not in by_id:
        st.warning(parts.plain(UnknownAttack(wanted).sentence()))
        wanted = attacks[0].id
    if len(attacks) > 1:
        chosen = st.selectbox(
            _("Vorwurf"),
            list(by_id),
            index=list(by_id).index(wanted),
            format_func=lambda number: _short(by_id[number]),
            key=f"attack_{case.id}",
        )
        if chosen != wanted:
            st.query_params["vorwurf"] = str(chosen)
            wanted = chosen
    attack = by_id[wanted]
    parts.quote_block(attack.wording)
    where = [attack.author, attack.place, attack.url]
    if attack.answers.published_on is not None:
        where.insert(2, day_text(attack.answers.published_on))
    parts.note(" · ".join(each for each in where if each))
    return attack


def _short(attack: Attack) -> str:
    words = attack.wording if len(attack.wording) <= 60 else attack.wording[:59] + "…"
    return f"{attack.id} · {words}"


def _evidence_first(desk: Desk, case: Case, attack: Attack) -> None:
    """NA-44: the post is secured before any reaction."""
    if attack.evidence_id is not None:
        kept = evidence.evidence_by_id(desk.db, attack.evidence_id)
        parts.note(_("Gesichert als Beleg {number}: {name}").format(
            number=kept.id, name=kept.file_name
        ))  # fmt: skip
    elif attack.no_evidence_reason:
        parts.note(_("Kein Beleg: {reason}").format(reason=attack.no_evidence_reason))
    else:
        rule = options.legal("evidence_rule")
        st.warning(
            parts.plain(f"{options.legal('evidence_first')} ({rule})"),
            icon=":material/photo_camera:",
        )
        parts.link(desk, "evidence", _("Beitrag als Beleg sichern"), case)
    if attack.answers.medium == "own_page":
        parts.note(f"{options.legal('own_page')} ({options.legal('own_page_source')})")
        if attack.notice_at is not None:
            noticed = formats.moment(attack.notice_at)
            parts.link(desk, "clocks", _("Hinweis vom {at}: zur Frist").format(at=noticed), case)


# --- what is known ----------------------------------------------------------------------------


def _known(desk: Desk, case: Case, attack: Attack) -> None:
    """The answers about the allegation: shown in short, changed in one form."""
    answered = [
        _answer_words(question, attack.answers)
        for question in options.relevant(attack.answers)
        if _is_answered(question, attack.answers)
    ]
    asked = len(options.relevant(attack.answers))
    title = _("Angaben zum Vorwurf: {known} von {asked} beantwortet").format(
        known=len(answered), asked=asked
    )
    with st.expander(title, expanded=not answered):
        parts.rows(answered, _("Angaben zum Vorwurf"))
        if _may_write(desk, case):
            _assess(desk, case, attack)


def _is_answered(question: Question, answers: Situation) -> bool:
    value = getattr(answers, question.id)
    return bool(value) if question.many else value != "unknown"


def _answer_words(question: Question, answers: Situation) -> list[str]:
    words = dict(question.values)
    value = getattr(answers, question.id)
    chosen = sorted(value, key=list(words).index) if question.many else [value]
    return [question.question, ", ".join(words[each] for each in chosen)]


def _assess(desk: Desk, case: Case, attack: Attack) -> None:
    name = f"assess_{attack.id}"
    with st.form(name, border=False, enter_to_submit=False):
        answers = _ask(name, attack.answers, options.relevant(attack.answers))
        published, evidence_id, no_evidence, notice = _ask_proof(desk, case, name, attack)
        sent = st.form_submit_button(_("Angaben speichern"), key=f"{name}_sent")
    if not sent:
        return
    with parts.attempt():
        option_store.assess_attack(
            desk.db,
            desk.actor,
            case.id,
            attack.id,
            replace(answers, published_on=read_day(published)),
            evidence_id=evidence_id,
            no_evidence_reason=no_evidence,
            notice_at=read_end(notice),
        )
    entering.done(name)
    parts.flash(_("Die Angaben sind gespeichert; die Möglichkeiten sind neu beurteilt."))
    st.rerun()


def _ask(name: str, known: Situation, questions: tuple[Question, ...]) -> Situation:
    """The questions in two columns; what is not asked stays as it is."""
    given: dict[str, Any] = {}
    columns = st.columns(2)
    for number, question in enumerate(questions):
        labels = dict(question.values)
        with columns[number % 2]:
            if question.many:
                chosen = st.multiselect(
                    question.question,
                    list(labels),
                    default=sorted(getattr(known, question.id)),
                    format_func=labels.__getitem__,
                    placeholder=_("unbekannt"),
                    key=f"{name}_{question.id}",
                )
                given[question.id] = frozenset(chosen)
            else:
                given[question.id] = st.selectbox(
                    question.question,
                    list(labels),
                    index=list(labels).index(getattr(known, question.id)),
                    format_func=labels.__getitem__,
                    help=question.help or None,
                    key=f"{name}_{question.id}",
                )
    return replace(known, **given)


def _ask_proof(
    desk: Desk, case: Case, name: str, attack: Attack | None
) -> tuple[str, int | None, str, str]:
    """Day of publication, the stored original or why there is none, time of a notice."""
    answers = attack.answers if attack is not None else Situation()
    kept = {each.id: each.file_name for each in evidence.evidence_of(desk.db, case.id)}
    present = attack.evidence_id if attack is not None else None
    one, two = st.columns(2)
    with one:
        published = st.text_input(
            _("Veröffentlicht am (TT.MM.JJJJ)"),
            value=day_text(answers.published_on),
            key=f"{name}_published",
        )
        evidence_id = st.selectbox(
            _("Beleg"),
            list(kept),
            index=list(kept).index(present) if present in kept else None,
            format_func=lambda number: f"{number} · {kept[number]}",
            placeholder=_("noch keiner"),
            key=f"{name}_evidence",
        )
    with two:
        notice = st.text_input(
            _("Eigene Seite: begründeter Hinweis am (TT.MM.JJJJ hh:mm)"),
            value=entered(attack.notice_at) if attack and attack.notice_at else "",
            key=f"{name}_notice",
        )
        no_evidence = st.text_input(
            _("Wenn es keinen Beleg gibt: warum"),
            value=attack.no_evidence_reason if attack is not None else "",
            key=f"{name}_no_evidence",
        )
    return published, evidence_id, no_evidence, notice


def _add(desk: Desk, case: Case, *, first: bool) -> None:
    name = f"new_attack_{case.id}"
    with (
        st.expander(_("Vorwurf aufnehmen"), expanded=first, icon=":material/add:"),
        st.form(name, border=False, enter_to_submit=False),
    ):
        wording = st.text_area(_("Wortlaut, genau wie er dasteht"), key=f"{name}_wording")
        one, two = st.columns(2)
        with one:
            author = st.text_input(_("Von wem"), key=f"{name}_author")
            url = st.text_input(_("Adresse (URL)"), key=f"{name}_url")
        with two:
            place = st.text_input(_("Medium, Plattform"), key=f"{name}_place")
        answers = _ask(name, Situation(), options.questions()[:2])
        published, evidence_id, no_evidence, notice = _ask_proof(desk, case, name, None)
        sent = st.form_submit_button(_("Aufnehmen"), type="primary", key=f"{name}_sent")
    if not sent:
        return
    with parts.attempt():
        added = option_store.add_attack(
            desk.db,
            desk.actor,
            case.id,
            NewAttack(
                wording,
                author,
                place,
                url,
                answers=replace(answers, published_on=read_day(published)),
                evidence_id=evidence_id,
                no_evidence_reason=no_evidence,
                notice_at=read_end(notice),
            ),
            idempotency_key=parts.form_key(name),
        )
    entering.done(name)
    st.session_state.pop(f"attack_{case.id}", None)
    st.query_params["vorwurf"] = str(added.id)
    parts.flash(_("Der Vorwurf ist aufgenommen. Was ist noch bekannt?"))
    st.rerun()


# --- the ways -----------------------------------------------------------------------------------


def _ways(desk: Desk, case: Case, attack: Attack) -> None:
    standings = option_store.standing_of(desk.db, attack.id)
    taken = {key for key, each in standings.items() if each.state in ("chosen", "sent")}
    headings = {
        "yes": _("Kommt in Frage"),
        "open": _("Noch offen"),
        "no": _("Kommt nicht in Frage"),
    }
    shown = ""
    for result in attack.results(desk.now):
        if result.applies != shown:
            shown = result.applies
            parts.section(headings[shown])
        way = options.option(result.id)
        standing = standings[result.id]
        with st.expander(
            parts.plain(_way_line(result, way, standing)),
            expanded=standing.state == "chosen",
        ):
            _way(desk, case, attack, result, way, standing, taken)


def _way_line(result: OptionResult, way: Option, standing: Standing) -> str:
    said = [f"{_SHAPES[result.applies]} {way.id} · {way.title}"]
    if result.due is not None and result.applies != "no":
        said.append(_("bis {day}").format(day=day_text(result.due)))
    if standing.state:
        words = {"chosen": _("gewählt"), "declined": _("abgelehnt"), "sent": _("abgesandt")}
        said.append(words[standing.state])
    if standing.state == "chosen" and way.lawyer and standing.lawyer is None:
        said.append(_("Rechtsanwalt fehlt"))
    return " · ".join(said)


def _way(
    desk: Desk,
    case: Case,
    attack: Attack,
    result: OptionResult,
    way: Option,
    standing: Standing,
    taken: set[str],
) -> None:
    """One way: why, what for, what it needs, what goes wrong, and what was decided."""
    parts.rows(_reason_rows(result), _("Warum"))
    for sentence in options.conflicts(way.id, taken - {way.id}):
        st.warning(parts.plain(sentence))
    lines = [[_("Wofür"), way.when], [_("Wer, an wen"), way.who]]
    lines += [[_("Braucht"), each] for each in way.needs]
    lines += [
        [_("Achtung"), each.text, each.source if each.confirmed else _unconfirmed(each.source)]
        for each in way.traps
    ]
    if way.ladder:
        ladder = " → ".join(way.ladder)
        lines.append([_("Der Reihe nach"), ladder, way.ladder_rule])
    if way.clock:
        entry = reference.load("clocks")[way.clock]
        when = day_text(result.due) if result.due else _("Tag der Veröffentlichung fehlt")
        lines.append([_("Frist"), f"{label(entry['title'])}: {when}", entry["rule"]])
    if way.lawyer:
        lines.append(
            [_("Rechtsanwalt"), options.legal("lawyer_cost"), options.legal("lawyer_rule")]
        )
    lines.append([_("Quelle"), way.source])
    parts.rows(_named_once(lines), way.title)
    if way.text_kind and desk.may("statement.write"):
        extra = {"vorlage": way.template} if way.template else {}
        parts.link(desk, "statements", _("Text dafür entwerfen"), case, **extra)
    _history(desk, standing)
    if _may_write(desk, case):
        _decide(desk, case, attack, way, standing)


def _unconfirmed(source: str) -> str:
    return _("{source}, unbestätigt").format(source=source)


def _reason_rows(result: OptionResult) -> list[list[str]]:
    """One row for all that is met, one for what speaks against it, one for what is open."""
    words = {"met": _("erfüllt"), "failed": _("spricht dagegen"), "missing": _("offen")}
    return [
        [word, " ".join(each.text for each in result.reasons if each.verdict == verdict)]
        for verdict, word in words.items()
        if any(each.verdict == verdict for each in result.reasons)
    ]


def _named_once(lines: list[list[str]]) -> list[list[str]]:
    """Rows of three cells in which a name that repeats itself is left out."""
    named: list[list[str]] = []
    before = ""
    for name, *rest in lines:
        named.append(["" if name == before else name, *rest, ""][:3])
        before = name
    return named


def _history(desk: Desk, standing: Standing) -> None:
    parts.rows(
        [
            [
                formats.short_moment(each.happened_at, desk.now),
                _decision_words(each),
                each.recorded_by,
            ]
            for each in standing.history
        ],
        _("Bisher"),
    )


def _decision_words(each: Decision) -> str:
    sentence = {
        "chosen": _("gewählt von {person}: {text}"),
        "declined": _("abgelehnt von {person}: {text}"),
        "lawyer_checked": _("Rechtsanwalt geprüft: {person}. {text}"),
        "sent": _("abgesandt, unterschrieben von {person}: {text}"),
        "noted": "{text}",
    }[each.action]
    return sentence.format(person=each.person, text=each.text).strip()


# --- deciding ---------------------------------------------------------------------------------


def _decide(desk: Desk, case: Case, attack: Attack, way: Option, standing: Standing) -> None:
    with st.container(horizontal=True, key=f"decide_{attack.id}_{way.id}"):
        if standing.state in ("", "declined"):
            with st.popover(_("Wählen")):
                _choose(desk, case, attack, way)
        if standing.state != "declined":
            with st.popover(_("Nicht wählen") if not standing.state else _("Doch nicht")):
                _decline(desk, case, attack, way)
        if standing.state in ("chosen", "sent"):
            if way.lawyer:
                with st.popover(_("Rechtsanwalt geprüft")):
                    _lawyer(desk, case, attack, way)
            with st.popover(_("Abgesandt")):
                _send(desk, case, attack, way)
            with st.popover(_("Was daraus wurde")):
                _progress(desk, case, attack, way)


def _choose(desk: Desk, case: Case, attack: Attack, way: Option) -> None:
    name = f"choose_{attack.id}_{way.id}"
    with st.form(name, border=False, enter_to_submit=False):
        person = st.text_input(_("Entschieden von (Firma)"), key=f"{name}_person")
        reason = st.text_input(_("Grund"), key=f"{name}_reason")
        sent = st.form_submit_button(_("Wählen"), type="primary", key=f"{name}_sent")
    if sent:
        with parts.attempt():
            option_store.choose(
                desk.db,
                desk.actor,
                case.id,
                attack.id,
                way.id,
                person=person,
                reason=reason,
                idempotency_key=parts.form_key(name),
            )
        _done(name, _("Gewählt: {title}").format(title=way.title))


def _decline(desk: Desk, case: Case, attack: Attack, way: Option) -> None:
    name = f"decline_{attack.id}_{way.id}"
    with st.form(name, border=False, enter_to_submit=False):
        person = st.text_input(_("Entschieden von (Firma)"), key=f"{name}_person")
        reason = st.text_input(_("Grund"), key=f"{name}_reason")
        sent = st.form_submit_button(_("Ablehnen"), key=f"{name}_sent")
    if sent:
        with parts.attempt():
            option_store.decline(
                desk.db,
                desk.actor,
                case.id,
                attack.id,
                way.id,
                person=person,
                reason=reason,
                idempotency_key=parts.form_key(name),
            )
        _done(name, _("Nicht gewählt: {title}").format(title=way.title))


def _lawyer(desk: Desk, case: Case, attack: Attack, way: Option) -> None:
    name = f"lawyer_{attack.id}_{way.id}"
    with st.form(name, border=False, enter_to_submit=False):
        lawyer = st.text_input(_("Wer hat geprüft"), key=f"{name}_person")
        at = st.text_input(_("Wann"), value=entered(desk.now), key=f"{name}_at")
        text = st.text_input(_("Ergebnis"), key=f"{name}_text")
        parts.note(f"{options.legal('lawyer_cost')} ({options.legal('lawyer_rule')}).")
        sent = st.form_submit_button(_("Festhalten"), type="primary", key=f"{name}_sent")
    if sent:
        with parts.attempt():
            option_store.lawyer_checked(
                desk.db,
                desk.actor,
                case.id,
                attack.id,
                way.id,
                lawyer=lawyer,
                checked_at=read_entered(at),
                text=text,
                idempotency_key=parts.form_key(name),
            )
        _done(name, _("Festgehalten: Rechtsanwalt hat {title} geprüft.").format(title=way.title))


def _send(desk: Desk, case: Case, attack: Attack, way: Option) -> None:
    name = f"send_{attack.id}_{way.id}"
    with st.form(name, border=False, enter_to_submit=False):
        person = st.text_input(_("Unterschrieben von (Firma)"), key=f"{name}_person")
        at = st.text_input(_("Wann"), value=entered(desk.now), key=f"{name}_at")
        text = st.text_input(_("An wen und wie"), key=f"{name}_text")
        sent = st.form_submit_button(_("Festhalten"), type="primary", key=f"{name}_sent")
    if sent:
        with parts.attempt():
            option_store.mark_sent(
                desk.db,
                desk.actor,
                case.id,
                attack.id,
                way.id,
                person=person,
                sent_at=read_entered(at),
                text=text,
                idempotency_key=parts.form_key(name),
            )
        _done(name, _("Abgesandt: {title}").format(title=way.title))


def _progress(desk: Desk, case: Case, attack: Attack, way: Option) -> None:
    name = f"progress_{attack.id}_{way.id}"
    with st.form(name, border=False, enter_to_submit=False):
        text = st.text_input(_("Eingang, Entscheidung, Beschwerde"), key=f"{name}_text")
        at = st.text_input(_("Wann"), value=entered(desk.now), key=f"{name}_at")
        sent = st.form_submit_button(_("Festhalten"), key=f"{name}_sent")
    if sent:
        with parts.attempt():
            option_store.note_progress(
                desk.db,
                desk.actor,
                case.id,
                attack.id,
                way.id,
                text=text,
                happened_at=read_entered(at),
                idempotency_key=parts.form_key(name),
            )
        _done(name, _("Festgehalten: {title}").format(title=way.title))


def _done(name: str, sentence: str) -> None:
    entering.done(name)
    parts.flash(sentence)
    st.rerun()
