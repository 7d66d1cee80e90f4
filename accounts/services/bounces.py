"""Bounces: a delivery status report (RFC 3464) marks the address it is about."""

import datetime
import hashlib
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Lower

from accounts.gateways import delivery_reports
from accounts.models import MailProblem, OutgoingMail, User
from accounts.services import files
from accounts.services.errors import Refused
from accounts.services.rights import need

REPORT_NAME = "不達通知.eml"


def record(*, data: bytes, actor: User | None, now: datetime.datetime) -> list[MailProblem]:
    """Note each failed recipient of a report; shown on the contacts with that address until a later mail gets through.

    Returns the problems of this report; the same report once more changes nothing. Refused when it is none.
    `actor` None: the command that reads a mailbox.
    """
    if actor is not None:
        need(actor, "accounts.change_outgoingmail", "不達通知を取り込む")
    try:
        failures = delivery_reports.read(data)
    except delivery_reports.NotAReport as refusal:
        raise Refused(f"取り込めません。{refusal}") from refusal
    known = MailProblem.objects.filter(report__sha256=hashlib.sha256(data).hexdigest())
    if known.exists():
        return list(known)
    report = files.keep_checked(
        name=REPORT_NAME, data=data, content_type="message/rfc822", customer=None, actor=actor, now=now
    )
    with transaction.atomic():
        problems = []
        for failure in failures:
            mail = _returned_mail(failure)
            problems.append(
                MailProblem.objects.create(
                    # Where the mail was forwarded, it is the address that we wrote to that does not work.
                    address=mail.to if mail else failure.addresses[0],
                    kind=MailProblem.Kind.BOUNCED,
                    detail=failure.detail,
                    mail=mail,
                    report=report,
                    at=now,
                )
            )
    return problems


def open_problems(*, addresses: Iterable[str]) -> dict[str, MailProblem]:
    """{address in lower case: its latest problem that is not solved}, for the contacts of a page."""
    wanted = {address.lower() for address in addresses}
    unsolved = MailProblem.objects.filter(solved_at=None).alias(lower=Lower("address"))
    rows = unsolved.filter(lower__in=wanted).order_by("at", "pk")
    return {row.address.lower(): row for row in rows}


def _returned_mail(failure: delivery_reports.FailedDelivery) -> OutgoingMail | None:
    """The row of the mail that came back, known by our own Message-ID (mail_delivery.py)."""
    prefix, suffix = "<mail-", f"@{settings.MAIL_DOMAIN}>"
    for message_id in failure.message_ids:
        if message_id.startswith(prefix) and message_id.endswith(suffix):
            number = message_id[len(prefix) : -len(suffix)]
            if number.isascii() and number.isdecimal() and len(number) <= 18:
                return OutgoingMail.objects.filter(pk=int(number)).first()
    return None
