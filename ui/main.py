"""The Streamlit script: it lets nobody in unsigned, and finds the page for the link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import streamlit as st

from access import settings
from budget import page as budget_page
from cases.desk import Desk
from cases.pages import cases as cases_page
from cases.pages import clocks as clocks_page
from cases.pages import duty as duty_page
from cases.pages import evidence as evidence_page
from cases.pages import firm as firm_page
from cases.pages import intake as intake_page
from cases.pages import options as options_page
from cases.pages import parts
from cases.pages import steps as steps_page
from cases.pages import timeline as timeline_page
from data.i18n import N_, _
from drafting.pages import editor as editor_page
from drafting.pages import statements as statements_page
from monitoring.pages import mentions as mentions_page
from monitoring.pages import sources as sources_page
from ui import handover, session
from ui.screens import admin as admin_page
from ui.screens import board as board_page
from ui.screens import case as case_page
from ui.screens import case_file as case_file_page
from ui.screens import coverage as coverage_page
from ui.screens import event as event_page
from ui.screens import handover as handover_page
from ui.screens import own_firm as own_firm_page
from ui.screens import stakeholders as stakeholders_page

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class PageSpec:
    """One page: its name for links, title, path, the action it takes, and what shows it.

    ``visible`` pages stand in the navigation of those who may see them.
    """

    name: str
    title: str
    path: str
    action: str
    show: Callable[[Desk], None]
    visible: bool = True


PAGES = (
    PageSpec("board", N_("Lage"), "lage", "case.read", board_page.show),
    PageSpec("cases", N_("Fälle"), "faelle", "case.read", cases_page.show),
    PageSpec("mentions", N_("Meldungen"), "meldungen", "mention.read", mentions_page.show),
    PageSpec(
        "statements", N_("Stellungnahmen"), "stellungnahmen", "statement.read", statements_page.show
    ),
    PageSpec("clocks", N_("Fristen"), "fristen", "case.read", clocks_page.show),
    PageSpec("hours", N_("Leistungen"), "leistungen", "hours.read", budget_page.show_hours),
    PageSpec("duty", N_("Dienst"), "dienst", "duty.read", duty_page.show),
    PageSpec("sources", N_("Quellen"), "quellen", "source.read", sources_page.show),
    PageSpec("review", N_("Auswertung"), "auswertung", "hours.export", budget_page.show_review),
    PageSpec("own_firm", N_("Meine Firma"), "meine-firma", "own_firm.read", own_firm_page.show),
    PageSpec("admin", N_("Verwaltung"), "verwaltung", "setting.read", admin_page.show),
    PageSpec("case", N_("Fall"), "fall", "case.read", case_page.show, visible=False),
    PageSpec(
        "intake", N_("Neuer Fall"), "neuer-fall", "case.write", intake_page.show, visible=False
    ),
    PageSpec("coverage", N_("Deckung"), "deckung", "case.read", coverage_page.show, visible=False),
    PageSpec("firm", N_("Firma und Polizze"), "firma", "case.read", firm_page.show, visible=False),
    PageSpec(
        "event",
        N_("IT und Versicherungsfall"),
        "versicherungsfall",
        "case.read",
        event_page.show,
        visible=False,
    ),
    PageSpec("steps", N_("Schritte"), "schritte", "case.read", steps_page.show, visible=False),
    PageSpec(
        "stakeholders",
        N_("Beteiligte"),
        "beteiligte",
        "case.read",
        stakeholders_page.show,
        visible=False,
    ),
    PageSpec(
        "options",
        N_("Möglichkeiten"),
        "moeglichkeiten",
        "case.read",
        options_page.show,
        visible=False,
    ),
    PageSpec(
        "timeline", N_("Zeitleiste"), "zeitleiste", "case.read", timeline_page.show, visible=False
    ),
    PageSpec(
        "evidence", N_("Belege"), "belege", "evidence.read", evidence_page.show, visible=False
    ),
    PageSpec(
        "handover", N_("Übergabe"), "uebergabe", "duty.read", handover_page.show, visible=False
    ),
    PageSpec("case_file", N_("Akte"), "akte", "case.read", case_file_page.show, visible=False),
    PageSpec(
        "editor",
        N_("Stellungnahme"),
        "stellungnahme",
        "statement.read",
        editor_page.show,
        visible=False,
    ),
)


def enter() -> Desk | None:
    """The desk of the signed-in person, or None where nobody is signed in.

    The pages are registered for everybody, so that a deep link leads to the sign-in and
    not to an unknown page; what a role may not see says so.
    """
    account = session.current_account()
    if account is None:
        return None
    session.restore_language(account)
    home = session.home()
    return Desk(
        home=home,
        account=account,
        pages={},
        case_number=st.query_params.get("fall"),
        base_url=settings.base_url(home.db()),
    )


def show_page(spec: PageSpec, desk: Desk | None) -> None:
    """One page for one person: signed in, and only where the role allows it."""
    if desk is None:
        _ask_to_sign_in()
        return
    _person_line(desk)
    if not desk.may(spec.action):
        parts.header(_("Kein Zugang"))
        parts.note(_("Diese Seite gehört nicht zu Ihrer Rolle. Bitte wählen Sie oben eine andere."))
        first = next(each for each in PAGES if each.name == _first_page(desk))
        parts.link(desk, first.name, _(first.title))
        return
    spec.show(desk)


def _ask_to_sign_in() -> None:
    parts.header("Krisenpult", _("Bitte zuerst anmelden"))
    st.html('<p><a class="kp-button" href="/konto/anmelden" target="_self">Anmelden</a></p>')


def _person_line(desk: Desk) -> None:
    account = desk.account
    with st.container(horizontal=True, horizontal_alignment="right", key="person_line"):
        if desk.may("duty.read"):
            duty = parts.escape(handover.duty_line(desk.db, desk.now))
            st.html(f'<span class="kp-person kp-duty">{duty}</span>', width="content")
        st.html(f'<span class="kp-person">{parts.escape(account.name)}</span>', width="content")
        other = "en" if session.language() == "de" else "de"
        st.button(
            "English" if other == "en" else "Deutsch",
            key="language_switch",
            type="tertiary",
            on_click=session.choose_language,
            args=(account, other),
        )
        st.html(
            f'<a class="kp-quiet" href="/konto/abmelden" target="_self">{_("Abmelden")}</a>',
            width="content",
        )


def run() -> None:
    """One run of the script."""
    st.set_page_config(
        page_title="Krisenpult", page_icon=str(_HERE / "static" / "icon.png"), layout="wide"
    )
    st.html(_HERE / "style.css")
    desk, handles = with_pages(enter())
    st.navigation(list(handles.values()), position="top" if desk is not None else "hidden").run()


def with_pages(desk: Desk | None) -> tuple[Desk | None, dict[str, st.Page]]:
    """The desk with a handle for each page, and the handles; the caller registers them."""
    handles: dict[str, st.Page] = {}
    if desk is not None:
        desk = replace(desk, pages=handles)
    handles["start"] = st.Page(
        partial(_start, desk, handles), title="Krisenpult", default=True, visibility="hidden"
    )
    for spec in PAGES:
        shown = spec.visible and desk is not None and desk.may(spec.action)
        handles[spec.name] = st.Page(
            partial(show_page, spec, desk),
            title=_(spec.title),
            url_path=spec.path,
            visibility="visible" if shown else "hidden",
        )
    return desk, handles


def _start(desk: Desk | None, handles: dict[str, st.Page]) -> None:
    """The address without a page: a default page would not be found under its own path."""
    if desk is None:
        _ask_to_sign_in()
        return
    st.switch_page(handles[_first_page(desk)])


def _first_page(desk: Desk) -> str:
    if desk.may("case.read"):
        return "board"
    return "own_firm" if desk.may("own_firm.read") else "review"


if __name__ == "__main__":
    run()
