"""What is to be known of a change application (§2.1b): its items, what stands in its way, what it still waits for."""

import datetime
from collections.abc import Collection

from django.db.models import Q

from accounts.models import Contract, ContractState, NotificationEndpoint, SmsSender
from accounts.models.channels import EndpointQuerySet
from accounts.rules.plans import Channel, Option, Plan
from accounts.services import settings
from applications.models import Application
from applications.rules.change_keys import FOLLOWS, is_covered, with_followers
from applications.rules.changes import FOUR_EYES, PLAN_CHANGES, RULE_OF, ChangeItem
from applications.services.form_keys import ENDPOINTS, EndpointKey
from applications.workflow import CLOSED, LIVE, Kind, State
from billing.services.billing_accounts import paying_together
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.months import Month

# What an item's monthly fee is for (§2.1b, the column of fees).
MONTHLY_OPTION: dict[ChangeItem, Option] = {
    ChangeItem.SOFTBANK_SENDER: Option.SOFTBANK_SENDER,
    ChangeItem.OPTION_050: Option.NUMBER_050,
    ChangeItem.TWO_WAY_SMS: Option.TWO_WAY_SMS,
}
GIVEN_OUT: dict[ChangeItem, SmsSender.Kind] = {  # numbers that we choose, by the item that asks for them
    ChangeItem.TWO_WAY_SMS: SmsSender.Kind.COMMON,
    ChangeItem.OPTION_SENDER_NUMBER: SmsSender.Kind.COMMON,
    ChangeItem.OPTION_050: SmsSender.Kind.NUMBER_050,
}

# Who to write to and who pays: told and invoiced after the last day as well (§3).
OUTLIVES_THE_CONTRACT = frozenset(
    {
        ChangeItem.COMPANY,
        ChangeItem.ACCOUNT_CONTACT,
        ChangeItem.SERVICE_CONTACT,
        ChangeItem.BILLING_DETAILS,
        ChangeItem.PAYMENT_METHOD,
    }
)

# Of the 請求先, which several contracts of a company may share (§5.1).
OF_THE_ACCOUNT = frozenset({ChangeItem.BILLING_DETAILS, ChangeItem.PAYMENT_METHOD})


def ordered(items: Collection[ChangeItem]) -> tuple[ChangeItem, ...]:
    """In the order of the guide's table."""
    return tuple(item for item in RULE_OF if item in items)


def items_of(application: Application) -> tuple[ChangeItem, ...]:
    return ordered({ChangeItem(code) for code in application.items})


def plan_before(application: Application) -> Plan:
    """The contract's plan without this change, also once it is completed."""
    move = next((item for item in items_of(application) if item in PLAN_CHANGES), None)
    if move is not None:
        return PLAN_CHANGES[move][0]
    if application.state in CLOSED:  # as it was sent; the contract may have moved on
        return Plan(application.plan)
    terms = application.own_contract.terms.open_ended().get()
    return Plan(terms.plan)


def needs_carriers(items: Collection[ChangeItem]) -> bool:
    """Items that carriers must see (§2.1b; a setting)."""
    return bool(set(items) & {ChangeItem(code) for code in settings.get("change_carrier_items")})


def needs_approval(items: Collection[ChangeItem]) -> bool:
    """Where money or identity is touched a second person approves (§2.1b, ours)."""
    return bool(set(items) & FOUR_EYES)


def in_flight(
    contract: Contract,
    items: Collection[ChangeItem],
    *,
    day: datetime.date | None = None,
    but: Application | None = None,
) -> Application | None:
    """Another change of one of these items that is under way or, as seen on `day`, decided and not yet in force."""
    touched = {*with_followers(items), *(FOLLOWS[item] for item in items if item in FOLLOWS)}
    if any(item in PLAN_CHANGES for item in items):
        touched |= set(PLAN_CHANGES)
    same = Q(contract=contract, items__overlap=sorted(item.value for item in touched))
    if ChangeItem.COMPANY in items:  # the company's, whichever of its contracts it is asked for with
        same |= Q(customer=contract.customer_id, items__overlap=[ChangeItem.COMPANY.value])
    if of_account := touched & OF_THE_ACCOUNT:
        same |= Q(
            contract__in=paying_together(contract), items__overlap=sorted(item.value for item in of_account)
        )
    rows = Application.objects.filter(same, kind=Kind.CHANGE)
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    waiting = Q(state__in=LIVE)
    if day is not None:
        waiting |= Q(state=State.COMPLETED, in_force_on__gt=day)
    found: Application | None = rows.filter(waiting).order_by("pk").first()
    return found


def in_flight_refusal(application: Application) -> str:
    """Why this change cannot be sent in now; "" where nothing is in its way."""
    if application.kind != Kind.CHANGE:
        return ""
    items = items_of(application)
    found = in_flight(application.own_contract, items, but=application)
    # of two drafts the one that is sent first goes on
    return "" if found is None or found.state == State.DRAFT else flight_words(found, items)


def flight_words(found: Application, items: Collection[ChangeItem]) -> str:
    codes = set(found.items)
    same = [
        item
        for item in items
        if item.value in codes
        or item in PLAN_CHANGES
        or FOLLOWS.get(item) in {ChangeItem(code) for code in codes}
        or any(FOLLOWS.get(ChangeItem(code)) is item for code in codes)
    ]
    labels = "、".join(f"「{item.label}」" for item in ordered(same))
    if found.in_force_on is not None:
        return (
            f"{labels}は、変更申込 {found.number} による変更が{japanese_date(found.in_force_on)}から適用されます。"
            "適用日以降に、あらためてお申し込みください。"
        )
    return (
        f"{labels}は、変更申込 {found.number}（{found.public_state}）で手続き中です。"
        "そちらが完了してからお申し込みになるか、その申込を取り下げてください。"
    )


def also_for(contract: Contract, items: Collection[ChangeItem]) -> tuple[Contract, ...]:
    """The other contracts for which a change of these items holds as well: those with the same 請求先."""
    return tuple(paying_together(contract)) if OF_THE_ACCOUNT & set(items) else ()


def sms_result_is_new(contract: Contract, items: Collection[ChangeItem]) -> bool:
    """SMS結果通知 was not used before: its 別紙 is asked for (§1.6)."""
    used = contract.options.open_ended().filter(option=Option.SMS_RESULT_NOTIFICATION).exists()
    return ChangeItem.SMS_RESULT_URL in items and not used


def last_day_of(contract: Contract) -> datetime.date | None:
    """The last day of a contract that is being cancelled, decided or only applied for (§3)."""
    if contract.ends_on is not None:
        return contract.ends_on
    asked = (
        contract.applications.filter(kind=Kind.CANCELLATION, state__in=LIVE).exclude(last_month=None).first()
    )
    return Month.of(asked.last_month).last_day if asked is not None and asked.last_month else None


def not_beyond_the_end(contract: Contract, day: datetime.date) -> str | None:
    """A change against a contract that is being cancelled: as far as its last month (§2.1b), whatever it is about; who
    is written to afterwards staff correct by hand (ours)."""
    last = last_day_of(contract)
    if last is None or day <= last:
        return None
    return f"この契約は{japanese_date(last)}で終了するため、{japanese_date(day)}からの変更はできません。"


def lost_with_the_end(contract: Contract, last_day: datetime.date) -> list[Application]:
    """Completed changes of the service that would come into force after the contract's last day (§3)."""
    rows = Application.objects.filter(
        contract=contract, kind=Kind.CHANGE, state=State.COMPLETED, in_force_on__gt=last_day
    )
    return [row for row in rows.order_by("pk") if set(items_of(row)) - OUTLIVES_THE_CONTRACT]


def new_channels(application: Application) -> tuple[Channel, ...]:
    """Official accounts that a plan change opens."""
    move = next((item for item in items_of(application) if item in PLAN_CHANGES), None)
    if move is None:
        return ()
    old, new = PLAN_CHANGES[move]
    return tuple(
        channel for channel in Channel if channel in new.channels - old.channels and channel != Channel.SMS
    )


def kinds_to_give(application: Application) -> tuple[SmsSender.Kind, ...]:
    """Sender numbers that staff enter for this change."""
    options = {Option(code) for code in application.options}
    wanted = {
        GIVEN_OUT[item]
        for item in items_of(application)
        if item in GIVEN_OUT and (item is ChangeItem.OPTION_SENDER_NUMBER or MONTHLY_OPTION[item] in options)
    }
    return tuple(kind for kind in SmsSender.Kind if kind in wanted)


def endpoint_keys(application: Application) -> tuple[EndpointKey, ...]:
    """The 通知先 that the items of this change are about."""
    return endpoint_keys_of(items_of(application))


def endpoint_keys_of(items: Collection[ChangeItem]) -> tuple[EndpointKey, ...]:
    return tuple(row for row in ENDPOINTS if is_covered(row.key, items))


def proposals(application: Application) -> EndpointQuerySet:
    """The new notification URLs of this change, checked before they count (§2.1b)."""
    rows: EndpointQuerySet = application.own_contract.endpoints.proposed()
    return rows.filter(proposed_for=application.number)


def is_in_force(proposal: NotificationEndpoint, day: datetime.date) -> bool:
    """The URL is the one that holds already, so that nothing would change."""
    rows = NotificationEndpoint.objects.as_of(day).filter(
        contract=proposal.contract_id,
        function=proposal.function,
        channel=proposal.channel,
        for_test=proposal.for_test,
    )
    return bool(rows.filter(url=proposal.url).exists())


def not_ready(application: Application) -> tuple[str, ...]:
    """What is still missing before the change can be completed."""
    missing = []
    if application.own_contract.state != ContractState.ACTIVE:
        missing.append("利用中の契約（契約が終了しています）")
    given = application.assigned.get("senders", {})
    missing += [kind.label for kind in kinds_to_give(application) if not given.get(kind)]
    named = application.assigned.get("identifiers", {})
    missing += [
        f"{channel.label}の{'botId' if channel == Channel.PLUS else 'agentId'}"
        for channel in new_channels(application)
        if not named.get(channel)
    ]
    missing += [
        f"{row}の疎通確認OK" for row in proposals(application) if row.state != NotificationEndpoint.State.OK
    ]
    return tuple(missing)
