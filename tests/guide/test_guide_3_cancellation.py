"""§3 Cancellation, from the facts before anything is sent to the end of the contract.

December 10, 2026 is a Thursday; January 10, 2027 a Sunday, so that month's cut-off is Friday the 8th.
"""

import datetime

import pytest

from accounts.models import User
from accounts.rules.plans import Plan
from accounts.services.errors import Refused
from applications.models import Application
from applications.rules.changes import ChangeItem
from applications.services import cancellation, closing
from billing.services import prices
from kmc_portal.lib.months import Month
from tests.fixtures.billing import price_list
from tests.fixtures.mail import Mailbox
from tests.guide.changing import InUse, Tale, dense
from tests.guide.conftest import Clock

FORM: dict[str, object] = {"cancel.reason": "事業の見直しのため"}


@pytest.fixture
def priced(clock: Clock, billing_clerk: User) -> None:
    now = clock("2026-11-20 09:00")
    prices.publish(
        contract=None,
        name="標準",
        start=Month(2026, 1),
        rows=price_list(cancellation_fee="10000"),
        note="",
        actor=billing_clerk,
        now=now,
    )


def to_approval(tale: Tale) -> None:
    """Accepted, shown to the customer and confirmed by them."""
    tale.ours.accept()
    tale.ask_to_confirm()
    tale.browser.confirm()


def fix(tale: Tale) -> None:
    """解約の確定, by a second person."""
    tale.ours.do(cancellation.fix, tale.story.staff["approval"])


@pytest.mark.parametrize(
    ("now", "cut_off", "last_day"),
    [
        ("2026-12-10 23:59", "2026年12月10日（木）", "2027年1月31日（日）"),
        ("2026-12-11 00:00", "2026年12月10日（木）", "2027年2月28日（日）"),
        ("2027-01-08 23:59", "2027年1月8日（金）", "2027年2月28日（日）"),
        ("2027-01-09 00:00", "2027年1月8日（金）", "2027年3月31日（水）"),
    ],
)
def test_guide_3_cut_off_and_last_day_stand_there_before_anything_is_made(
    clock: Clock, in_use: InUse, now: str, cut_off: str, last_day: str
) -> None:
    tale = in_use(Plan.SMS)
    clock(now)
    tale.browser.open(tale.page)
    shown = tale.browser.follow("解約を申し込む")
    assert f"締切 {cut_off} 23:59まで" in shown
    assert f"最後のご利用日 {last_day}" in shown
    assert "メッセージの配信（SMSのみ）とAPIへの接続" in shown and "0120000123" in shown
    assert not Application.objects.filter(kind="cancellation").exists()


def test_guide_3_the_fee_of_the_plan_table_stands_there(clock: Clock, priced: None, in_use: InUse) -> None:
    tale = in_use(Plan.SMS)
    clock("2026-12-10 10:00")
    tale.browser.open(f"{tale.page}cancellation/")
    assert "解約手数料10,000円（税抜）（税込約11,000円）" in dense(tale.browser.text)


def test_guide_3_no_fee_where_the_plan_table_has_none(clock: Clock, in_use: InUse) -> None:
    tale = in_use(Plan.SMS)
    tale.browser.open(f"{tale.page}cancellation/")
    assert "解約手数料 かかりません（ご契約のプラン表に定めがありません）。" in tale.browser.text


def test_guide_3_who_opens_before_the_cut_off_and_presses_after_it_is_told(
    clock: Clock, in_use: InUse
) -> None:
    tale = in_use(Plan.SMS)
    clock("2026-12-10 23:58")
    tale.browser.open(f"{tale.page}cancellation/")
    clock("2026-12-11 00:01")
    told = tale.browser.press("解約申込を作成する")
    assert "締切を過ぎたため" in tale.browser.said and "2027年2月28日（日）" in told
    assert not Application.objects.filter(kind="cancellation").exists()
    # the same with the form that is handed in
    clock("2026-12-10 23:58")
    tale.cancel()
    tale.upload(cancellation_form=FORM)
    page = tale.browser.go_to_case()
    assert "今日提出すると、最後のご利用日は 2027年1月31日（日）" in page
    clock("2026-12-11 00:01")
    tale.browser.press("お申し込みを提出する")
    assert "締切を過ぎたため" in tale.browser.said
    assert tale.case.state == "draft"
    tale.browser.submit()
    assert tale.case.last_month == datetime.date(2027, 2, 1)


def test_guide_3_from_the_form_to_the_end_of_the_contract(
    clock: Clock, priced: None, in_use: InUse, mailbox: Mailbox
) -> None:
    tale = in_use(Plan.SMS)
    browser = tale.browser
    clock("2026-12-10 15:00")
    tale.cancel()
    assert "まだ解約は申し込まれていません" in browser.go_to_case()
    tale.hand_in(cancellation_form=FORM)
    clock("2026-12-16 10:00")  # past the cut-off: what counts is the 10th
    page = browser.go_to_case()
    assert "解約を申し込んだ日 2026年12月10日（木）" in page
    assert "最後のご利用日 2027年1月31日（日）" in page and "10,000円（税抜）" in page
    tale.ours.accept()
    tale.ask_to_confirm()
    assert "解約の内容をご確認ください" in browser.open("/portal/")
    browser.registered()
    assert "2027年1月31日（日）" in browser.text and "10,000円（税抜）" in browser.text
    browser.confirm()
    assert "確定するまでは取り下げができます" in browser.go_to_case()
    fix(tale)
    clock("2027-01-31 23:00")
    page = browser.go_to_case()
    assert "2027年1月31日（日）までご利用いただけます" in page
    assert "利用中（2027年1月31日まで）" in browser.open(tale.page)
    assert "解約予定日：2027年1月31日（日）。" in dense(browser.text_of("#requests"))
    cancellation.end_due(now=clock("2027-01-31 23:59"))
    assert tale.contract.state == "active"
    cancellation.end_due(now=clock("2027-02-01 00:05"))
    assert tale.contract.state == "ended"
    assert "ご契約は2027年1月31日（日）で終了しました" in browser.go_to_case()
    assert not browser.soup.select("#requests")
    text = browser.open(tale.page)
    assert "変更を申し込む" not in text and "終了日 2027年1月31日" in text
    assert "ご契約が終了しました" in mailbox.deliver()[-1].subject


def test_guide_3_it_can_be_withdrawn_until_it_is_confirmed_and_not_after(clock: Clock, in_use: InUse) -> None:
    tale = in_use(Plan.SMS)
    browser = tale.browser
    clock("2026-12-10 15:00")
    tale.cancel()
    tale.hand_in(cancellation_form=FORM)
    to_approval(tale)
    browser.withdraw("続けて利用することになりました")
    assert tale.case.state == "withdrawn"
    assert tale.contract.ends_on is None
    clock("2026-12-14 10:00")
    tale.cancel()
    tale.hand_in(cancellation_form=FORM)
    to_approval(tale)
    fix(tale)
    page = browser.go_to_case()
    assert "取り下げられません" in page and "kmc-support@example.jp" in page
    assert not browser.has_button("取り下げ")
    shown = browser.open(f"/portal/applications/{browser.case}/withdraw/")
    assert "解約は確定しているため、取り下げられません" in shown and "kmc-support@example.jp" in shown
    with pytest.raises(Refused):
        tale.ours.do(closing.withdraw, reason="やはり続けます")


def test_guide_3_a_second_cancellation_is_refused_with_the_number_of_the_first(
    clock: Clock, in_use: InUse
) -> None:
    tale = in_use(Plan.SMS)
    tale.cancel()
    number = tale.case.number
    assert "解約を申し込む" not in tale.browser.text_of_page(tale.page, "#requests")
    refused = tale.browser.open(f"{tale.page}cancellation/")
    assert f"解約申込 {number} が手続き中です" in refused


def test_guide_3_changes_go_as_far_as_the_last_month(clock: Clock, in_use: InUse) -> None:
    tale = in_use(Plan.SMS)
    clock("2026-12-10 15:00")
    tale.cancel()
    tale.hand_in(cancellation_form=FORM)
    clock("2027-01-20 10:00")
    # 6 business days from January 21: the 28th; 12: February 5, after the end
    can = tale.look(ChangeItem.GLOBAL_IP)
    assert "この契約の最後のご利用日は2027年1月31日（日）です" in can
    cannot = tale.look(ChangeItem.SOFTBANK_SENDER)
    assert "この契約は2027年1月31日（日）で終了するため" in cannot
    assert not tale.browser.has_button("この内容で変更申込を作成する")


def test_guide_3_another_last_month_is_told_with_its_reason(clock: Clock, in_use: InUse) -> None:
    tale = in_use(Plan.SMS)
    clock("2026-12-11 09:00")
    tale.cancel()
    tale.hand_in(cancellation_form=FORM)
    assert "2027年2月28日（日）" in tale.browser.go_to_case()
    tale.ours.do(
        cancellation.set_last_month,
        tale.story.staff["approval"],
        month=Month(2027, 1),
        reason="10日にメールでお申し出をいただいていたため",
    )
    page = tale.browser.go_to_case()
    assert "最後のご利用日 2027年1月31日（日）" in page
    assert "次の理由で担当者が変更しました：10日にメールでお申し出をいただいていたため" in page
