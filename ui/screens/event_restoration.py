"""Restoration costs under a clause of another policy: items, rulings, saved computations."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from budget import store as budget_store
from budget.money import decimal_text, parse_euro
from cases import incident as effects
from cases import restoration, store
from cases.coverage import Verdict
from cases.coverage_text import quote
from cases.desk import Desk
from cases.pages import parts
from cases.restoration import Claim, Control, CostKind, Item, Restoration, Variant
from cases.store import Case, assistance
from cases.store import costs as cost_store
from cases.store.costs import RestorationItem, RestorationRun
from data import formats, reference
from data.i18n import N_, _
from ui.screens import event_form

_KINDS = {
    CostKind.CLEANING: N_("Isolation und Säuberung"),
    CostKind.DATA: N_("Daten"),
    CostKind.PROVISIONAL: N_("provisorische Zwischenlösung"),
    CostKind.HARDWARE: N_("IT-Hardware"),
    CostKind.PRIVATE_DEVICE: N_("privates IT-Gerät"),
    CostKind.CRISIS_PROVIDER: N_("Krisendienstleister"),
    CostKind.INTERNAL_EXTRA: N_("interne Mehrkosten"),
    CostKind.PRODUCTION_MEANS: N_("Produktionsmittel"),
    CostKind.SOFTWARE: N_("Software"),
}
_THREE = {"unknown": None, "yes": True, "no": False}


def show(desk: Desk, case: Case) -> None:
    """What a clause on restoration costs would pay of the items of a case."""
    parts.section(_("Wiederherstellungskosten (andere Polizze, WK-01)"))
    items = cost_store.items_of(desk.db, case.id)
    runs = cost_store.runs_of(desk.db, case.id)
    if not items and not runs:
        parts.empty(
            _(
                "Hier steht, was eine Cyber-Polizze von der Wiederherstellung zahlt. Das ist ein"
                " anderer Topf als die Leistungsgrenze (NA-42)."
            )
        )
    if items:
        _result(desk, case, items)
    for run in runs:
        _run(desk, run)
    if desk.may("case.write"):
        _add(desk, case)
        _remove(desk, case, items)


# The claim as it stands


def _result(desk: Desk, case: Case, items: list[RestorationItem]) -> None:
    key = f"restoration_{case.id}"
    event = store.event_by_id(desk.db, case.insured_event_id)
    contract = store.policy_by_id(desk.db, event.policy_id)
    variants = [each.value for each in Variant]
    one, two = st.columns(2)
    chosen = one.selectbox(
        _("Wortlaut der Klausel"),
        variants,
        index=variants.index(contract.restoration_variant)
        if contract.restoration_variant in variants
        else None,
        format_func=_variant_name,
        placeholder=_("Variante wählen"),
        key=f"{key}_variant",
    )
    limit = contract.hardware_sublimit_cents
    entered = two.text_input(
        _("Entschädigungsgrenze Hardware (€, leer: unbekannt)"),
        decimal_text(limit) if limit is not None else "",
        key=f"{key}_limit",
    )
    if chosen is None:
        parts.note(_("Die Polizze nennt keine Variante. Bitte eine wählen, dann wird gerechnet."))
        return
    with parts.attempt():
        sublimit = parse_euro(entered) if entered.strip() else None
    claim = cost_store.claim_of(desk.db, case.id, Variant(chosen), sublimit)
    settled = restoration.settle(claim)
    _rulings(items, settled)
    _cautions(desk, case, claim, settled)
    if desk.may("case.write") and st.button(_("Berechnung speichern"), key=f"{key}_save"):
        with parts.attempt():
            cost_store.save_run(
                desk.db, desk.actor, case.id, claim, idempotency_key=parts.form_key(key)
            )
        event_form.finish(key, (), _("Die Berechnung ist gespeichert, mit allen Angaben."))


def _variant_name(name: str) -> str:
    return f"{name} · {reference.load('clauses')[name]['contracts']}"


def _rulings(items: list[RestorationItem], settled: Restoration) -> None:
    by_id = {each.item.id: each for each in items}
    parts.rows(
        [
            [
                _(_KINDS[by_id[each.id].item.kind]),
                f"{by_id[each.id].text}: {each.reason}",
                _("{covered} von {claimed}").format(
                    covered=formats.money(each.cents), claimed=formats.money(each.claimed_cents)
                ),
                f"{_verdict(each.result)} · {each.rule}",
            ]
            for each in settled.items
        ],
        _("Posten der Wiederherstellung"),
    )
    total = _("gedeckt {covered}, zu klären {open}").format(
        covered=formats.money(settled.covered_cents), open=formats.money(settled.clarify_cents)
    )
    if settled.sublimit_left_cents is not None:
        total += ", " + _("Rest der Hardware-Grenze {left}").format(
            left=formats.money(settled.sublimit_left_cents)
        )
    parts.note(total)
    rules = dict.fromkeys(each.rule for each in settled.items)
    with st.expander(_("Klauseln dieser Berechnung")):
        parts.rows([[rule, f"„{quote(rule)}“"] for rule in rules], _("Klauseln"))


def _verdict(result: Verdict) -> str:
    return {
        Verdict.YES: _("gedeckt"),
        Verdict.NO: _("nicht gedeckt"),
        Verdict.CLARIFY: _("zu klären"),
    }[result]


def _cautions(desk: Desk, case: Case, claim: Claim, settled: Restoration) -> None:
    """What has to be said before anybody is paid."""
    if any(each.rule == "WK-09" for each in settled.items):
        st.warning(
            parts.plain(
                _(
                    "Die Entschädigungsgrenze für Hardware fehlt. Sie steht im Versicherungsschein;"
                    " bis sie eingetragen ist, wird Hardware nicht berechnet (WK-09)."
                )
            )
        )
    if _twice(desk, case, claim):
        st.warning(
            parts.plain(
                _(
                    "Im Fall sind Leistungen der Assistance gebucht. Krisendienstleister hier sind"
                    " nicht dieselben Stunden: bitte nie zweimal abrechnen (WK-12)."
                )
            )
        )
    if settled.reconstructed:
        st.warning(
            parts.plain(
                _(
                    "Dieser Wortlaut ist aus einem Textvergleich gewonnen. Vor jeder Zahlung bitte"
                    " mit dem Original der Polizze vergleichen und unten festhalten (WK-15)."
                )
            )
        )


def _twice(desk: Desk, case: Case, claim: Claim) -> bool:
    """Whether a crisis provider is claimed beside hours of the assistance (WK-12)."""
    claimed = any(each.kind is CostKind.CRISIS_PROVIDER for each in claim.items)
    return claimed and any(
        each.kind in ("communication", "third_party") and each.reversed_because is None
        for each in budget_store.entries_of(desk.db, case.id)
    )


# Saved computations


def _run(desk: Desk, run: RestorationRun) -> None:
    title = _("Berechnung vom {at}: {variant}, gedeckt {covered}").format(
        at=formats.moment(run.recorded_at),
        variant=run.variant,
        covered=formats.money(run.covered_cents),
    )
    with st.expander(parts.plain(title)):
        texts = {each["id"]: each["text"] for each in run.claim["items"]}
        parts.rows(
            [
                [
                    texts[each["id"]],
                    each["reason"],
                    _("{covered} von {claimed}").format(
                        covered=formats.money(each["cents"]),
                        claimed=formats.money(each["claimed_cents"]),
                    ),
                    f"{_verdict(Verdict(each['result']))} · {each['rule']}",
                ]
                for each in run.result["items"]
            ],
            title,
        )
        limit = run.claim["hardware_sublimit_cents"]
        parts.note(
            _("Hardware-Grenze: {limit}. Gespeichert von {person}.").format(
                limit=formats.money(limit) if limit is not None else _("unbekannt"),
                person=run.recorded_by,
            )
        )
        if run.confirmed_by is not None:
            parts.note(
                _("Mit dem Original verglichen: {person}, {document}").format(
                    person=run.confirmed_by, document=run.confirmed_in
                )
            )
        elif run.result["wording_to_confirm"] and desk.may("case.write"):
            _confirm(desk, run)


def _confirm(desk: Desk, run: RestorationRun) -> None:
    key = f"confirm_{run.id}"
    with st.form(key, border=False, clear_on_submit=False):
        one, two = st.columns(2)
        person = one.text_input(_("Wer hat mit dem Original verglichen"), key=f"{key}_person")
        document = two.text_input(
            _("Welches Original (Polizze, Bedingungen, Stand)"), key=f"{key}_document"
        )
        sent = st.form_submit_button(_("Vergleich festhalten"))
    if sent:
        with parts.attempt():
            cost_store.confirm_wording(
                desk.db, desk.actor, run.id, person=person, document=document
            )
        event_form.finish(key, ("person", "document"), _("Der Vergleich ist festgehalten."))


# Items


def _add(desk: Desk, case: Case) -> None:
    key = f"item_{case.id}"
    known = {True: "yes", False: "no", None: "unknown"}[_origin(desk, case)]
    with (
        st.expander(_("Posten der Wiederherstellung eintragen")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        one, two, three = st.columns(3)
        kind = one.selectbox(
            _("Kostenart"),
            [each.value for each in CostKind],
            format_func=lambda each: _(_KINDS[CostKind(each)]),
            key=f"{key}_kind",
        )
        amount = two.text_input(_("Betrag (€)"), key=f"{key}_amount")
        text = three.text_input(_("Wofür"), key=f"{key}_text")
        one, two, three = st.columns(3)
        control = one.selectbox(
            _("Wer herrscht über das System (WK-02)"),
            assistance.CONTROLS,
            format_func=lambda each: _(assistance.CONTROL_NAMES[each]),
            key=f"{key}_control",
        )
        origin = _three(two, _("Ging es vom eigenen Teil aus (WK-03)"), f"{key}_origin", known)
        caused = _three(
            three, _("Nur durch die Netzwerksicherheitsverletzung (WK-06)"), f"{key}_caused"
        )
        one, two = st.columns(2)
        electronic = _three(one, _("Elektronische Daten (WK-14)"), f"{key}_electronic")
        dearer = _three(
            two, _("Säuberung unmöglich oder erheblich teurer (WK-13)"), f"{key}_dearer"
        )
        sent = st.form_submit_button(_("Posten eintragen"))
    if sent:
        with parts.attempt():
            item = Item(
                id="",
                kind=CostKind(kind),
                cents=event_form.read_amount(amount, _("Betrag (€)")),
                control=None if control == "unknown" else Control(control),
                origin_controlled=origin,
                caused_by_network_breach=caused,
                electronic=electronic,
                cleaning_impossible_or_dearer=dearer,
            )
            cost_store.add_item(
                desk.db,
                desk.actor,
                case.id,
                _asked(item),
                text,
                idempotency_key=parts.form_key(key),
            )
        event_form.finish(
            key,
            ("kind", "amount", "text", "control", "origin", "caused", "electronic", "dearer"),
            _("Der Posten ist eingetragen."),
        )


def _asked(item: Item) -> Item:
    """Only what concerns the kind is kept: the cause of hardware, the nature of data."""
    hardware = item.kind is CostKind.HARDWARE
    return replace(
        item,
        caused_by_network_breach=item.caused_by_network_breach if hardware else None,
        cleaning_impossible_or_dearer=item.cleaning_impossible_or_dearer if hardware else None,
        electronic=item.electronic if item.kind is CostKind.DATA else None,
    )


def _origin(desk: Desk, case: Case) -> bool | None:
    """Whether the event started in a controlled part, as the affected systems tell (WK-03)."""
    systems = [
        system
        for incident in store.incidents_of(desk.db, case.id)
        for system in assistance.systems_of(desk.db, incident.id)
    ]
    return effects.origin_controlled(systems)


def _three(
    column: st.delta_generator.DeltaGenerator, label: str, key: str, current: str = "unknown"
) -> bool | None:
    names = {"unknown": _("unbekannt"), "yes": _("ja"), "no": _("nein")}
    options = list(names)
    chosen = column.selectbox(
        label,
        options,
        index=options.index(current),
        format_func=lambda each: names[each],
        key=key,
    )
    return _THREE[chosen]


def _remove(desk: Desk, case: Case, items: list[RestorationItem]) -> None:
    if not items:
        return
    key = f"remove_{case.id}"
    names = {each.id: f"{each.text} · {formats.money(each.item.cents)}" for each in items}
    with (
        st.expander(_("Posten der Wiederherstellung streichen")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        item_id = st.selectbox(
            _("Posten"), list(names), format_func=lambda each: names[each], key=f"{key}_item"
        )
        reason = st.text_input(_("Grund"), key=f"{key}_reason")
        sent = st.form_submit_button(_("Streichen"))
    if sent and item_id is not None:
        with parts.attempt():
            cost_store.remove_item(desk.db, desk.actor, item_id, reason)
        event_form.finish(key, ("item", "reason"), _("Der Posten ist gestrichen."))
