"""What records are held against: the contracts with their periods, as plain values for billing/rules/usage.py."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from accounts.models import Contract, ContractOption, ContractTerms
from accounts.rules.plans import Channel, Option, Plan
from billing.rules.usage import KnownContract, Period


def known_contracts() -> Iterator[KnownContract]:
    """Every contract that has a ご利用番号."""
    channels: dict[int, list[tuple[Period, frozenset[Channel]]]] = {}
    for contract, plan, period in ContractTerms.objects.values_list(
        "contract_id", "plan", "period"
    ).iterator():
        channels.setdefault(contract, []).append((_period(period), Plan(plan).channels))
    long_sms: dict[int, list[Period]] = {}
    options = ContractOption.objects.filter(option=Option.LONG_SMS)
    for contract, period in options.values_list("contract_id", "period").iterator():
        long_sms.setdefault(contract, []).append(_period(period))
    rows = Contract.objects.registered().order_by("pk")
    for pk, number, starts, ends in rows.values_list(
        "pk", "number", "billing_start_on", "ends_on"
    ).iterator():
        assert number is not None, "registered"
        yield KnownContract(number, pk, starts, ends, channels.get(pk, ()), long_sms.get(pk, ()))


def contract_ids() -> dict[str, int]:
    """By ご利用番号."""
    return {number: pk for number, pk in Contract.objects.registered().values_list("number", "pk") if number}


def _period(period: Any) -> Period:
    """PostgreSQL's `[from, until)` with both days included."""
    if period.isempty:
        return Period(date.max, date.min)
    last = None if period.upper is None else period.upper - timedelta(days=1)
    return Period(period.lower, last)
