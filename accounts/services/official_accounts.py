"""公式アカウント as they are on a day: the one place where a test account is read (§2.0, §2.1a).

A test account is its production account with TEST behind its name. Nothing but its identifier and the URL of its
Webhook (a 通知先 `for_test`) is its own, so nothing else is stored: the database refuses a profile or a day of store
display for it. It is in use while the contract has the option 試験用アカウント; afterwards its row stays, so that what
it sent stays recognisable.
"""

import datetime
from dataclasses import dataclass

from accounts.models import Contract, OfficialAccount, OfficialAccountProfile
from accounts.rules.official_account import test_account_name
from accounts.rules.plans import Option, Plan


@dataclass(frozen=True)
class Reading:
    """An official account on a day. `profile` and `shown_since` are the production account's, whosever this is."""

    account: OfficialAccount
    name: str
    profile: OfficialAccountProfile | None
    shown_since: datetime.date | None
    in_use: bool

    @property
    def is_test(self) -> bool:
        return self.account.is_test

    @property
    def identifier(self) -> str:
        return self.account.identifier


def readings(contract: Contract, day: datetime.date, *, also_ended: bool = False) -> list[Reading]:
    """By channel, the production account first. Test accounts that are not in use on the day stay out, unless asked for."""
    in_use = has_test_accounts(contract, day)
    accounts = contract.official_accounts.select_related("production").order_by("channel", "pk")
    if terms := contract.terms_as_of(day):  # a channel that a planned change brings is not there yet (§2.1b)
        accounts = accounts.filter(channel__in=Plan(terms.plan).channels)
    if contract.ends_on is not None and contract.ends_on < day and not also_ended:
        return []
    found = [reading(account, day, in_use=in_use) for account in accounts]
    return [row for row in found if row.in_use or also_ended]


def reading(account: OfficialAccount, day: datetime.date, *, in_use: bool | None = None) -> Reading:
    """`in_use`: whether the contract has test accounts on the day, where that is known already."""
    source = account.production or account
    profile = source.profiles.as_of(day).first()
    name = profile.name if profile else ""
    shown = source.shown_in_store_since
    if in_use is None:
        in_use = has_test_accounts(account.contract, day)
    return Reading(
        account=account,
        name=test_account_name(name) if account.is_test and name else name,
        profile=profile,
        shown_since=shown if shown and shown <= day else None,
        in_use=in_use or not account.is_test,
    )


def account_name(account: OfficialAccount, day: datetime.date) -> str:
    """nickname / 表示名, that of a test account derived; "" where nothing is in force on the day."""
    return reading(account, day, in_use=True).name


def has_test_accounts(contract: Contract, day: datetime.date) -> bool:
    return contract.options.as_of(day).filter(option=Option.TEST_ACCOUNT).exists()
