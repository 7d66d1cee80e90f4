"""Background jobs of this app. Each is safe to run twice, late, or after a crash."""

from celery import shared_task
from django.utils import timezone

from accounts.services import files, mail_delivery


@shared_task
def deliver_mail(mail_id: int) -> None:
    mail_delivery.deliver(mail_id=mail_id, now=timezone.now())


@shared_task
def sweep_outbox() -> int:
    return mail_delivery.sweep(clock=timezone.now)


@shared_task
def sweep_files() -> int:
    return files.sweep(now=timezone.now())
