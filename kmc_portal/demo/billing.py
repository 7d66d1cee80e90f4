"""The demo's money: invented prices, the usage of past months, and their closes, up to the one that waits for approval.

Each step does nothing where it was done, so that a first start that was stopped goes on where it was.
"""

import datetime
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from django.db.models import Min

from accounts.models import Contract, Customer, JobRun, User
from accounts.services import jobs
from accounts.services.jobs import Report
from billing.gateways.usage_made import Sender
from billing.models import BillingRun, PriceList
from billing.rules.prices import ChargeModel, PriceItem, PriceRow, Scope, Tier
from billing.rules.tax import TaxCategory
from billing.rules.usage import FileFormat
from billing.services import closing, prices, rating, sending, usage, usage_samples
from billing.workflow import RunState
from kmc_portal.demo.people import STAFF
from kmc_portal.lib.jst import date_of, start_of
from kmc_portal.lib.months import Month

JOB = "請求のデモデータ"
NOTE = "デモ用の架空の料金です"
ROWS_A_DAY = 400
FAULTS = 0.02  # of the records of one day of the last month, so that there is something to look at
FAULTY_DAY = 9
OWN_PRICES = "fuji.example.jp"  # the company with prices of its own

_UNIT_PRICES = {
    PriceItem.PLUS: "8",
    PriceItem.RCS: "9.25",
    PriceItem.MONTHLY_BASE: "10000",
    PriceItem.OPTION_SMS_RESULT_NOTIFICATION: "3000",
    PriceItem.OPTION_TWO_WAY_SMS: "15000",
    PriceItem.OPTION_050: "5000",
    PriceItem.OPTION_SOFTBANK_SENDER: "20000",
    PriceItem.OPTION_LONG_SMS: "0",
    PriceItem.OPTION_WEBHOOK: "3000",
    PriceItem.OPTION_STORE_DISPLAY: "0",
    PriceItem.OPTION_TEST_ACCOUNT: "1000",
    PriceItem.CONTRACT_FEE: "30000",
    PriceItem.CHANGE_FEE: "20000",
    PriceItem.CANCELLATION_FEE: "10000",
}


def is_unfinished() -> bool:
    """The demo's people are there, and its money has not been told to the end."""
    there = User.objects.filter(email=STAFF["billing"].email).exists()
    return there and not JobRun.objects.filter(name=JOB, state=JobRun.State.DONE).exists()


def tell(now: datetime.datetime) -> str:
    """`play` as a recorded job: done once, and for all."""

    def work(report: Report) -> str:
        play(now)
        return "料金表・配信実績・請求書のデモデータを入れました。"

    return jobs.run(name=JOB, work=work)


def play(now: datetime.datetime) -> None:
    """From the first contract's month up to last month."""
    clerk, approver = _staff("billing"), _staff("approval")
    first, last = closing.first_month(), Month.of(date_of(now)).plus(-1)
    if first is None or first > last:
        return
    _publish_prices(first, clerk, now)
    month = first
    while month <= last:
        if not BillingRun.objects.filter(month=month.first_day).exclude(state=RunState.OPEN).exists():
            _take_in_usage(month, is_last=month == last)
        if month < last:
            _close(month, clerk, approver)
        else:
            _preview(month, clerk, now)
        month = month.plus(1)


def _staff(name: str) -> User:
    return User.objects.get(email=STAFF[name].email)


def _publish_prices(start: Month, clerk: User, now: datetime.datetime) -> None:
    if not PriceList.objects.exists():
        prices.publish(
            contract=None,
            name="標準料金表（デモ）",
            start=start,
            rows=_standard(),
            note=NOTE,
            actor=clerk,
            now=now,
        )
    big = Contract.objects.filter(customer__in=_customer(OWN_PRICES)).exclude(billing_start_on=None).first()
    if big is not None and not PriceList.objects.filter(contract=big).exists():
        prices.publish(
            contract=big, name="個別料金表（デモ）", start=start, rows=_own(), note=NOTE, actor=clerk, now=now
        )


def _customer(domain: str) -> list[Customer]:
    return list(Customer.objects.filter(users__email=f"admin@{domain}"))


def _standard() -> list[PriceRow]:
    return [
        _row(PriceItem.SMS, (0, "9.5")),
        _row(PriceItem.SMS, (0, "10.25"), carrier="softbank"),
        *(_row(item, (0, price)) for item, price in _UNIT_PRICES.items()),
    ]


def _own() -> list[PriceRow]:
    """Cheaper the more is sent."""
    return [
        _row(PriceItem.SMS, (0, "9"), (1000, "8.5"), (3000, "8"), model=ChargeModel.GRADUATED),
        _row(PriceItem.PLUS, (0, "7.5"), (1000, "7"), model=ChargeModel.VOLUME),
    ]


def _row(
    item: PriceItem, *tiers: tuple[int, str], carrier: str = "", model: ChargeModel = ChargeModel.FLAT
) -> PriceRow:
    return PriceRow(
        id=0,
        item=item,
        carrier=carrier,
        model=model,
        scope=Scope.CONTRACT,
        tax=TaxCategory.STANDARD,
        tiers=tuple(Tier(above, Decimal(price)) for above, price in tiers),
    )


def _take_in_usage(month: Month, *, is_last: bool) -> None:
    """A file a day, each taken in on the morning after; every third day in months that are closed already."""
    started = Contract.objects.aggregate(first=Min("billing_start_on"))["first"]
    first = max(month.first_day, started)
    days = [first + datetime.timedelta(days=n) for n in range((month.last_day - first).days + 1)]
    senders = usage_samples.of_contracts(first, month.last_day)
    with tempfile.TemporaryDirectory(prefix="kmc-demo-") as folder:
        for day in days if is_last else days[::3]:
            path = _made(Path(folder), day, senders, FAULTS if is_last and day.day == FAULTY_DAY else 0.0)
            usage.import_file(path=path, name=path.name, actor=None, now=_at(day, days=1, hour=5))


def _made(folder: Path, day: datetime.date, senders: Sequence[Sender], faults: float) -> Path:
    made: list[Path] = []
    usage_samples.make(
        folder=folder,
        days=[day],
        rows=ROWS_A_DAY,
        senders=senders,
        seed=day.toordinal(),
        faults=faults,
        format=FileFormat.CSV,
        said=lambda path, rows: made.append(path),
    )
    return made[0]


def _close(month: Month, clerk: User, approver: User) -> None:
    """Previewed, approved, final and sent, each on its day."""
    dates = rating.dates_of(month)
    run = closing.open_run(month=month)
    if run.state in (RunState.OPEN, RunState.PREVIEWED):
        run = closing.preview(run_id=run.pk, actor=clerk, now=_at(dates.settled_on, hour=10))
        run = closing.approve(
            run_id=run.pk, version=run.version, actor=approver, now=_at(dates.settled_on, hour=11)
        )
    run = closing.finalise(run_id=run.pk, actor=clerk, now=_at(dates.settled_on, hour=13))
    if run.state != RunState.SENT:
        sending.send_run(run_id=run.pk, actor=clerk, now=_at(dates.send_on, hour=10))


def _preview(month: Month, clerk: User, now: datetime.datetime) -> None:
    run = closing.open_run(month=month)
    if run.state == RunState.OPEN:
        closing.preview(run_id=run.pk, actor=clerk, now=now)


def _at(day: datetime.date, *, hour: int, days: int = 0) -> datetime.datetime:
    return start_of(day) + datetime.timedelta(days=days, hours=hour)
