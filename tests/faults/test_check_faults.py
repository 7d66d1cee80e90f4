"""A worker that dies while it checks: the order is done by the next runner, and no result is there twice."""

import datetime
import signal
import time

import pytest
from django.utils import timezone

from accounts.models import CheckCause, CheckOrder, ConnectivityCheck, Customer, User
from accounts.rules.plans import NotificationFunction
from accounts.services import check_runner, connectivity
from tests.faults import process
from tests.fixtures.checks import Hook, RunChecks

pytestmark = pytest.mark.django_db(transaction=True)

RUN = """
from accounts.services import check_runner
from accounts.services.jobs import nothing_to_report
from applications.services import functions
check_runner.run(on_result=functions.on_result, report=nothing_to_report)
"""


def test_a_worker_killed_during_a_check_leaves_it_to_the_next_one(
    customer: Customer, customer_admin: User, hook: Hook, run_checks: RunChecks, settings: object
) -> None:
    order = connectivity.order(
        endpoint=None,
        customer=customer,
        function=NotificationFunction.WEBHOOK,
        channel="",
        for_test=False,
        url=hook.url("hang"),
        cause=CheckCause.CUSTOMER,
        actor=customer_admin,
        now=timezone.now(),
    )
    worker = process.start(
        RUN,
        CONNECTIVITY_LOOPBACK=",".join(settings.CONNECTIVITY_LOOPBACK),  # type: ignore[attr-defined]
        CONNECTIVITY_CA_FILE=settings.CONNECTIVITY_CA_FILE,  # type: ignore[attr-defined]
        KMC_DEMO="on",
    )
    ends = time.monotonic() + process.PATIENCE
    while not hook.receiver.requests and worker.poll() is None and time.monotonic() < ends:
        pass  # until the server has the POST of the worker
    worker.kill()
    worker.communicate(timeout=process.PATIENCE)
    assert worker.returncode == -signal.SIGKILL
    order.refresh_from_db()
    assert (order.claimed_at is None, order.done_at) == (False, None)

    assert run_checks() == ""  # it might still be at it
    stale = timezone.now() - check_runner.STALE_AFTER - datetime.timedelta(seconds=1)
    CheckOrder.objects.update(claimed_at=stale, url=hook.url("ok"))
    assert run_checks() == "疎通確認 1件を行いました。"
    assert ConnectivityCheck.objects.get().order_id == order.pk
    order.refresh_from_db()
    assert order.done_at is not None


def test_without_a_broker_the_order_stands_and_the_periodic_job_does_it(
    customer: Customer, customer_admin: User, hook: Hook, run_checks: RunChecks
) -> None:
    code = f"""
from django.utils import timezone
from accounts.models import CheckCause, User
from accounts.rules.plans import NotificationFunction
from accounts.services import connectivity
actor = User.objects.get(pk={customer_admin.pk})
connectivity.order(endpoint=None, customer=actor.customer, function=NotificationFunction.WEBHOOK, channel="",
    for_test=False, url="{hook.url()}", cause=CheckCause.CUSTOMER, actor=actor, now=timezone.now())
print("committed")
"""
    done = process.run(code, REDIS_URL="unix:///nowhere/valkey.sock?db=0")
    assert done.stdout == "committed\n", done.stderr
    assert run_checks() == "疎通確認 1件を行いました。"
    assert ConnectivityCheck.objects.get().ok
