"""アカウント設定 and what leads to the account notice (§1.3 ※4), and store display (§1.4 ※6)."""

import datetime
from collections.abc import Mapping

from django.db import transaction

from accounts.models import AccountNotice, Contract, SmsSender, User
from accounts.rules.sender_numbers import SenderKind, check_sender_number
from accounts.services import contracts, notices
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from applications.models import Application
from applications.services import mails
from applications.services.transitions import lock, need_role, need_state, perform, record
from applications.workflow import Action, Role, State
from billing.rules.prices import PriceItem
from billing.services import billing_accounts, charges
from kmc_portal.lib.jst import date_of

OPERATIONS = frozenset({Role.OPERATIONS})
SETUP = frozenset({State.ACCOUNT_SETUP})
KINDS_OF: dict[SmsSender.Kind, tuple[SenderKind, ...]] = {
    SmsSender.Kind.REGULAR: (
        SenderKind.FREE_0120,
        SenderKind.FREE_0800,
        SenderKind.NAVI_0570,
        SenderKind.GEOGRAPHIC,
    ),
    SmsSender.Kind.SOFTBANK: (SenderKind.SOFTBANK,),
    SmsSender.Kind.COMMON: (SenderKind.SHARED,),
    SmsSender.Kind.NUMBER_050: (SenderKind.NUMBER_050,),
}


@transaction.atomic
def set_identifiers(
    *, application_id: int, version: int, identifiers: dict[int, str], actor: User, now: datetime.datetime
) -> None:
    """botId and agentId by official account; all of them or none."""
    application = _in_setup(application_id, version, actor)
    own = {account.pk: account for account in application.own_contract.official_accounts.all()}
    notes = []
    for account_id, identifier in identifiers.items():
        if account_id not in own:
            raise Refused("この申込のアカウントではありません。画面を開き直してください。")
        account = contracts.set_identifier(account_id=account_id, identifier=identifier.strip())
        notes.append(str(account))
    record(
        application=application,
        action="set_identifier",
        actor=actor,
        now=now,
        note="、".join(notes),
        public=False,
    )


@transaction.atomic
def set_senders(
    *,
    application_id: int,
    version: int,
    numbers: Mapping[SmsSender.Kind, set[str]],
    actor: User,
    now: datetime.datetime,
) -> None:
    """All sender numbers of the kinds given, as national digits; all of them are taken, or none."""
    application = _in_setup(application_id, version, actor)
    verdicts = {
        kind: [check_sender_number(number, kinds=KINDS_OF[kind]) for number in of_kind]
        for kind, of_kind in numbers.items()
    }
    if faults := [row.message for rows in verdicts.values() for row in rows if not row.allowed]:
        raise Refused(" ".join(faults))
    contract, said = application.own_contract, []
    for kind, rows in verdicts.items():
        held = set(contract.sms_senders.open_ended().filter(kind=kind).values_list("number", flat=True))
        given = {row.value for row in rows}
        if given != held:
            contracts.set_senders(contract=contract, kind=kind, numbers=given, day=date_of(now))
            said.append(f"{kind.label} {'、'.join(sorted(given)) or 'なし'}")
    if not said:
        return
    record(
        application=application,
        action="set_identifier",
        actor=actor,
        now=now,
        note="\n".join(said),
        public=False,
    )


def prepare_notice(*, application_id: int, version: int, actor: User, now: datetime.datetime) -> None:
    """Ask a second person to approve the notice. It is printed once beforehand: what is issued can be printed."""
    contract = Application.objects.select_related("contract__customer").get(pk=application_id).contract
    if contract is not None and contract.number is not None:
        notices.draft_pdf(contract=contract, day=date_of(now))
    with transaction.atomic():
        application = lock(application_id, version)
        application.prepared_by = actor
        perform(
            application=application,
            action=Action.PREPARE_NOTICE,
            actor=actor,
            now=now,
            changed=("prepared_by",),
        )


@transaction.atomic
def send_back_notice(
    *, application_id: int, version: int, reason: str, actor: User, now: datetime.datetime
) -> None:
    application = lock(application_id, version)
    application.prepared_by = None
    perform(
        application=application,
        action=Action.SEND_BACK_NOTICE,
        actor=actor,
        now=now,
        note=reason,
        changed=("prepared_by",),
    )


@transaction.atomic
def issue_notice(
    *,
    application_id: int,
    version: int,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> AccountNotice:
    """Approve and issue: the contract becomes active, and its billing starts today (§5.1)."""
    application = lock(application_id, version)
    perform(application=application, action=Action.ISSUE_NOTICE, actor=actor, now=now)
    assert application.prepared_by is not None, "a notice that waits for approval was prepared by somebody"
    notice = notices.issue(
        contract=application.own_contract,
        prepared_by=application.prepared_by,
        actor=actor,
        now=now,
        edited=edited,
    )
    _begin_billing(Contract.objects.get(pk=notice.contract_id), actor, now)
    return notice


def _begin_billing(contract: Contract, actor: User, now: datetime.datetime) -> None:
    """From the notice on somebody pays for the contract, and owes its 契約手数料 (§5.1)."""
    start = contract.billing_start_on
    assert start is not None, "a contract with a notice has its billing start"
    billing_accounts.assign_by_default(contract=contract, day=start, actor=actor)
    charges.charge_once(
        contract=contract,
        kind=PriceItem.CONTRACT_FEE,
        key=charges.contract_fee_key(contract),
        reason="新規のご契約",
        charged_on=start,
        actor=actor,
        now=now,
    )


@transaction.atomic
def show_in_store(
    *,
    application_id: int,
    version: int,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> None:
    """The release checklist is accepted: show the official accounts in the store."""
    application = lock(application_id, version)
    perform(application=application, action=Action.SHOW_IN_STORE, actor=actor, now=now)
    contracts.show_in_store(contract=application.own_contract, day=date_of(now))
    mails.shown_in_store(application=application, actor=actor, now=now, edited=edited)


def _in_setup(application_id: int, version: int, actor: User) -> Application:
    application = lock(application_id, version)
    need_role(application=application, actor=actor, roles=OPERATIONS, what="アカウント設定を行う")
    need_state(application=application, states=SETUP, what="アカウント設定は")
    if application.on_hold:
        raise Refused(f"保留中です（{application.hold_reason}）。保留を解除してから進めてください。")
    return application
