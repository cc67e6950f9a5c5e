"""The words of the room for people, in the language that applies."""

from __future__ import annotations

from datetime import datetime

from budget import policy, preflight
from budget.entry import KIND_NAMES, Correction, Entry, EventBudget
from budget.worktime import clock_text, hours_text
from data import formats
from data.i18n import N_, _, current_language
from data.times import local

_PAYERS = {
    "insurer": N_("Versicherer"),
    "owner": N_("Firma"),
    "none": N_("niemand"),
    "split": N_("geteilt"),
}
_BASES = {"net": N_("netto"), "gross": N_("brutto")}
_CHANNELS = {
    "telephone": N_("Telefon"),
    "in_person": N_("persönlich"),
    "letter": N_("Brief"),
    "email": N_("E-Mail"),
}
_CONSENTS = {
    "notice": N_("Hinweis gegeben"),
    "consent": N_("Einverständnis"),
    "refusal": N_("Ablehnung"),
    "revocation": N_("Widerruf"),
}
_OUTCOMES = {
    "accepted": N_("anerkannt"),
    "cut": N_("gekürzt"),
    "rejected": N_("abgelehnt"),
}
_OUTCOMES_OF_COVERAGE = {
    None: N_("unter Vorbehalt"),
    "confirmed": N_("Vorbehalt aufgehoben"),
    "insured": N_("Deckung verneint, zahlt die Firma (U-08)"),
    "own_loss": N_("Deckung verneint, zulasten des Hauses (U-08)"),
}
_ROUNDINGS = {
    "none": N_("nicht runden"),
    "up": N_("aufrunden"),
    "down": N_("abrunden"),
    "nearest": N_("kaufmännisch runden"),
}


def kind(name: str) -> str:
    """Which pot an entry belongs to."""
    return _(KIND_NAMES[name])


def payer(name: str) -> str:
    """Who pays."""
    return _(_PAYERS[name])


def basis(name: str) -> str:
    """Net or gross."""
    return _(_BASES[name])


def channel(name: str) -> str:
    """How the owner was reached."""
    return _(_CHANNELS[name])


def consent(name: str) -> str:
    """What the owner was told or answered."""
    return _(_CONSENTS[name])


def outcome(name: str) -> str:
    """What the cost review decided."""
    return _(_OUTCOMES[name])


def rounding(name: str) -> str:
    """How time is rounded."""
    return _(_ROUNDINGS[name])


def activity(code: str) -> str:
    """An activity (NA-30); an unknown code is shown as it is."""
    known = policy.activities().get(code)
    if known is None:
        return code
    return known.english if current_language() == "en" else known.name


def entry_time(entry: Entry) -> str:
    """When the work was done: "10.03. 10:20–10:50"."""
    shown = f"{local(entry.started_at):%d.%m.} {clock_text(entry.started_at)}"
    return f"{shown}–{clock_text(entry.ended_at)}" if entry.ended_at else shown


def entry_line(entry: Entry) -> str:
    """An entry in one line, for a choice."""
    return f"{entry_time(entry)} · {entry.text} · {formats.money(entry.net_cents)}"


def entry_cells(entry: Entry) -> list[str]:
    """An entry as a row: when, what, how long and by whom, how much, who pays."""
    what = activity(entry.activity) if entry.activity else kind(entry.kind)
    worked = f"{hours_text(entry.billed_seconds)}{formats.NBSP}h · " if entry.ended_at else ""
    return [
        entry_time(entry),
        f"{what}: {entry.text}",
        worked + entry.person,
        formats.money(entry.net_cents),
        entry_state(entry),
    ]


def entry_state(entry: Entry) -> str:
    """Who pays what of an entry, or that it was taken back."""
    if entry.reversed_because is not None:
        return _("storniert: {reason}").format(reason=entry.reversed_because)
    if entry.payer == "split":
        state = _("Versicherer {covered}, Firma {overflow}").format(
            covered=formats.money(entry.covered_cents),
            overflow=formats.money(entry.overflow_cents),
        )
    else:
        state = payer(entry.payer)
    if entry.provisional:
        state += " · " + _(_OUTCOMES_OF_COVERAGE[entry.outcome])
    if entry.cut_cents:
        state += " · " + _("gekürzt um {amount}").format(amount=formats.money(entry.cut_cents))
    if entry.batch:
        state += " · " + _("abgerechnet {batch}").format(batch=entry.batch)
    return state


def correction_cells(correction: Correction, entry: Entry) -> list[str]:
    """A correction as a row: of what, why, what it gives or takes by payer, and whether told."""
    done = correction.difference
    moved = (
        (_("gedeckt {amount}"), done.covered_cents),
        (_("darüber {amount}"), done.overflow_cents),
        (_("Versicherer außerhalb der Grenze {amount}"), done.insurer_cents),
        (_("Firma {amount}"), done.owner_cents),
        (_("zulasten des Hauses {amount}"), done.nobody_cents),
    )
    return [
        entry_time(entry),
        f"{entry.text}: {correction.cause}",
        ", ".join(text.format(amount=_signed(cents)) for text, cents in moved if cents),
        _("noch nicht abgerechnet") if correction.batch_id is None else _("abgerechnet"),
    ]


def _signed(cents: int) -> str:
    # The word joiner keeps the sign beside its amount where the line breaks.
    return f"+\u2060{formats.money(cents)}" if cents > 0 else formats.money(cents)


def used_of_cap(state: EventBudget) -> str:
    """The line above the bar: "€ 1.842,50 von € 2.500,00 netto, noch € 657,50"."""
    return _("{covered} von {cap} {basis}, noch {left}").format(
        covered=formats.money(state.covered_cents),
        cap=formats.money(state.cap_cents),
        basis=basis(state.basis),
        left=formats.money(state.remaining_cents),
    )


def besides(state: EventBudget) -> list[str]:
    """What is over the cap, running or reserved, where there is any."""
    told = []
    if state.overflow_cents:
        told.append(_("darüber {amount}").format(amount=formats.money(state.overflow_cents)))
    if state.running_cents:
        told.append(_("laufend {amount}").format(amount=formats.money(state.running_cents)))
    if state.reserved_cents:
        told.append(_("vorgemerkt {amount}").format(amount=formats.money(state.reserved_cents)))
    return told


def reached(moment: datetime, now: datetime) -> str:
    """When running work uses up the cap: "Erreicht um 04:18, in 1 h 45, wenn … weiterläuft"."""
    if moment <= now:
        return _("Mit der laufenden Arbeit ist die Leistungsgrenze erreicht.")
    return _(
        "Läuft die Arbeit weiter, ist die Leistungsgrenze um {at} erreicht, in {span}."
    ).format(at=formats.short_moment(moment, now), span=formats.span(moment - now))


def objection(name: preflight.FindingKind) -> str:
    """What the cost review would object to."""
    return _(preflight.MESSAGES[name]).format(hours=preflight.day_hours())
