"""Who may order a check of what, and how often."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import CheckCause, CheckOrder, ContractState, Customer, NotificationEndpoint, User
from accounts.rules.plans import NotificationFunction
from accounts.rules.roles import CustomerRole
from accounts.services import connectivity, endpoints, settings
from accounts.services.errors import NotAllowed, Refused
from tests.fixtures.people import make_customer_user

pytestmark = pytest.mark.django_db
NOW = datetime.datetime.fromisoformat("2026-11-24T10:00:00+09:00")
WEBHOOK = NotificationFunction.WEBHOOK


def try_url(customer: Customer, actor: User, number: int, now: datetime.datetime = NOW) -> CheckOrder:
    return connectivity.order(
        endpoint=None,
        customer=customer,
        function=WEBHOOK,
        channel="",
        for_test=False,
        url=f"https://hooks.example.jp/{number}",
        cause=CheckCause.CUSTOMER,
        actor=actor,
        now=now,
    )


def test_an_endpoint_has_one_open_order_at_a_time(preparing: NotificationEndpoint, operations: User) -> None:
    first = connectivity.order_by(endpoint_id=preparing.pk, actor=operations, now=timezone.now())
    again = connectivity.order_by(endpoint_id=preparing.pk, actor=operations, now=timezone.now())
    assert again.pk == first.pk
    CheckOrder.objects.update(done_at=timezone.now())
    third = connectivity.order_by(endpoint_id=preparing.pk, actor=operations, now=timezone.now())
    assert third.pk != first.pk


def test_a_try_is_open_once_for_company_function_and_url(
    customer: Customer, customer_admin: User, other_customer: Customer, other_customer_admin: User
) -> None:
    first = try_url(customer, customer_admin, 1)
    assert try_url(customer, customer_admin, 1).pk == first.pk
    assert try_url(customer, customer_admin, 2).pk != first.pk
    assert try_url(other_customer, other_customer_admin, 1).pk != first.pk


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://hooks.example.jp/", "https"),
        ("https://198.20.0.9/", "ドメイン名"),
        ("https://abc.execute-api.ap-northeast-1.amazonaws.com/x", "カスタムドメイン"),
    ],
)
def test_guide_1_9_what_the_entry_rule_refuses_is_not_checked(
    customer: Customer, customer_admin: User, url: str, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        connectivity.order(
            endpoint=None,
            customer=customer,
            function=WEBHOOK,
            channel="",
            for_test=False,
            url=url,
            cause=CheckCause.CUSTOMER,
            actor=customer_admin,
            now=NOW,
        )
    assert not CheckOrder.objects.exists()


def test_guide_1_9_ten_orders_an_hour_for_a_company_then_it_says_from_when_on(
    customer: Customer,
    customer_admin: User,
    customer_member: User,
    other_customer: Customer,
    other_customer_admin: User,
) -> None:
    for number in range(10):
        minutes = datetime.timedelta(minutes=number)
        try_url(customer, (customer_admin, customer_member)[number % 2], number, NOW + minutes)
    last = NOW + datetime.timedelta(minutes=59)
    with pytest.raises(Refused, match="1時間に10件までです。11時01分以降に"):
        try_url(customer, customer_admin, 10, last)
    try_url(other_customer, other_customer_admin, 10, last)  # everybody has their own ten
    hour = NOW + datetime.timedelta(hours=1)
    try_url(customer, customer_admin, 10, hour)  # the first of the ten is an hour ago
    with pytest.raises(Refused, match="11時02分以降に"):
        try_url(customer, customer_admin, 11, hour)


def test_what_staff_order_is_not_counted(
    preparing: NotificationEndpoint, operations: User, superuser: User
) -> None:
    settings.change(key="check_orders_per_hour", value=1, actor=superuser)
    customer = preparing.contract.customer
    admin = make_customer_user(customer, "x@example.com", "企業 花子", CustomerRole.ADMINISTRATOR)
    connectivity.order_by(endpoint_id=preparing.pk, actor=operations, now=NOW)
    try_url(customer, admin, 1)
    with pytest.raises(Refused, match="1件まで"):
        try_url(customer, admin, 2)


def test_somebody_else_s_endpoint_is_refused(
    preparing: NotificationEndpoint, other_customer_admin: User, approver: User, viewer: User
) -> None:
    for stranger in (other_customer_admin, approver, viewer):
        with pytest.raises(NotAllowed):
            connectivity.order_by(endpoint_id=preparing.pk, actor=stranger, now=timezone.now())


def test_an_endpoint_that_is_not_in_force_any_more_is_not_checked(
    active: NotificationEndpoint, operations: User
) -> None:
    proposed = endpoints.propose(
        contract=active.contract,
        function=WEBHOOK,
        channel="plus",
        for_test=False,
        url="https://hooks.example.jp/new",
    )
    connectivity.order_by(endpoint_id=proposed.pk, actor=operations, now=timezone.now())
    endpoints.drop_proposal(endpoint_id=proposed.pk, now=timezone.now())
    assert not CheckOrder.objects.open().exists()
    with pytest.raises(Refused, match="適用されていません"):
        connectivity.order_by(endpoint_id=proposed.pk, actor=operations, now=timezone.now())


@pytest.mark.parametrize("state", [ContractState.VOID, ContractState.ENDED])
def test_a_contract_that_is_over_is_not_checked(
    active: NotificationEndpoint, operations: User, state: ContractState
) -> None:
    active.contract.state = state
    active.contract.save(update_fields=["state"])
    with pytest.raises(Refused, match="行えません"):
        connectivity.order_by(endpoint_id=active.pk, actor=operations, now=timezone.now())
