"""Restoration costs (Wiederherstellungskosten) under the clause variants V1 to V4.

What each variant says stands in ``data/reference/clauses.toml``. This is another policy than
the assistance product: nothing here touches the cap of the communication emergency.

Readings, and why:

* The control test (WK-02, WK-03) applies to every restoration cost of data and system, to the
  crisis provider and the internal extra cost too: they are paid as part of those costs.
* It does not apply to private devices (V2 to V4 put them beside it with "oder"), nor to
  physical damage of hardware: that is a promise of its own ("Darüber hinaus besteht auch
  Versicherungsschutz", V2 and V3 "Über die vorgenannten Kosten hinaus") with a test of its own,
  the cause (WK-06). Neither sentence asks whose control the hardware is under, and the control
  test speaks of "die Daten und das IT-System" of the promises before it. What stays is whose
  hardware it is: "IT-Hardware eines Versicherten" in V2 and V3.
* Hardware that a network breach has damaged or destroyed stays under the certificate's limit,
  even where it cannot be cleaned either: a destroyed device never can, and the limit would
  otherwise be without effect.
* New hardware because cleaning is impossible or considerably dearer (WK-13) is cleaning cost
  by other means: the limit is named for physical damage only.
* Software is part of the IT system: bringing it back to its former state is paid (WK-05);
  anything better is not, which the reason says.
* A limit that is not known blocks the amount (WK-09); it is never taken as zero or unlimited.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from cases.coverage import Verdict
from data import reference
from data.fields import Fields
from data.i18n import _


class Variant(StrEnum):
    """The four wordings."""

    V1 = "V1"
    V2 = "V2"
    V3 = "V3"
    V4 = "V4"


class CostKind(StrEnum):
    """What was paid for."""

    CLEANING = "cleaning"
    DATA = "data"
    PROVISIONAL = "provisional"
    HARDWARE = "hardware"
    PRIVATE_DEVICE = "private_device"
    CRISIS_PROVIDER = "crisis_provider"
    INTERNAL_EXTRA = "internal_extra"
    PRODUCTION_MEANS = "production_means"
    SOFTWARE = "software"


class Control(StrEnum):
    """Whose system it is (WK-02)."""

    SOLE = "sole"
    FULL = "full"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Item:
    """One cost. None is unknown.

    ``origin_controlled``: the event started in the part that the insured controls.
    ``caused_by_network_breach``: damaged or destroyed directly and exclusively by it.
    """

    id: str
    kind: CostKind
    cents: int
    control: Control | None = None
    origin_controlled: bool | None = None
    caused_by_network_breach: bool | None = None
    electronic: bool | None = None
    cleaning_impossible_or_dearer: bool | None = None


@dataclass(frozen=True)
class Claim:
    """All costs of one event under one policy. ``hardware_sublimit_cents`` None is unknown."""

    variant: Variant
    hardware_sublimit_cents: int | None
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Ruling:
    """What a clause says about one item, before its limit.

    ``limited``: the certificate's hardware limit applies.
    """

    result: Verdict
    reason: str
    rule: str
    limited: bool = False


@dataclass(frozen=True)
class ItemResult:
    """``cents`` is what is covered of ``claimed_cents``; nothing while it is being clarified."""

    id: str
    result: Verdict
    cents: int
    claimed_cents: int
    reason: str
    rule: str


@dataclass(frozen=True)
class Restoration:
    """The items in the given order and their covered sum.

    ``sublimit_left_cents`` is None where no limit applies or it is not known. ``reconstructed``:
    the wording was read out of a comparison and must be confirmed before anyone is paid.
    """

    items: tuple[ItemResult, ...]
    covered_cents: int
    clarify_cents: int
    sublimit_left_cents: int | None
    reconstructed: bool


# --- rulings ------------------------------------------------------------------------------------


def _controlled(item: Item, granted: Ruling) -> Ruling:
    """``granted`` where the control test is met (WK-02, WK-03)."""
    if item.control is None:
        return Ruling(
            Verdict.CLARIFY, _("Offen ist, wer die Kontrolle über das System hat."), "WK-02"
        )
    if item.control is not Control.FOREIGN:
        return granted
    if item.origin_controlled is None:
        return Ruling(
            Verdict.CLARIFY,
            _("Fremdes System: Offen ist, ob das Ereignis vom eigenen Teil ausging."),
            "WK-03",
        )
    if not item.origin_controlled:
        return Ruling(
            Verdict.NO,
            _("Fremdes System, und das Ereignis ging nicht vom eigenen Teil aus."),
            "WK-03",
        )
    if granted.result is not Verdict.YES:
        return granted
    reason = _("{reason} Das Ereignis ging vom eigenen Teil des Systems aus (WK-03).")
    return replace(granted, reason=reason.format(reason=granted.reason))


def _cleaning(item: Item) -> Ruling:
    return _controlled(
        item, Ruling(Verdict.YES, _("Isolation und Säuberung sind mitversichert."), "WK-04")
    )


def _data(item: Item, clause: dict[str, Any]) -> Ruling:
    if clause["paper_data"]:
        return _controlled(
            item, Ruling(Verdict.YES, _("Die Wiederherstellung von Daten ist versichert."), "WK-01")
        )
    if item.electronic is False:
        return Ruling(
            Verdict.NO, _("Nur elektronische Daten sind versichert, diese sind es nicht."), "WK-14"
        )
    granted = Ruling(
        Verdict.YES, _("Die Wiederherstellung elektronischer Daten ist versichert."), "WK-14"
    )
    ruling = _controlled(item, granted)
    if item.electronic is None and ruling.result is Verdict.YES:
        return Ruling(Verdict.CLARIFY, _("Offen ist, ob es elektronische Daten sind."), "WK-14")
    return ruling


def _software(item: Item) -> Ruling:
    return _controlled(
        item,
        Ruling(
            Verdict.YES,
            _("Software ist als Teil des IT-Systems im früheren Zustand versichert, nicht besser."),
            "WK-05",
        ),
    )


def _named(item: Item, named: str, rule: str, yes: str, open_question: str) -> Ruling:
    """A cost that V2 to V4 name and V1 does not."""
    reason = yes if Verdict(named) is Verdict.YES else open_question
    return _controlled(item, Ruling(Verdict(named), reason, rule))


def _private_device(clause: dict[str, Any]) -> Ruling:
    if clause["private_devices"]:
        return Ruling(
            Verdict.YES, _("Private IT-Geräte sind mitversichert, auch ohne Kontrolle."), "WK-11"
        )
    return Ruling(Verdict.NO, _("Private IT-Geräte sind nicht versichert."), "WK-11")


def _replacement(item: Item) -> Ruling:
    """New hardware instead of cleaning. A system that is not covered needs no comparison."""
    ruling = _controlled(
        item,
        Ruling(
            Verdict.YES,
            _("Neubeschaffung statt Säuberung, weil diese unmöglich oder erheblich teurer ist."),
            "WK-13",
        ),
    )
    if item.cleaning_impossible_or_dearer is None and ruling.result is not Verdict.NO:
        return Ruling(
            Verdict.CLARIFY,
            _("Offen ist, ob eine Säuberung unmöglich oder erheblich teurer wäre."),
            "WK-13",
        )
    return ruling


def _hardware(item: Item, clause: dict[str, Any]) -> Ruling:
    """Physical damage first (WK-06), then new hardware instead of cleaning (WK-13)."""
    caused = item.caused_by_network_breach if clause["hardware_damage"] else False
    if caused is None:
        return Ruling(
            Verdict.CLARIFY,
            _("Offen ist, ob nur die Netzwerksicherheitsverletzung die Hardware beschädigt hat."),
            "WK-06",
        )
    if caused:
        return Ruling(
            Verdict.YES,
            _(
                "Hardwareschaden unmittelbar und ausschließlich durch Netzwerksicherheitsverletzung."
            ),
            "WK-06",
            limited=bool(clause["hardware_sublimit"]),
        )
    if not clause["replacement"]:
        return Ruling(
            Verdict.NO,
            _("Der Schaden stammt nicht allein aus einer Netzwerksicherheitsverletzung."),
            "WK-06",
        )
    if item.cleaning_impossible_or_dearer is not False:
        return _replacement(item)
    if clause["hardware_damage"]:
        return Ruling(
            Verdict.NO,
            _(
                "Kein Schaden allein aus einer Netzwerksicherheitsverletzung, Säuberung ist möglich."
            ),
            "WK-06",
        )
    return Ruling(Verdict.NO, _("Diese Variante deckt Sachschäden an der Hardware nicht."), "WK-06")


def _rule_on(item: Item, clause: dict[str, Any]) -> Ruling:
    """What the clause says about ``item``, whatever its amount."""
    match item.kind:
        case CostKind.CLEANING:
            return _cleaning(item)
        case CostKind.DATA:
            return _data(item, clause)
        case CostKind.SOFTWARE:
            return _software(item)
        case CostKind.PROVISIONAL:
            return _named(
                item,
                clause["provisional"],
                "WK-10",
                _("Provisorische Zwischenlösungen sind mitversichert."),
                _("Provisorische Zwischenlösungen nennt diese Variante nicht."),
            )
        case CostKind.CRISIS_PROVIDER:
            return _named(
                item,
                clause["providers"],
                "WK-12",
                _(
                    "Krisendienstleister sind mitversichert; PR-Stunden der Assistance zählen nicht."
                ),
                _("Krisendienstleister nennt diese Variante nicht."),
            )
        case CostKind.INTERNAL_EXTRA:
            return _named(
                item,
                clause["providers"],
                "WK-12",
                _("Interne Mehrkosten sind mitversichert."),
                _("Interne Mehrkosten nennt diese Variante nicht."),
            )
        case CostKind.PRIVATE_DEVICE:
            return _private_device(clause)
        case CostKind.HARDWARE:
            return _hardware(item, clause)
        case CostKind.PRODUCTION_MEANS:
            return Ruling(Verdict.NO, _("Produktionsmittel sind nicht versichert."), "WK-08")


# --- amounts ------------------------------------------------------------------------------------


def settle(claim: Claim) -> Restoration:
    """Rule on each item, in the given order; the hardware limit is used up in that order."""
    clause: dict[str, Any] = reference.load("clauses")[claim.variant]
    left = claim.hardware_sublimit_cents if clause["hardware_sublimit"] else None
    results: list[ItemResult] = []
    for item in claim.items:
        ruling = _rule_on(item, clause)
        covered = item.cents if ruling.result is Verdict.YES else 0
        if ruling.limited:
            ruling, covered = _within_limit(item, ruling, left)
            left = None if left is None else left - covered
        results.append(
            ItemResult(item.id, ruling.result, covered, item.cents, ruling.reason, ruling.rule)
        )
    return Restoration(
        items=tuple(results),
        covered_cents=sum(each.cents for each in results),
        clarify_cents=sum(each.claimed_cents for each in results if each.result is Verdict.CLARIFY),
        sublimit_left_cents=left,
        reconstructed=clause["reconstructed"],
    )


def _within_limit(item: Item, ruling: Ruling, left: int | None) -> tuple[Ruling, int]:
    """Hardware damage under the certificate's limit (WK-09)."""
    if left is None:
        reason = _("Die Entschädigungsgrenze aus dem Versicherungsschein fehlt.")
        return Ruling(Verdict.CLARIFY, reason, "WK-09"), 0
    covered = min(item.cents, left)
    if covered == item.cents:
        return ruling, covered
    reason = _("{reason} Gedeckt bis zur Entschädigungsgrenze (WK-09).")
    return replace(ruling, reason=reason.format(reason=ruling.reason)), covered


# --- JSON ---------------------------------------------------------------------------------------


def from_json(value: object) -> Claim:
    """The input of ``krisenpult restore-costs``. Raises InputError with the field's path."""
    fields = Fields(value)
    return Claim(
        variant=Variant(fields.choice("variant", [each.value for each in Variant])),
        hardware_sublimit_cents=fields.integer("hardware_sublimit_cents", None, least=0),
        items=tuple(_read_item(item) for item in fields.objects("items")),
    )


def _read_item(fields: Fields) -> Item:
    control = fields.choice("control", [each.value for each in Control], None)
    return Item(
        id=fields.text("id"),
        kind=CostKind(fields.choice("kind", [each.value for each in CostKind])),
        cents=fields.integer("cents", least=0),
        control=None if control is None else Control(control),
        origin_controlled=fields.truth("origin_controlled", None),
        caused_by_network_breach=fields.truth("caused_by_network_breach", None),
        electronic=fields.truth("electronic", None),
        cleaning_impossible_or_dearer=fields.truth("cleaning_impossible_or_dearer", None),
    )


def to_json(restoration: Restoration) -> dict[str, Any]:
    """The output of ``krisenpult restore-costs``."""
    return {
        "items": [
            {
                "id": each.id,
                "result": each.result.value,
                "cents": each.cents,
                "claimed_cents": each.claimed_cents,
                "reason": each.reason,
                "rule": each.rule,
            }
            for each in restoration.items
        ],
        "covered_cents": restoration.covered_cents,
        "clarify_cents": restoration.clarify_cents,
        "sublimit_left_cents": restoration.sublimit_left_cents,
        "wording_to_confirm": restoration.reconstructed,
    }
