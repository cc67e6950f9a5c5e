"""The readable report of a case file: the whole case on paper, the first minute first.

German whatever the interface speaks. What a reader may see was decided before
(:func:`ui.dossier.for_level`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from budget import words as budget_words
from budget.report import PAYER_NAMES, Line
from budget.settlement import is_exported
from budget.worktime import clock_text, hours_text
from cases import (
    contract,
    evidence_words,
    existence,
    open_points,
    options,
    readiness,
    words,
)
from cases.costs import rule_on
from cases.evidence import Piece
from cases.store.claims import ClaimReport
from cases.store.clocks import ClockEvent
from cases.store.closing import ClosingReport
from cases.store.incidents import shown_value
from data import formats, reference
from data.times import local
from drafting import channels
from drafting.approval import STATE_WORDS, text_hash
from drafting.store import Approval
from monitoring.mentions import Mention
from ui import figures, paper
from ui.dossier import ClockRecord, Dossier, IncidentRecord, StatementRecord
from ui.figures import Figures
from ui.paper import Cell, Cover, Document, Part, Section

LONGEST_TIMELINE: Final = 1500
"""More entries than this stand in ``timeline.json`` only."""
_WORST: Final = 10
_STORIES: Final = 40
_DASH: Final = "–"

LEVEL_NAMES: Final = {
    "insurer": "für den Versicherer",
    "lawyer": "vollständig, für die Rechtsvertretung",
}
_STATES: Final = {"open": "offen", "closed": "abgeschlossen", "refused": "abgelehnt"}
_RESULTS: Final = {
    "yes": "Gedeckt",
    "no": "Nicht gedeckt",
    "clarify": "In Klärung, Arbeit unter Vorbehalt",
}
_MENTION_STATES: Final = {
    "new": "neu", "attack": "Angriff", "watching": "beobachtet", "answered": "beantwortet",
    "irrelevant": "ohne Bedeutung",
}  # fmt: skip
_SETTLED: Final = {"done": "erledigt", "declined": "abgelehnt", "superseded": "ersetzt"}
_CLOCK_ACTIONS: Final = {
    "started": "gestartet", "done": "erledigt", "declined": "abgelehnt",
    "reopened": "wieder geöffnet", "superseded": "neu gestellt",
}  # fmt: skip
_DECISIONS: Final = {
    "approved": "freigegeben", "rejected": "abgelehnt", "accepted": "in Ordnung",
    "sent_back": "zurückgegeben",
}  # fmt: skip
_APPROVAL_METHODS: Final = {"link": "über den Freigabelink", "phone": "am Telefon"}
_CONSENT_METHODS: Final = {
    "phone": "am Telefon", "email": "per E-Mail", "letter": "mit Brief", "in_person": "persönlich",
}  # fmt: skip
_GATES: Final = {"insurer": "Zustimmung des Versicherers", "lawyer": "Prüfung durch Rechtsanwalt"}
_DELIVERIES: Final = {
    "queued": "vorgemerkt", "sending": "in Zustellung", "sent": "gesendet",
    "refused": "abgewiesen", "failed": "fehlgeschlagen", "unclear": "unklar",
}  # fmt: skip
_STEP_STATES: Final = {
    "open": "offen", "locked": "noch nicht an der Reihe", "done": "erledigt",
    "skipped": "übersprungen",
}  # fmt: skip
_STEP_ACTIONS: Final = {
    "ticked": "abgehakt", "unticked": "zurückgenommen", "answered": "beantwortet",
    "skipped": "übersprungen", "resumed": "wieder aufgenommen",
}  # fmt: skip
_PARTY_STATES: Final = {
    "undecided": "nicht entschieden", "not_informed": "wird nicht informiert",
    "due": "zu informieren", "overdue": "überfällig", "done": "informiert",
}  # fmt: skip
_BY_WHOM: Final = {"desk": "Dienst", "firm": "Firma", "hotline": "Hotline"}
_OPTION_ACTIONS: Final = {
    "chosen": "gewählt", "declined": "nicht genommen", "lawyer_checked": "anwaltlich geprüft",
    "sent": "abgesandt", "noted": "Stand",
}  # fmt: skip
_SETTLED_ENQUIRY: Final = {"answered": "beantwortet", "declined": "nicht beantwortet"}
_CHANNELS_IN: Final = {
    "phone": "Telefon", "email": "E-Mail", "social": "Netzwerk", "form": "Formular",
    "in_person": "persönlich",
}  # fmt: skip
_CONTROL: Final = {
    "sole": "allein", "full": "volle Kontrolle", "foreign": "fremd", "unknown": "unbekannt",
}  # fmt: skip
_HELP: Final = {"phone": "am Telefon", "remote": "Fernwartung", "onsite": "vor Ort"}
_VISITS: Final = {"wished": "gewünscht", "done": "durchgeführt", "dropped": "unterblieben"}
_TASKS: Final = {"open": "offen", "done": "erledigt", "dropped": "unterblieben"}
_COST_PAYERS: Final = {
    "insured": "Firma", "other_policy": "andere Polizze, zu prüfen", "nobody": "niemand",
}  # fmt: skip
_RECIPIENTS: Final = {
    "insurer": "Versicherer", "claims_office": "Schadenregulierungsstelle", "broker": "Vermittler",
}  # fmt: skip
_SEND_METHODS: Final = {
    "email": "E-Mail", "portal": "Portal", "post": "Post", "fax": "Fax", "phone": "Telefon",
    "in_person": "persönlich",
}  # fmt: skip
_REPORT_STATES: Final = {"draft": "Entwurf", "sent": "gesendet", "discarded": "verworfen"}


def pdf(told: Dossier) -> bytes:
    """The report as PDF."""
    return paper.pdf(document(told))


def document(told: Dossier) -> Document:
    """The report as it is set."""
    counted = figures.of(told)
    title = f"Fallakte {told.case.number}"
    return Document(
        kind="FALLAKTE",
        title=title,
        running=f"{title} · {told.case.public_name}",
        date=f"Stand {formats.moment(told.read_at)}",
        footer=f"{title}, {LEVEL_NAMES[told.level]}",
        cover=_cover(told),
        sections=[
            Section(title, list(parts(told, counted)), break_before=number == 1)
            for number, (title, parts) in enumerate(_SECTIONS)
        ],
        made_at=told.read_at,
    )


# Cover -----------------------------------------------------------------------------------------


def _cover(told: Dossier) -> Cover:
    case, policy, event = told.case, told.policy, told.event
    newest = told.coverage[0] if told.coverage else None
    limb = f", Zweig {case.limb}" if case.limb and case.coverage_result == "yes" else ""
    ended = formats.moment(case.closed_at) if case.closed_at else "läuft"
    return Cover(
        title=case.public_name,
        number=f"Fall {case.number}",
        verdict_label="Deckung",
        verdict=_RESULTS[case.coverage_result] + limb,
        verdict_text=_explanation(newest.decision) if newest else "",
        rows=[
            ("Firma", told.firm.full_name),
            ("Polizze", f"{policy.number} ({policy.product})"),
            ("Versicherer", policy.insurer or "nicht hinterlegt"),
            ("Schadennummer", case.claim_number or "noch nicht vergeben"),
            ("Versicherungsfall", f"{event.number} · {event.title}"),
            ("Eingetreten", formats.moment(event.occurred_at)),
            ("Zeitraum", f"{formats.moment(case.called_at)} bis {ended}"),
            ("Stand des Falls", _STATES[case.state]),
            ("Fassung", LEVEL_NAMES[told.level]),
            ("Erstellt", f"{formats.moment(told.read_at)} durch {told.made_by}"),
        ],
        remarks=[
            "Vertraulich. Diese Akte gibt wieder, was zum angegebenen Zeitpunkt festgehalten war; "
            "sie ist keine Rechtsberatung und kein Anerkenntnis.",
            "Jede Datei der Akte steht mit ihrer Prüfsumme (SHA-256) in manifest.json. Wie man "
            "nachprüft, steht im letzten Abschnitt.",
        ],
    )


def _explanation(decision: Mapping[str, Any]) -> str:
    return str(decision.get("explanation", ""))


# 1 The first minute ----------------------------------------------------------------------------


def _summary(told: Dossier, counted: Figures) -> Iterator[Part]:
    yield paper.tiles(
        [
            (
                formats.span(counted.first_word_after) if counted.first_word_after else _DASH,
                "bis zur ersten Stellungnahme",
            ),
            (str(counted.mentions), "Meldungen"),
            (f"{formats.hours(counted.billed_seconds)} h", "verrechnete Zeit"),
            (formats.money(counted.covered_cents), "innerhalb der Leistungsgrenze"),
            (str(len(_still_open(told, counted))), "Punkte offen"),
        ]
    )
    yield paper.sub("Was geschehen ist", listed=False)
    yield paper.items(_what_happened(told, counted))
    yield paper.sub("Was wir getan haben", listed=False)
    yield paper.items(_what_we_did(told, counted))
    yield paper.sub("Was es gekostet hat", listed=False)
    yield paper.items(_what_it_cost(told, counted))
    yield paper.sub("Was offen ist", listed=False)
    yield paper.items(_still_open(told, counted) or ["Nichts."])
    if told.left_out:
        yield paper.space()
        yield paper.note("In dieser Fassung nicht enthalten: " + "; ".join(told.left_out) + ".")


def _what_happened(told: Dossier, counted: Figures) -> list[str]:
    found = [f"{told.event.title}, eingetreten {formats.moment(told.event.occurred_at)}."]
    for each in told.incidents:
        incident = each.incident
        kind = words.incident_kind(incident.kind)
        summary = f": {incident.summary}" if incident.summary else ""
        found.append(
            f"{incident.number}, {kind} am {formats.moment(incident.happened_at)}{summary}. "
            f"Ursache {words.cause_status(incident.cause_status)}."
        )
    found.append(f"Anruf der Firma am {formats.moment(told.case.called_at)}.")
    if counted.mentions:
        worst = _worst(told)[0]
        found.append(
            f"{figures.counted(counted.mentions, 'Meldung', 'Meldungen')} in "
            f"{figures.counted(counted.stories, 'Thema', 'Themen')}, angreifend "
            f"{counted.attacks}; die schwerste ({formats.severity(worst.severity)}) "
            f"bei {worst.source_name}."
        )
    return found


def _what_we_did(told: Dossier, counted: Figures) -> list[str]:
    found = [f"Erste Stellungnahme {figures.first_word(counted)}."]
    for each in figures.released_in_order(told):
        if each.release is not None:
            found.append(
                f"{formats.moment(each.release.at)}: „{each.statement.title}“ "
                f"({channels.channel(each.statement.channel).label}) ausgesandt."
            )
    if counted.enquiries:
        found.append(
            f"{figures.counted(counted.enquiries, 'Presseanfrage', 'Presseanfragen')}, beantwortet "
            f"{counted.enquiries_answered}."
        )
    passed = [each for each in told.steps if each.state == "done"]
    if passed:
        found.append(f"{len(passed)} von {len(told.steps)} Schritten der Checkliste erledigt.")
    informed = [each for each in told.stakeholders if each.state == "done"]
    if informed:
        found.append("Informiert: " + ", ".join(each.title for each in informed) + ".")
    return found


def _what_it_cost(told: Dossier, counted: Figures) -> list[str]:
    found = [
        f"{formats.hours(counted.billed_seconds)} Stunden verrechnet, gedeckt "
        f"{formats.money(counted.covered_cents)}; Leistungsgrenze des Versicherungsfalls "
        f"{figures.cap(counted, told.budget.basis)}.",
    ]
    if counted.overflow_cents:
        found.append(f"Über der Leistungsgrenze: {formats.money(counted.overflow_cents)}.")
    for payer, cents in counted.costs:
        name = _COST_PAYERS.get(payer, payer)
        found.append(f"Andere Kosten, Zahler {name}: {formats.money(cents)}.")
    if counted.information_cents:
        found.append(
            f"Nicht versicherte Schäden, nur zur Kenntnis: "
            f"{formats.money(counted.information_cents)}."
        )
    return found


def _still_open(told: Dossier, counted: Figures) -> list[str]:
    found = []
    if told.case.coverage_result == "clarify":
        found.append("Die Deckung ist in Klärung.")
    found += [
        f"Frist: {each.clock.title}, bis {formats.moment(each.clock.due_at)}"
        + (" (überfällig)." if each.clock.due_at < told.read_at else ".")
        for each in told.clocks
        if each.clock.settled_at is None
    ]
    found += [
        f"Freigabe: „{each.statement.title}“, {_state_word(each)}."
        for each in told.statements
        if each.statement.state in ("review", "approved")
    ]
    found += [
        f"Presseanfrage: {each.medium}, {_until(each.deadline_at)}."
        for each in told.enquiries
        if each.settled_at is None
    ]
    if counted.attacks > counted.attacks_answered:
        left = counted.attacks - counted.attacks_answered
        noun = figures.counted(left, "angreifende Meldung", "angreifende Meldungen")
        found.append(f"{noun} unerledigt.")
    undecided = sum(1 for each in told.stakeholders if each.state == "undecided")
    if undecided:
        noun = figures.counted(undecided, "Gruppe", "Gruppen")
        found.append(f"{noun} von Beteiligten noch nicht entschieden.")
    return found


def _until(moment: datetime | None) -> str:
    return f"Frist {formats.moment(moment)}" if moment else "ohne Frist"


def _state_word(told: StatementRecord) -> str:
    return STATE_WORDS[told.statement.state]


# 2 Coverage ------------------------------------------------------------------------------------


def _coverage(told: Dossier, _counted: Figures) -> Iterator[Part]:
    if not told.coverage:
        yield paper.words("Über die Deckung ist noch nichts entschieden.")
        return
    newest = told.coverage[0]
    yield paper.words(_explanation(newest.decision))
    rules = [
        [paper.mono(rule["id"]), f"„{rule['quote']}“"] for rule in newest.decision.get("rules", [])
    ]
    if rules:
        yield paper.sub("Worauf sie sich stützt")
        yield paper.table(["Regel", "Wortlaut"], [18, 0], rules)
    assessment = existence.from_json(newest.assessment)
    if assessment is not None:
        yield paper.sub("Einschätzung der Existenzgefahr (NA-27)")
        yield paper.facts(
            [
                ("Ergebnis", existence.result_word(assessment.result)),
                ("Entschieden von", assessment.assessed_by),
                ("Funktion", existence.assessor_word(assessment.function)),
                ("Am", formats.moment(assessment.assessed_at)),
                ("Grund", assessment.reason),
            ]
        )
        yield paper.items(existence.evidence_lines(assessment) or ["Keine Belege angeführt."])
    yield paper.sub("Alle Entscheidungen")
    yield paper.table(
        ["Wann", "Ergebnis", "Begründung", "Durch"],
        [29, 24, 0, 28],
        [
            [
                formats.moment(each.decided_at),
                _result(each.decision),
                f"{each.cause}: {_explanation(each.decision)}"
                if each.cause
                else _explanation(each.decision),
                each.decided_by,
            ]
            for each in reversed(told.coverage)
        ],
    )
    yield from _open_points(told)


def _result(decision: Mapping[str, Any]) -> str:
    limb = decision.get("limb")
    tail = f" {limb}" if limb and decision["result"] == "yes" else ""
    return {"yes": "gedeckt", "no": "nicht gedeckt", "clarify": "in Klärung"}[
        decision["result"]
    ] + tail


def _open_points(told: Dossier) -> Iterator[Part]:
    yield paper.sub("Was der Vertrag offen lässt")
    rows: list[Sequence[Cell]] = []
    for point in open_points.all_points():
        decided = next((each for each in told.decisions if each.point == point.id), None)
        if decided is None:
            held = paper.grey(f"nicht entschieden; angewendet: {point.applied}")
            rows.append([paper.mono(point.id), point.title, held])
        else:
            rows.append(
                [
                    paper.mono(point.id),
                    point.title,
                    f"{point.choice_label(decided.value)} – {decided.decided_by} "
                    f"({decided.decider_function}), {formats.moment(decided.decided_at)}: "
                    f"{decided.reason}",
                ]
            )
    yield paper.table(["Punkt", "Frage", "Entscheidung"], [14, 52, 0], rows)


# 3 Firm, policy, people ------------------------------------------------------------------------


def _firm(told: Dossier, _counted: Figures) -> Iterator[Part]:
    firm, policy = told.firm, told.policy
    yield paper.facts(
        [
            ("Firma", firm.full_name),
            ("Anschrift", ", ".join(p for p in (firm.street, f"{firm.postcode} {firm.city}") if p.strip())),
            ("Firmenbuch", " · ".join(p for p in (firm.register_number, firm.register_court) if p)),
            ("Branche", firm.sector),
            ("Beschäftigte", str(firm.staff_count) if firm.staff_count is not None else ""),
            ("Vorsteuerabzug", words.three(firm.input_tax_deductible)),
            ("Website", firm.website),
        ]
    )  # fmt: skip
    yield paper.sub("Polizze")
    begins = f"{policy.begins_on:%d.%m.%Y}" if policy.begins_on else "nicht bekannt"
    yield paper.facts(
        [
            ("Nummer", policy.number),
            ("Produkt", policy.product),
            ("Versicherer", policy.insurer),
            ("Beginn", begins),
            (
                "Leistungsgrenze am Schadentag",
                f"{formats.money(told.event.cap_cents)} "
                f"{'brutto' if told.event.cap_basis == 'gross' else 'netto'}"
                if policy.sum_known
                else "nicht bekannt",
            ),
            ("Schadenstelle", policy.claim_contact),
            ("Quelle der Angaben", policy.source),
        ]
    )
    if told.moves:
        yield paper.sub("Zuordnung zum Versicherungsfall (U-07)", listed=False)
        yield paper.table(
            ["Wann", "Entscheidung", "Durch"],
            [29, 0, 36],
            [[formats.moment(m.recorded_at), m.reason, m.decided_by] for m in told.moves],
        )
    yield paper.sub("Personen und Vollmachten")
    by_id = {each.id: each for each in told.people}
    yield paper.table(
        ["Name", "Funktion", "Freigabe", "Grundlage"],
        [42, 36, 18, 0],
        [
            [each.name, each.function or _DASH, "ja" if each.may_approve else "nein", each.reason]
            for each in told.people
        ],
    )
    if told.authorities:
        yield paper.minor("Schriftliche Vollmachten")
        yield paper.table(
            ["Für", "Erteilt von", "Am", "Gilt bis", "Beleg"],
            [40, 0, 24, 30, 16],
            [
                [
                    by_id[each.person_id].name,
                    f"{by_id[each.granted_by].name} ({each.granter_function})",
                    f"{each.granted_on:%d.%m.%Y}",
                    f"widerrufen {each.revoked_on:%d.%m.%Y}"
                    if each.revoked_on
                    else (f"{each.valid_until:%d.%m.%Y}" if each.valid_until else "unbefristet"),
                    f"B{each.document}",
                ]
                for each in told.authorities
            ],
        )
    yield paper.sub("Vorbereitung der Firma", listed=False)
    yield paper.words(readiness.summary(told.readiness, local(told.read_at).date()))
    if told.contacts:
        yield paper.sub("Kontakte außerhalb der Firma", listed=False)
        yield paper.table(
            ["Art", "Name", "Organisation, Funktion", "Erreichbar"],
            [24, 40, 0, 50],
            [
                [
                    words.contact_kind(each.kind),
                    each.name,
                    ", ".join(p for p in (each.organisation, each.function) if p) or _DASH,
                    ", ".join(p for p in (each.phone, each.email) if p) or _DASH,
                ]
                for each in told.contacts
            ],
        )


# 4 IT incidents --------------------------------------------------------------------------------


def _incidents(told: Dossier, _counted: Figures) -> Iterator[Part]:
    if not told.incidents:
        yield paper.words("Mit diesem Fall ist kein IT-Notfall verknüpft.")
    for each in told.incidents:
        yield from _incident(each)


def _incident(told: IncidentRecord) -> Iterator[Part]:
    incident = told.incident
    yield paper.sub(f"{incident.number} · {words.incident_kind(incident.kind)}")
    yield paper.facts(
        [
            ("Verknüpfung", " – ".join(
                p for p in (words.relation(told.link.relation), told.link.reason) if p)),
            ("Eingetreten", formats.moment(incident.happened_at)),
            ("Gelöst", formats.moment(incident.resolved_at) if incident.resolved_at else "offen"),
            ("Was", incident.summary),
            ("Systemausfall", words.three(incident.outage)),
            ("Gerät", words.device(incident.device) if incident.device else ""),
            ("Verdacht auf Angriff", words.three(incident.suspected)),
            ("Ursache", ": ".join(
                p for p in (words.cause_status(incident.cause_status), incident.cause) if p)),
            ("Daten entwendet (EX-01b)", ": ".join(
                p for p in (words.three(incident.data_loss), incident.data_loss_extent) if p)),
        ]
    )  # fmt: skip
    if told.systems:
        yield paper.minor("Betroffene Systeme (WK-02, WK-03)")
        yield paper.table(
            ["System", "Herrschaft", "Ausgangspunkt", "Anmerkung"],
            [46, 28, 26, 0],
            [
                [each.name, _CONTROL[each.control], words.three(each.origin), each.note or _DASH]
                for each in told.systems
            ],
        )
    if told.help:
        yield paper.minor("Hilfe")
        yield paper.table(
            ["Wann", "Wie", "Dauer", "Wer", "Was"],
            [29, 24, 16, 34, 0],
            [
                [
                    formats.moment(each.started_at), _HELP[each.mode],
                    f"{each.minutes} min", each.person, each.text or _DASH,
                ]
                for each in told.help
            ],
        )  # fmt: skip
    if told.permissions:
        yield paper.minor("Einwilligung in den Fernzugriff (NA-21)")
        yield paper.table(
            ["Wann", "Was", "Wer", "Umfang"],
            [29, 24, 40, 0],
            [
                [
                    formats.moment(each.happened_at),
                    "erteilt" if each.kind == "granted" else "entzogen",
                    each.person,
                    each.scope,
                ]
                for each in told.permissions
            ],
        )
    if told.system_changes:
        yield paper.minor("Änderungen an den Systemen (EX-04c)")
        yield paper.table(
            ["Wann", "System", "Wer", "Was"],
            [29, 36, 34, 0],
            [
                [formats.moment(each.happened_at), each.system, each.person, each.text]
                for each in told.system_changes
            ],
        )
    if told.changes:
        yield paper.minor("Was dazu bekannt wurde")
        yield paper.table(
            ["Wann", "Angabe", "Von", "Auf", "Durch"],
            [29, 30, 0, 36, 30],
            [
                [
                    formats.moment(each.recorded_at),
                    each.field,
                    shown_value(each.field, each.before) or _DASH,
                    shown_value(each.field, each.after) or _DASH,
                    each.recorded_by,
                ]
                for each in told.changes
            ],
        )


# 5 Timeline ------------------------------------------------------------------------------------


def _timeline(told: Dossier, _counted: Figures) -> Iterator[Part]:
    shown = told.timeline[:LONGEST_TIMELINE]
    yield paper.note(
        "Geordnet nach dem Zeitpunkt des Ereignisses. „erfasst“ steht dort, wo ein Eintrag mehr als "
        "eine Minute später geschrieben wurde. Nichts wird gelöscht: Berichtigtes ist "
        "durchgestrichen und nennt den Eintrag, der gilt."
    )
    numbers = {each.id: number for number, each in enumerate(told.timeline, start=1)}
    rows: list[Sequence[Cell]] = []
    for entry in shown:
        late = abs((entry.recorded_at - entry.happened_at).total_seconds()) >= 60
        when: Cell = formats.moment(entry.happened_at)
        if late:
            when = paper.two(
                formats.moment(entry.happened_at), f"erfasst {formats.moment(entry.recorded_at)}"
            )
        text: Cell = entry.text
        if entry.corrected_by_id is not None:
            by = numbers.get(entry.corrected_by_id)
            text = paper.struck(f"{entry.text} (berichtigt durch Nr. {by or _DASH})")
        elif entry.corrects_id is not None:
            text = f"Berichtigung von Nr. {numbers.get(entry.corrects_id, _DASH)}: {entry.text}"
        rows.append(
            [
                str(numbers[entry.id]),
                when,
                words.timeline_kind(entry.kind),
                text,
                entry.actor_name,
            ]
        )
    if not rows:
        yield paper.words("Keine Einträge.")
        return
    yield paper.table(["Nr.", "Ereignis", "Art", "Was", "Wer"], [9, 34, 22, 0, 28], rows, right=[0])
    if len(told.timeline) > LONGEST_TIMELINE:
        yield paper.note(
            f"Weitere {len(told.timeline) - LONGEST_TIMELINE} Einträge stehen in timeline.json."
        )


# 6 Facts and mentions --------------------------------------------------------------------------


def _facts(told: Dossier, _counted: Figures) -> Iterator[Part]:
    newest = {each.fact_id: each.version for each in told.facts}
    if not told.facts:
        yield paper.words("Keine Tatsachen festgehalten.")
        return
    yield paper.table(
        ["Nr.", "Stand", "Tatsache", "Quelle", "Festgehalten"],
        [12, 26, 0, 38, 36],
        [
            [
                f"{each.code} v{each.version}",
                words.fact_status(each.status),
                each.text if newest[each.fact_id] == each.version else paper.struck(each.text),
                each.source or _DASH,
                f"{formats.moment(each.recorded_at)}, {each.recorded_by}",
            ]
            for each in told.facts
        ],
    )


def _worst(told: Dossier) -> list[Mention]:
    return sorted(told.mentions, key=lambda each: (-each.severity, each.first_seen_at, each.id))


def _mentions(told: Dossier, counted: Figures) -> Iterator[Part]:
    if not told.mentions:
        yield paper.words("Keine Meldungen.")
        return
    states = Counter(each.state for each in told.mentions)
    yield paper.words(
        f"{figures.counted(counted.mentions, 'Meldung', 'Meldungen')} in "
        f"{figures.counted(counted.stories, 'Thema', 'Themen')}, davon "
        f"{figures.counted(counted.copies, 'Agenturkopie', 'Agenturkopien')}. Stand: "
        + ", ".join(f"{_MENTION_STATES[name]} {states[name]}" for name in _MENTION_STATES if states[name])
        + "."
    )  # fmt: skip
    worst: dict[int | None, int] = {}
    first: dict[int | None, Mention] = {}
    for each in told.mentions:
        worst[each.story_id] = max(worst.get(each.story_id, 0), each.severity)
        known = first.get(each.story_id)
        if known is None or each.first_seen_at < known.first_seen_at:
            first[each.story_id] = each
    stories = sorted(told.stories, key=lambda each: (-worst.get(each.id, 0), each.id))
    yield paper.sub("Themen")
    yield paper.table(
        ["Thema", "Meldungen", "Kopien", "Schwere", "Zuerst"],
        [0, 20, 16, 26, 54],
        [
            [
                each.title or _DASH,
                str(each.mentions),
                str(each.copies),
                formats.severity(worst.get(each.id, 0)),
                f"{formats.moment(each.first_seen_at)}"
                + (f", {first[each.id].source_name}" if each.id in first else ""),
            ]
            for each in stories[:_STORIES]
        ],
        right=[1, 2],
    )
    if len(stories) > _STORIES:
        yield paper.note(f"Weitere {len(stories) - _STORIES} Themen stehen in mentions.json.")
    yield paper.sub("Die schwersten Meldungen")
    for each in _worst(told)[:_WORST]:
        at = each.published_at or each.first_seen_at
        where = [formats.severity(each.severity), each.source_name, formats.moment(at)]
        where += [each.author] if each.author else []
        where += [_MENTION_STATES[each.state]]
        where += [f"Beleg B{each.evidence_id}"] if each.evidence_id else []
        said = "\n".join(p for p in (each.title, each.text) if p.strip())
        yield paper.quote(_shortened(said), " · ".join(where))
        if each.url:
            yield paper.note(each.url)


def _shortened(text: str, most: int = 900) -> str:
    return text if len(text) <= most else text[:most].rstrip() + " […]"


# 7 Statements ----------------------------------------------------------------------------------


def _statements(told: Dossier, _counted: Figures) -> Iterator[Part]:
    if not told.statements:
        yield paper.words("Keine Stellungnahmen.")
    for each in told.statements:
        yield from _statement(each)


def _statement(told: StatementRecord) -> Iterator[Part]:
    statement = told.statement
    yield paper.sub(f"S{statement.id} · {statement.title}")
    version = told.released_version or (told.versions[-1] if told.versions else None)
    yield paper.facts(
        [
            ("Kanal", channels.channel(statement.channel).label),
            ("Stand", _state_word(told)),
            ("An", statement.audience),
            ("Empfänger", str(told.recipient_count) if told.recipient_count else ""),
            ("Fassungen", str(len(told.versions))),
            ("Anlagen", str(len(told.attachments)) if told.attachments else ""),
            ("Berichtigt", f"S{statement.corrects_id}" if statement.corrects_id else ""),
        ]
    )
    if version is not None:
        word = "Ausgesandter Wortlaut" if told.release else "Letzte Fassung, nicht ausgesandt"
        yield paper.minor(f"{word} (Fassung {version.version})")
        yield paper.quote(version.text)
        yield paper.facts([("SHA-256 des Textes", paper.mono(text_hash(version.text)))])
    yield paper.minor("Prüfung und Freigabe")
    yield paper.table(["Wann", "Was", "Wer", "Fassung"], [29, 0, 46, 20], _steps_to_release(told))
    hashes = sorted({each.content_hash for each in told.approvals if each.decision == "approved"})
    if hashes:
        yield paper.facts([("Freigegebener Inhalt", paper.mono(each)) for each in hashes])
    if told.overrides:
        yield paper.minor("Befunde, die stehen blieben")
        yield paper.table(
            ["Stelle", "Begründung", "Durch"],
            [56, 0, 40],
            [
                [f"„{each.quote}“", each.reason, f"{each.by_name}, {formats.moment(each.at)}"]
                for each in told.overrides
            ],
        )
    if told.release is not None:
        yield paper.facts(_release_facts(told))


def _steps_to_release(told: StatementRecord) -> list[Sequence[Cell]]:
    rows: list[tuple[datetime, Sequence[Cell]]] = []
    for review in told.reviews:
        said = _DECISIONS.get(review.decision, review.decision)
        comment = f": {review.comment}" if review.comment else ""
        rows.append((review.at, [
            formats.moment(review.at), f"Prüfung (vier Augen): {said}{comment}", review.reviewer,
            f"v{told.version_number(review.version_id)}",
        ]))  # fmt: skip
    for consent in told.consents:
        method = _CONSENT_METHODS.get(consent.method, consent.method)
        note = f": {consent.note}" if consent.note else ""
        rows.append((consent.given_at, [
            formats.moment(consent.given_at), f"{_GATES[consent.gate]} {method}{note}",
            consent.given_by, _DASH,
        ]))  # fmt: skip
    for each in told.approvals:
        rows.append((each.at, [
            formats.moment(each.at), _approval_text(each),
            ", ".join(p for p in (each.approver_name, each.function) if p),
            f"v{told.version_number(each.version_id)}",
        ]))  # fmt: skip
    if told.release is not None:
        number = told.version_number(told.release.version_id)
        rows.append((told.release.at, [
            formats.moment(told.release.at), "Ausgesandt", told.release.by_name, f"v{number}",
        ]))  # fmt: skip
    if not rows:
        rows.append((told.statement.created_at, [_DASH, "Noch nichts.", _DASH, _DASH]))
    return [row for _at, row in sorted(rows, key=lambda each: each[0])]


def _approval_text(approval: Approval) -> str:
    said = _DECISIONS.get(approval.decision, approval.decision)
    method = _APPROVAL_METHODS.get(approval.method, approval.method)
    tail = [f"Zeugin oder Zeuge: {approval.witness}"] if approval.witness else []
    tail += [f"Rückruf {approval.call_back_number}"] if approval.call_back_number else []
    tail += [approval.comment] if approval.comment else []
    return f"Freigabe der Firma: {said} {method}" + "".join(f" · {each}" for each in tail)


def _release_facts(told: StatementRecord) -> list[tuple[str, Cell]]:
    counts = ", ".join(f"{_DELIVERIES[name]} {count}" for name, count in told.delivery_counts)
    rows: list[tuple[str, Cell]] = [("Zustellung je Empfänger", counts)] if counts else []
    rows += [
        (f"Veröffentlicht {formats.moment(each.posted_at)}", each.url) for each in told.postings
    ]
    return rows


# 8 Evidence ------------------------------------------------------------------------------------


def _evidence(told: Dossier, _counted: Figures) -> Iterator[Part]:
    if not told.evidence.pieces:
        yield paper.words("Keine Belege gesichert.")
        return
    yield paper.note(
        "Die Prüfsumme wird beim Eingang genommen; das Original wird nie verändert. Jede Ansicht "
        "und jede Herausgabe steht in der Beweiskette."
    )
    yield paper.table(
        ["Nr.", "Datei und Herkunft", "SHA-256", "Eingang"],
        [11, 0, 50, 36],
        [_evidence_row(each) for each in told.evidence.pieces],
    )
    yield paper.sub("Beweiskette")
    yield paper.table(
        ["Beleg", "Wann", "Wer", "Was", "Für wen, warum"],
        [13, 29, 32, 36, 0],
        [
            [
                f"B{piece.evidence.id}",
                formats.moment(each.at),
                each.actor_name,
                evidence_words.action(each.action),
                " · ".join(p for p in (each.recipient, each.reason) if p) or _DASH,
            ]
            for piece in told.evidence.pieces
            for each in piece.custody
        ],
    )
    before = [(piece, each) for piece in told.evidence.pieces for each in piece.access]
    if before:
        yield paper.sub("Zugriff vor dem Eingang (EX-04b)")
        yield paper.table(
            ["Beleg", "Wer", "Zugriff", "Zeitraum", "Woher bekannt"],
            [13, 44, 34, 30, 0],
            [
                [
                    f"B{piece.evidence.id}",
                    ", ".join(p for p in (each.person, each.function) if p),
                    evidence_words.had_access(each.had_access),
                    each.period or _DASH,
                    each.source,
                ]
                for piece, each in before
            ],
        )
    if told.evidence.pages:
        yield paper.sub("Beobachtete Seiten")
        yield paper.table(
            ["Adresse", "Gesichert", "Ansichten", "Zuletzt"],
            [0, 30, 20, 50],
            [
                [
                    page.url,
                    formats.moment(page.recorded_at),
                    str(len(checks)),
                    f"{formats.moment(checks[-1].at)}: {checks[-1].state}" if checks else _DASH,
                ]
                for page, checks in told.evidence.pages
            ],
            right=[2],
        )


def _evidence_row(piece: Piece) -> list[Cell]:
    kept = piece.evidence
    lines = [kept.file_name, evidence_words.kind(kept.kind), f"{kept.bytes} Byte"]
    if kept.original_id is not None:
        lines.append(f"geschwärzte Kopie von B{kept.original_id}")
    if kept.source_url:
        lines.append(kept.source_url)
    if kept.note:
        lines.append(kept.note)
    lines += [
        f"Zeitstempel {formats.moment(each.attested_at)} ({each.authority})"
        for each in piece.timestamps
    ]
    return [
        f"B{kept.id}",
        " · ".join(lines),
        paper.mono(kept.sha256),
        f"{formats.moment(kept.recorded_at)}, {kept.recorded_by}",
    ]


# 9 Clocks --------------------------------------------------------------------------------------


def _clocks(told: Dossier, counted: Figures) -> Iterator[Part]:
    if not told.clocks:
        yield paper.words("Keine Fristen.")
        return
    yield paper.words(f"Fristen: {figures.clocks(counted.clocks)}.")
    yield paper.table(
        ["Frist", "Beginn", "Ende", "Stand", "Grundlage"],
        [0, 29, 29, 50, 34],
        [_clock_row(each, told.read_at) for each in told.clocks],
    )
    changed = [
        (each, event) for each in told.clocks for event in each.history if event.action != "started"
    ]
    if changed:
        yield paper.sub("Was aus ihnen wurde")
        yield paper.table(
            ["Wann", "Frist", "Was", "Wer"],
            [29, 52, 0, 32],
            [
                [
                    formats.moment(event.at),
                    each.clock.title,
                    _clock_event(event),
                    event.actor_name,
                ]
                for each, event in changed
            ],
        )


def _clock_row(told: ClockRecord, at: datetime) -> list[Cell]:
    clock = told.clock
    if clock.settled_at is None:
        state = "überfällig" if clock.due_at < at else "offen"
    else:
        state = f"{_SETTLED[clock.settled_as or 'done']} {formats.moment(clock.settled_at)}"
        if clock.late:
            state += ", verspätet"
        if clock.reason:
            state += f": {clock.reason}"
    return [
        clock.title,
        formats.moment(clock.started_at),
        formats.moment(clock.due_at),
        state,
        ", ".join(p for p in (clock.rule, clock.source) if p) or _DASH,
    ]


def _clock_event(event: ClockEvent) -> str:
    tail = " · ".join(p for p in (event.reason, event.reference) if p)
    word = _CLOCK_ACTIONS[event.action]
    return f"{word}: {tail}" if tail else word


# 10 Steps, stakeholders, options ---------------------------------------------------------------


def _steps(told: Dossier, _counted: Figures) -> Iterator[Part]:
    touched = [
        each for each in told.steps if any(item.entry for item in each.items) or each.closing
    ]
    if not touched:
        yield paper.words("Die Checkliste wurde in diesem Fall nicht geführt.")
    for each in touched:
        yield paper.sub(
            f"{each.step.id} · {each.step.title} – {_STEP_STATES[each.state]}", listed=False
        )
        rows: list[Sequence[Cell]] = [
            [
                formats.moment(item.entry.happened_at),
                item.item.title,
                ": ".join(
                    p
                    for p in (
                        item.item.choice_label(item.value)
                        if item.entry.action == "answered" and item.value
                        else _STEP_ACTIONS[item.entry.action],
                        item.entry.text,
                        item.entry.reason,
                    )
                    if p
                ),
                item.entry.person or item.entry.recorded_by,
            ]
            for item in each.items
            if item.entry is not None
        ]
        if each.closing is not None:
            rows.append(
                [
                    formats.moment(each.closing.happened_at),
                    "Schritt",
                    f"{_STEP_ACTIONS[each.closing.action]}: {each.closing.reason}",
                    each.closing.recorded_by,
                ]
            )
        yield paper.table(["Wann", "Punkt", "Ergebnis", "Wer"], [29, 58, 0, 32], rows)


def _stakeholders(told: Dossier, _counted: Figures) -> Iterator[Part]:
    shown = [each for each in told.stakeholders if each.entry or each.suggestion]
    if not shown:
        yield paper.words("Keine Gruppe ist zu informieren.")
        return
    rows: list[Sequence[Cell]] = []
    for each in shown:
        entry = each.entry
        how = ""
        if entry is not None and entry.inform == "yes":
            who = ", ".join(p for p in (_BY_WHOM.get(entry.by_whom, ""), entry.person) if p)
            how = f"durch {who}"
        reason = entry.reason if entry else (each.suggestion.reason if each.suggestion else "")
        until = formats.moment(entry.due_at) if entry and entry.due_at else _DASH
        done = f" {formats.moment(entry.done_at)}" if entry and entry.done_at else ""
        text = " · ".join(p for p in (how, reason) if p) or _DASH
        rows.append([each.title, _PARTY_STATES[each.state] + done, until, text])
    yield paper.table(["Wer", "Stand", "Bis", "Wie, warum"], [46, 40, 29, 0], rows)


def _options(told: Dossier, _counted: Figures) -> Iterator[Part]:
    if not told.attacks:
        yield paper.words("Keine Vorwürfe einzeln erfasst.")
        return
    yield paper.note(options.legal("no_advice"))
    for each in told.attacks:
        attack = each.attack
        where = " · ".join(
            p for p in (attack.place, attack.author, formats.moment(attack.recorded_at)) if p
        )
        yield paper.quote(attack.wording, where)
        if attack.url:
            yield paper.note(attack.url)
        if each.decisions:
            yield paper.table(
                ["Wann", "Weg", "Was", "Wer"],
                [29, 44, 0, 36],
                [
                    [
                        formats.moment(one.happened_at),
                        f"{one.option} {options.option(one.option).title}",
                        ": ".join(p for p in (_OPTION_ACTIONS[one.action], one.text) if p),
                        one.person or one.recorded_by,
                    ]
                    for one in each.decisions
                ],
            )


# 11 Press, handovers ---------------------------------------------------------------------------


def _press(told: Dossier, _counted: Figures) -> Iterator[Part]:
    if not told.enquiries:
        yield paper.words("Keine Presseanfragen.")
        return
    rows: list[Sequence[Cell]] = []
    for each in told.enquiries:
        who = ", ".join(p for p in (each.medium, each.journalist, each.reach_at) if p)
        state = "offen"
        if each.settled_at is not None:
            state = f"{_SETTLED_ENQUIRY[each.settled_as or 'answered']} {formats.moment(each.settled_at)}"
            if each.late:
                state += ", verspätet"
        elif each.missed(told.read_at):
            state = "offen, Frist versäumt"
        answer = each.answer or (f"Stellungnahme S{each.statement_id}" if each.statement_id else "")
        rows.append(
            [
                f"{formats.moment(each.received_at)}, {_CHANNELS_IN[each.channel]}",
                who,
                each.questions,
                _until(each.deadline_at),
                " – ".join(p for p in (state, answer) if p),
            ]
        )  # fmt: skip
    yield paper.table(["Eingang", "Medium", "Fragen", "Frist", "Stand"], [29, 30, 0, 29, 42], rows)


def _handovers(told: Dossier, _counted: Figures) -> Iterator[Part]:
    if not told.handovers:
        yield paper.words(
            "In dieser Fassung nicht enthalten." if told.level == "insurer" else "Keine Übergaben."
        )
        return
    for each in told.handovers:
        handover = each.handover
        ended = formats.moment(handover.ended_at) if handover.ended_at else "offen"
        kind = "Notübernahme" if handover.kind == "emergency" else "Übergabe"
        yield paper.sub(
            f"{kind} {handover.leaving_name} an {handover.receiving_name}", listed=False
        )
        yield paper.facts(
            [
                ("Begonnen", formats.moment(handover.started_at)),
                ("Abgeschlossen", ended),
                ("Grund", handover.reason),
            ]
        )
        for note in each.notes:
            yield paper.quote(
                f"{note.situation}\nNächste Schritte: {note.next_steps}",
                f"{note.written_by}, {formats.moment(note.written_at)}",
            )


# 12 Hours and costs ----------------------------------------------------------------------------


def _hours(told: Dossier, counted: Figures) -> Iterator[Part]:
    report = told.report
    yield paper.facts(
        [
            ("Leistungsbericht", report.label),
            ("Leistungsgrenze", figures.cap(counted, told.budget.basis)),
            ("Zeitrundung", report.rounding or _DASH),
            ("SHA-256 der Zeilen", paper.mono(report.rows_sha256)),
        ]
    )
    if report.lines:
        yield paper.table(
            ["Nr.", "Datum", "Dauer", "Leistung", "Netto", "Gedeckt", "Nicht ged.", "Zahler"],
            [8, 26, 13, 0, 20, 20, 20, 20],
            [_hours_row(line) for line in report.lines],
            right=[0, 2, 4, 5, 6],
            total=[
                "", "Summe", "", "", formats.money(report.net_cents),
                formats.money(report.covered_cents), formats.money(counted.overflow_cents), "",
            ],
        )  # fmt: skip
    else:
        yield paper.words("Keine verrechenbaren Leistungen.")
    yield paper.sub("Wer was zahlt")
    yield paper.table(
        ["Summe", "Betrag"],
        [0, 34],
        [[name, formats.money(cents)] for name, cents in report.totals],
        right=[1],
    )
    if counted.activities:
        yield paper.sub("Nach Tätigkeit", listed=False)
        yield paper.table(
            ["Tätigkeit", "Stunden", "Netto"],
            [0, 24, 34],
            [
                [each.name, formats.hours(each.seconds), formats.money(each.net_cents)]
                for each in counted.activities
            ],
            right=[1, 2],
        )
    internal = [each for each in told.entries if not is_exported(each)]
    if internal:
        yield paper.sub("Intern oder zurückgenommen, nicht verrechnet", listed=False)
        yield paper.table(
            ["Wann", "Wer", "Was", "Dauer"],
            [29, 34, 0, 16],
            [
                [
                    formats.moment(each.started_at),
                    each.person,
                    " – ".join(p for p in (
                        budget_words.kind(each.kind), each.text, each.internal_note,
                        f"zurückgenommen: {each.reversed_because}" if each.reversed_because else "",
                    ) if p),
                    formats.hours(each.billed_seconds),
                ]
                for each in internal
            ],
            right=[3],
        )  # fmt: skip
    yield from _costs(told)


def _hours_row(line: Line) -> list[Cell]:
    day = f"{local(line.started_at):%d.%m.%Y}"
    times = clock_text(line.started_at) if line.ended_at else ""
    if line.ended_at:
        times += f"–{clock_text(line.ended_at)}"
    text = f"{line.activity}: {line.text} ({line.person})"
    if line.reservation:
        text += f" [{line.reservation}]"
    if line.surcharge_reason:
        text += f" ({line.surcharge_reason})"
    if line.receipt:
        text += f" (Beleg {line.receipt})"
    return [
        str(line.number),
        f"{day} {times}".strip(),
        hours_text(line.billed_seconds) if line.ended_at else "",
        text,
        formats.money(line.net_cents),
        formats.money(line.covered_cents),
        formats.money(line.overflow_cents),
        ", ".join(p for p in (PAYER_NAMES[line.payer], line.rule) if p),
    ]


def _costs(told: Dossier) -> Iterator[Part]:
    if told.costs:
        yield paper.sub("Kosten außerhalb der Leistungsgrenze")
        yield paper.table(
            ["Wann", "Art", "Was", "Betrag", "Zahler", "Regel"],
            [29, 34, 0, 22, 32, 16],
            [
                [
                    formats.moment(each.happened_at),
                    rule_on(each.kind).name,
                    each.text
                    if each.withdrawn_because is None
                    else paper.struck(f"{each.text} (zurückgenommen: {each.withdrawn_because})"),
                    formats.money(each.cents),
                    "nur zur Kenntnis"
                    if rule_on(each.kind).information
                    else _COST_PAYERS.get(each.payer, each.payer),
                    paper.mono(each.rule),
                ]
                for each in told.costs
            ],
            right=[3],
        )
    if told.visits:
        yield paper.sub("Vor-Ort-Einsätze (NA-22 bis NA-24)")
        yield paper.table(
            ["Gewünscht", "Stand", "Wer", "Versicherer", "Firma"],
            [52, 46, 0, 24, 24],
            [
                [
                    f"{formats.moment(each.wished_at)}, {each.wished_by}",
                    _VISITS[each.state]
                    + (f" {formats.moment(each.arrived_at)}" if each.arrived_at else "")
                    + (f": {each.reason}" if each.reason else ""),
                    each.technician or _DASH,
                    formats.money(each.split.insurer_cents) if each.split else _DASH,
                    formats.money(each.split.insured_cents) if each.split else _DASH,
                ]
                for each in told.visits
            ],
            right=[3, 4],
        )
    if told.tasks:
        yield paper.sub("Organisierte Hilfe (NA-34, NA-37)", listed=False)
        yield paper.table(
            ["Aufgabe", "Für", "Stand"],
            [0, 40, 50],
            [
                [
                    each.title,
                    each.for_whom or _DASH,
                    ": ".join(p for p in (_TASKS[each.state], each.reason) if p),
                ]
                for each in told.tasks
            ],
        )
    if told.restoration:
        yield paper.sub("Wiederherstellungskosten, andere Polizze (NA-42)", listed=False)
        yield paper.table(
            ["Gerechnet", "Variante", "Gedeckt", "Wortlaut verglichen"],
            [29, 20, 30, 0],
            [
                [
                    formats.moment(each.recorded_at),
                    each.variant,
                    formats.money(each.covered_cents),
                    f"{each.confirmed_by}, {each.confirmed_in}"
                    if each.confirmed_by
                    else "noch nicht mit dem Original verglichen",
                ]
                for each in told.restoration
            ],
            right=[2],
        )


# 13 Insurer, closing, proof --------------------------------------------------------------------


def _claims(told: Dossier, _counted: Figures) -> Iterator[Part]:
    if told.claim_numbers:
        yield paper.table(
            ["Schadennummer", "Vergeben", "Durch", "Grund der Änderung"],
            [44, 29, 46, 0],
            [
                [each.number, formats.moment(each.given_at), each.given_by, each.reason or _DASH]
                for each in told.claim_numbers
            ],
        )
    kept = [each for each in told.claim_reports if each.state != "discarded"]
    if not kept:
        yield paper.words("Noch keine Meldung an den Versicherer festgehalten.")
    for each in kept:
        yield from _claim(each)


def _claim(told: ClaimReport) -> Iterator[Part]:
    yield paper.sub(f"{told.title}: {told.subject}", listed=False)
    sent = told.dispatch
    if sent is None:
        yield paper.words(_REPORT_STATES[told.state].capitalize() + ", nicht gesendet.")
        return
    yield paper.facts(
        [
            ("Gesendet", f"{formats.moment(sent.sent_at)} durch {sent.sent_by}"),
            ("An", f"{sent.recipient} ({_RECIPIENTS[sent.recipient_kind]})"),
            ("Weg", _SEND_METHODS[sent.method]),
            ("Bestätigung", sent.reference),
            ("SHA-256", paper.mono(sent.sha256)),
        ]
    )
    yield paper.quote(sent.text)


def _closing(told: Dossier, _counted: Figures) -> Iterator[Part]:
    if not told.closing_reports and told.closing is None:
        yield paper.words("Der Fall ist nicht abgeschlossen, ein Abschlussbericht liegt nicht vor.")
    if told.closing is not None:
        done = told.closing
        yield paper.facts(
            [
                ("Abgeschlossen", f"{formats.moment(done.closed_at)} durch {done.closed_by}"),
                ("Abschlussnotiz", done.note),
                ("Ohne Abschlussbericht, weil", done.without_report),
            ]
        )
        if done.open_items:
            yield paper.minor("Offen beim Abschluss, namentlich bestätigt")
            yield paper.items([each.text for each in done.open_items])
    if told.closing_reports:
        yield from closing_parts(told.closing_reports[0])
    yield from after_the_case(told)


def closing_parts(report: ClosingReport) -> Iterator[Part]:
    """What a closing report says, as it stands in the case file and as a paper of its own."""
    lessons = report.lessons
    yield paper.note(
        f"Fassung {report.version}, {formats.moment(report.written_at)}, {report.written_by}"
    )
    for title, said in (
        ("Was gut ging", lessons.went_well),
        ("Was nicht gut ging", lessons.went_badly),
        ("Vorsorge der Firma", lessons.readiness),
    ):
        if said:
            yield paper.sub(title, listed=False)
            yield paper.quote(said)
    if lessons.measures:
        yield paper.sub("Maßnahmen", listed=False)
        yield paper.table(
            ["Maßnahme", "Zuständig", "Bis"],
            [0, 50, 26],
            [[each.text, each.owner, f"{each.due_on:%d.%m.%Y}"] for each in lessons.measures],
        )
    yield paper.sub("Zahlen", listed=False)
    yield paper.facts(report.figures)


def after_the_case(told: Dossier) -> Iterator[Part]:
    """What both sides should know when it is over: termination (EX-10), complaint (EX-12)."""
    rules = reference.load("rules")
    yield paper.sub("Nach dem Fall", listed=False)
    yield paper.words(contract.special_termination(told.policy.template))
    yield paper.note(f"EX-10: „{rules['EX-10']['quote']}“")
    product = contract.products().get(told.policy.template)
    way = told.policy.complaint_way or (" ".join(product.complaint) if product else "")
    yield paper.words(
        f"Beschwerdeweg: {way}" if way else
        "Beschwerdeweg: Der Vertrag nennt hier keinen; bitte beim Versicherer erfragen."
    )  # fmt: skip
    yield paper.note(f"EX-12: „{rules['EX-12']['quote']}“")


def _proof(told: Dossier, _counted: Figures) -> Iterator[Part]:
    yield paper.words(
        "Alles, was am Dienst geschieht, steht in einer Prüfkette: Jeder Eintrag trägt die "
        "Prüfsumme des vorigen, sodass sich nachträglich nichts ändern, entfernen oder einfügen "
        "lässt, ohne dass es auffällt."
    )
    yield paper.facts(
        [
            ("Ende der Kette", f"Eintrag {told.audit.head.id}"),
            ("Prüfsumme", paper.mono(told.audit.head.hash)),
            (
                "Einträge dieses Falls",
                str(len(told.audit.entries)) if told.level == "lawyer" else "nicht enthalten",
            ),
        ]
    )
    yield paper.sub("So prüfen Sie diese Akte", listed=False)
    yield paper.items(
        [
            "Akte entpacken und in ihrem Ordner „sha256sum -c SHA256SUMS“ aufrufen, unter macOS "
            "„shasum -a 256 -c SHA256SUMS“: Jede Zeile muss OK melden.",
            "Oder „krisenpult verify“ mit der ZIP-Datei aufrufen: Das prüft auch, ob Belege, "
            "Freigaben, Summen und Prüfkette zusammenpassen.",
            "Die Prüfsumme von manifest.json hat der Dienst beim Erstellen in seiner Prüfkette "
            "festgehalten; er kann bestätigen, dass genau diese Akte von ihm stammt.",
        ]
    )
    yield paper.note(
        "Zeichen, die die Schrift dieses Berichts nicht enthält, stehen als Nummer in der Form "
        "‹U+1F600›; der genaue Wortlaut steht in den Textdateien der Akte."
    )


_Parts = Callable[[Dossier, Figures], Iterator[Part]]

_SECTIONS: Final[tuple[tuple[str, _Parts], ...]] = (
    ("1 Zusammenfassung", _summary),
    ("2 Deckung", _coverage),
    ("3 Firma, Polizze, Personen", _firm),
    ("4 IT-Notfälle", _incidents),
    ("5 Zeitleiste", _timeline),
    ("6 Tatsachen", _facts),
    ("7 Meldungen", _mentions),
    ("8 Stellungnahmen", _statements),
    ("9 Belege und Beweiskette", _evidence),
    ("10 Fristen", _clocks),
    ("11 Schritte der Checkliste", _steps),
    ("12 Beteiligte", _stakeholders),
    ("13 Vorwürfe und gewählte Wege", _options),
    ("14 Presseanfragen", _press),
    ("15 Übergaben", _handovers),
    ("16 Leistungen und Kosten", _hours),
    ("17 Meldungen an den Versicherer", _claims),
    ("18 Abschluss", _closing),
    ("19 Nachprüfen", _proof),
)
