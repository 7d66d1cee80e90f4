"""Prices, accounts and charges written by two at once: real threads, real commits."""

import datetime
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Contract, User
from accounts.rules.plans import Plan
from accounts.rules.roles import StaffGroup
from accounts.services.errors import Refused
from applications.services import setup
from billing.models import BillingAccount, BillingAssignment, BillingRun, OneOffCharge, PriceList
from billing.rules.prices import PriceItem
from billing.services import charges, prices
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.months import Month
from tests.concurrency.test_two_at_once import at_once
from tests.fixtures.billing import row
from tests.fixtures.cases import CaseAt, fresh
from tests.fixtures.people import make_staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clerk(transactional_db: None) -> User:
    return make_staff("billing@staff.example.jp", "請求 四郎", StaffGroup.BILLING)


def publish(clerk: User, start: str, contract: Contract | None = None) -> PriceList:
    return prices.publish(
        contract=contract,
        name=f"{start}の料金",
        start=Month.parse(start),
        rows=[row(PriceItem.SMS, "3")],
        note="",
        actor=clerk,
        now=timezone.now(),
    )


def kinds(results: list[Any]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def test_two_publish_for_the_same_month_and_one_is_told(clerk: User) -> None:
    publish(clerk, "2026-01")
    results = at_once(lambda: publish(clerk, "2099-01"), lambda: publish(clerk, "2099-01"))
    assert kinds(results) == ["PriceList", "Refused"]
    [refusal] = [result for result in results if isinstance(result, Refused)]
    assert "2099年1月から始まる料金表「2099-01の料金」が登録済みです" in str(refusal)
    assert PriceList.objects.count() == 2


def test_two_publish_for_different_months_and_no_month_has_two_lists_or_none(clerk: User) -> None:
    publish(clerk, "2026-01")
    results = at_once(
        *[lambda start=start: publish(clerk, start) for start in ("2099-04", "2099-01", "2099-07")]
    )
    assert kinds(results) == ["PriceList"] * 3
    rows = PriceList.objects.order_by("period")
    assert [(str(row.period.lower), str(row.period.upper)) for row in rows] == [
        ("2026-01-01", "2099-01-01"),
        ("2099-01-01", "2099-04-01"),
        ("2099-04-01", "2099-07-01"),
        ("2099-07-01", "None"),
    ]


def test_one_withdraws_while_another_publishes(clerk: User) -> None:
    publish(clerk, "2026-01")
    planned = publish(clerk, "2099-04")
    results = at_once(
        lambda: prices.withdraw(price_list_id=planned.pk, actor=clerk, now=timezone.now()),
        lambda: publish(clerk, "2099-01"),
    )
    assert kinds(results) == ["PriceList", "PriceList"]
    rows = PriceList.objects.exclude(period__isempty=True).order_by("period")
    assert [(str(row.period.lower), str(row.period.upper)) for row in rows] == [
        ("2026-01-01", "2099-01-01"),
        ("2099-01-01", "None"),
    ]


def test_one_approves_the_month_while_another_changes_its_prices(clerk: User) -> None:
    """Whoever comes first wins; an approved month never has other prices than its preview."""
    approver = make_staff("approver@staff.example.jp", "承認 一郎", StaffGroup.APPROVAL)
    now = timezone.now()
    run = BillingRun.objects.create(
        month=datetime.date(2026, 1, 1),
        state="previewed",
        reading_before=now,
        stored_before=now,
        previewed_by=clerk,
    )
    from billing.services import closing

    results = at_once(
        lambda: closing.approve(run_id=run.pk, version=0, actor=approver, now=now),
        lambda: publish(clerk, "2026-01"),
    )
    run.refresh_from_db()
    if run.state == "approved":
        assert isinstance(results[1], Refused) and not PriceList.objects.exists()
    else:
        assert isinstance(results[0], Refused) and run.state == "open" and PriceList.objects.count() == 1


def test_a_charge_that_is_sent_twice_at_once_is_charged_once(case_at: CaseAt) -> None:
    contract = fresh(case_at(Goal.ACTIVE, Plan.SMS).application).own_contract
    day = contract.billing_start_on
    assert day is not None

    def charge() -> OneOffCharge:
        return charges.charge_once(
            contract=contract,
            kind="change_fee",
            key="change-1",
            reason="公式アカウント設定の変更",
            charged_on=day,
            actor=None,
            now=timezone.now(),
        )

    results = at_once(charge, charge, charge)
    assert len({result.pk for result in results}) == 1
    assert OneOffCharge.objects.filter(key="change-1").count() == 1


def test_guide_5_1_two_notices_of_one_company_open_one_account(case_at: CaseAt) -> None:
    first, second = case_at(Goal.NOTICE, Plan.SMS), case_at(Goal.NOTICE, Plan.SMS)
    contract = fresh(second.application).own_contract
    Contract.objects.filter(pk=contract.pk).update(customer=fresh(first.application).own_contract.customer)

    def issue(told: Any) -> Any:
        return setup.issue_notice(
            application_id=told.application.pk,
            version=told.application.version,
            actor=told.staff["approval"],
            now=timezone.now(),
        )

    results = at_once(lambda: issue(first), lambda: issue(second))
    assert kinds(results) == ["AccountNotice", "AccountNotice"]
    assert BillingAccount.objects.count() == 1
    assert BillingAssignment.objects.count() == 2
    assert OneOffCharge.objects.filter(kind="contract_fee").count() == 2
