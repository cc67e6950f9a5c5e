"""Meldungen: the inbox of a case, what raised an alert, capturing by hand, and the profile."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cases import evidence
from cases import store as cases_store
from cases.desk import Desk
from cases.pages import parts
from cases.store import Case, options
from cases.store.options import NewAttack
from data import formats
from data.i18n import _, ngettext
from data.times import read_entered
from monitoring import deliver, mentions
from monitoring.match import FirmNames, Reason
from monitoring.mentions import Mention, RaisedAlert
from monitoring.score import REASON_TITLES

_PAGE_LENGTH = 20
_RESCAN_DAYS = 14
# Codes that describe a whole sentence or repeat another code; they are listed, not marked.
_NOT_MARKED = frozenset({"claim", "opinion", "question", "negated", "quoted", "other_target"})
_STATES_SHOWN = {
    "open": ("new", "attack", "watching"),
    "all": (),
    "answered": ("answered",),
    "irrelevant": ("irrelevant",),
}


def show(desk: Desk) -> None:
    """Alerts first, then the mentions, then what is needed now and then."""
    case = parts.choose_case(desk)
    if case is None:
        return
    parts.header(parts.case_title(case), parts.case_line(desk, case))
    parts.case_tabs(desk, case)
    _alerts(desk, case)
    _new_since(desk, case)
    _inbox(desk, case)
    if desk.may("mention.write"):
        _capture(desk, case)
        _profile(desk, case)


# ---------------------------------------------------------------- alerts


def _alerts(desk: Desk, case: Case) -> None:
    alerts = mentions.open_alerts(desk.db, case.id)
    if not alerts:
        return
    parts.section(_("Unbestätigte Alarme"))
    for alert in alerts:
        with st.container(key=f"alert_{alert.id}", horizontal=True):
            st.html(_alert_line(desk, alert))
            if desk.may("mention.write") and st.button(
                _("Übernehmen"), key=f"acknowledge_{alert.id}", icon=":material/check:"
            ):
                with parts.attempt():
                    mentions.acknowledge_alert(desk.db, desk.actor, alert.id)
                parts.flash(_("Der Alarm ist übernommen."))
                st.rerun()


def _alert_line(desk: Desk, alert: RaisedAlert) -> str:
    deliveries = deliver.deliveries_of(desk.db, alert.id)
    sent = ", ".join(f"{each.route_name}: {_delivery(each.state)}" for each in deliveries)
    return (
        f"{_severity(alert.severity)} "
        f"{parts.escape(formats.short_moment(alert.raised_at, desk.now))} · "
        f"{parts.escape(alert.text)}"
        + (f' <span class="kp-quiet">{parts.escape(sent)}</span>' if sent else "")
    )


def _delivery(state: str) -> str:
    return {
        "queued": _("wartet"),
        "sent": _("gesendet"),
        "failed": _("nicht zustellbar"),
    }[state]


def _severity(severity: int) -> str:
    level = formats.severity_level(severity)
    return f'<span class="kp-sev kp-{level}">{parts.escape(formats.severity(severity))}</span>'


# ---------------------------------------------------------------- the inbox


def _new_since(desk: Desk, case: Case) -> None:
    """Says that the list has grown, without moving it under the reader's hand."""
    seen = mentions.count_mentions(desk.db, case.id)

    @st.fragment(run_every="10s")
    def watch() -> None:
        new = mentions.count_mentions(desk.db, case.id) - seen
        if new <= 0:
            return
        sentence = ngettext("{n} neue Meldung", "{n} neue Meldungen", new).format(n=new)
        if st.button(sentence, key=f"show_new_{case.id}", icon=":material/refresh:"):
            st.rerun()

    watch()


def _inbox(desk: Desk, case: Case) -> None:
    parts.section(_("Meldungen"))
    if not mentions.count_mentions(desk.db, case.id):
        parts.empty(
            _(
                "Hier erscheint, was Medien und Netz über die Firma sagen. Die Suche läuft, sobald "
                "Quellen eingerichtet sind; was Sie selbst sehen, erfassen Sie unten."
            )
        )
        return
    states, gravest, copies = _filters(case)
    total = mentions.count_mentions(desk.db, case.id, states=states, copies=copies)
    page = _page(case, total)
    found = mentions.list_mentions(
        desk.db,
        case.id,
        states=states,
        copies=copies,
        order="gravest" if gravest else "newest",
        limit=_PAGE_LENGTH,
        offset=page * _PAGE_LENGTH,
    )
    if not found:
        parts.empty(_("Keine Meldung in dieser Auswahl."))
    for mention in found:
        _row(desk, mention)
    _turn(case, page, total)


def _filters(case: Case) -> tuple[Sequence[str], bool, bool]:
    with st.container(horizontal=True):
        shown = st.segmented_control(
            _("Auswahl"),
            list(_STATES_SHOWN),
            default="open",
            required=True,
            format_func=_group_word,
            key=f"mentions_shown_{case.id}",
            label_visibility="collapsed",
        )
        gravest = st.toggle(_("Schwerste zuerst"), key=f"mentions_gravest_{case.id}")
        folded = st.toggle(_("Übernahmen ausblenden"), value=True, key=f"mentions_folded_{case.id}")
    return _STATES_SHOWN[str(shown)], gravest, not folded


def _group_word(group: str) -> str:
    return {
        "open": _("offen"),
        "all": _("alle"),
        "answered": _("beantwortet"),
        "irrelevant": _("ohne Bedeutung"),
    }[group]


def _page(case: Case, total: int) -> int:
    last = max(0, (total - 1) // _PAGE_LENGTH)
    return min(int(st.session_state.get(f"mentions_page_{case.id}", 0)), last)


def _turn(case: Case, page: int, total: int) -> None:
    if total <= _PAGE_LENGTH:
        return
    first = page * _PAGE_LENGTH + 1
    last = min(total, first + _PAGE_LENGTH - 1)
    parts.note(_("{first} bis {last} von {total}").format(first=first, last=last, total=total))
    with st.container(horizontal=True):
        for step, label in ((-1, _("Zurück")), (1, _("Weiter"))):
            beyond = not 0 <= (page + step) * _PAGE_LENGTH < total
            if st.button(label, key=f"mentions_turn_{step}_{case.id}", disabled=beyond):
                st.session_state[f"mentions_page_{case.id}"] = page + step
                st.rerun()


def _row(desk: Desk, mention: Mention) -> None:
    with st.container(key=f"board_mention_{mention.id}"):
        st.html(
            f'<div class="kp-cells kp-cells-mention"><span>{_severity(mention.severity)}</span>'
            f"<span>{parts.escape(_first_words(mention))}</span>"
            f"<span>{parts.escape(mention.source_name)}</span>"
            f"<span>{parts.escape(_when(desk, mention))}</span>"
            f"<span>{parts.escape(_facts(mention))}</span></div>"
        )
        with st.expander(
            _("Ansehen und einordnen: {state}").format(state=_state_word(mention.state))
        ):
            _details(desk, mention)


def _first_words(mention: Mention) -> str:
    words = mention.title or mention.text
    return words if len(words) <= 140 else f"{words[:139]}…"


def _when(desk: Desk, mention: Mention) -> str:
    return formats.short_moment(mention.published_at or mention.first_seen_at, desk.now)


def _facts(mention: Mention) -> str:
    facts = [_role_word(mention.role)]
    if mention.attack:
        facts.insert(0, _("Angriff"))
    if mention.copy_of is not None:
        facts.append(_("Übernahme von Meldung {id}").format(id=mention.copy_of))
    if mention.evidence_id is not None:
        facts.append(_("Beleg {id}").format(id=mention.evidence_id))
    return " · ".join(fact for fact in facts if fact)


def _role_word(role: str | None) -> str:
    return {
        "culprit": _("Firma beschuldigt"),
        "victim": _("Firma geschädigt"),
        "mentioned": _("Firma erwähnt"),
        "absent": _("Firma nicht gemeint"),
    }.get(role or "", "")


def _state_word(state: str) -> str:
    return {
        "new": _("neu"),
        "attack": _("Angriff"),
        "watching": _("beobachten"),
        "answered": _("beantwortet"),
        "irrelevant": _("ohne Bedeutung"),
    }[state]


def _details(desk: Desk, mention: Mention) -> None:
    if mention.title:
        st.html(f"<strong>{_marked(mention.title, mention.reasons, 'title')}</strong>")
    st.html(f'<div class="kp-quote">{_marked(mention.text, mention.reasons, "text")}</div>')
    where = [mention.author or "", mention.url or ""]
    parts.note(" · ".join(each for each in where if each))
    parts.rows(
        [[_(REASON_TITLES.get(each.code, each.code)), each.text] for each in mention.reasons],
        _("Gründe der Einstufung"),
    )
    parts.note(
        _("Einstufung nach Regeln: Bedeutung {relevance} %, Schwere {severity} von 100.").format(
            relevance=round(100 * (mention.relevance or 0)), severity=mention.severity
        )
    )
    if mention.evidence_id is not None:
        kept = evidence.evidence_by_id(desk.db, mention.evidence_id)
        parts.note(
            _("Beleg {name}, SHA-256 {sha256}").format(name=kept.file_name, sha256=kept.sha256)
        )
    if desk.may("mention.write"):
        _choose_state(desk, mention)
        _ways_against(desk, mention)


def _ways_against(desk: Desk, mention: Mention) -> None:
    """From the mention to what can be done against it; the same mention is one allegation."""
    if not desk.may("case.write"):
        return
    if st.button(_("Möglichkeiten prüfen"), key=f"options_{mention.id}", icon=":material/gavel:"):
        with parts.attempt():
            attack = options.add_attack(
                desk.db,
                desk.actor,
                mention.case_id,
                NewAttack(
                    wording=mention.text or mention.title,
                    author=mention.author or "",
                    url=mention.url or "",
                    mention_id=mention.id,
                    evidence_id=mention.evidence_id,
                ),
            )
        parts.go(
            desk, "options", cases_store.case_by_id(desk.db, mention.case_id), vorwurf=attack.id
        )


def _choose_state(desk: Desk, mention: Mention) -> None:
    # The state is part of the key: after a change, and after a colleague's, the choice is new.
    chosen = st.segmented_control(
        _("Einordnen"),
        list(mentions.STATES),
        default=mention.state,
        required=True,
        format_func=_state_word,
        key=f"state_{mention.id}_{mention.state}",
    )
    if chosen != mention.state:
        with parts.attempt():
            mentions.set_mention_state(desk.db, desk.actor, mention.id, str(chosen))
        parts.flash(_("Meldung eingeordnet: {state}").format(state=_state_word(str(chosen))))
        st.rerun()


def _marked(text: str, reasons: Sequence[Reason], field: str) -> str:
    """``text`` escaped, with the words that reasons point at underlined and titled."""
    spans: dict[int, tuple[int, str]] = {}
    for reason in reasons:
        if reason.field != field or reason.code in _NOT_MARKED:
            continue
        if reason.start is None or reason.end is None:
            continue
        known = spans.get(reason.start)
        if known is None or known[0] < reason.end:
            spans[reason.start] = (reason.end, _(REASON_TITLES.get(reason.code, reason.code)))
    html: list[str] = []
    place = 0
    for start in sorted(spans):
        end, title = spans[start]
        if start < place:
            continue
        html.append(parts.escape(text[place:start]))
        html.append(
            '<mark style="background: none; color: inherit; border-bottom: 2px solid '
            f'var(--kp-serious)" title="{parts.escape(title)}">'
            f"{parts.escape(text[start:end])}</mark>"
        )
        place = end
    html.append(parts.escape(text[place:]))
    return "".join(html)


# ---------------------------------------------------------------- capturing by hand


def _capture(desk: Desk, case: Case) -> None:
    name = f"capture_{case.id}"
    with st.expander(_("Meldung erfassen")), st.form(name, border=False):
        parts.note(
            _(
                "Zuerst den Beleg sichern, dann ausblenden oder antworten. Vom Bildschirmfoto wird "
                "beim Eingang die Prüfsumme (SHA-256) genommen."
            )
        )
        text = st.text_area(_("Wortlaut"), key=f"{name}_text")
        one, two = st.columns(2)
        with one:
            source = st.text_input(_("Wo steht es"), key=f"{name}_source")
            author = st.text_input(_("Von wem"), key=f"{name}_author")
        with two:
            url = st.text_input(_("Adresse (URL)"), key=f"{name}_url")
            when = st.text_input(
                _("Wann veröffentlicht"), placeholder=_("TT.MM.JJJJ hh:mm"), key=f"{name}_when"
            )
        image = st.file_uploader(
            _("Bildschirmfoto"), type=["png", "jpg", "jpeg", "webp", "pdf"], key=f"{name}_image"
        )
        sent = st.form_submit_button(_("Erfassen"), type="primary")
    if not sent:
        return
    with parts.attempt():
        mention, kept = mentions.capture_mention(
            desk.db,
            desk.home,
            desk.actor,
            case.id,
            image=image.getvalue() if image is not None else None,
            file_name=image.name if image is not None else "",
            text=text,
            source_name=source,
            url=url,
            author=author,
            published_at=read_entered(when) if when.strip() else None,
            idempotency_key=parts.form_key(name),
        )
    sentence = _("Meldung erfasst und als {severity} eingestuft.").format(
        severity=formats.severity(mention.severity)
    )
    if kept is not None:
        sentence += " " + _("Beleg gesichert, SHA-256 {sha256}").format(sha256=kept.sha256)
    parts.flash(sentence)
    parts.form_done(name)
    parts.clear(*(f"{name}_{field}" for field in ("text", "source", "author", "url", "when")))
    st.rerun()


# ---------------------------------------------------------------- the profile


def _profile(desk: Desk, case: Case) -> None:
    profile = mentions.profile_of(desk.db, case.id)
    names = profile.names
    # The version is part of the keys: a colleague's newer profile is not overwritten unseen.
    name = f"profile_{case.id}_{profile.version}"
    with st.expander(_("Wonach gesucht wird")):
        if profile.updated_at is not None:
            parts.note(
                _("Fassung {version}, {name}, {at}").format(
                    version=profile.version,
                    name=profile.updated_by,
                    at=formats.moment(profile.updated_at),
                )
            )
        with st.form(name, border=False):
            firm = st.text_input(_("Name der Firma"), names.name, key=f"{name}_name")
            one, two = st.columns(2)
            with one:
                aliases = _lines(
                    _("Andere Namen, Kontonamen mit @"), names.aliases, f"{name}_alias"
                )
                people = _lines(_("Personen der Firma"), names.people, f"{name}_people")
                places = _lines(_("Orte"), names.places, f"{name}_places")
            with two:
                domains = _lines(_("Internetadressen"), names.domains, f"{name}_domains")
                exclude = _lines(
                    _("Wörter, die einen Namensvetter verraten"), names.exclude, f"{name}_exclude"
                )
                trade = st.text_input(_("Branche"), names.trade, key=f"{name}_trade")
            saved = st.form_submit_button(_("Speichern und rückwirkend suchen"))
    if not saved:
        return
    with parts.attempt():
        mentions.save_profile(
            desk.db,
            desk.actor,
            case.id,
            FirmNames(firm, aliases, domains, people, places, trade, exclude),
        )
        found = mentions.rescan(desk.db, desk.actor, case.id, _RESCAN_DAYS, desk.now)
    parts.flash(
        ngettext(
            "Gespeichert. In den letzten {days} Tagen fand sich {n} weitere Meldung.",
            "Gespeichert. In den letzten {days} Tagen fanden sich {n} weitere Meldungen.",
            found,
        ).format(days=_RESCAN_DAYS, n=found)
    )
    st.rerun()


def _lines(label: str, texts: Sequence[str], key: str) -> tuple[str, ...]:
    """A text area with one entry a line."""
    entered = st.text_area(label, "\n".join(texts), key=key, height=92)
    return tuple(entered.splitlines())
