"""Background jobs of this app. Each is safe to run twice, late, or after a crash."""

from celery import shared_task
from django.utils import timezone

from accounts.services import customers, files, mail_delivery
from accounts.services.jobs import Report, periodic
from kmc_portal.lib.jst import date_of


@shared_task
def deliver_mail(mail_id: int) -> None:
    mail_delivery.deliver(mail_id=mail_id, now=timezone.now())


@shared_task
def deliver_mails(mail_ids: list[int]) -> None:
    """One mail to many: where this stops half-way, the sweep goes on."""
    for mail_id in mail_ids:
        mail_delivery.deliver(mail_id=mail_id, now=timezone.now())


@periodic
def sweep_outbox(*, report: Report) -> str:
    tried = mail_delivery.sweep(clock=timezone.now)
    return f"メール {tried:,}通の送信を試みました。" if tried else ""


@periodic
def sweep_files(*, report: Report) -> str:
    gone = files.sweep(now=timezone.now())
    return f"参照されていないファイル {gone:,}件を削除しました。" if gone else ""


@periodic
def follow_profiles(*, report: Report) -> str:
    """Company names that came into force today (§2.1b)."""
    followed = customers.follow_profiles(day=date_of(timezone.now()))
    return f"{followed}社の名称を新しい企業情報に合わせました。" if followed else ""
