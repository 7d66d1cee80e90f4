"""Names that would break a mail's header, a column or the reader's eye."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, OutgoingMail, User

UNSEEN = "改行や、目に見えない文字が含まれています"
LONG_EMAIL = "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".example.jp"  # 64 + 1 + 182 + 11 = 258


@pytest.mark.parametrize(
    "name", ["青空\r\nBcc: thief@example.net", "青空\u202e花子", "\u200b", "青空\u2028花子", "青\x07空"]
)
def test_a_name_of_more_than_one_visible_line_is_refused(
    name: str, customer_admin: User, client_for: Callable[[User], Client]
) -> None:
    form = {"name": name, "email": "new@aozora.example.com", "role": "member"}
    answer = client_for(customer_admin).post(reverse("portal:user_invite"), form)
    assert answer.status_code == 422
    assert UNSEEN in answer.content.decode()
    assert not User.objects.filter(email="new@aozora.example.com").exists()


def test_names_of_every_script_are_taken(customer_admin: User, client_for: Callable[[User], Client]) -> None:
    for number, name in enumerate(["山﨑 𠮷子", "O’Neil-Šimić", "เจมส์", "👩‍💻 髙橋", "<b>太字</b>"]):
        form = {"name": name, "email": f"new{number}@aozora.example.com", "role": "member"}
        assert client_for(customer_admin).post(reverse("portal:user_invite"), form).status_code == 302
        assert User.objects.get(email=f"new{number}@aozora.example.com").name == name


def test_a_name_that_grows_beyond_the_column_when_normalised_is_refused(
    customer_admin: User, client_for: Callable[[User], Client]
) -> None:
    """U+0958 is two signs in NFC."""
    form = {"name": "\u0958" * 41, "email": "new@aozora.example.com", "role": "member"}
    answer = client_for(customer_admin).post(reverse("portal:user_invite"), form)
    assert answer.status_code == 422
    assert "82 文字になっています" in answer.content.decode()
    form["name"] = "\u0958" * 40
    assert client_for(customer_admin).post(reverse("portal:user_invite"), form).status_code == 302


def test_a_company_name_whose_search_key_grows_can_be_entered(
    reception: User, client_for: Callable[[User], Client]
) -> None:
    """U+FDFA is eighteen signs in NFKC."""
    form = {
        "name": "\ufdfa" * 120,
        "user_name": "長井 名前",
        "user_email": "long@example.com",
        "mail_subject": "招待",
        "mail_body": "⟦link⟧",
    }
    answer = client_for(reception).post(reverse("admin:accounts_customer_add"), form)
    assert answer.status_code == 302
    assert Customer.objects.get(name="\ufdfa" * 120).users.get().email == "long@example.com"


def test_an_address_longer_than_the_column_is_refused_everywhere(
    customer: Customer, superuser: User, client_for: Callable[[User], Client]
) -> None:
    client = client_for(superuser)
    page = reverse("admin:accounts_customer_do", args=[customer.pk, "invite"])
    for address, form in (
        (page, {"user_name": "長", "user_email": LONG_EMAIL, "role": "member"}),
        (reverse("admin:accounts_customer_add"), {"name": "長", "user_name": "長", "user_email": LONG_EMAIL}),
        (reverse("admin:accounts_salespartner_add"), {"name": "長", "email": LONG_EMAIL}),
        (reverse("admin:accounts_user_add"), {"name": "長", "email": LONG_EMAIL, "groups": ["閲覧"]}),
    ):
        answer = client.post(address, {**form, "mail_subject": "招待", "mail_body": "⟦link⟧"})
        assert answer.status_code == 200, address
        assert "この値は 254 文字以下でなければなりません" in answer.content.decode(), address
    assert not OutgoingMail.objects.exists()
