"""§1.9: the check itself. 200 within 500 ms, or NG with a reason; an NG holds its own function and nothing else."""

import pytest

from accounts.models import AccountNotice, ConnectivityCheck, NotificationEndpoint
from kmc_portal.demo.receiver import Answer, answer
from tests.fixtures.checks import Hook, RunChecks
from tests.fixtures.mail import Mailbox
from tests.guide.actors import CustomerBrowser, StaffBrowser
from tests.guide.conftest import Clock


@pytest.fixture
def applied(clock: Clock, sora: CustomerBrowser, hook: Hook, mailbox: Mailbox) -> CustomerBrowser:
    """§1.7: a Webhook at the receiver, submitted and not checked yet; mails so far delivered."""
    clock("2026-11-24 10:00")
    sora.apply("plus", "webhook", **{"plus.webhook_url": hook.url()})
    mailbox.deliver()
    sora.go_to_case()
    return sora


@pytest.mark.parametrize(
    ("given", "reason", "said"),
    [
        (answer(200), "", "3回とも200"),
        (answer(200, delay_ms=650), "too_slow", "500ミリ秒以内に200を返してください"),
        (answer(201), "status", "200以外のステータスコード：201"),
        (answer(500), "status", "200以外のステータスコード：500"),
        (
            answer(302, headers=["Location: https://example.jp/"]),
            "redirect",
            "転送先のURLを通知先に指定してください",
        ),
    ],
)
def test_guide_1_9_the_answer_decides_and_an_ng_says_what_to_change(
    applied: CustomerBrowser,
    hook: Hook,
    run_checks: RunChecks,
    mailbox: Mailbox,
    given: Answer,
    reason: str,
    said: str,
) -> None:
    hook.answer = given
    applied.press("今すぐ確認する", within="#functions")
    run_checks()
    applied.go_to_case()
    check = ConnectivityCheck.objects.get()
    assert (check.ok, check.reason) == (reason == "", reason)
    assert said in applied.text_of("#functions")
    mails = mailbox.deliver()
    assert [said in mail.body for mail in mails] == ([] if check.ok else [True])
    assert [("1回目：" in mail.body, "このまま進めてまいります" in mail.body) for mail in mails] == (
        [] if check.ok else [(True, True)]
    )


def test_guide_1_9_a_wrong_certificate_is_named(
    applied: CustomerBrowser, run_checks: RunChecks, settings: object
) -> None:
    settings.CONNECTIVITY_CA_FILE = ""  # type: ignore[attr-defined]  # nobody vouches for the receiver any more
    applied.press("今すぐ確認する", within="#functions")
    run_checks()
    assert ConnectivityCheck.objects.get().reason == "tls_untrusted"
    applied.go_to_case()
    assert "公的な認証局が発行したサーバ証明書" in applied.text_of("#functions")


def test_guide_1_9_a_corrected_url_starts_anew_and_its_function_opens(
    applied: CustomerBrowser, hook: Hook, run_checks: RunChecks, mailbox: Mailbox
) -> None:
    hook.answer = answer(500)
    applied.press("今すぐ確認する", within="#functions")
    run_checks()
    applied.go_to_case()
    row = NotificationEndpoint.objects.get()
    applied.press("直して確認する", status=422, **{f"url-{row.pk}-url": "http://hooks.example.jp/a"})
    assert "https" in applied.text_of("#functions .errorlist")
    applied.go_to_case()
    applied.press("直して確認する", **{f"url-{row.pk}-url": hook.url("ok")})
    assert "通知先のURLを直しました" in applied.text
    assert "疎通確認：確認中" in applied.text
    run_checks()
    row.refresh_from_db()
    assert (row.state, row.url) == ("ok", hook.url("ok"))
    applied.go_to_case()
    assert "直して確認する" not in applied.text
    assert f"このときのURL：{hook.url()}" in applied.text  # the earlier result stays, with its own URL
    assert "→" in applied.text_of("経過")


def test_guide_1_9_an_ng_holds_its_function_alone_and_the_notice_says_so(
    applied: CustomerBrowser,
    hanako: StaffBrowser,
    saburo: StaffBrowser,
    ichiro: StaffBrowser,
    clock: Clock,
    hook: Hook,
    run_checks: RunChecks,
    mailbox: Mailbox,
) -> None:
    case = applied.case
    hook.answer = answer(200, delay_ms=650)
    applied.press("今すぐ確認する", within="#functions")
    run_checks()
    hanako.up_to_confirmation(case)
    applied.confirm()
    for carrier in ("NTTドコモ", "KDDI", "ソフトバンク"):
        saburo.do(case, "申請した", within=carrier)
        saburo.do(case, "承認された", within=carrier)
    saburo.do(case, "キャリア申請を終える")
    saburo.go_to(case)
    [name] = [str(row["name"]) for row in saburo.soup.select("#setup input[name^=account_]")]
    saburo.press("識別子を保存する", **{name: "bot-0042"})
    saburo.do(case, "通知書の承認を依頼する")
    ichiro.do(case, "承認して通知書を発行する")
    [function] = AccountNotice.objects.get().content["notification_functions"]
    assert function["state"] == "未設定"

    # afterwards: mended, checked by the customer on the contract's page, and OK from then on
    mailbox.deliver()
    row = NotificationEndpoint.objects.get()
    contract = f"/portal/contracts/{row.contract_id}/"
    hook.answer = answer(200)
    applied.open(contract)
    applied.press("今すぐ確認する", within="#functions")
    run_checks()
    row.refresh_from_db()
    assert row.state == "ok"
    assert mailbox.deliver() == []
    assert "疎通確認：OK" in applied.open(contract)

    # a function in use that turns slow stays set up; staff see it, the customer's contact for the service is told
    hook.answer = answer(200, delay_ms=650)
    clock("2026-12-24 10:00")
    applied.log_in()
    applied.open(contract)
    applied.press("今すぐ確認する", within="#functions")
    run_checks()
    row.refresh_from_db()
    assert row.state == "ok"
    assert "OK（直近の確認はNG）" in applied.open(contract)
    [mail] = mailbox.deliver()
    assert mail.subject.startswith("【KMC】通知先の応答をご確認ください")
    saburo.log_in()
    assert "通知先の悪化 1" in saburo.open("/admin/")
    assert "OK（直近の確認はNG）" in saburo.open("/admin/accounts/notificationendpoint/?standing=worsened")
    saburo.open(f"/admin/accounts/notificationendpoint/{row.pk}/change/")
    saburo.carry_out("手動でOKにする", note="夜間の作業による一時的な遅れと確認")
    assert "通知先の悪化 0" in saburo.open("/admin/")


def test_guide_1_9_a_company_may_order_ten_checks_an_hour(
    applied: CustomerBrowser, hook: Hook, run_checks: RunChecks, clock: Clock
) -> None:
    for _ in range(10):
        applied.go_to_case()
        applied.press("今すぐ確認する", within="#functions")
        assert "疎通確認を始めました" in applied.text
        run_checks()
    applied.go_to_case()
    applied.press("今すぐ確認する", within="#functions")
    assert "1社につき1時間に10件までです。11時01分以降に、もう一度お試しください。" in applied.text
    assert hook.posts == 30
    clock("2026-11-24 11:01")
    applied.go_to_case()
    applied.press("今すぐ確認する", within="#functions")
    assert "疎通確認を始めました" in applied.text
