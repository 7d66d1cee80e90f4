"""What allauth may want to say, in our mails and words."""

from pathlib import Path

import allauth
import pytest
from django.test import RequestFactory

from accounts.adapter import MAIL_KINDS, NEVER_SENT, AccountAdapter
from accounts.models import OutgoingMail


def test_every_mail_that_allauth_has_is_ours_or_known_never_to_be_sent() -> None:
    folder = Path(allauth.__file__).parent / "templates" / "account" / "email"
    prefixes = {
        f"account/email/{path.name.removesuffix('_message.txt')}" for path in folder.glob("*_message.txt")
    }
    assert "account/email/password_reset_key" in prefixes
    assert prefixes - {"account/email/base"} == set(MAIL_KINDS) | NEVER_SENT


def test_no_mail_is_both() -> None:
    assert not set(MAIL_KINDS) & NEVER_SENT


@pytest.mark.django_db
def test_a_mail_that_nobody_wrote_does_not_stop_the_login(caplog: pytest.LogCaptureFixture) -> None:
    adapter = AccountAdapter(RequestFactory().get("/"))
    adapter.send_mail("account/email/some_new_thing", "taro@example.com", {})
    assert not OutgoingMail.objects.exists()
    assert "account/email/some_new_thing" in caplog.text
