"""What came in: a month's files by day, the days and carriers that are missing, messages by day and channel. SQL sums."""

import calendar
import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count, Q, Sum

from accounts.models import Contract, OfficialAccount
from accounts.rules.plans import Channel
from billing.models import BillingRun, OneOffCharge, UsageFile
from billing.rules.carriers import DeliveryCarrier
from billing.services import closing, facts
from billing.workflow import FINAL
from kmc_portal.lib.months import Month

ARRIVES_WITHIN = datetime.timedelta(days=2)  # yesterday's file may still be on its way
FULL_SHARE = 100  # per cent

_COUNTS = "u.stored_at <= %(moment)s AND (u.replaced_at IS NULL OR u.replaced_at > %(moment)s)"
_LIVE = "u.replaced_at IS NULL"
_TEST_MESSAGES = f"""
    SELECT count(DISTINCT f.contract_id), COALESCE(sum(f.messages), 0)
      FROM billing_usagefile u JOIN billing_dailyfact f ON f.file_id = u.id {facts.TEST_SENDERS}
     WHERE f.day BETWEEN %(first)s AND %(last)s AND {_LIVE} AND test.account IS NOT NULL
"""
_SUMMARY = f"""
    SELECT f.channel, f.carrier, f.segments, test.account IS NOT NULL AS for_test,
           sum(f.messages), count(DISTINCT f.contract_id)
      FROM billing_dailyfact f {facts.TEST_SENDERS}
     WHERE f.file_id = %(file)s
     GROUP BY 1, 2, 3, 4
"""
_TEST_OF_CONTRACTS = f"""
    SELECT f.contract_id, sum(f.messages)
      FROM billing_dailyfact f {facts.TEST_SENDERS}
     WHERE f.file_id = %(file)s AND test.account IS NOT NULL
     GROUP BY 1
"""
_BY_DAY = """
    SELECT f.day, f.channel, f.carrier, sum(f.messages), sum(f.messages * f.segments)
      FROM billing_usagefile u JOIN billing_dailyfact f ON f.file_id = u.id
     WHERE u.first_day <= %(last)s AND u.last_day >= %(first)s AND f.day BETWEEN %(first)s AND %(last)s AND {counts}
     GROUP BY 1, 2, 3
"""


@dataclass
class Day:
    """One day of a month: its files, what they hold, and what seems to be missing."""

    day: datetime.date
    files: list[UsageFile] = field(default_factory=list)
    channels: dict[str, int] = field(default_factory=dict)  # messages
    carriers: dict[str, int] = field(default_factory=dict)
    missing_carriers: list[str] = field(default_factory=list)
    expected: bool = False  # a file should have come by now

    @property
    def missing(self) -> bool:
        return self.expected and not self.files

    @property
    def messages(self) -> int:
        return sum(self.channels.values())

    @property
    def refused(self) -> int:
        return sum(file.refused for file in self.files)


@dataclass(frozen=True)
class Bar:
    """One day of the picture: parts are (channel, messages, height in per cent of the whole picture)."""

    day: datetime.date
    parts: tuple[tuple[str, int, float], ...]
    total: int
    missing: bool


def days_of(month: Month, today: datetime.date, moment: datetime.datetime | None = None) -> list[Day]:
    """Every day of the month; what counted at `moment`, or what counts now."""
    found = {day: Day(day) for day in _days(month)}
    files = UsageFile.objects.live() if moment is None else UsageFile.objects.as_of(moment)
    of_month = files.filter(day__range=(month.first_day, month.last_day)).order_by("day", "part")
    for file in of_month.only("name", "day", "part", "rows", "accepted", "refused", "duplicates"):
        found[file.day].files.append(file)
    for day, channel, carrier, messages, _ in by_day(month, moment):
        row = found[day]
        row.channels[channel] = row.channels.get(channel, 0) + messages
        row.carriers[carrier] = row.carriers.get(carrier, 0) + messages
    usual = _usual_carriers(found.values())
    until = today - ARRIVES_WITHIN
    began = _charging_since()
    for row in found.values():
        row.expected = began is not None and began <= row.day <= until
        if row.files:
            row.missing_carriers = [carrier.label for carrier in usual if carrier not in row.carriers]
    return list(found.values())


def by_day(
    month: Month, moment: datetime.datetime | None = None
) -> list[tuple[datetime.date, str, str, int, int]]:
    """(day, channel, carrier, messages, charged messages)"""
    sql = _BY_DAY.format(counts=_LIVE if moment is None else _COUNTS)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"first": month.first_day, "last": month.last_day, "moment": moment})
        return [(day, channel, carrier, int(m), int(c)) for day, channel, carrier, m, c in cursor.fetchall()]


def missing_days(month: Month, today: datetime.date) -> list[datetime.date]:
    """Days of the month for which a file should have come and has not."""
    began = _charging_since()
    until = min(month.last_day, today - ARRIVES_WITHIN)
    if began is None or until < month.first_day:
        return []
    there = set(
        UsageFile.objects.live()
        .filter(day__range=(month.first_day, month.last_day))
        .values_list("day", flat=True)
    )
    return [day for day in _days(month) if began <= day <= until and day not in there]


def bars(days: Iterable[Day]) -> list[Bar]:
    days = list(days)
    highest = max((row.messages for row in days), default=0) or 1
    return [
        Bar(
            day=row.day,
            parts=tuple(
                (channel.value, row.channels[channel], FULL_SHARE * row.channels[channel] / highest)
                for channel in Channel
                if channel in row.channels
            ),
            total=row.messages,
            missing=row.missing,
        )
        for row in days
    ]


def weeks(days: list[Day]) -> list[list[Day | None]]:
    """As a calendar, Sunday first; None outside of the month."""
    first = Month.of(days[0].day)
    grid = calendar.Calendar(firstweekday=6).monthdayscalendar(first.year, first.month)
    return [[days[number - 1] if number else None for number in week] for week in grid]


def carrier_gaps(days: Iterable[Day]) -> list[Day]:
    return [row for row in days if row.missing_carriers]


def refusals(month: Month) -> dict[str, Any]:
    """Live files of the month that refused rows: how many rows, in how many files."""
    rows = UsageFile.objects.live().filter(day__range=(month.first_day, month.last_day), refused__gt=0)
    return rows.aggregate(files=Count("pk"), rows=Sum("refused"))


def with_refusals() -> Q:
    """Live files with refused rows, of months that are not final yet: still to be mended."""
    open_from = open_month()
    return Q(replaced_at=None, refused__gt=0) & (Q(day__gte=open_from.first_day) if open_from else Q())


def open_month() -> Month | None:
    """The first month that is not final; None before there is any close."""
    run = BillingRun.objects.exclude(state__in=FINAL).order_by("month").first()
    if run is not None:
        return Month.of(run.month)
    last = BillingRun.objects.order_by("-month").first()
    return Month.of(last.month).plus(1) if last else closing.first_month()


def summary(file: UsageFile) -> list[dict[str, Any]]:
    """What a file holds, by channel, carrier and segments; what test accounts sent apart (§2.0, §2.1a)."""
    rows = _rows(_SUMMARY, file=file.pk, **_test_senders_of(file))
    channels, carriers = list(Channel), list(DeliveryCarrier)
    return [
        {
            "channel": Channel.label_of(channel),
            "carrier": DeliveryCarrier.label_of(carrier),
            "segments": segments,
            "for_test": for_test,
            "messages": int(messages),
            "units": int(messages) * segments,
            "contracts": contracts,
        }
        for channel, carrier, segments, for_test, messages, contracts in sorted(
            rows,
            key=lambda row: (
                channels.index(Channel(row[0])),
                carriers.index(DeliveryCarrier(row[1])),
                row[2],
                row[3],
            ),
        )
    ]


def test_of_contracts(file: UsageFile) -> dict[int, int]:
    """Contract → messages that its test accounts sent."""
    rows = _rows(_TEST_OF_CONTRACTS, file=file.pk, **_test_senders_of(file))
    return {contract: int(messages) for contract, messages in rows}


def test_messages(month: Month) -> tuple[int, int]:
    """How many contracts sent from test accounts in the month, and how many messages."""
    having = OfficialAccount.objects.filter(production__isnull=False).values_list("contract_id", flat=True)
    senders = facts.test_senders(list(having))
    [(contracts, messages)] = _rows(_TEST_MESSAGES, first=month.first_day, last=month.last_day, **senders)
    return contracts, int(messages)


def _test_senders_of(file: UsageFile) -> dict[str, list[Any]]:
    return facts.test_senders(list(file.facts.order_by().values_list("contract_id", flat=True).distinct()))


def _rows(sql: str, **arguments: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def _usual_carriers(days: Iterable[Day]) -> list[DeliveryCarrier]:
    """Those that at least half of the days with files have."""
    with_files = [row for row in days if row.files]
    return [
        carrier
        for carrier in DeliveryCarrier
        if with_files and 2 * sum(carrier in row.carriers for row in with_files) >= len(with_files)
    ]


def _charging_since() -> datetime.date | None:
    first = Contract.objects.exclude(billing_start_on=None).order_by("billing_start_on")
    return first.values_list("billing_start_on", flat=True).first()


def _days(month: Month) -> list[datetime.date]:
    return [
        month.first_day + datetime.timedelta(days=number)
        for number in range((month.last_day - month.first_day).days + 1)
    ]


def stored_since(moment: datetime.datetime, month: Month) -> dict[str, int]:
    """What came after a preview of that month read, and is of it or of a month before: it is not in it yet."""
    files = UsageFile.objects.filter(stored_at__gt=moment, day__lte=month.last_day)
    charges = OneOffCharge.objects.filter(stored_at__gt=moment, charged_on__lte=month.last_day)
    return {"files": files.count(), "charges": charges.count()}
