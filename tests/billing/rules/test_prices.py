"""§5: a quantity's price, flat, graduated and by volume, at every tier's boundary and over shared pools."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.plans import Option
from billing.rules.prices import (
    ChargeModel,
    PriceItem,
    PriceRow,
    Scope,
    Tier,
    option_item,
    price_for,
    priced_in_order,
    row_faults,
)
from tests.fixtures.billing import row

TIERS = ((0, "3.5"), (1000, "3"), (5000, "2.5"))
FLAT = row(PriceItem.SMS, "3.1234")
GRADUATED = row(PriceItem.SMS, *TIERS, model=ChargeModel.GRADUATED)
VOLUME = row(PriceItem.SMS, *TIERS, model=ChargeModel.VOLUME)


def cost(one: PriceRow, *quantities: int) -> Decimal:
    return sum((part.amount for shares in priced_in_order(one, quantities) for part in shares), Decimal(0))


def parts(one: PriceRow, *quantities: int) -> list[list[tuple[int, str]]]:
    return [
        [(part.quantity, str(part.unit_price)) for part in shares]
        for shares in priced_in_order(one, quantities)
    ]


@pytest.mark.parametrize(
    ("quantity", "flat", "graduated", "volume"),
    [
        (0, "0", "0", "0"),
        (1, "3.1234", "3.5", "3.5"),
        (999, "3120.2766", "3496.5", "3496.5"),
        (1000, "3123.4", "3500", "3500"),
        (1001, "3126.5234", "3503", "3003"),
        (4999, "15613.8766", "15497", "14997"),
        (5000, "15617", "15500", "15000"),
        (5001, "15620.1234", "15502.5", "12502.5"),
        (10000, "31234", "28000", "25000"),
    ],
)
def test_guide_5_each_model_at_every_boundary(quantity: int, flat: str, graduated: str, volume: str) -> None:
    wanted = [Decimal(flat), Decimal(graduated), Decimal(volume)]
    assert [cost(one, quantity) for one in (FLAT, GRADUATED, VOLUME)] == wanted


def test_guide_5_the_first_fills_the_first_tiers_of_a_shared_pool() -> None:
    assert parts(GRADUATED, 600, 600) == [[(600, "3.5")], [(400, "3.5"), (200, "3")]]
    assert parts(GRADUATED, 1000, 4000, 1) == [[(1000, "3.5")], [(4000, "3")], [(1, "2.5")]]
    assert parts(GRADUATED, 0, 6000) == [[], [(1000, "3.5"), (4000, "3"), (1000, "2.5")]]
    assert parts(GRADUATED, 6000, 0, 1) == [[(1000, "3.5"), (4000, "3"), (1000, "2.5")], [], [(1, "2.5")]]


def test_guide_5_by_volume_everybody_pays_the_price_that_the_whole_pool_reaches() -> None:
    assert parts(VOLUME, 600, 400) == [[(600, "3.5")], [(400, "3.5")]]
    assert parts(VOLUME, 600, 401) == [[(600, "3")], [(401, "3")]]
    assert parts(VOLUME, 0, 0) == [[], []]


def test_nothing_to_price_costs_nothing() -> None:
    for one in (FLAT, GRADUATED, VOLUME):
        assert priced_in_order(one, []) == []


quantities = st.lists(st.integers(0, 4000), max_size=8)


@given(quantities)
def test_the_whole_of_a_pool_depends_on_its_total_alone(split: list[int]) -> None:
    for one in (FLAT, GRADUATED, VOLUME):
        assert cost(one, *split) == cost(one, *reversed(split)) == cost(one, sum(split))


@given(quantities)
def test_no_unit_is_lost_or_doubled(split: list[int]) -> None:
    for one in (FLAT, GRADUATED, VOLUME):
        found = priced_in_order(one, split)
        assert [sum(part.quantity for part in shares) for shares in found] == split


@given(st.integers(0, 20_000))
def test_graduated_never_costs_less_for_one_more(quantity: int) -> None:
    assert cost(GRADUATED, quantity + 1) - cost(GRADUATED, quantity) in (
        Decimal("3.5"),
        Decimal(3),
        Decimal("2.5"),
    )


# rows -----------------------------------------------------------------------------------------------


def test_a_carriers_own_row_goes_before_the_row_for_every_carrier() -> None:
    every, docomo = row(PriceItem.SMS, "3"), row(PriceItem.SMS, "2", carrier="docomo")
    assert price_for([every, docomo], PriceItem.SMS, "docomo") is docomo
    assert price_for([docomo, every], PriceItem.SMS, "au") is every
    assert price_for([docomo], PriceItem.SMS, "au") is None
    assert price_for([every], PriceItem.RCS) is None


def test_every_option_has_its_item() -> None:
    assert {option_item(option) for option in Option} == {
        item for item in PriceItem if item.value.startswith("option_")
    }


@pytest.mark.parametrize(
    "good",
    [
        row(PriceItem.SMS, "0"),
        row(PriceItem.SMS, "3.1234"),
        row(PriceItem.SMS, "3.12340000"),
        row(PriceItem.SMS, "99999999.9999"),
        row(PriceItem.PLUS, (0, "3"), (1, "2"), model=ChargeModel.VOLUME, scope=Scope.ACCOUNT),
        row(PriceItem.SMS, "3", carrier="rakuten"),
        row(PriceItem.MONTHLY_BASE, "1000"),
    ],
)
def test_rows_without_fault(good: PriceRow) -> None:
    assert row_faults(good) == []


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (row(PriceItem.RCS, "3", carrier="au"), "キャリア別の単価はSMS配信料だけ"),
        (row(PriceItem.CONTRACT_FEE, "3", scope=Scope.ACCOUNT), "段階・数量の単価は配信料だけ"),
        (row(PriceItem.CHANGE_FEE, "3", model=ChargeModel.VOLUME), "段階・数量の単価は配信料だけ"),
        (row(PriceItem.SMS), "最初の段階は0通超から"),
        (row(PriceItem.SMS, (1, "3")), "最初の段階は0通超から"),
        (row(PriceItem.SMS, (0, "3"), (0, "2"), model=ChargeModel.VOLUME), "少ない順に並べ"),
        (row(PriceItem.SMS, (0, "3"), (9, "2"), (5, "1"), model=ChargeModel.VOLUME), "少ない順に並べ"),
        (row(PriceItem.SMS, (0, "3"), (9, "2")), "単一単価に段階は設定できません"),
        (row(PriceItem.SMS, "-0.0001"), "単価は0以上、小数4桁以内で指定してください（指定: -0.0001）"),
        (row(PriceItem.SMS, "3.00001"), "小数4桁以内"),
        (row(PriceItem.SMS, "NaN"), "単価は0以上"),
        (row(PriceItem.SMS, "100000000"), "単価は100,000,000円未満"),
    ],
)
def test_a_row_at_fault_is_described(bad: PriceRow, said: str) -> None:
    assert any(said in fault for fault in row_faults(bad)), row_faults(bad)


def test_tiers_are_values() -> None:
    assert Tier(0, Decimal("3.50")) == Tier(0, Decimal("3.5"))
