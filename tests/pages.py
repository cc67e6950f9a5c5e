"""Running one page in process, as a signed-in person."""

from __future__ import annotations

import os
from collections.abc import Mapping

from streamlit.testing.v1 import AppTest

import ui.session  # noqa: F401 (plugs in where the language comes from, before a test does)
from access import accounts
from access.actor import Actor
from data import Home


def token_for(home: Home, actor: Actor) -> str:
    """A session of the actor's account."""
    assert actor.account_id is not None
    return accounts.open_session(home.db(), actor.account_id)


def _script(module: str, function: str) -> None:
    """The page under test as the first page; the other pages only say where a link led."""
    import importlib
    from dataclasses import replace
    from functools import partial

    import streamlit as st

    from ui import main

    desk = main.enter()
    if desk is None:
        st.text("signed out")
        return
    handles: dict[str, st.Page] = {}
    desk = replace(desk, pages=handles)

    def under_test() -> None:
        if module == "registered":
            spec = next(each for each in main.PAGES if each.name == function)
            main.show_page(spec, desk)
        else:
            getattr(importlib.import_module(module), function)(desk)

    def elsewhere(name: str) -> None:
        st.text(f"opened: {name}")

    first = st.Page(under_test, title="under test", url_path="under_test", default=True)
    for spec in main.PAGES:
        handles[spec.name] = st.Page(
            partial(elsewhere, spec.name), title=spec.name, url_path=spec.path
        )
    st.navigation([first, *handles.values()], position="hidden").run()


def open_page(
    home: Home,
    actor: Actor,
    module: str,
    function: str = "show",
    query: Mapping[str, str] | None = None,
    language: str = "de",
) -> AppTest:
    """The page after its first run; ``query`` is what its link carries.

    With the module "registered", ``function`` is a page's name, opened as the navigation
    opens it: behind the question whether the role may see it.
    """
    os.environ["KRISENPULT_HOME"] = str(home.path)
    page = AppTest.from_function(_script, kwargs={"module": module, "function": function})
    page.default_timeout = 30
    page.session_state["session_token"] = token_for(home, actor)
    page.session_state["language"] = language
    for name, value in (query or {}).items():
        page.query_params[name] = value
    return page.run()


def words(page: AppTest) -> str:
    """Everything the page says, as one text."""
    said = [*page.markdown, *page.text, *page.error, *page.warning, *page.success, *page.info]
    html = [element.proto.body for element in page.get("html")]
    return "\n".join([str(element.value) for element in said] + html)
