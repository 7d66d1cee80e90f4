"""What accounts owe with one close: the month itself, and what changed in months that were closed before (§5).

Everything is read as it counted at the close's `moment`; the same close rated again gives the same lines.
"""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.db.models import Q

from accounts.models import Contract, ContractOption, ContractState
from accounts.rules.plans import Option
from accounts.services import settings
from billing.models import (
    BillingAssignment,
    BillingProfile,
    BillingRun,
    InvoiceLine,
    OneOffCharge,
    ParkedContract,
)
from billing.rules import rating as rules
from billing.rules.dates import BillingDates, billing_dates
from billing.rules.invoice import ORDER, Detail, Line, LineKey, LineKind, deltas
from billing.rules.prices import PriceRow
from billing.rules.rating import ContractMonth, Fee, Parked, Usage
from billing.rules.tax import TaxCategory
from billing.services import facts, prices
from billing.workflow import FINAL
from kmc_portal.lib.months import Month

UsageSource = Callable[[Collection[int], Month, datetime.datetime], dict[int, tuple[Usage, ...]]]


@dataclass(frozen=True)
class Close:
    """The close of `month` as it reads at `moment`; `late`: earlier months to rate again, with their accounts.

    `beyond`: contracts that are not in use in the month, but have usage or charges in it all the same.
    `waiting`: contracts and months to leave out, with the reason (when a close is derived again).
    """

    month: Month
    moment: datetime.datetime
    dates: BillingDates
    late: dict[Month, frozenset[int]]
    beyond: frozenset[int] = frozenset()
    homeless: tuple[Parked, ...] = ()
    waiting: Mapping[facts.ContractMonthKey, str] = field(default_factory=dict)

    @property
    def accounts(self) -> list[int]:
        """Every account that may get an invoice."""
        in_month = BillingAssignment.objects.as_of(self.month.first_day).filter(
            in_use_in(self.month, "contract__") | Q(contract__in=self.beyond)
        )
        found = set(in_month.values_list("account_id", flat=True)).union(*self.late.values())
        return sorted(found)


@dataclass
class Bill:
    """An account's lines of one close, and its contracts that wait."""

    account: int
    lines: list[Line] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    contracts: dict[int, Contract] = field(default_factory=dict)

    @property
    def is_due(self) -> bool:
        """Zero yen is an invoice; an account of which everything waits gets none."""
        return bool(self.lines)


def in_use_in(month: Month, prefix: str = "") -> Q:
    """Contracts of which at least a day of the month is charged: from the issue of the account notice (§5.1)."""
    return Q(
        **{
            f"{prefix}state__in": [ContractState.ACTIVE, ContractState.ENDED],
            f"{prefix}billing_start_on__lte": month.last_day,
        }
    ) & (Q(**{f"{prefix}ends_on": None}) | Q(**{f"{prefix}ends_on__gte": month.first_day}))


def close_of(month: Month, moment: datetime.datetime) -> Close:
    """What this close has to look at, besides the month: everything that changed since the close before."""
    previous = (
        BillingRun.objects.filter(month__lt=month.first_day, state__in=FINAL).order_by("-month").first()
    )
    changed = facts.changed(before=month, after=previous.stored_before if previous else None, moment=moment)
    if previous is not None:
        waiting = ParkedContract.objects.filter(run=previous, preview=previous.preview)
        changed |= {(row.contract_id, Month.of(row.usage_month)) for row in waiting}
    late: dict[Month, frozenset[int]] = {}
    idle = Contract.objects.registered().exclude(in_use_in(month)).values_list("pk", flat=True)
    beyond = frozenset(facts.charged(idle, month, moment))
    homeless = list(_without_account(month, beyond))
    for one in sorted({changed_month for _, changed_month in changed}):
        contracts = {contract for contract, changed_month in changed if changed_month == one}
        homes = dict(
            BillingAssignment.objects.as_of(one.first_day)
            .filter(contract__in=contracts)
            .values_list("contract_id", "account_id")
        )
        late[one] = frozenset(homes.values())
        homeless += [_homeless(contract, one) for contract in sorted(contracts - homes.keys())]
    return Close(month, moment, dates_of(month), late, beyond, tuple(homeless))


def dates_of(month: Month) -> BillingDates:
    """With the office days as staff keep them."""
    return billing_dates(month, office=settings.office())


def _without_account(month: Month, beyond: frozenset[int]) -> Iterable[Parked]:
    assigned = BillingAssignment.objects.as_of(month.first_day).values("contract")
    unassigned = Contract.objects.filter(in_use_in(month) | Q(pk__in=beyond)).exclude(pk__in=assigned)
    return [_homeless(pk, month) for pk in unassigned.order_by("pk").values_list("pk", flat=True)]


def _homeless(contract: int, month: Month) -> Parked:
    return Parked(contract, month, f"{month.label}の請求先が決まっていません。請求先を割り当ててください。")


def bills(close: Close, account_ids: Collection[int], usage: UsageSource = facts.usage) -> dict[int, Bill]:
    """The bills of these accounts. `usage` is where the counts come from: the facts, or the stored files."""
    found = {pk: Bill(pk) for pk in account_ids}
    for month in (close.month, *sorted(close.late, reverse=True)):
        wanted = [pk for pk in account_ids if month == close.month or pk in close.late[month]]
        if wanted:
            _rate_month(close, month, wanted, found, usage)
    for bill in found.values():
        bill.lines.sort(key=lambda line: _place(line, bill.contracts))
    return found


def _rate_month(
    close: Close, month: Month, account_ids: list[int], found: dict[int, Bill], usage: UsageSource
) -> None:
    reader = _Reader(close, month, account_ids, usage)
    for account, contracts in reader.by_account.items():
        rated = rules.rate(contracts, reader.standard, reader.rates)
        waiting = {parked.contract for parked in rated.parked}
        bill = found[account]
        bill.parked += rated.parked
        bill.contracts |= {one.contract: reader.contracts[one.contract] for one in contracts}
        lines = rated.lines
        if month != close.month:
            before = [line for one in contracts for line in reader.invoiced.get(one.contract, ())]
            lines = deltas(lines, [line for line in before if line.key.contract not in waiting])
        bill.lines += lines


def _place(line: Line, contracts: dict[int, Contract]) -> tuple[object, ...]:
    """By ご利用番号; the month itself before additions to earlier ones."""
    month = line.key.month
    return (
        contracts[line.key.contract].number,
        -(month.year * 12 + month.month),
        ORDER[line.key.kind],
        -line.key.rate,
    )


@dataclass
class _Reader:
    """All that rating needs to know about some accounts in one month, with a constant number of queries."""

    close: Close
    month: Month
    account_ids: list[int]
    usage: UsageSource

    @cached_property
    def standard(self) -> tuple[PriceRow, ...]:
        return prices.standard_rows(self.month)

    @cached_property
    def rates(self) -> dict[TaxCategory, Decimal]:
        return prices.tax_rates(self.month)

    @cached_property
    def assignments(self) -> dict[int, int]:
        """Contract → account."""
        rows = BillingAssignment.objects.as_of(self.month.first_day).filter(account__in=self.account_ids)
        return dict(rows.values_list("contract_id", "account_id"))

    @cached_property
    def contracts(self) -> dict[int, Contract]:
        return Contract.objects.select_related("customer").in_bulk(list(self.assignments))

    @cached_property
    def in_use(self) -> frozenset[int]:
        rows = Contract.objects.filter(in_use_in(self.month), pk__in=self.assignments)
        return frozenset(rows.values_list("pk", flat=True))

    @cached_property
    def options(self) -> dict[int, set[Option]]:
        """Options in force on any day of the month that is charged."""
        found: dict[int, set[Option]] = {}
        rows = ContractOption.objects.filter(
            contract__in=self.in_use,
            period__overlap=(self.month.first_day, self.month.plus(1).first_day),
        )
        for row in rows:
            contract = self.contracts[row.contract_id]
            begun = (
                row.until is None
                or contract.billing_start_on is None
                or row.until >= contract.billing_start_on
            )
            if begun and (contract.ends_on is None or row.since <= contract.ends_on):
                found.setdefault(row.contract_id, set()).add(Option(row.option))
        return found

    @cached_property
    def fees(self) -> dict[int, list[Fee]]:
        found: dict[int, list[Fee]] = {}
        rows = OneOffCharge.objects.filter(
            contract__in=list(self.assignments),
            charged_on__range=(self.month.first_day, self.month.last_day),
            stored_at__lte=self.close.moment,
        )
        for row in rows:
            fee = Fee(row.pk, row.kind, row.reason, row.amount, TaxCategory(row.tax))
            found.setdefault(row.contract_id, []).append(fee)
        return found

    @cached_property
    def invoiced(self) -> dict[int, list[Line]]:
        """What live invoices of earlier closes hold for this month."""
        found: dict[int, list[Line]] = {}
        rows = InvoiceLine.objects.filter(
            invoice__live=True,
            invoice__month__lt=self.close.month.first_day,
            usage_month=self.month.first_day,
            contract__in=list(self.assignments),
        )
        for row in rows:
            found.setdefault(row.contract_id, []).append(as_line(row))
        return found

    @property
    def by_account(self) -> dict[int, list[ContractMonth]]:
        used = self.usage(list(self.assignments), self.month, self.close.moment)
        own = prices.own_rows(self.month, list(self.assignments))
        found: dict[int, list[ContractMonth]] = {}
        for pk, account in self.assignments.items():
            if (
                pk not in self.in_use
                and pk not in used
                and pk not in self.fees
                and pk not in self.invoiced_late
            ):
                continue
            found.setdefault(account, []).append(
                ContractMonth(
                    contract=pk,
                    number=self.contracts[pk].number or "",
                    month=self.month,
                    in_use=pk in self.in_use,
                    options=frozenset(self.options.get(pk, ())),
                    usage=used.get(pk, ()),
                    fees=tuple(self.fees.get(pk, ())),
                    own=own.get(pk, ()),
                    fault=self._fault(pk, account),
                )
            )
        return found

    def _fault(self, contract: int, account: int) -> str:
        if reason := self.close.waiting.get((contract, self.month)):
            return reason
        return "" if account in self.addressed else "請求書の発行日に適用される請求先情報がありません。"

    @cached_property
    def addressed(self) -> frozenset[int]:
        """Accounts that an invoice can be written to on its date."""
        rows = BillingProfile.objects.as_of(self.close.dates.send_on).filter(account__in=self.account_ids)
        return frozenset(rows.values_list("account_id", flat=True))

    @property
    def invoiced_late(self) -> Collection[int]:
        return () if self.month == self.close.month else self.invoiced.keys()


def as_line(row: InvoiceLine) -> Line:
    """The frozen line as rules compare it."""
    key = LineKey(row.contract_id, Month.of(row.usage_month), LineKind(row.kind), row.tax_rate)
    return Line(key, row.net, tuple(Detail.from_json(one) for one in row.details))
