"""§2.1b Changes, from the customer's choice to the values in force. Accepted 2026-11-24 (Tue): day 1 is the 25th."""

import datetime

import pytest

from accounts.models import NotificationEndpoint, User
from accounts.rules.plans import Option, Plan
from applications.models import Application
from applications.rules.changes import ChangeItem
from billing.services import prices
from kmc_portal.lib.months import Month
from tests.fixtures.billing import price_list
from tests.fixtures.checks import Hook, RunChecks
from tests.fixtures.mail import Mailbox
from tests.guide.changing import InUse, dates_of, dense
from tests.guide.conftest import Clock

_I = ChangeItem


@pytest.fixture
def priced(clock: Clock, billing_clerk: User) -> None:
    now = clock("2026-11-20 09:00")
    rows = price_list(change_fee="15000", option_softbank_sender="4000", option_two_way_sms="5000")
    prices.publish(
        contract=None, name="標準", start=Month(2026, 1), rows=rows, note="", actor=billing_clerk, now=now
    )


def test_guide_2_1b_documents_dates_and_fee_stand_there_before_anything_is_made(
    clock: Clock, priced: None, in_use: InUse
) -> None:
    tale = in_use(Plan.SMS)
    clock("2026-11-24 10:00")
    shown = tale.look(_I.GLOBAL_IP, _I.SOFTBANK_SENDER, _I.PAYMENT_METHOD)
    assert "サービス利用変更申込書: 「支払方法」の変更に必要です。" in shown
    assert "アカウントパラメータ変更申込書: 「アクセス可能グローバルIPアドレス、" in shown
    # 12 business days from the 25th: December 10; 22: December 24
    assert "2026年12月10日（木）～12月24日（木）に完了" in dense(shown)
    assert "この日程を決めている項目：ソフトバンク送信元表示番号オプション" in shown
    assert "翌月適用の項目は、2026年12月1日から適用（翌月適用）" in dense(shown)
    assert "すべての項目を2027年1月1日からまとめて適用する見込みです" in dense(shown)
    assert "月額（設定料金なし）4,000円（税抜）（税込約4,400円）" in dense(shown)
    assert "携帯キャリアの審査があります" in shown and "二人が確認" in shown
    assert not Application.objects.filter(kind="change").exists()


@pytest.mark.parametrize(
    ("plan", "item", "said"),
    [
        (Plan.PLUS, _I.OFFICIAL_ACCOUNT, "変更1回ごと15,000円（税抜）（税込約16,500円）"),
        (Plan.SMS, _I.TWO_WAY_SMS, "月額（設定料金なし）5,000円（税抜）（税込約5,500円）"),
        (Plan.SMS, _I.COMPANY, "選んだ項目の変更に、料金はかかりません。"),
    ],
)
def test_guide_2_1b_the_fee_is_told_in_yen(
    clock: Clock, priced: None, in_use: InUse, plan: Plan, item: ChangeItem, said: str
) -> None:
    tale = in_use(plan)
    clock("2026-11-24 10:00")
    assert said in dense(tale.look(item))


def test_guide_2_1b_a_fee_without_a_price_is_told_by_hand(clock: Clock, in_use: InUse) -> None:
    tale = in_use(Plan.PLUS)
    assert "金額は担当者からご案内します" in tale.look(_I.OFFICIAL_ACCOUNT)


def test_guide_2_1b_only_what_the_plan_can_have_is_offered(clock: Clock, in_use: InUse) -> None:
    tale = in_use(Plan.PLUS_RCS)
    shown = tale.look()
    offered = {str(tick["value"]) for tick in tale.browser.soup.select("input[name=items]")}
    assert _I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS.value in offered
    assert not {_I.PLAN_PLUS_TO_SMS_PLUS.value, _I.PLAN_SMS_TO_SMS_PLUS.value} & offered
    assert "変更する項目を選ぶと表示します" in shown
    # an item of SMS goes with the change of the plan, and not without
    assert "は+メッセージ/RCS併用では選べません" in tale.look(_I.OPTION_050)
    assert not tale.browser.has_button("この内容で変更申込を作成する")
    both = tale.look(_I.OPTION_050, _I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS)
    assert "サービス契約プラン表: 利用区分の変更に" in both and "お申し込みチェックシート: " in both


def test_guide_2_1b_who_changes_the_ticks_sees_them_before_the_application_is_made(
    clock: Clock, in_use: InUse
) -> None:
    """Without JavaScript: the items sent are not those whose dates were on the page."""
    tale = in_use(Plan.SMS)
    tale.look(_I.GLOBAL_IP)
    form = tale.browser.form("この内容で変更申込を作成する")
    form["seen"].value = "company"
    tale.browser.page = form.submit()
    assert "もう一度ボタンを押してください" in tale.browser.said
    assert not Application.objects.filter(kind="change").exists()
    assert "変更申込を作成しました" in tale._begin("この内容で変更申込を作成する")


def test_guide_2_1b_an_address_from_the_choice_to_the_contract(
    clock: Clock, in_use: InUse, mailbox: Mailbox
) -> None:
    tale = in_use(Plan.SMS)
    browser = tale.browser
    clock("2026-11-24 10:00")
    page = tale.choose(_I.GLOBAL_IP)
    assert "まだ提出されていません" in browser.said
    # 6 and 10 business days from the 25th
    assert "2026年12月2日（水）～12月8日（火）に完了" in dense(browser.text_of("変更完了"))
    assert "アカウントパラメータ変更申込書" in page
    # the form holds what is registered; sent back as it is, nothing is changed
    browser.upload(("変更.xlsx", tale.form("parameter_change_form")))
    assert any("現在の登録と同じです" in fault for fault in browser.faults("アカウントパラメータ変更申込書"))
    tale.upload(parameter_change_form={"global_ips.1": "52.192.9.1"})
    assert tale.changes() == {
        "グローバルIPアドレス": ("52.192.0.10、52.192.1.0/28", "52.192.9.1、52.192.1.0/28")
    }
    browser.submit()
    assert "変更申込の書類を受け取りました" in mailbox.deliver()[-1].subject
    clock("2026-11-26 10:00")
    tale.ours.accept()
    browser.go_to_case()
    # accepted on Thursday the 26th: day 1 is the 27th, day 6 December 4, day 10 December 10
    assert dates_of(tale, "変更完了") == "2026年12月4日（金）～12月10日（木）"
    tale.ask_to_confirm()
    assert browser.registered() == {
        "グローバルIPアドレス": ("52.192.0.10、52.192.1.0/28", "52.192.9.1、52.192.1.0/28")
    }
    browser.confirm()
    assert "52.192.9.1" not in browser.open(tale.page).partition("ご担当者")[0]
    clock("2026-12-04 15:00")
    tale.ours.complete()
    done = dense(browser.go_to_case())
    assert "適用日：2026年12月4日（金）。変更後の内容が適用されています。" in done
    assert "52.192.9.1" in browser.open(tale.page)
    assert "適用日 ：2026年12月4日" in mailbox.deliver()[-1].body.replace("　", " ").replace("  ", " ")


def test_guide_2_1b_details_of_billing_hold_from_the_first_of_the_following_month(
    clock: Clock, in_use: InUse
) -> None:
    tale = in_use(Plan.SMS)
    clock("2026-11-24 10:00")
    shown = dense(tale.look(_I.PAYMENT_METHOD))
    assert "2026年12月1日から適用（翌月適用）" in shown and "に完了" not in shown
    tale.choose(_I.PAYMENT_METHOD)
    tale.hand_in(service_change_form={"payment_method": "口座振替"})
    tale.ours.accept()
    tale.browser.go_to_case()
    assert dates_of(tale, "変更完了") == "2026年12月1日（火）ごろ"
    tale.ours.confirm()
    tale.ours.complete()
    assert "適用日：2026年12月1日（火）。前日までは変更前の内容で" in dense(tale.browser.go_to_case())
    clock("2026-11-30 23:00")
    assert "請求書払い" in tale.browser.text_of_page(tale.page, "#terms")
    clock("2026-12-01 00:00")
    assert "口座振替" in tale.browser.text_of_page(tale.page, "#terms")


def test_guide_2_1b_a_second_change_of_the_same_item_is_refused_with_the_number_of_the_first(
    clock: Clock, in_use: InUse
) -> None:
    tale = in_use(Plan.SMS)
    clock("2026-11-24 10:00")
    tale.choose(_I.GLOBAL_IP)
    first = tale.case
    refused = tale.look(_I.GLOBAL_IP, _I.COMPANY)
    assert f"「アクセス可能グローバルIPアドレス」は、変更申込 {first.number}" in refused
    assert tale.browser.link(f"変更申込 {first.number} を開く") == f"/portal/applications/{first.pk}/"
    assert not tale.browser.has_button("この内容で変更申込を作成する")
    tale.choose(_I.COMPANY)
    assert tale.case.pk != first.pk
    # the first cannot take over the item of the second either
    tale.browser.open(f"/portal/applications/{first.pk}/items/?look=yes&items=company")
    assert tale.case.number in tale.browser.text_of("#entails")


def test_guide_2_1b_a_new_url_is_checked_while_the_old_one_holds(
    clock: Clock, in_use: InUse, hook: Hook, run_checks: RunChecks
) -> None:
    tale = in_use(Plan.PLUS, Option.WEBHOOK)
    browser = tale.browser
    clock("2026-11-24 10:00")
    old = tale.contract.endpoints.get().url
    tale.choose(_I.WEBHOOK_URL)
    tale.hand_in(parameter_change_form={"plus.webhook_url": hook.url()})
    assert "準備状況をお知らせください" in browser.open("/portal/")
    browser.go_to_case()
    assert "変更後のURLです" in browser.text_of("#functions")
    browser.press("今すぐ確認する", within="#functions")
    run_checks()
    browser.go_to_case()
    assert "疎通確認：OK" in browser.text_of("#functions")
    assert old in browser.text_of_page(tale.page, "#functions")
    tale.ours.accept()
    tale.ours.confirm()
    assert [row.state for row in tale.contract.endpoints.proposed()] == [NotificationEndpoint.State.OK]
    tale.ours.complete()
    assert [row.url for row in tale.contract.endpoints.as_of(datetime.date(2026, 11, 24))] == [hook.url()]
    assert old not in browser.text_of_page(tale.page, "#functions")


def test_guide_2_1b_a_withdrawn_change_leaves_nothing_behind(clock: Clock, in_use: InUse, hook: Hook) -> None:
    tale = in_use(Plan.PLUS, Option.WEBHOOK)
    clock("2026-11-24 10:00")
    tale.choose(_I.WEBHOOK_URL)
    tale.hand_in(parameter_change_form={"plus.webhook_url": hook.url()})
    assert tale.contract.endpoints.proposed().count() == 1
    tale.browser.withdraw("計画が変わったため")
    assert tale.case.public_state == "取り下げ済み"
    assert tale.contract.endpoints.proposed().count() == 0
    assert "Webhook通知先" in tale.choose(_I.WEBHOOK_URL)


def test_guide_2_1b_a_plan_change_brings_the_new_channel_s_papers_and_account(
    clock: Clock, in_use: InUse
) -> None:
    tale = in_use(Plan.SMS)
    clock("2026-11-24 10:00")
    shown = dense(tale.look(_I.PLAN_SMS_TO_SMS_PLUS))
    # 18 business days from November 25: December 18
    assert "2026年12月18日（金）に完了" in shown
    assert "サービス契約プラン表" in shown and "お申し込みチェックシート" in shown
    page = tale.choose(_I.PLAN_SMS_TO_SMS_PLUS)
    assert "SMSのみ → SMS/+メッセージ併用" in page
    assert "+メッセージ公式アカウントのアイコン画像" in page and "未添付" in page
    assert "携帯キャリアの審査中" in tale.browser.steps()


def test_guide_2_1b_the_items_of_a_draft_can_be_chosen_anew(clock: Clock, in_use: InUse) -> None:
    tale = in_use(Plan.SMS)
    clock("2026-11-24 10:00")
    tale.choose(_I.GLOBAL_IP, _I.COMPANY)
    browser = tale.browser
    tale.upload(parameter_change_form={"global_ips.1": "52.192.9.1"})
    assert "提出が必要な書類がそろっていません：サービス利用変更申込書" in browser.text
    browser.follow("変更する項目を選び直す")
    browser.open(f"/portal/applications/{browser.case}/items/?look=yes&items=global_ip")
    browser.press("この項目に変更する")
    assert tale.case.items == ["global_ip"]
    assert "サービス利用変更申込書（APIプラン）" not in browser.go_to_case()
    browser.submit()
    assert tale.case.public_state == "受付待ち"
    assert browser.page.status_int == 200 and not browser.has_button("変更する項目を選び直す")


def test_guide_2_1b_a_change_of_the_official_account_is_charged_per_change(
    clock: Clock, priced: None, in_use: InUse
) -> None:
    tale = in_use(Plan.PLUS)
    clock("2026-11-24 10:00")
    page = tale.choose(_I.OFFICIAL_ACCOUNT)
    assert "変える場合だけ" in page  # the picture may stay as it is
    tale.hand_in(parameter_change_form={"plus.description": "発送のお知らせをお届けします。"})
    tale.ours.accept()
    tale.ask_to_confirm()
    tale.browser.registered()
    assert "15,000円（税抜）" in tale.browser.text
    tale.browser.confirm()
    tale.ours.pass_carriers()
    tale.ours.complete()
    [charge] = tale.contract.one_off_charges.filter(kind="change_fee")
    assert charge.charged_on == datetime.date(2026, 11, 24)
