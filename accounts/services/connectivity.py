"""疎通確認 (§1.9): who may order one and when, what its result means for the endpoint, and the regular re-checks.

A `CheckOrder` is the queue's row; a runner (check_runner.py) measures and calls `store_result`.
"""

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from celery import current_app
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from accounts.models import (
    CheckCause,
    CheckOrder,
    ConnectivityCheck,
    Contract,
    ContractState,
    Customer,
    NotificationEndpoint,
    User,
)
from accounts.rules.connectivity import Post, verdict
from accounts.rules.plans import NotificationFunction
from accounts.services import settings
from accounts.services.endpoints import State, checked_url, locked
from accounts.services.errors import NotAllowed, Refused
from accounts.services.rights import need
from kmc_portal.lib.jst import date_of, in_japan

HOUR = datetime.timedelta(hours=1)
RUNNER = "applications.tasks.run_checks"  # knows what a result means for a case, hence above this app
_ROOM = (
    0x4B4D4304  # an advisory lock's number, with the customer's id: orders of one company are counted in turn
)

MAY_CHECK = "accounts.change_notificationendpoint"
CHECKED_IN = (ContractState.APPLIED, ContractState.PREPARING, ContractState.ACTIVE)

OnResult = Callable[[ConnectivityCheck], None]


class Overtaken(Exception):
    """The order was taken back, or given to another runner, while it was measured."""


# ordering -----------------------------------------------------------------------------------------


@transaction.atomic
def order(
    *,
    endpoint: NotificationEndpoint | None,
    customer: Customer,
    function: NotificationFunction,
    channel: str,
    for_test: bool,
    url: str,
    cause: CheckCause,
    actor: User | None,
    now: datetime.datetime,
) -> CheckOrder:
    """Ask for a check; the one that is open already is given back. Customers' own orders are counted (`need_room`).

    Without an endpoint it is a try before submitting. Refused where the entry rule refuses the URL.
    """
    url = checked_url(url)
    what: dict[str, Any] = {"endpoint": endpoint}
    if endpoint is None:
        what |= {"customer": customer, "function": function, "url": url}
    if cause is CheckCause.CUSTOMER:
        if found := CheckOrder.objects.open().filter(**what).first():
            return found
        need_room(customer=customer, now=now)
    made, created = CheckOrder.objects.get_or_create(
        **what,
        done_at=None,
        defaults={
            "customer": customer,
            "function": function,
            "channel": channel,
            "for_test": for_test,
            "url": url,
            "cause": cause,
            "ordered_by": actor,
            "ordered_at": now,
        },
    )
    if created:
        _run_after_commit()
    return made


def order_for(
    *, endpoint: NotificationEndpoint, cause: CheckCause, actor: User | None, now: datetime.datetime
) -> CheckOrder:
    """A check of a 通知先 as it is registered."""
    if endpoint.closed_at is not None:
        raise Refused("この通知先は適用されていません。画面を開き直してください。")
    return order(
        endpoint=endpoint,
        customer=endpoint.contract.customer,
        function=NotificationFunction(endpoint.function),
        channel=endpoint.channel,
        for_test=endpoint.for_test,
        url=endpoint.url,
        cause=cause,
        actor=actor,
        now=now,
    )


def order_by(*, endpoint_id: int, actor: User, now: datetime.datetime) -> CheckOrder:
    """「今すぐ確認する」, by a user of the company or by staff who may."""
    endpoint = NotificationEndpoint.objects.select_related("contract__customer").get(pk=endpoint_id)
    cause = CheckCause.CUSTOMER
    if actor.customer_id is None:
        need(actor, MAY_CHECK, "疎通確認を依頼する")
        cause = CheckCause.STAFF
    elif actor.customer_id != endpoint.contract.customer_id:
        raise NotAllowed("この通知先の疎通確認を依頼する権限がありません。")
    if endpoint.contract.state not in CHECKED_IN:
        raise Refused(f"契約が「{endpoint.contract.get_state_display()}」のため、疎通確認は行えません。")
    if endpoint.contract.is_over(date_of(now)):
        raise Refused("契約の最後のご利用日を過ぎているため、疎通確認は行えません。")
    if not NotificationEndpoint.objects.live(date_of(now)).filter(pk=endpoint.pk).exists():
        raise Refused("この通知先は、いまは適用されていません。画面を開き直してください。")
    return order_for(endpoint=endpoint, cause=cause, actor=actor, now=now)


def need_room(*, customer: Customer, now: datetime.datetime) -> None:
    """Refused where the company's users have ordered as many checks in the last hour as one company may."""
    most = settings.get("check_orders_per_hour")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_ROOM, customer.pk])
    recent = CheckOrder.objects.filter(
        customer=customer, ordered_by__customer=customer, ordered_at__gt=now - HOUR
    ).order_by("-ordered_at")
    times = list(recent.values_list("ordered_at", flat=True)[:most])
    if len(times) < most:
        return
    again = in_japan(times[-1] + HOUR + datetime.timedelta(minutes=1))
    raise Refused(
        f"疎通確認のご依頼は、1社につき1時間に{most}件までです。"
        f"{again:%H}時{again:%M}分以降に、もう一度お試しください。"
    )


def _run_after_commit() -> None:
    # Where the broker is down the periodic job finds the order.
    transaction.on_commit(lambda: current_app.send_task(RUNNER, retry=False), robust=True)


# results ------------------------------------------------------------------------------------------


@transaction.atomic
def store_result(
    *,
    order_id: int,
    claimed_at: datetime.datetime,
    posts: Sequence[Post],
    on_result: OnResult,
    now: datetime.datetime,
) -> ConnectivityCheck:
    """Keep what was measured, and let the function's set-up open or wait (§1.9). Overtaken: nothing was kept.

    `on_result` comes first: it may lock the application, which goes before endpoint and order everywhere.
    """
    claimed = CheckOrder.objects.get(pk=order_id)
    found = verdict(posts)
    check = ConnectivityCheck.objects.create(
        order=claimed,
        endpoint_id=claimed.endpoint_id,
        customer_id=claimed.customer_id,
        function=claimed.function,
        channel=claimed.channel,
        for_test=claimed.for_test,
        url=claimed.url,
        cause=claimed.cause,
        ok=found.ok,
        reason=found.reason or "",
        median_ms=None if found.median_ms is None else Decimal(str(round(found.median_ms, 1))),
        posts=[post.as_json() for post in posts],
        note=found.message[:1000],
        checked_at=now,
        checked_by_id=claimed.ordered_by_id,
    )
    on_result(check)
    if claimed.endpoint_id is not None:
        endpoint = locked(claimed.endpoint_id)
        state = state_after(endpoint, ok=found.ok)
        if endpoint.url == claimed.url and state != endpoint.state:
            endpoint.state = state
            endpoint.save(update_fields=["state"])
    ours = CheckOrder.objects.open().filter(pk=order_id, claimed_at=claimed_at)
    if not ours.update(done_at=now):
        raise Overtaken(order_id)
    return check


def state_after(endpoint: NotificationEndpoint, *, ok: bool) -> str:
    """The latest result decides. Once the function of an active contract is set up, a later NG does not undo that
    (ours): it stands in the queue 「OKだったがNGになった」 (`worsened`) until it is OK again or staff mark it."""
    if ok:
        return State.OK
    return State.OK if is_set_up(endpoint) else State.NG


def is_set_up(endpoint: NotificationEndpoint) -> bool:
    return (
        endpoint.state == State.OK
        and not endpoint.is_proposed
        and endpoint.contract.state == ContractState.ACTIVE
    )


def worsened(rows: QuerySet[NotificationEndpoint]) -> QuerySet[NotificationEndpoint]:
    """Those that are set up and whose latest check is NG."""
    latest = ConnectivityCheck.objects.filter(endpoint=OuterRef("pk")).order_by("-checked_at", "-pk")
    return rows.annotate(latest_ok=Subquery(latest.values("ok")[:1])).filter(state=State.OK, latest_ok=False)


def is_news(check: ConnectivityCheck) -> bool:
    """An NG that the customer does not know yet: the check before was OK, of another URL, or NG for another reason."""
    if check.ok:
        return False
    before = ConnectivityCheck.objects.filter(endpoint=check.endpoint_id).exclude(pk=check.pk).first()
    return before is None or before.ok or (before.url, before.reason) != (check.url, check.reason)


# regular re-checks --------------------------------------------------------------------------------

MOST_AT_A_TIME = 500  # of one run of the periodic job; the next run goes on


def due_for_recheck(*, now: datetime.datetime) -> QuerySet[NotificationEndpoint]:
    """In force in active contracts, checked once at least, and not for `recheck_days` (0: never again)."""
    days = settings.get("recheck_days")
    if not days:
        return NotificationEndpoint.objects.none()
    latest = ConnectivityCheck.objects.filter(endpoint=OuterRef("pk")).order_by("-checked_at", "-pk")
    rows: QuerySet[NotificationEndpoint] = (
        NotificationEndpoint.objects.as_of(date_of(now))
        .filter(contract__in=Contract.objects.in_use(date_of(now)))
        .annotate(checked_at=Subquery(latest.values("checked_at")[:1]))
        .filter(checked_at__lte=now - datetime.timedelta(days=days))
        .exclude(Exists(CheckOrder.objects.open().filter(endpoint=OuterRef("pk"))))
        .select_related("contract__customer")
        .order_by("checked_at")
    )
    return rows


def order_rechecks(*, now: datetime.datetime) -> int:
    """Order the checks that are due; how many."""
    ordered = 0
    for endpoint in due_for_recheck(now=now).iterator():
        if ordered == MOST_AT_A_TIME:
            break
        try:
            order_for(endpoint=endpoint, cause=CheckCause.RECHECK, actor=None, now=now)
        except (
            Refused
        ):  # the rule has become stricter since: staff see it at the endpoint, nothing is sent there
            continue
        ordered += 1
    return ordered
