"""Carry out the ordered 疎通確認: side by side in one event loop, with no transaction open while anything is measured.

One runner at a time, by a session's advisory lock; a second one returns at once, and what was ordered meanwhile is
found by the first, which keeps looking for new orders while checks run, so that a hanging server delays nobody.
"""

import asyncio
import datetime
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress

from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.gateways.probe import Prober, Target, check_all
from accounts.models import CheckCause, CheckOrder
from accounts.rules.connectivity import Post
from accounts.rules.plans import NotificationFunction
from accounts.services import connectivity
from accounts.services.connectivity import OnResult
from accounts.services.jobs import Report
from accounts.services.probing import prober

log = logging.getLogger(__name__)

_LOCK = 0x4B4D43_04  # an advisory lock's number
STALE_AFTER = datetime.timedelta(minutes=2)  # a claim of nobody who is still alive
POLL_SECONDS = 0.5  # between two looks for new orders while checks run
MOST_ATTEMPTS = 3  # measurements of one order whose result could not be stored, or whose runner died
MOST_AT_ONCE = 400  # checks under way; re-checks leave room for those somebody waits for
MOST_RECHECKS = 200


def run(*, on_result: OnResult, report: Report) -> str:
    """Do every open order; `on_result` is called inside the transaction that stores a result."""
    done = 0
    while claimable(timezone.now()).exists():
        with _the_only_runner() as alone:
            if not alone:
                break
            done += async_to_sync(_work)(prober(), on_result, report)
        # What was ordered between the last look and the release has found a runner at work: look once more.
    return f"疎通確認 {done:,}件を行いました。" if done else ""


def claimable(now: datetime.datetime) -> QuerySet[CheckOrder]:
    """Orders that wait, and those that a dead runner had claimed."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - STALE_AFTER)
    return CheckOrder.objects.open().filter(free)


@contextmanager
def _the_only_runner() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        [alone] = cursor.fetchone()
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


async def _work(probes: Prober, on_result: OnResult, report: Report) -> int:
    """Until nothing is ordered and nothing runs; how many were done."""
    running: dict[int, CheckOrder] = {}
    one_is_done = asyncio.Event()
    done = 0

    async def targets() -> AsyncIterator[Target]:
        while True:
            one_is_done.clear()
            for order in await sync_to_async(_claim)(running):
                running[order.pk] = order
                yield Target(order.pk, order.url, NotificationFunction(order.function))
            if not running:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(one_is_done.wait(), POLL_SECONDS)

    async for key, posts in check_all(probes, targets()):
        done += await sync_to_async(_store)(running[key], posts, on_result)
        del running[key]
        one_is_done.set()
        await sync_to_async(report)(done, done + len(running))
    return done


@transaction.atomic
def _claim(running: Mapping[int, CheckOrder]) -> list[CheckOrder]:
    now = timezone.now()
    rechecks = sum(order.cause == CheckCause.RECHECK for order in running.values())
    free = claimable(now).exclude(pk__in=list(running)).select_for_update(skip_locked=True).order_by("pk")
    room = MOST_AT_ONCE - len(running)
    rows = list(free.exclude(cause=CheckCause.RECHECK)[: max(0, room)])
    room = min(room - len(rows), MOST_RECHECKS - rechecks)
    rows += free.filter(cause=CheckCause.RECHECK)[: max(0, room)]
    for row in rows:
        row.claimed_at = now
        row.attempts += 1
    CheckOrder.objects.bulk_update(rows, ["claimed_at", "attempts"])
    return rows


def _store(order: CheckOrder, posts: list[Post], on_result: OnResult) -> int:
    """1 where the result was kept. What cannot be stored is tried again by a later run, up to MOST_ATTEMPTS; then
    the order is closed without a result, and the endpoint stands as it did."""
    assert order.claimed_at is not None, "only claimed orders are measured"
    try:
        connectivity.store_result(
            order_id=order.pk,
            claimed_at=order.claimed_at,
            posts=posts,
            on_result=on_result,
            now=timezone.now(),
        )
    except connectivity.Overtaken:
        return 0
    except Exception:
        log.exception("result of check order %s could not be stored", order.pk)
        if order.attempts >= MOST_ATTEMPTS:
            mine = CheckOrder.objects.open().filter(pk=order.pk, claimed_at=order.claimed_at)
            mine.update(done_at=timezone.now())
        return 0
    return 1
