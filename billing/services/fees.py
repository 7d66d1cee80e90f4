"""What a one-off fee would cost, to show before somebody asks for it (§2.1b, §3, §5.1)."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from accounts.models import Contract
from billing.rules.prices import PriceItem, PriceRow, price_for
from billing.rules.tax import TaxCategory
from billing.services import prices
from kmc_portal.lib.months import Month


@dataclass(frozen=True)
class Fee:
    """`net` yen without tax, `percent` of consumption tax; the invoice rounds once per rate over all its lines."""

    net: int
    percent: Decimal

    @property
    def about_gross(self) -> int:
        """With tax, were it alone on the invoice; yen, rounded down."""
        return int((self.net * (100 + self.percent) / 100).to_integral_value(ROUND_DOWN))

    @property
    def label(self) -> str:
        return f"{self.net:,}円（税抜）"


def fee(contract: Contract, item: PriceItem, month: Month) -> Fee | None:
    """The price of `item` in that month: the contract's own, else the standard one; None where there is none."""
    row = _row(contract, item, month)
    if row is None:
        return None
    percent = prices.tax_rates(month).get(TaxCategory(row.tax), Decimal(0))
    return Fee(int(row.tiers[0].unit_price.to_integral_value(ROUND_DOWN)), percent)


def _row(contract: Contract, item: PriceItem, month: Month) -> PriceRow | None:
    own = prices.own_rows(month, [contract.pk]).get(contract.pk, ())
    return price_for(own, item) or price_for(prices.standard_rows(month), item)
