"""The browser door: Streamlit and the plain routes beside it, as one ASGI application.

``krisenpult serve`` runs it; ``streamlit run app.py`` and ``uvicorn app:app`` work too.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from ui import start, web

_ROOT = Path(__file__).parent


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[dict[str, bool]]:
    start.warm()
    # Streamlit collects all generations after every rerun. With the imports of the warm-up
    # out of the collector's sight a rerun costs 8 ms of CPU instead of 90.
    gc.collect()
    gc.freeze()
    for line in start.greeting():
        print(line, file=sys.stderr, flush=True)
    yield {"ready": True}


app = st.App(
    str(_ROOT / "ui" / "main.py"),
    lifespan=_lifespan,
    routes=web.routes(),
    middleware=[Middleware(web.SecurityHeaders)],
    on_script_error=start.say_script_error,
)


def run(host: str, port: int) -> None:
    """Serve until the process is told to stop."""
    app.run(config={"server.address": host, "server.port": port})


if __name__ == "__main__":
    run("127.0.0.1", 8501)
