"""Invented results of 疎通確認 at the demo's receiver, stored as a runner stores them; nothing is measured here."""

import datetime
import random

from accounts.models import CheckCause, CheckOrder, NotificationEndpoint, User
from accounts.rules.connectivity import POSTS, CheckReason, Post
from accounts.services import connectivity
from applications.models import Application
from applications.services import functions
from kmc_portal.lib.jst import date_of

WEEK = datetime.timedelta(days=7)
SLOWER_AFTER = 4  # re-checks after which the path `slow` of a function that was OK answers too late


def measure(
    endpoint: NotificationEndpoint,
    *,
    cause: CheckCause,
    actor: User | None,
    at: datetime.datetime,
    good: bool = False,
) -> None:
    """Order a check at this time and give it the result that the URL's path stands for, or (`good`) an OK."""
    order = connectivity.order_for(endpoint=endpoint, cause=cause, actor=actor, now=at)
    _answer(order, at, good=good)


def answer_open(application: Application, *, at: datetime.datetime) -> None:
    """What a submission that says 「準備済み」 has ordered."""
    contract = Application.objects.get(pk=application.pk).own_contract
    for order in CheckOrder.objects.open().filter(endpoint__contract=contract):
        _answer(order, at, good=False)


def recheck_until(application: Application, *, since: datetime.datetime, now: datetime.datetime) -> None:
    """The weekly re-checks of a contract in use; a slow end was OK at first, so that it is seen to turn."""
    contract = Application.objects.get(pk=application.pk).own_contract
    for endpoint in contract.endpoints.live(date_of(now)).select_related("contract__customer"):
        was_ok = endpoint.state == endpoint.State.OK
        at, number = since + WEEK, 0
        while at < now:
            number += 1
            measure(
                endpoint,
                cause=CheckCause.RECHECK,
                actor=None,
                at=at,
                good=was_ok and number <= SLOWER_AFTER,
            )
            at += WEEK


def _answer(order: CheckOrder, at: datetime.datetime, *, good: bool) -> None:
    CheckOrder.objects.filter(pk=order.pk).update(claimed_at=at)
    made = random.Random(f"{order.pk} {at.isoformat()}")  # the same demo every time
    path = "ok" if good else order.url.rpartition("/")[2]
    posts = [_post(path, at, made) for _ in range(POSTS)]
    connectivity.store_result(
        order_id=order.pk, claimed_at=at, posts=posts, on_result=functions.on_result, now=at
    )


def _post(path: str, at: datetime.datetime, made: random.Random) -> Post:
    dns, connect, tls = made.uniform(4, 18), made.uniform(6, 14), made.uniform(18, 40)
    wait = {"slow": made.uniform(690, 760), "error": made.uniform(20, 60)}.get(path, made.uniform(60, 240))
    rest = made.uniform(0.4, 3)
    reason, status, detail = None, 200, ""
    if path == "error":
        reason, status, detail = CheckReason.STATUS, 500, "500"
    elif path == "redirect":
        reason, status, detail = CheckReason.REDIRECT, 302, "/ok"
    return Post(
        address="127.0.0.1",
        dns_ms=round(dns, 1),
        connect_ms=round(connect, 1),
        tls_ms=round(tls, 1),
        first_byte_ms=round(wait, 1),
        total_ms=round(connect + tls + wait + rest, 1),
        status=status,
        reason=reason,
        detail=detail,
        started_at=at.isoformat(),
    )
