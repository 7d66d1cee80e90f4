"""The regular re-checks: which are due, and when not."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import CheckOrder, ContractState, NotificationEndpoint, User
from accounts.services import connectivity, settings
from tests.accounts.connectivity.conftest import OK, Store

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
SECOND = datetime.timedelta(seconds=1)


def ordered(now: datetime.datetime) -> int:
    return connectivity.order_rechecks(now=now)


@pytest.mark.parametrize(("days", "due"), [(7 * DAY - SECOND, 0), (7 * DAY, 1), (8 * DAY, 1)])
def test_guide_1_9_an_endpoint_in_use_is_checked_again_after_seven_days(
    active: NotificationEndpoint, store: Store, days: datetime.timedelta, due: int
) -> None:
    check = store(active, OK)
    assert ordered(check.checked_at + days) == due
    assert CheckOrder.objects.open().filter(cause="recheck", ordered_by=None).count() == due
    assert ordered(check.checked_at + days) == 0  # one is open


@pytest.mark.parametrize(("days", "after", "due"), [(1, 1, 1), (30, 29, 0), (30, 30, 1), (0, 500, 0)])
def test_the_days_are_a_setting_and_0_is_never(
    active: NotificationEndpoint, store: Store, superuser: User, days: int, after: int, due: int
) -> None:
    check = store(active, OK)
    settings.change(key="recheck_days", value=days, actor=superuser)
    assert ordered(check.checked_at + after * DAY) == due


def test_what_is_not_in_use_is_left_alone(preparing: NotificationEndpoint, store: Store) -> None:
    check = store(preparing, OK)
    assert ordered(check.checked_at + 8 * DAY) == 0


def test_a_contract_that_ended_is_left_alone(active: NotificationEndpoint, store: Store) -> None:
    check = store(active, OK)
    active.contract.state = ContractState.ENDED
    active.contract.save(update_fields=["state"])
    assert ordered(check.checked_at + 8 * DAY) == 0


def test_what_was_never_checked_waits_for_its_first_check(active: NotificationEndpoint) -> None:
    never = active.contract.endpoints.create(
        function="webhook",
        channel="plus",
        for_test=True,
        url="https://hooks.example.jp/t",
        period=(timezone.now().date() - 30 * DAY, None),
    )
    ordered(timezone.now() + 8 * DAY)
    assert not never.orders.exists()


def test_a_url_that_the_rule_refuses_by_now_is_not_sent_to(
    active: NotificationEndpoint, store: Store
) -> None:
    check = store(active, OK)
    NotificationEndpoint.objects.update(url="http://hooks.example.jp/old")
    assert ordered(check.checked_at + 8 * DAY) == 0


def test_what_is_not_sent_to_takes_no_other_s_place(
    active: NotificationEndpoint, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connectivity, "MOST_AT_A_TIME", 1)
    store(active, OK)
    other = active.contract.endpoints.create(
        function="webhook",
        channel="plus",
        for_test=True,
        url="https://hooks.example.jp/t",
        period=active.period,
    )
    check = store(other, OK)
    NotificationEndpoint.objects.filter(pk=active.pk).update(url="http://hooks.example.jp/old")
    assert ordered(check.checked_at + 8 * DAY) == 1
    assert other.orders.open().exists()
