"""Dienst: who is on duty, where nobody is, and the roster of a fortnight."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import streamlit as st

from cases import duty
from cases.desk import Desk
from cases.duty import Gap, Pattern, RosterWarning, Shift
from cases.pages import parts
from cases.store import duty as roster
from data import formats, reference
from data.i18n import _, ngettext
from data.times import from_local, local

_STYLE = Path(__file__).with_name("duty.css")
_DAYS = 14
_CHOICE = timedelta(days=60)
_PAST = timedelta(days=30)
_EVERY_WEEKS = (1, 2, 3, 4)
_SHOWN_GAPS = 4
_FARTHEST = timedelta(days=1000)


def show(desk: Desk) -> None:
    """The duty roster: gaps first, then who is there, then the fortnight."""
    st.html(_STYLE)
    one, two = st.columns([5, 1], vertical_alignment="bottom")
    with one:
        parts.header(_("Dienst"), _state(desk))
    with two, st.container(horizontal=True, horizontal_alignment="right"):
        if desk.may("duty.write") and st.button(
            _("Übergabe"), type="primary", icon=":material/swap_horiz:", key="duty_handover"
        ):
            parts.go(desk, "handover")
    _gaps(desk)
    _present(desk)
    _fortnight(desk)
    if desk.may("duty.write"):
        people = _people(desk)
        coming = roster.shifts_between(desk.db, desk.now, desk.now + _CHOICE)
        _shift_form(desk, people)
        _pattern_form(desk, people)
        if coming:
            _cancel_form(desk, coming)
            _swap_form(desk, people, coming)
    _changes(desk)
    _rules()


def _state(desk: Desk) -> str:
    present = roster.on_duty_now(desk.db, desk.now)
    if not present:
        return _("jetzt ist niemand im Dienst")
    return " · ".join(
        _("{name} bis {at}").format(
            name=each.person,
            at=formats.short_moment(roster.there_until(desk.db, each), desk.now),
        )
        for each in present
    )


def _gaps(desk: Desk) -> None:
    last = local(desk.now).date() + timedelta(days=_DAYS)
    end = from_local(datetime.combine(last, time()))
    parts.section(_("Lücken der nächsten 14 Tage"))
    if not roster.roster_is_kept(desk.db):
        parts.empty(
            _(
                "Der Dienstplan ist leer. Zugesagt ist Hilfe rund um die Uhr (NA-19); "
                "mit einem Wochenplan unten ist er rasch gefüllt."
            )
        )
        return
    found = roster.gaps_between(desk.db, desk.now, end)
    parts.rows([_gap_line(desk, gap) for gap in found[:_SHOWN_GAPS]], _("Lücken"))
    if len(found) > _SHOWN_GAPS:
        with st.expander(_("{count} weitere Lücken").format(count=len(found) - _SHOWN_GAPS)):
            parts.rows([_gap_line(desk, gap) for gap in found[_SHOWN_GAPS:]], _("Weitere Lücken"))
    if not found:
        parts.note(
            _("Keine Lücke bis {day}, rund um die Uhr besetzt (NA-19).").format(
                day=formats.day(end - timedelta(days=1))
            )
        )
    _doubtful(desk, end)


def _doubtful(desk: Desk, end: datetime) -> None:
    shifts = roster.shifts_between(desk.db, desk.now, end)
    lines = [
        [each.rule, duty.warning_text(each)]
        for each in roster.warnings_between(desk.db, desk.now, end)
    ]
    lines += [
        [
            duty.RULE,
            _("Nur Rufbereitschaft: {span}.").format(span=duty.span_text(each.start, each.end)),
        ]
        for each in duty.only_on_call(shifts, desk.now, end)
    ]
    if not lines:
        return
    title = ngettext(
        "{count} Hinweis zum Dienstplan", "{count} Hinweise zum Dienstplan", len(lines)
    )
    with st.expander(title.format(count=len(lines))):
        parts.rows(lines, _("Hinweise zum Dienstplan"))


def _gap_line(desk: Desk, gap: Gap) -> list[str]:
    word = formats.severity(100 if gap.start <= desk.now + duty.watch_span() else 50)
    return [word, duty.gap_text(gap), formats.span(gap.length)]


def _present(desk: Desk) -> None:
    parts.section(_("Jetzt und danach"))
    lines = [
        [
            each.person,
            _("jetzt, bis {at}").format(
                at=formats.short_moment(roster.there_until(desk.db, each), desk.now)
            ),
            _(duty.ROLE_NAMES[each.role]),
            each.note,
        ]
        for each in roster.on_duty_now(desk.db, desk.now)
    ]
    coming = roster.next_shift(desk.db, desk.now)
    if coming is not None:
        lines.append(
            [
                coming.person,
                _("danach, {span}").format(span=duty.span_text(coming.start, coming.end)),
                _(duty.ROLE_NAMES[coming.role]),
                coming.note,
            ]
        )
    parts.rows(lines, _("Jetzt und danach"))
    if not lines:
        parts.empty(_("Niemand ist eingeteilt. Tragen Sie unten den ersten Dienst ein."))


# The fortnight


def _fortnight(desk: Desk) -> None:
    today = local(desk.now).date()
    days = [_first_day(today) + timedelta(days=number) for number in range(_DAYS)]
    start = from_local(datetime.combine(days[0], time()))
    end = from_local(datetime.combine(days[-1] + timedelta(days=1), time()))
    shifts = roster.shifts_between(desk.db, start, end)
    parts.section(
        _("Dienstplan {first} bis {last}").format(
            first=duty.day_text(days[0]), last=f"{days[-1]:%d.%m.%Y}"
        )
    )
    people = {each.account_id: each.person for each in shifts}
    cells = duty.day_cells(shifts, days)
    nobody = duty.uncovered_by_day(shifts, days) if roster.roster_is_kept(desk.db) else {}
    st.html(_wide(people, days, today, cells, nobody) + _narrow(people, days, cells, nobody))
    _other_weeks(days[0], _monday(today))


def _other_weeks(first: date, present: date) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="roster_ways"):
        earlier = st.button(_("früher"), icon=":material/chevron_left:", key="roster_earlier")
        later = st.button(_("später"), icon=":material/chevron_right:", key="roster_later")
        back = first != present and st.button(_("diese Woche"), key="roster_today")
    if earlier or later or back:
        step = timedelta(days=_DAYS if later else -_DAYS)
        st.query_params["ab"] = (present if back else first + step).isoformat()
        st.rerun()


def _first_day(today: date) -> date:
    try:
        asked = date.fromisoformat(st.query_params.get("ab", ""))
    except ValueError:
        return _monday(today)
    return _monday(asked) if abs(asked - today) <= _FARTHEST else _monday(today)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _is_off(day: date) -> bool:
    return day.isoweekday() > 5 or bool(duty.holiday_name(day))


def _wide(
    people: dict[int, str],
    days: list[date],
    today: date,
    cells: dict[tuple[int, date], list[str]],
    nobody: dict[date, list[Gap]],
) -> str:
    classes = {
        day: " ".join(
            name for name, holds in (("off", _is_off(day)), ("today", day == today)) if holds
        )
        for day in days
    }
    head = "".join(
        f'<th scope="col" class="{classes[day]}" title="{parts.escape(duty.holiday_name(day))}">'
        f"{parts.escape(_(duty.WEEKDAYS[day.weekday()]))}<br>{day:%d.%m.}</th>"
        for day in days
    )
    body = ""
    for account_id, name in sorted(people.items(), key=lambda each: each[1]):
        row = "".join(
            f'<td class="{classes[day]}">{_stack(cells.get((account_id, day), []))}</td>'
            for day in days
        )
        body += f'<tr><th scope="row">{parts.escape(name)}</th>{row}</tr>'
    if nobody:
        row = "".join(
            f'<td class="{classes[day]}">{_stack(_hours(nobody.get(day, [])))}</td>' for day in days
        )
        body += (
            f'<tr class="nobody"><th scope="row">{parts.escape(_("ohne Dienst"))}</th>{row}</tr>'
        )
    return (
        f'<div class="kp-roster-wide"><table class="kp-roster"><thead><tr><th></th>{head}</tr>'
        f"</thead><tbody>{body}</tbody></table></div>"
    )


def _stack(texts: list[str]) -> str:
    return "".join(f"<span>{parts.escape(text)}</span>" for text in texts)


def _hours(open_times: list[Gap]) -> list[str]:
    return [duty.hours_text(each.start, each.end) for each in open_times]


def _narrow(
    people: dict[int, str],
    days: list[date],
    cells: dict[tuple[int, date], list[str]],
    nobody: dict[date, list[Gap]],
) -> str:
    items = ""
    for day in days:
        said = "".join(
            f"<span>{parts.escape(text)} {parts.escape(name)}</span>"
            for account_id, name in people.items()
            for text in cells.get((account_id, day), [])
        )
        said += "".join(
            f'<span class="nobody">{parts.escape(_("ohne Dienst"))} {text}</span>'
            for text in _hours(nobody.get(day, []))
        )
        name = duty.holiday_name(day)
        holiday = f"<small>{parts.escape(name)}</small>" if name else ""
        off = ' class="off"' if _is_off(day) else ""
        items += (
            f"<li{off}><div><b>{parts.escape(duty.day_text(day))}</b>{holiday}</div>"
            f"<div>{said or '–'}</div></li>"
        )
    return f'<ul class="kp-roster-days">{items}</ul>'


# Forms


def _people(desk: Desk) -> dict[int, str]:
    """Who may do duty, the person at the desk first."""
    able = roster.people_for_duty(desk.db)
    return {
        each.id: each.name for each in sorted(able, key=lambda each: each.id != desk.account.id)
    }


def _shift_form(desk: Desk, people: dict[int, str]) -> None:
    key = "shift"
    today = f"{local(desk.now):%d.%m.%Y} "
    with (
        st.expander(_("Dienst eintragen")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        one, two = st.columns(2)
        account_id = one.selectbox(
            _("Person"), list(people), format_func=people.__getitem__, key=f"{key}_person"
        )
        role = two.selectbox(_("Art"), duty.ROLES, format_func=_role, key=f"{key}_role")
        three, four = st.columns(2)
        begins = three.text_input(_("Beginn (TT.MM.JJJJ hh:mm)"), today, key=f"{key}_begins")
        ends = four.text_input(_("Ende (TT.MM.JJJJ hh:mm)"), today, key=f"{key}_ends")
        folds = _folds(key, begins, ends)
        note = st.text_input(_("Anmerkung"), key=f"{key}_note")
        sent = st.form_submit_button(_("Eintragen"))
    if not sent:
        return
    if _asks_first(key, begins, ends):
        st.warning(_("Diese Stunde gibt es in dieser Nacht zweimal. Bitte oben wählen, welche."))
        return
    with parts.attempt():
        start, end = duty.read_shift(begins, ends, *folds)
        added = roster.add_shift(
            desk.db,
            desk.actor,
            account_id=account_id,
            role=role,
            start=start,
            end=end,
            note=note,
            idempotency_key=parts.form_key(key),
        )
    parts.form_done(key)
    parts.clear(f"{key}_note")
    for name in ("begins", "ends"):
        st.session_state.pop(f"{key}_{name}", None)
    said = _("Eingetragen: {name}, {span}.").format(
        name=added.person, span=duty.span_text(added.start, added.end)
    )
    parts.flash(" ".join([said, *_doubts(desk, [added])]))
    st.rerun()


def _doubts(desk: Desk, added: list[Shift]) -> list[str]:
    """What is doubtful about the shifts just planned, in sentences."""
    near = timedelta(days=1)
    found: list[RosterWarning] = []
    for shift in added:
        for each in roster.warnings_between(desk.db, shift.start - near, shift.end + near):
            touches = each.start <= shift.end and each.end >= shift.start
            if each.account_id == shift.account_id and touches and each not in found:
                found.append(each)
    said = [duty.warning_text(each) for each in found[:3]]
    more = len(found) - len(said)
    if more > 0:
        said.append(
            ngettext("Und {count} weitere Warnung.", "Und {count} weitere Warnungen.", more).format(
                count=more
            )
        )
    return said


def _role(role: str) -> str:
    return _(duty.ROLE_NAMES[role])


def _asks_first(key: str, begins: str, ends: str) -> bool:
    """Whether a time comes twice and the person has not yet seen the choice for it."""
    if not duty.comes_twice(begins) and not duty.comes_twice(ends):
        return False
    seen = st.session_state.get(f"{key}_asked") == (begins, ends)
    st.session_state[f"{key}_asked"] = (begins, ends)
    return not seen


def _folds(key: str, begins: str, ends: str) -> tuple[int, int]:
    """Which of two equal hours is meant; asked only in the night the clock is put back."""
    return (
        _fold(_("Beginn in"), f"{key}_fold_begins") if duty.comes_twice(begins) else 0,
        _fold(_("Ende in"), f"{key}_fold_ends") if duty.comes_twice(ends) else 0,
    )


def _fold(label: str, key: str) -> int:
    names = [_("Sommerzeit (erste Stunde)"), _("Winterzeit (zweite Stunde)")]
    return names.index(str(st.radio(label, names, horizontal=True, key=key)))


def _pattern_form(desk: Desk, people: dict[int, str]) -> None:
    key = "pattern"
    next_monday = _monday(local(desk.now).date()) + timedelta(days=7)
    with (
        st.expander(_("Wochenplan anlegen")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        one, two = st.columns(2)
        account_id = one.selectbox(
            _("Person"), list(people), format_func=people.__getitem__, key=f"{key}_person"
        )
        role = two.selectbox(_("Art"), duty.ROLES, format_func=_role, key=f"{key}_role")
        weekdays = st.pills(
            _("Wochentage"),
            list(range(1, 8)),
            selection_mode="multi",
            default=[1, 2, 3, 4, 5],
            format_func=lambda number: _(duty.WEEKDAYS[number - 1]),
            key=f"{key}_weekdays",
        )
        three, four, five, six = st.columns(4)
        begins = three.time_input(_("Von"), time(8), key=f"{key}_begins")
        ends = four.time_input(_("Bis (auch am Tag darauf)"), time(18), key=f"{key}_ends")
        first = five.date_input(
            _("Erster Tag"), next_monday, format="DD.MM.YYYY", key=f"{key}_first"
        )
        last = six.date_input(
            _("Letzter Tag"),
            next_monday + timedelta(days=27),
            format="DD.MM.YYYY",
            key=f"{key}_last",
        )
        seven, eight = st.columns(2)
        every = seven.selectbox(_("Wie oft"), _EVERY_WEEKS, format_func=_every, key=f"{key}_every")
        off = eight.selectbox(
            _("An Feiertagen"),
            ("work", "off"),
            format_func=lambda value: (
                _("wie an anderen Tagen") if value == "work" else _("entfällt der Dienst")
            ),
            key=f"{key}_holidays",
        )
        sent = st.form_submit_button(_("Anlegen"))
    if not sent:
        return
    with parts.attempt():
        added = roster.add_pattern(
            desk.db,
            desk.actor,
            Pattern(
                account_id=account_id,
                role=role,
                weekdays=frozenset(weekdays),
                begins=begins,
                ends=ends,
                first_day=first,
                last_day=last,
                every_weeks=every,
                holidays="off" if off == "off" else "work",
            ),
            parts.form_key(key),
        )
    parts.form_done(key)
    parts.flash(" ".join([_pattern_said(added), *_doubts(desk, added)]))
    st.rerun()


def _every(weeks: int) -> str:
    if weeks == 1:
        return _("jede Woche")
    return _("alle {weeks} Wochen").format(weeks=weeks)


def _pattern_said(added: list[Shift]) -> str:
    days = sorted({local(each.start).date() for each in added})
    names = [
        f"{duty.day_text(day)} {duty.holiday_name(day)}" for day in days if duty.holiday_name(day)
    ]
    said = ngettext(
        "{count} Dienst für {name} eingetragen.",
        "{count} Dienste für {name} eingetragen.",
        len(added),
    ).format(count=len(added), name=added[0].person)
    if not names:
        return said
    return said + " " + _("Darunter Feiertage: {days}.").format(days=", ".join(names))


def _cancel_form(desk: Desk, coming: list[Shift]) -> None:
    key = "cancel"
    by_id = {each.id: each for each in coming}
    with (
        st.expander(_("Absagen oder krank melden")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        shift_id = st.selectbox(
            _("Dienst"),
            list(by_id),
            format_func=lambda each: _label(by_id[each]),
            key=f"{key}_shift",
        )
        kind = st.segmented_control(
            _("Warum"),
            ("sick", "cancelled"),
            format_func=lambda each: _("krank") if each == "sick" else _("abgesagt"),
            default="sick",
            key=f"{key}_kind",
            required=True,
        )
        reason = st.text_input(_("Grund (lesen alle)"), key=f"{key}_reason")
        parts.note(
            _("Ein laufender Dienst endet damit jetzt. Wer einspringt, steht unter Tauschen.")
        )
        sent = st.form_submit_button(_("Festhalten"))
    if not sent:
        return
    with parts.attempt():
        roster.cancel_shift(
            desk.db,
            desk.actor,
            shift_id,
            reason=reason,
            kind="sick" if kind == "sick" else "cancelled",
            at=desk.now,
        )
    parts.clear(f"{key}_reason")
    gap = roster.coming_gap(desk.db, desk.now)
    said = [_("Der Dienst ist abgesagt.")]
    if gap is not None:
        said.append(_("Jetzt {gap}.").format(gap=duty.gap_text(gap)))
    parts.flash(" ".join(said))
    st.rerun()


def _swap_form(desk: Desk, people: dict[int, str], coming: list[Shift]) -> None:
    key = "swap"
    by_id = {each.id: each for each in coming}
    with (
        st.expander(_("Tauschen oder einspringen")),
        st.form(key, border=False, clear_on_submit=False),
    ):
        shift_id = st.selectbox(
            _("Dienst"),
            list(by_id),
            format_func=lambda each: _label(by_id[each]),
            key=f"{key}_shift",
        )
        one, two = st.columns(2)
        to_account = one.selectbox(
            _("geht an"), list(people), format_func=people.__getitem__, key=f"{key}_to"
        )
        in_return = two.selectbox(
            _("dafür zurück"),
            [None, *by_id],
            format_func=lambda each: _label(by_id[each]) if each else _("kein Dienst"),
            key=f"{key}_return",
        )
        kind = st.segmented_control(
            _("Warum"),
            ("swapped", "sick"),
            format_func=lambda each: _("getauscht") if each == "swapped" else _("krank"),
            default="swapped",
            key=f"{key}_kind",
            required=True,
        )
        reason = st.text_input(_("Grund (lesen alle)"), key=f"{key}_reason")
        sent = st.form_submit_button(_("Tauschen"))
    if not sent:
        return
    with parts.attempt():
        new = roster.swap(
            desk.db,
            desk.actor,
            shift_id,
            to_account=to_account,
            reason=reason,
            kind="sick" if kind == "sick" else "swapped",
            in_return=in_return,
            at=desk.now,
        )
    parts.clear(f"{key}_reason")
    said = [
        _("{name} übernimmt {span}.").format(
            name=each.person, span=duty.span_text(each.start, each.end)
        )
        for each in new
    ]
    parts.flash(" ".join([*said, *_doubts(desk, new)]))
    st.rerun()


def _label(shift: Shift) -> str:
    return f"{duty.span_text(shift.start, shift.end)} · {shift.person} · {_role(shift.role)}"


# What was, and what holds


def _changes(desk: Desk) -> None:
    found = roster.changes_between(desk.db, desk.now - _PAST, desk.now + _CHOICE)
    if not found:
        return
    words = {"cancelled": _("abgesagt"), "sick": _("krank"), "swapped": _("getauscht")}
    with st.expander(_("Änderungen am Dienstplan")):
        parts.rows(
            [
                [
                    duty.span_text(each.shift.start, each.shift.end),
                    f"{each.shift.person}: {words[each.kind]}, {each.reason}",
                    _("dafür {name}").format(name=each.instead) if each.instead else "",
                    _("festgehalten {at}, {name}").format(
                        at=formats.short_moment(each.recorded_at, desk.now), name=each.recorded_by
                    ),
                ]
                for each in found
            ],
            _("Änderungen am Dienstplan"),
        )


def _rules() -> None:
    with st.expander(_("Regeln im Wortlaut")):
        lines = [[duty.RULE, f"„{reference.load('rules')[duty.RULE]['quote']}“", ""]]
        for each in (duty.limit("longest"), duty.limit("rest")):
            lines.append([each.rule, each.source, "" if each.confirmed else _("unbestätigt")])
        parts.rows(lines, _("Regeln im Wortlaut"))
        parts.note(
            _(
                "Die Grenzen der Arbeitszeit warnen nur; was im Haus gilt, entscheidet die Leitung. "
                "Rufbereitschaft zählt hier nicht als Arbeitszeit."
            )
        )
