"""Links that set a password: the invitation, which is a prospect's first login, and the reset."""

import datetime
from collections.abc import Callable

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import Customer, OutgoingMail, User
from accounts.rules.roles import CustomerRole
from accounts.services import customers
from accounts.services.errors import Refused
from tests.fixtures.mail import Mailbox
from tests.fixtures.people import PASSWORD

pytestmark = pytest.mark.django_db

RESET = "/account/password/reset/"
NEW = "a-brand-new-password"
DAY = datetime.timedelta(days=1)


@pytest.fixture
def invited(customer: Customer, reception: User) -> User:
    return customers.invite_user(
        customer=customer,
        email="new@aozora.example.com",
        name="新田 新",
        role=CustomerRole.MEMBER,
        actor=reception,
        now=timezone.now(),
    )


@pytest.fixture
def link(invited: User, mailbox: Mailbox) -> str:
    [mail] = mailbox.deliver()
    return mailbox.link(mail)


def open_link(client: Client, link: str) -> str | None:
    """The page with the form, None when the link does not work (any more)."""
    return client.get(link).headers.get("Location")


def set_password(client: Client, page: str, first: str = NEW, second: str = NEW) -> HttpResponse:
    return client.post(page, {"password1": first, "password2": second})


def can_log_in(email: str, password: str) -> bool:
    client = Client()
    client.post("/account/login/", {"login": email, "password": password})
    return client.get("/portal/").status_code == 200


def test_the_invited_set_a_password_and_log_in_with_it(client: Client, invited: User, link: str) -> None:
    assert not can_log_in(invited.email, "")
    page = open_link(client, link)
    assert page is not None
    assert link.rstrip("/").rpartition("-")[2] not in page  # no key in the address bar, nor in a Referer
    assert set_password(client, page).status_code == 302
    assert can_log_in("new@aozora.example.com", NEW)


def test_the_link_dies_with_its_use(client: Client, link: str) -> None:
    page = open_link(client, link)
    assert page is not None
    set_password(client, page)
    assert open_link(Client(), link) is None
    assert set_password(client, page, "yet-another-password", "yet-another-password").status_code == 200
    assert can_log_in("new@aozora.example.com", NEW)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (NEW, NEW + "x"),
        ("eleven-char", "eleven-char"),
        ("123456789012", "123456789012"),
        ("new@aozora.example.com", "new@aozora.example.com"),
        ("password1234", "password1234"),
    ],
    ids=["not the same twice", "11 characters", "digits only", "the address", "common"],
)
def test_a_bad_password_is_not_taken_and_the_link_lives_on(
    client: Client, link: str, first: str, second: str
) -> None:
    page = open_link(client, link)
    assert page is not None
    assert set_password(client, page, first, second).status_code == 200
    assert set_password(client, page, "twelve-chars", "twelve-chars").status_code == 302


def test_the_link_lives_for_seven_days(client: Client, link: str) -> None:
    with time_machine.travel(timezone.localtime() + 7 * DAY - datetime.timedelta(minutes=1), tick=False):
        assert open_link(client, link) is not None


def test_the_link_is_dead_after_seven_days(client: Client, link: str) -> None:
    with time_machine.travel(timezone.localtime() + 7 * DAY + datetime.timedelta(minutes=1), tick=False):
        assert open_link(client, link) is None


def test_the_link_dies_with_deactivation_even_when_its_page_is_open(
    client: Client, invited: User, link: str, customer_admin: User
) -> None:
    page = open_link(client, link)
    assert page is not None
    customers.set_user_active(user=invited, active=False, actor=customer_admin)
    assert open_link(Client(), link) is None
    set_password(client, page)
    invited.refresh_from_db()
    assert not invited.has_usable_password()


def test_the_link_dies_with_a_change_of_address(invited: User, link: str) -> None:
    User.objects.filter(pk=invited.pk).update(email="other@aozora.example.com")
    assert open_link(Client(), link) is None


@pytest.mark.parametrize(
    "spoil", [lambda key: key[:-2] + "x/", lambda key: "/account/password/reset/key/zz-abc/"]
)
def test_a_made_up_link_does_not_work(link: str, spoil: Callable[[str], str]) -> None:
    answer = Client().get(spoil(link))
    assert answer.status_code == 200
    assert "password1" not in answer.content.decode()


def test_an_invitation_can_be_sent_again_until_it_was_taken(
    client: Client, invited: User, link: str, reception: User, mailbox: Mailbox
) -> None:
    customers.send_invitation(
        user=invited, actor=reception, now=timezone.now() + datetime.timedelta(seconds=2)
    )
    [second] = mailbox.deliver()
    page = open_link(client, mailbox.link(second))
    assert page is not None
    set_password(client, page)
    assert open_link(Client(), link) is None
    invited.refresh_from_db()
    with pytest.raises(Refused, match="設定済み"):
        customers.send_invitation(user=invited, actor=reception, now=timezone.now())


def test_a_reset_goes_through_the_outbox_with_a_link_that_works_once(
    client: Client, customer_admin: User, mailbox: Mailbox
) -> None:
    assert client.post(RESET, {"email": "ADMIN@aozora.example.com"}).status_code == 302
    row = OutgoingMail.objects.get()
    assert (row.kind, row.to.lower(), row.customer) == (
        "password_reset",
        customer_admin.email,
        customer_admin.customer,
    )
    [mail] = mailbox.deliver()
    page = open_link(client, mailbox.link(mail))
    assert page is not None
    set_password(client, page)
    assert can_log_in(customer_admin.email, NEW)
    assert not can_log_in(customer_admin.email, PASSWORD)
    assert open_link(Client(), mailbox.link(mail)) is None


def test_its_owner_is_told_of_a_new_password(client: Client, customer_admin: User, mailbox: Mailbox) -> None:
    client.post(RESET, {"email": customer_admin.email})
    [mail] = mailbox.deliver()
    page = open_link(client, mailbox.link(mail))
    assert page is not None
    set_password(client, page)
    [told] = mailbox.deliver()
    assert told.subject == "【KMC】パスワードが設定されました"
    assert "対象のログイン：admin@aozora.example.com" in told.body


def test_its_owner_is_told_of_a_changed_password(
    customer_admin: User, client_for: Callable[[User], Client], mailbox: Mailbox
) -> None:
    client_for(customer_admin).post(
        "/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )
    [told] = mailbox.deliver()
    assert told.subject == "【KMC】パスワードが設定されました"


def test_nobody_learns_from_the_page_whether_an_address_is_registered(
    client: Client, customer_admin: User
) -> None:
    known = client.post(RESET, {"email": customer_admin.email}, follow=True)
    unknown = client.post(RESET, {"email": "nobody@example.com"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert known.status_code == unknown.status_code == 200
    assert "nobody@example.com" not in unknown.content.decode()


def test_an_unknown_address_gets_a_mail_that_says_so_without_a_link(client: Client, mailbox: Mailbox) -> None:
    client.post(RESET, {"email": "nobody@example.com"})
    [mail] = mailbox.deliver()
    assert mail.to == ["nobody@example.com"]
    assert "登録は見つかりませんでした" in mail.body
    assert mailbox.links(mail) == []


def test_a_deactivated_user_gets_no_link_either(
    client: Client, customer_admin: User, mailbox: Mailbox
) -> None:
    User.objects.filter(pk=customer_admin.pk).update(is_active=False)
    client.post(RESET, {"email": customer_admin.email})
    [mail] = mailbox.deliver()
    assert mailbox.links(mail) == []


def test_five_resets_of_an_address_in_ten_minutes_are_enough(client: Client, customer_admin: User) -> None:
    for n in range(5):
        assert (
            client.post(RESET, {"email": customer_admin.email}, REMOTE_ADDR=f"198.20.1.{n}").status_code
            == 302
        )
    assert client.post(RESET, {"email": customer_admin.email}, REMOTE_ADDR="198.20.1.9").status_code == 429
    assert OutgoingMail.objects.count() == 5


def test_an_address_as_long_as_they_get_is_no_reason_to_fail(client: Client) -> None:
    address = "a" * 64 + "@" + "b" * 60 + "." + "c" * 60 + "." + "d" * 53 + ".com"
    assert len(address) == 244
    assert client.post(RESET, {"email": address}).status_code == 302
    assert OutgoingMail.objects.get().to == address
