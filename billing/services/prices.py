"""料金表: publish a list from a month on, withdraw one that no invoice used, and read what holds in a month (§5.1)."""

import datetime
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from accounts.models import Contract, User
from accounts.services.errors import Refused
from accounts.services.rights import need
from billing.models import InvoiceLine, Price, PriceList, PriceTier, TaxRate
from billing.rules.carriers import DeliveryCarrier
from billing.rules.prices import ChargeModel, PriceItem, PriceRow, Scope, Tier, row_faults
from billing.rules.tax import TaxCategory
from billing.services import open_months
from kmc_portal.lib.months import Month
from kmc_portal.lib.text import clean_name

NOTHING = DateRange(empty=True)  # the period of a list that was withdrawn


@transaction.atomic
def publish(
    *,
    contract: Contract | None,
    name: str,
    start: Month,
    rows: Sequence[PriceRow],
    note: str,
    actor: User | None,
    now: datetime.datetime,
) -> PriceList:
    """Publish a list in force from `start` until the next one: the standard list, or a contract's own.

    The ids of `rows` are ignored. The list in force ends the month before; what is planned for later already, another
    list or a contract's return to the standard one, stays as it is. `actor` None: the demo's loader.
    """
    if actor is not None:
        need(actor, "billing.add_pricelist", "料金表を登録する")
    name = clean_name(name)
    if not name:
        raise Refused("料金表名を入力してください。")
    if faults := table_faults(rows):
        raise Refused(" ".join(faults))
    _lock(contract)
    _take(contract, start, "料金表を登録")
    of_owner = PriceList.objects.filter(contract=contract)
    before = of_owner.as_of(start.first_day).first()
    following = of_owner.filter(period__startswith__gt=start.first_day).order_by("period").first()
    if before is not None and before.since == start.first_day:
        raise Refused(
            f"{start.label}から始まる料金表「{before}」が登録済みです。"
            "先に取り下げるか、別の開始月を指定してください。"
        )
    until = following.since if following else None
    if before is not None:
        until = before.period.upper
        _set_period(before, DateRange(before.since, start.first_day))
    made = PriceList.objects.create(
        contract=contract,
        name=name,
        note=note.strip(),
        period=DateRange(start.first_day, until),
        published_by=actor,
        published_at=now,
    )
    _write(made, rows)
    return made


@transaction.atomic
def withdraw(*, price_list_id: int, actor: User, now: datetime.datetime) -> PriceList:
    """Take a list back as if it had never begun; the one before it holds on. It stays readable."""
    need(actor, "billing.change_pricelist", "料金表を取り下げる")
    found = PriceList.objects.select_related("contract").get(pk=price_list_id)
    _lock(found.contract)
    found.refresh_from_db()
    if found.period.isempty:
        raise Refused("この料金表は取り下げ済みです。")
    start = Month.of(found.since)
    _take(found.contract, start, "料金表を取り下げることは")
    end = found.period.upper
    found.withdrawn_from, found.withdrawn_at, found.withdrawn_by = found.since, now, actor
    found.period = NOTHING
    found.save(update_fields=["period", "withdrawn_from", "withdrawn_at", "withdrawn_by"])
    before = PriceList.objects.filter(contract=found.contract, period__endswith=start.first_day).first()
    if before is not None:
        _set_period(before, DateRange(before.since, end))
    return found


@transaction.atomic
def end(*, price_list_id: int, start: Month, actor: User) -> PriceList:
    """Let a contract's own prices end: from `start` on the standard list holds for it."""
    need(actor, "billing.change_pricelist", "契約別の料金を終える")
    found = PriceList.objects.select_related("contract").get(pk=price_list_id)
    if found.contract is None:
        raise Refused("標準料金表は終了できません。次の料金表を登録してください。")
    _lock(found.contract)
    found.refresh_from_db()
    if found.period.isempty or found.period.upper is not None:
        raise Refused("この料金表はすでに終わりが決まっています。画面を開き直してください。")
    if start.first_day <= found.since:
        raise Refused(
            f"{Month.of(found.since).plus(1).label}以降を指定してください。"
            "はじめから適用しない場合は、料金表を取り下げてください。"
        )
    _take(found.contract, start, "契約別の料金を終えることは")
    _set_period(found, DateRange(found.since, start.first_day))
    return found


def table_faults(rows: Sequence[PriceRow]) -> list[str]:
    """Everything that keeps these rows from being published, each fault with its row (1 is the first)."""
    found = [] if rows else ["単価がひとつもありません。"]
    seen: dict[tuple[str, str], int] = {}
    for place, row in enumerate(rows, start=1):
        label = f"{place}行目（{row_label(row)}）"
        found += [f"{label}: {fault}" for fault in row_faults(row)]
        first = seen.setdefault((row.item, row.carrier), place)
        if first != place:
            found.append(f"{label}: {first}行目と同じ項目・キャリアです。どちらかを消してください。")
    return found


def row_label(row: PriceRow) -> str:
    """「SMS配信料（課金通数あたり）・NTTドコモ」"""
    return f"{row.item.label}・{DeliveryCarrier(row.carrier).label}" if row.carrier else row.item.label


# reading ------------------------------------------------------------------------------------------


def standard_rows(month: Month) -> tuple[PriceRow, ...]:
    """The standard list's rows in that month; none where there is no list."""
    found = PriceList.objects.filter(contract=None).as_of(month.first_day).first()
    return rows_of(found) if found is not None else ()


def own_rows(month: Month, contract_ids: Collection[int] | None) -> dict[int, tuple[PriceRow, ...]]:
    """Rows of the contracts' own lists in that month; None asks for every contract's."""
    lists = PriceList.objects.exclude(contract=None).as_of(month.first_day)
    if contract_ids is not None:
        lists = lists.filter(contract__in=contract_ids)
    owner = dict(lists.values_list("pk", "contract_id"))
    found: dict[int, list[PriceRow]] = {}
    prices = Price.objects.filter(price_list__in=owner).order_by("pk").prefetch_related("tiers")
    for price in prices:
        contract_id = owner[price.price_list_id]
        assert contract_id is not None, "lists without a contract are left out above"
        found.setdefault(contract_id, []).append(as_row(price))
    return {contract: tuple(rows) for contract, rows in found.items()}


def rows_of(price_list: PriceList) -> tuple[PriceRow, ...]:
    """In the order in which they were published."""
    prices: QuerySet[Price] = price_list.prices.order_by("pk").prefetch_related("tiers")
    return tuple(as_row(price) for price in prices)


def as_row(price: Price) -> PriceRow:
    tiers = sorted(price.tiers.all(), key=lambda tier: tier.above)
    return PriceRow(
        id=price.pk,
        item=PriceItem(price.item),
        carrier=price.carrier,
        model=ChargeModel(price.model),
        scope=Scope(price.scope),
        tax=TaxCategory(price.tax),
        tiers=tuple(Tier(tier.above, tier.unit_price) for tier in tiers),
    )


def tax_rates(month: Month) -> dict[TaxCategory, Decimal]:
    """Percent by category, as of the month's last day."""
    rows = TaxRate.objects.as_of(month.last_day)
    return {TaxCategory(row.category): row.percent for row in rows}


# writing ------------------------------------------------------------------------------------------


def _lock(contract: Contract | None) -> None:
    """One change of an owner's lists at a time: the contract's row, or for the standard list all of its lists."""
    if contract is not None:
        Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)  # finalising names it meanwhile
    else:
        open_months.lock_standard_prices()


def _take(contract: Contract | None, since: Month, what: str) -> None:
    """A contract's own prices may still be given for a final month in which nothing of it was invoiced (parked)."""
    open_months.take(since=since, what=what, even_final=contract is not None)
    if contract is None:
        return
    billed = InvoiceLine.objects.filter(
        contract=contract, invoice__live=True, usage_month__gte=since.first_day
    ).order_by("-usage_month")
    if last := billed.first():
        month = Month.of(last.usage_month)
        raise Refused(
            f"この契約は{month.label}利用分まで請求が確定しているため、{what}できません。"
            f"{month.plus(1).label}以降を指定してください。"
        )


def _set_period(row: PriceList, period: DateRange) -> None:
    row.period = period
    row.save(update_fields=["period"])


def _write(price_list: PriceList, rows: Iterable[PriceRow]) -> None:
    rows = list(rows)
    prices = Price.objects.bulk_create(
        Price(
            price_list=price_list,
            item=row.item,
            carrier=row.carrier,
            model=row.model,
            scope=row.scope,
            tax=row.tax,
        )
        for row in rows
    )
    PriceTier.objects.bulk_create(
        PriceTier(price=price, above=tier.above, unit_price=tier.unit_price)
        for price, row in zip(prices, rows, strict=True)
        for tier in row.tiers
    )
