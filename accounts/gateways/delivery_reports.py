"""Read a mail server's delivery status report (RFC 3464): which addresses a mail did not reach, and why."""

import email
import re
from dataclasses import dataclass
from email.message import Message

DETAIL_LENGTH = 500
ADDRESS_LENGTH = 254  # of any address that we can have written to


class NotAReport(Exception):
    """The data is no report of a failed delivery; the text says what it is instead."""


@dataclass(frozen=True)
class FailedDelivery:
    addresses: tuple[str, ...]  # where it was sent to, and where that was forwarded to
    detail: str  # `550 5.1.1 User unknown`
    message_ids: tuple[str, ...]  # of the mail that came back, if the report carries its headers


def read(data: bytes) -> list[FailedDelivery]:
    """The failed recipients of one report. Delays and successes are none; NotAReport when nothing failed."""
    message = email.message_from_bytes(data)
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        raise NotAReport("不達通知（multipart/report 形式のメール）ではありません。")
    groups = [
        group for part in _status_parts(message) for group in part.get_payload() if isinstance(group, Message)
    ]
    recipients = [group for group in groups if "Action" in group]
    if not recipients:
        raise NotAReport("不達通知ではありません（配送状況の部分がありません）。")
    failures = [group for group in recipients if _text(group, "Action").lower() == "failed"]
    if not failures:
        raise NotAReport("不達ではない配送通知（遅延または配送完了のお知らせ）です。")
    message_ids = tuple(_returned_message_ids(message))
    found = [
        FailedDelivery(addresses=addresses, detail=_detail(group), message_ids=message_ids)
        for group in failures
        if (addresses := _addresses(group))
    ]
    if not found:
        raise NotAReport("不達通知に、届かなかった宛先のアドレスがありません。")
    return found


def _status_parts(message: Message) -> list[Message]:
    """Of the report itself, not of a report that came back inside."""
    parts = [part for part in message.get_payload() if isinstance(part, Message)]
    return [part for part in parts if part.get_content_type() in STATUS_TYPES and part.is_multipart()]


STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})  # RFC 3464, RFC 6533


def _addresses(group: Message) -> tuple[str, ...]:
    """`rfc822; <taro@example.jp>` → `taro@example.jp`; the one we wrote to first."""
    found = []
    for name in ("Original-Recipient", "Final-Recipient"):
        address = _text(group, name).rpartition(";")[2].strip().strip("<>").strip()
        if "@" in address and len(address) <= ADDRESS_LENGTH and address not in found:
            found.append(address)
    return tuple(found)


def _detail(group: Message) -> str:
    diagnostic = _text(group, "Diagnostic-Code")
    words = re.sub(r"^\s*[\w-]+\s*;\s*", "", diagnostic)  # `smtp; 550 …`
    return (words or _text(group, "Status"))[:DETAIL_LENGTH]


def _returned_message_ids(message: Message) -> list[str]:
    found = []
    for part in message.walk():
        if part is message:
            continue
        if part.get_content_type() in {"text/rfc822-headers", "message/global-headers"}:
            headers = part.get_payload(decode=True)
            part = email.message_from_bytes(headers if isinstance(headers, bytes) else b"")
        if message_id := _text(part, "Message-ID"):
            found.append(message_id)
    return found


def _text(part: Message, name: str) -> str:
    """Readable and without what no database takes: NUL, other control signs, bytes that are no text."""
    text = str(part.get(name, "")).encode("utf-8", "replace").decode()
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()
