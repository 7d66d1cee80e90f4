"""What stands on an invoice (§5.1): kinds of lines, their details, and the difference to what was invoiced before.

A line belongs to a contract, a month of use, a kind and a tax rate. Its yen are rounded down once from the exact sum
of its details (ours); a later delta is the new yen less the yen invoiced before, so that both always add up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from accounts.rules.plans import Channel, Option
from billing.rules.prices import CHANNEL_ITEM, DELIVERY_ITEMS, ONE_OFF_ITEMS, PriceItem, option_item
from kmc_portal.lib.choices import Labelled
from kmc_portal.lib.months import Month

OTHER = "other"  # an item with its own amount
REMARK_LENGTH = 200
DELIVERY_NAMES = {CHANNEL_ITEM[channel].value: channel.label for channel in Channel}
OPTION_NAMES = {option_item(option).value: option.label for option in Option}


class LineKind(Labelled):
    """In the order in which they stand on the invoice."""

    DELIVERY = "delivery", "MessageCast/配信料"
    BASE = "base", "MessageCast/月額基本料"
    OPTIONS = "options", "MessageCast/各種オプション料"
    CONTRACT_FEE = "contract_fee", "MessageCast/契約手数料"
    ONE_OFF = "one_off", "MessageCast/一時費用"


ORDER = {kind: place for place, kind in enumerate(LineKind)}


@dataclass(frozen=True)
class Detail:
    """`quantity` units (charged messages, or 1 for a fee) of `unit_price` yen without tax.

    `price` is the row of the price list, `charge` the one-off charge it comes from, `note` its reason. `for_test`: sent
    from a test account, charged alike and shown apart (§2.0, §2.1a).
    """

    item: str
    quantity: int
    unit_price: Decimal
    carrier: str = ""
    segments: int = 0
    price: int | None = None
    charge: int | None = None
    note: str = ""
    for_test: bool = False

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.unit_price

    def as_json(self) -> dict[str, Any]:
        """The mark of a test account stands only where there is one."""
        mark = {"for_test": True} if self.for_test else {}
        return {
            "item": self.item,
            "carrier": self.carrier,
            "segments": self.segments,
            "quantity": self.quantity,
            "unit_price": str(self.unit_price),
            "amount": str(self.amount),
            "price": self.price,
            "charge": self.charge,
            "note": self.note,
            **mark,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Detail":
        return cls(
            item=data["item"],
            quantity=data["quantity"],
            unit_price=Decimal(data["unit_price"]),
            carrier=data["carrier"],
            segments=data["segments"],
            price=data["price"],
            charge=data["charge"],
            note=data["note"],
            for_test="for_test" in data,
        )


@dataclass(frozen=True)
class LineKey:
    contract: int
    month: Month
    kind: LineKind
    rate: Decimal  # percent


@dataclass(frozen=True)
class Line:
    key: LineKey
    net: int
    details: tuple[Detail, ...] = field(default=())


def kind_of(item: str) -> LineKind:
    if item in DELIVERY_ITEMS:
        return LineKind.DELIVERY
    if item == PriceItem.MONTHLY_BASE:
        return LineKind.BASE
    if item == PriceItem.CONTRACT_FEE:
        return LineKind.CONTRACT_FEE
    if item in ONE_OFF_ITEMS or item == OTHER:
        return LineKind.ONE_OFF
    return LineKind.OPTIONS


def line(key: LineKey, details: Iterable[Detail]) -> Line:
    """Round once, down (for a negative sum too: the next lower yen)."""
    parts = tuple(details)
    exact = sum((part.amount for part in parts), Decimal(0))
    return Line(key, int(exact.to_integral_value(rounding=ROUND_FLOOR)), parts)


def deltas(wanted: Iterable[Line], invoiced: Iterable[Line]) -> list[Line]:
    """What has to be invoiced still, so that everything invoiced for a month adds up to `wanted`. Equal lines vanish."""
    target = {one.key: one for one in wanted}
    before: dict[LineKey, Line] = {}
    for one in invoiced:
        earlier = before.get(one.key, Line(one.key, 0))
        before[one.key] = Line(one.key, earlier.net + one.net, earlier.details + one.details)
    found = []
    for key in target.keys() | before.keys():
        now, was = target.get(key, Line(key, 0)), before.get(key, Line(key, 0))
        details = _difference(now.details, was.details)
        if details or now.net != was.net:
            found.append(Line(key, now.net - was.net, details))
    return sorted(found, key=in_order)


def in_order(one: Line) -> tuple[Any, ...]:
    """By month and kind, the highest rate first; contracts are put in order by their numbers, outside."""
    return (one.key.month, ORDER[one.key.kind], -one.key.rate, one.key.contract)


def remark(one: Line, month: Month) -> str:
    """備考: what is in the line, and the month of use where it is not the invoice's own. At most 200 characters."""
    said = []
    if one.key.month != month:
        said.append(f"{one.key.month.label}利用分の追加・訂正")
    if one.key.kind is LineKind.DELIVERY:
        said.append(f"{'/'.join(_in_order(one, DELIVERY_NAMES))}配信合算値")  # §5.1
    elif one.key.kind is LineKind.OPTIONS:
        said.append("、".join(_in_order(one, OPTION_NAMES)))
    elif one.key.kind is LineKind.ONE_OFF:
        said += dict.fromkeys(detail.note for detail in one.details if detail.note)
    whole = "　".join(said)
    return whole if len(whole) <= REMARK_LENGTH else f"{whole[: REMARK_LENGTH - 1]}…"


def _in_order(one: Line, names: Mapping[str, str]) -> list[str]:
    items = {detail.item for detail in one.details}
    return [name for item, name in names.items() if item in items]


def _difference(now: Iterable[Detail], was: Iterable[Detail]) -> tuple[Detail, ...]:
    left: dict[Detail, int] = {}
    for sign, details in ((1, now), (-1, was)):
        for one in details:
            same = replace(one, quantity=0)
            left[same] = left.get(same, 0) + sign * one.quantity
    return tuple(replace(one, quantity=quantity) for one, quantity in left.items() if quantity)
