"""What only a real browser shows: files dropped onto the page, options that follow the plan, narrow screens."""

import base64

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.rules.plans import Option, Plan
from applications.gateways.workbooks import samples, write_form
from applications.rules.changes import ChangeItem
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from tests.fixtures.cases import CaseAt
from tests.fixtures.changes import start_cancellation, start_change

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DROP = """([zone, files]) => {
  const transfer = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  for (const kind of ["dragenter", "dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: transfer}));
  }
}"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def log_in(page: Page, live_server: LiveServer, user: User) -> None:
    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )


def test_options_follow_the_plan_without_a_new_page(
    page: Page, live_server: LiveServer, customer_member: User
) -> None:
    log_in(page, live_server, customer_member)
    page.goto(reverse("portal:application_new"))
    page.get_by_role("radio", name="SMSのみ").check()
    expect(page.get_by_role("checkbox", name="SMS長文")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Webhook")).to_have_count(0)
    page.get_by_role("checkbox", name="SMS結果通知").check()
    expect(page.locator("#entails")).to_contain_text("【別紙】SMS結果通知先設定申込書")
    page.get_by_role("radio", name="+メッセージのみ").check()
    expect(page.get_by_role("checkbox", name="Webhook")).to_be_visible()
    expect(page.locator("#entails")).not_to_contain_text("【別紙】")
    page.get_by_role("button", name="この内容でお申し込みを作成する").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("新規申込")


def test_documents_dates_and_fee_follow_the_items_without_a_new_page(
    page: Page, live_server: LiveServer, case_at: CaseAt
) -> None:
    told = case_at(Goal.ACTIVE, Plan.SMS)
    log_in(page, live_server, told.user)
    page.goto(reverse("portal:change_new", args=[told.application.own_contract.pk]))
    beside = page.locator("#entails")
    expect(beside).to_contain_text("変更する項目を選ぶと表示します。")
    page.get_by_role("checkbox", name="企業情報").check()
    expect(beside).to_contain_text("サービス利用変更申込書: 「企業情報」")
    page.get_by_role("checkbox", name="送信元表示番号（共通番号").check()
    expect(beside).to_contain_text("双方向SMSのご契約が必要です")
    expect(page.get_by_role("button", name="この内容で変更申込を作成する")).to_have_count(0)
    page.get_by_role("checkbox", name="送信元表示番号（共通番号").uncheck()
    page.get_by_role("button", name="この内容で変更申込を作成する").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("変更申込")
    expect(page.get_by_role("alert")).to_contain_text("まだ提出されていません")


def test_dropped_files_are_read_at_once_and_their_faults_shown(
    page: Page, live_server: LiveServer, case_at: CaseAt
) -> None:
    told = case_at(Goal.DRAFT, Plan.SMS, Option.LONG_SMS)
    log_in(page, live_server, told.user)
    page.goto(reverse("portal:application", args=[told.application.pk]))
    form = samples.write_sample(Plan.SMS, good=False, on=date_of(timezone.now()), company="試験1号株式会社")
    files = [["落とした申込書.xlsx", base64.b64encode(form).decode()]]
    zone = page.locator("[data-drop]").element_handle()
    with page.expect_navigation():
        page.evaluate(DROP, [zone, files])
    expect(page.get_by_role("alert")).to_contain_text("1件のファイルを読み取りました。")
    expect(page.locator("#documents")).to_contain_text("落とした申込書.xlsx")
    expect(page.locator("#documents .cell").first).to_contain_text("サービス利用申込書!C")


@pytest.mark.parametrize("goal", [Goal.DRAFT, Goal.RETURNED, Goal.CONFIRMING, Goal.ACTIVE])
def test_no_page_scrolls_sideways_on_a_narrow_screen(
    page: Page, live_server: LiveServer, case_at: CaseAt, goal: Goal
) -> None:
    told = case_at(goal, Plan.SMS_PLUS_RCS, Option.WEBHOOK, Option.TEST_ACCOUNT, days_ago=60)
    log_in(page, live_server, told.user)
    page.set_viewport_size({"width": 360, "height": 740})
    case = told.application
    pages = [
        "home",
        "applications",
        "application_new",
        "contracts",
        "downloads",
        "users",
        "user_invite",
        "me",
    ]
    addresses = [reverse(f"portal:{name}") for name in pages]
    addresses += [
        reverse(f"portal:{name}", args=[case.pk])
        for name in ("application", "application_choice", "confirmation", "withdraw")
    ]
    if goal is Goal.ACTIVE:
        contract = case.own_contract.pk
        change = start_change(told, ChangeItem.OFFICIAL_ACCOUNT, ChangeItem.COMPANY).application.pk
        addresses += [
            reverse("portal:contract", args=[contract]),
            reverse("portal:change_new", args=[contract]) + "?items=global_ip&items=payment_method",
            reverse("portal:cancellation_new", args=[contract]),
            reverse("portal:application", args=[change]),
            reverse("portal:change_items", args=[change]),
            reverse("portal:application", args=[start_cancellation(told).application.pk]),
        ]
    for address in addresses:
        page.goto(address)
        assert page.evaluate(OVERFLOW) <= 0, address
        assert page.locator("h1").count() == 1, address


def test_a_draft_is_submitted_by_keyboard_alone(page: Page, live_server: LiveServer, case_at: CaseAt) -> None:
    told = case_at(Goal.DRAFT, Plan.SMS)
    log_in(page, live_server, told.user)
    page.goto(reverse("portal:application", args=[told.application.pk]))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="本文へ移動")).to_be_focused()
    form = samples.sample_values(Plan.SMS, on=date_of(timezone.now()), company="試験1号株式会社")
    form |= {"option.sms_result_notification": False, "option.long_sms": False}

    page.get_by_label("ファイルをまとめてアップロード").set_input_files(
        {
            "name": "申込書.xlsx",
            "mimeType": "application/octet-stream",
            "buffer": write_form("application_sms", form),
        }
    )
    page.get_by_label("ファイルをまとめてアップロード").focus()
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    for box in page.locator("input[name=consent]").all():
        box.focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="お申し込みを提出する").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("お申し込みの書類を受け取りました。")
