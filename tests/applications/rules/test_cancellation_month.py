"""§3.2: the cut-off and the month from which a cancellation takes effect."""

from datetime import date

import pytest

from applications.rules.cancellation import cancellation
from kmc_portal.lib.business_days import office_calendar


@pytest.mark.parametrize(
    ("applied", "cut_off", "effective", "last"),
    [
        ("2026-10-01", "2026-10-09", "2026-12", "2026-11"),
        ("2026-10-09", "2026-10-09", "2026-12", "2026-11"),
        ("2026-10-10", "2026-10-09", "2027-01", "2026-12"),  # the 10th is a Saturday
        ("2026-10-11", "2026-10-09", "2027-01", "2026-12"),
        ("2026-11-10", "2026-11-10", "2027-01", "2026-12"),
        ("2026-11-11", "2026-11-10", "2027-02", "2027-01"),
        ("2026-12-10", "2026-12-10", "2027-02", "2027-01"),
        ("2026-12-31", "2026-12-10", "2027-03", "2027-02"),
        ("2027-01-08", "2027-01-08", "2027-03", "2027-02"),  # the 10th is a Sunday
        ("2027-01-09", "2027-01-08", "2027-04", "2027-03"),
        ("2026-05-08", "2026-05-08", "2026-07", "2026-06"),
        ("2026-05-10", "2026-05-08", "2026-08", "2026-07"),
    ],
)
def test_guide_3_2_up_to_the_tenth_two_months_on_later_three(
    applied: str, cut_off: str, effective: str, last: str
) -> None:
    found = cancellation(date.fromisoformat(applied))
    assert found.cut_off == date.fromisoformat(cut_off)
    assert (str(found.effective_month), str(found.last_month)) == (effective, last)


def test_guide_3_2_a_closing_day_of_the_company_moves_the_cut_off() -> None:
    calendar = office_calendar(closing_days=frozenset({date(2026, 11, 10)}))
    assert cancellation(date(2026, 11, 10), calendar).cut_off == date(2026, 11, 9)
    assert str(cancellation(date(2026, 11, 10), calendar).effective_month) == "2027-02"


def test_guide_3_2_the_answer_says_why() -> None:
    assert cancellation(date(2026, 10, 10)).because == (
        "2026年10月の締切は、10日が営業日でないため前営業日の2026年10月9日（金）です。",
        "2026年10月10日（土）は締切後のお申し込みのため、2027年1月ご利用分から解約となります。",
        "最後のご利用月は2026年12月です。",
    )
