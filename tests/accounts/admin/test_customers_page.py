"""Customers in the admin: entered with their first login, invited, corrected, found."""

import datetime

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.utils import timezone

from accounts.models import Customer, MailProblem, OutgoingMail, SalesPartner, User
from kmc_portal.lib.jst import date_of
from tests.fixtures.staff_pages import mail_on, words

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/accounts/customer/", "/admin/accounts/customer/add/"
NEW = {
    "name": "ひばり商会㈱",
    "name_kana": "ひばりしょうかい",
    "corporate_number": "8999999000001",
    "postal_code": "1000001",
    "nda_concluded_on": "2026-04-01",
    "user_name": "雲井 ひばり",
    "user_email": "Hibari@hibari.example.jp",
}


def page_of(customer: Customer) -> str:
    return f"{LIST}{customer.pk}/change/"


def deed(customer: Customer, name: str) -> str:
    return f"{LIST}{customer.pk}/do/{name}/"


def test_a_company_and_its_first_administrator_are_entered_in_one_go(reception, desk, mailbox):
    person = desk(reception)
    partner = SalesPartner.objects.create(name="つなぐ代理店", search_key="x")
    shown = person.client.post(ADD, {**NEW, "sales_partner": partner.pk})
    text = shown.content.decode()
    assert "雲井 ひばり 様 &lt;hibari@hibari.example.jp&gt;" in text and "⟦link⟧" in text
    typed = words(BeautifulSoup(text, "html.parser").select_one(".kmc-list"))
    assert "販売パートナー つなぐ代理店" in typed and "守秘義務契約 締結日 2026年4月1日（水）" in typed
    assert not Customer.objects.exists()
    subject, body = mail_on(BeautifulSoup(shown.content, "html.parser"))
    person.send(
        ADD,
        **NEW,
        sales_partner=partner.pk,
        mail_subject=subject,
        mail_body=body.replace("お世話になっております。", "はじめまして。"),
    )
    customer = Customer.objects.get()
    assert (customer.name, customer.sales_partner, str(customer.nda_concluded_on)) == (
        "ひばり商会㈱",
        partner,
        "2026-04-01",
    )
    profile = customer.profiles.get()
    assert (profile.name_kana, profile.postal_code) == ("ヒバリショウカイ", "100-0001")
    [mail] = mailbox.deliver()
    assert "はじめまして。" in mail.body and "⟦link⟧" not in mail.body and "/account/" in mail.body
    user = User.objects.get(customer=customer)
    assert (user.email, user.customer_role) == ("hibari@hibari.example.jp", "administrator")


@pytest.mark.parametrize(
    ("name", "number"), [("（株）ヒバリ商会", ""), ("別の名前", "8999999000001"), ("株式会社 ひばり商会", "")]
)
def test_a_company_that_is_there_already_is_pointed_out_before_the_mail_goes(reception, desk, name, number):
    person = desk(reception)
    page = BeautifulSoup(person.client.post(ADD, NEW).content, "html.parser")
    assert "すでに登録されています" not in words(page)
    subject, body = mail_on(page)
    person.send(ADD, **NEW, mail_subject=subject, mail_body=body)
    again = {**NEW, "name": name, "corporate_number": number, "user_email": "second@hibari.example.jp"}
    text = words(BeautifulSoup(person.client.post(ADD, again).content, "html.parser"))
    assert f"ひばり商会㈱（{Customer.objects.get().number}）がすでに登録されています。" in text


def test_a_name_that_only_contains_another_is_no_repetition(reception, desk):
    person = desk(reception)
    subject, body = mail_on(BeautifulSoup(person.client.post(ADD, NEW).content, "html.parser"))
    person.send(ADD, **NEW, mail_subject=subject, mail_body=body)
    other = {**NEW, "name": "ひばり", "corporate_number": "", "user_email": "second@hibari.example.jp"}
    assert "すでに登録されています" not in person.client.post(ADD, other).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("name", "", "企業名を入力してください。"),
        ("name_kana", "ABC", "全角カタカナで入力してください"),
        ("corporate_number", "1234567890123", "法人番号"),
        ("postal_code", "12", "7桁の数字で入力してください"),
        ("user_email", "x", "メールアドレス"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(reception, desk, field, value, word):
    response = desk(reception).client.post(ADD, {**NEW, field: value})
    errors = words_of_errors(response)
    assert any(word in error for error in errors), errors
    assert not Customer.objects.exists()


def words_of_errors(response) -> list[str]:
    return [words(error) for error in BeautifulSoup(response.content, "html.parser").select(".kmc-error")]


def test_only_reception_may_enter_a_company(approver, operations, billing_clerk, viewer, desk):
    for user in (approver, operations, billing_clerk, viewer):
        client = desk(user).client
        assert client.get(LIST).status_code == 200
        assert client.get(ADD).status_code == 403
        assert client.post(ADD, {**NEW, "mail_subject": "x", "mail_body": "x"}).status_code == 403
    assert not Customer.objects.exists()


def test_a_profile_is_corrected_from_today_and_the_old_one_stays(customer, reception, desk):
    person = desk(reception)
    form = person.open(deed(customer, "profile"))
    values = {field["name"]: field.get("value", "") for field in form.select(".kmc-form input[name]")}
    assert values["name"] == "株式会社あおぞら商店"
    person.send(deed(customer, "profile"), **{**values, "address": "東京都千代田区千代田2-2"})
    assert person.said == ["企業情報を今日から適用しました。前の内容は履歴に残っています。"]
    old, new = customer.profiles.order_by("period")
    today = date_of(timezone.now())
    assert (old.address, new.address, new.since) == (
        "東京都千代田区千代田1-1",
        "東京都千代田区千代田2-2",
        today,
    )
    page = person.open(page_of(customer))
    assert len(page.select("#profiles tbody tr")) == 2


def test_two_who_correct_a_profile_at_once_are_told_apart(customer, reception, other_reception, desk):
    first, second = desk(reception), desk(other_reception)
    form = second.open(deed(customer, "profile"))
    values = {field["name"]: field.get("value", "") for field in form.select(".kmc-form input[name]")}
    first.send(deed(customer, "profile"), **{**values, "representative": "一番 手"})
    response = second.send(deed(customer, "profile"), **{**values, "representative": "二番 手"})
    assert "先に内容を変更したため、この操作は反映されませんでした。" in second.said[-1]
    assert "二番 手" in response.content.decode()
    assert customer.profiles.open_ended().get().representative == "一番 手"


def test_the_day_of_the_nda_opens_confidential_material(customer, reception, desk):
    person = desk(reception)
    assert "未締結" in words(person.open(page_of(customer)).select_one(".kmc-head"))
    form = person.open(deed(customer, "terms"))
    seen = form.select_one("[name=seen]")["value"]
    person.send(deed(customer, "terms"), seen=seen, sales_partner="", nda_concluded_on="2999-01-01")
    assert person.said == ["守秘義務契約の締結日が未来の日付になっています。"]
    person.send(deed(customer, "terms"), seen=seen, sales_partner="", nda_concluded_on="2026-04-01")
    customer.refresh_from_db()
    assert str(customer.nda_concluded_on) == "2026-04-01"


def test_users_are_invited_invited_again_stopped_and_given_a_role(customer, reception, desk, customer_admin):
    person = desk(reception)
    person.send(
        deed(customer, "invite"),
        user_name="空野 海",
        user_email="umi@aozora.example.com",
        role="member",
        mail_subject="ご招待",
        mail_body="⟦link⟧",
    )
    user = User.objects.get(email="umi@aozora.example.com")
    shown = person.client.get(deed(customer, "invite_again"), {"user": user.pk}).content.decode()
    assert "招待メールをもう一度送る" in shown
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=1)):
        person.send(deed(customer, "invite_again"), user=user.pk, mail_subject="再送", mail_body="⟦link⟧")
    assert list(OutgoingMail.objects.filter(kind="invitation").values_list("subject", flat=True)) == [
        "再送",
        "ご招待",
    ]
    person.send(deed(customer, "role"), user=user.pk, role="administrator")
    person.send(deed(customer, "stop"), user=user.pk)
    user.refresh_from_db()
    assert (user.customer_role, user.is_active) == ("administrator", False)
    person.send(deed(customer, "reopen"), user=user.pk)
    user.refresh_from_db()
    assert user.is_active


def test_a_company_keeps_an_administrator(customer, reception, desk, customer_admin):
    person = desk(reception)
    person.send(deed(customer, "role"), user=customer_admin.pk, role="member")
    assert "管理者が一人もいなくなるため" in person.said[-1]


def test_users_of_another_company_cannot_be_touched_from_here(
    customer, reception, desk, other_customer_admin
):
    person = desk(reception)
    person.send(deed(customer, "stop"), user=other_customer_admin.pk)
    other_customer_admin.refresh_from_db()
    assert other_customer_admin.is_active


def test_viewers_see_the_page_and_every_post_is_refused(customer, viewer, desk, customer_admin):
    person = desk(viewer)
    page = person.open(page_of(customer))
    assert page.select(".kmc form") == [] and page.select(".kmc-button") == []
    posts = {
        "profile": {"name": "x"},
        "terms": {},
        "invite": {"user_name": "x", "user_email": "x@example.jp", "role": "member"},
        "stop": {"user": customer_admin.pk},
        "role": {"user": customer_admin.pk, "role": "member"},
    }
    for name, values in posts.items():
        assert person.send(deed(customer, name), **values).status_code == 403, name
    customer_admin.refresh_from_db()
    assert customer_admin.is_active


def test_an_address_that_bounced_is_marked_on_its_user(customer, viewer, desk, customer_admin):
    MailProblem.objects.create(
        address=customer_admin.email, kind="bounced", detail="5.1.1 no such user", at=timezone.now()
    )
    row = words(desk(viewer).open(page_of(customer)).select_one("#users tbody tr"))
    assert "不達" in row and "5.1.1 no such user" in row


@pytest.mark.parametrize("typed", ["㈱あおぞら商店", "あおぞら", "アオゾラショウテン", "admin@aozora"])
def test_a_company_is_found_by_any_spelling_and_by_its_users(
    customer, other_customer, customer_admin, viewer, desk, typed
):
    page = desk(viewer).open(LIST, q=typed)
    assert [words(cell) for cell in page.select("#result_list .field-name_column")] == [
        "株式会社あおぞら商店"
    ]


def test_a_sales_partner_is_entered_and_corrected(reception, desk):
    person = desk(reception)
    person.send(
        "/admin/accounts/salespartner/add/",
        name="株式会社つなぐ",
        name_kana="つなぐ",
        email="p@tsunagu.example.jp",
    )
    partner = SalesPartner.objects.get()
    page = person.open(f"/admin/accounts/salespartner/{partner.pk}/do/edit/")
    seen = page.select_one("[name=seen]")["value"]
    person.send(f"/admin/accounts/salespartner/{partner.pk}/do/edit/", name="株式会社つなぐ改", seen=seen)
    partner.refresh_from_db()
    assert (partner.name, "ツナグ改" in partner.search_key) == ("株式会社つなぐ改", True)
