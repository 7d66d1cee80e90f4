"""The runner: real sockets, one event loop, every result stored as soon as it is there."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import CheckOrder, ConnectivityCheck, NotificationEndpoint, User
from accounts.services import check_runner, connectivity, settings
from accounts.services.jobs import nothing_to_report
from applications.services import functions
from tests.fixtures.checks import Hook, RunChecks

pytestmark = pytest.mark.django_db


def another(
    like: NotificationEndpoint, url: str, *, for_test: bool, function: str = "webhook"
) -> NotificationEndpoint:
    made: NotificationEndpoint = like.contract.endpoints.create(
        function=function, channel="rcs", for_test=for_test, url=url, period=like.period
    )
    return NotificationEndpoint.objects.select_related("contract__customer").get(pk=made.pk)


def order(endpoint: NotificationEndpoint, actor: User) -> CheckOrder:
    return connectivity.order_by(endpoint_id=endpoint.pk, actor=actor, now=timezone.now())


def test_each_gets_its_own_result(
    preparing: NotificationEndpoint, operations: User, hook: Hook, run_checks: RunChecks
) -> None:
    rows = {
        "ok": another(preparing, hook.url("ok"), for_test=False),
        "slow": another(preparing, hook.url("slow"), for_test=True),
        "error": another(preparing, hook.url("error"), for_test=False, function="sms_result"),
        "redirect": another(preparing, hook.url("redirect"), for_test=True, function="sms_result"),
        "drop": another(preparing, hook.url("drop"), for_test=False, function="sms_mo"),
    }
    for row in rows.values():
        order(row, operations)
    assert run_checks() == "疎通確認 5件を行いました。"
    found = {name: row.checks.get().reason for name, row in rows.items()}
    assert found == {
        "ok": "",
        "slow": "too_slow",
        "error": "status",
        "redirect": "redirect",
        "drop": "dropped",
    }
    assert not CheckOrder.objects.open().exists()
    assert run_checks() == ""


def test_a_hanging_server_delays_nobody_not_even_who_orders_while_it_hangs(
    preparing: NotificationEndpoint, operations: User, superuser: User, hook: Hook
) -> None:
    settings.change(key="check_read_timeout", value=1, actor=superuser)
    hanging = another(preparing, hook.url("hang"), for_test=False)
    quick = another(preparing, hook.url("ok"), for_test=True)
    later = another(preparing, hook.url("edge"), for_test=False, function="sms_result")
    done: list[int] = []

    def on_result(check: ConnectivityCheck) -> None:
        functions.on_result(check)
        assert check.endpoint_id is not None
        done.append(check.endpoint_id)
        if check.endpoint_id == quick.pk:
            order(later, operations)

    order(hanging, operations)
    order(quick, operations)
    said = check_runner.run(on_result=on_result, report=nothing_to_report)
    assert said == "疎通確認 3件を行いました。"
    assert done == [quick.pk, later.pk, hanging.pk]
    assert hanging.checks.get().reason == "read_timeout"


def test_one_result_that_cannot_be_stored_leaves_the_others_alone(
    preparing: NotificationEndpoint, operations: User, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    bad = another(preparing, hook.url("ok"), for_test=False)
    good = another(preparing, hook.url("edge"), for_test=True)

    def on_result(check: ConnectivityCheck) -> None:
        if check.endpoint_id == bad.pk:
            raise RuntimeError("no")

    order(bad, operations)
    order(good, operations)
    check_runner.run(on_result=on_result, report=nothing_to_report)
    assert good.checks.count() == 1
    assert not bad.checks.exists()
    assert bad.orders.open().exists()  # for a later run
    assert "could not be stored" in caplog.text


def test_after_three_results_that_could_not_be_stored_the_order_is_closed(
    preparing: NotificationEndpoint, operations: User, hook: Hook
) -> None:
    row = another(preparing, hook.url("ok"), for_test=False)
    first = order(row, operations)

    def on_result(check: ConnectivityCheck) -> None:
        raise RuntimeError("no")

    for attempt in (1, 2, 3):
        check_runner.run(on_result=on_result, report=nothing_to_report)
        assert row.orders.open().exists() == (attempt < 3)
        CheckOrder.objects.open().update(claimed_at=None)  # as if the time for a claim were over
    assert check_runner.run(on_result=on_result, report=nothing_to_report) == ""
    row.refresh_from_db()
    assert (row.state, row.checks.count()) == ("unchecked", 0)
    assert order(row, operations).pk != first.pk  # it can be asked for again


@pytest.mark.parametrize(("minutes", "done"), [(1, 0), (2, 0), (2.1, 1), (60, 1)])
def test_what_a_dead_runner_had_claimed_is_taken_back_after_two_minutes(
    preparing: NotificationEndpoint,
    operations: User,
    hook: Hook,
    run_checks: RunChecks,
    minutes: float,
    done: int,
) -> None:
    row = another(preparing, hook.url("ok"), for_test=False)
    order(row, operations)
    claimed = timezone.now() - datetime.timedelta(minutes=minutes) + datetime.timedelta(seconds=3)
    CheckOrder.objects.update(claimed_at=claimed)
    run_checks()
    assert row.checks.count() == done


def test_re_checks_leave_room_for_those_that_somebody_waits_for(
    preparing: NotificationEndpoint, operations: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_runner, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(check_runner, "MOST_RECHECKS", 1)
    for number in range(3):
        CheckOrder.objects.create(
            customer=preparing.contract.customer,
            function="webhook",
            url=f"https://hooks.example.jp/{number}",
            cause="recheck",
            ordered_at=timezone.now(),
        )
    waiting = order(preparing, operations)
    claimed = check_runner._claim({})
    assert [row.cause for row in claimed] == ["staff", "recheck"]
    assert claimed[0].pk == waiting.pk
    assert check_runner._claim({row.pk: row for row in claimed}) == []
