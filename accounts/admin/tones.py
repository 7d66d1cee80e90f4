"""Colours of states."""

import datetime
from collections.abc import Iterable
from typing import Any

from accounts.models import ContractState, JobRun, MailState, NotificationEndpoint, OutgoingMail
from accounts.services import jobs
from accounts.standing import standing_of

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
ENDPOINT_TONES: dict[str, str] = {  # by accounts/standing.py Standing.code
    "checking": "ours",
    "worsened": "warn",
    NotificationEndpoint.State.UNCHECKED: "quiet",
    NotificationEndpoint.State.OK: "good",
    NotificationEndpoint.State.NG: "bad",
}
JOB_TONES: dict[str, str] = {
    JobRun.State.QUEUED: "quiet",
    JobRun.State.RUNNING: "ours",
    JobRun.State.DONE: "good",
    JobRun.State.FAILED: "bad",
}


def job_rows(runs: Iterable[JobRun], now: datetime.datetime) -> list[dict[str, Any]]:
    """For templates/admin/_job_table.html. `live`: worth looking at again in a few seconds."""
    return [
        {
            "row": row,
            "stale": (stale := jobs.is_stale(row, now)),
            "live": not stale and row.state in (JobRun.State.QUEUED, JobRun.State.RUNNING),
            "tone": "warn" if stale else JOB_TONES[row.state],
            "state": "応答なし" if stale else row.get_state_display(),
        }
        for row in runs
    ]


def function_rows(endpoints: Iterable[NotificationEndpoint]) -> list[dict[str, Any]]:
    """For templates/admin/_function.html."""
    found = [standing_of(endpoint) for endpoint in endpoints]
    return [{"row": one.endpoint, "standing": one, "tone": ENDPOINT_TONES[one.code]} for one in found]


def mail_rows(mails: Iterable[OutgoingMail]) -> list[dict[str, Any]]:
    """For templates/admin/_mail_table.html."""
    return [{"row": row, "tone": MAIL_TONES[row.state]} for row in mails]
