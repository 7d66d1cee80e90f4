"""Deliver the outbox: claim, commit, send, mark. At least once; the Message-ID is the same at every try.

A claim is known by its number of attempts: whoever lost it (a stalled worker whose row was swept and sent by
another) can no longer mark the row.
"""

import datetime
import logging
import re
import smtplib
import traceback
from collections.abc import Callable, Mapping
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from accounts.models import MailProblem, MailState, OutgoingMail
from accounts.services import mail_parts
from accounts.services.outbox import placeholder

log = logging.getLogger(__name__)

STALE_AFTER = datetime.timedelta(minutes=10)  # a claim older than this belongs to a worker that died
MAX_ATTEMPTS = 8
BATCH = 200
NO_SUCH_ADDRESS = frozenset({550, 551, 553, 556})  # some servers say it only after the data (RFC 5321, 7504)
REASON_LENGTH = 500  # as OutgoingMail has it


def back_off(attempts: int) -> datetime.timedelta:
    """1, 2, 4 … minutes, four hours at most."""
    return min(datetime.timedelta(minutes=2 ** (attempts - 1)), datetime.timedelta(hours=4))


def deliver(*, mail_id: int, now: datetime.datetime) -> None:
    """Send one mail if it is due and nobody else is at it. Whatever goes wrong with it is noted on its row."""
    mail = _claim(mail_id, now)
    if mail is None:
        return
    secrets: dict[str, str] = {}
    try:
        secrets = mail_parts.make_secrets(mail.secrets)
        _message(mail, secrets).send()
    except smtplib.SMTPRecipientsRefused as refusal:
        code, reason = next(iter(refusal.recipients.values()))
        _mark_answer(mail, code, reason, secrets, now, address_at_fault=True)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refusal:
        code = refusal.smtp_code
        after_data = isinstance(refusal, smtplib.SMTPDataError)
        _mark_answer(
            mail,
            code,
            refusal.smtp_error,
            secrets,
            now,
            address_at_fault=after_data and code in NO_SUCH_ADDRESS,
        )
    except (smtplib.SMTPException, OSError, mail_parts.NotReady) as error:
        _mark_for_retry(mail, f"{type(error).__name__}: {error}", secrets, now)
    except Exception as error:  # noqa: BLE001  one mail that cannot be made must not stop the others
        # The error's own words are not logged: they may quote a secret.
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("mail %s (%s) cannot be made: %s at\n%s", mail.pk, mail.kind, type(error).__name__, where)
        _mark_for_retry(mail, f"メールを作成できません（{type(error).__name__}）", secrets, now)
    else:
        _mark_sent(mail, now)


def sweep(*, clock: Callable[[], datetime.datetime]) -> int:
    """Deliver what is due, and what a dead worker left claimed. Returns how many were tried.

    The clock is read for each mail: a claim must not look stale because the mails before it took long.
    """
    ids = due(now=clock())
    for mail_id in ids:
        deliver(mail_id=mail_id, now=clock())
    return len(ids)


def due(*, now: datetime.datetime) -> list[int]:
    """Rows to deliver now, oldest first. Claims of dead workers are given back; used-up ones have failed."""
    stale = OutgoingMail.objects.filter(state=MailState.CLAIMED, claimed_at__lt=now - STALE_AFTER)
    stale.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=MailState.FAILED, last_error="送信の途中で止まることが続きました。"
    )
    stale.filter(attempts__lt=MAX_ATTEMPTS).update(state=MailState.QUEUED, not_before=now)
    waiting = OutgoingMail.objects.filter(state=MailState.QUEUED, not_before__lte=now)
    return list(waiting.order_by("not_before", "pk").values_list("pk", flat=True)[:BATCH])


def _claim(mail_id: int, now: datetime.datetime) -> OutgoingMail | None:
    with transaction.atomic():
        mail = (
            OutgoingMail.objects.select_for_update(skip_locked=True)
            .filter(pk=mail_id, state=MailState.QUEUED, not_before__lte=now)
            .first()
        )
        if mail is None:
            return None
        mail.state, mail.claimed_at, mail.attempts = MailState.CLAIMED, now, mail.attempts + 1
        mail.save(update_fields=["state", "claimed_at", "attempts"])
        return mail


def _message(mail: OutgoingMail, secrets: Mapping[str, str]) -> EmailMessage:
    message = EmailMessage(
        subject=mail.subject,
        body=mail_parts.fill_in(mail.body, secrets),
        to=[formataddr((mail.to_name, mail.to)) if mail.to_name else mail.to],
        from_email=settings.DEFAULT_FROM_EMAIL,
        headers={
            "Message-ID": f"<mail-{mail.pk}@{settings.MAIL_DOMAIN}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    for attachment in mail.attachments:
        message.attach(*mail_parts.attachment(attachment))
    return message


@transaction.atomic
def _mark_sent(mail: OutgoingMail, now: datetime.datetime) -> None:
    if _mark(mail, state=MailState.SENT, sent_at=now, last_error=""):
        MailProblem.objects.filter(address__iexact=mail.to, solved_at=None).update(solved_at=now)


def _mark_answer(
    mail: OutgoingMail,
    code: int,
    reason: bytes | str,
    secrets: Mapping[str, str],
    now: datetime.datetime,
    *,
    address_at_fault: bool,
) -> None:
    """What the server answered: 5xx is for good (a refused address, or this mail as such), 4xx is tried again."""
    detail = f"{code} {reason.decode('utf-8', 'replace') if isinstance(reason, bytes) else reason}"
    if not 500 <= code < 600:
        _mark_for_retry(mail, detail, secrets, now)
    elif address_at_fault:
        _mark_refused(mail, detail, secrets, now)
    else:
        _mark(mail, state=MailState.FAILED, last_error=_clean(detail, secrets))


@transaction.atomic
def _mark_refused(
    mail: OutgoingMail, detail: str, secrets: Mapping[str, str], now: datetime.datetime
) -> None:
    detail = _clean(detail, secrets)
    if _mark(mail, state=MailState.REFUSED, last_error=detail):
        MailProblem.objects.create(
            address=mail.to, kind=MailProblem.Kind.REFUSED, detail=detail, mail=mail, at=now
        )


def _mark_for_retry(
    mail: OutgoingMail, detail: str, secrets: Mapping[str, str], now: datetime.datetime
) -> None:
    detail = _clean(detail, secrets)
    if mail.attempts >= MAX_ATTEMPTS:
        _mark(mail, state=MailState.FAILED, last_error=detail)
    else:
        _mark(mail, state=MailState.QUEUED, not_before=now + back_off(mail.attempts), last_error=detail)


def _mark(mail: OutgoingMail, **values: object) -> bool:
    """Only while the claim is still ours."""
    ours = OutgoingMail.objects.filter(pk=mail.pk, state=MailState.CLAIMED, attempts=mail.attempts)
    return bool(ours.update(**values))


def _clean(detail: str, secrets: Mapping[str, str]) -> str:
    """A server may quote the mail in its answer (links above all); secrets are taken out again."""
    for name, value in secrets.items():
        detail = detail.replace(value, placeholder(name))
    return re.sub(r"\s+", " ", detail).strip()[:REASON_LENGTH]
