"""The head of an invoice: who, whom, when, how, as of the issue date (§5.1)."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.rules.plans import PaymentMethod
from accounts.services import settings
from accounts.services.errors import Refused
from billing.rules.dates import billing_dates
from billing.rules.invoice_document import rate_text
from billing.rules.tax import Rounding
from billing.services import billing_accounts, invoice_content
from kmc_portal.lib.months import Month
from tests.fixtures.billing import World

pytestmark = pytest.mark.django_db

OCTOBER = Month(2026, 10)
DATES = billing_dates(OCTOBER)  # sent on 20 November, due on 10 December


def head_of(account_id: int) -> dict[str, Any]:
    return dict(invoice_content.heads(account_ids=[account_id], month=OCTOBER, dates=DATES)[account_id])


def test_guide_5_1_it_has_issuer_recipient_period_dates_and_payment(world: World, superuser) -> None:
    account = world.account(world.company(), rounding=Rounding.CEIL)
    settings.change(key="invoice_registration_number", value="ｔ7999999000002", actor=superuser)
    assert head_of(account.pk) == {
        "issuer": {
            "name": "メッセージ運営株式会社（デモ）",
            "registration_number": "T7999999000002",
            "address": "〒100-0000 東京都千代田区見本町1-2-3",
            "phone": "03-0000-0000",
        },
        "service_name": "KDDI Message Cast（APIプラン）",
        "account_number": account.number,
        "recipient": {
            "name": "株式会社あおぞら商店",
            "department": "経理部",
            "postal_code": "100-0001",
            "address": "東京都千代田区1-1",
        },
        "month": "2026-10",
        "period_from": "2026-10-01",
        "period_to": "2026-10-31",
        "issued_on": "2026-11-20",
        "due_on": "2026-12-10",
        "rounding": "ceil",
        "payment": {
            "method": "invoice",
            "transfer_account": ["見本銀行 みほん支店", "普通 0000000", "口座名義 メッセージウンエイ（カ"],
            "debited_on": None,
        },
        "note": ["恐れ入りますが、振込手数料は貴社にてご負担くださいますようお願いいたします。"],
        "replaces": None,
    }


def test_guide_5_1_a_direct_debit_is_on_the_due_date(world: World) -> None:
    account = world.account(world.company(), payment=PaymentMethod.DIRECT_DEBIT)
    assert head_of(account.pk)["payment"] == {
        "method": "direct_debit",
        "transfer_account": [],
        "debited_on": "2026-12-10",
    }


@pytest.mark.parametrize(
    ("since", "name"), [("2026-11-20", "新社名株式会社"), ("2026-11-21", "株式会社あおぞら商店")]
)
def test_the_recipient_is_the_one_of_the_issue_date(world: World, since: str, name: str) -> None:
    world.clock("2026-11-10 09:00")
    account = world.account(world.company())
    old = account.profiles.get()
    names = ("department", "postal_code", "address", "email", "payment_method", "rounding")
    billing_accounts.set_profile(
        account=account,
        profile={"name": "新社名株式会社", **{one: getattr(old, one) for one in names}},
        day=datetime.date.fromisoformat(since),
        actor=world.clerk,
    )
    assert head_of(account.pk)["recipient"]["name"] == name


def test_without_a_profile_on_that_day_it_is_refused(world: World) -> None:
    account = world.account(world.company(), since="2026-11-21")
    with pytest.raises(Refused, match="2026年11月20日（金）に適用される請求先情報がない"):
        head_of(account.pk)


def test_many_accounts_need_no_more_queries_than_one(world: World, django_assert_num_queries) -> None:
    accounts = [world.account(world.company(f"見本{number}号株式会社")).pk for number in range(5)]
    for ids in (accounts[:1], accounts):
        with django_assert_num_queries(2):
            assert len(invoice_content.heads(account_ids=ids, month=OCTOBER, dates=DATES)) == len(ids)


@pytest.mark.parametrize(("rate", "text"), [("10.00", "10"), ("8", "8"), ("8.50", "8.5"), ("0.00", "0")])
def test_a_rate_is_written_as_short_as_it_can_be(rate: str, text: str) -> None:

    assert rate_text(Decimal(rate)) == text
