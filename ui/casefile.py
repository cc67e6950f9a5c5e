"""The case file: everything the insurer or a lawyer needs, with a manifest of hashes.

A ZIP with a readable report (PDF), the data as JSON, the originals of the evidence, and
``manifest.json`` with the SHA-256 of every other file in it.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

import typst
from sqlite_utils import Database

from access import audit
from access.actor import Actor
from budget import store as budget_store
from budget.entry import Entry
from budget.settlement import is_exported
from cases import evidence, store, words
from cases.store import Case
from data import Home, formats, now, transaction
from data.i18n import _
from data.times import local_text
from drafting import store as drafting_store
from monitoring import mentions

_REPORT = r"""
#let d = json(bytes(sys.inputs.data))
#set document(title: d.title, date: none)
#set page(paper: "a4", margin: 2cm, numbering: "1 / 1", header: align(right, text(8pt, d.number)))
#set text(lang: "de", size: 10pt, hyphenate: false)
#set heading(numbering: none)
= #d.title
#d.state
#for part in d.parts [
  == #part.title
  #if part.rows.len() == 0 [ #part.empty ] else [
    #table(columns: part.columns, stroke: 0.4pt + luma(180), inset: 5pt,
      ..part.rows.flatten().map(cell => [#cell]))
  ]
]
"""


def build(home: Home, actor: Actor, number: str) -> bytes:
    """The ZIP for the case with this number. Raises UnknownCase.

    Taking the evidence out leaves a custody entry for each original.
    """
    db = home.db()
    case = store.case_by_number(db, number)
    at = now()
    with transaction(db):
        files = _files(db, home, actor, case, at)
        audit.record(db, actor, "case.exported", f"crisis_case:{case.id}", case_id=case.id)
    manifest = {
        "case": case.number,
        "made_at": local_text(at),
        "made_by": actor.name,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    files["manifest.json"] = _json(manifest)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return packed.getvalue()


def verify(packed: bytes) -> list[str]:
    """What is wrong with a case file: each file whose hash is not the manifest's."""
    problems = []
    with zipfile.ZipFile(io.BytesIO(packed)) as zipped:
        listed = json.loads(zipped.read("manifest.json"))["files"]
        for name in sorted({*listed, *zipped.namelist()} - {"manifest.json"}):
            if name not in listed:
                problems.append(f"{name} is not in the manifest")
            elif name not in zipped.namelist():
                problems.append(f"{name} is missing")
            elif hashlib.sha256(zipped.read(name)).hexdigest() != listed[name]:
                problems.append(f"{name} was changed")
    return problems


def _files(db: Database, home: Home, actor: Actor, case: Case, at: datetime) -> dict[str, bytes]:
    kept = evidence.evidence_of(db, case.id)
    files = {
        f"evidence/B{each.id}-{each.file_name}": evidence.look(
            db, home, actor, each.id, "exported with the case file"
        )
        for each in kept
    }
    custody = {f"B{each.id}": evidence.custody_of(db, each.id) for each in kept}
    statements = _statements(db, case)
    files |= {
        "report.pdf": _report(db, case, statements, at),
        "case.json": _json(
            {
                "case": case,
                "firm": store.firm_by_id(db, case.firm_id),
                "people": store.people_of(db, case.firm_id),
                "insured_event": store.event_by_id(db, case.insured_event_id),
                "it_incidents": store.incidents_of(db, case.id),
                "facts": store.facts_of(db, case.id),
                "clocks": store.clocks_of(db, case.id),
                "contacts": store.contacts_of(db, case.id),
            }
        ),
        "coverage.json": _json(store.coverage_of(db, case.id)),
        "timeline.json": _json(store.timeline_of(db, case.id, limit=100_000)),
        "mentions.json": _json(mentions.list_mentions(db, case.id, limit=100_000)),
        "statements.json": _json(statements),
        "hours.json": _json(_hours(db, case)),
        "evidence.json": _json({"originals": kept, "custody": custody}),
        "audit.json": _json(audit.entries(db, case.id, limit=1_000_000)),
    }
    return files


def _hours(db: Database, case: Case) -> list[Entry]:
    """What the payer may see: neither internal work nor internal notes leave the house."""
    return [
        replace(entry, internal_note="")
        for entry in budget_store.entries_of(db, case.id)
        if is_exported(entry)
    ]


def _statements(db: Database, case: Case) -> list[dict[str, Any]]:
    return [
        {
            "statement": statement,
            "versions": drafting_store.versions_of(db, statement.id),
            "recipients": drafting_store.recipients_of(db, statement.id),
            "reviews": drafting_store.reviews_of(db, statement.id),
            "approvals": drafting_store.approvals_of(db, statement.id),
            "release": drafting_store.release_of(db, statement.id),
        }
        for statement in drafting_store.statements_of(db, case.id)
    ]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return local_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)  # type: ignore[call-overload]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=_plain).encode()


def _report(db: Database, case: Case, statements: list[dict[str, Any]], at: datetime) -> bytes:
    data = {
        "number": case.number,
        "title": f"{case.number} · {case.public_name}",
        "state": _("Fallakte, Stand {at}").format(at=formats.moment(at)),
        "parts": [
            _coverage_part(db, case),
            _money_part(db, case),
            _facts_part(db, case),
            _statement_part(statements),
            _evidence_part(db, case),
            _timeline_part(db, case),
        ],
    }
    return typst.compile(
        _REPORT.encode(), sys_inputs={"data": json.dumps(data, ensure_ascii=False)}
    )


def _part(title: str, columns: int, rows: list[list[str]]) -> dict[str, Any]:
    return {"title": title, "columns": columns, "rows": rows, "empty": _("Keine Einträge.")}


def _coverage_part(db: Database, case: Case) -> dict[str, Any]:
    records = store.coverage_of(db, case.id)
    rows = [
        [
            formats.moment(record.decided_at),
            str(record.decision.get("explanation", "")),
            ", ".join(rule["id"] for rule in record.decision.get("rules", [])),
            record.decided_by,
        ]
        for record in records
    ]
    return _part(_("Deckungsentscheidung"), 4, rows)


def _money_part(db: Database, case: Case) -> dict[str, Any]:
    rows = [
        [
            formats.moment(entry.started_at),
            entry.text,
            formats.hours(entry.billed_seconds),
            formats.money(entry.covered_cents),
            formats.money(entry.overflow_cents),
        ]
        for entry in _hours(db, case)
    ]
    return _part(_("Leistungen"), 5, rows)


def _facts_part(db: Database, case: Case) -> dict[str, Any]:
    rows = [
        [fact.code, words.fact_status(fact.status), fact.text, fact.source]
        for fact in store.facts_of(db, case.id)
    ]
    return _part(_("Tatsachen"), 4, rows)


def _statement_part(statements: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [
        [
            each["statement"].title,
            each["versions"][-1].text if each["versions"] else "",
            "; ".join(
                f"{approval.approver_name}: {approval.decision} {formats.moment(approval.at)}"
                for approval in each["approvals"]
            ),
        ]
        for each in statements
    ]
    return _part(_("Stellungnahmen"), 3, rows)


def _evidence_part(db: Database, case: Case) -> dict[str, Any]:
    rows = [
        [f"B{each.id}", each.file_name, each.sha256, formats.moment(each.recorded_at)]
        for each in evidence.evidence_of(db, case.id)
    ]
    return _part(_("Belege"), 4, rows)


def _timeline_part(db: Database, case: Case) -> dict[str, Any]:
    rows = [
        [
            formats.moment(entry.happened_at),
            words.timeline_kind(entry.kind),
            entry.text,
            entry.actor_name,
        ]
        for entry in reversed(store.timeline_of(db, case.id, limit=100_000))
    ]
    return _part(_("Zeitleiste"), 4, rows)
