"""The fixture that the stories of all chapters use."""

from django.utils import timezone

from accounts.models import Customer, User
from accounts.rules.roles import CustomerRole
from accounts.services import customers
from tests.fixtures.mail import Mailbox


def test_what_a_service_queued_arrives_when_the_mailbox_is_delivered(
    customer: Customer, reception: User, mailbox: Mailbox
) -> None:
    customers.invite_user(
        customer=customer,
        email="new@aozora.example.com",
        name="新田 新",
        role=CustomerRole.MEMBER,
        actor=reception,
        now=timezone.now(),
    )
    assert mailbox.all == []
    [mail] = mailbox.deliver()
    assert mailbox.to("new@aozora.example.com") == [mail]
    assert mailbox.link(mail).startswith("/account/password/reset/key/")
    assert mailbox.deliver() == []
