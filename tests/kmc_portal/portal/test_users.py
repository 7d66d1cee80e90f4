"""The company's administrators manage its logins, over HTTP; the invited person sets a password by the mail's link."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.fixtures.mail import Mailbox
from tests.fixtures.people import PASSWORD
from tests.kmc_portal.portal.conftest import Portal

PortalOf = Callable[[User], Portal]

pytestmark = pytest.mark.django_db


def test_an_invitation_ends_in_a_login(portal_of: PortalOf, customer_admin: User, mailbox: Mailbox) -> None:
    portal = portal_of(customer_admin)
    portal.post(
        "user_invite", data={"name": "新田 青葉", "email": "Aoba@aozora.example.com", "role": "member"}
    )
    assert portal.messages == ["Aoba@aozora.example.com に招待メールをお送りします。"]
    assert "新田 青葉 aoba@aozora.example.com 招待中" in portal.text
    [mail] = mailbox.deliver()
    browser = Client()
    page = browser.get(mailbox.link(mail), follow=True)
    assert "これからログインに使うパスワードを設定してください。" in page.content.decode()
    path = page.redirect_chain[-1][0]
    weak = browser.post(path, {"password1": "short", "password2": "short"})
    assert "最低 12 文字以上必要です。" in weak.content.decode()
    done = browser.post(path, {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    assert "パスワードを設定しました" in done.content.decode()
    answer = browser.post(
        reverse("account_login"), {"login": "aoba@aozora.example.com", "password": PASSWORD}, follow=True
    )
    assert "いまお願いしたいこと" in answer.content.decode()
    used = Client().get(mailbox.link(mail), follow=True)
    assert "このリンクは使えません" in used.content.decode()


def test_an_address_that_is_known_is_refused_and_nothing_typed_is_lost(
    portal_of: PortalOf, customer_admin: User, other_customer_admin: User
) -> None:
    portal = portal_of(customer_admin)
    portal.post(
        "user_invite", data={"name": "新田 青葉", "email": "ADMIN@midori.example.com", "role": "member"}
    )
    assert portal.page.status_code == 422
    assert "登録済みです。別のメールアドレスを指定してください。" in portal.text
    assert 'value="新田 青葉"' in portal.html


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"name": "", "email": "a@example.jp", "role": "member"}, "氏名を入力してください。"),
        ({"name": "新田", "email": "", "role": "member"}, "メールアドレスを入力してください。"),
        ({"name": "新田", "email": "a＠example", "role": "member"}, "メールアドレスの形が正しくありません。"),
    ],
)
def test_each_missing_word_of_an_invitation_is_named(
    portal_of: PortalOf, customer_admin: User, data: dict[str, str], message: str
) -> None:
    portal = portal_of(customer_admin)
    portal.post("user_invite", data=data)
    assert message in portal.text
    assert User.objects.filter(customer=customer_admin.customer).count() == 1


def test_an_invitation_can_be_sent_again_until_the_password_is_set(
    portal_of: PortalOf, customer_admin: User, customer_member: User, mailbox: Mailbox
) -> None:
    portal = portal_of(customer_admin)
    portal.post("user_invitation", customer_member.pk)
    assert "すでにパスワードを設定済みです。" in portal.messages[0]
    customer_member.set_unusable_password()
    customer_member.save(update_fields=["password"])
    portal.post("user_invitation", customer_member.pk)
    assert "招待メールをもう一度お送りします。" in portal.messages[0]
    mailbox.deliver()
    assert len(mailbox.to("member@aozora.example.com")) == 1


def test_a_stopped_login_is_told_so_and_its_open_session_ends(
    portal_of: PortalOf, customer_admin: User, customer_member: User
) -> None:
    member, admin = portal_of(customer_member), portal_of(customer_admin)
    member.get("home")
    assert "いまお願いしたいこと" in member.text
    admin.post("user_active", customer_member.pk, data={"active": "no"})
    assert admin.messages == ["空野 海 様の利用を停止しました。"]
    assert "停止中" in admin.text
    member.get("home")
    assert member.page.redirect_chain[0][0].startswith("/account/login/")
    browser = Client()
    answer = browser.post(
        reverse("account_login"), {"login": customer_member.email, "password": PASSWORD}, follow=True
    )
    assert "停止されています" in answer.content.decode()
    admin.post("user_active", customer_member.pk, data={"active": "yes"})
    assert admin.messages == ["空野 海 様の利用を再開しました。"]


def test_nobody_shuts_themselves_out(portal_of: PortalOf, customer_admin: User) -> None:
    portal = portal_of(customer_admin)
    portal.post("user_active", customer_admin.pk, data={"active": "no"})
    assert portal.messages == ["ご自身のログインは停止できません。"]
    portal.post("user_role", customer_admin.pk, data={"role": "member"})
    assert "管理者が一人もいなくなるため、変更できません。" in portal.messages[0]
    customer_admin.refresh_from_db()
    assert (customer_admin.is_active, customer_admin.customer_role) == (True, "administrator")


def test_a_role_can_be_changed_and_a_role_nobody_knows_cannot(
    portal_of: PortalOf, customer_admin: User, customer_member: User
) -> None:
    portal = portal_of(customer_admin)
    portal.post("user_role", customer_member.pk, data={"role": "owner"})
    assert portal.messages == ["役割を選び直してください。"]
    portal.post("user_role", customer_member.pk, data={"role": "administrator"})
    customer_member.refresh_from_db()
    assert customer_member.customer_role == "administrator"


def test_a_button_pressed_without_its_word_changes_nothing(
    portal_of: PortalOf, customer_admin: User, customer_member: User
) -> None:
    portal = portal_of(customer_admin)
    portal.post("user_active", customer_member.pk)
    assert "画面の情報が足りません。" in portal.messages[0]
    customer_member.refresh_from_db()
    assert customer_member.is_active


def test_members_have_no_users_page_and_read_why(portal_of: PortalOf, customer_member: User) -> None:
    portal = portal_of(customer_member)
    portal.get("home")
    assert reverse("portal:users") not in portal.html
    portal.get("users")
    assert portal.page.status_code == 403
    assert "この画面を使えるのは、貴社の管理者だけです。" in portal.text


def test_everybody_sees_their_own_page_and_changes_their_password(
    portal_of: PortalOf, customer_member: User
) -> None:
    portal = portal_of(customer_member)
    portal.get("me")
    assert "空野 海" in portal.text
    assert "株式会社あおぞら商店" in portal.text
    fresh = "another-horse-another-staple"
    answer = portal.client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh},
    )
    assert answer.status_code == 302
    customer_member.refresh_from_db()
    assert customer_member.check_password(fresh)
