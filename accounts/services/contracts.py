"""Contracts: opened at the first submission, registered at 受付受理, active from the account notice."""

import datetime
from typing import Any

from django.db import transaction

from accounts.models import (
    Contact,
    Contract,
    ContractOption,
    ContractState,
    ContractTerms,
    Customer,
    GlobalIp,
    OfficialAccount,
    OfficialAccountProfile,
    SmsSender,
)
from accounts.rules.plans import Channel, ContactRole, Option
from accounts.services import endpoints, numbers
from accounts.services.errors import Refused
from accounts.services.periods import put_in_force, put_set_in_force
from accounts.services.unique import refused_if_taken


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
def set_end(*, contract: Contract, day: datetime.date) -> None:
    """The last day of use, once a cancellation is confirmed (§3); until then everything stays in force."""
    contract.ends_on = day
    contract.save(update_fields=["ends_on"])


@transaction.atomic
def end(*, contract: Contract, now: datetime.datetime) -> None:
    """The last day has passed: nothing is delivered, told or allowed in any more. Who to write to stays (§3)."""
    assert contract.ends_on is not None, "what ends has its last day"
    day = contract.ends_on + datetime.timedelta(days=1)
    contract.state = ContractState.ENDED
    contract.save(update_fields=["state"])
    key = {"contract": contract}
    for model, field in ((ContractOption, "option"), (GlobalIp, "network")):
        put_set_in_force(model=model, key=key, field=field, wanted=set(), day=day)
    for kind in SmsSender.Kind:
        set_senders(contract=contract, kind=kind, numbers=set(), day=day)
    endpoints.end_all(contract=contract, day=day, now=now)


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
