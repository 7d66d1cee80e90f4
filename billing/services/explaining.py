"""Explain an invoice: from a line to its parts, from a part to the price row and to the days and files it was counted
from; and how the tax was computed. Reading only; what it shows is what the close read (`stored_before`).
"""

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal

from django.db import connection

from accounts.rules.plans import Channel
from billing.models import (
    BillingRun,
    InvoiceLine,
    OneOffCharge,
    ParkedContract,
    PreviewLine,
    Price,
)
from billing.rules.carriers import DeliveryCarrier
from billing.rules.invoice import OTHER, Detail, LineKind
from billing.rules.invoice_document import Content
from billing.rules.prices import CHANNEL_ITEM, DELIVERY_ITEMS, ChargeModel, PriceItem, Scope
from billing.rules.segments import why
from billing.rules.tax import Rounding
from billing.services import facts
from billing.workflow import FINAL
from kmc_portal.lib.months import Month
from kmc_portal.lib.yen import yen

AnyLine = InvoiceLine | PreviewLine
FactKey = tuple[str, str, int, bool]  # item, carrier, segments, from a test account

_FACTS = f"""
    SELECT f.channel, f.carrier, f.segments, test.account IS NOT NULL, f.day, u.id, u.name, sum(f.messages)
      FROM billing_dailyfact f JOIN billing_usagefile u ON u.id = f.file_id {facts.TEST_SENDERS}
     WHERE f.contract_id = %(contract)s AND f.day BETWEEN %(first)s AND %(last)s
       AND u.stored_at <= %(moment)s AND (u.replaced_at IS NULL OR u.replaced_at > %(moment)s)
     GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


@dataclass(frozen=True)
class CountedDay:
    """`messages` texts of a day in a file; below zero where an earlier invoice counted them and this one takes them off."""

    day: datetime.date
    file_id: int
    file_name: str
    messages: int
    units: int


@dataclass(frozen=True)
class Part:
    """One detail of a line, with what it comes from."""

    detail: Detail
    label: str
    carrier: str  # as shown; "" where it does not matter
    unit: str  # 「通」 or 「月」 …
    because: tuple[str, ...] = ()
    price: Price | None = None
    charge: OneOffCharge | None = None


@dataclass(frozen=True)
class Counted:
    """Everything that was counted for one kind of message; several parts share it where tiers split the quantity."""

    label: str
    carrier: str
    segments: int
    for_test: bool
    days: tuple[CountedDay, ...]
    parts_units: int  # as the line's parts have it

    @property
    def messages(self) -> int:
        return sum(one.messages for one in self.days)

    @property
    def units(self) -> int:
        return sum(one.units for one in self.days)

    @property
    def agrees(self) -> bool:
        return self.units == self.parts_units


@dataclass(frozen=True)
class Explained:
    """`because` says how the line's yen came about."""

    line: AnyLine
    month: Month
    kind: str
    parts: tuple[Part, ...]
    counted: tuple[Counted, ...]
    exact: Decimal
    because: tuple[str, ...]
    is_addition: bool  # to a month that was closed before
    moment: datetime.datetime | None
    before: datetime.datetime | None = field(default=None)  # what an earlier invoice had counted already

    @property
    def has_test(self) -> bool:
        """Something in it was sent from a test account (§2.0, §2.1a)."""
        return any(part.detail.for_test for part in self.parts)


@dataclass(frozen=True)
class ExplainedTax:
    """One rate of an invoice: 「10%対象 105 + 105 + 105 = 315円、消費税 315 × 10% = 31.5 → 31円（切り捨て）」."""

    rate: str
    net: int
    tax: int
    total: int
    because: str


def explain_line(line: AnyLine) -> Explained:
    """Of an invoice, or of a preview."""
    run = _run_of(line)
    month, used = Month.of(run.month), Month.of(line.usage_month)
    details = [Detail.from_json(one) for one in line.details]
    is_addition = used != month
    before = _counted_before(run, line.contract_id, used) if is_addition else None
    kind = LineKind(line.kind)
    return Explained(
        line=line,
        month=used,
        kind=kind.label,
        parts=_parts(details),
        counted=_counted(line.contract_id, used, run.stored_before, before, details)
        if kind is LineKind.DELIVERY
        else (),
        exact=(exact := sum((one.amount for one in details), Decimal(0))),
        because=_line_because(kind, exact, line.net, is_addition),
        is_addition=is_addition,
        moment=run.stored_before,
        before=before,
    )


def explain_taxes(content: Content, nets: Iterable[tuple[Decimal, int]]) -> list[ExplainedTax]:
    """`nets`: (rate, net yen) of every line."""
    by_rate: dict[Decimal, list[int]] = {}
    for rate, net in nets:
        by_rate.setdefault(rate, []).append(net)
    rounding = Rounding(content["rounding"])
    return [
        ExplainedTax(
            row["rate"],
            row["net"],
            row["tax"],
            row["total"],
            _tax_because(
                row["rate"], by_rate.get(Decimal(row["rate"]), []), row["net"], row["tax"], rounding
            ),
        )
        for row in content["taxes"]
    ]


# pieces -------------------------------------------------------------------------------------------


def item_label(item: str) -> str:
    return "その他一時費用" if item == OTHER else PriceItem.label_of(item)


def _run_of(line: AnyLine) -> BillingRun:
    return line.invoice.run


def _parts(details: list[Detail]) -> tuple[Part, ...]:
    prices = Price.objects.select_related("price_list__contract").prefetch_related("tiers")
    found = prices.in_bulk([one.price for one in details if one.price])
    charges = OneOffCharge.objects.select_related("charged_by").in_bulk(
        [one.charge for one in details if one.charge]
    )
    return tuple(
        Part(
            detail=one,
            label=item_label(one.item),
            carrier=DeliveryCarrier.label_of(one.carrier) if one.carrier else "",
            unit="通" if one.item in DELIVERY_ITEMS else "",
            because=tuple(_part_because(one, found.get(one.price or 0))),
            price=found.get(one.price or 0),
            charge=charges.get(one.charge or 0),
        )
        for one in details
    )


def _part_because(detail: Detail, price: Price | None) -> Iterable[str]:
    if detail.item == PriceItem.SMS and detail.carrier and detail.segments:
        yield why(DeliveryCarrier(detail.carrier), detail.segments)
    elif detail.item in DELIVERY_ITEMS:
        yield "文字数にかかわらず、1件を1通として課金します。"
    elif detail.charge is None:
        yield "月額料金は日割りせず、利用を開始した月・終了する月も1か月分です。"
    if detail.for_test:
        yield "試験用アカウントからの配信です。ほかの配信と同じく課金し、実際のお客様にも届きます（§2.0、§2.1a）。"
    if price is not None and price.model != ChargeModel.FLAT:
        tiers = "、".join(f"{tier.above:,}通超 {yen(tier.unit_price)}円" for tier in price.tiers.all())
        over = "請求先のすべての契約の合計" if price.scope == Scope.ACCOUNT else "この契約の合計"
        yield f"{ChargeModel.label_of(price.model)}：{tiers}。通数は{over}で数えます。"


def _line_because(kind: LineKind, exact: Decimal, net: int, is_addition: bool) -> tuple[str, ...]:
    if is_addition:
        return (
            f"以前の請求書で請求した金額との差額です。内訳の差は {yen(exact)}円、"
            f"1円未満を切り捨てた金額どうしの差で {yen(net)}円になります。",
        )
    rounded = int(exact.to_integral_value(rounding=ROUND_FLOOR))
    if exact == rounded:
        return (f"内訳の合計 {yen(exact)}円です。",)
    return (f"内訳の合計 {yen(exact)}円を、行ごとに一度だけ1円未満切り捨てて {yen(rounded)}円です。",)


def _tax_because(rate: str, nets: list[int], net: int, tax: int, rounding: Rounding) -> str:
    if not Decimal(rate):
        return f"消費税の対象外です（{len(nets)}行、{yen(net)}円）。"
    exact = Decimal(net) * Decimal(rate) / 100
    lines = f"{len(nets)}行の税抜合計 {yen(net)}円 × {rate}% ＝ {yen(exact)}円"
    if exact == tax:
        return f"{lines}。"
    return f"{lines} → {yen(tax)}円（{rounding.label}、税率ごとに一度だけ）。"


def _counted_before(run: BillingRun, contract_id: int, used: Month) -> datetime.datetime | None:
    """The moment up to which earlier invoices counted this month of the contract; None where none did."""
    lines = InvoiceLine.objects.filter(
        contract=contract_id, usage_month=used.first_day, invoice__month__lt=run.month, invoice__live=True
    )
    if not lines.exists():
        return None
    waited = ParkedContract.objects.filter(
        contract=contract_id, usage_month=used.first_day, run__month__lt=run.month
    ).values_list("run_id", "preview")
    earlier = BillingRun.objects.filter(
        month__lt=run.month, month__gte=used.first_day, state__in=FINAL
    ).order_by("-month")
    parked = set(waited)
    return next((one.stored_before for one in earlier if (one.pk, one.preview) not in parked), None)


def _counted(
    contract_id: int,
    used: Month,
    moment: datetime.datetime | None,
    before: datetime.datetime | None,
    details: Collection[Detail],
) -> tuple[Counted, ...]:
    counts: dict[FactKey, dict[tuple[datetime.date, int, str], int]] = {}
    for sign, at in ((1, moment), (-1, before)):
        if at is None:
            continue
        for channel, carrier, segments, for_test, day, file_id, name, messages in _facts(
            contract_id, used, at
        ):
            key = (CHANNEL_ITEM[Channel(channel)].value, carrier, segments, for_test)
            days = counts.setdefault(key, {})
            days[day, file_id, name] = days.get((day, file_id, name), 0) + sign * int(messages)
    units: dict[FactKey, int] = {}
    for one in details:
        key = (one.item, one.carrier, one.segments, one.for_test)
        units[key] = units.get(key, 0) + one.quantity
    found = []
    for key in sorted(counts.keys() | units.keys(), key=_order):
        counted = tuple(_days(counts.get(key, {}), key[2]))
        if units.get(key) or sum(one.units for one in counted):
            found.append(
                Counted(
                    label=item_label(key[0]),
                    carrier=DeliveryCarrier.label_of(key[1]),
                    segments=key[2],
                    for_test=key[3],
                    days=counted,
                    parts_units=units.get(key, 0),
                )
            )
    return tuple(found)


def _days(counts: Mapping[tuple[datetime.date, int, str], int], segments: int) -> Iterable[CountedDay]:
    for (day, file_id, name), messages in sorted(counts.items()):
        if messages:
            yield CountedDay(day, file_id, name, messages, messages * segments)


def _order(key: FactKey) -> tuple[int, int, int, bool]:
    return (
        list(PriceItem).index(PriceItem(key[0])),
        list(DeliveryCarrier).index(DeliveryCarrier(key[1])),
        key[2],
        key[3],
    )


def _facts(
    contract_id: int, used: Month, moment: datetime.datetime
) -> list[tuple[str, str, int, bool, datetime.date, int, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _FACTS,
            {
                "contract": contract_id,
                "first": used.first_day,
                "last": used.last_day,
                "moment": moment,
                **facts.test_senders([contract_id]),
            },
        )
        return cursor.fetchall()
