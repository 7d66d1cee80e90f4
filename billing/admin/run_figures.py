"""The figures of a close, as the cockpit shows them: totals, swings, what a preview changed, revenue by month. SQL sums."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q, Sum

from billing.models import BillingAccount, BillingRun, Invoice, PreviewInvoice
from billing.workflow import FINAL
from kmc_portal.lib.months import Month
from kmc_portal.lib.text import normalise_digits, search_key

MONTHS_SHOWN = 12
PER_PAGE = 50

_PREVIEW = "SELECT account_id, net + tax AS total, id FROM billing_previewinvoice WHERE run_id = %(run)s AND preview = "
_INVOICED = "SELECT account_id, net + tax AS total, id FROM billing_invoice WHERE live AND "
_SOURCES = {
    "preview": f"{_PREVIEW} %(preview)s",
    "earlier preview": f"{_PREVIEW} %(preview)s - 1",
    "invoices": f"{_INVOICED} run_id = %(run)s",
    "last month": f"{_INVOICED} month = %(last_month)s",
}
_COMPARED = """
    WITH now AS ({now}), was AS ({was})
    SELECT account_id, was.total, now.total, COALESCE(now.total, 0) - COALESCE(was.total, 0) AS difference,
           now.id, count(*) OVER ()
      FROM now FULL JOIN was USING (account_id)
     WHERE abs(COALESCE(now.total, 0) - COALESCE(was.total, 0)) >= %(least)s {only}
     ORDER BY abs(COALESCE(now.total, 0) - COALESCE(was.total, 0)) DESC, account_id
     LIMIT %(limit)s OFFSET %(offset)s
"""


@dataclass(frozen=True)
class Totals:
    accounts: int
    net: int
    tax: int

    @property
    def total(self) -> int:
        return self.net + self.tax


@dataclass(frozen=True)
class Compared:
    """An account's total with tax, before and now; None where it has none. `pk`: the (preview) invoice of now."""

    account: BillingAccount
    was: int | None
    now: int | None
    difference: int
    pk: int | None

    @property
    def percent(self) -> int | None:
        return round(100 * self.difference / self.was) if self.was else None


@dataclass(frozen=True)
class Bar:
    label: str
    total: int  # yen without tax
    height: float  # per cent of the highest
    link: str
    is_preview: bool


def rows_of(run: BillingRun) -> Any:
    """Final: its live invoices; else the last preview's."""
    if run.state in FINAL:
        return Invoice.objects.live().filter(run=run)
    return PreviewInvoice.objects.filter(run=run, preview=run.preview)


def totals(run: BillingRun) -> Totals:
    found = rows_of(run).aggregate(accounts=Count("pk"), net=Sum("net"), tax=Sum("tax"))
    return Totals(found["accounts"], found["net"] or 0, found["tax"] or 0)


def has_last_month(run: BillingRun) -> bool:
    return Invoice.objects.live().filter(month=Month.of(run.month).plus(-1).first_day).exists()


def swings(
    run: BillingRun, *, least: int = 1, text: str = "", limit: int = PER_PAGE, offset: int = 0
) -> tuple[list[Compared], int]:
    """Against last month, the largest difference first, from `least` yen on; and how many there are."""
    now = "invoices" if run.state in FINAL else "preview"
    return _compare(run, now, "last month", least, text, limit, offset)


def changed_by_preview(
    run: BillingRun, *, least: int = 1, text: str = "", limit: int = PER_PAGE, offset: int = 0
) -> tuple[list[Compared], int]:
    """Against the preview before, the largest difference first."""
    return _compare(run, "preview", "earlier preview", least, text, limit, offset)


def matching(text: str) -> Q:
    """Accounts by number, or by the name of their owner or of a company they pay for, in any spelling."""
    key, plain = search_key(text), normalise_digits(text)
    return (
        Q(number__icontains=plain)
        | Q(customer__search_key__contains=key)
        | Q(sales_partner__search_key__contains=key)
        | Q(assignments__contract__customer__search_key__contains=key)
        | Q(assignments__contract__number__icontains=plain)
    )


def accounts_matching(text: str) -> Any:
    """The ids, each once."""
    return BillingAccount.objects.filter(matching(text)).order_by().values_list("pk", flat=True).distinct()


def revenue() -> list[Bar]:
    """Net yen by month of use: what is invoiced, and the last preview of months that are not final."""
    invoiced = dict(
        Invoice.objects.live()
        .order_by("-month")
        .values_list("month")
        .annotate(sum=Sum("net"))
        .values_list("month", "sum")[:MONTHS_SHOWN]
    )
    runs = list(BillingRun.objects.order_by("-month")[:MONTHS_SHOWN])[::-1]
    sums = [(run, invoiced.get(run.month, 0) if run.state in FINAL else totals(run).net) for run in runs]
    highest = max((total for _, total in sums), default=0) or 1
    return [
        Bar(
            label=f"{run.month.month}月" if run.month.month != 1 else f"{run.month.year}年1月",
            total=total,
            height=max(0.0, 100 * total / highest),
            link=str(run.pk),
            is_preview=run.state not in FINAL,
        )
        for run, total in sums
    ]


def _compare(
    run: BillingRun, now: str, was: str, least: int, text: str, limit: int, offset: int
) -> tuple[list[Compared], int]:
    arguments: dict[str, Any] = {
        "run": run.pk,
        "preview": run.preview,
        "last_month": Month.of(run.month).plus(-1).first_day,
        "least": least,
        "limit": limit,
        "offset": offset,
        "accounts": list(accounts_matching(text)) if text else [],
    }
    only = "AND account_id = ANY(%(accounts)s)" if text else ""
    with connection.cursor() as cursor:
        cursor.execute(_COMPARED.format(now=_SOURCES[now], was=_SOURCES[was], only=only), arguments)
        rows = cursor.fetchall()
    accounts = BillingAccount.objects.select_related("customer", "sales_partner").in_bulk(
        [row[0] for row in rows]
    )
    found = [
        Compared(accounts[account], before, after, difference, pk)
        for account, before, after, difference, pk, _ in rows
    ]
    return found, rows[0][5] if rows else 0
