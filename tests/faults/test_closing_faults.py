"""A process or its database connection dies in the middle of the close: nothing is lost, doubled or half done."""

import datetime
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Counter
from billing.models import BillingRun, Invoice, InvoiceLine, PreviewInvoice
from billing.services import closing
from tests.faults import process
from tests.fixtures.billing import World

pytestmark = pytest.mark.django_db(transaction=True)

FINALISE = """
import datetime
from billing.services import closing
closing.finalise(run_id={run}, actor=None, now=datetime.datetime.fromisoformat("2026-11-10T09:00:00+09:00"))
"""
PREVIEW = """
import datetime
from billing.services import closing
closing.preview(run_id={run}, actor=None, now=datetime.datetime.fromisoformat("2026-11-10T09:00:00+09:00"))
"""
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def october(world: World) -> BillingRun:
    """Three contracts, approved; it is 10 November."""
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="1000")
    for _ in range(3):
        world.contract(options=())
    world.clock("2026-11-10 09:00")
    run = world.preview("2026-10")
    run = closing.approve(run_id=run.pk, version=run.version, actor=world.approver, now=timezone.now())
    world.stop()
    return run


@contextmanager
def stuck_at(table: str, code: str) -> Iterator["tuple[subprocess.Popen[str], int]"]:
    """The code in a process of its own, waiting for this table; with the number of its database process."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        started = process.start(code)
        try:
            for _ in range(process.PATIENCE * 20):
                cursor.execute(WAITING)
                if found := cursor.fetchone():
                    break
                assert started.poll() is None, started.communicate()
                cursor.execute("SELECT pg_sleep(0.05)")
                cursor.execute("SELECT pg_stat_clear_snapshot()")
            else:
                raise AssertionError("the process never came to the table")
            yield started, found[0]
        finally:
            started.kill()
            started.communicate(timeout=process.PATIENCE)


def assert_nothing_is_final(run: BillingRun) -> None:
    run.refresh_from_db()
    assert (run.state, Invoice.objects.count(), InvoiceLine.objects.count()) == ("approved", 0, 0)
    assert not Counter.objects.filter(name="invoice-2026").exists()


def assert_final_without_gap(run: BillingRun) -> None:
    closing.finalise(
        run_id=run.pk, actor=None, now=datetime.datetime.fromisoformat("2026-11-10T09:00:00+09:00")
    )
    numbers = list(Invoice.objects.order_by("number").values_list("number", flat=True))
    assert numbers == ["2026-0000001", "2026-0000002", "2026-0000003"]
    assert list(Invoice.objects.values_list("net", flat=True)) == [1000, 1000, 1000]
    assert InvoiceLine.objects.count() == 3


def test_a_process_killed_while_finalising_leaves_nothing_and_the_next_one_loses_no_number(
    october: BillingRun,
) -> None:
    with stuck_at("billing_invoiceline", FINALISE.format(run=october.pk)) as (killed, _):
        killed.kill()
        killed.communicate(timeout=process.PATIENCE)
        assert killed.returncode == -signal.SIGKILL
    assert_nothing_is_final(october)
    assert_final_without_gap(october)


def test_a_database_connection_that_dies_while_finalising_leaves_nothing_and_is_no_silent_success(
    october: BillingRun,
) -> None:
    with stuck_at("billing_invoiceline", FINALISE.format(run=october.pk)) as (orphaned, backend):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
        _, said = orphaned.communicate(timeout=process.PATIENCE)
        assert orphaned.returncode == 1
        assert "terminating connection due to administrator command" in said
    assert_nothing_is_final(october)
    assert_final_without_gap(october)


def test_a_preview_that_was_killed_leaves_the_one_before_and_the_next_one_is_whole(
    october: BillingRun, world: World
) -> None:
    run = closing.take_back(
        run_id=october.pk, version=october.version, actor=world.approver, now=timezone.now()
    )
    with stuck_at("billing_previewline", PREVIEW.format(run=run.pk)) as (killed, _):
        killed.kill()
        killed.communicate(timeout=process.PATIENCE)
    run.refresh_from_db()
    assert (run.preview, run.state) == (1, "previewed")
    assert PreviewInvoice.objects.filter(run=run, preview=1).count() == 3
    world.clock("2026-11-10 10:00")
    run = world.preview("2026-10")
    assert run.preview == 2
    assert list(PreviewInvoice.objects.filter(run=run, preview=2).values_list("net", flat=True)) == [1000] * 3
    assert not PreviewInvoice.objects.filter(run=run, preview__gt=2).exists()
