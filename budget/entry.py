"""What the room budget keeps and shows: entries, timers, reservations, the state of a cap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from budget import ledger, policy
from budget.consent import Consent
from budget.ledger import Basis, Cut, Kind, Payer, Split, Terms, Worth
from budget.worktime import WorkTime
from data.i18n import N_

KIND_NAMES = {
    "communication": N_("Medienbetreuung"),
    "third_party": N_("Fremdkosten"),
    "it_phone": N_("IT-Telefonhilfe"),
    "it_onsite": N_("IT vor Ort"),
    "internal": N_("intern"),
    "insured_pays": N_("zahlt die Firma"),
    "excluded": N_("ausgeschlossen"),
}


@dataclass(frozen=True)
class Work:
    """Hours to be booked. ``rate_cents`` is net per hour; ``internal_note`` is never exported."""

    work: WorkTime
    rate_cents: int
    activity: str
    text: str
    kind: Kind = "communication"
    function: str = ""
    receipt: str = ""
    internal_note: str = ""
    person: str = ""
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Cost:
    """A cost to be booked: a net amount with its receipt, at a moment."""

    at: datetime
    cents: int
    text: str
    receipt: str = ""
    kind: Kind = "third_party"
    internal_note: str = ""
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Exported:
    """A line as it left the house: its cut, and the terms under which it was cut."""

    event_number: str
    cut: Cut
    basis: Basis
    terms: Terms


@dataclass(frozen=True)
class Correction:
    """What changed of an exported line after its export, by who pays (signed cents).

    ``batch_id`` is the export that told it, None as long as none has.
    """

    id: int
    entry_id: int
    event_number: str
    difference: Split
    cause: str
    recorded_at: datetime
    recorded_by: str
    batch_id: int | None


@dataclass(frozen=True)
class Entry:
    """A booked hour or cost with what the cap covers of it now.

    ``event_id`` is the event its case belongs to now, ``amount_cents`` is in the basis of that
    event. ``cut_cents`` is what the cost review cut, ``reviewed_cents`` the same in the basis of
    the day it was cut; what is covered, over the cap and cut make the amount. ``batch`` names
    the export that locked it, ``exported`` says how.

    ``provisional``: booked under reservation, while coverage was being clarified. ``outcome`` is
    what became of it: None as long as nothing was decided, confirmed, insured or own_loss.
    """

    id: int
    case_id: int
    event_id: int
    kind: Kind
    person: str
    function: str
    activity: str
    text: str
    internal_note: str
    started_at: datetime
    ended_at: datetime | None
    break_seconds: int
    recorded_seconds: int
    billed_seconds: int
    rounding_mode: str
    rounding_minutes: int
    rate_cents: int | None
    surcharge_cents: int
    surcharge_reason: str
    fixed_cents: int | None
    receipt: str
    net_cents: int
    vat_basis_points: int
    vat_cents: int
    amount_cents: int
    recorded_at: datetime
    recorded_by: str
    covered_cents: int
    overflow_cents: int
    cut_cents: int
    reversed_because: str | None
    batch: str | None
    batch_id: int | None
    basis: Basis
    it_help: str
    third_party: str
    provisional: bool
    outcome: str | None
    reviewed_cents: int
    exported: Exported | None

    @property
    def terms(self) -> Terms:
        """What decides beside its kind who pays it."""
        return ledger.terms_from(self.it_help, self.third_party, self.outcome)

    @property
    def draws(self) -> bool:
        """Whether it draws on the cap of its event."""
        return ledger.draws(self.kind, self.terms)

    @property
    def rule(self) -> str | None:
        """The rule or open point that sends it to its payer."""
        return ledger.rule_of(self.kind, self.terms)

    @property
    def under_reservation(self) -> bool:
        """Whether nobody has decided yet who pays it."""
        return self.provisional and self.outcome is None

    @property
    def owed_cents(self) -> int:
        """What somebody has to pay: the amount less what the cost review cut."""
        return self.amount_cents - self.cut_cents

    @property
    def split(self) -> Split:
        """By who pays it."""
        return ledger.split_of(self.kind, self.owed_cents, self.cut, self.terms)

    @property
    def cut(self) -> Cut:
        """Covered and overflow."""
        return Cut(self.covered_cents, self.overflow_cents)

    @property
    def payer(self) -> Payer:
        """Who pays it."""
        return ledger.payer_of(self.kind, self.cut, self.terms)

    @property
    def worth(self) -> Worth:
        """Money and time before the cap."""
        return Worth(self.net_cents, self.vat_cents, self.recorded_seconds, self.billed_seconds)


@dataclass(frozen=True)
class Timer:
    """A running timer."""

    id: int
    case_id: int
    event_id: int
    person_key: str
    person: str
    function: str
    activity: str
    rate_cents: int
    started_at: datetime


@dataclass(frozen=True)
class Reservation:
    """Money of the cap held for something ordered, in the event's basis."""

    id: int
    case_id: int
    event_id: int
    text: str
    cents: int
    expires_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class Batch:
    """One export of a case: which state of its hours left the house."""

    id: int
    label: str
    exported_at: datetime
    exported_by: str
    line_count: int
    rows_sha256: str


@dataclass(frozen=True)
class CaseSums:
    """What the entries of a case add up to. ``open_count``: not exported yet."""

    case_id: int
    number: str
    public_name: str
    state: str
    entry_count: int
    open_count: int
    net_cents: int
    covered_cents: int
    overflow_cents: int


@dataclass(frozen=True)
class EventBudget:
    """What an insured event has used of its cap, in cents of its basis.

    ``crossed`` are the levels reached by what is booked, with the entry that reached each;
    ``level`` is the highest one reached by booked, reserved and running work together.
    ``reached_at`` is the moment at which the running work will use up the cap.
    """

    event_id: int
    cap_cents: int
    basis: Basis
    vat_basis_points: int
    covered_cents: int
    overflow_cents: int
    reserved_cents: int
    running_cents: int
    crossed: dict[int, int]
    reached_at: datetime | None
    consent: Consent | None
    unconsented_cents: int
    noticed: bool

    @property
    def remaining_cents(self) -> int:
        """The cap less what is covered."""
        return self.cap_cents - self.covered_cents

    @property
    def projected_cents(self) -> int:
        """Booked, reserved and running together."""
        return self.covered_cents + self.overflow_cents + self.reserved_cents + self.running_cents

    @property
    def level(self) -> int:
        """The highest level the projection reaches: 0, 50, 80 or 100."""
        return ledger.level_of(self.cap_cents, self.projected_cents)

    @property
    def notice_due(self) -> bool:
        """Whether the owner has to be told by now what going on will cost."""
        used = self.projected_cents * 100 >= self.cap_cents * policy.notice_percent()
        return used and self.projected_cents > 0 and not self.noticed

    @property
    def must_stop(self) -> bool:
        """Whether work over the cap goes on, or is about to, without the owner's consent."""
        return self.level == 100 and (self.consent is None or self.unconsented_cents > 0)
