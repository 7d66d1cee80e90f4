"""After acceptance: confirming what we registered, answering carriers, saying that a server is ready."""

import datetime
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Download, User
from accounts.rules.plans import Option, Plan
from applications.gateways.workbooks import samples, write_form
from applications.services import functions
from kmc_portal.demo.companies import Goal
from kmc_portal.demo.papers import application_uploads
from kmc_portal.lib.jst import date_of
from tests.fixtures.cases import CaseAt, fresh
from tests.kmc_portal.portal.conftest import Portal

PortalOf = Callable[[User], Portal]

pytestmark = pytest.mark.django_db

# --- 内容確認 ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "options"),
    [
        (Plan.SMS, (Option.SMS_RESULT_NOTIFICATION, Option.LONG_SMS)),
        (Plan.PLUS, (Option.WEBHOOK, Option.TEST_ACCOUNT)),
        (Plan.SMS_PLUS, (Option.SMS_RESULT_NOTIFICATION,)),
        (Plan.PLUS_RCS, (Option.WEBHOOK, Option.TEST_ACCOUNT)),
        (Plan.SMS_PLUS_RCS, (Option.SOFTBANK_SENDER,)),
    ],
)
def test_guide_1_3_what_was_registered_from_a_clean_application_is_what_was_sent(
    portal_of: PortalOf, case_at: CaseAt, plan: Plan, options: tuple[Option, ...]
) -> None:
    told = case_at(Goal.CONFIRMING, plan, *options)
    portal = portal_of(told.user)
    portal.get("confirmation", told.application.pk)
    assert "お申し込みと登録の内容は、すべて一致しています。" in portal.text
    for words in ("試験1号株式会社", "経理 三郎", "52.192.1.0/28", "旅行の予約確認と、出発前日のお知らせ"):
        assert words in portal.text


def test_guide_1_3_a_difference_stands_out_with_both_values(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.CONFIRMING, Plan.SMS)
    contact = told.application.own_contract.contacts.get(role="billing")
    contact.name = "経理 四郎"
    contact.save(update_fields=["name"])
    portal = portal_of(told.user)
    portal.get("confirmation", told.application.pk)
    assert "お申し込みと登録が違う項目が1件あります。" in portal.text
    assert "経理 三郎 経理 四郎 違いがあります" in portal.text


def test_confirming_goes_on_and_a_second_click_does_nothing(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.CONFIRMING, Plan.SMS)
    portal = portal_of(told.user)
    data = {"version": str(fresh(told.application).version)}
    portal.post("confirm", told.application.pk, data=data)
    assert portal.messages == ["登録内容を確認済みにしました。ありがとうございます。"]
    assert fresh(told.application).state == "account_setup"
    portal.post("confirm", told.application.pk, data=data)
    assert portal.messages == ["すでに受け付けています。二重には登録されていません。"]


def test_an_objection_needs_its_words_and_takes_the_case_back_to_review(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.CONFIRMING, Plan.SMS)
    portal = portal_of(told.user)
    version = str(fresh(told.application).version)
    portal.post("object", told.application.pk, data={"version": version, "reason": ""})
    assert "違っている点を入力してください。" in portal.text
    portal.post("object", told.application.pk, data={"version": version, "reason": "請求先の部署が違います"})
    assert fresh(told.application).state == "in_review"
    assert "請求先の部署が違います" in portal.text


def test_a_stale_objection_keeps_what_was_written(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.CONFIRMING, Plan.SMS)
    portal = portal_of(told.user)
    old = str(fresh(told.application).version - 1)
    portal.post("object", told.application.pk, data={"version": old, "reason": "請求先の部署が違います"})
    assert portal.page.status_code == 422
    assert "この操作は反映されませんでした。" in portal.text
    assert "請求先の部署が違います</textarea>" in portal.html
    assert fresh(told.application).state == "confirming"


# --- キャリア ------------------------------------------------------------------------------------


def test_guide_1_4_each_carrier_has_its_own_status_and_a_remark_can_be_answered_with_a_file(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.REMARKED, Plan.PLUS)
    portal, case = portal_of(told.user), told.application
    portal.get("application", case.pk)
    for words in (
        "NTTドコモ 公式アカウント 指摘あり",
        "KDDI 公式アカウント 申請中",
        "ソフトバンク 公式アカウント 申請中",
    ):
        assert words in portal.text
    assert "アカウントの説明文から、配信する内容が読み取れるように書き換えてください。" in portal.text
    review = case.carrier_reviews.get(state="remarked")
    name = f"reply-{review.pk}"
    portal.post(
        "carrier_reply",
        case.pk,
        review.pk,
        data={
            "version": fresh(case).version,
            f"{name}-text": "説明文を直しました。",
            f"{name}-file": SimpleUploadedFile("新しい説明.pdf", b"%PDF-1.4\n%%EOF\n"),
        },
    )
    portal.get("application", case.pk)
    assert "NTTドコモ 公式アカウント 回答済（再申請待ち）" in portal.text
    assert "説明文を直しました。" in portal.text
    message = review.messages.get(is_remark=False)
    fetched = portal.get("carrier_file", case.pk, message.pk)
    assert fetched.content == b"%PDF-1.4\n%%EOF\n"
    assert Download.objects.get().what == f"{review} の添付"


def test_an_answer_without_words_or_with_a_strange_file_loses_nothing(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.REMARKED, Plan.PLUS)
    portal, case = portal_of(told.user), told.application
    review = case.carrier_reviews.get(state="remarked")
    address, name = f"/portal/applications/{case.pk}/carriers/{review.pk}/reply/", f"reply-{review.pk}"
    portal.page = portal.client.post(address, {"version": fresh(case).version, f"{name}-text": ""})
    assert portal.page.status_code == 422
    assert "回答を入力してください。" in portal.text
    portal.page = portal.client.post(
        address,
        {
            "version": fresh(case).version,
            f"{name}-text": "説明文を直しました。",
            f"{name}-file": SimpleUploadedFile("memo.txt", b"hello"),
        },
    )
    assert "「memo.txt」は受け取れません。" in portal.text
    assert "説明文を直しました。</textarea>" in portal.html
    assert review.messages.filter(is_remark=False).count() == 0


def test_the_thread_of_another_application_is_not_reached_through_ones_own(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    mine, theirs = case_at(Goal.REMARKED, Plan.PLUS), case_at(Goal.REMARKED, Plan.PLUS)
    review = theirs.application.carrier_reviews.get(state="remarked")
    portal = portal_of(mine.user)
    portal.page = portal.client.post(
        f"/portal/applications/{mine.application.pk}/carriers/{review.pk}/reply/",
        {"version": fresh(mine.application).version, f"reply-{review.pk}-text": "こんにちは"},
    )
    assert portal.page.status_code == 422
    assert review.messages.filter(is_remark=False).count() == 0


# --- 通知機能 ------------------------------------------------------------------------------------


def _function(portal: Portal, case: object, endpoint: int, **answers: str) -> None:
    data = {f"function-{endpoint}-{key}": value for key, value in answers.items()}
    portal.post("function_ready", case.pk, endpoint, data={"version": fresh(case).version, **data})  # type: ignore[attr-defined, arg-type]


def test_guide_1_7_a_server_that_needs_time_says_until_when_and_later_that_it_is_ready(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.SUBMITTED, Plan.PLUS, Option.WEBHOOK, days_ago=3)
    portal, case = portal_of(told.user), told.application
    endpoint = case.own_contract.endpoints.get()
    portal.get("home")
    assert "Webhook通知（+メッセージ）を受け取るサーバーの準備状況をお知らせください" in portal.text
    _function(portal, case, endpoint.pk, when="later", ready_on="")
    assert "準備予定日を入力してください。" in portal.text
    day = date_of(timezone.now()) + datetime.timedelta(days=10)
    _function(portal, case, endpoint.pk, when="later", ready_on=day.isoformat())
    endpoint.refresh_from_db()
    assert endpoint.ready_on == day
    portal.get("home")
    assert "準備状況をお知らせください" not in portal.text
    _function(portal, case, endpoint.pk, when="now")
    endpoint.refresh_from_db()
    assert endpoint.ready_on is None
    assert endpoint.ready_at is not None
    assert "準備完了のご連絡をいただきました" in portal.text
    assert "疎通確認：確認中" in portal.text


def test_guide_1_7_servers_of_one_application_are_asked_about_in_one_go(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.SUBMITTED, Plan.SMS_PLUS, Option.WEBHOOK, Option.TWO_WAY_SMS, days_ago=3)
    portal = portal_of(told.user)
    portal.get("home")
    assert portal.text.count("準備状況をお知らせください") == 1
    assert "通知を受け取るサーバーの準備状況をお知らせください（2件）" in portal.text
    assert "SMS-MO通知（双方向SMS）" in portal.text and "Webhook通知（+メッセージ）" in portal.text


def test_guide_1_7_a_day_that_is_past_is_refused_and_today_is_taken(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.SUBMITTED, Plan.PLUS, Option.WEBHOOK, days_ago=3)
    portal, case = portal_of(told.user), told.application
    endpoint = case.own_contract.endpoints.get()
    today = date_of(timezone.now())
    yesterday = today - datetime.timedelta(days=1)
    _function(portal, case, endpoint.pk, when="later", ready_on=yesterday.isoformat())
    assert "準備予定日には、今日以降の日付を入力してください。" in portal.text
    _function(portal, case, endpoint.pk, when="later", ready_on=today.isoformat())
    endpoint.refresh_from_db()
    assert endpoint.ready_on == today


def test_guide_1_9_a_result_that_is_ng_says_why_and_asks_to_try_again(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.SUBMITTED, Plan.PLUS, Option.WEBHOOK, days_ago=3)
    portal, case = portal_of(told.user), told.application
    endpoint = case.own_contract.endpoints.get()
    functions.mark_function(
        application_id=case.pk,
        version=fresh(case).version,
        endpoint_id=endpoint.pk,
        ok=False,
        note="応答 200、中央値 930 ms",
        actor=told.staff["operations"],
        now=timezone.now(),
    )
    portal.get("application", case.pk)
    assert "Webhook通知（+メッセージ）のサーバー設定を見直してください" in portal.text
    assert "の結果： NG" in portal.text and "応答 200、中央値 930 ms" in portal.text
    assert "ほかの手続きは続けています。" in portal.text
    _function(portal, case, endpoint.pk, when="now")
    assert "疎通確認：確認中" in portal.text
    assert "サーバー設定を見直してください" not in portal.text


def test_guide_1_7_a_server_that_the_form_calls_ready_is_not_asked_about_again(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.DRAFT, Plan.SMS, Option.SMS_RESULT_NOTIFICATION)
    [form, _] = application_uploads(told.company, date_of(timezone.now()))
    paper = samples.sms_result_values(company="試験1号株式会社") | {"result.server_ready": True}
    del paper["result.ready_on"]
    portal = portal_of(told.user)
    portal.upload(
        told.application,
        ("申込書.xlsx", form.data),
        ("別紙.xlsx", write_form("sms_result_destination", paper)),
    )
    portal.submit(told.application)
    endpoint = fresh(told.application).own_contract.endpoints.get()
    assert (endpoint.ready_on, endpoint.ready_at is None) == (None, False)
    assert "準備状況をお知らせください" not in portal.text
    assert "疎通確認：確認中" in portal.text
