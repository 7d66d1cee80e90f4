"""§1.3 once in the real browser: a company applies for the SMS plan, and its account notice goes out.

Customer, reception, operations and approval each sit at a browser of their own and log in as people do.
"""

import datetime
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone
from pdfminer.high_level import extract_text
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import AccountNotice, Customer, User
from accounts.rules.plans import Plan
from applications.gateways.workbooks import samples, write_form
from applications.models import Application
from applications.rules.forms import locate
from kmc_portal.demo.story import make_materials
from tests.fixtures.mail import Mailbox
from tests.fixtures.people import PASSWORD, record_nda

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

At = Callable[[User], Page]


@pytest.fixture
def at(chromium: Browser, live_server: LiveServer) -> Iterator[At]:
    """`at(user)`: the user's own browser window, logged in through the login page by keyboard alone."""
    contexts = []

    def log_in(user: User) -> Page:
        context = chromium.new_context(base_url=live_server.url, locale="ja-JP", timezone_id="Asia/Tokyo")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto("/")
        page.get_by_label("メールアドレス").focus()
        page.keyboard.type(user.email)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).not_to_have_url(f"{live_server.url}/account/login/")
        return page

    yield log_in
    for context in contexts:
        context.close()


def test_guide_1_3_from_the_choice_of_the_plan_to_the_account_notice(
    at: At,
    tmp_path: Path,
    customer: Customer,
    customer_admin: User,
    reception: User,
    operations: User,
    approver: User,
    mailbox: Mailbox,
) -> None:
    make_materials(operations, timezone.now())
    record_nda(customer)
    form, faulty_form = _forms(tmp_path, customer)

    company = at(customer_admin)
    company.get_by_role("link", name="新しい申し込み").click()
    company.get_by_role("radio", name="SMSのみ").check()
    company.get_by_role("button", name="この内容でお申し込みを作成する").click()
    expect(company.get_by_role("heading", level=1)).to_contain_text("新規申込")
    company.locator("#files").set_input_files(faulty_form)
    company.get_by_role("button", name="アップロードする").last.click()
    expect(company.locator("#documents")).to_contain_text("アカウントパラメータ申込書!C13")
    expect(company.get_by_role("button", name="お申し込みを提出する")).to_be_disabled()
    company.locator("#files").set_input_files(form)
    company.get_by_role("button", name="アップロードする").last.click()
    expect(company.get_by_text("ファイルの中に直す点はありません")).to_be_visible()
    for box in company.get_by_role("checkbox").all():
        box.check()
    company.get_by_role("button", name="お申し込みを提出する").click()
    case = Application.objects.get()
    assert case.state == "submitted"

    desk = at(reception)
    _open_case(desk, case)
    _press(desk, "内容確認を始める")
    _press(desk, "不備のない書類をまとめて受理")
    _press(desk, "受付受理にする")
    _press(desk, "内容確認を依頼する")
    case.refresh_from_db()
    assert case.state == "confirming"

    company.goto(f"/portal/applications/{case.pk}/confirmation/")
    expect(company.locator("main")).to_contain_text("株式会社あおぞら商店")
    company.get_by_role("button", name="この内容で間違いありません").click()
    case.refresh_from_db()
    assert case.state == "account_setup"

    machine_room = at(operations)
    _open_case(machine_room, case)
    _press(machine_room, "通知書の承認を依頼する")
    expect(machine_room.get_by_text("通知書承認待ち").first).to_be_visible()

    office = at(approver)
    _open_case(office, case)
    _press(office, "承認して通知書を発行する")
    notice = AccountNotice.objects.get()
    assert notice.issued_on == timezone.localdate()

    company.goto("/portal/downloads/")
    with company.expect_download() as download:
        company.get_by_role("link", name=notice.number).first.click()
    text = extract_text(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert "株式会社あおぞら商店" in text
    assert "KMC000000001" in text
    assert "0120000123" in text
    mailbox.deliver()
    [sent] = [mail for mail in mailbox.all if mail.attachments]
    assert sent.attachments[0][0] == "アカウント通知書_KMC000000001-01.pdf"
    assert "jiro@travel.example.jp" in sent.to[0]


def _forms(folder: Path, customer: Customer) -> tuple[Path, Path]:
    """The application filled in for this company: once right, once with a private address."""
    values = samples.sample_values(Plan.SMS, on=timezone.localdate(), company=customer.name)
    values |= {f"option.{option}": False for option in Plan.SMS.options}
    values["desired_start_on"] = timezone.localdate() + datetime.timedelta(days=40)
    right, wrong = folder / "申込書.xlsx", folder / "申込書_不備.xlsx"
    right.write_bytes(write_form("application_sms", values))
    book = openpyxl.load_workbook(right)
    sheet, cell = locate("application_sms", "global_ips.1")
    book[sheet][cell] = "192.168.1.1"
    book.save(wrong)
    return right, wrong


def _open_case(page: Page, case: Application) -> None:
    page.goto(f"/admin/applications/application/{case.pk}/change/")
    expect(page.get_by_text(case.number).first).to_be_visible()


def _press(page: Page, words: str) -> None:
    """A step of the case: the button or link, then whatever page asks once more (a mail to look at)."""
    page.locator(f"a:has-text('{words}'), button:has-text('{words}')").first.click()
    page.wait_for_load_state()
    while page.locator(".kmc-actions .kmc-button-main").count():
        page.locator(".kmc-actions .kmc-button-main").click()
        page.wait_for_load_state()
