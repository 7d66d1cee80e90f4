"""§5.1: consumption tax, one rounding per rate per invoice."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.tax import Rounding, TaxedSum, tax_by_rate, tax_on

TEN, EIGHT, NONE = Decimal(10), Decimal(8), Decimal(0)


def test_guide_5_1_three_lines_of_105_yen_are_taxed_together() -> None:
    """Line by line it would be 10 + 10 + 10."""
    assert tax_by_rate([(TEN, 105)] * 3, Rounding.FLOOR) == [TaxedSum(TEN, 315, 31)]
    assert tax_by_rate([(TEN, 105)] * 3, Rounding.FLOOR)[0].total == 346


@pytest.mark.parametrize(
    ("net", "floor", "half_up", "ceil"),
    [
        (0, 0, 0, 0),
        (1, 0, 0, 1),
        (5, 0, 1, 1),
        (310, 31, 31, 31),
        (314, 31, 31, 32),
        (315, 31, 32, 32),
        (319, 31, 32, 32),
        (-314, -31, -31, -32),
        (-315, -31, -32, -32),
        (1_234_567_890_125, 123_456_789_012, 123_456_789_013, 123_456_789_013),
    ],
)
def test_guide_5_1_each_mode_of_rounding(net: int, floor: int, half_up: int, ceil: int) -> None:
    found = [tax_on(net, TEN, mode).tax for mode in (Rounding.FLOOR, Rounding.HALF_UP, Rounding.CEIL)]
    assert found == [floor, half_up, ceil]


def test_guide_5_1_each_rate_is_rounded_once_and_the_highest_stands_first() -> None:
    lines = [(EIGHT, 106), (TEN, 105), (NONE, 500), (EIGHT, 106), (TEN, 104)]
    assert tax_by_rate(lines, Rounding.FLOOR) == [
        TaxedSum(TEN, 209, 20),  # 20.9
        TaxedSum(EIGHT, 212, 16),  # 16.96
        TaxedSum(NONE, 500, 0),
    ]


def test_no_lines_have_no_tax() -> None:
    assert tax_by_rate([], Rounding.CEIL) == []


@given(st.integers(0, 10**12), st.sampled_from([TEN, EIGHT, NONE]), st.sampled_from(list(Rounding)))
def test_a_reduction_undoes_exactly_what_was_charged(net: int, rate: Decimal, mode: Rounding) -> None:
    assert tax_on(-net, rate, mode).total == -tax_on(net, rate, mode).total


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=20), st.sampled_from(list(Rounding)))
def test_the_order_of_lines_does_not_matter(nets: list[int], mode: Rounding) -> None:
    lines = [(TEN, net) for net in nets]
    assert tax_by_rate(lines, mode) == tax_by_rate(lines[::-1], mode) == [tax_on(sum(nets), TEN, mode)]
