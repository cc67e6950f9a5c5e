"""The German words for the values of this room, and the marks of a finding."""

from __future__ import annotations

from collections.abc import Sequence

from cases.pages import parts
from data.i18n import _
from drafting import approval
from drafting.channels import channel as channel_named
from drafting.findings import Finding

# How a finding is underlined: never by colour alone.
_LINES = {
    "block": "underline solid 2px var(--kp-critical)",
    "warn": "underline dashed 2px var(--kp-serious)",
    "info": "underline dotted 2px var(--kp-watch)",
}
_STRENGTH = ("block", "warn", "info")


def state(value: str) -> str:
    """The state of a statement."""
    return _(approval.STATE_WORDS[value])


def standing(value: str) -> str:
    """How the present text stands with the owner."""
    return _(approval.STANDING_WORDS[value])


def channel(name: str) -> str:
    """What a channel is called."""
    return _(channel_named(name).label)


def language(name: str) -> str:
    """The language of a statement."""
    return {"de": _("Deutsch"), "en": _("Englisch")}[name]


def severity(name: str) -> str:
    """How much a finding weighs."""
    return {"block": _("sperrt"), "warn": _("Warnung"), "info": _("Hinweis")}[name]


def origin(name: str) -> str:
    """Where a version came from."""
    return {"template": _("Vorlage"), "model": _("Sprachmodell"), "person": _("Person")}[name]


def delivery(name: str) -> str:
    """How far the text got with a recipient."""
    return {
        "queued": _("vorgemerkt"),
        "sending": _("wird gesendet"),
        "sent": _("gesendet"),
        "refused": _("abgewiesen"),
        "failed": _("fehlgeschlagen"),
        "unclear": _("unklar"),
    }[name]


def finding(kind: str) -> str:
    """What a finding is about."""
    return {
        "unsupported": _("nicht belegt"),
        "contradicts_fact": _("widerspricht den Fakten"),
        "unconfirmed_as_fact": _("unbestätigt"),
        "liability": _("Haftung"),
        "unknown_as_fact": _("noch unbekannt"),
        "perpetrator": _("Täter"),
        "ransom": _("Lösegeld"),
        "insurance": _("Versicherung"),
        "promise": _("Zusage"),
        "blame": _("Schuldzuweisung"),
        "insult": _("Herabsetzung"),
        "personal_data": _("Personenbezug"),
        "length": _("Länge"),
        "missing_block": _("fehlender Block"),
        "mixed_strategy": _("gemischte Strategie"),
    }.get(kind, kind)


def marked(text: str, findings: Sequence[Finding]) -> str:
    """The text as HTML, each finding underlined and followed by its word.

    Where two findings meet, the stronger one is shown; the list beside the text has both.
    """
    shown: list[Finding | None] = [None] * len(text)
    for name in reversed(_STRENGTH):
        for each in findings:
            if each.severity == name:
                span = range(max(0, each.start), min(each.end, len(text)))
                shown[span.start : span.stop] = [each] * len(span)
    pieces: list[str] = []
    start = 0
    for position in range(1, len(text) + 1):
        if position < len(text) and shown[position] is shown[start]:
            continue
        pieces.append(_piece(text[start:position], shown[start]))
        start = position
    return "".join(pieces)


def _piece(text: str, each: Finding | None) -> str:
    if each is None:
        return parts.escape(text)
    return (
        f'<span style="text-decoration:{_LINES[each.severity]};text-underline-offset:3px">'
        f'{parts.escape(text)}</span><span class="kp-quiet" style="font-size:12px;margin-right:.25em"> '
        f"{parts.escape(finding(each.kind))}</span>"
    )
