"""Invoices worked out by hand (§5.1, §5.2): usage files in, `import_usage` and `close_month`, yen out.

October 2026 is settled on 9 November and sent on the 20th; November on 7 and 21 December.
"""

import datetime
from decimal import Decimal

import pytest
from django.core.management.base import CommandError
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from accounts.models import SalesPartner
from accounts.rules.plans import Option, Plan
from billing.models import Invoice, ParkedContract, TaxRate
from billing.rules.prices import ChargeModel, PriceItem, Scope
from billing.rules.tax import Rounding, TaxCategory
from billing.services import charges
from kmc_portal.lib.months import Month
from tests.fixtures.billing import World, lines_of, price_list, row

pytestmark = pytest.mark.django_db

GRADUATED = row(PriceItem.SMS, (0, "3"), (100, "2"), (300, "1"), model=ChargeModel.GRADUATED)
VOLUME = row(PriceItem.SMS, (0, "3"), (100, "2"), model=ChargeModel.VOLUME)


def sms_priced(*rows: object, **flat: str) -> list[object]:
    """The list with every item free or at its flat price, and SMS by these rows."""
    return [*(one for one in price_list(**flat) if one.item is not PriceItem.SMS), *rows]


def only(invoices: dict[int, Invoice]) -> Invoice:
    [invoice] = invoices.values()
    return invoice


def sums(invoice: Invoice) -> tuple[int, int, int]:
    return invoice.net, invoice.tax, invoice.total


def test_guide_5_1_one_flat_price_and_the_monthly_base(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms="3", monthly_base="1000")
    contract = world.contract()
    world.sent(contract, 100, day="2026-10-15", chars=70)
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    invoice = only(world.close("2026-10"))
    number = contract.number
    # 100 messages × 3 yen, 1,000 base, every option free; 10 % of 1,300
    assert lines_of(invoice) == [(number, "delivery", 300), (number, "base", 1000), (number, "options", 0)]
    assert sums(invoice) == (1300, 130, 1430)
    assert invoice.number == "2026-0000001"
    assert (invoice.issued_on, invoice.due_on) == (datetime.date(2026, 11, 20), datetime.date(2026, 12, 10))


def test_guide_5_2_long_texts_are_charged_by_carrier(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms="2.5")
    contract = world.contract()
    world.sent(contract, 10, day="2026-10-15", carrier="docomo", chars=133)  # 3 each
    world.sent(contract, 10, day="2026-10-15", carrier="au", chars=134)  # 2 each
    world.sent(contract, 10, day="2026-10-15", carrier="rakuten", chars=660)  # 10 each
    world.sent(contract, 10, day="2026-10-15", carrier="softbank", chars=670)  # 1 each
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    invoice = only(world.close("2026-10"))
    delivery = invoice.lines.get(kind="delivery")
    assert delivery.net == 400  # (30 + 20 + 100 + 10) × 2.5
    assert [
        (part["carrier"], part["segments"], part["quantity"], Decimal(part["amount"]))
        for part in delivery.details
    ] == [
        ("docomo", 3, 30, Decimal(75)),
        ("au", 2, 20, Decimal(50)),
        ("softbank", 1, 10, Decimal(25)),
        ("rakuten", 10, 100, Decimal(250)),
    ]


def test_a_carrier_s_own_price_goes_before_the_common_one(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms_priced(row(PriceItem.SMS, "3"), row(PriceItem.SMS, "2.2", carrier="softbank")))
    contract = world.contract()
    world.sent(contract, 10, day="2026-10-15", carrier="softbank")
    world.sent(contract, 10, day="2026-10-15", carrier="au")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    assert only(world.close("2026-10")).net == 52  # 22 + 30


@pytest.mark.parametrize(("messages", "yen"), [(100, 300), (101, 302), (300, 700), (301, 701), (350, 750)])
def test_graduated_only_what_is_above_a_tier_gets_its_price(world: World, messages: int, yen: int) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms_priced(GRADUATED))
    contract = world.contract()
    world.sent(contract, messages, day="2026-10-15")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    assert only(world.close("2026-10")).net == yen


@pytest.mark.parametrize(("messages", "yen"), [(99, 297), (100, 300), (101, 202)])
def test_volume_everything_gets_the_price_of_the_tier_that_is_reached(
    world: World, messages: int, yen: int
) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms_priced(VOLUME))
    contract = world.contract()
    world.sent(contract, messages, day="2026-10-15")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    assert only(world.close("2026-10")).net == yen


def test_tiers_over_the_account_are_filled_in_order_of_the_contracts(world: World) -> None:
    world.clock("2026-10-01 09:00")
    shared = row(PriceItem.SMS, (0, "3"), (100, "2"), model=ChargeModel.GRADUATED, scope=Scope.ACCOUNT)
    world.prices(sms_priced(shared))
    company = world.company()
    account = world.account(company)
    first = world.contract(company, account)
    second = world.contract(company, account)
    world.sent(second, 100, day="2026-10-03")
    world.sent(first, 80, day="2026-10-15")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    invoice = only(world.close("2026-10"))
    delivery = [line for line in lines_of(invoice) if line[1] == "delivery"]
    # 180 in all: the first 100 at 3, the rest at 2. First contract 80 × 3; second 20 × 3 + 80 × 2
    assert delivery == [(first.number, "delivery", 240), (second.number, "delivery", 220)]
    assert sums(invoice) == (460, 46, 506)


def test_tiers_over_the_contract_start_anew_for_each(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms_priced(row(PriceItem.SMS, (0, "3"), (100, "2"), model=ChargeModel.GRADUATED)))
    company = world.company()
    account = world.account(company)
    for _ in range(2):
        world.sent(world.contract(company, account), 90, day="2026-10-15")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    assert only(world.close("2026-10")).net == 540  # 2 × 90 × 3


def test_a_line_is_rounded_once_and_down(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms="0.2501")
    contract = world.contract()
    world.sent(contract, 3, day="2026-10-15", carrier="docomo")
    world.sent(contract, 3, day="2026-10-15", carrier="au")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    assert only(world.close("2026-10")).net == 1  # 0.7503 + 0.7503 = 1.5006


@pytest.mark.parametrize(
    ("rounding", "tax"), [(Rounding.FLOOR, 31), (Rounding.HALF_UP, 32), (Rounding.CEIL, 32)]
)
def test_guide_5_1_tax_is_rounded_once_per_rate_and_never_per_line(
    world: World, rounding: Rounding, tax: int
) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms="105", monthly_base="105", option_long_sms="105")
    company = world.company()
    contract = world.contract(company, world.account(company, rounding=rounding))
    world.sent(contract, 1, day="2026-10-15")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    assert sums(only(world.close("2026-10"))) == (315, tax, 315 + tax)


def test_two_tax_rates_stand_apart(world: World) -> None:
    world.clock("2026-10-01 09:00")
    rows = [one for one in price_list(monthly_base="1005") if one.item is not PriceItem.OPTION_LONG_SMS]
    world.prices([*rows, row(PriceItem.OPTION_LONG_SMS, "509", tax=TaxCategory.REDUCED)])
    world.contract()
    world.clock("2026-11-10 09:00")
    invoice = only(world.close("2026-10"))
    assert invoice.content["taxes"] == [
        {"rate": "10", "net": 1005, "tax": 100, "total": 1105},  # 100.5
        {"rate": "8", "net": 509, "tax": 40, "total": 549},  # 40.72
    ]
    assert sums(invoice) == (1514, 140, 1654)


def test_guide_5_1_a_month_begun_late_counts_whole(world: World) -> None:
    world.clock("2026-10-20 09:00")
    world.prices(sms="3", monthly_base="1000")
    contract = world.contract(start="2026-10-31")
    world.clock("2026-11-10 09:00")
    invoice = only(world.close("2026-10"))
    assert lines_of(invoice) == [(contract.number, "base", 1000), (contract.number, "options", 0)]


def test_guide_3_the_last_month_counts_whole_and_the_next_one_not_at_all(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="1000")
    world.contract(ends="2026-11-01")
    world.clock("2026-11-10 09:00")
    assert only(world.close("2026-10")).net == 1000
    world.clock("2026-12-10 09:00")
    assert only(world.close("2026-11")).net == 1000
    world.clock("2027-01-12 09:00")
    assert world.close("2026-12") == {}


def test_an_option_counts_for_every_month_it_was_in_force_on_any_day(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(option_webhook="700")
    contract = world.contract(plan=Plan.PLUS, options=())
    contract.options.create(
        option=Option.WEBHOOK, period=DateRange(datetime.date(2026, 10, 31), datetime.date(2026, 11, 2))
    )
    world.clock("2026-11-10 09:00")
    assert only(world.close("2026-10")).net == 700
    world.clock("2026-12-10 09:00")
    assert only(world.close("2026-11")).net == 700
    world.clock("2027-01-12 09:00")
    assert only(world.close("2026-12")).net == 0


def test_zero_yen_is_an_invoice(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices()
    world.contract()
    world.clock("2026-11-10 09:00")
    invoice = only(world.close("2026-10"))
    assert sums(invoice) == (0, 0, 0)
    assert invoice.number == "2026-0000001"


def test_late_records_become_the_next_invoice_s_delta_and_the_issued_one_stays(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms="3")
    contract = world.contract()
    world.sent(contract, 10, day="2026-10-15")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    october = only(world.close("2026-10"))
    world.clock("2026-11-20 09:00")
    world.sent(contract, 4, day="2026-10-31")
    world.sent(contract, 2, day="2026-11-20")
    world.arrives("2026-11-20")
    world.clock("2026-12-10 09:00")
    november = only(world.close("2026-11"))
    delivery = [
        (line.usage_month.month, line.net, line.remark) for line in november.lines.filter(kind="delivery")
    ]
    assert delivery == [
        (11, 6, "SMS配信合算値"),
        (10, 12, "2026年10月利用分の追加・訂正　SMS配信合算値"),
    ]
    assert sums(november) == (18, 1, 19)
    october.refresh_from_db()
    assert sums(october) == (30, 3, 33)


def test_late_records_are_priced_in_the_tier_that_the_whole_month_reaches(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms_priced(VOLUME))
    contract = world.contract()
    world.sent(contract, 90, day="2026-10-15")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    assert only(world.close("2026-10")).net == 270  # 90 × 3
    world.clock("2026-11-20 09:00")
    world.sent(contract, 20, day="2026-10-31")
    world.arrives("2026-11-20")
    world.clock("2026-12-10 09:00")
    november = only(world.close("2026-11"))
    assert november.net == -50  # 110 × 2 = 220, of which 270 is invoiced


def test_a_corrected_file_takes_back_what_was_too_much(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms="3", monthly_base="1000")
    contract = world.contract()
    ids = world.sent(contract, 10, day="2026-10-15")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    assert only(world.close("2026-10")).net == 1030
    world.clock("2026-11-20 09:00")
    world.sent(contract, day="2026-10-15", ids=ids[:7])
    world.arrives("2026-10-15")
    world.clock("2026-12-10 09:00")
    assert sums(only(world.close("2026-11"))) == (991, 99, 1090)  # 1,000 − 3 × 3


def test_an_old_month_s_delta_keeps_its_tax_rate(world: World) -> None:
    world.clock("2026-10-01 09:00")
    standard = TaxRate.objects.get(category="standard", period__contains=datetime.date(2026, 10, 1))
    standard.period = DateRange(standard.since, datetime.date(2026, 11, 1))
    standard.save(update_fields=["period"])
    TaxRate.objects.create(
        category="standard", percent=Decimal(12), period=DateRange(datetime.date(2026, 11, 1), None)
    )
    world.prices(sms="100", monthly_base="1000")
    contract = world.contract()
    world.clock("2026-11-10 09:00")
    assert sums(only(world.close("2026-10"))) == (1000, 100, 1100)
    world.sent(contract, 1, day="2026-10-31")
    world.clock("2026-11-11 09:00")
    world.arrives("2026-11-01")
    world.clock("2026-12-10 09:00")
    november = only(world.close("2026-11"))
    assert november.content["taxes"] == [
        {"rate": "12", "net": 1000, "tax": 120, "total": 1120},
        {"rate": "10", "net": 100, "tax": 10, "total": 110},
    ]


def test_a_contract_that_cannot_be_priced_waits_and_the_others_go_on(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices([one for one in price_list(sms="3", monthly_base="1000") if one.item is not PriceItem.RCS])
    good = world.contract()
    waiting = world.contract(plan=Plan.PLUS_RCS, options=())
    world.sent(good, 10, day="2026-10-15")
    world.sent(waiting, 10, day="2026-10-15", channel="rcs", chars="")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    with pytest.raises(CommandError, match="1件の契約を保留しました"):
        world.preview("2026-10")
    [parked] = ParkedContract.objects.all()
    assert parked.contract == waiting
    assert parked.reason == "2026年10月の料金表に「RCS配信料（1通）」（NTTドコモ）の単価がありません。"
    october = world.settle("2026-10")
    assert [lines_of(invoice)[0] for invoice in october.values()] == [(good.number, "delivery", 30)]

    world.prices([row(PriceItem.RCS, "5")], contract=waiting, start="2026-10")
    world.clock("2026-12-10 09:00")
    november = world.close("2026-11")[waiting.billing_assignments.get().account_id]
    # 1,000 base for November; 10 × 5 and 1,000 base for October
    assert [(line.usage_month.month, line.kind, line.net) for line in november.lines.all()] == [
        (11, "base", 1000),
        (10, "delivery", 50),
        (10, "base", 1000),
    ]
    assert ParkedContract.objects.filter(run__month="2026-11-01").count() == 0


def test_a_contract_without_an_account_waits_until_it_has_one(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="1000")
    company = world.company()
    account = world.account(company)
    contract = world.contract(company, assigned=False, options=())
    world.clock("2026-11-10 09:00")
    with pytest.raises(CommandError, match="1件の契約を保留しました"):
        world.preview("2026-10")
    assert ParkedContract.objects.get().reason == (
        "2026年10月の請求先が決まっていません。請求先を割り当ててください。"
    )
    assert world.settle("2026-10") == {}
    world.assign(contract, account, Month(2026, 10))
    world.clock("2026-12-10 09:00")
    november = world.close("2026-11")[account.pk]
    assert [(line.usage_month.month, line.net) for line in november.lines.all()] == [(11, 1000), (10, 1000)]


def test_guide_5_1_a_sales_partner_gets_one_invoice_over_its_contracts(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms="3", monthly_base="1005")
    partner = SalesPartner.objects.create(name="株式会社つなぐ代理店", search_key="tsunagu")
    account = world.account(partner)
    first = world.contract(world.company("株式会社あおぞら商店", partner), account, options=())
    second = world.contract(world.company("みどり工業株式会社", partner), account, options=())
    world.sent(first, 1, day="2026-10-15")
    world.sent(second, 2, day="2026-10-15")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    invoice = only(world.close("2026-10"))
    assert lines_of(invoice) == [
        (first.number, "delivery", 3),
        (first.number, "base", 1005),
        (second.number, "delivery", 6),
        (second.number, "base", 1005),
    ]
    assert sums(invoice) == (2019, 201, 2220)  # 201.9, not 100 + 101
    assert invoice.content["contracts"] == {
        str(first.pk): {"number": first.number, "company": "株式会社あおぞら商店"},
        str(second.pk): {"number": second.number, "company": "みどり工業株式会社"},
    }


def test_a_contract_that_moves_is_charged_to_the_new_account_from_its_month(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms="3", monthly_base="1000")
    company = world.company()
    old, new = world.account(company), world.account(company)
    contract = world.contract(company, old, options=())
    world.clock("2026-11-10 09:00")
    assert {pk: invoice.net for pk, invoice in world.close("2026-10").items()} == {old.pk: 1000}
    world.assign(contract, new, Month(2026, 11))
    world.sent(contract, 1, day="2026-10-31")
    world.sent(contract, 2, day="2026-11-01")
    world.arrives("2026-11-01")
    world.clock("2026-12-10 09:00")
    # what is late for October goes to who had the contract in October
    assert {pk: invoice.net for pk, invoice in world.close("2026-11").items()} == {old.pk: 3, new.pk: 1006}


def test_a_contract_s_own_prices_go_before_the_standard_ones_item_by_item(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms="3", monthly_base="1000")
    contract = world.contract(options=())
    world.prices([row(PriceItem.SMS, "2")], contract=contract, start="2026-10")
    world.sent(contract, 10, day="2026-10-15")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    assert only(world.close("2026-10")).net == 1020


def test_a_new_price_list_counts_from_its_month_and_not_for_what_is_late(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms="3")
    world.prices(sms="5", start="2026-11")
    contract = world.contract(options=())
    world.clock("2026-11-10 09:00")
    world.close("2026-10")
    world.sent(contract, 1, day="2026-10-31")
    world.sent(contract, 1, day="2026-11-01")
    world.arrives("2026-11-01")
    world.clock("2026-12-10 09:00")
    assert only(world.close("2026-11")).net == 8


def test_a_one_off_fee_is_charged_once_with_its_reason(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(contract_fee="30000")
    contract = world.contract(options=())
    for _ in range(2):
        charges.charge_once(
            contract=contract,
            kind=PriceItem.CONTRACT_FEE,
            key=f"test-{contract.pk}",
            reason="新規契約",
            charged_on=datetime.date(2026, 10, 1),
            actor=world.clerk,
            now=timezone.now(),
        )
    world.clock("2026-11-10 09:00")
    october = only(world.close("2026-10"))
    assert lines_of(october) == [(contract.number, "base", 0), (contract.number, "contract_fee", 30000)]
    world.clock("2026-12-10 09:00")
    assert only(world.close("2026-11")).net == 0


def test_a_fee_that_was_entered_after_its_month_s_close_comes_with_the_next_one(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices()
    contract = world.contract(options=())
    world.clock("2026-11-10 09:00")
    world.close("2026-10")
    charges.charge_once(
        contract=contract,
        kind="other",
        key=f"late-{contract.pk}",
        reason="訪問説明会",
        charged_on=datetime.date(2026, 10, 15),
        actor=world.clerk,
        now=timezone.now(),
        amount=5000,
    )
    world.clock("2026-12-10 09:00")
    line = only(world.close("2026-11")).lines.get(kind="one_off")
    assert (line.usage_month, line.net, line.remark) == (
        datetime.date(2026, 10, 1),
        5000,
        "2026年10月利用分の追加・訂正　訪問説明会",
    )


def test_numbers_have_no_gaps_and_begin_anew_with_the_year_of_issue(world: World) -> None:
    world.clock("2026-11-01 09:00")
    world.prices()
    for _ in range(3):
        world.contract(start="2026-11-01", options=())
    world.clock("2026-12-10 09:00")
    numbers = [invoice.number for invoice in world.close("2026-11").values()]
    assert sorted(numbers) == ["2026-0000001", "2026-0000002", "2026-0000003"]
    world.clock("2027-01-12 09:00")
    numbers = [invoice.number for invoice in world.close("2026-12").values()]
    assert sorted(numbers) == ["2027-0000001", "2027-0000002", "2027-0000003"]


def test_a_fee_dated_after_the_last_month_is_charged_though_nothing_else_is_in_use(world: World) -> None:
    """The fee was entered for November before the contract was ended with October."""
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="1000")
    contract = world.contract(options=())
    charges.charge_once(
        contract=contract,
        kind="other",
        key=f"ahead-{contract.pk}",
        reason="訪問説明会",
        charged_on=datetime.date(2026, 11, 5),
        actor=world.clerk,
        now=timezone.now(),
        amount=5000,
    )
    contract.ends_on = datetime.date(2026, 10, 31)
    contract.save(update_fields=["ends_on"])
    world.clock("2026-11-10 09:00")
    assert only(world.close("2026-10")).net == 1000
    world.clock("2026-12-10 09:00")
    november = only(world.close("2026-11"))
    assert lines_of(november) == [(contract.number, "one_off", 5000)]
    assert sums(november) == (5000, 500, 5500)
