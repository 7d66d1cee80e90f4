"""解約申込 (§3): the last month of use and the fee before anything is sent, the decision, and the end itself."""

import datetime
import logging
from dataclasses import dataclass

from django.db import transaction

from accounts.models import Contract, ContractState, User
from accounts.rules.plans import DeliveryMethod, Option, Plan
from accounts.services import contracts, settings
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from applications.models import Application
from applications.rules import cancellation as rule
from applications.services import change_facts, drafts, mails
from applications.services.transitions import lock, need_role, need_state, perform, record
from applications.workflow import LIVE, Action, Kind, Role, State
from billing.rules.prices import PriceItem
from billing.services import charges, fees, open_months
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month

log = logging.getLogger(__name__)

DECIDERS = frozenset({Role.RECEPTION, Role.APPROVAL})
BEFORE_DECISION = frozenset(LIVE) - {State.DRAFT, State.ENDING}
MONTHS_AHEAD = 24  # that staff may put the end off


@dataclass(frozen=True)
class Preview:
    """What a cancellation handed in on that day means; `fee` None: the plan table has none."""

    dates: rule.Cancellation
    fee: fees.Fee | None


def preview(*, contract: Contract, day: datetime.date) -> Preview:
    """Cut-off, last month and fee, shown before and after submitting."""
    dates = rule.cancellation(day, settings.office())
    return Preview(dates, fees.fee(contract, PriceItem.CANCELLATION_FEE, dates.last_month))


def refusal(contract: Contract) -> str | None:
    """Why this contract cannot be cancelled now, or None."""
    if contract.state != ContractState.ACTIVE:
        return f"解約のお申し込みは、利用中の契約だけが対象です（この契約は{contract.get_state_display()}）。"
    if contract.ends_on is not None:
        return f"この契約の解約は確定しています（最後のご利用日は{japanese_date(contract.ends_on)}）。"
    found = contract.applications.filter(kind=Kind.CANCELLATION, state__in=LIVE).first()
    return f"解約申込 {found.number} が手続き中です。" if found else None


@transaction.atomic
def start(
    *,
    contract: Contract,
    actor: User,
    now: datetime.datetime,
    mail_received_at: datetime.datetime | None = None,
) -> Application:
    """A cancellation, by the customer or by staff for them (then with the time its mail came in, which counts)."""
    drafts.may_apply_for(contract.customer, actor)
    contract = (
        Contract.objects.select_for_update(of=("self",), no_key=True)
        .select_related("customer")
        .get(pk=contract.pk)
    )
    if reason := refusal(contract):
        raise Refused(reason)
    day = date_of(now)
    terms = contract.terms.as_of(day).get()
    return drafts.create(
        Kind.CANCELLATION,
        customer=contract.customer,
        contract=contract,
        plan=Plan(terms.plan),
        options=frozenset(Option(row.option) for row in contract.options.as_of(day)),
        delivery_method=DeliveryMethod(terms.delivery_method),
        actor=actor,
        now=now,
        mail_received_at=mail_received_at,
    )


def last_month_at_submission(application: Application, now: datetime.datetime) -> datetime.date:
    """What counts is the submission that passes the evaluation; a later return keeps the month (§3, ours)."""
    if application.last_month is not None:
        return application.last_month
    handed_in = application.mail_received_at or now
    return rule.cancellation(date_of(handed_in), settings.office()).last_month.first_day


@transaction.atomic
def set_last_month(
    *,
    application_id: int,
    version: int,
    month: Month,
    reason: str,
    actor: User,
    now: datetime.datetime,
) -> None:
    """Staff decide on another last month, with a reason that the customer reads (§3, ours)."""
    application = lock(application_id, version)
    need_role(application=application, actor=actor, roles=DECIDERS, what="最終利用月を変更する")
    if application.kind != Kind.CANCELLATION:
        raise Refused("最終利用月があるのは解約申込だけです。")
    need_state(application=application, states=BEFORE_DECISION, what="最終利用月の変更は")
    this_month = Month.of(date_of(now))
    if not reason.strip():
        raise Refused("最終利用月を変更する理由を入力してください。")
    if not this_month <= month <= this_month.plus(MONTHS_AHEAD):
        raise Refused(
            f"最終利用月には、{this_month.label}から{this_month.plus(MONTHS_AHEAD).label}までの月を指定してください。"
        )
    application.last_month = month.first_day
    record(
        application=application,
        action="set_last_month",
        actor=actor,
        now=now,
        note=f"{month.label}：{reason.strip()}",
        changed=("last_month",),
    )


@transaction.atomic
def fix(
    *,
    application_id: int,
    version: int,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> None:
    """解約の確定 by a second person: the contract has its last day, and the fee, if any, is charged with that month."""
    application = lock(application_id, version)
    contract = Contract.objects.select_for_update(no_key=True).get(pk=application.own_contract.pk)
    assert application.last_month is not None, "a submitted cancellation has its last month"
    last_day = Month.of(application.last_month).last_day
    if last_day < date_of(now):
        raise Refused(
            f"最終利用日（{japanese_date(last_day)}）を過ぎています。"
            "「最終利用月を変更する」で今月以降の月を決めてから、確定してください。"
        )
    lost = change_facts.lost_with_the_end(contract, last_day)
    perform(
        application=application,
        action=Action.FIX_CANCELLATION,
        actor=actor,
        now=now,
        note=f"適用されない変更：{'、'.join(row.number for row in lost)}" if lost else "",
    )
    # months after it that are invoiced already stay: staff then decide on a later last month
    open_months.take(since=Month.of(application.last_month).plus(1), what="この月で解約を確定")
    contracts.set_end(contract=contract, day=last_day)
    if fees.fee(contract, PriceItem.CANCELLATION_FEE, Month.of(application.last_month)) is not None:
        charges.charge_once(
            contract=contract,
            kind=PriceItem.CANCELLATION_FEE,
            key=fee_key(application),
            reason=f"ご解約（{application.number}）",
            charged_on=last_day,
            actor=actor,
            now=now,
        )
    application.contract = Contract.objects.get(pk=contract.pk)
    mails.cancellation_fixed(application=application, actor=actor, now=now, edited=edited)


def fee_key(application: Application) -> str:
    """Of the charge that a confirmed cancellation leaves, if it leaves one."""
    return f"cancellation-fee-{application.number}"


@transaction.atomic
def reopen(*, application_id: int, version: int, reason: str, actor: User, now: datetime.datetime) -> None:
    """Back to review before it is confirmed."""
    application = lock(application_id, version)
    perform(application=application, action=Action.REOPEN_CANCELLATION, actor=actor, now=now, note=reason)


def end_due(*, now: datetime.datetime) -> tuple[int, int]:
    """Contracts whose last day has passed end now, each by itself: how many did, and how many could not.

    Safe to run twice, late, or after a crash.
    """
    due = Application.objects.filter(
        kind=Kind.CANCELLATION, state=State.ENDING, contract__ends_on__lt=date_of(now)
    )
    ended = failed = 0
    for pk in due.order_by("pk").values_list("pk", flat=True):
        try:
            ended += _end(pk, now)
        except (
            Exception
        ):  # the others end all the same; the job's result tells of it, and the next run tries again
            log.exception("the contract of application %s could not be ended", pk)
            failed += 1
    return ended, failed


@transaction.atomic
def _end(application_id: int, now: datetime.datetime) -> bool:
    contract_id = Application.objects.get(pk=application_id).own_contract.pk
    open_ones = Application.objects.live().filter(contract=contract_id).order_by("pk")
    # All of them before their contract, as everywhere; no new one is begun after the last day.
    rows = [lock(pk, None) for pk in open_ones.values_list("pk", flat=True)]
    application = next((row for row in rows if row.pk == application_id), None)
    if application is None or application.state != State.ENDING:  # somebody else ended it just now
        return False
    contract = Contract.objects.select_for_update(no_key=True).get(pk=contract_id)
    perform(application=application, action=Action.END_CONTRACT, actor=None, now=now)
    for left in rows:  # a change or release that came to nothing with its contract
        if left.pk != application_id and left.state in LIVE:
            perform(
                application=left, action=Action.END_CONTRACT, actor=None, now=now, note="契約の終了のため"
            )
    contracts.end(contract=contract, now=now)
    application.contract = contract
    mails.contract_ended(application=application, actor=None, now=now)
    return True
