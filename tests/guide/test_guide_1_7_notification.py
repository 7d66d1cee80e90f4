"""§1.7: SMS結果通知 and Webhook, each with its URL, proved by a real POST to a real server before they are set up."""

import re

import pytest

from accounts.models import ConnectivityCheck, NotificationEndpoint
from kmc_portal.demo.receiver import answer
from tests.fixtures.checks import Hook, RunChecks
from tests.fixtures.mail import Mailbox
from tests.guide.actors import CustomerBrowser, StaffBrowser
from tests.guide.conftest import Clock
from tests.guide.papers import pictures, result_form, sample_form


def endpoint(**of: object) -> NotificationEndpoint:
    return NotificationEndpoint.objects.get(**of)


def test_guide_1_7_a_server_that_is_ready_is_checked_at_once_and_may_be_set_up(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser, hook: Hook, run_checks: RunChecks
) -> None:
    clock("2026-11-24 10:00")
    sora.begin("sms", "sms_result_notification")
    ready = {"result.server_ready": True, "result.ready_on": None}
    sora.upload(
        ("申込書.xlsx", sample_form("sms", options=("sms_result_notification",))),
        ("別紙.xlsx", result_form(**{"result.url": hook.url(), "result.test_url": None, **ready})),
    )
    sora.submit()
    assert "疎通確認：確認中" in sora.text_of("SMS結果通知")
    assert run_checks() == "疎通確認 1件を行いました。"
    assert hook.posts == 3
    text = sora.go_to_case()
    assert "疎通確認：OK" in sora.text_of("SMS結果通知")
    assert "2026年11月24日 10:00の結果： OK" in text
    assert "3回とも200" in text
    check = ConnectivityCheck.objects.get()
    assert (check.cause, check.ok, len(check.posts)) == ("ready", True, 3)
    assert "疎通確認を行いました" in sora.text_of("経過")
    assert endpoint().state == "ok"
    page = hanako.go_to(sora.case)
    for words in ("名前解決", "接続", "TLS", "最初の応答", "合計（名前解決を除く）", "応答 200"):
        assert words in page, words


def test_guide_1_7_a_server_that_needs_time_is_left_alone_until_it_is_said_to_be_ready(
    clock: Clock, sora: CustomerBrowser, hook: Hook, run_checks: RunChecks
) -> None:
    clock("2026-11-24 10:00")
    sora.begin("sms", "sms_result_notification")
    sora.upload(
        ("申込書.xlsx", sample_form("sms", options=("sms_result_notification",))),
        ("別紙.xlsx", result_form(**{"result.url": hook.url(), "result.test_url": None})),
    )
    sora.submit()
    assert run_checks() == ""
    assert hook.posts == 0
    clock("2026-12-08 10:00")
    sora.log_in()
    assert "準備状況をお知らせください" in sora.open("/portal/")
    sora.say_ready("SMS結果通知")
    assert run_checks() == "疎通確認 1件を行いました。"
    assert endpoint().state == "ok"
    assert "準備状況をお知らせください" not in sora.open("/portal/")


def test_guide_1_7_each_account_s_webhook_is_checked_for_itself_its_test_account_s_too(
    clock: Clock, sora: CustomerBrowser, hook: Hook, run_checks: RunChecks, mailbox: Mailbox
) -> None:
    clock("2026-11-24 10:00")
    sora.apply(
        "plus",
        "webhook",
        "test_account",
        **{"plus.webhook_url": hook.url("ok"), "plus.test_webhook_url": hook.url("error")},
    )
    mailbox.deliver()
    for row in NotificationEndpoint.objects.all():
        sora.go_to_case()
        sora.press("今すぐ確認する", within=str(row))
    assert run_checks() == "疎通確認 2件を行いました。"
    assert endpoint(for_test=False).state == "ok"
    assert endpoint(for_test=True).state == "ng"
    [mail] = mailbox.deliver()
    assert "Webhook通知（+メッセージ）（試験用）" in mail.body


def test_guide_1_7_a_url_can_be_tried_before_the_application_is_submitted(
    clock: Clock, sora: CustomerBrowser, hook: Hook, run_checks: RunChecks, mailbox: Mailbox
) -> None:
    clock("2026-11-24 10:00")
    sora.begin("plus", "webhook")
    form = sample_form("plus", options=("webhook",), **{"plus.webhook_url": hook.url()})
    sora.upload(("申込書.xlsx", form), *pictures("plus"))
    assert "まだ試していません" in sora.text_of("#tries")
    hook.answer = answer(404)
    names = [name for name in sora.form("試す", within="Webhook通知（+メッセージ）").fields if name]
    assert {"try-function", "try-url"} <= set(names)
    sora.press("試す", within="Webhook通知（+メッセージ）")
    assert "確認中" in sora.text_of("#tries")
    run_checks()
    sora.go_to_case()
    assert "404" in sora.text_of("#tries")
    assert re.search(r"Webhook通知（\+メッセージ）.*NG", sora.text_of("#tries"))
    assert sora.has_button("お申し込みを提出する")  # a try holds nothing
    assert mailbox.deliver() == []
    assert not NotificationEndpoint.objects.exists()


@pytest.mark.parametrize(
    "url", ["https://10.1.2.3/hook", "https://abc.execute-api.ap-northeast-1.amazonaws.com/x"]
)
def test_guide_1_9_what_the_form_refuses_a_try_refuses_with_the_same_advice(
    clock: Clock, sora: CustomerBrowser, url: str
) -> None:
    clock("2026-11-24 10:00")
    sora.begin("plus", "webhook")
    sora.upload(
        ("申込書.xlsx", sample_form("plus", options=("webhook",), **{"plus.webhook_url": url})),
        *pictures("plus"),
    )
    [fault] = [
        line for line in sora.faults("サービス利用申込書（APIプラン）_+メッセージ") if "Webhook" in line
    ]
    advice = fault.partition("：")[2]
    sora.go_to_case()
    sora.press("試す", within="#tries details", status=422, **{"try-function": "webhook", "try-url": url})
    assert advice.split("。")[0] in sora.text
