"""Contracts: opened at the first submission, registered at 受付受理, active from the account notice."""

import datetime
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from accounts.models import (
    ConnectivityCheck,
    Contact,
    Contract,
    ContractOption,
    ContractState,
    ContractTerms,
    Customer,
    GlobalIp,
    NotificationEndpoint,
    OfficialAccount,
    OfficialAccountProfile,
    SmsSender,
    User,
)
from accounts.rules.plans import Channel, ContactRole, NotificationFunction, Option
from accounts.services import numbers
from accounts.services.errors import Refused
from accounts.services.periods import put_in_force, put_set_in_force
from accounts.services.unique import refused_if_taken

EndpointKey = tuple[
    NotificationFunction, str, bool
]  # function, channel ("": not of an official account), for test


def open_contract(*, customer: Customer) -> Contract:
    return Contract.objects.create(customer=customer)


@transaction.atomic
def register(
    *,
    contract: Contract,
    day: datetime.date,
    terms: dict[str, Any],
    options: set[Option],
    global_ips: set[Any],
    contacts: dict[ContactRole, dict[str, str]],
    senders: dict[str, set[str]],
    profiles: dict[Channel, dict[str, Any]],
) -> None:
    """Enter what was accepted (§1.3 step 4). Registering again before the notice replaces what was there.

    `terms`, `contacts` and `profiles` have the models' field names; `senders` maps SmsSender.Kind to numbers.
    """
    if contract.state not in (ContractState.APPLIED, ContractState.PREPARING):
        raise Refused(f"契約は{contract.get_state_display()}のため、新規登録はできません。")
    if contract.number is None:
        contract.number = numbers.contract_number()
    contract.state = ContractState.PREPARING
    contract.save(update_fields=["number", "state"])
    key = {"contract": contract}
    put_in_force(model=ContractTerms, key=key, values=terms, day=day)
    put_set_in_force(model=ContractOption, key=key, field="option", wanted=set(options), day=day)
    put_set_in_force(model=GlobalIp, key=key, field="network", wanted=global_ips, day=day)
    for role, values in contacts.items():
        put_in_force(model=Contact, key={**key, "role": role, "position": 1}, values=values, day=day)
    for kind in SmsSender.Kind:
        put_set_in_force(
            model=SmsSender,
            key={**key, "kind": kind},
            field="number",
            wanted=senders.get(kind, set()),
            day=day,
        )
    for channel, values in profiles.items():
        account, _ = OfficialAccount.objects.get_or_create(
            contract=contract, channel=channel, production=None
        )
        put_in_force(model=OfficialAccountProfile, key={"account": account}, values=values, day=day)
        if Option.TEST_ACCOUNT in options:
            OfficialAccount.objects.get_or_create(contract=contract, channel=channel, production=account)
        else:
            OfficialAccount.objects.filter(production=account).delete()
    gone = OfficialAccount.objects.filter(contract=contract).exclude(channel__in=list(profiles))
    OfficialAccountProfile.objects.filter(account__in=gone).delete()
    gone.filter(production__isnull=False).delete()
    gone.delete()


@transaction.atomic
def set_endpoints(
    *,
    contract: Contract,
    wanted: dict[EndpointKey, dict[str, Any]],
    day: datetime.date,
) -> None:
    """What a new application asks for, by EndpointKey: {"url", "ready_on", "ready_at"}.

    Nothing is in force yet, so a changed URL is changed in place and starts unchecked again (§2.1b). Of the same URL
    the customer's later word in the portal stands.
    """
    rows = contract.endpoints.filter(Q(period__endswith=None) | Q(period__contains=day))
    current = {(row.function, row.channel, row.for_test): row for row in rows.order_by("period")}
    for key, row in current.items():
        if key not in wanted and row.until is None:
            # Checks made of it stay readable, so it ends rather than goes; a period has a day at least.
            row.period = DateRange(row.since, max(day, row.since + datetime.timedelta(days=1)))
            row.save(update_fields=["period"])
    for (function, channel, for_test), values in wanted.items():
        asked = current.get((function, channel, for_test))
        if asked is not None and asked.until is not None:  # given up today and asked for again
            asked.period = DateRange(asked.since, None)
            asked.save(update_fields=["period"])
        if asked is None:
            contract.endpoints.create(
                function=function,
                channel=channel,
                for_test=for_test,
                period=DateRange(day, None),
                **values,
            )
        elif asked.url != values["url"]:
            asked.url, asked.state = values["url"], NotificationEndpoint.State.UNCHECKED
            asked.ready_on, asked.ready_at = values["ready_on"], values["ready_at"]
            asked.save(update_fields=["url", "ready_on", "state", "ready_at"])
        elif asked.ready_at is None and (values["ready_on"] or values["ready_at"]):
            asked.ready_on, asked.ready_at = values["ready_on"], values["ready_at"]
            asked.save(update_fields=["ready_on", "ready_at"])


@transaction.atomic
def mark_endpoint(
    *, endpoint_id: int, ok: bool, note: str, actor: User, now: datetime.datetime
) -> NotificationEndpoint:
    """Record the result of a 疎通確認 (§1.9); the function opens or waits, nothing else does."""
    if not note.strip():
        raise Refused("疎通確認の結果にはメモ（確認方法や応答時間など）を入力してください。")
    endpoint = NotificationEndpoint.objects.select_for_update().get(pk=endpoint_id)
    ConnectivityCheck.objects.create(
        endpoint=endpoint, url=endpoint.url, ok=ok, note=note.strip(), checked_at=now, checked_by=actor
    )
    endpoint.state = NotificationEndpoint.State.OK if ok else NotificationEndpoint.State.NG
    endpoint.save(update_fields=["state"])
    return endpoint


@transaction.atomic
def say_ready(
    *, endpoint_id: int, ready_on: datetime.date | None, now: datetime.datetime
) -> NotificationEndpoint:
    """The customer's server is ready now, or (with a date) will be then (§1.7)."""
    endpoint = NotificationEndpoint.objects.select_for_update().get(pk=endpoint_id)
    endpoint.ready_on, endpoint.ready_at = ready_on, None if ready_on else now
    endpoint.save(update_fields=["ready_on", "ready_at"])
    return endpoint


@transaction.atomic
def set_identifier(*, account_id: int, identifier: str) -> OfficialAccount:
    """botId / agentId of an official account (§1.3 step 8)."""
    account = OfficialAccount.objects.select_for_update().get(pk=account_id)
    account.identifier = identifier
    with refused_if_taken(f"{account.identifier_label} {identifier} は別のアカウントで使われています。"):
        account.save(update_fields=["identifier"])
    return account


@transaction.atomic
def set_senders(*, contract: Contract, kind: SmsSender.Kind, numbers: set[str], day: datetime.date) -> None:
    """The sender numbers of one kind, from `day` on; national digits."""
    put_set_in_force(
        model=SmsSender, key={"contract": contract, "kind": kind}, field="number", wanted=numbers, day=day
    )


@transaction.atomic
def activate(*, contract: Contract, day: datetime.date) -> None:
    """利用中 from the first notice; its issue date is the billing start and never moves (§5.1)."""
    contract.state = ContractState.ACTIVE
    if contract.billing_start_on is None:
        contract.billing_start_on = day
    contract.save(update_fields=["state", "billing_start_on"])


@transaction.atomic
def void(*, contract: Contract) -> None:
    """An application that came to nothing: the contract never was."""
    contract.state = ContractState.VOID
    contract.save(update_fields=["state"])


@transaction.atomic
def show_in_store(*, contract: Contract, day: datetime.date) -> None:
    """Official accounts start hidden and are shown from here on (§1.4 ※6, §1.5 ※6)."""
    contract.official_accounts.filter(production=None, shown_in_store_since=None).update(
        shown_in_store_since=day
    )
