"""The contracts of a firm and their dates, as parts of its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import streamlit as st

from cases import contract, store, words
from cases.contract import Benefit, Product
from cases.desk import Desk
from cases.entered import (
    day_of_year_text,
    day_text,
    needed_day,
    read_day,
    read_day_of_year,
    read_sum,
    sum_text,
)
from cases.errors import MissingField, UnreadableMonths
from cases.pages import entering, parts
from cases.store import firms, readiness
from cases.store.firms import Firm, Policy
from cases.store.people import today
from data import formats, reference
from data.i18n import _, ngettext

_MISSING = "–"
_BASES = ("net", "gross")
_VAT = (20, 0)
_VARIANTS = ("", *contract.CLAUSE_VARIANTS)
_PLACES = ("", *contract.NUMBER_PLACES)
_RULES = (
    "NA-19", "NA-33", "CV-06", "CV-07", "CV-12", "CV-14", "EX-00a", "EX-00b", "EX-00d", "EX-12",
    "EX-13", "WK-01", "WK-09",
)  # fmt: skip
_DATE_RULES = ("EX-09", "EX-10", "EX-11")


@dataclass(frozen=True)
class Entry:
    """One date of a contract: the day, what it is, and the rule behind it."""

    day: date
    what: str
    rule: str


def part(desk: Desk, firm: Firm) -> None:
    """Every contract with its own parameters; they are never merged."""
    policies = store.policies_of(desk.db, firm.id)
    if not policies:
        parts.empty(_("Hier stehen die Polizzen der Firma, jede mit ihren eigenen Angaben."))
    for policy in policies:
        _policy(desk, policy)
    if len(policies) > 1:
        parts.note(_("Jede Polizze gilt für sich: Leistungen werden nie zusammengezogen."))
    _rules(policies, _RULES)
    if desk.may("case.write"):
        _add(desk, firm)


def _rules(policies: list[Policy], ids: tuple[str, ...]) -> None:
    """The rules in their words, of the source texts that the firm's contracts follow."""
    own = [each for each in ids if any(_rule(policy, each) for policy in policies)]
    if own:
        entering.rules(*own)


def _rule(policy: Policy, rule: str) -> str:
    """``rule`` where it is of the text this contract follows; contracts are never merged."""
    product = _product(policy)
    source = reference.load("rules")[rule]["source"]
    return rule if product is not None and product.source == source else ""


def call_line(policy: Policy, now: datetime) -> list[str]:
    """Whom to call about a contract at this moment: the emergency number first (EX-00a)."""
    hotline = contract.hotline_at(policy.numbers, now)
    said = hotline.emergency_number or _(
        "nicht erfasst; bitte in Bedingungen, Polizze und Schadenmeldeformular nachsehen"
    )
    if hotline.office_number:
        said += _(" · jetzt auch Kundenbetreuung {number}").format(number=hotline.office_number)
    rule = next((each for each in ("EX-00a", "NA-19", "CV-07") if _rule(policy, each)), "")
    return [_("Notfallnummer {policy}").format(policy=policy.number), said, rule]


def _product(policy: Policy) -> Product | None:
    return contract.products().get(policy.template)


def _policy(desk: Desk, policy: Policy) -> None:
    parts.section(f"{policy.number} · {policy.product}")
    product = _product(policy)
    parts.rows(_lines(desk, policy), policy.number)
    if product is not None and product.note:
        parts.note(_("{note} (Quelle {source})").format(note=product.note, source=product.source))
    for each in product.unconfirmed if product else ():
        parts.note(_("Unbestätigt: {what}").format(what=each))
    _contacts(product)
    _benefits(desk, policy)
    if desk.may("case.write"):
        _change(desk, policy)
        _set_sum(desk, policy)


def _lines(desk: Desk, policy: Policy) -> list[list[str]]:
    hotline = contract.hotline_at(policy.numbers, desk.now)
    lines = [
        [
            _("Notfallnummer"),
            hotline.emergency_number or _("nicht erfasst"),
            _("rund um die Uhr: {value}").format(value=words.three(policy.always_reachable)),
        ],
        [
            _("Nachzusehen in"),
            ", ".join(entering.place(each) for each in contract.NUMBER_PLACES),
            _("gelesen in: {place}").format(place=entering.place(policy.emergency_source)),
        ],
        [_("Kundenbetreuung"), _office(policy, hotline.office_number)],
        [_sum_name(policy), _sum(policy), _("heute")],
        [_("Selbstbehalt"), _deductible(desk, policy), _rule(policy, "CV-06")],
        [_("Laufzeit"), _duration(policy)],
        [
            _("Schadenmeldung an"),
            _joined(policy.claim_contact, policy.claim_phone, policy.claim_email),
            _mail(policy),
        ],
        [
            _("Vermittelte Kanzlei"),
            policy.counsel_contact or _("unbekannt"),
            _rule(policy, "CV-12"),
        ],
        [_("Beschwerde"), _complaint(policy), _rule(policy, "EX-12")],
        [_("Klauselvariante"), _clause(policy), _rule(policy, "WK-01")],
        [_("Angaben aus"), policy.source or _("nicht angegeben")],
    ]
    if policy.insurer:
        lines.insert(0, [_("Versicherer"), policy.insurer])
    kept = firms.kept_sums(desk.db, policy.id)
    lines += [
        [
            each.number,
            _("bleibt bei {cap}, wie bei der Eröffnung; erfasst ist heute {recorded}").format(
                cap=formats.money(each.cap_cents), recorded=formats.money(each.recorded_cents)
            ),
            _("Schadentag {day}").format(day=day_text(each.occurred_on)),
        ]
        for each in kept
    ]
    return lines


def _joined(*texts: str) -> str:
    return ", ".join(each for each in texts if each) or _("unbekannt")


def _office(policy: Policy, offered: str) -> str:
    if not policy.office_number:
        return _("unbekannt")
    if offered:
        return f"{offered} ({policy.office_hours})"
    return _("jetzt nicht anbieten, nur {hours}; es gilt die Notfallnummer (EX-00d)").format(
        hours=policy.office_hours or _("zu unbekannten Zeiten")
    )


def _sum_name(policy: Policy) -> str:
    product = _product(policy)
    if product is not None and product.sum_per_event:
        return _("Leistungsgrenze je Versicherungsfall")
    return _("Versicherungssumme")


def _sum(policy: Policy) -> str:
    if not policy.sum_known:
        return _("unbekannt")
    return f"{formats.money(policy.cap_cents)} {entering.basis(policy.cap_basis)}"


def _deductible(desk: Desk, policy: Policy) -> str:
    sheet = readiness.sheet_of(desk.db, policy.firm_id)
    held = contract.deductible_cents(
        policy.deductible_cents, policy.reduced_deductible_cents, sheet.training_may_be_claimed
    )
    if held is None:
        return _("unbekannt")
    reduced = policy.reduced_deductible_cents
    if reduced is None or reduced == held:
        return formats.money(held)
    return _("{held}, nach belegter Schulung {reduced}").format(
        held=formats.money(held), reduced=formats.money(reduced)
    )


def _duration(policy: Policy) -> str:
    if policy.begins_on is None:
        return _("Beginn unbekannt")
    said = _("ab {day}").format(day=day_text(policy.begins_on))
    if policy.main_expiry:
        said += _(", Hauptfälligkeit {day}").format(day=day_of_year_text(policy.main_expiry))
    if policy.ends_on:
        return said + _(", endet {day}").format(day=day_text(policy.ends_on))
    return said + _(", verlängert sich von selbst: {value}").format(
        value=words.three(policy.renews)
    )


def _mail(policy: Policy) -> str:
    if not policy.claim_email:
        return ""
    if contract.may_be_mailed(policy.template, policy.claim_email):
        return ""
    return _("Adresse widersprüchlich: nicht automatisch anschreiben")


def _complaint(policy: Policy) -> str:
    product = _product(policy)
    if policy.complaint_way:
        return policy.complaint_way
    if product is not None and product.complaint:
        return "; ".join(product.complaint)
    return _("unbekannt")


def _clause(policy: Policy) -> str:
    product = _product(policy)
    if product is not None and not product.clause_variants:
        return _("keine in diesem Vertrag")
    if not policy.restoration_variant:
        return _("unbekannt")
    limit = policy.hardware_sublimit_cents
    return _("{variant}, Entschädigungsgrenze Hardware {limit}").format(
        variant=policy.restoration_variant,
        limit=_("unbekannt (nicht 0, WK-09)") if limit is None else formats.money(limit),
    )


def _contacts(product: Product | None) -> None:
    if product is None or not product.contacts:
        return
    with st.expander(_("Kontakte laut Quelle")):
        for each in product.contacts:
            parts.rows(
                [[each.role, each.name, each.phone, ", ".join(each.emails), each.hours]], each.role
            )
            if each.flag:
                st.warning(parts.plain(each.flag))


def _benefits(desk: Desk, policy: Policy) -> None:
    services = {each.key: each for each in contract.services()}
    benefits = firms.benefits_of(desk.db, policy.id)
    with st.expander(_("Sieben Leistungen: was diese Polizze sagt")):
        parts.rows(
            [
                [
                    services[each.service].german,
                    _said(each),
                    words.three(each.value),
                    each.source or "/".join(services[each.service].rules),
                ]
                for each in benefits
            ],
            _("Leistungen"),
        )
        if not desk.may("case.write"):
            return
        prefix = f"benefit_{policy.id}_"
        with st.form(prefix, border=False):
            one, two = st.columns(2)
            with one:
                service = st.selectbox(
                    _("Leistung"),
                    list(services),
                    format_func=lambda key: services[key].german,
                    key=f"{prefix}service",
                )
                value = entering.three(_("In dieser Polizze"), "unknown", f"{prefix}value")
                source = st.text_input(_("Fundstelle in der Polizze"), key=f"{prefix}source")
            with two:
                says = st.text_input(_("Was sie sagt"), key=f"{prefix}says")
                quote = st.text_area(_("Wortlaut"), key=f"{prefix}quote")
            if st.form_submit_button(_("Leistung festhalten")):
                with parts.attempt():
                    firms.set_benefit(
                        desk.db,
                        desk.actor,
                        policy.id,
                        Benefit(service, value, says, quote, source),
                    )
                entering.done(prefix)
                parts.flash(
                    _("Festgehalten: {title}").format(
                        title=f"{services[service].german}, {words.three(value)}"
                    )
                )
                st.rerun()


def _said(benefit: Benefit) -> str:
    quote = f"„{benefit.quote}“" if benefit.quote else ""
    return " ".join(each for each in (benefit.says, quote) if each) or _("sagt nichts")


def _months(text: str, label: str) -> int | None:
    typed = text.strip()
    if not typed:
        return None
    if not typed.isdecimal() or len(typed) > 4:
        raise UnreadableMonths(label, typed)
    return int(typed)


def _change(desk: Desk, policy: Policy) -> None:
    prefix = f"policy_{policy.id}_"
    form = entering.shown(prefix, policy)
    with st.expander(_("Angaben ändern")), st.form(prefix, border=False):
        typed = _typed(form, prefix)
        if st.form_submit_button(_("Speichern")):
            with parts.attempt():
                fresh = store.policy_by_id(desk.db, policy.id)
                firms.change_policy(
                    desk.db, desk.actor, entering.changed(prefix, fresh, _read(typed))
                )
            entering.done(prefix)
            parts.flash(_("Die Polizze ist gespeichert; die früheren Angaben stehen im Verlauf."))
            st.rerun()


def _typed(form: Policy, prefix: str) -> dict[str, Any]:
    def text(column: str, value: str, hint: str = "", about: str = "") -> str:
        return st.text_input(
            entering.field_name("policy", column),
            value=value,
            key=f"{prefix}{column}",
            placeholder=hint,
            help=about or None,
        ).strip()

    def choice(column: str, options: tuple[Any, ...], name: Any) -> Any:
        return st.selectbox(
            entering.field_name("policy", column),
            options,
            index=options.index(getattr(form, column)),
            format_func=name,
            key=f"{prefix}{column}",
        )

    def truth(column: str) -> str:
        return entering.three(
            entering.field_name("policy", column), getattr(form, column), f"{prefix}{column}"
        )

    one, two, three = st.columns(3)
    typed: dict[str, Any] = {}
    with one:
        typed["number"] = text("number", form.number)
        typed["product"] = text("product", form.product)
        typed["insurer"] = text("insurer", form.insurer)
        typed["source"] = text("source", form.source, _("Polizze vom …"))
        typed["cap_basis"] = choice("cap_basis", _BASES, entering.basis)
        vat = _VAT if form.vat_percent in _VAT else (*_VAT, form.vat_percent)
        typed["vat_percent"] = choice("vat_percent", vat, lambda value: f"{value} %")
        typed["deductible_cents"] = text(
            "deductible_cents", sum_text(form.deductible_cents), _("leer: unbekannt")
        )
        typed["reduced_deductible_cents"] = text(
            "reduced_deductible_cents",
            sum_text(form.reduced_deductible_cents),
            _("leer: unbekannt"),
            "CV-06",
        )
    with two:
        typed["emergency_number"] = text("emergency_number", form.emergency_number)
        typed["emergency_source"] = choice("emergency_source", _PLACES, entering.place)
        typed["always_reachable"] = truth("always_reachable")
        typed["office_number"] = text("office_number", form.office_number)
        typed["office_hours"] = text("office_hours", form.office_hours, "Mo-Fr 09:00-18:00")
        typed["claim_contact"] = text("claim_contact", form.claim_contact)
        typed["claim_phone"] = text("claim_phone", form.claim_phone)
        typed["claim_email"] = text("claim_email", form.claim_email)
        typed["counsel_contact"] = text("counsel_contact", form.counsel_contact, about="CV-12")
    with three:
        typed["begins_on"] = text("begins_on", day_text(form.begins_on), "TT.MM.JJJJ")
        typed["main_expiry"] = text(
            "main_expiry", day_of_year_text(form.main_expiry), "01.01.", "EX-11"
        )
        typed["ends_on"] = text("ends_on", day_text(form.ends_on), "TT.MM.JJJJ")
        typed["renews"] = truth("renews")
        typed["notice_months"] = text("notice_months", _number(form.notice_months), about="EX-09")
        typed["minimum_months"] = text(
            "minimum_months", _number(form.minimum_months), about="EX-11"
        )
        typed["restoration_variant"] = choice(
            "restoration_variant", _VARIANTS, lambda value: value or _("unbekannt")
        )
        typed["hardware_sublimit_cents"] = text(
            "hardware_sublimit_cents",
            sum_text(form.hardware_sublimit_cents),
            _("leer: unbekannt"),
            "WK-09",
        )
        typed["complaint_way"] = text("complaint_way", form.complaint_way, about="EX-12")
    return typed


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _read(typed: dict[str, Any]) -> dict[str, Any]:
    """The typed texts as values. Raises what says which of them cannot be read."""
    read = dict(typed)
    for name in ("deductible_cents", "reduced_deductible_cents", "hardware_sublimit_cents"):
        read[name] = read_sum(typed[name])
    for name in ("begins_on", "ends_on"):
        read[name] = read_day(typed[name])
    for name in ("notice_months", "minimum_months"):
        read[name] = _months(typed[name], entering.field_name("policy", name))
    read["main_expiry"] = read_day_of_year(typed["main_expiry"])
    return read


def _set_sum(desk: Desk, policy: Policy) -> None:
    prefix = f"sum_{policy.id}_"
    with st.expander(_("Versicherungssumme ändern")):
        parts.rows(
            [
                [
                    _("ab {day}").format(day=day_text(each.holds_from))
                    if each.holds_from
                    else _("von Beginn an"),
                    formats.money(each.cap_cents),
                    each.reason,
                    each.recorded_by,
                ]
                for each in firms.sums_of(desk.db, policy.id)
            ],
            _("Versicherungssummen"),
        )
        parts.note(
            _("Für einen Versicherungsfall gilt die Summe am Schadentag; eröffnete behalten ihre.")
        )
        with st.form(prefix, border=False):
            one, two, three = st.columns(3)
            with one:
                amount = st.text_input(
                    _("Neue Summe in Euro"), key=f"{prefix}amount", placeholder="2.500,00"
                )
            with two:
                since = st.text_input(_("Gilt ab"), key=f"{prefix}since", placeholder="TT.MM.JJJJ")
            with three:
                reason = st.text_input(_("Grund, Nachtrag"), key=f"{prefix}reason")
            if st.form_submit_button(_("Summe festhalten")):
                with parts.attempt():
                    cents = read_sum(amount)
                    if cents is None:
                        raise MissingField(_("Neue Summe in Euro"))
                    kept = firms.set_sum(
                        desk.db,
                        desk.actor,
                        policy.id,
                        cents,
                        holds_from=needed_day(since, _("Gilt ab")),
                        reason=reason,
                        idempotency_key=parts.form_key(prefix),
                    )
                entering.emptied(prefix)
                parts.flash(_after_sum(kept))
                st.rerun()


def _after_sum(kept: list[firms.KeptSum]) -> str:
    if not kept:
        return _("Die Versicherungssumme ist festgehalten.")
    return _(
        "Die Versicherungssumme ist festgehalten. Eröffnet bleiben mit ihrer Grenze: {events}."
    ).format(events=", ".join(f"{each.number} ({formats.money(each.cap_cents)})" for each in kept))


def _add(desk: Desk, firm: Firm) -> None:
    prefix = f"policy_new_{firm.id}_"
    templates = contract.products()
    with st.expander(_("Polizze aufnehmen")), st.form(prefix, border=False):
        template = st.selectbox(
            _("Vorlage"),
            list(templates),
            format_func=lambda key: templates[key].title,
            key=f"{prefix}template",
            help=_("Übernommen wird nur, was die Quelle ausdrücklich sagt."),
        )
        one, two, three = st.columns(3)
        with one:
            number = st.text_input(_("Polizzennummer"), key=f"{prefix}number")
        with two:
            amount = st.text_input(
                _("Versicherungssumme in Euro"),
                key=f"{prefix}amount",
                placeholder=_("leer: laut Vorlage oder unbekannt"),
            )
        with three:
            begins = st.text_input(_("Beginn"), key=f"{prefix}begins", placeholder="TT.MM.JJJJ")
        if st.form_submit_button(_("Polizze aufnehmen")):
            with parts.attempt():
                added = firms.add_policy(
                    desk.db,
                    desk.actor,
                    firm.id,
                    firms.draft_policy(
                        template,
                        number,
                        cap_cents=read_sum(amount),
                        begins_on=read_day(begins),
                    ),
                    idempotency_key=parts.form_key(prefix),
                )
            entering.emptied(prefix)
            parts.flash(
                _("{number} ist aufgenommen; was die Vorlage nicht sagt, ist unbekannt.").format(
                    number=added.number
                )
            )
            st.rerun()


# Dates -----------------------------------------------------------------------------------------


def entries(desk: Desk, firm: Firm) -> list[Entry]:
    """The dates of all contracts of a firm, by day."""
    found: list[Entry] = []
    for policy in store.policies_of(desk.db, firm.id):
        found += _dates(policy, today())
    return sorted(found, key=lambda each: (each.day, each.what))


def _dates(policy: Policy, day: date) -> list[Entry]:
    dates = contract.dates_of(policy.terms, day)
    ends_on = day_text(dates.notice_ends)
    last_day = dates.period[1] if dates.period else None
    known = [
        (
            dates.notice_by,
            _("{number}: letzter Tag, an dem eine Kündigung zum {day} eingelangt sein muss").format(
                number=policy.number, day=ends_on
            ),
            "EX-09",
        ),
        (last_day, _("{number}: Versicherungsjahr endet").format(number=policy.number), "EX-09"),
        (
            dates.next_period_on,
            _("{number}: neues Versicherungsjahr").format(number=policy.number),
            "EX-09",
        ),
        (
            dates.first_end,
            _("{number}: frühestes reguläres Vertragsende").format(number=policy.number),
            "EX-11",
        ),
        (policy.ends_on, _("{number}: Vertrag endet").format(number=policy.number), "EX-09"),
    ]
    return [
        Entry(when, what, _rule(policy, rule)) for when, what, rule in known if when is not None
    ]


def calendar(desk: Desk, firm: Firm) -> None:
    """What is due under the contracts, and the special termination after a loss."""
    upcoming = entries(desk, firm)
    if not upcoming:
        parts.empty(
            _("Termine erscheinen hier, sobald Beginn und Frist einer Polizze erfasst sind.")
        )
    parts.rows(
        [
            [
                day_text(each.day),
                each.what,
                _("vorbei") if each.day < today() else _days_left(each.day),
                each.rule,
            ]
            for each in upcoming
        ],
        _("Termine"),
    )
    for policy in store.policies_of(desk.db, firm.id):
        for sentence in _open_questions(policy):
            parts.note(f"{policy.number}: {sentence}")
    _after_losses(desk, firm)
    _rules(store.policies_of(desk.db, firm.id), _DATE_RULES)


def _days_left(day: date) -> str:
    days = (day - today()).days
    return ngettext("noch {days} Tag", "noch {days} Tage", days).format(days=days)


def _open_questions(policy: Policy) -> list[str]:
    """What keeps dates of a contract from being computed, and what is unusual about them."""
    said = []
    if policy.begins_on is None:
        said.append(_("Beginn unbekannt, daher kein Versicherungsjahr."))
    elif policy.notice_months is None and policy.ends_on is None:
        said.append(_("Kündigungsfrist unbekannt; die Quelle nennt sie nicht."))
    product = _product(policy)
    if product is not None and product.country == "DE":
        if not contract.expiry_is_foreseen(policy.terms):
            said.append(
                _("Hauptfälligkeit weder der Jahrestag noch der 1. Jänner: bitte prüfen (EX-11).")
            )
        said.append(_("Deutscher Vertrag; Aufsicht {name}.").format(name=product.supervisor))
    return said


def _after_losses(desk: Desk, firm: Firm) -> None:
    """Each closed case may open a special termination under its contract (EX-10)."""
    for case in store.cases_of_firm(desk.db, firm.id):
        if case.state != "closed":
            continue
        event = store.event_by_id(desk.db, case.insured_event_id)
        policy = store.policy_by_id(desk.db, event.policy_id)
        parts.note(
            f"{case.number} ({policy.number}): {contract.special_termination(policy.template)}"
        )
