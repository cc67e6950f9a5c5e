"""The plain routes beside Streamlit: sign-in, set-up, owner approval, inbound mentions, health.

They are plain HTML and JSON, because a phone on a bad line opens them, and other systems.
Streamlit gives these routes no XSRF check, so every form is checked for its origin here.
"""

from __future__ import annotations

import html
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from access import accounts, links, setup
from access.errors import AccessError, WeakPassword
from data import Database, InputError, KrisenpultError, now, transaction
from data.fields import Fields, without_half_characters
from data.i18n import _
from drafting import owner
from monitoring import mentions
from ui import session

DEMO_PURPOSE = "demo_sign_in"
_LARGEST_API_BODY = 256 * 1024
_LARGEST_FORM = 64 * 1024
_MOST_FIELDS = 20
_LONGEST_KEY = 200

_CSP_PLAIN = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; font-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_CSP_APP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self';"
    " worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'self'; form-action 'self';"
    " object-src 'none'"
)

_PAGE = """<!doctype html>
<html lang="de"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title} – Krisenpult</title>
<style>
body {{ margin: 0; font: 16px/1.5 Inter, system-ui, sans-serif; background: #FBFAF7; color: #1E2430; }}
main {{ max-width: 22rem; margin: 12vh auto 0; padding: 0 20px; }}
h1 {{ font-size: 22px; margin: 0 0 4px; }} p {{ margin: 6px 0 14px; color: #5A6270; }}
label {{ display: block; margin: 14px 0 4px; font-weight: 600; }}
input {{ width: 100%; box-sizing: border-box; font: inherit; padding: 10px; border: 1px solid #8a8f98; border-radius: 4px; background: #fff; color: inherit; }}
button {{ margin-top: 18px; width: 100%; font: inherit; font-weight: 600; padding: 11px; border: 0; border-radius: 4px; background: #0B5E6B; color: #fff; }}
button:focus-visible, input:focus-visible {{ outline: 3px solid #0B5E6B; outline-offset: 2px; }}
.no {{ color: #9B1237; font-weight: 600; }} ul {{ list-style: none; padding: 0; }} li form button {{ background: none; border: 1px solid #0B5E6B; color: #0B5E6B; margin-top: 8px; }}
@media (prefers-color-scheme: dark) {{
body {{ background: #14181E; color: #E9ECEF; }} p {{ color: #A7B0BC; }}
input {{ background: #1E242C; border-color: #6b7480; }} button {{ background: #167684; }}
.no {{ color: #FF6B8A; }} li form button {{ border-color: #6CC7D3; color: #6CC7D3; }} }}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"""

Handler = Callable[[Request], Awaitable[Response]]


class SecurityHeaders:
    """ASGI middleware: every answer carries its headers, and a page says it is German.

    Streamlit's page claims to be English, and a screen reader would read German with English
    sounds. The page is asked for uncompressed, so that the one word can be changed.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request; only HTTP is touched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        asks_for_page = any(
            name == b"accept" and b"text/html" in value for name, value in scope["headers"]
        )
        is_page = False

        async def send_with_headers(message: Any) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                present = dict(message["headers"])
                # Our own pages bring their policy and name their language themselves.
                is_page = b"content-security-policy" not in present and present.get(
                    b"content-type", b""
                ).startswith(b"text/html")
                message["headers"] = [
                    *message["headers"],
                    *(pair for pair in _HEADERS if pair[0] not in present),
                ]
            elif is_page and message.get("body"):
                # As long as what it replaces: the length that was announced stays true.
                message["body"] = message["body"].replace(b'<html lang="en"', b'<html lang="de"')
            await send(message)

        if asks_for_page:
            scope = {**scope, "headers": headers}
        await self.app(scope, receive, send_with_headers)


_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", _CSP_APP.encode()),
)


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(
        _PAGE.format(title=html.escape(title), body=body), status, headers=_plain_headers()
    )


def _plain_headers() -> dict[str, str]:
    return {"content-security-policy": _CSP_PLAIN, "cache-control": "no-store"}


def _refusal(error: KrisenpultError) -> str:
    return f'<p class="no" role="alert">{html.escape(error.sentence())}</p>'


def _same_origin(request: Request) -> bool:
    """Whether a form was sent from a page of this server, as far as the browser says."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None or origin == "null":
        # The owner's page asks for no referrer; older browsers then send "null".
        return True
    return urlsplit(origin).netloc == request.headers.get("host")


async def _body(request: Request, most: int) -> bytes:
    """The body, as far as ``most`` bytes. Raises HTTPException 413 beyond that."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise HTTPException(413)
    return bytes(body)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises HTTPException 413, or 400 where there are too many."""
    body = await _body(request, _LARGEST_FORM)
    try:
        fields = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise HTTPException(400) from None
    return dict(fields)


def _with_session(token: str, target: str, request: Request) -> RedirectResponse:
    response = RedirectResponse(target, 303, headers={"cache-control": "no-store"})
    response.set_cookie(
        session.COOKIE,
        token,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        max_age=int(accounts.SESSION_LONGEST.total_seconds()),
        path="/",
    )
    return response


def _sign_in_form(error: str = "", email: str = "") -> str:
    return (
        f"<p>{_('Melden Sie sich mit Ihrem Konto an.')}</p>{error}"
        '<form method="post" action="/konto/anmelden">'
        f'<label for="email">{_("E-Mail")}</label>'
        f'<input id="email" name="email" type="email" autocomplete="username" required'
        f' value="{html.escape(email, quote=True)}">'
        f'<label for="password">{_("Passwort")}</label>'
        '<input id="password" name="password" type="password"'
        ' autocomplete="current-password" required>'
        f"<button>{_('Anmelden')}</button></form>"
    )


async def sign_in(request: Request) -> Response:
    """GET shows the form, POST opens a session."""
    if request.method != "POST":
        return _page("Krisenpult", _sign_in_form())
    if not _same_origin(request):
        return _page("Krisenpult", _sign_in_form(), 403)
    form = await _form(request)
    email = form.get("email", "")
    try:
        token = await run_in_threadpool(
            lambda: accounts.sign_in(session.home().db(), email, form.get("password", ""))
        )
    except AccessError as error:
        return _page("Krisenpult", _sign_in_form(_refusal(error), email), 401)
    return _with_session(token, "/", request)


async def sign_out(request: Request) -> Response:
    """GET asks, POST ends the session everywhere."""
    if request.method != "POST" or not _same_origin(request):
        body = (
            f"<p>{_('Die Sitzung wird auf diesem Gerät beendet.')}</p>"
            f'<form method="post"><button>{_("Abmelden")}</button></form>'
        )
        return _page(_("Abmelden"), body, 403 if request.method == "POST" else 200)
    token = request.cookies.get(session.COOKIE)
    if token:
        await run_in_threadpool(lambda: accounts.sign_out(session.home().db(), token))
    response = RedirectResponse("/konto/anmelden", 303)
    response.delete_cookie(session.COOKIE, path="/")
    return response


def _setup_form(error: str = "") -> str:
    least = accounts.PASSWORD_LEAST
    hint = _("Wählen Sie ein Passwort mit mindestens {least} Zeichen.").format(least=least)
    return (
        f"<p>{html.escape(hint)}</p>{error}"
        f'<form method="post"><label for="password">{_("Passwort")}</label>'
        f'<input id="password" name="password" type="password" autocomplete="new-password"'
        f' minlength="{least}" required>'
        f"<button>{_('Konto einrichten')}</button></form>"
    )


async def set_up(request: Request) -> Response:
    """The one-time link of a new account: its person chooses the password."""
    token = request.path_params["token"]
    title = _("Konto einrichten")

    def answer(password: str | None) -> Response:
        db = session.home().db()
        try:
            link = links.look_up(db, token, setup.PURPOSE)
            if password is None:
                return _page(title, _setup_form())
            account = accounts.account_by_id(db, link.subject_id)
            with transaction(db):
                # First: of two that send a password at once, one finds the link used up.
                links.use(db, link.id)
                accounts.set_password(db, account.actor, account.id, password)
        except WeakPassword as error:
            return _page(title, _setup_form(_refusal(error)), 422)
        except AccessError as error:
            return _page(title, _refusal(error), 410)
        return _with_session(accounts.open_session(db, account.id), "/", request)

    if request.method != "POST":
        return await run_in_threadpool(answer, None)
    if not _same_origin(request):
        return _page(title, _setup_form(), 403)
    form = await _form(request)
    return await run_in_threadpool(answer, form.get("password", ""))


async def demo_sign_in(request: Request) -> Response:
    """A demo account's link: signs in as often as it is opened, on the demo's own home."""
    token = request.path_params["token"]

    def answer() -> Response:
        db = session.home().db()
        try:
            link = links.look_up(db, token, DEMO_PURPOSE)
        except AccessError as error:
            return _page("Krisenpult", _refusal(error), 410)
        return _with_session(accounts.open_session(db, link.subject_id), "/", request)

    return await run_in_threadpool(answer)


async def owner_page(request: Request) -> Response:
    """The owner's page: GET shows the exact text, POST takes the decision with the PIN."""
    token = request.path_params["token"]
    language = "en" if request.query_params.get("sprache") == "en" else "de"
    if request.method != "POST":
        status, page = await run_in_threadpool(
            lambda: owner.render_page(session.home().db(), token, language, now())
        )
        return HTMLResponse(page, status, headers=_plain_headers())
    if not _same_origin(request):
        return _page("Krisenpult", "", 403)
    form = await _form(request)
    status, page = await run_in_threadpool(
        lambda: owner.handle_decision(session.home().db(), token, form, language, now())
    )
    return HTMLResponse(page, status, headers=_plain_headers())


async def health(_request: Request) -> Response:
    """200 with {"status": "ok"} where the database answers."""
    await run_in_threadpool(lambda: session.home().db().execute("SELECT 1").fetchone())
    return JSONResponse({"status": "ok"})


async def api_mentions(request: Request) -> Response:
    """POST a mention from a monitoring service.

    Bearer token, JSON {"text", "source"?, "case"?, "url"?, "title"?, "author"?, "published"?}
    and an Idempotency-Key header. Without a case the text meets the watch profiles of all open
    cases. 200 with {"mentions": [ids]}, or 401, 405, 413, 422 with {"error": sentence}.
    """
    if request.method != "POST":
        # Without this the address would fall through to Streamlit's page.
        return JSONResponse({"error": _("Hier gilt nur POST.")}, 405, headers={"allow": "POST"})
    token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    try:
        body = await _body(request, _LARGEST_API_BODY)
    except HTTPException:
        return JSONResponse({"error": _("Die Nachricht ist zu groß.")}, 413)
    key = request.headers.get("idempotency-key", "").strip()

    def answer() -> Response:
        db = session.home().db()
        name = mentions.check_api_token(db, token)
        if name is None:
            return JSONResponse({"error": _("Das Zugriffszeichen gilt nicht.")}, 401)
        try:
            kept = _keep_inbound(db, name, key, body)
        except KrisenpultError as error:
            return JSONResponse({"error": error.sentence()}, 422)
        return JSONResponse({"mentions": [mention.id for mention in kept]})

    return await run_in_threadpool(answer)


def _keep_inbound(db: Database, name: str, key: str, body: bytes) -> list[mentions.Mention]:
    if not 1 <= len(key) <= _LONGEST_KEY:
        raise InputError("Idempotency-Key", f"takes 1 to {_LONGEST_KEY} characters")
    try:
        fields = Fields(without_half_characters(json.loads(body)))
    except (ValueError, RecursionError):
        raise InputError("body", "takes a JSON object") from None
    return mentions.add_api_mention(
        db,
        name,
        text=fields.text("text"),
        source_name=fields.text("source", name),
        idempotency_key=key,
        case_number=fields.text("case", None),
        title=fields.text("title", ""),
        url=fields.text("url", ""),
        author=fields.text("author", ""),
        published_at=fields.moment("published", None),
    )


def routes() -> list[Route]:
    """All plain routes."""
    return [
        Route("/konto/anmelden", sign_in, methods=["GET", "POST"]),
        Route("/konto/abmelden", sign_out, methods=["GET", "POST"]),
        Route("/konto/einrichten/{token}", set_up, methods=["GET", "POST"]),
        Route("/konto/demo/{token}", demo_sign_in, methods=["GET"]),
        Route("/f/{token}", owner_page, methods=["GET", "POST"]),
        Route("/health", health, methods=["GET"]),
        Route("/api/mentions", api_mentions, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]
