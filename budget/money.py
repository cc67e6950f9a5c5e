"""Money: integer cents, one rounding half up per line, never a float.

Totals are sums of shown lines; nothing is rounded a second time.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from budget.errors import UnreadableAmount
from data.formats import NBSP

HUNDRED_PERCENT = 10_000
_SECONDS_PER_HOUR = 3600

_AMOUNT = re.compile(
    r"(?:€|EUR)?\s*"
    r"(?P<whole>\d{1,3}(?:\.\d{3})+|\d+)"
    r"(?:,(?P<cents>\d{1,2}|-{1,2}|–|—))?"
    r"\s*(?:€|EUR)?"
)


def half_up(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` to the nearest whole number, an exact half upwards.

    Both are whole, the denominator positive, the numerator not negative (else ValueError).
    """
    if numerator < 0 or denominator <= 0:
        raise ValueError("half_up takes a numerator of at least 0 and a positive denominator")
    return (2 * numerator + denominator) // (2 * denominator)


def line_cents(seconds: int, rate_cents: int) -> int:
    """The amount of one line: ``seconds`` at ``rate_cents`` an hour, half up."""
    return half_up(seconds * rate_cents, _SECONDS_PER_HOUR)


def basis_points(percent: int | float | str) -> int:
    """A percentage as whole hundredths of a percent: 20 → 2000, 5.5 → 550.

    Raises ValueError below 0, above 100 or with more than two decimals.
    """
    try:
        scaled = Decimal(str(percent)) * 100
    except InvalidOperation:
        raise ValueError(f"{percent!r} is no percentage") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"{percent!r} has more than two decimals")
    if not 0 <= scaled <= HUNDRED_PERCENT:
        raise ValueError(f"{percent!r} is not between 0 and 100")
    return int(scaled)


def vat_cents(net_cents: int, vat_basis_points: int) -> int:
    """The value added tax (USt) of one line, half up."""
    return half_up(net_cents * vat_basis_points, HUNDRED_PERCENT)


def net_of_gross(gross_cents: int, vat_basis_points: int) -> int:
    """The net part of a gross amount, half up; the tax is the rest."""
    return half_up(gross_cents * HUNDRED_PERCENT, HUNDRED_PERCENT + vat_basis_points)


def decimal_text(cents: int) -> str:
    """A number for a German cell: 184250 → ``1842,50``, no thousands separator."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole},{rest:02d}"


def parse_euro(text: str) -> int:
    """Cents of an amount in Austrian spelling: ``2500``, ``2.500,-``, ``€ 1.842,50``.

    Strict: a point groups three digits, a comma starts the cents; "2.5" and "1,234.50" are
    refused instead of guessed. Raises :class:`UnreadableAmount`.
    """
    found = _AMOUNT.fullmatch(text.replace(NBSP, " ").strip())
    if found is None:
        raise UnreadableAmount(text)
    whole = int(found["whole"].replace(".", ""))
    cents = found["cents"] or ""
    return whole * 100 + (int(cents.ljust(2, "0")) if cents.isdigit() else 0)
