"""Deckung: what is decided about one case, on what it rests, and how it is decided anew."""

from __future__ import annotations

import streamlit as st

from cases import coverage_text, deciding, existence, open_points, questions, store, words
from cases.desk import Desk
from cases.existence import Assessment, Item
from cases.intake import document
from cases.open_points import OpenPoint
from cases.pages import asking, parts
from cases.questions import Given
from cases.store import Case, tasks
from cases.store import open_points as decided
from cases.store.coverage import CoverageRecord
from cases.store.events import event_by_id
from cases.store.open_points import OpenPointDecision
from data import formats
from data.i18n import _
from data.times import local, read_entered
from ui import contract_change
from ui.contract_change import Consequences


def show(desk: Desk) -> None:
    """The page of one case."""
    case = parts.choose_case(desk)
    if case is None:
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    records = store.coverage_of(desk.db, case.id)
    if not records:
        parts.empty(_("Hier steht die Entscheidung über die Deckung, sobald sie getroffen ist."))
        return
    policy_id = event_by_id(desk.db, case.insured_event_id).policy_id
    settings = decided.settings_of(desk.db, policy_id)
    writes = desk.may("case.write") and case.state != "closed"
    left, right = st.columns([3, 2], gap="large")
    with left:
        _verdict(records[0])
        if case.coverage_result == "clarify":
            parts.note(
                _("Bis zur Entscheidung wird Arbeit unter Vorbehalt gebucht (U-08): Wer sie trägt, "
                  "steht erst mit der Entscheidung fest.")
            )  # fmt: skip
        if case.coverage_result == "no":
            _still_possible(desk, case)
        if writes:
            _appointment(desk, case)
            _ask(desk, case, records[0], settings)
    with right:
        parts.section(_("Regeln im Wortlaut"))
        asking.show_rules(records[0].decision.get("rules", []))
        asking.show_around(deciding.decide(records[0].answers, settings))
    _existence(desk, case, records[0], settings, writes)
    _open_points(desk, case, records[0], policy_id, writes)
    _history(desk, case, records)


# --- the decision that holds ----------------------------------------------------------------------


def _verdict(record: CoverageRecord) -> None:
    decision = record.decision
    parts.section(_("Entscheidung"))
    asking.show_verdict(decision["result"], decision.get("limb"), decision.get("explanation", ""))
    said = _("entschieden {at} durch {name}").format(
        at=formats.moment(record.decided_at), name=record.decided_by
    )
    parts.note(f"{said}, {record.cause}" if record.cause else said)


def _still_possible(desk: Desk, case: Case) -> None:
    """A refusal ends the cover, not the help."""
    parts.section(_("Was trotzdem möglich ist"))
    parts.rows(
        [
            [
                _("Selbstzahler"),
                _("Medienbetreuung auf eigene Rechnung: Leistungen als „zahlt die Firma“ buchen"),
                "",
            ],
            [
                _("Termin mit Spezialisten"),
                f"„{coverage_text.quote('NA-37')}“, {coverage_text.quote('NA-36')}",
                "NA-37, NA-36",
            ],
        ],
        _("Was trotzdem möglich ist"),
    )
    with st.container(horizontal=True, key=f"coverage_possible_{case.id}"):
        parts.link(desk, "hours", _("Leistung als Selbstzahler buchen"), case)
        parts.link(desk, "event", _("Aufgaben dieser Firma"), case)


def _appointment(desk: Desk, case: Case) -> None:
    """Specialists are found whatever the decision (NA-37); without a promise (NA-36)."""
    name = f"appointment_{case.id}"
    with (
        st.expander(_("Termin mit Spezialisten organisieren (NA-37, auch ohne Deckung)")),
        st.form(name, border=False),
    ):
        title = st.text_input(
            _("Was zu organisieren ist"),
            value=_("Termin mit IT-Sicherheits- oder Datenschutzspezialisten"),
            key=f"{name}_title",
        )
        parts.note(_("Die Kosten der Spezialisten trägt die Firma (NA-43)."))
        if st.form_submit_button(_("Als Aufgabe anlegen"), key=f"{name}_add"):
            with parts.attempt():
                tasks.add_task(
                    desk.db,
                    desk.actor,
                    case.firm_id,
                    kind="specialist",
                    title=title,
                    case_id=case.id,
                    idempotency_key=parts.form_key(name),
                )
            parts.form_done(name)
            parts.flash(_("Die Aufgabe ist angelegt."))
            st.rerun()


# --- asking on, deciding anew ---------------------------------------------------------------------


def _ask(desk: Desk, case: Case, record: CoverageRecord, settings: dict[str, str]) -> None:
    scope = f"coverage_{case.id}"
    before = _given_of(desk, case, record)
    _load(scope, record, before)
    parts.section(_("Noch zu fragen"))
    asking.ask(desk, scope, settings)
    asking.side(scope)
    given = asking.given(scope)
    if questions.to_json(given) == questions.to_json(before):
        return
    outcome = questions.decide(given, settings)
    parts.section(_("Neu entscheiden"))
    parts.note(
        _("Mit diesen Antworten: {result}").format(
            result=formats.coverage(outcome.result.value, outcome.limb)
        )
    )
    with st.form(f"decide_{case.id}", border=False):
        reason = st.text_input(_("Warum neu entschieden wird"), key=f"decide_reason_{case.id}")
        sent = st.form_submit_button(_("Neu entscheiden"), type="primary")
    if st.button(_("Geänderte Antworten verwerfen"), key=f"decide_drop_{case.id}", type="tertiary"):
        asking.forget(scope)
        st.session_state.pop(f"loaded:{scope}")
        st.rerun()
    if sent:
        with parts.attempt():
            contract_change.decide_coverage(
                desk.db,
                desk.actor,
                case.id,
                document(questions.answers_from(given)),
                outcome,
                cause=reason,
                now=desk.now,
                given=questions.to_json(given),
                assessment=record.assessment,
            )
        parts.flash(_("Die Deckung ist neu entschieden."))
        st.rerun()


def _load(scope: str, record: CoverageRecord, before: dict[str, Given]) -> None:
    """The answers of the newest decision, once; what is being changed stays."""
    if st.session_state.get(f"loaded:{scope}") != record.id:
        asking.forget(scope)
        asking.put(scope, before)
        st.session_state[f"loaded:{scope}"] = record.id


def _given_of(desk: Desk, case: Case, record: CoverageRecord) -> dict[str, Given]:
    """The answers of a decision with their times.

    Where none were kept, they are as old as the first decision on these very answers.
    """
    if record.given:
        return questions.from_json(record.given)
    same = [
        each.decided_at
        for each in store.coverage_of(desk.db, case.id)
        if each.answers == record.answers
    ]
    return questions.from_document(record.answers, min(same))


# --- the existence threat -------------------------------------------------------------------------


def _existence(
    desk: Desk, case: Case, record: CoverageRecord, settings: dict[str, str], writes: bool
) -> None:
    parts.section(_("Existenzbedrohung (NA-27)"))
    known = existence.from_json(record.assessment)
    if known is None:
        parts.empty(
            _("Noch nicht beurteilt. Nötig ist das nur, wo kein IT-Notfall zugrunde liegt.")
        )
    else:
        _show_assessment(known, settings)
    if writes:
        with st.expander(_("Existenzbedrohung beurteilen")):
            _assess(desk, case, record, settings, known)


def _show_assessment(known: Assessment, settings: dict[str, str]) -> None:
    parts.rows(
        [
            [
                existence.item_title(each.name),
                words.three(each.answer),
                " ".join(word for word in (each.figure, existence.item_unit(each.name)) if word)
                if each.figure
                else "",
                each.evidence,
            ]
            for each in known.items
        ],
        _("Existenzbedrohung"),
    )
    parts.note(
        _("Ergebnis {result}, Vorschlag der Hilfe {proposal}; beurteilt {at} von {name} "
          "({function})").format(
            result=existence.result_word(known.result),
            proposal=existence.result_word(known.proposal),
            at=formats.moment(known.assessed_at),
            name=known.assessed_by,
            function=existence.assessor_word(known.function),
        )
    )  # fmt: skip
    if known.reason:
        parts.quote_block(known.reason)
    if known.result == "yes" and not existence.counts(known.function, settings):
        parts.note(_("Dieses Ja zählt noch nicht: Entscheiden muss das Schadenreferat (U-08)."))


def _assess(
    desk: Desk,
    case: Case,
    record: CoverageRecord,
    settings: dict[str, str],
    known: Assessment | None,
) -> None:
    """Seven questions, a proposal, and the person's own result."""
    parts.quote_block(f"NA-27: „{coverage_text.quote('NA-27')}“")
    before = {each.name: each for each in known.items} if known else {}
    items = tuple(_item(case, before.get(name, Item(name))) for name in existence.item_names())
    with parts.attempt():
        proposal = existence.propose(items)
    parts.note(
        _("Die Hilfe schlägt vor: {proposal}. Sie wiegt die Antworten nach Marken des Desks; "
          "entscheiden müssen Sie.").format(proposal=existence.result_word(proposal))
    )  # fmt: skip
    one, two = st.columns(2)
    with one:
        result = st.segmented_control(
            _("Ist der Fortbestand massiv gefährdet?"),
            existence.RESULTS,
            format_func=existence.result_word,
            default=known.result if known else "open",
            required=True,
            key=f"existence_result_{case.id}",
        )
        by = st.text_input(_("Beurteilt von"), value=desk.actor.name, key=f"existence_by_{case.id}")
    with two:
        at = st.text_input(
            _("Beurteilt um"),
            value=local(desk.now).strftime("%d.%m.%Y %H:%M"),
            key=f"existence_at_{case.id}",
            help="TT.MM.JJJJ hh:mm",
        )
        function = st.selectbox(
            _("Funktion"),
            list(existence.ASSESSORS),
            format_func=existence.assessor_word,
            key=f"existence_function_{case.id}",
        )
    reason = st.text_input(
        _("Begründung, wo Sie vom Vorschlag abweichen"), key=f"existence_reason_{case.id}"
    )
    if st.button(_("Beurteilung festhalten"), key=f"existence_save_{case.id}"):
        with parts.attempt():
            assessment = Assessment(items, result, by, function, read_entered(at), reason)
            _record(desk, case, record, settings, assessment)
        parts.flash(_("Die Beurteilung ist festgehalten."))
        st.rerun()


def _item(case: Case, before: Item) -> Item:
    st.html(f'<p class="kp-note">{parts.escape(existence.item_question(before.name))}</p>')
    key = f"{before.name}_{case.id}"
    one, two, three = st.columns([2, 2, 3])
    with one:
        answer = st.segmented_control(
            existence.item_title(before.name),
            existence.ANSWERS,
            format_func=words.three,
            default=before.answer,
            required=True,
            key=f"existence_answer_{key}",
        )
    unit = existence.item_unit(before.name)
    with two:
        figure = (
            st.text_input(unit, value=before.figure, key=f"existence_figure_{key}") if unit else ""
        )
    with three:
        evidence = st.text_input(
            _("Beleg (Nummer oder Fundstelle)"),
            value=before.evidence,
            key=f"existence_evidence_{key}",
        )
    return Item(before.name, answer, figure, evidence)


def _record(
    desk: Desk,
    case: Case,
    record: CoverageRecord,
    settings: dict[str, str],
    assessment: Assessment,
) -> None:
    """The assessment becomes part of the answers, and the coverage is decided anew on them."""
    existence.check(assessment)
    given = questions.with_assessment(
        _given_of(desk, case, record),
        assessment.result,
        existence.evidence_lines(assessment),
        assessment.function,
        assessment.assessed_at,
    )
    contract_change.decide_coverage(
        desk.db,
        desk.actor,
        case.id,
        document(questions.answers_from(given)),
        questions.decide(given, settings),
        cause=_("Existenzbedrohung beurteilt ({name}, {function}): {result}").format(
            name=assessment.assessed_by.strip(),
            function=existence.assessor_word(assessment.function),
            result=existence.result_word(assessment.result),
        ),
        now=desk.now,
        given=questions.to_json(given),
        assessment=existence.to_json(assessment),
    )


# --- what the contract leaves open ----------------------------------------------------------------


def _open_points(
    desk: Desk, case: Case, record: CoverageRecord, policy_id: int, writes: bool
) -> None:
    policy = store.policy_by_id(desk.db, policy_id)
    parts.section(_("Was der Vertrag offenlässt (Polizze {number})").format(number=policy.number))
    newest: dict[str, OpenPointDecision] = {}
    for decision in decided.history_of(desk.db, policy_id):
        newest.setdefault(decision.point, decision)
    here = record.decision.get("open_points", [])
    points = open_points.all_points()
    parts.rows(
        [
            [
                point.id,
                point.title,
                _state(point, newest.get(point.id)),
                _("betrifft diesen Fall") if point.id in here else "",
            ]
            for point in points
        ],
        _("Offene Punkte"),
    )
    with st.expander(_("Offenen Punkt ansehen und entscheiden")):
        first = next((point for point in points if point.id in here), points[0])
        chosen = st.selectbox(
            _("Offener Punkt"),
            points,
            index=points.index(first),
            format_func=lambda point: f"{point.id} · {point.title}",
            key=f"point_{case.id}",
        )
        _point(desk, policy_id, chosen)
        if writes:
            _decide_point(desk, case, policy_id, chosen)


def _state(point: OpenPoint, decision: OpenPointDecision | None) -> str:
    if decision is None:
        return _("offen")
    return _("entschieden: {value}").format(value=point.choice_label(decision.value))


def _point(desk: Desk, policy_id: int, point: OpenPoint) -> None:
    parts.rows(
        [
            [_("Frage"), point.question],
            [_("Wo es offen ist"), point.left_open],
            *[[rule, f"„{coverage_text.quote(rule)}“"] for rule in point.rules],
            [_("Bis dahin gilt"), point.applied],
            [_("Warum"), point.why],
            [_("Davon hängt ab"), point.depends],
        ],
        _("Offener Punkt"),
    )
    history = decided.history_of(desk.db, policy_id, point.id)
    parts.rows(
        [
            [
                formats.moment(each.decided_at),
                f"{point.choice_label(each.value)} – {each.reason}",
                f"{each.decided_by}, {each.decider_function}",
                _("eingetragen von {name}").format(name=each.recorded_by),
            ]
            for each in history
        ],
        _("Entscheidungen zu diesem Punkt"),
    )


def _decide_point(desk: Desk, case: Case, policy_id: int, point: OpenPoint) -> None:
    # After a decision the fields are new and empty.
    decisions = len(decided.history_of(desk.db, policy_id, point.id))
    name = f"point_{case.id}_{point.id}_{decisions}"
    with st.form(name, border=False):
        value = st.radio(
            _("Entscheidung"),
            [choice.value for choice in point.choices],
            format_func=point.choice_label,
            index=None,
            key=f"{name}_value",
        )
        one, two = st.columns(2)
        with one:
            by = st.text_input(_("Entschieden von"), key=f"{name}_by")
            at = st.text_input(
                _("Entschieden um"),
                value=local(desk.now).strftime("%d.%m.%Y %H:%M"),
                key=f"{name}_at",
                help="TT.MM.JJJJ hh:mm",
            )
        with two:
            function = st.text_input(
                _("Funktion"), value=_("Schadenreferat"), key=f"{name}_function"
            )
            reason = st.text_input(_("Begründung"), key=f"{name}_reason")
        with st.container(horizontal=True):
            looked = st.form_submit_button(_("Folgen zeigen"), key=f"{name}_preview")
            sent = st.form_submit_button(_("Entscheidung festhalten"), key=f"{name}_decide")
    if (looked or sent) and value is None:
        st.error(_("Bitte zuerst eine der Möglichkeiten wählen."))
        return
    if looked:
        _show_consequences(
            contract_change.preview(
                desk.db, desk.actor, policy_id, point.id, value or "", desk.now
            ),
            _("Was sich ändern würde"),
        )
    if sent:
        with parts.attempt():
            done = contract_change.decide(
                desk.db,
                desk.actor,
                policy_id,
                point.id,
                value or "",
                decided_by=by,
                decider_function=function,
                decided_at=read_entered(at),
                reason=reason,
                now=desk.now,
                idempotency_key=parts.form_key(name),
            )
        parts.form_done(name)
        parts.flash(_("{point} ist entschieden. {changed}").format(
            point=point.id, changed=_changed(done)
        ))  # fmt: skip
        st.rerun()


def _changed(done: Consequences) -> str:
    if not done.coverage and not done.money:
        return _("An Deckung und Beträgen ändert sich nichts.")
    numbers = [
        *(change.case.number for change in done.coverage),
        *(change.event_number for change in done.money),
    ]
    return _("Neu gerechnet: {numbers}.").format(numbers=", ".join(dict.fromkeys(numbers)))


def _show_consequences(found: Consequences, title: str) -> None:
    parts.section(title)
    lines = [
        [
            change.case.number,
            change.case.public_name,
            _("{before} → {after}").format(
                before=formats.coverage(change.before.result.value, change.before.limb),
                after=formats.coverage(change.after.result.value, change.after.limb),
            ),
            _case_turns(change.case.state, change.after.result.value),
        ]
        for change in found.coverage
    ]
    lines += [
        [
            change.event_number,
            _("gedeckt {before} → {after}").format(
                before=formats.money(change.before.covered_cents),
                after=formats.money(change.after.covered_cents),
            ),
            _("darüber {before} → {after}").format(
                before=formats.money(change.before.overflow_cents),
                after=formats.money(change.after.overflow_cents),
            ),
            _basis(change.before.basis, change.after.basis),
        ]
        for change in found.money
    ]
    parts.rows(lines, title)
    if not lines:
        parts.note(_("An Deckung und Beträgen ändert sich nichts."))
    if found.noted:
        parts.note(
            _("Einen Eintrag in der Zeitleiste bekommen: {numbers}.").format(
                numbers=", ".join(each.number for each in found.noted)
            )
        )
    if found.untouched:
        parts.note(
            _("Abgeschlossen und unverändert: {numbers}.").format(
                numbers=", ".join(each.number for each in found.untouched)
            )
        )


def _case_turns(state: str, result: str) -> str:
    if state == "refused" and result != "no":
        return _("wird wieder geöffnet")
    if state == "open" and result == "no":
        return _("wird abgelehnt")
    return ""


def _basis(before: str, after: str) -> str:
    names = {"net": _("netto"), "gross": _("brutto")}
    if before == after:
        return names[after]
    return _("{before} → {after}").format(before=names[before], after=names[after])


# --- history --------------------------------------------------------------------------------------


def _history(desk: Desk, case: Case, records: list[CoverageRecord]) -> None:
    parts.section(_("Verlauf der Entscheidungen"))
    parts.rows(
        [
            [
                formats.moment(each.decided_at),
                each.cause or _("bei der Aufnahme"),
                formats.coverage(each.decision["result"], each.decision.get("limb")),
                each.decided_by,
            ]
            for each in records
        ],
        _("Verlauf der Entscheidungen"),
    )
    with st.expander(_("Antworten, auf denen sie beruhen")):
        for record in records:
            parts.note(formats.moment(record.decided_at))
            parts.rows(
                [
                    [
                        _(questions.TITLES[name]),
                        asking.answer_line(name, each),
                        formats.short_moment(each.at, desk.now),
                    ]
                    for name, each in _given_of(desk, case, record).items()
                ],
                _("Antworten"),
            )
