"""Verwaltung: accounts, where mail and alerts go, and whether everything is whole."""

from __future__ import annotations

import streamlit as st

from access import accounts, audit, roles, settings, setup
from cases.desk import Desk
from cases.pages import parts
from data import formats, parse_utc
from data.i18n import _
from monitoring import deliver, mentions
from ui import operations


def show(desk: Desk) -> None:
    """Accounts, settings, alert routes, the audit chain."""
    parts.header(_("Verwaltung"), _("Konten, Zustellung, Prüfung"))
    left, right = st.columns(2, gap="large")
    with left:
        _accounts(desk)
        _chain(desk)
    with right:
        _settings(desk)
        _routes(desk)
        _tokens(desk)


def _accounts(desk: Desk) -> None:
    parts.section(_("Konten"))
    parts.rows(
        [
            [
                each.name,
                each.email,
                _role(each.role),
                "" if each.has_password else _("noch nicht eingerichtet"),
            ]
            for each in accounts.list_accounts(desk.db)
        ],
        _("Konten"),
    )
    link = st.session_state.pop("setup_link", None)
    if link:
        parts.note(_("Einmaliger Link zum Einrichten, zwei Tage gültig:"))
        st.code(link, language=None)
    with st.expander(_("Konto anlegen")), st.form("new_account", border=False):
        email = st.text_input(_("E-Mail"), key="new_account_email")
        name = st.text_input(_("Name"), key="new_account_name")
        role = st.selectbox(_("Rolle"), roles.ROLES, format_func=_role, key="new_account_role")
        if st.form_submit_button(_("Anlegen")):
            with parts.attempt():
                added = accounts.add_account(
                    desk.db, desk.actor, email=email, role=role, name=name.strip() or None
                )
                st.session_state["setup_link"] = setup.link(desk.db, added.id)
            parts.flash(_("Das Konto {email} ist angelegt.").format(email=added.email))
            st.rerun()


def _role(role: str) -> str:
    return {
        "consultant": _("Beratung"),
        "owner": _("Inhaber:in"),
        "reviewer": _("Kostenprüfung"),
        "admin": _("Administration"),
    }[role]


# key, label, what it is for
def _keys() -> tuple[tuple[str, str, str], ...]:
    return (
        ("base_url", _("Adresse des Krisenpults"), "https://pult.example"),
        ("smtp_host", _("Postausgang: Rechner"), "mail.example"),
        ("smtp_port", _("Postausgang: Port"), "587"),
        ("smtp_security", _("Postausgang: Sicherheit (starttls, tls, none)"), "starttls"),
        ("smtp_user", _("Postausgang: Benutzer"), ""),
        ("smtp_from", _("Absender"), "desk@pult.example"),
    )


def _settings(desk: Desk) -> None:
    parts.section(_("Zustellung"))
    parts.note(
        _("Passwörter stehen nicht hier, sondern in der Umgebung (KRISENPULT_SMTP_PASSWORD).")
    )
    with st.form("settings", border=False):
        values = {
            key: st.text_input(
                label,
                value=settings.get(desk.db, key) or "",
                placeholder=example,
                key=f"setting_{key}",
            )
            for key, label, example in _keys()
        }
        if st.form_submit_button(_("Speichern")):
            with parts.attempt():
                for key, value in values.items():
                    settings.put(desk.db, desk.actor, key, value.strip())
            parts.flash(_("Gespeichert."))
            st.rerun()


def _routes(desk: Desk) -> None:
    parts.section(_("Alarmwege"))
    known = deliver.list_routes(desk.db)
    if not known:
        parts.empty(
            _("Noch kein Alarmweg. Ohne ihn erscheint ein Alarm nur hier in der Anwendung.")
        )
    parts.rows(
        [
            [
                route.name,
                _("ab Schwere {severity}").format(severity=route.min_severity),
                _("aktiv") if route.enabled else _("aus"),
            ]
            for route in known
        ],
        _("Alarmwege"),
    )
    with st.expander(_("Alarmweg anlegen")), st.form("new_route", border=False):
        name = st.text_input(_("Name"), key="route_name")
        url = st.text_input(
            _("Apprise-Adresse"),
            key="route_url",
            placeholder="mailto://mail.example:587?from=desk@pult.example&to=dienst@pult.example",
            type="password",
        )
        least = st.slider(_("Ab Schwere"), 0, 100, 25, key="route_least")
        if st.form_submit_button(_("Anlegen")):
            with parts.attempt():
                deliver.add_route(desk.db, desk.actor, name=name, url=url, min_severity=least)
            parts.flash(_("Der Alarmweg ist angelegt."))
            st.rerun()


def _tokens(desk: Desk) -> None:
    parts.section(_("Schnittstelle für Meldungen (POST /api/mentions)"))
    parts.rows(
        [
            [
                token.name,
                _("seit {at}").format(at=formats.day(token.created_at)),
                _("zurückgezogen") if token.revoked_at else _("gilt"),
            ]
            for token in mentions.list_api_tokens(desk.db)
        ],
        _("Zugriffszeichen"),
    )
    made = st.session_state.pop("api_token", None)
    if made:
        parts.note(_("Dieses Zugriffszeichen steht nur jetzt hier:"))
        st.code(made, language=None)
    with st.expander(_("Zugriffszeichen anlegen")), st.form("new_token", border=False):
        name = st.text_input(_("Für welchen Dienst"), key="token_name")
        if st.form_submit_button(_("Anlegen")):
            with parts.attempt():
                st.session_state["api_token"] = mentions.create_api_token(desk.db, desk.actor, name)
            st.rerun()


def _chain(desk: Desk) -> None:
    parts.section(_("Prüfung"))
    if st.button(_("Kette, Belege und Leistungen prüfen"), key="verify"):
        report = operations.verify(desk.home)
        if report["ok"]:
            st.success(
                _("Alles unversehrt: {entries} Einträge, {files} Belege.").format(
                    entries=report["audit_entries"], files=report["evidence_files"]
                )
            )
        else:
            for problem in report["problems"]:
                st.error(parts.plain(problem))
    with st.expander(_("Letzte Einträge im Protokoll")):
        parts.rows(
            [
                [formats.moment(parse_utc(each.at)), each.actor_name, each.action, each.subject]
                for each in audit.entries(desk.db, limit=50)
            ],
            _("Protokoll"),
        )
