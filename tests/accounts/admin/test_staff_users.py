"""社内ユーザー in the admin: for system administrators alone."""

import pytest
from bs4 import BeautifulSoup

from accounts.models import OutgoingMail, User
from accounts.rules.roles import StaffGroup
from tests.fixtures.people import make_staff
from tests.fixtures.staff_pages import mail_on, words

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/user/"
NEW = {"name": "新人 さくら", "email": "Sakura@staff.example.jp", "groups": ["受付", "運用"]}


def page_of(user: User) -> str:
    return f"{LIST}{user.pk}/change/"


def deed(user: User, name: str) -> str:
    return f"{LIST}{user.pk}/do/{name}/"


def groups_of(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def invite(person) -> User:
    shown = person.send(f"{LIST}add/", **NEW)
    subject, body = mail_on(BeautifulSoup(shown.content, "html.parser"))
    assert "⟦link⟧" in body
    person.send(f"{LIST}add/", **NEW, mail_subject=subject, mail_body=body)
    return User.objects.get(email="sakura@staff.example.jp")


@pytest.mark.parametrize("group", list(StaffGroup))
def test_no_group_reaches_the_logins(desk, group, superuser):
    person = desk(make_staff("who@staff.example.jp", "誰か", group))
    for path in (LIST, f"{LIST}add/", page_of(superuser), deed(superuser, "groups")):
        assert person.client.get(path).status_code == 403
    assert person.send(f"{LIST}add/", **NEW).status_code == 403
    assert person.send(deed(superuser, "stop")).status_code == 403
    superuser.refresh_from_db()
    assert superuser.is_active and User.objects.count() == 2


def test_the_list_shows_staff_alone(desk, superuser, reception, customer_admin):
    page = desk(superuser).open(LIST)
    found = [words(cell) for cell in page.select("#result_list .field-email")]
    assert sorted(found) == ["reception@staff.example.jp", "root@staff.example.jp"]
    assert desk(superuser).client.get(page_of(customer_admin)).status_code in (302, 404)


def test_somebody_is_invited_with_groups_after_the_mail_was_shown(desk, superuser, mailbox):
    person = desk(superuser)
    user = invite(person)
    assert person.said == ["新人 さくら さんに招待メールを送ります。"]
    assert user.is_staff and not user.is_superuser and not user.has_usable_password()
    assert groups_of(user) == {"受付", "運用"}
    [sent] = mailbox.deliver()
    assert "<sakura@staff.example.jp>" in sent.to[0]
    assert mailbox.link(sent).startswith("/account/")
    assert "招待中" in words(person.open(page_of(user)).select_one(".kmc-head"))


def test_a_known_address_and_no_group_are_refused_on_the_form(desk, superuser, reception):
    person = desk(superuser)
    page = person.send(f"{LIST}add/", name="別人", email="RECEPTION@staff.example.jp").content.decode()
    assert "このメールアドレスは登録済みです。別のアドレスを入力してください。" in page
    assert "グループを一つ以上選んでください。" in page
    assert not OutgoingMail.objects.exists()


def test_the_invitation_is_sent_again_until_there_is_a_password(desk, superuser, reception):
    person = desk(superuser)
    user = invite(person)
    subject, body = mail_on(person.open(deed(user, "invite_again")))
    User.objects.filter(pk=user.pk).update(invited_at=None)
    OutgoingMail.objects.all().delete()
    person.send(deed(user, "invite_again"), mail_subject=subject, mail_body=body)
    assert OutgoingMail.objects.get().to == "sakura@staff.example.jp"
    person.send(deed(reception, "invite_again"), mail_subject=subject, mail_body=body)
    assert OutgoingMail.objects.count() == 1


def test_groups_are_changed_and_the_history_keeps_what_was_taken_away(desk, superuser, reception):
    person = desk(superuser)
    seen = person.open(deed(reception, "groups")).select_one("[name=seen]")["value"]
    person.send(deed(reception, "groups"), groups=["承認"], seen=seen)
    assert person.said == ["受付 花子 さんのグループを変更しました。"]
    assert groups_of(reception) == {"承認"}
    rows = [
        [words(cell) for cell in row.select("td")][1:]
        for row in person.open(page_of(reception)).select(".kmc-table tbody tr")
    ]
    assert ["管理 太郎", "登録", "グループ", "", "承認"] in rows
    assert ["管理 太郎", "削除", "グループ", "受付", "（なし）"] in rows


def test_a_login_is_stopped_and_reopened_but_not_one_s_own(desk, superuser, reception):
    person, stopped = desk(superuser), desk(reception)
    stopped.open("/admin/")
    person.send(deed(reception, "stop"))
    assert person.said == ["受付 花子 さんの利用を停止しました。"]
    assert stopped.client.get("/admin/").status_code == 302
    person.send(deed(reception, "reopen"))
    assert person.said[-1:] == ["受付 花子 さんの利用を再開しました。"]
    person.send(deed(superuser, "stop"))
    assert person.said[-1:] == ["ご自身のログインは停止できません。"]
    superuser.refresh_from_db()
    assert superuser.is_active
