"""Quellen: what is watched, how healthy it is, and since when the desk does not see it."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from access.outbound import BadUrl
from cases.desk import Desk
from cases.errors import MissingField
from cases.pages import parts
from data import formats
from data.i18n import _, ngettext
from monitoring import health, sources, store
from monitoring.sources import Listed
from monitoring.store import Source

_BLIND_WINDOW = timedelta(hours=24)
_INTERVALS = (180, 300, 900, 1800, 3600, 14400)
_STATES = ("failing", "unverified", "healthy", "off")
_CLASSES = ("A", "B", "C")


def show(desk: Desk) -> None:
    """The page."""
    known = store.list_sources(desk.db)
    parts.header(_("Quellen"), _state_line(desk, known))
    if not known:
        parts.empty(
            _("Hier stehen die beobachteten Feeds. Beginnen Sie mit dem Katalog oder einer Liste.")
        )
    elif desk.may("source.write"):
        _ask_for_poll(desk)
    _troubles(desk, known)
    _blind_times(desk)
    _all_sources(desk, known)
    if desk.may("source.write"):
        _add(desk)
        if known:
            _one_source(desk, known)


def _state_line(desk: Desk, known: list[Source]) -> str:
    failing = sum(_state(source) == "failing" for source in known)
    said = [ngettext("{count} Quelle", "{count} Quellen", len(known)).format(count=len(known))]
    if failing:
        said.append(_("{count} gestört").format(count=failing))
    said.append(store.watching(desk.db, desk.now).text().rstrip("."))
    return " · ".join(said)


def _state(source: Source) -> str:
    if not source.enabled:
        return "off"
    if source.health == health.UNVERIFIED:
        return "unverified"
    return "healthy" if health.is_reachable(source.health) else "failing"


def _state_word(state: str) -> str:
    return {
        "failing": _("◑ gestört"),
        "unverified": _("◔ ungeprüft"),
        "healthy": _("○ erreichbar"),
        "off": _("– abgeschaltet"),
    }[state]


def _kind_word(kind: str) -> str:
    return {
        "news": _("Medium"),
        "agency": _("Agentur"),
        "authority": _("Behörde"),
        "consumer": _("Konsumentenschutz"),
        "trade": _("Fachmedium"),
        "social": _("Netzwerk"),
        "search": _("Suche"),
        "other": _("Sonstige"),
    }[kind]


def _ask_for_poll(desk: Desk) -> None:
    if st.button(
        _("Alle jetzt abrufen"), type="primary", icon=":material/refresh:", key="poll_all"
    ):
        with parts.attempt():
            store.poll_soon(desk.db, desk.actor)
            parts.flash(_("Alle Quellen werden mit dem nächsten Durchgang abgerufen."))
        st.rerun()


def _troubles(desk: Desk, known: list[Source]) -> None:
    """What does not work, first: each with its sentence and since when."""
    failing = [source for source in known if _state(source) == "failing"]
    if not failing:
        return
    parts.section(_("Gestört"))
    parts.rows(
        [
            [
                source.name,
                health.sentence(source.health),
                formats.since(source.health_since, desk.now),
                _("nächster Versuch {at}").format(
                    at=formats.short_moment(source.next_poll_at, desk.now)
                ),
            ]
            for source in failing
        ],
        _("Gestörte Quellen"),
    )


def _blind_times(desk: Desk) -> None:
    """The last day: when a source could not be seen, and where entries may be missing."""
    since = desk.now - _BLIND_WINDOW
    periods = store.blind_periods(desk.db, since, now=desk.now)
    names = {source.id: source.name for source in store.list_sources(desk.db)}
    lines = [[period.text()] for period in periods]
    lines += [
        [
            _("{name}: Lücke möglich vor {at}, kein Eintrag war schon bekannt").format(
                name=names[gap.source_id], at=formats.short_moment(gap.started_at, desk.now)
            )
        ]
        for gap in store.gaps(desk.db, since)
    ]
    if lines:
        with st.expander(
            ngettext(
                "{count} blinde Zeit in den letzten 24 Stunden",
                "{count} blinde Zeiten in den letzten 24 Stunden",
                len(lines),
            ).format(count=len(lines))
        ):
            parts.rows(lines, _("Blinde Zeiten"))


def _all_sources(desk: Desk, known: list[Source]) -> None:
    if not known:
        return
    parts.section(_("Alle Quellen"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(
            _("Suchen"),
            placeholder=_("Name, Adresse oder Region"),
            key="sources_search",
        )
        state = st.segmented_control(
            _("Zustand"), _STATES, format_func=_state_word, default=None, key="sources_state"
        )
    counts = store.entry_counts(desk.db)
    words = wanted.casefold().split()
    shown = [
        source
        for source in known
        if (state is None or _state(source) == state)
        and all(word in _searchable(source) for word in words)
    ]
    if not shown:
        parts.empty(_("Keine Quelle passt zu dieser Suche."))
        return
    parts.rows(
        [
            [
                f"{source.name} · {source.reach_class}",
                _state_word(_state(source)),
                _last_seen(desk, source),
                _kind_and_region(source),
                _entries_text(counts.get(source.id, 0)),
            ]
            for source in shown
        ],
        _("Quellen"),
    )


def _searchable(source: Source) -> str:
    return f"{source.name} {source.url} {source.region} {_kind_word(source.kind)}".casefold()


def _kind_and_region(source: Source) -> str:
    kind = _kind_word(source.kind)
    return f"{kind}, {source.region}" if source.region else kind


def _entries_text(count: int) -> str:
    return ngettext("{count} Eintrag", "{count} Einträge", count).format(count=count)


def _last_seen(desk: Desk, source: Source) -> str:
    if source.last_ok_at is None:
        return _("noch nie gesehen")
    return _("zuletzt {at}").format(at=formats.short_moment(source.last_ok_at, desk.now))


def _add(desk: Desk) -> None:
    parts.section(_("Quellen hinzufügen"))
    with st.form("add_source", clear_on_submit=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            url = st.text_input(
                _("Adresse des Feeds"), placeholder="https://…", key="add_source_url"
            )
            name = st.text_input(_("Name"), key="add_source_name")
            kind = st.selectbox(
                _("Art"), sources.KINDS, format_func=_kind_word, key="add_source_kind"
            )
        if st.form_submit_button(_("Hinzufügen"), icon=":material/add:"):
            with parts.attempt():
                address = _typed_url(url)
                added = store.add_source(
                    desk.db,
                    desk.actor,
                    Listed(
                        url=address,
                        name=name.strip()[: sources.MAX_NAME] or sources.default_name(address),
                        kind=kind,
                    ),
                )
                parts.flash(_("{name} wird ab jetzt beobachtet.").format(name=added.name))
            st.rerun()
    with st.expander(_("Katalog, Liste, Ausgabe")):
        _catalogue(desk)
        _list_file(desk)


def _typed_url(text: str) -> str:
    """The address as it is stored; a bare host gets its scheme."""
    typed = text.strip()
    if not typed:
        raise MissingField(_("Adresse des Feeds"))
    try:
        return sources.source_url(typed)
    except BadUrl:
        if "://" in typed or ":" in typed.split("/", 1)[0]:
            raise
        return sources.source_url(f"https://{typed}")


def _catalogue(desk: Desk) -> None:
    parts.note(
        _(
            "Der Katalog ist ungeprüft: ob ein Feed noch lebt, zeigt der erste Abruf. "
            "Die Lizenzen klärt der Betreiber."
        )
    )
    with st.container(horizontal=True):
        for country, label in (
            ("at", _("Österreichische Feeds übernehmen")),
            ("de", _("Deutsche Feeds übernehmen")),
        ):
            if st.button(label, key=f"catalogue_{country}", icon=":material/library_add:"):
                with parts.attempt():
                    listed = sources.SourceList(tuple(sources.catalogue(country)), ())
                    report = store.import_sources(desk.db, desk.actor, listed)
                    parts.flash(_import_text(report))
                st.rerun()


def _list_file(desk: Desk) -> None:
    file = st.file_uploader(
        _("OPML oder Text mit einer Adresse je Zeile"), type=["opml", "xml", "txt"], key="list_file"
    )
    if file is not None and st.button(_("Liste übernehmen"), key="import_list"):
        with parts.attempt():
            report = store.import_sources(desk.db, desk.actor, sources.read_list(file.getvalue()))
            parts.flash(_import_text(report))
            st.session_state["refused_lines"] = [
                [str(each.line), each.why] for each in report.refused
            ]
        st.rerun()
    refused = st.session_state.pop("refused_lines", [])
    if refused:
        parts.rows(refused, _("Abgelehnte Zeilen"))
    known = store.list_sources(desk.db)
    if known:
        st.download_button(
            _("Als OPML speichern"),
            sources.to_opml(source.listed() for source in known),
            file_name="quellen.opml",
            mime="text/x-opml",
            key="export_opml",
            icon=":material/download:",
        )


def _import_text(report: store.ImportReport) -> str:
    return _("{added} übernommen, {known} schon bekannt, {refused} abgelehnt.").format(
        added=report.added, known=report.already_known, refused=len(report.refused)
    )


def _one_source(desk: Desk, known: list[Source]) -> None:
    parts.section(_("Eine Quelle im Einzelnen"))
    chosen = st.selectbox(
        _("Quelle"),
        [source.id for source in known],
        format_func=lambda source_id: next(s.name for s in known if s.id == source_id),
        index=None,
        placeholder=_("Quelle auswählen"),
        key="one_source",
    )
    if chosen is None:
        return
    source = store.source_by_id(desk.db, chosen)
    st.text(source.url)
    parts.note(health.sentence(source.health))
    for problem in source.problems:
        parts.note(problem)
    if source.licence:
        parts.note(_("Lizenz: {licence}").format(licence=source.licence))
    _change(desk, source)
    _history(desk, source)


def _change(desk: Desk, source: Source) -> None:
    with st.form(f"change_source_{source.id}"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(_("Name"), value=source.name, key=f"name_{source.id}")
            reach = st.selectbox(
                _("Reichweite"),
                _CLASSES,
                index=_CLASSES.index(source.reach_class),
                key=f"reach_{source.id}",
            )
            choices = sorted({*_INTERVALS, source.interval_seconds})
            interval = st.selectbox(
                _("Abruf alle"),
                choices,
                index=choices.index(source.interval_seconds),
                format_func=lambda seconds: formats.span(timedelta(seconds=seconds)),
                key=f"interval_{source.id}",
            )
            enabled = st.checkbox(_("beobachten"), value=source.enabled, key=f"on_{source.id}")
        if st.form_submit_button(_("Speichern"), icon=":material/save:"):
            with parts.attempt():
                store.change_source(
                    desk.db,
                    desk.actor,
                    source.id,
                    name=name.strip()[: sources.MAX_NAME] or source.name,
                    enabled=enabled,
                    interval_seconds=interval,
                    reach_class=reach,
                )
                parts.flash(_("{name} ist geändert.").format(name=source.name))
            st.rerun()
    if st.button(_("Diese Quelle jetzt abrufen"), key=f"poll_{source.id}"):
        with parts.attempt():
            store.poll_soon(desk.db, desk.actor, source.id)
            parts.flash(_("{name} wird gleich abgerufen.").format(name=source.name))
        st.rerun()


def _history(desk: Desk, source: Source) -> None:
    """The last polls and entries of the source."""
    polls = store.polls_of(desk.db, source.id, limit=10)
    if polls:
        parts.rows(
            [
                [
                    formats.short_moment(poll.started_at, desk.now),
                    health.sentence(poll.outcome),
                    _entries_text(poll.entries_new),
                    _("Lücke möglich") if poll.gap_possible else "",
                ]
                for poll in polls
            ],
            _("Letzte Abrufe"),
        )
    for entry in store.recent_entries(desk.db, source.id, limit=5):
        parts.quote_block(entry.title or entry.summary[:200])
