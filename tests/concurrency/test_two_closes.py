"""The close pressed by two at once, and usage that arrives while a preview reads: real threads, real commits."""

import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Contract, User
from accounts.services.errors import Refused
from billing.models import BillingAccount, BillingAssignment, BillingRun, Invoice, PreviewInvoice
from billing.rules.prices import PriceItem
from billing.services import billing_accounts, charges, clock, closing, prices
from kmc_portal.lib.months import Month
from tests.concurrency.test_two_at_once import at_once
from tests.fixtures.billing import World, row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def october(world: World) -> World:
    """Two contracts; it is 10 November."""
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="1000", contract_fee="500")
    for _ in range(2):
        world.contract(options=())
    world.clock("2026-11-10 09:00")
    return world


def test_two_finalise_the_same_month_and_every_invoice_stands_once(october: World) -> None:
    run = october.preview("2026-10")
    run = closing.approve(run_id=run.pk, version=run.version, actor=october.approver, now=timezone.now())

    def finalise() -> Any:
        return closing.finalise(run_id=run.pk, actor=october.clerk, now=timezone.now())

    results = at_once(finalise, finalise, finalise)
    assert [type(result) for result in results] == [BillingRun] * 3
    assert list(Invoice.objects.order_by("number").values_list("number", flat=True)) == [
        "2026-0000001",
        "2026-0000002",
    ]


def test_two_preview_at_once_and_one_is_told_to_wait_or_both_follow_each_other(october: World) -> None:
    run = closing.open_run(month=Month(2026, 10))

    def preview() -> Any:
        return closing.preview(run_id=run.pk, actor=october.clerk, now=timezone.now())

    results = at_once(preview, preview)
    refused = [result for result in results if isinstance(result, Refused)]
    run.refresh_from_db()
    assert all("いま実行中です" in str(refusal) for refusal in refused)
    assert run.preview == 2 - len(refused)
    assert PreviewInvoice.objects.filter(run=run, preview=run.preview).count() == 2


def test_two_approve_and_one_is_told_that_it_was_done(
    october: World, approver: User, superuser: User
) -> None:
    run = october.preview("2026-10")
    results = at_once(
        *(
            lambda person=person: closing.approve(
                run_id=run.pk, version=run.version, actor=person, now=timezone.now()
            )
            for person in (approver, superuser)
        )
    )
    assert sorted(type(result).__name__ for result in results) == ["BillingRun", "Stale"]
    run.refresh_from_db()
    assert run.approved_by in (approver, superuser)


def test_a_fee_that_is_being_entered_while_a_preview_begins_is_in_it_or_in_the_next_one_never_in_none(
    october: World,
) -> None:
    """The fee's transaction is open when the preview begins: the preview waits for it, and counts it."""
    run = closing.open_run(month=Month(2026, 10))
    contract = Contract.objects.order_by("pk")[0]
    entered: list[Any] = []

    def enter() -> Any:
        with transaction.atomic():
            entered.append(
                charges.charge_once(
                    contract=contract,
                    kind=PriceItem.CONTRACT_FEE,
                    key="at-once",
                    reason="新規契約",
                    charged_on=datetime.date(2026, 10, 1),
                    actor=october.clerk,
                    now=timezone.now(),
                )
            )
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.3)")

    def preview() -> Any:
        return closing.preview(run_id=run.pk, actor=october.clerk, now=timezone.now())

    at_once(enter, preview)
    run.refresh_from_db()
    assert run.stored_before is not None
    [fee] = entered
    counted = (
        sum(PreviewInvoice.objects.filter(run=run, preview=run.preview).values_list("net", flat=True)) - 2000
    )
    assert counted == (500 if fee.stored_at <= run.stored_before else 0)


def test_what_is_stored_after_a_preview_began_carries_a_later_moment_whatever_its_clock_says(
    october: World,
) -> None:
    run = october.preview("2026-10")
    assert run.stored_before is not None
    an_hour_before = run.stored_before - datetime.timedelta(hours=1)
    with transaction.atomic():
        assert clock.stored_at(an_hour_before) > run.stored_before


def test_a_preview_reads_what_was_stored_by_a_clock_that_runs_ahead(october: World) -> None:
    ahead = timezone.now() + datetime.timedelta(hours=1)
    charges.charge_once(
        contract=Contract.objects.order_by("pk")[0],
        kind=PriceItem.CONTRACT_FEE,
        key="ahead",
        reason="新規契約",
        charged_on=datetime.date(2026, 10, 1),
        actor=october.clerk,
        now=ahead,
    )
    run = october.preview("2026-10")
    assert sum(PreviewInvoice.objects.filter(run=run).values_list("net", flat=True)) == 2500


def test_prices_change_while_a_preview_begins_and_neither_is_thrown_out(
    october: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever changes prices holds previews first, and their runs after it; a preview that begins does likewise."""
    run = october.preview("2026-10")
    hold = clock.hold_previews

    def slowly() -> None:
        hold()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.5)")

    monkeypatch.setattr(clock, "hold_previews", slowly)

    def publish() -> Any:
        return prices.publish(
            contract=None,
            name="新しい料金",
            start=Month(2026, 10),
            rows=[row(PriceItem.MONTHLY_BASE, "1200")],
            note="",
            actor=october.clerk,
            now=timezone.now(),
        )

    def preview() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.2)")
        return closing.preview(run_id=run.pk, actor=october.clerk, now=timezone.now())

    assert [type(result).__name__ for result in at_once(publish, preview)] == ["PriceList", "BillingRun"]
    run.refresh_from_db()
    assert set(PreviewInvoice.objects.filter(run=run, preview=run.preview).values_list("net", flat=True)) == {
        1200
    }


def test_a_contract_that_moves_while_its_month_becomes_final_stays_where_it_was_invoiced(
    october: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = october.preview("2026-10")
    run = closing.approve(run_id=run.pk, version=run.version, actor=october.approver, now=timezone.now())
    contract = Contract.objects.order_by("pk")[0]
    assigned = contract.billing_assignments.get()
    other = october.account(contract.customer)
    copy = closing._copy_preview

    def slowly(*given: Any) -> None:
        copy(*given)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.5)")

    monkeypatch.setattr(closing, "_copy_preview", slowly)

    def finalise() -> Any:
        return closing.finalise(run_id=run.pk, actor=october.clerk, now=timezone.now())

    def move() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.2)")
        return billing_accounts.assign(
            contract=contract, account=other, start=Month(2026, 10), actor=october.clerk
        )

    results = at_once(finalise, move)
    assert isinstance(results[0], BillingRun) and isinstance(results[1], Refused)
    assert "2026年10月利用分まで請求書が確定しています" in str(results[1])
    assert BillingAssignment.objects.get(contract=contract).account_id == assigned.account_id
    assert BillingAccount.objects.filter(invoices__isnull=True).get() == other
