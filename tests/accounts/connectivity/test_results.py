"""What a result means: for the function, for the time line, for the customer's mailbox."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import (
    CheckCause,
    CheckOrder,
    ConnectivityCheck,
    NotificationEndpoint,
    OutgoingMail,
    User,
)
from accounts.rules.plans import NotificationFunction
from accounts.services import connectivity, endpoints
from accounts.services.errors import Refused
from applications.models import Application, CaseEvent
from applications.services import functions
from tests.accounts.connectivity.conftest import BROKEN, OK, SLOW, Store, claim
from tests.fixtures.cases import fresh

pytestmark = pytest.mark.django_db
WEBHOOK = NotificationFunction.WEBHOOK


def mails(kind: str) -> int:
    return OutgoingMail.objects.filter(kind=kind).count()


@pytest.mark.parametrize("before", ["unchecked", "ok", "ng"])
def test_guide_1_9_before_the_notice_the_latest_result_decides(
    preparing: NotificationEndpoint, store: Store, before: str
) -> None:
    NotificationEndpoint.objects.update(state=before)
    store(preparing, SLOW)
    assert preparing.state == "ng"
    store(preparing, OK)
    assert preparing.state == "ok"


@pytest.mark.parametrize(("before", "after_ng"), [("unchecked", "ng"), ("ng", "ng"), ("ok", "ok")])
def test_guide_1_9_a_function_that_is_set_up_stays_so_and_stands_in_the_queue(
    active: NotificationEndpoint, store: Store, before: str, after_ng: str
) -> None:
    NotificationEndpoint.objects.update(state=before)
    store(active, SLOW)
    assert active.state == after_ng
    queue = connectivity.worsened(NotificationEndpoint.objects.all())
    assert list(queue) == ([active] if before == "ok" else [])
    store(active, OK)
    assert active.state == "ok"
    assert not queue.all().exists()


def test_staff_s_mark_takes_a_function_out_of_the_queue(
    active: NotificationEndpoint, store: Store, operations: User
) -> None:
    store(active, BROKEN)
    assert connectivity.worsened(NotificationEndpoint.objects.all()).exists()
    endpoints.mark_endpoint(
        endpoint_id=active.pk, ok=True, note="電話で確認", actor=operations, now=timezone.now()
    )
    assert not connectivity.worsened(NotificationEndpoint.objects.all()).exists()


def test_guide_2_1_a_proposed_url_is_judged_by_its_latest_result_while_the_old_one_holds(
    active: NotificationEndpoint, store: Store
) -> None:
    new = endpoints.propose(
        contract=active.contract,
        function=WEBHOOK,
        channel="plus",
        for_test=False,
        url="https://hooks.example.jp/n",
    )
    store(new, OK)
    assert new.state == "ok"
    store(new, SLOW)
    assert new.state == "ng"
    active.refresh_from_db()
    assert (active.state, active.until) == ("ok", None)


def test_a_result_keeps_what_was_measured_and_the_words(
    preparing: NotificationEndpoint, store: Store
) -> None:
    check = store(preparing, SLOW)
    assert (check.ok, check.reason, str(check.median_ms), check.cause) == (
        False,
        "too_slow",
        "700.0",
        "staff",
    )
    assert [row["total_ms"] for row in check.posts] == [700.0, 700.0, 700.0]
    assert (check.url, check.function, check.channel) == (preparing.url, "webhook", "plus")
    assert "500ミリ秒以内に200を返してください" in check.note
    assert check.customer_id == preparing.contract.customer_id


def test_the_time_line_has_it_and_nobody_s_open_form_goes_stale(
    preparing: NotificationEndpoint, store: Store
) -> None:
    case = Application.objects.get()
    store(preparing, OK)
    assert fresh(case).version == case.version
    event = CaseEvent.objects.filter(application=case).latest("pk")
    assert (event.action, event.actor, event.source, event.target) == (
        "function_checked",
        None,
        "confirming",
        "confirming",
    )
    assert event.note.startswith("Webhook通知（+メッセージ）：OK（3回とも200")


def test_guide_1_9_only_an_ng_that_is_news_is_mailed(preparing: NotificationEndpoint, store: Store) -> None:
    store(preparing, OK)
    assert mails("function_failed") == 0
    store(preparing, SLOW)
    store(preparing, SLOW)
    assert mails("function_failed") == 1
    store(preparing, BROKEN)  # another reason
    assert mails("function_failed") == 2
    store(preparing, OK)
    store(preparing, BROKEN)  # again, after it was mended
    assert mails("function_failed") == 3


def test_guide_1_9_a_function_in_use_is_told_to_the_contact_for_the_service(
    active: NotificationEndpoint, store: Store
) -> None:
    of_the_case = mails("function_failed")
    store(active, SLOW, CheckCause.RECHECK)
    mail = OutgoingMail.objects.get(kind="function_worsened")
    contact = active.contract.contacts.get(role="service")
    assert (mail.to, mail.to_name) == (contact.email, contact.name)
    assert f"ご利用番号 {active.contract.number}" in mail.subject
    assert (
        "1回目：名前解決 10 ms、接続 8.0 ms、TLS 22 ms、最初の応答 669 ms、合計 700 ms（応答 200）"
        in mail.body
    )
    assert mails("function_failed") == of_the_case
    assert not CaseEvent.objects.filter(action="function_checked", actor=None).exists()


def test_guide_1_9_a_re_check_of_a_function_that_was_never_ok_tells_what_to_mend(
    active: NotificationEndpoint, store: Store
) -> None:
    of_the_case = mails("function_failed")
    NotificationEndpoint.objects.update(state="ng")
    store(active, SLOW, CheckCause.RECHECK)
    assert (mails("function_worsened"), mails("function_failed")) == (0, of_the_case + 1)
    assert not CaseEvent.objects.filter(action="function_checked", actor=None).exists()


def test_a_try_sets_nothing_and_tells_nobody(preparing: NotificationEndpoint) -> None:
    customer, before = preparing.contract.customer, OutgoingMail.objects.count()
    order = connectivity.order(
        endpoint=None,
        customer=customer,
        function=WEBHOOK,
        channel="plus",
        for_test=False,
        url=preparing.url,
        cause=CheckCause.STAFF,
        actor=None,
        now=timezone.now(),
    )
    check = connectivity.store_result(
        order_id=order.pk,
        claimed_at=claim(order),
        posts=BROKEN,
        on_result=functions.on_result,
        now=timezone.now(),
    )
    preparing.refresh_from_db()
    assert (check.endpoint, preparing.state) == (None, "unchecked")
    assert OutgoingMail.objects.count() == before


# what is overtaken --------------------------------------------------------------------------------


def test_a_url_that_was_corrected_meanwhile_gets_no_result_of_the_old_one(
    preparing: NotificationEndpoint, operations: User
) -> None:
    order = connectivity.order_by(endpoint_id=preparing.pk, actor=operations, now=timezone.now())
    at = claim(order)
    endpoints.change_url(endpoint_id=preparing.pk, url="https://hooks.example.jp/new", now=timezone.now())
    with pytest.raises(connectivity.Overtaken):
        connectivity.store_result(
            order_id=order.pk, claimed_at=at, posts=OK, on_result=functions.on_result, now=timezone.now()
        )
    preparing.refresh_from_db()
    assert preparing.state == "unchecked"
    assert not ConnectivityCheck.objects.exists()
    again = connectivity.order_by(endpoint_id=preparing.pk, actor=operations, now=timezone.now())
    assert (again.pk == order.pk, again.url) == (False, "https://hooks.example.jp/new")


def test_a_runner_that_was_given_up_keeps_nothing(preparing: NotificationEndpoint, operations: User) -> None:
    order = connectivity.order_by(endpoint_id=preparing.pk, actor=operations, now=timezone.now())
    at = claim(order)
    CheckOrder.objects.update(claimed_at=at + datetime.timedelta(minutes=3))  # another has it now
    with pytest.raises(connectivity.Overtaken):
        connectivity.store_result(
            order_id=order.pk, claimed_at=at, posts=OK, on_result=functions.on_result, now=timezone.now()
        )
    assert not ConnectivityCheck.objects.exists()


def test_staff_s_mark_goes_before_a_check_that_still_runs(
    preparing: NotificationEndpoint, operations: User
) -> None:
    connectivity.order_by(endpoint_id=preparing.pk, actor=operations, now=timezone.now())
    endpoints.mark_endpoint(
        endpoint_id=preparing.pk, ok=False, note="電話で確認", actor=operations, now=timezone.now()
    )
    assert not CheckOrder.objects.open().exists()


# the URL itself -----------------------------------------------------------------------------------


def test_guide_1_9_a_url_that_is_ok_is_not_corrected_but_changed(active: NotificationEndpoint) -> None:
    with pytest.raises(Refused, match="変更のお申し込み"):
        endpoints.change_url(endpoint_id=active.pk, url="https://hooks.example.jp/new", now=timezone.now())


def test_guide_1_9_a_corrected_url_is_asked_the_entry_rule(preparing: NotificationEndpoint) -> None:
    with pytest.raises(Refused, match="カスタムドメイン"):
        endpoints.change_url(
            endpoint_id=preparing.pk,
            url="https://abc.execute-api.ap-northeast-1.amazonaws.com/x",
            now=timezone.now(),
        )


def test_guide_2_1_an_adopted_url_holds_from_its_day_and_the_old_one_to_the_day_before(
    active: NotificationEndpoint,
) -> None:
    day, now = datetime.date(2026, 12, 7), timezone.now()
    NotificationEndpoint.objects.update(period=(datetime.date(2026, 11, 2), None))
    new = endpoints.propose(
        contract=active.contract,
        function=WEBHOOK,
        channel="plus",
        for_test=False,
        url="https://hooks.example.jp/n",
    )
    assert new.is_proposed
    assert list(active.contract.endpoints.as_of(day)) == [active]
    endpoints.adopt(endpoint_id=new.pk, day=day, now=now)
    active.refresh_from_db()
    assert active.until == datetime.date(2026, 12, 6)
    assert [row.url for row in active.contract.endpoints.as_of(day)] == ["https://hooks.example.jp/n"]
    with pytest.raises(Refused, match="すでに適用されている"):
        endpoints.adopt(endpoint_id=new.pk, day=day, now=now)


def test_a_url_that_is_replaced_on_its_first_day_stays_readable(
    active: NotificationEndpoint, store: Store
) -> None:
    day = datetime.date(2026, 12, 7)
    NotificationEndpoint.objects.update(period=(day, None))
    store(active, OK)
    new = endpoints.propose(
        contract=active.contract,
        function=WEBHOOK,
        channel="plus",
        for_test=False,
        url="https://hooks.example.jp/n",
    )
    endpoints.adopt(endpoint_id=new.pk, day=day, now=timezone.now())
    active.refresh_from_db()
    assert (active.period.isempty, active.is_proposed, active.checks.filter(ok=True).count()) == (
        True,
        False,
        1,
    )
