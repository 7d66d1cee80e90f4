"""What a billing account owes for one month of use, before tax (§5): counted usage, fees and prices in, lines out.

Monthly fees are whole for every month begun or ended (§5.1). A contract that cannot be priced is parked with the
reason, and the others go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounts.rules.plans import Channel, Option
from billing.rules.carriers import DeliveryCarrier
from billing.rules.invoice import Detail, Line, LineKey, in_order, kind_of, line
from billing.rules.prices import (
    CHANNEL_ITEM,
    PriceItem,
    PriceRow,
    Scope,
    option_item,
    price_for,
    priced_in_order,
)
from billing.rules.tax import TaxCategory
from kmc_portal.lib.months import Month


class CannotPrice(Exception):
    """The message is for staff: what is missing, and in which contract's month."""


@dataclass(frozen=True)
class Usage:
    """`messages` texts of a month, each charged as `segments`. Those of a test account are charged alike (§2.0)."""

    channel: Channel
    carrier: DeliveryCarrier
    segments: int
    messages: int
    for_test: bool = False

    @property
    def units(self) -> int:
        return self.messages * self.segments


@dataclass(frozen=True)
class Fee:
    """A one-off charge. Without an amount (yen without tax) the price list counts."""

    id: int
    item: str
    reason: str
    amount: int | None
    tax: TaxCategory


@dataclass(frozen=True)
class ContractMonth:
    """One contract in one month. `own` prices go before `standard` ones, item by item and carrier by carrier."""

    contract: int
    number: str
    month: Month
    in_use: bool
    options: frozenset[Option] = frozenset()
    usage: tuple[Usage, ...] = ()
    fees: tuple[Fee, ...] = ()
    own: tuple[PriceRow, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Parked:
    contract: int
    month: Month
    reason: str


@dataclass
class Rated:
    lines: list[Line] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)


@dataclass(frozen=True)
class _Part:
    """One kind of message of one contract, waiting for its price."""

    contract: ContractMonth
    usage: Usage
    row: PriceRow


def rate(
    contracts: Sequence[ContractMonth], standard: Sequence[PriceRow], rates: dict[TaxCategory, Decimal]
) -> Rated:
    """All contracts of one account in one month. `rates`: percent by category in that month."""
    rated = Rated()
    details: dict[LineKey, list[Detail]] = {}
    parts: list[_Part] = []
    for contract in sorted(contracts, key=lambda one: one.number):
        try:
            own_details, own_parts = _of_contract(contract, standard, rates)
        except CannotPrice as reason:
            rated.parked.append(Parked(contract.contract, contract.month, str(reason)))
            continue
        parts += own_parts
        for key, detail in own_details:
            details.setdefault(key, []).append(detail)
    for key, detail in _delivery(parts, rates):
        details.setdefault(key, []).append(detail)
    rated.lines = sorted((line(key, found) for key, found in details.items()), key=in_order)
    return rated


def _of_contract(
    contract: ContractMonth, standard: Sequence[PriceRow], rates: dict[TaxCategory, Decimal]
) -> tuple[list[tuple[LineKey, Detail]], list[_Part]]:
    """Fees with their prices, and messages with their price rows; CannotPrice where anything is missing."""
    if contract.fault:
        raise CannotPrice(contract.fault)
    details = []
    if contract.in_use:
        items = [
            PriceItem.MONTHLY_BASE,
            *sorted(map(option_item, contract.options), key=list(PriceItem).index),
        ]
        for item in items:
            row = _price(contract, standard, item)
            details.append(
                _detail(contract, item, row, rates, Detail(item, 1, row.tiers[0].unit_price, price=row.id))
            )
    for fee in sorted(contract.fees, key=lambda one: one.id):
        details.append(_fee(contract, fee, standard, rates))
    parts = []
    for usage in sorted(contract.usage, key=_place):
        row = _price(contract, standard, CHANNEL_ITEM[usage.channel], usage.carrier)
        _rate_of(row.tax, rates, contract)
        parts.append(_Part(contract, usage, row))
    return details, parts


def _fee(
    contract: ContractMonth, fee: Fee, standard: Sequence[PriceRow], rates: dict[TaxCategory, Decimal]
) -> tuple[LineKey, Detail]:
    if fee.amount is not None:
        key = LineKey(
            contract.contract, contract.month, kind_of(fee.item), _rate_of(fee.tax, rates, contract)
        )
        return key, Detail(fee.item, 1, Decimal(fee.amount), charge=fee.id, note=fee.reason)
    row = _price(contract, standard, PriceItem(fee.item))
    detail = Detail(fee.item, 1, row.tiers[0].unit_price, price=row.id, charge=fee.id, note=fee.reason)
    return _detail(contract, fee.item, row, rates, detail)


def _detail(
    contract: ContractMonth, item: str, row: PriceRow, rates: dict[TaxCategory, Decimal], detail: Detail
) -> tuple[LineKey, Detail]:
    rate_ = _rate_of(row.tax, rates, contract)
    return LineKey(contract.contract, contract.month, kind_of(item), rate_), detail


def _delivery(parts: list[_Part], rates: dict[TaxCategory, Decimal]) -> list[tuple[LineKey, Detail]]:
    """Tiers are counted over all units that one price row charges: of the contract, or of the whole account."""
    pools: dict[tuple[int, int], list[_Part]] = {}
    for part in parts:
        pool = part.contract.contract if part.row.scope is Scope.CONTRACT else 0
        pools.setdefault((part.row.id, pool), []).append(part)
    found = []
    for pooled in pools.values():
        row = pooled[0].row
        for part, shares in zip(
            pooled, priced_in_order(row, [one.usage.units for one in pooled]), strict=True
        ):
            key = LineKey(part.contract.contract, part.contract.month, kind_of(row.item), rates[row.tax])
            for share in shares:
                detail = Detail(
                    row.item,
                    share.quantity,
                    share.unit_price,
                    carrier=part.usage.carrier,
                    segments=part.usage.segments,
                    price=row.id,
                    for_test=part.usage.for_test,
                )
                found.append((key, detail))
    return found


def _price(
    contract: ContractMonth, standard: Sequence[PriceRow], item: PriceItem, carrier: str = ""
) -> PriceRow:
    row = price_for(contract.own, item, carrier) or price_for(standard, item, carrier)
    if row is None:
        of_carrier = f"（{DeliveryCarrier(carrier).label}）" if carrier else ""
        raise CannotPrice(f"{contract.month.label}の料金表に「{item.label}」{of_carrier}の単価がありません。")
    return row


def _rate_of(category: TaxCategory, rates: dict[TaxCategory, Decimal], contract: ContractMonth) -> Decimal:
    if category not in rates:
        raise CannotPrice(f"{contract.month.label}の消費税率（{category.label}）が登録されていません。")
    return rates[category]


def _place(usage: Usage) -> tuple[int, int, int, bool]:
    """Messages of a test account stand behind their like: so tiers are filled as if there were no mark."""
    return (
        list(Channel).index(usage.channel),
        list(DeliveryCarrier).index(usage.carrier),
        usage.segments,
        usage.for_test,
    )
