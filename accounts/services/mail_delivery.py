"""Deliver the outbox: claim, commit, send, mark. At least once; the Message-ID is the same at every try."""

import datetime
import smtplib
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q

from accounts.models import MailProblem, MailState, OutgoingMail
from accounts.services import mail_parts

STALE_AFTER = datetime.timedelta(minutes=10)  # a claim older than this belongs to a worker that died
MAX_ATTEMPTS = 8
BATCH = 200


def back_off(attempts: int) -> datetime.timedelta:
    """1, 2, 4 … minutes, four hours at most."""
    return min(datetime.timedelta(minutes=2 ** (attempts - 1)), datetime.timedelta(hours=4))


def deliver(*, mail_id: int, now: datetime.datetime) -> None:
    """Send one mail if it is due and nobody else is at it."""
    mail = _claim(mail_id, now)
    if mail is None:
        return
    try:
        _message(mail).send()
    except smtplib.SMTPRecipientsRefused as refusal:
        code, reason = next(iter(refusal.recipients.values()))
        detail = f"{code} {reason.decode('utf-8', 'replace') if isinstance(reason, bytes) else reason}"
        if 500 <= code < 600:
            _mark_refused(mail, detail, now)
        else:
            _mark_for_retry(mail, detail, now)
    except (smtplib.SMTPException, OSError, mail_parts.NotReady) as error:
        _mark_for_retry(mail, f"{type(error).__name__}: {error}", now)
    else:
        _mark_sent(mail, now)


def sweep(*, now: datetime.datetime) -> int:
    """Deliver what is due, and what a dead worker left claimed. Returns how many were tried."""
    OutgoingMail.objects.filter(state=MailState.CLAIMED, claimed_at__lt=now - STALE_AFTER).update(
        state=MailState.QUEUED, not_before=now
    )
    due = OutgoingMail.objects.filter(state=MailState.QUEUED, not_before__lte=now).order_by("not_before")
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    for mail_id in ids:
        deliver(mail_id=mail_id, now=now)
    return len(ids)


def _claim(mail_id: int, now: datetime.datetime) -> OutgoingMail | None:
    with transaction.atomic():
        mail = (
            OutgoingMail.objects.select_for_update(skip_locked=True)
            .filter(Q(pk=mail_id, state=MailState.QUEUED, not_before__lte=now))
            .first()
        )
        if mail is None:
            return None
        mail.state, mail.claimed_at, mail.attempts = MailState.CLAIMED, now, mail.attempts + 1
        mail.save(update_fields=["state", "claimed_at", "attempts"])
        return mail


def _message(mail: OutgoingMail) -> EmailMessage:
    message = EmailMessage(
        subject=mail.subject,
        body=mail_parts.fill_secrets(mail.body, mail.secrets),
        to=[formataddr((mail.to_name, mail.to)) if mail.to_name else mail.to],
        from_email=settings.DEFAULT_FROM_EMAIL,
        headers={"Message-ID": f"<mail-{mail.pk}@{settings.MAIL_DOMAIN}>", "Auto-Submitted": "auto-generated"},
    )
    for attachment in mail.attachments:
        message.attach(*mail_parts.attachment(attachment))
    return message


def _mark_sent(mail: OutgoingMail, now: datetime.datetime) -> None:
    mail.state, mail.sent_at, mail.last_error = MailState.SENT, now, ""
    mail.save(update_fields=["state", "sent_at", "last_error"])
    MailProblem.objects.filter(address__iexact=mail.to, solved_at=None).update(solved_at=now)


@transaction.atomic
def _mark_refused(mail: OutgoingMail, detail: str, now: datetime.datetime) -> None:
    mail.state, mail.last_error = MailState.REFUSED, detail[:500]
    mail.save(update_fields=["state", "last_error"])
    MailProblem.objects.create(
        address=mail.to, kind=MailProblem.Kind.REFUSED, detail=detail[:500], mail=mail, at=now
    )


def _mark_for_retry(mail: OutgoingMail, detail: str, now: datetime.datetime) -> None:
    mail.last_error = detail[:500]
    if mail.attempts >= MAX_ATTEMPTS:
        mail.state = MailState.FAILED
    else:
        mail.state, mail.not_before = MailState.QUEUED, now + back_off(mail.attempts)
    mail.save(update_fields=["state", "not_before", "last_error"])
