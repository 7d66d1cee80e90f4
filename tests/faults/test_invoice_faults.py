"""A worker that dies while it makes or sends invoices: nothing is lost, nothing goes twice (§5.1)."""

import datetime

import pytest

from accounts.models import OutgoingMail, StoredFile
from billing.models import BillingRun, Invoice, InvoicePdf, InvoiceSending
from billing.services import invoices, sending
from billing.workflow import RunState
from tests.faults import process
from tests.fixtures.billing import World

pytestmark = pytest.mark.django_db(transaction=True)

SENT_ON = datetime.datetime.fromisoformat("2026-11-20T09:00:00+09:00")
DIES = """
import datetime, os, signal
from billing.services import {module}
from accounts.services import outbox
seen = []
honest = {target}
def dies(*args, **how):
    seen.append(1)
    if len(seen) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return honest(*args, **how)
{target} = dies
"""
SENDS = """
from billing.services import invoices
sending.send_run(run_id={run}, actor=None, now=datetime.datetime.fromisoformat("2026-11-20T09:00:00+09:00"))
"""
MAKES = """
invoices.CHUNK = 1
invoices.make_all_pdfs(run_id={run})
"""


@pytest.fixture
def run(world: World) -> BillingRun:
    """October of three companies, final."""
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    for name in ("株式会社あおぞら商店", "みどり工業株式会社", "しろ株式会社"):
        world.contract(world.company(name))
    world.clock("2026-11-10 09:00")
    world.close("2026-10")
    world.stop()
    return BillingRun.objects.get()


def test_killed_while_sending_it_leaves_whole_invoices_and_the_next_one_sends_the_rest(
    run: BillingRun,
) -> None:
    code = DIES.format(module="sending", target="outbox.queue") + SENDS.format(run=run.pk)
    assert process.run(code).returncode == -9
    assert InvoiceSending.objects.count() == OutgoingMail.objects.filter(kind="invoice").count() == 1
    assert BillingRun.objects.get().state == RunState.FINALISED
    assert sending.send_run(run_id=run.pk, actor=None, now=SENT_ON) == 2
    assert BillingRun.objects.get().state == RunState.SENT
    about = OutgoingMail.objects.filter(kind="invoice").order_by("about").values_list("about", flat=True)
    assert list(about) == [f"invoice:2026-000000{n}" for n in (1, 2, 3)]


def test_killed_while_making_pdfs_it_leaves_no_claim_and_the_next_one_makes_the_rest(run: BillingRun) -> None:
    code = DIES.format(module="invoices", target="invoices.render") + MAKES.format(run=run.pk)
    assert process.run(code).returncode == -9
    assert InvoicePdf.objects.count() == 1
    assert invoices.make_all_pdfs(run_id=run.pk) == []
    assert InvoicePdf.objects.count() == Invoice.objects.count() == 3
    assert StoredFile.objects.filter(name__startswith="請求書").count() == 3
