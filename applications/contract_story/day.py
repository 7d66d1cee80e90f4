"""A contract on one day: where the day lies in its life, the changes around it, and who pays what then."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Contract
from applications.contract_story.timeline import Entry, turning_days
from billing.models import BillingProfile, PriceList
from kmc_portal.lib.business_days import japanese_date


@dataclass(frozen=True)
class Payer:
    """`profile` None: nothing is registered for that day."""

    account: Any
    profile: BillingProfile | None


@dataclass(frozen=True)
class Jumps:
    """The nearest days before and after on which something changed or will."""

    before: datetime.date | None
    after: datetime.date | None


def jumps(entries: Sequence[Entry], day: datetime.date) -> Jumps:
    days = turning_days(entries)
    return Jumps(
        before=max((one for one in days if one < day), default=None),
        after=min((one for one in days if one > day), default=None),
    )


def place_in_life(contract: Contract, day: datetime.date) -> str:
    """Before the contract began or after its end: what to keep in mind when reading that day; else ""."""
    first = contract.terms.filter(period__isempty=False).order_by("period").first()
    if first is None or day < first.since:
        registered = f"（登録は{japanese_date(first.since)}から）" if first else ""
        return f"この日には、契約の内容はまだ登録されていません{registered}。"
    begun = contract.billing_start_on
    if begun is None or day < begun:
        start = (
            f"利用開始は{japanese_date(begun)}です" if begun else "利用開始日はアカウント通知書の発行日です"
        )
        return f"この日は利用開始より前の、準備中の内容です（{start}）。"
    if contract.ends_on and day > contract.ends_on:
        return f"この日は契約の終了より後です（最後のご利用日は{japanese_date(contract.ends_on)}）。"
    return ""


def payer(contract: Contract, day: datetime.date) -> Payer | None:
    """Who is invoiced for that day (§5.1); None where no 請求先 is assigned."""
    assignments = contract.billing_assignments.as_of(day)  # type: ignore[attr-defined]
    row = assignments.select_related("account__customer", "account__sales_partner").first()
    return None if row is None else Payer(row.account, row.account.profiles.as_of(day).first())


def price_lists(contract: Contract, day: datetime.date) -> list[PriceList]:
    """The contract's own list, which goes before the standard one item by item; and that one."""
    lists = PriceList.objects.as_of(day)
    return [*lists.filter(contract=contract), *lists.filter(contract=None)]
