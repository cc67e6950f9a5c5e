"""Meine Firma: what an owner with an account sees, of the own firm only."""

from __future__ import annotations

from budget import store as budget_store
from cases import store
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case
from data import formats
from data.i18n import _
from drafting import store as drafting_store
from ui import situation


def show(desk: Desk) -> None:
    """The firm's cases: state, cap, what was said, what waits for the owner's word."""
    parts.header(_("Meine Firma"))
    firm_id = desk.account.firm_id
    cases = [] if firm_id is None else store.cases_of_firm(desk.db, firm_id)
    if not cases:
        parts.empty(_("Hier stehen die Fälle Ihrer Firma. Derzeit gibt es keinen."))
    for case in cases:
        _case(desk, case)


def _case(desk: Desk, case: Case) -> None:
    parts.section(f"{case.public_name} · {parts.case_line(desk, case)}")
    budget = budget_store.event_state(desk.db, case.insured_event_id, desk.now)
    parts.rows(
        [
            [
                _("Leistungsgrenze"),
                _("{used} von {cap}").format(
                    used=formats.money(budget.covered_cents), cap=formats.money(budget.cap_cents)
                ),
            ]
        ],
        _("Leistungsgrenze"),
    )
    waiting = situation.waiting_approvals(desk.db, case.id, desk.now)
    if waiting:
        parts.note(
            _(
                "Ein Text wartet auf Ihre Freigabe. Bitte öffnen Sie den Link, den Ihnen Ihre "
                "Beraterin, Ihr Berater geschickt hat; die PIN hören Sie am Telefon."
            )
        )
    for each in waiting:
        parts.rows([[formats.moment(each.at), each.text]], _("Wartende Freigaben"))
    for line in drafting_store.overview(desk.db, case.id, desk.now):
        if line.statement.state == "released" and line.version is not None:
            parts.section(line.statement.title)
            parts.quote_block(line.version.text)
