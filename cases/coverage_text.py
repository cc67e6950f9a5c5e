"""The sentences around a coverage decision: questions, warnings, what is read to the caller.

Clauses start small and end with their verb, because they stand after "weil" or after "wir
klären noch". No rule lives here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data import reference
from data.i18n import N_, _, current_language, ngettext

SPOKEN_POINTS = 3
"""So many open points are read out; the rest is counted."""

QUESTIONS: dict[str, tuple[str, str]] = {
    "communication_need": (
        N_("Müssen Sie jetzt Kunden, Partner oder die Öffentlichkeit informieren?"),
        "NA-03",
    ),
    "sudden": (N_("Ist das plötzlich gekommen, und seit wann ist es so?"), "NA-03"),
    "unforeseeable": (
        N_("Kam das unvorhergesehen, oder war es angekündigt oder schon einmal da?"),
        "NA-03",
    ),
    "it_events": (N_("Was ist mit Ihrer IT oder im Netz passiert?"), "NA-25"),
    "kind": (N_("Um welche Art von Vorfall geht es?"), "NA-25"),
    "outage": (N_("Ist ein Gerät, das Netzwerk oder das Betriebssystem ausgefallen?"), "NA-01"),
    "device": (N_("Welches Gerät ist betroffen?"), "NA-01"),
    "runs_on": (N_("Worauf läuft die Registrierkasse?"), "NA-01"),
    "operating_system_failed": (
        N_("Verweigert das Betriebssystem des Geräts den Dienst?"),
        "NA-02",
    ),
    "warning_letter_justified": (
        N_("Ist die Abmahnung berechtigt, und wer hat das geprüft?"),
        "NA-12",
    ),
    "claim": (N_("Stimmt, was über Ihre Firma behauptet wird?"), "NA-11"),
    "abusive": (N_("Wird Ihre Firma beschimpft oder gemobbt?"), "NA-11"),
    "media_allegation": (N_("Gibt es Vorwürfe in Medien, und in welchen?"), "NA-26"),
    "medium": (N_("In welchem Medium steht der Vorwurf, und wo genau?"), "NA-26"),
    "allegation": (N_("Was genau wird Ihrer Firma vorgeworfen?"), "NA-26"),
    "existence_threat": (N_("Ist der Fortbestand Ihres Betriebs massiv gefährdet?"), "NA-27"),
    "assessed": (N_("Ist der Fortbestand Ihres Betriebs massiv gefährdet?"), "NA-27"),
    "evidence": (
        N_("Womit lässt sich das belegen, etwa Stornos, Umsatz, Liquidität oder Kündigungen?"),
        "NA-27",
    ),
}
"""Last part of a field's path → (question, rule that needs the answer)."""

STILL_OPEN: dict[str, str] = {
    "communication_need": N_("ob Sie jetzt jemanden informieren müssen"),
    "sudden": N_("ob das plötzlich gekommen ist"),
    "unforeseeable": N_("ob es unvorhergesehen war"),
    "it_events": N_("was mit Ihrer IT oder im Netz passiert ist"),
    "kind": N_("um welche Art von Vorfall es geht"),
    "outage": N_("ob ein System ausgefallen ist"),
    "device": N_("welches Gerät betroffen ist"),
    "runs_on": N_("worauf die Registrierkasse läuft"),
    "operating_system_failed": N_("ob das Betriebssystem des Geräts den Dienst verweigert"),
    "warning_letter_justified": N_("ob die Abmahnung berechtigt ist"),
    "claim": N_("ob stimmt, was über Ihre Firma behauptet wird"),
    "abusive": N_("ob Ihre Firma beschimpft oder gemobbt wird"),
    "media_allegation": N_("ob es Vorwürfe in Medien gibt"),
    "medium": N_("in welchem Medium der Vorwurf steht"),
    "allegation": N_("was Ihrer Firma vorgeworfen wird"),
    "existence_threat": N_("ob der Fortbestand Ihres Betriebs massiv gefährdet ist"),
    "assessed": N_("ob der Fortbestand Ihres Betriebs massiv gefährdet ist"),
    "evidence": N_("womit sich die Gefahr für Ihren Betrieb belegen lässt"),
    "U-01": N_("ob eine existenzbedrohende Krise auch ohne Vorwürfe in Medien zählt"),
    "U-05": N_("ob ein defektes Netzwerkgerät wie ein defekter PC zählt"),
    "U-08": N_("wer über die Gefahr für den Fortbestand Ihres Betriebs entscheidet"),
    "U-10": N_("ob eine Registrierkasse zählt, die auf einem PC läuft"),
}
"""Last part of a missing field's path, or an open point → the clause that is read out."""

_WARNINGS: dict[str, str] = {
    "foreseeable": N_("Vorhersehbar? Angekündigt oder wiederkehrend: bitte Angaben prüfen."),
    "not_sudden": N_("Nicht plötzlich: bitte Beginn und Verlauf festhalten."),
    "check_listed_kinds": N_(
        "Angriff ohne Ausfall: bitte prüfen, ob Schad-Software, Erpressung, Betrug oder "
        "Datenverlust vorliegt."
    ),
    "cash_register_hardware": N_("Bitte fragen, ob die Registrierkasse auf einem PC läuft."),
    "reputational_damage_possible": N_(
        "Vorwurf ohne IT-Ereignis: bitte prüfen, ob er im Netz steht und Rufschädigung ist."
    ),
    "true_claim": N_("Der Vorwurf stimmt: bitte nicht bestreiten."),
    "replacement_at_own_cost": N_("Ersatz wird nur organisiert, die Kosten trägt die Firma."),
    "unknown_request": N_("Unbekannter Wunsch: bitte einzeln prüfen."),
}


def label(entry: Mapping[str, Any]) -> str:
    """The name of a reference entry in the language that applies."""
    name: str = entry["english"] if current_language() == "en" else entry["german"]
    return name


def quote(rule: str) -> str:
    """What the source text says, word for word."""
    words: str = reference.load("rules")[rule]["quote"]
    return words


def warning_text(code: str) -> str:
    """The sentence for a warning code; what follows its colon is added in brackets."""
    name, _colon, detail = code.partition(":")
    sentence = _(_WARNINGS[name])
    return f"{sentence} ({detail})" if detail else sentence


def cited(rule: str, clause: str) -> str:
    """``clause`` with the rule and its words behind it."""
    return _("{clause} ({rule}: „{quote}“)").format(clause=clause, rule=rule, quote=quote(rule))


def explain_yes_a(kinds: Sequence[str], excluded: Sequence[str]) -> str:
    """Limb A is met through these kinds of IT emergency."""
    return _(
        "Das ist ein gedeckter Kommunikations-Notfall, weil Ihr Kommunikationsbedarf mit einem "
        "IT-Notfall zusammenhängt ({kinds}): Wir helfen Ihnen bis zur Leistungsgrenze Ihrer "
        "Polizze mit Lösungswegen und Medienbetreuung{excluded}."
    ).format(kinds=", ".join(kinds), excluded=_without(excluded))


def explain_yes_b(excluded: Sequence[str]) -> str:
    """Limb B is met."""
    return _(
        "Das ist ein gedeckter Kommunikations-Notfall, weil der Fortbestand Ihres Betriebs durch "
        "die Vorwürfe massiv gefährdet ist: Wir helfen Ihnen bis zur Leistungsgrenze Ihrer "
        "Polizze mit Lösungswegen und Medienbetreuung{excluded}."
    ).format(excluded=_without(excluded))


def _without(excluded: Sequence[str]) -> str:
    if not excluded:
        return ""
    return _("; nicht übernommen werden: {things}").format(things=", ".join(excluded))


def explain_no(reasons: Sequence[tuple[str, str]], it_help: bool) -> str:
    """Refused for these (rule, clause); ``it_help``: help with the IT emergency itself stays."""
    because = _(" und ").join(cited(rule, clause) for rule, clause in reasons)
    if it_help:
        return _(
            "Das ist leider kein gedeckter Kommunikations-Notfall, weil {because}; die IT-Hilfe am "
            "Telefon steht Ihnen trotzdem offen (NA-18), und Medienbetreuung ist auf eigene "
            "Rechnung möglich."
        ).format(because=because)
    return _(
        "Das ist leider kein gedeckter Kommunikations-Notfall, weil {because}; auf eigene Rechnung "
        "helfen wir Ihnen gerne, und einen Termin mit IT-Sicherheits- oder "
        "Datenschutzspezialisten organisieren wir auf Wunsch, je nach Verfügbarkeit und "
        "Möglichkeit (NA-36, NA-37)."
    ).format(because=because)


def explain_clarify(points: Sequence[str]) -> str:
    """These clauses are still open."""
    spoken = ", ".join(points[:SPOKEN_POINTS])
    rest = len(points) - SPOKEN_POINTS
    if rest > 0:
        spoken += ngettext(
            " und {number} weiteren Punkt", " und {number} weitere Punkte", rest
        ).format(number=rest)
    return _(
        "Ob das ein gedeckter Kommunikations-Notfall ist, kann ich Ihnen noch nicht sagen, denn "
        "wir klären noch, {points}; bis dahin arbeiten wir unter Vorbehalt."
    ).format(points=spoken)
