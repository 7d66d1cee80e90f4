"""The key pages of both sides in the real browser: 360 px wide without scrolling sideways, by keyboard, quiet console."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.rules.plans import Option, Plan
from kmc_portal.demo.companies import Goal
from kmc_portal.demo.people import PASSWORD as DEMO_PASSWORD
from tests.fixtures.cases import CaseAt
from tests.fixtures.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 360, "height": 740}
# How far the page can be scrolled sideways, and what sticks out of it the furthest.
OVERFLOW = """() => {
  const root = document.documentElement;
  const over = root.scrollWidth - root.clientWidth;
  if (over <= 0) return "";
  const wide = [...document.querySelectorAll("body *")].filter((tag) => tag.getBoundingClientRect().right > root.clientWidth + 1);
  return over + "px " + wide.slice(0, 3).map((tag) => tag.tagName + "." + tag.className).join(" ");
}"""


@pytest.fixture
def quiet(page: Page) -> Page:
    """A page on which an error in the console fails the test."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(f"{page.url}: {message.text}")

    page.on("console", hear)
    page.said = said  # type: ignore[attr-defined]
    return page


def log_in_by_keyboard(page: Page, email: str, password: str) -> None:
    """Never a click: the first field has the focus or is reached by Tab, Enter sends."""
    page.goto("/account/login/")
    for _ in range(12):
        if page.evaluate("document.activeElement.name") == "login":
            break
        page.keyboard.press("Tab")
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile("/account/login/"))


def look_at(page: Page, addresses: list[str]) -> None:
    """Open each; none may scroll sideways, none may complain."""
    wrong = []
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        if over := page.evaluate(OVERFLOW):
            wrong.append(f"{address}: {over}")
    assert wrong == []
    assert page.said == []  # type: ignore[attr-defined]


def test_the_admin_fits_a_phone_and_keeps_the_console_quiet(
    quiet: Page, live_server: LiveServer, case_at: CaseAt
) -> None:
    reviewed = case_at(Goal.IN_REVIEW, Plan.SMS_PLUS, Option.SMS_RESULT_NOTIFICATION)
    remarked = case_at(Goal.REMARKED, Plan.PLUS_RCS, Option.WEBHOOK, Option.TEST_ACCOUNT)
    setup = case_at(Goal.SETUP, Plan.SMS_PLUS_RCS, Option.TEST_ACCOUNT)
    active = case_at(Goal.ACTIVE, Plan.PLUS, Option.STORE_DISPLAY)
    quiet.set_viewport_size(PHONE)
    log_in_by_keyboard(quiet, "kanri@kmc.example.jp", DEMO_PASSWORD)
    cases = [
        f"/admin/applications/application/{story.application.pk}/"
        for story in (reviewed, remarked, setup, active)
    ]
    look_at(
        quiet,
        [
            "/admin/",
            "/admin/applications/application/",
            "/admin/applications/application/add/",
            *(f"{case}change/" for case in cases),
            f"{cases[0]}do/add_finding/?document=account_parameters",
            f"{cases[0]}do/return/",
            f"{cases[0]}do/hold/",
            f"{cases[2]}do/reject/",
            "/admin/accounts/customer/",
            "/admin/accounts/customer/add/",
            f"/admin/accounts/customer/{reviewed.application.customer.pk}/change/",
            "/admin/accounts/contract/",
            f"/admin/accounts/contract/{active.application.own_contract.pk}/change/",
            "/admin/accounts/outgoingmail/",
            "/admin/accounts/setting/",
            "/admin/accounts/materialedition/",
            "/admin/accounts/user/",
            "/admin/plans/",
            "/admin/jobs/",
        ],
    )


def test_the_portal_fits_a_phone_and_keeps_the_console_quiet(
    quiet: Page, live_server: LiveServer, case_at: CaseAt
) -> None:
    returned = case_at(Goal.RETURNED, Plan.SMS_PLUS_RCS, Option.SMS_RESULT_NOTIFICATION)
    quiet.set_viewport_size(PHONE)
    quiet.goto("/")
    assert quiet.evaluate(OVERFLOW) == ""
    log_in_by_keyboard(quiet, returned.user.email, DEMO_PASSWORD)
    case = f"/portal/applications/{returned.application.pk}/"
    look_at(
        quiet,
        [
            "/portal/",
            "/portal/applications/",
            "/portal/applications/new/?plan=sms_plus_rcs&delivery_method=api",
            case,
            f"{case}choice/",
            f"{case}versions/1/",
            f"{case}withdraw/",
            "/portal/contracts/",
            "/portal/downloads/",
            "/portal/users/",
            "/portal/users/invite/",
            "/portal/me/",
        ],
    )


@pytest.mark.parametrize("side", ["customer", "staff"])
def test_a_wrong_password_is_said_at_the_field_and_the_right_one_opens_the_door(
    quiet: Page,
    live_server: LiveServer,
    customer_member: User,
    viewer: User,
    side: str,
) -> None:
    user, door = {"customer": (customer_member, "/portal/"), "staff": (viewer, "/admin/")}[side]
    quiet.goto("/account/login/")
    quiet.keyboard.press("Tab")
    type_in: Callable[[str], None] = quiet.keyboard.type
    quiet.get_by_label("メールアドレス").focus()
    type_in(user.email)
    quiet.keyboard.press("Tab")
    type_in("not-the-password")
    quiet.keyboard.press("Enter")
    expect(quiet.get_by_text("メールアドレスかパスワードが正しくありません。")).to_be_visible()
    log_in_by_keyboard(quiet, user.email, PASSWORD)
    expect(quiet).to_have_url(f"{live_server.url}{door}")
