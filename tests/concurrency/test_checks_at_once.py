"""Several runners at the same orders, and two people at the same button: real threads, real commits, real sockets."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import CheckCause, CheckOrder, ConnectivityCheck, Customer, User
from accounts.rules.plans import NotificationFunction
from accounts.services import check_runner, connectivity
from accounts.services.errors import Refused
from accounts.services.jobs import nothing_to_report
from applications.services import functions
from tests.fixtures.checks import Hook

pytestmark = pytest.mark.django_db(transaction=True)


def try_url(customer: Customer, actor: User, url: str) -> CheckOrder:
    return connectivity.order(
        endpoint=None,
        customer=customer,
        function=NotificationFunction.WEBHOOK,
        channel="",
        for_test=False,
        url=url,
        cause=CheckCause.CUSTOMER,
        actor=actor,
        now=timezone.now(),
    )


def at_once(many: int, work: Callable[[], object]) -> None:
    gate = threading.Barrier(many)

    def one() -> None:
        try:
            gate.wait(timeout=20)
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


def test_runners_at_once_do_each_order_once(customer: Customer, customer_admin: User, hook: Hook) -> None:
    orders = [try_url(customer, customer_admin, hook.url(f"hook?{number}")) for number in range(8)]
    at_once(4, lambda: check_runner.run(on_result=functions.on_result, report=nothing_to_report))
    found = Counter(ConnectivityCheck.objects.values_list("order_id", flat=True))
    assert found == {order.pk: 1 for order in orders}
    assert len(hook.receiver.requests) == 3 * 8
    assert not CheckOrder.objects.open().exists()


def test_two_presses_at_once_are_one_order(customer: Customer, customer_admin: User, hook: Hook) -> None:
    at_once(4, lambda: try_url(customer, customer_admin, hook.url()))
    assert CheckOrder.objects.count() == 1


def test_presses_at_once_do_not_get_round_the_limit(
    customer: Customer, customer_admin: User, hook: Hook
) -> None:
    for number in range(8):
        try_url(customer, customer_admin, hook.url(f"hook?{number}"))
    numbers = iter(range(100, 200))
    refused: list[str] = []

    def press() -> None:
        try:
            try_url(customer, customer_admin, hook.url(f"hook?{next(numbers)}"))
        except Refused as refusal:
            refused.append(str(refusal))

    at_once(6, press)
    assert (CheckOrder.objects.count(), len(refused)) == (10, 4)
