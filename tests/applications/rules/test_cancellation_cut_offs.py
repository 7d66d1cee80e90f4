"""§3.2: the cut-offs of 24 months, worked out by hand, and what holds on every day of ten years."""

from datetime import date, timedelta

import pytest

from applications.rules.cancellation import cancellation, cut_off
from kmc_portal.lib.business_days import OFFICE
from kmc_portal.lib.months import Month

# cut-off, first month without use in time, the same for the day after
CUT_OFFS: list[tuple[str, str, str]] = [
    ("2026-01-09", "2026-03", "2026-04"),  # the 10th is a Saturday
    ("2026-02-10", "2026-04", "2026-05"),  # the day before a holiday
    ("2026-03-10", "2026-05", "2026-06"),
    ("2026-04-10", "2026-06", "2026-07"),
    ("2026-05-08", "2026-07", "2026-08"),  # Sunday
    ("2026-06-10", "2026-08", "2026-09"),
    ("2026-07-10", "2026-09", "2026-10"),
    ("2026-08-10", "2026-10", "2026-11"),  # the day before a holiday
    ("2026-09-10", "2026-11", "2026-12"),
    ("2026-10-09", "2026-12", "2027-01"),  # Saturday
    ("2026-11-10", "2027-01", "2027-02"),
    ("2026-12-10", "2027-02", "2027-03"),
    ("2027-01-08", "2027-03", "2027-04"),  # Sunday
    ("2027-02-10", "2027-04", "2027-05"),
    ("2027-03-10", "2027-05", "2027-06"),
    ("2027-04-09", "2027-06", "2027-07"),  # Saturday
    ("2027-05-10", "2027-07", "2027-08"),
    ("2027-06-10", "2027-08", "2027-09"),
    ("2027-07-09", "2027-09", "2027-10"),  # Saturday
    ("2027-08-10", "2027-10", "2027-11"),
    ("2027-09-10", "2027-11", "2027-12"),
    ("2027-10-08", "2027-12", "2028-01"),  # Sunday
    ("2027-11-10", "2028-01", "2028-02"),
    ("2027-12-10", "2028-02", "2028-03"),
]


def test_guide_3_2_24_months() -> None:
    assert [day[:7] for day, _, _ in CUT_OFFS] == [str(Month(2026, 1).plus(n)) for n in range(24)]


@pytest.mark.parametrize(("last_day", "in_time", "late"), CUT_OFFS)
def test_guide_3_2_the_cut_off_day_is_in_time_and_the_next_day_is_late(
    last_day: str, in_time: str, late: str
) -> None:
    day = date.fromisoformat(last_day)
    assert cut_off(Month.of(day)) == day
    found = cancellation(day)
    assert (found.cut_off, str(found.effective_month)) == (day, in_time)
    assert found.last_month.plus(1) == found.effective_month
    after = cancellation(day + timedelta(days=1))
    assert (after.cut_off, str(after.effective_month)) == (day, late)


TEN_YEARS = [date(2020, 1, 1) + timedelta(days=n) for n in range(3653)]  # to 2029-12-31


def test_guide_3_2_on_every_day_of_ten_years_the_cut_off_is_a_business_day_up_to_the_tenth() -> None:
    for day in TEN_YEARS:
        found = cancellation(day)
        assert OFFICE.is_business_day(found.cut_off)
        assert found.cut_off.day <= 10 and Month.of(found.cut_off) == Month.of(day)
        between = [date(day.year, day.month, n) for n in range(found.cut_off.day + 1, 11)]
        assert not any(OFFICE.is_business_day(one) for one in between)


def test_guide_3_2_on_every_day_of_ten_years_a_later_application_never_ends_sooner() -> None:
    before = Month(2000, 1)
    for day in TEN_YEARS:
        found = cancellation(day)
        months = 2 if day <= found.cut_off else 3
        assert found.effective_month == Month.of(day).plus(months)
        assert found.last_month == Month.of(day).plus(months - 1)
        assert found.effective_month >= before
        before = found.effective_month
