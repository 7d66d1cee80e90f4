"""A change comes into force (§2.1b): what we give out for it, the second person's approval, and the new values.

Until completion the old values count everywhere; from `in_force_on` on the new ones do, by their periods alone.
"""

import datetime
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import transaction

from accounts.models import (
    Contact,
    Contract,
    ContractOption,
    ContractTerms,
    GlobalIp,
    OfficialAccount,
    OfficialAccountProfile,
    SmsSender,
    User,
)
from accounts.rules.plans import Channel, ContactRole, Option, Plan
from accounts.rules.sender_numbers import check_sender_number
from accounts.services import contracts, customers, endpoints, settings, test_accounts
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from accounts.services.periods import put_in_force, put_set_in_force
from accounts.services.unique import refused_if_taken
from applications.models import Application, Submission
from applications.rules.changes import PLAN_CHANGES, RULE_OF, ChangeItem
from applications.rules.lead_time import change_lead_time, first_month_from
from applications.services import mails, registration
from applications.services.change_facts import (
    GIVEN_OUT,
    MONTHLY_OPTION,
    endpoint_keys,
    items_of,
    new_channels,
    not_beyond_the_end,
    proposals,
)
from applications.services.changes import options_after, options_touched
from applications.services.facts import latest_submission
from applications.services.form_keys import (
    COMPANY,
    CONTACT_PREFIX,
    GLOBAL_IPS,
    SENDERS,
)
from applications.services.setup import KINDS_OF, OPERATIONS
from applications.services.transitions import lock, need_role, need_state, perform, record
from applications.workflow import Action, State
from billing.rules.prices import PriceItem
from billing.services import billing_accounts, charges, fees
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month

RENAMES = frozenset({ChangeItem.OFFICIAL_ACCOUNT, *PLAN_CHANGES})  # may name an official account anew
SETUP = frozenset({State.ACCOUNT_SETUP})
WITH_COMPLETION = SETUP | {State.FINAL_APPROVAL}


# what we give out ---------------------------------------------------------------------------------


@transaction.atomic
def assign(
    *,
    application_id: int,
    version: int,
    numbers: Mapping[SmsSender.Kind, set[str]],
    identifiers: Mapping[Channel, str],
    actor: User,
    now: datetime.datetime,
) -> None:
    """Enter the numbers and identifiers of a change; nothing of it is in force before the change is completed."""
    application = lock(application_id, version)
    need_role(application=application, actor=actor, roles=OPERATIONS, what="番号・識別子を入力する")
    need_state(application=application, states=SETUP, what="番号・識別子の入力は")
    if application.on_hold:
        raise Refused(f"保留中です（{application.hold_reason}）。保留を解除してから進めてください。")
    verdicts = {
        kind: [check_sender_number(number, kinds=KINDS_OF[kind]) for number in sorted(given)]
        for kind, given in numbers.items()
    }
    if faults := [row.message for rows in verdicts.values() for row in rows if not row.allowed]:
        raise Refused(" ".join(faults))
    for channel, identifier in identifiers.items():
        if (
            OfficialAccount.objects.filter(channel=channel, identifier=identifier.strip())
            .exclude(identifier="")
            .exists()
        ):
            raise Refused(f"識別子 {identifier.strip()} は別のアカウントで使われています。")
    application.assigned = {
        "senders": {kind.value: [row.value for row in rows] for kind, rows in verdicts.items() if rows},
        "identifiers": {channel.value: text.strip() for channel, text in identifiers.items() if text.strip()},
    }
    said = [
        f"{SmsSender.Kind.label_of(kind)} {'、'.join(rows)}"
        for kind, rows in application.assigned["senders"].items()
    ]
    said += [
        f"{Channel.label_of(channel)} {text}" for channel, text in application.assigned["identifiers"].items()
    ]
    record(
        application=application,
        action="set_identifier",
        actor=actor,
        now=now,
        note="\n".join(said) or "なし",
        public=False,
        changed=("assigned",),
    )


# completion ---------------------------------------------------------------------------------------


def first_day(application: Application, today: datetime.date) -> datetime.date:
    """The first day on which the change may be in force: today, or the 1st of the month after 受付受理 (§2.1b)."""
    assert application.accepted_at is not None, "what is completed was accepted"
    window = change_lead_time(items_of(application), date_of(application.accepted_at), settings.office())
    month = window.applies_from_month
    if month is None:
        return today
    # completed late it is the next 1st: what holds from a month on never begins within one
    return max(month, first_month_from(today)).first_day


@transaction.atomic
def complete(
    *,
    application_id: int,
    version: int,
    actor: User,
    now: datetime.datetime,
    in_force_on: datetime.date | None = None,
    edited: MailText | None = None,
) -> Application:
    """A change that needs no second person; `in_force_on` None: the first day that is possible."""
    return _complete(Action.COMPLETE_CHANGE, application_id, version, in_force_on, actor, now, edited)


@transaction.atomic
def prepare(*, application_id: int, version: int, actor: User, now: datetime.datetime) -> None:
    """Ask a second person to approve the change."""
    application = lock(application_id, version)
    application.prepared_by = actor
    perform(
        application=application, action=Action.PREPARE_CHANGE, actor=actor, now=now, changed=("prepared_by",)
    )


@transaction.atomic
def send_back(*, application_id: int, version: int, reason: str, actor: User, now: datetime.datetime) -> None:
    application = lock(application_id, version)
    application.prepared_by = None
    perform(
        application=application,
        action=Action.SEND_BACK_CHANGE,
        actor=actor,
        now=now,
        note=reason,
        changed=("prepared_by",),
    )


@transaction.atomic
def approve(
    *,
    application_id: int,
    version: int,
    actor: User,
    now: datetime.datetime,
    in_force_on: datetime.date | None = None,
    edited: MailText | None = None,
) -> Application:
    """The second person approves, and the change is completed."""
    return _complete(Action.APPROVE_CHANGE, application_id, version, in_force_on, actor, now, edited)


def _complete(
    action: Action,
    application_id: int,
    version: int,
    in_force_on: datetime.date | None,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None,
) -> Application:
    application = lock(application_id, version)
    contract = Contract.objects.select_for_update(no_key=True).get(pk=application.own_contract.pk)
    need_state(application=application, states=WITH_COMPLETION, what="変更の完了は")
    day = in_force_on or first_day(application, date_of(now))
    if refusal := day_refusal(application, contract, day, date_of(now)):
        raise Refused(refusal)
    perform(
        application=application,
        action=action,
        actor=actor,
        now=now,
        note=f"適用日：{japanese_date(day)}",
        sets={"in_force_on": day},
    )
    submission = latest_submission(application)
    assert submission is not None, "what is completed was submitted"
    values = submission.content["values"]
    change = Change(application, contract, submission, values, day, actor, now)
    for item in items_of(application):
        APPLY[item](change)
    _put_options(change)
    if RENAMES & set(items_of(application)) and (refusal := test_accounts.no_room(contract, day)):
        raise Refused(refusal)  # a test account was asked for while the change was under way
    _charge(change)
    mails.change_completed(application=application, actor=actor, now=now, edited=edited)
    return application


def day_refusal(
    application: Application, contract: Contract, day: datetime.date, today: datetime.date
) -> str | None:
    """Why the change cannot be in force from that day on, or None."""
    first = first_day(application, today)
    if day < first:
        return f"適用日には、{japanese_date(first)}以降の日付を指定してください。"
    if day.day != 1 and first_day_is_a_first(application):
        return "翌月適用の項目があるため、適用日には月の1日を指定してください。"
    if day > today + datetime.timedelta(days=366):
        return "適用日は、今日から1年以内の日付を指定してください。"
    return not_beyond_the_end(contract, day)


def first_day_is_a_first(application: Application) -> bool:
    return any(RULE_OF[item].next_month for item in items_of(application))


# what each item does ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One completed change: the values of its last submission, to be in force from `day` on."""

    application: Application
    contract: Contract
    submission: Submission
    values: Mapping[str, Any]
    day: datetime.date
    actor: User
    now: datetime.datetime

    @property
    def key(self) -> dict[str, Any]:
        return {"contract": self.contract}

    @cached_property
    def changed(self) -> frozenset[str]:
        """The form's keys whose answers differ from what was registered: nothing else of the form is taken over, for
        staff or another change may have entered it anew meanwhile."""
        return frozenset(row["key"] for row in self.submission.content["differences"])

    @property
    def assigned(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = self.application.assigned.get("senders", {})
        return found


def _company(change: Change) -> None:
    before = change.contract.customer.name
    held = change.contract.customer.profiles.as_of(change.day).get()
    customers.set_profile(
        customer=change.contract.customer,
        profile={
            field: str(change.values.get(key, "")) if key in change.changed else getattr(held, field)
            for field, key in COMPANY.items()
        },
        day=change.day,
        today=date_of(change.now),
    )
    billing_accounts.follow_company(customer=change.contract.customer, before=before, day=change.day)


def _contact(role: ContactRole) -> Callable[[Change], None]:
    prefix = CONTACT_PREFIX[role]

    def apply(change: Change) -> None:
        key = {**change.key, "role": role, "position": 1}
        stated = registration.contact_of(change.values, prefix)
        if Contact.objects.filter(**key).as_of(change.day).exists():
            stated = {field: text for field, text in stated.items() if f"{prefix}.{field}" in change.changed}
        put_in_force(model=Contact, key=key, values=stated, day=change.day)

    return apply


def _billing_details(change: Change) -> None:
    before = billing_accounts.addressed_to(change.contract, change.day)
    _contact(ContactRole.BILLING)(change)
    billing_accounts.follow_contact(contract=change.contract, before=before, day=change.day)


def _payment_method(change: Change) -> None:
    _terms(change, payment_method=change.values["payment_method"])
    for other in billing_accounts.paying_together(change.contract):  # one 請求先 is paid in one way
        put_in_force(
            model=ContractTerms,
            key={"contract": other},
            values={"payment_method": change.values["payment_method"]},
            day=change.day,
        )
    billing_accounts.follow_payment_method(contract=change.contract, day=change.day)


def _usage_purpose(change: Change) -> None:
    _terms(
        change,
        usage_purpose=change.values["usage.purpose"],
        consent_method=change.values["usage.consent_method"],
        monthly_volume=change.values["usage.monthly_volume"],
    )


def _terms(change: Change, **values: Any) -> None:
    put_in_force(model=ContractTerms, key=change.key, values=values, day=change.day)


def _global_ip(change: Change) -> None:
    wanted = {ipaddress.ip_network(text) for text in change.values[GLOBAL_IPS]}
    put_set_in_force(model=GlobalIp, key=change.key, field="network", wanted=wanted, day=change.day)


def _plan(change: Change) -> None:
    """The new plan, and all that its new channel brings."""
    plan = Plan(change.application.plan)
    _terms(change, plan=plan)
    named = change.application.assigned.get("identifiers", {})
    for channel in new_channels(change.application):
        account, _ = OfficialAccount.objects.get_or_create(
            contract=change.contract, channel=channel, production=None
        )
        with refused_if_taken(f"識別子 {named[channel]} は別のアカウントで使われています。"):
            account.identifier = named[channel]
            account.save(update_fields=["identifier"])
        if Option.TEST_ACCOUNT in change.application.options:
            OfficialAccount.objects.get_or_create(
                contract=change.contract, channel=channel, production=account
            )
    _official_accounts(change, frozenset(new_channels(change.application)))
    if SENDERS[SmsSender.Kind.REGULAR] in change.values and Channel.SMS in plan.channels:
        _senders(change, SmsSender.Kind.REGULAR)
    _endpoints(change)


def _official_account(change: Change) -> None:
    _official_accounts(change, Plan(change.application.plan).channels - set(new_channels(change.application)))


def _official_accounts(change: Change, channels: frozenset[Channel]) -> None:
    for account in change.contract.official_accounts.filter(production=None, channel__in=channels):
        put_in_force(
            model=OfficialAccountProfile,
            key={"account": account},
            values=registration.profile_of(
                Channel(account.channel),
                change.values,
                change.submission,
                before=account.profiles.open_ended().first(),
            ),
            day=change.day,
        )


def _senders(change: Change, kind: SmsSender.Kind) -> None:
    stated = change.values.get(SENDERS[kind]) or []
    numbers = {stated} if isinstance(stated, str) else set(stated)
    if kind == SmsSender.Kind.REGULAR:  # 共通番号 and 050 numbers among them are ours, and stay as they are
        numbers = {number for number in numbers if registration.kind_of(number) == kind}
    contracts.set_senders(contract=change.contract, kind=kind, numbers=numbers, day=change.day)


def _own_senders(change: Change) -> None:
    _senders(change, SmsSender.Kind.REGULAR)


def _given_out(change: Change) -> None:
    """The numbers that we chose; none where the option ends."""
    for item, kind in GIVEN_OUT.items():
        if item not in items_of(change.application):
            continue
        ends = item is not ChangeItem.OPTION_SENDER_NUMBER and MONTHLY_OPTION[item] not in {
            Option(code) for code in change.application.options
        }
        numbers = set() if ends else set(change.assigned.get(kind, ()))
        contracts.set_senders(contract=change.contract, kind=kind, numbers=numbers, day=change.day)


def _two_way(change: Change) -> None:
    """The common number, and where what comes in is told; both end with the option."""
    _given_out(change)
    _endpoints(change)


def _softbank(change: Change) -> None:
    if Option.SOFTBANK_SENDER in change.application.options:
        _senders(change, SmsSender.Kind.SOFTBANK)
    else:
        contracts.set_senders(
            contract=change.contract, kind=SmsSender.Kind.SOFTBANK, numbers=set(), day=change.day
        )


def _endpoints(change: Change) -> None:
    """New URLs take the place of the old ones; a 通知先 whose URL was taken away ends."""
    for row in proposals(change.application):
        endpoints.adopt(endpoint_id=row.pk, day=change.day, now=change.now)
    for key in endpoint_keys(change.application):
        # a test account's own URL may have been entered meanwhile
        if not change.values.get(key.key) and (key.key in change.changed or not key.for_test):
            endpoints.end(
                contract=change.contract,
                function=key.function,
                channel=str(key.channel),
                for_test=key.for_test,
                day=change.day,
                now=change.now,
            )


def _put_options(change: Change) -> None:
    """What this change turns on or off, one by one; every other option stays as it is or is planned."""
    items = items_of(change.application)
    plan = Plan(change.contract.terms.open_ended().get().plan)
    after = options_after((), items, change.values, plan)
    for option in options_touched(items, change.values, plan):
        put_set_in_force(
            model=ContractOption,
            key={**change.key, "option": option},
            field="option",
            wanted={option} & after,
            day=change.day,
        )


def fee_key(application: Application) -> str:
    """Of the charge that a completed change leaves, if it leaves one."""
    return f"change-fee-{application.number}"


def _charge(change: Change) -> None:
    """変更手数料 where the price list has one, once per application (§2.1b, ours)."""
    if ChangeItem.OFFICIAL_ACCOUNT not in items_of(change.application):
        return
    day = date_of(change.now)
    if fees.fee(change.contract, PriceItem.CHANGE_FEE, Month.of(day)) is None:
        return
    charges.charge_once(
        contract=change.contract,
        kind=PriceItem.CHANGE_FEE,
        key=fee_key(change.application),
        reason=f"公式アカウント設定の変更（{change.application.number}）",
        charged_on=day,
        actor=change.actor,
        now=change.now,
    )


_I = ChangeItem
APPLY: dict[ChangeItem, Callable[[Change], None]] = {  # §2.1b: one row an item
    _I.COMPANY: _company,
    _I.ACCOUNT_CONTACT: _contact(ContactRole.ACCOUNT),
    _I.SERVICE_CONTACT: _contact(ContactRole.SERVICE),
    _I.BILLING_DETAILS: _billing_details,
    _I.PAYMENT_METHOD: _payment_method,
    _I.USAGE_PURPOSE: _usage_purpose,
    _I.GLOBAL_IP: _global_ip,
    _I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS: _plan,
    _I.PLAN_PLUS_TO_SMS_PLUS: _plan,
    _I.PLAN_SMS_TO_SMS_PLUS: _plan,
    _I.SMS_RESULT_URL: _endpoints,
    _I.WEBHOOK_URL: _endpoints,
    _I.SENDER_NUMBER: _own_senders,
    _I.SOFTBANK_SENDER: _softbank,
    _I.OFFICIAL_ACCOUNT: _official_account,
    _I.OPTION_050: _given_out,
    _I.TWO_WAY_SMS: _two_way,
    _I.OPTION_SENDER_NUMBER: _given_out,
    _I.MO_URL: _endpoints,
}
