"""Several workers at the same outbox: real threads, real commits, a real mail server."""

import threading
from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import MailState, OutgoingMail
from accounts.services import mail_delivery, outbox
from tests.fixtures.smtp import FakeSmtp

pytestmark = pytest.mark.django_db(transaction=True)


def queue(number: int) -> OutgoingMail:
    return outbox.queue(
        kind="password_changed",
        to=f"person{number}@example.com",
        context={"user_name": "山田 太郎", "email": "x"},
        idempotency_key=f"test-{number}",
        actor=None,
        now=timezone.now(),
    )


def test_four_workers_sweeping_at_once_send_each_mail_once(smtp: FakeSmtp) -> None:
    mails = [queue(number) for number in range(12)]
    gate = threading.Barrier(4)

    def work() -> None:
        try:
            gate.wait(timeout=20)
            mail_delivery.sweep(clock=timezone.now)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    sent = Counter(message["Message-ID"] for message in smtp.received)
    assert sent == {f"<mail-{mail.pk}@kmc.example.jp>": 1 for mail in mails}
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {(MailState.SENT, 1)}


def test_a_mail_that_is_just_being_sent_is_left_alone_by_everybody_else(smtp: FakeSmtp) -> None:
    mail = queue(1)
    seen: list[tuple[str, int]] = []

    def meanwhile() -> None:
        """Another worker, while the server still reads the mail of the first: the claim is committed and seen."""
        try:
            mail_delivery.deliver(mail_id=mail.pk, now=timezone.now())
            swept = mail_delivery.sweep(clock=timezone.now)
            seen.append((OutgoingMail.objects.get(pk=mail.pk).state, swept))
        finally:
            connection.close()

    smtp.while_receiving = meanwhile
    mail_delivery.deliver(mail_id=mail.pk, now=timezone.now())
    assert seen == [(MailState.CLAIMED, 0)]
    assert len(smtp.received) == 1
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (MailState.SENT, 1)
