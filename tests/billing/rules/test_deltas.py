"""§5: what is added later is the difference to what was invoiced, so that all invoices of a month add up."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.invoice import Detail, Line, LineKey, LineKind, deltas, kind_of, line
from billing.rules.prices import PriceItem
from kmc_portal.lib.months import Month

OCTOBER = Month(2026, 10)
TEN = Decimal(10)


def key(contract: int = 1, kind: LineKind = LineKind.DELIVERY, rate: Decimal = TEN) -> LineKey:
    return LineKey(contract, OCTOBER, kind, rate)


def sms(quantity: int, price: str = "3.5", **more: str) -> Detail:
    return Detail(PriceItem.SMS, quantity, Decimal(price), **more)


@pytest.mark.parametrize(
    ("details", "net"),
    [
        ([], 0),
        ([sms(3, "0.5")], 1),
        ([sms(1, "0.5"), sms(1, "0.5")], 1),
        ([sms(-1, "0.5")], -1),
        ([sms(2, "3.5")], 7),
    ],
)
def test_a_line_is_rounded_down_once(details: list[Detail], net: int) -> None:
    assert line(key(), details).net == net


def test_late_messages_are_the_difference() -> None:
    was, now = line(key(), [sms(101)]), line(key(), [sms(104)])  # 353.5 → 353; 364 → 364
    assert deltas([now], [was]) == [Line(key(), 11, (sms(3),))]


def test_a_correction_downwards_is_negative() -> None:
    was, now = line(key(), [sms(100)]), line(key(), [sms(90)])
    assert deltas([now], [was]) == [Line(key(), -35, (sms(-10),))]


def test_what_is_gone_is_given_back_whole() -> None:
    assert deltas([], [line(key(), [sms(2)])]) == [Line(key(), -7, (sms(-2),))]


def test_another_price_is_taken_back_and_charged() -> None:
    [found] = deltas([line(key(), [sms(10, "3")])], [line(key(), [sms(10, "3.5")])])
    assert found.net == -5
    assert set(found.details) == {sms(10, "3"), sms(-10, "3.5")}


def test_yen_that_only_rounding_moved_are_a_line_without_details() -> None:
    """1.5 + 1.5 was invoiced as 1 + 1; together it is 3."""
    was = [line(key(), [sms(1, "1.5")]), line(key(), [sms(1, "1.5")])]
    assert deltas([line(key(), [sms(2, "1.5")])], was) == [Line(key(), 1, ())]


def test_each_contract_kind_and_rate_is_compared_with_its_own() -> None:
    eight = key(rate=Decimal(8))
    found = deltas([line(key(), [sms(2)]), line(eight, [sms(4)])], [line(key(2), [sms(2)])])
    assert [(one.key, one.net) for one in found] == [(key(), 7), (key(2), -7), (eight, 14)]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("sms", LineKind.DELIVERY),
        ("plus", LineKind.DELIVERY),
        ("rcs", LineKind.DELIVERY),
        ("monthly_base", LineKind.BASE),
        ("option_webhook", LineKind.OPTIONS),
        ("contract_fee", LineKind.CONTRACT_FEE),
        ("change_fee", LineKind.ONE_OFF),
        ("cancellation_fee", LineKind.ONE_OFF),
        ("other", LineKind.ONE_OFF),
    ],
)
def test_guide_5_1_each_item_has_its_line(item: str, kind: LineKind) -> None:
    assert kind_of(item) is kind


def test_a_detail_comes_back_from_json_as_it_was() -> None:
    detail = Detail("change_fee", 1, Decimal("5000.1234"), "au", 3, price=4, charge=5, note="変更")
    assert Detail.from_json(detail.as_json()) == detail


keys = st.builds(key, st.integers(1, 3), st.sampled_from([LineKind.DELIVERY, LineKind.BASE]))
details = st.builds(sms, st.integers(1, 500), st.sampled_from(["3.5", "0.3333", "2"]))
lines = st.builds(line, keys, st.lists(details, max_size=4))
of_month = st.lists(lines, max_size=5, unique_by=lambda one: one.key)


def totals(found: list[Line]) -> Counter[object]:
    """Yen by key, and units by key and detail; what is zero does not count."""
    summed: Counter[object] = Counter()
    for one in found:
        summed[one.key] += one.net
        for detail in one.details:
            summed[(one.key, detail.item, detail.unit_price)] += detail.quantity
    return Counter({name: count for name, count in summed.items() if count})


@given(of_month, of_month)
def test_what_was_invoiced_and_the_difference_make_what_is_wanted(
    wanted: list[Line], was: list[Line]
) -> None:
    assert totals([*was, *deltas(wanted, was)]) == totals(wanted)


@given(of_month, of_month, of_month)
def test_any_number_of_later_invoices_adds_up(
    first: list[Line], second: list[Line], third: list[Line]
) -> None:
    invoiced = [*deltas(first, [])]
    invoiced += deltas(second, invoiced)
    invoiced += deltas(third, invoiced)
    assert totals(invoiced) == totals(third)


@given(of_month)
def test_the_same_again_is_nothing(wanted: list[Line]) -> None:
    assert deltas(wanted, wanted) == []
