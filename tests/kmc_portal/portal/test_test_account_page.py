"""The customer asks for test accounts of a contract in use (§2.0, §2.1a)."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import OutgoingMail, User
from accounts.rules.plans import Option, Plan
from accounts.rules.roles import CustomerRole
from accounts.services import test_accounts
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from tests.fixtures.cases import CaseAt
from tests.kmc_portal.portal.conftest import Portal

PortalOf = Callable[[User], Portal]

pytestmark = pytest.mark.django_db

WARNING = "試験用アカウントからの配信にも配信料がかかります。また、実際のお客様に届きます。"
BUTTON = "試験用アカウントを申し込む"


@pytest.mark.parametrize("role", [CustomerRole.ADMINISTRATOR, CustomerRole.MEMBER])
def test_guide_2_0_the_warning_comes_first_and_then_the_request(
    portal_of: PortalOf, case_at: CaseAt, role: CustomerRole
) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS_RCS, Option.WEBHOOK, days_ago=60)
    contract = told.application.own_contract
    user = contract.customer.users.filter(customer_role=role).earliest("pk")
    portal = portal_of(user)
    portal.get("contract", contract.pk)
    assert BUTTON in portal.text and WARNING not in portal.text
    portal.get("test_account", contract.pk)
    assert WARNING in portal.text
    assert portal.text.count("試験1号TEST") == 2
    data = {"webhook_plus": "https://hooks.case1.example.jp/plus-test", "webhook_rcs": ""}
    portal.post("test_account", contract.pk, data=data)
    assert portal.messages == ["試験用アカウントのお申し込みを受け取りました。控えのメールをお送りします。"]
    assert WARNING in portal.text and BUTTON not in portal.text
    assert portal.text.count("試験用（有料・実際に届きます）") == 2
    assert portal.text.count("設定前") == 2
    assert "https://hooks.case1.example.jp/plus-test" in portal.text
    assert OutgoingMail.objects.get(kind="test_account_received").created_by == user


def test_guide_1_9_a_refused_url_is_named_and_nothing_typed_is_lost(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS, Option.WEBHOOK, days_ago=60)
    contract = told.application.own_contract
    portal = portal_of(told.user)
    url = "https://abc123.execute-api.ap-northeast-1.amazonaws.com/hook"
    portal.post("test_account", contract.pk, data={"webhook_plus": url})
    assert portal.page.status_code == 422
    assert "+メッセージの試験用Webhook URL：" in portal.text and "カスタムドメイン" in portal.text
    assert url in portal.html
    assert not contract.options.filter(option=Option.TEST_ACCOUNT).exists()


def test_guide_2_0_without_the_webhook_option_no_url_is_asked_for(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS, days_ago=60)
    contract = told.application.own_contract
    portal = portal_of(told.user)
    portal.get("test_account", contract.pk)
    assert "webhook_plus" not in portal.html
    portal.post("test_account", contract.pk, data={"webhook_plus": "https://hooks.case1.example.jp/test"})
    assert contract.endpoints.count() == 0
    assert len(test_accounts.in_use(contract)) == 1


def test_guide_2_1a_a_name_without_room_is_told_before_anything_is_typed(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS_RCS, days_ago=60)
    contract = told.application.own_contract
    contract.official_accounts.get(channel="rcs").profiles.update(name="あ" * 37)
    portal = portal_of(told.user)
    portal.get("contract", contract.pk)
    assert BUTTON in portal.text
    portal.get("test_account", contract.pk)
    assert "表示名を36文字以内にする変更をお申し込みください。" in portal.text
    assert "<button" not in portal.html.partition("<main")[2].partition("</main")[0]


def test_a_second_click_makes_no_second_test_account(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS, days_ago=60)
    contract = told.application.own_contract
    portal = portal_of(told.user)
    portal.post("test_account", contract.pk)
    portal.post("test_account", contract.pk)
    assert portal.page.status_code == 422
    assert "この契約には、すでに試験用アカウントがあります。" in portal.text
    assert contract.official_accounts.count() == 2


@pytest.mark.parametrize("plan", [Plan.SMS, Plan.PLUS])
def test_guide_2_0_it_is_offered_where_there_is_a_place_for_it(
    portal_of: PortalOf, case_at: CaseAt, plan: Plan
) -> None:
    told = case_at(Goal.ACTIVE, plan, days_ago=60)
    portal = portal_of(told.user)
    portal.get("contract", told.application.own_contract.pk)
    assert (BUTTON in portal.text) == (plan is Plan.PLUS)


def test_guide_2_0_after_the_end_it_is_gone_from_the_portal(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS, Option.TEST_ACCOUNT, days_ago=60)
    contract = told.application.own_contract
    option = contract.options.get(option=Option.TEST_ACCOUNT)
    option.period = type(option.period)(option.since, date_of(timezone.now()))
    option.save(update_fields=["period"])
    portal = portal_of(told.user)
    portal.get("contract", contract.pk)
    assert "試験1号TEST" not in portal.text and WARNING not in portal.text
