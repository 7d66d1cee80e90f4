"""Literal days worked out on a calendar of 2025–2027, and properties against the `holidays` list itself."""

from datetime import date, datetime, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmc_portal.lib.business_days import (
    BANK,
    OFFICE,
    DateOutOfRange,
    InvalidDayCount,
    japanese_date,
    office_calendar,
)

PUBLIC = holidays.country_holidays("JP", years=range(2019, 2033))
BANK_CLOSED = holidays.country_holidays("JP", years=range(2019, 2033), categories=("public", "bank"))
DAYS = st.dates(date(2020, 1, 1), date(2031, 12, 31))
CALENDARS = st.sampled_from([OFFICE, BANK])


@pytest.mark.parametrize(
    ("day", "office", "bank"),
    [
        ("2025-12-26", True, True),  # Friday
        ("2025-12-27", False, False),  # Saturday
        ("2025-12-28", False, False),  # Sunday
        ("2025-12-29", False, True),  # the company closes, banks do not
        ("2025-12-30", False, True),
        ("2025-12-31", False, False),
        ("2026-01-01", False, False),
        ("2026-01-02", False, False),  # Friday
        ("2026-01-05", True, True),
        ("2026-01-12", False, False),  # 成人の日
        ("2026-04-29", False, False),  # 昭和の日
        ("2026-05-06", False, False),  # 振替休日
        ("2026-05-07", True, True),
        ("2026-09-18", True, True),
        ("2026-09-21", False, False),  # 敬老の日
        ("2026-09-22", False, False),  # 国民の休日
        ("2026-09-23", False, False),  # 秋分の日
        ("2026-09-24", True, True),
        ("2026-10-12", False, False),  # スポーツの日
    ],
)
def test_which_days_are_business_days(day: str, office: bool, bank: bool) -> None:
    assert OFFICE.is_business_day(date.fromisoformat(day)) is office
    assert BANK.is_business_day(date.fromisoformat(day)) is bank


@pytest.mark.parametrize(
    ("after", "days", "expected"),
    [
        ("2025-12-26", 1, "2026-01-05"),
        ("2025-12-28", 5, "2026-01-09"),
        ("2026-01-09", 1, "2026-01-13"),
        ("2026-05-01", 1, "2026-05-07"),
        ("2026-09-17", 1, "2026-09-18"),
        ("2026-09-18", 1, "2026-09-24"),
        ("2026-09-18", 2, "2026-09-25"),
        ("2026-09-18", 3, "2026-09-28"),
        ("2026-09-22", 1, "2026-09-24"),  # from a holiday
        ("2026-12-28", 1, "2027-01-04"),
    ],
)
def test_guide_2_1_day_one_is_the_next_business_day_of_the_office(
    after: str, days: int, expected: str
) -> None:
    assert OFFICE.add_business_days(date.fromisoformat(after), days) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("after", "days", "expected"),
    [
        ("2026-12-28", 1, "2026-12-29"),
        ("2026-12-28", 2, "2026-12-30"),
        ("2026-12-28", 3, "2027-01-04"),
        ("2025-12-30", 1, "2026-01-05"),
    ],
)
def test_banks_are_open_on_29_and_30_december(after: str, days: int, expected: str) -> None:
    assert BANK.add_business_days(date.fromisoformat(after), days) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("tenth", "due"),
    [
        ("2026-10-10", "2026-10-13"),
        ("2027-01-10", "2027-01-12"),
        ("2027-04-10", "2027-04-12"),
        ("2026-11-10", "2026-11-10"),
    ],
)
def test_guide_5_1_due_on_the_tenth_or_the_next_bank_day(tenth: str, due: str) -> None:
    assert BANK.on_or_after(date.fromisoformat(tenth)) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("year", "month", "n", "expected"),
    [
        (2026, 1, 1, date(2026, 1, 5)),
        (2026, 1, 5, date(2026, 1, 9)),
        (2026, 1, 6, date(2026, 1, 13)),
        (2026, 9, 5, date(2026, 9, 7)),
        (2026, 10, 21, date(2026, 10, 30)),
    ],
)
def test_guide_5_1_nth_business_day_of_a_month(year: int, month: int, n: int, expected: date) -> None:
    assert OFFICE.nth_business_day_of_month(year, month, n) == expected


@pytest.mark.parametrize("n", [0, -1, 22])
def test_a_business_day_that_the_month_does_not_have_is_an_error(n: int) -> None:
    with pytest.raises(InvalidDayCount, match="2026年10月"):
        OFFICE.nth_business_day_of_month(2026, 10, n)


def test_guide_3_2_the_business_day_before_a_weekend_or_holiday() -> None:
    assert OFFICE.on_or_before(date(2026, 10, 10)) == date(2026, 10, 9)
    assert OFFICE.on_or_before(date(2026, 10, 9)) == date(2026, 10, 9)
    assert OFFICE.previous_business_day(date(2026, 10, 9)) == date(2026, 10, 8)
    assert OFFICE.previous_business_day(date(2026, 1, 5)) == date(2025, 12, 26)
    assert BANK.previous_business_day(date(2026, 1, 5)) == date(2025, 12, 30)


def test_business_days_between_leave_out_the_first_day_and_hold_the_last() -> None:
    assert OFFICE.business_days_between(date(2025, 12, 26), date(2026, 1, 9)) == 5
    assert OFFICE.business_days_between(date(2026, 1, 5), date(2026, 1, 5)) == 0
    assert OFFICE.business_days_between(date(2026, 1, 5), date(2026, 1, 6)) == 1
    with pytest.raises(ValueError, match="2026-01-06"):
        OFFICE.business_days_between(date(2026, 1, 6), date(2026, 1, 5))


def test_closing_days_that_staff_added_are_no_business_days() -> None:
    founding_day = date(2026, 6, 1)
    calendar = office_calendar(closing_days=frozenset({founding_day}))
    assert OFFICE.is_business_day(founding_day)
    assert not calendar.is_business_day(founding_day)
    assert calendar.next_business_day(date(2026, 5, 29)) == date(2026, 6, 2)


def test_an_office_without_closing_days_of_its_own_works_on_29_december() -> None:
    assert office_calendar(yearly=frozenset()).is_business_day(date(2025, 12, 29))


@pytest.mark.parametrize("days", [0, -1])
def test_fewer_than_one_business_day_is_an_error(days: int) -> None:
    with pytest.raises(InvalidDayCount, match="1以上"):
        OFFICE.add_business_days(date(2026, 1, 5), days)


@pytest.mark.parametrize("day", [date(1954, 12, 31), date(2100, 1, 1), date.max])
def test_days_outside_the_list_of_holidays_are_an_error(day: date) -> None:
    with pytest.raises(DateOutOfRange, match="祝日"):
        OFFICE.is_business_day(day)


def test_counting_past_the_end_of_the_list_is_an_error() -> None:
    with pytest.raises(DateOutOfRange):
        OFFICE.add_business_days(date(2099, 12, 31), 1)
    with pytest.raises(DateOutOfRange):
        OFFICE.next_business_day(date.max)
    with pytest.raises(DateOutOfRange):
        OFFICE.nth_business_day_of_month(9999, 12, 1)


def test_years_after_the_published_list_are_marked_as_forecasts() -> None:
    assert not OFFICE.is_forecast(date(2027, 12, 31))
    assert OFFICE.is_forecast(date(2028, 1, 1))


def test_a_moment_is_not_taken_for_a_day() -> None:
    with pytest.raises(TypeError):
        OFFICE.is_business_day(datetime(2026, 1, 5, 12, 0))


def test_a_day_is_written_the_japanese_way() -> None:
    assert japanese_date(date(2026, 10, 13)) == "2026年10月13日（火）"


@given(DAYS)
def test_office_days_are_what_the_list_of_holidays_leaves(day: date) -> None:
    new_year = (day.month == 12 and day.day >= 29) or (day.month == 1 and day.day <= 3)
    assert OFFICE.is_business_day(day) is (day.weekday() < 5 and day not in PUBLIC and not new_year)


@given(DAYS)
def test_bank_days_are_what_the_bank_list_leaves(day: date) -> None:
    assert BANK.is_business_day(day) is (day.weekday() < 5 and day not in BANK_CLOSED)


@given(DAYS, st.integers(1, 60), CALENDARS)
def test_adding_days_and_counting_them_agree(day: date, days: int, calendar) -> None:
    end = calendar.add_business_days(day, days)
    assert calendar.is_business_day(end)
    assert calendar.business_days_between(day, end) == days
    assert calendar.add_business_days(day, days + 1) > end


@given(DAYS, CALENDARS)
def test_next_and_previous_are_the_nearest_business_days(day: date, calendar) -> None:
    after, before = calendar.next_business_day(day), calendar.previous_business_day(day)
    assert before < day < after
    between = [before + timedelta(days=n) for n in range(1, (after - before).days)]
    assert [d for d in between if calendar.is_business_day(d)] == (
        [day] if calendar.is_business_day(day) else []
    )
