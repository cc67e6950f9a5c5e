"""The cap (Leistungsgrenze): what of an amount is covered and who pays the rest.

NA-33: services in sum up to the cap per insured event. The entry that crosses the cap is
split in cents; money decides, seconds follow. An amount that ends exactly at the cap is
covered. Work really done is never refused: it is allocated.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from budget.money import net_of_gross

Key = TypeVar("Key", bound=Hashable)
Kind = Literal[
    "communication", "third_party", "it_phone", "it_onsite", "internal", "insured_pays", "excluded"
]
Payer = Literal["insurer", "owner", "none", "split"]
Basis = Literal["net", "gross"]
Bearer = Literal["insured", "own_loss"]

KINDS: tuple[Kind, ...] = get_args(Kind)
BASES: tuple[str, ...] = get_args(Basis)
DRAWING = frozenset({"communication", "third_party"})
LEVELS = (50, 80, 100)

IT_HELP = frozenset({"it_phone", "it_onsite"})
# What the insurer pays, within the cap or beside it, as long as the case is covered.
INSURED = DRAWING | IT_HELP

# The clause that sends a line to its payer; internal work has none, it is never billed.
RULE_OF_KIND: dict[str, str | None] = {
    "communication": "NA-33",
    "third_party": "NA-33",
    "it_phone": "NA-18",
    "it_onsite": "NA-24",
    "internal": None,
    "insured_pays": "NA-43",
    "excluded": "NA-38",
}
_PAYER_OUTSIDE_CAP: dict[str, Payer] = {
    "it_phone": "insurer",
    "it_onsite": "insurer",
    "internal": "none",
    "insured_pays": "owner",
    "excluded": "owner",
}


def basis_named(name: str) -> Basis:
    """The basis with this name, which must be one."""
    return "gross" if name == "gross" else "net"


@dataclass(frozen=True)
class Terms:
    """What decides beside its kind who pays a line.

    ``it_help_inside``: IT help counts towards the services in total (U-02).
    ``third_party_inside``: third-party fees do (U-06); outside they are no part of the promised
    service, so the firm pays them.
    ``borne_by``: who bears work under reservation once coverage was refused (U-08).
    """

    it_help_inside: bool = False
    third_party_inside: bool = True
    borne_by: Bearer | None = None


STANDARD = Terms()


def terms_from(it_help: str, third_party: str, outcome: str | None) -> Terms:
    """The terms that were stored as these values: inside_cap or outside_cap, and an outcome."""
    bearers: dict[str | None, Bearer] = {"insured": "insured", "own_loss": "own_loss"}
    return Terms(it_help == "inside_cap", third_party == "inside_cap", bearers.get(outcome))


def draws(kind: str, terms: Terms = STANDARD) -> bool:
    """Whether a line of this kind draws on the cap. Internal work and what the firm pays never do."""
    if kind not in INSURED or terms.borne_by is not None:
        return False
    if kind in IT_HELP:
        return terms.it_help_inside
    return kind != "third_party" or terms.third_party_inside


def kind_named(name: str) -> Kind:
    """The kind with this name, which must be one."""
    return next(kind for kind in KINDS if kind == name)


@dataclass(frozen=True)
class Cut:
    """An amount in the event's basis, cut at the cap; both parts in cents."""

    covered_cents: int = 0
    overflow_cents: int = 0

    @property
    def amount_cents(self) -> int:
        """Both parts together."""
        return self.covered_cents + self.overflow_cents


NOTHING = Cut()


@dataclass(frozen=True)
class Claim:
    """An amount that draws on the cap. ``locked`` is its cut where it was exported before."""

    amount_cents: int
    locked: Cut | None = None


@dataclass(frozen=True)
class Part:
    """One payer's share of a line: money, tax and time."""

    payer: Payer
    net_cents: int
    vat_cents: int
    covered_cents: int
    overflow_cents: int
    recorded_seconds: int
    billed_seconds: int


@dataclass(frozen=True)
class Worth:
    """What a line is worth before the cap is looked at."""

    net_cents: int
    vat_cents: int
    recorded_seconds: int = 0
    billed_seconds: int = 0

    def in_basis(self, basis: Basis) -> int:
        """The amount that counts against a cap of this basis."""
        return self.net_cents + self.vat_cents if basis == "gross" else self.net_cents


def cut(left_cents: int, amount_cents: int) -> Cut:
    """Cut an amount at what is left of the cap. Neither may be negative (ValueError)."""
    if left_cents < 0 or amount_cents < 0:
        raise ValueError("neither the rest of a cap nor an amount can be negative")
    covered = min(left_cents, amount_cents)
    return Cut(covered, amount_cents - covered)


def distribute(cap_cents: int, claims: Sequence[Claim]) -> list[Cut]:
    """Cut the claims at the cap, in the order given (the order of consumption).

    A locked claim keeps its cut, wherever it stands; the others share what is left.
    Raises ValueError where the locked ones alone are over the cap.
    """
    left = cap_cents - sum(claim.locked.covered_cents for claim in claims if claim.locked)
    if left < 0:
        raise ValueError("locked claims cover more than the cap")
    cuts = []
    for claim in claims:
        done = claim.locked or cut(left, claim.amount_cents)
        if claim.locked is None:
            left -= done.covered_cents
        cuts.append(done)
    return cuts


def redistribute(cap_cents: int, claims: Sequence[Claim]) -> list[Cut]:
    """Cut the claims at a cap that the locked ones alone may be over, in the order given.

    The locked ones come first and keep their cut as far as the cap goes; what is over it is
    overflow from then on. The others share what is left.
    """
    left = cap_cents
    kept: list[Claim] = []
    for claim in claims:
        if claim.locked is not None:
            covered = min(left, claim.locked.covered_cents)
            left -= covered
            claim = Claim(claim.amount_cents, Cut(covered, claim.locked.amount_cents - covered))
        kept.append(claim)
    return distribute(cap_cents, kept)


def payer_of(kind: str, done: Cut, terms: Terms = STANDARD) -> Payer:
    """Who pays a line. A drawing line of nothing is paid by nobody."""
    if not draws(kind, terms):
        return _payer_outside_cap(kind, terms)
    if done.covered_cents and done.overflow_cents:
        return "split"
    if done.covered_cents:
        return "insurer"
    return "owner" if done.overflow_cents else "none"


def _payer_outside_cap(kind: str, terms: Terms) -> Payer:
    if kind in INSURED and terms.borne_by is not None:
        return "owner" if terms.borne_by == "insured" else "none"
    return "owner" if kind == "third_party" else _PAYER_OUTSIDE_CAP[kind]


def rule_of(kind: str, terms: Terms = STANDARD) -> str | None:
    """The rule or open point that sends a line to its payer."""
    if kind in INSURED and terms.borne_by is not None:
        return "U-08"
    if kind in IT_HELP and terms.it_help_inside:
        return "NA-33"
    if kind == "third_party" and not terms.third_party_inside:
        return "U-06"
    return RULE_OF_KIND[kind]


@dataclass(frozen=True)
class Split:
    """An amount by who pays it: within the cap, over it, and outside it. A difference is signed."""

    covered_cents: int = 0
    overflow_cents: int = 0
    insurer_cents: int = 0
    owner_cents: int = 0
    nobody_cents: int = 0

    def plus(self, other: Split) -> Split:
        """Both together."""
        return Split(*(a + b for a, b in zip(self.amounts, other.amounts, strict=True)))

    def minus(self, other: Split) -> Split:
        """What has to be added to ``other`` to get this."""
        return Split(*(a - b for a, b in zip(self.amounts, other.amounts, strict=True)))

    @property
    def amounts(self) -> tuple[int, int, int, int, int]:
        """The five amounts in the order of the fields."""
        return (
            self.covered_cents,
            self.overflow_cents,
            self.insurer_cents,
            self.owner_cents,
            self.nobody_cents,
        )


def split_of(kind: str, amount_cents: int, done: Cut, terms: Terms) -> Split:
    """A line by who pays it: its cut where it draws on the cap, else all of it by one payer."""
    if draws(kind, terms):
        return Split(done.covered_cents, done.overflow_cents)
    payer = _payer_outside_cap(kind, terms)
    return Split(
        insurer_cents=amount_cents if payer == "insurer" else 0,
        owner_cents=amount_cents if payer == "owner" else 0,
        nobody_cents=amount_cents if payer == "none" else 0,
    )


def crossed(cap_cents: int, amounts: Iterable[tuple[Key, int]]) -> dict[int, Key]:
    """Which entry brought the booked sum to 50, 80 and 100 % of the cap.

    ``amounts`` are keys with covered and overflow together, in the order of consumption.
    Only levels that were reached are in the answer; nothing booked reaches no level, not
    even that of a cap of zero.
    """
    reached: dict[int, Key] = {}
    booked = 0
    for key, amount in amounts:
        booked += amount
        for level in LEVELS:
            if level not in reached and booked > 0 and booked * 100 >= cap_cents * level:
                reached[level] = key
    return reached


def level_of(cap_cents: int, used_cents: int) -> int:
    """The highest level that ``used_cents`` reaches, or 0."""
    if used_cents <= 0:
        return 0
    return max((level for level in LEVELS if used_cents * 100 >= cap_cents * level), default=0)


def parts(
    kind: str,
    worth: Worth,
    done: Cut,
    basis: Basis,
    vat_basis_points: int,
    terms: Terms = STANDARD,
) -> list[Part]:
    """A line as one part per payer; the parts add up to the cent and to the second."""
    payer = payer_of(kind, done, terms)
    whole = Part(
        payer,
        worth.net_cents,
        worth.vat_cents,
        done.covered_cents,
        done.overflow_cents,
        worth.recorded_seconds,
        worth.billed_seconds,
    )
    if payer != "split":
        return [whole]
    covered = done.covered_cents
    net = net_of_gross(covered, vat_basis_points) if basis == "gross" else covered
    vat = covered - net if basis == "gross" else worth.vat_cents * net // worth.net_cents
    first = Part(
        "insurer",
        net,
        vat,
        covered,
        0,
        worth.recorded_seconds * covered // done.amount_cents,
        worth.billed_seconds * covered // done.amount_cents,
    )
    second = Part(
        "owner",
        whole.net_cents - first.net_cents,
        whole.vat_cents - first.vat_cents,
        0,
        done.overflow_cents,
        whole.recorded_seconds - first.recorded_seconds,
        whole.billed_seconds - first.billed_seconds,
    )
    return [first, second]
