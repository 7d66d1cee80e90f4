"""Bounces: a delivery status report (RFC 3464) marks the address it is about."""

import datetime
import email
import email.policy
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from accounts.models import MailProblem, OutgoingMail
from accounts.services.errors import Refused


@dataclass(frozen=True)
class Report:
    address: str
    detail: str
    mail_id: int | None


def read_report(data: bytes) -> list[Report]:
    """The failed recipients of a report; Refused when it is no such report."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    mail_id = _mail_id(message)
    reports = []
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for group in part.get_payload():  # type: ignore[union-attr]
            if str(group.get("Action", "")).strip().lower() != "failed":  # type: ignore[union-attr]
                continue
            recipient = str(group.get("Final-Recipient") or group.get("Original-Recipient") or "")  # type: ignore[union-attr]
            address = recipient.rpartition(";")[2].strip()
            detail = str(group.get("Diagnostic-Code") or group.get("Status") or "").strip()  # type: ignore[union-attr]
            if address:
                reports.append(Report(address=address, detail=detail[:500], mail_id=mail_id))
    if not reports:
        raise Refused("不達通知（delivery status report）ではないため、取り込めません。")
    return reports


@transaction.atomic
def record(*, data: bytes, now: datetime.datetime) -> list[MailProblem]:
    """Note each failed recipient; shown on the contacts with that address until a later mail gets through."""
    problems = []
    for report in read_report(data):
        mail = OutgoingMail.objects.filter(pk=report.mail_id or 0, to__iexact=report.address).first()
        problems.append(
            MailProblem.objects.create(
                address=report.address, kind=MailProblem.Kind.BOUNCED, detail=report.detail, mail=mail, at=now
            )
        )
    return problems


def _mail_id(message: email.message.Message) -> int | None:
    """Our own Message-ID, found in the returned headers."""
    prefix, suffix = "<mail-", f"@{settings.MAIL_DOMAIN}>"
    for part in message.walk():
        header = str(part.get("Message-ID", "")).strip()
        if header.startswith(prefix) and header.endswith(suffix):
            number = header[len(prefix) : -len(suffix)]
            return int(number) if number.isdigit() else None
        if part.get_content_type() == "text/rfc822-headers":
            inner = email.message_from_string(str(part.get_payload()))
            if found := _mail_id(inner):
                return found
    return None
