from datetime import UTC, date, datetime

import pytest

from kmc_portal.lib import jst
from kmc_portal.lib.months import Month


def test_guide_3_2_the_day_ends_at_midnight_in_japan() -> None:
    assert jst.date_of(datetime(2026, 10, 9, 14, 59, 59, tzinfo=UTC)) == date(2026, 10, 9)
    assert jst.date_of(datetime(2026, 10, 9, 15, 0, 0, tzinfo=UTC)) == date(2026, 10, 10)
    assert jst.today(datetime(2026, 12, 31, 15, 0, 0, tzinfo=UTC)) == date(2027, 1, 1)


def test_a_day_begins_and_ends_in_japan() -> None:
    assert jst.start_of(date(2026, 10, 9)) == datetime(2026, 10, 8, 15, 0, tzinfo=UTC)
    assert jst.date_of(jst.end_of(date(2026, 10, 9))) == date(2026, 10, 9)


def test_a_time_without_a_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="タイムゾーン"):
        jst.date_of(datetime(2026, 10, 9))


def test_months_count_across_years() -> None:
    assert Month.of(date(2026, 11, 30)).plus(2) == Month(2027, 1)
    assert Month(2026, 1).plus(-1) == Month(2025, 12)
    assert str(Month(2026, 9)) == "2026-09"
    assert Month(2026, 9).label == "2026年9月"
    assert Month(2028, 2).last_day == date(2028, 2, 29)
    assert Month.parse("2026-09") == Month(2026, 9)
    assert (Month.parse("1955-01"), Month.parse("2099-12")) == (Month(1955, 1), Month(2099, 12))


@pytest.mark.parametrize(
    "text",
    ["2026-9", "2026-13", "2026-00", "202609", "", "２０２６-09", "0000-12", "1954-12", "2100-01", "9999-12"],
)
def test_another_way_of_writing_a_month_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="2026-09"):
        Month.parse(text)
