"""§1.3 besides the main line: longer options, withdrawn, rejected, on hold, on a customer's behalf, two at once."""

import pytest

from accounts.models import Contract, ContractState, Customer
from applications.models import Application, Submission
from tests.fixtures.mail import Mailbox
from tests.guide.actors import CustomerBrowser, StaffBrowser
from tests.guide.conftest import Clock
from tests.guide.papers import addressees, received_mail, sample_form

# Business days after Tue 2026-11-24: 1 = 11-25, 6 = 12-02, 10 = 12-08, 12 = 12-10, 18 = 12-18, 22 = 12-24, 24 = 12-28;
# closed from 12-29 to 01-03, hence 25 = 2027-01-04 and 28 = 2027-01-07.


def state_of(case: int) -> str:
    return Application.objects.get(pk=case).state


# longer options ------------------------------------------------------------------------------------


def test_guide_1_3_softbank_sender_number_takes_12_to_22_days_and_goes_to_softbank_alone(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser, saburo: StaffBrowser
) -> None:
    clock("2026-11-24 10:00")
    sora.apply("sms", "softbank_sender", **{"sms.softbank_sender": "212345"})
    assert sora.due() == "2026年12月10日（木）～12月24日（木）"
    hanako.up_to_confirmation(sora.case)
    sora.confirm()
    assert sora.steps()["携帯キャリアの審査中"] == "いまここ"
    shown = sora.text_of("#carriers")
    assert "ソフトバンク SoftBank送信元表示番号 未申請" in shown
    assert "NTTドコモ" not in shown
    assert "KDDI" not in shown
    assert "ソフトバンク" in saburo.why_not(sora.case, "キャリア申請を終える")
    saburo.do(sora.case, "申請した", within="#carriers")
    saburo.do(sora.case, "承認された", within="#carriers")
    saburo.do(sora.case, "キャリア申請を終える")
    assert state_of(sora.case) == "account_setup"


def test_guide_1_3_two_way_sms_takes_up_to_28_days(clock: Clock, sora: CustomerBrowser) -> None:
    clock("2026-11-24 10:00")
    url = "https://sms.aozora.example.com/mo"
    sora.apply("sms", "two_way_sms", **{"sms.mo_url": url, "sms.sender_numbers": None})
    assert sora.due() == "2026年12月2日（水）～2027年1月7日（木）"
    assert "双方向SMS / 共通番号" in sora.text_of("アカウント通知書の発行")
    assert url in sora.text_of("#functions")  # §1.8: SMS-MO is checked beside the main line


def test_guide_1_3_the_longest_of_several_options_wins_each_end_by_itself(
    clock: Clock, sora: CustomerBrowser
) -> None:
    clock("2026-11-24 10:00")
    answers = {
        "sms.softbank_sender": "212345",
        "sms.mo_url": "https://sms.aozora.example.com/mo",
        "sms.sender_numbers": None,
    }
    sora.apply("sms", "softbank_sender", "two_way_sms", **answers)
    assert sora.due() == "2026年12月10日（木）～2027年1月7日（木）"  # 12 of SoftBank, 28 of two-way


# ended early ---------------------------------------------------------------------------------------


def test_guide_1_3_the_customer_withdraws_with_a_reason(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser
) -> None:
    clock("2026-11-24 10:00")
    sora.apply("sms")
    hanako.take(sora.case)
    sora.go_to_case()
    sora.follow("取り下げ")
    assert "理由を入力してください。" in sora.press("取り下げる", status=422)
    assert state_of(sora.case) == "in_review"
    sora.withdraw("計画が延期になりました。")
    assert state_of(sora.case) == "withdrawn"
    assert "取り下げ済み" in sora.go_to_case()
    assert "計画が延期になりました。" in sora.text
    assert not sora.has_button("取り下げ")
    assert Contract.objects.get().state == ContractState.VOID
    assert "この申込の手順はすべて終わっています。" in hanako.go_to(sora.case)
    assert "ご契約はまだありません" in sora.open("/portal/contracts/")


def test_guide_1_3_staff_reject_with_a_reason_that_the_customer_reads(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser, mailbox: Mailbox
) -> None:
    clock("2026-11-24 10:00")
    sora.apply("sms")
    mailbox.deliver()
    clock("2026-11-25 10:00")
    reason = "配信ガイドラインで認められない用途のため"
    hanako.do(sora.case, "却下する", reason=reason)
    assert state_of(sora.case) == "rejected"
    assert Contract.objects.get().state == ContractState.VOID
    [mail] = mailbox.deliver()
    assert reason in mail.body
    assert reason in hanako.mail  # it was shown before the button was pressed
    text = sora.go_to_case()
    assert "お受けできませんでした" in text
    assert reason in text
    assert not sora.has_button("取り下げ")


# on hold -------------------------------------------------------------------------------------------


def test_guide_1_3_the_clock_stands_still_on_hold_and_goes_on_where_it_stopped(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser
) -> None:
    clock("2026-11-24 10:00")
    sora.apply("sms")
    assert sora.due() == "2026年12月2日（水）～12月8日（火）"
    hanako.take(sora.case)
    clock("2026-11-26 10:00")
    hanako.do(sora.case, "保留にする", reason="登記の変更が終わるまで待ってほしいとのご連絡")
    assert "保留中です" in hanako.why_not(sora.case, "受付受理にする")

    clock("2026-11-30 10:00")
    assert "登記の変更が終わるまで" in sora.go_to_case()
    assert sora.due() == "2026年12月4日（金）～12月10日（木）"  # were it resumed today: 11-27, 11-30 lost
    assert "数えが止まっています" in sora.text

    clock("2026-12-01 10:00")
    hanako.do(sora.case, "保留を解除する")
    # Lost: 11-27, 11-30, 12-01. Counted: 11-25, 11-26, then 12-02 as the 3rd, 12-07 as the 6th, 12-11 as the 10th.
    assert sora.due() == "2026年12月7日（月）～12月11日（金）"
    assert "保留中" not in sora.text
    assert "保留にしました" in sora.text_of("経過")


# on a customer's behalf ----------------------------------------------------------------------------


def test_guide_1_3_staff_apply_for_a_customer_with_the_received_mail(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser, customer: Customer, mailbox: Mailbox
) -> None:
    clock("2026-11-24 10:00")
    hanako.open("/admin/applications/application/add/")
    mail = received_mail("sora@aozora.example.com", "Application", "2026-11-20 17:00")
    answers = {
        "customer": str(customer.pk),
        "plan": "sms",
        "options": ["long_sms"],
        "delivery_method": "api",
        "uploads": [("mail.eml", mail), ("申込書.xlsx", sample_form("sms", options=("long_sms",)))],
    }
    hanako.press("登録して内容を確認する", mail_received_at="2026-11-24T10:01", **answers)
    assert "メールの受信日時が未来になっています。" in hanako.page.text
    assert not Application.objects.exists()
    hanako.press("登録して内容を確認する", mail_received_at="2026-11-20T17:00", **answers)
    case = Application.objects.get().pk
    assert hanako.page.request.path == f"/admin/applications/application/{case}/change/"
    assert "mail.eml" in hanako.text_of("#draft")

    hanako.follow("代理で申し込む")
    ticks = [str(tick["value"]) for tick in hanako.soup.select("input[name=consent]")]
    assert len(ticks) == 3
    hanako.do(case, "代理で申し込む", consent=ticks)
    [sent] = mailbox.deliver()
    assert addressees(sent) == ["例示 次郎 <jiro@travel.example.jp>"]
    consents = Submission.objects.get().consents.all()
    assert {(row.given_by, row.user.name) for row in consents} == {("見本 花子", "受付 花子")}

    sora.case = case
    # The clock counts from the mail: Fri 11-20; 1 = Tue 11-24, 6 = 12-01, 10 = 12-07.
    assert sora.due() == "2026年12月1日（火）～12月7日（月）"
    assert "申込日時 2026年11月20日（金） 17:00" in sora.text
    assert "mail.eml" not in sora.open(f"/portal/applications/{case}/versions/1/")
    assert "申込書.xlsx" in sora.text


def test_guide_1_3_faults_of_a_form_that_came_by_mail_are_shown_to_staff(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser, customer: Customer
) -> None:
    clock("2026-11-24 10:00")
    hanako.open("/admin/applications/application/add/")
    form = sample_form("sms", **{"global_ips": ["10.0.0.5"], "usage.consent_method": None})
    hanako.press(
        "登録して内容を確認する",
        customer=str(customer.pk),
        mail_received_at="2026-11-24T09:00",
        plan="sms",
        delivery_method="api",
        uploads=[("申込書.xlsx", form)],
    )
    shown = hanako.text_of("#draft")
    assert "アカウントパラメータ申込書!C7" in shown
    assert "アカウントパラメータ申込書!C13" in shown
    case = Application.objects.get().pk
    assert "申込書に直していただく点が2件あります。" in hanako.why_not(case, "代理で申し込む")


# two at once ---------------------------------------------------------------------------------------


def test_guide_1_3_of_two_who_press_the_same_button_the_second_is_told_who_was_first(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser, jiro: StaffBrowser
) -> None:
    clock("2026-11-24 10:00")
    sora.apply("sms")
    clock("2026-11-25 09:30")
    hanako.go_to(sora.case)
    jiro.take(sora.case)
    hanako.press("内容確認を始める")
    assert "11月25日 09:30 に 受付 二郎 さんが「内容確認を始める」を行ったため" in hanako.page.text
    assert str(Application.objects.get().assignee) == "受付 二郎"
    with pytest.raises(AssertionError, match="ありません"):
        hanako.press("内容確認を始める")


def test_guide_1_3_a_resubmission_comes_back_to_who_returned_it_unless_handed_on(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser, jiro: StaffBrowser
) -> None:
    clock("2026-11-24 10:00")
    sora.apply("sms")
    hanako.take(sora.case)
    hanako.find_fault(sora.case, "account_parameters", "C6", "どなたに送るのかをご記入ください。")
    hanako.do(sora.case, "差し戻す")
    sora.upload(("申込書.xlsx", sample_form("sms", **{"usage.purpose": "会員への予約確認"})))
    sora.submit_again()
    jiro.take(sora.case)
    assert str(Application.objects.get().assignee) == "受付 花子"
    jiro.do(sora.case, "自分が担当する")
    assert str(Application.objects.get().assignee) == "受付 二郎"
    jiro.do(sora.case, "担当を外す")
    assert Application.objects.get().assignee is None
