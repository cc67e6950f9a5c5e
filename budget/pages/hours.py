"""Leistungen: the hours of a case, and how much of the cap is left."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from budget import consent, ledger, policy, store, surcharge, words
from budget.entry import Cost, Entry, EventBudget, Reservation, Timer, Work
from budget.money import decimal_text, parse_euro
from budget.rounding import MODES, Rounding
from budget.worktime import WorkTime, comes_twice, proposed_fold, read_break
from cases import store as cases_store
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case
from data import formats
from data.i18n import _
from data.times import local, read_entered

_STEPS = (1, 5, 6, 10, 15, 30, 60)


def show(desk: Desk) -> None:
    """The cap, the timer, the entries, and below them what is needed less often."""
    case = parts.choose_case(desk)
    if case is None:
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    _meter(desk, case)
    if desk.may("hours.write"):
        _timer(desk, case)
    entries = _entries(desk, case)
    if not desk.may("hours.write"):
        return
    _work_form(desk, case)
    _cost_form(desk, case)
    _reservations(desk, case)
    _consents(desk, case)
    _reversal(desk, case, entries)
    _policy(desk)


# The cap


def _meter(desk: Desk, case: Case) -> None:
    running = store.running_timers(desk.db, case.insured_event_id)

    @st.fragment(run_every="10s" if running else None)
    def live() -> None:
        state = store.event_state(desk.db, case.insured_event_id, desk.now)
        parts.section(" · ".join([words.used_of_cap(state), *words.besides(state)]))
        st.html(_bar(state))
        if state.reached_at is not None:
            parts.note(words.reached(state.reached_at, desk.now))
        _warn(state)

    live()


def _bar(state: EventBudget) -> str:
    """The bar: what is booked, and behind it what is running and reserved."""
    cap = max(state.cap_cents, 1)
    booked = state.covered_cents + state.overflow_cents
    shares = (min(100, booked * 100 // cap), min(100, state.projected_cents * 100 // cap))
    over = ' class="over"' if state.projected_cents >= state.cap_cents else ""
    label = parts.escape(words.used_of_cap(state))
    return (
        f'<div class="kp-bar" role="img" aria-label="{label}">'
        f'<i{over} style="width:{shares[1]}%;opacity:.4"></i>'
        f'<i{over} style="width:{shares[0]}%"></i></div>'
    )


def _warn(state: EventBudget) -> None:
    if state.must_stop:
        st.error(
            _(
                "Die Leistungsgrenze ist erreicht. Ohne Einverständnis der Firma zu einem Betrag"
                " bitte nicht weiterarbeiten."
            )
        )
    elif state.notice_due:
        st.warning(
            _(
                "{level} % der Leistungsgrenze sind verplant. Bitte sagen Sie der Firma jetzt,"
                " was die Arbeit darüber hinaus kostet, und halten Sie es unten fest."
            ).format(level=state.level)
        )


# The timer


def _timer(desk: Desk, case: Case) -> None:
    timer = store.timer_of(desk.db, desk.actor)
    if timer is None:
        _start_timer(desk, case)
    elif timer.case_id != case.id:
        other = cases_store.case_by_id(desk.db, timer.case_id)
        st.info(
            _("Ihre Zeit läuft im Fall {number}.").format(number=other.number),
            icon=":material/timer:",
        )
        parts.link(desk, "hours", parts.case_title(other), other)
    else:
        _stop_timer(desk, case, timer)


def _start_timer(desk: Desk, case: Case) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"timer_start_{case.id}"):
        activity = _activity(f"timer_activity_{case.id}")
        function, rate = _rate(desk, f"timer_{case.id}")
        start = st.button(
            _("Zeit starten"), type="primary", icon=":material/play_arrow:", key=f"start_{case.id}"
        )
    if start:
        with parts.attempt():
            timer = store.start_timer(
                desk.db,
                desk.actor,
                case.id,
                activity=activity,
                function=function,
                rate_cents=parse_euro(rate),
                now=desk.now,
            )
        parts.flash(_("Die Zeit läuft seit {at}.").format(at=formats.clock_time(timer.started_at)))
        st.rerun()


def _stop_timer(desk: Desk, case: Case, timer: Timer) -> None:
    since = _("{activity} läuft seit {at}, {rate} je Stunde").format(
        activity=words.activity(timer.activity),
        at=formats.short_moment(timer.started_at, desk.now),
        rate=formats.money(timer.rate_cents),
    )
    parts.note(since)
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"timer_stop_{case.id}"):
        text = st.text_input(_("Was wurde getan?"), key=f"timer_text_{timer.id}")
        pause = st.text_input(_("Pause (min)"), "0", key=f"timer_pause_{timer.id}", width=110)
        stop = st.button(
            _("Stoppen und erfassen"),
            type="primary",
            icon=":material/stop:",
            key=f"stop_{timer.id}",
        )
        discard = st.button(_("Verwerfen"), type="tertiary", key=f"discard_{timer.id}")
    if stop:
        with parts.attempt():
            entry = store.stop_timer(
                desk.db,
                desk.actor,
                timer.id,
                text=text,
                now=desk.now,
                break_seconds=read_break(pause),
            )
        _say_booked(entry)
    if discard:
        with parts.attempt():
            store.discard_timer(desk.db, desk.actor, timer.id, desk.now)
        parts.flash(_("Die Zeit wurde verworfen, nichts ist erfasst."))
        st.rerun()


def _say_booked(entry: Entry) -> None:
    parts.flash(
        _("Erfasst: {line} ({state})").format(
            line=words.entry_line(entry), state=words.entry_state(entry)
        )
    )
    st.rerun()


def _activity(key: str) -> str:
    return str(
        st.selectbox(_("Tätigkeit"), list(policy.activities()), format_func=words.activity, key=key)
    )


def _rate(desk: Desk, key: str) -> tuple[str, str]:
    """The function and the hourly rate as typed; the proposal follows the function."""
    functions = policy.functions()
    function = str(
        st.selectbox(
            _("Funktion"),
            functions,
            index=functions.index(policy.default_function()),
            key=f"{key}_function",
        )
    )
    found = store.rate_for(desk.db, function, desk.actor.name, local(desk.now).date())
    label = _("Satz je Stunde (€)") if found and found.agreed else _("Beispielsatz je Stunde (€)")
    rate = st.text_input(
        label,
        decimal_text(found.cents) if found else "",
        key=f"{key}_rate_{function}",
        width=200,
    )
    return function, rate


# The entries


def _entries(desk: Desk, case: Case) -> list[Entry]:
    entries = store.entries_of(desk.db, case.id)
    writes = desk.may("hours.write")
    shown = [each for each in entries if writes or each.kind != "internal"]
    parts.section(_("Erfasste Leistungen"))
    if not shown:
        parts.empty(_("Noch keine Leistung. Starten Sie die Zeit oder tragen Sie unten eine nach."))
        return entries
    rows = [
        [*words.entry_cells(each), each.internal_note if writes else ""] for each in reversed(shown)
    ]
    parts.rows(rows, _("Erfasste Leistungen"))
    _corrections(desk, case, entries)
    if desk.may("hours.export"):
        parts.link(desk, "review", _("Zur Auswertung und Abrechnung"), case)
    return entries


def _corrections(desk: Desk, case: Case, entries: list[Entry]) -> None:
    """What has changed of exported lines: these stay locked, the difference is a row."""
    known = store.corrections_of(desk.db, case.id)
    if not known:
        return
    by_id = {each.id: each for each in entries}
    parts.section(_("Korrekturen abgerechneter Leistungen"))
    parts.rows(
        [words.correction_cells(each, by_id[each.entry_id]) for each in reversed(known)],
        _("Korrekturen abgerechneter Leistungen"),
    )


def _work_form(desk: Desk, case: Case) -> None:
    key = f"work_{case.id}"
    start_key, end_key = f"{key}_start", f"{key}_end"
    today = f"{local(desk.now):%d.%m.%Y} "
    with st.expander(_("Leistung nachtragen")):
        with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}_who"):
            function, rate = _rate(desk, key)
        with st.form(key, border=False, clear_on_submit=False):
            one, two, three = st.columns([2, 2, 1])
            start = one.text_input(_("Beginn (TT.MM.JJJJ hh:mm)"), today, key=start_key)
            end = two.text_input(_("Ende (TT.MM.JJJJ hh:mm)"), today, key=end_key)
            pause = three.text_input(_("Pause (min)"), "0", key=f"{key}_pause")
            folds = _folds(key, start, end)
            activity = _activity(f"{key}_activity")
            kind = _kind(f"{key}_kind", [each for each in ledger.KINDS if each != "third_party"])
            text = st.text_input(
                _("Leistungsbeschreibung (liest die Kostenprüfung)"), key=f"{key}_text"
            )
            note = st.text_input(_("Interne Notiz (verlässt das Haus nie)"), key=f"{key}_note")
            sent = st.form_submit_button(_("Erfassen"))
    if not sent:
        return
    if _asks_first(key, start, end):
        st.warning(_("Diese Stunde gibt es in dieser Nacht zweimal. Bitte oben wählen, welche."))
        return
    with parts.attempt():
        work = WorkTime(
            read_entered(start, folds[0]), read_entered(end, folds[1]), read_break(pause)
        )
        entry = store.book_work(
            desk.db,
            desk.actor,
            case.id,
            Work(
                work=work,
                rate_cents=parse_euro(rate),
                activity=activity,
                text=text,
                kind=ledger.kind_named(kind),
                function=function,
                internal_note=note,
                idempotency_key=parts.form_key(key),
            ),
        )
    _form_booked(key, entry)


def _asks_first(key: str, start: str, end: str) -> bool:
    """Whether these times come twice and the person has not yet seen the choice for them."""
    if not comes_twice(start) and not comes_twice(end):
        return False
    seen = st.session_state.get(f"{key}_asked") == (start, end)
    st.session_state[f"{key}_asked"] = (start, end)
    return not seen


def _folds(key: str, start: str, end: str) -> tuple[int, int]:
    """Which of two equal hours is meant; asked only in the night the clock is put back."""
    fold_start = _fold(_("Beginn in"), f"{key}_fold_start", 0) if comes_twice(start) else 0
    if not comes_twice(end):
        return fold_start, 0
    proposed = proposed_fold(start, end, fold_start)
    return fold_start, _fold(_("Ende in"), f"{key}_fold_end", proposed)


def _fold(label: str, key: str, proposed: int) -> int:
    names = [_("Sommerzeit (erste Stunde)"), _("Winterzeit (zweite Stunde)")]
    return names.index(str(st.radio(label, names, index=proposed, horizontal=True, key=key)))


def _kind(key: str, kinds: list[str]) -> str:
    return str(st.selectbox(_("Topf"), kinds, format_func=words.kind, key=key))


def _form_booked(key: str, entry: Entry) -> None:
    parts.form_done(key)
    for name in ("start", "end", "pause", "at"):
        st.session_state.pop(f"{key}_{name}", None)
    parts.clear(*(f"{key}_{name}" for name in ("text", "note", "amount", "receipt")))
    _say_booked(entry)


def _cost_form(desk: Desk, case: Case) -> None:
    key = f"cost_{case.id}"
    with (
        st.expander(_("Fremdkosten eintragen")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        one, two, three = st.columns(3)
        at = one.text_input(
            _("Wann (TT.MM.JJJJ hh:mm)"), f"{local(desk.now):%d.%m.%Y %H:%M}", key=f"{key}_at"
        )
        amount = two.text_input(_("Betrag netto (€)"), key=f"{key}_amount")
        receipt = three.text_input(_("Belegnummer"), key=f"{key}_receipt")
        kind = _kind(f"{key}_kind", ["third_party", "insured_pays", "excluded", "it_onsite"])
        text = st.text_input(_("Wofür (liest die Kostenprüfung)"), key=f"{key}_text")
        sent = st.form_submit_button(_("Erfassen"))
    if sent:
        with parts.attempt():
            entry = store.book_cost(
                desk.db,
                desk.actor,
                case.id,
                Cost(
                    at=read_entered(at),
                    cents=parse_euro(amount),
                    text=text,
                    receipt=receipt,
                    kind=ledger.kind_named(kind),
                    idempotency_key=parts.form_key(key),
                ),
            )
        _form_booked(key, entry)


# Reservations


def _reservations(desk: Desk, case: Case) -> None:
    held = store.reservations_of(desk.db, case.insured_event_id, desk.now)
    label = _("Vormerkungen ({count})").format(count=len(held)) if held else _("Vormerken")
    with st.expander(label):
        parts.note(_("Was bestellt ist, zählt bis zur Rechnung schon gegen die Leistungsgrenze."))
        for each in held:
            _reservation(desk, each)
        _reserve(desk, case)


def _reservation(desk: Desk, held: Reservation) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"held_{held.id}"):
        until = _("bis {at}").format(at=formats.short_moment(held.expires_at, desk.now))
        st.text(f"{held.text} · {formats.money(held.cents)} · {until}")
        released = st.button(_("Aufheben"), key=f"release_{held.id}")
    if released:
        with parts.attempt():
            store.release_reservation(desk.db, desk.actor, held.id)
        parts.flash(_("Die Vormerkung ist aufgehoben."))
        st.rerun()


def _reserve(desk: Desk, case: Case) -> None:
    key = f"reserve_{case.id}"
    until = local(desk.now + timedelta(days=7))
    with st.form(key, border=False, clear_on_submit=False):
        one, two, three = st.columns([3, 1, 2])
        text = one.text_input(_("Wofür"), key=f"{key}_text")
        amount = two.text_input(_("Höchstens (€)"), key=f"{key}_amount")
        ends = three.text_input(
            _("Gilt bis (TT.MM.JJJJ hh:mm)"), f"{until:%d.%m.%Y %H:%M}", key=f"{key}_at"
        )
        sent = st.form_submit_button(_("Vormerken"))
    if sent:
        with parts.attempt():
            store.reserve(
                desk.db,
                desk.actor,
                case.id,
                text=text,
                cents=parse_euro(amount),
                expires_at=read_entered(ends),
                idempotency_key=parts.form_key(key),
            )
        parts.form_done(key)
        parts.flash(_("{text} ist vorgemerkt.").format(text=text))
        st.rerun()


# Consent


def _consents(desk: Desk, case: Case) -> None:
    known = store.consents_of(desk.db, case.insured_event_id)
    with st.expander(_("Einverständnis der Firma zu Kosten über der Leistungsgrenze")):
        if known:
            parts.rows([_consent_cells(each) for each in known], _("Einverständnis der Firma"))
        else:
            parts.empty(
                _(
                    "Hier steht, wann die Firma wovon erfahren und zu welchem Betrag sie ja gesagt hat."
                )
            )
        _consent_form(desk, case)


def _consent_cells(record: consent.Consent) -> list[str]:
    cells = [formats.moment(record.happened_at), words.consent(record.kind)]
    if record.ceiling_cents:
        cells.append(_("bis {amount}").format(amount=formats.money(record.ceiling_cents)))
    return [*cells, f"{record.person} ({words.channel(record.channel)})", record.text]


def _consent_form(desk: Desk, case: Case) -> None:
    key = f"consent_{case.id}"
    deciders = [each.name for each in cases_store.people_of(desk.db, case.firm_id)]
    with st.form(key, border=False, clear_on_submit=False):
        one, two, three = st.columns(3)
        kind = one.selectbox(_("Was"), consent.KINDS, format_func=words.consent, key=f"{key}_kind")
        person = two.selectbox(
            _("Wer von der Firma"), deciders, accept_new_options=True, key=f"{key}_person"
        )
        channel = three.selectbox(
            _("Wie"), consent.CHANNELS, format_func=words.channel, key=f"{key}_channel"
        )
        amount = one.text_input(
            _("Bis zu welchem Betrag über der Grenze (€)"), "", key=f"{key}_amount"
        )
        at = two.text_input(
            _("Wann (TT.MM.JJJJ hh:mm)"), f"{local(desk.now):%d.%m.%Y %H:%M}", key=f"{key}_at"
        )
        until = three.text_input(_("Gilt bis (leer: ohne Ende)"), "", key=f"{key}_until")
        text = st.text_area(_("Wortlaut des Hinweises oder der Antwort"), key=f"{key}_text")
        sent = st.form_submit_button(_("Festhalten"))
    if sent:
        with parts.attempt():
            store.record_consent(
                desk.db,
                desk.actor,
                case.id,
                kind=consent.kind_named(str(kind)),
                text=text,
                person=str(person or ""),
                channel=str(channel),
                happened_at=read_entered(at),
                ceiling_cents=parse_euro(amount) if amount.strip() else 0,
                valid_until=_until(until),
                idempotency_key=parts.form_key(key),
            )
        parts.form_done(key)
        st.session_state.pop(f"{key}_at", None)
        parts.clear(*(f"{key}_{name}" for name in ("amount", "until", "text")))
        parts.flash(_("Festgehalten: {what}.").format(what=words.consent(str(kind))))
        st.rerun()


def _until(text: str) -> datetime | None:
    return read_entered(text) if text.strip() else None


# Taking back, and the policy


def _reversal(desk: Desk, case: Case, entries: list[Entry]) -> None:
    open_entries = [each for each in entries if each.reversed_because is None and not each.batch]
    if not open_entries:
        return
    key = f"reverse_{case.id}"
    with st.expander(_("Leistung stornieren")), st.form(key, border=False, clear_on_submit=False):
        entry = st.selectbox(
            _("Leistung"), open_entries, format_func=words.entry_line, key=f"{key}_entry"
        )
        reason = st.text_input(_("Grund"), key=f"{key}_reason")
        sent = st.form_submit_button(_("Stornieren"))
    if sent and entry is not None:
        with parts.attempt():
            store.reverse_entry(desk.db, desk.actor, entry.id, reason)
        parts.clear(f"{key}_reason")
        parts.flash(_("Storniert: {line}").format(line=words.entry_line(entry)))
        st.rerun()


def _policy(desk: Desk) -> None:
    current = policy.current(desk.db)
    profiles = surcharge.profiles()
    chosen = current.profile.name if current.profile else surcharge.NONE
    with st.expander(_("Rundung und Zuschläge")):
        parts.note(
            _(
                "Der Vertrag nennt weder Sätze noch Taktung. Was hier gilt, wird bei jeder Leistung"
                " festgehalten; Änderungen wirken nur auf neue."
            )
        )
        with st.form("policy", border=False, clear_on_submit=False):
            one, two, three = st.columns(3)
            mode = one.selectbox(
                _("Zeit"),
                MODES,
                index=MODES.index(current.rounding.mode),
                format_func=words.rounding,
                key="policy_mode",
            )
            minutes = two.selectbox(
                _("auf Minuten"),
                _STEPS,
                index=_STEPS.index(current.rounding.minutes)
                if current.rounding.minutes in _STEPS
                else _STEPS.index(15),
                key="policy_minutes",
            )
            names = [surcharge.NONE, *profiles]
            name = three.selectbox(
                _("Zuschläge"),
                names,
                index=names.index(chosen),
                format_func=lambda each: profiles[each].title if each in profiles else _("keine"),
                key="policy_surcharges",
            )
            sent = st.form_submit_button(_("Ab jetzt so"), disabled=not desk.may("setting.write"))
    if sent:
        with parts.attempt():
            policy.decide(
                desk.db, desk.actor, Rounding(mode, minutes if mode != "none" else 0), str(name)
            )
        parts.flash(_("Gilt ab jetzt für neue Leistungen."))
        st.rerun()
