"""Costs outside the cap: who pays each, and which rule says so."""

from __future__ import annotations

import streamlit as st

from cases import costs as rules
from cases import store
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case
from cases.store import costs as cost_store
from cases.store.costs import CaseCost
from data import formats
from data.i18n import _
from data.times import local, read_entered
from ui.screens import event_form


def show(desk: Desk, case: Case) -> None:
    """The costs of a case that never draw on the cap, their sums by payer, and a form."""
    parts.section(_("Kosten außerhalb der Leistungsgrenze"))
    known = cost_store.costs_of(desk.db, case.id)
    if not known:
        parts.empty(
            _(
                "Hier stehen Kosten, die nie auf die Leistungsgrenze zählen: Geräte, Software,"
                " Wiederherstellung, Verluste, Spezialisten, Werbung."
            )
        )
    parts.rows([_cells(each) for each in known], _("Kosten außerhalb der Leistungsgrenze"))
    standing = [each for each in known if each.withdrawn_because is None]
    parts.rows(
        [
            [payer_name(payer), _("zusammen"), formats.money(cents)]
            for payer, cents in rules.sums(
                (each.kind, each.payer, each.cents) for each in standing
            ).items()
        ],
        _("Summen je Zahler"),
    )
    event_form.quotes(
        [rule for kind in rules.kinds() for rule in rules.rule_on(kind).rules],
        _("Regeln für diese Kosten"),
    )
    parts.link(desk, "hours", _("Fremdkosten buchen (U-06)"), case)
    if desk.may("case.write"):
        _add(desk, case)
        _withdraw(desk, standing, case)


def payer_name(payer: str) -> str:
    """Who pays, for people."""
    return {
        "insured": _("Firma"),
        "other_policy": _("andere Polizze, zu prüfen"),
        "information": _("nur Information"),
    }[payer]


def _cells(cost: CaseCost) -> list[str]:
    rule = rules.rule_on(cost.kind)
    what = f"{cost.text} ({cost.receipt})" if cost.receipt else cost.text
    if cost.withdrawn_because is not None:
        state = _("zurückgenommen: {reason}").format(reason=cost.withdrawn_because)
    else:
        name = payer_name("information" if rule.information else cost.payer)
        state = f"{name} · {cost.rule}"
    return [
        f"{local(cost.happened_at):%d.%m.}",
        f"{rule.name}: {what}",
        formats.money(cost.cents),
        state,
    ]


def _add(desk: Desk, case: Case) -> None:
    key = f"outside_cost_{case.id}"
    with st.expander(_("Kosten eintragen")):
        kind = st.selectbox(
            _("Kostenart"),
            rules.kinds(),
            format_func=lambda each: rules.rule_on(each).name,
            key=f"{key}_kind",
        )
        rule = rules.rule_on(kind, restoration_clause=_has_clause(desk, case))
        parts.rows([[name, f"„{words}“"] for name, words in rule.quotes], _("Regel"))
        payer = payer_name("information" if rule.information else rule.payer)
        told = _("Zahler: {payer} ({rule})").format(payer=payer, rule=rule.rule)
        parts.note(f"{told}. {rule.hint}" if rule.hint else f"{told}.")
        with st.form(key, border=False, clear_on_submit=False):
            one, two, three = st.columns(3)
            with one:
                at = event_form.moment_input(desk, _("Wann (TT.MM.JJJJ hh:mm)"), f"{key}_at")
            amount = two.text_input(_("Betrag (€)"), key=f"{key}_amount")
            receipt = three.text_input(_("Belegnummer, wenn vorhanden"), key=f"{key}_receipt")
            text = st.text_input(_("Wofür"), key=f"{key}_text")
            sent = st.form_submit_button(_("Eintragen"))
    if sent:
        with parts.attempt():
            cost = cost_store.add_cost(
                desk.db,
                desk.actor,
                case.id,
                kind=kind,
                text=text,
                cents=event_form.read_amount(amount, _("Betrag (€)")),
                happened_at=read_entered(at),
                receipt=receipt,
                restoration_clause=_has_clause(desk, case),
                idempotency_key=parts.form_key(key),
            )
        event_form.finish(
            key,
            ("at", "amount", "receipt", "text"),
            _("Eingetragen: {text}, {amount}.").format(
                text=cost.text, amount=formats.money(cost.cents)
            ),
        )


def _has_clause(desk: Desk, case: Case) -> bool:
    """Whether the contract of the case has a clause on restoration costs (WK-01)."""
    event = store.event_by_id(desk.db, case.insured_event_id)
    return bool(store.policy_by_id(desk.db, event.policy_id).restoration_variant)


def _withdraw(desk: Desk, standing: list[CaseCost], case: Case) -> None:
    if not standing:
        return
    key = f"withdraw_{case.id}"
    names = {each.id: f"{each.text} · {formats.money(each.cents)}" for each in standing}
    with (
        st.expander(_("Eingetragene Kosten zurücknehmen")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        cost_id = st.selectbox(
            _("Kosten"), list(names), format_func=lambda each: names[each], key=f"{key}_cost"
        )
        reason = st.text_input(_("Grund"), key=f"{key}_reason")
        sent = st.form_submit_button(_("Zurücknehmen"))
    if sent and cost_id is not None:
        with parts.attempt():
            cost_store.withdraw_cost(desk.db, desk.actor, cost_id, reason)
        event_form.finish(key, ("cost", "reason"), _("Die Kosten sind zurückgenommen."))
