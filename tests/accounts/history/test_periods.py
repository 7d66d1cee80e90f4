"""What is in force has a period, and two rows of one kind are never in force on the same day."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.models import (
    Contact,
    Contract,
    ContractOption,
    ContractTerms,
    Customer,
    CustomerProfile,
    GlobalIp,
    NotificationEndpoint,
    OfficialAccount,
    OfficialAccountProfile,
    SmsSender,
)
from accounts.models.periods import Periodic
from billing.models import BillingAccount, BillingAssignment, BillingProfile, PriceList, TaxRate

pytestmark = pytest.mark.django_db

Make = Callable[[DateRange], Any]


def days(first: str, end: str | None = None) -> DateRange:
    """From `first` on, up to the day before `end`."""
    return DateRange(
        datetime.date.fromisoformat(first), datetime.date.fromisoformat(end) if end else None, "[)"
    )


@pytest.fixture
def contract(customer: Customer) -> Contract:
    customer.profiles.all().delete()
    return Contract.objects.create(customer=customer)


def terms(contract: Contract) -> dict[str, Any]:
    return {
        "contract": contract,
        "plan": "sms",
        "delivery_method": "api",
        "payment_method": "invoice",
        "usage_purpose": "予約の確認",
        "consent_method": "申込時",
        "monthly_volume": 1000,
    }


def contact(contract: Contract, **more: Any) -> dict[str, Any]:
    wanted = {"contract": contract, "role": "account", "position": 1, "name": "青空 花子"}
    return {**wanted, "email": "a@example.com", "phone": "03-0000-0001", **more}


def account(contract: Contract) -> OfficialAccount:
    found, _ = OfficialAccount.objects.get_or_create(contract=contract, channel="plus", production=None)
    return found


def payer(contract: Contract) -> BillingAccount:
    found, _ = BillingAccount.objects.get_or_create(number="B900001", customer=contract.customer)
    return found


def price_list(contract: Contract | None) -> dict[str, Any]:
    published_at = datetime.datetime(2025, 11, 1, tzinfo=datetime.UTC)
    return {"contract": contract, "name": "試験用", "published_at": published_at}


# model: the values of one row, and those of another that may be in force beside it (None: there is none)
KINDS: dict[
    type[Periodic], tuple[Callable[[Contract], dict[str, Any]], Callable[[Contract], dict[str, Any]] | None]
] = {
    CustomerProfile: (
        lambda c: {"customer": c.customer, "name": "A", "name_kana": "ア", "address": "東京都"},
        None,
    ),
    ContractTerms: (terms, None),
    ContractOption: (
        lambda c: {"contract": c, "option": "long_sms"},
        lambda c: {"contract": c, "option": "two_way_sms"},
    ),
    GlobalIp: (
        lambda c: {"contract": c, "network": "198.20.0.0/24"},
        lambda c: {"contract": c, "network": "198.20.1.0/24"},
    ),
    Contact: (lambda c: contact(c), lambda c: contact(c, position=2)),
    SmsSender: (
        lambda c: {"contract": c, "kind": "regular", "number": "0120000000"},
        lambda c: {"contract": c, "kind": "regular", "number": "0120000001"},
    ),
    OfficialAccountProfile: (lambda c: {"account": account(c), "name": "あおぞら"}, None),
    NotificationEndpoint: (
        lambda c: {"contract": c, "function": "webhook", "url": "https://hook.example.com/"},
        lambda c: {
            "contract": c,
            "function": "webhook",
            "url": "https://hook.example.com/",
            "for_test": True,
        },
    ),
    TaxRate: (
        lambda c: {"category": "test", "percent": 10},
        lambda c: {"category": "other", "percent": 10},
    ),
    PriceList: (price_list, lambda c: price_list(None)),
    BillingProfile: (
        lambda c: {"account": payer(c), "name": "A", "email": "a@example.com", "payment_method": "invoice"},
        None,
    ),
    BillingAssignment: (lambda c: {"contract": c, "account": payer(c)}, None),
}
WHOLE_MONTHS: tuple[type[Periodic], ...] = (PriceList, BillingAssignment)
every_kind = pytest.mark.parametrize("model", list(KINDS), ids=lambda model: model.__name__)


def test_no_kind_of_row_with_a_period_is_forgotten_here() -> None:
    assert set(KINDS) == set(Periodic.__subclasses__())


@every_kind
@pytest.mark.parametrize(
    "other",
    [
        days("2026-01-31"),  # begins on the last day of the first
        days("2025-12-01", "2026-01-02"),  # ends on its first day
        days("2026-01-10", "2026-01-11"),  # lies within
        days("2025-01-01"),  # covers it
        days("2026-01-01", "2026-02-01"),  # is the same
    ],
    ids=["last day", "first day", "within", "covering", "same"],
)
def test_rows_that_overlap_by_a_day_are_refused(
    model: type[Periodic], other: DateRange, contract: Contract
) -> None:
    values, _ = KINDS[model]
    model._default_manager.create(period=days("2026-01-01", "2026-02-01"), **values(contract))
    in_words = "exclusion constraint|whole_months" if model in WHOLE_MONTHS else "exclusion constraint"
    with pytest.raises(IntegrityError, match=in_words), transaction.atomic():
        model._default_manager.create(period=other, **values(contract))


@pytest.mark.parametrize("model", WHOLE_MONTHS, ids=lambda model: model.__name__)
@pytest.mark.parametrize(
    "other", [days("2026-03-01"), days("2025-01-01", "2026-02-01")], ids=["last", "first"]
)
def test_whole_months_that_overlap_by_a_month_are_refused(
    model: type[Periodic], other: DateRange, contract: Contract
) -> None:
    values, _ = KINDS[model]
    model._default_manager.create(period=days("2026-01-01", "2026-04-01"), **values(contract))
    with pytest.raises(IntegrityError, match="exclusion constraint"), transaction.atomic():
        model._default_manager.create(period=other, **values(contract))


@pytest.mark.parametrize("model", WHOLE_MONTHS, ids=lambda model: model.__name__)
@pytest.mark.parametrize(
    "wrong", [days("2026-01-02"), days("2026-01-01", "2026-01-31")], ids=["begin", "end"]
)
def test_what_holds_by_the_month_begins_and_ends_with_one(
    model: type[Periodic], wrong: DateRange, contract: Contract
) -> None:
    values, _ = KINDS[model]
    with pytest.raises(IntegrityError, match="whole_months"), transaction.atomic():
        model._default_manager.create(period=wrong, **values(contract))


@every_kind
def test_rows_that_follow_one_another_are_taken(model: type[Periodic], contract: Contract) -> None:
    values, _ = KINDS[model]
    model._default_manager.create(period=days("2025-12-01", "2026-01-01"), **values(contract))
    model._default_manager.create(period=days("2026-01-01", "2026-02-01"), **values(contract))
    model._default_manager.create(period=days("2026-02-01"), **values(contract))


@pytest.mark.parametrize(
    "model", [model for model, (_, beside) in KINDS.items() if beside], ids=lambda model: model.__name__
)
def test_what_may_be_in_force_side_by_side_is_taken(model: type[Periodic], contract: Contract) -> None:
    values, beside = KINDS[model]
    assert beside is not None
    model._default_manager.create(period=days("2026-01-01"), **values(contract))
    model._default_manager.create(period=days("2026-01-01"), **beside(contract))


@every_kind
def test_as_of_a_day_is_the_row_in_force_on_that_day(model: type[Periodic], contract: Contract) -> None:
    values, _ = KINDS[model]
    first = model._default_manager.create(period=days("2026-01-01", "2026-02-01"), **values(contract))
    second = model._default_manager.create(period=days("2026-02-01"), **values(contract))
    day = datetime.date.fromisoformat

    def as_of(text: str) -> list[Any]:
        return list(model.objects.as_of(day(text)).filter(pk__in=[first.pk, second.pk]))

    assert as_of("2025-12-31") == []
    assert as_of("2026-01-01") == [first]
    assert as_of("2026-01-31") == [first]
    assert as_of("2026-02-01") == [second]
    assert as_of("2099-12-31") == [second]
    assert (first.since, first.until) == (day("2026-01-01"), day("2026-01-31"))
    assert (second.since, second.until) == (day("2026-02-01"), None)


@pytest.mark.parametrize(
    ("registered", "refused"),
    [
        ("198.20.0.0/24", "198.20.0.7/32"),
        ("198.20.0.7/32", "198.20.0.0/24"),
        ("198.20.0.0/25", "198.20.0.127/32"),
        ("198.20.0.7/32", "198.20.0.7/32"),
        ("2400:2000:0:1::/64", "2400:2000:0:1::7/128"),
        ("2400:2000::7/128", "2400:2000::7/128"),
    ],
)
def test_guide_1_2_addresses_that_overlap_in_one_contract_are_refused_by_the_database(
    registered: str, refused: str, contract: Contract
) -> None:
    GlobalIp.objects.create(contract=contract, network=registered, period=days("2026-01-01"))
    with pytest.raises(IntegrityError, match="global_ip_no_overlap_in_contract"), transaction.atomic():
        GlobalIp.objects.create(contract=contract, network=refused, period=days("2026-06-01"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("198.20.0.0/25", "198.20.0.128/25"),
        ("198.20.0.0/25", "198.20.0.128/32"),
        ("198.20.0.0/24", "198.20.1.0/32"),
        ("2400:2000:0:1::/64", "2400:2000:0:2::/64"),
        ("198.20.0.0/24", "2400:2000::/64"),
    ],
)
def test_guide_1_2_addresses_next_to_one_another_are_taken(one: str, other: str, contract: Contract) -> None:
    GlobalIp.objects.create(contract=contract, network=one, period=days("2026-01-01"))
    GlobalIp.objects.create(contract=contract, network=other, period=days("2026-01-01"))


def test_guide_1_2_two_contracts_may_share_an_address(contract: Contract, other_customer: Customer) -> None:
    other = Contract.objects.create(customer=other_customer)
    for each in (contract, other):
        GlobalIp.objects.create(contract=each, network="198.20.0.0/24", period=days("2026-01-01"))


def test_guide_1_2_an_address_may_come_back_later(contract: Contract) -> None:
    GlobalIp.objects.create(
        contract=contract, network="198.20.0.0/24", period=days("2026-01-01", "2026-02-01")
    )
    GlobalIp.objects.create(contract=contract, network="198.20.0.7/32", period=days("2026-02-01"))
