"""The owner's page: the exact text, and what the owner decides about it.

Plain HTML without a script or a foreign file, because it is opened on a phone with a bad
line, by someone who is having a bad day. Opening it changes nothing: mail scanners open
links too, some with a whole browser. Only a sent form with the PIN told by telephone does,
and only for the content whose hash was shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from string import Template
from typing import NamedTuple

from sqlite_utils import Database

from access import links
from access.actor import Actor
from access.errors import AccessError, UnknownLink
from cases import store as cases
from data import transaction
from data.i18n import N_, _
from data.times import local
from drafting import store
from drafting.channels import channel
from drafting.diff import Piece
from drafting.errors import MayNotApprove, Refused, TextChanged, UnknownDecision
from drafting.findings import Finding

_LONGEST_COMMENT = 2000
_RECIPIENTS_SHOWN = 60

DECISIONS = ("approve", "reject", "call")


class OwnerResult(NamedTuple):
    """The HTTP status and the whole HTML page."""

    status: int
    html: str


@dataclass(frozen=True)
class OwnerView:
    """Everything the page shows. ``text_language`` is the language of the statement."""

    public_name: str
    title: str
    text: str
    text_language: str
    channel: str
    audience: str
    recipients: tuple[str, ...]
    content_hash: str
    version: int
    findings: tuple[Finding, ...]
    passed: Mapping[str, str]
    changes: tuple[Piece, ...]
    expires_at: datetime
    contact: str


_STYLE = """
:root{color-scheme:light dark;--ink:#1E2430;--grey:#5A6270;--paper:#FBFAF7;--sheet:#fff;
--line:#C9C4B8;--accent:#0B5E6B;--critical:#9B1237;--kept:#2F6B3A}
@media(prefers-color-scheme:dark){:root{--ink:#E9ECEF;--grey:#A7B0BC;--paper:#14181E;
--sheet:#1E242C;--line:#3A434E;--accent:#167684;--critical:#FF6B8A;--kept:#7CC48A}}
*{box-sizing:border-box}[hidden]{display:none!important}
body{margin:0;background:var(--paper);color:var(--ink);
font:18px/1.5 Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:40rem;margin:0 auto;padding:16px 16px 48px}
.firm{margin:0;font-weight:600}
h1{font-size:18px;line-height:1.4;font-weight:400;margin:2px 0 14px}
h2{font-size:18px;margin:28px 0 6px}
.text{background:var(--sheet);border:1px solid var(--line);border-radius:3px;padding:16px;
font-size:20px;white-space:pre-wrap;overflow-wrap:anywhere;margin:0}
.subject{font-weight:600;margin:0 0 6px;overflow-wrap:anywhere}
.grey{color:var(--grey)}
.no{color:var(--critical);font-weight:600}
.done{color:var(--kept);font-weight:600}
label{display:block;font-weight:600;margin:18px 0 4px}
input,textarea{width:100%;font:inherit;padding:12px;border:1px solid var(--grey);
border-radius:3px;background:var(--sheet);color:inherit}
input{font-size:24px;letter-spacing:.2em;font-variant-numeric:tabular-nums}
textarea{min-height:5em;margin-top:6px}details{margin-top:12px}summary{padding:4px 0}
button{display:block;width:100%;min-height:52px;margin:12px 0 0;font:inherit;font-weight:600;
border-radius:3px;border:1px solid var(--accent);background:var(--sheet);color:var(--ink)}
button.main{background:var(--accent);color:#fff}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
a{color:inherit}
del{color:var(--critical)}
ins{color:var(--kept);text-decoration-thickness:2px}
ul{padding-left:1.2em}li{overflow-wrap:anywhere}
.hash{font-size:15px;overflow-wrap:anywhere}
""".strip()

_PAGE = Template(
    """<!doctype html>
<html lang="$language"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<style>$style</style></head><body><main>
$body
</main></body></html>
"""
)


def _document(title: str, body: str, language: str) -> str:
    return _PAGE.substitute(language=language, title=escape(title), style=_STYLE, body=body)


def _paragraph(text: str, kind: str = "") -> str:
    attribute = f' class="{kind}"' if kind else ""
    return f"<p{attribute}>{escape(text)}</p>"


def page(view: OwnerView, language: str, *, problem: str = "", comment: str = "") -> str:
    """The page with the text and the form. ``problem`` is the sentence about the last try."""
    parts = [
        _paragraph(view.public_name, "firm"),
        f"<h1>{escape(_('Bitte lesen Sie diesen Text und sagen Sie, ob er so hinausgehen darf.', language))}</h1>",
        f'<p class="no" role="alert">{escape(problem)}</p>' if problem else "",
        _paragraph(view.title, "subject"),
        f'<p class="text" lang="{escape(view.text_language)}">{escape(view.text)}</p>',
        _destination(view, language),
        _form(view, language, comment),
        _open_findings(view, language),
        _difference(view, language),
        _small_print(view, language),
    ]
    return _document(
        _("Freigabe: {name}", language).format(name=view.public_name),
        "\n".join(part for part in parts if part),
        language,
    )


def _destination(view: OwnerView, language: str) -> str:
    where = _("Kanal: {channel}", language).format(channel=_(view.channel, language))
    if view.audience:
        where += " – " + view.audience
    if not view.recipients:
        return _paragraph(where)
    shown = view.recipients[:_RECIPIENTS_SHOWN]
    more = len(view.recipients) - len(shown)
    entries = "".join(f"<li>{escape(each)}</li>" for each in shown)
    if more:
        rest = _("und {number} weitere", language).format(number=more)
        entries += f"<li>{escape(rest)}</li>"
    heading = _("Geht einzeln an: {number}", language).format(number=len(view.recipients))
    return (
        f"{_paragraph(where)}<details><summary>{escape(heading)}</summary>"
        f"<ul>{entries}</ul></details>"
    )


def _form(view: OwnerView, language: str, comment: str) -> str:
    pin = escape(_("PIN, die Sie am Telefon bekommen haben", language))
    remark = escape(_("Anmerkung: was soll anders sein?", language))
    opened = " open" if comment else ""
    approve = escape(_("Freigeben", language))
    reject = escape(_("Ablehnen", language))
    call = escape(_("Rufen Sie mich an", language))
    # The first button is what the Enter key presses; a switched-off one makes it press nothing,
    # so that typing the PIN alone never decides.
    return (
        '<form method="post"><button disabled hidden></button>'
        f'<input type="hidden" name="content_hash" value="{escape(view.content_hash)}">'
        f'<label for="pin">{pin}</label>'
        '<input id="pin" name="pin" inputmode="numeric" autocomplete="off" maxlength="9" required>'
        f'<details{opened}><summary id="remark">{remark}</summary>'
        f'<textarea name="comment" aria-labelledby="remark" maxlength="{_LONGEST_COMMENT}">'
        f"{escape(comment)}</textarea></details>"
        f'<button class="main" name="decision" value="approve">{approve}</button>'
        f'<button name="decision" value="reject">{reject}</button>'
        f'<button name="decision" value="call" formnovalidate>{call}</button></form>'
    )


def _open_findings(view: OwnerView, language: str) -> str:
    if not view.findings:
        return ""
    lines = []
    for each in view.findings:
        line = f"„{each.quote}“: {each.message}" if each.quote else each.message
        reason = view.passed.get(f"{each.kind}:{each.quote}")
        if reason:
            line += " " + _("Bewusst so gelassen: {reason}", language).format(reason=reason)
        lines.append(f"<li>{escape(line)}</li>")
    heading = escape(_("Worauf wir Sie hinweisen", language))
    return f"<h2>{heading}</h2><ul>{''.join(lines)}</ul>"


def _difference(view: OwnerView, language: str) -> str:
    if not view.changes:
        return ""
    tags = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
    pieces = "".join(tags[each.kind].format(escape(each.text)) for each in view.changes)
    heading = escape(_("Geändert seit Ihrer letzten Freigabe", language))
    return f'<h2>{heading}</h2><p class="text">{pieces}</p>'


def _small_print(view: OwnerView, language: str) -> str:
    until = local(view.expires_at).strftime("%d.%m.%Y, %H:%M")
    lines = [
        _("Sie entscheiden über genau diesen Text in Version {version}.", language).format(
            version=view.version
        ),
        _("Dieser Link gilt bis {until} Uhr.", language).format(until=until),
        _("Ihre Ansprechperson: {name}", language).format(name=view.contact),
    ]
    switch = (
        '<a href="?sprache=en" lang="en" hreflang="en">English</a>'
        if language == "de"
        else '<a href="?sprache=de" lang="de" hreflang="de">Deutsch</a>'
    )
    code = escape(_("Prüfsumme: {hash}", language).format(hash=view.content_hash))
    heading = escape(_("Zu dieser Seite", language))
    return (
        f"<h2>{heading}</h2>"
        + "".join(_paragraph(line, "grey") for line in lines)
        + f'<p class="grey hash">{code}</p><p>{switch}</p>'
    )


def notice(title: str, sentence: str, language: str, *, good: bool = False) -> str:
    """A page with one sentence: what was kept, or why nothing is asked here."""
    body = f'<p class="firm">{escape(title)}</p><p class="{"done" if good else "no"}" role="status">{escape(sentence)}</p>'
    return _document(title, body, language)


_STATUS: Mapping[type[Exception], int] = {
    UnknownLink: 404,
    MayNotApprove: 403,
    TextChanged: 409,
    UnknownDecision: 422,
}
_DONE = {
    "approve": N_("Danke. Sie haben den Text um {time} Uhr freigegeben; er geht jetzt hinaus."),
    "reject": N_(
        "Danke. Sie haben den Text um {time} Uhr abgelehnt. "
        "Es geht nichts hinaus; Ihre Beraterin, Ihr Berater meldet sich."
    ),
    "call": N_("Wir rufen Sie an. Bis dahin geht nichts hinaus."),
}


def _refused(error: AccessError | Refused | UnknownDecision, language: str) -> OwnerResult:
    if isinstance(error, AccessError):
        status = _STATUS.get(type(error), 410)
    else:
        status = _STATUS.get(type(error), 409)
    # What a step refuses is addressed to the desk; the owner is told what it means here.
    shown = (
        TextChanged()
        if isinstance(error, Refused) and not isinstance(error, MayNotApprove)
        else error
    )
    return OwnerResult(status, notice(_("Freigabe", language), shown.sentence(language), language))


def _view(db: Database, link: links.Link) -> tuple[OwnerView, store.ApprovalRequest]:
    """What the page shows. Raises TextChanged where the request is not about the present text."""
    request = store.request_of_link(db, link.id)
    if request.content_hash != store.present_hash(db, request.statement_id):
        raise TextChanged
    statement = store.statement_by_id(db, request.statement_id)
    if statement.state != "review":
        raise TextChanged
    version = store.version_by_id(db, request.version_id)
    state = store.approval_state(db, statement.id)
    examination = store.examination_of(db, statement, version.text)
    view = OwnerView(
        public_name=cases.case_by_id(db, statement.case_id).public_name,
        title=statement.title,
        text=version.text,
        text_language=statement.language,
        channel=channel(statement.channel).label,
        audience=statement.audience,
        recipients=tuple(
            f"{each.name} ({each.email})" if each.email and each.email != each.name else each.name
            for each in store.recipients_of(db, statement.id)
        ),
        content_hash=request.content_hash,
        version=version.version,
        findings=tuple(each for each in examination.findings if each.severity != "info"),
        passed={
            f"{each.finding_kind}:{each.quote}": each.reason
            for each in store.overrides_of(db, version.id)
        },
        changes=state.changes,
        expires_at=request.expires_at,
        contact=request.requested_by,
    )
    return view, request


def render_page(db: Database, token: str, language: str, now: datetime) -> OwnerResult:
    """The page behind a link. Changes nothing, however often it is opened."""
    try:
        link = links.look_up(db, token, store.LINK_PURPOSE, now)
        view, _request = _view(db, link)
    except (AccessError, Refused) as error:
        return _refused(error, language)
    return OwnerResult(200, page(view, language))


def handle_decision(
    db: Database, token: str, form: Mapping[str, str], language: str, now: datetime
) -> OwnerResult:
    """A sent form: ``decision`` approve, reject or call, ``pin``, ``content_hash``, ``comment``.

    PIN and decision are one transaction: a right PIN whose decision is refused stays unused,
    a wrong one costs one of five tries. The call needs no PIN, because it decides nothing.
    """
    decision = form.get("decision", "")
    comment = form.get("comment", "")[:_LONGEST_COMMENT]
    try:
        if decision not in DECISIONS:
            raise UnknownDecision
        link = links.look_up(db, token, store.LINK_PURPOSE, now)
        view, request = _view(db, link)
        if form.get("content_hash") != view.content_hash:
            raise TextChanged
        actor = _owner(db, request)
        if decision == "call":
            store.want_call(db, actor, request, now)
            return _done(view, decision, now, language)
        with transaction(db):
            problem = links.enter_pin(db, link.id, form.get("pin", ""), now)
            if problem is None:
                store.decide_by_link(
                    db,
                    actor,
                    request,
                    approved=decision == "approve",
                    shown_hash=view.content_hash,
                    comment=comment,
                    at=now,
                )
    except (AccessError, Refused, UnknownDecision) as error:
        return _refused(error, language)
    if problem is not None:
        return OwnerResult(
            403, page(view, language, problem=problem.sentence(language), comment=comment)
        )
    return _done(view, decision, now, language)


def _owner(db: Database, request: store.ApprovalRequest) -> Actor:
    statement = store.statement_by_id(db, request.statement_id)
    firm_id = cases.case_by_id(db, statement.case_id).firm_id
    person = next(each for each in cases.people_of(db, firm_id) if each.id == request.person_id)
    return Actor(kind="owner_link", name=person.name, role="owner")


def _done(view: OwnerView, decision: str, now: datetime, language: str) -> OwnerResult:
    sentence = _(_DONE[decision], language).format(time=local(now).strftime("%H:%M"))
    return OwnerResult(200, notice(view.public_name, sentence, language, good=True))
