"""Hold and resume, withdraw and reject (§1.3, ours)."""

import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import contracts
from accounts.services.outbox import MailText
from applications.models import Application
from applications.services import mails
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
    """取下げ, by the customer until the notice is issued."""
    application = lock(application_id, version)
    perform(application=application, action=Action.WITHDRAW, actor=actor, now=now, note=reason)
    _void_contract(application)


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
    _void_contract(application)
    mails.rejected(application=application, reason=reason, actor=actor, now=now, edited=edited)


def _void_contract(application: Application) -> None:
    if application.kind == Kind.NEW and application.contract is not None:
        contracts.void(contract=application.contract)
