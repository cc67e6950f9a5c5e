"""The machine-readable parts of a case file: one JSON document a room, named in English.

Times carry Vienna's offset, money is in cents. What a reader may see was decided before
(:func:`ui.dossier.for_level`); here it is only written down.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from typing import Any, Final

from budget import report as budget_report
from cases import options
from cases.stakeholders import Line
from cases.steps import StepState
from data.times import local_text
from drafting import approval as approval_rules
from drafting.approval import Content
from ui.dossier import AttackRecord, ClockRecord, Dossier, IncidentRecord, StatementRecord

SCHEMA: Final = 1
"""The version of the documents; a reader refuses a newer one."""


def documents(dossier: Dossier) -> dict[str, Any]:
    """Every part by its file name, in a fixed order."""
    return {
        "case.json": _case(dossier),
        "coverage.json": {
            "decisions": dossier.coverage,
            "open_points": {"settings": dossier.settings, "decisions": dossier.decisions},
        },
        "incidents.json": [_incident(each) for each in dossier.incidents],
        "facts.json": dossier.facts,
        "timeline.json": dossier.timeline,
        "mentions.json": {
            "mentions": dossier.mentions,
            "stories": dossier.stories,
            "alerts": dossier.alerts,
        },
        "statements.json": [_statement(each) for each in dossier.statements],
        "evidence.json": _evidence(dossier),
        "clocks.json": [_clock(each) for each in dossier.clocks],
        "press.json": dossier.enquiries,
        "handovers.json": dossier.handovers,
        "steps.json": [_step(each) for each in dossier.steps],
        "stakeholders.json": [_stakeholder(each) for each in dossier.stakeholders],
        "attacks.json": [_attack(each) for each in dossier.attacks],
        "hours.json": hours(dossier),
        "costs.json": {
            "outside_the_cap": dossier.costs,
            "restoration": dossier.restoration,
            "visits": dossier.visits,
            "tasks": dossier.tasks,
        },
        "claims.json": {
            "numbers": dossier.claim_numbers,
            "reports": [{**asdict(each), "title": each.title} for each in dossier.claim_reports],
        },
        "closing.json": {"reports": dossier.closing_reports, "closing": dossier.closing},
        "audit.json": {"head": dossier.audit.head, "entries": dossier.audit.entries},
    }


def _case(dossier: Dossier) -> dict[str, Any]:
    return {
        "level": dossier.level,
        "case": dossier.case,
        "firm": dossier.firm,
        "people": dossier.people,
        "authorities": dossier.authorities,
        "contacts": dossier.contacts,
        "policy": dossier.policy,
        "insured_event": dossier.event,
        "moves": dossier.moves,
        "readiness": dossier.readiness,
        "left_out": dossier.left_out,
    }


def _incident(told: IncidentRecord) -> dict[str, Any]:
    return {
        **asdict(told.incident),
        "relation": told.link.relation,
        "relation_reason": told.link.reason,
        "changes": told.changes,
        "systems": told.systems,
        "system_changes": told.system_changes,
        "permissions": told.permissions,
        "help": told.help,
    }


def _statement(told: StatementRecord) -> dict[str, Any]:
    return {
        **asdict(told.statement),
        "versions": [
            {**asdict(each), "text_sha256": approval_rules.text_hash(each.text)}
            for each in told.versions
        ],
        "recipient_count": told.recipient_count,
        "recipients": told.recipients,
        "attachments": told.attachments,
        "reviews": told.reviews,
        "overrides": told.overrides,
        "consents": told.consents,
        "approvals": told.approvals,
        "bound": [
            {
                "version": each.version,
                "content_hash": each.content_hash,
                "content": asdict(each.content) if each.content else None,
            }
            for each in told.bound
        ],
        "release": told.release,
        "delivery_counts": dict(told.delivery_counts),
        "deliveries": told.deliveries,
        "postings": told.postings,
    }


def content_of(value: dict[str, Any]) -> Content:
    """The content that ``statements.json`` holds. Raises KeyError and TypeError."""
    return Content(
        text=value["text"],
        title=value["title"],
        channel=value["channel"],
        language=value["language"],
        audience=value["audience"],
        recipients=tuple(approval_rules.Recipient(**each) for each in value["recipients"]),
        attachments=tuple(value["attachments"]),
        facts=tuple(approval_rules.FactRef(**each) for each in value["facts"]),
    )


def _attack(told: AttackRecord) -> dict[str, Any]:
    attack = told.attack
    return {
        **{each.name: getattr(attack, each.name) for each in fields(attack)},
        "answers": options.to_json(attack.answers),
        "decisions": told.decisions,
    }


def _clock(told: ClockRecord) -> dict[str, Any]:
    return {**asdict(told.clock), "history": told.history}


def _evidence(dossier: Dossier) -> dict[str, Any]:
    return {
        "pieces": [
            {
                **asdict(each.evidence),
                "custody": each.custody,
                "access": each.access,
                "redaction": each.redaction,
                "timestamps": [
                    {
                        "id": stamp.id,
                        "authority": stamp.authority,
                        "nonce": str(stamp.nonce),
                        "attested_at": stamp.attested_at,
                        "recorded_at": stamp.recorded_at,
                        "recorded_by": stamp.recorded_by,
                    }
                    for stamp in each.timestamps
                ],
            }
            for each in dossier.evidence.pieces
        ],
        "captured_pages": [
            {"page": page, "checks": checks} for page, checks in dossier.evidence.pages
        ],
    }


def hours(dossier: Dossier) -> dict[str, Any]:
    """The hours: the payer's report line by line, the bookings, and the sums of both."""
    report = json.loads(budget_report.to_text(dossier.report))
    value = {"report": report, "entries": json.loads(text(dossier.entries))}
    return {**value, "rows_sha256": dossier.report.rows_sha256, "totals": totals_of(value)}


def rows_sha256_of(value: dict[str, Any]) -> str:
    """The hash of the lines of ``hours.json``, from its rows. Raises what reading them raises."""
    return budget_report.from_text(json.dumps(value["report"])).rows_sha256


def totals_of(value: dict[str, Any]) -> dict[str, Any]:
    """The sums of ``hours.json``, from its rows. Raises what reading them raises."""
    report = budget_report.from_text(json.dumps(value["report"]))
    exported = [
        each
        for each in value["entries"]
        if each["kind"] != "internal" and each["reversed_because"] is None
    ]
    return {
        "entries": len(exported),
        "lines": len(report.lines),
        "entries_net_cents": sum(each["net_cents"] for each in exported),
        "lines_net_cents": report.net_cents,
        "covered_cents": report.covered_cents,
        "outside_cents": report.outside_cents,
        "owner_cents": report.owner_cents,
        "nobody_cents": report.nobody_cents,
        "billed_seconds": sum(each["billed_seconds"] for each in exported),
    }


def _step(told: StepState) -> dict[str, Any]:
    return {
        "step": told.step.id,
        "title": told.step.title,
        "state": told.state,
        "closed_by": told.closing,
        "items": [
            {
                "item": each.item.id,
                "title": each.item.title,
                "asked": each.asked,
                "settled": each.settled,
                "entry": each.entry,
            }
            for each in told.items
        ],
    }


def _stakeholder(told: Line) -> dict[str, Any]:
    return {
        "party": told.party.id,
        "title": told.title,
        "state": told.state,
        "suggestion": told.suggestion,
        "decision": told.entry,
    }


def text(value: object) -> bytes:
    """A part as it is written into the file: UTF-8 JSON, one field a line."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return local_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def moment_text(moment: datetime) -> str:
    """A moment as the documents write it."""
    return local_text(moment)
