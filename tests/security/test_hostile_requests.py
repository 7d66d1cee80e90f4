"""Requests that no form of ours sends: answered in Japanese, never with an error of the server's."""

import socket
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from kmc_portal import web_server

UNREADABLE = "送信された内容を読み取れませんでした"
LISTS = (
    "applications_application", "accounts_customer", "accounts_contract", "accounts_salespartner",
    "accounts_outgoingmail", "accounts_mailproblem", "accounts_materialedition", "accounts_setting",
    "accounts_companyclosingday", "accounts_user", "accounts_download",
    "billing_billingrun", "billing_invoice", "billing_usagefile", "billing_pricelist", "billing_billingaccount",
    "billing_oneoffcharge",
)  # fmt: skip
QUERIES = (
    "q=%00", "state__exact=%00", "plan=%00", "kind__exact=%00", "material__exact=%00", "o=99.-1.abc", "p=-1",
    "p=99999999999999999999", "at__year=99999", "at__year=abc", "at__gte=x", "bogus=1", "who=9999999999999999999999",
    "sales_partner__id__exact=abc", "sales_partner__id__exact=99999999999999999999999", "_to_field=abc",
    "at__month=13&at__year=2026", "customer__name__contains=x", "state__exact=x", "q=%ED%A0%80",
    "month=xx", "month=0000-05", "month=9999-12", "month=%00", "total_from=1e400", "total_to=NaN",
    "total_from=999999999999999999999999999999", "issued_on_from=abc", "issued_on_from=0000-00-00", "standing=zz",
    "owner=zz", "refused=zz", "charged_on__year=99999999999999999999999", "at__year=99999999999999999999999",
    "charged_on__year=0", "charged_on__month=13&charged_on__year=2026",
    "options=qq", "version=qq", "details=qq", "history=1", "pk=qq", "id=qq",
)  # fmt: skip


@pytest.fixture
def root(superuser: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(superuser)


@pytest.mark.parametrize("name", LISTS)
def test_no_query_breaks_a_list_of_the_admin(root: Client, name: str) -> None:
    address = reverse(f"admin:{name}_changelist")
    for query in QUERIES:
        answer = root.get(f"{address}?{query}")
        assert answer.status_code in (200, 302, 400), query


@pytest.mark.parametrize("chosen", ["abc", "9" * 30, "1\0", "-1", "１", ""])
def test_rows_of_a_list_that_nobody_could_have_ticked_are_refused_in_words(root: Client, chosen: str) -> None:
    for name in LISTS:
        form = {"action": "assign_to_me", "_selected_action": ["1", chosen]}
        answer = root.post(reverse(f"admin:{name}_changelist"), form, follow=True)
        assert answer.status_code == 200, name
        assert "選んだ行を読み取れません。一覧で選び直してください。" in answer.content.decode()


def test_a_nul_in_an_address_is_a_bad_request_in_japanese(root: Client) -> None:
    for address in ("/admin/find/?q=a%00b", "/admin/search/?s=a%00b", "/portal/?%00=1", "/portal/%00/"):
        answer = root.get(address)
        assert answer.status_code == 400, address
        assert UNREADABLE in answer.content.decode()


def test_fields_that_no_filter_names_cannot_be_asked_through_the_address(root: Client) -> None:
    """`options` is an array: whatever stood there reached the database as it was."""
    for query in ("options=qq", "version=1", "id=1"):
        for name in ("changelist", "own_export"):
            answer = root.get(f"{reverse(f'admin:applications_application_{name}')}?{query}")
            assert answer.status_code == 400, (name, query)
            assert UNREADABLE in answer.content.decode()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "MOVE"])
def test_methods_that_no_page_of_ours_has_are_refused_in_japanese(root: Client, method: str) -> None:
    for address in (
        "/",
        "/admin/",
        "/admin/applications/application/",
        "/portal/",
        "/account/login/",
        "/nowhere/",
    ):
        answer = root.generic(method, address)
        assert answer.status_code == 405, address
        assert answer["Allow"] == "GET, HEAD, POST"
        assert "この操作はできません" in answer.content.decode()


def test_opening_the_address_of_a_button_says_what_to_do(
    customer_admin: User, client_for: Callable[[User], Client]
) -> None:
    answer = client_for(customer_admin).get("/portal/applications/1/submit/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "画面のボタンから操作してください" in answer.content.decode()


def test_what_gunicorn_refuses_itself_is_answered_in_japanese() -> None:
    for status, reason, words in (
        (400, "Bad Request", "リクエストを読み取れませんでした"),
        (414, "URI Too Long", "アドレスが長すぎます"),
        (431, "Request Header Fields Too Large", "アドレスが長すぎます"),
        (500, "Internal Server Error", "サーバーで問題が起きました"),
    ):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            web_server.answer_in_words(ours, status, reason, "<script>alert(1)</script>")
            head, _, page = theirs.recv(65536).partition(b"\r\n\r\n")
        assert head.decode().startswith(f"HTTP/1.1 {status} {reason}\r\n")
        assert f"Content-Length: {len(page)}\r\n" in head.decode()
        assert words in page.decode()
        assert "script" not in page.decode()
    assert "kmc_portal.web_server" in (settings.BASE_DIR / "Procfile").read_text()


def test_an_export_with_filters_that_do_not_exist_leads_back_to_the_list(root: Client) -> None:
    answer = root.get(reverse("admin:applications_application_own_export"), {"bogus": "1"}, follow=True)
    assert answer.redirect_chain == [(reverse("admin:applications_application_changelist"), 302)]
    assert "絞り込みの条件を読み取れません" in answer.content.decode()


def test_pages_of_django_that_nothing_leads_to_are_not_there(root: Client) -> None:
    assert root.get("/admin/r/1/1/").status_code == 404
    assert root.get("/admin/autocomplete/").status_code == 404


@pytest.mark.parametrize("charset", ["shift_jis", "utf-7", "nope"])
def test_a_form_in_another_encoding_is_a_bad_request_in_japanese(charset: str, customer_admin: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(customer_admin)
    answer = client.generic(
        "POST",
        "/portal/users/invite/",
        data=b"name=%82%a0",
        content_type=f"application/x-www-form-urlencoded; charset={charset}",
    )
    assert answer.status_code == 400
    assert UNREADABLE in answer.content.decode()


def test_a_nul_in_a_field_is_told_as_what_it_is(
    customer_admin: User, client_for: Callable[[User], Client]
) -> None:
    form = {"name": "青空\0花子", "email": "new@aozora.example.com", "role": "member"}
    answer = client_for(customer_admin).post("/portal/users/invite/", form)
    assert answer.status_code == 422
    assert "使えない文字（NUL）が含まれています" in answer.content.decode()


def test_guessing_is_locked_whatever_port_the_host_header_names(viewer: User) -> None:
    client = Client()
    codes = []
    for port in range(9000, 9006):
        form = {"login": viewer.email.upper() if port % 2 else viewer.email, "password": "wrong"}
        codes.append(client.post("/account/login/", form, HTTP_HOST=f"localhost:{port}").status_code)
    assert codes == [200, 200, 200, 200, 200, 429]
