"""営業日: two calendars, office and bank, as values without a clock.

Office days leave out weekends, public holidays and the company's closing days (data that staff keep);
bank days leave out weekends, public holidays and 31 December – 3 January (payment dates, §5.1).
Public holidays come from the `holidays` library, equal to the Cabinet Office's list up to
`PUBLISHED_UNTIL`; later years are forecasts (`Calendar.is_forecast`), and a day outside
`FIRST_YEAR`–`LAST_YEAR` is a `DateOutOfRange`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import holidays

from kmc_portal.lib.choices import Labelled

FIRST_YEAR = 1955
PUBLISHED_UNTIL = 2027  # last year of the published list in the pinned `holidays` release
LAST_YEAR = 2099

ONE_DAY = timedelta(days=1)

MonthDay = tuple[int, int]
COMPANY_CLOSING_DAYS: frozenset[MonthDay] = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})


class CalendarName(Labelled):
    OFFICE = "office", "営業日（当社）"
    BANK = "bank", "銀行営業日"


class DateOutOfRange(ValueError):
    """A day for which no list of holidays exists."""

    def __init__(self, year: int) -> None:
        super().__init__(
            f"{year}年の祝日は分かりません。{FIRST_YEAR}年から{LAST_YEAR}年までの日付を指定してください。"
        )


class InvalidDayCount(ValueError):
    """A count of business days that means nothing (below 1, or more than a month has)."""


@cache
def _closed_by_law(year: int, name: CalendarName) -> frozenset[date]:
    categories = ("public", "bank") if name is CalendarName.BANK else ("public",)
    return frozenset(holidays.country_holidays("JP", years=year, categories=categories))


@dataclass(frozen=True)
class Calendar:
    """A calendar as data: `yearly` closing days as (month, day), `closing_days` as single dates."""

    name: CalendarName
    yearly: frozenset[MonthDay] = frozenset()
    closing_days: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        if isinstance(day, datetime):
            raise TypeError("営業日の計算には時刻のない日付を渡してください。")
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise DateOutOfRange(day.year)
        return (
            day.weekday() < 5
            and (day.month, day.day) not in self.yearly
            and day not in self.closing_days
            and day not in _closed_by_law(day.year, self.name)
        )

    def is_forecast(self, day: date) -> bool:
        """True where the day's holidays are computed ahead of the published list."""
        return day.year > PUBLISHED_UNTIL

    def next_business_day(self, after: date) -> date:
        """The first business day after `after`, never `after` itself."""
        return self.on_or_after(_moved(after, 1))

    def previous_business_day(self, before: date) -> date:
        """The last business day before `before`, never `before` itself."""
        return self.on_or_before(_moved(before, -1))

    def on_or_after(self, day: date) -> date:
        while not self.is_business_day(day):
            day = _moved(day, 1)
        return day

    def on_or_before(self, day: date) -> date:
        while not self.is_business_day(day):
            day = _moved(day, -1)
        return day

    def add_business_days(self, after: date, days: int) -> date:
        """The `days`-th business day after `after`; day 1 is the next business day."""
        if days < 1:
            raise InvalidDayCount(f"営業日数は1以上で指定してください（指定: {days}）。")
        day = after
        for _ in range(days):
            day = self.next_business_day(day)
        return day

    def nth_business_day_of_month(self, year: int, month: int, n: int) -> date:
        """The n-th business day of a month; InvalidDayCount if the month has fewer."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise DateOutOfRange(year)
        found = 0
        day = date(year, month, 1)
        while day.month == month and n >= 1:
            found += self.is_business_day(day)
            if found == n:
                return day
            if day == date.max:
                break
            day += ONE_DAY
        raise InvalidDayCount(f"{year}年{month}月に第{n}営業日はありません。")

    def business_days_between(self, start: date, end: date) -> int:
        """How many business days lie in (start, end]: `start` is not counted, `end` is."""
        if end < start:
            raise ValueError(f"終わりの日（{end}）が始まりの日（{start}）より前です。")
        return sum(self.is_business_day(day) for day in days_in(start, end))


def days_in(start: date, end: date) -> Iterator[date]:
    """The calendar days in (start, end]."""
    for offset in range(1, (end - start).days + 1):
        yield start + timedelta(days=offset)


def _moved(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise DateOutOfRange(day.year) from None


def office_calendar(
    *, yearly: frozenset[MonthDay] = COMPANY_CLOSING_DAYS, closing_days: frozenset[date] = frozenset()
) -> Calendar:
    """The office calendar with the company's closing days; the default is 29 Dec – 3 Jan."""
    return Calendar(CalendarName.OFFICE, yearly, closing_days)


OFFICE = office_calendar()
BANK = Calendar(CalendarName.BANK)


def japanese_date(day: date) -> str:
    """「2026年10月13日（火）」: how every screen and explanation writes a day."""
    return f"{day.year}年{day.month}月{day.day}日（{'月火水木金土日'[day.weekday()]}）"
