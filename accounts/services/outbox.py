"""Queue mails: a row in the caller's transaction, a task after its commit. Sending: mail_delivery.py.

Templates: `templates/mail/<kind>.txt` on `_letter.txt`; the first line is the subject. `{{ secret.NAME }}` becomes
a placeholder that only delivery fills in. Every template also gets `office` (OFFICE), `site_url` and `valid_days`.
"""

import datetime
import hashlib
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string

from accounts.models import Customer, MailState, OutgoingMail, User
from accounts.services import settings as values
from accounts.services.errors import Refused
from accounts.services.rights import need

log = logging.getLogger(__name__)

OFFICE = (  # the settings that a template may show; secret ones never
    "service_name",
    "issuer_name",
    "issuer_department",
    "service_window_mail",
    "service_window_url",
    "service_window_hours",
)
DAY = 24 * 60 * 60
CHANGE = "accounts.change_outgoingmail"
INSERTED_AT_ONCE, DELIVERED_TOGETHER = 1000, 100  # mails to many
SUBJECT_LENGTH, KEY_LENGTH = 200, 120  # as OutgoingMail has it


@dataclass(frozen=True)
class MailText:
    subject: str
    body: str


def placeholder(name: str) -> str:
    return f"⟦{name}⟧"


def compose(kind: str, context: Mapping[str, Any], secrets: Mapping[str, Any] = {}) -> MailText:
    """The mail as it would go out, secrets as placeholders; also shown before a button is pressed."""
    setting = values.all_values()
    text = render_to_string(
        f"mail/{kind}.txt",
        {
            **context,
            "office": {name: setting[name] for name in OFFICE},
            "site_url": settings.SITE_URL,
            "valid_days": settings.PASSWORD_RESET_TIMEOUT // DAY,  # of a link that sets a password
            "secret": {name: placeholder(name) for name in secrets},
        },
    )
    subject, _, body = text.lstrip().partition("\n")
    return MailText(subject=subject.strip(), body=body.strip() + "\n")


def queue(
    *,
    kind: str,
    to: str,
    context: Mapping[str, Any],
    idempotency_key: str,
    now: datetime.datetime,
    actor: User | None,
    to_name: str = "",
    customer: Customer | None = None,
    about: str = "",
    secrets: Mapping[str, Mapping[str, Any]] = {},
    attachments: Iterable[Mapping[str, Any]] = (),
    edited: MailText | None = None,
) -> OutgoingMail:
    """Put one mail into the outbox. The same idempotency key twice is one mail. `edited` is staff's own wording."""
    text = _checked(edited) if edited else compose(kind, context, secrets)
    _keeps_secrets(text, secrets)
    mail, created = OutgoingMail.objects.get_or_create(
        idempotency_key=_short(idempotency_key),
        defaults={
            "kind": kind,
            "to": to,
            "to_name": to_name,
            "subject": text.subject,
            "body": text.body,
            "secrets": dict(secrets),
            "attachments": list(attachments),
            "customer": customer,
            "about": about,
            "not_before": now,
            "created_at": now,
            "created_by": actor,
        },
    )
    if created:
        _deliver_after_commit(mail)
    return mail


@dataclass(frozen=True)
class Letter:
    """One copy of a mail to many; `marks` are what ⟦name⟧ in its text stands for, the addressee above all."""

    to: str
    to_name: str
    marks: Mapping[str, str]
    idempotency_key: str
    customer_id: int
    about: str


def queue_many(
    *,
    kind: str,
    text: MailText,
    letters: Sequence[Letter],
    secrets: Mapping[str, Mapping[str, Any]],
    actor: User | None,
    now: datetime.datetime,
) -> int:
    """One mail to many, in a few statements however many they are. Returns how many are new.

    A key that is there already is one mail. Two at once would have to be kept apart by a lock of the caller.
    """
    text = _checked(text)
    _keeps_secrets(text, secrets)
    keys = {_short(letter.idempotency_key): letter for letter in letters}
    known = set(
        OutgoingMail.objects.filter(idempotency_key__in=list(keys)).values_list("idempotency_key", flat=True)
    )
    made = OutgoingMail.objects.bulk_create(
        (
            OutgoingMail(
                kind=kind,
                to=letter.to,
                to_name=letter.to_name,
                subject=text.subject,
                body=_marked(text.body, letter.marks),
                secrets=dict(secrets),
                idempotency_key=key,
                customer_id=letter.customer_id,
                about=letter.about,
                not_before=now,
                created_at=now,
                created_by=actor,
            )
            for key, letter in keys.items()
            if key not in known
        ),
        batch_size=INSERTED_AT_ONCE,
    )
    ids = [mail.pk for mail in made]
    for begin in range(0, len(ids), DELIVERED_TOGETHER):
        _ask_after_commit("accounts.tasks.deliver_mails", ids[begin : begin + DELIVERED_TOGETHER])
    return len(ids)


@transaction.atomic
def resend(*, mail: OutgoingMail, actor: User, now: datetime.datetime, to: str = "") -> OutgoingMail:
    """Send a mail once more as a new row, to a corrected address if one is given."""
    need(actor, CHANGE, "メールを再送する")
    mail = OutgoingMail.objects.select_for_update().get(pk=mail.pk)
    if mail.state in (MailState.QUEUED, MailState.CLAIMED):
        raise Refused("このメールはまだ送信待ちです。結果が出てから再送してください。")
    if mail.resends.filter(state__in=(MailState.QUEUED, MailState.CLAIMED)).exists():
        raise Refused("再送したメールがまだ送信待ちです。結果が出てからもう一度再送してください。")
    if to and to.lower() != mail.to.lower():
        _may_go_to(mail, to)
    copy = OutgoingMail.objects.create(
        kind=mail.kind,
        to=to or mail.to,
        to_name=mail.to_name,
        subject=mail.subject,
        body=mail.body,
        secrets=mail.secrets,
        attachments=mail.attachments,
        customer=mail.customer,
        about=mail.about,
        idempotency_key=f"resend-{mail.pk}-{mail.resends.count() + 1}",
        not_before=now,
        created_at=now,
        created_by=actor,
        resend_of=mail,
    )
    _deliver_after_commit(copy)
    return copy


@transaction.atomic
def cancel(*, mail_id: int, actor: User) -> None:
    """Stop a mail that has not gone out."""
    need(actor, CHANGE, "メールの送信を取り止める")
    mail = OutgoingMail.objects.select_for_update().get(pk=mail_id)
    if mail.state != MailState.QUEUED:
        raise Refused(f"送信待ちではないため取り止められません（{mail.get_state_display()}）。")
    mail.state = MailState.CANCELLED
    mail.save(update_fields=["state"])


def _may_go_to(mail: OutgoingMail, address: str) -> None:
    if any(recipe["make"] == "password_link" for recipe in mail.secrets.values()):
        raise Refused(
            "本人専用のリンクを含むため、別の宛先には再送できません。"
            "ユーザーのメールアドレスを直してから、招待またはパスワードの再設定をやり直してください。"
        )
    try:
        validate_email(address)
    except ValidationError as error:
        raise Refused(f"メールアドレスの形式が正しくありません：{address}") from error


def _checked(text: MailText) -> MailText:
    """Staff's own wording as it can be sent."""
    subject, body = text.subject.strip(), text.body.strip().replace("\r\n", "\n")
    if not subject or not body:
        raise Refused("メールの件名と本文を入力してください。")
    if len(subject.splitlines()) > 1 or len(subject) > SUBJECT_LENGTH:
        raise Refused(f"メールの件名は、改行なしの{SUBJECT_LENGTH}文字以内で入力してください。")
    return MailText(subject=subject, body=body + "\n")


def _keeps_secrets(text: MailText, secrets: Mapping[str, Any]) -> None:
    missing = [name for name in secrets if placeholder(name) not in text.body]
    if missing:
        raise Refused(
            f"本文から {'、'.join(map(placeholder, missing))} が消えています。送信時に必要な部分ですので残してください。"
        )


def _marked(body: str, marks: Mapping[str, str]) -> str:
    """In one pass: what is filled in is never looked at again, whatever a company is called."""
    if not marks:
        return body
    places = {placeholder(name): value for name, value in marks.items()}
    return re.sub("|".join(map(re.escape, places)), lambda found: places[found[0]], body)


def _short(key: str) -> str:
    """An address alone may be longer than the column."""
    return key if len(key) <= KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()


def _deliver_after_commit(mail: OutgoingMail) -> None:
    _ask_after_commit("accounts.tasks.deliver_mail", mail.pk)


def _ask_after_commit(task: str, what: int | list[int]) -> None:
    # A broker that is down must not undo what was just committed; the sweep delivers later.
    transaction.on_commit(lambda: current_app.send_task(task, args=[what], retry=False), robust=True)
