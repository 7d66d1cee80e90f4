"""§5: what an account owes for a month, worked out by hand."""

from decimal import Decimal
from typing import Any

from accounts.rules.plans import Channel, Option
from billing.rules.carriers import DeliveryCarrier
from billing.rules.invoice import LineKind
from billing.rules.prices import ChargeModel, PriceItem, PriceRow, Scope
from billing.rules.rating import ContractMonth, Fee, Rated, Usage, rate
from billing.rules.tax import TaxCategory
from kmc_portal.lib.months import Month
from tests.fixtures.billing import row

OCTOBER = Month(2026, 10)
RATES = {TaxCategory.STANDARD: Decimal(10), TaxCategory.REDUCED: Decimal(8), TaxCategory.EXEMPT: Decimal(0)}
DOCOMO, AU = DeliveryCarrier.DOCOMO, DeliveryCarrier.AU


def numbered(*rows: PriceRow) -> tuple[PriceRow, ...]:
    """With the ids 1, 2 … in order."""
    return tuple(
        PriceRow(place, one.item, one.carrier, one.model, one.scope, one.tax, one.tiers)
        for place, one in enumerate(rows, start=1)
    )


STANDARD = numbered(
    row(PriceItem.SMS, "3.5"),
    row(PriceItem.PLUS, "6"),
    row(PriceItem.MONTHLY_BASE, "10000"),
    row(PriceItem.OPTION_LONG_SMS, "3000"),
    row(PriceItem.OPTION_WEBHOOK, "500"),
    row(PriceItem.CONTRACT_FEE, "30000"),
    row(PriceItem.CHANGE_FEE, "5000", tax=TaxCategory.EXEMPT),
)


def sms(messages: int, segments: int = 1, carrier: DeliveryCarrier = DOCOMO) -> Usage:
    return Usage(Channel.SMS, carrier, segments, messages)


def month(contract: int = 1, **more: Any) -> ContractMonth:
    values: dict[str, Any] = {"number": f"KMC{contract:09d}", "month": OCTOBER, "in_use": True, **more}
    return ContractMonth(contract=contract, **values)


def charged(*contracts: ContractMonth, standard: tuple[PriceRow, ...] = STANDARD) -> Rated:
    return rate(contracts, standard, RATES)


def nets(rated: Rated) -> list[tuple[int, str, int, int]]:
    return [(one.key.contract, one.key.kind.name, int(one.key.rate), one.net) for one in rated.lines]


def test_guide_5_1_a_whole_invoice_of_one_contract() -> None:
    found = charged(
        month(
            options=frozenset({Option.LONG_SMS, Option.WEBHOOK}),
            usage=(sms(100), sms(10, 3), sms(5, 2, AU), Usage(Channel.PLUS, AU, 1, 7)),
            fees=(Fee(1, "contract_fee", "新規のご契約", None, TaxCategory.STANDARD),),
        )
    )
    # 100 + 30 + 10 messages × 3.5 = 490, 7 × 6 = 42
    assert nets(found) == [
        (1, "DELIVERY", 10, 532),
        (1, "BASE", 10, 10000),
        (1, "OPTIONS", 10, 3500),
        (1, "CONTRACT_FEE", 10, 30000),
    ]
    [delivery] = [one for one in found.lines if one.key.kind is LineKind.DELIVERY]
    assert [(one.item, one.carrier, one.segments, one.quantity) for one in delivery.details] == [
        ("sms", "docomo", 1, 100),
        ("sms", "docomo", 3, 30),
        ("sms", "au", 2, 10),
        ("plus", "au", 1, 7),
    ]


def test_guide_5_1_a_month_without_deliveries_costs_its_whole_base_fee() -> None:
    assert nets(charged(month())) == [(1, "BASE", 10, 10000)]


def test_guide_5_1_a_contract_that_is_not_in_use_pays_its_late_messages_and_fees_only() -> None:
    found = charged(
        month(
            in_use=False,
            options=frozenset({Option.LONG_SMS}),
            usage=(sms(2),),
            fees=(Fee(1, "other", "端末の弁済", 800, TaxCategory.REDUCED),),
        )
    )
    assert nets(found) == [(1, "DELIVERY", 10, 7), (1, "ONE_OFF", 8, 800)]


def test_own_prices_go_before_standard_ones_item_by_item_and_carrier_by_carrier() -> None:
    own = (
        PriceRow(91, *_of(row(PriceItem.SMS, "2", carrier="docomo"))),
        PriceRow(92, *_of(row(PriceItem.MONTHLY_BASE, "0"))),
    )
    found = charged(month(own=own, usage=(sms(10), sms(10, 1, AU))))
    assert nets(found) == [(1, "DELIVERY", 10, 55), (1, "BASE", 10, 0)]  # 10 × 2 + 10 × 3.5
    assert {detail.price for one in found.lines for detail in one.details} == {1, 91, 92}


def _of(one: PriceRow) -> tuple[Any, ...]:
    return one.item, one.carrier, one.model, one.scope, one.tax, one.tiers


def test_a_missing_price_parks_its_contract_and_the_others_go_on() -> None:
    without = tuple(one for one in STANDARD if one.item is not PriceItem.OPTION_WEBHOOK)
    found = charged(
        month(1, options=frozenset({Option.WEBHOOK}), usage=(sms(10),)),
        month(2, usage=(sms(2),)),
        standard=without,
    )
    [parked] = found.parked
    assert (parked.contract, parked.month) == (1, OCTOBER)
    assert parked.reason == "2026年10月の料金表に「Webhook（月額）」の単価がありません。"
    assert nets(found) == [(2, "DELIVERY", 10, 7), (2, "BASE", 10, 10000)]


def test_a_carrier_without_a_price_is_named() -> None:
    only_docomo = (row(PriceItem.SMS, "2", carrier="docomo"), row(PriceItem.MONTHLY_BASE, "0"))
    found = charged(month(usage=(sms(1, 1, AU),)), standard=numbered(*only_docomo))
    assert "SMS配信料（課金通数あたり）」（au）の単価がありません" in found.parked[0].reason


def test_a_fault_found_before_parks_with_its_words() -> None:
    found = charged(month(fault="請求先情報が登録されていません。"), month(2))
    assert [one.reason for one in found.parked] == ["請求先情報が登録されていません。"]
    assert nets(found) == [(2, "BASE", 10, 10000)]


def test_a_missing_tax_rate_parks() -> None:
    found = rate([month()], STANDARD, {})
    assert found.parked[0].reason == "2026年10月の消費税率（標準税率）が登録されていません。"
    assert found.lines == []


def test_lines_of_different_rates_stay_apart() -> None:
    fees = (
        Fee(1, "change_fee", "A", None, TaxCategory.STANDARD),  # the list says 不課税
        Fee(2, "other", "B", 100, TaxCategory.REDUCED),
        Fee(3, "change_fee", "C", 4000, TaxCategory.STANDARD),  # a price of its own
    )
    assert nets(charged(month(in_use=False, fees=fees))) == [
        (1, "ONE_OFF", 10, 4000),
        (1, "ONE_OFF", 8, 100),
        (1, "ONE_OFF", 0, 5000),
    ]


def test_tiers_over_the_account_are_filled_in_the_order_of_the_contract_numbers() -> None:
    shared = row(PriceItem.SMS, (0, "3"), (100, "2"), model=ChargeModel.GRADUATED, scope=Scope.ACCOUNT)
    standard = numbered(shared, row(PriceItem.MONTHLY_BASE, "0"))
    found = charged(month(2, usage=(sms(80),)), month(1, usage=(sms(60),)), standard=standard)
    # contract 1: 60 × 3; contract 2: 40 × 3 + 40 × 2
    assert [net for net in nets(found) if net[1] == "DELIVERY"] == [
        (1, "DELIVERY", 10, 180),
        (2, "DELIVERY", 10, 200),
    ]


def test_tiers_over_the_contract_begin_anew_for_each() -> None:
    single = row(PriceItem.SMS, (0, "3"), (100, "2"), model=ChargeModel.GRADUATED)
    standard = numbered(single, row(PriceItem.MONTHLY_BASE, "0"))
    found = charged(month(1, usage=(sms(60),)), month(2, usage=(sms(80),)), standard=standard)
    assert [net[3] for net in nets(found) if net[1] == "DELIVERY"] == [180, 240]


def test_a_parked_contract_fills_no_tier_of_the_others() -> None:
    shared = row(PriceItem.SMS, (0, "3"), (100, "2"), model=ChargeModel.VOLUME, scope=Scope.ACCOUNT)
    standard = numbered(shared, row(PriceItem.MONTHLY_BASE, "0"))
    found = charged(month(1, usage=(sms(90),)), month(2, fault="保留", usage=(sms(90),)), standard=standard)
    assert [net[3] for net in nets(found) if net[1] == "DELIVERY"] == [270]


def test_all_segments_of_a_text_count_towards_a_tier() -> None:
    tiered = row(PriceItem.SMS, (0, "3"), (10, "1"), model=ChargeModel.GRADUATED)
    found = charged(month(usage=(sms(4, 3),)), standard=numbered(tiered, row(PriceItem.MONTHLY_BASE, "0")))
    assert nets(found)[0] == (1, "DELIVERY", 10, 32)  # 12 messages: 10 × 3 + 2 × 1


def test_the_order_in_which_contracts_come_does_not_matter() -> None:
    contracts = [month(n, usage=(sms(n * 10), sms(n, 2, AU))) for n in (1, 2, 3)]
    assert charged(*contracts) == charged(*reversed(contracts))
