"""§5.1: settled on the 5th business day, sent on the 20th to 22nd, due on the 10th of the month after."""

from datetime import date

import pytest

from billing.rules.dates import billing_dates
from kmc_portal.lib.business_days import office_calendar
from kmc_portal.lib.months import Month


@pytest.mark.parametrize(
    ("month", "settled", "sent", "due"),
    [
        ("2025-12", "2026-01-09", "2026-01-20", "2026-02-10"),  # the office opens on 5 January
        ("2026-03", "2026-04-07", "2026-04-20", "2026-05-11"),  # due on a Sunday
        ("2026-08", "2026-09-07", "2026-09-18", "2026-10-13"),  # 20–22 September: Sunday and two holidays
        ("2026-10", "2026-11-09", "2026-11-20", "2026-12-10"),  # 文化の日 in the first week
        ("2026-11", "2026-12-07", "2026-12-21", "2027-01-12"),  # due on a Sunday before 成人の日
        ("2026-12", "2027-01-08", "2027-01-20", "2027-02-10"),
        ("2027-02", "2027-03-05", "2027-03-19", "2027-04-12"),  # 20–22 March: weekend and 振替休日
    ],
)
def test_guide_5_1_dates_of_a_month(month: str, settled: str, sent: str, due: str) -> None:
    found = billing_dates(Month.parse(month))
    wanted = [date.fromisoformat(day) for day in (settled, sent, due)]
    assert [found.settled_on, found.send_on, found.due_on] == wanted


def test_guide_5_1_the_reasons_say_where_a_date_was_moved() -> None:
    settled, sent, due = billing_dates(Month(2026, 8)).because
    assert settled == "2026年8月利用分の精算確定日は、2026年9月の第5営業日の2026年9月7日（月）です。"
    assert "20～22日に営業日がないため" in sent and "2026年9月18日（金）" in sent
    assert "2026年10月10日（土）は銀行休業日のため、支払期日は2026年10月13日（火）です。" in due


def test_guide_5_1_a_closing_day_of_the_office_moves_settling_and_sending_but_not_the_due_date() -> None:
    office = office_calendar(closing_days=frozenset({date(2026, 11, 9), date(2026, 11, 20)}))
    found = billing_dates(Month(2026, 10), office=office)
    assert found.settled_on == date(2026, 11, 10)
    assert found.send_on == date(2026, 11, 19)  # 21 and 22 are a weekend
    assert found.due_on == date(2026, 12, 10)
