"""§2.2 The way of a change: the longest item decides, a fault delays, the customer confirms, carriers' remarks come."""

import pytest

from accounts.rules.plans import Plan
from applications.models import Finding
from applications.rules.changes import ChangeItem
from applications.services import carriers, change_completion, review
from applications.services.facts import latest_submission
from tests.fixtures.mail import Mailbox
from tests.guide.changing import InUse, Tale, dates_of, dense
from tests.guide.conftest import Clock
from tests.guide.papers import picture

_I = ChangeItem
NEW_IP = {"global_ips.1": "52.192.9.1"}


def send_back(tale: Tale, text: str) -> None:
    """Reception finds a fault and returns the change."""
    staff = tale.story.staff["reception"]
    tale.ours.do(review.take, staff)
    submission = latest_submission(tale.case)
    assert submission is not None
    found = submission.reviews.get()
    tale.ours.do(review.add_finding, staff, document=found.document, sheet="", cell="", text=text)
    tale.ours.do(review.return_to_customer, staff, note="ご確認ください。")


def test_guide_2_2_a_fault_delays_for_the_clock_starts_when_it_is_accepted(
    clock: Clock, in_use: InUse, mailbox: Mailbox
) -> None:
    tale = in_use(Plan.SMS)
    clock("2026-11-24 10:00")
    tale.choose(_I.GLOBAL_IP)
    tale.hand_in(parameter_change_form=NEW_IP)
    send_back(tale, "追加するアドレスの用途をご記入ください。")
    page = tale.browser.go_to_case()
    assert "追加するアドレスの用途をご記入ください。" in page
    assert "書類の修正をお願いします" in tale.browser.open("/portal/")
    clock("2026-12-01 10:00")
    tale.upload(parameter_change_form={"global_ips.1": "52.192.9.2"})
    tale.browser.submit_again()
    assert "受付を終えた場合" in tale.browser.text_of("変更完了")
    clock("2026-12-02 10:00")
    tale.ours.accept()
    tale.browser.go_to_case()
    # accepted on Wednesday December 2: day 1 is the 3rd, day 6 the 10th, day 10 the 16th
    assert dates_of(tale, "変更完了") == "2026年12月10日（木）～12月16日（水）"
    assert Finding.objects.count() == 1


def test_guide_2_2_of_several_items_the_longest_decides_each_end(clock: Clock, in_use: InUse) -> None:
    tale = in_use(Plan.SMS)
    clock("2026-11-24 10:00")
    shown = dense(tale.look(_I.OPTION_050, _I.COMPANY, _I.GLOBAL_IP))
    # 1, 5 and 6–10 business days from the 25th
    assert "2026年12月2日（水）～12月8日（火）に完了" in shown
    assert "この日程を決めている項目：アクセス可能グローバルIPアドレス" in shown


def test_guide_2_2_the_customer_confirms_or_says_what_is_wrong(clock: Clock, in_use: InUse) -> None:
    tale = in_use(Plan.SMS)
    browser = tale.browser
    clock("2026-11-24 10:00")
    tale.choose(_I.USAGE_PURPOSE)
    tale.hand_in(parameter_change_form={"usage.monthly_volume": 30000})
    tale.ours.accept()
    tale.ask_to_confirm()
    assert "変更内容をご確認ください" in browser.open("/portal/")
    assert browser.registered() == {"想定月間配信数（通）": ("12,000", "30,000")}
    browser.object_("月に25,000通の間違いでした。")
    assert tale.case.state == "in_review"
    assert "月に25,000通の間違いでした。" in browser.go_to_case()
    assert browser.steps()["お申し込み内容を確認しています"] == "いまここ"


def test_guide_2_2_what_carriers_must_see_goes_through_them_and_their_remarks_reach_the_customer(
    clock: Clock, in_use: InUse
) -> None:
    tale = in_use(Plan.PLUS)
    browser, operations = tale.browser, tale.story.staff["operations"]
    clock("2026-11-24 10:00")
    tale.choose(_I.OFFICIAL_ACCOUNT)
    tale.hand_in(parameter_change_form={"plus.description": "発送のお知らせをお届けします。"})
    tale.ours.accept()
    tale.ours.confirm()
    rows = list(tale.case.carrier_reviews.all())
    assert [row.get_carrier_display() for row in rows] == ["NTTドコモ", "KDDI", "ソフトバンク"]
    tale.ours.do(carriers.apply, operations, review_id=rows[1].pk)
    tale.ours.do(carriers.remark, operations, review_id=rows[1].pk, text="説明が短すぎます。")
    page = browser.go_to_case()
    assert "説明が短すぎます。" in page and "KDDI" in browser.text_of("いまお願いしたいこと")
    browser.reply("KDDI", "書き足した画像をお送りします。", ("説明.png", picture(200, 200)))
    assert tale.case.carrier_reviews.get(pk=rows[1].pk).state == "answered"


@pytest.mark.parametrize(
    ("item", "cells", "stages"),
    [
        (_I.GLOBAL_IP, NEW_IP, (False, False)),
        (_I.OFFICIAL_ACCOUNT, {"plus.description": "発送のお知らせをお届けします。"}, (True, True)),
    ],
)
def test_guide_2_2_the_steps_are_those_of_the_items(
    clock: Clock, in_use: InUse, item: ChangeItem, cells: dict[str, str], stages: tuple[bool, bool]
) -> None:
    """Carriers see some items, a second person those of money and identity."""
    tale = in_use(Plan.PLUS)
    tale.choose(item)
    names = tale.browser.steps()
    assert ("携帯キャリアの審査中" in names, "お手続きの最終確認をしています" in names) == stages


def test_guide_2_2_a_second_person_approves_where_identity_is_touched(clock: Clock, in_use: InUse) -> None:
    tale = in_use(Plan.SMS)
    clock("2026-11-24 10:00")
    tale.choose(_I.COMPANY)
    tale.hand_in(service_change_form={"company.address": "東京都千代田区丸の内9-9"})
    tale.ours.accept()
    tale.ours.confirm()
    tale.ours.do(change_completion.prepare, tale.story.staff["operations"])
    assert "完了すると、適用日をメールでお知らせします。" in tale.browser.go_to_case()
    tale.ours.do(change_completion.approve, tale.story.staff["approval"])
    assert "東京都千代田区丸の内9-9" in tale.browser.text_of_page(tale.page, "#company")
