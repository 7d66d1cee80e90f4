"""Derive invoices again from the stored files, to the yen, and say what differs (§5.1).

Nothing of what the close wrote is used: usage comes from the Parquet files as they counted at the close's moment,
texts are charged again by their length (§5.2), prices and fees are read again.
"""

import dataclasses
import datetime
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from decimal import Decimal

from accounts.gateways import storage
from accounts.models import Contract
from accounts.rules.plans import Channel
from accounts.services import test_accounts
from accounts.services.errors import Refused
from accounts.services.jobs import Report
from billing.gateways import evidence
from billing.models import BillingAccount, BillingRun, Invoice, ParkedContract, UsageFile
from billing.rules.carriers import DeliveryCarrier
from billing.rules.invoice import Line, LineKey
from billing.rules.invoice_document import rate_text
from billing.rules.rating import Usage
from billing.rules.segments import charged_segments
from billing.rules.tax import Rounding, tax_by_rate
from billing.services import rating
from kmc_portal.lib.months import Month

BATCH = 500  # invoices that are derived together


def verify(*, invoice: Invoice) -> list[str]:
    """What differs (Japanese, a sentence each); nothing where all agrees."""
    return verify_all(run=invoice.run, invoices=[invoice])[invoice.pk]


def verify_all(
    *, run: BillingRun, invoices: Sequence[Invoice], report: Report | None = None
) -> dict[int, list[str]]:
    """By invoice, all of one run. Refused where a stored file cannot be read."""
    close = _close(run)
    found: dict[int, list[str]] = {}
    for start in range(0, len(invoices), BATCH):
        batch = invoices[start : start + BATCH]
        bills = _derived(close, [invoice.account_id for invoice in batch])
        for invoice in batch:
            found[invoice.pk] = list(_differences(invoice, bills[invoice.account_id]))
        if report is not None:
            report(len(found), len(invoices))
    return found


def missing(*, run: BillingRun) -> list[str]:
    """Accounts that this run should have invoiced and has not (Japanese, a sentence each)."""
    close = _close(run)
    billed = set(run.invoices.live().values_list("account_id", flat=True))
    left = [pk for pk in close.accounts if pk not in billed]
    due: list[int] = []
    for start in range(0, len(left), BATCH):
        bills = _derived(close, left[start : start + BATCH])
        due += [pk for pk, bill in bills.items() if bill.is_due]
    return [f"請求先 {account}：請求書がありません" for account in BillingAccount.objects.filter(pk__in=due)]


def _derived(close: rating.Close, account_ids: Collection[int]) -> dict[int, rating.Bill]:
    try:
        return rating.bills(close, account_ids, usage_from_files)
    except (storage.FileStoreError, evidence.Unreadable) as error:
        raise Refused(f"保管した配信実績を読めないため、再計算できません。{error}") from error


def _close(run: BillingRun) -> rating.Close:
    """The close as it was: the same moment, and the same contracts waiting."""
    if run.stored_before is None:
        raise Refused(f"{run}はまだ試算されていません。")
    close = rating.close_of(Month.of(run.month), run.stored_before)
    parked = ParkedContract.objects.filter(run=run, preview=run.preview)
    waiting = {(row.contract_id, Month.of(row.usage_month)): row.reason for row in parked}
    return dataclasses.replace(close, waiting=waiting)


def usage_from_files(
    contract_ids: Collection[int], month: Month, moment: datetime.datetime
) -> dict[int, tuple[Usage, ...]]:
    """As billing/services/facts.py gives it, but counted from the stored files."""
    numbers = dict(Contract.objects.filter(pk__in=contract_ids).values_list("number", "pk"))
    files = UsageFile.objects.as_of(moment).filter(
        first_day__lte=month.last_day, last_day__gte=month.first_day, evidence__isnull=False
    )
    from_test = {(one.contract, one.channel, one.identifier) for one in test_accounts.senders(contract_ids)}
    counted: dict[tuple[int, Channel, DeliveryCarrier, int, bool], int] = {}
    with ExitStack() as stack:
        paths = [
            stack.enter_context(storage.local_path(file.evidence.sha256))
            for file in files.select_related("evidence")
            if file.evidence is not None
        ]
        wanted = [number for number in numbers if number is not None]
        named = {identifier for _, _, identifier in from_test}
        for row in evidence.sent(paths, wanted, month.first_day, month.last_day, named):
            channel, carrier = Channel(row.channel), DeliveryCarrier(row.carrier)
            segments = charged_segments(carrier, row.chars or 0) if channel is Channel.SMS else 1
            contract = numbers[row.contract_number]
            key = (contract, channel, carrier, segments, (contract, channel, row.account) in from_test)
            counted[key] = counted.get(key, 0) + row.messages
    found: dict[int, list[Usage]] = {}
    for (contract, channel, carrier, segments, for_test), messages in counted.items():
        found.setdefault(contract, []).append(Usage(channel, carrier, segments, messages, for_test))
    return {contract: tuple(rows) for contract, rows in found.items()}


def _differences(invoice: Invoice, bill: rating.Bill) -> Iterator[str]:
    frozen = _by_key(rating.as_line(row) for row in invoice.lines.all())
    derived = _by_key(bill.lines)
    numbers = invoice.content["contracts"]
    for key in sorted(frozen.keys() | derived.keys(), key=_order):
        was, now = frozen.get(key), derived.get(key)
        number = numbers.get(str(key.contract), {}).get("number", f"契約{key.contract}")
        name = f"{number} {key.month.label}利用分「{key.kind.label}」（{rate_text(key.rate)}%）"
        if was is None or now is None or was.net != now.net:
            yield f"{name}：請求書 {_yen(was)}、再計算 {_yen(now)}"
        elif _parts(was) != _parts(now):
            yield f"{name}：金額は同じですが、内訳が違います"
    taxes = tax_by_rate(
        ((line.key.rate, line.net) for line in bill.lines), Rounding(invoice.content["rounding"])
    )
    again = [
        {"rate": rate_text(one.rate), "net": one.net, "tax": one.tax, "total": one.total} for one in taxes
    ]
    if invoice.content["taxes"] != again:
        yield "税率ごとの金額または消費税額が、再計算と違います"
    net, tax = sum(one.net for one in taxes), sum(one.tax for one in taxes)
    if (invoice.net, invoice.tax) != (net, tax):
        yield f"合計：請求書 {invoice.total:,}円、再計算 {net + tax:,}円"


def _by_key(lines: Iterable[Line]) -> dict[LineKey, Line]:
    return {line.key: line for line in lines}


def _order(key: LineKey) -> tuple[object, ...]:
    return (key.contract, key.month, key.kind, key.rate)


def _yen(line: Line | None) -> str:
    return "なし" if line is None else f"{line.net:,}円"


def _parts(line: Line) -> dict[tuple[object, ...], int]:
    """Quantities by what they are, whatever the order."""
    found: dict[tuple[object, ...], int] = {}
    for part in line.details:
        key = (
            part.item,
            part.carrier,
            part.segments,
            Decimal(part.unit_price),
            part.price,
            part.charge,
            part.for_test,
        )
        found[key] = found.get(key, 0) + part.quantity
    return found
