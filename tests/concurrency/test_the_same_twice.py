"""The same thing sent twice at the same moment, as a double click does: once done, once answered in words."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import CompanyClosingDay, MaterialEdition, OutgoingMail, StoredFile, User
from tests.concurrency.test_two_at_once import at_once
from tests.fixtures.people import make_staff

pytestmark = pytest.mark.django_db(transaction=True)

ClientFor = Callable[[User], Client]


def pages(
    client_for: ClientFor, user: User, address: str, form: Callable[[], dict[str, object]]
) -> list[str]:
    """What three posts of the same form at once are answered."""

    def post() -> str:
        answer = client_for(user).post(address, form(), follow=True)
        assert answer.status_code in (200, 422)
        return str(answer.content.decode())

    found = at_once(post, post, post)
    assert all(isinstance(page, str) for page in found), found
    return found


def one_of(found: list[str], done: str, refused: str) -> None:
    assert sorted((done in page, refused in page) for page in found) == [
        (False, True),
        (False, True),
        (True, False),
    ]


def test_an_edition_published_twice_at_once_is_published_once(
    operations: User, client_for: ClientFor
) -> None:
    def form() -> dict[str, object]:
        file = SimpleUploadedFile("規約.pdf", b"%PDF-1.4\n%%EOF\n")
        return {"material": "terms", "edition": "3.0版", "published_on": "2026-04-01", "file": file}

    found = pages(client_for, operations, reverse("admin:accounts_materialedition_add"), form)
    one_of(found, "サービス利用規約 3.0版 を公開しました。", "サービス利用規約の3.0版は公開済みです。")
    assert MaterialEdition.objects.filter(edition="3.0版").count() == 1
    assert StoredFile.objects.count() == 1


def test_a_colleague_invited_twice_at_once_is_invited_once(
    customer_admin: User, client_for: ClientFor
) -> None:
    form = {"name": "新人", "email": "new@aozora.example.com", "role": "member"}
    found = pages(client_for, customer_admin, reverse("portal:user_invite"), lambda: dict(form))
    one_of(
        found,
        "new@aozora.example.com に招待メールをお送りします。",
        "new@aozora.example.com は登録済みです。別のメールアドレスを指定してください。",
    )
    assert OutgoingMail.objects.filter(kind="invitation").count() == 1


def test_staff_invited_twice_at_once_are_invited_once(superuser: User, client_for: ClientFor) -> None:
    form = {
        "name": "新人",
        "email": "new@staff.example.jp",
        "groups": ["閲覧"],
        "mail_subject": "招待",
        "mail_body": "⟦link⟧",
    }
    found = pages(client_for, superuser, reverse("admin:accounts_user_add"), lambda: dict(form))
    assert sum("登録済みです" in page for page in found) == 2
    assert User.objects.filter(email="new@staff.example.jp").count() == 1
    assert OutgoingMail.objects.filter(kind="invitation").count() == 1


def test_a_closing_day_entered_twice_at_once_is_entered_once(operations: User, client_for: ClientFor) -> None:
    form = {"day": "2027-02-03", "name": "創立記念日"}
    found = pages(client_for, operations, reverse("admin:accounts_companyclosingday_add"), lambda: dict(form))
    one_of(
        found,
        "2027年2月3日（水）を会社休業日にしました。",
        "2027年2月3日（水）は登録済みです。",
    )
    assert CompanyClosingDay.objects.count() == 1


def test_two_system_administrators_who_stop_each_other_at_once_do_not_both_go(
    superuser: User, client_for: ClientFor
) -> None:
    other = make_staff("root2@staff.example.jp", "管理 次郎", superuser=True)

    def stop(actor: User, whom: User) -> Callable[[], int]:
        client = client_for(actor)
        address = reverse("admin:accounts_user_do", args=[whom.pk, "stop"])
        return lambda: client.post(address).status_code

    at_once(stop(superuser, other), stop(other, superuser))
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1
