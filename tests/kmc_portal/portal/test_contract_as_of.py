"""The company's own contract on any day, and 今後の予定 (§2.1b, §3)."""

import datetime
from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.rules.plans import Plan
from applications.rules.changes import ChangeItem
from applications.services import cancellation
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month
from tests.fixtures.cases import CaseAt
from tests.fixtures.changes import Change, change_with, start_cancellation, start_change
from tests.kmc_portal.portal.conftest import Portal, dense

PortalOf = Callable[[User], Portal]
ONE_DAY = datetime.timedelta(days=1)
UNDERSTOOD = {"cancel.understood_fee": "確認済", "cancel.understood_end": "確認済"}

pytestmark = pytest.mark.django_db


def today() -> datetime.date:
    return date_of(timezone.now())


def first_of_next_month() -> datetime.date:
    return Month.of(today()).plus(1).first_day


def in_japanese(day: datetime.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日（{'月火水木金土日'[day.weekday()]}）"


@pytest.fixture
def payment(case_at: CaseAt) -> Change:
    """The payment method changes with the next month."""
    story = case_at(Goal.ACTIVE, Plan.SMS, days_ago=60)
    change = change_with(
        story, "service_change_form", {"payment_method": "口座振替"}, ChangeItem.PAYMENT_METHOD
    )
    change.to_setup()
    change.complete()
    return change


def part(portal: Portal, start: str, end: str) -> str:
    """The text between two headings of the page, without white space."""
    return dense(portal.text).partition(start)[2].partition(end)[0]


def test_guide_2_1b_what_is_decided_stands_under_its_day_with_old_and_new(
    payment: Change, portal_of: PortalOf
) -> None:
    portal = portal_of(payment.user)
    portal.get("contract", payment.contract.pk)
    coming = part(portal, "今後の予定", "課金開始日")
    assert f"{in_japanese(first_of_next_month())}から契約内容支払方法：請求書払い→口座振替" in coming
    assert f"変更申込{payment.case.number}による変更です。" in coming
    assert "支払方法請求書払い" in coming


def test_guide_2_1b_on_and_before_its_day_the_page_reads_as_it_then_will(
    payment: Change, portal_of: PortalOf
) -> None:
    portal = portal_of(payment.user)
    for day, method in ((first_of_next_month() - ONE_DAY, "請求書払い"), (first_of_next_month(), "口座振替")):
        portal.get("contract", payment.contract.pk, query={"on": day.isoformat()})
        assert f"支払方法{method}" in dense(portal.text)


def test_another_day_is_only_read_and_says_which_it_is(payment: Change, portal_of: PortalOf) -> None:
    portal = portal_of(payment.user)
    portal.get("contract", payment.contract.pk, query={"on": (today() + ONE_DAY).isoformat()})
    assert f"{in_japanese(today() + ONE_DAY)}時点の内容です。いま決まっている予定" in dense(portal.text)
    assert "変更を申し込む" not in portal.text and "今後の予定" not in portal.text
    portal.get("contract", payment.contract.pk, query={"on": (today() - ONE_DAY).isoformat()})
    assert "時点の内容です。いまの内容とは異なることがあります。" in dense(portal.text)
    portal.get("contract", payment.contract.pk)
    assert "時点の内容です" not in dense(portal.text)
    assert "変更を申し込む" in portal.text


def test_a_day_before_the_contract_says_so_and_shows_nothing_of_it(
    payment: Change, portal_of: PortalOf
) -> None:
    portal = portal_of(payment.user)
    portal.get("contract", payment.contract.pk, query={"on": "2020-01-01"})
    assert "この日には、契約の内容はまだ登録されていません" in portal.text
    assert "この日の契約内容は登録されていません。" in portal.text
    assert "52.192.1.0/28" not in portal.text


def test_a_day_that_is_none_is_said_and_today_is_shown(payment: Change, portal_of: PortalOf) -> None:
    portal = portal_of(payment.user)
    portal.get("contract", payment.contract.pk, query={"on": "きのう"})
    assert portal.messages == ["日付は 2026-11-24 の形で入力してください。今日の内容を表示しています。"]
    assert "変更を申し込む" in portal.text


def test_another_company_s_contract_is_not_there_on_any_day(
    payment: Change, portal_of: PortalOf, other_customer_admin: User
) -> None:
    portal = portal_of(other_customer_admin)
    page = portal.get("contract", payment.contract.pk, query={"on": today().isoformat()})
    assert page.status_code == 404


def test_guide_2_1b_a_change_under_way_has_its_window_once_it_is_accepted(
    case_at: CaseAt, portal_of: PortalOf
) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS, days_ago=60)
    change = start_change(story, ChangeItem.ACCOUNT_CONTACT)
    portal = portal_of(story.user)
    portal.get("contract", change.contract.pk)
    coming = part(portal, "今後の予定", "契約プラン")
    assert f"手続き中変更申込{change.case.number}お申し込みの準備中" in coming
    assert "アカウント担当者情報" in coming and "完了の見込み" not in coming
    change.attach(change.form("service_change_form", **{"account_contact.name": "後任 花子"}))
    change.submit()
    change.accept()
    portal.get("contract", change.contract.pk)
    assert "完了の見込み" in part(portal, "今後の予定", "契約プラン")


def test_guide_3_the_end_stands_there_as_soon_as_it_is_asked_for(
    case_at: CaseAt, portal_of: PortalOf
) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS, days_ago=60)
    change = start_cancellation(story)
    change.attach(change.form("cancellation_form", **UNDERSTOOD))
    change.submit()
    portal = portal_of(story.user)
    portal.get("contract", change.contract.pk)
    month = change.case.last_month
    assert month is not None
    last_day = Month.of(month).last_day
    asked = f"このまま確定すると、最後のご利用日は{in_japanese(last_day)}です。"
    assert asked in part(portal, "今後の予定", "契約プラン")
    change.accept()
    change.confirm()
    change.do(cancellation.fix, story.staff["approval"])
    portal.get("contract", change.contract.pk)
    coming = part(portal, "今後の予定", "契約プラン")
    assert asked not in coming
    assert f"{in_japanese(last_day + ONE_DAY)}から契約の終了（予定）" in coming
    portal.get("contract", change.contract.pk, query={"on": (last_day + ONE_DAY).isoformat()})
    assert "この日は契約の終了より後です" in portal.text


def test_who_of_the_staff_entered_something_stays_inside(case_at: CaseAt, portal_of: PortalOf) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS, days_ago=60)
    contract = story.application.own_contract
    row = contract.global_ips.get(network="52.192.1.0/28")
    row.period = type(row.period)(row.since, today() + ONE_DAY)
    row.save()
    portal = portal_of(story.user)
    portal.get("contract", contract.pk)
    coming = part(portal, "今後の予定", "契約プラン")
    assert "適用終了：52.192.1.0/28" in coming
    assert "理由" not in coming and "社内" not in coming
