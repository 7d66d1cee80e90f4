"""Cancellation in the customer's words (§3): until when the service can be used, why, what it costs, what stops."""

import datetime
from dataclasses import dataclass
from typing import Any

from accounts.models import Contract, ContractState
from accounts.rules.plans import Plan
from applications.models import Application
from applications.services import cancellation
from applications.services.change_facts import lost_with_the_end
from applications.workflow import Kind, State
from billing.rules.prices import PriceItem
from billing.services import fees
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month


@dataclass(frozen=True)
class Facts:
    """`cut_off` is the one that the application met or missed; `decided` staff's reason for another last month.

    `planned`: nothing is sent yet, so this is how it would be if it were sent on `counted_on`.
    """

    counted_on: datetime.date
    cut_off: datetime.date
    last_month: Month
    because: tuple[str, ...]
    fee: fees.Fee | None
    planned: bool
    decided: str = ""
    lost: tuple[Application, ...] = ()  # decided changes that the end overtakes

    @property
    def in_time(self) -> bool:
        return self.counted_on <= self.cut_off

    @property
    def effective_month(self) -> Month:
        return self.last_month.plus(1)

    @property
    def last_day(self) -> datetime.date:
        return self.last_month.last_day


def facts_before(contract: Contract, day: datetime.date) -> Facts:
    """Were it handed in on that day."""
    found = cancellation.preview(contract=contract, day=day)
    dates = found.dates
    lost = tuple(lost_with_the_end(contract, dates.last_month.last_day))
    return Facts(day, dates.cut_off, dates.last_month, dates.because, found.fee, planned=True, lost=lost)


def facts_of(application: Application, day: datetime.date) -> Facts | None:
    """As it stands with this application; None for other kinds, and where the contract goes on."""
    if application.kind != Kind.CANCELLATION or application.state in (State.WITHDRAWN, State.REJECTED):
        return None
    contract = application.own_contract
    if application.last_month is None or application.submitted_at is None:
        received = application.mail_received_at
        return facts_before(contract, date_of(received) if received else day)
    submitted = date_of(application.submitted_at)
    dates = cancellation.preview(contract=contract, day=submitted).dates
    last_month = Month.of(application.last_month)
    return Facts(
        submitted,
        dates.cut_off,
        last_month,
        dates.because,
        fees.fee(contract, PriceItem.CANCELLATION_FEE, last_month),
        planned=False,
        decided="" if last_month == dates.last_month else _reason(application),
        lost=tuple(lost_with_the_end(contract, last_month.last_day)),
    )


def cancellation_context(application: Application, day: datetime.date) -> dict[str, Any]:
    """For templates/portal/parts/cancellation.html; {} for other kinds."""
    facts = facts_of(application, day)
    if facts is None:
        return {}
    before_end = application.own_contract.state == ContractState.ACTIVE
    return {"facts": facts, "stops": what_stops(application.own_contract, day) if before_end else []}


def _reason(application: Application) -> str:
    """`set_last_month` notes the month and, behind a colon, why."""
    event = application.events.filter(action="set_last_month").last()
    return event.note.partition("：")[2] if event else ""


def what_stops(contract: Contract, day: datetime.date) -> list[str]:
    """What ends with the contract, of what is in use."""
    terms = contract.terms_as_of(day)
    channels = Plan(terms.plan).label if terms else ""
    found = [f"メッセージの配信（{channels}）とAPIへの接続"]
    if functions := sorted({row.function_label for row in contract.endpoints.as_of(day)}):
        found.append(f"通知（{'、'.join(functions)}）")
    accounts = list(contract.official_accounts.all())
    if accounts:
        tests = "（試験用アカウントを含む）" if any(account.is_test for account in accounts) else ""
        found.append(f"公式アカウント{tests}")
    if numbers := [row.number for row in contract.sms_senders.as_of(day)]:
        found.append(f"SMS送信元の番号（{'、'.join(numbers)}）")
    return found
