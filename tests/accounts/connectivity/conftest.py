"""An endpoint of a contract in use or being prepared, results by hand, and no network."""

import datetime
from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import CheckCause, CheckOrder, ConnectivityCheck, NotificationEndpoint
from accounts.rules.connectivity import CheckReason, Post
from accounts.rules.plans import Option, Plan
from accounts.services import connectivity
from applications.services import functions
from kmc_portal.demo.companies import Goal
from tests.fixtures.cases import CaseAt

Store = Callable[..., ConnectivityCheck]


def post(total: float = 120.0, reason: CheckReason | None = None, detail: str = "") -> Post:
    return Post(
        address="52.192.0.7",
        dns_ms=10.0,
        connect_ms=8.0,
        tls_ms=22.0,
        first_byte_ms=total - 31,
        total_ms=total,
        status=500 if reason is CheckReason.STATUS else 200,
        reason=reason,
        detail=detail,
        started_at="2026-11-24T10:00:00+09:00",
    )


OK = [post()] * 3
SLOW = [post(700.0)] * 3
BROKEN = [post(40.0, CheckReason.STATUS, "500")] * 3


def claim(order: CheckOrder) -> datetime.datetime:
    """As a runner that begins with it."""
    at = timezone.now()
    CheckOrder.objects.filter(pk=order.pk).update(claimed_at=at)
    return at


@pytest.fixture
def active(case_at: CaseAt) -> NotificationEndpoint:
    """A Webhook of a contract in use, marked OK by staff before the notice."""
    told = case_at(Goal.ACTIVE, Plan.PLUS, Option.WEBHOOK, days_ago=60)
    row: NotificationEndpoint = told.application.own_contract.endpoints.get()
    NotificationEndpoint.objects.filter(pk=row.pk).update(state="ok")
    return NotificationEndpoint.objects.select_related("contract__customer").get(pk=row.pk)


@pytest.fixture
def preparing(case_at: CaseAt) -> NotificationEndpoint:
    """A Webhook of a contract that is being prepared, not checked yet."""
    told = case_at(Goal.CONFIRMING, Plan.PLUS, Option.WEBHOOK)
    pk = told.application.own_contract.endpoints.get().pk
    return NotificationEndpoint.objects.select_related("contract__customer").get(pk=pk)


@pytest.fixture
def store(db: None) -> Store:
    """`store(endpoint, SLOW)`: order a check, measure that, keep it."""

    def measured(
        endpoint: NotificationEndpoint, posts: list[Post], cause: CheckCause = CheckCause.STAFF
    ) -> ConnectivityCheck:
        fresh = NotificationEndpoint.objects.select_related("contract__customer").get(pk=endpoint.pk)
        order = connectivity.order_for(endpoint=fresh, cause=cause, actor=None, now=timezone.now())
        check = connectivity.store_result(
            order_id=order.pk,
            claimed_at=claim(order),
            posts=posts,
            on_result=functions.on_result,
            now=timezone.now(),
        )
        endpoint.refresh_from_db()
        return check

    return measured
