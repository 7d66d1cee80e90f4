"""§2.1b What comes into force on a day holds from that day on, also beside what is planned for later."""

import datetime

import pytest

from accounts.models import Contract, ContractOption, ContractTerms, Customer
from accounts.services.periods import put_in_force, put_set_in_force

pytestmark = pytest.mark.django_db

JANUARY, MARCH, JUNE = (datetime.date(2026, month, 1) for month in (1, 3, 6))
TERMS = {
    "plan": "sms",
    "delivery_method": "api",
    "payment_method": "invoice",
    "usage_purpose": "予約の確認",
    "consent_method": "申込時",
    "monthly_volume": 1000,
}


@pytest.fixture
def contract(customer: Customer) -> Contract:
    return Contract.objects.create(customer=customer)


def rows(contract: Contract) -> list[tuple[str, str | None, str, str]]:
    return [
        (str(row.since), str(row.until) if row.until else None, row.payment_method, row.usage_purpose)
        for row in contract.terms.order_by("period")
    ]


def change(contract: Contract, day: datetime.date, **values: object) -> bool:
    _, changed = put_in_force(model=ContractTerms, key={"contract": contract}, values=values, day=day)
    return changed


def test_guide_2_1b_a_change_before_a_planned_one_keeps_the_planned_one_and_holds_after_it(
    contract: Contract,
) -> None:
    change(contract, JANUARY, **TERMS)
    change(contract, JUNE, payment_method="direct_debit")
    change(contract, MARCH, usage_purpose="発送のお知らせ")
    assert rows(contract) == [
        ("2026-01-01", "2026-02-28", "invoice", "予約の確認"),
        ("2026-03-01", "2026-05-31", "invoice", "発送のお知らせ"),
        ("2026-06-01", None, "direct_debit", "発送のお知らせ"),
    ]


def test_a_change_on_the_day_of_a_planned_one_joins_it(contract: Contract) -> None:
    change(contract, JANUARY, **TERMS)
    change(contract, JUNE, payment_method="direct_debit")
    change(contract, JUNE, usage_purpose="発送のお知らせ")
    assert rows(contract) == [
        ("2026-01-01", "2026-05-31", "invoice", "予約の確認"),
        ("2026-06-01", None, "direct_debit", "発送のお知らせ"),
    ]


def test_a_correction_that_repeats_what_holds_takes_nothing_back_that_is_planned(contract: Contract) -> None:
    change(contract, JANUARY, **TERMS)
    change(contract, JUNE, payment_method="direct_debit")
    change(contract, MARCH, **{**TERMS, "usage_purpose": "発送のお知らせ"})
    assert rows(contract) == [
        ("2026-01-01", "2026-02-28", "invoice", "予約の確認"),
        ("2026-03-01", "2026-05-31", "invoice", "発送のお知らせ"),
        ("2026-06-01", None, "direct_debit", "発送のお知らせ"),
    ]


def test_what_holds_already_changes_nothing(contract: Contract) -> None:
    change(contract, JANUARY, **TERMS)
    assert change(contract, MARCH, usage_purpose="予約の確認") is False
    assert rows(contract) == [("2026-01-01", None, "invoice", "予約の確認")]


def test_a_day_before_anything_was_in_force_gets_a_row_of_its_own(contract: Contract) -> None:
    change(contract, MARCH, **TERMS)
    change(contract, JANUARY, **{**TERMS, "usage_purpose": "試行"})
    assert rows(contract) == [
        ("2026-01-01", "2026-02-28", "invoice", "試行"),
        ("2026-03-01", None, "invoice", "試行"),
    ]


def test_a_set_from_a_day_on_is_that_set_whatever_was_planned(contract: Contract) -> None:
    def put(day: datetime.date, *wanted: str) -> None:
        put_set_in_force(
            model=ContractOption, key={"contract": contract}, field="option", wanted=set(wanted), day=day
        )

    put(JANUARY, "long_sms", "option_050")
    put(JUNE, "long_sms")
    put(MARCH, "option_050", "two_way_sms")
    found = {
        (row.option, str(row.since), str(row.until) if row.until else None) for row in contract.options.all()
    }
    assert found == {
        ("long_sms", "2026-01-01", "2026-02-28"),
        ("option_050", "2026-01-01", None),
        ("two_way_sms", "2026-03-01", None),
    }
