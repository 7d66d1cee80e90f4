"""Colours of states."""

from collections.abc import Iterable
from typing import Any

from accounts.models import ContractState, MailState, NotificationEndpoint, OutgoingMail

CONTRACT_TONES: dict[str, str] = {
    ContractState.APPLIED: "quiet",
    ContractState.PREPARING: "ours",
    ContractState.ACTIVE: "good",
    ContractState.ENDED: "quiet",
    ContractState.VOID: "quiet",
}
MAIL_TONES: dict[str, str] = {
    MailState.QUEUED: "ours",
    MailState.CLAIMED: "ours",
    MailState.SENT: "good",
    MailState.REFUSED: "bad",
    MailState.FAILED: "bad",
    MailState.CANCELLED: "quiet",
}
ENDPOINT_TONES: dict[str, str] = {
    NotificationEndpoint.State.UNCHECKED: "quiet",
    NotificationEndpoint.State.OK: "good",
    NotificationEndpoint.State.NG: "bad",
}


def mail_rows(mails: Iterable[OutgoingMail]) -> list[dict[str, Any]]:
    """For templates/admin/_mail_table.html."""
    return [{"row": row, "tone": MAIL_TONES[row.state]} for row in mails]
