"""What happens to mails when a worker is killed or the broker is gone: real processes, real commits."""

import datetime
import signal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import MailState, OutgoingMail
from accounts.services import mail_delivery, outbox
from tests.faults import process
from tests.fixtures.mail import Mailbox
from tests.fixtures.smtp import FakeSmtp

pytestmark = pytest.mark.django_db(transaction=True)

DELIVER = """
from django.utils import timezone
from accounts.services import mail_delivery
mail_delivery.sweep(clock=timezone.now)
"""
QUEUE = """
from django.db import transaction
from django.utils import timezone
from accounts.services import outbox
with transaction.atomic():
    outbox.queue(kind="password_changed", to="taro@example.com", context={"user_name": "山田", "email": "x"},
        idempotency_key="no-broker", actor=None, now=timezone.now())
print("committed")
"""


def test_a_worker_killed_while_sending_is_found_and_the_mail_goes_out_again_as_the_same_one(
    smtp: FakeSmtp, settings: Any
) -> None:
    mail = outbox.queue(
        kind="password_changed",
        to="taro@example.com",
        context={"user_name": "山田 太郎", "email": "taro@example.com"},
        idempotency_key="test",
        actor=None,
        now=timezone.now(),
    )
    worker = process.start(DELIVER, EMAIL_URL=f"smtp://127.0.0.1:{settings.EMAIL_PORT}")
    smtp.while_receiving = worker.kill
    worker.communicate(timeout=process.PATIENCE)
    assert worker.returncode == -signal.SIGKILL
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.sent_at) == (MailState.CLAIMED, 1, None)

    smtp.while_receiving = None
    assert mail_delivery.sweep(clock=timezone.now) == 0  # it might still be at it
    later = timezone.now() + mail_delivery.STALE_AFTER + datetime.timedelta(seconds=1)
    assert mail_delivery.sweep(clock=lambda: later) == 1
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.sent_at) == (MailState.SENT, 2, later)
    # The server had taken the first one, too: once more rather than never, and recognisable as the same.
    assert {message["Message-ID"] for message in smtp.received} == {f"<mail-{mail.pk}@kmc.example.jp>"}


def test_without_a_broker_the_commit_stands_and_the_sweep_delivers(mailbox: Mailbox) -> None:
    done = process.run(QUEUE, REDIS_URL="unix:///nowhere/valkey.sock?db=0")
    assert done.stdout == "committed\n", done.stderr
    assert done.returncode == 0
    assert OutgoingMail.objects.get().state == MailState.QUEUED
    [mail] = mailbox.deliver()
    assert mail.to == ["taro@example.com"]
