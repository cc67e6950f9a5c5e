"""Lage: all open cases by urgency, and the picture of the one in front."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from budget.entry import EventBudget
from cases import intake, store
from cases.desk import Desk
from cases.errors import UnknownCase
from cases.pages import parts
from cases.store import Case, CaseClock
from data import formats
from data.i18n import _, ngettext
from drafting.pages import words as statement_words
from monitoring import health, mentions
from monitoring import store as monitoring_store
from ui import agenda, demo, handover, palette, picture, situation
from ui.situation import CaseLine

_CHART_HOURS = 24
_DUTY_LINES = 3


def show(desk: Desk) -> None:
    """The board; it refreshes itself, and nothing is typed on it."""
    _live(desk)


@st.fragment(run_every="10s")
def _live(desk: Desk) -> None:
    lines = situation.lines(desk.db, desk.now)
    _top(desk)
    _duty(desk)
    if not lines:
        _nothing_open(desk)
        return
    _alerts(desk)
    for line in lines:
        _case_row(desk, line)
    _further(desk, len(lines))
    front = _front(desk, lines)
    parts.section(parts.case_title(front.case))
    with st.container(key="board_front"):
        left, right = st.columns([3, 2], gap="large")
    with left:
        _picture(desk, front.case)
        _stories(desk, front.case)
    with right:
        _next(desk, front)
        _said(desk, front.case)
        _blind(desk, front.case)


def _top(desk: Desk) -> None:
    counts = situation.counts(desk.db)
    said = [
        ngettext("{count} offener Fall", "{count} offene Fälle", counts.open_cases).format(
            count=counts.open_cases
        ),
        ngettext(
            "{count} Alarm unbestätigt", "{count} Alarme unbestätigt", counts.open_alerts
        ).format(count=counts.open_alerts),
    ]
    nearest = counts.next_due
    if nearest is not None:
        sentence = (
            _("nächste Frist {at} ({title}, {number})")
            if nearest.due_at >= desk.now
            else _("überfällig seit {at} ({title}, {number})")
        )
        said.append(
            sentence.format(
                at=formats.short_moment(nearest.due_at, desk.now),
                title=intake.clock_short(nearest.kind),
                number=nearest.case_number,
            )
        )
    watching = monitoring_store.watching(desk.db, desk.now)
    if not watching.running:
        said.append(watching.text().rstrip("."))
    one, two = st.columns([5, 1], vertical_alignment="bottom")
    with one:
        parts.header(_("Lage"), " · ".join(said))
    with two, st.container(horizontal=True, horizontal_alignment="right"):
        if desk.may("case.write") and st.button(
            _("Neuer Fall"), type="primary", icon=":material/add_circle:", key="board_new_case"
        ):
            parts.go(desk, "intake")


def _nothing_open(desk: Desk) -> None:
    parts.empty(
        _(
            "Kein offener Fall. Sobald eine Firma anruft, steht ihr Fall hier mit Fristen, "
            "Meldungen und dem Stand der Leistungsgrenze."
        )
    )
    if desk.may("setting.write") and not store.list_cases(desk.db, limit=1):
        parts.note(
            _("Zum Kennenlernen lassen sich drei erfundene Fälle laden, von Anruf bis Abrechnung.")
        )
        if st.button(_("Beispieldaten laden"), key="load_examples"):
            with st.spinner(_("Drei Fälle werden angelegt")), parts.attempt():
                demo.load_examples(desk.home, desk.actor, desk.now)
            st.rerun()


def _duty(desk: Desk) -> None:
    """What a shift leaves undone: late handovers, gaps of the roster."""
    for index, line in enumerate(handover.board_lines(desk.db, desk.now)[:_DUTY_LINES]):
        with st.container(horizontal=True, key=f"duty_line_{index}", vertical_alignment="center"):
            level = "serious" if line.late else "watch"
            st.html(f'<span class="kp-{level}">{parts.escape(line.text)}</span>')
            query = {} if line.handover_id is None else {"uebergabe": line.handover_id}
            parts.link(desk, line.page, _("öffnen"), None, **query)


def _alerts(desk: Desk) -> None:
    for alert in situation.open_alerts(desk.db, limit=5):
        with st.container(horizontal=True, key=f"alert_{alert.id}"):
            level = formats.severity_level(alert.severity)
            st.html(
                f'<span class="kp-{level}"><b>{formats.severity(alert.severity)}</b></span> '
                f"<span>{parts.escape(alert.case_number)} · "
                f"{formats.short_moment(alert.raised_at, desk.now)} · "
                f"{parts.escape(alert.text)}</span>"
            )
            if desk.may("mention.write"):
                st.button(
                    _("Übernehmen"),
                    key=f"acknowledge_{alert.id}",
                    icon=":material/check:",
                    on_click=_acknowledge,
                    args=(desk, alert.id),
                )


def _acknowledge(desk: Desk, alert_id: int) -> None:
    mentions.acknowledge_alert(desk.db, desk.actor, alert_id)


def _case_row(desk: Desk, line: CaseLine) -> None:
    case = line.case
    level = formats.severity_level(line.severity)
    cells = (
        parts.escape(formats.since(case.called_at, desk.now)),
        _clock(desk, line.next_clock),
        meter(line.budget),
        parts.escape(formats.coverage(case.coverage_result, case.limb)),
        parts.escape(_("{count} neu").format(count=line.new_mentions)),
    )
    with st.container(key=f"board_case_{case.id}"):
        one, two, three = st.columns([1, 3, 9], vertical_alignment="center")
        with one:
            st.html(
                f'<span class="kp-{level} kp-sev">'
                f"{parts.escape(formats.severity(line.severity))}</span>"
            )
        with two:
            parts.link(desk, "case", parts.case_title(case), case)
        with three:
            shown = "".join(f"<span>{cell}</span>" for cell in cells)
            st.html(f'<div class="kp-cells kp-cells-case">{shown}</div>')


def _further(desk: Desk, shown: int) -> None:
    """The way to the cases that the board leaves out: the less urgent ones."""
    further = situation.counts(desk.db).open_cases - shown
    if further > 0:
        label = ngettext(
            "{count} weiterer offener Fall", "{count} weitere offene Fälle", further
        ).format(count=further)
        parts.link(desk, "cases", label)


def _clock(desk: Desk, clock: CaseClock | None) -> str:
    """The next deadline of a case; one that has passed is the loud one in its row."""
    if clock is None:
        return "–"
    said = f"{intake.clock_short(clock.kind)} {formats.due(clock.due_at, desk.now)}"
    shown = parts.escape(said)
    if clock.due_at >= desk.now:
        return shown
    return f'<span class="kp-critical" title="{shown}">{shown}</span>'


def meter(budget: EventBudget) -> str:
    """The cap as a short bar and a share in percent, as HTML."""
    percent = budget.covered_cents * 100 // budget.cap_cents if budget.cap_cents else 100
    over = ' class="over"' if percent >= 100 else ""
    return (
        f'<span class="kp-meter"><i{over} style="width:{min(100, percent)}%"></i></span>'
        f"{percent}{formats.NBSP}%"
    )


def _front(desk: Desk, lines: list[CaseLine]) -> CaseLine:
    try:
        asked = desk.case()
    except UnknownCase as error:
        st.warning(parts.plain(error.sentence()))
        asked = None
    if asked is None:
        return lines[0]
    shown = next((line for line in lines if line.case.id == asked.id), None)
    return shown or situation.line_of(desk.db, asked, desk.now)


def _picture(desk: Desk, case: Case) -> None:
    first = situation.first_mention_at(desk.db, case.id)
    if first is None:
        parts.empty(_("Noch keine Meldung zu diesem Fall. Das Bild entsteht mit der ersten."))
        return
    since = max(first, desk.now - timedelta(hours=_CHART_HOURS)) - timedelta(hours=1)
    if first < desk.now - timedelta(hours=_CHART_HOURS):
        newest = max(first, desk.now - timedelta(days=7))
        since = newest - timedelta(hours=1)
    points = situation.volume(desk.db, case.id, since)
    marks = situation.marks(desk.db, case.id, since)
    colours = palette.of_theme(st.context.theme.type)
    st.altair_chart(
        picture.chart(points, marks, since, desk.now, colours),
        width="stretch",
        alt=_("Meldungen je Stunde mit unseren Schritten"),
    )
    tone = situation.tone(desk.db, case.id)
    parts.note(
        _(
            "Ton: angreifend {attacking} · fragend {asking} · neutral {neutral} · "
            "positiv {positive} · offene Angriffe {open_attacks}"
        ).format(**vars(tone))
    )


def _stories(desk: Desk, case: Case) -> None:
    found = situation.stories(desk.db, case.id)
    if not found:
        return
    parts.section(_("Themen (Agenturkopien gefaltet)"))
    parts.rows(
        [
            [
                formats.severity(story.severity),
                story.title,
                _spread(story),
                _("zuerst {source} {at}").format(
                    source=story.first_source,
                    at=formats.short_moment(story.first_seen_at, desk.now),
                ),
            ]
            for story in found
        ],
        _("Themen"),
    )


def _spread(story: situation.Story) -> str:
    outlets = ngettext("{count} Quelle", "{count} Quellen", story.outlets)
    copies = ngettext("{count} Kopie", "{count} Kopien", story.copies)
    spread = outlets.format(count=story.outlets)
    return f"{spread}, {copies.format(count=story.copies)}" if story.copies else spread


def _next(desk: Desk, line: CaseLine) -> None:
    case = line.case
    parts.section(_("Als Nächstes"))
    steps = agenda.steps(desk.db, case, desk.now, line.new_mentions)
    if not steps:
        parts.empty(_("Nichts steht an."))
    for number, step in enumerate(steps[:3], start=1):
        with st.container(horizontal=True, key=f"next_{number}", vertical_alignment="center"):
            st.html(f"<span>{number}. {parts.escape(step.text)}</span>")
            parts.link(desk, step.page, step.label, case)


def _said(desk: Desk, case: Case) -> None:
    parts.section(_("Gesagt haben wir"))
    said = situation.said(desk.db, case.id)
    if not said:
        parts.empty(_("Noch nichts. Die Erstmeldung entsteht unter Stellungnahmen."))
    parts.rows(
        [
            [formats.short_moment(each.at, desk.now), each.text, statement_words.channel(each.kind)]
            for each in said
        ],
        _("Gesagt haben wir"),
    )


def _blind(desk: Desk, case: Case) -> None:
    periods = monitoring_store.blind_periods(desk.db, case.opened_at)
    if periods:
        parts.section(_("Blind waren wir"))
    parts.rows(
        [
            [
                period.source_name,
                f"{formats.short_moment(period.start, desk.now)}–"
                + (formats.short_moment(period.end, desk.now) if period.end else _("jetzt")),
                health.sentence(period.word),
            ]
            for period in periods[:5]
        ],
        _("Blind waren wir"),
    )
