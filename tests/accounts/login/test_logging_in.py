"""Logging in through the login page: by e-mail, with a lock against guessing, and only while active."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import Customer, User
from accounts.rules.roles import CustomerRole
from accounts.services import customers
from tests.fixtures.mail import Mailbox
from tests.fixtures.people import PASSWORD, make_customer_user

pytestmark = pytest.mark.django_db

LOGIN = "/account/login/"
ELSEWHERE = "198.20.7.7"


def log_in(client: Client, email: str, password: str = PASSWORD, ip: str = "198.20.1.1") -> HttpResponse:
    return client.post(LOGIN, {"login": email, "password": password}, REMOTE_ADDR=ip)


def is_logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_customer_logs_in_and_comes_to_the_portal(client: Client, customer_admin: User) -> None:
    answer = log_in(client, "admin@aozora.example.com")
    assert answer.status_code == 302
    assert client.get("/").headers["Location"] == "/portal/"
    assert client.get("/portal/").status_code == 200


def test_staff_log_in_on_the_same_page_and_come_to_the_admin(client: Client, reception: User) -> None:
    log_in(client, "reception@staff.example.jp")
    assert client.get("/").headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    "email", ["ADMIN@aozora.example.com", "Admin@Aozora.Example.COM", " admin@aozora.example.com "]
)
def test_capitals_and_blanks_around_the_address_do_not_matter(
    client: Client, customer_admin: User, email: str
) -> None:
    log_in(client, email)
    assert is_logged_in(client)


def test_an_address_given_in_capitals_is_kept_in_small_letters_and_cannot_be_taken_twice(
    customer: Customer,
) -> None:
    user = make_customer_user(customer, "Taro@Example.COM", "山田 太郎", CustomerRole.MEMBER)
    assert user.email == "taro@example.com"


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), PASSWORD + " "])
def test_a_wrong_password_does_not_log_in(client: Client, customer_admin: User, password: str) -> None:
    assert log_in(client, customer_admin.email, password).status_code == 200
    assert not is_logged_in(client)


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(
    client: Client, customer_admin: User
) -> None:
    known, unknown = (
        log_in(client, customer_admin.email, "wrong"),
        log_in(client, "nobody@example.com", "wrong"),
    )
    said = "メールアドレスかパスワードが正しくありません。"
    assert said in known.content.decode()
    assert said in unknown.content.decode()
    assert known.status_code == unknown.status_code


def test_five_wrong_guesses_lock_the_address_and_say_so_in_japanese(
    client: Client, customer_admin: User
) -> None:
    for _ in range(5):
        assert log_in(client, customer_admin.email, "wrong").status_code == 200
    answer = log_in(client, customer_admin.email)
    assert answer.status_code == 429
    assert "しばらくログインできません" in answer.content.decode()
    assert not is_logged_in(client)


def test_four_wrong_guesses_do_not(client: Client, customer_admin: User) -> None:
    for _ in range(4):
        log_in(client, customer_admin.email, "wrong")
    log_in(client, customer_admin.email)
    assert is_logged_in(client)


def test_the_lock_holds_from_everywhere_and_for_no_other_address(
    client: Client, customer_admin: User, customer_member: User
) -> None:
    for n in range(5):
        log_in(client, customer_admin.email, "wrong", ip=f"198.20.9.{n}")
    assert log_in(client, customer_admin.email, ip=ELSEWHERE).status_code == 429
    log_in(client, customer_member.email, ip=ELSEWHERE)
    assert is_logged_in(client)


def test_many_guesses_from_one_place_lock_that_place_only(client: Client, customer_admin: User) -> None:
    for n in range(10):
        log_in(client, f"guess{n}@example.com", "wrong")
    assert log_in(client, customer_admin.email).status_code == 429
    log_in(client, customer_admin.email, ip=ELSEWHERE)
    assert is_logged_in(client)


def test_a_hail_of_requests_gets_the_japanese_page_for_too_many(client: Client) -> None:
    for _ in range(30):
        log_in(client, "", "")
    answer = log_in(client, "", "")
    assert answer.status_code == 429
    assert "しばらく" in answer.content.decode()


def test_a_new_password_ends_the_lock(client: Client, customer_admin: User, mailbox: Mailbox) -> None:
    for _ in range(5):
        log_in(client, customer_admin.email, "wrong")
    client.post("/account/password/reset/", {"email": customer_admin.email})
    [mail] = mailbox.deliver()
    page = client.get(mailbox.link(mail)).headers["Location"]
    client.post(page, {"password1": "another-long-password", "password2": "another-long-password"})
    log_in(client, customer_admin.email, "another-long-password")
    assert is_logged_in(client)


def test_a_deactivated_user_cannot_log_in(client: Client, customer_admin: User) -> None:
    User.objects.filter(pk=customer_admin.pk).update(is_active=False)
    log_in(client, customer_admin.email)
    assert not is_logged_in(client)
    assert client.get("/portal/").status_code == 302


def test_deactivation_ends_an_open_session_with_the_next_request(
    client: Client, customer_admin: User, customer_member: User
) -> None:
    log_in(client, customer_member.email)
    assert client.get("/portal/").status_code == 200
    customers.set_user_active(user=customer_member, active=False, actor=customer_admin)
    answer = client.get("/portal/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(LOGIN)


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(
    client: Client, customer_admin: User, client_for: Callable[[User], Client]
) -> None:
    other = client_for(customer_admin)
    log_in(client, customer_admin.email)
    client.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": "another-long-password", "password2": "another-long-password"},
    )
    assert client.get("/portal/").status_code == 200
    assert other.get("/portal/").status_code == 302


def test_logging_out_takes_a_post(client: Client, customer_admin: User) -> None:
    log_in(client, customer_admin.email)
    client.get("/account/logout/")
    assert is_logged_in(client)
    client.post("/account/logout/")
    assert not is_logged_in(client)


def test_who_has_changed_their_address_logs_in_with_the_new_one_only(
    client: Client, customer_admin: User
) -> None:
    log_in(client, customer_admin.email)
    client.post("/account/logout/")
    User.objects.filter(pk=customer_admin.pk).update(email="new@aozora.example.com")
    log_in(client, "admin@aozora.example.com")
    assert not is_logged_in(client)
    log_in(client, "new@aozora.example.com")
    assert is_logged_in(client)


def test_an_address_that_changed_hands_gets_links_for_its_new_owner_only(
    client: Client, customer_admin: User, customer: Customer, mailbox: Mailbox
) -> None:
    """allauth's own list of addresses would mail both owners' links to it."""
    client.post("/account/password/reset/", {"email": customer_admin.email})
    log_in(client, customer_admin.email)
    old = customer_admin.email
    User.objects.filter(pk=customer_admin.pk).update(email="new@aozora.example.com")
    make_customer_user(customer, old, "後任 次郎", CustomerRole.MEMBER)
    mailbox.deliver()
    before = len(mailbox.to(old))
    client.logout()
    client.post("/account/password/reset/", {"email": old}, REMOTE_ADDR=ELSEWHERE)
    mailbox.deliver()
    [mail] = mailbox.to(old)[before:]
    assert "後任 次郎 様" in mail.body
    assert not EmailAddress.objects.exists()


@pytest.mark.parametrize("path", ["/account/signup/", "/accounts/signup/", "/account/email/", "/signup/"])
def test_there_is_no_page_to_sign_up_or_to_change_one_s_address(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_no_page_links_to_one(client: Client) -> None:
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")
    assert "signup" not in client.get(LOGIN).content.decode()


def test_only_a_place_on_this_site_is_gone_to_after_logging_in(client: Client, customer_admin: User) -> None:
    answer = client.post(
        f"{LOGIN}?next=https://evil.example.net/", {"login": customer_admin.email, "password": PASSWORD}
    )
    assert not answer.headers["Location"].startswith("https:")
