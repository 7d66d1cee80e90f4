"""What went wrong is said in Japanese, with the way on."""

from collections.abc import Callable
from unittest import mock

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from kmc_portal.portal.views import home
from tests.kmc_portal.portal.conftest import Portal, readable

PortalOf = Callable[[User], Portal]

pytestmark = pytest.mark.django_db


def test_a_page_that_is_not_there(portal_of: PortalOf, customer_member: User) -> None:
    portal = portal_of(customer_member)
    portal.get("application", 999999)
    assert portal.page.status_code == 404
    assert "ページが見つかりません" in portal.text
    assert reverse("front") in portal.html


def test_a_form_from_another_site_or_an_old_page() -> None:
    answer = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "a@example.jp"})
    assert answer.status_code == 403
    assert "画面の有効期限が切れました" in readable(answer.content.decode())


def test_more_files_than_a_request_may_have(
    portal_of: PortalOf, customer_member: User, settings: LazySettings
) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    data = {f"f{number}": "x" for number in range(10)}
    answer = portal_of(customer_member).client.post(reverse("portal:application_new"), data)
    assert answer.status_code == 400
    assert "リクエストを処理できませんでした" in readable(answer.content.decode())


def test_an_error_of_ours_shows_a_page_that_needs_no_database(
    client_for: Callable[[User], Client], customer_member: User
) -> None:
    client = client_for(customer_member)
    client.raise_request_exception = False
    with mock.patch.object(home, "asks_of_contracts", side_effect=RuntimeError("boom")):
        answer = client.get(reverse("portal:home"))
    assert answer.status_code == 500
    text = readable(answer.content.decode())
    assert "エラーが起きました" in text
    assert "boom" not in text


def test_too_many_guesses_are_told_to_wait(client: Client, customer_member: User) -> None:
    for _ in range(7):
        answer = client.post(reverse("account_login"), {"login": customer_member.email, "password": "wrong"})
    assert answer.status_code == 429
    assert "10分ほど" in readable(answer.content.decode())


@pytest.mark.parametrize(
    "page", ["account_login", "account_reset_password", "account_reset_password_done", "account_inactive"]
)
def test_the_login_pages_have_one_heading_and_a_main_part(client: Client, page: str) -> None:
    html = client.get(reverse(page)).content.decode()
    assert html.count("<h1") == 1
    assert html.count("<main") == 1
    assert '<html lang="ja"' in html


def test_the_login_fields_help_password_managers(client: Client) -> None:
    html = client.get(reverse("account_login")).content.decode()
    assert 'autocomplete="current-password"' in html
    assert 'autocomplete="email"' in html or 'autocomplete="username"' in html
