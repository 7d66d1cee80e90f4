"""The whole way of a mail: commit, broker, a real Celery worker, a real mail server."""

import subprocess
import sys
import threading
from typing import Any

import pytest
from django.utils import timezone

from accounts.services import outbox
from tests.faults import process
from tests.fixtures.smtp import FakeSmtp


@pytest.mark.django_db(transaction=True)
def test_a_committed_mail_is_sent_by_the_worker_at_once(smtp: FakeSmtp, settings: Any) -> None:
    arrived = threading.Event()
    smtp.while_receiving = arrived.set
    mail = outbox.queue(
        kind="password_changed",
        to="taro@example.com",
        context={"user_name": "山田 太郎", "email": "taro@example.com"},
        idempotency_key="test",
        actor=None,
        now=timezone.now(),
    )
    worker = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "kmc_portal",
            "worker",
            "--pool",
            "solo",
            "--loglevel",
            "WARNING",
        ],
        cwd=process.ROOT,
        env=process.environment(EMAIL_URL=f"smtp://127.0.0.1:{settings.EMAIL_PORT}"),
    )
    try:
        assert arrived.wait(timeout=process.PATIENCE)
    finally:
        worker.terminate()
        worker.wait(timeout=process.PATIENCE)
    [message] = smtp.received
    assert message["Message-ID"] == f"<mail-{mail.pk}@kmc.example.jp>"
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("sent", 1)
