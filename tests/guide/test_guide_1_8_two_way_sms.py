"""§1.8: 双方向SMS. What end users answer is passed on to a URL of its own, checked like the others."""

from accounts.models import ConnectivityCheck, NotificationEndpoint
from tests.fixtures.checks import Hook, RunChecks
from tests.guide.actors import CustomerBrowser, StaffBrowser
from tests.guide.conftest import Clock


def test_guide_1_8_the_mo_url_is_asked_for_with_the_option_and_checked_by_staff(
    clock: Clock,
    sora: CustomerBrowser,
    saburo: StaffBrowser,
    hook: Hook,
    run_checks: RunChecks,
) -> None:
    clock("2026-11-24 10:00")
    sora.apply("sms", "two_way_sms", **{"sms.mo_url": hook.url()})
    mo = NotificationEndpoint.objects.get()
    assert (mo.function, mo.channel, mo.for_test, mo.state) == ("sms_mo", "", False, "unchecked")
    saburo.do(sora.case, "今すぐ確認する", within="#functions")
    assert "確認中" in saburo.text_of("#functions")
    run_checks()
    mo.refresh_from_db()
    assert mo.state == "ok"
    check = ConnectivityCheck.objects.get()
    assert (check.cause, check.function, str(check.checked_by)) == ("staff", "sms_mo", "運用 三郎")
    assert "SMS-MO通知（双方向SMS）" in saburo.go_to(sora.case)
    assert "疎通確認：OK" in sora.go_to_case()


def test_guide_1_8_without_the_option_there_is_nothing_to_check(clock: Clock, sora: CustomerBrowser) -> None:
    clock("2026-11-24 10:00")
    sora.apply("sms")
    assert not NotificationEndpoint.objects.exists()
    sora.go_to_case()
    assert not sora.soup.select("#functions")
