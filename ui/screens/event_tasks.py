"""Organising a replacement or an appointment with specialists: tasks without amounts."""

from __future__ import annotations

import streamlit as st

from cases import tasks as rules
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case, tasks
from cases.store.tasks import Task
from data import formats
from data.i18n import _
from data.times import read_entered
from ui.screens import event_form


def show(desk: Desk, firm_id: int, case: Case | None) -> None:
    """What is being organised for a firm, in every case and outside of them."""
    parts.section(_("Vermittlung"))
    known = tasks.tasks_of_firm(desk.db, firm_id)
    if not known:
        parts.empty(
            _(
                "Hier stehen Ersatz und Termine, die organisiert werden, je nach Verfügbarkeit und"
                " Möglichkeit (NA-36)."
            )
        )
    parts.rows([_cells(desk, each) for each in known], _("Vermittlung"))
    event_form.quotes(
        [rule for kind in rules.kinds() for rule in rules.rules_of(kind)],
        _("Regeln für die Vermittlung"),
    )
    if desk.may("case.write"):
        _settle(desk, firm_id, [each for each in known if each.state == "open"])
        _add(desk, firm_id, case)


def _cells(desk: Desk, task: Task) -> list[str]:
    state = {
        "open": _("offen"),
        "done": _("erledigt"),
        "dropped": _("entfällt: {reason}").format(reason=task.reason),
    }[task.state]
    if task.state == "open" and task.due_at is not None:
        state = formats.due(task.due_at, desk.now)
    what = f"{task.title} · {task.for_whom}" if task.for_whom else task.title
    where = "" if task.case_id is not None else _("ohne Fall")
    return [rules.kind_name(task.kind), what, where, state]


def _settle(desk: Desk, firm_id: int, known: list[Task]) -> None:
    if not known:
        return
    key = f"settle_task_{firm_id}"
    names = {each.id: each.title for each in known}
    with (
        st.expander(_("Aufgabe abschließen")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        task_id = st.selectbox(
            _("Aufgabe"), list(names), format_func=lambda each: names[each], key=f"{key}_task"
        )
        reason = st.text_input(_("Grund, wenn sie entfällt"), key=f"{key}_reason")
        one, two = st.columns(2)
        done = one.form_submit_button(_("Erledigt"))
        dropped = two.form_submit_button(_("Entfällt"))
    if (done or dropped) and task_id is not None:
        with parts.attempt():
            tasks.settle_task(desk.db, desk.actor, task_id, "done" if done else "dropped", reason)
        event_form.finish(key, ("task", "reason"), _("Die Aufgabe ist abgeschlossen."))


def _add(desk: Desk, firm_id: int, case: Case | None) -> None:
    key = f"task_{firm_id}"
    with (
        st.expander(_("Ersatz oder Termin organisieren")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        kind = st.selectbox(_("Was"), rules.kinds(), format_func=rules.kind_name, key=f"{key}_kind")
        title = st.text_input(_("Was zu organisieren ist, ohne Zusage"), key=f"{key}_title")
        one, two = st.columns(2)
        for_whom = one.text_input(_("Für wen"), key=f"{key}_for_whom")
        due = two.text_input(_("Bis wann (TT.MM.JJJJ hh:mm, leer: offen)"), key=f"{key}_due")
        outside = case is None or st.checkbox(
            _("Ohne Fallbezug (NA-37: unabhängig vom Schadenereignis)"), key=f"{key}_outside"
        )
        for each in rules.kinds():
            parts.note(f"{rules.kind_name(each)}: {rules.hint_of(each)}")
        sent = st.form_submit_button(_("Aufgabe anlegen"))
    if sent:
        with parts.attempt():
            tasks.add_task(
                desk.db,
                desk.actor,
                firm_id,
                kind=kind,
                title=title,
                for_whom=for_whom,
                due_at=read_entered(due) if due.strip() else None,
                case_id=case.id if case is not None and not outside else None,
                idempotency_key=parts.form_key(key),
            )
        event_form.finish(
            key,
            ("kind", "title", "for_whom", "due", "outside"),
            _("Die Aufgabe ist angelegt."),
        )
