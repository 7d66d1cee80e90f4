"""The outbox as services see it: a row first, sent later, once."""

import datetime
from typing import Any

import pytest
from celery import current_app
from django.db import transaction

from accounts.models import MailState, OutgoingMail, User
from accounts.services import outbox
from accounts.services.errors import Refused
from tests.fixtures.mail import Mailbox

NOW = datetime.datetime(2026, 11, 24, 1, 0, tzinfo=datetime.UTC)


def queue(**more: Any) -> OutgoingMail:
    wanted: dict[str, Any] = {
        "kind": "password_changed",
        "to": "taro@example.com",
        "to_name": "山田 太郎",
        "context": {"user_name": "山田 太郎", "email": "taro@example.com"},
        "idempotency_key": "test-1",
        "actor": None,
        "now": NOW,
    }
    return outbox.queue(**{**wanted, **more})


@pytest.fixture
def sent_mail(db: None, mailbox: Mailbox) -> OutgoingMail:
    mail = queue()
    mailbox.deliver()
    mail.refresh_from_db()
    assert mail.state == MailState.SENT
    return mail


@pytest.mark.django_db
def test_the_same_key_twice_is_one_mail() -> None:
    first = queue()
    assert queue() == first
    assert OutgoingMail.objects.count() == 1


@pytest.mark.django_db
def test_another_key_is_another_mail() -> None:
    queue()
    queue(idempotency_key="test-2")
    assert OutgoingMail.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("length", [120, 121, 300])
def test_a_key_of_any_length_fits_and_still_tells_mails_apart(length: int) -> None:
    queue(idempotency_key="k" * length)
    queue(idempotency_key="k" * length)
    queue(idempotency_key="k" * (length - 1) + "x")
    assert OutgoingMail.objects.count() == 2


@pytest.mark.django_db
def test_staff_s_own_wording_goes_out_instead_of_the_template_s(mailbox: Mailbox) -> None:
    queue(edited=outbox.MailText(subject="件名を直しました", body="本文を直しました。\r\n以上\r\n"))
    [mail] = mailbox.deliver()
    assert mail.subject == "件名を直しました"
    assert mail.body == "本文を直しました。\n以上\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("subject", "body", "said"),
    [
        ("", "本文", "件名と本文"),
        ("件名", "  \n", "件名と本文"),
        ("件名\nBcc: someone@example.com", "本文", "改行なし"),
        ("件" * 201, "本文", "200文字以内"),
    ],
)
def test_a_wording_that_cannot_be_sent_is_refused(subject: str, body: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        queue(edited=outbox.MailText(subject=subject, body=body))
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
def test_a_subject_of_200_characters_is_taken() -> None:
    assert queue(edited=outbox.MailText(subject="件" * 200, body="本文")).subject == "件" * 200


@pytest.mark.django_db
def test_a_wording_without_the_place_for_the_secret_is_refused(customer_admin: User) -> None:
    with pytest.raises(Refused, match="⟦link⟧ が消えています"):
        queue(
            kind="password_reset",
            secrets={"link": {"make": "password_link", "user": customer_admin.pk}},
            edited=outbox.MailText(subject="件名", body="リンクを忘れた本文"),
        )


def test_a_mail_is_sent_again_as_a_row_of_its_own(
    sent_mail: OutgoingMail, reception: User, mailbox: Mailbox
) -> None:
    copy = outbox.resend(mail=sent_mail, actor=reception, now=NOW)
    assert (copy.resend_of, copy.created_by, copy.state) == (sent_mail, reception, MailState.QUEUED)
    [again] = mailbox.deliver()
    assert again.subject == sent_mail.subject
    outbox.resend(mail=sent_mail, actor=reception, now=NOW)
    assert OutgoingMail.objects.count() == 3


def test_a_mail_is_sent_again_to_a_corrected_address(
    sent_mail: OutgoingMail, reception: User, mailbox: Mailbox
) -> None:
    outbox.resend(mail=sent_mail, actor=reception, now=NOW, to="jiro@example.com")
    mailbox.deliver()
    assert len(mailbox.to("jiro@example.com")) == 1


def test_a_corrected_address_must_be_one(sent_mail: OutgoingMail, reception: User) -> None:
    with pytest.raises(Refused, match="形式が正しくありません：jiro@"):
        outbox.resend(mail=sent_mail, actor=reception, now=NOW, to="jiro@")


def test_a_personal_link_is_not_sent_to_somebody_else(
    customer_admin: User, reception: User, mailbox: Mailbox
) -> None:
    mail = queue(
        kind="password_reset",
        to=customer_admin.email,
        secrets={"link": {"make": "password_link", "user": customer_admin.pk}},
    )
    mailbox.deliver()
    with pytest.raises(Refused, match="本人専用"):
        outbox.resend(mail=mail, actor=reception, now=NOW, to="somebody@example.net")
    outbox.resend(mail=mail, actor=reception, now=NOW, to=customer_admin.email.upper())


@pytest.mark.django_db
def test_what_still_waits_is_not_sent_again(reception: User) -> None:
    with pytest.raises(Refused, match="まだ送信待ち"):
        outbox.resend(mail=queue(), actor=reception, now=NOW)


@pytest.mark.django_db
def test_a_cancelled_mail_does_not_go_out(reception: User, mailbox: Mailbox) -> None:
    mail = queue()
    outbox.cancel(mail_id=mail.pk, actor=reception)
    assert mailbox.deliver() == []
    mail.refresh_from_db()
    assert mail.state == MailState.CANCELLED


def test_what_went_out_cannot_be_cancelled(sent_mail: OutgoingMail, reception: User) -> None:
    with pytest.raises(Refused, match="送信済"):
        outbox.cancel(mail_id=sent_mail.pk, actor=reception)


@pytest.mark.django_db(transaction=True)
def test_the_task_is_asked_for_after_the_commit_and_not_when_it_is_undone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, retry: asked.append((name, args)))
    with transaction.atomic():
        mail = queue()
        assert asked == []
    assert asked == [("accounts.tasks.deliver_mail", [mail.pk])]
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue(idempotency_key="undone")
        raise ZeroDivisionError
    assert len(asked) == 1
    assert OutgoingMail.objects.count() == 1
