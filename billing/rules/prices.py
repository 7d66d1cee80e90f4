"""What a price list may hold: items, charging models, and how a quantity is priced (§5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.rules.plans import Channel, Option
from billing.rules.tax import TaxCategory
from kmc_portal.lib.choices import Labelled

DECIMALS = 4  # of a unit price
TOO_MUCH = 100_000_000  # yen for one unit


class PriceItem(Labelled):
    SMS = "sms", "SMS配信料（課金通数あたり）"
    PLUS = "plus", "+メッセージ配信料（1通）"
    RCS = "rcs", "RCS配信料（1通）"
    MONTHLY_BASE = "monthly_base", "月額基本料"
    OPTION_SMS_RESULT_NOTIFICATION = "option_sms_result_notification", "SMS結果通知（月額）"
    OPTION_TWO_WAY_SMS = "option_two_way_sms", "双方向SMS / 共通番号（月額）"
    OPTION_050 = "option_050", "050番号（月額）"
    OPTION_SOFTBANK_SENDER = "option_softbank_sender", "SoftBank送信元表示番号（月額）"
    OPTION_LONG_SMS = "option_long_sms", "SMS長文（月額）"
    OPTION_WEBHOOK = "option_webhook", "Webhook（月額）"
    OPTION_STORE_DISPLAY = "option_store_display", "ストア表示（月額）"
    OPTION_TEST_ACCOUNT = "option_test_account", "試験用アカウント（月額）"
    CONTRACT_FEE = "contract_fee", "契約手数料"
    CHANGE_FEE = "change_fee", "変更手数料（公式アカウント設定）"
    CANCELLATION_FEE = "cancellation_fee", "解約手数料"


class ChargeModel(Labelled):
    FLAT = "flat", "単一単価"
    GRADUATED = "graduated", "段階（超えた分だけ次の単価）"
    VOLUME = "volume", "数量（全量に該当段階の単価）"


class Scope(Labelled):
    """Over which quantity the tiers are counted."""

    CONTRACT = "contract", "契約ごと"
    ACCOUNT = "account", "請求先の合計"


CHANNEL_ITEM: dict[Channel, PriceItem] = {
    Channel.SMS: PriceItem.SMS,  # §5.2: per charged message
    Channel.PLUS: PriceItem.PLUS,
    Channel.RCS: PriceItem.RCS,
}
DELIVERY_ITEMS = frozenset(CHANNEL_ITEM.values())
ONE_OFF_ITEMS = frozenset({PriceItem.CONTRACT_FEE, PriceItem.CHANGE_FEE, PriceItem.CANCELLATION_FEE})


def option_item(option: Option) -> PriceItem:
    return PriceItem(option.value if option.value.startswith("option_") else f"option_{option.value}")


@dataclass(frozen=True)
class Tier:
    """`unit_price` (yen without tax) for the units after the first `above` ones."""

    above: int
    unit_price: Decimal


@dataclass(frozen=True)
class PriceRow:
    """One row of a price list. `carrier` "" stands for every carrier without a row of its own. `id` names the row."""

    id: int
    item: PriceItem
    carrier: str
    model: ChargeModel
    scope: Scope
    tax: TaxCategory
    tiers: tuple[Tier, ...]


@dataclass(frozen=True)
class Priced:
    """A quantity at one unit price."""

    quantity: int
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        """Yen without tax, not rounded."""
        return self.quantity * self.unit_price


def row_faults(row: PriceRow) -> list[str]:
    """What is wrong with a row (Japanese); empty when it can be published."""
    found = []
    if row.carrier and row.item is not PriceItem.SMS:
        found.append("キャリア別の単価はSMS配信料だけに設定できます。")
    if row.item not in DELIVERY_ITEMS and (
        row.model is not ChargeModel.FLAT or row.scope is not Scope.CONTRACT
    ):
        found.append("段階・数量の単価は配信料だけに設定できます。")
    if not row.tiers or row.tiers[0].above != 0:
        found.append("最初の段階は0通超から始めてください。")
    if any(a.above >= b.above for a, b in zip(row.tiers, row.tiers[1:], strict=False)):
        found.append("段階は少ない順に並べ、同じ数量を二度書かないでください。")
    if row.model is ChargeModel.FLAT and len(row.tiers) > 1:
        found.append("単一単価に段階は設定できません。")
    for tier in row.tiers:
        exponent = tier.unit_price.normalize().as_tuple().exponent
        if not isinstance(exponent, int) or tier.unit_price < 0 or -exponent > DECIMALS:
            found.append(f"単価は0以上、小数{DECIMALS}桁以内で指定してください（指定: {tier.unit_price}）。")
        elif tier.unit_price >= TOO_MUCH:
            found.append(f"単価は{TOO_MUCH:,}円未満で指定してください（指定: {tier.unit_price}）。")
    return found


def price_for(rows: Iterable[PriceRow], item: PriceItem, carrier: str = "") -> PriceRow | None:
    """The carrier's own row, else the row for every carrier; None where the list has no price."""
    found = {row.carrier: row for row in rows if row.item is item}
    return found.get(carrier) or found.get("")


def priced_in_order(row: PriceRow, quantities: Sequence[int]) -> list[list[Priced]]:
    """Price `quantities` that share one row's tiers, in this order: the first one fills the first tiers.

    Volume: all units at the price of the tier that the total reaches. The sum over all parts depends on the total
    alone; the order only says who pays which tier.
    """
    total = sum(quantities)
    if row.model is not ChargeModel.GRADUATED:
        reached = [tier for tier in row.tiers if tier.above < total] or [row.tiers[0]]
        return [[Priced(quantity, reached[-1].unit_price)] if quantity else [] for quantity in quantities]
    shares, used = [], 0
    for quantity in quantities:
        shares.append(_graduated(row.tiers, used, quantity))
        used += quantity
    return shares


def _graduated(tiers: tuple[Tier, ...], used: int, quantity: int) -> list[Priced]:
    """The units `used`+1 … `used`+`quantity`, cut at the tiers."""
    parts = []
    for tier, following in zip(tiers, (*tiers[1:], None), strict=True):
        first = max(used, tier.above)
        last = used + quantity if following is None else min(used + quantity, following.above)
        if last > first:
            parts.append(Priced(last - first, tier.unit_price))
    return parts
