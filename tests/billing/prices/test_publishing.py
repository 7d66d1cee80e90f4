"""料金表: published from a month on, withdrawn before a month was billed by it, read as of a month (§5.1)."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.rules.plans import Option
from accounts.services.errors import NotAllowed, Refused
from billing.models import BillingRun, PriceList
from billing.rules.prices import ChargeModel, PriceItem, PriceRow, Scope, Tier
from billing.rules.tax import TaxCategory
from billing.services import defaults, prices
from billing.workflow import RunState
from kmc_portal.lib.months import Month
from tests.fixtures.billing import World, price_list, row

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL, MAY = (Month(2027, month) for month in range(1, 6))


def publish(actor: User | None, start: Month, **given: Any) -> PriceList:
    values = {"contract": None, "name": "標準料金", "rows": price_list(sms="3"), "note": "", **given}
    return prices.publish(start=start, actor=actor, now=timezone.now(), **values)


def periods() -> list[tuple[str, str]]:
    """(first month, last month or "") of every list that was not withdrawn."""
    rows = PriceList.objects.exclude(period__isempty=True).order_by("period")
    return [(str(Month.of(row.since)), str(Month.of(row.until)) if row.until else "") for row in rows]


def sms_price(month: Month) -> Decimal | None:
    found = [one for one in prices.standard_rows(month) if one.item is PriceItem.SMS]
    return found[0].tiers[0].unit_price if found else None


def run(month: Month, state: RunState, people: tuple[User, User]) -> BillingRun:
    by = {} if state is RunState.OPEN else {"previewed_by": people[0], "reading_before": timezone.now()}
    if state not in (RunState.OPEN, RunState.PREVIEWED):
        by |= {"approved_by": people[1], "stored_before": timezone.now()}
    return BillingRun.objects.create(month=month.first_day, state=state, **by)


def test_guide_5_1_a_list_holds_from_its_month_until_the_next_list_begins(billing_clerk: User) -> None:
    publish(billing_clerk, JANUARY)
    publish(billing_clerk, APRIL, rows=price_list(sms="2.5"))
    assert periods() == [("2027-01", "2027-03"), ("2027-04", "")]
    assert [sms_price(month) for month in (Month(2026, 12), JANUARY, MARCH, APRIL, Month(2030, 1))] == [
        None,
        Decimal(3),
        Decimal(3),
        Decimal("2.5"),
        Decimal("2.5"),
    ]


def test_a_list_between_two_holds_until_the_planned_one(billing_clerk: User) -> None:
    publish(billing_clerk, JANUARY)
    publish(billing_clerk, APRIL)
    publish(billing_clerk, FEBRUARY)
    assert periods() == [("2027-01", "2027-01"), ("2027-02", "2027-03"), ("2027-04", "")]


def test_a_list_before_all_others_ends_where_they_begin(billing_clerk: User) -> None:
    publish(billing_clerk, APRIL)
    publish(billing_clerk, JANUARY)
    assert periods() == [("2027-01", "2027-03"), ("2027-04", "")]


def test_two_lists_from_one_month_are_refused(billing_clerk: User) -> None:
    publish(billing_clerk, JANUARY, name="はじめの料金")
    with pytest.raises(
        Refused, match="2027年1月から始まる料金表「はじめの料金」が登録済みです。先に取り下げるか"
    ):
        publish(billing_clerk, JANUARY)


def test_rows_come_back_as_they_were_published_tiers_and_all(billing_clerk: User) -> None:
    wanted = [
        row(PriceItem.SMS, (0, "3.1234"), (1000, "3"), model=ChargeModel.GRADUATED, scope=Scope.ACCOUNT),
        row(PriceItem.SMS, "2.9", carrier="softbank"),
        row(PriceItem.CONTRACT_FEE, "30000", tax=TaxCategory.EXEMPT),
    ]
    publish(billing_clerk, JANUARY, rows=wanted)
    found = prices.standard_rows(JANUARY)
    assert [(one.item, one.carrier, one.model, one.scope, one.tax, one.tiers) for one in found] == [
        (
            PriceItem.SMS,
            "",
            ChargeModel.GRADUATED,
            Scope.ACCOUNT,
            TaxCategory.STANDARD,
            (Tier(0, Decimal("3.1234")), Tier(1000, Decimal(3))),
        ),
        (
            PriceItem.SMS,
            "softbank",
            ChargeModel.FLAT,
            Scope.CONTRACT,
            TaxCategory.STANDARD,
            (Tier(0, Decimal("2.9")),),
        ),
        (
            PriceItem.CONTRACT_FEE,
            "",
            ChargeModel.FLAT,
            Scope.CONTRACT,
            TaxCategory.EXEMPT,
            (Tier(0, Decimal(30000)),),
        ),
    ]
    assert len({one.id for one in found}) == 3


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "単価がひとつもありません"),
        (
            [row(PriceItem.SMS, "3"), row(PriceItem.PLUS, "5", carrier="au")],
            r"2行目（\+メッセージ配信料（1通）・au）: キャリア別の単価はSMS配信料だけ",
        ),
        ([row(PriceItem.SMS, "3.12345")], "1行目（SMS配信料（課金通数あたり））: 単価は0以上、小数4桁以内"),
        ([row(PriceItem.SMS, "-1")], "1行目.*単価は0以上"),
        ([row(PriceItem.SMS, (0, "3"), (10, "2"))], "1行目.*単一単価に段階は設定できません"),
        (
            [row(PriceItem.SMS, "3"), row(PriceItem.RCS, "3"), row(PriceItem.SMS, "2")],
            "3行目（SMS配信料（課金通数あたり））: 1行目と同じ項目・キャリアです",
        ),
        (
            [row(PriceItem.MONTHLY_BASE, (0, "3"), (1, "2"), model=ChargeModel.VOLUME)],
            "1行目（月額基本料）: 段階・数量の単価は配信料だけ",
        ),
    ],
)
def test_a_fault_is_refused_with_its_row_and_nothing_is_kept(
    billing_clerk: User, rows: list[PriceRow], said: str
) -> None:
    publish(billing_clerk, JANUARY)
    with pytest.raises(Refused, match=said):
        publish(billing_clerk, APRIL, rows=rows)
    assert periods() == [("2027-01", "")]


def test_a_list_without_a_name_is_refused(billing_clerk: User) -> None:
    with pytest.raises(Refused, match="料金表名を入力"):
        publish(billing_clerk, JANUARY, name="　")


@pytest.mark.parametrize("who", ["viewer", "reception", "approver", "operations"])
def test_only_the_billing_group_publishes_and_withdraws(
    who: str, billing_clerk: User, request: pytest.FixtureRequest
) -> None:
    made = publish(billing_clerk, JANUARY)
    actor = request.getfixturevalue(who)
    with pytest.raises(NotAllowed, match="料金表を登録する権限がありません"):
        publish(actor, APRIL)
    with pytest.raises(NotAllowed, match="取り下げる権限がありません"):
        prices.withdraw(price_list_id=made.pk, actor=actor, now=timezone.now())


@pytest.mark.parametrize("state", [RunState.FINALISED, RunState.SENT])
def test_a_month_that_is_final_keeps_its_prices(state: RunState, billing_clerk: User, approver: User) -> None:
    first = publish(billing_clerk, JANUARY)
    run(FEBRUARY, state, (billing_clerk, approver))
    with pytest.raises(Refused, match=r"2027年2月利用分の請求は確定しているため.*2027年3月以降を指定"):
        publish(billing_clerk, FEBRUARY)
    with pytest.raises(Refused, match="確定しているため"):
        prices.withdraw(price_list_id=first.pk, actor=billing_clerk, now=timezone.now())
    publish(billing_clerk, MARCH)
    assert periods() == [("2027-01", "2027-02"), ("2027-03", "")]


def test_an_approved_month_says_that_the_approval_must_be_taken_back(
    billing_clerk: User, approver: User
) -> None:
    run(FEBRUARY, RunState.APPROVED, (billing_clerk, approver))
    with pytest.raises(Refused, match="締めの承認を取り消してから"):
        publish(billing_clerk, JANUARY)


def test_a_preview_made_with_the_old_prices_is_open_again(billing_clerk: User, approver: User) -> None:
    earlier = run(JANUARY, RunState.PREVIEWED, (billing_clerk, approver))
    later = run(FEBRUARY, RunState.PREVIEWED, (billing_clerk, approver))
    publish(billing_clerk, FEBRUARY)
    earlier.refresh_from_db()
    later.refresh_from_db()
    assert (earlier.state, earlier.version) == (RunState.PREVIEWED, 0)
    assert (later.state, later.version) == (RunState.OPEN, 1)


# withdrawing ----------------------------------------------------------------------------------------


def test_a_planned_list_that_is_withdrawn_leaves_the_one_before_in_force(billing_clerk: User) -> None:
    publish(billing_clerk, JANUARY)
    planned = publish(billing_clerk, MARCH, rows=price_list(sms="9"))
    publish(billing_clerk, MAY)
    prices.withdraw(price_list_id=planned.pk, actor=billing_clerk, now=timezone.now())
    assert periods() == [("2027-01", "2027-04"), ("2027-05", "")]
    assert sms_price(MARCH) == Decimal(3)
    planned.refresh_from_db()
    assert (planned.withdrawn_from, planned.withdrawn_by) == (datetime.date(2027, 3, 1), billing_clerk)


def test_the_last_list_that_is_withdrawn_opens_the_one_before_again_and_its_month_is_free(
    billing_clerk: User,
) -> None:
    publish(billing_clerk, JANUARY)
    planned = publish(billing_clerk, MARCH)
    prices.withdraw(price_list_id=planned.pk, actor=billing_clerk, now=timezone.now())
    assert periods() == [("2027-01", "")]
    publish(billing_clerk, MARCH)
    assert periods() == [("2027-01", "2027-02"), ("2027-03", "")]


def test_what_was_withdrawn_stays_withdrawn(billing_clerk: User) -> None:
    made = publish(billing_clerk, JANUARY)
    prices.withdraw(price_list_id=made.pk, actor=billing_clerk, now=timezone.now())
    with pytest.raises(Refused, match="取り下げ済み"):
        prices.withdraw(price_list_id=made.pk, actor=billing_clerk, now=timezone.now())
    with (
        pytest.raises(DatabaseError, match="beginning of a price list is kept"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE billing_pricelist SET period = '[2027-01-01,)' WHERE id = %s", [made.pk])


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE billing_pricelist SET period = 'empty'",
        "UPDATE billing_pricelist SET period = '[2027-01-01,2027-02-01)'",
        "UPDATE billing_pricelist SET period = '[2026-12-01,)'",
        "UPDATE billing_pricelist SET name = '別名'",
        "UPDATE billing_price SET item = 'rcs'",
        "UPDATE billing_pricetier SET unit_price = 1",
        "DELETE FROM billing_pricetier",
    ],
)
def test_the_database_itself_keeps_the_prices_of_a_final_month(
    sql: str, billing_clerk: User, approver: User
) -> None:
    publish(billing_clerk, JANUARY)
    run(FEBRUARY, RunState.FINALISED, (billing_clerk, approver))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


# a contract's own -----------------------------------------------------------------------------------


def test_a_contracts_own_list_stands_beside_the_standard_one(world: World, billing_clerk: User) -> None:
    contract, other = world.contract(start="2026-10-01"), world.contract(start="2026-10-01")
    publish(billing_clerk, JANUARY)
    publish(billing_clerk, FEBRUARY, contract=contract, rows=[row(PriceItem.SMS, "2")])
    assert prices.own_rows(JANUARY, [contract.pk, other.pk]) == {}
    own = prices.own_rows(FEBRUARY, [contract.pk, other.pk])
    assert list(own) == [contract.pk]
    assert own[contract.pk][0].tiers == (Tier(0, Decimal(2)),)
    assert prices.own_rows(FEBRUARY, [other.pk]) == {}
    assert list(prices.own_rows(FEBRUARY, None)) == [contract.pk]
    assert sms_price(FEBRUARY) == Decimal(3)


def test_a_contract_goes_back_to_the_standard_prices(world: World, billing_clerk: User) -> None:
    contract = world.contract(start="2026-10-01")
    own = publish(billing_clerk, JANUARY, contract=contract, rows=[row(PriceItem.SMS, "2")])
    with pytest.raises(Refused, match="2027年2月以降を指定"):
        prices.end(price_list_id=own.pk, start=JANUARY, actor=billing_clerk)
    prices.end(price_list_id=own.pk, start=MARCH, actor=billing_clerk)
    assert list(prices.own_rows(FEBRUARY, None)) == [contract.pk]
    assert prices.own_rows(MARCH, None) == {}
    with pytest.raises(Refused, match="終わりが決まっています"):
        prices.end(price_list_id=own.pk, start=APRIL, actor=billing_clerk)


def test_a_contracts_return_to_the_standard_prices_outlives_a_list_in_between_and_its_withdrawal(
    world: World, billing_clerk: User
) -> None:
    contract = world.contract(start="2026-10-01")
    own = publish(billing_clerk, JANUARY, contract=contract, rows=[row(PriceItem.SMS, "2")])
    prices.end(price_list_id=own.pk, start=APRIL, actor=billing_clerk)
    between = publish(billing_clerk, MARCH, contract=contract, rows=[row(PriceItem.SMS, "2.5")])
    assert periods() == [("2027-01", "2027-02"), ("2027-03", "2027-03")]
    prices.withdraw(price_list_id=between.pk, actor=billing_clerk, now=timezone.now())
    assert periods() == [("2027-01", "2027-03")]


def test_the_standard_list_does_not_end(billing_clerk: User) -> None:
    made = publish(billing_clerk, JANUARY)
    with pytest.raises(Refused, match="標準料金表は終了できません"):
        prices.end(price_list_id=made.pk, start=MARCH, actor=billing_clerk)


def test_a_contract_that_waited_gets_its_price_for_a_month_that_is_final_for_the_others(
    world: World, billing_clerk: User
) -> None:
    world.clock("2026-11-10 09:00")
    rows = [one for one in price_list(sms="3") if one.item is not PriceItem.OPTION_LONG_SMS]
    world.prices(rows)
    waiting = world.contract(options=(Option.LONG_SMS,))
    billed = world.contract(options=())
    with pytest.raises(CommandError, match="1件の契約を保留しました"):
        world.preview("2026-10")
    assert len(world.settle("2026-10")) == 1
    with pytest.raises(Refused, match="2026年10月利用分まで請求が確定"):
        publish(billing_clerk, Month(2026, 10), contract=billed, rows=[row(PriceItem.SMS, "2")])
    publish(billing_clerk, Month(2026, 10), contract=waiting, rows=[row(PriceItem.OPTION_LONG_SMS, "500")])
    assert list(prices.own_rows(Month(2026, 10), None)) == [waiting.pk]


# tax ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "standard", "reduced"),
    [("2014-04", 8, None), ("2019-09", 8, None), ("2019-10", 10, 8), ("2026-10", 10, 8)],
)
def test_guide_5_1_tax_rates_are_there_from_the_start_with_their_dates(
    month: str, standard: int, reduced: int | None
) -> None:
    defaults.ensure()
    defaults.ensure()
    found = prices.tax_rates(Month.parse(month))
    assert found[TaxCategory.STANDARD] == standard
    assert found.get(TaxCategory.REDUCED) == reduced
    assert found[TaxCategory.EXEMPT] == 0
