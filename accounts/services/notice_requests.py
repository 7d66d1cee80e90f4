"""A later edition of an account notice: one person asks for it with a reason, another approves and issues it."""

import datetime

from django.db import transaction

from accounts.models import AccountNotice, Contract, ContractState, NoticeRequest, User
from accounts.rules.roles import StaffGroup
from accounts.services import notices
from accounts.services.errors import NotAllowed, Refused
from accounts.services.outbox import MailText
from accounts.services.rights import need
from kmc_portal.lib.jst import date_of


def request(*, contract_id: int, reason: str, actor: User, now: datetime.datetime) -> NoticeRequest:
    """Ask for the next edition. It is printed once beforehand: what is issued can be printed."""
    need(actor, "accounts.change_contract", "通知書の再発行を依頼する")
    if not reason.strip():
        raise Refused("再発行の理由を入力してください。")
    contract = Contract.objects.select_related("customer").get(pk=contract_id)
    if contract.state != ContractState.ACTIVE or not contract.notices.exists():
        raise Refused("通知書の再発行は、最初の通知書を発行した利用中の契約だけが対象です。")
    notices.draft_pdf(contract=contract, day=date_of(now))
    with transaction.atomic():
        Contract.objects.select_for_update().get(pk=contract_id)
        if contract.notice_requests.filter(closed_at=None).exists():
            raise Refused("この契約には承認待ちの再発行依頼があります。先にそちらを処理してください。")
        return NoticeRequest.objects.create(
            contract=contract, reason=reason.strip(), requested_by=actor, requested_at=now
        )


@transaction.atomic
def approve(
    *, request_id: int, actor: User, now: datetime.datetime, edited: MailText | None = None
) -> AccountNotice:
    """Issue the edition that was asked for; never by the person who asked."""
    if not (actor.is_superuser or StaffGroup.APPROVAL in actor.staff_groups):
        raise NotAllowed("通知書を承認できるのは「承認」の担当者だけです。")
    found = _open(request_id)
    notice = notices.issue(
        contract=found.contract,
        prepared_by=found.requested_by,
        actor=actor,
        now=now,
        reason=found.reason,
        edited=edited,
    )
    found.closed_by, found.closed_at, found.notice = actor, now, notice
    found.save(update_fields=["closed_by", "closed_at", "notice"])
    return notice


@transaction.atomic
def send_back(*, request_id: int, answer: str, actor: User, now: datetime.datetime) -> None:
    """Refuse the request, or take one's own back, with the reason."""
    need(actor, "accounts.change_contract", "再発行の依頼を差し戻す")
    if not answer.strip():
        raise Refused("差し戻す理由を入力してください。")
    found = _open(request_id)
    found.closed_by, found.closed_at, found.answer = actor, now, answer.strip()
    found.save(update_fields=["closed_by", "closed_at", "answer"])


def _open(request_id: int) -> NoticeRequest:
    found = (
        NoticeRequest.objects.select_for_update(of=("self",))
        .select_related("contract__customer", "requested_by")
        .get(pk=request_id)
    )
    if found.closed_at is not None:
        raise Refused(f"この依頼は {found.closed_by} さんが処理済みです。画面を開き直してください。")
    return found
