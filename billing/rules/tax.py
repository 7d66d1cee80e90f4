"""Consumption tax of a qualified invoice: one rounding per rate per invoice, never per line (§5.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

from kmc_portal.lib.choices import Labelled


class Rounding(Labelled):
    """Of the absolute amount, so that a reduction undoes exactly what was charged."""

    FLOOR = "floor", "切り捨て"
    HALF_UP = "half_up", "四捨五入"
    CEIL = "ceil", "切り上げ"


class TaxCategory(Labelled):
    STANDARD = "standard", "標準税率"
    REDUCED = "reduced", "軽減税率"
    EXEMPT = "exempt", "不課税・非課税"


MODES = {Rounding.FLOOR: ROUND_DOWN, Rounding.HALF_UP: ROUND_HALF_UP, Rounding.CEIL: ROUND_UP}
YEN = Decimal(1)


@dataclass(frozen=True)
class TaxedSum:
    """The lines of one rate together; `rate` in percent, the rest integer yen."""

    rate: Decimal
    net: int
    tax: int

    @property
    def total(self) -> int:
        return self.net + self.tax


def to_yen(amount: Decimal, rounding: Rounding) -> int:
    return int(amount.quantize(YEN, rounding=MODES[rounding]))


def tax_on(net: int, rate: Decimal, rounding: Rounding) -> TaxedSum:
    """`net` yen without tax; `rate` in percent."""
    return TaxedSum(rate, net, to_yen(Decimal(net) * rate / 100, rounding))


def tax_by_rate(amounts: Iterable[tuple[Decimal, int]], rounding: Rounding) -> list[TaxedSum]:
    """(rate, net yen) of every line → one sum per rate, the highest rate first."""
    nets: dict[Decimal, int] = {}
    for rate, net in amounts:
        nets[rate] = nets.get(rate, 0) + net
    return [tax_on(nets[rate], rate, rounding) for rate in sorted(nets, reverse=True)]
