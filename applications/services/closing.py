"""Hold and resume, withdraw and reject (§1.3, §2.1b, §3, ours)."""

import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import contracts, endpoints
from accounts.services.outbox import MailText
from applications.models import Application
from applications.services import change_facts, mails
from applications.services.transitions import lock, perform
from applications.workflow import Action, Kind


@transaction.atomic
def hold(*, application_id: int, version: int, reason: str, actor: User, now: datetime.datetime) -> None:
    """保留: only resuming, withdrawing, rejecting and the customer's own steps remain; the clock stands still."""
    application = lock(application_id, version)
    perform(
        application=application,
        action=Action.HOLD,
        actor=actor,
        now=now,
        note=reason,
        sets={"hold_reason": reason.strip()},
    )


@transaction.atomic
def resume(*, application_id: int, version: int, actor: User, now: datetime.datetime) -> None:
    application = lock(application_id, version)
    perform(application=application, action=Action.RESUME, actor=actor, now=now, sets={"hold_reason": ""})


@transaction.atomic
def withdraw(*, application_id: int, version: int, reason: str, actor: User, now: datetime.datetime) -> None:
    """取下げ, by the customer until the notice is issued, the change completed or the cancellation confirmed."""
    application = lock(application_id, version)
    perform(application=application, action=Action.WITHDRAW, actor=actor, now=now, note=reason)
    _undo(application, now)


@transaction.atomic
def reject(
    *,
    application_id: int,
    version: int,
    reason: str,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> None:
    """却下, with a reason that the customer reads."""
    application = lock(application_id, version)
    perform(application=application, action=Action.REJECT, actor=actor, now=now, note=reason)
    _undo(application, now)
    mails.rejected(application=application, reason=reason, actor=actor, now=now, edited=edited)


def _undo(application: Application, now: datetime.datetime) -> None:
    """A contract that never began is void; the new URLs of a change are proposed no longer (§2.1b)."""
    if application.contract is None:
        return
    if application.kind == Kind.NEW:
        contracts.void(contract=application.contract)
    if application.kind == Kind.CHANGE:
        for row in change_facts.proposals(application):
            endpoints.drop_proposal(endpoint_id=row.pk, now=now)
