"""All SQL of the room cases, but for the evidence (:mod:`cases.evidence`).

Functions take the database and the actor, open their own transaction, and return frozen
dataclasses. Each change leaves an audit entry; what people of the case should read later
leaves a timeline entry too. One module a thing; what other rooms need stands here by name.
"""

from cases.store.cases import (
    Case,
    Intake,
    case_by_id,
    case_by_number,
    cases_of_firm,
    close_case,
    decide_coverage,
    list_cases,
    open_case,
    take_over,
)
from cases.store.clocks import CaseClock, clocks_of, overdue_within, settle_clock, start_clock
from cases.store.contacts import CONTACT_KINDS, Contact, add_contact, contacts_of
from cases.store.coverage import CoverageRecord, coverage_of
from cases.store.events import InsuredEvent, event_by_id
from cases.store.facts import FACT_STATUSES, Fact, add_fact, change_fact, fact_by_id, facts_of
from cases.store.firms import (
    Firm,
    Person,
    Policy,
    add_firm,
    add_person,
    change_firm,
    firm_by_id,
    list_firms,
    people_of,
    policies_of,
    policy_by_id,
)
from cases.store.incidents import (
    RELATIONS,
    Incident,
    add_incident,
    incident_by_id,
    incident_by_number,
    incidents_of,
    incidents_of_firm,
    link_incident,
    update_incident,
)
from cases.store.timeline import TimelineEntry, add_timeline_entry, timeline_of

__all__ = [
    "CONTACT_KINDS",
    "FACT_STATUSES",
    "RELATIONS",
    "Case",
    "CaseClock",
    "Contact",
    "CoverageRecord",
    "Fact",
    "Firm",
    "Incident",
    "InsuredEvent",
    "Intake",
    "Person",
    "Policy",
    "TimelineEntry",
    "add_contact",
    "add_fact",
    "add_firm",
    "add_incident",
    "add_person",
    "add_timeline_entry",
    "case_by_id",
    "case_by_number",
    "cases_of_firm",
    "change_fact",
    "change_firm",
    "clocks_of",
    "close_case",
    "contacts_of",
    "coverage_of",
    "decide_coverage",
    "event_by_id",
    "fact_by_id",
    "facts_of",
    "firm_by_id",
    "incident_by_id",
    "incident_by_number",
    "incidents_of",
    "incidents_of_firm",
    "link_incident",
    "list_cases",
    "list_firms",
    "open_case",
    "overdue_within",
    "people_of",
    "policies_of",
    "policy_by_id",
    "settle_clock",
    "start_clock",
    "take_over",
    "timeline_of",
    "update_incident",
]
