"""Belege: taking evidence in, looking at it, copying it redacted, and what the web still shows."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from access.outbound import open_gate
from cases import (
    capture,
    custody_sheet,
    evidence,
    evidence_words,
    file_type,
    redaction,
    screenshot,
    timestamp,
)
from cases.desk import Desk
from cases.errors import MissingField, ScreenshotUnavailable
from cases.evidence import Arrival, Evidence
from cases.pages import parts
from cases.redaction import Area
from cases.store import Case, captures
from cases.store.captures import CaptureCheck, CapturedPage
from data import formats, reference
from data.i18n import _, ngettext
from data.times import read_entered

_UPLOAD_KINDS = tuple(kind for kind in evidence.KINDS if kind not in ("redacted", "file"))
_SHOWN_TEXT = 20_000
_SHOWN_CHANGES = 200
_LONGEST_OPTION = 100
_VIEW = "evidence_view"
_HANDED = "evidence_handed"


def show(desk: Desk) -> None:
    """Evidence, its custody, and the pages that are watched over time."""
    case = parts.choose_case(desk)
    if case is None:
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    parts.note(
        _(
            "Zuerst sichern, dann reagieren: was hier liegt, ist mit Prüfsumme und Zeit "
            "festgehalten, bevor jemand antwortet, ausblendet oder löscht."
        )
    )
    if desk.may("evidence.write"):
        _take_in(desk, case)
    kept = evidence.evidence_of(desk.db, case.id)
    _list(desk, kept)
    if kept:
        _one(desk, case, kept)
    _pages(desk, case)
    _rules()
    if desk.may("setting.write"):
        _authority(desk)


def _rules() -> None:
    with st.expander(_("Regeln im Wortlaut")):
        rules = reference.load("rules")
        parts.rows(
            [[rule, f"„{rules[rule]['quote']}“"] for rule in ("NA-44", "EX-04b", "EX-05")],
            _("Regeln im Wortlaut"),
        )


def _take_in(desk: Desk, case: Case) -> None:
    parts.section(_("Aufnehmen"))
    ways = {
        "file": _("Dateien"),
        "clipboard": _("Zwischenablage"),
        "web": _("Webseite"),
    }
    way = st.segmented_control(
        _("Woher"),
        tuple(ways),
        format_func=ways.__getitem__,
        default="file",
        key=f"evidence_way_{case.id}",
        label_visibility="collapsed",
        required=True,
    )
    if way == "web":
        _capture_form(desk, case)
    elif way == "clipboard":
        _paste(desk, case)
    else:
        _upload(desk, case)


def _upload(desk: Desk, case: Case) -> None:
    form = f"evidence_upload_{case.id}"
    # A new key after each success empties the widget; a refused form keeps its files.
    turn = parts.form_key(form)
    files = st.file_uploader(
        _("Dateien, je höchstens {megabytes} MB").format(
            megabytes=evidence.LARGEST_BYTES // (1024 * 1024)
        ),
        accept_multiple_files=True,
        key=f"evidence_files_{case.id}_{turn}",
    )
    left, right = st.columns(2)
    kind = left.selectbox(
        _("Art (EX-05)"),
        _UPLOAD_KINDS,
        index=_UPLOAD_KINDS.index("screenshot"),
        format_func=evidence_words.kind,
        key=f"evidence_kind_{case.id}",
    )
    taken = right.text_input(
        _("Aufgenommen am"),
        placeholder=_("TT.MM.JJJJ hh:mm, leer: jetzt"),
        key=f"evidence_taken_{case.id}",
    )
    url = left.text_input(_("Fundstelle (Adresse)"), key=f"evidence_url_{case.id}")
    note = right.text_input(_("Anmerkung"), key=f"evidence_note_{case.id}")
    if st.button(_("Sichern"), type="primary", key=f"evidence_keep_{case.id}"):
        with parts.attempt():
            if not files:
                raise MissingField(_("Dateien"))
            added = evidence.add_all(
                desk.db,
                desk.home,
                desk.actor,
                case.id,
                [
                    Arrival(
                        data=file.getvalue(),
                        file_name=file.name,
                        kind=kind,
                        source_url=url.strip(),
                        captured_at=read_entered(taken) if taken.strip() else None,
                        note=note.strip(),
                        idempotency_key=f"{turn}:{place}",
                    )
                    for place, file in enumerate(files)
                ],
            )
        parts.flash(_kept_sentence(added))
        parts.form_done(form)
        st.rerun()


def _kept_sentence(added: Sequence[Evidence]) -> str:
    if len(added) == 1:
        sentence = _("Gesichert als B{number}, SHA-256 {hash}.").format(
            number=added[0].id, hash=added[0].sha256
        )
    else:
        sentence = ngettext(
            "{count} Datei gesichert.", "{count} Dateien gesichert.", len(added)
        ).format(count=len(added))
    strange = [each for each in added if not each.name_fits]
    if strange:
        sentence += " " + _("Name und Inhalt passen nicht zusammen bei {names}.").format(
            names=", ".join(f"B{each.id}" for each in strange)
        )
    return sentence


def _paste(desk: Desk, case: Case) -> None:
    parts.note(
        _(
            "In das Feld klicken, Bild oder Text mit Strg+V einfügen und mit der Eingabetaste "
            "sichern. Text zu einem Bild wird seine Anmerkung."
        )
    )
    url = st.text_input(_("Fundstelle (Adresse)"), key=f"evidence_paste_url_{case.id}")
    # In a container it stands here; outside one it would stick to the foot of the page.
    pasted = st.container().chat_input(
        _("Hier einfügen"),
        accept_file="multiple",
        max_upload_size=evidence.LARGEST_BYTES // (1024 * 1024),
        key=f"evidence_paste_{case.id}",
    )
    if pasted is None:
        return
    form = f"evidence_paste_{case.id}"
    turn = parts.form_key(form)
    text = pasted.text.strip()
    arrivals = [
        Arrival(
            data=file.getvalue(),
            file_name=file.name,
            kind="screenshot",
            source_url=url.strip(),
            note=text or _("aus der Zwischenablage"),
            idempotency_key=f"{turn}:{place}",
        )
        for place, file in enumerate(pasted.files)
    ]
    if not arrivals:
        arrivals = [
            Arrival(
                data=text.encode(),
                file_name="zwischenablage.txt",
                kind="notes",
                source_url=url.strip(),
                note=_("aus der Zwischenablage"),
                idempotency_key=turn,
            )
        ]
    with parts.attempt():
        added = evidence.add_all(desk.db, desk.home, desk.actor, case.id, arrivals)
    parts.flash(_kept_sentence(added))
    parts.form_done(form)
    st.rerun()


def _capture_form(desk: Desk, case: Case) -> None:
    try:
        screenshot.find_browser()
    except ScreenshotUnavailable as error:
        parts.note(_("{sentence} Alles andere wird gesichert.").format(sentence=error.sentence()))
    name = f"evidence_capture_{case.id}"
    with st.form(name, border=False):
        url = st.text_input(
            _("Adresse des Beitrags oder der Seite"),
            placeholder="https://",
            key=f"evidence_capture_url_{case.id}",
        )
        if st.form_submit_button(_("Seite sichern"), type="primary"):
            busy = st.spinner(_("Die Seite wird gesichert."))
            with parts.attempt(), busy, open_gate(desk.db) as gate:
                check = capture.capture(
                    desk.db,
                    desk.home,
                    gate,
                    desk.actor,
                    case.id,
                    url,
                    idempotency_key=parts.form_key(name),
                )
            _tell(name, check)


def _tell(name: str, check: CaptureCheck) -> None:
    # Without the address: a message makes links of addresses, and nobody should follow this one.
    sentence = f"{capture.state_sentence(check)}."
    if check.screenshot:
        sentence += " " + _("Kein Bild der Seite: {reason}").format(reason=check.screenshot)
    parts.flash(sentence, done=check.state in ("captured", "unchanged", "changed"))
    parts.form_done(name)
    st.rerun()


def _list(desk: Desk, kept: list[Evidence]) -> None:
    parts.section(_("Belege"))
    if not kept:
        parts.empty(_("Noch kein Beleg. Ein gesichertes Posting steht vor jeder Antwort darauf."))
        return
    stamped = evidence.stamped_in(desk.db, kept[0].case_id)
    parts.rows([_line(desk, group, stamped) for group in _groups(kept)], _("Belege"))


def _groups(kept: list[Evidence]) -> list[list[Evidence]]:
    """One group a row: the files of one look at a web page belong together."""
    groups: dict[str, list[Evidence]] = {}
    for each in kept:
        name = f"check {each.check_id}" if each.check_id is not None else f"evidence {each.id}"
        groups.setdefault(name, []).append(each)
    return list(groups.values())


def _line(desk: Desk, group: list[Evidence], stamped: set[int]) -> list[str]:
    newest, oldest = group[0], group[-1]
    number = f"B{oldest.id}" if newest is oldest else f"B{oldest.id}–B{newest.id}"
    name = newest.file_name if newest.check_id is None else newest.source_url
    return [
        number,
        f"{name} – {newest.note}" if newest.note and newest.original_id is None else name,
        " · ".join(_marks(group, stamped)),
        f"{formats.short_moment(newest.captured_at, desk.now)}, {newest.recorded_by}",
    ]


def _marks(group: list[Evidence], stamped: set[int]) -> list[str]:
    """The kind, and what is special about it."""
    first = group[0]
    marks = [evidence_words.kind(first.kind)]
    if first.original_id is not None:
        marks = [_("geschwärzte Kopie von B{number}").format(number=first.original_id)]
    # Of a web page the name is ours.
    if first.check_id is None and not first.name_fits:
        marks.append(_("Name und Inhalt verschieden"))
    if any(each.id in stamped for each in group):
        marks.append(_("Zeitstempel"))
    return marks


def _chosen(desk: Desk, case: Case, kept: list[Evidence]) -> Evidence | None:
    by_id = {each.id: each for each in kept}
    key = f"evidence_chosen_{case.id}"
    named = st.query_params.get("beleg", "").removeprefix("B")
    if key not in st.session_state and named.isdecimal() and int(named) in by_id:
        st.session_state[key] = int(named)
    number = st.selectbox(
        _("Beleg öffnen"),
        list(by_id),
        format_func=lambda number: _option(desk, by_id[number]),
        index=None,
        placeholder=_("Beleg auswählen"),
        key=key,
    )
    return by_id.get(number) if number is not None else None


def _option(desk: Desk, each: Evidence) -> str:
    at = formats.short_moment(each.captured_at, desk.now)
    return f"B{each.id} · {each.file_name} · {at} · {each.note}"[:_LONGEST_OPTION].rstrip(" ·")


def _one(desk: Desk, case: Case, kept: list[Evidence]) -> None:
    chosen = _chosen(desk, case, kept)
    if chosen is None:
        return
    _facts(chosen)
    _content(desk, case, chosen)
    if desk.may("evidence.write"):
        _hand_out(desk, chosen)
        _stamp(desk, chosen)
        _access(desk, chosen)
    _custody(desk, case, chosen)


def _facts(chosen: Evidence) -> None:
    lines = [
        [_("SHA-256"), chosen.sha256],
        [_("Art"), evidence_words.kind(chosen.kind)],
        [_("Größe"), _size(chosen.bytes)],
        [_("Aufgenommen"), formats.moment(chosen.captured_at)],
        [_("Eingegangen"), f"{formats.moment(chosen.recorded_at)}, {chosen.recorded_by}"],
    ]
    if chosen.source_url:
        lines.append([_("Fundstelle"), chosen.source_url])
    if chosen.note:
        lines.append([_("Anmerkung"), chosen.note])
    parts.rows(lines, f"B{chosen.id}")
    if not chosen.name_fits:
        st.warning(
            parts.plain(
                _(
                    "Der Name sagt {claimed}, der Inhalt ist {found}. Die Datei ist unverändert "
                    "aufbewahrt; bitte nicht am eigenen Rechner öffnen."
                ).format(claimed=chosen.media_type, found=chosen.content_type)
            )
        )


def _size(count: int) -> str:
    if count < 10_000:
        return _("{count} Byte").format(count=count)
    if count < 1_000_000:
        return _("{count} kB").format(count=round(count / 1000))
    return _("{count} MB").format(count=str(round(count / 1_000_000, 1)).replace(".", ","))


def _content(desk: Desk, case: Case, chosen: Evidence) -> None:
    """Show the content after a click, which leaves a custody entry, and offer to redact it."""
    image = file_type.is_image(chosen.content_type)
    if not image and not file_type.is_text(chosen.content_type):
        parts.note(
            _("Eine Vorschau gibt es für Bilder und Text. Diese Datei bitte als Original öffnen.")
        )
        return
    opened = st.session_state.get(_VIEW)
    if opened is None or opened[0] != chosen.id:
        if st.button(_("Ansehen"), key=f"evidence_view_{chosen.id}"):
            _open(desk, chosen, image)
        return
    redacting = desk.may("evidence.write") and st.toggle(
        _("Geschwärzte Kopie anfertigen"), key=f"evidence_redacting_{chosen.id}"
    )
    if image and redacting:
        _redact_image(desk, case, chosen, opened[1])
    elif image:
        st.image(opened[1], alt=_("Beleg {number}").format(number=f"B{chosen.id}"))
    else:
        if redacting:
            _redact_text(desk, case, chosen)
        parts.quote_block(opened[1])
        if len(opened[1]) == _SHOWN_TEXT:
            parts.note(_("Gezeigt ist der Anfang; das Original ist vollständig."))


def _open(desk: Desk, chosen: Evidence, image: bool) -> None:
    with parts.attempt():
        data = evidence.look(desk.db, desk.home, desk.actor, chosen.id)
        shown = redaction.preview_image(data) if image else file_type.decoded(data)[:_SHOWN_TEXT]
    st.session_state[_VIEW] = (chosen.id, shown)
    # The custody below is read anew.
    st.rerun()


def _redact_image(desk: Desk, case: Case, chosen: Evidence, preview: bytes) -> None:
    state = f"evidence_areas_{chosen.id}"
    areas: list[Area] = st.session_state.setdefault(state, [])
    across = st.slider(
        _("von links bis rechts, in Prozent"),
        0.0,
        100.0,
        (10.0, 40.0),
        0.5,
        format="localized",
        key=f"evidence_across_{chosen.id}",
    )
    down = st.slider(
        _("von oben bis unten, in Prozent"),
        0.0,
        100.0,
        (10.0, 20.0),
        0.5,
        format="localized",
        key=f"evidence_down_{chosen.id}",
    )
    proposed = Area(int(across[0] * 10), int(down[0] * 10), int(across[1] * 10), int(down[1] * 10))
    with st.container(horizontal=True):
        if st.button(
            _("Stelle schwärzen"),
            key=f"evidence_area_add_{chosen.id}",
            disabled=not proposed.covers,
        ):
            st.session_state[state] = [*areas, proposed]
            st.rerun()
        if areas and st.button(
            _("Letzte Stelle zurücknehmen"), key=f"evidence_area_drop_{chosen.id}"
        ):
            st.session_state[state] = areas[:-1]
            st.rerun()
    st.image(
        redaction.preview_image(preview, areas, proposed),
        alt=_("Vorschau der geschwärzten Kopie"),
    )
    name = f"evidence_redact_{chosen.id}"
    with st.form(name, border=False):
        reason = st.text_input(
            _("Was ist geschwärzt, und warum"), key=f"evidence_redact_why_{chosen.id}"
        )
        if st.form_submit_button(_("Geschwärzte Kopie sichern")):
            with parts.attempt():
                copy = redaction.make_copy(
                    desk.db,
                    desk.home,
                    desk.actor,
                    chosen.id,
                    areas=areas,
                    reason=reason,
                    idempotency_key=parts.form_key(name),
                )
            st.session_state.pop(state)
            _redacted(name, case, copy)


def _redact_text(desk: Desk, case: Case, chosen: Evidence) -> None:
    if not redaction.way_of(chosen.media_type, chosen.content_type):
        parts.note(
            _(
                "Diese Art von Datei wird hier nicht geschwärzt. Bitte die Stelle als Bild "
                "aufnehmen und das Bild schwärzen."
            )
        )
        return
    name = f"evidence_redact_{chosen.id}"
    with st.form(name, border=False):
        passages = st.text_area(
            _("Stellen, eine je Zeile, wie sie im Text stehen"),
            key=f"evidence_passages_{chosen.id}",
        )
        reason = st.text_input(
            _("Was ist geschwärzt, und warum"), key=f"evidence_redact_why_{chosen.id}"
        )
        if st.form_submit_button(_("Geschwärzte Kopie sichern")):
            with parts.attempt():
                copy = redaction.make_copy(
                    desk.db,
                    desk.home,
                    desk.actor,
                    chosen.id,
                    passages=passages.splitlines(),
                    reason=reason,
                    idempotency_key=parts.form_key(name),
                )
            _redacted(name, case, copy)


def _redacted(name: str, case: Case, copy: Evidence) -> None:
    parts.form_done(name)
    parts.flash(
        _("Geschwärzte Kopie B{number} gesichert, SHA-256 {hash}.").format(
            number=copy.id, hash=copy.sha256
        )
    )
    st.query_params["beleg"] = f"B{copy.id}"
    st.session_state.pop(f"evidence_chosen_{case.id}", None)
    st.rerun()


def _hand_out(desk: Desk, chosen: Evidence) -> None:
    title = _("Kopie herausgeben") if chosen.original_id else _("Original herausgeben")
    handed = st.session_state.get(_HANDED)
    ready = handed is not None and handed[0] == chosen.id
    with st.expander(title, expanded=ready):
        if ready and handed is not None:
            st.download_button(
                _("Herunterladen: {name}").format(name=parts.plain(handed[1])),
                data=handed[2],
                file_name=handed[1],
                # Never a kind that a browser would open by itself.
                mime=file_type.UNKNOWN,
                key=f"evidence_download_{chosen.id}",
                on_click="ignore",
            )
        with st.form(f"evidence_hand_{chosen.id}", border=False):
            recipient = st.text_input(_("Empfänger"), key=f"evidence_recipient_{chosen.id}")
            reason = st.text_input(_("Grund"), key=f"evidence_reason_{chosen.id}")
            if st.form_submit_button(_("Bereitstellen")):
                with parts.attempt():
                    data = evidence.hand_out(
                        desk.db,
                        desk.home,
                        desk.actor,
                        chosen.id,
                        reason=reason,
                        recipient=recipient,
                    )
                st.session_state[_HANDED] = (
                    chosen.id,
                    f"B{chosen.id}-{chosen.file_name}",
                    data,
                )
                parts.flash(
                    _("Bereitgestellt für {recipient}; die Beweiskette hält es fest.").format(
                        recipient=recipient.strip()
                    )
                )
                st.rerun()


def _stamp(desk: Desk, chosen: Evidence) -> None:
    with st.expander(_("Zeitstempel")):
        for each in evidence.timestamps_of(desk.db, chosen.id):
            problem = evidence.timestamp_problem(chosen, each)
            parts.rows(
                [
                    [
                        formats.moment(each.attested_at),
                        each.authority,
                        _("geprüft, stimmt") if problem is None else _("stimmt nicht"),
                    ]
                ],
                _("Zeitstempel"),
            )
        if timestamp.configured(desk.db) is None:
            parts.note(
                _(
                    "Keine Zeitstempelstelle eingerichtet. Die Prüfsumme ist trotzdem "
                    "festgehalten; nur bestätigt sie niemand von außen."
                )
            )
            return
        parts.note(_("Nur die Prüfsumme geht hinaus, nicht der Beleg."))
        if st.button(_("Zeitstempel einholen"), key=f"evidence_stamp_{chosen.id}"):
            busy = st.spinner(_("Die Stelle wird gefragt."))
            with parts.attempt(), busy, open_gate(desk.db) as gate:
                stamped = evidence.stamp(desk.db, desk.home, gate, desk.actor, chosen.id)
            parts.flash(
                _("Bestätigt: die Prüfsumme bestand am {at}.").format(
                    at=formats.moment(stamped.attested_at)
                )
            )
            st.rerun()


def _access(desk: Desk, chosen: Evidence) -> None:
    with st.expander(_("Wer hatte Zugriff, bevor der Beleg hier war")):
        parts.rows(
            [
                [
                    evidence_words.had_access(each.had_access),
                    " · ".join(part for part in (each.person, each.function) if part),
                    each.period,
                    each.source,
                ]
                for each in evidence.access_of(desk.db, chosen.id)
            ],
            _("Zugriff"),
        )
        name = f"evidence_access_{chosen.id}"
        with st.form(name, border=False):
            left, right = st.columns(2)
            person = left.text_input(_("Person"), key=f"{name}_person")
            function = right.text_input(_("Funktion"), key=f"{name}_function")
            had = left.selectbox(
                _("Zugriff"),
                ("yes", "no", "unknown"),
                index=2,
                format_func=evidence_words.had_access,
                key=f"{name}_had",
            )
            period = right.text_input(_("Wann"), key=f"{name}_period")
            source = st.text_input(_("Woher wir das wissen"), key=f"{name}_source")
            if st.form_submit_button(_("Festhalten")):
                with parts.attempt():
                    evidence.record_access(
                        desk.db,
                        desk.actor,
                        chosen.id,
                        person=person,
                        function=function,
                        had_access=had,
                        period=period,
                        source=source,
                        idempotency_key=parts.form_key(name),
                    )
                parts.form_done(name)
                parts.flash(_("Festgehalten: {name}").format(name=person.strip()))
                st.rerun()


def _custody(desk: Desk, case: Case, chosen: Evidence) -> None:
    with st.expander(_("Beweiskette")):
        parts.rows(
            [
                [
                    formats.moment(entry.at),
                    evidence_words.action(entry.action),
                    entry.actor_name,
                    " · ".join(part for part in (entry.recipient, entry.reason) if part),
                ]
                for entry in evidence.custody_of(desk.db, chosen.id)
            ],
            _("Beweiskette"),
        )
        key = f"evidence_sheet_{chosen.id}"
        if st.button(_("Beweisblatt anfertigen"), key=f"{key}_make"):
            with parts.attempt():
                st.session_state[key] = custody_sheet.make(
                    desk.db, desk.home, desk.actor, case, chosen.id, desk.now
                )
            st.rerun()
        if key in st.session_state:
            st.download_button(
                _("Beweisblatt herunterladen (PDF)"),
                data=st.session_state[key],
                file_name=f"Beweisblatt-{case.number}-B{chosen.id}.pdf",
                mime="application/pdf",
                key=f"{key}_download",
                on_click="ignore",
            )


def _pages(desk: Desk, case: Case) -> None:
    parts.section(_("Gesicherte Webseiten"))
    pages = captures.pages_of(desk.db, case.id)
    if not pages:
        parts.empty(_("Noch keine. Eine gesicherte Seite lässt sich später noch einmal prüfen."))
    for page in pages:
        _page(desk, page)


def _page(desk: Desk, page: CapturedPage) -> None:
    checks = captures.checks_of(desk.db, page.id)
    if not checks:
        return
    newest = checks[-1]
    parts.rows(
        [
            [
                capture.state_word(newest.state),
                page.url,
                formats.short_moment(newest.at, desk.now),
                capture.reason_words(newest),
            ]
        ],
        page.url,
    )
    with st.container(horizontal=True):
        if desk.may("evidence.write") and st.button(
            _("Noch einmal prüfen"), key=f"capture_again_{page.id}"
        ):
            busy = st.spinner(_("Die Seite wird geprüft."))
            with parts.attempt(), busy, open_gate(desk.db) as gate:
                check = capture.check_again(desk.db, desk.home, gate, desk.actor, page.id)
            _tell(f"capture_again_{page.id}", check)
    title = ngettext("{count} Prüfung", "{count} Prüfungen", len(checks)).format(count=len(checks))
    with st.expander(title):
        parts.rows([_check_line(desk, each) for each in reversed(checks)], title)
        changed = next((each for each in reversed(checks) if each.state == "changed"), None)
        if changed is not None:
            _changes(desk, changed)


def _check_line(desk: Desk, check: CaptureCheck) -> list[str]:
    files = evidence.evidence_of_check(desk.db, check.id)
    kept = f"B{files[0].id}–B{files[-1].id}" if files else ""
    notes = [capture.reason_words(check), kept]
    if check.screenshot:
        notes.append(_("ohne Bild"))
    return [
        formats.moment(check.at),
        capture.state_word(check.state),
        " · ".join(part for part in notes if part),
        check.actor_name,
    ]


def _changes(desk: Desk, check: CaptureCheck) -> None:
    with parts.attempt():
        changes = capture.changes_of(desk.db, desk.home, check)
    title = _("Was sich bis {at} geändert hat").format(at=formats.moment(check.at))
    words = {"before": _("weg"), "after": _("neu")}
    parts.note(title)
    parts.rows([[words[each.side], each.line] for each in changes[:_SHOWN_CHANGES]], title)
    if len(changes) > _SHOWN_CHANGES:
        parts.note(_("Gezeigt ist der Anfang; die Texte liegen vollständig bei den Belegen."))


def _authority(desk: Desk) -> None:
    with st.expander(_("Zeitstempelstelle einrichten")):
        current = timestamp.configured(desk.db)
        parts.note(
            _(
                "Eine Stelle nach RFC 3161 bestätigt, dass eine Prüfsumme zu einer Zeit bestand. "
                "Adresse leer: keine Zeitstempel."
            )
        )
        with st.form("timestamp_authority", border=False):
            url = st.text_input(
                _("Adresse der Stelle"),
                value=current.url if current else "",
                key="timestamp_authority_url",
            )
            root = st.text_area(
                _("Wurzelzertifikat (PEM)"),
                value=current.root_pem if current else "",
                key="timestamp_authority_root",
            )
            if st.form_submit_button(_("Speichern")):
                with parts.attempt():
                    timestamp.configure(desk.db, desk.actor, url, root)
                parts.flash(_("Die Zeitstempelstelle ist gespeichert."))
                st.rerun()
